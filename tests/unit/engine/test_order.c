/* SPDX-License-Identifier: Apache-2.0 */
/* SEMANTICS.md line by line where no other test stands for it: the order inside one record, caps, time, joins, what becomes of a member when
 * rules change, and keys of commands. */
#include <time.h>

#include "../seed.h"
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'T', timezone = 'America/New_York', currency = 'USD' }\n"                                        \
    "identifier 'user_id' { strong = true, per_member = 2 }\nidentifier 'anonymous_id' {}\n"                           \
    "event 'Order Completed' { revenue = { 'money', required = true } }\nevent 'Ping' {}\nevent 'Pong' {}\n"           \
    "trait 'note' { type = 'text' }\ntrait 'figure' { type = 'number' }\n"                                             \
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\nmeasure 'pings' { on = 'Ping' }\n"                   \
    "points 'stars' {}\n"

static void order(struct shop *s, const char *who, const char *at, const char *revenue)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"%s\",\"timestamp\":\"%s\","
               "\"properties\":{\"revenue\":%s}}",
               who, at, revenue);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}

static void event(struct shop *s, const char *name, const char *who, const char *at)
{
    shop_linef(s, "{\"type\":\"track\",\"event\":\"%s\",\"userId\":\"%s\",\"timestamp\":\"%s\"}", name, who, at);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}

static void tick(struct shop *s, const char *to) { shop_linef(s, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", to); }
static int64_t available(struct shop *s, uint64_t m) { return shop_balance(s, m, "stars").available; }

static const char *trait(struct shop *s, uint64_t member, const char *name, char out[200])
{
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s->engine, member, &v, &s->error), TS_OK);
    struct ts_trait *t = ts_profile_trait(v.member.profiles[0],
                                          ts_names_find(ts_engine_names(s->engine), TS_SPACE_TRAIT, ts_cstr(name)));
    snprintf(out, 200, TS_STR_FMT, TS_STR_ARG(t ? t->json : TS_STR("none")));
    ts_member_view_close(&v);
    return out;
}

static double score(struct shop *s, uint64_t member, const char *name)
{
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s->engine, member, &v, &s->error), TS_OK);
    double d =
        ts_member_score(&v.member, ts_names_find(ts_engine_names(s->engine), TS_SPACE_SCORE, ts_cstr(name)), 0, 0);
    ts_member_view_close(&v);
    return d;
}

/* ---- the order inside one record ---- */

/* Measures as they are after the event; tier, tags and points as they were before it. */
static void test_measures_after_the_rest_before(void **state)
{
    struct shop s;
    char text[200];
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "tiers 'club' { basis = { measure = 'spend', window = 'lifetime' }, { 'Base' }, { 'Gold', from = "
                   "money '50' }, upgrade = 'at once' }\n"
                   "tag 'buyer' { when = function(member) return member:spend() > 0 end }\n"
                   "earn 'e' { on = 'Order Completed', points = 'stars', amount = function() return 5 end }\n"
                   "rule 'look' { on = 'Order Completed', act = function(member)\n"
                   "  member:set('note', member.tiers['club'].name .. ' ' .. tostring(member.tags['buyer']) .. ' ' ..\n"
                   "    tostring(member:spend()) .. ' ' .. tostring(member:points('stars').available)) end }\n");
    order(&s, "u1", "2026-01-15T10:00:00Z", "60.00");
    assert_string_equal(trait(&s, 1, "note", text), "\"Base false 6000 0\"");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    order(&s, "u1", "2026-01-15T11:00:00Z", "1.00");
    assert_string_equal(trait(&s, 1, "note", text), "\"Gold true 6100 5\"");
    shop_close(&s);
}

/* By priority, then by name, wherever in the files they stand: of one note the last wins. */
static void test_effects_by_priority_then_name(void **state)
{
    struct shop s;
    char text[200];
    TS_UNUSED(state);
    shop_open(&s, HEAD "rule 'b' { on = 'Ping', act = function(member) member:set('note', 'b') end }\n"
                       "rule 'a' { on = 'Ping', act = function(member) member:set('note', 'a') end }\n"
                       "rule 'z' { on = 'Pong', priority = 2, act = function(member) member:set('note', 'z') end }\n"
                       "rule 'y' { on = 'Pong', priority = 1, act = function(member) member:set('note', 'y') end }\n");
    event(&s, "Ping", "u1", "2026-01-15T10:00:00Z");
    assert_string_equal(trait(&s, 1, "note", text), "\"b\"");
    event(&s, "Pong", "u1", "2026-01-15T10:00:00Z");
    const char *last = trait(&s, 1, "note", text);
    assert_true(!strcmp(last, "\"y\"") || !strcmp(last, "\"z\""));
    shop_close(&s);
}

static void test_a_rule_that_raises_loses_its_own_effects(void **state)
{
    struct shop s;
    char text[200];
    TS_UNUSED(state);
    shop_open(&s, HEAD "rule 'a' { on = 'Ping', act = function(member) member:earn('stars', 5) member:set('note', 'a') "
                       "error 'no' end }\n"
                       "rule 'b' { on = 'Ping', act = function(member) member:earn('stars', 3) end }\n"
                       "rule 'c' { on = 'Ping', act = function(member) member:set('note', 'c') member:earn('stars', "
                       "999999999999999) member:earn('stars', 9) end }\n");
    event(&s, "Ping", "u1", "2026-01-15T10:00:00Z");
    assert_int_equal(s.result.rule_errors, 2);
    assert_int_equal(available(&s, 1), 3);
    assert_string_equal(trait(&s, 1, "note", text), "none");
    shop_close(&s);
}

/* It raised on what it read; when that changes it is looked at again. */
static void test_a_condition_that_raised_is_looked_at_again(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'long' { when = function(member) return #member.traits.note > 3 end }\n");
    event(&s, "Ping", "u1", "2026-01-15T10:00:00Z");
    assert_int_equal(s.result.rule_errors, 1);
    shop_line(&s, "{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"note\":\"abcdef\"},\"timestamp\":\"2026-01-"
                  "16T10:00:00Z\"}");
    assert_true(shop_has_tag(&s, 1, "long"));
    shop_close(&s);
}

/* A retry runs the one declaration again; what follows from it, and the due work before it, concerns all. */
static void test_a_retry_is_of_one_declaration(void **state)
{
    struct shop s;
    char text[200];
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "tag 'given' { class = 'life' }\ntag 'due' { on = 'Ping', keep = '1 hour' }\n"
              "rule 'moody' { on = 'Ping', act = function(member) if member.traits.figure ~= 1 then error 'no' end "
              "member:tag 'given' end }\n"
              "rule 'other' { on = 'Ping', act = function(member) member:earn('stars', 1) end }\n"
              "rule 'heard' { on = 'tag.added', act = function(member, event) member:set('note', event.tag) end }\n"
              "rule 'ended' { on = 'tag.removed', act = function(member, event) member:add('gone', 1) end }\n"
              "score 'gone' { events = { Pong = 0 } }\n");
    event(&s, "Ping", "u1", "2026-01-15T10:00:00Z");
    assert_int_equal(s.result.rule_errors, 1);
    const struct ts_row *row = ts_memory_host_row(s.memory, ts_memory_host_rows(s.memory) - 1);
    shop_line(
        &s,
        "{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"figure\":1},\"timestamp\":\"2026-01-15T10:30:00Z\"}");
    assert_int_equal(ts_engine_retry(s.engine, row->record, row->profile, row->payload, TS_STR("moody"), row->time,
                                     row->time, &s.result, &s.error),
                     TS_OK);
    assert_int_equal(s.result.rule_errors, 0);
    assert_true(shop_has_tag(&s, 1, "given"));
    assert_int_equal(available(&s, 1), 1); /* the other rule's point once */
    assert_string_equal(trait(&s, 1, "note", text), "\"given\"");
    shop_close(&s);
}

/* ---- caps ---- */

/* A cap per day is of the day in the program's zone: New York's midnight is 05:00Z in winter, 04:00Z in summer. */
static void test_a_cap_over_midnight_in_the_zone(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s, HEAD
        "earn 'e' { on = 'Ping', points = 'stars', amount = function() return 3 end, at_most = { 4, per = 'day' } }\n");
    event(&s, "Ping", "u1", "2026-01-15T04:59:59.999Z");
    event(&s, "Ping", "u1", "2026-01-15T04:59:59.999Z");
    assert_int_equal(available(&s, 1), 4);
    event(&s, "Ping", "u1", "2026-01-15T05:00:00Z");
    assert_int_equal(available(&s, 1), 7);
    event(&s, "Ping", "u1", "2026-07-15T03:59:59.999Z");
    event(&s, "Ping", "u1", "2026-07-15T03:59:59.999Z");
    event(&s, "Ping", "u1", "2026-07-15T04:00:00Z");
    assert_int_equal(available(&s, 1), 14);
    shop_close(&s);
}

/* A rolling cap holds over any window, whatever the order in which uses come (I16), for points and for scores: against all uses, naively. */
static void test_rolling_caps_hold_over_any_window(void **state)
{
    struct ts_rng r = {test_seed(31)};
    TS_UNUSED(state);
    for (int round = 0; round < 20; round++) {
        struct shop s;
        struct use {
            ts_ms at;
            int64_t points;
            double score;
        } uses[80];
        ts_ms clock = INT64_C(1772000000000);
        shop_open(&s, HEAD "earn 'e' { on = 'Ping', points = 'stars', amount = function() return 3 end, at_most = { "
                           "10, per = '2 days' } }\n"
                           "score 'warm' { at_most = { 7, per = '2 days' }, events = { Ping = 2 } }\n");
        int64_t before = 0;
        double before_score = 0;
        for (int i = 0; i < 80; i++) {
            char at[32];
            clock += (ts_ms)ts_rng_below(&r, TS_DAY_MS);
            uses[i].at = clock - (ts_rng_below(&r, 3) ? 0 : (ts_ms)ts_rng_below(&r, 9 * TS_DAY_MS));
            event(&s, "Ping", "u1", ts_time_format(uses[i].at, at));
            uses[i].points = available(&s, 1) - before;
            uses[i].score = score(&s, 1, "warm") - before_score;
            before += uses[i].points;
            before_score += uses[i].score;
        }
        assert_true(before > 100);
        for (int i = 0; i < 80; i++) {
            int64_t points = 0;
            double warm = 0;
            for (int k = 0; k < 80; k++) {
                if (uses[k].at > uses[i].at || uses[k].at <= uses[i].at - 2 * TS_DAY_MS) continue;
                points += uses[k].points;
                warm += uses[k].score;
            }
            assert_true(points <= 10 && warm <= 7 + 1e-9);
        }
        shop_close(&s);
    }
}

static void test_desired_and_granted_are_kept(void **state)
{
    struct shop s;
    struct ts_outcome o;
    struct ts_effect fx;
    int earns = 0;
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Ping', points = 'stars', amount = function() return 9 end, at_most = { 4, per "
                       "= 'month' } }\n");
    event(&s, "Ping", "u1", "2026-01-15T04:59:59.999Z");
    assert_true(ts_outcome_open(&o, (const uint8_t *)s.result.outcome.ptr, s.result.outcome.len));
    while (ts_outcome_next(&o, &fx)) {
        if (fx.op != TS_FX_EARN) continue;
        assert_int_equal(fx.desired, 9);
        assert_int_equal(fx.amount, 4);
        earns++;
    }
    assert_int_equal(earns, 1);
    shop_close(&s);
}

/* ---- time ---- */

static struct ts_result *live(struct shop *s, const char *line, ts_ms arrival)
{
    struct ts_input in = {
        .line = ts_cstr(line), .mapping = TS_STR(""), .equal_before = ++s->lines, .arrival = arrival, .live = true};
    if (ts_engine_submit(s->engine, &in, &s->result, &s->error) != TS_OK) fail_msg("%s", s->error.text);
    return &s->result;
}

/* Live, a timestamp more than 5 minutes ahead of its arrival is set to the arrival; the payload keeps the original. */
static void test_a_timestamp_ahead_of_its_arrival(void **state)
{
    struct shop s;
    struct ts_outcome o;
    ts_ms arrival = INT64_C(1772000000000);
    char line[200], at[32];
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    for (int ahead = 0; ahead <= 1; ahead++) {
        snprintf(line, sizeof line, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\",\"timestamp\":\"%s\"}",
                 ts_time_format(arrival + 300000 + ahead, at));
        live(&s, line, arrival);
        const struct ts_row *row = ts_memory_host_row(s.memory, ts_memory_host_rows(s.memory) - 1);
        assert_true(ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len));
        assert_int_equal(o.at, ahead ? arrival : arrival + 300000);
        assert_int_equal(row->time, arrival);
        assert_non_null(strstr(row->payload.ptr, at));
    }
    assert_int_equal(ts_engine_clock(s.engine), arrival);
    live(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\"}", arrival - 5000); /* the clock never falls */
    assert_int_equal(ts_engine_clock(s.engine), arrival);
    shop_close(&s);
}

/* "7 days" at t are the local dates after date(t) - 7 up to date(t), also over the night when clocks go forward (8 March 2026); the tag that
 * reads it ends at the local midnight on which the window loses the day. */
static void test_rolling_windows_over_a_change_of_clocks(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'week' { when = function(member) return member:pings '7 days' > 0 end }\n"
                       "tag 'month' { when = function(member) return member:pings 'calendar month' > 0 end }\n");
    event(&s, "Ping", "u1", "2026-03-05T04:59:59Z"); /* 4 March, 23:59:59 in New York */
    tick(&s, "2026-03-11T03:59:59.999Z"); /* 10 March, 23:59:59.999: 4 March is the first of the seven days */
    assert_true(shop_has_tag(&s, 1, "week"));
    tick(&s, "2026-03-11T04:00:00Z");
    assert_false(shop_has_tag(&s, 1, "week"));
    tick(&s, "2026-04-01T03:59:59.999Z");
    assert_true(shop_has_tag(&s, 1, "month"));
    tick(&s, "2026-04-01T04:00:00Z");
    assert_false(shop_has_tag(&s, 1, "month"));
    shop_close(&s);
}

/* What both activates and expires before the clock is issued and expired in the same record. */
static void test_a_late_event_whose_points_have_ended(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, "program { name = 'T', timezone = 'UTC', currency = 'USD', late = '60 days' }\nidentifier 'user_id' "
                  "{ strong = true }\n"
                  "event 'Ping' {}\npoints 'stars' { pending = '2 days', expire = { after = '10 days' } }\n"
                  "earn 'e' { on = 'Ping', points = 'stars', amount = function() return 9 end }\nmeasure 'pings' { on "
                  "= 'Ping' }\n"
                  "tag 'ten' { when = function(member) return member:pings 'lifetime' == 3 end }\n");
    event(&s, "Ping", "u1", "2026-03-05T00:00:00Z");
    event(&s, "Ping", "u1", "2026-02-05T00:00:00Z");
    assert_int_equal(available(&s, 1), 0);
    assert_int_equal(shop_balance(&s, 1, "stars").pending, 9);
    assert_int_equal(ts_engine_ledger(s.engine)->transactions, 3); /* earned; earned and expired */
    event(&s, "Ping", "u1", "2026-01-03T00:00:00Z");               /* later than `late`: it counts and pays nothing */
    assert_int_equal(ts_engine_ledger(s.engine)->transactions, 3);
    assert_true(shop_has_tag(&s, 1, "ten"));
    shop_close(&s);
}

/* Of a trait the newest word counts, also when the newest word was the same as before. */
static void test_a_trait_said_again(void **state)
{
    struct shop s;
    char text[200];
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    static const char *const days[] = {"01", "05", "03"}, *const words[] = {"a", "a", "b"};
    for (int i = 0; i < 3; i++)
        shop_linef(&s,
                   "{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"note\":\"%s\"},\"timestamp\":\"2026-01-%"
                   "sT10:00:00Z\"}",
                   words[i], days[i]);
    assert_string_equal(trait(&s, 1, "note", text), "\"a\"");
    shop_close(&s);
}

/* ---- joins ---- */

static void anonymous(struct shop *s, const char *name, const char *anon, const char *user, const char *at,
                      const char *revenue)
{
    char who[60] = "";
    if (user) snprintf(who, sizeof who, ",\"userId\":\"%s\"", user);
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"%s\",\"anonymousId\":\"%s\"%s,\"timestamp\":\"%s\",\"properties\":{"
               "\"revenue\":%s}}",
               name, anon, who, at, revenue);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}

/* Caps, wallets and tags unite; the tier is the higher of both and of what the united basis gives; welcome gifts are not given again. */
static void test_what_a_join_unites(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "tiers 'club' { basis = { measure = 'spend', window = 'lifetime' }, { 'Base' }, { 'Silver', from = "
                   "money '50' },\n"
                   "  { 'Gold', from = money '100' }, upgrade = 'at once' }\n"
                   "earn 'e' { on = 'Ping', points = 'stars', amount = function() return 3 end, at_most = { 4, per = "
                   "'3 days' } }\n"
                   "earn 'welcome' { on = 'member.created', points = 'stars', amount = function() return 100 end }\n"
                   "tag 'ping' { on = 'Ping', keep = '30 days' }\n");
    anonymous(&s, "Order Completed", "a1", NULL, "2026-01-01T10:00:00Z", "60.00");
    anonymous(&s, "Ping", "a1", NULL, "2026-01-01T10:00:00Z", "0");
    anonymous(&s, "Ping", "a1", NULL, "2026-01-01T11:00:00Z", "0"); /* 4 of 4 */
    order(&s, "u1", "2026-01-01T12:00:00Z", "55.00");
    assert_int_equal(available(&s, 1), 104);
    assert_int_equal(available(&s, 2), 100);
    anonymous(&s, "Ping", "a1", "u1", "2026-01-02T10:00:00Z", "0"); /* joined; the cap is used up */
    assert_int_equal(s.result.joins, 1);
    uint64_t m = s.result.member;
    assert_int_equal(m, 2); /* the one with the strong identifier */
    assert_int_equal(available(&s, m), 204);
    assert_string_equal(shop_tier(&s, m, "club"), "Gold");
    assert_true(shop_has_tag(&s, m, "ping"));
    shop_close(&s);
}

/* An alias joins within the guards only, and not by a blocked value. */
static void test_aliases_keep_to_the_guards(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "blocked 'anonymous_id' { 'none' }\n");
    event(&s, "Ping", "u1", "2026-01-01T10:00:00Z");
    event(&s, "Ping", "u2", "2026-01-01T10:00:00Z");
    event(&s, "Ping", "u3", "2026-01-01T10:00:00Z");
    shop_line(&s, "{\"type\":\"alias\",\"previousId\":\"u1\",\"userId\":\"u2\"}");
    assert_int_equal(s.result.joins, 1);
    shop_line(&s, "{\"type\":\"alias\",\"previousId\":\"u3\",\"userId\":\"u2\"}"); /* three user ids */
    assert_int_equal(s.result.joins, 0);
    assert_int_equal(s.result.rule_errors, 1); /* put up for review */
    shop_line(&s, "{\"type\":\"alias\",\"previousId\":\"none\",\"userId\":\"u4\"}");
    shop_line(&s, "{\"type\":\"alias\",\"previousId\":\"none\",\"userId\":\"u5\"}");
    assert_int_equal(s.result.joins, 0);
    shop_line(&s, "{\"type\":\"alias\",\"previousId\":\"u5\",\"userId\":\"u5\"}");
    assert_int_equal(s.result.joins, 0);
    assert_int_equal(s.result.rule_errors, 0);
    shop_close(&s);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A member joined from 400 profiles, with points in each: he is served as others are, his answer lists every lot, and what would touch more
 * profiles than one transaction has entries is refused with the reason. */
static void test_a_member_of_hundreds_of_profiles(void **state)
{
    struct shop s;
    char anon[20];
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Ping', points = 'stars', amount = function() return 3 end }\n"
                       "tag 'many' { when = function(member) return member:pings() >= 400 end }\n");
    for (int i = 0; i < 400; i++) {
        snprintf(anon, sizeof anon, "a%d", i);
        anonymous(&s, "Ping", anon, NULL, "2026-01-01T10:00:00Z", "0");
    }
    double from = seconds();
    for (int i = 0; i < 400; i++) {
        snprintf(anon, sizeof anon, "a%d", i);
        anonymous(&s, "Pong", anon, "u1", "2026-01-02T10:00:00Z", "0");
    }
    double took = seconds() - from;
    print_message("400 joins in %.3f s\n", took);
    assert_true(took < 20);
    uint64_t m = s.result.member;
    assert_true(shop_has_tag(&s, m, "many"));
    assert_int_equal(available(&s, m), 1200);
    struct ts_result *r =
        shop_linef(&s, "{\"type\":\"redeem\",\"key\":\"a\",\"member\":\"m%llu\",\"points\":\"stars\",\"amount\":600}",
                   (unsigned long long)m);
    assert_int_equal(r->status, TS_RESULT_APPLIED);
    int lots = 0;
    for (const char *p = r->answer.ptr; (p = strstr(p, "\"lot\":")); p++)
        lots++;
    assert_int_equal(lots, 200);
    assert_non_null(strstr(r->answer.ptr, "\"available\":600,"));
    shop_linef(&s, "{\"type\":\"adjust\",\"key\":\"b\",\"member\":\"m%llu\",\"points\":\"stars\",\"amount\":1000}",
               (unsigned long long)m);
    shop_close(&s);
}

/* ---- changes of rules ---- */

/* Reviews that new rules bring hold for members who already have a tier; a level that is gone is left. */
static void test_new_rules_for_tiers(void **state)
{
    struct shop s;
    TS_UNUSED(state);
#define CLUB(more)                                                                                                     \
    HEAD "tiers 'club' { basis = { measure = 'spend', window = '30 days' }, { 'Base' }, { 'Silver', from = money "     \
         "'50' }, " more " }\n"
    shop_open(&s, CLUB("upgrade = 'at once'"));
    order(&s, "u1", "2026-01-02T10:00:00Z", "60.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    tick(&s, "2026-06-01T10:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver"); /* never reviewed */
    shop_rules(&s, CLUB("upgrade = 'at once', downgrade = { review = 'monthly' }"));
    tick(&s, "2026-06-15T10:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver"); /* not before the review */
    tick(&s, "2026-07-02T10:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "Base");
    order(&s, "u1", "2026-07-02T11:00:00Z", "60.00");
    assert_string_equal(shop_tier(&s, 1, "club"), "Silver");
    shop_rules(&s, HEAD "tiers 'club' { basis = { measure = 'spend', window = '30 days' }, { 'New' }, { 'Star', from = "
                        "money '500' }, upgrade = 'at once' }\n");
    tick(&s, "2026-07-03T11:00:00Z");
    assert_string_equal(shop_tier(&s, 1, "club"), "New");
    shop_close(&s);
}

/* The ledger has room for 63 kinds of points, those of earlier versions counted: one more is refused with a message, and nothing changes. */
static void test_too_many_kinds_of_points(void **state)
{
    struct shop s;
    char text[6000];
    TS_UNUSED(state);
    shop_open(&s, HEAD "earn 'e' { on = 'Ping', points = 'stars', amount = function() return 3 end }\n");
    size_t n = (size_t)snprintf(text, sizeof text, "%s", HEAD);
    for (int i = 0; i < 63; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "points 'p%d' {}\n", i);
    struct ts_sources sources;
    struct ts_problems problems = {0};
    shop_sources(text, &sources);
    assert_int_equal(ts_engine_activate(s.engine, &sources, 0, &problems, NULL, &s.error), TS_E_REFUSED);
    assert_non_null(strstr(s.error.text, "64th"));
    ts_problems_release(&problems);
    ts_sources_release(&sources);
    event(&s, "Ping", "u1", "2026-01-01T10:00:00Z");
    assert_int_equal(available(&s, 1), 3);
    shop_close(&s);
}

/* ---- keys ---- */

static void test_the_whole_content_of_a_command_counts(void **state)
{
    struct shop s;
    char reason[400], line[800];
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    event(&s, "Ping", "u1", "2026-01-01T10:00:00Z");
    memset(reason, 'x', sizeof reason);
    for (int i = 0; i < 2; i++) {
        snprintf(line, sizeof line,
                 "{\"type\":\"adjust\",\"key\":\"k\",\"member\":\"m1\",\"points\":\"stars\",\"amount\":5,\"reason\":\"%"
                 ".*s%d\"}",
                 350, reason, i);
        shop_line(&s, line);
    }
    assert_int_equal(s.result.status, TS_RESULT_REFUSED);
    assert_string_equal(s.result.refusal, "key_reused");
    assert_int_equal(available(&s, 1), 5);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measures_after_the_rest_before),
        cmocka_unit_test(test_effects_by_priority_then_name),
        cmocka_unit_test(test_a_rule_that_raises_loses_its_own_effects),
        cmocka_unit_test(test_a_condition_that_raised_is_looked_at_again),
        cmocka_unit_test(test_a_retry_is_of_one_declaration),
        cmocka_unit_test(test_a_cap_over_midnight_in_the_zone),
        cmocka_unit_test(test_rolling_caps_hold_over_any_window),
        cmocka_unit_test(test_desired_and_granted_are_kept),
        cmocka_unit_test(test_a_timestamp_ahead_of_its_arrival),
        cmocka_unit_test(test_rolling_windows_over_a_change_of_clocks),
        cmocka_unit_test(test_a_late_event_whose_points_have_ended),
        cmocka_unit_test(test_a_trait_said_again),
        cmocka_unit_test(test_what_a_join_unites),
        cmocka_unit_test(test_aliases_keep_to_the_guards),
        cmocka_unit_test(test_a_member_of_hundreds_of_profiles),
        cmocka_unit_test(test_new_rules_for_tiers),
        cmocka_unit_test(test_too_many_kinds_of_points),
        cmocka_unit_test(test_the_whole_content_of_a_command_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
