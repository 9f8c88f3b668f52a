/* SPDX-License-Identifier: Apache-2.0 */
/* A wilder random history than test_determinism.c's: ticks, retries, rules that run away or raise, rolling and score caps, decimals, several tiers,
 * joins of many profiles, blocked values, windows of guards, odd traits, live records among imported ones, and changes of rules that take
 * declarations away and bring them back. Live, recovered, replayed, previewed, and checkpointed at random must agree. Size: TS_SIZE. */
#include "../seed.h"
#include "shop.h"

#define PLAN                                                                                                           \
    "program { name = 'Wild', timezone = 'America/New_York', currency = 'USD', late = '20 days' }\n"                   \
    "identifier 'user_id' { strong = true, per_member = 4 }\n"                                                         \
    "identifier 'email' { strong = true, per_member = 2, per = '30 days', normalize = 'email' }\n"                     \
    "identifier 'phone' { strong = true, per_member = 3, normalize = 'phone:US' }\n"                                   \
    "identifier 'anonymous_id' {}\nidentifier 'device' { per_member = 2, from = 'context.device.id' }\n"               \
    "blocked 'email' { 'none@none.com' }\nblocked 'anonymous_id' { 'unknown' }\n"                                      \
    "event 'Order Completed' { order_id = { 'text', required = true }, revenue = { 'money', required = true },\n"      \
    "  products = { 'list', of = { category = 'text', quantity = 'integer' } } }\n"                                    \
    "event 'Order Refunded' { order_id = { 'text', required = true }, revenue = 'money',\n"                            \
    "  products = { 'list', of = { category = 'text', quantity = 'integer' } } }\n"                                    \
    "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', amount = 'revenue', lines = 'products', line " \
    "= 'category' }\n"                                                                                                 \
    "event 'QR Scanned' { staff_id = 'text' }\n"                                                                       \
    "event 'Ping' { size = 'number' }\nevent 'Loop' {}\nevent 'Echo' { depth = 'integer' }\n"                          \
    "trait 'city' { class = 'life', type = 'text' }\ntrait 'last' { type = 'text' }\n"                                 \
    "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\nmeasure 'orders' { on = 'Order Completed' }\n"       \
    "measure 'bought' { on = 'Order Completed', each = 'products', by = 'category', sum = 'quantity' }\n"              \
    "measure 'size' { on = 'Ping', sum = 'size' }\nmeasure 'echoes' { on = 'Echo' }\n"                                 \
    "measure 'drinks' { on = 'Order Completed', each = 'products', by = 'category', where = { quantity = { at_least "  \
    "= 2 } } }\n"                                                                                                      \
    "measure 'large' { on = 'Order Completed', where = { revenue = { at_least = money '60' } } }\n"                    \
    "tag 'always coffee' { when = function(member) local u = member:usual('drinks', '20 days')\n"                      \
    "  return u and u.value == 'coffee' and u.in_a_row >= 2 end }\n"                                                   \
    "points 'stars' { decimals = 2, pending = '36 hours', expire = { after = '45 days', at = 'day end' } }\n"          \
    "tiers 'club' { basis = { measure = 'spend', window = '60 days' }, { 'Base' }, { 'Silver', from = money '150', "   \
    "rate = 1.25 },\n"                                                                                                 \
    "  { 'Gold', from = money '300', rate = 1.5, never_lost = true }, { 'Black', from = money '500', rate = 2 },\n"    \
    "  upgrade = 'at once', downgrade = { review = 'weekly', grace = '5 days', notice = '10 days', steps = 1 } }\n"    \
    "earn 'on orders' { on = 'Order Completed', once_per = 'order_id', points = 'stars', give = 1.25, per = money "    \
    "'1', of = 'revenue',\n"                                                                                           \
    "  times = { rate = 'club' }, at_most = { 300, per = '10 days' } }\n"                                              \
    "bonus 'weekend' { of = 'on orders', times = 1.333, best_of = 'x', during = { days = { 'Saturday', 'Sunday' } } "  \
    "}\n"                                                                                                              \
    "bonus 'city' { of = 'on orders', times = 1.5, best_of = 'x', when = function(member) return member.traits.city "  \
    "== 'Łódź' end }\n"                                                                                             \
    "rule 'loop' { on = 'Loop', act = function(member, event) if member:orders() % 5 == 4 then member:emit 'Loop' "    \
    "end end }\n"                                                                                                      \
    "rule 'echo' { on = 'Echo', act = function(member, event) local d = event.depth or 0\n"                            \
    "  if d < 6 then member:emit('Echo', { depth = d + 1 }) end member:add('warmth', 0.5) end }\n"                     \
    "rule 'moody' { on = 'Ping', act = function(member, event) if member:size '3 days' % 3 == 1 then error('moody') "  \
    "end\n"                                                                                                            \
    "  member:tag('touched', '3 days') member:set('last', event.name) member:earn('stars', 7) end }\n"                 \
    "tag 'touched' { class = 'behaviour' }\n"                                                                          \
    "score 'warmth' { half_life = '3 days', at_most = { 4, per = '2 days' }, events = { Ping = 1.5, ['Order "          \
    "Completed'] = 2 } }\n"

#define WORDS                                                                                                          \
    "points 'miles' { spendable = false, decimals = 1, expire = { after = '20 days', at = 'day end', notice = { '5 "   \
    "days', '1 day' },\n"                                                                                              \
    "  extended_by = { 'Order Completed', 'Ping' }, at_latest = '50 days' } }\n"                                       \
    "earn 'miles on items' { on = 'Order Completed', points = 'miles', each = 'products', give = 3.3, of = "           \
    "'quantity',\n"                                                                                                    \
    "  where = { category = { 'coffee', 'thé' } }, funded_by = 'Roastery', times = { rate = 'club' } }\n"             \
    "earn 'big orders' { on = 'Order Completed', points = 'miles', give = 10, where = { revenue = { at_least = money " \
    "'80' } } }\n"                                                                                                     \
    "bonus 'coffee' { of = 'miles on items', times = 1.5, where = { category = 'coffee' }, best_of = 'm' }\n"          \
    "bonus 'march' { of = 'miles on items', times = 1.2, during = { months = { 'March' } }, best_of = 'm' }\n"         \
    "milestone 'third order' { every = 3, of = 'orders', give = { points = 'miles', amount = 5, tag = 'regular', "     \
    "keep = '9 days', notify = 'hello' } }\n"                                                                          \
    "milestone 'spent' { at = { 10, 45 }, of = 'bought', value = 'coffee', give = { points = 'stars', amount = 11, "   \
    "emit = 'Echo' } }\n"                                                                                              \
    "tag 'regular' { class = 'behaviour' }\ntag 'by hand' { class = 'life' }\n"                                        \
    "attribution 'staff' { to = 'staff_id', touches = 'QR Scanned', credit = 'Order Completed', model = 'even', "      \
    "within = '9 days', of = 'revenue' }\n"                                                                            \
    "attribution 'first' { to = 'staff_id', touches = 'QR Scanned', credit = 'Order Completed', model = 'first', "     \
    "within = '30 days' }\n"                                                                                           \
    "segment 'asleep' { when = function(member) return member:did 'Ping' and not member:did('Ping', '4 days') end }\n" \
    "segment 'loaded' { when = function(member) return member.segments.asleep and member:spend '30 days' > money "     \
    "'50' end }\n"                                                                                                     \
    "rule 'asleep' { on = { 'segment.entered', 'segment.left', 'milestone.reached', 'points.expiring' }, act = "       \
    "function(member, event)\n"                                                                                        \
    "  member:set('last', event.name) member:add('warmth', 1) end }\n"                                                 \
    "tiers 'status' { basis = { { measure = 'orders', window = 'calendar month' }, { points = 'miles', window = '20 "  \
    "days' } },\n"                                                                                                     \
    "  { 'Blue' }, { 'Grey', from = { 3, 40 } }, { 'Gold', from = { 6, false }, rate = 1.1 },\n"                       \
    "  downgrade = { review = 'monthly', window = 'last calendar month', steps = 1, notice = '3 days' } }\n"

#define MORE                                                                                                           \
    "points 'gems' { expire = { after = '10 days' } }\nearn 'gems' { on = { 'Ping', 'tag.added', 'points.expired' }, " \
    "points = 'gems',\n"                                                                                               \
    "  amount = function(member) return 2 + member:orders '14 days' end, at_most = { 60, per = 'week' } }\n"           \
    "tiers 'slow' { basis = { points = 'stars', window = 'calendar year' }, { 'Low' }, { 'High', from = 200, rate = "  \
    "3 },\n"                                                                                                           \
    "  upgrade = 'review', downgrade = { review = 'monthly' } }\n"                                                     \
    "measure 'ups' { on = { 'tier.upgraded', 'tier.downgraded' } }\n"                                                  \
    "tag 'fresh' { when = function(member) return member:did('Ping', '2 days') and not member:did('Order Completed', " \
    "'9 days') end }\n"                                                                                                \
    "tag 'rich' { when = function(member) return member:spend '30 days' > money '200' or member.tiers['slow'].name "   \
    "== 'High' end }\n"                                                                                                \
    "tag 'loaded' { when = function(member) return member:points('gems').available > 10 end }\n"                       \
    "tag 'fragile' { when = function(member) return #member.traits.city > 4 end }\n"                                   \
    "tag 'coffee' { when = function(member) return member:bought 'coffee' and member.tags['fresh'] == true end }\n"    \
    "tag 'stamped' { on = { 'Ping', 'Echo' }, keep = '40 hours' }\n"                                                   \
    "earn 'items' { on = 'Order Completed', points = 'gems', each = 'products', of = 'quantity', give = 1.7, "         \
    "rounding "                                                                                                        \
    "= 'half up',\n"                                                                                                   \
    "  where = { category = { except = 'coffee' } }, at_most = { 40, per = '3 days' }, funded_by = 'X' }\n"            \
    "bonus 'tea' { of = 'items', times = 3, best_of = 'y', where = { category = 'thé' }, funded_by = 'Y' }\n"         \
    "bonus 'half' { of = 'items', times = 1.5, best_of = 'y', at_most = { 5, per = 'day' } }\n"                        \
    "milestone 'fives' { every = 5, of = 'orders', funded_by = 'X',\n"                                                 \
    "  give = { points = 'gems', amount = 3, tag = 'touched', keep = '2 days', notify = 'five', emit = 'Ping' } }\n"   \
    "milestone 'coffee' { at = { 3, 9, 11 }, of = 'bought', value = 'coffee', give = { emit = 'Echo' },\n"             \
    "  when = function(member) return #member.traits.city > 0 end }\n"                                                 \
    "milestone 'size' { every = 2.5, of = 'size', give = { points = 'stars', amount = 0.25 }, late = true }\n"         \
    "attribution 'even' { to = 'size', touches = 'Ping', credit = 'Order Completed', within = '5 days', model = "      \
    "'even', of = 'revenue' }\n"                                                                                       \
    "attribution 'last' { to = 'size', touches = 'Ping', credit = { 'milestone.reached', 'tier.upgraded' }, within = " \
    "'lifetime' }\n"

static const char
    full[] = PLAN WORDS MORE,
    less[] = PLAN,
    third[] = PLAN WORDS MORE
    "tag 'two' { when = function(member) return member:orders() >= 2 end }\nscore 'late' { events = { Ping = 1 } }\n";

struct wild {
    struct ts_rng r;
    ts_ms clock, wall;
    uint64_t i;
    uint64_t counts[8];
    bool live; /* of the line just made */
    uint64_t who;
    struct {
        uint64_t order, who;
    } recent[16]; /* orders and who made them, for refunds */
    uint64_t n_recent;
};

static void wild_init(struct wild *w, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->r.state = seed;
    w->clock = INT64_C(1772000000000); /* before New York's clocks go forward on 8 March 2026 */
    w->wall = w->clock;
}

static uint64_t below(struct wild *w, uint64_t n) { return ts_rng_below(&w->r, n); }

static void put_who(struct wild *w, struct ts_buf *b)
{
    uint64_t who = below(w, 25);
    w->who = below(w, 3) ? who : UINT64_MAX;
    if (w->who == who) ts_buf_addf(b, ",\"userId\":\"u%llu\"", (unsigned long long)who);
    if (below(w, 12) == 0)
        ts_buf_adds(b, ",\"anonymousId\":\"unknown\"");
    else
        ts_buf_addf(b, ",\"anonymousId\":\"a%llu\"", (unsigned long long)(who * 3 + below(w, 6)));
    if (below(w, 4)) return;
    ts_buf_addf(b,
                ",\"context\":{\"device\":{\"id\":\"d%llu\"},\"traits\":{\"email\":\"%s%llu@X.com\",\"phone\":\"+1 "
                "202-555-01%02llu\"}}",
                (unsigned long long)below(w, 30), below(w, 5) ? "E" : "none@none.com,", (unsigned long long)(who / 2),
                (unsigned long long)(who / 3));
}

/* Of an order that may be known: by amount, by lines, whole, or with both. */
static void put_refund(struct wild *w, struct ts_buf *b)
{
    uint64_t k = below(w, 16), how = below(w, 5);
    ts_buf_addf(
        b,
        ",\"userId\":\"u%llu\",\"type\":\"track\",\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"o%llu\"",
        (unsigned long long)w->recent[k].who, (unsigned long long)w->recent[k].order);
    if (how == 1 || how == 3) ts_buf_addf(b, ",\"revenue\":%llu.50", (unsigned long long)below(w, 60));
    if (how == 2 || how == 3)
        ts_buf_addf(b, ",\"products\":[{\"category\":\"coffee\",\"quantity\":%llu}]",
                    (unsigned long long)(1 + below(w, 3)));
    ts_buf_adds(b, "}}");
}

static void put_event(struct wild *w, struct ts_buf *b)
{
    static const char *const categories[] = {"coffee", "thé", "", "日本"}, *const cities[] = {"Łódź", "York", "",
                                                                                              "\\u0007\\ud83d\\ude00"};
    uint64_t kind = below(w, 43);
    if (kind >= 40)
        ts_buf_addf(b, ",\"type\":\"track\",\"event\":\"QR Scanned\",\"properties\":{\"staff_id\":\"s%llu\"}}",
                    (unsigned long long)below(w, 4));
    else if (kind < 14) {
        uint64_t order = below(w, 9) ? w->i : w->i / 2;
        ts_buf_addf(b,
                    ",\"type\":\"track\",\"event\":\"Order "
                    "Completed\",\"properties\":{\"order_id\":\"o%llu\",\"revenue\":%llu.%02llu,"
                    "\"products\":[{\"category\":\"%s\",\"quantity\":%llu},{\"category\":\"%s\",\"quantity\":1}]}}",
                    (unsigned long long)order, (unsigned long long)below(w, 120), (unsigned long long)below(w, 100),
                    categories[below(w, 4)], (unsigned long long)below(w, 4), categories[below(w, 4)]);
        if (w->who != UINT64_MAX) {
            w->recent[w->n_recent % 16].order = order;
            w->recent[w->n_recent++ % 16].who = w->who;
        }
    } else if (kind < 26)
        ts_buf_addf(b, ",\"type\":\"track\",\"event\":\"Ping\",\"properties\":{\"size\":%llu.25}}",
                    (unsigned long long)below(w, 5));
    else if (kind < 28)
        ts_buf_adds(b, ",\"type\":\"track\",\"event\":\"Loop\"}");
    else if (kind < 31)
        ts_buf_adds(b, ",\"type\":\"track\",\"event\":\"Echo\",\"properties\":{}}");
    else if (kind < 35)
        ts_buf_addf(b,
                    ",\"type\":\"identify\",\"traits\":{\"city\":\"%s\",\"n\\u00e9\":[1,{\"b\":2,\"a\":1}],\"deep\":{"
                    "\"x\":null}}}",
                    cities[below(w, 4)]);
    else if (kind < 38)
        ts_buf_addf(b, ",\"type\":\"alias\",\"previousId\":\"%s%llu\"}", below(w, 2) ? "u" : "a",
                    (unsigned long long)below(w, 40));
    else
        ts_buf_addf(b, ",\"type\":\"group\",\"groupId\":\"g%llu\"}", (unsigned long long)below(w, 5));
}

static void wild_line(struct wild *w, struct ts_buf *b)
{
    char when[32];
    w->i++;
    w->clock += (ts_ms)below(w, below(w, 40) == 0 ? 12 * TS_DAY_MS : TS_DAY_MS / 8);
    w->wall = w->clock + (ts_ms)below(w, 3600000);
    w->live = below(w, 8) == 0;
    ts_ms at = w->clock;
    if (below(w, 12) == 0) at -= (ts_ms)below(w, 30 * TS_DAY_MS);
    if (w->live && below(w, 4) == 0) at = w->wall + (ts_ms)below(w, 20 * 60 * 1000);
    ts_time_format(at, when);
    ts_buf_clear(b);
    uint64_t kind = below(w, 100);
    if (kind < 6) {
        ts_buf_addf(b,
                    "{\"type\":\"%s\",\"key\":\"k%llu\",\"member\":\"%s%llu\",\"points\":\"%s\",\"amount\":%lld,"
                    "\"timestamp\":\"%s\"}",
                    kind < 4 ? "redeem" : "adjust", (unsigned long long)below(w, w->i), below(w, 2) ? "user_id:u" : "m",
                    (unsigned long long)(1 + below(w, 25)), below(w, 3) ? "stars" : "gems",
                    kind < 4 ? (long long)(1 + below(w, 3000)) : (long long)below(w, 4000) - 1000, when);
    } else if (kind < 8) {
        ts_buf_addf(b,
                    "{\"type\":\"set_tier\",\"key\":\"t%llu\",\"member\":\"m%llu\",\"tiers\":\"%s\",\"level\":\"%s\"",
                    (unsigned long long)below(w, w->i), (unsigned long long)(1 + below(w, 25)),
                    below(w, 2) ? "club" : "status", below(w, 2) ? "Gold" : "Silver");
        ts_buf_addf(b, "%s,\"timestamp\":\"%s\"}", below(w, 2) ? ",\"until\":\"2026-06-01T00:00:00Z\"" : "", when);
    } else if (kind < 10) {
        ts_buf_addf(
            b, "{\"type\":\"set_tag\",\"key\":\"g%llu\",\"member\":\"m%llu\",\"tag\":\"%s\"%s,\"timestamp\":\"%s\"}",
            (unsigned long long)below(w, w->i), (unsigned long long)(1 + below(w, 25)),
            below(w, 3) ? "by hand" : "fresh", below(w, 3) ? "" : ",\"remove\":true", when);
    } else if (kind < 13) {
        ts_buf_addf(b, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", when);
    } else {
        ts_buf_adds(b, "{");
        ts_buf_addf(b, "\"messageId\":\"m%llu\"", (unsigned long long)(below(w, 30) ? w->i : w->i / 2));
        if (below(w, 30)) ts_buf_addf(b, ",\"timestamp\":\"%s\"", when);
        if (below(w, 12) == 0) {
            put_refund(w, b);
        } else {
            put_who(w, b);
            put_event(w, b);
        }
    }
}

static struct ts_input input_of(const struct wild *w, const struct ts_buf *b)
{
    return (struct ts_input){.line = ts_str((const char *)b->data, b->len),
                             .mapping = TS_STR(""),
                             .equal_before = w->i,
                             .arrival = w->wall,
                             .live = w->live};
}

/* One line; every so often the rules change or a failed rule runs again. */
static void wild_step(struct shop *s, struct wild *w, uint64_t n)
{
    struct ts_buf b;
    ts_buf_init(&b, 0);
    wild_line(w, &b);
    struct ts_input in = input_of(w, &b);
    if (ts_engine_submit(s->engine, &in, &s->result, &s->error) != TS_OK)
        fail_msg("%.*s: %s", (int)b.len, (char *)b.data, s->error.text);
    w->counts[s->result.status]++;
    w->counts[5] += s->result.joins;
    w->counts[6] += s->result.rule_errors;
    uint64_t rows = ts_memory_host_rows(s->memory);
    const struct ts_row *row = ts_memory_host_row(s->memory, rows - 1);
    if (s->result.rule_errors && row->kind <= TS_RECORD_GROUP && below(w, 3) == 0) {
        static const char *const names[] = {"moody", "fragile", "on orders", "gems", "stamped"};
        struct ts_outcome o;
        assert_true(ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len));
        enum ts_code code = ts_engine_retry(s->engine, row->record, row->profile, row->payload,
                                            ts_cstr(names[below(w, 5)]), o.at, w->wall, &s->result, &s->error);
        if (code == TS_OK) w->counts[7]++;
        if (code != TS_OK && code != TS_E_NOT_FOUND && code != TS_E_REFUSED) fail_msg("retry: %s", s->error.text);
    }
    if (w->i == n / 3) shop_rules(s, less);
    if (w->i == n / 2) shop_rules(s, third);
    if (w->i == n * 3 / 4) shop_rules(s, full);
    ts_buf_release(&b);
}

static void same_state(struct ts_engine *a, struct ts_engine *b, const char *what)
{
    struct ts_buf x, y;
    shop_state(a, &x);
    shop_state(b, &y);
    size_t i = 0;
    while (i < x.len && i < y.len && x.data[i] == y.data[i])
        i++;
    if (i < x.len || i < y.len)
        fail_msg("%s: states differ at byte %zu:\n%.300s\n%.300s", what, i, (char *)x.data + (i > 200 ? i - 200 : 0),
                 (char *)y.data + (i > 200 ? i - 200 : 0));
    ts_buf_release(&x);
    ts_buf_release(&y);
    assert_memory_equal(ts_engine_ledger(a)->head, ts_engine_ledger(b)->head, 32);
    assert_int_equal(ts_engine_clock(a), ts_engine_clock(b));
    assert_int_equal(ts_engine_events(a), ts_engine_events(b));
    assert_int_equal(ts_names_total(ts_engine_names(a)), ts_names_total(ts_engine_names(b)));
}

/* Everybody's wallets are sound, and the union's sums are the ledger's. */
static void sound(struct shop *s)
{
    int64_t sums[TS_CURRENCIES_MAX][TS_ACCOUNT_COUNT] = {0};
    struct ts_members *m = ts_engine_members(s->engine);
    for (uint64_t i = 1; i <= ts_members_count(m); i++) {
        struct ts_member_view v;
        if (ts_members_living(m, i) != i) continue;
        assert_int_equal(ts_member_view_open(s->engine, i, &v, &s->error), TS_OK);
        for (uint32_t k = 0; k < v.member.n; k++) {
            const struct ts_wallet *w = &v.member.profiles[k]->wallet;
            if (!ts_wallet_valid(w, &s->error)) fail_msg("m%llu: %s", (unsigned long long)i, s->error.text);
            assert_int_equal(v.member.profiles[k]->member, i);
            for (uint32_t c = 0; c < w->balances.len; c++) {
                sums[w->balances.at[c].points][TS_ACCOUNT_PENDING] += w->balances.at[c].pending;
                sums[w->balances.at[c].points][TS_ACCOUNT_AVAILABLE] += w->balances.at[c].available;
            }
        }
        ts_member_view_close(&v);
    }
    for (int c = 0; c < TS_CURRENCIES_MAX; c++)
        for (int a = TS_ACCOUNT_PENDING; a <= TS_ACCOUNT_AVAILABLE; a++)
            assert_int_equal(sums[c][a], ts_engine_ledger(s->engine)->members[c][a]);
}

static void open_wild(struct shop *s, struct wild *w, uint64_t seed)
{
    shop_open(s, full);
    wild_init(w, seed);
}

/* The history must have every kind of effect in it (but for the mark that the reader takes, and names that no declaration has: bindings
 * refuse them), or it proves less than it says. */
static void has_every_effect(struct shop *s)
{
    uint32_t seen[256] = {0};
    for (uint64_t i = 0; i < ts_memory_host_rows(s->memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s->memory, i);
        struct ts_outcome o;
        struct ts_effect fx;
        assert_true(ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len));
        while (ts_outcome_next(&o, &fx))
            seen[fx.op]++;
    }
#define SEEN(e, n, name)                                                                                               \
    if (!seen[n] && n != TS_FX_BODY && n != TS_FX_NAME) fail_msg("no effect \"%s\" in this history", name);
    TS_EFFECTS(SEEN)
#undef SEEN
}

static void test_live_recovered_replayed(void **state)
{
    struct shop s, recovered, replayed;
    struct wild w;
    uint64_t seed = test_seed(20260308), n = test_number("TS_SIZE", 2500);
    TS_UNUSED(state);
    print_message("size %llu\n", (unsigned long long)n);
    open_wild(&s, &w, seed);
    while (w.i < n)
        wild_step(&s, &w, n);
    print_message("applied %llu duplicates %llu quarantined %llu refused %llu replayed %llu joins %llu rule errors "
                  "%llu retries %llu rows %llu\n",
                  (unsigned long long)w.counts[0], (unsigned long long)w.counts[1], (unsigned long long)w.counts[2],
                  (unsigned long long)w.counts[3], (unsigned long long)w.counts[4], (unsigned long long)w.counts[5],
                  (unsigned long long)w.counts[6], (unsigned long long)w.counts[7],
                  (unsigned long long)ts_memory_host_rows(s.memory));
    sound(&s);
    has_every_effect(&s);
    shop_open_seed(&recovered, NULL, seed ^ 99, 0);
    shop_open_seed(&replayed, NULL, seed ^ 7, (uint32_t)(seed % 3));
    for (uint64_t i = 0; i < ts_memory_host_rows(s.memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s.memory, i);
        uint64_t digest = 0;
        struct ts_str outcome;
        if (ts_engine_recover_row(recovered.engine, row, &digest, &recovered.error) != TS_OK)
            fail_msg("%s", recovered.error.text);
        if (digest != row->digest)
            fail_msg("record %llu (kind %d): recovery's digest differs", (unsigned long long)row->record, row->kind);
        if (ts_engine_replay_row(replayed.engine, row, NULL, &outcome, &digest, &replayed.error) != TS_OK)
            fail_msg("%s", replayed.error.text);
        if (digest != row->digest || !ts_str_eq(outcome, row->outcome))
            fail_msg("record %llu (kind %d): the replayed outcome differs", (unsigned long long)row->record, row->kind);
    }
    same_state(s.engine, recovered.engine, "recovery");
    same_state(s.engine, replayed.engine, "replay");
    shop_close(&recovered);
    shop_close(&replayed);
    shop_close(&s);
}

static void cold_of(struct shop *to, const struct ts_row *row)
{
    struct ts_outcome o;
    struct ts_effect fx;
    assert_true(ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len));
    while (ts_outcome_next(&o, &fx)) {
        if (fx.op == TS_FX_ONCE) to->host.cold_put(to->host.arg, fx.text, TS_STR("1"));
        if (fx.op == TS_FX_ANSWER || fx.op == TS_FX_SALE) to->host.cold_put(to->host.arg, fx.text, fx.json);
    }
    if (row->message_id.ptr) to->host.seen_add(to->host.arg, row->message_id, row->record);
}

/* Cuts at random instants into a folder of images; then a new engine is loaded from the folder and goes on live beside the old one. */
static void test_cuts_and_going_on(void **state)
{
    struct shop s, fresh;
    struct wild w;
    uint64_t seed = test_seed(20260308) + 1, n = test_number("TS_SIZE", 2500), until = n * 4 / 5;
    TS_VEC(struct ts_str) images = {0};
    TS_UNUSED(state);
    open_wild(&s, &w, seed);
    struct ts_str meta = {NULL, 0};
    while (w.i < until) {
        struct ts_cut cut;
        wild_step(&s, &w, n);
        if (below(&w, 150) && w.i != until) continue;
        assert_int_equal(ts_engine_cut(s.engine, &cut, &s.error), TS_OK);
        for (uint64_t k = below(&w, 20); k && w.i < until;
             k--) /* the cut's images stay as they were while the engine goes on */
            wild_step(&s, &w, n);
        bool last = w.i >= until && cut.record == ts_engine_record(s.engine);
        for (size_t i = 0; i < cut.n_images; i++) {
            while (images.len < cut.images[i].number)
                assert_non_null(ts_vec_push(&images));
            free((void *)images.at[cut.images[i].number - 1].ptr);
            char *copy = malloc(cut.images[i].len);
            assert_non_null(copy);
            memcpy(copy, cut.images[i].data, cut.images[i].len);
            images.at[cut.images[i].number - 1] = ts_str(copy, cut.images[i].len);
        }
        free((void *)meta.ptr);
        char *text = malloc(cut.meta.len);
        assert_non_null(text);
        memcpy(text, cut.meta.ptr, cut.meta.len);
        meta = ts_str(text, cut.meta.len);
        ts_engine_release(s.engine, &cut);
        if (!last && w.i >= until) until = w.i + 1; /* one more, so that the last cut is of the last record */
    }
    shop_open_seed(&fresh, NULL, 8, 0);
    for (uint32_t i = 0; i < ts_names_total(ts_engine_names(s.engine)); i++) {
        enum ts_space space;
        struct ts_str text;
        ts_names_at(ts_engine_names(s.engine), i, &space, &text);
        assert_int_equal(ts_engine_load_name(fresh.engine, space, text, &fresh.error), TS_OK);
    }
    for (uint32_t i = 1; i <= ts_idents_count(ts_engine_idents(s.engine)); i++) {
        uint32_t kind;
        struct ts_str value;
        uint64_t profile;
        ts_idents_get(ts_engine_idents(s.engine), i, &kind, &value, &profile);
        assert_int_equal(ts_engine_load_ident(fresh.engine, kind, value, profile, &fresh.error), TS_OK);
    }
    for (uint32_t i = 0; i < images.len; i++)
        if (ts_engine_load_image(fresh.engine, i + 1, (const uint8_t *)images.at[i].ptr, images.at[i].len,
                                 &fresh.error) != TS_OK)
            fail_msg("%s", fresh.error.text);
    struct ts_sources sources;
    shop_sources(w.i < n / 3 ? full : w.i < n / 2 ? less : w.i < n * 3 / 4 ? third : full, &sources);
    if (ts_engine_load_meta(fresh.engine, meta, &sources, &fresh.error) != TS_OK) fail_msg("%s", fresh.error.text);
    same_state(s.engine, fresh.engine, "a loaded checkpoint");
    uint64_t from = ts_memory_host_rows(s.memory);
    for (uint64_t i = 0; i < from; i++)
        cold_of(&fresh, ts_memory_host_row(s.memory, i));
    struct wild twin = w;
    while (w.i < n)
        wild_step(&s, &w, n);
    while (twin.i < n) { /* its host has no earlier rows: they would be looked at for retries only */
        wild_step(&fresh, &twin, n);
    }
    same_state(s.engine, fresh.engine, "going on from a checkpoint");
    for (uint64_t i = from; i < ts_memory_host_rows(s.memory); i++)
        assert_int_equal(ts_memory_host_row(s.memory, i)->digest, ts_memory_host_row(fresh.memory, i - from)->digest);
    ts_sources_release(&sources);
    for (uint32_t i = 0; i < images.len; i++)
        free((void *)images.at[i].ptr);
    ts_vec_release(&images);
    free((void *)meta.ptr);
    shop_close(&fresh);
    shop_close(&s);
}

/* Every line previewed before it is applied: what the preview says is what happens, and nothing stays of it. */
static void test_previews(void **state)
{
    struct shop s, twin;
    struct wild w, v;
    struct ts_buf b, said;
    uint64_t n = test_number("TS_SIZE", 2500) / 2;
    TS_UNUSED(state);
    ts_buf_init(&b, 0);
    ts_buf_init(&said, 0);
    open_wild(&s, &w, test_number("TS_SEED", 20260308) + 2);
    open_wild(&twin, &v, test_number("TS_SEED", 20260308) + 2);
    uint64_t compared = 0;
    while (w.i < n) {
        struct wild before = w;
        wild_line(&w, &b);
        struct ts_input in = input_of(&w, &b);
        if (ts_engine_preview(s.engine, &in, &s.result, &s.error) != TS_OK) fail_msg("%s", s.error.text);
        ts_buf_clear(&said);
        ts_buf_add(&said, s.result.outcome.ptr, s.result.outcome.len);
        uint64_t rows = ts_memory_host_rows(s.memory);
        w = before;
        wild_step(&s, &w, n);
        wild_step(&twin, &v, n);
        const struct ts_row *row = ts_memory_host_row(s.memory, rows); /* where no slice came between */
        if (ts_memory_host_rows(s.memory) != rows + 1 || row->kind > TS_RECORD_GROUP ||
            s.result.status != TS_RESULT_APPLIED)
            continue;
        if (row->outcome.len != said.len || memcmp(row->outcome.ptr, said.data, said.len) != 0)
            fail_msg("record %llu: not what the preview said", (unsigned long long)row->record);
        compared++;
    }
    assert_true(compared > n / 4);
    same_state(s.engine, twin.engine, "previews");
    assert_int_equal(ts_memory_host_rows(s.memory), ts_memory_host_rows(twin.memory));
    ts_buf_release(&b);
    ts_buf_release(&said);
    shop_close(&s);
    shop_close(&twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_live_recovered_replayed),
        cmocka_unit_test(test_cuts_and_going_on),
        cmocka_unit_test(test_previews),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
