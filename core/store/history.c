/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people that are read from the outcomes in the journal while the statement runs: credits and changes of tiers are no state, so
 * nothing else keeps them. */
#include "store/history.h"

/* The first three columns are the same in all. */
enum column { RECORD, AT, MEMBER };
enum credit_column { ATTRIBUTION = MEMBER + 1, CREDITED_TO, SHARE, AMOUNT, CREDIT_RULE };
enum tier_column { TIERS = MEMBER + 1, FROM, TO, FIGURE, BECAUSE, TIER_RULE };

const struct history_table history_tables[] = {
    {"credit",
     "record INTEGER, at TEXT, member TEXT, attribution TEXT, credited_to TEXT, share REAL, amount INTEGER, rule TEXT",
     TS_FX_CREDIT, "attribution"},
    {"tier_change",
     "record INTEGER, at TEXT, member TEXT, tiers TEXT, \"from\" TEXT, \"to\" TEXT, figure INTEGER, because TEXT,"
     " rule TEXT",
     TS_FX_TIER, "tiers"},
};
const size_t history_tables_n = TS_ARRAY_LEN(history_tables);

struct table {
    sqlite3_vtab base;
    struct ts_store *store;
    const struct history_table *what;
};
struct binding { /* the module's client data */
    struct ts_store *store;
    const struct history_table *what;
};
struct cursor {
    sqlite3_vtab_cursor base;
    sqlite3_stmt *rows; /* NULL: over */
    uint64_t record;
    struct ts_outcome outcome; /* of the row in hand; its bytes are the statement's */
    uint64_t member;
    ts_ms at;
    struct ts_str because; /* the reason that stands before a change of tiers */
    struct ts_effect row;
    sqlite3_int64 n;
};

static int x_connect(sqlite3 *db, void *arg, int argc, const char *const *argv, sqlite3_vtab **ret, char **error)
{
    TS_UNUSED(argc);
    TS_UNUSED(argv);
    TS_UNUSED(error);
    const struct binding *b = arg;
    char sql[300];
    snprintf(sql, sizeof sql, "CREATE TABLE x(%s)", b->what->columns);
    int rc = sqlite3_declare_vtab(db, sql);
    struct table *t = rc == SQLITE_OK ? sqlite3_malloc(sizeof *t) : NULL;
    if (rc == SQLITE_OK && !t) rc = SQLITE_NOMEM;
    if (rc != SQLITE_OK) return rc;
    *t = (struct table){.store = b->store, .what = b->what};
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

/* On to the next row of the table, over the records that have none. */
static int advance(struct cursor *c)
{
    const struct history_table *what = ((const struct table *)(const void *)c->base.pVtab)->what;
    struct ts_error err = {0};
    c->n++;
    while (c->rows) {
        bool found = false;
        c->because = ts_str(NULL, 0);
        while (ts_outcome_next(&c->outcome, &c->row)) {
            if (c->row.op == what->op) return SQLITE_OK;
            if (c->row.op == TS_FX_TIER_REASON) c->because = c->row.json;
            if (c->row.op == TS_FX_SUBJECT) {
                c->member = c->row.profile;
                c->at = c->row.at;
            } else if (c->row.op == TS_FX_BODY) {
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

static bool any_rule(const struct ts_names *names, const char *kind)
{
    for (uint32_t i = 1; i <= ts_names_count(names, TS_SPACE_RULE); i++) {
        struct ts_rule_name parts;
        struct ts_str text = ts_names_text(names, TS_SPACE_RULE, i);
        if (ts_rule_name_split(text, &parts) && ts_str_eq(parts.kind, ts_cstr(kind))) return true;
    }
    return false;
}

static int x_filter(sqlite3_vtab_cursor *base, int index, const char *text, int argc, sqlite3_value **argv)
{
    TS_UNUSED(text);
    struct cursor *c = (struct cursor *)(void *)base;
    const struct table *t = (const struct table *)(const void *)base->pVtab;
    struct ts_store *s = t->store;
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
    if (from > to || !any_rule(ts_engine_names(s->engine), t->what->kind)) return SQLITE_OK;
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

/* As in the other tables: the name of what made it. */
static void give_rule(sqlite3_context *ctx, const struct ts_names *names, uint32_t rule)
{
    struct ts_rule_name parts;
    if (ts_rule_name_split(ts_names_text(names, TS_SPACE_RULE, rule), &parts)) give_text(ctx, parts.name);
}

static void credit_column(sqlite3_context *ctx, const struct ts_names *names, const struct cursor *c, int column)
{
    switch ((enum credit_column)column) {
    case ATTRIBUTION:
    case CREDIT_RULE:
        give_rule(ctx, names, c->row.rule);
        break;
    case CREDITED_TO:
        give_text(ctx, ts_names_text(names, TS_SPACE_BY, c->row.to));
        break;
    case SHARE:
        sqlite3_result_double(ctx, (double)c->row.factor[0].digits / (c->row.factor[0].scale ? 1e6 : 1));
        break;
    case AMOUNT:
        sqlite3_result_int64(ctx, c->row.amount);
        break;
    }
}

static void tier_column(sqlite3_context *ctx, const struct ts_names *names, const struct cursor *c, int column)
{
    switch ((enum tier_column)column) {
    case TIERS:
        give_text(ctx, ts_names_text(names, TS_SPACE_TIERS, c->row.name));
        break;
    case FROM:
        give_text(ctx, ts_names_text(names, TS_SPACE_LEVEL, c->row.from));
        break;
    case TO:
        give_text(ctx, ts_names_text(names, TS_SPACE_LEVEL, c->row.to));
        break;
    case FIGURE:
        sqlite3_result_int64(ctx, c->row.amount);
        break;
    case BECAUSE: /* by hand: nothing */
        if (c->row.rule) give_text(ctx, c->because);
        break;
    case TIER_RULE:
        give_rule(ctx, names, c->row.rule);
        break;
    }
}

static int x_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int column)
{
    const struct cursor *c = (const struct cursor *)(const void *)base;
    const struct table *t = (const struct table *)(const void *)base->pVtab;
    struct ts_engine *e = t->store->engine;
    char text[40];
    if (column == RECORD) {
        sqlite3_result_int64(ctx, (sqlite3_int64)c->record);
    } else if (column == AT) {
        give_text(ctx, ts_cstr(ts_time_format(c->at, text)));
    } else if (column == MEMBER) {
        snprintf(text, sizeof text, "m%llu", (unsigned long long)ts_members_living(ts_engine_members(e), c->member));
        give_text(ctx, ts_cstr(text));
    } else if (t->what->op == TS_FX_CREDIT) {
        credit_column(ctx, ts_engine_names(e), c, column);
    } else {
        tier_column(ctx, ts_engine_names(e), c, column);
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

enum ts_code store_history_register(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    enum ts_code code = TS_OK;
    for (size_t i = 0; i < history_tables_n && code == TS_OK; i++) {
        struct binding *b = sqlite3_malloc(sizeof *b);
        if (!b) return ts_fail(err, TS_E_MEMORY, "out of memory");
        *b = (struct binding){s, &history_tables[i]};
        int rc = sqlite3_create_module_v2(db, history_tables[i].name, &module, b, sqlite3_free);
        if (rc != SQLITE_OK) return store_db_fail(db, rc, "the tables for people", err);
        sqlite3_stmt *q = NULL; /* connect now, before the authorizer */
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT 1 FROM %s", history_tables[i].name);
        code = store_db_prepare(db, sql, &q, err);
        sqlite3_finalize(q);
    }
    return code;
}
