/* SPDX-License-Identifier: Apache-2.0 */
/* Decay: 2^-x against the long double of libm, its very bits on chosen points (another machine must give the same), and
 * scores that are added to early, late and with a floor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "../seed.h"
#include "score/score.h"

#define DAY TS_DAY_MS

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static double error_at(double x)
{
    long double want = exp2l(-(long double)x);
    long double off = ((long double)ts_exp2_neg(x) - want) / want;
    return (double)(off < 0 ? -off : off);
}

static void exp2_is_near(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    double worst = 0, worst_x = 0;
    for (uint32_t i = 0; i < 4000000; i++) {
        double unit = ts_rng_unit(&rng);
        double x = i % 4 == 0 ? unit * 1020 : i % 4 == 1 ? unit : i % 4 == 2 ? unit * 16 : unit * unit * unit * 1e-3;
        double e = error_at(x);
        if (e > worst) worst = e, worst_x = x;
    }
    for (uint32_t i = 0; i <= 64 * 40; i++) { /* both sides of every seam of the table */
        double x = i / 64.0;
        double sides[] = {nextafter(x, 0), x, nextafter(x, 2000)};
        for (size_t k = 0; k < TS_ARRAY_LEN(sides); k++) {
            double e = error_at(sides[k]);
            if (e > worst) worst = e, worst_x = sides[k];
        }
    }
    print_message("worst relative error %.3g at %.17g\n", worst, worst_x);
    assert_true(worst < 1e-15);
}

static void exp2_at_the_ends(void **state)
{
    TS_UNUSED(state);
    for (int n = 0; n <= 1074; n++)
        assert_int_equal(bits_of(ts_exp2_neg(n)), bits_of(ldexp(1, -n)));
    assert_int_equal(bits_of(ts_exp2_neg(0)), bits_of(1));
    assert_int_equal(bits_of(ts_exp2_neg(0x1p-1074)), bits_of(1));
    assert_int_equal(bits_of(ts_exp2_neg(1100)), bits_of(0));
    assert_int_equal(bits_of(ts_exp2_neg(1100.5)), bits_of(0));
    assert_int_equal(bits_of(ts_exp2_neg(1e300)), bits_of(0));
    assert_int_equal(bits_of(ts_exp2_neg(INFINITY)), bits_of(0));
    double before = 1; /* falls, also across seams and into the subnormals */
    for (double x = 0; x < 1090; x += 0.0078124999) {
        double v = ts_exp2_neg(x);
        assert_true(v <= before);
        before = v;
    }
}

static void exp2_bits_are_fixed(void **state)
{
    TS_UNUSED(state);
    static const struct {
        double x;
        uint64_t bits;
    } GOLDEN[] = {
        {0x1p-60, 0x3ff0000000000000},
        {0x1.12e0be826d695p-30, 0x3fefffffffa0bc0d},
        {0x1.999999999999ap-4, 0x3feddb680117ab12},
        {0x1.5555555555555p-2, 0x3fe965fea53d6e3d},
        {0x1p-1, 0x3fe6a09e667f3bcd},
        {0x1.6666666666666p-1, 0x3fe3b2c47bff8329},
        {0x1.fffffffffdcd1p-1, 0x3fe0000000000c32},
        {0x1.000000006df38p+0, 0x3fdffffffff67934},
        {0x1.921fb54442d18p+1, 0x3fbd0231bd5e9cfe},
        {0x1.4333333333333p+3, 0x3f4ddb680117ab14},
        {0x1.ffep+5, 0x3bf02c9a3e778061},
        {0x1.6d4p+8, 0x291ae89f995ad3ad},
        {0x1.f404p+9, 0x016f50765b6e4540},
        {0x1.ff4p+9, 0x000b504f333f9de6},
        {0x1.069p+10, 0x0000000000d744fd},
        {0x1.0c7999999999ap+10, 0x0000000000000001},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(GOLDEN); i++)
        assert_int_equal(bits_of(ts_exp2_neg(GOLDEN[i].x)), GOLDEN[i].bits);
    /* And of a million points at once. */
    struct ts_rng rng = {1};
    uint64_t digest = 0;
    for (uint32_t i = 0; i < 1000000; i++)
        digest = ts_mix(digest, bits_of(ts_exp2_neg(ts_rng_unit(&rng) * 64)));
    assert_int_equal(digest, UINT64_C(0x79009d585e82eb2a));
}

static void scores_decay(void **state)
{
    TS_UNUSED(state);
    struct ts_score s = {.id = 1, .value = 80, .at = 1000 * DAY};
    assert_true(ts_score_at(&s, 30 * DAY, 1000 * DAY) == 80);
    assert_true(ts_score_at(&s, 30 * DAY, 1030 * DAY) == 40);
    assert_true(ts_score_at(&s, 30 * DAY, 1090 * DAY) == 10);
    assert_true(ts_score_at(&s, 30 * DAY, 900 * DAY) == 80); /* before: as it was */
    assert_true(ts_score_at(&s, 0, 9000 * DAY) == 80);       /* half-life 0: does not decay */
    assert_true(ts_score_at(&s, 1, INT64_MAX) == 0);
    s.at = INT64_MIN;
    assert_true(ts_score_at(&s, 30 * DAY, INT64_MAX) == 0);
}

static void scores_add(void **state)
{
    TS_UNUSED(state);
    struct ts_score s = {.id = 1, .at = 1000 * DAY};
    ts_score_add(&s, 30 * DAY, 1000 * DAY, 100, -INFINITY);
    assert_true(s.value == 100 && s.at == 1000 * DAY);
    ts_score_add(&s, 30 * DAY, 1030 * DAY, 10, -INFINITY);
    assert_true(s.value == 60 && s.at == 1030 * DAY);
    ts_score_add(&s, 30 * DAY, 1000 * DAY, 8, -INFINITY); /* late by a half-life: half of it is left */
    assert_true(s.value == 64 && s.at == 1030 * DAY);
    ts_score_add(&s, 30 * DAY, 1030 * DAY, -100, 0);
    assert_true(s.value == 0 && s.at == 1030 * DAY);
    ts_score_add(&s, 30 * DAY, 1060 * DAY, -5, -INFINITY);
    assert_true(s.value == -5 && s.at == 1060 * DAY);
    ts_score_add(&s, 0, 1090 * DAY, 1, -INFINITY);
    assert_true(s.value == -4 && s.at == 1090 * DAY);
}

/* In whatever order events come, the score is near the sum of all of them decayed to the latest. */
static void order_hardly_matters(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    for (unsigned round = 0; round < 2000; round++) {
        ts_ms half_life = 1 + (ts_ms)ts_rng_below(&rng, 100 * DAY), at[20], newest = 0;
        double points[20];
        for (unsigned i = 0; i < 20; i++) {
            at[i] = 19000 * DAY + (ts_ms)ts_rng_below(&rng, 365 * DAY);
            points[i] = (double)ts_rng_below(&rng, 1000);
            if (at[i] > newest) newest = at[i];
        }
        struct ts_score s = {.id = 1, .at = at[0]};
        long double want = 0;
        for (unsigned i = 0; i < 20; i++) {
            ts_score_add(&s, half_life, at[i], points[i], -INFINITY);
            want += points[i] * exp2l(-(long double)(newest - at[i]) / (long double)half_life);
        }
        assert_int_equal(s.at, newest);
        double off = (double)((long double)s.value - want);
        assert_true(fabs(off) <= 1e-12 * (double)want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp2_is_near), cmocka_unit_test(exp2_at_the_ends), cmocka_unit_test(exp2_bits_are_fixed),
        cmocka_unit_test(scores_decay), cmocka_unit_test(scores_add),       cmocka_unit_test(order_hardly_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
