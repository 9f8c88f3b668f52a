/* SPDX-License-Identifier: Apache-2.0 */
/* tessera report: the programme in figures, for scripts and for people. */
#include <inttypes.h>
#include <stdlib.h>

#include "command/report.h"
#include "command/table.h"

#define BAR_WIDTH 32
#define TAGS_SHOWN 15
#define RULES_SHOWN 15
#define MEASURES_SHOWN 25
#define CREDITED_SHOWN 15

struct page {
    struct ts_run *run;
    struct ts_session *session;
    struct ts_report report;
};

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static void tiers_json(struct page *p, struct ts_doc *d, cJSON *o)
{
    const struct ts_report *r = &p->report;
    cJSON *tiers = ts_doc_object(d, o, "tiers");
    for (uint32_t t = 0; t < r->n_tiers; t++) {
        const struct ts_tiers_decl *decl = &r->program->tiers.at[t];
        cJSON *levels = ts_doc_object(d, tiers, ts_names_text(p->session->names, TS_SPACE_TIERS, decl->id).ptr);
        for (uint32_t i = 0; i < decl->n_levels; i++)
            if (decl->levels[i].id < r->n_levels)
                ts_doc_uint(d, levels, ts_names_text(p->session->names, TS_SPACE_LEVEL, decl->levels[i].id).ptr,
                            r->levels[t][decl->levels[i].id]);
    }
}

static void month_key(int32_t month, char out[static 16])
{
    if (month == INT32_MAX)
        snprintf(out, 16, "never");
    else
        snprintf(out, 16, "%04d-%02d", month / 12 % 10000, month % 12 + 1);
}

static void points_json(struct page *p, struct ts_doc *d, cJSON *o)
{
    const struct ts_report *r = &p->report;
    cJSON *all = ts_doc_object(d, o, "points");
    uint32_t n = ts_names_count(p->session->names, TS_SPACE_POINTS);
    for (uint32_t id = 1; id <= n; id++) {
        struct ts_report_points figures = ts_report_points(ts_engine_ledger(p->session->engine), id);
        cJSON *one = ts_doc_object(d, all, ts_names_text(p->session->names, TS_SPACE_POINTS, id).ptr);
        ts_doc_int(d, one, "issued", figures.issued);
        ts_doc_int(d, one, "clawed_back", id < TS_CURRENCIES_MAX ? r->clawed[id] : 0);
        ts_doc_int(d, one, "available", figures.available);
        ts_doc_int(d, one, "pending", figures.pending);
        ts_doc_int(d, one, "held", figures.held);
        ts_doc_int(d, one, "spent", figures.spent);
        ts_doc_int(d, one, "expired", figures.expired);
        ts_doc_int(d, one, "adjusted", figures.adjusted);
        ts_doc_int(d, one, "debt", figures.debt);
        cJSON *by_rule = ts_doc_object(d, one, "by_rule");
        for (uint32_t i = 0; i < r->rules.len; i++) {
            if (r->rules.at[i].points != id) continue;
            struct ts_str name = ts_rule_short(p->session->names, r->rules.at[i].rule);
            if (!name.ptr) continue;
            char key[TS_LIMIT_NAME_BYTES + 1];
            snprintf(key, sizeof key, TS_STR_FMT, TS_STR_ARG(name));
            ts_doc_int(d, by_rule, key, r->rules.at[i].amount);
        }
        cJSON *by_funder = ts_doc_object(d, one, "by_funder");
        for (uint32_t i = 0; i < r->funders.len; i++) {
            char key[TS_LIMIT_NAME_BYTES + 1];
            if (r->funders.at[i].points != id) continue;
            snprintf(key, sizeof key, TS_STR_FMT, TS_STR_ARG(r->funders.at[i].name));
            ts_doc_int(d, by_funder, key, r->funders.at[i].amount);
        }
        cJSON *by_month = ts_doc_object(d, one, "by_expiry_month");
        for (uint32_t i = 0; i < r->months.len; i++) {
            char key[16];
            month_key(r->months.at[i].month, key);
            if (r->months.at[i].points == id) ts_doc_int(d, by_month, key, r->months.at[i].amount);
        }
    }
}

/* Names of figures in order of declaration, `by` values in order of first use. */
typedef void (*figure_fn)(void *arg, const char *name, uint8_t unit, int64_t value);
static void each_figure(struct page *p, figure_fn fn, void *arg)
{
    const struct ts_report *r = &p->report;
    for (uint32_t i = 0; i < r->n_measures; i++) {
        const struct ts_measure *m = &r->program->measures.at[i];
        char name[2 * TS_LIMIT_NAME_BYTES + 20];
        if (m->implicit) continue;
        snprintf(name, sizeof name, TS_STR_FMT, TS_STR_ARG(m->name));
        if (!m->by.ptr || r->measures[i][0]) fn(arg, name, m->unit, r->measures[i][0]);
        for (uint32_t b = 1; m->by.ptr && b < r->n_by; b++) {
            struct ts_str by = ts_names_text(p->session->names, TS_SPACE_BY, b);
            if (!r->measures[i][b]) continue;
            snprintf(name, sizeof name, TS_STR_FMT "[" TS_STR_FMT "]", TS_STR_ARG(m->name), TS_STR_ARG(by));
            fn(arg, name, m->unit, r->measures[i][b]);
        }
    }
}

/* {"shop assistants":{"amy":{"credits":2,"amount":1234}}} */
static void attribution_json(struct page *p, struct ts_doc *d, cJSON *o)
{
    const struct ts_report *r = &p->report;
    cJSON *all = ts_doc_object(d, o, "attribution");
    for (uint32_t i = 0; i < r->attributions.len; i++) {
        char key[TS_LIMIT_NAME_BYTES + 1];
        snprintf(key, sizeof key, TS_STR_FMT, TS_STR_ARG(r->attributions.at[i]));
        cJSON *one = ts_doc_object(d, all, key);
        for (uint32_t k = 1; k < r->n_by; k++) {
            const struct ts_report_credit *c = &r->credits[(size_t)i * r->n_by + k];
            if (!c->credits) continue;
            cJSON *who = ts_doc_object(d, one, ts_names_text(p->session->names, TS_SPACE_BY, k).ptr);
            ts_doc_uint(d, who, "credits", c->credits);
            ts_doc_int(d, who, "amount", c->amount);
        }
    }
}

struct into {
    struct ts_doc *d;
    cJSON *o;
};

static void figure_json(void *arg, const char *name, uint8_t unit, int64_t value)
{
    struct into *to = arg;
    ts_doc_decimal(to->d, to->o, name, value, unit == TS_UNIT_NUMBER ? 6 : 0);
}

static enum ts_code print_json(struct page *p)
{
    const struct ts_report *r = &p->report;
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_uint(&d, o, "members", r->members);
    ts_doc_uint(&d, o, "events", r->events);
    ts_doc_time(&d, o, "clock", r->clock);
    tiers_json(p, &d, o);
    cJSON *tags = ts_doc_object(&d, o, "tags");
    for (uint32_t i = 1; i < r->n_tags; i++)
        if (r->tags[i]) ts_doc_uint(&d, tags, ts_names_text(p->session->names, TS_SPACE_TAG, i).ptr, r->tags[i]);
    cJSON *segments = ts_doc_object(&d, o, "segments");
    for (uint32_t i = 1; i < r->n_segments; i++)
        if (r->segments[i])
            ts_doc_uint(&d, segments, ts_names_text(p->session->names, TS_SPACE_SEGMENT, i).ptr, r->segments[i]);
    points_json(p, &d, o);
    struct into measures = {&d, ts_doc_object(&d, o, "measures")};
    each_figure(p, figure_json, &measures);
    attribution_json(p, &d, o);
    ts_doc_uint(&d, o, "quarantined", r->quarantined);
    ts_doc_uint(&d, o, "rule_errors", r->rule_errors);
    ts_doc_str(&d, o, "version", r->program->version);
    ts_doc_uint(&d, o, "watermark", ts_engine_record(p->session->engine));
    return ts_doc_print(p->run, &d, o);
}

/* ---- for people ---------------------------------------------------------------------------------------------------- */

static void title(struct page *p, const char *fmt, struct ts_str name)
{
    fprintf(p->run->out, "\n%s", ts_paint(&p->run->style, TS_BOLD));
    fprintf(p->run->out, "%s" TS_STR_FMT, fmt, TS_STR_ARG(name));
    fprintf(p->run->out, "%s\n", ts_paint_end(&p->run->style));
}

static void bar_cell(struct ts_table *t, uint64_t part, uint64_t whole)
{
    struct ts_buf b;
    ts_buf_init(&b, 1024);
    ts_text_bar(&b, whole ? (double)part / (double)whole : 0, BAR_WIDTH);
    ts_table_cell(t, ts_str((char *)b.data, b.len));
    ts_table_cellf(t, "%.1f %%", whole ? 100.0 * (double)part / (double)whole : 0.0);
    ts_buf_release(&b);
}

static const struct ts_column bar_columns[] = {
    {"", false, 40, TS_PLAIN}, {"", true, 0, TS_BOLD}, {"", false, 0, TS_CYAN}, {"", true, 0, TS_DIM}};

static enum ts_code show_tiers(struct page *p)
{
    const struct ts_report *r = &p->report;
    enum ts_code code = TS_OK;
    for (uint32_t t = 0; code == TS_OK && t < r->n_tiers; t++) {
        const struct ts_tiers_decl *decl = &r->program->tiers.at[t];
        struct ts_table table;
        ts_table_init(&table, bar_columns, TS_ARRAY_LEN(bar_columns));
        for (uint32_t i = decl->n_levels; i-- > 0;) {
            uint64_t n = decl->levels[i].id < r->n_levels ? r->levels[t][decl->levels[i].id] : 0;
            ts_table_cell(&table, decl->levels[i].name);
            ts_table_count(&table, (int64_t)n);
            bar_cell(&table, n, r->members);
        }
        title(p, "Tiers: ", decl->name);
        code = ts_table_print(&table, p->run, 2);
        ts_table_release(&table);
    }
    return code;
}

struct ranked {
    uint64_t n;
    uint32_t id;
};
static int ranked_compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

/* How many members have each, the most frequent first. */
static enum ts_code show_counts(struct page *p, const char *what, enum ts_space space, const uint64_t *counts,
                                uint32_t n)
{
    TS_VEC(struct ranked) list = {0};
    struct ts_table t;
    ts_table_init(&t, bar_columns, TS_ARRAY_LEN(bar_columns));
    for (uint32_t i = 1; i < n; i++) {
        if (!counts[i]) continue;
        struct ranked *slot = ts_vec_push(&list);
        if (slot)
            *slot = (struct ranked){counts[i], i};
        else
            t.failed = true;
    }
    if (list.len) {
        qsort(list.at, list.len, sizeof *list.at, ranked_compare);
        title(p, what, list.len > TAGS_SHOWN ? TS_STR(", the most frequent") : TS_STR(""));
    }
    for (uint32_t i = 0; i < list.len && i < TAGS_SHOWN; i++) {
        ts_table_cell(&t, ts_names_text(p->session->names, space, list.at[i].id));
        ts_table_count(&t, (int64_t)list.at[i].n);
        bar_cell(&t, list.at[i].n, p->report.members);
    }
    enum ts_code code = ts_table_print(&t, p->run, 2);
    ts_table_release(&t);
    ts_vec_release(&list);
    return code;
}

static void points_row(struct page *p, struct ts_table *t, struct ts_str name, const char *what, int64_t amount)
{
    char text[40];
    if (!amount) return;
    ts_table_cell(t, ts_cstr(what));
    ts_table_cell(t, ts_cstr(ts_points_text(p->session->engine, name, amount, text)));
}

static enum ts_code show_points(struct page *p, uint32_t id)
{
    static const struct ts_column columns[] = {{"", false, 50, TS_PLAIN}, {"", true, 0, TS_BOLD}};
    const struct ts_report *r = &p->report;
    struct ts_str name = ts_names_text(p->session->names, TS_SPACE_POINTS, id);
    struct ts_report_points f = ts_report_points(ts_engine_ledger(p->session->engine), id);
    struct ts_table t;
    char key[80];
    unsigned shown = 0;
    ts_table_init(&t, columns, 2);
    points_row(p, &t, name, "issued", f.issued);
    points_row(p, &t, name, "    taken back already", id < TS_CURRENCIES_MAX ? r->clawed[id] : 0);
    points_row(p, &t, name, "given or taken by hand", f.adjusted);
    points_row(p, &t, name, "spent", -f.spent);
    points_row(p, &t, name, "expired", -f.expired);
    points_row(p, &t, name, "= with members", f.available + f.pending + f.held - f.debt);
    points_row(p, &t, name, "    available", f.available);
    points_row(p, &t, name, "    pending", f.pending);
    points_row(p, &t, name, "    held", f.held);
    points_row(p, &t, name, "    debt", -f.debt);
    for (uint32_t i = 0; i < r->rules.len && shown < RULES_SHOWN; i++) {
        struct ts_str rule = ts_rule_short(p->session->names, r->rules.at[i].rule);
        if (r->rules.at[i].points != id || !rule.ptr) continue;
        snprintf(key, sizeof key, "issued by " TS_STR_FMT, (int)(rule.len < 60 ? rule.len : 60), rule.ptr);
        points_row(p, &t, name, key, r->rules.at[i].amount);
        shown++;
    }
    for (uint32_t i = 0; i < r->funders.len; i++) {
        struct ts_str funder = r->funders.at[i].name;
        if (r->funders.at[i].points != id) continue;
        snprintf(key, sizeof key, "paid for by " TS_STR_FMT, (int)(funder.len < 60 ? funder.len : 60), funder.ptr);
        points_row(p, &t, name, key, r->funders.at[i].amount);
    }
    for (uint32_t i = 0, months = 0; i < r->months.len && months < 6; i++) {
        char month[16];
        if (r->months.at[i].points != id) continue;
        month_key(r->months.at[i].month, month);
        snprintf(key, sizeof key, r->months.at[i].month == INT32_MAX ? "never expiring" : "expiring in %s", month);
        points_row(p, &t, name, key, r->months.at[i].amount);
        months++;
    }
    enum ts_code code = TS_OK;
    if (ts_table_rows(&t) || t.failed) {
        title(p, "Points: ", name);
        code = ts_table_print(&t, p->run, 2);
    }
    ts_table_release(&t);
    return code;
}

struct figure_rows {
    struct ts_table table;
    const struct ts_program *program;
    unsigned left_out;
};

static void figure_row(void *arg, const char *name, uint8_t unit, int64_t value)
{
    struct figure_rows *rows = arg;
    char text[64];
    if (ts_table_rows(&rows->table) >= MEASURES_SHOWN) {
        rows->left_out++;
        return;
    }
    ts_table_cell(&rows->table, ts_cstr(name));
    ts_table_cell(&rows->table, ts_cstr(ts_figure_text(rows->program, unit, value, text)));
}

static enum ts_code show_measures(struct page *p)
{
    static const struct ts_column columns[] = {{"", false, 50, TS_PLAIN}, {"", true, 0, TS_BOLD}};
    struct figure_rows rows = {.program = p->report.program};
    ts_table_init(&rows.table, columns, 2);
    each_figure(p, figure_row, &rows);
    if (ts_table_rows(&rows.table)) title(p, "Measures, all time", TS_STR(""));
    enum ts_code code = ts_table_print(&rows.table, p->run, 2);
    if (rows.left_out) fprintf(p->run->out, "  and %u more (--json shows all)\n", rows.left_out);
    ts_table_release(&rows.table);
    return code;
}

static enum ts_code show_attribution(struct page *p, uint32_t attribution)
{
    static const struct ts_column columns[] = {
        {"", false, 50, TS_PLAIN}, {"credits", true, 0, TS_BOLD}, {"amount", true, 0, TS_PLAIN}};
    const struct ts_report *r = &p->report;
    const struct ts_report_credit *credits = &r->credits[(size_t)attribution * r->n_by];
    TS_VEC(struct ranked) list = {0};
    struct ts_table t;
    char text[64];
    ts_table_init(&t, columns, TS_ARRAY_LEN(columns));
    for (uint32_t k = 1; k < r->n_by; k++) {
        struct ranked *slot = credits[k].credits ? ts_vec_push(&list) : NULL;
        if (slot)
            *slot = (struct ranked){credits[k].credits, k};
        else if (credits[k].credits)
            t.failed = true;
    }
    if (list.len) {
        qsort(list.at, list.len, sizeof *list.at, ranked_compare);
        title(p, "Credited by ", r->attributions.at[attribution]);
    }
    for (uint32_t i = 0; i < list.len && i < CREDITED_SHOWN; i++) {
        ts_table_cell(&t, ts_names_text(p->session->names, TS_SPACE_BY, list.at[i].id));
        ts_table_count(&t, (int64_t)list.at[i].n);
        ts_table_cell(&t, ts_cstr(ts_figure_text(r->program, TS_UNIT_MONEY, credits[list.at[i].id].amount, text)));
    }
    enum ts_code code = list.len || t.failed ? ts_table_print(&t, p->run, 2) : TS_OK;
    ts_table_release(&t);
    ts_vec_release(&list);
    return code;
}

static enum ts_code print_page(struct page *p)
{
    const struct ts_report *r = &p->report;
    char members[32], events[32], clock[32];
    if (r->program->name.len)
        fprintf(p->run->out, "%s" TS_STR_FMT "%s\n", ts_paint(&p->run->style, TS_BOLD), TS_STR_ARG(r->program->name),
                ts_paint_end(&p->run->style));
    fprintf(p->run->out, "%s members, %s events, as of %s %s\n", ts_text_count((int64_t)r->members, members),
            ts_text_count((int64_t)r->events, events), ts_text_time(r->program->zone, r->clock, clock),
            ts_zone_name(r->program->zone));
    enum ts_code code = show_tiers(p);
    uint32_t n = ts_names_count(p->session->names, TS_SPACE_POINTS);
    for (uint32_t id = 1; code == TS_OK && id <= n; id++)
        code = show_points(p, id);
    if (code == TS_OK) code = show_counts(p, "Tags", TS_SPACE_TAG, r->tags, r->n_tags);
    if (code == TS_OK) code = show_counts(p, "Segments", TS_SPACE_SEGMENT, r->segments, r->n_segments);
    if (code == TS_OK) code = show_measures(p);
    for (uint32_t i = 0; code == TS_OK && i < r->attributions.len; i++)
        code = show_attribution(p, i);
    if (code != TS_OK) return code;
    if (r->quarantined)
        fprintf(p->run->out, "\n%s%s in quarantine%s (`tessera quarantine`)\n", ts_paint(&p->run->style, TS_YELLOW),
                ts_text_count((int64_t)r->quarantined, members), ts_paint_end(&p->run->style));
    if (r->rule_errors)
        fprintf(p->run->out, "\n%s%s rule errors%s (`tessera errors`)\n", ts_paint(&p->run->style, TS_RED),
                ts_text_count((int64_t)r->rule_errors, members), ts_paint_end(&p->run->style));
    return ts_run_flush(p->run);
}

enum ts_code ts_cmd_report(struct ts_run *run)
{
    struct ts_session s;
    struct page p = {.run = run, .session = &s};
    enum ts_code code = ts_session_open(run, TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    code = ts_report_gather(&s, &p.report);
    if (code == TS_OK) code = run->json ? print_json(&p) : print_page(&p);
    ts_report_release(&p.report);
    return ts_session_close(&s, code);
}
