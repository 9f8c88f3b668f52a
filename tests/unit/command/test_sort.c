/* SPDX-License-Identifier: Apache-2.0 */
/* The external sort against a stable insertion by hand, with memory so small that runs are spilled and merged in several rounds; and the
 * count of equal lines against a search. */
#include "base/json.h"
#include "command/equal.h"
#include "command/sort.h"
#include "support.h"

struct row {
    char text[120];
    ts_ms at;
    uint64_t number;
};

static size_t make_rows(struct ts_rng *rng, struct row *rows, size_t n, unsigned spread)
{
    ts_ms previous = TS_MS_MIN;
    for (size_t i = 0; i < n; i++) {
        struct row *r = &rows[i];
        char time[32];
        ts_ms at = INT64_C(1700000000000) + (ts_ms)ts_rng_below(rng, spread) * 1000;
        unsigned kind = (unsigned)ts_rng_below(rng, 10);
        if (kind == 0)
            snprintf(r->text, sizeof r->text, "not json %zu", i);
        else if (kind == 1)
            snprintf(r->text, sizeof r->text, "{\"n\":%zu}", i);
        else if (kind == 2)
            snprintf(r->text, sizeof r->text, "{\"n\":%zu,\"timestamp\":null,\"originalTimestamp\":\"%s\"}", i,
                     ts_time_format(at, time));
        else
            snprintf(r->text, sizeof r->text, "{\"timestamp\":\"%s\",\"n\":%zu}", ts_time_format(at, time), i);
        if (kind >= 2) previous = at;
        r->at = previous;
        r->number = i + 1;
    }
    return n;
}

static void sort_by_hand(struct row *rows, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct row r = rows[i];
        size_t k = i;
        for (; k && rows[k - 1].at > r.at; k--)
            rows[k] = rows[k - 1];
        rows[k] = r;
    }
}

static void expect_sorted(struct row *rows, size_t n, size_t memory)
{
    struct ts_sort *s;
    struct ts_error err = {0};
    struct ts_line line;
    assert_int_equal(ts_sort_new(NULL, memory, &s, &err), TS_OK);
    for (size_t i = 0; i < n; i++) {
        struct ts_line in = {ts_cstr(rows[i].text), rows[i].number, false};
        assert_int_equal(ts_sort_add(s, &in, &err), TS_OK);
    }
    assert_int_equal(ts_sort_finish(s, &err), TS_OK);
    sort_by_hand(rows, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(ts_sort_next(s, &line, &err));
        assert_int_equal(line.number, rows[i].number);
        assert_true(ts_str_eq(line.text, ts_cstr(rows[i].text)));
    }
    assert_false(ts_sort_next(s, &line, &err));
    assert_int_equal(err.code, TS_OK);
    ts_sort_free(s);
}

static void sorted_and_stable(void **state)
{
    TS_UNUSED(state);
    static const size_t memories[] = {0, 100000, 3000,
                                      200}; /* all in memory; a few runs; many; several rounds of merging */
    struct ts_rng rng = {test_seed(20240611)};
    struct row *rows = calloc(3000, sizeof *rows);
    assert_non_null(rows);
    for (size_t m = 0; m < TS_ARRAY_LEN(memories); m++)
        for (unsigned round = 0; round < 8; round++) {
            size_t n = make_rows(&rng, rows, round ? ts_rng_below(&rng, 2500) : 0, round % 2 ? 20 : 100000);
            expect_sorted(rows, n, memories[m]);
        }
    free(rows);
}

static void the_folder_must_take_files(void **state)
{
    TS_UNUSED(state);
    struct ts_sort *s;
    struct ts_error err = {0};
    struct ts_line line = {TS_STR("{}"), 1, false};
    assert_int_equal(ts_sort_new("/nonexistent", 10, &s, &err), TS_OK);
    assert_int_equal(ts_sort_add(s, &line, &err), TS_OK);
    assert_int_equal(ts_sort_add(s, &line, &err), TS_E_DISK);
    assert_non_null(strstr(err.hint, "TMPDIR"));
    ts_sort_free(s);
}

static void every_allocation_may_fail(void **state)
{
    TS_UNUSED(state);
    for (int n = 0;; n++) {
        struct ts_sort *s = NULL;
        struct ts_error err = {0};
        struct ts_line line = {TS_STR("{\"timestamp\":\"2026-01-01\"}"), 1, false}, out;
        ts_alloc_fail_after(n);
        enum ts_code code = ts_sort_new(NULL, 100, &s, &err);
        for (int i = 0; code == TS_OK && i < 8; i++)
            code = ts_sort_add(s, &line, &err);
        if (code == TS_OK) code = ts_sort_finish(s, &err);
        while (code == TS_OK && ts_sort_next(s, &out, &err))
            ;
        if (code == TS_OK) code = err.code;
        ts_alloc_fail_after(-1);
        ts_sort_free(s);
        assert_true(code == TS_OK || code == TS_E_MEMORY);
        if (code == TS_OK && n > 12) return;
        assert_true(n < 1000);
    }
}

static void equal_lines_are_counted(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    struct ts_equal e = {0};
    static uint64_t counts[5000];
    char text[32];
    for (int i = 0; i < 30000; i++) {
        size_t which = ts_rng_below(&rng, TS_ARRAY_LEN(counts));
        uint64_t before;
        snprintf(text, sizeof text, "line %zu", which);
        assert_true(ts_equal_count(&e, ts_cstr(text), &before));
        assert_int_equal(before, counts[which]++);
    }
    ts_equal_release(&e);
    ts_alloc_fail_after(1);
    uint64_t before;
    bool ok = ts_equal_count(&e, TS_STR("a"), &before);
    ts_alloc_fail_after(-1);
    assert_false(ok);
    ts_equal_release(&e);
}

static const struct {
    const char *line;
    bool has;
} ids[] = {
    {"{\"messageId\":\"a\"}", true},
    {"{\"type\":\"track\", \"messageId\" : \"a\"}", true},
    {"{\"x\":{\"messageId\":\"a\"}}", false},
    {"{\"x\":{\"messageId\":\"a\"},\"messageId\":\"b\"}", true},
    {"{\"x\":[{\"messageId\":\"a\"}]}", false},
    {"{\"messageId\":\"\"}", false},
    {"{\"messageId\":null}", false},
    {"{\"messageId\":12}", false},
    {"{\"x\":\"messageId\",\"y\":1}", false},
    {"{\"x\":\"messageId\",\"messageId\":\"y\"}", true},
    {"{\"x\":\"{\\\"messageId\\\":\\\"a\\\"}\"}", false},
    {"{\"x\":\"\\\\\",\"messageId\":\"a\"}", true},
    {"{\"x\":\"}{\",\"messageId\":\"a\"}", true},
    {"{\"messageID\":\"a\"}", false},
    {"\"messageId\"", false},
    {"{\"messageId\"", false},
    {"{\"messageId\":", false},
    {"{\"messageId\":\"", false},
    {"", false},
};

static void message_ids_are_seen(void **state)
{
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_ARRAY_LEN(ids); i++)
        if (ts_line_has_message_id(ts_cstr(ids[i].line)) != ids[i].has) fail_msg("%s", ids[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_and_stable),         cmocka_unit_test(the_folder_must_take_files),
        cmocka_unit_test(every_allocation_may_fail), cmocka_unit_test(equal_lines_are_counted),
        cmocka_unit_test(message_ids_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
