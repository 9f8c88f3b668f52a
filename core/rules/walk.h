/* SPDX-License-Identifier: Apache-2.0 */
/* Inside load and walk_*.c: reading the tables that scripts/lang/finish.lua made. The table that is read is always the
 * one on top of the Lua stack. Text and arrays are copied into the program's arena. All of it runs protected: what
 * fails raises. */
#ifndef TS_RULES_WALK_H
#define TS_RULES_WALK_H

#include "rules/host.h"

struct ts_walk {
    struct ts_rules *r;
    lua_State *L;
    struct ts_program *p;
    bool *memory; /* set when an allocation of ours failed: the error that is raised means TS_E_MEMORY */
};

_Noreturn void ts_walk_no_memory(struct ts_walk *w);
void *ts_walk_alloc(struct ts_walk *w, size_t n, size_t size); /* zeroed, in the arena; NULL only for n 0 */

/* Push the table in field `key` and return true; push nothing when there is none. */
bool ts_walk_push(struct ts_walk *w, const char *key);
bool ts_walk_has(struct ts_walk *w, const char *key);
struct ts_str ts_walk_str(struct ts_walk *w, const char *key); /* ptr NULL: none */
bool ts_walk_bool(struct ts_walk *w, const char *key);
int64_t ts_walk_int(struct ts_walk *w, const char *key, int64_t otherwise);
double ts_walk_number(struct ts_walk *w, const char *key, double otherwise);
struct ts_decimal ts_walk_decimal(struct ts_walk *w, const char *key, int64_t otherwise);
struct ts_duration ts_walk_duration(struct ts_walk *w, const char *key); /* zero: none */
struct ts_window ts_walk_window(struct ts_walk *w, const char *key);     /* lifetime when there is none */
uint32_t ts_walk_function(struct ts_walk *w, const char *key);           /* handle, 0: none */
/* The place of the text in `words` (ending in NULL), `otherwise` when there is none. */
unsigned ts_walk_choice(struct ts_walk *w, const char *key, const char *const *words, unsigned otherwise);
struct ts_origin ts_walk_origin(struct ts_walk *w);
const struct ts_str *ts_walk_strs(struct ts_walk *w, const char *key, uint32_t *ret_n);
struct ts_during ts_walk_during(struct ts_walk *w);
struct ts_at_most ts_walk_at_most(struct ts_walk *w);
struct ts_where_list ts_walk_where(struct ts_walk *w); /* walk_where.c */
const struct ts_factor_field *ts_walk_factor_fields(struct ts_walk *w, uint32_t *ret_n);
/* A list of tables: `read` gets each item, zeroed, with its table on top of the stack. */
typedef void ts_walk_read(struct ts_walk *w, void *item);
void *ts_walk_list(struct ts_walk *w, const char *key, size_t size, ts_walk_read *read, uint32_t *ret_n);
#define TS_WALK_ARRAY(w, key, array, read) ((array)->at = ts_walk_list(w, key, sizeof *(array)->at, read, &(array)->n))

/* Each reads its part of the table on top into w->p. */
void ts_walk_plan(struct ts_walk *w);    /* walk_plan.c: program, events, identifiers, blocked, traits */
void ts_walk_figures(struct ts_walk *w); /* walk_figures.c: measures, scores, tags, segments */
void ts_walk_points(struct ts_walk *w);  /* walk_points.c: points, earns, bonuses, rules */
void ts_walk_tiers(struct ts_walk *w);   /* walk_tiers.c */
void ts_walk_refunds(struct ts_walk *w); /* walk_refunds.c */
void ts_walk_credit(struct ts_walk *w);  /* walk_credit.c: milestones, attributions */

#endif
