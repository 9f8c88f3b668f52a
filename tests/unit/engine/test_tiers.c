/* SPDX-License-Identifier: Apache-2.0 */
/* Tiers and tags through the engine: SEMANTICS.md "Tiers" 1, 2, 4 and the conditions of ARCHITECTURE 7. */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test', timezone = 'Asia/Shanghai', currency = 'CNY' }\n"                                        \
    "event 'Order Completed' { revenue = { 'money', required = true } }\n"                                             \
    "event 'Ping' {}\n"                                                                                                \
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"

#define CLUB(downgrade)                                                                                                \
    "tiers 'club' { basis = { measure = 'spend', window = '3 months' }, { 'Base' }, { 'Silver', from = money '100' "   \
    "},\n"                                                                                                             \
    "  { 'Gold', from = money '500' }, { 'Black', from = money '1000' }, upgrade = 'at once', downgrade = " downgrade  \
    " }\n"

static void order(struct shop *s, const char *user, const char *when, const char *revenue)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order "
               "Completed\",\"userId\":\"%s\",\"timestamp\":\"%s\",\"messageId\":\"%s-%s\","
               "\"properties\":{\"revenue\":%s}}",
               user, when, user, when, revenue);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}
static void ping(struct shop *s, const char *user, const char *when)
{
    shop_linef(
        s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"%s\",\"timestamp\":\"%s\",\"messageId\":\"p%s-%s\"}",
        user, when, user, when);
}
static void tick(struct shop *s, const char *to) { shop_linef(s, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", to); }

static void test_upgrade_at_once_and_downgrade_at_review(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD CLUB("{ review = 'monthly' }"));
    order(&s, "u", "2026-01-10T02:00:00Z", "600.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    tick(
        &s,
        "2026-04-15T00:00:00Z"); /* the window no longer holds the order since 10 April; the review is on 1 May, Shanghai */
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    tick(&s, "2026-04-30T15:59:59Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    tick(&s, "2026-04-30T16:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    shop_close(&s);
}

static void test_grace_notice_and_steps(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD CLUB("{ review = 'monthly', grace = '30 days', notice = '10 days', steps = 1 }"));
    order(&s, "u", "2026-01-10T02:00:00Z", "1200.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Black");
    tick(&s, "2026-05-01T00:00:00Z"); /* the review of 1 May finds too little: notice; 31 May is past it, so 1 June */
    assert_string_equal(shop_tier(&s, 1, "club"), "Black");
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s.engine, 1, &v, &s.error), TS_OK);
    struct ts_tier_state *t = &v.member.profiles[0]->tiers.at[0];
    assert_string_equal(ts_names_text(ts_engine_names(s.engine), TS_SPACE_LEVEL, t->notice_to).ptr, "Gold");
    char text[32];
    assert_string_equal(ts_time_format(t->notice_at, text), "2026-05-31T16:00:00.000Z");
    ts_member_view_close(&v);
    tick(&s, "2026-05-31T16:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold"); /* one step */
    tick(&s, "2026-09-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"),
                        "Silver"); /* 1 July notice, 1 August Silver (31 July is 30 days), next notice 1 September */
    shop_close(&s);
}

static void test_an_order_in_time_voids_the_notice(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD CLUB("{ review = 'monthly', grace = '30 days', notice = '10 days', steps = 1 }"));
    order(&s, "u", "2026-01-10T02:00:00Z", "600.00");
    tick(&s, "2026-05-01T00:00:00Z");
    order(&s, "u", "2026-05-10T00:00:00Z", "550.00");
    tick(&s, "2026-06-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s.engine, 1, &v, &s.error), TS_OK);
    assert_int_equal(v.member.profiles[0]->tiers.at[0].notice_to, 0);
    ts_member_view_close(&v);
    shop_close(&s);
}

/* Spending points must not cost a tier: the basis is points earned. */
static void test_basis_of_points_earned(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'stars' {}\nearn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money "
                       "'1', of = 'revenue' }\n"
                       "tiers 'club' { basis = { points = 'stars', window = '12 months' }, { 'Base' }, { 'Silver', "
                       "from = 100 }, upgrade = 'at once',\n"
                       "  downgrade = { review = 'monthly' } }\n");
    order(&s, "u", "2026-01-10T02:00:00Z", "150.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    shop_line(&s, "{\"type\":\"redeem\",\"key\":\"k\",\"member\":\"m1\",\"points\":\"stars\",\"amount\":150}");
    tick(&s, "2026-03-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    shop_close(&s);
}

/* A tag with `when` alone holds exactly while it is true: it goes on the first local day on which the window loses the event. */
static void test_condition_follows_its_window(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'active' { when = function(member) return member:did('Ping', '7 days') end }\n"
                       "tag 'quiet' { when = function(member) return not member:did('Ping', '7 days') end }\n"
                       "tag 'this month' { when = function(member) return member:spend 'calendar month' > 0 end }\n");
    ping(&s, "u", "2026-03-10T04:00:00Z");
    assert_true(shop_has_tag(&s, 1, "active"));
    assert_false(shop_has_tag(&s, 1, "quiet"));
    tick(&s, "2026-03-16T15:59:59.999Z"); /* the last instant of 16 March in Shanghai */
    assert_true(shop_has_tag(&s, 1, "active"));
    tick(&s, "2026-03-16T16:00:00Z");
    assert_false(shop_has_tag(&s, 1, "active"));
    assert_true(shop_has_tag(&s, 1, "quiet"));
    order(&s, "u", "2026-03-20T04:00:00Z", "5.00");
    assert_true(shop_has_tag(&s, 1, "this month"));
    tick(&s, "2026-03-31T16:00:00Z");
    assert_false(shop_has_tag(&s, 1, "this month"));
    shop_close(&s);
}

static void test_stamped_tag_is_kept_and_prolonged(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'seen' { on = 'Ping', keep = '90 days' }\n");
    ping(&s, "u", "2026-01-01T00:00:00Z");
    ping(&s, "u", "2026-02-01T00:00:00Z");
    tick(&s, "2026-04-15T00:00:00Z");
    assert_true(shop_has_tag(&s, 1, "seen"));
    tick(&s, "2026-05-02T00:00:00Z");
    assert_false(shop_has_tag(&s, 1, "seen"));
    shop_close(&s);
}

/* After an activation everybody is looked at again, also those who stay silent. */
static void test_new_rules_sweep_everybody(void **state)
{
    struct shop s;
    char user[16];
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    for (int i = 0; i < 700; i++) {
        snprintf(user, sizeof user, "u%d", i);
        order(&s, user, "2026-01-01T00:00:00Z", i % 2 ? "50.00" : "150.00");
    }
    shop_rules(&s, HEAD "tag 'rich' { when = function(member) return member:spend() >= money '100' end }\n" CLUB(
                       "{ review = 'monthly' }"));
    tick(&s, "2026-01-02T00:00:00Z");
    for (uint64_t m = 1; m <= 700; m++) {
        assert_int_equal(shop_has_tag(&s, m, "rich"), m % 2 == 1);
        assert_string_equal(shop_tier(&s, m, "club"), m % 2 ? "Silver" : "");
    }
    shop_close(&s);
}

/* The notice says which tier, when, and what is missing to keep it. */
static void test_a_notice_says_which_when_and_what_is_missing(void **state)
{
    struct shop s;
    struct ts_outcome o;
    struct ts_effect fx;
    unsigned told = 0;
    TS_UNUSED(state);
    shop_open(&s, HEAD CLUB("{ review = 'monthly', notice = '10 days' }"));
    order(&s, "u", "2026-01-10T02:00:00Z", "600.00");
    order(&s, "u", "2026-03-10T02:00:00Z", "30.00");
    tick(&s, "2026-06-02T00:00:00Z");
    for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s.memory, i);
        assert_true(ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len));
        while (ts_outcome_next(&o, &fx)) {
            char text[300];
            if (fx.op != TS_FX_NOTIFY) continue;
            snprintf(text, sizeof text, TS_STR_FMT " " TS_STR_FMT, TS_STR_ARG(fx.text), TS_STR_ARG(fx.json));
            assert_string_equal(text,
                                "tier.notice {\"at\":\"2026-05-31T16:00:00.000Z\",\"from\":\"Gold\",\"missing\":47000,"
                                "\"tiers\":\"club\",\"to\":\"Base\"}");
            told++;
        }
    }
    assert_int_equal(told, 1);
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    shop_close(&s);
}

/* ---- several bases, years, reasons ---- */

#define AIR                                                                                                            \
    "program { name = 'Air', timezone = 'Asia/Shanghai', currency = 'CNY' }\n"                                         \
    "event 'Flight Taken' { miles = { 'integer' }, fare = { 'money' } }\n"                                             \
    "measure 'flights' { on = 'Flight Taken' }\nmeasure 'miles' { on = 'Flight Taken', sum = 'miles' }\n"              \
    "measure 'fares' { on = 'Flight Taken', sum = 'fare' }\n"

static void fly(struct shop *s, const char *when, int miles)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Flight Taken\",\"userId\":\"u\",\"timestamp\":\"%s\","
               "\"properties\":{\"miles\":%d,\"fare\":100}}",
               when, miles);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}

/* The reasons of all tier changes so far, a line each. */
static const char *reasons(struct shop *s)
{
    static _Thread_local char text[8000];
    size_t n = 0;
    text[0] = '\0';
    for (uint64_t i = 0; i < ts_memory_host_rows(s->memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s->memory, i);
        struct ts_outcome o;
        struct ts_effect fx;
        assert_true(ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len));
        while (ts_outcome_next(&o, &fx))
            if (fx.op == TS_FX_TIER_REASON)
                n += (size_t)snprintf(text + n, sizeof text - n, TS_STR_FMT "\n", TS_STR_ARG(fx.json));
        assert_true(n < sizeof text);
    }
    return text;
}

/* Flights or miles: either is enough, each level by the basis that gives it; `false` in a place never does. */
static void test_any_of_several_bases_is_enough(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              AIR "tiers 'status' { basis = { { measure = 'flights', window = 'calendar year' }, { measure = 'miles', "
                  "window = 'calendar year' } },\n"
                  "  { 'Blue' }, { 'Silver', from = { 3, 5000 } }, { 'Gold', from = { 5, false } }, { 'Black', from = "
                  "{ false, 50000 } } }\n");
    fly(&s, "2026-01-10T00:00:00Z", 100);
    fly(&s, "2026-01-11T00:00:00Z", 4800);
    assert_string_equal(shop_tier(&s, 1, "status"), "");
    fly(&s, "2026-01-12T00:00:00Z", 99);
    assert_string_equal(shop_tier(&s, 1, "status"), "Silver"); /* three flights, 4999 miles */
    fly(&s, "2026-01-13T00:00:00Z", 40000);
    assert_string_equal(shop_tier(&s, 1, "status"), "Silver"); /* no miles give Gold */
    fly(&s, "2026-01-14T00:00:00Z", 1);
    assert_string_equal(shop_tier(&s, 1, "status"), "Gold");
    fly(&s, "2026-01-15T00:00:00Z", 5000);
    assert_string_equal(shop_tier(&s, 1, "status"), "Black");
    assert_string_equal(reasons(&s), "{\"basis\":\"flights\",\"window\":\"calendar "
                                     "year\",\"from\":\"2026-01-01\",\"to\":\"2026-01-12\",\"figure\":3,"
                                     "\"threshold\":3}\n"
                                     "{\"basis\":\"flights\",\"window\":\"calendar "
                                     "year\",\"from\":\"2026-01-01\",\"to\":\"2026-01-14\",\"figure\":5,"
                                     "\"threshold\":5}\n"
                                     "{\"basis\":\"miles\",\"window\":\"calendar "
                                     "year\",\"from\":\"2026-01-01\",\"to\":\"2026-01-15\",\"figure\":50000,"
                                     "\"threshold\":50000}\n");
    shop_close(&s);
}

static void test_the_basis_that_is_nearest_says_what_is_missing(void **state)
{
    struct shop s;
    struct ts_member_view v;
    int64_t figures[TS_TIER_BASES_MAX];
    TS_UNUSED(state);
    shop_open(&s, AIR "tiers 'status' { basis = { { measure = 'flights' }, { measure = 'fares' } },\n"
                      "  { 'Blue' }, { 'Silver', from = { 10, money '500' } } }\n"
                      "tag 'near' { when = function(member) return member.tiers['status'].missing == 30000 end }\n");
    fly(&s, "2026-01-10T00:00:00Z", 1);
    fly(&s, "2026-01-11T00:00:00Z", 1); /* 2 of 10 flights, 200 of 500: the fares are nearer, 300.00 are missing */
    assert_int_equal(ts_member_view_open(s.engine, 1, &v, &s.error), TS_OK);
    const struct ts_tiers_decl *t = &ts_engine_program(s.engine)->tiers.at[0];
    ts_tiers_figures(s.engine, t, &v.member, ts_engine_clock(s.engine), figures);
    assert_int_equal(ts_tiers_nearest(t, figures, 1), 1);
    assert_int_equal(figures[1], 20000);
    ts_member_view_close(&v);
    assert_true(shop_has_tag(&s, 1, "near"));
    shop_close(&s);
}

/* Status by the calendar year: reached in a year it is kept for the rest of it and all of the next, judged on 1 January, local time. */
static void test_a_calendar_year_is_judged_on_the_first_of_january(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, AIR
              "tiers 'status' { basis = { measure = 'flights', window = 'calendar year' }, { 'Blue' }, { 'Silver', "
              "from = 2 },\n  { 'Gold', from = 4 }, downgrade = { review = 'yearly', window = 'last calendar year', "
              "steps = 1 } }\n");
    fly(&s, "2026-02-01T00:00:00Z", 1);
    fly(&s, "2026-03-01T00:00:00Z", 1);
    fly(&s, "2026-12-31T15:00:00Z", 1);
    fly(&s, "2026-12-31T15:59:59.999Z", 1); /* the last instant of 2026 in Shanghai */
    assert_string_equal(shop_tier(&s, 1, "status"), "Gold");
    tick(&s, "2026-12-31T16:00:00Z"); /* the review: all of 2026 counts, although the new year has nothing yet */
    assert_string_equal(shop_tier(&s, 1, "status"), "Gold");
    fly(&s, "2026-12-31T16:00:00Z", 1); /* 1 January 2027 in Shanghai: of the new year */
    tick(&s, "2027-12-31T15:59:59.999Z");
    assert_string_equal(shop_tier(&s, 1, "status"), "Gold");
    tick(&s, "2027-12-31T16:00:00Z");                          /* one flight in 2027 */
    assert_string_equal(shop_tier(&s, 1, "status"), "Silver"); /* a soft landing: one step */
    tick(&s, "2028-12-31T16:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "status"), "Blue");
    shop_close(&s);
}

/* A review within the year does not take what this year's figure gives, though last year's would not. */
static void test_this_years_figure_keeps_a_level_at_a_monthly_review(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              AIR "tiers 'status' { basis = { measure = 'flights', window = 'calendar year' }, { 'Blue' }, { 'Silver', "
                  "from = 2 },\n  downgrade = { review = 'monthly', window = 'last calendar year' } }\n");
    fly(&s, "2026-02-01T00:00:00Z", 1);
    fly(&s, "2026-03-01T00:00:00Z", 1);
    tick(&s, "2026-12-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "status"), "Silver");
    tick(&s, "2027-12-30T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "status"), "Silver");
    tick(&s, "2028-01-01T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "status"), "Blue");
    shop_close(&s);
}

static void test_never_lost_is_where_a_fall_ends(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "tiers 'club' { basis = { measure = 'spend', window = '3 months' }, { 'Base' }, { 'Silver', from = "
                   "money '100', never_lost = true },\n  { 'Gold', from = money '500' }, downgrade = { review = "
                   "'monthly' } }\n");
    order(&s, "u", "2026-01-10T02:00:00Z", "600.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    tick(&s, "2030-01-01T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    shop_close(&s);
}

/* The reason of a fall is of the basis that gave the level when he last had enough, by the window that did, though another is nearer. */
static void test_a_fall_is_told_of_the_basis_that_gave_the_level(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, AIR
              "tiers 'status' { basis = { { measure = 'fares', window = '3 months' }, { measure = 'flights' } }, { "
              "'Blue' }, { 'Silver', from = { money '200', 3 } },\n  downgrade = { review = 'monthly', window = 'last "
              "calendar month' } }\n");
    fly(&s, "2026-01-10T00:00:00Z", 1);
    fly(&s, "2026-01-11T00:00:00Z", 1); /* by fares; two of three flights, which never get less */
    assert_string_equal(shop_tier(&s, 1, "status"), "Silver");
    tick(&s, "2026-05-02T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "status"), "Blue");
    const char *fall = strchr(reasons(&s), '\n') + 1;
    assert_string_equal(
        fall, "{\"basis\":\"fares\",\"window\":\"last calendar month\",\"from\":\"2026-04-01\",\"to\":\"2026-04-30\","
              "\"figure\":0,\"threshold\":20000,\"fell_out\":[{\"date\":\"2026-01-11\",\"count\":1,\"sum\":10000},"
              "{\"date\":\"2026-01-10\",\"count\":1,\"sum\":10000}],\"more\":0}\n");
    shop_close(&s);
}

/* Where members rise at the review too, it judges by the window of `downgrade` as well: last year's flights give this year's status. */
static void test_a_rise_at_the_yearly_review(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s,
        AIR "tiers 'status' { basis = { measure = 'flights', window = 'calendar year' }, { 'Blue' }, { 'Silver', "
            "from = 2 },\n  upgrade = 'review', downgrade = { review = 'yearly', window = 'last calendar year' } }\n");
    fly(&s, "2026-02-01T00:00:00Z", 1);
    fly(&s, "2026-03-01T00:00:00Z", 1);
    tick(&s, "2026-12-31T15:59:59Z");
    assert_string_equal(shop_tier(&s, 1, "status"), "Blue");
    tick(&s, "2026-12-31T16:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "status"), "Silver");
    assert_string_equal(reasons(&s),
                        "{\"basis\":\"flights\",\"window\":\"last calendar year\",\"from\":\"2026-01-01\",\"to\":"
                        "\"2026-12-31\",\"figure\":2,\"threshold\":2}\n");
    shop_close(&s);
}

/* A fall says which days went out of the window since the member was last found to have enough. */
static void test_a_fall_names_the_days_that_fell_out(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "tiers 'club' { basis = { measure = 'spend', window = '3 months' }, { 'Base' }, { 'Silver', from = "
                   "money '100' },\n  downgrade = { review = 'monthly' } }\n");
    order(&s, "u", "2025-12-20T02:00:00Z",
          "5.00"); /* gone from the window at the review of 1 April: not a cause of May's */
    order(&s, "u", "2026-01-10T02:00:00Z", "60.00");
    order(&s, "u", "2026-01-20T02:00:00Z", "30.00");
    order(&s, "u", "2026-01-20T05:00:00Z", "10.00");
    order(&s, "u", "2026-03-05T02:00:00Z", "20.00");
    tick(&s, "2026-05-01T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    const char *fall = strchr(reasons(&s), '\n') + 1;
    assert_string_equal(
        fall,
        "{\"basis\":\"spend\",\"window\":\"3 months\",\"from\":\"2026-02-02\",\"to\":\"2026-05-01\",\"figure\":2000,"
        "\"threshold\":10000,\"fell_out\":[{\"date\":\"2026-01-20\",\"count\":2,\"sum\":4000},{\"date\":\"2026-01-10\","
        "\"count\":1,\"sum\":6000}],\"more\":0}\n");
    shop_close(&s);
}

/* With a notice the cause lies before the notice; more than twenty days are counted. */
static void test_a_noticed_fall_names_the_newest_twenty_days(void **state)
{
    struct shop s;
    char when[40];
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "tiers 'club' { basis = { measure = 'spend', window = '1 month' }, { 'Base' }, { 'Silver', from = "
                   "money '100' },\n  downgrade = { review = 'monthly', notice = '40 days' } }\n");
    for (int day = 2; day <= 26; day++) {
        snprintf(when, sizeof when, "2026-01-%02dT02:00:00Z", day);
        order(&s, "u", when, "4.00");
    }
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    tick(&s,
         "2026-04-30T00:00:00Z"); /* enough on 1 February; too little on 1 March: noticed; 10 April is past: 1 May */
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    tick(&s, "2026-05-01T00:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    const char *fall = strchr(reasons(&s), '\n') + 1;
    assert_non_null(strstr(
        fall, "\"figure\":0,\"threshold\":10000,\"fell_out\":[{\"date\":\"2026-01-26\",\"count\":1,\"sum\":400},"));
    assert_non_null(strstr(fall, "{\"date\":\"2026-01-07\",\"count\":1,\"sum\":400}],\"more\":5}\n"));
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upgrade_at_once_and_downgrade_at_review),
        cmocka_unit_test(test_grace_notice_and_steps),
        cmocka_unit_test(test_an_order_in_time_voids_the_notice),
        cmocka_unit_test(test_basis_of_points_earned),
        cmocka_unit_test(test_condition_follows_its_window),
        cmocka_unit_test(test_stamped_tag_is_kept_and_prolonged),
        cmocka_unit_test(test_new_rules_sweep_everybody),
        cmocka_unit_test(test_a_notice_says_which_when_and_what_is_missing),
        cmocka_unit_test(test_any_of_several_bases_is_enough),
        cmocka_unit_test(test_the_basis_that_is_nearest_says_what_is_missing),
        cmocka_unit_test(test_a_calendar_year_is_judged_on_the_first_of_january),
        cmocka_unit_test(test_this_years_figure_keeps_a_level_at_a_monthly_review),
        cmocka_unit_test(test_never_lost_is_where_a_fall_ends),
        cmocka_unit_test(test_a_fall_is_told_of_the_basis_that_gave_the_level),
        cmocka_unit_test(test_a_rise_at_the_yearly_review),
        cmocka_unit_test(test_a_fall_names_the_days_that_fell_out),
        cmocka_unit_test(test_a_noticed_fall_names_the_newest_twenty_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
