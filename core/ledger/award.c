/* SPDX-License-Identifier: Apache-2.0 */
/* Points come in: awards, activation of pending lots, and the repayment of debt from what became spendable. Everything
 * that can refuse is asked before the first change. */
#include "base/limits.h"
#include "ledger/internal.h"

enum ts_code ledger_check_amount(uint32_t points, int64_t amount, struct ts_error *err)
{
    if (points >= TS_CURRENCIES_MAX)
        return ledger_fail(err, TS_E_LIMIT, "too_many_currencies", "the ledger keeps at most 64 currencies");
    if (amount <= 0) return ledger_fail(err, TS_E_USAGE, "amount", "an amount of points is at least 1");
    if (amount > TS_LIMIT_POINTS)
        return ledger_fail(err, TS_E_LIMIT, "overflow", "one movement is at most 1,000,000,000,000,000 points");
    return TS_OK;
}

/* Room is asked for when points are issued and covers all that they can become: activating, spending and expiring only
 * move them within the sums checked here, so a timer that falls due later cannot be refused for overflow. */
static enum ts_code check_room(const struct ts_ledger *l, const struct ts_wallet *w, uint32_t points, int64_t amount,
                               enum ts_account source, struct ts_error *err)
{
    const struct ts_balance b = ts_wallet_balance(w, points);
    if (amount > TS_LIMIT_POINTS - b.pending - b.available - b.held)
        return ledger_fail(err, TS_E_LIMIT, "overflow", "a wallet holds at most 1,000,000,000,000,000 points");
    const int64_t *members = l->members[points], *brand = l->brand[points];
    __int128 issued = (__int128)members[TS_ACCOUNT_PENDING] + members[TS_ACCOUNT_AVAILABLE] + members[TS_ACCOUNT_HELD] +
                      brand[TS_ACCOUNT_SPENT] + brand[TS_ACCOUNT_EXPIRED];
    if (issued + amount > INT64_MAX || (__int128)brand[source] - amount < INT64_MIN)
        return ledger_fail(err, TS_E_LIMIT, "overflow", "the program's totals would pass 64 bits");
    return TS_OK;
}

/* Debt of the member is paid from a lot that has just become spendable, wallet by wallet in the order given; a lot that
 * is used up by it is gone. */
static enum ts_code repay(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                          struct ts_lot *lot, const struct ts_cause *c, struct ts_error *err)
{
    const uint32_t points = lot->points;
    for (uint32_t i = 0; i < n && lot->remaining > 0; i++) {
        const struct ts_balance *b = ledger_balance_find(wallets[i], points);
        if (!b || b->debt >= 0) continue;
        int64_t amount = -b->debt < lot->remaining ? -b->debt : lot->remaining;
        struct ts_transaction t;
        ledger_begin(l, &t, TS_MOVE_REPAY, c);
        t.lot = lot->id;
        ledger_post_member(l, &t, w, points, TS_ACCOUNT_AVAILABLE, -amount);
        ledger_post_member(l, &t, wallets[i], points, TS_ACCOUNT_DEBT, amount);
        lot->remaining -= amount;
        enum ts_code code = ledger_finish(l, &t, w, err);
        if (code != TS_OK) return code;
    }
    if (lot->remaining == 0) ledger_lot_drop(w, lot);
    return TS_OK;
}

/* The new lot; its place in the wallet is made before anything else is changed. */
static struct ts_lot *push_lot(struct ts_wallet *w, uint64_t id, const struct ts_award *a, const struct ts_cause *c)
{
    if (!ledger_balance_make(w, a->points)) return NULL;
    struct ts_lot *lot = ts_vec_push(&w->lots);
    if (!lot) return NULL;
    lot->id = id;
    lot->points = a->points;
    lot->rule = c->rule;
    lot->state = a->activates > c->at ? TS_LOT_PENDING : TS_LOT_AVAILABLE;
    lot->original = a->amount;
    lot->remaining = a->amount;
    lot->record = c->record;
    lot->earned = a->earned;
    lot->activates = a->activates;
    lot->expires = a->expires;
    return lot;
}

enum ts_code ledger_issue(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                          const struct ts_award *a, enum ts_movement movement, enum ts_account source,
                          const struct ts_cause *c, uint64_t *ret_transaction, struct ts_error *err)
{
    enum ts_code code = ledger_check_amount(a->points, a->amount, err);
    if (code == TS_OK) code = check_room(l, w, a->points, a->amount, source, err);
    if (code != TS_OK) return code;

    struct ts_transaction t;
    ledger_begin(l, &t, movement, c);
    struct ts_lot *lot = push_lot(w, t.id, a, c);
    if (!lot) return ledger_no_memory(w, err);
    const bool pending = lot->state == TS_LOT_PENDING;
    t.lot = t.id;
    t.of = a->of;
    t.desired = a->desired;
    t.note = c->note;
    ledger_post_brand(l, &t, a->points, source, -a->amount);
    ledger_post_member(l, &t, w, a->points, pending ? TS_ACCOUNT_PENDING : TS_ACCOUNT_AVAILABLE, a->amount);
    code = ledger_finish(l, &t, w, err);
    if (code == TS_OK && !pending) {
        /* Points that are past their expiry as they arrive never were spendable: they pay no debt. */
        code = a->expires <= c->at ? ledger_lot_expire(l, w, lot, c, NULL, err) : repay(l, w, wallets, n, lot, c, err);
    }
    if (code == TS_OK && ret_transaction) *ret_transaction = t.id;
    return code;
}

enum ts_code ts_ledger_award(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                             const struct ts_award *a, const struct ts_cause *c, uint64_t *ret_transaction,
                             struct ts_error *err)
{
    return ledger_issue(l, w, wallets, n, a, a->bonus ? TS_MOVE_BONUS : TS_MOVE_EARN, TS_ACCOUNT_ISSUED, c,
                        ret_transaction, err);
}

enum ts_code ts_ledger_activate(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                                uint64_t lot_id, const struct ts_cause *c, struct ts_error *err)
{
    struct ts_lot *lot = ledger_lot_find(w, lot_id);
    if (!lot || lot->state != TS_LOT_PENDING)
        return ledger_fail(err, TS_E_NOT_FOUND, "not_found", "there is no such pending lot");
    const struct ts_balance *b = ledger_balance_find(w, lot->points);
    if (!b || b->pending < lot->remaining)
        return ledger_fail(err, TS_E_DAMAGED, "damaged", "a pending lot is larger than its wallet's pending balance");

    struct ts_transaction t;
    ledger_begin(l, &t, TS_MOVE_ACTIVATE, c);
    t.lot = lot->id;
    t.note = c->note;
    ledger_post_member(l, &t, w, lot->points, TS_ACCOUNT_PENDING, -lot->remaining);
    ledger_post_member(l, &t, w, lot->points, TS_ACCOUNT_AVAILABLE, lot->remaining);
    lot->state = TS_LOT_AVAILABLE;
    enum ts_code code = ledger_finish(l, &t, w, err);
    if (code != TS_OK || lot->expires <= c->at) return code;
    return repay(l, w, wallets, n, lot, c, err);
}
