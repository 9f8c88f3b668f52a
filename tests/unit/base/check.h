/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of base share: cmocka in the order it wants, and one seed per program, printed and overridable. */
#ifndef TS_TEST_CHECK_H
#define TS_TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../seed.h"
#include "base/base.h"

/* The generator of a test: TS_SEED when it is set, else always the same. */
static inline struct ts_rng test_rng(const char *what)
{
    print_message("%s: ", what);
    return (struct ts_rng){test_seed(20260115)};
}

/* A number of any size: as many bits as the generator likes. */
static inline uint64_t test_any_bits(struct ts_rng *r) { return ts_rng_next(r) >> ts_rng_below(r, 64); }

#endif
