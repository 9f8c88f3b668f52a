/* SPDX-License-Identifier: Apache-2.0 */
/* Why something about a member is as it is: every change with its cause. Movements of points come from the ledger, everything else from
 * outcomes; what a rule read, and the factors of an earning, come from the outcome.
 *
 *   cmd_why.c      the command: options, printing
 *   why_walk.c     from journal rows and the ledger to items, newest first
 *   why_moves.c    the member's movements out of the whole ledger
 *   why_say.c      an item in words: a headline and what it rests on
 *   why_figures.c  the figures in those words: factors, caps, what was read, reasons of tiers
 *   why_json.c     an item as JSON */
#ifndef TS_COMMAND_WHY_H
#define TS_COMMAND_WHY_H

#include "command/effects.h"
#include "command/session.h"
#include "command/table.h"

struct ts_why_move { /* a transaction of the member, reduced to what it meant for it */
    uint64_t id, record, lot, of;
    uint32_t points, rule;
    uint8_t movement;
    int64_t amount;  /* what moved: the size of the movement in the member's accounts */
    int64_t balance; /* all of the member's accounts of that currency, afterwards */
    ts_ms at;
    struct ts_str note;
};
typedef TS_VEC(struct ts_why_move) ts_why_moves;

/* Read the member's movements, in order of record. `arena` keeps the notes. */
enum ts_code ts_why_moves_read(struct ts_session *s, const uint64_t *numbers, uint32_t n, struct ts_arena *arena,
                               ts_why_moves *ret);
/* The movement that is this transaction; NULL: none of the member's. */
const struct ts_why_move *ts_why_moves_find(const ts_why_moves *moves, uint64_t transaction);

/* X(enumerator, what --what calls it) */
#define TS_WHY_KINDS(X)                                                                                                \
    X(TAG, "tag")                                                                                                      \
    X(TIER, "tier")                                                                                                    \
    X(LEDGER, "ledger")                                                                                                \
    X(TRAIT, "trait")                                                                                                  \
    X(SCORE, "score")                                                                                                  \
    X(JOIN, "join")                                                                                                    \
    X(EMIT, "emit")                                                                                                    \
    X(NOTIFY, "notify")                                                                                                \
    X(REFUND, "refund")                                                                                                \
    X(ERROR, "error")                                                                                                  \
    X(SEGMENT, "segment")                                                                                              \
    X(CREDIT, "credit")
#define TS_WHY_ENUM(e, name) TS_WHY_##e,
enum ts_why_kind { TS_WHY_KINDS(TS_WHY_ENUM) TS_WHY_NONE };
#undef TS_WHY_ENUM

struct ts_why_item { /* what is said of one change, whichever way it is shown */
    enum ts_why_kind kind;
    struct ts_str name;
    const char *change;
    uint32_t rule;
    const struct ts_effect *effect; /* NULL: a movement alone */
    const struct ts_why_move *move; /* NULL: no movement of points */
    struct ts_str read, lines;
    ts_ms at;
};
struct ts_why_effect { /* of the row in hand */
    struct ts_effect effect;
    ts_ms at;            /* of a slice: when it was due */
    struct ts_str read;  /* what the function behind it read */
    struct ts_str lines; /* of an earning by items: its split */
};
struct ts_why {
    struct ts_run *run;
    struct ts_session *session;
    const struct ts_zone *zone;
    unsigned only;         /* a kind, TS_WHY_NONE: all */
    uint64_t limit, after; /* 0: none */
    uint64_t *numbers;
    uint32_t n_numbers;
    ts_why_moves moves;
    uint32_t moves_left; /* newest first: those below are not yet passed */
    struct ts_arena arena;
    struct ts_json json, inner;
    bool failed; /* out of memory, or the list cannot be written */
    enum ts_code code;
    /* what was given */
    uint64_t n, next; /* `next`: the cursor of the last item */
    bool more;        /* there is something behind it */
    struct ts_list list;
    struct ts_buf text;
    /* the rules in force at the row in hand, when they are not today's */
    struct ts_rules *old;
    uint64_t old_record;
    /* the row in hand */
    const struct ts_row *row;
    uint64_t place; /* of the next item in its row */
    struct ts_str title, message_id, body_reason;
    ts_ms timestamp;
    TS_VEC(struct ts_why_effect) effects;
};

/* why_walk.c */
const char *ts_why_kind_name(enum ts_why_kind kind);
/* All items of `member` to w->give, newest first. */
enum ts_code ts_why_walk(struct ts_why *w, uint64_t member);
void ts_why_release(struct ts_why *w);
/* The program that was in force at the row in hand; today's when that cannot be loaded any more. */
const struct ts_program *ts_why_program(struct ts_why *w);
/* The declaration of that kind and name that paid; NULL: it is none of these, or was changed since. */
const struct ts_earn_decl *ts_why_earn(struct ts_why *w, uint32_t rule);
const struct ts_bonus_decl *ts_why_bonus(struct ts_why *w, uint32_t rule);
const struct ts_milestone_decl *ts_why_milestone(struct ts_why *w, uint32_t rule);
bool ts_why_rule(const struct ts_why *w, uint32_t rule, struct ts_rule_name *ret);

/* why_say.c: the headline, then a line for each thing it rests on, each ended by a newline, into w->text. */
void ts_why_say(struct ts_why *w, const struct ts_why_item *i);
/* cmd_why.c: w->text for people. */
enum ts_code ts_why_print(struct ts_why *w, const struct ts_why_item *i);
/* why_json.c: one object of the list. */
void ts_why_json(struct ts_why *w, const struct ts_why_item *i);
/* why_figures.c: lines for w->text. */
void ts_why_say_factors(struct ts_why *w, const struct ts_why_item *i);
void ts_why_say_read(struct ts_why *w, const struct ts_why_item *i);
void ts_why_say_carried(struct ts_why *w, const struct ts_why_item *i);
void ts_why_say_tier(struct ts_why *w, const struct ts_why_item *i);
/* "2,000 a day" */
const char *ts_why_cap_text(struct ts_why *w, const struct ts_at_most *cap, struct ts_str points, char out[static 96]);
/* "1.5" */
const char *ts_why_decimal_text(struct ts_decimal d, char out[static 48]);
bool ts_why_is_one(struct ts_decimal d);

#endif
