/* SPDX-License-Identifier: Apache-2.0 */
/* `tessera sql`: one read-only statement on the tables for people. They live in a connection of their own in memory, to which the
 * two files are attached read-only; an authorizer lets nothing through but reading. */
#include "store/history.h"
#include "store/views.h"

/* A store that may not write has the newest ledger rows in memory: put them beside those of state.db. */
static enum ts_code copy_tail(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    sqlite3_stmt *t = NULL, *e = NULL;
    enum ts_code code =
        store_db_exec(db,
                      "CREATE TABLE tail_transaction(id INTEGER PRIMARY KEY, movement, record, at, rule, lot,"
                      " of_transaction, desired, note, head);"
                      "CREATE TABLE tail_entry(seq INTEGER PRIMARY KEY, transaction_id, account, member,"
                      " points, amount);",
                      err);
    if (code == TS_OK) code = store_db_prepare(db, "INSERT INTO tail_transaction VALUES(?,?,?,?,?,?,?,?,?,?)", &t, err);
    if (code == TS_OK) code = store_db_prepare(db, "INSERT INTO tail_entry VALUES(?,?,?,?,?,?)", &e, err);
    if (code == TS_OK)
        code = store_transactions_write(t, e, ts_str((const char *)s->tail_ledger.data, s->tail_ledger.len), err);
    sqlite3_finalize(t);
    sqlite3_finalize(e);
    return code;
}

static enum ts_code attach(sqlite3 *db, const char *path, const char *as, struct ts_error *err)
{
    struct ts_buf uri;
    ts_buf_init(&uri, 1u << 16);
    sqlite3_stmt *q = NULL;
    char sql[64];
    snprintf(sql, sizeof sql, "ATTACH ? AS %s", as);
    enum ts_code code = store_uri(path, "?mode=ro", &uri) ? TS_OK : ts_fail(err, TS_E_MEMORY, "out of memory");
    if (code == TS_OK) code = store_db_prepare(db, sql, &q, err);
    if (code == TS_OK) {
        store_db_bind_text(q, 1, ts_cstr(ts_buf_cstr(&uri)));
        code = store_db_run(q, err);
    }
    sqlite3_finalize(q);
    ts_buf_release(&uri);
    return code;
}

/* A dry run on a folder that is not there has empty tables in memory. */
static enum ts_code attach_journal(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    const char *file = sqlite3_db_filename(s->read_journal, "main");
    if (file && file[0]) return attach(db, s->journal_path, "journal", err);
    enum ts_code code = store_db_exec(db, "ATTACH ':memory:' AS journal", err);
    for (size_t i = 0; i < store_journal_tables_n && code == TS_OK; i++) {
        char sql[800];
        snprintf(sql, sizeof sql, "CREATE TABLE journal.%s(%s)", store_journal_tables[i].name,
                 store_journal_tables[i].ddl);
        code = store_db_exec(db, sql, err);
    }
    return code;
}

/* Another process may go on writing the files: what it adds after our moment is left out by number. */
static enum ts_code make_views(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    uint64_t transaction = 0, entry = 0, quarantine = 0, error = 0;
    enum ts_code code = store_db_number(s->read_journal, "SELECT max(id) FROM quarantine", &quarantine, err);
    if (code == TS_OK) code = store_db_number(s->read_journal, "SELECT max(id) FROM rule_error", &error, err);
    if (code == TS_OK && s->read_state) {
        code = store_db_number(s->read_state, "SELECT max(id) FROM ledger_transaction", &transaction, err);
        if (code == TS_OK) code = store_db_number(s->read_state, "SELECT max(seq) FROM ledger_entry", &entry, err);
    }
    if (code != TS_OK) return code;
    char transactions[200] = "tail_transaction", entries[200] = "tail_entry", quarantined[120], errors[120];
    if (s->read_state) {
        snprintf(transactions, sizeof transactions,
                 "(SELECT * FROM state.ledger_transaction WHERE id <= %llu UNION ALL SELECT * FROM tail_transaction)",
                 (unsigned long long)transaction);
        snprintf(entries, sizeof entries,
                 "(SELECT * FROM state.ledger_entry WHERE seq <= %llu UNION ALL SELECT * FROM tail_entry)",
                 (unsigned long long)entry);
    }
    snprintf(quarantined, sizeof quarantined, "journal.quarantine WHERE id <= %llu", (unsigned long long)quarantine);
    snprintf(errors, sizeof errors, "journal.rule_error WHERE id <= %llu", (unsigned long long)error);
    const struct view_sources from = {transactions, entries, quarantined, errors, "CREATE TEMP VIEW"};
    return store_views_make(db, &from, err);
}

enum ts_code store_people_open(struct ts_store *s, sqlite3 **ret, struct ts_error *err)
{
    sqlite3 *db = NULL;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_URI |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(":memory:", &db, flags, NULL);
    enum ts_code code = rc == SQLITE_OK ? TS_OK : store_db_fail(db, rc, "a database in memory", err);
    if (code == TS_OK) {
        sqlite3_busy_timeout(db, 10000);
        sqlite3_wal_autocheckpoint(db, 0);
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        code = s->mode == TS_STORE_WRITE ? ts_store_checkpoint(s, err) : store_tail(s, err);
    }
    if (code == TS_OK && s->read_state) code = attach(db, s->state_path, "state", err);
    if (code == TS_OK) code = attach_journal(s, db, err);
    if (code == TS_OK) code = store_tables_register(s, db, err);
    if (code == TS_OK) code = store_history_register(s, db, err);
    if (code == TS_OK) code = store_views_tables(s, db, err);
    if (code == TS_OK) code = copy_tail(s, db, err);
    if (code == TS_OK) code = make_views(s, db, err);
    if (code == TS_OK)
        *ret = db;
    else
        store_db_close(db);
    return code;
}

/* ---- one statement ---- */

static int allow(void *arg, int action, const char *a, const char *b, const char *database, const char *trigger)
{
    TS_UNUSED(arg);
    TS_UNUSED(a);
    TS_UNUSED(database);
    TS_UNUSED(trigger);
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return b && sqlite3_stricmp(b, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

static bool only_space(const char *p)
{
    while (p && *p) {
        if (p[0] == '-' && p[1] == '-') {
            while (*p && *p != '\n')
                p++;
        } else if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == ';') {
            p++;
        } else {
            return false;
        }
    }
    return true;
}

static enum ts_code prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret, struct ts_error *err)
{
    const char *rest = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, ret, &rest);
    if (rc == SQLITE_AUTH) {
        ts_fail(err, TS_E_USAGE, "this statement does more than read");
        ts_error_hint(err, "only SELECT is allowed");
        return TS_E_USAGE;
    }
    if (rc != SQLITE_OK) return ts_fail(err, TS_E_USAGE, "%s", sqlite3_errmsg(db));
    if (!*ret) return ts_fail(err, TS_E_USAGE, "there is no statement");
    if (!sqlite3_stmt_readonly(*ret)) return ts_fail(err, TS_E_USAGE, "this statement does more than read");
    if (!only_space(rest)) return ts_fail(err, TS_E_USAGE, "one statement at a time");
    return TS_OK;
}

/* The column's value as text; the type is asked for first, since asking for text changes it. */
static void read_row(sqlite3_stmt *q, struct ts_sql_row *row, const char **values, int *types)
{
    for (int i = 0; i < row->n; i++) {
        types[i] = sqlite3_column_type(q, i);
        values[i] = types[i] == SQLITE_NULL ? NULL : (const char *)sqlite3_column_text(q, i);
    }
}

static enum ts_code run(sqlite3_stmt *q, bool (*fn)(void *, const struct ts_sql_row *), void *arg, struct ts_error *err)
{
    const int n = sqlite3_column_count(q);
    const char **names = ts_calloc((size_t)n * 2 + 1, sizeof *names);
    int *types = ts_calloc((size_t)n + 1, sizeof *types);
    if (!names || !types) {
        ts_free((void *)names);
        ts_free(types);
        return ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    enum ts_code code = TS_OK;
    const char **values = names + n;
    for (int i = 0; i < n; i++)
        names[i] = sqlite3_column_name(q, i);
    struct ts_sql_row row = {.n = n, .names = names, .values = NULL, .types = NULL};
    if (n > 0 && fn(arg, &row)) {
        row.values = values;
        row.types = types;
        int rc;
        while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
            read_row(q, &row, values, types);
            if (!fn(arg, &row)) break;
        }
        if (rc == SQLITE_NOMEM) code = ts_fail(err, TS_E_MEMORY, "out of memory");
        if (rc != SQLITE_ROW && rc != SQLITE_DONE && code == TS_OK)
            code = store_db_fail(sqlite3_db_handle(q), rc, "the statement", err);
    }
    ts_free((void *)names);
    ts_free(types);
    return code;
}

enum ts_code ts_store_sql(struct ts_store *s, const char *sql, bool (*fn)(void *, const struct ts_sql_row *), void *arg,
                          struct ts_error *err)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    enum ts_code code = store_people_open(s, &db, err);
    if (code != TS_OK) return code;
    sqlite3_set_authorizer(db, allow, NULL);
    code = prepare(db, sql, &q, err);
    if (code == TS_OK) code = run(q, fn, arg, err);
    sqlite3_finalize(q);
    sqlite3_set_authorizer(db, NULL, NULL);
    store_db_close(db);
    return code;
}
