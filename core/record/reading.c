/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the members of an event's root, and the checks that several of them share. */
#include "record/reading.h"
#include "base/limits.h"

#define AT_NAME(e, name) {(name), sizeof(name) - 1},
static const struct ts_str names[AT_COUNT] = {TS_AT(AT_NAME)};
#undef AT_NAME

const char *ts_at_name(enum ts_at at) { return names[at].ptr; }

enum ts_at ts_at_find(struct ts_str key)
{
    /* names[] is in order of length: names of n bytes are at begin[n] .. begin[n + 1]. */
    static const uint8_t begin[] = {AT_KEY,
                                    AT_KEY,
                                    AT_KEY,
                                    AT_KEY,
                                    AT_TYPE,
                                    AT_EVENT,
                                    AT_USER_ID,
                                    AT_GROUP_ID,
                                    AT_MESSAGE_ID,
                                    AT_MESSAGE_ID,
                                    AT_PREVIOUS_ID,
                                    AT_ANONYMOUS_ID,
                                    AT_ORIGINAL_TIMESTAMP,
                                    AT_ORIGINAL_TIMESTAMP,
                                    AT_ORIGINAL_TIMESTAMP,
                                    AT_ORIGINAL_TIMESTAMP,
                                    AT_ORIGINAL_TIMESTAMP,
                                    AT_ORIGINAL_TIMESTAMP,
                                    AT_COUNT};
    if (key.len + 1 >= TS_ARRAY_LEN(begin)) return AT_COUNT;
    for (unsigned i = begin[key.len]; i < begin[key.len + 1]; i++)
        if (names[i].ptr[0] == key.ptr[0] && memcmp(names[i].ptr, key.ptr, key.len) == 0) return (enum ts_at)i;
    return AT_COUNT;
}

bool ts_reading_text(const struct ts_reading *r, enum ts_at at, size_t max_bytes, struct ts_str *ret)
{
    const struct ts_json_node *n = r->at[at];
    char found[TS_DESCRIBE_BYTES];
    *ret = ts_str(NULL, 0);
    if (!n) return true;
    if (n->type != TS_JSON_STRING)
        return ts_fault_set(r->fault, TS_REASON_WRONG_TYPE, names[at].ptr, "%s must be text; found %s", names[at].ptr,
                            ts_node_describe(n, found));
    if (n->text.len > max_bytes)
        return ts_fault_set(r->fault, TS_REASON_TOO_LARGE, names[at].ptr, "%s has %zu bytes; at most %zu are allowed",
                            names[at].ptr, n->text.len, max_bytes);
    if (n->text.len) *ret = n->text;
    return true;
}

bool ts_reading_id(const struct ts_reading *r, enum ts_at at, struct ts_str *ret)
{
    const struct ts_json_node *n = r->at[at];
    char found[TS_DESCRIBE_BYTES];
    *ret = ts_str(NULL, 0);
    if (!n) return true;
    if (n->type != TS_JSON_STRING && n->type != TS_JSON_NUMBER)
        return ts_fault_set(r->fault, TS_REASON_WRONG_TYPE, names[at].ptr,
                            "%s must be text, a number or null; found %s", names[at].ptr, ts_node_describe(n, found));
    if (n->text.len > TS_LIMIT_IDENTIFIER_BYTES)
        return ts_fault_set(r->fault, TS_REASON_TOO_LARGE, names[at].ptr, "%s has %zu bytes; at most %u are allowed",
                            names[at].ptr, n->text.len, TS_LIMIT_IDENTIFIER_BYTES);
    if (n->text.len) *ret = n->text;
    return true;
}

bool ts_reading_missing(const struct ts_reading *r, enum ts_at at, const char *right)
{
    return ts_fault_set(r->fault, TS_REASON_MISSING_FIELD, ts_at_name(at), "%s needs %s: %s",
                        ts_record_kind_name(r->record->kind), ts_at_name(at), right);
}
