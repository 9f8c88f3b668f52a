/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the state: text to number and back, in spaces. Numbers are given in order of first use and never reused, so
 * images and outcomes can hold two bytes in the place of a text. Only the newest can be forgotten (rollback), which keeps removal from the
 * open-addressing table trivial: an entry that came last was passed over by nobody. */
#include "member/member.h"

struct name {
    struct ts_str text;
    uint32_t id;
    uint8_t space;
};
struct ts_names {
    TS_VEC(struct name) all;
    TS_VEC(uint32_t) by_space[TS_SPACE_COUNT]; /* index into all, at id - 1 */
    uint32_t *slots;                           /* index into all + 1; 0 empty */
    uint32_t mask;
    uint64_t seed;
    struct ts_arena text;
    struct ts_arena mark; /* of `text` when there were `marked` names */
    uint32_t marked;
};

enum ts_code ts_names_new(uint64_t seed, struct ts_names **ret)
{
    struct ts_names *n = ts_calloc(1, sizeof *n);
    if (!n) return TS_E_MEMORY;
    n->slots = ts_calloc(256, sizeof *n->slots);
    if (!n->slots) {
        ts_free(n);
        return TS_E_MEMORY;
    }
    n->mask = 255;
    n->seed = seed;
    ts_arena_init(&n->text);
    *ret = n;
    return TS_OK;
}

void ts_names_free(struct ts_names *n)
{
    if (!n) return;
    for (int i = 0; i < TS_SPACE_COUNT; i++)
        ts_vec_release(&n->by_space[i]);
    ts_vec_release(&n->all);
    ts_arena_release(&n->text);
    ts_free(n->slots);
    ts_free(n);
}

static uint64_t name_hash(const struct ts_names *n, enum ts_space space, struct ts_str text)
{
    return ts_hash(text.ptr, text.len, n->seed + (uint64_t)space * 0x9E3779B97F4A7C15u);
}

static uint32_t name_slot(const struct ts_names *n, enum ts_space space, struct ts_str text)
{
    uint32_t i = (uint32_t)name_hash(n, space, text) & n->mask;
    while (n->slots[i]) {
        const struct name *c = &n->all.at[n->slots[i] - 1];
        if (c->space == space && ts_str_eq(c->text, text)) break;
        i = (i + 1) & n->mask;
    }
    return i;
}

static bool names_grow(struct ts_names *n)
{
    uint32_t mask = n->mask * 2 + 1;
    uint32_t *slots = ts_calloc((size_t)mask + 1, sizeof *slots);
    if (!slots) return false;
    ts_free(n->slots);
    n->slots = slots;
    n->mask = mask;
    for (uint32_t k = 0; k < n->all.len; k++)
        n->slots[name_slot(n, n->all.at[k].space, n->all.at[k].text)] = k + 1;
    return true;
}

uint32_t ts_names_find(const struct ts_names *n, enum ts_space space, struct ts_str text)
{
    uint32_t i = name_slot(n, space, text);
    return n->slots[i] ? n->all.at[n->slots[i] - 1].id : 0;
}

uint32_t ts_names_intern(struct ts_names *n, enum ts_space space, struct ts_str text)
{
    uint32_t i = name_slot(n, space, text);
    if (n->slots[i]) return n->all.at[n->slots[i] - 1].id;
    if ((uint64_t)(n->all.len + 1) * 3 > (uint64_t)n->mask * 2) {
        if (!names_grow(n)) return 0;
        i = name_slot(n, space, text);
    }
    struct ts_str copy = ts_arena_dup(&n->text, text);
    if (!copy.ptr) return 0;
    uint32_t *index = ts_vec_push(&n->by_space[space]);
    if (!index) return 0;
    struct name *c = ts_vec_push(&n->all);
    if (!c) {
        n->by_space[space].len--;
        return 0;
    }
    *index = n->all.len - 1;
    *c = (struct name){copy, n->by_space[space].len, (uint8_t)space};
    n->slots[i] = n->all.len;
    return c->id;
}

struct ts_str ts_names_text(const struct ts_names *n, enum ts_space space, uint32_t id)
{
    if (space >= TS_SPACE_COUNT || id == 0 || id > n->by_space[space].len) return (struct ts_str){NULL, 0};
    return n->all.at[n->by_space[space].at[id - 1]].text;
}

uint32_t ts_names_count(const struct ts_names *n, enum ts_space space) { return n->by_space[space].len; }
uint32_t ts_names_total(const struct ts_names *n) { return n->all.len; }

void ts_names_at(const struct ts_names *n, uint32_t index, enum ts_space *ret_space, struct ts_str *ret_text)
{
    *ret_space = n->all.at[index].space;
    *ret_text = n->all.at[index].text;
}

void ts_names_mark(struct ts_names *n)
{
    n->mark = n->text;
    n->marked = n->all.len;
}

void ts_names_truncate(struct ts_names *n, uint32_t total)
{
    if (total == n->marked && n->all.len > total) { /* blocks that came later stay and are used again */
        n->text.current = n->mark.current ? n->mark.current : n->text.first;
        n->text.used = n->mark.current ? n->mark.used : 0;
    }
    while (n->all.len > total) {
        struct name *c = &n->all.at[n->all.len - 1];
        n->slots[name_slot(n, c->space, c->text)] = 0;
        n->by_space[c->space].len--;
        n->all.len--;
    }
}
