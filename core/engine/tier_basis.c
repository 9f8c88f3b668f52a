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
        ts_day then_from, then_to;
        ts_window_days(c->then_window, ts_local_day(e, c->then), &then_from, &then_to);
        put_fallen(e, basis, then_from, then_to < from ? then_to : from - 1, b);
    }
    ts_buf_byte(b, '}');
    if (b->failed) e->run.failed = true;
    struct ts_effect fx = {.op = TS_FX_TIER_REASON,
                           .rule = t->rule,
                           .name = t->id,
                           .json = ts_run_keep(e, ts_str((const char *)b->data, b->len))};
    ts_do(e, &fx);
}
