/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation with a switch by which tests make the nth one fail, the bump arena, and growing arrays. */
#include <stdlib.h>

#include "base/base.h"

/* The one piece of state outside a context: a switch for tests, per thread, so that it disturbs nobody else. Below zero
 * it is off, and costs a compare of a thread-local with zero. */
static _Thread_local int64_t allocations_left = -1;

void ts_alloc_fail_after(int64_t n) { allocations_left = n; }

static inline bool must_fail(void)
{
    if (__builtin_expect(allocations_left < 0, 1)) return false;
    if (allocations_left == 0) return true;
    allocations_left--;
    return false;
}

void *ts_alloc(size_t n) { return must_fail() ? NULL : malloc(n ? n : 1); }

void *ts_calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || must_fail()) return NULL;
    return calloc(1, bytes ? bytes : 1);
}

void *ts_realloc(void *p, size_t n) { return must_fail() ? NULL : realloc(p, n ? n : 1); }

void ts_free(void *p) { free(p); }

char *ts_strdup_n(const char *p, size_t n)
{
    char *copy = n < SIZE_MAX ? ts_alloc(n + 1) : NULL;
    if (!copy) return NULL;
    if (n) memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

/* ---- the arena ---- */

#define ARENA_FIRST_BYTES 4096u
#define ARENA_LARGEST_BYTES (1u << 20) /* blocks double up to here; only a larger request gets a larger block */

struct ts_arena_block {
    struct ts_arena_block *next;
    size_t cap;
    _Alignas(16) uint8_t data[];
};

void ts_arena_init(struct ts_arena *a) { *a = (struct ts_arena){0}; }

/* A block of at least `n` bytes after the current one, a kept one when that is large enough. */
static bool arena_advance(struct ts_arena *a, size_t n)
{
    struct ts_arena_block *next = a->current ? a->current->next : a->first;
    if (!next || next->cap < n) {
        size_t cap = a->current ? a->current->cap * 2 : ARENA_FIRST_BYTES;
        if (cap > ARENA_LARGEST_BYTES) cap = ARENA_LARGEST_BYTES;
        if (cap < n) cap = n;
        struct ts_arena_block *block = ts_alloc(sizeof *block + cap);
        if (!block) return false;
        block->cap = cap;
        block->next = next;
        if (a->current) {
            a->current->next = block;
        } else {
            a->first = block;
        }
        next = block;
    }
    a->current = next;
    a->used = 0;
    return true;
}

void *ts_arena_alloc(struct ts_arena *a, size_t n)
{
    if (n > SIZE_MAX / 4) return NULL;
    n = (n + 15) & ~(size_t)15;
    if (!a->current || a->current->cap - a->used < n) {
        if (!arena_advance(a, n)) return NULL;
    }
    void *p = a->current->data + a->used;
    a->used += n;
    return p;
}

struct ts_str ts_arena_dup(struct ts_arena *a, struct ts_str s)
{
    char *copy = s.len < SIZE_MAX ? ts_arena_alloc(a, s.len + 1) : NULL;
    if (!copy) return (struct ts_str){NULL, 0};
    if (s.len) memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return ts_str(copy, s.len);
}

void ts_arena_reset(struct ts_arena *a)
{
    a->current = a->first;
    a->used = 0;
}

void ts_arena_release(struct ts_arena *a)
{
    for (struct ts_arena_block *b = a->first, *next; b; b = next) {
        next = b->next;
        ts_free(b);
    }
    ts_arena_init(a);
}

/* ---- growing arrays ---- */

void *ts_vec_push_(void **at, uint32_t *len, uint32_t *cap, size_t size)
{
    if (*len == *cap) {
        if (*cap > UINT32_MAX / 2) return NULL;
        uint32_t more = *cap ? *cap * 2 : 4;
        if (more > SIZE_MAX / size) return NULL;
        void *grown = ts_realloc(*at, more * size);
        if (!grown) return NULL;
        *at = grown;
        *cap = more;
    }
    void *slot = (uint8_t *)*at + (size_t)(*len)++ * size;
    return memset(slot, 0, size);
}
