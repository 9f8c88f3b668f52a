/* SPDX-License-Identifier: Apache-2.0 */
/* Into the program: points, what makes them, and rules. */
#include <stdlib.h>

#include "rules/walk.h"

static const struct ts_duration *read_durations(struct ts_walk *w, const char *key, uint32_t *ret_n)
{
    const struct ts_str *texts = ts_walk_strs(w, key, ret_n);
    struct ts_duration *list = ts_walk_alloc(w, *ret_n, sizeof *list);
    for (uint32_t i = 0; i < *ret_n; i++)
        if (ts_duration_parse(texts[i], &list[i], NULL) != TS_OK) luaL_error(w->L, "'%s' holds no duration", key);
    return list;
}

static void read_points(struct ts_walk *w, void *item)
{
    static const char *const boundaries[] = {"none", "day end", "month end", "quarter end", "year end", NULL};
    static const char *const shortfalls[] = {"debt", "floor", NULL};
    struct ts_points_decl *p = item;
    p->name = ts_walk_str(w, "name");
    p->origin = ts_walk_origin(w);
    p->decimals = (uint8_t)ts_walk_int(w, "decimals", 0);
    p->earned_kept = ts_walk_bool(w, "earned_kept");
    p->spendable = ts_walk_bool(w, "spendable");
    p->pending = ts_walk_duration(w, "pending");
    if (ts_walk_push(w, "expire")) {
        p->expires = true;
        p->expire_after = ts_walk_duration(w, "after");
        p->expire_at = (uint8_t)ts_walk_choice(w, "at", boundaries, TS_BOUNDARY_NONE);
        p->extended_by = ts_walk_strs(w, "extended_by", &p->n_extended_by);
        p->at_latest = ts_walk_duration(w, "at_latest");
        p->notices = read_durations(w, "notice", &p->n_notices);
        lua_pop(w->L, 1);
    }
    p->floor_on_refund = ts_walk_choice(w, "on_refund", shortfalls, 0) == 1;
}

/* From whole points to the smallest unit: 0.5 points of 2 decimals are 50. */
static bool decimal_shift(struct ts_decimal *d, unsigned decimals)
{
    for (; decimals; decimals--) {
        if (d->scale)
            d->scale--;
        else if (__builtin_mul_overflow(d->digits, 10, &d->digits))
            return false;
    }
    return true;
}

static unsigned points_decimals(const struct ts_program *p, struct ts_str name)
{
    for (uint32_t i = 0; i < p->points.n; i++) {
        if (ts_str_eq(p->points.at[i].name, name)) return p->points.at[i].decimals;
    }
    return 0;
}

/* give, per, of, times */
static void read_declared_amount(struct ts_walk *w, struct ts_earn_decl *e)
{
    static const char *const roundings[] = {"down", "half up", "up", NULL}; /* enum ts_rounding */
    e->declared = true;
    e->give = ts_walk_decimal(w, "give", 0);
    if (!decimal_shift(&e->give, points_decimals(w->p, e->points))) luaL_error(w->L, "'give' is too large");
    e->of = ts_walk_factor_fields(w, &e->n_of);
    e->each = ts_walk_str(w, "each");
    e->steps = ts_walk_bool(w, "steps");
    e->rounding = (uint8_t)ts_walk_choice(w, "rounding", roundings, TS_ROUND_DOWN);
    if (ts_walk_push(w, "per")) {
        e->per = ts_walk_int(w, "amount", 1);
        lua_pop(w->L, 1);
    }
    if (ts_walk_push(w, "times")) {
        e->times_rate = ts_walk_bool(w, "rate");
        e->times_tiers = ts_walk_str(w, "tiers");
        e->times = ts_walk_decimal(w, "factor", 1);
        lua_pop(w->L, 1);
    }
}

static void read_earn(struct ts_walk *w, void *item)
{
    struct ts_earn_decl *e = item;
    e->name = ts_walk_str(w, "name");
    e->origin = ts_walk_origin(w);
    e->on = ts_walk_strs(w, "on", &e->n_on);
    e->points = ts_walk_str(w, "points");
    e->once_per = ts_walk_str(w, "once_per");
    e->per = 1;
    e->times = (struct ts_decimal){1, 0};
    e->fn_when = ts_walk_function(w, "when");
    e->fn_amount = ts_walk_function(w, "amount");
    if (!e->fn_amount) read_declared_amount(w, e);
    e->where = ts_walk_where(w);
    e->funded_by = ts_walk_str(w, "funded_by");
    e->during = ts_walk_during(w);
    e->late = ts_walk_bool(w, "late");
    e->at_most = ts_walk_at_most(w);
    e->priority = (int32_t)ts_walk_int(w, "priority", 0);
}

static void read_bonus(struct ts_walk *w, void *item)
{
    struct ts_bonus_decl *b = item;
    b->name = ts_walk_str(w, "name");
    b->origin = ts_walk_origin(w);
    b->of = ts_walk_str(w, "of");
    b->times = ts_walk_decimal(w, "times", 1);
    b->best_of = ts_walk_str(w, "best_of");
    b->where = ts_walk_where(w);
    b->funded_by = ts_walk_str(w, "funded_by");
    b->fn_when = ts_walk_function(w, "when");
    b->during = ts_walk_during(w);
    b->at_most = ts_walk_at_most(w);
}

static void read_rule(struct ts_walk *w, void *item)
{
    struct ts_rule_decl *u = item;
    u->name = ts_walk_str(w, "name");
    u->origin = ts_walk_origin(w);
    u->on = ts_walk_strs(w, "on", &u->n_on);
    u->fn_when = ts_walk_function(w, "when");
    u->fn_act = ts_walk_function(w, "act");
    u->during = ts_walk_during(w);
    u->priority = (int32_t)ts_walk_int(w, "priority", 0);
}

/* Names differ within a word, so these are total orders. */
static int compare(int32_t a_priority, struct ts_str a, int32_t b_priority, struct ts_str b)
{
    if (a_priority != b_priority) return a_priority > b_priority ? -1 : 1;
    return ts_str_cmp(a, b);
}
static int compare_earns(const void *x, const void *y)
{
    const struct ts_earn_decl *a = x, *b = y;
    return compare(a->priority, a->name, b->priority, b->name);
}
static int compare_bonuses(const void *x, const void *y)
{
    const struct ts_bonus_decl *a = x, *b = y;
    return ts_str_cmp(a->name, b->name);
}
static int compare_rules(const void *x, const void *y)
{
    const struct ts_rule_decl *a = x, *b = y;
    return compare(a->priority, a->name, b->priority, b->name);
}

void ts_walk_points(struct ts_walk *w)
{
    struct ts_program *p = w->p;
    TS_WALK_ARRAY(w, "points", &p->points, read_points);
    TS_WALK_ARRAY(w, "earns", &p->earns, read_earn);
    TS_WALK_ARRAY(w, "bonuses", &p->bonuses, read_bonus);
    TS_WALK_ARRAY(w, "rules", &p->rules, read_rule);
    if (p->earns.n) qsort(p->earns.at, p->earns.n, sizeof *p->earns.at, compare_earns);
    if (p->bonuses.n) qsort(p->bonuses.at, p->bonuses.n, sizeof *p->bonuses.at, compare_bonuses);
    if (p->rules.n) qsort(p->rules.at, p->rules.n, sizeof *p->rules.at, compare_rules);
}
