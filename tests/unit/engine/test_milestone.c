/* SPDX-License-Identifier: Apache-2.0 */
/* Milestones: crossed by what an event adds to a lifetime figure, however far it jumps; what they give, in which order, and what they leave
 * alone. */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test', timezone = 'UTC', currency = 'EUR', late = '3 days' }\n"                                 \
    "identifier 'user_id' { strong = true }\nidentifier 'email' { strong = true }\n"                                   \
    "event 'Order Completed' { order_id = 'text', revenue = 'money', litres = 'number', place = 'text',\n"             \
    "  products = { 'list', of = { category = 'text', quantity = 'integer' } } }\n"                                    \
    "event 'Tenth' { milestone = 'text', value = 'any', times = 'integer' }\n"                                         \
    "event 'Order Refunded' { order_id = 'text' }\nrefund 'Order Refunded' { of = 'Order Completed', by = 'order_id' " \
    "}\n"                                                                                                              \
    "points 'stars' { decimals = 1 }\n"                                                                                \
    "measure 'orders' { on = 'Order Completed' }\nmeasure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"       \
    "measure 'litres' { on = 'Order Completed', sum = 'litres' }\n"                                                    \
    "measure 'bought' { on = 'Order Completed', each = 'products', by = 'category', sum = 'quantity' }\n"

static void order_of(struct shop *s, const char *who, const char *when, const char *properties)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order Completed\",%s,\"timestamp\":\"%s\",\"messageId\":\"m%llu\","
               "\"properties\":{%s}}",
               who, when, (unsigned long long)s->lines, properties);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}
static void order(struct shop *s, const char *properties)
{
    order_of(s, "\"userId\":\"u1\"", "2026-03-02T10:00:00Z", properties);
}
static int64_t stars(struct shop *s) { return shop_balance(s, 1, "stars").available; }

static unsigned effects(struct shop *s, enum ts_effect_op op, const char *text, struct ts_effect *ret)
{
    struct ts_outcome o;
    struct ts_effect fx;
    unsigned n = 0;
    assert_true(ts_outcome_open(&o, (const uint8_t *)s->result.outcome.ptr, s->result.outcome.len));
    while (ts_outcome_next(&o, &fx))
        if (fx.op == op && (!text || ts_str_eq(fx.text, ts_cstr(text))) && n++ == 0 && ret) *ret = fx;
    return n;
}

static void every_tenth_counts_and_nothing_in_between(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "milestone 'tenth' { every = 10, of = 'orders', give = { points = 'stars', amount = 50 } }\n"
                       "milestone 'at' { at = { 12, 3 }, of = 'orders', give = { amount = 0.5 } }\n");
    for (int i = 1; i <= 30; i++) {
        order(&s, "");
        assert_int_equal(stars(&s), (i >= 3 ? 5 : 0) + (i >= 12 ? 5 : 0) + i / 10 * 500);
    }
    shop_close(&s);
}

static void a_jump_over_two_thresholds_gives_twice(void **state)
{
    struct shop s;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s, HEAD "milestone 'thousand' { every = money '1000', of = 'spend', give = { amount = 3, notify = 'n' } "
                       "}\n"
                       "rule 'r' { on = 'milestone.reached', act = function(member, event)\n"
                       "  member:set('seen', event.milestone .. ' ' .. event.value .. ' ' .. event.times) end }\n"
                       "trait 'seen' { type = 'text' }\n");
    order(&s, "\"revenue\":999.99");
    assert_int_equal(stars(&s), 0);
    order(&s, "\"revenue\":2000.02"); /* 3,000.01: over 1,000, 2,000 and 3,000 */
    assert_int_equal(stars(&s), 90);
    assert_int_equal(effects(&s, TS_FX_NOTIFY, "n", &fx), 1);
    assert_true(ts_str_eq(fx.json, TS_STR("{\"milestone\":\"thousand\",\"times\":3,\"value\":300000}")));
    assert_int_equal(effects(&s, TS_FX_EMIT, "milestone.reached", NULL), 1);
    assert_int_equal(effects(&s, TS_FX_TRAIT, "\"thousand 300000 3\"", NULL), 1);
    assert_int_equal(effects(&s, TS_FX_READ, NULL, &fx), 1);
    assert_true(ts_str_eq(fx.json, TS_STR("{\"figure\":300001,\"threshold\":300000,\"times\":3}")));
    order(&s, "\"revenue\":0");
    assert_int_equal(stars(&s), 90);
    shop_close(&s);
}

static void of_one_value_of_a_measure_and_of_fractions(void **state)
{
    struct shop s;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s, HEAD "milestone 'beans' { every = 5, of = 'bought', value = 'coffee', give = { amount = 1 } }\n"
                       "milestone 'litres' { every = 2.5, of = 'litres', give = { notify = 'litres' } }\n");
    order(&s, "\"products\":[{\"category\":\"tea\",\"quantity\":50},{\"category\":\"coffee\",\"quantity\":4}]");
    assert_int_equal(stars(&s), 0);
    order(&s, "\"products\":[{\"category\":\"coffee\",\"quantity\":3},{\"category\":\"coffee\",\"quantity\":3}]");
    assert_int_equal(stars(&s), 20); /* 10: both halves of one event, over 5 and 10 */
    order(&s, "\"litres\":2.4");
    assert_int_equal(effects(&s, TS_FX_NOTIFY, NULL, NULL), 0);
    order(&s, "\"litres\":0.1");
    assert_int_equal(effects(&s, TS_FX_NOTIFY, "litres", &fx), 1);
    assert_true(ts_str_eq(fx.json, TS_STR("{\"milestone\":\"litres\",\"times\":1,\"value\":2.5}")));
    shop_close(&s);
}

/* Figures that a join brings together cross nothing; the next event counts on from the united figure. */
static void a_join_crosses_nothing(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "milestone 'tenth' { every = 10, of = 'orders', give = { amount = 50 } }\n");
    for (int i = 0; i < 6; i++)
        order(&s, "");
    for (int i = 0; i < 6; i++)
        order_of(&s, "\"context\":{\"traits\":{\"email\":\"a@x.com\"}}", "2026-03-02T10:00:00Z", "");
    assert_int_equal(ts_members_count(ts_engine_members(s.engine)), 2);
    shop_line(&s, "{\"type\":\"identify\",\"userId\":\"u1\",\"timestamp\":\"2026-03-02T11:00:00Z\",\"traits\":{"
                  "\"email\":\"a@x.com\"}}");
    assert_int_equal(s.result.joins, 1);
    assert_int_equal(stars(&s), 0); /* 12 */
    for (int i = 0; i < 7; i++)
        order(&s, "");
    assert_int_equal(stars(&s), 0); /* 19 */
    order(&s, "");
    assert_int_equal(stars(&s), 500);
    shop_close(&s);
}

/* The order that joins two members crosses a threshold only by what it adds itself. */
static void the_order_that_joins_counts_for_itself(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "milestone 'tenth' { every = 10, of = 'orders', give = { amount = 50 } }\n");
    for (int i = 0; i < 6; i++)
        order(&s, "");
    for (int i = 0; i < 6; i++)
        order_of(&s, "\"context\":{\"traits\":{\"email\":\"a@x.com\"}}", "2026-03-02T10:00:00Z", "");
    order_of(&s, "\"userId\":\"u1\",\"context\":{\"traits\":{\"email\":\"a@x.com\"}}", "2026-03-02T12:00:00Z", "");
    assert_int_equal(s.result.joins, 1);
    assert_int_equal(stars(&s), 0); /* from 12 to 13 */
    shop_close(&s);
}

static void tags_events_and_guards(void **state)
{
    struct shop s;
    struct ts_effect fx;
    struct ts_rule_name name;
    TS_UNUSED(state);
    shop_open(
        &s, HEAD
        "tag 'regular' { class = 'behaviour' }\n"
        "measure 'tenths' { on = 'Tenth' }\n"
        "milestone 'two' { at = 2, of = 'orders', give = { tag = 'regular', keep = '10 days', emit = 'Tenth', "
        "amount = 1 }, funded_by = 'Roastery',\n"
        "  when = function(member, event) return event.place == 'till' or member:orders() > 5 end }\n"
        "milestone 'tenths' { at = 1, of = 'tenths', give = { notify = 'inner' } }\n"
        "milestone 'never' { every = 1, of = 'orders', give = { amount = 1 }, during = { days = { 'Sunday' } } }\n");
    order(&s, "\"place\":\"till\"");
    assert_false(shop_has_tag(&s, 1, "regular"));
    order(&s, "\"place\":\"till\""); /* a Monday */
    assert_true(shop_has_tag(&s, 1, "regular"));
    assert_int_equal(stars(&s), 10);
    assert_int_equal(effects(&s, TS_FX_EMIT, "Tenth", &fx), 1);
    assert_int_equal(effects(&s, TS_FX_NOTIFY, "inner", NULL), 1); /* an event of the record's own counts for itself */
    assert_int_equal(effects(&s, TS_FX_EARN, NULL, &fx), 1);
    assert_true(ts_rule_name_split(ts_names_text(ts_engine_names(s.engine), TS_SPACE_RULE, fx.rule), &name));
    assert_true(ts_str_eq(name.kind, TS_STR("milestone")) && ts_str_eq(name.funder, TS_STR("Roastery")));
    shop_line(&s, "{\"type\":\"tick\",\"timestamp\":\"2026-03-12T10:00:00Z\"}");
    assert_false(shop_has_tag(&s, 1, "regular"));
    shop_close(&s);
}

/* Earnings, their bonuses, milestones, then rules: whatever the order of the files. */
static void milestones_stand_between_bonuses_and_rules(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "rule 'a' { on = 'Order Completed', act = function(member) member:earn('stars', 1) end }\n"
                       "milestone 'b' { every = 1, of = 'orders', give = { amount = 1 } }\n"
                       "bonus 'c' { of = 'd', times = 2 }\n"
                       "earn 'd' { on = 'Order Completed', give = 1 }\n");
    static const char *const kinds[] = {"earn", "bonus", "milestone", "rule"};
    struct ts_outcome o;
    struct ts_effect fx;
    unsigned n = 0;
    order(&s, "");
    assert_true(ts_outcome_open(&o, (const uint8_t *)s.result.outcome.ptr, s.result.outcome.len));
    while (ts_outcome_next(&o, &fx)) {
        struct ts_rule_name name;
        if (fx.op != TS_FX_EARN) continue;
        assert_true(ts_rule_name_split(ts_names_text(ts_engine_names(s.engine), TS_SPACE_RULE, fx.rule), &name));
        assert_true(n < 4 && ts_str_eq(name.kind, ts_cstr(kinds[n])));
        n++;
    }
    assert_int_equal(n, 4);
    shop_close(&s);
}

static void late_events_cross_but_pay_no_points_unless_the_milestone_says_so(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "milestone 'a' { at = 2, of = 'orders', give = { amount = 1, notify = 'second' } }\n"
                       "milestone 'b' { at = 2, of = 'orders', give = { amount = 10 }, late = true }\n");
    order_of(&s, "\"userId\":\"u1\"", "2026-03-12T10:00:00Z", "");
    order(&s, "");
    assert_int_equal(stars(&s), 100);
    assert_int_equal(effects(&s, TS_FX_NOTIFY, "second", NULL), 1);
    shop_close(&s);
}

static void a_gift_larger_than_points_can_be_is_an_error_of_the_milestone(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "milestone 'a' { every = money '0.01', of = 'spend', give = { amount = 10000000000, notify = 'n' } }\n");
    order(&s, "\"revenue\":90000.00");
    assert_int_equal(s.result.rule_errors, 1);
    assert_int_equal(stars(&s), 0);
    assert_int_equal(effects(&s, TS_FX_NOTIFY, "n", NULL), 1);
    order(&s, "\"revenue\":0.01");
    assert_int_equal(stars(&s), 100000000000);
    shop_close(&s);
}

static void numbered(struct shop *s, const char *event, const char *id)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"%s\",\"userId\":\"u1\",\"timestamp\":\"2026-03-02T10:00:00Z\","
               "\"messageId\":\"m%llu\","
               "\"properties\":{\"order_id\":\"%s\"}}",
               event, (unsigned long long)s->lines, id);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
    assert_int_equal(s->result.rule_errors, 0);
}

/* A figure that a refund of another order took down does not cross the same threshold twice. */
static void what_was_reached_is_not_given_twice_after_a_refund(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "milestone 'second' { every = 2, of = 'orders', give = { amount = 50 } }\n");
    numbered(&s, "Order Completed", "o1");
    numbered(&s, "Order Completed", "o2");
    assert_int_equal(stars(&s), 500);
    for (int i = 3; i < 8; i++) {
        char id[8];
        numbered(&s, "Order Refunded", i == 3 ? "o1" : (snprintf(id, sizeof id, "o%d", i - 1), id));
        assert_int_equal(stars(&s), 500);
        snprintf(id, sizeof id, "o%d", i);
        numbered(&s, "Order Completed", id);
        assert_int_equal(stars(&s), 500);
    }
    numbered(&s, "Order Completed", "o8");
    numbered(&s, "Order Completed", "o9");
    assert_int_equal(stars(&s), 1000); /* the fourth that stayed */
    shop_close(&s);
}

/* A fully refunded order nets zero; its threshold can then be reached again. */
static void the_refund_of_the_order_that_reached_it_takes_the_gift_back(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "milestone 'second' { at = 2, of = 'orders', give = { amount = 50 } }\n");
    numbered(&s, "Order Completed", "o1");
    for (int i = 2; i < 5; i++) {
        char id[8];
        snprintf(id, sizeof id, "o%d", i);
        numbered(&s, "Order Completed", id);
        assert_int_equal(stars(&s), 500);
        numbered(&s, "Order Refunded", id);
        assert_int_equal(stars(&s), 0);
    }
    numbered(&s, "Order Completed", "o9");
    assert_int_equal(stars(&s), 500);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tenth_counts_and_nothing_in_between),
        cmocka_unit_test(a_jump_over_two_thresholds_gives_twice),
        cmocka_unit_test(of_one_value_of_a_measure_and_of_fractions),
        cmocka_unit_test(a_join_crosses_nothing),
        cmocka_unit_test(the_order_that_joins_counts_for_itself),
        cmocka_unit_test(tags_events_and_guards),
        cmocka_unit_test(milestones_stand_between_bonuses_and_rules),
        cmocka_unit_test(late_events_cross_but_pay_no_points_unless_the_milestone_says_so),
        cmocka_unit_test(what_was_reached_is_not_given_twice_after_a_refund),
        cmocka_unit_test(the_refund_of_the_order_that_reached_it_takes_the_gift_back),
        cmocka_unit_test(a_gift_larger_than_points_can_be_is_an_error_of_the_milestone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
