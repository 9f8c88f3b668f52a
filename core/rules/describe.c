/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all binding tables, and the searches in one. */
#include "rules/describe.h"

#include "rules/bind.h"

const struct ts_bindings *const ts_bindings_all[] = {
    &ts_bindings_globals, &ts_bindings_program, &ts_bindings_event,  &ts_bindings_time,
    &ts_bindings_member,  &ts_bindings_fields,  &ts_bindings_tiers,  &ts_bindings_tier,
    &ts_bindings_measure, &ts_bindings_counts,  &ts_bindings_points, &ts_bindings_earned,
    &ts_bindings_balance, &ts_bindings_figure,  &ts_bindings_usual,  &ts_bindings_effects,
};
const size_t ts_bindings_all_n = TS_ARRAY_LEN(ts_bindings_all);

void ts_bindings_set(lua_State *L, const struct ts_bindings *b, int upvalues)
{
    luaL_checkstack(L, upvalues + 1, "bindings");
    for (size_t i = 0; i < b->n; i++) {
        if (!b->at[i].fn) continue;
        for (int u = 0; u < upvalues; u++)
            lua_pushvalue(L, -upvalues);
        lua_pushcclosure(L, b->at[i].fn, upvalues);
        lua_setfield(L, -upvalues - 2, b->at[i].name);
    }
    lua_pop(L, upvalues);
}

const struct ts_binding *ts_bindings_find(const struct ts_bindings *b, struct ts_str name)
{
    for (size_t i = 0; i < b->n; i++)
        if (ts_str_eq(name, ts_cstr(b->at[i].name))) return &b->at[i];
    return NULL;
}

void ts_bindings_offer(const struct ts_bindings *b, struct ts_near *near)
{
    for (size_t i = 0; i < b->n; i++)
        ts_near_offer(near, ts_cstr(b->at[i].name));
}

const struct ts_binding *ts_bindings_get(lua_State *L, const struct ts_bindings *b, struct ts_str name,
                                         const char *what)
{
    const struct ts_binding *found = ts_bindings_find(b, name);
    if (found) return found;
    struct ts_near near;
    ts_near_begin(&near, name);
    ts_bindings_offer(b, &near);
    ts_bind_unknown(L, what, &near);
}
