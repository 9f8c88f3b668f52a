/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences that are promised: the order inside one record (SEMANTICS.md, last section, (1) to (5)) and the order of midnight (Points 5),
 * each where another order would show. */
#include "shop.h"

/* What happened in an outcome, in order: "earn a; tag.added vip; ...". */
static const char *story_of(struct shop *s, struct ts_str outcome)
{
    static _Thread_local char text[4000];
    struct ts_names *names = ts_engine_names(s->engine);
    struct ts_outcome o;
    struct ts_effect fx;
    size_t n = 0;
    text[0] = '\0';
    assert_true(ts_outcome_open(&o, (const uint8_t *)outcome.ptr, outcome.len));
    while (ts_outcome_next(&o, &fx)) {
        struct ts_rule_name rule;
        struct ts_str name;
        switch (fx.op) {
        case TS_FX_TAG_ADD:
        case TS_FX_TAG_REMOVE:
            name = ts_names_text(names, TS_SPACE_TAG, fx.name);
            break;
        case TS_FX_SEGMENT_ENTER:
        case TS_FX_SEGMENT_LEAVE:
            name = ts_names_text(names, TS_SPACE_SEGMENT, fx.name);
            break;
        case TS_FX_TIER:
            name = ts_names_text(names, TS_SPACE_LEVEL, fx.to);
            break;
        case TS_FX_EARN:
            assert_true(ts_rule_name_split(ts_names_text(names, TS_SPACE_RULE, fx.rule), &rule));
            name = rule.name;
            break;
        case TS_FX_EMIT:
        case TS_FX_NOTIFY:
            name = fx.text;
            break;
        case TS_FX_ACTIVATE:
        case TS_FX_EXPIRE:
        case TS_FX_JOIN:
            name = TS_STR("");
            break;
        default:
            continue;
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s" TS_STR_FMT, n ? "; " : "",
                              ts_effect_name((enum ts_effect_op)fx.op), name.len ? " " : "", TS_STR_ARG(name));
        assert_true(n < sizeof text);
    }
    return text;
}

/* Of the last row but `back` of them. */
static const char *story(struct shop *s, uint64_t back)
{
    return story_of(s, ts_memory_host_row(s->memory, ts_memory_host_rows(s->memory) - 1 - back)->outcome);
}

#define HEAD(zone)                                                                                                     \
    "program { name = 'T', timezone = '" zone "', currency = 'USD' }\n"                                                \
    "event 'Order Completed' { revenue = { 'money', required = true } }\nevent 'Ping' {}\ntrait 'city' {}\n"           \
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\nmeasure 'pings' { on = 'Ping' }\n"

static void order(struct shop *s, const char *who, const char *at, const char *revenue)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order Completed\",%s,\"timestamp\":\"%s\","
               "\"properties\":{\"revenue\":%s}}",
               who, at, revenue);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}

/* (1) Who it is comes first: the record that joins two members earns at the figures, tier and tags of both. */
static void test_1_identity_before_everything(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s,
        HEAD("UTC") "points 'stars' {}\ntag 'known' { class = 'life' }\n"
                    "tiers 'club' { basis = { measure = 'spend' }, { 'Base' }, { 'Gold', from = money '100', rate = 3 "
                    "} }\n"
                    "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue', "
                    "times = 'rate',\n  when = function(member) return member:spend() >= money '150' and "
                    "member.tags['known'] end }\n");
    order(&s, "\"userId\":\"u\"", "2026-01-01T00:00:00Z", "100"); /* m1 is Gold */
    shop_line(&s, "{\"type\":\"set_tag\",\"key\":\"k\",\"member\":\"m1\",\"tag\":\"known\"}");
    order(&s, "\"anonymousId\":\"a\"", "2026-01-02T00:00:00Z", "40"); /* m2 */
    order(&s, "\"userId\":\"u\",\"anonymousId\":\"a\"", "2026-01-03T00:00:00Z", "10");
    assert_int_equal(s.result.joins, 1);
    assert_string_equal(story(&s, 0), "join; earn e");
    assert_int_equal(shop_balance(&s, 1, "stars").available, 30); /* 100 + 40 + 10 spent, at Gold's rate */
    shop_close(&s);
}

/* (2) Traits, measures and scores of the record count before anything of the rules reads them. */
static void test_2_traits_measures_and_scores_before_rules(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s,
        HEAD("UTC") "score 'warm' { events = { Ping = 5 }, traits = { city = { Rome = 7 } } }\n"
                    "tag 'seen' { on = 'Ping', keep = '1 day', when = function(member) return member.scores.warm == "
                    "12 end }\n"
                    "rule 'r' { on = 'Ping', when = function(member) return member.traits.city == 'Rome' and "
                    "member:pings() == 1 and member.scores.warm == 12 end,\n"
                    "  act = function(member) member:notify 'all three' end }\n");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u\",\"timestamp\":\"2026-01-01T00:00:00Z\","
                  "\"context\":{\"traits\":{\"city\":\"Rome\"}}}");
    assert_string_equal(story(&s, 0), "notify all three; tag.added seen");
    shop_close(&s);
}

/* (3) Earnings and rules read tier, tags, points and segments as before; their effects come by group, then priority, then name: earnings,
 * their bonuses, rules; whatever the order in the file. */
static void test_3_effects_by_group_priority_and_name(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s, HEAD("UTC") "points 'stars' {}\n"
                        "rule 'z' { on = 'Order Completed', act = function(member) member:notify 'z' end }\n"
                        "rule 'first' { on = 'Order Completed', priority = 5, act = function(member) member:notify "
                        "'first' end }\n"
                        "rule 'a' { on = 'Order Completed', act = function(member)\n"
                        "  if member:points('stars').available == 0 and not member.tags.rich and not "
                        "member.segments.many and\n"
                        "    member.tiers.club.name == 'Base' then member:notify 'as before' end end }\n"
                        "earn 'y' { on = 'Order Completed', points = 'stars', give = 1 }\n"
                        "earn 'x' { on = 'Order Completed', points = 'stars', give = 1 }\n"
                        "bonus 'b' { of = 'y', times = 2 }\n"
                        "earn 'w' { on = 'Order Completed', points = 'stars', give = 1, priority = -1 }\n"
                        "tag 'rich' { when = function(member) return member:spend() > 0 end }\n"
                        "segment 'many' { when = function(member) return member:points('stars').available == 4 end }\n"
                        "tiers 'club' { basis = { measure = 'spend' }, { 'Base' }, { 'Gold', from = money '1' } }\n");
    order(&s, "\"userId\":\"u\"", "2026-01-01T00:00:00Z", "5");
    assert_string_equal(story(&s, 0), "earn x; earn y; earn b; earn w; notify first; notify as before; notify z; "
                                      "tag.added rich; tier Gold; segment.entered many");
    shop_close(&s);
}

/* (4) Tags, tiers and segments once each, in this order: the segment that reads both is entered once and for good. */
static void test_4_tags_tiers_and_segments_once_each(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s, HEAD("UTC") "segment 'no' { when = function(member) return member.tags.rich and member.tiers.club.name == "
                        "'Base' end }\n"
                        "segment 'yes' { when = function(member) return member.tags.rich and member.tiers.club.name == "
                        "'Gold' end }\n"
                        "tag 'rich' { when = function(member) return member:spend() > 0 end }\n"
                        "tag 'told' { on = 'Order Completed', keep = '1 day' }\n"
                        "tiers 'club' { basis = { measure = 'spend' }, { 'Base' }, { 'Gold', from = money '1' } }\n");
    order(&s, "\"userId\":\"u\"", "2026-01-01T00:00:00Z", "5");
    assert_string_equal(story(&s, 0), "tag.added told; tag.added rich; tier Gold; segment.entered yes");
    shop_close(&s);
}

/* (5) Then the internal events, first in first out; what an event makes comes behind those that wait, and each has its own (3) to (5). */
static void test_5_internal_events_first_in_first_out(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s, HEAD("UTC") "event 'A' {}\nevent 'B' {}\nevent 'C' {}\n"
                        "tag 'x' { when = function(member) return member:pings() > 0 end }\n"
                        "tag 'seen A' { on = 'A', keep = '1 day' }\n"
                        "rule '1' { on = 'Ping', act = function(member) member:emit 'A' member:emit 'B' end }\n"
                        "rule '2' { on = 'A', act = function(member) member:emit 'C' end }\n"
                        "rule '3' { on = 'tag.added', act = function(member, event) member:notify(event.tag) end }\n");
    shop_line(&s, "{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u\",\"timestamp\":\"2026-01-01T00:00:00Z\"}");
    assert_string_equal(story(&s, 0),
                        "tag.added x; emit A; tag.added seen A; emit B; emit tag.added; notify x; emit C; "
                        "emit tag.added; notify seen A");
    shop_close(&s);
}

/* One midnight in New York at which everything falls due: 1 March 2026, 05:00Z. Pending points activate, the tier is reviewed, points
 * expire, the tag ends, conditions are looked at, segments last; then what is told of it. Points that a first lot's expiry would take to
 * nothing are there throughout, for the second activated before; nothing is entered and left again on the way. */
static void test_the_order_of_midnight(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(
        &s,
        HEAD("America/New_York") "points 'stars' { pending = '14 days', expire = { after = '1 month', at = 'month end' "
                                 "} }\n"
                                 "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = "
                                 "'revenue' }\n"
                                 "tiers 'club' { basis = { measure = 'spend', window = '1 month' }, { 'Base' }, { "
                                 "'Gold', from = money '100' },\n"
                                 "  downgrade = { review = 'monthly' } }\n"
                                 "tag 'vip' { class = 'life' }\n"
                                 "tag 'first of the month' { when = function(member) return now.day == 1 end }\n"
                                 "segment 'has points' { when = function(member) return "
                                 "member:points('stars').available > 0 end }\n"
                                 "segment 'plain' { when = function(member) return now.day == 1 and member.tags['first "
                                 "of the month'] and\n"
                                 "  not member.tags.vip and member.tiers.club.name == 'Base' and "
                                 "member:points('stars').available == 50 end }\n"
                                 "segment 'confused' { when = function(member) return now.day == 1 and "
                                 "(member.tags.vip or\n"
                                 "  member.tiers.club.name == 'Gold' or member:points('stars').available ~= 50) end }\n"
                                 "rule 'hears' { on = { 'tier.downgraded', 'points.expired', 'tag.added', "
                                 "'tag.removed', 'segment.entered' },\n"
                                 "  act = function() end }\n");
    order(&s, "\"userId\":\"u\"", "2026-01-05T12:00:00Z", "200"); /* active on 19 January, until the end of February */
    order(&s, "\"userId\":\"u\"", "2026-02-15T05:00:00Z", "50");  /* 14 days later it is that midnight */
    shop_line(
        &s,
        "{\"type\":\"set_tag\",\"key\":\"k\",\"member\":\"m1\",\"tag\":\"vip\",\"until\":\"2026-03-01T05:00:00Z\"}");
    shop_line(&s, "{\"type\":\"tick\",\"timestamp\":\"2026-03-01T04:59:59.999Z\"}");
    assert_string_equal(shop_tier(&s, 1, "club"), "Gold");
    assert_int_equal(shop_balance(&s, 1, "stars").available, 200);
    shop_line(&s, "{\"type\":\"tick\",\"timestamp\":\"2026-03-01T05:00:00Z\"}");
    assert_string_equal(
        story(&s, 0),
        "activate; tier Base; expire; tag.removed vip; tag.added first of the month; segment.entered plain; "
        "emit tier.downgraded; emit tag.removed; emit points.expired; emit tag.added; emit segment.entered");
    assert_int_equal(shop_balance(&s, 1, "stars").available, 50);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_1_identity_before_everything),
        cmocka_unit_test(test_2_traits_measures_and_scores_before_rules),
        cmocka_unit_test(test_3_effects_by_group_priority_and_name),
        cmocka_unit_test(test_4_tags_tiers_and_segments_once_each),
        cmocka_unit_test(test_5_internal_events_first_in_first_out),
        cmocka_unit_test(test_the_order_of_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
