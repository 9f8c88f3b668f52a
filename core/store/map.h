/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from numbers to a few figures each, for the tallies of `verify`. */
#ifndef TS_STORE_MAP_H
#define TS_STORE_MAP_H

#include "base/base.h"

struct store_map {
    uint64_t *keys; /* 0: empty; a key of 0 is kept as its own slot at the end */
    int64_t *values;
    uint64_t mask, n;
    uint32_t width; /* figures of a key */
    bool zero;
};
void store_map_init(struct store_map *m, uint32_t width);
void store_map_release(struct store_map *m);
/* The figures of a key, all 0 when it is new. NULL: out of memory. Valid until the next call. */
int64_t *store_map_at(struct store_map *m, uint64_t key, bool *ret_new);
const int64_t *store_map_get(const struct store_map *m, uint64_t key); /* NULL: not there */
/* Iterate: *pos = 0 first; false at the end. */
bool store_map_next(const struct store_map *m, uint64_t *pos, uint64_t *ret_key, int64_t **ret_values);

#endif
