/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON door: JSONTestSuite, the limits, what a fault says and where, damaged bytes, failing allocations. */
#include "check.h"

#include <dirent.h>

#include "base/json.h"

#define SUITE TESSERA_SOURCE_DIR "/../shared/data/json/test_parsing"

static enum ts_code parse(struct ts_json *j, const char *text, bool limits)
{
    return ts_json_parse(j, text, strlen(text), limits);
}

/* The text in memory of exactly its size, so that a byte read past its end is seen by the sanitizer. */
static enum ts_code parse_exact(struct ts_json *j, const void *text, size_t len, bool limits)
{
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    if (len) memcpy(copy, text, len);
    enum ts_code code = ts_json_parse(j, copy, len, limits);
    free(copy); /* the nodes are not looked at afterwards */
    return code;
}

/* ---- JSONTestSuite ---- */

static void check_suite_file(struct ts_json *j, const char *name, unsigned seen[3])
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", SUITE, name);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    struct ts_buf text;
    ts_buf_init(&text, 0);
    while (ts_buf_reserve(&text, 4096)) {
        size_t n = fread(text.data + text.len, 1, 4096, file);
        if (n == 0) break;
        text.len += n;
    }
    fclose(file);
    enum ts_code code = parse_exact(j, text.data, text.len, false);
    assert_int_equal(code == TS_OK, j->fault == TS_JSON_FINE);
    if (name[0] == 'y' && code != TS_OK) fail_msg("%s is refused: %s", name, j->fault_text);
    if (name[0] == 'n' && code == TS_OK) fail_msg("%s is accepted", name);
    if (strncmp(name, "i_string", 8) == 0) assert_int_equal(code, TS_E_SYNTAX); /* all are bad UTF-8 or UTF-16 */
    if (strncmp(name, "i_number", 8) == 0) assert_int_equal(code, TS_OK);       /* huge, but numbers */
    seen[name[0] == 'y' ? 0 : name[0] == 'n' ? 1 : 2]++;
    ts_buf_release(&text);
}

static void the_suite_passes(void **state)
{
    TS_UNUSED(state);
    DIR *folder = opendir(SUITE);
    if (!folder) {
        print_message("skipped: no JSONTestSuite at %s\n", SUITE);
        skip();
        return;
    }
    struct ts_json j;
    ts_json_init(&j);
    unsigned seen[3] = {0};
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (strstr(entry->d_name, ".json")) check_suite_file(&j, entry->d_name, seen);
    }
    closedir(folder);
    print_message("JSONTestSuite: %u y_, %u n_, %u i_\n", seen[0], seen[1], seen[2]);
    assert_int_equal(seen[0], 95);
    assert_int_equal(seen[1], 188);
    assert_int_equal(seen[2], 35);
    ts_json_release(&j);
}

/* ---- what a fault says ---- */

static void faults_say_what_and_where(void **state)
{
    TS_UNUSED(state);
    static const struct {
        struct ts_str text;
        enum ts_json_fault fault;
        size_t offset;
        const char *says;
    } rows[] = {
        {TS_STR(""), TS_JSON_BAD_SYNTAX, 0, "expected a value, but the text ends"},
        {TS_STR("  "), TS_JSON_BAD_SYNTAX, 2, "expected a value"},
        {TS_STR("{\"a\":1 \"b\":2}"), TS_JSON_BAD_SYNTAX, 7, "expected ',' or '}' after a value, found '\"'"},
        {TS_STR("[1 2]"), TS_JSON_BAD_SYNTAX, 3, "expected ',' or ']' after a value, found '2'"},
        {TS_STR("[1,]"), TS_JSON_BAD_SYNTAX, 3, "expected a value, found ']'"},
        {TS_STR("[,1]"), TS_JSON_BAD_SYNTAX, 1, "expected a value, found ','"},
        {TS_STR("{,}"), TS_JSON_BAD_SYNTAX, 1, "expected a key in quotes"},
        {TS_STR("{\"a\":1,}"), TS_JSON_BAD_SYNTAX, 7, "expected a key in quotes, found '}'"},
        {TS_STR("{\"a\" 1}"), TS_JSON_BAD_SYNTAX, 5, "expected ':' after a key"},
        {TS_STR("{\"a\":}"), TS_JSON_BAD_SYNTAX, 5, "expected a value"},
        {TS_STR("[1}"), TS_JSON_BAD_SYNTAX, 2, "expected ',' or ']'"},
        {TS_STR("{} x"), TS_JSON_BAD_SYNTAX, 3, "expected nothing after the value"},
        {TS_STR("01"), TS_JSON_BAD_SYNTAX, 1, "expected nothing after the value"},
        {TS_STR("-"), TS_JSON_BAD_SYNTAX, 1, "a digit"},
        {TS_STR("1."), TS_JSON_BAD_SYNTAX, 2, "a digit after the point"},
        {TS_STR("1e+"), TS_JSON_BAD_SYNTAX, 3, "a digit in the exponent"},
        {TS_STR("nul"), TS_JSON_BAD_SYNTAX, 0, "expected a value"},
        {TS_STR("True"), TS_JSON_BAD_SYNTAX, 0, "expected a value"},
        {TS_STR("\"abc"), TS_JSON_BAD_SYNTAX, 4, "at the end of a string"},
        {TS_STR("\"a\tb\""), TS_JSON_BAD_SYNTAX, 2, "found the byte 0x09"},
        {TS_STR("\"a\0b\""), TS_JSON_BAD_SYNTAX, 2, "found the byte 0x00"},
        {TS_STR("\"\\x\""), TS_JSON_BAD_SYNTAX, 2, "an escape"},
        {TS_STR("\"\\u12g4\""), TS_JSON_BAD_SYNTAX, 5, "four hexadecimal digits"},
        {TS_STR("\xEF\xBB\xBF{}"), TS_JSON_BAD_SYNTAX, 0, "found the byte 0xef"},
        {TS_STR("[\xff]"), TS_JSON_BAD_UTF8, 1, "not UTF-8"},
        {TS_STR("\"long enough text, \xC3(\""), TS_JSON_BAD_UTF8, 19, "not UTF-8"},
        {TS_STR("\"\xED\xA0\x80\""), TS_JSON_BAD_UTF8, 1, "not UTF-8"},
        {TS_STR("\"a\\uD800\""), TS_JSON_BAD_UTF8, 2, "half a surrogate pair"},
        {TS_STR("\"\\uD800\\u0041\""), TS_JSON_BAD_UTF8, 1, "half a surrogate pair"},
        {TS_STR("\"\\uDC00\""), TS_JSON_BAD_UTF8, 1, "half a surrogate pair"},
    };
    struct ts_json j;
    ts_json_init(&j);
    for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
        for (int limits = 0; limits < 2; limits++) {
            assert_int_equal(parse_exact(&j, rows[i].text.ptr, rows[i].text.len, limits), TS_E_SYNTAX);
            if (j.fault != rows[i].fault || j.fault_offset != rows[i].offset || !strstr(j.fault_text, rows[i].says)) {
                fail_msg("row %zu: fault %d at %zu: %s", i, j.fault, j.fault_offset, j.fault_text);
            }
            assert_int_equal(j.count, 0);
        }
    }
    assert_int_equal(ts_json_parse(&j, NULL, 0, true), TS_E_SYNTAX);
    assert_int_equal(parse(&j, "1", true), TS_OK);
    assert_int_equal(j.fault, TS_JSON_FINE);
    assert_string_equal(j.fault_text, "");
    ts_json_release(&j);
}

/* ---- the second layer ---- */

static void assert_over_limit(const char *text, size_t offset, const char *says)
{
    struct ts_json j;
    ts_json_init(&j);
    assert_int_equal(parse_exact(&j, text, strlen(text), true), TS_E_LIMIT);
    assert_int_equal(j.fault, TS_JSON_OVER_LIMIT);
    if (j.fault_offset != offset || !strstr(j.fault_text, says)) fail_msg("%zu: %s", j.fault_offset, j.fault_text);
    assert_int_equal(parse_exact(&j, text, strlen(text), false), TS_OK);
    ts_json_release(&j);
}

static void keys_stand_once_and_strings_hold_no_nul(void **state)
{
    TS_UNUSED(state);
    assert_over_limit("{\"a\":1,\"b\":2,\"a\":3}", 13, "the key \"a\" stands twice");
    assert_over_limit("[{\"x\":{\"k\":1,\"k\":2}}]", 13, "stands twice");
    assert_over_limit("{\"a\":1,\"\\u0061\":2}", 16, "the key \"a\" stands twice");
    assert_over_limit("{\"\":1,\"\":2}", 6, "stands twice");
    assert_over_limit("\"a\\u0000\"", 2, "a NUL");
    assert_over_limit("{\"\\u0000\":1}", 2, "a NUL");
    struct ts_json j;
    ts_json_init(&j);
    assert_int_equal(parse(&j, "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2},\"c\":[{\"a\":1},{\"a\":1}]}", true), TS_OK);
    assert_int_equal(parse(&j, "{\"a\":1,\"A\":2,\"aa\":3}", true), TS_OK);
    /* The grammar has the first word, even where the limit is passed first. */
    assert_int_equal(parse(&j, "{\"a\":1,\"a\":2", true), TS_E_SYNTAX);
    assert_int_equal(j.fault_offset, 12);
    assert_int_equal(parse(&j, "[\"\\u0000\",\"\xff\"]", true), TS_E_SYNTAX);
    assert_int_equal(j.fault, TS_JSON_BAD_UTF8);
    ts_json_release(&j);
}

static void many_keys_and_one_of_them_twice(void **state)
{
    TS_UNUSED(state);
    struct ts_json j;
    ts_json_init(&j);
    for (unsigned keys = 1; keys <= 257; keys++) {
        for (unsigned twice = 0; twice < 2; twice++) { /* the last key is also the first, or the one in the middle */
            struct ts_buf b;
            ts_buf_init(&b, 0);
            ts_buf_adds(&b, "{\"first\":0");
            for (unsigned i = 1; i < keys; i++)
                ts_buf_addf(&b, ",\"key %u\":%u", i, i);
            assert_int_equal(ts_json_parse(&j, (char *)b.data, b.len, true), TS_E_SYNTAX); /* not closed */
            ts_buf_byte(&b, '}');
            enum ts_code code = ts_json_parse(&j, (char *)b.data, b.len, true);
            assert_int_equal(code, keys <= 256 ? TS_OK : TS_E_LIMIT);
            if (keys > 256) assert_non_null(strstr(j.fault_text, "too many keys"));
            b.len--;
            unsigned middle = keys / 2;
            if (twice && middle) {
                ts_buf_addf(&b, ",\"key %u\":1}", middle);
            } else {
                ts_buf_adds(&b, ",\"first\":1}");
            }
            assert_int_equal(ts_json_parse(&j, (char *)b.data, b.len, true), TS_E_LIMIT);
            if (keys < 256) assert_non_null(strstr(j.fault_text, "stands twice"));
            assert_int_equal(ts_json_parse(&j, (char *)b.data, b.len, false), TS_OK);
            assert_int_equal(ts_json_root(&j)->count, keys + 1);
            ts_buf_release(&b);
        }
    }
    ts_json_release(&j);
}

static void depth_is_counted(void **state)
{
    TS_UNUSED(state);
    static char text[1200];
    struct ts_json j;
    ts_json_init(&j);
    for (size_t depth = 1; depth <= 600; depth++) {
        for (size_t i = 0; i < depth; i++) {
            text[i] = '[';
            text[2 * depth - 1 - i] = ']';
        }
        assert_int_equal(ts_json_parse(&j, text, 2 * depth, true), depth <= 32 ? TS_OK : TS_E_LIMIT);
        assert_int_equal(ts_json_parse(&j, text, 2 * depth, false), depth <= 512 ? TS_OK : TS_E_LIMIT);
        if (depth == 512) {
            ts_json_parse(&j, text, 2 * depth, false);
            struct ts_buf b;
            ts_buf_init(&b, 0);
            ts_json_write(&j, ts_json_root(&j), &b);
            assert_int_equal(b.len, 1024);
            ts_buf_release(&b);
        }
    }
    ts_json_release(&j);
}

static void changed_bytes_never_read_out_of_bounds(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = test_rng("damaged documents");
    const char *text =
        "{\"type\":\"track\",\"a\\u00e9\\n\":[1.5e-3,-0,true,false,null,\"\xE4\xBC\x9A\\ud83d\\udc8e\"],\"o\":{}}";
    size_t len = strlen(text);
    struct ts_json j;
    ts_json_init(&j);
    for (size_t n = 0; n < len; n++)
        assert_int_equal(parse_exact(&j, text, n, true), TS_E_SYNTAX);
    static const char likely[] = "{}[]\",:\\u0eE+-.tfn\x80\xff\xE4 ";
    for (int i = 0; i < 100000; i++) {
        char copy[128];
        memcpy(copy, text, len);
        for (uint64_t k = ts_rng_below(&r, 4); k > 0; k--)
            copy[ts_rng_below(&r, len)] = likely[ts_rng_below(&r, sizeof likely)];
        enum ts_code strict = parse_exact(&j, copy, len, true), loose = parse_exact(&j, copy, len, false);
        assert_true(strict == loose || (strict == TS_E_LIMIT && loose == TS_OK));
    }
    ts_json_release(&j);
}

static void a_warm_parser_allocates_nothing_and_a_cold_one_may_fail(void **state)
{
    TS_UNUSED(state);
    const char *text = "{\"a\\n\":[1,2,3,\"\\u00e9\"],\"b\":{\"c\":\"d\"}}";
    struct ts_json j;
    enum ts_code code = TS_E_MEMORY;
    for (int n = 0; code == TS_E_MEMORY; n++) {
        ts_json_init(&j);
        ts_alloc_fail_after(n);
        code = parse(&j, text, true);
        assert_int_equal(j.count != 0, code == TS_OK);
        assert_true(n < 10);
        if (code == TS_OK) {
            ts_alloc_fail_after(0);
            assert_int_equal(parse(&j, text, true), TS_OK);
        }
        ts_alloc_fail_after(-1);
        ts_json_release(&j);
    }
    ts_json_init(&j);
    struct ts_buf many, out; /* canonical text of a large document needs a list of its own */
    ts_buf_init(&many, 0);
    ts_buf_init(&out, 0);
    ts_buf_byte(&many, '[');
    for (int i = 0; i < 1000; i++)
        ts_buf_adds(&many, "0,");
    ts_buf_adds(&many, "0]");
    assert_int_equal(ts_json_parse(&j, (char *)many.data, many.len, true), TS_OK);
    ts_alloc_fail_after(0);
    ts_json_write(&j, ts_json_root(&j), &out);
    ts_alloc_fail_after(-1);
    assert_true(out.failed);
    ts_buf_clear(&out);
    ts_json_write(&j, ts_json_root(&j), &out);
    assert_int_equal(out.len, many.len);
    assert_memory_equal(out.data, many.data, many.len);
    ts_buf_release(&many);
    ts_buf_release(&out);
    ts_json_release(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_suite_passes),
        cmocka_unit_test(faults_say_what_and_where),
        cmocka_unit_test(keys_stand_once_and_strings_hold_no_nul),
        cmocka_unit_test(many_keys_and_one_of_them_twice),
        cmocka_unit_test(depth_is_counted),
        cmocka_unit_test(changed_bytes_never_read_out_of_bounds),
        cmocka_unit_test(a_warm_parser_allocates_nothing_and_a_cold_one_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
