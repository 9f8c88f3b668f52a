/* SPDX-License-Identifier: Apache-2.0 */
/* After the effects of a round: tags, then tiers, then segments, then the internal events that came of it, each again with rules and effects, until nothing
 * changes any more. The order inside one record is SEMANTICS.md's. Depth and number of internal events are bounded; past the bound the record
 * is rolled back and quarantined. */
#include "engine/internal.h"

/* ---- internal events ---- */

void ts_inner_add(struct ts_engine *e, struct ts_str name, struct ts_str json)
{
    ts_inner_ask(e, name, json, 0, ts_str(NULL, 0));
}

void ts_inner_ask(struct ts_engine *e, struct ts_str name, struct ts_str json, uint32_t rule, struct ts_str read)
{
    struct ts_run *run = &e->run;
    uint32_t depth = run->inner_depth + 1;
    if (depth > TS_LIMIT_INTERNAL_DEPTH || ++run->inner_total > TS_LIMIT_INTERNAL_EVENTS) {
        run->over_limit = true;
        return;
    }
    struct ts_inner *slot = ts_vec_push(&run->inner);
    if (slot)
        *slot = (struct ts_inner){ts_run_keep(e, name), ts_run_keep(e, json), read, rule, depth};
    else
        run->failed = true;
}

static bool heard(const struct ts_listen *l)
{
    return l && (l->measures.len || l->scores.len || l->earns.len || l->tags.len || l->rules.len || l->extends.len ||
                 l->credits.len || l->refund || l->is_sale);
}

/* One of the engine's own events: made only where a declaration listens. */
void ts_inner_event(struct ts_engine *e, const char *name, struct ts_str json)
{
    if (heard(ts_listen_to(e, ts_cstr(name)))) ts_inner_add(e, ts_cstr(name), json);
}

/* An event about one name: {"tag":"vip"}. */
static void name_event(struct ts_engine *e, const char *name, const char *key, struct ts_str what)
{
    if (!heard(ts_listen_to(e, ts_cstr(name)))) return;
    ts_buf_clear(&e->image);
    ts_buf_addf(&e->image, "{\"%s\":", key);
    ts_buf_json(&e->image, what);
    ts_buf_byte(&e->image, '}');
    if (e->image.failed) e->run.failed = true;
    ts_inner_add(e, ts_cstr(name), ts_str((const char *)e->image.data, e->image.len));
}

void ts_tag_event(struct ts_engine *e, const char *name, uint32_t tag)
{
    name_event(e, name, "tag", ts_names_text(e->names, TS_SPACE_TAG, tag));
}

void ts_segment_event(struct ts_engine *e, const char *name, uint32_t segment)
{
    name_event(e, name, "segment", ts_names_text(e->names, TS_SPACE_SEGMENT, segment));
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

/* ---- until nothing changes ---- */

static void one_round(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool all)
{
    struct ts_run *run = &e->run;
    if (l) stamp_tags(e, l, ev);
    if (all) ts_drop_undeclared(e);
    ts_look_mark_changed(e, all);
    bool tiers = all || ts_tiers_touched(e);
    ts_look_at_notices(e, all);
    run->changed.len = 0;
    ts_look_at_tags(e);
    if (tiers) ts_look_at_tiers(e);
    ts_look_at_segments(e);
}

static void inner_round(struct ts_engine *e, struct ts_inner in)
{
    struct ts_run *run = &e->run;
    const struct ts_event_view *outer = run->event;
    const struct ts_listen *l = ts_listen_to(e, in.name);
    struct ts_effect fx = {.op = TS_FX_EMIT, .rule = in.rule, .text = in.name, .json = in.json};
    struct ts_effect had = {.op = TS_FX_READ, .json = in.read};
    run->inner_depth = in.depth;
    if (in.read.ptr) ts_do(e, &had);
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
    run->event = &ev;
    ts_run_rules(e, l, &ev, false);
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
        } else if (ts_look_wanted(e)) {
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
