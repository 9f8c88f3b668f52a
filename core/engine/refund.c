/* SPDX-License-Identifier: Apache-2.0 */
/* A refund takes an order back, wholly or in part, on the order's own day: sums of its amount by what is given back, what was kept of its items by the
 * items that come back, all the rest (counts, other sums, scores) once nothing of it is left. Never more than there is: repeated and excessive
 * refunds end at the order's end. One whose order is not known changes nothing and is listed as a rule error, to be driven
 * again when the order has come. */
#include "engine/internal.h"

/* ---- what is asked to be taken back ---- */

/* Items of the order with that key, the first that has some left first. No quantity: all of it. */
static void take_line(struct ts_sale *s, struct ts_str key, bool all, int64_t quantity)
{
    for (uint32_t i = 0; i < s->lines.len && (all || quantity > 0); i++) {
        struct ts_sale_line *l = &s->lines.at[i];
        int64_t left = l->quantity - l->back;
        if (left <= 0 || !l->key.len || !ts_str_eq(l->key, key)) continue;
        int64_t take = all || quantity > left ? left : quantity;
        l->back += take;
        quantity -= take;
        if (all) return; /* one entry of the refund is one item of the order */
    }
}

static bool take_lines(struct ts_engine *e, const struct ts_refund_decl *d, const struct ts_event_view *ev,
                       struct ts_sale *s)
{
    const struct ts_json_node *list = ts_property(ev, d->lines);
    bool any = false;
    if (!list || list->type != TS_JSON_ARRAY) return false;
    for (const struct ts_json_node *n = ts_json_first(ev->json, list); n; n = ts_json_next(ev->json, n)) {
        struct ts_str key = n->type == TS_JSON_OBJECT ? ts_plain_text(ts_json_get(ev->json, n, d->line)) : TS_STR("");
        bool ok = false;
        int64_t quantity = 0;
        any = true;
        if (!key.len) continue;
        if (d->quantity.ptr) quantity = ts_field_number(e, ts_json_get(ev->json, n, d->quantity), TS_UNIT_INTEGER, &ok);
        take_line(s, key, !ok, quantity);
    }
    return any;
}

static bool lines_are_back(const struct ts_sale *s)
{
    for (uint32_t i = 0; i < s->lines.len; i++)
        if (s->lines.at[i].back < s->lines.at[i].quantity) return false;
    return s->lines.len > 0;
}

/* Moves what of the order is back; whole once nothing is left. Some channels send what they give back as a negative amount. */
static void take_back(struct ts_engine *e, const struct ts_refund_decl *d, const struct ts_event_view *ev,
                      struct ts_sale *s)
{
    bool has_amount = false;
    int64_t amount = ts_field_number(e, ts_property(ev, d->amount), TS_UNIT_MONEY, &has_amount);
    bool has_lines = take_lines(e, d, ev, s);
    int64_t left = s->amount - s->back;
    if (has_amount) {
        amount = amount < -left || amount > left ? left : amount < 0 ? -amount : amount;
        s->back += amount;
        left -= amount;
    }
    bool asked_whole = !has_lines && (!has_amount || s->amount == 0), paid_back = s->amount > 0 && left == 0;
    if (asked_whole || paid_back || (lines_are_back(s) && !(has_amount && left > 0))) s->whole = true;
    if (!s->whole) return;
    s->back = s->amount;
    for (uint32_t i = 0; i < s->lines.len; i++)
        s->lines.at[i].back = s->lines.at[i].quantity;
}

/* ---- measures ---- */

/* How much of a sum belongs to what is back: of an item of 3 of which 1 is back, a third, rounded towards nothing, so that
 * all three together are the sum. */
static int64_t share_back(const struct ts_sale *s, const struct ts_sale_count *c)
{
    if (s->whole) return c->sum;
    if (c->is_amount) return c->sum < s->back ? (c->sum > 0 ? c->sum : 0) : s->back;
    if (!c->line) return 0;
    const struct ts_sale_line *l = &s->lines.at[c->line - 1];
    return l->quantity > 0 ? (int64_t)((__int128)c->sum * l->back / l->quantity) : 0;
}

static void take_counts(struct ts_engine *e, struct ts_sale *s)
{
    for (uint32_t i = 0; i < s->counts.len && !e->run.failed; i++) {
        struct ts_sale_count *c = &s->counts.at[i];
        const struct ts_sale_line *l = c->line ? &s->lines.at[c->line - 1] : NULL;
        int64_t back = share_back(s, c);
        bool gone = s->whole || (l && l->back >= l->quantity);
        struct ts_effect fx = {.op = TS_FX_TAKE,
                               .profile = s->profile,
                               .name = c->series,
                               .from = c->by,
                               .to = (uint32_t)s->day,
                               .at = s->at,
                               .desired = gone && !c->gone,
                               .amount = back - c->back};
        if ((fx.desired || fx.amount) && !ts_do(e, &fx)) continue; /* the figure would pass 64 bits */
        c->back = back;
        c->gone |= gone;
    }
}

static void take_scores(struct ts_engine *e, const struct ts_refund_decl *d, const struct ts_sale *s)
{
    for (uint32_t i = 0; i < s->scores.len && !e->run.failed; i++) {
        const struct ts_sale_score *c = &s->scores.at[i];
        struct ts_effect fx = {.op = TS_FX_SCORE, .rule = d->rule, .name = c->score, .number = -c->points, .at = s->at};
        ts_do(e, &fx);
        if (!c->cap || c->used <= 0) continue;
        struct ts_effect cap = {.op = TS_FX_CAP, .name = c->cap, .from = c->period, .at = c->at, .amount = -c->used};
        ts_do(e, &cap);
    }
}

/* ---- the record ---- */

static void write_refund(struct ts_engine *e, const struct ts_refund_decl *d, struct ts_str id, int64_t amount,
                         const struct ts_sale *before, const struct ts_sale *s)
{
    struct ts_buf *b = &e->image;
    bool any = false;
    ts_buf_clear(b);
    ts_buf_addf(b, "{\"amount\":%lld,\"left\":%lld,\"lines\":[", (long long)amount, (long long)(s->amount - s->back));
    for (uint32_t i = 0; i < s->lines.len; i++) {
        int64_t quantity = s->lines.at[i].back - before->lines.at[i].back;
        if (!quantity) continue;
        ts_buf_addf(b, "%s{\"line\":", any ? "," : "");
        ts_buf_json(b, s->lines.at[i].key);
        ts_buf_addf(b, ",\"quantity\":%lld}", (long long)quantity);
        any = true;
    }
    ts_buf_addf(b, "],\"order\":");
    ts_buf_json(b, id);
    ts_buf_adds(b, ",\"points\":[");
    for (uint32_t i = 0; i < s->earns.len; i++) {
        const struct ts_sale_earn *x = &s->earns.at[i];
        ts_buf_addf(b, "%s{\"forgiven\":%lld,\"granted\":%lld,\"taken\":%lld,\"transaction\":%llu}", i ? "," : "",
                    (long long)x->forgiven, (long long)x->granted, (long long)x->taken,
                    (unsigned long long)x->transaction);
    }
    ts_buf_byte(b, ']');
    ts_buf_addf(b, ",\"whole\":%s}", s->whole ? "true" : "false");
    if (b->failed) e->run.failed = true;
    struct ts_effect fx = {.op = TS_FX_REFUND,
                           .rule = d->rule,
                           .from = s->whole,
                           .amount = amount,
                           .text = id,
                           .json = ts_run_keep(e, ts_str((const char *)b->data, b->len))};
    ts_do(e, &fx);
}

static void refund_sale(struct ts_engine *e, const struct ts_refund_decl *d, const struct ts_event_view *ev,
                        struct ts_str key, struct ts_str id, struct ts_sale *s)
{
    struct ts_sale before = *s; /* its lines alone are looked at, and they are a copy */
    before.lines.at = ts_arena_alloc(&e->run.arena, (s->lines.len + 1) * sizeof *before.lines.at);
    if (!before.lines.at) {
        e->run.failed = true;
        return;
    }
    if (s->lines.len) memcpy(before.lines.at, s->lines.at, s->lines.len * sizeof *before.lines.at);
    bool was_whole = s->whole;
    if (!was_whole) {
        take_back(e, d, ev, s);
        ts_tiers_before_refund(e);
        take_counts(e, s);
        if (s->whole) take_scores(e, d, s);
    }
    ts_refund_points(e, s); /* what a retry earned since, too */
    write_refund(e, d, id, s->back - before.back, &before, s);
    ts_sale_store(e, key, s);
}

static void complain(struct ts_engine *e, const struct ts_refund_decl *d, const char *fmt, ...) TS_PRINTF(3, 4);
static void complain(struct ts_engine *e, const struct ts_refund_decl *d, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ts_rule_failed(e, d->rule, text, d->origin.file.ptr, d->origin.line, 1);
}

/* A retry earned on an order of which something is back already: what is back does not earn. */
void ts_refund_again(struct ts_engine *e, struct ts_str id, struct ts_sale *s)
{
    const struct ts_program *p = e->bind.program;
    bool any = s->whole || s->back > 0;
    for (uint32_t i = 0; i < s->lines.len && !any; i++)
        any = s->lines.at[i].back > 0;
    for (uint32_t i = 0; i < p->refunds.n && any; i++) {
        if (!ts_str_eq(p->refunds.at[i].of, s->sold->of)) continue;
        ts_refund_points(e, s);
        write_refund(e, &p->refunds.at[i], id, 0, s, s);
        return;
    }
}

void ts_refund_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev)
{
    const struct ts_refund_decl *d = l->refund;
    if (e->run.failed || (e->run.only.ptr && !ts_str_eq(e->run.only, d->name))) return;
    struct ts_str id;
    struct ts_str key = ts_sale_key(e, d->of, d->by, ev, &id);
    int shown = id.len > 80 ? 80 : (int)id.len;
    if (!key.ptr) {
        complain(e, d, "it does not say which order: \"" TS_STR_FMT "\" is missing", TS_STR_ARG(d->by));
        return;
    }
    struct ts_sale s = {0};
    if (!ts_sale_load(e, key, &s)) {
        if (!e->run.failed) complain(e, d, "no order %.*s is known", shown, id.ptr);
    } else if (!ts_sale_is_mine(e, &s)) {
        complain(e, d, "the order %.*s is one of m%llu, and the refund names m%llu", shown, id.ptr,
                 (unsigned long long)ts_members_living(e->members, s.profile),
                 (unsigned long long)ts_run_head(e)->number);
    } else {
        refund_sale(e, d, ev, key, id, &s);
    }
    ts_sale_release(&s);
}
