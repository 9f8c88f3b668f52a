/* SPDX-License-Identifier: Apache-2.0 */
/* How the readers are made, and what all of them use: the local date, windows, names with the nearest known one. */
#include "rules/bind.h"

#include "rules/describe.h"
#include "rules/sandbox.h"

/* ---- what bindings share -------------------------------------------------------------------------------------- */

ts_day ts_bind_day(struct ts_rules *r, ts_ms at) { return ts_zone_day_cached(r->program.zone, &r->bind->zone, at); }
ts_day ts_bind_today(struct ts_rules *r) { return ts_bind_day(r, r->call->now); }

const struct ts_call *ts_bind_call(lua_State *L, struct ts_rules *r)
{
    if (!r->call) luaL_error(L, "there is no member here: this can be read inside a rule's function only");
    return r->call;
}

void ts_bind_no_memory(lua_State *L)
{
    ts_host_of(L)->broken = true;
    ts_host_kill(L, "memory");
}

void ts_bind_unknown(lua_State *L, const char *what, const struct ts_near *near)
{
    lua_pushlstring(L, near->wanted.ptr, near->wanted.len < 200 ? near->wanted.len : 200);
    if (near->best.ptr) {
        lua_pushlstring(L, near->best.ptr, near->best.len);
        luaL_error(L, "unknown %s '%s'; did you mean '%s'?", what, lua_tostring(L, -2), lua_tostring(L, -1));
    }
    luaL_error(L, "unknown %s '%s'", what, lua_tostring(L, -1));
    __builtin_unreachable();
}

struct ts_str ts_bind_text(lua_State *L, int arg, const char *what)
{
    struct ts_str s = {NULL, 0};
    if (lua_type(L, arg) != LUA_TSTRING) luaL_error(L, "the %s is a text, not a %s", what, luaL_typename(L, arg));
    s.ptr = lua_tolstring(L, arg, &s.len);
    return s;
}

void ts_bind_date(lua_State *L, ts_day day)
{
    char text[32];
    int year, month, dom;
    ts_civil_from_day(day, &year, &month, &dom);
    int n = snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, dom);
    lua_pushlstring(L, text, (size_t)n);
}

void ts_bind_check_self(lua_State *L, struct ts_rules *r, const char *name)
{
    if (lua_touserdata(L, 1) != r->bind->member_self)
        luaL_error(L, "write member:%s(...), with a colon and on the member that the function was given", name);
    ts_bind_call(L, r);
}

/* ---- windows -------------------------------------------------------------------------------------------------- */

static struct ts_window parse_window(lua_State *L, struct ts_rules *r, int arg)
{
    struct ts_window w;
    struct ts_error err = {0};
    struct ts_str text = ts_bind_text(L, arg, "window");
    if (ts_window_parse(text, &w, &err) != TS_OK) luaL_error(L, "%s%s%s", err.text, err.hint[0] ? "; " : "", err.hint);
    struct ts_bind *b = r->bind;
    if (b->n_windows < TS_BIND_WINDOWS && text.len <= 40) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, b->window_cache);
        lua_pushvalue(L, arg);
        lua_pushinteger(L, b->n_windows);
        lua_rawset(L, -3);
        lua_pop(L, 1);
        b->windows[b->n_windows++] = w;
    }
    return w;
}

struct ts_window ts_bind_window(lua_State *L, struct ts_rules *r, int arg)
{
    if (lua_isnoneornil(L, arg)) return (struct ts_window){.kind = TS_WINDOW_LIFETIME};
    struct ts_bind *b = r->bind;
    lua_rawgeti(L, LUA_REGISTRYINDEX, b->window_cache);
    lua_pushvalue(L, arg);
    bool known = lua_rawget(L, -2) == LUA_TNUMBER;
    lua_Integer i = known ? lua_tointeger(L, -1) : 0;
    lua_pop(L, 2);
    return known ? b->windows[i] : parse_window(L, r, arg);
}

/* ---- declarations by name ------------------------------------------------------------------------------------- */

static struct ts_str name_at(const void *at, size_t i, size_t stride)
{
    return *(const struct ts_str *)((const char *)at + i * stride);
}

const void *ts_bind_find(lua_State *L, int arg, const char *what, const void *at, uint32_t n, size_t stride)
{
    struct ts_near near;
    ts_near_begin(&near, ts_bind_text(L, arg, what));
    for (uint32_t i = 0; i < n; i++)
        if (ts_str_eq(name_at(at, i, stride), near.wanted)) return (const char *)at + i * stride;
    for (uint32_t i = 0; i < n; i++)
        ts_near_offer(&near, name_at(at, i, stride));
    ts_bind_unknown(L, what, &near);
}

void ts_bind_push_map(lua_State *L, const void *at, uint32_t n, size_t stride)
{
    lua_createtable(L, 0, (int)n);
    for (uint32_t i = 0; i < n; i++) {
        lua_pushlightuserdata(L, (void *)((uintptr_t)at + i * stride)); /* read through a const pointer only */
        ts_bind_set(L, name_at(at, i, stride));
    }
}

const void *ts_bind_lookup(lua_State *L, int map, int arg)
{
    lua_pushvalue(L, arg);
    lua_rawget(L, map);
    const void *found = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return found;
}

void ts_bind_set(lua_State *L, struct ts_str name)
{
    lua_pushlstring(L, name.ptr, name.len);
    lua_insert(L, -2);
    lua_rawset(L, -3);
}

/* ---- readers -------------------------------------------------------------------------------------------------- */

static int deny_write(lua_State *L)
{
    return luaL_error(L, "%s is read-only: a rule changes something by an effect, such as member:tag or member:set",
                      lua_tostring(L, lua_upvalueindex(1)));
}

const void *ts_bind_push_reader(lua_State *L, const char *name)
{
    const void *self = lua_newuserdatauv(L, 1, 0);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__name");
    lua_pushcclosure(L, deny_write, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
    return self;
}

static const struct ts_binding member_fields[] = {
    {"created", NULL, "read", "date", "the day on which the member was first seen", 0},
};
const struct ts_bindings ts_bindings_member = TS_BINDINGS("member", member_fields);

/* What `member` has no method or field of. Upvalues: the methods, for the nearest name; words of later versions, which are
 * answered and never suggested. */
static int member_other(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    struct ts_str name = ts_bind_text(L, 2, "name of something of the member");
    if (ts_bindings_find(&ts_bindings_member, name)) {
        const struct ts_call *call = ts_bind_call(L, r);
        ts_bind_date(L, ts_bind_day(r, ts_member_head(call->member)->created));
        struct ts_str text = {NULL, 0};
        text.ptr = lua_tolstring(L, -1, &text.len);
        ts_reads_item(L, TS_READ_CREATED, 0);
        ts_reads_text(L, "", TS_STR("created"), NULL, text);
        return 1;
    }
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) return 1;
    struct ts_near near;
    ts_near_begin(&near, name);
    ts_bindings_offer(&ts_bindings_member, &near);
    lua_pushnil(L);
    while (lua_next(L, lua_upvalueindex(1))) {
        lua_pop(L, 1);
        size_t len;
        const char *key = lua_tolstring(L, -1, &len);
        ts_near_offer(&near, ts_str(key, len));
    }
    ts_bind_unknown(L, "measure or word of the member", &near);
}

static void push_member(lua_State *L, struct ts_rules *r)
{
    lua_newtable(L);
    ts_bind_measures(L, r); /* first: the words of the language win over a measure of the same name */
    ts_bind_fields(L, r);
    ts_bind_tiers(L, r);
    ts_bind_points(L, r);
    ts_bind_effects(L, r);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, -2);
    ts_bind_push_later(L);
    lua_pushcclosure(L, member_other, 2);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    r->bind->member_self = ts_bind_push_reader(L, "member");
}

enum program_field { PROGRAM_NAME, PROGRAM_CURRENCY, PROGRAM_TIMEZONE };
static const struct ts_binding program_fields[] = {
    {"name", NULL, "program", "string", "its name", PROGRAM_NAME},
    {"currency", NULL, "program", "string", "its currency, \"CNY\"", PROGRAM_CURRENCY},
    {"timezone", NULL, "program", "string", "the zone of its days and hours, \"Asia/Shanghai\"", PROGRAM_TIMEZONE},
};
const struct ts_bindings ts_bindings_program = TS_BINDINGS("program", program_fields);
/* Names that functions see besides Lua's library and `money`. */
static const struct ts_binding globals[] = {
    {"now", NULL, "time", "time", "the time of the record that is being applied, in the program's time zone", 0},
    {"program", NULL, "program", "program", "what the word program declared", 0},
};
const struct ts_bindings ts_bindings_globals = TS_BINDINGS("", globals);

static void push_program(lua_State *L, const struct ts_program *p)
{
    lua_createtable(L, 0, (int)ts_bindings_program.n);
    for (size_t i = 0; i < ts_bindings_program.n; i++) {
        switch ((enum program_field)program_fields[i].field) {
        case PROGRAM_NAME:
            lua_pushlstring(L, p->name.ptr, p->name.len);
            break;
        case PROGRAM_CURRENCY:
            lua_pushlstring(L, p->currency.ptr, p->currency.len);
            break;
        case PROGRAM_TIMEZONE:
            lua_pushstring(L, ts_zone_name(p->zone));
            break;
        }
        lua_setfield(L, -2, program_fields[i].name);
    }
    ts_sandbox_push_readonly(L, "program");
}

static int build(lua_State *L)
{
    struct ts_rules *r = lua_touserdata(L, 1);
    luaL_checkstack(L, 20, "bindings");
    lua_newtable(L);
    r->bind->window_cache = luaL_ref(L, LUA_REGISTRYINDEX);
    push_program(L, &r->program);
    ts_host_global(r, "program");
    ts_bind_push_time(L, 1);
    ts_host_global(r, "now");
    push_member(L, r);
    lua_setfield(L, LUA_REGISTRYINDEX, "tessera.member");
    ts_bind_push_event(L, r);
    lua_setfield(L, LUA_REGISTRYINDEX, "tessera.event");
    return 0;
}

/* Bound before, to another engine's names: what is remembered of that one goes. */
static void unbind(struct ts_rules *r)
{
    luaL_unref(r->L, LUA_REGISTRYINDEX, r->bind->window_cache);
    luaL_unref(r->L, LUA_REGISTRYINDEX, r->bind->event_cache);
    memset(r->bind, 0, sizeof *r->bind);
}

enum ts_code ts_host_bind(struct ts_rules *r, struct ts_error *err)
{
    lua_State *L = r->L;
    if (!r->bind && !(r->bind = ts_calloc(1, sizeof *r->bind))) return ts_fail(err, TS_E_MEMORY, "out of memory");
    if (r->loading)
        r->guard.string_max_loaded = r->guard.string_max; /* load.c left the longest text of the rule files here */
    else
        unbind(r);
    enum ts_code code = ts_host_protected(r, build, r, err);
    if (code != TS_OK) return code;
    lua_settop(L, TS_HOST_BASE);
    lua_getfield(L, LUA_REGISTRYINDEX, "tessera.member");
    lua_replace(L, TS_HOST_MEMBER);
    lua_getfield(L, LUA_REGISTRYINDEX, "tessera.event");
    lua_replace(L, TS_HOST_EVENT);
    r->loading = false;
    return TS_OK;
}

void ts_host_unbind(struct ts_rules *r)
{
    ts_free(r->bind);
    r->bind = NULL;
}
