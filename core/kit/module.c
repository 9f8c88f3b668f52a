/* SPDX-License-Identifier: Apache-2.0 */
/* The Lua module tessera.engine: shops as userdata, and what they can do. scripts/kit/tessera/test.lua is who calls it. */
#include "kit/kit.h"

#define SHOP "tessera.shop"
#define POOL "tessera.pool"        /* a metatable */
#define THE_POOL "tessera.pool.of" /* the one of this interpreter */

static struct kit_shop *check_shop(lua_State *L)
{
    struct kit_shop *s = luaL_checkudata(L, 1, SHOP);
    if (!s->engine) luaL_error(L, "the shop is closed");
    kit_shop_begin(s);
    return s;
}

/* nil, message: what the caller did is off, and the test says so. */
static int refuse(lua_State *L, const struct ts_error *err)
{
    lua_pushnil(L);
    if (err->hint[0])
        lua_pushfstring(L, "%s; %s", err->text, err->hint);
    else
        lua_pushstring(L, err->text);
    return 2;
}

/* ---- options ------------------------------------------------------------------------------------------------------ */

static bool flag(lua_State *L, int table, const char *key)
{
    lua_getfield(L, table, key);
    bool v = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return v;
}

static lua_Integer option(lua_State *L, int table, const char *key)
{
    lua_getfield(L, table, key);
    lua_Integer v = luaL_optinteger(L, -1, 0);
    lua_pop(L, 1);
    return v;
}

struct pool {
    struct ts_rules_pool *rules;
};

static int pool_close(lua_State *L)
{
    struct pool *p = luaL_checkudata(L, 1, POOL);
    ts_rules_pool_free(p->rules);
    p->rules = NULL;
    return 0;
}

/* The loaded rule sets that shops hand on; made when it is first wanted. Pushes it, so that the shop can keep it alive: when the
 * interpreter ends, shops may go after it otherwise. */
static struct ts_rules_pool *push_pool(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, THE_POOL) == LUA_TUSERDATA)
        return ((struct pool *)lua_touserdata(L, -1))->rules;
    lua_pop(L, 1);
    struct pool *p = lua_newuserdatauv(L, sizeof *p, 0);
    p->rules = NULL;
    if (luaL_newmetatable(L, POOL)) {
        lua_pushcfunction(L, pool_close);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    if (ts_rules_pool_new(&p->rules) != TS_OK) luaL_error(L, "out of memory");
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, THE_POOL);
    return p->rules;
}

/* open{ seed =, gc =, coverage = } -> shop */
static int kit_open(lua_State *L)
{
    struct ts_engine_options options = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    options.hash_seed = (uint64_t)option(L, 1, "seed");
    options.rules.hash_seed = (uint32_t)options.hash_seed;
    options.rules.gc_mode = (uint32_t)option(L, 1, "gc");
    options.rules.coverage = flag(L, 1, "coverage");
    options.rules.count_from_start = true; /* the same everywhere: no clock, no thread, no signal in the interpreter */
    struct kit_shop *s = lua_newuserdatauv(L, sizeof *s, 1);
    memset(s, 0, sizeof *s);
    options.rules.pool = push_pool(L);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, SHOP);
    if (!kit_shop_open(s, &options)) return luaL_error(L, "%s", s->err.text);
    return 1;
}

static int shop_close(lua_State *L)
{
    struct kit_shop *s = luaL_checkudata(L, 1, SHOP);
    kit_shop_close(s);
    return 0;
}

/* ---- rules -------------------------------------------------------------------------------------------------------- */

static struct ts_str string_at(lua_State *L, int index)
{
    struct ts_str text = {NULL, 0};
    text.ptr = luaL_checklstring(L, index, &text.len);
    return text;
}

/* The list { { path, text }, ... } at index 2 as sources; the texts stay Lua's, which the list keeps alive. */
static struct ts_sources list_sources(lua_State *L, struct kit_shop *s)
{
    struct ts_sources sources = {0};
    luaL_checktype(L, 2, LUA_TTABLE);
    sources.n = (uint32_t)lua_rawlen(L, 2);
    sources.at = ts_arena_alloc(&s->arena, (sources.n + 1) * sizeof *sources.at);
    if (!sources.at) {
        luaL_error(L, "out of memory"); /* does not return */
        sources.n = 0;
    }
    for (uint32_t i = 0; i < sources.n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        sources.at[i] = (struct ts_source){string_at(L, -2), string_at(L, -1)};
        lua_pop(L, 3);
    }
    return sources;
}

/* activate(files, now) -> true, warnings | nil, message, problems */
static int shop_activate(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    struct ts_sources sources = list_sources(L, s);
    ts_ms now = (ts_ms)luaL_checkinteger(L, 3);
    if (ts_engine_activate(s->engine, &sources, now, &s->problems, NULL, &s->err) == TS_OK) {
        lua_pushboolean(L, 1);
        return 1 + kit_lua_problems(L, s);
    }
    lua_pushnil(L);
    lua_pushstring(L, s->err.text);
    return 2 + kit_lua_problems(L, s);
}

/* sources(dir) -> { { path, text }, ... } | nil, message. The rule files of a folder, as the engine would take them. */
static int shop_sources(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    const char *dir = luaL_checkstring(L, 2);
    ts_sources_release(&s->sources);
    memset(&s->sources, 0, sizeof s->sources);
    if (ts_sources_read(dir, &s->sources, &s->err) != TS_OK) return refuse(L, &s->err);
    lua_createtable(L, (int)s->sources.n, 0);
    for (uint32_t i = 0; i < s->sources.n; i++) {
        lua_createtable(L, 2, 0);
        lua_pushlstring(L, s->sources.at[i].path.ptr, s->sources.at[i].path.len);
        lua_rawseti(L, -2, 1);
        lua_pushlstring(L, s->sources.at[i].text.ptr, s->sources.at[i].text.len);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    ts_sources_release(&s->sources);
    memset(&s->sources, 0, sizeof s->sources);
    return 1;
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

static const char *status_name(enum ts_result_status status)
{
    static const char *const names[] = {"applied", "duplicate", "quarantined", "refused", "replayed"};
    return names[status];
}

/* submit(line, now) -> status, record, member, rule errors, code, message, field */
static int shop_submit(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    struct ts_str line = string_at(L, 2);
    if (kit_shop_submit(s, line, (ts_ms)luaL_checkinteger(L, 3), false) != TS_OK)
        return luaL_error(L, "%s", s->err.text);
    const struct ts_result *r = &s->result;
    bool quarantined = r->status == TS_RESULT_QUARANTINED;
    lua_pushstring(L, status_name(r->status));
    lua_pushinteger(L, (lua_Integer)r->record);
    lua_pushinteger(L, (lua_Integer)r->member);
    lua_pushinteger(L, r->rule_errors);
    lua_pushstring(L, quarantined ? ts_reason_name(r->fault.reason) : r->refusal);
    lua_pushstring(L, quarantined ? r->fault.message : r->message);
    lua_pushstring(L, quarantined ? r->fault.field : "");
    return 7;
}

/* [] -> [list]: the rules that raised, as errors() has them. */
static void push_raised(lua_State *L, struct kit_shop *s)
{
    struct ts_outcome outcome;
    struct ts_effect e;
    struct ts_rule_name rule;
    const struct ts_str made = s->result.outcome;
    lua_newtable(L);
    if (!made.len || !ts_outcome_open(&outcome, (const uint8_t *)made.ptr, made.len)) return;
    while (ts_outcome_next(&outcome, &e)) {
        struct ts_str name =
            e.op == TS_FX_ERROR ? ts_names_text(ts_engine_names(s->engine), TS_SPACE_RULE, e.rule) : TS_STR("");
        if (!name.len || !ts_rule_name_split(name, &rule)) continue;
        lua_createtable(L, 0, 4);
        lua_pushlstring(L, rule.name.ptr, rule.name.len);
        lua_setfield(L, -2, "rule");
        lua_pushlstring(L, rule.file.ptr, rule.file.len);
        lua_setfield(L, -2, "file");
        lua_pushinteger(L, rule.line);
        lua_setfield(L, -2, "line");
        lua_pushlstring(L, e.text.ptr, e.text.len);
        lua_setfield(L, -2, "message");
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
}

/* preview(line, now) -> { status, member, effects, reason, message }, the rules that would raise; nothing is changed */
static int shop_preview(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    struct ts_str line = string_at(L, 2);
    struct ts_doc d = {false};
    if (kit_shop_submit(s, line, (ts_ms)luaL_checkinteger(L, 3), true) != TS_OK)
        return luaL_error(L, "%s", s->err.text);
    const struct ts_result *r = &s->result;
    cJSON *root = ts_doc_object(&d, NULL, NULL);
    ts_doc_text(&d, root, "status", status_name(r->status));
    if (r->member) ts_doc_uint(&d, root, "member", r->member);
    if (r->status == TS_RESULT_QUARANTINED) {
        ts_doc_text(&d, root, "reason", ts_reason_name(r->fault.reason));
        ts_doc_text(&d, root, "message", r->fault.message);
    }
    ts_effects_json(&d, root, "effects", s->engine, r->outcome, NULL, NULL);
    kit_push_doc(L, s, &d, root);
    push_raised(L, s);
    return 2;
}

/* ---- time --------------------------------------------------------------------------------------------------------- */

/* time("2026-01-15 10:00") -> ms | nil, message */
static int shop_time(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    ts_ms t;
    if (kit_shop_time(s, luaL_checkstring(L, 2), &t) != TS_OK) return refuse(L, &s->err);
    lua_pushinteger(L, t);
    return 1;
}

/* plus(ms, "15 days") -> ms | nil, message */
static int shop_plus(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    struct ts_duration d;
    ts_ms t = (ts_ms)luaL_checkinteger(L, 2);
    if (ts_duration_parse(string_at(L, 3), &d, &s->err) != TS_OK) return refuse(L, &s->err);
    lua_pushinteger(L, ts_time_add(ts_engine_program(s->engine)->zone, t, d));
    return 1;
}

/* show(ms) -> "2026-01-15 10:00" in the program's zone; utc(ms) -> "2026-01-15T02:00:00.000Z" */
static int shop_show(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    struct ts_civil c;
    char text[64];
    ts_zone_civil(ts_engine_program(s->engine)->zone, (ts_ms)luaL_checkinteger(L, 2), &c);
    int n = snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
    if (c.second || c.ms) n += snprintf(text + n, sizeof text - (size_t)n, ":%02d", c.second);
    if (c.ms) snprintf(text + n, sizeof text - (size_t)n, ".%03d", c.ms);
    lua_pushstring(L, text);
    return 1;
}

static int shop_utc(lua_State *L)
{
    char text[32];
    check_shop(L);
    lua_pushstring(L, ts_time_format((ts_ms)luaL_checkinteger(L, 2), text));
    return 1;
}

static int shop_clock(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    lua_pushinteger(L, ts_engine_clock(s->engine));
    lua_pushinteger(L, (lua_Integer)ts_engine_record(s->engine));
    return 2;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int shop_card(lua_State *L) { return kit_lua_card(L, check_shop(L)); }
static int shop_program(lua_State *L) { return kit_lua_program(L, check_shop(L)); }
static int shop_quarantine(lua_State *L) { return kit_lua_quarantine(L, check_shop(L)); }
static int shop_errors(lua_State *L) { return kit_lua_errors(L, check_shop(L)); }
static int shop_coverage(lua_State *L) { return kit_lua_coverage(L, check_shop(L)); }
static int shop_timeline(lua_State *L) { return kit_lua_timeline(L, check_shop(L)); }

/* living(member) -> the number of the member that it is part of now, or nil */
static int shop_living(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    uint64_t living = ts_members_living(ts_engine_members(s->engine), (uint64_t)luaL_checkinteger(L, 2));
    if (!living) return 0;
    lua_pushinteger(L, (lua_Integer)living);
    return 1;
}

/* Counts: errors, quarantined. */
static int shop_counts(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    lua_pushinteger(L, s->errors.len);
    lua_pushinteger(L, s->quarantine.len);
    return 2;
}

/* totals() -> { [points] = { issued =, spent =, ..., available = } }: what the brand has issued and what members hold */
static int shop_totals(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    const struct ts_ledger *ledger = ts_engine_ledger(s->engine);
    const struct ts_names *names = ts_engine_names(s->engine);
    lua_newtable(L);
    for (uint32_t p = 1; p <= ts_names_count(names, TS_SPACE_POINTS) && p < TS_CURRENCIES_MAX; p++) {
        struct ts_str name = ts_names_text(names, TS_SPACE_POINTS, p);
        lua_pushlstring(L, name.ptr, name.len);
        lua_newtable(L);
        for (int a = TS_ACCOUNT_PENDING; a < TS_ACCOUNT_COUNT; a++) {
            bool members = ts_account_is_members((enum ts_account)a);
            int64_t v = members ? ledger->members[p][a] : ledger->brand[p][a];
            lua_pushinteger(L, a == TS_ACCOUNT_DEBT || a == TS_ACCOUNT_ISSUED ? -v : v);
            lua_setfield(L, -2, ts_account_name((enum ts_account)a));
        }
        lua_rawset(L, -3);
    }
    return 1;
}

/* books() -> true | nil, message */
static int shop_books(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    if (!kit_shop_books(s)) return refuse(L, &s->err);
    lua_pushboolean(L, 1);
    return 1;
}

/* replay() -> true | nil, the first difference */
static int shop_replay(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    if (kit_shop_replay(s)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, s->twin_difference);
    return 2;
}

/* figure(tiers, basis, value) -> what people read: "4,000.00 CNY" */
static int shop_figure(lua_State *L)
{
    struct kit_shop *s = check_shop(L);
    struct ts_str name = string_at(L, 2);
    lua_Integer basis = luaL_checkinteger(L, 3), value = luaL_checkinteger(L, 4);
    const struct ts_program *p = ts_engine_program(s->engine);
    char text[64];
    for (uint32_t i = 0; i < p->tiers.n; i++) {
        const struct ts_tiers_decl *t = &p->tiers.at[i];
        if (!ts_str_eq(t->name, name) || basis < 1 || basis > (lua_Integer)t->n_bases) continue;
        lua_pushstring(L, ts_basis_text(s->engine, &t->bases[basis - 1], value, text));
        return 1;
    }
    return luaL_error(L, "no such basis");
}

/* ---- the module --------------------------------------------------------------------------------------------------- */

/* shared() -> a table that outlives the module: busted forgets what a spec file has required before the next one. */
static int kit_shared(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "tessera.shared");
    return 1;
}

/* reasons() -> { [reason] = true }: why a line may be in quarantine */
static int kit_reasons(lua_State *L)
{
    lua_newtable(L);
    for (int i = TS_REASON_NONE + 1; i < TS_REASON_COUNT; i++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, ts_reason_name((enum ts_reason)i));
    }
    return 1;
}

/* fail_after(n): n more allocations of the engine succeed, then none, until fail_after(-1). For the kit's own spec. */
static int kit_fail_after(lua_State *L)
{
    ts_alloc_fail_after((int64_t)luaL_checkinteger(L, 1));
    return 0;
}

static const luaL_Reg methods[] = {{"activate", shop_activate},
                                   {"books", shop_books},
                                   {"card", shop_card},
                                   {"coverage", shop_coverage},
                                   {"clock", shop_clock},
                                   {"close", shop_close},
                                   {"counts", shop_counts},
                                   {"errors", shop_errors},
                                   {"figure", shop_figure},
                                   {"living", shop_living},
                                   {"plus", shop_plus},
                                   {"preview", shop_preview},
                                   {"program", shop_program},
                                   {"quarantine", shop_quarantine},
                                   {"replay", shop_replay},
                                   {"show", shop_show},
                                   {"sources", shop_sources},
                                   {"submit", shop_submit},
                                   {"time", shop_time},
                                   {"timeline", shop_timeline},
                                   {"totals", shop_totals},
                                   {"utc", shop_utc},
                                   {NULL, NULL}};
static const luaL_Reg functions[] = {
    {"fail_after", kit_fail_after}, {"open", kit_open}, {"reasons", kit_reasons}, {"shared", kit_shared}, {NULL, NULL}};

int luaopen_tessera_engine(lua_State *L)
{
    if (luaL_newmetatable(L, SHOP)) {
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, shop_close);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    lua_pushliteral(L, TESSERA_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}
