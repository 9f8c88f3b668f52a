/* SPDX-License-Identifier: Apache-2.0 */
/* The figures that a change rests on, in words: what an earning multiplied, which cap cut it, what a function read, in which window a
 * tier's figure was reached. Money is shown in the currency, points with their decimals. */
#include <inttypes.h>

#include "command/why.h"

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

const char *ts_why_decimal_text(struct ts_decimal d, char out[static 48])
{
    uint64_t size = d.digits < 0 ? 0 - (uint64_t)d.digits : (uint64_t)d.digits;
    unsigned scale = d.scale;
    while (scale && size % 10 == 0) {
        size /= 10;
        scale--;
    }
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, size);
    size_t at = 0, whole = (size_t)n > scale ? (size_t)n - scale : 0;
    if (d.digits < 0) out[at++] = '-';
    if (!whole) out[at++] = '0';
    for (size_t i = 0; i < whole; i++)
        out[at++] = digits[i];
    if (scale) out[at++] = '.';
    for (size_t i = (size_t)n; i < scale && at < 40; i++)
        out[at++] = '0';
    for (size_t i = whole; i < (size_t)n; i++)
        out[at++] = digits[i];
    out[at] = '\0';
    return out;
}

bool ts_why_is_one(struct ts_decimal d)
{
    int64_t unit = 1;
    for (unsigned i = 0; i < d.scale && i < 18; i++)
        unit *= 10;
    return d.digits == unit;
}

const char *ts_why_cap_text(struct ts_why *w, const struct ts_at_most *cap, struct ts_str points, char out[static 96])
{
    char amount[40], window[64] = "";
    ts_points_text(w->session->engine, points, cap->amount, amount);
    if (cap->per_ms && cap->per_ms % 86400000 == 0)
        snprintf(out, 96, "%s in %" PRId64 " day%s", amount, cap->per_ms / 86400000,
                 cap->per_ms == 86400000 ? "" : "s");
    else if (cap->per_ms)
        snprintf(out, 96, "%s in %" PRId64 " minutes", amount, cap->per_ms / 60000);
    else if (cap->per.kind == TS_WINDOW_LIFETIME)
        snprintf(out, 96, "%s in all", amount);
    else {
        ts_window_format(cap->per, window, sizeof window);
        snprintf(out, 96, "%s in a %s", amount, window);
    }
    return out;
}

/* ---- earnings ----------------------------------------------------------------------------------------------------- */

static bool is_money(const struct ts_earn_decl *d)
{
    for (uint32_t i = 0; i < d->n_of; i++)
        if (d->of[i].money) return true;
    return false;
}

/* "100.00 CNY at 1 for each 1.00 CNY, times 1.5 (the rate of the tier)" */
static void declared(struct ts_why *w, const struct ts_earn_decl *d, const struct ts_effect *e, struct ts_str points)
{
    const struct ts_program *p = ts_why_program(w);
    char text[64], number[48];
    struct ts_decimal give = d->give;
    uint8_t unit = is_money(d) ? TS_UNIT_MONEY : TS_UNIT_COUNT;
    give.scale = (uint8_t)(give.scale + ts_points_places(w->session->engine, points));
    if (d->n_of) {
        ts_buf_addf(&w->text, "%s of ", ts_figure_text(p, unit, e->base, text));
        for (uint32_t i = 0; i < d->n_of; i++)
            ts_buf_addf(&w->text, "%s" TS_STR_FMT, i ? " x " : "", TS_STR_ARG(d->of[i].field));
        ts_buf_addf(&w->text, " at %s for each %s%s", ts_why_decimal_text(give, number), d->steps ? "whole " : "",
                    ts_figure_text(p, unit, d->per, text));
    } else {
        ts_buf_addf(&w->text, "%s for %s", ts_why_decimal_text(give, number), d->each.ptr ? "each item" : "the event");
    }
    if (d->times_rate)
        ts_buf_addf(&w->text, ", times %s (the rate of the level)", ts_why_decimal_text(e->factor[0], number));
    if (!ts_why_is_one(e->factor[1]) && e->factor[1].digits)
        ts_buf_addf(&w->text, ", times %s", ts_why_decimal_text(e->factor[1], number));
    ts_buf_byte(&w->text, '\n');
}

/* A bonus names its base. */
static void bonus(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_effect *e = i->effect;
    const struct ts_why_move *base = ts_why_moves_find(&w->moves, e->of);
    struct ts_decimal times = e->factor[1];
    char amount[40], number[48];
    int64_t one = 1;
    for (unsigned k = 0; k < times.scale && k < 18; k++)
        one *= 10;
    times.digits -= one;
    ts_buf_addf(&w->text, "%s x %s", ts_points_text(w->session->engine, i->name, e->base, amount),
                ts_why_decimal_text(times, number));
    if (base) {
        struct ts_str rule = ts_rule_short(ts_engine_names(w->session->engine), base->rule);
        ts_buf_addf(&w->text, ", of the %s that \"" TS_STR_FMT "\" gave (transaction %" PRIu64 ")",
                    ts_points_text(w->session->engine, i->name, base->amount, amount), TS_STR_ARG(rule), base->id);
    }
    ts_buf_byte(&w->text, '\n');
}

static void over_the_cap(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_earn_decl *d = ts_why_earn(w, i->rule);
    const struct ts_bonus_decl *b = ts_why_bonus(w, i->rule);
    const struct ts_at_most *cap = d ? &d->at_most : b ? &b->at_most : NULL;
    char wanted[40], granted[40], text[96] = "";
    ts_buf_addf(&w->text, "%s wanted, %s granted: the rest was over the cap",
                ts_points_text(w->session->engine, i->name, i->effect->desired, wanted),
                ts_points_text(w->session->engine, i->name, i->effect->amount, granted));
    if (cap && cap->amount) ts_buf_addf(&w->text, ", %s", ts_why_cap_text(w, cap, i->name, text));
    ts_buf_byte(&w->text, '\n');
}

void ts_why_say_factors(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_effect *e = i->effect;
    if (!e || e->op != TS_FX_EARN) return;
    const struct ts_earn_decl *d = ts_why_earn(w, i->rule);
    if (e->of)
        bonus(w, i);
    else if (d && d->declared)
        declared(w, d, e, i->name);
    if (e->desired > e->amount) over_the_cap(w, i);
}

/* ---- what was read ------------------------------------------------------------------------------------------------ */

/* What a milestone counted is in the unit of its measure. */
static const struct ts_measure *counted(struct ts_why *w, uint32_t rule, struct ts_str key)
{
    const struct ts_program *p = ts_why_program(w);
    const struct ts_milestone_decl *m = ts_why_milestone(w, rule);
    if (!m || !(ts_str_eq(key, TS_STR("figure")) || ts_str_eq(key, TS_STR("threshold")))) return NULL;
    for (uint32_t i = 0; i < p->measures.n; i++)
        if (ts_str_eq(p->measures.at[i].name, m->of)) return &p->measures.at[i];
    return NULL;
}

/* What a notice of a fall says to be missing is in the unit of the basis, where there is one. */
static const struct ts_tier_basis *missing_of(struct ts_why *w, const struct ts_why_item *i, struct ts_str key)
{
    const struct ts_program *p = ts_why_program(w);
    struct ts_rule_name rule;
    if (i->kind != TS_WHY_NOTIFY || !ts_str_eq(key, TS_STR("missing")) || !ts_why_rule(w, i->rule, &rule) ||
        !ts_str_eq(rule.kind, TS_STR("tiers")))
        return NULL;
    for (uint32_t k = 0; k < p->tiers.n; k++)
        if (ts_str_eq(p->tiers.at[k].name, rule.name))
            return p->tiers.at[k].n_bases == 1 ? &p->tiers.at[k].bases[0] : NULL;
    return NULL;
}

static void read_value(struct ts_why *w, const struct ts_why_item *i, const struct ts_json_node *n)
{
    char text[64];
    int64_t whole;
    ts_ms instant;
    const struct ts_measure *m = counted(w, i->rule, n->key);
    const struct ts_tier_basis *basis = missing_of(w, i, n->key);
    if (basis && ts_json_integer(n, &whole) == TS_OK)
        ts_buf_adds(&w->text, ts_basis_text(w->session->engine, basis, whole, text));
    else if (n->type == TS_JSON_NUMBER && ts_json_integer(n, &whole) == TS_OK)
        ts_buf_adds(&w->text, m ? ts_figure_text(ts_why_program(w), m->unit, whole, text)
                                : ts_read_text(w->session->engine, ts_why_program(w), n->key, whole, text));
    else if (n->type == TS_JSON_NUMBER)
        ts_buf_add(&w->text, n->text.ptr, n->text.len);
    else if (n->type == TS_JSON_STRING && i->kind == TS_WHY_NOTIFY && ts_time_parse(n->text, &instant) == TS_OK)
        ts_buf_adds(&w->text, ts_text_time(w->zone, instant, text));
    else if (n->type == TS_JSON_STRING)
        ts_buf_addf(&w->text, "\"" TS_STR_FMT "\"", TS_STR_ARG(n->text));
    else if (n->type == TS_JSON_TRUE || n->type == TS_JSON_FALSE)
        ts_buf_adds(&w->text, n->type == TS_JSON_TRUE ? "yes" : "no");
    else
        ts_buf_adds(&w->text, n->type == TS_JSON_ARRAY ? "a list" : n->type == TS_JSON_OBJECT ? "a table" : "nothing");
}

/* A line of "key: value, ..." behind `lead`. */
static void say_object(struct ts_why *w, const struct ts_why_item *i, struct ts_str read, const char *lead)
{
    bool first = true;
    if (read.len <= 2) return;
    if (ts_json_parse(&w->inner, read.ptr, read.len, false) != TS_OK) return;
    for (const struct ts_json_node *n = ts_json_first(&w->inner, ts_json_root(&w->inner)); n;
         n = ts_json_next(&w->inner, n)) {
        ts_buf_adds(&w->text, first ? lead : ", ");
        first = false;
        if (ts_str_eq(n->key, TS_STR("more"))) {
            ts_buf_adds(&w->text, "and more");
            continue;
        }
        ts_buf_addf(&w->text, TS_STR_FMT ": ", TS_STR_ARG(n->key));
        read_value(w, i, n);
    }
    if (!first) ts_buf_byte(&w->text, '\n');
}

void ts_why_say_read(struct ts_why *w, const struct ts_why_item *i) { say_object(w, i, i->read, "having read "); }

/* What an event of a rule's own, or a notice, carries. */
void ts_why_say_carried(struct ts_why *w, const struct ts_why_item *i)
{
    if (i->effect && (i->kind == TS_WHY_NOTIFY || i->kind == TS_WHY_EMIT)) say_object(w, i, i->effect->json, "with ");
}

/* ---- tiers -------------------------------------------------------------------------------------------------------- */

void ts_why_say_tier(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_program *p = ts_why_program(w);
    const struct ts_tiers_decl *t = NULL;
    size_t before = w->text.len;
    for (uint32_t k = 0; k < p->tiers.n && !t; k++)
        if (ts_str_eq(p->tiers.at[k].name, i->name)) t = &p->tiers.at[k];
    if (t && i->rule) ts_tier_say(w->session->engine, t, i->read, &w->text);
    if (w->text.len > before) ts_buf_byte(&w->text, '\n');
}
