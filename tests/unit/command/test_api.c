/* SPDX-License-Identifier: Apache-2.0 */
/* The public C API: lines in, JSON out, previews without a trace, two engines side by side. */
#include "support.h"
#include "tessera.h"

#define RULES                                                                                                          \
    "program { name = 'Test', timezone = 'UTC', currency = 'EUR' }\n"                                                  \
    "event 'Bought' { revenue = { 'money', required = true } }\n"                                                      \
    "points 'stars' {}\n"                                                                                              \
    "earn 'stars on purchases' { on = 'Bought', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"

static void rules_folder(char dir[64], const char *text)
{
    char path[100];
    strcpy(dir, "/tmp/tessera-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/program.lua", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void remove_folder(const char *dir)
{
    char path[100];
    snprintf(path, sizeof path, "%s/program.lua", dir);
    unlink(path);
    rmdir(dir);
}

static void expect(enum tessera_status status, char *const *from, const char *part)
{
    char *json = *from; /* after the call that filled it */
    assert_int_equal(status, TESSERA_OK);
    assert_non_null(json);
    if (!strstr(json, part)) fail_msg("no %s in %s", part, json);
    tessera_text_free(json);
}
#define APPLY(t, line, part) expect(tessera_apply(t, line, strlen(line), &json), &json, part)

static void a_life(void **state)
{
    TS_UNUSED(state);
    static const char order[] = "{\"type\":\"track\",\"event\":\"Bought\",\"messageId\":\"a\",\"userId\":\"u1\","
                                "\"timestamp\":\"2026-01-01T00:00:00Z\",\"properties\":{\"revenue\":12.5}}";
    char dir[64], *json = NULL;
    struct tessera_engine *t = NULL, *other = NULL;
    rules_folder(dir, RULES);
    assert_int_equal(tessera_open(dir, &t, &json), TESSERA_OK);
    assert_int_equal(tessera_open(NULL, &other, NULL), TESSERA_OK);
    expect(tessera_preview(t, order, strlen(order), &json), &json, "\"granted\":12");
    assert_int_equal(tessera_member(t, "user_id:u1", &json), TESSERA_NOT_FOUND);
    tessera_text_free(json);
    APPLY(t, order, "\"status\":\"applied\"");
    APPLY(t, order, "\"status\":\"duplicate\"");
    expect(tessera_member(t, "user_id:u1", &json), &json, "\"available\":12");
    APPLY(t, "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"m1\",\"points\":\"stars\",\"amount\":5}", "\"spend\"");
    APPLY(t, "{\"type\":\"redeem\",\"key\":\"l\",\"member\":\"m1\",\"points\":\"stars\",\"amount\":8}",
          "insufficient_points");
    expect(tessera_member(t, "m1", &json), &json, "\"available\":7");
    APPLY(t, "nonsense", "\"reason\":\"json_syntax\"");
    APPLY(other, order, "\"reason\":\"unknown_event\"");
    tessera_close(t);
    tessera_close(other);
    remove_folder(dir);
}

static void what_does_not_load_says_why(void **state)
{
    TS_UNUSED(state);
    char dir[64], *json = NULL;
    struct tessera_engine *t = NULL;
    rules_folder(dir, "program { name = 'Test' }\nearnn 'x' {}\n");
    assert_int_equal(tessera_open(dir, &t, &json), TESSERA_REFUSED);
    assert_null(t);
    assert_non_null(json);
    assert_non_null(strstr(json, "\"problems\":["));
    assert_non_null(strstr(json, "\"line\":2"));
    tessera_text_free(json);
    assert_int_equal(tessera_open("/nonexistent", &t, NULL), TESSERA_NOT_FOUND);
    assert_int_equal(tessera_open(NULL, NULL, NULL), TESSERA_USAGE);
    assert_int_equal(tessera_apply(NULL, "x", 1, &json), TESSERA_USAGE);
    assert_string_equal(tessera_version(), TESSERA_VERSION);
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life),
        cmocka_unit_test(what_does_not_load_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
