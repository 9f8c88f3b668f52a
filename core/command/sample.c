/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the sample: a heap of people by the instant of their next line; whoever is first writes it. So lines come out
 * in order of time with memory for the people only. A few lines are sent twice or late, as they are in life: those wait
 * in a small list of their own. */
#include "command/sample.h"

#include "command/sample_parts.h"

#define HELD_MAX 512         /* lines that wait to be sent again or late; when full, lines go out plainly */
#define RESENT_ONE_IN 600    /* a tracker that got no answer sends the same bytes again */
#define LATE_ONE_IN 1500     /* a phone that was out of reach */
#define LINE_BYTES_MAX 16384 /* the longest line is under 2 KB */

struct turn { /* of a person */
    ts_ms at;
    uint32_t index;
};
struct held {
    ts_ms release;
    struct ts_str line; /* owned */
};
struct sample {
    FILE *out;
    uint64_t seed;
    struct ts_rng rng; /* of what happens to lines on their way */
    struct ts_sample_calendar calendar;
    struct ts_sample_person *people;
    struct turn *heap;
    uint32_t n; /* in the heap */
    struct held held[HELD_MAX];
    uint32_t n_held;
    struct ts_buf line;
};

/* ---- the heap ------------------------------------------------------------------------------------------------------ */

static bool sooner(const struct turn *a, const struct turn *b)
{
    return a->at != b->at ? a->at < b->at : a->index < b->index;
}

static void sift_down(struct turn *heap, uint32_t n, uint32_t i)
{
    struct turn moved = heap[i];
    for (;;) {
        uint64_t child = 2 * (uint64_t)i + 1;
        if (child >= n) break;
        if (child + 1 < n && sooner(&heap[child + 1], &heap[child])) child++;
        if (!sooner(&heap[child], &moved)) break;
        heap[i] = heap[child];
        i = (uint32_t)child;
    }
    heap[i] = moved;
}

/* ---- lines on their way --------------------------------------------------------------------------------------------- */

static bool put(struct sample *s, const void *line, size_t len) { return fwrite(line, 1, len, s->out) == len; }

/* Write the held lines whose time has come, the earliest first. */
static bool release_held(struct sample *s, ts_ms now)
{
    for (;;) {
        uint32_t first = 0;
        for (uint32_t i = 1; i < s->n_held; i++) {
            if (s->held[i].release < s->held[first].release) first = i;
        }
        if (s->n_held == 0 || s->held[first].release > now) return true;
        bool ok = put(s, s->held[first].line.ptr, s->held[first].line.len);
        ts_free((void *)s->held[first].line.ptr);
        s->held[first] = s->held[--s->n_held];
        if (!ok) return false;
    }
}

static bool hold(struct sample *s, ts_ms release)
{
    char *copy = ts_strdup_n((const char *)s->line.data, s->line.len);
    if (!copy) return false;
    s->held[s->n_held++] = (struct held){release, ts_str(copy, s->line.len)};
    return true;
}

static enum ts_code send_line(struct sample *s, ts_ms now, struct ts_error *err)
{
    uint64_t x = ts_rng_below(&s->rng, (uint64_t)RESENT_ONE_IN * LATE_ONE_IN);
    ts_ms release = TS_NEVER;
    bool late = x % LATE_ONE_IN == 0, resent = !late && x % RESENT_ONE_IN == 0;
    if (late) release = now + 1800000 + (ts_ms)ts_rng_below(&s->rng, 4 * (uint64_t)TS_DAY_MS);
    if (resent) release = now + 1000 + (ts_ms)ts_rng_below(&s->rng, 90000);
    if (s->n_held > 0 && !release_held(s, now)) return ts_fail(err, TS_E_DISK, "cannot write the sample");
    if (release != TS_NEVER && s->n_held < HELD_MAX) {
        if (!hold(s, release)) return ts_fail(err, TS_E_MEMORY, "no memory for a line of the sample");
        if (late) return TS_OK;
    }
    if (!put(s, s->line.data, s->line.len)) return ts_fail(err, TS_E_DISK, "cannot write the sample");
    return TS_OK;
}

/* ---- the run ---------------------------------------------------------------------------------------------------------- */

static struct ts_sample_act act_of(struct sample *s, uint32_t index, ts_ms now)
{
    return (struct ts_sample_act){.person = &s->people[index],
                                  .index = index,
                                  .seed = s->seed,
                                  .key = ts_sample_key(s->seed, index),
                                  .now = now,
                                  .calendar = &s->calendar,
                                  .out = &s->line};
}

static void meet_people(struct sample *s, uint32_t members)
{
    for (uint32_t i = 0; i < members; i++) {
        struct ts_sample_act a = act_of(s, i, s->calendar.start);
        ts_sample_person_begin(&a);
        s->heap[s->n++] = (struct turn){s->people[i].next, i};
    }
    for (uint32_t i = s->n / 2; i-- > 0;)
        sift_down(s->heap, s->n, i);
}

static enum ts_code run(struct sample *s, struct ts_error *err)
{
    while (s->n > 0 && s->heap[0].at < s->calendar.end) {
        struct turn *first = &s->heap[0];
        ts_ms now = first->at;
        struct ts_sample_act a = act_of(s, first->index, now);
        ts_buf_clear(&s->line);
        ts_sample_person_step(&a);
        if (s->line.failed) return ts_fail(err, TS_E_MEMORY, "no memory for a line of the sample");
        first->at = a.person->next;
        sift_down(s->heap, s->n, 0);
        enum ts_code code = send_line(s, now, err);
        if (code != TS_OK) return code;
    }
    if (!release_held(s, TS_NEVER) || fflush(s->out) != 0) return ts_fail(err, TS_E_DISK, "cannot write the sample");
    return TS_OK;
}

enum ts_code ts_sample_write(FILE *out, uint32_t members, uint64_t seed, struct ts_error *err)
{
    if (members == 0) return ts_fail(err, TS_E_USAGE, "a sample needs at least one member");
    if (members > TS_SAMPLE_MEMBERS_MAX) {
        return ts_fail(err, TS_E_LIMIT, "a sample has at most %u members", TS_SAMPLE_MEMBERS_MAX);
    }
    struct sample *s = ts_calloc(1, sizeof *s);
    if (!s) return ts_fail(err, TS_E_MEMORY, "no memory for the sample");
    s->out = out;
    s->seed = seed;
    s->rng.state = ts_sample_key(seed, UINT32_MAX);
    s->people = ts_calloc(members, sizeof *s->people);
    s->heap = ts_calloc(members, sizeof *s->heap);
    ts_buf_init(&s->line, LINE_BYTES_MAX);
    enum ts_code code = TS_OK;
    if (!s->people || !s->heap) {
        code = ts_fail(err, TS_E_MEMORY, "no memory for %u members", (unsigned)members);
    } else {
        ts_sample_calendar_init(&s->calendar);
        meet_people(s, members);
        code = run(s, err);
    }
    while (s->n_held > 0)
        ts_free((void *)s->held[--s->n_held].line.ptr);
    ts_buf_release(&s->line);
    ts_free(s->heap);
    ts_free(s->people);
    ts_free(s);
    return code;
}
