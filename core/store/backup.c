/* SPDX-License-Identifier: Apache-2.0 */
/* A backup: one plain SQLite file. The tables of journal.db are in it as journal_NAME, those of state.db as state_NAME, exactly as they
 * are, which is what `restore` reads; beside them the tables for people under their own names, for any SQLite to show. It is
 * written to DEST.tmp, synced, and renamed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/copy.h"
#include "store/history.h"
#include "store/rows.h"
#include "store/views.h"

#define WRITE_PRAGMAS                                                                                                  \
    "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;"

/* ---- the exact tables ---- */

/* READ: the checkpoint may be behind the journal; what is between is written into the copy, so every backup is whole. */
static enum ts_code add_tail(struct ts_store *s, sqlite3 *to, struct ts_error *err)
{
    if (s->mode != TS_STORE_READ) return TS_OK;
    return store_job_write(s->tail_job, &s->seen, to, "state_", err);
}

static enum ts_code stamp_state(struct ts_store *s, sqlite3 *to, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    enum ts_code code = store_db_prepare(
        to, "INSERT OR REPLACE INTO state_meta VALUES('id', ?1), ('format', ?2), ('engine', ?3)", &q, err);
    if (code == TS_OK) {
        store_db_bind_blob(q, 1, s->identity.id, sizeof s->identity.id);
        store_db_bind_u64(q, 2, STORE_FORMAT);
        store_db_bind_u64(q, 3, TS_ENGINE_NUMBER);
        code = store_db_run(q, err);
    }
    sqlite3_finalize(q);
    return code;
}

static enum ts_code copy_exact(struct ts_store *s, sqlite3 *to, struct ts_error *err)
{
    enum ts_code code = store_db_exec(to, "BEGIN", err);
    if (code == TS_OK) code = store_make_tables(to, "journal_", store_journal_tables, store_journal_tables_n, err);
    if (code == TS_OK) code = store_make_tables(to, "state_", store_state_tables, store_state_tables_n, err);
    if (code == TS_OK)
        code =
            store_copy_tables(s->read_journal, "", to, "journal_", store_journal_tables, store_journal_tables_n, err);
    if (code == TS_OK && s->read_state)
        code = store_copy_tables(s->read_state, "", to, "state_", store_state_tables, store_state_tables_n, err);
    if (code == TS_OK) code = stamp_state(s, to, err);
    if (code == TS_OK) code = store_db_exec(to, "COMMIT", err);
    return code == TS_OK ? add_tail(s, to, err) : code;
}

/* ---- the tables for people ---- */

static enum ts_code copy_people(sqlite3 *people, sqlite3 *to, struct ts_error *err)
{
    enum ts_code code = TS_OK;
    for (size_t i = 0; i < people_tables_n && code == TS_OK; i++) {
        char sql[500];
        snprintf(sql, sizeof sql, "CREATE TABLE %s(%s)", people_tables[i].name, people_tables[i].columns);
        code = store_db_exec(to, sql, err);
        snprintf(sql, sizeof sql, "SELECT * FROM %s", people_tables[i].name);
        if (code == TS_OK) code = store_copy(people, sql, to, people_tables[i].name, err);
    }
    for (size_t i = 0; i < history_tables_n && code == TS_OK; i++) {
        char sql[500];
        snprintf(sql, sizeof sql, "CREATE TABLE %s(%s)", history_tables[i].name, history_tables[i].columns);
        code = store_db_exec(to, sql, err);
        snprintf(sql, sizeof sql, "SELECT * FROM %s", history_tables[i].name);
        if (code == TS_OK) code = store_copy(people, sql, to, history_tables[i].name, err);
    }
    static const char *const plain[] = {"points", "rule", "rules_version"};
    for (size_t i = 0; i < TS_ARRAY_LEN(plain) && code == TS_OK; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT * FROM %s", plain[i]);
        code = store_copy(people, sql, to, plain[i], err);
    }
    if (code != TS_OK) return code;
    const struct view_sources from = {"state_ledger_transaction", "state_ledger_entry", "journal_quarantine",
                                      "journal_rule_error", "CREATE VIEW"};
    code = store_db_exec(to,
                         "CREATE INDEX alias_of ON alias(alias); CREATE INDEX identifier_member ON identifier(member);"
                         "CREATE INDEX tag_name ON tag(name); CREATE INDEX lot_member ON lot(member);",
                         err);
    return code == TS_OK ? store_views_make(to, &from, err) : code;
}

static enum ts_code fill(struct ts_store *s, const char *path, struct ts_error *err)
{
    sqlite3 *people = NULL, *to = NULL;
    enum ts_code code = store_people_open(s, &people, err); /* flushes, and takes the tail */
    if (code == TS_OK) code = store_db_open(path, STORE_DB_WRITER, &to, err);
    if (code == TS_OK) code = store_db_exec(to, WRITE_PRAGMAS, err);
    if (code == TS_OK) code = copy_exact(s, to, err);
    if (code == TS_OK) code = store_db_exec(to, "BEGIN", err);
    if (code == TS_OK) code = store_views_empty(to, err);
    if (code == TS_OK) code = copy_people(people, to, err);
    if (code == TS_OK) code = store_db_exec(to, "COMMIT", err);
    store_db_close(to);
    store_db_close(people);
    return code;
}

/* ---- the file ---- */

static enum ts_code sync_parent(const char *path, struct ts_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return store_sync_dir(".", err);
    char *dir = ts_strdup_n(path, slash == path ? 1 : (size_t)(slash - path));
    if (!dir) return ts_fail(err, TS_E_MEMORY, "out of memory");
    enum ts_code code = store_sync_dir(dir, err);
    ts_free(dir);
    return code;
}

static enum ts_code publish(const char *tmp, const char *dest, uint64_t *ret_bytes, struct ts_error *err)
{
    enum ts_code code = store_sync_file(tmp, ret_bytes, err);
    if (code == TS_OK && renameat2(AT_FDCWD, tmp, AT_FDCWD, dest, RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST) return ts_fail(err, TS_E_REFUSED, "%s exists already", dest);
        if (errno != EINVAL && errno != ENOSYS) return store_fail_errno("renaming to", dest, err);
        if (rename(tmp, dest) != 0) return store_fail_errno("renaming to", dest, err);
    }
    return code == TS_OK ? sync_parent(dest, err) : code;
}

enum ts_code ts_store_backup(struct ts_store *s, const char *dest, uint64_t *ret_bytes, uint64_t *ret_watermark,
                             struct ts_error *err)
{
    if (s->mode == TS_STORE_DRY) return ts_fail(err, TS_E_USAGE, "a dry run has nothing to back up");
    if (access(dest, F_OK) == 0) return ts_fail(err, TS_E_REFUSED, "%s exists already", dest);
    struct ts_buf tmp;
    ts_buf_init(&tmp, 1u << 16);
    ts_buf_addf(&tmp, "%s.tmp", dest);
    const char *path = ts_buf_cstr(&tmp);
    enum ts_code code = tmp.failed ? ts_fail(err, TS_E_MEMORY, "out of memory") : TS_OK;
    if (code == TS_OK && unlink(path) != 0 && errno != ENOENT) code = store_fail_errno("replacing", path, err);
    uint64_t bytes = 0;
    if (code == TS_OK) {
        code = fill(s, path, err);
        if (code == TS_OK) code = publish(path, dest, &bytes, err);
        if (code != TS_OK) unlink(path);
    }
    if (code == TS_OK && ret_bytes) *ret_bytes = bytes;
    if (code == TS_OK && ret_watermark) *ret_watermark = ts_engine_record(s->engine);
    ts_buf_release(&tmp);
    return code;
}
