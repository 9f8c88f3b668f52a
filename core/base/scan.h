/* SPDX-License-Identifier: Apache-2.0 */
/* Inside base only: the two scans that JSON, buffers and UTF-8 share, eight bytes at a time; and a number taken apart. */
#ifndef TS_SCAN_H
#define TS_SCAN_H

#include "base/base.h"

#define TS_ONES UINT64_C(0x0101010101010101)
#define TS_HIGHS UINT64_C(0x8080808080808080)

static inline uint64_t ts_load64(const void *p) /* the first byte is the lowest, on any machine */
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/* The first byte in [p, end) that is a quote, a backslash, a control character or not ASCII; or `end`.
 * In each group of tests the lowest marked byte is exact, because a borrow comes only from a byte marked itself. */
static inline const char *ts_scan_plain(const char *p, const char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t v = ts_load64(p), quote = v ^ (TS_ONES * '"'), slash = v ^ (TS_ONES * '\\');
        uint64_t hit = ((quote - TS_ONES) & ~quote) | ((slash - TS_ONES) & ~slash) | ((v - TS_ONES * 0x20) & ~v) | v;
        hit &= TS_HIGHS;
        if (hit) return p + (__builtin_ctzll(hit) >> 3);
    }
    for (; p < end; p++) {
        uint8_t c = (uint8_t)*p;
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
    }
    return p;
}

/* Bytes of the well-formed UTF-8 sequence at p that begins with a byte >= 0x80 (RFC 3629, section 4); 0 when it is none. */
static inline unsigned ts_utf8_sequence(const char *text, const char *end)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t left = (size_t)(end - text);
    uint8_t a = p[0];
#define TS_TAIL(i) ((p[i] & 0xC0) == 0x80)
    if (a < 0xC2 || a > 0xF4) return 0;
    if (a < 0xE0) return left >= 2 && TS_TAIL(1) ? 2 : 0;
    if (left < 3 || !TS_TAIL(1) || !TS_TAIL(2)) return 0;
    if (a < 0xF0) return (a == 0xE0 && p[1] < 0xA0) || (a == 0xED && p[1] >= 0xA0) ? 0 : 3;
    if (left < 4 || !TS_TAIL(3) || (a == 0xF0 && p[1] < 0x90) || (a == 0xF4 && p[1] >= 0x90)) return 0;
#undef TS_TAIL
    return 4;
}

/* A number's text as sign * mantissa * 10^exponent with neither leading nor trailing zeros in the mantissa. */
struct ts_number {
    uint64_t mantissa; /* exact when `digits` <= 19 */
    int64_t exponent;  /* of the last significant digit; 0 for zero */
    size_t digits;     /* significant digits; 0 for zero */
    const char *first; /* the first significant digit; a point may lie between it and the last */
    bool negative;
};
/* JSON's grammar, and beside it a leading '+', leading zeros and a bare ".5", as tables print them. */
bool ts_number_scan(struct ts_str text, struct ts_number *ret);
/* Correctly rounded; infinite when it is too large. */
double ts_number_double(const struct ts_number *n);

#endif
