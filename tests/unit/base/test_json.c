/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON door: JSONTestSuite, the limits, what a fault says and where, nodes against random documents whose shape is
 * known, canonical text, and numbers. */
#include "check.h"

#include <dirent.h>
#include <math.h>

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
        cmocka_unit_test(the_suite_passes),
        cmocka_unit_test(faults_say_what_and_where),
        cmocka_unit_test(keys_stand_once_and_strings_hold_no_nul),
        cmocka_unit_test(many_keys_and_one_of_them_twice),
        cmocka_unit_test(depth_is_counted),
        cmocka_unit_test(nodes_are_walked_and_found),
        cmocka_unit_test(random_documents_have_the_canonical_text_they_should),
        cmocka_unit_test(duplicates_keep_their_order_in_canonical_text),
        cmocka_unit_test(changed_bytes_never_read_out_of_bounds),
        cmocka_unit_test(a_warm_parser_allocates_nothing_and_a_cold_one_may_fail),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(doubles_are_rounded_correctly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
