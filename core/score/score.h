/* SPDX-License-Identifier: Apache-2.0 */
/* score: arithmetic on a member's history. Measures are kept as packed series of day buckets, so that any window is
 * exact; scores decay by a half-life. Nothing here knows what a member is. */
#ifndef TS_SCORE_H
#define TS_SCORE_H

#include "base/base.h"
#include "base/calendar.h"

/* ---- series: one profile's measures, packed ----------------------------------------------------------------- *
 * A *set* is the bytes of all series of one profile, in order of (id, by). A *series* is a measure (or one value of a
 * measure that is kept `by` something) with its totals and its buckets: (local day, count, sum). A bucket takes 1 to 5
 * bytes in the common case. Adding to the newest day touches the front of one series; a late event opens its own day. */

struct ts_series {           /* a decoded head; buckets stay packed */
    uint32_t id, by;         /* by 0: the plain series */
    int64_t count, sum;      /* lifetime */
    ts_ms first_at, last_at; /* earliest and latest instant counted; corrections do not move them */
    ts_day first_day, last_day;
    uint32_t n_buckets;
    bool has_sums;          /* some bucket has a sum; a series of plain counts does not store any */
    const uint8_t *buckets; /* packed, newest first; borrowed from the set */
    size_t buckets_len;
};
struct ts_sum {
    int64_t count, sum;
    ts_day first_day, last_day; /* of the buckets inside; only when count != 0 or sum != 0 buckets were met */
    uint32_t n_buckets;         /* buckets inside the window */
};

/* Add to series (id, by) at instant `at` on local day `day`. count and sum may be negative (corrections: count < 0, or
 * count 0 and sum < 0): a bucket that comes to count 0 and sum 0 is dropped, and a series with its last bucket. So
 * buckets and totals depend on what was added and not on its order. False: the sum overflows or the set is damaged, or with
 * set->failed out of memory; the bytes are as they were. */
bool ts_series_add(struct ts_buf *set, uint32_t id, uint32_t by, ts_day day, ts_ms at, int64_t count, int64_t sum);
bool ts_series_find(const uint8_t *set, size_t len, uint32_t id, uint32_t by, struct ts_series *ret);
/* Iterate: pass *pos = 0 first; false at the end, or at damage (then *pos is not yet `len`). Damaged bytes give wrong
 * figures at worst: nothing here reads outside [set, set + len). */
bool ts_series_next(const uint8_t *set, size_t len, size_t *pos, struct ts_series *ret);
/* What lies on days [from, to]. Uses the totals when the window covers the whole series. */
void ts_series_window(const struct ts_series *s, ts_day from, ts_day to, struct ts_sum *ret);
/* Iterate over the buckets of a series, newest first: state is zero-initialised. False at the end, or at damage. */
struct ts_bucket_iter {
    size_t pos;
    uint32_t index;
    ts_day day;
};
bool ts_series_bucket(const struct ts_series *s, struct ts_bucket_iter *it, ts_day *ret_day, int64_t *ret_count,
                      int64_t *ret_sum);
/* Check that a set is well formed and its totals agree with its buckets (for `verify`). */
bool ts_series_valid(const uint8_t *set, size_t len);

/* ---- decaying scores ---------------------------------------------------------------------------------------- */

/* 2^-x for x >= 0, the same bits on every machine: our own polynomial over [0,1) and an exact scaling, no FMA, no libm.
 * Relative error below 1e-15; 0 for x over 1100. */
double ts_exp2_neg(double x);

struct ts_score {
    uint32_t id;
    double value; /* as of `at` */
    ts_ms at;
};
/* The value at `t` >= at; half_life 0: does not decay. For t before `at` it is the value at `at`. */
double ts_score_at(const struct ts_score *s, ts_ms half_life, ts_ms t);
/* Add `points` that happened at `t`: value and clock move to max(at, t); a late event is decayed to `at` first.
 * value = value * 2^(-(t - at) / half_life) + points. The result is not below `floor` (-INFINITY: none). */
void ts_score_add(struct ts_score *s, ts_ms half_life, ts_ms t, double points, double floor);

#endif
