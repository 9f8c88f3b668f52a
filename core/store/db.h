/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite, wrapped so that the rest of the store speaks in ts_code and ts_error, and files of the data folder. Nothing here knows
 * what a journal is. */
#ifndef TS_STORE_DB_H
#define TS_STORE_DB_H

#include <sqlite3.h>

#include "base/base.h"

enum store_db_kind {
    STORE_DB_WRITER, /* the one connection of a file that writes and checkpoints; makes the file */
    STORE_DB_READER, /* read-only, never checkpoints, not even when it is the last to close */
};
enum ts_code store_db_open(const char *path, enum store_db_kind kind, sqlite3 **ret, struct ts_error *err);
void store_db_close(sqlite3 *db); /* NULL is allowed; statements must be finalized */

/* What SQLite's result `rc` means: full and I/O errors are TS_E_DISK, a damaged file is TS_E_DAMAGED. Fills err with `what`. */
enum ts_code store_db_fail(sqlite3 *db, int rc, const char *what, struct ts_error *err);

enum ts_code store_db_exec(sqlite3 *db, const char *sql, struct ts_error *err);
enum ts_code store_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret, struct ts_error *err);
/* One step: *ret_row says whether there is a row; at the end the statement is reset. */
enum ts_code store_db_step(sqlite3_stmt *s, bool *ret_row, struct ts_error *err);
/* Run a statement that gives no rows, and reset it. */
enum ts_code store_db_run(sqlite3_stmt *s, struct ts_error *err);
/* The first column of the first row, 0 when there is none or it is NULL. */
enum ts_code store_db_number(sqlite3 *db, const char *sql, uint64_t *ret, struct ts_error *err);
enum ts_code store_db_has_table(sqlite3 *db, const char *name, bool *ret, struct ts_error *err);

/* Columns and parameters. Borrowed until the next step (columns) or until the statement ran (parameters). */
struct ts_str store_db_text(sqlite3_stmt *s, int column); /* ptr NULL: SQL NULL; an empty value is "" */
static inline uint64_t store_db_u64(sqlite3_stmt *s, int column) { return (uint64_t)sqlite3_column_int64(s, column); }
static inline void store_db_bind_u64(sqlite3_stmt *s, int i, uint64_t v) { sqlite3_bind_int64(s, i, (sqlite3_int64)v); }
/* 0 is stored as NULL, which takes no byte. */
static inline void store_db_bind_some(sqlite3_stmt *s, int i, uint64_t v)
{
    if (v)
        sqlite3_bind_int64(s, i, (sqlite3_int64)v);
    else
        sqlite3_bind_null(s, i);
}
void store_db_bind_text(sqlite3_stmt *s, int i, struct ts_str v);
void store_db_bind_blob(sqlite3_stmt *s, int i, const void *p, size_t n);

/* ---- files ---- */
enum ts_code store_path(const char *dir, const char *name, char **ret, struct ts_error *err); /* ts_free it */
enum ts_code store_fail_errno(const char *what, const char *path, struct ts_error *err);
enum ts_code store_sync_dir(const char *dir, struct ts_error *err);
enum ts_code store_sync_file(const char *path, uint64_t *ret_bytes, struct ts_error *err); /* ret_bytes may be NULL */
/* "file:...?mode=ro" with everything escaped that a URI needs escaped. */
bool store_uri(const char *path, const char *query, struct ts_buf *out);

#endif
