/* SPDX-License-Identifier: Apache-2.0 */
/* The hash chain: a fixed head (it is stored, so it may never change), every field counts, and notes and entries of any
 * size pass through the buffer unharmed. */
#include "fixture.h"

#include <sodium.h>

static struct ts_transaction sample(void)
{
    struct ts_transaction t;
    memset(&t, 0, sizeof t);
    t.id = 300;
    t.seq = 601;
    t.movement = TS_MOVE_EARN;
    t.record = 1000000;
    t.at = INT64_C(1768442400000);
    t.rule = 12;
    t.lot = 300;
    t.of = 0;
    t.desired = 150;
    t.note = TS_STR("x1.15");
    t.entries[0] = (struct ts_entry){TS_ACCOUNT_ISSUED, 0, 1, -150};
    t.entries[1] = (struct ts_entry){TS_ACCOUNT_PENDING, 77, 1, 150};
    t.n_entries = 2;
    return t;
}

/* The canonical bytes by hand: LEB128 numbers, signed ones in zigzag, the note with its length + 1. */
static void canonical_bytes_are_fixed(void **state)
{
    TS_UNUSED(state);
    const struct ts_transaction t = sample();
    uint8_t bytes[32 + 64] = {0};
    memset(bytes, 0xAB, 32);
    static const uint8_t fields[] = {0xAC, 0x02,                         /* id 300 */
                                     0xD9, 0x04,                         /* seq 601 */
                                     0x01,                               /* earn */
                                     0xC0, 0x84, 0x3D,                   /* record 1,000,000 */
                                     0x80, 0xB4, 0x8C, 0xF6, 0xF7, 0x66, /* at */
                                     0x0C,                               /* rule 12 */
                                     0xAC, 0x02,                         /* lot 300 */
                                     0x00,                               /* of */
                                     0xAC, 0x02,                         /* desired 150 */
                                     0x06, 'x',  '1',  '.',  '1',  '5',  /* note */
                                     0x02,                               /* entries */
                                     0x05, 0x00, 0x01, 0xAB, 0x02,       /* issued, brand, 1, -150 */
                                     0x01, 0x4D, 0x01, 0xAC, 0x02};      /* pending, 77, 1, +150 */
    memcpy(bytes + 32, fields, sizeof fields);
    uint8_t expected[32], head[32];
    crypto_generichash(expected, 32, bytes, 32 + sizeof fields, NULL, 0);
    ts_ledger_chain(bytes, &t, head);
    assert_memory_equal(head, expected, 32);
}

static void every_field_counts(void **state)
{
    TS_UNUSED(state);
    const uint8_t zero[32] = {0}, one[32] = {1};
    uint8_t heads[16][32];
    uint32_t n = 0;
    struct ts_transaction t = sample();
    ts_ledger_chain(zero, &t, heads[n++]);
    ts_ledger_chain(one, &t, heads[n++]);
#define CHANGED(change) t = sample(), change, ts_ledger_chain(zero, &t, heads[n++])
    CHANGED(t.id++);
    CHANGED(t.seq++);
    CHANGED(t.movement++);
    CHANGED(t.record++);
    CHANGED(t.at++);
    CHANGED(t.rule++);
    CHANGED(t.lot++);
    CHANGED(t.of++);
    CHANGED(t.desired++);
    CHANGED(t.note = TS_STR("x1.16"));
    CHANGED(t.note = TS_STR(""));
    CHANGED(t.note.ptr = NULL);
    CHANGED(t.entries[1].profile++);
    CHANGED(t.entries[0].amount = -t.entries[0].amount);
#undef CHANGED
    assert_int_equal(n, 16);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < i; k++)
            assert_memory_not_equal(heads[i], heads[k], 32);
    }
}

/* What lies outside of the used entries is never read. */
static void unused_entries_do_not_count(void **state)
{
    TS_UNUSED(state);
    const uint8_t zero[32] = {0};
    uint8_t a[32], b[32];
    struct ts_transaction t = sample();
    ts_ledger_chain(zero, &t, a);
    memset(&t.entries[2], 0x5A, sizeof t.entries - 2 * sizeof t.entries[0]);
    ts_ledger_chain(zero, &t, b);
    assert_memory_equal(a, b, 32);
}

/* Notes around the size of the buffer, and the most entries: the same head as hashing all bytes in one piece. */
static void any_size(void **state)
{
    TS_UNUSED(state);
    static char text[5000];
    static uint8_t all[40000];
    memset(text, 'n', sizeof text);
    const size_t sizes[] = {0, 1, 900, 1000, 1010, 1023, 1024, 1025, 5000};
    for (size_t s = 0; s < TS_ARRAY_LEN(sizes); s++) {
        struct ts_transaction t = sample();
        t.note = ts_str(text, sizes[s]);
        t.n_entries = TS_ENTRIES_MAX;
        for (uint32_t i = 0; i < TS_ENTRIES_MAX; i++)
            t.entries[i] = (struct ts_entry){TS_ACCOUNT_AVAILABLE, UINT64_MAX - i, i, i % 2 ? INT64_MAX : INT64_MIN};
        struct ts_buf b;
        ts_buf_init(&b, 0);
        memset(all, 0, 32);
        ts_buf_add(&b, all, 32);
        const uint64_t numbers[] = {t.id, t.seq, t.movement, t.record};
        for (size_t i = 0; i < TS_ARRAY_LEN(numbers); i++)
            ts_buf_varint(&b, numbers[i]);
        ts_buf_zigzag(&b, t.at);
        ts_buf_varint(&b, t.rule);
        ts_buf_varint(&b, t.lot);
        ts_buf_varint(&b, t.of);
        ts_buf_zigzag(&b, t.desired);
        ts_buf_str(&b, t.note);
        ts_buf_varint(&b, t.n_entries);
        for (uint32_t i = 0; i < t.n_entries; i++) {
            ts_buf_varint(&b, t.entries[i].account);
            ts_buf_varint(&b, t.entries[i].profile);
            ts_buf_varint(&b, t.entries[i].points);
            ts_buf_zigzag(&b, t.entries[i].amount);
        }
        assert_false(b.failed);
        uint8_t expected[32], head[32];
        crypto_generichash(expected, 32, b.data, b.len, NULL, 0);
        ts_ledger_chain(all, &t, head);
        assert_memory_equal(head, expected, 32);
        ts_buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_bytes_are_fixed),
        cmocka_unit_test(every_field_counts),
        cmocka_unit_test(unused_entries_do_not_count),
        cmocka_unit_test(any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
