/* SPDX-License-Identifier: Apache-2.0 */
/* Earning points. First everything is decided with the member as he stood (wishes), then it is applied in order: each earning, then its
 * bonuses. Amounts are exact: figure x factors / per in one product with one rounding at the end; caps cut what is granted, and
 * both figures are kept. */
#include "engine/internal.h"

static struct ts_trait_date trait_date(struct ts_engine *e, struct ts_str name)
{
    uint32_t id = name.ptr ? ts_names_find(e->names, TS_SPACE_TRAIT, name) : 0;
    const struct ts_trait *t = id ? ts_profile_trait(ts_run_head(e), id) : NULL;
    return t ? ts_trait_date(t->json) : (struct ts_trait_date){0, 0};
}

bool ts_guard_during(struct ts_engine *e, const struct ts_during *d, ts_ms at)
{
    return !d->any ||
           ts_during_holds(d, e->bind.program->zone, at, trait_date(e, d->month_of), trait_date(e, d->day_of));
}

static struct ts_str once_key(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev)
{
    struct ts_str once = ts_plain_text(ts_property(ev, d->once_per));
    if (!once.ptr) return once;
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, "o:" TS_STR_FMT "\x1f", TS_STR_ARG(d->name));
    ts_buf_add(&e->scratch, once.ptr, once.len);
    if (e->scratch.failed) e->run.failed = true;
    return ts_run_keep(e, ts_str((const char *)e->scratch.data, e->scratch.len));
}

/* Taken by an earlier record, or by this one. */
static bool once_taken(struct ts_engine *e, struct ts_str key)
{
    struct ts_reader r = ts_reader(e->run.puts.data, e->run.puts.len);
    while (r.p < r.end) {
        struct ts_str k = ts_read_str(&r);
        ts_read_str(&r);
        if (ts_str_eq(k, key)) return true;
    }
    for (uint32_t i = 0; i < e->run.wishes.len; i++)
        if (e->run.wishes.at[i].once.ptr && ts_str_eq(e->run.wishes.at[i].once, key)) return true;
    ts_buf_clear(&e->scratch);
    int found = e->host.cold_get(e->host.arg, key, &e->scratch);
    if (found < 0) {
        e->run.disk = TS_E_DISK;
        e->run.failed = true;
    }
    return found > 0;
}

static struct ts_decimal tier_rate(struct ts_engine *e, struct ts_str tiers)
{
    struct ts_decimal one = {1, 0};
    struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->tiers.n; i++) {
        const struct ts_tiers_decl *d = &p->tiers.at[i];
        if (!ts_str_eq(d->name, tiers)) continue;
        struct ts_tier_state *s = ts_profile_tier(ts_run_head(e), d->id);
        if (!s) return d->n_levels ? d->levels[0].rate : one;
        for (uint32_t k = 0; k < d->n_levels; k++)
            if (d->levels[k].id == s->level) return d->levels[k].rate;
    }
    return one;
}

const struct ts_points_decl *ts_points_of(const struct ts_engine *e, uint32_t id)
{
    for (uint32_t i = 0; i < e->bind.program->points.n; i++)
        if (e->bind.program->points.at[i].id == id) return &e->bind.program->points.at[i];
    return NULL;
}

static int64_t power10(unsigned n)
{
    int64_t v = 1;
    while (n--)
        v *= 10;
    return v;
}

static bool too_large(struct ts_engine *e, const struct ts_earn_decl *d)
{
    ts_rule_failed(e, d->rule, "the award is larger than points can be (10^15)", d->origin.file.ptr, d->origin.line, 1);
    return false;
}

static bool earn_amount(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev,
                        struct ts_wish *w)
{
    bool large;
    w->rate = (struct ts_decimal){1, 0};
    if (!d->declared) {
        if (!ts_call_rule_after(e, d->fn_when, TS_FN_AMOUNT, d->fn_amount, d->rule, ev)) return false;
        w->base = w->desired = e->call.amount;
        w->read = ts_call_read(e);
        return true;
    }
    if (!ts_earn_figure(e, d, ev, &w->figure, &large)) return large && !e->run.failed ? too_large(e, d) : false;
    if (d->times_rate) w->rate = tier_rate(e, d->times_tiers);
    if (!ts_earn_points(d, &w->figure, w->rate, &w->desired)) return too_large(e, d);
    w->base = ts_figure_whole(&w->figure);
    w->read = ts_figure_read(e, &w->figure, w->read);
    return true;
}

static void decide_bonuses(struct ts_engine *e, const struct ts_event_view *ev, uint32_t base)
{
    struct ts_run *run = &e->run;
    for (uint32_t i = 0; i < e->bind.bonuses.len; i++) {
        const struct ts_bonus_decl *b = e->bind.bonuses.at[i];
        if (!ts_str_eq(b->of, run->wishes.at[base].earn->name) || !ts_guard_during(e, &b->during, ev->at)) continue;
        struct ts_str read = {NULL, 0};
        if (b->fn_when) {
            if (!ts_call_rule(e, TS_FN_WHEN, b->fn_when, b->rule, ev, false) || !e->call.truth) continue;
            read = ts_call_read(e);
        }
        struct ts_wish w = {.earn = run->wishes.at[base].earn, .bonus = b, .read = read};
        if (b->where.n && !(w.matches = ts_lines_match(e, &run->wishes.at[base], b, ev))) continue;
        struct ts_wish *slot = ts_vec_push(&run->wishes);
        if (slot)
            *slot = w;
        else
            run->failed = true;
    }
}

void ts_earn_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool late)
{
    const uint64_t *picked = ts_pick_event(&l->pick, ev);
    for (uint32_t i = 0; i < l->earns.len && !e->run.failed; i++) {
        if (picked && !(picked[i / 64] >> (i % 64) & 1)) continue;
        const struct ts_earn_decl *d = l->earns.at[i];
        struct ts_wish w = {.earn = d};
        if (e->run.only.ptr && !ts_str_eq(e->run.only, d->name)) continue;
        if (!d->each.ptr && !ts_where_holds(e, &d->where, ev, NULL)) continue;
        if ((late && !d->late) || !ts_guard_during(e, &d->during, ev->at)) continue;
        if (d->once_per.ptr) {
            w.once = once_key(e, d, ev);
            if (w.once.ptr && once_taken(e, w.once)) continue;
        }
        if (d->fn_when && (!ts_call_rule(e, TS_FN_WHEN, d->fn_when, d->rule, ev, false) || !e->call.truth)) continue;
        if (d->fn_when) w.read = ts_call_read(e);
        if (!earn_amount(e, d, ev, &w) || w.desired <= 0) continue;
        struct ts_wish *slot = ts_vec_push(&e->run.wishes);
        if (!slot) {
            e->run.failed = true;
            return;
        }
        *slot = w;
        if (e->bind.bonuses.len) decide_bonuses(e, ev, e->run.wishes.len - 1);
    }
}

/* Write what was read before the effect it led to. */
static void write_read(struct ts_engine *e, struct ts_str read)
{
    if (!read.ptr || read.len <= 2) return;
    struct ts_effect fx = {.op = TS_FX_READ, .json = read};
    ts_do(e, &fx);
}

/* Points of an earning, or with `base` of its bonus. */
static void grant(struct ts_engine *e, struct ts_wish *w, uint32_t rule, const struct ts_at_most *cap, ts_ms at,
                  const struct ts_wish *base)
{
    const struct ts_points_decl *p = ts_points_of(e, w->earn->id);
    const struct ts_zone *z = e->bind.program->zone;
    struct ts_effect use;
    int64_t granted = cap->amount ? ts_cap_left(e, cap, at, w->desired, &use) : w->desired;
    ts_ms activates = !ts_duration_none(p->pending) ? ts_time_add(z, at, p->pending) : at;
    ts_ms expires = p->expires
                        ? ts_time_end_of(z, ts_time_add(z, activates, p->expire_after), (enum ts_boundary)p->expire_at)
                        : TS_NEVER;
    uint64_t profile = e->run.profile ? e->run.profile : ts_run_head(e)->number;
    write_read(e, w->read);
    size_t before = e->run.effects.len;
    ts_lines_split(e, w, base, rule, granted);
    struct ts_effect fx = {.op = TS_FX_EARN,
                           .rule = rule,
                           .name = p->id,
                           .profile = profile,
                           .desired = w->desired,
                           .amount = granted,
                           .at = at,
                           .activates = activates,
                           .until = expires,
                           .of = base ? base->transaction : 0,
                           .base = w->base,
                           .factor = {w->rate, w->bonus ? w->bonus->times : w->earn->times}};
    if (!ts_do(e, &fx)) {
        e->run.effects.len = before; /* no earning, no lines of it */
        if (!e->run.failed)
            ts_rule_failed(e, rule, "the balance would be larger than points can be (10^15)", w->earn->origin.file.ptr,
                           w->earn->origin.line, 1);
        return;
    }
    w->transaction = fx.transaction;
    if (w->transaction && e->run.sale.on) ts_sale_earned(e, w, base, cap->amount ? &use : NULL);
    ts_points_event(e, "points.earned", p->id, granted);
    w->desired = granted; /* a bonus multiplies what was granted */
    if (cap->amount && granted > 0) ts_do(e, &use);
    if (w->once.ptr && !w->bonus) {
        struct ts_effect once = {.op = TS_FX_ONCE, .text = w->once};
        ts_do(e, &once);
    }
}

/* What the bonus would add to the points that its base was granted, or to those of the items that it picks. */
static bool bonus_desired(struct ts_wish *w, const struct ts_wish *base)
{
    struct ts_decimal extra = w->bonus->times;
    extra.digits -= power10(extra.scale);
    w->base = base->desired;
    w->rate = (struct ts_decimal){1, 0};
    if (w->matches) {
        w->base = 0;
        for (uint32_t i = 0; base->points && i < base->figure.n_items; i++)
            w->base += w->matches[i] ? base->points[i] : 0;
    }
    return base->transaction && extra.digits > 0 &&
           ts_decimal_scale(w->base, &extra, 1, 1, TS_ROUND_DOWN, &w->desired) == TS_OK && w->desired > 0;
}

/* Of the bonuses of one `best_of` the one that adds most counts, caps considered; of equal ones the first by name. */
static bool is_best(struct ts_engine *e, const struct ts_wish *w, uint32_t from, uint32_t end)
{
    struct ts_effect use;
    int64_t best = -1, desired = -1;
    const struct ts_wish *first = NULL;
    if (!w->bonus->best_of.ptr) return true;
    for (uint32_t i = from; i < end; i++) {
        const struct ts_wish *x = &e->run.wishes.at[i];
        if (!x->bonus->best_of.ptr || !ts_str_eq(x->bonus->best_of, w->bonus->best_of)) continue;
        int64_t adds = x->bonus->at_most.amount && x->desired > 0
                           ? ts_cap_left(e, &x->bonus->at_most, e->run.event->at, x->desired, &use)
                           : x->desired;
        if (adds < best || (adds == best && x->desired <= desired)) continue;
        best = adds;
        desired = x->desired;
        first = x;
    }
    return first == w;
}

/* All bonuses of the earning at `base` stand behind it, up to `end`. */
static void apply_bonuses(struct ts_engine *e, uint32_t base, uint32_t end)
{
    struct ts_run *run = &e->run;
    bool *counts = ts_arena_alloc(&run->arena, (size_t)(end - base) * sizeof *counts);
    if (!counts) run->failed = true;
    for (uint32_t i = base + 1; i < end && !run->failed; i++)
        if (!bonus_desired(&run->wishes.at[i], &run->wishes.at[base])) run->wishes.at[i].desired = 0;
    for (uint32_t i = base + 1; i < end && !run->failed; i++)
        counts[i - base] = run->wishes.at[i].desired > 0 && is_best(e, &run->wishes.at[i], base + 1, end);
    for (uint32_t i = base + 1; i < end && !run->failed; i++) {
        struct ts_wish *w = &run->wishes.at[i];
        if (counts[i - base]) grant(e, w, w->bonus->rule, &w->bonus->at_most, run->event->at, &run->wishes.at[base]);
    }
}

void ts_apply_wishes(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    for (uint32_t i = 0, end; i < run->wishes.len && !run->failed; i = end) {
        struct ts_wish *w = &run->wishes.at[i];
        for (end = i + 1; end < run->wishes.len && run->wishes.at[end].bonus; end++)
            ;
        grant(e, w, w->earn->rule, &w->earn->at_most, run->event->at, NULL);
        if (end > i + 1) apply_bonuses(e, i, end);
    }
    run->wishes.len = 0;
}
