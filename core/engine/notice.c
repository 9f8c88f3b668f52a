/* SPDX-License-Identifier: Apache-2.0 */
/* Points that are about to expire: so long before each expiry as the points say, the member is told how many they are. Once for an expiry and a
 * span: what comes after the notice of its own expiry is not announced again. Of each kind of points the member keeps one instant, the
 * next notice, as a watch; spending does not move it, so it may come to nothing. */
#include "engine/internal.h"

/* Notices get their numbers when they are first needed, by an effect: journals of engine 1, which gave none, name with the numbers that
 * binding gives, and these must stay as they were. */
void ts_bind_notices(struct ts_engine *e)
{
    for (uint32_t i = 0; i < e->bind.program->points.n; i++) {
        struct ts_points_decl *d = &e->bind.program->points.at[i];
        if (!d->n_notices) continue;
        d->notice = ts_names_find(e->names, TS_SPACE_CONDITION, ts_notice_text(e, d->name));
        if (!d->n_extended_by)
            d->rule = ts_names_find(e->names, TS_SPACE_RULE, ts_rule_text(e, "points", d->name, &d->origin));
    }
}

static uint32_t notice_of(struct ts_engine *e, const struct ts_points_decl *d, bool make)
{
    if (d->notice) return d->notice;
    struct ts_str text = ts_notice_text(e, d->name);
    return make ? ts_name_for(e, TS_SPACE_CONDITION, text) : ts_names_find(e->names, TS_SPACE_CONDITION, text);
}

static uint32_t rule_of(struct ts_engine *e, const struct ts_points_decl *d)
{
    return d->rule ? d->rule : ts_name_for(e, TS_SPACE_RULE, ts_rule_text(e, "points", d->name, &d->origin));
}

static ts_ms announced(const struct ts_engine *e, ts_ms expires, struct ts_duration span)
{
    return ts_time_add(e->bind.program->zone, expires,
                       (struct ts_duration){.months = -span.months, .days = -span.days, .ms = -span.ms});
}

/* The first notice after `now` of lots made after transaction `after`. Neighbours mostly have one expiry. */
static ts_ms next_notice(struct ts_engine *e, const struct ts_points_decl *d, uint64_t after)
{
    struct ts_member *m = ts_run_member(e);
    ts_ms next = TS_NEVER, seen = TS_NEVER;
    for (uint32_t i = 0; i < m->n; i++) {
        const struct ts_wallet *w = &m->profiles[i]->wallet;
        for (uint32_t k = w->lots.len; k > 0 && w->lots.at[k - 1].id > after; k--) {
            const struct ts_lot *lot = &w->lots.at[k - 1];
            if (lot->points != d->id || lot->expires == seen || lot->expires == TS_NEVER) continue;
            seen = lot->expires;
            for (uint32_t s = 0; s < d->n_notices; s++) {
                ts_ms at = announced(e, seen, d->notices[s]);
                if (at > e->run.now && at < next) next = at;
            }
        }
    }
    return next;
}

/* Lots that were there before are in the watch already, unless `all` says otherwise. */
void ts_set_notice(struct ts_engine *e, const struct ts_points_decl *d, bool all)
{
    ts_ms next = next_notice(e, d, all ? 0 : e->run.ledger.transactions);
    uint32_t notice = next == TS_NEVER ? 0 : notice_of(e, d, true);
    if (notice && next < ts_watch_of(e, notice)) ts_set_watch(e, notice, next);
}

void ts_look_at_notices(struct ts_engine *e, bool all)
{
    const struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->points.n && !e->run.failed; i++) {
        const struct ts_points_decl *d = &p->points.at[i];
        bool changed = all && d->n_notices;
        for (uint32_t k = 0; k < e->run.changed.len && d->n_notices; k++)
            changed |= e->run.changed.at[k] == TS_READ_ITEM(TS_READ_POINTS, d->id);
        if (changed) ts_set_notice(e, d, all);
    }
}

/* ---- giving them ---- */

static bool is_announced_now(const struct ts_engine *e, const struct ts_points_decl *d, ts_ms expires)
{
    for (uint32_t s = 0; s < d->n_notices && expires != TS_NEVER; s++)
        if (announced(e, expires, d->notices[s]) == e->run.now) return true;
    return false;
}

/* The first expiry after `after` that is announced now, and what would be lost with it. */
static ts_ms next_expiry(struct ts_engine *e, const struct ts_points_decl *d, ts_ms after, int64_t *ret_amount)
{
    struct ts_member *m = ts_run_member(e);
    ts_ms best = TS_NEVER;
    for (uint32_t i = 0; i < m->n; i++)
        for (uint32_t k = 0; k < m->profiles[i]->wallet.lots.len; k++) {
            const struct ts_lot *lot = &m->profiles[i]->wallet.lots.at[k];
            if (lot->points != d->id || lot->expires <= after || lot->expires > best) continue;
            if (lot->expires < best && !is_announced_now(e, d, lot->expires)) continue;
            if (lot->expires < best) *ret_amount = 0;
            best = lot->expires;
            *ret_amount += lot->remaining;
        }
    return best;
}

static void tell(struct ts_engine *e, const struct ts_points_decl *d, ts_ms expires, int64_t amount)
{
    char when[32];
    ts_buf_clear(&e->image);
    ts_buf_addf(&e->image, "{\"amount\":%lld,\"expires\":\"%s\",\"points\":", (long long)amount,
                ts_time_format(expires, when));
    ts_buf_json(&e->image, d->name);
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) e->run.failed = true;
    struct ts_str json = ts_run_keep(e, ts_str((const char *)e->image.data, e->image.len));
    struct ts_effect fx = {.op = TS_FX_NOTIFY, .rule = rule_of(e, d), .text = TS_STR("points.notice"), .json = json};
    if (ts_do(e, &fx)) ts_inner_event(e, "points.expiring", json);
}

bool ts_fire_notice(struct ts_engine *e, uint32_t condition)
{
    const struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->points.n; i++) {
        const struct ts_points_decl *d = &p->points.at[i];
        if (!d->n_notices || notice_of(e, d, false) != condition) continue;
        int64_t amount = 0;
        for (ts_ms x = next_expiry(e, d, e->run.now, &amount); x != TS_NEVER && !e->run.failed;
             x = next_expiry(e, d, x, &amount))
            tell(e, d, x, amount);
        ts_set_watch(e, condition, next_notice(e, d, 0));
        return true;
    }
    return false;
}
