/* SPDX-License-Identifier: Apache-2.0 */
/* What tiers stand on: the figures of their bases, the level that these give, and the reason of a change in the terms of the basis: which
 * window, which figure, which threshold, and for a fall which days went out of the window. */
#include <stdlib.h>

#include "engine/internal.h"

#define FELL_OUT_SHOWN 20 /* days of a reason; the others are counted */

int64_t ts_tiers_figure(struct ts_engine *e, const struct ts_tier_basis *b, struct ts_window window,
                        const struct ts_member *m, ts_ms at)
{
    ts_day from, to;
    struct ts_sum s;
    ts_window_days(window, ts_local_day(e, at), &from, &to);
    if (!b->series || !ts_member_window(m, b->series, 0, from, to, &s, NULL)) return 0;
    return b->sums ? s.sum : s.count;
}

void ts_tiers_figures(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_member *m, ts_ms at,
                      int64_t ret[static TS_TIER_BASES_MAX])
{
    for (uint32_t i = 0; i < t->n_bases; i++)
        ret[i] = ts_tiers_figure(e, &t->bases[i], t->bases[i].window, m, at);
}

struct ts_standing ts_tiers_judge(struct ts_engine *e, const struct ts_tiers_decl *t, bool review)
{
    struct ts_standing s;
    const struct ts_member *m = ts_run_member(e);
    ts_tiers_figures(e, t, m, e->run.now, s.now);
    s.level = ts_tiers_level(t, s.now);
    if (!review || !t->keeps) return s;
    for (uint32_t i = 0; i < t->n_bases; i++)
        s.keep[i] = ts_tiers_figure(e, &t->bases[i], t->keep, m, e->run.now);
    uint32_t kept = ts_tiers_level(t, s.keep);
    if (kept > s.level) s.level = kept;
    return s;
}

/* What speaks for level `level`, or comes nearest to it. */
static struct ts_tier_cause cause_of(const struct ts_tiers_decl *t, const struct ts_standing *s, uint32_t level,
                                     bool by_keep)
{
    const int64_t *figures = by_keep ? s->keep : s->now;
    uint32_t i = ts_tiers_nearest(t, figures, level);
    return (struct ts_tier_cause){.basis = i,
                                  .window = by_keep ? t->keep : t->bases[i].window,
                                  .figure = figures[i],
                                  .threshold = t->levels[level].from[i]};
}

/* What comes nearest to keeping a level, by whichever window. */
struct ts_tier_cause ts_tier_cause_to_keep(const struct ts_tiers_decl *t, const struct ts_standing *s, uint32_t level)
{
    struct ts_tier_cause now = cause_of(t, s, level, false);
    if (!t->keeps) return now;
    struct ts_tier_cause keep = cause_of(t, s, level, true);
    return (__int128)now.figure * keep.threshold > (__int128)keep.figure * now.threshold ? now : keep;
}

/* Of a fall, by one basis: its figure now by the better of the windows, and the window that was better at `then`. */
static struct ts_tier_cause cause_by(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_standing *s,
                                     uint32_t from, uint32_t basis, ts_ms then, bool *ret_gave)
{
    const struct ts_tier_basis *b = &t->bases[basis];
    const struct ts_member *m = ts_run_member(e);
    bool by_keep = t->keeps && s->keep[basis] >= s->now[basis];
    struct ts_tier_cause c = {.basis = basis,
                              .window = by_keep ? t->keep : b->window,
                              .figure = by_keep ? s->keep[basis] : s->now[basis],
                              .threshold = t->levels[from].from[basis],
                              .fall = true,
                              .then = then,
                              .then_window = b->window};
    int64_t figure = ts_tiers_figure(e, b, b->window, m, then);
    int64_t kept = t->keeps ? ts_tiers_figure(e, b, t->keep, m, then) : figure;
    if (kept > figure) c.then_window = t->keep;
    *ret_gave = figure >= c.threshold || kept >= c.threshold;
    return c;
}

/* Of the bases that gave the level at `then`, the one that is nearest now; of all, when none did. */
struct ts_tier_cause ts_tier_cause_of_fall(struct ts_engine *e, const struct ts_tiers_decl *t,
                                           const struct ts_standing *s, uint32_t from, ts_ms then)
{
    struct ts_tier_cause best = {.threshold = TS_TIER_NEVER};
    bool best_gave = false;
    for (uint32_t i = 0; i < t->n_bases; i++) {
        bool gave;
        if (t->levels[from].from[i] == TS_TIER_NEVER) continue;
        struct ts_tier_cause c = cause_by(e, t, s, from, i, then, &gave);
        bool nearer = (__int128)c.figure * best.threshold > (__int128)best.figure * c.threshold;
        if (best.threshold != TS_TIER_NEVER && (gave != best_gave ? !gave : !nearer)) continue;
        best = c;
        best_gave = gave;
    }
    return best;
}

struct ts_tier_cause ts_tier_cause_of_rise(const struct ts_tiers_decl *t, const struct ts_standing *s, uint32_t to)
{
    return cause_of(t, s, to, ts_tiers_level(t, s->now) < to);
}

/* ---- reasons ---- */

static void put_day(struct ts_buf *b, const char *key, ts_day day)
{
    int year, month, dom;
    ts_civil_from_day(day, &year, &month, &dom);
    ts_buf_addf(b, ",\"%s\":\"%04d-%02d-%02d\"", key, year, month, dom);
}

struct fallen {
    ts_day day;
    int64_t count, sum;
};

static int newest_first(const void *a, const void *b)
{
    const struct fallen *x = a, *y = b;
    return x->day > y->day ? -1 : x->day < y->day;
}

/* Days [from, to] of the basis, newest first; equal days of several profiles as one. */
static void put_fallen(struct ts_engine *e, const struct ts_tier_basis *basis, ts_day from, ts_day to, struct ts_buf *b)
{
    TS_VEC(struct fallen) days = {0};
    const struct ts_member *m = ts_run_member(e);
    for (uint32_t i = 0; i < m->n && from <= to; i++) {
        struct ts_series s;
        struct ts_bucket_iter it = {0};
        struct fallen d;
        const struct ts_buf *set = &m->profiles[i]->series;
        if (!ts_series_find(set->data, set->len, basis->series, 0, &s)) continue;
        while (ts_series_bucket(&s, &it, &d.day, &d.count, &d.sum)) {
            if (d.day < from || d.day > to) continue;
            struct fallen *slot = ts_vec_push(&days);
            if (slot)
                *slot = d;
            else
                e->run.failed = true;
        }
    }
    if (days.len) qsort(days.at, days.len, sizeof *days.at, newest_first);
    uint32_t shown = 0, more = 0;
    ts_buf_adds(b, ",\"fell_out\":[");
    for (uint32_t i = 0; i < days.len;) {
        struct fallen d = days.at[i++];
        for (; i < days.len && days.at[i].day == d.day; i++) {
            d.count += days.at[i].count;
            d.sum += days.at[i].sum;
        }
        if (shown == FELL_OUT_SHOWN) {
            more++;
            continue;
        }
        int year, month, dom;
        ts_civil_from_day(d.day, &year, &month, &dom);
        ts_buf_addf(b, "%s{\"date\":\"%04d-%02d-%02d\",\"count\":%lld,\"sum\":%lld}", shown++ ? "," : "", year, month,
                    dom, (long long)d.count, (long long)d.sum);
    }
    ts_buf_addf(b, "],\"more\":%u", more);
    ts_vec_release(&days);
}

void ts_tier_reason(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_tier_cause *c)
{
    const struct ts_tier_basis *basis = &t->bases[c->basis];
    struct ts_buf *b = &e->image;
    ts_day from, to;
    char window[64];
    ts_window_format(c->window, window, sizeof window);
    ts_window_days(c->window, ts_local_day(e, e->run.now), &from, &to);
    ts_buf_clear(b);
    ts_buf_adds(b, "{\"basis\":");
    ts_buf_json(b, basis->name);
    ts_buf_addf(b, ",\"window\":\"%s\"", window);
    if (c->window.kind != TS_WINDOW_LIFETIME) put_day(b, "from", from);
    put_day(b, "to", to);
    ts_buf_addf(b, ",\"figure\":%lld,\"threshold\":%lld", (long long)c->figure, (long long)c->threshold);
    if (c->fall) {
        ts_day then_from, then_to, still;
        ts_window_days(c->then_window, ts_local_day(e, c->then), &then_from, &then_to);
        ts_window_days(basis->window, ts_local_day(e, e->run.now), &still, &to);
        if (t->keeps) ts_window_days(t->keep, ts_local_day(e, e->run.now), &from, &to);
        if (still < from) from = still;                    /* what is in either window is not gone */
        ts_day gone = from == INT32_MIN ? from : from - 1; /* nothing ever leaves a lifetime */
        put_fallen(e, basis, then_from, then_to < gone ? then_to : gone, b);
    }
    ts_buf_byte(b, '}');
    if (b->failed) e->run.failed = true;
    struct ts_effect fx = {.op = TS_FX_TIER_REASON,
                           .rule = t->rule,
                           .name = t->id,
                           .json = ts_run_keep(e, ts_str((const char *)b->data, b->len))};
    ts_do(e, &fx);
}
