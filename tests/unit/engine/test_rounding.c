/* SPDX-License-Identifier: Apache-2.0 */
/* SEMANTICS.md Points 6, a million times: what an earning pays against fractions of numbers as long as need be, in every rounding, with and without
 * steps, of an event or of its items; and lines that always add up to the whole. TS_SEED and TS_SIZE choose others;
 * sanitizers, which have nothing to say about rounding, look at a tenth. */
#include "../seed.h"
#include "engine/internal.h"
#include "shop.h"

#ifdef __SANITIZE_ADDRESS__
#define SIZE 100000
#else
#define SIZE 1000000
#endif

/* ---- numbers as long as need be: decimal digits, the lowest first ---- */

#define DIGITS 160
struct big {
    uint8_t d[DIGITS];
};

static struct big big_of(unsigned __int128 v)
{
    struct big b = {{0}};
    for (int i = 0; v; i++, v /= 10)
        b.d[i] = (uint8_t)(v % 10);
    return b;
}

static struct big big_mul(const struct big *a, const struct big *b)
{
    struct big out = {{0}};
    int la = DIGITS, lb = DIGITS;
    while (la && !a->d[la - 1])
        la--;
    while (lb && !b->d[lb - 1])
        lb--;
    assert_true(la + lb <= DIGITS);
    for (int i = 0; i < la; i++) {
        unsigned carry = 0;
        for (int k = 0; k < lb || carry; k++) {
            unsigned v = out.d[i + k] + carry + (k < lb ? a->d[i] * b->d[k] : 0u);
            out.d[i + k] = (uint8_t)(v % 10);
            carry = v / 10;
        }
    }
    return out;
}

static struct big big_add(const struct big *a, const struct big *b)
{
    struct big out;
    unsigned carry = 0;
    for (int i = 0; i < DIGITS; i++) {
        unsigned v = a->d[i] + b->d[i] + carry;
        out.d[i] = (uint8_t)(v % 10);
        carry = v / 10;
    }
    return out;
}

static int big_cmp(const struct big *a, const struct big *b)
{
    for (int i = DIGITS; i-- > 0;)
        if (a->d[i] != b->d[i]) return a->d[i] < b->d[i] ? -1 : 1;
    return 0;
}

static struct big big_shift(const struct big *a, unsigned by) /* times 10^by */
{
    struct big out = {{0}};
    memcpy(out.d + by, a->d, DIGITS - by);
    return out;
}

struct fraction { /* never negative */
    struct big top, bottom;
};

static void fraction_mul(struct fraction *f, struct ts_decimal by)
{
    struct big digits = big_of((unsigned __int128)by.digits);
    f->top = big_mul(&f->top, &digits);
    f->bottom = big_shift(&f->bottom, by.scale);
}

/* Is `q` what the fraction rounds to? Without a division: by where the fraction lies. */
static bool rounds_to(const struct fraction *f, enum ts_rounding rounding, int64_t q)
{
    struct big n = big_of((unsigned __int128)q), two = big_of(2), upper, lower, top = f->top;
    lower = big_mul(&f->bottom, &n); /* q */
    upper = big_add(&lower, &f->bottom);
    if (rounding == TS_ROUND_DOWN) return big_cmp(&lower, &top) <= 0 && big_cmp(&top, &upper) < 0;
    if (rounding == TS_ROUND_UP) { /* q - 1 < x <= q */
        struct big above = big_add(&top, &f->bottom);
        return big_cmp(&top, &lower) <= 0 && big_cmp(&lower, &above) < 0;
    }
    top = big_mul(&top, &two); /* 2q - 1 <= 2x < 2q + 1 */
    lower = big_mul(&lower, &two);
    upper = big_add(&lower, &f->bottom);
    struct big above = big_add(&top, &f->bottom);
    return big_cmp(&lower, &above) <= 0 && big_cmp(&top, &upper) < 0;
}

/* ---- random earnings ---- */

static int64_t spread(struct ts_rng *r, int64_t most) /* small figures as often as large ones */
{
    uint64_t limit = (uint64_t)most, n = 10;
    for (uint64_t k = ts_rng_below(r, 18); k && n < limit / 10; k--)
        n *= 10;
    return (int64_t)ts_rng_below(r, n < limit ? n : limit) + 1;
}

static struct ts_decimal decimal(struct ts_rng *r, int64_t most, unsigned scale)
{
    return (struct ts_decimal){spread(r, most), (uint8_t)ts_rng_below(r, scale + 1)};
}

static struct ts_earn_decl random_earn(struct ts_rng *r)
{
    static const struct ts_decimal nice[] = {{1, 0}, {115, 2}, {15, 1}, {3, 0}, {1, 1}, {12, 1}, {333, 3}};
    bool wild = ts_rng_below(r, 4) == 0;
    return (struct ts_earn_decl){.declared = true,
                                 .give = wild ? decimal(r, 1000000000, 12) : nice[ts_rng_below(r, 7)],
                                 .times = wild ? decimal(r, 1000000000, 9) : nice[ts_rng_below(r, 7)],
                                 .per = wild                 ? spread(r, 1000000000)
                                        : ts_rng_below(r, 2) ? 100
                                                             : 1,
                                 .steps = ts_rng_below(r, 3) == 0,
                                 .rounding = (uint8_t)ts_rng_below(r, 3),
                                 .at_most = {0}};
}

/* What `figure` pays by fractions, against `got`; or that it is more than points can be. */
static void check_points(const struct ts_earn_decl *d, const struct ts_figure *figure, struct ts_decimal rate, bool ok,
                         int64_t got)
{
    struct fraction f = {big_of((unsigned __int128)figure->units), big_of(1)};
    if (d->steps) { /* k steps fit and k + 1 do not */
        struct big step = big_of((unsigned __int128)d->per), units = f.top;
        unsigned __int128 size = (unsigned __int128)d->per;
        for (unsigned i = 0; i < figure->scale; i++)
            size *= 10;
        step = big_shift(&step, figure->scale);
        struct big k = big_of((unsigned __int128)figure->units / size);
        f.top = big_mul(&step, &k);
        struct big more = big_add(&f.top, &step);
        assert_true(big_cmp(&f.top, &units) <= 0 && big_cmp(&units, &more) < 0);
    }
    struct big per = big_of((unsigned __int128)d->per);
    f.bottom = big_shift(&per, figure->scale);
    fraction_mul(&f, d->give);
    fraction_mul(&f, rate);
    fraction_mul(&f, d->times);
    if (ok) {
        assert_true(rounds_to(&f, (enum ts_rounding)d->rounding, got));
    } else { /* at least 10^15 */
        struct big most = big_of(TS_LIMIT_POINTS), limit = big_mul(&f.bottom, &most);
        assert_true(big_cmp(&f.top, &limit) > 0);
    }
}

static void one_rounding_of_an_exact_product_a_million_times(void **state)
{
    struct ts_rng r = {test_seed(20261122)};
    uint64_t size = test_number("TS_SIZE", SIZE), paid = 0;
    TS_UNUSED(state);
    for (uint64_t i = 0; i < size; i++) {
        struct ts_earn_decl d = random_earn(&r);
        struct ts_figure figure = {.units = spread(&r, INT64_C(1000000000000)), .scale = (unsigned)ts_rng_below(&r, 3)};
        struct ts_decimal rate = ts_rng_below(&r, 2) ? (struct ts_decimal){1, 0} : decimal(&r, 100000, 5);
        if (ts_rng_below(&r, 8) == 0) { /* a product of several fields */
            figure.units *= spread(&r, INT64_C(1000000000000));
            figure.scale += (unsigned)ts_rng_below(&r, 16);
        }
        int64_t points = 0;
        bool ok = ts_earn_points(&d, &figure, rate, &points);
        check_points(&d, &figure, rate, ok, points);
        paid += ok;
    }
    assert_true(paid > size / 2);
}

/* ---- items ---- */

#define ITEMS 12
struct items {
    int64_t price[ITEMS], quantity[ITEMS]; /* minor units; -1: absent */
    bool coffee[ITEMS];
    unsigned n;
};

static void random_items(struct ts_rng *r, struct items *x, struct ts_buf *json)
{
    x->n = (unsigned)ts_rng_below(r, ITEMS) + 1;
    int64_t same = spread(r, 100000);
    ts_buf_clear(json);
    ts_buf_adds(json, "{\"products\":[");
    for (unsigned i = 0; i < x->n; i++) {
        x->price[i] = ts_rng_below(r, 3) ? (int64_t)ts_rng_below(r, 10000) : same; /* equal ones make ties */
        x->quantity[i] = ts_rng_below(r, 10) ? (int64_t)ts_rng_below(r, 4) : -1;
        x->coffee[i] = ts_rng_below(r, 3) > 0;
        ts_buf_addf(json, "%s{\"category\":\"%s\",\"price\":%lld.%02lld", i ? "," : "", x->coffee[i] ? "coffee" : "tea",
                    (long long)x->price[i] / 100, (long long)x->price[i] % 100);
        if (x->quantity[i] >= 0) ts_buf_addf(json, ",\"quantity\":%lld", (long long)x->quantity[i]);
        ts_buf_byte(json, '}');
    }
    ts_buf_adds(json, "]}");
}

/* Largest remainder: each line is its exact share rounded down or up, the larger remainders up, of equal ones the earlier. */
static void check_lines(const struct items *x, const int64_t *weight, int64_t sum, int64_t whole, const int64_t *lines)
{
    int64_t all = 0;
    for (unsigned i = 0; i < x->n; i++) {
        __int128 exact = (__int128)whole * weight[i], down = exact / sum;
        assert_true(lines[i] == down || (lines[i] == down + 1 && exact % sum));
        all += lines[i];
        for (unsigned k = 0; k < x->n; k++) {
            __int128 other = (__int128)whole * weight[k], rest = exact % sum, its = other % sum;
            bool up = lines[i] > down, its_up = lines[k] > other / sum;
            if (up && !its_up) assert_true(rest > its || (rest == its && i < k));
        }
    }
    assert_true(all == whole);
}

static void lines_always_add_up_to_the_whole(void **state)
{
    struct ts_rng r = {test_seed(20261122)};
    uint64_t size = test_number("TS_SIZE", SIZE) / 5;
    struct shop s;
    struct ts_json json;
    struct ts_buf text;
    static const struct ts_factor_field fields[] = {{{"price", 5}, true, false}, {{"quantity", 8}, false, false}};
    static const struct ts_where_value coffee = {.kind = TS_WHERE_TEXT, .text = {"coffee", 6}};
    static const struct ts_where where = {.field = {"category", 8}, .values = &coffee, .n_values = 1};
    TS_UNUSED(state);
    shop_open(&s, NULL);
    ts_json_init(&json);
    ts_buf_init(&text, 1u << 16);
    for (uint64_t i = 0; i < size; i++) {
        struct items x;
        struct ts_earn_decl d = random_earn(&r);
        bool only_coffee = ts_rng_below(&r, 2), large;
        unsigned n_of = (unsigned)ts_rng_below(&r, 3); /* 0: each item counts 1 */
        d.each = TS_STR("products");
        d.of = fields;
        d.n_of = n_of;
        if (only_coffee) d.where = (struct ts_where_list){&where, 1};
        random_items(&r, &x, &text);
        assert_int_equal(ts_json_parse(&json, (const char *)text.data, text.len, true), TS_OK);
        struct ts_event_view ev = {.json = &json, .properties = ts_json_root(&json)};
        struct ts_figure figure;
        int64_t weight[ITEMS], sum = 0, points, lines[ITEMS];
        for (unsigned k = 0; k < x.n; k++) {
            weight[k] = n_of == 0 ? 1 : n_of == 1 ? x.price[k] : x.quantity[k] > 0 ? x.price[k] * x.quantity[k] : 0;
            if (only_coffee && !x.coffee[k]) weight[k] = 0;
            sum += weight[k];
        }
        ts_arena_reset(&s.engine->run.arena);
        bool any = ts_earn_figure(s.engine, &d, &ev, &figure, &large);
        assert_false(large);
        assert_true(any == (sum > 0));
        if (!any) continue;
        assert_true(figure.units == sum && figure.scale == 0 && figure.n_items == x.n);
        for (unsigned k = 0; k < x.n; k++)
            assert_true(figure.item[k] == weight[k]);
        bool ok = ts_earn_points(&d, &figure, (struct ts_decimal){1, 0}, &points);
        check_points(&d, &figure, (struct ts_decimal){1, 0}, ok, points);
        if (!ok) continue;
        assert_int_equal(ts_decimal_share(points, figure.item, x.n, lines), TS_OK);
        check_lines(&x, weight, sum, points, lines);
    }
    ts_json_release(&json);
    ts_buf_release(&text);
    shop_close(&s);
}

/* Shares of very large weights, where products need more than 128 bits. */
static void shares_of_large_weights(void **state)
{
    struct ts_rng r = {test_seed(20261122)};
    TS_UNUSED(state);
    for (int i = 0; i < 20000; i++) {
        __int128 weight[ITEMS];
        int64_t part[ITEMS], all = 0, whole = spread(&r, TS_LIMIT_POINTS);
        unsigned n = (unsigned)ts_rng_below(&r, ITEMS) + 1;
        struct big sum = big_of(0);
        for (unsigned k = 0; k < n; k++) {
            weight[k] = (((__int128)ts_rng_next(&r) << 57) | (__int128)(ts_rng_next(&r) >> 7)) >> ts_rng_below(&r, 60);
            struct big w = big_of((unsigned __int128)weight[k]);
            sum = big_add(&sum, &w);
        }
        assert_int_equal(ts_decimal_share(whole, weight, n, part), TS_OK);
        for (unsigned k = 0; k < n; k++) { /* |part * sum - whole * weight| < sum */
            struct big p = big_of((unsigned __int128)part[k]), w = big_of((unsigned __int128)weight[k]);
            struct big t = big_of((unsigned __int128)whole), x = big_mul(&p, &sum), y = big_mul(&t, &w);
            struct big above = big_add(&x, &sum), below = big_add(&y, &sum);
            assert_true(big_cmp(&y, &above) < 0 && big_cmp(&x, &below) < 0);
            all += part[k];
        }
        assert_true(all == whole);
    }
}

static void what_cannot_be_shared_is_said(void **state)
{
    __int128 weights[] = {(__int128)1 << 125, (__int128)1 << 125}, negative[] = {-1}, none[] = {0, 0};
    int64_t part[2];
    TS_UNUSED(state);
    assert_int_equal(ts_decimal_share(10, weights, 2, part), TS_E_LIMIT);
    assert_int_equal(ts_decimal_share(10, weights, 1, part), TS_OK);
    assert_true(part[0] == 10);
    assert_int_equal(ts_decimal_share(10, negative, 1, part), TS_E_LIMIT);
    assert_int_equal(ts_decimal_share(-1, none, 2, part), TS_E_LIMIT);
    assert_int_equal(ts_decimal_share(10, none, 2, part), TS_OK);
    assert_true(part[0] == 0 && part[1] == 0);
    assert_int_equal(ts_decimal_share(10, none, 0, part), TS_OK);
}

/* ---- through the door ---- */

static void an_order_with_lines_pays_what_the_same_order_pays_as_whole(void **state)
{
    struct ts_rng r = {test_seed(20261122)};
    struct shop lines, whole;
    struct ts_buf text;
    TS_UNUSED(state);
#define SHOP                                                                                                           \
    "program { timezone = 'UTC' } points 'p' { decimals = 1 }\n"                                                       \
    "event 'Bought' { revenue = 'money', products = { 'list', of = { category = 'text', price = 'money', quantity = "  \
    "'integer' } } }\n"                                                                                                \
    "earn 'e' { on = 'Bought', give = 1.3, per = money '0.7', times = 1.15, rounding = 'half up', "
    shop_open(&lines, SHOP "each = 'products', of = { 'price', 'quantity' } }\nbonus 'b' { of = 'e', times = 1.5 }\n");
    shop_open(&whole, SHOP "of = 'revenue' }\nbonus 'b' { of = 'e', times = 1.5 }\n");
    ts_buf_init(&text, 1u << 16);
    for (int i = 0; i < 3000; i++) {
        struct items x;
        int64_t sum = 0;
        int member = 1 + i / 20; /* every event of one carries all that it has earned */
        random_items(&r, &x, &text);
        for (unsigned k = 0; k < x.n; k++)
            sum += x.quantity[k] > 0 ? x.price[k] * x.quantity[k] : 0;
        ts_buf_cstr(&text);
        shop_linef(&lines,
                   "{\"type\":\"track\",\"event\":\"Bought\",\"userId\":\"u%d\",\"timestamp\":\"2026-03-01T10:00:00Z\","
                   "\"messageId\":\"m%d\",\"properties\":%s}",
                   member, i, (const char *)text.data);
        assert_int_equal(lines.result.status, TS_RESULT_APPLIED);
        shop_linef(&whole,
                   "{\"type\":\"track\",\"event\":\"Bought\",\"userId\":\"u%d\",\"timestamp\":\"2026-03-01T10:00:00Z\","
                   "\"messageId\":\"m%d\",\"properties\":{\"revenue\":%lld.%02lld}}",
                   member, i, (long long)sum / 100, (long long)sum % 100);
        assert_int_equal(whole.result.status, TS_RESULT_APPLIED);
        assert_true(shop_balance(&lines, (uint64_t)member, "p").available ==
                    shop_balance(&whole, (uint64_t)member, "p").available);
    }
    ts_buf_release(&text);
    shop_close(&lines);
    shop_close(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rounding_of_an_exact_product_a_million_times),
        cmocka_unit_test(lines_always_add_up_to_the_whole),
        cmocka_unit_test(shares_of_large_weights),
        cmocka_unit_test(what_cannot_be_shared_is_said),
        cmocka_unit_test(an_order_with_lines_pays_what_the_same_order_pays_as_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
