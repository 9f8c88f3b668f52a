/* SPDX-License-Identifier: Apache-2.0 */
/* tessera member: one member, as JSON or as a card. */
#include <inttypes.h>

#include "command/card.h"
#include "command/table.h"
#include "command/timeline.h"

#define TIMELINE_JSON 20
#define TIMELINE_CARD 10
#define BAR_WIDTH 30

struct page {
    struct ts_run *run;
    struct ts_card card;
    struct ts_timeline timeline;
    uint64_t watermark;
};

static enum ts_code print_json(struct page *p)
{
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_card_json(&p->card, &d, o);
    cJSON *list = ts_doc_array(&d, o, "timeline");
    for (uint32_t i = 0; i < p->timeline.items.len; i++) {
        const struct ts_timeline_item *item = &p->timeline.items.at[i];
        cJSON *line = ts_doc_object(&d, list, NULL);
        ts_doc_uint(&d, line, "record", item->record);
        ts_doc_time(&d, line, "at", item->at);
        ts_doc_str(&d, line, "what", item->what);
    }
    ts_doc_uint(&d, o, "watermark", p->watermark);
    return ts_doc_print(p->run, &d, o);
}

/* ---- the card ----------------------------------------------------------------------------------------------------- */

static void title(struct page *p, const char *text)
{
    fprintf(p->run->out, "\n%s%s%s\n", ts_paint(&p->run->style, TS_BOLD), text, ts_paint_end(&p->run->style));
}

static void put(struct page *p, struct ts_str text) /* text from outside, made harmless */
{
    struct ts_buf b;
    ts_buf_init(&b, 0);
    ts_text_put(&b, text, 0, 0, false);
    fputs(ts_buf_cstr(&b), p->run->out);
    ts_buf_release(&b);
}

/* Is the trait what the member is known by already? `email`, told as a trait, is also an identifier. */
static bool is_identifier(struct ts_card *c, struct ts_str trait, struct ts_str text, struct ts_arena *arena)
{
    const struct ts_identifier_kind *kind = NULL;
    for (uint32_t i = 0; i < c->program->identifiers.n && !kind; i++)
        if (ts_str_eq(c->program->identifiers.at[i].name, trait)) kind = &c->program->identifiers.at[i];
    struct ts_str normal;
    if (!kind || ts_identifier_normalize(kind, text, arena, &normal) != TS_OK) return false;
    for (uint32_t k = 0; k < c->view.member.n; k++) {
        const struct ts_profile *profile = c->view.member.profiles[k];
        for (uint32_t i = 0; i < profile->identifiers.len; i++) {
            uint32_t id;
            struct ts_str value;
            uint64_t owner;
            ts_idents_get(ts_engine_idents(c->engine), profile->identifiers.at[i].row, &id, &value, &owner);
            if (owner == profile->number && id == kind->id && ts_str_eq(value, normal)) return true;
        }
    }
    return false;
}

static enum ts_code show_identifiers(struct page *p)
{
    static const struct ts_column columns[] = {{"", false, 0, TS_DIM}, {"", false, 60, TS_PLAIN}};
    struct ts_card *c = &p->card;
    struct ts_table t;
    struct ts_arena arena;
    ts_arena_init(&arena);
    ts_table_init(&t, columns, 2);
    for (uint32_t k = 0; k < c->view.member.n; k++) {
        const struct ts_profile *profile = c->view.member.profiles[k];
        for (uint32_t i = 0; i < profile->identifiers.len; i++) {
            uint32_t kind;
            struct ts_str value;
            uint64_t owner;
            ts_idents_get(ts_engine_idents(c->engine), profile->identifiers.at[i].row, &kind, &value, &owner);
            if (owner != profile->number) continue;
            ts_table_cell(&t, ts_names_text(c->names, TS_SPACE_IDENTIFIER, kind));
            ts_table_cell(&t, value);
        }
    }
    const struct ts_profile *head = ts_member_head(&c->view.member);
    for (uint32_t i = 0; i < head->traits.len; i++) {
        struct ts_str json = head->traits.at[i].json;
        struct ts_str name = ts_names_text(c->names, TS_SPACE_TRAIT, head->traits.at[i].trait);
        if (json.len > 2 && json.ptr[0] == '"') json = ts_str(json.ptr + 1, json.len - 2);
        if (is_identifier(c, name, json, &arena)) continue;
        ts_table_cell(&t, name);
        ts_table_cell(&t, json);
    }
    enum ts_code code = ts_table_print(&t, p->run, 2);
    ts_table_release(&t);
    ts_arena_release(&arena);
    return code;
}

/* Of several bases, each with its figure: any of them is enough. */
static void show_bases(struct page *p, const struct ts_card_tier *t)
{
    char figure[64], window[64];
    for (uint32_t i = 0; i < t->decl->n_bases; i++) {
        const struct ts_tier_basis *b = &t->decl->bases[i];
        ts_window_format(b->window, window, sizeof window);
        fputs("  ", p->run->out);
        put(p, b->name);
        fprintf(p->run->out, " (%s): %s", window, ts_basis_text(p->card.engine, b, t->bases[i].figure, figure));
        if (t->next.ptr && t->bases[i].missing != TS_TIER_NEVER) {
            fprintf(p->run->out, ", %s to ", ts_basis_text(p->card.engine, b, t->bases[i].missing, figure));
            put(p, t->next);
        }
        fputc('\n', p->run->out);
    }
}

static void show_tiers(struct page *p)
{
    struct ts_card *c = &p->card;
    char since[32], basis[64], missing[64];
    for (uint32_t i = 0; i < c->program->tiers.n; i++) {
        struct ts_card_tier t;
        ts_card_tier(c, &c->program->tiers.at[i], &t);
        char head[260];
        snprintf(head, sizeof head, "Tier: " TS_STR_FMT, TS_STR_ARG(t.decl->name));
        title(p, head);
        fputs("  ", p->run->out);
        fprintf(p->run->out, "%s", ts_paint(&p->run->style, TS_GREEN));
        put(p, t.name);
        fprintf(p->run->out, "%s since %s", ts_paint_end(&p->run->style),
                ts_text_time(c->program->zone, t.since, since));
        fprintf(p->run->out, "   %s\n", ts_basis_text(c->engine, &t.decl->bases[t.nearest], t.basis, basis));
        if (t.decl->n_bases > 1) show_bases(p, &t);
        if (!t.next.ptr) continue;
        struct ts_buf bar;
        ts_buf_init(&bar, 1024);
        double goal = (double)(t.basis + t.missing - t.from);
        ts_text_bar(&bar, goal > 0 ? (double)(t.basis - t.from) / goal : 0, BAR_WIDTH);
        fprintf(p->run->out, "  %s%s%s  %s to ", ts_paint(&p->run->style, TS_CYAN), ts_buf_cstr(&bar),
                ts_paint_end(&p->run->style), ts_basis_text(c->engine, &t.decl->bases[t.nearest], t.missing, missing));
        put(p, t.next);
        fputc('\n', p->run->out);
        ts_buf_release(&bar);
    }
}

static ts_ms next_expiry(const struct ts_card *c, uint32_t points, int64_t *ret_amount)
{
    ts_ms at = TS_NEVER;
    *ret_amount = 0;
    for (uint32_t p = 0; p < c->view.member.n; p++) {
        const struct ts_wallet *w = &c->view.member.profiles[p]->wallet;
        for (uint32_t i = 0; i < w->lots.len; i++) {
            const struct ts_lot *lot = &w->lots.at[i];
            if (lot->points != points || lot->expires == TS_NEVER || lot->expires > at) continue;
            *ret_amount = lot->expires == at ? *ret_amount + lot->remaining : lot->remaining;
            at = lot->expires;
        }
    }
    return at;
}

static enum ts_code show_points(struct page *p)
{
    static const struct ts_column columns[] = {{"Points", false, 30, TS_PLAIN}, {"available", true, 0, TS_BOLD},
                                               {"pending", true, 0, TS_PLAIN},  {"held", true, 0, TS_PLAIN},
                                               {"debt", true, 0, TS_PLAIN},     {"next to expire", false, 0, TS_PLAIN}};
    struct ts_card *c = &p->card;
    uint32_t ids[TS_CURRENCIES_MAX];
    unsigned n = ts_card_points(c, ids, TS_CURRENCIES_MAX);
    if (!n) return TS_OK;
    struct ts_table t;
    ts_table_init(&t, columns, TS_ARRAY_LEN(columns));
    for (unsigned i = 0; i < n; i++) {
        struct ts_balance b = ts_member_balance(&c->view.member, ids[i]);
        struct ts_str name = ts_names_text(c->names, TS_SPACE_POINTS, ids[i]);
        const int64_t figures[] = {b.available, b.pending, b.held, b.debt};
        char text[40], when[32];
        ts_table_cell(&t, name);
        for (unsigned k = 0; k < TS_ARRAY_LEN(figures); k++)
            ts_table_cell(&t, ts_cstr(ts_points_text(c->engine, name, figures[k], text)));
        int64_t amount;
        ts_ms at = next_expiry(c, ids[i], &amount);
        if (at == TS_NEVER)
            ts_table_cell(&t, TS_STR(""));
        else
            ts_table_cellf(&t, "%s on %s", ts_points_text(c->engine, name, amount, text),
                           ts_text_time(c->program->zone, at, when));
    }
    fputc('\n', p->run->out);
    enum ts_code code = ts_table_print(&t, p->run, 0);
    ts_table_release(&t);
    return code;
}

struct figure_rows {
    struct ts_table *table;
    const struct ts_program *program;
};

static void figure_row(void *arg, const struct ts_card_figure *f)
{
    struct figure_rows *rows = arg;
    char text[64];
    if (!f->value) return;
    ts_table_cell(rows->table, ts_cstr(f->name));
    ts_table_cell(rows->table, ts_cstr(ts_figure_text(rows->program, f->unit, f->value, text)));
}

static enum ts_code show_figures(struct page *p)
{
    static const struct ts_column columns[] = {{"", false, 50, TS_PLAIN}, {"", true, 0, TS_BOLD}};
    struct ts_card *c = &p->card;
    struct ts_table t;
    ts_table_init(&t, columns, 2);
    struct figure_rows rows = {&t, c->program};
    if (!ts_card_figures(c, figure_row, &rows)) t.failed = true;
    for (uint32_t i = 0; i < c->program->scores.n; i++) {
        const struct ts_score_decl *s = &c->program->scores.at[i];
        ts_table_cellf(&t, TS_STR_FMT " (score)", TS_STR_ARG(s->name));
        ts_table_cellf(&t, "%.1f", ts_member_score(&c->view.member, s->id, s->half_life, c->at));
    }
    if (t.failed || ts_table_rows(&t)) title(p, "Figures");
    enum ts_code code = ts_table_print(&t, p->run, 2);
    ts_table_release(&t);
    return code;
}

static enum ts_code show_tags(struct page *p)
{
    static const struct ts_column columns[] = {{"", false, 50, TS_YELLOW}, {"", false, 0, TS_DIM}};
    struct ts_card *c = &p->card;
    const struct ts_profile *head = ts_member_head(&c->view.member);
    struct ts_table t;
    ts_table_init(&t, columns, 2);
    for (uint32_t i = 0; i < head->tags.len; i++) {
        const struct ts_tag *tag = &head->tags.at[i];
        char since[32], until[32];
        if (tag->until <= c->at) continue;
        ts_table_cell(&t, ts_names_text(c->names, TS_SPACE_TAG, tag->tag));
        ts_table_cellf(&t, "since %s%s%s", ts_text_time(c->program->zone, tag->since, since),
                       tag->until == TS_NEVER ? "" : ", until ",
                       tag->until == TS_NEVER ? "" : ts_text_time(c->program->zone, tag->until, until));
    }
    if (t.failed || ts_table_rows(&t)) title(p, "Tags");
    enum ts_code code = ts_table_print(&t, p->run, 2);
    ts_table_release(&t);
    return code;
}

static enum ts_code show_segments(struct page *p)
{
    static const struct ts_column columns[] = {{"", false, 50, TS_YELLOW}, {"", false, 0, TS_DIM}};
    struct ts_card *c = &p->card;
    const struct ts_profile *head = ts_member_head(&c->view.member);
    struct ts_table t;
    ts_table_init(&t, columns, 2);
    for (uint32_t i = 0; i < head->segments.len; i++) {
        const struct ts_segment_state *s = &head->segments.at[i];
        char since[32];
        ts_table_cell(&t, ts_names_text(c->names, TS_SPACE_SEGMENT, s->segment));
        ts_table_cellf(&t, "since %s", ts_text_time(c->program->zone, s->since, since));
    }
    if (t.failed || ts_table_rows(&t)) title(p, "Segments");
    enum ts_code code = ts_table_print(&t, p->run, 2);
    ts_table_release(&t);
    return code;
}

static enum ts_code show_timeline(struct page *p)
{
    static const struct ts_column columns[] = {
        {"", false, 0, TS_DIM}, {"", true, 0, TS_DIM}, {"", false, 100, TS_PLAIN}};
    struct ts_table t;
    ts_table_init(&t, columns, TS_ARRAY_LEN(columns));
    for (uint32_t i = 0; i < p->timeline.items.len; i++) {
        const struct ts_timeline_item *item = &p->timeline.items.at[i];
        char at[32];
        ts_table_cell(&t, ts_cstr(ts_text_time(p->card.program->zone, item->at, at)));
        ts_table_cellf(&t, "#%" PRIu64, item->record);
        ts_table_cellf(&t, "%s" TS_STR_FMT, item->effect ? "  " : "", TS_STR_ARG(item->what));
    }
    if (t.failed || ts_table_rows(&t)) title(p, "Last events");
    enum ts_code code = ts_table_print(&t, p->run, 2);
    ts_table_release(&t);
    return code;
}

static enum ts_code print_card(struct page *p)
{
    const struct ts_profile *head = ts_member_head(&p->card.view.member);
    char at[32], created[32];
    fprintf(p->run->out, "%sm%" PRIu64 "%s   member since %s", ts_paint(&p->run->style, TS_BOLD), p->card.number,
            ts_paint_end(&p->run->style), ts_text_time(p->card.program->zone, ts_card_created(&p->card), created));
    for (uint32_t i = 0; i < head->others.len; i++)
        fprintf(p->run->out, "%sm%" PRIu64, i ? ", " : "   also ", head->others.at[i]);
    fputs("\n", p->run->out);
    enum ts_code code = show_identifiers(p);
    if (code == TS_OK) show_tiers(p);
    if (code == TS_OK) code = show_points(p);
    if (code == TS_OK) code = show_figures(p);
    if (code == TS_OK) code = show_tags(p);
    if (code == TS_OK) code = show_segments(p);
    if (code == TS_OK) code = show_timeline(p);
    if (code != TS_OK) return code;
    fprintf(p->run->out, "\n%sas of %s %s, record %" PRIu64 "%s\n", ts_paint(&p->run->style, TS_DIM),
            ts_text_time(p->card.program->zone, p->card.at, at), ts_zone_name(p->card.program->zone), p->watermark,
            ts_paint_end(&p->run->style));
    return ts_run_flush(p->run);
}

/* --------------------------------------------------------------------------------------------------------------------- */

static enum ts_code show(struct ts_session *s, uint64_t member, ts_ms at)
{
    struct ts_run *run = s->run;
    struct page p = {.run = run, .watermark = ts_engine_record(s->engine)};
    enum ts_code code = ts_card_open(&p.card, s->engine, member, at, &run->error);
    if (code != TS_OK) return code;
    for (int i = 0; code == TS_OK && i < run->args.n_given; i++)
        if (strcmp(run->args.given[i].option->name, "window") == 0)
            code = ts_card_window_add(&p.card, run->args.given[i].value, &run->error);
    if (code == TS_OK) code = ts_timeline_read(s, member, run->json ? TIMELINE_JSON : TIMELINE_CARD, &p.timeline);
    if (code == TS_OK) code = run->json ? print_json(&p) : print_card(&p);
    ts_timeline_release(&p.timeline);
    ts_card_close(&p.card);
    return code;
}

enum ts_code ts_cmd_member(struct ts_run *run)
{
    ts_ms at = TS_NEVER;
    struct ts_session s;
    uint64_t member;
    enum ts_code code = ts_args_time(run, "at", &at);
    if (code == TS_OK) code = ts_session_open(run, TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    code = ts_session_who(&s, run->args.words[0], &member);
    if (code == TS_OK) code = show(&s, member, at);
    return ts_session_close(&s, code);
}
