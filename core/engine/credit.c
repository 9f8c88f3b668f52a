/* SPDX-License-Identifier: Apache-2.0 */
/* Attribution: to whom an event is credited. Touches are kept by who is credited, by day, so a window of local days is exact; within a day the
 * instants of the first and the last touch of a value decide where they are known, else the day's beginning stands for them, and
 * of equal ones the first by name counts. A credit changes no state: it is an effect that results, `why` and reports show. */
#include <stdlib.h>

#include "engine/internal.h"

#define SHARERS_MAX 256 /* of an event: the last touched ones */

struct touch {
    uint32_t by;
    struct ts_str name;
    ts_ms first, last; /* within the window */
};

/* The touches of one value within the days. False: there are none up to the instant. */
static bool touch_within(struct ts_engine *e, const struct ts_series *s, ts_day from, ts_day to, ts_ms at,
                         struct touch *ret)
{
    struct ts_bucket_iter it = {0};
    ts_day day, first = INT32_MAX, last = INT32_MIN;
    int64_t count, sum;
    if (s->first_at > at) return false;
    while (ts_series_bucket(s, &it, &day, &count, &sum) && day >= from) {
        if (day > to || count <= 0) continue;
        if (last == INT32_MIN) last = day;
        first = day;
    }
    if (last == INT32_MIN) return false;
    const struct ts_zone *z = e->bind.program->zone;
    bool first_known = ts_local_day(e, s->first_at) == first;
    bool last_known = s->last_at <= at && ts_local_day(e, s->last_at) == last;
    *ret = (struct touch){.by = s->by,
                          .first = first_known ? s->first_at : ts_zone_day_start(z, first),
                          .last = last_known ? s->last_at : ts_zone_day_start(z, last)};
    return true;
}

struct touches {
    TS_VEC(struct touch) list;
};

static void collect(struct ts_engine *e, const struct ts_attribution_decl *a, ts_ms at, struct touches *out)
{
    const struct ts_member *m = ts_run_member(e);
    ts_day from, to, today = ts_local_day(e, at);
    ts_window_days(a->within, today, &from, &to);
    if (to > today) to = today;
    for (uint32_t i = 0; i < m->n; i++) {
        const struct ts_buf *set = &m->profiles[i]->series;
        struct ts_series s;
        size_t pos = 0;
        while (ts_series_next(set->data, set->len, &pos, &s) && s.id <= a->series) {
            struct touch t, *same = NULL;
            if (s.id != a->series || !s.by || !touch_within(e, &s, from, to, at, &t)) continue;
            for (uint32_t k = 0; i > 0 && k < out->list.len && !same; k++)
                if (out->list.at[k].by == t.by) same = &out->list.at[k];
            if (same) {
                if (t.first < same->first) same->first = t.first;
                if (t.last > same->last) same->last = t.last;
                continue;
            }
            t.name = ts_names_text(e->names, TS_SPACE_BY, t.by);
            struct touch *slot = ts_vec_push(&out->list);
            if (slot)
                *slot = t;
            else
                e->run.failed = true;
        }
    }
}

static int by_last(const void *x, const void *y) /* the newest first */
{
    const struct touch *a = x, *b = y;
    if (a->last != b->last) return a->last > b->last ? -1 : 1;
    return ts_str_cmp(a->name, b->name);
}
static int by_first(const void *x, const void *y)
{
    const struct touch *a = x, *b = y;
    if (a->first != b->first) return a->first < b->first ? -1 : 1;
    return ts_str_cmp(a->name, b->name);
}
static int by_name(const void *x, const void *y)
{
    const struct touch *a = x, *b = y;
    return ts_str_cmp(a->name, b->name);
}

static uint32_t choose(const struct ts_attribution_decl *a, struct touches *t)
{
    qsort(t->list.at, t->list.len, sizeof *t->list.at, a->model == TS_CREDIT_FIRST ? by_first : by_last);
    if (a->model != TS_CREDIT_EVEN) return 1;
    uint32_t n = t->list.len < SHARERS_MAX ? t->list.len : SHARERS_MAX;
    qsort(t->list.at, n, sizeof *t->list.at, by_name);
    return n;
}

static void give_credit(struct ts_engine *e, const struct ts_attribution_decl *a, const struct ts_event_view *ev,
                        struct touches *t)
{
    __int128 one[SHARERS_MAX];
    int64_t part[SHARERS_MAX], paid[SHARERS_MAX], whole = 0;
    uint32_t n = choose(a, t);
    bool ok = false;
    whole = ts_field_number(e, ts_property(ev, a->of), TS_UNIT_MONEY, &ok);
    if (!ok) whole = 0;
    for (uint32_t i = 0; i < n; i++)
        one[i] = 1;
    if (ts_decimal_share(1000000, one, n, part) != TS_OK ||
        ts_decimal_share(whole < 0 ? -whole : whole, one, n, paid) != TS_OK) {
        e->run.failed = true;
        return;
    }
    for (uint32_t i = 0; i < n && !e->run.failed; i++) {
        struct ts_effect fx = {.op = TS_FX_CREDIT,
                               .rule = a->rule,
                               .to = t->list.at[i].by,
                               .amount = whole < 0 ? -paid[i] : paid[i],
                               .base = whole,
                               .factor = {{part[i], 6}, {1, 0}}};
        if (n == 1) fx.factor[0] = (struct ts_decimal){1, 0};
        ts_do(e, &fx);
    }
}

void ts_credit_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev)
{
    for (uint32_t i = 0; i < l->credits.len && !e->run.only.ptr && !e->run.failed; i++) {
        struct touches t = {0};
        collect(e, l->credits.at[i], ev->at, &t);
        if (t.list.len && !e->run.failed) give_credit(e, l->credits.at[i], ev, &t);
        ts_vec_release(&t.list);
    }
}
