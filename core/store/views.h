/* SPDX-License-Identifier: Apache-2.0 */
/* The tables for people that are not about members: ledger, quarantine, errors, rules versions. */
#ifndef TS_STORE_VIEWS_H
#define TS_STORE_VIEWS_H

#include "store/internal.h"

struct view_sources { /* where the rows are: names of tables, or selects in parentheses */
    const char *transactions, *entries, *quarantine, *errors;
    const char *create; /* "CREATE VIEW", "CREATE TEMP VIEW" */
};
enum ts_code store_views_empty(sqlite3 *db, struct ts_error *err); /* points, rule, rules_version, without rows */
/* points, rule, rules_version as ordinary tables, filled from the engine and the journal. */
enum ts_code store_views_tables(struct ts_store *s, sqlite3 *db, struct ts_error *err);
enum ts_code store_views_make(sqlite3 *db, const struct view_sources *from, struct ts_error *err);

#endif
