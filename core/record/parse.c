/* SPDX-License-Identifier: Apache-2.0 */
/* One line to a record or a fault. The order of the checks is the order in which the reasons are promised, so a line
 * with two faults always gives the same one. */
#include "base/limits.h"
#include "record/reading.h"

void ts_parser_init(struct ts_parser *p)
{
    ts_json_init(&p->json);
    ts_arena_init(&p->arena);
}

void ts_parser_release(struct ts_parser *p)
{
    ts_json_release(&p->json);
    ts_arena_release(&p->arena);
}

/* ---- the door ----------------------------------------------------------------------------------------------- */

static bool read_json(struct ts_parser *p, struct ts_str line, struct ts_fault *fault)
{
    if (line.len > (size_t)TS_LIMIT_EVENT_BYTES)
        return ts_fault_set(fault, TS_REASON_TOO_LARGE, "", "the line has %zu bytes; an event has at most %u", line.len,
                            TS_LIMIT_EVENT_BYTES);
    enum ts_code code = ts_json_parse(&p->json, line.ptr, line.len, true);
    if (code == TS_OK) return true;
    if (code == TS_E_MEMORY) return ts_fault_memory(fault);
    enum ts_reason reason = p->json.fault == TS_JSON_BAD_UTF8     ? TS_REASON_UTF8
                            : p->json.fault == TS_JSON_OVER_LIMIT ? TS_REASON_JSON_LIMIT
                                                                  : TS_REASON_JSON_SYNTAX;
    return ts_fault_set(fault, reason, "", "byte %zu: %s", p->json.fault_offset, p->json.fault_text);
}

static bool read_root(struct ts_reading *r)
{
    const struct ts_json_node *root = ts_json_root(r->json);
    char found[TS_DESCRIBE_BYTES];
    if (root->type != TS_JSON_OBJECT)
        return ts_fault_set(r->fault, TS_REASON_BAD_TYPE, "", "an event must be an object with a type; found %s",
                            ts_node_describe(root, found));
    r->record->root = root;
    for (const struct ts_json_node *n = ts_json_first(r->json, root); n; n = ts_json_next(r->json, n)) {
        enum ts_at at = ts_at_find(n->key);
        if (at < AT_COUNT && n->type != TS_JSON_NULL) r->at[at] = n;
    }
    return true;
}

/* ---- type --------------------------------------------------------------------------------------------------- */

/* The kinds that may come from outside; what the engine writes for itself may not. */
static const enum ts_record_kind outside[] = {
    TS_RECORD_TRACK,  TS_RECORD_IDENTIFY, TS_RECORD_ALIAS,    TS_RECORD_PAGE,    TS_RECORD_SCREEN, TS_RECORD_GROUP,
    TS_RECORD_REDEEM, TS_RECORD_ADJUST,   TS_RECORD_SET_TIER, TS_RECORD_SET_TAG, TS_RECORD_TICK};

static enum ts_record_kind nearest_kind(struct ts_str text)
{
    char lower[16];
    enum ts_record_kind nearest = TS_RECORD_NONE;
    unsigned best = 3; /* further off is no misspelling */
    if (text.len > sizeof lower) return nearest;
    for (size_t i = 0; i < text.len; i++)
        lower[i] = (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] - 'A' + 'a' : text.ptr[i]);
    for (size_t i = 0; i < TS_ARRAY_LEN(outside); i++) {
        unsigned d = ts_edit_distance(ts_str(lower, text.len), ts_cstr(ts_record_kind_name(outside[i])), best);
        if (d < best) {
            best = d;
            nearest = outside[i];
        }
    }
    return nearest;
}

static bool bad_type(const struct ts_reading *r)
{
    const struct ts_json_node *n = r->at[AT_TYPE];
    char found[TS_DESCRIBE_BYTES];
    enum ts_record_kind nearest = n && n->type == TS_JSON_STRING ? nearest_kind(n->text) : TS_RECORD_NONE;
    return ts_fault_set(r->fault, TS_REASON_BAD_TYPE, "type",
                        "type must be track, identify, alias, page, screen, group, redeem, adjust, set_tier, set_tag "
                        "or tick; found %s%s%s%s",
                        ts_node_describe(n, found), nearest ? " (did you mean " : "",
                        nearest ? ts_record_kind_name(nearest) : "", nearest ? "?)" : "");
}

static bool read_type(struct ts_reading *r)
{
    const struct ts_json_node *n = r->at[AT_TYPE];
    if (!n || n->type != TS_JSON_STRING) return bad_type(r);
    for (size_t i = 0; i < TS_ARRAY_LEN(outside); i++) {
        if (ts_str_eq(n->text, ts_cstr(ts_record_kind_name(outside[i])))) {
            r->record->kind = outside[i];
            return true;
        }
    }
    return bad_type(r);
}

/* ---- what each kind needs ----------------------------------------------------------------------------------- */

static bool read_subject(struct ts_reading *r)
{
    struct ts_record *record = r->record;
    switch (record->kind) {
    case TS_RECORD_TRACK:
        if (!ts_reading_text(r, AT_EVENT, TS_LIMIT_NAME_BYTES, &record->event)) return false;
        return record->event.ptr ||
               ts_reading_missing(r, AT_EVENT, "the name of what happened, as \"Order Completed\"");
    case TS_RECORD_PAGE:
        record->event = TS_STR("Page Viewed");
        return true;
    case TS_RECORD_SCREEN:
        record->event = TS_STR("Screen Viewed");
        return true;
    case TS_RECORD_ALIAS:
        if (!ts_reading_id(r, AT_PREVIOUS_ID, &record->previous_id)) return false;
        return record->previous_id.ptr ||
               ts_reading_missing(r, AT_PREVIOUS_ID, "the id by which the member was known before");
    case TS_RECORD_GROUP:
        if (!ts_reading_id(r, AT_GROUP_ID, &record->group_id)) return false;
        return record->group_id.ptr || ts_reading_missing(r, AT_GROUP_ID, "the id of the group");
    default:
        return true;
    }
}

/* ---- times -------------------------------------------------------------------------------------------------- */

bool ts_reading_time(const struct ts_reading *r, enum ts_at at, ts_ms *ret)
{
    const struct ts_json_node *n = r->at[at];
    if (!n) return true;
    enum ts_code code = n->type == TS_JSON_STRING ? ts_time_parse(n->text, ret) : TS_E_SYNTAX;
    if (code == TS_OK) return true;
    char found[TS_DESCRIBE_BYTES];
    return ts_fault_set(r->fault, TS_REASON_BAD_TIMESTAMP, ts_at_name(at),
                        "%s must be a time%s, as \"2026-01-15T02:00:00.000Z\"; found %s", ts_at_name(at),
                        code == TS_E_LIMIT ? " between 1900 and 2200" : "", ts_node_describe(n, found));
}

static bool read_times(struct ts_reading *r, ts_ms arrival, bool live)
{
    struct ts_record *record = r->record;
    ts_ms timestamp = TS_NEVER;
    record->original_timestamp = record->sent_at = TS_NEVER;
    if (!ts_reading_time(r, AT_TIMESTAMP, &timestamp)) return false;
    if (!ts_reading_time(r, AT_ORIGINAL_TIMESTAMP, &record->original_timestamp)) return false;
    if (!ts_reading_time(r, AT_SENT_AT, &record->sent_at)) return false;

    if (timestamp == TS_NEVER) timestamp = record->original_timestamp;
    record->has_timestamp = timestamp != TS_NEVER;
    record->timestamp = record->has_timestamp ? timestamp : arrival;
    if (!live || record->sent_at == TS_NEVER || record->original_timestamp == TS_NEVER) return true;

    /* The client's clock may be off by years, but the span between two of its times is right. */
    record->timestamp = arrival - (record->sent_at - record->original_timestamp);
    if (record->timestamp >= TS_MS_MIN && record->timestamp <= TS_MS_MAX) return true;
    return ts_fault_set(
        r->fault, TS_REASON_BAD_TIMESTAMP, "sentAt",
        "sentAt and originalTimestamp must be times of one clock; by them this happened before 1900 or after 2200");
}

/* ---- the rest ----------------------------------------------------------------------------------------------- */

/* An object that may be absent; PHP writes an empty one as []. */
static bool read_object(const struct ts_reading *r, enum ts_at at, const struct ts_json_node **ret)
{
    const struct ts_json_node *n = r->at[at];
    if (!n || (n->type == TS_JSON_ARRAY && n->count == 0)) return true;
    char found[TS_DESCRIBE_BYTES];
    if (n->type != TS_JSON_OBJECT)
        return ts_fault_set(r->fault, TS_REASON_WRONG_TYPE, ts_at_name(at), "%s must be an object; found %s",
                            ts_at_name(at), ts_node_describe(n, found));
    *ret = n;
    return true;
}

static struct ts_str text_of(const struct ts_json_node *n)
{
    return n && n->type == TS_JSON_STRING ? n->text : TS_STR("");
}

/* What the context says beside the traits is not worth a fault: what is not understood there is passed over. */
static bool read_content(struct ts_reading *r)
{
    struct ts_record *record = r->record;
    if (!read_object(r, AT_PROPERTIES, &record->properties)) return false;
    if (!read_object(r, AT_TRAITS, &record->traits)) return false;

    const struct ts_json_node *context = r->at[AT_CONTEXT];
    const struct ts_json_node *traits = context ? ts_json_get(r->json, context, TS_STR("traits")) : NULL;
    if (traits && traits->type == TS_JSON_OBJECT) {
        if (record->traits)
            record->context_traits = traits;
        else
            record->traits = traits;
    }

    record->channel = text_of(r->at[AT_CHANNEL]);
    if (record->channel.len == 0 && context) {
        record->channel = text_of(ts_json_get(r->json, context, TS_STR("channel")));
        if (record->channel.len == 0)
            record->channel =
                text_of(ts_json_get(r->json, ts_json_get(r->json, context, TS_STR("library")), TS_STR("name")));
    }
    return true;
}

static bool read_tracked(struct ts_reading *r, const struct ts_identifier_kind *kinds, uint32_t n_kinds)
{
    /* Checked even where no declared identifier is read from them. */
    struct ts_str user_id, anonymous_id;
    if (!ts_reading_id(r, AT_USER_ID, &user_id)) return false;
    if (!ts_reading_id(r, AT_ANONYMOUS_ID, &anonymous_id)) return false;
    if (r->record->kind == TS_RECORD_ALIAS) r->record->user_id = user_id;
    return ts_reading_identifiers(r, kinds, n_kinds) && read_content(r);
}

bool ts_record_parse(struct ts_parser *p, struct ts_str line, const struct ts_identifier_kind *kinds, uint32_t n_kinds,
                     ts_ms arrival, bool live, struct ts_record *ret, struct ts_fault *fault)
{
    memset(ret, 0, sizeof *ret);
    ret->event = ret->channel = TS_STR("");
    ret->timestamp = arrival;
    ts_arena_reset(&p->arena);
    if (!read_json(p, line, fault)) return false;

    struct ts_reading r = {.parser = p, .json = &p->json, .record = ret, .fault = fault};
    ret->json = r.json;
    if (!read_root(&r) || !read_type(&r) || !read_subject(&r) || !read_times(&r, arrival, live)) return false;
    if (!ts_reading_text(&r, AT_MESSAGE_ID, TS_LIMIT_MESSAGE_ID_BYTES, &ret->message_id)) return false;
    if (ret->kind >= TS_RECORD_REDEEM) return ts_reading_command(&r);
    return read_tracked(&r, kinds, n_kinds);
}
