/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks through every binding: each method and each field that a rule can reach, as the tables of describe.h list them, is called and
 * indexed with whatever a rule could hold, in loops, recursion and callbacks. Nothing may crash or hang, a loop is stopped, and the rule
 * beside it works before and after. A binding that is added is attacked from then on without a line here. */
#include "running.h"

#include <time.h>

#include "base/limits.h"
#include "rules/describe.h"

static const char head[] =
    "program { name = 't', timezone = 'Europe/London', currency = 'EUR' }\n"
    "event 'E' { city = 'text', amount = 'money', list = { 'list', of = { sku = 'text', n = 'integer' } } }\n"
    "measure 'orders' { on = 'E' }\nmeasure 'spend' { on = 'E', sum = 'amount' }\n"
    "measure 'bought' { on = 'E', each = 'list', by = 'sku', sum = 'n' }\n"
    "points 'stars' { pending = '3 days', expire = { after = '12 months' } }\n"
    "trait 'city' { class = 'life', type = 'text' }\ntrait 'any' { class = 'life' }\nconsent 'marketing' { default = "
    "'no' }\n"
    "score 'warm' { half_life = '30 days', events = { E = 2 } }\n"
    "tiers 'club' { basis = { measure = 'spend', window = '12 months' }, { 'Member', rate = 1 },\n"
    "  { 'Gold', from = money '10', rate = 1.5, gifts = { 'cake', 'tea' } } }\n"
    "tag 'fine' { when = function(member) return member:orders() == 0 end }\ntag 'given' { class = 'life' }\n";

/* Whatever a rule could pass. */
static const char values[] =
    "local deep = {} for i = 1, 3000 do deep = { deep } end\n"
    "local ring = {} ring.ring = ring\n"
    "local wide = {} for i = 1, 2000 do wide[i] = i end\n"
    "local keyed = {} for i = 1, 300 do keyed['k' .. i] = i end\n"
    "local long = ('x'):rep(100000)\n"
    "local list = { 'stars', 'city', 'E', 'club', 'given', 'orders', 'bought', 'warm', '12 months', '', '\\0', "
    "'\\255\\254', long, 0, -1, 1,\n"
    "  1.5, 1e308, -1e308, 1/0, -1/0, 0/0, math.maxinteger, math.mininteger, true, false, {}, { 1, 2 }, { a = 1 }, { "
    "[1.5] = 1 },\n"
    "  { print }, deep, ring, wide, keyed, print, member, event, now, member.tags, member.traits, event.at, program }\n"
    "local n = 44\n";

/* %s: an expression that gives the thing under attack. Each must end as it says: stopped, or else done or raised. */
static const struct attack {
    const char *name, *body, *ending;
} attacks[] = {
    {"any one value", "for i = 0, n do pcall(f, member, list[i]) pcall(f, list[i]) pcall(f, event, list[i]) end", NULL},
    {"any two values", "for i = 0, n do for k = 0, n, 3 do pcall(f, member, list[i], list[k]) end end", NULL},
    {"names and any value", "for k = 0, n do for i = 1, 8 do pcall(f, member, list[i], list[k], list[n - k]) end end",
     NULL},
    {"no value at all", "f()", NULL},
    {"a loop of calls", "while true do pcall(f, member, 'stars') end", "stopped"},
    {"a loop of wrong calls", "while true do pcall(f) end", "stopped"},
    {"recursion", "local function again() pcall(f, member, 'E') return 1 + again() end again()", NULL},
    {"from a callback", "table.sort({ 3, 2, 1 }, function(a, b) f(member, 'stars', { a = b }) return a < b end)", NULL},
    {"from a replacement", "local s = ('x'):rep(100):gsub('x', function(x) return f(member, x) end)", NULL},
    {"kept in a loop that grows", "local kept = {} while true do kept[#kept + 1] = { pcall(f, member, 'bought') } end",
     "stopped"},
    {"its answer as everything",
     "local a = f(member, 'stars') local _ = pcall(function() return a.x.y end), pcall(function() return #a end), "
     "pcall(function() a.x = 1 end), pcall(function() return a() end), pcall(function() return a .. '' end), "
     "pcall(function() return a < a end), pcall(pairs, a), pcall(tostring, a), pcall(table.concat, a), "
     "pcall(table.sort, a), pcall(table.insert, a, 1), pcall(string.rep, a, 1e9), pcall(math.floor, a)",
     NULL},
    {"as a table",
     "for i = 0, n do pcall(function() return f[list[i]] end) pcall(function() f[list[i]] = list[n - i] end) "
     "pcall(function() return f[list[i]][list[i]] end) end",
     NULL},
    {"as a value",
     "local _ = pcall(function() return f .. f end), pcall(function() return f + 1 end), pcall(function() return f < f "
     "end), "
     "pcall(function() return #f end), pcall(function() for k in pairs(f) do local _ = k end end), "
     "pcall(tostring, f), pcall(function() return f == {} end)",
     NULL},
    {"a loop of reading", "local i = 0 while true do i = i + 1 local _ = f['k' .. i] end", NULL},
};

static unsigned run, misses;
static double slowest_ms;

#define miss(...) (print_error(__VA_ARGS__), print_error("\n"), misses++)

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void check_fine(struct running *f, const char *what, const char *name)
{
    f->call.event = NULL;
    if (running_call(f, TS_FN_WHEN, running_when(f, "fine")) != TS_CALL_DONE || !f->result.truth)
        miss("%s, %s: the ordinary rule failed: %s", what, name, f->result.message);
}

/* One attack on one thing, as `act` and as `when`. */
static void attack_one(const char *what, const struct attack *a, bool counted)
{
    /* The analysis would refuse most of this at load: here it is the run that is attacked. */
    const struct ts_rules_options options = {.count_from_start = counted};
    static const char *const endings[] = {"done", "raised", "stopped"};
    struct running f;
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_adds(&text, head);
    ts_buf_addf(&text, "local function attack(member, event)\n%slocal f = %s\n%s\nreturn true\nend\n", values, what,
                a->body);
    ts_buf_adds(&text, "rule 'kept' { on = 'E', when = attack, act = attack }\n");
    running_load(&f, &options, ts_buf_cstr(&text), true);
    for (int act = 0; act < 2; act++) {
        size_t before = ts_rules_lua_bytes(f.rules);
        running_event(&f, "E",
                      "{\"city\":\"Rome\",\"amount\":12.50,\"list\":[{\"sku\":\"a\",\"n\":2},{\"sku\":\"b\"}]}",
                      RUNNING_NOW);
        double began = cpu_ms();
        enum ts_call_status status = act ? running_call(&f, TS_FN_ACT, running_act(&f, "kept"))
                                         : running_call(&f, TS_FN_WHEN, ts_rules_program(f.rules)->rules.at[0].fn_when);
        double took = cpu_ms() - began;
        if (took > slowest_ms) slowest_ms = took;
        const char *message = f.result.message;
        if (a->ending && strcmp(a->ending, endings[status]) != 0)
            miss("%s, %s: %s (%s), expected %s", what, a->name, endings[status], message, a->ending);
        if (status == TS_CALL_STOPPED && f.result.asked.len) miss("%s, %s: stopped with effects", what, a->name);
        if (!act && f.result.asked.len) miss("%s, %s: a 'when' asked for effects", what, a->name);
        if (strstr(message, "0x") || !ts_utf8_valid(message, strlen(message)))
            miss("%s, %s: message '%s'", what, a->name, message);
        if (ts_rules_lua_bytes(f.rules) > before + TS_LIMIT_LUA_CALL_BYTES)
            miss("%s, %s: memory was kept", what, a->name);
        check_fine(&f, what, a->name);
        run++;
    }
    running_close(&f);
    ts_buf_release(&text);
}

static void attack_all(const char *what)
{
    for (size_t i = 0; i < TS_ARRAY_LEN(attacks); i++) {
        attack_one(what, &attacks[i], true);
        if (attacks[i].ending) attack_one(what, &attacks[i], false); /* the watchdog stops it as well */
    }
}

/* How a thing of this owner is reached; NULL: by none of these. */
static const char *reach(const char *owner)
{
    static const struct {
        const char *owner, *by;
    } ways[] = {{"", ""},
                {"member", "member."},
                {"event", "event."},
                {"time", "event.at."},
                {"program", "program."},
                {"tier", "member.tiers['club']."},
                {"balance", "member:points('stars')."},
                {"figure", "(member:bought('a') or {})."},
                {"usual", "(member:usual('bought') or {})."}};
    for (size_t i = 0; i < TS_ARRAY_LEN(ways); i++)
        if (strcmp(ways[i].owner, owner) == 0) return ways[i].by;
    return NULL;
}

static void test_every_binding(void **state)
{
    TS_UNUSED(state);
#ifdef __SANITIZE_THREAD__
    print_message("skipped: not under the thread sanitizer\n");
    skip();
#endif
    for (size_t t = 0; t < ts_bindings_all_n; t++) {
        const struct ts_bindings *b = ts_bindings_all[t];
        const char *by = reach(b->owner);
        if (!by) miss("nothing here reaches what '%s' has: tell this test how", b->owner);
        for (size_t i = 0; by && i < b->n; i++) {
            char what[200];
            snprintf(what, sizeof what, "%s%s", by, b->at[i].name);
            attack_all(what);
        }
    }
    print_message("%u runs, the slowest took %.0f ms\n", run, slowest_ms);
    assert_int_equal(misses, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_binding)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
