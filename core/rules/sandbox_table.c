/* SPDX-License-Identifier: Apache-2.0 */
/* The table library of rules. Every loop is charged. Sorting is a stable merge sort of our own: Lua's reads the clock for
 * its pivots, and may read outside the list when the comparison contradicts itself. */
#include "rules/sandbox.h"

#include "base/limits.h"

#define UNPACK_MAX 250 /* values put on the stack at once: as many as one call can name */

static lua_Integer check_list(lua_State *L, int arg)
{
    luaL_checktype(L, arg, LUA_TTABLE);
    return luaL_len(L, arg);
}

static int table_insert(lua_State *L)
{
    lua_Integer end = (lua_Integer)((lua_Unsigned)check_list(L, 1) + 1), pos = end;
    int n = lua_gettop(L);
    if (n == 3) {
        pos = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)pos - 1u < (lua_Unsigned)end, 2, "position out of bounds");
        ts_host_charge(L, (lua_Unsigned)(end - pos) * 4);
        for (lua_Integer i = end; i > pos; i--) {
            lua_geti(L, 1, i - 1);
            lua_seti(L, 1, i);
        }
    } else if (n != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, pos);
    return 0;
}

static int table_remove(lua_State *L)
{
    lua_Integer size = check_list(L, 1), pos = luaL_optinteger(L, 2, size);
    if (lua_gettop(L) > 1) luaL_argcheck(L, (lua_Unsigned)pos - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
    lua_geti(L, 1, pos);
    if (pos < size) ts_host_charge(L, (lua_Unsigned)(size - pos) * 4);
    for (; pos < size; pos++) {
        lua_geti(L, 1, pos + 1);
        lua_seti(L, 1, pos);
    }
    lua_pushnil(L);
    lua_seti(L, 1, pos);
    return 1;
}

static int table_concat(lua_State *L)
{
    lua_Integer last = check_list(L, 1);
    size_t sep_len;
    const char *sep = luaL_optlstring(L, 2, "", &sep_len);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (; i <= last; i++) {
        ts_host_charge(L, 6);
        lua_geti(L, 1, i);
        if (!lua_isstring(L, -1))
            return luaL_error(L, "invalid value (a %s) in table for 'concat'", luaL_typename(L, -1));
        luaL_addvalue(&b);
        if (i != last) luaL_addlstring(&b, sep, sep_len);
        if (luaL_bufflen(&b) > TS_LIMIT_LUA_STRING_BYTES) return luaL_error(L, "resulting string too large");
        if (i == LUA_MAXINTEGER) break;
    }
    luaL_pushresult(&b);
    return 1;
}

static int table_unpack(lua_State *L)
{
    lua_Integer i = luaL_optinteger(L, 2, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
    if (i > last) return 0;
    if ((lua_Unsigned)last - (lua_Unsigned)i >= UNPACK_MAX || !lua_checkstack(L, UNPACK_MAX))
        return luaL_error(L, "too many results to unpack");
    ts_host_charge(L, (lua_Unsigned)(last - i) * 2);
    int n = 0;
    for (; i < last; i++, n++)
        lua_geti(L, 1, i);
    lua_geti(L, 1, last);
    return n + 1;
}

static int table_pack(lua_State *L)
{
    int n = lua_gettop(L);
    lua_createtable(L, n, 1);
    lua_insert(L, 1);
    for (int i = n; i >= 1; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, n);
    lua_setfield(L, 1, "n");
    return 1;
}

static int table_move(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer from = luaL_checkinteger(L, 2), to = luaL_checkinteger(L, 3), at = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    luaL_checktype(L, target, LUA_TTABLE);
    if (to >= from) {
        luaL_argcheck(L, from > 0 || to < LUA_MAXINTEGER + from, 3, "too many elements to move");
        lua_Integer n = to - from + 1;
        luaL_argcheck(L, at <= LUA_MAXINTEGER - n + 1, 4, "destination wrap around");
        bool forward = at > to || at <= from || target != 1;
        for (lua_Integer k = 0; k < n; k++) {
            lua_Integer i = forward ? k : n - 1 - k;
            if (k % 64 == 0) ts_host_charge(L, 256);
            lua_geti(L, 1, from + i);
            lua_seti(L, target, at + i);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

/* ---- sort ----------------------------------------------------------------------------------------------------- */

/* Stack: 1 the list, 2 the comparison or nil, 3 a copy of the items. */
static bool item_less(lua_State *L, lua_Integer a, lua_Integer b)
{
    ts_host_charge(L, 20);
    if (lua_isnil(L, 2)) {
        lua_rawgeti(L, 3, a);
        lua_rawgeti(L, 3, b);
        bool less = lua_compare(L, -2, -1, LUA_OPLT);
        lua_pop(L, 2);
        return less;
    }
    lua_pushvalue(L, 2);
    lua_rawgeti(L, 3, a);
    lua_rawgeti(L, 3, b);
    lua_call(L, 2, 1);
    bool less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

static void merge(lua_State *L, const uint32_t *in, uint32_t *out, uint32_t from, uint32_t middle, uint32_t to)
{
    uint32_t a = from, b = middle;
    for (uint32_t k = from; k < to; k++) {
        bool right = a >= middle || (b < to && item_less(L, in[b], in[a]));
        out[k] = right ? in[b++] : in[a++];
    }
}

static int table_sort(lua_State *L)
{
    lua_Integer size = check_list(L, 1);
    if (size < 2) return 0;
    luaL_argcheck(L, size <= TS_LIMIT_LUA_BLOCK_BYTES / 16, 1, "array too big");
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    uint32_t n = (uint32_t)size;
    ts_host_charge(L, (uint64_t)n * 8);
    lua_createtable(L, (int)n, 0);
    uint32_t *order = lua_newuserdatauv(L, (size_t)n * 2 * sizeof *order, 0); /* Lua's, as the comparison may raise */
    for (uint32_t i = 0; i < n; i++) {
        order[i] = i + 1;
        lua_geti(L, 1, i + 1);
        lua_rawseti(L, 3, i + 1);
    }
    uint32_t *in = order, *out = order + n;
    for (uint32_t width = 1; width < n; width *= 2) {
        for (uint32_t from = 0; from < n; from += 2 * width) {
            uint32_t middle = from + width < n ? from + width : n, to = middle + width < n ? middle + width : n;
            merge(L, in, out, from, middle, to);
        }
        uint32_t *swap = in;
        in = out;
        out = swap;
    }
    for (uint32_t i = 0; i < n; i++) {
        lua_rawgeti(L, 3, in[i]);
        lua_seti(L, 1, i + 1);
    }
    return 0;
}

const luaL_Reg ts_sandbox_table[] = {
    {"concat", table_concat}, {"insert", table_insert}, {"move", table_move},     {"pack", table_pack},
    {"remove", table_remove}, {"sort", table_sort},     {"unpack", table_unpack}, {NULL, NULL},
};
