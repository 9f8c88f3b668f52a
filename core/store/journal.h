/* SPDX-License-Identifier: Apache-2.0 */
/* The journal thread and the queue in front of it. The engine's thread appends items to big segments; the thread takes all
 * that are there, writes them in one transaction, and publishes how far the disk is.
 *
 *   queue empty --item--> waiting (at most commit_ms, or 1,000 items, or somebody waits) --> writing --COMMIT--> durable
 *                                                                                             \--error--> failed, for good
 */
#ifndef TS_STORE_JOURNAL_H
#define TS_STORE_JOURNAL_H

#include <stdatomic.h>
#include <uv.h>

#include "engine/engine.h"
#include "store/db.h"

enum store_item_type { STORE_ITEM_ROW = 1, STORE_ITEM_QUARANTINE, STORE_ITEM_ERROR, STORE_ITEM_MARK };
struct store_mark {
    uint64_t id;
    bool errors;
};
/* An item stands in a segment with the bytes it borrows right behind it. */
struct store_item {
    uint32_t size; /* to the next item, a multiple of 16 */
    uint8_t type;
    uint64_t id; /* of a quarantine row or an error */
    union {
        struct ts_row row;
        struct ts_quarantined quarantine;
        struct ts_rule_error error;
        struct store_mark mark;
    } is;
};
struct store_segment;

struct store_journal {
    sqlite3 *db; /* the writer: of the thread while it runs */
    sqlite3_stmt *insert_row, *insert_quarantine, *insert_error, *mark_quarantine, *mark_error, *begin, *commit;
    uint32_t commit_ms;
    int wal_pages; /* of the thread: in the WAL since it was copied */
    uv_thread_t thread;
    uv_mutex_t mutex;
    uv_cond_t work, done;
    bool running, ready;
    /* under the mutex */
    struct store_segment *first, *last, *spare;
    uint32_t n_spare;
    uint64_t items, first_at_ns;           /* queued and not yet taken */
    uint64_t waiting_items, waiting_bytes; /* not yet durable */
    bool flush, stop;
    struct ts_error error;
    _Atomic uint64_t ticket, durable;
    _Atomic bool failed, crowded; /* crowded: the backlog is over its limits */
};

enum ts_code store_journal_start(struct store_journal *j, const char *path, uint32_t commit_ms, struct ts_error *err);
/* Write what is queued, end the thread, close the file. `orderly` false: drop what is queued. */
enum ts_code store_journal_stop(struct store_journal *j, bool orderly, struct ts_error *err);

/* The engine's thread. False: out of memory, or the journal has failed. */
bool store_journal_row(struct store_journal *j, const struct ts_row *row);
bool store_journal_quarantine(struct store_journal *j, const struct ts_quarantined *q, uint64_t id);
bool store_journal_error(struct store_journal *j, const struct ts_rule_error *e, uint64_t id);
bool store_journal_mark(struct store_journal *j, const struct store_mark *m);

/* Any thread. */
enum ts_code store_journal_wait(struct store_journal *j, uint64_t ticket, struct ts_error *err);
enum ts_code store_journal_room(struct store_journal *j,
                                struct ts_error *err); /* waits while the backlog is too long */
enum ts_code store_journal_failure(struct store_journal *j, struct ts_error *err);

/* A hash over all that a row holds, so that a byte that changes on disk is found even where no state hangs on it. */
uint64_t store_row_sum(const struct ts_row *row);
/* How the message id of a row is stored and read (schema.c). */
bool store_message_place(const struct ts_row *row, uint64_t *ret);
struct ts_str store_message_text(sqlite3_stmt *s, int column, struct ts_str payload);

#endif
