/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint's job: everything that changed up to one record, taken on the engine's thread, written on another. */
#ifndef TS_STORE_JOB_H
#define TS_STORE_JOB_H

#include "engine/engine.h"
#include "store/cold.h"
#include "store/seen.h"

struct store_job {
    struct ts_cut cut;
    struct cold_cut cold;
    struct seen_cut seen;
    uint64_t ticket;      /* the journal must be on disk up to here first */
    uint64_t rules;       /* the activation in force */
    struct ts_buf names;  /* (space, text) of cut.names_from .. names_to */
    struct ts_buf idents; /* (row, kind, value, profile): the new ones, then the moved ones */
    uint32_t n_new, n_moved;
    bool overlays; /* cold keys and message ids are in it */
};
struct ts_store;
/* `overlays` false: cold keys and message ids stay in memory, where a store that writes nothing needs them. */
enum ts_code store_job_make(struct ts_store *s, bool overlays, struct store_job **ret, struct ts_error *err);
/* One transaction; `prefix` is put in front of the tables' names. */
enum ts_code store_job_write(const struct store_job *job, const struct store_seen *seen, sqlite3 *db,
                             const char *prefix, struct ts_error *err);
/* The encoded transactions by the two statements, for ledger_transaction and ledger_entry. */
enum ts_code store_transactions_write(sqlite3_stmt *t, sqlite3_stmt *e, struct ts_str encoded, struct ts_error *err);
/* The engine's thread: it is on disk. False: out of memory. */
bool store_job_release(struct ts_store *s, struct store_job *job);

#endif
