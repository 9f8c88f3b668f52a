/* SPDX-License-Identifier: Apache-2.0 */
/* What declarations mean in plain words, from Lua into the rule set. */
#include "rules/lang.h"

/* A field of the table on top, copied. */
static struct ts_str copy(lua_State *L, struct ts_load *load, const char *key)
{
    size_t len = 0;
    lua_getfield(L, -1, key);
    const char *text = lua_tolstring(L, -1, &len);
    struct ts_str to = ts_arena_dup(&load->r->program.arena, ts_str(text ? text : "", len));
    if (!to.ptr) load->memory = true;
    lua_pop(L, 1);
    return to;
}

void ts_explain_take(lua_State *L, struct ts_load *load)
{
    struct ts_rules *r = load->r;
    lua_Unsigned n = lua_rawlen(L, -1);
    r->explained = n ? ts_arena_alloc(&r->program.arena, n * sizeof *r->explained) : NULL;
    load->memory |= n && !r->explained;
    for (lua_Unsigned i = 0; i < n && !load->memory; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        struct ts_explained *e = &r->explained[i];
        e->word = copy(L, load, "word");
        e->name = copy(L, load, "name");
        e->file = copy(L, load, "file");
        e->text = copy(L, load, "text");
        lua_getfield(L, -1, "line");
        e->line = (uint32_t)lua_tointeger(L, -1);
        lua_pop(L, 2);
        r->n_explained++;
    }
    if (load->memory) luaL_error(L, "out of memory");
    lua_pop(L, 1);
}

const struct ts_explained *ts_rules_explained(const struct ts_rules *r, uint32_t *ret_n)
{
    *ret_n = r->n_explained;
    return r->explained;
}
