/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of journal.db and state.db, their format number, and the small facts that each file keeps about itself. */
#ifndef TS_STORE_SCHEMA_H
#define TS_STORE_SCHEMA_H

#include "store/db.h"

#define STORE_FORMAT 1 /* raised when a table changes; an older Tessera then refuses the folder by name */

struct store_identity { /* kept in the journal; the state names the journal it was made from */
    uint8_t id[16];     /* random, of the folder */
    uint8_t key[16];    /* of the hash of message ids and cold keys */
};

/* The columns of each table, in order: what backup and restore copy. */
struct store_table {
    const char *name, *ddl; /* ddl: what stands between the parentheses */
    bool without_rowid;
    const char *more; /* triggers and indexes, NULL */
};
extern const struct store_table store_journal_tables[], store_state_tables[];
extern const size_t store_journal_tables_n, store_state_tables_n;

/* From now on this program's rows are in it: an older one must refuse it. Nothing is written when it says so already. */
enum ts_code store_schema_stamp(sqlite3 *db, struct ts_error *err);
/* Records up to this one were written by an older engine: what they came to is to be trusted, their digests are of other images. */
enum ts_code store_schema_older(sqlite3 *journal, uint64_t *ret, struct ts_error *err);
/* Make what is missing, and set the pragmas of the writer. A new journal gets a fresh identity. */
enum ts_code store_schema_journal(sqlite3 *db, struct ts_error *err);
enum ts_code store_schema_state(sqlite3 *db, const struct store_identity *identity, struct ts_error *err);

/* Facts. Numbers and bytes by key; absent: 0, or empty. */
enum ts_code store_meta_get(sqlite3 *db, const char *key, struct ts_buf *ret, struct ts_error *err);
enum ts_code store_meta_number(sqlite3 *db, const char *key, uint64_t *ret, struct ts_error *err);
enum ts_code store_meta_put(sqlite3 *db, const char *key, const void *p, size_t n, struct ts_error *err);
enum ts_code store_meta_put_number(sqlite3 *db, const char *key, uint64_t v, struct ts_error *err);

/* TS_E_NEWER when a newer Tessera wrote it, TS_E_DAMAGED when it is no journal or state of ours. */
enum ts_code store_schema_check(sqlite3 *db, const char *what, struct ts_error *err);
enum ts_code store_schema_identity(sqlite3 *journal, struct store_identity *ret, struct ts_error *err);
/* Whether this state was made from that journal. */
enum ts_code store_schema_same(sqlite3 *state, const struct store_identity *identity, bool *ret, struct ts_error *err);

#endif
