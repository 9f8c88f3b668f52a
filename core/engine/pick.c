/* SPDX-License-Identifier: Apache-2.0 */
/* Which earnings can concern an event? Where a brand has a hundred of them, most ask for one value of one field (`where = { category =
 * "beans" }`): these are found by the value that the event has, and only the others are looked at one by one. It chooses whom to look
 * at; whether an earning applies is still decided by its whole `where`. */
#include <stdlib.h>

#include "engine/internal.h"

#define PICK_LEAST 4 /* of fewer each is looked at */

/* The condition that an earning can be found by: texts that one field must have; NULL: none. */
static const struct ts_where *key_of(const struct ts_earn_decl *d)
{
    if (d->each.ptr) return NULL; /* the fields are those of items */
    for (uint32_t i = 0; i < d->where.n; i++) {
        const struct ts_where *w = &d->where.at[i];
        uint32_t texts = 0;
        for (uint32_t k = 0; k < w->n_values; k++)
            texts += w->values[k].kind == TS_WHERE_TEXT;
        if (texts && texts == w->n_values && !w->except) return w;
    }
    return NULL;
}

static int by_field_and_text(const void *x, const void *y)
{
    const struct ts_pick_value *a = x, *b = y;
    int order = ts_str_cmp(a->field, b->field);
    return order ? order : ts_str_cmp(a->text, b->text);
}

bool ts_pick_build(struct ts_pick *p, const struct ts_earn_decl *const *earns, uint32_t n)
{
    uint32_t words = (n + 63) / 64;
    memset(p, 0, sizeof *p);
    if (n < PICK_LEAST) return true;
    p->always = ts_alloc((size_t)words * 2 * sizeof *p->always);
    if (!p->always) return false;
    memset(p->always, 0, (size_t)words * 2 * sizeof *p->always);
    p->mark = p->always + words;
    for (uint32_t i = 0; i < n; i++) {
        const struct ts_where *w = key_of(earns[i]);
        if (!w) p->always[i / 64] |= UINT64_C(1) << (i % 64);
        for (uint32_t k = 0; w && k < w->n_values; k++) {
            struct ts_pick_value *v = ts_vec_push(&p->values);
            if (!v) return false;
            *v = (struct ts_pick_value){w->field, w->values[k].text, i};
        }
    }
    if (p->values.len) qsort(p->values.at, p->values.len, sizeof *p->values.at, by_field_and_text);
    p->words = p->values.len ? words : 0;
    return true;
}

void ts_pick_release(struct ts_pick *p)
{
    ts_free(p->always);
    ts_vec_release(&p->values);
    memset(p, 0, sizeof *p);
}

/* The first of values[from, to) that is not below `text`. */
static uint32_t lower_bound(const struct ts_pick *p, uint32_t from, uint32_t to, struct ts_str text)
{
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (ts_str_cmp(p->values.at[middle].text, text) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static uint32_t field_end(const struct ts_pick *p, uint32_t from)
{
    uint32_t to = from + 1;
    while (to < p->values.len && ts_str_eq(p->values.at[to].field, p->values.at[from].field))
        to++;
    return to;
}

const uint64_t *ts_pick_event(const struct ts_pick *p, const struct ts_event_view *ev)
{
    if (!p->words) return NULL;
    memcpy(p->mark, p->always, p->words * sizeof *p->mark);
    for (uint32_t from = 0, to; from < p->values.len; from = to) {
        to = field_end(p, from);
        const struct ts_json_node *n =
            ev->json && ev->properties ? ts_json_get(ev->json, ev->properties, p->values.at[from].field) : NULL;
        if (!n || n->type != TS_JSON_STRING) continue;
        for (uint32_t i = lower_bound(p, from, to, n->text); i < to && ts_str_eq(p->values.at[i].text, n->text); i++)
            p->mark[p->values.at[i].earn / 64] |= UINT64_C(1) << (p->values.at[i].earn % 64);
    }
    return p->mark;
}
