/* SPDX-License-Identifier: Apache-2.0 */
/* Identifier values to the one form in which they are compared and stored. E-mail addresses are folded by case and by
 * Unicode compatibility (NFKC_Casefold); nearly all are plain lower-case ASCII already and are borrowed as they are. */
#include "record/normalize.h"
#include <utf8proc.h>

#define FOLD_PASSES 4 /* folding is stable after one pass but for freaks; what is not stable by then is no address */

static bool is_blank(unsigned char c) { return c <= 0x20 || c == 0x7F; }

/* One @ with something on either side, and nothing in it that no mailbox has. */
static bool is_address(struct ts_str s)
{
    size_t ats = 0, at = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (is_blank((unsigned char)s.ptr[i])) return false;
        if (s.ptr[i] == '@') {
            ats++;
            at = i;
        }
    }
    return ats == 1 && at > 0 && at + 1 < s.len;
}

static struct ts_str trim(struct ts_str s)
{
    while (s.len && is_blank((unsigned char)s.ptr[0]))
        s.ptr++, s.len--;
    while (s.len && is_blank((unsigned char)s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static enum ts_code fold_ascii(struct ts_str s, struct ts_arena *arena, struct ts_str *ret)
{
    if (!is_address(s)) return TS_E_SYNTAX;
    char *out = ts_arena_alloc(arena, s.len + 1);
    if (!out) return TS_E_MEMORY;
    for (size_t i = 0; i < s.len; i++)
        out[i] = (char)(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? s.ptr[i] - 'A' + 'a' : s.ptr[i]);
    out[s.len] = '\0';
    *ret = ts_str(out, s.len);
    return TS_OK;
}

/* One pass of NFKC_Casefold, in memory of the arena (utf8proc_map would allocate behind our back). */
static enum ts_code fold_once(struct ts_str s, struct ts_arena *arena, struct ts_str *ret)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)s.ptr;
    utf8proc_ssize_t need = utf8proc_decompose(text, (utf8proc_ssize_t)s.len, NULL, 0, options);
    if (need < 0) return TS_E_SYNTAX;
    utf8proc_int32_t *points = ts_arena_alloc(arena, ((size_t)need + 1) * sizeof *points);
    if (!points) return TS_E_MEMORY;
    if (utf8proc_decompose(text, (utf8proc_ssize_t)s.len, points, need, options) != need) return TS_E_SYNTAX;
    utf8proc_ssize_t len = utf8proc_reencode(points, need, options);
    if (len < 0) return TS_E_SYNTAX;
    *ret = trim(ts_str((const char *)points, (size_t)len));
    return TS_OK;
}

static enum ts_code fold_unicode(struct ts_str s, struct ts_arena *arena, struct ts_str *ret)
{
    for (int i = 0; i < FOLD_PASSES; i++) {
        struct ts_str folded;
        enum ts_code code = fold_once(s, arena, &folded);
        if (code != TS_OK) return code;
        if (ts_str_eq(folded, s)) {
            if (!is_address(s)) return TS_E_SYNTAX;
            *ret = s;
            return TS_OK;
        }
        s = folded;
    }
    return TS_E_SYNTAX;
}

enum ts_code ts_email_normalize(struct ts_str in, struct ts_arena *arena, struct ts_str *ret)
{
    size_t ats = 0, at = 0, i;
    for (i = 0; i < in.len; i++) {
        unsigned char c = (unsigned char)in.ptr[i];
        if (is_blank(c) || c >= 0x80 || (c >= 'A' && c <= 'Z')) break;
        if (c == '@') {
            ats++;
            at = i;
        }
    }
    if (i == in.len) {
        if (ats != 1 || at == 0 || at + 1 == in.len) return TS_E_SYNTAX;
        *ret = in;
        return TS_OK;
    }

    for (; i < in.len; i++)
        if ((unsigned char)in.ptr[i] >= 0x80) return fold_unicode(trim(in), arena, ret);
    return fold_ascii(trim(in), arena, ret);
}

enum ts_code ts_identifier_normalize(const struct ts_identifier_kind *kind, struct ts_str in, struct ts_arena *arena,
                                     struct ts_str *ret)
{
    switch ((enum ts_normalize)kind->normalize) {
    case TS_NORMALIZE_EMAIL:
        return ts_email_normalize(in, arena, ret);
    case TS_NORMALIZE_PHONE:
        return ts_phone_normalize(in, kind->region, arena, ret);
    case TS_NORMALIZE_NONE:
        break;
    }
    if (in.len == 0) return TS_E_SYNTAX;
    *ret = in;
    return TS_OK;
}

bool ts_normalize_email(struct ts_str in, struct ts_arena *arena, struct ts_str *ret)
{
    return ts_email_normalize(in, arena, ret) == TS_OK;
}

bool ts_normalize_phone(struct ts_str in, const char *region, struct ts_arena *arena, struct ts_str *ret)
{
    return ts_phone_normalize(in, region, arena, ret) == TS_OK;
}

bool ts_normalize_value(const struct ts_identifier_kind *kind, struct ts_str in, struct ts_arena *arena,
                        struct ts_str *ret)
{
    return ts_identifier_normalize(kind, in, arena, ret) == TS_OK;
}
