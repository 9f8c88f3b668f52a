/* SPDX-License-Identifier: Apache-2.0 */
/* `during`: tables of instants, and every quarter of an hour of a year against a naive reading of the local clock. */
#include "../seed.h"
#include "fixture.h"

static struct ts_zone *zone;

static int open_zone(void **state)
{
    TS_UNUSED(state);
    return ts_zone_open("Europe/Paris", &zone, NULL) == TS_OK ? 0 : -1;
}

static int close_zone(void **state)
{
    TS_UNUSED(state);
    ts_zone_close(zone);
    return 0;
}

static struct ts_during always(void)
{
    return (struct ts_during){
        .any = true, .hour_from = -1, .hour_to = -1, .date_from = INT32_MIN, .date_to = INT32_MAX};
}

static const struct ts_trait_date nobody;

static bool holds(const struct ts_during *d, const char *time, int month)
{
    ts_ms t;
    assert_int_equal(ts_time_parse(ts_cstr(time), &t), TS_OK);
    return ts_during_holds(d, zone, t, (struct ts_trait_date){month, 1}, (struct ts_trait_date){0, 0});
}

static void nothing_said_is_always(void **state)
{
    TS_UNUSED(state);
    struct ts_during d = {0};
    assert_true(holds(&d, "2026-01-15T10:00:00Z", 0));
    d = always();
    assert_true(holds(&d, "2026-01-15T10:00:00Z", 0));
}

static void days_are_local(void **state)
{
    TS_UNUSED(state);
    struct ts_during d = always();
    d.days = 1; /* Monday */
    assert_false(holds(&d, "2026-01-11T22:59:59.999Z", 0));
    assert_true(holds(&d, "2026-01-11T23:00:00Z", 0)); /* Monday 12 January 2026, 00:00 in Paris */
    assert_true(holds(&d, "2026-01-12T22:59:59.999Z", 0));
    assert_false(holds(&d, "2026-01-12T23:00:00Z", 0));
    d.days = 1 << 6;
    assert_true(holds(&d, "2026-01-11T12:00:00Z", 0));
}

static void hours_end_exclusive_and_wrap(void **state)
{
    TS_UNUSED(state);
    struct ts_during d = always();
    d.hour_from = 8 * 60;
    d.hour_to = 11 * 60;
    assert_false(holds(&d, "2026-01-12T06:59:59.999Z", 0));
    assert_true(holds(&d, "2026-01-12T07:00:00Z", 0));
    assert_true(holds(&d, "2026-01-12T09:59:59.999Z", 0));
    assert_false(holds(&d, "2026-01-12T10:00:00Z", 0));
    assert_true(holds(&d, "2026-07-12T06:00:00Z", 0)); /* summer time */
    d.hour_from = 22 * 60;
    d.hour_to = 6 * 60;
    assert_true(holds(&d, "2026-01-12T21:00:00Z", 0));
    assert_true(holds(&d, "2026-01-12T23:30:00Z", 0));
    assert_true(holds(&d, "2026-01-13T04:59:59Z", 0));
    assert_false(holds(&d, "2026-01-13T05:00:00Z", 0));
    d.hour_from = 0;
    d.hour_to = 24 * 60;
    assert_true(holds(&d, "2026-01-12T22:59:59Z", 0));
}

static void dates_are_inclusive(void **state)
{
    TS_UNUSED(state);
    struct ts_during d = always();
    d.date_from = ts_day_from_civil(2026, 11, 1);
    d.date_to = ts_day_from_civil(2026, 11, 11);
    assert_false(holds(&d, "2026-10-31T22:59:59Z", 0));
    assert_true(holds(&d, "2026-10-31T23:00:00Z", 0));
    assert_true(holds(&d, "2026-11-11T22:59:59Z", 0));
    assert_false(holds(&d, "2026-11-11T23:00:00Z", 0));
}

static void the_month_of_a_trait(void **state)
{
    TS_UNUSED(state);
    struct ts_during d = always();
    d.month_of = TS_STR("birthday");
    assert_true(holds(&d, "2026-05-01T12:00:00Z", 5));
    assert_false(holds(&d, "2026-05-01T12:00:00Z", 4));
    assert_false(holds(&d, "2026-05-01T12:00:00Z", 0)); /* unknown */
    assert_true(holds(&d, "2026-04-30T22:00:00Z", 5));
}

static void a_date_of_a_trait_is_read_or_not_known(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *json;
        int month, day;
    } cases[] = {{"\"1988-02-29\"", 2, 29},
                 {"\"2000-02-29\"", 2, 29},
                 {"\"1900-02-29\"", 0, 0}, /* 1900 had none */
                 {"\"1985-12-31T23:59:59Z\"", 12, 31},
                 {"\"1985-12-31 10:00\"", 12, 31},
                 {"\"1985-13-01\"", 0, 0},
                 {"\"1985-00-10\"", 0, 0},
                 {"\"1985-04-31\"", 0, 0},
                 {"\"1985-04-00\"", 0, 0},
                 {"\"1985-4-1\"", 0, 0},
                 {"\"1985-04-1x\"", 0, 0},
                 {"\"1985-04-011\"", 0, 0},
                 {"19850401", 0, 0},
                 {"null", 0, 0},
                 {"\"\"", 0, 0}};
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        struct ts_trait_date d = ts_trait_date(ts_cstr(cases[i].json));
        if (d.month != cases[i].month || d.day != cases[i].day)
            fail_msg("%s is %d-%d, wanted %d-%d", cases[i].json, d.month, d.day, cases[i].month, cases[i].day);
    }
}

static bool is_day(ts_day day, struct ts_trait_date born, bool month)
{
    struct ts_during d = always();
    if (month)
        d.month_of = TS_STR("birthday");
    else
        d.day_of = TS_STR("birthday");
    return ts_during_holds(&d, zone, ts_zone_day_start(zone, day) + 12 * 3600000, born, born);
}

/* Over every day of 1900 (common), 2000 (leap) and the years around: each birthday comes on exactly one day of a year, in its month. */
static void a_birthday_comes_once_a_year(void **state)
{
    TS_UNUSED(state);
    static const int years[] = {1900, 1903, 1904, 1999, 2000, 2001, 2023, 2024, 2100};
    for (size_t y = 0; y < TS_ARRAY_LEN(years); y++)
        for (int month = 1; month <= 12; month++)
            for (int dom = 1; dom <= ts_days_in_month(2000, month); dom++) {
                struct ts_trait_date born = {month, dom};
                ts_day from = ts_day_from_civil(years[y], 1, 1), to = ts_day_from_civil(years[y] + 1, 1, 1);
                int days = 0, in_month = 0;
                ts_day on = 0;
                for (ts_day day = from; day < to; day++) {
                    if (is_day(day, born, false)) {
                        days++;
                        on = day;
                    }
                    in_month += is_day(day, born, true);
                }
                int wanted = dom == 29 && month == 2 ? ts_days_in_month(years[y], 2) : dom;
                assert_int_equal(days, 1);
                assert_int_equal(on, ts_day_from_civil(years[y], month, wanted));
                assert_int_equal(in_month, ts_days_in_month(years[y], month));
            }
}

static void the_day_of_a_trait_is_the_local_date(void **state)
{
    TS_UNUSED(state);
    struct ts_during d = always();
    struct ts_trait_date leap = {2, 29};
    ts_ms t;
    d.day_of = TS_STR("birthday");
    assert_int_equal(ts_time_parse(TS_STR("2025-02-27T22:59:59.999Z"), &t), TS_OK);
    assert_false(ts_during_holds(&d, zone, t, nobody, leap));
    assert_true(ts_during_holds(&d, zone, t + 1, nobody, leap)); /* 28 February 2025, 00:00 in Paris */
    assert_true(ts_during_holds(&d, zone, t + TS_DAY_MS, nobody, leap));
    assert_false(ts_during_holds(&d, zone, t + 1 + TS_DAY_MS, nobody, leap)); /* 1 March */
    assert_int_equal(ts_time_parse(TS_STR("2024-02-28T12:00:00Z"), &t), TS_OK);
    assert_false(ts_during_holds(&d, zone, t, nobody, leap)); /* a leap year has the day itself */
    assert_true(ts_during_holds(&d, zone, t + TS_DAY_MS, nobody, leap));
    assert_false(ts_during_holds(&d, zone, t, nobody, nobody)); /* who said nothing has none */
}

/* All parts must hold; a naive reader of the local clock agrees on every quarter of an hour of a year. */
static void agrees_with_a_naive_reading(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(7)};
    ts_ms from, to;
    assert_int_equal(ts_time_parse(TS_STR("2026-01-01T00:00:00Z"), &from), TS_OK);
    assert_int_equal(ts_time_parse(TS_STR("2027-01-01T00:00:00Z"), &to), TS_OK);
    for (int round = 0; round < 20; round++) {
        struct ts_during d = always();
        if (ts_rng_below(&rng, 2)) d.days = (uint8_t)ts_rng_below(&rng, 128);
        if (ts_rng_below(&rng, 2)) d.months = (uint16_t)ts_rng_below(&rng, 4096);
        if (ts_rng_below(&rng, 2)) {
            d.hour_from = (int16_t)ts_rng_below(&rng, 1440);
            d.hour_to = (int16_t)ts_rng_below(&rng, 1441);
        }
        for (ts_ms t = from; t < to; t += 15 * 60000) {
            struct ts_civil c;
            ts_zone_civil(zone, t, &c);
            bool day = !d.days || (d.days >> (c.weekday - 1) & 1), month = !d.months || (d.months >> (c.month - 1) & 1);
            bool hour = d.hour_from < 0;
            int minute = c.hour * 60 + c.minute;
            if (d.hour_from >= 0)
                hour = d.hour_from <= d.hour_to ? minute >= d.hour_from && minute < d.hour_to
                                                : !(minute >= d.hour_to && minute < d.hour_from);
            if (ts_during_holds(&d, zone, t, nobody, nobody) != (day && month && hour))
                fail_msg("round %d, t %lld", round, (long long)t);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said_is_always),
        cmocka_unit_test(days_are_local),
        cmocka_unit_test(hours_end_exclusive_and_wrap),
        cmocka_unit_test(dates_are_inclusive),
        cmocka_unit_test(a_date_of_a_trait_is_read_or_not_known),
        cmocka_unit_test(a_birthday_comes_once_a_year),
        cmocka_unit_test(the_day_of_a_trait_is_the_local_date),
        cmocka_unit_test(the_month_of_a_trait),
        cmocka_unit_test(agrees_with_a_naive_reading),
    };
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
