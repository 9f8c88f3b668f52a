/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people, as it comes out: widths, numbers, cutting, tables with Chinese in them; and documents of JSON. */
#include <math.h>

#include "command/out.h"
#include "command/table.h"
#include "support.h"

static void widths(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text;
        unsigned width;
    } cases[] = {{"", 0},
                 {"abc", 3},
                 {"Kühn", 4},
                 {"e\xCC\x81", 1},
                 {"消费", 4},
                 {"刘强 ok", 7},
                 {"\xF0\x9F\x8E\x81", 2},
                 {"\x1b[2J", 4},
                 {"\xff\xfe", 2},
                 {"a\tb", 3}};
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++)
        assert_int_equal(ts_text_width(ts_cstr(cases[i].text)), cases[i].width);
}

static void expect_put(const char *text, unsigned max, unsigned pad, bool right, const char *expected)
{
    struct ts_buf b;
    ts_buf_init(&b, 0);
    ts_text_put(&b, ts_cstr(text), max, pad, right);
    assert_string_equal(ts_buf_cstr(&b), expected);
    ts_buf_release(&b);
}

static void putting(void **state)
{
    TS_UNUSED(state);
    expect_put("abc", 0, 5, false, "abc  ");
    expect_put("abc", 0, 5, true, "  abc");
    expect_put("abcdef", 4, 4, false, "abc…");
    expect_put("消费消费", 6, 6, false, "消费… ");
    expect_put("消费消费", 5, 5, false, "消费…");
    expect_put("a\x1b[31mb", 0, 0, false, "a\xEF\xBF\xBD[31mb");
    expect_put("a\xff", 0, 0, false, "a\xEF\xBF\xBD");
    expect_put("\xE2\x80\xAE"
               "abc",
               0, 0, false,
               "\xEF\xBF\xBD"
               "abc"); /* writing that turns round */
}

static void numbers(void **state)
{
    TS_UNUSED(state);
    char text[40];
    assert_string_equal(ts_text_count(0, text), "0");
    assert_string_equal(ts_text_count(999, text), "999");
    assert_string_equal(ts_text_count(-1000, text), "-1,000");
    assert_string_equal(ts_text_count(1234567, text), "1,234,567");
    assert_string_equal(ts_text_count(INT64_MIN, text), "-9,223,372,036,854,775,808");
    assert_string_equal(ts_text_minor(123450, 2, text), "1,234.50");
    assert_string_equal(ts_text_minor(-5, 2, text), "-0.05");
    assert_string_equal(ts_text_minor(7, 0, text), "7");
    assert_string_equal(ts_text_minor(1005, 3, text), "1.005");
    assert_string_equal(ts_text_span(3.21, text), "3.2 s");
    assert_string_equal(ts_text_span(75, text), "1 min 15 s");
    assert_string_equal(ts_text_span(7300, text), "2 h 01 min");
    assert_string_equal(ts_text_time(NULL, INT64_C(1768471200000), text), "2026-01-15 10:00");
    assert_string_equal(ts_text_time(NULL, TS_NEVER, text), "never");
}

static void bars(void **state)
{
    TS_UNUSED(state);
    static const struct {
        double share;
        const char *bar;
    } cases[] = {{0, "░░░░"},  {1, "████"}, {0.5, "██░░"},    {0.001, "█░░░"},
                 {-1, "░░░░"}, {7, "████"}, {0.0 / 1, "░░░░"}};
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        struct ts_buf b;
        ts_buf_init(&b, 0);
        ts_text_bar(&b, cases[i].share, 4);
        assert_string_equal(ts_buf_cstr(&b), cases[i].bar);
        ts_buf_release(&b);
    }
}

static void expect_table(unsigned width, const char *expected)
{
    static const struct ts_column columns[] = {
        {"name", false, 0, TS_BOLD}, {"points", true, 0, TS_PLAIN}, {"why", false, 30, TS_PLAIN}};
    struct ts_run run = {.style = {.width = width}};
    struct ts_table t;
    char *text = NULL;
    size_t size;
    run.out = open_memstream(&text, &size);
    ts_table_init(&t, columns, 3);
    ts_table_cell(&t, TS_STR("刘强"));
    ts_table_count(&t, 1234);
    ts_table_cell(&t, TS_STR("stars on purchases"));
    ts_table_cell(&t, TS_STR("Ada"));
    ts_table_count(&t, 5);
    ts_table_cellf(&t, "%s", "a reason that is longer than its column may be");
    assert_int_equal(ts_table_rows(&t), 2);
    assert_int_equal(ts_table_print(&t, &run, 1), TS_OK);
    ts_table_release(&t);
    fclose(run.out);
    assert_string_equal(text, expected);
    free(text);
}

static void tables(void **state)
{
    TS_UNUSED(state);
    expect_table(0, " name  points  why\n"
                    " 刘强   1,234  stars on purchases\n"
                    " Ada        5  a reason that is longer than …\n");
    expect_table(35, " name  points  why\n"
                     " 刘强   1,234  stars on purchases\n"
                     " Ada        5  a reason that is lo…\n");
}

static void tables_without_memory(void **state)
{
    TS_UNUSED(state);
    static const struct ts_column columns[] = {{"a", false, 0, TS_PLAIN}};
    for (int n = 0; n < 4; n++) {
        struct ts_run run = {.out = stdout};
        struct ts_table t;
        ts_alloc_fail_after(n);
        ts_table_init(&t, columns, 1);
        ts_table_cell(&t, TS_STR(""));
        enum ts_code code = ts_table_print(&t, &run, 0);
        ts_alloc_fail_after(-1);
        assert_true(code == TS_E_MEMORY || n >= 2);
        ts_table_release(&t);
    }
}

static void documents(void **state)
{
    TS_UNUSED(state);
    struct ts_doc d = {false};
    struct ts_buf out;
    ts_buf_init(&out, 0);
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_int(&d, o, "min", INT64_MIN);
    ts_doc_uint(&d, o, "big", 9007199254740993u);
    ts_doc_double(&d, o, "third", 0.1);
    ts_doc_double(&d, o, "nan", (double)NAN);
    ts_doc_decimal(&d, o, "rate", 115, 2);
    ts_doc_decimal(&d, o, "less", -1500000, 6);
    ts_doc_decimal(&d, o, "whole", 7, 0);
    ts_doc_text(&d, o, "text", "a\"b\\c\n刘");
    ts_doc_str(&d, o, "broken",
               ts_str("a\xff"
                      "b\0c",
                      5));
    ts_doc_text(&d, o, "none", NULL);
    ts_doc_time(&d, o, "at", 0);
    ts_doc_time(&d, o, "never", TS_NEVER);
    ts_doc_member(&d, o, "member", 12);
    ts_doc_raw(&d, o, "raw", TS_STR("[1, 2]"));
    ts_doc_bool(&d, ts_doc_array(&d, o, "list"), NULL, true);
    assert_true(ts_doc_write(&d, o, &out));
    assert_string_equal(
        ts_buf_cstr(&out),
        "{\"min\":-9223372036854775808,\"big\":9007199254740993,\"third\":0.1,\"nan\":null,\"rate\":1.15,"
        "\"less\":-1.5,\"whole\":7,\"text\":\"a\\\"b\\\\c\\n刘\",\"broken\":\"a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD"
        "c\","
        "\"none\":null,\"at\":\"1970-01-01T00:00:00.000Z\",\"never\":null,\"member\":\"m12\",\"raw\":[1, 2],"
        "\"list\":[true]}\n");
    ts_buf_release(&out);
}

/* cJSON takes memory of its own; what is ours may fail at any point, and then there is no document. */
static void documents_without_memory(void **state)
{
    TS_UNUSED(state);
    for (int n = 0; n < 6; n++) {
        struct ts_doc d = {false};
        struct ts_buf out;
        ts_buf_init(&out, 0);
        ts_alloc_fail_after(n);
        cJSON *o = ts_doc_object(&d, NULL, NULL);
        ts_doc_text(&d, o, "a", "one");
        ts_doc_text(&d, ts_doc_object(&d, o, "b"), "c", "two");
        ts_doc_raw(&d, o, "d", TS_STR("3"));
        bool ok = ts_doc_write(&d, o, &out);
        ts_alloc_fail_after(-1);
        assert_int_equal(ok, n >= 4);
        ts_buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths),    cmocka_unit_test(putting),
        cmocka_unit_test(numbers),   cmocka_unit_test(bars),
        cmocka_unit_test(tables),    cmocka_unit_test(tables_without_memory),
        cmocka_unit_test(documents), cmocka_unit_test(documents_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
