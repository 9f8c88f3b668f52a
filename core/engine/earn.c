/* SPDX-License-Identifier: Apache-2.0 */
/* Earning points. First everything is decided with the member as he stood (wishes), then it is applied in order: earnings, then their
 * bonuses. Amounts are exact: figure x factors / per in one product with one rounding at the end; caps cut what is granted, and
 * both figures are kept. */
#include "engine/internal.h"

/* Month of a date trait ("2000-02-29"), 0: unknown. */
static int trait_month(struct ts_engine *e, struct ts_str name)
{
    if (!name.ptr) return 0;
    uint32_t id = ts_names_find(e->names, TS_SPACE_TRAIT, name);
    struct ts_trait *t = id ? ts_profile_trait(ts_run_head(e), id) : NULL;
    if (!t || t->json.len < 9) return 0;
    const char *p = t->json.ptr + 1; /* behind the quote */
    if (p[4] != '-' || p[5] < '0' || p[5] > '1' || p[6] < '0' || p[6] > '9') return 0;
    return (p[5] - '0') * 10 + p[6] - '0';
}

bool ts_guard_during(struct ts_engine *e, const struct ts_during *d, ts_ms at)
{
    return !d->any || ts_during_holds(d, e->bind.program->zone, at, trait_month(e, d->month_of));
}

static struct ts_str once_key(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev)
{
    const struct ts_json_node *n = ev->json ? ts_json_get(ev->json, ev->properties, d->once_per) : NULL;
    if (!n || (n->type != TS_JSON_STRING && n->type != TS_JSON_NUMBER)) return (struct ts_str){NULL, 0};
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, "o:" TS_STR_FMT "\x1f", TS_STR_ARG(d->name));
    ts_buf_add(&e->scratch, n->text.ptr, n->text.len);
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

/* The figure an earning multiplies; false: the event has none. */
static bool earn_base(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev, int64_t *ret)
{
    *ret = 1;
    if (!d->of.ptr) return true;
    bool ok;
    const struct ts_json_node *n = ev->json ? ts_json_get(ev->json, ev->properties, d->of) : NULL;
    *ret = ts_field_number(e, ev->json, n, d->of_money ? TS_UNIT_MONEY : TS_UNIT_INTEGER, &ok);
    return ok && *ret > 0;
}

static bool earn_amount(struct ts_engine *e, const struct ts_earn_decl *d, const struct ts_event_view *ev,
                        struct ts_wish *w)
{
    w->rate = (struct ts_decimal){1, 0};
    if (!d->declared) {
        if (!ts_call_rule(e, TS_FN_AMOUNT, d->fn_amount, d->rule, ev, false)) return false;
        w->base = w->desired = e->call.amount;
        w->read = ts_call_read(e);
        return true;
    }
    if (!earn_base(e, d, ev, &w->base)) return false;
    if (d->times_rate) w->rate = tier_rate(e, d->times_tiers);
    int64_t base = d->steps ? w->base / d->per * d->per : w->base;
    struct ts_decimal factors[3] = {d->give, w->rate,
                                    d->times}; /* `give` is in the smallest unit of the points already */
    enum ts_code code = ts_decimal_scale(base, factors, 3, d->per, (enum ts_rounding)d->rounding, &w->desired);
    if (code != TS_OK || w->desired > TS_LIMIT_POINTS) {
        ts_rule_failed(e, d->rule, "the award is larger than points can be (10^15)", d->origin.file.ptr, d->origin.line,
                       1);
        return false;
    }
    return true;
}

static void decide_bonuses(struct ts_engine *e, const struct ts_event_view *ev, uint32_t base)
{
    struct ts_run *run = &e->run;
    uint32_t first = run->wishes.len;
    for (uint32_t i = 0; i < e->bind.bonuses.len; i++) {
        const struct ts_bonus_decl *b = e->bind.bonuses.at[i];
        if (!ts_str_eq(b->of, run->wishes.at[base].earn->name) || !ts_guard_during(e, &b->during, ev->at)) continue;
        struct ts_str read = {NULL, 0};
        if (b->fn_when) {
            if (!ts_call_rule(e, TS_FN_WHEN, b->fn_when, b->rule, ev, false) || !e->call.truth) continue;
            read = ts_call_read(e);
        }
        struct ts_wish *better = NULL;
        for (uint32_t k = first; k < run->wishes.len && b->best_of.ptr; k++)
            if (run->wishes.at[k].bonus->best_of.ptr && ts_str_eq(run->wishes.at[k].bonus->best_of, b->best_of))
                better = &run->wishes.at[k];
        struct ts_wish w = {.earn = run->wishes.at[base].earn, .bonus = b, .wish_of = base, .read = read};
        if (better) {
            __int128 mine = (__int128)b->times.digits * power10(better->bonus->times.scale);
            __int128 its = (__int128)better->bonus->times.digits * power10(b->times.scale);
            if (mine > its) *better = w;
            continue;
        }
        struct ts_wish *slot = ts_vec_push(&run->wishes);
        if (slot)
            *slot = w;
        else
            run->failed = true;
    }
}

void ts_earn_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool late)
{
    for (uint32_t i = 0; i < l->earns.len && !e->run.failed; i++) {
        const struct ts_earn_decl *d = l->earns.at[i];
        struct ts_wish w = {.earn = d};
        if (e->run.only.ptr && !ts_str_eq(e->run.only, d->name)) continue;
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

static void grant(struct ts_engine *e, struct ts_wish *w, uint32_t rule, const struct ts_at_most *cap, ts_ms at,
                  uint64_t of)
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
    struct ts_effect fx = {.op = TS_FX_EARN,
                           .rule = rule,
                           .name = p->id,
                           .profile = profile,
                           .desired = w->desired,
                           .amount = granted,
                           .at = at,
                           .activates = activates,
                           .until = expires,
                           .of = of,
                           .base = w->base,
                           .factor = {w->rate, w->bonus ? w->bonus->times : w->earn->times}};
    if (!ts_do(e, &fx)) {
        if (!e->run.failed)
            ts_rule_failed(e, rule, "the balance would be larger than points can be (10^15)", w->earn->origin.file.ptr,
                           w->earn->origin.line, 1);
        return;
    }
    w->transaction = fx.transaction;
    ts_points_event(e, "points.earned", p->id, granted);
    w->desired = granted; /* a bonus multiplies what was granted */
    if (cap->amount && granted > 0) ts_do(e, &use);
    if (w->once.ptr && !w->bonus) {
        struct ts_effect once = {.op = TS_FX_ONCE, .text = w->once};
        ts_do(e, &once);
    }
}

void ts_apply_wishes(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    ts_ms at = run->event->at;
    for (uint32_t i = 0; i < run->wishes.len && !run->failed; i++) {
        struct ts_wish *w = &run->wishes.at[i];
        if (!w->bonus) {
            grant(e, w, w->earn->rule, &w->earn->at_most, at, 0);
            continue;
        }
        const struct ts_wish *base = &run->wishes.at[w->wish_of];
        struct ts_decimal extra = w->bonus->times;
        extra.digits -= power10(extra.scale);
        if (!base->transaction || extra.digits <= 0) continue;
        w->base = base->desired;
        w->rate = (struct ts_decimal){1, 0};
        if (ts_decimal_scale(base->desired, &extra, 1, 1, TS_ROUND_DOWN, &w->desired) != TS_OK || w->desired <= 0)
            continue;
        grant(e, w, w->bonus->rule, &w->bonus->at_most, at, base->transaction);
    }
    run->wishes.len = 0;
}
