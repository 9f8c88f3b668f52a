/* SPDX-License-Identifier: Apache-2.0 */
/* The words for what the ledger stores as numbers. They appear in `why`, in reports and in the tables, so they are as
 * fixed as the numbers are. */
#include "ledger/ledger.h"

const char *ts_account_name(enum ts_account a)
{
    static const char *const names[] = {
        [TS_ACCOUNT_PENDING] = "pending", [TS_ACCOUNT_AVAILABLE] = "available", [TS_ACCOUNT_HELD] = "held",
        [TS_ACCOUNT_DEBT] = "debt",       [TS_ACCOUNT_ISSUED] = "issued",       [TS_ACCOUNT_SPENT] = "spent",
        [TS_ACCOUNT_EXPIRED] = "expired", [TS_ACCOUNT_ADJUSTED] = "adjusted",
    };
    return (size_t)a < TS_ARRAY_LEN(names) && names[a] ? names[a] : "unknown";
}

const char *ts_movement_name(enum ts_movement m)
{
    static const char *const names[] = {
        [TS_MOVE_EARN] = "earn",     [TS_MOVE_BONUS] = "bonus",   [TS_MOVE_ACTIVATE] = "activate",
        [TS_MOVE_EXPIRE] = "expire", [TS_MOVE_SPEND] = "spend",   [TS_MOVE_ADJUST] = "adjust",
        [TS_MOVE_REPAY] = "repay",   [TS_MOVE_EXTEND] = "extend", [TS_MOVE_CLAWBACK] = "clawback",
    };
    return (size_t)m < TS_ARRAY_LEN(names) && names[m] ? names[m] : "unknown";
}
