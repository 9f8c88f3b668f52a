/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a folder of rules, its version, and the sources as JSON. Folders are made under the system's temporary folder
 * and removed again. */
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "fixture.h"

static char folder[64];

static int make_folder(void **state)
{
    TS_UNUSED(state);
    snprintf(folder, sizeof folder, "/tmp/tessera-sources-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    TS_UNUSED(st);
    TS_UNUSED(type);
    TS_UNUSED(ftw);
    return remove(path);
}

static int remove_folder(void **state)
{
    TS_UNUSED(state);
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *at(const char *path)
{
    static char full[4096];
    snprintf(full, sizeof full, "%s/%s", folder, path);
    return full;
}

static void put(const char *path, const char *text, size_t len)
{
    FILE *f = fopen(at(path), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    fclose(f);
}

static void files_in_byte_order(void **state)
{
    TS_UNUSED(state);
    static const char *const folders[] = {"a", "spec", "a/spec", ".git", "B", "a-b", "old~"};
    static const char *const files[] = {"b.lua",          "a/x.lua",      "a.lua",        "B/x.lua",     "a-b/x.lua",
                                        "a/prices.table", "b_spec.lua",   ".hidden.lua",  "c.lua~",      "c.txt",
                                        "spec/d.lua",     "a/spec/d.lua", ".git/d.lua",   "old~/d.lua",  "zebra.table",
                                        "table",          "lua",          "\xC3\xA4.lua", "a/y_spec.lua"};
    static const char *const wanted[] = {"B/x.lua", "a-b/x.lua",    "a.lua",          "a/x.lua",
                                         "b.lua",   "\xC3\xA4.lua", "a/prices.table", "zebra.table"};
    for (size_t i = 0; i < TS_ARRAY_LEN(folders); i++)
        assert_int_equal(mkdir(at(folders[i]), 0700), 0);
    for (size_t i = 0; i < TS_ARRAY_LEN(files); i++)
        put(files[i], files[i], strlen(files[i]));
    assert_int_equal(symlink("nowhere.lua", at("dead.lua")), 0);

    struct ts_sources s;
    struct ts_error err = {0};
    assert_int_equal(ts_sources_read(folder, &s, &err), TS_OK);
    assert_int_equal(s.n, TS_ARRAY_LEN(wanted));
    for (uint32_t i = 0; i < s.n; i++) {
        assert_true(ts_str_eq(s.at[i].path, ts_cstr(wanted[i])));
        assert_true(ts_str_eq(s.at[i].text, s.at[i].path));
    }
    ts_sources_release(&s);
}

static void what_cannot_be_read(void **state)
{
    TS_UNUSED(state);
    struct ts_sources s;
    struct ts_error err = {0};
    assert_int_equal(ts_sources_read("/nowhere/at/all", &s, &err), TS_E_NOT_FOUND);
    put("file", "", 0);
    assert_int_equal(ts_sources_read(at("file"), &s, &err), TS_E_NOT_FOUND);
    char *large = calloc(1, TS_LIMIT_RULE_FILE_BYTES + 1);
    put("large.lua", large, TS_LIMIT_RULE_FILE_BYTES);
    assert_int_equal(ts_sources_read(folder, &s, &err), TS_OK);
    ts_sources_release(&s);
    put("large.lua", large, TS_LIMIT_RULE_FILE_BYTES + 1);
    assert_int_equal(ts_sources_read(folder, &s, &err), TS_E_LIMIT);
    assert_string_equal(err.where, "large.lua");
    free(large);
    unlink(at("large.lua"));
    put("bad\xFF.lua", "", 0);
    assert_int_equal(ts_sources_read(folder, &s, &err), TS_E_SYNTAX);
    unlink(at("bad\xFF.lua"));
    assert_int_equal(mkdir(at("loop"), 0700), 0);
    assert_int_equal(symlink("..", at("loop/up")), 0);
    assert_int_equal(ts_sources_read(folder, &s, &err), TS_E_LIMIT);
    unlink(at("loop/up"));
}

static const struct ts_problem *problem_of(const struct ts_problems *problems, const char *file)
{
    for (uint32_t i = 0; i < problems->list.len; i++)
        if (strcmp(problems->list.at[i].file, file) == 0) return &problems->list.at[i];
    fail_msg("no problem in %s", file);
    return NULL;
}

/* For a check, what cannot be read is a problem and the rest is read. */
static void problems_in_the_place_of_an_error(void **state)
{
    TS_UNUSED(state);
    struct ts_sources s;
    struct ts_problems problems = {0};
    struct ts_error err = {0};
    char *large = calloc(1, TS_LIMIT_RULE_FILE_BYTES + 9);
    put("large.lua", large, TS_LIMIT_RULE_FILE_BYTES + 9);
    free(large);
    put("a.lua", "-- a", 4);
    put("bad\xFF.lua", "", 0);
    assert_int_equal(mkdir(at("loop"), 0700), 0);
    assert_int_equal(symlink("..", at("loop/up")), 0);
    assert_int_equal(ts_sources_check(folder, &s, &problems, &err),
                     TS_E_LIMIT); /* folders without end are no file's fault */
    ts_problems_release(&problems);
    unlink(at("loop/up"));
    assert_int_equal(ts_sources_check(folder, &s, &problems, &err), TS_OK);
    assert_int_equal(s.n, 2);
    assert_true(ts_str_eq(s.at[0].path, TS_STR("a.lua")));
    assert_int_equal(s.at[1].text.len, TS_LIMIT_RULE_FILE_BYTES + 1); /* for loading to refuse */
    assert_int_equal(problems.list.len, 1);
    assert_string_equal(problem_of(&problems, "bad\\xff.lua")->code, "syntax");
    ts_sources_release(&s);
    ts_problems_release(&problems);
    unlink(at("large.lua"));
    unlink(at("bad\xFF.lua"));
}

static void too_many_files(void **state)
{
    TS_UNUSED(state);
    char name[32];
    struct ts_sources s;
    struct ts_error err = {0};
    assert_int_equal(mkdir(at("many"), 0700), 0);
    for (int i = 0; i < TS_LIMIT_RULE_FILES; i++) {
        snprintf(name, sizeof name, "many/%d.lua", i);
        put(name, "", 0);
    }
    assert_int_equal(ts_sources_read(at("many"), &s, &err), TS_OK);
    assert_int_equal(s.n, TS_LIMIT_RULE_FILES);
    ts_sources_release(&s);
    put("many/x.table", "", 0);
    assert_int_equal(ts_sources_read(at("many"), &s, &err), TS_E_LIMIT);
}

static void version_of(struct ts_source *files, uint32_t n, char ret[72])
{
    struct ts_sources s = {.at = files, .n = n};
    ts_sources_version(&s, ret);
}

/* The version is a function of (path, length, bytes) and of nothing else; it never changes between releases. */
static void the_version(void **state)
{
    TS_UNUSED(state);
    char base[72], other[72];
    struct ts_source files[] = {source("a.lua", "tag 'x' {}"), source("b.lua", "")};
    version_of(files, 2, base);
    assert_string_equal(base, "sha256:2f5af11628878419adee2ed9739911d98cd92412549ac6a3574dd24d8d5e5319");
    version_of(files, 0, other);
    assert_string_equal(other, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    struct ts_source changed[][2] = {
        {source("a.lua", "tag 'y' {}"), source("b.lua", "")},  /* a byte */
        {source("c.lua", "tag 'x' {}"), source("b.lua", "")},  /* a path */
        {source("a.lua", "tag 'x' {} "), source("b.lua", "")}, /* a length */
        {source("a.lua", "tag 'x' {"), source("}b.lua", "")},  /* the same bytes, cut elsewhere */
        {source("b.lua", ""), source("a.lua", "tag 'x' {}")},  /* another order */
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(changed); i++) {
        version_of(changed[i], 2, other);
        assert_string_not_equal(base, other);
    }
    version_of(files, 1, other);
    assert_string_not_equal(base, other);
    version_of(files, 2, other);
    assert_string_equal(base, other);
}

static void json_there_and_back(void **state)
{
    TS_UNUSED(state);
    struct ts_source files[] = {source("a.lua", "tag \"x\" {\n\t-- \xE6\xB6\x88 \\ \x01\n}"),
                                source("more/b.table", ""), source("\xC3\xA4.lua", "x")};
    struct ts_sources s = {.at = files, .n = 3}, back;
    struct ts_buf b;
    struct ts_error err = {0};
    char before[72], after[72];
    ts_buf_init(&b, 0);
    assert_true(ts_sources_to_json(&s, &b));
    assert_int_equal(ts_sources_from_json(ts_str((const char *)b.data, b.len), &back, &err), TS_OK);
    assert_int_equal(back.n, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(ts_str_eq(back.at[i].path, files[i].path));
        assert_true(ts_str_eq(back.at[i].text, files[i].text));
    }
    ts_sources_version(&s, before);
    ts_sources_version(&back, after);
    assert_string_equal(before, after);
    ts_sources_release(&back);

    ts_buf_clear(&b);
    s.n = 0;
    assert_true(ts_sources_to_json(&s, &b));
    assert_int_equal(ts_sources_from_json(ts_str((const char *)b.data, b.len), &back, &err), TS_OK);
    assert_int_equal(back.n, 0);
    ts_sources_release(&back);

    files[0].text = TS_STR("\xFF");
    s.n = 1;
    assert_false(ts_sources_to_json(&s, &b));
    ts_buf_release(&b);
}

static void json_that_is_none(void **state)
{
    TS_UNUSED(state);
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "{}",
                                        "{\"files\":3}",
                                        "{\"files\":[3]}",
                                        "{\"files\":[{\"path\":\"a\"}]}",
                                        "{\"files\":[{\"path\":\"a\",\"text\":3}]}"};
    for (size_t i = 0; i < TS_ARRAY_LEN(texts); i++) {
        struct ts_sources s;
        struct ts_error err = {0};
        assert_int_equal(ts_sources_from_json(ts_cstr(texts[i]), &s, &err), TS_E_SYNTAX);
        assert_int_equal(err.code, TS_E_SYNTAX);
        assert_true(err.text[0]);
    }
}

static void survives_failing_allocations(void **state)
{
    TS_UNUSED(state);
    static const char json[] =
        "{\"files\":[{\"path\":\"a.lua\",\"text\":\"x\"},{\"path\":\"b.lua\",\"text\":\"\\n\"}]}";
    struct ts_error err = {0};
    bool read = false, parsed = false;
    for (int64_t n = 0; !read || !parsed; n++) {
        struct ts_sources s;
        ts_alloc_fail_after(n);
        enum ts_code code = ts_sources_read(TESSERA_SOURCE_DIR "/tests/unit/rules/shop", &s, &err);
        ts_alloc_fail_after(-1);
        read = code == TS_OK;
        if (read) ts_sources_release(&s);
        if (!read) assert_int_equal(code, TS_E_MEMORY);
        ts_alloc_fail_after(n);
        code = ts_sources_from_json(TS_STR(json), &s, &err);
        ts_alloc_fail_after(-1);
        parsed = code == TS_OK;
        if (parsed) ts_sources_release(&s);
        if (!parsed) assert_int_equal(code, TS_E_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_in_byte_order, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_cannot_be_read, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(problems_in_the_place_of_an_error, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(too_many_files, make_folder, remove_folder),
        cmocka_unit_test(the_version),
        cmocka_unit_test(json_there_and_back),
        cmocka_unit_test(json_that_is_none),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
