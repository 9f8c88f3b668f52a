/* SPDX-License-Identifier: Apache-2.0 */
/* State is a function of the journal; outcomes are a function of state, payload and rules. A random history with joins, late events, orders,
 * commands, reviews and expiries is applied once, then recovered from its rows, from a checkpoint and its tail, and replayed under other
 * hash seeds and collector settings: everything must agree, digest by digest and outcome by outcome. */
#include "../seed.h"
#include "shop.h"

static const char rules[] =
    "program { name = 'Test', timezone = 'Europe/London', currency = 'GBP', late = '5 days' }\n"
    "identifier 'user_id' { strong = true, per_member = 2 }\n"
    "identifier 'email' { strong = true, per_member = 3, normalize = 'email' }\n"
    "identifier 'anonymous_id' {}\n"
    "event 'Order Completed' { order_id = { 'text', required = true }, revenue = { 'money', required = true },\n"
    "  products = { 'list', of = { sku = 'text', category = 'text', price = 'money', quantity = 'integer' } } }\n"
    "event 'Product Shared' {}\n"
    "event 'Ping' {}\n"
    "event 'Nobody' {}\n"
    "event 'Surprise' { size = 'integer' }\n"
    "trait 'city' { class = 'life', type = 'text' }\ntrait 'moved' { class = 'life', type = 'text' }\n"
    "event 'Order Refunded' { order_id = 'text', revenue = 'money', products = { 'list', of = { sku = 'text', quantity "
    "= "
    "'integer' } } }\n"
    "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', amount = 'revenue', lines = 'products', line = "
    "'sku' }\n"
    "measure 'orders' { on = 'Order Completed' }\n"
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"
    "measure 'shares' { on = 'Product Shared' }\n"
    "measure 'bought' { on = 'Order Completed', each = 'products', by = 'category', sum = 'quantity' }\n"
    "measure 'surprises' { on = 'Surprise', sum = 'size' }\n"
    "tag 'big spender' { when = function(member) return member:spend '90 days' > money '300' end }\n"
    "tag 'active' { when = function(member) return member:did('Ping', '7 days') end }\n"
    "tag 'lens' { when = function(member) return member:bought 'lens' and not member:bought 'solution' end }\n"
    "tag 'silver and active' { when = function(member) return member.tiers['club'].name == 'Silver' and "
    "member.tags['active'] == true end }\n"
    "tag 'pinged' { on = 'Nobody', keep = '1 day' }\n"
    "tag 'friend' { class = 'life' }\n"
    "segment 'sleeping' { when = function(member) return not member:did('Ping', '10 days') end }\n"
    "segment 'asleep and silver' { when = function(member) return member.segments['sleeping'] and\n"
    "  member.tiers['status'].name ~= 'Blue' and not member.tags['friend'] end }\n"
    "tag 'awake' { when = function(member) return not member.segments['sleeping'] end }\n"
    "tiers 'status' { basis = { { measure = 'orders', window = 'calendar year' }, { points = 'gems', window = "
    "'calendar "
    "year' } },\n"
    "  { 'Blue' }, { 'Silver', from = { 4, 30 } }, { 'Gold', from = { 9, false } },\n"
    "  downgrade = { review = 'quarterly', window = 'last calendar quarter', steps = 1 } }\n"
    "tag 'shared lately' { on = 'Product Shared', keep = '10 days' }\n"
    "score 'activity' { half_life = '30 days', at_most = { 5, per = 'day' }, events = { Ping = 1, ['Order Completed'] "
    "= 3 } }\n"
    "score 'fit' { traits = { city = { London = 10, Leeds = 4 } } }\n"
    "tiers 'club' { basis = { measure = 'spend', window = '6 months' }, { 'Base', rate = 1.0 },\n"
    "  { 'Silver', from = money '200', rate = 1.2 }, { 'Gold', from = money '500', rate = 1.5 },\n"
    "  upgrade = 'at once', downgrade = { review = 'monthly', grace = '10 days', notice = '10 days', steps = 1 } }\n"
    "points 'stars' { pending = '3 days', expire = { after = '2 months', at = 'month end', notice = { '20 days', '1 "
    "day' "
    "},\n"
    "  extended_by = 'Product Shared', at_latest = '4 months' } }\n"
    "points 'gems' {}\n"
    "earn 'stars on orders' { on = 'Order Completed', once_per = 'order_id', points = 'stars', give = 1, per = money "
    "'1',\n"
    "  of = 'revenue', times = { rate = 'club' }, at_most = { 200, per = 'day' } }\n"
    "earn 'gems on sharing' { on = 'Product Shared', points = 'gems', amount = function(member, event) return 3 + "
    "member:shares() end,\n"
    "  at_most = { 40, per = '7 days' } }\n"
    "bonus 'mondays' { of = 'stars on orders', times = 1.5, during = { days = { 'Monday' } } }\n"
    "rule 'surprise' { on = { 'tier.upgraded', 'tier.downgraded' }, act = function(member, event)\n"
    "  member:emit('Surprise', { size = 2 }); member:set('moved', event.to); member:add('activity', 1) end }\n"
    "rule 'sometimes wrong' { on = 'Ping', act = function(member, event)\n"
    "  if member:surprises() > 3 then local x = nil; return x.y end; member:tag('pinged', '20 days') end }\n";

static void random_line(struct ts_rng *r, ts_ms *clock, uint64_t i, struct ts_buf *b)
{
    static const char *const categories[] = {"lens", "solution", "coffee"}, *const cities[] = {"London", "Leeds",
                                                                                               "York"};
    char when[32];
    uint64_t who = ts_rng_below(r, 60);
    *clock += (ts_ms)ts_rng_below(r, ts_rng_below(r, 50) == 0 ? 8 * TS_DAY_MS : TS_DAY_MS / 6);
    ts_ms at = *clock - (ts_rng_below(r, 20) == 0 ? (ts_ms)ts_rng_below(r, 9 * TS_DAY_MS) : 0);
    ts_time_format(at, when);
    ts_buf_clear(b);
    uint64_t kind = ts_rng_below(r, 100);
    if (kind >= 95 && ts_rng_below(r, 4) == 0) {
        ts_buf_addf(b, "{\"key\":\"k%llu\",\"member\":\"user_id:u%llu\",\"timestamp\":\"%s\"",
                    (unsigned long long)ts_rng_below(r, i + 1), (unsigned long long)who, when);
        if (ts_rng_below(r, 2))
            ts_buf_addf(b, ",\"type\":\"set_tag\",\"tag\":\"%s\"", ts_rng_below(r, 6) ? "friend" : "awake");
        else
            ts_buf_addf(b, ",\"type\":\"set_tier\",\"tiers\":\"%s\",\"level\":\"Silver\"",
                        ts_rng_below(r, 2) ? "status" : "club");
        if (ts_rng_below(r, 2)) {
            ts_time_format(*clock + (ts_ms)ts_rng_below(r, 60 * TS_DAY_MS) - TS_DAY_MS, when);
            ts_buf_addf(b, ",\"until\":\"%s\"", when);
        }
        ts_buf_byte(b, '}');
        return;
    }
    if (kind >= 96) {
        ts_buf_addf(b,
                    "{\"type\":\"%s\",\"key\":\"k%llu\",\"member\":\"user_id:u%llu\",\"points\":\"%s\",\"amount\":%llu,"
                    "\"timestamp\":\"%s\"}",
                    kind >= 98 ? "redeem" : "adjust", (unsigned long long)ts_rng_below(r, i + 1),
                    (unsigned long long)who, ts_rng_below(r, 2) ? "stars" : "gems",
                    (unsigned long long)(1 + ts_rng_below(r, 60)), when);
        return;
    }
    ts_buf_addf(b, "{\"messageId\":\"m%llu\",\"timestamp\":\"%s\"",
                (unsigned long long)(ts_rng_below(r, 30) ? i : i / 2), when);
    if (ts_rng_below(r, 3)) ts_buf_addf(b, ",\"userId\":\"u%llu\"", (unsigned long long)who);
    ts_buf_addf(b, ",\"anonymousId\":\"a%llu\"", (unsigned long long)(who + ts_rng_below(r, 3) * 100));
    if (ts_rng_below(r, 6) == 0)
        ts_buf_addf(b, ",\"context\":{\"traits\":{\"email\":\"E%llu@Example.com\"}}",
                    (unsigned long long)(who / (1 + ts_rng_below(r, 2))));
    uint64_t order = who * 1000 + i / 40; /* so that refunds find some of their orders, and some orders come twice */
    if (kind < 7) {
        ts_buf_addf(b, ",\"type\":\"track\",\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"o%llu\"",
                    (unsigned long long)(order - ts_rng_below(r, 2)));
        if (ts_rng_below(r, 3)) ts_buf_addf(b, ",\"revenue\":%llu.5", (unsigned long long)ts_rng_below(r, 100));
        if (ts_rng_below(r, 3) == 0) ts_buf_adds(b, ",\"products\":[{\"sku\":\"s\",\"quantity\":1}]");
        ts_buf_adds(b, "}}");
    } else if (kind < 40) {
        uint64_t cents = 100 + ts_rng_below(r, 20000);
        ts_buf_addf(b,
                    ",\"type\":\"track\",\"event\":\"Order "
                    "Completed\",\"properties\":{\"order_id\":\"o%llu\",\"revenue\":%llu.%02llu,\"products\":"
                    "[{\"sku\":\"s\",\"category\":\"%s\",\"quantity\":%llu}]}}",
                    (unsigned long long)order, (unsigned long long)cents / 100, (unsigned long long)cents % 100,
                    categories[ts_rng_below(r, 3)], (unsigned long long)(1 + ts_rng_below(r, 3)));
    } else if (kind < 60) {
        ts_buf_adds(b, ",\"type\":\"track\",\"event\":\"Product Shared\",\"properties\":{}}");
    } else if (kind < 85) {
        ts_buf_adds(b, ",\"type\":\"track\",\"event\":\"Ping\"}");
    } else if (kind < 90) {
        ts_buf_addf(b, ",\"type\":\"identify\",\"traits\":{\"city\":\"%s\"}}", cities[ts_rng_below(r, 3)]);
    } else if (kind < 92) {
        ts_buf_addf(b, ",\"type\":\"alias\",\"previousId\":\"u%llu\"}", (unsigned long long)ts_rng_below(r, 60));
    } else if (kind < 94) {
        ts_buf_addf(b, ",\"type\":\"group\",\"groupId\":\"g%llu\"}", (unsigned long long)ts_rng_below(r, 5));
    } else {
        ts_buf_adds(b, ",\"type\":\"track\",\"event\":\"Nobody Knows\"}");
    }
}

static void history(struct shop *s, uint64_t seed, uint64_t n, uint64_t counts[8])
{
    struct ts_rng r = {seed};
    struct ts_buf b;
    ts_ms clock = INT64_C(1735689600000);
    ts_buf_init(&b, 0);
    memset(counts, 0, 8 * sizeof *counts);
    for (uint64_t i = 1; i <= n; i++) {
        random_line(&r, &clock, i, &b);
        struct ts_result *x = shop_line(s, ts_buf_cstr(&b));
        counts[x->status]++;
        counts[5] += x->joins;
        counts[6] += x->rule_errors;
        if (i == n / 2) { /* a change of rules in the middle: everybody is looked at again */
            ts_buf_clear(&b);
            ts_buf_adds(&b, rules);
            ts_buf_adds(&b, "tag 'two orders' { when = function(member) return member:orders() >= 2 end }\n");
            shop_rules(s, ts_buf_cstr(&b));
        }
    }
    ts_buf_release(&b);
}

static void same_state(struct ts_engine *a, struct ts_engine *b, const char *what)
{
    struct ts_buf x, y;
    shop_state(a, &x);
    shop_state(b, &y);
    if (x.len != y.len || memcmp(x.data, y.data, x.len) != 0) {
        size_t i = 0;
        while (i < x.len && i < y.len && x.data[i] == y.data[i])
            i++;
        fail_msg("%s: states differ at byte %zu:\n%.200s\n%.200s", what, i, (char *)x.data + (i > 100 ? i - 100 : 0),
                 (char *)y.data + (i > 100 ? i - 100 : 0));
    }
    ts_buf_release(&x);
    ts_buf_release(&y);
    assert_memory_equal(ts_engine_ledger(a)->head, ts_engine_ledger(b)->head, 32);
    assert_int_equal(ts_engine_clock(a), ts_engine_clock(b));
    assert_int_equal(ts_engine_record(a), ts_engine_record(b));
}

static void recover_from(struct shop *s, struct ts_engine *e, uint64_t after)
{
    for (uint64_t i = after; i < ts_memory_host_rows(s->memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s->memory, i);
        uint64_t digest = 0;
        struct ts_error err = {0};
        if (ts_engine_recover_row(e, row, &digest, &err) != TS_OK) fail_msg("%s", err.text);
        if (digest != row->digest)
            fail_msg("record %llu (kind %d): digest differs", (unsigned long long)row->record, row->kind);
    }
}

static void test_recovery_equals(void **state)
{
    struct shop s, fresh;
    uint64_t counts[8];
    TS_UNUSED(state);
    shop_open(&s, rules);
    history(&s, test_seed(20260115), 6000, counts);
    print_message("applied %llu duplicates %llu quarantined %llu refused %llu replayed %llu joins %llu rule errors "
                  "%llu rows %llu\n",
                  (unsigned long long)counts[0], (unsigned long long)counts[1], (unsigned long long)counts[2],
                  (unsigned long long)counts[3], (unsigned long long)counts[4], (unsigned long long)counts[5],
                  (unsigned long long)counts[6], (unsigned long long)ts_memory_host_rows(s.memory));
    for (int i = 0; i < 7; i++)
        if (i != 4) assert_true(counts[i] > 0); /* the history has everything in it */
    shop_open_seed(&fresh, NULL, 99, 0);
    recover_from(&s, fresh.engine, 0);
    same_state(s.engine, fresh.engine, "recovery from the journal");
    shop_close(&fresh);
    shop_close(&s);
}

static void test_replay_equals(void **state)
{
    struct shop s, fresh;
    uint64_t counts[8];
    TS_UNUSED(state);
    shop_open(&s, rules);
    history(&s, test_seed(20260115), 3000, counts);
    for (uint32_t gc = 0; gc < 3; gc++) {
        shop_open_seed(&fresh, NULL, 1000 + gc, gc);
        for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++) {
            const struct ts_row *row = ts_memory_host_row(s.memory, i);
            struct ts_str outcome;
            uint64_t digest;
            if (ts_engine_replay_row(fresh.engine, row, NULL, &outcome, &digest, &fresh.error) != TS_OK)
                fail_msg("%s", fresh.error.text);
            if (!ts_str_eq(outcome, row->outcome) || digest != row->digest)
                fail_msg("record %llu (kind %d), collector %u: the outcome differs", (unsigned long long)row->record,
                         row->kind, gc);
        }
        same_state(s.engine, fresh.engine, "replay");
        shop_close(&fresh);
    }
    shop_close(&s);
}

/* Take a cut in the middle, go on, load the cut into a new engine and apply the tail. */
static void load_cut(struct ts_engine *e, struct ts_engine *from, const struct ts_cut *cut, const char *sources_text)
{
    struct ts_error err = {0};
    struct ts_sources sources;
    for (uint32_t i = cut->names_from; i < cut->names_to; i++) {
        enum ts_space space;
        struct ts_str text;
        ts_names_at(ts_engine_names(from), i, &space, &text);
        assert_int_equal(ts_engine_load_name(e, space, text, &err), TS_OK);
    }
    for (uint32_t i = cut->idents_from + 1; i <= cut->idents_to; i++) {
        uint32_t kind;
        struct ts_str value;
        uint64_t profile;
        ts_idents_get(ts_engine_idents(from), i, &kind, &value, &profile);
        assert_int_equal(ts_engine_load_ident(e, kind, value, profile, &err), TS_OK);
    }
    for (size_t i = 0; i < cut->n_images; i++)
        if (ts_engine_load_image(e, cut->images[i].number, cut->images[i].data, cut->images[i].len, &err) != TS_OK)
            fail_msg("%s", err.text);
    shop_sources(sources_text, &sources);
    if (ts_engine_load_meta(e, cut->meta, &sources, &err) != TS_OK) fail_msg("%s", err.text);
    ts_sources_release(&sources);
}

static void test_checkpoint_equals(void **state)
{
    struct shop s, fresh;
    struct ts_cut cut;
    struct ts_rng r = {test_seed(20260115) + 5};
    struct ts_buf b;
    ts_ms clock = INT64_C(1735689600000);
    TS_UNUSED(state);
    ts_buf_init(&b, 0);
    shop_open(&s, rules);
    shop_open_seed(&fresh, NULL, 77, 0);
    for (uint64_t i = 1; i <= 4000; i++) {
        random_line(&r, &clock, i, &b);
        shop_line(&s, ts_buf_cstr(&b));
        if (i == 2000) {
            assert_int_equal(ts_engine_cut(s.engine, &cut, &s.error), TS_OK);
            load_cut(fresh.engine, s.engine, &cut, rules);
            same_state(s.engine, fresh.engine, "a loaded checkpoint");
        }
    }
    for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++) { /* the cold state up to there is the host's */
        struct ts_outcome o;
        struct ts_effect fx;
        const struct ts_row *row = ts_memory_host_row(s.memory, i);
        if (row->record > cut.record) break;
        assert_true(ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len));
        while (ts_outcome_next(&o, &fx))
            if (fx.op == TS_FX_ONCE) fresh.host.cold_put(fresh.host.arg, fx.text, TS_STR("1"));
    }
    recover_from(&s, fresh.engine, cut.record);
    same_state(s.engine, fresh.engine, "a checkpoint and its tail");
    ts_engine_release(s.engine, &cut);
    ts_buf_release(&b);
    shop_close(&fresh);
    shop_close(&s);
}

/* A preview leaves no trace: the state before and after is the same, byte for byte, and so is what follows. */
static void test_preview_leaves_no_trace(void **state)
{
    struct shop s, twin;
    struct ts_rng r = {test_seed(20260115) + 9};
    struct ts_buf b;
    ts_ms clock = INT64_C(1735689600000);
    TS_UNUSED(state);
    ts_buf_init(&b, 0);
    shop_open(&s, rules);
    shop_open(&twin, rules);
    for (uint64_t i = 1; i <= 1500; i++) {
        struct ts_rng again = r;
        ts_ms then = clock;
        random_line(&r, &clock, i, &b);
        struct ts_input in = {.line = ts_str((char *)b.data, b.len),
                              .mapping = TS_STR(""),
                              .equal_before = i + 1,
                              .arrival = INT64_C(1790000000000)};
        if (ts_engine_preview(s.engine, &in, &s.result, &s.error) != TS_OK) fail_msg("%s", s.error.text);
        random_line(&again, &then, i, &b);
        shop_line(&s, ts_buf_cstr(&b));
        shop_line(&twin, ts_buf_cstr(&b));
    }
    same_state(s.engine, twin.engine, "previews between the records");
    assert_int_equal(ts_memory_host_rows(s.memory), ts_memory_host_rows(twin.memory));
    for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++)
        assert_int_equal(ts_memory_host_row(s.memory, i)->digest, ts_memory_host_row(twin.memory, i)->digest);
    ts_buf_release(&b);
    shop_close(&twin);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recovery_equals),
        cmocka_unit_test(test_replay_equals),
        cmocka_unit_test(test_checkpoint_equals),
        cmocka_unit_test(test_preview_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
