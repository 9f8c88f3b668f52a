/* SPDX-License-Identifier: Apache-2.0 */
/* SEMANTICS.md "Time", sentence by sentence (a timestamp ahead of its arrival: test_order.c; refunds: test_refund.c). */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test', timezone = 'Europe/London', currency = 'GBP' }\n"                                        \
    "event 'Order Completed' { revenue = 'money' }\nevent 'Ping' {}\n"                                                 \
    "measure 'orders' { on = 'Order Completed' }\nmeasure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"

static void track(struct shop *s, const char *event, const char *when)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"%s\",\"userId\":\"u1\",\"timestamp\":\"%s\",\"messageId\":\"m%llu\","
               "\"properties\":{\"revenue\":10}}",
               event, when, (unsigned long long)s->lines);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}
static void tick(struct shop *s, const char *to) { shop_linef(s, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", to); }

static void the_timestamp_decides_windows_and_the_clock_decides_timers(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'recent' { when = function(member) return member:did('Order Completed', '3 days') end }\n"
                       "points 'p' { pending = '1 day' }\nearn 'e' { on = 'Order Completed', give = 1 }\n");
    tick(&s, "2026-01-20T12:00:00Z");
    track(&s, "Order Completed", "2026-01-16T12:00:00Z"); /* the 17th is the oldest day of the window */
    assert_false(shop_has_tag(&s, 1, "recent"));
    assert_int_equal(ts_engine_clock(s.engine), INT64_C(1768910400000)); /* an old timestamp does not turn it back */
    assert_int_equal(shop_balance(&s, 1, "p").available, 1);             /* 16th + 1 day is over by the clock */
    track(&s, "Order Completed", "2026-01-18T12:00:00Z");
    assert_true(shop_has_tag(&s, 1, "recent"));
    tick(&s, "2026-01-20T23:59:59Z");
    assert_true(shop_has_tag(&s, 1, "recent"));
    tick(&s, "2026-01-21T00:00:00Z");
    assert_false(shop_has_tag(&s, 1, "recent"));
    shop_close(&s);
}

static void late_events_count_in_the_windows_that_they_belong_to(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'p' {}\nearn 'e' { on = 'Order Completed', give = 10, at_most = { 15, per = 'day' } }\n"
                       "tag 'twice' { when = function(member) return member:orders '7 days' >= 2 end }\n"
                       "tag 'ever three' { when = function(member) return member:orders() == 3 end }\n");
    track(&s, "Order Completed", "2026-01-20T12:00:00Z");
    track(&s, "Order Completed",
          "2026-01-10T12:00:00Z"); /* ten days late: not of the last seven, of another day's cap */
    assert_false(shop_has_tag(&s, 1, "twice"));
    assert_int_equal(shop_balance(&s, 1, "p").available, 20);
    track(&s, "Order Completed", "2026-01-14T12:00:00Z");
    assert_true(shop_has_tag(&s, 1, "twice"));
    assert_true(shop_has_tag(&s, 1, "ever three"));
    track(&s, "Order Completed", "2026-01-10T13:00:00Z"); /* the cap of the 10th has 5 left */
    assert_int_equal(shop_balance(&s, 1, "p").available, 35);
    shop_close(&s);
}

static void without_late_nothing_is_too_late(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'p' {}\nearn 'e' { on = 'Order Completed', give = 1 }\n");
    track(&s, "Ping", "2026-01-20T12:00:00Z");
    track(&s, "Order Completed", "1999-01-10T12:00:00Z");
    assert_int_equal(shop_balance(&s, 1, "p").available, 1);
    shop_close(&s);
}

/* "7 days" at t covers the local dates after date(t) - 7 days up to and including date(t); "1 day" is today. */
static void seven_days_are_today_and_the_six_before_and_one_day_is_today(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'week' { when = function(member) return member:did('Order Completed', '7 days') end }\n"
                       "tag 'today' { when = function(member) return member:did('Order Completed', '1 day') end }\n");
    track(&s, "Order Completed", "2026-07-01T22:59:59Z"); /* still 1 July in London */
    assert_true(shop_has_tag(&s, 1, "week") && shop_has_tag(&s, 1, "today"));
    tick(&s, "2026-07-01T22:59:59.999Z");
    assert_true(shop_has_tag(&s, 1, "today"));
    tick(&s, "2026-07-01T23:00:00Z");
    assert_false(shop_has_tag(&s, 1, "today"));
    tick(&s, "2026-07-07T22:59:59.999Z");
    assert_true(shop_has_tag(&s, 1, "week"));
    tick(&s, "2026-07-07T23:00:00Z"); /* 8 July */
    assert_false(shop_has_tag(&s, 1, "week"));
    shop_close(&s);
}

static void rolling_caps_are_to_the_second(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'p' {}\nearn 'e' { on = 'Ping', give = 10, at_most = { 10, per = '1 day' } }\n");
    track(&s, "Ping", "2026-01-20T12:00:00Z");
    track(&s, "Ping", "2026-01-21T11:59:59Z");
    assert_int_equal(shop_balance(&s, 1, "p").available, 10);
    track(&s, "Ping", "2026-01-21T12:00:00Z");
    assert_int_equal(shop_balance(&s, 1, "p").available, 20);
    shop_close(&s);
}

/* A lot's activation is its event's timestamp + pending and its expiry counts from that. */
static void activation_counts_from_the_timestamp_and_expiry_from_activation(void **state)
{
    struct shop s;
    struct ts_outcome o;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'p' { pending = '14 days', expire = { after = '1 month' } }\n"
                       "earn 'e' { on = 'Order Completed', give = 1 }\n");
    tick(&s, "2026-01-20T12:00:00Z");
    track(&s, "Order Completed", "2026-01-17T10:00:00Z");
    assert_true(ts_outcome_open(&o, (const uint8_t *)s.result.outcome.ptr, s.result.outcome.len));
    while (ts_outcome_next(&o, &fx))
        if (fx.op == TS_FX_EARN) break;
    char text[40];
    assert_string_equal(ts_time_format(fx.activates, text), "2026-01-31T10:00:00.000Z");
    assert_string_equal(ts_time_format(fx.until, text), "2026-02-28T10:00:00.000Z");
    shop_close(&s);
}

static void what_had_ended_before_the_clock_is_issued_and_expired_in_the_same_record(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'p' { pending = '1 day', expire = { after = '2 days' } }\n"
                       "earn 'e' { on = 'Order Completed', give = 4 }\n");
    track(&s, "Ping", "2026-01-20T12:00:00Z");
    uint64_t record = ts_engine_record(s.engine);
    track(&s, "Order Completed", "2026-01-17T12:00:00Z");
    assert_int_equal(ts_engine_record(s.engine), record + 1);
    assert_int_equal(shop_balance(&s, 1, "p").available, 0);
    const struct ts_ledger *l = ts_engine_ledger(s.engine);
    uint32_t p = ts_names_find(ts_engine_names(s.engine), TS_SPACE_POINTS, TS_STR("p"));
    assert_int_equal(l->brand[p][TS_ACCOUNT_ISSUED], -4);
    assert_int_equal(l->brand[p][TS_ACCOUNT_EXPIRED], 4);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timestamp_decides_windows_and_the_clock_decides_timers),
        cmocka_unit_test(late_events_count_in_the_windows_that_they_belong_to),
        cmocka_unit_test(without_late_nothing_is_too_late),
        cmocka_unit_test(seven_days_are_today_and_the_six_before_and_one_day_is_today),
        cmocka_unit_test(rolling_caps_are_to_the_second),
        cmocka_unit_test(activation_counts_from_the_timestamp_and_expiry_from_activation),
        cmocka_unit_test(what_had_ended_before_the_clock_is_issued_and_expired_in_the_same_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
