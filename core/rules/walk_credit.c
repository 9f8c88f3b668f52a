/* SPDX-License-Identifier: Apache-2.0 */
/* Into the program: milestones and attributions. */
#include <stdlib.h>

#include "rules/walk.h"

static const int64_t *read_figures(struct ts_walk *w, const char *key, uint32_t *ret_n)
{
    *ret_n = 0;
    if (!ts_walk_push(w, key)) return NULL;
    uint32_t n = (uint32_t)lua_rawlen(w->L, -1);
    int64_t *list = ts_walk_alloc(w, n, sizeof *list);
    for (uint32_t i = 0; i < n; i++) {
        lua_rawgeti(w->L, -1, i + 1);
        list[i] = lua_tointeger(w->L, -1);
        lua_pop(w->L, 1);
    }
    lua_pop(w->L, 1);
    *ret_n = n;
    return list;
}

static void read_milestone(struct ts_walk *w, void *item)
{
    struct ts_milestone_decl *m = item;
    m->name = ts_walk_str(w, "name");
    m->origin = ts_walk_origin(w);
    m->of = ts_walk_str(w, "of");
    m->value = ts_walk_str(w, "value");
    m->every = ts_walk_int(w, "every", 0);
    m->at = read_figures(w, "at", &m->n_at);
    m->fn_when = ts_walk_function(w, "when");
    m->during = ts_walk_during(w);
    m->late = ts_walk_bool(w, "late");
    m->funded_by = ts_walk_str(w, "funded_by");
    if (!ts_walk_push(w, "give")) return;
    m->points = ts_walk_str(w, "points");
    m->amount = ts_walk_int(w, "amount", 0);
    m->tag = ts_walk_str(w, "tag");
    m->keep = ts_walk_duration(w, "keep");
    m->notify = ts_walk_str(w, "notify");
    m->emit = ts_walk_str(w, "emit");
    lua_pop(w->L, 1);
}

static void read_attribution(struct ts_walk *w, void *item)
{
    static const char *const models[] = {"last", "first", "even", NULL}; /* enum ts_attribution_model */
    struct ts_attribution_decl *a = item;
    a->name = ts_walk_str(w, "name");
    a->origin = ts_walk_origin(w);
    a->credit = ts_walk_strs(w, "credit", &a->n_credit);
    a->model = (uint8_t)ts_walk_choice(w, "model", models, TS_CREDIT_LAST);
    a->within = ts_walk_window(w, "within");
    a->of = ts_walk_str(w, "of");
    a->touches = ts_walk_str(w, "measure");
}

/* Names differ within a word, so these are total orders. */
static int compare_milestones(const void *x, const void *y)
{
    const struct ts_milestone_decl *a = x, *b = y;
    return ts_str_cmp(a->name, b->name);
}
static int compare_attributions(const void *x, const void *y)
{
    const struct ts_attribution_decl *a = x, *b = y;
    return ts_str_cmp(a->name, b->name);
}

void ts_walk_credit(struct ts_walk *w)
{
    struct ts_program *p = w->p;
    TS_WALK_ARRAY(w, "milestones", &p->milestones, read_milestone);
    TS_WALK_ARRAY(w, "attributions", &p->attributions, read_attribution);
    if (p->milestones.n) qsort(p->milestones.at, p->milestones.n, sizeof *p->milestones.at, compare_milestones);
    if (p->attributions.n)
        qsort(p->attributions.at, p->attributions.n, sizeof *p->attributions.at, compare_attributions);
}
