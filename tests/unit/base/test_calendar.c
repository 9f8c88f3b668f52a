/* SPDX-License-Identifier: Apache-2.0 */
/* Days against a walk through the calendar, timestamps as trackers send them, durations and windows against their
 * definitions. */
#include "check.h"

#include "base/calendar.h"

static void days_agree_with_a_walk_through_the_calendar(void **state)
{
    TS_UNUSED(state);
    int year = 1600, month = 1, dom = 1, weekday = 6; /* 1600-01-01 was a Saturday */
    for (ts_day day = -135140; year < 2500; day++) {
        int y, m, d;
        ts_civil_from_day(day, &y, &m, &d);
        if (y != year || m != month || d != dom || ts_day_from_civil(year, month, dom) != day ||
            ts_day_weekday(day) != weekday) {
            fail_msg("day %d: %d-%d-%d, wanted %d-%d-%d", day, y, m, d, year, month, dom);
        }
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int last = month == 2 ? 28 + leap : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
        assert_int_equal(ts_days_in_month(year, month), last);
        weekday = weekday % 7 + 1;
        if (dom++ == last) {
            dom = 1;
            if (month++ == 12) {
                month = 1;
                year++;
            }
        }
    }
    assert_int_equal(ts_day_from_civil(1970, 1, 1), 0);
    assert_int_equal(ts_days_in_month(2026, 0), 0);
    assert_int_equal(ts_days_in_month(2026, 13), 0);
    int y, m, d;
    ts_civil_from_day(INT32_MIN, &y, &m, &d);
    assert_int_equal(ts_day_from_civil(y, m, d), INT32_MIN);
    ts_civil_from_day(INT32_MAX, &y, &m, &d);
    assert_int_equal(ts_day_from_civil(y, m, d), INT32_MAX);
    assert_int_equal(ts_day_from_civil(INT32_MAX, 1, 1), INT32_MAX);
    assert_int_equal(ts_day_from_civil(INT32_MIN, 1, 1), INT32_MIN);
}

static ts_day day_of(const char *text)
{
    ts_ms t = 0;
    assert_int_equal(ts_time_parse(ts_cstr(text), &t), TS_OK);
    return (ts_day)(t / TS_DAY_MS);
}

static void months_are_added_and_clamped(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(ts_day_add_months(day_of("2026-01-31"), 1), day_of("2026-02-28"));
    assert_int_equal(ts_day_add_months(day_of("2028-01-31"), 1), day_of("2028-02-29"));
    assert_int_equal(ts_day_add_months(day_of("2026-03-31"), -1), day_of("2026-02-28"));
    assert_int_equal(ts_day_add_months(day_of("2028-02-29"), 12), day_of("2029-02-28"));
    assert_int_equal(ts_day_add_months(day_of("2026-01-15"), -13), day_of("2024-12-15"));
    assert_int_equal(ts_day_add_months(day_of("2026-12-31"), 0), day_of("2026-12-31"));
    assert_int_equal(ts_day_add_months(0, INT32_MAX), INT32_MAX);
    assert_int_equal(ts_day_add_months(0, INT32_MIN), INT32_MIN);
}

/* ---- timestamps ---- */

static void timestamps_as_trackers_send_them(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text, *utc;
    } rows[] = {
        {"2012-12-02T00:30:08.276Z", "2012-12-02T00:30:08.276Z"},
        {"2012-12-02T00:30:08Z", "2012-12-02T00:30:08.000Z"},
        {"2012-12-02t00:30:08z", "2012-12-02T00:30:08.000Z"},
        {"2012-12-02 00:30:08", "2012-12-02T00:30:08.000Z"},
        {"2012-12-02T00:30", "2012-12-02T00:30:00.000Z"},
        {"2012-12-02T00:30:08.276+08:00", "2012-12-01T16:30:08.276Z"},
        {"2012-12-02T00:30:08-0530", "2012-12-02T06:00:08.000Z"},
        {"2012-12-02T00:30:08+08", "2012-12-01T16:30:08.000Z"},
        {"2012-12-02T00:30:08.2769999999Z", "2012-12-02T00:30:08.276Z"},
        {"2012-12-02T00:30:08.2Z", "2012-12-02T00:30:08.200Z"},
        {"2012-12-02", "2012-12-02T00:00:00.000Z"},
        {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"},
        {"2016-12-31T23:59:60.7Z", "2016-12-31T23:59:59.999Z"},
        {"2028-02-29T12:00:00-00:00", "2028-02-29T12:00:00.000Z"},
        {"1900-01-01", "1900-01-01T00:00:00.000Z"},
        {"2200-01-01", "2200-01-01T00:00:00.000Z"},
        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        ts_ms t = 0;
        char out[32];
        if (ts_time_parse(ts_cstr(rows[i].text), &t) != TS_OK) fail_msg("%s is refused", rows[i].text);
        assert_string_equal(ts_time_format(t, out), rows[i].utc);
    }
}

static void other_texts_are_no_timestamps(void **state)
{
    TS_UNUSED(state);
    static const char *const none[] = {
        "",
        "now",
        "2012",
        "2012-12",
        "2012-12-",
        "2012-1-02",
        "12-12-02",
        "02/12/2012",
        "2012-12-02T",
        "2012-12-02Z",
        "2012-12-02T00",
        "2012-12-02T00:3",
        "2012-12-02T0030",
        "2012-12-02T00:30:",
        "2012-12-02T00:30:08.",
        "2012-12-02T00:30:08.Z",
        "2012-12-02T00:30:08,5Z",
        "2012-12-02T00:30:08ZZ",
        "2012-12-02T00:30:08 Z",
        "2012-12-02T00:30:08Z ",
        " 2012-12-02T00:30:08Z",
        "2012-12-02  00:30:08Z",
        "2012-12-02T00:30:08+",
        "2012-12-02T00:30:08+8",
        "2012-12-02T00:30:08+08:",
        "2012-12-02T00:30:08+24:00",
        "2012-12-02T00:30:08+08:60",
        "2012-12-02T24:00:00Z",
        "2012-12-02T00:60:00Z",
        "2012-12-02T00:00:61Z",
        "2012-13-02T00:30:08Z",
        "2012-00-02T00:30:08Z",
        "2012-12-00T00:30:08Z",
        "2012-12-32T00:30:08Z",
        "2011-02-29T00:30:08Z",
        "1900-02-29",
        "-2012-12-02",
        "+2012-12-02",
        "1354408208",
        "20121202T003008Z",
        "2012-W48-7",
        "\xD9\xA2\xD9\xA0-12-02",
    };
    ts_ms t = 42;
    for (size_t i = 0; i < TS_ARRAY_LEN(none); i++) {
        if (ts_time_parse(ts_cstr(none[i]), &t) != TS_E_SYNTAX) fail_msg("'%s' is accepted", none[i]);
    }
    assert_int_equal(ts_time_parse((struct ts_str){NULL, 0}, &t), TS_E_SYNTAX);
    assert_int_equal(ts_time_parse(TS_STR("1899-12-31T23:59:59.999Z"), &t), TS_E_LIMIT);
    assert_int_equal(ts_time_parse(TS_STR("2200-01-01T00:00:00.001Z"), &t), TS_E_LIMIT);
    assert_int_equal(ts_time_parse(TS_STR("0000-01-01"), &t), TS_E_LIMIT);
    assert_int_equal(ts_time_parse(TS_STR("9999-12-31T23:59:59Z"), &t), TS_E_LIMIT);
    assert_int_equal(t, 42);
}

static void timestamps_read_back(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("timestamps");
    char out[32];
    for (int i = 0; i < 100000; i++) {
        ts_ms t = TS_MS_MIN + (ts_ms)ts_rng_below(&r, (uint64_t)(TS_MS_MAX - TS_MS_MIN)), back = 0;
        assert_int_equal(ts_time_parse(ts_cstr(ts_time_format(t, out)), &back), TS_OK);
        assert_true(back == t);
    }
    assert_string_equal(ts_time_format(TS_NEVER, out), "never");
    assert_string_equal(ts_time_format(TS_NEVER - 1, out), "9999-12-31T23:59:59.999Z");
    assert_string_equal(ts_time_format(INT64_MIN, out), "0000-01-01T00:00:00.000Z");
}

/* ---- durations ---- */

static void durations_as_people_write_them(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text;
        struct ts_duration d;
    } rows[] = {
        {"14 days", {0, 14, 0}},         {"1 day", {0, 1, 0}},          {"36 months", {36, 0, 0}},
        {"1 year", {12, 0, 0}},          {"2 weeks", {0, 14, 0}},       {"24 hours", {0, 0, 86400000}},
        {"90 minutes", {0, 0, 5400000}}, {"30 seconds", {0, 0, 30000}}, {"  7\tdays ", {0, 7, 0}},
        {"1000 years", {12000, 0, 0}},   {"1 days", {0, 1, 0}},         {"007 days", {0, 7, 0}},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        struct ts_duration d;
        struct ts_error err;
        if (ts_duration_parse(ts_cstr(rows[i].text), &d, &err) != TS_OK) fail_msg("%s: %s", rows[i].text, err.text);
        assert_int_equal(d.months, rows[i].d.months);
        assert_int_equal(d.days, rows[i].d.days);
        assert_true(d.ms == rows[i].d.ms);
    }
    static const char *const none[] = {"",         " ",       "14",    "days",         "0 days",        "-1 days",
                                       "1.5 days", "14 dayz", "1 DAY", "2 fortnights", "1 day 2 hours", "14 days.",
                                       "+3 days"};
    struct ts_duration d;
    struct ts_error err;
    for (size_t i = 0; i < TS_ARRAY_LEN(none); i++) {
        assert_int_equal(ts_duration_parse(ts_cstr(none[i]), &d, &err), TS_E_SYNTAX);
        assert_non_null(strstr(err.hint, "months"));
    }
    static const char *const long_ones[] = {"1001 years", "366001 days", "99999999999999999999999999 seconds",
                                            "4294967297 days", "9999999999999 hours"};
    for (size_t i = 0; i < TS_ARRAY_LEN(long_ones); i++)
        assert_int_equal(ts_duration_parse(ts_cstr(long_ones[i]), &d, &err), TS_E_LIMIT);
    assert_int_equal(ts_duration_parse((struct ts_str){NULL, 0}, &d, NULL), TS_E_SYNTAX);
}

/* ---- windows ---- */

static struct ts_window window(const char *text)
{
    struct ts_window w;
    struct ts_error err;
    if (ts_window_parse(ts_cstr(text), &w, &err) != TS_OK) fail_msg("%s: %s", text, err.text);
    return w;
}

static void windows_cover_the_days_they_say(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *window, *today, *from, *to;
    } rows[] = {
        {"1 day", "2026-01-15", "2026-01-15", "2026-01-15"},
        {"today", "2026-01-15", "2026-01-15", "2026-01-15"},
        {"7 days", "2026-01-15", "2026-01-09", "2026-01-15"},
        {"2 weeks", "2026-01-15", "2026-01-02", "2026-01-15"},
        {"12 months", "2026-01-15", "2025-01-16", "2026-01-15"},
        {"1 year", "2024-02-29", "2023-03-01", "2024-02-29"},
        {"1 month", "2026-03-31", "2026-03-01", "2026-03-31"},
        {"1 month", "2026-02-28", "2026-01-29", "2026-02-28"},
        {"calendar day", "2026-01-15", "2026-01-15", "2026-01-15"},
        {"calendar week", "2026-01-15", "2026-01-12", "2026-01-15"}, /* a Thursday */
        {"calendar week", "2026-01-12", "2026-01-12", "2026-01-12"},
        {"calendar week", "2026-01-18", "2026-01-12", "2026-01-18"},
        {"calendar month", "2026-01-15", "2026-01-01", "2026-01-15"},
        {"calendar quarter", "2026-06-30", "2026-04-01", "2026-06-30"},
        {"calendar year", "2026-01-15", "2026-01-01", "2026-01-15"},
        {"last calendar day", "2026-01-15", "2026-01-14", "2026-01-14"},
        {"last calendar week", "2026-01-15", "2026-01-05", "2026-01-11"},
        {"last calendar month", "2026-03-31", "2026-02-01", "2026-02-28"},
        {"last calendar quarter", "2026-01-15", "2025-10-01", "2025-12-31"},
        {"last calendar year", "2026-01-15", "2025-01-01", "2025-12-31"},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        ts_day from, to;
        ts_window_days(window(rows[i].window), day_of(rows[i].today), &from, &to);
        if (from != day_of(rows[i].from) || to != day_of(rows[i].to)) fail_msg("row %zu: %d to %d", i, from, to);
    }
    ts_day from, to;
    ts_window_days(window("lifetime"), 20000, &from, &to);
    assert_int_equal(from, INT32_MIN);
    assert_int_equal(to, 20000);
    ts_window_days(window("12 months"), INT32_MIN, &from, &to); /* held at the end, not past it */
    assert_int_equal(from, INT32_MIN + 1);
}

static void windows_have_one_canonical_text(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"12 months", "12 months"},
        {"1 year", "12 months"},
        {"1 months", "1 month"},
        {"2 weeks", "14 days"},
        {"today", "1 day"},
        {" calendar month", "calendar month"},
        {"last calendar year", "last calendar year"},
        {"lifetime", "lifetime"},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        char out[40], again[40];
        ts_window_format(window(rows[i].text), out, sizeof out);
        assert_string_equal(out, rows[i].canonical);
        ts_window_format(window(out), again, sizeof again);
        assert_string_equal(again, out);
    }
    static const char *const none[] = {
        "",       "calendar", "calendar decade", "last month", "last 7 days",   "90 minutes", "7",
        "0 days", "month",    "Lifetime",        "last today", "last lifetime", "days"};
    struct ts_window w;
    struct ts_error err;
    for (size_t i = 0; i < TS_ARRAY_LEN(none); i++) {
        if (ts_window_parse(ts_cstr(none[i]), &w, &err) != TS_E_SYNTAX) fail_msg("'%s' is accepted", none[i]);
        assert_non_null(strstr(err.hint, "calendar month"));
    }
    assert_int_equal(ts_window_parse(TS_STR("1001 years"), &w, &err), TS_E_LIMIT);
}

static bool inside(struct ts_window w, ts_day day, ts_day today)
{
    ts_day from, to;
    ts_window_days(w, today, &from, &to);
    return from <= day && day <= to;
}

static void a_day_leaves_a_window_on_the_day_that_is_said(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("windows");
    for (int i = 0; i < 30000; i++) {
        struct ts_window w = {.kind = (uint8_t)(1 + ts_rng_below(&r, 3)), .period = (uint8_t)ts_rng_below(&r, 5)};
        if (w.kind == TS_WINDOW_ROLLING) {
            bool months = ts_rng_below(&r, 2);
            w.months = months ? 1 + (int32_t)ts_rng_below(&r, 30) : 0;
            w.days = !months || ts_rng_below(&r, 8) == 0 ? 1 + (int32_t)ts_rng_below(&r, 60) : 0;
        }
        ts_day today = (ts_day)ts_rng_below(&r, 60000) - 20000, from, to;
        ts_window_days(w, today, &from, &to);
        if (from > to) continue;
        ts_day day = from + (ts_day)ts_rng_below(&r, (uint64_t)(to - from) + 1);
        if (ts_rng_below(&r, 4) == 0) day = ts_rng_below(&r, 2) ? from : to;
        ts_day leaves = ts_window_leaves(w, day, today);
        assert_true(leaves > today);
        for (ts_day t = today; t < leaves; t++)
            assert_true(inside(w, day, t));
        for (ts_day t = leaves; t < leaves + 40; t++)
            assert_false(inside(w, day, t));
    }
    assert_int_equal(ts_window_leaves(window("lifetime"), 5, 9), INT32_MAX);
    assert_int_equal(ts_window_leaves(window("7 days"), INT32_MAX, INT32_MAX), INT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_agree_with_a_walk_through_the_calendar),
        cmocka_unit_test(months_are_added_and_clamped),
        cmocka_unit_test(timestamps_as_trackers_send_them),
        cmocka_unit_test(other_texts_are_no_timestamps),
        cmocka_unit_test(timestamps_read_back),
        cmocka_unit_test(durations_as_people_write_them),
        cmocka_unit_test(windows_cover_the_days_they_say),
        cmocka_unit_test(windows_have_one_canonical_text),
        cmocka_unit_test(a_day_leaves_a_window_on_the_day_that_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
