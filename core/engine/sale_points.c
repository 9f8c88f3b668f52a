/* SPDX-License-Identifier: Apache-2.0 */
/* What an order earned, as it is kept for a refund: of a declared earning the exact figure, of each item where items earn, and every factor as it
 * was on that day; of a bonus its base and what it adds; of anything else (a function's `amount`, milestones, rules) the points alone,
 * which are kept until nothing is left of the order. */
#include "engine/internal.h"

/* ---- gathering ---- */

void ts_sale_paid(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_sale_earn *x = fx->transaction ? ts_vec_push(&e->run.sale.earns) : NULL;
    if (!x) {
        if (fx->transaction) e->run.failed = true;
        return;
    }
    *x = (struct ts_sale_earn){.transaction = fx->transaction,
                               .profile = fx->profile,
                               .record = e->run.record,
                               .points = fx->name,
                               .rule = fx->rule,
                               .granted = fx->amount,
                               .kind = TS_SALE_WHOLE};
    for (uint32_t i = 0; i < e->bind.program->points.n; i++)
        if (e->bind.program->points.at[i].id == fx->name) x->series = e->bind.earned_series[i];
}

/* The order's amount is one of the factors. */
static bool has_amount(const struct ts_earn_decl *d, struct ts_str amount)
{
    for (uint32_t i = 0; i < d->n_of && amount.ptr; i++)
        if (d->of[i].money && (!d->each.ptr || d->of[i].of_event) && ts_str_eq(d->of[i].field, amount)) return true;
    return false;
}

/* From which amount on the order earns at all. */
static int64_t least_amount(const struct ts_earn_decl *d, struct ts_str amount)
{
    for (uint32_t i = 0; i < d->where.n && amount.ptr; i++) {
        const struct ts_where *c = &d->where.at[i];
        bool own = (!d->each.ptr || c->of_event) && ts_str_eq(c->field, amount);
        if (own && c->at_least && c->at_least->kind == TS_WHERE_MONEY) return c->at_least->number.digits;
    }
    return 0;
}

static void keep_declared(struct ts_sale_earn *x, const struct ts_sale *s, const struct ts_wish *w)
{
    const struct ts_earn_decl *d = w->earn;
    x->kind = TS_SALE_DECLARED;
    x->figure = w->figure;
    x->give = d->give;
    x->rate = w->rate;
    x->times = d->times;
    x->per = d->per;
    x->rounding = d->rounding;
    x->steps = d->steps;
    x->by_amount = has_amount(d, s->sold->amount);
    x->by_lines = d->each.ptr && ts_str_eq(d->each, s->sold->lines) && w->figure.n_items == s->lines.len;
    x->least = least_amount(d, s->sold->amount);
}

static void keep_bonus(struct ts_sale_earn *x, const struct ts_sale *s, const struct ts_wish *w,
                       const struct ts_wish *base)
{
    for (uint32_t i = 0; i < s->earns.len; i++) {
        if (s->earns.at[i].transaction != base->transaction) continue;
        x->kind = TS_SALE_BONUS;
        x->of = i;
        x->matches = w->matches;
        x->times = w->bonus->times;
        int64_t one = 1;
        for (unsigned k = 0; k < x->times.scale; k++)
            one *= 10;
        x->times.digits -= one;
    }
}

void ts_sale_earned(struct ts_engine *e, const struct ts_wish *w, const struct ts_wish *base,
                    const struct ts_effect *use)
{
    struct ts_sale *s = &e->run.sale;
    if (!s->earns.len || s->earns.at[s->earns.len - 1].transaction != w->transaction) return;
    struct ts_sale_earn *x = &s->earns.at[s->earns.len - 1];
    if (base)
        keep_bonus(x, s, w, base);
    else if (w->earn->declared)
        keep_declared(x, s, w);
    if (!use) return;
    x->cap = use->name;
    x->period = use->from;
    x->cap_at = use->at;
}

/* ---- bytes ---- */

static void put_wide(struct ts_buf *b, __int128 v)
{
    ts_buf_varint(b, (uint64_t)v);
    ts_buf_varint(b, (uint64_t)(v >> 64));
}

static __int128 get_wide(struct ts_reader *r)
{
    uint64_t low = ts_read_varint(r), high = ts_read_varint(r);
    if (high >> 62) r->bad = true;
    return (__int128)high << 64 | low;
}

static void put_decimal(struct ts_buf *b, struct ts_decimal d)
{
    ts_buf_zigzag(b, d.digits);
    ts_buf_byte(b, d.scale);
}

static struct ts_decimal get_decimal(struct ts_reader *r)
{
    struct ts_decimal d = {.digits = ts_read_zigzag(r)};
    d.scale = ts_read_byte(r);
    if (d.scale > 18) r->bad = true;
    return d;
}

enum { HAS_STEPS = 1, BY_AMOUNT = 2, BY_LINES = 4 };

static void put_declared(const struct ts_sale_earn *x, struct ts_buf *b)
{
    put_wide(b, x->figure.units);
    ts_buf_byte(b, (uint8_t)x->figure.scale);
    ts_buf_varint(b, x->figure.n_items);
    for (uint32_t i = 0; i < x->figure.n_items; i++)
        put_wide(b, x->figure.item[i]);
    put_decimal(b, x->give);
    put_decimal(b, x->rate);
    put_decimal(b, x->times);
    ts_buf_zigzag(b, x->per);
    ts_buf_zigzag(b, x->least);
    ts_buf_byte(b, x->rounding);
    ts_buf_byte(b,
                (uint8_t)((x->steps ? HAS_STEPS : 0) | (x->by_amount ? BY_AMOUNT : 0) | (x->by_lines ? BY_LINES : 0)));
}

void ts_sale_encode_earns(const struct ts_sale *s, struct ts_buf *b)
{
    ts_buf_varint(b, s->earns.len);
    for (uint32_t i = 0; i < s->earns.len; i++) {
        const struct ts_sale_earn *x = &s->earns.at[i];
        ts_buf_varint(b, x->transaction);
        ts_buf_varint(b, x->profile);
        ts_buf_varint(b, x->record);
        ts_buf_varint(b, x->points);
        ts_buf_varint(b, x->rule);
        ts_buf_varint(b, x->series);
        ts_buf_byte(b, x->kind);
        ts_buf_zigzag(b, x->granted);
        ts_buf_zigzag(b, x->taken);
        ts_buf_zigzag(b, x->forgiven);
        ts_buf_varint(b, x->cap);
        if (x->cap) {
            ts_buf_varint(b, x->period);
            ts_buf_zigzag(b, x->cap_at);
        }
        if (x->kind == TS_SALE_DECLARED) put_declared(x, b);
        if (x->kind != TS_SALE_BONUS) continue;
        put_decimal(b, x->times);
        ts_buf_varint(b, x->of);
        uint32_t n = x->matches ? s->earns.at[x->of].figure.n_items : 0;
        ts_buf_byte(b, x->matches != NULL);
        for (uint32_t k = 0; k < n; k++)
            ts_buf_byte(b, x->matches[k]);
    }
}

static bool get_declared(struct ts_engine *e, struct ts_reader *r, uint32_t lines, struct ts_sale_earn *x)
{
    x->figure.units = get_wide(r);
    x->figure.scale = ts_read_byte(r);
    uint64_t n = ts_read_varint(r);
    if (x->figure.scale > 36 || n > (uint64_t)(r->end - r->p)) r->bad = true;
    if (r->bad) return true;
    if (n && !(x->figure.item = ts_arena_alloc(&e->run.arena, n * sizeof *x->figure.item))) return false;
    x->figure.n_items = (uint32_t)n;
    for (uint64_t i = 0; i < n; i++)
        x->figure.item[i] = get_wide(r);
    x->give = get_decimal(r);
    x->rate = get_decimal(r);
    x->times = get_decimal(r);
    x->per = ts_read_zigzag(r);
    x->least = ts_read_zigzag(r);
    x->rounding = ts_read_byte(r);
    uint8_t flags = ts_read_byte(r);
    x->steps = flags & HAS_STEPS;
    x->by_amount = flags & BY_AMOUNT;
    x->by_lines = flags & BY_LINES;
    if (x->per <= 0 || (x->by_lines && n != lines)) r->bad = true;
    return true;
}

static bool get_bonus(struct ts_engine *e, struct ts_reader *r, const struct ts_sale *s, struct ts_sale_earn *x)
{
    x->times = get_decimal(r);
    x->of = (uint32_t)ts_read_varint(r);
    bool some = ts_read_byte(r) != 0;
    if (x->of + 1 >= s->earns.len) r->bad = true;
    if (r->bad || !some) return true;
    uint32_t n = s->earns.at[x->of].figure.n_items;
    if (!(x->matches = ts_arena_alloc(&e->run.arena, ((size_t)n + 1) * sizeof *x->matches))) return false;
    for (uint32_t i = 0; i < n; i++)
        x->matches[i] = ts_read_byte(r) != 0;
    return true;
}

bool ts_sale_decode_earns(struct ts_engine *e, struct ts_reader *r, struct ts_sale *s)
{
    for (uint64_t n = ts_read_varint(r); n > 0 && !r->bad; n--) {
        struct ts_sale_earn *x = ts_vec_push(&s->earns);
        if (!x) return false;
        memset(x, 0, sizeof *x);
        x->transaction = ts_read_varint(r);
        x->profile = ts_read_varint(r);
        x->record = ts_read_varint(r);
        x->points = (uint32_t)ts_read_varint(r);
        x->rule = (uint32_t)ts_read_varint(r);
        x->series = (uint32_t)ts_read_varint(r);
        x->kind = ts_read_byte(r);
        x->granted = ts_read_zigzag(r);
        x->taken = ts_read_zigzag(r);
        x->forgiven = ts_read_zigzag(r);
        x->cap = (uint32_t)ts_read_varint(r);
        if (x->cap) {
            x->period = (uint32_t)ts_read_varint(r);
            x->cap_at = ts_read_zigzag(r);
        }
        if (x->kind > TS_SALE_BONUS) r->bad = true;
        if (x->kind == TS_SALE_DECLARED && !r->bad && !get_declared(e, r, s->lines.len, x)) return false;
        if (x->kind == TS_SALE_BONUS && !r->bad && !get_bonus(e, r, s, x)) return false;
    }
    return true;
}
