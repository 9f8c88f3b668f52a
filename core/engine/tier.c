/* SPDX-License-Identifier: Apache-2.0 */
/* Tiers: rising, and reviews. A member rises at once or at a review, and falls only at a review, after grace and notice, by so many steps,
 * never below what is never lost. A review judges by the windows of the bases and, where one is given, by the window of `downgrade`: any
 * of them is enough to keep a level. */
#include "engine/internal.h"

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

/* A level given by hand is looked at again when its time is over. */
static ts_ms next_look(struct ts_engine *e, const struct ts_tiers_decl *t, uint32_t level, ts_ms manual_until)
{
    ts_ms review = next_review(e, t, level);
    return manual_until > e->run.now && manual_until < review ? manual_until : review;
}

static void tell_moved(struct ts_engine *e, const struct ts_tiers_decl *t, uint32_t from, uint32_t to)
{
    ts_buf_clear(&e->image);
    ts_buf_adds(&e->image, "{\"from\":");
    ts_buf_json(&e->image, t->levels[from].name);
    ts_buf_adds(&e->image, ",\"tiers\":");
    ts_buf_json(&e->image, t->name);
    ts_buf_adds(&e->image, ",\"to\":");
    ts_buf_json(&e->image, t->levels[to].name);
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) e->run.failed = true;
    ts_inner_event(e, to > from ? "tier.upgraded" : "tier.downgraded",
                   ts_str((const char *)e->image.data, e->image.len));
}

static void move_tier(struct ts_engine *e, const struct ts_tiers_decl *t, uint32_t from, uint32_t to,
                      const struct ts_tier_cause *cause)
{
    struct ts_run *run = &e->run;
    ts_tier_reason(e, t, cause);
    ts_ms since = run->body && run->now == run->time ? run->at : run->now;
    struct ts_effect fx = {.op = TS_FX_TIER,
                           .rule = t->rule,
                           .name = t->id,
                           .from = t->levels[from].id,
                           .to = t->levels[to].id,
                           .amount = cause->figure,
                           .tier = {.tiers = t->id,
                                    .level = t->levels[to].id,
                                    .rule = t->rule,
                                    .since = since,
                                    .basis = cause->figure,
                                    .review_at = next_review(e, t, to)}};
    if (ts_do(e, &fx)) tell_moved(e, t, from, to);
}

static void rise(struct ts_engine *e, const struct ts_tiers_decl *t, uint32_t from, const struct ts_standing *s)
{
    struct ts_tier_cause cause = ts_tier_cause_of_rise(t, s, s->level);
    move_tier(e, t, from, s->level, &cause);
}

/* The reason of a fall looks back to when he was last found to have enough: when the level began, or the review before the first that
 * found too little. */
static void fall(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_tier_state *was, uint32_t from,
                 uint32_t to, const struct ts_standing *s)
{
    struct ts_window period = {.kind = TS_WINDOW_CALENDAR, .period = t->review};
    ts_day before, last;
    ts_window_days(period, ts_local_day(e, (was->below_since ? was->below_since : e->run.now) - 1), &before, &last);
    ts_ms review = ts_zone_day_start(e->bind.program->zone, before);
    struct ts_tier_cause cause = ts_tier_cause_of_fall(e, t, s, from, was->since > review ? was->since : review);
    move_tier(e, t, from, to, &cause);
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

/* Of tiers that follow a refund at once: those whose level the figures give now, before it. */
void ts_tiers_before_refund(struct ts_engine *e)
{
    for (uint32_t i = 0; i < e->bind.program->tiers.n && i < 64; i++) {
        const struct ts_tiers_decl *t = &e->bind.program->tiers.at[i];
        const struct ts_tier_state *s = ts_profile_tier(ts_run_head(e), t->id);
        if (t->on_refund_review || !t->downgrades || !s) continue;
        if (ts_tiers_judge(e, t, true).level >= level_of(t, s)) e->run.reassess |= UINT64_C(1) << i;
    }
}

/* The refund took away what the level stood on: straight to what is left, but not below what is never lost. */
static bool reassess(struct ts_engine *e, const struct ts_tiers_decl *t, const struct ts_tier_state *was)
{
    uint64_t index = (uint64_t)(t - e->bind.program->tiers.at);
    if (index >= 64 || !(e->run.reassess >> index & 1)) return false;
    struct ts_standing s = ts_tiers_judge(e, t, true);
    struct ts_tier_state copy = *was;
    uint32_t now = level_of(t, was), to = now;
    while (to > s.level && !t->levels[to].never_lost)
        to--;
    if (to < now) fall(e, t, &copy, now, to, &s);
    return to < now;
}

static void upgrade(struct ts_engine *e, const struct ts_tiers_decl *t)
{
    struct ts_tier_state *s = ts_profile_tier(ts_run_head(e), t->id);
    if (s && s->manual_until > e->run.now) return;
    struct ts_standing stands = ts_tiers_judge(e, t, false);
    uint32_t now = level_of(t, s), level = stands.level;
    if (s && reassess(e, t, s)) return;
    if (t->upgrade_at_once && level > now) {
        rise(e, t, now, &stands);
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
                                      .basis = stands.now[ts_tiers_nearest(t, stands.now, 0)],
                                      .review_at = next_review(e, t, 0)};
        keep_state(e, t, &fresh);
    }
}

struct ts_str ts_tiers_assign(struct ts_engine *e, const struct ts_tiers_decl *t, uint32_t level, ts_ms until)
{
    const struct ts_tier_state *s = ts_profile_tier(ts_run_head(e), t->id);
    uint32_t before = level_of(t, s);
    struct ts_str name = t->levels[before].name;
    struct ts_standing stands = ts_tiers_judge(e, t, false);
    struct ts_tier_state set = {.tiers = t->id,
                                .level = t->levels[level].id,
                                .since = e->run.at,
                                .basis = stands.now[ts_tiers_nearest(t, stands.now, level)],
                                .review_at = next_look(e, t, level, until),
                                .manual_until = until};
    if (s && before == level) { /* only held from now on, or no longer */
        set.rule = s->rule;
        set.since = s->since;
        keep_state(e, t, &set);
        return name;
    }
    struct ts_effect fx = {.op = TS_FX_TIER,
                           .name = t->id,
                           .from = t->levels[before].id,
                           .to = set.level,
                           .amount = set.basis,
                           .tier = set};
    if (ts_do(e, &fx) && before != level) tell_moved(e, t, before, level);
    return name;
}

bool ts_tiers_touched(const struct ts_engine *e)
{
    for (uint32_t i = 0; i < e->bind.program->tiers.n; i++) {
        const struct ts_tiers_decl *t = &e->bind.program->tiers.at[i];
        for (uint32_t k = 0; k < t->n_bases; k++)
            if (has_changed(e, TS_READ_ITEM(TS_READ_SERIES, t->bases[k].series))) return true;
    }
    return false;
}

void ts_look_at_tiers(struct ts_engine *e)
{
    for (uint32_t i = 0; i < e->bind.program->tiers.n && !e->run.failed; i++)
        upgrade(e, &e->bind.program->tiers.at[i]);
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
                        uint32_t to, const struct ts_standing *s)
{
    struct ts_tier_cause cause = ts_tier_cause_to_keep(t, s, now);
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
    ts_buf_addf(&e->image, ",\"missing\":%lld,\"tiers\":", (long long)(cause.threshold - cause.figure));
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
    struct ts_standing stands = ts_tiers_judge(e, t, true);
    uint32_t now = level_of(t, &kept), given = stands.level;
    uint32_t to = given < now && t->downgrades ? floor_level(t, now, given) : now;
    bool manual = kept.manual_until > e->run.now;
    if (!manual) kept.manual_until = 0;
    bool at_once = ts_duration_none(t->grace) && ts_duration_none(t->notice);
    bool due = at_once || (kept.below_since && e->run.now >= kept.notice_at);
    if (given > now && !manual) {
        rise(e, t, now, &stands);
    } else if (to == now || manual) {
        kept.below_since = kept.notice_at = 0;
        kept.notice_to = 0;
        kept.review_at = next_look(e, t, now, kept.manual_until);
        keep_state(e, t, &kept);
    } else if (due) {
        fall(e, t, &kept, now, to, &stands);
    } else if (!kept.below_since) {
        give_notice(e, t, kept, now, to, &stands);
    } else {
        kept.review_at = next_review(e, t, now);
        keep_state(e, t, &kept);
    }
}
