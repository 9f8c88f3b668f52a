/* SPDX-License-Identifier: Apache-2.0 */
/* The table of images. An image is immutable: a record that changes a profile puts a new one in its place. While a
 * checkpoint reads the images of a cut on another thread, replaced ones are kept on a list and freed when it is done, so the cut costs the
 * engine a pointer for each changed profile and no copy. */
#include <stdlib.h>

#include "member/member.h"

#define CHUNK 4096u
#define LEN_MASK 0x3FFFFFFFu
#define DIRTY 0x40000000u
#define HELD 0x80000000u

struct slot {
    uint8_t *data;
    uint32_t len; /* with DIRTY and HELD */
    uint32_t living;
};
struct ts_members {
    struct slot **chunks;
    size_t n_chunks, cap_chunks;
    uint64_t count;
    TS_VEC(uint32_t) dirty;
    TS_VEC(uint8_t *) retired; /* replaced while held */
    bool cutting;
};

enum ts_code ts_members_new(struct ts_members **ret)
{
    *ret = ts_calloc(1, sizeof **ret);
    return *ret ? TS_OK : TS_E_MEMORY;
}

static struct slot *slot_at(const struct ts_members *t, uint64_t number)
{
    return &t->chunks[(number - 1) / CHUNK][(number - 1) % CHUNK];
}

void ts_members_free(struct ts_members *t)
{
    if (!t) return;
    for (uint64_t n = 1; n <= t->count; n++)
        ts_free(slot_at(t, n)->data);
    for (size_t i = 0; i < t->n_chunks; i++)
        ts_free(t->chunks[i]);
    for (uint32_t i = 0; i < t->retired.len; i++)
        ts_free(t->retired.at[i]);
    ts_vec_release(&t->retired);
    ts_vec_release(&t->dirty);
    ts_free(t->chunks);
    ts_free(t);
}

uint64_t ts_members_count(const struct ts_members *t) { return t->count; }

struct ts_image ts_members_image(const struct ts_members *t, uint64_t number)
{
    if (number == 0 || number > t->count) return (struct ts_image){NULL, 0};
    const struct slot *s = slot_at(t, number);
    return (struct ts_image){s->data, s->len & LEN_MASK};
}

uint64_t ts_members_living(const struct ts_members *t, uint64_t number)
{
    return number == 0 || number > t->count ? 0 : slot_at(t, number)->living;
}

void ts_members_prefetch(const struct ts_members *t, uint64_t number)
{
    if (number && number <= t->count) __builtin_prefetch(slot_at(t, number)->data);
}

static bool reserve_vec(void **at, uint32_t len, uint32_t *cap, uint32_t more, size_t size)
{
    if (len + more <= *cap) return true;
    uint32_t want = *cap * 2 > len + more ? *cap * 2 : len + more + 64;
    void *p = ts_realloc(*at, (size_t)want * size);
    if (!p) return false;
    *at = p;
    *cap = want;
    return true;
}

enum ts_code ts_members_reserve(struct ts_members *t, uint32_t n)
{
    if (!reserve_vec((void **)&t->dirty.at, t->dirty.len, &t->dirty.cap, n, sizeof *t->dirty.at)) return TS_E_MEMORY;
    if (t->cutting && !reserve_vec((void **)&t->retired.at, t->retired.len, &t->retired.cap, n, sizeof *t->retired.at))
        return TS_E_MEMORY;
    while (t->count + n > t->n_chunks * CHUNK) {
        if (t->n_chunks == t->cap_chunks) {
            size_t cap = t->cap_chunks ? t->cap_chunks * 2 : 64;
            struct slot **p = ts_realloc(t->chunks, cap * sizeof *p);
            if (!p) return TS_E_MEMORY;
            t->chunks = p;
            t->cap_chunks = cap;
        }
        struct slot *c = ts_calloc(CHUNK, sizeof *c);
        if (!c) return TS_E_MEMORY;
        t->chunks[t->n_chunks++] = c;
    }
    return TS_OK;
}

void ts_members_put(struct ts_members *t, uint64_t number, uint64_t member, uint8_t *data, size_t len, bool clean)
{
    if (number > t->count) t->count = number;
    struct slot *s = slot_at(t, number);
    if (s->len & HELD)
        t->retired.at[t->retired.len++] = s->data;
    else
        ts_free(s->data);
    bool dirty = (s->len & DIRTY) != 0;
    s->data = data;
    s->living = (uint32_t)member;
    s->len = (uint32_t)len | (dirty || !clean ? DIRTY : 0);
    if (!dirty && !clean) t->dirty.at[t->dirty.len++] = (uint32_t)number;
}

uint64_t ts_members_dirty(const struct ts_members *t) { return t->dirty.len; }

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

enum ts_code ts_members_cut(struct ts_members *t, struct ts_cut_image **ret, size_t *ret_n)
{
    struct ts_cut_image *cut = ts_alloc((t->dirty.len + 1) * sizeof *cut);
    if (!cut) return TS_E_MEMORY;
    if (t->dirty.len > 1) qsort(t->dirty.at, t->dirty.len, sizeof *t->dirty.at, by_number);
    for (uint32_t i = 0; i < t->dirty.len; i++) {
        struct slot *s = slot_at(t, t->dirty.at[i]);
        s->len = (s->len & LEN_MASK) | HELD;
        cut[i] = (struct ts_cut_image){t->dirty.at[i], s->data, s->len & LEN_MASK};
    }
    *ret = cut;
    *ret_n = t->dirty.len;
    t->dirty.len = 0;
    t->cutting = true;
    return TS_OK;
}

void ts_members_release(struct ts_members *t, struct ts_cut_image *cut, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct slot *s = slot_at(t, cut[i].number);
        if (s->data == cut[i].data) s->len &= ~HELD;
    }
    for (uint32_t i = 0; i < t->retired.len; i++)
        ts_free(t->retired.at[i]);
    t->retired.len = 0;
    t->cutting = false;
    ts_free(cut);
}
