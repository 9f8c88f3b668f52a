/* SPDX-License-Identifier: Apache-2.0 */
/* Due work that is heavy, or whose rules misbehave: it always gets done, each thing at its own instant, and time never stands still. */
#include <time.h>

#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'T', timezone = 'UTC', currency = 'USD' }\n"                                                     \
    "identifier 'user_id' { strong = true }\nidentifier 'anonymous_id' {}\n"                                           \
    "event 'Order Completed' { revenue = { 'money', required = true } }\nevent 'Ping' {}\nevent 'Pong' {}\n"           \
    "trait 'gone' { type = 'integer' }\ntrait 'earned' { type = 'integer' }\ntrait 'spent' { type = 'integer' "        \
    "}\ntrait 'tag.added' { type = 'integer' }\ntrait 'tag.removed' { type = 'integer' }\n"

static void order(struct shop *s, const char *who, const char *at, long long revenue)
{
    struct ts_result *r =
        shop_linef(s,
                   "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"%s\",\"timestamp\":\"%s\","
                   "\"properties\":{\"revenue\":%lld}}",
                   who, at, revenue);
    assert_int_equal(r->status, TS_RESULT_APPLIED);
}

static void tick(struct shop *s, const char *to) { shop_linef(s, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", to); }

static int64_t figure(struct shop *s, uint64_t member, const char *trait)
{
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s->engine, member, &v, &s->error), TS_OK);
    struct ts_trait *t = ts_profile_trait(v.member.profiles[0],
                                          ts_names_find(ts_engine_names(s->engine), TS_SPACE_TRAIT, ts_cstr(trait)));
    char text[40];
    snprintf(text, sizeof text, "%.*s", t ? (int)t->json.len : 2, t ? t->json.ptr : "-1");
    ts_member_view_close(&v);
    return strtoll(text, NULL, 10);
}

/* 300 lots of one member end at the same midnight and somebody listens: one event with the sum, not 300 that pass the limit. */
static void test_lots_that_expire_together_are_one_event(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s, HEAD
        "points 'stars' { expire = { after = '1 month', at = 'month end' } }\n"
        "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"
        "rule 'told' { on = 'points.expired', act = function(member, event) member:set('gone', event.amount) end }\n");
    for (int i = 0; i < 300; i++)
        order(&s, "u1", "2026-01-15T10:00:00Z", 2);
    tick(&s, "2026-03-01T00:00:00Z");
    assert_int_equal(shop_balance(&s, 1, "stars").available, 0);
    assert_int_equal(figure(&s, 1, "gone"), 600);
    shop_retold(&s);
    shop_close(&s);
}

/* The limit of internal events is for one member and instant, not for the 256 members of a slice together. */
static void test_a_slice_of_many_members_with_listeners(void **state)
{
    struct shop s;
    char who[16];
    TS_UNUSED(state);
    shop_open(
        &s, HEAD
        "points 'stars' { expire = { after = '1 month', at = 'month end' } }\npoints 'gems' { expire = { after = '1 "
        "month' , at = 'month end'} }\n"
        "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"
        "earn 'g' { on = 'Order Completed', points = 'gems', give = 1, per = money '1', of = 'revenue' }\n"
        "rule 'told' { on = 'points.expired', act = function(member, event) member:set('gone', event.amount) end }\n");
    for (int i = 0; i < 200; i++) {
        snprintf(who, sizeof who, "u%d", i);
        order(&s, who, "2026-01-15T10:00:00Z", 7);
    }
    tick(&s, "2026-03-01T00:00:00Z");
    for (uint64_t m = 1; m <= 200; m++)
        assert_int_equal(figure(&s, m, "gone"), 7);
    shop_close(&s);
}

/* Rules that call each other for ever, set off by a timer: the due work is done, an error says what was left out, and the next record
 * is served. From an event the record goes to quarantine. */
static void test_runaway_rules_do_not_stop_time(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'new' { on = 'Order Completed', keep = '2 days' }\n"
                       "rule 'a' { on = { 'tag.removed', 'Pong' }, act = function(member) member:emit('Ping') end }\n"
                       "rule 'b' { on = 'Ping', act = function(member) member:emit('Pong') end }\n");
    order(&s, "u1", "2026-01-15T10:00:00Z", 7);
    assert_true(shop_has_tag(&s, 1, "new"));
    tick(&s, "2026-01-20T00:00:00Z");
    assert_false(shop_has_tag(&s, 1, "new"));
    order(&s, "u1", "2026-01-20T10:00:00Z", 7);
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"timestamp\":\"2026-01-21T00:00:00Z\"}");
    assert_int_equal(s.result.status, TS_RESULT_QUARANTINED);
    assert_int_equal(s.result.fault.reason, TS_REASON_RULE_LIMIT);
    order(&s, "u1", "2026-01-25T10:00:00Z", 7); /* here the tag ends in the prelude */
    assert_true(shop_has_tag(&s, 1, "new"));
    shop_retold(&s);
    shop_close(&s);
}

/* The same set off by a command: it is rolled back and quarantined, and its key is free. */
static void test_a_command_past_the_limit_is_quarantined(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "points 'stars' {}\n"
                   "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"
                   "rule 'a' { on = { 'points.spent', 'Pong' }, act = function(member) member:emit('Ping') end }\n"
                   "rule 'b' { on = 'Ping', act = function(member) member:emit('Pong') end }\n");
    order(&s, "u1", "2026-01-15T10:00:00Z", 70);
    struct ts_result *r =
        shop_line(&s, "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"m1\",\"points\":\"stars\",\"amount\":10}");
    assert_int_equal(r->status, TS_RESULT_QUARANTINED);
    assert_int_equal(shop_balance(&s, 1, "stars").available, 70);
    shop_retold(&s);
    shop_close(&s);
}

/* What the engine declares of points it also tells. */
static void test_events_of_points_and_tags(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s, HEAD
        "points 'stars' {}\ntag 'given' { class = 'life' }\n"
        "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"
        "rule 'give' { on = 'Ping', act = function(member) member:tag 'given' member:earn('stars', 3) end }\n"
        "rule 'take' { on = 'Pong', act = function(member) member:untag 'given' end }\n"
        "rule 'one' { on = 'points.earned', act = function(member, event) member:set('earned', event.amount) end }\n"
        "rule 'two' { on = 'points.spent', act = function(member, event) member:set('spent', event.amount) end }\n"
        "rule 'three' { on = { 'tag.added', 'tag.removed' }, act = function(member, event) member:set(event.name, 1) "
        "end }\n");
    order(&s, "u1", "2026-01-15T10:00:00Z", 70);
    assert_int_equal(figure(&s, 1, "earned"), 70);
    shop_line(&s, "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"m1\",\"points\":\"stars\",\"amount\":10}");
    assert_int_equal(figure(&s, 1, "spent"), 10);
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"timestamp\":\"2026-01-21T00:00:00Z\"}");
    assert_int_equal(figure(&s, 1, "earned"), 3);
    assert_int_equal(figure(&s, 1, "tag.added"), 1);
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Pong\",\"userId\":\"u1\",\"timestamp\":\"2026-01-21T00:00:00Z\"}");
    assert_int_equal(figure(&s, 1, "tag.removed"), 1);
    shop_retold(&s);
    shop_close(&s);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 5,000 lots of one member, each with an end of its own, visited once after all of them. */
static void test_thousands_of_lots_of_one_member(void **state)
{
    struct shop s;
    char at[32];
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'stars' { pending = '1 day', expire = { after = '12 months' } }\n"
                       "earn 'e' { on = 'Ping', points = 'stars', amount = function() return 1 end }\n"
                       "rule 'burst' { on = 'Order Completed', act = function(member) for i = 1, 250 do "
                       "member:emit('Ping') end end }\n");
    for (int i = 0; i < 20; i++) {
        ts_time_format(INT64_C(1767225600000) + i * 60000, at);
        order(&s, "u1", at, 1);
    }
    assert_int_equal(shop_balance(&s, 1, "stars").pending, 5000);
    double from = seconds();
    tick(&s, "2027-06-01T00:00:00Z");
    double took = seconds() - from;
    print_message("5,000 lots activated and expired in %.3f s\n", took);
    assert_int_equal(shop_balance(&s, 1, "stars").available, 0);
    assert_true(took < 5); /* seconds would be a defect; sanitizers take their share */
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lots_that_expire_together_are_one_event),
        cmocka_unit_test(test_a_slice_of_many_members_with_listeners),
        cmocka_unit_test(test_runaway_rules_do_not_stop_time),
        cmocka_unit_test(test_a_command_past_the_limit_is_quarantined),
        cmocka_unit_test(test_events_of_points_and_tags),
        cmocka_unit_test(test_thousands_of_lots_of_one_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
