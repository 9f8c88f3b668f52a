/* SPDX-License-Identifier: Apache-2.0 */
/* The table for people `credit`: to whom events were credited. It is read from the outcomes in the journal while the statement runs: credits
 * change no state, so nothing else keeps them. */
#include "store/credits.h"

const char store_credit_columns[] =
    "record INTEGER, at TEXT, member TEXT, attribution TEXT, credited_to TEXT, share REAL,"
    " amount INTEGER, rule TEXT";
enum column { RECORD, AT, MEMBER, ATTRIBUTION, CREDITED_TO, SHARE, AMOUNT, RULE };

struct table {
    sqlite3_vtab base;
    struct ts_store *store;
};
struct cursor {
    sqlite3_vtab_cursor base;
    sqlite3_stmt *rows; /* NULL: over */
    uint64_t record;
    struct ts_outcome outcome; /* of the row in hand; its bytes are the statement's */
    uint64_t member;
    ts_ms at;
    struct ts_effect credit;
    sqlite3_int64 n;
};

static int x_connect(sqlite3 *db, void *arg, int argc, const char *const *argv, sqlite3_vtab **ret, char **error)
{
    TS_UNUSED(argc);
    TS_UNUSED(argv);
    TS_UNUSED(error);
    char sql[300];
    snprintf(sql, sizeof sql, "CREATE TABLE x(%s)", store_credit_columns);
    int rc = sqlite3_declare_vtab(db, sql);
    struct table *t = rc == SQLITE_OK ? sqlite3_malloc(sizeof *t) : NULL;
    if (rc == SQLITE_OK && !t) rc = SQLITE_NOMEM;
    if (rc != SQLITE_OK) return rc;
    *t = (struct table){.store = arg};
    sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    *ret = &t->base;
    return SQLITE_OK;
}

static int x_disconnect(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

/* idxNum 1: the first argument is the one record to look at. */
static int x_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    const struct table *t = (const struct table *)(const void *)base;
    info->estimatedCost = (double)ts_engine_record(t->store->engine) + 100;
    info->estimatedRows = 1000;
    for (int i = 0; i < info->nConstraint; i++) {
        if (!info->aConstraint[i].usable || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ ||
            info->aConstraint[i].iColumn != RECORD)
            continue;
        info->aConstraintUsage[i].argvIndex = 1;
        info->idxNum = 1;
        info->estimatedCost = 10;
        info->estimatedRows = 4;
        break;
    }
    return SQLITE_OK;
}

static int x_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret)
{
    TS_UNUSED(base);
    struct cursor *c = sqlite3_malloc(sizeof *c);
    if (!c) return SQLITE_NOMEM;
    memset(c, 0, sizeof *c);
    *ret = &c->base;
    return SQLITE_OK;
}

static int x_close(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)(void *)base;
    sqlite3_finalize(c->rows);
    sqlite3_free(c);
    return SQLITE_OK;
}

static int fail(struct cursor *c, const struct ts_error *err, enum ts_code code)
{
    sqlite3_free(c->base.pVtab->zErrMsg);
    c->base.pVtab->zErrMsg = sqlite3_mprintf("%s", err->text);
    return code == TS_E_MEMORY ? SQLITE_NOMEM : SQLITE_ERROR;
}

/* On to the next credit, over the rows that have none. */
static int advance(struct cursor *c)
{
    struct ts_error err = {0};
    c->n++;
    while (c->rows) {
        bool found = false;
        while (ts_outcome_next(&c->outcome, &c->credit)) {
            if (c->credit.op == TS_FX_CREDIT) return SQLITE_OK;
            if (c->credit.op == TS_FX_SUBJECT) {
                c->member = c->credit.profile;
                c->at = c->credit.at;
            } else if (c->credit.op == TS_FX_BODY) {
                c->member = c->outcome.member;
                c->at = c->outcome.at;
            }
        }
        enum ts_code code = store_db_step(c->rows, &found, &err);
        if (code != TS_OK) return fail(c, &err, code);
        if (!found) {
            sqlite3_finalize(c->rows);
            c->rows = NULL;
            return SQLITE_OK;
        }
        struct ts_str bytes = store_db_text(c->rows, 1);
        c->record = store_db_u64(c->rows, 0);
        if (!ts_outcome_open(&c->outcome, (const uint8_t *)bytes.ptr, bytes.len))
            memset(&c->outcome, 0, sizeof c->outcome);
        c->member = c->outcome.member;
        c->at = c->outcome.at;
    }
    return SQLITE_OK;
}

/* Without an attribution in any version of the rules the journal need not be looked at. */
static bool any_attribution(const struct ts_names *names)
{
    for (uint32_t i = 1; i <= ts_names_count(names, TS_SPACE_RULE); i++) {
        struct ts_rule_name parts;
        struct ts_str text = ts_names_text(names, TS_SPACE_RULE, i);
        if (ts_rule_name_split(text, &parts) && ts_str_eq(parts.kind, TS_STR("attribution"))) return true;
    }
    return false;
}

static int x_filter(sqlite3_vtab_cursor *base, int index, const char *text, int argc, sqlite3_value **argv)
{
    TS_UNUSED(text);
    struct cursor *c = (struct cursor *)(void *)base;
    struct ts_store *s = ((struct table *)(void *)base->pVtab)->store;
    struct ts_error err = {0};
    uint64_t from = 1, to = ts_engine_record(s->engine);
    sqlite3_finalize(c->rows);
    c->rows = NULL;
    c->n = 0;
    memset(&c->outcome, 0, sizeof c->outcome);
    if (index == 1 && argc == 1) {
        sqlite3_int64 only = sqlite3_value_int64(argv[0]);
        from = only > 0 ? (uint64_t)only : 1;
        if (only <= 0 || from < to) to = only > 0 ? from : 0;
    }
    if (from > to || !any_attribution(ts_engine_names(s->engine))) return SQLITE_OK;
    enum ts_code code = store_flush(s, &err);
    if (code == TS_OK)
        code = store_db_prepare(s->read_journal,
                                "SELECT record, outcome FROM journal WHERE record BETWEEN ? AND ? ORDER BY record",
                                &c->rows, &err);
    if (code != TS_OK) return fail(c, &err, code);
    store_db_bind_u64(c->rows, 1, from);
    store_db_bind_u64(c->rows, 2, to);
    return advance(c);
}

static int x_next(sqlite3_vtab_cursor *base) { return advance((struct cursor *)(void *)base); }
static int x_eof(sqlite3_vtab_cursor *base) { return !((const struct cursor *)(const void *)base)->rows; }

static void give_text(sqlite3_context *ctx, struct ts_str v)
{
    if (v.ptr) sqlite3_result_text64(ctx, v.ptr, v.len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static int x_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int column)
{
    const struct cursor *c = (const struct cursor *)(const void *)base;
    struct ts_engine *e = ((const struct table *)(const void *)base->pVtab)->store->engine;
    const struct ts_names *names = ts_engine_names(e);
    struct ts_rule_name parts = {0};
    char text[40];
    if (column == ATTRIBUTION || column == RULE)
        ts_rule_name_split(ts_names_text(names, TS_SPACE_RULE, c->credit.rule), &parts);
    switch ((enum column)column) {
    case RECORD:
        sqlite3_result_int64(ctx, (sqlite3_int64)c->record);
        break;
    case AT:
        give_text(ctx, ts_cstr(ts_time_format(c->at, text)));
        break;
    case MEMBER:
        snprintf(text, sizeof text, "m%llu", (unsigned long long)ts_members_living(ts_engine_members(e), c->member));
        give_text(ctx, ts_cstr(text));
        break;
    case ATTRIBUTION:
    case RULE: /* as in the other tables: the name of what made it */
        give_text(ctx, parts.name);
        break;
    case CREDITED_TO:
        give_text(ctx, ts_names_text(names, TS_SPACE_BY, c->credit.to));
        break;
    case SHARE:
        sqlite3_result_double(ctx, (double)c->credit.factor[0].digits / (c->credit.factor[0].scale ? 1e6 : 1));
        break;
    case AMOUNT:
        sqlite3_result_int64(ctx, c->credit.amount);
        break;
    }
    return SQLITE_OK;
}

static int x_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
    *ret = ((const struct cursor *)(const void *)base)->n;
    return SQLITE_OK;
}

static const sqlite3_module module = {
    .iVersion = 0, /* no xCreate: the table is there by itself and only so */
    .xConnect = x_connect,
    .xBestIndex = x_best_index,
    .xDisconnect = x_disconnect,
    .xOpen = x_open,
    .xClose = x_close,
    .xFilter = x_filter,
    .xNext = x_next,
    .xEof = x_eof,
    .xColumn = x_column,
    .xRowid = x_rowid,
};

enum ts_code store_credits_register(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_create_module_v2(db, "credit", &module, s, NULL);
    if (rc != SQLITE_OK) return store_db_fail(db, rc, "the tables for people", err);
    enum ts_code code = store_db_prepare(db, "SELECT 1 FROM credit", &q, err); /* connect now, before the authorizer */
    sqlite3_finalize(q);
    return code;
}
