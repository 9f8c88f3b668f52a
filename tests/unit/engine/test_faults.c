/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out at the nth allocation, and stored bytes that are damaged: a call fails cleanly or does all of its work, a damaged row or
 * image is refused or gives another digest, and nothing crashes or hangs. */
#include "../seed.h"
#include "shop.h"

static const char rules[] =
    "program { name = 'T', timezone = 'Europe/London', currency = 'GBP' }\n"
    "identifier 'user_id' { strong = true }\nidentifier 'email' { strong = true, per_member = 2, normalize = 'email' "
    "}\n"
    "identifier 'anonymous_id' {}\n"
    "event 'Order Completed' { order_id = 'text', revenue = { 'money', required = true },\n"
    "  products = { 'list', of = { sku = 'text', n = 'integer' } } }\nevent 'Ping' { staff = 'text' }\n"
    "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', amount = 'revenue' }\n"
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\nmeasure 'pings' { on = 'Ping' }\n"
    "trait 'note' { type = 'text' }\n"
    "tag 'rich' { when = function(member) return member:spend '30 days' > money '15' end }\n"
    "tag 'pinged' { on = 'Ping', keep = '3 days' }\ntag 'given' { class = 'life' }\n"
    "score 'activity' { half_life = '10 days', at_most = { 3, per = 'day' }, events = { Ping = 1 } }\n"
    "points 'stars' { pending = '2 days', expire = { after = '1 month', at = 'month end',\n"
    "  notice = '9 days', extended_by = 'Ping', at_latest = '3 months' } }\npoints 'gems' {}\n"
    "tiers 'club' { basis = { measure = 'spend', window = '2 months' }, { 'Base' }, { 'Silver', from = money '20', "
    "rate = 1.5 },\n"
    "  upgrade = 'at once', downgrade = { review = 'monthly', grace = '10 days', notice = '10 days' } }\n"
    "earn 'e' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue', times = 'rate',\n"
    "  once_per = 'order_id', at_most = { 500, per = '7 days' } }\n"
    "earn 'g' { on = 'Ping', points = 'gems', amount = function(member) return 1 + member:pings() end }\n"
    "rule 'r' { on = { 'tag.added', 'points.expired', 'tier.upgraded' }, act = function(member, event)\n"
    "  member:tag('given', '5 days') member:set('note', event.name) member:add('activity', 0.5) end }\n"
    "points 'miles' { spendable = false, expire = { after = '9 days', at = 'day end', notice = '2 days', extended_by = "
    "'Ping',\n"
    "  at_latest = '20 days' } }\n"
    "earn 'm' { on = 'Order Completed', points = 'miles', each = 'products', give = 3, of = 'n', where = { sku = { "
    "'a', 'b' } "
    "} }\n"
    "bonus 'b' { of = 'm', times = 2, where = { sku = 'a' } }\n"
    "milestone 'second' { every = 2, of = 'pings', give = { points = 'gems', amount = 5, tag = 'given', keep = '2 "
    "days', "
    "notify = 'hello' } }\n"
    "attribution 'staff' { to = 'staff', touches = 'Ping', credit = 'Order Completed', model = 'even', within = '9 "
    "days', "
    "of = 'revenue' }\n"
    "segment 'quiet' { when = function(member) return not member:did('Ping', '2 days') end }\n"
    "rule 's' { on = { 'segment.entered', 'milestone.reached', 'points.expiring' }, act = function(member, event)\n"
    "  member:set('note', event.name) end }\n"
    "rule 'wrong' { on = 'Ping', act = function(member) if member:pings() % 7 == 6 then error 'no' end end }\n";

/* A line of a random history; the clock goes in days, so that every few lines timers of many are due. */
static void random_line(struct ts_rng *r, uint64_t i, char line[600])
{
    char at[32];
    ts_time_format(INT64_C(1767225600000) + (ts_ms)i * TS_DAY_MS / 4, at);
    uint64_t who = ts_rng_below(r, 9), kind = ts_rng_below(r, 11);
    if (kind == 0)
        snprintf(line, 600,
                 "{\"type\":\"redeem\",\"key\":\"k%llu\",\"member\":\"user_id:u%llu\",\"points\":\"stars\",\"amount\":"
                 "3,\"timestamp\":\"%s\"}",
                 (unsigned long long)i, (unsigned long long)who, at);
    else if (kind == 1)
        snprintf(line, 600, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", at);
    else if (kind == 2)
        snprintf(line, 600,
                 "{\"type\":\"identify\",\"messageId\":\"m%llu\",\"anonymousId\":\"a%llu\",\"userId\":\"u%llu\","
                 "\"traits\":{\"email\":\"e%llu@x.com\",\"city\":\"c%llu\"},\"timestamp\":\"%s\"}",
                 (unsigned long long)i, (unsigned long long)ts_rng_below(r, 12), (unsigned long long)who,
                 (unsigned long long)ts_rng_below(r, 9), (unsigned long long)i, at);
    else if (kind == 3 && i > 2)
        snprintf(line, 600,
                 "{\"type\":\"track\",\"event\":\"Order Refunded\",\"messageId\":\"m%llu\",\"userId\":\"u%llu\","
                 "\"timestamp\":\"%s\",\"properties\":{\"order_id\":\"o%llu\",\"revenue\":%llu}}",
                 (unsigned long long)i, (unsigned long long)who, at, (unsigned long long)(who * 100 + i / 16),
                 (unsigned long long)(1 + ts_rng_below(r, 30)));
    else if (kind == 10)
        snprintf(
            line, 600,
            "{\"type\":\"%s\",\"key\":\"s%llu\",\"member\":\"user_id:u%llu\",\"tiers\":\"club\",\"level\":\"Silver\","
            "\"tag\":\"given\",\"timestamp\":\"%s\"}",
            i % 2 ? "set_tier" : "set_tag", (unsigned long long)i, (unsigned long long)who, at);
    else if (kind < 6)
        snprintf(line, 600,
                 "{\"type\":\"track\",\"event\":\"Ping\",\"messageId\":\"m%llu\",\"anonymousId\":\"a%llu\",\"userId\":"
                 "\"u%llu\","
                 "\"timestamp\":\"%s\",\"properties\":{\"staff\":\"s%llu\"}}",
                 (unsigned long long)i, (unsigned long long)ts_rng_below(r, 12), (unsigned long long)who, at,
                 (unsigned long long)(i % 3));
    else
        snprintf(line, 600,
                 "{\"type\":\"track\",\"event\":\"Order "
                 "Completed\",\"messageId\":\"m%llu\",\"userId\":\"u%llu\",\"timestamp\":\"%s\",\"properties\":{"
                 "\"order_id\":\"o%llu\",\"revenue\":%llu.50,\"products\":[{\"sku\":\"a\",\"n\":2},{\"sku\":\"b\","
                 "\"n\":1}]}}",
                 (unsigned long long)i, (unsigned long long)who, at, (unsigned long long)(who * 100 + i / 16),
                 (unsigned long long)(1 + ts_rng_below(r, 30)));
}

static void history(struct shop *s, uint64_t seed, uint64_t n)
{
    struct ts_rng r = {seed};
    char line[600];
    for (uint64_t i = 1; i <= n; i++) {
        random_line(&r, i, line);
        shop_line(s, line);
    }
}

struct mark { /* what a rollback must bring back */
    struct ts_buf state;
    uint64_t record, rules;
    uint32_t names, idents;
    uint8_t head[32];
    ts_ms clock;
};
static void mark(struct shop *s, struct mark *m)
{
    shop_state(s->engine, &m->state);
    m->record = ts_engine_record(s->engine);
    m->rules = ts_engine_rules_record(s->engine);
    m->names = ts_names_total(ts_engine_names(s->engine));
    m->idents = ts_idents_count(ts_engine_idents(s->engine));
    m->clock = ts_engine_clock(s->engine);
    memcpy(m->head, ts_engine_ledger(s->engine)->head, 32);
}

static void same(struct shop *s, struct mark *m, const char *what)
{
    struct mark now;
    mark(s, &now);
    if (now.record != m->record) { /* slices before the record went through: each is whole */
        ts_buf_release(&now.state);
        return;
    }
    if (now.state.len != m->state.len || memcmp(now.state.data, m->state.data, m->state.len) != 0)
        fail_msg("%s: the state is another after a rollback", what);
    assert_int_equal(now.rules, m->rules);
    assert_int_equal(now.names, m->names);
    assert_int_equal(now.idents, m->idents);
    assert_int_equal(now.clock, m->clock);
    assert_memory_equal(now.head, m->head, 32);
    ts_buf_release(&now.state);
}

static void recover_all(struct shop *s, struct ts_engine *e)
{
    for (uint64_t i = 0; i < ts_memory_host_rows(s->memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s->memory, i);
        uint64_t digest = 0;
        struct ts_error err = {0};
        if (ts_engine_recover_row(e, row, &digest, &err) != TS_OK) fail_msg("%s", err.text);
        if (digest != row->digest)
            fail_msg("record %llu (kind %d): digest differs", (unsigned long long)row->record, row->kind);
    }
}

static void same_states(struct ts_engine *a, struct ts_engine *b)
{
    struct ts_buf x, y;
    shop_state(a, &x);
    shop_state(b, &y);
    assert_string_equal((char *)x.data, (char *)y.data);
    ts_buf_release(&x);
    ts_buf_release(&y);
}

/* Every line is tried with its 0th, 1st, 2nd ... allocation failing until it goes through. */
static void test_lines(void **state)
{
    struct shop s, fresh;
    struct ts_rng r = {test_seed(4711)};
    char line[600];
    int failures = 0;
    TS_UNUSED(state);
    shop_open(&s, rules);
    for (uint64_t i = 1; i <= 40; i++) {
        random_line(&r, i, line);
        struct ts_input in = {
            .line = ts_cstr(line), .mapping = TS_STR(""), .equal_before = i, .arrival = INT64_C(1790000000000)};
        enum ts_code code = TS_E_MEMORY;
        for (int64_t n = 0; code != TS_OK;
             n += n < 180 ? 1 : n / 4 * 3 + 2) { /* past 60 they are Lua's, loading rules anew */
            struct mark m;
            bool preview = n % 3 == 2;
            mark(&s, &m);
            ts_alloc_fail_after(n / 3);
            code = preview ? ts_engine_preview(s.engine, &in, &s.result, &s.error)
                           : ts_engine_submit(s.engine, &in, &s.result, &s.error);
            ts_alloc_fail_after(-1);
            if (code != TS_OK) {
                failures++;
                if (code != TS_E_MEMORY && code != TS_E_DISK) fail_msg("%s", s.error.text);
                if (code == TS_E_DISK)
                    n = 100000; /* the host may be ahead now, as a store that must restart would be */
            }
            if (code != TS_OK || preview) same(&s, &m, line);
            if (preview) code = TS_E_MEMORY;
            ts_buf_release(&m.state);
        }
    }
    print_message("%d failures\n", failures);
    assert_true(failures > 100);
    shop_open_seed(&fresh, NULL, 3, 0);
    recover_all(&s, fresh.engine);
    same_states(s.engine, fresh.engine);
    shop_close(&fresh);
    shop_close(&s);
}

/* Activation, retry, cut, load and recovery. */
static void test_activation(void **state)
{
    struct shop s, twin;
    struct ts_sources sources;
    char text[8000];
    TS_UNUSED(state);
    shop_open(&s, rules);
    shop_open(&twin, rules);
    history(&s, 5, 80);
    history(&twin, 5, 80);
    snprintf(text, sizeof text,
             "%stag 'two' { when = function(member) return member:pings() > 2 end }\nmeasure 'more' { on = 'Ping' }\n",
             rules);
    shop_sources(text, &sources);
    int failures = 0;
    for (int64_t n = 0;; n += n < 40 ? 1 : n / 8) {
        struct ts_problems problems = {0};
        struct mark m;
        mark(&s, &m);
        ts_alloc_fail_after(n);
        enum ts_code code = ts_engine_activate(s.engine, &sources, 0, &problems, NULL, &s.error);
        ts_alloc_fail_after(-1);
        ts_problems_release(&problems);
        if (code != TS_OK) {
            failures++;
            same(&s, &m, "activation");
            struct ts_input in = {.line = TS_STR("{\"type\":\"track\",\"event\":\"Ping\",\"userId\":\"u1\"}"),
                                  .mapping = TS_STR("")};
            if (n % 4 == 0) assert_int_equal(ts_engine_preview(s.engine, &in, &s.result, &s.error), TS_OK);
        }
        ts_buf_release(&m.state);
        if (code == TS_OK) break;
    }
    print_message("%d failures\n", failures);
    shop_rules(&twin, text);
    struct ts_rng r = {99};
    char line[600];
    for (uint64_t i = 81; i < 160; i++) {
        random_line(&r, i, line);
        shop_line(&s, line);
        shop_line(&twin, line);
    }
    same_states(s.engine, twin.engine);
    ts_sources_release(&sources);
    shop_close(&twin);
    shop_close(&s);
}

/* A checkpoint into a new engine; TS_OK, or the first failure. */
static enum ts_code load(struct ts_engine *e, struct ts_engine *from, const struct ts_cut *cut,
                         const struct ts_sources *sources, struct ts_error *err)
{
    enum ts_code code = TS_OK;
    for (uint32_t i = cut->names_from; i < cut->names_to && code == TS_OK; i++) {
        enum ts_space space;
        struct ts_str text;
        ts_names_at(ts_engine_names(from), i, &space, &text);
        code = ts_engine_load_name(e, space, text, err);
    }
    for (uint32_t i = cut->idents_from + 1; i <= cut->idents_to && code == TS_OK; i++) {
        uint32_t kind;
        struct ts_str value;
        uint64_t profile;
        ts_idents_get(ts_engine_idents(from), i, &kind, &value, &profile);
        code = ts_engine_load_ident(e, kind, value, profile, err);
    }
    for (size_t i = 0; i < cut->n_images && code == TS_OK; i++)
        code = ts_engine_load_image(e, cut->images[i].number, cut->images[i].data, cut->images[i].len, err);
    return code == TS_OK ? ts_engine_load_meta(e, cut->meta, sources, err) : code;
}

static void test_cut_load_retry(void **state)
{
    struct shop s;
    struct ts_cut cut;
    struct ts_sources sources;
    TS_UNUSED(state);
    shop_open(&s, rules);
    history(&s, 6, 120);
    const struct ts_row *row = NULL; /* some event, to be tried again */
    for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++)
        if (ts_memory_host_row(s.memory, i)->kind == TS_RECORD_TRACK) row = ts_memory_host_row(s.memory, i);
    enum ts_code code = TS_E_MEMORY;
    for (int64_t n = 0; code != TS_OK; n += n < 60 ? 1 : n / 4) {
        struct mark m;
        mark(&s, &m);
        ts_alloc_fail_after(n);
        code = ts_engine_retry(s.engine, row->record, row->profile, row->payload, TS_STR("wrong"), row->time, row->time,
                               &s.result, &s.error);
        ts_alloc_fail_after(-1);
        if (code != TS_OK) {
            if (code != TS_E_MEMORY && code != TS_E_DISK) /* the host looks up orders in memory of its own */
                fail_msg("retry of record %llu, n %d: %s", (unsigned long long)row->record, (int)n, s.error.text);
            same(&s, &m, "retry");
        }
        ts_buf_release(&m.state);
    }
    code = TS_E_MEMORY;
    for (int64_t n = 0; code != TS_OK; n++) {
        ts_alloc_fail_after(n);
        code = ts_engine_cut(s.engine, &cut, &s.error);
        ts_alloc_fail_after(-1);
    }
    assert_int_equal(cut.n_images, ts_members_count(ts_engine_members(s.engine)));
    shop_sources(rules, &sources);
    code = TS_E_MEMORY;
    for (int64_t n = 0; code != TS_OK; n += n < 150 ? 3 : n / 8) {
        struct shop fresh;
        shop_open_seed(&fresh, NULL, 8, 0);
        ts_alloc_fail_after(n);
        code = load(fresh.engine, s.engine, &cut, &sources, &fresh.error);
        ts_alloc_fail_after(-1);
        if (code == TS_OK) same_states(s.engine, fresh.engine);
        shop_close(&fresh);
    }
    ts_sources_release(&sources);
    ts_engine_release(s.engine, &cut);
    shop_close(&s);
}

static void test_recovery(void **state)
{
    struct shop s, fresh;
    TS_UNUSED(state);
    shop_open(&s, rules);
    history(&s, 7, 60);
    shop_open_seed(&fresh, NULL, 8, 0);
    for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s.memory, i);
        enum ts_code code = TS_E_MEMORY;
        for (int64_t n = 0; code != TS_OK; n += n < 40 ? 1 : n / 4) {
            struct mark m;
            uint64_t digest = 0;
            mark(&fresh, &m);
            ts_alloc_fail_after(n);
            code = ts_engine_recover_row(fresh.engine, row, &digest, &fresh.error);
            ts_alloc_fail_after(-1);
            if (code != TS_OK) {
                if (code != TS_E_MEMORY && code != TS_E_DISK && row->kind != TS_RECORD_RULES)
                    fail_msg("record %llu: %s", (unsigned long long)row->record, fresh.error.text);
                same(&fresh, &m, "recovery");
            } else {
                assert_int_equal(digest, row->digest);
            }
            ts_buf_release(&m.state);
        }
    }
    same_states(s.engine, fresh.engine);
    shop_close(&fresh);
    shop_close(&s);
}

/* ---- damage ---- */

static char *flipped(struct ts_rng *r, struct ts_str s, size_t *ret_len)
{
    char *copy = malloc(s.len + 1);
    assert_non_null(copy);
    memcpy(copy, s.ptr, s.len);
    size_t len = s.len;
    uint64_t how = ts_rng_below(r, 8);
    if (how == 0 && len) len = ts_rng_below(r, len); /* cut off */
    for (uint64_t k = how == 7 ? 8 : 1; k && len; k--) {
        size_t at = ts_rng_below(r, len);
        copy[at] = (char)(ts_rng_below(r, 3) == 0 ? 0xff : (uint8_t)copy[at] ^ (1u << ts_rng_below(r, 8)));
    }
    *ret_len = len;
    return copy;
}

/* Random rows with random flips in their outcomes, each into an engine that stands right before them. */
static void test_damaged_outcomes(void **state)
{
    struct shop s, fresh;
    struct ts_rng r = {test_seed(4711)};
    uint64_t refused = 0, other = 0, unseen = 0;
    TS_UNUSED(state);
    shop_open(&s, rules);
    history(&s, 9, 200);
    for (int round = 0; round < 60; round++) {
        shop_open_seed(&fresh, NULL, 8, 0);
        for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++) {
            const struct ts_row *row = ts_memory_host_row(s.memory, i);
            uint64_t digest = 0;
            if (row->kind != TS_RECORD_RULES && ts_rng_below(&r, 25) == 0) {
                struct ts_row bad = *row;
                char *copy = flipped(&r, row->outcome, &bad.outcome.len);
                bad.outcome.ptr = copy;
                struct ts_outcome o;
                struct ts_effect fx;
                if (ts_outcome_open(&o, (const uint8_t *)bad.outcome.ptr, bad.outcome.len))
                    while (ts_outcome_next(&o, &fx)) {
                    }
                enum ts_code code = ts_engine_recover_row(fresh.engine, &bad, &digest, &fresh.error);
                if (code == TS_OK) {
                    digest != row->digest ? other++ : unseen++;
                    /* from here on it stands elsewhere: what follows must still be safe */
                    for (uint64_t k = i + 1; k < ts_memory_host_rows(s.memory) && code == TS_OK; k++)
                        code =
                            ts_engine_recover_row(fresh.engine, ts_memory_host_row(s.memory, k), &digest, &fresh.error);
                    struct ts_buf b;
                    shop_state(fresh.engine, &b);
                    ts_buf_release(&b);
                    free(copy);
                    break;
                }
                assert_true(code == TS_E_DAMAGED || code == TS_E_MEMORY);
                refused++;
                free(copy);
            }
            if (ts_engine_recover_row(fresh.engine, row, &digest, &fresh.error) != TS_OK)
                fail_msg("%s", fresh.error.text);
            assert_int_equal(digest, row->digest); /* the refused one left no trace */
        }
        shop_close(&fresh);
    }
    print_message("refused %llu, another digest %llu, of no consequence %llu\n", (unsigned long long)refused,
                  (unsigned long long)other, (unsigned long long)unseen);
    shop_close(&s);
}

static void test_damaged_images(void **state)
{
    struct shop s;
    struct ts_cut cut;
    struct ts_sources sources;
    struct ts_rng r = {test_seed(4711) + 1};
    uint64_t refused = 0, loaded = 0;
    TS_UNUSED(state);
    shop_open(&s, rules);
    history(&s, 10, 300);
    assert_int_equal(ts_engine_cut(s.engine, &cut, &s.error), TS_OK);
    shop_sources(rules, &sources);
    for (int round = 0; round < 150; round++) {
        struct shop fresh;
        struct ts_cut bad = cut;
        struct ts_cut_image *images = malloc(cut.n_images * sizeof *images);
        assert_non_null(images);
        memcpy(images, cut.images, cut.n_images * sizeof *images);
        size_t which = ts_rng_below(&r, cut.n_images + 1), len;
        struct ts_str text =
            which == cut.n_images ? cut.meta : ts_str((const char *)images[which].data, images[which].len);
        char *copy = flipped(&r, text, &len);
        if (which == cut.n_images) {
            bad.meta = ts_str(copy, len);
        } else {
            images[which].data = (const uint8_t *)copy;
            images[which].len = (uint32_t)len;
        }
        bad.images = images;
        shop_open_seed(&fresh, NULL, 8, 0);
        enum ts_code code = load(fresh.engine, s.engine, &bad, &sources, &fresh.error);
        if (code == TS_OK) { /* wrong figures, at worst; using them must be safe */
            struct ts_rng again = {77};
            char line[600];
            loaded++;
            for (uint64_t i = 301; i < 340; i++) {
                random_line(&again, i, line);
                struct ts_input in = {.line = ts_cstr(line), .mapping = TS_STR(""), .equal_before = i};
                if (ts_engine_submit(fresh.engine, &in, &fresh.result, &fresh.error) != TS_OK) break;
            }
        } else {
            assert_true(code == TS_E_DAMAGED || code == TS_E_NEWER || code == TS_E_MEMORY);
            refused++;
        }
        shop_close(&fresh);
        free(images);
        free(copy);
    }
    print_message("refused %llu, loaded %llu\n", (unsigned long long)refused, (unsigned long long)loaded);
    ts_sources_release(&sources);
    ts_engine_release(s.engine, &cut);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),    cmocka_unit_test(test_activation),       cmocka_unit_test(test_cut_load_retry),
        cmocka_unit_test(test_recovery), cmocka_unit_test(test_damaged_outcomes), cmocka_unit_test(test_damaged_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
