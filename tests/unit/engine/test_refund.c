/* SPDX-License-Identifier: Apache-2.0 */
/* Refunds against a plain model (SEMANTICS, Points 7 and Time): random orders under random factors, taken back in random parts. After every part
 * the member has what the orders as they now stand would have earned, computed here from nothing but what is left of them; in the
 * end nothing. And a refund given twice, or after its points are spent, owes what is missing. */
#include <inttypes.h>

#include "../seed.h"
#include "shop.h"

#define ORDERS 6
#define ITEMS 4

struct model_item {
    int64_t price, quantity, left;
};
struct model_order {
    int64_t paid, back;
    struct model_item items[ITEMS];
    int n_items;
    bool whole;
};
struct factors { /* in hundredths, but for `per`, which is in minor units */
    int64_t give, times, bonus, per;
    bool steps;
    int rounding; /* 0 down, 1 half up, 2 up */
};

/* units / divisor, rounded. */
static int64_t divide(__int128 units, __int128 divisor, int rounding)
{
    __int128 whole = units / divisor, rest = units % divisor;
    if (rounding == 1) whole += rest * 2 >= divisor;
    if (rounding == 2) whole += rest > 0;
    return (int64_t)whole;
}

static int64_t by_amount(const struct model_order *o, const struct factors *f)
{
    int64_t paid = o->whole ? 0 : o->paid - o->back;
    if (f->steps) paid = paid / f->per * f->per;
    return divide((__int128)paid * f->give * f->times, (__int128)10000 * f->per, f->rounding);
}

static int64_t by_items(const struct model_order *o, const struct factors *f)
{
    __int128 sum = 0;
    for (int i = 0; i < o->n_items && !o->whole; i++)
        sum += (__int128)o->items[i].price * o->items[i].left;
    return divide(sum * f->give, (__int128)100 * f->per, f->rounding);
}

static int64_t bonus(int64_t base, const struct factors *f)
{
    return divide((__int128)base * (f->bonus - 100), 100, 0);
}

static void write_rules(struct ts_buf *b, const struct factors *f)
{
    static const char *const roundings[] = {"down", "half up", "up"};
    ts_buf_clear(b);
    ts_buf_addf(b,
                "program { timezone = 'UTC', currency = 'USD' }\n"
                "event 'Order Completed' { order_id = 'text', revenue = 'money', products = { 'list', of = { sku = "
                "'text', price = 'money', quantity = 'integer' } } }\n"
                "event 'Order Refunded' { order_id = 'text', revenue = 'money', products = { 'list', of = { sku = "
                "'text', quantity = 'integer' } } }\n"
                "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', amount = 'revenue', lines = "
                "'products', line = 'sku' }\n"
                "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"
                "measure 'items' { on = 'Order Completed', each = 'products', sum = 'quantity' }\n"
                "points 'a' {}\npoints 'b' {}\n"
                "earn 'by amount' { on = 'Order Completed', points = 'a', give = %" PRId64 ".%02" PRId64
                ", times = %" PRId64 ".%02" PRId64 ", per = money '%" PRId64 ".%02" PRId64
                "', of = 'revenue', rounding = '%s', steps = %s }\n"
                "bonus 'more' { of = 'by amount', times = %" PRId64 ".%02" PRId64 " }\n",
                f->give / 100, f->give % 100, f->times / 100, f->times % 100, f->per / 100, f->per % 100,
                roundings[f->rounding], f->steps ? "true" : "false", f->bonus / 100, f->bonus % 100);
    ts_buf_addf(b,
                "earn 'by items' { on = 'Order Completed', points = 'b', each = 'products', of = { 'price', 'quantity' "
                "}, give = %" PRId64 ".%02" PRId64 ", per = money '%" PRId64 ".%02" PRId64 "', rounding = '%s' }\n",
                f->give / 100, f->give % 100, f->per / 100, f->per % 100, roundings[f->rounding]);
}

static void place(struct shop *s, struct ts_rng *r, struct model_order *o, int number)
{
    struct ts_buf b;
    ts_buf_init(&b, 0);
    *o = (struct model_order){.paid = 1 + (int64_t)ts_rng_below(r, 30000), .n_items = 1 + (int)ts_rng_below(r, ITEMS)};
    ts_buf_addf(&b,
                "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u\",\"timestamp\":\"2026-01-%02dT10:00:"
                "00Z\",\"properties\":{\"order_id\":\"%d\",\"revenue\":%" PRId64 ".%02" PRId64 ",\"products\":[",
                number + 1, number, o->paid / 100, o->paid % 100);
    for (int i = 0; i < o->n_items; i++) {
        struct model_item *x = &o->items[i];
        x->price = 1 + (int64_t)ts_rng_below(r, 5000);
        x->left = x->quantity = 1 + (int64_t)ts_rng_below(r, 5);
        ts_buf_addf(&b, "%s{\"sku\":\"s%d\",\"price\":%" PRId64 ".%02" PRId64 ",\"quantity\":%" PRId64 "}",
                    i ? "," : "", i, x->price / 100, x->price % 100, x->quantity);
    }
    ts_buf_adds(&b, "]}}");
    shop_line(s, ts_buf_cstr(&b));
    ts_buf_release(&b);
}

/* A part of the money, some items, both, or all. */
static void take(struct shop *s, struct ts_rng *r, struct model_order *o, int number)
{
    struct ts_buf b;
    uint64_t what = ts_rng_below(r, 12);
    bool all = what == 0, money = what > 3, items = !all && (what & 1);
    if (!all && !money && !items) items = true;
    ts_buf_init(&b, 0);
    ts_buf_addf(&b,
                "{\"type\":\"track\",\"event\":\"Order Refunded\",\"userId\":\"u\",\"timestamp\":\"2026-02-01T10:00:"
                "00Z\",\"properties\":{\"order_id\":\"%d\"",
                number);
    if (money) {
        int64_t amount = 1 + (int64_t)ts_rng_below(r, 9000);
        ts_buf_addf(&b, ",\"revenue\":%" PRId64 ".%02" PRId64, amount / 100, amount % 100);
        o->back += amount < o->paid - o->back ? amount : o->paid - o->back;
    }
    if (items) {
        int i = (int)ts_rng_below(r, (uint64_t)o->n_items);
        int64_t quantity = 1 + (int64_t)ts_rng_below(r, 3);
        ts_buf_addf(&b, ",\"products\":[{\"sku\":\"s%d\",\"quantity\":%" PRId64 "}]", i, quantity);
        struct model_item *x = &o->items[i];
        x->left -= quantity < x->left ? quantity : x->left;
    }
    ts_buf_adds(&b, "}}");
    bool none = true;
    for (int i = 0; i < o->n_items; i++)
        none &= o->items[i].left == 0;
    if (all || o->back == o->paid || (none && !money)) o->whole = true;
    shop_line(s, ts_buf_cstr(&b));
    assert_int_equal(s->result.rule_errors, 0);
    ts_buf_release(&b);
}

#define FIRST_DAY 20454 /* 2026-01-01, an order a day */

/* The figures by day, as the canonical state has them; an order that is taken back leaves no trace. */
static void compare_days(struct shop *s, const struct model_order *orders)
{
    struct ts_buf state, spend, items;
    ts_buf_init(&spend, 0);
    ts_buf_init(&items, 0);
    for (int i = 0; i < ORDERS; i++) {
        const struct model_order *o = &orders[i];
        int64_t count = 0, sum = 0;
        for (int k = 0; k < o->n_items && !o->whole; k++) {
            count += o->items[k].left > 0;
            sum += o->items[k].left;
        }
        if (!o->whole)
            ts_buf_addf(&spend, "%s[%d,1,%" PRId64 "]", spend.len ? "," : "", FIRST_DAY + i, o->paid - o->back);
        if (count)
            ts_buf_addf(&items, "%s[%d,%" PRId64 ",%" PRId64 "]", items.len ? "," : "", FIRST_DAY + i, count, sum);
    }
    shop_state(s->engine, &state);
    const char *text = (const char *)state.data;
    if (!strstr(text, ts_buf_cstr(&spend)) || !strstr(text, ts_buf_cstr(&items)))
        fail_msg("%s and %s are not in %s", (const char *)spend.data, (const char *)items.data, text);
    ts_buf_release(&state);
    ts_buf_release(&spend);
    ts_buf_release(&items);
}

static void compare(struct shop *s, const struct model_order *orders, const struct factors *f)
{
    int64_t a = 0, b = 0;
    for (int i = 0; i < ORDERS; i++) {
        int64_t base = by_amount(&orders[i], f);
        a += base + bonus(base, f);
        b += by_items(&orders[i], f);
    }
    assert_int_equal(shop_balance(s, 1, "a").available, a);
    assert_int_equal(shop_balance(s, 1, "b").available, b);
    compare_days(s, orders);
}

static void test_what_is_left_is_what_is_kept(void **state)
{
    struct ts_rng r = {test_seed(20260122)};
    struct ts_buf rules;
    TS_UNUSED(state);
    ts_buf_init(&rules, 0);
    for (int round = 0; round < 40; round++) {
        struct shop s;
        struct model_order orders[ORDERS];
        struct factors f = {.give = 1 + (int64_t)ts_rng_below(&r, 900),
                            .times = 100 + (int64_t)ts_rng_below(&r, 100),
                            .bonus = 101 + (int64_t)ts_rng_below(&r, 200),
                            .per = 1 + (int64_t)ts_rng_below(&r, 1200),
                            .steps = ts_rng_below(&r, 2),
                            .rounding = (int)ts_rng_below(&r, 3)};
        write_rules(&rules, &f);
        shop_open(&s, ts_buf_cstr(&rules));
        for (int i = 0; i < ORDERS; i++)
            place(&s, &r, &orders[i], i);
        compare(&s, orders, &f);
        for (int k = 0; k < 60; k++) {
            int i = (int)ts_rng_below(&r, ORDERS);
            take(&s, &r, &orders[i], i);
            compare(&s, orders, &f);
        }
        for (int i = 0; i < ORDERS; i++) {
            orders[i].whole = true;
            shop_linef(
                &s,
                "{\"type\":\"track\",\"event\":\"Order Refunded\",\"userId\":\"u\",\"timestamp\":\"2026-03-01T10:"
                "00:00Z\",\"properties\":{\"order_id\":\"%d\"}}",
                i);
        }
        compare(&s, orders, &f); /* a fully refunded order nets zero from every rule */
        shop_close(&s);
    }
    ts_buf_release(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_left_is_what_is_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
