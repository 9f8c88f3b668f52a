/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a checkpoint's job and writing it: images sorted by profile, ledger rows appended, cold keys sorted, message ids, and the
 * watermark, all in one transaction. Names and identifiers are copied when the job is made, because their tables grow. */
#include "store/job.h"

#include "store/internal.h"
#include "store/schema.h"

/* ---- taking, on the engine's thread ---- */

static void copy_ident(const struct ts_idents *idents, uint32_t row, struct ts_buf *out)
{
    uint32_t kind = 0;
    struct ts_str value;
    uint64_t profile = 0;
    ts_idents_get(idents, row, &kind, &value, &profile);
    ts_buf_varint(out, row);
    ts_buf_varint(out, kind);
    ts_buf_str(out, value);
    ts_buf_varint(out, profile);
}

static bool copy_tables(const struct ts_engine *e, struct store_job *job)
{
    const struct ts_names *names = ts_engine_names(e);
    for (uint32_t i = job->cut.names_from; i < job->cut.names_to; i++) {
        enum ts_space space;
        struct ts_str text;
        ts_names_at(names, i, &space, &text);
        ts_buf_varint(&job->names, space);
        ts_buf_str(&job->names, text);
    }
    const struct ts_idents *idents = ts_engine_idents(e);
    for (uint32_t row = job->cut.idents_from + 1; row <= job->cut.idents_to; row++)
        copy_ident(idents, row, &job->idents);
    for (uint32_t i = 0; i < job->cut.n_moved; i++)
        copy_ident(idents, job->cut.moved[i], &job->idents);
    job->n_new = job->cut.idents_to - job->cut.idents_from;
    job->n_moved = job->cut.n_moved;
    return !job->names.failed && !job->idents.failed;
}

enum ts_code store_job_make(struct ts_store *s, bool overlays, struct store_job **ret, struct ts_error *err)
{
    struct store_job *job = ts_calloc(1, sizeof *job);
    if (!job) return ts_fail(err, TS_E_MEMORY, "out of memory for a checkpoint");
    enum ts_code code = ts_engine_cut(s->engine, &job->cut, err);
    if (code != TS_OK) {
        ts_free(job);
        return code;
    }
    ts_buf_init(&job->names, 0);
    ts_buf_init(&job->idents, 0);
    job->rules = ts_engine_rules_record(s->engine);
    job->ticket = ts_store_ticket(s);
    job->overlays = overlays;
    if (overlays) {
        store_cold_cut(&s->cold, &job->cold);
        store_seen_cut(&s->seen, &job->seen);
    }
    *ret = job; /* from here on it holds changes that nobody else has: it is kept even when copying failed */
    return copy_tables(s->engine, job) ? TS_OK : ts_fail(err, TS_E_MEMORY, "out of memory for a checkpoint");
}

bool store_job_release(struct ts_store *s, struct store_job *job)
{
    if (!job) return true;
    bool ok = true;
    if (job->overlays) {
        ok = store_seen_release(&s->seen, &job->seen);
        if (!ok) store_seen_drop_cut(&job->seen);
        store_cold_release(&s->cold, &job->cold);
    }
    ts_engine_release(s->engine, &job->cut);
    ts_buf_release(&job->names);
    ts_buf_release(&job->idents);
    ts_free(job);
    return ok;
}

/* ---- writing ---- */

static enum ts_code prepare(sqlite3 *db, const char *format, const char *prefix, sqlite3_stmt **ret,
                            struct ts_error *err)
{
    char sql[200];
    snprintf(sql, sizeof sql, format, prefix);
    return store_db_prepare(db, sql, ret, err);
}

static enum ts_code write_names(const struct store_job *job, sqlite3 *db, const char *prefix, struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    enum ts_code code = prepare(db, "INSERT INTO %sname(ord, space, text) VALUES(?, ?, ?)", prefix, &s, err);
    struct ts_reader in = ts_reader(job->names.data, job->names.len);
    for (uint32_t i = job->cut.names_from; i < job->cut.names_to && code == TS_OK; i++) {
        store_db_bind_u64(s, 1, i);
        store_db_bind_u64(s, 2, ts_read_varint(&in));
        store_db_bind_text(s, 3, ts_read_str(&in));
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    return code;
}

static enum ts_code write_idents(const struct store_job *job, sqlite3 *db, const char *prefix, struct ts_error *err)
{
    sqlite3_stmt *add = NULL, *move = NULL;
    enum ts_code code =
        prepare(db, "INSERT INTO %sident(row, kind, value, profile) VALUES(?, ?, ?, ?)", prefix, &add, err);
    if (code == TS_OK) code = prepare(db, "UPDATE %sident SET profile = ?4 WHERE row = ?1", prefix, &move, err);
    struct ts_reader in = ts_reader(job->idents.data, job->idents.len);
    for (uint32_t i = 0; i < job->n_new + job->n_moved && code == TS_OK; i++) {
        sqlite3_stmt *s = i < job->n_new ? add : move;
        store_db_bind_u64(s, 1, ts_read_varint(&in));
        const uint64_t kind = ts_read_varint(&in);
        const struct ts_str value = ts_read_str(&in);
        if (s == add) {
            store_db_bind_u64(s, 2, kind);
            store_db_bind_text(s, 3, value);
        }
        store_db_bind_u64(s, 4, ts_read_varint(&in));
        code = store_db_run(s, err);
    }
    sqlite3_finalize(add);
    sqlite3_finalize(move);
    return code;
}

static enum ts_code write_images(const struct store_job *job, sqlite3 *db, const char *prefix, struct ts_error *err)
{
    sqlite3_stmt *s = NULL;
    enum ts_code code = prepare(db, "INSERT OR REPLACE INTO %simage(profile, body) VALUES(?, ?)", prefix, &s, err);
    for (size_t i = 0; i < job->cut.n_images && code == TS_OK; i++) {
        store_db_bind_u64(s, 1, job->cut.images[i].number);
        store_db_bind_blob(s, 2, job->cut.images[i].data, job->cut.images[i].len);
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    return code;
}

static enum ts_code write_transaction(sqlite3_stmt *t, sqlite3_stmt *e, const struct ts_transaction *x,
                                      struct ts_error *err)
{
    store_db_bind_u64(t, 1, x->id);
    sqlite3_bind_int(t, 2, x->movement);
    store_db_bind_u64(t, 3, x->record);
    sqlite3_bind_int64(t, 4, x->at);
    store_db_bind_some(t, 5, x->rule);
    store_db_bind_some(t, 6, x->lot);
    store_db_bind_some(t, 7, x->of);
    store_db_bind_some(t, 8, (uint64_t)x->desired);
    store_db_bind_text(t, 9, x->note);
    store_db_bind_blob(t, 10, x->head, sizeof x->head);
    enum ts_code code = store_db_run(t, err);
    for (uint32_t i = 0; i < x->n_entries && code == TS_OK; i++) {
        store_db_bind_u64(e, 1, x->seq + i);
        store_db_bind_u64(e, 2, x->id);
        sqlite3_bind_int(e, 3, x->entries[i].account);
        store_db_bind_some(e, 4, x->entries[i].profile);
        sqlite3_bind_int64(e, 5, x->entries[i].points);
        sqlite3_bind_int64(e, 6, x->entries[i].amount);
        code = store_db_run(e, err);
    }
    return code;
}

enum ts_code store_transactions_write(sqlite3_stmt *t, sqlite3_stmt *e, struct ts_str encoded, struct ts_error *err)
{
    struct ts_transaction *x = ts_alloc(sizeof *x);
    if (!x) return ts_fail(err, TS_E_MEMORY, "out of memory while the ledger was written");
    enum ts_code code = TS_OK;
    struct ts_reader in = ts_reader(encoded.ptr, encoded.len);
    while (code == TS_OK && in.p < in.end) {
        if (!ts_transaction_decode(&in, x))
            code = ts_fail(err, TS_E_INTERNAL, "a transaction in memory cannot be read");
        else
            code = write_transaction(t, e, x, err);
    }
    ts_free(x);
    return code;
}

static enum ts_code write_ledger(const struct store_job *job, sqlite3 *db, const char *prefix, struct ts_error *err)
{
    if (job->cut.ledger.len == 0) return TS_OK;
    sqlite3_stmt *t = NULL, *e = NULL;
    enum ts_code code = prepare(db, "INSERT INTO %sledger_transaction VALUES(?,?,?,?,?,?,?,?,?,?)", prefix, &t, err);
    if (code == TS_OK) code = prepare(db, "INSERT INTO %sledger_entry VALUES(?,?,?,?,?,?)", prefix, &e, err);
    if (code == TS_OK) code = store_transactions_write(t, e, job->cut.ledger, err);
    sqlite3_finalize(t);
    sqlite3_finalize(e);
    return code;
}

static enum ts_code write_meta(const struct store_job *job, sqlite3 *db, const char *prefix, struct ts_error *err)
{
    const struct {
        const char *key;
        uint64_t number;
        struct ts_str bytes;
    } facts[] = {
        {"watermark", job->cut.record, {NULL, 0}}, {"rules", job->rules, {NULL, 0}}, {"state", 0, job->cut.meta}};
    sqlite3_stmt *s = NULL;
    enum ts_code code = prepare(db, "INSERT OR REPLACE INTO %smeta(key, value) VALUES(?, ?)", prefix, &s, err);
    for (size_t i = 0; i < TS_ARRAY_LEN(facts) && code == TS_OK; i++) {
        store_db_bind_text(s, 1, ts_cstr(facts[i].key));
        if (facts[i].bytes.ptr)
            store_db_bind_blob(s, 2, facts[i].bytes.ptr, facts[i].bytes.len);
        else
            store_db_bind_u64(s, 2, facts[i].number);
        code = store_db_run(s, err);
    }
    sqlite3_finalize(s);
    return code;
}

enum ts_code store_job_write(const struct store_job *job, const struct store_seen *seen, sqlite3 *db,
                             const char *prefix, struct ts_error *err)
{
    enum ts_code code = store_db_exec(db, "BEGIN IMMEDIATE", err);
    if (code != TS_OK) return code;
    code = write_names(job, db, prefix, err);
    if (code == TS_OK) code = write_idents(job, db, prefix, err);
    if (code == TS_OK) code = write_images(job, db, prefix, err);
    if (code == TS_OK) code = write_ledger(job, db, prefix, err);
    if (code == TS_OK) code = store_cold_write(&job->cold, db, prefix, err);
    if (code == TS_OK) code = store_seen_write(seen, &job->seen, db, prefix, err);
    if (code == TS_OK) code = write_meta(job, db, prefix, err);
    if (code == TS_OK) code = store_db_exec(db, "COMMIT", err);
    if (code != TS_OK) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}
