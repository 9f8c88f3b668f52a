/* SPDX-License-Identifier: Apache-2.0 */
/* Message ids in memory: the open block, the full ones, the filters, and the ids of the latest records. seen_disk.c has what
 * is stored. */
#include "store/seen.h"

#include <sodium.h>

#include "store/journal.h"
#include "store/seen_disk.h"

#define SLOTS_FIRST 1024u
#define RECENT_IDS 16384 /* a resend is nearly always of one of the last few thousand lines */

static uint64_t hash_of(const struct store_seen *s, struct ts_str id)
{
    uint64_t h;
    crypto_shorthash((unsigned char *)&h, (const unsigned char *)id.ptr, id.len, s->key);
    return h ? h : 1; /* 0 marks an empty slot */
}

void store_seen_init(struct store_seen *s, const uint8_t key[16])
{
    *s = (struct store_seen){.block_bits = SEEN_BLOCK_BITS};
    memcpy(s->key, key, sizeof s->key);
    ts_buf_init(&s->recent[0].text, 0);
    ts_buf_init(&s->recent[1].text, 0);
}

void seen_block_free(struct seen_block *b)
{
    if (!b) return;
    ts_free(b->hashes);
    ts_free(b->offsets);
    store_bloom_release(&b->bloom);
    ts_free(b);
}

void store_seen_close(struct store_seen *s)
{
    store_seen_detach(s);
    seen_block_free(s->open);
    while (s->full) {
        struct seen_block *older = s->full->older;
        seen_block_free(s->full);
        s->full = older;
    }
    for (uint32_t i = 0; i < s->written.len; i++)
        store_bloom_release(&s->written.at[i].bloom);
    ts_vec_release(&s->written);
    ts_vec_release(&s->fresh);
    for (int i = 0; i < 2; i++) {
        ts_vec_release(&s->recent[i].ids);
        ts_buf_release(&s->recent[i].text);
    }
    s->open = NULL;
}

/* ---- blocks ---- */

static bool block_resize(struct seen_block *b, uint32_t slots)
{
    uint64_t *hashes = ts_calloc(slots, sizeof *hashes);
    uint32_t *offsets = ts_alloc(slots * sizeof *offsets);
    if (!hashes || !offsets) {
        ts_free(hashes);
        ts_free(offsets);
        return false;
    }
    for (uint32_t i = 0; b->hashes && i <= b->mask; i++) {
        if (!b->hashes[i]) continue;
        uint32_t at = (uint32_t)b->hashes[i] & (slots - 1);
        while (hashes[at])
            at = (at + 1) & (slots - 1);
        hashes[at] = b->hashes[i];
        offsets[at] = b->offsets[i];
    }
    ts_free(b->hashes);
    ts_free(b->offsets);
    b->hashes = hashes;
    b->offsets = offsets;
    b->mask = slots - 1;
    return true;
}

/* A block that follows a full one will be as large: it starts at full size and never grows in the middle of work. */
struct seen_block *seen_block_new(const struct store_seen *s, uint64_t number, uint64_t first)
{
    struct seen_block *b = ts_calloc(1, sizeof *b);
    if (!b) return NULL;
    b->number = number;
    b->first = first;
    const uint32_t whole = 2u << s->block_bits;
    const uint32_t slots = number > 0 || whole < SLOTS_FIRST ? whole : SLOTS_FIRST;
    if (!store_bloom_init(&b->bloom, UINT64_C(1) << s->block_bits) || !block_resize(b, slots)) {
        seen_block_free(b);
        return NULL;
    }
    return b;
}

bool seen_block_add(struct seen_block *b, uint64_t hash, uint32_t offset)
{
    if ((uint64_t)(b->n + 1) * 4 > (uint64_t)(b->mask + 1) * 3 && !block_resize(b, (b->mask + 1) * 2)) return false;
    uint32_t at = (uint32_t)hash & b->mask;
    while (b->hashes[at])
        at = (at + 1) & b->mask;
    b->hashes[at] = hash;
    b->offsets[at] = offset;
    b->n++;
    store_bloom_add(&b->bloom, hash);
    return true;
}

/* The open block, which there is from the first id on; a full one makes room for the next. */
static struct seen_block *block_for(struct store_seen *s, uint64_t record)
{
    struct seen_block *b = s->open;
    if (b && b->n < UINT32_C(1) << s->block_bits && record >= b->first && record - b->first <= UINT32_MAX) return b;
    struct seen_block *next = seen_block_new(s, b ? b->number + 1 : s->written.len, record);
    if (!next) return NULL;
    if (b) {
        b->older = s->full;
        s->full = b;
        s->fresh.len = 0; /* the block will be written whole */
    }
    return s->open = next;
}

bool store_seen_add_durable(struct store_seen *s, struct ts_str id, uint64_t record)
{
    struct seen_block *b = block_for(s, record);
    if (!b) return false;
    const uint64_t hash = hash_of(s, id);
    struct seen_pair *pair = ts_vec_push(&s->fresh);
    if (!pair) return false;
    if (!seen_block_add(b, hash, (uint32_t)(record - b->first))) {
        s->fresh.len--;
        return false;
    }
    *pair = (struct seen_pair){(uint32_t)hash, (uint32_t)(hash >> 32), (uint32_t)(record - b->first)};
    return true;
}

/* ---- the latest ids ---- */

static bool remember(struct store_seen *s, struct ts_str id, uint64_t record)
{
    struct seen_recent *now = &s->recent[0], *before = &s->recent[1];
    if (now->ids.len >= RECENT_IDS && !s->keep && (before->ids.len == 0 || before->mark <= s->durable(s->arg))) {
        struct seen_recent swap = *now;
        *now = *before;
        *before = swap;
        before->mark = s->queued(s->arg);
        now->ids.len = 0;
        ts_buf_clear(&now->text);
    }
    const size_t at = now->text.len;
    if (at > UINT32_MAX || id.len > UINT32_MAX || !ts_buf_add(&now->text, id.ptr, id.len)) return false;
    struct seen_recent_id *r = ts_vec_push(&now->ids);
    if (!r) return false;
    *r = (struct seen_recent_id){record, (uint32_t)at, (uint32_t)id.len};
    return true;
}

bool store_seen_add(struct store_seen *s, struct ts_str id, uint64_t record)
{
    return remember(s, id, record) && store_seen_add_durable(s, id, record);
}

static bool recent_find(const struct seen_recent *r, uint64_t record, struct ts_str *ret)
{
    uint32_t low = 0, high = r->ids.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (r->ids.at[middle].record < record)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->ids.len || r->ids.at[low].record != record) return false;
    *ret = ts_str((const char *)r->text.data + r->ids.at[low].at, r->ids.at[low].len);
    return true;
}

/* 1: the record's id is `id`, 0: another one (a collision of hashes), -1: error. */
static int confirm(struct store_seen *s, struct ts_str id, uint64_t record)
{
    struct ts_str known;
    if (recent_find(&s->recent[0], record, &known) || recent_find(&s->recent[1], record, &known))
        return ts_str_eq(known, id);
    if (!s->row) return 0;
    store_db_bind_u64(s->row, 1, record);
    bool row = false;
    int same = 0;
    if (store_db_step(s->row, &row, NULL) != TS_OK) return -1;
    if (row) same = ts_str_eq(store_message_text(s->row, 0, store_db_text(s->row, 1)), id);
    sqlite3_reset(s->row);
    return same;
}

/* ---- finding ---- */

static uint64_t find_in_block(struct store_seen *s, const struct seen_block *b, uint64_t hash, struct ts_str id)
{
    for (uint32_t at = (uint32_t)hash & b->mask; b->hashes[at]; at = (at + 1) & b->mask) {
        if (b->hashes[at] != hash) continue;
        const uint64_t record = b->first + b->offsets[at];
        int same = confirm(s, id, record);
        if (same) return same < 0 ? UINT64_MAX : record;
    }
    return 0;
}

static uint64_t find_in_written(struct store_seen *s, const struct seen_written *w, uint64_t hash, struct ts_str id)
{
    uint32_t offsets[SEEN_SAME_MAX];
    int n = seen_chunk_find(s, w, hash, offsets);
    if (n < 0) return UINT64_MAX;
    for (int i = 0; i < n; i++) {
        const uint64_t record = w->first + offsets[i];
        int same = confirm(s, id, record);
        if (same) return same < 0 ? UINT64_MAX : record;
    }
    return 0;
}

uint64_t store_seen_find(struct store_seen *s, struct ts_str id)
{
    if (id.len == 0) return 0;
    const uint64_t hash = hash_of(s, id);
    for (uint32_t i = 0; i < s->written.len; i++)
        store_bloom_prefetch(&s->written.at[i].bloom, hash);
    uint64_t found = s->open ? find_in_block(s, s->open, hash, id) : 0;
    for (const struct seen_block *b = s->full; b && !found; b = b->older) {
        if (store_bloom_has(&b->bloom, hash)) found = find_in_block(s, b, hash, id);
    }
    for (uint32_t i = s->written.len; i-- > 0 && !found;) {
        if (store_bloom_has(&s->written.at[i].bloom, hash)) found = find_in_written(s, &s->written.at[i], hash, id);
    }
    return found;
}
