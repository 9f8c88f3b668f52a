/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the store share: a folder of their own, a small programme, and lines that a shop would send: orders,
 * page views, identifies that join members, redemptions, adjustments, resends and broken lines, all from one seed. */
#ifndef TS_TEST_STORE_SHOP_H
#define TS_TEST_STORE_SHOP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../seed.h"
#include "store/store.h"

static const char shop_rules[] =
    "program { name = 'Shop', timezone = 'Asia/Shanghai', currency = 'CNY', unknown_events = 'accept' }\n"
    "event 'Order Completed' { order_id = { 'text', required = true }, revenue = { 'money', required = true } }\n"
    "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', amount = 'revenue' }\n"
    "measure 'orders' { on = 'Order Completed' }\n"
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"
    "trait 'city' { class = 'life', type = 'text' }\n"
    "tag 'big spender' { when = function(member) return member:spend('90 days') >= money '1000' end }\n"
    "tag 'came by' { on = 'Page Viewed', keep = '7 days' }\n"
    "tiers 'club' { basis = { measure = 'spend', window = '12 months' }, { 'Member', rate = 1.0 },\n"
    "  { 'Gold', from = money '2000', rate = 1.5 }, upgrade = 'at once' }\n"
    "points 'stars' { pending = '3 days', expire = { after = '2 months', at = 'month end' } }\n"
    "earn 'stars on purchases' { on = 'Order Completed', once_per = 'order_id', points = 'stars', give = 1,\n"
    "  per = money '1', of = 'revenue', times = 'rate', at_most = { 700, per = 'day' } }\n"
    "points 'coins' {}\n"
    "earn 'coins on views' { on = 'Page Viewed', points = 'coins', give = 1, at_most = { 3, per = 'day' } }\n"
    "rule 'odd' { on = 'Page Viewed', act = function(member, event) if event.properties.bad then error('bad page') end "
    "end }\n";

struct shop {
    char dir[64];
    struct ts_rng rng;
    uint64_t n;            /* lines made */
    uint64_t buyer, order; /* of the last order */
    ts_ms clock;
    char *last[64]; /* the latest lines, for resends */
    char line[1024];
};

static inline void shop_open(struct shop *s, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "/tmp/ts-store-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    s->rng.state = seed;
    s->clock = INT64_C(1767225600000); /* 2026-01-01 */
}

static inline void shop_remove(const char *dir)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static inline void shop_close(struct shop *s)
{
    shop_remove(s->dir);
    for (size_t i = 0; i < TS_ARRAY_LEN(s->last); i++)
        free(s->last[i]);
}

/* The next line; times go forward, now and then by days. */
static inline struct ts_str shop_line(struct shop *s)
{
    struct ts_rng *r = &s->rng;
    const uint64_t what = ts_rng_below(r, 100), user = ts_rng_below(r, 40), n = ++s->n;
    char at[32];
    s->clock += (ts_ms)ts_rng_below(r, 600000) + (ts_rng_below(r, 50) == 0 ? TS_DAY_MS : 0);
    ts_time_format(s->clock - (ts_ms)(ts_rng_below(r, 10) == 0 ? TS_DAY_MS : 0), at);
    char *line = s->line;
    const size_t cap = sizeof s->line;
    if (what < 3 && s->last[n % 64]) {
        snprintf(line, cap, "%s", s->last[n % 64]);
    } else if (what < 5) {
        snprintf(line, cap, "{\"type\":\"track\",\"event\":%llu", (unsigned long long)n);
    } else if (what < 9) {
        snprintf(line, cap,
                 "{\"type\":\"track\",\"event\":\"Order Refunded\",\"userId\":\"u%llu\",\"timestamp\":\"%s\","
                 "\"properties\":{\"order_id\":\"o%llu\",\"revenue\":%llu.%02llu}}",
                 (unsigned long long)s->buyer, at, (unsigned long long)s->order,
                 (unsigned long long)ts_rng_below(r, 400), (unsigned long long)ts_rng_below(r, 100));
    } else if (what < 45) {
        s->buyer = user;
        s->order = n / 2;
        snprintf(line, cap,
                 "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"msg-%llu-abcdefghijklmnopqrstuv\","
                 "\"userId\":\"u%llu\",\"timestamp\":\"%s\",\"properties\":{\"order_id\":\"o%llu\",\"revenue\":%llu.%"
                 "02llu}}",
                 (unsigned long long)n, (unsigned long long)user, at, (unsigned long long)(n / 2),
                 (unsigned long long)ts_rng_below(r, 400), (unsigned long long)ts_rng_below(r, 100));
    } else if (what < 75) {
        snprintf(line, cap,
                 "{\"type\":\"page\",\"messageId\":\"pg-%llu\",\"anonymousId\":\"a%llu\",\"timestamp\":\"%s\","
                 "\"properties\":{\"bad\":%s}}",
                 (unsigned long long)n, (unsigned long long)ts_rng_below(r, 60), at,
                 ts_rng_below(r, 20) == 0 ? "true" : "false");
    } else if (what < 90) {
        snprintf(line, cap,
                 "{\"type\":\"identify\",\"userId\":\"u%llu\",\"anonymousId\":\"a%llu\",\"timestamp\":\"%s\","
                 "\"traits\":{\"city\":\"c%llu\",\"email\":\"e%llu@shop.test\"}}",
                 (unsigned long long)user, (unsigned long long)ts_rng_below(r, 60), at,
                 (unsigned long long)ts_rng_below(r, 5), (unsigned long long)ts_rng_below(r, 60));
    } else if (what < 95) {
        snprintf(
            line, cap,
            "{\"type\":\"redeem\",\"key\":\"k%llu\",\"member\":\"user_id:u%llu\",\"points\":\"stars\",\"amount\":%llu,"
            "\"timestamp\":\"%s\"}",
            (unsigned long long)n, (unsigned long long)user, (unsigned long long)ts_rng_below(r, 300) + 1, at);
    } else {
        snprintf(
            line, cap,
            "{\"type\":\"adjust\",\"key\":\"k%llu\",\"member\":\"user_id:u%llu\",\"points\":\"stars\",\"amount\":%lld,"
            "\"reason\":\"goodwill\",\"timestamp\":\"%s\"}",
            (unsigned long long)n, (unsigned long long)user, (long long)ts_rng_below(r, 200) - 60, at);
    }
    char **slot = &s->last[n % 64];
    free(*slot);
    *slot = strdup(line);
    return ts_cstr(line);
}

static inline void check_ok(enum ts_code code, const struct ts_error *err)
{
    if (code != TS_OK) print_error("%s: %s %s\n", ts_code_name(code), err->text, err->where);
    assert_int_equal(code, TS_OK);
}

static inline struct ts_store *shop_store(const char *dir, enum ts_store_mode mode, struct ts_store_info *info)
{
    struct ts_store_options options = {.mode = mode};
    options.engine.rules.count_from_start = true;
    struct ts_store *store = NULL;
    struct ts_error err = {0};
    check_ok(ts_store_open(dir, &options, &store, info, &err), &err);
    return store;
}

static inline void shop_activate(struct ts_store *store, const char *text)
{
    struct ts_source file = {TS_STR("shop.lua"), ts_cstr(text)};
    struct ts_sources sources = {.at = &file, .n = 1};
    struct ts_problems problems = {0};
    struct ts_error err = {0};
    uint64_t record = 0;
    enum ts_code code = ts_engine_activate(ts_store_engine(store), &sources, 1, &problems, &record, &err);
    ts_problems_release(&problems);
    check_ok(code, &err);
}

static inline enum ts_result_status shop_send(struct ts_store *store, struct ts_str line, uint64_t number)
{
    struct ts_input in = {.line = line,
                          .file = TS_STR("shop.ndjson"),
                          .number = number,
                          .mapping = TS_STR(""),
                          .arrival = INT64_C(1790000000000)};
    struct ts_result result;
    struct ts_error err = {0};
    check_ok(ts_engine_submit(ts_store_engine(store), &in, &result, &err), &err);
    check_ok(ts_store_breathe(store, &err), &err);
    return result.status;
}

static inline void shop_run(struct shop *s, struct ts_store *store, int lines)
{
    for (int i = 0; i < lines; i++)
        shop_send(store, shop_line(s), s->n);
}

/* The canonical state of everybody, as one hash. */
static inline void shop_state(struct ts_store *store, char hex[65])
{
    struct ts_engine *e = ts_store_engine(store);
    struct ts_buf b;
    uint8_t digest[32];
    ts_buf_init(&b, 0);
    for (uint64_t m = 1; m <= ts_members_count(ts_engine_members(e)); m++) {
        if (ts_members_living(ts_engine_members(e), m) != m) continue;
        assert_true(ts_engine_state_line(e, m, &b));
        ts_buf_byte(&b, '\n');
    }
    ts_buf_add(&b, ts_engine_ledger(e)->head, 32);
    ts_sha256(b.data, b.len, digest);
    ts_sha256_hex(digest, hex);
    ts_buf_release(&b);
}

static inline void shop_end(struct ts_store *store)
{
    struct ts_error err = {0};
    check_ok(ts_store_close(store, &err), &err);
}

#endif
