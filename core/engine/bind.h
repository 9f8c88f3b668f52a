/* SPDX-License-Identifier: Apache-2.0 */
/* Inside binding: bind.c gives every declaration its numbers, by names that bind_names.c makes, and puts its conditions into the
 * index of bind_reads.c. *ok becomes false where memory was short. */
#ifndef TS_ENGINE_BIND_H
#define TS_ENGINE_BIND_H

#include "engine/internal.h"

/* bind_names.c */
uint32_t ts_intern(struct ts_engine *e, enum ts_space space, struct ts_str text, bool *ok);
uint32_t ts_intern_rule(struct ts_engine *e, const char *kind, struct ts_str name, const struct ts_origin *o, bool *ok);
uint32_t ts_intern_funded(struct ts_engine *e, const char *kind, struct ts_str name, const struct ts_origin *o,
                          struct ts_str funder, bool *ok);
uint32_t ts_intern_series(struct ts_engine *e, const struct ts_measure *m, bool *ok);
uint32_t ts_intern_cap(struct ts_engine *e, const char *kind, struct ts_str name, bool *ok);
uint32_t ts_intern_reached(struct ts_engine *e, const struct ts_milestone_decl *d, bool *ok);
uint32_t ts_intern_earned(struct ts_engine *e, struct ts_str points, bool *ok);
uint32_t ts_intern_segment(struct ts_engine *e, struct ts_str segment, bool *ok);

/* bind_reads.c */
void ts_condition_add(struct ts_engine *e, struct ts_condition condition, bool *ok);
bool ts_condition_index(struct ts_engine *e); /* what was read before, once all conditions are there */

#endif
