/* SPDX-License-Identifier: Apache-2.0 */
/* Message ids on disk. seen_open: the pairs of the open block, a row for each checkpoint. seen_block: a full block's filter.
 * seen_chunk: its ids by the top bits of their hash (the bucket), each chunk some 256 entries (next 32 bits of the hash, offset of
 * the record) in order. Numbers are little endian, as on every machine that Tessera is built for. */
#include "store/seen_disk.h"

#include <stdlib.h>

struct chunk_entry {
    uint32_t hash, offset;
};

static uint32_t bucket_of(uint64_t hash, uint32_t bits) { return bits ? (uint32_t)(hash >> (64 - bits)) : 0; }
static uint32_t rest_of(uint64_t hash, uint32_t bits) { return (uint32_t)(hash << bits >> 32); }
static uint64_t chunk_id(uint64_t block, uint32_t bucket) { return block << 16 | bucket; }
static uint32_t bits_of(uint32_t block_bits) { return block_bits > 8 ? block_bits - 8 : 0; }

/* ---- reading ---- */

enum ts_code store_seen_attach(struct store_seen *s, sqlite3 *state, sqlite3 *journal, struct ts_error *err)
{
    enum ts_code code = TS_OK;
    if (state) code = store_db_prepare(state, "SELECT body FROM seen_chunk WHERE id = ?", &s->chunk, err);
    if (code == TS_OK && journal)
        code = store_db_prepare(journal, "SELECT message_id, payload FROM journal WHERE record = ?", &s->row, err);
    return code;
}

void store_seen_detach(struct store_seen *s)
{
    sqlite3_finalize(s->chunk);
    sqlite3_finalize(s->row);
    s->chunk = s->row = NULL;
}

int seen_chunk_find(struct store_seen *s, const struct seen_written *w, uint64_t hash, uint32_t *ret)
{
    if (!s->chunk) return -1;
    bool row = false;
    store_db_bind_u64(s->chunk, 1, chunk_id(w->number, bucket_of(hash, w->bits)));
    if (store_db_step(s->chunk, &row, NULL) != TS_OK) return -1;
    int found = 0;
    if (row) {
        const struct ts_str body = store_db_text(s->chunk, 0);
        const uint32_t n = (uint32_t)(body.len / sizeof(struct chunk_entry)), rest = rest_of(hash, w->bits);
        uint32_t low = 0, high = n;
        struct chunk_entry e;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            memcpy(&e, body.ptr + middle * sizeof e, sizeof e);
            if (e.hash < rest)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < n && found < SEEN_SAME_MAX; low++) {
            memcpy(&e, body.ptr + low * sizeof e, sizeof e);
            if (e.hash != rest) break;
            ret[found++] = e.offset;
        }
        sqlite3_reset(s->chunk);
    }
    return found;
}

static enum ts_code load_written(struct store_seen *s, sqlite3 *state, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum ts_code code =
        store_db_prepare(state, "SELECT block, first, bits, bloom FROM seen_block ORDER BY block", &q, err);
    while (code == TS_OK && (code = store_db_step(q, &row, err)) == TS_OK && row) {
        struct seen_written w = {
            .number = store_db_u64(q, 0), .first = store_db_u64(q, 1), .bits = (uint32_t)store_db_u64(q, 2)};
        if (w.number != s->written.len || w.bits > 16) {
            code = ts_fail(err, TS_E_DAMAGED, "block %u of message ids is missing", s->written.len);
            break;
        }
        struct ts_str bloom = store_db_text(q, 3);
        if (bloom.len == 0 || bloom.len % 64 != 0) {
            code = ts_fail(err, TS_E_DAMAGED, "the filter of a block of message ids is damaged");
            break;
        }
        struct seen_written *slot = store_bloom_load(&w.bloom, bloom.ptr, bloom.len) ? ts_vec_push(&s->written) : NULL;
        if (!slot) {
            store_bloom_release(&w.bloom);
            code = ts_fail(err, TS_E_MEMORY, "out of memory while message ids were loaded");
            break;
        }
        *slot = w;
    }
    sqlite3_finalize(q);
    return code;
}

static enum ts_code load_pairs(struct store_seen *s, struct ts_str body, struct ts_error *err)
{
    for (size_t at = 0; at + sizeof(struct seen_pair) <= body.len; at += sizeof(struct seen_pair)) {
        struct seen_pair p;
        memcpy(&p, body.ptr + at, sizeof p);
        uint64_t hash = (uint64_t)p.hash_high << 32 | p.hash_low;
        if (!seen_block_add(s->open, hash ? hash : 1, p.offset))
            return ts_fail(err, TS_E_MEMORY, "out of memory while message ids were loaded");
    }
    return TS_OK;
}

static enum ts_code load_open(struct store_seen *s, sqlite3 *state, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum ts_code code = store_db_prepare(state, "SELECT block, first, body FROM seen_open ORDER BY id", &q, err);
    while (code == TS_OK && (code = store_db_step(q, &row, err)) == TS_OK && row) {
        const uint64_t block = store_db_u64(q, 0), first = store_db_u64(q, 1);
        if (!s->open) s->open = seen_block_new(s, block, first);
        if (!s->open) {
            code = ts_fail(err, TS_E_MEMORY, "out of memory while message ids were loaded");
        } else if (s->open->number != block || s->open->first != first || block != s->written.len ||
                   s->open->n > UINT32_C(1) << s->block_bits) {
            code = ts_fail(err, TS_E_DAMAGED, "the open block of message ids contradicts itself");
        } else {
            code = load_pairs(s, store_db_text(q, 2), err);
        }
    }
    sqlite3_finalize(q);
    return code;
}

enum ts_code store_seen_load(struct store_seen *s, sqlite3 *state, struct ts_error *err)
{
    enum ts_code code = load_written(s, state, err);
    return code == TS_OK ? load_open(s, state, err) : code;
}

/* ---- writing, on the checkpoint's thread ---- */

static enum ts_code prepare(sqlite3 *db, const char *format, const char *prefix, sqlite3_stmt **ret,
                            struct ts_error *err)
{
    char sql[160];
    snprintf(sql, sizeof sql, format, prefix);
    return store_db_prepare(db, sql, ret, err);
}

static int entry_order(const void *a, const void *b)
{
    const struct chunk_entry *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Entries of the block by bucket: `starts` gets where each bucket begins. */
static struct chunk_entry *sort_block(const struct seen_block *b, uint32_t bits, uint32_t *starts)
{
    struct chunk_entry *all = ts_alloc((size_t)b->n * sizeof *all);
    if (!all) return NULL;
    const uint32_t buckets = 1u << bits;
    for (uint32_t i = 0; i <= b->mask; i++) {
        if (b->hashes[i]) starts[bucket_of(b->hashes[i], bits) + 1]++;
    }
    for (uint32_t i = 0; i < buckets; i++)
        starts[i + 1] += starts[i];
    for (uint32_t i = 0; i <= b->mask; i++) { /* starts[k] moves to the end of bucket k ... */
        if (!b->hashes[i]) continue;
        all[starts[bucket_of(b->hashes[i], bits)]++] = (struct chunk_entry){rest_of(b->hashes[i], bits), b->offsets[i]};
    }
    memmove(starts + 1, starts, buckets * sizeof *starts); /* ... which is where bucket k + 1 begins */
    starts[0] = 0;
    for (uint32_t i = 0; i < buckets; i++)
        qsort(all + starts[i], starts[i + 1] - starts[i], sizeof *all, entry_order);
    return all;
}

static enum ts_code write_chunks(const struct seen_block *b, uint32_t bits, sqlite3 *db, const char *prefix,
                                 struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    uint32_t *starts = ts_calloc(((size_t)1 << bits) + 1, sizeof *starts);
    struct chunk_entry *all = starts ? sort_block(b, bits, starts) : NULL;
    if (!all) {
        ts_free(starts);
        return ts_fail(err, TS_E_MEMORY, "out of memory while message ids were written");
    }
    enum ts_code code = prepare(db, "INSERT INTO %sseen_chunk VALUES(?, ?)", prefix, &s, err);
    for (uint32_t i = 0; code == TS_OK && i < 1u << bits; i++) {
        if (starts[i] == starts[i + 1]) continue;
        store_db_bind_u64(s, 1, chunk_id(b->number, i));
        store_db_bind_blob(s, 2, all + starts[i], (starts[i + 1] - starts[i]) * sizeof *all);
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    ts_free(starts);
    ts_free(all);
    return code;
}

static enum ts_code write_block(const struct seen_block *b, uint32_t bits, sqlite3 *db, const char *prefix,
                                struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    enum ts_code code = write_chunks(b, bits, db, prefix, err);
    if (code == TS_OK) code = prepare(db, "INSERT INTO %sseen_block VALUES(?, ?, ?, ?, ?)", prefix, &s, err);
    if (code == TS_OK) {
        store_db_bind_u64(s, 1, b->number);
        store_db_bind_u64(s, 2, b->first);
        store_db_bind_u64(s, 3, b->n);
        store_db_bind_u64(s, 4, bits);
        store_db_bind_blob(s, 5, b->bloom.words, store_bloom_bytes(&b->bloom));
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    s = NULL;
    if (code == TS_OK) code = prepare(db, "DELETE FROM %sseen_open WHERE block = ?", prefix, &s, err);
    if (code == TS_OK) {
        store_db_bind_u64(s, 1, b->number);
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    return code;
}

enum ts_code store_seen_write(const struct store_seen *s, const struct seen_cut *cut, sqlite3 *db, const char *prefix,
                              struct ts_error *err)
{
    enum ts_code code = TS_OK;
    for (const struct seen_block *b = cut->full; b && code == TS_OK; b = b->older)
        code = write_block(b, bits_of(s->block_bits), db, prefix, err);
    if (code != TS_OK || cut->fresh.len == 0) return code;
    sqlite3_stmt *q = NULL;
    code = prepare(db, "INSERT INTO %sseen_open(block, first, body) VALUES(?, ?, ?)", prefix, &q, err);
    if (code == TS_OK) {
        store_db_bind_u64(q, 1, cut->block);
        store_db_bind_u64(q, 2, cut->first);
        store_db_bind_blob(q, 3, cut->fresh.at, cut->fresh.len * sizeof *cut->fresh.at);
        code = store_db_run(q, err);
    }
    sqlite3_finalize(q);
    return code;
}

/* ---- cuts, on the engine's thread ---- */

void store_seen_cut(struct store_seen *s, struct seen_cut *ret)
{
    *ret = (struct seen_cut){.full = s->full};
    if (s->open) {
        ret->block = s->open->number;
        ret->first = s->open->first;
    }
    memcpy(&ret->fresh, &s->fresh, sizeof ret->fresh);
    memset(&s->fresh, 0, sizeof s->fresh);
}

bool store_seen_release(struct store_seen *s, struct seen_cut *cut)
{
    /* Blocks that filled up since stand in front of those of the cut. */
    struct seen_block **link = &s->full;
    while (*link && *link != cut->full)
        link = &(*link)->older;
    struct seen_block *b = *link;
    uint32_t n = 0;
    for (struct seen_block *i = b; i; i = i->older)
        n++;
    for (uint32_t i = 0; i < n; i++) {
        if (!ts_vec_push(&s->written)) {
            s->written.len -= i;
            return false;
        }
    }
    for (uint32_t at = s->written.len; b;) {
        struct seen_block *older = b->older;
        s->written.at[--at] = (struct seen_written){
            .number = b->number, .first = b->first, .bits = bits_of(s->block_bits), .bloom = b->bloom};
        b->bloom = (struct store_bloom){0};
        seen_block_free(b);
        b = older;
    }
    *link = NULL;
    store_seen_drop_cut(cut);
    return true;
}

void store_seen_drop_cut(struct seen_cut *cut)
{
    ts_vec_release(&cut->fresh);
    cut->full = NULL;
}
