/* SPDX-License-Identifier: Apache-2.0 */
/* An event's own part, before any rule: who it is (identity), what it says of him (traits), what it counts. It depends on the payload, the
 * declarations and the state alone, so recovery does it again in the place of storing it. */
#include "engine/internal.h"

/* ---- facts for identity, answered from working copies ---- */

static struct ts_profile *head_of(struct ts_engine *e, uint64_t member)
{
    int32_t slot = ts_run_take(e, member);
    return slot < 0 ? NULL : e->run.slots[slot].member.profiles[0];
}

static uint32_t fact_count(void *arg, uint64_t member, uint32_t kind)
{
    struct ts_engine *e = arg;
    const struct ts_identifier_kind *decl = &e->bind.program->identifiers.at[kind];
    int32_t slot = ts_run_take(e, member);
    uint32_t n = 0;
    if (slot < 0) return 0;
    bool within = decl->per.months || decl->per.days || decl->per.ms;
    struct ts_member *m = &e->run.slots[slot].member;
    for (uint32_t i = 0; i < m->n; i++)
        for (uint32_t k = 0; k < m->profiles[i]->identifiers.len; k++) {
            uint32_t id;
            struct ts_str value;
            uint64_t profile;
            const struct ts_identity_link *l = &m->profiles[i]->identifiers.at[k];
            ts_idents_get(e->idents, l->row, &id, &value, &profile);
            if (id == decl->id && (!within || ts_time_add(e->bind.program->zone, l->at, decl->per) > e->run.time)) n++;
        }
    return n;
}

static uint32_t fact_strongest(void *arg, uint64_t member)
{
    struct ts_engine *e = arg;
    uint32_t best = UINT32_MAX;
    int32_t slot = ts_run_take(e, member);
    if (slot < 0) return best;
    struct ts_member *m = &e->run.slots[slot].member;
    for (uint32_t i = 0; i < m->n; i++)
        for (uint32_t k = 0; k < m->profiles[i]->identifiers.len; k++) {
            uint32_t id;
            struct ts_str value;
            uint64_t profile;
            ts_idents_get(e->idents, m->profiles[i]->identifiers.at[k].row, &id, &value, &profile);
            for (uint32_t d = 0; d < e->bind.program->identifiers.n && d < best; d++)
                if (e->bind.program->identifiers.at[d].id == id) best = d;
        }
    return best;
}

static bool fact_strong(void *arg, uint64_t member)
{
    struct ts_engine *e = arg;
    uint32_t best = fact_strongest(arg, member);
    return best != UINT32_MAX && e->bind.program->identifiers.at[best].strong;
}

static ts_ms fact_created(void *arg, uint64_t member)
{
    struct ts_profile *head = head_of(arg, member);
    return head ? head->created : 0;
}

/* ---- joining ---- */

static void join_tags(struct ts_engine *e, struct ts_profile *into, const struct ts_profile *from)
{
    for (uint32_t i = 0; i < from->tags.len; i++) {
        const struct ts_tag *t = &from->tags.at[i];
        struct ts_tag *mine = ts_profile_tag(into, t->tag);
        if (mine) {
            if (t->since < mine->since) mine->since = t->since;
            if (t->until > mine->until) mine->until = t->until;
            mine->held |= t->held;
            continue;
        }
        uint32_t at = 0;
        while (at < into->tags.len && into->tags.at[at].tag < t->tag)
            at++;
        if (!ts_vec_push(&into->tags)) {
            e->run.failed = true;
            return;
        }
        memmove(&into->tags.at[at + 1], &into->tags.at[at], (into->tags.len - 1 - at) * sizeof *t);
        into->tags.at[at] = *t;
        ts_run_changed(e, TS_READ_TAG, t->tag);
    }
}

static void join_segments(struct ts_engine *e, struct ts_profile *into, const struct ts_profile *from)
{
    for (uint32_t i = 0; i < from->segments.len; i++) {
        const struct ts_segment_state *s = &from->segments.at[i];
        struct ts_segment_state *mine = ts_profile_segment(into, s->segment);
        if (mine) {
            if (s->since < mine->since) mine->since = s->since;
            continue;
        }
        uint32_t at = 0;
        while (at < into->segments.len && into->segments.at[at].segment < s->segment)
            at++;
        if (!ts_vec_push(&into->segments)) {
            e->run.failed = true;
            return;
        }
        memmove(&into->segments.at[at + 1], &into->segments.at[at], (into->segments.len - 1 - at) * sizeof *s);
        into->segments.at[at] = *s;
        ts_run_changed(e, TS_READ_SEGMENT, s->segment);
    }
}

/* Of two values of a trait the newer counts. */
static void join_traits(struct ts_engine *e, struct ts_profile *into, const struct ts_profile *from)
{
    for (uint32_t i = 0; i < from->traits.len; i++) {
        const struct ts_trait *t = &from->traits.at[i];
        struct ts_trait *mine = ts_profile_trait(into, t->trait);
        if (mine && mine->at >= t->at) continue;
        if (!mine && !(mine = ts_vec_push(&into->traits))) {
            e->run.failed = true;
            return;
        }
        struct ts_str kept = ts_arena_dup(&into->arena, t->json);
        if (!kept.ptr) e->run.failed = true;
        *mine = (struct ts_trait){t->trait, t->at, kept};
        ts_run_changed(e, TS_READ_TRAIT, t->trait);
    }
}

static uint32_t level_index(const struct ts_tiers_decl *d, uint32_t level)
{
    for (uint32_t i = 0; i < d->n_levels; i++)
        if (d->levels[i].id == level) return i;
    return 0;
}

/* The higher of both; what the united basis gives is looked at when the record settles. */
static void join_tiers(struct ts_engine *e, struct ts_profile *into, const struct ts_profile *from)
{
    for (uint32_t i = 0; i < from->tiers.len; i++) {
        const struct ts_tier_state *s = &from->tiers.at[i];
        struct ts_tier_state *mine = ts_profile_tier(into, s->tiers);
        const struct ts_tiers_decl *d = NULL;
        for (uint32_t k = 0; k < e->bind.program->tiers.n; k++)
            if (e->bind.program->tiers.at[k].id == s->tiers) d = &e->bind.program->tiers.at[k];
        if (mine && (!d || level_index(d, mine->level) >= level_index(d, s->level))) continue;
        if (!mine && !(mine = ts_vec_push(&into->tiers))) {
            e->run.failed = true;
            return;
        }
        *mine = *s;
        ts_run_changed(e, TS_READ_TIERS, s->tiers);
    }
}

static void join_caps(struct ts_engine *e, struct ts_profile *into, const struct ts_profile *from)
{
    for (uint32_t i = 0; i < from->caps.len; i++) {
        const struct ts_cap *c = &from->caps.at[i];
        struct ts_cap *mine = NULL;
        for (uint32_t k = 0; k < into->caps.len && c->at == 0; k++)
            if (into->caps.at[k].cap == c->cap && into->caps.at[k].at == 0 && into->caps.at[k].period == c->period)
                mine = &into->caps.at[k];
        if (mine) {
            mine->used += c->used;
        } else if ((mine = ts_vec_push(&into->caps))) {
            *mine = *c;
        } else {
            e->run.failed = true;
        }
    }
}

/* Everything that the union now reads anew: figures of both wallets, series and scores. */
static void join_changed(struct ts_engine *e, const struct ts_profile *from)
{
    size_t pos = 0;
    struct ts_series s;
    while (ts_series_next(from->series.data, from->series.len, &pos, &s))
        ts_run_changed(e, TS_READ_SERIES, s.id);
    for (uint32_t i = 0; i < from->scores.len; i++)
        ts_run_changed(e, TS_READ_SCORE, from->scores.at[i].id);
    for (uint32_t i = 0; i < from->wallet.balances.len; i++)
        ts_run_changed(e, TS_READ_POINTS, from->wallet.balances.at[i].points);
}

/* What the join takes the place of, so that an undo can bring it back: the joined head's own image, as it was. */
static void note_join(struct ts_engine *e, uint64_t joined, uint64_t survivor, const struct ts_profile *head)
{
    if (e->run.mode != TS_RUN_LIVE) return;
    ts_buf_clear(&e->scratch);
    if (!ts_profile_encode(head, &e->scratch)) e->run.failed = true;
    struct ts_effect fx = {.op = TS_FX_JOIN,
                           .profile = joined,
                           .amount = (int64_t)survivor,
                           .json = ts_str((const char *)e->scratch.data, e->scratch.len)};
    if (!ts_effect_encode(&fx, &e->run.effects)) e->run.failed = true;
}

static void join(struct ts_engine *e, uint64_t survivor, uint64_t joined)
{
    int32_t a = ts_run_take(e, survivor), b = ts_run_take(e, joined);
    if (a < 0 || b < 0) return;
    struct ts_profile *into = e->run.slots[a].member.profiles[0], *from = e->run.slots[b].member.profiles[0];
    note_join(e, joined, survivor, from);
    join_tags(e, into, from);
    join_segments(e, into, from);
    join_traits(e, into, from);
    join_tiers(e, into, from);
    join_caps(e, into, from);
    struct ts_member *m = &e->run.slots[b].member;
    for (uint32_t i = 0; i < m->n; i++) {
        uint64_t *other = ts_vec_push(&into->others);
        if (!other) {
            e->run.failed = true;
            return;
        }
        *other = m->profiles[i]->number;
        m->profiles[i]->member = survivor;
        m->profiles[i]->changed = true;
        join_changed(e, m->profiles[i]);
    }
    from->others.len = from->tags.len = from->segments.len = from->traits.len = from->tiers.len = from->caps.len =
        from->watches.len = 0;
    into->changed = true;
    e->run.joins++;
    ts_run_regroup(e, a);
}

/* ---- identifiers ---- */

static bool move_row(struct ts_engine *e, const struct ts_claim *c, uint64_t to)
{
    struct ts_moved *m = ts_vec_push(&e->moved);
    if (!m) return false;
    *m = (struct ts_moved){c->row, c->profile};
    ts_idents_move(e->idents, c->row, to);
    struct ts_profile *old = ts_run_profile(e, c->profile);
    if (!old) return false;
    for (uint32_t i = 0; i < old->identifiers.len; i++)
        if (old->identifiers.at[i].row == c->row) {
            ts_vec_remove(&old->identifiers, i);
            break;
        }
    old->changed = true;
    return true;
}

static void link_identifiers(struct ts_engine *e, struct ts_profile *p)
{
    for (uint32_t i = 0; i < e->plan.n_claims; i++) {
        struct ts_claim *c = &e->plan.claims[i];
        if (c->dropped || !(c->attach || c->move)) continue;
        if (c->move) {
            if (!move_row(e, c, p->number)) e->run.failed = true;
        } else {
            c->row = ts_idents_add(e->idents, e->bind.program->identifiers.at[c->kind].id, c->value, p->number);
        }
        struct ts_identity_link *l = c->row ? ts_vec_push(&p->identifiers) : NULL;
        if (!l) {
            e->run.failed = true;
            return;
        }
        *l = (struct ts_identity_link){c->row, e->run.time};
        p->changed = true;
    }
}

/* ---- traits ---- */

static void set_trait(struct ts_engine *e, struct ts_str name, struct ts_str json)
{
    uint32_t id = ts_names_intern(e->names, TS_SPACE_TRAIT, name);
    if (!id) {
        e->run.failed = true;
        return;
    }
    struct ts_trait *t = ts_profile_trait(ts_run_head(e), id);
    if (t && t->at > e->run.at) return;  /* an older word */
    if (t && ts_str_eq(t->json, json)) { /* said again: an older word that comes later does not undo it */
        t->at = e->run.at;
        ts_run_head(e)->changed = true;
        return;
    }
    struct ts_effect fx = {.op = TS_FX_TRAIT, .name = id, .text = json, .at = e->run.at};
    if (ts_effect_apply(e, &fx) != TS_OK) e->run.failed = true;
}

#define TRAIT_BYTES_MAX 4096u
static void set_traits(struct ts_engine *e, const struct ts_json *j, const struct ts_json_node *traits)
{
    if (!traits || traits->type != TS_JSON_OBJECT) return;
    for (const struct ts_json_node *n = ts_json_first(j, traits); n; n = ts_json_next(j, n)) {
        if (n->key.len == 0 || n->key.len > TS_LIMIT_NAME_BYTES) continue;
        ts_buf_clear(&e->scratch);
        ts_json_write(j, n, &e->scratch);
        if (e->scratch.failed) e->run.failed = true;
        if (e->scratch.len > TRAIT_BYTES_MAX) continue;
        set_trait(e, n->key, ts_str((const char *)e->scratch.data, e->scratch.len));
    }
}

/* `group` adds to the set trait `groups`: a sorted JSON array of ids. */
static void add_group(struct ts_engine *e, struct ts_str group)
{
    struct ts_trait *t = ts_profile_trait(ts_run_head(e), e->bind.groups_trait);
    struct ts_json *j = &e->inner_json;
    struct ts_buf *b = &e->scratch;
    bool placed = false, any = false;
    ts_buf_clear(b);
    ts_buf_byte(b, '[');
    enum ts_code code = t ? ts_json_parse(j, t->json.ptr, t->json.len, true) : TS_E_SYNTAX;
    if (code == TS_E_MEMORY) e->run.failed = true;
    if (code == TS_OK && ts_json_root(j)->type == TS_JSON_ARRAY)
        for (const struct ts_json_node *n = ts_json_first(j, ts_json_root(j)); n; n = ts_json_next(j, n)) {
            int c = ts_str_cmp(n->text, group);
            if (c == 0) return;
            if (c > 0 && !placed) {
                if (any) ts_buf_byte(b, ',');
                ts_buf_json(b, group);
                placed = any = true;
            }
            if (any) ts_buf_byte(b, ',');
            ts_buf_json(b, n->text);
            any = true;
        }
    if (!placed) {
        if (any) ts_buf_byte(b, ',');
        ts_buf_json(b, group);
    }
    ts_buf_byte(b, ']');
    if (b->failed)
        e->run.failed = true;
    else if (b->len <= TRAIT_BYTES_MAX)
        set_trait(e, TS_STR("groups"), ts_run_keep(e, ts_str((const char *)b->data, b->len)));
}

/* ---- the body ---- */

static void write_refusals(struct ts_engine *e)
{
    if (e->run.mode != TS_RUN_LIVE) return;
    for (uint32_t i = 0; i < e->plan.n_refused; i++) {
        struct ts_effect fx = {
            .op = TS_FX_ERROR, .from = 3, .text = ts_cstr(e->plan.refused[i].text), .json = TS_STR("")};
        ts_do(e, &fx);
    }
}

/* Who it is, and everything that follows from that. The members concerned were taken out and their due work is done. */
bool ts_body_event(struct ts_engine *e, const struct ts_record *r)
{
    static const struct ts_identity_facts shape = {NULL, fact_count, fact_strong, fact_strongest, fact_created};
    struct ts_identity_facts facts = shape;
    struct ts_run *run = &e->run;
    facts.arg = e;
    if (ts_identity_resolve(e->bind.program, e->idents, e->members, &facts, r, &e->plan) != TS_OK) run->failed = true;
    if (run->failed || e->plan.none) return false;
    run->subject = e->plan.creates ? ts_run_create(e) : ts_run_take(e, e->plan.survivor);
    if (run->subject < 0) return false;
    run->profile = e->plan.creates ? ts_run_head(e)->number : e->plan.profile;
    for (uint32_t i = 0; i < e->plan.n_joins; i++)
        join(e, e->plan.survivor, e->plan.joins[i]);
    struct ts_profile *p = ts_run_profile(e, run->profile);
    if (!p || run->failed) return false;
    link_identifiers(e, p);
    write_refusals(e);
    if (r->context_traits && r->context_traits != r->traits) set_traits(e, r->json, r->context_traits);
    if (r->kind != TS_RECORD_GROUP) set_traits(e, r->json, r->traits); /* of a group they are the group's, not his */
    if (r->kind == TS_RECORD_GROUP) add_group(e, r->group_id);
    const struct ts_listen *l = run->event->name.len ? ts_listen_to(e, run->event->name) : NULL;
    if (l) ts_count_event(e, l, run->event);
    return !run->failed;
}
