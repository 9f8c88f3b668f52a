/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the files of attacks (attacks/README.md): each attack must end in time and in bounds, the way it says, and the rule beside
 * it must work before and after. Once under the watchdog, once counted from the first instruction, where the end must be the same
 * each time. Huge sources are made here rather than kept. */
#include "running.h"

#include <dirent.h>
#include <time.h>

#include "base/limits.h"
#include "rules/host.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SLOW 10
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 10
#endif
#ifndef SLOW
#define SLOW 1
#endif

/* The aim is 100 ms; processor time itself varies when the machine is busy, so this asks for a little less. */
#define ATTACK_MS (250.0 * SLOW)

static const char head[] =
    "program { name = 't', timezone = 'UTC', currency = 'USD' }\n"
    "event 'E' {} measure 'orders' { on = 'E' } points 'stars' {} trait 'any' { class = 'life' }\n"
    "tag 'fine' { when = function(member) return member:orders() == 0 end }\n";

struct attack {
    const char *file;
    char name[80], ending[12];
    bool is_file;
    const char *body;
    size_t len;
};

static double slowest_ms;
static char slowest_name[120];
static unsigned attacks_run, misses;

/* Say what was wrong and go on: one run shows all. */
#define miss(...) (print_error(__VA_ARGS__), print_error("\n"), misses++)

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void check_time(const struct attack *a, const char *mode, const char *step, double began)
{
    double took = cpu_ms() - began;
    if (took > slowest_ms) {
        slowest_ms = took;
        snprintf(slowest_name, sizeof slowest_name, "%s '%s' (%s), %s", a->file, a->name, mode, step);
    }
    if (getenv("TS_SHOW_ATTACKS")) print_message("%6.1f ms %s '%s' (%s)\n", took, a->file, a->name, mode);
    if (took > ATTACK_MS) miss("%s '%s' (%s): %s took %.0f ms of processor time", a->file, a->name, mode, step, took);
}

static void check_fine(struct running *f, const struct attack *a, const char *when)
{
    f->call.event = NULL;
    if (running_call(f, TS_FN_WHEN, running_when(f, "fine")) != TS_CALL_DONE || !f->result.truth)
        miss("%s '%s': the ordinary rule failed %s: %s", a->file, a->name, when, f->result.message);
}

static void check_ending(const struct attack *a, const char *mode, const char *ending, const char *message)
{
    /* The watchdog goes by the clock: where everything takes ten times as long, what would raise may be stopped before. */
    bool early = SLOW > 1 && strcmp(mode, "watched") == 0 && strcmp(ending, "stopped") == 0;
    if (a->ending[0] && !early && strcmp(a->ending, ending) != 0)
        miss("%s '%s' (%s): %s (%s), expected %s", a->file, a->name, mode, ending, message, a->ending);
    if (strstr(message, "0x") || !ts_utf8_valid(message, strlen(message)))
        miss("%s '%s': message '%s'", a->file, a->name, message);
}

/* One attack in one mode; the ending and message go to `ret`. */
static void run_attack(const struct attack *a, const struct ts_rules_options *options, const char *mode, char *ret,
                       size_t cap)
{
    static const char *const endings[] = {"done", "raised", "stopped"};
    struct running f;
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_adds(&text, head);
    if (!a->is_file) ts_buf_adds(&text, "rule 'kept' { on = 'E', act = function(member, event)\n");
    ts_buf_add(&text, a->body, a->len);
    if (!a->is_file) ts_buf_adds(&text, "\nend }\n");
    double began = cpu_ms();
    bool loaded = running_load(&f, options, ts_buf_cstr(&text), false);
    snprintf(ret, cap, "refused");
    /* Loading is measured for attacks on loading only: otherwise it is the language's own work, and always the same. */
    if (!loaded) check_ending(a, mode, "refused", "");
    if (a->is_file) check_time(a, mode, "loading", began);
    for (int i = 0; loaded && i < 2; i++) {
        if (ts_rules_program(f.rules)->rules.n == 0) break;
        if (i == 0) check_fine(&f, a, "before");
        size_t before = ts_rules_lua_bytes(f.rules);
        running_event(&f, "E", "{\"list\":[1,2,3]}", RUNNING_NOW);
        began = cpu_ms();
        enum ts_call_status status = running_call(&f, TS_FN_ACT, running_act(&f, "kept"));
        check_time(a, mode, "the call", began);
        size_t after = ts_rules_lua_bytes(f.rules);
        if (after > before + TS_LIMIT_LUA_CALL_BYTES) miss("%s '%s': %zu bytes more", a->file, a->name, after - before);
        check_ending(a, mode, endings[status], f.result.message);
        if (status == TS_CALL_STOPPED) assert_int_equal(f.result.asked.len, 0);
        snprintf(ret, cap, "%s: %s (%s:%u)", endings[status], f.result.message, f.result.file, f.result.line);
        check_fine(&f, a, "after");
    }
    if (loaded) running_close(&f);
    ts_buf_release(&text);
}

static void run_both(const struct attack *a)
{
    static const struct ts_rules_options counted = {.count_from_start = true};
    char first[800], again[800];
    run_attack(a, &counted, "counted", first, sizeof first);
    run_attack(a, &counted, "counted", again, sizeof again);
    assert_string_equal(first, again);
    static const struct ts_rules_options watched = {0};
    run_attack(a, &watched, "watched", again, sizeof again);
    attacks_run++;
}

/* ---- the files ------------------------------------------------------------------------------------------------ */

/* "--- some words [file] [ending]" */
static void read_title(struct attack *a, const char *line, size_t len)
{
    static const char *const endings[] = {"stopped", "raised", "done", "refused"};
    char title[160];
    snprintf(title, sizeof title, "%.*s", (int)len, line);
    a->ending[0] = '\0';
    char *last = strrchr(title, ' ');
    for (size_t i = 0; last && i < TS_ARRAY_LEN(endings); i++) {
        if (strcmp(last + 1, endings[i]) != 0) continue;
        snprintf(a->ending, sizeof a->ending, "%s", endings[i]);
        *last = '\0';
        break;
    }
    last = strrchr(title, ' ');
    a->is_file = last && strcmp(last + 1, "file") == 0;
    snprintf(a->name, sizeof a->name, "%.79s", title);
}

static void run_text(const char *file, const char *text)
{
    const char *section = strstr(text, "\n--- ");
    unsigned n = 0;
    while (section) {
        struct attack a = {.file = file};
        const char *title = section + 5, *end = strchr(title, '\n'), *next = strstr(end, "\n--- ");
        read_title(&a, title, (size_t)(end - title));
        a.body = end;
        a.len = next ? (size_t)(next - end) : strlen(end);
        run_both(&a);
        section = next;
        n++;
    }
    if (n < 3) fail_msg("%s has %u attacks", file, n);
}

/* The thread sanitizer holds signals back until the next call into the C library, of which a loop makes none, and loses count of
 * its own stack where Lua's errors jump over frames a million times. */
static void skip_for_threads(void)
{
#ifdef __SANITIZE_THREAD__
    print_message("skipped: not under the thread sanitizer\n");
    skip();
#endif
}

static void test_files(void **state)
{
    TS_UNUSED(state);
    skip_for_threads();
    static const char folder[] = TESSERA_SOURCE_DIR "/tests/unit/rules/attacks";
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    assert_true(n > 0);
    unsigned files = 0;
    for (int i = 0; i < n; i++) {
        size_t len = strlen(entries[i]->d_name);
        if (len > 4 && strcmp(entries[i]->d_name + len - 4, ".lua") == 0) {
            char path[1000];
            struct ts_buf text;
            uint8_t block[4096];
            size_t got;
            snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
            FILE *in = fopen(path, "rb");
            assert_non_null(in);
            ts_buf_init(&text, 0);
            while ((got = fread(block, 1, sizeof block, in)) > 0)
                ts_buf_add(&text, block, got);
            fclose(in);
            run_text(entries[i]->d_name, ts_buf_cstr(&text));
            ts_buf_release(&text);
            files++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(files >= 11);
    assert_int_equal(misses, 0);
    print_message("%u attacks, the slowest took %.0f ms: %s\n", attacks_run, slowest_ms, slowest_name);
}

/* ---- huge sources --------------------------------------------------------------------------------------------- */

static void repeat(struct ts_buf *b, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        ts_buf_adds(b, text);
}

static void run_made(const char *name, const char *ending, struct ts_buf *body)
{
    struct attack a = {.file = "huge sources", .body = ts_buf_cstr(body), .len = body->len};
    snprintf(a.name, sizeof a.name, "%s", name);
    snprintf(a.ending, sizeof a.ending, "%s", ending);
    /* Their files are read by the language's own half, whose time is not the sandbox's: only the calls are measured. */
    run_both(&a);
    ts_buf_release(body);
    ts_buf_init(body, 0);
}

static void test_huge(void **state)
{
    TS_UNUSED(state);
    skip_for_threads();
    struct ts_buf b;
    ts_buf_init(&b, 0);
    repeat(&b, "local x = 1\n", 25000);
    run_made("a file past its limit", "refused", &b);
    ts_buf_adds(&b, "local s = '");
    repeat(&b, "0123456789abcdef", 12000);
    ts_buf_adds(&b, "'\nassert(#s == 192000)");
    run_made("one long text", "done", &b);
    ts_buf_adds(&b, "local a, b = '");
    repeat(&b, "0123456789abcdef", 6000);
    ts_buf_adds(&b, "x', '");
    repeat(&b, "0123456789abcdef", 6000);
    ts_buf_adds(&b, "y'\nwhile a ~= b do end");
    run_made("two long texts compared", "stopped", &b);
    ts_buf_adds(&b, "local x = ");
    repeat(&b, "(", 30000);
    ts_buf_adds(&b, "1");
    repeat(&b, ")", 30000);
    run_made("brackets", "refused", &b);
    ts_buf_adds(&b, "local x = ");
    repeat(&b, "{", 30000);
    repeat(&b, "}", 30000);
    run_made("tables in tables", "refused", &b);
    ts_buf_adds(&b, "local x = ");
    repeat(&b, "not ", 20000);
    ts_buf_adds(&b, "nil");
    run_made("operators in a row", "refused", &b);
    ts_buf_adds(&b, "local x = 'a'");
    repeat(&b, " .. 'a'", 20000);
    run_made("a chain of texts", "refused", &b);
    for (int i = 0; i < 300; i++)
        ts_buf_addf(&b, "local x%d = 1\n", i);
    run_made("locals", "refused", &b);
    ts_buf_adds(&b, "local t = {");
    for (int i = 0; i < 20000; i++)
        ts_buf_addf(&b, "%d.5,", i);
    ts_buf_adds(&b, "}\nlocal x = 5 assert(#t == 20000 and x & 4 == 4)");
    run_made("constants", "", &b);
    repeat(&b, "do ", 30000);
    repeat(&b, "end ", 30000);
    run_made("blocks in blocks", "refused", &b);
    repeat(&b, "return function() ", 3000);
    repeat(&b, " end", 3000);
    run_made("functions in functions", "refused", &b);
    ts_buf_adds(&b, "--[");
    repeat(&b, "=", 100000);
    ts_buf_adds(&b, "[");
    run_made("a comment that does not close", "refused", &b);
    assert_int_equal(misses, 0);
    ts_buf_release(&b);
}

/* ---- the guards themselves ------------------------------------------------------------------------------------ */

/* An idle watchdog sleeps; a call after that is watched all the same, and by any thread that calls. */
static void test_watchdog_wakes(void **state)
{
    TS_UNUSED(state);
    skip_for_threads();
    static const struct ts_rules_options watched = {0};
    static const struct timespec pause = {0, 200000000};
    struct running f;
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_addf(&text, "%srule 'loop' { on = 'E', act = function(member, event) while true do end end }\n", head);
    assert_true(running_load(&f, &watched, ts_buf_cstr(&text), true));
    ts_buf_release(&text);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(running_call(&f, TS_FN_ACT, running_act(&f, "loop")), TS_CALL_STOPPED);
        assert_non_null(strstr(f.result.message, "stopped: it did not end in time: the loop on line "));
        nanosleep(&pause, NULL);
        assert_int_equal(running_call(&f, TS_FN_WHEN, running_when(&f, "fine")), TS_CALL_DONE);
    }
    running_close(&f);
}

/* Many calls in a row, each short: the watchdog takes none of them for one long call. */
static void test_watchdog_spares(void **state)
{
    TS_UNUSED(state);
    static const struct ts_rules_options watched = {0};
    struct running f;
    assert_true(running_load(&f, &watched, head, true));
    double began = cpu_ms();
    while (cpu_ms() - began < 60) {
        assert_int_equal(running_call(&f, TS_FN_WHEN, running_when(&f, "fine")), TS_CALL_DONE);
        assert_true(f.result.truth);
    }
    running_close(&f);
}

/* A state that has used up its total is given up: the engine loads anew. */
static void test_exhausted(void **state)
{
    TS_UNUSED(state);
    static const struct ts_rules_options counted = {.count_from_start = true};
    struct running f;
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_addf(&text,
                "%srule 'grow' { on = 'E', act = function(member, event)\n"
                "local t = {} for i = 1, 100000 do t[i] = { i } end end }\n",
                head);
    assert_true(running_load(&f, &counted, ts_buf_cstr(&text), true));
    ts_buf_release(&text);
    f.rules->guard.bytes += TS_LIMIT_LUA_BYTES - (2u << 20); /* as if so much were in use already */
    f.call.fn = running_act(&f, "grow");
    assert_int_equal(ts_rules_call(f.rules, TS_FN_ACT, &f.call, &f.result), TS_E_MEMORY);
    assert_int_equal(f.result.status, TS_CALL_STOPPED);
    assert_int_equal(ts_rules_call(f.rules, TS_FN_ACT, &f.call, &f.result), TS_E_MEMORY);
    f.rules->guard.bytes -= TS_LIMIT_LUA_BYTES - (2u << 20);
    running_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),           cmocka_unit_test(test_huge),      cmocka_unit_test(test_watchdog_wakes),
        cmocka_unit_test(test_watchdog_spares), cmocka_unit_test(test_exhausted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
