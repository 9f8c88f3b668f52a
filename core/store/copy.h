/* SPDX-License-Identifier: Apache-2.0 */
/* Copying tables from one connection to another, row by row: for backup and restore. */
#ifndef TS_STORE_COPY_H
#define TS_STORE_COPY_H

#include "store/schema.h"

/* Run `select` on `from`, and insert what it gives into table `to_table` of `to`. */
enum ts_code store_copy(sqlite3 *from, const char *select, sqlite3 *to, const char *to_table, struct ts_error *err);
/* All of `tables`, whose names have these prefixes there and here. */
enum ts_code store_copy_tables(sqlite3 *from, const char *from_prefix, sqlite3 *to, const char *to_prefix,
                               const struct store_table *tables, size_t n, struct ts_error *err);
/* Make them, without their triggers. */
enum ts_code store_make_tables(sqlite3 *db, const char *prefix, const struct store_table *tables, size_t n,
                               struct ts_error *err);

#endif
