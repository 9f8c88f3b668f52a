/* SPDX-License-Identifier: Apache-2.0 */
/* The tables for people that are not about members. They are views in plain SQL over the compact rows, so the same text serves
 * `tessera sql` and a backup, where any SQLite shows them. Numbers become words by two little tables. */
#include "store/views.h"

#define TIME(column) "strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', " column " / 1000.0, 'unixepoch')"

/* The note of an earning is its factors, packed for the chain; `tessera why` shows them. */
enum ts_code store_views_make(sqlite3 *db, const struct view_sources *from, struct ts_error *err)
{
    struct ts_buf b;
    ts_buf_init(&b, 1u << 16);
    ts_buf_addf(
        &b,
        "%s ledger_transaction AS SELECT t.id, CASE t.movement WHEN 1 THEN 'earn' WHEN 2 THEN 'bonus' WHEN 3 THEN"
        " 'activate' WHEN 4 THEN 'expire' WHEN 5 THEN 'spend' WHEN 6 THEN 'adjust' WHEN 7 THEN 'repay'"
        " WHEN 8 THEN 'extend' WHEN 9 THEN 'clawback' END AS movement,"
        " t.record, " TIME("t.at") " AS at, r.name AS rule, t.lot, t.of_transaction, t.desired,"
                                   " CASE WHEN t.movement > 2 THEN t.note END AS note,"
                                   " lower(hex(t.head)) AS head FROM %s t LEFT JOIN rule r ON r.id = t.rule;",
        from->create, from->transactions);
    ts_buf_addf(
        &b,
        "%s ledger_entry AS SELECT e.seq, e.transaction_id, CASE WHEN e.account <= 4 THEN 'm' || e.member || ':'"
        " ELSE '' END || CASE e.account WHEN 1 THEN 'pending' WHEN 2 THEN 'available' WHEN 3 THEN 'held' WHEN 4 THEN"
        " 'debt' WHEN 5 THEN 'issued' WHEN 6 THEN 'spent' WHEN 7 THEN 'expired' WHEN 8 THEN 'adjusted' END AS account,"
        " coalesce((SELECT a.member FROM alias a WHERE a.alias = 'm' || e.member), 'm' || e.member) AS member,"
        " p.name AS points, e.amount, r.name AS rule, t.record, " TIME(
            "t.at") " AS at"
                    " FROM %s e JOIN %s t ON t.id = e.transaction_id LEFT JOIN points p ON p.id = e.points"
                    " LEFT JOIN rule r ON r.id = t.rule;",
        from->create, from->entries, from->transactions);
    ts_buf_addf(
        &b,
        "%s quarantine AS SELECT id, file, line, record, reason, field, message, CAST(body AS TEXT) AS body, " TIME(
            "at") " AS at, status FROM %s;",
        from->create, from->quarantine);
    ts_buf_addf(
        &b,
        "%s rule_error AS SELECT id, record, 'm' || member AS member, rule_name AS rule, file, line, version, event,"
        " message, stopped, " TIME("at") " AS at, status FROM %s;",
        from->create, from->errors);
    const char *sql = ts_buf_cstr(&b);
    enum ts_code code = b.failed ? ts_fail(err, TS_E_MEMORY, "out of memory") : store_db_exec(db, sql, err);
    ts_buf_release(&b);
    return code;
}

static enum ts_code fill_points(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    const struct ts_names *names = ts_engine_names(s->engine);
    sqlite3_stmt *q = NULL;
    enum ts_code code = store_db_prepare(db, "INSERT INTO points VALUES(?, ?)", &q, err);
    for (uint32_t i = 1; code == TS_OK && i <= ts_names_count(names, TS_SPACE_POINTS); i++) {
        store_db_bind_u64(q, 1, i);
        store_db_bind_text(q, 2, ts_names_text(names, TS_SPACE_POINTS, i));
        code = store_db_run(q, err);
    }
    sqlite3_finalize(q);
    return code;
}

static enum ts_code fill_rules(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    const struct ts_names *names = ts_engine_names(s->engine);
    sqlite3_stmt *q = NULL;
    enum ts_code code = store_db_prepare(db, "INSERT INTO rule VALUES(?, ?, ?, ?, ?, ?, ?)", &q, err);
    for (uint32_t i = 1; code == TS_OK && i <= ts_names_count(names, TS_SPACE_RULE); i++) {
        const struct ts_str text = ts_names_text(names, TS_SPACE_RULE, i);
        struct ts_rule_name parts = {.name = text};
        if (!ts_rule_name_split(text, &parts)) parts = (struct ts_rule_name){.name = text};
        store_db_bind_u64(q, 1, i);
        store_db_bind_text(q, 2, parts.kind);
        store_db_bind_text(q, 3, parts.name);
        store_db_bind_text(q, 4, parts.file);
        store_db_bind_some(q, 5, parts.line);
        store_db_bind_text(q, 6, parts.version);
        store_db_bind_text(q, 7, parts.funder);
        code = store_db_run(q, err);
    }
    sqlite3_finalize(q);
    return code;
}

static enum ts_code add_version(sqlite3_stmt *add, sqlite3_stmt *row, uint64_t active, struct ts_error *err)
{
    struct ts_sources sources = {0};
    char version[72], at[32];
    const uint64_t record = store_db_u64(row, 0);
    enum ts_code code = ts_sources_from_json(store_db_text(row, 2), &sources, err);
    if (code != TS_OK) return code;
    ts_sources_version(&sources, version);
    ts_sources_release(&sources);
    store_db_bind_text(add, 1, ts_cstr(version));
    store_db_bind_u64(add, 2, record);
    store_db_bind_text(add, 3, ts_cstr(ts_time_format(sqlite3_column_int64(row, 1), at)));
    store_db_bind_u64(add, 4, record == active);
    return store_db_run(add, err);
}

static enum ts_code fill_versions(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    sqlite3_stmt *add = NULL, *row = NULL;
    bool found = false;
    enum ts_code code = store_db_prepare(db, "INSERT INTO rules_version VALUES(?, ?, ?, ?)", &add, err);
    if (code == TS_OK)
        code = store_db_prepare(s->read_journal,
                                "SELECT record, time, payload FROM journal WHERE kind = 11 ORDER BY record", &row, err);
    while (code == TS_OK && (code = store_db_step(row, &found, err)) == TS_OK && found)
        code = add_version(add, row, ts_engine_rules_record(s->engine), err);
    sqlite3_finalize(add);
    sqlite3_finalize(row);
    return code;
}

enum ts_code store_views_empty(sqlite3 *db, struct ts_error *err)
{
    return store_db_exec(
        db,
        "CREATE TABLE points(id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE rule(id INTEGER PRIMARY KEY, kind TEXT, name TEXT, file TEXT, line INTEGER, version TEXT,"
        " funded_by TEXT);"
        "CREATE TABLE rules_version(version TEXT, record INTEGER PRIMARY KEY, activated_at TEXT, active INTEGER);",
        err);
}

enum ts_code store_views_tables(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    enum ts_code code = store_views_empty(db, err);
    if (code == TS_OK) code = fill_points(s, db, err);
    if (code == TS_OK) code = fill_rules(s, db, err);
    if (code == TS_OK) code = fill_versions(s, db, err);
    return code;
}
