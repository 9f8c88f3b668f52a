/* SPDX-License-Identifier: Apache-2.0 */
/* The record being applied: its working copies, what rolling it back takes, and the commit that puts everything in its
 * place. Until the commit nothing of the engine has changed but names, identifiers and the ledger's figures, and those are put back by
 * three truncations and a copy. A commit first gets all memory that it needs, then hands the row to the host, and from there cannot
 * fail. */
#include "engine/internal.h"

void ts_run_begin(struct ts_engine *e, uint64_t record, ts_ms time, ts_ms arrival, bool live, enum ts_run_mode mode)
{
    struct ts_run *run = &e->run;
    run->record = record;
    run->time = run->now = run->at = time;
    run->arrival = arrival;
    run->live = live;
    run->mode = mode;
    run->status = TS_OUTCOME_OK;
    run->n_slots = 0;
    run->subject = -1;
    run->profile = 0;
    run->body = run->subject_written = run->prelude = false;
    ts_buf_clear(&run->effects);
    run->changed.len = run->inner.len = run->wishes.len = run->counted.len = run->gifts.len = run->asked.len =
        run->askings.len = run->due.len = 0;
    if (run->looks.len) memset(run->looks.at, 0, run->looks.len); /* marks of one that was rolled back */
    run->inner_next = run->inner_total = 0;
    ts_arena_reset(&run->arena);
    ts_buf_clear(&run->puts);
    ts_buf_clear(&run->errors);
    run->n_errors = run->joins = run->created = 0;
    run->sweep = e->sweep;
    run->failed = run->over_limit = run->stuck = run->named = false;
    run->inner_depth = 0;
    run->reassess = 0;
    ts_sale_clear(&run->sale);
    run->disk = TS_OK;
    run->event = NULL;
    run->only = (struct ts_str){NULL, 0};
    run->slices = NULL;
    run->n_slices = run->cap_slices = 0;
    run->ledger = e->ledger;
    run->names = ts_names_total(e->names);
    ts_names_mark(e->names);
    run->idents = ts_idents_count(e->idents);
    run->moved = e->moved.len;
    run->reads = e->reads.len;
    run->ledger_out = e->ledger_out.len;
}

static struct ts_profile *pool_take(struct ts_engine *e)
{
    if (e->pool.len) return e->pool.at[--e->pool.len];
    struct ts_profile *p = ts_alloc(sizeof *p);
    if (p) ts_profile_init(p);
    return p;
}

/* Give the working copies back to the pool. Large ones are let go, so that one heavy member does not weigh for ever. */
static void run_drop(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    for (uint32_t i = 0; i < run->profiles.len; i++) {
        struct ts_profile *p = run->profiles.at[i];
        ts_profile_clear(p);
        struct ts_profile **slot = e->pool.len < 512 && p->series.cap < 65536 ? ts_vec_push(&e->pool) : NULL;
        if (slot) {
            *slot = p;
        } else {
            ts_profile_release(p);
            ts_free(p);
        }
    }
    run->profiles.len = 0;
    run->n_slots = 0;
    run->subject = -1;
    if (e->retired.rules) ts_force_release(&e->retired);
}

/* A record of one member has a handful of working copies, which are looked through; a slice, or a member joined from hundreds of
 * profiles, has so many that they are indexed. */
#define INDEX_FROM 32

static void index_put(struct ts_run *run, uint32_t at)
{
    uint64_t i = ts_mix(run->profiles.at[at]->number, 1) & run->index_mask;
    while (run->index[i])
        i = (i + 1) & run->index_mask;
    run->index[i] = at + 1;
}

/* The newest working copy joins the index; false: no memory. */
static bool index_newest(struct ts_run *run)
{
    uint32_t n = run->profiles.len;
    if (n < INDEX_FROM) return true;
    if (n > INDEX_FROM && run->index && n <= run->index_mask / 2) {
        index_put(run, n - 1);
        return true;
    }
    uint32_t mask = run->index ? run->index_mask : 1023;
    while (mask / 2 < n)
        mask = mask * 2 + 1;
    if (!run->index || mask != run->index_mask) {
        uint32_t *index = ts_realloc(run->index, ((size_t)mask + 1) * sizeof *index);
        if (!index) return false;
        run->index = index;
        run->index_mask = mask;
    }
    memset(run->index, 0, ((size_t)mask + 1) * sizeof *run->index);
    for (uint32_t i = 0; i < n; i++)
        index_put(run, i);
    return true;
}

static struct ts_profile *taken(const struct ts_run *run, uint64_t number)
{
    if (run->profiles.len < INDEX_FROM) {
        for (uint32_t i = 0; i < run->profiles.len; i++)
            if (run->profiles.at[i]->number == number) return run->profiles.at[i];
        return NULL;
    }
    for (uint64_t i = ts_mix(number, 1) & run->index_mask; run->index[i]; i = (i + 1) & run->index_mask)
        if (run->profiles.at[run->index[i] - 1]->number == number) return run->profiles.at[run->index[i] - 1];
    return NULL;
}

/* A place for a working copy of `number`, empty; NULL: run.failed. */
static struct ts_profile *profile_new(struct ts_engine *e, uint64_t number)
{
    struct ts_run *run = &e->run;
    struct ts_profile **slot = ts_vec_push(&run->profiles);
    struct ts_profile *p = slot ? pool_take(e) : NULL;
    if (!p) {
        if (slot) run->profiles.len--;
        run->failed = true;
        return NULL;
    }
    *slot = p;
    p->number = number;
    if (index_newest(run)) return p;
    run->profiles.len--;
    ts_profile_release(p);
    ts_free(p);
    run->failed = true;
    return NULL;
}

struct ts_profile *ts_run_profile(struct ts_engine *e, uint64_t number)
{
    struct ts_run *run = &e->run;
    struct ts_profile *p = taken(run, number);
    if (p) return p;
    struct ts_image image = ts_members_image(e->members, number);
    if (!(p = profile_new(e, number))) return NULL;
    if (image.data && ts_profile_decode(p, image.data, image.len) && p->number == number) return p;
    if (!image.data || !(p->failed || p->series.failed || p->wallet.failed)) run->disk = TS_E_DAMAGED;
    p->number = number;
    run->failed = true;
    return NULL;
}

static struct ts_slot *slot_new(struct ts_run *run, uint64_t number)
{
    if (run->n_slots == run->cap_slots) {
        uint32_t cap = run->cap_slots ? run->cap_slots * 2 : 16;
        struct ts_slot *p = ts_realloc(run->slots, cap * sizeof *p);
        if (!p) return NULL;
        memset(p + run->cap_slots, 0, (cap - run->cap_slots) * sizeof *p);
        run->slots = p;
        run->cap_slots = cap;
    }
    struct ts_slot *s = &run->slots[run->n_slots++];
    s->list.len = 0;
    s->number = number;
    return s;
}

static bool slot_add(struct ts_engine *e, struct ts_slot *s, struct ts_profile *p)
{
    struct ts_profile **at = p ? ts_vec_push(&s->list) : NULL;
    if (!at) {
        e->run.failed = true;
        return false;
    }
    *at = p;
    s->member.profiles = s->list.at;
    s->member.n = s->list.len;
    return true;
}

/* Head first, then the joined profiles. `others` belongs to the head's working copy, which stays in place. */
void ts_run_regroup(struct ts_engine *e, int32_t slot)
{
    struct ts_profile *head = e->run.slots[slot].list.at[0];
    e->run.slots[slot].list.len = 0;
    if (!slot_add(e, &e->run.slots[slot], head)) return;
    for (uint32_t i = 0; i < head->others.len; i++) {
        struct ts_profile *p = ts_run_profile(e, head->others.at[i]);
        if (!slot_add(e, &e->run.slots[slot], p)) return;
    }
}

int32_t ts_run_take(struct ts_engine *e, uint64_t member)
{
    struct ts_run *run = &e->run;
    for (uint32_t i = 0; i < run->n_slots; i++)
        if (run->slots[i].number == member) return (int32_t)i;
    struct ts_profile *head = ts_run_profile(e, member);
    struct ts_slot *s = head ? slot_new(run, member) : NULL;
    if (!s || !slot_add(e, s, head)) {
        run->failed = true;
        return -1;
    }
    int32_t index = (int32_t)run->n_slots - 1;
    if (head->others.len) ts_run_regroup(e, index);
    return run->failed ? -1 : index;
}

int32_t ts_run_create(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    struct ts_profile *p = profile_new(e, ts_members_count(e->members) + 1 + run->created);
    if (!p) return -1;
    p->member = p->wallet.profile = p->number;
    p->created = run->time;
    p->last_at = run->at;
    p->first_record = p->last_record = run->record;
    p->is_new = p->changed = true;
    struct ts_slot *s = slot_new(run, p->number);
    if (!s || !slot_add(e, s, p)) {
        run->failed = true;
        return -1;
    }
    run->created++;
    return (int32_t)run->n_slots - 1;
}

void ts_run_changed(struct ts_engine *e, enum ts_read_kind kind, uint32_t id)
{
    uint32_t item = TS_READ_ITEM(kind, id);
    for (uint32_t i = 0; i < e->run.changed.len; i++)
        if (e->run.changed.at[i] == item) return;
    uint32_t *slot = ts_vec_push(&e->run.changed);
    if (slot)
        *slot = item;
    else
        e->run.failed = true;
}

struct ts_str ts_run_keep(struct ts_engine *e, struct ts_str s)
{
    if (!s.ptr) return s;
    struct ts_str copy = ts_arena_dup(&e->run.arena, s);
    if (!copy.ptr) e->run.failed = true;
    return copy;
}

void ts_run_rollback(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    while (e->moved.len > run->moved) {
        struct ts_moved *m = &e->moved.at[--e->moved.len];
        ts_idents_move(e->idents, m->row, m->from);
    }
    ts_idents_truncate(e->idents, run->idents);
    ts_names_truncate(e->names, run->names);
    ts_condition_reads_truncate(e, run->reads);
    if (run->named) ts_bind_notices(e);
    e->ledger = run->ledger;
    e->ledger_out.len = run->ledger_out;
    e->ledger_out.failed = false;
    run_drop(e);
}

/* The images of all changed working copies, in memory of their own: pairs with run.profiles, NULL where unchanged. */
struct prepared {
    uint8_t *data;
    size_t len;
};

static bool prepare(struct ts_engine *e, struct prepared *out, uint64_t *digest)
{
    struct ts_run *run = &e->run;
    uint64_t d = ts_mix(run->record, run->status);
    for (uint32_t i = 0; i < run->profiles.len; i++) {
        struct ts_profile *p = run->profiles.at[i];
        out[i].data = NULL;
        if (!p->changed) continue;
        ts_buf_clear(&e->image);
        if (!ts_profile_encode(p, &e->image) || !(out[i].data = ts_alloc(e->image.len))) return false;
        memcpy(out[i].data, e->image.data, e->image.len);
        out[i].len = e->image.len;
        d += ts_hash(e->image.data, e->image.len, p->number); /* a sum: working copies stand in no particular order */
    }
    uint64_t head;
    memcpy(&head, e->ledger.head, sizeof head);
    d = ts_mix(d, head);
    d = ts_mix(d, ((uint64_t)ts_names_total(e->names) << 32) | ts_idents_count(e->idents));
    *digest = d;
    return true;
}

static bool hand_puts(struct ts_engine *e)
{
    struct ts_reader r = ts_reader(e->run.puts.data, e->run.puts.len);
    while (r.p < r.end) {
        struct ts_str key = ts_read_str(&r), value = ts_read_str(&r);
        if (!e->host.cold_put(e->host.arg, key, value)) return false;
    }
    return true;
}

static bool hand_errors(struct ts_engine *e)
{
    struct ts_reader r = ts_reader(e->run.errors.data, e->run.errors.len);
    while (r.p < r.end) {
        struct ts_rule_error x = {.record = e->run.record, .at = e->run.time};
        x.member = ts_read_varint(&r);
        x.rule = (uint32_t)ts_read_varint(&r);
        x.line = (uint32_t)ts_read_varint(&r);
        x.stopped = ts_read_byte(&r) != 0;
        x.message = ts_read_str(&r);
        x.file = ts_read_str(&r);
        struct ts_rule_name name;
        if (ts_rule_name_split(ts_names_text(e->names, TS_SPACE_RULE, x.rule), &name)) {
            x.rule_name = name.name;
            x.version = name.version;
        } else {
            x.rule_name = x.stopped ? TS_STR("internal events") : TS_STR("identity");
        }
        if (e->run.event) x.event = e->run.event->name;
        if (!e->host.error(e->host.arg, &x)) return false;
    }
    return true;
}

static void publish(struct ts_engine *e, struct prepared *images)
{
    struct ts_run *run = &e->run;
    for (uint32_t i = 0; i < run->profiles.len; i++) {
        struct ts_profile *p = run->profiles.at[i];
        if (images[i].data) ts_members_put(e->members, p->number, p->member, images[i].data, images[i].len, false);
    }
    for (uint32_t i = 0; i < run->profiles.len; i++) {
        struct ts_profile *p = run->profiles.at[i];
        if (images[i].data && p->member != p->number) ts_timers_set(&e->timers, p->number, TS_NEVER);
    }
    for (uint32_t i = 0; i < run->n_slots; i++) {
        struct ts_member *m = &run->slots[i].member;
        if (m->profiles[0]->member != m->profiles[0]->number) continue; /* joined away in this record */
        ts_ms due = TS_NEVER;
        for (uint32_t k = 0; k < m->n; k++) {
            ts_ms d = ts_profile_next_due(m->profiles[k]);
            if (d < due) due = d;
        }
        ts_timers_set(&e->timers, m->profiles[0]->number, due);
    }
}

enum ts_code ts_run_commit(struct ts_engine *e, enum ts_record_kind kind, struct ts_str payload,
                           struct ts_str message_id, uint64_t *ret_digest, struct ts_error *err)
{
    struct ts_run *run = &e->run;
    struct prepared few[16], *images = few;
    uint64_t member = run->subject >= 0 && kind != TS_RECORD_SLICE ? ts_run_head(e)->number : 0;
    uint64_t digest = 0;
    struct ts_profile *own = run->profile ? ts_run_profile(e, run->profile) : NULL;
    if (own) {
        own->last_record = run->record;
        own->records++;
        own->changed = true;
        if (run->at > own->last_at) own->last_at = run->at;
    }
    bool ok = !run->failed;
    if (ok && run->profiles.len > TS_ARRAY_LEN(few))
        ok = (images = ts_alloc(run->profiles.len * sizeof *images)) != NULL;
    for (uint32_t i = 0; ok && i < run->profiles.len; i++)
        images[i].data = NULL;
    bool prepared = ok;
    ok = ok && prepare(e, images, &digest) && ts_members_reserve(e->members, run->profiles.len + 1) == TS_OK &&
         ts_timers_reserve(&e->timers, ts_members_count(e->members) + run->created + 1, run->n_slots);
    ts_run_outcome(e, member);
    ok = ok && !e->outcome.failed && !run->puts.failed && !run->errors.failed && !e->ledger_out.failed;
    bool host = true;
    if (ok && run->mode == TS_RUN_LIVE) {
        struct ts_row row = {.record = run->record,
                             .time = run->time,
                             .received_at = run->arrival,
                             .kind = (uint8_t)kind,
                             .rules = e->rules_record,
                             .profile = run->profile,
                             .prev = own && !own->is_new ? own->previous_record : 0,
                             .digest = digest,
                             .message_id = message_id,
                             .payload = payload,
                             .outcome = ts_str((const char *)e->outcome.data, e->outcome.len)};
        host = e->host.row(e->host.arg, &row) && hand_puts(e) && hand_errors(e);
    } else if (ok) {
        host = hand_puts(e);
    }
    if (!ok || !host) {
        for (uint32_t i = 0; prepared && i < run->profiles.len; i++)
            ts_free(images[i].data);
        if (images != few) ts_free(images);
        ts_run_rollback(e);
        return ok ? ts_fail(err, TS_E_DISK, "record %llu could not be queued for the journal",
                            (unsigned long long)run->record)
                  : ts_fail(err, TS_E_MEMORY, "out of memory at record %llu; it was rolled back",
                            (unsigned long long)run->record);
    }
    publish(e, images);
    if (images != few) ts_free(images);
    e->record = run->record;
    e->clock = run->time;
    e->sweep = run->sweep;
    if (run->arrival > e->received_at) e->received_at = run->arrival;
    if (ret_digest) *ret_digest = digest;
    if (run->named) ts_bind_notices(e);
    run_drop(e);
    return TS_OK;
}
