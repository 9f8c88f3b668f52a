/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of rule files: one read-only table for all of them. What it holds is a list, not what a library
 * happens to bring; everything else is an unknown word, named with the nearest known one. */
#include "rules/sandbox.h"

/* ---- nearest names -------------------------------------------------------------------------------------------- */

void ts_near_begin(struct ts_near *n, struct ts_str wanted)
{
    n->wanted = wanted;
    n->best = (struct ts_str){NULL, 0};
    n->distance = (unsigned)(wanted.len < 4 ? 1 : wanted.len < 8 ? 2 : 3);
}

/* Of equally near names the first by bytes wins, so the order of offering does not show. */
void ts_near_offer(struct ts_near *n, struct ts_str name)
{
    unsigned d = ts_edit_distance(n->wanted, name, n->distance);
    if (d > n->distance) return;
    if (n->best.ptr && d == n->distance && ts_str_cmp(name, n->best) >= 0) return;
    n->best = name;
    n->distance = d;
}

/* ---- read-only tables ----------------------------------------------------------------------------------------- */

static int deny_write(lua_State *L) { return luaL_error(L, "'%s' is read-only", lua_tostring(L, lua_upvalueindex(1))); }

/* [content] -> [an empty table that reads from it]. The metatable looks as freeze.c's does, so that pairs goes over it. */
void ts_sandbox_push_readonly(lua_State *L, const char *name)
{
    lua_newtable(L);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
    lua_setfield(L, -2, "__frozen");
    lua_pushstring(L, name);
    lua_pushcclosure(L, deny_write, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

/* ---- the environment ------------------------------------------------------------------------------------------ */

static int env_write(lua_State *L)
{
    return luaL_error(L, "assigning the global '%s': a rule keeps nothing between calls; write 'local' in front of it",
                      lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2));
}

static void offer_keys(lua_State *L, int ref, struct ts_near *near)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        size_t len;
        const char *name = lua_tolstring(L, -1, &len); /* all keys are texts */
        ts_near_offer(near, ts_str(name, len));
    }
    lua_pop(L, 1);
}

/* __index of the content: a name that is not there. While loading the words are; in a call they are refused by name. */
static int env_unknown(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    if (lua_type(L, 2) != LUA_TSTRING) return luaL_error(L, "a global is asked for by a %s", luaL_typename(L, 2));
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->words);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL) {
        if (r->loading) return 1;
        ts_host_loading_only(L, lua_tostring(L, 2));
    }
    size_t len;
    const char *name = lua_tolstring(L, 2, &len);
    struct ts_near near;
    ts_near_begin(&near, ts_str(name, len));
    offer_keys(L, r->globals, &near);
    if (r->loading) offer_keys(L, r->words, &near);
    if (near.best.ptr) return luaL_error(L, "unknown word '%s'; did you mean '%s'?", name, near.best.ptr);
    return luaL_error(L, "unknown word '%s'", name);
}

void ts_host_loading_only(lua_State *L, const char *name)
{
    if (!ts_host_of(L)->loading)
        luaL_error(L, "'%s' declares: it stands at the top level of a rule file, not inside a function", name);
}

void ts_host_word(struct ts_rules *r, const char *name)
{
    lua_rawgeti(r->L, LUA_REGISTRYINDEX, r->words);
    lua_insert(r->L, -2);
    lua_setfield(r->L, -2, name);
    lua_pop(r->L, 1);
}

void ts_host_global(struct ts_rules *r, const char *name)
{
    lua_rawgeti(r->L, LUA_REGISTRYINDEX, r->globals);
    lua_pushstring(r->L, name);
    lua_rotate(r->L, -3, -1); /* content, name, value */
    lua_rawset(r->L, -3);
    lua_pop(r->L, 1);
}

/* [globals] -> [globals]: a library under its name. */
static void add_library(lua_State *L, const char *name, const luaL_Reg *functions)
{
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    if (functions == ts_sandbox_math) ts_sandbox_math_constants(L);
    if (functions == ts_sandbox_string) {
        /* ("x"):upper(): strings share one metatable. Rules cannot reach it, and arithmetic on texts stays an error. */
        lua_pushliteral(L, "");
        lua_createtable(L, 0, 2);
        lua_pushvalue(L, -3);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_setmetatable(L, -2);
        lua_pop(L, 1);
    }
    ts_sandbox_push_readonly(L, name);
    lua_setfield(L, -2, name);
}

static int build(lua_State *L)
{
    struct ts_rules *r = lua_touserdata(L, 1);
    lua_newtable(L);
    r->words = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    luaL_setfuncs(L, ts_sandbox_base, 0);
    add_library(L, "string", ts_sandbox_string);
    add_library(L, "table", ts_sandbox_table);
    add_library(L, "math", ts_sandbox_math);
    ts_sandbox_push_money(L);
    lua_setfield(L, -2, "money");
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, env_unknown);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    r->globals = luaL_ref(L, LUA_REGISTRYINDEX);

    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, env_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    r->env = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

enum ts_code ts_host_sandbox(struct ts_rules *r, struct ts_error *err) { return ts_host_protected(r, build, r, err); }
