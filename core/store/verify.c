/* SPDX-License-Identifier: Apache-2.0 */
/* `verify`: opening the folder, the list of invariants, the report, and acknowledgements. */
#include "store/verify.h"

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

#include "base/json.h"

static const struct {
    const char *id, *what;
} invariants[V_COUNT] = {
    [V_I1] = {"I1", "entries of each transaction sum to zero per currency"},
    [V_I2] = {"I2", "every balance is the sum of its entries"},
    [V_I3] = {"I3", "available is never below zero, debt never above"},
    [V_I4] = {"I4", "lots add up to the balances"},
    [V_I5] = {"I5", "a lot's remains are within it, and earliest expiry was spent first"},
    [V_I6] = {"I6", "one command key, one outcome"},
    [V_I8] = {"I8", "the ledger's chain of hashes is whole"},
    [V_I9] = {"I9", "what was acknowledged is there"},
    [V_I10] = {"I10", "record numbers have no gap and time does not fall"},
    [V_I11] = {"I11", "an order that was taken back keeps what is left of it, and all of it nothing"},
    [V_I12] = {"I12", "no lot expires later than when it was made, but for extensions that name their rule"},
    [V_I13] = {"I13", "an identifier belongs to one member, an alias is one step away"},
    [V_I14] = {"I14", "the state rebuilt from the journal is the stored one, byte for byte"},
    [V_I15] = {"I15", "no message id is taken as new twice"},
    [V_I16] = {"I16", "caps hold"},
    [V_REPLAY] = {"replay", "the rules, run again, decide the same"},
};

/* ---- the report ---- */

void verify_checked(struct verify *v, enum verify_id id, uint64_t n) { v->out->at[id].checked += n; }

struct ts_violation *verify_broken(struct verify *v, enum verify_id id, const char *where, ...)
{
    struct ts_invariant *in = &v->out->at[id];
    v->out->ok = false;
    const uint64_t n = in->violations++;
    if (n >= TS_ARRAY_LEN(in->first)) return NULL;
    struct ts_violation *x = &in->first[n];
    memset(x, 0, sizeof *x);
    va_list args;
    va_start(args, where);
    vsnprintf(x->where, sizeof x->where, where, args);
    va_end(args);
    return x;
}

void verify_say(struct ts_violation *x, const char *expected, const char *found)
{
    if (!x) return;
    snprintf(x->expected, sizeof x->expected, "%.199s", expected);
    snprintf(x->found, sizeof x->found, "%.199s", found);
}

void verify_say_numbers(struct ts_violation *x, int64_t expected, int64_t found)
{
    if (!x) return;
    snprintf(x->expected, sizeof x->expected, "%lld", (long long)expected);
    snprintf(x->found, sizeof x->found, "%lld", (long long)found);
}

/* ---- the host of the rebuilt engine: cold keys stay in memory, all else is nothing ---- */

static int cold_get(void *arg, struct ts_str key, struct ts_buf *ret)
{
    struct verify *v = arg;
    return store_cold_get(&v->cold, key, ret);
}
static bool cold_put(void *arg, struct ts_str key, struct ts_str value)
{
    struct verify *v = arg;
    return store_cold_put(&v->cold, key, value);
}
static uint64_t seen_find(void *arg, struct ts_str id)
{
    TS_UNUSED(arg);
    TS_UNUSED(id);
    return 0;
}
static bool seen_add(void *arg, struct ts_str id, uint64_t record)
{
    TS_UNUSED(arg);
    TS_UNUSED(id);
    TS_UNUSED(record);
    return true;
}
static bool no_row(void *arg, const struct ts_row *row)
{
    TS_UNUSED(arg);
    TS_UNUSED(row);
    return true;
}
static bool no_quarantine(void *arg, const struct ts_quarantined *q)
{
    TS_UNUSED(arg);
    TS_UNUSED(q);
    return true;
}
static bool no_error(void *arg, const struct ts_rule_error *e)
{
    TS_UNUSED(arg);
    TS_UNUSED(e);
    return true;
}

struct ts_host verify_host(struct verify *v)
{
    return (struct ts_host){v, cold_get, cold_put, seen_find, seen_add, no_row, no_quarantine, no_error};
}

/* ---- opening ---- */

static enum ts_code pin(sqlite3 *db, struct ts_error *err)
{
    uint64_t ignored;
    enum ts_code code = store_db_exec(db, "BEGIN", err);
    return code == TS_OK ? store_db_number(db, "SELECT count(*) FROM sqlite_schema", &ignored, err) : code;
}

/* A state.db that cannot be used is itself a finding; none at all is not, the journal has everything. */
static enum ts_code open_state(struct verify *v, const char *path)
{
    if (access(path, F_OK) != 0) return TS_OK;
    struct ts_error why = {0};
    enum ts_code code = store_db_open(path, STORE_DB_READER, &v->state, &why);
    if (code == TS_OK) code = pin(v->state, &why);
    if (code == TS_OK) code = store_schema_check(v->state, "state.db", &why);
    if (code == TS_OK) code = store_meta_number(v->state, "watermark", &v->watermark, &why);
    if (code == TS_OK) return TS_OK;
    if (code == TS_E_NEWER || code == TS_E_MEMORY) {
        if (v->err) *v->err = why;
        return code;
    }
    verify_say(verify_broken(v, V_I14, "state.db"), "a database of Tessera", why.text);
    store_db_close(v->state);
    v->state = NULL;
    v->watermark = 0;
    return TS_OK;
}

static enum ts_code judge_state(struct verify *v)
{
    bool same = false;
    if (!v->state) return TS_OK;
    enum ts_code code = store_schema_same(v->state, &v->identity, &same, v->err);
    if (code != TS_OK) return code;
    if (!same) verify_say(verify_broken(v, V_I14, "state.db"), "the state of this journal", "that of another");
    if (v->watermark > v->end)
        verify_say_numbers(verify_broken(v, V_I14, "state.db, watermark"), (int64_t)v->end, (int64_t)v->watermark);
    uint64_t engine = 0;
    code = store_meta_number(v->state, "engine", &engine, v->err);
    if (code != TS_OK) return code;
    if (same && v->watermark <= v->end && v->watermark > 0 && engine == TS_ENGINE_NUMBER) return TS_OK;
    store_db_close(v->state); /* of another journal or engine, or before its first checkpoint: nothing to compare */
    v->state = NULL;
    v->watermark = 0;
    return TS_OK;
}

/* SQLite's own look at the pages of a file. */
static enum ts_code check_pages(struct verify *v, sqlite3 *db, const char *name)
{
    if (!db) return TS_OK;
    sqlite3_stmt *q = NULL;
    bool found = false;
    struct ts_error why = {0};
    enum ts_code code = store_db_prepare(db, "PRAGMA quick_check(10)", &q, &why);
    while (code == TS_OK && (code = store_db_step(q, &found, &why)) == TS_OK && found) {
        const char *text = (const char *)sqlite3_column_text(q, 0);
        verify_checked(v, V_I14, 1);
        if (text && strcmp(text, "ok") != 0) verify_say(verify_broken(v, V_I14, "%s", name), "sound pages", text);
    }
    if (code != TS_OK) verify_say(verify_broken(v, V_I14, "%s", name), "sound pages", why.text);
    sqlite3_finalize(q);
    return code == TS_E_MEMORY ? code : TS_OK;
}

static enum ts_code open_all(struct verify *v, const char *dir)
{
    char *journal = NULL, *state = NULL;
    enum ts_code code = store_path(dir, "journal.db", &journal, v->err);
    if (code == TS_OK) code = store_path(dir, "state.db", &state, v->err);
    if (code == TS_OK && access(journal, F_OK) != 0)
        code = ts_fail(v->err, TS_E_NOT_FOUND, "there is no data folder at %s", dir);
    if (code == TS_OK) code = open_state(v, state);
    if (code == TS_OK) code = store_db_open(journal, STORE_DB_READER, &v->journal, v->err);
    if (code == TS_OK) code = pin(v->journal, v->err);
    if (code == TS_OK) code = store_schema_check(v->journal, "journal.db", v->err);
    if (code == TS_OK) code = store_schema_identity(v->journal, &v->identity, v->err);
    if (code == TS_OK) code = store_schema_older(v->journal, &v->older, v->err);
    if (code == TS_OK) code = store_db_number(v->journal, "SELECT max(record) FROM journal", &v->end, v->err);
    if (code == TS_OK) code = judge_state(v);
    if (code == TS_OK) code = check_pages(v, v->journal, "journal.db");
    if (code == TS_OK) code = check_pages(v, v->state, "state.db");
    ts_free(journal);
    ts_free(state);
    return code;
}

/* ---- I9: a file of acknowledgements ---- */

static void check_ack(struct verify *v, struct ts_json *json, const char *line, size_t len, uint64_t number)
{
    if (ts_json_parse(json, line, len, true) != TS_OK) {
        /* The process may have died while it wrote its last line: that one acknowledged nothing. */
        return;
    }
    int64_t record = 0;
    const struct ts_json_node *node = ts_json_get(json, ts_json_root(json), TS_STR("record"));
    if (!node || ts_json_integer(node, &record) != TS_OK || record <= 0) return;
    verify_checked(v, V_I9, 1);
    if ((uint64_t)record <= v->end) return;
    struct ts_violation *x = verify_broken(v, V_I9, "acknowledged record %lld (line %llu of the file)",
                                           (long long)record, (unsigned long long)number);
    verify_say(x, "present", "missing");
}

static enum ts_code check_acks(struct verify *v, const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return errno == ENOENT ? ts_fail(v->err, TS_E_NOT_FOUND, "there is no file %s", path)
                               : store_fail_errno("opening", path, v->err);
    struct ts_json json;
    ts_json_init(&json);
    char line[4096]; /* ours are some thirty bytes */
    uint64_t number = 0;
    while (fgets(line, sizeof line, f)) {
        const size_t n = strlen(line);
        number++;
        if (n > 0 && line[n - 1] == '\n') check_ack(v, &json, line, n - 1, number);
    }
    const bool bad = ferror(f);
    ts_json_release(&json);
    fclose(f);
    return bad ? store_fail_errno("reading", path, v->err) : TS_OK;
}

/* ---- all of it ---- */

static enum ts_code check_all(struct verify *v, bool replay, const struct ts_sources *instead, const char *acks)
{
    enum ts_code code = verify_walk(v);
    if (code == TS_OK && acks) code = check_acks(v, acks);
    if (code == TS_OK && replay) code = verify_replay(v, instead);
    return code;
}

static void begin(struct verify *v, struct ts_verify *out, bool replay)
{
    memset(out, 0, sizeof *out);
    out->ok = true;
    out->n = replay ? V_COUNT : V_REPLAY;
    for (uint32_t i = 0; i < out->n; i++) {
        out->at[i].id = invariants[i].id;
        out->at[i].what = invariants[i].what;
    }
    v->out = out;
    store_map_init(&v->balances, 4);
    store_map_init(&v->lots.first, 1);
    store_map_init(&v->keys, 1);
    store_map_init(&v->ids, 1);
    store_map_init(&v->caps, 1);
    store_map_init(&v->claws, 3);
    ts_json_init(&v->json);
    v->time = v->received_at = INT64_MIN;
}

static void end(struct verify *v)
{
    store_ledger_close(&v->ledger);
    if (v->engine) ts_engine_free(v->engine);
    store_cold_close(&v->cold);
    store_db_close(v->journal);
    store_db_close(v->state);
    ts_free(v->stored);
    ts_free(v->made);
    verify_lots_release(v);
    store_map_release(&v->balances);
    store_map_release(&v->keys);
    store_map_release(&v->ids);
    store_map_release(&v->caps);
    store_map_release(&v->claws);
    ts_json_release(&v->json);
}

enum ts_code ts_store_verify(const char *dir, bool replay, const struct ts_sources *instead, const char *acks_file,
                             struct ts_verify *ret, struct ts_error *err)
{
    if (sodium_init() < 0) return ts_fail(err, TS_E_INTERNAL, "libsodium does not start");
    struct verify *v = ts_calloc(1, sizeof *v);
    if (!v) return ts_fail(err, TS_E_MEMORY, "out of memory");
    v->err = err;
    begin(v, ret, replay);
    enum ts_code code = open_all(v, dir);
    if (code == TS_OK) {
        store_cold_init(&v->cold, v->identity.key);
        code = check_all(v, replay, instead, acks_file);
    }
    if (code == TS_OK && v->memory) code = ts_fail(err, TS_E_MEMORY, "out of memory while checking");
    ret->records = v->end;
    ret->watermark = v->watermark;
    end(v);
    ts_free(v);
    return code;
}
