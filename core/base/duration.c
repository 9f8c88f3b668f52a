/* SPDX-License-Identifier: Apache-2.0 */
/* Durations and windows as people write them ("14 days", "12 months", "last calendar year"), and which local days a
 * window covers. */
#include "base/calendar.h"

/* A thousand years: nobody means more, and no sum of days comes near 32 bits. */
#define COUNT_MONTHS_MAX 12000
#define COUNT_DAYS_MAX 366000
#define COUNT_FAR INT64_C(100000000000) /* digits after this change nothing, and a count of hours still fits in ms */

struct unit {
    const char *one, *many;
    int32_t months, days;
    ts_ms ms;
};

static const struct unit units[] = {
    {"second", "seconds", 0, 0, 1000}, {"minute", "minutes", 0, 0, 60000}, {"hour", "hours", 0, 0, 3600000},
    {"day", "days", 0, 1, 0},          {"week", "weeks", 0, 7, 0},         {"month", "months", 1, 0, 0},
    {"year", "years", 12, 0, 0},
};

static struct ts_str trim(struct ts_str s)
{
    while (s.len && (*s.ptr == ' ' || *s.ptr == '\t')) {
        s.ptr++;
        s.len--;
    }
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* "14 days" to a count and a unit; NULL when it is not of that form. */
static const struct unit *parse_count(struct ts_str text, int64_t *ret_count)
{
    struct ts_str s = trim(text);
    int64_t count = 0;
    size_t i = 0;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++) {
        if (count < COUNT_FAR) count = count * 10 + (s.ptr[i] - '0');
    }
    struct ts_str word = trim(ts_str(s.ptr + i, s.len - i));
    if (i == 0 || count == 0) return NULL;
    for (size_t u = 0; u < TS_ARRAY_LEN(units); u++) {
        if (ts_str_eq(word, ts_cstr(units[u].one)) || ts_str_eq(word, ts_cstr(units[u].many))) {
            *ret_count = count;
            return &units[u];
        }
    }
    return NULL;
}

static int shown(struct ts_str s) { return s.len < 60 ? (int)s.len : 60; }

enum ts_code ts_duration_parse(struct ts_str text, struct ts_duration *ret, struct ts_error *err)
{
    int64_t count;
    const struct unit *unit = text.len ? parse_count(text, &count) : NULL;
    if (!unit) {
        ts_fail(err, TS_E_SYNTAX, "'%.*s' is not a duration", shown(text), text.len ? text.ptr : "");
        ts_error_hint(err, "a whole number above zero and one unit: seconds, minutes, hours, days, weeks, months or "
                           "years; for example \"14 days\"");
        return TS_E_SYNTAX;
    }
    if (count * unit->months > COUNT_MONTHS_MAX || count * unit->days > COUNT_DAYS_MAX ||
        count * unit->ms > COUNT_DAYS_MAX * TS_DAY_MS) {
        ts_fail(err, TS_E_LIMIT, "'%.*s' is too long a duration", shown(text), text.ptr);
        ts_error_hint(err, "at most 1000 years");
        return TS_E_LIMIT;
    }
    *ret = (struct ts_duration){(int32_t)count * unit->months, (int32_t)count * unit->days, count * unit->ms};
    return TS_OK;
}

/* ---- windows ---- */

static const char *const periods[] = {"day", "week", "month", "quarter", "year"}; /* enum ts_period */

static enum ts_code window_fail(struct ts_str text, struct ts_error *err)
{
    ts_fail(err, TS_E_SYNTAX, "'%.*s' is not a window", shown(text), text.len ? text.ptr : "");
    ts_error_hint(err,
                  "\"12 months\", \"7 days\" (also weeks, years), \"calendar month\", \"last calendar year\" (also "
                  "day, week, quarter), \"today\" or \"lifetime\"");
    return TS_E_SYNTAX;
}

static bool strip(struct ts_str *s, struct ts_str prefix)
{
    if (s->len < prefix.len || memcmp(s->ptr, prefix.ptr, prefix.len) != 0) return false;
    *s = ts_str(s->ptr + prefix.len, s->len - prefix.len);
    return true;
}

enum ts_code ts_window_parse(struct ts_str text, struct ts_window *ret, struct ts_error *err)
{
    if (!text.len) return window_fail(text, err);
    struct ts_str s = trim(text);
    if (ts_str_eq(s, TS_STR("lifetime"))) {
        *ret = (struct ts_window){.kind = TS_WINDOW_LIFETIME};
        return TS_OK;
    }
    if (ts_str_eq(s, TS_STR("today"))) { /* the window "1 day" by another name, so that both are one */
        *ret = (struct ts_window){.kind = TS_WINDOW_ROLLING, .days = 1};
        return TS_OK;
    }
    bool last = strip(&s, TS_STR("last "));
    if (strip(&s, TS_STR("calendar "))) {
        for (size_t i = 0; i < TS_ARRAY_LEN(periods); i++) {
            if (!ts_str_eq(s, ts_cstr(periods[i]))) continue;
            uint8_t kind = last ? TS_WINDOW_LAST_CALENDAR : TS_WINDOW_CALENDAR;
            *ret = (struct ts_window){.kind = kind, .period = (uint8_t)i};
            return TS_OK;
        }
        return window_fail(text, err);
    }
    int64_t count;
    const struct unit *unit = last ? NULL : parse_count(s, &count);
    if (!unit || unit->ms) return window_fail(text, err);
    struct ts_duration d;
    enum ts_code code = ts_duration_parse(s, &d, err);
    if (code != TS_OK) return code;
    *ret = (struct ts_window){.kind = TS_WINDOW_ROLLING, .months = d.months, .days = d.days};
    return TS_OK;
}

static ts_day add_days(ts_day day, int64_t days)
{
    int64_t sum = day + days;
    return sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : (ts_day)sum;
}

/* The first day of the period that `day` lies in, or of one `steps` periods further. */
static ts_day period_start(unsigned period, ts_day day, int steps)
{
    if (period == TS_PERIOD_DAY) return add_days(day, steps);
    if (period == TS_PERIOD_WEEK) return add_days(day, 7 * steps - (ts_day_weekday(day) - 1));
    int year, month, dom, months = period == TS_PERIOD_MONTH ? 1 : period == TS_PERIOD_QUARTER ? 3 : 12;
    ts_civil_from_day(day, &year, &month, &dom);
    return ts_day_add_months(ts_day_from_civil(year, month - (month - 1) % months, 1), steps * months);
}

void ts_window_days(struct ts_window w, ts_day today, ts_day *ret_from, ts_day *ret_to)
{
    *ret_to = today;
    switch (w.kind) {
    case TS_WINDOW_LIFETIME:
        *ret_from = INT32_MIN;
        break;
    case TS_WINDOW_ROLLING:
        *ret_from = add_days(ts_day_add_months(today, -w.months), 1 - (int64_t)w.days);
        break;
    case TS_WINDOW_CALENDAR:
        *ret_from = period_start(w.period, today, 0);
        break;
    default:
        *ret_from = period_start(w.period, today, -1);
        *ret_to = period_start(w.period, today, 0) - 1;
        break;
    }
}

/* The first t with t - months >= day. Subtraction clamps: 31 Jan is inside "1 month" on 28 Feb (whose month ago is
 * 28 Jan), and leaves on 1 Mar. */
static ts_day first_months_after(ts_day day, int months)
{
    ts_day t = ts_day_add_months(day, months);
    return add_days(t, ts_day_add_months(t, -months) < day);
}

ts_day ts_window_leaves(struct ts_window w, ts_day day, ts_day today)
{
    switch (w.kind) {
    case TS_WINDOW_LIFETIME:
        return INT32_MAX;
    case TS_WINDOW_ROLLING:
        return first_months_after(add_days(day, w.days), w.months);
    case TS_WINDOW_CALENDAR:
        return period_start(w.period, day, 1);
    default:
        return period_start(w.period, today, 1);
    }
}

void ts_window_format(struct ts_window w, char *out, size_t cap)
{
    int count = w.months ? w.months : w.days;
    switch (w.kind) {
    case TS_WINDOW_LIFETIME:
        snprintf(out, cap, "lifetime");
        break;
    case TS_WINDOW_ROLLING:
        snprintf(out, cap, "%d %s%s", count, w.months ? "month" : "day", count == 1 ? "" : "s");
        break;
    case TS_WINDOW_CALENDAR:
        snprintf(out, cap, "calendar %s", periods[w.period]);
        break;
    default:
        snprintf(out, cap, "last calendar %s", periods[w.period]);
        break;
    }
}
