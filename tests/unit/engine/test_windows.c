/* SPDX-License-Identifier: Apache-2.0 */
/* Windows against a naive model. Events at random instants, many within hours of a change of clocks, are sent in random order in zones
 * that change them in odd ways; a rule reads one measure over every kind of window, and the model counts the events whose local date,
 * as the C library's own zone code gives it, lies in the dates that the window is said to cover. The two share no code. */
#include <time.h>

#include "../seed.h"
#include "shop.h"

#define HITS 80
#define PROBES 40
#define ROUNDS 24

static const char *const zones[] = {
    "Europe/London",    "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca",
    "Pacific/Apia",     "Asia/Kathmandu",   "America/St_Johns",    "Antarctica/Troll",  "Europe/Dublin",
    "Asia/Tehran",      "Pacific/Chatham",  "America/Havana",      "Asia/Gaza",         "Africa/Cairo",
    "America/Santiago", "Asia/Shanghai",    "America/Asuncion",    "Atlantic/Azores",   "Pacific/Kiritimati"};

/* kind: 'r' rolls over so many months and days, 'c' this period of the calendar, 'l' the one before, 'a' all. */
static const struct window {
    const char *text;
    char kind, period;
    int months, days;
} windows[] = {{"1 day", 'r', 0, 0, 1},
               {"7 days", 'r', 0, 0, 7},
               {"30 days", 'r', 0, 0, 30},
               {"90 days", 'r', 0, 0, 90},
               {"2 weeks", 'r', 0, 0, 14},
               {"1 month", 'r', 0, 1, 0},
               {"3 months", 'r', 0, 3, 0},
               {"12 months", 'r', 0, 12, 0},
               {"1 year", 'r', 0, 12, 0},
               {"calendar day", 'c', 'd', 0, 0},
               {"calendar week", 'c', 'w', 0, 0},
               {"calendar month", 'c', 'm', 0, 0},
               {"calendar quarter", 'c', 'q', 0, 0},
               {"calendar year", 'c', 'y', 0, 0},
               {"last calendar week", 'l', 'w', 0, 0},
               {"last calendar month", 'l', 'm', 0, 0},
               {"last calendar quarter", 'l', 'q', 0, 0},
               {"last calendar year", 'l', 'y', 0, 0},
               {"lifetime", 'a', 0, 0, 0}};
#define N_WINDOWS (sizeof windows / sizeof *windows)

static uint64_t state;
static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

/* ---- the naive side: dates as counts of days by timegm, zones by localtime ---------------------------------------- */

static long date_of(int year, int month, int day) /* month 1..12, may be out of range */
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return (long)(timegm(&tm) / 86400);
}

static struct tm tm_of(long date)
{
    time_t t = (time_t)date * 86400;
    struct tm tm;
    gmtime_r(&t, &tm);
    return tm;
}

static long local_date(time_t instant)
{
    struct tm tm;
    localtime_r(&instant, &tm);
    return date_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static long months_before(long date, int months)
{
    struct tm tm = tm_of(date);
    int month = tm.tm_year * 12 + tm.tm_mon - months, day = tm.tm_mday;
    long first = date_of(1900 + month / 12, month % 12 + 1, 1), next = date_of(1900 + month / 12, month % 12 + 2, 1);
    return day > next - first ? next - 1 : first + day - 1;
}

static long period_begin(char period, long date, int back)
{
    struct tm tm = tm_of(date);
    int year = tm.tm_year + 1900, month = tm.tm_mon + 1;
    switch (period) {
    case 'd':
        return date - back;
    case 'w':
        return date - (tm.tm_wday + 6) % 7 - 7 * back;
    case 'm':
        return date_of(year, month - back, 1);
    case 'q':
        return date_of(year, (month - 1) / 3 * 3 + 1 - 3 * back, 1);
    default:
        return date_of(year - back, 1, 1);
    }
}

static bool covers(const struct window *w, long date, long today)
{
    if (w->kind == 'a') return date <= today;
    if (w->kind == 'r') return date > months_before(today, w->months) - w->days && date <= today;
    if (w->kind == 'c') return date >= period_begin(w->period, today, 0) && date <= today;
    return date >= period_begin(w->period, today, 1) && date < period_begin(w->period, today, 0);
}

/* ---- one round ----------------------------------------------------------------------------------------------------- */

struct hit {
    time_t at;
    long amount;
};

/* An instant of eight years; every second one lies near a change of clocks in one of March, April, September to November. */
static time_t instant(void)
{
    static const int months[] = {3, 4, 9, 10, 11};
    if (draw(2)) return 1500000000 + (time_t)draw(8 * 31556952ull);
    long day = date_of(2018 + (int)draw(8), months[draw(5)], 1 + (int)draw(31));
    return day * 86400 + (time_t)draw(36 * 3600) - 6 * 3600;
}

static void zulu(time_t t, char out[32])
{
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static int by_time(const void *a, const void *b)
{
    const time_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void open_zone(struct shop *s, const char *zone)
{
    char rules[8192];
    int n = snprintf(rules, sizeof rules,
                     "program { name = 'p', timezone = '%s', currency = 'EUR' }\n"
                     "event 'Hit' { amount = 'integer' }\nevent 'Probe' {}\n"
                     "measure 'hits' { on = 'Hit' }\nmeasure 'sum' { on = 'Hit', sum = 'amount' }\n",
                     zone);
    for (size_t i = 0; i < N_WINDOWS; i++)
        n += snprintf(rules + n, sizeof rules - (size_t)n, "trait 'w%zu' { type = 'text' }\n", i);
    n += snprintf(rules + n, sizeof rules - (size_t)n, "rule 'probe' { on = 'Probe', act = function(member)\n");
    for (size_t i = 0; i < N_WINDOWS; i++)
        n += snprintf(rules + n, sizeof rules - (size_t)n,
                      "member:set('w%zu', member:hits '%s' .. ' ' .. member:sum '%s')\n", i, windows[i].text,
                      windows[i].text);
    snprintf(rules + n, sizeof rules - (size_t)n, "end }\n");
    shop_open(s, rules);
}

static void compare(struct shop *s, const char *zone, const struct hit *hits, size_t n, time_t now)
{
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s->engine, 1, &v, &s->error), TS_OK);
    for (size_t i = 0; i < N_WINDOWS; i++) {
        long count = 0, sum = 0, today = local_date(now);
        for (size_t k = 0; k < n; k++) {
            if (!covers(&windows[i], local_date(hits[k].at), today)) continue;
            count++;
            sum += hits[k].amount;
        }
        char trait[8], expected[64], at[32];
        snprintf(trait, sizeof trait, "w%zu", i);
        snprintf(expected, sizeof expected, "\"%ld %ld\"", count, sum);
        struct ts_trait *t = ts_profile_trait(
            v.member.profiles[0], ts_names_find(ts_engine_names(s->engine), TS_SPACE_TRAIT, ts_cstr(trait)));
        assert_non_null(t);
        zulu(now, at);
        if (!ts_str_eq(t->json, ts_cstr(expected)))
            fail_msg("%s at %s, window '%s': the engine says " TS_STR_FMT ", the model %s", zone, at, windows[i].text,
                     TS_STR_ARG(t->json), expected);
    }
    ts_member_view_close(&v);
}

/* Events come late and out of order, but none from after a probe is there at the probe. */
static void one_round(const char *zone)
{
    struct shop s;
    struct hit hits[HITS];
    time_t probes[PROBES];
    char at[32];
    size_t sent = 0;
    setenv("TZ", zone, 1);
    tzset();
    for (size_t i = 0; i < PROBES; i++)
        probes[i] = instant();
    qsort(probes, PROBES, sizeof *probes, by_time);
    open_zone(&s, zone);
    for (size_t i = 0; i < PROBES; i++) {
        for (size_t k = 0; k < HITS / PROBES; k++) {
            hits[sent].at = draw(3) ? probes[i] - (time_t)draw(40 * 86400) : probes[i] - (time_t)draw(500 * 86400ull);
            hits[sent].amount = (long)draw(100000);
            zulu(hits[sent].at, at);
            shop_linef(&s,
                       "{\"type\":\"track\",\"event\":\"Hit\",\"userId\":\"u\",\"timestamp\":\"%s\",\"properties\":{"
                       "\"amount\":%ld}}",
                       at, hits[sent].amount);
            sent++;
        }
        zulu(probes[i], at);
        struct ts_result *r =
            shop_linef(&s, "{\"type\":\"track\",\"event\":\"Probe\",\"userId\":\"u\",\"timestamp\":\"%s\"}", at);
        assert_int_equal(r->status, TS_RESULT_APPLIED);
        assert_int_equal(r->rule_errors, 0);
        compare(&s, zone, hits, sent, probes[i]);
    }
    shop_close(&s);
}

static void windows_agree_with_a_naive_model(void **unused)
{
    TS_UNUSED(unused);
    state = test_seed(20261122) * 2 + 1;
    for (int i = 0; i < ROUNDS; i++)
        one_round(zones[draw(sizeof zones / sizeof *zones)]);
    unsetenv("TZ");
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(windows_agree_with_a_naive_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
