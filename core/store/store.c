/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, closing, the barrier, and the moments at which checkpoints start. */
#include "store/internal.h"

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/lock.h"

#define CHECKPOINT_MEMBERS 50000  /* changed members ... */
#define CHECKPOINT_RECORDS 200000 /* ... or records, after which a checkpoint is due */

/* ---- opening ---- */

static uint64_t queued(void *arg) { return ts_store_ticket(arg); }
static uint64_t durable(void *arg) { return ts_store_durable(arg); }

static void init_overlays(struct ts_store *s)
{
    store_seen_init(&s->seen, s->identity.key);
    store_cold_init(&s->cold, s->identity.key);
    s->seen.keep = s->mode != TS_STORE_WRITE;
    s->seen.queued = queued;
    s->seen.durable = durable;
    s->seen.arg = s;
}

/* Begin a transaction that sees one moment for as long as the store is open. */
static enum ts_code pin(sqlite3 *db, struct ts_error *err)
{
    uint64_t ignored;
    enum ts_code code = store_db_exec(db, "BEGIN", err);
    return code == TS_OK ? store_db_number(db, "SELECT count(*) FROM sqlite_schema", &ignored, err) : code;
}

/* Is state.db usable with this journal? TS_E_DAMAGED: no, it is to be made anew. */
static enum ts_code judge_state(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    bool same = false;
    uint64_t watermark = 0, end = 0;
    enum ts_code code = store_schema_check(db, "state.db", err);
    if (code == TS_OK) code = store_schema_same(db, &s->identity, &same, err);
    if (code == TS_OK) code = store_meta_number(db, "watermark", &watermark, err);
    if (code == TS_OK) code = store_db_number(s->read_journal, "SELECT max(record) FROM journal", &end, err);
    if (code != TS_OK) return code;
    if (!same) return ts_fail(err, TS_E_DAMAGED, "state.db belongs to another journal");
    if (watermark > end) return ts_fail(err, TS_E_DAMAGED, "state.db is ahead of the journal");
    return TS_OK;
}

/* Put a useless state.db aside: it can be made from the journal, but somebody may want to look at it. */
static enum ts_code set_state_aside(struct ts_store *s, struct ts_error *err)
{
    char *aside = NULL;
    enum ts_code code = store_path(s->dir, "state.damaged.db", &aside, err);
    if (code == TS_OK && rename(s->state_path, aside) != 0 && errno != ENOENT)
        code = store_fail_errno("moving aside", s->state_path, err);
    static const char *const more[] = {"state.db-wal", "state.db-shm"};
    for (size_t i = 0; i < TS_ARRAY_LEN(more) && code == TS_OK; i++) {
        char *path = NULL;
        code = store_path(s->dir, more[i], &path, err);
        if (code == TS_OK && unlink(path) != 0 && errno != ENOENT) code = store_fail_errno("removing", path, err);
        ts_free(path);
    }
    ts_free(aside);
    return code;
}

static enum ts_code open_for_writing(struct ts_store *s, struct ts_error *err)
{
    enum ts_code code = store_folder_make(s->dir, err);
    if (code == TS_OK) code = store_lock(s->dir, &s->lock, err);
    if (code == TS_OK) code = store_journal_start(&s->journal, s->journal_path, s->options.commit_ms, err);
    if (code == TS_OK) s->writing = true;
    if (code == TS_OK) code = store_sync_dir(s->dir, err);
    if (code == TS_OK) code = store_db_open(s->journal_path, STORE_DB_READER, &s->read_journal, err);
    if (code == TS_OK) code = store_schema_identity(s->read_journal, &s->identity, err);
    if (code != TS_OK || access(s->state_path, F_OK) != 0) return code;

    sqlite3 *db = NULL;
    struct ts_error why = {0};
    enum ts_code judged = store_db_open(s->state_path, STORE_DB_READER, &db, &why);
    if (judged == TS_OK) judged = judge_state(s, db, &why);
    store_db_close(db);
    if (judged == TS_E_DAMAGED) return set_state_aside(s, err);
    if (judged != TS_OK && err) *err = why;
    return judged;
}

enum ts_code store_start_state(struct ts_store *s, struct ts_error *err)
{
    init_overlays(s);
    enum ts_code code = store_checkpoint_start(&s->checkpoint, s->state_path, &s->identity, &s->journal, &s->seen, err);
    if (code == TS_OK) code = store_db_open(s->state_path, STORE_DB_READER, &s->read_state, err);
    s->has_state = code == TS_OK;
    return code;
}

enum ts_code store_drop_state(struct ts_store *s, struct ts_error *err)
{
    store_seen_close(&s->seen);
    store_cold_close(&s->cold);
    store_db_close(s->read_state);
    s->read_state = NULL;
    s->has_state = false;
    if (s->mode != TS_STORE_WRITE) {
        init_overlays(s);
        return TS_OK;
    }
    store_checkpoint_stop(&s->checkpoint);
    s->checkpoint = (struct store_checkpoint){0};
    enum ts_code code = set_state_aside(s, err);
    return code == TS_OK ? store_start_state(s, err) : code;
}

/* An empty journal in memory: a dry run on a folder that is not there yet. */
static enum ts_code open_nothing(struct ts_store *s, struct ts_error *err)
{
    enum ts_code code = store_db_open(":memory:", STORE_DB_WRITER, &s->read_journal, err);
    if (code == TS_OK) code = store_schema_journal(s->read_journal, err);
    if (code == TS_OK) code = store_schema_identity(s->read_journal, &s->identity, err);
    init_overlays(s);
    return code;
}

/* The state first, then the journal: whatever a writer does between, the journal is never behind the state. */
static enum ts_code open_for_reading(struct ts_store *s, struct ts_error *err)
{
    if (access(s->journal_path, F_OK) != 0) {
        if (s->mode == TS_STORE_DRY) return open_nothing(s, err);
        return ts_fail(err, TS_E_NOT_FOUND, "there is no data folder at %s", s->dir);
    }
    struct ts_error why = {0};
    enum ts_code judged = TS_E_DAMAGED;
    if (access(s->state_path, F_OK) == 0) {
        judged = store_db_open(s->state_path, STORE_DB_READER, &s->read_state, &why);
        if (judged == TS_OK) judged = pin(s->read_state, &why);
    }
    enum ts_code code = store_db_open(s->journal_path, STORE_DB_READER, &s->read_journal, err);
    if (code == TS_OK) code = pin(s->read_journal, err);
    if (code == TS_OK) code = store_schema_check(s->read_journal, "journal.db", err);
    if (code == TS_OK) code = store_schema_identity(s->read_journal, &s->identity, err);
    if (code == TS_OK && judged == TS_OK) judged = judge_state(s, s->read_state, &why);
    if (code == TS_OK && judged == TS_E_NEWER) {
        if (err) *err = why;
        code = judged;
    }
    if (code == TS_OK) init_overlays(s);
    s->has_state = judged == TS_OK;
    if (!s->has_state) {
        store_db_close(s->read_state);
        s->read_state = NULL;
    }
    return code;
}

static enum ts_code open_all(struct ts_store *s, struct ts_store_info *info, struct ts_error *err)
{
    enum ts_code code = store_path(s->dir, "journal.db", &s->journal_path, err);
    if (code == TS_OK) code = store_path(s->dir, "state.db", &s->state_path, err);
    if (code == TS_OK) code = s->mode == TS_STORE_WRITE ? open_for_writing(s, err) : open_for_reading(s, err);
    if (code == TS_OK && s->mode == TS_STORE_WRITE) code = store_start_state(s, err);
    if (code == TS_OK) code = store_recover(s, info, err);
    if (code == TS_OK) code = store_seen_attach(&s->seen, s->read_state, s->read_journal, err);
    return code;
}

enum ts_code ts_store_open(const char *dir, const struct ts_store_options *options, struct ts_store **ret,
                           struct ts_store_info *ret_info, struct ts_error *err)
{
    if (sodium_init() < 0) return ts_fail(err, TS_E_INTERNAL, "libsodium does not start");
    struct ts_store *s = ts_calloc(1, sizeof *s);
    if (!s) return ts_fail(err, TS_E_MEMORY, "out of memory");
    s->mode = options->mode;
    s->options = *options;
    s->lock = -1;
    s->open_quarantine = s->open_errors = -1;
    ts_buf_init(&s->tail_ledger, 0);
    s->dir = ts_strdup_n(dir, strlen(dir));
    struct ts_store_info info = {0};
    enum ts_code code = s->dir ? open_all(s, &info, err) : ts_fail(err, TS_E_MEMORY, "out of memory");
    if (code != TS_OK) {
        s->dying = true;
        ts_store_close(s, NULL);
        return code;
    }
    if (ret_info) *ret_info = info;
    *ret = s;
    return TS_OK;
}

/* ---- closing ---- */

/* The readers go first, so that the writers are the last to close and fold their WALs in. */
static enum ts_code stop_writing(struct ts_store *s, struct ts_error *err)
{
    enum ts_code code = TS_OK;
    if (s->engine && !s->dying) code = ts_store_checkpoint(s, err);
    store_seen_detach(&s->seen);
    store_cold_detach(&s->cold);
    store_db_close(s->read_state);
    store_db_close(s->read_journal);
    s->read_state = s->read_journal = NULL;
    struct store_job *job = s->checkpoint.job;
    store_checkpoint_stop(&s->checkpoint);
    if (job) store_job_release(s, job);
    struct ts_error late = {0};
    enum ts_code stopped = store_journal_stop(&s->journal, code == TS_OK && !s->dying, &late);
    if (code == TS_OK && stopped != TS_OK) {
        code = stopped;
        if (err) *err = late;
    }
    return code;
}

enum ts_code ts_store_close(struct ts_store *s, struct ts_error *err)
{
    if (!s) return TS_OK;
    enum ts_code code = s->writing ? stop_writing(s, err) : TS_OK;
    if (s->tail_job) store_job_release(s, s->tail_job);
    store_seen_close(&s->seen);
    store_cold_close(&s->cold);
    store_db_close(s->read_state);
    store_db_close(s->read_journal);
    if (s->engine) ts_engine_free(s->engine);
    ts_free(s->lines.at);
    ts_free(s->lines.used);
    ts_buf_release(&s->tail_ledger);
    store_unlock(s->lock);
    ts_free(s->dir);
    ts_free(s->journal_path);
    ts_free(s->state_path);
    ts_free(s);
    return code;
}

struct ts_engine *ts_store_engine(struct ts_store *s) { return s->engine; }

/* ---- the barrier ---- */

uint64_t ts_store_ticket(const struct ts_store *s)
{
    return s->mode == TS_STORE_WRITE ? atomic_load_explicit(&s->journal.ticket, memory_order_relaxed) : s->ticket;
}

uint64_t ts_store_durable(const struct ts_store *s)
{
    return s->mode == TS_STORE_WRITE ? atomic_load(&s->journal.durable) : s->ticket;
}

enum ts_code ts_store_wait(struct ts_store *s, uint64_t ticket, struct ts_error *err)
{
    return s->mode == TS_STORE_WRITE ? store_journal_wait(&s->journal, ticket, err) : TS_OK;
}

uint64_t ts_store_watermark(const struct ts_store *s) { return atomic_load(&s->watermark); }

/* What went wrong was either the journal's disk or memory. */
static enum ts_code is_dying(struct ts_store *s, struct ts_error *err)
{
    enum ts_code code = store_journal_failure(&s->journal, err);
    if (code == TS_OK)
        ts_fail(err, code = TS_E_MEMORY, "the store ran out of memory: start again, nothing durable is lost");
    return code;
}

/* ---- checkpoints ---- */

/* A finished job is released, a failed one reported. */
static enum ts_code collect(struct ts_store *s, struct ts_error *err)
{
    struct store_checkpoint *c = &s->checkpoint;
    const int state = atomic_load_explicit(&c->state, memory_order_acquire);
    if (state == STORE_CP_FAILED) return store_checkpoint_failure(c, err);
    if (state != STORE_CP_DONE) return TS_OK;
    struct store_job *job = c->job;
    atomic_store(&s->watermark, job->cut.record);
    c->job = NULL;
    atomic_store(&c->state, STORE_CP_IDLE);
    return store_job_release(s, job) ? TS_OK : ts_fail(err, TS_E_MEMORY, "out of memory after a checkpoint");
}

static enum ts_code start(struct ts_store *s, struct ts_error *err)
{
    struct store_job *job = NULL;
    enum ts_code code = store_job_make(s, true, &job, err);
    if (code != TS_OK) {
        if (job) store_job_release(s, job);
        s->dying = job != NULL; /* what was cut is in no later cut: only a restart knows it */
        return code;
    }
    s->cut_record = job->cut.record;
    store_checkpoint_give(&s->checkpoint, job);
    return TS_OK;
}

static bool is_due(const struct ts_store *s)
{
    const uint64_t records = ts_engine_record(s->engine) - s->cut_record;
    const uint64_t most = s->options.checkpoint_records ? s->options.checkpoint_records : CHECKPOINT_RECORDS;
    return records >= most || (records > 0 && ts_engine_dirty(s->engine) >= CHECKPOINT_MEMBERS);
}

enum ts_code store_keep_up(struct ts_store *s, struct ts_error *err)
{
    enum ts_code code = collect(s, err);
    if (code != TS_OK || s->options.no_checkpoint) return code;
    if (atomic_load_explicit(&s->checkpoint.state, memory_order_relaxed) == STORE_CP_WORKING) {
        if (ts_engine_dirty(s->engine) < TS_LIMIT_DIRTY_MEMBERS) return TS_OK;
        store_checkpoint_await(&s->checkpoint);
        code = collect(s, err);
        if (code != TS_OK) return code;
    }
    return is_due(s) ? start(s, err) : TS_OK;
}

enum ts_code ts_store_breathe(struct ts_store *s, struct ts_error *err)
{
    if (s->mode != TS_STORE_WRITE) return TS_OK;
    if (s->dying) return is_dying(s, err);
    enum ts_code code = store_journal_room(&s->journal, err);
    return code == TS_OK ? store_keep_up(s, err) : code;
}

enum ts_code ts_store_checkpoint(struct ts_store *s, struct ts_error *err)
{
    if (s->mode != TS_STORE_WRITE) return TS_OK;
    if (s->dying) return is_dying(s, err);
    enum ts_code code = store_journal_wait(&s->journal, ts_store_ticket(s), err);
    while (code == TS_OK) {
        store_checkpoint_await(&s->checkpoint);
        code = collect(s, err);
        if (code != TS_OK || ts_store_watermark(s) == ts_engine_record(s->engine)) break;
        code = start(s, err);
    }
    return code;
}
