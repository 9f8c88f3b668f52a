/* SPDX-License-Identifier: Apache-2.0 */
/* Names and identifiers against naive lists, with random truncations and failing allocations; images of random profiles there and back; cuts
 * whose images stay as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../seed.h"
#include "member/member.h"

static struct ts_str random_text(struct ts_rng *r, char out[400])
{
    int n = snprintf(out, 400, "%llu", (unsigned long long)ts_rng_below(r, 500));
    if (ts_rng_below(r, 10) == 0) {
        memset(out + n, 'x', 300);
        n += 300;
    }
    return ts_str(out, (size_t)n);
}

struct entry {
    uint32_t space;
    char text[400];
    size_t len;
};

static void test_names(void **state)
{
    struct ts_rng r = {test_seed(1)};
    struct ts_names *n;
    static struct entry all[20000];
    uint32_t total = 0;
    char text[400];
    TS_UNUSED(state);
    assert_int_equal(ts_names_new(3, &n), TS_OK);
    for (int round = 0; round < 6000; round++) {
        uint32_t back = total;
        bool failing = ts_rng_below(&r, 8) == 0;
        ts_names_mark(n);
        if (failing) ts_alloc_fail_after((int64_t)ts_rng_below(&r, 3));
        for (uint64_t k = ts_rng_below(&r, 6); k > 0; k--) {
            enum ts_space space = (enum ts_space)(1 + ts_rng_below(&r, TS_SPACE_COUNT - 1));
            struct ts_str s = random_text(&r, text);
            uint32_t id = 0, in_space = 0;
            for (uint32_t i = 0; i < total; i++) {
                if (all[i].space != space) continue;
                in_space++;
                if (!id && ts_str_eq(ts_str(all[i].text, all[i].len), s)) id = in_space;
            }
            assert_int_equal(ts_names_find(n, space, s), id);
            uint32_t made = ts_names_intern(n, space, s);
            if (!made) {
                assert_true(failing);
                continue;
            }
            assert_int_equal(made, id ? id : in_space + 1);
            if (!id) {
                all[total].space = space;
                all[total].len = s.len;
                memcpy(all[total++].text, s.ptr, s.len);
            }
        }
        ts_alloc_fail_after(-1);
        if (ts_rng_below(&r, 2)) ts_names_truncate(n, total = back);
        assert_int_equal(ts_names_total(n), total);
    }
    for (uint32_t i = 0; i < total; i++) {
        enum ts_space space;
        struct ts_str s;
        ts_names_at(n, i, &space, &s);
        assert_int_equal(space, all[i].space);
        assert_true(ts_str_eq(s, ts_str(all[i].text, all[i].len)));
        assert_true(ts_str_eq(ts_names_text(n, space, ts_names_find(n, space, s)), s));
    }
    assert_null(ts_names_text(n, TS_SPACE_TAG, 0).ptr);
    assert_null(ts_names_text(n, TS_SPACE_COUNT, 1).ptr);
    ts_names_free(n);
}

static void test_idents(void **state)
{
    struct ts_rng r = {test_seed(1) + 1};
    struct ts_idents *t;
    static struct entry all[20000];
    static uint64_t owner[20000];
    uint32_t total = 0;
    char text[400];
    TS_UNUSED(state);
    assert_int_equal(ts_idents_new(3, &t), TS_OK);
    for (int round = 0; round < 6000; round++) {
        uint32_t back = total;
        bool failing = ts_rng_below(&r, 8) == 0;
        if (failing) ts_alloc_fail_after((int64_t)ts_rng_below(&r, 2));
        for (uint64_t k = ts_rng_below(&r, 6); k > 0; k--) {
            uint32_t kind = (uint32_t)(1 + ts_rng_below(&r, 5)), row = 0;
            struct ts_str s = random_text(&r, text);
            for (uint32_t i = 0; i < total && !row; i++)
                if (all[i].space == kind && ts_str_eq(ts_str(all[i].text, all[i].len), s)) row = i + 1;
            assert_int_equal(ts_idents_find(t, kind, s), row);
            uint32_t made = ts_idents_add(t, kind, s, round + 1);
            assert_true(made ? !row : row || failing); /* what is there is not added again */
            if (!made) continue;
            assert_int_equal(made, total + 1);
            all[total].space = kind;
            all[total].len = s.len;
            owner[total] = (uint64_t)round + 1;
            memcpy(all[total++].text, s.ptr, s.len);
        }
        ts_alloc_fail_after(-1);
        if (total && ts_rng_below(&r, 4) == 0) {
            uint32_t row = (uint32_t)(1 + ts_rng_below(&r, total));
            ts_idents_move(t, row, owner[row - 1] = ts_rng_below(&r, 1000) + 1);
        }
        if (ts_rng_below(&r, 2)) ts_idents_truncate(t, total = back);
        if (ts_rng_below(&r, 500) == 0) ts_idents_truncate(t, total = total / 2); /* over chunks of text */
        assert_int_equal(ts_idents_count(t), total);
    }
    for (uint32_t i = 0; i < total; i++) {
        uint32_t kind;
        struct ts_str s;
        uint64_t profile;
        ts_idents_get(t, i + 1, &kind, &s, &profile);
        assert_int_equal(kind, all[i].space);
        assert_int_equal(profile, owner[i]);
        assert_true(ts_str_eq(s, ts_str(all[i].text, all[i].len)));
    }
    ts_idents_free(t);
}

static ts_ms random_time(struct ts_rng *r)
{
    if (ts_rng_below(r, 6) == 0) return TS_NEVER;
    return TS_MS_MIN + (ts_ms)ts_rng_below(r, (uint64_t)(TS_MS_MAX - TS_MS_MIN));
}
static ts_ms random_instant(struct ts_rng *r)
{
    return TS_MS_MIN + (ts_ms)ts_rng_below(r, (uint64_t)(TS_MS_MAX - TS_MS_MIN));
}

#define FILL(v, r, ...)                                                                                                \
    for (uint64_t k_ = ts_rng_below(r, 5); k_ > 0; k_--) {                                                             \
        __typeof__((v)->at) x_ = ts_vec_push(v);                                                                       \
        assert_non_null(x_);                                                                                           \
        *x_ = (__typeof__(*x_)){__VA_ARGS__};                                                                          \
    }

/* An image gives the profile back, is the same bytes again, and every cut off or flipped one is refused or harmless. */
static void test_images(void **state)
{
    struct ts_rng r = {test_seed(1) + 2};
    struct ts_profile p, q;
    struct ts_buf a, b;
    TS_UNUSED(state);
    ts_profile_init(&p);
    ts_profile_init(&q);
    ts_buf_init(&a, 0);
    ts_buf_init(&b, 0);
    for (int round = 0; round < 2000; round++) {
        ts_profile_clear(&p);
        p.number = p.wallet.profile = 1 + ts_rng_below(&r, 1u << 20);
        p.member = ts_rng_below(&r, 3) ? p.number : 1 + ts_rng_below(&r, 1u << 20);
        p.created = random_instant(&r);
        p.last_at = random_instant(&r);
        p.first_record = ts_rng_below(&r, 1u << 30);
        p.last_record = p.first_record + ts_rng_below(&r, 1u << 30);
        p.records = ts_rng_below(&r, 1u << 30);
        FILL(&p.identifiers, &r, .row = (uint32_t)ts_rng_next(&r), .at = random_instant(&r));
        FILL(&p.scores, &r, .id = (uint32_t)ts_rng_next(&r), .value = ts_rng_unit(&r) * 1e9, .at = random_instant(&r));
        for (uint64_t k = ts_rng_below(&r, 9); k > 0; k--)
            ts_series_add(&p.series, (uint32_t)ts_rng_below(&r, 4), (uint32_t)ts_rng_below(&r, 3),
                          (ts_day)ts_rng_below(&r, 30000), random_instant(&r), 1, (int64_t)ts_rng_below(&r, 5000));
        if (p.member == p.number) {
            FILL(&p.others, &r, ts_rng_below(&r, 1u << 31));
            FILL(&p.tags, &r, .tag = (uint32_t)ts_rng_next(&r), .rule = 7, .since = random_instant(&r),
                 .until = random_time(&r));
            FILL(&p.traits, &r, .trait = 3, .at = random_instant(&r), .json = TS_STR("{\"a\":1}"));
            FILL(&p.tiers, &r, .tiers = 1, .level = 2, .rule = 3, .since = random_instant(&r),
                 .basis = (int64_t)ts_rng_next(&r), .review_at = random_time(&r),
                 .below_since = ts_rng_below(&r, 2) ? random_instant(&r) : 0,
                 .notice_to = (uint32_t)ts_rng_below(&r, 2), .notice_at = 0,
                 .manual_until = ts_rng_below(&r, 2) ? random_instant(&r) : 0);
            FILL(&p.caps, &r, .cap = 9, .period = (int32_t)ts_rng_next(&r), .at = random_instant(&r),
                 .used = (int64_t)ts_rng_below(&r, 1u << 30));
            FILL(&p.watches, &r, .condition = 4, .due = random_time(&r));
        }
        ts_buf_clear(&a);
        assert_true(ts_profile_encode(&p, &a));
        assert_true(ts_profile_decode(&q, a.data, a.len));
        assert_int_equal(q.number, p.number);
        assert_int_equal(q.tags.len, p.tags.len);
        for (uint32_t i = 0; i < p.tiers.len; i++)
            assert_memory_equal(&p.tiers.at[i].since, &q.tiers.at[i].since, sizeof p.tiers.at[i].since);
        assert_int_equal(ts_profile_next_due(&p), ts_profile_next_due(&q));
        ts_buf_clear(&b);
        assert_true(ts_profile_encode(&q, &b));
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        size_t cut = ts_rng_below(&r, a.len);
        uint8_t *copy = malloc(cut + 1); /* of its own size, so that a look past it is seen */
        assert_non_null(copy);
        memcpy(copy, a.data, cut);
        assert_false(ts_profile_decode(&q, copy, cut));
        free(copy);
        copy = malloc(a.len);
        assert_non_null(copy);
        memcpy(copy, a.data, a.len);
        copy[ts_rng_below(&r, a.len)] ^= (uint8_t)(1u << ts_rng_below(&r, 8));
        if (ts_profile_decode(&q, copy, a.len)) {
            ts_buf_clear(&b);
            ts_profile_encode(&q, &b);
            ts_profile_next_due(&q);
        }
        free(copy);
    }
    ts_buf_release(&a);
    ts_buf_release(&b);
    ts_profile_release(&p);
    ts_profile_release(&q);
}

static uint8_t *image_of(uint64_t number, uint64_t version, size_t *ret_len)
{
    char text[64];
    *ret_len =
        (size_t)snprintf(text, sizeof text, "%llu %llu", (unsigned long long)number, (unsigned long long)version);
    uint8_t *data = ts_alloc(*ret_len);
    assert_non_null(data);
    memcpy(data, text, *ret_len);
    return data;
}

/* Images of a cut stay as they were while others take their place; every change is in exactly one cut. */
static void test_cuts(void **state)
{
    struct ts_rng r = {test_seed(1) + 3};
    struct ts_members *t;
    static uint64_t version[9000], cut_version[9000];
    static bool changed[9000];
    uint64_t n = 0;
    TS_UNUSED(state);
    assert_int_equal(ts_members_new(&t), TS_OK);
    for (int round = 0; round < 300; round++) {
        struct ts_cut_image *cut = NULL;
        size_t n_cut = 0;
        if (round % 3 == 2) {
            assert_int_equal(ts_members_cut(t, &cut, &n_cut), TS_OK);
            size_t expected = 0;
            for (uint64_t i = 1; i <= n; i++) {
                expected += changed[i];
                cut_version[i] = version[i];
                changed[i] = false;
            }
            assert_int_equal(n_cut, expected);
        }
        for (int k = 0; k < 60; k++) {
            size_t len;
            uint64_t number = n == 0 || (n < 8000 && ts_rng_below(&r, 3) == 0) ? ++n : 1 + ts_rng_below(&r, n);
            assert_int_equal(ts_members_reserve(t, 1), TS_OK);
            uint8_t *data = image_of(number, ++version[number], &len);
            ts_members_put(t, number, number, data, len, false);
            changed[number] = true;
        }
        for (size_t i = 0; i < n_cut; i++) {
            size_t len;
            uint8_t *data = image_of(cut[i].number, cut_version[cut[i].number], &len);
            assert_int_equal(cut[i].len, len);
            assert_memory_equal(cut[i].data, data, len);
            assert_true(i == 0 || cut[i - 1].number < cut[i].number);
            ts_free(data);
        }
        if (round % 3 == 2) ts_members_release(t, cut, n_cut);
    }
    assert_int_equal(ts_members_count(t), n);
    assert_null(ts_members_image(t, 0).data);
    assert_null(ts_members_image(t, n + 1).data);
    assert_int_equal(ts_members_living(t, n + 1), 0);
    ts_members_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_idents),
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
