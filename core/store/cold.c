/* SPDX-License-Identifier: Apache-2.0 */
/* Cold keys: see cold.h. The filter is rebuilt at start from the hashes that each checkpoint appended, so that starting reads
 * eight bytes a key and not the keys. */
#include "store/cold.h"

#include <sodium.h>
#include <stdlib.h>

#define SLOTS_FIRST 256u
#define FILTER_FIRST UINT64_C(65536)

static uint64_t hash_of(const struct store_cold *c, struct ts_str key)
{
    uint64_t h;
    crypto_shorthash((unsigned char *)&h, (const unsigned char *)key.ptr, key.len, c->key);
    return h;
}

void store_cold_init(struct store_cold *c, const uint8_t key[16])
{
    *c = (struct store_cold){0};
    memcpy(c->key, key, sizeof c->key);
}

/* ---- maps ---- */

static void map_free(struct cold_map *m)
{
    if (!m) return;
    ts_vec_release(&m->entries);
    ts_free(m->slots);
    ts_arena_release(&m->arena);
    ts_free(m);
}

static bool map_resize(struct cold_map *m, uint32_t slots)
{
    uint32_t *grown = ts_calloc(slots, sizeof *grown);
    if (!grown) return false;
    for (uint32_t i = 0; i < m->entries.len; i++) {
        uint32_t at = (uint32_t)m->entries.at[i].hash & (slots - 1);
        while (grown[at])
            at = (at + 1) & (slots - 1);
        grown[at] = i + 1;
    }
    ts_free(m->slots);
    m->slots = grown;
    m->mask = slots - 1;
    return true;
}

static struct cold_map *map_new(void)
{
    struct cold_map *m = ts_calloc(1, sizeof *m);
    if (!m) return NULL;
    ts_arena_init(&m->arena);
    if (map_resize(m, SLOTS_FIRST)) return m;
    map_free(m);
    return NULL;
}

static struct cold_entry *map_find(const struct cold_map *m, uint64_t hash, struct ts_str key)
{
    if (!m) return NULL;
    for (uint32_t at = (uint32_t)hash & m->mask; m->slots[at]; at = (at + 1) & m->mask) {
        struct cold_entry *e = &m->entries.at[m->slots[at] - 1];
        if (e->hash == hash && ts_str_eq(e->key, key)) return e;
    }
    return NULL;
}

static bool map_add(struct cold_map *m, uint64_t hash, struct ts_str key, struct ts_str value)
{
    if ((uint64_t)(m->entries.len + 1) * 4 > (uint64_t)(m->mask + 1) * 3 && !map_resize(m, (m->mask + 1) * 2))
        return false;
    struct cold_entry e = {hash, ts_arena_dup(&m->arena, key), ts_arena_dup(&m->arena, value)};
    if (!e.key.ptr || !e.value.ptr) return false;
    struct cold_entry *slot = ts_vec_push(&m->entries);
    if (!slot) return false;
    *slot = e;
    uint32_t at = (uint32_t)hash & m->mask;
    while (m->slots[at])
        at = (at + 1) & m->mask;
    m->slots[at] = m->entries.len;
    return true;
}

/* ---- the filter ---- */

static bool filter_has(const struct store_cold *c, uint64_t hash)
{
    for (uint32_t i = c->filter.len; i-- > 0;) {
        if (store_bloom_has(&c->filter.at[i].bloom, hash)) return true;
    }
    return false;
}

static bool filter_add(struct store_cold *c, uint64_t hash)
{
    struct cold_level *level = c->filter.len ? &c->filter.at[c->filter.len - 1] : NULL;
    if (!level || level->n == level->cap) {
        struct cold_level next = {.cap = level ? level->cap * 2 : FILTER_FIRST};
        if (!store_bloom_init(&next.bloom, next.cap)) return false;
        level = ts_vec_push(&c->filter);
        if (!level) {
            store_bloom_release(&next.bloom);
            return false;
        }
        *level = next;
    }
    store_bloom_add(&level->bloom, hash);
    level->n++;
    return true;
}

/* ---- get and put ---- */

int store_cold_get(struct store_cold *c, struct ts_str key, struct ts_buf *ret)
{
    const uint64_t hash = hash_of(c, key);
    if (!filter_has(c, hash)) return 0;
    const struct cold_entry *e = map_find(c->now, hash, key);
    if (!e) e = map_find(c->writing, hash, key);
    if (e) return ts_buf_add(ret, e->value.ptr, e->value.len) ? 1 : -1;
    if (!c->get) return 0;
    bool row = false;
    int found = 0;
    store_db_bind_blob(c->get, 1, key.ptr, key.len);
    if (store_db_step(c->get, &row, NULL) != TS_OK) return -1;
    if (row) {
        struct ts_str v = store_db_text(c->get, 0);
        found = ts_buf_add(ret, v.ptr, v.len) ? 1 : -1;
        sqlite3_reset(c->get);
    }
    return found;
}

bool store_cold_put(struct store_cold *c, struct ts_str key, struct ts_str value)
{
    const uint64_t hash = hash_of(c, key);
    if (!c->now) c->now = map_new();
    if (!c->now) return false;
    struct cold_entry *e = map_find(c->now, hash, key);
    if (e) {
        struct ts_str copy = ts_arena_dup(&c->now->arena, value);
        if (!copy.ptr) return false;
        e->value = copy;
        return true;
    }
    if (!filter_has(c, hash)) {
        uint64_t *fresh = ts_vec_push(&c->hashes);
        if (!fresh) return false;
        *fresh = hash;
        if (!filter_add(c, hash)) {
            c->hashes.len--;
            return false;
        }
    }
    return map_add(c->now, hash, key, value);
}

/* ---- disk ---- */

enum ts_code store_cold_load(struct store_cold *c, sqlite3 *state, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum ts_code code = store_db_prepare(state, "SELECT body FROM cold_hash ORDER BY id", &q, err);
    while (code == TS_OK && (code = store_db_step(q, &row, err)) == TS_OK && row) {
        struct ts_str body = store_db_text(q, 0);
        for (size_t at = 0; at + 8 <= body.len && code == TS_OK; at += 8) {
            uint64_t hash;
            memcpy(&hash, body.ptr + at, 8);
            if (!filter_add(c, hash)) code = ts_fail(err, TS_E_MEMORY, "out of memory while cold keys were loaded");
        }
    }
    sqlite3_finalize(q);
    return code;
}

enum ts_code store_cold_attach(struct store_cold *c, sqlite3 *state, struct ts_error *err)
{
    return store_db_prepare(state, "SELECT value FROM cold WHERE key = ?", &c->get, err);
}

void store_cold_detach(struct store_cold *c)
{
    sqlite3_finalize(c->get);
    c->get = NULL;
}

void store_cold_close(struct store_cold *c)
{
    store_cold_detach(c);
    map_free(c->now);
    map_free(c->writing);
    for (uint32_t i = 0; i < c->filter.len; i++)
        store_bloom_release(&c->filter.at[i].bloom);
    ts_vec_release(&c->filter);
    ts_vec_release(&c->hashes);
    c->now = c->writing = NULL;
}

void store_cold_cut(struct store_cold *c, struct cold_cut *ret)
{
    *ret = (struct cold_cut){.map = c->now};
    c->writing = c->now;
    c->now = NULL;
    memcpy(&ret->hashes, &c->hashes, sizeof ret->hashes);
    memset(&c->hashes, 0, sizeof c->hashes);
}

void store_cold_release(struct store_cold *c, struct cold_cut *cut)
{
    map_free(c->writing);
    c->writing = NULL;
    cut->map = NULL;
    ts_vec_release(&cut->hashes);
}

static int entry_order(const void *a, const void *b)
{
    const struct cold_entry *const *x = a, *const *y = b;
    return ts_str_cmp((*x)->key, (*y)->key);
}

/* In order of key: neighbours land on the same page. */
static enum ts_code write_entries(const struct cold_map *m, sqlite3 *db, const char *prefix, struct ts_error *err)
{
    const struct cold_entry **order = ts_alloc((m->entries.len + 1) * sizeof(struct cold_entry *));
    if (!order) return ts_fail(err, TS_E_MEMORY, "out of memory while cold keys were written");
    for (uint32_t i = 0; i < m->entries.len; i++)
        order[i] = &m->entries.at[i];
    qsort(order, m->entries.len, sizeof *order, entry_order);
    char sql[120];
    snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %scold(key, value) VALUES(?, ?)", prefix);
    sqlite3_stmt *s = NULL;
    enum ts_code code = store_db_prepare(db, sql, &s, err);
    for (uint32_t i = 0; i < m->entries.len && code == TS_OK; i++) {
        store_db_bind_blob(s, 1, order[i]->key.ptr, order[i]->key.len);
        store_db_bind_blob(s, 2, order[i]->value.ptr, order[i]->value.len);
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    ts_free(order);
    return code;
}

enum ts_code store_cold_write(const struct cold_cut *cut, sqlite3 *db, const char *prefix, struct ts_error *err)
{
    enum ts_code code = cut->map ? write_entries(cut->map, db, prefix, err) : TS_OK;
    if (code != TS_OK || cut->hashes.len == 0) return code;
    char sql[120];
    snprintf(sql, sizeof sql, "INSERT INTO %scold_hash(body) VALUES(?)", prefix);
    sqlite3_stmt *s = NULL;
    code = store_db_prepare(db, sql, &s, err);
    if (code == TS_OK) {
        store_db_bind_blob(s, 1, cut->hashes.at, cut->hashes.len * sizeof *cut->hashes.at);
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    return code;
}
