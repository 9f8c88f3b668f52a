/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule can do: ask for effects. Each is checked here, against the declarations, and collected; the engine
 * applies them after the function has returned. */
#include "base/limits.h"
#include "rules/bind.h"
#include "rules/describe.h"

/* ---- asking --------------------------------------------------------------------------------------------------- */

static struct ts_rules *check_act(lua_State *L, const char *name)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_check_self(L, r, name);
    if (r->kind != TS_FN_ACT)
        luaL_error(L, "member:%s asks for an effect: only 'act' may, '%s' only reads", name,
                   r->kind == TS_FN_WHEN ? "when" : "amount");
    if (r->result->asked.len >= TS_LIMIT_EFFECTS) luaL_error(L, "more than %d effects", (int)TS_LIMIT_EFFECTS);
    return r;
}

static struct ts_str keep(lua_State *L, struct ts_rules *r, struct ts_str s)
{
    struct ts_str kept = ts_arena_dup(&r->result->arena, s);
    if (!kept.ptr) ts_bind_no_memory(L);
    return kept;
}

static struct ts_asked *ask(lua_State *L, struct ts_rules *r, enum ts_asked_kind kind, struct ts_str name)
{
    ts_host_charge(L, 50);
    struct ts_str kept = keep(L, r, name);
    struct ts_asked *a = ts_vec_push(&r->result->asked);
    if (!a) ts_bind_no_memory(L);
    a->kind = (uint8_t)kind;
    a->name = kept;
    return a;
}

static struct ts_str scratch_text(const struct ts_rules *r)
{
    return ts_str((const char *)r->scratch.data, r->scratch.len);
}

/* ---- the effects ---------------------------------------------------------------------------------------------- */

/* The tag in argument 2; one that its condition holds cannot be given or taken. */
static const struct ts_tag_decl *settable_tag(lua_State *L, const struct ts_rules *r)
{
    const struct ts_tag_decl *d = TS_BIND_FIND(L, 2, "tag", &r->program.tags);
    if (d->fn_when && !d->n_on)
        luaL_error(L, "the tag '%s' holds exactly while its 'when' is true; no rule can give or take it",
                   lua_tostring(L, 2));
    return d;
}

/* member:tag("name" [, "30 days"]) */
static int member_tag(lua_State *L)
{
    struct ts_rules *r = check_act(L, "tag");
    const struct ts_tag_decl *d = settable_tag(L, r);
    struct ts_duration keep_for = d->keep;
    if (!lua_isnoneornil(L, 3)) {
        struct ts_error err = {0};
        if (ts_duration_parse(ts_bind_text(L, 3, "time to keep a tag"), &keep_for, &err) != TS_OK)
            return luaL_error(L, "%s%s%s", err.text, err.hint[0] ? "; " : "", err.hint);
    }
    ask(L, r, TS_ASK_TAG, d->name)->keep = keep_for;
    return 0;
}

static int member_untag(lua_State *L)
{
    struct ts_rules *r = check_act(L, "untag");
    const struct ts_tag_decl *d = settable_tag(L, r);
    ask(L, r, TS_ASK_UNTAG, d->name);
    return 0;
}

static bool is_date(struct ts_str s)
{
    ts_ms t;
    return s.len == 10 && s.ptr[4] == '-' && s.ptr[7] == '-' && ts_time_parse(s, &t) == TS_OK;
}

/* Does the value in argument 3 suit the declared type? */
static bool suits(lua_State *L, const struct ts_trait_decl *d)
{
    int type = lua_type(L, 3);
    if (type == LUA_TNIL) return true; /* takes the trait away */
    if (d->standing.ptr) return type == LUA_TBOOLEAN;
    ts_ms t;
    switch (d->type) {
    case TS_TYPE_TEXT:
        return type == LUA_TSTRING;
    case TS_TYPE_INTEGER:
    case TS_TYPE_MONEY:
        return lua_isinteger(L, 3);
    case TS_TYPE_NUMBER:
        return type == LUA_TNUMBER;
    case TS_TYPE_BOOLEAN:
        return type == LUA_TBOOLEAN;
    case TS_TYPE_DATE:
        return type == LUA_TSTRING && is_date(ts_bind_text(L, 3, "date"));
    case TS_TYPE_TIME:
        return type == LUA_TSTRING && ts_time_parse(ts_bind_text(L, 3, "time"), &t) == TS_OK;
    case TS_TYPE_LIST:
        return type == LUA_TTABLE;
    default:
        return true;
    }
}

/* member:set("city", "Shanghai") */
static int member_set(lua_State *L)
{
    struct ts_rules *r = check_act(L, "set");
    lua_settop(L, 3);
    const struct ts_trait_decl *d = TS_BIND_FIND(L, 2, "trait", &r->program.traits);
    if (!suits(L, d))
        return luaL_error(L, "the trait '%s' takes a value of type %s", lua_pushlstring(L, d->name.ptr, d->name.len),
                          d->standing.ptr ? "boolean" : ts_type_name((enum ts_type)d->type));
    ts_bind_write_json(L, r, 3, NULL, 0);
    struct ts_str json = keep(L, r, scratch_text(r));
    ask(L, r, TS_ASK_SET, d->name)->json = json;
    return 0;
}

/* member:add("activity", 3) */
static int member_add(lua_State *L)
{
    struct ts_rules *r = check_act(L, "add");
    const struct ts_score_decl *d = TS_BIND_FIND(L, 2, "score", &r->program.scores);
    if (lua_type(L, 3) != LUA_TNUMBER) return luaL_error(L, "a score takes a number, not a %s", luaL_typename(L, 3));
    double v = lua_tonumber(L, 3);
    if (v - v != 0) return luaL_error(L, "a score takes a finite number");
    ask(L, r, TS_ASK_ADD, d->name)->number = v;
    return 0;
}

/* member:earn("stars", 100) */
static int member_earn(lua_State *L)
{
    struct ts_rules *r = check_act(L, "earn");
    const struct ts_points_decl *d = TS_BIND_FIND(L, 2, "points", &r->program.points);
    int64_t amount;
    enum ts_points_fault fault = ts_points_read(L, 3, &amount);
    if (fault != TS_POINTS_FINE)
        return luaL_error(L, "member:earn takes a number of points; it got %s",
                          lua_type(L, 3) == LUA_TNUMBER ? ts_points_fault_text(fault) : luaL_typename(L, 3));
    if (amount > 0) ask(L, r, TS_ASK_EARN, d->name)->amount = amount; /* nothing earned is no effect */
    return 0;
}

static const struct ts_event_decl *event_named(const struct ts_program *p, struct ts_str name)
{
    for (uint32_t i = 0; i < p->events.n; i++)
        if (ts_str_eq(p->events.at[i].name, name)) return &p->events.at[i];
    return NULL;
}

/* Argument 3 as a JSON object in the scratch buffer; absent: an empty one. */
static void write_object(lua_State *L, struct ts_rules *r, const char *what, const struct ts_event_decl *d)
{
    lua_settop(L, 3);
    if (lua_isnil(L, 3)) {
        lua_newtable(L);
        lua_replace(L, 3);
    }
    if (!lua_istable(L, 3)) luaL_error(L, "%s takes a table of properties, not a %s", what, luaL_typename(L, 3));
    ts_bind_write_json(L, r, 3, d ? d->fields : NULL, d ? d->n_fields : 0);
    if (r->scratch.len == 0 || r->scratch.data[0] != '{') luaL_error(L, "%s takes named properties, not a list", what);
}

/* A name that a rule has made up: it stands in the journal. */
static void check_name(lua_State *L, struct ts_str name, const char *of)
{
    if (name.len == 0 || name.len > TS_LIMIT_NAME_BYTES || !ts_utf8_valid(name.ptr, name.len) ||
        memchr(name.ptr, '\0', name.len))
        luaL_error(L, "this is no name of %s", of);
}

/* member:emit("Card Upgraded", { card = "black" }) */
static int member_emit(lua_State *L)
{
    struct ts_rules *r = check_act(L, "emit");
    struct ts_str name = ts_bind_text(L, 2, "event");
    const struct ts_event_decl *d = event_named(&r->program, name);
    if (!d && !r->program.accept_unknown_events) d = TS_BIND_FIND(L, 2, "event", &r->program.events);
    if (d && d->internal) return luaL_error(L, "the event '%s' is the engine's own", lua_tostring(L, 2));
    check_name(L, name, "an event");
    write_object(L, r, "member:emit", d);
    struct ts_str json = keep(L, r, scratch_text(r));
    ask(L, r, TS_ASK_EMIT, name)->json = json;
    return 0;
}

/* member:notify("name", { ... }) */
static int member_notify(lua_State *L)
{
    struct ts_rules *r = check_act(L, "notify");
    struct ts_str name = ts_bind_text(L, 2, "name of the notice");
    check_name(L, name, "a notice");
    write_object(L, r, "member:notify", NULL);
    struct ts_str json = keep(L, r, scratch_text(r));
    ask(L, r, TS_ASK_NOTIFY, name)->json = json;
    return 0;
}

/* Words of the language that this version has no machinery for. Upvalue 1: the name. */
static int member_later(lua_State *L)
{
    return luaL_error(L, "this version of Tessera does not know member:%s", lua_tostring(L, lua_upvalueindex(1)));
}

static const struct ts_binding effects[] = {
    {"tag", member_tag, "effect", "(name: string, keep?: duration)",
     "gives the tag; for so long when said, else as long as its declaration says", 0},
    {"untag", member_untag, "effect", "(name: string)", "takes the tag away", 0},
    {"set", member_set, "effect", "(trait: string, value: any)",
     "sets a trait, or a consent to true or false; nil takes the trait away", 0},
    {"add", member_add, "effect", "(score: string, amount: number)", "adds to a score; less than zero takes away", 0},
    {"earn", member_earn, "effect", "(points: string, amount: number)",
     "gives points, rounded down; of points with decimals the smallest unit is meant: 150 is 1.50", 0},
    {"emit", member_emit, "effect", "(event: string, fields?: table)",
     "makes an event of this member, which other rules see", 0},
    {"notify", member_notify, "effect", "(name: string, fields?: table)",
     "asks for a notice to the member; who sends messages finds it among the results", 0},
};
const struct ts_bindings ts_bindings_effects = TS_BINDINGS("member", effects);

void ts_bind_effects(lua_State *L, struct ts_rules *r)
{
    TS_UNUSED(r);
    ts_bindings_set(L, &ts_bindings_effects, 0);
}

void ts_bind_push_later(lua_State *L)
{
    static const char *const later[] = {"give", "send", "enter", "hand_over"};
    lua_newtable(L);
    for (size_t i = 0; i < TS_ARRAY_LEN(later); i++) {
        lua_pushstring(L, later[i]);
        lua_pushcclosure(L, member_later, 1);
        lua_setfield(L, -2, later[i]);
    }
}
