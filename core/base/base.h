/* SPDX-License-Identifier: Apache-2.0 */
/* base: what every part stands on: errors, strings, growing buffers, a bump arena, hashing, exact decimals, and
 * little helpers. Time lives in base/calendar.h, JSON in base/json.h; both are part of this folder's public face.
 * No part of Tessera keeps global state; everything here hangs off what the caller passes. */
#ifndef TS_BASE_H
#define TS_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TS_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TS_UNUSED(x) ((void)(x))

/* ---- errors ------------------------------------------------------------------------------------------------- */

/* Every way in which a call can fail. X(enumerator, wire name, exit code of the program). */
#define TS_CODES(X)                                                                                                    \
    X(TS_OK, "ok", 0)                 /* done */                                                                       \
    X(TS_E_USAGE, "usage", 2)         /* the caller's words are off */                                                 \
    X(TS_E_NOT_FOUND, "not_found", 3) /* no such member, file, version */                                              \
    X(TS_E_REFUSED, "refused", 4)     /* understood and declined: balance, key reused, broken rule set */              \
    X(TS_E_IN_USE, "in_use", 5)       /* the data folder has another owner */                                          \
    X(TS_E_DISK, "disk", 6)           /* an operation of the file system or of SQLite failed */                        \
    X(TS_E_DAMAGED, "damaged", 6)     /* what is stored contradicts itself */                                          \
    X(TS_E_NEWER, "newer_format", 6)  /* written by a newer Tessera */                                                 \
    X(TS_E_MEMORY, "memory", 6)       /* an allocation failed; nothing was changed */                                  \
    X(TS_E_LIMIT, "limit", 2)         /* a stated maximum would be passed (core/base/limits.h) */                      \
    X(TS_E_SYNTAX, "syntax", 2)       /* text that is not what it should be */                                         \
    X(TS_E_INTERNAL, "internal", 6)   /* a contradiction inside Tessera: always a defect */

#define TS_CODE_ENUM(e, name, exit) e,
enum ts_code { TS_CODES(TS_CODE_ENUM) };
#undef TS_CODE_ENUM

/* An error as a value: what, where, and what would be right. Plain data, owned by whoever declares it.
 * `name` is the stable machine word shown as "code" in JSON; by default the wire name of `code`. */
struct ts_error {
    enum ts_code code;
    char name[40];
    char text[512];
    char where[256]; /* "rules/points.lua:12", "line 7, column 3", "" */
    char hint[256];  /* what would be right, "" */
};

const char *ts_code_name(enum ts_code code);
int ts_code_exit(enum ts_code code);

/* Fill `err` (may be NULL) and return `code`, so that `return ts_fail(err, TS_E_DISK, "...")` reads well. */
enum ts_code ts_fail(struct ts_error *err, enum ts_code code, const char *fmt, ...) TS_PRINTF(3, 4);
void ts_error_name(struct ts_error *err, const char *name);
void ts_error_where(struct ts_error *err, const char *fmt, ...) TS_PRINTF(2, 3);
void ts_error_hint(struct ts_error *err, const char *fmt, ...) TS_PRINTF(2, 3);
/* Put "prefix: " in front of the text, as each layer adds what it was doing. */
void ts_error_wrap(struct ts_error *err, const char *fmt, ...) TS_PRINTF(2, 3);

/* ---- strings: borrowed slices ------------------------------------------------------------------------------- */

struct ts_str {
    const char *ptr; /* not terminated; NULL means absent, which is not the same as empty */
    size_t len;
};

#define TS_STR(lit) ((struct ts_str){(lit), sizeof(lit) - 1})
static inline struct ts_str ts_str(const char *p, size_t n) { return (struct ts_str){p, n}; }
static inline struct ts_str ts_cstr(const char *p) { return (struct ts_str){p, p ? strlen(p) : 0}; }
static inline bool ts_str_eq(struct ts_str a, struct ts_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
int ts_str_cmp(struct ts_str a, struct ts_str b); /* by bytes, shorter first when one begins the other */
#define TS_STR_FMT "%.*s"
#define TS_STR_ARG(s) (int)(s).len, (s).ptr

/* ---- memory ------------------------------------------------------------------------------------------------- */

/* All allocation of the core goes through these, so that tests can make the nth fail (ts_alloc_fail_after).
 * They return NULL on failure, never abort. ts_free(NULL) is allowed. */
void *ts_alloc(size_t n);
void *ts_calloc(size_t n, size_t size);
void *ts_realloc(void *p, size_t n);
void ts_free(void *p);
char *ts_strdup_n(const char *p, size_t n); /* terminated copy; release with ts_free */
/* Tests: let `n` more allocations of the calling thread succeed, then fail every one (n < 0: never fail). */
void ts_alloc_fail_after(int64_t n);

/* A growing byte buffer with a maximum. Failure (no memory, or past max) is sticky: `failed` stays set, later appends
 * do nothing, and the caller checks once at the end. max 0 means 1 GiB. */
struct ts_buf {
    uint8_t *data;
    size_t len, cap, max;
    bool failed;
};
void ts_buf_init(struct ts_buf *b, size_t max);
void ts_buf_release(struct ts_buf *b);
static inline void ts_buf_clear(struct ts_buf *b)
{
    b->len = 0;
    b->failed = false;
}
bool ts_buf_reserve(struct ts_buf *b, size_t more);
bool ts_buf_add(struct ts_buf *b, const void *p, size_t n);
bool ts_buf_adds(struct ts_buf *b, const char *s);
bool ts_buf_addf(struct ts_buf *b, const char *fmt, ...) TS_PRINTF(2, 3);
bool ts_buf_byte(struct ts_buf *b, uint8_t v);
bool ts_buf_varint(struct ts_buf *b, uint64_t v);    /* LEB128 */
bool ts_buf_zigzag(struct ts_buf *b, int64_t v);     /* zigzag, then LEB128 */
bool ts_buf_f64(struct ts_buf *b, double v);         /* 8 bytes, little endian */
bool ts_buf_str(struct ts_buf *b, struct ts_str s);  /* varint length + 1 (0: absent), then bytes */
bool ts_buf_json(struct ts_buf *b, struct ts_str s); /* as a JSON string, quotes included; input is valid UTF-8 */
const char *ts_buf_cstr(struct ts_buf *b);           /* terminates; "" on failure */

/* A reader over encoded bytes. Reading past the end, or a malformed varint, sets `bad` (sticky) and yields 0. */
struct ts_reader {
    const uint8_t *p, *end;
    bool bad;
};
static inline struct ts_reader ts_reader(const void *p, size_t n)
{
    return (struct ts_reader){(const uint8_t *)p, (const uint8_t *)p + n, false};
}
uint64_t ts_read_varint_slow(struct ts_reader *r);
static inline uint64_t ts_read_varint(struct ts_reader *r)
{
    if (r->p < r->end && *r->p < 0x80) return *r->p++;
    return ts_read_varint_slow(r);
}
static inline int64_t ts_read_zigzag(struct ts_reader *r)
{
    uint64_t v = ts_read_varint(r);
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}
uint8_t ts_read_byte(struct ts_reader *r);
double ts_read_f64(struct ts_reader *r);
struct ts_str ts_read_str(struct ts_reader *r);             /* borrowed from the input */
struct ts_str ts_read_bytes(struct ts_reader *r, size_t n); /* borrowed from the input */

/* A bump arena: allocate many, drop all. 16-byte aligned. */
struct ts_arena_block;
struct ts_arena {
    struct ts_arena_block *first, *current;
    size_t used; /* in current */
};
void ts_arena_init(struct ts_arena *a);
void *ts_arena_alloc(struct ts_arena *a, size_t n);              /* NULL on failure */
struct ts_str ts_arena_dup(struct ts_arena *a, struct ts_str s); /* terminated copy; ptr NULL on failure */
void ts_arena_reset(struct ts_arena *a);                         /* keeps the blocks */
void ts_arena_release(struct ts_arena *a);

/* Growing arrays of plain structs: struct { T *at; uint32_t len, cap; } by TS_VEC(T). Push returns a zeroed slot or
 * NULL when memory is out. */
#define TS_VEC(T)                                                                                                      \
    struct {                                                                                                           \
        T *at;                                                                                                         \
        uint32_t len, cap;                                                                                             \
    }
void *ts_vec_push_(void **at, uint32_t *len, uint32_t *cap, size_t size);
#define ts_vec_push(v) ((__typeof__((v)->at))ts_vec_push_((void **)&(v)->at, &(v)->len, &(v)->cap, sizeof *(v)->at))
#define ts_vec_release(v) (ts_free((v)->at), (v)->at = NULL, (v)->len = (v)->cap = 0)
#define ts_vec_remove(v, i) (memmove(&(v)->at[i], &(v)->at[(i) + 1], ((v)->len - (i)-1) * sizeof *(v)->at), (v)->len--)

/* ---- hashing ------------------------------------------------------------------------------------------------ */

/* Fast 64-bit hash of bytes for tables in memory (seeded; never enters the state). */
uint64_t ts_hash(const void *p, size_t n, uint64_t seed);
static inline uint64_t ts_mix(uint64_t a, uint64_t b) /* 64x64 -> 128 folded; for tables and digests */
{
    __uint128_t m = (__uint128_t)(a ^ 0x9E3779B97F4A7C15u) * (b ^ 0xD1B54A32D192ED03u);
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}
/* SHA-256 (libsodium). ts_sha256_hex writes 64 digits and a terminator. */
void ts_sha256(const void *p, size_t n, uint8_t out[32]);
void ts_sha256_hex(const uint8_t digest[32], char out[65]);

/* splitmix64 (Steele, Lea, Flood 2014): the generator of samples and of randomised tests. */
struct ts_rng {
    uint64_t state;
};
uint64_t ts_rng_next(struct ts_rng *r);
double ts_rng_unit(struct ts_rng *r);                /* [0, 1), 53 bits */
uint64_t ts_rng_below(struct ts_rng *r, uint64_t n); /* [0, n), n > 0 */

/* ---- exact decimals ----------------------------------------------------------------------------------------- */

/* A decimal as written: digits * 10^-scale. scale 0..18. */
struct ts_decimal {
    int64_t digits;
    uint8_t scale;
};
/* JSON or plain number text ("100", "19.90", "1e2", "-0.5"; of tables also "+3", "007", ".5"); trailing zeros of the fraction are dropped.
 * TS_E_SYNTAX when it is no number, TS_E_LIMIT when it does not fit 18 digits. */
enum ts_code ts_decimal_parse(struct ts_str text, struct ts_decimal *ret);
/* The shortest decimal that reads back as `v` (1.15 -> 115/100). */
enum ts_code ts_decimal_from_double(double v, struct ts_decimal *ret);
/* To an integer with `places` implied places (money: minor units). TS_E_LIMIT when digits would be lost
 * ("19.999" with 2 places) or when it overflows. */
enum ts_code ts_decimal_to_minor(struct ts_decimal d, unsigned places, int64_t *ret);

enum ts_rounding { TS_ROUND_DOWN, TS_ROUND_HALF_UP, TS_ROUND_UP };
/* amount * product(factors) / divisor, exact in 256 bits, rounded once (towards zero for DOWN, away for UP). divisor > 0.
 * TS_E_LIMIT on overflow of the result. */
enum ts_code ts_decimal_scale(int64_t amount, const struct ts_decimal *factors, size_t n_factors, int64_t divisor,
                              enum ts_rounding rounding, int64_t *ret);
/* The same for an amount that is itself a sum of products: amount * 10^-scale, scale 0..36. */
enum ts_code ts_decimal_scale_wide(__int128 amount, unsigned scale, const struct ts_decimal *factors, size_t n_factors,
                                   int64_t divisor, enum ts_rounding rounding, int64_t *ret);
/* Share `whole` (>= 0) out by weights (each >= 0, below 2^126 in all): ret[i] is whole * weight[i] / sum, rounded so that the shares add up to
 * the whole, by largest remainder, of equal ones the earlier. With no weight at all, all shares are 0. TS_E_LIMIT when the weights are too
 * large; TS_E_MEMORY. */
enum ts_code ts_decimal_share(int64_t whole, const __int128 *weights, size_t n, int64_t *ret);

/* ---- text --------------------------------------------------------------------------------------------------- */

bool ts_utf8_valid(const char *p, size_t n); /* RFC 3629: no overlongs, no surrogates */
/* Damerau-Levenshtein distance (restricted), at most `max` looked at; for "did you mean". */
unsigned ts_edit_distance(struct ts_str a, struct ts_str b, unsigned max);
/* Shortest text of a double that reads back the same, locale independent; integers without a point. */
size_t ts_format_double(double v, char *out, size_t cap);

#endif
