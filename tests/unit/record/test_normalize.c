/* SPDX-License-Identifier: Apache-2.0 */
/* E-mail addresses and WHO: the one form of a value, and that normalising twice is normalising once. */
#include "support.h"

struct pair {
    const char *in, *out; /* out NULL: refused */
};

static void test_email_forms(void **state)
{
    static const struct pair pairs[] = {
        {"ann@example.com", "ann@example.com"},
        {"  Ann@Example.COM\n", "ann@example.com"},
        {"a.n.n+shop@gmail.com", "a.n.n+shop@gmail.com"},
        {"ann\xEF\xBC\xA0"
         "example.com",
         "ann@example.com"},
        {"\xEF\xBC\xA1nn@example.com", "ann@example.com"},
        {"\xE3\x80\x80"
         "ann@example.com",
         "ann@example.com"},
        {"\xE2\x80\x8B"
         "ann@example.com",
         "ann@example.com"},
        {"STRA\xC3\x9F"
         "E@example.de",
         "strasse@example.de"},
        {"J\xC3\x9CRGEN@b\xC3\xBC"
         "cher.example",
         "j\xC3\xBCrgen@b\xC3\xBC"
         "cher.example"},
        {"Ju\xCC\x88rgen@example.com", "j\xC3\xBCrgen@example.com"},
        {"@example.com", NULL},
        {"ann@", NULL},
        {"ann", NULL},
        {"", NULL},
        {"   ", NULL},
        {"@", NULL},
        {"a@b@c", NULL},
        {"A@B@C", NULL},
        {"a b@example.com", NULL},
        {"A b@example.com", NULL},
        {"a\xE2\x80\x83"
         "b@example.com",
         NULL},
        {"\xFF"
         "a@example.com",
         NULL},
        {"A@\xC3", NULL},
    };
    struct bench *b = *state;
    for (size_t i = 0; i < TS_ARRAY_LEN(pairs); i++) {
        struct ts_str got;
        bool fine = ts_normalize_email(ts_cstr(pairs[i].in), &b->parser.arena, &got);
        if (fine != (pairs[i].out != NULL)) fail_msg("\"%s\" is %s", pairs[i].in, fine ? "taken" : "refused");
        if (fine) assert_str(got, pairs[i].out);
    }
}

static void test_plain_email_is_borrowed(void **state)
{
    struct bench *b = *state;
    struct ts_str in = S("ann@example.com"), got;
    ts_alloc_fail_after(0); /* the fast path needs no memory */
    assert_true(ts_normalize_email(in, &b->parser.arena, &got));
    ts_alloc_fail_after(-1);
    assert_ptr_equal(got.ptr, in.ptr);
}

static void test_no_memory_is_no_verdict(void **state)
{
    struct ts_arena arena;
    struct ts_identifier_kind kind = {.normalize = TS_NORMALIZE_EMAIL};
    struct ts_str got;
    TS_UNUSED(state);
    static const char *const inputs[] = {"ANN@example.com", "J\xC3\x9CRGEN@example.com"};
    for (size_t i = 0; i < TS_ARRAY_LEN(inputs); i++) {
        ts_arena_init(&arena);
        ts_alloc_fail_after(0);
        enum ts_code code = ts_identifier_normalize(&kind, ts_cstr(inputs[i]), &arena, &got);
        ts_alloc_fail_after(-1);
        assert_int_equal(code, TS_E_MEMORY);
        ts_arena_release(&arena);
    }
    kind = (struct ts_identifier_kind){.normalize = TS_NORMALIZE_PHONE, .region = "CN"};
    ts_arena_init(&arena);
    ts_alloc_fail_after(0);
    assert_int_equal(ts_identifier_normalize(&kind, S("13800138000"), &arena, &got), TS_E_MEMORY);
    ts_alloc_fail_after(-1);
    ts_arena_release(&arena);
}

static void test_opaque_values_stay(void **state)
{
    struct bench *b = *state;
    struct ts_identifier_kind kind = {.normalize = TS_NORMALIZE_NONE};
    struct ts_str in = S("  Member 7 "), got;
    assert_true(ts_normalize_value(&kind, in, &b->parser.arena, &got));
    assert_ptr_equal(got.ptr, in.ptr);
    assert_int_equal(got.len, in.len);
    assert_false(ts_normalize_value(&kind, S(""), &b->parser.arena, &got));
}

/* The property that matters for identity, over any text: a second pass changes nothing and never refuses. */
static void check_idempotent(struct ts_arena *arena, const struct ts_identifier_kind *kind, struct ts_str in)
{
    struct ts_str once, twice;
    ts_arena_reset(arena);
    if (!ts_normalize_value(kind, in, arena, &once)) return;
    if (!ts_normalize_value(kind, once, arena, &twice)) fail_msg("refused on the second pass: %.*s", TS_STR_ARG(once));
    if (!ts_str_eq(once, twice)) fail_msg("not stable: %.*s, %.*s", TS_STR_ARG(once), TS_STR_ARG(twice));
    assert_true(ts_utf8_valid(once.ptr, once.len));
}

static void test_validator_vectors(void **state)
{
    struct bench *b = *state;
    size_t len = 0;
    char *text = test_data("contact/email.json", &len);
    if (!text) skip();
    struct ts_json json;
    ts_json_init(&json);
    assert_int_equal(ts_json_parse(&json, text, len, true), TS_OK);
    struct ts_identifier_kind kind = {.normalize = TS_NORMALIZE_EMAIL};
    unsigned same = 0, case_only = 0, all = 0;
    for (const struct ts_json_node *n = ts_json_first(&json, ts_json_root(&json)); n; n = ts_json_next(&json, n)) {
        struct ts_str in = ts_json_get(&json, n, S("input"))->text, got = {0};
        const struct ts_json_node *expected = ts_json_get(&json, n, S("expected"));
        check_idempotent(&b->parser.arena, &kind, in);
        bool fine = ts_normalize_email(in, &b->parser.arena, &got);
        all++;
        if (expected->type == TS_JSON_FALSE) {
            assert_false(fine);
            same++;
            continue;
        }
        assert_true(fine);
        if (ts_str_eq(got, expected->text)) same++;
        if (expected->text.len != in.len || strncasecmp(in.ptr, expected->text.ptr, in.len) != 0) continue;
        bool kept_upper = false; /* options that keep upper case are not ours */
        for (size_t i = 0; i < expected->text.len; i++)
            kept_upper = kept_upper || (expected->text.ptr[i] >= 'A' && expected->text.ptr[i] <= 'Z');
        if (kept_upper) continue;
        case_only++;
        if (!ts_str_eq(got, expected->text)) fail_msg("%.*s: got %.*s", TS_STR_ARG(in), TS_STR_ARG(got));
    }
    printf("%u of %u agree with validator.js; all %u that need only case folding do\n", same, all, case_only);
    assert_true(case_only >= 20);
    ts_json_release(&json);
    free(text);
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) return (size_t)(out[0] = (char)c, 1);
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63)), out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63));
    return 4;
}

static void test_random_text_is_idempotent(void **state)
{
    struct bench *b = *state;
    struct ts_rng rng = {test_seed(20260115)};
    const struct ts_identifier_kind kind = {.normalize = TS_NORMALIZE_EMAIL};
    for (int round = 0; round < 30000; round++) {
        char text[80];
        size_t len = 0, points = 1 + ts_rng_below(&rng, 14), at = ts_rng_below(&rng, points);
        for (size_t i = 0; i < points; i++) {
            if (i == at) text[len++] = '@';
            uint64_t range = ts_rng_below(&rng, 6);
            uint32_t c = range < 2   ? (uint32_t)(0x21 + ts_rng_below(&rng, 94))
                         : range < 4 ? (uint32_t)(0xA0 + ts_rng_below(&rng, 0x500))
                                     : (uint32_t)ts_rng_below(&rng, 0x20000);
            if (c >= 0xD800 && c < 0xE000) c = 'x';
            len += put_utf8(text + len, c);
        }
        check_idempotent(&b->parser.arena, &kind, ts_str(text, len));
    }
}

/* Every single character of Unicode in an address: the freaks of case folding are among them. */
static void test_every_character_is_idempotent(void **state)
{
    struct bench *b = *state;
    const struct ts_identifier_kind kind = {.normalize = TS_NORMALIZE_EMAIL};
    for (uint32_t c = 1; c < 0x110000; c++) {
        if (c == 0xD800) c = 0xE000;
        char text[16] = "a";
        size_t len = 1 + put_utf8(text + 1, c);
        memcpy(text + len, "\xCC\x88@b", 4);
        check_idempotent(&b->parser.arena, &kind, ts_str(text, len + 4));
    }
}

static void test_who(void **state)
{
    struct ts_who who;
    struct ts_error err;
    TS_UNUSED(state);
    assert_int_equal(ts_who_parse(S("m12"), &who, &err), TS_OK);
    assert_int_equal(who.member, 12);
    assert_null(who.kind.ptr);
    assert_int_equal(ts_who_parse(S("m9223372036854775807"), &who, &err), TS_OK);
    assert_int_equal(who.member, INT64_MAX);
    assert_int_equal(ts_who_parse(S("email:Ann@example.com"), &who, &err), TS_OK);
    assert_int_equal(who.member, 0);
    assert_str(who.kind, "email");
    assert_str(who.value, "Ann@example.com");
    assert_int_equal(ts_who_parse(S("m12:a:b"), &who, &err), TS_OK);
    assert_str(who.kind, "m12");
    assert_str(who.value, "a:b");

    static const char *const wrong[] = {"",
                                        "m",
                                        "m0",
                                        "m012",
                                        "m1x",
                                        "12",
                                        "email:",
                                        ":x",
                                        ":",
                                        "ann",
                                        "m9223372036854775808",
                                        "m18446744073709551617",
                                        "M12"};
    for (size_t i = 0; i < TS_ARRAY_LEN(wrong); i++) {
        assert_int_equal(ts_who_parse(ts_cstr(wrong[i]), &who, &err), TS_E_USAGE);
        assert_true(strlen(err.text) > 0 && strlen(err.hint) > 0);
        assert_int_equal(ts_who_parse(ts_cstr(wrong[i]), &who, NULL), TS_E_USAGE);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_email_forms),
        TEST(test_plain_email_is_borrowed),
        TEST(test_no_memory_is_no_verdict),
        TEST(test_opaque_values_stay),
        TEST(test_validator_vectors),
        TEST(test_random_text_is_idempotent),
        TEST(test_every_character_is_idempotent),
        TEST(test_who),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
