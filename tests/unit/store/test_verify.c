/* SPDX-License-Identifier: Apache-2.0 */
/* verify: a sound folder is found sound, with and without the rules run again, and each kind of damage is found, under the right
 * invariant, naming the row. */
#include <sqlite3.h>

#include "shop.h"

static struct ts_verify report;

static const struct ts_invariant *invariant(const char *id)
{
    for (uint32_t i = 0; i < report.n; i++) {
        if (strcmp(report.at[i].id, id) == 0) return &report.at[i];
    }
    return NULL;
}

static void show(void)
{
    for (uint32_t i = 0; i < report.n; i++) {
        const struct ts_invariant *in = &report.at[i];
        if (in->violations == 0) continue;
        for (uint64_t k = 0; k < in->violations && k < 3; k++)
            print_message("%s %s: expected %s, found %s\n", in->id, in->first[k].where, in->first[k].expected,
                          in->first[k].found);
    }
}

static void verify_folder(const char *dir, bool replay, const char *acks)
{
    struct ts_error err = {0};
    check_ok(ts_store_verify(dir, replay, NULL, acks, &report, &err), &err);
}

static void expect_sound(const char *dir, bool replay)
{
    verify_folder(dir, replay, NULL);
    if (!report.ok) show();
    assert_true(report.ok);
}

static struct shop shop;

static int set_up(void **state)
{
    TS_UNUSED(state);
    shop_open(&shop, test_seed(20260115));
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 1500);
    shop_end(store);
    return 0;
}

static int tear_down(void **state)
{
    TS_UNUSED(state);
    shop_close(&shop);
    return 0;
}

static void test_sound(void **state)
{
    TS_UNUSED(state);
    expect_sound(shop.dir, true);
    static const char *const ids[] = {"I1",  "I2",  "I3",  "I4",  "I5",  "I6",  "I8",    "I10",
                                      "I11", "I12", "I13", "I14", "I15", "I16", "replay"};
    for (size_t i = 0; i < TS_ARRAY_LEN(ids); i++) {
        assert_non_null(invariant(ids[i]));
        if (invariant(ids[i])->checked == 0) print_error("%s checked nothing\n", ids[i]);
        assert_true(invariant(ids[i])->checked > 0);
    }
    assert_int_equal(report.records, report.watermark);
}

/* ---- damage: on a copy, by plain SQL ---- */

struct damage {
    const char *file, *sql, *id, *where;
};
static const struct damage damages[] = {
    {"state.db", "DROP TRIGGER ledger_entry_update; UPDATE ledger_entry SET amount = amount + 1 WHERE seq = 5", "I1",
     "ledger_transaction 3"},
    {"state.db", "DROP TRIGGER ledger_entry_update; UPDATE ledger_entry SET amount = amount + 1 WHERE seq = 5", "I8",
     "ledger_transaction 3"},
    {"state.db", "DROP TRIGGER ledger_entry_update; UPDATE ledger_entry SET amount = amount + 1 WHERE seq = 5", "I14",
     "ledger_entry 5"},
    {"state.db",
     "DROP TRIGGER ledger_entry_update; UPDATE ledger_entry SET amount = amount * 2 WHERE transaction_id = 3", "I2",
     "image"},
    {"state.db", "DROP TRIGGER ledger_entry_update; UPDATE ledger_entry SET member = 1 + member WHERE seq = 6", "I14",
     "ledger_entry 6"},
    {"state.db", "DROP TRIGGER ledger_entry_update; UPDATE ledger_entry SET account = 3 WHERE seq = 6", "I8",
     "ledger_transaction 3"},
    {"state.db", "DROP TRIGGER ledger_entry_delete; DELETE FROM ledger_entry WHERE transaction_id = 4", "I8",
     "ledger_transaction 4"},
    {"state.db", "DROP TRIGGER ledger_transaction_update; UPDATE ledger_transaction SET at = at + 1 WHERE id = 7", "I8",
     "ledger_transaction 7"},
    {"state.db", "DROP TRIGGER ledger_transaction_update; UPDATE ledger_transaction SET note = 'x' WHERE id = 7", "I14",
     "ledger_transaction 7, note"},
    {"state.db",
     "DROP TRIGGER ledger_transaction_update; UPDATE ledger_transaction SET head = zeroblob(32) WHERE id = 9", "I8",
     "ledger_transaction 9"},
    {"state.db",
     "DROP TRIGGER ledger_transaction_delete; DELETE FROM ledger_transaction WHERE id = (SELECT max(id) FROM "
     "ledger_transaction)",
     "I14", "ledger_transaction"},
    {"state.db", "INSERT INTO ledger_transaction VALUES(1000000, 1, 5, 5, 1, 1, 0, 0, NULL, zeroblob(32))", "I14",
     "ledger_transaction 1000000"},
    {"state.db", "UPDATE image SET body = (SELECT body FROM image WHERE profile = 2) WHERE profile = 1", "I14",
     "image 1"},
    {"state.db", "UPDATE image SET body = x'00ff' WHERE profile = 3", "I14", "image 3"},
    {"state.db", "UPDATE image SET body = zeroblob(0) WHERE profile = 3", "I14", "image 3"},
    {"state.db", "DELETE FROM image WHERE profile = 4", "I14", "image 4"},
    {"state.db", "DELETE FROM image WHERE profile = (SELECT max(profile) FROM image)", "I14", "image"},
    {"state.db", "UPDATE ident SET profile = profile + 1 WHERE row = 2", "I13", "identifier row 2"},
    {"state.db",
     "UPDATE ident SET value = (SELECT value FROM ident WHERE row = 1), kind = (SELECT kind FROM ident WHERE row = 1) "
     "WHERE row = 2",
     "I13", "identifier row 2"},
    {"state.db", "DELETE FROM ident WHERE row = 3", "I14", "identifier"},
    {"state.db", "UPDATE name SET text = 'other' WHERE ord = 4", "I14", "name 4"},
    {"state.db", "DELETE FROM cold WHERE key = (SELECT min(key) FROM cold WHERE key >= x'6b3a')", "I6",
     "number of cold keys"},
    {"state.db", "UPDATE cold SET value = x'00' WHERE key = (SELECT min(key) FROM cold WHERE key >= x'6b3a')", "I6",
     "cold key k:"},
    {"state.db", "UPDATE cold SET value = x'00' WHERE key = (SELECT max(key) FROM cold)", "I14", "cold key"},
    {"state.db", "DELETE FROM seen_open", "I15", "message ids"},
    {"state.db", "UPDATE meta SET value = 3 WHERE key = 'watermark'", "I14", ""},
    {"state.db", "UPDATE meta SET value = x'01' WHERE key = 'state'", "I14", "meta, state"},
    {"journal.db",
     "UPDATE journal SET payload = CAST(replace(CAST(payload AS TEXT), 'abcdefghij', 'abcdefghix') AS BLOB) WHERE "
     "record ="
     " (SELECT min(record) FROM journal WHERE CAST(payload AS TEXT) LIKE '%abcdefghij%')",
     "I14", "journal record"},
    {"journal.db", "UPDATE journal SET payload = x'7b7d' WHERE record = 40", "I14", "journal record 40"},
    {"journal.db", "UPDATE journal SET outcome = zeroblob(3) WHERE record = 40", "I14", "journal record 40"},
    {"journal.db", "UPDATE journal SET received_at = received_at - 1 WHERE record = 40", "I10", "journal record 40"},
    {"journal.db", "UPDATE journal SET digest = digest + 1 WHERE record = 41", "I14", "journal record 41"},
    {"journal.db", "UPDATE journal SET prev = 1 WHERE record = 600", "I14", "journal record 600"},
    {"journal.db", "DELETE FROM journal WHERE record = 50", "I10", "journal record 51"},
    {"journal.db", "DELETE FROM journal WHERE record > 100", "I14", "state.db"},
};

static void damage_folder(const char *dir, const struct damage *d)
{
    char path[200];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/%s", dir, d->file);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *text = NULL;
    int rc = sqlite3_exec(db, d->sql, NULL, NULL, &text);
    if (rc != SQLITE_OK) print_error("%s: %s\n", d->sql, text);
    assert_int_equal(rc, SQLITE_OK);
    sqlite3_close(db);
}

static void copy_folder(char copy[64])
{
    char command[200];
    snprintf(copy, 64, "/tmp/ts-copy-XXXXXX");
    assert_non_null(mkdtemp(copy));
    snprintf(command, sizeof command, "cp %s/*.db %s/", shop.dir, copy);
    assert_int_equal(system(command), 0);
}

static bool found_in(const struct ts_invariant *in, const char *where)
{
    for (uint64_t k = 0; k < in->violations && k < TS_ARRAY_LEN(in->first); k++) {
        if (strstr(in->first[k].where, where)) return true;
    }
    return false;
}

static void test_damage(void **state)
{
    TS_UNUSED(state);
    uint32_t missed = 0;
    for (size_t i = 0; i < TS_ARRAY_LEN(damages); i++) {
        char copy[64];
        copy_folder(copy);
        damage_folder(copy, &damages[i]);
        verify_folder(copy, false, NULL);
        const struct ts_invariant *in = invariant(damages[i].id);
        if (report.ok || !found_in(in, damages[i].where)) {
            print_error("not found under %s at \"%s\": %s\n", damages[i].id, damages[i].where, damages[i].sql);
            show();
            missed++;
        }
        shop_remove(copy);
    }
    assert_int_equal(missed, 0);
}

/* Bytes anywhere in the files: whatever happens, it is a report or an error, and nothing crashes. */
static void test_noise(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20260115)};
    uint32_t found = 0;
    for (int i = 0; i < 60; i++) {
        char copy[64], path[200];
        copy_folder(copy);
        snprintf(path, sizeof path, "%s/%s", copy, i % 2 ? "state.db" : "journal.db");
        FILE *f = fopen(path, "r+b");
        assert_non_null(f);
        fseek(f, 0, SEEK_END);
        const uint64_t size = (uint64_t)ftell(f);
        for (int k = 0; k < 4; k++) {
            fseek(f, (long)(i < 20 ? ts_rng_below(&rng, 200) : ts_rng_below(&rng, size)), SEEK_SET);
            fputc((int)ts_rng_below(&rng, 256), f);
        }
        fclose(f);
        struct ts_error err = {0};
        enum ts_code code = ts_store_verify(copy, false, NULL, NULL, &report, &err);
        found += code != TS_OK || !report.ok;
        shop_remove(copy);
    }
    print_message("%u of 60 noticed\n", found);
    assert_true(found > 20);
}

static void test_acks(void **state)
{
    TS_UNUSED(state);
    verify_folder(shop.dir, false, NULL);
    const unsigned long long end = report.records;
    char path[100];
    snprintf(path, sizeof path, "%s/acks", shop.dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "{\"line\":10,\"record\":9}\n{\"line\":20,\"record\":%llu}\n{\"line\":30,\"rec", end);
    fclose(f);
    verify_folder(shop.dir, false, path);
    assert_true(report.ok);
    assert_int_equal(invariant("I9")->checked, 2);
    f = fopen(path, "a");
    assert_non_null(f);
    fprintf(f, "\n{\"line\":30,\"record\":%llu}\n", end + 1);
    fclose(f);
    verify_folder(shop.dir, false, path);
    assert_false(report.ok);
    assert_int_equal(invariant("I9")->violations, 1);
    unlink(path);
}

static void test_other_rules(void **state)
{
    TS_UNUSED(state);
    char text[sizeof shop_rules + 16];
    memcpy(text, shop_rules, sizeof shop_rules);
    char *give = strstr(text, "give = 1,");
    assert_non_null(give);
    give[7] = '2';
    struct ts_source file = {TS_STR("shop.lua"), ts_cstr(text)};
    struct ts_sources sources = {.at = &file, .n = 1};
    struct ts_error err = {0};
    check_ok(ts_store_verify(shop.dir, true, &sources, NULL, &report, &err), &err);
    assert_false(report.ok);
    const struct ts_invariant *in = invariant("replay");
    assert_true(in->violations > 0);
    print_message("%s: expected %s, found %s\n", in->first[0].where, in->first[0].expected, in->first[0].found);
    assert_non_null(strstr(in->first[0].expected, "stars on purchases"));
}

/* A folder that was killed: the checkpoint is behind the journal. */
static void test_behind(void **state)
{
    TS_UNUSED(state);
    struct shop other;
    shop_open(&other, test_seed(20260115));
    pid_t child = fork();
    if (child == 0) {
        struct ts_store_options options = {.mode = TS_STORE_WRITE, .checkpoint_records = 300};
        struct ts_store *store = NULL;
        struct ts_error err = {0};
        if (ts_store_open(other.dir, &options, &store, NULL, &err) != TS_OK) _exit(1);
        shop_activate(store, shop_rules);
        shop_run(&other, store, 1000);
        _exit(ts_store_wait(store, ts_store_ticket(store), &err) == TS_OK ? 0 : 3);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    expect_sound(other.dir, true);
    print_message("records %llu, watermark %llu\n", (unsigned long long)report.records,
                  (unsigned long long)report.watermark);
    assert_true(report.watermark < report.records);
    char path[100];
    snprintf(path, sizeof path, "%s/state.db", other.dir);
    unlink(path);
    expect_sound(other.dir, false);
    assert_int_equal(report.watermark, 0);
    shop_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound), cmocka_unit_test(test_damage),      cmocka_unit_test(test_noise),
        cmocka_unit_test(test_acks),  cmocka_unit_test(test_other_rules), cmocka_unit_test(test_behind),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
