/* SPDX-License-Identifier: Apache-2.0 */
/* Scores that fade by a half-life. The power of two is our own, because the results enter the state and libm's differ
 * from machine to machine: a table of 2^(-k/64), a short polynomial and an exact scaling, of IEEE additions,
 * multiplications and divisions only. */
#include "score/score.h"

/* 2^(-k/64), correctly rounded. */
static const double TABLE[64] = {
    0x1.0000000000000p+0, 0x1.fa7c1819e90d8p-1, 0x1.f50765b6e4540p-1, 0x1.efa1bee615a27p-1, 0x1.ea4afa2a490dap-1,
    0x1.e502ee78b3ff6p-1, 0x1.dfc97337b9b5fp-1, 0x1.da9e603db3285p-1, 0x1.d5818dcfba487p-1, 0x1.d072d4a07897cp-1,
    0x1.cb720dcef9069p-1, 0x1.c67f12e57d14bp-1, 0x1.c199bdd85529cp-1, 0x1.bcc1e904bc1d2p-1, 0x1.b7f76f2fb5e47p-1,
    0x1.b33a2b84f15fbp-1, 0x1.ae89f995ad3adp-1, 0x1.a9e6b5579fdbfp-1, 0x1.a5503b23e255dp-1, 0x1.a0c667b5de565p-1,
    0x1.9c49182a3f090p-1, 0x1.97d829fde4e50p-1, 0x1.93737b0cdc5e5p-1, 0x1.8f1ae99157736p-1, 0x1.8ace5422aa0dbp-1,
    0x1.868d99b4492edp-1, 0x1.82589994cce13p-1, 0x1.7e2f336cf4e62p-1, 0x1.7a11473eb0187p-1, 0x1.75feb564267c9p-1,
    0x1.71f75e8ec5f74p-1, 0x1.6dfb23c651a2fp-1, 0x1.6a09e667f3bcdp-1, 0x1.6623882552225p-1, 0x1.6247eb03a5585p-1,
    0x1.5e76f15ad2148p-1, 0x1.5ab07dd485429p-1, 0x1.56f4736b527dap-1, 0x1.5342b569d4f82p-1, 0x1.4f9b2769d2ca7p-1,
    0x1.4bfdad5362a27p-1, 0x1.486a2b5c13cd0p-1, 0x1.44e086061892dp-1, 0x1.4160a21f72e2ap-1, 0x1.3dea64c123422p-1,
    0x1.3a7db34e59ff7p-1, 0x1.371a7373aa9cbp-1, 0x1.33c08b26416ffp-1, 0x1.306fe0a31b715p-1, 0x1.2d285a6e4030bp-1,
    0x1.29e9df51fdee1p-1, 0x1.26b4565e27cddp-1, 0x1.2387a6e756238p-1, 0x1.2063b88628cd6p-1, 0x1.1d4873168b9aap-1,
    0x1.1a35beb6fcb75p-1, 0x1.172b83c7d517bp-1, 0x1.1429aaea92de0p-1, 0x1.11301d0125b51p-1, 0x1.0e3ec32d3d1a2p-1,
    0x1.0b5586cf9890fp-1, 0x1.0874518759bc8p-1, 0x1.059b0d3158574p-1, 0x1.02c9a3e778061p-1,
};

/* 2^-n for 0 <= n <= 1022, from its bits. */
static double power_of_two(int n)
{
    uint64_t bits = (uint64_t)(1023 - n) << 52;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

double ts_exp2_neg(double x)
{
    if (!(x > 0)) return 1; /* 0; and below it, which the callers exclude */
    if (x > 1100) return 0;
    int whole = (int)x;
    double part = x - whole;      /* exact */
    int k = (int)(part * 64);     /* exact, then cut */
    double r = part - k * 0x1p-6; /* exact: 0 <= r < 1/64 */
    /* 2^-r - 1 by Taylor's series, (ln 2)^i / i!; the first term left out is below 1e-18. */
    double q = 0x1.430912f86c787p-13;
    q = q * r - 0x1.5d87fe78a6731p-10;
    q = q * r + 0x1.3b2ab6fba4e77p-7;
    q = q * r - 0x1.c6b08d704a0c0p-5;
    q = q * r + 0x1.ebfbdff82c58fp-3;
    q = q * r - 0x1.62e42fefa39efp-1;
    q = q * r;
    double v = TABLE[k] + TABLE[k] * q;
    /* Two steps, so that the one that may round, into the subnormals, rounds once. */
    return whole <= 1022 ? v * power_of_two(whole) : v * power_of_two(1022) * power_of_two(whole - 1022);
}

/* 2^-((to - from) / half_life) for to >= from. */
static double fade(ts_ms from, ts_ms to, ts_ms half_life)
{
    if (half_life <= 0 || from == to) return 1;
    ts_ms span;
    if (__builtin_sub_overflow(to, from, &span)) span = INT64_MAX;
    return ts_exp2_neg((double)span / (double)half_life);
}

double ts_score_at(const struct ts_score *s, ts_ms half_life, ts_ms t)
{
    return t > s->at ? s->value * fade(s->at, t, half_life) : s->value;
}

void ts_score_add(struct ts_score *s, ts_ms half_life, ts_ms t, double points, double floor)
{
    if (t >= s->at) {
        s->value = s->value * fade(s->at, t, half_life) + points;
        s->at = t;
    } else {
        s->value += points * fade(t, s->at, half_life);
    }
    if (s->value < floor) s->value = floor;
}
