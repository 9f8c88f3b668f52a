/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it? The plan of one record: which claims hold, who they belong to, who joins whom, where unknown values go. */
#include "identity/identity.h"

struct resolver {
    const struct ts_program *program;
    const struct ts_idents *idents;
    const struct ts_members *members;
    const struct ts_identity_facts *facts;
    struct ts_plan *plan;
};

static bool strong(const struct resolver *r, const struct ts_claim *c)
{
    return r->program->identifiers.at[c->kind].strong;
}

static bool blocked(const struct ts_program *p, uint32_t kind, struct ts_str value)
{
    for (uint32_t k = 0; k < p->blocked.n; k++)
        if (ts_str_eq(p->blocked.at[k].kind, p->identifiers.at[kind].name) && ts_str_eq(p->blocked.at[k].value, value))
            return true;
    return false;
}

static void look_up(const struct resolver *r, struct ts_claim *c)
{
    c->row = ts_idents_find(r->idents, r->program->identifiers.at[c->kind].id, c->value);
    if (!c->row) return;
    c->profile = ts_idents_profile(r->idents, c->row);
    c->member = ts_members_living(r->members, c->profile);
}

static void refuse(struct ts_plan *p, const char *fmt, ...) TS_PRINTF(2, 3);
static void refuse(struct ts_plan *p, const char *fmt, ...)
{
    if (p->n_refused == TS_REFUSED_MAX) return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(p->refused[p->n_refused++].text, sizeof p->refused[0].text, fmt, ap);
    va_end(ap);
}

bool ts_identity_survives(const struct ts_identity_facts *f, uint64_t a, uint64_t b)
{
    uint32_t sa = f->strongest(f->arg, a), sb = f->strongest(f->arg, b);
    if (sa != sb) return sa < sb;
    ts_ms ca = f->created(f->arg, a), cb = f->created(f->arg, b);
    if (ca != cb) return ca < cb;
    return a < b;
}

static bool contains(const uint64_t *list, uint32_t n, uint64_t v)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == v) return true;
    return false;
}

/* The members that the claims not dropped would bring together; [0] is where the record goes. 0: a new one. */
static uint32_t gather(const struct resolver *r, uint64_t *set, uint32_t cap)
{
    const struct ts_plan *p = r->plan;
    uint32_t n = 0;
    bool has_strong = false;
    for (uint32_t i = 0; i < p->n_claims; i++) {
        const struct ts_claim *c = &p->claims[i];
        if (c->dropped || !strong(r, c)) continue;
        has_strong = true;
        if (c->member && !contains(set, n, c->member) && n < cap) set[n++] = c->member;
    }
    for (uint32_t i = 0; i < p->n_claims; i++) {
        const struct ts_claim *c = &p->claims[i];
        if (c->dropped || strong(r, c) || !c->member || contains(set, n, c->member)) continue;
        if (!has_strong) { /* weak ones never join two: the first owner has the record */
            if (n == 0) set[n++] = c->member;
        } else if (!r->facts->strong(r->facts->arg, c->member) && n < cap) {
            set[n++] = c->member; /* an anonymous past of somebody who is known now */
        }
    }
    return n;
}

static bool any_strong(const struct resolver *r)
{
    for (uint32_t i = 0; i < r->plan->n_claims; i++)
        if (!r->plan->claims[i].dropped && strong(r, &r->plan->claims[i])) return true;
    return false;
}

/* The first kind whose limit the union of `set` and the unknown claims would break; UINT32_MAX: none. */
static uint32_t broken_limit(const struct resolver *r, const uint64_t *set, uint32_t n)
{
    const struct ts_plan *p = r->plan;
    bool has_strong = any_strong(r); /* without one, weak values of others stay where they are */
    for (uint32_t k = 0; k < r->program->identifiers.n; k++) {
        const struct ts_identifier_kind *kind = &r->program->identifiers.at[k];
        if (!kind->per_member) continue;
        uint32_t fresh = 0;
        for (uint32_t i = 0; i < p->n_claims; i++) {
            const struct ts_claim *c = &p->claims[i];
            if (c->dropped || c->kind != k) continue;
            if (!c->row || (!kind->strong && has_strong && !contains(set, n, c->member))) fresh++;
        }
        if (fresh == 0 && n < 2) continue; /* nothing is added to anybody */
        uint64_t count = fresh;
        for (uint32_t i = 0; i < n; i++)
            count += r->facts->count(r->facts->arg, set[i], k);
        if (count > kind->per_member) return k;
    }
    return UINT32_MAX;
}

static int lowest_claim(const struct ts_plan *p)
{
    for (int i = (int)p->n_claims - 1; i > 0; i--)
        if (!p->claims[i].dropped) return i;
    return -1;
}

/* Drop the record's lowest-priority identifiers until no guard is broken. One claim alone joins nobody, so this ends. */
static uint32_t settle_guards(const struct resolver *r, uint64_t *set, uint32_t cap)
{
    struct ts_plan *p = r->plan;
    for (;;) {
        uint32_t n = gather(r, set, cap);
        uint32_t kind = broken_limit(r, set, n);
        if (kind == UINT32_MAX && n <= TS_LIMIT_JOINS + 1) return n;
        int last = lowest_claim(p);
        if (last < 0) return n > 1 ? 1 : n;
        struct ts_claim *c = &p->claims[last];
        c->dropped = true;
        struct ts_str dropped = r->program->identifiers.at[c->kind].name;
        if (kind == UINT32_MAX)
            refuse(p, "refused to join more than %d members at once; the record's " TS_STR_FMT " was left out",
                   TS_LIMIT_JOINS, TS_STR_ARG(dropped));
        else
            refuse(p,
                   "member m%llu would have more than %u values of " TS_STR_FMT "; the record's " TS_STR_FMT
                   " was left out%s",
                   (unsigned long long)(n ? set[0] : 0), r->program->identifiers.at[kind].per_member,
                   TS_STR_ARG(r->program->identifiers.at[kind].name), TS_STR_ARG(dropped),
                   c->member && n > 1 ? " and its owner was not joined" : "");
    }
}

/* previousId is an anonymous id if one is known, else a user id if one is known, else a new anonymous id. */
static bool alias_claim(const struct resolver *r, struct ts_str previous, struct ts_claim *ret)
{
    static const char *const kinds[] = {"anonymous_id", "user_id"};
    bool found = false;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t k = 0; k < r->program->identifiers.n; k++) {
            if (!ts_str_eq(r->program->identifiers.at[k].name, ts_cstr(kinds[pass]))) continue;
            struct ts_claim c = {.kind = (uint16_t)k, .value = previous};
            if (blocked(r->program, k, previous)) continue;
            look_up(r, &c);
            if (!found || c.row) *ret = c;
            found = true;
            if (c.row) return true;
        }
    }
    return found;
}

static void add_alias(const struct resolver *r, const struct ts_record *record)
{
    struct ts_plan *p = r->plan;
    struct ts_claim c;
    if (!record->previous_id.ptr || ts_str_eq(record->previous_id, record->user_id)) return;
    if (p->n_claims == TS_RECORD_IDENTIFIERS_MAX || !alias_claim(r, record->previous_id, &c)) return;
    for (uint32_t i = 0; i < p->n_claims; i++)
        if (p->claims[i].kind == c.kind && ts_str_eq(p->claims[i].value, c.value)) return;
    uint32_t at = p->n_claims++; /* in its place by priority */
    for (; at > 0 && p->claims[at - 1].kind > c.kind; at--)
        p->claims[at] = p->claims[at - 1];
    p->claims[at] = c;
}

/* An alias joins both owners by name, whatever their strength; the guards hold for it as for any join. */
static uint32_t gather_alias(const struct resolver *r, const struct ts_record *record, uint64_t *set, uint32_t n,
                             uint32_t cap)
{
    struct ts_claim c;
    if (record->kind != TS_RECORD_ALIAS || ts_str_eq(record->previous_id, record->user_id)) return n;
    if (!alias_claim(r, record->previous_id, &c) || !c.member || contains(set, n, c.member) || n == cap) return n;
    for (uint32_t i = 0; i < r->plan->n_claims; i++) {
        const struct ts_claim *known = &r->plan->claims[i];
        if (known->dropped && known->kind == c.kind && ts_str_eq(known->value, c.value)) return n; /* refused already */
    }
    set[n] = c.member;
    uint32_t kind = broken_limit(r, set, n + 1);
    if (kind == UINT32_MAX && n <= TS_LIMIT_JOINS) return n + 1;
    refuse(
        r->plan, "alias refused: with m%llu the member would have too many values of " TS_STR_FMT " or joins at once",
        (unsigned long long)c.member, TS_STR_ARG(r->program->identifiers.at[kind == UINT32_MAX ? c.kind : kind].name));
    return n;
}

static void place(const struct resolver *r, uint64_t *set, uint32_t n)
{
    struct ts_plan *p = r->plan;
    if (n == 0) {
        p->creates = true;
        return;
    }
    p->survivor = set[0];
    for (uint32_t i = 1; i < n; i++)
        if (ts_identity_survives(r->facts, set[i], p->survivor)) p->survivor = set[i];
    for (uint32_t i = 0; i < n; i++)
        if (set[i] != p->survivor) p->joins[p->n_joins++] = set[i];
    p->profile = p->survivor;
    for (uint32_t i = 0; i < p->n_claims; i++) {
        const struct ts_claim *c = &p->claims[i];
        if (c->dropped || !c->member || !contains(set, n, c->member)) continue;
        p->profile = c->profile;
        break;
    }
}

static void link_claims(const struct resolver *r, const uint64_t *set, uint32_t n, bool has_strong)
{
    struct ts_plan *p = r->plan;
    for (uint32_t i = 0; i < p->n_claims; i++) {
        struct ts_claim *c = &p->claims[i];
        if (c->dropped) continue;
        if (!c->row)
            c->attach = true;
        else if (!strong(r, c) && has_strong && !contains(set, n, c->member))
            c->move = true;
    }
}

enum ts_code ts_identity_resolve(const struct ts_program *program, const struct ts_idents *idents,
                                 const struct ts_members *members, const struct ts_identity_facts *facts,
                                 const struct ts_record *record, struct ts_plan *plan)
{
    struct resolver r = {program, idents, members, facts, plan};
    uint64_t set[TS_RECORD_IDENTIFIERS_MAX + 1];
    plan->n_claims = plan->n_joins = plan->n_refused = 0;
    plan->creates = plan->none = false;
    plan->profile = plan->survivor = 0;
    for (uint32_t i = 0; i < record->n_identifiers; i++) {
        if (blocked(program, record->identifiers[i].kind, record->identifiers[i].value)) continue;
        struct ts_claim *c = &plan->claims[plan->n_claims++];
        *c = (struct ts_claim){.kind = record->identifiers[i].kind, .value = record->identifiers[i].value};
        look_up(&r, c);
    }
    if (record->kind == TS_RECORD_ALIAS) add_alias(&r, record);
    if (plan->n_claims == 0) {
        plan->none = true;
        return TS_OK;
    }
    uint32_t n = settle_guards(&r, set, TS_ARRAY_LEN(set));
    n = gather_alias(&r, record, set, n, TS_ARRAY_LEN(set));
    place(&r, set, n);
    link_claims(&r, set, n, any_strong(&r));
    return TS_OK;
}

uint64_t ts_identity_who(const struct ts_program *p, const struct ts_idents *idents, const struct ts_members *members,
                         const struct ts_who *who, struct ts_arena *scratch)
{
    if (who->member) return ts_members_living(members, who->member);
    for (uint32_t k = 0; k < p->identifiers.n; k++) {
        const struct ts_identifier_kind *kind = &p->identifiers.at[k];
        struct ts_str value;
        if (!ts_str_eq(kind->name, who->kind) || !ts_normalize_value(kind, who->value, scratch, &value)) continue;
        uint32_t row = ts_idents_find(idents, kind->id, value);
        return row ? ts_members_living(members, ts_idents_profile(idents, row)) : 0;
    }
    return 0;
}
