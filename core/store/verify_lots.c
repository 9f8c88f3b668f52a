/* SPDX-License-Identifier: Apache-2.0 */
/* Lots, spent again: a model that knows only the ledger's entries and the expiries that the outcomes gave, and that spends earliest expiry
 * first by itself. What it has left must be what the images have. It shares no code with the ledger. */
#include "store/verify.h"

/* ---- lots by profile ---- */

static struct model_lot *lot_at(struct verify_lots *m, uint32_t link) { return link ? &m->lots.at[link - 1] : NULL; }

static uint32_t first_of(const struct verify_lots *m, uint64_t profile)
{
    const int64_t *first = store_map_get(&m->first, profile);
    return first ? (uint32_t)*first : 0;
}

static struct model_lot *add_lot(struct verify *v, uint64_t profile)
{
    struct verify_lots *m = &v->lots;
    int64_t *first = store_map_at(&m->first, profile, NULL);
    if (!first) return NULL;
    uint32_t link = m->free;
    if (link) {
        m->free = m->lots.at[link - 1].next;
    } else {
        if (!ts_vec_push(&m->lots)) return NULL;
        link = m->lots.len;
    }
    struct model_lot *lot = lot_at(m, link);
    *lot = (struct model_lot){.next = (uint32_t)*first};
    *first = link;
    return lot;
}

static void drop_lot(struct verify *v, uint64_t profile, const struct model_lot *lot)
{
    struct verify_lots *m = &v->lots;
    const uint32_t link = (uint32_t)(lot - m->lots.at) + 1;
    int64_t *first = store_map_at(&m->first, profile, NULL);
    if ((uint32_t)*first == link) {
        *first = lot->next;
    } else {
        struct model_lot *before = lot_at(m, (uint32_t)*first);
        while (before->next != link)
            before = lot_at(m, before->next);
        before->next = lot->next;
    }
    m->lots.at[link - 1].next = m->free;
    m->free = link;
}

static struct model_lot *find(struct verify_lots *m, uint64_t profile, uint64_t id)
{
    struct model_lot *lot = lot_at(m, first_of(m, profile));
    while (lot && lot->id != id)
        lot = lot_at(m, lot->next);
    return lot;
}

const struct model_lot *verify_lots_find(const struct verify *v, uint64_t profile, uint64_t id)
{
    return find((struct verify_lots *)&v->lots, profile, id);
}

uint32_t verify_lots_count(const struct verify *v, uint64_t profile)
{
    uint32_t n = 0;
    for (uint32_t link = first_of(&v->lots, profile); link; link = v->lots.lots.at[link - 1].next)
        n++;
    return n;
}

void verify_lots_release(struct verify *v)
{
    ts_vec_release(&v->lots.lots);
    ts_vec_release(&v->lots.births);
    store_map_release(&v->lots.first);
}

/* ---- what the outcomes say ---- */

void verify_lots_effect(struct verify *v, uint64_t record, const struct ts_effect *fx)
{
    const bool makes = (fx->op == TS_FX_EARN || fx->op == TS_FX_ADJUST) && fx->amount > 0;
    const bool claws = fx->op == TS_FX_CLAWBACK && fx->amount > 0;
    if (!makes && !claws && fx->op != TS_FX_EXTEND) return;
    struct verify_lots *m = &v->lots;
    if (m->next_birth == m->births.len) m->next_birth = m->births.len = 0;
    struct model_birth *b = ts_vec_push(&m->births);
    if (b)
        *b = (struct model_birth){record, makes ? 0 : fx->lot, fx->name, fx->amount, fx->until};
    else
        v->memory = true;
}

static void disagree(struct verify *v, const struct ts_transaction *t, const char *expected, const char *found)
{
    v->lots.broken = true;
    verify_say(verify_broken(v, V_I5, "ledger_transaction %llu", (unsigned long long)t->id), expected, found);
}

/* ---- what the ledger says ---- */

static void born(struct verify *v, const struct ts_transaction *t, const struct ts_entry *e)
{
    struct verify_lots *m = &v->lots;
    if (m->next_birth == m->births.len) {
        disagree(v, t, "an earning in the outcome of its record", "none");
        return;
    }
    const struct model_birth *b = &m->births.at[m->next_birth++];
    if (b->record != t->record || b->lot != 0 || b->points != e->points || b->amount != e->amount) {
        disagree(v, t, "the next earning of the outcomes", "another record, currency or amount");
        return;
    }
    struct model_lot *lot = add_lot(v, e->profile);
    if (!lot) {
        v->memory = true;
        return;
    }
    const uint32_t next = lot->next;
    *lot = (struct model_lot){.id = t->id,
                              .record = t->record,
                              .expires = b->expires,
                              .remaining = e->amount,
                              .next = next,
                              .points = e->points,
                              .pending = e->account == TS_ACCOUNT_PENDING};
}

static bool spendable(const struct model_lot *lot, uint32_t points, ts_ms at)
{
    return lot->points == points && !lot->pending && at < lot->expires;
}

static bool goes_before(const struct model_lot *a, const struct model_lot *b)
{
    return a->expires != b->expires ? a->expires < b->expires : a->id < b->id;
}

static struct model_lot *earliest(struct verify *v, uint64_t profile, uint32_t points, ts_ms at)
{
    struct model_lot *best = NULL;
    for (struct model_lot *lot = lot_at(&v->lots, first_of(&v->lots, profile)); lot;
         lot = lot_at(&v->lots, lot->next)) {
        if (spendable(lot, points, at) && (!best || goes_before(lot, best))) best = lot;
    }
    return best;
}

/* Take what each entry says, earliest first; then no profile of the same spending may have an earlier lot left than the latest that
 * was taken from. */
static void spent(struct verify *v, const struct ts_transaction *t)
{
    struct model_lot latest = {.expires = INT64_MIN};
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        if (e->account != TS_ACCOUNT_AVAILABLE) continue;
        for (int64_t left = -e->amount; left > 0;) {
            struct model_lot *lot = earliest(v, e->profile, e->points, t->at);
            if (!lot) {
                disagree(v, t, "lots that cover what was spent", "less");
                return;
            }
            const int64_t take = lot->remaining < left ? lot->remaining : left;
            if (goes_before(&latest, lot)) latest = *lot;
            left -= take;
            lot->remaining -= take;
            if (lot->remaining == 0) drop_lot(v, e->profile, lot);
        }
    }
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        if (e->account != TS_ACCOUNT_AVAILABLE) continue;
        const struct model_lot *lot = earliest(v, e->profile, e->points, t->at);
        if (!lot || lot->id == latest.id || goes_before(&latest, lot)) continue;
        struct ts_violation *x = verify_broken(v, V_I5, "ledger_transaction %llu, lot %llu", (unsigned long long)t->id,
                                               (unsigned long long)lot->id);
        verify_say(x, "spent before lots that expire later", "still there");
    }
}

static void one_lot(struct verify *v, const struct ts_transaction *t)
{
    const struct ts_entry *e = &t->entries[0];
    struct model_lot *lot = find(&v->lots, e->profile, t->lot);
    if (!lot || lot->remaining < -e->amount) {
        disagree(v, t, "a lot that has so much", lot ? "one with less" : "none");
        return;
    }
    if (t->movement == TS_MOVE_ACTIVATE) {
        lot->pending = false;
        return;
    }
    if (t->movement == TS_MOVE_EXPIRE && lot->remaining != -e->amount) {
        disagree(v, t, "all that was left of the lot", "a part of it");
        return;
    }
    lot->remaining += e->amount;
    if (lot->remaining == 0) drop_lot(v, e->profile, lot);
}

/* The next lot of `record`, pending or not, the oldest first; when none is left and it is not pending ones that are asked for, as spending
 * goes. */
static struct model_lot *next_clawed(struct verify *v, const struct ts_entry *e, uint64_t record, ts_ms at)
{
    const bool pending = e->account == TS_ACCOUNT_PENDING;
    struct model_lot *best = NULL;
    for (struct model_lot *lot = lot_at(&v->lots, first_of(&v->lots, e->profile)); lot;
         lot = lot_at(&v->lots, lot->next)) {
        const bool fits = lot->points == e->points && lot->record == record && lot->pending == pending &&
                          (pending || at < lot->expires);
        if (fits && (!best || lot->id < best->id)) best = lot;
    }
    return best || pending ? best : earliest(v, e->profile, e->points, at);
}

/* Pending lots of the record that earned, the rest of its lots, others, and only then a debt. */
static void clawed(struct verify *v, const struct ts_transaction *t)
{
    struct verify_lots *m = &v->lots;
    const struct model_birth *b = m->next_birth < m->births.len ? &m->births.at[m->next_birth] : NULL;
    int64_t all = 0;
    bool others = false, owed = false;
    for (uint32_t i = 0; i < t->n_entries; i++)
        if (t->entries[i].account == TS_ACCOUNT_ISSUED) all += t->entries[i].amount;
    if (!b || b->record != t->record || b->amount != all) {
        disagree(v, t, "the next clawback of the outcomes", "another record or amount");
        return;
    }
    const uint64_t record = b->lot;
    m->next_birth++;
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        owed |= e->account == TS_ACCOUNT_DEBT;
        if (e->account != TS_ACCOUNT_PENDING && e->account != TS_ACCOUNT_AVAILABLE) continue;
        for (int64_t left = -e->amount; left > 0;) {
            struct model_lot *lot = next_clawed(v, e, record, t->at);
            if (!lot) {
                disagree(v, t, "lots that cover what was taken back", "less");
                return;
            }
            const int64_t take = lot->remaining < left ? lot->remaining : left;
            others |= lot->record != record;
            left -= take;
            lot->remaining -= take;
            if (lot->remaining == 0) drop_lot(v, e->profile, lot);
        }
    }
    verify_checked(v, V_I5, 1);
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        if (e->account != TS_ACCOUNT_PENDING && e->account != TS_ACCOUNT_AVAILABLE) continue;
        const struct model_lot *lot = next_clawed(v, e, record, t->at);
        if (!lot || !(owed || (others && lot->record == record))) continue;
        verify_say(verify_broken(v, V_I5, "ledger_transaction %llu, lot %llu", (unsigned long long)t->id,
                                 (unsigned long long)lot->id),
                   "taken back before other lots, or before a debt", "still there");
    }
}

static void tally(struct verify *v, const struct ts_transaction *t)
{
    int64_t *sums = t->of ? store_map_at(&v->claws, t->of, NULL) : NULL;
    if (t->of && !sums) v->memory = true;
    for (uint32_t i = 0; sums && i < t->n_entries; i++)
        if (t->entries[i].account == TS_ACCOUNT_ISSUED) sums[0] += t->entries[i].amount;
}

/* Later than before, of a lot that was not over, by a rule that is named, to what the note says. */
static void extended(struct verify *v, const struct ts_transaction *t)
{
    struct verify_lots *m = &v->lots;
    const struct ts_entry *e = &t->entries[0];
    struct model_lot *lot = find(m, e->profile, t->lot);
    const struct model_birth *b = m->next_birth < m->births.len ? &m->births.at[m->next_birth] : NULL;
    if (!lot || !b || b->record != t->record || b->lot != t->lot || lot->remaining != -e->amount) {
        disagree(v, t, "the next extension of the outcomes, of a whole lot", "another");
        return;
    }
    m->next_birth++;
    char until[32];
    verify_checked(v, V_I12, 1);
    if (t->rule == 0)
        verify_say(verify_broken(v, V_I12, "ledger_transaction %llu", (unsigned long long)t->id),
                   "an extension that names its rule", "none");
    if (lot->expires <= t->at || b->expires <= lot->expires ||
        !ts_str_eq(t->note, ts_cstr(ts_time_format(b->expires, until))))
        verify_say(verify_broken(v, V_I12, "ledger_transaction %llu", (unsigned long long)t->id),
                   "a later expiry, before the lot is over, and its note", "another");
    lot->expires = b->expires;
}

void verify_lots_transaction(struct verify *v, const struct ts_transaction *t)
{
    if (t->movement == TS_MOVE_CLAWBACK) tally(v, t);
    if (v->lots.broken || v->memory || t->n_entries == 0) return;
    verify_checked(v, V_I5, 1);
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        const bool to_member =
            e->amount > 0 && (e->account == TS_ACCOUNT_PENDING || e->account == TS_ACCOUNT_AVAILABLE);
        const bool makes = t->movement == TS_MOVE_EARN || t->movement == TS_MOVE_BONUS || t->movement == TS_MOVE_ADJUST;
        if (makes && to_member) {
            born(v, t, e);
            return;
        }
    }
    if (t->movement == TS_MOVE_EXTEND)
        extended(v, t);
    else if (t->movement == TS_MOVE_CLAWBACK)
        clawed(v, t);
    else if (t->movement == TS_MOVE_SPEND || t->movement == TS_MOVE_ADJUST)
        spent(v, t);
    else
        one_lot(v, t);
}
