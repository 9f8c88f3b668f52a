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
    ts_buf_varint(b, e->reads_item.len);
    for (uint32_t i = 0; i < e->reads_item.len; i++) {
        ts_buf_varint(b, e->reads_condition.at[i]);
        ts_buf_varint(b, e->reads_item.at[i]);
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

enum ts_code ts_engine_load_name(struct ts_engine *e, enum ts_space space, struct ts_str text, struct ts_error *err)
{
    if (space == 0 || space >= TS_SPACE_COUNT)
        return ts_fail(err, TS_E_DAMAGED, "a name has the unknown space %d", (int)space);
    return ts_names_intern(e->names, space, text) ? TS_OK : ts_fail(err, TS_E_MEMORY, "out of memory for names");
}

enum ts_code ts_engine_load_ident(struct ts_engine *e, uint32_t kind, struct ts_str value, uint64_t profile,
                                  struct ts_error *err)
{
    return ts_idents_add(e->idents, kind, value, profile) ? TS_OK
                                                          : ts_fail(err, TS_E_MEMORY, "out of memory for identifiers");
}

/* The next due instant of a member is of all its profiles, which come in order of number: the least so far is kept, and a joined
 * profile's counts for its head. */
static bool load_due(struct ts_engine *e, const struct ts_profile *p)
{
    uint64_t high = p->member > p->number ? p->member : p->number;
    if (!ts_timers_reserve(&e->timers, high)) return false;
    ts_ms due = ts_profile_next_due(p);
    uint32_t at = e->timers.position[p->member];
    if (at && e->timers.heap[at - 1].due <= due) return true;
    ts_timers_set(&e->timers, p->member, due);
    return true;
}

enum ts_code ts_engine_load_image(struct ts_engine *e, uint64_t number, const uint8_t *image, size_t len,
                                  struct ts_error *err)
{
    if (!e->loading) {
        if (!(e->loading = ts_alloc(sizeof *e->loading))) return ts_fail(err, TS_E_MEMORY, "out of memory for images");
        ts_profile_init(e->loading);
    }
    if (number != ts_members_count(e->members) + 1)
        return ts_fail(err, TS_E_DAMAGED, "image %llu does not follow image %llu", (unsigned long long)number,
                       (unsigned long long)ts_members_count(e->members));
    if (!ts_profile_decode(e->loading, image, len) || e->loading->number != number || e->loading->member == 0)
        return ts_fail(err, TS_E_DAMAGED, "image %llu cannot be read", (unsigned long long)number);
    uint8_t *copy = ts_alloc(len);
    if (!copy || ts_members_reserve(e->members, 1) != TS_OK || !load_due(e, e->loading)) {
        ts_free(copy);
        return ts_fail(err, TS_E_MEMORY, "out of memory for images");
    }
    memcpy(copy, image, len);
    ts_members_put(e->members, number, e->loading->member, copy, len, true);
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
    if (r->bad) return ts_fail(err, TS_E_DAMAGED, "the checkpoint's figures cannot be read");
    if (sources) {
        enum ts_code code = ts_load_sources(e, sources, err);
        if (code != TS_OK) return code;
    }
    if (e->loading) {
        ts_profile_release(e->loading);
        ts_free(e->loading);
        e->loading = NULL;
    }
    e->cut_names = ts_names_total(e->names);
    e->cut_idents = ts_idents_count(e->idents);
    return TS_OK;
}
