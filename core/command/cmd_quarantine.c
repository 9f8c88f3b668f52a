/* SPDX-License-Identifier: Apache-2.0 */
/* tessera quarantine: what was not taken, and why; and a second try once the cause is gone (a new rule set that knows the event, a wider
 * plan). A line that would fail again is only previewed: it keeps its place in the list and makes no second row. */
#include <inttypes.h>

#include "command/redrive.h"

struct listing {
    struct ts_listing page;
    const char *reason; /* only these; NULL: all */
    uint64_t id;        /* only this; 0: all */
};

static bool wanted(const char *reason, uint64_t id, const struct ts_quarantine_item *q)
{
    return (!reason || ts_str_eq(q->reason, ts_cstr(reason))) && (!id || q->id == id);
}

static bool item_json(struct ts_listing *l, const struct ts_quarantine_item *q)
{
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_uint(&d, o, "id", q->id);
    ts_doc_str(&d, o, "file", q->file);
    ts_doc_uint(&d, o, "line", q->line);
    if (q->record)
        ts_doc_uint(&d, o, "record", q->record);
    else
        ts_doc_null(&d, o, "record");
    ts_doc_str(&d, o, "field", q->field);
    ts_doc_str(&d, o, "reason", q->reason);
    ts_doc_str(&d, o, "message", q->message);
    ts_doc_null(&d, o, "member");
    ts_doc_null(&d, o, "rule");
    ts_doc_time(&d, o, "at", q->at);
    ts_doc_str(&d, o, "status", q->status);
    return ts_listing_add(l, &d, o);
}

static bool item_row(struct ts_listing *l, const struct ts_quarantine_item *q)
{
    char at[32];
    ts_table_cellf(&l->table, "%" PRIu64, q->id);
    ts_table_cell(&l->table, ts_cstr(ts_text_time(l->zone, q->at, at)));
    ts_table_cellf(&l->table, TS_STR_FMT ":%" PRIu64, TS_STR_ARG(q->file), q->line);
    ts_table_cell(&l->table, q->reason);
    ts_table_cell(&l->table, q->field);
    ts_table_cell(&l->table, q->message);
    ts_table_cell(&l->table, ts_is_open(q->status) ? TS_STR("") : q->status);
    return true;
}

static bool on_item(void *arg, const struct ts_quarantine_item *q)
{
    struct listing *l = arg;
    if (!wanted(l->reason, l->id, q)) return true;
    if (!ts_listing_takes(&l->page, q->id)) return false;
    return l->page.run->json ? item_json(&l->page, q) : item_row(&l->page, q);
}

static enum ts_code list_items(struct ts_session *s, const char *reason, uint64_t id)
{
    static const struct ts_column columns[] = {{"id", true, 0, TS_DIM},        {"at", false, 0, TS_DIM},
                                               {"where", false, 40, TS_PLAIN}, {"reason", false, 0, TS_YELLOW},
                                               {"field", false, 40, TS_PLAIN}, {"message", false, 120, TS_PLAIN},
                                               {"", false, 0, TS_GREEN}};
    struct listing l = {.reason = reason, .id = id};
    uint64_t after;
    enum ts_code code = ts_listing_open(&l.page, s, columns, TS_ARRAY_LEN(columns), &after);
    if (code == TS_OK) code = ts_store_quarantine(s->store, after, UINT64_MAX >> 2, on_item, &l, &s->run->error);
    return ts_listing_close(&l.page, code, "Nothing is in quarantine.\n");
}

/* ---- redrive -------------------------------------------------------------------------------------------------------- */

#define BATCH 256 /* rows copied before the first of them is tried: the store is not read while it is written */

struct kept {
    uint64_t id, line;
    struct ts_str file, body;
};
struct batch {
    TS_VEC(struct kept) rows;
    struct ts_arena arena;
    const char *reason;
    uint64_t id, last;
    bool failed;
};

static bool keep(void *arg, const struct ts_quarantine_item *q)
{
    struct batch *b = arg;
    b->last = q->id;
    if (!wanted(b->reason, b->id, q) || !ts_is_open(q->status) || !q->body.ptr) return true;
    struct kept *row = ts_vec_push(&b->rows);
    if (row) *row = (struct kept){q->id, q->line, ts_arena_dup(&b->arena, q->file), ts_arena_dup(&b->arena, q->body)};
    b->failed = !row || !row->body.ptr;
    return !b->failed && b->rows.len < BATCH;
}

static enum ts_code try_row(struct ts_session *s, const struct kept *k, struct ts_redriven *sum)
{
    struct ts_error *err = &s->run->error;
    struct ts_input in = {.line = k->body,
                          .file = k->file,
                          .number = k->line,
                          .mapping = TS_STR(""),
                          .arrival = ts_wall_ms(),
                          .again = true};
    struct ts_result r;
    sum->tried++;
    enum ts_code code = ts_engine_preview(s->engine, &in, &r, err);
    if (code != TS_OK) return code;
    if (r.status == TS_RESULT_QUARANTINED) {
        sum->still++;
        return TS_OK;
    }
    code = ts_engine_submit(s->engine, &in, &r, err);
    if (code != TS_OK) return code;
    bool done = r.status != TS_RESULT_QUARANTINED;
    if (done)
        sum->applied++;
    else
        sum->still++;
    if (done) code = ts_store_mark_redriven(s->store, false, k->id, err);
    return code == TS_OK ? ts_store_breathe(s->store, err) : code;
}

/* Rows that come into quarantine meanwhile are not tried: the numbers present at the start are the limit. */
static bool find_last(void *arg, const struct ts_quarantine_item *q)
{
    *(uint64_t *)arg = q->id;
    return true;
}

static enum ts_code redrive(struct ts_session *s, const char *reason, uint64_t id)
{
    struct batch b = {.reason = reason, .id = id};
    struct ts_redriven sum = {0};
    struct ts_error *err = &s->run->error;
    uint64_t last = 0, after = 0;
    ts_arena_init(&b.arena);
    enum ts_code code = ts_store_quarantine(s->store, 0, UINT64_MAX >> 2, find_last, &last, err);
    while (code == TS_OK && after < last) {
        b.rows.len = 0;
        b.last = last;
        ts_arena_reset(&b.arena);
        code = ts_store_quarantine(s->store, after, UINT64_MAX >> 2, keep, &b, err);
        if (code == TS_OK && b.failed) code = ts_run_memory(s->run);
        after = b.last;
        for (uint32_t i = 0; code == TS_OK && i < b.rows.len; i++)
            if (b.rows.at[i].id <= last) code = try_row(s, &b.rows.at[i], &sum);
    }
    ts_vec_release(&b.rows);
    ts_arena_release(&b.arena);
    if (code == TS_OK) code = ts_session_settle(s);
    code = ts_session_close(s, code);
    return code == TS_OK ? ts_redriven_print(s->run, &sum, "quarantined lines") : code;
}

enum ts_code ts_cmd_quarantine(struct ts_run *run)
{
    struct ts_session s;
    const char *reason = ts_args_get(run, "reason");
    uint64_t id = 0;
    bool again;
    enum ts_code code = ts_redrive_word(run, &again);
    if (code == TS_OK) code = ts_args_u64(run, "id", &id);
    if (code == TS_OK) code = ts_session_open(run, again ? TS_STORE_WRITE : TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    if (again) return redrive(&s, reason, id);
    return ts_session_close(&s, list_items(&s, reason, id));
}
