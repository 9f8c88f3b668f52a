/* SPDX-License-Identifier: Apache-2.0 */
/* Inside base only: what the reader of TZif files (tzif.c) hands to the zone (zone.c). */
#ifndef TS_TZIF_H
#define TS_TZIF_H

#include "base/calendar.h"

/* A zone as spans of constant offset: offset[0] until at[0], offset[i + 1] from at[i] until at[i + 1]. */
struct ts_spans {
    TS_VEC(int64_t) at;     /* seconds since 1970 in UTC, rising */
    TS_VEC(int32_t) offset; /* seconds east; one more than `at` */
    /* From here on the spans repeat every 400 years (the Gregorian cycle is whole weeks); INT64_MAX: nothing repeats. */
    int64_t cycle_from;
};

#define TS_CYCLE_SECONDS (INT64_C(146097) * 86400)

/* Fill zeroed spans from the bytes of a file. On failure the caller still releases them. */
enum ts_code ts_tzif_read(const uint8_t *data, size_t len, struct ts_spans *ret, struct ts_error *err);

#endif
