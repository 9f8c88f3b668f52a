/* SPDX-License-Identifier: Apache-2.0 */
/* Points that go out: the order of spending over a union, its edges, and that a refused spend changes nothing. */
#include "fixture.h"

static void earliest_expiry_then_never_then_oldest(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    const uint64_t never_old = fixture_award(&f, 0, 10, 0, 0, TS_NEVER);
    const uint64_t late = fixture_award(&f, 1, 10, 0, 0, 9 * DAY);
    const uint64_t early_old = fixture_award(&f, 2, 10, 0, 0, 3 * DAY);
    const uint64_t early_new = fixture_award(&f, 0, 10, 0, 0, 3 * DAY);
    const uint64_t never_new = fixture_award(&f, 1, 10, 0, 0, TS_NEVER);
    fixture_award(&f, 1, 10, 0, 1 * DAY, 2 * DAY); /* pending: not spendable, whatever its expiry */

    struct ts_slice slices[8];
    uint32_t n = 0;
    uint64_t id = 0;
    const struct ts_cause c = cause_at(DAY - 1);
    fixture_forget(&f);
    assert_int_equal(ts_ledger_spend(&f.l, f.all, WALLETS, STARS, 45, &c, &id, slices, 8, &n, &f.err), TS_OK);
    const uint64_t order[] = {early_old, early_new, late, never_old, never_new};
    const uint64_t profiles[] = {103, 101, 102, 101, 102};
    assert_int_equal(n, 5);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(slices[i].lot, order[i]);
        assert_int_equal(slices[i].profile, profiles[i]);
        assert_int_equal(slices[i].amount, i < 4 ? 10 : 5);
    }
    assert_int_equal(f.n_seen, 1);
    assert_int_equal(f.seen[0].id, id);
    assert_int_equal(f.seen[0].movement, TS_MOVE_SPEND);
    assert_int_equal(f.seen[0].lot, 0);
    assert_int_equal(f.seen[0].n_entries, 4);
    assert_entry(&f.seen[0].entries[0], TS_ACCOUNT_AVAILABLE, 103, -10);
    assert_entry(&f.seen[0].entries[1], TS_ACCOUNT_AVAILABLE, 101, -20);
    assert_entry(&f.seen[0].entries[2], TS_ACCOUNT_AVAILABLE, 102, -15);
    assert_entry(&f.seen[0].entries[3], TS_ACCOUNT_SPENT, 0, 45);
    assert_int_equal(f.w[0].lots.len, 0);
    assert_int_equal(f.w[1].lots.len, 2);
    assert_int_equal(f.w[1].lots.at[0].id, never_new);
    assert_int_equal(f.w[1].lots.at[0].remaining, 5);
    FIXTURE_END;
}

static void spendable_until_the_instant_of_expiry(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_award(&f, 0, 10, 0, 0, DAY);
    fixture_award(&f, 0, 10, 0, 0, TS_NEVER);
    assert_int_equal(ts_wallets_spendable(f.all, WALLETS, STARS, DAY - 1), 20);
    assert_int_equal(ts_wallets_spendable(f.all, WALLETS, STARS, DAY), 10);
    assert_int_equal(fixture_spend(&f, 11, DAY), TS_E_REFUSED);
    assert_string_equal(f.err.name, "insufficient_points");
    assert_string_equal(f.err.text, "10 points are available, 11 are needed");
    assert_int_equal(fixture_spend(&f, 10, DAY), TS_OK);
    assert_int_equal(f.w[0].lots.len, 1); /* the expired one is left for `expire` */
    assert_int_equal(f.w[0].lots.at[0].expires, DAY);
    FIXTURE_END;
}

static void refused_changes_nothing(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_award(&f, 0, 10, 0, 0, TS_NEVER);
    const struct ts_ledger before = f.l;
    const struct ts_lot lot = f.w[0].lots.at[0];
    f.w[0].changed = false;
    assert_int_equal(fixture_spend(&f, 11, 0), TS_E_REFUSED);
    assert_int_equal(fixture_spend(&f, 0, 0), TS_E_USAGE);
    assert_int_equal(fixture_spend(&f, -1, 0), TS_E_USAGE);
    assert_int_equal(fixture_spend(&f, TS_LIMIT_POINTS + 1, 0), TS_E_LIMIT);
    const struct ts_cause c = cause_at(0);
    assert_int_equal(ts_ledger_spend(&f.l, f.all, WALLETS, 64, 1, &c, NULL, NULL, 0, NULL, NULL), TS_E_LIMIT);
    assert_int_equal(ts_ledger_spend(&f.l, f.all, WALLETS, GEMS, 1, &c, NULL, NULL, 0, NULL, NULL), TS_E_REFUSED);
    assert_int_equal(ts_ledger_spend(&f.l, NULL, 0, STARS, 1, &c, NULL, NULL, 0, NULL, NULL), TS_E_REFUSED);
    assert_memory_equal(&f.l, &before, sizeof before);
    assert_memory_equal(&f.w[0].lots.at[0], &lot, sizeof lot);
    assert_false(f.w[0].changed);
    FIXTURE_END;
}

/* SEMANTICS, Points 12: of several redemptions of the whole balance exactly one succeeds. */
static void the_whole_balance_once(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    for (int i = 0; i < 200; i++) /* more lots than the local candidates */
        fixture_award(&f, (uint32_t)i % WALLETS, 1 + i, 0, 0, i % 5 ? (200 - i) * DAY : TS_NEVER);
    const int64_t whole = ts_wallets_spendable(f.all, WALLETS, STARS, 0);
    assert_int_equal(whole, 200 * 201 / 2);
    struct ts_slice slices[4];
    uint32_t n = 0;
    const struct ts_cause c = cause_at(0);
    assert_int_equal(ts_ledger_spend(&f.l, f.all, WALLETS, STARS, whole, &c, NULL, slices, 4, &n, &f.err), TS_OK);
    assert_int_equal(n, 200); /* all are counted, four are written */
    assert_int_equal(slices[0].lot, 200);
    for (int i = 0; i < 5; i++)
        assert_int_equal(fixture_spend(&f, whole, 0), TS_E_REFUSED);
    FIXTURE_END;
}

static void too_many_profiles(void **state)
{
    TS_UNUSED(state);
    static struct ts_wallet wallets[TS_ENTRIES_MAX];
    struct ts_wallet *all[TS_ENTRIES_MAX];
    struct ts_ledger l = {0};
    const struct ts_cause c = cause_at(0);
    for (uint32_t i = 0; i < TS_ENTRIES_MAX; i++) {
        wallets[i].profile = i + 1;
        all[i] = &wallets[i];
        const struct ts_award a = {.points = STARS, .amount = 1, .expires = TS_NEVER};
        assert_int_equal(ts_ledger_award(&l, all[i], all, i + 1, &a, &c, NULL, NULL), TS_OK);
    }
    const struct ts_ledger before = l;
    struct ts_error err;
    assert_int_equal(ts_ledger_spend(&l, all, 256, STARS, 256, &c, NULL, NULL, 0, NULL, &err), TS_E_LIMIT);
    assert_string_equal(err.name, "too_many_profiles");
    assert_memory_equal(&l, &before, sizeof l);
    assert_int_equal(ts_ledger_spend(&l, all, 256, STARS, 255, &c, NULL, NULL, 0, NULL, &err), TS_OK);
    assert_int_equal(l.entries, 2 * 256 + 256);
    assert_int_equal(l.members[STARS][TS_ACCOUNT_AVAILABLE], 1);
    for (uint32_t i = 0; i < TS_ENTRIES_MAX; i++)
        ts_wallet_release(&wallets[i]);
}

/* Points that lie under a hold are in the lots but not in `available`. */
static void held_points_are_not_spendable(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_award(&f, 0, 100, 0, 0, TS_NEVER);
    f.w[0].balances.at[0].available -= 60;
    f.w[0].balances.at[0].held += 60;
    f.l.members[STARS][TS_ACCOUNT_AVAILABLE] -= 60;
    f.l.members[STARS][TS_ACCOUNT_HELD] += 60;
    assert_int_equal(fixture_spend(&f, 41, 0), TS_E_REFUSED);
    assert_int_equal(fixture_spend(&f, 40, 0), TS_OK);
    FIXTURE_END;
}

static void a_damaged_wallet_is_named_not_spent(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    const uint64_t id = fixture_award(&f, 0, 100, 0, 0, TS_NEVER);
    f.w[0].balances.at[0].available = 150;
    assert_int_equal(fixture_spend(&f, 120, 0), TS_E_DAMAGED);
    f.w[0].balances.at[0].available = 50;
    const struct ts_cause c = cause_at(0);
    assert_int_equal(ts_ledger_expire(&f.l, &f.w[0], id, &c, NULL, NULL, &f.err), TS_E_DAMAGED);
    f.w[0].balances.at[0].available = 100;

    const uint64_t pending = fixture_award(&f, 1, 30, 0, DAY, TS_NEVER);
    f.w[1].balances.at[0].pending = 29;
    assert_int_equal(ts_ledger_activate(&f.l, &f.w[1], f.all, WALLETS, pending, &c, &f.err), TS_E_DAMAGED);
    f.w[1].balances.at[0].pending = 30;

    fixture_award(&f, 2, 50, 0, 0, TS_NEVER); /* the sum is right, but it is in the wrong wallet */
    f.w[0].balances.at[0].available = 60;
    f.w[2].balances.at[0].available = 90;
    assert_int_equal(fixture_spend(&f, 100, 0), TS_E_DAMAGED);
    f.w[0].balances.at[0].available = 100;
    f.w[2].balances.at[0].available = 50;
    FIXTURE_END;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earliest_expiry_then_never_then_oldest),
        cmocka_unit_test(spendable_until_the_instant_of_expiry),
        cmocka_unit_test(refused_changes_nothing),
        cmocka_unit_test(the_whole_balance_once),
        cmocka_unit_test(too_many_profiles),
        cmocka_unit_test(held_points_are_not_spendable),
        cmocka_unit_test(a_damaged_wallet_is_named_not_spent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
