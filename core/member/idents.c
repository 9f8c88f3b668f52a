/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers: (kind, value) -> profile, all in memory. A row takes 16 bytes, its text, and about 12 bytes of table: three of them are a sixth of
 * an ordinary member's budget. The table holds a part of the hash beside the row, so that growing it and passing over
 * strangers touches no text. */
#include "member/member.h"

#define CHUNK_BYTES ((size_t)256 * 1024)

struct row {
    const char *value;
    uint32_t
        profile; /* numbers of profiles stay below 2^32: a billion members are a hundred times the memory of any machine we know */
    uint16_t kind, len;
};
struct slot {
    uint32_t tag, row; /* row 0: empty */
};
struct chunk {
    struct chunk *next;
    size_t used;
    char bytes[CHUNK_BYTES];
};
struct ts_idents {
    TS_VEC(struct row) rows;
    struct slot *slots;
    uint64_t mask, seed;
    struct chunk *chunks;
};

enum ts_code ts_idents_new(uint64_t seed, struct ts_idents **ret)
{
    struct ts_idents *t = ts_calloc(1, sizeof *t);
    if (!t) return TS_E_MEMORY;
    t->slots = ts_calloc(1024, sizeof *t->slots);
    if (!t->slots) {
        ts_free(t);
        return TS_E_MEMORY;
    }
    t->mask = 1023;
    t->seed = seed;
    *ret = t;
    return TS_OK;
}

void ts_idents_free(struct ts_idents *t)
{
    if (!t) return;
    while (t->chunks) {
        struct chunk *next = t->chunks->next;
        ts_free(t->chunks);
        t->chunks = next;
    }
    ts_vec_release(&t->rows);
    ts_free(t->slots);
    ts_free(t);
}

static uint64_t ident_hash(const struct ts_idents *t, uint32_t kind, struct ts_str value)
{
    return ts_hash(value.ptr, value.len, t->seed + (uint64_t)kind * 0x9E3779B97F4A7C15u);
}

static uint64_t ident_slot(const struct ts_idents *t, uint64_t hash, uint32_t kind, struct ts_str value)
{
    uint64_t i = hash & t->mask;
    uint32_t tag = (uint32_t)(hash >> 32);
    for (; t->slots[i].row; i = (i + 1) & t->mask) {
        if (t->slots[i].tag != tag) continue;
        const struct row *r = &t->rows.at[t->slots[i].row - 1];
        if (r->kind == kind && r->len == value.len && memcmp(r->value, value.ptr, value.len) == 0) break;
    }
    return i;
}

static bool idents_grow(struct ts_idents *t)
{
    uint64_t mask = t->mask * 2 + 1;
    struct slot *slots = ts_calloc(mask + 1, sizeof *slots);
    if (!slots) return false;
    for (uint32_t k = 0; k < t->rows.len; k++) {
        const struct row *r = &t->rows.at[k];
        uint64_t hash = ident_hash(t, r->kind, ts_str(r->value, r->len));
        uint64_t i = hash & mask;
        while (slots[i].row)
            i = (i + 1) & mask;
        slots[i] = (struct slot){(uint32_t)(hash >> 32), k + 1};
    }
    ts_free(t->slots);
    t->slots = slots;
    t->mask = mask;
    return true;
}

static const char *ident_keep(struct ts_idents *t, struct ts_str value)
{
    if (!t->chunks || t->chunks->used + value.len > CHUNK_BYTES) {
        struct chunk *c = ts_alloc(sizeof *c);
        if (!c) return NULL;
        c->next = t->chunks;
        c->used = 0;
        t->chunks = c;
    }
    char *p = t->chunks->bytes + t->chunks->used;
    memcpy(p, value.ptr, value.len);
    t->chunks->used += value.len;
    return p;
}

uint32_t ts_idents_find(const struct ts_idents *t, uint32_t kind, struct ts_str value)
{
    return t->slots[ident_slot(t, ident_hash(t, kind, value), kind, value)].row;
}

void ts_idents_prefetch(const struct ts_idents *t, uint32_t kind, struct ts_str value)
{
    __builtin_prefetch(&t->slots[ident_hash(t, kind, value) & t->mask]);
}

uint32_t ts_idents_add(struct ts_idents *t, uint32_t kind, struct ts_str value, uint64_t profile)
{
    if (value.len > UINT16_MAX || kind > UINT16_MAX || profile > UINT32_MAX || t->rows.len == UINT32_MAX) return 0;
    if ((uint64_t)(t->rows.len + 1) * 4 > t->mask * 3 && !idents_grow(t)) return 0;
    uint64_t hash = ident_hash(t, kind, value), at = ident_slot(t, hash, kind, value);
    if (t->slots[at].row) return 0;
    const char *kept = ident_keep(t, value);
    if (!kept) return 0;
    struct row *r = ts_vec_push(&t->rows);
    if (!r) return 0;
    *r = (struct row){kept, (uint32_t)profile, (uint16_t)kind, (uint16_t)value.len};
    t->slots[at] = (struct slot){(uint32_t)(hash >> 32), t->rows.len};
    return t->rows.len;
}

void ts_idents_get(const struct ts_idents *t, uint32_t row, uint32_t *ret_kind, struct ts_str *ret_value,
                   uint64_t *ret_profile)
{
    const struct row *r = &t->rows.at[row - 1];
    *ret_kind = r->kind;
    *ret_value = ts_str(r->value, r->len);
    *ret_profile = r->profile;
}

uint64_t ts_idents_profile(const struct ts_idents *t, uint32_t row) { return t->rows.at[row - 1].profile; }
void ts_idents_move(struct ts_idents *t, uint32_t row, uint64_t profile)
{
    t->rows.at[row - 1].profile = (uint32_t)profile;
}
uint32_t ts_idents_count(const struct ts_idents *t) { return t->rows.len; }

/* Texts are kept in order of rows, so the newest text ends the newest chunk: previews leave no text behind. */
static void ident_forget(struct ts_idents *t, const char *value)
{
    while (t->chunks && !(value >= t->chunks->bytes && value <= t->chunks->bytes + t->chunks->used)) {
        struct chunk *next = t->chunks->next;
        ts_free(t->chunks);
        t->chunks = next;
    }
    if (t->chunks) t->chunks->used = (size_t)(value - t->chunks->bytes);
}

/* The newest go first, and whoever came last was passed over by nobody: emptying its slot is enough. */
void ts_idents_truncate(struct ts_idents *t, uint32_t count)
{
    while (t->rows.len > count) {
        const struct row *r = &t->rows.at[t->rows.len - 1];
        struct ts_str value = ts_str(r->value, r->len);
        t->slots[ident_slot(t, ident_hash(t, r->kind, value), r->kind, value)] = (struct slot){0, 0};
        ident_forget(t, r->value);
        t->rows.len--;
    }
}
