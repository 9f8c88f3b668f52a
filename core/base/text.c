/* SPDX-License-Identifier: Apache-2.0 */
/* Text: comparison by bytes, UTF-8, the distance behind "did you mean", and doubles as text in any locale. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/scan.h"

int ts_str_cmp(struct ts_str a, struct ts_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order != 0) return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

bool ts_utf8_valid(const char *p, size_t n)
{
    const char *end = n ? p + n : p;
    while (p < end) {
        if (end - p >= 8 && (ts_load64(p) & TS_HIGHS) == 0) {
            p += 8;
        } else if ((uint8_t)*p < 0x80) {
            p++;
        } else {
            unsigned length = ts_utf8_sequence(p, end);
            if (!length) return false;
            p += length;
        }
    }
    return true;
}

#define EDIT_LONGEST 255 /* names are at most TS_LIMIT_NAME_BYTES long; the three rows stay on the stack */

static inline unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

unsigned ts_edit_distance(struct ts_str a, struct ts_str b, unsigned max)
{
    if (ts_str_eq(a, b)) return 0;
    size_t apart = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (apart > max || a.len > EDIT_LONGEST || b.len > EDIT_LONGEST) return max + 1;
    unsigned rows[3][EDIT_LONGEST + 1], *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        above[j] = before[j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned best = row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = a.ptr[i - 1] == b.ptr[j - 1];
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same);
            bool swapped = i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            if (swapped) row[j] = least(row[j], before[j - 2] + 1);
            best = least(best, row[j]);
        }
        /* A swap reaches back to the row above, whose best is then at least max, and adds one: nothing gets better. */
        if (best > max) return max + 1;
        unsigned *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return least(above[b.len], max + 1);
}

/* snprintf writes the locale's decimal point, which may be several bytes. */
static void mend_point(char *text)
{
    size_t at = strspn(text, "+-0123456789e");
    if (!text[at]) return;
    size_t rest = at + strcspn(text + at, "+-0123456789e");
    text[at] = '.';
    memmove(text + at + 1, text + rest, strlen(text + rest) + 1);
}

size_t ts_format_double(double v, char *out, size_t cap)
{
    char text[64];
    if (isnan(v)) {
        snprintf(text, sizeof text, "nan");
    } else if (isinf(v)) {
        snprintf(text, sizeof text, v < 0 ? "-inf" : "inf");
    } else if (v == 0) {
        snprintf(text, sizeof text, signbit(v) ? "-0" : "0");
    } else if (v > -0x1p53 && v < 0x1p53 && v == (double)(int64_t)v) {
        snprintf(text, sizeof text, "%lld", (long long)v);
    } else {
        /* Every decimal of 15 digits survives the way to a double and back; the subnormals have fewer. */
        for (int digits = fabs(v) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, v);
            if (strtod(text, NULL) == v) break; /* same locale both ways */
        }
        mend_point(text);
    }
    size_t n = strlen(text);
    if (cap) {
        size_t kept = n < cap ? n : cap - 1;
        memcpy(out, text, kept);
        out[kept] = '\0';
    }
    return n;
}
