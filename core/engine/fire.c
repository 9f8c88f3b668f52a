/* SPDX-License-Identifier: Apache-2.0 */
/* Due work of one member, in (due, phase, id) order: activate pending points, review tiers, expire points, end tags, look at conditions
 * again. Every item is done at its own instant, whenever the engine gets to it, so a visit that comes late changes nothing. */
#include "engine/internal.h"

enum phase { PHASE_ACTIVATE = 1, PHASE_REVIEW = 3, PHASE_EXPIRE = 5, PHASE_TAG = 6, PHASE_WATCH = 7 };

struct due {
    ts_ms at;
    enum phase phase;
    uint64_t id, profile;
};

static void earlier(struct due *best, ts_ms at, enum phase phase, uint64_t id, uint64_t profile)
{
    if (at > best->at || (at == best->at && (phase > best->phase || (phase == best->phase && id >= best->id)))) return;
    *best = (struct due){at, phase, id, profile};
}

static struct due next_due(struct ts_engine *e)
{
    struct ts_member *m = ts_run_member(e);
    struct ts_profile *head = m->profiles[0];
    struct due best = {TS_NEVER, PHASE_WATCH, UINT64_MAX, 0};
    for (uint32_t i = 0; i < m->n; i++)
        for (uint32_t k = 0; k < m->profiles[i]->wallet.lots.len; k++) {
            const struct ts_lot *l = &m->profiles[i]->wallet.lots.at[k];
            if (l->state == TS_LOT_PENDING)
                earlier(&best, l->activates, PHASE_ACTIVATE, l->id, m->profiles[i]->number);
            else
                earlier(&best, l->expires, PHASE_EXPIRE, l->id, m->profiles[i]->number);
        }
    for (uint32_t i = 0; i < head->tiers.len; i++)
        earlier(&best, head->tiers.at[i].review_at, PHASE_REVIEW, head->tiers.at[i].tiers, 0);
    for (uint32_t i = 0; i < head->tags.len; i++)
        earlier(&best, head->tags.at[i].until, PHASE_TAG, head->tags.at[i].tag, 0);
    for (uint32_t i = 0; i < head->watches.len; i++)
        earlier(&best, head->watches.at[i].due, PHASE_WATCH, head->watches.at[i].condition, 0);
    return best;
}

static void fire_lot(struct ts_engine *e, const struct due *d)
{
    struct ts_profile *p = ts_run_profile(e, d->profile);
    struct ts_effect fx = {
        .op = d->phase == PHASE_ACTIVATE ? TS_FX_ACTIVATE : TS_FX_EXPIRE, .profile = d->profile, .lot = d->id};
    uint32_t points = 0;
    for (uint32_t i = 0; p && i < p->wallet.lots.len; i++)
        if (p->wallet.lots.at[i].id == d->id) {
            points = p->wallet.lots.at[i].points;
            fx.amount = p->wallet.lots.at[i].remaining;
        }
    if (!ts_do(e, &fx)) {
        e->run.failed = true;
        return;
    }
    if (d->phase != PHASE_EXPIRE) return;
    const struct ts_points_decl *decl = ts_points_of(e, points);
    if (!decl) return;
    ts_buf_clear(&e->image);
    ts_buf_addf(&e->image, "{\"amount\":%lld,\"points\":", (long long)fx.amount);
    ts_buf_json(&e->image, decl->name);
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) e->run.failed = true;
    ts_inner_event(e, "points.expired", ts_str((const char *)e->image.data, e->image.len));
}

static void fire_tag(struct ts_engine *e, uint32_t tag)
{
    struct ts_tag *t = ts_profile_tag(ts_run_head(e), tag);
    struct ts_effect fx = {.op = TS_FX_TAG_REMOVE, .rule = t ? t->rule : 0, .name = tag};
    if (!ts_do(e, &fx)) return;
    ts_buf_clear(&e->image);
    ts_buf_adds(&e->image, "{\"tag\":");
    ts_buf_json(&e->image, ts_names_text(e->names, TS_SPACE_TAG, tag));
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) e->run.failed = true;
    ts_inner_event(e, "tag.removed", ts_str((const char *)e->image.data, e->image.len));
}

static void fire_watch(struct ts_engine *e, uint32_t condition)
{
    for (uint32_t i = 0; i < e->bind.conditions.len; i++)
        if (e->bind.conditions.at[i].id == condition) {
            ts_look_at(e, i);
            return;
        }
    struct ts_effect fx = {.op = TS_FX_WATCH, .name = condition, .at = TS_NEVER}; /* no longer declared */
    ts_do(e, &fx);
}

static void fire_one(struct ts_engine *e, const struct due *d)
{
    switch (d->phase) {
    case PHASE_ACTIVATE:
    case PHASE_EXPIRE:
        fire_lot(e, d);
        break;
    case PHASE_REVIEW:
        ts_review_tier(e, (uint32_t)d->id);
        break;
    case PHASE_TAG:
        fire_tag(e, (uint32_t)d->id);
        break;
    case PHASE_WATCH:
        fire_watch(e, (uint32_t)d->id);
        break;
    }
}

void ts_fire(struct ts_engine *e, int32_t slot, ts_ms until)
{
    struct ts_run *run = &e->run;
    ts_ms time = run->now;
    if (slot < 0 || run->mode != TS_RUN_LIVE) return;
    run->subject = slot;
    struct due d = next_due(e);
    if (d.at > until) return;
    struct ts_event_view ev = {0};
    const struct ts_event_view *outer = run->event;
    run->event = &ev;
    while (d.at <= until && !run->failed && !run->over_limit) {
        ts_ms at = run->now = ev.at = d.at;
        run->subject_written = false;
        ts_rules_begin(e->rules);
        while (d.at == at && !run->failed) {
            fire_one(e, &d);
            struct due before = d;
            d = next_due(e);
            if (d.at == before.at && d.phase == before.phase && d.id == before.id) {
                run->failed = true; /* it did not go away: a defect, never an endless loop */
                run->stuck = true;
            }
        }
        ts_settle(e, NULL, NULL, false);
        d = next_due(e);
    }
    run->event = outer;
    run->now = time;
    run->subject_written = false;
}
