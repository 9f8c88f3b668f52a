/* SPDX-License-Identifier: Apache-2.0 */
/* WHO: how a person at a terminal, a caller of the API or a command names a member. */
#include "record/record.h"

/* "m12": digits without a leading zero, so that one member has one spelling. False when it is none. */
static bool member_number(struct ts_str text, uint64_t *ret)
{
    if (text.len < 2 || text.ptr[0] != 'm' || text.ptr[1] == '0') return false;
    uint64_t number = 0;
    for (size_t i = 1; i < text.len; i++) {
        unsigned digit = (unsigned char)text.ptr[i] - (unsigned)'0';
        if (digit > 9 || number > ((uint64_t)INT64_MAX - digit) / 10) return false;
        number = number * 10 + digit;
    }
    *ret = number;
    return true;
}

enum ts_code ts_who_parse(struct ts_str text, struct ts_who *ret, struct ts_error *err)
{
    struct ts_who who = {0};
    if (member_number(text, &who.member)) {
        *ret = who;
        return TS_OK;
    }

    const char *colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
    if (colon) {
        who.kind = ts_str(text.ptr, (size_t)(colon - text.ptr));
        who.value = ts_str(colon + 1, text.len - who.kind.len - 1);
    }
    if (who.kind.len == 0 || who.value.len == 0) {
        int shown = text.len > 60 ? 60 : (int)text.len;
        ts_fail(err, TS_E_USAGE, "\"%.*s\" names no member", shown, text.len ? text.ptr : "");
        ts_error_hint(err, "a member is m and a number (m12), or kind:value (email:ann@example.com)");
        return TS_E_USAGE;
    }
    *ret = who;
    return TS_OK;
}
