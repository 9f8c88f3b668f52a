/* SPDX-License-Identifier: Apache-2.0 */
/* The tables for people (CONTRACT.md, `sql`) that are about members: what each says of one member, read from the engine's memory, so
 * they cost nothing while records are applied and are always right. */
#include <stdlib.h>

#include "store/rows.h"

/* ---- building rows ---- */

void rows_clear(struct rows *r)
{
    r->cells.len = 0;
    ts_arena_reset(&r->arena);
    r->failed = false;
}

void rows_release(struct rows *r)
{
    ts_vec_release(&r->cells);
    ts_arena_release(&r->arena);
}

static void add(struct rows *r, struct cell cell)
{
    struct cell *slot = ts_vec_push(&r->cells);
    if (slot)
        *slot = cell;
    else
        r->failed = true;
}

void rows_number(struct rows *r, int64_t v) { add(r, (struct cell){.type = CELL_INTEGER, .number = v}); }

void rows_text(struct rows *r, struct ts_str text)
{
    add(r, (struct cell){.type = text.ptr ? CELL_TEXT : CELL_NULL, .text = text});
}

static void made(struct rows *r, const char *text)
{
    struct ts_str copy = ts_arena_dup(&r->arena, ts_cstr(text));
    if (!copy.ptr) r->failed = true;
    rows_text(r, copy);
}

void rows_member(struct rows *r, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "m%llu", (unsigned long long)number);
    made(r, text);
}

void rows_time(struct rows *r, ts_ms t)
{
    char text[32];
    if (t == TS_NEVER)
        rows_text(r, (struct ts_str){NULL, 0});
    else
        made(r, ts_time_format(t, text));
}

void rows_day(struct rows *r, ts_day day)
{
    int y, m, d;
    char text[48];
    ts_civil_from_day(day, &y, &m, &d);
    snprintf(text, sizeof text, "%04d-%02d-%02d", y, m, d);
    made(r, text);
}

/* ---- words for numbers ---- */

static struct ts_str name_of(struct ts_engine *e, enum ts_space space, uint32_t id)
{
    return id ? ts_names_text(ts_engine_names(e), space, id) : (struct ts_str){NULL, 0};
}

static struct ts_str rule_name(struct ts_engine *e, uint32_t rule)
{
    struct ts_rule_name parts;
    const struct ts_str text = name_of(e, TS_SPACE_RULE, rule);
    return text.ptr && ts_rule_name_split(text, &parts) ? parts.name : text;
}

static struct ts_str trait_class(struct ts_engine *e, uint32_t trait)
{
    const struct ts_program *p = ts_engine_program(e);
    for (uint32_t i = 0; i < p->traits.n; i++) {
        if (p->traits.at[i].id == trait) return p->traits.at[i].class;
    }
    return (struct ts_str){NULL, 0};
}

static struct ts_str strength(struct ts_engine *e, uint32_t kind)
{
    const struct ts_program *p = ts_engine_program(e);
    for (uint32_t i = 0; i < p->identifiers.n; i++) {
        if (p->identifiers.at[i].id == kind) return p->identifiers.at[i].strong ? TS_STR("strong") : TS_STR("weak");
    }
    return (struct ts_str){NULL, 0};
}

static struct ts_str measure_name(struct ts_engine *e, uint32_t series)
{
    const struct ts_program *p = ts_engine_program(e);
    for (uint32_t i = 0; i < p->measures.n; i++) {
        if (p->measures.at[i].id == series) return p->measures.at[i].name;
    }
    return name_of(e, TS_SPACE_SERIES, series);
}

/* ---- the tables ---- */

static uint64_t number_of(const struct ts_member *m) { return ts_member_head(m)->number; }

static void fill_member(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    TS_UNUSED(e);
    const struct ts_profile *head = ts_member_head(m);
    ts_ms created = head->created, last_at = head->last_at;
    uint64_t first = head->first_record, last = head->last_record, records = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        const struct ts_profile *p = m->profiles[i];
        if (p->created < created) created = p->created;
        if (p->last_at > last_at) last_at = p->last_at;
        if (p->first_record < first) first = p->first_record;
        if (p->last_record > last) last = p->last_record;
        records += p->records;
    }
    rows_member(out, head->number);
    rows_time(out, created);
    rows_time(out, last_at);
    rows_number(out, (int64_t)first);
    rows_number(out, (int64_t)last);
    rows_number(out, (int64_t)records);
    rows_number(out, m->n);
}

static void fill_alias(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    TS_UNUSED(e);
    for (uint32_t i = 1; i < m->n; i++) {
        rows_member(out, m->profiles[i]->number);
        rows_member(out, number_of(m));
    }
}

static void fill_identifier(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    for (uint32_t i = 0; i < m->n; i++) {
        const struct ts_profile *p = m->profiles[i];
        for (uint32_t k = 0; k < p->identifiers.len; k++) {
            uint32_t kind = 0;
            struct ts_str value = {NULL, 0};
            uint64_t profile;
            ts_idents_get(ts_engine_idents(e), p->identifiers.at[k].row, &kind, &value, &profile);
            rows_member(out, number_of(m));
            rows_text(out, name_of(e, TS_SPACE_IDENTIFIER, kind));
            rows_text(out, value);
            rows_text(out, strength(e, kind));
        }
    }
}

static void fill_trait(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    const struct ts_profile *head = ts_member_head(m);
    for (uint32_t i = 0; i < head->traits.len; i++) {
        const struct ts_trait *t = &head->traits.at[i];
        rows_member(out, head->number);
        rows_text(out, name_of(e, TS_SPACE_TRAIT, t->trait));
        rows_text(out, t->json);
        rows_text(out, trait_class(e, t->trait));
        rows_time(out, t->at);
    }
}

static void fill_tag(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    const struct ts_profile *head = ts_member_head(m);
    for (uint32_t i = 0; i < head->tags.len; i++) {
        const struct ts_tag *t = &head->tags.at[i];
        rows_member(out, head->number);
        rows_text(out, name_of(e, TS_SPACE_TAG, t->tag));
        rows_time(out, t->since);
        rows_time(out, t->until);
        rows_text(out, rule_name(e, t->rule));
    }
}

static void fill_segment(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    const struct ts_profile *head = ts_member_head(m);
    for (uint32_t i = 0; i < head->segments.len; i++) {
        const struct ts_segment_state *s = &head->segments.at[i];
        rows_member(out, head->number);
        rows_text(out, name_of(e, TS_SPACE_SEGMENT, s->segment));
        rows_time(out, s->since);
    }
}

static void fill_tier(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    const struct ts_profile *head = ts_member_head(m);
    for (uint32_t i = 0; i < head->tiers.len; i++) {
        const struct ts_tier_state *t = &head->tiers.at[i];
        rows_member(out, head->number);
        rows_text(out, name_of(e, TS_SPACE_TIERS, t->tiers));
        rows_text(out, name_of(e, TS_SPACE_LEVEL, t->level));
        rows_time(out, t->since);
        rows_number(out, t->basis);
    }
}

static void fill_lot(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    for (uint32_t i = 0; i < m->n; i++) {
        const struct ts_wallet *w = &m->profiles[i]->wallet;
        for (uint32_t k = 0; k < w->lots.len; k++) {
            const struct ts_lot *lot = &w->lots.at[k];
            rows_number(out, (int64_t)lot->id);
            rows_member(out, number_of(m));
            rows_text(out, name_of(e, TS_SPACE_POINTS, lot->points));
            rows_text(out, rule_name(e, lot->rule));
            rows_number(out, (int64_t)lot->record);
            rows_time(out, lot->earned);
            rows_time(out, lot->activates);
            rows_time(out, lot->expires);
            rows_number(out, lot->original);
            rows_number(out, lot->remaining);
            rows_text(out, lot->state == TS_LOT_PENDING ? TS_STR("pending") : TS_STR("available"));
        }
    }
}

/* ---- days of measures: of several profiles, equal days are one row ---- */

struct day_row {
    uint32_t series, by;
    ts_day day;
    int64_t count, sum;
};

static int day_order(const void *a, const void *b)
{
    const struct day_row *x = a, *y = b;
    if (x->series != y->series) return x->series < y->series ? -1 : 1;
    if (x->by != y->by) return x->by < y->by ? -1 : 1;
    return x->day < y->day ? -1 : x->day > y->day;
}

struct day_rows {
    TS_VEC(struct day_row) list;
    bool failed;
};

static void collect_days(struct ts_engine *e, const struct ts_profile *p, struct day_rows *out)
{
    size_t pos = 0;
    struct ts_series series;
    while (!out->failed && ts_series_next(p->series.data, p->series.len, &pos, &series)) {
        struct ts_str name = name_of(e, TS_SPACE_SERIES, series.id);
        if (name.len && name.ptr[0] == TS_SERIES_REACHED[0]) continue; /* no measure: what milestones remember */
        struct ts_bucket_iter it = {0};
        struct day_row row = {.series = series.id, .by = series.by};
        while (ts_series_bucket(&series, &it, &row.day, &row.count, &row.sum)) {
            struct day_row *slot = ts_vec_push(&out->list);
            if (slot)
                *slot = row;
            else
                out->failed = true;
        }
    }
}

static void fill_measure_day(struct ts_engine *e, const struct ts_member *m, struct rows *out)
{
    struct day_rows days = {0};
    for (uint32_t i = 0; i < m->n; i++)
        collect_days(e, m->profiles[i], &days);
    if (days.list.len > 1) qsort(days.list.at, days.list.len, sizeof *days.list.at, day_order);
    for (uint32_t i = 0; i < days.list.len;) {
        struct day_row row = days.list.at[i++];
        for (; i < days.list.len && day_order(&row, &days.list.at[i]) == 0; i++) {
            row.count += days.list.at[i].count;
            row.sum += days.list.at[i].sum;
        }
        rows_member(out, number_of(m));
        rows_text(out, measure_name(e, row.series));
        rows_text(out, name_of(e, TS_SPACE_BY, row.by));
        rows_day(out, row.day);
        rows_number(out, row.count);
        rows_number(out, row.sum);
    }
    if (days.failed) out->failed = true;
    ts_vec_release(&days.list);
}

const struct people_table people_tables[] = {
    {"member",
     "member TEXT, created TEXT, last_at TEXT, first_record INTEGER, last_record INTEGER, records INTEGER, profiles "
     "INTEGER",
     7, 1, fill_member},
    {"alias", "alias TEXT, member TEXT", 2, 3, fill_alias},
    {"identifier", "member TEXT, kind TEXT, value TEXT, strength TEXT", 4, 1, fill_identifier},
    {"trait", "member TEXT, name TEXT, value TEXT, class TEXT, at TEXT", 5, 1, fill_trait},
    {"tag", "member TEXT, name TEXT, since TEXT, until TEXT, rule TEXT", 5, 1, fill_tag},
    {"segment", "member TEXT, name TEXT, since TEXT", 3, 1, fill_segment},
    {"tier", "member TEXT, tiers TEXT, name TEXT, since TEXT, basis INTEGER", 5, 1, fill_tier},
    {"measure_day", "member TEXT, measure TEXT, \"by\" TEXT, day TEXT, count INTEGER, sum INTEGER", 6, 1,
     fill_measure_day},
    {"lot",
     "lot INTEGER, member TEXT, points TEXT, rule TEXT, record INTEGER, earned TEXT, activates TEXT, expires TEXT,"
     " original INTEGER, remaining INTEGER, state TEXT",
     11, 2, fill_lot},
};
const size_t people_tables_n = TS_ARRAY_LEN(people_tables);
