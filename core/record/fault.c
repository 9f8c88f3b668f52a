/* SPDX-License-Identifier: Apache-2.0 */
/* Wording of faults. They reach people (quarantine lists, HTTP answers), so they must stay valid UTF-8 when cut. */
#include "record/fault.h"

#define SHOWN_BYTES 40 /* of a value in a message: enough to recognise it, little enough to keep the line short */

/* The length without an incomplete character at the end. Only the last character can be incomplete. */
static size_t whole_characters(const char *p, size_t n)
{
    size_t start = n;
    while (start > 0 && n - start < 4 && ((unsigned char)p[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0) return n;
    unsigned char lead = (unsigned char)p[start - 1];
    if (lead < 0xC0) return n;
    size_t width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    return n - (start - 1) < width ? start - 1 : n;
}

static void copy_cut(char *out, size_t cap, const char *text)
{
    size_t n = strlen(text);
    if (n >= cap) n = whole_characters(text, cap - 1);
    memcpy(out, text, n);
    out[n] = '\0';
}

bool ts_fault_set(struct ts_fault *fault, enum ts_reason reason, const char *field, const char *fmt, ...)
{
    if (!fault) return false;
    fault->reason = reason;
    copy_cut(fault->field, sizeof fault->field, field);

    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(fault->message, sizeof fault->message, fmt, ap);
    va_end(ap);
    if (n < 0) fault->message[0] = '\0';
    if (n >= (int)sizeof fault->message)
        fault->message[whole_characters(fault->message, sizeof fault->message - 1)] = '\0';
    return false;
}

bool ts_fault_memory(struct ts_fault *fault)
{
    return ts_fault_set(fault, TS_REASON_NONE, "", "out of memory while reading the line; it was not judged");
}

const char *ts_node_describe(const struct ts_json_node *n, char out[static TS_DESCRIBE_BYTES])
{
    if (!n) return "nothing";
    switch ((enum ts_json_type)n->type) {
    case TS_JSON_NULL:
        return "null";
    case TS_JSON_FALSE:
        return "false";
    case TS_JSON_TRUE:
        return "true";
    case TS_JSON_ARRAY:
        return "a list";
    case TS_JSON_OBJECT:
        return "an object";
    case TS_JSON_NUMBER:
    case TS_JSON_STRING:
        break;
    }
    bool text = n->type == TS_JSON_STRING;
    if (text && n->text.len == 0) return "the empty text";
    bool cut = n->text.len > SHOWN_BYTES;
    size_t len = cut ? whole_characters(n->text.ptr, SHOWN_BYTES) : n->text.len;
    const char *quote = text ? "\"" : "";
    snprintf(out, TS_DESCRIBE_BYTES, "the %s %s%.*s%s%s", text ? "text" : "number", quote, (int)len, n->text.ptr,
             cut ? "..." : "", quote);
    return out;
}
