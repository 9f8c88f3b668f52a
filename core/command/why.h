/* SPDX-License-Identifier: Apache-2.0 */
/* Why something about a member is as it is: every change with its cause. Movements of points come from the ledger, everything else from
 * outcomes; what a rule read, or the factors of an earning, come from the outcome. */
#ifndef TS_COMMAND_WHY_H
#define TS_COMMAND_WHY_H

#include "command/effects.h"
#include "command/session.h"

struct ts_why_move { /* a transaction of the member, reduced to what it meant for it */
    uint64_t id, record, lot, of;
    uint32_t points, rule;
    uint8_t movement;
    int64_t amount;  /* what moved: the size of the movement in the member's accounts */
    int64_t balance; /* all of the member's accounts of that currency, afterwards */
    ts_ms at;
    struct ts_str note;
    bool shown;
};
typedef TS_VEC(struct ts_why_move) ts_why_moves;

/* Read the member's movements, in order of record. `arena` keeps the notes. */
enum ts_code ts_why_moves_read(struct ts_session *s, const uint64_t *numbers, uint32_t n, struct ts_arena *arena,
                               ts_why_moves *ret);

#endif
