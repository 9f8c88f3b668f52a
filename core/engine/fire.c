/* SPDX-License-Identifier: Apache-2.0 */
/* Due work of one member, in (due, phase, id) order: activate pending points, review tiers, expire points, end tags, look at conditions
 * again. Every item is done at its own instant, whenever the engine gets to it, so a visit that comes late changes nothing. Lots, of which
 * there may be very many, stand in a heap that is made once; the few other things of a member are looked through each time. */
#include "engine/internal.h"

enum phase { PHASE_ACTIVATE = 1, PHASE_REVIEW = 3, PHASE_EXPIRE = 5, PHASE_TAG = 6, PHASE_WATCH = 7 };

static bool before(const struct ts_due *a, const struct ts_due *b)
{
    if (a->at != b->at) return a->at < b->at;
    if (a->phase != b->phase) return a->phase < b->phase;
    return a->id < b->id;
}

/* ---- lots that fall due ---- */

static struct ts_due due_of_lot(struct ts_profile *p, const struct ts_lot *l)
{
    if (l->state == TS_LOT_PENDING) return (struct ts_due){l->activates, PHASE_ACTIVATE, l->id, p};
    return (struct ts_due){l->expires, PHASE_EXPIRE, l->id, p};
}

static void heap_push(struct ts_engine *e, struct ts_due d)
{
    if (!ts_vec_push(&e->run.due)) {
        e->run.failed = true;
        return;
    }
    struct ts_due *heap = e->run.due.at;
    uint32_t i = e->run.due.len - 1;
    for (; i && before(&d, &heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = d;
}

static void heap_pop(struct ts_engine *e)
{
    struct ts_due *heap = e->run.due.at, last = heap[--e->run.due.len];
    uint32_t n = e->run.due.len, i = 0;
    for (uint32_t c = 1; c < n; c = 2 * i + 1) {
        if (c + 1 < n && before(&heap[c + 1], &heap[c])) c++;
        if (!before(&heap[c], &last)) break;
        heap[i] = heap[c];
        i = c;
    }
    if (n) heap[i] = last;
}

/* Lots made after transaction `after` that fall due up to `until`; they are the last of each wallet. */
static void gather_lots(struct ts_engine *e, uint64_t after, ts_ms until)
{
    struct ts_member *m = ts_run_member(e);
    for (uint32_t i = 0; i < m->n; i++) {
        struct ts_profile *p = m->profiles[i];
        for (uint32_t k = p->wallet.lots.len; k > 0 && p->wallet.lots.at[k - 1].id > after; k--) {
            struct ts_due d = due_of_lot(p, &p->wallet.lots.at[k - 1]);
            if (d.at <= until) heap_push(e, d);
        }
    }
}

/* ---- what is next ---- */

static void earlier(struct ts_due *best, ts_ms at, enum phase phase, uint64_t id)
{
    struct ts_due d = {at, (uint8_t)phase, id, NULL};
    if (before(&d, best)) *best = d;
}

/* The next item up to `until`; false: none. A lot is taken from the heap, and passed over when it has gone meanwhile. */
static bool next_due(struct ts_engine *e, ts_ms until, struct ts_due *ret)
{
    struct ts_run *run = &e->run;
    struct ts_profile *head = ts_run_head(e);
    struct ts_due best = {TS_NEVER, UINT8_MAX, 0, NULL};
    for (uint32_t i = 0; i < head->tiers.len; i++)
        earlier(&best, head->tiers.at[i].review_at, PHASE_REVIEW, head->tiers.at[i].tiers);
    for (uint32_t i = 0; i < head->tags.len; i++)
        earlier(&best, head->tags.at[i].until, PHASE_TAG, head->tags.at[i].tag);
    for (uint32_t i = 0; i < head->watches.len; i++)
        if (!ts_look_marked(e, ts_condition_find(e, head->watches.at[i].condition)))
            earlier(&best, head->watches.at[i].due, PHASE_WATCH, head->watches.at[i].condition);
    while (run->due.len && before(&run->due.at[0], &best)) {
        struct ts_due top = run->due.at[0];
        if (top.at > until) break;
        const struct ts_lot *l = ts_lot_find(top.profile, top.id);
        struct ts_due now = l ? due_of_lot(top.profile, l) : top;
        heap_pop(e);
        if (l && now.at > top.at && now.at <= until) heap_push(e, now); /* it was extended meanwhile */
        if (!l || now.at != top.at || now.phase != top.phase) continue;
        best = top;
        break;
    }
    *ret = best;
    return best.at != TS_NEVER && best.at <= until;
}

/* ---- doing it ---- */

/* What expired at one instant, by currency: one event for all lots of it. */
struct expired {
    int64_t amount[TS_CURRENCIES_MAX];
    bool any;
};

static void fire_lot(struct ts_engine *e, const struct ts_due *d, ts_ms until, struct expired *expired)
{
    const struct ts_lot *l = ts_lot_find(d->profile, d->id);
    uint32_t points = l->points;
    struct ts_effect fx = {.op = d->phase == PHASE_ACTIVATE ? TS_FX_ACTIVATE : TS_FX_EXPIRE,
                           .profile = d->profile->number,
                           .lot = d->id,
                           .amount = l->remaining};
    if (!ts_do(e, &fx)) {
        e->run.failed = true;
    } else if (d->phase == PHASE_EXPIRE) {
        expired->amount[points] += fx.amount; /* the ledger knows no other currencies */
        expired->any = true;
    } else if ((l = ts_lot_find(d->profile, d->id))) {
        struct ts_due next = due_of_lot(d->profile, l);
        if (next.at <= until) heap_push(e, next);
    }
}

static void tell_expired(struct ts_engine *e, const struct expired *expired)
{
    for (uint32_t c = 0; c < TS_CURRENCIES_MAX && expired->any; c++)
        if (expired->amount[c]) ts_points_event(e, "points.expired", c, expired->amount[c]);
}

static void fire_tag(struct ts_engine *e, uint32_t tag)
{
    struct ts_tag *t = ts_profile_tag(ts_run_head(e), tag);
    struct ts_effect fx = {.op = TS_FX_TAG_REMOVE, .rule = t ? t->rule : 0, .name = tag};
    if (ts_do(e, &fx)) ts_tag_event(e, "tag.removed", tag);
}

/* Conditions are looked at when everything of the instant has happened: tags, then segments, each once. */
static void fire_watch(struct ts_engine *e, uint32_t condition)
{
    uint32_t index = ts_condition_find(e, condition);
    if (index != UINT32_MAX) {
        ts_look_mark(e, index);
        return;
    }
    if (ts_fire_notice(e, condition)) return;
    struct ts_effect fx = {.op = TS_FX_WATCH, .name = condition, .at = TS_NEVER}; /* no longer declared */
    ts_do(e, &fx);
}

static void fire_one(struct ts_engine *e, const struct ts_due *d, ts_ms until, struct expired *expired)
{
    switch ((enum phase)d->phase) {
    case PHASE_ACTIVATE:
    case PHASE_EXPIRE:
        fire_lot(e, d, until, expired);
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

/* Everything of one instant, then what follows from it. *d is the first item; the next after the instant is left in it. */
static bool fire_instant(struct ts_engine *e, struct ts_due *d, ts_ms until)
{
    struct ts_run *run = &e->run;
    struct expired expired = {0};
    uint64_t after = e->ledger.transactions;
    ts_ms at = run->now;
    run->subject_written = false;
    ts_rules_begin(e->rules);
    for (bool more = true; more && !run->failed;) {
        struct ts_due done = *d;
        fire_one(e, d, until, &expired);
        more = next_due(e, at, d);
        if (more && d->at == done.at && d->phase == done.phase && d->id == done.id && d->profile == done.profile)
            run->failed = run->stuck = true; /* it did not go away: a defect, never an endless loop */
    }
    if (run->failed) return false;
    tell_expired(e, &expired);
    ts_settle_due(e, false);
    gather_lots(e, after, until);
    return !run->failed && next_due(e, until, d);
}

void ts_fire(struct ts_engine *e, int32_t slot, ts_ms until)
{
    struct ts_run *run = &e->run;
    ts_ms time = run->now;
    struct ts_due d;
    if (slot < 0 || run->mode != TS_RUN_LIVE) return;
    run->subject = slot;
    run->due.len = 0;
    gather_lots(e, 0, until);
    struct ts_event_view ev = {.name = TS_STR("")};
    const struct ts_event_view *outer = run->event;
    run->event = &ev;
    for (bool more = !run->failed && next_due(e, until, &d); more;) {
        run->now = ev.at = d.at;
        more = fire_instant(e, &d, until);
    }
    run->due.len = 0;
    run->event = outer;
    run->now = time;
    run->subject_written = false;
}
