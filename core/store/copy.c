/* SPDX-License-Identifier: Apache-2.0 */
/* Copying tables between connections. Stepping one statement and binding its values to another costs about a microsecond a row, and it
 * copies what the reading connection sees, whatever a writer does to the file meanwhile. */
#include "store/copy.h"

static enum ts_code prepare_insert(sqlite3 *to, const char *table, int columns, sqlite3_stmt **ret,
                                   struct ts_error *err)
{
    struct ts_buf sql;
    ts_buf_init(&sql, 1u << 14);
    ts_buf_addf(&sql, "INSERT INTO %s VALUES(", table);
    for (int i = 0; i < columns; i++)
        ts_buf_adds(&sql, i ? ",?" : "?");
    ts_buf_adds(&sql, ")");
    const char *text = ts_buf_cstr(&sql);
    enum ts_code code = sql.failed ? ts_fail(err, TS_E_MEMORY, "out of memory") : store_db_prepare(to, text, ret, err);
    ts_buf_release(&sql);
    return code;
}

enum ts_code store_copy(sqlite3 *from, const char *select, sqlite3 *to, const char *to_table, struct ts_error *err)
{
    sqlite3_stmt *read = NULL, *write = NULL;
    bool found = false;
    enum ts_code code = store_db_prepare(from, select, &read, err);
    const int columns = code == TS_OK ? sqlite3_column_count(read) : 0;
    if (code == TS_OK) code = prepare_insert(to, to_table, columns, &write, err);
    while (code == TS_OK && (code = store_db_step(read, &found, err)) == TS_OK && found) {
        for (int i = 0; i < columns; i++)
            sqlite3_bind_value(write, i + 1, sqlite3_column_value(read, i));
        code = store_db_run(write, err);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    return code;
}

enum ts_code store_copy_tables(sqlite3 *from, const char *from_prefix, sqlite3 *to, const char *to_prefix,
                               const struct store_table *tables, size_t n, struct ts_error *err)
{
    enum ts_code code = TS_OK;
    for (size_t i = 0; i < n && code == TS_OK; i++) {
        char select[120], table[80];
        snprintf(select, sizeof select, "SELECT * FROM %s%s", from_prefix, tables[i].name);
        snprintf(table, sizeof table, "%s%s", to_prefix, tables[i].name);
        code = store_copy(from, select, to, table, err);
    }
    return code;
}

enum ts_code store_make_tables(sqlite3 *db, const char *prefix, const struct store_table *tables, size_t n,
                               struct ts_error *err)
{
    enum ts_code code = TS_OK;
    for (size_t i = 0; i < n && code == TS_OK; i++) {
        char sql[900];
        snprintf(sql, sizeof sql, "CREATE TABLE %s%s(%s)%s", prefix, tables[i].name, tables[i].ddl,
                 tables[i].without_rowid ? " WITHOUT ROWID" : "");
        code = store_db_exec(db, sql, err);
    }
    return code;
}
