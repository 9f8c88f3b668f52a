/* SPDX-License-Identifier: Apache-2.0 */
/* A program: what a rule set declares, as plain data. Made by the Lua host when a version is loaded, read by the engine; it
 * knows no Lua. All text and arrays live in the program's arena and die with it. `id` fields are the engine's numbers for names, filled in when
 * the engine binds the program. `fn` fields are handles of the host's functions, 0: none. */
#ifndef TS_PROGRAM_H
#define TS_PROGRAM_H

#include "base/base.h"
#include "base/calendar.h"
#include "record/record.h"

struct ts_origin { /* where something was declared */
    struct ts_str file;
    uint32_t line;
};

struct ts_trait_date { /* month and day of a date trait; 0: not known */
    int month, day;
};
/* Of a trait's JSON, "1988-02-29" or a time of that day; an impossible date is not known. */
struct ts_trait_date ts_trait_date(struct ts_str json);
/* When something counts: all given parts must hold, in the program's zone. Empty: always. */
struct ts_during {
    bool any;
    uint8_t days;               /* bit 0 Monday .. bit 6 Sunday; 0: all */
    uint16_t months;            /* bit 0 January; 0: all */
    int16_t hour_from, hour_to; /* minutes of the day, [from, to), may wrap midnight; -1: all */
    ts_day date_from, date_to;  /* inclusive; INT32_MIN / INT32_MAX: open */
    struct ts_str month_of;     /* a date trait: the local month equals its month ("birthday"); ptr NULL: none */
    struct ts_str day_of; /* a date trait: the local date is its anniversary, 29 February on the 28th in common years */
};
/* The dates of the two traits are passed in. */
bool ts_during_holds(const struct ts_during *d, const struct ts_zone *z, ts_ms at, struct ts_trait_date month_of,
                     struct ts_trait_date day_of);

struct ts_at_most {       /* a cap */
    int64_t amount;       /* points in their smallest unit, or millionths of a score; 0: none */
    struct ts_window per; /* calendar kinds: that period; rolling: to the second, `per_ms` */
    ts_ms per_ms;         /* rolling span in ms for "1 day", "12 hours"; 0: calendar or lifetime */
    uint32_t id;
};

enum ts_unit { TS_UNIT_COUNT, TS_UNIT_INTEGER, TS_UNIT_MONEY, TS_UNIT_NUMBER /* kept in millionths */ };

/* What a field must be. The field is the item's, or `of_event` the event's. An absent field holds only where values are excepted. */
enum ts_where_kind { TS_WHERE_TEXT, TS_WHERE_FLAG, TS_WHERE_NUMBER, TS_WHERE_MONEY };
struct ts_where_value {
    uint8_t kind; /* enum ts_where_kind */
    bool flag;
    struct ts_str text;
    struct ts_decimal number; /* of money: minor units */
};
struct ts_where { /* values: any of them (or with `except` none of them); else a range */
    struct ts_str field;
    bool of_event, except;
    const struct ts_where_value *values;
    uint32_t n_values;
    const struct ts_where_value *at_least, *below; /* NULL: open */
};
struct ts_where_list { /* all must hold; n 0: everything is meant */
    const struct ts_where *at;
    uint32_t n;
};

struct ts_measure {
    struct ts_str name;
    struct ts_origin origin;
    const struct ts_str *on;
    uint32_t n_on;              /* events */
    struct ts_str sum;          /* field to add up; ptr NULL: counts */
    struct ts_str each;         /* list field: counts or sums over its items; ptr NULL: the event itself */
    struct ts_str by;           /* field (of the item or the event) whose values are kept apart; ptr NULL: none */
    struct ts_where_list where; /* only events, or with `each` items, of this kind */
    uint8_t unit;               /* enum ts_unit of the figure it gives */
    bool
        implicit; /* made for member:did / member:since of the event on[0], called "did " and the event's name; or of an
                    * attribution's touches, called "touched " and its name */
    uint32_t id;  /* series: the definition's number, so a changed definition starts anew */
};
struct ts_score_event {
    struct ts_str event;
    double points;
};
struct ts_score_trait {
    struct ts_str trait, value;
    double points;
}; /* value: canonical JSON text of the trait */
struct ts_score_decl {
    struct ts_str name;
    struct ts_origin origin;
    ts_ms half_life; /* 0: does not decay */
    double floor;    /* -INFINITY: none */
    struct ts_at_most at_most;
    const struct ts_score_event *events;
    uint32_t n_events;
    const struct ts_score_trait *traits;
    uint32_t n_traits;
    uint32_t id;
};
struct ts_trait_decl {
    struct ts_str name;
    struct ts_origin origin;
    struct ts_str class;    /* "static", "life" or "behaviour" */
    uint8_t type;           /* enum ts_type */
    struct ts_str standing; /* consent: default "yes" or "no"; ptr NULL: a plain trait */
    uint32_t id;
};
struct ts_tag_decl {
    struct ts_str name;
    struct ts_origin origin;
    struct ts_str class;
    uint32_t fn_when; /* alone: holds while true; with `on`: a guard */
    const struct ts_str *on;
    uint32_t n_on;
    struct ts_during during;
    struct ts_duration keep; /* with `on` */
    uint32_t id, condition, rule;
};
struct ts_segment_decl { /* who it is about just now: its condition alone decides, after tags and tiers */
    struct ts_str name;
    struct ts_origin origin;
    uint32_t fn_when;
    uint32_t id, condition, rule;
};
struct ts_extra {
    struct ts_str key;
    struct ts_str json;
}; /* a level's own keys, readable by rules */
struct ts_level {
    struct ts_str name;
    /* By basis, in its unit: minor units, the smallest unit of points, millionths of a number, or a count; TS_TIER_NEVER: this basis
     * never gives the level. */
    const int64_t *from;
    struct ts_decimal rate; /* 1 when not given */
    bool never_lost;
    const struct ts_extra *extra;
    uint32_t n_extra; /* by key; `benefits` is one of them */
    uint32_t id;
};
enum ts_basis_kind { TS_BASIS_MEASURE, TS_BASIS_EARNED };
#define TS_TIER_BASES_MAX 8 /* figures of one member's tiers on the stack */
#define TS_TIER_NEVER INT64_MAX
struct ts_tier_basis {
    uint8_t kind;       /* enum ts_basis_kind */
    struct ts_str name; /* measure, or points earned */
    struct ts_window window;
    uint32_t series; /* set when bound; 0: nothing is counted */
    bool sums;       /* the figure is the sum, not the count */
};
/* Points earned are kept as a series of this name + the points' name, when a rule reads them or some tiers have
 * them as their basis. */
#define TS_SERIES_EARNED "\x1d"
/* The last threshold for which a milestone gave is kept as a series of this name + the milestone's name and its measure. */
#define TS_SERIES_REACHED "\x1c"
struct ts_tiers_decl {
    struct ts_str name;
    struct ts_origin origin;
    const struct ts_tier_basis *bases; /* reaching the threshold of any is enough */
    uint32_t n_bases;                  /* 1 to TS_TIER_BASES_MAX */
    const struct ts_level *levels;
    uint32_t n_levels;    /* ascending by from, basis for basis; [0] has 0 */
    bool upgrade_at_once; /* else at the review */
    bool downgrades;      /* false: never lost */
    bool keeps;           /* a review looks at figures over `keep` as well: either is enough to keep a level */
    struct ts_window keep;
    uint8_t review; /* enum ts_period: at the start of each; only with downgrades or review upgrades */
    struct ts_duration grace, notice; /* zero: none */
    uint32_t steps;                   /* levels lost at most at one review; 0: straight to what the basis gives */
    bool on_refund_review;            /* SEMANTICS Tiers 6: keep until the review (true) or reassess now */
    uint32_t id, rule;
};
/* By the figures of all bases, in their order: the highest level that any of them gives; the basis that is nearest to a level (the largest
 * figure for its threshold). Levels and bases are indexes. */
uint32_t ts_tiers_level(const struct ts_tiers_decl *t, const int64_t *figures);
uint32_t ts_tiers_nearest(const struct ts_tiers_decl *t, const int64_t *figures, uint32_t level);
struct ts_points_decl {
    struct ts_str name;
    struct ts_origin origin;
    uint8_t decimals;
    bool earned_kept;           /* a rule reads what was earned of them over a window: kept by day */
    bool spendable;             /* false: they count and cannot be redeemed */
    struct ts_duration pending; /* zero: at once */
    bool expires;
    struct ts_duration expire_after;
    uint8_t expire_at; /* enum ts_boundary */
    const struct ts_str *extended_by;
    uint32_t n_extended_by;       /* events that move the expiry of what is there */
    struct ts_duration at_latest; /* ... never past this, from the activation */
    const struct ts_duration *notices;
    uint32_t n_notices;        /* how long before an expiry the member is told */
    bool floor_on_refund;      /* what a refund cannot take back is forgotten, not owed */
    uint32_t id, rule, notice; /* rule: with extended_by or notices; notice: its number among conditions, 0: none */
};
struct ts_factor_field { /* its figure is a factor of what earns */
    struct ts_str field;
    bool money, of_event;
};
struct ts_earn_decl {
    struct ts_str name;
    struct ts_origin origin;
    const struct ts_str *on;
    uint32_t n_on;
    struct ts_str points;
    struct ts_str once_per;           /* field; ptr NULL: none */
    bool declared;                    /* give/per/of/times; else fn_amount */
    struct ts_decimal give;           /* in the smallest unit of the points: 1.5 points of 2 decimals are 150 */
    int64_t per;                      /* minor units (money) or count; 1 when not given */
    const struct ts_factor_field *of; /* their product earns; none: the event, or the item, counts 1 */
    uint32_t n_of;
    struct ts_str each; /* list field whose items earn; ptr NULL: the event itself */
    struct ts_where_list where;
    struct ts_str funded_by;   /* ptr NULL: nobody in particular */
    bool times_rate;           /* the member's tier rate ... */
    struct ts_str times_tiers; /* ... of this tiers program */
    struct ts_decimal times;   /* a constant factor, 1 when not given */
    uint8_t rounding;          /* enum ts_rounding */
    bool steps;                /* whole steps of `per` only */
    uint32_t fn_when, fn_amount;
    struct ts_during during;
    bool late; /* pays late events too */
    struct ts_at_most at_most;
    int32_t priority;
    uint32_t id, rule;
};
struct ts_bonus_decl {
    struct ts_str name;
    struct ts_origin origin;
    struct ts_str of;           /* the earning */
    struct ts_decimal times;    /* adds (times - 1) x base */
    struct ts_str best_of;      /* group of which the largest counts; ptr NULL: adds up */
    struct ts_where_list where; /* only the share of these items of the earning's `each` */
    struct ts_str funded_by;
    uint32_t fn_when;
    struct ts_during during;
    struct ts_at_most at_most;
    uint32_t rule;
};
struct ts_milestone_decl {
    struct ts_str name;
    struct ts_origin origin;
    struct ts_str of, value; /* the measure; of one that is kept by something, the value that counts */
    int64_t every;           /* in the unit of the measure; 0: `at` */
    const int64_t *at;       /* ascending */
    uint32_t n_at;
    struct ts_str points; /* gifts; ptr NULL: not this one */
    int64_t amount;       /* in the smallest unit of the points */
    struct ts_str tag, notify, emit;
    struct ts_duration keep; /* of the tag; zero: for ever */
    struct ts_str funded_by;
    uint32_t fn_when;
    struct ts_during during;
    bool late;                        /* pays points for late events too */
    const struct ts_measure *measure; /* set when bound, as are the numbers: of the value, the points and the tag */
    uint32_t by_id, points_id, tag_id, reached, rule;
};
enum ts_attribution_model { TS_CREDIT_LAST, TS_CREDIT_FIRST, TS_CREDIT_EVEN };
struct ts_attribution_decl {
    struct ts_str name;
    struct ts_origin origin;
    const struct ts_str *credit;
    uint32_t n_credit; /* events */
    uint8_t model;     /* enum ts_attribution_model */
    struct ts_window within;
    struct ts_str of;      /* money field that is shared out; ptr NULL: none */
    struct ts_str touches; /* the implicit measure that keeps the touches by who is credited */
    uint32_t series, rule;
};
struct ts_rule_decl {
    struct ts_str name;
    struct ts_origin origin;
    const struct ts_str *on;
    uint32_t n_on;
    uint32_t fn_when, fn_act;
    struct ts_during during;
    int32_t priority;
    uint32_t rule;
};
struct ts_refund_decl { /* an event that takes another one back */
    struct ts_str name; /* the event itself */
    struct ts_origin origin;
    struct ts_str of;          /* what it takes back */
    struct ts_str by;          /* field of both: which order */
    struct ts_str amount;      /* money field of both; ptr NULL: none */
    struct ts_str lines, line; /* list field of both and what its items are known by; ptr NULL: none */
    struct ts_str quantity;    /* field of an item; ptr NULL: an item is one */
    uint32_t rule;
};
struct ts_blocked {
    struct ts_str kind;
    struct ts_str value;
}; /* normalised */

#define TS_ARRAY(T)                                                                                                    \
    struct {                                                                                                           \
        T *at;                                                                                                         \
        uint32_t n;                                                                                                    \
    }
struct ts_program {
    struct ts_str name, version; /* version: "sha256:..." */
    struct ts_zone *zone;        /* owned */
    struct ts_str currency;
    uint8_t money_places; /* 2; 0 for JPY and other currencies without minor unit; 3 for KWD ... */
    bool late_set;
    struct ts_duration late;
    bool accept_unknown_events;
    TS_ARRAY(struct ts_event_decl) events;           /* the brand's, Segment's, the engine's */
    TS_ARRAY(struct ts_identifier_kind) identifiers; /* by priority */
    TS_ARRAY(struct ts_blocked) blocked;
    TS_ARRAY(struct ts_trait_decl) traits;
    TS_ARRAY(struct ts_measure) measures;
    TS_ARRAY(struct ts_score_decl) scores;
    TS_ARRAY(struct ts_tag_decl) tags;
    TS_ARRAY(struct ts_segment_decl) segments; /* as declared */
    TS_ARRAY(struct ts_tiers_decl) tiers;
    TS_ARRAY(struct ts_points_decl) points;
    TS_ARRAY(struct ts_earn_decl) earns;               /* by priority, then name */
    TS_ARRAY(struct ts_bonus_decl) bonuses;            /* by name */
    TS_ARRAY(struct ts_milestone_decl) milestones;     /* by name */
    TS_ARRAY(struct ts_attribution_decl) attributions; /* by name */
    TS_ARRAY(struct ts_rule_decl) rules;               /* by priority, then name */
    TS_ARRAY(struct ts_refund_decl) refunds;
    struct ts_arena arena;
};

#endif
