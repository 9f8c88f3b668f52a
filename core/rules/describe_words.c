/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a rule file can say, as JSON: an empty rule set is loaded and bound, and the trusted half of the language
 * (scripts/lang/describe.lua) tells its words, options and events, together with what is found in this state: the rows of
 * the bindings, the names of `member`, and what there is of Lua's library. */
#include "rules/bind.h"
#include "rules/describe.h"
#include "rules/lang.h"

struct telling {
    struct ts_load *load;
    const struct ts_described_list *lists;
    size_t n_lists;
    struct ts_buf *out;
};

static void set_text(lua_State *L, const char *key, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

/* {owner, name, method, kind, signature, text} for each row of each table. */
static void push_rows(lua_State *L)
{
    lua_Integer n = 0;
    lua_newtable(L);
    for (size_t g = 0; g < ts_bindings_all_n; g++) {
        for (size_t i = 0; i < ts_bindings_all[g]->n; i++) {
            const struct ts_binding *b = &ts_bindings_all[g]->at[i];
            lua_newtable(L);
            set_text(L, "owner", ts_bindings_all[g]->owner);
            set_text(L, "name", b->name);
            set_text(L, "kind", b->kind);
            set_text(L, "signature", b->signature);
            set_text(L, "text", b->text);
            lua_pushboolean(L, b->signature[0] == '(');
            lua_setfield(L, -2, "method");
            lua_rawseti(L, -2, ++n);
        }
    }
}

/* [table] -> [list of its keys that are text]; of a read-only one, of its content. */
static void keys_of(lua_State *L)
{
    lua_Integer n = 0;
    ts_host_thaw(L, -1);
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, -3)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) continue;
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, ++n);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* {member = names}: what its reader has. */
static void push_present(lua_State *L)
{
    lua_newtable(L);
    lua_getfield(L, LUA_REGISTRYINDEX, "tessera.member");
    lua_getmetatable(L, -1);
    lua_getfield(L, -1, "__index");
    keys_of(L);
    lua_replace(L, -3);
    lua_pop(L, 1);
    lua_setfield(L, -2, "member");
}

/* {name = true or list of names}: what functions see of Lua's library. */
static void push_library(lua_State *L, struct ts_rules *r)
{
    lua_newtable(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->globals);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        if (lua_istable(L, -1)) {
            keys_of(L);
        } else {
            lua_pop(L, 1);
            lua_pushboolean(L, 1);
        }
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
}

static void push_lists(lua_State *L, const struct telling *t)
{
    lua_newtable(L);
    for (size_t g = 0; g < t->n_lists; g++) {
        lua_newtable(L);
        for (size_t i = 0; i < t->lists[g].n; i++) {
            lua_newtable(L);
            set_text(L, "name", t->lists[g].at[i].name);
            set_text(L, "text", t->lists[g].at[i].text);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        lua_setfield(L, -2, t->lists[g].name);
    }
}

static int tell(lua_State *L)
{
    const struct telling *t = lua_touserdata(L, 1);
    luaL_checkstack(L, 20, "descriptions");
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->load->language);
    lua_getfield(L, -1, "describe");
    lua_newtable(L);
    push_rows(L);
    lua_setfield(L, -2, "rows");
    push_present(L);
    lua_setfield(L, -2, "present");
    push_library(L, t->load->r);
    lua_setfield(L, -2, "library");
    ts_bind_push_later(L);
    keys_of(L);
    lua_setfield(L, -2, "later");
    push_lists(L, t);
    lua_setfield(L, -2, "lists");
    lua_call(L, 1, 1);
    struct ts_str text = {NULL, 0};
    text.ptr = lua_tolstring(L, -1, &text.len);
    ts_buf_add(t->out, text.ptr, text.len);
    return 0;
}

enum ts_code ts_rules_describe(const struct ts_described_list *lists, size_t n, struct ts_buf *out,
                               struct ts_error *err)
{
    static const struct ts_rules_options ordinary = {0};
    const struct ts_sources none = {0};
    struct ts_problems problems = {0};
    struct ts_load load = {.sources = &none, .problems = &problems, .language = LUA_NOREF, .chunk = LUA_NOREF};
    struct telling t = {.load = &load, .lists = lists, .n_lists = n, .out = out};
    enum ts_code code = ts_host_open(&ordinary, &load.r, err);
    if (code != TS_OK) return code;
    code = ts_load_all(&load, err);
    if (code == TS_OK) lua_settop(load.r->L, TS_HOST_BASE);
    if (code == TS_OK) code = ts_host_bind(load.r, err);
    if (code == TS_OK) code = ts_host_protected(load.r, tell, &t, err);
    if (code == TS_OK && out->failed) code = ts_fail(err, TS_E_MEMORY, "out of memory");
    if (code == TS_E_REFUSED) code = err->code = TS_E_INTERNAL; /* an error of our own Lua */
    ts_problems_release(&problems);
    ts_host_close(load.r);
    return code;
}
