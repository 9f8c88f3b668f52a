/* SPDX-License-Identifier: Apache-2.0 */
/* The store as its files see it. Threads: the engine's (everything, but where said), the journal's (journal.c), the checkpoint's
 * (checkpoint.c). */
#ifndef TS_STORE_INTERNAL_H
#define TS_STORE_INTERNAL_H

#include "store/checkpoint.h"
#include "store/cold.h"
#include "store/journal.h"
#include "store/seen.h"
#include "store/store.h"

struct line_ids { /* a set of the lines that are in quarantine without a record */
    uint8_t (*at)[16];
    bool *used;
    uint32_t n, mask; /* mask: slots - 1; at NULL: not loaded */
};

struct ts_store {
    enum ts_store_mode mode;
    struct ts_store_options options;
    char *dir, *journal_path, *state_path;
    int lock; /* -1: none */
    struct ts_engine *engine;
    struct store_identity identity;
    uint64_t older;               /* records up to this one are an older engine's */
    bool has_state;               /* READ, DRY: state.db is there and whole */
    struct store_journal journal; /* WRITE only */
    struct store_checkpoint checkpoint;
    bool writing; /* the threads run */
    struct store_seen seen;
    struct store_cold cold;
    sqlite3 *read_journal, *read_state;   /* readers of the engine's thread; READ, DRY: inside one transaction */
    uint64_t next_quarantine, next_error; /* ids; 0: not asked yet */
    int64_t open_quarantine, open_errors; /* counts, -1: not known */
    struct line_ids lines;
    _Atomic uint64_t watermark;
    uint64_t cut_record;        /* of the newest cut */
    uint64_t ticket;            /* READ, DRY: nothing is ever on disk */
    struct store_job *tail_job; /* READ: what the checkpoint does not have */
    struct ts_buf tail_ledger;  /* READ, DRY: its transactions, encoded */
    bool tail_lost;             /* it was too long to keep */
    bool dying;                 /* a thread failed, or memory and queue parted ways: nothing is written any more */
};

/* store.c */
enum ts_code store_start_state(struct ts_store *s, struct ts_error *err);
enum ts_code store_drop_state(struct ts_store *s, struct ts_error *err); /* it is damaged: begin with an empty one */
enum ts_code store_keep_up(struct ts_store *s, struct ts_error *err);    /* checkpoints: finish one, start one */

/* host.c: what the engine asks of the store */
struct ts_host store_host(struct ts_store *s);
enum ts_code store_count(struct ts_store *s, bool errors, int64_t *ret, struct ts_error *err);

/* recover.c */
enum ts_code store_recover(struct ts_store *s, struct ts_store_info *info, struct ts_error *err);
/* Load a checkpoint's tables into a new engine: names, identifiers, images, the engine's own figures. */
enum ts_code store_load_engine(struct ts_engine *e, sqlite3 *state, const struct ts_sources *sources,
                               struct ts_error *err);

/* read.c */
#define STORE_ROW_COLUMNS                                                                                              \
    "record, time, received_at, kind, rules, profile, prev, digest, message_id, payload, outcome, sum"
void store_row_read(sqlite3_stmt *q, struct ts_row *ret); /* borrowed until the next step */
enum ts_code store_sources_read(sqlite3 *journal, uint64_t rules, struct ts_sources *ret, struct ts_error *err);
enum ts_code store_flush(struct ts_store *s, struct ts_error *err); /* wait for everything queued */
/* ledger.c: transactions out of the tables, in order of id. */
struct store_ledger_cursor {
    sqlite3_stmt *transactions, *entries;
    bool entry_there; /* the entries' cursor stands on a row */
    bool bad;         /* *ret of the last step is not what a ledger can hold: `problem` says why */
    char problem[160];
};
enum ts_code store_ledger_open(struct store_ledger_cursor *c, sqlite3 *db, const char *prefix, uint64_t from,
                               struct ts_error *err);
enum ts_code store_ledger_next(struct store_ledger_cursor *c, struct ts_transaction *ret, bool *ret_found,
                               struct ts_error *err);
void store_ledger_close(struct store_ledger_cursor *c);
/* tail.c: READ, DRY: the part that is in memory only */
enum ts_code store_tail(struct ts_store *s, struct ts_error *err);
enum ts_code store_tail_drop(struct ts_store *s, struct ts_error *err);

/* sql.c: a connection in memory with the tables for people (tables.c, views.c) */
enum ts_code store_people_open(struct ts_store *s, sqlite3 **ret, struct ts_error *err);
enum ts_code store_tables_register(struct ts_store *s, sqlite3 *db, struct ts_error *err);

#endif
