/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering: who was credited with what. Credits change no state, so they are read from the outcomes in the journal; a data folder that never
 * had an attribution skips that. */
#include "command/report.h"

struct gathering {
    struct ts_report *report;
    uint32_t *place; /* by rule number: place in report->attributions + 1, 0: another rule */
    uint32_t n_rules;
};

/* The same attribution in another version has another number: one line all the same. */
static bool place_rules(struct gathering *g, const struct ts_names *names)
{
    struct ts_report *r = g->report;
    for (uint32_t i = 1; i < g->n_rules; i++) {
        struct ts_rule_name parts;
        struct ts_str text = ts_names_text(names, TS_SPACE_RULE, i);
        if (!text.ptr || !ts_rule_name_split(text, &parts) || !ts_str_eq(parts.kind, TS_STR("attribution"))) continue;
        uint32_t k = 0;
        while (k < r->attributions.len && !ts_str_eq(r->attributions.at[k], parts.name))
            k++;
        struct ts_str *slot = k < r->attributions.len ? &r->attributions.at[k] : ts_vec_push(&r->attributions);
        if (!slot) return false;
        *slot = parts.name;
        g->place[i] = k + 1;
    }
    return true;
}

static bool on_row(void *arg, const struct ts_row *row)
{
    struct gathering *g = arg;
    struct ts_outcome o;
    struct ts_effect fx;
    if (!ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len)) return true;
    while (ts_outcome_next(&o, &fx)) {
        if (fx.op != TS_FX_CREDIT || fx.rule >= g->n_rules || !g->place[fx.rule] || fx.to >= g->report->n_by) continue;
        struct ts_report_credit *c = &g->report->credits[(size_t)(g->place[fx.rule] - 1) * g->report->n_by + fx.to];
        c->credits++;
        if (__builtin_add_overflow(c->amount, fx.amount, &c->amount)) c->amount = INT64_MAX;
    }
    return true;
}

enum ts_code ts_report_credits(struct ts_session *s, struct ts_report *r)
{
    struct gathering g = {.report = r, .n_rules = ts_names_count(s->names, TS_SPACE_RULE) + 1};
    g.place = ts_calloc(g.n_rules, sizeof *g.place);
    bool ok = g.place && place_rules(&g, s->names);
    if (ok && r->attributions.len) {
        r->credits = ts_calloc((size_t)r->attributions.len * r->n_by, sizeof *r->credits);
        ok = r->credits != NULL;
    }
    enum ts_code code = ok ? TS_OK : ts_run_memory(s->run);
    if (ok && r->attributions.len)
        code = ts_store_rows(s->store, 1, ts_engine_record(s->engine), on_row, &g, &s->run->error);
    ts_free(g.place);
    return code;
}
