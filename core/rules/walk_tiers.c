/* SPDX-License-Identifier: Apache-2.0 */
/* Into the program: tiers and their levels. */
#include "rules/walk.h"

static void read_extra(struct ts_walk *w, void *item)
{
    struct ts_extra *x = item;
    x->key = ts_walk_str(w, "key");
    x->json = ts_walk_str(w, "json");
}

static void read_from(struct ts_walk *w, void *item)
{
    int64_t *from = item;
    *from = ts_walk_int(w, "figure", TS_TIER_NEVER);
}

static void read_basis(struct ts_walk *w, void *item)
{
    static const char *const kinds[] = {"measure", "earned", NULL}; /* enum ts_basis_kind */
    struct ts_tier_basis *b = item;
    b->kind = (uint8_t)ts_walk_choice(w, "kind", kinds, TS_BASIS_MEASURE);
    b->name = ts_walk_str(w, "name");
    b->window = ts_walk_window(w, "window");
}

static void read_level(struct ts_walk *w, void *item)
{
    struct ts_level *l = item;
    uint32_t n; /* as many as there are bases */
    l->name = ts_walk_str(w, "name");
    l->from = ts_walk_list(w, "from", sizeof *l->from, read_from, &n);
    l->rate = ts_walk_decimal(w, "rate", 1);
    l->never_lost = ts_walk_bool(w, "never_lost");
    l->extra = ts_walk_list(w, "extra", sizeof *l->extra, read_extra, &l->n_extra);
}

static void read_tiers(struct ts_walk *w, void *item)
{
    static const char *const reviews[] = {"daily",     "weekly", "monthly",
                                          "quarterly", "yearly", NULL}; /* enum ts_period */
    static const char *const upgrades[] = {"at once", "review", NULL};
    static const char *const refunds[] = {"review", "now", NULL};
    struct ts_tiers_decl *t = item;
    t->name = ts_walk_str(w, "name");
    t->origin = ts_walk_origin(w);
    t->bases = ts_walk_list(w, "basis", sizeof *t->bases, read_basis, &t->n_bases);
    t->levels = ts_walk_list(w, "levels", sizeof *t->levels, read_level, &t->n_levels);
    t->upgrade_at_once = ts_walk_choice(w, "upgrade", upgrades, 0) == 0;
    t->on_refund_review = ts_walk_choice(w, "on_refund", refunds, 0) == 0;
    t->review = TS_PERIOD_MONTH;
    if (ts_walk_push(w, "downgrade")) {
        t->downgrades = true;
        t->review = (uint8_t)ts_walk_choice(w, "review", reviews, TS_PERIOD_MONTH);
        t->grace = ts_walk_duration(w, "grace");
        t->notice = ts_walk_duration(w, "notice");
        t->steps = (uint32_t)ts_walk_int(w, "steps", 0);
        t->keeps = ts_walk_has(w, "window");
        t->keep = ts_walk_window(w, "window");
        lua_pop(w->L, 1);
    }
}

void ts_walk_tiers(struct ts_walk *w) { TS_WALK_ARRAY(w, "tiers", &w->p->tiers, read_tiers); }
