/* SPDX-License-Identifier: Apache-2.0 */
/* tessera verify: is the data folder sound? Every invariant with how much was checked, and where it is broken. */
#include <inttypes.h>

#include "command/out.h"
#include "command/statehash.h"
#include "command/table.h"

static enum ts_code print_json(struct ts_run *run, const struct ts_verify *v, const char *hash)
{
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_bool(&d, o, "ok", v->ok);
    ts_doc_uint(&d, o, "records", v->records);
    ts_doc_uint(&d, o, "watermark", v->watermark);
    ts_doc_text(&d, o, "state_sha256", hash);
    ts_doc_text(&d, o, "ledger_head", v->ledger_head);
    cJSON *list = ts_doc_array(&d, o, "invariants");
    for (uint32_t i = 0; i < v->n; i++) {
        const struct ts_invariant *in = &v->at[i];
        cJSON *item = ts_doc_object(&d, list, NULL);
        ts_doc_text(&d, item, "id", in->id);
        ts_doc_bool(&d, item, "ok", in->violations == 0);
        ts_doc_uint(&d, item, "checked", in->checked);
        ts_doc_text(&d, item, "what", in->what);
        ts_doc_uint(&d, item, "violated", in->violations);
        cJSON *violations = ts_doc_array(&d, item, "violations");
        for (uint64_t k = 0; k < in->violations && k < TS_ARRAY_LEN(in->first); k++) {
            cJSON *one = ts_doc_object(&d, violations, NULL);
            ts_doc_text(&d, one, "where", in->first[k].where);
            ts_doc_text(&d, one, "expected", in->first[k].expected);
            ts_doc_text(&d, one, "found", in->first[k].found);
        }
    }
    return ts_doc_print(run, &d, o);
}

static void print_violations(struct ts_run *run, const struct ts_invariant *in)
{
    for (uint64_t k = 0; k < in->violations && k < TS_ARRAY_LEN(in->first); k++)
        fprintf(run->out, "  %s%s%s %s: expected %s, found %s\n", ts_paint(&run->style, TS_RED), in->id,
                ts_paint_end(&run->style), in->first[k].where, in->first[k].expected, in->first[k].found);
    if (in->violations > TS_ARRAY_LEN(in->first))
        fprintf(run->out, "  %s and %" PRIu64 " more\n", in->id, in->violations - TS_ARRAY_LEN(in->first));
}

static enum ts_code print_text(struct ts_run *run, const struct ts_verify *v, const char *hash)
{
    static const struct ts_column columns[] = {
        {"", false, 0, TS_BOLD}, {"", false, 0, TS_PLAIN}, {"checked", true, 0, TS_DIM}, {"", false, 90, TS_PLAIN}};
    struct ts_table t;
    char records[32];
    ts_table_init(&t, columns, TS_ARRAY_LEN(columns));
    for (uint32_t i = 0; i < v->n; i++) {
        ts_table_cell(&t, ts_cstr(v->at[i].id));
        ts_table_cell(&t, ts_cstr(v->at[i].violations ? "BROKEN" : "ok"));
        ts_table_count(&t, (int64_t)v->at[i].checked);
        ts_table_cell(&t, ts_cstr(v->at[i].what));
    }
    enum ts_code code = ts_table_print(&t, run, 2);
    ts_table_release(&t);
    if (code != TS_OK) return code;
    fputc('\n', run->out);
    for (uint32_t i = 0; i < v->n; i++)
        print_violations(run, &v->at[i]);
    fprintf(run->out, "%s%s%s: %s records\n  state   %s\n  ledger  %s\n",
            ts_paint(&run->style, v->ok ? TS_GREEN : TS_RED), v->ok ? "sound" : "NOT SOUND", ts_paint_end(&run->style),
            ts_text_count((int64_t)v->records, records), hash, v->ledger_head);
    return ts_run_flush(run);
}

enum ts_code ts_cmd_verify(struct ts_run *run)
{
    struct ts_verify *v = ts_calloc(1, sizeof *v);
    struct ts_sources instead;
    struct ts_session s;
    char hash[65];
    bool replay = ts_args_has(run, "replay"), other = replay && ts_args_has(run, "rules");
    if (!v) return ts_run_memory(run);
    memset(&instead, 0, sizeof instead);
    enum ts_code code = other ? ts_sources_read(run->rules, &instead, &run->error) : TS_OK;
    if (code == TS_OK)
        code = ts_store_verify(run->db, replay, other ? &instead : NULL, ts_args_get(run, "acks"), v, &run->error);
    if (code == TS_OK) code = ts_session_open(run, TS_STORE_READ, &s);
    if (code == TS_OK) code = ts_session_close(&s, ts_state_hash(&s, hash));
    if (code == TS_OK) code = run->json ? print_json(run, v, hash) : print_text(run, v, hash);
    if (code == TS_OK && !v->ok) run->exit = 1;
    if (other) ts_sources_release(&instead);
    ts_free(v);
    return code;
}
