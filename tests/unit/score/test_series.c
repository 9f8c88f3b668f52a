/* SPDX-License-Identifier: Apache-2.0 */
/* Packed series: against a naive model under thousands of random adds, on damaged bytes, under failing allocations and
 * at the ends of the numbers; and the size and byte-for-byte layout that images in databases rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../seed.h"
#include "score/score.h"

/* ---- the model: a cell for each key and day --------------------------------------------------------------------- */

#define KEYS 7
#define DAYS 1200
static const struct key {
    uint32_t id, by;
} KEY[KEYS] = {{1, 0}, {1, 5}, {1, 4000000000u}, {2, 0}, {77, 9}, {4000, 0}, {UINT32_MAX, 1}};

struct model {
    ts_day base;
    struct {
        int64_t count, sum;
    } cell[KEYS][DAYS];
    ts_ms first_at[KEYS], last_at[KEYS];
    bool alive[KEYS];
};

static void model_add(struct model *m, unsigned key, ts_day day, ts_ms at, int64_t count, int64_t sum)
{
    bool correction = count < 0 || (count == 0 && sum < 0);
    if (count == 0 && sum == 0) return;
    if (!m->alive[key] || (!correction && at < m->first_at[key])) m->first_at[key] = at;
    if (!m->alive[key] || (!correction && at > m->last_at[key])) m->last_at[key] = at;
    m->cell[key][day - m->base].count += count;
    m->cell[key][day - m->base].sum += sum;
    m->alive[key] = false;
    for (unsigned d = 0; d < DAYS; d++)
        m->alive[key] |= m->cell[key][d].count != 0 || m->cell[key][d].sum != 0;
}

static struct ts_sum model_window(const struct model *m, unsigned key, ts_day from, ts_day to)
{
    struct ts_sum sum = {0};
    for (int d = 0; d < DAYS; d++) {
        ts_day day = m->base + d;
        int64_t count = m->cell[key][d].count, money = m->cell[key][d].sum;
        if (day < from || day > to || (count == 0 && money == 0)) continue;
        if (sum.n_buckets++ == 0) sum.first_day = day;
        sum.last_day = day;
        sum.count += count;
        sum.sum += money;
    }
    return sum;
}

static void assert_window(const struct model *m, unsigned key, const struct ts_series *s, ts_day from, ts_day to)
{
    struct ts_sum want = model_window(m, key, from, to), got;
    ts_series_window(s, from, to, &got);
    assert_int_equal(got.count, want.count);
    assert_int_equal(got.sum, want.sum);
    assert_int_equal(got.n_buckets, want.n_buckets);
    if (want.n_buckets == 0) return;
    assert_int_equal(got.first_day, want.first_day);
    assert_int_equal(got.last_day, want.last_day);
}

static void assert_series(const struct model *m, unsigned key, const struct ts_series *s)
{
    struct ts_sum all = model_window(m, key, INT32_MIN, INT32_MAX);
    assert_int_equal(s->id, KEY[key].id);
    assert_int_equal(s->by, KEY[key].by);
    assert_int_equal(s->count, all.count);
    assert_int_equal(s->sum, all.sum);
    assert_int_equal(s->n_buckets, all.n_buckets);
    assert_int_equal(s->first_day, all.first_day);
    assert_int_equal(s->last_day, all.last_day);
    assert_int_equal(s->first_at, m->first_at[key]);
    assert_int_equal(s->last_at, m->last_at[key]);
    struct ts_bucket_iter it = {0};
    ts_day day, before = INT32_MAX;
    int64_t count, sum;
    uint32_t n = 0;
    for (; ts_series_bucket(s, &it, &day, &count, &sum); n++) {
        assert_true(day < before);
        before = day;
        assert_int_equal(count, m->cell[key][day - m->base].count);
        assert_int_equal(sum, m->cell[key][day - m->base].sum);
    }
    assert_int_equal(n, s->n_buckets);
}

static void assert_set(const struct model *m, const struct ts_buf *set)
{
    assert_true(ts_series_valid(set->data, set->len));
    struct ts_series s;
    size_t pos = 0;
    for (unsigned key = 0; key < KEYS; key++) {
        assert_int_equal(ts_series_find(set->data, set->len, KEY[key].id, KEY[key].by, &s), m->alive[key]);
        if (!m->alive[key]) continue;
        assert_series(m, key, &s);
        assert_true(ts_series_next(set->data, set->len, &pos, &s));
        assert_series(m, key, &s);
    }
    assert_false(ts_series_next(set->data, set->len, &pos, &s));
    assert_int_equal(pos, set->len);
}

static const char *const WINDOWS[] = {"lifetime",
                                      "today",
                                      "7 days",
                                      "30 days",
                                      "12 months",
                                      "1 month",
                                      "2 weeks",
                                      "1 year",
                                      "calendar day",
                                      "calendar week",
                                      "calendar month",
                                      "calendar quarter",
                                      "calendar year",
                                      "last calendar day",
                                      "last calendar week",
                                      "last calendar month",
                                      "last calendar quarter",
                                      "last calendar year"};

static void assert_windows(const struct model *m, const struct ts_buf *set, struct ts_rng *rng)
{
    unsigned key = (unsigned)ts_rng_below(rng, KEYS);
    struct ts_series s;
    if (!ts_series_find(set->data, set->len, KEY[key].id, KEY[key].by, &s)) return;
    ts_day today = m->base + (ts_day)ts_rng_below(rng, DAYS), from, to;
    for (size_t i = 0; i < TS_ARRAY_LEN(WINDOWS); i++) {
        struct ts_window w;
        struct ts_error err;
        if (ts_window_parse(ts_cstr(WINDOWS[i]), &w, &err) != TS_OK) fail_msg("%s: %s", WINDOWS[i], err.text);
        ts_window_days(w, today, &from, &to);
        assert_window(m, key, &s, from, to);
    }
    from = m->base + (ts_day)ts_rng_below(rng, DAYS);
    assert_window(m, key, &s, from, from + (ts_day)ts_rng_below(rng, 400));
    assert_window(m, key, &s, from, from - 1);
}

/* ---- the property test -------------------------------------------------------------------------------------------- */

struct amounts {
    int64_t count, sum;
};

static struct amounts draw_amounts(struct ts_rng *rng, const struct model *m, unsigned key, ts_day day)
{
    int64_t count = m->cell[key][day - m->base].count, sum = m->cell[key][day - m->base].sum;
    switch (ts_rng_below(rng, 12)) {
    case 0:
        return (struct amounts){-count, -sum}; /* cancels the day */
    case 1:
        return (struct amounts){0, -sum};
    case 2:
        return (struct amounts){-1, -(int64_t)ts_rng_below(rng, 1000)};
    case 3:
        return (struct amounts){0, (int64_t)ts_rng_below(rng, 3) - 1};
    case 4:
        return (struct amounts){(int64_t)ts_rng_below(rng, 1u << 20), (int64_t)(ts_rng_next(rng) >> 20)};
    case 5:
        return (struct amounts){1, (int64_t)ts_rng_below(rng, 1000000)};
    default:
        return (struct amounts){1, key % 2 ? (int64_t)ts_rng_below(rng, 100000) : 0};
    }
}

static const char *const ZONES[] = {"UTC", "Asia/Shanghai", "Europe/London", "America/New_York", "Pacific/Apia"};

static void one_history(struct ts_rng *rng, struct model *m, unsigned n_adds)
{
    struct ts_zone *zone = NULL;
    struct ts_error err;
    const char *name = ZONES[ts_rng_below(rng, TS_ARRAY_LEN(ZONES))];
    if (ts_zone_open(name, &zone, &err) != TS_OK) fail_msg("%s: %s", name, err.text);
    memset(m, 0, sizeof *m);
    m->base = ts_day_from_civil(2010 + (int)ts_rng_below(rng, 10), 12, 20);
    struct ts_buf set;
    ts_buf_init(&set, 0);
    ts_ms now = ts_zone_day_start(zone, m->base);
    for (unsigned i = 0; i < n_adds; i++) {
        ts_ms step = (ts_ms)ts_rng_below(rng, 2 * (DAYS - 2) * (uint64_t)TS_DAY_MS / n_adds);
        if (ts_zone_day(zone, now + step) < m->base + DAYS) now += step;
        bool late = ts_rng_below(rng, 4) == 0;
        ts_ms earliest = ts_zone_day_start(zone, m->base);
        ts_ms at = late ? earliest + (ts_ms)ts_rng_below(rng, (uint64_t)(now - earliest) + 1) : now;
        ts_day day = ts_zone_day(zone, at);
        unsigned key = (unsigned)ts_rng_below(rng, KEYS);
        struct amounts a = draw_amounts(rng, m, key, day);
        assert_true(ts_series_add(&set, KEY[key].id, KEY[key].by, day, at, a.count, a.sum));
        model_add(m, key, day, at, a.count, a.sum);
        if (i % 16 == 0) assert_set(m, &set);
        assert_windows(m, &set, rng);
    }
    assert_set(m, &set);
    ts_buf_release(&set);
    ts_zone_close(zone);
}

static void agrees_with_a_naive_model(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    struct model *m = malloc(sizeof *m);
    assert_non_null(m);
    for (unsigned i = 0; i < 60; i++)
        one_history(&rng, m, 20 + (unsigned)ts_rng_below(&rng, 300));
    free(m);
}

/* The same adds in any order give the same bytes, and taking them all back leaves nothing. */
static void order_does_not_matter(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    struct add {
        uint32_t id;
        ts_day day;
        int64_t count, sum;
    } adds[300];
    size_t n = TS_ARRAY_LEN(adds);
    for (size_t i = 0; i < n; i++) {
        adds[i].id = 1 + (uint32_t)ts_rng_below(&rng, 3);
        adds[i].day = 19000 + (ts_day)ts_rng_below(&rng, 90);
        adds[i].count = 1 + (int64_t)ts_rng_below(&rng, 3);
        adds[i].sum = adds[i].id == 1 ? 0 : (int64_t)ts_rng_below(&rng, 5);
    }
    struct ts_buf first, set;
    ts_buf_init(&first, 0);
    for (unsigned round = 0; round < 20; round++) {
        ts_buf_init(&set, 0);
        for (size_t i = 0; i < n; i++) {
            struct add *a = &adds[i];
            assert_true(ts_series_add(&set, a->id, 0, a->day, a->day * TS_DAY_MS, a->count, a->sum));
        }
        if (round == 0) ts_buf_add(&first, set.data, set.len);
        assert_int_equal(set.len, first.len);
        assert_memory_equal(set.data, first.data, set.len);
        for (size_t i = n - 1; i > 0; i--) {
            size_t j = ts_rng_below(&rng, i + 1);
            struct add swap = adds[i];
            adds[i] = adds[j];
            adds[j] = swap;
        }
        for (size_t i = 0; i < n; i++) {
            struct add *a = &adds[i];
            assert_true(ts_series_add(&set, a->id, 0, a->day, a->day * TS_DAY_MS, -a->count, -a->sum));
            assert_true(ts_series_valid(set.data, set.len));
        }
        assert_int_equal(set.len, 0);
        ts_buf_release(&set);
    }
    ts_buf_release(&first);
}

/* ---- ends of the numbers -------------------------------------------------------------------------------------------- */

static void assert_refused(struct ts_buf *set, ts_day day, int64_t count, int64_t sum)
{
    uint8_t before[256];
    size_t len = set->len;
    assert_true(len <= sizeof before);
    memcpy(before, set->data, len);
    assert_false(ts_series_add(set, 3, 0, day, day * TS_DAY_MS, count, sum));
    assert_int_equal(set->len, len);
    assert_memory_equal(set->data, before, len);
    assert_false(set->failed);
    assert_true(ts_series_valid(set->data, set->len));
}

static void overflow_is_refused(void **state)
{
    TS_UNUSED(state);
    struct ts_buf set;
    ts_buf_init(&set, 0);
    assert_true(ts_series_add(&set, 3, 0, 100, 100 * TS_DAY_MS, 5, INT64_MAX));
    assert_refused(&set, 100, 1, 1);
    assert_refused(&set, 101, 1, 1);
    assert_refused(&set, 99, 1, 1);
    assert_refused(&set, 100, INT64_MAX, 0);
    /* The total would fit here, the day's bucket would not. */
    assert_true(ts_series_add(&set, 3, 0, 101, 101 * TS_DAY_MS, 1, -10));
    assert_refused(&set, 100, 1, 10);
    assert_true(ts_series_add(&set, 3, 0, 102, 102 * TS_DAY_MS, 1, INT64_MIN + 11));
    assert_refused(&set, 102, 0, -20);
    struct ts_series s;
    assert_true(ts_series_find(set.data, set.len, 3, 0, &s));
    assert_int_equal(s.sum, 0); /* totals at zero, days not: the series stays, the windows need it */
    struct ts_sum sum;
    ts_series_window(&s, 101, 102, &sum);
    assert_int_equal(sum.sum, INT64_MIN + 1);
    ts_buf_release(&set);
}

static void far_days_and_instants(void **state)
{
    TS_UNUSED(state);
    struct ts_buf set;
    ts_buf_init(&set, 0);
    assert_true(ts_series_add(&set, 3, 0, INT32_MAX, INT64_MAX, 1, 0));
    assert_true(ts_series_add(&set, 3, 0, INT32_MIN, INT64_MIN, 1, 7));
    assert_true(ts_series_add(&set, 3, 0, 0, 0, 1, INT64_MIN));
    assert_true(ts_series_valid(set.data, set.len));
    struct ts_series s;
    assert_true(ts_series_find(set.data, set.len, 3, 0, &s));
    assert_int_equal(s.first_at, INT64_MIN);
    assert_int_equal(s.last_at, INT64_MAX);
    assert_int_equal(s.first_day, INT32_MIN);
    assert_int_equal(s.last_day, INT32_MAX);
    struct ts_sum sum;
    ts_series_window(&s, INT32_MIN, -1, &sum);
    assert_int_equal(sum.sum, 7);
    assert_int_equal(sum.count, 1);
    ts_buf_release(&set);
}

static void corrections_do_not_move_instants(void **state)
{
    TS_UNUSED(state);
    struct ts_buf set;
    ts_buf_init(&set, 0);
    struct ts_series s;
    assert_true(ts_series_add(&set, 3, 0, 100, 100 * TS_DAY_MS + 5, 1, 50));
    assert_true(ts_series_add(&set, 3, 0, 104, 104 * TS_DAY_MS + 5, 1, 50));
    assert_true(ts_series_add(&set, 3, 0, 104, 104 * TS_DAY_MS + 9, 0, -20));
    assert_true(ts_series_add(&set, 3, 0, 104, 109 * TS_DAY_MS, -1, -30));
    assert_true(ts_series_add(&set, 3, 0, 100, 99 * TS_DAY_MS, 0, -1));
    assert_true(ts_series_find(set.data, set.len, 3, 0, &s));
    assert_int_equal(s.last_day, 100);
    assert_int_equal(s.first_at, 100 * TS_DAY_MS + 5);
    assert_int_equal(s.last_at, 104 * TS_DAY_MS + 5);
    assert_true(ts_series_add(&set, 3, 0, 100, 0, -1, -49));
    assert_int_equal(set.len, 0);
    assert_true(ts_series_add(&set, 3, 0, 50, 0, 0, 0)); /* nothing is nothing */
    assert_int_equal(set.len, 0);
    ts_buf_release(&set);
}

/* ---- memory and damage ------------------------------------------------------------------------------------------------ */

/* 5 measures of 20 active days, two of them money, over two years. */
static void ordinary_set(struct ts_buf *set, struct ts_rng *rng)
{
    ts_buf_init(set, 0);
    for (uint32_t id = 1; id <= 5; id++) {
        ts_day day = 19800;
        for (unsigned i = 0; i < 20; i++, day += 1 + (ts_day)ts_rng_below(rng, 72)) {
            int64_t sum = id <= 2 ? 3000 + (int64_t)ts_rng_below(rng, 60000) : 0;
            assert_true(ts_series_add(set, id, 0, day, day * TS_DAY_MS + 3600000 * 5 + 123, 1, sum));
        }
    }
}

static void ordinary_member_is_small(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    struct ts_buf set;
    ordinary_set(&set, &rng);
    print_message("5 measures of 20 days: %zu bytes\n", set.len);
    assert_true(set.len < 400);
    ts_buf_release(&set);
}

static void layout_is_fixed(void **state)
{
    TS_UNUSED(state);
    struct ts_buf set;
    ts_buf_init(&set, 0);
    assert_true(ts_series_add(&set, 1, 0, 19723, 19723 * TS_DAY_MS + 1000, 1, 0));
    assert_true(ts_series_add(&set, 1, 0, 19725, 19725 * TS_DAY_MS - 1000, 2, 0));
    assert_true(ts_series_add(&set, 1, 9, 19723, 19723 * TS_DAY_MS, 1, 100));
    static const uint8_t WANT[] = {
        4, 13, 2,  6, 0x9a, 0xb4, 0x02, 2,    0xd0, 0x0f, 0xcf, 0x0f, 5, 4, 0, /* gap 2, count 2; oldest, count 1 */
        7, 9,  13, 1, 2,    0xc8, 0x01, 0x96, 0xb4, 0x02, 0,    0,    0, 0, 0xc8, 0x01,
    };
    assert_int_equal(set.len, sizeof WANT);
    assert_memory_equal(set.data, WANT, sizeof WANT);
    ts_buf_release(&set);
}

/* Every reader over bytes that may be anything; exact-sized copies let the address sanitizer see a stray read. */
static bool read_all(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    struct ts_series s;
    struct ts_sum sum;
    size_t pos = 0;
    while (ts_series_next(copy, len, &pos, &s)) {
        assert_true(pos <= len);
        ts_series_window(&s, INT32_MIN, INT32_MAX, &sum);
        ts_series_window(&s, s.first_day + 1, s.last_day, &sum);
        ts_series_window(&s, 19900, 20100, &sum);
        struct ts_bucket_iter it = {0};
        ts_day day;
        int64_t count, money;
        for (unsigned i = 0; i < 10000 && ts_series_bucket(&s, &it, &day, &count, &money); i++)
            continue;
    }
    ts_series_find(copy, len, 3, 0, &s);
    ts_series_find(copy, len, 5, 1, &s);
    bool valid = ts_series_valid(copy, len);
    free(copy);
    return valid;
}

static void damaged_bytes_are_safe(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    struct ts_buf set, again;
    ordinary_set(&set, &rng);
    assert_true(read_all(set.data, set.len));
    for (size_t len = 1; len < set.len; len++)
        read_all(set.data, len);
    unsigned accepted = 0;
    for (unsigned round = 0; round < 30000; round++) {
        ts_buf_init(&again, 0);
        ts_buf_add(&again, set.data, set.len);
        unsigned flips = 1 + (unsigned)ts_rng_below(&rng, 4);
        for (unsigned i = 0; i < flips; i++)
            again.data[ts_rng_below(&rng, again.len)] = (uint8_t)ts_rng_next(&rng);
        if (memcmp(again.data, set.data, set.len) != 0) accepted += read_all(again.data, again.len);
        for (uint32_t id = 1; id <= 6; id++) { /* adding to damage may be refused, and may not crash */
            ts_day day = 19000 + (ts_day)ts_rng_below(&rng, 3000);
            ts_series_add(&again, id, (uint32_t)ts_rng_below(&rng, 2), day, day * TS_DAY_MS, 1, 1);
        }
        read_all(again.data, again.len);
        ts_buf_release(&again);
    }
    /* A changed instant is the one thing that contradicts nothing; the rest must be seen. */
    print_message("changed bytes that still agree: %u of 30000\n", accepted);
    assert_true(accepted < 6000);
    ts_buf_release(&set);
}

static void every_allocation_may_fail(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    unsigned refused = 0;
    for (unsigned round = 0; round < 2000; round++) {
        struct ts_buf set;
        ts_buf_init(&set, 0);
        for (unsigned i = 0; i < 40; i++) {
            uint8_t before[2048];
            size_t len = set.len;
            assert_true(len <= sizeof before);
            if (len) memcpy(before, set.data, len);
            ts_day day = 19000 + (ts_day)ts_rng_below(&rng, 200);
            ts_alloc_fail_after((int64_t)ts_rng_below(&rng, 3));
            bool ok = ts_series_add(&set, 1 + (uint32_t)ts_rng_below(&rng, 4), 0, day, day * TS_DAY_MS, 1,
                                    (int64_t)ts_rng_below(&rng, 100000));
            ts_alloc_fail_after(-1);
            assert_int_equal(set.failed, !ok); /* nothing overflows here, so it was memory, and that is said */
            if (!ok) {
                set.failed = false;
                refused++;
                assert_int_equal(set.len, len);
                if (len) assert_memory_equal(set.data, before, len);
            }
            assert_true(ts_series_valid(set.data, set.len));
        }
        ts_buf_release(&set);
    }
    assert_true(refused > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_naive_model),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(overflow_is_refused),
        cmocka_unit_test(far_days_and_instants),
        cmocka_unit_test(corrections_do_not_move_instants),
        cmocka_unit_test(ordinary_member_is_small),
        cmocka_unit_test(layout_is_fixed),
        cmocka_unit_test(damaged_bytes_are_safe),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
