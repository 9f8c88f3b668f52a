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

bool ts_during_holds(const struct ts_during *d, const struct ts_zone *z, ts_ms at, int trait_month)
{
    if (!d->any) return true;
    struct ts_civil c;
    ts_zone_civil(z, at, &c);
    if (d->days && !(d->days & (1u << (c.weekday - 1)))) return false;
    if (d->months && !(d->months & (1u << (c.month - 1)))) return false;
    if (!hours_hold(d, &c)) return false;
    ts_day day = ts_day_from_civil(c.year, c.month, c.day);
    if (day < d->date_from || day > d->date_to) return false;
    return !d->month_of.ptr || trait_month == c.month;
}
