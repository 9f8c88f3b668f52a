/* SPDX-License-Identifier: Apache-2.0 */
/* State to checkpoint and back. A cut hands over the images that changed (held, not copied), the new names and identifiers, the ledger's
 * transactions since the last one, and one blob of the engine's own figures. */
#include "engine/internal.h"

#define META_FORMAT 1

bool ts_transaction_encode(const struct ts_transaction *t, struct ts_buf *b)
{
    ts_buf_varint(b, t->id);
    ts_buf_varint(b, t->seq);
    ts_buf_byte(b, t->movement);
    ts_buf_varint(b, t->record);
    ts_buf_zigzag(b, t->at);
    ts_buf_varint(b, t->rule);
    ts_buf_varint(b, t->lot);
    ts_buf_varint(b, t->of);
    ts_buf_zigzag(b, t->desired);
    ts_buf_str(b, t->note);
    ts_buf_varint(b, t->n_entries);
    for (uint32_t i = 0; i < t->n_entries; i++) {
        ts_buf_byte(b, t->entries[i].account);
        ts_buf_varint(b, t->entries[i].profile);
        ts_buf_varint(b, t->entries[i].points);
        ts_buf_zigzag(b, t->entries[i].amount);
    }
    return ts_buf_add(b, t->head, sizeof t->head);
}

bool ts_transaction_decode(struct ts_reader *r, struct ts_transaction *t)
{
    t->id = ts_read_varint(r);
    t->seq = ts_read_varint(r);
    t->movement = ts_read_byte(r);
    t->record = ts_read_varint(r);
    t->at = ts_read_zigzag(r);
    t->rule = (uint32_t)ts_read_varint(r);
    t->lot = ts_read_varint(r);
    t->of = ts_read_varint(r);
    t->desired = ts_read_zigzag(r);
    t->note = ts_read_str(r);
    uint64_t n = ts_read_varint(r);
    if (n > TS_ENTRIES_MAX) {
        r->bad = true;
        return false;
    }
    t->n_entries = (uint32_t)n;
    for (uint32_t i = 0; i < t->n_entries; i++) {
        t->entries[i].account = ts_read_byte(r);
        t->entries[i].profile = ts_read_varint(r);
        t->entries[i].points = (uint32_t)ts_read_varint(r);
        t->entries[i].amount = ts_read_zigzag(r);
    }
    struct ts_str head = ts_read_bytes(r, sizeof t->head);
    if (r->bad) return false;
    memcpy(t->head, head.ptr, sizeof t->head);
    return true;
}

static void put_ledger(struct ts_buf *b, const struct ts_ledger *l)
{
    ts_buf_varint(b, l->transactions);
    ts_buf_varint(b, l->entries);
    ts_buf_add(b, l->head, sizeof l->head);
    for (int c = 0; c < TS_CURRENCIES_MAX; c++) {
        bool used = false;
        for (int a = 0; a < TS_ACCOUNT_COUNT; a++)
            used |= l->brand[c][a] || l->members[c][a];
        ts_buf_byte(b, used);
        for (int a = 0; used && a < TS_ACCOUNT_COUNT; a++) {
            ts_buf_zigzag(b, l->brand[c][a]);
            ts_buf_zigzag(b, l->members[c][a]);
        }
    }
}

static void get_ledger(struct ts_reader *r, struct ts_ledger *l)
{
    l->transactions = ts_read_varint(r);
    l->entries = ts_read_varint(r);
    struct ts_str head = ts_read_bytes(r, sizeof l->head);
    if (r->bad) return;
    memcpy(l->head, head.ptr, sizeof l->head);
    for (int c = 0; c < TS_CURRENCIES_MAX; c++) {
        if (!ts_read_byte(r)) continue;
        for (int a = 0; a < TS_ACCOUNT_COUNT; a++) {
            l->brand[c][a] = ts_read_zigzag(r);
            l->members[c][a] = ts_read_zigzag(r);
        }
    }
}

static bool put_meta(struct ts_engine *e, struct ts_buf *b)
{
    ts_buf_byte(b, META_FORMAT);
    ts_buf_varint(b, TS_ENGINE_NUMBER);
    ts_buf_varint(b, e->record);
    ts_buf_varint(b, e->rules_record);
    ts_buf_varint(b, e->events);
    ts_buf_zigzag(b, e->clock);
    ts_buf_zigzag(b, e->received_at);
    ts_buf_varint(b, e->sweep);
    put_ledger(b, &e->ledger);
    ts_buf_varint(b, e->reads.len);
    for (uint32_t i = 0; i < e->reads.len; i++) {
        ts_buf_varint(b, e->reads.at[i].condition);
        ts_buf_varint(b, e->reads.at[i].item);
    }
    return !b->failed;
}

static struct ts_str own(struct ts_buf *b)
{
    struct ts_str s = {(const char *)b->data, b->len};
    uint64_t max = b->max;
    memset(b, 0, sizeof *b);
    ts_buf_init(b, max);
    return s;
}

enum ts_code ts_engine_cut(struct ts_engine *e, struct ts_cut *ret, struct ts_error *err)
{
    struct ts_buf meta;
    memset(ret, 0, sizeof *ret);
    ts_buf_init(&meta, 0);
    uint32_t *moved = ts_alloc((e->moved.len + 1) * sizeof *moved);
    if (!moved || !put_meta(e, &meta) || ts_members_cut(e->members, &ret->images, &ret->n_images) != TS_OK) {
        ts_free(moved);
        ts_buf_release(&meta);
        return ts_fail(err, TS_E_MEMORY, "out of memory for a checkpoint");
    }
    ret->record = e->record;
    ret->names_from = e->cut_names;
    ret->names_to = e->cut_names = ts_names_total(e->names);
    ret->idents_from = e->cut_idents;
    ret->idents_to = e->cut_idents = ts_idents_count(e->idents);
    for (uint32_t i = 0; i < e->moved.len; i++)
        if (e->moved.at[i].row <= ret->idents_from) moved[ret->n_moved++] = e->moved.at[i].row;
    ret->moved = moved;
    e->moved.len = 0;
    ret->ledger = own(&e->ledger_out);
    ret->meta = own(&meta);
    return TS_OK;
}

void ts_engine_release(struct ts_engine *e, struct ts_cut *cut)
{
    ts_members_release(e->members, cut->images, cut->n_images);
    ts_free(cut->moved);
    ts_free((void *)cut->ledger.ptr);
    ts_free((void *)cut->meta.ptr);
    memset(cut, 0, sizeof *cut);
}

/* ---- loading: everything that is used as an index later is checked here, once ---- */

enum ts_code ts_engine_load_name(struct ts_engine *e, enum ts_space space, struct ts_str text, struct ts_error *err)
{
    if (space == 0 || space >= TS_SPACE_COUNT)
        return ts_fail(err, TS_E_DAMAGED, "a name has the unknown space %d", (int)space);
    uint32_t index =
        e->loaded_names++; /* the first are those of the built-in program, which a new engine has already */
    if (index == ts_names_total(e->names) && !ts_names_intern(e->names, space, text))
        return ts_fail(err, TS_E_MEMORY, "out of memory for names");
    enum ts_space there = TS_SPACE_COUNT;
    struct ts_str name = {NULL, 0};
    if (index < ts_names_total(e->names)) ts_names_at(e->names, index, &there, &name);
    if (there == space && ts_str_eq(name, text)) return TS_OK;
    return ts_fail(err, TS_E_DAMAGED, "name %u of the checkpoint is not in its place", index + 1);
}

enum ts_code ts_engine_load_ident(struct ts_engine *e, uint32_t kind, struct ts_str value, uint64_t profile,
                                  struct ts_error *err)
{
    if (profile == 0 || !ts_names_text(e->names, TS_SPACE_IDENTIFIER, kind).ptr)
        return ts_fail(err, TS_E_DAMAGED, "identifier %u is of no kind or of nobody", ts_idents_count(e->idents) + 1);
    if (ts_idents_add(e->idents, kind, value, profile)) return TS_OK;
    if (profile > UINT32_MAX || ts_idents_find(e->idents, kind, value))
        return ts_fail(err, TS_E_DAMAGED, "identifier %u is there twice, or of nobody", ts_idents_count(e->idents) + 1);
    return ts_fail(err, TS_E_MEMORY, "out of memory for identifiers");
}

/* The next due instant of a member is of all its profiles, which come in order of number: the least so far is kept, and a joined
 * profile's counts for its head, which may be still to come. */
static bool load_due(struct ts_engine *e, uint64_t member, ts_ms due)
{
    if (due == TS_NEVER) return true;
    uint32_t at = e->timers.position[member];
    if (at && e->timers.heap[at - 1].due <= due) return true;
    if (!ts_timers_reserve(&e->timers, member, 1)) return false;
    ts_timers_set(&e->timers, member, due);
    return true;
}

static bool load_ahead(struct ts_engine *e, uint64_t member, ts_ms due)
{
    struct ts_timer *t = ts_vec_push(&e->ahead);
    if (t) *t = (struct ts_timer){due, (uint32_t)member};
    return t != NULL;
}

static bool image_fits(const struct ts_engine *e, const struct ts_profile *p, uint64_t number)
{
    if (p->number != number || p->member == 0 || p->member > UINT32_MAX || p->others.len > UINT32_MAX / 2) return false;
    if (p->member < number && ts_members_living(e->members, p->member) != p->member) return false;
    for (uint32_t i = 0; i < p->identifiers.len; i++)
        if (p->identifiers.at[i].row == 0 || p->identifiers.at[i].row > ts_idents_count(e->idents)) return false;
    for (uint32_t i = 0; i < p->wallet.lots.len; i++)
        if (p->wallet.lots.at[i].state == TS_LOT_PENDING &&
            p->wallet.lots.at[i].expires <= p->wallet.lots.at[i].activates)
            return false;
    for (uint32_t i = 0; i < p->others.len; i++)
        if (p->others.at[i] == number || p->others.at[i] == 0) return false;
    return ts_wallet_valid(&p->wallet, NULL);
}

enum ts_code ts_engine_load_image(struct ts_engine *e, uint64_t number, const uint8_t *image, size_t len,
                                  struct ts_error *err)
{
    if (!e->loading) {
        if (!(e->loading = ts_alloc(sizeof *e->loading))) return ts_fail(err, TS_E_MEMORY, "out of memory for images");
        ts_profile_init(e->loading);
    }
    struct ts_profile *p = e->loading;
    if (number != ts_members_count(e->members) + 1)
        return ts_fail(err, TS_E_DAMAGED, "image %llu does not follow image %llu", (unsigned long long)number,
                       (unsigned long long)ts_members_count(e->members));
    if (!ts_profile_decode(p, image, len) || !image_fits(e, p, number)) {
        if (p->failed || p->series.failed || p->wallet.failed)
            return ts_fail(err, TS_E_MEMORY, "out of memory for images");
        return ts_fail(err, TS_E_DAMAGED, "image %llu cannot be read", (unsigned long long)number);
    }
    uint8_t *copy = ts_alloc(len);
    ts_ms due = ts_profile_next_due(p);
    if (!copy || ts_members_reserve(e->members, 1) != TS_OK || !ts_timers_reserve(&e->timers, number, 1) ||
        !(p->member > number ? load_ahead(e, p->member, due) : load_due(e, p->member, due))) {
        ts_free(copy);
        return ts_fail(err, TS_E_MEMORY, "out of memory for images");
    }
    memcpy(copy, image, len);
    ts_members_put(e->members, number, p->member, copy, len, true);
    return TS_OK;
}

/* Now that all images are there: those that named a later one, and the owners of identifiers. */
static enum ts_code load_owners(struct ts_engine *e, struct ts_error *err)
{
    for (uint32_t i = 0; i < e->ahead.len; i++) {
        uint32_t member = e->ahead.at[i].member;
        if (ts_members_living(e->members, member) != member)
            return ts_fail(err, TS_E_DAMAGED, "a profile was joined into m%u, who does not exist", member);
        if (!load_due(e, member, e->ahead.at[i].due)) return ts_fail(err, TS_E_MEMORY, "out of memory for images");
    }
    for (uint32_t row = 1; row <= ts_idents_count(e->idents); row++)
        if (ts_idents_profile(e->idents, row) > ts_members_count(e->members))
            return ts_fail(err, TS_E_DAMAGED, "identifier %u belongs to nobody", row);
    ts_vec_release(&e->ahead);
    if (!e->loading) return TS_OK;
    ts_profile_release(e->loading);
    ts_free(e->loading);
    e->loading = NULL;
    return TS_OK;
}

enum ts_code ts_engine_load_meta(struct ts_engine *e, struct ts_str meta, const struct ts_sources *sources,
                                 struct ts_error *err)
{
    struct ts_reader reader = ts_reader(meta.ptr, meta.len), *r = &reader;
    if (ts_read_byte(r) != META_FORMAT) return ts_fail(err, TS_E_DAMAGED, "the checkpoint's figures cannot be read");
    uint64_t engine = ts_read_varint(r);
    if (engine != TS_ENGINE_NUMBER)
        return ts_fail(err, engine > TS_ENGINE_NUMBER ? TS_E_NEWER : TS_E_DAMAGED,
                       "the checkpoint is of engine number %llu, this is %d", (unsigned long long)engine,
                       TS_ENGINE_NUMBER);
    e->record = ts_read_varint(r);
    e->rules_record = ts_read_varint(r);
    e->events = ts_read_varint(r);
    e->clock = ts_read_zigzag(r);
    e->received_at = ts_read_zigzag(r);
    e->sweep = ts_read_varint(r);
    get_ledger(r, &e->ledger);
    for (uint64_t n = ts_read_varint(r); n && !r->bad; n--) {
        uint32_t condition = (uint32_t)ts_read_varint(r), item = (uint32_t)ts_read_varint(r);
        if (!ts_condition_reads(e, condition, item)) return ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    if (e->loaded_names < ts_names_total(e->names))
        return ts_fail(err, TS_E_DAMAGED, "names of the checkpoint are missing");
    if (r->bad || r->p != r->end || !ts_ms_sane(e->clock) || !ts_ms_sane(e->received_at))
        return ts_fail(err, TS_E_DAMAGED, "the checkpoint's figures cannot be read");
    enum ts_code code = load_owners(e, err);
    if (code == TS_OK && sources) code = ts_load_sources(e, sources, err);
    if (code != TS_OK) return code;
    e->cut_names = e->loaded_names;
    e->cut_idents = ts_idents_count(e->idents);
    return TS_OK;
}
