/* SPDX-License-Identifier: Apache-2.0 */
/* Measures as methods of `member`: member:spend "12 months", member:bought("lens", "1 year"), and what counts an event:
 * member:did, member:since. */
#include <math.h>

#include "rules/bind.h"
#include "rules/describe.h"

struct ts_figure ts_bind_figure(lua_State *L, struct ts_rules *r, uint32_t series, uint32_t by, struct ts_window w)
{
    struct ts_figure f = {.last_at = TS_MS_MIN};
    ts_day from, to, today = ts_bind_today(r);
    ts_window_days(w, today, &from, &to);
    f.any = ts_member_window(r->call->member, series, by, from, to, &f.sum, &f.last_at);
    if (!f.any) f = (struct ts_figure){.last_at = TS_MS_MIN};
    if (r->call->track_reads) {
        ts_reads_item(L, TS_READ_SERIES, series);
        if (f.any) ts_reads_watch_window(L, w, today, &f.sum, f.last_at);
    }
    return f;
}

/* ---- a figure of a measure ------------------------------------------------------------------------------------ */

static void note_figure(lua_State *L, const struct ts_measure *m, struct ts_str by, struct ts_window w, int64_t value)
{
    struct ts_call_note note = {.before = "", .name = m->name, .part = by, .has_window = true, .window = w};
    if (m->unit == TS_UNIT_NUMBER) {
        note.type = TS_NOTE_NUMBER;
        note.value.number = (double)value / 1e6;
    } else {
        note.type = TS_NOTE_INTEGER;
        note.value.integer = value;
    }
    ts_reads_note(L, &note);
}

static void push_figure(lua_State *L, const struct ts_measure *m, int64_t value)
{
    if (m->unit == TS_UNIT_NUMBER)
        ts_bind_push_micros(L, value);
    else
        lua_pushinteger(L, value);
}

static int64_t figure_value(const struct ts_measure *m, const struct ts_sum *s)
{
    return m->sum.ptr ? s->sum : s->count;
}

/* The number that a value of `by` has; values are named by their text, numbers by their shortest one. */
static struct ts_str by_text(lua_State *L, int arg, const struct ts_measure *m)
{
    if (lua_type(L, arg) == LUA_TNUMBER) {
        char text[40];
        if (lua_isinteger(L, arg))
            snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(L, arg));
        else
            ts_format_double(lua_tonumber(L, arg), text, sizeof text);
        lua_pushstring(L, text);
        lua_replace(L, arg);
    } else if (lua_type(L, arg) == LUA_TBOOLEAN) {
        lua_pushstring(L, lua_toboolean(L, arg) ? "true" : "false");
        lua_replace(L, arg);
    } else if (lua_type(L, arg) != LUA_TSTRING) {
        luaL_error(L, "'%s' is kept by %s: say which one first, as in member:%s(\"...\", \"12 months\")",
                   lua_pushlstring(L, m->name.ptr, m->name.len), lua_pushlstring(L, m->by.ptr, m->by.len),
                   lua_pushlstring(L, m->name.ptr, m->name.len));
    }
    return ts_bind_text(L, arg, "value");
}

/* What push_by gives. */
static const struct ts_binding figure_fields[] = {
    {"count", NULL, "read", "integer", "how many times in the window", 0},
    {"sum", NULL, "read", "number", "what the measure adds up, in its unit", 0},
    {"first", NULL, "read", "date", "the first day on which it was counted", 0},
    {"last", NULL, "read", "date", "the last day on which it was counted", 0},
};
const struct ts_bindings ts_bindings_figure = TS_BINDINGS("figure", figure_fields);

/* member:bought("lens", window): false, or what there is of it. */
static int push_by(lua_State *L, struct ts_rules *r, const struct ts_measure *m, int arg)
{
    if (lua_gettop(L) < arg) lua_settop(L, arg);
    struct ts_str value = by_text(L, arg, m);
    struct ts_window w = ts_bind_window(L, r, arg + 1);
    uint32_t by = r->call->names ? ts_names_find(r->call->names, TS_SPACE_BY, value) : 0;
    struct ts_figure f = {.any = false};
    if (by)
        f = ts_bind_figure(L, r, m->id, by, w);
    else
        ts_reads_item(L, TS_READ_SERIES, m->id);
    note_figure(L, m, value, w, figure_value(m, &f.sum));
    if (f.sum.count == 0 && f.sum.sum == 0) {
        lua_pushboolean(L, 0);
        return 1;
    }
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, f.sum.count);
    lua_setfield(L, -2, "count");
    push_figure(L, m, f.sum.sum);
    lua_setfield(L, -2, "sum");
    ts_bind_date(L, f.sum.first_day);
    lua_setfield(L, -2, "first");
    ts_bind_date(L, f.sum.last_day);
    lua_setfield(L, -2, "last");
    return 1;
}

static int push_measure(lua_State *L, struct ts_rules *r, const struct ts_measure *m, int arg)
{
    if (m->by.ptr) return push_by(L, r, m, arg);
    struct ts_window w = ts_bind_window(L, r, arg);
    struct ts_figure f = ts_bind_figure(L, r, m->id, 0, w);
    int64_t value = figure_value(m, &f.sum);
    note_figure(L, m, (struct ts_str){NULL, 0}, w, value);
    push_figure(L, m, value);
    return 1;
}

/* Upvalue 1: the measure. */
static int member_figure(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    const struct ts_measure *m = lua_touserdata(L, lua_upvalueindex(1));
    if (lua_touserdata(L, 1) != r->bind->member_self || !r->call)
        ts_bind_check_self(L, r, lua_pushlstring(L, m->name.ptr, m->name.len));
    return push_measure(L, r, m, 2);
}

/* Upvalue 1: measures by name. */
static int member_measure(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_check_self(L, r, "measure");
    ts_bind_text(L, 2, "measure");
    const struct ts_measure *m = ts_bind_lookup(L, lua_upvalueindex(1), 2);
    if (!m) m = TS_BIND_FIND(L, 2, "measure", &r->program.measures);
    return push_measure(L, r, m, 3);
}

/* ---- events --------------------------------------------------------------------------------------------------- */

/* The measure that counts the event in argument 2. Upvalue 1: by event. */
static const struct ts_measure *counter(lua_State *L, struct ts_rules *r)
{
    ts_bind_text(L, 2, "event");
    const struct ts_measure *m = ts_bind_lookup(L, lua_upvalueindex(1), 2);
    if (m) return m;
    const struct ts_event_decl *e = TS_BIND_FIND(L, 2, "event", &r->program.events);
    luaL_error(L, "nothing counts the event '%s'; declare a measure: measure \"...\" { on = \"%s\" }",
               lua_pushlstring(L, e->name.ptr, e->name.len), lua_pushlstring(L, e->name.ptr, e->name.len));
    return NULL;
}

static int member_did(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_check_self(L, r, "did");
    const struct ts_measure *m = counter(L, r);
    struct ts_call_note note = {.before = "did ", .name = m->on[0], .has_window = true, .type = TS_NOTE_BOOLEAN};
    note.window = ts_bind_window(L, r, 3);
    struct ts_figure f = ts_bind_figure(L, r, m->id, 0, note.window);
    note.value.boolean = f.sum.count > 0;
    ts_reads_note(L, &note);
    lua_pushboolean(L, f.sum.count > 0);
    return 1;
}

static int member_since(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_check_self(L, r, "since");
    const struct ts_measure *m = counter(L, r);
    struct ts_figure f = ts_bind_figure(L, r, m->id, 0, (struct ts_window){.kind = TS_WINDOW_LIFETIME});
    if (f.sum.count <= 0) {
        ts_reads_text(L, "since ", m->on[0], NULL, (struct ts_str){NULL, 0});
        lua_pushnumber(L, HUGE_VAL);
        return 1;
    }
    ts_day today = ts_bind_today(r), last = ts_bind_day(r, f.last_at);
    if (f.sum.last_day < last) last = f.sum.last_day; /* what came last was taken back */
    int64_t days = last < today ? (int64_t)today - last : 0;
    ts_reads_item(L, TS_READ_NOW, 0);
    ts_reads_watch(L, today + 1);
    ts_reads_integer(L, "since ", m->on[0], NULL, days);
    lua_pushinteger(L, days);
    return 1;
}

static bool counts_event(const struct ts_measure *m)
{
    return m->n_on == 1 && !m->sum.ptr && !m->each.ptr && !m->by.ptr && !m->where.n;
}

static const struct ts_binding counts[] = {
    {"did", member_did, "read", "(event: string, window?: window): boolean",
     "whether the member did this in the window, ever when none is said", 0},
    {"since", member_since, "read", "(event: string): number",
     "whole days since the member last did this, math.huge if never", 0},
};
const struct ts_bindings ts_bindings_counts = TS_BINDINGS("member", counts);
static const struct ts_binding measure[] = {
    {"measure", member_measure, "read",
     "(name: string, window_or_value?: window|string, window?: window): number|figure|false",
     "a measure by its name, whatever it is called: member:measure(\"spend\", \"12 months\")", 0},
    {"usual", ts_bind_usual, "read", "(measure: string, window?: window): usual|false",
     "of a measure kept `by` something: the value met most often in the window; false when there is none", 0},
};
const struct ts_bindings ts_bindings_measure = TS_BINDINGS("member", measure);

void ts_bind_measures(lua_State *L, struct ts_rules *r)
{
    const struct ts_program *p = &r->program;
    lua_newtable(L); /* by event; a measure made for this purpose wins */
    for (int implicit = 0; implicit < 2; implicit++) {
        for (uint32_t i = 0; i < p->measures.n; i++) {
            const struct ts_measure *m = &p->measures.at[i];
            if (!counts_event(m) || m->implicit != implicit) continue;
            lua_pushlightuserdata(L, &p->measures.at[i]);
            ts_bind_set(L, m->on[0]);
        }
    }
    for (uint32_t i = 0; i < p->measures.n; i++) {
        if (p->measures.at[i].implicit) continue;
        lua_pushlightuserdata(L, &p->measures.at[i]);
        lua_pushcclosure(L, member_figure, 1);
        lua_pushlstring(L, p->measures.at[i].name.ptr, p->measures.at[i].name.len);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
    ts_bindings_set(L, &ts_bindings_counts, 1);
    TS_BIND_PUSH_MAP(L, &p->measures);
    ts_bindings_set(L, &ts_bindings_measure, 1);
}
