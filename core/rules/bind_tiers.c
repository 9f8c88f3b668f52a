/* SPDX-License-Identifier: Apache-2.0 */
/* member.tiers["membership"]: name, rate, since, next, missing, and what the rule file gave the level of its own. */
#include "rules/bind.h"
#include "rules/describe.h"

enum tier_field { TIER_NAME, TIER_RATE, TIER_SINCE, TIER_NEXT, TIER_MISSING };
static const struct ts_binding tier_fields[] = {
    {"name", NULL, "read", "string", "the level's name; who was never placed stands on the lowest", TIER_NAME},
    {"rate", NULL, "read", "number", "the level's rate, 1 when it has none", TIER_RATE},
    {"since", NULL, "read", "date", "the day on which the level was reached", TIER_SINCE},
    {"next", NULL, "read", "string?", "the name of the level above, nil on the highest", TIER_NEXT},
    {"missing", NULL, "read", "integer?",
     "how much is missing to the level above, of the basis that is nearest; nil on the highest", TIER_MISSING},
};
const struct ts_bindings ts_bindings_tier = TS_BINDINGS("tier", tier_fields);
static const struct ts_binding tiers[] = {
    {"tiers", NULL, "read", "table<string, tier>",
     "the level the member stands on: member.tiers[\"membership\"].name; keys of the level's own can be read too", 0},
};
const struct ts_bindings ts_bindings_tiers = TS_BINDINGS("member", tiers);

/* The member's level as an index; who was never placed stands on the lowest. */
static uint32_t level_of(const struct ts_tiers_decl *d, const struct ts_tier_state *s)
{
    for (uint32_t i = 0; s && s->level && i < d->n_levels; i++)
        if (d->levels[i].id == s->level) return i;
    return 0;
}

static double rate_of(const struct ts_level *level)
{
    double divisor = 1;
    for (unsigned i = 0; i < level->rate.scale; i++)
        divisor *= 10;
    return (double)level->rate.digits / divisor; /* both exact up to 2^53: the nearest double to what was written */
}

/* A basis as it is now, for what is missing to the next level. */
static int64_t basis_now(lua_State *L, struct ts_rules *r, const struct ts_tier_basis *b)
{
    if (b->kind == TS_BASIS_EARNED) return ts_bind_earned(L, r, b->name, b->window);
    for (uint32_t i = 0; i < r->program.measures.n; i++) {
        const struct ts_measure *m = &r->program.measures.at[i];
        if (!ts_str_eq(m->name, b->name)) continue;
        struct ts_figure f = ts_bind_figure(L, r, m->id, 0, b->window);
        return m->sum.ptr ? f.sum.sum : f.sum.count;
    }
    luaL_error(L, "the basis of this tier is not a measure");
    return 0;
}

/* Of several bases, of the one that is nearest: the largest figure for its threshold. */
static void push_missing(lua_State *L, struct ts_rules *r, const struct ts_tiers_decl *d, uint32_t level)
{
    if (level + 1 >= d->n_levels) {
        lua_pushnil(L);
        return;
    }
    int64_t figures[TS_TIER_BASES_MAX];
    for (uint32_t i = 0; i < d->n_bases; i++)
        figures[i] = basis_now(L, r, &d->bases[i]);
    const int64_t *from = d->levels[level + 1].from;
    uint32_t best = ts_tiers_nearest(d, figures, level + 1);
    int64_t missing = from[best] > figures[best] ? from[best] - figures[best] : 0;
    ts_reads_integer(L, "tiers.", d->name, ".missing", missing);
    lua_pushinteger(L, missing);
}

static void push_since(lua_State *L, struct ts_rules *r, const struct ts_tiers_decl *d, const struct ts_tier_state *s)
{
    struct ts_str text = {NULL, 0};
    ts_bind_date(L, ts_bind_day(r, s ? s->since : ts_member_head(r->call->member)->created));
    text.ptr = lua_tolstring(L, -1, &text.len);
    ts_reads_text(L, "tiers.", d->name, ".since", text);
}

/* A key of the level's own; nil where this level has none but another has. */
static void push_extra(lua_State *L, struct ts_rules *r, const struct ts_tiers_decl *d, uint32_t level,
                       struct ts_str key)
{
    struct ts_near near;
    bool known = false;
    ts_near_begin(&near, key);
    ts_bindings_offer(&ts_bindings_tier, &near);
    for (uint32_t l = 0; l < d->n_levels; l++) {
        for (uint32_t i = 0; i < d->levels[l].n_extra; i++) {
            const struct ts_extra *x = &d->levels[l].extra[i];
            bool same = ts_str_eq(x->key, key);
            known = known || same;
            if (!same)
                ts_near_offer(&near, x->key);
            else if (l == level) {
                ts_bind_push_json_text(L, r, x->json);
                return;
            }
        }
    }
    if (!known) {
        lua_pushfstring(L, "key of the tiers '%s'", lua_pushlstring(L, d->name.ptr, d->name.len));
        ts_bind_unknown(L, lua_tostring(L, -1), &near);
    }
    lua_pushnil(L);
}

/* Upvalue 1: the declaration. */
static int tier_index(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    const struct ts_call *call = ts_bind_call(L, r);
    const struct ts_tiers_decl *d = lua_touserdata(L, lua_upvalueindex(1));
    struct ts_str key = ts_bind_text(L, 2, "key of a tier");
    if (d->n_levels == 0) return luaL_error(L, "these tiers have no levels");
    const struct ts_tier_state *s = ts_profile_tier(ts_member_head(call->member), d->id);
    uint32_t level = level_of(d, s);
    const struct ts_level *at = &d->levels[level];
    ts_reads_item(L, TS_READ_TIERS, d->id);
    ts_reads_text(L, "tiers.", d->name, NULL, at->name);
    const struct ts_binding *own = ts_bindings_find(&ts_bindings_tier, key);
    if (!own) {
        push_extra(L, r, d, level, key);
        return 1;
    }
    switch ((enum tier_field)own->field) {
    case TIER_NAME:
        lua_pushlstring(L, at->name.ptr, at->name.len);
        break;
    case TIER_RATE: {
        double rate = rate_of(at);
        ts_reads_number(L, "tiers.", d->name, ".rate", rate);
        lua_pushnumber(L, rate);
        break;
    }
    case TIER_SINCE:
        push_since(L, r, d, s);
        break;
    case TIER_MISSING:
        push_missing(L, r, d, level);
        break;
    case TIER_NEXT:
        if (level + 1 < d->n_levels)
            lua_pushlstring(L, at[1].name.ptr, at[1].name.len);
        else
            lua_pushnil(L);
        break;
    }
    return 1;
}

static int tiers_unknown(lua_State *L)
{
    TS_BIND_FIND(L, 2, "tiers", &ts_host_of(L)->program.tiers);
    return luaL_error(L, "no such tiers");
}

void ts_bind_tiers(lua_State *L, struct ts_rules *r)
{
    lua_newtable(L);
    for (uint32_t i = 0; i < r->program.tiers.n; i++) {
        lua_pushlightuserdata(L, &r->program.tiers.at[i]);
        lua_pushcclosure(L, tier_index, 1);
        ts_bind_push_reader(L, "member.tiers");
        ts_bind_set(L, r->program.tiers.at[i].name);
    }
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, tiers_unknown);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    ts_bind_push_reader(L, "member.tiers");
    lua_setfield(L, -2, tiers[0].name);
}
