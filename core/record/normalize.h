/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of record: the normalisers with their full answer. TS_E_SYNTAX: the value is none of its kind;
 * TS_E_MEMORY: nothing is known about it. The result is `in` itself where nothing had to change. */
#ifndef TS_RECORD_NORMALIZE_H
#define TS_RECORD_NORMALIZE_H

#include "record/record.h"

enum ts_code ts_email_normalize(struct ts_str in, struct ts_arena *arena, struct ts_str *ret);
enum ts_code ts_phone_normalize(struct ts_str in, const char *region, struct ts_arena *arena, struct ts_str *ret);

#endif
