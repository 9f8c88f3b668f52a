/* SPDX-License-Identifier: Apache-2.0 */
/* Properties against the tracking plan: every type, required fields, lists in lists, and money to the last digit. */
#include "support.h"

#define F(n, t, r)                                                                                                     \
    {                                                                                                                  \
        .name = {(n), sizeof(n) - 1}, .type = (t), .required = (r)                                                     \
    }

static const struct ts_field option_fields[] = {F("code", TS_TYPE_TEXT, true)};
static const struct ts_field product_fields[] = {
    F("sku", TS_TYPE_TEXT, true),
    F("price", TS_TYPE_MONEY, false),
    {.name = {"options", 7}, .type = TS_TYPE_LIST, .of = option_fields, .n_of = 1},
};
static const struct ts_field order_fields[] = {
    F("order_id", TS_TYPE_TEXT, true),
    F("revenue", TS_TYPE_MONEY, false),
    F("quantity", TS_TYPE_INTEGER, false),
    F("weight", TS_TYPE_NUMBER, false),
    F("gift", TS_TYPE_BOOLEAN, false),
    F("day", TS_TYPE_DATE, false),
    F("at", TS_TYPE_TIME, false),
    F("note", TS_TYPE_ANY, false),
    F("tags", TS_TYPE_LIST, false),
    {.name = {"products", 8}, .type = TS_TYPE_LIST, .of = product_fields, .n_of = 3},
};
static const struct ts_event_decl order = {
    .name = {"Order Completed", 15}, .fields = order_fields, .n_fields = TS_ARRAY_LEN(order_fields)};

static bool check(const char *properties, unsigned places, struct ts_fault *fault)
{
    struct ts_json json;
    ts_json_init(&json);
    if (ts_json_parse(&json, properties, strlen(properties), true) != TS_OK) fail_msg("no JSON: %s", properties);
    memset(fault, 0, sizeof *fault);
    bool fine = ts_plan_check(&order, places, &json, ts_json_root(&json), fault);
    assert_int_equal(ts_plan_check(&order, places, &json, ts_json_root(&json), NULL), fine);
    ts_json_release(&json);
    return fine;
}

static void test_accepted(void **state)
{
    static const char *const accepted[] = {
        "{\"order_id\":\"1\"}",
        "{\"order_id\":\"1\",\"revenue\":null,\"other\":[{}],\"quantity\":1e2,\"weight\":2.5,\"gift\":false}",
        "{\"order_id\":\"1\",\"revenue\":19.90}",
        "{\"order_id\":\"1\",\"revenue\":\"-100.00\"}",
        "{\"order_id\":\"1\",\"revenue\":19.9000}", /* zeros are no precision */
        "{\"order_id\":\"1\",\"revenue\":1.5e1,\"weight\":7,\"quantity\":100.0,\"note\":{\"a\":[1]}}",
        "{\"order_id\":\"1\",\"day\":\"2026-01-15\",\"at\":\"2026-01-15T10:00:00+08:00\",\"tags\":[1,\"a\",null]}",
        "{\"order_id\":\"1\",\"products\":[]}",
        "{\"order_id\":\"1\",\"products\":[{\"sku\":\"a\",\"price\":1,\"options\":[{\"code\":\"x\"}]},{\"sku\":\"b\"}]"
        "}",
        "{\"order_id\":\"1\",\"quantity\":9007199254740992}",
    };
    struct ts_fault fault;
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_ARRAY_LEN(accepted); i++)
        if (!check(accepted[i], 2, &fault)) fail_msg("%s: %s", accepted[i], fault.message);
}

#define WITH(rest) "{\"order_id\":\"1\"," rest "}"

static void test_refused(void **state)
{
    static const struct {
        const char *properties;
        enum ts_reason reason;
        const char *field, *says;
    } cases[] = {
        {"{}", TS_REASON_MISSING_FIELD, "properties.order_id", "order_id is required (text); found nothing"},
        {"{\"order_id\":null}", TS_REASON_MISSING_FIELD, "properties.order_id", "found null"},
        {"{\"order_id\":5}", TS_REASON_WRONG_TYPE, "properties.order_id", "order_id must be text"},
        {WITH("\"revenue\":\"abc\""), TS_REASON_WRONG_TYPE, "properties.revenue",
         "revenue must be money, for example 19.90; found the text \"abc\""},
        {WITH("\"revenue\":\"\""), TS_REASON_WRONG_TYPE, "properties.revenue", "the empty text"},
        {WITH("\"revenue\":true"), TS_REASON_WRONG_TYPE, "properties.revenue", "found true"},
        {WITH("\"revenue\":19.999"), TS_REASON_MONEY_PRECISION, "properties.revenue", "at most 2 digits"},
        {WITH("\"revenue\":0.1234567890123456789012"), TS_REASON_MONEY_PRECISION, "properties.revenue", "at most 2"},
        {WITH("\"revenue\":1e30"), TS_REASON_JSON_LIMIT, "properties.revenue", "at most 18 digits"},
        {WITH("\"quantity\":1.5"), TS_REASON_WRONG_TYPE, "properties.quantity", "an integer"},
        {WITH("\"quantity\":\"1\""), TS_REASON_WRONG_TYPE, "properties.quantity", "found the text \"1\""},
        {WITH("\"quantity\":9007199254740993"), TS_REASON_JSON_LIMIT, "properties.quantity", "2^53"},
        {WITH("\"weight\":9007199254740993"), TS_REASON_JSON_LIMIT, "properties.weight", "2^53"},
        {WITH("\"weight\":1e999"), TS_REASON_JSON_LIMIT, "properties.weight", "2^53"},
        {WITH("\"weight\":[]"), TS_REASON_WRONG_TYPE, "properties.weight", "a number"},
        {WITH("\"gift\":\"true\""), TS_REASON_WRONG_TYPE, "properties.gift", "true or false"},
        {WITH("\"day\":\"15.01.2026\""), TS_REASON_WRONG_TYPE, "properties.day", "a date"},
        {WITH("\"day\":\"2026-01-15T00:00:00Z\""), TS_REASON_WRONG_TYPE, "properties.day", "a date"},
        {WITH("\"at\":1768442400"), TS_REASON_WRONG_TYPE, "properties.at", "a time"},
        {WITH("\"tags\":{}"), TS_REASON_WRONG_TYPE, "properties.tags", "a list"},
        {WITH("\"products\":[{\"sku\":\"a\"},7]"), TS_REASON_WRONG_TYPE, "properties.products[1]", "an object"},
        {WITH("\"products\":[{\"sku\":\"a\"},{\"sku\":\"b\"},{\"sku\":\"c\",\"price\":\"x\"}]"), TS_REASON_WRONG_TYPE,
         "properties.products[2].price", "products[2].price must be money"},
        {WITH("\"products\":[{\"sku\":\"a\",\"options\":[{\"code\":\"x\"},{}]}]"), TS_REASON_MISSING_FIELD,
         "properties.products[0].options[1].code", "is required"},
    };
    struct ts_fault fault;
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        if (check(cases[i].properties, 2, &fault)) fail_msg("accepted: %s", cases[i].properties);
        if (fault.reason != cases[i].reason || strcmp(fault.field, cases[i].field) != 0 ||
            !strstr(fault.message, cases[i].says))
            fail_msg("%s: %s, \"%s\": %s", cases[i].properties, ts_reason_name(fault.reason), fault.field,
                     fault.message);
    }
}

static void test_no_properties(void **state)
{
    struct ts_json json;
    struct ts_fault fault;
    const struct ts_event_decl open = {.name = {"Open", 4}};
    TS_UNUSED(state);
    ts_json_init(&json);
    assert_true(ts_plan_check(&open, 2, &json, NULL, &fault));
    assert_false(ts_plan_check(&order, 2, &json, NULL, &fault));
    assert_int_equal(fault.reason, TS_REASON_MISSING_FIELD);
    assert_string_equal(fault.field, "properties.order_id");
    ts_json_release(&json);
}

static enum ts_code read_money(const char *text, uint8_t type, unsigned places, int64_t *ret)
{
    struct ts_json_node n = {.text = ts_cstr(text), .type = type};
    return ts_money_read(&n, places, ret);
}

static void test_money(void **state)
{
    int64_t v;
    TS_UNUSED(state);
    assert_int_equal(read_money("19.90", TS_JSON_NUMBER, 2, &v), TS_OK);
    assert_int_equal(v, 1990);
    assert_int_equal(read_money("100.00", TS_JSON_STRING, 2, &v), TS_OK);
    assert_int_equal(v, 10000);
    assert_int_equal(read_money("-0.01", TS_JSON_NUMBER, 2, &v), TS_OK);
    assert_int_equal(v, -1);
    assert_int_equal(read_money("500", TS_JSON_NUMBER, 0, &v), TS_OK);
    assert_int_equal(v, 500);
    assert_int_equal(read_money("1.5", TS_JSON_NUMBER, 0, &v), TS_E_LIMIT);
    assert_int_equal(read_money("19.999", TS_JSON_NUMBER, 2, &v), TS_E_LIMIT);
    assert_int_equal(read_money("19,90", TS_JSON_STRING, 2, &v), TS_E_SYNTAX);
    assert_int_equal(read_money("true", TS_JSON_TRUE, 2, &v), TS_E_SYNTAX);
    assert_int_equal(ts_money_read(NULL, 2, &v), TS_E_SYNTAX);
}

/* Money against integers: any number of minor units, written with a point, reads back exactly. */
static void test_money_is_exact(void **state)
{
    struct ts_rng rng = {test_seed(20260115)};
    TS_UNUSED(state);
    for (int i = 0; i < 100000; i++) {
        int64_t minor = (int64_t)(ts_rng_next(&rng) >> (10 + ts_rng_below(&rng, 50))), got = 0;
        unsigned places = (unsigned)ts_rng_below(&rng, 4);
        int64_t unit = places == 0 ? 1 : places == 1 ? 10 : places == 2 ? 100 : 1000;
        bool negative = minor != 0 && ts_rng_below(&rng, 2);
        char text[40];
        int len = snprintf(text, sizeof text, "%s%lld", negative ? "-" : "", (long long)(minor / unit));
        if (places) snprintf(text + len, sizeof text - (size_t)len, ".%0*lld", (int)places, (long long)(minor % unit));
        enum ts_code code = read_money(text, ts_rng_below(&rng, 2) ? TS_JSON_NUMBER : TS_JSON_STRING, places, &got);
        if (code != TS_OK || got != (negative ? -minor : minor)) fail_msg("%s with %u places: %d", text, places, code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused),        cmocka_unit_test(test_no_properties),
        cmocka_unit_test(test_money),    cmocka_unit_test(test_money_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
