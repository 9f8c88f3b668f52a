/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people that are read from the outcomes in the journal: `credit`, to whom events were credited, and `tier_change`, who rose or
 * fell and why. */
#ifndef TS_STORE_HISTORY_H
#define TS_STORE_HISTORY_H

#include "store/internal.h"

struct history_table {
    const char *name, *columns;
    uint8_t op;       /* the effect that makes a row */
    const char *kind; /* of the rules that lead to it: without one in any version the journal need not be looked at */
};
extern const struct history_table history_tables[];
extern const size_t history_tables_n;
enum ts_code store_history_register(struct ts_store *s, sqlite3 *db, struct ts_error *err);

#endif
