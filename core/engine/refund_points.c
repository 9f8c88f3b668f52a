/* SPDX-License-Identifier: Apache-2.0 */
/* Points of an order that is taken back (SEMANTICS, Points 7). What each earning would have paid for the order as it now stands is computed with the
 * factors that it kept; the difference to what was granted goes back, less what went back before. A cap cut the grant then, so it cuts
 * what is kept at the same height; what it gave for points that go back, it gives back. */
#include "engine/internal.h"

/* The exact figure of what is left: its part of the amount, each item's part of its quantity. False: it earns nothing any more. */
static bool left_of_figure(struct ts_engine *e, const struct ts_sale *s, const struct ts_sale_earn *x,
                           struct ts_figure *ret)
{
    const int64_t left = s->amount - s->back;
    *ret = x->figure;
    if (s->whole || left < x->least) return false;
    if (x->by_amount && s->amount > 0) ret->units = ret->units / s->amount * left;
    if (!x->figure.n_items) return ret->units > 0;
    ret->item = ts_arena_alloc(&e->run.arena, x->figure.n_items * sizeof *ret->item);
    if (!ret->item) {
        e->run.failed = true;
        return false;
    }
    ret->units = 0;
    for (uint32_t i = 0; i < x->figure.n_items; i++) {
        __int128 units = x->figure.item[i];
        const struct ts_sale_line *l = x->by_lines ? &s->lines.at[i] : NULL;
        if (x->by_amount && s->amount > 0) units = units / s->amount * left;
        if (l && l->back > 0) { /* a product with the quantity divides without remainder; nothing overflows */
            int64_t kept = l->quantity - l->back;
            units = units / l->quantity * kept + units % l->quantity * kept / l->quantity;
        }
        ret->item[i] = units;
        ret->units += units;
    }
    return ret->units > 0;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* `figure`: of what is left; for the bonuses on it. */
static int64_t kept_declared(struct ts_engine *e, const struct ts_sale *s, const struct ts_sale_earn *x,
                             struct ts_figure *figure)
{
    const struct ts_earn_decl d = {
        .give = x->give, .per = x->per, .times = x->times, .rounding = x->rounding, .steps = x->steps};
    int64_t points = 0;
    if (!left_of_figure(e, s, x, figure) || !ts_earn_points(&d, figure, x->rate, &points)) return 0;
    return least(points, x->granted);
}

/* A bonus is of what its base keeps, or of the part of the items that it picked. */
static int64_t kept_bonus(struct ts_engine *e, const struct ts_sale_earn *x, int64_t base,
                          const struct ts_figure *figure)
{
    int64_t points = base;
    if (x->matches) {
        int64_t *share = ts_arena_alloc(&e->run.arena, ((size_t)figure->n_items + 1) * sizeof *share);
        if (!share || ts_decimal_share(base, figure->item, figure->n_items, share) != TS_OK) {
            e->run.failed = true;
            return 0;
        }
        points = 0;
        for (uint32_t i = 0; i < figure->n_items; i++)
            points += x->matches[i] ? share[i] : 0;
    }
    if (points <= 0 || ts_decimal_scale(points, &x->times, 1, 1, TS_ROUND_DOWN, &points) != TS_OK) return 0;
    return least(points, x->granted);
}

static void count_back(struct ts_engine *e, const struct ts_sale *s, const struct ts_sale_earn *x, int64_t amount)
{
    struct ts_effect fx = {.op = TS_FX_TAKE,
                           .profile = x->profile,
                           .name = x->series,
                           .to = (uint32_t)s->day,
                           .at = s->at,
                           .desired = x->taken == x->granted,
                           .amount = amount};
    struct ts_effect cap = {.op = TS_FX_CAP, .name = x->cap, .from = x->period, .at = x->cap_at, .amount = -amount};
    if (x->series) ts_do(e, &fx);
    if (x->cap) ts_do(e, &cap);
}

static void take(struct ts_engine *e, const struct ts_sale *s, struct ts_sale_earn *x, int64_t kept)
{
    int64_t amount = x->granted - kept - x->taken; /* a share that grew back by rounding is not given again */
    const struct ts_points_decl *p = ts_points_of(e, x->points);
    if (amount <= 0 || e->run.failed) return;
    struct ts_effect fx = {.op = TS_FX_CLAWBACK,
                           .rule = x->rule,
                           .name = x->points,
                           .profile = x->profile,
                           .of = x->transaction,
                           .lot = x->record,
                           .desired = amount,
                           .from = p && p->floor_on_refund};
    if (!ts_do(e, &fx)) {
        if (!e->run.failed)
            ts_rule_failed(e, x->rule,
                           "points cannot be taken back: the debt would be larger than points can be (10^15)", "", 0,
                           1);
        return;
    }
    x->taken += amount;
    x->forgiven += amount - fx.amount;
    count_back(e, s, x, amount);
}

void ts_refund_points(struct ts_engine *e, struct ts_sale *s)
{
    uint32_t n = s->earns.len;
    int64_t *kept = n ? ts_arena_alloc(&e->run.arena, n * sizeof *kept) : NULL;
    struct ts_figure *figures = n ? ts_arena_alloc(&e->run.arena, n * sizeof *figures) : NULL;
    if (n && (!kept || !figures)) e->run.failed = true;
    if (figures) memset(figures, 0, n * sizeof *figures);
    for (uint32_t i = 0; i < n && !e->run.failed; i++) {
        struct ts_sale_earn *x = &s->earns.at[i];
        kept[i] = s->whole ? 0 : x->granted;
        if (x->kind == TS_SALE_DECLARED) kept[i] = kept_declared(e, s, x, &figures[i]);
        if (x->kind == TS_SALE_BONUS && !s->whole) kept[i] = kept_bonus(e, x, kept[x->of], &figures[x->of]);
        take(e, s, x, kept[i]);
    }
}
