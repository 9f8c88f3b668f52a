/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger with a few wallets for the tests of this folder. Its sink checks what every transaction must keep (entries sum
 * to zero, numbers without a gap, the chain) and remembers the last ones, so tests assert on what was posted. */
#ifndef TEST_LEDGER_FIXTURE_H
#define TEST_LEDGER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "ledger/ledger.h"

#define WALLETS 3
#define STARS 1u
#define GEMS 2u
#define DAY INT64_C(86400000)
#define SEEN_MAX 8

struct seen {
    uint64_t id, seq, lot, of;
    enum ts_movement movement;
    int64_t desired;
    char note[32];
    uint32_t n_entries;
    struct ts_entry entries[4];
};

struct fixture {
    struct ts_ledger l;
    struct ts_wallet w[WALLETS], *all[WALLETS];
    struct seen seen[SEEN_MAX]; /* since fixture_forget */
    uint32_t n_seen;
    uint64_t last_id, next_seq;
    uint8_t head[32];
    bool sink_fails;
    struct ts_error err;
};

static bool fixture_sink(void *arg, const struct ts_transaction *t)
{
    struct fixture *f = arg;
    if (f->sink_fails) return false;
    int64_t sum[TS_CURRENCIES_MAX] = {0};
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        assert_int_not_equal(e->amount, 0);
        assert_int_equal(e->profile != 0, ts_account_is_members(e->account));
        sum[e->points] += e->amount;
    }
    for (uint32_t i = 0; i < TS_CURRENCIES_MAX; i++)
        assert_int_equal(sum[i], 0);
    assert_true(t->n_entries >= 2);
    assert_int_equal(t->id, ++f->last_id);
    assert_int_equal(t->seq, f->next_seq);
    f->next_seq += t->n_entries;
    uint8_t head[32];
    ts_ledger_chain(f->head, t, head);
    assert_memory_equal(head, t->head, 32);
    memcpy(f->head, head, 32);

    struct seen *s = &f->seen[f->n_seen < SEEN_MAX - 1 ? f->n_seen++ : SEEN_MAX - 1];
    *s = (struct seen){t->id, t->seq, t->lot, t->of, t->movement, t->desired, "", t->n_entries, {{0}}};
    snprintf(s->note, sizeof s->note, TS_STR_FMT, TS_STR_ARG(t->note));
    for (uint32_t i = 0; i < t->n_entries && i < 4; i++)
        s->entries[i] = t->entries[i];
    return true;
}

static inline void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->next_seq = 1;
    f->l.sink = fixture_sink;
    f->l.sink_arg = f;
    for (uint32_t i = 0; i < WALLETS; i++) {
        f->w[i].profile = 101 + i;
        f->all[i] = &f->w[i];
    }
}

/* Everything agrees: wallets in themselves, sums of the wallets with the ledger's, all accounts with zero. */
static inline void fixture_check(struct fixture *f)
{
    for (uint32_t p = 0; p < TS_CURRENCIES_MAX; p++) {
        const struct ts_balance b = ts_wallets_balance(f->all, WALLETS, p);
        assert_int_equal(b.pending, f->l.members[p][TS_ACCOUNT_PENDING]);
        assert_int_equal(b.available, f->l.members[p][TS_ACCOUNT_AVAILABLE]);
        assert_int_equal(b.held, f->l.members[p][TS_ACCOUNT_HELD]);
        assert_int_equal(b.debt, f->l.members[p][TS_ACCOUNT_DEBT]);
        int64_t sum = b.pending + b.available + b.held + b.debt;
        for (int a = TS_ACCOUNT_ISSUED; a < TS_ACCOUNT_COUNT; a++)
            sum += f->l.brand[p][a];
        assert_int_equal(sum, 0);
    }
    for (uint32_t i = 0; i < WALLETS; i++)
        assert_true(ts_wallet_valid(&f->w[i], &f->err));
    assert_memory_equal(f->l.head, f->head, 32);
    assert_int_equal(f->l.transactions, f->last_id);
    assert_int_equal(f->l.entries + 1, f->next_seq);
}

static inline void fixture_release(struct fixture *f)
{
    for (uint32_t i = 0; i < WALLETS; i++)
        ts_wallet_release(&f->w[i]);
}

static inline void fixture_forget(struct fixture *f) { f->n_seen = 0; }

static inline struct ts_cause cause_at(ts_ms at)
{
    return (struct ts_cause){.record = 7, .at = at, .rule = 3, .note = TS_STR("why")};
}

/* Make a debt as a refund's shortfall would: less was issued after all, and the member owes it. The wallet has no other
 * currency yet, or this one. */
static inline void fixture_owe(struct fixture *f, uint32_t i, uint32_t points, int64_t amount)
{
    struct ts_balance *b = f->w[i].balances.len ? &f->w[i].balances.at[0] : ts_vec_push(&f->w[i].balances);
    assert_non_null(b);
    b->points = points;
    b->debt -= amount;
    f->l.members[points][TS_ACCOUNT_DEBT] -= amount;
    f->l.brand[points][TS_ACCOUNT_ISSUED] += amount;
}

/* An award that must succeed; the number of its transaction. */
static inline uint64_t fixture_award(struct fixture *f, uint32_t i, int64_t amount, ts_ms at, ts_ms activates,
                                     ts_ms expires)
{
    const struct ts_award a = {
        .points = STARS, .amount = amount, .desired = amount, .earned = at, .activates = activates, .expires = expires};
    const struct ts_cause c = cause_at(at);
    uint64_t id = 0;
    assert_int_equal(ts_ledger_award(&f->l, &f->w[i], f->all, WALLETS, &a, &c, &id, &f->err), TS_OK);
    assert_true(id > 0);
    return id;
}

static inline enum ts_code fixture_spend(struct fixture *f, int64_t amount, ts_ms at)
{
    const struct ts_cause c = cause_at(at);
    return ts_ledger_spend(&f->l, f->all, WALLETS, STARS, amount, &c, NULL, NULL, 0, NULL, &f->err);
}

static inline void assert_entry(const struct ts_entry *e, enum ts_account account, uint64_t profile, int64_t amount)
{
    assert_int_equal(e->account, account);
    assert_int_equal(e->profile, profile);
    assert_int_equal(e->points, STARS);
    assert_int_equal(e->amount, amount);
}

static inline struct ts_balance stars_of(const struct fixture *f, uint32_t i)
{
    return ts_wallet_balance(&f->w[i], STARS);
}

#define FIXTURE                                                                                                        \
    struct fixture f;                                                                                                  \
    fixture_init(&f)
#define FIXTURE_END                                                                                                    \
    fixture_check(&f);                                                                                                 \
    fixture_release(&f)

#endif
