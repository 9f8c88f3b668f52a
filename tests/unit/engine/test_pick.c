/* SPDX-License-Identifier: Apache-2.0 */
/* Earnings found by a value of a field: those that pay are those whose `where` holds, for random programmes and events. Each earning pays
 * another power of two, so that what an event earned says who paid. */
#include "../seed.h"
#include "shop.h"

#define EARNS 48 /* 2^48 points are below the limit of a balance for three events */
#define EVENTS 3
#define ROUNDS 150

static uint64_t state;
static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

/* Conditions on fields a and b (text) and n (integer): bits of the values 0..5 that hold; 6: absent. */
struct earn {
    unsigned a, b, n;
};
#define ABSENT 6
#define ANY 0x7F

static void add_condition(struct ts_buf *b, const char *field, bool number, unsigned *ret)
{
    unsigned kind = (unsigned)draw(5), count = 0;
    *ret = ANY;
    if (kind == 0) return;
    unsigned chosen = kind == 1 ? 1u << draw(6) : (unsigned)draw(62) + 1;
    ts_buf_addf(b, "%s = %s{ ", field, kind == 4 ? "{ except = " : "");
    for (unsigned v = 0; v < 6; v++) {
        if (!(chosen & 1u << v)) continue;
        ts_buf_addf(b, number ? "%s%u" : "%s'v%u'", count++ ? ", " : "", v);
    }
    ts_buf_adds(b, kind == 4 ? " } }, " : " }, ");
    *ret = kind == 4 ? ANY & ~chosen : chosen;
}

static void one_round(void)
{
    struct earn earns[EARNS];
    struct shop s;
    struct ts_buf rules;
    unsigned n = 1 + (unsigned)draw(EARNS);
    ts_buf_init(&rules, 0);
    ts_buf_adds(&rules, "program { name = 'p', timezone = 'UTC', currency = 'EUR' } points 'stars' {}\n"
                        "event 'E' { a = 'text', b = 'text', n = 'integer' }\n");
    for (unsigned i = 0; i < n; i++) {
        ts_buf_addf(&rules, "earn 'e%02u' { on = 'E', points = 'stars', give = %llu, where = { ", i, 1ull << i);
        add_condition(&rules, "a", false, &earns[i].a);
        add_condition(&rules, "b", false, &earns[i].b);
        add_condition(&rules, "n", true, &earns[i].n);
        if (earns[i].a == ANY && earns[i].b == ANY && earns[i].n == ANY) {
            ts_buf_adds(&rules, "a = 'v0', ");
            earns[i].a = 1;
        }
        ts_buf_adds(&rules, "} }\n");
    }
    shop_open(&s, ts_buf_cstr(&rules));
    int64_t expected = 0;
    for (int k = 0; k < EVENTS; k++) {
        unsigned a = (unsigned)draw(7), b = (unsigned)draw(7), number = (unsigned)draw(7);
        char fields[100] = "\"x\":1", one[30];
        if (a != ABSENT) strcat(fields, (snprintf(one, sizeof one, ",\"a\":\"v%u\"", a), one));
        if (b != ABSENT) strcat(fields, (snprintf(one, sizeof one, ",\"b\":\"v%u\"", b), one));
        if (number != ABSENT) strcat(fields, (snprintf(one, sizeof one, ",\"n\":%u", number), one));
        struct ts_result *r = shop_linef(&s,
                                         "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"messageId\":\"m%d\","
                                         "\"timestamp\":\"2026-01-01T00:00:00Z\",\"properties\":{%s}}",
                                         k, fields);
        assert_int_equal(r->status, TS_RESULT_APPLIED);
        for (unsigned i = 0; i < n; i++)
            if (earns[i].a & 1u << a && earns[i].b & 1u << b && earns[i].n & 1u << number) expected += INT64_C(1) << i;
        if (shop_balance(&s, 1, "stars").available != expected)
            fail_msg("after {%s}: %lld points, expected %lld, under\n%s", fields,
                     (long long)shop_balance(&s, 1, "stars").available, (long long)expected, ts_buf_cstr(&rules));
    }
    shop_close(&s);
    ts_buf_release(&rules);
}

static void who_pays_is_who_holds(void **unused)
{
    TS_UNUSED(unused);
    state = test_seed(4711) * 2 + 1;
    for (int i = 0; i < ROUNDS; i++)
        one_round();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_pays_is_who_holds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
