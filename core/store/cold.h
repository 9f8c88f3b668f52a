/* SPDX-License-Identifier: Apache-2.0 */
/* Cold keys: looked up by key and seldom there. A filter in memory says "absent"; what was put since the last checkpoint is in
 * two maps (the one that is being written, and the new one); the rest is in a table. */
#ifndef TS_STORE_COLD_H
#define TS_STORE_COLD_H

#include "store/bloom.h"
#include "store/db.h"

struct cold_entry {
    uint64_t hash;
    struct ts_str key, value; /* in the map's arena */
};
struct cold_map {
    TS_VEC(struct cold_entry) entries; /* in order of first put */
    uint32_t *slots;                   /* entry + 1, 0: empty */
    uint32_t mask;
    struct ts_arena arena;
};
struct cold_cut { /* what a checkpoint writes */
    struct cold_map *map;
    TS_VEC(uint64_t) hashes; /* of keys that the filter did not have */
};
struct cold_level { /* of the filter */
    struct store_bloom bloom;
    uint64_t n, cap;
};
struct store_cold {
    uint8_t key[16];
    struct cold_map *now, *writing;   /* NULL: empty */
    TS_VEC(struct cold_level) filter; /* each level larger */
    TS_VEC(uint64_t) hashes;
    sqlite3_stmt *get;
};

void store_cold_init(struct store_cold *c, const uint8_t key[16]);
void store_cold_close(struct store_cold *c);
enum ts_code store_cold_load(struct store_cold *c, sqlite3 *state, struct ts_error *err);
enum ts_code store_cold_attach(struct store_cold *c, sqlite3 *state, struct ts_error *err);
void store_cold_detach(struct store_cold *c);

int store_cold_get(struct store_cold *c, struct ts_str key, struct ts_buf *ret); /* 1, 0, -1 as ts_host */
bool store_cold_put(struct store_cold *c, struct ts_str key, struct ts_str value);

void store_cold_cut(struct store_cold *c, struct cold_cut *ret);
enum ts_code store_cold_write(const struct cold_cut *cut, sqlite3 *db, const char *prefix, struct ts_error *err);
void store_cold_release(struct store_cold *c, struct cold_cut *cut); /* it is on disk, or given up */

#endif
