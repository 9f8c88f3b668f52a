/* SPDX-License-Identifier: Apache-2.0 */
/* The journal thread: takes what is queued, writes it in one transaction, and says how far the disk is. After the first error
 * it never writes again: memory is ahead of the disk, and the process must end. */
#include "store/journal.h"

#include <pthread.h>

#include "base/limits.h"
#include "store/queue.h"
#include "store/schema.h"

#define COMMIT_ITEMS 1000 /* so many waiting items are not kept waiting for more */
#define WAL_PAGES 2000    /* then the WAL is copied into the file */

/* ---- message ids: 36 bytes a row that the payload has already ---- */

bool store_message_place(const struct ts_row *row, uint64_t *ret)
{
    if (row->message_id.len == 0 || row->message_id.len > 255 || row->payload.len == 0) return false;
    const char *at = memmem(row->payload.ptr, row->payload.len, row->message_id.ptr, row->message_id.len);
    if (!at) return false;
    *ret = (uint64_t)(at - row->payload.ptr) << 8 | row->message_id.len;
    return true;
}

struct ts_str store_message_text(sqlite3_stmt *s, int column, struct ts_str payload)
{
    if (sqlite3_column_type(s, column) != SQLITE_INTEGER) return store_db_text(s, column);
    const uint64_t place = store_db_u64(s, column), offset = place >> 8, len = place & 255;
    if (offset > payload.len || len > payload.len - offset) return (struct ts_str){NULL, 0};
    return ts_str(payload.ptr + offset, len);
}

static uint64_t sum_text(uint64_t sum, struct ts_str s) { return ts_mix(sum, ts_hash(s.ptr, s.len, sum)); }

uint64_t store_row_sum(const struct ts_row *r)
{
    const uint64_t numbers[] = {r->record, (uint64_t)r->time, (uint64_t)r->received_at, r->kind, r->rules, r->profile,
                                r->prev,   r->digest};
    uint64_t sum = ts_hash(numbers, sizeof numbers, 1);
    if (r->message_id.len > 0) sum = sum_text(sum, r->message_id);
    return sum_text(sum_text(sum, r->payload), r->outcome);
}

/* ---- writing ---- */

static enum ts_code write_row(struct store_journal *j, const struct ts_row *r, struct ts_error *err)
{
    sqlite3_stmt *s = j->insert_row;
    uint64_t place;
    store_db_bind_u64(s, 1, r->record);
    sqlite3_bind_int64(s, 2, r->time);
    sqlite3_bind_int64(s, 3, r->received_at);
    sqlite3_bind_int(s, 4, r->kind);
    store_db_bind_some(s, 5, r->rules);
    store_db_bind_some(s, 6, r->profile);
    store_db_bind_some(s, 7, r->prev);
    store_db_bind_u64(s, 8, r->digest);
    if (store_message_place(r, &place))
        store_db_bind_u64(s, 9, place);
    else
        store_db_bind_text(s, 9, r->message_id);
    store_db_bind_blob(s, 10, r->payload.ptr, r->payload.len);
    store_db_bind_blob(s, 11, r->outcome.ptr, r->outcome.len);
    store_db_bind_u64(s, 12, store_row_sum(r));
    return store_db_run(s, err);
}

static enum ts_code write_quarantine(struct store_journal *j, const struct store_item *item, struct ts_error *err)
{
    const struct ts_quarantined *q = &item->is.quarantine;
    sqlite3_stmt *s = j->insert_quarantine;
    store_db_bind_u64(s, 1, item->id);
    store_db_bind_some(s, 2, q->record);
    store_db_bind_text(s, 3, q->file);
    store_db_bind_some(s, 4, q->line);
    store_db_bind_text(s, 5, ts_cstr(ts_reason_name(q->reason)));
    store_db_bind_text(s, 6, q->field);
    store_db_bind_text(s, 7, q->message);
    store_db_bind_blob(s, 8, q->body.ptr, q->body.len);
    sqlite3_bind_int64(s, 9, q->at);
    store_db_bind_blob(s, 10, q->line_id, sizeof q->line_id);
    return store_db_run(s, err);
}

static enum ts_code write_error(struct store_journal *j, const struct store_item *item, struct ts_error *err)
{
    const struct ts_rule_error *e = &item->is.error;
    sqlite3_stmt *s = j->insert_error;
    store_db_bind_u64(s, 1, item->id);
    store_db_bind_some(s, 2, e->record);
    store_db_bind_some(s, 3, e->member);
    store_db_bind_some(s, 4, e->rule);
    store_db_bind_text(s, 5, e->rule_name);
    store_db_bind_text(s, 6, e->file);
    store_db_bind_some(s, 7, e->line);
    store_db_bind_text(s, 8, e->version);
    store_db_bind_text(s, 9, e->event);
    store_db_bind_text(s, 10, e->message);
    sqlite3_bind_int(s, 11, e->stopped);
    sqlite3_bind_int64(s, 12, e->at);
    return store_db_run(s, err);
}

static enum ts_code write_mark(struct store_journal *j, const struct store_mark *m, struct ts_error *err)
{
    sqlite3_stmt *s = m->errors ? j->mark_error : j->mark_quarantine;
    store_db_bind_u64(s, 1, m->id);
    return store_db_run(s, err);
}

static enum ts_code write_item(struct store_journal *j, const struct store_item *item, struct ts_error *err)
{
    switch (item->type) {
    case STORE_ITEM_ROW:
        return write_row(j, &item->is.row, err);
    case STORE_ITEM_QUARANTINE:
        return write_quarantine(j, item, err);
    case STORE_ITEM_ERROR:
        return write_error(j, item, err);
    default:
        return write_mark(j, &item->is.mark, err);
    }
}

static enum ts_code write_batch(struct store_journal *j, const struct store_segment *s, uint64_t *ret_bytes,
                                struct ts_error *err)
{
    enum ts_code code = store_db_run(j->begin, err);
    uint64_t bytes = 0;
    for (; s && code == TS_OK; s = s->next) {
        for (size_t at = 0; at < s->len && code == TS_OK;) {
            const struct store_item *item = (const struct store_item *)(const void *)(s->data + at);
            code = write_item(j, item, err);
            at += item->size;
        }
        bytes += s->len;
    }
    if (code == TS_OK) code = store_db_run(j->commit, err);
    *ret_bytes = bytes;
    return code;
}

/* ---- from the WAL into the file ---- */

/* SQLite's own checkpoints, after a commit and on closing, keep a failure to themselves and try again at the next one. After a
 * failed sync there is no again, so ours are asked for, and their failure is the journal's. */
static int note_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct store_journal *j = arg;
    TS_UNUSED(db);
    TS_UNUSED(name);
    j->wal_pages = pages;
    return SQLITE_OK;
}

static enum ts_code copy_wal(struct store_journal *j, struct ts_error *err)
{
    if (j->wal_pages == 0) return TS_OK;
    j->wal_pages = 0;
    int rc = sqlite3_wal_checkpoint_v2(j->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return rc == SQLITE_OK || rc == SQLITE_BUSY ? TS_OK : store_db_fail(j->db, rc, "journal.db", err);
}

/* ---- the thread ---- */

/* Sleep until there is something worth a commit; under the mutex. False: asked to stop, and nothing is left. */
static bool await_work(struct store_journal *j)
{
    while (j->items == 0 && !j->stop)
        uv_cond_wait(&j->work, &j->mutex);
    const uint64_t until = j->first_at_ns + (uint64_t)j->commit_ms * 1000000;
    while (j->items > 0 && j->items < COMMIT_ITEMS && !j->flush && !j->stop) {
        uint64_t now = uv_hrtime();
        if (now >= until) break;
        uv_cond_timedwait(&j->work, &j->mutex, until - now);
    }
    return j->items > 0;
}

static void fail(struct store_journal *j, const struct ts_error *error)
{
    j->error = *error;
    j->error.code = TS_E_DISK;
    ts_error_name(&j->error, ts_code_name(TS_E_DISK));
    ts_error_wrap(&j->error, "the journal cannot be written");
    sqlite3_db_config(j->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    atomic_store(&j->failed, true);
    uv_cond_broadcast(&j->done);
}

static void run(void *arg)
{
    pthread_setname_np(pthread_self(), "tessera-journal");
    struct store_journal *j = arg;
    struct ts_error error = {0};
    uv_mutex_lock(&j->mutex);
    while (await_work(j)) {
        struct store_segment *batch = j->first;
        const uint64_t items = j->items, upto = atomic_load(&j->ticket);
        j->first = j->last = NULL;
        j->items = 0;
        j->flush = false;
        uv_mutex_unlock(&j->mutex);

        uint64_t bytes = 0;
        enum ts_code code = write_batch(j, batch, &bytes, &error);

        uv_mutex_lock(&j->mutex);
        store_segments_recycle(j, batch);
        if (code != TS_OK) {
            fail(j, &error);
            break;
        }
        j->waiting_items -= items;
        j->waiting_bytes -= bytes;
        if (j->waiting_items <= TS_LIMIT_BACKLOG_RECORDS / 2 && j->waiting_bytes <= TS_LIMIT_BACKLOG_BYTES / 2)
            atomic_store(&j->crowded, false);
        atomic_store(&j->durable, upto);
        uv_cond_broadcast(&j->done);
        if (j->wal_pages < WAL_PAGES) continue;
        uv_mutex_unlock(&j->mutex);
        code = copy_wal(j, &error);
        uv_mutex_lock(&j->mutex);
        if (code != TS_OK) {
            fail(j, &error);
            break;
        }
    }
    if (!atomic_load(&j->failed) && copy_wal(j, &error) != TS_OK) fail(j, &error);
    uv_mutex_unlock(&j->mutex);
}

static enum ts_code prepare(struct store_journal *j, struct ts_error *err)
{
    const struct {
        const char *sql;
        sqlite3_stmt **to;
    } all[] = {
        {"INSERT INTO journal VALUES(?,?,?,?,?,?,?,?,?,?,?,?)", &j->insert_row},
        {"INSERT INTO quarantine VALUES(?,?,?,?,?,?,?,?,?,'open',?)", &j->insert_quarantine},
        {"INSERT INTO rule_error VALUES(?,?,?,?,?,?,?,?,?,?,?,?,'open')", &j->insert_error},
        {"UPDATE quarantine SET status = 'redriven' WHERE id = ?", &j->mark_quarantine},
        {"UPDATE rule_error SET status = 'redriven' WHERE id = ?", &j->mark_error},
        {"BEGIN IMMEDIATE", &j->begin},
        {"COMMIT", &j->commit},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(all); i++) {
        enum ts_code code = store_db_prepare(j->db, all[i].sql, all[i].to, err);
        if (code != TS_OK) return code;
    }
    return TS_OK;
}

static void close_all(struct store_journal *j)
{
    sqlite3_stmt **all[] = {&j->insert_row,      &j->insert_quarantine, &j->insert_error,
                            &j->mark_quarantine, &j->mark_error,        &j->begin,
                            &j->commit};
    for (size_t i = 0; i < TS_ARRAY_LEN(all); i++) {
        sqlite3_finalize(*all[i]);
        *all[i] = NULL;
    }
    store_db_close(j->db);
    j->db = NULL;
}

static enum ts_code start_thread(struct store_journal *j, struct ts_error *err)
{
    if (uv_mutex_init(&j->mutex) != 0) return ts_fail(err, TS_E_MEMORY, "out of memory");
    if (uv_cond_init(&j->work) != 0) {
        uv_mutex_destroy(&j->mutex);
        return ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    if (uv_cond_init(&j->done) != 0) {
        uv_cond_destroy(&j->work);
        uv_mutex_destroy(&j->mutex);
        return ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    j->ready = true;
    if (uv_thread_create(&j->thread, run, j) != 0) return ts_fail(err, TS_E_MEMORY, "no thread for the journal");
    j->running = true;
    return TS_OK;
}

enum ts_code store_journal_start(struct store_journal *j, const char *path, uint32_t commit_ms, struct ts_error *err)
{
    j->commit_ms = commit_ms ? commit_ms : 5;
    enum ts_code code = store_db_open(path, STORE_DB_WRITER, &j->db, err);
    if (code == TS_OK) code = store_schema_journal(j->db, err);
    if (code == TS_OK) code = store_schema_check(j->db, "journal.db", err);
    if (code == TS_OK) code = store_schema_stamp(j->db, err);
    if (code == TS_OK) code = prepare(j, err);
    if (code == TS_OK) sqlite3_wal_hook(j->db, note_pages, j);
    j->wal_pages = 1; /* of an earlier process, perhaps */
    if (code == TS_OK) code = start_thread(j, err);
    if (code != TS_OK) store_journal_stop(j, false, NULL);
    return code;
}

enum ts_code store_journal_stop(struct store_journal *j, bool orderly, struct ts_error *err)
{
    if (j->running) {
        uv_mutex_lock(&j->mutex);
        j->stop = true;
        if (!orderly) {
            store_segments_free(j->first);
            j->first = j->last = NULL;
            j->items = 0;
        }
        uv_cond_signal(&j->work);
        uv_mutex_unlock(&j->mutex);
        uv_thread_join(&j->thread);
        j->running = false;
    }
    enum ts_code code = j->ready ? store_journal_failure(j, err) : TS_OK;
    close_all(j);
    store_segments_free(j->first);
    store_segments_free(j->spare);
    j->first = j->last = j->spare = NULL;
    if (j->ready) {
        uv_cond_destroy(&j->done);
        uv_cond_destroy(&j->work);
        uv_mutex_destroy(&j->mutex);
        j->ready = false;
    }
    return code;
}
