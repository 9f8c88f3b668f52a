/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoint thread: see checkpoint.h. A cut goes to disk only when its last record is durable in the journal, so the state is
 * never ahead of it. */
#include "store/checkpoint.h"

#include <pthread.h>

static enum ts_code work(struct store_checkpoint *c, const struct store_job *job, struct ts_error *err)
{
    enum ts_code code = store_journal_wait(c->journal, job->ticket, err);
    if (code == TS_OK) code = store_job_write(job, c->seen, c->db, "", err);
    if (code != TS_OK) return code;
    /* Passive: pages that a reader still needs stay in the WAL until the next time. */
    int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return rc == SQLITE_OK || rc == SQLITE_BUSY ? TS_OK : store_db_fail(c->db, rc, "state.db", err);
}

static void run(void *arg)
{
    pthread_setname_np(pthread_self(), "tessera-check");
    struct store_checkpoint *c = arg;
    uv_mutex_lock(&c->mutex);
    for (;;) {
        while (!c->stop && atomic_load(&c->state) != STORE_CP_WORKING)
            uv_cond_wait(&c->work, &c->mutex);
        if (atomic_load(&c->state) != STORE_CP_WORKING) break;
        const struct store_job *job = c->job;
        uv_mutex_unlock(&c->mutex);
        struct ts_error error = {0};
        enum ts_code code = work(c, job, &error);
        uv_mutex_lock(&c->mutex);
        if (code != TS_OK) {
            c->error = error;
            ts_error_wrap(&c->error, "the checkpoint cannot be written");
            sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        }
        atomic_store(&c->state, code == TS_OK ? STORE_CP_DONE : STORE_CP_FAILED);
        uv_cond_broadcast(&c->done);
    }
    uv_mutex_unlock(&c->mutex);
}

static enum ts_code start_thread(struct store_checkpoint *c, struct ts_error *err)
{
    if (uv_mutex_init(&c->mutex) != 0) return ts_fail(err, TS_E_MEMORY, "out of memory");
    if (uv_cond_init(&c->work) != 0) {
        uv_mutex_destroy(&c->mutex);
        return ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    if (uv_cond_init(&c->done) != 0) {
        uv_cond_destroy(&c->work);
        uv_mutex_destroy(&c->mutex);
        return ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    c->ready = true;
    if (uv_thread_create(&c->thread, run, c) != 0) return ts_fail(err, TS_E_MEMORY, "no thread for checkpoints");
    c->running = true;
    return TS_OK;
}

enum ts_code store_checkpoint_start(struct store_checkpoint *c, const char *path, const struct store_identity *identity,
                                    struct store_journal *journal, const struct store_seen *seen, struct ts_error *err)
{
    c->journal = journal;
    c->seen = seen;
    enum ts_code code = store_db_open(path, STORE_DB_WRITER, &c->db, err);
    if (code == TS_OK) code = store_schema_state(c->db, identity, err);
    if (code == TS_OK) code = start_thread(c, err);
    if (code != TS_OK) store_checkpoint_stop(c);
    return code;
}

void store_checkpoint_stop(struct store_checkpoint *c)
{
    if (c->running) {
        uv_mutex_lock(&c->mutex);
        c->stop = true;
        uv_cond_signal(&c->work);
        uv_mutex_unlock(&c->mutex);
        uv_thread_join(&c->thread);
        c->running = false;
    }
    store_db_close(c->db);
    c->db = NULL;
    if (c->ready) {
        uv_cond_destroy(&c->done);
        uv_cond_destroy(&c->work);
        uv_mutex_destroy(&c->mutex);
        c->ready = false;
    }
}

void store_checkpoint_give(struct store_checkpoint *c, struct store_job *job)
{
    uv_mutex_lock(&c->mutex);
    c->job = job;
    atomic_store(&c->state, STORE_CP_WORKING);
    uv_cond_signal(&c->work);
    uv_mutex_unlock(&c->mutex);
}

enum store_checkpoint_state store_checkpoint_await(struct store_checkpoint *c)
{
    uv_mutex_lock(&c->mutex);
    while (atomic_load(&c->state) == STORE_CP_WORKING)
        uv_cond_wait(&c->done, &c->mutex);
    uv_mutex_unlock(&c->mutex);
    return (enum store_checkpoint_state)atomic_load(&c->state);
}

enum ts_code store_checkpoint_failure(struct store_checkpoint *c, struct ts_error *err)
{
    if (atomic_load(&c->state) != STORE_CP_FAILED) return TS_OK;
    uv_mutex_lock(&c->mutex);
    if (err) *err = c->error;
    enum ts_code code = c->error.code;
    uv_mutex_unlock(&c->mutex);
    return code;
}
