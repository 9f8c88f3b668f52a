/* SPDX-License-Identifier: Apache-2.0 */
/* Options: flags anywhere and in both spellings, what is unknown is refused with the nearest known word, values are checked; help shows every
 * flag of every command. */
#include "support.h"

struct parsed {
    struct ts_run run;
    enum ts_code code;
};

static struct parsed parse(const char *const *words)
{
    struct parsed p = {0};
    char *argv[32] = {(char *)"tessera"};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    p.code = ts_args_parse(&p.run, argc, argv);
    return p;
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void flags_stand_anywhere(void **state)
{
    TS_UNUSED(state);
    struct parsed all[] = {
        PARSE("ingest", "f.jsonl", "--db", "D", "--json", "--clock", "wall"),
        PARSE("--db", "D", "ingest", "--json", "--clock=wall", "f.jsonl"),
        PARSE("--json", "--clock=wall", "--db=D", "ingest", "f.jsonl"),
        PARSE("--db=D", "--clock", "wall", "ingest", "--json", "--", "f.jsonl"),
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(all); i++) {
        assert_int_equal(all[i].code, TS_OK);
        assert_string_equal(all[i].run.command->name, "ingest");
        assert_string_equal(all[i].run.db, "D");
        assert_true(all[i].run.json);
        assert_int_equal(all[i].run.args.n_words, 1);
        assert_string_equal(all[i].run.args.words[0], "f.jsonl");
        assert_string_equal(ts_args_get(&all[i].run, "clock"), "wall");
        assert_false(ts_args_has(&all[i].run, "sort"));
        ts_args_release(&all[i].run.args);
    }
}

static void words_are_kept_in_order(void **state)
{
    TS_UNUSED(state);
    struct parsed p = PARSE("json", "a", "-", "--", "--b");
    assert_int_equal(p.code, TS_OK);
    assert_int_equal(p.run.args.n_words, 3);
    assert_string_equal(p.run.args.words[0], "a");
    assert_string_equal(p.run.args.words[1], "-");
    assert_string_equal(p.run.args.words[2], "--b");
    ts_args_release(&p.run.args);
}

static void the_last_of_equal_flags_counts(void **state)
{
    TS_UNUSED(state);
    struct parsed p = PARSE("journal", "--from", "3", "--from=5");
    uint64_t from = 0;
    assert_int_equal(ts_args_u64(&p.run, "from", &from), TS_OK);
    assert_int_equal(from, 5);
    ts_args_release(&p.run.args);
}

/* A command line, what its error says, what its hint says. */
static const struct {
    const char *words[6], *text, *hint;
} refused[] = {
    {{"ingst"}, "unknown command ingst", "tessera ingest"},
    {{"serve", "rules"}, "not in this version", "tessera help"},
    {{"ingest", "f", "--clok", "wall"}, "unknown flag --clok", "--clock"},
    {{"ingest", "f", "--from", "1"}, "unknown flag --from", "lists the flags"},
    {{"member", "m1", "--jsn"}, "unknown flag --jsn", "--json"},
    {{"report", "-j"}, "unknown flag -j", "lists the flags"},
    {{"ingest"}, "ingest needs FILE|-", "usage"},
    {{"report", "x"}, "too many arguments: x", "usage"},
    {{"ingest", "f", "--db"}, "--db needs a value", "--db DIR"},
    {{"ingest", "f", "--sort=yes"}, "--sort takes no value", ""},
};

static void what_is_off_is_refused(void **state)
{
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_ARRAY_LEN(refused); i++) {
        struct parsed p = parse(refused[i].words);
        assert_int_equal(p.code, TS_E_USAGE);
        if (!strstr(p.run.error.text, refused[i].text) || !strstr(p.run.error.hint, refused[i].hint))
            fail_msg("'%s' / '%s' instead of '%s' / '%s'", p.run.error.text, p.run.error.hint, refused[i].text,
                     refused[i].hint);
        ts_args_release(&p.run.args);
    }
}

static void values_are_checked(void **state)
{
    TS_UNUSED(state);
    static const char *const choices[] = {"event", "wall", NULL};
    struct parsed p = PARSE("redeem", "m1", "--amount", "-50", "--clock", "lunar", "--at", "yesterday", "--key=");
    int64_t amount = 0;
    ts_ms at;
    unsigned clock = 7;
    const char *text;
    assert_int_equal(ts_args_i64(&p.run, "amount", &amount), TS_OK);
    assert_int_equal(amount, -50);
    assert_int_equal(ts_args_choice(&p.run, "clock", choices, &clock), TS_E_USAGE);
    assert_non_null(strstr(p.run.error.text, "event, wall"));
    assert_int_equal(ts_args_time(&p.run, "at", &at), TS_E_USAGE);
    assert_int_equal(ts_args_need(&p.run, "key", &text), TS_E_USAGE);
    assert_int_equal(ts_args_need(&p.run, "points", &text), TS_E_USAGE);
    ts_args_release(&p.run.args);
    static const char *const bad[] = {"", "x", "-1", "1x", "1.5", "99999999999999999999"};
    for (size_t i = 0; i < TS_ARRAY_LEN(bad); i++) {
        uint64_t n = 77;
        struct parsed q = PARSE("journal", "--from", bad[i]);
        assert_int_equal(ts_args_u64(&q.run, "from", &n), TS_E_USAGE);
        assert_int_equal(n, 77);
        ts_args_release(&q.run.args);
    }
}

static void folders_come_from_the_environment(void **state)
{
    TS_UNUSED(state);
    setenv("TESSERA_DB", "E", 1);
    setenv("TESSERA_RULES", "R", 1);
    struct parsed p = PARSE("report"), q = PARSE("report", "--db", "D", "--rules", "S");
    assert_string_equal(p.run.db, "E");
    assert_string_equal(p.run.rules, "R");
    assert_string_equal(q.run.db, "D");
    assert_string_equal(q.run.rules, "S");
    unsetenv("TESSERA_DB");
    unsetenv("TESSERA_RULES");
    struct parsed r = PARSE("report");
    assert_string_equal(r.run.db, "tessera-data");
    assert_null(r.run.rules);
    ts_args_release(&p.run.args);
    ts_args_release(&q.run.args);
    ts_args_release(&r.run.args);
}

static void no_memory_is_an_error(void **state)
{
    TS_UNUSED(state);
    for (int n = 0; n < 2; n++) {
        ts_alloc_fail_after(n);
        struct parsed p = PARSE("report", "--json");
        ts_alloc_fail_after(-1);
        assert_int_equal(p.code, TS_E_MEMORY);
        ts_args_release(&p.run.args);
    }
}

static void help_shows_every_flag(void **state)
{
    TS_UNUSED(state);
    size_t n;
    const struct ts_command *commands = ts_commands(&n);
    struct test_output all = TEST_RUN("help");
    for (size_t i = 0; i < n; i++) {
        struct test_output a = TEST_RUN("help", commands[i].name), b = TEST_RUN(commands[i].name, "--help");
        assert_int_equal(a.exit, 0);
        assert_string_equal(a.out, b.out);
        assert_non_null(strstr(all.out, commands[i].brief));
        for (size_t k = 0; k < TS_COMMAND_OPTIONS_MAX && commands[i].options[k].name; k++)
            assert_non_null(strstr(a.out, commands[i].options[k].help));
        for (size_t k = 0; k < TS_COMMAND_EXAMPLES_MAX && commands[i].examples[k].line; k++)
            assert_non_null(strstr(a.out, commands[i].examples[k].line));
        assert_ptr_equal(ts_command_find(commands[i].name), &commands[i]);
        assert_true(i == 0 || strcmp(commands[i - 1].name, commands[i].name) < 0);
        test_output_free(&a);
        test_output_free(&b);
    }
    test_output_free(&all);
}

static void failures_have_one_shape(void **state)
{
    TS_UNUSED(state);
    struct test_output json = TEST_RUN("member", "m1", "--db", "/nonexistent/folder", "--json");
    assert_int_equal(json.exit, 3);
    assert_int_equal(strncmp(json.out, "{\"error\":{\"code\":\"not_found\",\"message\":\"", 39), 0);
    assert_string_equal(json.err, "");
    struct test_output text = TEST_RUN("member", "m1", "--db", "/nonexistent/folder");
    assert_int_equal(text.exit, 3);
    assert_string_equal(text.out, "");
    assert_int_equal(strncmp(text.err, "tessera member: ", 16), 0);
    struct test_output usage = TEST_RUN("nonsense", "--json");
    assert_int_equal(usage.exit, 2);
    assert_int_equal(strncmp(usage.out, "{\"error\":{\"code\":\"usage\"", 24), 0);
    struct test_output version = TEST_RUN("--version");
    assert_int_equal(version.exit, 0);
    assert_string_equal(version.out, "tessera " TESSERA_VERSION "\n");
    test_output_free(&json);
    test_output_free(&text);
    test_output_free(&usage);
    test_output_free(&version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_stand_anywhere),
        cmocka_unit_test(words_are_kept_in_order),
        cmocka_unit_test(the_last_of_equal_flags_counts),
        cmocka_unit_test(what_is_off_is_refused),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(folders_come_from_the_environment),
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(help_shows_every_flag),
        cmocka_unit_test(failures_have_one_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
