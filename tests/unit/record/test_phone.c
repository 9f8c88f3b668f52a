/* SPDX-License-Identifier: Apache-2.0 */
/* Phone numbers: forms people write, the vectors of libphonenumber, and that normalising twice is normalising once. */
#include "support.h"

struct number {
    const char *in, *region, *out; /* out NULL: refused */
};

static void check_numbers(struct bench *b, const struct number *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ts_str got = {0};
        bool fine = ts_normalize_phone(ts_cstr(numbers[i].in), numbers[i].region, &b->parser.arena, &got);
        if (fine != (numbers[i].out != NULL) || (fine && !ts_str_eq(got, ts_cstr(numbers[i].out))))
            fail_msg("\"%s\" in %s: got \"%.*s\", not \"%s\"", numbers[i].in, numbers[i].region, TS_STR_ARG(got),
                     numbers[i].out ? numbers[i].out : "(refused)");
    }
}

static void test_five_regions(void **state)
{
    static const struct number numbers[] = {
        {"138 0013 8000", "CN", "+8613800138000"},
        {"0086-138-0013-8000", "CN", "+8613800138000"},
        {"86 0755 83345678", "CN", "+8675583345678"},
        {"(010) 6234-5678", "CN", "+861062345678"},
        {"\xEF\xBC\x88\xEF\xBC\x90\xEF\xBC\x91\xEF\xBC\x90\xEF\xBC\x89\xEF\xBC\x96\xEF\xBC\x92\xEF\xBC\x93\xEF\xBC\x94"
         "\xEF\xBC\x8D\xEF\xBC\x95\xEF\xBC\x96\xEF\xBC\x97\xEF\xBC\x98",
         "CN", "+861062345678"},                                               /* the same in full width */
        {"\xE2\x80\xAA+86 138 0013 8000\xE2\x80\xAC", "CN", "+8613800138000"}, /* copied out of a phone's contacts */
        {"13800138000\xE8\xBD\xAC"
         "801",
         "CN", "+8613800138000"}, /* put through to 801 */
        {"62345678", "CN", NULL}, /* whose 62345678? */
        {"12345678901", "CN", NULL},
        {"95588", "CN", NULL},
        {"(650) 253-0000", "US", "+16502530000"},
        {"1 650 253 0000", "US", "+16502530000"},
        {"650.253.0000 x12", "US", "+16502530000"},
        {"tel:+1-650-253-0000;ext=12", "US", "+16502530000"},
        {"011 44 20 7946 0958", "US", "+442079460958"},
        {"253-0000", "US", NULL},
        {"(650) 153-0000", "US", NULL},
        {"1-800-FLOWERS", "US", NULL},
        {"020 7946 0958", "GB", "+442079460958"},
        {"2079460958", "GB", "+442079460958"},
        {"+44 (0)20 7946 0958", "GB", "+442079460958"},
        {"44 (0)20 7946 0958", "GB", "+442079460958"},
        {"07911 123456", "GB", "+447911123456"},
        {"01204 12345", "GB", "+44120412345"},
        {"7946 0958", "GB", NULL},
        {"0172 1234567", "DE", "+491721234567"},
        {"172 1234567", "DE", "+491721234567"},
        {"49 172 1234567", "DE", "+491721234567"},
        {"+49 (0) 30 / 123456", "DE", "+4930123456"},
        {"0049 30 123456", "DE", "+4930123456"},
        {"030 123456", "DE", "+4930123456"},
        {"49 (0)30 123456", "DE", "+4930123456"},
        {"123456", "DE", NULL},     /* a local number of some town */
        {"4930123456", "DE", NULL}, /* +49 30 123456, or 049 30123456? */
        {"03-1234-5678", "JP", "+81312345678"},
        {"010 86 138 0013 8000", "JP", "+8613800138000"},
        {"81 90 1234 5678", "JP", "+819012345678"},
        {"0120-123-456", "JP", "+81120123456"},
    };
    check_numbers(*state, numbers, TS_ARRAY_LEN(numbers));
}

static void test_other_regions(void **state)
{
    static const struct number numbers[] = {
        {"+85291234567", "HK", "+85291234567"},
        {"9123 4567", "HK", NULL},
        {"+39 02 3661 8300", "", "+390236618300"},
        {"+39 (0)2 3661 8300", "", "+390236618300"},
        {"+43 (0)1 234 567", "", "+431234567"},
        {"+31 (0)20 123 4567", "", "+31201234567"},
        {"13800138000", "", NULL},
        {"13800138000", NULL, NULL},
        {"+123456", "", NULL},
        {"+1234567890123456", "", NULL},
        {"+0123456789", "", NULL},
        {"+861234", "", NULL},
        {"++8613800138000", "", NULL},
        {"86+13800138000", "CN", NULL},
        {"+86 (138 0013 8000", "CN", NULL},
        {"+86 138) 0013 8000", "CN", NULL},
        {"138 0013 8000 or 139 0013 9000", "CN", NULL},
        {"13800138000 ext", "CN", NULL},
        {"", "CN", NULL},
        {"+", "", NULL},
        {"()", "CN", NULL},
        {"x", "CN", NULL},
        {"138001380001380013800013800138000", "CN", NULL},
        {"\xFF"
         "13800138000",
         "CN", NULL},
    };
    check_numbers(*state, numbers, TS_ARRAY_LEN(numbers));
}

static void check_idempotent(struct ts_arena *arena, struct ts_str in, const char *region)
{
    struct ts_str once, twice;
    ts_arena_reset(arena);
    if (!ts_normalize_phone(in, region, arena, &once)) return;
    assert_true(once.len >= 8 && once.len <= 16 && once.ptr[0] == '+');
    if (!ts_normalize_phone(once, region, arena, &twice) || !ts_str_eq(once, twice))
        fail_msg("not stable in %s: %.*s", region, TS_STR_ARG(once));
    assert_ptr_equal(once.ptr, twice.ptr); /* and nothing was copied */
}

/* libphonenumber's answers. Valid numbers of the five regions, and all in international form, must agree; of the rest
 * we either refuse or say the same. */
static void test_libphonenumber_vectors(void **state)
{
    struct bench *b = *state;
    size_t len = 0;
    char *text = test_data("contact/phone.json", &len);
    if (!text) skip();
    struct ts_json json;
    ts_json_init(&json);
    assert_int_equal(ts_json_parse(&json, text, len, true), TS_OK);
    const struct ts_json_node *vectors = ts_json_get(&json, ts_json_root(&json), S("vectors"));
    unsigned all = 0, agree = 0, refused = 0;
    for (const struct ts_json_node *n = ts_json_first(&json, vectors); n; n = ts_json_next(&json, n)) {
        struct ts_str in = ts_json_get(&json, n, S("input"))->text, got = {0};
        const struct ts_json_node *valid = ts_json_get(&json, n, S("valid"));
        const struct ts_json_node *e164 = ts_json_get(&json, n, S("e164"));
        char region[4] = "";
        const struct ts_json_node *r = ts_json_get(&json, n, S("region"));
        if (r->type == TS_JSON_STRING) snprintf(region, sizeof region, "%.*s", TS_STR_ARG(r->text));
        bool ours = !region[0] || strstr("CN US GB DE JP", region) != NULL;

        bool fine = ts_normalize_phone(in, region, &b->parser.arena, &got);
        all++;
        if (fine) {
            if (!e164 || !ts_str_eq(got, e164->text)) fail_msg("%.*s: got %.*s", TS_STR_ARG(in), TS_STR_ARG(got));
            agree++;
        } else {
            if (ours && valid && valid->type == TS_JSON_TRUE) fail_msg("%.*s is valid, but refused", TS_STR_ARG(in));
            refused++;
        }
        check_idempotent(&b->parser.arena, in, region);
    }
    printf("%u of %u agree with libphonenumber, %u refused\n", agree, all, refused);
    assert_true(all >= 25 && agree >= 20);
    ts_json_release(&json);
    free(text);
}

static void test_random_text_is_idempotent(void **state)
{
    struct bench *b = *state;
    struct ts_rng rng = {test_seed(20260115)};
    static const char *const regions[] = {"CN", "US", "GB", "DE", "JP", "", "HK"};
    static const char *const pieces[] = {
        "0",     "1",  "2",   "3",    "4",    "5",   "6",   "7",    "8",   "9",    "0",        "1",           "86",
        "44",    "49", "81",  "39",   "+",    "00",  "011", "010",  "(0)", "(",    ")",        " ",           "-",
        "ext 1", "x2", "138", "0013", "8000", "172", "20",  "7946", "#",   "tel:", "\xC2\xA0", "\xEF\xBC\x91"};
    unsigned taken = 0;
    for (int round = 0; round < 200000; round++) {
        char text[128];
        size_t len = 0, n = ts_rng_below(&rng, 14);
        for (size_t i = 0; i < n; i++) {
            const char *piece = pieces[ts_rng_below(&rng, TS_ARRAY_LEN(pieces))];
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }
        const char *region = regions[ts_rng_below(&rng, TS_ARRAY_LEN(regions))];
        struct ts_str got;
        taken += ts_normalize_phone(ts_str(text, len), region, &b->parser.arena, &got);
        check_idempotent(&b->parser.arena, ts_str(text, len), region);
    }
    assert_true(taken > 1000); /* or the property was never tried */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_five_regions),
        TEST(test_other_regions),
        TEST(test_libphonenumber_vectors),
        TEST(test_random_text_is_idempotent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
