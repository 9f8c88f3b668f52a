/* SPDX-License-Identifier: Apache-2.0 */
/* A member's figures, read from its working copies and named. */
#include "command/card.h"

#include <stdlib.h>

enum ts_code ts_card_open(struct ts_card *c, struct ts_engine *engine, uint64_t member, ts_ms at, struct ts_error *err)
{
    memset(c, 0, sizeof *c);
    c->engine = engine;
    c->names = ts_engine_names(engine);
    c->program = ts_engine_program(engine);
    c->number = member;
    c->at = at == TS_NEVER ? ts_engine_clock(engine) : at;
    return ts_member_view_open(engine, member, &c->view, err);
}

void ts_card_close(struct ts_card *c)
{
    ts_member_view_close(&c->view);
    ts_vec_release(&c->windows);
}

enum ts_code ts_card_window_add(struct ts_card *c, const char *text, struct ts_error *err)
{
    const char *equals = strchr(text, '=');
    struct ts_card_window w = {.measure = equals ? ts_str(text, (size_t)(equals - text)) : ts_str(NULL, 0)};
    enum ts_code code = ts_window_parse(ts_cstr(equals ? equals + 1 : text), &w.window, err);
    if (code != TS_OK) {
        ts_error_hint(err,
                      "windows are \"12 months\", \"7 days\", \"today\", \"calendar month\", \"last calendar year\", "
                      "\"lifetime\"; for one measure: --window \"spend=12 months\"");
        err->code = TS_E_USAGE;
        return TS_E_USAGE;
    }
    bool known = !w.measure.ptr;
    for (uint32_t i = 0; i < c->program->measures.n && !known; i++)
        known = ts_str_eq(c->program->measures.at[i].name, w.measure);
    if (!known) return ts_fail(err, TS_E_USAGE, "--window: no measure " TS_STR_FMT, TS_STR_ARG(w.measure));
    struct ts_card_window *slot = ts_vec_push(&c->windows);
    if (!slot) return ts_fail(err, TS_E_MEMORY, "out of memory");
    *slot = w;
    return TS_OK;
}

/* ---- measures ---------------------------------------------------------------------------------------------------- */

static struct ts_window window_of(const struct ts_card *c, struct ts_str measure)
{
    struct ts_window w = {.kind = TS_WINDOW_LIFETIME};
    for (uint32_t i = 0; i < c->windows.len; i++)
        if (!c->windows.at[i].measure.ptr) w = c->windows.at[i].window;
    for (uint32_t i = 0; i < c->windows.len; i++)
        if (c->windows.at[i].measure.ptr && ts_str_eq(c->windows.at[i].measure, measure)) w = c->windows.at[i].window;
    return w;
}

struct by_value {
    struct ts_str text;
    uint32_t by;
};

static int by_compare(const void *a, const void *b)
{
    return ts_str_cmp(((const struct by_value *)a)->text, ((const struct by_value *)b)->text);
}

typedef TS_VEC(struct by_value) by_values;

/* The values that the member has a series of, sorted by their text. */
static bool collect_by(const struct ts_card *c, uint32_t series, by_values *out)
{
    out->len = 0;
    for (uint32_t p = 0; p < c->view.member.n; p++) {
        const struct ts_buf *set = &c->view.member.profiles[p]->series;
        struct ts_series s;
        size_t pos = 0;
        while (ts_series_next(set->data, set->len, &pos, &s)) {
            if (s.id != series) continue;
            uint32_t i = 0;
            while (i < out->len && out->at[i].by != s.by)
                i++;
            if (i < out->len) continue;
            struct by_value *v = ts_vec_push(out);
            if (!v) return false;
            v->by = s.by;
            v->text = s.by ? ts_names_text(c->names, TS_SPACE_BY, s.by) : ts_str(NULL, 0);
        }
    }
    if (out->len) qsort(out->at, out->len, sizeof *out->at, by_compare);
    return true;
}

static bool measure_figures(struct ts_card *c, const struct ts_measure *m, by_values *values, ts_card_figure_fn fn,
                            void *arg)
{
    ts_day from, to, today = ts_zone_day(c->program->zone, c->at);
    ts_window_days(window_of(c, m->name), today, &from, &to);
    struct ts_card_figure f = {.unit = m->unit};
    if (!m->by.ptr) {
        struct ts_sum sum = {0};
        ts_member_window(&c->view.member, m->id, 0, from, to, &sum, NULL);
        snprintf(f.name, sizeof f.name, TS_STR_FMT, TS_STR_ARG(m->name));
        f.value = m->sum.ptr ? sum.sum : sum.count;
        fn(arg, &f);
        return true;
    }
    if (!collect_by(c, m->id, values)) return false;
    for (uint32_t i = 0; i < values->len; i++) {
        struct ts_sum sum = {0};
        ts_member_window(&c->view.member, m->id, values->at[i].by, from, to, &sum, NULL);
        if (values->at[i].by)
            snprintf(f.name, sizeof f.name, TS_STR_FMT "[" TS_STR_FMT "]", TS_STR_ARG(m->name),
                     TS_STR_ARG(values->at[i].text));
        else
            snprintf(f.name, sizeof f.name, TS_STR_FMT, TS_STR_ARG(m->name));
        f.value = m->sum.ptr ? sum.sum : sum.count;
        fn(arg, &f);
    }
    return true;
}

bool ts_card_figures(struct ts_card *c, ts_card_figure_fn fn, void *arg)
{
    by_values values = {0};
    bool ok = true;
    for (uint32_t i = 0; ok && i < c->program->measures.n; i++)
        if (!c->program->measures.at[i].implicit)
            ok = measure_figures(c, &c->program->measures.at[i], &values, fn, arg);
    ts_vec_release(&values);
    return ok;
}

/* ---- tiers, points ------------------------------------------------------------------------------------------------ */

ts_ms ts_card_created(const struct ts_card *c)
{
    ts_ms at = TS_NEVER;
    for (uint32_t p = 0; p < c->view.member.n; p++)
        if (c->view.member.profiles[p]->created < at) at = c->view.member.profiles[p]->created;
    return at;
}

/* Who was never placed stands on the lowest level from the beginning. */
void ts_card_tier(struct ts_card *c, const struct ts_tiers_decl *decl, struct ts_card_tier *ret)
{
    *ret = (struct ts_card_tier){.decl = decl, .since = TS_NEVER};
    const struct ts_tier_state *state = ts_profile_tier(ts_member_head(&c->view.member), decl->id);
    int64_t figures[TS_TIER_BASES_MAX];
    ts_tiers_figures(c->engine, decl, &c->view.member, c->at, figures);
    uint32_t level = state && state->level ? decl->n_levels : 0;
    for (uint32_t i = 0; state && i < decl->n_levels; i++)
        if (decl->levels[i].id == state->level) level = i;
    if (state && state->level) {
        ret->name = ts_names_text(c->names, TS_SPACE_LEVEL, state->level); /* of an earlier rule set, perhaps */
        ret->since = state->since;
    } else if (decl->n_levels) {
        ret->name = decl->levels[0].name;
        ret->since = ts_card_created(c);
    }
    bool has_next = level + 1 < decl->n_levels;
    uint32_t aim = has_next ? level + 1 : level < decl->n_levels ? level : 0;
    ret->nearest = decl->n_levels ? ts_tiers_nearest(decl, figures, aim) : 0;
    for (uint32_t i = 0; i < decl->n_bases; i++) {
        int64_t wanted = has_next ? decl->levels[aim].from[i] : 0;
        ret->bases[i].figure = figures[i];
        ret->bases[i].missing = wanted == TS_TIER_NEVER ? wanted : wanted > figures[i] ? wanted - figures[i] : 0;
    }
    ret->basis = ret->bases[ret->nearest].figure;
    if (level < decl->n_levels && decl->levels[level].from[ret->nearest] != TS_TIER_NEVER)
        ret->from = decl->levels[level].from[ret->nearest];
    if (!has_next) return;
    ret->next = decl->levels[aim].name;
    ret->missing = ret->bases[ret->nearest].missing;
}

unsigned ts_card_points(const struct ts_card *c, uint32_t *ids, unsigned cap)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < c->program->points.n && n < cap; i++)
        ids[n++] = c->program->points.at[i].id;
    for (uint32_t p = 0; p < c->view.member.n; p++) {
        const struct ts_wallet *w = &c->view.member.profiles[p]->wallet;
        for (uint32_t i = 0; i < w->balances.len && n < cap; i++) {
            unsigned k = 0;
            while (k < n && ids[k] != w->balances.at[i].points)
                k++;
            if (k == n) ids[n++] = w->balances.at[i].points;
        }
    }
    return n;
}
