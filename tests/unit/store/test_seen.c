/* SPDX-License-Identifier: Apache-2.0 */
/* Message ids and cold keys against naive models: through cuts that are written now and then, blocks that fill, and restarts that load
 * what was written; and the Bloom filter's rate of false answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "../seed.h"
#include "store/cold.h"
#include "store/schema.h"
#include "store/seen.h"

static void test_bloom(void **state)
{
    TS_UNUSED(state);
    struct store_bloom b;
    struct ts_rng rng = {test_seed(7)};
    const uint64_t n = 1 << 18;
    assert_true(store_bloom_init(&b, n));
    uint64_t *keys = malloc(n * sizeof *keys);
    for (uint64_t i = 0; i < n; i++)
        store_bloom_add(&b, keys[i] = ts_rng_next(&rng));
    for (uint64_t i = 0; i < n; i++)
        assert_true(store_bloom_has(&b, keys[i]));
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < 1000000; i++)
        wrong += store_bloom_has(&b, ts_rng_next(&rng));
    print_message("false answers: 1 in %.0f\n", 1e6 / (double)(wrong ? wrong : 1));
    assert_true(wrong < 3000);
    struct store_bloom copy;
    assert_true(store_bloom_load(&copy, b.words, store_bloom_bytes(&b)));
    assert_true(store_bloom_has(&copy, keys[5]));
    struct store_bloom wrong_size = {0};
    assert_false(store_bloom_load(&wrong_size, b.words, 63));
    store_bloom_release(&copy);
    store_bloom_release(&b);
    free(keys);
}

/* ---- a state.db and a journal.db in memory, as far as ids need them ---- */

struct disk {
    sqlite3 *state, *journal;
    sqlite3_stmt *add;
};

static void disk_open(struct disk *d)
{
    struct ts_error err;
    const struct store_identity identity = {{1}, {2}};
    assert_int_equal(store_db_open(":memory:", STORE_DB_WRITER, &d->state, &err), TS_OK);
    assert_int_equal(store_db_open(":memory:", STORE_DB_WRITER, &d->journal, &err), TS_OK);
    assert_int_equal(store_schema_state(d->state, &identity, &err), TS_OK);
    assert_int_equal(store_schema_journal(d->journal, &err), TS_OK);
    assert_int_equal(
        store_db_prepare(
            d->journal,
            "INSERT INTO journal(record, time, received_at, kind, digest, message_id, payload, outcome, sum)"
            " VALUES(?, 0, 0, 1, 0, ?, '', '', 0)",
            &d->add, &err),
        TS_OK);
}

static void disk_close(struct disk *d)
{
    sqlite3_finalize(d->add);
    store_db_close(d->state);
    store_db_close(d->journal);
}

static void disk_row(struct disk *d, uint64_t record, const char *id)
{
    store_db_bind_u64(d->add, 1, record);
    store_db_bind_text(d->add, 2, ts_cstr(id));
    assert_int_equal(store_db_run(d->add, NULL), TS_OK);
}

static uint64_t nothing(void *arg)
{
    TS_UNUSED(arg);
    return 0;
}

static void begin(struct store_seen *s, struct disk *d)
{
    static const uint8_t key[16] = {9};
    store_seen_init(s, key);
    s->block_bits = 9; /* 512 ids a block */
    s->queued = s->durable = nothing;
    assert_int_equal(store_seen_load(s, d->state, NULL), TS_OK);
    assert_int_equal(store_seen_attach(s, d->state, d->journal, NULL), TS_OK);
}

static void id_of(uint64_t n, char out[40]) { snprintf(out, 40, "message-%llu", (unsigned long long)n); }

/* Ids 1, 2, 3 ... are added as records 10, 20, 30 ... with a gap now and then; `written` is what the last cut held. */
static void test_ids(void **state)
{
    TS_UNUSED(state);
    struct disk d;
    struct store_seen s;
    struct ts_rng rng = {test_seed(7)};
    uint64_t added = 0, written = 0;
    char id[40];
    disk_open(&d);
    begin(&s, &d);
    for (int step = 0; step < 12000; step++) {
        const uint64_t what = ts_rng_below(&rng, 1000);
        if (what < 600) {
            id_of(++added, id);
            disk_row(&d, added * 10, id);
            assert_true(store_seen_add(&s, ts_cstr(id), added * 10));
        } else if (what < 995) {
            const uint64_t n = 1 + ts_rng_below(&rng, added * 2 + 5);
            id_of(n, id);
            assert_int_equal(store_seen_find(&s, ts_cstr(id)), n <= added ? n * 10 : 0);
        } else if (what < 998) { /* a cut; sometimes ids come between taking and releasing it */
            struct seen_cut cut;
            store_seen_cut(&s, &cut);
            written = added;
            for (uint64_t more = ts_rng_below(&rng, 700); more > 0; more--) {
                id_of(++added, id);
                disk_row(&d, added * 10, id);
                assert_true(store_seen_add(&s, ts_cstr(id), added * 10));
            }
            assert_int_equal(store_seen_write(&s, &cut, d.state, "", NULL), TS_OK);
            assert_true(store_seen_release(&s, &cut));
        } else if (what == 999) { /* dies: what is past the last cut is read again from the journal */
            store_seen_close(&s);
            begin(&s, &d);
            for (uint64_t n = written + 1; n <= added; n++) {
                id_of(n, id);
                assert_true(store_seen_add_durable(&s, ts_cstr(id), n * 10));
            }
        }
    }
    for (uint64_t n = 1; n <= added * 2; n++) {
        id_of(n, id);
        assert_int_equal(store_seen_find(&s, ts_cstr(id)), n <= added ? n * 10 : 0);
    }
    print_message("%llu ids, %u blocks written\n", (unsigned long long)added, s.written.len);
    assert_true(s.written.len > 5);
    store_seen_close(&s);
    disk_close(&d);
}

/* Two ids with the same hash are told apart by their text. */
static void test_collision(void **state)
{
    TS_UNUSED(state);
    struct disk d;
    struct store_seen s;
    disk_open(&d);
    begin(&s, &d);
    assert_true(store_seen_add(&s, TS_STR("one"), 5));
    s.recent[0].ids.len = 0; /* forget it, so that the journal is asked, and let the journal say something else */
    disk_row(&d, 5, "other");
    assert_int_equal(store_seen_find(&s, TS_STR("one")), 0);
    assert_true(store_seen_add(&s, TS_STR("one"), 6));
    assert_int_equal(store_seen_find(&s, TS_STR("one")), 6);
    assert_int_equal(store_seen_find(&s, TS_STR("")), 0);
    store_seen_close(&s);
    disk_close(&d);
}

static void test_memory_fails(void **state)
{
    TS_UNUSED(state);
    struct disk d;
    disk_open(&d);
    for (int fail = 0; fail < 40; fail++) {
        struct store_seen s;
        begin(&s, &d);
        char id[40];
        ts_alloc_fail_after(fail);
        uint64_t n = 0;
        bool ok = true;
        while (ok && n < 2000) {
            id_of(n + 1, id);
            ok = store_seen_add(&s, ts_cstr(id), n + 1);
            n += ok;
        }
        ts_alloc_fail_after(-1);
        for (uint64_t k = 1; k <= n; k++) {
            id_of(k, id);
            assert_int_equal(store_seen_find(&s, ts_cstr(id)), k);
        }
        store_seen_close(&s);
    }
    disk_close(&d);
}

/* ---- cold keys ---- */

#define KEYS 3000

static void test_cold(void **state)
{
    TS_UNUSED(state);
    struct disk d;
    struct store_cold c;
    struct ts_rng rng = {test_seed(7)};
    static uint64_t model[KEYS], written[KEYS]; /* values, 0: absent */
    static const uint8_t key[16] = {3};
    char name[40], text[40];
    struct ts_buf got;
    memset(model, 0, sizeof model);
    memset(written, 0, sizeof written);
    ts_buf_init(&got, 0);
    disk_open(&d);
    store_cold_init(&c, key);
    assert_int_equal(store_cold_attach(&c, d.state, NULL), TS_OK);
    for (int step = 0; step < 40000; step++) {
        const uint64_t what = ts_rng_below(&rng, 1000), k = ts_rng_below(&rng, KEYS);
        snprintf(name, sizeof name, "key %llu", (unsigned long long)k);
        if (what < 300) {
            model[k] = ts_rng_next(&rng) | 1;
            snprintf(text, sizeof text, "%llu", (unsigned long long)model[k]);
            assert_true(store_cold_put(&c, ts_cstr(name), ts_cstr(text)));
        } else if (what < 995) {
            ts_buf_clear(&got);
            assert_int_equal(store_cold_get(&c, ts_cstr(name), &got), model[k] != 0);
            snprintf(text, sizeof text, "%llu", (unsigned long long)model[k]);
            if (model[k]) assert_string_equal(ts_buf_cstr(&got), text);
        } else if (what < 998) {
            struct cold_cut cut;
            store_cold_cut(&c, &cut);
            memcpy(written, model, sizeof model);
            if (what == 996) { /* a put while it is being written */
                model[k] = 77;
                assert_true(store_cold_put(&c, ts_cstr(name), TS_STR("77")));
            }
            assert_int_equal(store_cold_write(&cut, d.state, "", NULL), TS_OK);
            store_cold_release(&c, &cut);
        } else if (what == 999) { /* dies */
            store_cold_close(&c);
            store_cold_init(&c, key);
            assert_int_equal(store_cold_load(&c, d.state, NULL), TS_OK);
            assert_int_equal(store_cold_attach(&c, d.state, NULL), TS_OK);
            memcpy(model, written, sizeof model);
        }
    }
    store_cold_close(&c);
    ts_buf_release(&got);
    disk_close(&d);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bloom),        cmocka_unit_test(test_ids),  cmocka_unit_test(test_collision),
        cmocka_unit_test(test_memory_fails), cmocka_unit_test(test_cold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
