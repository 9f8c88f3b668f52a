/* SPDX-License-Identifier: Apache-2.0 */
/* The basic functions of rules: type, pairs, pcall and their like, and `money`. pairs has an order of its own, because
 * that of Lua's tables differs from process to process. */
#include <stdlib.h>

#include "rules/sandbox.h"

/* ---- values --------------------------------------------------------------------------------------------------- */

const char *ts_sandbox_tostring(lua_State *L, int index, size_t *ret_len)
{
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        lua_pushvalue(L, index);
        break;
    case LUA_TNUMBER:
        if (lua_tonumber(L, index) != lua_tonumber(L, index)) {
            lua_pushliteral(L, "nan"); /* its sign differs between machines */
        } else {
            lua_pushvalue(L, index);
            lua_tolstring(L, -1, NULL);
        }
        break;
    case LUA_TBOOLEAN:
        lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
        break;
    default:
        lua_pushstring(L, luaL_typename(L, index));
    }
    return lua_tolstring(L, -1, ret_len);
}

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    ts_sandbox_tostring(L, 1, NULL);
    return 1;
}

static int base_type(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushstring(L, luaL_typename(L, 1));
    return 1;
}

/* A whole number in `base`, or nothing. */
static bool read_based(const char *p, size_t n, unsigned base, lua_Integer *ret)
{
    size_t i = 0;
    while (i < n && (p[i] == ' ' || (p[i] >= '\t' && p[i] <= '\r')))
        i++;
    while (n > i && (p[n - 1] == ' ' || (p[n - 1] >= '\t' && p[n - 1] <= '\r')))
        n--;
    bool negative = i < n && p[i] == '-';
    if (negative || (i < n && p[i] == '+')) i++;
    if (i == n) return false;
    lua_Unsigned v = 0;
    for (; i < n; i++) {
        unsigned c = (unsigned char)p[i];
        unsigned digit = c >= '0' && c <= '9'   ? c - (unsigned)'0'
                         : c >= 'a' && c <= 'z' ? c - 'a' + 10u
                         : c >= 'A' && c <= 'Z' ? c - 'A' + 10u
                                                : 99u;
        if (digit >= base) return false;
        v = v * base + digit;
    }
    *ret = (lua_Integer)(negative ? 0u - v : v);
    return true;
}

static int base_tonumber(lua_State *L)
{
    if (lua_isnoneornil(L, 2)) {
        if (lua_type(L, 1) == LUA_TNUMBER) {
            lua_settop(L, 1);
            return 1;
        }
        luaL_checkany(L, 1);
        size_t len;
        const char *s = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &len) : NULL;
        if (s) ts_host_charge(L, len / 8);
        if (s && lua_stringtonumber(L, s) == len + 1) return 1;
        luaL_pushfail(L);
        return 1;
    }
    size_t len;
    lua_Integer base = luaL_checkinteger(L, 2), value;
    luaL_checktype(L, 1, LUA_TSTRING);
    const char *s = lua_tolstring(L, 1, &len);
    luaL_argcheck(L, base >= 2 && base <= 36, 2, "base out of range");
    ts_host_charge(L, len / 8);
    if (read_based(s, len, (unsigned)base, &value))
        lua_pushinteger(L, value);
    else
        luaL_pushfail(L);
    return 1;
}

static int base_select(lua_State *L)
{
    int n = lua_gettop(L);
    if (lua_type(L, 1) == LUA_TSTRING && lua_tostring(L, 1)[0] == '#') {
        lua_pushinteger(L, n - 1);
        return 1;
    }
    lua_Integer i = luaL_checkinteger(L, 1);
    if (i < 0)
        i = n + i;
    else if (i > n)
        i = n;
    luaL_argcheck(L, i >= 1, 1, "index out of range");
    return n - (int)i;
}

/* ---- errors --------------------------------------------------------------------------------------------------- */

static int base_error(lua_State *L)
{
    lua_Integer level = luaL_optinteger(L, 2, 1);
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING && level > 0 && level < 100) {
        luaL_where(L, (int)level);
        lua_pushvalue(L, 1);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int base_assert(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_toboolean(L, 1)) return lua_gettop(L);
    if (lua_isnone(L, 2)) return luaL_error(L, "assertion failed!");
    lua_settop(L, 2);
    return lua_error(L);
}

/* A stop is not an error that a rule can have an opinion on: it goes on through every pcall. */
static int base_pcall(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    luaL_checkany(L, 1);
    ts_host_charge(L, 40);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (status == LUA_OK) {
        lua_pushboolean(L, 1);
        lua_insert(L, 1);
        return lua_gettop(L);
    }
    if (r->guard.killed) return lua_error(L);
    if (status == LUA_ERRMEM) {
        if (r->guard.exhausted) r->broken = true;
        ts_host_kill(L, "memory");
    }
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

/* Rules have no output. Kept so that a line left over from trying things out does no harm. */
static int base_print(lua_State *L)
{
    TS_UNUSED(L);
    return 0;
}

/* ---- pairs ---------------------------------------------------------------------------------------------------- */

struct key {
    bool text;
    uint32_t at; /* place in the unsorted list */
    lua_Integer number;
    struct ts_str bytes;
};

static int key_compare(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
    if (a->text != b->text) return a->text ? 1 : -1;
    if (a->text) return ts_str_cmp(a->bytes, b->bytes);
    return a->number < b->number ? -1 : a->number > b->number;
}

uint32_t ts_sandbox_push_keys(lua_State *L, int index)
{
    uint32_t n = 0;
    index = lua_absindex(L, index);
    luaL_checkstack(L, 6, "table nested too deeply");
    lua_newtable(L);
    int list = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING && !lua_isinteger(L, -1))
            luaL_error(L, "keys are texts and whole numbers here; this table has a %s as a key", luaL_typename(L, -1));
        lua_pushvalue(L, -1);
        lua_rawseti(L, list, ++n);
        if (n % 64 == 0) ts_host_charge(L, 640);
    }
    if (n < 2) return n;
    struct key *keys = lua_newuserdatauv(L, n * sizeof *keys, 0); /* Lua's, as what follows may raise */
    for (uint32_t i = 0; i < n; i++) {
        keys[i] = (struct key){.at = i + 1};
        lua_rawgeti(L, list, i + 1);
        if (lua_isinteger(L, -1)) {
            keys[i].number = lua_tointeger(L, -1);
        } else {
            keys[i].text = true;
            keys[i].bytes.ptr = lua_tolstring(L, -1, &keys[i].bytes.len);
        }
        lua_pop(L, 1);
    }
    ts_host_charge(L, (uint64_t)n * 40);
    qsort(keys, n, sizeof *keys, key_compare); /* keys differ, so any correct sort gives the same order */
    lua_createtable(L, (int)n, 0);
    for (uint32_t i = 0; i < n; i++) {
        lua_rawgeti(L, list, keys[i].at);
        lua_rawseti(L, -2, i + 1);
    }
    lua_replace(L, list);
    lua_settop(L, list);
    return n;
}

/* Upvalues: the list of keys, the place in it, the table's content: a rule must not get hold of a frozen one's. */
static int pairs_next(lua_State *L)
{
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));
    for (;;) {
        i++;
        if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL) return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, lua_upvalueindex(3)) != LUA_TNIL) break; /* what was removed on the way is skipped */
        lua_pop(L, 2);
        ts_host_charge(L, 5);
    }
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(2));
    return 2;
}

static int base_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    if (!lua_istable(L, 1)) return luaL_error(L, "pairs goes over a table, not a %s", luaL_typename(L, 1));
    lua_settop(L, 1);
    ts_host_thaw(L, 1);
    ts_sandbox_push_keys(L, 2);
    lua_pushinteger(L, 0);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, pairs_next, 3);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int ipairs_next(lua_State *L)
{
    lua_Integer i = (lua_Integer)((lua_Unsigned)luaL_checkinteger(L, 2) + 1);
    lua_pushinteger(L, i);
    return lua_geti(L, 1, i) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushcfunction(L, ipairs_next);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

const luaL_Reg ts_sandbox_base[] = {
    {"assert", base_assert},
    {"error", base_error},
    {"ipairs", base_ipairs},
    {"pairs", base_pairs},
    {"pcall", base_pcall},
    {"print", base_print},
    {"select", base_select},
    {"tonumber", base_tonumber},
    {"type", base_type},
    {"tostring", base_tostring},
    {NULL, NULL},
};

/* ---- money ---------------------------------------------------------------------------------------------------- */

#define MONEY_TYPE "money"
#define MONEY_BYTES 32   /* of its text */
#define MONEY_CACHED 256 /* texts whose integer is remembered; a rule set has a handful */

const char *ts_host_money(lua_State *L, int index) { return luaL_testudata(L, index, MONEY_TYPE); }

bool ts_host_money_minor(const struct ts_rules *r, const char *text, int64_t *ret)
{
    struct ts_decimal d;
    return ts_decimal_parse(ts_cstr(text), &d) == TS_OK &&
           ts_decimal_to_minor(d, r->program.money_places, ret) == TS_OK;
}

static int money_at_load(lua_State *L, const char *text, size_t len)
{
    char *kept = lua_newuserdatauv(L, len + 1, 0);
    memcpy(kept, text, len + 1);
    luaL_setmetatable(L, MONEY_TYPE);
    return 1;
}

static int base_money(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TNUMBER)
        return luaL_error(
            L, "money takes a text, money \"20\" or money \"19.90\": of a bare number nobody knows the unit");
    if (lua_type(L, 1) != LUA_TSTRING) return luaL_error(L, "money takes a text, as in money \"19.90\"");
    if (!r->loading) {
        lua_pushvalue(L, 1);
        if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNUMBER) return 1;
    }
    size_t len;
    struct ts_decimal d;
    int64_t minor;
    const char *text = lua_tolstring(L, 1, &len);
    if (len >= MONEY_BYTES || ts_decimal_parse(ts_str(text, len), &d) != TS_OK)
        return luaL_error(L, "money \"%s\" is no amount; write it as \"20\" or \"19.90\"", len < 100 ? text : "...");
    if (r->loading) return money_at_load(L, text, len);
    if (!ts_host_money_minor(r, text, &minor))
        return luaL_error(L, "money \"%s\" is finer than the currency, which has %d places", text,
                          (int)r->program.money_places);
    lua_Integer cached = (lua_rawgeti(L, lua_upvalueindex(1), 1), lua_tointeger(L, -1));
    if (cached < MONEY_CACHED) {
        lua_pushvalue(L, 1);
        lua_pushinteger(L, minor);
        lua_rawset(L, lua_upvalueindex(1));
        lua_pushinteger(L, cached + 1);
        lua_rawseti(L, lua_upvalueindex(1), 1);
    }
    lua_pushinteger(L, minor);
    return 1;
}

void ts_sandbox_push_money(lua_State *L)
{
    luaL_newmetatable(L, MONEY_TYPE); /* its __name shows in errors: "attempt to compare number with money" */
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushcclosure(L, base_money, 1);
}
