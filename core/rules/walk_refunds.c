/* SPDX-License-Identifier: Apache-2.0 */
/* Into the program: which events take which others back, and by what fields. */
#include "rules/walk.h"

static void read_refund(struct ts_walk *w, void *item)
{
    struct ts_refund_decl *r = item;
    r->name = ts_walk_str(w, "name");
    r->origin = ts_walk_origin(w);
    r->of = ts_walk_str(w, "of");
    r->by = ts_walk_str(w, "by");
    r->amount = ts_walk_str(w, "amount");
    r->lines = ts_walk_str(w, "lines");
    r->line = ts_walk_str(w, "key");
    r->quantity = ts_walk_str(w, "quantity");
}

void ts_walk_refunds(struct ts_walk *w) { TS_WALK_ARRAY(w, "refunds", &w->p->refunds, read_refund); }
