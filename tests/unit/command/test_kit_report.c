/* SPDX-License-Identifier: Apache-2.0 */
/* The report of the test kit: read, judged and shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/kit_report.h"

static const char covered[] = "{\"passed\":3,\"failed\":0,\"skipped\":1,\"coverage\":{\"reached\":3,\"of\":4,\"files\":"
                              "[{\"file\":\"rules/x.lua\","
                              "\"declarations\":1,\"declarations_reached\":1,\"lines\":3,\"lines_reached\":2,"
                              "\"reached\":3,\"of\":4,\"missing\":\"line 7\"}]}}";

/* What `tessera test` prints and its exit code for a report file with this text. */
struct shown {
    enum ts_code code;
    int exit;
    char *out, *err;
};

static struct ts_option threshold_option = {"threshold", "PERCENT", ""};

static struct shown show(const char *text, const char *threshold, bool json)
{
    struct shown s = {0};
    struct ts_kit_report r;
    size_t out_len, err_len;
    char path[] = "/tmp/test-kit-report-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct ts_given given = {&threshold_option, threshold};
    struct ts_run run = {.json = json, .args = {.given = &given, .n_given = threshold ? 1 : 0}};
    run.out = open_memstream(&s.out, &out_len);
    run.err = open_memstream(&s.err, &err_len);
    s.code = ts_kit_report_read(&r, path, &run.error);
    if (s.code == TS_OK && r.there) s.code = ts_kit_report_show(&run, &r);
    s.exit = run.exit;
    ts_kit_report_release(&r);
    fclose(run.out);
    fclose(run.err);
    unlink(path);
    return s;
}

static void done(struct shown *s)
{
    free(s->out); /* open_memstream's own */
    free(s->err);
}

static void counts(void **state)
{
    TS_UNUSED(state);
    struct shown s = show("{\"passed\":3,\"failed\":0,\"skipped\":1}", NULL, true);
    assert_int_equal(s.code, TS_OK);
    assert_int_equal(s.exit, 0);
    assert_string_equal(s.out, "{\"ok\":true,\"passed\":3,\"failed\":0,\"skipped\":1}\n");
    done(&s);
    s = show("{\"passed\":3,\"failed\":2,\"skipped\":0}", NULL, false);
    assert_int_equal(s.exit, 1);
    assert_string_equal(s.out, ""); /* busted has shown it */
    done(&s);
}

static void coverage(void **state)
{
    TS_UNUSED(state);
    struct shown s = show(covered, "75", false);
    assert_int_equal(s.exit, 0);
    assert_non_null(strstr(s.out, "rules/x.lua"));
    assert_non_null(strstr(s.out, "1 of 1"));
    assert_non_null(strstr(s.out, "2 of 3"));
    assert_non_null(strstr(s.out, "line 7"));
    assert_non_null(strstr(s.out, "75% reached: 3 of 4"));
    done(&s);
    s = show(covered, "76", true);
    assert_int_equal(s.exit, 1);
    assert_non_null(strstr(s.err, "threshold of 76%"));
    assert_int_equal(strncmp(s.out, "{\"ok\":false,", 12), 0);
    done(&s);
}

static void not_a_report(void **state)
{
    TS_UNUSED(state);
    struct shown s = show("", NULL, false);
    assert_int_equal(s.code, TS_OK); /* there is none: the caller says why */
    done(&s);
    s = show("{\"passed\":", NULL, false);
    assert_int_equal(s.code, TS_E_INTERNAL);
    done(&s);
    struct ts_kit_report r;
    struct ts_error err;
    assert_int_equal(ts_kit_report_read(&r, "/nowhere/at/all", &err), TS_E_DISK);
    ts_kit_report_release(&r);
}

static void without_memory(void **state)
{
    TS_UNUSED(state);
    for (int64_t n = 0; n < 30; n++) {
        ts_alloc_fail_after(n);
        struct shown s = show(covered, "75", n % 2 == 1);
        ts_alloc_fail_after(-1);
        if (s.code == TS_OK) assert_int_equal(s.exit, 0);
        done(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(coverage),
                                       cmocka_unit_test(not_a_report), cmocka_unit_test(without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
