/* SPDX-License-Identifier: Apache-2.0 */
/* The table of equal lines (open addressing, linear probing), and the look for a messageId that keeps most lines out of it. */
#include "command/equal.h"

#define FIRST_CAP 4096
#define SEED 0x7465737365726131u

void ts_equal_release(struct ts_equal *e)
{
    ts_free(e->hashes);
    ts_free(e->counts);
    memset(e, 0, sizeof *e);
}

static size_t slot_of(const struct ts_equal *e, uint64_t hash)
{
    size_t i = (size_t)ts_mix(hash, SEED) & (e->cap - 1);
    while (e->hashes[i] && e->hashes[i] != hash)
        i = (i + 1) & (e->cap - 1);
    return i;
}

static bool grow(struct ts_equal *e)
{
    struct ts_equal bigger = {.cap = e->cap ? e->cap * 2 : FIRST_CAP, .used = e->used};
    bigger.hashes = ts_calloc(bigger.cap, sizeof *bigger.hashes);
    bigger.counts = ts_calloc(bigger.cap, sizeof *bigger.counts);
    if (!bigger.hashes || !bigger.counts) {
        ts_equal_release(&bigger);
        return false;
    }
    for (size_t i = 0; i < e->cap; i++) {
        if (!e->hashes[i]) continue;
        size_t to = slot_of(&bigger, e->hashes[i]);
        bigger.hashes[to] = e->hashes[i];
        bigger.counts[to] = e->counts[i];
    }
    ts_equal_release(e);
    *e = bigger;
    return true;
}

bool ts_equal_count(struct ts_equal *e, struct ts_str line, uint64_t *ret)
{
    if (e->used * 4 >= e->cap * 3 && !grow(e)) return false;
    uint64_t hash = ts_hash(line.ptr, line.len, SEED);
    if (!hash) hash = 1;
    size_t i = slot_of(e, hash);
    if (!e->hashes[i]) {
        e->hashes[i] = hash;
        e->used++;
    }
    *ret = e->counts[i];
    if (e->counts[i] < UINT32_MAX) e->counts[i]++;
    return true;
}

/* Depth of nesting and whether inside a string, from `from` to `to` of the line. */
struct place {
    int depth;
    bool string;
};
static void walk(struct place *p, const char *from, const char *to)
{
    for (; from < to; from++) {
        if (p->string) {
            if (*from == '\\')
                from++;
            else if (*from == '"')
                p->string = false;
        } else if (*from == '"') {
            p->string = true;
        } else if (*from == '{' || *from == '[') {
            p->depth++;
        } else if (*from == '}' || *from == ']') {
            p->depth--;
        }
    }
}

static const char *skip_white(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

bool ts_line_has_message_id(struct ts_str line)
{
    static const char key[] = "\"messageId\"";
    const char *p = line.ptr, *end = line.ptr + line.len;
    struct place place = {0, false};
    for (;;) {
        const char *found = memmem(p, (size_t)(end - p), key, sizeof key - 1);
        if (!found) return false;
        walk(&place, p, found);
        const char *after = found + sizeof key - 1;
        if (place.depth == 1 && !place.string) {
            const char *v = skip_white(after, end);
            if (v < end && *v == ':') {
                v = skip_white(v + 1, end);
                return v + 1 < end && v[0] == '"' && v[1] != '"';
            }
        }
        walk(&place, found, after);
        p = after;
    }
}
