/* SPDX-License-Identifier: Apache-2.0 */
/* record: what an event or a command is. Bytes become a `struct ts_record` or a fault with a reason; identifiers are
 * found and normalised; an event's properties are checked against the tracking plan. Parsing is pure: the same bytes
 * and declarations give the same record, which is why recovery may parse the payload of a journal row again. */
#ifndef TS_RECORD_H
#define TS_RECORD_H

#include "base/base.h"
#include "base/calendar.h"
#include "base/json.h"

/* Kinds of journal rows. The numbers are stored: never reuse one. */
#define TS_RECORD_KINDS(X)                                                                                             \
    X(TS_RECORD_TRACK, 1, "track")                                                                                     \
    X(TS_RECORD_IDENTIFY, 2, "identify")                                                                               \
    X(TS_RECORD_ALIAS, 3, "alias")                                                                                     \
    X(TS_RECORD_PAGE, 4, "page")                                                                                       \
    X(TS_RECORD_SCREEN, 5, "screen")                                                                                   \
    X(TS_RECORD_GROUP, 6, "group")                                                                                     \
    X(TS_RECORD_REDEEM, 7, "redeem")                                                                                   \
    X(TS_RECORD_ADJUST, 8, "adjust")                                                                                   \
    X(TS_RECORD_TICK, 9, "tick")          /* a command that moves the clock */                                         \
    X(TS_RECORD_SLICE, 10, "slice")       /* the engine's own: a slice of due work */                                  \
    X(TS_RECORD_RULES, 11, "rules")       /* a rules version becomes active */                                         \
    X(TS_RECORD_RETRY, 12, "retry")       /* a rule that failed on an earlier record runs again (errors redrive) */    \
    X(TS_RECORD_SET_TIER, 13, "set_tier") /* a level given by hand */                                                  \
    X(TS_RECORD_SET_TAG, 14, "set_tag")   /* a tag given or taken by hand */
#define TS_RECORD_ENUM(e, n, name) e = n,
enum ts_record_kind { TS_RECORD_NONE = 0, TS_RECORD_KINDS(TS_RECORD_ENUM) };
#undef TS_RECORD_ENUM
const char *ts_record_kind_name(enum ts_record_kind kind);
/* A command that names a member and carries a key. */
static inline bool ts_record_is_order(enum ts_record_kind kind)
{
    return kind == TS_RECORD_REDEEM || kind == TS_RECORD_ADJUST || kind == TS_RECORD_SET_TIER ||
           kind == TS_RECORD_SET_TAG;
}

/* Why something is in quarantine. The wire names are CONTRACT.md's. */
#define TS_REASONS(X)                                                                                                  \
    X(TS_REASON_JSON_SYNTAX, "json_syntax", "the line is not JSON")                                                    \
    X(TS_REASON_JSON_LIMIT, "json_limit", "JSON within the syntax but past a limit: nested too deep, a key twice")     \
    X(TS_REASON_UTF8, "utf8", "the line is not UTF-8")                                                                 \
    X(TS_REASON_BAD_TYPE, "bad_type", "`type` is missing or none that is known")                                       \
    X(TS_REASON_MISSING_IDENTIFIER, "missing_identifier", "nothing in it says whose it is")                            \
    X(TS_REASON_UNKNOWN_EVENT, "unknown_event", "no event of that name is declared")                                   \
    X(TS_REASON_MISSING_FIELD, "missing_field", "a field that is required is not there")                               \
    X(TS_REASON_WRONG_TYPE, "wrong_type", "a field is of another type than declared")                                  \
    X(TS_REASON_BAD_TIMESTAMP, "bad_timestamp", "`timestamp` is missing or cannot be read")                            \
    X(TS_REASON_MONEY_PRECISION, "money_precision", "an amount is finer than the currency, or too large")              \
    X(TS_REASON_CSV_COLUMNS, "csv_columns", "a row has not the columns of the first line")                             \
    X(TS_REASON_CSV_VALUE, "csv_value", "a value of a row does not fit its mapping")                                   \
    X(TS_REASON_TOO_LARGE, "too_large", "the line is longer than a line may be")                                       \
    X(TS_REASON_RULE_LIMIT, "rule_limit", "rules made events without end: the record was rolled back")
#define TS_REASON_ENUM(e, name, text) e,
enum ts_reason { TS_REASON_NONE = 0, TS_REASONS(TS_REASON_ENUM) TS_REASON_COUNT };
#undef TS_REASON_ENUM
const char *ts_reason_name(enum ts_reason reason);

struct ts_fault {
    enum ts_reason reason;
    char field[200];   /* "properties.revenue", "" */
    char message[400]; /* what, where, why, and what would be right */
};

/* ---- identifiers -------------------------------------------------------------------------------------------- */

enum ts_normalize { TS_NORMALIZE_NONE, TS_NORMALIZE_EMAIL, TS_NORMALIZE_PHONE };

/* A declared kind of identifier, in order of priority (strong before weak, then as declared). */
struct ts_identifier_kind {
    struct ts_str name;        /* "email" */
    const struct ts_str *from; /* paths into the event, first present wins: "userId", "traits.email" */
    uint32_t n_from;
    bool strong;
    uint8_t normalize;      /* enum ts_normalize */
    char region[4];         /* of phones: "CN", "" when only E.164 is understood */
    uint32_t per_member;    /* at most so many values on one member; 0: no limit */
    struct ts_duration per; /* ... within this window; all zero: ever */
    uint32_t id;            /* the engine's number for the name, set when a program is bound */
};

struct ts_identifier {
    uint16_t kind;       /* index into the declared kinds */
    struct ts_str value; /* normalised; borrowed from the record's arena or text */
};
#define TS_RECORD_IDENTIFIERS_MAX 16

/* Normalise; idempotent: f(f(x)) = f(x). False when the value is none of its kind (it then identifies nobody).
 * Emails: trimmed, NFKC case-folded (utf8proc), one @, non-empty sides, no white space within; IDNA is left as it is
 * written; dots and +tags are kept: they are different mailboxes with most providers. Phones: to E.164 by region CN,
 * US, GB, DE, JP with full- and half-width digits, separators, trunk prefixes, "+" and the region's prefix for abroad
 * (00, 011, 010), "(0)", extensions dropped; what could be read in two ways is refused. Any other region: only "+" and
 * 7 to 15 digits. */
bool ts_normalize_email(struct ts_str in, struct ts_arena *arena, struct ts_str *ret);
bool ts_normalize_phone(struct ts_str in, const char *region, struct ts_arena *arena, struct ts_str *ret);
bool ts_normalize_value(const struct ts_identifier_kind *kind, struct ts_str in, struct ts_arena *arena,
                        struct ts_str *ret);
/* The same with the reason: TS_E_SYNTAX when the value is none of its kind, TS_E_MEMORY when the arena cannot grow (the
 * three above then say false as well). `*ret` is `in` itself where nothing had to change. */
enum ts_code ts_identifier_normalize(const struct ts_identifier_kind *kind, struct ts_str in, struct ts_arena *arena,
                                     struct ts_str *ret);

/* ---- the tracking plan -------------------------------------------------------------------------------------- */

enum ts_type { /* of fields and traits */
               TS_TYPE_ANY,
               TS_TYPE_TEXT,
               TS_TYPE_INTEGER,
               TS_TYPE_NUMBER,
               TS_TYPE_MONEY,
               TS_TYPE_BOOLEAN,
               TS_TYPE_DATE,
               TS_TYPE_TIME,
               TS_TYPE_LIST
};
const char *ts_type_name(enum ts_type type);
struct ts_field {
    struct ts_str name;
    uint8_t type; /* enum ts_type */
    bool required;
    const struct ts_field *of; /* fields of a list's items */
    uint32_t n_of;
};
struct ts_event_decl {
    struct ts_str name;
    const struct ts_field *fields;
    uint32_t n_fields;
    bool internal; /* made by the engine ("tier.upgraded"): may not come from outside */
    uint32_t id;   /* the engine's number for the name, set when bound */
};

/* Check properties (may be NULL) against the plan: required fields present (null counts as absent), types right, money
 * not finer than `money_places`. List items are checked too ("properties.products[2].price"). False fills the fault. */
bool ts_plan_check(const struct ts_event_decl *plan, unsigned money_places, const struct ts_json *json,
                   const struct ts_json_node *properties, struct ts_fault *fault);
/* A money value in minor units from a JSON number or a numeric string ("100.00"). TS_E_SYNTAX, TS_E_LIMIT. */
enum ts_code ts_money_read(const struct ts_json_node *n, unsigned places, int64_t *ret);

/* ---- records ------------------------------------------------------------------------------------------------ */

/* WHO of a command: "m12" or "kind:value". TS_E_USAGE with a hint when it is neither. */
struct ts_who {
    uint64_t member;     /* 0: by identifier */
    struct ts_str kind;  /* "email" */
    struct ts_str value; /* as given */
};
enum ts_code ts_who_parse(struct ts_str text, struct ts_who *ret, struct ts_error *err);

struct ts_record {
    enum ts_record_kind kind;
    const struct ts_json *json;
    /* NULL when absent; traits: `traits`, else `context.traits` */
    const struct ts_json_node *root, *properties, *traits;
    const struct ts_json_node *context_traits; /* context.traits when `traits` is there as well */
    struct ts_str event;      /* track: its name; page, screen: "Page Viewed", "Screen Viewed"; "" otherwise */
    struct ts_str message_id; /* ptr NULL when it has none */
    struct ts_str channel;    /* `channel`, else context.channel, else context.library.name; "" */
    ts_ms timestamp;          /* `timestamp`, else originalTimestamp; the arrival when it has neither */
    bool has_timestamp;
    ts_ms original_timestamp, sent_at; /* TS_NEVER when absent */
    /* by priority; blocked values are not yet left out */
    struct ts_identifier identifiers[TS_RECORD_IDENTIFIERS_MAX];
    uint32_t n_identifiers;
    struct ts_str previous_id, user_id; /* of an alias, raw */
    struct ts_str group_id;
    /* commands */
    struct ts_str key;
    struct ts_who who;
    struct ts_str points; /* name of the points */
    int64_t amount;       /* points, in the smallest unit; redeem: > 0; adjust: not 0 */
    struct ts_str reason;
    struct ts_str tiers, level, tag; /* set_tier, set_tag: names as the rules declare them */
    ts_ms until;                     /* ... and how long; TS_NEVER when absent */
    bool remove;                     /* set_tag: the tag is taken */
};

/* Parses lines; owns the scratch memory that records borrow from. One per thread. */
struct ts_parser {
    struct ts_json json;
    struct ts_arena arena;
};
void ts_parser_init(struct ts_parser *p);
void ts_parser_release(struct ts_parser *p);

/* One line -> record, or a fault. `line` must outlive the record; the record is valid until the next parse.
 * `arrival` is used where the record has no timestamp. Checks, in order: size, JSON, limits, `type` (one of the six,
 * "redeem", "adjust", "set_tier", "set_tag", "tick"), event name or previousId or groupId present and text, timestamp well formed (a wrong
 * type is bad_timestamp), messageId text of at most 100 bytes, userId and anonymousId text, number or null (a number
 * is taken as its text), then identifiers: track..alias need at least one (missing_identifier), then properties and
 * traits being objects. Commands need key, member, and points with amount, tiers with level, or tag
 * (missing_field / wrong_type).
 * When sentAt and originalTimestamp are there and `live`, the timestamp is arrival - (sentAt - originalTimestamp).
 * A fault with TS_REASON_NONE means that memory ran out: the line was not judged and belongs in no quarantine.
 * null is the same as absent everywhere, and so is the empty text in ids and an empty list for properties or traits
 * (PHP clients send []). A path of an identifier that holds neither text nor a number is passed over, and so are kinds
 * past TS_RECORD_IDENTIFIERS_MAX. Identifier values, previousId and groupId have at most TS_LIMIT_IDENTIFIER_BYTES. */
bool ts_record_parse(struct ts_parser *p, struct ts_str line, const struct ts_identifier_kind *kinds, uint32_t n_kinds,
                     ts_ms arrival, bool live, struct ts_record *ret, struct ts_fault *fault);

/* The default kinds of CONTRACT.md, by priority: user_id, email, phone, anonymous_id, device. Static; copy to bind. */
const struct ts_identifier_kind *ts_identifier_defaults(uint32_t *ret_count);

#endif
