/* SPDX-License-Identifier: Apache-2.0 */
/* The conditions of a program, and which of them read an item of a member's state: when the item changes, these are looked at
 * again. What a condition has read is remembered in the state, so it holds over versions of the rules. */
#include "engine/bind.h"

void ts_condition_add(struct ts_engine *e, struct ts_condition condition, bool *ok)
{
    struct ts_binding *b = &e->bind;
    struct ts_condition *c = ts_vec_push(&b->conditions);
    if (c && condition.id >= b->n_condition_at) {
        uint32_t n = condition.id + 16, *at = ts_realloc(b->condition_at, n * sizeof *at);
        if (at) {
            memset(at + b->n_condition_at, 0, (n - b->n_condition_at) * sizeof *at);
            b->condition_at = at;
            b->n_condition_at = n;
        }
    }
    if (!c || condition.id >= b->n_condition_at) {
        *ok = false;
        return;
    }
    *c = condition;
    b->condition_at[condition.id] = b->conditions.len;
}

uint32_t ts_condition_find(const struct ts_engine *e, uint32_t id)
{
    return id < e->bind.n_condition_at ? e->bind.condition_at[id] - 1 : UINT32_MAX; /* 0 - 1: not declared */
}

/* Where `item` stands in the order of items, or where it would. */
static uint32_t item_place(const struct ts_binding *b, uint32_t item)
{
    uint32_t low = 0, high = b->items.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (b->items.at[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct ts_item_conditions *ts_item_readers(const struct ts_engine *e, uint32_t item)
{
    uint32_t i = item_place(&e->bind, item);
    return i < e->bind.items.len && e->bind.items.at[i].item == item ? &e->bind.items.at[i] : NULL;
}

static bool item_add(struct ts_binding *b, uint32_t item, uint32_t condition)
{
    uint32_t i = item_place(b, item);
    if (i == b->items.len || b->items.at[i].item != item) {
        if (!ts_vec_push(&b->items)) return false;
        memmove(&b->items.at[i + 1], &b->items.at[i], (b->items.len - 1 - i) * sizeof *b->items.at);
        b->items.at[i] = (struct ts_item_conditions){.item = item};
    }
    uint32_t *at = ts_vec_push(&b->items.at[i].conditions);
    if (at) *at = condition;
    return at != NULL;
}

bool ts_condition_index(struct ts_engine *e)
{
    for (uint32_t i = 0; i < e->reads.len; i++) {
        uint32_t k = ts_condition_find(e, e->reads.at[i].condition);
        if (k != UINT32_MAX && !item_add(&e->bind, e->reads.at[i].item, k)) return false;
    }
    return true;
}

/* From now on condition `id` is looked at whenever `item` changes. */
bool ts_condition_reads(struct ts_engine *e, uint32_t id, uint32_t item)
{
    struct ts_reading *r = ts_vec_push(&e->reads);
    if (!r) return false;
    *r = (struct ts_reading){id, item};
    uint32_t k = ts_condition_find(e, id);
    if (k == UINT32_MAX || item_add(&e->bind, item, k)) return true;
    e->reads.len--;
    return false;
}

/* The newest go first, so each is the last of its item: nothing is allocated, a rollback cannot fail. */
void ts_condition_reads_truncate(struct ts_engine *e, uint32_t len)
{
    for (; e->reads.len > len; e->reads.len--) {
        const struct ts_reading *r = &e->reads.at[e->reads.len - 1];
        uint32_t i = item_place(&e->bind, r->item);
        if (i == e->bind.items.len || e->bind.items.at[i].item != r->item) continue;
        struct ts_item_conditions *c = &e->bind.items.at[i];
        if (c->conditions.len && e->bind.conditions.at[c->conditions.at[c->conditions.len - 1]].id == r->condition)
            c->conditions.len--;
    }
}
