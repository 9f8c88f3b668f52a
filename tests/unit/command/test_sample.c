/* SPDX-License-Identifier: Apache-2.0 */
/* The sample: the same bytes for the same seed, and for ever; every line is one that Tessera accepts; orders, refunds and
 * times agree with each other; failing memory and a full disk are reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "command/sample.h"
#include "record/record.h"

struct text {
    char *ptr;
    size_t len;
};

static struct text sample(uint32_t members, uint64_t seed)
{
    struct text t = {NULL, 0};
    struct ts_error err = {.code = TS_OK};
    FILE *out = open_memstream(&t.ptr, &t.len);
    assert_non_null(out);
    if (ts_sample_write(out, members, seed, &err) != TS_OK) fail_msg("%s", err.text);
    fclose(out);
    return t;
}

static bool next_line(struct text t, size_t *pos, struct ts_str *ret)
{
    if (*pos >= t.len) return false;
    const char *start = t.ptr + *pos, *stop = memchr(start, '\n', t.len - *pos);
    assert_non_null(stop);
    *ret = ts_str(start, (size_t)(stop - start));
    *pos += ret->len + 1;
    return true;
}

static void same_bytes(void **state)
{
    TS_UNUSED(state);
    struct text a = sample(300, 5), b = sample(300, 5), c = sample(300, 6);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    assert_true(a.len != c.len || memcmp(a.ptr, c.ptr, a.len) != 0);
    free(a.ptr);
    free(b.ptr);
    free(c.ptr);
}

/* These bytes are part of what other tests and documents stand on: a change is deliberate, and said in its commit. */
static void golden_bytes(void **state)
{
    TS_UNUSED(state);
    struct text t = sample(200, 1);
    uint8_t digest[32];
    char hex[65];
    ts_sha256(t.ptr, t.len, digest);
    ts_sha256_hex(digest, hex);
    assert_string_equal(hex, "c40c1b31d0659282cd614623e4e5ceaffb2d632d7601b2febc14a405df3689c9");
    free(t.ptr);
}

/* ---- every line is accepted ------------------------------------------------------------------------------------------- */

struct seen {
    unsigned lines, orders, refunds, phones, emails, behind, users, strong;
    ts_ms newest, first, last;
};

static int64_t money(const struct ts_json_node *n)
{
    int64_t fen = -1;
    assert_non_null(n);
    assert_int_equal(ts_money_read(n, 2, &fen), TS_OK);
    return fen;
}

static void check_order(const struct ts_record *r)
{
    const struct ts_json *j = r->json;
    const struct ts_json_node *products = ts_json_get(j, r->properties, TS_STR("products"));
    int64_t sum = 0, quantity;
    assert_non_null(ts_json_get(j, r->properties, TS_STR("order_id")));
    assert_non_null(products);
    for (const struct ts_json_node *p = ts_json_first(j, products); p; p = ts_json_next(j, p)) {
        assert_int_equal(ts_json_integer(ts_json_get(j, p, TS_STR("quantity")), &quantity), TS_OK);
        sum += money(ts_json_get(j, p, TS_STR("price"))) * quantity;
    }
    assert_int_equal(sum, money(ts_json_get(j, r->properties, TS_STR("revenue"))));
}

static void check_known_event(struct ts_str event)
{
    static const char *const EVENTS[] = {"Order Completed", "Order Refunded", "Product Viewed",
                                         "Product Added",   "Product Shared", "Review Posted",
                                         "QR Scanned",      "Page Viewed",    "App Opened"};
    for (size_t i = 0; i < TS_ARRAY_LEN(EVENTS); i++) {
        if (ts_str_eq(event, ts_cstr(EVENTS[i]))) return;
    }
    fail_msg("event " TS_STR_FMT, TS_STR_ARG(event));
}

static void check_contact(struct ts_parser *parser, const struct ts_record *r, struct seen *seen)
{
    const struct ts_json_node *phone = ts_json_get(r->json, r->traits, TS_STR("phone"));
    const struct ts_json_node *email = ts_json_get(r->json, r->traits, TS_STR("email"));
    struct ts_str value;
    if (phone) {
        seen->phones++;
        assert_true(ts_normalize_phone(phone->text, "CN", &parser->arena, &value));
        assert_int_equal(value.len, 14); /* +86 and eleven digits */
    }
    if (email) {
        seen->emails++;
        assert_true(ts_normalize_email(email->text, &parser->arena, &value));
    }
}

static void check_record(struct ts_parser *parser, const struct ts_record *r, struct seen *seen)
{
    assert_true(r->message_id.len == 36);
    assert_true(r->n_identifiers > 0 || r->kind == TS_RECORD_GROUP);
    assert_true(r->has_timestamp);
    assert_true(r->channel.len > 0);
    if (r->kind == TS_RECORD_TRACK || r->kind == TS_RECORD_PAGE) check_known_event(r->event);
    if (ts_str_eq(r->event, TS_STR("Order Completed"))) {
        seen->orders++;
        check_order(r);
    }
    if (ts_str_eq(r->event, TS_STR("Order Refunded"))) {
        seen->refunds++;
        assert_true(money(ts_json_get(r->json, r->properties, TS_STR("revenue"))) > 0);
        if (ts_json_get(r->json, r->properties, TS_STR("products"))) check_order(r);
    }
    check_contact(parser, r, seen);
    if (seen->lines++ == 0) seen->first = r->timestamp;
    if (r->timestamp < seen->newest) seen->behind++;
    if (r->timestamp > seen->newest) seen->newest = r->timestamp;
}

static void every_line_is_accepted(void **state)
{
    TS_UNUSED(state);
    struct text t = sample(3000, 42);
    struct ts_parser parser;
    struct ts_record record;
    struct ts_fault fault;
    struct seen seen = {.newest = TS_MS_MIN};
    uint32_t n_kinds;
    const struct ts_identifier_kind *kinds = ts_identifier_defaults(&n_kinds);
    ts_parser_init(&parser);
    struct ts_str line;
    for (size_t pos = 0; next_line(t, &pos, &line);) {
        if (!ts_record_parse(&parser, line, kinds, n_kinds, 0, false, &record, &fault)) {
            fail_msg("%s %s: " TS_STR_FMT, fault.field, fault.message, TS_STR_ARG(line));
        }
        check_record(&parser, &record, &seen);
    }
    ts_parser_release(&parser);
    free(t.ptr);
    print_message("%u lines, %u orders, %u refunds, %u phones, %u emails, %u behind\n", seen.lines, seen.orders,
                  seen.refunds, seen.phones, seen.emails, seen.behind);
    assert_in_range(seen.lines, 3000 * 20, 3000 * 40);
    assert_true(seen.orders > 3000 && seen.refunds > 100 && seen.phones > 3000 && seen.emails > 1000);
    assert_in_range(seen.behind, 10, seen.lines / 200); /* re-sent or late; all others ascend */
    ts_ms start, end;
    assert_int_equal(ts_time_parse(TS_STR("2024-01-01T00:00:00+08:00"), &start), TS_OK);
    assert_int_equal(ts_time_parse(TS_STR("2026-01-01T00:00:00+08:00"), &end), TS_OK);
    assert_true(seen.first >= start && seen.first < start + TS_DAY_MS);
    assert_true(seen.newest < end && seen.newest > end - 7 * TS_DAY_MS);
}

static int by_bytes(const void *a, const void *b)
{
    return ts_str_cmp(*(const struct ts_str *)a, *(const struct ts_str *)b);
}

/* Lines that come twice are the same to the byte; no two different lines have one message id. */
static void message_ids_are_unique(void **state)
{
    TS_UNUSED(state);
    struct text t = sample(2000, 9);
    size_t n = 0, twice = 0, pos = 0, id = strlen("{\"type\":\"");
    struct ts_str line, *lines = malloc(t.len / 64 * sizeof *lines);
    assert_non_null(lines);
    while (next_line(t, &pos, &line)) {
        const char *at = memmem(line.ptr + id, line.len - id, "\"messageId\":\"", 13);
        assert_non_null(at);
        lines[n++] = ts_str(at, line.len - (size_t)(at - line.ptr)); /* the id and what follows it */
    }
    qsort(lines, n, sizeof *lines, by_bytes);
    for (size_t i = 1; i < n; i++) {
        if (memcmp(lines[i].ptr, lines[i - 1].ptr, 13 + 36) != 0) continue;
        twice++;
        assert_true(ts_str_eq(lines[i], lines[i - 1]));
    }
    assert_in_range(twice, 20, n / 300);
    free(lines);
    free(t.ptr);
}

/* ---- failures --------------------------------------------------------------------------------------------------------- */

static void failures_are_reported(void **state)
{
    TS_UNUSED(state);
    struct ts_error err;
    FILE *out = tmpfile();
    assert_non_null(out);
    assert_int_equal(ts_sample_write(out, 0, 1, &err), TS_E_USAGE);
    assert_int_equal(ts_sample_write(out, UINT32_MAX, 1, &err), TS_E_LIMIT);
    enum ts_code code = TS_E_MEMORY;
    for (int64_t n = 0; code != TS_OK; n++) {
        assert_true(n < 100);
        ts_alloc_fail_after(n);
        code = ts_sample_write(out, 50, 1, &err);
        ts_alloc_fail_after(-1);
        assert_true(code == TS_OK || code == TS_E_MEMORY);
    }
    fclose(out);
    out = fopen("/dev/full", "w");
    if (!out) {
        print_message("skipped: no /dev/full\n");
        return;
    }
    assert_int_equal(ts_sample_write(out, 50, 1, &err), TS_E_DISK);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(golden_bytes),
        cmocka_unit_test(every_line_is_accepted),
        cmocka_unit_test(message_ids_are_unique),
        cmocka_unit_test(failures_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
