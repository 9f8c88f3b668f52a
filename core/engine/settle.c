/* SPDX-License-Identifier: Apache-2.0 */
/* After the effects of a round: tags, then tiers, then the internal events that came of it, each again with rules and effects, until nothing
 * changes any more. The order inside one record is SEMANTICS.md's. Depth and number of internal events are bounded; past the bound the record
 * is rolled back and quarantined. */
#include "engine/internal.h"

/* ---- internal events ---- */

void ts_inner_add(struct ts_engine *e, struct ts_str name, struct ts_str json)
{
    struct ts_run *run = &e->run;
    uint32_t depth = run->inner_depth + 1;
    if (depth > TS_LIMIT_INTERNAL_DEPTH || ++run->inner_total > TS_LIMIT_INTERNAL_EVENTS) {
        run->over_limit = true;
        return;
    }
    struct ts_inner *slot = ts_vec_push(&run->inner);
    if (slot)
        *slot = (struct ts_inner){ts_run_keep(e, name), ts_run_keep(e, json), depth};
    else
        run->failed = true;
}

static bool heard(const struct ts_listen *l)
{
    return l && (l->measures.len || l->scores.len || l->earns.len || l->tags.len || l->rules.len);
}

/* One of the engine's own events: made only where a declaration listens. */
void ts_inner_event(struct ts_engine *e, const char *name, struct ts_str json)
{
    if (heard(ts_listen_to(e, ts_cstr(name)))) ts_inner_add(e, ts_cstr(name), json);
}

void ts_tag_event(struct ts_engine *e, const char *name, uint32_t tag)
{
    if (!heard(ts_listen_to(e, ts_cstr(name)))) return;
    ts_buf_clear(&e->image);
    ts_buf_adds(&e->image, "{\"tag\":");
    ts_buf_json(&e->image, ts_names_text(e->names, TS_SPACE_TAG, tag));
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) e->run.failed = true;
    ts_inner_add(e, ts_cstr(name), ts_str((const char *)e->image.data, e->image.len));
}

void ts_points_event(struct ts_engine *e, const char *name, uint32_t points, int64_t amount)
{
    const struct ts_points_decl *d = ts_points_of(e, points);
    if (!d || amount <= 0 || !heard(ts_listen_to(e, ts_cstr(name)))) return;
    ts_buf_clear(&e->image);
    ts_buf_addf(&e->image, "{\"amount\":%lld,\"points\":", (long long)amount);
    ts_buf_json(&e->image, d->name);
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) e->run.failed = true;
    ts_inner_add(e, ts_cstr(name), ts_str((const char *)e->image.data, e->image.len));
}

/* ---- tags ---- */

static void tag_add(struct ts_engine *e, const struct ts_tag_decl *t, ts_ms until, struct ts_str read)
{
    if (read.ptr) {
        struct ts_effect r = {.op = TS_FX_READ, .json = read};
        ts_do(e, &r);
    }
    bool had = ts_profile_tag(ts_run_head(e), t->id) != NULL;
    struct ts_effect fx = {.op = TS_FX_TAG_ADD, .rule = t->rule, .name = t->id, .until = until};
    if (ts_do(e, &fx) && !had) ts_tag_event(e, "tag.added", t->id);
}

static void tag_remove(struct ts_engine *e, const struct ts_tag_decl *t, struct ts_str read)
{
    if (read.ptr) {
        struct ts_effect r = {.op = TS_FX_READ, .json = read};
        ts_do(e, &r);
    }
    struct ts_effect fx = {.op = TS_FX_TAG_REMOVE, .rule = t->rule, .name = t->id};
    if (ts_do(e, &fx)) ts_tag_event(e, "tag.removed", t->id);
}

/* Tags that an event stamps: they last from the event for as long as they are kept; a later stamp makes it longer. */
static void stamp_tags(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev)
{
    for (uint32_t i = 0; i < l->tags.len && !e->run.failed; i++) {
        const struct ts_tag_decl *t = l->tags.at[i];
        struct ts_str read = {NULL, 0};
        if (e->run.only.ptr && !ts_str_eq(e->run.only, t->name)) continue;
        if (!ts_guard_during(e, &t->during, ev->at)) continue;
        if (t->fn_when) {
            if (!ts_call_rule(e, TS_FN_WHEN, t->fn_when, t->rule, ev, false) || !e->call.truth) continue;
            read = ts_call_read(e);
        }
        ts_ms until = !ts_duration_none(t->keep) ? ts_time_add(e->bind.program->zone, ev->at, t->keep) : TS_NEVER;
        const struct ts_tag *has = ts_profile_tag(ts_run_head(e), t->id);
        if (until <= e->run.now || (has && has->until >= until)) continue;
        tag_add(e, t, until, read);
    }
}

/* ---- conditions ---- */

static bool known_read(const struct ts_engine *e, uint32_t condition, uint32_t item)
{
    const struct ts_item_conditions *c = ts_item_readers(e, item);
    for (uint32_t k = 0; c && k < c->conditions.len; k++)
        if (c->conditions.at[k] == condition) return true;
    return false;
}

static ts_ms watch_of(struct ts_engine *e, uint32_t condition)
{
    struct ts_profile *head = ts_run_head(e);
    for (uint32_t i = 0; i < head->watches.len; i++)
        if (head->watches.at[i].condition == condition) return head->watches.at[i].due;
    return TS_NEVER;
}

static void set_watch(struct ts_engine *e, uint32_t condition, ts_ms due)
{
    if (watch_of(e, condition) == due) return;
    struct ts_effect fx = {.op = TS_FX_WATCH, .name = condition, .at = due};
    ts_do(e, &fx);
}

/* One that raises keeps its tag as it is, and what it read until then says when to look again. */
void ts_look_at(struct ts_engine *e, uint32_t index)
{
    const struct ts_condition *c = &e->bind.conditions.at[index];
    bool done = ts_call_rule(e, TS_FN_WHEN, c->tag->fn_when, c->tag->rule, NULL, true), truth = e->call.truth;
    ts_day watch = e->call.watch;
    bool has = ts_profile_tag(ts_run_head(e), c->tag->id) != NULL;
    struct ts_str read = done && truth != has ? ts_call_read(e) : (struct ts_str){NULL, 0};
    for (uint32_t i = 0; i < e->call.reads.len && !e->run.failed; i++) {
        uint32_t item = e->call.reads.at[i];
        if (known_read(e, index, item)) continue;
        struct ts_effect fx = {.op = TS_FX_READS, .name = c->id, .from = item};
        ts_do(e, &fx);
    }
    set_watch(e, c->id, watch == INT32_MAX ? TS_NEVER : ts_zone_day_start(e->bind.program->zone, watch));
    if (done && truth && !has) tag_add(e, c->tag, TS_NEVER, read);
    if (done && !truth && has) tag_remove(e, c->tag, read);
}

/* Which conditions read something that changed? Marks them in run.looks. */
static void mark_conditions(struct ts_engine *e, bool all)
{
    struct ts_run *run = &e->run;
    uint32_t n = e->bind.conditions.len;
    run->looks.len = 0;
    if (!n || (!all && !run->changed.len)) return;
    if (run->looks.cap < n) {
        uint8_t *p = ts_realloc(run->looks.at, n);
        if (!p) {
            run->failed = true;
            return;
        }
        run->looks.at = p;
        run->looks.cap = n;
    }
    memset(run->looks.at, all, n);
    run->looks.len = n;
    for (uint32_t i = 0; i < run->changed.len && !all; i++) {
        const struct ts_item_conditions *item = ts_item_readers(e, run->changed.at[i]);
        for (uint32_t c = 0; item && c < item->conditions.len; c++)
            run->looks.at[item->conditions.at[c]] = 1;
    }
}

/* ---- tiers ---- */

uint32_t ts_tiers_level(const struct ts_tiers_decl *t, int64_t figure)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < t->n_levels; i++)
        if (figure >= t->levels[i].from) best = i;
    return best;
}

static uint32_t basis_series(const struct ts_engine *e, const struct ts_tiers_decl *t, bool *ret_sum)
{
    const struct ts_program *p = e->bind.program;
    *ret_sum = true;
    if (t->basis == TS_BASIS_EARNED) {
        for (uint32_t i = 0; i < p->points.n; i++)
            if (ts_str_eq(p->points.at[i].name, t->basis_name)) return e->bind.earned_series[i];
        return 0;
    }
    for (uint32_t i = 0; i < p->measures.n; i++)
        if (ts_str_eq(p->measures.at[i].name, t->basis_name)) {
            *ret_sum = p->measures.at[i].sum.ptr != NULL;
            return p->measures.at[i].id;
        }
    return 0;
}

int64_t ts_tiers_figure(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_member *m, ts_ms at)
{
    bool sum;
    uint32_t series = basis_series(e, t, &sum);
    ts_day from, to;
    struct ts_sum s;
    ts_window_days(t->window, ts_local_day(e, at), &from, &to);
    if (!series || !ts_member_window(m, series, 0, from, to, &s, NULL)) return 0;
    return sum ? s.sum : s.count;
}

static bool has_level(const struct ts_tiers_decl *t, const struct ts_tier_state *s)
{
    for (uint32_t i = 0; i < t->n_levels; i++)
        if (t->levels[i].id == s->level) return true;
    return false;
}

static uint32_t level_of(const struct ts_tiers_decl *t, const struct ts_tier_state *s)
{
    for (uint32_t i = 0; s && i < t->n_levels; i++)
        if (t->levels[i].id == s->level) return i;
    return 0;
}

/* The start of the next period after t: when a review happens. */
ts_ms ts_review_after(const struct ts_zone *z, ts_ms t, uint8_t period)
{
    switch ((enum ts_period)period) {
    case TS_PERIOD_DAY:
        return ts_time_end_of(z, t, TS_BOUNDARY_DAY);
    case TS_PERIOD_WEEK: {
        ts_day day = ts_zone_day(z, t);
        return ts_zone_day_start(z, day + 8 - ts_day_weekday(day));
    }
    case TS_PERIOD_MONTH:
        return ts_time_end_of(z, t, TS_BOUNDARY_MONTH);
    case TS_PERIOD_QUARTER:
        return ts_time_end_of(z, t, TS_BOUNDARY_QUARTER);
    default:
        return ts_time_end_of(z, t, TS_BOUNDARY_YEAR);
    }
}

static ts_ms next_review(struct ts_engine *e, const struct ts_tiers_decl *t, uint32_t level)
{
    bool needed = t->upgrade_at_once ? t->downgrades && level > 0 : true;
    return needed ? ts_review_after(e->bind.program->zone, e->run.now, t->review) : TS_NEVER;
}

static void move_tier(struct ts_engine *e, const struct ts_tiers_decl *t, uint32_t from, uint32_t to, int64_t figure)
{
    struct ts_run *run = &e->run;
    ts_ms since = run->body && run->now == run->time ? run->at : run->now;
    struct ts_effect fx = {.op = TS_FX_TIER,
                           .rule = t->rule,
                           .name = t->id,
                           .from = t->levels[from].id,
                           .to = t->levels[to].id,
                           .amount = figure,
                           .tier = {.tiers = t->id,
                                    .level = t->levels[to].id,
                                    .rule = t->rule,
                                    .since = since,
                                    .basis = figure,
                                    .review_at = next_review(e, t, to)}};
    if (!ts_do(e, &fx)) return;
    ts_buf_clear(&e->image);
    ts_buf_adds(&e->image, "{\"from\":");
    ts_buf_json(&e->image, t->levels[from].name);
    ts_buf_adds(&e->image, ",\"tiers\":");
    ts_buf_json(&e->image, t->name);
    ts_buf_adds(&e->image, ",\"to\":");
    ts_buf_json(&e->image, t->levels[to].name);
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) run->failed = true;
    ts_inner_event(e, to > from ? "tier.upgraded" : "tier.downgraded",
                   ts_str((const char *)e->image.data, e->image.len));
}

static bool has_changed(const struct ts_engine *e, uint32_t item)
{
    for (uint32_t i = 0; i < e->run.changed.len; i++)
        if (e->run.changed.at[i] == item) return true;
    return false;
}

static void keep_state(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_tier_state *s)
{
    struct ts_effect fx = {.op = TS_FX_TIER_STATE, .rule = s->rule, .name = t->id, .tier = *s};
    ts_do(e, &fx);
}

static void upgrade(struct ts_engine *e, const struct ts_tiers_decl *t)
{
    struct ts_tier_state *s = ts_profile_tier(ts_run_head(e), t->id);
    if (s && s->manual_until > e->run.now) return;
    int64_t figure = ts_tiers_figure(e, t, ts_run_member(e), e->run.now);
    uint32_t now = level_of(t, s), level = ts_tiers_level(t, figure);
    if (t->upgrade_at_once && level > now) {
        move_tier(e, t, now, level, figure);
    } else if (s) {
        struct ts_tier_state kept = *s;
        if (!has_level(t, s)) kept.level = t->levels[0].id;                      /* his level is no longer declared */
        if (kept.review_at == TS_NEVER) kept.review_at = next_review(e, t, now); /* new rules may review what was not */
        if (t->upgrade_at_once && level == now) { /* back at his level: the notice is void */
            kept.below_since = kept.notice_at = 0;
            kept.notice_to = 0;
        }
        if (kept.level != s->level || kept.review_at != s->review_at || kept.below_since != s->below_since ||
            kept.notice_to != s->notice_to)
            keep_state(e, t, &kept);
    } else if (!t->upgrade_at_once) {
        struct ts_tier_state fresh = {.tiers = t->id,
                                      .level = t->levels[0].id,
                                      .rule = t->rule,
                                      .since = e->run.now,
                                      .basis = figure,
                                      .review_at = next_review(e, t, 0)};
        keep_state(e, t, &fresh);
    }
}

static void look_at_tiers(struct ts_engine *e, bool all)
{
    const struct ts_program *p = e->bind.program;
    for (uint32_t i = 0; i < p->tiers.n && !e->run.failed; i++) {
        bool sum;
        uint32_t series = basis_series(e, &p->tiers.at[i], &sum);
        if (all || e->run.tiers_look || has_changed(e, TS_READ_ITEM(TS_READ_SERIES, series)))
            upgrade(e, &p->tiers.at[i]);
    }
}

/* The lowest level that he may fall to at this review. */
static uint32_t floor_level(const struct ts_tiers_decl *t, uint32_t now, uint32_t given)
{
    uint32_t to = t->steps && now > given + t->steps ? now - t->steps : given;
    for (uint32_t i = now; i > to; i--)
        if (t->levels[i].never_lost) return i;
    return to;
}

static ts_ms first_review_from(struct ts_engine *e, const struct ts_tiers_decl *t, ts_ms from)
{
    ts_ms review = e->run.now;
    while (review < from)
        review = ts_review_after(e->bind.program->zone, review, t->review);
    return review;
}

static void give_notice(struct ts_engine *e, const struct ts_tiers_decl *t, struct ts_tier_state kept, uint32_t now,
                        uint32_t to, int64_t figure)
{
    const struct ts_zone *z = e->bind.program->zone;
    ts_ms graced = ts_time_add(z, e->run.now, t->grace), noticed = ts_time_add(z, e->run.now, t->notice);
    char when[32];
    kept.below_since = e->run.now;
    kept.notice_to = t->levels[to].id;
    kept.notice_at = first_review_from(e, t, graced > noticed ? graced : noticed);
    kept.review_at = next_review(e, t, now);
    keep_state(e, t, &kept);
    ts_buf_clear(&e->image);
    ts_buf_addf(&e->image, "{\"at\":\"%s\",\"from\":", ts_time_format(kept.notice_at, when));
    ts_buf_json(&e->image, t->levels[now].name);
    ts_buf_addf(&e->image, ",\"missing\":%lld,\"tiers\":", (long long)(t->levels[now].from - figure));
    ts_buf_json(&e->image, t->name);
    ts_buf_adds(&e->image, ",\"to\":");
    ts_buf_json(&e->image, t->levels[to].name);
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) e->run.failed = true;
    struct ts_effect fx = {.op = TS_FX_NOTIFY,
                           .rule = t->rule,
                           .text = TS_STR("tier.notice"),
                           .json = ts_str((const char *)e->image.data, e->image.len)};
    ts_do(e, &fx);
}

/* A review: upgrades where they wait for it; downgrades after grace and notice, by so many steps, never below what is never lost. */
void ts_review_tier(struct ts_engine *e, uint32_t tiers)
{
    const struct ts_tiers_decl *t = NULL;
    for (uint32_t i = 0; i < e->bind.program->tiers.n; i++)
        if (e->bind.program->tiers.at[i].id == tiers) t = &e->bind.program->tiers.at[i];
    struct ts_tier_state kept = *ts_profile_tier(ts_run_head(e), tiers);
    if (!t) { /* no longer declared */
        kept.review_at = TS_NEVER;
        struct ts_effect fx = {.op = TS_FX_TIER_STATE, .rule = kept.rule, .name = tiers, .tier = kept};
        ts_do(e, &fx);
        return;
    }
    int64_t figure = ts_tiers_figure(e, t, ts_run_member(e), e->run.now);
    uint32_t now = level_of(t, &kept), given = ts_tiers_level(t, figure);
    uint32_t to = given < now && t->downgrades ? floor_level(t, now, given) : now;
    bool manual = kept.manual_until > e->run.now;
    bool at_once = ts_duration_none(t->grace) && ts_duration_none(t->notice);
    bool due = at_once || (kept.below_since && e->run.now >= kept.notice_at);
    if (given > now && !manual) {
        move_tier(e, t, now, given, figure);
    } else if (to == now || manual) {
        kept.below_since = kept.notice_at = 0;
        kept.notice_to = 0;
        kept.review_at = next_review(e, t, now);
        keep_state(e, t, &kept);
    } else if (due) {
        move_tier(e, t, now, to, figure);
    } else if (!kept.below_since) {
        give_notice(e, t, kept, now, to, figure);
    } else {
        kept.review_at = next_review(e, t, now);
        keep_state(e, t, &kept);
    }
}

/* ---- until nothing changes ---- */

static void one_round(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool all)
{
    struct ts_run *run = &e->run;
    if (l) stamp_tags(e, l, ev);
    mark_conditions(e, all);
    run->tiers_look = all;
    for (uint32_t i = 0; i < e->bind.program->tiers.n; i++) {
        bool sum;
        uint32_t series = basis_series(e, &e->bind.program->tiers.at[i], &sum);
        if (has_changed(e, TS_READ_ITEM(TS_READ_SERIES, series))) run->tiers_look = true;
    }
    run->changed.len = 0;
    for (uint32_t i = 0; i < run->looks.len && !run->failed; i++)
        if (run->looks.at[i]) ts_look_at(e, i);
    look_at_tiers(e, all);
    run->tiers_look = false;
}

static bool changed_matters(const struct ts_engine *e)
{
    for (uint32_t i = 0; i < e->run.changed.len; i++) {
        const struct ts_item_conditions *item = ts_item_readers(e, e->run.changed.at[i]);
        if (item && item->conditions.len) return true;
    }
    return false;
}

static void inner_round(struct ts_engine *e, struct ts_inner in)
{
    struct ts_run *run = &e->run;
    const struct ts_event_view *outer = run->event;
    const struct ts_listen *l = ts_listen_to(e, in.name);
    struct ts_effect fx = {.op = TS_FX_EMIT, .text = in.name, .json = in.json};
    run->inner_depth = in.depth;
    if (!ts_do(e, &fx)) return;
    struct ts_event_view ev = {.name = in.name, .decl = l ? l->decl : NULL, .at = run->now};
    enum ts_code code = in.json.ptr ? ts_json_parse(&e->inner_json, in.json.ptr, in.json.len, true) : TS_E_SYNTAX;
    if (code == TS_OK) {
        ev.json = &e->inner_json;
        ev.properties = ts_json_root(&e->inner_json);
    } else if (code == TS_E_MEMORY) {
        run->failed = true;
        return;
    }
    ts_rules_begin(e->rules);
    run->event = &ev;
    if (l) {
        ts_earn_event(e, l, &ev, false);
        ts_rules_event(e, l, &ev);
        ts_apply_wishes(e);
        ts_apply_askings(e);
    }
    one_round(e, l, &ev, false);
    run->event = outer;
}

void ts_settle(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool all)
{
    struct ts_run *run = &e->run;
    run->inner_depth = 0;
    one_round(e, l, ev, all);
    run->only.ptr = NULL; /* a retry is of one declaration; what follows from it concerns all */
    for (uint32_t rounds = 0; !run->failed && !run->over_limit; rounds++) {
        if (run->inner_next < run->inner.len) {
            inner_round(e, run->inner.at[run->inner_next++]);
        } else if (changed_matters(e)) {
            if (rounds > TS_LIMIT_INTERNAL_EVENTS) run->over_limit = true; /* tags that turn each other on and off */
            one_round(e, NULL, NULL, false);
        } else {
            break;
        }
    }
    run->inner.len = run->inner_next = 0;
    run->inner_depth = 0;
    run->changed.len = 0; /* what is left concerns no condition; the next member of a slice begins with nothing */
}

void ts_settle_due(struct ts_engine *e, bool all)
{
    struct ts_run *run = &e->run;
    ts_settle(e, NULL, NULL, all);
    run->inner_total = 0;
    if (!run->over_limit || run->failed) return;
    run->over_limit = false;
    ts_rule_failed(
        e, 0, "internal events of due work went past their limit, the rest was left out: rules that call each other",
        "", 0, 2);
}
