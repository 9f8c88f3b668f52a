/* SPDX-License-Identifier: Apache-2.0 */
/* set_tier and set_tag: levels and tags by hand, what they are refused for, and that a key is done once. */
#include "shop.h"

#define RULES                                                                                                          \
    "program { name = 'Test', timezone = 'UTC', currency = 'USD' }\n"                                                  \
    "event 'Order Completed' { revenue = { 'money', required = true } }\n"                                             \
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"                                                    \
    "tag 'vip' { on = 'Order Completed', keep = '10 days' }\n"                                                         \
    "tag 'big' { when = function(member) return member:spend() >= money '400' end }\n"                                 \
    "tag 'golden' { when = function(member) return member.tiers['club'].name == 'Gold' end }\n"                        \
    "tiers 'club' { basis = { measure = 'spend', window = '3 months' }, { 'Base' }, { 'Silver', from = money '100' "   \
    "},\n"                                                                                                             \
    "  { 'Gold', from = money '500' }, upgrade = 'at once', downgrade = { review = 'monthly' } }\n"

static void order(struct shop *s, const char *when, const char *revenue)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u\",\"timestamp\":\"%s\","
               "\"properties\":{\"revenue\":%s}}",
               when, revenue);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}

static void tick(struct shop *s, const char *to) { shop_linef(s, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", to); }

/* `more` is the rest of the line's members. */
static const struct ts_result *set(struct shop *s, const char *type, const char *key, const char *when,
                                   const char *more)
{
    return shop_linef(s, "{\"type\":\"%s\",\"key\":\"%s\",\"member\":\"user_id:u\",\"timestamp\":\"%s\",%s}", type, key,
                      when, more);
}

#define LEVEL(level) "\"tiers\":\"club\",\"level\":\"" level "\""
#define TAG(tag) "\"tag\":\"" tag "\""

static void assert_answer(const struct ts_result *r, const char *wanted)
{
    char text[512];
    snprintf(text, sizeof text, TS_STR_FMT, TS_STR_ARG(r->answer));
    assert_string_equal(text, wanted);
}

static void test_a_level_by_hand_stands_until_the_review_when_nothing_holds_it(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, RULES);
    order(&s, "2026-01-10T00:00:00Z", "50");
    const struct ts_result *r = set(&s, "set_tier", "k1", "2026-01-11T00:00:00Z", LEVEL("Gold"));
    assert_int_equal(r->status, TS_RESULT_APPLIED);
    assert_answer(r,
                  "{\"record\":3,\"member\":\"m1\",\"tiers\":\"club\",\"from\":\"Base\",\"level\":\"Gold\",\"until\":"
                  "null}");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    assert_true(shop_has_tag(&s, 1, "golden")); /* a condition that reads the tier was looked at again */
    tick(&s, "2026-01-31T23:59:59Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    tick(&s, "2026-02-01T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    assert_false(shop_has_tag(&s, 1, "golden"));
    shop_close(&s);
}

static void test_a_level_by_hand_that_nothing_holds_rises_at_once(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, RULES);
    order(&s, "2026-01-10T00:00:00Z", "50");
    set(&s, "set_tier", "k1", "2026-01-11T00:00:00Z", LEVEL("Silver"));
    order(&s, "2026-01-12T00:00:00Z", "450");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    set(&s, "set_tier", "k2", "2026-01-13T00:00:00Z", LEVEL("Base")); /* he has spent more: the next order shows it */
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    order(&s, "2026-01-14T00:00:00Z", "1");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    shop_close(&s);
}

static void test_a_held_level_neither_rises_nor_falls_and_is_reviewed_at_its_end(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, RULES);
    order(&s, "2026-01-10T00:00:00Z", "50");
    set(&s, "set_tier", "k1", "2026-01-11T00:00:00Z", LEVEL("Silver") ",\"until\":\"2026-03-20T12:00:00Z\"");
    order(&s, "2026-01-12T00:00:00Z", "1000");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver"); /* does not rise */
    tick(&s, "2026-03-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver"); /* at reviews neither */
    tick(&s, "2026-03-20T11:59:59Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    tick(&s, "2026-03-20T12:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold"); /* the end of it is a review */
    set(&s, "set_tier", "k2", "2026-03-21T00:00:00Z", LEVEL("Gold") ",\"until\":\"2027-01-15T00:00:00Z\"");
    tick(&s, "2027-01-14T23:59:59Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold"); /* the window has been empty since April */
    tick(&s, "2027-01-15T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    shop_close(&s);
}

static void test_a_tag_by_hand_is_kept_until_and_taken(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, RULES);
    order(&s, "2026-01-01T00:00:00Z", "1"); /* stamps vip until 11 January */
    const struct ts_result *r =
        set(&s, "set_tag", "k1", "2026-01-02T00:00:00Z", TAG("vip") ",\"until\":\"2026-02-01T00:00:00Z\"");
    assert_answer(r,
                  "{\"record\":3,\"member\":\"m1\",\"tag\":\"vip\",\"had\":true,\"has\":true,\"until\":\"2026-02-01T00:"
                  "00:00.000Z\"}");
    tick(&s, "2026-01-31T23:59:59Z");
    assert_true(shop_has_tag(&s, 1, "vip"));
    tick(&s, "2026-02-01T00:00:00Z");
    assert_false(shop_has_tag(&s, 1, "vip"));
    set(&s, "set_tag", "k2", "2026-02-02T00:00:00Z", TAG("vip"));
    tick(&s, "2030-01-01T00:00:00Z");
    assert_true(shop_has_tag(&s, 1, "vip"));
    r = set(&s, "set_tag", "k3", "2030-01-02T00:00:00Z", TAG("vip") ",\"remove\":true");
    assert_int_equal(r->status, TS_RESULT_APPLIED);
    assert_false(shop_has_tag(&s, 1, "vip"));
    r = set(&s, "set_tag", "k4", "2030-01-03T00:00:00Z", TAG("vip") ",\"remove\":true"); /* nothing to take */
    assert_int_equal(r->status, TS_RESULT_APPLIED);
    shop_close(&s);
}

static void assert_refused(const struct ts_result *r, const char *code, const char *says)
{
    assert_int_equal(r->status, TS_RESULT_REFUSED);
    assert_string_equal(r->refusal, code);
    if (!strstr(r->message, says)) fail_msg("\"%s\" does not say \"%s\"", r->message, says);
}

static void test_what_is_refused(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, RULES);
    order(&s, "2026-01-10T00:00:00Z", "50");
    const char *at = "2026-01-11T00:00:00Z";
    assert_refused(set(&s, "set_tier", "a", at, "\"tiers\":\"clubs\",\"level\":\"Gold\""), "unknown_tier", "clubs");
    assert_refused(set(&s, "set_tier", "b", at, LEVEL("Platinum")), "unknown_tier", "Platinum");
    assert_refused(set(&s, "set_tier", "c", at, LEVEL("Gold") ",\"until\":\"2026-01-11T00:00:00Z\""), "until_past",
                   "2026-01-11");
    assert_refused(set(&s, "set_tag", "d", at, TAG("vips")), "unknown_tag", "vips");
    assert_refused(set(&s, "set_tag", "e", at, TAG("vips") ",\"remove\":true"), "unknown_tag", "vips");
    assert_refused(set(&s, "set_tag", "f", at, TAG("big")), "not_settable", "when");
    assert_refused(set(&s, "set_tag", "g", at, TAG("vip") ",\"until\":\"2020-01-01T00:00:00Z\""), "until_past", "2020");
    assert_refused(shop_linef(&s, "{\"type\":\"set_tag\",\"key\":\"h\",\"member\":\"user_id:x\",\"tag\":\"vip\"}"),
                   "unknown_member", "x");
    assert_string_equal(shop_tier(&s, 1, "club"), "");
    assert_false(shop_has_tag(&s, 1, "big"));
    shop_close(&s);
}

static void test_a_key_is_done_once(void **state)
{
    struct shop s;
    char first[512];
    TS_UNUSED(state);
    shop_open(&s, RULES);
    order(&s, "2026-01-10T00:00:00Z", "50");
    const struct ts_result *r = set(&s, "set_tier", "k", "2026-01-11T00:00:00Z", LEVEL("Gold"));
    snprintf(first, sizeof first, TS_STR_FMT, TS_STR_ARG(r->answer));
    set(&s, "set_tier", "k2", "2026-01-12T00:00:00Z", LEVEL("Silver"));
    r = set(&s, "set_tier", "k", "2026-01-13T00:00:00Z", LEVEL("Gold"));
    assert_int_equal(r->status, TS_RESULT_REPLAYED);
    assert_answer(r, first);
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver"); /* not done again */
    assert_refused(set(&s, "set_tier", "k", "2026-01-13T00:00:00Z", LEVEL("Base")), "key_reused", "k");
    assert_refused(
        set(&s, "set_tier", "k", "2026-01-13T00:00:00Z", LEVEL("Gold") ",\"until\":\"2027-01-01T00:00:00Z\""),
        "key_reused", "k");
    set(&s, "set_tag", "t", "2026-01-13T00:00:00Z", TAG("vip"));
    assert_refused(set(&s, "set_tag", "t", "2026-01-13T00:00:00Z", TAG("vip") ",\"remove\":true"), "key_reused", "t");
    assert_int_equal(set(&s, "set_tag", "t", "2026-01-13T00:00:00Z", TAG("vip"))->status, TS_RESULT_REPLAYED);
    shop_close(&s);
}

/* The rows give the same state again, without a rule; and the rules give the same rows again. */
static void test_rows_recover_and_replay(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, RULES);
    order(&s, "2026-01-10T00:00:00Z", "50");
    set(&s, "set_tier", "k1", "2026-01-11T00:00:00Z", LEVEL("Gold") ",\"until\":\"2026-05-01T00:00:00Z\"");
    set(&s, "set_tag", "k2", "2026-01-12T00:00:00Z", TAG("vip") ",\"until\":\"2026-06-01T00:00:00Z\"");
    set(&s, "set_tag", "k3", "2026-01-13T00:00:00Z", TAG("big"));
    set(&s, "set_tag", "k4", "2026-01-14T00:00:00Z", TAG("vip") ",\"remove\":true");
    tick(&s, "2026-07-01T00:00:00Z");
    shop_retold(&s);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_level_by_hand_stands_until_the_review_when_nothing_holds_it),
        cmocka_unit_test(test_a_level_by_hand_that_nothing_holds_rises_at_once),
        cmocka_unit_test(test_a_held_level_neither_rises_nor_falls_and_is_reviewed_at_its_end),
        cmocka_unit_test(test_a_tag_by_hand_is_kept_until_and_taken),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_a_key_is_done_once),
        cmocka_unit_test(test_rows_recover_and_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
