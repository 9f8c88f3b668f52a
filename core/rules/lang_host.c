/* SPDX-License-Identifier: Apache-2.0 */
/* The table `host` of scripts/lang: what the trusted Lua half of the language needs from C. Durations, windows,
 * decimals and money are read by the same code that the engine uses: a rule set is judged by what will run it. */
#include "base/limits.h"
#include "rules/bind.h"
#include "rules/describe.h"
#include "rules/lang.h"

static struct ts_load *load_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(1)); }

static struct ts_str check_str(lua_State *L, int index)
{
    size_t len;
    const char *text = luaL_checklstring(L, index, &len);
    return ts_str(text, len);
}

/* nil, what is wrong, what would be right */
static int push_error(lua_State *L, const struct ts_error *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->text);
    lua_pushstring(L, err->hint);
    return 3;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static int host_less(lua_State *L)
{
    lua_pushboolean(L, ts_str_cmp(check_str(L, 1), check_str(L, 2)) < 0);
    return 1;
}

static int host_distance(lua_State *L)
{
    lua_pushinteger(L, ts_edit_distance(check_str(L, 1), check_str(L, 2), (unsigned)luaL_checkinteger(L, 3)));
    return 1;
}

/* The text of a number, as canonical JSON has it. */
static void push_number(lua_State *L, int index)
{
    char text[64];
    if (lua_isinteger(L, index)) {
        snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(L, index));
        lua_pushstring(L, text);
        return;
    }
    lua_pushlstring(L, text, ts_format_double(luaL_checknumber(L, index), text, sizeof text));
}

static int host_number(lua_State *L)
{
    push_number(L, 1);
    return 1;
}

/* Text, a number, true or false as canonical JSON. */
static int host_json(lua_State *L)
{
    struct ts_load *load = load_of(L);
    struct ts_buf *b = &load->r->scratch; /* hangs there, so nothing is lost when the push below raises */
    switch (lua_type(L, 1)) {
    case LUA_TSTRING:
        ts_buf_clear(b);
        if (!ts_buf_json(b, check_str(L, 1))) {
            load->memory = true;
            return luaL_error(L, "out of memory");
        }
        lua_pushlstring(L, (const char *)b->data, b->len);
        break;
    case LUA_TNUMBER:
        push_number(L, 1);
        break;
    default:
        lua_pushstring(L, lua_toboolean(L, 1) ? "true" : "false");
    }
    return 1;
}

/* ---- numbers and money ------------------------------------------------------------------------------------------ */

/* A Lua number as an exact decimal of at most 18 digits. */
static bool number_decimal(lua_State *L, int index, struct ts_decimal *ret)
{
    if (!lua_isinteger(L, index)) return ts_decimal_from_double(luaL_checknumber(L, index), ret) == TS_OK;
    lua_Integer v = lua_tointeger(L, index);
    if (v <= -INT64_C(1000000000000000000) || v >= INT64_C(1000000000000000000)) return false;
    *ret = (struct ts_decimal){v, 0};
    return true;
}

static int host_decimal(lua_State *L)
{
    struct ts_decimal d;
    lua_pushboolean(L, number_decimal(L, 1, &d));
    return 1;
}

static int host_scaled(lua_State *L)
{
    struct ts_decimal d;
    int64_t v;
    if (!number_decimal(L, 1, &d) || ts_decimal_to_minor(d, (unsigned)luaL_checkinteger(L, 2), &v) != TS_OK) return 0;
    lua_pushinteger(L, v);
    return 1;
}

/* Does a number of points still fit when it is counted in units of 10^-decimals? */
static int host_scaled_decimal(lua_State *L)
{
    struct ts_decimal d;
    bool fits = number_decimal(L, 1, &d);
    for (lua_Integer n = luaL_checkinteger(L, 2) - (fits ? d.scale : 0); fits && n > 0; n--) {
        fits = !__builtin_mul_overflow(d.digits, 10, &d.digits);
    }
    lua_pushboolean(L, fits);
    return 1;
}

static int host_is_decimal(lua_State *L)
{
    enum { MONEY_BYTES = 32 }; /* as the sandbox's own `money` */
    struct ts_decimal d;
    struct ts_str text = check_str(L, 1);
    lua_pushboolean(L, text.len < MONEY_BYTES && ts_decimal_parse(text, &d) == TS_OK);
    return 1;
}

static int host_minor(lua_State *L)
{
    struct ts_decimal d;
    int64_t minor;
    if (ts_decimal_parse(check_str(L, 1), &d) != TS_OK ||
        ts_decimal_to_minor(d, (unsigned)luaL_checkinteger(L, 2), &minor) != TS_OK)
        return 0;
    lua_pushinteger(L, minor);
    return 1;
}

/* The text of an amount of money; nothing for any other value. */
static int host_money(lua_State *L)
{
    const char *text = ts_host_money(L, 1);
    if (!text) return 0;
    lua_pushstring(L, text);
    return 1;
}

static int host_new_money(lua_State *L)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, load_of(L)->r->globals);
    lua_getfield(L, -1, "money");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static int host_duration(lua_State *L)
{
    struct ts_error err = {0};
    struct ts_duration d;
    if (ts_duration_parse(check_str(L, 1), &d, &err) != TS_OK) return push_error(L, &err);
    lua_pushinteger(L, d.months);
    lua_pushinteger(L, d.days);
    lua_pushinteger(L, d.ms);
    return 3;
}

static int host_window(lua_State *L)
{
    struct ts_error err = {0};
    struct ts_window w;
    if (ts_window_parse(check_str(L, 1), &w, &err) != TS_OK) return push_error(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int host_zone(lua_State *L)
{
    struct ts_zone *z = NULL;
    struct ts_str name = check_str(L, 1);
    enum ts_code code = strlen(name.ptr) == name.len ? ts_zone_open(name.ptr, &z, NULL) : TS_E_SYNTAX;
    if (code == TS_OK) ts_zone_close(z);
    if (code == TS_E_MEMORY) {
        load_of(L)->memory = true;
        return luaL_error(L, "out of memory");
    }
    lua_pushboolean(L, code == TS_OK);
    return 1;
}

/* "2026-11-01" to its day; nothing for a date that is not. */
static int host_day(lua_State *L)
{
    int year, month, day;
    char rest;
    if (lua_type(L, 1) != LUA_TSTRING || lua_rawlen(L, 1) != 10) return 0;
    if (sscanf(lua_tostring(L, 1), "%4d-%2d-%2d%c", &year, &month, &day, &rest) != 3) return 0;
    if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 || day > ts_days_in_month(year, month))
        return 0;
    lua_pushinteger(L, ts_day_from_civil(year, month, day));
    return 1;
}

/* ---- identifiers ------------------------------------------------------------------------------------------------ */

/* kind ("email", "phone", "none"), region, value -> the normalised value, or nothing. */
static int host_normalize(lua_State *L)
{
    struct ts_str kind = check_str(L, 1), region = check_str(L, 2), value = {NULL, 0};
    struct ts_identifier_kind k = {.name = TS_STR("blocked")};
    if (ts_str_eq(kind, TS_STR("email"))) k.normalize = TS_NORMALIZE_EMAIL;
    if (ts_str_eq(kind, TS_STR("phone"))) k.normalize = TS_NORMALIZE_PHONE;
    if (region.len < sizeof k.region) memcpy(k.region, region.ptr, region.len);
    if (!ts_normalize_value(&k, check_str(L, 3), &load_of(L)->r->program.arena, &value)) return 0;
    lua_pushlstring(L, value.ptr, value.len);
    return 1;
}

/* The default kinds: name -> { from = { paths }, normalize = { kind, region } }. */
static void push_identifiers(lua_State *L)
{
    static const char *const kinds[] = {"none", "email", "phone"}; /* enum ts_normalize */
    uint32_t n;
    const struct ts_identifier_kind *k = ts_identifier_defaults(&n);
    lua_newtable(L);
    for (uint32_t i = 0; i < n; i++) {
        lua_pushlstring(L, k[i].name.ptr, k[i].name.len);
        lua_newtable(L);
        lua_newtable(L);
        for (uint32_t f = 0; f < k[i].n_from; f++) {
            lua_pushlstring(L, k[i].from[f].ptr, k[i].from[f].len);
            lua_rawseti(L, -2, f + 1);
        }
        lua_setfield(L, -2, "from");
        lua_newtable(L);
        lua_pushstring(L, kinds[k[i].normalize]);
        lua_setfield(L, -2, "kind");
        lua_pushstring(L, k[i].region);
        lua_setfield(L, -2, "region");
        lua_setfield(L, -2, "normalize");
        lua_rawset(L, -3);
    }
}

/* ---- sources ---------------------------------------------------------------------------------------------------- */

static int host_source(lua_State *L)
{
    struct ts_str path = check_str(L, 1);
    const struct ts_sources *s = load_of(L)->sources;
    for (uint32_t i = 0; i < s->n; i++) {
        if (!ts_str_eq(s->at[i].path, path)) continue;
        lua_pushlstring(L, s->at[i].text.ptr, s->at[i].text.len);
        return 1;
    }
    return 0;
}

/* text, chunk name, environment -> function; or nil and why not. */
static int host_compile(lua_State *L)
{
    struct ts_load *load = load_of(L);
    struct ts_host_guard *g = &load->r->guard;
    struct ts_str text = check_str(L, 1);
    size_t before = g->string_max;
    g->string_max = load->string_max; /* the constants of a rule file do count */
    int status = luaL_loadbufferx(L, text.ptr, text.len, luaL_checkstring(L, 2), "t");
    load->string_max = g->string_max;
    g->string_max = before;
    if (status == LUA_ERRMEM) return lua_error(L);
    if (status != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushvalue(L, 3);
    lua_setupvalue(L, -2, 1);
    return 1;
}

/* Run a chunk inside the run of another: true and its value, or false and the error's text. A stop goes on. */
static int host_call(lua_State *L)
{
    struct ts_rules *r = load_of(L)->r;
    lua_settop(L, 1);
    int status = lua_pcall(L, 0, 1, 0);
    if (status == LUA_ERRMEM || r->guard.killed) return lua_error(L);
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, -2);
    return 2;
}

/* A function that a rule file wrote: not a word, nor one of the sandbox's library. */
static int host_is_rule(lua_State *L)
{
    lua_Debug ar;
    lua_settop(L, 1);
    lua_getinfo(L, ">S", &ar);
    lua_pushboolean(L, ar.source[0] == '@');
    return 1;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const luaL_Reg functions[] = {
    {"less", host_less},
    {"distance", host_distance},
    {"number", host_number},
    {"json", host_json},
    {"decimal", host_decimal},
    {"scaled", host_scaled},
    {"scaled_decimal", host_scaled_decimal},
    {"is_decimal", host_is_decimal},
    {"minor", host_minor},
    {"money", host_money},
    {"new_money", host_new_money},
    {"duration", host_duration},
    {"window", host_window},
    {"zone", host_zone},
    {"day", host_day},
    {"normalize", host_normalize},
    {"source", host_source},
    {"compile", host_compile},
    {"call", host_call},
    {"is_rule", host_is_rule},
    {NULL, NULL},
};

/* The names that rules may use at any time, as a list. */
static void push_global_names(lua_State *L, const struct ts_rules *r)
{
    lua_Integer n = 0;
    lua_newtable(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->globals);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, ++n);
    }
    lua_pop(L, 1);
}

/* owner -> name -> signature, of all that is bound; and the names of later versions. */
static void push_bindings(lua_State *L)
{
    lua_newtable(L);
    for (size_t g = 0; g < ts_bindings_all_n; g++) {
        const struct ts_bindings *b = ts_bindings_all[g];
        if (lua_getfield(L, -1, b->owner) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_setfield(L, -3, b->owner);
        }
        for (size_t i = 0; i < b->n; i++) {
            lua_pushstring(L, b->at[i].signature);
            lua_setfield(L, -2, b->at[i].name);
        }
        lua_pop(L, 1);
    }
    lua_setfield(L, -2, "bindings");
    ts_bind_push_later(L);
    lua_setfield(L, -2, "later");
}

static bool is_table_file(struct ts_str path)
{
    return path.len > 6 && memcmp(path.ptr + path.len - 6, ".table", 6) == 0;
}

void ts_lang_push_host(lua_State *L, struct ts_load *load)
{
    lua_newtable(L);
    lua_pushlightuserdata(L, load);
    luaL_setfuncs(L, functions, 1);
    lua_pushinteger(L, TS_LIMIT_NAME_BYTES);
    lua_setfield(L, -2, "name_bytes");
    lua_pushboolean(L, load->r->options.known_good);
    lua_setfield(L, -2, "known_good");
    lua_pushinteger(L, TS_LIMIT_LUA_BYTES);
    lua_setfield(L, -2, "lua_bytes");
    lua_pushboolean(L, load->r->options.explain);
    lua_setfield(L, -2, "explain");
    push_identifiers(L);
    lua_setfield(L, -2, "identifiers");
    if (!load->r->options.known_good) push_bindings(L);
    push_global_names(L, load->r);
    lua_setfield(L, -2, "global_names");
    lua_rawgeti(L, LUA_REGISTRYINDEX, load->r->env);
    lua_setfield(L, -2, "environment");
    lua_newtable(L);
    for (uint32_t i = 0; i < load->sources->n; i++) {
        struct ts_str path = load->sources->at[i].path;
        if (!is_table_file(path)) continue;
        lua_pushlstring(L, path.ptr, path.len);
        lua_pushboolean(L, 1);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "tables");
}
