/* SPDX-License-Identifier: Apache-2.0 */
/* Phone numbers to E.164. Five numbering plans are known by the shape of their national numbers; of all others only the
 * international form is understood. A number that could be read in two ways is refused, because a strong identifier
 * that is read wrongly joins two strangers: so no local numbers, and no German fixed lines without their 0. */
#include "record/normalize.h"
#include <utf8proc.h>

#define PLAIN_BYTES 100 /* a phone as people write it, extension and all; longer is no phone */
#define E164_DIGITS 15  /* ITU-T E.164: the country code and the national number together */

/* National numbers whose first two digits lie in lo..hi have min..max digits. */
struct shape {
    uint8_t lo, hi, min, max;
    bool bare; /* also believed when it is written without its trunk prefix */
};

struct region {
    char name[3];
    const char *code;   /* country code */
    const char *abroad; /* what is dialled before a country code */
    char trunk;         /* what is dialled before a national number; no national number begins with it */
    const struct shape *shapes;
    size_t n_shapes;
};

/* China: mobile 1[3-9] and 9 digits; areas 10, 2x and three digits with 7 or 8; 400 and 800 services. */
static const struct shape shapes_cn[] = {
    {13, 19, 11, 11, true}, {10, 10, 10, 10, true}, {20, 29, 10, 10, true}, {30, 99, 10, 11, true}};
/* North America: ten digits, the area not beginning with 0 or 1 (the exchange neither: see plausible). */
static const struct shape shapes_us[] = {{20, 99, 10, 10, true}};
/* Britain: ten digits, nine in some old areas and services; 4 and 6 are not in use. */
static const struct shape shapes_gb[] = {{10, 19, 9, 10, true},  {20, 39, 10, 10, true}, {50, 59, 9, 10, true},
                                         {70, 79, 10, 10, true}, {80, 89, 9, 10, true},  {90, 99, 10, 10, true}};
/* Germany: mobile 15, 16, 17; fixed lines of any length, where a local number without its area looks like a number with
 * another area, so those need the 0. */
static const struct shape shapes_de[] = {
    {15, 15, 11, 11, true}, {16, 17, 10, 11, true}, {18, 19, 7, 11, false}, {20, 99, 6, 13, false}};
/* Japan: nine digits; mobile, pagers and IP phones ten. */
static const struct shape shapes_jp[] = {{10, 99, 9, 9, true},   {20, 20, 10, 10, true}, {50, 50, 10, 10, true},
                                         {60, 60, 10, 10, true}, {70, 70, 10, 10, true}, {80, 80, 10, 10, true},
                                         {90, 90, 10, 10, true}};

#define SHAPES(a) (a), TS_ARRAY_LEN(a)
static const struct region regions[] = {
    {"CN", "86", "00", '0', SHAPES(shapes_cn)},  {"US", "1", "011", '1', SHAPES(shapes_us)},
    {"GB", "44", "00", '0', SHAPES(shapes_gb)},  {"DE", "49", "00", '0', SHAPES(shapes_de)},
    {"JP", "81", "010", '0', SHAPES(shapes_jp)},
};

/* Country codes after which a 0 belongs to the number: Italy, San Marino, Ivory Coast, Gabon, Congo. "(0)" elsewhere is
 * the trunk prefix, which is not dialled from abroad. */
static const char *const keeps_zero[] = {"39", "378", "225", "241", "242"};

/* A number as it was written: its digits, whether "+" stood before them, and where a "(0)" stood (0: nowhere). */
struct dialled {
    char digits[24];
    size_t n;
    bool plus;
    size_t zero_at;
};

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* Characters outside ASCII that people's phone numbers come with, and what they stand for: a separator, the sign of an
 * extension, or (0) nothing that shows. */
static const struct {
    int32_t lo, hi;
    char plain;
} foreign[] = {
    {0xA0, 0xA0, ' '},     {0xAD, 0xAD, 0},       {0x2000, 0x200A, ' '}, {0x200B, 0x200F, 0},   {0x2010, 0x2015, ' '},
    {0x202A, 0x202E, 0},   {0x202F, 0x202F, ' '}, {0x2060, 0x2060, 0},   {0x2066, 0x2069, 0},   {0x2212, 0x2212, ' '},
    {0x3000, 0x3000, ' '}, {0x30FC, 0x30FC, ' '}, {0x8F49, 0x8F49, 'x'}, {0x8F6C, 0x8F6C, 'x'}, {0xFEFF, 0xFEFF, 0},
};

/* One character as plain ASCII: digits, '+', brackets, lower-case letters and the signs of extensions as themselves,
 * separators as ' ', what does not show as 0. -1: not found in phone numbers. */
static int plain_character(int32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFF01 - '!'; /* full width */
    if (c >= 'A' && c <= 'Z') return c - 'A' + 'a';
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) return c;
    if (c > 0 && c < 0x80) {
        if (strchr("+()#;=:,", c)) return c;
        return strchr(" \t\r\n-./[]~_", c) ? ' ' : -1;
    }
    for (size_t i = 0; i < TS_ARRAY_LEN(foreign); i++)
        if (c >= foreign[i].lo && c <= foreign[i].hi) return foreign[i].plain;
    return -1;
}

static bool to_plain(struct ts_str in, char out[static PLAIN_BYTES + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < in.len;) {
        int32_t c;
        ptrdiff_t width = utf8proc_iterate((const uint8_t *)in.ptr + i, (utf8proc_ssize_t)(in.len - i), &c);
        if (width <= 0) return false;
        i += (size_t)width;
        int plain = plain_character(c);
        if (plain < 0 || n == PLAIN_BYTES) return false;
        if (plain > 0) out[n++] = (char)plain;
    }
    out[n] = '\0';
    return true;
}

static const char *skip_spaces(const char *p)
{
    while (*p == ' ')
        p++;
    return p;
}

/* What may follow the number: nothing, or an extension, which is dropped. */
static bool is_extension(const char *p)
{
    static const char *const marks[] = {";ext=", "extension", "extn", "ext", "x", "#", ","};
    p = skip_spaces(p);
    if (!*p) return true;
    size_t i = 0, digits = 0;
    while (i < TS_ARRAY_LEN(marks) && strncmp(p, marks[i], strlen(marks[i])) != 0)
        i++;
    if (i == TS_ARRAY_LEN(marks)) return false;
    p += strlen(marks[i]);
    while (*p == ' ' || *p == ':' || *p == '=')
        p++;
    for (; *p >= '0' && *p <= '9'; p++)
        digits++;
    if (*p == '#') p++;
    return digits >= 1 && digits <= 9 && !*skip_spaces(p);
}

static bool read_dialled(const char *p, struct dialled *ret)
{
    struct dialled d = {.n = 0};
    size_t opened = 0;
    bool open = false;
    p = skip_spaces(p);
    if (strncmp(p, "tel:", 4) == 0) p = skip_spaces(p + 4);
    for (; *p; p++) {
        if (*p >= '0' && *p <= '9') {
            if (d.n == sizeof d.digits) return false;
            d.digits[d.n++] = *p;
        } else if (*p == '+') {
            if (d.plus || d.n > 0) return false;
            d.plus = true;
        } else if (*p == '(') {
            if (open) return false;
            open = true;
            opened = d.n;
        } else if (*p == ')') {
            if (!open) return false;
            open = false;
            if (opened > 0 && d.n == opened + 1 && d.digits[opened] == '0' && d.zero_at == 0) d.zero_at = opened;
        } else if (*p != ' ') {
            break;
        }
    }
    if (open || d.n == 0 || !is_extension(p)) return false;
    *ret = d;
    return true;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static bool begins_with(const char *digits, size_t n, const char *prefix)
{
    size_t len = strlen(prefix);
    return n > len && memcmp(digits, prefix, len) == 0;
}

static bool plausible(const struct region *r, const char *national, size_t n, bool bare)
{
    if (n < 2) return false;
    if (r->trunk == '1' && n >= 4 && national[3] < '2') return false;
    unsigned head = (unsigned)(national[0] - '0') * 10 + (unsigned)(national[1] - '0');
    for (size_t i = 0; i < r->n_shapes; i++) {
        const struct shape *s = &r->shapes[i];
        if (head >= s->lo && head <= s->hi && n >= s->min && n <= s->max && (!bare || s->bare)) return true;
    }
    return false;
}

/* Write "+", the code and the number. */
static void write_e164(const char *code, const char *national, size_t n, char out[static E164_DIGITS + 2])
{
    size_t len = strlen(code);
    out[0] = '+';
    memcpy(out + 1, code, len);
    memcpy(out + 1 + len, national, n);
    out[1 + len + n] = '\0';
}

/* After the country code: the national number, with or without its trunk prefix. */
static bool after_code(const struct region *r, const char *p, size_t n, bool bare, char *out)
{
    if (n > 0 && p[0] == r->trunk) p++, n--;
    if (!plausible(r, p, n, bare)) return false;
    write_e164(r->code, p, n, out);
    return true;
}

/* Country codes have one digit (1, 7), two (these), or three (ITU-T E.164, annex). */
static size_t code_length(const char *digits)
{
    static const char two[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 "
                              "63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";
    if (digits[0] == '1' || digits[0] == '7') return 1;
    for (const char *p = two; p < two + sizeof two - 1; p += 3)
        if (memcmp(p, digits, 2) == 0) return 2;
    return 3;
}

static bool international(struct dialled d, char *out)
{
    for (size_t i = 0; i < TS_ARRAY_LEN(regions); i++) {
        size_t len = strlen(regions[i].code);
        if (begins_with(d.digits, d.n, regions[i].code))
            return after_code(&regions[i], d.digits + len, d.n - len, false, out);
    }
    if (d.zero_at > 0 && d.zero_at == code_length(d.digits)) {
        bool keep = false;
        for (size_t i = 0; i < TS_ARRAY_LEN(keeps_zero); i++)
            keep = keep || begins_with(d.digits, d.n, keeps_zero[i]);
        if (!keep) {
            memmove(d.digits + d.zero_at, d.digits + d.zero_at + 1, d.n - d.zero_at - 1);
            d.n--;
        }
    }
    if (d.n < 7 || d.n > E164_DIGITS || d.digits[0] == '0') return false;
    write_e164("", d.digits, d.n, out);
    return true;
}

static bool national(const struct region *r, const struct dialled *d, char *out)
{
    if (d->digits[0] == r->trunk && plausible(r, d->digits + 1, d->n - 1, false)) {
        write_e164(r->code, d->digits + 1, d->n - 1, out);
        return true;
    }
    if (plausible(r, d->digits, d->n, true)) {
        write_e164(r->code, d->digits, d->n, out);
        return true;
    }
    /* "86 138 0013 8000": the code without its "+"; a "(0)" behind it leaves no doubt that it is one. */
    size_t len = strlen(r->code);
    return begins_with(d->digits, d->n, r->code) && after_code(r, d->digits + len, d->n - len, d->zero_at != len, out);
}

static const struct region *find_region(const char *name)
{
    for (size_t i = 0; name && i < TS_ARRAY_LEN(regions); i++)
        if (strcmp(regions[i].name, name) == 0) return &regions[i];
    return NULL;
}

enum ts_code ts_phone_normalize(struct ts_str in, const char *region, struct ts_arena *arena, struct ts_str *ret)
{
    char plain[PLAIN_BYTES + 1], out[E164_DIGITS + 2];
    struct dialled d;
    if (!to_plain(in, plain) || !read_dialled(plain, &d)) return TS_E_SYNTAX;

    const struct region *r = find_region(region);
    bool done;
    if (d.plus) {
        done = international(d, out);
    } else if (!r) {
        done = false;
    } else if (begins_with(d.digits, d.n, r->abroad)) {
        size_t len = strlen(r->abroad);
        memmove(d.digits, d.digits + len, d.n - len);
        d.n -= len;
        d.zero_at = d.zero_at > len ? d.zero_at - len : 0;
        done = international(d, out);
    } else {
        done = national(r, &d, out);
    }
    if (!done) return TS_E_SYNTAX;

    struct ts_str text = ts_cstr(out);
    if (ts_str_eq(text, in)) {
        *ret = in;
        return TS_OK;
    }
    text = ts_arena_dup(arena, text);
    if (!text.ptr) return TS_E_MEMORY;
    *ret = text;
    return TS_OK;
}
