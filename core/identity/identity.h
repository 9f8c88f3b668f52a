/* SPDX-License-Identifier: Apache-2.0 */
/* identity: which member a record belongs to. Pure decision over tables of member.h: `ts_identity_resolve` looks and says what would
 * be done (a plan); the engine carries the plan out, so that a preview is the plan alone. SEMANTICS.md, Identity 1 to 4, 6, 8. */
#ifndef TS_IDENTITY_H
#define TS_IDENTITY_H

#include "base/limits.h"
#include "member/member.h"
#include "rules/program.h"

/* One identifier of the record, with what is known of it. */
struct ts_claim {
    uint16_t kind; /* index into program->identifiers */
    struct ts_str value;
    uint32_t row;     /* of ts_idents, 0: unknown */
    uint64_t profile; /* its profile, 0 */
    uint64_t member;  /* its living member, 0 */
    bool attach;      /* unknown, and will be linked to the record's profile */
    bool move;        /* weak and another member's: moves to the record's profile */
    bool dropped;     /* blocked, or left out because a guard would break */
};
#define TS_REFUSED_MAX 8
struct ts_refusal {
    char text[240];
}; /* a join or a link that a guard refused: a row of `tessera errors` */

struct ts_plan {
    struct ts_claim claims[TS_RECORD_IDENTIFIERS_MAX];
    uint32_t n_claims;
    bool creates;                   /* a new member */
    uint64_t profile;               /* the record's profile (0 when it creates one) */
    uint64_t survivor;              /* the member it ends in (0 when it creates one) */
    uint64_t joins[TS_LIMIT_JOINS]; /* members that are joined into the survivor, in order */
    uint32_t n_joins;
    struct ts_refusal refused[TS_REFUSED_MAX];
    uint32_t n_refused;
    bool none; /* nothing identifies anybody (all blocked): the record cannot be placed */
};

/* Facts about a living member that deciding needs; the engine answers from working copies. */
struct ts_identity_facts {
    void *arg;
    /* How many values of kind `kind` (index) the member has over the union, within the kind's window. */
    uint32_t (*count)(void *arg, uint64_t member, uint32_t kind);
    bool (*strong)(void *arg, uint64_t member);        /* has at least one identifier of a strong kind */
    uint32_t (*strongest)(void *arg, uint64_t member); /* index of its strongest kind; UINT32_MAX: none */
    ts_ms (*created)(void *arg, uint64_t member);
};
/* Decide. `alias`: the record is an explicit join of previous_id's owner and user_id's owner. */
enum ts_code ts_identity_resolve(const struct ts_program *p, const struct ts_idents *idents,
                                 const struct ts_members *members, const struct ts_identity_facts *facts,
                                 const struct ts_record *r, struct ts_plan *ret);
/* Who of two survives: the strongest identifier, then the older, then the lower number. True: a. */
bool ts_identity_survives(const struct ts_identity_facts *facts, uint64_t a, uint64_t b);
/* The member that WHO means, 0: nobody. The value is normalised as its kind says. */
uint64_t ts_identity_who(const struct ts_program *p, const struct ts_idents *idents, const struct ts_members *members,
                         const struct ts_who *who, struct ts_arena *scratch);

#endif
