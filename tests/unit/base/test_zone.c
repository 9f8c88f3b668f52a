/* SPDX-License-Identifier: Apache-2.0 */
/* Zones against the system's own answers (TZ and localtime_r, which only this test uses), and the days of a zone against
 * a search by hand. */
#include "check.h"

#include <time.h>

#include "base/calendar.h"
#include "base/tzif.h"

static const char *const zones[] = {
    "Asia/Shanghai",   "Europe/London",     "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Pacific/Apia",    "Africa/Casablanca", "Europe/Dublin",    "America/St_Johns",    "America/Havana",
    "Asia/Gaza",       "America/Toronto",   "Asia/Kathmandu",   "America/Nuuk",        "Antarctica/Troll",
    "Africa/Monrovia", "Asia/Manila",       "Etc/GMT+12",       "Pacific/Kiritimati",
};

static struct ts_zone *open_zone(const char *name)
{
    struct ts_zone *z = NULL;
    struct ts_error err;
    if (ts_zone_open(name, &z, &err) != TS_OK) fail_msg("%s", err.text);
    assert_string_equal(ts_zone_name(z), name);
    return z;
}

static bool need_zone_files(void **state)
{
    TS_UNUSED(state);
    struct ts_zone *z;
    if (ts_zone_open("Asia/Shanghai", &z, NULL) == TS_OK) {
        ts_zone_close(z);
        return true;
    }
    print_message("skipped: the system has no time zone files\n");
    return false;
}

static void system_zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

static void compare(const struct ts_zone *z, const char *name, ts_ms t)
{
    time_t second = (time_t)(t / 1000 - (t % 1000 < 0));
    struct tm tm;
    assert_non_null(localtime_r(&second, &tm));
    struct ts_civil c;
    ts_zone_civil(z, t, &c);
    bool same = ts_zone_offset(z, t) == tm.tm_gmtoff && c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 &&
                c.day == tm.tm_mday && c.hour == tm.tm_hour && c.minute == tm.tm_min && c.second == tm.tm_sec &&
                c.weekday % 7 == tm.tm_wday && c.ms == (int)(t - second * 1000);
    if (!same) {
        fail_msg("%s at %lld: offset %d, the system says %ld", name, (long long)t, ts_zone_offset(z, t), tm.tm_gmtoff);
    }
    assert_int_equal(ts_zone_day(z, t), ts_day_from_civil(c.year, c.month, c.day));
}

static void offsets_agree_with_the_system(void **state)
{
    if (!need_zone_files(state)) skip();
    struct ts_rng r = test_rng("zones");
    for (size_t i = 0; i < TS_ARRAY_LEN(zones); i++) {
        struct ts_zone *z = open_zone(zones[i]);
        system_zone(zones[i]);
        for (int k = 0; k < 4000; k++) {
            ts_ms t = TS_MS_MIN + (ts_ms)ts_rng_below(&r, (uint64_t)(TS_MS_MAX - TS_MS_MIN));
            compare(z, zones[i], t);
            compare(z, zones[i], t + 2 * TS_MS_MAX); /* where the table ends, and repeats */
        }
        ts_zone_close(z);
    }
    system_zone("UTC");
}

/* Every change of offset from 1960 to 2040, found by halving, a second before and at it. */
static void changes_agree_with_the_system_to_the_second(void **state)
{
    if (!need_zone_files(state)) skip();
    unsigned changes = 0;
    for (size_t i = 0; i < TS_ARRAY_LEN(zones); i++) {
        struct ts_zone *z = open_zone(zones[i]);
        system_zone(zones[i]);
        const ts_ms step = 7 * TS_DAY_MS;
        for (ts_ms t = INT64_C(-315619200000); t < INT64_C(2208988800000); t += step) {
            ts_ms low = t, high = t + step;
            if (ts_zone_offset(z, low) == ts_zone_offset(z, high)) continue;
            while (high - low > 1) {
                ts_ms middle = low + (high - low) / 2;
                if (ts_zone_offset(z, middle) == ts_zone_offset(z, low)) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            assert_int_equal(high % 1000, 0);
            compare(z, zones[i], low);
            compare(z, zones[i], high);
            changes++;
        }
        ts_zone_close(z);
    }
    system_zone("UTC");
    assert_true(changes > 1500);
}

/* The first instant of a day, by looking at every quarter of an hour and then every second. */
static ts_ms naive_day_start(const struct ts_zone *z, ts_day day)
{
    ts_ms t = day * TS_DAY_MS - 27 * INT64_C(3600000);
    while (ts_zone_day(z, t) < day)
        t += 900000;
    t -= 900000;
    while (ts_zone_day(z, t) < day)
        t += 1000;
    return t;
}

static void check_day(const struct ts_zone *z, ts_day day)
{
    ts_ms start = ts_zone_day_start(z, day);
    assert_true(start == naive_day_start(z, day));
    assert_true(ts_zone_day(z, start - 1) < day);
    struct ts_civil c = {0};
    ts_civil_from_day(day, &c.year, &c.month, &c.day);
    assert_true(ts_zone_instant(z, &c) == start);
}

static void days_start_where_a_search_finds_them(void **state)
{
    if (!need_zone_files(state)) skip();
    struct ts_rng r = test_rng("day starts");
    for (size_t i = 0; i < TS_ARRAY_LEN(zones); i++) {
        struct ts_zone *z = open_zone(zones[i]);
        for (int k = 0; k < 300; k++) {
            ts_day day = (ts_day)ts_rng_below(&r, 110000) - 25567;
            if (strcmp(zones[i], "Asia/Manila") == 0 && day < -20000) continue; /* offsets of the days of sail */
            check_day(z, day);
            check_day(z, day + 400000); /* in the third millennium */
            ts_ms start = ts_zone_day_start(z, day);
            if (ts_zone_day(z, start) != day) assert_int_equal(day, 15338); /* Apia never had 2011-12-30 */
        }
        ts_zone_close(z);
    }
}

static ts_ms time_of(const char *text)
{
    ts_ms t = 0;
    assert_int_equal(ts_time_parse(ts_cstr(text), &t), TS_OK);
    return t;
}

static void assert_time(ts_ms t, const char *want)
{
    char out[32];
    assert_string_equal(ts_time_format(t, out), want);
}

static void days_that_begin_oddly(void **state)
{
    if (!need_zone_files(state)) skip();
    struct ts_zone *z = open_zone("America/Sao_Paulo"); /* 00:00 to 01:00 was skipped */
    assert_time(ts_zone_day_start(z, ts_day_from_civil(2018, 11, 4)), "2018-11-04T03:00:00.000Z");
    ts_zone_close(z);

    z = open_zone("Pacific/Apia"); /* the 30th was skipped */
    ts_day skipped = ts_day_from_civil(2011, 12, 30);
    assert_time(ts_zone_day_start(z, skipped), "2011-12-30T10:00:00.000Z");
    assert_int_equal(ts_zone_day(z, ts_zone_day_start(z, skipped)), skipped + 1);
    assert_true(ts_zone_day_start(z, skipped + 1) == ts_zone_day_start(z, skipped));
    ts_zone_close(z);

    z = open_zone("America/Havana"); /* 00:00 to 01:00 happened twice */
    assert_time(ts_zone_day_start(z, ts_day_from_civil(2024, 11, 3)), "2024-11-03T04:00:00.000Z");
    ts_zone_close(z);

    z = open_zone("America/St_Johns"); /* at 00:01 back to 23:01 of the day before: that day has two ends */
    ts_day day = ts_day_from_civil(2010, 11, 7);
    assert_time(ts_zone_day_start(z, day), "2010-11-07T02:30:00.000Z");
    ts_ms second_evening = time_of("2010-11-07T03:00:00Z");
    assert_int_equal(ts_zone_day(z, second_evening), day - 1);
    assert_time(ts_time_end_of(z, second_evening, TS_BOUNDARY_DAY), "2010-11-07T03:30:00.000Z");
    ts_zone_close(z);
}

static void wall_times_become_instants(void **state)
{
    if (!need_zone_files(state)) skip();
    struct ts_zone *z = open_zone("Europe/London");
    struct ts_civil gap = {2026, 3, 29, 1, 30, 0, 500, 0}, twice = {2026, 10, 25, 1, 30, 0, 500, 0};
    assert_time(ts_zone_instant(z, &gap), "2026-03-29T01:00:00.000Z");
    assert_time(ts_zone_instant(z, &twice), "2026-10-25T00:30:00.500Z");
    struct ts_rng r = test_rng("wall times");
    for (int i = 0; i < 20000; i++) {
        ts_ms t = (ts_ms)ts_rng_below(&r, (uint64_t)TS_MS_MAX);
        struct ts_civil c, again;
        ts_zone_civil(z, t, &c);
        ts_ms back = ts_zone_instant(z, &c);
        ts_zone_civil(z, back, &again);
        assert_memory_equal(&c, &again, sizeof c);
        assert_true(back == t || back == t - 3600000);
    }
    ts_zone_close(z);
}

static void the_cache_changes_no_answer(void **state)
{
    if (!need_zone_files(state)) skip();
    struct ts_rng r = test_rng("day cache");
    for (size_t i = 0; i < TS_ARRAY_LEN(zones); i++) {
        struct ts_zone *z = open_zone(zones[i]);
        struct ts_zone_cache cache = {0};
        assert_int_equal(ts_zone_day_cached(z, &cache, 0), ts_zone_day(z, 0));
        for (int k = 0; k < 300; k++) {
            ts_ms t = TS_MS_MIN + (ts_ms)ts_rng_below(&r, (uint64_t)(TS_MS_MAX * 2));
            ts_day day = ts_zone_day_cached(z, &cache, t);
            assert_int_equal(day, ts_zone_day(z, t));
            assert_true(cache.from <= t && t < cache.to);
            for (int n = 0; n < 40; n++) {
                ts_ms other = t + (ts_ms)ts_rng_below(&r, 5 * TS_DAY_MS) - 2 * TS_DAY_MS;
                assert_int_equal(ts_zone_day_cached(z, &cache, other), ts_zone_day(z, other));
            }
        }
        for (ts_ms t = 0; t < INT64_C(2208988800000); t += 3 * TS_DAY_MS) { /* about each change of offset */
            if (ts_zone_offset(z, t) == ts_zone_offset(z, t + 3 * TS_DAY_MS)) continue;
            for (int k = 0; k < 200; k++) {
                ts_ms other = t + (ts_ms)ts_rng_below(&r, 3 * TS_DAY_MS);
                ts_zone_day_cached(z, &cache, other);
                other += (ts_ms)ts_rng_below(&r, 14400000) - 7200000;
                assert_int_equal(ts_zone_day_cached(z, &cache, other), ts_zone_day(z, other));
            }
        }
        static const ts_ms ends[] = {INT64_MIN, TS_NEVER, TS_NEVER - 1, INT64_MIN + 1};
        for (size_t k = 0; k < TS_ARRAY_LEN(ends); k++)
            assert_int_equal(ts_zone_day_cached(z, &cache, ends[k]), ts_zone_day(z, ends[k]));
        ts_zone_close(z);
    }
}

static void sums_keep_the_wall_time(void **state)
{
    if (!need_zone_files(state)) skip();
    struct ts_zone *z = open_zone("America/New_York");
    ts_ms noon = time_of("2026-03-07T17:00:00Z"); /* the day before summer time */
    assert_time(ts_time_add(z, noon, (struct ts_duration){0, 1, 0}), "2026-03-08T16:00:00.000Z");
    assert_time(ts_time_add(z, noon, (struct ts_duration){0, 0, TS_DAY_MS}), "2026-03-08T17:00:00.000Z");
    assert_time(ts_time_add(z, time_of("2026-01-31T17:00:00Z"), (struct ts_duration){1, 0, 0}),
                "2026-02-28T17:00:00.000Z");
    assert_time(ts_time_add(z, time_of("2026-03-07T07:30:00Z"), (struct ts_duration){0, 1, 0}),
                "2026-03-08T07:00:00.000Z");
    assert_true(ts_time_add(z, TS_NEVER, (struct ts_duration){0, 1, 0}) == TS_NEVER);
    assert_true(ts_time_add(z, TS_NEVER - 5, (struct ts_duration){0, 0, 9}) == TS_NEVER);
    assert_true(ts_time_add(z, noon, (struct ts_duration){INT32_MAX, 0, 0}) == TS_NEVER);
    assert_true(ts_time_add(z, noon, (struct ts_duration){0, INT32_MAX, 0}) == TS_NEVER);
    ts_zone_close(z);
}

static void boundaries_end_in_the_zone(void **state)
{
    if (!need_zone_files(state)) skip();
    static const struct {
        enum ts_boundary boundary;
        const char *end;
    } rows[] = {
        {TS_BOUNDARY_NONE, "2026-05-31T17:30:00.000Z"},  {TS_BOUNDARY_DAY, "2026-06-01T16:00:00.000Z"},
        {TS_BOUNDARY_MONTH, "2026-06-30T16:00:00.000Z"}, {TS_BOUNDARY_QUARTER, "2026-06-30T16:00:00.000Z"},
        {TS_BOUNDARY_YEAR, "2026-12-31T16:00:00.000Z"},
    };
    struct ts_zone *z = open_zone("Asia/Shanghai");
    ts_ms t = time_of("2026-05-31T17:30:00Z"); /* the first of June there */
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++)
        assert_time(ts_time_end_of(z, t, rows[i].boundary), rows[i].end);
    assert_true(ts_time_end_of(z, time_of("2026-05-31T16:00:00Z"), TS_BOUNDARY_DAY) == time_of("2026-06-01T16:00:00Z"));
    assert_true(ts_time_end_of(z, TS_NEVER, TS_BOUNDARY_MONTH) == TS_NEVER);
    ts_zone_close(z);
}

static void utc_needs_no_file(void **state)
{
    TS_UNUSED(state);
    struct ts_zone *z = open_zone("UTC");
    assert_int_equal(ts_zone_offset(z, TS_MS_MIN), 0);
    assert_int_equal(ts_zone_day(z, -1), -1);
    assert_int_equal(ts_zone_day(z, TS_NEVER), INT32_MAX);
    assert_int_equal(ts_zone_day(z, INT64_MIN), INT32_MIN);
    assert_true(ts_zone_day_start(z, 3) == 3 * TS_DAY_MS);
    ts_zone_close(z);
    ts_zone_close(NULL);
}

static void names_do_not_leave_the_folder(void **state)
{
    TS_UNUSED(state);
    static const char *const bad[] = {"",
                                      "/etc/passwd",
                                      "../../../etc/passwd",
                                      "Asia/../UTC",
                                      "Asia//Shanghai",
                                      "Asia/",
                                      "Asia",
                                      "Mars/Olympus",
                                      "zone.tab",
                                      "Asia/Shanghai ",
                                      ".",
                                      "leapseconds",
                                      "A\n",
                                      "tzdata.zi",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < TS_ARRAY_LEN(bad); i++) {
        struct ts_zone *z = NULL;
        struct ts_error err;
        enum ts_code code = ts_zone_open(bad[i], &z, &err);
        if (code != TS_E_NOT_FOUND && code != TS_E_DAMAGED) fail_msg("'%s' gave %s", bad[i], ts_code_name(code));
        assert_null(z);
    }
}

static void every_allocation_may_fail(void **state)
{
    if (!need_zone_files(state)) skip();
    enum ts_code code = TS_E_MEMORY;
    for (int n = 0; code == TS_E_MEMORY; n++) {
        struct ts_zone *z = NULL;
        ts_alloc_fail_after(n);
        code = ts_zone_open("America/New_York", &z, NULL);
        ts_alloc_fail_after(-1);
        assert_true((code == TS_OK) == (z != NULL));
        ts_zone_close(z);
        assert_true(n < 100);
    }
    assert_int_equal(code, TS_OK);
}

/* ---- files made by hand ---- */

static void put32(struct ts_buf *b, uint32_t v)
{
    for (int i = 3; i >= 0; i--)
        ts_buf_byte(b, (uint8_t)(v >> (8 * i)));
}

/* A version 2 file with an empty first block, one type (offset 3600), no transitions, and this footer. */
static void make_file(struct ts_buf *b, const char *footer)
{
    ts_buf_init(b, 0);
    for (uint32_t block = 0; block < 2; block++) {
        ts_buf_add(b, "TZif2", 5);
        for (int i = 0; i < 15; i++)
            ts_buf_byte(b, 0);
        for (int i = 0; i < 4; i++)
            put32(b, 0);
        put32(b, block);     /* types */
        put32(b, block * 4); /* characters */
    }
    put32(b, 3600);
    ts_buf_add(b, "\0\0LMT", 6);
    ts_buf_addf(b, "\n%s\n", footer);
}

static enum ts_code read_spans(const char *footer, struct ts_spans *s)
{
    struct ts_buf b;
    struct ts_error err;
    make_file(&b, footer);
    *s = (struct ts_spans){0};
    enum ts_code code = ts_tzif_read(b.data, b.len, s, &err);
    ts_buf_release(&b);
    return code;
}

static void release(struct ts_spans *s)
{
    ts_vec_release(&s->at);
    ts_vec_release(&s->offset);
}

/* Each rule of a footer, against the C library reading the same text from TZ. */
static void footers_mean_what_the_system_says(void **state)
{
    TS_UNUSED(state);
    static const char *const good[] = {
        "CET-1CEST,M3.5.0,M10.5.0/3",      "EST5EDT,M3.2.0,M11.1.0",         "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "IST-1GMT0,M10.5.0,M3.5.0/1",      "AAA3BBB2:30:15,J60/0,J300/23",   "XXX-2YYY,59/1,300/2",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "EET-2EEST,M3.4.4/50,M10.4.4/50",
    };
    struct ts_rng r = test_rng("footers");
    for (size_t i = 0; i < TS_ARRAY_LEN(good); i++) {
        struct ts_spans s;
        if (read_spans(good[i], &s) != TS_OK) fail_msg("%s is refused", good[i]);
        system_zone(good[i]);
        for (int k = 0; k < 3000; k++) {
            time_t t = (time_t)ts_rng_below(&r, 3600000000u);
            struct tm tm;
            localtime_r(&t, &tm);
            uint32_t at = 0;
            while (at < s.at.len && s.at.at[at] <= t)
                at++;
            if (s.offset.at[at] != tm.tm_gmtoff) {
                fail_msg("%s at %ld: %d, the system says %ld", good[i], t, s.offset.at[at], tm.tm_gmtoff);
            }
        }
        release(&s);
    }
    system_zone("UTC");
}

static void damaged_files_are_refused(void **state)
{
    TS_UNUSED(state);
    static const char *const bad[] = {"CET",
                                      "-1",
                                      "CET-1CEST",
                                      "CET-1CEST,M3.5.0",
                                      "CET-25",
                                      "<+01-1",
                                      "<>-1",
                                      "CET-1CEST,M13.5.0,M10.5.0",
                                      "C T-1",
                                      "CET-1CEST,M3.6.0,M10.5.0",
                                      "CET-1CEST,M3.5.7,M10.5.0",
                                      "CET-1CEST,J0,J5",
                                      "CET-1CEST,J366,J5",
                                      "CET-1CEST,M3.5.0,M10.5.0x",
                                      "CET-1:60",
                                      "CET-1CEST,M3.5.0/168,M10.5.0",
                                      "CET-1CEST,366,5"};
    struct ts_spans s;
    for (size_t i = 0; i < TS_ARRAY_LEN(bad); i++) {
        if (read_spans(bad[i], &s) != TS_E_DAMAGED) fail_msg("'%s' is accepted", bad[i]);
        release(&s);
    }
    assert_int_equal(read_spans("", &s), TS_OK);
    assert_int_equal(s.offset.at[0], 3600);
    release(&s);

    struct ts_buf b;
    make_file(&b, "CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t n = 0; n < b.len; n++) { /* cut short anywhere */
        uint8_t *cut = malloc(n ? n : 1);
        memcpy(cut, b.data, n);
        s = (struct ts_spans){0};
        assert_int_equal(ts_tzif_read(cut, n, &s, NULL), TS_E_DAMAGED);
        release(&s);
        free(cut);
    }
    struct ts_rng r = test_rng("damaged zone files");
    for (int i = 0; i < 20000; i++) { /* any byte changed: any answer, but an orderly one */
        size_t at = ts_rng_below(&r, b.len);
        uint8_t was = b.data[at];
        b.data[at] = (uint8_t)ts_rng_next(&r);
        s = (struct ts_spans){0};
        if (ts_tzif_read(b.data, b.len, &s, NULL) == TS_OK) assert_int_equal(s.offset.len, s.at.len + 1);
        release(&s);
        b.data[at] = was;
    }
    ts_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_agree_with_the_system),
        cmocka_unit_test(changes_agree_with_the_system_to_the_second),
        cmocka_unit_test(days_start_where_a_search_finds_them),
        cmocka_unit_test(days_that_begin_oddly),
        cmocka_unit_test(wall_times_become_instants),
        cmocka_unit_test(the_cache_changes_no_answer),
        cmocka_unit_test(sums_keep_the_wall_time),
        cmocka_unit_test(boundaries_end_in_the_zone),
        cmocka_unit_test(utc_needs_no_file),
        cmocka_unit_test(names_do_not_leave_the_folder),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(footers_mean_what_the_system_says),
        cmocka_unit_test(damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
