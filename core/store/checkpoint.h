/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoint thread: it owns the connection that writes state.db.
 *
 *   idle --job--> working (journal durable? write, fold the WAL) --> done --the engine's thread releases--> idle
 *                                                                \--error--> failed, for good
 */
#ifndef TS_STORE_CHECKPOINT_H
#define TS_STORE_CHECKPOINT_H

#include <stdatomic.h>
#include <uv.h>

#include "store/job.h"
#include "store/journal.h"
#include "store/schema.h"

enum store_checkpoint_state { STORE_CP_IDLE, STORE_CP_WORKING, STORE_CP_DONE, STORE_CP_FAILED };
struct store_checkpoint {
    sqlite3 *db; /* of the thread while it runs */
    struct store_journal *journal;
    const struct store_seen *seen;
    uv_thread_t thread;
    uv_mutex_t mutex;
    uv_cond_t work, done;
    bool running, ready, stop;
    struct store_job *job;
    struct ts_error error;
    _Atomic int state; /* enum store_checkpoint_state */
};
enum ts_code store_checkpoint_start(struct store_checkpoint *c, const char *path, const struct store_identity *identity,
                                    struct store_journal *journal, const struct store_seen *seen, struct ts_error *err);
/* Ends the thread after the job it is at and closes the file. The job, if any, is left in c->job. */
void store_checkpoint_stop(struct store_checkpoint *c);
void store_checkpoint_give(struct store_checkpoint *c,
                           struct store_job *job); /* idle -> working; the job stays the caller's */
enum store_checkpoint_state store_checkpoint_await(struct store_checkpoint *c); /* until it does not work */
enum ts_code store_checkpoint_failure(struct store_checkpoint *c, struct ts_error *err);

#endif
