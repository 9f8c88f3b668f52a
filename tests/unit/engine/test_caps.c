/* SPDX-License-Identifier: Apache-2.0 */
/* SEMANTICS.md Points 14 and "Time": caps of earnings, bonuses and scores over random orders of events, late ones among them. No window ever
 * exceeds its cap, calendar ones and lifetime ones grant all that is left, and both figures, desired and granted, are kept. Each run is also
 * recovered from its rows. TS_SEED and TS_SIZE choose others. */
#include "../seed.h"
#include "engine/internal.h"
#include "shop.h"

#define CAP 100 /* points; scores: the same */

struct kind {
    const char *per; /* as rules write it */
    char period;     /* 'd'ay, 'w'eek, 'm'onth, 'q'uarter, 'y'ear, 'l'ifetime, 'r'olling */
    ts_ms span;      /* rolling */
};
static const struct kind kinds[] = {
    {"day", 'd', 0},
    {"week", 'w', 0},
    {"month", 'm', 0},
    {"quarter", 'q', 0},
    {"year", 'y', 0},
    {"lifetime", 'l', 0},
    {"1 day", 'r', TS_DAY_MS},
    {"36 hours", 'r', TS_DAY_MS * 3 / 2},
    {"7 days", 'r', 7 * TS_DAY_MS},
};

/* ---- what was granted, and windows over it ---- */

struct grant {
    ts_ms at;
    int64_t desired, granted; /* of a score in millionths */
};
struct grants {
    struct grant at[4096];
    unsigned n;
};

/* The number of the period on the wall of London; another way than the engine's: from the civil date. */
static int64_t period_of(const struct ts_zone *z, char period, ts_ms at)
{
    struct ts_civil c;
    ts_zone_civil(z, at, &c);
    int64_t day = ts_day_from_civil(c.year, c.month, c.day);
    switch (period) {
    case 'd':
        return day;
    case 'w':
        return (day + 3) / 7; /* 1 January 1970 was a Thursday */
    case 'm':
        return c.year * 12 + c.month - 1;
    case 'q':
        return (c.year * 12 + c.month - 1) / 3;
    case 'y':
        return c.year;
    default:
        return 0;
    }
}

/* The most that any window has in which the last grant lies, without it. */
static int64_t used_before(const struct grants *g, const struct kind *k, const struct ts_zone *z, ts_ms at)
{
    int64_t most = 0;
    if (k->period != 'r') {
        for (unsigned i = 0; i < g->n; i++)
            if (period_of(z, k->period, g->at[i].at) == period_of(z, k->period, at)) most += g->at[i].granted;
        return most;
    }
    for (unsigned e = 0; e <= g->n; e++) { /* windows (end - span, end] that end at a grant, or at this one */
        ts_ms end = e == g->n ? at : g->at[e].at;
        int64_t used = 0;
        if (end < at || end - k->span >= at) continue;
        for (unsigned i = 0; i < g->n; i++)
            if (g->at[i].at > end - k->span && g->at[i].at <= end) used += g->at[i].granted;
        if (used > most) most = used;
    }
    return most;
}

/* A new grant: within the cap of every window that it lies in; with `all` not less than the cap leaves. */
static void check_grant(struct grants *g, const struct kind *k, const struct ts_zone *z, struct grant x, int64_t cap,
                        bool all)
{
    int64_t used = used_before(g, k, z, x.at), left = used >= cap ? 0 : cap - used;
    assert_true(x.granted >= 0 && x.granted <= x.desired);
    assert_true(used + x.granted <= cap);
    if (all) assert_true(x.granted == (x.desired < left ? x.desired : left));
    assert_true(g->n < TS_ARRAY_LEN(g->at));
    g->at[g->n++] = x;
}

/* ---- random histories ---- */

struct history {
    struct ts_rng r;
    ts_ms clock, newest, spread, latest; /* latest: of all so far */
    uint64_t i;
    int64_t amount;
};

/* The next instant: mostly onwards, often late, sometimes exactly a day after another, where windows begin and end. */
static ts_ms next_at(struct history *h)
{
    h->clock += (ts_ms)ts_rng_below(&h->r, 10 * 3600 * 1000);
    ts_ms at = h->clock;
    if (ts_rng_below(&h->r, 3) == 0) at -= (ts_ms)ts_rng_below(&h->r, (uint64_t)h->spread);
    if (ts_rng_below(&h->r, 5) == 0) at = h->newest + (ts_ms)(ts_rng_below(&h->r, 3)) * TS_DAY_MS - TS_DAY_MS;
    if (at > h->clock) h->clock = at;
    if (at > h->newest || ts_rng_below(&h->r, 4) == 0) h->newest = at;
    return at;
}

static ts_ms next_event(struct history *h, struct shop *s)
{
    char when[40];
    ts_ms at = next_at(h);
    h->amount = (int64_t)ts_rng_below(&h->r, 60) + 1;
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Bought\",\"userId\":\"u\",\"timestamp\":\"%s\",\"messageId\":\"m%llu\","
               "\"properties\":{\"n\":%lld}}",
               ts_time_format(at, when), (unsigned long long)++h->i, (long long)h->amount);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
    if (at > h->latest) h->latest = at;
    return at;
}

/* A rolling cap is exact for events up to a span late, a calendar one as far back as it keeps periods (two months of days). */
static bool is_exact(const struct history *h, const struct kind *k, ts_ms at)
{
    return at >= h->latest - (k->period == 'r' ? k->span : 60 * TS_DAY_MS);
}

/* The n-th earning of the last record: desired and granted. */
static bool earning(struct shop *s, unsigned n, struct ts_effect *ret)
{
    struct ts_outcome o;
    assert_true(ts_outcome_open(&o, (const uint8_t *)s->result.outcome.ptr, s->result.outcome.len));
    while (ts_outcome_next(&o, ret))
        if (ret->op == TS_FX_EARN && n-- == 0) return true;
    return false;
}

static double score_of(struct shop *s)
{
    struct ts_member_view v;
    double value = 0;
    assert_int_equal(ts_member_view_open(s->engine, 1, &v, &s->error), TS_OK);
    for (uint32_t i = 0; i < v.member.n; i++)
        for (uint32_t k = 0; k < v.member.profiles[i]->scores.len; k++)
            value += v.member.profiles[i]->scores.at[k].value;
    ts_member_view_close(&v);
    return value;
}

/* Rows alone lead to the same state. */
static void check_recovery(struct shop *s)
{
    struct shop other;
    struct ts_buf a, b;
    shop_open(&other, NULL);
    for (uint64_t i = 0; i < ts_memory_host_rows(s->memory); i++)
        assert_int_equal(ts_engine_recover_row(other.engine, ts_memory_host_row(s->memory, i), NULL, &other.error),
                         TS_OK);
    shop_state(s->engine, &a);
    shop_state(other.engine, &b);
    assert_string_equal((char *)a.data, (char *)b.data);
    ts_buf_release(&a);
    ts_buf_release(&b);
    shop_close(&other);
}

#define PLAN "program { timezone = 'Europe/London' }\nevent 'Bought' { n = 'integer' }\npoints 'p' {}\npoints 'q' {}\n"

/* An earning of points without a cap, and a bonus on it: of both a window never has more than the cap. */
static void run_points(const struct kind *k, ts_ms spread, uint64_t events, uint64_t seed)
{
    static struct grants capped, bonus;
    char rules[1200];
    struct shop s;
    capped.n = bonus.n = 0;
    snprintf(rules, sizeof rules,
             PLAN "earn 'capped' { on = 'Bought', points = 'p', give = 1, of = 'n', at_most = { %d, per = '%s' }, "
                  "priority = 2 }\n"
                  "earn 'plain' { on = 'Bought', points = 'q', give = 1, of = 'n' }\n"
                  "bonus 'more' { of = 'plain', times = 2.5, at_most = { %d, per = '%s' } }\n",
             CAP, k->per, CAP, k->per);
    shop_open(&s, rules);
    struct history h = {.r = {seed}, .clock = INT64_C(1772000000000), .spread = spread};
    h.newest = h.clock;
    const struct ts_zone *z = ts_engine_program(s.engine)->zone;
    int64_t paid = 0, paid_bonus = 0;
    for (uint64_t i = 0; i < events; i++) {
        struct ts_effect fx;
        ts_ms at = next_event(&h, &s);
        assert_true(earning(&s, 0, &fx) && fx.desired == h.amount && fx.at == at);
        check_grant(&capped, k, z, (struct grant){at, fx.desired, fx.amount}, CAP, is_exact(&h, k, at));
        paid += fx.amount;
        assert_true(earning(&s, 1, &fx) && fx.desired == h.amount && fx.amount == h.amount);
        bool any = earning(&s, 2, &fx);
        assert_true(any && fx.desired == h.amount * 3 / 2 && fx.of != 0);
        check_grant(&bonus, k, z, (struct grant){at, fx.desired, fx.amount}, CAP, is_exact(&h, k, at));
        paid_bonus += fx.amount;
        paid_bonus += h.amount;
    }
    assert_true(shop_balance(&s, 1, "p").available == paid);
    assert_true(shop_balance(&s, 1, "q").available == paid_bonus);
    check_recovery(&s);
    shop_close(&s);
}

static void no_window_of_an_earning_or_a_bonus_exceeds_its_cap(void **state)
{
    struct ts_rng r = {test_seed(20261122)};
    uint64_t size = test_number("TS_SIZE", 400);
    TS_UNUSED(state);
    for (unsigned i = 0; i < TS_ARRAY_LEN(kinds); i++)
        for (unsigned late = 0; late < 3; late++) /* a little, much, and more than the cap remembers */
            run_points(&kinds[i],
                       late == 0   ? TS_DAY_MS
                       : late == 1 ? 20 * TS_DAY_MS
                                   : 50 * TS_DAY_MS,
                       size, ts_rng_next(&r));
}

/* So late that the period is no longer known: nothing is granted rather than too much. */
static void what_is_too_late_to_be_known_is_not_granted(void **state)
{
    struct ts_rng r = {test_seed(20261122)};
    static struct grants g;
    struct shop s;
    TS_UNUSED(state);
    g.n = 0;
    shop_open(&s, PLAN
              "earn 'capped' { on = 'Bought', points = 'p', give = 1, of = 'n', at_most = { 100, per = 'day' } }\n");
    struct history h = {.r = {ts_rng_next(&r)}, .clock = INT64_C(1772000000000), .spread = 300 * TS_DAY_MS};
    h.newest = h.clock;
    uint64_t nothing = 0;
    for (uint64_t i = 0; i < 1500; i++) {
        struct ts_effect fx;
        ts_ms at = next_event(&h, &s);
        assert_true(earning(&s, 0, &fx));
        check_grant(&g, &kinds[0], ts_engine_program(s.engine)->zone, (struct grant){at, fx.desired, fx.amount}, CAP,
                    false);
        nothing += fx.amount == 0;
    }
    assert_true(nothing > 0);
    check_recovery(&s);
    shop_close(&s);
}

static void no_window_of_a_score_exceeds_its_cap(void **state)
{
    struct ts_rng r = {test_seed(20261122)};
    uint64_t size = test_number("TS_SIZE", 400);
    static struct grants g;
    TS_UNUSED(state);
    for (unsigned i = 0; i < TS_ARRAY_LEN(kinds); i++) {
        char rules[600];
        struct shop s;
        snprintf(rules, sizeof rules,
                 PLAN "score 'warm' { events = { Bought = 17.25 }, at_most = { %d, per = '%s' } }\n", CAP,
                 kinds[i].per);
        shop_open(&s, rules);
        g.n = 0;
        struct history h = {.r = {ts_rng_next(&r)}, .clock = INT64_C(1772000000000), .spread = TS_DAY_MS};
        h.newest = h.clock;
        double before = 0;
        for (uint64_t k = 0; k < size; k++) {
            ts_ms at = next_event(&h, &s);
            double after = score_of(&s);
            struct grant x = {at, 17250000, (int64_t)((after - before) * 1e6 + 0.5)};
            check_grant(&g, &kinds[i], ts_engine_program(s.engine)->zone, x, CAP * INT64_C(1000000),
                        is_exact(&h, &kinds[i], at));
            before = after;
        }
        check_recovery(&s);
        shop_close(&s);
    }
}

/* Uses belong to the member: after a join both count. */
static void a_join_unites_the_uses_of_a_cap(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, PLAN
              "identifier 'user_id' { strong = true }\nidentifier 'email' { strong = true }\n"
              "earn 'capped' { on = 'Bought', points = 'p', give = 1, of = 'n', at_most = { 100, per = 'day' } }\n");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Bought\",\"userId\":\"u\",\"timestamp\":\"2026-03-01T10:00:00Z\","
                  "\"properties\":{\"n\":60}}");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Bought\",\"context\":{\"traits\":{\"email\":\"a@x.com\"}},"
                  "\"timestamp\":\"2026-03-01T11:00:00Z\",\"properties\":{\"n\":30}}");
    shop_line(
        &s,
        "{\"type\":\"track\",\"event\":\"Bought\",\"userId\":\"u\",\"context\":{\"traits\":{\"email\":\"a@x.com\"}},"
        "\"timestamp\":\"2026-03-01T12:00:00Z\",\"properties\":{\"n\":60}}");
    struct ts_effect fx;
    assert_int_equal(s.result.joins, 1);
    assert_true(earning(&s, 0, &fx));
    assert_int_equal(fx.desired, 60);
    assert_int_equal(fx.amount, 10);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_window_of_an_earning_or_a_bonus_exceeds_its_cap),
        cmocka_unit_test(what_is_too_late_to_be_known_is_not_granted),
        cmocka_unit_test(no_window_of_a_score_exceeds_its_cap),
        cmocka_unit_test(a_join_unites_the_uses_of_a_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
