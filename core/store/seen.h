/* SPDX-License-Identifier: Apache-2.0 */
/* Message ids, for ever. An id is known by a keyed 64-bit hash; blocks of 2^20 ids. The open block is a hash table in memory
 * whose new pairs each checkpoint appends; a full block is written once, sorted, in chunks, with a Bloom filter that stays in memory.
 * A hit of the hash is settled by the id itself: from the ids of the latest records in memory, or from the journal. */
#ifndef TS_STORE_SEEN_H
#define TS_STORE_SEEN_H

#include "store/bloom.h"
#include "store/db.h"

#define SEEN_BLOCK_BITS 20

struct seen_pair {                        /* how a pair is kept and stored: 12 bytes, little endian */
    uint32_t hash_low, hash_high, offset; /* record - first record of the block */
};
struct seen_block { /* in memory: the open one, or a full one that is not on disk yet */
    uint64_t number, first;
    uint64_t *hashes; /* 0: empty slot */
    uint32_t *offsets;
    uint32_t mask, n; /* slots - 1, ids */
    struct store_bloom bloom;
    struct seen_block *older;
};
struct seen_written {
    uint64_t number;
    uint64_t first;
    uint32_t bits; /* of the bucket number */
    struct store_bloom bloom;
};
/* The ids of the latest records, two generations: a generation is dropped when it is full and its successor too. */
struct seen_recent_id {
    uint64_t record;
    uint32_t at, len;
};
struct seen_recent {
    TS_VEC(struct seen_recent_id) ids;
    struct ts_buf text;
    uint64_t mark; /* ticket at which the last of them was queued */
};
struct store_seen {
    uint8_t key[16];
    uint32_t block_bits;            /* SEEN_BLOCK_BITS; smaller in tests */
    bool keep;                      /* nothing of `recent` is ever dropped: no journal will have the ids */
    struct seen_block *open, *full; /* full: newest first */
    TS_VEC(struct seen_written) written;
    TS_VEC(struct seen_pair) fresh; /* of the open block, since the last cut */
    struct seen_recent recent[2];   /* [0] is filled */
    uint64_t (*queued)(void *arg);  /* tickets: of the newest record, and of the last that is on disk */
    uint64_t (*durable)(void *arg);
    void *arg;
    sqlite3_stmt *chunk, *row; /* readers of state.db and journal.db; NULL: there is none */
};

/* What a checkpoint writes. Owned by it until store_seen_release. */
struct seen_cut {
    TS_VEC(struct seen_pair) fresh;
    uint64_t block, first;   /* of `fresh` */
    struct seen_block *full; /* to be written now; still searched */
};

void store_seen_init(struct store_seen *s, const uint8_t key[16]);
void store_seen_close(struct store_seen *s);
/* Blocks and pairs of a state.db. */
enum ts_code store_seen_load(struct store_seen *s, sqlite3 *state, struct ts_error *err);
/* Readers for what is not in memory: `state` may be NULL. */
enum ts_code store_seen_attach(struct store_seen *s, sqlite3 *state, sqlite3 *journal, struct ts_error *err);
void store_seen_detach(struct store_seen *s);

uint64_t store_seen_find(struct store_seen *s, struct ts_str id); /* record; 0: new; UINT64_MAX: error */
bool store_seen_add(struct store_seen *s, struct ts_str id, uint64_t record);
/* An id that is in the journal already. */
bool store_seen_add_durable(struct store_seen *s, struct ts_str id, uint64_t record);

void store_seen_cut(struct store_seen *s, struct seen_cut *ret);
enum ts_code store_seen_write(const struct store_seen *s, const struct seen_cut *cut, sqlite3 *db, const char *prefix,
                              struct ts_error *err); /* on the checkpoint's thread; reads the key and block_bits only */
/* The engine's thread: the cut is on disk. False: out of memory. */
bool store_seen_release(struct store_seen *s, struct seen_cut *cut);
void store_seen_drop_cut(
    struct seen_cut *cut); /* without its having been written: what it holds stays with the blocks */

#endif
