/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to records: every kind, every reason with its field, the order of the checks, times, and memory running out. */
#include "support.h"

#define ID "\"userId\":\"u1\""

/* ---- records ------------------------------------------------------------------------------------------------ */

static void test_track(void **state)
{
    struct bench *b = *state;
    assert_true(parse(b,
                      "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u1\",\"anonymousId\":\"a1\","
                      "\"messageId\":\"x1\",\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"properties\":{\"revenue\":1},"
                      "\"context\":{\"traits\":{\"email\":\"ANN@example.com\",\"phone\":\"+86 13800138000\"},"
                      "\"device\":{\"id\":\"d1\"},\"library\":{\"name\":\"lib\"}}}"));
    const struct ts_record *r = &b->record;
    assert_int_equal(r->kind, TS_RECORD_TRACK);
    assert_str(r->event, "Order Completed");
    assert_str(r->message_id, "x1");
    assert_str(r->channel, "lib");
    assert_true(r->has_timestamp);
    assert_int_equal(r->timestamp, INT64_C(1767323045678));
    assert_int_equal(r->sent_at, TS_NEVER);
    assert_int_equal(r->original_timestamp, TS_NEVER);
    assert_non_null(ts_json_get(r->json, r->properties, S("revenue")));
    assert_non_null(ts_json_get(r->json, r->traits, S("email")));
    assert_null(r->context_traits);

    static const char *const values[] = {"u1", "ann@example.com", "+8613800138000", "a1", "d1"};
    assert_int_equal(r->n_identifiers, 5);
    for (uint16_t i = 0; i < 5; i++) {
        assert_int_equal(r->identifiers[i].kind, i);
        assert_str(r->identifiers[i].value, values[i]);
    }
}

static void test_other_kinds(void **state)
{
    struct bench *b = *state;
    assert_true(parse(b,
                      "{\"type\":\"identify\"," ID ",\"traits\":{\"email\":\"a@b\"},\"context\":{\"traits\":{\"x\":1},"
                      "\"channel\":\"app\"}}"));
    assert_int_equal(b->record.kind, TS_RECORD_IDENTIFY);
    assert_non_null(b->record.context_traits);
    assert_str(b->record.channel, "app");
    assert_str(b->record.event, "");
    assert_null(b->record.message_id.ptr);
    assert_false(b->record.has_timestamp);
    assert_int_equal(b->record.timestamp, ARRIVAL);

    assert_true(parse(b, "{\"type\":\"alias\",\"previousId\":17,\"userId\":42}"));
    assert_str(b->record.previous_id, "17");
    assert_str(b->record.user_id, "42");
    assert_true(parse(b, "{\"type\":\"group\",\"groupId\":\"g\",\"anonymousId\":\"a\"}"));
    assert_str(b->record.group_id, "g");
    assert_true(parse(b, "{\"type\":\"page\"," ID ",\"channel\":\"web\",\"context\":{\"channel\":\"app\"}}"));
    assert_str(b->record.event, "Page Viewed");
    assert_str(b->record.channel, "web");
    assert_true(parse(b, "{\"type\":\"screen\"," ID "}"));
    assert_str(b->record.event, "Screen Viewed");
    assert_str(b->record.channel, "");
}

static void test_commands(void **state)
{
    struct bench *b = *state;
    assert_true(
        parse(b, "{\"type\":\"redeem\",\"key\":\"k1\",\"member\":\"m12\",\"points\":\"points\",\"amount\":500}"));
    assert_int_equal(b->record.kind, TS_RECORD_REDEEM);
    assert_str(b->record.key, "k1");
    assert_int_equal(b->record.who.member, 12);
    assert_str(b->record.points, "points");
    assert_int_equal(b->record.amount, 500);
    assert_null(b->record.reason.ptr);
    assert_true(
        parse(b, "{\"type\":\"adjust\",\"key\":\"k2\",\"member\":\"email:Ann@x.y\",\"points\":\"p\",\"amount\":-1e2,"
                 "\"reason\":\"goodwill\",\"timestamp\":\"2026-01-02\"}"));
    assert_int_equal(b->record.amount, -100);
    assert_str(b->record.who.kind, "email");
    assert_str(b->record.who.value, "Ann@x.y");
    assert_str(b->record.reason, "goodwill");
    assert_int_equal(b->record.n_identifiers, 0);
    assert_true(
        parse(b, "{\"type\":\"set_tier\",\"key\":\"k\",\"member\":\"m1\",\"tiers\":\"club\",\"level\":\"Gold\"}"));
    assert_int_equal(b->record.kind, TS_RECORD_SET_TIER);
    assert_str(b->record.tiers, "club");
    assert_str(b->record.level, "Gold");
    assert_int_equal(b->record.until, TS_NEVER);
    assert_true(parse(b, "{\"type\":\"set_tag\",\"key\":\"k\",\"member\":\"m1\",\"tag\":\"vip\",\"until\":"
                         "\"2026-02-01T00:00:00Z\",\"reason\":\"r\"}"));
    assert_int_equal(b->record.kind, TS_RECORD_SET_TAG);
    assert_str(b->record.tag, "vip");
    assert_int_equal(b->record.until, INT64_C(1769904000000));
    assert_false(b->record.remove);
    assert_str(b->record.reason, "r");
    assert_true(parse(b, "{\"type\":\"set_tag\",\"key\":\"k\",\"member\":\"m1\",\"tag\":\"vip\",\"remove\":true}"));
    assert_true(b->record.remove);
    assert_true(parse(b, "{\"type\":\"tick\",\"timestamp\":\"2026-02-01T00:00:00Z\"}"));
    assert_int_equal(b->record.kind, TS_RECORD_TICK);
    assert_int_equal(b->record.timestamp, INT64_C(1769904000000));
}

/* ---- times -------------------------------------------------------------------------------------------------- */

#define SKEWED                                                                                                         \
    "{\"type\":\"page\"," ID ",\"originalTimestamp\":\"1999-01-01T00:00:10Z\",\"sentAt\":\"1999-01-01T00:00:15Z\"%s}"

static void test_clock_of_the_client(void **state)
{
    struct bench *b = *state;
    char line[512];
    snprintf(line, sizeof line, SKEWED, "");
    assert_true(parse_at(b, ts_cstr(line), true));
    assert_int_equal(b->record.timestamp, ARRIVAL - 5000);
    assert_int_equal(b->record.original_timestamp, INT64_C(915148810000));
    assert_int_equal(b->record.sent_at, INT64_C(915148815000));
    assert_true(parse_at(b, ts_cstr(line), false)); /* history is taken as it is told */
    assert_int_equal(b->record.timestamp, INT64_C(915148810000));

    snprintf(line, sizeof line, SKEWED, ",\"timestamp\":\"2000-01-01T00:00:00Z\"");
    assert_true(parse_at(b, ts_cstr(line), false));
    assert_int_equal(b->record.timestamp, INT64_C(946684800000));

    assert_false(parse_at(b,
                          S("{\"type\":\"page\"," ID ",\"originalTimestamp\":\"1900-01-01T00:00:10Z\","
                            "\"sentAt\":\"2199-01-01T00:00:15Z\"}"),
                          true));
    assert_int_equal(b->fault.reason, TS_REASON_BAD_TIMESTAMP);
    assert_string_equal(b->fault.field, "sentAt");
}

/* ---- absent, null, empty, numbers ---------------------------------------------------------------------------- */

static void test_absent_forms(void **state)
{
    struct bench *b = *state;
    assert_true(parse(b,
                      "{\"type\":\"page\",\"userId\":null,\"anonymousId\":\"a\",\"messageId\":null,\"properties\":[],"
                      "\"traits\":null,\"timestamp\":null,\"context\":[]}"));
    assert_int_equal(b->record.n_identifiers, 1);
    assert_null(b->record.message_id.ptr);
    assert_null(b->record.properties);
    assert_null(b->record.traits);
    assert_false(b->record.has_timestamp);
    assert_true(parse(b, "{\"type\":\"page\",\"userId\":\"\",\"anonymousId\":7,\"messageId\":\"\"}"));
    assert_int_equal(b->record.n_identifiers, 1);
    assert_str(b->record.identifiers[0].value, "7");
    assert_null(b->record.message_id.ptr);
    assert_true(parse(b, "{\"type\":\"page\",\"userId\":\" u 1 \"}")); /* opaque bytes */
    assert_str(b->record.identifiers[0].value, " u 1 ");
    /* The first path that holds something wins; what is no address identifies nobody. */
    assert_true(parse(b,
                      "{\"type\":\"identify\"," ID ",\"traits\":{\"email\":\"\",\"phone\":[1]},\"context\":{\"traits\":"
                      "{\"email\":\"A@b\",\"phone\":8613800138000}}}"));
    assert_int_equal(b->record.n_identifiers, 2);
    assert_str(b->record.identifiers[1].value, "a@b");
    assert_true(parse(b, "{\"type\":\"identify\"," ID ",\"traits\":{\"email\":\"none\"},\"context\":{\"traits\":"
                         "{\"email\":\"A@b\"}}}"));
    assert_int_equal(b->record.n_identifiers, 1);
}

static void test_declared_paths(void **state)
{
    struct bench *b = *state;
    static const struct ts_str card[] = {{"properties.card.number", 22}, {"card", 4}};
    static const struct ts_str phone[] = {{"traits.mobile", 13}};
    const struct ts_identifier_kind kinds[] = {
        {.name = {"card", 4}, .from = card, .n_from = 2},
        {.name = {"phone", 5}, .from = phone, .n_from = 1, .normalize = TS_NORMALIZE_PHONE, .region = "CN"},
    };
    struct ts_str line = S("{\"type\":\"page\",\"card\":5,\"traits\":{\"mobile\":13800138000}}");
    assert_true(ts_record_parse(&b->parser, line, kinds, 2, ARRIVAL, false, &b->record, &b->fault));
    assert_int_equal(b->record.n_identifiers, 2);
    assert_str(b->record.identifiers[0].value, "5");
    assert_str(b->record.identifiers[1].value, "+8613800138000");
    line = S("{\"type\":\"page\",\"card\":5,\"properties\":{\"card\":{\"number\":\"c9\"}}}");
    assert_true(ts_record_parse(&b->parser, line, kinds, 2, ARRIVAL, false, &b->record, &b->fault));
    assert_str(b->record.identifiers[0].value, "c9");
    assert_false(ts_record_parse(&b->parser, line, NULL, 0, ARRIVAL, false, &b->record, &b->fault));
    assert_int_equal(b->fault.reason, TS_REASON_MISSING_IDENTIFIER);
}

static void test_more_kinds_than_places(void **state)
{
    struct bench *b = *state;
    static const struct ts_str from[] = {{"userId", 6}};
    struct ts_identifier_kind kinds[TS_RECORD_IDENTIFIERS_MAX + 3];
    for (size_t i = 0; i < TS_ARRAY_LEN(kinds); i++)
        kinds[i] = (struct ts_identifier_kind){.from = from, .n_from = 1};
    struct ts_str line = S("{\"type\":\"page\"," ID "}");
    assert_true(ts_record_parse(&b->parser, line, kinds, TS_ARRAY_LEN(kinds), ARRIVAL, false, &b->record, &b->fault));
    assert_int_equal(b->record.n_identifiers, TS_RECORD_IDENTIFIERS_MAX);
}

/* ---- faults ------------------------------------------------------------------------------------------------- */

struct refusal {
    const char *line;
    enum ts_reason reason;
    const char *field;
    const char *says; /* a part of the message */
};

#define REDEEM(rest) "{\"type\":\"redeem\"," rest "}"
#define KEY "\"key\":\"k\",\"member\":\"m1\",\"points\":\"p\","

#define SET_TIER(rest) "{\"type\":\"set_tier\",\"key\":\"k\",\"member\":\"m1\"" rest "}"
#define SET_TAG(rest) "{\"type\":\"set_tag\",\"key\":\"k\",\"member\":\"m1\"" rest "}"

static const struct refusal refusals[] = {
    {"", TS_REASON_JSON_SYNTAX, "", "byte 0"},
    {"{\"type\":\"track\"", TS_REASON_JSON_SYNTAX, "", "byte"},
    {"{\"a\":1,\"a\":2}", TS_REASON_JSON_LIMIT, "", "byte"},
    {"{\"a\":\"\xFF\"}", TS_REASON_UTF8, "", "byte"},
    {"[]", TS_REASON_BAD_TYPE, "", "found a list"},
    {"7", TS_REASON_BAD_TYPE, "", "found the number 7"},
    {"{}", TS_REASON_BAD_TYPE, "type", "found nothing"},
    {"{\"type\":null}", TS_REASON_BAD_TYPE, "type", "found nothing"},
    {"{\"type\":3}", TS_REASON_BAD_TYPE, "type", "found the number 3"},
    {"{\"type\":\"trak\"}", TS_REASON_BAD_TYPE, "type", "did you mean track?"},
    {"{\"type\":\"Identify\"}", TS_REASON_BAD_TYPE, "type", "did you mean identify?"},
    {"{\"type\":\"purchase\"}", TS_REASON_BAD_TYPE, "type", "found the text \"purchase\""},
    {"{\"type\":\"slice\"}", TS_REASON_BAD_TYPE, "type", "slice"}, /* the engine's own */
    {"{\"type\":\"track\"," ID "}", TS_REASON_MISSING_FIELD, "event", "track needs event"},
    {"{\"type\":\"track\"," ID ",\"event\":\"\"}", TS_REASON_MISSING_FIELD, "event", "track needs event"},
    {"{\"type\":\"track\"," ID ",\"event\":{}}", TS_REASON_WRONG_TYPE, "event", "must be text; found an object"},
    {"{\"type\":\"alias\"," ID "}", TS_REASON_MISSING_FIELD, "previousId", "alias needs previousId"},
    {"{\"type\":\"alias\"," ID ",\"previousId\":true}", TS_REASON_WRONG_TYPE, "previousId", "found true"},
    {"{\"type\":\"group\"," ID ",\"groupId\":\"\"}", TS_REASON_MISSING_FIELD, "groupId", "group needs groupId"},
    {"{\"type\":\"page\"," ID ",\"timestamp\":\"yesterday\"}", TS_REASON_BAD_TIMESTAMP, "timestamp", "\"yesterday\""},
    {"{\"type\":\"page\"," ID ",\"timestamp\":1768442400000}", TS_REASON_BAD_TIMESTAMP, "timestamp", "the number"},
    {"{\"type\":\"page\"," ID ",\"timestamp\":\"\"}", TS_REASON_BAD_TIMESTAMP, "timestamp", "the empty text"},
    {"{\"type\":\"page\"," ID ",\"timestamp\":\"2026-02-30\"}", TS_REASON_BAD_TIMESTAMP, "timestamp", "2026-02-30"},
    {"{\"type\":\"page\"," ID ",\"timestamp\":\"1812-01-01\"}", TS_REASON_BAD_TIMESTAMP, "timestamp", "between 1900"},
    {"{\"type\":\"page\"," ID ",\"sentAt\":\"soon\"}", TS_REASON_BAD_TIMESTAMP, "sentAt", "soon"},
    {"{\"type\":\"page\"," ID ",\"messageId\":1}", TS_REASON_WRONG_TYPE, "messageId", "must be text"},
    {"{\"type\":\"page\",\"userId\":{}}", TS_REASON_WRONG_TYPE, "userId", "text, a number or null; found an object"},
    {"{\"type\":\"page\"," ID ",\"anonymousId\":false}", TS_REASON_WRONG_TYPE, "anonymousId", "found false"},
    {"{\"type\":\"page\"}", TS_REASON_MISSING_IDENTIFIER, "", "userId, traits.email"},
    {"{\"type\":\"page\",\"traits\":{\"email\":\"none\"}}", TS_REASON_MISSING_IDENTIFIER, "", "userId"},
    {"{\"type\":\"page\"," ID ",\"properties\":[1]}", TS_REASON_WRONG_TYPE, "properties", "an object; found a list"},
    {"{\"type\":\"page\"," ID ",\"traits\":\"x\"}", TS_REASON_WRONG_TYPE, "traits", "an object"},
    {REDEEM("\"member\":\"m1\""), TS_REASON_MISSING_FIELD, "key", "redeem needs key"},
    {REDEEM("\"key\":1"), TS_REASON_WRONG_TYPE, "key", "must be text"},
    {REDEEM("\"key\":\"k\""), TS_REASON_MISSING_FIELD, "member", "m12"},
    {REDEEM("\"key\":\"k\",\"member\":\"ann\""), TS_REASON_WRONG_TYPE, "member", "found the text \"ann\""},
    {REDEEM("\"key\":\"k\",\"member\":\"m1\""), TS_REASON_MISSING_FIELD, "points", "redeem needs points"},
    {REDEEM("\"key\":\"k\",\"member\":\"m1\",\"points\":\"p\""), TS_REASON_MISSING_FIELD, "amount", "above 0"},
    {REDEEM(KEY "\"amount\":0"), TS_REASON_WRONG_TYPE, "amount", "above 0"},
    {REDEEM(KEY "\"amount\":-5"), TS_REASON_WRONG_TYPE, "amount", "above 0"},
    {REDEEM(KEY "\"amount\":1.5"), TS_REASON_WRONG_TYPE, "amount", "found the number 1.5"},
    {REDEEM(KEY "\"amount\":\"5\""), TS_REASON_WRONG_TYPE, "amount", "found the text"},
    {REDEEM(KEY "\"amount\":9007199254740993"), TS_REASON_JSON_LIMIT, "amount", "2^53"},
    {REDEEM(KEY "\"amount\":5,\"reason\":5"), TS_REASON_WRONG_TYPE, "reason", "must be text"},
    {"{\"type\":\"adjust\"," KEY "\"amount\":0}", TS_REASON_WRONG_TYPE, "amount", "not 0"},
    {SET_TIER(""), TS_REASON_MISSING_FIELD, "tiers", "set_tier needs tiers"},
    {SET_TIER(",\"tiers\":\"club\""), TS_REASON_MISSING_FIELD, "level", "one of the levels"},
    {SET_TIER(",\"tiers\":\"club\",\"level\":3"), TS_REASON_WRONG_TYPE, "level", "must be text"},
    {SET_TIER(",\"tiers\":\"club\",\"level\":\"A\",\"until\":\"soon\""), TS_REASON_BAD_TIMESTAMP, "until", "soon"},
    {SET_TAG(""), TS_REASON_MISSING_FIELD, "tag", "set_tag needs tag"},
    {SET_TAG(",\"tag\":\"vip\",\"remove\":1"), TS_REASON_WRONG_TYPE, "remove", "true or false; found the number 1"},
    {SET_TAG(",\"tag\":\"vip\",\"remove\":true,\"until\":\"2026-02-01\""), TS_REASON_WRONG_TYPE, "until",
     "cannot stand beside remove"},
    {"{\"type\":\"set-tag\"}", TS_REASON_BAD_TYPE, "type", "did you mean set_tag?"},
    {"{\"type\":\"tick\"}", TS_REASON_MISSING_FIELD, "timestamp", "tick needs timestamp"},
    /* two faults: the order is promised */
    {"{\"type\":\"track\",\"timestamp\":\"x\"}", TS_REASON_MISSING_FIELD, "event", "event"},
    {"{\"type\":\"page\",\"timestamp\":\"x\",\"messageId\":1}", TS_REASON_BAD_TIMESTAMP, "timestamp", "x"},
    {"{\"type\":\"page\",\"messageId\":1,\"userId\":{}}", TS_REASON_WRONG_TYPE, "messageId", "text"},
};

static void test_refusals(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < TS_ARRAY_LEN(refusals); i++) {
        const struct refusal *r = &refusals[i];
        if (parse(b, r->line)) fail_msg("accepted: %s", r->line);
        if (b->fault.reason != r->reason || strcmp(b->fault.field, r->field) != 0 || !strstr(b->fault.message, r->says))
            fail_msg("%s: %s, \"%s\": %s", r->line, ts_reason_name(b->fault.reason), b->fault.field, b->fault.message);
        uint32_t n;
        const struct ts_identifier_kind *kinds = ts_identifier_defaults(&n);
        assert_false(ts_record_parse(&b->parser, ts_cstr(r->line), kinds, n, ARRIVAL, false, &b->record, NULL));
    }
}

/* A line `{"type":TYPE,...,"NAME":"<bytes times fill>"}`. */
static bool parse_long(struct bench *b, const char *head, const char *fill, size_t bytes, const char *tail)
{
    size_t cap = strlen(head) + bytes + strlen(tail) + 8;
    char *line = malloc(cap);
    assert_non_null(line);
    size_t len = (size_t)snprintf(line, cap, "%s", head);
    for (size_t i = 0; i < bytes; i++)
        line[len++] = fill[i % strlen(fill)];
    len += (size_t)snprintf(line + len, cap - len, "%s", tail);
    bool fine = parse_at(b, ts_str(line, len), false);
    free(line);
    return fine;
}

static void test_sizes(void **state)
{
    static const struct {
        const char *head, *tail, *field;
        size_t max_bytes;
    } cases[] = {
        {"{\"type\":\"page\",\"userId\":\"", "\"}", "userId", TS_LIMIT_IDENTIFIER_BYTES},
        {"{\"type\":\"alias\"," ID ",\"previousId\":\"", "\"}", "previousId", TS_LIMIT_IDENTIFIER_BYTES},
        {"{\"type\":\"group\"," ID ",\"groupId\":\"", "\"}", "groupId", TS_LIMIT_IDENTIFIER_BYTES},
        {"{\"type\":\"page\"," ID ",\"context\":{\"device\":{\"id\":\"", "\"}}}", "context.device.id",
         TS_LIMIT_IDENTIFIER_BYTES},
        {"{\"type\":\"page\"," ID ",\"messageId\":\"", "\"}", "messageId", TS_LIMIT_MESSAGE_ID_BYTES},
        {"{\"type\":\"track\"," ID ",\"event\":\"", "\"}", "event", TS_LIMIT_NAME_BYTES},
        {"{\"type\":\"redeem\",\"member\":\"m1\",\"points\":\"p\",\"amount\":1,\"key\":\"", "\"}", "key",
         TS_LIMIT_KEY_BYTES},
    };
    struct bench *b = *state;
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        if (!parse_long(b, cases[i].head, "x", cases[i].max_bytes, cases[i].tail)) fail_msg("%s", b->fault.message);
        assert_false(parse_long(b, cases[i].head, "x", cases[i].max_bytes + 1, cases[i].tail));
        assert_int_equal(b->fault.reason, TS_REASON_TOO_LARGE);
        assert_string_equal(b->fault.field, cases[i].field);
    }
    /* 18 letters come out of one: too large only when folded. */
    assert_false(parse_long(b, "{\"type\":\"identify\",\"traits\":{\"email\":\"", "\xEF\xB7\xB2", 300, "@b\"}}"));
    assert_int_equal(b->fault.reason, TS_REASON_TOO_LARGE);
    assert_string_equal(b->fault.field, "traits.email");

    const char *head = "{\"type\":\"page\"," ID ",\"x\":\"";
    size_t rest = TS_LIMIT_EVENT_BYTES - strlen(head) - 2;
    assert_true(parse_long(b, head, "x", rest, "\"}"));
    assert_false(parse_long(b, head, "x", rest + 1, "\"}"));
    assert_int_equal(b->fault.reason, TS_REASON_TOO_LARGE);
    assert_string_equal(b->fault.field, "");
}

/* Messages are cut between characters, wherever the cut falls. */
static void test_messages_stay_utf8(void **state)
{
    struct bench *b = *state;
    for (size_t shift = 0; shift < 5; shift++) {
        for (size_t bytes = 30; bytes < 60; bytes += 3) {
            char head[64];
            snprintf(head, sizeof head, "{\"type\":\"%.*s", (int)shift, "aaaaa");
            assert_false(parse_long(b, head, "\xE4\xBC\x9A", bytes, "\"}"));
            assert_true(ts_utf8_valid(b->fault.message, strlen(b->fault.message)));
            assert_non_null(strstr(b->fault.message, "found the text \""));
        }
    }
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void test_no_memory_is_no_verdict(void **state)
{
    TS_UNUSED(state);
    const char *line = "{\"type\":\"track\",\"event\":\"\\u0041\",\"userId\":\"u1\",\"context\":{\"traits\":"
                       "{\"email\":\"J\xC3\x9CRGEN@x\",\"phone\":\"+86 13800138000\"}}}";
    for (int64_t n = 0;; n++) {
        struct bench b = {0};
        ts_parser_init(&b.parser);
        ts_alloc_fail_after(n);
        bool fine = parse(&b, line);
        ts_alloc_fail_after(-1);
        if (!fine) {
            assert_int_equal(b.fault.reason, TS_REASON_NONE);
            assert_true(strlen(b.fault.message) > 0);
            assert_true(parse(&b, line)); /* the parser is as good as new */
        }
        assert_int_equal(b.record.n_identifiers, 3);
        ts_parser_release(&b.parser);
        if (fine) {
            assert_true(n >= 2);
            return;
        }
    }
}

static void test_names(void **state)
{
    TS_UNUSED(state);
    assert_string_equal(ts_record_kind_name(TS_RECORD_TRACK), "track");
    assert_string_equal(ts_record_kind_name(TS_RECORD_RETRY), "retry");
    assert_string_equal(ts_record_kind_name(TS_RECORD_NONE), "none");
    assert_string_equal(ts_reason_name(TS_REASON_MONEY_PRECISION), "money_precision");
    assert_string_equal(ts_reason_name(TS_REASON_NONE), "none");
    assert_string_equal(ts_type_name(TS_TYPE_MONEY), "money");
    assert_string_equal(ts_type_name(TS_TYPE_LIST), "list");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_track),
        TEST(test_other_kinds),
        TEST(test_commands),
        TEST(test_clock_of_the_client),
        TEST(test_absent_forms),
        TEST(test_declared_paths),
        TEST(test_more_kinds_than_places),
        TEST(test_refusals),
        TEST(test_sizes),
        TEST(test_messages_stay_utf8),
        TEST(test_no_memory_is_no_verdict),
        TEST(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
