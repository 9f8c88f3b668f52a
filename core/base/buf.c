/* SPDX-License-Identifier: Apache-2.0 */
/* The growing byte buffer and its mirror, the reader: varints, doubles, strings, and text as JSON. */
#include "base/base.h"
#include "base/scan.h"

#define BUF_MAX_DEFAULT ((size_t)1 << 30)
#define BUF_FIRST_BYTES 128u

void ts_buf_init(struct ts_buf *b, size_t max) { *b = (struct ts_buf){.max = max ? max : BUF_MAX_DEFAULT}; }

void ts_buf_release(struct ts_buf *b)
{
    ts_free(b->data);
    ts_buf_init(b, b->max);
}

static bool buf_grow(struct ts_buf *b, size_t more)
{
    size_t max = b->max ? b->max : BUF_MAX_DEFAULT;
    if (more > max || b->len > max - more) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + more, cap = b->cap ? b->cap : BUF_FIRST_BYTES;
    while (cap < need)
        cap *= 2;
    if (cap > max) cap = max;
    uint8_t *grown = ts_realloc(b->data, cap);
    if (!grown) {
        b->failed = true;
        return false;
    }
    b->data = grown;
    b->cap = cap;
    return true;
}

static inline bool has_room(struct ts_buf *b, size_t more)
{
    if (__builtin_expect(b->failed, 0)) return false;
    return __builtin_expect(b->cap - b->len >= more, 1) || buf_grow(b, more);
}

bool ts_buf_reserve(struct ts_buf *b, size_t more) { return has_room(b, more); }

bool ts_buf_add(struct ts_buf *b, const void *p, size_t n)
{
    if (!has_room(b, n)) return false;
    if (n) memcpy(b->data + b->len, p, n);
    b->len += n;
    return true;
}

bool ts_buf_adds(struct ts_buf *b, const char *s) { return ts_buf_add(b, s, strlen(s)); }

bool ts_buf_addf(struct ts_buf *b, const char *fmt, ...)
{
    if (!has_room(b, 1)) return false;
    for (;;) {
        va_list args;
        va_start(args, fmt);
        int n = vsnprintf((char *)b->data + b->len, b->cap - b->len, fmt, args);
        va_end(args);
        if (n < 0) {
            b->failed = true;
            return false;
        }
        if ((size_t)n < b->cap - b->len) {
            b->len += (size_t)n;
            return true;
        }
        if (!has_room(b, (size_t)n + 1)) return false;
    }
}

bool ts_buf_byte(struct ts_buf *b, uint8_t v)
{
    if (!has_room(b, 1)) return false;
    b->data[b->len++] = v;
    return true;
}

bool ts_buf_varint(struct ts_buf *b, uint64_t v)
{
    uint8_t bytes[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (uint8_t)(v | 0x80);
    bytes[n++] = (uint8_t)v;
    return ts_buf_add(b, bytes, n);
}

bool ts_buf_zigzag(struct ts_buf *b, int64_t v) { return ts_buf_varint(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63)); }

bool ts_buf_f64(struct ts_buf *b, double v)
{
    uint64_t bits;
    uint8_t bytes[8];
    memcpy(&bits, &v, sizeof bits);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(bits >> (8 * i));
    return ts_buf_add(b, bytes, sizeof bytes);
}

bool ts_buf_str(struct ts_buf *b, struct ts_str s)
{
    if (!s.ptr) return ts_buf_varint(b, 0);
    return ts_buf_varint(b, (uint64_t)s.len + 1) && ts_buf_add(b, s.ptr, s.len);
}

/* The escape of a byte that a JSON string cannot hold as it is. */
static bool buf_escape(struct ts_buf *b, uint8_t c)
{
    static const uint8_t letters[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    uint8_t letter = c < 0x20 ? letters[c] : c;
    if (!letter) return ts_buf_addf(b, "\\u%04x", c);
    return ts_buf_byte(b, '\\') && ts_buf_byte(b, letter);
}

bool ts_buf_json(struct ts_buf *b, struct ts_str s)
{
    if (s.len > SIZE_MAX - 2 || !has_room(b, s.len + 2)) {
        b->failed = true;
        return false;
    }
    b->data[b->len++] = '"';
    const char *p = s.ptr, *end = s.len ? s.ptr + s.len : s.ptr;
    while (p < end) {
        const char *stop = ts_scan_plain(p, end);
        while (stop < end && (uint8_t)*stop >= 0x80)
            stop = ts_scan_plain(stop + 1, end);
        if (!ts_buf_add(b, p, (size_t)(stop - p))) return false;
        p = stop;
        if (p < end && !buf_escape(b, (uint8_t)*p++)) return false;
    }
    return ts_buf_byte(b, '"');
}

const char *ts_buf_cstr(struct ts_buf *b)
{
    if (!has_room(b, 1)) return "";
    b->data[b->len] = '\0';
    return (const char *)b->data;
}

/* ---- the reader ---- */

uint64_t ts_read_varint_slow(struct ts_reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; r->p < r->end && shift < 64; shift += 7) {
        uint8_t byte = *r->p++;
        if (shift == 63 && byte > 1) break;
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            if (byte == 0 && shift > 0) break; /* one number, one encoding: the bytes are hashed */
            return v;
        }
    }
    r->bad = true;
    r->p = r->end;
    return 0;
}

uint8_t ts_read_byte(struct ts_reader *r)
{
    if (r->p < r->end) return *r->p++;
    r->bad = true;
    return 0;
}

struct ts_str ts_read_bytes(struct ts_reader *r, size_t n)
{
    if ((size_t)(r->end - r->p) < n) {
        r->bad = true;
        r->p = r->end;
        return (struct ts_str){NULL, 0};
    }
    struct ts_str s = {(const char *)r->p, n};
    r->p += n;
    return s;
}

double ts_read_f64(struct ts_reader *r)
{
    struct ts_str s = ts_read_bytes(r, 8);
    if (!s.ptr) return 0;
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)(uint8_t)s.ptr[i] << (8 * i);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

struct ts_str ts_read_str(struct ts_reader *r)
{
    uint64_t n = ts_read_varint(r);
    if (n == 0) return (struct ts_str){NULL, 0};
    return ts_read_bytes(r, n - 1);
}
