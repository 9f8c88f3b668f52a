/* SPDX-License-Identifier: Apache-2.0 */
/* Sliding expiry: an event that the points name moves the expiry of every live lot of them to where a lot that became active with it would have its
 * own; never earlier than it was, never past the hard limit counted from the lot's activation. What is over is not revived: due work
 * comes before every record. */
#include "engine/internal.h"

static ts_ms boundary(const struct ts_engine *e, const struct ts_points_decl *d, ts_ms from, struct ts_duration after)
{
    const struct ts_zone *z = e->bind.program->zone;
    return ts_time_end_of(z, ts_time_add(z, from, after), (enum ts_boundary)d->expire_at);
}

static bool extend_lot(struct ts_engine *e, const struct ts_points_decl *d, const struct ts_profile *p,
                       const struct ts_lot *lot, ts_ms until)
{
    if (lot->points != d->id || lot->expires <= e->run.now || lot->expires >= until) return false;
    ts_ms latest = boundary(e, d, lot->activates, d->at_latest);
    if (until > latest) until = latest;
    if (lot->expires >= until) return false;
    struct ts_effect fx = {.op = TS_FX_EXTEND,
                           .rule = d->rule,
                           .name = d->id,
                           .profile = p->number,
                           .lot = lot->id,
                           .amount = lot->remaining,
                           .until = until};
    return ts_do(e, &fx);
}

/* A retry runs one declaration again; what the event extended, it extended then. */
void ts_extend_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev)
{
    struct ts_member *m = ts_run_member(e);
    for (uint32_t i = 0; i < l->extends.len && !e->run.only.ptr && !e->run.failed; i++) {
        const struct ts_points_decl *d = l->extends.at[i];
        ts_ms until = boundary(e, d, ev->at, d->expire_after);
        bool any = false;
        for (uint32_t k = 0; k < m->n; k++)
            for (uint32_t x = 0; x < m->profiles[k]->wallet.lots.len && !e->run.failed; x++)
                any |= extend_lot(e, d, m->profiles[k], &m->profiles[k]->wallet.lots.at[x], until);
        if (any && d->n_notices) ts_set_notice(e, d, true);
    }
}
