/* SPDX-License-Identifier: Apache-2.0 */
/* tessera rules: the rule sets that were put in force, newest first, and which files each one changed. They are found by hopping from one
 * activation to the one before it. */
#include <inttypes.h>

#include "command/out.h"
#include "command/session.h"
#include "command/table.h"
#include "command/words.h"

struct activation {
    uint64_t record, before; /* before: the activation in force until then, 0: the built-in program */
    ts_ms at;
    struct ts_sources sources;
    char version[80];
};

struct look {
    ts_ms at;
    uint64_t rules;
};

static bool on_row(void *arg, const struct ts_row *row)
{
    struct look *l = arg;
    l->at = row->received_at; /* the engine's clock may follow history */
    l->rules = row->rules;
    return false;
}

static enum ts_code activation_read(struct ts_session *s, uint64_t record, struct activation *ret)
{
    struct ts_error *err = &s->run->error;
    struct look here = {0}, before = {0};
    memset(ret, 0, sizeof *ret);
    enum ts_code code = ts_store_rows(s->store, record, record, on_row, &here, err);
    if (code == TS_OK && record > 1) code = ts_store_rows(s->store, record - 1, record - 1, on_row, &before, err);
    if (code == TS_OK) code = ts_store_sources(s->store, record, &ret->sources, err);
    if (code != TS_OK) return code;
    ret->record = record;
    ret->at = here.at;
    ret->before = before.rules;
    ts_sources_version(&ret->sources, ret->version);
    return TS_OK;
}

static const struct ts_source *source_of(const struct ts_sources *s, struct ts_str path)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (ts_str_eq(s->at[i].path, path)) return &s->at[i];
    return NULL;
}

/* How files differ from the version before. */
static void changes_json(struct ts_doc *d, cJSON *o, const struct ts_sources *now, const struct ts_sources *before)
{
    cJSON *changes = ts_doc_object(d, o, "changes"), *added = ts_doc_array(d, changes, "added");
    cJSON *removed = ts_doc_array(d, changes, "removed"), *changed = ts_doc_array(d, changes, "changed");
    for (uint32_t i = 0; i < now->n; i++) {
        const struct ts_source *old = source_of(before, now->at[i].path);
        if (!old)
            ts_doc_str(d, added, NULL, now->at[i].path);
        else if (!ts_str_eq(old->text, now->at[i].text))
            ts_doc_str(d, changed, NULL, now->at[i].path);
    }
    for (uint32_t i = 0; i < before->n; i++)
        if (!source_of(now, before->at[i].path)) ts_doc_str(d, removed, NULL, before->at[i].path);
}

static void item_json(struct ts_doc *d, cJSON *o, const struct activation *a, const struct activation *before,
                      bool active)
{
    ts_doc_text(d, o, "version", a->version);
    ts_doc_bool(d, o, "active", active);
    ts_doc_time(d, o, "activated_at", a->at);
    ts_doc_uint(d, o, "record", a->record);
    ts_doc_text(d, o, "by", "command line");
    ts_doc_text(d, o, "result", active ? "active" : "superseded");
    ts_doc_array(d, o, "problems");
    changes_json(d, o, &a->sources, &before->sources);
    ts_doc_object(d, o, "filling");
}

static enum ts_code list(struct ts_session *s)
{
    static const struct ts_column columns[] = {{"version", false, 0, TS_BOLD},
                                               {"in force since", false, 0, TS_PLAIN},
                                               {"record", true, 0, TS_DIM},
                                               {"files", true, 0, TS_PLAIN},
                                               {"", false, 0, TS_GREEN}};
    struct ts_run *run = s->run;
    struct activation a, before;
    struct ts_list items;
    struct ts_table t;
    uint64_t active = ts_engine_rules_record(s->engine), record = active;
    enum ts_code code = ts_list_open(run, &items);
    if (code != TS_OK) return code;
    ts_table_init(&t, columns, TS_ARRAY_LEN(columns));
    memset(&a, 0, sizeof a);
    if (record) code = activation_read(s, record, &a);
    while (code == TS_OK && record) {
        char at[32];
        memset(&before, 0, sizeof before);
        if (a.before) code = activation_read(s, a.before, &before);
        if (code != TS_OK) break;
        struct ts_doc d = {false};
        cJSON *o = ts_doc_object(&d, NULL, NULL);
        item_json(&d, o, &a, &before, record == active);
        code = ts_list_add(run, &items, &d, o);
        ts_table_cellf(&t, "%.19s", a.version);
        ts_table_cell(&t, ts_cstr(ts_text_time(ts_session_program(s)->zone, a.at, at)));
        ts_table_cellf(&t, "#%" PRIu64, record);
        ts_table_count(&t, a.sources.n);
        ts_table_cell(&t, record == active ? TS_STR("active") : TS_STR(""));
        ts_sources_release(&a.sources);
        record = a.before;
        a = before;
    }
    if (a.record) ts_sources_release(&a.sources);
    if (code == TS_OK && run->json) code = ts_list_finish(run, &items, 0);
    if (code == TS_OK && !run->json && !active)
        fputs("No rule set was put in force yet: the built-in program is.\n", run->out);
    if (code == TS_OK && !run->json && active) code = ts_table_print(&t, run, 0);
    ts_list_release(&items);
    ts_table_release(&t);
    return code;
}

enum ts_code ts_cmd_rules(struct ts_run *run)
{
    struct ts_session s;
    if (run->args.n_words && strcmp(run->args.words[0], "words") == 0) return ts_cmd_words(run);
    if (run->args.n_words && strcmp(run->args.words[0], "explain") == 0) return ts_cmd_explain(run);
    if (run->args.n_words && strcmp(run->args.words[0], "list") != 0) {
        ts_fail(&run->error, TS_E_USAGE, "rules %s: unknown word", run->args.words[0]);
        ts_error_hint(&run->error, "it is `tessera rules list`, `rules explain FILE` or `rules words`; a rule set is "
                                   "put in force by --rules DIR");
        return TS_E_USAGE;
    }
    enum ts_code code = ts_session_open(run, TS_STORE_READ, &s);
    return code == TS_OK ? ts_session_close(&s, list(&s)) : code;
}
