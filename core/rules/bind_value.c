/* SPDX-License-Identifier: Apache-2.0 */
/* Values between JSON and Lua: what an event or a trait holds as Lua values, and what an effect carries as canonical JSON. */
#include "base/limits.h"
#include "rules/bind.h"
#include "rules/sandbox.h"

#define WRITE_DEPTH_MAX 16
#define WRITE_BYTES_MAX ((size_t)TS_LIMIT_EVENT_BYTES)

/* ---- JSON -> Lua ---------------------------------------------------------------------------------------------- */

void ts_bind_push_micros(lua_State *L, int64_t millionths)
{
    if (millionths % 1000000 == 0)
        lua_pushinteger(L, millionths / 1000000);
    else
        lua_pushnumber(L, (double)millionths / 1e6);
}

static void push_number(lua_State *L, const struct ts_json_node *n)
{
    int64_t whole;
    if (ts_json_integer(n, &whole) == TS_OK)
        lua_pushinteger(L, whole);
    else
        lua_pushnumber(L, ts_json_double(n));
}

/* The door has limited the depth to TS_LIMIT_JSON_DEPTH. */
void ts_bind_push_json(lua_State *L, const struct ts_json *j, const struct ts_json_node *n)
{
    luaL_checkstack(L, 4, "value nested too deeply");
    switch (n->type) {
    case TS_JSON_FALSE:
        lua_pushboolean(L, 0);
        break;
    case TS_JSON_TRUE:
        lua_pushboolean(L, 1);
        break;
    case TS_JSON_NUMBER:
        push_number(L, n);
        break;
    case TS_JSON_STRING:
        lua_pushlstring(L, n->text.ptr, n->text.len);
        break;
    case TS_JSON_ARRAY:
    case TS_JSON_OBJECT: {
        bool list = n->type == TS_JSON_ARRAY;
        lua_Integer i = 0;
        lua_createtable(L, list ? (int)n->count : 0, list ? 0 : (int)n->count);
        for (const struct ts_json_node *c = ts_json_first(j, n); c; c = ts_json_next(j, c)) {
            i++;
            if (c->type == TS_JSON_NULL) continue;
            ts_bind_push_json(L, j, c);
            if (list)
                lua_rawseti(L, -2, i);
            else
                ts_bind_set(L, c->key);
        }
        break;
    }
    default:
        lua_pushnil(L);
    }
}

void ts_bind_push_json_text(lua_State *L, struct ts_rules *r, struct ts_str text)
{
    const char *p = text.ptr;
    if (text.len >= 2 && p[0] == '"' && !memchr(p, '\\', text.len)) { /* by far the most common */
        lua_pushlstring(L, p + 1, text.len - 2);
        return;
    }
    switch (ts_json_parse(&r->json, p, text.len, true)) {
    case TS_OK:
        ts_bind_push_json(L, &r->json, ts_json_root(&r->json));
        break;
    case TS_E_MEMORY:
        ts_bind_no_memory(L);
    default:
        lua_pushnil(L);
    }
}

static void push_list(lua_State *L, unsigned places, const struct ts_field *f, const struct ts_json *j,
                      const struct ts_json_node *n);

/* An item of a list: its declared fields by their types, the others as they are. */
static void push_item(lua_State *L, unsigned places, const struct ts_field *f, const struct ts_json *j,
                      const struct ts_json_node *n)
{
    if (n->type != TS_JSON_OBJECT) {
        ts_bind_push_json(L, j, n);
        return;
    }
    luaL_checkstack(L, 4, "value nested too deeply");
    lua_createtable(L, 0, (int)n->count);
    for (const struct ts_json_node *c = ts_json_first(j, n); c; c = ts_json_next(j, c)) {
        const struct ts_field *of = NULL;
        for (uint32_t i = 0; i < f->n_of && !of; i++)
            if (ts_str_eq(f->of[i].name, c->key)) of = &f->of[i];
        if (c->type == TS_JSON_NULL) continue;
        if (of)
            ts_bind_push_field(L, places, of, j, c);
        else
            ts_bind_push_json(L, j, c);
        ts_bind_set(L, c->key);
    }
}

static void push_list(lua_State *L, unsigned places, const struct ts_field *f, const struct ts_json *j,
                      const struct ts_json_node *n)
{
    lua_Integer i = 0;
    lua_createtable(L, (int)n->count, 0);
    for (const struct ts_json_node *c = ts_json_first(j, n); c; c = ts_json_next(j, c)) {
        push_item(L, places, f, j, c);
        lua_rawseti(L, -2, ++i);
    }
}

void ts_bind_push_field(lua_State *L, unsigned places, const struct ts_field *f, const struct ts_json *j,
                        const struct ts_json_node *n)
{
    int64_t minor;
    if (f->type == TS_TYPE_MONEY && ts_money_read(n, places, &minor) == TS_OK)
        lua_pushinteger(L, minor);
    else if (f->type == TS_TYPE_MONEY)
        lua_pushnil(L);
    else if (f->type == TS_TYPE_LIST && n->type == TS_JSON_ARRAY)
        push_list(L, places, f, j, n);
    else if (f->type == TS_TYPE_TEXT && n->type == TS_JSON_NUMBER)
        lua_pushlstring(L, n->text.ptr, n->text.len);
    else
        ts_bind_push_json(L, j, n);
}

/* ---- Lua -> JSON ---------------------------------------------------------------------------------------------- */

struct writer {
    lua_State *L;
    struct ts_buf *out;
    unsigned places;
};

static void write_value(struct writer *w, int index, const struct ts_field *field, int depth);

static void write_money(struct writer *w, int64_t minor)
{
    uint64_t v = minor < 0 ? 0u - (uint64_t)minor : (uint64_t)minor, one = 1;
    for (unsigned i = 0; i < w->places; i++)
        one *= 10;
    unsigned places = w->places;
    uint64_t part = v % one;
    while (places > 0 && part % 10 == 0) {
        part /= 10;
        places--;
    }
    ts_buf_addf(w->out, "%s%llu", minor < 0 ? "-" : "", (unsigned long long)(v / one));
    if (places) ts_buf_addf(w->out, ".%0*llu", (int)places, (unsigned long long)part);
}

static void write_scalar(struct writer *w, int index, const struct ts_field *field)
{
    lua_State *L = w->L;
    char text[40];
    if (lua_type(L, index) == LUA_TSTRING) {
        struct ts_str s = {NULL, 0};
        s.ptr = lua_tolstring(L, index, &s.len);
        if (memchr(s.ptr, '\0', s.len) || !ts_utf8_valid(s.ptr, s.len))
            luaL_error(L, "a text here must be UTF-8 without zero bytes");
        ts_host_charge(L, s.len / 16);
        ts_buf_json(w->out, s);
    } else if (lua_isinteger(L, index)) {
        if (field && field->type == TS_TYPE_MONEY)
            write_money(w, lua_tointeger(L, index));
        else
            ts_buf_addf(w->out, "%lld", (long long)lua_tointeger(L, index));
    } else {
        double v = lua_tonumber(L, index);
        if (v - v != 0) luaL_error(L, "a number here must be finite");
        if (field && field->type == TS_TYPE_MONEY) luaL_error(L, "money is a whole number of minor units");
        ts_format_double(v, text, sizeof text);
        ts_buf_adds(w->out, text);
    }
}

static const struct ts_field *field_named(const struct ts_field *fields, uint32_t n, struct ts_str name)
{
    for (uint32_t i = 0; i < n; i++)
        if (ts_str_eq(fields[i].name, name)) return &fields[i];
    return NULL;
}

/* [content] [keys]: the members of an object, in order. */
static void write_members(struct writer *w, int content, uint32_t n, const struct ts_field *fields, uint32_t n_fields,
                          int depth)
{
    lua_State *L = w->L;
    ts_buf_byte(w->out, '{');
    for (uint32_t i = 1; i <= n; i++) {
        struct ts_str key = {NULL, 0};
        lua_rawgeti(L, content + 1, i);
        if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "a table here is a list or has names, not both");
        write_scalar(w, lua_gettop(L), NULL);
        ts_buf_byte(w->out, ':');
        key.ptr = lua_tolstring(L, -1, &key.len);
        const struct ts_field *field = field_named(fields, n_fields, key);
        lua_rawget(L, content);
        write_value(w, lua_gettop(L), field, depth + 1);
        lua_pop(L, 1);
        if (i < n) ts_buf_byte(w->out, ',');
    }
    ts_buf_byte(w->out, '}');
}

static void write_table(struct writer *w, int index, const struct ts_field *fields, uint32_t n_fields, int depth)
{
    lua_State *L = w->L;
    if (depth > WRITE_DEPTH_MAX) luaL_error(L, "a table here is nested more than %d deep", WRITE_DEPTH_MAX);
    luaL_checkstack(L, 8, "table nested too deeply");
    ts_host_thaw(L, index);
    int content = lua_gettop(L);
    uint32_t n = ts_sandbox_push_keys(L, content);
    bool list = n > 0 && lua_rawgeti(L, content + 1, 1) == LUA_TNUMBER;
    if (!list) {
        lua_settop(L, content + 1);
        write_members(w, content, n, fields, n_fields, depth);
        lua_settop(L, content - 1);
        return;
    }
    ts_buf_byte(w->out, '[');
    for (uint32_t i = 1; i <= n; i++) {
        lua_rawgeti(L, content + 1, i);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) != (lua_Integer)i)
            luaL_error(L, "a list here must be numbered 1, 2, 3 without a gap and have no names");
        lua_pop(L, 1);
        lua_rawgeti(L, content, i);
        struct ts_field item = {.type = TS_TYPE_LIST, .of = fields, .n_of = n_fields};
        write_value(w, lua_gettop(L), fields ? &item : NULL, depth + 1);
        lua_settop(L, content + 1);
        if (i < n) ts_buf_byte(w->out, ',');
    }
    ts_buf_byte(w->out, ']');
    lua_settop(L, content - 1);
}

static void write_value(struct writer *w, int index, const struct ts_field *field, int depth)
{
    lua_State *L = w->L;
    if (w->out->len > WRITE_BYTES_MAX) luaL_error(L, "more than %d bytes", (int)WRITE_BYTES_MAX);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        ts_buf_adds(w->out, "null");
        break;
    case LUA_TBOOLEAN:
        ts_buf_adds(w->out, lua_toboolean(L, index) ? "true" : "false");
        break;
    case LUA_TNUMBER:
    case LUA_TSTRING:
        write_scalar(w, index, field);
        break;
    case LUA_TTABLE:
        write_table(w, index, field ? field->of : NULL, field ? field->n_of : 0, depth);
        break;
    default:
        luaL_error(L, "a %s cannot be kept", luaL_typename(L, index));
    }
}

void ts_bind_write_json(lua_State *L, struct ts_rules *r, int index, const struct ts_field *fields, uint32_t n_fields)
{
    struct writer w = {L, &r->scratch, r->program.money_places};
    ts_buf_clear(&r->scratch);
    index = lua_absindex(L, index);
    if (lua_istable(L, index))
        write_table(&w, index, fields, n_fields, 0);
    else
        write_value(&w, index, NULL, 0);
    if (r->scratch.failed) ts_bind_no_memory(L);
    if (r->scratch.len > WRITE_BYTES_MAX) luaL_error(L, "more than %d bytes", (int)WRITE_BYTES_MAX);
}
