/* SPDX-License-Identifier: Apache-2.0 */
/* A wallet by itself: its image in bytes (exact, small, safe on damage), its validity, and memory that runs out. */
#include "../seed.h"
#include "fixture.h"

static void assert_same(const struct ts_wallet *a, const struct ts_wallet *b)
{
    assert_int_equal(a->profile, b->profile);
    assert_int_equal(a->lots.len, b->lots.len);
    assert_int_equal(a->balances.len, b->balances.len);
    for (uint32_t i = 0; i < a->lots.len; i++) {
        const struct ts_lot *x = &a->lots.at[i], *y = &b->lots.at[i];
        assert_int_equal(x->id, y->id);
        assert_int_equal(x->points, y->points);
        assert_int_equal(x->rule, y->rule);
        assert_int_equal(x->state, y->state);
        assert_int_equal(x->original, y->original);
        assert_int_equal(x->remaining, y->remaining);
        assert_int_equal(x->record, y->record);
        assert_int_equal(x->earned, y->earned);
        assert_int_equal(x->activates, y->activates);
        assert_int_equal(x->expires, y->expires);
    }
    for (uint32_t i = 0; i < a->balances.len; i++) {
        const struct ts_balance *x = &a->balances.at[i], *y = &b->balances.at[i];
        assert_int_equal(x->points, y->points);
        assert_int_equal(x->pending, y->pending);
        assert_int_equal(x->available, y->available);
        assert_int_equal(x->held, y->held);
        assert_int_equal(x->debt, y->debt);
    }
}

static void round_trip(const struct ts_wallet *w, struct ts_buf *bytes)
{
    ts_buf_clear(bytes);
    assert_true(ts_wallet_encode(w, bytes));
    struct ts_wallet back = {.profile = w->profile};
    struct ts_reader in = ts_reader(bytes->data, bytes->len);
    assert_true(ts_wallet_decode(&back, &in));
    assert_ptr_equal(in.p, in.end);
    assert_same(w, &back);
    struct ts_buf again;
    ts_buf_init(&again, 0);
    assert_true(ts_wallet_encode(&back, &again));
    assert_int_equal(again.len, bytes->len);
    assert_memory_equal(again.data, bytes->data, bytes->len);
    ts_buf_release(&again);
    ts_wallet_release(&back);
}

/* Numbers of every size, extremes included. */
static int64_t any_number(struct ts_rng *r)
{
    const uint64_t v = ts_rng_next(r) >> ts_rng_below(r, 64);
    switch (ts_rng_below(r, 16)) {
    case 0:
        return INT64_MIN;
    case 1:
        return INT64_MAX;
    case 2:
        return 0;
    case 3:
        return -(int64_t)(v >> 1);
    default:
        return (int64_t)v;
    }
}

static void random_wallet(struct ts_rng *r, struct ts_wallet *w)
{
    ts_wallet_clear(w);
    w->profile = ts_rng_next(r) >> ts_rng_below(r, 64);
    uint32_t points = 0;
    for (uint64_t n = ts_rng_below(r, 4); n > 0; n--) {
        struct ts_balance *b = ts_vec_push(&w->balances);
        points += 1 + (uint32_t)ts_rng_below(r, 10);
        *b = (struct ts_balance){points, any_number(r), any_number(r), any_number(r), 1 + (any_number(r) & 0xFF)};
    }
    uint64_t id = 0;
    for (uint64_t n = ts_rng_below(r, 12); n > 0; n--) {
        struct ts_lot *lot = ts_vec_push(&w->lots);
        id += 1 + (ts_rng_next(r) >> (20 + ts_rng_below(r, 44)));
        *lot = (struct ts_lot){.id = id,
                               .points = (uint32_t)ts_rng_below(r, 3),
                               .rule = (uint32_t)ts_rng_below(r, 2),
                               .state = ts_rng_below(r, 2) ? TS_LOT_PENDING : TS_LOT_AVAILABLE,
                               .original = any_number(r),
                               .record = (uint64_t)any_number(r),
                               .earned = any_number(r)};
        lot->remaining = ts_rng_below(r, 2) ? lot->original : any_number(r);
        lot->activates = ts_rng_below(r, 2) ? lot->earned : any_number(r);
        lot->expires = ts_rng_below(r, 2) ? TS_NEVER : any_number(r);
    }
}

static void every_wallet_comes_back(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = {test_seed(20260115)};
    struct ts_wallet w = {0};
    struct ts_buf bytes;
    ts_buf_init(&bytes, 0);
    for (int i = 0; i < 20000; i++) {
        random_wallet(&r, &w);
        round_trip(&w, &bytes);
    }
    ts_buf_release(&bytes);
    ts_wallet_release(&w);
}

/* Cut short, or with any byte changed: the decoder says no, or gives some wallet that encodes again; it never crashes. */
static void damaged_bytes_do_no_harm(void **state)
{
    TS_UNUSED(state);
    struct ts_rng r = {test_seed(20260115)};
    struct ts_wallet w = {0}, back = {0};
    struct ts_buf bytes;
    ts_buf_init(&bytes, 0);
    for (int i = 0; i < 3000; i++) {
        random_wallet(&r, &w);
        ts_buf_clear(&bytes);
        ts_wallet_encode(&w, &bytes);
        for (size_t cut = 0; cut < bytes.len; cut++) {
            struct ts_reader in = ts_reader(bytes.data, cut);
            ts_wallet_clear(&back);
            assert_false(ts_wallet_decode(&back, &in));
        }
        for (int k = 0; k < 8; k++) {
            bytes.data[ts_rng_below(&r, bytes.len)] = (uint8_t)ts_rng_next(&r);
            struct ts_reader in = ts_reader(bytes.data, bytes.len);
            ts_wallet_clear(&back);
            if (!ts_wallet_decode(&back, &in)) assert_true(in.bad);
            ts_wallet_valid(&back, NULL);
        }
    }
    ts_buf_release(&bytes);
    ts_wallet_release(&w);
    ts_wallet_release(&back);
}

/* Memory for millions of members rests on this: eight ordinary lots, deep into a program's life. */
static void an_ordinary_lot_is_small(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    f.l.transactions = f.last_id = 30000000;
    f.w[0].profile = 5000000;
    for (int i = 0; i < 8; i++) {
        const ts_ms at = INT64_C(1768442400123) + i * (17 * DAY + 7654321);
        struct ts_cause c = cause_at(at);
        c.record = 20000000 + (uint64_t)i * 345678;
        struct ts_award a = {.points = STARS, .amount = 199 + i * 50, .earned = at, .activates = at + 14 * DAY};
        a.expires = a.activates + 365 * DAY;
        assert_int_equal(ts_ledger_award(&f.l, &f.w[0], f.all, WALLETS, &a, &c, NULL, NULL), TS_OK);
        f.l.transactions = f.last_id = f.last_id + 456789; /* others' transactions */
    }
    struct ts_buf bytes;
    ts_buf_init(&bytes, 0);
    round_trip(&f.w[0], &bytes);
    print_message("8 lots: %zu bytes, %.1f each\n", bytes.len, (double)bytes.len / 8);
    assert_true(bytes.len <= 192);
    ts_buf_release(&bytes);
    fixture_release(&f);
}

static void zero_balances_are_left_out(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    struct ts_buf empty, used;
    ts_buf_init(&empty, 0);
    ts_buf_init(&used, 0);
    ts_wallet_encode(&f.w[0], &empty);
    fixture_award(&f, 0, 10, 0, 0, TS_NEVER);
    assert_int_equal(fixture_spend(&f, 10, 0), TS_OK);
    ts_wallet_encode(&f.w[0], &used);
    assert_int_equal(empty.len, used.len);
    assert_memory_equal(empty.data, used.data, used.len);
    ts_buf_release(&empty);
    ts_buf_release(&used);
    FIXTURE_END;
}

static void balances_stay_in_order(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    const struct ts_cause c = cause_at(0);
    const uint32_t order[] = {5, 63, 0, 17, 3};
    for (size_t i = 0; i < TS_ARRAY_LEN(order); i++) {
        const struct ts_award a = {.points = order[i], .amount = 1 + order[i], .expires = TS_NEVER};
        assert_int_equal(ts_ledger_award(&f.l, &f.w[0], f.all, WALLETS, &a, &c, NULL, NULL), TS_OK);
    }
    for (uint32_t i = 1; i < f.w[0].balances.len; i++)
        assert_true(f.w[0].balances.at[i - 1].points < f.w[0].balances.at[i].points);
    assert_int_equal(ts_wallet_balance(&f.w[0], 17).available, 18);
    assert_int_equal(ts_wallet_balance(&f.w[0], 18).available, 0);
    assert_int_equal(ts_wallet_balance(&f.w[0], 18).points, 18);
    struct ts_buf bytes;
    ts_buf_init(&bytes, 0);
    round_trip(&f.w[0], &bytes);
    ts_buf_release(&bytes);
    FIXTURE_END;
}

static void invalid_wallets_are_named(void **state)
{
    TS_UNUSED(state);
    for (int fault = 0; fault < 12; fault++) {
        FIXTURE;
        fixture_award(&f, 0, 10, 0, 0, TS_NEVER);
        fixture_award(&f, 0, 10, 0, DAY, TS_NEVER);
        assert_true(ts_wallet_valid(&f.w[0], &f.err));
        struct ts_lot *lot = f.w[0].lots.at;
        struct ts_balance *b = f.w[0].balances.at;
        switch (fault) {
        case 0:
            lot[0].remaining = 0;
            break;
        case 1:
            lot[0].remaining = 11;
            break;
        case 2:
            lot[0].state = 0;
            break;
        case 3:
            lot[1].id = lot[0].id;
            break;
        case 4:
            lot[1].points = GEMS;
            break;
        case 5:
            lot[1].state = TS_LOT_AVAILABLE;
            break;
        case 6:
            b->debt = 1;
            break;
        case 7:
            b->available = -10;
            break;
        case 8:
            b->held = 1;
            break;
        case 9:
            b->pending = 11;
            break;
        case 10:
            b->points = 64;
            break;
        case 11:
            lot[0].original = INT64_MAX;
            break;
        }
        assert_false(ts_wallet_valid(&f.w[0], &f.err));
        assert_int_equal(f.err.code, TS_E_DAMAGED);
        assert_non_null(strstr(f.err.text, "profile 101"));
        fixture_release(&f);
    }
}

static void unions_do_not_wrap(void **state)
{
    TS_UNUSED(state);
    struct ts_balance b = {.points = STARS, .available = INT64_MAX - 1, .debt = INT64_MIN + 1};
    struct ts_wallet w = {.balances = {&b, 1, 1}};
    struct ts_wallet *all[] = {&w, &w, &w};
    assert_int_equal(ts_wallets_balance(all, 3, STARS).available, INT64_MAX);
    assert_int_equal(ts_wallets_balance(all, 3, STARS).debt, INT64_MIN);
    assert_int_equal(ts_wallets_spendable(all, 3, STARS, 0), INT64_MAX);
    assert_int_equal(ts_wallets_spendable(all, 3, GEMS, 0), 0);
}

/* Whichever allocation fails: the call says so, marks the wallet, and nothing leaks. */
static void every_allocation_may_fail(void **state)
{
    TS_UNUSED(state);
    const struct ts_award a = {.points = STARS, .amount = 1, .expires = TS_NEVER};
    const struct ts_cause c = cause_at(0);
    int failures = 0;
    for (int64_t nth = 0; nth < 4; nth++) {
        FIXTURE;
        ts_alloc_fail_after(nth);
        const enum ts_code code = ts_ledger_award(&f.l, &f.w[0], f.all, WALLETS, &a, &c, NULL, &f.err);
        ts_alloc_fail_after(-1);
        assert_true(code == TS_OK || code == TS_E_MEMORY);
        assert_int_equal(f.w[0].failed, code == TS_E_MEMORY);
        assert_int_equal(f.l.transactions, code == TS_OK ? 1 : 0);
        failures += code == TS_E_MEMORY;
        fixture_release(&f);
    }
    assert_int_equal(failures, 2); /* the balance, the lot */

    FIXTURE;
    for (int i = 0; i < 100; i++)
        fixture_award(&f, 0, 1, 0, 0, TS_NEVER);
    ts_alloc_fail_after(0);
    assert_int_equal(fixture_spend(&f, 100, 0), TS_E_MEMORY);
    ts_alloc_fail_after(-1);
    f.w[0].failed = false;

    struct ts_buf bytes;
    ts_buf_init(&bytes, 0);
    ts_alloc_fail_after(0);
    assert_false(ts_wallet_encode(&f.w[0], &bytes));
    ts_alloc_fail_after(-1);
    ts_buf_clear(&bytes);
    assert_true(ts_wallet_encode(&f.w[0], &bytes));
    struct ts_wallet back = {0};
    for (int64_t nth = 0;; nth++) {
        struct ts_reader in = ts_reader(bytes.data, bytes.len);
        ts_wallet_release(&back);
        ts_alloc_fail_after(nth);
        const bool ok = ts_wallet_decode(&back, &in);
        ts_alloc_fail_after(-1);
        assert_int_equal(back.failed, !ok);
        if (ok) break;
    }
    ts_wallet_release(&back);
    ts_buf_release(&bytes);
    FIXTURE_END;
}

static void a_sink_out_of_memory_fails_the_call(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_award(&f, 0, 10, 0, 0, TS_NEVER);
    f.sink_fails = true;
    assert_int_equal(fixture_spend(&f, 1, 0), TS_E_MEMORY);
    assert_true(f.w[0].failed);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wallet_comes_back),
        cmocka_unit_test(damaged_bytes_do_no_harm),
        cmocka_unit_test(an_ordinary_lot_is_small),
        cmocka_unit_test(zero_balances_are_left_out),
        cmocka_unit_test(balances_stay_in_order),
        cmocka_unit_test(invalid_wallets_are_named),
        cmocka_unit_test(unions_do_not_wrap),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_sink_out_of_memory_fails_the_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
