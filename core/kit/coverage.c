/* SPDX-License-Identifier: Apache-2.0 */
/* What a shop's rules did: the lines of functions that ran, and for each declaration the outcomes that it can have (a tag that came, one that
 * went, an earning that paid, each level of tiers) and those that it had. */
#include "kit/kit.h"

/* ---- what there is ------------------------------------------------------------------------------------------------ */

static void set_str(lua_State *L, const char *key, struct ts_str text)
{
    lua_pushlstring(L, text.ptr ? text.ptr : "", text.len);
    lua_setfield(L, -2, key);
}

/* [list] -> [list, outcomes]: a new declaration is appended to the list, its list of outcomes is on top. */
static void declare(lua_State *L, const char *word, struct ts_str name, const struct ts_origin *origin)
{
    lua_createtable(L, 0, 5);
    set_str(L, "word", ts_cstr(word));
    set_str(L, "name", name);
    set_str(L, "file", origin->file);
    lua_pushinteger(L, origin->line);
    lua_setfield(L, -2, "line");
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "outcomes");
    lua_insert(L, -2);
    lua_rawseti(L, -3, (lua_Integer)lua_rawlen(L, -3) + 1);
}

static void outcome(lua_State *L, struct ts_str name)
{
    lua_pushlstring(L, name.ptr, name.len);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

#define DECLARE_ALL(L, word, array, what)                                                                              \
    for (uint32_t i = 0; i < (array).n; i++) {                                                                         \
        declare(L, word, (array).at[i].name, &(array).at[i].origin);                                                   \
        outcome(L, ts_cstr(what));                                                                                     \
        lua_pop(L, 1);                                                                                                 \
    }

static void push_declared(lua_State *L, const struct ts_program *p)
{
    lua_newtable(L);
    for (uint32_t i = 0; i < p->tags.n; i++) {
        const struct ts_tag_decl *t = &p->tags.at[i];
        declare(L, "tag", t->name, &t->origin);
        outcome(L, TS_STR("came"));
        bool lasting = ts_str_eq(t->class, TS_STR("static")); /* it says what does not change */
        if (t->fn_when && !t->n_on && !lasting) outcome(L, TS_STR("went"));
        lua_pop(L, 1);
    }
    for (uint32_t i = 0; i < p->segments.n; i++) {
        declare(L, "segment", p->segments.at[i].name, &p->segments.at[i].origin);
        outcome(L, TS_STR("came"));
        outcome(L, TS_STR("went"));
        lua_pop(L, 1);
    }
    for (uint32_t i = 0; i < p->tiers.n; i++) {
        declare(L, "tiers", p->tiers.at[i].name, &p->tiers.at[i].origin);
        for (uint32_t k = 1; k < p->tiers.at[i].n_levels; k++) /* the lowest is everybody's from the beginning */
            outcome(L, p->tiers.at[i].levels[k].name);
        lua_pop(L, 1);
    }
    DECLARE_ALL(L, "earn", p->earns, "paid");
    DECLARE_ALL(L, "bonus", p->bonuses, "paid");
    DECLARE_ALL(L, "milestone", p->milestones, "was reached");
    DECLARE_ALL(L, "attribution", p->attributions, "credited");
    DECLARE_ALL(L, "rule", p->rules, "acted");
    DECLARE_ALL(L, "refund", p->refunds, "took back");
}

/* ---- what happened ------------------------------------------------------------------------------------------------ */

static void happened(lua_State *L, const char *word, struct ts_str name, struct ts_str what)
{
    if (!name.ptr || !what.ptr) return;
    lua_pushfstring(L, "%s ", word);
    lua_pushlstring(L, name.ptr, name.len);
    lua_pushliteral(L, "\n");
    lua_pushlstring(L, what.ptr, what.len);
    lua_concat(L, 4);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
}

/* By the rule that asked, whichever effect it was. */
static void by_rule(lua_State *L, const struct ts_names *names, const struct ts_effect *e)
{
    static const char *const words[][2] = {
        {"earn", "paid"},  {"bonus", "paid"},      {"milestone", "was reached"}, {"attribution", "credited"},
        {"rule", "acted"}, {"refund", "took back"}};
    struct ts_rule_name rule;
    struct ts_str text = e->rule ? ts_names_text(names, TS_SPACE_RULE, e->rule) : ts_str(NULL, 0);
    if (!text.ptr || e->op == TS_FX_ERROR || !ts_rule_name_split(text, &rule)) return;
    for (size_t i = 0; i < TS_ARRAY_LEN(words); i++)
        if (ts_str_eq(rule.kind, ts_cstr(words[i][0]))) happened(L, words[i][0], rule.name, ts_cstr(words[i][1]));
}

static void add_effect(lua_State *L, const struct ts_names *names, const struct ts_effect *e)
{
    switch (e->op) {
    case TS_FX_TAG_ADD:
    case TS_FX_TAG_REMOVE:
        happened(L, "tag", ts_names_text(names, TS_SPACE_TAG, e->name),
                 ts_cstr(e->op == TS_FX_TAG_ADD ? "came" : "went"));
        break;
    case TS_FX_SEGMENT_ENTER:
    case TS_FX_SEGMENT_LEAVE:
        happened(L, "segment", ts_names_text(names, TS_SPACE_SEGMENT, e->name),
                 ts_cstr(e->op == TS_FX_SEGMENT_ENTER ? "came" : "went"));
        break;
    case TS_FX_TIER:
        happened(L, "tiers", ts_names_text(names, TS_SPACE_TIERS, e->name),
                 ts_names_text(names, TS_SPACE_LEVEL, e->to));
        break;
    default:
        break;
    }
    by_rule(L, names, e);
}

static void push_happened(lua_State *L, struct kit_shop *s, uint64_t from)
{
    const struct ts_names *names = ts_engine_names(s->engine);
    lua_newtable(L);
    for (uint64_t i = from; i < ts_memory_host_rows(s->memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s->memory, i);
        struct ts_outcome o;
        struct ts_effect e;
        if (!row || !ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len)) continue;
        while (ts_outcome_next(&o, &e))
            add_effect(L, names, &e);
    }
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

struct line {
    struct ts_str file;
    uint32_t line;
    bool ran;
};
struct lines {
    TS_VEC(struct line) list;
    struct ts_arena *arena;
    bool failed;
};

static void on_line(void *arg, struct ts_str file, uint32_t line, bool ran)
{
    struct lines *to = arg;
    bool known = to->list.len && ts_str_eq(to->list.at[to->list.len - 1].file, file);
    struct ts_str kept = known ? to->list.at[to->list.len - 1].file : ts_arena_dup(to->arena, file);
    struct line *slot = kept.ptr ? ts_vec_push(&to->list) : NULL;
    if (slot)
        *slot = (struct line){kept, line, ran};
    else
        to->failed = true;
}

/* coverage([from]) -> { declared =, happened =, lines = { [file] = { [line] = ran } } } */
int kit_lua_coverage(lua_State *L, struct kit_shop *s)
{
    uint64_t from = (uint64_t)luaL_optinteger(L, 2, 0);
    struct lines lines = {.arena = &s->arena};
    enum ts_code code = ts_rules_coverage(ts_engine_rules(s->engine), on_line, &lines, &s->err);
    size_t bytes = lines.list.len * sizeof *lines.list.at;
    struct line *kept = ts_arena_alloc(&s->arena, bytes + 1); /* the shop's, as what follows may raise */
    if (kept && bytes) memcpy(kept, lines.list.at, bytes);
    uint32_t n = lines.list.len;
    ts_vec_release(&lines.list);
    if (code != TS_OK || lines.failed || !kept) return luaL_error(L, "out of memory");
    lua_createtable(L, 0, 3);
    push_declared(L, ts_engine_program(s->engine));
    lua_setfield(L, -2, "declared");
    push_happened(L, s, from);
    lua_setfield(L, -2, "happened");
    lua_newtable(L);
    for (uint32_t i = 0; i < n; i++) {
        lua_pushlstring(L, kept[i].file.ptr, kept[i].file.len);
        if (lua_rawget(L, -2) != LUA_TTABLE) {
            lua_pop(L, 1);
            lua_pushlstring(L, kept[i].file.ptr, kept[i].file.len);
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_insert(L, -3);
            lua_rawset(L, -4);
        }
        if (kept[i].ran || lua_rawgeti(L, -1, kept[i].line) == LUA_TNIL) {
            lua_settop(L, lua_gettop(L) - (kept[i].ran ? 0 : 1));
            lua_pushboolean(L, kept[i].ran);
            lua_rawseti(L, -2, kept[i].line);
        } else {
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
    lua_setfield(L, -2, "lines");
    return 1;
}
