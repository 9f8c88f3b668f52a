/* SPDX-License-Identifier: Apache-2.0 */
/* Identity through the engine: SEMANTICS.md "Identity" 1 to 4, 6, 8. */
#include "shop.h"

#define HEAD                                                                                                           \
    "program { name = 'Test' }\nevent 'Ping' {}\nmeasure 'pings' { on = 'Ping' }\n"                                    \
    "identifier 'user_id' { strong = true, per_member = 1 }\n"                                                         \
    "identifier 'email' { strong = true, per_member = 2, normalize = 'email' }\n"                                      \
    "identifier 'anonymous_id' {}\nblocked 'email' { 'test@test.com' }\npoints 'stars' {}\n"                           \
    "earn 'e' { on = 'Ping', points = 'stars', give = 1 }\n"

static int next_id;

/* A ping with the identifiers given (NULL: without), as member number of whoever it went to. */
static uint64_t ping(struct shop *s, const char *user, const char *email, const char *anonymous)
{
    char line[500];
    int n = snprintf(
        line, sizeof line,
        "{\"type\":\"track\",\"event\":\"Ping\",\"messageId\":\"i%d\",\"timestamp\":\"2026-01-01T00:%02d:00Z\"",
        next_id, next_id % 60);
    next_id++;
    if (user) n += snprintf(line + n, sizeof line - (size_t)n, ",\"userId\":\"%s\"", user);
    if (anonymous) n += snprintf(line + n, sizeof line - (size_t)n, ",\"anonymousId\":\"%s\"", anonymous);
    if (email) n += snprintf(line + n, sizeof line - (size_t)n, ",\"context\":{\"traits\":{\"email\":\"%s\"}}", email);
    snprintf(line + n, sizeof line - (size_t)n, "}");
    return shop_line(s, line)->member;
}

static uint64_t living(struct shop *s, uint64_t m) { return ts_members_living(ts_engine_members(s->engine), m); }

static void test_strong_identifiers_join(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    assert_int_equal(ping(&s, "u1", NULL, NULL), 1);
    assert_int_equal(ping(&s, NULL, "A@b.com", NULL), 2);
    assert_int_equal(ping(&s, "u1", "a@B.com", NULL), 1); /* the stronger identifier survives; case does not matter */
    assert_int_equal(s.result.joins, 1);
    assert_int_equal(living(&s, 2), 1);
    assert_int_equal(ping(&s, NULL, "a@b.com", NULL), 1);
    assert_int_equal(shop_balance(&s, 1, "stars").available, 4);
    shop_close(&s);
}

static void test_anonymous_past_is_joined(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    assert_int_equal(ping(&s, NULL, NULL, "x"), 1);
    assert_int_equal(ping(&s, "u1", NULL, "x"), 1); /* he gets the unknown strong one */
    assert_int_equal(ping(&s, NULL, NULL, "y"), 2);
    assert_int_equal(ping(&s, "u1", NULL, "y"), 1); /* and a second anonymous past joins him */
    assert_int_equal(living(&s, 2), 1);
    shop_close(&s);
}

/* Two who each have a strong identifier are never joined by a weak one: the weak value goes over to who used it last. */
static void test_weak_never_joins_two(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    assert_int_equal(ping(&s, "u1", NULL, "tablet"), 1);
    assert_int_equal(ping(&s, "u2", NULL, NULL), 2);
    assert_int_equal(ping(&s, "u2", NULL, "tablet"), 2);
    assert_int_equal(ping(&s, NULL, NULL, "tablet"), 2);
    assert_int_equal(ping(&s, "u3", NULL, "tablet"),
                     3); /* nobody is called u3 yet: a new member, not a third name of u2 */
    assert_int_equal(living(&s, 1), 1);
    assert_int_equal(shop_balance(&s, 1, "stars").available, 1); /* earlier records stay where they were */
    shop_close(&s);
}

static void test_guards(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, HEAD);
    assert_int_equal(ping(&s, "u1", "a@a.com", NULL), 1);
    assert_int_equal(ping(&s, "u2", NULL, NULL), 2);
    assert_int_equal(ping(&s, "u2", "a@a.com", NULL),
                     2); /* would give one member two user ids: the e-mail is left out */
    assert_int_equal(s.result.joins, 0);
    assert_int_equal(s.result.rule_errors, 1); /* and put up for review */
    assert_int_equal(living(&s, 2), 2);
    assert_int_equal(ping(&s, NULL, "a@a.com", NULL), 1);
    ping(&s, "u1", "b@a.com", NULL);
    assert_int_equal(ping(&s, "u1", "c@a.com", NULL), 1); /* a third e-mail is one too many */
    assert_int_equal(s.result.rule_errors, 1);
    assert_int_equal(ping(&s, NULL, "c@a.com", NULL), 3);
    assert_int_equal(ping(&s, NULL, "test@test.com", "z"), 4); /* a blocked value identifies nobody */
    assert_int_equal(ping(&s, NULL, "test@test.com", NULL), 0);
    assert_int_equal(s.result.status, TS_RESULT_QUARANTINED);
    shop_close(&s);
}

static void alias(struct shop *s, const char *previous, const char *user)
{
    shop_linef(s,
               "{\"type\":\"alias\",\"previousId\":\"%s\",\"userId\":\"%s\",\"messageId\":\"al%d\",\"timestamp\":"
               "\"2026-02-01T00:00:00Z\"}",
               previous, user, next_id++);
}

static void test_alias(void **state)
{
    struct shop s;
    TS_UNUSED(state);
    shop_open(&s, "program { name = 'Test' }\nevent 'Ping' {}\nidentifier 'user_id' { strong = true }\nidentifier "
                  "'anonymous_id' {}\npoints 'stars' {}\nearn 'e' { on = 'Ping', points = 'stars', give = 1 }\n");
    ping(&s, NULL, NULL, "x");
    alias(&s, "x", "u1");
    assert_int_equal(s.result.member, 1);
    assert_int_equal(ping(&s, "u1", NULL, NULL), 1);
    ping(&s, "u2", NULL, NULL);
    alias(&s, "u2", "u1"); /* previousId is looked up as anonymous id, then as user id */
    assert_int_equal(living(&s, 2), 1);
    uint32_t idents = ts_idents_count(ts_engine_idents(s.engine));
    alias(&s, "u1", "u1"); /* to itself: harmless */
    assert_int_equal(s.result.status, TS_RESULT_APPLIED);
    assert_int_equal(s.result.joins, 0);
    assert_int_equal(ts_idents_count(ts_engine_idents(s.engine)), idents);
    shop_close(&s);
}

/* An alias chain of joins stays one step long, and the other's number works for ever. */
static void test_aliases_are_one_step(void **state)
{
    struct shop s;
    char user[8], email[16];
    TS_UNUSED(state);
    shop_open(&s, "program { name = 'Test' }\nevent 'Ping' {}\nidentifier 'user_id' { strong = true }\nidentifier "
                  "'email' { strong = true, normalize = 'email' }\n"
                  "points 'stars' {}\nearn 'e' { on = 'Ping', points = 'stars', give = 1 }\n");
    for (int i = 8; i >= 1; i--) {
        snprintf(user, sizeof user, "u%d", i);
        ping(&s, user, NULL, NULL);
    }
    for (int i = 1; i < 8; i++) {
        snprintf(user, sizeof user, "u%d", i);
        snprintf(email, sizeof email, "e%d@x.org", i);
        ping(&s, user, email, NULL);
        snprintf(user, sizeof user, "u%d", i + 1);
        ping(&s, user, email, NULL);
    }
    for (uint64_t m = 1; m <= 8; m++)
        assert_int_equal(living(&s, m), 1);
    assert_int_equal(shop_balance(&s, 1, "stars").available, 8 + 14);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strong_identifiers_join),
        cmocka_unit_test(test_anonymous_past_is_joined),
        cmocka_unit_test(test_weak_never_joins_two),
        cmocka_unit_test(test_guards),
        cmocka_unit_test(test_alias),
        cmocka_unit_test(test_aliases_are_one_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
