/* SPDX-License-Identifier: Apache-2.0 */
/* Every command with the nth allocation of its thread failing: it ends with the error of the disk and memory, or as it would have ended, and
 * what was written before stays whole. */
#include <dirent.h>
#include <sys/stat.h>

#include "support.h"

#define FAILURES_EACH 40 /* places tried in each command, spread over all of its allocations */

static const char rules_text[] =
    "program { name = 'Test', timezone = 'Europe/Paris', currency = 'EUR' }\n"
    "event 'Bought' { revenue = { 'money', required = true }, kind = 'text' }\n"
    "measure 'spend' { on = 'Bought', sum = 'revenue' }\n"
    "measure 'bought' { on = 'Bought', by = 'kind' }\n"
    "points 'stars' { pending = '1 day', expire = { after = '12 months', at = 'month end' } }\n"
    "earn 'stars on purchases' { on = 'Bought', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"
    "tag 'spender' { when = function(member) return member:spend '12 months' > 1000 end }\n"
    "tiers 'club' { basis = { measure = 'spend', window = '12 months' }, { 'Member' }, { 'Gold', from = money '50' } "
    "}\n"
    "score 'heat' { half_life = '30 days', events = { ['Bought'] = 1 } }\n"
    "rule 'fails' { on = 'Bought', act = function(member, event) if event.kind == 'bad' then error 'no' end end }\n";

static const char lines_text[] =
    "{\"type\":\"identify\",\"userId\":\"u1\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"traits\":{\"city\":\"Lyon\"}}\n"
    "{\"type\":\"track\",\"event\":\"Bought\",\"userId\":\"u1\",\"timestamp\":\"2026-01-02T00:00:00Z\","
    "\"properties\":{\"revenue\":60,\"kind\":\"tea\"}}\n"
    "{\"type\":\"track\",\"event\":\"Bought\",\"anonymousId\":\"a1\",\"timestamp\":\"2026-01-03T00:00:00Z\","
    "\"properties\":{\"revenue\":7,\"kind\":\"bad\"}}\n"
    "{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\",\"timestamp\":\"2026-01-04T00:00:00Z\"}\n"
    "{\"type\":\"track\",\"event\":\"Unknown\",\"userId\":\"u1\",\"timestamp\":\"2026-01-05T00:00:00Z\"}\n"
    "nonsense\n"
    "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"user_id:u1\",\"points\":\"stars\",\"amount\":9,"
    "\"timestamp\":\"2026-01-06T00:00:00Z\"}\n";

static char box[64], db[80], rules[80], lines[80];

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void remove_all(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    char path[600];
    while (d && (e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (unlink(path) != 0) remove_all(path);
    }
    if (d) closedir(d);
    rmdir(dir);
}

static int setup(void **state)
{
    TS_UNUSED(state);
    char path[120];
    strcpy(box, "/tmp/tessera-test-XXXXXX");
    assert_non_null(mkdtemp(box));
    snprintf(db, sizeof db, "%s/db", box);
    snprintf(rules, sizeof rules, "%s/rules", box);
    snprintf(lines, sizeof lines, "%s/lines", box);
    assert_int_equal(mkdir(rules, 0700), 0);
    snprintf(path, sizeof path, "%s/program.lua", rules);
    put(path, rules_text);
    put(lines, lines_text);
    struct test_output o = TEST_RUN("ingest", lines, "--db", db, "--rules", rules, "--json");
    if (o.exit != 1) fail_msg("exit %d: %s%s", o.exit, o.out, o.err);
    test_output_free(&o);
    return 0;
}

static int teardown(void **state)
{
    TS_UNUSED(state);
    remove_all(box);
    return 0;
}

/* Run once undisturbed; then with a failure at places ever further in, until one is never reached. */
static void expect_survival(const char *const *words)
{
    struct test_output whole = test_run(words);
    if (whole.exit > 1) fail_msg("%s: exit %d: %s%s", words[0], whole.exit, whole.out, whole.err);
    int64_t n = 0;
    for (int round = 0;; round++) {
        ts_alloc_fail_after(n);
        struct test_output o = test_run(words);
        ts_alloc_fail_after(-1);
        bool fine = o.exit == whole.exit;
        if (!fine && o.exit != 6)
            fail_msg("%s, allocation %lld: exit %d: %s%s", words[0], (long long)n, o.exit, o.out, o.err);
        if (!fine && !strstr(o.out, "\"error\":{") && !o.err[0])
            fail_msg("%s, allocation %lld: nothing is said", words[0], (long long)n);
        test_output_free(&o);
        if (fine && round > FAILURES_EACH) break;
        n += 1 + n / (FAILURES_EACH / 2);
        assert_true(n < 10000000);
    }
    test_output_free(&whole);
}
#define SURVIVES(...) expect_survival((const char *const[]){__VA_ARGS__, "--db", db, NULL})

static void readers(void **state)
{
    TS_UNUSED(state);
    SURVIVES("member", "user_id:u1", "--json", "--window", "12 months");
    SURVIVES("member", "user_id:u1");
    SURVIVES("why", "user_id:u1", "--json");
    SURVIVES("why", "user_id:u1");
    SURVIVES("report", "--json");
    SURVIVES("report");
    SURVIVES("journal", "--json");
    SURVIVES("journal");
    SURVIVES("quarantine", "--json");
    SURVIVES("errors", "--json");
    SURVIVES("errors");
    SURVIVES("state");
    SURVIVES("state", "--hash");
    SURVIVES("rules", "--json");
    SURVIVES("sql", "SELECT * FROM journal", "--json");
}

static void checkers(void **state)
{
    TS_UNUSED(state);
    char wrong[100], path[120];
    snprintf(wrong, sizeof wrong, "%s/wrong", box);
    snprintf(path, sizeof path, "%s/a.lua", wrong);
    assert_int_equal(mkdir(wrong, 0700), 0);
    put(path, "points 'stars' {}\nearn 'e' { on = 'Order Completed', points = 'starz',\n  give = '1' }\ntga 'x' {}\n");
    SURVIVES("check", rules);
    SURVIVES("check", rules, "--json");
    SURVIVES("check", wrong);
    SURVIVES("check", wrong, "--json");
    SURVIVES("check", wrong, "--format", "editors");
    SURVIVES("check", wrong, "--format", "github");
    SURVIVES("rules", "explain", rules);
    SURVIVES("rules", "explain", rules, "--json");
}

static void writers(void **state)
{
    TS_UNUSED(state);
    char results[100];
    snprintf(results, sizeof results, "%s/results", box);
    struct test_output before = TEST_RUN("state", "--db", db);
    SURVIVES("ingest", lines, "--json", "--results", results, "--sort");
    SURVIVES("ingest", lines, "--dry-run");
    struct test_output after = TEST_RUN("state", "--db", db);
    assert_string_equal(before.out, after.out);
    test_output_free(&before);
    test_output_free(&after);
    SURVIVES("redeem", "user_id:u1", "--points", "stars", "--amount", "3", "--key", "once", "--json", "--at",
             "2026-01-07");
    SURVIVES("quarantine", "redrive");
    SURVIVES("errors", "redrive");
    SURVIVES("tick", "--to", "2026-02-01");
    struct test_output sound = TEST_RUN("verify", "--db", db);
    if (sound.exit != 0) fail_msg("%s%s", sound.out, sound.err);
    test_output_free(&sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(readers), cmocka_unit_test(checkers),
                                       cmocka_unit_test(writers)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
