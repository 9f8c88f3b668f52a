/* SPDX-License-Identifier: Apache-2.0 */
/* Earning in full: `where`, `each`, products of fields, lines, who pays, bonuses on items, and points that cannot be spent. SEMANTICS.md
 * Points 6 and 14, and "Time" on late events. */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test', timezone = 'UTC', currency = 'EUR', late = '3 days' }\n"                                 \
    "event 'Order Completed' { order_id = 'text', revenue = 'money', place = 'text', gift = 'boolean', litres = "      \
    "'number',\n"                                                                                                      \
    "  products = { 'list', of = { sku = 'text', category = 'text', brand = 'text', price = 'money', quantity = "      \
    "'integer' } } }\n"                                                                                                \
    "points 'stars' {}\n"

#define ITEM(category, price, quantity) "{\"category\":\"" category "\",\"price\":" price ",\"quantity\":" quantity "}"

static void order_at(struct shop *s, const char *when, const char *properties)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u1\",\"timestamp\":\"%s\",\"messageId\":"
               "\"m%llu\",\"properties\":{%s}}",
               when, (unsigned long long)s->lines, properties);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}
static void order(struct shop *s, const char *properties) { order_at(s, "2026-03-02T10:00:00Z", properties); }

static int64_t stars(struct shop *s) { return shop_balance(s, 1, "stars").available; }

/* The n-th effect of a kind in the last record. */
static bool effect(struct shop *s, enum ts_effect_op op, unsigned n, struct ts_effect *ret)
{
    struct ts_outcome o;
    assert_true(ts_outcome_open(&o, (const uint8_t *)s->result.outcome.ptr, s->result.outcome.len));
    while (ts_outcome_next(&o, ret))
        if (ret->op == op && n-- == 0) return true;
    assert_false(o.reader.bad);
    return false;
}

static void assert_lines(struct shop *s, unsigned n, const char *json)
{
    struct ts_effect fx;
    assert_true(effect(s, TS_FX_LINES, n, &fx));
    if (!ts_str_eq(fx.json, ts_cstr(json))) fail_msg("lines " TS_STR_FMT ", not %s", TS_STR_ARG(fx.json), json);
}

static void where_on_the_event(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue',\n"
              "  where = { place = { 'till', 'app' }, revenue = { at_least = money '5', below = money '20' }, gift = { "
              "except = true } } }\n");
    order(&s, "\"place\":\"till\",\"revenue\":5.00");
    assert_int_equal(stars(&s), 5); /* at_least is met at the bound itself; an absent field holds under `except` */
    order(&s, "\"place\":\"app\",\"revenue\":19.99,\"gift\":false");
    assert_int_equal(stars(&s), 24);
    order(&s, "\"place\":\"till\",\"revenue\":20.00"); /* not below 20 */
    order(&s, "\"place\":\"till\",\"revenue\":4.99");
    order(&s, "\"place\":\"web\",\"revenue\":10");
    order(&s, "\"revenue\":10"); /* an absent field never holds */
    order(&s, "\"place\":null,\"revenue\":10");
    order(&s, "\"place\":\"till\",\"revenue\":10,\"gift\":true");
    assert_int_equal(stars(&s), 24);
    shop_close(&s);
}

static void where_on_numbers_compares_exactly(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Order Completed', points = 'stars', give = 1,\n"
                       "  where = { litres = { at_least = 0.3, below = 2.5 } } }\n"
                       "earn 'f' { on = 'Order Completed', points = 'stars', give = 100, where = { litres = { 0.1, 7 } "
                       "} }\n");
    order(&s, "\"litres\":0.3");
    assert_int_equal(stars(&s), 1);
    order(&s, "\"litres\":0.30000000000000000");
    assert_int_equal(stars(&s), 2);
    order(&s, "\"litres\":0.29999999999999999"); /* as a double it would be 0.3 */
    order(&s, "\"litres\":2.50");
    assert_int_equal(stars(&s), 2);
    order(&s, "\"litres\":7.0");
    assert_int_equal(stars(&s), 102);
    shop_close(&s);
}

/* An order split into lines pays the same as whole: largest remainder across lines. */
static void an_order_split_into_lines_pays_the_same_as_whole(void **state)
{
    struct shop s;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Order Completed', points = 'stars', each = 'products', give = 1, per = money "
                       "'3', of = { 'price', 'quantity' } }\n");
    /* 3.50 + 2 x 2.00 + 1.00 = 8.50: 2.83 -> 2, of which 0.82, 0.94, 0.24 */
    order(&s, "\"products\":[" ITEM("a", "3.50", "1") "," ITEM("b", "2.00", "2") "," ITEM("c", "1.00", "1") "]");
    assert_int_equal(stars(&s), 2);
    assert_lines(&s, 0, "{\"list\":\"products\",\"points\":[1,1,0]}");
    assert_true(effect(&s, TS_FX_EARN, 0, &fx));
    assert_int_equal(fx.base, 850);
    assert_int_equal(fx.amount, 2);
    assert_false(effect(&s, TS_FX_EARN, 1, &fx));             /* one lot, one transaction */
    order(&s, "\"products\":[" ITEM("a", "-9.00", "-1") "]"); /* two minuses earn nothing */
    assert_int_equal(stars(&s), 2);
    /* ties go to the earlier item; one without a price earns nothing, and is a line all the same */
    order(&s, "\"products\":[{\"quantity\":1}," ITEM("a", "1.50", "1") "," ITEM("b", "1.50", "1") ",{}]");
    assert_lines(&s, 0, "{\"list\":\"products\",\"points\":[0,1,0,0]}");
    assert_int_equal(stars(&s), 3);
    order(&s, "\"products\":[]");
    order(&s, "\"place\":\"till\"");
    assert_int_equal(stars(&s), 3);
    shop_close(&s);
}

static void where_picks_items_and_falls_back_to_the_event(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "earn 'e' { on = 'Order Completed', points = 'stars', each = 'products', give = 2, per = money "
                   "'1', of = 'price',\n"
                   "  where = { category = 'coffee', place = 'till', brand = { except = { 'gift card', 'x' } } } }\n"
                   "earn 'count' { on = 'Order Completed', points = 'stars', each = 'products', give = 1000, where "
                   "= { category = 'tea' } }\n");
    order(&s, "\"place\":\"till\",\"products\":[" ITEM("coffee", "3", "1") "," ITEM("tea", "9", "1") "," ITEM(
                  "coffee", "1.50", "5") ",{\"category\":\"coffee\",\"brand\":\"gift card\",\"price\":50}]");
    assert_int_equal(stars(&s), 1009);
    assert_lines(&s, 0, "{\"list\":\"products\",\"points\":[0,1000,0,0]}"); /* by name: count, e */
    assert_lines(&s, 1, "{\"list\":\"products\",\"points\":[6,0,3,0]}");
    order(&s, "\"place\":\"web\",\"products\":[" ITEM("coffee", "3", "1") "]");
    assert_int_equal(stars(&s), 1009);
    shop_close(&s);
}

static void fractions_of_fields_are_exact_and_said(void **state)
{
    struct shop s;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Order Completed', points = 'stars', give = 3, of = 'litres' }\n"
                       "earn 'steps' { on = 'Order Completed', points = 'stars', give = 100, per = 2, of = 'litres', "
                       "steps = true }\n");
    order(&s, "\"litres\":12.4"); /* 37.2, and 6 steps */
    assert_int_equal(stars(&s), 637);
    assert_true(effect(&s, TS_FX_READ, 0, &fx));
    assert_true(ts_str_eq(fx.json, TS_STR("{\"of\":12.4}")));
    order(&s, "\"litres\":0.333333333333333333"); /* 0.999999999999999999: rounded down once */
    assert_int_equal(stars(&s), 637);
    order(&s, "\"litres\":1.99999999999999999"); /* no whole step */
    assert_int_equal(stars(&s), 642);
    shop_close(&s);
}

static void a_figure_too_large_is_an_error_of_the_rule(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Order Completed', points = 'stars', each = 'products', give = 1000, per = "
                       "money '0.01', of = { 'price', 'quantity' } }\n");
    order(&s, "\"products\":[" ITEM("a", "9007199254740991", "9007199254740991") "]");
    assert_int_equal(s.result.rule_errors, 1);
    assert_int_equal(stars(&s), 0);
    order(&s, "\"products\":[" ITEM("a", "1", "1") "]");
    assert_int_equal(s.result.rule_errors, 0);
    assert_int_equal(stars(&s), 100000);
    shop_close(&s);
}

/* The product is exact, one rounding at the end, per earning; down unless it says otherwise. */
static void the_default_is_down_and_each_earning_is_rounded_for_itself(void **state)
{
    struct shop s;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "earn 'a' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"
              "earn 'b' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"
              "earn 'c up' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue', "
              "rounding = 'up' }\n"
              "earn 'd half' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue', "
              "rounding = 'half up' }\n");
    order(&s, "\"revenue\":1.50");
    static const int64_t granted[] = {1, 1, 2, 2};
    for (unsigned i = 0; i < 4; i++) {
        assert_true(effect(&s, TS_FX_EARN, i, &fx));
        assert_int_equal(fx.amount, granted[i]);
    }
    order(&s, "\"revenue\":1.49");
    assert_true(effect(&s, TS_FX_EARN, 3, &fx));
    assert_int_equal(fx.amount, 1);
    shop_close(&s);
}

/* When a cap reduces an award both figures are kept; what was granted is what the lines add up to. */
static void a_cap_keeps_desired_and_granted_and_lines_add_up_to_the_granted(void **state)
{
    struct shop s;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Order Completed', points = 'stars', each = 'products', give = 1, per = money "
                       "'1', of = 'price', at_most = { 10, per = 'day' } }\n");
    order(&s, "\"products\":[" ITEM("a", "9", "1") "," ITEM("b", "6", "1") "]");
    assert_true(effect(&s, TS_FX_EARN, 0, &fx));
    assert_int_equal(fx.desired, 15);
    assert_int_equal(fx.amount, 10);
    assert_lines(&s, 0, "{\"list\":\"products\",\"points\":[6,4]}");
    order(&s, "\"products\":[" ITEM("a", "9", "1") "]");
    assert_true(effect(&s, TS_FX_EARN, 0, &fx));
    assert_int_equal(fx.desired, 9);
    assert_int_equal(fx.amount, 0);
    assert_false(effect(&s, TS_FX_LINES, 0, &fx));
    assert_int_equal(stars(&s), 10);
    shop_close(&s);
}

static void a_bonus_with_where_multiplies_only_the_share_of_its_items(void **state)
{
    struct shop s;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Order Completed', points = 'stars', each = 'products', give = 1, per = money "
                       "'1', of = 'price' }\n"
                       "bonus 'double coffee' { of = 'e', times = 2, where = { category = 'coffee' } }\n"
                       "bonus 'half more' { of = 'e', times = 1.5, where = { category = 'none' } }\n");
    order(&s, "\"products\":[" ITEM("coffee", "12", "1") "," ITEM("tea", "8", "1") "," ITEM("coffee", "5", "1") "]");
    assert_int_equal(stars(&s), 42);
    assert_lines(&s, 0, "{\"list\":\"products\",\"points\":[12,8,5]}");
    assert_lines(&s, 1, "{\"list\":\"products\",\"points\":[12,0,5]}");
    assert_true(effect(&s, TS_FX_EARN, 1, &fx));
    assert_int_equal(fx.amount, 17);
    assert_int_not_equal(fx.of, 0);
    assert_false(effect(&s, TS_FX_EARN, 2, &fx));
    order(&s, "\"products\":[" ITEM("tea", "8", "1") "]");
    assert_int_equal(stars(&s), 50);
    shop_close(&s);
}

/* Of the bonuses of one `best_of` the largest counts: by what it would add, not by its factor. */
static void of_one_best_of_the_bonus_that_adds_most_counts(void **state)
{
    struct shop s;
    struct ts_effect fx;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "earn 'e' { on = 'Order Completed', points = 'stars', each = 'products', give = 1, per = money "
                   "'1', of = 'price' }\n"
                   "bonus 'a triple coffee' { of = 'e', times = 3, best_of = 'x', where = { category = 'coffee' } }\n"
                   "bonus 'b half on all' { of = 'e', times = 1.5, best_of = 'x' }\n"
                   "bonus 'c capped' { of = 'e', times = 10, best_of = 'x', at_most = { 7 } }\n"
                   "bonus 'd adds up' { of = 'e', times = 2 }\n");
    order(&s, "\"products\":[" ITEM("coffee", "2", "1") "," ITEM("tea", "18", "1") "]");
    /* 20; triple coffee adds 4, half on all 10, the capped one 7; the one without a group adds 20 */
    assert_int_equal(stars(&s), 50);
    order(&s, "\"products\":[" ITEM("coffee", "20", "1") "]");
    assert_int_equal(stars(&s), 50 + 20 + 40 + 20);
    order(&s, "\"products\":[" ITEM("tea", "4", "1") "]"); /* half on all adds 2, the capped one 7 */
    assert_int_equal(stars(&s), 130 + 4 + 7 + 4);
    order(&s, "\"products\":[" ITEM("tea", "4", "1") "]"); /* its cap is used up: the next best counts */
    assert_int_equal(stars(&s), 145 + 4 + 2 + 4);
    assert_true(effect(&s, TS_FX_EARN, 2, &fx));
    assert_false(effect(&s, TS_FX_EARN, 3, &fx));
    shop_close(&s);
}

static void who_pays_is_part_of_the_rule_of_every_entry(void **state)
{
    struct shop s;
    struct ts_effect fx;
    struct ts_rule_name name;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue', "
                   "funded_by = 'Roastery' }\n"
                   "bonus 'b' { of = 'e', times = 2, funded_by = 'Visa' }\nbonus 'c' { of = 'e', times = 3 }\n");
    order(&s, "\"revenue\":10");
    static const char *const funders[] = {"Roastery", "Visa", NULL}, *const kinds[] = {"earn", "bonus", "bonus"};
    for (unsigned i = 0; i < 3; i++) {
        assert_true(effect(&s, TS_FX_EARN, i, &fx));
        assert_true(ts_rule_name_split(ts_names_text(ts_engine_names(s.engine), TS_SPACE_RULE, fx.rule), &name));
        assert_true(ts_str_eq(name.kind, ts_cstr(kinds[i])));
        assert_int_equal(name.line, i < 1 ? 5 : 5 + i);
        assert_true(name.version.len == 71);
        if (funders[i])
            assert_true(ts_str_eq(name.funder, ts_cstr(funders[i])));
        else
            assert_null(name.funder.ptr);
    }
    shop_close(&s);
}

static void points_that_are_not_spendable_are_refused_and_count(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'miles' { spendable = false }\n"
                       "earn 'e' { on = 'Order Completed', points = 'miles', give = 1, per = money '1', of = 'revenue' "
                       "}\n");
    order(&s, "\"revenue\":10");
    static const char *const redeem =
        "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"m1\",\"points\":\"miles\",\"amount\":1}";
    shop_line(&s, redeem);
    assert_int_equal(s.result.status, TS_RESULT_REFUSED);
    assert_string_equal(s.result.refusal, "not_spendable");
    assert_int_equal(shop_balance(&s, 1, "miles").available, 10);
    shop_line(&s, redeem); /* the same answer again */
    assert_int_equal(s.result.status, TS_RESULT_REFUSED);
    assert_string_equal(s.result.refusal, "not_spendable");
    shop_line(&s, "{\"type\":\"adjust\",\"key\":\"k2\",\"member\":\"m1\",\"points\":\"miles\",\"amount\":-4}");
    assert_int_equal(s.result.status, TS_RESULT_APPLIED);
    assert_int_equal(shop_balance(&s, 1, "miles").available, 6);
    shop_close(&s);
}

/* What is later than the program's `late` pays no points unless a rule says otherwise; it counts all the same. */
static void what_is_later_than_late_pays_no_points_unless_a_rule_says_otherwise(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Order Completed', points = 'stars', give = 1 }\n"
                       "earn 'even late' { on = 'Order Completed', points = 'stars', give = 100, late = true }\n"
                       "measure 'orders' { on = 'Order Completed' }\n"
                       "tag 'two' { when = function(member) return member:orders() >= 2 end }\n");
    order_at(&s, "2026-03-10T10:00:00Z", "");
    assert_int_equal(stars(&s), 101);
    order_at(&s, "2026-03-07T10:00:00Z", ""); /* 3 days are not later than 3 days */
    assert_int_equal(stars(&s), 202);
    assert_true(shop_has_tag(&s, 1, "two"));
    order_at(&s, "2026-03-07T09:59:59.999Z", "");
    assert_int_equal(stars(&s), 302);
    shop_close(&s);
}

/* Late events count in the windows that they belong to: here the cap of the day on which it happened. */
static void a_late_event_uses_the_cap_of_its_own_day(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Order Completed', points = 'stars', give = 10, at_most = { 15, per = 'day' } "
                       "}\n");
    order_at(&s, "2026-03-10T10:00:00Z", "");
    order_at(&s, "2026-03-10T11:00:00Z", "");
    assert_int_equal(stars(&s), 15);
    order_at(&s, "2026-03-09T23:00:00Z", "");
    order_at(&s, "2026-03-09T01:00:00Z", "");
    order_at(&s, "2026-03-09T02:00:00Z", "");
    assert_int_equal(stars(&s), 30);
    shop_close(&s);
}

/* member:earned reads a window of what was earned: kept for the points that a rule names, without tiers. */
static void points_earned_are_kept_where_a_rule_reads_them(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s, "program { name = 'p', timezone = 'UTC', currency = 'EUR' } event 'E' { n = 'integer' } points 'stars' {}\n"
            "points 'gems' {} earn 'e' { on = 'E', points = 'stars', give = 1, per = 1, of = 'n' }\n"
            "tag 'keen' { when = function(member) return member:earned('stars', '7 days') >= 10 end }\n");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"messageId\":\"1\",\"timestamp\":\"2026-03-"
                  "01T10:00:00Z\",\"properties\":{\"n\":6}}");
    assert_false(shop_has_tag(&s, 1, "keen"));
    shop_line(&s, "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"messageId\":\"2\",\"timestamp\":\"2026-03-"
                  "03T10:00:00Z\",\"properties\":{\"n\":4}}");
    assert_true(shop_has_tag(&s, 1, "keen"));
    shop_line(&s, "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"m1\",\"points\":\"stars\",\"amount\":9,"
                  "\"timestamp\":\"2026-03-04T10:00:00Z\"}");
    assert_true(shop_has_tag(&s, 1, "keen")); /* earned, not the balance */
    shop_line(&s, "{\"type\":\"tick\",\"timestamp\":\"2026-03-08T00:00:00Z\"}");
    assert_false(shop_has_tag(&s, 1, "keen"));
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_on_the_event),
        cmocka_unit_test(points_earned_are_kept_where_a_rule_reads_them),
        cmocka_unit_test(where_on_numbers_compares_exactly),
        cmocka_unit_test(an_order_split_into_lines_pays_the_same_as_whole),
        cmocka_unit_test(where_picks_items_and_falls_back_to_the_event),
        cmocka_unit_test(fractions_of_fields_are_exact_and_said),
        cmocka_unit_test(a_figure_too_large_is_an_error_of_the_rule),
        cmocka_unit_test(the_default_is_down_and_each_earning_is_rounded_for_itself),
        cmocka_unit_test(a_cap_keeps_desired_and_granted_and_lines_add_up_to_the_granted),
        cmocka_unit_test(a_bonus_with_where_multiplies_only_the_share_of_its_items),
        cmocka_unit_test(of_one_best_of_the_bonus_that_adds_most_counts),
        cmocka_unit_test(who_pays_is_part_of_the_rule_of_every_entry),
        cmocka_unit_test(points_that_are_not_spendable_are_refused_and_count),
        cmocka_unit_test(what_is_later_than_late_pays_no_points_unless_a_rule_says_otherwise),
        cmocka_unit_test(a_late_event_uses_the_cap_of_its_own_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
