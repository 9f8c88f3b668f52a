/* SPDX-License-Identifier: Apache-2.0 */
/* A wallet by itself: finding lots and balances, what is spendable when, and the check that lots and balances agree.
 * Lots are kept in order of id and balances in order of currency, so a wallet has one form whatever its history. */
#include "base/limits.h"
#include "ledger/internal.h"

void ts_wallet_release(struct ts_wallet *w)
{
    ts_vec_release(&w->lots);
    ts_vec_release(&w->balances);
    memset(w, 0, sizeof *w);
}

void ts_wallet_clear(struct ts_wallet *w)
{
    w->profile = 0;
    w->lots.len = 0;
    w->balances.len = 0;
    w->failed = false;
    w->changed = false;
}

/* ---- looking up --------------------------------------------------------------------------------------------- */

struct ts_balance *ledger_balance_find(const struct ts_wallet *w, uint32_t points)
{
    for (uint32_t i = 0; i < w->balances.len; i++) {
        if (w->balances.at[i].points == points) return &w->balances.at[i];
    }
    return NULL;
}

struct ts_balance *ledger_balance_make(struct ts_wallet *w, uint32_t points)
{
    struct ts_balance *b = ledger_balance_find(w, points);
    if (b) return b;
    if (!ts_vec_push(&w->balances)) return NULL;
    uint32_t i = w->balances.len - 1;
    for (; i > 0 && w->balances.at[i - 1].points > points; i--)
        w->balances.at[i] = w->balances.at[i - 1];
    w->balances.at[i] = (struct ts_balance){.points = points};
    return &w->balances.at[i];
}

int64_t *ledger_balance_field(struct ts_balance *b, enum ts_account account)
{
    switch (account) {
    case TS_ACCOUNT_PENDING:
        return &b->pending;
    case TS_ACCOUNT_AVAILABLE:
        return &b->available;
    case TS_ACCOUNT_HELD:
        return &b->held;
    default:
        return &b->debt;
    }
}

struct ts_lot *ledger_lot_find(const struct ts_wallet *w, uint64_t id)
{
    uint32_t low = 0, high = w->lots.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (w->lots.at[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < w->lots.len && w->lots.at[low].id == id ? &w->lots.at[low] : NULL;
}

void ledger_lot_drop(struct ts_wallet *w, struct ts_lot *lot)
{
    uint32_t i = (uint32_t)(lot - w->lots.at);
    ts_vec_remove(&w->lots, i);
}

/* ---- balances ----------------------------------------------------------------------------------------------- */

struct ts_balance ts_wallet_balance(const struct ts_wallet *w, uint32_t points)
{
    const struct ts_balance *b = ledger_balance_find(w, points);
    return b ? *b : (struct ts_balance){.points = points};
}

/* A union has no limit on its profiles, so its sums stop at the ends of the type instead of wrapping round. */
static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}

struct ts_balance ts_wallets_balance(struct ts_wallet *const *w, uint32_t n, uint32_t points)
{
    struct ts_balance all = {.points = points};
    for (uint32_t i = 0; i < n; i++) {
        const struct ts_balance *b = ledger_balance_find(w[i], points);
        if (!b) continue;
        all.pending = add_saturated(all.pending, b->pending);
        all.available = add_saturated(all.available, b->available);
        all.held = add_saturated(all.held, b->held);
        all.debt = add_saturated(all.debt, b->debt);
    }
    return all;
}

int64_t ts_wallets_spendable(struct ts_wallet *const *wallets, uint32_t n, uint32_t points, ts_ms t)
{
    int64_t all = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct ts_balance *b = ledger_balance_find(wallets[i], points);
        if (!b) continue;
        int64_t spendable = b->available;
        for (uint32_t k = 0; k < wallets[i]->lots.len; k++) {
            const struct ts_lot *lot = &wallets[i]->lots.at[k];
            if (lot->points == points && lot->state == TS_LOT_AVAILABLE && lot->expires <= t)
                spendable -= lot->remaining;
        }
        all = add_saturated(all, spendable);
    }
    return all;
}

ts_ms ts_wallet_next_due(const struct ts_wallet *w)
{
    ts_ms due = TS_NEVER;
    for (uint32_t i = 0; i < w->lots.len; i++) {
        const struct ts_lot *lot = &w->lots.at[i];
        if (lot->expires < due) due = lot->expires;
        if (lot->state == TS_LOT_PENDING && lot->activates < due) due = lot->activates;
    }
    return due;
}

/* ---- validity ----------------------------------------------------------------------------------------------- */

static bool damaged(const struct ts_wallet *w, struct ts_error *err, const char *what, uint64_t number)
{
    ts_fail(err, TS_E_DAMAGED, "wallet of profile %llu: %s (%llu)", (unsigned long long)w->profile, what,
            (unsigned long long)number);
    return false;
}

static bool lots_valid(const struct ts_wallet *w, struct ts_error *err)
{
    for (uint32_t i = 0; i < w->lots.len; i++) {
        const struct ts_lot *lot = &w->lots.at[i];
        if (lot->id == 0 || (i > 0 && lot->id <= w->lots.at[i - 1].id))
            return damaged(w, err, "lots are not in order of id", lot->id);
        if (lot->state != TS_LOT_PENDING && lot->state != TS_LOT_AVAILABLE)
            return damaged(w, err, "a lot is neither pending nor available", lot->id);
        if (lot->original <= 0 || lot->original > TS_LIMIT_POINTS)
            return damaged(w, err, "a lot's original amount is out of range", lot->id);
        if (lot->remaining <= 0 || lot->remaining > lot->original)
            return damaged(w, err, "a lot's remains are not within its original amount", lot->id);
        if (!ledger_balance_find(w, lot->points)) return damaged(w, err, "a lot has no balance", lot->id);
    }
    return true;
}

/* The remains of pending lots are `pending`, those of available lots are `available` and `held` together. */
static bool balance_valid(const struct ts_wallet *w, const struct ts_balance *b, struct ts_error *err)
{
    if (b->points >= TS_CURRENCIES_MAX) return damaged(w, err, "a balance is of no currency", b->points);
    if (b->pending < 0 || b->available < 0 || b->held < 0)
        return damaged(w, err, "a balance is below zero, currency", b->points);
    if (b->debt > 0 || b->debt < -TS_LIMIT_POINTS) return damaged(w, err, "debt is out of range, currency", b->points);
    if (b->pending > TS_LIMIT_POINTS || b->available > TS_LIMIT_POINTS || b->held > TS_LIMIT_POINTS)
        return damaged(w, err, "a balance is above the limit, currency", b->points);
    __int128 pending = 0, available = 0;
    for (uint32_t i = 0; i < w->lots.len; i++) {
        const struct ts_lot *lot = &w->lots.at[i];
        if (lot->points != b->points) continue;
        if (lot->state == TS_LOT_PENDING)
            pending += lot->remaining;
        else
            available += lot->remaining;
    }
    if (pending != b->pending) return damaged(w, err, "pending differs from its lots, currency", b->points);
    if (available != (__int128)b->available + b->held)
        return damaged(w, err, "available and held differ from their lots, currency", b->points);
    return true;
}

bool ts_wallet_valid(const struct ts_wallet *w, struct ts_error *err)
{
    if (!lots_valid(w, err)) return false;
    for (uint32_t i = 0; i < w->balances.len; i++) {
        if (i > 0 && w->balances.at[i].points <= w->balances.at[i - 1].points)
            return damaged(w, err, "balances are not in order of currency", w->balances.at[i].points);
        if (!balance_valid(w, &w->balances.at[i], err)) return false;
    }
    return true;
}
