/* SPDX-License-Identifier: Apache-2.0 */
/* sample: an invented brand's history, for trying rules on and for tests: a retailer of coffee and contact lenses in
 * CNY (Asia/Shanghai), 2024 and 2025. The same members and seed give the same bytes on every machine: integers only,
 * no libm, no locale, no clock. */
#ifndef TS_SAMPLE_H
#define TS_SAMPLE_H

#include "base/base.h"

#define TS_SAMPLE_MEMBERS_MAX 80000000u /* phone numbers have eight free digits */

/* Write the history of `members` people as NDJSON, ordered by timestamp but for a few late lines and exact re-sends.
 * Memory is about 100 bytes a member, whatever the number of lines (30 or so a member).
 * TS_E_USAGE (no members), TS_E_LIMIT, TS_E_MEMORY, TS_E_DISK (a write failed). */
enum ts_code ts_sample_write(FILE *out, uint32_t members, uint64_t seed, struct ts_error *err);

#endif
