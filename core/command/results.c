/* SPDX-License-Identifier: Apache-2.0 */
/* Results and acknowledgements. Lines are marked every so often; a mark carries the store's ticket, and is written out when the ticket is
 * durable. So a reader of these files never learns of a record that a crash could take back. */
#include "command/results.h"

#include <errno.h>
#include <inttypes.h>

#include "base/json.h"

#define MARKS_WAITING_MAX 8 /* then the loop waits for the oldest: acknowledgements stay close behind */

const char *ts_result_status_name(enum ts_result_status status)
{
    static const char *const names[] = {"applied", "duplicate", "quarantined", "refused", "replayed"};
    return names[status];
}

/* Where the transactions of a result can be found: an earning made a lot, whose number is the transaction's; a command's answer names its
 * own. */
struct finder {
    struct ts_engine *engine;
    const struct ts_result *result;
    struct ts_member_view view;
    bool open;
    uint64_t last; /* earnings come in order: the next one's number is higher */
};

static uint64_t find_lot(struct finder *f, const struct ts_effect *e)
{
    if (!f->open) {
        f->open = ts_member_view_open(f->engine, f->result->member, &f->view, NULL) == TS_OK;
        if (!f->open) return 0;
    }
    uint64_t found = 0;
    for (uint32_t p = 0; p < f->view.member.n; p++) {
        const struct ts_wallet *w = &f->view.member.profiles[p]->wallet;
        for (uint32_t i = w->lots.len; i-- > 0 && w->lots.at[i].id > f->last;) {
            const struct ts_lot *lot = &w->lots.at[i];
            bool is_it = lot->record == f->result->record && lot->rule == e->rule && lot->points == e->name;
            if (is_it && (!found || lot->id < found)) found = lot->id;
        }
    }
    if (found) f->last = found;
    return found;
}

static uint64_t find_answer(const struct finder *f)
{
    struct ts_json json;
    int64_t id = 0;
    ts_json_init(&json);
    if (ts_json_parse(&json, f->result->answer.ptr, f->result->answer.len, true) == TS_OK) {
        const struct ts_json_node *n = ts_json_get(&json, ts_json_root(&json), TS_STR("transaction"));
        if (!n || n->type != TS_JSON_NUMBER || ts_json_integer(n, &id) != TS_OK) id = 0;
    }
    ts_json_release(&json);
    return (uint64_t)id;
}

static uint64_t find_transaction(void *arg, const struct ts_effect *e)
{
    struct finder *f = arg;
    if (e->op == TS_FX_EARN && f->result->member && f->result->record) return find_lot(f, e);
    if ((e->op == TS_FX_SPEND || e->op == TS_FX_ADJUST) && f->result->answer.len) return find_answer(f);
    return 0;
}

cJSON *ts_result_json(struct ts_doc *d, struct ts_engine *engine, uint64_t line, const struct ts_result *r)
{
    cJSON *o = ts_doc_object(d, NULL, NULL);
    const char *reason = NULL, *message = NULL;
    if (r->status == TS_RESULT_QUARANTINED) {
        reason = ts_reason_name(r->fault.reason);
        message = r->fault.message;
    } else if (r->status == TS_RESULT_REFUSED) {
        reason = r->refusal;
        message = r->message;
    }
    ts_doc_uint(d, o, "line", line);
    ts_doc_text(d, o, "status", ts_result_status_name(r->status));
    if (r->record)
        ts_doc_uint(d, o, "record", r->record);
    else
        ts_doc_null(d, o, "record");
    ts_doc_member(d, o, "member", r->member);
    ts_doc_text(d, o, "reason", reason);
    if (r->status == TS_RESULT_QUARANTINED && r->fault.field[0]) ts_doc_text(d, o, "field", r->fault.field);
    if (message) ts_doc_text(d, o, "message", message);
    struct finder f = {.engine = engine, .result = r};
    ts_effects_json(d, o, "effects", engine, r->outcome, find_transaction, &f);
    if (f.open) ts_member_view_close(&f.view);
    if (r->rule_errors) ts_doc_uint(d, o, "rule_errors", r->rule_errors);
    if (r->answer.len) ts_doc_raw(d, o, "answer", r->answer);
    return o;
}

static enum ts_code open_output(struct ts_run *run, const char *flag, FILE **ret, bool *ret_own)
{
    char why[80];
    const char *path = ts_args_get(run, flag);
    if (!path) return TS_OK;
    *ret = strcmp(path, "-") == 0 ? run->out : fopen(path, "we");
    *ret_own = *ret && *ret != run->out;
    if (*ret) return TS_OK;
    return ts_fail(&run->error, TS_E_DISK, "cannot write --%s %s: %s", flag, path, ts_errno_text(errno, why));
}

enum ts_code ts_acks_open(struct ts_acks *a, struct ts_session *s)
{
    memset(a, 0, sizeof *a);
    a->session = s;
    ts_buf_init(&a->text, 0);
    enum ts_code code = open_output(s->run, "ack", &a->ack, &a->own_ack);
    if (code == TS_OK) code = open_output(s->run, "results", &a->results, &a->own_results);
    return code;
}

static enum ts_code write_failed(struct ts_acks *a)
{
    char why[80];
    return ts_fail(&a->session->run->error, TS_E_DISK, "cannot write acknowledgements or results: %s",
                   ts_errno_text(errno, why));
}

/* Write out all marks up to the durable ticket. */
static enum ts_code emit(struct ts_acks *a, uint64_t durable)
{
    uint32_t n = 0;
    size_t end = 0;
    while (n < a->marks.len && a->marks.at[n].ticket <= durable)
        n++;
    if (n == 0) return TS_OK;
    end = a->marks.at[n - 1].end;
    if (a->results && end) {
        fwrite(a->text.data, 1, end, a->results);
        memmove(a->text.data, a->text.data + end, a->text.len - end);
        a->text.len -= end;
        if (fflush(a->results) != 0) return write_failed(a);
    }
    for (uint32_t i = 0; a->ack && i < n; i++)
        fprintf(a->ack, "{\"line\":%" PRIu64 ",\"record\":%" PRIu64 "}\n", a->marks.at[i].line, a->marks.at[i].record);
    if (a->ack && fflush(a->ack) != 0) return write_failed(a);
    memmove(a->marks.at, a->marks.at + n, (a->marks.len - n) * sizeof *a->marks.at);
    a->marks.len -= n;
    for (uint32_t i = 0; i < a->marks.len; i++)
        a->marks.at[i].end -= end;
    return TS_OK;
}

static enum ts_code mark(struct ts_acks *a)
{
    if (a->line == a->marked_line) return TS_OK;
    struct ts_ack_mark *m = ts_vec_push(&a->marks);
    if (!m) return ts_run_memory(a->session->run);
    *m = (struct ts_ack_mark){ts_store_ticket(a->session->store), a->line, ts_engine_record(a->session->engine),
                              a->text.len};
    a->marked_line = a->line;
    return TS_OK;
}

enum ts_code ts_acks_line(struct ts_acks *a, uint64_t count, uint64_t line, const struct ts_result *r, int64_t now)
{
    struct ts_run *run = a->session->run;
    a->line = count;
    if (a->results) {
        struct ts_doc d = {false};
        if (!ts_doc_write(&d, ts_result_json(&d, a->session->engine, line, r), &a->text)) return ts_run_memory(run);
    }
    if (count - a->marked_line < TS_ACK_LINES && now - a->marked_at < TS_ACK_MS) return TS_OK;
    enum ts_code code = mark(a);
    a->marked_at = now;
    if (code == TS_OK && a->marks.len >= MARKS_WAITING_MAX)
        code = ts_store_wait(a->session->store, a->marks.at[0].ticket, &run->error);
    return code == TS_OK ? emit(a, ts_store_durable(a->session->store)) : code;
}

enum ts_code ts_acks_flush(struct ts_acks *a)
{
    if (!ts_acks_wanted(a)) return TS_OK;
    enum ts_code code = mark(a);
    if (code != TS_OK || a->marks.len == 0) return code;
    uint64_t ticket = a->marks.at[a->marks.len - 1].ticket;
    code = ts_store_wait(a->session->store, ticket, &a->session->run->error);
    return code == TS_OK ? emit(a, ticket) : code;
}

enum ts_code ts_acks_close(struct ts_acks *a, enum ts_code code)
{
    bool ok = true;
    if (a->own_ack) ok &= fclose(a->ack) == 0;
    if (a->own_results) ok &= fclose(a->results) == 0;
    ts_buf_release(&a->text);
    ts_vec_release(&a->marks);
    a->ack = a->results = NULL;
    a->own_ack = a->own_results = false;
    return code == TS_OK && !ok ? write_failed(a) : code;
}
