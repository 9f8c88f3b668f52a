/* SPDX-License-Identifier: Apache-2.0 */
/* Tiers and tags through the engine: SEMANTICS.md "Tiers" 1, 2, 4 and the conditions of ARCHITECTURE 7. */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test', timezone = 'Asia/Shanghai', currency = 'CNY' }\n"                                        \
    "event 'Order Completed' { revenue = { 'money', required = true } }\n"                                             \
    "event 'Ping' {}\n"                                                                                                \
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"

#define CLUB(downgrade)                                                                                                \
    "tiers 'club' { basis = { measure = 'spend', window = '3 months' }, { 'Base' }, { 'Silver', from = money '100' "   \
    "},\n"                                                                                                             \
    "  { 'Gold', from = money '500' }, { 'Black', from = money '1000' }, upgrade = 'at once', downgrade = " downgrade  \
    " }\n"

static void order(struct shop *s, const char *user, const char *when, const char *revenue)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order "
               "Completed\",\"userId\":\"%s\",\"timestamp\":\"%s\",\"messageId\":\"%s-%s\","
               "\"properties\":{\"revenue\":%s}}",
               user, when, user, when, revenue);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}
static void ping(struct shop *s, const char *user, const char *when)
{
    shop_linef(
        s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"%s\",\"timestamp\":\"%s\",\"messageId\":\"p%s-%s\"}",
        user, when, user, when);
}
static void tick(struct shop *s, const char *to) { shop_linef(s, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", to); }

static void test_upgrade_at_once_and_downgrade_at_review(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD CLUB("{ review = 'monthly' }"));
    order(&s, "u", "2026-01-10T02:00:00Z", "600.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    tick(
        &s,
        "2026-04-15T00:00:00Z"); /* the window no longer holds the order since 10 April; the review is on 1 May, Shanghai */
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    tick(&s, "2026-04-30T15:59:59Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    tick(&s, "2026-04-30T16:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    shop_close(&s);
}

static void test_grace_notice_and_steps(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD CLUB("{ review = 'monthly', grace = '30 days', notice = '10 days', steps = 1 }"));
    order(&s, "u", "2026-01-10T02:00:00Z", "1200.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Black");
    tick(&s, "2026-05-01T00:00:00Z"); /* the review of 1 May finds too little: notice; 31 May is past it, so 1 June */
    assert_string_equal(shop_tier(&s, 1, "club"), "Black");
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s.engine, 1, &v, &s.error), TS_OK);
    struct ts_tier_state *t = &v.member.profiles[0]->tiers.at[0];
    assert_string_equal(ts_names_text(ts_engine_names(s.engine), TS_SPACE_LEVEL, t->notice_to).ptr, "Gold");
    char text[32];
    assert_string_equal(ts_time_format(t->notice_at, text), "2026-05-31T16:00:00.000Z");
    ts_member_view_close(&v);
    tick(&s, "2026-05-31T16:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold"); /* one step */
    tick(&s, "2026-09-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"),
                        "Silver"); /* 1 July notice, 1 August Silver (31 July is 30 days), next notice 1 September */
    shop_close(&s);
}

static void test_an_order_in_time_voids_the_notice(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD CLUB("{ review = 'monthly', grace = '30 days', notice = '10 days', steps = 1 }"));
    order(&s, "u", "2026-01-10T02:00:00Z", "600.00");
    tick(&s, "2026-05-01T00:00:00Z");
    order(&s, "u", "2026-05-10T00:00:00Z", "550.00");
    tick(&s, "2026-06-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s.engine, 1, &v, &s.error), TS_OK);
    assert_int_equal(v.member.profiles[0]->tiers.at[0].notice_to, 0);
    ts_member_view_close(&v);
    shop_close(&s);
}

/* Spending points must not cost a tier: the basis is points earned. */
static void test_basis_of_points_earned(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'stars' {}\nearn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money "
                       "'1', of = 'revenue' }\n"
                       "tiers 'club' { basis = { points = 'stars', window = '12 months' }, { 'Base' }, { 'Silver', "
                       "from = 100 }, upgrade = 'at once',\n"
                       "  downgrade = { review = 'monthly' } }\n");
    order(&s, "u", "2026-01-10T02:00:00Z", "150.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    shop_line(&s, "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"m1\",\"points\":\"stars\",\"amount\":150}");
    tick(&s, "2026-03-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    shop_close(&s);
}

/* A tag with `when` alone holds exactly while it is true: it goes on the first local day on which the window loses the event. */
static void test_condition_follows_its_window(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'active' { when = function(member) return member:did('Ping', '7 days') end }\n"
                       "tag 'quiet' { when = function(member) return not member:did('Ping', '7 days') end }\n"
                       "tag 'this month' { when = function(member) return member:spend 'calendar month' > 0 end }\n");
    ping(&s, "u", "2026-03-10T04:00:00Z");
    assert_true(shop_has_tag(&s, 1, "active"));
    assert_false(shop_has_tag(&s, 1, "quiet"));
    tick(&s, "2026-03-16T15:59:59.999Z"); /* the last instant of 16 March in Shanghai */
    assert_true(shop_has_tag(&s, 1, "active"));
    tick(&s, "2026-03-16T16:00:00Z");
    assert_false(shop_has_tag(&s, 1, "active"));
    assert_true(shop_has_tag(&s, 1, "quiet"));
    order(&s, "u", "2026-03-20T04:00:00Z", "5.00");
    assert_true(shop_has_tag(&s, 1, "this month"));
    tick(&s, "2026-03-31T16:00:00Z");
    assert_false(shop_has_tag(&s, 1, "this month"));
    shop_close(&s);
}

static void test_stamped_tag_is_kept_and_prolonged(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'seen' { on = 'Ping', keep = '90 days' }\n");
    ping(&s, "u", "2026-01-01T00:00:00Z");
    ping(&s, "u", "2026-02-01T00:00:00Z");
    tick(&s, "2026-04-15T00:00:00Z");
    assert_true(shop_has_tag(&s, 1, "seen"));
    tick(&s, "2026-05-02T00:00:00Z");
    assert_false(shop_has_tag(&s, 1, "seen"));
    shop_close(&s);
}

/* After an activation everybody is looked at again, also those who stay silent. */
static void test_new_rules_sweep_everybody(void **state)
{
    struct shop s;
    char user[16];
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    for (int i = 0; i < 700; i++) {
        snprintf(user, sizeof user, "u%d", i);
        order(&s, user, "2026-01-01T00:00:00Z", i % 2 ? "50.00" : "150.00");
    }
    shop_rules(&s, HEAD "tag 'rich' { when = function(member) return member:spend() >= money '100' end }\n" CLUB(
                       "{ review = 'monthly' }"));
    tick(&s, "2026-01-02T00:00:00Z");
    for (uint64_t m = 1; m <= 700; m++) {
        assert_int_equal(shop_has_tag(&s, m, "rich"), m % 2 == 1);
        assert_string_equal(shop_tier(&s, m, "club"), m % 2 ? "Silver" : "");
    }
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upgrade_at_once_and_downgrade_at_review),
        cmocka_unit_test(test_grace_notice_and_steps),
        cmocka_unit_test(test_an_order_in_time_voids_the_notice),
        cmocka_unit_test(test_basis_of_points_earned),
        cmocka_unit_test(test_condition_follows_its_window),
        cmocka_unit_test(test_stamped_tag_is_kept_and_prolonged),
        cmocka_unit_test(test_new_rules_sweep_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
