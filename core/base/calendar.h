/* SPDX-License-Identifier: Apache-2.0 */
/* Time: instants in milliseconds since 1970-01-01T00:00:00Z, local days of a zone, durations and windows.
 * No clock is read here, the process's TZ and locale play no part. */
#ifndef TS_CALENDAR_H
#define TS_CALENDAR_H

#include "base/base.h"

typedef int64_t ts_ms;  /* an instant, or a span, in milliseconds */
typedef int32_t ts_day; /* days since 1970-01-01 of the local (proleptic Gregorian) calendar */

#define TS_NEVER INT64_MAX                /* an expiry that does not come */
#define TS_MS_MIN INT64_C(-2208988800000) /* 1900-01-01: timestamps outside MIN..MAX are bad_timestamp */
#define TS_MS_MAX INT64_C(7258118400000)  /* 2200-01-01 */
#define TS_DAY_MS INT64_C(86400000)

struct ts_civil {
    int year, month, day; /* month 1..12 */
    int hour, minute, second, ms;
    int weekday; /* 1 Monday .. 7 Sunday (ISO 8601) */
};

ts_day ts_day_from_civil(int year, int month, int day); /* Hinnant, chrono-compatible low-level date algorithms */
void ts_civil_from_day(ts_day day, int *ret_year, int *ret_month, int *ret_dom);
int ts_days_in_month(int year, int month);
ts_day ts_day_add_months(ts_day day, int months); /* clamps: 31 Jan + 1 month = 28 or 29 Feb */
int ts_day_weekday(ts_day day);                   /* 1 Monday .. 7 Sunday */

/* RFC 3339 and the ISO 8601 forms that trackers send ("2012-12-02T00:30:08.276Z", "+08:00", no fraction, a space for T,
 * more than 3 digits of fraction truncated, leap second 60 read as 59.999). Without an offset it is UTC.
 * A bare date is midnight UTC. TS_E_SYNTAX for anything else, impossible dates included; TS_E_LIMIT outside MIN..MAX. */
enum ts_code ts_time_parse(struct ts_str text, ts_ms *ret);
/* "2026-01-15T02:00:00.000Z"; `out` needs 25 bytes. TS_NEVER gives "never". */
const char *ts_time_format(ts_ms t, char out[static 32]);

/* A time zone of the IANA database, read from the system's TZif files (RFC 8536), footer included.
 * Immutable once opened; may be shared between threads. */
struct ts_zone;
enum ts_code ts_zone_open(const char *name, struct ts_zone **ret, struct ts_error *err); /* "UTC" needs no file */
void ts_zone_close(struct ts_zone *z);
const char *ts_zone_name(const struct ts_zone *z);
int32_t ts_zone_offset(const struct ts_zone *z, ts_ms t); /* seconds east of UTC at t */
ts_day ts_zone_day(const struct ts_zone *z, ts_ms t);     /* the local date of t; fast: the last span is remembered by
                                                             the caller-owned cache below when many are asked */
void ts_zone_civil(const struct ts_zone *z, ts_ms t, struct ts_civil *ret);
/* The first instant of local day `day` (where midnight is skipped: the first instant after the gap). */
ts_ms ts_zone_day_start(const struct ts_zone *z, ts_day day);
/* Local wall time to an instant: of two, the earlier; of none (a gap), the first instant after it. */
ts_ms ts_zone_instant(const struct ts_zone *z, const struct ts_civil *c);

struct ts_zone_cache { /* zero-initialise; one per thread and zone */
    ts_ms from, to;    /* [from, to) lie on local day `day` */
    ts_day day;
};
ts_day ts_zone_day_cached(const struct ts_zone *z, struct ts_zone_cache *c, ts_ms t);

/* Durations as people write them: "14 days", "36 months", "90 minutes", "1 year", "2 weeks", "24 hours". One unit. */
struct ts_duration {
    int32_t months, days;
    ts_ms ms;
};
static inline bool ts_duration_none(struct ts_duration d) { return !d.months && !d.days && !d.ms; }
/* TS_E_SYNTAX with a hint naming the units when it is none; negative or zero counts are errors. TS_E_LIMIT beyond 1000
 * years. */
enum ts_code ts_duration_parse(struct ts_str text, struct ts_duration *ret, struct ts_error *err);
/* Months and days are added on the local calendar (same wall time, clamped), ms on the instant. */
ts_ms ts_time_add(const struct ts_zone *z, ts_ms t, struct ts_duration d);

enum ts_boundary { TS_BOUNDARY_NONE, TS_BOUNDARY_DAY, TS_BOUNDARY_MONTH, TS_BOUNDARY_QUARTER, TS_BOUNDARY_YEAR };
/* The first instant after the local day / month / quarter / year that t lies in ("at month end" expires there, exclusive).
 * NONE gives t itself. */
ts_ms ts_time_end_of(const struct ts_zone *z, ts_ms t, enum ts_boundary b);

/* Windows: which local days a figure is summed over, seen from time t. */
enum ts_window_kind {
    TS_WINDOW_LIFETIME,
    TS_WINDOW_ROLLING,       /* dates after date(t) - n up to and including date(t); n days or months */
    TS_WINDOW_CALENDAR,      /* the day, week (from Monday), month, quarter, year that date(t) lies in */
    TS_WINDOW_LAST_CALENDAR, /* the one before */
};
enum ts_period { TS_PERIOD_DAY, TS_PERIOD_WEEK, TS_PERIOD_MONTH, TS_PERIOD_QUARTER, TS_PERIOD_YEAR };
struct ts_window {
    uint8_t kind;   /* enum ts_window_kind */
    uint8_t period; /* enum ts_period, of the calendar kinds */
    int32_t months, days;
};
/* "12 months", "7 days", "2 weeks", "1 year", "calendar month", "last calendar year", "lifetime", "today" (which is
 * "1 day"). TS_E_SYNTAX with a hint, TS_E_LIMIT beyond 1000 years. */
enum ts_code ts_window_parse(struct ts_str text, struct ts_window *ret, struct ts_error *err);
/* Days [*ret_from, *ret_to], both inclusive, at local day `today`. Lifetime: INT32_MIN .. today. A calendar period that
 * has not ended reaches to today. */
void ts_window_days(struct ts_window w, ts_day today, ts_day *ret_from, ts_day *ret_to);
/* The first local day after `today` on which `day` (inside the window today) is no longer inside. INT32_MAX: never. */
ts_day ts_window_leaves(struct ts_window w, ts_day day, ts_day today);
/* The canonical text of a window ("12 months"). */
void ts_window_format(struct ts_window w, char *out, size_t cap);

#endif
