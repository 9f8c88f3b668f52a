/* SPDX-License-Identifier: Apache-2.0 */
/* SQL for people, backup and restore: the tables agree with the engine and with each other, nothing but reading is let through, a
 * backup gives the same state again. */
#include <sqlite3.h>

#include "shop.h"

struct answer {
    char text[4000];
    uint64_t rows;
    int columns;
};

static bool take(void *arg, const struct ts_sql_row *row)
{
    struct answer *a = arg;
    a->columns = row->n;
    if (!row->values) return true;
    a->rows++;
    for (int i = 0; i < row->n; i++) {
        size_t n = strlen(a->text);
        snprintf(a->text + n, sizeof a->text - n, "%s%s", row->values[i] ? row->values[i] : "NULL",
                 i + 1 < row->n ? "|" : "\n");
    }
    return true;
}

static struct answer query(struct ts_store *store, const char *sql)
{
    struct answer a = {0};
    struct ts_error err = {0};
    check_ok(ts_store_sql(store, sql, take, &a, &err), &err);
    return a;
}

static int64_t number(struct ts_store *store, const char *sql)
{
    struct answer a = query(store, sql);
    if (a.rows != 1) print_error("%s gives %llu rows\n", sql, (unsigned long long)a.rows);
    assert_int_equal(a.rows, 1);
    return strtoll(a.text, NULL, 10);
}

static void check_tables(struct ts_store *store)
{
    struct ts_engine *e = ts_store_engine(store);
    const struct ts_ledger *l = ts_engine_ledger(e);
    uint64_t living = 0, count = ts_members_count(ts_engine_members(e));
    for (uint64_t m = 1; m <= count; m++)
        living += ts_members_living(ts_engine_members(e), m) == m;
    assert_int_equal(number(store, "SELECT count(*) FROM member"), living);
    assert_int_equal(number(store, "SELECT count(*) FROM alias"), count - living);
    assert_int_equal(number(store, "SELECT count(*) FROM identifier"), ts_idents_count(ts_engine_idents(e)));
    assert_int_equal(number(store, "SELECT count(*) FROM ledger_transaction"), l->transactions);
    assert_int_equal(number(store, "SELECT count(*) FROM ledger_entry"), l->entries);
    assert_int_equal(number(store, "SELECT sum(amount) FROM ledger_entry"), 0);
    assert_int_equal(number(store, "SELECT count(*) FROM quarantine WHERE status = 'open'"),
                     ts_store_count_open(store, false));
    assert_int_equal(number(store, "SELECT count(*) FROM rule_error"), ts_store_count_open(store, true));
    assert_int_equal(number(store, "SELECT count(*) FROM rules_version WHERE active AND version LIKE 'sha256:%'"), 1);
    /* lots, entries and members say the same */
    assert_int_equal(
        number(store, "SELECT count(*) FROM (SELECT member, points, sum(remaining) AS n FROM lot GROUP BY 1, 2) l"
                      " FULL JOIN (SELECT member, points, sum(amount) AS n FROM ledger_entry WHERE member IS NOT NULL"
                      " AND account NOT LIKE '%:debt' GROUP BY 1, 2 HAVING n <> 0) e"
                      " ON l.member = e.member AND l.points = e.points WHERE l.n IS NOT e.n"),
        0);
    assert_int_equal(
        number(store, "SELECT count(*) FROM measure_day"),
        number(store, "SELECT count(*) FROM (SELECT DISTINCT member, measure, \"by\", day FROM measure_day)"));
    assert_true(number(store, "SELECT sum(count) FROM measure_day WHERE measure = 'orders'") > 100);
    assert_int_equal(number(store, "SELECT count(*) FROM ledger_entry WHERE account = 'issued' AND member IS NOT NULL"),
                     0);
    assert_true(number(store, "SELECT count(*) FROM tag WHERE name = 'came by'") >= 0);
    assert_true(number(store, "SELECT count(*) FROM tier WHERE tiers = 'club'") > 0);
    assert_true(number(store, "SELECT count(*) FROM trait WHERE name = 'city' AND class = 'life'") > 0);
    /* one member by equality; an alias is no member */
    struct answer a =
        query(store, "SELECT member, kind, strength FROM identifier WHERE member = (SELECT min(member) FROM member)");
    assert_true(a.rows > 0);
    assert_int_equal(query(store, "SELECT 1 FROM member WHERE member = 'x'").rows, 0);
    assert_int_equal(query(store, "SELECT 1 FROM member m, alias a WHERE m.member = a.alias").rows, 0);
    assert_int_equal(query(store, "SELECT member FROM alias WHERE alias = (SELECT max(alias) FROM alias)").rows, 1);
    a = query(store, "SELECT at, earned FROM ledger_entry e JOIN lot l ON l.lot = e.transaction_id LIMIT 1");
    assert_int_equal(a.text[4], '-');
    assert_int_equal(a.text[23], 'Z');
    /* the names of the columns come even without rows */
    a = query(store, "SELECT * FROM ledger_entry WHERE 0");
    assert_int_equal(a.columns, 9);
}

static void test_tables(void **state)
{
    TS_UNUSED(state);
    struct shop shop;
    shop_open(&shop, test_seed(20260115));
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 1200);
    check_tables(store);
    shop_end(store);
    store = shop_store(shop.dir, TS_STORE_READ, NULL);
    check_tables(store);
    shop_end(store);
    char path[100];
    snprintf(path, sizeof path, "%s/state.db", shop.dir);
    unlink(path); /* a reader makes do without */
    store = shop_store(shop.dir, TS_STORE_READ, NULL);
    check_tables(store);
    shop_end(store);
    store = shop_store(shop.dir, TS_STORE_DRY, NULL);
    shop_run(&shop, store, 100);
    assert_int_equal(number(store, "SELECT count(*) FROM ledger_transaction"),
                     ts_engine_ledger(ts_store_engine(store))->transactions);
    shop_run(&shop, store, 100);
    assert_int_equal(number(store, "SELECT count(*) FROM ledger_transaction"),
                     ts_engine_ledger(ts_store_engine(store))->transactions);
    shop_end(store);
    shop_close(&shop);
}

static void test_read_only(void **state)
{
    TS_UNUSED(state);
    static const char *const refused[] = {
        "DELETE FROM state.ledger_entry",
        "UPDATE journal.journal SET record = 1",
        "CREATE TABLE x(y)",
        "DROP TABLE points",
        "ATTACH 'x.db' AS x",
        "PRAGMA query_only",
        "VACUUM INTO '/tmp/x.db'",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "BEGIN",
        "",
        "SELEC",
        "SELECT nothing FROM member",
        "INSERT INTO member(member) VALUES('m1')",
    };
    struct shop shop;
    shop_open(&shop, test_seed(20260115));
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    for (size_t i = 0; i < TS_ARRAY_LEN(refused); i++) {
        struct answer a = {0};
        struct ts_error err = {0};
        if (ts_store_sql(store, refused[i], take, &a, &err) != TS_E_USAGE)
            print_error("%s: %s\n", refused[i], err.text);
        assert_int_equal(ts_store_sql(store, refused[i], take, &a, &err), TS_E_USAGE);
        assert_true(err.text[0] != 0);
    }
    struct answer a = query(store, "SELECT 1 AS a, 'x' AS b, NULL AS c; -- and no more\n ;");
    assert_string_equal(a.text, "1|x|NULL\n");
    shop_end(store);
    shop_close(&shop);
}

static void check_backup(const char *file, uint64_t transactions)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    const char *sql =
        "SELECT (SELECT count(*) FROM ledger_transaction), (SELECT sum(amount) FROM ledger_entry WHERE member LIKE "
        "'m%'),"
        " (SELECT sum(remaining) FROM lot), (SELECT count(*) FROM quarantine), (SELECT count(*) FROM member),"
        " (SELECT count(*) FROM rules_version), (SELECT count(*) FROM rule_error), (SELECT count(*) FROM "
        "journal_journal)";
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int64(q, 0), transactions);
    assert_int_equal(sqlite3_column_int64(q, 1), sqlite3_column_int64(q, 2));
    for (int i = 3; i < 8; i++)
        assert_true(sqlite3_column_int64(q, i) > 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
}

static void test_backup(void **state)
{
    TS_UNUSED(state);
    struct shop shop;
    struct ts_error err = {0};
    char before[65], after[65], file[100], copy[100];
    uint64_t bytes = 0, watermark = 0;
    shop_open(&shop, test_seed(20260115));
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 1000);
    shop_state(store, before);
    for (int pass = 0; pass < 3; pass++) { /* of a writer, of a reader, of a reader without state.db */
        struct ts_engine *e = ts_store_engine(store);
        const uint64_t record = ts_engine_record(e), transactions = ts_engine_ledger(e)->transactions;
        snprintf(file, sizeof file, "%s/backup-%d.db", shop.dir, pass);
        check_ok(ts_store_backup(store, file, &bytes, &watermark, &err), &err);
        assert_int_equal(watermark, record);
        assert_true(bytes > 100000);
        check_backup(file, transactions);
        assert_int_equal(ts_store_backup(store, file, NULL, NULL, &err), TS_E_REFUSED);
        shop_end(store);

        snprintf(copy, sizeof copy, "%s/copy-%d", shop.dir, pass);
        check_ok(ts_store_restore(file, copy, &bytes, &watermark, &err), &err);
        assert_int_equal(watermark, record);
        assert_int_equal(ts_store_restore(file, copy, &bytes, &watermark, &err), TS_E_REFUSED);
        struct ts_verify *report = calloc(1, sizeof *report);
        check_ok(ts_store_verify(copy, true, NULL, NULL, report, &err), &err);
        assert_true(report->ok);
        assert_int_equal(report->watermark, record);
        free(report);
        struct ts_store_info info;
        store = shop_store(copy, TS_STORE_WRITE, &info);
        assert_int_equal(info.watermark, record);
        assert_int_equal(info.recovered, 0);
        shop_state(store, after);
        assert_string_equal(before, after);
        shop_run(&shop, store, 20); /* and it goes on */
        shop_end(store);
        if (pass == 1) {
            char path[100];
            snprintf(path, sizeof path, "%s/state.db", shop.dir);
            unlink(path);
        }
        store = shop_store(shop.dir, TS_STORE_READ, NULL);
    }
    shop_end(store);
    assert_int_equal(ts_store_restore("/tmp/ts-no-such-file", copy, NULL, NULL, &err), TS_E_NOT_FOUND);
    snprintf(file, sizeof file, "%s/journal.db", shop.dir);
    snprintf(copy, sizeof copy, "%s/copy-x", shop.dir);
    assert_int_equal(ts_store_restore(file, copy, NULL, NULL, &err), TS_E_DAMAGED);
    shop_close(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_backup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
