/* SPDX-License-Identifier: Apache-2.0 */
/* The table for people `credit`: to whom events were credited. */
#ifndef TS_STORE_CREDITS_H
#define TS_STORE_CREDITS_H

#include "store/internal.h"

extern const char store_credit_columns[];
enum ts_code store_credits_register(struct ts_store *s, sqlite3 *db, struct ts_error *err);

#endif
