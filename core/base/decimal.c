/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text without a detour through a double: the scanner, exact decimals, and the one multiplication that
 * points are made by, exact in 256 bits and rounded once. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/scan.h"

#define DECIMAL_DIGITS 18
#define EXPONENT_FAR INT64_C(1000000000) /* beyond this all exponents are alike, and sums stay far from overflow */

static const uint64_t powers[] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The exponent after 'e'; NULL when it is malformed. */
static const char *scan_exponent(const char *p, const char *end, int64_t *ret)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (p == end || !is_digit(*p)) return NULL;
    int64_t v = 0;
    for (; p < end && is_digit(*p); p++) {
        if (v < EXPONENT_FAR) v = v * 10 + (*p - '0');
    }
    *ret = negative ? -v : v;
    return p;
}

/* Count the significant digits in [n->first, end), a point among them, and fold the first 19 into the mantissa. */
static void fold_digits(struct ts_number *n, const char *end)
{
    for (const char *p = n->first; p < end; p++) {
        if (*p == '.') continue;
        if (n->digits++ < 19) n->mantissa = n->mantissa * 10 + (uint64_t)(*p - '0');
    }
}

bool ts_number_scan(struct ts_str text, struct ts_number *ret)
{
    const char *p = text.ptr, *end = text.len ? text.ptr + text.len : text.ptr, *point = NULL, *last = NULL;
    struct ts_number n = {.negative = p < end && *p == '-'};
    if (p < end && (*p == '-' || *p == '+')) p++;
    const char *begin = p;
    for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = p;
        } else if (*p != '0') {
            if (!n.first) n.first = p;
            last = p;
        }
    }
    if (p == begin || p[-1] == '.') return false; /* nothing, or a point with nothing after it */
    const char *mantissa_end = p;
    int64_t exponent = 0;
    if (p < end && (*p == 'e' || *p == 'E')) p = scan_exponent(p + 1, end, &exponent);
    if (p != end) return false;
    if (n.first) {
        fold_digits(&n, last + 1);
        int64_t units = (point ? point : mantissa_end) - begin, at = last - begin; /* weight of the last digit */
        n.exponent = exponent + (at < units ? units - at - 1 : units - at);
    }
    *ret = n;
    return true;
}

/* Digits beyond this many cannot move a double, except by being there at all (767 are the most that can matter). */
#define DOUBLE_DIGITS 780

static double number_double_slow(const struct ts_number *n)
{
    char text[DOUBLE_DIGITS + 32];
    size_t kept = n->digits < DOUBLE_DIGITS ? n->digits : DOUBLE_DIGITS, len = 0;
    for (const char *p = n->first; len < kept; p++) {
        if (*p != '.') text[len++] = *p;
    }
    int64_t exponent = n->exponent + (int64_t)(n->digits - kept);
    if (kept < n->digits) { /* the last significant digit is no zero: what was cut counts as a trailing one */
        text[len++] = '1';
        exponent--;
    }
    snprintf(text + len, sizeof text - len, "e%lld", (long long)exponent);
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc answers with a constant: nothing is allocated */
    double v =
        c ? strtod_l(text, NULL, c) : strtod(text, NULL); /* there is no point in the text for a locale to mind */
    if (c) freelocale(c);
    return v;
}

double ts_number_double(const struct ts_number *n)
{
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double v;
    if (n->digits == 0) {
        v = 0;
    } else if (FLT_EVAL_METHOD == 0 && n->digits <= 15 && n->exponent >= -22 && n->exponent <= 22) {
        /* Both operands are exact, so the one operation rounds correctly (Clinger 1990). */
        v = (double)n->mantissa;
        v = n->exponent < 0 ? v / exact[-n->exponent] : v * exact[n->exponent];
    } else {
        v = number_double_slow(n);
    }
    return n->negative ? -v : v;
}

/* ---- decimals ---- */

enum ts_code ts_decimal_parse(struct ts_str text, struct ts_decimal *ret)
{
    struct ts_number n;
    if (!ts_number_scan(text, &n)) return TS_E_SYNTAX;
    int64_t whole = n.exponent > 0 ? n.exponent : 0;
    if (n.digits > DECIMAL_DIGITS || n.exponent < -DECIMAL_DIGITS || whole > DECIMAL_DIGITS - (int64_t)n.digits) {
        return TS_E_LIMIT;
    }
    int64_t digits = (int64_t)(n.mantissa * powers[whole]);
    ret->digits = n.negative ? -digits : digits;
    ret->scale = (uint8_t)(n.exponent < 0 ? -n.exponent : 0);
    return TS_OK;
}

enum ts_code ts_decimal_from_double(double v, struct ts_decimal *ret)
{
    char text[64];
    return ts_decimal_parse(ts_str(text, ts_format_double(v, text, sizeof text)), ret);
}

enum ts_code ts_decimal_to_minor(struct ts_decimal d, unsigned places, int64_t *ret)
{
    int64_t v = d.digits;
    unsigned scale = d.scale;
    for (; scale > places; scale--) {
        if (v % 10 != 0) return TS_E_LIMIT;
        v /= 10;
    }
    if (v == 0) places = scale;
    for (; scale < places; scale++) {
        if (__builtin_mul_overflow(v, INT64_C(10), &v)) return TS_E_LIMIT;
    }
    *ret = v;
    return TS_OK;
}

/* ---- 256 bits, unsigned, the lowest word first ---- */

struct wide {
    uint64_t word[4];
};

static bool wide_mul(struct wide *w, uint64_t by) /* false: it does not fit */
{
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) {
        __uint128_t m = (__uint128_t)w->word[i] * by + carry;
        w->word[i] = (uint64_t)m;
        carry = (uint64_t)(m >> 64);
    }
    return carry == 0;
}

static int wide_cmp(const struct wide *a, const struct wide *b)
{
    for (int i = 3; i >= 0; i--) {
        if (a->word[i] != b->word[i]) return a->word[i] < b->word[i] ? -1 : 1;
    }
    return 0;
}

static void wide_sub(struct wide *a, const struct wide *b) /* a >= b, modulo 2^256 */
{
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        __uint128_t d = (__uint128_t)a->word[i] - b->word[i] - borrow;
        a->word[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 64) & 1;
    }
}

static bool wide_shift_in(struct wide *w, unsigned bit) /* doubles, adds `bit`; true: a one fell out at the top */
{
    for (int i = 0; i < 4; i++) {
        uint64_t out = w->word[i] >> 63;
        w->word[i] = w->word[i] << 1 | bit;
        bit = (unsigned)out;
    }
    return bit != 0;
}

/* Schoolbook division, a bit at a time. False when the quotient passes 64 bits. `*n` becomes the remainder. */
static bool wide_div(struct wide *n, const struct wide *d, uint64_t *ret_quotient)
{
    if (!(n->word[2] | n->word[3] | d->word[2] | d->word[3])) { /* what happens in practice */
        __uint128_t a = (__uint128_t)n->word[1] << 64 | n->word[0], b = (__uint128_t)d->word[1] << 64 | d->word[0];
        __uint128_t q = a / b, r = a % b;
        *n = (struct wide){{(uint64_t)r, (uint64_t)(r >> 64), 0, 0}};
        *ret_quotient = (uint64_t)q;
        return q >> 64 == 0;
    }
    struct wide rest = {{0}};
    uint64_t q = 0;
    for (int i = 255; i >= 0; i--) {
        wide_shift_in(&rest, (unsigned)(n->word[i / 64] >> (i % 64)) & 1); /* at most n >> i: nothing falls out */
        bool fits = wide_cmp(&rest, d) >= 0;
        if (fits) wide_sub(&rest, d);
        if (q >> 63) return false;
        q = q << 1 | fits;
    }
    *n = rest;
    *ret_quotient = q;
    return true;
}

static inline uint64_t magnitude(int64_t v) { return v < 0 ? -(uint64_t)v : (uint64_t)v; }

static bool rounds_away(const struct wide *rest, const struct wide *divisor, enum ts_rounding rounding)
{
    if (!(rest->word[0] | rest->word[1] | rest->word[2] | rest->word[3])) return false;
    if (rounding != TS_ROUND_HALF_UP) return rounding == TS_ROUND_UP;
    struct wide twice = *rest;
    return wide_shift_in(&twice, 0) || wide_cmp(&twice, divisor) >= 0;
}

enum ts_code ts_decimal_scale(int64_t amount, const struct ts_decimal *factors, size_t n_factors, int64_t divisor,
                              enum ts_rounding rounding, int64_t *ret)
{
    return ts_decimal_scale_wide(amount, 0, factors, n_factors, divisor, rounding, ret);
}

enum ts_code ts_decimal_scale_wide(__int128 amount, unsigned places, const struct ts_decimal *factors, size_t n_factors,
                                   int64_t divisor, enum ts_rounding rounding, int64_t *ret)
{
    if (divisor <= 0 || places > 2 * DECIMAL_DIGITS) return TS_E_LIMIT;
    __uint128_t size = amount < 0 ? -(__uint128_t)amount : (__uint128_t)amount;
    struct wide top = {{(uint64_t)size, (uint64_t)(size >> 64)}}, bottom = {{(uint64_t)divisor}};
    bool negative = amount < 0, zero = amount == 0, fits = true;
    for (; places > 0; places -= places > DECIMAL_DIGITS ? DECIMAL_DIGITS : places)
        fits = fits && wide_mul(&bottom, powers[places > DECIMAL_DIGITS ? DECIMAL_DIGITS : places]);
    for (size_t i = 0; i < n_factors; i++) {
        uint64_t digits = magnitude(factors[i].digits);
        unsigned scale = factors[i].scale;
        for (; scale > 0 && digits % 10 == 0 && digits; scale--)
            digits /= 10;
        negative ^= factors[i].digits < 0;
        zero |= digits == 0;
        fits = fits && scale <= DECIMAL_DIGITS && wide_mul(&top, digits) && wide_mul(&bottom, powers[scale]);
    }
    uint64_t q = 0;
    if (!zero) {
        if (!fits || !wide_div(&top, &bottom, &q)) return TS_E_LIMIT;
        if (rounds_away(&top, &bottom, rounding) && ++q == 0) return TS_E_LIMIT;
        if (q > (uint64_t)INT64_MAX + negative) return TS_E_LIMIT;
    }
    *ret = negative ? (int64_t)-q : (int64_t)q;
    return TS_OK;
}

/* ---- shares ---- */

/* whole * weight / sum and its remainder, for weight <= sum < 2^126: a bit of `whole` at a time, so nothing overflows. */
static uint64_t mul_div(uint64_t whole, __uint128_t weight, __uint128_t sum, __uint128_t *ret_rest)
{
    __uint128_t product, q = 0, rest = 0;
    if (!__builtin_mul_overflow(weight, (__uint128_t)whole, &product)) {
        *ret_rest = product % sum;
        return (uint64_t)(product / sum);
    }
    for (int i = 63; i >= 0; i--) {
        rest <<= 1;
        q <<= 1;
        if (rest >= sum) {
            rest -= sum;
            q++;
        }
        if (!(whole >> i & 1)) continue;
        rest += weight;
        if (rest >= sum) {
            rest -= sum;
            q++;
        }
    }
    *ret_rest = rest;
    return (uint64_t)q;
}

struct share {
    __uint128_t rest;
    size_t index;
};

static int larger_rest_first(const void *x, const void *y)
{
    const struct share *a = x, *b = y;
    if (a->rest != b->rest) return a->rest > b->rest ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

enum ts_code ts_decimal_share(int64_t whole, const __int128 *weights, size_t n, int64_t *ret)
{
    const __uint128_t limit = (__uint128_t)1 << 126;
    __uint128_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        ret[i] = 0;
        if (weights[i] < 0 || (__uint128_t)weights[i] >= limit || (sum += (__uint128_t)weights[i]) >= limit)
            return TS_E_LIMIT;
    }
    if (whole < 0) return TS_E_LIMIT;
    if (sum == 0) return TS_OK;
    struct share *rests = ts_alloc(n * sizeof *rests);
    if (!rests) return TS_E_MEMORY;
    int64_t left = whole;
    for (size_t i = 0; i < n; i++) {
        rests[i].index = i;
        ret[i] = (int64_t)mul_div((uint64_t)whole, (__uint128_t)weights[i], sum, &rests[i].rest);
        left -= ret[i];
    }
    qsort(rests, n, sizeof *rests, larger_rest_first);
    for (size_t i = 0; left > 0; i++, left--) /* fewer are left than there are remainders */
        ret[rests[i].index]++;
    ts_free(rests);
    return TS_OK;
}
