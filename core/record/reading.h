/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of record: one line being read. The members of the root that mean something are found in one pass and put into
 * numbered places; parse.c, identifiers.c and command.c read them from there. */
#ifndef TS_RECORD_READING_H
#define TS_RECORD_READING_H

#include "record/fault.h"
#include "record/record.h"

/* The members of an event's root, by the length of their names (reading.c finds them by it). */
#define TS_AT(X)                                                                                                       \
    X(AT_KEY, "key")                                                                                                   \
    X(AT_TAG, "tag")                                                                                                   \
    X(AT_TYPE, "type")                                                                                                 \
    X(AT_EVENT, "event")                                                                                               \
    X(AT_TIERS, "tiers")                                                                                               \
    X(AT_LEVEL, "level")                                                                                               \
    X(AT_UNTIL, "until")                                                                                               \
    X(AT_USER_ID, "userId")                                                                                            \
    X(AT_TRAITS, "traits")                                                                                             \
    X(AT_SENT_AT, "sentAt")                                                                                            \
    X(AT_MEMBER, "member")                                                                                             \
    X(AT_POINTS, "points")                                                                                             \
    X(AT_AMOUNT, "amount")                                                                                             \
    X(AT_REASON, "reason")                                                                                             \
    X(AT_REMOVE, "remove")                                                                                             \
    X(AT_GROUP_ID, "groupId")                                                                                          \
    X(AT_CONTEXT, "context")                                                                                           \
    X(AT_CHANNEL, "channel")                                                                                           \
    X(AT_MESSAGE_ID, "messageId")                                                                                      \
    X(AT_TIMESTAMP, "timestamp")                                                                                       \
    X(AT_PREVIOUS_ID, "previousId")                                                                                    \
    X(AT_PROPERTIES, "properties")                                                                                     \
    X(AT_ANONYMOUS_ID, "anonymousId")                                                                                  \
    X(AT_ORIGINAL_TIMESTAMP, "originalTimestamp")
#define TS_AT_ENUM(e, name) e,
enum ts_at { TS_AT(TS_AT_ENUM) AT_COUNT };
#undef TS_AT_ENUM

struct ts_reading {
    struct ts_parser *parser;
    const struct ts_json *json;
    const struct ts_json_node *at[AT_COUNT]; /* NULL when absent or null */
    struct ts_record *record;
    struct ts_fault *fault;
};

const char *ts_at_name(enum ts_at at);
/* The place of a member of the root, or AT_COUNT when it has none. */
enum ts_at ts_at_find(struct ts_str key);

/* Text that may be absent (null and "" are absent: ptr NULL). False with wrong_type or too_large. */
bool ts_reading_text(const struct ts_reading *r, enum ts_at at, size_t max_bytes, struct ts_str *ret);
/* The same, where a number is taken as its text: userId, anonymousId, previousId, groupId. */
bool ts_reading_id(const struct ts_reading *r, enum ts_at at, struct ts_str *ret);

/* A time that may be absent: *ret is untouched then. False with bad_timestamp. */
bool ts_reading_time(const struct ts_reading *r, enum ts_at at, ts_ms *ret);

/* The fault of a kind without what it needs; `right` says what that is. */
bool ts_reading_missing(const struct ts_reading *r, enum ts_at at, const char *right);

/* Fill record->identifiers by the declared kinds. */
bool ts_reading_identifiers(struct ts_reading *r, const struct ts_identifier_kind *kinds, uint32_t n_kinds);
/* The members of redeem, adjust, set_tier, set_tag and tick. */
bool ts_reading_command(struct ts_reading *r);

#endif
