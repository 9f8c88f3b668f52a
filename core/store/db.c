/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite, wrapped: see db.h. A connection is used by one thread at a time, so none has SQLite's own mutex. */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 10000 /* readers and the writer never wait for each other in WAL mode, but for recovery after a crash */

enum ts_code store_db_fail(sqlite3 *db, int rc, const char *what, struct ts_error *err)
{
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
    switch (rc & 0xFF) {
    case SQLITE_NOMEM:
        return ts_fail(err, TS_E_MEMORY, "%s: out of memory", what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return ts_fail(err, TS_E_DAMAGED, "%s: %s", what, text);
    case SQLITE_FULL:
        ts_fail(err, TS_E_DISK, "%s: the disk is full", what);
        ts_error_hint(err, "make room and start again: everything that was acknowledged is kept");
        return TS_E_DISK;
    case SQLITE_IOERR:
        ts_fail(err, TS_E_DISK, "%s: reading or writing failed (SQLite error %d, system error %d)", what, rc,
                db ? sqlite3_system_errno(db) : 0);
        ts_error_hint(err, "check the disk and start again: everything that was acknowledged is kept");
        return TS_E_DISK;
    default:
        return ts_fail(err, TS_E_DISK, "%s: %s (SQLite error %d)", what, text, rc);
    }
}

enum ts_code store_db_open(const char *path, enum store_db_kind kind, sqlite3 **ret, struct ts_error *err)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= kind == STORE_DB_WRITER ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, flags, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(db, BUSY_MS);
    if (rc == SQLITE_OK && kind == STORE_DB_READER) {
        sqlite3_wal_autocheckpoint(db, 0);
        rc = sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    if (rc != SQLITE_OK) {
        enum ts_code code = store_db_fail(db, rc, path, err);
        sqlite3_close(db);
        return code;
    }
    *ret = db;
    return TS_OK;
}

void store_db_close(sqlite3 *db)
{
    if (db) sqlite3_close_v2(db);
}

enum ts_code store_db_exec(sqlite3 *db, const char *sql, struct ts_error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? TS_OK : store_db_fail(db, rc, sqlite3_db_filename(db, "main"), err);
}

enum ts_code store_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret, struct ts_error *err)
{
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
    return rc == SQLITE_OK ? TS_OK : store_db_fail(db, rc, sqlite3_db_filename(db, "main"), err);
}

enum ts_code store_db_step(sqlite3_stmt *s, bool *ret_row, struct ts_error *err)
{
    int rc = sqlite3_step(s);
    *ret_row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW) return TS_OK;
    enum ts_code code = TS_OK;
    if (rc != SQLITE_DONE) {
        sqlite3 *db = sqlite3_db_handle(s);
        code = store_db_fail(db, rc, sqlite3_db_filename(db, "main"), err);
    }
    sqlite3_reset(s);
    return code;
}

enum ts_code store_db_run(sqlite3_stmt *s, struct ts_error *err)
{
    int rc = sqlite3_step(s);
    enum ts_code code = TS_OK;
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        sqlite3 *db = sqlite3_db_handle(s);
        code = store_db_fail(db, rc, sqlite3_db_filename(db, "main"), err);
    }
    sqlite3_reset(s);
    return code;
}

enum ts_code store_db_number(sqlite3 *db, const char *sql, uint64_t *ret, struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    enum ts_code code = store_db_prepare(db, sql, &s, err);
    bool row = false;
    if (code == TS_OK) code = store_db_step(s, &row, err);
    if (code == TS_OK) *ret = row ? store_db_u64(s, 0) : 0;
    sqlite3_finalize(s);
    return code;
}

enum ts_code store_db_has_table(sqlite3 *db, const char *name, bool *ret, struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    enum ts_code code = store_db_prepare(db, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", &s, err);
    if (code == TS_OK) {
        store_db_bind_text(s, 1, ts_cstr(name));
        code = store_db_step(s, ret, err);
    }
    sqlite3_finalize(s);
    return code;
}

struct ts_str store_db_text(sqlite3_stmt *s, int column)
{
    const void *p = sqlite3_column_blob(s, column);
    int n = sqlite3_column_bytes(s, column);
    if (!p) return sqlite3_column_type(s, column) == SQLITE_NULL ? (struct ts_str){NULL, 0} : TS_STR("");
    return ts_str(p, (size_t)n);
}

void store_db_bind_text(sqlite3_stmt *s, int i, struct ts_str v)
{
    if (v.ptr)
        sqlite3_bind_text64(s, i, v.ptr, v.len, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_null(s, i);
}

void store_db_bind_blob(sqlite3_stmt *s, int i, const void *p, size_t n)
{
    if (n)
        sqlite3_bind_blob64(s, i, p, n, SQLITE_STATIC);
    else
        sqlite3_bind_zeroblob(s, i, 0);
}

/* ---- files ---- */

enum ts_code store_path(const char *dir, const char *name, char **ret, struct ts_error *err)
{
    size_t n = strlen(dir), m = strlen(name);
    char *path = ts_alloc(n + m + 2);
    if (!path) return ts_fail(err, TS_E_MEMORY, "out of memory");
    memcpy(path, dir, n);
    path[n] = '/';
    memcpy(path + n + 1, name, m + 1);
    *ret = path;
    return TS_OK;
}

enum ts_code store_fail_errno(const char *what, const char *path, struct ts_error *err)
{
    char text[128];
    const char *reason = strerror_r(errno, text, sizeof text);
    return ts_fail(err, TS_E_DISK, "%s %s: %s", what, path, reason);
}

enum ts_code store_sync_dir(const char *dir, struct ts_error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return store_fail_errno("opening", dir, err);
    enum ts_code code = fsync(fd) == 0 ? TS_OK : store_fail_errno("syncing", dir, err);
    close(fd);
    return code;
}

enum ts_code store_sync_file(const char *path, uint64_t *ret_bytes, struct ts_error *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat st;
    enum ts_code code = TS_OK;
    if (fd < 0 || fstat(fd, &st) != 0 || fsync(fd) != 0)
        code = store_fail_errno("syncing", path, err);
    else if (ret_bytes)
        *ret_bytes = (uint64_t)st.st_size;
    if (fd >= 0) close(fd);
    return code;
}

bool store_uri(const char *path, const char *query, struct ts_buf *out)
{
    ts_buf_adds(out, "file:");
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '/' ||
                     *p == '.' || *p == '-' || *p == '_';
        if (plain)
            ts_buf_byte(out, *p);
        else
            ts_buf_addf(out, "%%%02X", *p);
    }
    ts_buf_adds(out, query);
    ts_buf_cstr(out);
    return !out->failed;
}
