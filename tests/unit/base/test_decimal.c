/* SPDX-License-Identifier: Apache-2.0 */
/* Exact decimals: the texts that are read, and the scaling against a slow big integer kept as an array of digits. */
#include "check.h"

static void assert_parses(const char *text, int64_t digits, int scale)
{
    struct ts_decimal d = {-1, 99};
    assert_int_equal(ts_decimal_parse(ts_cstr(text), &d), TS_OK);
    assert_true(d.digits == digits);
    assert_int_equal(d.scale, scale);
}

static void texts_become_decimals(void **state)
{
    TS_UNUSED(state);
    assert_parses("0", 0, 0);
    assert_parses("-0.000", 0, 0);
    assert_parses("0e999999999999999999999", 0, 0);
    assert_parses("100", 100, 0);
    assert_parses("19.90", 199, 1);
    assert_parses("1e2", 100, 0);
    assert_parses("1E+2", 100, 0);
    assert_parses("-0.5", -5, 1);
    assert_parses("1.15", 115, 2);
    assert_parses("120e-1", 12, 0);
    assert_parses("0.0000000000000000010", 1, 18);
    assert_parses("999999999999999999", 999999999999999999, 0);
    assert_parses("0.999999999999999999", 999999999999999999, 18);
    assert_parses("1000000000000000000e-10", 100000000, 0);
    assert_parses("100.0000000000000000000000000000000000000000", 100, 0);
    assert_parses("007.50", 75, 1); /* tables print numbers in these three ways, too */
    assert_parses("+3", 3, 0);
    assert_parses(".5", 5, 1);
}

static void other_texts_are_refused(void **state)
{
    TS_UNUSED(state);
    static const char *const none[] = {"",    " ",   "-",   "+",  ".",    "5.",       "-.",   "1.2.3",
                                       "1,5", "1e",  "1e+", "e5", "1 ",   " 1",       "0x10", "1e5.0",
                                       "nan", "inf", "--1", "1-", "1.e5", "\xD9\xA1", "1_000"};
    static const char *const large[] = {"1e18",
                                        "1234567890123456789",
                                        "0.1234567890123456789",
                                        "1e-19",
                                        "1e400",
                                        "1e-400",
                                        "1e99999999999999999999",
                                        "123456789012345678901234567890",
                                        "10.000000000000000001"};
    struct ts_decimal d = {7, 7};
    for (size_t i = 0; i < TS_ARRAY_LEN(none); i++)
        assert_int_equal(ts_decimal_parse(ts_cstr(none[i]), &d), TS_E_SYNTAX);
    for (size_t i = 0; i < TS_ARRAY_LEN(large); i++)
        assert_int_equal(ts_decimal_parse(ts_cstr(large[i]), &d), TS_E_LIMIT);
    assert_int_equal(ts_decimal_parse((struct ts_str){NULL, 0}, &d), TS_E_SYNTAX);
    assert_int_equal(d.digits, 7); /* untouched */
}

static void doubles_become_what_was_meant(void **state)
{
    TS_UNUSED(state);
    struct ts_decimal d;
    assert_int_equal(ts_decimal_from_double(1.15, &d), TS_OK);
    assert_int_equal(d.digits, 115);
    assert_int_equal(d.scale, 2);
    assert_int_equal(ts_decimal_from_double(-3, &d), TS_OK);
    assert_int_equal(d.digits, -3);
    assert_int_equal(ts_decimal_from_double(1e17, &d), TS_OK);
    assert_true(d.digits == INT64_C(100000000000000000));
    assert_int_equal(ts_decimal_from_double(1e300, &d), TS_E_LIMIT);
    assert_int_equal(ts_decimal_from_double(0.0 / 0.0, &d), TS_E_SYNTAX);
    assert_int_equal(ts_decimal_from_double(1 / 0.0, &d), TS_E_SYNTAX);
    struct ts_rng r = test_rng("decimals of doubles");
    for (int i = 0; i < 20000; i++) {
        int64_t cents = (int64_t)ts_rng_below(&r, INT64_C(100000000000)), minor;
        assert_int_equal(ts_decimal_from_double((double)cents / 100, &d), TS_OK);
        assert_int_equal(ts_decimal_to_minor(d, 2, &minor), TS_OK);
        assert_true(minor == cents);
    }
}

static void money_keeps_every_digit_or_is_refused(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text;
        unsigned places;
        enum ts_code code;
        int64_t minor;
    } rows[] = {
        {"19.99", 2, TS_OK, 1999},
        {"19.9", 2, TS_OK, 1990},
        {"19.999", 2, TS_E_LIMIT, 0},
        {"19.990", 2, TS_OK, 1999},
        {"-5", 2, TS_OK, -500},
        {"100", 0, TS_OK, 100},
        {"0.5", 0, TS_E_LIMIT, 0},
        {"92233720368547758.07", 2, TS_E_LIMIT, 0}, /* 19 digits */
        {"92233720368547758", 2, TS_OK, 9223372036854775800},
        {"92233720368547759", 2, TS_E_LIMIT, 0},
        {"0", 4000000, TS_OK, 0},
        {"1", 4000000, TS_E_LIMIT, 0},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        struct ts_decimal d;
        int64_t minor = 0;
        enum ts_code code = ts_decimal_parse(ts_cstr(rows[i].text), &d);
        if (code == TS_OK) code = ts_decimal_to_minor(d, rows[i].places, &minor);
        assert_int_equal(code, rows[i].code);
        assert_true(minor == rows[i].minor);
    }
    int64_t minor;
    assert_int_equal(ts_decimal_to_minor((struct ts_decimal){1500, 3}, 1, &minor), TS_OK); /* made by hand */
    assert_int_equal(minor, 15);
}

/* ---- a big integer as base 10000 digits, lowest first: slow, and nothing like the code under test ---- */

#define BIG 60
struct big {
    uint32_t d[BIG];
};

static struct big big_from(uint64_t v)
{
    struct big b = {{0}};
    for (int i = 0; v; i++, v /= 10000)
        b.d[i] = (uint32_t)(v % 10000);
    return b;
}

static struct big big_mul(struct big a, struct big b)
{
    struct big r = {{0}};
    for (int i = 0; i < BIG; i++) {
        uint64_t carry = 0;
        if (a.d[i] == 0) continue;
        for (int k = 0; i + k < BIG; k++) {
            uint64_t v = r.d[i + k] + (uint64_t)a.d[i] * b.d[k] + carry;
            r.d[i + k] = (uint32_t)(v % 10000);
            carry = v / 10000;
        }
        assert_int_equal(carry, 0);
    }
    return r;
}

static int big_cmp(const struct big *a, const struct big *b)
{
    for (int i = BIG - 1; i >= 0; i--) {
        if (a->d[i] != b->d[i]) return a->d[i] < b->d[i] ? -1 : 1;
    }
    return 0;
}

static uint64_t magnitude(int64_t v) { return v < 0 ? -(uint64_t)v : (uint64_t)v; }

/* The largest q with q * bottom <= top, by bisection; 2^64 - 1 stands for "that or more". */
static uint64_t big_quotient(struct big top, struct big bottom)
{
    uint64_t low = 0, high = UINT64_MAX;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2 + 1;
        struct big product = big_mul(big_from(middle), bottom);
        if (big_cmp(&product, &top) <= 0) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

/* 0: fits, 1: does not. */
static int naive_scale(int64_t amount, const struct ts_decimal *f, size_t n, int64_t divisor, enum ts_rounding rounding,
                       int64_t *ret)
{
    struct big top = big_from(magnitude(amount)), bottom = big_from((uint64_t)divisor), two = big_from(2);
    bool negative = amount < 0;
    for (size_t i = 0; i < n; i++) {
        top = big_mul(top, big_from(magnitude(f[i].digits)));
        negative ^= f[i].digits < 0;
        for (int k = 0; k < f[i].scale; k++)
            bottom = big_mul(bottom, big_from(10));
    }
    uint64_t q = big_quotient(top, bottom);
    if (q > UINT64_C(1) << 63) return 1;
    struct big below = big_mul(big_from(q), bottom), twice = big_mul(top, two);
    struct big half = big_mul(big_from(2 * q + 1 > 2 * q ? 2 * q + 1 : 0), bottom); /* q + 1/2, doubled */
    bool exact = big_cmp(&below, &top) == 0;
    if (rounding == TS_ROUND_UP && !exact) q++;
    if (rounding == TS_ROUND_HALF_UP && !exact && q < UINT64_C(1) << 63 && big_cmp(&twice, &half) >= 0) q++;
    if (q > (uint64_t)INT64_MAX + negative) return 1;
    *ret = negative ? (int64_t)-q : (int64_t)q;
    return 0;
}

static int64_t any_signed(struct ts_rng *r)
{
    int64_t v = (int64_t)(test_any_bits(r) >> 1);
    return ts_rng_below(r, 3) ? v : -v;
}

static void scaling_agrees_with_a_slow_big_integer(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("scaling");
    unsigned fitted = 0, refused = 0;
    for (int i = 0; i < 6000; i++) {
        struct ts_decimal f[3];
        size_t n = ts_rng_below(&r, 4);
        for (size_t k = 0; k < n; k++) {
            f[k].digits = any_signed(&r) % INT64_C(1000000000000000000);
            f[k].scale = (uint8_t)ts_rng_below(&r, 19);
            if (ts_rng_below(&r, 4) == 0) f[k].digits = f[k].digits / 100000 * 100000;
        }
        int64_t amount = any_signed(&r), divisor = any_signed(&r) & INT64_MAX, want = 0, got = 0;
        if (divisor == 0) divisor = 1;
        enum ts_rounding rounding = (enum ts_rounding)ts_rng_below(&r, 3);
        bool fits = naive_scale(amount, f, n, divisor, rounding, &want) == 0;
        enum ts_code code = ts_decimal_scale(amount, f, n, divisor, rounding, &got);
        if (code == TS_OK) {
            assert_true(fits);
            assert_true(got == want);
        } else {
            assert_int_equal(code, TS_E_LIMIT);
            assert_false(fits);
        }
        fitted += fits;
        refused += !fits;
    }
    assert_true(fitted > 1000);
    assert_true(refused > 100);
}

/* Numbers that use all of the 256 bits: the divisor alone passes 2^255. */
static void scaling_uses_every_bit(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("scaling at the brim");
    unsigned fitted = 0;
    for (int i = 0; i < 1500; i++) {
        struct ts_decimal f[4];
        for (int k = 0; k < 3; k++)
            f[k] = (struct ts_decimal){(int64_t)(ts_rng_next(&r) % UINT64_C(1000000000000000000)) | 1, 18};
        f[3] = (struct ts_decimal){(int64_t)ts_rng_below(&r, 500) * 2 + 1, 4};
        if (f[3].digits % 5 == 0) f[3].digits += 2;
        int64_t amount = (int64_t)(ts_rng_next(&r) >> 1), divisor = (int64_t)(ts_rng_next(&r) >> 1), want = 0, got = 0;
        divisor |= INT64_C(3) << 61;
        enum ts_rounding rounding = (enum ts_rounding)ts_rng_below(&r, 3);
        if (ts_decimal_scale(amount, f, 4, divisor, rounding, &got) != TS_OK) continue; /* past 256 bits */
        assert_int_equal(naive_scale(amount, f, 4, divisor, rounding, &want), 0);
        assert_true(got == want);
        fitted++;
    }
    assert_true(fitted > 500);
}

static void rounding_is_done_once_and_away_from_zero(void **state)
{
    TS_UNUSED(state);
    static const struct {
        int64_t amount;
        struct ts_decimal factor;
        int64_t divisor;
        int64_t down, half, up;
    } rows[] = {
        {1000, {115, 2}, 100, 11, 12, 12}, /* 11.5 */
        {-1000, {115, 2}, 100, -11, -12, -12},
        {1000, {-114, 2}, 100, -11, -11, -12},
        {999, {1, 0}, 100, 9, 10, 10},
        {900, {1, 0}, 100, 9, 9, 9},
        {0, {115, 2}, 7, 0, 0, 0},
        {5, {0, 0}, 7, 0, 0, 0},
        {1, {1, 18}, INT64_MAX, 0, 0, 1},
        {INT64_MIN, {1, 0}, 1, INT64_MIN, INT64_MIN, INT64_MIN},
        {INT64_MIN, {-1, 0}, 2, INT64_C(1) << 62, INT64_C(1) << 62, INT64_C(1) << 62},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        int64_t want[] = {rows[i].down, rows[i].half, rows[i].up};
        for (int rounding = 0; rounding < 3; rounding++) {
            int64_t got = 77;
            assert_int_equal(
                ts_decimal_scale(rows[i].amount, &rows[i].factor, 1, rows[i].divisor, (enum ts_rounding)rounding, &got),
                TS_OK);
            assert_true(got == want[rounding]);
        }
    }
    int64_t got = 77;
    assert_int_equal(ts_decimal_scale(INT64_MIN, &(struct ts_decimal){-1, 0}, 1, 1, TS_ROUND_DOWN, &got), TS_E_LIMIT);
    assert_int_equal(ts_decimal_scale(1, NULL, 0, 0, TS_ROUND_DOWN, &got), TS_E_LIMIT);
    struct ts_decimal many[8];
    for (int i = 0; i < 8; i++)
        many[i] = (struct ts_decimal){999999999999999999, 18};
    assert_int_equal(ts_decimal_scale(1, many, 8, 1, TS_ROUND_DOWN, &got), TS_E_LIMIT); /* beyond 256 bits */
    assert_int_equal(ts_decimal_scale(0, many, 8, 1, TS_ROUND_DOWN, &got), TS_OK);
    assert_int_equal(got, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_decimals),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(doubles_become_what_was_meant),
        cmocka_unit_test(money_keeps_every_digit_or_is_refused),
        cmocka_unit_test(scaling_agrees_with_a_slow_big_integer),
        cmocka_unit_test(scaling_uses_every_bit),
        cmocka_unit_test(rounding_is_done_once_and_away_from_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
