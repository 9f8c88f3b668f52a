/* SPDX-License-Identifier: Apache-2.0 */
/* `during = { ... }`: whether an instant lies in the times that a declaration names, on the program's calendar. */
#include "rules/program.h"

static bool hours_hold(const struct ts_during *d, const struct ts_civil *c)
{
    if (d->hour_from < 0) return true;
    int minute = c->hour * 60 + c->minute;
    if (d->hour_from <= d->hour_to) return minute >= d->hour_from && minute < d->hour_to;
    return minute >= d->hour_from || minute < d->hour_to; /* over midnight; each part counts to its own day */
}

static int digits(const char *p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

struct ts_trait_date ts_trait_date(struct ts_str json)
{
    const char *p = json.ptr + 1; /* behind the quote */
    if (json.len < 12 || p[4] != '-' || p[7] != '-' || (p[10] != '"' && p[10] != 'T' && p[10] != ' '))
        return (struct ts_trait_date){0, 0};
    int year = digits(p, 4), month = digits(p + 5, 2), day = digits(p + 8, 2);
    bool real = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= ts_days_in_month(year, month);
    return real ? (struct ts_trait_date){month, day} : (struct ts_trait_date){0, 0};
}

/* Who was born on 29 February has the day on the 28th in years without a 29th. */
static bool is_anniversary(struct ts_trait_date of, const struct ts_civil *c)
{
    int last = ts_days_in_month(c->year, c->month);
    return of.month == c->month && (of.day < last ? of.day : last) == c->day;
}

bool ts_during_holds(const struct ts_during *d, const struct ts_zone *z, ts_ms at, struct ts_trait_date month_of,
                     struct ts_trait_date day_of)
{
    if (!d->any) return true;
    struct ts_civil c;
    ts_zone_civil(z, at, &c);
    if (d->days && !(d->days & (1u << (c.weekday - 1)))) return false;
    if (d->months && !(d->months & (1u << (c.month - 1)))) return false;
    if (!hours_hold(d, &c)) return false;
    ts_day day = ts_day_from_civil(c.year, c.month, c.day);
    if (day < d->date_from || day > d->date_to) return false;
    if (d->month_of.ptr && month_of.month != c.month) return false;
    return !d->day_of.ptr || is_anniversary(day_of, &c);
}
