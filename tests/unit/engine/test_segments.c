/* SPDX-License-Identifier: Apache-2.0 */
/* Segments, and what conditions hold: entered and left by themselves, after tags and tiers; joined; dropped when no longer declared. */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test', timezone = 'UTC', currency = 'USD' }\n"                                                  \
    "event 'Order Completed' { revenue = { 'money', required = true } }\n"                                             \
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"

static void order(struct shop *s, const char *user, const char *when, const char *revenue)
{
    shop_linef(s,
               "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"%s\",\"timestamp\":\"%s\","
               "\"properties\":{\"revenue\":%s}}",
               user, when, revenue);
    assert_int_equal(s->result.status, TS_RESULT_APPLIED);
}

static void tick(struct shop *s, const char *to) { shop_linef(s, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", to); }

/* Since when, "" when he is not in it. */
static const char *since(struct shop *s, uint64_t member, const char *segment)
{
    static _Thread_local char text[32];
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s->engine, member, &v, &s->error), TS_OK);
    struct ts_segment_state *in = ts_profile_segment(
        v.member.profiles[0], ts_names_find(ts_engine_names(s->engine), TS_SPACE_SEGMENT, ts_cstr(segment)));
    text[0] = '\0';
    if (in) ts_time_format(in->since, text);
    ts_member_view_close(&v);
    return text;
}

/* The shown effects of the last line, "name op name op ...", in order. */
static const char *story(struct shop *s)
{
    static _Thread_local char text[2000];
    struct ts_outcome o;
    struct ts_effect fx;
    size_t n = 0;
    text[0] = '\0';
    assert_true(ts_outcome_open(&o, (const uint8_t *)s->result.outcome.ptr, s->result.outcome.len));
    while (ts_outcome_next(&o, &fx)) {
        enum ts_space space = fx.op == TS_FX_TAG_ADD || fx.op == TS_FX_TAG_REMOVE            ? TS_SPACE_TAG
                              : fx.op == TS_FX_SEGMENT_ENTER || fx.op == TS_FX_SEGMENT_LEAVE ? TS_SPACE_SEGMENT
                                                                                             : TS_SPACE_TIERS;
        bool shown = space != TS_SPACE_TIERS || fx.op == TS_FX_TIER || fx.op == TS_FX_EMIT;
        struct ts_str name = fx.op == TS_FX_EMIT
                                 ? fx.text
                                 : ts_names_text(ts_engine_names(s->engine), space, fx.op == TS_FX_EMIT ? 0 : fx.name);
        if (shown)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s " TS_STR_FMT, n ? "; " : "",
                                  ts_effect_name((enum ts_effect_op)fx.op), TS_STR_ARG(name));
        assert_true(n < sizeof text);
    }
    return text;
}

static void test_entered_and_left_while_its_condition_holds(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "segment 'sleeping' { when = function(member) return not member:did('Order Completed', '7 days') "
                   "end }\n");
    order(&s, "u", "2026-03-10T04:00:00Z", "5");
    assert_string_equal(since(&s, 1, "sleeping"), "");
    tick(&s, "2026-03-16T23:59:59.999Z");
    assert_string_equal(since(&s, 1, "sleeping"), "");
    tick(&s, "2026-03-20T00:00:00Z");
    assert_string_equal(since(&s, 1, "sleeping"), "2026-03-17T00:00:00.000Z");
    order(&s, "u", "2026-03-20T04:00:00Z", "5");
    assert_string_equal(since(&s, 1, "sleeping"), "");
    shop_close(&s);
}

/* One event moves a tag, a tier and a segment; each sees the ones before it, each is moved once, and then the internal events come. */
static void test_after_tags_and_tiers_and_before_internal_events(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "segment 'all' { when = function(member) return member.tags['rich'] and member.tiers['club'].name == "
              "'Gold' end }\n"
              "segment 'most' { when = function(member) return member.segments['all'] end }\n"
              "tag 'rich' { when = function(member) return member:spend() >= money '100' end }\n"
              "tag 'knows' { when = function(member) return member.segments['all'] end }\n"
              "tiers 'club' { basis = { measure = 'spend', window = '12 months' }, { 'Base' }, { 'Gold', from = money "
              "'100' }, upgrade = 'at once' }\n"
              "rule 'hears' { on = { 'tier.upgraded', 'segment.entered', 'tag.added' }, act = function() end }\n");
    order(&s, "u", "2026-03-10T04:00:00Z", "100");
    assert_string_equal(
        story(&s), "tag.added rich; tier club; segment.entered all; segment.entered most; emit tag.added; "
                   "tag.added knows; emit tier.upgraded; emit segment.entered; emit segment.entered; emit tag.added");
    shop_close(&s);
}

static void test_earnings_read_the_segment_as_it_stood_before(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "points 'stars' {}\n"
                       "segment 'buyers' { when = function(member) return member:spend() > 0 end }\n"
                       "earn 'e' { on = 'Order Completed', points = 'stars', give = 10, when = function(member) return "
                       "member.segments['buyers'] end }\n");
    order(&s, "u", "2026-03-10T04:00:00Z", "5");
    assert_string_equal(since(&s, 1, "buyers"), "2026-03-10T04:00:00.000Z");
    assert_int_equal(shop_balance(&s, 1, "stars").available, 0);
    order(&s, "u", "2026-03-11T04:00:00Z", "5");
    assert_int_equal(shop_balance(&s, 1, "stars").available, 10);
    shop_close(&s);
}

static void test_a_join_unites_and_looks_again(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "segment 'any' { when = function(member) return member:spend() > 0 end }\n"
                       "segment 'small' { when = function(member) return member:spend() < money '100' end }\n");
    order(&s, "a", "2026-01-01T00:00:00Z", "60");
    order(&s, "b", "2026-01-02T00:00:00Z", "60");
    assert_string_equal(since(&s, 2, "small"), "2026-01-02T00:00:00.000Z");
    shop_line(&s, "{\"type\":\"alias\",\"previousId\":\"b\",\"userId\":\"a\",\"timestamp\":\"2026-01-03T00:00:00Z\"}");
    assert_int_equal(s.result.joins, 1);
    assert_string_equal(since(&s, 1, "any"), "2026-01-01T00:00:00.000Z");
    assert_string_equal(since(&s, 1, "small"), "");
    shop_close(&s);
}

/* Version 2 deletes what version 1 held; what was stamped or given by hand stays. */
static void test_what_is_no_longer_declared_is_taken_by_the_sweep(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'held' { when = function(member) return member:spend() > 0 end }\n"
                       "tag 'became a stamp' { when = function(member) return member:spend() > 0 end }\n"
                       "tag 'stamp' { on = 'Order Completed', keep = '10 years' }\n"
                       "segment 'any' { when = function(member) return member:spend() > 0 end }\n"
                       "rule 'told' { on = { 'tag.removed', 'segment.left' }, act = function() end }\n");
    order(&s, "u", "2026-01-01T00:00:00Z", "60");
    assert_true(shop_has_tag(&s, 1, "held"));
    shop_rules(&s, HEAD "segment 'nobody' { when = function(member) return member:spend() < 0 end }\n"
                        "tag 'became a stamp' { on = 'Order Completed', keep = '10 years' }\n"
                        "rule 'told' { on = { 'tag.removed', 'segment.left' }, act = function(member, event) "
                        "member:notify(event.name) end }\n");
    order(&s, "v", "2026-01-02T00:00:00Z", "60");
    assert_false(shop_has_tag(&s, 1, "held"));
    assert_false(shop_has_tag(&s, 1, "became a stamp"));
    assert_true(shop_has_tag(&s, 1, "stamp"));
    assert_string_equal(since(&s, 1, "any"), "");
    order(&s, "u", "2026-01-03T00:00:00Z", "60");
    assert_true(shop_has_tag(&s, 1, "became a stamp"));
    shop_rules(&s, HEAD); /* version 3: a stamp that is no longer declared is no condition's */
    tick(&s, "2026-01-04T00:00:00Z");
    assert_true(shop_has_tag(&s, 1, "became a stamp"));
    shop_close(&s);
}

/* Version 2 makes a condition of a tag that was stamped: it then ends with the condition and not at its time. */
static void test_a_condition_takes_over_a_stamped_tag(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'x' { on = 'Order Completed', keep = '10 days' }\n");
    order(&s, "u", "2026-01-01T00:00:00Z", "60");
    shop_rules(&s, HEAD "tag 'x' { when = function(member) return member:spend '30 days' > 0 end }\n");
    tick(&s, "2026-01-20T00:00:00Z");
    assert_true(shop_has_tag(&s, 1, "x"));
    tick(&s, "2026-01-31T00:00:00Z");
    assert_false(shop_has_tag(&s, 1, "x"));
    shop_close(&s);
}

/* The sweep after an activation happens where the clock stood, whatever moves it next. */
static void test_new_conditions_are_looked_at_when_the_rules_come(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    order(&s, "u", "2026-01-01T00:00:00Z", "60");
    shop_rules(&s, HEAD "segment 'quiet' { when = function(member) return member:spend '7 days' == 0 end }\nsegment "
                        "'known' { when = function() return true end }\n");
    tick(&s, "2026-03-01T00:00:00Z");
    assert_string_equal(since(&s, 1, "known"), "2026-01-01T00:00:00.000Z");
    assert_string_equal(since(&s, 1, "quiet"), "2026-01-08T00:00:00.000Z");
    shop_close(&s);
}

static void test_no_rule_gives_what_a_condition_holds(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD "tag 'x' { when = function(member) return member:spend() > 0 end }\n"
                       "rule 'r' { on = 'Order Completed', act = function(member, event) member:untag(event.name == "
                       "'Order Completed' and 'x' or 'y') end }\n");
    order(&s, "u", "2026-01-01T00:00:00Z", "60");
    assert_int_equal(s.result.rule_errors, 1);
    assert_true(shop_has_tag(&s, 1, "x"));
    shop_close(&s);
}

/* Rows give the state again without a rule, rules the rows; a member that a checkpoint kept is the same. */
static void test_rows_recover_and_replay(void **state)
{
    struct shop s;
    struct ts_buf a;
    TS_UNUSED(state);
    shop_open(&s,
              HEAD "segment 'sleeping' { when = function(member) return not member:did('Order Completed', '7 days') "
                   "end }\nsegment 'small' { when = function(member) return member:spend() < money '100' end }\n"
                   "tag 'woken' { when = function(member) return not member.segments['sleeping'] end }\n");
    order(&s, "a", "2026-01-01T00:00:00Z", "60");
    order(&s, "b", "2026-01-02T00:00:00Z", "60");
    tick(&s, "2026-01-20T00:00:00Z");
    shop_line(&s, "{\"type\":\"alias\",\"previousId\":\"b\",\"userId\":\"a\",\"timestamp\":\"2026-01-21T00:00:00Z\"}");
    order(&s, "b", "2026-01-22T00:00:00Z", "60");
    shop_rules(&s, HEAD "segment 'other' { when = function(member) return member:spend() > 0 end }\n");
    tick(&s, "2026-02-20T00:00:00Z");
    shop_retold(&s);
    shop_state(s.engine, &a);
    assert_non_null(
        strstr((char *)a.data, "\"segments\":[{\"name\":\"other\",\"since\":\"2026-01-22T00:00:00.000Z\"}]"));
    ts_buf_release(&a);
    shop_close(&s);
}

/* The nth allocation fails, at every n of every line: nothing has happened then, and the line goes through afterwards. The rows that came
 * of it recover to the same state. */
static void test_failing_allocations_roll_back(void **state)
{
    static const char *const lines[] = {
        "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"a\",\"timestamp\":\"2026-01-01T00:00:00Z\","
        "\"properties\":{\"revenue\":150}}",
        "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"b\",\"timestamp\":\"2026-01-02T00:00:00Z\","
        "\"properties\":{\"revenue\":20}}",
        "{\"type\":\"set_tier\",\"key\":\"k1\",\"member\":\"m2\",\"tiers\":\"club\",\"level\":\"Gold\",\"until\":"
        "\"2026-01-20T00:00:00Z\"}",
        "{\"type\":\"set_tag\",\"key\":\"k2\",\"member\":\"m2\",\"tag\":\"vip\",\"until\":\"2026-01-05T00:00:00Z\"}",
        "{\"type\":\"tick\",\"timestamp\":\"2026-01-10T00:00:00Z\"}",
        "{\"type\":\"alias\",\"previousId\":\"b\",\"userId\":\"a\",\"timestamp\":\"2026-01-11T00:00:00Z\"}",
        "{\"type\":\"tick\",\"timestamp\":\"2026-03-02T00:00:00Z\"}"};
    struct shop s, again;
    struct ts_buf before, after;
    unsigned failures = 0;
    TS_UNUSED(state);
    shop_open(&s, HEAD
              "measure 'orders' { on = 'Order Completed' }\ntag 'vip' { class = 'life' }\n"
              "segment 'sleeping' { when = function(member) return not member:did('Order Completed', '7 days') end }\n"
              "segment 'gold' { when = function(member) return member.tiers.club.name == 'Gold' end }\n"
              "tag 'awake' { when = function(member) return not member.segments.sleeping end }\n"
              "tiers 'club' { basis = { { measure = 'spend', window = '1 month' }, { measure = 'orders', window = "
              "'1 month' } },\n  { 'Base' }, { 'Gold', from = { money '100', 5 } }, downgrade = { review = 'monthly' "
              "} }\n");
    for (size_t i = 0; i < TS_ARRAY_LEN(lines); i++) {
        struct ts_input in = {.line = ts_cstr(lines[i]), .mapping = TS_STR(""), .arrival = INT64_C(1790000000000)};
        enum ts_code code = TS_E_MEMORY;
        for (int64_t n = 0; code != TS_OK; n += 1 + n / 16) { /* Lua allocates the most: not at every n further on */
            uint64_t record = ts_engine_record(s.engine);
            shop_state(s.engine, &before);
            ts_alloc_fail_after(n);
            code = ts_engine_submit(s.engine, &in, &s.result, &s.error);
            ts_alloc_fail_after(-1);
            if (code != TS_OK) {
                failures++;
                assert_true(code == TS_E_MEMORY || code == TS_E_DISK);
                shop_state(s.engine, &after);
                if (ts_engine_record(s.engine) == record) assert_string_equal((char *)before.data, (char *)after.data);
                ts_buf_release(&after);
            }
            ts_buf_release(&before);
        }
    }
    print_message("%u failures\n", failures);
    assert_true(failures > 20);
    shop_open(&again, NULL);
    for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s.memory, i);
        uint64_t digest;
        assert_int_equal(ts_engine_recover_row(again.engine, row, &digest, &again.error), TS_OK);
        assert_int_equal(digest, row->digest);
    }
    shop_close(&again);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entered_and_left_while_its_condition_holds),
        cmocka_unit_test(test_after_tags_and_tiers_and_before_internal_events),
        cmocka_unit_test(test_earnings_read_the_segment_as_it_stood_before),
        cmocka_unit_test(test_a_join_unites_and_looks_again),
        cmocka_unit_test(test_what_is_no_longer_declared_is_taken_by_the_sweep),
        cmocka_unit_test(test_a_condition_takes_over_a_stamped_tag),
        cmocka_unit_test(test_new_conditions_are_looked_at_when_the_rules_come),
        cmocka_unit_test(test_no_rule_gives_what_a_condition_holds),
        cmocka_unit_test(test_rows_recover_and_replay),
        cmocka_unit_test(test_failing_allocations_roll_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
