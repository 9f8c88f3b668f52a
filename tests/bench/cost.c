/* SPDX-License-Identifier: Apache-2.0 */
/* What declared rules cost: the processor time that an event takes with 1, 6, 20 and 100 of them, less what it takes with none, beside
 * as many closures written by hand in plain Lua for the same purpose, in the same run, alternating. The closures have it easy: the event is
 * a table already, there is no member, no ledger and no record. Prints JSON: nanoseconds an event, medians of the rounds.
 *   declared   earnings with `where` and `during`; each applies to one event of twenty and is paid then
 *   idle       the same, of which none applies
 *   functions  rules with `when`, none of which applies
 *   closures   plain Lua, as `declared`; their five results are added up */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "engine/engine.h"

#define MEMBERS 500
#define EVENTS 10000
#define ROUNDS 5
#define CATEGORIES 20

enum kind { DECLARED, IDLE, FUNCTIONS, CLOSURES, KINDS };
static const char *const kind_names[] = {"declared", "idle", "functions", "closures"};
static const int counts[] = {0, 1, 6, 20, 100};
#define N_COUNTS (int)(sizeof counts / sizeof *counts)

static void die(const char *what)
{
    fprintf(stderr, "bench_cost: %s\n", what);
    exit(1);
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- the rules ------------------------------------------------------------------------------------------------------- */

static void rules_text(struct ts_buf *b, enum kind kind, int n)
{
    ts_buf_adds(b, "program { name = 'cost', timezone = 'Europe/Paris', currency = 'EUR' }\n"
                   "event 'Order Completed' { order_id = 'text', revenue = 'money', category = 'text' }\n"
                   "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\npoints 'stars' {}\n");
    for (int i = 0; i < n; i++) {
        if (kind == FUNCTIONS)
            ts_buf_addf(b,
                        "rule 'r%d' { on = 'Order Completed', when = function(member, event)\n"
                        "  return event.category == 'x%d' and event.revenue >= money '1' end,\n"
                        "  act = function(member) member:earn('stars', 1) end }\n",
                        i, i);
        else
            ts_buf_addf(
                b,
                "earn 'e%d' { on = 'Order Completed', points = 'stars', give = 3, per = money '2', of = 'revenue',\n"
                "  where = { category = '%c%d' }, during = { hours = { '00:00', '24:00' } } }\n",
                i, kind == DECLARED ? 'c' : 'x', i % CATEGORIES);
    }
}

static void event_line(char *line, size_t cap, int i)
{
    snprintf(
        line, cap,
        "{\"type\":\"track\",\"messageId\":\"o%d\",\"userId\":\"u%d\",\"event\":\"Order Completed\",\"timestamp\":"
        "\"2026-03-%02dT10:%02d:00Z\",\"properties\":{\"order_id\":\"o%d\",\"revenue\":%d.50,\"category\":\"c%d\"}}",
        i, i % MEMBERS, 1 + i / 400, i % 60, i, 5 + i % 90, i % CATEGORIES);
}

static double engine_ns(enum kind kind, int n)
{
    struct ts_memory_host *memory;
    struct ts_host host;
    struct ts_engine *engine;
    struct ts_engine_options options = {.hash_seed = 1};
    struct ts_error err = {0};
    struct ts_problems problems = {0};
    struct ts_sources sources = {0};
    struct ts_buf text;
    ts_buf_init(&text, 0);
    rules_text(&text, kind, n);
    ts_arena_init(&sources.arena);
    struct ts_source one = {TS_STR("cost.lua"), ts_str((const char *)text.data, text.len)};
    sources.at = &one;
    sources.n = 1;
    if (ts_memory_host_new(false, &memory, &host) != TS_OK || ts_engine_new(&options, &host, &engine, &err) != TS_OK)
        die("no memory");
    if (ts_engine_activate(engine, &sources, 0, &problems, NULL, &err) != TS_OK) die(err.text);
    double from = cpu_ns();
    for (int i = 0; i < EVENTS; i++) {
        char line[512];
        struct ts_result result;
        event_line(line, sizeof line, i);
        struct ts_input in = {
            .line = ts_cstr(line), .file = TS_STR("cost"), .number = (uint64_t)i + 1, .mapping = TS_STR("")};
        if (ts_engine_submit(engine, &in, &result, &err) != TS_OK) die(err.text);
        if (result.status != TS_RESULT_APPLIED || result.rule_errors) die("an event was not applied");
    }
    double ns = (cpu_ns() - from) / EVENTS;
    ts_engine_free(engine);
    ts_memory_host_free(memory);
    ts_problems_release(&problems);
    ts_arena_release(&sources.arena);
    ts_buf_release(&text);
    return ns;
}

/* ---- the same by hand ------------------------------------------------------------------------------------------------ */

static const char by_hand[] =
    "local n, events, categories = ...\n"
    "local rules = {}\n"
    "for i = 0, n - 1 do\n"
    "  local category = 'c' .. i % categories\n"
    "  rules[#rules + 1] = function(event)\n"
    "    if event.category == category and event.minute >= 0 and event.minute < 1440 then\n"
    "      return event.revenue * 3 // 200\n"
    "    end\n"
    "    return 0\n"
    "  end\n"
    "end\n"
    "local ready = {}\n"
    "for i = 1, 1000 do ready[i] = { category = 'c' .. i % categories, minute = 600 + i % 60, revenue = 500 + i } end\n"
    "return function()\n"
    "  local total = 0\n"
    "  for i = 1, events do\n"
    "    local event = ready[i % 1000 + 1]\n"
    "    for k = 1, #rules do total = total + rules[k](event) end\n"
    "  end\n"
    "  return total\n"
    "end\n";

static double closures_ns(int n)
{
    lua_State *L = luaL_newstate();
    if (!L || luaL_loadstring(L, by_hand) != LUA_OK) die("no Lua");
    luaL_openlibs(L);
    lua_pushinteger(L, n);
    lua_pushinteger(L, EVENTS);
    lua_pushinteger(L, CATEGORIES);
    lua_call(L, 3, 1);
    double from = cpu_ns();
    lua_call(L, 0, 1);
    double ns = (cpu_ns() - from) / EVENTS;
    if (n >= CATEGORIES && lua_tointeger(L, -1) == 0) die("the closures did nothing");
    lua_close(L);
    return ns;
}

/* ---- the table ------------------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

int main(void)
{
    static double ns[KINDS][sizeof counts / sizeof *counts][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        for (int c = 0; c < N_COUNTS; c++) {
            for (int k = 0; k < KINDS; k++)
                ns[k][c][round] = k == CLOSURES ? closures_ns(counts[c]) : engine_ns((enum kind)k, counts[c]);
        }
    }
    printf("{\"events\":%d,\"rounds\":%d,\"unit\":\"ns of processor time an event\"", EVENTS, ROUNDS);
    for (int k = 0; k < KINDS; k++) {
        printf(",\"%s\":{", kind_names[k]);
        for (int c = 0; c < N_COUNTS; c++) {
            qsort(ns[k][c], ROUNDS, sizeof(double), ascending);
            double none = ns[k][0][ROUNDS / 2], mine = ns[k][c][ROUNDS / 2];
            printf("%s\"%d\":{\"event\":%.0f,\"rules\":%.0f,\"each\":%.0f}", c ? "," : "", counts[c], mine,
                   c ? mine - none : 0, c ? (mine - none) / counts[c] : 0);
        }
        printf("}");
    }
    printf("}\n");
    return 0;
}
