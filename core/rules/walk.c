/* SPDX-License-Identifier: Apache-2.0 */
/* Reading Lua tables into plain structs: one value, one list, and the two groups of options that many words share
 * (`during`, `at_most`). Lua has checked what the tables hold: a value that does not fit is a defect of ours. */
#include "rules/walk.h"

void ts_walk_no_memory(struct ts_walk *w)
{
    *w->memory = true;
    luaL_error(w->L, "out of memory");
    __builtin_unreachable();
}

void *ts_walk_alloc(struct ts_walk *w, size_t n, size_t size)
{
    if (n == 0) return NULL;
    void *p = ts_arena_alloc(&w->p->arena, n * size);
    if (!p) ts_walk_no_memory(w);
    return memset(p, 0, n * size);
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

bool ts_walk_push(struct ts_walk *w, const char *key)
{
    if (lua_getfield(w->L, -1, key) == LUA_TTABLE) return true;
    lua_pop(w->L, 1);
    return false;
}

bool ts_walk_has(struct ts_walk *w, const char *key)
{
    bool has = lua_getfield(w->L, -1, key) != LUA_TNIL;
    lua_pop(w->L, 1);
    return has;
}

/* The text on top, popped. */
static struct ts_str pop_str(struct ts_walk *w)
{
    struct ts_str s = {NULL, 0};
    if (lua_type(w->L, -1) == LUA_TSTRING) {
        size_t len;
        const char *text = lua_tolstring(w->L, -1, &len);
        s = ts_arena_dup(&w->p->arena, ts_str(text, len));
        if (!s.ptr) ts_walk_no_memory(w);
    }
    lua_pop(w->L, 1);
    return s;
}

struct ts_str ts_walk_str(struct ts_walk *w, const char *key)
{
    lua_getfield(w->L, -1, key);
    return pop_str(w);
}

bool ts_walk_bool(struct ts_walk *w, const char *key)
{
    lua_getfield(w->L, -1, key);
    bool v = lua_toboolean(w->L, -1);
    lua_pop(w->L, 1);
    return v;
}

int64_t ts_walk_int(struct ts_walk *w, const char *key, int64_t otherwise)
{
    lua_getfield(w->L, -1, key);
    int whole;
    lua_Integer v = lua_tointegerx(w->L, -1, &whole);
    lua_pop(w->L, 1);
    return whole ? v : otherwise;
}

double ts_walk_number(struct ts_walk *w, const char *key, double otherwise)
{
    lua_getfield(w->L, -1, key);
    double v = lua_type(w->L, -1) == LUA_TNUMBER ? lua_tonumber(w->L, -1) : otherwise;
    lua_pop(w->L, 1);
    return v;
}

struct ts_decimal ts_walk_decimal(struct ts_walk *w, const char *key, int64_t otherwise)
{
    struct ts_decimal d = {otherwise, 0};
    lua_getfield(w->L, -1, key);
    if (lua_isinteger(w->L, -1))
        d.digits = lua_tointeger(w->L, -1);
    else if (lua_type(w->L, -1) == LUA_TNUMBER && ts_decimal_from_double(lua_tonumber(w->L, -1), &d) != TS_OK)
        luaL_error(w->L, "'%s' is no decimal", key);
    lua_pop(w->L, 1);
    return d;
}

struct ts_duration ts_walk_duration(struct ts_walk *w, const char *key)
{
    struct ts_duration d = {0};
    size_t len;
    lua_getfield(w->L, -1, key);
    const char *text = lua_tolstring(w->L, -1, &len);
    if (text && ts_duration_parse(ts_str(text, len), &d, NULL) != TS_OK) luaL_error(w->L, "'%s' is no duration", key);
    lua_pop(w->L, 1);
    return d;
}

struct ts_window ts_walk_window(struct ts_walk *w, const char *key)
{
    struct ts_window v = {.kind = TS_WINDOW_LIFETIME};
    size_t len;
    lua_getfield(w->L, -1, key);
    const char *text = lua_tolstring(w->L, -1, &len);
    if (text && ts_window_parse(ts_str(text, len), &v, NULL) != TS_OK) luaL_error(w->L, "'%s' is no window", key);
    lua_pop(w->L, 1);
    return v;
}

uint32_t ts_walk_function(struct ts_walk *w, const char *key)
{
    struct ts_rules *r = w->r;
    if (lua_getfield(w->L, -1, key) != LUA_TFUNCTION) {
        lua_pop(w->L, 1);
        return 0;
    }
    if (r->n_functions == r->cap_functions) {
        uint32_t cap = r->cap_functions ? 2 * r->cap_functions : 16;
        int *grown = ts_realloc(r->functions, cap * sizeof *grown);
        if (!grown) ts_walk_no_memory(w);
        r->functions = grown;
        r->cap_functions = cap;
    }
    r->functions[r->n_functions] = luaL_ref(w->L, LUA_REGISTRYINDEX);
    return ++r->n_functions;
}

unsigned ts_walk_choice(struct ts_walk *w, const char *key, const char *const *words, unsigned otherwise)
{
    unsigned found = otherwise;
    lua_getfield(w->L, -1, key);
    const char *text = lua_tostring(w->L, -1);
    for (unsigned i = 0; text && words[i]; i++) {
        if (strcmp(text, words[i]) == 0) found = i;
    }
    lua_pop(w->L, 1);
    return found;
}

struct ts_origin ts_walk_origin(struct ts_walk *w)
{
    return (struct ts_origin){.file = ts_walk_str(w, "file"), .line = (uint32_t)ts_walk_int(w, "line", 0)};
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

const struct ts_str *ts_walk_strs(struct ts_walk *w, const char *key, uint32_t *ret_n)
{
    *ret_n = 0;
    if (!ts_walk_push(w, key)) return NULL;
    uint32_t n = (uint32_t)lua_rawlen(w->L, -1);
    struct ts_str *list = ts_walk_alloc(w, n, sizeof *list);
    for (uint32_t i = 0; i < n; i++) {
        lua_rawgeti(w->L, -1, i + 1);
        list[i] = pop_str(w);
    }
    lua_pop(w->L, 1);
    *ret_n = n;
    return list;
}

void *ts_walk_list(struct ts_walk *w, const char *key, size_t size, ts_walk_read *read, uint32_t *ret_n)
{
    *ret_n = 0;
    if (!ts_walk_push(w, key)) return NULL;
    luaL_checkstack(w->L, 8, "lists");
    uint32_t n = (uint32_t)lua_rawlen(w->L, -1);
    char *list = ts_walk_alloc(w, n, size);
    for (uint32_t i = 0; i < n; i++) {
        lua_rawgeti(w->L, -1, i + 1);
        read(w, list + i * size);
        lua_pop(w->L, 1);
    }
    lua_pop(w->L, 1);
    *ret_n = n;
    return list;
}

/* ---- options that many words share ------------------------------------------------------------------------------ */

/* The two whole numbers of list `key`; left alone when there is none. */
static void read_pair(struct ts_walk *w, const char *key, int64_t *ret_from, int64_t *ret_to)
{
    if (!ts_walk_push(w, key)) return;
    lua_rawgeti(w->L, -1, 1);
    lua_rawgeti(w->L, -2, 2);
    *ret_from = lua_tointeger(w->L, -2);
    *ret_to = lua_tointeger(w->L, -1);
    lua_pop(w->L, 3);
}

struct ts_during ts_walk_during(struct ts_walk *w)
{
    struct ts_during d = {.hour_from = -1, .hour_to = -1, .date_from = INT32_MIN, .date_to = INT32_MAX};
    if (!ts_walk_push(w, "during")) return d;
    int64_t hour_from = -1, hour_to = -1, date_from = INT32_MIN, date_to = INT32_MAX;
    read_pair(w, "hours", &hour_from, &hour_to);
    read_pair(w, "dates", &date_from, &date_to);
    d.any = true;
    d.days = (uint8_t)ts_walk_int(w, "days", 0);
    d.months = (uint16_t)ts_walk_int(w, "months", 0);
    d.hour_from = (int16_t)hour_from;
    d.hour_to = (int16_t)hour_to;
    d.date_from = (ts_day)date_from;
    d.date_to = (ts_day)date_to;
    d.month_of = ts_walk_str(w, "month_of");
    d.day_of = ts_walk_str(w, "day_of");
    lua_pop(w->L, 1);
    return d;
}

struct ts_at_most ts_walk_at_most(struct ts_walk *w)
{
    static const char *const kinds[] = {"lifetime", "rolling", "calendar", NULL};           /* enum ts_window_kind */
    static const char *const periods[] = {"day", "week", "month", "quarter", "year", NULL}; /* enum ts_period */
    struct ts_at_most m = {0};
    if (!ts_walk_push(w, "at_most")) return m;
    m.amount = ts_walk_int(w, "amount", 0);
    m.per.kind = (uint8_t)ts_walk_choice(w, "kind", kinds, TS_WINDOW_LIFETIME);
    m.per.period = (uint8_t)ts_walk_choice(w, "period", periods, 0);
    m.per.days = (int32_t)ts_walk_int(w, "days", 0);
    m.per_ms = ts_walk_int(w, "ms", 0);
    lua_pop(w->L, 1);
    return m;
}
