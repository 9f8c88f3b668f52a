/* SPDX-License-Identifier: Apache-2.0 */
/* Into the program: what is kept of a member. Measures, scores, tags, segments. */
#include <math.h>

#include "rules/walk.h"

static void read_measure(struct ts_walk *w, void *item)
{
    static const char *const units[] = {"count", "integer", "money", "number", NULL}; /* enum ts_unit */
    struct ts_measure *m = item;
    m->name = ts_walk_str(w, "name");
    m->origin = ts_walk_origin(w);
    m->on = ts_walk_strs(w, "on", &m->n_on);
    m->sum = ts_walk_str(w, "sum");
    m->each = ts_walk_str(w, "each");
    m->by = ts_walk_str(w, "by");
    m->where = ts_walk_where(w);
    m->unit = (uint8_t)ts_walk_choice(w, "unit", units, TS_UNIT_COUNT);
    m->implicit = ts_walk_bool(w, "implicit");
}

static void read_score_event(struct ts_walk *w, void *item)
{
    struct ts_score_event *e = item;
    e->event = ts_walk_str(w, "event");
    e->points = ts_walk_number(w, "points", 0);
}

static void read_score_trait(struct ts_walk *w, void *item)
{
    struct ts_score_trait *t = item;
    t->trait = ts_walk_str(w, "trait");
    t->value = ts_walk_str(w, "value");
    t->points = ts_walk_number(w, "points", 0);
}

static void read_score(struct ts_walk *w, void *item)
{
    struct ts_score_decl *s = item;
    s->name = ts_walk_str(w, "name");
    s->origin = ts_walk_origin(w);
    s->half_life = ts_walk_int(w, "half_life", 0);
    s->floor = ts_walk_number(w, "floor", -INFINITY);
    s->at_most = ts_walk_at_most(w);
    s->events = ts_walk_list(w, "events", sizeof *s->events, read_score_event, &s->n_events);
    s->traits = ts_walk_list(w, "traits", sizeof *s->traits, read_score_trait, &s->n_traits);
}

static void read_tag(struct ts_walk *w, void *item)
{
    struct ts_tag_decl *t = item;
    t->name = ts_walk_str(w, "name");
    t->origin = ts_walk_origin(w);
    t->class = ts_walk_str(w, "class");
    t->fn_when = ts_walk_function(w, "when");
    t->on = ts_walk_strs(w, "on", &t->n_on);
    t->during = ts_walk_during(w);
    t->keep = ts_walk_duration(w, "keep");
}

static void read_segment(struct ts_walk *w, void *item)
{
    struct ts_segment_decl *s = item;
    s->name = ts_walk_str(w, "name");
    s->origin = ts_walk_origin(w);
    s->fn_when = ts_walk_function(w, "when");
}

void ts_walk_figures(struct ts_walk *w)
{
    TS_WALK_ARRAY(w, "measures", &w->p->measures, read_measure);
    TS_WALK_ARRAY(w, "scores", &w->p->scores, read_score);
    TS_WALK_ARRAY(w, "tags", &w->p->tags, read_tag);
    TS_WALK_ARRAY(w, "segments", &w->p->segments, read_segment);
}
