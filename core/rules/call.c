/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a rule's function: what goes in, what must come out, and what became of it. Every mistake of a rule ends
 * as a status with a message that is the same in every run. */
#include <math.h>

#include "base/limits.h"
#include "rules/bind.h"

void ts_call_result_init(struct ts_call_result *r)
{
    memset(r, 0, sizeof *r);
    r->watch = INT32_MAX;
    ts_arena_init(&r->arena);
}

void ts_call_result_release(struct ts_call_result *r)
{
    ts_vec_release(&r->asked);
    ts_vec_release(&r->reads);
    ts_vec_release(&r->notes);
    ts_arena_release(&r->arena);
}

static void result_clear(struct ts_call_result *r, bool keep_notes)
{
    r->status = TS_CALL_DONE;
    r->truth = false;
    r->amount = 0;
    r->asked.len = r->reads.len = 0;
    r->watch = INT32_MAX;
    r->message[0] = r->file[0] = '\0';
    r->line = 0;
    if (keep_notes) return; /* their texts are in the arena */
    r->notes.len = 0;
    ts_arena_reset(&r->arena);
}

/* ---- what came out -------------------------------------------------------------------------------------------- */

enum ts_points_fault ts_points_read(lua_State *L, int index, int64_t *ret)
{
    if (lua_isinteger(L, index)) {
        lua_Integer v = lua_tointeger(L, index);
        if (v < 0) return TS_POINTS_NEGATIVE;
        *ret = v;
        return v > TS_LIMIT_POINTS ? TS_POINTS_TOO_LARGE : TS_POINTS_FINE;
    }
    if (lua_type(L, index) != LUA_TNUMBER) return TS_POINTS_NO_NUMBER;
    double v = lua_tonumber(L, index);
    if (v != v) return TS_POINTS_NO_NUMBER;
    if (v > (double)TS_LIMIT_POINTS) return TS_POINTS_TOO_LARGE;
    if (v <= -0.5e-6) return TS_POINTS_NEGATIVE;
    /* 4.9999999 is what arithmetic on doubles makes of 5: to the nearest millionth first, then down, once. */
    double whole = floor(v);
    *ret = (int64_t)whole + (floor((v - whole) * 1e6 + 0.5) >= 1e6 ? 1 : 0);
    return TS_POINTS_FINE;
}

const char *ts_points_fault_text(enum ts_points_fault fault)
{
    switch (fault) {
    case TS_POINTS_NEGATIVE:
        return "below zero";
    case TS_POINTS_TOO_LARGE:
        return "more points than one award may have";
    default:
        return "not a number";
    }
}

/* The function that was called, for messages that are about its result or about a stop: where in it a stop came
 * differs from run to run, where it begins does not. */
static void blame_function(struct ts_rules *r, struct ts_call_result *ret)
{
    lua_Debug ar;
    lua_rawgeti(r->L, LUA_REGISTRYINDEX, r->functions[r->call->fn - 1]);
    if (!lua_isfunction(r->L, -1)) {
        lua_pop(r->L, 1);
        return;
    }
    if (!lua_getinfo(r->L, ">S", &ar) || ar.linedefined <= 0) return;
    snprintf(ret->file, sizeof ret->file, "%s", *ar.source == '@' || *ar.source == '=' ? ar.source + 1 : ar.source);
    ret->line = (uint32_t)ar.linedefined;
}

static void set_raised(struct ts_rules *r, struct ts_call_result *ret, const char *what, const char *got,
                       const char *hint)
{
    ret->status = TS_CALL_RAISED;
    snprintf(ret->message, sizeof ret->message, "%s gave %s%s", what, got, hint);
    blame_function(r, ret);
}

static void take_result(struct ts_rules *r, enum ts_fn_kind kind, struct ts_call_result *ret)
{
    lua_State *L = r->L;
    if (kind == TS_FN_WHEN) {
        ret->truth = lua_toboolean(L, -1);
        if (lua_isboolean(L, -1)) return;
        ret->truth = false;
        set_raised(r, ret, "'when' must return true or false; it",
                   lua_type(L, -1) == LUA_TNUMBER ? "a number" : luaL_typename(L, -1),
                   lua_type(L, -1) == LUA_TNUMBER ? " (in Lua 0 counts as true)" : "");
        return;
    }
    enum ts_points_fault fault = ts_points_read(L, -1, &ret->amount);
    if (fault == TS_POINTS_FINE) return;
    ret->amount = 0;
    set_raised(r, ret, "'amount' must return a number of points; it",
               lua_type(L, -1) == LUA_TNUMBER ? ts_points_fault_text(fault) : luaL_typename(L, -1), "");
}

static void take_failure(struct ts_rules *r, struct ts_call_result *ret)
{
    ret->status = r->guard.killed ? TS_CALL_STOPPED : TS_CALL_RAISED;
    ts_host_error(r, ret->message, sizeof ret->message, ret->file, sizeof ret->file, &ret->line);
    if (!ret->file[0]) blame_function(r, ret);
    if (ret->status == TS_CALL_STOPPED)
        ts_hint_stopped(r, ret);
    else
        ts_hint_raised(r, ret->message, sizeof ret->message);
    ret->asked.len = 0; /* a rule that fails has no effect at all */
}

/* ---- the call ------------------------------------------------------------------------------------------------- */

enum ts_code ts_rules_call(struct ts_rules *r, enum ts_fn_kind kind, const struct ts_call *call,
                           struct ts_call_result *ret)
{
    lua_State *L = r->L;
    result_clear(ret, call->more_notes);
    if (r->broken) return TS_E_MEMORY;
    if (r->loading || call->fn == 0 || call->fn > r->n_functions) return TS_E_INTERNAL;
    r->call = call;
    r->result = ret;
    r->kind = kind;
    r->rng.state = call->seed;
    ts_bind_event_begin(r, call->event);
    if (r->options.gc_mode == 2) lua_gc(L, LUA_GCCOLLECT);

    int nargs = 1;
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->functions[call->fn - 1]);
    lua_pushvalue(L, TS_HOST_MEMBER);
    if (call->event) {
        lua_pushvalue(L, TS_HOST_EVENT);
        nargs = 2;
    }
    int status = ts_host_enter(r, nargs, kind == TS_FN_ACT ? 0 : 1, TS_LIMIT_LUA_CALL_BYTES);
    if (status != LUA_OK)
        take_failure(r, ret);
    else if (kind != TS_FN_ACT)
        take_result(r, kind, ret);
    lua_settop(L, TS_HOST_BASE);
    r->call = NULL;
    r->result = NULL;
    return r->broken ? TS_E_MEMORY : TS_OK;
}

void ts_rules_begin(struct ts_rules *r)
{
    r->serial++;
    ts_bind_event_forget(r);
}

enum ts_code ts_rules_bound(struct ts_rules *r, struct ts_error *err)
{
    enum ts_code code = ts_host_bind(r, err);
    if (code == TS_OK) lua_gc(r->L, LUA_GCCOLLECT); /* what loading left behind */
    /* No pause, and steps of any size: each allocation that looks at the collector runs it to the end. */
    if (code == TS_OK && r->options.gc_mode == 3) lua_gc(r->L, LUA_GCINC, 1, 400, 63);
    return code;
}
