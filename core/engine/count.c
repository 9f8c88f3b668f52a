/* SPDX-License-Identifier: Apache-2.0 */
/* What an event adds to a member's measures and scores. Deterministic: the same payload and declarations, the same sums; no rule runs. */
#include "engine/internal.h"

ts_day ts_local_day(struct ts_engine *e, ts_ms t)
{
    return ts_zone_day_cached(e->bind.program->zone, &e->day_cache, t);
}

const struct ts_json_node *ts_property(const struct ts_event_view *ev, struct ts_str field)
{
    return ev->json && field.ptr ? ts_json_get(ev->json, ev->properties, field) : NULL;
}

struct ts_str ts_plain_text(const struct ts_json_node *n)
{
    if (!n || (n->type != TS_JSON_STRING && n->type != TS_JSON_NUMBER)) return (struct ts_str){NULL, 0};
    return n->text;
}

int64_t ts_field_number(const struct ts_engine *e, const struct ts_json_node *n, uint8_t unit, bool *ret_ok)
{
    int64_t v = 0;
    struct ts_decimal d;
    *ret_ok = false;
    if (!n) return 0;
    if (unit == TS_UNIT_MONEY) {
        *ret_ok = ts_money_read(n, e->bind.program->money_places, &v) == TS_OK;
    } else if (n->type == TS_JSON_NUMBER && ts_decimal_parse(n->text, &d) == TS_OK) {
        static const struct ts_decimal one = {1, 0};
        if (unit == TS_UNIT_INTEGER) {
            *ret_ok = ts_decimal_to_minor(d, 0, &v) == TS_OK;
        } else { /* millionths, half up */
            int64_t divisor = 1;
            for (unsigned i = 0; i < d.scale; i++)
                divisor *= 10;
            int64_t scaled;
            *ret_ok = !__builtin_mul_overflow(d.digits, INT64_C(1000000), &scaled)
                          ? ts_decimal_scale(scaled, &one, 1, divisor, TS_ROUND_HALF_UP, &v) == TS_OK
                          : false;
        }
    }
    return v;
}

/* The text under which a value of a `by` field is kept: strings as they are, other plain values as written. */
static struct ts_str by_text(const struct ts_json_node *n)
{
    if (!n) return (struct ts_str){NULL, 0};
    switch (n->type) {
    case TS_JSON_STRING:
    case TS_JSON_NUMBER:
        return n->text.len <= TS_LIMIT_NAME_BYTES ? n->text : (struct ts_str){NULL, 0};
    case TS_JSON_TRUE:
        return TS_STR("true");
    case TS_JSON_FALSE:
        return TS_STR("false");
    default:
        return (struct ts_str){NULL, 0};
    }
}

/* Milestones ask what the event itself added. */
static void note(struct ts_engine *e, const struct ts_measure *m, uint32_t by, int64_t sum)
{
    struct ts_counted *c = NULL;
    if (!e->bind.program->milestones.n || e->run.mode != TS_RUN_LIVE) return;
    for (uint32_t i = 0; i < e->run.counted.len && !c; i++)
        if (e->run.counted.at[i].series == m->id && e->run.counted.at[i].by == by) c = &e->run.counted.at[i];
    if (!c && (c = ts_vec_push(&e->run.counted))) *c = (struct ts_counted){.series = m->id, .by = by};
    if (!c) {
        e->run.failed = true;
        return;
    }
    c->count++;
    if (__builtin_add_overflow(c->sum, sum, &c->sum)) c->sum = 0; /* what the series took adds up, but for odd signs */
}

/* `line`: the place of the item + 1, 0: the event itself. */
static void add_one(struct ts_engine *e, struct ts_profile *p, const struct ts_measure *m,
                    const struct ts_event_view *ev, const struct ts_json_node *scope, uint32_t line)
{
    int64_t sum = 0;
    uint32_t by = 0;
    if (m->where.n && !ts_where_holds(e, &m->where, ev, m->each.ptr ? scope : NULL)) return;
    if (m->sum.ptr) {
        bool ok;
        sum = ts_field_number(e, ts_json_get(ev->json, scope, m->sum), m->unit, &ok);
        if (!ok) return; /* an absent figure counts nothing */
    }
    if (m->by.ptr) {
        const struct ts_json_node *field = ts_json_get(ev->json, scope, m->by);
        if (!field && m->each.ptr) field = ts_json_get(ev->json, ev->properties, m->by); /* of the event, then */
        struct ts_str text = by_text(field);
        if (!text.ptr) return;
        by = ts_names_intern(e->names, TS_SPACE_BY, text);
        if (!by) e->run.failed = true;
    }
    if (ts_series_add(&p->series, m->id, by, ts_local_day(e, ev->at), ev->at, 1, sum)) {
        ts_sale_count(e, m, by, line, sum);
        note(e, m, by, sum);
    } else if (p->series.failed)
        e->run.failed = true;
}

static void add_measure(struct ts_engine *e, struct ts_profile *p, const struct ts_measure *m,
                        const struct ts_event_view *ev)
{
    if (!m->each.ptr) {
        add_one(e, p, m, ev, ev->properties, 0);
    } else {
        const struct ts_json_node *list = ts_json_get(ev->json, ev->properties, m->each);
        if (!list || list->type != TS_JSON_ARRAY) return;
        uint32_t line = 0;
        for (const struct ts_json_node *n = ts_json_first(ev->json, list); n; n = ts_json_next(ev->json, n)) {
            line++;
            if (n->type == TS_JSON_OBJECT) add_one(e, p, m, ev, n, line);
        }
    }
    p->changed = true;
    ts_run_changed(e, TS_READ_SERIES, m->id);
}

/* What the score's cap still allows, in points; the use is noted. */
static double score_allowed(struct ts_engine *e, const struct ts_score_decl *s, ts_ms at, double points,
                            struct ts_effect *use)
{
    if (!s->at_most.amount || points <= 0) return points;
    int64_t micro = ts_cap_left(e, &s->at_most, at, (int64_t)(points * 1e6 + 0.5), use);
    if (micro > 0 && ts_effect_apply(e, use) != TS_OK) e->run.failed = true;
    return (double)micro / 1e6;
}

static void add_score(struct ts_engine *e, struct ts_profile *p, const struct ts_score_decl *d, ts_ms at, double points)
{
    struct ts_score *s = ts_profile_score(p, d->id);
    if (!s) {
        if (!(s = ts_vec_push(&p->scores))) {
            e->run.failed = true;
            return;
        }
        *s = (struct ts_score){.id = d->id, .value = 0, .at = at};
    }
    ts_score_add(s, d->half_life, at, points, d->floor);
    p->changed = true;
    ts_run_changed(e, TS_READ_SCORE, d->id);
}

void ts_count_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev)
{
    struct ts_profile *p = e->run.profile ? ts_run_profile(e, e->run.profile) : ts_run_head(e);
    if (!p) return;
    if (p->member != ts_run_head(e)->number) p = ts_run_head(e);
    if (l->is_sale) ts_sale_begin(e, l, ev, p->number);
    for (uint32_t i = 0; i < l->measures.len; i++)
        add_measure(e, p, l->measures.at[i], ev);
    for (uint32_t i = 0; i < l->scores.len; i++) {
        const struct ts_score_decl *d = l->scores.at[i];
        for (uint32_t k = 0; k < d->n_events; k++) {
            if (!ts_str_eq(d->events[k].event, ev->name)) continue;
            struct ts_effect use = {0};
            double points = score_allowed(e, d, ev->at, d->events[k].points, &use);
            if (points == 0) continue;
            add_score(e, p, d, ev->at, points);
            ts_sale_score(e, d->id, points, &use);
        }
    }
}

/* Points for the value of a trait: a change takes back what the value before gave. They do not decay separately, so a
 * score with traits is best declared without a half-life. */
void ts_score_traits(struct ts_engine *e, const struct ts_trait *t, struct ts_str before)
{
    struct ts_str name = ts_names_text(e->names, TS_SPACE_TRAIT, t->trait);
    for (uint32_t i = 0; i < e->bind.program->scores.n; i++) {
        const struct ts_score_decl *d = &e->bind.program->scores.at[i];
        for (uint32_t k = 0; k < d->n_traits; k++) {
            if (!ts_str_eq(d->traits[k].trait, name)) continue;
            double points = 0;
            if (ts_str_eq(d->traits[k].value, t->json)) points += d->traits[k].points;
            if (before.ptr && ts_str_eq(d->traits[k].value, before)) points -= d->traits[k].points;
            if (points != 0) add_score(e, ts_run_head(e), d, e->run.now, points);
        }
    }
}
