/* SPDX-License-Identifier: Apache-2.0 */
/* `event`: name, at, channel, declared properties as fields, the rest under event.properties. A field is converted when
 * it is first read and then stands in a Lua table; plain values stay for the record, tables are made anew for each call,
 * so that what one rule does to them no other sees. */
#include "rules/bind.h"
#include "rules/describe.h"

enum event_field { EVENT_NAME, EVENT_AT, EVENT_CHANNEL, EVENT_PROPERTIES };
static const struct ts_binding event_fields[] = {
    {"name", NULL, "read", "string", "the name of the event", EVENT_NAME},
    {"at", NULL, "time", "time", "when it happened, in the program's time zone", EVENT_AT},
    {"channel", NULL, "read", "string", "the channel that it came by, \"\" when none was said", EVENT_CHANNEL},
    {"properties", NULL, "read", "table<string, any>", "everything that the channel sent with it, as it was sent",
     EVENT_PROPERTIES},
};
const struct ts_bindings ts_bindings_event = TS_BINDINGS("event", event_fields);

static void unknown_field(lua_State *L, const struct ts_event_view *e, struct ts_str name)
{
    struct ts_near near;
    ts_near_begin(&near, name);
    ts_bindings_offer(&ts_bindings_event, &near);
    for (uint32_t i = 0; i < e->decl->n_fields; i++)
        ts_near_offer(&near, e->decl->fields[i].name);
    lua_pushfstring(L, "field of the event '%s'", lua_pushlstring(L, e->name.ptr, e->name.len));
    ts_bind_unknown(L, lua_tostring(L, -1), &near);
}

static void push_property(lua_State *L, struct ts_rules *r, const struct ts_event_view *e, struct ts_str name)
{
    const struct ts_field *field = NULL;
    for (uint32_t i = 0; e->decl && i < e->decl->n_fields && !field; i++)
        if (ts_str_eq(e->decl->fields[i].name, name)) field = &e->decl->fields[i];
    if (!field && e->decl) unknown_field(L, e, name);
    const struct ts_json_node *n = e->json ? ts_json_get(e->json, e->properties, name) : NULL;
    if (!n)
        lua_pushnil(L);
    else if (field)
        ts_bind_push_field(L, r->program.money_places, field, e->json, n);
    else
        ts_bind_push_json(L, e->json, n);
}

/* __index of the cache: what was not read before. Upvalue 1: the reader of event.at. */
static int event_fill(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    struct ts_str name = ts_bind_text(L, 2, "field of an event");
    const struct ts_event_view *e = ts_bind_call(L, r)->event;
    if (!e) return luaL_error(L, "there is no event here");
    const struct ts_binding *own = ts_bindings_find(&ts_bindings_event, name);
    if (!own)
        push_property(L, r, e, name);
    else if (own->field == EVENT_AT)
        lua_pushvalue(L, lua_upvalueindex(1));
    else if (own->field == EVENT_NAME)
        lua_pushlstring(L, e->name.ptr, e->name.len);
    else if (own->field == EVENT_CHANNEL)
        lua_pushlstring(L, e->channel.ptr ? e->channel.ptr : "", e->channel.len);
    else if (e->json && e->properties)
        ts_bind_push_json(L, e->json, e->properties);
    else
        lua_newtable(L);
    if (lua_isnil(L, -1)) return 1;
    r->bind->event_has_values = true;
    if (lua_istable(L, -1)) r->bind->event_has_tables = true;
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
}

void ts_bind_push_event(lua_State *L, struct ts_rules *r)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    ts_bind_push_time(L, 0);
    lua_pushcclosure(L, event_fill, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    r->bind->event_cache = luaL_ref(L, LUA_REGISTRYINDEX);
    r->bind->event_self = ts_bind_push_reader(L, "event");
}

/* Clearing fields of a table needs no memory and cannot raise, so it may be done outside of a protected call. */
static void forget(struct ts_rules *r, bool tables_only)
{
    lua_State *L = r->L;
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->bind->event_cache);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        bool drop = !tables_only || lua_istable(L, -1);
        lua_pop(L, 1);
        if (!drop) continue;
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, -4);
    }
    lua_pop(L, 1);
    r->bind->event_has_tables = false;
    if (!tables_only) r->bind->event_has_values = false;
}

void ts_bind_event_forget(struct ts_rules *r)
{
    if (r->bind && r->bind->event_has_values) forget(r, false);
}

void ts_bind_event_begin(struct ts_rules *r, const struct ts_event_view *event)
{
    struct ts_bind *b = r->bind;
    if (!event) return;
    bool same = b->seen_at == event && b->seen.name.ptr == event->name.ptr && b->seen.decl == event->decl &&
                b->seen.json == event->json && b->seen.properties == event->properties && b->seen.at == event->at &&
                b->seen.channel.ptr == event->channel.ptr;
    if (!same) {
        if (b->event_has_values) forget(r, false);
        b->seen = *event;
        b->seen_at = event;
    } else if (b->event_has_tables) {
        forget(r, true);
    }
}
