/* SPDX-License-Identifier: Apache-2.0 */
/* store: SQLite. A data folder holds `journal.db` (append only: rows, quarantine, rule errors) and `state.db` (a checkpoint: images,
 * identifiers, names, ledger, cold keys, message ids; rebuilt from the journal when lost), and `lock`. Each file has exactly one
 * connection that writes and checkpoints it, on its own thread (SAFETY: the WAL-reset bug needs two). The store is the engine's
 * host: rows queue for the journal thread, which commits many to a transaction; the barrier is ts_store_wait. */
#ifndef TS_STORE_H
#define TS_STORE_H

#include "engine/engine.h"

enum ts_store_mode {
    TS_STORE_WRITE, /* owns the folder (lock); makes it when it is not there */
    TS_STORE_READ,  /* loads the checkpoint and the journal's tail into memory, writes nothing; no lock */
    TS_STORE_DRY,   /* as READ, but records may be made; they stay in memory */
};
struct ts_store_options {
    enum ts_store_mode mode;
    struct ts_engine_options engine;
    uint32_t commit_ms;          /* a waiting record is on disk after at most so long; 0: 5 */
    uint32_t checkpoint_records; /* 0: 50,000 changed members or 200,000 records, whichever is first */
    bool no_checkpoint;          /* tests: only at close */
};
struct ts_store_info {                          /* what opening found */
    uint64_t watermark, journal_end, recovered; /* checkpoint, last row, rows applied to catch up */
    uint64_t digest_mismatches, first_mismatch;
    uint64_t older; /* rows applied that an older engine wrote: their digests say nothing */
};
struct ts_store;
/* TS_E_IN_USE (says the pid), TS_E_NOT_FOUND (READ, no folder), TS_E_DISK, TS_E_DAMAGED, TS_E_NEWER. */
enum ts_code ts_store_open(const char *dir, const struct ts_store_options *options, struct ts_store **ret,
                           struct ts_store_info *ret_info, struct ts_error *err);
/* WRITE: commit, checkpoint everything, close. An error means that the folder is as after a crash: whole. */
enum ts_code ts_store_close(struct ts_store *s, struct ts_error *err);
struct ts_engine *ts_store_engine(struct ts_store *s);

/* The barrier. A ticket numbers everything queued (rows, quarantine, errors, marks). */
uint64_t ts_store_ticket(const struct ts_store *s);  /* of the newest queued */
uint64_t ts_store_durable(const struct ts_store *s); /* all up to this one are on disk (any thread) */
/* Wait until `ticket` is durable. TS_E_DISK when the journal failed: the process must end (exit 6), never retry. */
enum ts_code ts_store_wait(struct ts_store *s, uint64_t ticket, struct ts_error *err);
/* To be called between records by the engine's thread: back-pressure (waits while the backlog is over its limits), starts a checkpoint
 * when one is due, reports a failed journal or checkpoint. Cheap when there is nothing to do. */
enum ts_code ts_store_breathe(struct ts_store *s, struct ts_error *err);
/* Cut, write and wait until the checkpoint is at the last record. */
enum ts_code ts_store_checkpoint(struct ts_store *s, struct ts_error *err);
uint64_t ts_store_watermark(const struct ts_store *s);

/* ---- reading (any mode; what is queued but not yet durable is waited for) ------------------------------------------ */
typedef bool (*ts_row_fn)(void *arg, const struct ts_row *row); /* false: stop */
enum ts_code ts_store_rows(struct ts_store *s, uint64_t from, uint64_t to, ts_row_fn fn, void *arg,
                           struct ts_error *err);
/* The records of a member, newest first, by the chains of its profiles. `before`: only records below it (0: all). */
enum ts_code ts_store_timeline(struct ts_store *s, uint64_t member, uint64_t before, ts_row_fn fn, void *arg,
                               struct ts_error *err);
struct ts_quarantine_item {
    uint64_t id, record, line;
    struct ts_str file, field, reason, message, body, status; /* open, redriven */
    ts_ms at;
};
struct ts_error_item {
    uint64_t id, record, member;
    struct ts_str rule, file, message, version, event, status;
    uint32_t line;
    bool stopped;
    ts_ms at;
};
enum ts_code ts_store_quarantine(struct ts_store *s, uint64_t after, uint64_t limit,
                                 bool (*fn)(void *, const struct ts_quarantine_item *), void *arg,
                                 struct ts_error *err);
enum ts_code ts_store_errors(struct ts_store *s, uint64_t after, uint64_t limit,
                             bool (*fn)(void *, const struct ts_error_item *), void *arg, struct ts_error *err);
uint64_t ts_store_count_open(struct ts_store *s, bool errors); /* open rows of quarantine, or of errors */
enum ts_code ts_store_mark_redriven(struct ts_store *s, bool errors, uint64_t id, struct ts_error *err); /* queued */
/* Ledger transactions in order of id, from `from`. */
enum ts_code ts_store_ledger(struct ts_store *s, uint64_t from, bool (*fn)(void *, const struct ts_transaction *),
                             void *arg, struct ts_error *err);
/* The sources of the activation record `rules`. */
enum ts_code ts_store_sources(struct ts_store *s, uint64_t rules, struct ts_sources *ret, struct ts_error *err);

/* ---- SQL for people, backup, restore ------------------------------------------------------------------------------- */
/* Run one read-only statement on the tables of CONTRACT.md. Row values as text, NULL for SQL NULL; `types` as SQLite's. First `fn` gets the
 * names alone (`values` NULL), so that they are known even when there are no rows. TS_E_USAGE for anything but one SELECT. */
struct ts_sql_row {
    int n;
    const char *const *names;
    const char *const *values;
    const int *types;
};
enum ts_code ts_store_sql(struct ts_store *s, const char *sql, bool (*fn)(void *, const struct ts_sql_row *), void *arg,
                          struct ts_error *err);
/* One plain SQLite file with journal, state and the tables for people. DEST must not exist. Atomic: written beside and renamed. */
enum ts_code ts_store_backup(struct ts_store *s, const char *dest, uint64_t *ret_bytes, uint64_t *ret_watermark,
                             struct ts_error *err);
/* From a backup into `dir`, which must be new or empty. */
enum ts_code ts_store_restore(const char *file, const char *dir, uint64_t *ret_bytes, uint64_t *ret_watermark,
                              struct ts_error *err);

/* ---- verify ---------------------------------------------------------------------------------------------------------- */
struct ts_violation {
    char where[200], expected[200], found[200];
};
struct ts_invariant {
    const char *id; /* "I1" */
    const char *what;
    uint64_t checked, violations;
    struct ts_violation first[10];
};
struct ts_verify {
    struct ts_invariant at[20];
    uint32_t n;
    bool ok;
    uint64_t records, watermark;
    char ledger_head[65];
};
/* Check every invariant of the stored folder. `replay`: also run the rules again from record 1; `instead`: with these sources in the place of
 * the stored ones. Opens the folder read-only by itself. */
enum ts_code ts_store_verify(const char *dir, bool replay, const struct ts_sources *instead, const char *acks_file,
                             struct ts_verify *ret, struct ts_error *err);

#endif
