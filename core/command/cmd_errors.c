/* SPDX-License-Identifier: Apache-2.0 */
/* tessera errors: rules that raised or were stopped, and joins that a guard refused; and a second try of the rules once they are
 * mended, each on the event that it failed on. */
#include <inttypes.h>

#include "command/redrive.h"

struct listing {
    struct ts_listing page;
    uint64_t id; /* only this; 0: all */
};

static const char *reason_of(const struct ts_error_item *e)
{
    return e->rule.len == 0 ? "join_refused" : e->stopped ? "stopped" : "raised";
}

static bool item_json(struct ts_listing *l, const struct ts_error_item *e)
{
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_uint(&d, o, "id", e->id);
    ts_doc_str(&d, o, "file", e->file);
    ts_doc_uint(&d, o, "line", e->line);
    ts_doc_uint(&d, o, "record", e->record);
    ts_doc_null(&d, o, "field");
    ts_doc_text(&d, o, "reason", reason_of(e));
    ts_doc_str(&d, o, "message", e->message);
    ts_doc_member(&d, o, "member", e->member);
    ts_doc_str(&d, o, "rule", e->rule.len ? e->rule : ts_str(NULL, 0));
    ts_doc_str(&d, o, "version", e->version);
    ts_doc_str(&d, o, "event", e->event);
    ts_doc_time(&d, o, "at", e->at);
    ts_doc_str(&d, o, "status", e->status);
    return ts_listing_add(l, &d, o);
}

static bool item_row(struct ts_listing *l, const struct ts_error_item *e)
{
    char at[32], member[24];
    ts_table_cellf(&l->table, "%" PRIu64, e->id);
    ts_table_cell(&l->table, ts_cstr(ts_text_time(l->zone, e->at, at)));
    ts_table_cell(&l->table, e->rule.len ? e->rule : TS_STR("(a join was refused)"));
    if (e->file.len)
        ts_table_cellf(&l->table, TS_STR_FMT ":%u", TS_STR_ARG(e->file), e->line);
    else
        ts_table_cell(&l->table, TS_STR(""));
    ts_table_cell(&l->table, ts_cstr(ts_member_text(e->member, member)));
    ts_table_cellf(&l->table, "#%" PRIu64, e->record);
    bool said = !e->stopped || (e->message.len > 7 && memcmp(e->message.ptr, "stopped", 7) == 0);
    ts_table_cellf(&l->table, "%s" TS_STR_FMT, said ? "" : "stopped: ", TS_STR_ARG(e->message));
    ts_table_cell(&l->table, ts_is_open(e->status) ? TS_STR("") : e->status);
    return true;
}

static bool on_item(void *arg, const struct ts_error_item *e)
{
    struct listing *l = arg;
    if (l->id && e->id != l->id) return true;
    if (!ts_listing_takes(&l->page, e->id)) return false;
    return l->page.run->json ? item_json(&l->page, e) : item_row(&l->page, e);
}

static enum ts_code list_items(struct ts_session *s, uint64_t id)
{
    static const struct ts_column columns[] = {{"id", true, 0, TS_DIM},       {"at", false, 0, TS_DIM},
                                               {"rule", false, 40, TS_BOLD},  {"where", false, 40, TS_PLAIN},
                                               {"member", true, 0, TS_PLAIN}, {"record", true, 0, TS_DIM},
                                               {"message", false, 0, TS_RED}, {"", false, 0, TS_GREEN}};
    struct listing l = {.id = id};
    uint64_t after;
    enum ts_code code = ts_listing_open(&l.page, s, columns, TS_ARRAY_LEN(columns), &after);
    if (code == TS_OK) code = ts_store_errors(s->store, after, UINT64_MAX >> 2, on_item, &l, &s->run->error);
    return ts_listing_close(&l.page, code, "No rule errors.\n");
}

/* ---- redrive -------------------------------------------------------------------------------------------------------- */

struct kept {
    uint64_t id, record, profile;
    struct ts_str rule, payload;
    ts_ms event_at;
    bool found;
};
struct batch {
    TS_VEC(struct kept) rows;
    struct ts_arena arena;
    uint64_t id;
    bool failed;
};

static bool keep(void *arg, const struct ts_error_item *e)
{
    struct batch *b = arg;
    if ((b->id && e->id != b->id) || !ts_is_open(e->status) || !e->rule.len) return true;
    struct kept *row = ts_vec_push(&b->rows);
    if (row) *row = (struct kept){.id = e->id, .record = e->record, .rule = ts_arena_dup(&b->arena, e->rule)};
    b->failed = !row || !row->rule.ptr;
    return !b->failed;
}

struct fetch {
    struct kept *row;
    struct ts_arena *arena;
    uint64_t instead; /* it was a retry itself: the record that it tried again */
};
static uint64_t retried_record(const struct ts_row *row)
{
    struct ts_json j;
    uint64_t record = 0;
    ts_json_init(&j);
    if (ts_json_parse(&j, row->payload.ptr, row->payload.len, false) == TS_OK) {
        const struct ts_json_node *n = ts_json_get(&j, ts_json_root(&j), TS_STR("record"));
        for (size_t i = 0; n && n->type == TS_JSON_NUMBER && i < n->text.len; i++)
            record = record * 10 + (uint64_t)(n->text.ptr[i] - '0');
    }
    ts_json_release(&j);
    return record < row->record ? record : 0;
}

static bool fetch_row(void *arg, const struct ts_row *row)
{
    struct fetch *f = arg;
    struct ts_outcome outcome;
    if (row->kind == TS_RECORD_RETRY && (f->instead = retried_record(row)) != 0) return false;
    bool open = ts_outcome_open(&outcome, (const uint8_t *)row->outcome.ptr, row->outcome.len);
    f->row->event_at = open && outcome.at ? outcome.at : row->time;
    f->row->payload = ts_arena_dup(f->arena, row->payload);
    f->row->profile = row->profile;
    f->row->found = f->row->payload.ptr != NULL;
    return false;
}

static enum ts_code try_row(struct ts_session *s, struct batch *b, struct kept *k, struct ts_redriven *sum)
{
    struct ts_error *err = &s->run->error;
    struct ts_result r;
    struct fetch f = {k, &b->arena, k->record};
    sum->tried++;
    enum ts_code code = TS_OK;
    for (uint64_t record = f.instead; code == TS_OK && record; record = f.instead) {
        f.instead = 0;
        code = ts_store_rows(s->store, record, record, fetch_row, &f, err);
    }
    if (code == TS_OK && !k->found)
        return ts_fail(err, TS_E_DAMAGED, "record %" PRIu64 " is not in the journal", k->record);
    if (code == TS_OK)
        code =
            ts_engine_retry(s->engine, k->record, k->profile, k->payload, k->rule, k->event_at, ts_wall_ms(), &r, err);
    if (code == TS_E_NOT_FOUND || code == TS_E_REFUSED) { /* the rule is gone, or cannot be tried on that record */
        memset(err, 0, sizeof *err);
        sum->still++;
        return TS_OK;
    }
    if (code != TS_OK) return code;
    /* A rule that fails again has made a row of its own, which is the one that is open from now on. */
    if (r.status == TS_RESULT_APPLIED && r.rule_errors == 0)
        sum->applied++;
    else
        sum->still++;
    if (r.status == TS_RESULT_APPLIED) code = ts_store_mark_redriven(s->store, true, k->id, err);
    return code == TS_OK ? ts_store_breathe(s->store, err) : code;
}

static enum ts_code redrive(struct ts_session *s, uint64_t id)
{
    struct batch b = {.id = id};
    struct ts_redriven sum = {0};
    ts_arena_init(&b.arena);
    enum ts_code code = ts_store_errors(s->store, 0, UINT64_MAX >> 2, keep, &b, &s->run->error);
    if (code == TS_OK && b.failed) code = ts_run_memory(s->run);
    for (uint32_t i = 0; code == TS_OK && i < b.rows.len; i++)
        code = try_row(s, &b, &b.rows.at[i], &sum);
    ts_vec_release(&b.rows);
    ts_arena_release(&b.arena);
    if (code == TS_OK) code = ts_session_settle(s);
    code = ts_session_close(s, code);
    return code == TS_OK ? ts_redriven_print(s->run, &sum, "failed rule calls") : code;
}

enum ts_code ts_cmd_errors(struct ts_run *run)
{
    struct ts_session s;
    uint64_t id = 0;
    bool again;
    enum ts_code code = ts_redrive_word(run, &again);
    if (code == TS_OK) code = ts_args_u64(run, "id", &id);
    if (code == TS_OK) code = ts_session_open(run, again ? TS_STORE_WRITE : TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    if (again) return redrive(&s, id);
    return ts_session_close(&s, list_items(&s, id));
}
