/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines of the rule files' functions were run: for the test kit's --coverage, off everywhere else. A line hook marks what runs;
 * which lines there are to reach is what Lua says of the functions that declarations hold, and of those that these can call. */
#include "rules/host.h"

#define LINES_MAX 65536 /* of one file: more than a file of the largest size can have with code on each */
#define DEPTH_MAX 16    /* of functions that hold functions */

static struct ts_coverage *of_source(struct ts_rules *r, const char *source)
{
    for (uint32_t i = 0; i < r->coverage.len; i++)
        if (strcmp(r->coverage.at[i].source, source) == 0) return &r->coverage.at[i];
    return NULL;
}

/* A line that cannot be noted for want of memory is one that was not reached. */
void ts_coverage_ran(lua_State *L, struct ts_rules *r, lua_Debug *ar)
{
    if (r->loading || !lua_getinfo(L, "S", ar) || *ar->source != '@') return;
    if (ar->currentline <= 0 || ar->currentline >= LINES_MAX) return;
    struct ts_coverage *c = of_source(r, ar->source);
    if (!c) {
        c = ts_vec_push(&r->coverage);
        char *copy = c ? ts_strdup_n(ar->source, strlen(ar->source)) : NULL;
        if (c && !copy) r->coverage.len--;
        if (!copy) return;
        c->source = copy;
    }
    uint32_t line = (uint32_t)ar->currentline;
    if (line >= c->lines) {
        uint32_t lines = line + 64;
        uint8_t *ran = ts_realloc(c->ran, lines);
        if (!ran) return;
        memset(ran + c->lines, 0, lines - c->lines);
        c->ran = ran;
        c->lines = lines;
    }
    c->ran[line] = 1;
}

void ts_coverage_release(struct ts_rules *r)
{
    for (uint32_t i = 0; i < r->coverage.len; i++) {
        ts_free((char *)r->coverage.at[i].source);
        ts_free(r->coverage.at[i].ran);
    }
    ts_vec_release(&r->coverage);
}

struct telling {
    struct ts_rules *r;
    ts_coverage_fn fn;
    void *arg;
};

/* [seen, function] -> [seen]: the lines of a function, then of the functions that it holds. */
static void tell(lua_State *L, const struct telling *t, int depth)
{
    lua_Debug ar;
    luaL_checkstack(L, 8, "functions that hold functions");
    lua_pushvalue(L, -1);
    bool seen = lua_rawget(L, 1) != LUA_TNIL;
    lua_pop(L, 1);
    if (seen || lua_iscfunction(L, -1) || depth > DEPTH_MAX) {
        lua_pop(L, 1);
        return;
    }
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_rawset(L, 1);
    for (int i = 1; lua_getupvalue(L, -1, i); i++) {
        if (lua_isfunction(L, -1))
            tell(L, t, depth + 1);
        else
            lua_pop(L, 1);
    }
    if (!lua_getinfo(L, ">SL", &ar)) return; /* [lines] in the place of the function */
    const struct ts_coverage *c = of_source(t->r, ar.source);
    if (*ar.source == '@' && lua_istable(L, -1)) {
        for (int line = ar.linedefined; line <= ar.lastlinedefined && line < LINES_MAX; line++) {
            bool active = lua_rawgeti(L, -1, line) != LUA_TNIL;
            lua_pop(L, 1);
            /* The `end` of a function of more than one line is no line to be reached. */
            if (!active || (line == ar.lastlinedefined && line != ar.linedefined)) continue;
            t->fn(t->arg, ts_cstr(ar.source + 1), (uint32_t)line, c && (uint32_t)line < c->lines && c->ran[line]);
        }
    }
    lua_pop(L, 1);
}

static int step_tell(lua_State *L)
{
    const struct telling *t = lua_touserdata(L, 1);
    lua_newtable(L);
    lua_replace(L, 1);
    for (uint32_t i = 0; i < t->r->n_functions; i++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, t->r->functions[i]);
        if (lua_isfunction(L, -1))
            tell(L, t, 0);
        else
            lua_pop(L, 1);
    }
    return 0;
}

enum ts_code ts_rules_coverage(struct ts_rules *r, ts_coverage_fn fn, void *arg, struct ts_error *err)
{
    struct telling t = {r, fn, arg};
    return ts_host_protected(r, step_tell, &t, err);
}
