/* SPDX-License-Identifier: Apache-2.0 */
/* What a test reads of a shop, as Lua tables. Members come as the documents of the command line have them. */
#include "kit/kit.h"

static void push_str(lua_State *L, struct ts_str text)
{
    if (text.ptr)
        lua_pushlstring(L, text.ptr, text.len);
    else
        lua_pushnil(L);
}

static void set_str(lua_State *L, const char *key, struct ts_str text)
{
    push_str(L, text);
    lua_setfield(L, -2, key);
}

static void set_integer(lua_State *L, const char *key, int64_t v)
{
    lua_pushinteger(L, v);
    lua_setfield(L, -2, key);
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

static void push_number(lua_State *L, const struct ts_json_node *n)
{
    int64_t v;
    if (ts_json_integer(n, &v) == TS_OK)
        lua_pushinteger(L, v);
    else
        lua_pushnumber(L, ts_json_double(n));
}

void kit_push_json(lua_State *L, const struct ts_json *j, const struct ts_json_node *n)
{
    luaL_checkstack(L, 4, "a document that is too deep");
    switch (n->type) {
    case TS_JSON_TRUE:
    case TS_JSON_FALSE:
        lua_pushboolean(L, n->type == TS_JSON_TRUE);
        break;
    case TS_JSON_NUMBER:
        push_number(L, n);
        break;
    case TS_JSON_STRING:
        push_str(L, n->text);
        break;
    case TS_JSON_ARRAY:
    case TS_JSON_OBJECT:
        lua_createtable(L, 0, 0);
        lua_Integer at = 0;
        for (const struct ts_json_node *c = ts_json_first(j, n); c; c = ts_json_next(j, c)) {
            if (n->type == TS_JSON_ARRAY) {
                kit_push_json(L, j, c);
                lua_rawseti(L, -2, ++at);
                continue;
            }
            push_str(L, c->key);
            kit_push_json(L, j, c);
            lua_rawset(L, -3);
        }
        break;
    default:
        lua_pushnil(L);
    }
}

void kit_push_doc(lua_State *L, struct kit_shop *s, struct ts_doc *d, cJSON *root)
{
    ts_buf_clear(&s->text);
    if (!ts_doc_write(d, root, &s->text) ||
        ts_json_parse(&s->json, (const char *)s->text.data, s->text.len, false) != TS_OK)
        luaL_error(L, "out of memory");
    kit_push_json(L, &s->json, ts_json_root(&s->json));
}

int kit_lua_card(lua_State *L, struct kit_shop *s)
{
    uint64_t member = ts_members_living(ts_engine_members(s->engine), (uint64_t)luaL_checkinteger(L, 2));
    ts_ms at = (ts_ms)luaL_checkinteger(L, 3);
    const char *window = luaL_optstring(L, 4, NULL);
    struct ts_doc d = {false};
    if (ts_card_open(&s->card, s->engine, member, at, &s->err) != TS_OK) return luaL_error(L, "%s", s->err.text);
    s->card_open = true;
    if (window && ts_card_window_add(&s->card, window, &s->err) != TS_OK) {
        lua_pushnil(L);
        lua_pushfstring(L, "%s; %s", s->err.text, s->err.hint);
        return 2;
    }
    cJSON *root = ts_doc_object(&d, NULL, NULL);
    ts_card_json(&s->card, &d, root);
    kit_push_doc(L, s, &d, root);
    return 1;
}

/* ---- the program -------------------------------------------------------------------------------------------------- */

/* NAME = true in the table on top, for each of an array of declarations; SET_NAMES: in a table of its own under `key`. */
#define ADD_NAMES(L, array)                                                                                            \
    do {                                                                                                               \
        for (uint32_t i_ = 0; i_ < (array).n; i_++) {                                                                  \
            push_str(L, (array).at[i_].name);                                                                          \
            lua_pushboolean(L, 1);                                                                                     \
            lua_rawset(L, -3);                                                                                         \
        }                                                                                                              \
    } while (0)
#define SET_NAMES(L, key, array)                                                                                       \
    do {                                                                                                               \
        lua_createtable(L, 0, (int)(array).n);                                                                         \
        ADD_NAMES(L, array);                                                                                           \
        lua_setfield(L, -2, key);                                                                                      \
    } while (0)

static void set_tiers(lua_State *L, const struct ts_program *p)
{
    lua_createtable(L, 0, (int)p->tiers.n);
    for (uint32_t i = 0; i < p->tiers.n; i++) {
        push_str(L, p->tiers.at[i].name);
        lua_createtable(L, 0, (int)p->tiers.at[i].n_levels);
        for (uint32_t k = 0; k < p->tiers.at[i].n_levels; k++) {
            push_str(L, p->tiers.at[i].levels[k].name);
            lua_pushinteger(L, k + 1);
            lua_rawset(L, -3);
        }
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "tiers");
}

static void set_identifiers(lua_State *L, const struct ts_program *p)
{
    lua_createtable(L, (int)p->identifiers.n, 0);
    for (uint32_t i = 0; i < p->identifiers.n; i++) {
        const struct ts_identifier_kind *kind = &p->identifiers.at[i];
        lua_createtable(L, 0, 3);
        set_str(L, "name", kind->name);
        lua_createtable(L, (int)kind->n_from, 0);
        for (uint32_t k = 0; k < kind->n_from; k++) {
            push_str(L, kind->from[k]);
            lua_rawseti(L, -2, (lua_Integer)k + 1);
        }
        lua_setfield(L, -2, "paths");
        lua_pushboolean(L, kind->strong);
        lua_setfield(L, -2, "strong");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "identifiers");
}

static void set_traits(lua_State *L, const struct ts_program *p, const char *key, bool consents)
{
    lua_createtable(L, 0, (int)p->traits.n);
    for (uint32_t i = 0; i < p->traits.n; i++) {
        if ((p->traits.at[i].standing.ptr != NULL) != consents) continue;
        push_str(L, p->traits.at[i].name);
        if (consents)
            push_str(L, p->traits.at[i].standing);
        else
            lua_pushboolean(L, 1);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, key);
}

int kit_lua_program(lua_State *L, struct kit_shop *s)
{
    const struct ts_program *p = ts_engine_program(s->engine);
    lua_createtable(L, 0, 12);
    set_str(L, "name", p->name);
    set_str(L, "version", p->version);
    set_str(L, "currency", p->currency);
    set_integer(L, "money_places", p->money_places);
    lua_pushstring(L, ts_zone_name(p->zone));
    lua_setfield(L, -2, "timezone");
    SET_NAMES(L, "events", p->events);
    SET_NAMES(L, "measures", p->measures);
    SET_NAMES(L, "scores", p->scores);
    SET_NAMES(L, "tags", p->tags);
    SET_NAMES(L, "segments", p->segments);
    SET_NAMES(L, "points", p->points);
    SET_NAMES(L, "rules", p->rules);
    lua_createtable(L, 0, 64); /* whatever an effect can be by */
    ADD_NAMES(L, p->tags);
    ADD_NAMES(L, p->segments);
    ADD_NAMES(L, p->tiers);
    ADD_NAMES(L, p->points);
    ADD_NAMES(L, p->earns);
    ADD_NAMES(L, p->bonuses);
    ADD_NAMES(L, p->milestones);
    ADD_NAMES(L, p->attributions);
    ADD_NAMES(L, p->refunds);
    ADD_NAMES(L, p->rules);
    lua_setfield(L, -2, "declared");
    set_tiers(L, p);
    set_identifiers(L, p);
    set_traits(L, p, "traits", false);
    set_traits(L, p, "consents", true);
    return 1;
}

/* ---- what went wrong ---------------------------------------------------------------------------------------------- */

int kit_lua_problems(lua_State *L, struct kit_shop *s)
{
    lua_createtable(L, (int)s->problems.list.len, 0);
    for (uint32_t i = 0; i < s->problems.list.len; i++) {
        const struct ts_problem *p = &s->problems.list.at[i];
        lua_createtable(L, 0, 6);
        lua_pushstring(L, p->warning ? "warning" : "error");
        lua_setfield(L, -2, "severity");
        set_str(L, "code", ts_cstr(p->code));
        set_str(L, "file", ts_cstr(p->file));
        set_integer(L, "line", p->line);
        set_str(L, "message", ts_cstr(p->message));
        set_str(L, "suggestion", ts_cstr(p->suggestion));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static void set_member(lua_State *L, struct kit_shop *s, uint64_t member)
{
    uint64_t living = member ? ts_members_living(ts_engine_members(s->engine), member) : 0;
    if (living) set_integer(L, "member", (int64_t)living);
}

int kit_lua_quarantine(lua_State *L, struct kit_shop *s)
{
    lua_createtable(L, (int)s->quarantine.len, 0);
    for (uint32_t i = 0; i < s->quarantine.len; i++) {
        const struct ts_quarantined *q = &s->quarantine.at[i];
        lua_createtable(L, 0, 6);
        if (q->record) set_integer(L, "record", (int64_t)q->record);
        set_str(L, "reason", ts_cstr(ts_reason_name(q->reason)));
        set_str(L, "field", q->field);
        set_str(L, "message", q->message);
        set_str(L, "body", q->body);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

int kit_lua_errors(lua_State *L, struct kit_shop *s)
{
    lua_createtable(L, (int)s->errors.len, 0);
    for (uint32_t i = 0; i < s->errors.len; i++) {
        const struct ts_rule_error *e = &s->errors.at[i];
        lua_createtable(L, 0, 8);
        set_integer(L, "record", (int64_t)e->record);
        set_member(L, s, e->member);
        set_str(L, "rule", e->rule_name);
        set_str(L, "file", e->file);
        set_integer(L, "line", e->line);
        set_str(L, "message", e->message);
        set_str(L, "event", e->event);
        lua_pushboolean(L, e->stopped);
        lua_setfield(L, -2, "stopped");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}
