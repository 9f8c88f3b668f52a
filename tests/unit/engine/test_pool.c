/* SPDX-License-Identifier: Apache-2.0 */
/* Rule sets that are handed on: an engine under one that served another engine before gives what it gives under a fresh one. */
#include "shop.h"

static const char rules[] =
    "program { name = 'x', timezone = 'Asia/Shanghai', currency = 'CNY' }\n"
    "event 'Order Completed' { revenue = 'money', place = 'text' }\n"
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"
    "measure 'places' { on = 'Order Completed', by = 'place' }\n"
    "tag 'big' { when = function(member) return member:spend '30 days' >= money '50' end }\n"
    "tag 'here' { when = function(member) return member:places('here', '30 days') and true or false end }\n"
    "points 'stars' {}\n"
    "earn 'x' { on = 'Order Completed', points = 'stars', amount = function(member, event)\n"
    "  return math.random(100) + event.at.day + now.day end }\n";

/* The history: `first` names are taken before the rules come, so that names get other numbers. */
static void run(struct ts_rules_pool *pool, int first, struct ts_buf *ret_state)
{
    struct shop s;
    memset(&s, 0, sizeof s);
    struct ts_engine_options options = {.hash_seed = 1, .rules = {.count_from_start = true, .pool = pool}};
    assert_int_equal(ts_memory_host_new(true, &s.memory, &s.host), TS_OK);
    assert_int_equal(ts_engine_new(&options, &s.host, &s.engine, &s.error), TS_OK);
    if (first)
        shop_rules(&s, "tag 'a' { on = 'Page Viewed', keep = '1 day' } tag 'b' { on = 'Page Viewed', keep = '1 day' }\n"
                       "points 'miles' {} measure 'm' { on = 'Page Viewed' }");
    shop_rules(&s, rules);
    for (int i = 0; i < 40; i++)
        shop_linef(&s,
                   "{\"type\":\"track\",\"event\":\"Order "
                   "Completed\",\"userId\":\"u%d\",\"timestamp\":\"2026-01-%02dT10:00:00Z\","
                   "\"properties\":{\"revenue\":%d,\"place\":\"%s\"}}",
                   i % 3, 1 + i / 2, 10 + i, i % 5 ? "here" : "there");
    shop_line(&s, "{\"type\":\"tick\",\"timestamp\":\"2026-03-01T00:00:00Z\"}");
    shop_state(s.engine, ret_state);
    shop_close(&s);
}

static void handed_on(void **state)
{
    TS_UNUSED(state);
    struct ts_rules_pool *pool;
    struct ts_buf fresh[2], again;
    assert_int_equal(ts_rules_pool_new(&pool), TS_OK);
    run(NULL, 0, &fresh[0]);
    run(NULL, 1, &fresh[1]);
    for (int i = 0; i < 6; i++) { /* the rule set of one engine, then of one that numbers its names otherwise */
        run(pool, i % 2, &again);
        assert_string_equal(ts_buf_cstr(&again), ts_buf_cstr(&fresh[i % 2]));
        ts_buf_release(&again);
    }
    ts_buf_release(&fresh[0]);
    ts_buf_release(&fresh[1]);
    ts_rules_pool_free(pool);
}

static struct ts_rules *load(struct ts_rules_pool *pool, const char *text, uint32_t gc_mode, uint32_t *ret_warnings)
{
    struct ts_sources sources;
    struct ts_problems problems = {0};
    struct ts_rules *r = NULL;
    struct ts_error err;
    const struct ts_rules_options options = {.pool = pool, .gc_mode = gc_mode};
    shop_sources(text, &sources);
    assert_int_equal(ts_rules_load(&sources, &options, &r, &problems, &err), TS_OK);
    *ret_warnings = problems.list.len;
    ts_problems_release(&problems);
    ts_sources_release(&sources);
    return r;
}

/* Taken is what has the same files and the same options, and nobody gets one that somebody has. */
static void only_the_same(void **state)
{
    TS_UNUSED(state);
    struct ts_rules_pool *pool;
    uint32_t warnings, first;
    struct ts_error err;
    assert_int_equal(ts_rules_pool_new(&pool), TS_OK);
    struct ts_rules *a = load(pool, rules, 0, &first);
    ts_rules_free(a); /* never bound: it is not handed on */
    a = load(pool, rules, 0, &first);
    assert_int_equal(ts_rules_bound(a, &err), TS_OK);
    struct ts_rules *b = load(pool, rules, 0, &warnings);
    assert_ptr_not_equal(a, b);
    assert_int_equal(ts_rules_bound(b, &err), TS_OK);
    ts_rules_free(a);
    struct ts_rules *c = load(pool, rules, 1, &warnings), *d = load(pool, "points 'other' {}", 0, &warnings);
    assert_ptr_not_equal(c, a);
    assert_ptr_not_equal(d, a);
    struct ts_rules *e = load(pool, rules, 0, &warnings);
    assert_ptr_equal(e, a);
    assert_int_equal(warnings, first);
    ts_rules_free(b);
    ts_rules_free(c);
    ts_rules_free(d);
    ts_rules_free(e);
    for (int i = 0; i < 20; i++) { /* it does not grow without end */
        char text[64];
        snprintf(text, sizeof text, "points 'p%d' {}", i);
        struct ts_rules *r = load(pool, text, 0, &warnings);
        assert_int_equal(ts_rules_bound(r, &err), TS_OK);
        ts_rules_free(r);
    }
    ts_rules_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(handed_on), cmocka_unit_test(only_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
