/* SPDX-License-Identifier: Apache-2.0 */
/* engine: the state machine. A line becomes a record, is applied in memory, and its payload and outcome go to the host's journal.
 * Single-threaded, no I/O, no clock, no randomness of its own; two engines live side by side. State is a pure function of the journal's payloads
 * and outcomes: `ts_engine_recover_row` applies a row without running any rule; `ts_engine_submit` makes new ones. */
#ifndef TS_ENGINE_H
#define TS_ENGINE_H

#include "base/limits.h"
#include "identity/identity.h"
#include "rules/rules.h"

#define TS_ENGINE_NUMBER 2 /* raised by any change after which the golden journals of the tests give another state */

/* ---- effects: what an outcome is made of ------------------------------------------------------------------------ */

/* X(enumerator, stored number, name shown in journal and results). Applied in order; applying them is all that recovery does
 * beyond the deterministic part of a record (identity, traits, measures, scores). */
#define TS_EFFECTS(X)                                                                                                  \
    X(TS_FX_SUBJECT, 1,                                                                                                \
      "subject") /* profile = head whose effects follow, at = due time, amount = its previous record */                \
    X(TS_FX_EARN, 2,                                                                                                   \
      "earn") /* profile, name = points, desired, amount = granted, at = earned, activates, until = expires */         \
    X(TS_FX_TAG_ADD, 3, "tag.added")      /* name = tag, until */                                                      \
    X(TS_FX_TAG_REMOVE, 4, "tag.removed") /* name = tag */                                                             \
    X(TS_FX_TIER, 5, "tier")              /* name = tiers, from, to = levels, amount = basis */                        \
    X(TS_FX_TIER_STATE, 6, "tier.review") /* name = tiers, the review's memory: notice, grace */                       \
    X(TS_FX_TRAIT, 7, "trait")            /* name = trait, text = canonical JSON, at */                                \
    X(TS_FX_SCORE, 8, "score")            /* name = score, number, at */                                               \
    X(TS_FX_EMIT, 9, "emit")              /* text = event name, json = properties: an internal event happened */       \
    X(TS_FX_NOTIFY, 10, "notify")         /* text = name, json */                                                      \
    X(TS_FX_CAP, 11, "cap")               /* name = cap, from = period, at, amount = used */                           \
    X(TS_FX_ONCE, 12, "once")             /* text = cold key that is now taken */                                      \
    X(TS_FX_ACTIVATE, 13, "activate")     /* profile, lot */                                                           \
    X(TS_FX_EXPIRE, 14, "expire")         /* profile, lot */                                                           \
    X(TS_FX_SPEND, 15, "spend")           /* name = points, amount */                                                  \
    X(TS_FX_ADJUST, 16, "adjust")         /* profile, name = points, amount, until = expires */                        \
    X(TS_FX_READS, 17, "reads") /* name = condition, from = item: from now on it is looked at when this changes */     \
    X(TS_FX_WATCH, 18, "watch") /* name = condition, at = due (TS_NEVER: none) */                                      \
    X(TS_FX_ERROR, 19,                                                                                                 \
      "error") /* rule, text = message, json = file:line, from = 1 raised, 2 stopped, 3 join refused */                \
    X(TS_FX_ANSWER, 20, "answer") /* text = command key, json = its answer */                                          \
    X(TS_FX_JOIN, 21,                                                                                                  \
      "join") /* profile = the member joined in, amount = the survivor (identity does it; shown only) */               \
    X(TS_FX_SWEEP, 22, "sweep")   /* amount = next profile to look at after an activation, 0: done */                  \
    X(TS_FX_FAULT, 23, "fault")   /* from = reason, text = field, json = message: quarantined */                       \
    X(TS_FX_REFUSE, 24, "refuse") /* text = code, json = message */                                                    \
    X(TS_FX_READ, 25, "read")     /* json = what the function read whose effects follow (for why) */                   \
    X(TS_FX_BODY, 26, "body")     /* the due work of the members concerned ends here, the record itself begins */      \
    X(TS_FX_NAME, 27, "name")     /* from = space, text: a name that a rule used for the first time */                 \
    X(TS_FX_LINES, 28, "lines") /* rule, json = {"list","points"}: how the earning that follows is split over items */ \
    X(TS_FX_CREDIT, 29, "credit") /* to = value credited, amount = its share of the money, factor[0] = its share */    \
    X(TS_FX_SEGMENT_ENTER, 34, "segment.entered") /* name = segment */                                                 \
    X(TS_FX_SEGMENT_LEAVE, 35, "segment.left")    /* name = segment */                                                 \
    X(TS_FX_TIER_REASON, 36, "tier.reason")       /* name = tiers, json: why the change that follows */                \
    X(TS_FX_EXTEND, 30, "extend") /* name = points, profile, lot, amount = its remains, until = new expiry */          \
    X(TS_FX_SALE, 31, "sale")     /* text = cold key, json = what of the order can be taken back (sale.c) */           \
    X(TS_FX_TAKE, 32, "take")     /* profile, name = series, from = by, desired = count, amount = sum, to = day, at */ \
    X(TS_FX_REFUND, 33,                                                                                                \
      "refund") /* text = order, amount = money, from = 1: nothing is left, json = details (shown) */                  \
    X(TS_FX_CLAWBACK, 37,                                                                                              \
      "clawback") /* profile, name = points, of = earning, lot = its record, desired, amount, from = 1: not owed */
#define TS_FX_ENUM(e, n, name) e = n,
enum ts_effect_op { TS_FX_NONE = 0, TS_EFFECTS(TS_FX_ENUM) };
#undef TS_FX_ENUM
const char *ts_effect_name(enum ts_effect_op op);

/* One effect, decoded. Only the fields that its kind names are stored. */
struct ts_effect {
    uint8_t op;
    uint32_t rule; /* number of the rule that asked, 0: the engine or a command */
    uint32_t name, from, to;
    uint64_t profile, lot, transaction; /* transaction: filled when applied, not stored */
    int64_t desired, amount;
    double number;
    ts_ms at, activates, until;
    uint64_t of;                 /* a bonus: transaction of its base */
    struct ts_str text, json;    /* borrowed */
    struct ts_tier_state tier;   /* of TS_FX_TIER and TS_FX_TIER_STATE */
    struct ts_decimal factor[2]; /* of an earning: tier rate, times; for refunds and `why` */
    int64_t base;                /* of an earning: the figure that was multiplied */
};
enum ts_outcome_status { TS_OUTCOME_OK, TS_OUTCOME_STOPPED, TS_OUTCOME_QUARANTINED, TS_OUTCOME_REFUSED };
struct ts_outcome {  /* reads the bytes of an outcome */
    uint8_t status;  /* enum ts_outcome_status */
    bool live;       /* the clock was the wall's, not the events' */
    bool prelude;    /* effects of due work come first, up to TS_FX_BODY */
    ts_ms at;        /* the instant the event is counted at */
    uint64_t member; /* the living member right after the record, 0: none */
    struct ts_reader reader;
};
/* Instants that calendar arithmetic can be done with: some 30,000 years either way. What is stored and is beyond is damaged. */
static inline bool ts_ms_sane(ts_ms t) { return t > -INT64_C(1000000000000000) && t < INT64_C(1000000000000000); }
bool ts_outcome_open(struct ts_outcome *o, const uint8_t *bytes, size_t len); /* false: damaged */
bool ts_outcome_next(struct ts_outcome *o, struct ts_effect *ret); /* false: end, or damaged (o->reader.bad) */

/* ---- the host --------------------------------------------------------------------------------------------------- */

struct ts_row { /* a row of the journal */
    uint64_t record;
    ts_ms time, received_at;
    uint8_t kind;           /* enum ts_record_kind */
    uint64_t rules;         /* record of the activation in force, 0: the built-in program */
    uint64_t profile, prev; /* whose it is, and that profile's previous record; 0 */
    uint64_t digest;        /* of the state change */
    struct ts_str message_id;
    struct ts_str payload, outcome;
};
struct ts_quarantined { /* a line that became no record (record 0), or a record that the plan refused */
    uint64_t record;
    struct ts_str file;
    uint64_t line;
    enum ts_reason reason;
    struct ts_str field, message, body;
    ts_ms at;
    uint8_t line_id[16]; /* the same line of the same input has the same id */
};
struct ts_rule_error {
    uint64_t record, member;
    uint32_t rule; /* 0: a refused join, or with `stopped` internal events of due work past their limit */
    struct ts_str rule_name, file, version, message, event;
    uint32_t line;
    bool stopped;
    ts_ms at;
};
/* What the engine asks of the world around it; all text is borrowed for the call. A call does all or nothing: false rolls the record back and
 * ends it with TS_E_DISK. A record hands over its row, then its cold puts, then its errors: a host whose put fails after the row was
 * queued is ahead of the engine and must refuse everything from then on. */
struct ts_host {
    void *arg;
    /* Cold state: 1 found (value appended to `ret`), 0 absent, -1 error. Puts of a record come after it committed. */
    int (*cold_get)(void *arg, struct ts_str key, struct ts_buf *ret);
    bool (*cold_put)(void *arg, struct ts_str key, struct ts_str value);
    /* Message ids: the record that had it, 0: new; UINT64_MAX: error. */
    uint64_t (*seen_find)(void *arg, struct ts_str message_id);
    bool (*seen_add)(void *arg, struct ts_str message_id, uint64_t record);
    /* Queue for the journal, in order. Everything is copied. */
    bool (*row)(void *arg, const struct ts_row *row);
    bool (*quarantine)(void *arg, const struct ts_quarantined *q);
    bool (*error)(void *arg, const struct ts_rule_error *e);
};
/* A host in memory: for tests, dry runs and back-tests. Rows are counted and dropped unless `keep` is set. */
struct ts_memory_host;
enum ts_code ts_memory_host_new(bool keep, struct ts_memory_host **ret, struct ts_host *ret_host);
void ts_memory_host_free(struct ts_memory_host *m);
uint64_t ts_memory_host_rows(const struct ts_memory_host *m);
const struct ts_row *ts_memory_host_row(const struct ts_memory_host *m, uint64_t index);

/* ---- the engine --------------------------------------------------------------------------------------------------- */

struct ts_engine;
struct ts_engine_options {
    uint64_t hash_seed; /* of tables in memory: must not change any result */
    struct ts_rules_options rules;
};
/* A new, empty engine under the built-in program. `host` is copied. */
enum ts_code ts_engine_new(const struct ts_engine_options *options, const struct ts_host *host, struct ts_engine **ret,
                           struct ts_error *err);
void ts_engine_free(struct ts_engine *e);

enum ts_result_status {
    TS_RESULT_APPLIED,
    TS_RESULT_DUPLICATE,
    TS_RESULT_QUARANTINED,
    TS_RESULT_REFUSED,
    TS_RESULT_REPLAYED
};
struct ts_input {
    struct ts_str line; /* without its newline */
    struct ts_str file;
    uint64_t number;       /* where it stands, for messages */
    struct ts_str mapping; /* name of the mapping, for ids of lines without messageId */
    uint64_t equal_before; /* how many equal lines came before it in this input */
    ts_ms arrival;         /* wall clock */
    bool live;             /* the engine's time follows the wall clock, not the events */
    bool again;            /* a re-drive: the message id is not looked at */
};
struct ts_result { /* borrowed: valid until the next call */
    enum ts_result_status status;
    uint64_t record, member;        /* 0: none */
    struct ts_fault fault;          /* quarantined */
    char refusal[40], message[300]; /* refused: the code and what it means */
    struct ts_str outcome;          /* effects, for ts_outcome_open */
    struct ts_str answer;           /* commands: their answer as JSON */
    uint32_t rule_errors;           /* raised or stopped in this record */
    uint32_t joins, created;
};
/* One line. Slices that are due up to the record's time are made first, each as a row of its own. TS_E_MEMORY and TS_E_DISK leave the
 * state as it was; everything a line can do wrong is in the result. */
enum ts_code ts_engine_submit(struct ts_engine *e, const struct ts_input *in, struct ts_result *ret,
                              struct ts_error *err);
/* The same without a trace: apply, give the result, roll back. */
enum ts_code ts_engine_preview(struct ts_engine *e, const struct ts_input *in, struct ts_result *ret,
                               struct ts_error *err);
/* Put a rule set in force as a record. TS_E_REFUSED with problems when it does not load; nothing is changed then. */
enum ts_code ts_engine_activate(struct ts_engine *e, const struct ts_sources *sources, ts_ms arrival,
                                struct ts_problems *problems, uint64_t *ret_record, struct ts_error *err);
/* Due work up to the engine's clock: make slices until none is due. */
enum ts_code ts_engine_settle(struct ts_engine *e, ts_ms arrival, struct ts_error *err);
/* Run the declarations called `rule_name` again on the event of `record` (its profile, 0: by its identifiers; its payload, and the
 * instant it was counted at), as a record of its own: nothing is counted a second time. TS_E_NOT_FOUND when nobody has its
 * identifiers any more; TS_E_REFUSED when the payload cannot be read under the rules in force, or its internal events pass
 * their limit. */
enum ts_code ts_engine_retry(struct ts_engine *e, uint64_t record, uint64_t profile, struct ts_str payload,
                             struct ts_str rule_name, ts_ms event_at, ts_ms arrival, struct ts_result *ret,
                             struct ts_error *err);

/* Recovery: apply a row of the journal. *ret_digest is what this engine made of it. `message id`s are not needed. */
enum ts_code ts_engine_recover_row(struct ts_engine *e, const struct ts_row *row, uint64_t *ret_digest,
                                   struct ts_error *err);
/* verify --replay: apply the row's payload with rules running, into *ret_outcome (borrowed), to be compared with row->outcome. */
enum ts_code ts_engine_replay_row(struct ts_engine *e, const struct ts_row *row, const struct ts_sources *instead,
                                  struct ts_str *ret_outcome, uint64_t *ret_digest, struct ts_error *err);

/* Where the outcome that a replay made differs from the stored one; false: it does not. The texts are for people. */
struct ts_outcome_difference {
    uint32_t effect; /* the how manieth; 0: not one effect, but the outcome itself */
    char expected[240], found[240];
};
bool ts_outcome_differs(const struct ts_engine *e, struct ts_str stored, struct ts_str made,
                        struct ts_outcome_difference *ret);

/* ---- checkpoint and recovery of the state ------------------------------------------------------------------------- */

struct ts_cut { /* everything that changed since the previous cut, up to and with `record` */
    uint64_t record;
    struct ts_cut_image *images;
    size_t n_images;                 /* ascending */
    uint32_t names_from, names_to;   /* read with ts_names_at: text stays valid and unchanged */
    uint32_t idents_from, idents_to; /* new rows (from, to]; read with ts_idents_get */
    uint32_t *moved;
    uint32_t n_moved;     /* older rows that changed their profile */
    struct ts_str ledger; /* transactions, each by ts_transaction_decode; owned by the cut */
    struct ts_str meta;   /* the engine's own figures; owned by the cut */
};
/* Cut at the last record. One at a time; release it when it is on disk (or given up). Values are safe to read on another thread while the
 * engine goes on, except ts_names_at and ts_idents_get, which copy_rows below reads on the engine's thread. */
enum ts_code ts_engine_cut(struct ts_engine *e, struct ts_cut *ret, struct ts_error *err);
void ts_engine_release(struct ts_engine *e, struct ts_cut *cut);
bool ts_transaction_encode(const struct ts_transaction *t, struct ts_buf *out);
bool ts_transaction_decode(struct ts_reader *in, struct ts_transaction *ret); /* note is borrowed */
/* Loading a checkpoint into a new engine, in this order: names, identifiers, images, then meta (which binds the program from
 * `sources`; NULL: the built-in one). */
enum ts_code ts_engine_load_name(struct ts_engine *e, enum ts_space space, struct ts_str text, struct ts_error *err);
enum ts_code ts_engine_load_ident(struct ts_engine *e, uint32_t kind, struct ts_str value, uint64_t profile,
                                  struct ts_error *err);
enum ts_code ts_engine_load_image(struct ts_engine *e, uint64_t number, const uint8_t *image, size_t len,
                                  struct ts_error *err);
enum ts_code ts_engine_load_meta(struct ts_engine *e, struct ts_str meta, const struct ts_sources *sources,
                                 struct ts_error *err);

/* ---- reading ------------------------------------------------------------------------------------------------------ */

uint64_t ts_engine_record(const struct ts_engine *e); /* the last record applied */
ts_ms ts_engine_clock(const struct ts_engine *e);
uint64_t ts_engine_rules_record(const struct ts_engine *e); /* the activation in force, 0: built-in */
struct ts_program *ts_engine_program(const struct ts_engine *e);
struct ts_rules *ts_engine_rules(const struct ts_engine *e); /* in force */
struct ts_names *ts_engine_names(const struct ts_engine *e);
struct ts_idents *ts_engine_idents(const struct ts_engine *e);
struct ts_members *ts_engine_members(const struct ts_engine *e);
const struct ts_ledger *ts_engine_ledger(const struct ts_engine *e);
uint64_t ts_engine_dirty(const struct ts_engine *e);  /* changed members and bytes waiting for a cut, roughly */
uint64_t ts_engine_events(const struct ts_engine *e); /* event records applied, quarantined ones left out */
uint64_t ts_engine_who(struct ts_engine *e, struct ts_str who, struct ts_error *err); /* living member, 0 + err */

/* A member as of now, decoded: view->profiles are working copies owned by the view. */
struct ts_member_view {
    struct ts_member member;
    struct ts_profile **owned;
    uint32_t n_owned;
};
enum ts_code ts_member_view_open(struct ts_engine *e, uint64_t member, struct ts_member_view *ret,
                                 struct ts_error *err);
void ts_member_view_close(struct ts_member_view *v);
/* Codes of refused commands: X(code, what it says). */
#define TS_REFUSALS(X)                                                                                                 \
    X("insufficient_points", "the member has fewer points to spend than are asked for")                                \
    X("key_reused", "this key was used before, with other content")                                                    \
    X("not_settable", "the tag holds while its `when` is true, so nobody can set it")                                  \
    X("not_spendable", "these points cannot be spent: they are declared with spendable = false")                       \
    X("overflow", "more than points can be, or from more profiles than one command may touch")                         \
    X("unknown_member", "nobody has this number or identifier")                                                        \
    X("unknown_points", "no points of that name are declared")                                                         \
    X("unknown_tag", "no tag of that name is declared")                                                                \
    X("unknown_tier", "no tiers, or no level, of that name are declared")                                              \
    X("until_past", "`until` is not after the command itself")
/* A rule number -> its parts. */
struct ts_rule_name {
    struct ts_str kind, name, file, version;
    struct ts_str funder; /* who pays for its points; ptr NULL: nobody in particular */
    uint32_t line;
};
bool ts_rule_name_split(struct ts_str text, struct ts_rule_name *ret);
/* What tiers stand on: the figure of one basis over a window, of all bases over their own. */
int64_t ts_tiers_figure(struct ts_engine *e, const struct ts_tier_basis *b, struct ts_window window,
                        const struct ts_member *m, ts_ms at);
void ts_tiers_figures(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_member *m, ts_ms at,
                      int64_t ret[static TS_TIER_BASES_MAX]);
/* One line of canonical state (CONTRACT.md `state`): keys sorted, no white space, no record numbers, no audit. */
bool ts_engine_state_line(struct ts_engine *e, uint64_t member, struct ts_buf *out);

#endif
