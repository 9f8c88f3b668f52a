/* SPDX-License-Identifier: Apache-2.0 */
/* member:points "stars": available, pending, held, debt, expiring. All are whole numbers in the smallest unit and at
 * least zero; `debt` is what the member owes, `expiring` what of the available lapses within thirty days. */
#include "base/limits.h"
#include "rules/bind.h"
#include "rules/describe.h"

#define EXPIRING_DAYS 30

static int64_t spendable(const struct ts_member *m, uint32_t points, ts_ms t)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        struct ts_wallet *w = &m->profiles[i]->wallet;
        sum += ts_wallets_spendable(&w, 1, points, t);
    }
    return sum;
}

static int64_t expiring(lua_State *L, struct ts_rules *r, uint32_t points)
{
    const struct ts_call *call = r->call;
    ts_ms until = ts_time_add(r->program.zone, call->now, (struct ts_duration){.days = EXPIRING_DAYS});
    int64_t now = spendable(call->member, points, call->now);
    if (now) ts_reads_watch(L, ts_bind_today(r) + 1); /* tomorrow's thirty days are others */
    return now - spendable(call->member, points, until);
}

enum balance { BALANCE_AVAILABLE, BALANCE_PENDING, BALANCE_HELD, BALANCE_DEBT, BALANCE_EXPIRING };
static const struct ts_binding balances[] = {
    {"available", NULL, "read", "integer", "what can be spent now", BALANCE_AVAILABLE},
    {"pending", NULL, "read", "integer", "earned, and not to be spent yet", BALANCE_PENDING},
    {"held", NULL, "read", "integer", "set aside for a purchase that is not done", BALANCE_HELD},
    {"debt", NULL, "read", "integer", "what the member owes, as a number from 0 on", BALANCE_DEBT},
    {"expiring", NULL, "read", "integer", "what of the available lapses within thirty days", BALANCE_EXPIRING},
};
const struct ts_bindings ts_bindings_balance = TS_BINDINGS("balance", balances);

/* Upvalue 1: the declaration. */
static int points_index(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    const struct ts_call *call = ts_bind_call(L, r);
    const struct ts_points_decl *d = lua_touserdata(L, lua_upvalueindex(1));
    struct ts_str key = ts_bind_text(L, 2, "balance of points");
    ts_reads_item(L, TS_READ_POINTS, d->id);
    const struct ts_binding *b = ts_bindings_get(L, &ts_bindings_balance, key, "balance of points");
    struct ts_balance now = ts_member_balance(call->member, d->id);
    char part[32];
    int64_t value = 0;
    switch ((enum balance)b->field) {
    case BALANCE_AVAILABLE:
        value = spendable(call->member, d->id, call->now);
        break;
    case BALANCE_EXPIRING:
        value = expiring(L, r, d->id);
        break;
    case BALANCE_PENDING:
        value = now.pending;
        break;
    case BALANCE_HELD:
        value = now.held;
        break;
    case BALANCE_DEBT:
        value = -now.debt;
        break;
    }
    snprintf(part, sizeof part, ".%s", b->name);
    ts_reads_integer(L, "points.", d->name, part, value);
    lua_pushinteger(L, value);
    return 1;
}

/* Upvalue 1: readers by name. */
static int member_points(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_check_self(L, r, "points");
    ts_bind_text(L, 2, "name of the points");
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) TS_BIND_FIND(L, 2, "points", &r->program.points);
    return 1;
}

/* ---- points earned -------------------------------------------------------------------------------------------- */

/* They are counted where a function names them in member:earned, or tiers are decided by them. */
static bool is_counted(const struct ts_program *p, struct ts_str points)
{
    for (uint32_t i = 0; i < p->points.n; i++)
        if (p->points.at[i].earned_kept && ts_str_eq(p->points.at[i].name, points)) return true;
    for (uint32_t i = 0; i < p->tiers.n; i++)
        for (uint32_t k = 0; k < p->tiers.at[i].n_bases; k++) {
            const struct ts_tier_basis *b = &p->tiers.at[i].bases[k];
            if (b->kind == TS_BASIS_EARNED && ts_str_eq(b->name, points)) return true;
        }
    return false;
}

int64_t ts_bind_earned(lua_State *L, struct ts_rules *r, struct ts_str points, struct ts_window w)
{
    char name[sizeof TS_SERIES_EARNED + TS_LIMIT_NAME_BYTES];
    if (!is_counted(&r->program, points))
        luaL_error(L, "points earned are kept where a rule says member:earned(...) or tiers have them as their basis");
    int n = snprintf(name, sizeof name, TS_SERIES_EARNED TS_STR_FMT, TS_STR_ARG(points));
    uint32_t series = ts_names_find(r->call->names, TS_SPACE_SERIES, ts_str(name, (size_t)n));
    return series ? ts_bind_figure(L, r, series, 0, w).sum.sum : 0;
}

/* member:earned("stars", "12 months") */
static int member_earned(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    ts_bind_check_self(L, r, "earned");
    const struct ts_points_decl *d = TS_BIND_FIND(L, 2, "points", &r->program.points);
    struct ts_call_note note = {.before = "earned ", .name = d->name, .has_window = true, .type = TS_NOTE_INTEGER};
    note.window = ts_bind_window(L, r, 3);
    note.value.integer = ts_bind_earned(L, r, d->name, note.window);
    ts_reads_note(L, &note);
    lua_pushinteger(L, note.value.integer);
    return 1;
}

static const struct ts_binding points[] = {
    {"points", member_points, "read", "(name: string): balance", "the balances of these points", 0},
};
const struct ts_bindings ts_bindings_points = TS_BINDINGS("member", points);
static const struct ts_binding earned[] = {
    {"earned", member_earned, "read", "(points: string, window?: window): integer",
     "points earned in the window; kept where tiers have these points as their basis", 0},
};
const struct ts_bindings ts_bindings_earned = TS_BINDINGS("member", earned);

void ts_bind_points(lua_State *L, struct ts_rules *r)
{
    lua_newtable(L);
    for (uint32_t i = 0; i < r->program.points.n; i++) {
        lua_pushlightuserdata(L, &r->program.points.at[i]);
        lua_pushcclosure(L, points_index, 1);
        ts_bind_push_reader(L, "member:points");
        ts_bind_set(L, r->program.points.at[i].name);
    }
    ts_bindings_set(L, &ts_bindings_points, 1);
    ts_bindings_set(L, &ts_bindings_earned, 0);
}
