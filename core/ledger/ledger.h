/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: double-entry points. Every movement is a transaction of two or more entries that sum to zero per currency;
 * members hold lots. The ledger changes wallets in place and hands transactions to a sink; it does no I/O and reads no clock. */
#ifndef TS_LEDGER_H
#define TS_LEDGER_H

#include "base/base.h"
#include "base/calendar.h"

enum ts_account {                           /* the numbers are stored */
                  TS_ACCOUNT_PENDING = 1,   /* a member's: earned, not yet spendable */
                  TS_ACCOUNT_AVAILABLE = 2, /* a member's: spendable */
                  TS_ACCOUNT_HELD = 3,      /* a member's: reserved at a checkout */
                  TS_ACCOUNT_DEBT = 4,      /* a member's: owed, at most 0; repaid first by new earnings */
                  TS_ACCOUNT_ISSUED = 5,    /* the brand's: what was ever issued (negative balance) */
                  TS_ACCOUNT_SPENT = 6,
                  TS_ACCOUNT_EXPIRED = 7,
                  TS_ACCOUNT_ADJUSTED = 8,
                  TS_ACCOUNT_COUNT
};
const char *ts_account_name(enum ts_account a); /* "pending" */
static inline bool ts_account_is_members(enum ts_account a) { return a <= TS_ACCOUNT_DEBT; }

enum ts_movement { /* what a transaction is; stored */
                   TS_MOVE_EARN = 1,
                   TS_MOVE_BONUS = 2,
                   TS_MOVE_ACTIVATE = 3,
                   TS_MOVE_EXPIRE = 4,
                   TS_MOVE_SPEND = 5,
                   TS_MOVE_ADJUST = 6,
                   TS_MOVE_REPAY = 7,   /* new points pay a debt */
                   TS_MOVE_EXTEND = 8,  /* a lot expires later: what remains of it leaves its account and comes back */
                   TS_MOVE_CLAWBACK = 9 /* points go back because what earned them was taken back */
};
const char *ts_movement_name(enum ts_movement m);

struct ts_entry {
    uint8_t account;  /* enum ts_account */
    uint64_t profile; /* of a member's account; 0: the brand's */
    uint32_t points;  /* currency: the engine's number for the name */
    int64_t amount;   /* not 0 */
};
#define TS_ENTRIES_MAX 256 /* of one transaction: a spend over a union of many profiles */

struct ts_transaction {
    uint64_t id;        /* 1, 2, 3 ... */
    uint64_t seq;       /* of its first entry; entries are numbered 1, 2, 3 ... over all transactions */
    uint8_t movement;   /* enum ts_movement */
    uint64_t record;    /* the journal record that caused it */
    ts_ms at;           /* the engine's time */
    uint32_t rule;      /* the engine's number of the rule, 0: a command */
    uint64_t lot;       /* the lot made, activated or expired; 0: several or none */
    uint64_t of;        /* the transaction that this one corrects or adds to (bonus, refund), 0 */
    int64_t desired;    /* earnings: before caps, 0 otherwise */
    struct ts_str note; /* a command's reason, an earning's factors; borrowed */
    struct ts_entry entries[TS_ENTRIES_MAX];
    uint32_t n_entries;
    uint8_t head[32]; /* of the hash chain after this transaction */
};

enum ts_lot_state { TS_LOT_PENDING = 1, TS_LOT_AVAILABLE = 2 }; /* a lot whose remains are 0 is gone from the wallet */

struct ts_lot {
    uint64_t id;     /* transaction that made it */
    uint32_t points; /* currency */
    uint32_t rule;
    uint8_t state;     /* enum ts_lot_state */
    int64_t original;  /* > 0 */
    int64_t remaining; /* 0 < remaining <= original */
    uint64_t record;
    ts_ms earned, activates, expires; /* expires: TS_NEVER = never; spendable at t iff t < expires */
};
struct ts_balance {
    uint32_t points;
    int64_t pending, available, held, debt; /* debt <= 0 */
};
/* One profile's points. Lots are in order of id. */
struct ts_wallet {
    uint64_t profile;
    TS_VEC(struct ts_lot) lots;
    TS_VEC(struct ts_balance) balances;
    bool failed; /* an allocation failed while changing it: the caller rolls back */
    bool changed;
};
void ts_wallet_release(struct ts_wallet *w);
/* The balance of a currency; all zero when it was never touched. */
struct ts_balance ts_wallet_balance(const struct ts_wallet *w, uint32_t points);
/* Over several profiles of one member. */
struct ts_balance ts_wallets_balance(struct ts_wallet *const *w, uint32_t n, uint32_t points);

/* The brand's side and the chain. Plain data: the engine copies it before a record and copies it back on rollback. */
#define TS_CURRENCIES_MAX 64
struct ts_ledger {
    uint64_t transactions, entries;                       /* numbers used so far */
    uint8_t head[32];                                     /* BLAKE2b-256 over (previous head, canonical bytes) */
    int64_t brand[TS_CURRENCIES_MAX][TS_ACCOUNT_COUNT];   /* balances of the brand's accounts by currency id */
    int64_t members[TS_CURRENCIES_MAX][TS_ACCOUNT_COUNT]; /* sums over all members, by currency id */
    /* Called with each finished transaction (borrowed for the call). False: the sink is out of memory. */
    bool (*sink)(void *arg, const struct ts_transaction *t);
    void *sink_arg;
};

/* What every movement carries. */
struct ts_cause {
    uint64_t record;
    ts_ms at; /* engine time */
    uint32_t rule;
    struct ts_str note;
};

/* Issue `amount` > 0 points into a new lot of `w`. With activates > at the lot is pending, otherwise available at once. If both
 * activates and expires lie at or before `at`, it is issued and expired in the same call (two transactions). A debt of the member
 * (any of `wallets`) is repaid first, from what is available at once; pending points repay when they activate.
 * All calls below: TS_OK, TS_E_USAGE (an amount that is none), TS_E_LIMIT (overflow: "overflow"), TS_E_REFUSED ("insufficient_points"),
 * TS_E_DAMAGED (lots and balances of a wallet contradict each other), TS_E_MEMORY; on failure nothing is changed except that after
 * TS_E_MEMORY the caller must roll back. ret_ parameters may be NULL and are set only on success.
 * The order of entries is fixed, since the chain covers it: the brand's account first when points are issued, last when they are
 * taken; a spend's profiles in the order in which its lots touch them. */
struct ts_award {
    uint32_t points;
    int64_t amount, desired;
    ts_ms earned, activates, expires;
    uint64_t of; /* a bonus: the transaction of its base earning */
    bool bonus;
};
enum ts_code ts_ledger_award(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                             const struct ts_award *a, const struct ts_cause *c, uint64_t *ret_transaction,
                             struct ts_error *err);
/* A pending lot becomes available at c->at (and repays debt, unless it is past its expiry). TS_E_NOT_FOUND when there is no such pending lot. */
enum ts_code ts_ledger_activate(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                                uint64_t lot, const struct ts_cause *c, struct ts_error *err);
/* What remains of a lot goes to `expired` and the lot is gone. */
enum ts_code ts_ledger_expire(struct ts_ledger *l, struct ts_wallet *w, uint64_t lot, const struct ts_cause *c,
                              int64_t *ret_amount, uint64_t *ret_transaction, struct ts_error *err);
/* A lot that is not over expires at `expires` from now on, which is later than it did. No points move: its remains leave their account and come
 * back to it, in one transaction. The caller's note says the new expiry ("2027-02-01T00:00:00.000Z"), so that the chain covers it.
 * TS_E_NOT_FOUND when there is no such lot, or it is over; TS_E_USAGE when `expires` is not later. */
enum ts_code ts_ledger_extend(struct ts_ledger *l, struct ts_wallet *w, uint64_t lot, ts_ms expires,
                              const struct ts_cause *c, uint64_t *ret_transaction, struct ts_error *err);
/* What a refund takes back of an earning: `amount` > 0 points go back to `issued`. From pending lots that `record` made, then the rest of its
 * lots (both by age), then any that could be spent, in the order of spending; the rest is a debt of `w`, or with `floor` nothing. The
 * entries: for each wallet in the order given pending, then available; the debt; the brand's. *ret_taken: what went back, debt
 * included; 0 makes no transaction and leaves *ret_transaction alone. */
struct ts_clawback {
    uint32_t points;
    int64_t amount;
    uint64_t record; /* whose lots go first */
    uint64_t of;     /* the transaction that earned them */
    bool floor;
};
enum ts_code ts_ledger_clawback(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                                const struct ts_clawback *k, const struct ts_cause *c, int64_t *ret_taken,
                                uint64_t *ret_transaction, struct ts_error *err);
/* Spend over the union: earliest expiry first, unlimited last, then the oldest lot; only lots with at < expires count. ret_slices gets
 * at most slices_cap of them, in that order; ret_n_slices is how many there are in all. More than 255 profiles: TS_E_LIMIT. */
struct ts_slice {
    uint64_t lot;
    uint64_t profile;
    int64_t amount;
};
enum ts_code ts_ledger_spend(struct ts_ledger *l, struct ts_wallet *const *wallets, uint32_t n, uint32_t points,
                             int64_t amount, const struct ts_cause *c, uint64_t *ret_transaction,
                             struct ts_slice *ret_slices, uint32_t slices_cap, uint32_t *ret_n_slices,
                             struct ts_error *err);
/* amount > 0: issued by hand into a lot with `expires`, against `adjusted`, repaying debt first; < 0: taken like a spend, refused when
 * not enough. */
enum ts_code ts_ledger_adjust(struct ts_ledger *l, struct ts_wallet *w, struct ts_wallet *const *wallets, uint32_t n,
                              uint32_t points, int64_t amount, ts_ms expires, const struct ts_cause *c,
                              uint64_t *ret_transaction, struct ts_error *err);
/* What would be spendable at t: available less the remains of available lots with expires <= t. */
int64_t ts_wallets_spendable(struct ts_wallet *const *wallets, uint32_t n, uint32_t points, ts_ms t);
/* The earliest instant at which a lot of the wallet activates or expires; TS_NEVER. */
ts_ms ts_wallet_next_due(const struct ts_wallet *w);

/* The canonical bytes of a transaction that the chain covers, and the next head. `verify` recomputes with these. */
void ts_ledger_chain(const uint8_t previous[32], const struct ts_transaction *t, uint8_t ret_head[32]);

/* Wallet <-> bytes of a member's image. The profile's number is not among them: the image has it, and who decodes sets it. */
bool ts_wallet_encode(const struct ts_wallet *w, struct ts_buf *out);
bool ts_wallet_decode(struct ts_wallet *w, struct ts_reader *in); /* into a cleared wallet, capacity is kept */
void ts_wallet_clear(struct ts_wallet *w);
/* Check one wallet by itself (I3, I4, I5): lots against balances, 0 < remaining <= original, debt <= 0. */
bool ts_wallet_valid(const struct ts_wallet *w, struct ts_error *err);

#endif
