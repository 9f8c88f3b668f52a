/* SPDX-License-Identifier: Apache-2.0 */
/* Two outcomes held against each other: the first difference is named with rule, file and line. */
#include "shop.h"

static const char line[] =
    "{\"type\":\"track\",\"event\":\"Page Viewed\",\"userId\":\"a\",\"timestamp\":\"2026-01-15T10:00:00Z\"}";

/* The outcome of one event under a rule set. */
static struct ts_str outcome(struct shop *s, const char *rules)
{
    shop_open(s, rules);
    shop_line(s, line);
    return ts_memory_host_row(s->memory, ts_memory_host_rows(s->memory) - 1)->outcome;
}

static void differ(const char *rules_a, const char *rules_b, bool expected, struct ts_outcome_difference *ret)
{
    struct shop a, b;
    struct ts_str one = outcome(&a, rules_a), two = outcome(&b, rules_b);
    assert_int_equal(ts_outcome_differs(a.engine, one, two, ret), expected);
    shop_close(&a);
    shop_close(&b);
}

#define POINTS "points 'stars' {} event 'Page Viewed' {}\n"

static void the_same(void **state)
{
    TS_UNUSED(state);
    struct ts_outcome_difference d;
    const char *rules = POINTS "earn 'a' { on = 'Page Viewed', points = 'stars', give = 1 }";
    differ(rules, rules, false, &d);
}

static void another_effect(void **state)
{
    TS_UNUSED(state);
    struct ts_outcome_difference d;
    differ(POINTS "earn 'a' { on = 'Page Viewed', points = 'stars', give = 1 }",
           POINTS "earn 'a' { on = 'Page Viewed', points = 'stars', give = 2 }", true, &d);
    assert_true(d.effect > 0);
    assert_string_equal(d.expected, "earn by a (shop.lua:2), amount 1");
    assert_string_equal(d.found, "earn by a (shop.lua:2), amount 2");
}

static void one_less(void **state)
{
    TS_UNUSED(state);
    struct ts_outcome_difference d;
    differ(POINTS "rule 'a' { on = 'Page Viewed', act = function(member) member:notify('x') end }", POINTS, true, &d);
    assert_string_equal(d.expected, "notify by a (shop.lua:2), amount 0");
    assert_string_equal(d.found, "no further effect");
}

/* By count here and by time there: that it was stopped is the same. */
static void stopped(void **state)
{
    TS_UNUSED(state);
    struct ts_outcome_difference d;
    const char *rules = POINTS "rule 'a' { on = 'Page Viewed', act = function(member) while true do end end }";
    differ(rules, rules, false, &d);
}

static void damaged(void **state)
{
    TS_UNUSED(state);
    struct ts_outcome_difference d;
    struct shop a;
    struct ts_str one = outcome(&a, POINTS);
    assert_true(ts_outcome_differs(a.engine, one, TS_STR("\xFF"), &d));
    assert_true(ts_outcome_differs(a.engine, one, TS_STR(""), &d));
    shop_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same), cmocka_unit_test(another_effect),
                                       cmocka_unit_test(one_less), cmocka_unit_test(stopped),
                                       cmocka_unit_test(damaged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
