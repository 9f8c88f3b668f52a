/* SPDX-License-Identifier: Apache-2.0 */
/* The proleptic Gregorian calendar in whole days, and timestamps as text. No zone, no clock. */
#include "base/calendar.h"

#define YEAR_FAR 5000000 /* years beyond this would pass the 32 bits of a day; results are held at the ends */

static inline int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int ts_days_in_month(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12) return 0;
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Hinnant, "chrono-compatible low-level date algorithms": eras of 400 years, and years that begin in March, so that the
 * leap day is the last day of its year. */
ts_day ts_day_from_civil(int year, int month, int day)
{
    if (year > YEAR_FAR) return INT32_MAX;
    if (year < -YEAR_FAR) return INT32_MIN;
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (ts_day)(era * 146097 + day_of_era - 719468);
}

void ts_civil_from_day(ts_day day, int *ret_year, int *ret_month, int *ret_dom)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = floor_div(z, 146097), day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    *ret_dom = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year_of_era + era * 400 + (month >= 10));
}

ts_day ts_day_add_months(ts_day day, int months)
{
    int year, month, dom;
    ts_civil_from_day(day, &year, &month, &dom);
    int64_t count = (int64_t)year * 12 + (month - 1) + months;
    int64_t to_year = floor_div(count, 12);
    if (to_year > YEAR_FAR) return INT32_MAX;
    if (to_year < -YEAR_FAR) return INT32_MIN;
    int to_month = (int)(count - to_year * 12) + 1, last = ts_days_in_month((int)to_year, to_month);
    return ts_day_from_civil((int)to_year, to_month, dom < last ? dom : last);
}

int ts_day_weekday(ts_day day)
{
    int64_t since_monday = ((int64_t)day + 3) % 7; /* 1970-01-01 was a Thursday */
    return (int)(since_monday < 0 ? since_monday + 7 : since_monday) + 1;
}

/* ---- timestamps as text ---- */

struct cursor {
    const char *p, *end;
};

/* Exactly `n` digits, at most four. */
static bool take_digits(struct cursor *c, int n, int *ret)
{
    if (c->end - c->p < n) return false;
    int v = 0;
    for (int i = 0; i < n; i++) {
        unsigned digit = (unsigned)(uint8_t)c->p[i] - '0';
        if (digit > 9) return false;
        v = v * 10 + (int)digit;
    }
    c->p += n;
    *ret = v;
    return true;
}

static bool take(struct cursor *c, char want)
{
    if (c->p == c->end || *c->p != want) return false;
    c->p++;
    return true;
}

/* ".276": the first three digits count, the rest are passed over. No point: nothing to read. */
static bool take_fraction(struct cursor *c, int *ret_ms)
{
    *ret_ms = 0;
    if (!take(c, '.')) return true;
    int n = 0;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++, n++) {
        if (n < 3) *ret_ms = *ret_ms * 10 + (*c->p - '0');
    }
    for (int i = n; i < 3; i++)
        *ret_ms *= 10;
    return n > 0;
}

/* "Z", "+08:00", "+0800", "+08" or nothing, to minutes east. */
static bool take_offset(struct cursor *c, int *ret_minutes)
{
    *ret_minutes = 0;
    if (c->p == c->end || take(c, 'Z') || take(c, 'z')) return true;
    bool west = *c->p == '-';
    if (!west && *c->p != '+') return false;
    c->p++;
    int hours, minutes = 0;
    if (!take_digits(c, 2, &hours)) return false;
    if (c->p < c->end) {
        take(c, ':');
        if (!take_digits(c, 2, &minutes)) return false;
    }
    if (hours > 23 || minutes > 59) return false;
    *ret_minutes = west ? -(hours * 60 + minutes) : hours * 60 + minutes;
    return true;
}

/* "T00:30:08.276" after the date; seconds may be left out, as ISO 8601 allows. */
static bool take_clock(struct cursor *c, ts_ms *ret)
{
    int hour, minute, second = 0, ms = 0;
    if (!take(c, 'T') && !take(c, 't') && !take(c, ' ')) return false;
    if (!take_digits(c, 2, &hour) || !take(c, ':') || !take_digits(c, 2, &minute)) return false;
    if (take(c, ':') && (!take_digits(c, 2, &second) || !take_fraction(c, &ms))) return false;
    if (hour > 23 || minute > 59 || second > 60) return false;
    if (second == 60) { /* a leap second: the last millisecond before it keeps the order of what came earlier */
        second = 59;
        ms = 999;
    }
    *ret = ((int64_t)(hour * 60 + minute) * 60 + second) * 1000 + ms;
    return true;
}

enum ts_code ts_time_parse(struct ts_str text, ts_ms *ret)
{
    struct cursor c = {text.ptr, text.len ? text.ptr + text.len : text.ptr};
    int year, month, dom, offset = 0;
    ts_ms clock = 0;
    if (!take_digits(&c, 4, &year) || !take(&c, '-') || !take_digits(&c, 2, &month) || !take(&c, '-') ||
        !take_digits(&c, 2, &dom)) {
        return TS_E_SYNTAX;
    }
    if (dom < 1 || dom > ts_days_in_month(year, month)) return TS_E_SYNTAX;
    if (c.p < c.end && (!take_clock(&c, &clock) || !take_offset(&c, &offset) || c.p < c.end)) return TS_E_SYNTAX;
    ts_ms t = ts_day_from_civil(year, month, dom) * TS_DAY_MS + clock - offset * INT64_C(60000);
    if (t < TS_MS_MIN || t > TS_MS_MAX) return TS_E_LIMIT;
    *ret = t;
    return TS_OK;
}

static void put_digits(char *out, int n, int v)
{
    for (int i = n - 1; i >= 0; i--, v /= 10)
        out[i] = (char)('0' + v % 10);
}

const char *ts_time_format(ts_ms t, char out[static 32])
{
    if (t == TS_NEVER) return memcpy(out, "never", sizeof "never");
    const ts_ms year_0 = INT64_C(-62167219200000), year_10000 = INT64_C(253402300800000); /* four digits hold no more */
    if (t < year_0) t = year_0;
    if (t >= year_10000) t = year_10000 - 1;
    int64_t day = floor_div(t, TS_DAY_MS);
    int ms = (int)(t - day * TS_DAY_MS), year, month, dom;
    ts_civil_from_day((ts_day)day, &year, &month, &dom);
    memcpy(out, "0000-00-00T00:00:00.000Z", 25);
    put_digits(out, 4, year);
    put_digits(out + 5, 2, month);
    put_digits(out + 8, 2, dom);
    put_digits(out + 11, 2, ms / 3600000);
    put_digits(out + 14, 2, ms / 60000 % 60);
    put_digits(out + 17, 2, ms / 1000 % 60);
    put_digits(out + 20, 3, ms % 1000);
    return out;
}
