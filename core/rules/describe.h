/* SPDX-License-Identifier: Apache-2.0 */
/* What rules can call and read, described where it is bound: each method and field of `member`, `event` and what hangs
 * off them is one row of a table, and the table is what binds it. The reference page, the editor's files and luacheck's
 * std are made from these rows (`tessera rules words --json`), so there is nothing to keep in step. */
#ifndef TS_RULES_DESCRIBE_H
#define TS_RULES_DESCRIBE_H

#include "rules/host.h"

struct ts_binding {
    const char *name;
    lua_CFunction fn; /* NULL: a field, which its reader answers by `field` */
    /* As an editor reads it: a method's parameters and results "(name: string, keep?: duration): boolean", without
     * `self`; a field's type. Names of owners are types; so are duration, window, date, money. */
    const char *kind; /* where the reference shows it: "read", "effect", "time", "program" */
    const char *signature;
    const char *text; /* one line, begins small, no full stop */
    int field;        /* of a field: the reader's own number for it */
};
struct ts_bindings {
    const char *owner; /* "member", "event", "time", "tier", "points", "program"; "" for what stands alone */
    const struct ts_binding *at;
    size_t n;
};
#define TS_BINDINGS(owner, rows)                                                                                       \
    {                                                                                                                  \
        owner, rows, TS_ARRAY_LEN(rows)                                                                                \
    }

/* All of them; a table that is not here is found missing by the tests. */
extern const struct ts_bindings *const ts_bindings_all[];
extern const size_t ts_bindings_all_n;
/* Where they stand. */
extern const struct ts_bindings ts_bindings_member, ts_bindings_globals, ts_bindings_program, /* bind.c */
    ts_bindings_effects,                                                                      /* bind_effects.c */
    ts_bindings_event,                                                                        /* bind_event.c */
    ts_bindings_fields,                                                                       /* bind_fields.c */
    ts_bindings_counts, ts_bindings_measure, ts_bindings_figure, ts_bindings_usual,           /* bind_measure.c */
    ts_bindings_points, ts_bindings_earned, ts_bindings_balance,                              /* bind_points.c */
    ts_bindings_tiers, ts_bindings_tier,                                                      /* bind_tiers.c */
    ts_bindings_time;                                                                         /* bind_time.c */

/* [table] [n upvalues] -> [table]: set the functions of the rows, each with the same upvalues. */
void ts_bindings_set(lua_State *L, const struct ts_bindings *b, int upvalues);
/* The row of that name; NULL: there is none. */
const struct ts_binding *ts_bindings_find(const struct ts_bindings *b, struct ts_str name);
/* The same, but raises "unknown WHAT 'name'; did you mean 'best'?". */
const struct ts_binding *ts_bindings_get(lua_State *L, const struct ts_bindings *b, struct ts_str name,
                                         const char *what);
void ts_bindings_offer(const struct ts_bindings *b, struct ts_near *near);

#endif
