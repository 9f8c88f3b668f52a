/* SPDX-License-Identifier: Apache-2.0 */
/* naive: what points mean, said a second time as plainly as possible: one flat list of lots, one table of accounts, linear
 * scans. It shares no code and no header with core/, so a mistake has to be made twice to go unseen. */
#ifndef NAIVE_H
#define NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAIVE_PROFILES 24   /* profiles are 1 ... 24; 0 is the brand */
#define NAIVE_CURRENCIES 64 /* currencies are 0 ... 63 */
#define NAIVE_NEVER INT64_MAX
#define NAIVE_LIMIT INT64_C(1000000000000000)
#define NAIVE_MADE 32 /* transactions of one call */

/* Accounts and movements by the numbers that are stored. */
enum naive_account {
    NAIVE_PENDING = 1,
    NAIVE_AVAILABLE = 2,
    NAIVE_DEBT = 4,
    NAIVE_ISSUED = 5,
    NAIVE_SPENT = 6,
    NAIVE_EXPIRED = 7,
    NAIVE_ADJUSTED = 8,
    NAIVE_ACCOUNTS = 9
};
enum naive_movement {
    NAIVE_EARN = 1,
    NAIVE_BONUS = 2,
    NAIVE_ACTIVATE = 3,
    NAIVE_EXPIRE = 4,
    NAIVE_SPEND = 5,
    NAIVE_ADJUST = 6,
    NAIVE_REPAY = 7,
    NAIVE_EXTEND = 8,
    NAIVE_CLAWBACK = 9
};
enum naive_result { NAIVE_OK, NAIVE_USAGE, NAIVE_OVERFLOW, NAIVE_INSUFFICIENT, NAIVE_NOT_FOUND };

struct naive_lot {
    uint64_t id, record;
    int profile;
    uint32_t points, rule;
    bool pending;
    int64_t original, remaining, earned, activates, expires;
};
struct naive_entry {
    int account, profile;
    uint32_t points;
    int64_t amount;
};
struct naive_transaction {
    uint64_t id, seq, record, lot, of;
    int movement;
    uint32_t rule;
    int64_t at, desired;
    const char *note; /* NULL: absent */
    size_t note_len;
    int n_entries;
    struct naive_entry entries[2 * NAIVE_PROFILES + 2];
    uint8_t head[32];
};
struct naive_slice {
    uint64_t lot;
    int profile;
    int64_t amount;
};
struct naive_cause {
    uint64_t record;
    int64_t at;
    uint32_t rule;
    const char *note;
    size_t note_len;
};
/* The member whose wallets take part, in the order of joining. */
struct naive_union {
    int profiles[NAIVE_PROFILES], n;
};
struct naive_award {
    uint32_t points;
    int64_t amount, desired, earned, activates, expires;
    uint64_t of;
    bool bonus;
};

struct naive {
    struct naive_lot *lots; /* all of all profiles, in order of id */
    size_t n_lots, cap;
    int64_t account[NAIVE_PROFILES + 1][NAIVE_CURRENCIES][NAIVE_ACCOUNTS]; /* [0]: the brand's */
    uint64_t transactions, entries;
    uint8_t head[32];
    struct naive_transaction made[NAIVE_MADE]; /* by the last call */
    int n_made;
    struct naive_slice *slices; /* of the last spend */
    size_t n_slices, slices_cap;
};

void naive_release(struct naive *n);
enum naive_result naive_award(struct naive *n, int profile, const struct naive_union *u, const struct naive_award *a,
                              const struct naive_cause *c);
enum naive_result naive_activate(struct naive *n, uint64_t lot, const struct naive_union *u,
                                 const struct naive_cause *c);
enum naive_result naive_expire(struct naive *n, uint64_t lot, const struct naive_cause *c);
enum naive_result naive_extend(struct naive *n, uint64_t lot, int64_t expires, const struct naive_cause *c);
/* *ret_taken: what went back, debt included. */
enum naive_result naive_clawback(struct naive *n, int profile, const struct naive_union *u, uint32_t points,
                                 int64_t amount, uint64_t record, uint64_t of, bool floor, const struct naive_cause *c,
                                 int64_t *ret_taken);
enum naive_result naive_spend(struct naive *n, const struct naive_union *u, uint32_t points, int64_t amount,
                              const struct naive_cause *c);
enum naive_result naive_adjust(struct naive *n, int profile, const struct naive_union *u, uint32_t points,
                               int64_t amount, int64_t expires, const struct naive_cause *c);
/* A debt appears, as a refund's shortfall would make it. */
void naive_owe(struct naive *n, int profile, uint32_t points, int64_t amount);

int64_t naive_spendable(const struct naive *n, const struct naive_union *u, uint32_t points, int64_t at);
/* The lot that falls due first (by instant, then id; profile 0: of anybody); false when none ever does. */
bool naive_next_due(const struct naive *n, int profile, int64_t *due, uint64_t *lot, bool *activates);
const struct naive_lot *naive_lot(const struct naive *n, uint64_t id);

#endif
