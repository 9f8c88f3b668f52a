/* SPDX-License-Identifier: Apache-2.0 */
/* The smaller tables of state.db against what the journal gives: names, identifiers (I13, I14), cold keys (I6, I14), and the index of
 * message ids, which must hold exactly those of the journal (I15). */
#include "store/verify.h"

static unsigned long long llu(uint64_t v) { return (unsigned long long)v; }

static enum ts_code unreadable(struct verify *v, enum ts_code code, const char *table, const struct ts_error *why)
{
    if (code == TS_E_MEMORY) v->memory = true;
    if (code != TS_OK && code != TS_E_MEMORY)
        verify_say(verify_broken(v, V_I14, "%s", table), "rows that can be read", why->text);
    return TS_OK;
}

static enum ts_code check_names(struct verify *v)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    struct ts_error why = {0};
    const struct ts_names *names = ts_engine_names(v->engine);
    uint32_t n = 0;
    enum ts_code code = store_db_prepare(v->state, "SELECT ord, space, text FROM name ORDER BY ord", &q, &why);
    while (code == TS_OK && (code = store_db_step(q, &found, &why)) == TS_OK && found && n < ts_names_total(names)) {
        enum ts_space space;
        struct ts_str text;
        ts_names_at(names, n, &space, &text);
        verify_checked(v, V_I14, 1);
        if (store_db_u64(q, 0) != n || store_db_u64(q, 1) != (uint64_t)space || !ts_str_eq(store_db_text(q, 2), text)) {
            struct ts_violation *x = verify_broken(v, V_I14, "name %llu", llu(store_db_u64(q, 0)));
            if (x)
                snprintf(x->expected, sizeof x->expected, "%u: " TS_STR_FMT, space,
                         (int)(text.len > 150 ? 150 : text.len), text.ptr);
            if (x)
                snprintf(x->found, sizeof x->found, "%llu: %.150s", llu(store_db_u64(q, 1)),
                         (const char *)sqlite3_column_text(q, 2));
        }
        n++;
    }
    if (code == TS_OK && (found || n != ts_names_total(names)))
        verify_say_numbers(verify_broken(v, V_I14, "number of names"), ts_names_total(names), found ? n + 1 : n);
    sqlite3_finalize(q);
    return unreadable(v, code, "name", &why);
}

/* A value that stands there twice would belong to two. */
static void check_twice(struct verify *v, struct store_map *values, uint32_t kind, struct ts_str value, uint64_t row)
{
    bool fresh;
    const uint64_t first = ts_hash(value.ptr, value.len, kind), second = ts_hash(value.ptr, value.len, first);
    verify_checked(v, V_I13, 1);
    int64_t *at = store_map_at(values, first, &fresh);
    if (!at) {
        v->memory = true;
    } else if (fresh) {
        at[0] = (int64_t)second;
        at[1] = (int64_t)row;
    } else if (at[0] == (int64_t)second) {
        struct ts_violation *x = verify_broken(v, V_I13, "identifier row %llu", llu(row));
        if (x) snprintf(x->expected, sizeof x->expected, "a value of its own");
        if (x) snprintf(x->found, sizeof x->found, "that of row %lld", (long long)at[1]);
    }
}

static void compare_ident(struct verify *v, const struct ts_idents *idents, uint64_t row, uint64_t kind,
                          struct ts_str value, uint64_t profile)
{
    uint32_t made_kind = 0;
    struct ts_str made = {NULL, 0};
    uint64_t owner = 0;
    verify_checked(v, V_I14, 1);
    if (row == 0 || row > ts_idents_count(idents)) {
        verify_say(verify_broken(v, V_I14, "identifier row %llu", llu(row)), "none: no record made it", "a row");
        return;
    }
    ts_idents_get(idents, (uint32_t)row, &made_kind, &made, &owner);
    if (kind != made_kind)
        verify_say_numbers(verify_broken(v, V_I14, "identifier row %llu, kind", llu(row)), made_kind, (int64_t)kind);
    if (!ts_str_eq(value, made))
        verify_say(verify_broken(v, V_I14, "identifier row %llu, value", llu(row)), "the value of the journal",
                   "another");
    if (profile != owner)
        verify_say_numbers(verify_broken(v, V_I14, "identifier row %llu, profile", llu(row)), (int64_t)owner,
                           (int64_t)profile);
}

static enum ts_code check_idents(struct verify *v)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    struct ts_error why = {0};
    const struct ts_idents *idents = ts_engine_idents(v->engine);
    struct store_map values;
    uint64_t n = 0;
    store_map_init(&values, 2);
    enum ts_code code =
        store_db_prepare(v->state, "SELECT row, kind, value, profile FROM ident ORDER BY row", &q, &why);
    while (code == TS_OK && !v->memory && (code = store_db_step(q, &found, &why)) == TS_OK && found) {
        const struct ts_str value = store_db_text(q, 2);
        check_twice(v, &values, (uint32_t)store_db_u64(q, 1), value, store_db_u64(q, 0));
        compare_ident(v, idents, store_db_u64(q, 0), store_db_u64(q, 1), value, store_db_u64(q, 3));
        n++;
    }
    if (code == TS_OK && n != ts_idents_count(idents))
        verify_say_numbers(verify_broken(v, V_I14, "number of identifiers"), ts_idents_count(idents), (int64_t)n);
    sqlite3_finalize(q);
    store_map_release(&values);
    return unreadable(v, code, "ident", &why);
}

static enum verify_id cold_id(struct ts_str key)
{
    return key.len > 2 && key.ptr[0] == 'k' && key.ptr[1] == ':' ? V_I6 : V_I14;
}

static enum ts_code check_cold(struct verify *v)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    struct ts_error why = {0};
    struct ts_buf made;
    uint64_t n = 0;
    ts_buf_init(&made, 0);
    enum ts_code code = store_db_prepare(v->state, "SELECT key, value FROM cold", &q, &why);
    while (code == TS_OK && (code = store_db_step(q, &found, &why)) == TS_OK && found) {
        const struct ts_str key = store_db_text(q, 0), value = store_db_text(q, 1);
        const enum verify_id id = cold_id(key);
        ts_buf_clear(&made);
        const int there = store_cold_get(&v->cold, key, &made);
        verify_checked(v, id, 1);
        n++;
        if (there == 1 && ts_str_eq(value, ts_str((const char *)made.data, made.len))) continue;
        if (there < 0) v->memory = true;
        struct ts_violation *x =
            verify_broken(v, id, "cold key " TS_STR_FMT, (int)(key.len > 120 ? 120 : key.len), key.ptr);
        verify_say(x, there ? "the value of the journal" : "no such key", there ? "another" : "a key");
    }
    const uint64_t expected = v->cold.now ? v->cold.now->entries.len : 0;
    if (code == TS_OK && n != expected)
        verify_say_numbers(verify_broken(v, V_I6, "number of cold keys"), (int64_t)expected, (int64_t)n);
    sqlite3_finalize(q);
    ts_buf_release(&made);
    return unreadable(v, code, "cold", &why);
}

/* ---- message ids: the stored pairs add up to those of the journal ---- */

struct pairs {
    uint64_t sum, n;
};

static void add_pair(struct pairs *p, uint64_t top, uint64_t record)
{
    p->sum += ts_mix(top, record);
    p->n++;
}

static enum ts_code sum_open(struct verify *v, struct pairs *p, struct ts_error *why)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    enum ts_code code = store_db_prepare(v->state, "SELECT first, body FROM seen_open", &q, why);
    while (code == TS_OK && (code = store_db_step(q, &found, why)) == TS_OK && found) {
        const struct ts_str body = store_db_text(q, 1);
        for (size_t at = 0; at + sizeof(struct seen_pair) <= body.len; at += sizeof(struct seen_pair)) {
            struct seen_pair pair;
            memcpy(&pair, body.ptr + at, sizeof pair);
            add_pair(p, pair.hash_high, store_db_u64(q, 0) + pair.offset);
        }
    }
    sqlite3_finalize(q);
    return code;
}

/* A chunk knows the top bits of its hashes by its bucket, and the next 32. */
static enum ts_code sum_chunks(struct verify *v, struct pairs *p, struct ts_error *why)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    enum ts_code code = store_db_prepare(v->state,
                                         "SELECT c.id & 65535, b.bits, b.first, c.body FROM seen_chunk c"
                                         " JOIN seen_block b ON b.block = c.id >> 16",
                                         &q, why);
    while (code == TS_OK && (code = store_db_step(q, &found, why)) == TS_OK && found) {
        const uint64_t bucket = store_db_u64(q, 0), bits = store_db_u64(q, 1) & 31, first = store_db_u64(q, 2);
        const struct ts_str body = store_db_text(q, 3);
        for (size_t at = 0; at + 8 <= body.len; at += 8) {
            uint32_t entry[2];
            memcpy(entry, body.ptr + at, sizeof entry);
            add_pair(p, (bucket << 32 | entry[0]) >> bits, first + entry[1]);
        }
    }
    sqlite3_finalize(q);
    return code;
}

static enum ts_code check_seen(struct verify *v)
{
    struct ts_error why = {0};
    struct pairs p = {0};
    enum ts_code code = sum_open(v, &p, &why);
    if (code == TS_OK) code = sum_chunks(v, &p, &why);
    if (code == TS_OK && p.n != v->ids_n)
        verify_say_numbers(verify_broken(v, V_I15, "number of message ids"), (int64_t)v->ids_n, (int64_t)p.n);
    else if (code == TS_OK && p.sum != v->ids_sum)
        verify_say(verify_broken(v, V_I15, "message ids"), "those of the journal", "others");
    return unreadable(v, code, "message ids", &why);
}

enum ts_code verify_tables(struct verify *v)
{
    enum ts_code code = check_names(v);
    if (code == TS_OK) code = check_idents(v);
    if (code == TS_OK) code = check_cold(v);
    return code == TS_OK ? check_seen(v) : code;
}
