/* SPDX-License-Identifier: Apache-2.0 */
/* tessera journal: the records as they stand, with payload and outcome. */
#include <inttypes.h>

#include "command/effects.h"
#include "command/session.h"
#include "command/table.h"

#define LIMIT_TEXT 50

struct journal {
    struct ts_run *run;
    struct ts_session *session;
    uint64_t limit, n, next; /* limit 0: all */
    struct ts_list list;
    struct ts_table table;
    struct ts_json json;
    uint64_t version_of; /* the activation whose version is kept; UINT64_MAX: none yet */
    char version[80];
    enum ts_code code;
};

/* The version that an activation record put in force. */
static enum ts_code version_of(struct journal *j, uint64_t rules)
{
    struct ts_error *err = &j->run->error;
    if (j->version_of == rules) return TS_OK;
    if (rules == 0) {
        struct ts_rules *builtin;
        enum ts_code code = ts_rules_default(NULL, &builtin, err);
        if (code != TS_OK) return code;
        snprintf(j->version, sizeof j->version, TS_STR_FMT, TS_STR_ARG(ts_rules_program(builtin)->version));
        ts_rules_free(builtin);
    } else {
        struct ts_sources sources;
        enum ts_code code = ts_store_sources(j->session->store, rules, &sources, err);
        if (code != TS_OK) return code;
        ts_sources_version(&sources, j->version);
        ts_sources_release(&sources);
    }
    j->version_of = rules;
    return TS_OK;
}

static void payload_json(struct journal *j, struct ts_doc *d, cJSON *o, const struct ts_row *row)
{
    bool is_json = row->payload.len && ts_json_parse(&j->json, row->payload.ptr, row->payload.len, false) == TS_OK;
    if (is_json)
        ts_doc_raw(d, o, "payload", row->payload);
    else if (row->payload.len && ts_utf8_valid(row->payload.ptr, row->payload.len))
        ts_doc_str(d, o, "payload", row->payload);
    else
        ts_doc_null(d, o, "payload");
}

static enum ts_code row_json(struct journal *j, const struct ts_row *row, const struct ts_outcome *outcome)
{
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    char digest[20];
    snprintf(digest, sizeof digest, "%016" PRIx64, row->digest);
    ts_doc_uint(&d, o, "record", row->record);
    ts_doc_time(&d, o, "time", row->time);
    ts_doc_time(&d, o, "received_at", row->received_at);
    ts_doc_text(&d, o, "kind", ts_record_kind_name((enum ts_record_kind)row->kind));
    ts_doc_text(&d, o, "version", j->version);
    ts_doc_member(&d, o, "member", outcome->member);
    ts_doc_text(&d, o, "digest", digest);
    ts_doc_text(&d, o, "outcome", ts_outcome_name(outcome->status));
    ts_effects_json(&d, o, "effects", j->session->engine, row->outcome, NULL, NULL);
    payload_json(j, &d, o, row);
    return ts_list_add(j->run, &j->list, &d, o);
}

static void row_text(struct journal *j, const struct ts_row *row, const struct ts_outcome *outcome)
{
    struct ts_outcome o = *outcome;
    struct ts_effect e;
    struct ts_buf said;
    char at[32], member[32] = "";
    ts_buf_init(&said, 4096);
    while (said.len < 300 && ts_outcome_next(&o, &e)) {
        if (!ts_effect_is_shown(&e) && e.op != TS_FX_ERROR) continue;
        if (said.len) ts_buf_adds(&said, "; ");
        ts_effect_say(j->session->engine, &e, &said);
    }
    if (outcome->member) snprintf(member, sizeof member, "m%" PRIu64, outcome->member);
    ts_table_cellf(&j->table, "%" PRIu64, row->record);
    ts_table_cell(&j->table, ts_cstr(ts_text_time(ts_session_program(j->session)->zone, row->time, at)));
    ts_table_cell(&j->table, ts_row_title(row, &j->json));
    ts_table_cell(&j->table, ts_cstr(member));
    ts_table_cell(&j->table, ts_cstr(ts_outcome_name(outcome->status)));
    ts_table_cell(&j->table, ts_str((char *)said.data, said.len));
    ts_buf_release(&said);
}

static bool on_row(void *arg, const struct ts_row *row)
{
    struct journal *j = arg;
    struct ts_outcome outcome;
    if (j->limit && j->n == j->limit) {
        j->next = row->record - 1;
        return false;
    }
    if (!ts_outcome_open(&outcome, (const uint8_t *)row->outcome.ptr, row->outcome.len))
        memset(&outcome, 0, sizeof outcome);
    if (j->run->json) {
        j->code = version_of(j, row->rules);
        if (j->code == TS_OK) j->code = row_json(j, row, &outcome);
    } else {
        row_text(j, row, &outcome);
    }
    j->n++;
    return j->code == TS_OK;
}

static enum ts_code print_text(struct journal *j)
{
    enum ts_code code = ts_table_print(&j->table, j->run, 0);
    if (j->next) fprintf(j->run->out, "\nmore: --from %" PRIu64 "\n", j->next + 1);
    return code == TS_OK ? ts_run_flush(j->run) : code;
}

static enum ts_code list_rows(struct journal *j, uint64_t from)
{
    static const struct ts_column columns[] = {{"record", true, 0, TS_DIM},     {"time", false, 0, TS_DIM},
                                               {"what", false, 30, TS_BOLD},    {"member", true, 0, TS_PLAIN},
                                               {"outcome", false, 0, TS_PLAIN}, {"effects", false, 110, TS_PLAIN}};
    enum ts_code code = j->run->json ? ts_list_open(j->run, &j->list) : TS_OK;
    ts_table_init(&j->table, columns, TS_ARRAY_LEN(columns));
    ts_json_init(&j->json);
    if (code == TS_OK) code = ts_store_rows(j->session->store, from, UINT64_MAX >> 1, on_row, j, &j->run->error);
    if (code == TS_OK) code = j->code;
    if (code == TS_OK) code = j->run->json ? ts_list_finish(j->run, &j->list, j->next) : print_text(j);
    ts_list_release(&j->list);
    ts_table_release(&j->table);
    ts_json_release(&j->json);
    return code;
}

enum ts_code ts_cmd_journal(struct ts_run *run)
{
    struct ts_session s;
    struct journal j = {.run = run, .session = &s, .limit = run->json ? 0 : LIMIT_TEXT, .version_of = UINT64_MAX};
    uint64_t from = 1, after = 0;
    enum ts_code code = ts_args_u64(run, "from", &from);
    if (code == TS_OK) code = ts_args_u64(run, "after", &after);
    if (code == TS_OK) code = ts_args_u64(run, "limit", &j.limit);
    if (code == TS_OK) code = ts_session_open(run, TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    if (after >= from) from = after + 1;
    return ts_session_close(&s, list_rows(&j, from ? from : 1));
}
