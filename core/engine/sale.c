/* SPDX-License-Identifier: Apache-2.0 */
/* What an order leaves behind for a refund: when and by whom it was counted, what was paid, its items, and what each measure and score got of
 * it. Gathered while the event is counted, written as a cold key once its rules have run, read only by a refund of that order. An order
 * number stands for its first event: a second one of the same number counts, and a refund leaves it alone. */
#include "engine/internal.h"

#define SALE_FORMAT 1

void ts_sale_clear(struct ts_sale *s)
{
    s->lines.len = s->counts.len = s->scores.len = s->earns.len = 0;
    s->known = UINT32_MAX;
    s->on = s->whole = false;
    s->amount = s->back = 0;
}

void ts_sale_release(struct ts_sale *s)
{
    ts_vec_release(&s->lines);
    ts_vec_release(&s->counts);
    ts_vec_release(&s->scores);
    ts_vec_release(&s->earns);
}

/* ---- the key ---- */

struct ts_str ts_sale_key(struct ts_engine *e, struct ts_str event, struct ts_str by, const struct ts_event_view *ev,
                          struct ts_str *ret_id)
{
    struct ts_str id = ts_plain_text(ts_property(ev, by));
    if (ret_id) *ret_id = id;
    if (!id.ptr || !id.len) return (struct ts_str){NULL, 0};
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, "r:" TS_STR_FMT "\x1f", TS_STR_ARG(event));
    ts_buf_add(&e->scratch, id.ptr, id.len);
    if (e->scratch.failed) e->run.failed = true;
    return ts_run_keep(e, ts_str((const char *)e->scratch.data, e->scratch.len));
}

/* What an earlier record, or this one, put under the key: 1 found, 0 absent, -1 failed. */
static int look_up(struct ts_engine *e, struct ts_str key, struct ts_buf *ret)
{
    struct ts_reader r = ts_reader(e->run.puts.data, e->run.puts.len);
    struct ts_str found = {NULL, 0};
    while (r.p < r.end) {
        struct ts_str k = ts_read_str(&r), value = ts_read_str(&r);
        if (ts_str_eq(k, key)) found = value;
    }
    if (found.ptr) return ts_buf_add(ret, found.ptr, found.len) ? 1 : -1;
    int there = e->host.cold_get(e->host.arg, key, ret);
    if (there < 0) {
        e->run.disk = TS_E_DISK;
        e->run.failed = true;
    }
    return there;
}

/* ---- gathering ---- */

static void gather_line(struct ts_engine *e, const struct ts_refund_decl *sold, const struct ts_json *j,
                        const struct ts_json_node *n)
{
    struct ts_sale_line *line = ts_vec_push(&e->run.sale.lines);
    if (!line) {
        e->run.failed = true;
        return;
    }
    bool object = n->type == TS_JSON_OBJECT, ok = false;
    struct ts_str key = object ? ts_plain_text(ts_json_get(j, n, sold->line)) : TS_STR("");
    int64_t quantity = 1;
    if (object && sold->quantity.ptr)
        quantity = ts_field_number(e, ts_json_get(j, n, sold->quantity), TS_UNIT_INTEGER, &ok);
    *line = (struct ts_sale_line){.key = key.ptr ? ts_run_keep(e, key) : TS_STR(""),
                                  .quantity = ok && quantity > 0 ? quantity : 1};
}

void ts_sale_begin(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, uint64_t profile)
{
    struct ts_sale *s = &e->run.sale;
    const struct ts_refund_decl *sold = &l->sold;
    ts_sale_clear(s);
    if (e->run.mode != TS_RUN_LIVE) return;
    struct ts_str key = ts_sale_key(e, sold->of, sold->by, ev, NULL);
    if (!key.ptr) return;
    struct ts_buf known;
    ts_buf_init(&known, 0);
    s->on = look_up(e, key, &known) == 0;
    ts_buf_release(&known);
    if (!s->on) return;
    bool ok = false;
    s->sold = sold;
    s->profile = profile;
    s->at = ev->at;
    s->day = ts_local_day(e, ev->at);
    int64_t amount = ts_field_number(e, ts_property(ev, sold->amount), TS_UNIT_MONEY, &ok);
    if (ok && amount > 0) s->amount = amount;
    const struct ts_json_node *list = ts_property(ev, sold->lines);
    if (!list || list->type != TS_JSON_ARRAY) return;
    for (const struct ts_json_node *n = ts_json_first(ev->json, list); n; n = ts_json_next(ev->json, n))
        gather_line(e, sold, ev->json, n);
}

void ts_sale_count(struct ts_engine *e, const struct ts_measure *m, uint32_t by, uint32_t line, int64_t sum)
{
    struct ts_sale *s = &e->run.sale;
    if (!s->on) return;
    struct ts_sale_count *c = ts_vec_push(&s->counts);
    if (!c) {
        e->run.failed = true;
        return;
    }
    bool items = line && m->each.ptr && ts_str_eq(m->each, s->sold->lines) && line <= s->lines.len;
    *c = (struct ts_sale_count){.series = m->id, .by = by, .line = items ? line : 0, .sum = sum};
    c->is_amount = !m->each.ptr && m->sum.ptr && ts_str_eq(m->sum, s->sold->amount);
}

void ts_sale_reached(struct ts_engine *e, uint32_t series, int64_t delta)
{
    if (!e->run.sale.on) return;
    struct ts_sale_count *c = ts_vec_push(&e->run.sale.counts);
    if (c)
        *c = (struct ts_sale_count){.series = series, .sum = delta};
    else
        e->run.failed = true;
}

void ts_sale_score(struct ts_engine *e, uint32_t score, double points, const struct ts_effect *use)
{
    if (!e->run.sale.on) return;
    struct ts_sale_score *s = ts_vec_push(&e->run.sale.scores);
    if (!s) {
        e->run.failed = true;
        return;
    }
    *s = (struct ts_sale_score){.score = score, .points = points};
    if (use->op != TS_FX_CAP) return;
    s->cap = use->name;
    s->period = use->from;
    s->at = use->at;
    s->used = use->amount;
}

/* ---- bytes ---- */

static void encode(const struct ts_sale *s, struct ts_buf *b)
{
    ts_buf_byte(b, SALE_FORMAT);
    ts_buf_varint(b, s->profile);
    ts_buf_zigzag(b, s->at);
    ts_buf_zigzag(b, s->day);
    ts_buf_byte(b, s->whole);
    ts_buf_zigzag(b, s->amount);
    ts_buf_zigzag(b, s->back);
    ts_buf_varint(b, s->lines.len);
    for (uint32_t i = 0; i < s->lines.len; i++) {
        ts_buf_str(b, s->lines.at[i].key);
        ts_buf_zigzag(b, s->lines.at[i].quantity);
        ts_buf_zigzag(b, s->lines.at[i].back);
    }
    ts_buf_varint(b, s->counts.len);
    for (uint32_t i = 0; i < s->counts.len; i++) {
        const struct ts_sale_count *c = &s->counts.at[i];
        ts_buf_varint(b, c->series);
        ts_buf_varint(b, c->by);
        ts_buf_varint(b, c->line);
        ts_buf_byte(b, (uint8_t)(c->is_amount | c->gone << 1));
        ts_buf_zigzag(b, c->sum);
        ts_buf_zigzag(b, c->back);
    }
    ts_buf_varint(b, s->scores.len);
    for (uint32_t i = 0; i < s->scores.len; i++) {
        const struct ts_sale_score *c = &s->scores.at[i];
        ts_buf_varint(b, c->score);
        ts_buf_varint(b, c->cap);
        ts_buf_varint(b, c->period);
        ts_buf_zigzag(b, c->at);
        ts_buf_zigzag(b, c->used);
        ts_buf_f64(b, c->points);
    }
    ts_sale_encode_earns(s, b);
}

static bool decode_lists(struct ts_engine *e, struct ts_reader *r, struct ts_sale *s)
{
    for (uint64_t n = ts_read_varint(r); n > 0 && !r->bad; n--) {
        struct ts_sale_line *l = ts_vec_push(&s->lines);
        if (!l) return false;
        l->key = ts_run_keep(e, ts_read_str(r));
        l->quantity = ts_read_zigzag(r);
        l->back = ts_read_zigzag(r);
    }
    for (uint64_t n = ts_read_varint(r); n > 0 && !r->bad; n--) {
        struct ts_sale_count *c = ts_vec_push(&s->counts);
        if (!c) return false;
        c->series = (uint32_t)ts_read_varint(r);
        c->by = (uint32_t)ts_read_varint(r);
        c->line = (uint32_t)ts_read_varint(r);
        uint8_t flags = ts_read_byte(r);
        c->is_amount = flags & 1;
        c->gone = flags & 2;
        c->sum = ts_read_zigzag(r);
        c->back = ts_read_zigzag(r);
        if (c->line > s->lines.len) r->bad = true;
    }
    for (uint64_t n = ts_read_varint(r); n > 0 && !r->bad; n--) {
        struct ts_sale_score *c = ts_vec_push(&s->scores);
        if (!c) return false;
        c->score = (uint32_t)ts_read_varint(r);
        c->cap = (uint32_t)ts_read_varint(r);
        c->period = (uint32_t)ts_read_varint(r);
        c->at = ts_read_zigzag(r);
        c->used = ts_read_zigzag(r);
        c->points = ts_read_f64(r);
    }
    return ts_sale_decode_earns(e, r, s);
}

bool ts_sale_load(struct ts_engine *e, struct ts_str key, struct ts_sale *s)
{
    struct ts_buf b;
    ts_buf_init(&b, 0);
    int found = look_up(e, key, &b);
    if (found < 0) e->run.failed = true;
    if (found > 0) {
        struct ts_reader r = ts_reader(b.data, b.len);
        if (ts_read_byte(&r) != SALE_FORMAT) r.bad = true;
        s->profile = ts_read_varint(&r);
        s->at = ts_read_zigzag(&r);
        s->day = (ts_day)ts_read_zigzag(&r);
        s->whole = ts_read_byte(&r) != 0;
        s->amount = ts_read_zigzag(&r);
        s->back = ts_read_zigzag(&r);
        if (!decode_lists(e, &r, s)) e->run.failed = true;
        if (r.bad && !e->run.failed) {
            e->run.disk = TS_E_DAMAGED;
            e->run.failed = true;
        }
    }
    ts_buf_release(&b);
    return found > 0 && !e->run.failed;
}

void ts_sale_store(struct ts_engine *e, struct ts_str key, const struct ts_sale *s)
{
    ts_buf_clear(&e->image);
    encode(s, &e->image);
    if (e->image.failed) e->run.failed = true;
    struct ts_effect fx = {.op = TS_FX_SALE, .text = key, .json = ts_str((const char *)e->image.data, e->image.len)};
    ts_do(e, &fx);
}

/* A retry goes on with its own order: not with another of the same number, nor with that of somebody else. */
void ts_sale_resume(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev)
{
    struct ts_sale *s = &e->run.sale;
    struct ts_str key = ts_sale_key(e, l->sold.of, l->sold.by, ev, NULL);
    ts_sale_clear(s);
    if (!key.ptr || !ts_sale_load(e, key, s)) return;
    s->sold = &l->sold;
    s->on = s->at == ev->at && ts_sale_is_mine(e, s);
    s->known = s->earns.len;
}

bool ts_sale_is_mine(struct ts_engine *e, const struct ts_sale *s)
{
    const struct ts_member *m = ts_run_member(e);
    for (uint32_t i = 0; i < m->n; i++)
        if (m->profiles[i]->number == s->profile) return true;
    return false;
}

void ts_sale_end(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev)
{
    struct ts_sale *s = &e->run.sale;
    if (!s->on || e->run.failed) return;
    struct ts_str key, id;
    if (s->known != s->earns.len && (key = ts_sale_key(e, l->sold.of, l->sold.by, ev, &id)).ptr) {
        if (s->known != UINT32_MAX) ts_refund_again(e, id, s);
        ts_sale_store(e, key, s);
    }
    ts_sale_clear(s);
}
