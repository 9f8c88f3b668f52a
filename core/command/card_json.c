/* SPDX-License-Identifier: Apache-2.0 */
/* The member object of CONTRACT.md. */
#include <inttypes.h>
#include <stdlib.h>

#include "command/card.h"

static void identifiers(struct ts_card *c, struct ts_doc *d, cJSON *o)
{
    cJSON *list = ts_doc_array(d, o, "identifiers");
    const struct ts_idents *idents = ts_engine_idents(c->engine);
    for (uint32_t p = 0; p < c->view.member.n; p++) {
        const struct ts_profile *profile = c->view.member.profiles[p];
        for (uint32_t i = 0; i < profile->identifiers.len; i++) {
            uint32_t kind;
            struct ts_str value;
            uint64_t owner;
            ts_idents_get(idents, profile->identifiers.at[i].row, &kind, &value, &owner);
            if (owner != profile->number) continue; /* a weak one that moved on */
            bool strong = false;
            for (uint32_t k = 0; k < c->program->identifiers.n; k++)
                if (c->program->identifiers.at[k].id == kind) strong = c->program->identifiers.at[k].strong;
            cJSON *item = ts_doc_object(d, list, NULL);
            ts_doc_str(d, item, "kind", ts_names_text(c->names, TS_SPACE_IDENTIFIER, kind));
            ts_doc_str(d, item, "value", value);
            ts_doc_text(d, item, "strength", strong ? "strong" : "weak");
        }
    }
}

static void traits(struct ts_card *c, struct ts_doc *d, cJSON *o)
{
    cJSON *object = ts_doc_object(d, o, "traits");
    const struct ts_profile *head = ts_member_head(&c->view.member);
    for (uint32_t i = 0; i < head->traits.len; i++) {
        const struct ts_trait *t = &head->traits.at[i];
        struct ts_str class = {NULL, 0};
        for (uint32_t k = 0; k < c->program->traits.n; k++)
            if (c->program->traits.at[k].id == t->trait) class = c->program->traits.at[k].class;
        cJSON *item = ts_doc_object(d, object, ts_names_text(c->names, TS_SPACE_TRAIT, t->trait).ptr);
        ts_doc_raw(d, item, "value", t->json);
        ts_doc_str(d, item, "class", class);
        ts_doc_time(d, item, "at", t->at);
    }
}

static void tags(struct ts_card *c, struct ts_doc *d, cJSON *o)
{
    cJSON *list = ts_doc_array(d, o, "tags");
    const struct ts_profile *head = ts_member_head(&c->view.member);
    for (uint32_t i = 0; i < head->tags.len; i++) {
        const struct ts_tag *t = &head->tags.at[i];
        if (t->until <= c->at) continue;
        cJSON *item = ts_doc_object(d, list, NULL);
        ts_doc_str(d, item, "name", ts_names_text(c->names, TS_SPACE_TAG, t->tag));
        ts_doc_time(d, item, "since", t->since);
        ts_doc_time(d, item, "until", t->until);
    }
}

static void segments(struct ts_card *c, struct ts_doc *d, cJSON *o)
{
    cJSON *list = ts_doc_array(d, o, "segments");
    const struct ts_profile *head = ts_member_head(&c->view.member);
    for (uint32_t i = 0; i < head->segments.len; i++) {
        const struct ts_segment_state *s = &head->segments.at[i];
        cJSON *item = ts_doc_object(d, list, NULL);
        ts_doc_str(d, item, "name", ts_names_text(c->names, TS_SPACE_SEGMENT, s->segment));
        ts_doc_time(d, item, "since", s->since);
    }
}

struct figures {
    struct ts_doc *d;
    cJSON *o;
};

static void add_figure(void *arg, const struct ts_card_figure *f)
{
    struct figures *to = arg;
    ts_doc_decimal(to->d, to->o, f->name, f->value, f->unit == TS_UNIT_NUMBER ? 6 : 0);
}

static void bases(struct ts_doc *d, cJSON *o, const struct ts_card_tier *t)
{
    cJSON *list = ts_doc_array(d, o, "bases");
    for (uint32_t i = 0; i < t->decl->n_bases; i++) {
        char window[64];
        cJSON *item = ts_doc_object(d, list, NULL);
        ts_window_format(t->decl->bases[i].window, window, sizeof window);
        ts_doc_str(d, item, "name", t->decl->bases[i].name);
        ts_doc_text(d, item, "window", window);
        ts_doc_int(d, item, "figure", t->bases[i].figure);
        if (t->bases[i].missing == TS_TIER_NEVER)
            ts_doc_null(d, item, "missing");
        else
            ts_doc_int(d, item, "missing", t->bases[i].missing);
    }
}

static void tiers(struct ts_card *c, struct ts_doc *d, cJSON *o)
{
    cJSON *object = ts_doc_object(d, o, "tiers");
    for (uint32_t i = 0; i < c->program->tiers.n; i++) {
        struct ts_card_tier t;
        ts_card_tier(c, &c->program->tiers.at[i], &t);
        cJSON *item = ts_doc_object(d, object, ts_names_text(c->names, TS_SPACE_TIERS, t.decl->id).ptr);
        ts_doc_str(d, item, "name", t.name);
        ts_doc_time(d, item, "since", t.since);
        ts_doc_int(d, item, "basis", t.basis);
        ts_doc_str(d, item, "next", t.next);
        ts_doc_int(d, item, "missing", t.missing);
        bases(d, item, &t);
    }
}

static int lot_compare(const void *a, const void *b)
{
    const struct ts_lot *x = *(const struct ts_lot *const *)a, *y = *(const struct ts_lot *const *)b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void lots(struct ts_card *c, struct ts_doc *d, cJSON *o, uint32_t points)
{
    cJSON *list = ts_doc_array(d, o, "lots");
    TS_VEC(const struct ts_lot *) all = {0};
    for (uint32_t p = 0; p < c->view.member.n; p++) {
        const struct ts_wallet *w = &c->view.member.profiles[p]->wallet;
        for (uint32_t i = 0; i < w->lots.len; i++) {
            if (w->lots.at[i].points != points) continue;
            const struct ts_lot **slot = ts_vec_push(&all);
            if (slot)
                *slot = &w->lots.at[i];
            else
                d->failed = true;
        }
    }
    if (all.len) qsort(all.at, all.len, sizeof *all.at, lot_compare);
    for (uint32_t i = 0; i < all.len; i++) {
        const struct ts_lot *lot = all.at[i];
        cJSON *item = ts_doc_object(d, list, NULL);
        ts_doc_uint(d, item, "lot", lot->id);
        ts_doc_uint(d, item, "record", lot->record);
        ts_doc_str(d, item, "rule", ts_rule_short(c->names, lot->rule));
        ts_doc_time(d, item, "earned", lot->earned);
        ts_doc_time(d, item, "activates", lot->activates);
        ts_doc_time(d, item, "expires", lot->expires);
        ts_doc_int(d, item, "original", lot->original);
        ts_doc_int(d, item, "remaining", lot->remaining);
        ts_doc_text(d, item, "state", lot->state == TS_LOT_PENDING ? "pending" : "available");
    }
    ts_vec_release(&all);
}

static void wallet(struct ts_card *c, struct ts_doc *d, cJSON *o)
{
    cJSON *object = ts_doc_object(d, o, "wallet");
    uint32_t ids[TS_CURRENCIES_MAX];
    unsigned n = ts_card_points(c, ids, TS_CURRENCIES_MAX);
    for (unsigned i = 0; i < n; i++) {
        struct ts_balance b = ts_member_balance(&c->view.member, ids[i]);
        cJSON *item = ts_doc_object(d, object, ts_names_text(c->names, TS_SPACE_POINTS, ids[i]).ptr);
        ts_doc_int(d, item, "available", b.available);
        ts_doc_int(d, item, "pending", b.pending);
        ts_doc_int(d, item, "held", b.held);
        ts_doc_int(d, item, "debt", -b.debt); /* what is owed */
        lots(c, d, item, ids[i]);
    }
}

void ts_card_json(struct ts_card *c, struct ts_doc *d, cJSON *o)
{
    const struct ts_profile *head = ts_member_head(&c->view.member);
    ts_doc_member(d, o, "member", c->number);
    cJSON *aliases = ts_doc_array(d, o, "aliases");
    for (uint32_t i = 0; i < head->others.len; i++)
        ts_doc_member(d, aliases, NULL, head->others.at[i]);
    ts_doc_time(d, o, "created", ts_card_created(c));
    identifiers(c, d, o);
    traits(c, d, o);
    tags(c, d, o);
    segments(c, d, o);
    struct figures figures = {d, ts_doc_object(d, o, "measures")};
    if (!ts_card_figures(c, add_figure, &figures)) d->failed = true;
    cJSON *scores = ts_doc_object(d, o, "scores");
    for (uint32_t i = 0; i < c->program->scores.n; i++) {
        const struct ts_score_decl *s = &c->program->scores.at[i];
        ts_doc_double(d, scores, ts_names_text(c->names, TS_SPACE_SCORE, s->id).ptr,
                      ts_member_score(&c->view.member, s->id, s->half_life, c->at));
    }
    tiers(c, d, o);
    wallet(c, d, o);
}
