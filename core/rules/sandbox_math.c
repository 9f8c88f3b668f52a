/* SPDX-License-Identifier: Apache-2.0 */
/* The math library of rules: what gives the same bits on every machine. sin, exp, log and their like are left out,
 * because their last digit depends on the C library and the processor, and a rule's result enters the books. (The
 * operator ^ is the language's own; for whole exponents multiply instead.) Random numbers come from the record. */
#include <math.h>

#include "rules/sandbox.h"

static void push_rounded(lua_State *L, lua_Number v)
{
    lua_Integer i;
    if (lua_numbertointeger(v, &i))
        lua_pushinteger(L, i);
    else
        lua_pushnumber(L, v);
}

static int math_floor(lua_State *L)
{
    if (lua_isinteger(L, 1))
        lua_settop(L, 1);
    else
        push_rounded(L, floor(luaL_checknumber(L, 1)));
    return 1;
}

static int math_ceil(lua_State *L)
{
    if (lua_isinteger(L, 1))
        lua_settop(L, 1);
    else
        push_rounded(L, ceil(luaL_checknumber(L, 1)));
    return 1;
}

static int math_abs(lua_State *L)
{
    if (lua_isinteger(L, 1)) {
        lua_Integer v = lua_tointeger(L, 1);
        lua_pushinteger(L, v < 0 ? (lua_Integer)(0u - (lua_Unsigned)v) : v);
    } else {
        lua_pushnumber(L, fabs(luaL_checknumber(L, 1)));
    }
    return 1;
}

static int extreme(lua_State *L, bool most)
{
    int n = lua_gettop(L), best = 1;
    luaL_checknumber(L, 1);
    for (int i = 2; i <= n; i++) {
        luaL_checknumber(L, i);
        if (most ? lua_compare(L, best, i, LUA_OPLT) : lua_compare(L, i, best, LUA_OPLT)) best = i;
    }
    lua_pushvalue(L, best);
    return 1;
}

static int math_max(lua_State *L) { return extreme(L, true); }
static int math_min(lua_State *L) { return extreme(L, false); }

static int math_fmod(lua_State *L)
{
    if (lua_isinteger(L, 1) && lua_isinteger(L, 2)) {
        lua_Integer a = lua_tointeger(L, 1), b = lua_tointeger(L, 2);
        luaL_argcheck(L, b != 0, 2, "zero");
        lua_pushinteger(L, b == -1 ? 0 : a % b);
    } else {
        lua_pushnumber(L, fmod(luaL_checknumber(L, 1), luaL_checknumber(L, 2)));
    }
    return 1;
}

static int math_modf(lua_State *L)
{
    lua_Number v = luaL_checknumber(L, 1), whole = v < 0 ? ceil(v) : floor(v);
    lua_pushnumber(L, whole);
    lua_pushnumber(L, v == whole ? 0.0 : v - whole);
    return 2;
}

static int math_sqrt(lua_State *L)
{
    lua_pushnumber(L, sqrt(luaL_checknumber(L, 1))); /* IEEE 754 says its every bit */
    return 1;
}

static int math_tointeger(lua_State *L)
{
    int ok;
    luaL_checkany(L, 1);
    lua_Integer v = lua_type(L, 1) == LUA_TNUMBER ? lua_tointegerx(L, 1, &ok) : (ok = 0);
    if (ok)
        lua_pushinteger(L, v);
    else
        luaL_pushfail(L);
    return 1;
}

static int math_type(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TNUMBER)
        lua_pushstring(L, lua_isinteger(L, 1) ? "integer" : "float");
    else
        luaL_pushfail(L);
    return 1;
}

static int math_ult(lua_State *L)
{
    lua_pushboolean(L, (lua_Unsigned)luaL_checkinteger(L, 1) < (lua_Unsigned)luaL_checkinteger(L, 2));
    return 1;
}

/* random(): [0, 1); random(m): 1..m; random(m, n): m..n. The generator is set anew for each call from the record. */
static int math_random(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    if (!r->call)
        return luaL_error(L, "math.random is there inside functions only: a rule set must load the same always");
    lua_Integer low = 1, high;
    switch (lua_gettop(L)) {
    case 0:
        lua_pushnumber(L, ts_rng_unit(&r->rng));
        return 1;
    case 1:
        high = luaL_checkinteger(L, 1);
        break;
    case 2:
        low = luaL_checkinteger(L, 1);
        high = luaL_checkinteger(L, 2);
        break;
    default:
        return luaL_error(L, "wrong number of arguments");
    }
    luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
    lua_Unsigned span = (lua_Unsigned)high - (lua_Unsigned)low + 1; /* 0: all 2^64 */
    lua_Unsigned v = span ? ts_rng_below(&r->rng, span) : ts_rng_next(&r->rng);
    lua_pushinteger(L, (lua_Integer)((lua_Unsigned)low + v));
    return 1;
}

const luaL_Reg ts_sandbox_math[] = {
    {"abs", math_abs},     {"ceil", math_ceil},
    {"floor", math_floor}, {"fmod", math_fmod},
    {"max", math_max},     {"min", math_min},
    {"modf", math_modf},   {"random", math_random},
    {"sqrt", math_sqrt},   {"tointeger", math_tointeger},
    {"type", math_type},   {"ult", math_ult},
    {NULL, NULL},
};

void ts_sandbox_math_constants(lua_State *L)
{
    lua_pushnumber(L, 3.141592653589793);
    lua_setfield(L, -2, "pi");
    lua_pushnumber(L, HUGE_VAL);
    lua_setfield(L, -2, "huge");
    lua_pushinteger(L, LUA_MAXINTEGER);
    lua_setfield(L, -2, "maxinteger");
    lua_pushinteger(L, LUA_MININTEGER);
    lua_setfield(L, -2, "mininteger");
}
