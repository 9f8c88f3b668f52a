/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering: one pass over the members, one over the ledger. Counts are arrays by the engine's numbers of names. */
#include "command/report.h"

#include <stdlib.h>

void ts_report_release(struct ts_report *r)
{
    for (uint32_t i = 0; r->levels && i < r->n_tiers; i++)
        ts_free(r->levels[i]);
    for (uint32_t i = 0; r->measures && i < r->n_measures; i++)
        ts_free(r->measures[i]);
    ts_free(r->levels);
    ts_free(r->measures);
    ts_free(r->tags);
    ts_free(r->segments);
    ts_vec_release(&r->months);
    ts_vec_release(&r->rules);
    ts_vec_release(&r->funders);
    ts_vec_release(&r->attributions);
    ts_free(r->credits);
    memset(r, 0, sizeof *r);
}

static bool make_room(struct ts_report *r, const struct ts_names *names)
{
    const struct ts_program *p = r->program;
    r->n_tags = ts_names_count(names, TS_SPACE_TAG) + 1;
    r->n_segments = ts_names_count(names, TS_SPACE_SEGMENT) + 1;
    r->n_levels = ts_names_count(names, TS_SPACE_LEVEL) + 1;
    r->n_by = ts_names_count(names, TS_SPACE_BY) + 1;
    r->tags = ts_calloc(r->n_tags, sizeof *r->tags);
    r->segments = ts_calloc(r->n_segments, sizeof *r->segments);
    r->levels = ts_calloc(p->tiers.n + 1, sizeof *r->levels);
    r->measures = ts_calloc(p->measures.n + 1, sizeof *r->measures);
    if (!r->tags || !r->segments || !r->levels || !r->measures) return false;
    r->n_tiers = p->tiers.n;
    r->n_measures = p->measures.n;
    for (uint32_t i = 0; i < r->n_tiers; i++)
        if (!(r->levels[i] = ts_calloc(r->n_levels, sizeof *r->levels[i]))) return false;
    for (uint32_t i = 0; i < r->n_measures; i++)
        if (!(r->measures[i] = ts_calloc(p->measures.at[i].by.ptr ? r->n_by : 1, sizeof *r->measures[i]))) return false;
    return true;
}

static void count_lot(struct ts_report *r, const struct ts_lot *lot)
{
    int32_t month = INT32_MAX;
    if (lot->expires != TS_NEVER) { /* a lot that ends with a month expires at the first instant of the next */
        struct ts_civil c;
        ts_zone_civil(r->program->zone, lot->expires - 1, &c);
        month = c.year * 12 + c.month - 1;
    }
    uint32_t i = 0;
    while (i < r->months.len && (r->months.at[i].month != month || r->months.at[i].points != lot->points))
        i++;
    if (i == r->months.len) {
        struct ts_report_month *m = ts_vec_push(&r->months);
        if (!m) {
            r->failed = true;
            return;
        }
        *m = (struct ts_report_month){month, lot->points, 0};
    }
    r->months.at[i].amount += lot->remaining;
}

static void count_series(struct ts_report *r, const struct ts_profile *p)
{
    struct ts_series s;
    size_t pos = 0;
    while (ts_series_next(p->series.data, p->series.len, &pos, &s))
        for (uint32_t i = 0; i < r->n_measures; i++) {
            const struct ts_measure *m = &r->program->measures.at[i];
            if (m->id != s.id || s.by >= (m->by.ptr ? r->n_by : 1)) continue;
            r->measures[i][s.by] += m->sum.ptr ? s.sum : s.count;
        }
}

static void count_member(struct ts_report *r, const struct ts_member *m)
{
    const struct ts_profile *head = ts_member_head(m);
    r->members++;
    for (uint32_t i = 0; i < head->tags.len; i++)
        if (head->tags.at[i].until > r->clock && head->tags.at[i].tag < r->n_tags) r->tags[head->tags.at[i].tag]++;
    for (uint32_t i = 0; i < head->segments.len; i++)
        if (head->segments.at[i].segment < r->n_segments) r->segments[head->segments.at[i].segment]++;
    for (uint32_t t = 0; t < r->n_tiers; t++) {
        const struct ts_tiers_decl *decl = &r->program->tiers.at[t];
        uint32_t level = decl->n_levels ? decl->levels[0].id : 0; /* who was never placed stands on the lowest */
        for (uint32_t i = 0; i < head->tiers.len; i++)
            if (head->tiers.at[i].tiers == decl->id && head->tiers.at[i].level) level = head->tiers.at[i].level;
        if (level < r->n_levels) r->levels[t][level]++;
    }
    for (uint32_t p = 0; p < m->n; p++) {
        for (uint32_t i = 0; i < m->profiles[p]->wallet.lots.len; i++)
            count_lot(r, &m->profiles[p]->wallet.lots.at[i]);
        count_series(r, m->profiles[p]);
    }
}

static bool on_transaction(void *arg, const struct ts_transaction *t)
{
    struct ts_report *r = arg;
    bool earned = t->movement == TS_MOVE_EARN || t->movement == TS_MOVE_BONUS || t->movement == TS_MOVE_CLAWBACK;
    if (!earned || t->n_entries == 0) return true;
    int64_t issued = 0;
    for (uint32_t i = 0; i < t->n_entries; i++)
        if (t->entries[i].account == TS_ACCOUNT_ISSUED) issued -= t->entries[i].amount;
    uint32_t points = t->entries[0].points, i = 0;
    while (i < r->rules.len && (r->rules.at[i].rule != t->rule || r->rules.at[i].points != points))
        i++;
    if (i == r->rules.len) {
        struct ts_report_rule *rule = ts_vec_push(&r->rules);
        if (!rule) {
            r->failed = true;
            return false;
        }
        *rule = (struct ts_report_rule){points, t->rule, 0};
    }
    r->rules.at[i].amount += issued;
    if (t->movement == TS_MOVE_CLAWBACK && points < TS_CURRENCIES_MAX) r->clawed[points] -= issued;
    return true;
}

/* What each funder pays for: the sums of his rules, before versions of one rule become one. */
static void gather_funders(struct ts_report *r, const struct ts_names *names)
{
    for (uint32_t i = 0; i < r->rules.len; i++) {
        struct ts_rule_name parts;
        struct ts_str text = ts_names_text(names, TS_SPACE_RULE, r->rules.at[i].rule);
        if (!text.ptr || !ts_rule_name_split(text, &parts) || !parts.funder.ptr) continue;
        uint32_t k = 0;
        while (k < r->funders.len &&
               (r->funders.at[k].points != r->rules.at[i].points || !ts_str_eq(r->funders.at[k].name, parts.funder)))
            k++;
        if (k == r->funders.len) {
            struct ts_report_funder *f = ts_vec_push(&r->funders);
            if (!f) {
                r->failed = true;
                return;
            }
            *f = (struct ts_report_funder){parts.funder, r->rules.at[i].points, 0};
        }
        r->funders.at[k].amount += r->rules.at[i].amount;
    }
}

/* The same rule in another version, or moved in its file, has another number: one line all the same. */
static void merge_versions(struct ts_report *r, const struct ts_names *names)
{
    for (uint32_t i = 0; i < r->rules.len; i++) {
        struct ts_str name = ts_rule_short(names, r->rules.at[i].rule);
        for (uint32_t k = r->rules.len; k-- > i + 1;) {
            if (r->rules.at[k].points != r->rules.at[i].points) continue;
            if (!ts_str_eq(ts_rule_short(names, r->rules.at[k].rule), name)) continue;
            r->rules.at[i].amount += r->rules.at[k].amount;
            ts_vec_remove(&r->rules, k);
        }
    }
}

static int month_compare(const void *a, const void *b)
{
    const struct ts_report_month *x = a, *y = b;
    if (x->points != y->points) return x->points < y->points ? -1 : 1;
    return x->month < y->month ? -1 : x->month > y->month;
}

enum ts_code ts_report_gather(struct ts_session *s, struct ts_report *r)
{
    struct ts_error *err = &s->run->error;
    const struct ts_members *members = ts_engine_members(s->engine);
    *r = (struct ts_report){
        .program = ts_session_program(s), .clock = ts_engine_clock(s->engine), .events = ts_engine_events(s->engine)};
    r->quarantined = ts_store_count_open(s->store, false);
    r->rule_errors = ts_store_count_open(s->store, true);
    if (!make_room(r, s->names)) return ts_run_memory(s->run);
    enum ts_code code = TS_OK;
    for (uint64_t n = 1; code == TS_OK && n <= ts_members_count(members); n++) {
        struct ts_member_view view;
        if (ts_members_living(members, n) != n) continue;
        code = ts_member_view_open(s->engine, n, &view, err);
        if (code != TS_OK) break;
        count_member(r, &view.member);
        ts_member_view_close(&view);
    }
    if (code == TS_OK) code = ts_store_ledger(s->store, 0, on_transaction, r, err);
    if (code == TS_OK) code = ts_report_credits(s, r);
    gather_funders(r, s->names);
    merge_versions(r, s->names);
    if (r->months.len) qsort(r->months.at, r->months.len, sizeof *r->months.at, month_compare);
    return code == TS_OK && r->failed ? ts_run_memory(s->run) : code;
}

struct ts_report_points ts_report_points(const struct ts_ledger *l, uint32_t points)
{
    struct ts_report_points p = {0};
    if (points >= TS_CURRENCIES_MAX) return p;
    const int64_t *brand = l->brand[points], *members = l->members[points];
    p.issued = -brand[TS_ACCOUNT_ISSUED]; /* the brand's side of what members were given is negative */
    p.adjusted = -brand[TS_ACCOUNT_ADJUSTED];
    p.spent = brand[TS_ACCOUNT_SPENT];
    p.expired = brand[TS_ACCOUNT_EXPIRED];
    p.available = members[TS_ACCOUNT_AVAILABLE];
    p.pending = members[TS_ACCOUNT_PENDING];
    p.held = members[TS_ACCOUNT_HELD];
    p.debt = -members[TS_ACCOUNT_DEBT]; /* shown as what is owed */
    return p;
}
