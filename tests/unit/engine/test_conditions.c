/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions against a fresh look. Random programmes of tags with `when` and of segments, built from everything that a condition can read,
 * live through random events (late ones, live ones of a moment ahead, joins, redemptions, days without any) in zones with odd clocks.
 * After every record and at every local midnight what the engine holds must equal what each condition says when it is asked anew. */
#include "../seed.h"
#include "engine/internal.h"
#include "shop.h"

#define TAGS 9
#define SEGMENTS 6
#define CONDITIONS (TAGS + SEGMENTS)
#define PEOPLE 6
#define ROUNDS 16
#define STEPS 60

static const char *const zones[] = {
    "Asia/Shanghai", "America/New_York",    "Europe/Berlin", "America/Sao_Paulo", "America/Santiago",
    "Africa/Cairo",  "Australia/Lord_Howe", "Asia/Beirut",   "Pacific/Apia",      "UTC"};
static const char *const windows[] = {"1 day",
                                      "3 days",
                                      "7 days",
                                      "2 weeks",
                                      "1 month",
                                      "3 months",
                                      "calendar day",
                                      "calendar week",
                                      "calendar month",
                                      "calendar year",
                                      "last calendar day",
                                      "last calendar week",
                                      "last calendar month",
                                      "lifetime"};
static const char *const goods[] = {"lens", "coffee", "cup", "tea"};

static struct ts_rng rng;
static uint64_t draw(uint64_t below) { return ts_rng_below(&rng, below); }
#define ANY(list) ((list)[draw(TS_ARRAY_LEN(list))])

/* ---- random programmes ---- */

struct condition {
    char expression[900];
    bool fades; /* reads a score, which moves within a day: looked at once a day only */
};
struct programme {
    struct condition
        at[CONDITIONS]; /* those of tags, then those of segments; each may read the ones before it in `order` */
    uint32_t order[CONDITIONS], n_order;
    char text[24000];
};

/* What this condition may read of the ones that were made before it. */
static void other(const struct programme *p, char *out, size_t cap)
{
    uint32_t i = p->n_order ? p->order[draw(p->n_order)] : CONDITIONS;
    if (i == CONDITIONS)
        snprintf(out, cap, "member.tags['stamped']");
    else if (i < TAGS)
        snprintf(out, cap, "member.tags['t%u']", i);
    else
        snprintf(out, cap, "member.segments['s%u']", i - TAGS);
}

static void atom(const struct programme *p, struct condition *c, char *out, size_t cap)
{
    int n = (int)draw(100);
    switch (draw(22)) {
    case 0:
        snprintf(out, cap, "member:spend '%s' >= money '%d'", ANY(windows), n);
        break;
    case 1:
        snprintf(out, cap, "member:orders '%s' > %d", ANY(windows), n % 4);
        break;
    case 2:
    case 3:
        snprintf(out, cap, "member:did('Visit', '%s')", ANY(windows));
        break;
    case 4:
        snprintf(out, cap, "member:did 'Order Completed'");
        break;
    case 5:
        snprintf(out, cap, "member:since 'Visit' > %d", n % 20);
        break;
    case 6:
        snprintf(out, cap, "member:since 'Order Completed' == %d", n % 9);
        break;
    case 7:
    case 8:
        snprintf(out, cap, "(member:bought('%s', '%s') or { count = 0 }).count > %d", ANY(goods), ANY(windows), n % 3);
        break;
    case 9:
        snprintf(out, cap, "(member:usual('bought', '%s') or { value = '' }).value == '%s'", ANY(windows), ANY(goods));
        break;
    case 10:
        snprintf(out, cap, "member.traits['city'] == '%s'", n % 2 ? "Paris" : "Rome");
        break;
    case 11:
        snprintf(out, cap, "member.consents['news']");
        break;
    case 12:
        snprintf(out, cap, "member.scores['activity'] > %d.%d", n % 6, n % 10);
        c->fades = true;
        break;
    case 13:
        snprintf(out, cap, "member.tiers['club'].name ~= '%s'", n % 2 ? "Base" : "Gold");
        break;
    case 14:
        snprintf(out, cap, "(member.tiers['club'].missing or 0) < %d00", n);
        break;
    case 15:
        snprintf(out, cap, "member.tiers['club'].since > '2026-0%d-15'", n % 9 + 1);
        break;
    case 16:
        snprintf(out, cap, "member:points('stars').%s > %d",
                 n % 3 == 0   ? "available"
                 : n % 3 == 1 ? "pending"
                              : "expiring",
                 n);
        break;
    case 17:
        snprintf(out, cap, "member.tags['%s']", n % 2 ? "stamped" : "gift");
        break;
    case 18:
        snprintf(out, cap, "now.%s", n % 3 == 0 ? "weekday == 'Monday'" : n % 3 == 1 ? "day > 20" : "month % 2 == 0");
        break;
    case 19:
        snprintf(out, cap, "member.created < '2026-0%d-10'", n % 9 + 1);
        break;
    default:
        other(p, out, cap);
    }
}

static void expression(const struct programme *p, struct condition *c, int depth, struct ts_buf *out)
{
    char text[200];
    if (depth == 0 || draw(4) == 0) {
        atom(p, c, text, sizeof text);
        ts_buf_addf(out, "%s(%s)", draw(3) ? "" : "not ", text);
        return;
    }
    ts_buf_byte(out, '(');
    expression(p, c, depth - 1, out);
    ts_buf_adds(out, draw(2) ? " and " : " or ");
    expression(p, c, depth - 1, out);
    ts_buf_byte(out, ')');
}

static void make_programme(struct programme *p)
{
    size_t n = 0;
    memset(p, 0, sizeof *p);
    for (uint32_t k = 0; k < CONDITIONS;
         k++) { /* in random order, so that tags read segments and the other way round */
        uint32_t i = (uint32_t)draw(CONDITIONS);
        for (bool had = true; had;) {
            had = false;
            for (uint32_t h = 0; h < p->n_order; h++)
                had |= p->order[h] == i;
            if (had) i = (i + 1) % CONDITIONS;
        }
        struct ts_buf text;
        ts_buf_init(&text, 0);
        expression(p, &p->at[i], 2, &text);
        snprintf(p->at[i].expression, sizeof p->at[i].expression, "%s", ts_buf_cstr(&text));
        ts_buf_release(&text);
        p->order[p->n_order++] = i;
    }
    n += (size_t)snprintf(
        p->text, sizeof p->text,
        "program { name = 'Test', timezone = '%s', currency = 'USD' }\n"
        "event 'Order Completed' { revenue = { 'money', required = true }, products = { 'list', of = { name = 'text' } "
        "} }\n"
        "event 'Visit' {}\n"
        "trait 'city' {}\nconsent 'news' { default = 'no' }\n"
        "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"
        "measure 'orders' { on = 'Order Completed' }\n"
        "measure 'bought' { on = 'Order Completed', each = 'products', by = 'name' }\n"
        "score 'activity' { half_life = '5 days', events = { Visit = 1, ['Order Completed'] = 3 } }\n"
        "points 'stars' { pending = '3 days', expire = { after = '2 months', at = 'month end' } }\n"
        "earn 'stars' { on = 'Order Completed', points = 'stars', give = 1, per = money '1', of = 'revenue' }\n"
        "tiers 'club' { basis = { { measure = 'spend', window = '1 month' }, { measure = 'orders', window = 'calendar "
        "month' } },\n"
        "  { 'Base' }, { 'Silver', from = { money '60', 3 } }, { 'Gold', from = { money '150', false } },\n"
        "  downgrade = { review = 'weekly', grace = '3 days', steps = 1 } }\n"
        "tag 'stamped' { on = 'Visit', keep = '4 days' }\ntag 'gift' { class = 'life' }\n"
        "rule 'gives' { on = 'segment.entered', act = function(member, event)\n"
        "  if event.segment == 's0' then member:tag('gift', '3 days') end end }\n"
        "rule 'takes' { on = 'tier.upgraded', act = function(member) member:untag 'gift' end }\n",
        ANY(zones));
    for (uint32_t i = 0; i < CONDITIONS; i++)
        n += (size_t)snprintf(p->text + n, sizeof p->text - n, "%s '%c%u' { when = function(member) return %s end }\n",
                              i < TAGS ? "tag" : "segment", i < TAGS ? 't' : 's', i < TAGS ? i : i - TAGS,
                              p->at[i].expression);
    assert_true(n < sizeof p->text);
}

/* ---- the check ---- */

static uint64_t looked, held;

static bool holds(struct shop *s, struct ts_member_view *v, uint32_t i)
{
    char name[8];
    struct ts_names *names = ts_engine_names(s->engine);
    snprintf(name, sizeof name, "%c%u", i < TAGS ? 't' : 's', i < TAGS ? i : i - TAGS);
    if (i < TAGS) return ts_profile_tag(v->member.profiles[0], ts_names_find(names, TS_SPACE_TAG, ts_cstr(name)));
    return ts_profile_segment(v->member.profiles[0], ts_names_find(names, TS_SPACE_SEGMENT, ts_cstr(name)));
}

static bool says(struct shop *s, struct ts_member_view *v, uint32_t i, struct ts_call_result *result)
{
    const struct ts_program *p = ts_engine_program(s->engine);
    struct ts_call call = {.fn = i < TAGS ? p->tags.at[i + 2].fn_when : p->segments.at[i - TAGS].fn_when,
                           .member = &v->member,
                           .names = ts_engine_names(s->engine),
                           .now = ts_engine_clock(s->engine)};
    assert_int_equal(ts_rules_call(s->engine->rules, TS_FN_WHEN, &call, result), TS_OK);
    if (result->status != TS_CALL_DONE) fail_msg("%s", result->message);
    return result->truth;
}

static void compare(struct shop *s, const struct programme *p, bool midnight, const char *after)
{
    struct ts_call_result result;
    struct ts_members *members = ts_engine_members(s->engine);
    char when[32];
    ts_call_result_init(&result);
    ts_rules_begin(s->engine->rules);
    for (uint64_t m = 1; m <= ts_members_count(members); m++) {
        struct ts_member_view v;
        if (ts_members_living(members, m) != m) continue;
        assert_int_equal(ts_member_view_open(s->engine, m, &v, &s->error), TS_OK);
        for (uint32_t i = 0; i < CONDITIONS; i++) {
            if (p->at[i].fades && !midnight) continue;
            bool has = holds(s, &v, i), said = says(s, &v, i, &result);
            looked++;
            held += has;
            if (has != said)
                fail_msg("m%llu %s %c%u and its condition says %s, at %s, after %s\n%s", (unsigned long long)m,
                         has ? "has" : "has not", i < TAGS ? 't' : 's', i < TAGS ? i : i - TAGS, said ? "yes" : "no",
                         ts_time_format(ts_engine_clock(s->engine), when), after, p->text);
        }
        ts_member_view_close(&v);
        ts_rules_begin(s->engine->rules);
    }
    ts_call_result_release(&result);
}

/* ---- a random life ---- */

static void send(struct shop *s, const char *line, ts_ms arrival, bool live)
{
    struct ts_input in = {.line = ts_cstr(line),
                          .file = TS_STR("test"),
                          .number = ++s->lines,
                          .mapping = TS_STR(""),
                          .equal_before = s->lines,
                          .arrival = live ? arrival : INT64_C(1600000000000),
                          .live = live};
    if (ts_engine_submit(s->engine, &in, &s->result, &s->error) != TS_OK) fail_msg("%s: %s", line, s->error.text);
    if (s->result.status == TS_RESULT_QUARANTINED) fail_msg("%s: %s", line, s->result.fault.message);
    struct ts_outcome o;
    struct ts_effect fx;
    bool open =
        s->result.outcome.len && ts_outcome_open(&o, (const uint8_t *)s->result.outcome.ptr, s->result.outcome.len);
    while (open && ts_outcome_next(&o, &fx))
        if (fx.op == TS_FX_ERROR) fail_msg("%s: " TS_STR_FMT, line, TS_STR_ARG(fx.text));
}

static const char *line_of(char *out, size_t cap, ts_ms at, uint64_t n)
{
    char when[32];
    unsigned who = (unsigned)draw(PEOPLE);
    ts_time_format(at, when);
    switch (draw(10)) {
    case 0:
        snprintf(
            out, cap,
            "{\"type\":\"identify\",\"userId\":\"u%u\",\"timestamp\":\"%s\",\"traits\":{\"city\":\"%s\",\"news\":%s}}",
            who, when, draw(2) ? "Paris" : "Rome", draw(2) ? "true" : "false");
        break;
    case 1: /* joins, now and then */
        snprintf(out, cap, "{\"type\":\"alias\",\"previousId\":\"%c%u\",\"userId\":\"u%u\",\"timestamp\":\"%s\"}",
                 draw(4) ? 'a' : 'u', (unsigned)draw(PEOPLE), who, when);
        break;
    case 2:
        snprintf(out, cap,
                 "{\"type\":\"redeem\",\"key\":\"k%llu\",\"member\":\"user_id:u%u\",\"points\":\"stars\",\"amount\":%u,"
                 "\"timestamp\":\"%s\"}",
                 (unsigned long long)n, who, (unsigned)draw(60) + 1, when);
        break;
    case 3:
        snprintf(
            out, cap,
            "{\"type\":\"set_tier\",\"key\":\"k%llu\",\"member\":\"user_id:u%u\",\"tiers\":\"club\",\"level\":\"%s\","
            "\"timestamp\":\"%s\"}",
            (unsigned long long)n, who, draw(2) ? "Silver" : "Base", when);
        break;
    case 4:
    case 5:
    case 6:
        snprintf(out, cap, "{\"type\":\"track\",\"event\":\"Visit\",\"%s\":\"%c%u\",\"timestamp\":\"%s\"}",
                 draw(4) ? "userId" : "anonymousId", 'a', who, when);
        if (draw(2)) /* the same person by the strong identifier */
            snprintf(out, cap, "{\"type\":\"track\",\"event\":\"Visit\",\"userId\":\"u%u\",\"timestamp\":\"%s\"}", who,
                     when);
        break;
    default:
        snprintf(
            out, cap,
            "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u%u\",\"timestamp\":\"%s\",\"properties\":{"
            "\"revenue\":%u,\"products\":[{\"name\":\"%s\"},{\"name\":\"%s\"}]}}",
            who, when, (unsigned)draw(90), ANY(goods), ANY(goods));
    }
    return out;
}

/* Move to `to`: midnight by midnight, or in one leap, so that due work of many days is done at once. */
static void pass(struct shop *s, const struct programme *p, ts_ms from, ts_ms to)
{
    const struct ts_zone *z = ts_engine_program(s->engine)->zone;
    char line[100], when[32];
    bool leap = draw(4) == 0;
    for (ts_day day = ts_zone_day(z, from) + 1; !leap && ts_zone_day_start(z, day) <= to; day++) {
        ts_ms midnight = ts_zone_day_start(z, day);
        if (midnight <= from) continue;
        snprintf(line, sizeof line, "{\"type\":\"tick\",\"timestamp\":\"%s\"}", ts_time_format(midnight, when));
        send(s, line, 0, false);
        compare(s, p, true, line);
    }
}

static void live_one(uint64_t seed)
{
    static struct programme p;
    struct shop s;
    char line[600];
    make_programme(&p);
    shop_open_seed(&s, p.text, seed, 0);
    ts_ms t;
    assert_int_equal(ts_time_parse(TS_STR("2026-02-20T05:00:00Z"), &t), TS_OK);
    t += (ts_ms)draw(200) * TS_DAY_MS; /* over the changes of the clocks in spring or autumn */
    for (uint64_t n = 0; n < STEPS; n++) {
        ts_ms to = t + (draw(3) ? (ts_ms)draw(6 * 3600000) : (ts_ms)draw(5 * TS_DAY_MS));
        bool live = draw(5) == 0 && n;
        if (live && draw(2)) { /* just before a midnight: a timestamp of a moment ahead is then of the next day */
            const struct ts_zone *z = ts_engine_program(s.engine)->zone;
            to = ts_zone_day_start(z, ts_zone_day(z, to) + 1) - 1 - (ts_ms)draw(3 * 60000);
        }
        pass(&s, &p, t, to);
        t = to;
        ts_ms at = live ? t + (ts_ms)draw(5 * 60000) : draw(4) ? t : t - (ts_ms)draw(25 * TS_DAY_MS);
        line_of(line, sizeof line, at, n);
        send(&s, line, t, live);
        compare(&s, &p, false, line);
    }
    shop_close(&s);
}

static void test_what_is_held_is_what_a_fresh_look_says(void **state)
{
    uint64_t first = test_seed(1), rounds = test_number("TS_ROUNDS", ROUNDS);
    TS_UNUSED(state);
    for (uint64_t i = 0; i < rounds; i++) {
        print_message("seed %llu\n", (unsigned long long)(first + i));
        rng.state = first + i;
        live_one(first + i);
    }
    print_message("%llu looks, %llu held\n", (unsigned long long)looked, (unsigned long long)held);
    assert_true(held > looked / 20 && held < looked - looked / 20); /* both happen */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_held_is_what_a_fresh_look_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
