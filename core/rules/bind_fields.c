/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of `member` that are looked up by a name: traits, tags, segments, scores, consents. */
#include "rules/bind.h"
#include "rules/describe.h"

/* ---- what they share ------------------------------------------------------------------------------------------ */

/* The declaration that argument 2 names: upvalue 1 has them by name, and who is not there is looked for among all. */
static const void *named(lua_State *L, const char *what, const void *at, uint32_t n, size_t stride)
{
    ts_bind_text(L, 2, what);
    const void *found = ts_bind_lookup(L, lua_upvalueindex(1), 2);
    return found ? found : ts_bind_find(L, 2, what, at, n, stride);
}
#define NAMED(L, what, array) named(L, what, (array)->at, (array)->n, sizeof *(array)->at)

static int answer(lua_State *L, const char *before, struct ts_str name, bool yes)
{
    ts_reads_boolean(L, before, name, yes);
    lua_pushboolean(L, yes);
    return 1;
}

/* ---- traits and consents -------------------------------------------------------------------------------------- */

static const struct ts_trait *trait_of(struct ts_rules *r, const struct ts_trait_decl *d)
{
    struct ts_trait *t = ts_profile_trait(ts_member_head(r->call->member), d->id);
    return t && t->json.ptr && !ts_str_eq(t->json, TS_STR("null")) ? t : NULL;
}

/* Upvalue 1: traits by name. */
static int traits_index(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_call(L, r);
    const struct ts_trait_decl *d = NAMED(L, "trait", &r->program.traits);
    const struct ts_trait *t = trait_of(r, d);
    ts_reads_item(L, TS_READ_TRAIT, d->id);
    if (!t) {
        ts_reads_text(L, "traits.", d->name, NULL, (struct ts_str){NULL, 0});
        lua_pushnil(L);
        return 1;
    }
    ts_bind_push_json_text(L, r, t->json);
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        ts_reads_boolean(L, "traits.", d->name, lua_toboolean(L, -1));
        break;
    case LUA_TNUMBER:
        ts_reads_number(L, "traits.", d->name, NULL, lua_tonumber(L, -1));
        break;
    case LUA_TSTRING: {
        struct ts_str text = {NULL, 0};
        text.ptr = lua_tolstring(L, -1, &text.len);
        ts_reads_text(L, "traits.", d->name, NULL, text);
        break;
    }
    default:
        ts_reads_text(L, "traits.", d->name, NULL, t->json);
    }
    return 1;
}

static bool says_yes(struct ts_str json)
{
    return ts_str_eq(json, TS_STR("true")) || ts_str_eq(json, TS_STR("\"yes\"")) || ts_str_eq(json, TS_STR("1"));
}

/* Upvalue 1: consents by name. */
static int consents_index(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_call(L, r);
    struct ts_str name = ts_bind_text(L, 2, "consent");
    const struct ts_trait_decl *d = ts_bind_lookup(L, lua_upvalueindex(1), 2);
    if (!d) {
        struct ts_near near;
        ts_near_begin(&near, name);
        for (uint32_t i = 0; i < r->program.traits.n; i++)
            if (r->program.traits.at[i].standing.ptr) ts_near_offer(&near, r->program.traits.at[i].name);
        ts_bind_unknown(L, "consent", &near);
    }
    const struct ts_trait *t = trait_of(r, d);
    bool yes = t ? says_yes(t->json) : ts_str_eq(d->standing, TS_STR("yes"));
    ts_reads_item(L, TS_READ_TRAIT, d->id); /* kept as a trait, and changes as one */
    return answer(L, "consents.", d->name, yes);
}

/* ---- tags and scores ------------------------------------------------------------------------------------------ */

/* Upvalue 1: tags by name. true or false: a `when` may give it back as it is. */
static int tags_index(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    const struct ts_call *call = ts_bind_call(L, r);
    const struct ts_tag_decl *d = NAMED(L, "tag", &r->program.tags);
    bool has = ts_member_has_tag(call->member, d->id, call->now);
    ts_reads_item(L, TS_READ_TAG, d->id);
    return answer(L, "tags.", d->name, has);
}

/* Upvalue 1: segments by name. */
static int segments_index(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    const struct ts_call *call = ts_bind_call(L, r);
    const struct ts_segment_decl *d = NAMED(L, "segment", &r->program.segments);
    bool in = ts_profile_segment(ts_member_head(call->member), d->id) != NULL;
    ts_reads_item(L, TS_READ_SEGMENT, d->id);
    return answer(L, "segments.", d->name, in);
}

/* Upvalue 1: scores by name. */
static int scores_index(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    const struct ts_call *call = ts_bind_call(L, r);
    const struct ts_score_decl *d = NAMED(L, "score", &r->program.scores);
    double value = ts_member_score(call->member, d->id, d->half_life, call->now);
    ts_reads_item(L, TS_READ_SCORE, d->id);
    if (value != 0 && d->half_life) ts_reads_watch(L, ts_bind_today(r) + 1); /* it decays */
    ts_reads_number(L, "scores.", d->name, NULL, value);
    lua_pushnumber(L, value);
    return 1;
}

/* ---- making them ---------------------------------------------------------------------------------------------- */

/* Each is a reader whose __index is the function of its row. */
static const struct ts_binding fields[] = {
    {"traits", traits_index, "read", "table<string, any>", "what is known of the member, by trait; nil when nothing is",
     0},
    {"consents", consents_index, "read", "table<string, boolean>", "whether the member has consented, or the default",
     0},
    {"tags", tags_index, "read", "table<string, boolean>", "whether the member has the tag now", 0},
    {"segments", segments_index, "read", "table<string, boolean>",
     "whether the member is in the segment: as it stood before the event, in an earning or a rule", 0},
    {"scores", scores_index, "read", "table<string, number>", "the score as it stands now, decayed", 0},
};
const struct ts_bindings ts_bindings_fields = TS_BINDINGS("member", fields);

/* [methods] [map] -> [methods], with the reader of that name, which looks names up in the map. */
static void add_reader(lua_State *L, const char *name)
{
    lua_pushcclosure(L, ts_bindings_find(&ts_bindings_fields, ts_cstr(name))->fn, 1);
    lua_pushfstring(L, "member.%s", name);
    lua_insert(L, -2);
    ts_bind_push_reader(L, lua_tostring(L, -2));
    lua_remove(L, -2);
    lua_setfield(L, -2, name);
}

void ts_bind_fields(lua_State *L, struct ts_rules *r)
{
    struct ts_program *p = &r->program;
    for (int consents = 0; consents < 2; consents++) {
        lua_newtable(L);
        for (uint32_t i = 0; i < p->traits.n; i++) {
            if ((p->traits.at[i].standing.ptr != NULL) != consents) continue;
            lua_pushlightuserdata(L, &p->traits.at[i]);
            ts_bind_set(L, p->traits.at[i].name);
        }
        add_reader(L, consents ? "consents" : "traits");
    }
    TS_BIND_PUSH_MAP(L, &p->tags);
    add_reader(L, "tags");
    TS_BIND_PUSH_MAP(L, &p->segments);
    add_reader(L, "segments");
    TS_BIND_PUSH_MAP(L, &p->scores);
    add_reader(L, "scores");
}
