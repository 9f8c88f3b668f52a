/* SPDX-License-Identifier: Apache-2.0 */
/* Strings, UTF-8 against a slow decoder, edit distance against its definition, doubles as text, hashes, the generator. */
#include "check.h"

#include <locale.h>
#include <math.h>

static void strings_compare_by_bytes(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(ts_str_cmp(TS_STR("a"), TS_STR("b")), -1);
    assert_int_equal(ts_str_cmp(TS_STR("a"), TS_STR("a")), 0);
    assert_int_equal(ts_str_cmp(TS_STR("ab"), TS_STR("a")), 1);
    assert_int_equal(ts_str_cmp(TS_STR("\xff"), TS_STR("a")), 1);
    assert_int_equal(ts_str_cmp((struct ts_str){NULL, 0}, TS_STR("")), 0);
    assert_true(ts_str_eq((struct ts_str){NULL, 0}, TS_STR("")));
}

/* Decode by the book: length from the first byte, then the value, then the ranges that are not allowed. */
static bool naive_utf8_valid(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned extra = p[i] < 0x80 ? 0 : p[i] >> 5 == 6 ? 1 : p[i] >> 4 == 14 ? 2 : p[i] >> 3 == 30 ? 3 : 9;
        if (extra == 9 || n - i <= extra) return false;
        uint32_t c = extra ? p[i] & (0x3Fu >> extra) : p[i];
        for (unsigned k = 1; k <= extra; k++) {
            if (p[i + k] >> 6 != 2) return false;
            c = c << 6 | (p[i + k] & 0x3F);
        }
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (c < least[extra] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return false;
        i += extra + 1;
    }
    return true;
}

static void utf8_agrees_with_a_slow_decoder(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("utf8");
    uint8_t p[4];
    for (uint32_t c = 0; c < 1 << 16; c++) { /* every pair, alone and before a tail */
        p[0] = (uint8_t)(c >> 8);
        p[1] = (uint8_t)c;
        p[2] = p[3] = 0x80;
        for (size_t n = 1; n <= 4; n++)
            assert_int_equal(ts_utf8_valid((char *)p, n), naive_utf8_valid(p, n));
    }
    static const uint8_t likely[] = {'a',  0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2,
                                     0xDF, 0xE0, 0xE4, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
    size_t valid = 0;
    for (int i = 0; i < 200000; i++) {
        uint8_t text[24];
        size_t n = ts_rng_below(&r, sizeof text);
        for (size_t k = 0; k < n; k++)
            text[k] = ts_rng_below(&r, 3) ? 'x' : likely[ts_rng_below(&r, sizeof likely)];
        bool want = naive_utf8_valid(text, n);
        assert_int_equal(ts_utf8_valid((char *)text, n), want);
        valid += want;
    }
    assert_true(valid > 1000);
    assert_true(ts_utf8_valid(NULL, 0));
}

/* The recursion as it is defined, over small strings. */
static unsigned naive_distance(const char *a, size_t n, const char *b, size_t m)
{
    if (n == 0 || m == 0) return (unsigned)(n + m);
    unsigned best = naive_distance(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
    unsigned other = naive_distance(a, n - 1, b, m) + 1;
    if (other < best) best = other;
    other = naive_distance(a, n, b, m - 1) + 1;
    if (other < best) best = other;
    if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1]) {
        other = naive_distance(a, n - 2, b, m - 2) + 1;
        if (other < best) best = other;
    }
    return best;
}

static void edit_distance_agrees_with_its_definition(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("edit distance");
    assert_int_equal(ts_edit_distance(TS_STR("purchase"), TS_STR("purchsae"), 2), 1);
    assert_int_equal(ts_edit_distance(TS_STR("ca"), TS_STR("abc"), 5), 3); /* restricted: no edits inside a swap */
    for (int i = 0; i < 3000; i++) {
        char a[7], b[7];
        size_t n = ts_rng_below(&r, 7), m = ts_rng_below(&r, 7);
        for (size_t k = 0; k < 7; k++) {
            a[k] = (char)('a' + ts_rng_below(&r, 3));
            b[k] = (char)('a' + ts_rng_below(&r, 3));
        }
        unsigned want = naive_distance(a, n, b, m), max = (unsigned)ts_rng_below(&r, 8);
        unsigned got = ts_edit_distance(ts_str(a, n), ts_str(b, m), max);
        assert_int_equal(got, want < max + 1 ? want : max + 1);
    }
    char far[300];
    memset(far, 'x', sizeof far);
    assert_int_equal(ts_edit_distance(ts_str(far, 300), ts_str(far, 300), 2), 0);
    assert_int_equal(ts_edit_distance(ts_str(far, 300), ts_str(far, 299), 2), 3); /* too long to be looked at */
}

static void assert_text(double v, const char *want)
{
    char out[40];
    assert_int_equal(ts_format_double(v, out, sizeof out), strlen(want));
    assert_string_equal(out, want);
}

static void doubles_have_short_texts(void **state)
{
    TS_UNUSED(state);
    assert_text(0, "0");
    assert_text(-0.0, "-0");
    assert_text(1, "1");
    assert_text(-42, "-42");
    assert_text(0.1, "0.1");
    assert_text(1.15, "1.15");
    assert_text(19.9, "19.9");
    assert_text(0.1 + 0.2, "0.30000000000000004");
    assert_text(9007199254740991.0, "9007199254740991");
    assert_text(9007199254740992.0, "9007199254740992");
    assert_text(123456789012345680.0, "1.2345678901234568e+17");
    assert_text(1e21, "1e+21");
    assert_text(1.7976931348623157e308, "1.7976931348623157e+308");
    assert_text(5e-324, "5e-324");
    assert_text(2.2250738585072014e-308, "2.2250738585072014e-308");
    assert_text(NAN, "nan");
    assert_text(-INFINITY, "-inf");
    char few[4];
    assert_int_equal(ts_format_double(12345, few, sizeof few), 5);
    assert_string_equal(few, "123");
}

static void doubles_read_back(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("doubles");
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = ts_rng_next(&r);
        double v, back;
        memcpy(&v, &bits, sizeof v);
        if (i % 3 == 0) v = (double)(int64_t)test_any_bits(&r) / 100;
        if (!isfinite(v)) continue;
        char out[40];
        ts_format_double(v, out, sizeof out);
        back = strtod(out, NULL);
        assert_memory_equal(&v, &back, sizeof v);
    }
}

static void the_locale_plays_no_part(void **state)
{
    TS_UNUSED(state);
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF.UTF-8", "ps_AF"};
    bool found = false;
    for (size_t i = 0; i < TS_ARRAY_LEN(names); i++) {
        if (!setlocale(LC_ALL, names[i])) continue;
        found = true;
        assert_text(1.15, "1.15");
        assert_text(-1.5e-10, "-1.5e-10");
        struct ts_decimal d;
        assert_int_equal(ts_decimal_from_double(1.15, &d), TS_OK);
        assert_int_equal(d.digits, 115);
    }
    setlocale(LC_ALL, "C");
    if (!found) {
        print_message("skipped: no locale with a decimal comma is installed\n");
        skip();
    }
}

static void hashes_depend_on_every_byte_and_the_seed(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("hash");
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[80];
        size_t n = ts_rng_below(&r, sizeof bytes) + 1;
        for (size_t k = 0; k < n; k++)
            bytes[k] = (uint8_t)ts_rng_next(&r);
        uint64_t seed = ts_rng_next(&r), h = ts_hash(bytes, n, seed);
        assert_true(h == ts_hash(bytes, n, seed));
        assert_true(h != ts_hash(bytes, n, seed + 1));
        assert_true(h != ts_hash(bytes, n - 1, seed));
        bytes[ts_rng_below(&r, n)] ^= (uint8_t)(1u << ts_rng_below(&r, 8));
        assert_true(h != ts_hash(bytes, n, seed));
    }
}

static void hashes_spread(void **state)
{
    TS_UNUSED(state);
    enum { KEYS = 1 << 16, SLOTS = 1 << 12 };
    static unsigned low[SLOTS], high[SLOTS];
    for (unsigned i = 0; i < KEYS; i++) {
        char key[16];
        size_t n = (size_t)snprintf(key, sizeof key, "cus_%u", i);
        uint64_t h = ts_hash(key, n, 0);
        low[h % SLOTS]++;
        high[h >> 52]++;
    }
    for (unsigned i = 0; i < SLOTS; i++) { /* 16 expected; 45 would be seven standard deviations */
        assert_true(low[i] < 45);
        assert_true(high[i] < 45);
    }
}

static void sha256_of_the_standard(void **state)
{
    TS_UNUSED(state);
    uint8_t digest[32];
    char hex[65];
    ts_sha256("abc", 3, digest); /* FIPS 180-4, example */
    ts_sha256_hex(digest, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void the_generator_is_splitmix64(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = {1234567};
    assert_true(ts_rng_next(&r) == UINT64_C(6457827717110365317));
    assert_true(ts_rng_next(&r) == UINT64_C(3203168211198807973));
    unsigned seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint64_t v = ts_rng_below(&r, 7);
        assert_true(v < 7);
        seen[v]++;
        double u = ts_rng_unit(&r);
        assert_true(u >= 0 && u < 1);
        assert_int_equal(ts_rng_below(&r, 1), 0);
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 800, 1200);
    unsigned thirds[3] = {
        0}; /* so large a range that a plain multiplication would give every third value twice as often */
    for (int i = 0; i < 6000; i++)
        thirds[ts_rng_below(&r, UINT64_C(3) << 62) % 3]++;
    for (int i = 0; i < 3; i++)
        assert_in_range(thirds[i], 1800, 2200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_compare_by_bytes),
        cmocka_unit_test(utf8_agrees_with_a_slow_decoder),
        cmocka_unit_test(edit_distance_agrees_with_its_definition),
        cmocka_unit_test(doubles_have_short_texts),
        cmocka_unit_test(doubles_read_back),
        cmocka_unit_test(the_locale_plays_no_part),
        cmocka_unit_test(hashes_depend_on_every_byte_and_the_seed),
        cmocka_unit_test(hashes_spread),
        cmocka_unit_test(sha256_of_the_standard),
        cmocka_unit_test(the_generator_is_splitmix64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
