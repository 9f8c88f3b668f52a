/* SPDX-License-Identifier: Apache-2.0 */
/* Points that come in: awards, activation, expiry, adjustments upward, and the debt that they repay. */
#include "fixture.h"

static void names_are_words(void **state)
{
    TS_UNUSED(state);
    assert_string_equal(ts_account_name(TS_ACCOUNT_PENDING), "pending");
    assert_string_equal(ts_account_name(TS_ACCOUNT_ADJUSTED), "adjusted");
    assert_string_equal(ts_account_name((enum ts_account)0), "unknown");
    assert_string_equal(ts_account_name((enum ts_account)99), "unknown");
    assert_string_equal(ts_movement_name(TS_MOVE_EARN), "earn");
    assert_string_equal(ts_movement_name(TS_MOVE_REPAY), "repay");
    assert_string_equal(ts_movement_name((enum ts_movement)99), "unknown");
}

static void available_at_once(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    const uint64_t id = fixture_award(&f, 0, 150, 1000, 1000, TS_NEVER);
    assert_int_equal(id, 1);
    assert_int_equal(f.n_seen, 1);
    assert_int_equal(f.seen[0].movement, TS_MOVE_EARN);
    assert_int_equal(f.seen[0].lot, id);
    assert_int_equal(f.seen[0].desired, 150);
    assert_string_equal(f.seen[0].note, "why");
    assert_int_equal(f.seen[0].n_entries, 2);
    assert_entry(&f.seen[0].entries[0], TS_ACCOUNT_ISSUED, 0, -150);
    assert_entry(&f.seen[0].entries[1], TS_ACCOUNT_AVAILABLE, 101, 150);
    assert_int_equal(f.w[0].lots.len, 1);
    const struct ts_lot *lot = &f.w[0].lots.at[0];
    assert_int_equal(lot->id, id);
    assert_int_equal(lot->state, TS_LOT_AVAILABLE);
    assert_int_equal(lot->original, 150);
    assert_int_equal(lot->remaining, 150);
    assert_int_equal(lot->record, 7);
    assert_int_equal(lot->rule, 3);
    assert_int_equal(stars_of(&f, 0).available, 150);
    assert_true(f.w[0].changed);
    FIXTURE_END;
}

static void pending_activates_then_expires(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    const uint64_t id = fixture_award(&f, 0, 150, 0, 14 * DAY, 100 * DAY);
    assert_int_equal(stars_of(&f, 0).pending, 150);
    assert_int_equal(stars_of(&f, 0).available, 0);
    assert_int_equal(ts_wallet_next_due(&f.w[0]), 14 * DAY);
    assert_int_equal(fixture_spend(&f, 1, 13 * DAY), TS_E_REFUSED); /* pending points are not spendable */

    struct ts_cause c = cause_at(14 * DAY);
    fixture_forget(&f);
    assert_int_equal(ts_ledger_activate(&f.l, &f.w[0], f.all, WALLETS, id, &c, &f.err), TS_OK);
    assert_int_equal(f.seen[0].movement, TS_MOVE_ACTIVATE);
    assert_int_equal(f.seen[0].lot, id);
    assert_entry(&f.seen[0].entries[0], TS_ACCOUNT_PENDING, 101, -150);
    assert_entry(&f.seen[0].entries[1], TS_ACCOUNT_AVAILABLE, 101, 150);
    assert_int_equal(ts_wallet_next_due(&f.w[0]), 100 * DAY);
    assert_int_equal(ts_ledger_activate(&f.l, &f.w[0], f.all, WALLETS, id, &c, &f.err), TS_E_NOT_FOUND);

    int64_t amount = 0;
    uint64_t transaction = 0;
    c = cause_at(100 * DAY);
    assert_int_equal(ts_ledger_expire(&f.l, &f.w[0], id, &c, &amount, &transaction, &f.err), TS_OK);
    assert_int_equal(amount, 150);
    assert_int_equal(transaction, 3);
    assert_entry(&f.seen[1].entries[0], TS_ACCOUNT_AVAILABLE, 101, -150);
    assert_entry(&f.seen[1].entries[1], TS_ACCOUNT_EXPIRED, 0, 150);
    assert_int_equal(f.w[0].lots.len, 0);
    assert_int_equal(ts_wallet_next_due(&f.w[0]), TS_NEVER);
    assert_int_equal(ts_ledger_expire(&f.l, &f.w[0], id, &c, NULL, NULL, &f.err), TS_E_NOT_FOUND);
    FIXTURE_END;
}

static void a_pending_lot_can_expire(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    const uint64_t id = fixture_award(&f, 0, 20, 0, 14 * DAY, 10 * DAY);
    assert_int_equal(ts_wallet_next_due(&f.w[0]), 10 * DAY);
    const struct ts_cause c = cause_at(10 * DAY);
    assert_int_equal(ts_ledger_expire(&f.l, &f.w[0], id, &c, NULL, NULL, &f.err), TS_OK);
    assert_int_equal(f.l.brand[STARS][TS_ACCOUNT_EXPIRED], 20);
    assert_int_equal(stars_of(&f, 0).pending, 0);
    FIXTURE_END;
}

/* SEMANTICS, Time: a late event whose points would be over already is issued and expired in the same record. */
static void issued_and_expired_at_once(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_owe(&f, 0, STARS, 5);
    fixture_award(&f, 0, 70, 50 * DAY, 10 * DAY, 50 * DAY);
    assert_int_equal(f.n_seen, 2);
    assert_int_equal(f.seen[1].movement, TS_MOVE_EXPIRE);
    assert_int_equal(f.seen[1].lot, f.seen[0].id);
    assert_int_equal(f.l.brand[STARS][TS_ACCOUNT_EXPIRED], 70);
    assert_int_equal(f.w[0].lots.len, 0);
    assert_int_equal(stars_of(&f, 0).debt, -5); /* they never were spendable, so they pay nothing */
    fixture_award(&f, 0, 70, 50 * DAY, 10 * DAY, 50 * DAY + 1);
    assert_int_equal(stars_of(&f, 0).debt, 0);
    assert_int_equal(stars_of(&f, 0).available, 65);
    FIXTURE_END;
}

static void bonus_names_its_base(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    const uint64_t base = fixture_award(&f, 0, 100, 0, 0, TS_NEVER);
    const struct ts_award a = {
        .points = STARS, .amount = 30, .desired = 50, .expires = TS_NEVER, .of = base, .bonus = true};
    const struct ts_cause c = cause_at(1);
    uint64_t id;
    assert_int_equal(ts_ledger_award(&f.l, &f.w[0], f.all, WALLETS, &a, &c, &id, NULL), TS_OK);
    assert_int_equal(f.seen[1].movement, TS_MOVE_BONUS);
    assert_int_equal(f.seen[1].of, base);
    assert_int_equal(f.seen[1].desired, 50); /* granted 30 of the 50 that the rule wanted: both are kept */
    assert_int_equal(f.w[0].lots.at[1].original, 30);
    FIXTURE_END;
}

static void debt_is_repaid_in_the_order_of_wallets(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_owe(&f, 2, STARS, 40);
    fixture_owe(&f, 1, STARS, 30);
    const uint64_t id = fixture_award(&f, 0, 50, 0, 0, TS_NEVER);
    assert_int_equal(f.n_seen, 3);
    assert_int_equal(f.seen[1].movement, TS_MOVE_REPAY);
    assert_int_equal(f.seen[1].lot, id);
    assert_entry(&f.seen[1].entries[0], TS_ACCOUNT_AVAILABLE, 101, -30);
    assert_entry(&f.seen[1].entries[1], TS_ACCOUNT_DEBT, 102, 30);
    assert_entry(&f.seen[2].entries[0], TS_ACCOUNT_AVAILABLE, 101, -20);
    assert_entry(&f.seen[2].entries[1], TS_ACCOUNT_DEBT, 103, 20);
    assert_int_equal(f.w[0].lots.len, 0); /* used up */
    assert_int_equal(stars_of(&f, 2).debt, -20);
    fixture_award(&f, 1, 50, 0, 0, TS_NEVER);
    assert_int_equal(stars_of(&f, 2).debt, 0);
    assert_int_equal(f.w[1].lots.at[0].remaining, 30);
    assert_int_equal(f.w[1].lots.at[0].original, 50);
    FIXTURE_END;
}

static void pending_points_repay_when_they_activate(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_owe(&f, 1, STARS, 30);
    const uint64_t id = fixture_award(&f, 0, 50, 0, DAY, TS_NEVER);
    assert_int_equal(stars_of(&f, 1).debt, -30);
    const struct ts_cause c = cause_at(DAY);
    assert_int_equal(ts_ledger_activate(&f.l, &f.w[0], f.all, WALLETS, id, &c, &f.err), TS_OK);
    assert_int_equal(stars_of(&f, 1).debt, 0);
    assert_int_equal(stars_of(&f, 0).available, 20);
    assert_true(f.w[1].changed);
    FIXTURE_END;
}

static void activated_past_its_expiry_repays_nothing(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_owe(&f, 0, STARS, 30);
    const uint64_t id = fixture_award(&f, 0, 50, 0, DAY, 2 * DAY);
    const struct ts_cause c = cause_at(2 * DAY);
    assert_int_equal(ts_ledger_activate(&f.l, &f.w[0], f.all, WALLETS, id, &c, &f.err), TS_OK);
    assert_int_equal(stars_of(&f, 0).debt, -30);
    assert_int_equal(ts_wallets_spendable(f.all, WALLETS, STARS, 2 * DAY), 0);
    FIXTURE_END;
}

static void adjusted_by_hand(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_owe(&f, 0, STARS, 10);
    const struct ts_cause c = cause_at(DAY);
    uint64_t id = 0;
    assert_int_equal(ts_ledger_adjust(&f.l, &f.w[0], f.all, WALLETS, STARS, 100, 9 * DAY, &c, &id, &f.err), TS_OK);
    assert_int_equal(id, 1);
    assert_int_equal(f.seen[0].movement, TS_MOVE_ADJUST);
    assert_entry(&f.seen[0].entries[0], TS_ACCOUNT_ADJUSTED, 0, -100);
    assert_int_equal(f.w[0].lots.at[0].expires, 9 * DAY);
    assert_int_equal(stars_of(&f, 0).available, 90);
    assert_int_equal(stars_of(&f, 0).debt, 0);

    assert_int_equal(ts_ledger_adjust(&f.l, &f.w[0], f.all, WALLETS, STARS, -91, TS_NEVER, &c, &id, &f.err),
                     TS_E_REFUSED);
    assert_string_equal(f.err.name, "insufficient_points");
    assert_int_equal(ts_ledger_adjust(&f.l, &f.w[0], f.all, WALLETS, STARS, -90, TS_NEVER, &c, &id, &f.err), TS_OK);
    assert_int_equal(id, 3);
    assert_entry(&f.seen[2].entries[1], TS_ACCOUNT_ADJUSTED, 0, 90);
    assert_int_equal(f.l.brand[STARS][TS_ACCOUNT_ADJUSTED], -10);
    assert_int_equal(ts_ledger_adjust(&f.l, &f.w[0], f.all, WALLETS, STARS, 0, TS_NEVER, &c, &id, NULL), TS_E_USAGE);
    assert_int_equal(ts_ledger_adjust(&f.l, &f.w[0], f.all, WALLETS, STARS, INT64_MIN, TS_NEVER, &c, &id, NULL),
                     TS_E_LIMIT);
    FIXTURE_END;
}

static void limits_are_refused_and_change_nothing(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    const struct {
        uint32_t points;
        int64_t amount;
        enum ts_code code;
        const char *name;
    } cases[] = {
        {STARS, 0, TS_E_USAGE, "amount"},
        {STARS, -1, TS_E_USAGE, "amount"},
        {STARS, TS_LIMIT_POINTS + 1, TS_E_LIMIT, "overflow"},
        {STARS, INT64_MAX, TS_E_LIMIT, "overflow"},
        {TS_CURRENCIES_MAX, 1, TS_E_LIMIT, "too_many_currencies"},
        {STARS, 2, TS_E_LIMIT, "overflow"}, /* 10^15 - 1 are there, half of them pending */
        {STARS, 1, TS_OK, ""},
        {STARS, 1, TS_E_LIMIT, "overflow"},
    };
    fixture_award(&f, 0, TS_LIMIT_POINTS / 2 - 1, 0, 0, TS_NEVER);
    fixture_award(&f, 0, TS_LIMIT_POINTS / 2, 0, 1, TS_NEVER);
    const struct ts_cause c = cause_at(0);
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        const struct ts_ledger before = f.l;
        const uint32_t lots = f.w[0].lots.len;
        const struct ts_award a = {.points = cases[i].points, .amount = cases[i].amount, .expires = TS_NEVER};
        uint64_t id = 0;
        assert_int_equal(ts_ledger_award(&f.l, &f.w[0], f.all, WALLETS, &a, &c, &id, &f.err), cases[i].code);
        if (cases[i].code == TS_OK) continue;
        assert_string_equal(f.err.name, cases[i].name);
        assert_memory_equal(&f.l, &before, sizeof before);
        assert_int_equal(f.w[0].lots.len, lots);
        assert_int_equal(id, 0);
    }
    FIXTURE_END;
}

/* SEMANTICS, Points 4: activity extends what is there, and nothing that is over. */
static void a_lot_lives_on(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    fixture_award(&f, 0, 10, 0, 0, DAY);
    fixture_award(&f, 1, 7, 0, 2 * DAY, 3 * DAY); /* pending */
    fixture_forget(&f);
    struct ts_cause c = cause_at(DAY - 1);
    uint64_t id = 0;
    assert_int_equal(ts_ledger_extend(&f.l, &f.w[0], 1, DAY, &c, &id, &f.err), TS_E_USAGE);
    assert_int_equal(ts_ledger_extend(&f.l, &f.w[0], 2, 9 * DAY, &c, &id, &f.err), TS_E_NOT_FOUND); /* of another */
    assert_int_equal(ts_ledger_extend(&f.l, &f.w[0], 1, 5 * DAY, &c, &id, &f.err), TS_OK);
    assert_int_equal(ts_ledger_extend(&f.l, &f.w[1], 2, TS_NEVER, &c, NULL, &f.err), TS_OK);
    assert_int_equal(id, 3);
    assert_int_equal(f.seen[0].movement, TS_MOVE_EXTEND);
    assert_int_equal(f.seen[0].lot, 1);
    assert_string_equal(f.seen[0].note, "why");
    assert_int_equal(f.seen[0].entries[0].amount, -10);
    assert_int_equal(f.seen[1].entries[0].account, TS_ACCOUNT_PENDING);
    assert_int_equal(f.w[0].lots.at[0].expires, 5 * DAY);
    assert_int_equal(ts_wallet_next_due(&f.w[0]), 5 * DAY);
    c = cause_at(5 * DAY);
    assert_int_equal(ts_ledger_extend(&f.l, &f.w[0], 1, 9 * DAY, &c, NULL, &f.err), TS_E_NOT_FOUND); /* it is over */
    FIXTURE_END;
}

static void totals_of_the_program_do_not_wrap(void **state)
{
    TS_UNUSED(state);
    FIXTURE;
    /* As if the members together had spent nearly all that 64 bits can count. */
    f.l.brand[STARS][TS_ACCOUNT_SPENT] = INT64_MAX - 10;
    f.l.brand[STARS][TS_ACCOUNT_ISSUED] = -(INT64_MAX - 10);
    fixture_award(&f, 0, 10, 0, 0, DAY);
    const struct ts_award a = {.points = STARS, .amount = 1, .expires = TS_NEVER};
    const struct ts_cause c = cause_at(0);
    assert_int_equal(ts_ledger_award(&f.l, &f.w[0], f.all, WALLETS, &a, &c, NULL, &f.err), TS_E_LIMIT);
    assert_int_equal(fixture_spend(&f, 10, 0), TS_OK); /* what was issued can always be spent */
    f.l.brand[STARS][TS_ACCOUNT_SPENT] = 0;
    f.l.brand[STARS][TS_ACCOUNT_ISSUED] = INT64_MIN;
    assert_int_equal(ts_ledger_award(&f.l, &f.w[0], f.all, WALLETS, &a, &c, NULL, &f.err), TS_E_LIMIT);
    f.l.brand[STARS][TS_ACCOUNT_ISSUED] = 0;
    fixture_award(&f, 0, 10, 0, 0, DAY);
    f.l.brand[STARS][TS_ACCOUNT_ADJUSTED] = INT64_MAX - 4;
    assert_int_equal(ts_ledger_adjust(&f.l, &f.w[0], f.all, WALLETS, STARS, -5, TS_NEVER, &c, NULL, &f.err),
                     TS_E_LIMIT);
    assert_int_equal(ts_ledger_adjust(&f.l, &f.w[0], f.all, WALLETS, STARS, -4, TS_NEVER, &c, NULL, &f.err), TS_OK);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_words),
        cmocka_unit_test(available_at_once),
        cmocka_unit_test(pending_activates_then_expires),
        cmocka_unit_test(a_pending_lot_can_expire),
        cmocka_unit_test(issued_and_expired_at_once),
        cmocka_unit_test(bonus_names_its_base),
        cmocka_unit_test(debt_is_repaid_in_the_order_of_wallets),
        cmocka_unit_test(pending_points_repay_when_they_activate),
        cmocka_unit_test(activated_past_its_expiry_repays_nothing),
        cmocka_unit_test(adjusted_by_hand),
        cmocka_unit_test(limits_are_refused_and_change_nothing),
        cmocka_unit_test(a_lot_lives_on),
        cmocka_unit_test(totals_of_the_program_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
