/* SPDX-License-Identifier: Apache-2.0 */
/* Caps of earnings, bonuses and scores: what a cap still allows at an instant, and noting a use. Uses belong to the member, so a join unites
 * them. Events may come late: a cap holds over every window, also over one that ended long ago, as far as its uses are still known; further
 * back nothing is granted. */
#include "engine/internal.h"

/* A calendar cap has a row for each period with a use (at = 0), a rolling one a row for each use. Of rolling rows that were let go the
 * newest instant stays, as a row of this period. */
#define PERIOD_FORGOTTEN 1
#define CAP_PERIODS_MAX 62u /* two months of days */
#define SPANS_KEPT 2        /* a rolling cap knows its uses so many spans back: exact for events up to a span late */

static bool is_use(const struct ts_cap *c, uint32_t id) { return c->cap == id && c->at != 0 && c->period == 0; }

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* Uses in (end - span, end]. */
static int64_t used_up_to(const struct ts_profile *head, uint32_t id, ts_ms span, ts_ms end)
{
    int64_t used = 0;
    for (uint32_t i = 0; i < head->caps.len; i++) {
        const struct ts_cap *c = &head->caps.at[i];
        if (is_use(c, id) && c->at > end - span && c->at <= end) used = add(used, c->used);
    }
    return used;
}

/* The most that any window with `at` in it has used: the one that ends at `at`, or for a late event at a later use. */
static int64_t rolling_used(const struct ts_profile *head, const struct ts_at_most *m, ts_ms at)
{
    int64_t most = used_up_to(head, m->id, m->per_ms, at);
    for (uint32_t i = 0; i < head->caps.len; i++) {
        const struct ts_cap *c = &head->caps.at[i];
        if (c->cap == m->id && c->at != 0 && c->period == PERIOD_FORGOTTEN && c->at > at - m->per_ms) return INT64_MAX;
        if (!is_use(c, m->id) || c->at <= at || c->at >= at + m->per_ms) continue;
        int64_t used = used_up_to(head, m->id, m->per_ms, c->at);
        if (used > most) most = used;
    }
    return most;
}

static int64_t calendar_used(const struct ts_profile *head, const struct ts_at_most *m, ts_day from)
{
    int32_t oldest = INT32_MAX;
    uint32_t rows = 0;
    for (uint32_t i = 0; i < head->caps.len; i++) {
        const struct ts_cap *c = &head->caps.at[i];
        if (c->cap != m->id || c->at != 0) continue;
        if (c->period == from) return c->used;
        rows++;
        if (c->period < oldest) oldest = c->period;
    }
    return rows >= CAP_PERIODS_MAX && from < oldest ? INT64_MAX : 0; /* the use of so old a period is no longer known */
}

int64_t ts_cap_left(struct ts_engine *e, const struct ts_at_most *m, ts_ms at, int64_t desired,
                    struct ts_effect *ret_use)
{
    const struct ts_profile *head = ts_run_head(e);
    ts_day from, to;
    int64_t used;
    *ret_use = (struct ts_effect){.op = TS_FX_CAP, .name = m->id};
    if (m->per_ms) {
        int64_t seconds = m->per_ms / 1000;
        ret_use->at = at ? at : 1; /* 0 says calendar */
        ret_use->from = seconds < INT32_MAX ? (uint32_t)seconds : INT32_MAX;
        used = rolling_used(head, m, ret_use->at);
    } else {
        ts_window_days(m->per, ts_local_day(e, at), &from, &to);
        ret_use->from = (uint32_t)from;
        used = calendar_used(head, m, from);
    }
    int64_t left = used >= m->amount ? 0 : m->amount - used;
    return ret_use->amount = left < desired ? left : desired;
}

static enum ts_code apply_rolling(struct ts_profile *head, const struct ts_effect *fx)
{
    ts_ms newest = fx->at, forgotten = 0;
    for (uint32_t i = 0; i < head->caps.len; i++)
        if (is_use(&head->caps.at[i], fx->name) && head->caps.at[i].at > newest) newest = head->caps.at[i].at;
    ts_ms kept = newest - SPANS_KEPT * (ts_ms)(int32_t)fx->from * 1000;
    for (uint32_t i = 0; i < head->caps.len;) {
        const struct ts_cap *c = &head->caps.at[i];
        bool old = c->cap == fx->name && c->at != 0 && (c->period == PERIOD_FORGOTTEN || c->at <= kept);
        if (old && (!forgotten || c->at > forgotten)) forgotten = c->at;
        if (old)
            ts_vec_remove(&head->caps, i);
        else
            i++;
    }
    if (forgotten) {
        struct ts_cap *c = ts_vec_push(&head->caps);
        if (!c) return TS_E_MEMORY;
        *c = (struct ts_cap){.cap = fx->name, .period = PERIOD_FORGOTTEN, .at = forgotten};
    }
    struct ts_cap *use = ts_vec_push(&head->caps);
    if (!use) return TS_E_MEMORY;
    *use = (struct ts_cap){.cap = fx->name, .at = fx->at, .used = fx->amount};
    return TS_OK;
}

static enum ts_code apply_calendar(struct ts_profile *head, const struct ts_effect *fx)
{
    uint32_t n = 0, oldest = 0;
    for (uint32_t i = 0; i < head->caps.len; i++) {
        struct ts_cap *c = &head->caps.at[i];
        if (c->cap != fx->name || c->at != 0) continue;
        if (c->period == (int32_t)fx->from)
            return __builtin_add_overflow(c->used, fx->amount, &c->used) ? TS_E_DAMAGED : TS_OK;
        if (n++ == 0 || c->period < head->caps.at[oldest].period) oldest = i;
    }
    if (n >= CAP_PERIODS_MAX) ts_vec_remove(&head->caps, oldest);
    struct ts_cap *c = ts_vec_push(&head->caps);
    if (!c) return TS_E_MEMORY;
    *c = (struct ts_cap){.cap = fx->name, .period = (int32_t)fx->from, .used = fx->amount};
    return TS_OK;
}

/* A use that a refund gives back; what is no longer known of it is given back already. */
static enum ts_code give_back(struct ts_profile *head, const struct ts_effect *fx)
{
    int64_t left = -fx->amount;
    for (uint32_t i = 0; i < head->caps.len && left > 0;) {
        struct ts_cap *c = &head->caps.at[i];
        bool same = fx->at ? is_use(c, fx->name) && c->at == fx->at
                           : c->cap == fx->name && c->at == 0 && c->period == (int32_t)fx->from;
        int64_t given = !same ? 0 : c->used < left ? c->used : left;
        left -= given;
        c->used -= given;
        if (same && c->used == 0)
            ts_vec_remove(&head->caps, i);
        else
            i++;
    }
    return TS_OK;
}

enum ts_code ts_cap_apply(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_profile *head = ts_run_head(e);
    head->changed = true;
    if (fx->amount == INT64_MIN) return TS_E_DAMAGED;
    if (fx->amount < 0) return give_back(head, fx);
    return fx->at ? apply_rolling(head, fx) : apply_calendar(head, fx);
}
