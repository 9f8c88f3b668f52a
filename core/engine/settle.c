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
    return l && (l->measures.len || l->scores.len || l->earns.len || l->tags.len || l->rules.len || l->extends.len);
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

ts_ms ts_watch_of(struct ts_engine *e, uint32_t condition)
{
    struct ts_profile *head = ts_run_head(e);
    for (uint32_t i = 0; i < head->watches.len; i++)
        if (head->watches.at[i].condition == condition) return head->watches.at[i].due;
    return TS_NEVER;
}

void ts_set_watch(struct ts_engine *e, uint32_t condition, ts_ms due)
{
    if (ts_watch_of(e, condition) == due) return;
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
    ts_set_watch(e, c->id, watch == INT32_MAX ? TS_NEVER : ts_zone_day_start(e->bind.program->zone, watch));
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

/* ---- until nothing changes ---- */

static void one_round(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool all)
{
    struct ts_run *run = &e->run;
    if (l) stamp_tags(e, l, ev);
    mark_conditions(e, all);
    bool tiers = all || ts_tiers_touched(e);
    ts_look_at_notices(e, all);
    run->changed.len = 0;
    for (uint32_t i = 0; i < run->looks.len && !run->failed; i++)
        if (run->looks.at[i]) ts_look_at(e, i);
    if (tiers) ts_look_at_tiers(e);
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
