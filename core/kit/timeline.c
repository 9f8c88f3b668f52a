/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to a member, oldest first: each of its records, and behind it what came of it: the effect as the command line says it, the
 * rule with file and line, and what that rule read. */
#include "command/timeline.h"
#include "kit/kit.h"

static void set_str(lua_State *L, const char *key, struct ts_str text)
{
    if (!text.ptr) return;
    lua_pushlstring(L, text.ptr, text.len);
    lua_setfield(L, -2, key);
}

static bool is_told(const struct ts_effect *e)
{
    return ts_effect_is_shown(e) || e->op == TS_FX_ERROR || e->op == TS_FX_REFUSE;
}

/* What a milestone counted is in the unit of its measure. */
static const struct ts_measure *counted(const struct ts_program *p, const struct ts_rule_name *rule, struct ts_str key)
{
    if (!ts_str_eq(rule->kind, TS_STR("milestone"))) return NULL;
    if (!ts_str_eq(key, TS_STR("figure")) && !ts_str_eq(key, TS_STR("threshold"))) return NULL;
    for (uint32_t i = 0; i < p->milestones.n; i++)
        for (uint32_t k = 0; k < p->measures.n && ts_str_eq(p->milestones.at[i].name, rule->name); k++)
            if (ts_str_eq(p->measures.at[k].name, p->milestones.at[i].of)) return &p->measures.at[k];
    return NULL;
}

/* "orders 30 days: 1, spend 12 months: 4,000.50 CNY", as `tessera why` says it */
static void say_read(struct kit_shop *s, const struct ts_rule_name *rule, struct ts_str read)
{
    const struct ts_program *p = ts_engine_program(s->engine);
    char text[64];
    int64_t whole;
    ts_buf_clear(&s->text);
    if (ts_json_parse(&s->json, read.ptr, read.len, false) != TS_OK) return;
    const struct ts_json_node *n = ts_json_first(&s->json, ts_json_root(&s->json));
    for (const char *between = ""; n; n = ts_json_next(&s->json, n), between = ", ") {
        const struct ts_measure *m = counted(p, rule, n->key);
        ts_buf_addf(&s->text, "%s" TS_STR_FMT ": ", between, TS_STR_ARG(n->key));
        if (n->type == TS_JSON_NUMBER && ts_json_integer(n, &whole) == TS_OK)
            ts_buf_adds(&s->text,
                        m ? ts_figure_text(p, m->unit, whole, text) : ts_read_text(s->engine, p, n->key, whole, text));
        else if (n->type == TS_JSON_TRUE || n->type == TS_JSON_FALSE)
            ts_buf_adds(&s->text, n->type == TS_JSON_TRUE ? "yes" : "no");
        else if (n->type == TS_JSON_STRING)
            ts_buf_json(&s->text, n->text);
        else
            ts_buf_add(&s->text, n->text.ptr, n->text.len);
    }
}

/* The item on top gets the kind of the effect, its sentence and its JSON of the contract. */
static void set_effect(lua_State *L, struct kit_shop *s, const struct ts_effect *e, struct ts_str read)
{
    struct ts_rule_name rule;
    struct ts_str text = e->rule ? ts_names_text(ts_engine_names(s->engine), TS_SPACE_RULE, e->rule) : ts_str(NULL, 0);
    struct ts_doc d = {false};
    cJSON *root = ts_doc_object(&d, NULL, NULL), *list = ts_doc_array(&d, root, "e");
    ts_effect_json(&d, list, s->engine, e, 0);
    kit_push_doc(L, s, &d, root);
    lua_getfield(L, -1, "e");
    lua_rawgeti(L, -1, 1);
    lua_setfield(L, -4, "effect");
    lua_pop(L, 2);
    set_str(L, "kind", ts_cstr(ts_effect_name((enum ts_effect_op)e->op)));
    ts_buf_clear(&s->text);
    ts_effect_say(s->engine, e, &s->text);
    set_str(L, "what", ts_cstr(ts_buf_cstr(&s->text)));
    if (read.len > 2) set_str(L, "read", read);
    if (e->op == TS_FX_ERROR) set_str(L, "message", e->text);
    if (e->op == TS_FX_REFUSE) {
        set_str(L, "code", e->text);
        set_str(L, "message", e->json);
    }
    if (e->op == TS_FX_ERROR) set_str(L, "where", e->json);
    if (!text.ptr || !ts_rule_name_split(text, &rule)) return;
    set_str(L, "rule", rule.name);
    set_str(L, "word", rule.kind);
    set_str(L, "file", rule.file);
    lua_pushinteger(L, rule.line);
    lua_setfield(L, -2, "line");
    if (read.len <= 2) return;
    say_read(s, &rule, read);
    set_str(L, "having_read", ts_cstr(ts_buf_cstr(&s->text)));
}

/* [list] -> [list, item] */
static void new_item(lua_State *L, const struct ts_row *row, ts_ms at)
{
    lua_createtable(L, 0, 8);
    lua_pushinteger(L, (lua_Integer)row->record);
    lua_setfield(L, -2, "record");
    lua_pushinteger(L, at);
    lua_setfield(L, -2, "at");
}

static void append(lua_State *L) { lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1); }

/* [list] -> [list]: the record itself, unless the engine made it. */
static void add_record(lua_State *L, struct kit_shop *s, const struct ts_row *row, const struct ts_own_effects *own,
                       ts_ms at)
{
    if (row->kind == TS_RECORD_SLICE || row->kind == TS_RECORD_RULES || row->kind == TS_RECORD_TICK) return;
    struct ts_str title = ts_row_title(row, &s->payload);
    new_item(L, row, at);
    set_str(L, "event", title);
    set_str(L, "what", title);
    lua_pushboolean(L, row->kind >= TS_RECORD_REDEEM);
    lua_setfield(L, -2, "command");
    set_str(L, "status", ts_cstr(ts_outcome_name(own->outcome.status)));
    const struct ts_json_node *root = s->payload.count ? ts_json_root(&s->payload) : NULL;
    const struct ts_json_node *properties = root;
    if (row->kind < TS_RECORD_REDEEM && root) /* of an event its content, of a command all that it says */
        properties =
            ts_json_get(&s->payload, root, row->kind == TS_RECORD_IDENTIFY ? TS_STR("traits") : TS_STR("properties"));
    if (properties) {
        kit_push_json(L, &s->payload, properties);
        lua_setfield(L, -2, "properties");
    }
    append(L);
}

static void add_row(lua_State *L, struct kit_shop *s, const struct ts_row *row, uint32_t n)
{
    struct ts_own_effects own;
    struct ts_effect e;
    struct ts_str read = {NULL, 0};
    uint32_t reader = 0;
    if (!ts_own_effects_open(&own, row, s->numbers, n)) return;
    ts_ms at = row->kind != TS_RECORD_SLICE && own.outcome.at ? own.outcome.at : row->time;
    if (own.mine) add_record(L, s, row, &own, at);
    while (ts_own_effects_next(&own, &e)) {
        if (e.op == TS_FX_SUBJECT && e.at) at = e.at;
        if (e.op == TS_FX_READ) {
            read = e.json;
            reader = UINT32_MAX;
        }
        if (!is_told(&e)) continue;
        if (reader == UINT32_MAX) reader = e.rule;
        new_item(L, row, at);
        set_effect(L, s, &e, reader == e.rule ? read : ts_str(NULL, 0));
        append(L);
    }
}

/* timeline(member [, from_record]) -> list */
int kit_lua_timeline(lua_State *L, struct kit_shop *s)
{
    uint32_t n;
    uint64_t member = ts_members_living(ts_engine_members(s->engine), (uint64_t)luaL_checkinteger(L, 2));
    uint64_t from = (uint64_t)luaL_optinteger(L, 3, 1);
    if (ts_member_numbers(s->engine, member, &s->numbers, &n, &s->err) != TS_OK)
        return luaL_error(L, "%s", s->err.text);
    lua_newtable(L);
    for (uint64_t i = from ? from - 1 : 0; i < ts_memory_host_rows(s->memory); i++)
        add_row(L, s, ts_memory_host_row(s->memory, i), n);
    return 1;
}
