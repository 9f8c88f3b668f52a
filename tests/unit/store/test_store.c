/* SPDX-License-Identifier: Apache-2.0 */
/* The store as a whole: what is written is there after closing and after dying, recovery reaches the same state, readers see what
 * a writer left, the lock holds. */
#include "shop.h"

static void test_reopen(void **state)
{
    TS_UNUSED(state);
    struct shop shop;
    char before[65], after[65];
    shop_open(&shop, test_seed(20260115));
    struct ts_store_info info;
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, &info);
    assert_int_equal(info.journal_end, 0);
    shop_activate(store, shop_rules);
    for (int round = 0; round < 3; round++) {
        shop_run(&shop, store, 700);
        shop_state(store, before);
        const uint64_t record = ts_engine_record(ts_store_engine(store));
        shop_end(store);
        store = shop_store(shop.dir, TS_STORE_WRITE, &info);
        assert_int_equal(info.journal_end, record);
        assert_int_equal(info.watermark, record);
        assert_int_equal(info.recovered, 0);
        shop_state(store, after);
        assert_string_equal(before, after);
    }
    shop_end(store);
    shop_close(&shop);
}

/* Dies without closing, in a child, after everything up to some ticket was durable. */
static void run_and_die(struct shop *shop, bool fresh, int lines, int checkpoint_at)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ts_store_options options = {.mode = TS_STORE_WRITE, .no_checkpoint = true};
        options.engine.rules.count_from_start = true;
        struct ts_store *store = NULL;
        struct ts_error err = {0};
        if (ts_store_open(shop->dir, &options, &store, NULL, &err) != TS_OK) _exit(1);
        if (fresh) shop_activate(store, shop_rules);
        for (int i = 0; i < lines; i++) {
            shop_send(store, shop_line(shop), shop->n);
            if (i == checkpoint_at && ts_store_checkpoint(store, &err) != TS_OK) _exit(2);
        }
        if (ts_store_wait(store, ts_store_ticket(store), &err) != TS_OK) _exit(3);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    for (int i = 0; i < lines; i++) /* the same lines as the child */
        shop_line(shop);
}

static void test_dies(void **state)
{
    TS_UNUSED(state);
    struct shop shop, again;
    const uint64_t seed = test_seed(20260115);
    char one[65], two[65], read[65];
    shop_open(&shop, seed);
    print_message("%s\n", shop.dir);
    run_and_die(&shop, true, 900, 400);

    struct ts_store_info info;
    struct ts_store *store = shop_store(shop.dir, TS_STORE_READ, &info);
    assert_true(info.watermark > 0 && info.recovered > 0 && info.watermark + info.recovered == info.journal_end);
    if (info.digest_mismatches)
        print_error("the first record that differs: %llu\n", (unsigned long long)info.first_mismatch);
    assert_int_equal(info.digest_mismatches, 0);
    shop_state(store, read);
    shop_end(store);

    store = shop_store(shop.dir, TS_STORE_WRITE, &info);
    assert_int_equal(info.digest_mismatches, 0);
    shop_state(store, one);
    assert_string_equal(one, read);
    shop_run(&shop, store, 300);
    shop_state(store, one);
    shop_end(store);

    /* Without a checkpoint at all, and without state.db. */
    char path[100];
    snprintf(path, sizeof path, "%s/state.db", shop.dir);
    unlink(path);
    store = shop_store(shop.dir, TS_STORE_WRITE, &info);
    assert_int_equal(info.watermark, 0);
    assert_int_equal(info.recovered, info.journal_end);
    assert_int_equal(info.digest_mismatches, 0);
    shop_state(store, two);
    assert_string_equal(one, two);
    shop_end(store);

    /* The same lines in one life. */
    shop_open(&again, seed);
    store = shop_store(again.dir, TS_STORE_WRITE, &info);
    shop_activate(store, shop_rules);
    shop_run(&again, store, 1200);
    shop_state(store, two);
    assert_string_equal(one, two);
    shop_end(store);
    shop_close(&again);
    shop_close(&shop);
}

/* All lines again: every one that became a record is a duplicate or a replay, and nothing changes. */
static void test_same_again(void **state)
{
    TS_UNUSED(state);
    struct shop shop, again;
    const uint64_t seed = test_seed(20260115);
    char before[65], after[65];
    shop_open(&shop, seed);
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 800);
    shop_state(store, before);
    const uint64_t quarantined = ts_store_count_open(store, false), records = ts_engine_record(ts_store_engine(store));
    assert_true(quarantined > 0);
    assert_true(ts_store_count_open(store, true) > 0);
    shop_end(store);
    store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_open(&again, seed);
    for (int i = 0; i < 800; i++)
        assert_int_not_equal(shop_send(store, shop_line(&again), again.n), TS_RESULT_APPLIED);
    assert_int_equal(ts_engine_record(ts_store_engine(store)), records);
    assert_int_equal(ts_store_count_open(store, false), quarantined);
    shop_state(store, after);
    assert_string_equal(before, after);
    shop_end(store);
    shop_close(&again);
    shop_close(&shop);
}

static void test_lock(void **state)
{
    TS_UNUSED(state);
    struct shop shop;
    shop_open(&shop, 1);
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL), *other = NULL;
    const struct ts_store_options options = {.mode = TS_STORE_WRITE};
    struct ts_error err = {0};
    char pid[32];
    assert_int_equal(ts_store_open(shop.dir, &options, &other, NULL, &err), TS_E_IN_USE);
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(err.text, pid));
    /* Readers are welcome. */
    struct ts_store *reader = shop_store(shop.dir, TS_STORE_READ, NULL);
    shop_end(reader);
    shop_end(store);
    store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_end(store);
    const struct ts_store_options read = {.mode = TS_STORE_READ};
    assert_int_equal(ts_store_open("/tmp/ts-no-such-folder", &read, &other, NULL, &err), TS_E_NOT_FOUND);
    shop_close(&shop);
}

static void test_dry(void **state)
{
    TS_UNUSED(state);
    struct shop shop, again;
    char one[65], two[65];
    shop_open(&shop, test_seed(20260115));
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 300);
    shop_state(store, one);
    shop_end(store);
    store = shop_store(shop.dir, TS_STORE_DRY, NULL);
    shop_state(store, two);
    assert_string_equal(one, two);
    shop_run(&shop, store, 300);
    shop_state(store, two);
    assert_string_not_equal(one, two);
    shop_open(&again, test_seed(20260115));
    for (int i = 0; i < 600; i++)
        assert_int_not_equal(shop_send(store, shop_line(&again), again.n), TS_RESULT_APPLIED);
    shop_end(store);
    store = shop_store(shop.dir, TS_STORE_READ, NULL);
    shop_state(store, two);
    assert_string_equal(one, two);
    shop_end(store);
    shop_remove(shop.dir); /* a dry run on nothing */
    store = shop_store(shop.dir, TS_STORE_DRY, NULL);
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 50);
    shop_end(store);
    assert_int_not_equal(access(shop.dir, F_OK), 0);
    shop_close(&again);
    shop_close(&shop);
}

/* ---- reading ---- */

struct walked {
    uint64_t n, last, member, mismatches;
    struct ts_store *store;
};

static bool count_row(void *arg, const struct ts_row *row)
{
    struct walked *w = arg;
    w->n++;
    assert_true(w->last == 0 || row->record < w->last);
    w->last = row->record;
    return true;
}

static bool in_order(void *arg, const struct ts_row *row)
{
    struct walked *w = arg;
    assert_int_equal(row->record, w->last + 1);
    w->last = row->record;
    w->n++;
    return true;
}

static bool next_transaction(void *arg, const struct ts_transaction *t)
{
    struct walked *w = arg;
    assert_int_equal(t->id, w->last + 1);
    w->last = t->id;
    w->n += t->n_entries;
    return true;
}

static void test_reading(void **state)
{
    TS_UNUSED(state);
    struct shop shop;
    struct ts_error err = {0};
    shop_open(&shop, test_seed(20260115));
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 1000);
    for (int pass = 0; pass < 2; pass++) {
        struct ts_engine *e = ts_store_engine(store);
        struct walked w = {.store = store};
        check_ok(ts_store_rows(store, 1, UINT64_MAX, in_order, &w, &err), &err);
        assert_int_equal(w.n, ts_engine_record(e));
        w = (struct walked){0};
        check_ok(ts_store_ledger(store, 1, next_transaction, &w, &err), &err);
        assert_int_equal(w.last, ts_engine_ledger(e)->transactions);
        assert_int_equal(w.n, ts_engine_ledger(e)->entries);
        const uint64_t half = w.last / 2;
        w = (struct walked){.last = half};
        check_ok(ts_store_ledger(store, half + 1, next_transaction, &w, &err), &err);
        assert_int_equal(w.last, ts_engine_ledger(e)->transactions);
        uint64_t records = 0;
        for (uint64_t m = 1; m <= ts_members_count(ts_engine_members(e)); m++) {
            if (ts_members_living(ts_engine_members(e), m) != m) continue;
            struct ts_member_view view;
            check_ok(ts_member_view_open(e, m, &view, &err), &err);
            uint64_t own = 0;
            for (uint32_t i = 0; i < view.member.n; i++)
                own += view.member.profiles[i]->records;
            ts_member_view_close(&view);
            w = (struct walked){0};
            check_ok(ts_store_timeline(store, m, 0, count_row, &w, &err), &err);
            assert_true(w.n >= own);
            records += own;
        }
        assert_true(records > 500);
        struct ts_sources sources = {0};
        check_ok(ts_store_sources(store, 1, &sources, &err), &err);
        assert_int_equal(sources.n, 1);
        ts_sources_release(&sources);
        shop_end(store);
        store = shop_store(shop.dir, TS_STORE_READ, NULL);
    }
    shop_end(store);
    shop_close(&shop);
}

static bool count_item(void *arg, const struct ts_quarantine_item *item)
{
    struct walked *w = arg;
    assert_true(item->id > w->last);
    w->last = item->id;
    w->n++;
    if (ts_str_eq(item->status, TS_STR("redriven"))) w->mismatches++;
    return true;
}

static bool count_error(void *arg, const struct ts_error_item *item)
{
    struct walked *w = arg;
    w->last = item->id;
    w->n++;
    assert_true(ts_str_eq(item->rule, TS_STR("odd")) || ts_str_eq(item->rule, TS_STR("identity")) ||
                ts_str_eq(item->rule, TS_STR("Order Refunded")));
    return true;
}

static void test_marks(void **state)
{
    TS_UNUSED(state);
    struct shop shop;
    struct ts_error err = {0};
    shop_open(&shop, test_seed(20260115));
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 1000);
    const uint64_t open = ts_store_count_open(store, false), errors = ts_store_count_open(store, true);
    struct walked w = {0};
    check_ok(ts_store_quarantine(store, 0, UINT64_MAX, count_item, &w, &err), &err);
    assert_int_equal(w.n, open);
    check_ok(ts_store_mark_redriven(store, false, 1, &err), &err);
    check_ok(ts_store_mark_redriven(store, false, 1, &err), &err);
    assert_int_equal(ts_store_count_open(store, false), open - 1);
    shop_end(store);
    store = shop_store(shop.dir, TS_STORE_READ, NULL);
    assert_int_equal(ts_store_count_open(store, false), open - 1);
    w = (struct walked){0};
    check_ok(ts_store_quarantine(store, 0, UINT64_MAX, count_item, &w, &err), &err);
    assert_int_equal(w.n, open);
    assert_int_equal(w.mismatches, 1);
    w = (struct walked){0};
    check_ok(ts_store_errors(store, 0, 3, count_error, &w, &err), &err);
    assert_int_equal(w.n, 3);
    w = (struct walked){0};
    check_ok(ts_store_errors(store, 0, 1000000, count_error, &w, &err), &err);
    assert_int_equal(w.n, errors);
    shop_end(store);
    shop_close(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reopen), cmocka_unit_test(test_dies), cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_lock),   cmocka_unit_test(test_dry),  cmocka_unit_test(test_reading),
        cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
