/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share: looking things up in a wallet, building a transaction entry by entry, and the two
 * movements (issue, take) that more than one call is made of. Nobody outside core/ledger includes this. */
#ifndef TS_LEDGER_INTERNAL_H
#define TS_LEDGER_INTERNAL_H

#include "ledger/ledger.h"

/* Fill `err` with code, name and text; returns `code`. */
enum ts_code ledger_fail(struct ts_error *err, enum ts_code code, const char *name, const char *text);
enum ts_code ledger_no_memory(struct ts_wallet *w, struct ts_error *err); /* marks the wallet as failed */

/* ---- wallet.c: NULL when there is none */
struct ts_balance *ledger_balance_find(const struct ts_wallet *w, uint32_t points);
struct ts_balance *ledger_balance_make(struct ts_wallet *w, uint32_t points); /* found or made; NULL: no memory */
struct ts_lot *ledger_lot_find(const struct ts_wallet *w, uint64_t id);
void ledger_lot_drop(struct ts_wallet *w, struct ts_lot *lot);
int64_t *ledger_balance_field(struct ts_balance *b, enum ts_account account); /* of a member's account */

/* ---- post.c: a transaction is begun, gets its entries, and is finished. */
void ledger_begin(struct ts_ledger *l, struct ts_transaction *t, enum ts_movement movement, const struct ts_cause *c);
/* Move `amount` onto an account: the entry, the balance and the sums together. The balance exists and everything was
 * checked before: posting cannot fail. */
void ledger_post_member(struct ts_ledger *l, struct ts_transaction *t, struct ts_wallet *w, uint32_t points,
                        enum ts_account account, int64_t amount);
void ledger_post_brand(struct ts_ledger *l, struct ts_transaction *t, uint32_t points, enum ts_account account,
                       int64_t amount);
/* Number it, chain it, hand it to the sink. */
enum ts_code ledger_finish(struct ts_ledger *l, struct ts_transaction *t, struct ts_wallet *w, struct ts_error *err);

/* ---- award.c and spend.c */
enum ts_code ledger_check_amount(uint32_t points, int64_t amount, struct ts_error *err);
/* A new lot of `w`, paid for by the brand's account `source`; expires or repays at once where it must. */
enum ts_code ledger_issue(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                          const struct ts_award *a, enum ts_movement movement, enum ts_account source,
                          const struct ts_cause *c, uint64_t *ret_transaction, struct ts_error *err);
/* What remains of a lot goes to the brand's `expired`. */
enum ts_code ledger_lot_expire(struct ts_ledger *l, struct ts_wallet *w, struct ts_lot *lot, const struct ts_cause *c,
                               uint64_t *ret_transaction, struct ts_error *err);

struct ledger_taking {
    enum ts_movement movement;
    enum ts_account into; /* the brand's */
    struct ts_slice *ret_slices;
    uint32_t slices_cap;
    uint32_t *ret_n_slices;
};
/* Spendable points of the union, in the order of spending, go to the brand's account. */
enum ts_code ledger_take(struct ts_ledger *l, struct ts_wallet *const *wallets, uint32_t n, uint32_t points,
                         int64_t amount, const struct ledger_taking *how, const struct ts_cause *c,
                         uint64_t *ret_transaction, struct ts_error *err);

#endif
