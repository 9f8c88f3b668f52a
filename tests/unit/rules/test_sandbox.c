/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of rules: what its functions do, what is not there, what cannot be changed. The string search is compared with
 * Lua's own on random patterns. */
#include "../seed.h"
#include "running.h"

#include <lauxlib.h>
#include <lualib.h>

#include "rules/sandbox.h"

static const struct ts_rules_options counted = {.count_from_start = true};

static void expect_done(const char *body)
{
    if (running_do("", body, &counted, NULL) != TS_CALL_DONE) fail_msg("not done: %s", body);
}

static void expect_raised(const char *body, const char *message)
{
    struct ts_call_result got = {0};
    enum ts_call_status status = running_do("", body, &counted, &got);
    if (status != TS_CALL_RAISED || !strstr(got.message, message))
        fail_msg("%s\ngave status %d and '%s', expected '%s'", body, (int)status, got.message, message);
}

static void test_base(void **state)
{
    TS_UNUSED(state);
    expect_done("assert(type(1) == 'number' and type('') == 'string' and type({}) == 'table' and type(nil) == 'nil')");
    expect_done("assert(tostring(nil) == 'nil' and tostring(true) == 'true' and tostring(1.5) == '1.5' and "
                "tostring(2^53) == '9.007199254741e+15' and tostring(3.0) == '3.0')");
    expect_done("assert(tostring({}) == 'table' and tostring(print) == 'function' and tostring(member) == 'userdata')");
    expect_done("assert(tostring(0/0) == 'nan' and tostring(-(0/0)) == 'nan')");
    expect_done("assert(tonumber('10') == 10 and tonumber(' 0x1F ') == 31 and tonumber('1e2') == 100.0 and "
                "tonumber('x') == nil)");
    expect_done("assert(tonumber('zz', 36) == 1295 and tonumber('-ff', 16) == -255 and tonumber('8', 8) == nil)");
    expect_done("assert(select('#', 1, nil, nil) == 3 and select(2, 'a', 'b') == 'b' and select(-1, 'a', 'b') == 'b')");
    expect_done("local ok, why = pcall(function() local x = nil; return x.y end) assert(not ok and why:find('nil'))");
    expect_done("local ok, a, b = pcall(function() return 1, 2 end) assert(ok and a == 1 and b == 2)");
    expect_done("local ok, why = pcall(error, {1}) assert(not ok and why[1] == 1)");
    expect_done("print('nothing is seen')");
    expect_raised("error('plain', 0)", "plain");
    expect_raised("error({})", "(error value is a table)");
    expect_raised("error()", "(error value is a nil)");
    expect_raised("assert(false, 'why')", "why");
    expect_raised("assert(nil)", "assertion failed!");
    expect_raised("local x; x.y = 1", "attempt to index a nil value (local 'x')");
    expect_raised("return '1' + 1", "attempt to perform arithmetic on a string value");
}

static void test_position(void **state)
{
    TS_UNUSED(state);
    struct ts_call_result got = {0};
    assert_int_equal(running_do("", "\n\nlocal function f() error('deep', 2) end\nf()", &counted, &got),
                     TS_CALL_RAISED);
    assert_string_equal(got.message, "deep");
    assert_string_equal(got.file, "rules.lua");
    assert_int_equal(got.line, 6); /* where f was called */
    assert_int_equal(running_do("", "error('x: 12: y')", &counted, &got), TS_CALL_RAISED);
    assert_string_equal(got.message, "x: 12: y");
    assert_int_equal(running_do("", "error('\\1\\255tab\\tend' .. '\\xE2\\x82\\xAC')", &counted, &got), TS_CALL_RAISED);
    assert_string_equal(got.message, " ?tab end\xE2\x82\xAC");
    assert_true(ts_utf8_valid(got.message, strlen(got.message)));
    assert_int_equal(running_do("", "error(('\\xE2\\x82\\xAC'):rep(1000))", &counted, &got), TS_CALL_RAISED);
    assert_true(ts_utf8_valid(got.message, strlen(got.message)));
}

static void test_absent(void **state)
{
    TS_UNUSED(state);
    static const char *const names[] = {"_G",
                                        "_VERSION",
                                        "collectgarbage",
                                        "coroutine",
                                        "debug",
                                        "dofile",
                                        "getmetatable",
                                        "io",
                                        "load",
                                        "loadfile",
                                        "loadstring",
                                        "next",
                                        "os",
                                        "package",
                                        "rawequal",
                                        "rawget",
                                        "rawlen",
                                        "rawset",
                                        "require",
                                        "setmetatable",
                                        "utf8",
                                        "xpcall",
                                        "string.dump",
                                        "string.pack",
                                        "string.unpack",
                                        "math.sin",
                                        "math.exp",
                                        "math.randomseed",
                                        "string.packsize",
                                        "warn"};
    for (size_t i = 0; i < TS_ARRAY_LEN(names); i++) {
        /* Names that are written out are refused at load; asked for by an index they are not there. */
        char body[200];
        const char *dot = strchr(names[i], '.');
        if (!dot) continue;
        snprintf(body, sizeof body, "assert(%.*s['%s'] == nil)", (int)(dot - names[i]), names[i], dot + 1);
        expect_done(body);
    }
    struct running f;
    for (size_t i = 0; i < TS_ARRAY_LEN(names); i++) {
        if (strchr(names[i], '.')) continue;
        char text[300];
        snprintf(text, sizeof text,
                 "program { name = 't', timezone = 'UTC', currency = 'USD' } event 'E' {}\n"
                 "rule 'r' { on = 'E', act = function(member, event) local x = %s end }\n",
                 names[i]);
        if (!running_load(&f, &counted, text, false)) continue; /* refused when loaded: better still */
        running_event(&f, "E", "{}", RUNNING_NOW);
        assert_int_equal(running_call(&f, TS_FN_ACT, running_act(&f, "r")), TS_CALL_RAISED);
        running_close(&f);
    }
}

static void test_read_only(void **state)
{
    TS_UNUSED(state);
    expect_raised("local m = math; m.floor = nil", "read-only");
    expect_raised("local m = string; m.x = 1", "read-only");
    expect_raised("table.insert(math, 1)", "read-only");
    expect_raised("table.sort(math)  local e = member; e.x = 1", "read-only");
    expect_raised("local e = event; e.name = 'x'", "read-only");
    expect_raised("local e = event.at; e.year = 1", "read-only");
    expect_raised("local p = program; p.name = 'x'", "read-only");
    expect_raised("for _, t in pairs { math } do for k in pairs(t) do t[k] = nil end end", "read-only");
    expect_done("local _, s = pairs(math) assert(s == math)"); /* the content itself is not handed out */
    expect_done("local n = 0 for k, v in pairs(math) do n = n + 1 end assert(n > 10)");
    expect_raised("return ('x').floor.y", "attempt to index a nil value");
}

static void test_pairs(void **state)
{
    TS_UNUSED(state);
    expect_done("local t = { b = 1, a = 2, [3] = 'x', [1] = 'y', [-1] = 'z', [100] = 'w', B = 3, [''] = 4 }\n"
                "local s = {} for k, v in pairs(t) do s[#s + 1] = tostring(k) .. '=' .. tostring(v) end\n"
                "assert(table.concat(s, ' ') == '-1=z 1=y 3=x 100=w =4 B=3 a=2 b=1', table.concat(s, ' '))");
    expect_done("local t = { 1, 2, 3, 4 } for k in pairs(t) do t[k + 1] = nil end assert(t[1] and t[3] and not t[2] "
                "and not t[4])");
    expect_done("local t = { a = 1, b = 2 } for k in pairs(t) do t[k .. 'x'] = 1 end");
    expect_done("for _ in pairs {} do error('empty') end");
    expect_raised("for k in pairs { [1.5] = 1 } do end", "has a number as a key");
    expect_raised("for k in pairs { [true] = 1 } do end", "has a boolean as a key");
    expect_raised("for k in pairs(member) do end", "not a userdata");
    expect_raised("for k in pairs(nil) do end", "not a nil");
    expect_done("local n = 0 for i, v in ipairs { 5, 6, nil, 7 } do n = n + v end assert(n == 11)");
}

static void test_tables(void **state)
{
    TS_UNUSED(state);
    expect_done(
        "local t = { 1, 2, 3 } table.insert(t, 4) table.insert(t, 1, 0) assert(table.concat(t, ',') == '0,1,2,3,4')\n"
        "assert(table.remove(t) == 4 and table.remove(t, 1) == 0 and #t == 3)");
    expect_done(
        "assert(select('#', table.unpack({ 1, nil, 3 }, 1, 3)) == 3) local p = table.pack(1, nil) assert(p.n == 2)");
    expect_done("local t = table.move({ 1, 2, 3 }, 1, 3, 2) assert(table.concat(t, ',') == '1,1,2,3')");
    expect_done("local t = { 'b', 'a', 'C' } table.sort(t) assert(table.concat(t) == 'Cab')\n"
                "table.sort(t, function(a, b) return a > b end) assert(table.concat(t) == 'baC')");
    expect_done(
        "local t = {} for i = 1, 100 do t[i] = { i % 7, i } end\n"
        "table.sort(t, function(a, b) return a[1] < b[1] end)\n"
        "for i = 2, 100 do local a, b = t[i - 1], t[i] assert(a[1] < b[1] or a[1] == b[1] and a[2] < b[2]) end");
    expect_done("local t = { 3, 1, 2 } table.sort(t, function() return true end) assert(#t == 3)");
    expect_raised("table.sort({ 1, 'x' })", "attempt to compare");
    expect_raised("table.concat({ {} })", "invalid value (a table)");
    expect_raised("table.unpack({}, 1, 1e6)", "too many results");
    expect_raised("table.insert({}, 5, 1)", "position out of bounds");
}

static void test_math(void **state)
{
    TS_UNUSED(state);
    expect_done(
        "assert(math.floor(1.9) == 1 and math.ceil(1.1) == 2 and math.abs(-3) == 3 and math.max(1, 3, 2) == 3)");
    expect_done("assert(math.min(2, 1.5) == 1.5 and math.fmod(-7, 3) == -1 and math.tointeger(3.0) == 3 and "
                "math.sqrt(9) == 3.0)");
    expect_done("assert(math.type(1) == 'integer' and math.type(1.0) == 'float' and math.type('1') == nil)");
    expect_done("local a, b = math.modf(-3.25) assert(a == -3.0 and b == -0.25) assert(math.huge == 1 / 0)");
    expect_done("for _ = 1, 100 do local x = math.random(5) assert(x >= 1 and x <= 5) local y = math.random() assert(y "
                ">= 0 and y < 1) end");
    expect_raised("math.random(0)", "interval is empty");
}

static void test_strings(void **state)
{
    TS_UNUSED(state);
    expect_done(
        "assert(('abc'):upper() == 'ABC' and ('ABC'):lower() == 'abc' and #'abc' == 3 and ('abc'):reverse() == 'cba')");
    expect_done("assert(('hello'):sub(2, -2) == 'ell' and ('x'):rep(3, ',') == 'x,x,x' and ('A'):byte() == 65 and "
                "string.char(72, 105) == 'Hi')");
    expect_done("assert(string.format('%d %5.2f %-4s| %s %x %%', 7, 1.5, 'a', {}, 255) == '7  1.50 a   | table ff %')");
    expect_done("assert(string.format('%s %s', nil, true) == 'nil true' and string.format('%g', 0/0) == 'nan')");
    expect_raised("string.format('%p', {})", "invalid conversion");
    expect_raised("string.format('%q', 'x')", "invalid conversion");
    expect_raised("string.format('%100d', 1)", "invalid conversion");
    expect_raised("string.format('%d')", "no value");
    expect_raised("string.rep('x', 1 << 40)", "too large");
    expect_done("local s = ('x'):rep(1 << 20) assert(#s == 1048576)");
    expect_done("assert(('k=v, a=b'):gsub('(%w)=(%w)', '%2=%1') == 'v=k, b=a')");
    expect_done("local n = 0 for k, v in ('a=1, b=2'):gmatch('(%w)=(%w)') do n = n + tonumber(v) end assert(n == 3)");
    expect_done("assert(('THE (quick) fox'):find('%((%a+)%)') == 5 and ('x'):find('', 10) == nil)");
}

/* ---- the search against Lua's own ----------------------------------------------------------------------------- */

static void random_text(struct ts_rng *g, const char *alphabet, size_t longest, char *out)
{
    size_t n = ts_rng_below(g, longest + 1), letters = strlen(alphabet);
    for (size_t i = 0; i < n; i++)
        out[i] = alphabet[ts_rng_below(g, letters)];
    out[n] = '\0';
}

/* Run our function on r's state and Lua's on a plain one: same values, or an error from both. */
static void compare(lua_State *ours, lua_CFunction fn, lua_State *plain, const char *name, const char *s, const char *p,
                    const char *repl)
{
    int top_ours = lua_gettop(ours), top_plain = lua_gettop(plain), nargs = repl ? 3 : 2;
    lua_pushcfunction(ours, fn);
    lua_getglobal(plain, "string");
    lua_getfield(plain, -1, name);
    lua_remove(plain, -2);
    for (int i = 0; i < 2; i++) {
        lua_State *L = i ? plain : ours;
        lua_pushstring(L, s);
        lua_pushstring(L, p);
        if (repl) lua_pushstring(L, repl);
    }
    int a = lua_pcall(ours, nargs, LUA_MULTRET, 0), b = lua_pcall(plain, nargs, LUA_MULTRET, 0);
    if ((a == LUA_OK) != (b == LUA_OK))
        fail_msg("%s('%s', '%s', '%s'): ours %s, Lua %s", name, s, p, repl ? repl : "",
                 a ? lua_tostring(ours, -1) : "ok", b ? lua_tostring(plain, -1) : "ok");
    if (a == LUA_OK) {
        int n = lua_gettop(ours) - top_ours;
        if (n != lua_gettop(plain) - top_plain) fail_msg("%s('%s', '%s'): %d results", name, s, p, n);
        for (int i = 1; i <= n; i++) {
            const char *x = luaL_tolstring(ours, top_ours + i, NULL), *y = luaL_tolstring(plain, top_plain + i, NULL);
            if (strcmp(x, y) != 0) fail_msg("%s('%s', '%s', '%s'): %s, Lua %s", name, s, p, repl ? repl : "", x, y);
            lua_pop(ours, 1);
            lua_pop(plain, 1);
        }
    }
    lua_settop(ours, top_ours);
    lua_settop(plain, top_plain);
}

static lua_CFunction function_named(const char *name)
{
    for (const luaL_Reg *f = ts_sandbox_string; f->name; f++)
        if (strcmp(f->name, name) == 0) return f->func;
    fail_msg("no function %s", name);
    return NULL;
}

static void test_match_like_lua(void **state)
{
    TS_UNUSED(state);
    struct ts_rng g = {test_seed(20260115)};
    struct ts_rules *r;
    struct ts_error err;
    assert_int_equal(ts_host_open(&counted, &r, &err), TS_OK);
    assert_int_equal(ts_host_sandbox(r, &err), TS_OK);
    lua_State *plain = luaL_newstate();
    assert_non_null(plain);
    luaL_openlibs(plain);
    static const char *const names[] = {"find", "match", "gsub"};
    for (int i = 0; i < 60000; i++) {
        char s[24], p[16], repl[8];
        random_text(&g, "aab(). 1-Z", 14, s);
        random_text(&g, i % 3 ? "aab.*+-?()%%1" : "ab[]^-%dwsfbxSA$.*()1", 9, p);
        random_text(&g, "a%012", 4, repl);
        const char *name = names[i % 3];
        compare(r->L, function_named(name), plain, name, s, p, strcmp(name, "gsub") == 0 ? repl : NULL);
    }
    lua_close(plain);
    ts_host_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base),      cmocka_unit_test(test_position), cmocka_unit_test(test_absent),
        cmocka_unit_test(test_read_only), cmocka_unit_test(test_pairs),    cmocka_unit_test(test_tables),
        cmocka_unit_test(test_math),      cmocka_unit_test(test_strings),  cmocka_unit_test(test_match_like_lua),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
