/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values: the table of codes, and the few verbs that fill a struct ts_error. Whatever does not fit is cut at
 * a character, never inside one, because these texts are shown as JSON. */
#include "base/base.h"

static const struct {
    const char *name;
    int exit;
} codes[] = {
#define CODE_ROW(e, name, exit) [e] = {name, exit},
    TS_CODES(CODE_ROW)
#undef CODE_ROW
};

const char *ts_code_name(enum ts_code code)
{
    return (size_t)code < TS_ARRAY_LEN(codes) ? codes[code].name : "internal";
}

int ts_code_exit(enum ts_code code)
{
    return (size_t)code < TS_ARRAY_LEN(codes) ? codes[code].exit : codes[TS_E_INTERNAL].exit;
}

/* Drop the unfinished character that a cut may have left at the end of `text`. */
static void trim_character(char *text)
{
    size_t len = strlen(text), back = 0;
    while (back < 4 && back < len && ((unsigned char)text[len - 1 - back] & 0xC0) == 0x80)
        back++;
    if (back == len) return;
    unsigned char lead = (unsigned char)text[len - 1 - back];
    size_t need = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (back < need) text[len - 1 - back] = '\0';
}

static void print(char *out, size_t cap, const char *fmt, va_list args)
{
    int n = vsnprintf(out, cap, fmt, args);
    if (n < 0) {
        out[0] = '\0';
    } else if ((size_t)n >= cap) {
        trim_character(out);
    }
}

enum ts_code ts_fail(struct ts_error *err, enum ts_code code, const char *fmt, ...)
{
    if (!err) return code;
    err->code = code;
    err->where[0] = err->hint[0] = '\0';
    ts_error_name(err, ts_code_name(code));
    va_list args;
    va_start(args, fmt);
    print(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return code;
}

void ts_error_name(struct ts_error *err, const char *name)
{
    if (err) snprintf(err->name, sizeof err->name, "%s", name);
}

void ts_error_where(struct ts_error *err, const char *fmt, ...)
{
    if (!err) return;
    va_list args;
    va_start(args, fmt);
    print(err->where, sizeof err->where, fmt, args);
    va_end(args);
}

void ts_error_hint(struct ts_error *err, const char *fmt, ...)
{
    if (!err) return;
    va_list args;
    va_start(args, fmt);
    print(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
}

void ts_error_wrap(struct ts_error *err, const char *fmt, ...)
{
    if (!err) return;
    char text[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    print(text, sizeof text, fmt, args);
    va_end(args);
    size_t used = strlen(text);
    int n = snprintf(text + used, sizeof text - used, ": %s", err->text);
    if (n < 0 || (size_t)n >= sizeof text - used) trim_character(text);
    memcpy(err->text, text, sizeof text);
}
