/* SPDX-License-Identifier: Apache-2.0 */
/* Attribution: who is credited by the last, the first or all touches within a window of local days, and shares that add up. */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test', timezone = 'Europe/London', currency = 'EUR' }\n"                                        \
    "identifier 'user_id' { strong = true }\nidentifier 'email' { strong = true }\n"                                   \
    "event 'Order Completed' { order_id = 'text', revenue = 'money', staff_id = 'text' }\n"                            \
    "event 'QR Scanned' { staff_id = 'text' }\nevent 'Chat Ended' { staff_id = 'text' }\n"

#define SHOP(options)                                                                                                  \
    "attribution 'shop' { to = 'staff_id', touches = { 'QR Scanned', 'Chat Ended' }, credit = 'Order "                 \
    "Completed', " options " }\n"

static void track(struct shop *s, const char *who, const char *event, const char *when, const char *properties)
{
    shop_linef(
        s,
        "{\"type\":\"track\",\"event\":\"%s\",%s,\"timestamp\":\"%s\",\"messageId\":\"m%llu\",\"properties\":{%s}"
        "}",
        event, who, when, (unsigned long long)s->lines, properties);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}
#define U1 "\"userId\":\"u1\""
static void scan(struct shop *s, const char *when, const char *staff)
{
    char properties[100];
    snprintf(properties, sizeof properties, "\"staff_id\":\"%s\"", staff);
    track(s, U1, "QR Scanned", when, properties);
}
static void order(struct shop *s, const char *when, const char *properties)
{
    track(s, U1, "Order Completed", when, properties);
}

/* The credits of the last record, as "name amount share, ...". */
static void assert_credits(struct shop *s, const char *expected)
{
    struct ts_outcome o;
    struct ts_effect fx;
    char text[600] = "";
    size_t n = 0;
    assert_true(ts_outcome_open(&o, (const uint8_t *)s->result.outcome.ptr, s->result.outcome.len));
    while (ts_outcome_next(&o, &fx)) {
        if (fx.op != TS_FX_CREDIT) continue;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s %lld %lld/%d", n ? ", " : "",
                              ts_names_text(ts_engine_names(s->engine), TS_SPACE_BY, fx.to).ptr, (long long)fx.amount,
                              (long long)fx.factor[0].digits, fx.factor[0].scale);
    }
    assert_string_equal(text, expected);
}

static void the_last_touch_is_credited(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD SHOP("within = '30 days', of = 'revenue'"));
    order(&s, "2026-03-01T09:00:00Z", "\"revenue\":10");
    assert_credits(&s, ""); /* nobody was touched */
    scan(&s, "2026-03-01T10:00:00Z", "zoe");
    scan(&s, "2026-03-01T11:00:00Z", "bob");
    order(&s, "2026-03-01T12:00:00Z", "\"revenue\":12.34");
    assert_credits(&s, "bob 1234 1/0");
    scan(&s, "2026-03-02T10:00:00Z", "zoe");
    order(&s, "2026-03-02T12:00:00Z", "");
    assert_credits(&s, "zoe 0 1/0");
    track(&s, U1, "Chat Ended", "2026-03-02T13:00:00Z", "\"staff_id\":\"amy\"");
    order(&s, "2026-03-02T14:00:00Z", "\"revenue\":-5");
    assert_credits(&s, "amy -500 1/0");
    shop_close(&s);
}

static void the_first_touch_is_credited(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD SHOP("within = '30 days', model = 'first'"));
    scan(&s, "2026-03-01T10:00:00Z", "zoe");
    scan(&s, "2026-03-01T11:00:00Z", "bob");
    scan(&s, "2026-03-05T11:00:00Z", "zoe");
    order(&s, "2026-03-06T12:00:00Z", "");
    assert_credits(&s, "zoe 0 1/0");
    order(&s, "2026-03-31T12:00:00+01:00", ""); /* 1 March has left the window: zoe's touch of the 5th is the first */
    assert_credits(&s, "zoe 0 1/0");
    shop_close(&s);
}

/* "30 days" on 31 March covers 2 March up to 31 March, in the program's zone. */
static void the_window_is_one_of_local_days(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD SHOP("within = '30 days'"));
    scan(&s, "2026-03-01T23:59:59Z", "bob");
    order(&s, "2026-03-30T22:59:59Z", "");
    assert_credits(&s, "bob 0 1/0");
    order(&s, "2026-03-30T23:00:00Z", ""); /* 31 March in London: summer time began on the 29th */
    assert_credits(&s, "");
    scan(&s, "2026-04-01T10:00:00Z", "amy");
    order(&s, "2026-03-31T10:00:00Z", ""); /* happened before the touch, came after it */
    assert_credits(&s, "");
    order(&s, "2026-04-01T10:59:59+01:00", ""); /* of the same day, and still before it */
    assert_credits(&s, "");
    order(&s, "2026-04-01T11:00:00+01:00", "");
    assert_credits(&s, "amy 0 1/0");
    shop_close(&s);
}

static void even_shares_add_up_to_the_whole(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD SHOP("within = 'lifetime', model = 'even', of = 'revenue'"));
    scan(&s, "2026-03-01T10:00:00Z", "zoe");
    scan(&s, "2026-03-01T11:00:00Z", "bob");
    order(&s, "2026-03-01T12:00:00Z", "\"revenue\":0.03");
    assert_credits(&s, "bob 2 500000/6, zoe 1 500000/6");
    scan(&s, "2026-03-01T13:00:00Z", "amy");
    scan(&s, "2026-03-02T13:00:00Z", "amy");
    order(&s, "2026-03-03T12:00:00Z", "\"revenue\":100.00");
    assert_credits(&s, "amy 3334 333334/6, bob 3333 333333/6, zoe 3333 333333/6");
    shop_close(&s);
}

static void the_event_itself_may_be_the_touch(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "attribution 'till' { to = 'staff_id', touches = 'Order Completed', credit = 'Order Completed', "
                       "within = '1 day' }\n");
    order(&s, "2026-03-01T12:00:00Z", "\"staff_id\":\"amy\"");
    assert_credits(&s, "amy 0 1/0");
    order(&s, "2026-03-01T13:00:00Z", "\"staff_id\":\"bob\"");
    assert_credits(&s, "bob 0 1/0");
    order(&s, "2026-03-02T13:00:00Z", "");
    assert_credits(&s, "");
    shop_close(&s);
}

static void touches_of_joined_members_count(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD SHOP("within = '30 days', model = 'even'"));
    scan(&s, "2026-03-01T10:00:00Z", "zoe");
    track(&s, "\"context\":{\"traits\":{\"email\":\"a@x.com\"}}", "QR Scanned", "2026-03-01T11:00:00Z",
          "\"staff_id\":\"bob\"");
    track(&s, "\"context\":{\"traits\":{\"email\":\"a@x.com\"}}", "QR Scanned", "2026-03-01T11:30:00Z",
          "\"staff_id\":\"zoe\"");
    track(&s, U1 ",\"context\":{\"traits\":{\"email\":\"a@x.com\"}}", "Order Completed", "2026-03-01T12:00:00Z", "");
    assert_int_equal(s.result.joins, 1);
    assert_credits(&s, "bob 0 500000/6, zoe 0 500000/6");
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_touch_is_credited),        cmocka_unit_test(the_first_touch_is_credited),
        cmocka_unit_test(the_window_is_one_of_local_days),   cmocka_unit_test(even_shares_add_up_to_the_whole),
        cmocka_unit_test(the_event_itself_may_be_the_touch), cmocka_unit_test(touches_of_joined_members_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
