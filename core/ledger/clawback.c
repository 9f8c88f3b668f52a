/* SPDX-License-Identifier: Apache-2.0 */
/* Points go back because what earned them was taken back. Where they lie is looked for in this order: pending lots of the same record, the rest
 * of that record's lots, any other lot that could be spent; what is in none of them is owed, or forgotten where the points say so. */
#include <stdlib.h>

#include "base/limits.h"
#include "ledger/internal.h"

enum phase { PHASE_PENDING, PHASE_RECORD, PHASE_OTHER };

struct pick {
    uint8_t phase;
    ts_ms expires; /* 0 in the first two phases: they go by age */
    uint64_t id;
    int64_t take;
    uint32_t wallet, lot;
};

static int compare(const void *x, const void *y)
{
    const struct pick *a = x, *b = y;
    if (a->phase != b->phase) return a->phase < b->phase ? -1 : 1;
    if (a->expires != b->expires) return a->expires < b->expires ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* Lots that points can be taken from, into `picks` (NULL: only counted). */
static uint32_t collect(struct ts_wallet *const *wallets, uint32_t n, const struct ts_clawback *k, ts_ms at,
                        struct pick *picks)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t x = 0; x < wallets[i]->lots.len; x++) {
            const struct ts_lot *lot = &wallets[i]->lots.at[x];
            const bool pending = lot->state == TS_LOT_PENDING, same = lot->record == k->record;
            if (lot->points != k->points || (pending ? !same : lot->expires <= at)) continue;
            const enum phase phase = pending ? PHASE_PENDING : same ? PHASE_RECORD : PHASE_OTHER;
            if (picks)
                picks[found] = (struct pick){
                    (uint8_t)phase, phase == PHASE_OTHER ? lot->expires : 0, lot->id, lot->remaining, i, x};
            found++;
        }
    return found;
}

/* How many of the sorted picks are needed; the last is cut to what is. *left: what they do not cover. */
static uint32_t choose(struct pick *picks, uint32_t n, int64_t *left)
{
    uint32_t chosen = 0;
    for (; chosen<n && * left> 0; chosen++) {
        if (picks[chosen].take > *left) picks[chosen].take = *left;
        *left -= picks[chosen].take;
    }
    return chosen;
}

static int64_t sum_of(const struct pick *picks, uint32_t n, uint32_t wallet, bool pending)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        if (picks[i].wallet == wallet && (picks[i].phase == PHASE_PENDING) == pending) sum += picks[i].take;
    return sum;
}

static enum ts_code check(const struct ts_ledger *l, const struct ts_wallet *w, struct ts_wallet *const *wallets,
                          uint32_t n, const struct ts_clawback *k, const struct pick *picks, uint32_t chosen,
                          int64_t owed, struct ts_error *err)
{
    const struct ts_balance own = ts_wallet_balance(w, k->points);
    if (owed > TS_LIMIT_POINTS + own.debt)
        return ledger_fail(err, TS_E_LIMIT, "overflow", "a debt is at most 1,000,000,000,000,000 points");
    int64_t issued;
    if (__builtin_add_overflow(l->brand[k->points][TS_ACCOUNT_ISSUED], k->amount, &issued) ||
        l->members[k->points][TS_ACCOUNT_DEBT] < INT64_MIN + owed)
        return ledger_fail(err, TS_E_LIMIT, "overflow", "the program's totals would pass 64 bits");
    uint32_t entries = 2; /* the brand's, and a debt */
    for (uint32_t i = 0; i < n; i++) {
        const struct ts_balance *b = ledger_balance_find(wallets[i], k->points);
        const int64_t pending = sum_of(picks, chosen, i, true), available = sum_of(picks, chosen, i, false);
        entries += (pending > 0) + (available > 0);
        if (pending + available > 0 && (!b || b->pending < pending || b->available < available))
            return ledger_fail(err, TS_E_DAMAGED, "damaged", "lots are larger than their wallet's balances");
    }
    if (entries > TS_ENTRIES_MAX)
        return ledger_fail(err, TS_E_LIMIT, "too_many_profiles", "the points lie in too many profiles of a member");
    return TS_OK;
}

static void take_from_lots(struct ts_wallet *const *wallets, uint32_t n, const struct pick *picks, uint32_t chosen)
{
    for (uint32_t i = 0; i < chosen; i++)
        wallets[picks[i].wallet]->lots.at[picks[i].lot].remaining -= picks[i].take;
    for (uint32_t i = 0; i < n; i++) {
        struct ts_wallet *w = wallets[i];
        uint32_t kept = 0;
        for (uint32_t x = 0; x < w->lots.len; x++) {
            if (w->lots.at[x].remaining == 0) continue;
            if (kept != x) w->lots.at[kept] = w->lots.at[x];
            kept++;
        }
        w->lots.len = kept;
    }
}

static enum ts_code post(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                         const struct ts_clawback *k, const struct pick *picks, uint32_t chosen, int64_t owed,
                         int64_t taken, const struct ts_cause *c, uint64_t *ret_transaction, struct ts_error *err)
{
    struct ts_transaction t;
    if (owed > 0 && !ledger_balance_make(w, k->points)) return ledger_no_memory(w, err);
    ledger_begin(l, &t, TS_MOVE_CLAWBACK, c);
    t.of = k->of;
    t.desired = k->amount;
    t.note = c->note;
    take_from_lots(wallets, n, picks, chosen);
    for (uint32_t i = 0; i < n; i++) {
        const int64_t pending = sum_of(picks, chosen, i, true), available = sum_of(picks, chosen, i, false);
        if (pending) ledger_post_member(l, &t, wallets[i], k->points, TS_ACCOUNT_PENDING, -pending);
        if (available) ledger_post_member(l, &t, wallets[i], k->points, TS_ACCOUNT_AVAILABLE, -available);
    }
    if (owed) ledger_post_member(l, &t, w, k->points, TS_ACCOUNT_DEBT, -owed);
    ledger_post_brand(l, &t, k->points, TS_ACCOUNT_ISSUED, taken);
    enum ts_code code = ledger_finish(l, &t, w, err);
    if (code == TS_OK && ret_transaction) *ret_transaction = t.id;
    return code;
}

enum ts_code ts_ledger_clawback(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                                const struct ts_clawback *k, const struct ts_cause *c, int64_t *ret_taken,
                                uint64_t *ret_transaction, struct ts_error *err)
{
    enum ts_code code = ledger_check_amount(k->points, k->amount, err);
    if (code != TS_OK) return code;
    const uint32_t found = collect(wallets, n, k, c->at, NULL);
    struct pick *picks = ts_alloc((found + 1) * sizeof *picks);
    if (!picks) return ledger_no_memory(w, err);
    collect(wallets, n, k, c->at, picks);
    qsort(picks, found, sizeof *picks, compare);
    int64_t left = k->amount;
    const uint32_t chosen = choose(picks, found, &left);
    const int64_t owed = k->floor ? 0 : left, taken = k->amount - left + owed;
    code = check(l, w, wallets, n, k, picks, chosen, owed, err);
    if (code == TS_OK && taken > 0)
        code = post(l, w, wallets, n, k, picks, chosen, owed, taken, c, ret_transaction, err);
    ts_free(picks);
    if (code == TS_OK && ret_taken) *ret_taken = taken;
    return code;
}
