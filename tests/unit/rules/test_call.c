/* SPDX-License-Identifier: Apache-2.0 */
/* Calls: what `member` and `event` give, what effects ask for, what must come out, what a condition's reads are. */
#include "../seed.h"
#include "running.h"

#include <math.h>
#include <time.h>

#include "base/limits.h"
#include "rules/host.h"

static const struct ts_rules_options counted = {.count_from_start = true};

static const char shop[] =
    "program { name = 'Harbour Coffee', timezone = 'Asia/Shanghai', currency = 'CNY' }\n"
    "event 'Order Completed' { order_id = { 'text', required = true }, revenue = { 'money', required = true }, gift = "
    "'boolean',\n"
    "  cups = 'integer', weight = 'number', when_due = 'date',\n"
    "  products = { 'list', of = { sku = 'text', category = 'text', price = 'money', quantity = 'integer' } } }\n"
    "event 'Page Shared' {}\n"
    "event 'Card Made' { worth = 'money', lines = { 'list', of = { price = 'money' } } }\n"
    "trait 'city' { class = 'life', type = 'text' } trait 'birthday' { class = 'static', type = 'date' }\n"
    "trait 'cups' { class = 'life', type = 'integer' }\n"
    "consent 'marketing' { default = 'no' } consent 'research' { default = 'yes' }\n"
    "measure 'orders' { on = 'Order Completed' }\n"
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"
    "measure 'bought' { on = 'Order Completed', each = 'products', by = 'category', sum = 'quantity' }\n"
    "measure '消费' { on = 'Order Completed', sum = 'revenue' }\n"
    "score 'activity' { half_life = '30 days', events = { ['Page Shared'] = 1 } }\n"
    "points 'stars' {}\n"
    "tiers 'membership' { basis = { measure = 'spend', window = '12 months' }, { 'Member', rate = 1.0 },\n"
    "  { 'Silver', from = money '1000', rate = 1.2, lounge = true }, { 'Gold', from = money '5000', rate = 1.5 } }\n"
    "tag 'vip' { on = 'Page Shared', keep = '90 days' }\n";

/* Series of the member: 3 orders of 100.00, 20.00 and 5.50, ten, one hundred and four hundred days ago. */
static void fill(struct running *f)
{
    struct ts_program *p = ts_rules_program(f->rules);
    static const struct {
        int days;
        int64_t revenue;
        const char *category;
        int64_t quantity;
    } orders[] = {{400, 550, "lens", 1}, {100, 2000, "solution", 2}, {10, 10000, "lens", 1}};
    uint32_t vip = ts_names_find(f->names, TS_SPACE_TAG, TS_STR("vip"));
    for (size_t i = 0; i < TS_ARRAY_LEN(orders); i++) {
        ts_ms at = RUNNING_NOW - orders[i].days * TS_DAY_MS;
        ts_day day = ts_zone_day(p->zone, at);
        uint32_t by = running_intern(f, TS_SPACE_BY, ts_cstr(orders[i].category));
        for (uint32_t k = 0; k < p->measures.n; k++) {
            const struct ts_measure *m = &p->measures.at[k];
            if (!ts_str_eq(m->on[0], TS_STR("Order Completed"))) continue;
            bool by_category = m->by.ptr != NULL;
            int64_t sum = by_category ? orders[i].quantity : m->sum.ptr ? orders[i].revenue : 0;
            assert_true(ts_series_add(&f->profile.series, m->id, by_category ? by : 0, day, at, 1, sum));
        }
    }
    struct ts_trait *t = ts_vec_push(&f->profile.traits);
    *t = (struct ts_trait){ts_names_find(f->names, TS_SPACE_TRAIT, TS_STR("city")), 0, TS_STR("\"Sh\\u0061nghai\"")};
    t = ts_vec_push(&f->profile.traits);
    *t = (struct ts_trait){ts_names_find(f->names, TS_SPACE_TRAIT, TS_STR("birthday")), 0, TS_STR("\"2000-02-29\"")};
    t = ts_vec_push(&f->profile.traits);
    *t = (struct ts_trait){ts_names_find(f->names, TS_SPACE_TRAIT, TS_STR("marketing")), 0, TS_STR("true")};
    *(struct ts_tag *)ts_vec_push(&f->profile.tags) = (struct ts_tag){.tag = vip, .since = 0, .until = TS_NEVER};
    *(struct ts_tier_state *)ts_vec_push(&f->profile.tiers) =
        (struct ts_tier_state){.tiers = ts_names_find(f->names, TS_SPACE_TIERS, TS_STR("membership")),
                               .level = ts_names_find(f->names, TS_SPACE_LEVEL, TS_STR("Silver")),
                               .since = RUNNING_NOW - 10 * TS_DAY_MS};
    *(struct ts_score *)ts_vec_push(&f->profile.scores) =
        (struct ts_score){ts_names_find(f->names, TS_SPACE_SCORE, TS_STR("activity")), 8, RUNNING_NOW - 30 * TS_DAY_MS};
    *(struct ts_balance *)ts_vec_push(&f->profile.wallet.balances) = (struct ts_balance){
        .points = ts_names_find(f->names, TS_SPACE_POINTS, TS_STR("stars")), .pending = 5, .debt = -3};
}

static const char order[] =
    "{\"order_id\":\"o1\",\"revenue\":19.90,\"gift\":true,\"cups\":3,\"weight\":0.5,\"when_due\":\"2026-02-01\","
    "\"products\":[{\"sku\":\"a\",\"price\":\"9.95\",\"quantity\":2,\"colour\":\"red\"}],\"extra\":{\"x\":[1,2.5,null,"
    "\"y\"]}}";

/* The shop with a rule `r` of these statements, the order as its event. */
static void open_shop(struct running *f, const char *body)
{
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_addf(&text, "%srule 'r' { on = 'Order Completed', act = function(member, event)\n%s\nend }\n", shop, body);
    assert_true(running_load(f, &counted, ts_buf_cstr(&text), true));
    ts_buf_release(&text);
    fill(f);
    running_event(f, "Order Completed", order, RUNNING_NOW - 3600 * 1000);
}

static void expect(const char *body)
{
    struct running f;
    open_shop(&f, body);
    if (running_call(&f, TS_FN_ACT, running_act(&f, "r")) != TS_CALL_DONE) fail_msg("%s\n%s", body, f.result.message);
    running_close(&f);
}

static void expect_message(const char *body, const char *message)
{
    struct running f;
    open_shop(&f, body);
    if (running_call(&f, TS_FN_ACT, running_act(&f, "r")) != TS_CALL_RAISED || !strstr(f.result.message, message))
        fail_msg("%s\ngave '%s', expected '%s'", body, f.result.message, message);
    assert_int_equal(f.result.asked.len, 0);
    running_close(&f);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static void test_measures(void **state)
{
    TS_UNUSED(state);
    expect("assert(member:orders() == 3 and member:orders '12 months' == 2 and member:orders('10 days') == 0)");
    expect("assert(member:spend() == 12550 and member:spend '30 days' == 10000 and member:measure('消费', 'lifetime') "
           "== 12550)");
    expect("assert(member:spend 'calendar month' == 10000 and member:spend 'last calendar month' == 0)");
    expect("assert(member:spend '12 months' > money '119.99' and member:spend '12 months' == money '120')");
    expect("local l = member:bought 'lens' assert(l.count == 2 and l.sum == 2 and l.last == '2026-01-05')");
    expect("assert(member:bought('lens', '12 months').count == 1 and member:bought('solution', '30 days') == false)");
    expect("assert(member:bought 'nothing' == false and member:measure('bought', 'lens', '12 months').count == 1)");
    expect("assert(member:did 'Order Completed' and not member:did('Order Completed', '10 days'))");
    expect("assert(member:since 'Order Completed' == 10)");
    expect_message("member:spnd()", "unknown measure or word of the member 'spnd'; did you mean 'spend'?");
    expect_message("member:measure 'spnd'", "did you mean 'spend'?");
    expect_message("member:spend '12 mnths'", "mnths");
    expect_message("member:spend(12)", "the window is a text, not a number");
    expect_message("member.spend('12 months')", "with a colon");
    expect_message("member:bought()", "say which one first");
    expect("assert(member:earned('stars') == 0 and member:earned('stars', '12 months') == 0)");
}

/* Bought: a lens 400 days ago, solution 100 days ago, a lens 10 days ago. */
static void test_usual(void **state)
{
    TS_UNUSED(state);
    expect("local u = member:usual 'bought' assert(u.value == 'lens' and u.count == 2 and u.share == 2 / 3)");
    expect("assert(member:usual('bought').in_a_row == 1)"); /* the solution lies between the two */
    expect(
        "local u = member:usual('bought', '30 days') assert(u.value == 'lens' and u.share == 1 and u.in_a_row == 1)");
    expect("assert(member:usual('bought', '12 months').value == 'lens')"); /* once each: the later one */
    expect("assert(member:usual('bought', 'last calendar month') == false)");
    expect_message("member:usual 'spend'", "wants a measure that is kept by something, and 'spend' is one figure");
    expect_message("member:usual 'bougth'", "did you mean 'bought'?");
    expect_message("member:usual()", "measure");
    expect_message("member:usual('bought', 'a while')", "a while");
    expect_message("member.usual('bought')", "with a colon");
}

static void test_fields(void **state)
{
    TS_UNUSED(state);
    expect("assert(member.traits.city == 'Shanghai' and member.traits.birthday == '2000-02-29' and member.traits.cups "
           "== nil)");
    expect("assert(member.consents.marketing == true and member.consents.research == true)");
    expect("assert(member.tags.vip == true and member.scores.activity == 4.0)");
    expect("local t = member.tiers.membership assert(t.name == 'Silver' and t.rate == 1.2 and t.lounge == true)");
    expect("local t = member.tiers['membership'] assert(t.since == '2026-01-05' and t.next == 'Gold' and t.missing == "
           "488000)");
    expect("local p = member:points 'stars' assert(p.pending == 5 and p.debt == 3 and p.available == 0 and p.held == 0 "
           "and p.expiring == 0)");
    expect("assert(member.created == '2024-12-11')");
    expect_message("return member.traits.citty", "unknown trait 'citty'; did you mean 'city'?");
    expect_message("return member.tags.vp", "unknown tag 'vp'; did you mean 'vip'?");
    expect_message("return member.consents.city", "unknown consent 'city'");
    expect_message("return member.tiers.mebership.name", "unknown tiers 'mebership'; did you mean 'membership'?");
    expect_message("return member.tiers.membership.lunge", "did you mean 'lounge'?");
    expect_message("return member:points 'star'", "unknown points 'star'; did you mean 'stars'?");
    expect_message("return member:points 'stars'.pendng", "did you mean 'pending'?");
    expect_message("return member.scores.activty", "did you mean 'activity'?");
}

static void test_event(void **state)
{
    TS_UNUSED(state);
    expect("assert(event.name == 'Order Completed' and event.channel == 'web' and event.revenue == 1990 and event.gift "
           "== true)");
    expect("assert(event.cups == 3 and math.type(event.cups) == 'integer' and event.weight == 0.5 and event.when_due "
           "== '2026-02-01')");
    expect("local p = event.products[1] assert(#event.products == 1 and p.price == 995 and p.quantity == 2 and "
           "p.colour == 'red')");
    expect("local x = event.properties.extra.x assert(x[1] == 1 and x[2] == 2.5 and x[3] == nil and x[4] == 'y')");
    expect("assert(event.properties.revenue == 19.9)");
    expect(
        "local a = event.at assert(a.year == 2026 and a.month == 1 and a.day == 15 and a.hour == 9 and a.minute == 0)");
    expect("assert(event.at.weekday == 'Thursday' and event.at.date == '2026-01-15' and now.hour == 10 and now.date == "
           "'2026-01-15')");
    expect("assert(program.name == 'Harbour Coffee' and program.currency == 'CNY' and program.timezone == "
           "'Asia/Shanghai')");
    expect_message("return event.revenu",
                   "unknown field of the event 'Order Completed' 'revenu'; did you mean 'revenue'?");
    expect_message("return event.at.yeer", "did you mean 'year'?");
    expect_message("return money(2000)", "money takes a text");
    expect_message("return money '19.999'", "finer than the currency");
    expect_message("return money '20 yuan'", "is no amount");
    expect_message("return tag 'x'", "top level of a rule file");
}

/* Plain values stay for the record, tables do not outlive a call, and another event is another event. */
static void test_event_cache(void **state)
{
    TS_UNUSED(state);
    struct running f;
    open_shop(&f, "assert(event.products[1].price == (event.cups == 3 and 995 or 5)) event.products[1].price = 1");
    uint32_t fn = running_act(&f, "r");
    assert_int_equal(running_call(&f, TS_FN_ACT, fn), TS_CALL_DONE);
    assert_int_equal(running_call(&f, TS_FN_ACT, fn), TS_CALL_DONE);
    running_event(&f, "Order Completed", "{\"revenue\":1,\"products\":[{\"price\":0.05}]}", RUNNING_NOW);
    assert_int_equal(running_call(&f, TS_FN_ACT, fn), TS_CALL_DONE);
    f.call.event = NULL;
    assert_int_equal(running_call(&f, TS_FN_ACT, fn), TS_CALL_RAISED);
    assert_non_null(strstr(f.result.message, "attempt to index a nil value (local 'event'): this function looks at"));
    running_close(&f);
}

/* ---- results -------------------------------------------------------------------------------------------------- */

static void check_when(const char *expression, enum ts_call_status status, bool truth, const char *message)
{
    struct running f;
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_addf(&text, "%stag 'x' { when = function(member)\n return %s end }\n", shop, expression);
    assert_true(running_load(&f, &counted, ts_buf_cstr(&text), true));
    ts_buf_release(&text);
    assert_int_equal(running_call(&f, TS_FN_WHEN, running_when(&f, "x")), status);
    assert_int_equal(f.result.truth, truth);
    if (!strstr(f.result.message, message)) fail_msg("'%s'", f.result.message);
    if (status == TS_CALL_RAISED) {
        assert_string_equal(f.result.file, "rules.lua");
        assert_in_range(f.result.line, 1, 100);
    }
    running_close(&f);
}

static void test_when(void **state)
{
    TS_UNUSED(state);
    check_when("true", TS_CALL_DONE, true, "");
    check_when("member:orders() > 0", TS_CALL_DONE, false, "");
    check_when("0", TS_CALL_RAISED, false, "in Lua 0 counts as true");
    check_when("nil", TS_CALL_RAISED, false, "it gave nil");
    check_when("'yes'", TS_CALL_RAISED, false, "it gave string");
    check_when("member:tag 'vip'", TS_CALL_RAISED, false, "only 'act' may");
}

static void test_amount(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *expression;
        bool good;
        int64_t amount;
    } cases[] = {
        {"5", true, 5},
        {"4.9999999", true, 5},
        {"4.9999", true, 4},
        {"0.1 + 0.2", true, 0},
        {"-0.0000001", true, 0},
        {"3 * 1.1", true, 3},
        {"1e15", true, TS_LIMIT_POINTS},
        {"1e15 + 1", false, 0},
        {"-1", false, 0},
        {"0/0", false, 0},
        {"1/0", false, 0},
        {"'5'", false, 0},
        {"nil", false, 0},
        {"true", false, 0},
        {"math.mininteger", false, 0},
        {"2.9999994", true, 2},
        {"2.9999996", true, 3},
        {"-1/0", false, 0},
        {"999999999999999.9999999", true, TS_LIMIT_POINTS},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        struct running f;
        struct ts_buf text;
        ts_buf_init(&text, 0);
        ts_buf_addf(
            &text,
            "%searn 'x' { on = 'Order Completed', points = 'stars', amount = function(member, event) return %s end }\n",
            shop, cases[i].expression);
        assert_true(running_load(&f, &counted, ts_buf_cstr(&text), true));
        ts_buf_release(&text);
        running_event(&f, "Order Completed", order, RUNNING_NOW);
        enum ts_call_status status = running_call(&f, TS_FN_AMOUNT, ts_rules_program(f.rules)->earns.at[0].fn_amount);
        if ((status == TS_CALL_DONE) != cases[i].good || f.result.amount != cases[i].amount)
            fail_msg("%s: status %d, %lld, %s", cases[i].expression, (int)status, (long long)f.result.amount,
                     f.result.message);
        running_close(&f);
    }
}

/* ---- effects -------------------------------------------------------------------------------------------------- */

static void check_asked(const char *body, uint8_t kind, const char *name, const char *json)
{
    struct running f;
    open_shop(&f, body);
    if (running_call(&f, TS_FN_ACT, running_act(&f, "r")) != TS_CALL_DONE) fail_msg("%s: %s", body, f.result.message);
    assert_int_equal(f.result.asked.len, 1);
    const struct ts_asked *a = &f.result.asked.at[0];
    assert_int_equal(a->kind, kind);
    assert_true(ts_str_eq(a->name, ts_cstr(name)));
    if (json && !ts_str_eq(a->json, ts_cstr(json))) fail_msg("%s gave " TS_STR_FMT, body, TS_STR_ARG(a->json));
    running_close(&f);
}

static void test_effects(void **state)
{
    TS_UNUSED(state);
    check_asked("member:tag 'vip'", TS_ASK_TAG, "vip", NULL);
    check_asked("member:untag 'vip'", TS_ASK_UNTAG, "vip", NULL);
    check_asked("member:set('city', 'Paris \"x\"')", TS_ASK_SET, "city", "\"Paris \\\"x\\\"\"");
    check_asked("member:set('city', nil)", TS_ASK_SET, "city", "null");
    check_asked("member:set('birthday', '2001-12-31')", TS_ASK_SET, "birthday", "\"2001-12-31\"");
    check_asked("member:set('marketing', false)", TS_ASK_SET, "marketing", "false");
    check_asked("member:add('activity', 2.5)", TS_ASK_ADD, "activity", NULL);
    check_asked("member:earn('stars', 10.9)", TS_ASK_EARN, "stars", NULL);
    check_asked("member:emit('Card Made', { worth = event.revenue, z = { 1, 2.5 }, a = {}, lines = { { price = 5, n = "
                "-1 } } })",
                TS_ASK_EMIT, "Card Made",
                "{\"a\":{},\"lines\":[{\"n\":-1,\"price\":0.05}],\"worth\":19.9,\"z\":[1,2.5]}");
    check_asked("member:emit 'Page Shared'", TS_ASK_EMIT, "Page Shared", "{}");
    check_asked("member:notify('desk', { who = member.traits.city })", TS_ASK_NOTIFY, "desk", "{\"who\":\"Shanghai\"}");
    expect("member:earn('stars', 0)");
    expect_message("member:tag 'vpi'", "unknown tag 'vpi'; did you mean 'vip'?");
    expect_message("member:tag('vip', '3 parsecs')", "parsecs");
    expect_message("member:set('city', 5)", "takes a value of type text");
    expect_message("member:set('birthday', '2001-02-30')", "takes a value of type date");
    expect_message("member:set('cups', 1.5)", "takes a value of type integer");
    expect_message("member:add('activity', 0/0)", "finite");
    expect_message("member:earn('stars', -1)", "below zero");
    expect_message("member:earn('stars', '5')", "it got string");
    expect_message("member:emit('Nothing', {})", "unknown event");
    expect_message("member:emit('tier.upgraded', {})", "the engine's own");
    expect_message("member:emit('Page Shared', { 1, 2 })", "not a list");
    expect_message("member:emit('Page Shared', { x = print })", "a function cannot be kept");
    expect_message("member:emit('Page Shared', { x = 0/0 })", "finite");
    expect_message("member:emit('Page Shared', { x = '\\255' })", "UTF-8");
    expect_message("local t = {} t.t = t member:emit('Page Shared', t)", "nested more than");
    expect_message("member:emit('Page Shared', { x = ('y'):rep(40000) })", "more than 32768 bytes");
    expect_message("member:emit('Page Shared', { [2] = 1 })", "without a gap");
    expect_message("member:give { coupon = 'x' }", "does not know member:give");
    expect_message("member:tag 'vip' error 'after'", "after");
    expect_message("for i = 1, 5000 do member:tag 'vip' end", "more than 4096 effects");
}

/* ---- what was read -------------------------------------------------------------------------------------------- */

static void check_reads(const char *condition, uint32_t n, uint32_t first_kind, int watch_after, const char *json)
{
    struct running f;
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_addf(&text, "%stag 'x' { when = function(member)\n return %s end }\n", shop, condition);
    assert_true(running_load(&f, &counted, ts_buf_cstr(&text), true));
    fill(&f);
    f.call.track_reads = true;
    assert_int_equal(running_call(&f, TS_FN_WHEN, running_when(&f, "x")), TS_CALL_DONE);
    assert_int_equal(f.result.reads.len, n);
    if (n) assert_int_equal(f.result.reads.at[0] >> 24, first_kind);
    ts_day today = ts_zone_day(ts_rules_program(f.rules)->zone, RUNNING_NOW);
    if (f.result.watch != (watch_after ? today + watch_after : INT32_MAX))
        fail_msg("%s: watch is %d days on", condition, f.result.watch - today);
    ts_buf_clear(&text);
    assert_true(ts_call_result_reads_json(&f.result, &text));
    assert_string_equal(ts_buf_cstr(&text), json);
    ts_buf_release(&text);
    running_close(&f);
}

static void test_reads(void **state)
{
    TS_UNUSED(state);
    check_reads("true", 0, 0, 0, "{}");
    check_reads("member:orders() > 1", 1, TS_READ_SERIES, 0, "{\"orders lifetime\":3}");
    check_reads("member:spend '30 days' > 1", 1, TS_READ_SERIES, 20, "{\"spend 30 days\":10000}");
    check_reads("member:spend '7 days' > 1", 1, TS_READ_SERIES, 0, "{\"spend 7 days\":0}");
    check_reads("member:spend 'calendar month' > 1", 1, TS_READ_SERIES, 17, "{\"spend calendar month\":10000}");
    check_reads("member:spend 'last calendar month' > 1", 1, TS_READ_SERIES, 17, "{\"spend last calendar month\":0}");
    check_reads("member:orders '30 days' + member:orders '30 days' > 9", 1, TS_READ_SERIES, 20,
                "{\"orders 30 days\":1}");
    check_reads("member:did('Order Completed', '30 days')", 1, TS_READ_SERIES, 20,
                "{\"did Order Completed 30 days\":true}");
    check_reads("member:since 'Order Completed' > 3", 2, TS_READ_SERIES, 1, "{\"since Order Completed\":10}");
    check_reads("member:bought('lens', '12 months') ~= false", 1, TS_READ_SERIES, 355, "{\"bought lens 12 months\":1}");
    check_reads("member:usual('bought', '12 months').in_a_row > 1", 1, TS_READ_SERIES, 265,
                "{\"usual bought 12 months\":\"lens\"}");
    check_reads("member:usual('bought', '7 days') ~= false", 1, TS_READ_SERIES, 0, "{\"usual bought 7 days\":null}");
    check_reads("member.tags.vip and member.traits.city == 'Shanghai'", 2, TS_READ_TAG, 0,
                "{\"tags.vip\":true,\"traits.city\":\"Shanghai\"}");
    check_reads("member.scores.activity > 3", 1, TS_READ_SCORE, 1, "{\"scores.activity\":4}");
    check_reads("member.consents.marketing", 1, TS_READ_TRAIT, 0, "{\"consents.marketing\":true}");
    check_reads("member.tiers.membership.name == 'Silver'", 1, TS_READ_TIERS, 0, "{\"tiers.membership\":\"Silver\"}");
    check_reads("member:points 'stars'.pending > 1", 1, TS_READ_POINTS, 0, "{\"points.stars.pending\":5}");
    check_reads("now.month == 1 and member.created < '2025'", 2, TS_READ_NOW, 1,
                "{\"created\":\"2024-12-11\",\"now\":\"2026-01-15\"}");
}

/* Events at random, windows of every kind: with nothing new happening a figure does not change before the watched day. */
static void test_watch_in_time(void **state)
{
    TS_UNUSED(state);
    static const char *const windows[] = {"7 days",
                                          "1 day",
                                          "today",
                                          "2 weeks",
                                          "3 months",
                                          "1 year",
                                          "calendar day",
                                          "calendar week",
                                          "calendar month",
                                          "calendar quarter",
                                          "calendar year",
                                          "last calendar day",
                                          "last calendar week",
                                          "last calendar month",
                                          "last calendar quarter",
                                          "last calendar year",
                                          "lifetime"};
    struct ts_rng g = {test_seed(7)};
    for (int round = 0; round < 60; round++) {
        const char *window = windows[(size_t)round % TS_ARRAY_LEN(windows)];
        struct running f;
        struct ts_buf text;
        ts_buf_init(&text, 0);
        ts_buf_addf(
            &text,
            "program { name = 't', timezone = 'UTC', currency = 'USD' } event 'E' {} measure 'm' { on = 'E' }\n"
            "points 'p' {} earn 'x' { on = 'E', points = 'p', amount = function(member) return member:m '%s' end }\n",
            window);
        assert_true(running_load(&f, &counted, ts_buf_cstr(&text), true));
        ts_buf_release(&text);
        struct ts_program *p = ts_rules_program(f.rules);
        ts_day today = ts_zone_day(p->zone, RUNNING_NOW);
        for (uint64_t n = ts_rng_below(&g, 6); n > 0; n--) {
            int64_t ago = (int64_t)ts_rng_below(&g, 3) ? (int64_t)ts_rng_below(&g, 40) : (int64_t)ts_rng_below(&g, 700);
            assert_true(ts_series_add(&f.profile.series, p->measures.at[0].id, 0, today - (ts_day)ago,
                                      RUNNING_NOW - ago * TS_DAY_MS, 1, 0));
        }
        f.call.track_reads = true;
        assert_int_equal(running_call(&f, TS_FN_AMOUNT, p->earns.at[0].fn_amount), TS_CALL_DONE);
        int64_t amount = f.result.amount;
        ts_day watch = f.result.watch, changed = INT32_MAX;
        for (ts_day day = today + 1; day < today + 1200 && changed == INT32_MAX; day++) {
            f.call.now = ts_zone_day_start(p->zone, day);
            assert_int_equal(running_call(&f, TS_FN_AMOUNT, p->earns.at[0].fn_amount), TS_CALL_DONE);
            if (f.result.amount != amount) changed = day;
        }
        if (changed < watch)
            fail_msg("%s: changes %d days on, watched %d days on", window, changed - today, watch - today);
        assert_true(watch > today);
        running_close(&f);
    }
}

static void test_earned(void **state)
{
    TS_UNUSED(state);
    struct running f;
    assert_true(running_load(
        &f, &counted,
        "program { name = 't', timezone = 'UTC', currency = 'USD' } event 'E' {} points 'stars' {}\n"
        "tiers 'club' { basis = { points = 'stars', window = '12 months' }, { 'One' }, { 'Two', from = 100 } }\n"
        "rule 'r' { on = 'E', act = function(member, event)\n"
        "assert(member:earned('stars', '30 days') == 0 and member:earned('stars', '12 months') == 60)\n"
        "assert(member.tiers.club.missing == 40 and member.tiers.club.name == 'One') end }\n",
        true));
    uint32_t series = running_intern(&f, TS_SPACE_SERIES, TS_STR(TS_SERIES_EARNED "stars"));
    ts_day day = ts_zone_day(ts_rules_program(f.rules)->zone, RUNNING_NOW) - 100;
    assert_true(ts_series_add(&f.profile.series, series, 0, day, RUNNING_NOW - 100 * TS_DAY_MS, 1, 60));
    running_event(&f, "E", "{}", RUNNING_NOW);
    if (running_call(&f, TS_FN_ACT, running_act(&f, "r")) != TS_CALL_DONE) fail_msg("%s", f.result.message);
    running_close(&f);
}

static void test_reads_bounded(void **state)
{
    TS_UNUSED(state);
    struct running f;
    struct ts_buf json;
    ts_buf_init(&json, 0);
    open_shop(&f, "for i = 1, 300 do member:spend(i .. ' days') end");
    assert_int_equal(running_call(&f, TS_FN_ACT, running_act(&f, "r")), TS_CALL_DONE);
    assert_true(ts_call_result_reads_json(&f.result, &json));
    assert_true(json.len <= 2100 && strncmp(ts_buf_cstr(&json), "{\"more\":true,", 13) == 0);
    running_close(&f);
    ts_buf_release(&json);
}

/* ---- the host ------------------------------------------------------------------------------------------------- */

static void test_random(void **state)
{
    TS_UNUSED(state);
    struct running f;
    open_shop(&f, "member:earn('stars', math.random(1000000))");
    int64_t amounts[3];
    for (int i = 0; i < 3; i++) {
        f.call.seed = i < 2 ? 7 : 8;
        assert_int_equal(running_call(&f, TS_FN_ACT, running_act(&f, "r")), TS_CALL_DONE);
        amounts[i] = f.result.asked.at[0].amount;
    }
    assert_int_equal(amounts[0], amounts[1]);
    assert_int_not_equal(amounts[0], amounts[2]);
    running_close(&f);
}

/* The nth allocation fails, while binding or in a call: an error or a stop, never a crash, and no half effects. */
static void test_no_memory(void **state)
{
    TS_UNUSED(state);
    struct ts_error err;
    for (int64_t n = 0;; n++) {
        struct ts_buf text;
        struct running f;
        open_shop(&f, "member:tag 'vip' local t = {} for i = 1, 50 do t[i] = { i } end\n"
                      "member:emit('Card Made', { worth = member:spend '12 months', x = event.properties.products })");
        ts_buf_init(&text, 0);
        ts_alloc_fail_after(n);
        f.call.fn = running_act(&f, "r");
        enum ts_code code = ts_rules_call(f.rules, TS_FN_ACT, &f.call, &f.result);
        bool json = code == TS_OK && ts_call_result_reads_json(&f.result, &text);
        ts_alloc_fail_after(-1);
        bool done = code == TS_OK && f.result.status == TS_CALL_DONE;
        assert_true(code == TS_OK || code == TS_E_MEMORY);
        assert_int_equal(f.result.asked.len, done ? 2 : 0);
        if (code == TS_E_MEMORY) assert_int_equal(ts_rules_call(f.rules, TS_FN_ACT, &f.call, &f.result), TS_E_MEMORY);
        ts_buf_release(&text);
        running_close(&f);
        if (done && json) break;
        assert_true(n < 5000);
    }
    for (int64_t n = 0;; n++) {
        struct ts_rules *r = NULL;
        ts_alloc_fail_after(n);
        enum ts_code code = ts_host_open(&counted, &r, &err);
        if (code == TS_OK) code = ts_host_sandbox(r, &err);
        ts_alloc_fail_after(-1);
        if (r) ts_host_close(r);
        if (code == TS_OK) break;
        assert_int_equal(code, TS_E_MEMORY);
        assert_true(n < 5000);
    }
}

/* Collecting at every turn, or by generations, changes nothing. */
static void test_collector(void **state)
{
    TS_UNUSED(state);
    char first[400] = "";
    for (uint32_t mode = 0; mode < 3; mode++) {
        struct ts_rules_options options = {.count_from_start = true, .gc_mode = mode};
        struct running f;
        struct ts_buf text;
        ts_buf_init(&text, 0);
        ts_buf_addf(&text,
                    "%srule 'r' { on = 'Order Completed', act = function(member, event)\n"
                    "local s = {} for i = 1, 200 do s[i] = ('x'):rep(i) .. tostring(event.products[1].price) end\n"
                    "member:emit('Page Shared', { n = #table.concat(s), city = member.traits.city }) end }\n",
                    shop);
        assert_true(running_load(&f, &options, ts_buf_cstr(&text), true));
        fill(&f);
        running_event(&f, "Order Completed", order, RUNNING_NOW);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(running_call(&f, TS_FN_ACT, running_act(&f, "r")), TS_CALL_DONE);
            if (!first[0]) snprintf(first, sizeof first, TS_STR_FMT, TS_STR_ARG(f.result.asked.at[0].json));
            assert_true(ts_str_eq(f.result.asked.at[0].json, ts_cstr(first)));
        }
        ts_buf_release(&text);
        running_close(&f);
    }
}

/* Not a test of speed: prints it, for whoever changes the path of a call. */
static void test_speed_shown(void **state)
{
    TS_UNUSED(state);
    static const struct ts_rules_options ordinary = {0};
    static const char *const conditions[] = {"true", "member:spend() > money '5000'",
                                             "member:spend '12 months' > money '5000'",
                                             "member.tags.vip and member.tiers.membership.name == 'Gold'"};
    for (size_t c = 0; c < TS_ARRAY_LEN(conditions); c++) {
        struct running f;
        struct ts_buf text;
        struct timespec from, to;
        enum { CALLS = 200000 };
        ts_buf_init(&text, 0);
        ts_buf_addf(&text, "%stag 'x' { when = function(member) return %s end }\n", shop, conditions[c]);
        assert_true(running_load(&f, &ordinary, ts_buf_cstr(&text), true));
        ts_buf_release(&text);
        fill(&f);
        f.call.fn = running_when(&f, "x");
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (int i = 0; i < CALLS; i++)
            ts_rules_call(f.rules, TS_FN_WHEN, &f.call, &f.result);
        clock_gettime(CLOCK_MONOTONIC, &to);
        double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
        print_message("%6.0f ns  %s\n", ns / CALLS, conditions[c]);
        running_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measures),      cmocka_unit_test(test_usual),         cmocka_unit_test(test_fields),
        cmocka_unit_test(test_event),         cmocka_unit_test(test_event_cache),   cmocka_unit_test(test_when),
        cmocka_unit_test(test_amount),        cmocka_unit_test(test_effects),       cmocka_unit_test(test_reads),
        cmocka_unit_test(test_reads_bounded), cmocka_unit_test(test_watch_in_time), cmocka_unit_test(test_earned),
        cmocka_unit_test(test_random),        cmocka_unit_test(test_no_memory),     cmocka_unit_test(test_collector),
        cmocka_unit_test(test_speed_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
