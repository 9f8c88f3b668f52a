/* SPDX-License-Identifier: Apache-2.0 */
/* Commands among the lines: redeem, adjust, set_tier, set_tag and tick. They name a member and what is to be instead of
 * telling what somebody did, so the identifiers and the tracking plan play no part. */
#include "base/limits.h"
#include "record/reading.h"

#define WHO_FORMS "\"m12\" or \"email:ann@example.com\""

static bool read_member(struct ts_reading *r)
{
    struct ts_str text;
    /* A kind, a colon and a value of the longest kind. */
    size_t max_bytes = TS_LIMIT_NAME_BYTES + 1 + TS_LIMIT_IDENTIFIER_BYTES;
    if (!ts_reading_text(r, AT_MEMBER, max_bytes, &text)) return false;
    if (!text.ptr) return ts_reading_missing(r, AT_MEMBER, "the one whom this is about, as " WHO_FORMS);
    if (ts_who_parse(text, &r->record->who, NULL) == TS_OK) return true;
    char found[TS_DESCRIBE_BYTES];
    return ts_fault_set(r->fault, TS_REASON_WRONG_TYPE, "member", "member must be " WHO_FORMS "; found %s",
                        ts_node_describe(r->at[AT_MEMBER], found));
}

static bool read_amount(struct ts_reading *r)
{
    const struct ts_json_node *n = r->at[AT_AMOUNT];
    bool redeem = r->record->kind == TS_RECORD_REDEEM;
    const char *right = redeem ? "an integer above 0" : "an integer that is not 0";
    if (!n) return ts_reading_missing(r, AT_AMOUNT, right);

    char found[TS_DESCRIBE_BYTES];
    int64_t amount = 0;
    enum ts_code code = n->type == TS_JSON_NUMBER ? ts_json_integer(n, &amount) : TS_E_SYNTAX;
    if (code == TS_E_LIMIT)
        return ts_fault_set(r->fault, TS_REASON_JSON_LIMIT, "amount",
                            "amount must be an integer of at most 2^53; found %s", ts_node_describe(n, found));
    if (code != TS_OK || amount == 0 || (redeem && amount < 0))
        return ts_fault_set(r->fault, TS_REASON_WRONG_TYPE, "amount",
                            "amount must be %s, in the smallest unit; found %s", right, ts_node_describe(n, found));
    r->record->amount = amount;
    return true;
}

static bool read_points(struct ts_reading *r)
{
    if (!ts_reading_text(r, AT_POINTS, TS_LIMIT_NAME_BYTES, &r->record->points)) return false;
    if (!r->record->points.ptr)
        return ts_reading_missing(r, AT_POINTS, "the name of the points, as the rules declare it");
    return read_amount(r);
}

static bool read_tier(struct ts_reading *r)
{
    struct ts_record *record = r->record;
    if (!ts_reading_text(r, AT_TIERS, TS_LIMIT_NAME_BYTES, &record->tiers)) return false;
    if (!record->tiers.ptr) return ts_reading_missing(r, AT_TIERS, "the name of the tiers, as the rules declare it");
    if (!ts_reading_text(r, AT_LEVEL, TS_LIMIT_NAME_BYTES, &record->level)) return false;
    if (!record->level.ptr) return ts_reading_missing(r, AT_LEVEL, "one of the levels of these tiers");
    return ts_reading_time(r, AT_UNTIL, &record->until);
}

static bool read_tag(struct ts_reading *r)
{
    struct ts_record *record = r->record;
    const struct ts_json_node *n = r->at[AT_REMOVE];
    char found[TS_DESCRIBE_BYTES];
    if (!ts_reading_text(r, AT_TAG, TS_LIMIT_NAME_BYTES, &record->tag)) return false;
    if (!record->tag.ptr) return ts_reading_missing(r, AT_TAG, "the name of the tag, as the rules declare it");
    if (!ts_reading_time(r, AT_UNTIL, &record->until)) return false;
    if (n && n->type != TS_JSON_TRUE && n->type != TS_JSON_FALSE)
        return ts_fault_set(r->fault, TS_REASON_WRONG_TYPE, "remove", "remove must be true or false; found %s",
                            ts_node_describe(n, found));
    record->remove = n && n->type == TS_JSON_TRUE;
    if (!record->remove || record->until == TS_NEVER) return true;
    return ts_fault_set(r->fault, TS_REASON_WRONG_TYPE, "until",
                        "until says how long a tag is kept: it cannot stand beside remove");
}

/* What the command is about. */
static bool read_what(struct ts_reading *r)
{
    if (r->record->kind == TS_RECORD_SET_TIER) return read_tier(r);
    if (r->record->kind == TS_RECORD_SET_TAG) return read_tag(r);
    return read_points(r);
}

bool ts_reading_command(struct ts_reading *r)
{
    struct ts_record *record = r->record;
    if (record->kind == TS_RECORD_TICK) {
        if (record->has_timestamp) return true;
        return ts_reading_missing(r, AT_TIMESTAMP, "the time to move to, as \"2026-01-15T02:00:00Z\"");
    }
    record->until = TS_NEVER;
    if (!ts_reading_text(r, AT_KEY, TS_LIMIT_KEY_BYTES, &record->key)) return false;
    if (!record->key.ptr)
        return ts_reading_missing(r, AT_KEY,
                                  "a text of your own that no other command has, so that a repeat does nothing");
    if (!read_member(r) || !read_what(r)) return false;
    return ts_reading_text(r, AT_REASON, (size_t)TS_LIMIT_EVENT_BYTES, &record->reason);
}
