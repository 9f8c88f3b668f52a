/* SPDX-License-Identifier: Apache-2.0 */
/* What real trackers send, and what is left of it after damage: payloads of Segment's documentation and of its Go
 * client, mutations of valid events, and that parsing is pure. */
#include "support.h"

/* Parse one payload by itself; a copy of just its size makes reads past its end visible to the sanitizer. */
static bool parse_alone(struct bench *b, struct ts_str text, char **ret_line)
{
    *ret_line = malloc(text.len ? text.len : 1);
    assert_non_null(*ret_line);
    memcpy(*ret_line, text.ptr, text.len);
    return parse_at(b, ts_str(*ret_line, text.len), true);
}

static bool is_text(const struct ts_json_node *n) { return n && n->type == TS_JSON_STRING && n->text.len > 0; }

static bool one_of_six(const struct ts_json_node *n)
{
    static const char *const six[] = {"track", "identify", "alias", "page", "screen", "group"};
    for (size_t i = 0; is_text(n) && i < TS_ARRAY_LEN(six); i++)
        if (ts_str_eq(n->text, ts_cstr(six[i]))) return true;
    return false;
}

/* A payload with a known type and an id must become a record; any other a fault that says why. */
static bool check_payload(struct bench *b, const struct ts_json *json, const struct ts_json_node *payload)
{
    char *line;
    bool fine = parse_alone(b, payload->text, &line);
    bool must =
        one_of_six(ts_json_get(json, payload, S("type"))) &&
        (is_text(ts_json_get(json, payload, S("userId"))) || is_text(ts_json_get(json, payload, S("anonymousId"))));
    if (must && !fine) fail_msg("%.*s: %s", TS_STR_ARG(payload->text), b->fault.message);
    if (!fine) {
        assert_int_not_equal(b->fault.reason, TS_REASON_NONE);
        assert_true(strlen(b->fault.message) > 10);
    } else {
        assert_true(b->record.n_identifiers > 0);
    }
    free(line);
    return fine;
}

static void test_documentation(void **state)
{
    struct bench *b = *state;
    size_t len = 0;
    char *text = test_data("events/segment_docs_payloads.jsonl", &len);
    if (!text) skip();
    struct ts_json json;
    ts_json_init(&json);
    unsigned all = 0, records = 0;
    for (char *at = text; at < text + len;) {
        char *end = memchr(at, '\n', (size_t)(text + len - at));
        if (!end) end = text + len;
        assert_int_equal(ts_json_parse(&json, at, (size_t)(end - at), true), TS_OK);
        records += check_payload(b, &json, ts_json_get(&json, ts_json_root(&json), S("parsed")));
        all++;
        at = end + 1;
    }
    printf("%u payloads, %u are records, the others say why not\n", all, records);
    assert_int_equal(all, 91);
    assert_true(records >= 35);
    ts_json_release(&json);
    free(text);
}

static void test_go_client(void **state)
{
    static const char *const names[] = {"context-track",  "enqueue-alias",  "enqueue-group",   "enqueue-identify",
                                        "enqueue-page",   "enqueue-screen", "enqueue-track",   "integrations-track",
                                        "interval-track", "many-track",     "messageid-track", "timestamp-track"};
    struct bench *b = *state;
    struct ts_json json;
    ts_json_init(&json);
    unsigned items = 0;
    for (size_t i = 0; i < TS_ARRAY_LEN(names); i++) {
        char name[100];
        size_t len = 0;
        snprintf(name, sizeof name, "events/analytics-go__fixtures__test-%s.json", names[i]);
        char *text = test_data(name, &len);
        if (!text) skip();
        assert_int_equal(ts_json_parse(&json, text, len, true), TS_OK);
        const struct ts_json_node *batch = ts_json_get(&json, ts_json_root(&json), S("batch"));
        for (const struct ts_json_node *n = ts_json_first(&json, batch); n; n = ts_json_next(&json, n)) {
            if (!check_payload(b, &json, n)) fail_msg("%s: %s", name, b->fault.message);
            items++;
        }
        free(text);
    }
    printf("%u items of batches\n", items);
    assert_true(items >= 12);
    ts_json_release(&json);
}

/* ---- random ------------------------------------------------------------------------------------------------- */

static const char *const valid[] = {
    "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u1\",\"messageId\":\"x\",\"timestamp\":"
    "\"2026-01-02T03:04:05.678Z\",\"properties\":{\"order_id\":\"A\\u00e9\",\"revenue\":19.90,\"products\":[{\"sku\":"
    "\"a\"}]}}",
    "{\"type\":\"identify\",\"anonymousId\":\"a\",\"traits\":{\"email\":\"J\xC3\x9CRGEN@x.de\",\"phone\":\"+86 "
    "13800138000\"},"
    "\"context\":{\"traits\":{\"email\":\"a@b\"},\"device\":{\"id\":\"d\"},\"library\":{\"name\":\"l\"}}}",
    "{\"type\":\"alias\",\"previousId\":1,\"userId\":2,\"originalTimestamp\":\"2026-01-01T00:00:00Z\",\"sentAt\":"
    "\"2026-01-01T00:00:01Z\"}",
    "{\"type\":\"group\",\"groupId\":\"g\",\"userId\":null,\"anonymousId\":\"b\",\"channel\":\"web\"}",
    "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"email:a@b\",\"points\":\"p\",\"amount\":5,\"reason\":\"r\"}",
    "{\"type\":\"tick\",\"timestamp\":\"2026-01-02T03:04:05Z\"}",
};

static void mutate(struct ts_rng *rng, char *line, size_t *len, size_t cap)
{
    static const char alphabet[] = "{}[]\",:\\0123456789.eE-+ntfu@ \x01\x80\xC3\xFFzT";
    for (uint64_t edits = 1 + ts_rng_below(rng, 4); edits > 0; edits--) {
        size_t at = ts_rng_below(rng, *len + 1);
        char c = alphabet[ts_rng_below(rng, sizeof alphabet)];
        uint64_t how = ts_rng_below(rng, 4);
        if (how == 0 && at < *len) {
            line[at] = c;
        } else if (how == 1 && at < *len) {
            memmove(line + at, line + at + 1, *len - at - 1);
            (*len)--;
        } else if (how == 2 && *len < cap) {
            memmove(line + at + 1, line + at, *len - at);
            line[at] = c;
            (*len)++;
        } else if (how == 3 && at < *len) {
            size_t n = ts_rng_below(rng, *len - at + 1); /* a piece of it twice */
            if (*len + n > cap) continue;
            memmove(line + at + n, line + at, *len - at);
            *len += n;
        }
    }
}

/* The same figures and the same texts; addresses differ between two parsers. */
static void check_same(const struct ts_record *a, const struct ts_record *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->timestamp, b->timestamp);
    assert_int_equal(a->has_timestamp, b->has_timestamp);
    assert_int_equal(a->original_timestamp, b->original_timestamp);
    assert_int_equal(a->sent_at, b->sent_at);
    assert_int_equal(a->amount, b->amount);
    assert_int_equal(a->who.member, b->who.member);
    assert_int_equal(a->n_identifiers, b->n_identifiers);
    for (uint32_t i = 0; i < a->n_identifiers; i++) {
        assert_int_equal(a->identifiers[i].kind, b->identifiers[i].kind);
        assert_true(ts_str_eq(a->identifiers[i].value, b->identifiers[i].value));
    }
    const struct ts_str left[] = {a->event, a->message_id, a->channel,   a->previous_id, a->user_id, a->group_id,
                                  a->key,   a->who.kind,   a->who.value, a->points,      a->reason};
    const struct ts_str right[] = {b->event, b->message_id, b->channel,   b->previous_id, b->user_id, b->group_id,
                                   b->key,   b->who.kind,   b->who.value, b->points,      b->reason};
    for (size_t i = 0; i < TS_ARRAY_LEN(left); i++)
        assert_true(ts_str_eq(left[i], right[i]));
    assert_int_equal(a->properties != NULL, b->properties != NULL);
    assert_int_equal(a->traits != NULL, b->traits != NULL);
    assert_int_equal(a->context_traits != NULL, b->context_traits != NULL);
}

static void test_mutations(void **state)
{
    struct bench *b = *state; /* reused for all, while `fresh` is new each time: nothing may linger */
    struct ts_rng rng = {test_seed(20260115)};
    unsigned records = 0, reasons[TS_REASON_COUNT] = {0};
    for (int round = 0; round < 60000; round++) {
        char line[1024];
        const char *from = valid[ts_rng_below(&rng, TS_ARRAY_LEN(valid))];
        size_t len = strlen(from);
        memcpy(line, from, len);
        if (round >= (int)TS_ARRAY_LEN(valid)) mutate(&rng, line, &len, sizeof line);

        char *copy;
        bool fine = parse_alone(b, ts_str(line, len), &copy);
        struct bench fresh = {0};
        ts_parser_init(&fresh.parser);
        assert_int_equal(parse_at(&fresh, ts_str(line, len), true), fine);
        if (fine) {
            records++;
            check_same(&b->record, &fresh.record);
        } else {
            assert_int_not_equal(b->fault.reason, TS_REASON_NONE);
            assert_memory_equal(&b->fault, &fresh.fault, sizeof b->fault);
            assert_true(ts_utf8_valid(b->fault.message, strlen(b->fault.message)));
            reasons[b->fault.reason]++;
        }
        ts_parser_release(&fresh.parser);
        free(copy);
    }
    printf("%u records", records);
    for (int i = 1; i < TS_REASON_COUNT; i++)
        if (reasons[i]) printf(", %u %s", reasons[i], ts_reason_name((enum ts_reason)i));
    printf("\n");
    assert_true(records > 1000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {TEST(test_documentation), TEST(test_go_client), TEST(test_mutations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
