/* SPDX-License-Identifier: Apache-2.0 */
/* The folder and its lock. */
#ifndef TS_STORE_LOCK_H
#define TS_STORE_LOCK_H

#include "store/db.h"

enum ts_code store_folder_make(const char *dir, struct ts_error *err);    /* with its parents; there already is fine */
enum ts_code store_lock(const char *dir, int *ret, struct ts_error *err); /* TS_E_IN_USE names the process */
void store_unlock(int fd);                                                /* -1 is allowed */

#endif
