/* SPDX-License-Identifier: Apache-2.0 */
/* What an event gives an earning to multiply: the product of its fields, of the event or summed over the items of a list, as exact decimals;
 * which items are meant (`where`); and how what was granted is split over them again, by largest remainder, so that lines pay what the
 * whole pays. */
#include "engine/internal.h"

/* ---- conditions ---- */

/* The plain number of a node; false: it has none that fits 18 digits. */
static bool node_number(const struct ts_engine *e, const struct ts_json_node *n, bool money, struct ts_decimal *ret)
{
    if (!n) return false;
    if (!money) return n->type == TS_JSON_NUMBER && ts_decimal_parse(n->text, ret) == TS_OK;
    ret->scale = 0;
    return ts_money_read(n, e->bind.program->money_places, &ret->digits) == TS_OK;
}

static __int128 shifted(int64_t digits, unsigned by) /* by <= 18: below 10^37 */
{
    __int128 v = digits;
    while (by--)
        v *= 10;
    return v;
}

static int compare(struct ts_decimal a, struct ts_decimal b)
{
    __int128 x = shifted(a.digits, b.scale), y = shifted(b.digits, a.scale);
    return x < y ? -1 : x > y;
}

static bool is_value(const struct ts_engine *e, const struct ts_json_node *n, const struct ts_where_value *v)
{
    struct ts_decimal number;
    if (!n) return false;
    switch ((enum ts_where_kind)v->kind) {
    case TS_WHERE_TEXT:
        return n->type == TS_JSON_STRING && ts_str_eq(n->text, v->text);
    case TS_WHERE_FLAG:
        return n->type == (v->flag ? TS_JSON_TRUE : TS_JSON_FALSE);
    default:
        return node_number(e, n, v->kind == TS_WHERE_MONEY, &number) && compare(number, v->number) == 0;
    }
}

static bool in_range(const struct ts_engine *e, const struct ts_json_node *n, const struct ts_where *c)
{
    struct ts_decimal number;
    bool money = (c->at_least ? c->at_least : c->below)->kind == TS_WHERE_MONEY;
    return node_number(e, n, money, &number) && (!c->at_least || compare(number, c->at_least->number) >= 0) &&
           (!c->below || compare(number, c->below->number) < 0);
}

static bool condition_holds(const struct ts_engine *e, const struct ts_where *c, const struct ts_json *j,
                            const struct ts_json_node *scope)
{
    const struct ts_json_node *n = j && scope ? ts_json_get(j, scope, c->field) : NULL;
    bool any = false;
    if (!c->n_values) return in_range(e, n, c);
    for (uint32_t i = 0; i < c->n_values && !any; i++)
        any = is_value(e, n, &c->values[i]);
    return any != c->except;
}

bool ts_where_holds(struct ts_engine *e, const struct ts_where_list *where, const struct ts_event_view *ev,
                    const struct ts_json_node *item)
{
    for (uint32_t i = 0; i < where->n; i++) {
        const struct ts_json_node *scope = item && !where->at[i].of_event ? item : ev->properties;
        if (!condition_holds(e, &where->at[i], ev->json, scope)) return false;
    }
    return true;
}

/* ---- figures ---- */

#define UNITS_MAX ((__int128)1 << 123) /* ten times as much can still be computed with */

struct figure { /* units * 10^-scale */
    __int128 units;
    unsigned scale;
};

/* The product of the declared fields. False: one of them is absent or not above 0 (*ret_large: it is too large). */
static bool product(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev,
                    const struct ts_json_node *item, struct figure *ret, bool *ret_large)
{
    bool large = false;
    *ret = (struct figure){1, 0};
    for (uint32_t i = 0; i < d->n_of; i++) {
        const struct ts_json_node *scope = item && !d->of[i].of_event ? item : ev->properties;
        struct ts_decimal v;
        if (!ev->json || !scope || !node_number(e, ts_json_get(ev->json, scope, d->of[i].field), d->of[i].money, &v) ||
            v.digits <= 0)
            return false;
        large |= __builtin_mul_overflow(ret->units, (__int128)v.digits, &ret->units);
        ret->scale += v.scale;
    }
    if (large || ret->scale > 36 || ret->units >= UNITS_MAX) *ret_large = true;
    return !*ret_large && ret->units > 0;
}

/* All figures in the unit of the finest, and their sum. False: too large. */
static bool add_up(const struct figure *list, struct ts_figure *ret)
{
    for (uint32_t i = 0; i < ret->n_items; i++)
        if (list[i].units && list[i].scale > ret->scale) ret->scale = list[i].scale;
    for (uint32_t i = 0; i < ret->n_items; i++) {
        ret->item[i] = list[i].units;
        for (unsigned k = list[i].scale; ret->item[i] && k < ret->scale; k++)
            if (__builtin_mul_overflow(ret->item[i], (__int128)10, &ret->item[i])) return false;
        if (ret->item[i] >= UNITS_MAX || (ret->units += ret->item[i]) >= UNITS_MAX) return false;
    }
    return true;
}

static bool items_figure(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev,
                         struct ts_figure *ret, bool *ret_large)
{
    const struct ts_json_node *list = ts_property(ev, d->each);
    uint32_t n = 0;
    if (!list || list->type != TS_JSON_ARRAY) return false;
    for (const struct ts_json_node *item = ts_json_first(ev->json, list); item; item = ts_json_next(ev->json, item))
        n++;
    struct figure *figures = n ? ts_arena_alloc(&e->run.arena, n * sizeof *figures) : NULL;
    ret->item = figures ? ts_arena_alloc(&e->run.arena, n * sizeof *ret->item) : NULL;
    if (!ret->item) {
        if (n) e->run.failed = true;
        return false;
    }
    for (const struct ts_json_node *item = ts_json_first(ev->json, list); item; item = ts_json_next(ev->json, item)) {
        struct figure *f = &figures[ret->n_items++];
        bool earns = item->type == TS_JSON_OBJECT && ts_where_holds(e, &d->where, ev, item) &&
                     product(e, d, ev, item, f, ret_large);
        if (!earns) *f = (struct figure){0, 0};
    }
    if (!*ret_large && !add_up(figures, ret)) *ret_large = true;
    return !*ret_large && ret->units > 0;
}

bool ts_earn_figure(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev,
                    struct ts_figure *ret, bool *ret_large)
{
    struct figure f;
    *ret = (struct ts_figure){0};
    *ret_large = false;
    if (d->each.ptr) return items_figure(e, d, ev, ret, ret_large);
    if (!product(e, d, ev, NULL, &f, ret_large)) return false;
    ret->units = f.units;
    ret->scale = f.scale;
    return true;
}

bool ts_earn_points(const struct ts_earn_decl *d, const struct ts_figure *f, struct ts_decimal rate, int64_t *ret)
{
    __int128 units = f->units, step = d->per;
    for (unsigned i = 0; i < f->scale && d->steps && step <= units; i++)
        step *= 10;
    if (d->steps) units = step > units ? 0 : units / step * step;
    struct ts_decimal factors[3] = {d->give, rate, d->times}; /* `give` is in the smallest unit of the points already */
    return ts_decimal_scale_wide(units, f->scale, factors, 3, d->per, (enum ts_rounding)d->rounding, ret) == TS_OK &&
           *ret <= TS_LIMIT_POINTS;
}

/* In whole units (of money: minor units), the way an effect keeps it; a fraction is not lost but said in what was read. */
int64_t ts_figure_whole(const struct ts_figure *f)
{
    __int128 v = f->units;
    for (unsigned i = 0; i < f->scale; i++)
        v /= 10;
    return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

/* A figure with a fraction, before what functions read: {"of":12.5,...}. */
struct ts_str ts_figure_read(struct ts_engine *e, const struct ts_figure *f, struct ts_str read)
{
    __int128 units = f->units;
    unsigned scale = f->scale;
    for (; scale && units % 10 == 0; scale--)
        units /= 10;
    if (!scale || units >= (__int128)INT64_MAX) return read;
    char digits[48];
    snprintf(digits, sizeof digits, "%0*lld", (int)scale + 1,
             (long long)units); /* at least one digit before the point */
    int whole = (int)strlen(digits) - (int)scale;
    struct ts_buf *b = &e->scratch;
    ts_buf_clear(b);
    ts_buf_addf(b, "{\"of\":%.*s.%s", whole, digits, digits + whole);
    if (read.ptr && read.len > 2) {
        ts_buf_byte(b, ',');
        ts_buf_add(b, read.ptr + 1, read.len - 1);
    } else {
        ts_buf_byte(b, '}');
    }
    if (b->failed) e->run.failed = true;
    return ts_run_keep(e, ts_str((const char *)b->data, b->len));
}

/* ---- lines ---- */

bool *ts_lines_match(struct ts_engine *e, const struct ts_wish *base, const struct ts_bonus_decl *b,
                     const struct ts_event_view *ev)
{
    const struct ts_json_node *list = ts_property(ev, base->earn->each);
    uint32_t n = base->figure.n_items, i = 0;
    bool any = false, *matches = n && list ? ts_arena_alloc(&e->run.arena, n * sizeof *matches) : NULL;
    if (!matches) {
        if (n && list) e->run.failed = true;
        return NULL;
    }
    for (const struct ts_json_node *item = ts_json_first(ev->json, list); item && i < n;
         item = ts_json_next(ev->json, item), i++) {
        matches[i] = base->figure.item[i] > 0 && ts_where_holds(e, &b->where, ev, item);
        any |= matches[i];
    }
    return any ? matches : NULL;
}

/* A bonus follows the lines of its base: by what each was granted. */
static __int128 *bonus_weights(struct ts_engine *e, const struct ts_wish *w, const struct ts_wish *base)
{
    __int128 *weight = ts_arena_alloc(&e->run.arena, base->figure.n_items * sizeof *weight);
    for (uint32_t i = 0; weight && i < base->figure.n_items; i++)
        weight[i] = !w->matches || w->matches[i] ? base->points[i] : 0;
    return weight;
}

void ts_lines_split(struct ts_engine *e, struct ts_wish *w, const struct ts_wish *base, uint32_t rule, int64_t granted)
{
    const struct ts_wish *of = base ? base : w;
    uint32_t n = of->figure.n_items;
    if (!n || (base && !base->points)) return;
    const __int128 *weight = base ? bonus_weights(e, w, base) : w->figure.item;
    w->points = weight ? ts_arena_alloc(&e->run.arena, n * sizeof *w->points) : NULL;
    if (!w->points || ts_decimal_share(granted, weight, n, w->points) != TS_OK) {
        e->run.failed = true;
        return;
    }
    if (granted <= 0) return;
    struct ts_buf *b = &e->scratch;
    ts_buf_clear(b);
    ts_buf_adds(b, "{\"list\":");
    ts_buf_json(b, w->earn->each);
    for (uint32_t i = 0; i < n; i++)
        ts_buf_addf(b, "%s%lld", i ? "," : ",\"points\":[", (long long)w->points[i]);
    ts_buf_adds(b, "]}");
    if (b->failed) e->run.failed = true;
    struct ts_effect fx = {.op = TS_FX_LINES, .rule = rule, .json = ts_str((const char *)b->data, b->len)};
    ts_do(e, &fx);
}
