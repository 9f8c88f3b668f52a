/* SPDX-License-Identifier: Apache-2.0 */
/* Milestones: gifts when an event takes a lifetime figure over a threshold. What counts is what the event itself added: figures that a
 * join brings together cross nothing. What was reached is remembered, so that a figure that a refund took down gives nothing twice; the
 * refund of the very order that reached it takes the gift back, and the memory with it. Decided with the member as he stood; given after the
 * bonuses and before what rules ask for. */
#include "engine/internal.h"

/* Over all profiles of the member: sums, or counts. False: it overflows. */
static bool lifetime(struct ts_engine *e, uint32_t series, uint32_t by, bool sums, int64_t *ret)
{
    const struct ts_member *m = ts_run_member(e);
    *ret = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        struct ts_series s;
        const struct ts_buf *set = &m->profiles[i]->series;
        if (ts_series_find(set->data, set->len, series, by, &s) &&
            __builtin_add_overflow(*ret, sums ? s.sum : s.count, ret))
            return false;
    }
    return true;
}

/* The lifetime figure after the event, and where it stood before it: at least at what was reached already. False: nothing moved. */
static bool figures(struct ts_engine *e, const struct ts_milestone_decl *d, int64_t *ret_before, int64_t *ret_after)
{
    const struct ts_counted *c = NULL;
    bool sums = d->measure->sum.ptr != NULL;
    int64_t reached;
    for (uint32_t i = 0; i < e->run.counted.len && !c; i++)
        if (e->run.counted.at[i].series == d->measure->id && e->run.counted.at[i].by == d->by_id)
            c = &e->run.counted.at[i];
    if (!c || !lifetime(e, d->measure->id, d->by_id, sums, ret_after) ||
        __builtin_sub_overflow(*ret_after, sums ? c->sum : c->count, ret_before))
        return false;
    if (lifetime(e, d->reached, 0, true, &reached) && reached > *ret_before) *ret_before = reached;
    return *ret_before < *ret_after;
}

/* How many thresholds lie in (before, after], and the last of them. */
static int64_t crossed(const struct ts_milestone_decl *d, int64_t before, int64_t after, int64_t *ret_last)
{
    int64_t times = 0;
    if (after <= 0) return 0;
    if (before < 0) before = 0;
    if (d->every) {
        *ret_last = after / d->every * d->every;
        return after / d->every - before / d->every;
    }
    for (uint32_t i = 0; i < d->n_at; i++) {
        if (d->at[i] <= before || d->at[i] > after) continue;
        *ret_last = d->at[i];
        times++;
    }
    return times;
}

void ts_milestones_event(struct ts_engine *e, const struct ts_event_view *ev, bool late)
{
    struct ts_run *run = &e->run;
    const struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->milestones.n && run->counted.len && !run->failed; i++) {
        const struct ts_milestone_decl *d = &p->milestones.at[i];
        struct ts_gift g = {.milestone = d, .late = late && !d->late};
        int64_t before;
        if (!d->measure || !figures(e, d, &before, &g.figure)) continue;
        g.times = crossed(d, before, g.figure, &g.threshold);
        if (g.times <= 0 || !ts_guard_during(e, &d->during, ev->at)) continue;
        if (d->fn_when && (!ts_call_rule(e, TS_FN_WHEN, d->fn_when, d->rule, ev, false) || !e->call.truth)) continue;
        if (d->fn_when) g.read = ts_call_read(e);
        struct ts_gift *slot = ts_vec_push(&run->gifts);
        if (slot)
            *slot = g;
        else
            run->failed = true;
    }
    run->counted.len = 0; /* the next event of this record counts for itself */
}

/* A figure as rules see it: money in minor units, a number with its fraction. */
static void put_figure(struct ts_buf *b, const struct ts_milestone_decl *d, const char *key, int64_t v)
{
    ts_buf_addf(b, "\"%s\":", key);
    if (d->measure->unit != TS_UNIT_NUMBER) {
        ts_buf_addf(b, "%lld", (long long)v);
        return;
    }
    char fraction[16];
    snprintf(fraction, sizeof fraction, ".%06d", (int)(v % 1000000));
    for (size_t n = strlen(fraction); n && (fraction[n - 1] == '0' || fraction[n - 1] == '.'); n--)
        fraction[n - 1] = '\0';
    ts_buf_addf(b, "%lld%s", (long long)(v / 1000000), fraction);
}

static struct ts_str properties(struct ts_engine *e, const struct ts_gift *g)
{
    struct ts_buf *b = &e->scratch;
    ts_buf_clear(b);
    ts_buf_adds(b, "{\"milestone\":");
    ts_buf_json(b, g->milestone->name);
    ts_buf_addf(b, ",\"times\":%lld,", (long long)g->times);
    put_figure(b, g->milestone, "value", g->threshold);
    ts_buf_byte(b, '}');
    if (b->failed) e->run.failed = true;
    return ts_run_keep(e, ts_str((const char *)b->data, b->len));
}

/* Why: the figure, the threshold, and what `when` read. */
static void write_why(struct ts_engine *e, const struct ts_gift *g)
{
    struct ts_buf *b = &e->scratch;
    ts_buf_clear(b);
    ts_buf_byte(b, '{');
    put_figure(b, g->milestone, "figure", g->figure);
    ts_buf_byte(b, ',');
    put_figure(b, g->milestone, "threshold", g->threshold);
    ts_buf_addf(b, ",\"times\":%lld", (long long)g->times);
    if (g->read.ptr && g->read.len > 2) {
        ts_buf_byte(b, ',');
        ts_buf_add(b, g->read.ptr + 1, g->read.len - 1);
    } else {
        ts_buf_byte(b, '}');
    }
    if (b->failed) e->run.failed = true;
    struct ts_effect fx = {.op = TS_FX_READ, .json = ts_run_keep(e, ts_str((const char *)b->data, b->len))};
    ts_do(e, &fx);
}

static void give_points(struct ts_engine *e, const struct ts_gift *g)
{
    const struct ts_milestone_decl *d = g->milestone;
    const struct ts_points_decl *p = ts_points_of(e, d->points_id);
    int64_t amount;
    if (!p || g->late) return;
    bool fits = !__builtin_mul_overflow(d->amount, g->times, &amount) && amount <= TS_LIMIT_POINTS &&
                ts_pay(e, d->rule, p, amount);
    if (!fits && !e->run.failed)
        ts_rule_failed(e, d->rule, "the gift or the balance would be larger than points can be (10^15)",
                       d->origin.file.ptr, d->origin.line, 1);
}

static void give_tag(struct ts_engine *e, const struct ts_milestone_decl *d)
{
    const struct ts_tag *has = ts_profile_tag(ts_run_head(e), d->tag_id);
    ts_ms until = ts_duration_none(d->keep) ? TS_NEVER : ts_time_add(e->bind.program->zone, e->run.event->at, d->keep);
    if (until <= e->run.now || (has && has->until >= until)) return;
    struct ts_effect fx = {.op = TS_FX_TAG_ADD, .rule = d->rule, .name = d->tag_id, .until = until};
    if (ts_do(e, &fx) && !has) ts_tag_event(e, "tag.added", d->tag_id);
}

/* From now on the threshold counts as reached. */
static void remember(struct ts_engine *e, const struct ts_gift *g)
{
    uint32_t series = g->milestone->reached;
    int64_t reached;
    if (!lifetime(e, series, 0, true, &reached) || g->threshold <= reached) return;
    struct ts_effect fx = {.op = TS_FX_TAKE,
                           .profile = e->run.profile ? e->run.profile : ts_run_head(e)->number,
                           .name = series,
                           .to = (uint32_t)ts_local_day(e, e->run.event->at),
                           .at = e->run.event->at,
                           .desired = -1,
                           .amount = reached - g->threshold};
    if (ts_do(e, &fx)) ts_sale_reached(e, series, g->threshold - reached);
}

void ts_apply_gifts(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    for (uint32_t i = 0; i < run->gifts.len && !run->failed; i++) {
        const struct ts_gift *g = &run->gifts.at[i];
        const struct ts_milestone_decl *d = g->milestone;
        struct ts_str json = properties(e, g);
        remember(e, g);
        write_why(e, g);
        if (d->points.ptr) give_points(e, g);
        if (d->tag.ptr) give_tag(e, d);
        struct ts_effect notice = {.op = TS_FX_NOTIFY, .rule = d->rule, .text = d->notify, .json = json};
        if (d->notify.ptr) ts_do(e, &notice);
        if (d->emit.ptr) ts_inner_ask(e, d->emit, json, d->rule, g->read);
        ts_inner_event(e, "milestone.reached", json);
    }
    run->gifts.len = 0;
}
