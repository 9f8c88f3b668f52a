/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: see schema.h. Numbers stand where people would like words (a currency, an account, a rule): the words are
 * added by the views of tables.c, so that a row costs what a row must. Columns that are usually 0 are stored as NULL. */
#include "store/schema.h"

#include <sodium.h>

#include "engine/engine.h"

#define REFUSE(table)                                                                                                  \
    "CREATE TRIGGER " table "_update BEFORE UPDATE ON " table                                                          \
    " BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never changed'); END;"                                      \
    "CREATE TRIGGER " table "_delete BEFORE DELETE ON " table                                                          \
    " BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never deleted'); END;"

const struct store_table store_journal_tables[] = {
    {"meta", "key TEXT PRIMARY KEY, value", true, NULL},
    /* message_id: the text itself, or where in the payload it stands: offset * 256 + length */
    {"journal",
     "record INTEGER PRIMARY KEY, time INTEGER NOT NULL, received_at INTEGER NOT NULL, kind INTEGER NOT NULL,"
     " rules INTEGER, profile INTEGER, prev INTEGER, digest INTEGER NOT NULL, message_id, payload BLOB NOT NULL,"
     " outcome BLOB NOT NULL, sum INTEGER NOT NULL", /* sum: of everything else in the row */
     false, "CREATE INDEX journal_rules ON journal(record) WHERE kind = 11;"},
    {"quarantine",
     "id INTEGER PRIMARY KEY, record INTEGER, file TEXT, line INTEGER, reason TEXT NOT NULL, field TEXT, message TEXT,"
     " body BLOB, at INTEGER NOT NULL, status TEXT NOT NULL, line_id BLOB NOT NULL",
     false, NULL},
    {"rule_error",
     "id INTEGER PRIMARY KEY, record INTEGER, member INTEGER, rule INTEGER, rule_name TEXT, file TEXT, line INTEGER,"
     " version TEXT, event TEXT, message TEXT, stopped INTEGER, at INTEGER NOT NULL, status TEXT NOT NULL",
     false, NULL},
};
const size_t store_journal_tables_n = TS_ARRAY_LEN(store_journal_tables);

const struct store_table store_state_tables[] = {
    {"meta", "key TEXT PRIMARY KEY, value", true, NULL},
    {"image", "profile INTEGER PRIMARY KEY, body BLOB NOT NULL", false, NULL},
    {"ident", "row INTEGER PRIMARY KEY, kind INTEGER NOT NULL, value TEXT NOT NULL, profile INTEGER NOT NULL", false,
     NULL},
    {"name", "ord INTEGER PRIMARY KEY, space INTEGER NOT NULL, text TEXT NOT NULL", false, NULL},
    {"ledger_transaction",
     "id INTEGER PRIMARY KEY, movement INTEGER NOT NULL, record INTEGER NOT NULL, at INTEGER NOT NULL, rule INTEGER,"
     " lot INTEGER, of_transaction INTEGER, desired INTEGER, note TEXT, head BLOB NOT NULL",
     false, REFUSE("ledger_transaction")},
    {"ledger_entry",
     "seq INTEGER PRIMARY KEY, transaction_id INTEGER NOT NULL, account INTEGER NOT NULL, member INTEGER,"
     " points INTEGER NOT NULL, amount INTEGER NOT NULL",
     false, REFUSE("ledger_entry")},
    {"cold", "key BLOB PRIMARY KEY, value BLOB NOT NULL", true, NULL},
    {"cold_hash", "id INTEGER PRIMARY KEY, body BLOB NOT NULL", false, NULL},
    {"seen_open", "id INTEGER PRIMARY KEY, block INTEGER NOT NULL, first INTEGER NOT NULL, body BLOB NOT NULL", false,
     NULL},
    {"seen_block",
     "block INTEGER PRIMARY KEY, first INTEGER NOT NULL, ids INTEGER NOT NULL, bits INTEGER NOT NULL,"
     " bloom BLOB NOT NULL",
     false, NULL},
    {"seen_chunk", "id INTEGER PRIMARY KEY, body BLOB NOT NULL", false, NULL}, /* id: block * 65536 + bucket */
};
const size_t store_state_tables_n = TS_ARRAY_LEN(store_state_tables);

static enum ts_code make_tables(sqlite3 *db, const struct store_table *tables, size_t n, struct ts_error *err)
{
    struct ts_buf sql;
    ts_buf_init(&sql, 1u << 16);
    for (size_t i = 0; i < n; i++) {
        ts_buf_addf(&sql, "CREATE TABLE %s(%s)%s;%s", tables[i].name, tables[i].ddl,
                    tables[i].without_rowid ? " WITHOUT ROWID" : "", tables[i].more ? tables[i].more : "");
    }
    const char *text = ts_buf_cstr(&sql);
    enum ts_code code = sql.failed ? ts_fail(err, TS_E_MEMORY, "out of memory") : store_db_exec(db, text, err);
    ts_buf_release(&sql);
    return code;
}

enum ts_code store_meta_get(sqlite3 *db, const char *key, struct ts_buf *ret, struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    enum ts_code code = store_db_prepare(db, "SELECT value FROM meta WHERE key = ?", &s, err);
    if (code == TS_OK) {
        store_db_bind_text(s, 1, ts_cstr(key));
        code = store_db_step(s, &row, err);
    }
    if (code == TS_OK && row) {
        struct ts_str v = store_db_text(s, 0);
        if (!ts_buf_add(ret, v.ptr, v.len)) code = ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    sqlite3_finalize(s);
    return code;
}

enum ts_code store_meta_number(sqlite3 *db, const char *key, uint64_t *ret, struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    enum ts_code code = store_db_prepare(db, "SELECT value FROM meta WHERE key = ?", &s, err);
    if (code == TS_OK) {
        store_db_bind_text(s, 1, ts_cstr(key));
        code = store_db_step(s, &row, err);
    }
    if (code == TS_OK) *ret = row ? store_db_u64(s, 0) : 0;
    sqlite3_finalize(s);
    return code;
}

static enum ts_code put(sqlite3 *db, const char *key, const void *p, size_t n, uint64_t v, struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    enum ts_code code = store_db_prepare(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", &s, err);
    if (code == TS_OK) {
        store_db_bind_text(s, 1, ts_cstr(key));
        if (p)
            store_db_bind_blob(s, 2, p, n);
        else
            store_db_bind_u64(s, 2, v);
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    return code;
}

enum ts_code store_meta_put(sqlite3 *db, const char *key, const void *p, size_t n, struct ts_error *err)
{
    return put(db, key, p, n, 0, err);
}

enum ts_code store_meta_put_number(sqlite3 *db, const char *key, uint64_t v, struct ts_error *err)
{
    return put(db, key, NULL, 0, v, err);
}

/* CPU for a row of 400 bytes in the journal, by page size: 4 KB 3.8 us, 8 KB 3.1, 16 KB 2.6, 32 KB 2.3. Rows are only appended, so
 * large pages write no more in all, but each commit writes its last page again. Images are rewritten here and there: small pages
 * write less. */
#define JOURNAL_PRAGMAS                                                                                                \
    "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = "     \
    "2000;"                                                                                                            \
    "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF;"
#define STATE_PRAGMAS                                                                                                  \
    "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;"  \
    "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF;"                    \
    "PRAGMA cache_size = -32768;"

static enum ts_code stamp(sqlite3 *db, struct ts_error *err)
{
    enum ts_code code = store_meta_put_number(db, "format", STORE_FORMAT, err);
    if (code == TS_OK) code = store_meta_put_number(db, "engine", TS_ENGINE_NUMBER, err);
    return code;
}

enum ts_code store_schema_stamp(sqlite3 *db, struct ts_error *err)
{
    uint64_t format = 0, engine = 0;
    enum ts_code code = store_meta_number(db, "format", &format, err);
    if (code == TS_OK) code = store_meta_number(db, "engine", &engine, err);
    if (code != TS_OK || (format == STORE_FORMAT && engine == TS_ENGINE_NUMBER)) return code;
    uint64_t last = 0;
    if (engine < TS_ENGINE_NUMBER) code = store_db_number(db, "SELECT max(record) FROM journal", &last, err);
    if (code == TS_OK && last) code = store_meta_put_number(db, "older", last, err);
    return code == TS_OK ? stamp(db, err) : code;
}

enum ts_code store_schema_older(sqlite3 *journal, uint64_t *ret, struct ts_error *err)
{
    uint64_t engine = 0;
    enum ts_code code = store_meta_number(journal, "engine", &engine, err);
    if (code == TS_OK) code = store_meta_number(journal, "older", ret, err);
    if (code == TS_OK && engine < TS_ENGINE_NUMBER) *ret = UINT64_MAX;
    return code;
}

/* Tables and first facts in one transaction: a folder is there wholly or not at all. */
static enum ts_code fill_journal(sqlite3 *db, struct ts_error *err)
{
    struct store_identity fresh;
    randombytes_buf(&fresh, sizeof fresh);
    enum ts_code code = make_tables(db, store_journal_tables, store_journal_tables_n, err);
    if (code == TS_OK) code = store_meta_put(db, "id", fresh.id, sizeof fresh.id, err);
    if (code == TS_OK) code = store_meta_put(db, "hash_key", fresh.key, sizeof fresh.key, err);
    return code == TS_OK ? stamp(db, err) : code;
}

static enum ts_code fill_state(sqlite3 *db, const struct store_identity *identity, struct ts_error *err)
{
    enum ts_code code = make_tables(db, store_state_tables, store_state_tables_n, err);
    if (code == TS_OK) code = store_meta_put(db, "id", identity->id, sizeof identity->id, err);
    return code == TS_OK ? stamp(db, err) : code;
}

static enum ts_code make(sqlite3 *db, const char *pragmas, const struct store_identity *identity, struct ts_error *err)
{
    bool there = false;
    enum ts_code code = store_db_exec(db, pragmas, err);
    if (code == TS_OK) code = store_db_has_table(db, "meta", &there, err);
    if (code != TS_OK || there) return code;
    code = store_db_exec(db, "BEGIN IMMEDIATE", err);
    if (code == TS_OK) code = identity ? fill_state(db, identity, err) : fill_journal(db, err);
    if (code == TS_OK) return store_db_exec(db, "COMMIT", err);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

enum ts_code store_schema_journal(sqlite3 *db, struct ts_error *err) { return make(db, JOURNAL_PRAGMAS, NULL, err); }

enum ts_code store_schema_state(sqlite3 *db, const struct store_identity *identity, struct ts_error *err)
{
    return make(db, STATE_PRAGMAS, identity, err);
}

enum ts_code store_schema_check(sqlite3 *db, const char *what, struct ts_error *err)
{
    bool there = false;
    uint64_t format = 0, engine = 0;
    enum ts_code code = store_db_has_table(db, "meta", &there, err);
    if (code == TS_OK && !there) return ts_fail(err, TS_E_DAMAGED, "%s is no database of Tessera", what);
    if (code == TS_OK) code = store_meta_number(db, "format", &format, err);
    if (code == TS_OK) code = store_meta_number(db, "engine", &engine, err);
    if (code != TS_OK) return code;
    if (format == 0 || engine == 0) return ts_fail(err, TS_E_DAMAGED, "%s does not say its format", what);
    if (format > STORE_FORMAT || engine > TS_ENGINE_NUMBER) {
        ts_fail(err, TS_E_NEWER, "%s was written by a newer Tessera (format %llu, engine %llu)", what,
                (unsigned long long)format, (unsigned long long)engine);
        ts_error_hint(err, "this one knows format %d and engine %d", STORE_FORMAT, TS_ENGINE_NUMBER);
        return TS_E_NEWER;
    }
    return TS_OK;
}

static enum ts_code get_16(sqlite3 *db, const char *key, uint8_t out[16], bool *ret, struct ts_error *err)
{
    struct ts_buf b;
    ts_buf_init(&b, 4096);
    enum ts_code code = store_meta_get(db, key, &b, err);
    *ret = code == TS_OK && b.len == 16;
    if (*ret) memcpy(out, b.data, 16);
    ts_buf_release(&b);
    return code;
}

enum ts_code store_schema_identity(sqlite3 *journal, struct store_identity *ret, struct ts_error *err)
{
    bool id = false, key = false;
    enum ts_code code = get_16(journal, "id", ret->id, &id, err);
    if (code == TS_OK) code = get_16(journal, "hash_key", ret->key, &key, err);
    if (code == TS_OK && !(id && key)) return ts_fail(err, TS_E_DAMAGED, "journal.db has lost its identity");
    return code;
}

enum ts_code store_schema_same(sqlite3 *state, const struct store_identity *identity, bool *ret, struct ts_error *err)
{
    uint8_t id[16];
    enum ts_code code = get_16(state, "id", id, ret, err);
    *ret = *ret && memcmp(id, identity->id, sizeof id) == 0;
    return code;
}
