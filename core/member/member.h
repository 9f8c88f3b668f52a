/* SPDX-License-Identifier: Apache-2.0 */
/* member: profiles and members. An identifier belongs to a profile for ever (but see identity.h for weak ones that
 * move); a member is a set of profiles. At rest a profile is one packed *image* in memory, byte for byte the row of the checkpoint; a record
 * takes out the few that it touches as working copies (`struct ts_profile`), changes those, and puts them back when it
 * commits. Rolling a record back is dropping the working copies.
 *
 * Member number = number of the profile that founded it. A profile whose `member` is another number has been joined into it: its own
 * number works for ever as an alias, one step away. What belongs to the union (tags, tiers, traits, caps, watches)
 * lives in the head's image. */
#ifndef TS_MEMBER_H
#define TS_MEMBER_H

#include "base/base.h"
#include "base/calendar.h"
#include "ledger/ledger.h"
#include "record/record.h"
#include "score/score.h"

/* ---- names: text <-> number, part of the state ---------------------------------------------------------------- */

enum ts_space { /* stored */
                TS_SPACE_EVENT = 1,
                TS_SPACE_SERIES = 2,
                TS_SPACE_BY = 3,
                TS_SPACE_TAG = 4,
                TS_SPACE_SCORE = 5,
                TS_SPACE_POINTS = 6,
                TS_SPACE_TIERS = 7,
                TS_SPACE_LEVEL = 8,
                TS_SPACE_TRAIT = 9,
                TS_SPACE_RULE = 10,
                TS_SPACE_IDENTIFIER = 11,
                TS_SPACE_CONDITION = 12,
                TS_SPACE_CAP = 13,
                TS_SPACE_SEGMENT = 14,
                TS_SPACE_COUNT
};
/* Numbers are 1, 2, 3 ... in each space, in order of first use; 0 is "none". */
struct ts_names;
enum ts_code ts_names_new(uint64_t seed, struct ts_names **ret);
void ts_names_free(struct ts_names *n);
uint32_t ts_names_intern(struct ts_names *n, enum ts_space space, struct ts_str text);     /* 0: out of memory */
uint32_t ts_names_find(const struct ts_names *n, enum ts_space space, struct ts_str text); /* 0: unknown */
struct ts_str ts_names_text(const struct ts_names *n, enum ts_space space,
                            uint32_t id); /* terminated; ptr NULL: unknown */
uint32_t ts_names_count(const struct ts_names *n, enum ts_space space);
/* All names in order of interning, for checkpoints and rollback. */
uint32_t ts_names_total(const struct ts_names *n);
void ts_names_at(const struct ts_names *n, uint32_t index, enum ts_space *ret_space, struct ts_str *ret_text);
/* Forget everything interned after `total`; when that is where the mark was set, its text is given back as well. */
void ts_names_truncate(struct ts_names *n, uint32_t total);
void ts_names_mark(struct ts_names *n);

/* ---- identifiers: (kind, value) -> profile --------------------------------------------------------------------- */

/* Rows are numbered 1, 2, 3 ... in order of first sight and never removed; a weak one may change its profile. */
struct ts_idents;
enum ts_code ts_idents_new(uint64_t seed, struct ts_idents **ret);
void ts_idents_free(struct ts_idents *t);
uint32_t ts_idents_find(const struct ts_idents *t, uint32_t kind, struct ts_str value); /* row, 0: unknown */
uint32_t ts_idents_add(struct ts_idents *t, uint32_t kind, struct ts_str value,
                       uint64_t profile); /* 0: no memory, or it is there */
void ts_idents_get(const struct ts_idents *t, uint32_t row, uint32_t *ret_kind, struct ts_str *ret_value,
                   uint64_t *ret_profile);
uint64_t ts_idents_profile(const struct ts_idents *t, uint32_t row);
void ts_idents_move(struct ts_idents *t, uint32_t row, uint64_t profile);
uint32_t ts_idents_count(const struct ts_idents *t);
void ts_idents_truncate(struct ts_idents *t, uint32_t count); /* rollback; texts are given back as well */
void ts_idents_prefetch(const struct ts_idents *t, uint32_t kind, struct ts_str value);

/* ---- working copies ------------------------------------------------------------------------------------------- */

struct ts_tag {
    uint32_t tag, rule;
    ts_ms since, until;
    bool held;            /* by its condition: it goes when that is no longer true, or no longer declared */
};                        /* until: TS_NEVER = while it holds */
struct ts_segment_state { /* the member is in it; its condition holds it */
    uint32_t segment, rule;
    ts_ms since;
};
struct ts_trait {
    uint32_t trait;
    ts_ms at;
    struct ts_str json;
}; /* canonical JSON; borrowed from the arena or image */
struct ts_tier_state {
    uint32_t tiers, level, rule; /* names: the tiers program, the level, 0 = none yet; the rule that last moved it */
    ts_ms since;
    int64_t basis;      /* the figure at the last change */
    ts_ms below_since;  /* first review that found too little for the level; 0: none */
    uint32_t notice_to; /* the lower level announced, 0: none */
    ts_ms notice_at;    /* when the announced downgrade happens, 0 */
    ts_ms review_at;    /* the next review, TS_NEVER */
    ts_ms manual_until; /* assigned by hand until then, 0: not */
};
struct ts_cap {
    uint32_t cap;
    int32_t period;
    ts_ms at;
    int64_t used;
};
/* calendar caps: one row, period = the local day the period began, at = 0; rolling caps: a row for each use, at = its instant.
       Amounts in micro units for scores, points for earnings. */
struct ts_identity_link {
    uint32_t row;
    ts_ms at;
}; /* row of ts_idents, attached at engine time `at` */
struct ts_watch {
    uint32_t condition;
    ts_ms due;
}; /* look at the condition again then */

struct ts_profile {
    uint64_t number;
    uint64_t member;        /* its living member's number; == number: it is a head */
    ts_ms created, last_at; /* engine time of its first and last record; last_at by event timestamp */
    uint64_t first_record, last_record, records; /* the chain's head and its length */
    uint64_t previous_record;                    /* last_record as it was when taken out; not stored */
    TS_VEC(struct ts_identity_link) identifiers;
    TS_VEC(struct ts_score) scores;
    struct ts_buf series;
    struct ts_wallet wallet;
    /* of a head, over the union */
    TS_VEC(uint64_t) others; /* profiles joined into this member, in order of joining */
    TS_VEC(struct ts_tag) tags;
    TS_VEC(struct ts_segment_state) segments; /* in order of number, as tags */
    TS_VEC(struct ts_trait) traits;
    TS_VEC(struct ts_tier_state) tiers;
    TS_VEC(struct ts_cap) caps;
    TS_VEC(struct ts_watch) watches;
    struct ts_arena arena;        /* of the working copy */
    bool is_new, changed, failed; /* failed: an allocation failed, roll back */
};
void ts_profile_init(struct ts_profile *p);
void ts_profile_release(struct ts_profile *p);
void ts_profile_clear(struct ts_profile *p); /* capacity is kept */
bool ts_profile_encode(const struct ts_profile *p, struct ts_buf *out);
bool ts_profile_decode(struct ts_profile *p, const uint8_t *image, size_t len); /* false: damaged or out of memory */
/* The earliest instant at which anything of it is due: lots, tags, watches, reviews, notices. TS_NEVER: nothing. */
ts_ms ts_profile_next_due(const struct ts_profile *p);
struct ts_tag *ts_profile_tag(struct ts_profile *p, uint32_t tag);
struct ts_segment_state *ts_profile_segment(struct ts_profile *p, uint32_t segment); /* NULL: not in it */
struct ts_trait *ts_profile_trait(struct ts_profile *p, uint32_t trait);
struct ts_tier_state *ts_profile_tier(struct ts_profile *p, uint32_t tiers);
struct ts_score *ts_profile_score(struct ts_profile *p, uint32_t score); /* NULL: never counted */

/* ---- a member seen as one ------------------------------------------------------------------------------------- */

/* The working copies of all profiles of one member; [0] is the head. */
struct ts_member {
    struct ts_profile **profiles;
    uint32_t n;
};
static inline struct ts_profile *ts_member_head(const struct ts_member *m) { return m->profiles[0]; }
/* Sum of a series over the union on days [from, to]; false when no profile has it. `ret_last_at` may be NULL. */
bool ts_member_window(const struct ts_member *m, uint32_t series, uint32_t by, ts_day from, ts_day to,
                      struct ts_sum *ret, ts_ms *ret_last_at);
double ts_member_score(const struct ts_member *m, uint32_t score, ts_ms half_life, ts_ms t);
struct ts_balance ts_member_balance(const struct ts_member *m, uint32_t points);
bool ts_member_has_tag(const struct ts_member *m, uint32_t tag, ts_ms t);

/* ---- the table of images -------------------------------------------------------------------------------------- */

/* All profiles, by number 1, 2, 3 ... An image is immutable; a new one replaces it. Images that a checkpoint is still
 * reading are kept alive until it releases them (single-threaded here: the engine calls hold and release). */
struct ts_members;
enum ts_code ts_members_new(struct ts_members **ret);
void ts_members_free(struct ts_members *t);
uint64_t ts_members_count(const struct ts_members *t); /* highest number */
struct ts_image {
    const uint8_t *data;
    uint32_t len;
};
struct ts_image ts_members_image(const struct ts_members *t, uint64_t number); /* data NULL: none */
uint64_t ts_members_living(const struct ts_members *t, uint64_t number);       /* its member's number; 0: unknown */
/* Make room so that the next `n` puts cannot fail, whatever their numbers (commit must not fail half way). */
enum ts_code ts_members_reserve(struct ts_members *t, uint32_t n);
/* Replace (or, at count + 1, append) the image, after a reserve. `data` (of ts_alloc) is taken. `member` is the living
 * head. The number is remembered as changed since the last cut unless `clean` (loading a checkpoint). */
void ts_members_put(struct ts_members *t, uint64_t number, uint64_t member, uint8_t *data, size_t len, bool clean);
/* Changed numbers since the last cut. Cut: takes the list, ascending, with their images held until ts_members_release. */
uint64_t ts_members_dirty(const struct ts_members *t);
struct ts_cut_image {
    uint64_t number;
    const uint8_t *data;
    uint32_t len;
};
enum ts_code ts_members_cut(struct ts_members *t, struct ts_cut_image **ret, size_t *ret_n); /* one at a time */
void ts_members_release(struct ts_members *t, struct ts_cut_image *cut, size_t n);
void ts_members_prefetch(const struct ts_members *t, uint64_t number);

#endif
