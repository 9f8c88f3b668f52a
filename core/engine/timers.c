/* SPDX-License-Identifier: Apache-2.0 */
/* Who is due next: a binary heap of (due, member) with the position of each member, so that a commit moves a member's
 * entry in place. Most entries are put far in the future and sink no further than their parent. */
#include "engine/internal.h"

static bool before(const struct ts_timer *a, const struct ts_timer *b)
{
    return a->due != b->due ? a->due < b->due : a->member < b->member;
}

static void put(struct ts_timers *t, uint32_t i, struct ts_timer v)
{
    t->heap[i] = v;
    t->position[v.member] = i + 1;
}

static void up(struct ts_timers *t, uint32_t i, struct ts_timer v)
{
    for (; i && before(&v, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
        put(t, i, t->heap[(i - 1) / 2]);
    put(t, i, v);
}

static void down(struct ts_timers *t, uint32_t i, struct ts_timer v)
{
    for (;;) {
        uint32_t c = 2 * i + 1;
        if (c >= t->n) break;
        if (c + 1 < t->n && before(&t->heap[c + 1], &t->heap[c])) c++;
        if (!before(&t->heap[c], &v)) break;
        put(t, i, t->heap[c]);
        i = c;
    }
    put(t, i, v);
}

bool ts_timers_reserve(struct ts_timers *t, uint64_t members, uint32_t more)
{
    if (members + 1 > t->cap_position) {
        uint64_t cap = t->cap_position ? (uint64_t)t->cap_position * 2 : 1024;
        if (cap < members + 1) cap = members + 1;
        if (cap > UINT32_MAX) return false; /* numbers of profiles stay below 2^32 */
        uint32_t *p = ts_realloc(t->position, cap * sizeof *p);
        if (!p) return false;
        memset(p + t->cap_position, 0, (cap - t->cap_position) * sizeof *p);
        t->position = p;
        t->cap_position = (uint32_t)cap;
    }
    if ((uint64_t)t->n + more > t->cap) {
        uint64_t cap = t->cap ? (uint64_t)t->cap * 2 : 1024;
        if (cap < (uint64_t)t->n + more) cap = (uint64_t)t->n + more;
        struct ts_timer *h = cap <= UINT32_MAX ? ts_realloc(t->heap, cap * sizeof *h) : NULL;
        if (!h) return false;
        t->heap = h;
        t->cap = (uint32_t)cap;
    }
    return true;
}

void ts_timers_set(struct ts_timers *t, uint64_t member, ts_ms due)
{
    uint32_t at = t->position[member];
    if (due == TS_NEVER) {
        if (!at) return;
        t->position[member] = 0;
        struct ts_timer last = t->heap[--t->n];
        if (last.member == member) return;
        if (at - 1 && before(&last, &t->heap[(at - 2) / 2]))
            up(t, at - 1, last);
        else
            down(t, at - 1, last);
        return;
    }
    struct ts_timer v = {due, (uint32_t)member};
    if (!at) {
        up(t, t->n++, v);
    } else if (t->heap[at - 1].due != due) {
        if (before(&v, &t->heap[at - 1]))
            up(t, at - 1, v);
        else
            down(t, at - 1, v);
    }
}

void ts_timers_release(struct ts_timers *t)
{
    ts_free(t->heap);
    ts_free(t->position);
    memset(t, 0, sizeof *t);
}
