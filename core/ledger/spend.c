/* SPDX-License-Identifier: Apache-2.0 */
/* Points go out: spending over the union of a member's wallets, and expiry. The order of spending (earliest expiry,
 * unlimited last, then the oldest lot) is the same whichever wallet a lot lies in. */
#include "ledger/internal.h"

/* A lot that could be spent; `take` is what of it is. */
struct candidate {
    ts_ms expires;
    uint64_t id;
    int64_t take;
    uint32_t wallet, lot; /* places in the arrays */
};

/* An ordinary member's lots fit here, so that spending seldom allocates. */
#define CANDIDATES_LOCAL 64

static bool goes_before(const struct candidate *a, const struct candidate *b)
{
    if (a->expires != b->expires) return a->expires < b->expires; /* TS_NEVER is the largest */
    return a->id < b->id;
}

/* A heap with the lot to spend next on top: a spend looks at all lots once and orders only as many as it needs. */
static void sift_down(struct candidate *heap, uint32_t n, uint32_t i)
{
    for (;;) {
        uint32_t first = i, left = 2 * i + 1;
        if (left < n && goes_before(&heap[left], &heap[first])) first = left;
        if (left + 1 < n && goes_before(&heap[left + 1], &heap[first])) first = left + 1;
        if (first == i) return;
        struct candidate swapped = heap[i];
        heap[i] = heap[first];
        heap[first] = swapped;
        i = first;
    }
}

static bool is_spendable(const struct ts_lot *lot, uint32_t points, ts_ms at)
{
    return lot->points == points && lot->state == TS_LOT_AVAILABLE && at < lot->expires;
}

/* What can be spent, into `heap` (NULL: only count). */
static uint32_t collect(struct ts_wallet *const *wallets, uint32_t n, uint32_t points, ts_ms at, struct candidate *heap)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < wallets[i]->lots.len; k++) {
            const struct ts_lot *lot = &wallets[i]->lots.at[k];
            if (!is_spendable(lot, points, at)) continue;
            if (heap) heap[found] = (struct candidate){lot->expires, lot->id, lot->remaining, i, k};
            found++;
        }
    }
    if (heap) {
        for (uint32_t i = found / 2; i-- > 0;)
            sift_down(heap, found, i);
    }
    return found;
}

/* Choose lots until `amount` is covered; false when they do not cover it. A chosen lot moves to the end of the array: the
 * first chosen is the last. */
static bool choose(struct candidate *heap, uint32_t n, int64_t amount, uint32_t *ret_chosen)
{
    uint32_t chosen = 0;
    while (amount > 0 && chosen < n) {
        struct candidate top = heap[0];
        if (top.take > amount) top.take = amount;
        amount -= top.take;
        chosen++;
        heap[0] = heap[n - chosen];
        heap[n - chosen] = top;
        sift_down(heap, n - chosen, 0);
    }
    *ret_chosen = chosen;
    return amount == 0;
}

/* How much of each profile: one line per profile touched, in the order in which spending touches them. */
struct share {
    uint32_t wallet;
    int64_t amount;
};

static enum ts_code share_out(const struct candidate *last, uint32_t chosen, struct share *shares, uint32_t *ret_n,
                              struct ts_error *err)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < chosen; k++) {
        const struct candidate *pick = last - k;
        uint32_t i = 0;
        while (i < n && shares[i].wallet != pick->wallet)
            i++;
        if (i == n) {
            if (n == TS_ENTRIES_MAX - 1) /* one entry is the brand's */
                return ledger_fail(err, TS_E_LIMIT, "too_many_profiles",
                                   "one spend touches at most 255 profiles of a member");
            shares[n++] = (struct share){pick->wallet, 0};
        }
        shares[i].amount += pick->take;
    }
    *ret_n = n;
    return TS_OK;
}

static enum ts_code check_shares(const struct ts_ledger *l, struct ts_wallet *const *wallets, uint32_t points,
                                 int64_t amount, enum ts_account into, const struct share *shares, uint32_t n,
                                 struct ts_error *err)
{
    int64_t sum;
    if (__builtin_add_overflow(l->brand[points][into], amount, &sum))
        return ledger_fail(err, TS_E_LIMIT, "overflow", "the program's totals would pass 64 bits");
    for (uint32_t i = 0; i < n; i++) {
        const struct ts_balance *b = ledger_balance_find(wallets[shares[i].wallet], points);
        if (!b || b->available < shares[i].amount)
            return ledger_fail(err, TS_E_DAMAGED, "damaged", "lots are larger than their wallet's available balance");
    }
    return TS_OK;
}

/* Take the chosen amounts out of the lots; lots that are used up go once all are taken, since that moves the others. */
static void take_from_lots(struct ts_wallet *const *wallets, const struct candidate *last, uint32_t chosen,
                           const struct share *shares, uint32_t n, const struct ledger_taking *how)
{
    for (uint32_t k = 0; k < chosen; k++) {
        const struct candidate *pick = last - k;
        struct ts_wallet *w = wallets[pick->wallet];
        w->lots.at[pick->lot].remaining -= pick->take;
        if (how->ret_slices && k < how->slices_cap)
            how->ret_slices[k] = (struct ts_slice){pick->id, w->profile, pick->take};
    }
    for (uint32_t i = 0; i < n; i++) {
        struct ts_wallet *w = wallets[shares[i].wallet];
        uint32_t kept = 0;
        for (uint32_t k = 0; k < w->lots.len; k++) {
            if (w->lots.at[k].remaining == 0) continue;
            if (kept != k) w->lots.at[kept] = w->lots.at[k];
            kept++;
        }
        w->lots.len = kept;
    }
    if (how->ret_n_slices) *how->ret_n_slices = chosen;
}

static enum ts_code take_chosen(struct ts_ledger *l, struct ts_wallet *const *wallets, uint32_t points, int64_t amount,
                                const struct candidate *last, uint32_t chosen, const struct ledger_taking *how,
                                const struct ts_cause *c, uint64_t *ret_transaction, struct ts_error *err)
{
    struct share shares[TS_ENTRIES_MAX];
    uint32_t n = 0;
    enum ts_code code = share_out(last, chosen, shares, &n, err);
    if (code == TS_OK) code = check_shares(l, wallets, points, amount, how->into, shares, n, err);
    if (code != TS_OK) return code;

    struct ts_transaction t;
    ledger_begin(l, &t, how->movement, c);
    t.note = c->note;
    if (chosen == 1) t.lot = last->id;
    take_from_lots(wallets, last, chosen, shares, n, how);
    for (uint32_t i = 0; i < n; i++)
        ledger_post_member(l, &t, wallets[shares[i].wallet], points, TS_ACCOUNT_AVAILABLE, -shares[i].amount);
    ledger_post_brand(l, &t, points, how->into, amount);
    code = ledger_finish(l, &t, wallets[shares[0].wallet], err);
    if (code == TS_OK && ret_transaction) *ret_transaction = t.id;
    return code;
}

static enum ts_code insufficient(int64_t spendable, int64_t amount, struct ts_error *err)
{
    ts_fail(err, TS_E_REFUSED, "%lld points are available, %lld are needed", (long long)spendable, (long long)amount);
    if (err) ts_error_name(err, "insufficient_points");
    return TS_E_REFUSED;
}

enum ts_code ledger_take(struct ts_ledger *l, struct ts_wallet *const *wallets, uint32_t n, uint32_t points,
                         int64_t amount, const struct ledger_taking *how, const struct ts_cause *c,
                         uint64_t *ret_transaction, struct ts_error *err)
{
    enum ts_code code = ledger_check_amount(points, amount, err);
    if (code != TS_OK) return code;
    const int64_t spendable = ts_wallets_spendable(wallets, n, points, c->at);
    if (spendable < amount) return insufficient(spendable, amount, err);

    struct candidate local[CANDIDATES_LOCAL], *heap = local;
    const uint32_t found = collect(wallets, n, points, c->at, NULL);
    if (found > CANDIDATES_LOCAL) heap = ts_alloc(found * sizeof *heap);
    if (!heap) return ledger_no_memory(wallets[0], err);
    collect(wallets, n, points, c->at, heap);
    uint32_t chosen;
    if (choose(heap, found, amount, &chosen))
        code = take_chosen(l, wallets, points, amount, &heap[found - 1], chosen, how, c, ret_transaction, err);
    else
        code = ledger_fail(err, TS_E_DAMAGED, "damaged", "lots are smaller than their wallets' available balances");
    if (heap != local) ts_free(heap);
    return code;
}

enum ts_code ts_ledger_spend(struct ts_ledger *l, struct ts_wallet *const *wallets, uint32_t n, uint32_t points,
                             int64_t amount, const struct ts_cause *c, uint64_t *ret_transaction,
                             struct ts_slice *ret_slices, uint32_t slices_cap, uint32_t *ret_n_slices,
                             struct ts_error *err)
{
    const struct ledger_taking how = {TS_MOVE_SPEND, TS_ACCOUNT_SPENT, ret_slices, slices_cap, ret_n_slices};
    return ledger_take(l, wallets, n, points, amount, &how, c, ret_transaction, err);
}

/* ---- expiry ------------------------------------------------------------------------------------------------- */

enum ts_code ledger_lot_expire(struct ts_ledger *l, struct ts_wallet *w, struct ts_lot *lot, const struct ts_cause *c,
                               uint64_t *ret_transaction, struct ts_error *err)
{
    struct ts_transaction t;
    ledger_begin(l, &t, TS_MOVE_EXPIRE, c);
    t.lot = lot->id;
    ledger_post_member(l, &t, w, lot->points, lot->state == TS_LOT_PENDING ? TS_ACCOUNT_PENDING : TS_ACCOUNT_AVAILABLE,
                       -lot->remaining);
    ledger_post_brand(l, &t, lot->points, TS_ACCOUNT_EXPIRED, lot->remaining);
    ledger_lot_drop(w, lot);
    enum ts_code code = ledger_finish(l, &t, w, err);
    if (code == TS_OK && ret_transaction) *ret_transaction = t.id;
    return code;
}

enum ts_code ts_ledger_expire(struct ts_ledger *l, struct ts_wallet *w, uint64_t lot_id, const struct ts_cause *c,
                              int64_t *ret_amount, uint64_t *ret_transaction, struct ts_error *err)
{
    struct ts_lot *lot = ledger_lot_find(w, lot_id);
    if (!lot) return ledger_fail(err, TS_E_NOT_FOUND, "not_found", "there is no such lot");
    const struct ts_balance *b = ledger_balance_find(w, lot->points);
    if (!b || (lot->state == TS_LOT_PENDING ? b->pending : b->available) < lot->remaining)
        return ledger_fail(err, TS_E_DAMAGED, "damaged", "a lot is larger than its wallet's balance");
    const int64_t amount = lot->remaining;
    enum ts_code code = ledger_lot_expire(l, w, lot, c, ret_transaction, err);
    if (code == TS_OK && ret_amount) *ret_amount = amount;
    return code;
}

enum ts_code ts_ledger_extend(struct ts_ledger *l, struct ts_wallet *w, uint64_t lot_id, ts_ms expires,
                              const struct ts_cause *c, uint64_t *ret_transaction, struct ts_error *err)
{
    struct ts_lot *lot = ledger_lot_find(w, lot_id);
    if (!lot || lot->expires <= c->at) return ledger_fail(err, TS_E_NOT_FOUND, "not_found", "there is no such lot");
    if (expires <= lot->expires) return ledger_fail(err, TS_E_USAGE, "expires", "an extension is to a later instant");
    if (!ledger_balance_find(w, lot->points)) return ledger_fail(err, TS_E_DAMAGED, "damaged", "a lot has no balance");
    const enum ts_account account = lot->state == TS_LOT_PENDING ? TS_ACCOUNT_PENDING : TS_ACCOUNT_AVAILABLE;
    struct ts_transaction t;
    ledger_begin(l, &t, TS_MOVE_EXTEND, c);
    t.lot = lot->id;
    t.note = c->note;
    ledger_post_member(l, &t, w, lot->points, account, -lot->remaining);
    ledger_post_member(l, &t, w, lot->points, account, lot->remaining);
    lot->expires = expires;
    enum ts_code code = ledger_finish(l, &t, w, err);
    if (code == TS_OK && ret_transaction) *ret_transaction = t.id;
    return code;
}
