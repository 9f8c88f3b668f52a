/* SPDX-License-Identifier: Apache-2.0 */
/* Where the randomness of a test comes from: a seed that is always the same unless TS_SEED names another, and is printed, so that a
 * failure can be had again. Other sizes by the same means: TS_SIZE. */
#ifndef TS_TEST_SEED_H
#define TS_TEST_SEED_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static inline uint64_t test_number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

static inline uint64_t test_seed(uint64_t otherwise)
{
    uint64_t seed = test_number("TS_SEED", otherwise);
    printf("seed %" PRIu64 " (TS_SEED)\n", seed);
    return seed;
}

#endif
