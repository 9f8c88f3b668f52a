/* SPDX-License-Identifier: Apache-2.0 */
/* What parsed JSON answers: nodes, random documents against the canonical text that they should have, numbers. */
#include "check.h"

#include <math.h>

#include "base/json.h"

static enum ts_code parse(struct ts_json *j, const char *text, bool limits)
{
    return ts_json_parse(j, text, strlen(text), limits);
}

/* ---- nodes ---- */

static void nodes_are_walked_and_found(void **state)
{
    TS_UNUSED(state);
    const char *text = " {\"type\":\"track\",\"n\":[1,{\"x\":null},[]],\"context\":{\"traits\":{\"email\":\"a@b\"}},"
                       "\"t\":true,\"f\":false,\"\":7, \"\\u540d\\n\" : \"\\ud83d\\udc8e\\/\" } ";
    struct ts_json j;
    ts_json_init(&j);
    assert_int_equal(parse(&j, text, true), TS_OK);
    const struct ts_json_node *root = ts_json_root(&j), *n;
    assert_int_equal(root->type, TS_JSON_OBJECT);
    assert_int_equal(root->count, 7);
    assert_null(root->key.ptr);
    assert_int_equal(root->text.len, strlen(text) - 2);
    n = ts_json_get(&j, root, TS_STR("n"));
    assert_int_equal(n->count, 3);
    assert_true(ts_str_eq(n->text, TS_STR("[1,{\"x\":null},[]]")));
    n = ts_json_first(&j, n);
    assert_null(n->key.ptr);
    assert_true(ts_str_eq(n->text, TS_STR("1")));
    n = ts_json_next(&j, n);
    assert_int_equal(ts_json_first(&j, n)->type, TS_JSON_NULL);
    n = ts_json_next(&j, n);
    assert_int_equal(n->type, TS_JSON_ARRAY);
    assert_null(ts_json_first(&j, n));
    assert_null(ts_json_next(&j, n));
    assert_true(ts_str_eq(ts_json_path(&j, root, TS_STR("context.traits.email"))->text, TS_STR("a@b")));
    assert_null(ts_json_path(&j, root, TS_STR("context.traits.phone")));
    assert_null(ts_json_path(&j, root, TS_STR("type.x")));
    assert_null(ts_json_path(&j, root, TS_STR("context.traits.")));
    assert_true(ts_str_eq(ts_json_path(&j, root, TS_STR(""))->text, TS_STR("7")));
    assert_null(ts_json_get(&j, root, TS_STR("Type")));
    assert_null(ts_json_get(&j, NULL, TS_STR("type")));
    assert_null(ts_json_get(&j, ts_json_get(&j, root, TS_STR("n")), TS_STR("x")));
    assert_true(ts_str_eq(ts_json_get(&j, root, TS_STR("\xE5\x90\x8D\n"))->text, TS_STR("\xF0\x9F\x92\x8E/")));
    assert_int_equal(ts_json_get(&j, root, TS_STR("t"))->type, TS_JSON_TRUE);
    assert_int_equal(ts_json_get(&j, root, TS_STR("f"))->type, TS_JSON_FALSE);
    ts_json_release(&j);
}

/* A random document together with its canonical text, which is made at the same time: keys rise in both, but the
 * document writes them from last to first. */
struct maker {
    struct ts_rng rng;
    unsigned nodes;
};

static void make_space(struct maker *m, struct ts_buf *b)
{
    while (ts_rng_below(&m->rng, 4) == 0)
        ts_buf_byte(b, (uint8_t) " \n\r\t"[ts_rng_below(&m->rng, 4)]);
}

static void make_string(struct maker *m, struct ts_buf *doc, struct ts_buf *canon, const char *prefix)
{
    static const struct {
        const char *forms[4], *canon; /* up to four ways to write one character */
    } letters[] = {
        {{"a", "\\u0061", "a", "a"}, "a"},
        {{"plain text", "plain text", "plain text", "plain text"}, "plain text"},
        {{"\\\"", "\\u0022", "\\\"", "\\\""}, "\\\""},
        {{"/", "\\/", "\\u002f", "\\u002F"}, "/"},
        {{"\\n", "\\u000a", "\\u000A", "\\n"}, "\\n"},
        {{"\\u0001", "\\u0001", "\\u0001", "\\u0001"}, "\\u0001"},
        {{"\xC3\xA9", "\\u00e9", "\\u00E9", "\xC3\xA9"}, "\xC3\xA9"},
        {{"\xE4\xBC\x9A", "\\u4f1a", "\\u4F1A", "\xE4\xBC\x9A"}, "\xE4\xBC\x9A"},
        {{"\xF0\x9F\x92\x8E", "\\ud83d\\udc8e", "\\uD83D\\uDC8E", "\\ud83D\\uDc8e"}, "\xF0\x9F\x92\x8E"},
    };
    ts_buf_addf(doc, "\"%s", prefix);
    ts_buf_addf(canon, "\"%s", prefix);
    for (uint64_t n = ts_rng_below(&m->rng, 8); n > 0; n--) {
        size_t letter = ts_rng_below(&m->rng, TS_ARRAY_LEN(letters));
        ts_buf_adds(doc, letters[letter].forms[ts_rng_below(&m->rng, 4)]);
        ts_buf_adds(canon, letters[letter].canon);
    }
    ts_buf_byte(doc, '"');
    ts_buf_byte(canon, '"');
}

static void make_leaf(struct maker *m, struct ts_buf *doc, struct ts_buf *canon)
{
    static const char *const leaves[][2] = {
        {"null", "null"},
        {"true", "true"},
        {"false", "false"},
        {"0", "0"},
        {"-0", "0"},
        {"1e2", "100"},
        {"100.0", "100"},
        {"-7", "-7"},
        {"19.90", "19.90"},
        {"1E400", "1E400"},
        {"2.5e-3", "2.5e-3"},
        {"9007199254740992", "9007199254740992"},
        {"9007199254740993", "9007199254740993"},
    };
    size_t i = ts_rng_below(&m->rng, TS_ARRAY_LEN(leaves) + 4);
    if (i >= TS_ARRAY_LEN(leaves)) {
        make_string(m, doc, canon, "");
        return;
    }
    ts_buf_adds(doc, leaves[i][0]);
    ts_buf_adds(canon, leaves[i][1]);
}

static void make_value(struct maker *m, struct ts_buf *doc, struct ts_buf *canon, unsigned depth)
{
    m->nodes++;
    uint64_t kind = depth < 6 ? ts_rng_below(&m->rng, 4) : 0;
    if (kind < 2) {
        make_leaf(m, doc, canon);
        return;
    }
    bool object = kind == 2;
    unsigned count = (unsigned)ts_rng_below(&m->rng, ts_rng_below(&m->rng, 10) ? 6 : 60);
    if (m->nodes > 400) count = 0;
    struct ts_buf *parts = calloc(count + 1, sizeof *parts), *texts = calloc(count + 1, sizeof *texts);
    assert_non_null(parts);
    assert_non_null(texts);
    for (unsigned i = 0; i < count; i++) {
        if (object) {
            char prefix[16];
            snprintf(prefix, sizeof prefix, "%03u", i);
            make_string(m, &parts[i], &texts[i], prefix);
            make_space(m, &parts[i]);
            ts_buf_byte(&parts[i], ':');
            ts_buf_byte(&texts[i], ':');
            make_space(m, &parts[i]);
        }
        make_value(m, &parts[i], &texts[i], depth + 1);
    }
    ts_buf_byte(doc, object ? '{' : '[');
    ts_buf_byte(canon, object ? '{' : '[');
    make_space(m, doc);
    for (unsigned i = 0; i < count; i++) {
        const struct ts_buf *part = &parts[object ? count - 1 - i : i];
        if (i) ts_buf_byte(doc, ',');
        if (i) ts_buf_byte(canon, ',');
        make_space(m, doc);
        ts_buf_add(doc, part->data, part->len);
        make_space(m, doc);
        ts_buf_add(canon, texts[i].data, texts[i].len);
    }
    ts_buf_byte(doc, object ? '}' : ']');
    ts_buf_byte(canon, object ? '}' : ']');
    for (unsigned i = 0; i < count; i++) {
        ts_buf_release(&parts[i]);
        ts_buf_release(&texts[i]);
    }
    free(parts);
    free(texts);
}

static void random_documents_have_the_canonical_text_they_should(void **state)
{
    TS_UNUSED(state);
    struct maker m = {test_rng("documents"), 0};
    struct ts_json j;
    struct ts_buf doc, canon, out;
    ts_json_init(&j);
    ts_buf_init(&doc, 0);
    ts_buf_init(&canon, 0);
    ts_buf_init(&out, 0);
    for (int i = 0; i < 4000; i++) {
        m.nodes = 0;
        ts_buf_clear(&doc);
        ts_buf_clear(&canon);
        ts_buf_clear(&out);
        make_space(&m, &doc);
        make_value(&m, &doc, &canon, 0);
        make_space(&m, &doc);
        char *text = malloc(doc.len); /* of exactly its size */
        memcpy(text, doc.data, doc.len);
        if (ts_json_parse(&j, text, doc.len, true) != TS_OK) {
            fail_msg("%s at %zu in %.*s", j.fault_text, j.fault_offset, (int)doc.len, text);
        }
        assert_int_equal(j.count, m.nodes);
        ts_json_write(&j, ts_json_root(&j), &out);
        assert_string_equal(ts_buf_cstr(&out), ts_buf_cstr(&canon));
        /* Canonical text is canonical. */
        assert_int_equal(ts_json_parse(&j, (char *)canon.data, canon.len, true), TS_OK);
        ts_buf_clear(&out);
        ts_json_write(&j, ts_json_root(&j), &out);
        assert_string_equal(ts_buf_cstr(&out), ts_buf_cstr(&canon));
        free(text);
    }
    ts_buf_release(&doc);
    ts_buf_release(&canon);
    ts_buf_release(&out);
    ts_json_release(&j);
}

static void duplicates_keep_their_order_in_canonical_text(void **state)
{
    TS_UNUSED(state);
    struct ts_json j;
    struct ts_buf text, want, out;
    ts_json_init(&j);
    ts_buf_init(&text, 0);
    ts_buf_init(&want, 0);
    ts_buf_init(&out, 0);
    for (unsigned n = 0; n < 40; n++) {
        ts_buf_addf(&text, "%s\"b\":%u,\"a\":%u", n ? "," : "{", n, n);
        ts_buf_addf(&want, "%s\"a\":%u", n ? "," : "{", n);
    }
    for (unsigned n = 0; n < 40; n++)
        ts_buf_addf(&want, ",\"b\":%u", n);
    ts_buf_byte(&text, '}');
    ts_buf_byte(&want, '}');
    assert_int_equal(ts_json_parse(&j, (char *)text.data, text.len, false), TS_OK);
    ts_json_write(&j, ts_json_root(&j), &out);
    assert_string_equal(ts_buf_cstr(&out), ts_buf_cstr(&want));
    ts_buf_release(&text);
    ts_buf_release(&want);
    ts_buf_release(&out);
    ts_json_release(&j);
}

/* ---- numbers ---- */

static void integers_are_exact(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text;
        enum ts_code code;
        int64_t v;
    } rows[] = {
        {"0", TS_OK, 0},
        {"-0", TS_OK, 0},
        {"100", TS_OK, 100},
        {"-100", TS_OK, -100},
        {"1e2", TS_OK, 100},
        {"100.0", TS_OK, 100},
        {"1.5e1", TS_OK, 15},
        {"1500e-2", TS_OK, 15},
        {"0e999999999999", TS_OK, 0},
        {"0.0e-999999999999", TS_OK, 0},
        {"9007199254740992", TS_OK, INT64_C(9007199254740992)},
        {"-9007199254740992", TS_OK, -INT64_C(9007199254740992)},
        {"9.007199254740992e15", TS_OK, INT64_C(9007199254740992)},
        {"9007199254740993", TS_E_LIMIT, 0},
        {"9223372036854775808", TS_E_LIMIT, 0},
        {"100000000000000000000000", TS_E_LIMIT, 0},
        {"1e16", TS_E_LIMIT, 0},
        {"1e17", TS_E_LIMIT, 0},
        {"9e15", TS_OK, INT64_C(9000000000000000)},
        {"1e400", TS_E_LIMIT, 0},
        {"1.5", TS_E_SYNTAX, 0},
        {"1e-1", TS_E_SYNTAX, 0},
        {"1e-400", TS_E_SYNTAX, 0},
        {"123456789012345678901234567890.5", TS_E_SYNTAX, 0},
        {"\"5\"", TS_E_SYNTAX, 0},
        {"true", TS_E_SYNTAX, 0},
        {"[5]", TS_E_SYNTAX, 0},
    };
    struct ts_json j;
    ts_json_init(&j);
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        int64_t v = 0;
        assert_int_equal(parse(&j, rows[i].text, true), TS_OK);
        if (ts_json_integer(ts_json_root(&j), &v) != rows[i].code) fail_msg("%s", rows[i].text);
        assert_true(v == rows[i].v);
    }
    int64_t v;
    assert_int_equal(ts_json_integer(NULL, &v), TS_E_SYNTAX);
    assert_true(isnan(ts_json_double(NULL)));
    ts_json_release(&j);
}

static void assert_double(struct ts_json *j, const char *text)
{
    double want = strtod(text, NULL); /* correctly rounded by the C library, in the C locale of this program */
    assert_int_equal(parse(j, text, true), TS_OK);
    double got = ts_json_double(ts_json_root(j));
    if (memcmp(&got, &want, sizeof got) != 0) fail_msg("%s: %a, wanted %a", text, got, want);
}

static void doubles_are_rounded_correctly(void **state)
{
    TS_UNUSED(state);
    static const char *const hard[] = {
        "0",
        "-0",
        "0.1",
        "1e22",
        "1e23",
        "9007199254740993",
        "123456789012345678901234567890",
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1e400",
        "-1e400",
        "1e-400",
        "1e999999999999999999999",
        "0.000000000000000000000000000000000000000000000000000000000000001e63",
        "100000000000000000000000000000000000000000000000000000000000000e-62",
    };
    struct ts_json j;
    ts_json_init(&j);
    for (size_t i = 0; i < TS_ARRAY_LEN(hard); i++)
        assert_double(&j, hard[i]);
    /* Half way between two doubles, but for a digit a thousand places on. */
    struct ts_buf b;
    ts_buf_init(&b, 0);
    ts_buf_adds(&b, "9007199254740993.");
    for (int i = 0; i < 1000; i++)
        ts_buf_byte(&b, '0');
    assert_double(&j, ts_buf_cstr(&b));
    ts_buf_byte(&b, '1');
    assert_double(&j, ts_buf_cstr(&b));
    ts_buf_release(&b);
    struct ts_rng r = test_rng("numbers");
    for (int i = 0; i < 100000; i++) {
        char text[80];
        uint64_t digits = test_any_bits(&r), more = test_any_bits(&r);
        int exponent = (int)ts_rng_below(&r, 60) - 30;
        if (ts_rng_below(&r, 3) == 0) exponent *= 12;
        snprintf(text, sizeof text, "%s%llu.%llue%d", ts_rng_below(&r, 2) ? "-" : "", (unsigned long long)digits,
                 (unsigned long long)more, exponent);
        assert_double(&j, text);
    }
    ts_json_release(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_walked_and_found),
        cmocka_unit_test(random_documents_have_the_canonical_text_they_should),
        cmocka_unit_test(duplicates_keep_their_order_in_canonical_text),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(doubles_are_rounded_correctly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
