/* SPDX-License-Identifier: Apache-2.0 */
/* A member seen as one: figures over all its profiles. */
#include "member/member.h"

bool ts_member_window(const struct ts_member *m, uint32_t series, uint32_t by, ts_day from, ts_day to,
                      struct ts_sum *ret, ts_ms *ret_last_at)
{
    bool found = false;
    memset(ret, 0, sizeof *ret);
    for (uint32_t i = 0; i < m->n; i++) {
        struct ts_series s;
        const struct ts_profile *p = m->profiles[i];
        if (!ts_series_find(p->series.data, p->series.len, series, by, &s)) continue;
        struct ts_sum sum;
        ts_series_window(&s, from, to, &sum);
        if (ret_last_at && (!found || s.last_at > *ret_last_at)) *ret_last_at = s.last_at;
        found = true;
        if (sum.n_buckets == 0) continue;
        if (ret->n_buckets == 0 || sum.first_day < ret->first_day) ret->first_day = sum.first_day;
        if (ret->n_buckets == 0 || sum.last_day > ret->last_day) ret->last_day = sum.last_day;
        ret->count += sum.count;
        ret->sum += sum.sum;
        ret->n_buckets += sum.n_buckets;
    }
    return found;
}

double ts_member_score(const struct ts_member *m, uint32_t score, ts_ms half_life, ts_ms t)
{
    double value = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        const struct ts_score *s = ts_profile_score(m->profiles[i], score);
        if (s) value += ts_score_at(s, half_life, t);
    }
    return value;
}

struct ts_balance ts_member_balance(const struct ts_member *m, uint32_t points)
{
    struct ts_balance sum = {.points = points};
    for (uint32_t i = 0; i < m->n; i++) {
        struct ts_balance b = ts_wallet_balance(&m->profiles[i]->wallet, points);
        sum.pending += b.pending;
        sum.available += b.available;
        sum.held += b.held;
        sum.debt += b.debt;
    }
    return sum;
}

bool ts_member_has_tag(const struct ts_member *m, uint32_t tag, ts_ms t)
{
    const struct ts_tag *found = ts_profile_tag(ts_member_head(m), tag);
    return found && t < found->until;
}
