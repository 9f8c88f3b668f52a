/* SPDX-License-Identifier: Apache-2.0 */
/* From a backup into a new folder. Both files are written under other names and renamed at the end, the journal last: until then the
 * folder holds no data, and a restore that was cut short is not taken for one that was not. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "store/copy.h"
#include "store/internal.h"
#include "store/lock.h"

static enum ts_code check_empty(const char *dir, struct ts_error *err)
{
    DIR *d = opendir(dir);
    if (!d) return errno == ENOENT ? TS_OK : store_fail_errno("reading", dir, err);
    enum ts_code code = TS_OK;
    for (struct dirent *e; code == TS_OK && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, "lock") == 0) continue;
        code = ts_fail(err, TS_E_REFUSED, "the folder %s is not empty", dir);
        ts_error_hint(err, "restore into a new folder, then start with it");
    }
    closedir(d);
    return code;
}

static enum ts_code check_backup(sqlite3 *from, const char *file, uint64_t *ret_watermark, struct ts_error *err)
{
    bool journal = false, state = false;
    uint64_t format = 0, engine = 0;
    enum ts_code code = store_db_has_table(from, "journal_meta", &journal, err);
    if (code == TS_OK) code = store_db_has_table(from, "state_meta", &state, err);
    if (code == TS_OK && !(journal && state)) return ts_fail(err, TS_E_DAMAGED, "%s is no backup of Tessera", file);
    if (code == TS_OK)
        code = store_db_number(from, "SELECT value FROM journal_meta WHERE key = 'format'", &format, err);
    if (code == TS_OK)
        code = store_db_number(from, "SELECT value FROM journal_meta WHERE key = 'engine'", &engine, err);
    if (code == TS_OK && (format > STORE_FORMAT || engine > TS_ENGINE_NUMBER))
        return ts_fail(err, TS_E_NEWER, "%s was made by a newer Tessera (format %llu, engine %llu)", file,
                       (unsigned long long)format, (unsigned long long)engine);
    if (code == TS_OK) code = store_db_number(from, "SELECT max(record) FROM journal_journal", ret_watermark, err);
    return code;
}

static enum ts_code build(sqlite3 *from, const char *prefix, const char *path, const struct store_table *tables,
                          size_t n, const struct store_identity *identity, struct ts_error *err)
{
    sqlite3 *to = NULL;
    enum ts_code code = store_db_open(path, STORE_DB_WRITER, &to, err);
    if (code == TS_OK) code = identity ? store_schema_state(to, identity, err) : store_schema_journal(to, err);
    if (code == TS_OK)
        code = store_db_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN; DELETE FROM meta;", err);
    if (code == TS_OK) code = store_copy_tables(from, prefix, to, "", tables, n, err);
    if (code == TS_OK) code = store_db_exec(to, "COMMIT; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;", err);
    store_db_close(to);
    return code == TS_OK ? store_sync_file(path, NULL, err) : code;
}

struct places {
    char *journal_new, *state_new, *journal, *state;
};

static enum ts_code find_places(const char *dir, struct places *p, struct ts_error *err)
{
    enum ts_code code = store_path(dir, "journal.new", &p->journal_new, err);
    if (code == TS_OK) code = store_path(dir, "state.new", &p->state_new, err);
    if (code == TS_OK) code = store_path(dir, "journal.db", &p->journal, err);
    if (code == TS_OK) code = store_path(dir, "state.db", &p->state, err);
    return code;
}

static enum ts_code restore_into(sqlite3 *from, const char *dir, const struct places *p, struct ts_error *err)
{
    struct store_identity identity = {0}; /* its place is taken by the backup's own */
    enum ts_code code =
        build(from, "journal_", p->journal_new, store_journal_tables, store_journal_tables_n, NULL, err);
    if (code == TS_OK)
        code = build(from, "state_", p->state_new, store_state_tables, store_state_tables_n, &identity, err);
    if (code == TS_OK && rename(p->state_new, p->state) != 0) code = store_fail_errno("renaming", p->state_new, err);
    if (code == TS_OK && rename(p->journal_new, p->journal) != 0)
        code = store_fail_errno("renaming", p->journal_new, err);
    if (code == TS_OK) code = store_sync_dir(dir, err);
    if (code != TS_OK) { /* the folder was empty: leave it so */
        unlink(p->journal_new);
        unlink(p->state_new);
        unlink(p->state);
    }
    return code;
}

enum ts_code ts_store_restore(const char *file, const char *dir, uint64_t *ret_bytes, uint64_t *ret_watermark,
                              struct ts_error *err)
{
    if (access(file, R_OK) != 0) return ts_fail(err, TS_E_NOT_FOUND, "there is no backup at %s", file);
    sqlite3 *from = NULL;
    int lock = -1;
    uint64_t watermark = 0, bytes = 0;
    struct places p = {0};
    enum ts_code code = store_db_open(file, STORE_DB_READER, &from, err);
    if (code == TS_OK) code = check_backup(from, file, &watermark, err);
    if (code == TS_OK) code = check_empty(dir, err);
    if (code == TS_OK) code = store_folder_make(dir, err);
    if (code == TS_OK) code = store_lock(dir, &lock, err);
    if (code == TS_OK) code = find_places(dir, &p, err);
    if (code == TS_OK) code = restore_into(from, dir, &p, err);
    store_db_close(from);
    store_unlock(lock);
    ts_free(p.journal_new);
    ts_free(p.state_new);
    ts_free(p.journal);
    ts_free(p.state);
    FILE *f = code == TS_OK ? fopen(file, "rb") : NULL;
    if (f) {
        if (fseeko(f, 0, SEEK_END) == 0) bytes = (uint64_t)ftello(f);
        fclose(f);
    }
    if (code == TS_OK && ret_bytes) *ret_bytes = bytes;
    if (code == TS_OK && ret_watermark) *ret_watermark = watermark;
    return code;
}
