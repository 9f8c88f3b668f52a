/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to a member, newest first, as short sentences. */
#ifndef TS_COMMAND_TIMELINE_H
#define TS_COMMAND_TIMELINE_H

#include "command/effects.h"
#include "command/session.h"

struct ts_timeline_item {
    uint64_t record;
    ts_ms at;
    struct ts_str what; /* in the timeline's arena */
    bool effect;        /* of the record above it in time; false: the record itself */
};
struct ts_timeline {
    TS_VEC(struct ts_timeline_item) items;
    struct ts_arena arena;
};
/* The last `limit` items of a member. */
enum ts_code ts_timeline_read(struct ts_session *s, uint64_t member, uint32_t limit, struct ts_timeline *ret);
void ts_timeline_release(struct ts_timeline *t);

/* Walks the effects of an outcome that are a member's: those of its own records, and of slices only what stands under its number. */
struct ts_own_effects {
    struct ts_outcome outcome;
    bool mine, bad;
    const uint64_t *numbers; /* of the member's profiles */
    uint32_t n;
};
bool ts_own_effects_open(struct ts_own_effects *o, const struct ts_row *row, const uint64_t *numbers, uint32_t n);
bool ts_own_effects_next(struct ts_own_effects *o, struct ts_effect *ret);
/* The numbers of all profiles of a living member; release with ts_free. */
enum ts_code ts_member_numbers(struct ts_engine *e, uint64_t member, uint64_t **ret, uint32_t *ret_n,
                               struct ts_error *err);

#endif
