/* SPDX-License-Identifier: Apache-2.0 */
/* Binding a program: every name gets its number in the state, every event gets the list of declarations that listen to it. A name keeps its
 * number over versions; a measure's number stands for its definition, so a measure that is defined anew starts anew. */
#include "engine/bind.h"

static struct ts_listen *listen_slot(struct ts_engine *e, struct ts_str event, bool *ok)
{
    uint32_t id = ts_intern(e, TS_SPACE_EVENT, event, ok);
    struct ts_binding *b = &e->bind;
    if (!id) return NULL;
    if (id >= b->n_listen) {
        uint32_t n = id + 32;
        struct ts_listen *p = ts_realloc(b->listen, n * sizeof *p);
        if (!p) {
            *ok = false;
            return NULL;
        }
        memset(p + b->n_listen, 0, (n - b->n_listen) * sizeof *p);
        b->listen = p;
        b->n_listen = n;
    }
    return &b->listen[id];
}

#define LISTEN(e, field, d, events, n_events, ok)                                                                      \
    for (uint32_t k_ = 0; k_ < (n_events); k_++) {                                                                     \
        struct ts_listen *l_ = listen_slot(e, (events)[k_], ok);                                                       \
        __typeof__(l_->field.at) at_ = l_ ? ts_vec_push(&l_->field) : NULL;                                            \
        if (at_)                                                                                                       \
            *at_ = (d);                                                                                                \
        else                                                                                                           \
            *(ok) = false;                                                                                             \
    }

/* Two measures of one definition ("orders" and what `did` made) share a series: it is counted once. */
static void bind_measures(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->measures.n; i++) {
        struct ts_measure *m = &p->measures.at[i];
        bool twin = false;
        m->id = ts_intern_series(e, m, ok);
        for (uint32_t k = 0; k < i; k++)
            twin |= p->measures.at[k].id == m->id;
        if (!twin) LISTEN(e, measures, m, m->on, m->n_on, ok);
    }
}

static void bind_scores(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->scores.n; i++) {
        struct ts_score_decl *s = &p->scores.at[i];
        s->id = ts_intern(e, TS_SPACE_SCORE, s->name, ok);
        if (s->at_most.amount) s->at_most.id = ts_intern_cap(e, "score", s->name, ok);
        for (uint32_t k = 0; k < s->n_events; k++)
            LISTEN(e, scores, s, &s->events[k].event, 1, ok);
    }
}

/* Of a measure its own series, of points earned the one that is kept for tiers. */
static void bind_basis(struct ts_engine *e, struct ts_tier_basis *b)
{
    const struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->points.n && b->kind == TS_BASIS_EARNED; i++)
        if (ts_str_eq(p->points.at[i].name, b->name)) b->series = e->bind.earned_series[i];
    for (uint32_t i = 0; i < p->measures.n && b->kind == TS_BASIS_MEASURE; i++)
        if (ts_str_eq(p->measures.at[i].name, b->name)) {
            b->series = p->measures.at[i].id;
            b->sums = p->measures.at[i].sum.ptr != NULL;
        }
    if (b->kind == TS_BASIS_EARNED) b->sums = true;
}

/* After points and measures. */
static void bind_tiers(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->tiers.n; i++) {
        struct ts_tiers_decl *t = &p->tiers.at[i];
        t->id = ts_intern(e, TS_SPACE_TIERS, t->name, ok);
        t->rule = ts_intern_rule(e, "tiers", t->name, &t->origin, ok);
        for (uint32_t k = 0; k < t->n_levels; k++)
            ((struct ts_level *)&t->levels[k])->id = ts_intern(e, TS_SPACE_LEVEL, t->levels[k].name, ok);
        for (uint32_t k = 0; k < t->n_bases; k++)
            bind_basis(e, (struct ts_tier_basis *)&t->bases[k]);
    }
}

static bool is_earned_basis(const struct ts_tiers_decl *t, struct ts_str points)
{
    for (uint32_t i = 0; i < t->n_bases; i++)
        if (t->bases[i].kind == TS_BASIS_EARNED && ts_str_eq(t->bases[i].name, points)) return true;
    return false;
}

static void bind_points(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    e->bind.earned_series = ts_calloc(p->points.n + 1, sizeof *e->bind.earned_series);
    if (!e->bind.earned_series) {
        *ok = false;
        return;
    }
    for (uint32_t i = 0; i < p->points.n; i++) {
        struct ts_points_decl *d = &p->points.at[i];
        d->id = ts_intern(e, TS_SPACE_POINTS, d->name, ok);
        if (d->n_extended_by) d->rule = ts_intern_rule(e, "points", d->name, &d->origin, ok);
        LISTEN(e, extends, d, d->extended_by, d->n_extended_by, ok);
        bool kept = d->earned_kept;
        for (uint32_t k = 0; k < p->tiers.n && !kept; k++)
            kept = is_earned_basis(&p->tiers.at[k], d->name);
        if (kept) e->bind.earned_series[i] = ts_intern_earned(e, d->name, ok);
    }
}

static void bind_tags(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->tags.n; i++) {
        struct ts_tag_decl *t = &p->tags.at[i];
        t->id = ts_intern(e, TS_SPACE_TAG, t->name, ok);
        t->rule = ts_intern_rule(e, "tag", t->name, &t->origin, ok);
        LISTEN(e, tags, t, t->on, t->n_on, ok);
        if (t->n_on || !t->fn_when) continue;
        t->condition = ts_intern(e, TS_SPACE_CONDITION, t->name, ok);
        ts_condition_add(e, (struct ts_condition){t->fn_when, t->rule, t->id, t->condition}, ok);
    }
}

/* After tags: conditions of segments stand behind those of tags. */
static void bind_segments(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    e->bind.segments_from = e->bind.conditions.len;
    for (uint32_t i = 0; i < p->segments.n; i++) {
        struct ts_segment_decl *s = &p->segments.at[i];
        s->id = ts_intern(e, TS_SPACE_SEGMENT, s->name, ok);
        s->rule = ts_intern_rule(e, "segment", s->name, &s->origin, ok);
        s->condition = ts_intern_segment(e, s->name, ok);
        ts_condition_add(e, (struct ts_condition){s->fn_when, s->rule, s->id, s->condition}, ok);
    }
}

static void bind_acts(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->earns.n; i++) {
        struct ts_earn_decl *d = &p->earns.at[i];
        d->rule = ts_intern_funded(e, "earn", d->name, &d->origin, d->funded_by, ok);
        d->id = ts_intern(e, TS_SPACE_POINTS, d->points, ok);
        if (d->at_most.amount) d->at_most.id = ts_intern_cap(e, "earn", d->name, ok);
        LISTEN(e, earns, d, d->on, d->n_on, ok);
    }
    for (uint32_t i = 0; i < p->bonuses.n; i++) {
        struct ts_bonus_decl *d = &p->bonuses.at[i];
        d->rule = ts_intern_funded(e, "bonus", d->name, &d->origin, d->funded_by, ok);
        if (d->at_most.amount) d->at_most.id = ts_intern_cap(e, "bonus", d->name, ok);
        const struct ts_bonus_decl **at = ts_vec_push(&e->bind.bonuses);
        if (at)
            *at = d;
        else
            *ok = false;
    }
    for (uint32_t i = 0; i < p->rules.n; i++) {
        struct ts_rule_decl *d = &p->rules.at[i];
        d->rule = ts_intern_rule(e, "rule", d->name, &d->origin, ok);
        LISTEN(e, rules, d, d->on, d->n_on, ok);
    }
}

static void bind_picks(struct ts_engine *e, bool *ok)
{
    for (uint32_t i = 0; i < e->bind.n_listen; i++) {
        struct ts_listen *l = &e->bind.listen[i];
        if (!ts_pick_build(&l->pick, l->earns.at, l->earns.len)) *ok = false;
    }
}

/* An event may be taken back by several others; what is remembered of it serves them all. */
static void bind_refunds(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->refunds.n; i++) {
        struct ts_refund_decl *r = &p->refunds.at[i];
        r->rule = ts_intern_rule(e, "refund", r->name, &r->origin, ok);
        struct ts_listen *own = listen_slot(e, r->name, ok);
        if (own) own->refund = r;
        struct ts_listen *of = listen_slot(e, r->of, ok);
        if (!of) continue;
        of->is_sale = true;
        of->sold.of = r->of;
        of->sold.by = r->by;
        if (r->amount.ptr) of->sold.amount = r->amount;
        if (!r->lines.ptr) continue;
        of->sold.lines = r->lines;
        of->sold.line = r->line;
        if (r->quantity.ptr) of->sold.quantity = r->quantity;
    }
}

static const struct ts_measure *measure_named(const struct ts_program *p, struct ts_str name)
{
    for (uint32_t i = 0; i < p->measures.n; i++)
        if (ts_str_eq(p->measures.at[i].name, name)) return &p->measures.at[i];
    return NULL;
}

static void bind_milestones(struct ts_engine *e, bool *ok)
{
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->milestones.n; i++) {
        struct ts_milestone_decl *d = &p->milestones.at[i];
        d->rule = ts_intern_funded(e, "milestone", d->name, &d->origin, d->funded_by, ok);
        d->measure = measure_named(p, d->of);
        d->by_id = d->value.ptr ? ts_intern(e, TS_SPACE_BY, d->value, ok) : 0;
        d->reached = ts_intern_reached(e, d, ok);
        d->points_id = d->points.ptr ? ts_intern(e, TS_SPACE_POINTS, d->points, ok) : 0;
        d->tag_id = d->tag.ptr ? ts_intern(e, TS_SPACE_TAG, d->tag, ok) : 0;
    }
    for (uint32_t i = 0; i < p->attributions.n; i++) {
        struct ts_attribution_decl *d = &p->attributions.at[i];
        const struct ts_measure *touches = measure_named(p, d->touches);
        d->rule = ts_intern_rule(e, "attribution", d->name, &d->origin, ok);
        d->series = touches ? touches->id : 0;
        LISTEN(e, credits, d, d->credit, d->n_credit, ok);
    }
}

/* Amounts by kind of points stand in arrays of that size. */
static enum ts_code check_currencies(const struct ts_program *p, struct ts_error *err)
{
    for (uint32_t i = 0; i < p->points.n; i++) {
        const struct ts_points_decl *d = &p->points.at[i];
        if (d->id < TS_CURRENCIES_MAX) continue;
        ts_fail(err, TS_E_REFUSED, "the points \"" TS_STR_FMT "\" would be the %uth kind of points of this data folder",
                TS_STR_ARG(d->name), d->id);
        ts_error_where(err, TS_STR_FMT ":%u", TS_STR_ARG(d->origin.file), d->origin.line);
        ts_error_hint(err, "at most %d kinds, those of earlier versions of the rules counted", TS_CURRENCIES_MAX - 1);
        return TS_E_REFUSED;
    }
    return TS_OK;
}

enum ts_code ts_bind(struct ts_engine *e, struct ts_error *err)
{
    bool ok = true;
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->events.n; i++) {
        struct ts_listen *l = listen_slot(e, p->events.at[i].name, &ok);
        if (l) {
            l->decl = &p->events.at[i];
            p->events.at[i].id = ts_intern(e, TS_SPACE_EVENT, p->events.at[i].name, &ok);
        }
    }
    for (uint32_t i = 0; i < p->identifiers.n; i++)
        p->identifiers.at[i].id = ts_intern(e, TS_SPACE_IDENTIFIER, p->identifiers.at[i].name, &ok);
    for (uint32_t i = 0; i < p->traits.n; i++)
        p->traits.at[i].id = ts_intern(e, TS_SPACE_TRAIT, p->traits.at[i].name, &ok);
    e->bind.groups_trait = ts_intern(e, TS_SPACE_TRAIT, TS_STR("groups"), &ok);
    bind_points(e, &ok);
    bind_measures(e, &ok);
    bind_scores(e, &ok);
    bind_tiers(e, &ok);
    bind_tags(e, &ok);
    bind_segments(e, &ok);
    bind_acts(e, &ok);
    bind_refunds(e, &ok);
    bind_milestones(e, &ok);
    bind_picks(e, &ok);
    ts_bind_notices(e);
    if (!ok || !ts_condition_index(e)) return ts_fail(err, TS_E_MEMORY, "out of memory while binding the rules");
    return check_currencies(p, err);
}

void ts_bind_release(struct ts_binding *b)
{
    for (uint32_t i = 0; i < b->n_listen; i++) {
        ts_vec_release(&b->listen[i].measures);
        ts_vec_release(&b->listen[i].scores);
        ts_vec_release(&b->listen[i].earns);
        ts_pick_release(&b->listen[i].pick);
        ts_vec_release(&b->listen[i].tags);
        ts_vec_release(&b->listen[i].rules);
        ts_vec_release(&b->listen[i].credits);
        ts_vec_release(&b->listen[i].extends);
    }
    for (uint32_t i = 0; i < b->items.len; i++)
        ts_vec_release(&b->items.at[i].conditions);
    ts_vec_release(&b->items);
    ts_vec_release(&b->conditions);
    ts_free(b->condition_at);
    ts_vec_release(&b->bonuses);
    ts_free(b->listen);
    ts_free(b->earned_series);
    memset(b, 0, sizeof *b);
}

const struct ts_listen *ts_listen_to(const struct ts_engine *e, struct ts_str event)
{
    uint32_t id = ts_names_find(e->names, TS_SPACE_EVENT, event);
    if (!id || id >= e->bind.n_listen) return NULL;
    return &e->bind.listen[id];
}

void ts_force_release(struct ts_force *f)
{
    ts_bind_release(&f->bind);
    ts_rules_free(f->rules);
    if (f->sources) ts_sources_release(f->sources);
    ts_free(f->sources);
    f->rules = NULL;
    f->sources = NULL;
}

void ts_force_restore(struct ts_engine *e, struct ts_force *old)
{
    struct ts_force failed = {e->rules, e->sources, e->bind};
    e->rules = old->rules;
    e->sources = old->sources;
    e->bind = old->bind;
    memset(&e->day_cache, 0, sizeof e->day_cache);
    ts_force_release(&failed);
}

enum ts_code ts_adopt_rules(struct ts_engine *e, struct ts_rules *rules, struct ts_sources *sources,
                            struct ts_force *ret_old, struct ts_error *err)
{
    *ret_old = (struct ts_force){e->rules, e->sources, e->bind};
    uint32_t names = ts_names_total(e->names);
    memset(&e->bind, 0, sizeof e->bind);
    e->bind.program = ts_rules_program(rules);
    e->rules = rules;
    e->sources = sources;
    memset(&e->day_cache, 0, sizeof e->day_cache);
    enum ts_code code = ts_bind(e, err);
    if (code == TS_OK) code = ts_rules_bound(rules, err);
    if (code == TS_OK) return TS_OK;
    ts_force_restore(e, ret_old);
    ts_names_truncate(e->names, names);
    return code;
}
