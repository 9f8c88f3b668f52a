/* SPDX-License-Identifier: Apache-2.0 */
/* The world in which the ledger and the naive model live side by side: the same profiles, united into the same members,
 * on the same clock. operations.c does one random thing to both, compare.c looks for a difference. */
#ifndef MODEL_H
#define MODEL_H

#include "ledger/ledger.h"
#include "naive.h"

#define MODEL_OPERATIONS(X)                                                                                            \
    X(AWARD, "award", 10) /* available at once */                                                                      \
    X(AWARD_PENDING, "award_pending", 14)                                                                              \
    X(AWARD_OVER, "award_over", 3) /* activates and expires in the past */                                             \
    X(BONUS, "bonus", 8)           /* with an earning that it adds to */                                               \
    X(ACTIVATE, "activate", 4)     /* any lot, by its number */                                                        \
    X(EXPIRE, "expire", 3)         /* the same */                                                                      \
    X(CLAWBACK, "clawback", 6)     /* what some record earned */                                                       \
    X(EXTEND, "extend", 4)         /* the same, to an instant that is mostly later */                                  \
    X(SPEND, "spend", 12)                                                                                              \
    X(SPEND_ALL, "spend_all", 4) /* to the last point, or one too many */                                              \
    X(ADJUST_UP, "adjust_up", 5)                                                                                       \
    X(ADJUST_DOWN, "adjust_down", 6)                                                                                   \
    X(OWE, "owe", 2)                   /* a debt is set up */                                                          \
    X(JOIN, "join", 5)                 /* two members become one */                                                    \
    X(SPLIT, "split", 3)               /* a profile leaves its member */                                               \
    X(RELOAD, "reload", 3)             /* a wallet is encoded and decoded */                                           \
    X(ADVANCE, "advance", 8)           /* the clock moves; what fell due may fire at once, or late */                  \
    X(DUE_ACTIVATE, "due_activate", 0) /* fired by the clock, in the order of (due, lot) */                            \
    X(DUE_EXPIRE, "due_expire", 0)

#define MODEL_ENUM(e, name, weight) MODEL_##e,
enum model_operation { MODEL_OPERATIONS(MODEL_ENUM) MODEL_OPERATION_COUNT };
#undef MODEL_ENUM

/* The currencies in use: the first and the last number, one that the image encodes longer, and one for huge amounts. */
#define MODEL_CURRENCIES 4
#define MODEL_HUGE 3

struct model_count {
    uint64_t tried, accepted;
};

struct model {
    uint64_t seed, step, operations;
    struct ts_rng rng;
    ts_ms now;
    bool firing; /* lots that fell due are being fired */
    bool late;   /* ... all at the present instant, not each at its own */

    struct ts_ledger ledger;
    struct ts_wallet wallets[NAIVE_PROFILES + 1]; /* [0] is not used */
    struct naive naive;
    struct naive_union members[NAIVE_PROFILES]; /* every profile is in exactly one; empty ones have n 0 */

    struct ts_transaction made[NAIVE_MADE]; /* what the sink got during the present operation */
    uint32_t n_made;
    TS_VEC(struct naive_transaction) kept; /* all since the last full comparison, for the chain */
    uint8_t kept_from[32];                 /* the head before them */

    enum model_operation operation;
    char what[200]; /* the operation in words */
    struct model_count counts[MODEL_OPERATION_COUNT];
    bool json;
};

extern const uint32_t model_currencies[MODEL_CURRENCIES];
const char *model_operation_name(enum model_operation o);

/* operations.c */
void model_init(struct model *m, uint64_t seed, uint64_t operations);
void model_release(struct model *m);
void model_step(struct model *m);

/* compare.c: each ends the program with a report when something differs */
void model_differs(const struct model *m, const char *what, const char *expected, const char *found);
void model_expect(const struct model *m, const char *what, int64_t expected, int64_t found);
bool model_sink(void *model, const struct ts_transaction *t);
void model_compare_made(struct model *m);
void model_compare_profile(const struct model *m, int profile);
void model_compare_member(const struct model *m, const struct naive_union *u);
void model_compare_sums(const struct model *m);
void model_compare_all(struct model *m);
/* Encode, decode in its place, compare. */
void model_reload(struct model *m, int profile);

#endif
