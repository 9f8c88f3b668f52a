/* SPDX-License-Identifier: Apache-2.0 */
/* Points through the engine, line by line of SEMANTICS.md "Points" 2 to 6, 11, 12, 14, and "Time". */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test', timezone = 'Europe/London', currency = 'GBP', late = '3 days' }\n"                       \
    "event 'Order Completed' { order_id = 'text', revenue = { 'money', required = true } }\n"                          \
    "event 'Ping' {}\n"

static void order(struct shop *s, const char *user, const char *when, const char *id, const char *revenue)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order "
               "Completed\",\"userId\":\"%s\",\"timestamp\":\"%s\",\"messageId\":\"%s-%s\","
               "\"properties\":{\"order_id\":\"%s\",\"revenue\":%s}}",
               user, when, user, id, id, revenue);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}

static void tick(struct shop *s, const char *to) { shop_linef(s, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", to); }

static struct ts_result *command(struct shop *s, const char *type, const char *key, const char *who, const char *points,
                                 long long amount)
{
    return shop_linef(s, "{\"type\":\"%s\",\"key\":\"%s\",\"member\":\"%s\",\"points\":\"%s\",\"amount\":%lld}", type,
                      key, who, points, amount);
}

static int64_t available(struct shop *s, uint64_t m) { return shop_balance(s, m, "stars").available; }
static int64_t pending(struct shop *s, uint64_t m) { return shop_balance(s, m, "stars").pending; }

static void test_pending_activates_after_the_return_window(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "points 'stars' { pending = '14 days' }\n"
              "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n");
    order(&s, "u1", "2026-01-15T10:00:00Z", "o1", "100.00");
    assert_int_equal(pending(&s, 1), 100);
    command(&s, "redeem", "k1", "user_id:u1", "stars", 1); /* pending is not spendable */
    assert_int_equal(s.result.status, TS_RESULT_REFUSED);
    assert_string_equal(s.result.refusal, "insufficient_points");
    tick(&s, "2026-01-29T09:59:59.999Z");
    assert_int_equal(available(&s, 1), 0);
    tick(&s, "2026-01-29T10:00:00Z");
    assert_int_equal(available(&s, 1), 100);
    assert_int_equal(pending(&s, 1), 0);
    shop_close(&s);
}

/* 31 Jan + 1 month is 28 Feb; "month end" is the first instant after the month in the program's zone (BST begins 29 March). */
static void test_expiry_at_month_end_in_the_zone(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "points 'stars' { expire = { after = '2 months', at = 'month end' } }\n"
              "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n");
    order(&s, "u1", "2026-01-31T10:00:00Z", "o1", "50.00");
    tick(&s, "2026-03-31T22:59:59.999Z");
    assert_int_equal(available(&s, 1), 50);
    tick(&s, "2026-03-31T23:00:00Z"); /* midnight of 1 April in London */
    assert_int_equal(available(&s, 1), 0);
    assert_int_equal(ts_engine_ledger(s.engine)->brand[ts_names_find(ts_engine_names(s.engine), TS_SPACE_POINTS,
                                                                     TS_STR("stars"))][TS_ACCOUNT_EXPIRED],
                     50);
    shop_close(&s);
}

static void test_spent_earliest_expiry_first(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "points 'stars' { expire = { after = '12 months' } }\n"
              "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n");
    order(&s, "u1", "2026-02-01T10:00:00Z", "late", "10.00"); /* arrives first, expires last */
    order(&s, "u1", "2026-01-30T10:00:00Z", "early", "20.00");
    struct ts_result *r = command(&s, "redeem", "k", "m1", "stars", 25);
    assert_int_equal(r->status, TS_RESULT_APPLIED);
    assert_non_null(strstr(
        r->answer.ptr, "\"amount\":25,\"available\":5,\"lots\":[{\"lot\":2,\"amount\":20},{\"lot\":1,\"amount\":5}]"));
    shop_close(&s);
}

/* (1.15 is 115/100; in doubles floor(100 * 1.15) gives 114.) */
static void test_exact_products_and_one_rounding(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'stars' {}\n"
                       "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = "
                       "'revenue', times = 1.15 }\n");
    order(&s, "u1", "2026-01-01T10:00:00Z", "o1", "100.00");
    assert_int_equal(available(&s, 1), 115);
    order(&s, "u1", "2026-01-01T10:00:00Z", "o2", "1.99"); /* 2.2885 */
    assert_int_equal(available(&s, 1), 117);
    shop_close(&s);
}

static void test_one_answer_for_a_key_for_ever(void **state)
{
    struct shop s;
    char first[300];
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "points 'stars' {}\n"
              "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n");
    order(&s, "u1", "2026-01-01T10:00:00Z", "o1", "100.00");
    struct ts_result *r = command(&s, "redeem", "k1", "m1", "stars", 40);
    assert_int_equal(r->status, TS_RESULT_APPLIED);
    snprintf(first, sizeof first, TS_STR_FMT, TS_STR_ARG(r->answer));
    uint64_t record = ts_engine_record(s.engine);
    r = command(&s, "redeem", "k1", "m1", "stars", 40);
    assert_int_equal(r->status, TS_RESULT_REPLAYED);
    assert_true(ts_str_eq(r->answer, ts_cstr(first)));
    assert_int_equal(ts_engine_record(s.engine), record);
    r = command(&s, "redeem", "k1", "m1", "stars", 41);
    assert_int_equal(r->status, TS_RESULT_REFUSED);
    assert_string_equal(r->refusal, "key_reused");
    assert_int_equal(available(&s, 1), 60);
    r = command(&s, "redeem", "k2", "user_id:nobody", "stars", 1);
    assert_string_equal(r->refusal, "unknown_member");
    r = command(&s, "redeem", "k3", "m1", "moons", 1);
    assert_string_equal(r->refusal, "unknown_points");
    r = command(&s, "adjust", "k4", "m1", "stars", 1000000000000000LL);
    assert_string_equal(r->refusal, "overflow");
    r = command(&s, "adjust", "k5", "m1", "stars", -10);
    assert_int_equal(r->status, TS_RESULT_APPLIED);
    assert_int_equal(available(&s, 1), 50);
    shop_close(&s);
}

/* The whole balance, asked for by many: exactly one gets it. */
static void test_only_one_redemption_of_the_whole(void **state)
{
    struct shop s;
    int applied = 0;
    char key[8];
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "points 'stars' {}\n"
              "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n");
    order(&s, "u1", "2026-01-01T10:00:00Z", "o1", "100.00");
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "p%d", i);
        applied += command(&s, "redeem", key, "m1", "stars", 100)->status == TS_RESULT_APPLIED;
    }
    assert_int_equal(applied, 1);
    shop_close(&s);
}

static void test_caps_keep_desired_and_granted(void **state)
{
    struct shop s;
    struct ts_outcome o;
    struct ts_effect fx;
    bool seen = false;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'stars' {}\n"
                       "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = "
                       "'revenue', at_most = { 150, per = 'day' } }\n"
                       "bonus 'b' { of = 'e', times = 2 }\n");
    order(&s, "u1", "2026-06-01T10:00:00Z", "o1", "100.00"); /* 100 and a bonus of 100 */
    order(&s, "u1", "2026-06-01T22:30:00Z", "o2", "100.00"); /* 50 left of the cap, bonus 50 */
    assert_true(ts_outcome_open(&o, (const uint8_t *)s.result.outcome.ptr, s.result.outcome.len));
    while (ts_outcome_next(&o, &fx))
        if (fx.op == TS_FX_EARN && fx.of == 0) {
            assert_int_equal(fx.desired, 100);
            assert_int_equal(fx.amount, 50);
            seen = true;
        }
    assert_true(seen);
    assert_int_equal(available(&s, 1), 300);
    order(&s, "u1", "2026-06-01T23:30:00Z", "o3", "10.00"); /* the next local day in London */
    assert_int_equal(available(&s, 1), 320);
    shop_close(&s);
}

/* A rolling cap is to the second. */
static void test_rolling_cap(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'stars' {}\n"
                       "earn 'e' { on = 'Ping', points = 'stars', give = 5, at_most = { 8, per = '1 day' } }\n");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"messageId\":\"1\",\"timestamp\":\"2026-"
                  "06-01T10:00:00Z\"}");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"messageId\":\"2\",\"timestamp\":\"2026-"
                  "06-02T09:59:59Z\"}");
    assert_int_equal(available(&s, 1), 8);
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"messageId\":\"3\",\"timestamp\":\"2026-"
                  "06-02T10:00:00Z\"}");
    assert_int_equal(available(&s, 1), 13); /* the first 5 have left the window, 3 are in it */
    shop_close(&s);
}

static void test_once_per_field(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'stars' {}\n"
                       "earn 'e' { on = 'Order Completed', once_per = 'order_id', points = 'stars', give = 1, per = "
                       "money '1', of = 'revenue' }\n");
    order(&s, "u1", "2026-01-01T10:00:00Z", "o1", "10.00");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Order "
                  "Completed\",\"userId\":\"u1\",\"messageId\":\"again\",\"timestamp\":\"2026-01-02T10:00:00Z\","
                  "\"properties\":{\"order_id\":\"o1\",\"revenue\":10.00}}");
    assert_int_equal(available(&s, 1), 10);
    shop_close(&s);
}

/* What is later than `late` counts in its windows and pays no points; issued and expired in one record when both lie before the clock. */
static void test_late_events(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"
              "points 'stars' { expire = { after = '1 days' } }\n"
              "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n");
    tick(&s, "2026-01-10T00:00:00Z");
    order(&s, "u1", "2026-01-06T23:00:00Z", "late", "10.00");
    assert_int_equal(ts_engine_ledger(s.engine)->transactions, 0);
    order(&s, "u1", "2026-01-08T10:00:00Z", "o2", "7.00");
    assert_int_equal(available(&s, 1), 0);
    assert_int_equal(ts_engine_ledger(s.engine)->transactions, 2); /* earned, expired */
    struct ts_member_view v;
    struct ts_sum sum;
    assert_int_equal(ts_member_view_open(s.engine, 1, &v, &s.error), TS_OK);
    uint32_t series = ts_engine_program(s.engine)->measures.at[0].id;
    assert_true(ts_member_window(&v.member, series, 0, ts_day_from_civil(2026, 1, 6), ts_day_from_civil(2026, 1, 6),
                                 &sum, NULL));
    assert_int_equal(sum.sum, 1000);
    ts_member_view_close(&v);
    shop_close(&s);
}

/* A rule that raises has no effect at all; the others of the record keep theirs. */
static void test_effects_whole_or_not_at_all(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "points 'stars' {}\n"
                   "tag 'x' { on = 'Order Completed', keep = '1 day' }\n"
                   "rule 'a' { on = 'Ping', act = function(member, event) member:earn('stars', 5); error('no') end }\n"
                   "rule 'b' { on = 'Ping', act = function(member, event) member:earn('stars', 7) end }\n"
                   "rule 'c' { on = 'Ping', act = function(member, event) while true do end end }\n"
                   "rule 'd' { on = 'Ping', act = function(member, event) member:earn('stars', 2); "
                   "member:earn('stars', 10^15) end }\n");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"messageId\":\"1\",\"timestamp\":\"2026-"
                  "06-01T10:00:00Z\"}");
    assert_int_equal(s.result.status, TS_RESULT_APPLIED);
    assert_int_equal(s.result.rule_errors, 3);
    assert_int_equal(available(&s, 1), 7);
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Order "
                  "Completed\",\"userId\":\"u1\",\"messageId\":\"2\",\"timestamp\":\"2026-06-01T11:00:00Z\","
                  "\"properties\":{\"revenue\":1}}");
    assert_true(shop_has_tag(&s, 1, "x")); /* the next event is served */
    shop_close(&s);
}

/* Internal events: first in first out, bounded; past the bound the record is rolled back and quarantined. */
static void test_internal_events_are_bounded(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "event 'A' {}\nevent 'B' {}\npoints 'stars' {}\n"
              "rule 'a' { on = 'A', act = function(member, event) member:earn('stars', 1); member:emit('A', {}) end }\n"
              "rule 'p' { on = 'Ping', act = function(member, event) member:emit('B', {}) end }\n"
              "rule 'b' { on = 'B', act = function(member, event) member:earn('stars', 3) end }\n");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"messageId\":\"1\",\"timestamp\":\"2026-"
                  "06-01T10:00:00Z\"}");
    assert_int_equal(available(&s, 1), 3);
    struct ts_buf before, after;
    shop_state(s.engine, &before);
    shop_line(&s, "{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u1\",\"messageId\":\"2\",\"timestamp\":\"2026-06-"
                  "01T11:00:00Z\"}");
    assert_int_equal(s.result.status, TS_RESULT_QUARANTINED);
    assert_int_equal(s.result.fault.reason, TS_REASON_RULE_LIMIT);
    shop_state(s.engine, &after);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, before.len);
    ts_buf_release(&before);
    ts_buf_release(&after);
    shop_close(&s);
}

/* The nth allocation fails: the line is refused with "memory", the state is byte for byte as before, and the same line goes through
 * afterwards. */
static void test_failing_allocations_roll_back(void **state)
{
    struct shop s;
    struct ts_buf before, after;
    int failures = 0;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\npoints 'stars' { pending = '2 days' }\n"
              "tag 'rich' { when = function(member) return member:spend() > money '15' end }\n"
              "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue', "
              "once_per = 'order_id' }\n");
    order(&s, "u0", "2026-01-01T09:00:00Z", "o0", "10.00");
    for (int64_t n = 0; n < 400; n++) {
        char line[400];
        snprintf(
            line, sizeof line,
            "{\"type\":\"track\",\"event\":\"Order "
            "Completed\",\"userId\":\"u%lld\",\"anonymousId\":\"a%lld\",\"timestamp\":\"2026-01-%02lldT10:00:00Z\","
            "\"messageId\":\"n%lld\",\"traits\":{\"t%lld\":\"x\"},\"properties\":{\"order_id\":\"n%lld\",\"revenue\":"
            "10.00}}",
            (long long)n / 3, (long long)n, (long long)(1 + n / 20), (long long)n, (long long)n, (long long)n);
        struct ts_input in = {.line = ts_cstr(line), .mapping = TS_STR(""), .arrival = INT64_C(1790000000000)};
        uint64_t record = ts_engine_record(s.engine);
        shop_state(s.engine, &before);
        ts_alloc_fail_after(n % 40);
        enum ts_code code = ts_engine_submit(s.engine, &in, &s.result, &s.error);
        ts_alloc_fail_after(-1);
        if (code != TS_OK) {
            assert_int_equal(code == TS_E_MEMORY || code == TS_E_DISK, true);
            failures++;
            if (ts_engine_record(s.engine) == record) {
                shop_state(s.engine, &after);
                assert_int_equal(before.len, after.len);
                assert_memory_equal(before.data, after.data, before.len);
                ts_buf_release(&after);
            }
            enum ts_code again = ts_engine_submit(s.engine, &in, &s.result, &s.error);
            if (again != TS_OK) fail_msg("after a failed allocation: %s", s.error.text);
        }
        ts_buf_release(&before);
    }
    print_message("%d failures\n", failures);
    assert_true(failures > 20);
    shop_close(&s);
}

/* Journals of before there were notices name by number: what binding numbers must not move because of a notice. */
static void test_a_notice_moves_no_number(void **state)
{
    (void)state;
    struct shop s;
    shop_open(&s, "program { timezone = 'UTC', currency = 'USD' }\nevent 'Ping' {}\n"
                  "points 'stars' { expire = { after = '2 months', notice = '9 days' } }\n"
                  "tag 'came' { when = function(member) return member:did 'Ping' end }\n"
                  "earn 'pings' { on = 'Ping', points = 'stars', amount = function() return 5 end }\n");
    struct ts_names *names = ts_engine_names(s.engine);
    assert_int_equal(ts_names_count(names, TS_SPACE_CONDITION), 1);
    assert_int_equal(ts_names_find(names, TS_SPACE_CONDITION, TS_STR("came")), 1);
    uint32_t rules = ts_names_count(names, TS_SPACE_RULE);
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"timestamp\":\"2026-01-10T00:00:00Z\"}");
    assert_int_equal(ts_names_count(names, TS_SPACE_CONDITION), 2); /* by an effect, now that it is needed */
    assert_int_equal(ts_names_count(names, TS_SPACE_RULE), rules);
    shop_line(&s, "{\"type\":\"tick\",\"timestamp\":\"2026-03-05T00:00:00Z\"}");
    assert_int_equal(ts_names_count(names, TS_SPACE_CONDITION), 2);
    assert_int_equal(ts_names_count(names, TS_SPACE_RULE), rules + 1); /* the member was told */
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pending_activates_after_the_return_window),
        cmocka_unit_test(test_expiry_at_month_end_in_the_zone),
        cmocka_unit_test(test_spent_earliest_expiry_first),
        cmocka_unit_test(test_exact_products_and_one_rounding),
        cmocka_unit_test(test_one_answer_for_a_key_for_ever),
        cmocka_unit_test(test_only_one_redemption_of_the_whole),
        cmocka_unit_test(test_caps_keep_desired_and_granted),
        cmocka_unit_test(test_rolling_cap),
        cmocka_unit_test(test_once_per_field),
        cmocka_unit_test(test_late_events),
        cmocka_unit_test(test_effects_whole_or_not_at_all),
        cmocka_unit_test(test_internal_events_are_bounded),
        cmocka_unit_test(test_a_notice_moves_no_number),
        cmocka_unit_test(test_failing_allocations_roll_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
