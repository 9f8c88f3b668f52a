/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, allocation that fails on demand, arena, arrays, the buffer and the reader that mirrors it. */
#include "check.h"

static void codes_have_names_and_exits(void **state)
{
    TS_UNUSED(state);
    assert_string_equal(ts_code_name(TS_OK), "ok");
    assert_string_equal(ts_code_name(TS_E_NEWER), "newer_format");
    assert_string_equal(ts_code_name((enum ts_code)999), "internal");
    assert_int_equal(ts_code_exit(TS_OK), 0);
    assert_int_equal(ts_code_exit(TS_E_IN_USE), 5);
    assert_int_equal(ts_code_exit((enum ts_code)999), 6);
}

static void an_error_is_filled_wrapped_and_cut_between_characters(void **state)
{
    TS_UNUSED(state);
    struct ts_error err;
    assert_int_equal(ts_fail(NULL, TS_E_DISK, "x"), TS_E_DISK);
    assert_int_equal(ts_fail(&err, TS_E_REFUSED, "no %d", 7), TS_E_REFUSED);
    assert_string_equal(err.name, "refused");
    assert_string_equal(err.text, "no 7");
    assert_string_equal(err.where, "");
    ts_error_name(&err, "insufficient_points");
    ts_error_where(&err, "rules/points.lua:%d", 12);
    ts_error_hint(&err, "earn %s", "more");
    ts_error_wrap(&err, "redeem %s", "m1");
    assert_string_equal(err.name, "insufficient_points");
    assert_string_equal(err.text, "redeem m1: no 7");
    assert_string_equal(err.where, "rules/points.lua:12");
    assert_string_equal(err.hint, "earn more");

    char text[600];
    for (size_t lead = 0; lead < 4; lead++) { /* the cut falls on each byte of a character in turn */
        memset(text, 'a', lead);
        text[lead] = '\0';
        while (strlen(text) < sizeof text - 5)
            strcat(text, "\xF0\x9F\x92\x8E");
        ts_fail(&err, TS_E_USAGE, "%s", text);
        assert_true(ts_utf8_valid(err.text, strlen(err.text)));
        assert_true(strlen(err.text) >= sizeof err.text - 5);
        ts_error_wrap(&err, "%.*s", (int)lead, "xyz");
        assert_true(ts_utf8_valid(err.text, strlen(err.text)));
    }
    ts_fail(&err, TS_E_USAGE, "%s", "\xE9\x9B\xB6"); /* what fits is left alone */
    assert_string_equal(err.text, "\xE9\x9B\xB6");
}

static void the_nth_allocation_fails(void **state)
{
    TS_UNUSED(state);
    ts_alloc_fail_after(2);
    void *a = ts_alloc(0), *b = ts_calloc(0, 8);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(ts_alloc(1));
    assert_null(ts_calloc(1, 1));
    assert_null(ts_realloc(a, 100));
    assert_null(ts_strdup_n("x", 1));
    ts_alloc_fail_after(-1);
    assert_null(ts_calloc(SIZE_MAX, 2));
    char *copy = ts_strdup_n("abcdef", 3);
    assert_string_equal(copy, "abc");
    ts_free(a);
    ts_free(b);
    ts_free(copy);
    ts_free(NULL);
}

static void the_arena_keeps_what_it_gave(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("arena");
    struct ts_arena arena;
    ts_arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        uint8_t *given[400];
        size_t size[400];
        for (int i = 0; i < 400; i++) {
            size[i] = ts_rng_below(&r, ts_rng_below(&r, 50) ? 300 : 100000);
            given[i] = ts_arena_alloc(&arena, size[i]);
            assert_non_null(given[i]);
            assert_int_equal((uintptr_t)given[i] % 16, 0);
            memset(given[i], i, size[i]);
        }
        for (int i = 0; i < 400; i++) {
            for (size_t k = 0; k < size[i]; k++)
                assert_int_equal(given[i][k], (uint8_t)i);
        }
        ts_arena_reset(&arena);
    }
    struct ts_str s = ts_arena_dup(&arena, TS_STR("abc"));
    assert_string_equal(s.ptr, "abc");
    assert_int_equal(ts_arena_dup(&arena, (struct ts_str){NULL, 0}).len, 0);
    ts_alloc_fail_after(0);
    assert_null(ts_arena_alloc(&arena, 1 << 22));
    assert_null(ts_arena_dup(&arena, (struct ts_str){"", (size_t)1 << 60}).ptr);
    ts_alloc_fail_after(-1);
    assert_null(ts_arena_alloc(&arena, SIZE_MAX));
    ts_arena_release(&arena);
}

struct pair {
    int a, b;
};

static void arrays_grow_and_survive_a_failure(void **state)
{
    TS_UNUSED(state);
    TS_VEC(struct pair) v = {0};
    for (int i = 0; i < 1000; i++) {
        struct pair *slot = ts_vec_push(&v);
        assert_non_null(slot);
        assert_int_equal(slot->b, 0);
        slot->a = i;
        slot->b = -i;
    }
    ts_vec_remove(&v, 0);
    ts_vec_remove(&v, v.len - 1);
    assert_int_equal(v.len, 998);
    assert_int_equal(v.at[0].a, 1);
    assert_int_equal(v.at[997].b, -998);
    ts_alloc_fail_after(0);
    while (v.len < v.cap)
        assert_non_null(ts_vec_push(&v));
    assert_null(ts_vec_push(&v));
    ts_alloc_fail_after(-1);
    assert_int_equal(v.len, v.cap);
    assert_int_equal(v.at[0].a, 1);
    ts_vec_release(&v);
    assert_null(v.at);
}

static void a_buffer_fails_once_and_for_all(void **state)
{
    TS_UNUSED(state);
    struct ts_buf b;
    ts_buf_init(&b, 10);
    assert_true(ts_buf_adds(&b, "0123456789"));
    assert_false(ts_buf_byte(&b, 'x'));
    assert_true(b.failed);
    assert_false(ts_buf_add(&b, "", 0));
    assert_string_equal(ts_buf_cstr(&b), "");
    ts_buf_clear(&b);
    assert_true(ts_buf_addf(&b, "%s", "012345678"));
    assert_string_equal(ts_buf_cstr(&b), "012345678");
    ts_buf_clear(&b);
    assert_false(ts_buf_addf(&b, "%s", "0123456789")); /* the terminator has no place */
    ts_buf_release(&b);
    assert_int_equal(b.max, 10);

    ts_buf_init(&b, 0);
    assert_string_equal(ts_buf_cstr(&b), "");
    assert_true(ts_buf_addf(&b, "%0500d", 7));
    assert_int_equal(b.len, 500);
    ts_alloc_fail_after(0);
    assert_false(ts_buf_reserve(&b, 100000));
    ts_alloc_fail_after(-1);
    assert_true(b.failed);
    ts_buf_clear(&b);
    assert_false(ts_buf_reserve(&b, ((size_t)1 << 30) + 1));
    ts_buf_release(&b);
}

static void what_is_written_is_read(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("buffer");
    static const double doubles[] = {0.0, -0.0, 1.5, -1e300, 5e-324};
    struct ts_buf b;
    ts_buf_init(&b, 0);
    enum { ROUNDS = 2000 };
    static uint64_t values[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        values[i] = i < 3 ? UINT64_MAX - (uint64_t)i : test_any_bits(&r);
        ts_buf_varint(&b, values[i]);
        ts_buf_zigzag(&b, (int64_t)values[i]);
        ts_buf_f64(&b, doubles[i % 5]);
        ts_buf_str(&b, i % 3 == 0 ? (struct ts_str){NULL, 0} : ts_str("hello", (size_t)i % 6));
        ts_buf_byte(&b, (uint8_t)i);
    }
    assert_false(b.failed);
    struct ts_reader in = ts_reader(b.data, b.len);
    for (int i = 0; i < ROUNDS; i++) {
        assert_true(ts_read_varint(&in) == values[i]);
        assert_true(ts_read_zigzag(&in) == (int64_t)values[i]);
        double v = ts_read_f64(&in);
        assert_memory_equal(&v, &doubles[i % 5], sizeof v);
        struct ts_str s = ts_read_str(&in);
        if (i % 3 == 0) {
            assert_null(s.ptr);
        } else {
            assert_non_null(s.ptr);
            assert_true(ts_str_eq(s, ts_str("hello", (size_t)i % 6)));
        }
        assert_int_equal(ts_read_byte(&in), (uint8_t)i);
    }
    assert_false(in.bad);
    assert_ptr_equal(in.p, in.end);
    assert_int_equal(ts_read_byte(&in), 0);
    assert_true(in.bad);
    ts_buf_release(&b);
}

static void malformed_bytes_are_bad_for_good(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {"", 0},                                              /* nothing */
        {"\x80", 1},                                          /* unfinished */
        {"\x80\x00", 2},                                      /* a longer way to write 0 */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10},     /* 65 bits */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, /* 11 bytes */
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        struct ts_reader in = ts_reader(rows[i].bytes, rows[i].len);
        assert_int_equal(ts_read_varint(&in), 0);
        assert_true(in.bad);
        assert_int_equal(ts_read_varint(&in), 0);
        assert_null(ts_read_bytes(&in, 1).ptr);
    }
    struct ts_reader in = ts_reader("\x09"
                                    "abc",
                                    4); /* a string of 8, of which 3 are there */
    assert_null(ts_read_str(&in).ptr);
    assert_true(in.bad);
    in = ts_reader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10); /* a string of nearly 2^64 */
    assert_null(ts_read_str(&in).ptr);
    assert_true(in.bad);
    in = ts_reader("1234567", 7);
    assert_true(ts_read_f64(&in) == 0);
    assert_true(in.bad);
}

static void text_becomes_a_json_string(void **state)
{
    TS_UNUSED(state);
    static const struct {
        struct ts_str in;
        const char *out;
    } rows[] = {
        {{NULL, 0}, "\"\""},
        {TS_STR("plain"), "\"plain\""},
        {TS_STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\""},
        {TS_STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {TS_STR("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\x7f\""},
        {TS_STR("\xE4\xBC\x9A\xE5\x91\x98 and more than eight\n"),
         "\"\xE4\xBC\x9A\xE5\x91\x98 and more than eight\\n\""},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        struct ts_buf b;
        ts_buf_init(&b, 0);
        assert_true(ts_buf_json(&b, rows[i].in));
        assert_string_equal(ts_buf_cstr(&b), rows[i].out);
        ts_buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_names_and_exits),
        cmocka_unit_test(an_error_is_filled_wrapped_and_cut_between_characters),
        cmocka_unit_test(the_nth_allocation_fails),
        cmocka_unit_test(the_arena_keeps_what_it_gave),
        cmocka_unit_test(arrays_grow_and_survive_a_failure),
        cmocka_unit_test(a_buffer_fails_once_and_for_all),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(malformed_bytes_are_bad_for_good),
        cmocka_unit_test(text_becomes_a_json_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
