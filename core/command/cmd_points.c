/* SPDX-License-Identifier: Apache-2.0 */
/* tessera tick, redeem, adjust: one command line of the journal each, written as the NDJSON that ingest would take. */
#include <inttypes.h>

#include "command/order.h"
#include "command/results.h"
#include "command/table.h"

void ts_order_text(struct ts_buf *b, const char *key, const char *value)
{
    ts_buf_addf(b, ",\"%s\":", key);
    ts_buf_json(b, ts_cstr(value));
}

enum ts_code ts_order_utf8(struct ts_run *run, const char *name, const char *value)
{
    if (ts_utf8_valid(value, strlen(value))) return TS_OK;
    return ts_fail(&run->error, TS_E_USAGE, "%s is not valid UTF-8", name);
}

/* The command happens where the history stands, at --at TIME, or with --clock wall now. */
static enum ts_code read_clock(struct ts_order *o)
{
    static const char *const clocks[] = {"event", "wall", NULL};
    unsigned clock = 0;
    o->at = TS_NEVER;
    enum ts_code code = ts_args_choice(o->run, "clock", clocks, &clock);
    if (code == TS_OK) code = ts_args_time(o->run, "at", &o->at);
    o->live = clock == 1 && o->at == TS_NEVER;
    return code;
}

static enum ts_code build_points(struct ts_order *o, const char *type)
{
    const char *points, *amount_text, *key, *reason = ts_args_get(o->run, "reason"), *who = o->run->args.words[0];
    int64_t amount = 0;
    enum ts_code code = ts_args_need(o->run, "points", &points);
    if (code == TS_OK) code = ts_args_need(o->run, "amount", &amount_text);
    if (code == TS_OK) code = ts_args_i64(o->run, "amount", &amount);
    if (code == TS_OK) code = ts_args_need(o->run, "key", &key);
    if (code == TS_OK && strcmp(type, "adjust") == 0) code = ts_args_need(o->run, "reason", &reason);
    if (code == TS_OK) code = ts_order_utf8(o->run, "--points", points);
    if (code == TS_OK) code = ts_order_utf8(o->run, "--key", key);
    if (code == TS_OK) code = ts_order_utf8(o->run, "WHO", who);
    if (code == TS_OK && reason) code = ts_order_utf8(o->run, "--reason", reason);
    if (code != TS_OK) return code;
    ts_order_text(&o->line, "key", key);
    ts_order_text(&o->line, "member", who);
    ts_order_text(&o->line, "points", points);
    ts_buf_addf(&o->line, ",\"amount\":%" PRId64, amount);
    if (reason) ts_order_text(&o->line, "reason", reason);
    return TS_OK;
}

/* ---- the answer ----------------------------------------------------------------------------------------------------- */

static enum ts_code exit_of(const struct ts_result *r)
{
    if (r->status == TS_RESULT_REFUSED)
        return strcmp(r->refusal, "unknown_member") == 0 ? TS_E_NOT_FOUND : TS_E_REFUSED;
    return r->status == TS_RESULT_QUARANTINED ? TS_E_USAGE : TS_OK;
}

/* The line of --results; when it did not go through, with the error that every failure has. */
static enum ts_code print_json(struct ts_order *o, const struct ts_result *r)
{
    struct ts_doc d = {false};
    cJSON *root = ts_result_json(&d, o->session.engine, 1, r);
    if (exit_of(r) != TS_OK) {
        cJSON *error = ts_doc_object(&d, root, "error");
        ts_doc_text(&d, error, "code", r->status == TS_RESULT_REFUSED ? r->refusal : ts_reason_name(r->fault.reason));
        ts_doc_text(&d, error, "message", r->status == TS_RESULT_REFUSED ? r->message : r->fault.message);
        ts_doc_text(&d, error, "where", r->fault.field);
        ts_doc_text(&d, error, "hint", "");
    }
    return ts_doc_write(&d, root, &o->answer) ? TS_OK : ts_run_memory(o->run);
}

/* What the member has left to spend, from the command's answer. */
static void print_left(struct ts_order *o, const struct ts_result *r)
{
    struct ts_json j;
    char n[32];
    int64_t available;
    if (!r->answer.len) return;
    ts_json_init(&j);
    if (ts_json_parse(&j, r->answer.ptr, r->answer.len, false) == TS_OK &&
        ts_json_integer(ts_json_get(&j, ts_json_root(&j), TS_STR("available")), &available) == TS_OK)
        fprintf(o->run->out, "  m%" PRIu64 " has %s to spend now\n", r->member, ts_text_count(available, n));
    ts_json_release(&j);
}

static enum ts_code print_text(struct ts_order *o, const struct ts_result *r)
{
    struct ts_outcome outcome;
    struct ts_effect e;
    FILE *out = o->run->out;
    if (r->status == TS_RESULT_REFUSED) {
        fprintf(o->run->err, "refused: %s (%s)\n", r->message, r->refusal);
    } else if (r->status == TS_RESULT_QUARANTINED) {
        fprintf(o->run->err, "not taken: %s (%s)\n", r->fault.message, ts_reason_name(r->fault.reason));
    } else {
        if (r->status == TS_RESULT_REPLAYED)
            fputs("done before with this key\n", out);
        else
            fprintf(out, "done, record %" PRIu64 "\n", r->record);
        bool open = r->outcome.len && ts_outcome_open(&outcome, (const uint8_t *)r->outcome.ptr, r->outcome.len);
        for (unsigned shown = 0; open && shown < 20 && ts_outcome_next(&outcome, &e);) {
            if (!ts_effect_is_shown(&e)) continue;
            struct ts_buf text;
            ts_buf_init(&text, 4096);
            ts_effect_say(o->session.engine, &e, &text);
            fprintf(out, "  %s\n", ts_buf_cstr(&text));
            ts_buf_release(&text);
            shown++;
        }
        print_left(o, r);
    }
    return ts_run_flush(o->run);
}

/* Submit the line, make it durable, answer. The result borrows from the engine, so the answer is written before due work goes on. */
static enum ts_code submit(struct ts_order *o)
{
    struct ts_run *run = o->run;
    struct ts_result r;
    struct ts_input in = {
        .file = TS_STR("command line"), .number = 1, .mapping = TS_STR(""), .arrival = ts_wall_ms(), .live = o->live};
    char time[32];
    if (o->at == TS_NEVER)
        o->at = o->live || !ts_engine_clock(o->session.engine) ? in.arrival : ts_engine_clock(o->session.engine);
    ts_buf_addf(&o->line, ",\"timestamp\":\"%s\"}", ts_time_format(o->at, time));
    if (o->line.failed) return ts_run_memory(run);
    in.line = ts_str((char *)o->line.data, o->line.len);
    /* Two equal command lines mean two commands unless their key says otherwise. */
    in.equal_before = ts_engine_record(o->session.engine);
    enum ts_code code = ts_engine_submit(o->session.engine, &in, &r, &run->error);
    if (code == TS_OK) code = ts_store_wait(o->session.store, ts_store_ticket(o->session.store), &run->error);
    if (code != TS_OK) return code;
    run->exit = ts_code_exit(exit_of(&r));
    if (run->exit == 0 && r.rule_errors) run->exit = 1;
    code = run->json ? print_json(o, &r) : print_text(o, &r);
    return code == TS_OK ? ts_session_settle(&o->session) : code;
}

static enum ts_code send(struct ts_order *o)
{
    enum ts_code code = ts_session_open(o->run, TS_STORE_WRITE, &o->session);
    if (code == TS_OK) code = ts_session_close(&o->session, submit(o));
    if (code == TS_OK && o->answer.len) fwrite(o->answer.data, 1, o->answer.len, o->run->out);
    ts_buf_release(&o->line);
    ts_buf_release(&o->answer);
    return code == TS_OK ? ts_run_flush(o->run) : code;
}

enum ts_code ts_order_command(struct ts_run *run, const char *type, ts_order_build_fn build)
{
    struct ts_order o = {.run = run};
    ts_buf_init(&o.line, 0);
    ts_buf_init(&o.answer, 0);
    enum ts_code code = read_clock(&o);
    ts_buf_addf(&o.line, "{\"type\":\"%s\"", type);
    if (code == TS_OK) code = build(&o, type);
    if (code == TS_OK) return send(&o);
    ts_buf_release(&o.line);
    return code;
}

enum ts_code ts_cmd_redeem(struct ts_run *run) { return ts_order_command(run, "redeem", build_points); }
enum ts_code ts_cmd_adjust(struct ts_run *run) { return ts_order_command(run, "adjust", build_points); }

enum ts_code ts_cmd_tick(struct ts_run *run)
{
    struct ts_order o = {.run = run, .live = false};
    const char *to;
    enum ts_code code = ts_args_need(run, "to", &to);
    if (code == TS_OK) code = ts_args_time(run, "to", &o.at);
    if (code != TS_OK) return code;
    ts_buf_init(&o.line, 0);
    ts_buf_init(&o.answer, 0);
    ts_buf_adds(&o.line, "{\"type\":\"tick\"");
    return send(&o);
}
