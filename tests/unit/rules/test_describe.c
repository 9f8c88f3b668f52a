/* SPDX-License-Identifier: Apache-2.0 */
/* What the language says of itself: complete, and the same when it is asked twice; what has no text is listed; and every
 * allocation on the way may fail. */
#include "base/json.h"
#include "fixture.h"
#include "rules/describe.h"

static const struct ts_described fine[] = {{"one", "the first"}, {"two", "the second"}};
static const struct ts_described bare[] = {{"one", "the first"}, {"two", ""}};

static enum ts_code tell(const struct ts_described *at, struct ts_buf *out, struct ts_error *err)
{
    const struct ts_described_list lists[] = {{"things", at, 2}};
    return ts_rules_describe(lists, 1, out, err);
}

static uint32_t count_of(struct ts_json *json, const struct ts_buf *text, const char *key)
{
    assert_int_equal(ts_json_parse(json, (const char *)text->data, text->len, false), TS_OK);
    const struct ts_json_node *list = ts_json_get(json, ts_json_root(json), ts_cstr(key));
    assert_non_null(list);
    assert_int_equal(list->type, TS_JSON_ARRAY);
    return list->count;
}

static void is_complete(void **state)
{
    TS_UNUSED(state);
    struct ts_buf first, second;
    struct ts_json json;
    struct ts_error err = {0};
    size_t rows = 0;
    ts_json_init(&json);
    ts_buf_init(&first, 0);
    ts_buf_init(&second, 0);
    assert_int_equal(tell(fine, &first, &err), TS_OK);
    assert_int_equal(tell(fine, &second, &err), TS_OK);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    assert_int_equal(count_of(&json, &first, "faults"), 0);
    assert_true(count_of(&json, &first, "words") > 20);
    for (size_t i = 0; i < ts_bindings_all_n; i++)
        rows += ts_bindings_all[i]->n;
    assert_int_equal(count_of(&json, &first, "bindings"), rows);
    ts_buf_release(&first);
    ts_buf_release(&second);
    ts_json_release(&json);
}

static void what_has_no_text_is_a_fault(void **state)
{
    TS_UNUSED(state);
    struct ts_buf out;
    struct ts_json json;
    struct ts_error err = {0};
    ts_json_init(&json);
    ts_buf_init(&out, 0);
    assert_int_equal(tell(bare, &out, &err), TS_OK);
    assert_int_equal(count_of(&json, &out, "faults"), 1);
    const struct ts_json_node *faults = ts_json_get(&json, ts_json_root(&json), TS_STR("faults"));
    const struct ts_json_node *fault = ts_json_first(&json, faults);
    assert_true(ts_str_eq(fault->text, TS_STR("things.two: has no text")));
    ts_buf_release(&out);
    ts_json_release(&json);
}

static void survives_every_failing_allocation(void **state)
{
    TS_UNUSED(state);
    bool told = false;
    unsigned refused = 0;
    for (int64_t n = 0; !told; n += n < 200 ? 1 : 1 + n / 40) {
        struct ts_buf out;
        struct ts_error err = {0};
        ts_buf_init(&out, 0);
        ts_alloc_fail_after(n);
        enum ts_code code = tell(fine, &out, &err);
        ts_alloc_fail_after(-1);
        told = code == TS_OK;
        if (!told && code != TS_E_MEMORY) fail_msg("after %lld: %s: %s", (long long)n, ts_code_name(code), err.text);
        refused += !told;
        ts_buf_release(&out);
    }
    assert_true(refused > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_complete),
        cmocka_unit_test(what_has_no_text_is_a_fault),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
