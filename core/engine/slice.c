/* SPDX-License-Identifier: Apache-2.0 */
/* Due work of many: records of the engine's own, each for at most so many members, first those whose timers are due, then the sweep that
 * follows an activation. The number is counted, not timed, so that a replay makes the same slices. */
#include "engine/internal.h"

bool ts_is_due(const struct ts_engine *e, ts_ms time)
{
    return e->sweep || (e->timers.n && e->timers.heap[0].due <= time);
}

static void fire_due(struct ts_engine *e, ts_ms time, struct ts_timer *popped, uint32_t *n)
{
    while (*n < TS_LIMIT_SLICE_TIMERS && e->timers.n && e->timers.heap[0].due <= time && !e->run.failed) {
        struct ts_timer top = e->timers.heap[0];
        ts_timers_set(&e->timers, top.member,
                      TS_NEVER); /* comes back when the slice commits, or below when it does not */
        popped[(*n)++] = top;
        ts_fire(e, ts_run_take(e, top.member), time);
    }
}

static void sweep_on(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    uint64_t next = e->sweep, last = ts_members_count(e->members);
    if (!next) return; /* a replay under other rules: nothing is due here */
    for (uint32_t n = 0; n < TS_LIMIT_SLICE_TIMERS && next <= last && !run->failed; n++, next++) {
        if (ts_members_living(e->members, next) != next) continue;
        run->subject = ts_run_take(e, next);
        if (run->subject < 0) break;
        run->subject_written = false;
        ts_rules_begin(e->rules);
        ts_settle_due(e, true);
    }
    run->subject = -1;
    struct ts_effect fx = {.op = TS_FX_SWEEP, .amount = next > last ? 0 : (int64_t)next};
    ts_do(e, &fx);
}

enum ts_code ts_apply_slice(struct ts_engine *e, const struct ts_moment *m, struct ts_error *err)
{
    struct ts_run *run = &e->run;
    struct ts_timer popped[TS_LIMIT_SLICE_TIMERS];
    struct ts_result ret = {0};
    uint32_t n = 0;
    ts_run_begin(e, e->record + 1, m->time, m->arrival, m->live, TS_RUN_LIVE);
    struct ts_event_view ev = {.name = TS_STR(""), .at = m->time};
    run->event = &ev;
    if (e->timers.n && e->timers.heap[0].due <= m->time)
        fire_due(e, m->time, popped, &n);
    else
        sweep_on(e);
    run->subject = -1;
    enum ts_code code = ts_finish(e, TS_RECORD_SLICE, m, &ret, err);
    run->event = NULL;
    for (uint32_t i = 0; i < n && code != TS_OK; i++)
        ts_timers_set(&e->timers, popped[i].member, popped[i].due);
    return code;
}
