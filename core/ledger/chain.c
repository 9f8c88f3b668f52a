/* SPDX-License-Identifier: Apache-2.0 */
/* The hash chain over transactions: head = BLAKE2b-256(previous head || canonical bytes). An entry that is edited,
 * dropped or moved later breaks every head from there on, and `verify` says where. */
#include "ledger/ledger.h"

#include <sodium.h>

/* Canonical bytes are collected here and hashed a buffer at a time: a movement of an ordinary size is one update of one
 * or two BLAKE2b blocks, and a spend over 255 profiles needs no allocation. */
struct canonical {
    crypto_generichash_state state;
    size_t len;
    uint8_t bytes[1024];
};

static void flush(struct canonical *c)
{
    crypto_generichash_update(&c->state, c->bytes, c->len);
    c->len = 0;
}

static void add_varint(struct canonical *c, uint64_t v)
{
    if (c->len + 10 > sizeof c->bytes) flush(c);
    while (v >= 0x80) {
        c->bytes[c->len++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    c->bytes[c->len++] = (uint8_t)v;
}

static void add_zigzag(struct canonical *c, int64_t v) { add_varint(c, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63)); }

static void add_bytes(struct canonical *c, const void *p, size_t n)
{
    if (c->len + n > sizeof c->bytes) flush(c);
    if (n > sizeof c->bytes) {
        crypto_generichash_update(&c->state, p, n);
        return;
    }
    if (n > 0) memcpy(c->bytes + c->len, p, n);
    c->len += n;
}

void ts_ledger_chain(const uint8_t previous[32], const struct ts_transaction *t, uint8_t ret_head[32])
{
    struct canonical c;
    c.len = 0;
    crypto_generichash_init(&c.state, NULL, 0, 32);
    add_bytes(&c, previous, 32);
    add_varint(&c, t->id);
    add_varint(&c, t->seq);
    add_varint(&c, t->movement);
    add_varint(&c, t->record);
    add_zigzag(&c, t->at);
    add_varint(&c, t->rule);
    add_varint(&c, t->lot);
    add_varint(&c, t->of);
    add_zigzag(&c, t->desired);
    add_varint(&c, t->note.ptr ? (uint64_t)t->note.len + 1 : 0); /* an absent note is not an empty one */
    if (t->note.ptr) add_bytes(&c, t->note.ptr, t->note.len);
    add_varint(&c, t->n_entries);
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        add_varint(&c, e->account);
        add_varint(&c, e->profile);
        add_varint(&c, e->points);
        add_zigzag(&c, e->amount);
    }
    flush(&c);
    crypto_generichash_final(&c.state, ret_head, 32);
}
