/* SPDX-License-Identifier: Apache-2.0 */
/* member:usual("lenses", "12 months"): the value that a measure kept `by` something met most often, as
 * { value, count, share, in_a_row }, or false. For "the same lens for long" and "his usual coffee". */
#include "rules/bind.h"
#include "rules/describe.h"

/* What it gives. */
static const struct ts_binding usual_fields[] = {
    {"value", NULL, "read", "string", "the value met most often", 0},
    {"count", NULL, "read", "integer", "how many times in the window", 0},
    {"share", NULL, "read", "number", "its share of all in the window, 0 to 1", 0},
    {"in_a_row", NULL, "read", "integer", "how many times it was this one since any other", 0},
};
const struct ts_bindings ts_bindings_usual = TS_BINDINGS("usual", usual_fields);

/* What is known of the values while they are gone through. */
struct usual {
    int64_t total; /* occurrences of all values inside the window */
    uint32_t by;   /* the most frequent one; 0: none yet */
    struct ts_str name;
    struct ts_sum sum;
    ts_day others_last; /* the last day on which any other value occurred; DAY_NONE: never */
};

#define DAY_NONE INT32_MIN

/* More often; as often, but more lately; or else the first by name, so that one answer is right. */
static bool goes_before(const struct ts_sum *a, struct ts_str a_name, const struct usual *u)
{
    if (!u->by) return true;
    if (a->count != u->sum.count) return a->count > u->sum.count;
    if (a->last_day != u->sum.last_day) return a->last_day > u->sum.last_day;
    return ts_str_cmp(a_name, u->name) < 0;
}

static void take(struct usual *u, uint32_t by, struct ts_str name, const struct ts_sum *sum)
{
    if (sum->count <= 0) return; /* nothing in the window, or all of it was taken back */
    u->total += sum->count;
    ts_day loser = sum->last_day;
    if (goes_before(sum, name, u)) {
        loser = u->by ? u->sum.last_day : DAY_NONE;
        u->by = by;
        u->name = name;
        u->sum = *sum;
    }
    if (loser > u->others_last) u->others_last = loser;
}

/* Has an earlier profile of the member this series too? Then it was looked at there: a figure is that of the union. */
static bool seen_before(const struct ts_member *m, uint32_t profile, uint32_t series, uint32_t by)
{
    struct ts_series s;
    for (uint32_t i = 0; i < profile; i++)
        if (ts_series_find(m->profiles[i]->series.data, m->profiles[i]->series.len, series, by, &s)) return true;
    return false;
}

static void find(lua_State *L, struct ts_rules *r, const struct ts_measure *m, struct ts_window w, struct usual *u)
{
    const struct ts_member *member = r->call->member;
    ts_reads_item(L, TS_READ_SERIES, m->id); /* also when there is nothing yet */
    for (uint32_t i = 0; i < member->n; i++) {
        const struct ts_buf *set = &member->profiles[i]->series;
        size_t pos = 0;
        struct ts_series s;
        while (ts_series_next(set->data, set->len, &pos, &s)) {
            ts_host_charge(L, 20);
            if (s.id != m->id || s.by == 0 || seen_before(member, i, s.id, s.by)) continue;
            struct ts_figure f = ts_bind_figure(L, r, m->id, s.by, w);
            take(u, s.by, ts_names_text(r->call->names, TS_SPACE_BY, s.by), &f.sum);
        }
    }
}

/* How many times it was this one, counted back from today to the last day that had any other. */
static int64_t in_a_row(struct ts_rules *r, const struct ts_measure *m, struct ts_window w, const struct usual *u)
{
    ts_day from, to;
    ts_window_days(w, ts_bind_today(r), &from, &to);
    if (u->others_last == DAY_NONE) return u->sum.count;
    if (u->others_last >= u->sum.last_day) return 0;
    if (from <= u->others_last) from = u->others_last + 1;
    struct ts_sum sum = {0};
    return ts_member_window(r->call->member, m->id, u->by, from, to, &sum, NULL) ? sum.count : 0;
}

/* Upvalue 1: measures by name. */
int ts_bind_usual(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_check_self(L, r, "usual");
    ts_bind_text(L, 2, "measure");
    const struct ts_measure *m = ts_bind_lookup(L, lua_upvalueindex(1), 2);
    if (!m) m = TS_BIND_FIND(L, 2, "measure", &r->program.measures);
    if (!m->by.ptr)
        return luaL_error(L,
                          "member:usual wants a measure that is kept by something, and '%s' is one figure; declare "
                          "it with by = \"...\"",
                          lua_pushlstring(L, m->name.ptr, m->name.len));
    struct usual u = {.others_last = DAY_NONE};
    struct ts_call_note note = {.before = "usual ", .name = m->name, .has_window = true, .type = TS_NOTE_NONE};
    note.window = ts_bind_window(L, r, 3);
    if (r->call->names) find(L, r, m, note.window, &u);
    if (u.by) {
        note.type = TS_NOTE_TEXT;
        note.value.text = u.name;
    }
    ts_reads_note(L, &note);
    if (!u.by) {
        lua_pushboolean(L, 0);
        return 1;
    }
    lua_createtable(L, 0, 4);
    lua_pushlstring(L, u.name.ptr, u.name.len);
    lua_setfield(L, -2, "value");
    lua_pushinteger(L, u.sum.count);
    lua_setfield(L, -2, "count");
    lua_pushnumber(L, (double)u.sum.count / (double)u.total);
    lua_setfield(L, -2, "share");
    lua_pushinteger(L, in_a_row(r, m, note.window, &u));
    lua_setfield(L, -2, "in_a_row");
    return 1;
}
