/* SPDX-License-Identifier: Apache-2.0 */
/* An operator's correction by hand. It is issued like an award or taken like a spend, but against `adjusted`, so that
 * what people did by hand is a figure of its own in every report. */
#include "ledger/internal.h"

enum ts_code ts_ledger_adjust(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                              uint32_t points, int64_t amount, ts_ms expires, const struct ts_cause *c,
                              uint64_t *ret_transaction, struct ts_error *err)
{
    if (amount > 0) {
        const struct ts_award award = {
            .points = points, .amount = amount, .earned = c->at, .activates = c->at, .expires = expires};
        return ledger_issue(l, w, wallets, n, &award, TS_MOVE_ADJUST, TS_ACCOUNT_ADJUSTED, c, ret_transaction, err);
    }
    const struct ledger_taking how = {.movement = TS_MOVE_ADJUST, .into = TS_ACCOUNT_ADJUSTED};
    const int64_t taken = amount == INT64_MIN ? INT64_MAX : -amount; /* both are past the limit */
    return ledger_take(l, wallets, n, points, taken, &how, c, ret_transaction, err);
}
