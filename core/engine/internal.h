/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the engine: what its files share. Not for other parts.
 *
 *   engine.c   life of an engine, accessors            bind*.c    a program's names -> numbers, who listens to what
 *   submit.c   a line -> a record -> commit            run.c      working copies of the record being applied, commit, rollback
 *   event.c    one event from beginning to end         differ.c   two outcomes of one record held against each other
 *   body.c     an event's own part: identity, traits   count.c    measures and scores
 *   earn.c     earnings, bonuses                       cap.c      caps
 *   pick.c     which earnings to look at               lines.c    what earns: figures, items, conditions
 *   milestone.c, credit.c                              ask.c      what rules asked for -> effects
 *   settle.c   tags, conditions, internal events until nothing changes      condition.c
 *   tier.c     rising and reviews    tier_basis.c   figures, levels, reasons
 *   fire.c     due work of one member                  slice.c    due work of many
 *   sale.c     what an order leaves behind             sale_points.c   what it earned
 *   refund.c   an order is taken back                  refund_points.c   and its points
 *   extend.c   sliding expiry                          notice.c   points that are about to expire are announced
 *   order.c    redeem, adjust    assign.c   set_tier, set_tag    effect.c   encode, decode      apply.c   effect -> state
 *   recover.c  rows -> state                           cut.c      state -> checkpoint and back
 *   read.c     views and canonical state               timers.c   who is due next      memory_host.c */
#ifndef TS_ENGINE_INTERNAL_H
#define TS_ENGINE_INTERNAL_H

#include "engine/engine.h"

/* ---- who is due next: a heap of (due, member) with positions ---------------------------------------------------- */
struct ts_timers {
    struct ts_timer {
        ts_ms due;
        uint32_t member;
    } * heap;
    uint32_t n, cap;
    uint32_t *position; /* by member number: index + 1 in the heap, 0: not in it */
    uint32_t cap_position;
};
/* Room for members up to number `members`, and for `more` entries. False: no memory. */
bool ts_timers_reserve(struct ts_timers *t, uint64_t members, uint32_t more);
void ts_timers_set(struct ts_timers *t, uint64_t member, ts_ms due); /* after reserve: cannot fail; TS_NEVER removes */
void ts_timers_release(struct ts_timers *t);

/* ---- which earnings a value of a field points at (pick.c) ---------------------------------------------------------- */
struct ts_pick_value {
    struct ts_str field, text;
    uint32_t earn; /* its place among those that listen */
};
struct ts_pick {
    uint32_t words;                      /* of 64 earnings; 0: each is looked at */
    uint64_t *always, *mark;             /* bits: without a key; the answer for the event in hand */
    TS_VEC(struct ts_pick_value) values; /* by field, then text */
};

/* ---- what listens to an event ------------------------------------------------------------------------------------ */
struct ts_listen {
    const struct ts_event_decl *decl;
    TS_VEC(const struct ts_measure *) measures;
    TS_VEC(const struct ts_score_decl *) scores;
    TS_VEC(const struct ts_earn_decl *) earns;
    struct ts_pick pick;                     /* over earns */
    TS_VEC(const struct ts_tag_decl *) tags; /* stamped by it */
    TS_VEC(const struct ts_rule_decl *) rules;
    TS_VEC(const struct ts_attribution_decl *) credits;
    TS_VEC(const struct ts_points_decl *) extends; /* points whose expiry it moves */
    const struct ts_refund_decl *refund;           /* it takes another event back; NULL: it does not */
    bool is_sale;                                  /* a refund can take it back, by these fields */
    struct ts_refund_decl sold;                    /* of all refunds of it together */
};
struct ts_condition { /* a tag or a segment that holds while its `when` is true */
    uint32_t fn_when, rule;
    uint32_t target; /* number of the tag or segment */
    uint32_t id;     /* of the name space CONDITION */
};
struct ts_item_conditions { /* who reads an item: indexes into binding.conditions */
    uint32_t item;
    TS_VEC(uint32_t) conditions;
};

struct ts_binding {
    struct ts_program *program;
    struct ts_listen *listen; /* by event id */
    uint32_t n_listen;
    TS_VEC(struct ts_condition) conditions;  /* those of tags, then those of segments, as declared */
    uint32_t segments_from;                  /* the first of a segment */
    uint32_t *condition_at, n_condition_at;  /* by id: place in conditions + 1 */
    TS_VEC(struct ts_item_conditions) items; /* in order of item */
    TS_VEC(const struct ts_bonus_decl *) bonuses;
    uint32_t *earned_series; /* by index of program->points: series of points earned, 0: nobody reads it */
    uint32_t groups_trait;   /* the set trait `groups` */
};

/* ---- the record being applied ------------------------------------------------------------------------------------ */
struct ts_slot { /* one member taken out */
    uint64_t number;
    struct ts_member member;
    TS_VEC(struct ts_profile *) list;
};
struct ts_inner {
    struct ts_str name, json, read; /* read: by the rule that asked for it, in the record's arena */
    uint32_t rule;                  /* 0: the engine's own */
    uint32_t depth;
};                 /* an internal event that waits */
struct ts_figure { /* what an earning multiplies: units * 10^-scale, or of items their sum */
    __int128 units;
    unsigned scale;
    __int128 *item; /* each item's part, 0: it earns nothing; in the record's arena, NULL: the event earns as a whole */
    uint32_t n_items;
};
struct ts_wish { /* an earning that was decided and not yet applied */
    const struct ts_earn_decl *earn;
    const struct ts_bonus_decl *bonus;
    struct ts_figure figure;
    int64_t *points; /* beside figure.item: what each was granted */
    bool *matches;   /* the same: of a bonus with `where`, the items that it multiplies */
    int64_t base, desired;
    struct ts_decimal rate;
    uint64_t transaction;
    struct ts_str once; /* cold key */
    struct ts_str read; /* what functions read */
};
struct ts_counted { /* what the event in hand added to a series */
    uint32_t series, by;
    int64_t count, sum;
};
struct ts_gift { /* a milestone that was reached and not yet given */
    const struct ts_milestone_decl *milestone;
    int64_t figure, threshold, times;
    bool late;
    struct ts_str read; /* what its `when` read */
};
struct ts_asking {
    const struct ts_rule_decl *rule;
    uint32_t from, to;
    struct ts_str read;
}; /* range of run.asked */

struct ts_sale_line {  /* an item */
    struct ts_str key; /* len 0: none */
    int64_t quantity, back;
};
struct ts_sale_count {         /* 1 and a sum, added to a series */
    uint32_t series, by, line; /* line: place of the item + 1, 0: the order's own */
    bool is_amount;            /* its sum is the order's amount */
    bool gone;                 /* the count was taken back */
    int64_t sum, back;
};
struct ts_sale_score {
    uint32_t score, cap, period; /* cap 0: none was used */
    ts_ms at;
    int64_t used;
    double points;
};
/* Points that the order earned, with what they were computed from. */
enum ts_sale_kind { TS_SALE_WHOLE, TS_SALE_DECLARED, TS_SALE_BONUS }; /* stored; WHOLE: kept until nothing is left */
struct ts_sale_earn {
    uint64_t transaction, profile, record;
    uint32_t points, rule, series; /* series of points earned that counted it, 0: none */
    uint8_t kind;
    int64_t granted, taken, forgiven; /* forgiven: of what was taken, what the member had no more and does not owe */
    uint32_t cap, period;             /* of the cap that it used; 0: none */
    ts_ms cap_at;
    /* declared: what was multiplied by what */
    struct ts_figure figure;
    struct ts_decimal give, rate, times; /* of a bonus, times is what it adds */
    int64_t per, least;                  /* least: amount of the order from which it earns at all, 0: any */
    uint8_t rounding;
    bool steps, by_amount, by_lines;
    /* a bonus */
    uint32_t of;   /* place of its base */
    bool *matches; /* beside the base's figure.item; NULL: all of it */
};
/* What of an order can be taken back, and what was (sale.c). At rest it is a cold key of the order's number. */
struct ts_sale {
    bool on; /* one is being gathered */
    const struct ts_refund_decl *sold;
    uint64_t profile; /* who counted it */
    ts_ms at;
    ts_day day;
    bool whole;           /* all of it was taken back */
    int64_t amount, back; /* money paid, and given back */
    TS_VEC(struct ts_sale_line) lines;
    TS_VEC(struct ts_sale_count) counts;
    TS_VEC(struct ts_sale_score) scores;
    TS_VEC(struct ts_sale_earn) earns;
    uint32_t known; /* earnings that were there when a retry took it up again; UINT32_MAX: it is being counted */
};

struct ts_due { /* one thing that falls due; done in this order of fields */
    ts_ms at;
    uint8_t phase;
    uint64_t id;
    struct ts_profile *profile; /* of a lot */
};

enum ts_run_mode { TS_RUN_LIVE, TS_RUN_RECOVER };

struct ts_run {
    uint64_t record;
    ts_ms time, now, at, arrival; /* engine time; the instant rules see (due time of a timer); of the event; wall */
    bool live;
    enum ts_run_mode mode;
    uint8_t status;                       /* enum ts_outcome_status */
    TS_VEC(struct ts_profile *) profiles; /* all working copies */
    uint32_t *index, index_mask;          /* number -> place in profiles + 1, once there are many */
    struct ts_slot *slots;
    uint32_t n_slots, cap_slots;
    int32_t subject;      /* index of the slot that effects go to, -1: none */
    uint64_t profile;     /* the record's profile: measures, lots and the chain go there */
    bool body;            /* past the prelude of due work */
    bool subject_written; /* the current subject is in the outcome */
    bool prelude;
    struct ts_buf effects;    /* encoded */
    TS_VEC(uint32_t) changed; /* TS_READ_ITEMs since the last look at conditions */
    TS_VEC(struct ts_inner) inner;
    uint32_t inner_next, inner_total, inner_depth;
    TS_VEC(uint8_t) looks; /* by condition: 1, to be looked at in the next round; all 0 between instants */
    TS_VEC(struct ts_wish) wishes;
    TS_VEC(struct ts_counted) counted; /* kept only where there are milestones */
    TS_VEC(struct ts_gift) gifts;
    TS_VEC(struct ts_asked) asked;
    TS_VEC(struct ts_asking) askings;
    struct ts_sale sale;       /* of the order being counted */
    uint64_t reassess;         /* tiers, by index, that a refund may take away at once */
    TS_VEC(struct ts_due) due; /* a heap: lots of the member in hand that fall due */
    struct ts_arena arena;     /* texts of this record */
    struct ts_buf puts;        /* cold puts: (str key, str value) ... */
    struct ts_buf errors;      /* rule errors for the host: fields in order */
    uint32_t n_errors;
    uint32_t joins, created;
    uint64_t sweep;    /* the engine's, as of this record */
    bool failed;       /* out of memory: roll back */
    bool stuck;        /* due work that does not go away: reported as an internal error */
    bool named;        /* an effect gave a name its number */
    bool over_limit;   /* too many internal events: roll back and quarantine; due work goes on without them */
    enum ts_code disk; /* the host failed */
    const struct ts_event_view *event;
    struct ts_str only;      /* a retry: only declarations of this name run; ptr NULL: all */
    struct ts_slice *slices; /* of a command's spend, for its answer; in the arena, NULL: nobody asks */
    uint32_t n_slices, cap_slices;
    /* to go back to */
    struct ts_ledger ledger;
    uint32_t names, idents, moved, reads;
    size_t ledger_out;
};

struct ts_moved {
    uint32_t row;
    uint64_t from;
};

struct ts_force { /* a version that was in force, kept until the record that replaces it is over */
    struct ts_rules *rules;
    struct ts_sources *sources;
    struct ts_binding bind;
};

struct ts_reading { /* this condition was seen to read this item (TS_READ_ITEM) */
    uint32_t condition, item;
};

struct ts_engine {
    struct ts_host host;
    struct ts_engine_options options;
    struct ts_names *names;
    struct ts_idents *idents;
    struct ts_members *members;
    struct ts_timers timers;
    struct ts_ledger ledger;
    struct ts_rules *rules;
    struct ts_sources *sources; /* of the version in force, to load it anew; NULL: built-in */
    struct ts_binding bind;
    struct ts_zone_cache day_cache;
    uint64_t record, rules_record, events;
    ts_ms clock, received_at;
    uint64_t sweep;                  /* next profile to look at after an activation, 0: none */
    TS_VEC(struct ts_reading) reads; /* each pair once, in order of first sight; part of the state */
    struct ts_parser parser;
    struct ts_call_result call;
    struct ts_run run;
    TS_VEC(struct ts_profile *) pool; /* idle working copies */
    struct ts_buf ledger_out;         /* encoded transactions since the last cut */
    TS_VEC(struct ts_moved) moved;    /* identifiers that changed hands since the last cut, with where they were */
    uint32_t cut_names, cut_idents;
    struct ts_buf outcome, scratch, image, payload, inner_json_text;
    struct ts_json inner_json;
    struct ts_plan plan;
    struct ts_fault fault;
    char line_id[48];
    uint64_t digest;               /* of the last commit */
    struct ts_str answer;          /* of the command being applied, in its arena */
    struct ts_buf answer_text;     /* the same, until the next call */
    uint32_t loaded_names;         /* while a checkpoint is loaded */
    struct ts_profile *loading;    /* while a checkpoint is loaded */
    TS_VEC(struct ts_timer) ahead; /* the same: dues of members whose own image is still to come */
    struct ts_force retired;       /* after running out of memory in Lua: kept until the record is over */
};

/* bind.c; bind_names.c, bind_reads.c */
enum ts_code ts_bind(struct ts_engine *e, struct ts_error *err);
void ts_bind_release(struct ts_binding *b);
const struct ts_listen *ts_listen_to(const struct ts_engine *e, struct ts_str event); /* NULL: nobody, undeclared */
const struct ts_item_conditions *ts_item_readers(const struct ts_engine *e, uint32_t item); /* NULL: nobody */
uint32_t ts_condition_find(const struct ts_engine *e, uint32_t condition_id); /* its index, UINT32_MAX: not declared */
bool ts_condition_reads(struct ts_engine *e, uint32_t condition_id, uint32_t item); /* remember; false: no memory */
void ts_condition_reads_truncate(struct ts_engine *e, uint32_t len);                /* rollback */
/* Put a loaded rule set in force; takes both. The one before comes back in *ret_old, for one of the two below. On failure nothing is
 * changed. */
enum ts_code ts_adopt_rules(struct ts_engine *e, struct ts_rules *rules, struct ts_sources *sources,
                            struct ts_force *ret_old, struct ts_error *err);
void ts_force_restore(struct ts_engine *e, struct ts_force *old); /* the one in force is thrown away */
void ts_force_release(struct ts_force *old);

/* run.c */
void ts_run_begin(struct ts_engine *e, uint64_t record, ts_ms time, ts_ms arrival, bool live, enum ts_run_mode mode);
struct ts_profile *ts_run_profile(struct ts_engine *e, uint64_t number); /* working copy; NULL: run.failed */
int32_t ts_run_take(struct ts_engine *e, uint64_t member);               /* slot of a living member, -1: failed */
int32_t ts_run_create(struct ts_engine *e);                              /* a new member, slot */
void ts_run_regroup(struct ts_engine *e, int32_t slot);                  /* after a join: reload the list */
static inline struct ts_member *ts_run_member(struct ts_engine *e)
{
    return e->run.subject < 0 ? NULL : &e->run.slots[e->run.subject].member;
}
static inline struct ts_profile *ts_run_head(struct ts_engine *e) { return ts_run_member(e)->profiles[0]; }
void ts_run_changed(struct ts_engine *e, enum ts_read_kind kind, uint32_t id);
struct ts_str ts_run_keep(struct ts_engine *e, struct ts_str s); /* copy into the record's arena */
void ts_run_rollback(struct ts_engine *e);
/* Put the working copies back, hand the row to the host. On failure everything is rolled back. */
enum ts_code ts_run_commit(struct ts_engine *e, enum ts_record_kind kind, struct ts_str payload,
                           struct ts_str message_id, uint64_t *ret_digest, struct ts_error *err);
void ts_run_outcome(struct ts_engine *e, uint64_t member); /* header + effects into e->outcome */

/* effect.c, apply.c */
bool ts_effect_encode(const struct ts_effect *fx, struct ts_buf *out);
enum ts_code ts_effect_apply(struct ts_engine *e,
                             struct ts_effect *fx); /* TS_OK, TS_E_LIMIT, TS_E_REFUSED, TS_E_MEMORY */
/* Apply, and write into the outcome. False: refused (limit, balance) or out of memory (run.failed); then nothing is written. */
bool ts_do(struct ts_engine *e, struct ts_effect *fx);
void ts_write_subject(struct ts_engine *e); /* before the first effect on a subject in a prelude or slice */

/* body.c, count.c, earn.c, ask.c, settle.c, fire.c, order.c */
bool ts_body_event(struct ts_engine *e,
                   const struct ts_record *r); /* deterministic part; false: nobody (run.status set) */
void ts_count_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev);
/* Over the earnings that listen to one event; false: no memory. */
bool ts_pick_build(struct ts_pick *p, const struct ts_earn_decl *const *earns, uint32_t n);
void ts_pick_release(struct ts_pick *p);
/* A bit for each earning that has to be looked at, until the next call; NULL: all of them. */
const uint64_t *ts_pick_event(const struct ts_pick *p, const struct ts_event_view *ev);
void ts_score_traits(struct ts_engine *e, const struct ts_trait *t, struct ts_str before);
void ts_earn_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool late);
void ts_rules_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev);
void ts_apply_wishes(struct ts_engine *e);
void ts_milestones_event(struct ts_engine *e, const struct ts_event_view *ev, bool late); /* milestone.c: decide */
void ts_apply_gifts(struct ts_engine *e);
void ts_credit_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev); /* credit.c */
/* Points that rules and milestones give: activation and expiry count from the event. False: refused, or out of memory. */
bool ts_pay(struct ts_engine *e, uint32_t rule, const struct ts_points_decl *p, int64_t amount);
/* Does the event, or this item of it, fulfil every condition? */
bool ts_where_holds(struct ts_engine *e, const struct ts_where_list *where, const struct ts_event_view *ev,
                    const struct ts_json_node *item);
/* What the event gives the earning to multiply. False: nothing; with *ret_large it is larger than can be computed with. */
bool ts_earn_figure(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev,
                    struct ts_figure *ret, bool *ret_large);
/* Points for a figure: whole steps where they count, one exact product, one rounding. False: more than points can be. */
bool ts_earn_points(const struct ts_earn_decl *d, const struct ts_figure *f, struct ts_decimal rate, int64_t *ret);
int64_t ts_figure_whole(const struct ts_figure *f);
struct ts_str ts_figure_read(struct ts_engine *e, const struct ts_figure *f, struct ts_str read);
/* The items that a condition of a bonus picks, beside figure.item; NULL: none, or out of memory (run.failed). */
bool *ts_lines_match(struct ts_engine *e, const struct ts_wish *base, const struct ts_bonus_decl *b,
                     const struct ts_event_view *ev);
/* Split what was granted over the items, and write it before the earning that follows. */
void ts_lines_split(struct ts_engine *e, struct ts_wish *w, const struct ts_wish *base, uint32_t rule, int64_t granted);
/* What a cap leaves of `desired` at instant `at` for the member in hand; *ret_use is the effect that notes its use. */
int64_t ts_cap_left(struct ts_engine *e, const struct ts_at_most *m, ts_ms at, int64_t desired,
                    struct ts_effect *ret_use);
enum ts_code ts_cap_apply(struct ts_engine *e, const struct ts_effect *fx);
const struct ts_points_decl *ts_points_of(const struct ts_engine *e, uint32_t id);
void ts_tag_event(struct ts_engine *e, const char *name, uint32_t tag);         /* "tag.added", "tag.removed" */
void ts_segment_event(struct ts_engine *e, const char *name, uint32_t segment); /* "segment.entered", "segment.left" */
void ts_points_event(struct ts_engine *e, const char *name, uint32_t points, int64_t amount); /* "points.earned" ... */
struct ts_lot *ts_lot_find(struct ts_profile *p, uint64_t id);                                /* NULL: gone */
void ts_apply_askings(struct ts_engine *e);
/* Rules of an event: all are asked with the member as he stands, then what they asked for is applied. `l` NULL: nobody listens. */
void ts_run_rules(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool late);
void ts_settle(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool all);
void ts_inner_event(struct ts_engine *e, const char *name, struct ts_str json); /* only when somebody listens */
void ts_inner_add(struct ts_engine *e, struct ts_str name, struct ts_str json);
void ts_inner_ask(struct ts_engine *e, struct ts_str name, struct ts_str json, uint32_t rule, struct ts_str read);
/* Due work cannot be rolled back, or time would stand still: what its internal events asked for past the limit is left out, and an
 * error says so. */
void ts_settle_due(struct ts_engine *e, bool all);
/* sale.c: an event that a refund may take back is remembered while it is counted, and written once its rules have run. */
void ts_sale_begin(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, uint64_t profile);
void ts_sale_count(struct ts_engine *e, const struct ts_measure *m, uint32_t by, uint32_t line, int64_t sum);
void ts_sale_reached(struct ts_engine *e, uint32_t series, int64_t delta); /* of a milestone: with the whole order */
void ts_sale_score(struct ts_engine *e, uint32_t score, double points,
                   const struct ts_effect *use); /* use->op 0: no cap */
/* Points were earned while it was gathered; of an earning or bonus, what they were computed from (`use`: of its cap, NULL). */
void ts_sale_paid(struct ts_engine *e, const struct ts_effect *fx);
void ts_sale_earned(struct ts_engine *e, const struct ts_wish *w, const struct ts_wish *base,
                    const struct ts_effect *use);
/* A retry: what it earns is the order's as well. */
void ts_sale_resume(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev);
void ts_sale_encode_earns(const struct ts_sale *s, struct ts_buf *b); /* sale_points.c */
bool ts_sale_decode_earns(struct ts_engine *e, struct ts_reader *r, struct ts_sale *s);
bool ts_sale_is_mine(struct ts_engine *e, const struct ts_sale *s); /* of the member in hand */
void ts_refund_points(struct ts_engine *e, struct ts_sale *s);      /* takes back what is no longer earned */
void ts_refund_again(struct ts_engine *e, struct ts_str id, struct ts_sale *s); /* after a retry on the order `id` */
void ts_sale_end(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev);
/* The order's cold key: its event and the field `by`; ptr NULL: the event has none. *ret_id: the field's text. */
struct ts_str ts_sale_key(struct ts_engine *e, struct ts_str event, struct ts_str by, const struct ts_event_view *ev,
                          struct ts_str *ret_id);
bool ts_sale_load(struct ts_engine *e, struct ts_str key, struct ts_sale *ret); /* false: unknown, or run.failed */
void ts_sale_store(struct ts_engine *e, struct ts_str key, const struct ts_sale *s);
void ts_sale_clear(struct ts_sale *s);
void ts_sale_release(struct ts_sale *s);
/* refund.c */
void ts_refund_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev);
void ts_tiers_before_refund(struct ts_engine *e); /* tier.c: which levels the figures still give */
void ts_extend_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev); /* extend.c */
/* The number of a name; a new one is an effect of its own, so that recovery knows it. 0: out of memory. */
uint32_t ts_name_for(struct ts_engine *e, enum ts_space space, struct ts_str text);
/* Texts of names, in e->scratch; empty when memory is out. */
struct ts_str ts_rule_text(struct ts_engine *e, const char *kind, struct ts_str name, const struct ts_origin *o);
struct ts_str ts_notice_text(struct ts_engine *e, struct ts_str points);
/* notice.c: points that came have their notices set; `all`: all that are there. */
void ts_look_at_notices(struct ts_engine *e, bool all);
void ts_set_notice(struct ts_engine *e, const struct ts_points_decl *d, bool all);
void ts_bind_notices(struct ts_engine *e); /* takes over what numbers there are; a record that named is over */
bool ts_fire_notice(struct ts_engine *e, uint32_t condition); /* false: it is no notice of the rules in force */
void ts_set_watch(struct ts_engine *e, uint32_t condition, ts_ms due);
ts_ms ts_watch_of(struct ts_engine *e, uint32_t condition); /* TS_NEVER: none */
bool ts_look_marked(const struct ts_engine *e, uint32_t index);
void ts_look_mark(struct ts_engine *e, uint32_t index);   /* a condition by index: looked at in the next round */
void ts_look_mark_changed(struct ts_engine *e, bool all); /* those that read what changed, or all */
bool ts_look_wanted(const struct ts_engine *e);           /* some condition reads what changed */
void ts_look_at_tags(struct ts_engine *e);
void ts_look_at_segments(struct ts_engine *e);
void ts_drop_undeclared(struct ts_engine *e);     /* tags and segments whose condition is no longer declared */
bool ts_tiers_touched(const struct ts_engine *e); /* something that tiers stand on changed */
void ts_look_at_tiers(struct ts_engine *e);
void ts_review_tier(struct ts_engine *e, uint32_t tiers);
void ts_fire(struct ts_engine *e, int32_t slot, ts_ms until);
bool ts_call_rule(struct ts_engine *e, enum ts_fn_kind kind, uint32_t fn, uint32_t rule, const struct ts_event_view *ev,
                  bool track); /* false: raised or stopped, error effect written */
/* The function behind a `when` (0: there was none) that was just called: what both read is one reading. */
bool ts_call_rule_after(struct ts_engine *e, uint32_t fn_when, enum ts_fn_kind kind, uint32_t fn, uint32_t rule,
                        const struct ts_event_view *ev);
void ts_rule_failed(struct ts_engine *e, uint32_t rule, const char *message, const char *file, uint32_t line, int how);
/* Each applies one record into the open run and commits it, or with `preview` gives its outcome and rolls back. */
struct ts_moment {
    ts_ms time, at, arrival;
    bool live, preview;
    struct ts_str payload, message_id;
};
enum ts_code ts_apply_event(struct ts_engine *e, const struct ts_record *r, const struct ts_moment *m,
                            struct ts_result *ret, struct ts_error *err);
enum ts_code ts_apply_order(struct ts_engine *e, const struct ts_record *r, const struct ts_moment *m,
                            struct ts_result *ret, struct ts_error *err);
enum ts_code ts_apply_retry(struct ts_engine *e, const struct ts_moment *m, struct ts_result *ret,
                            struct ts_error *err);
enum ts_code ts_apply_tick(struct ts_engine *e, const struct ts_moment *m, struct ts_result *ret, struct ts_error *err);
enum ts_code ts_apply_slice(struct ts_engine *e, const struct ts_moment *m, struct ts_error *err);
/* The record in hand went over the limit of internal events: it is rolled back and quarantined. */
enum ts_code ts_over_limit(struct ts_engine *e, const struct ts_record *r, const struct ts_moment *m,
                           struct ts_result *ret, struct ts_error *err);
enum ts_code ts_apply_rules(struct ts_engine *e, const struct ts_sources *sources, const struct ts_moment *m,
                            struct ts_problems *problems, struct ts_error *err);
void ts_run_body(struct ts_engine *e); /* the prelude is over */
enum ts_code ts_load_sources(struct ts_engine *e, const struct ts_sources *sources, struct ts_error *err);
bool ts_ledger_keep(void *arg, const struct ts_transaction *t); /* the ledger's sink */
bool ts_is_due(const struct ts_engine *e, ts_ms time);
enum ts_code ts_finish(struct ts_engine *e, enum ts_record_kind kind, const struct ts_moment *m, struct ts_result *ret,
                       struct ts_error *err); /* commit, or roll a preview back; fills the result */
/* What makes two commands of one key the same, and "k:" + key into e->scratch. False: no memory. */
bool ts_order_content(struct ts_engine *e, const struct ts_record *r, char out[33]);
bool ts_order_key(struct ts_engine *e, const struct ts_record *r);
void ts_refuse(struct ts_result *ret, const char *code, const char *fmt, ...) TS_PRINTF(3, 4);
/* Why a level changed: the basis that decided, over which window. Of a fall: when he was last found to have enough, and by which window. */
struct ts_tier_cause {
    uint32_t basis;
    struct ts_window window, then_window;
    int64_t figure, threshold;
    bool fall;
    ts_ms then;
};
/* How a member stands: figures by the windows of the bases, and by the window of `downgrade`. */
struct ts_standing {
    int64_t now[TS_TIER_BASES_MAX], keep[TS_TIER_BASES_MAX];
    uint32_t level; /* the highest that any of them gives */
};
/* As of now; at a review the window of `downgrade` counts as well. */
struct ts_standing ts_tiers_judge(struct ts_engine *e, const struct ts_tiers_decl *t, bool review);
/* What speaks for a rise to `to`; what comes nearest to keeping `level`; why `from` is lost that was had at `then`. */
struct ts_tier_cause ts_tier_cause_of_rise(const struct ts_tiers_decl *t, const struct ts_standing *s, uint32_t to);
struct ts_tier_cause ts_tier_cause_to_keep(const struct ts_tiers_decl *t, const struct ts_standing *s, uint32_t level);
struct ts_tier_cause ts_tier_cause_of_fall(struct ts_engine *e, const struct ts_tiers_decl *t,
                                           const struct ts_standing *s, uint32_t from, ts_ms then);
/* Write the effect that stands before the change. */
void ts_tier_reason(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_tier_cause *c);
/* set_tier, set_tag: does it, and writes the answer's object. False: refused, or out of memory. */
bool ts_assign(struct ts_engine *e, const struct ts_record *r, struct ts_result *ret, struct ts_buf *answer);
/* A level by hand, held until then (0: from there as ever). Returns the name of the level before it, the declaration's. */
struct ts_str ts_tiers_assign(struct ts_engine *e, const struct ts_tiers_decl *t, uint32_t level, ts_ms until);
struct ts_str ts_call_read(struct ts_engine *e); /* what the last call read, as JSON in the record's arena */
bool ts_guard_during(struct ts_engine *e, const struct ts_during *d, ts_ms at);
ts_day ts_local_day(struct ts_engine *e, ts_ms t);
ts_ms ts_review_after(const struct ts_zone *z, ts_ms t, uint8_t period);
/* count.c: what events hold. A property by its name; NULL: the event has none, or `field` none. */
const struct ts_json_node *ts_property(const struct ts_event_view *ev, struct ts_str field);
struct ts_str ts_plain_text(const struct ts_json_node *n); /* of a text or number; ptr NULL: it is neither */
int64_t ts_field_number(const struct ts_engine *e, const struct ts_json_node *n, uint8_t unit, bool *ret_ok);
bool ts_needs_sweep(const struct ts_engine *e, uint64_t member);

#endif
