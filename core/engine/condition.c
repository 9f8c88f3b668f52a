/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: tags and segments that hold exactly while their `when` is true. The engine keeps what each was ever seen to read, and looks at
 * it again when one of these changes, when a member is new, joined or swept, and on the day on which a window that it read loses something. */
#include "engine/internal.h"

/* ---- watches ---- */

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

/* ---- which to look at ---- */

bool ts_look_marked(const struct ts_engine *e, uint32_t index)
{
    return index < e->run.looks.len && e->run.looks.at[index];
}

/* Room for a mark of each condition; new ones are clear. */
static bool room(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    while (run->looks.len < e->bind.conditions.len) {
        uint8_t *at = ts_vec_push(&run->looks);
        if (!at) {
            run->failed = true;
            return false;
        }
        *at = 0;
    }
    return true;
}

void ts_look_mark(struct ts_engine *e, uint32_t index)
{
    if (room(e)) e->run.looks.at[index] = 1;
}

/* Mark conditions from index `from` on that read something that changed; `all`: every one. */
static void mark(struct ts_engine *e, uint32_t from, bool all)
{
    struct ts_run *run = &e->run;
    uint32_t n = e->bind.conditions.len;
    if (from >= n || (!all && !run->changed.len) || !room(e)) return;
    if (all) memset(run->looks.at + from, 1, n - from);
    for (uint32_t i = 0; i < run->changed.len && !all; i++) {
        const struct ts_item_conditions *item = ts_item_readers(e, run->changed.at[i]);
        for (uint32_t c = 0; item && c < item->conditions.len; c++)
            if (item->conditions.at[c] >= from) run->looks.at[item->conditions.at[c]] = 1;
    }
}

void ts_look_mark_changed(struct ts_engine *e, bool all) { mark(e, 0, all); }

bool ts_look_wanted(const struct ts_engine *e)
{
    for (uint32_t i = 0; i < e->run.changed.len; i++) {
        const struct ts_item_conditions *item = ts_item_readers(e, e->run.changed.at[i]);
        if (item && item->conditions.len) return true;
    }
    return false;
}

static bool known_read(const struct ts_engine *e, uint32_t condition, uint32_t item)
{
    const struct ts_item_conditions *c = ts_item_readers(e, item);
    for (uint32_t k = 0; c && k < c->conditions.len; k++)
        if (c->conditions.at[k] == condition) return true;
    return false;
}

/* ---- looking ---- */

/* What it read, then what follows, then the engine's own event. */
static void change(struct ts_engine *e, const struct ts_condition *c, struct ts_effect fx, bool tell)
{
    struct ts_str read = ts_call_read(e);
    fx.rule = c->rule;
    fx.name = c->target;
    if (read.ptr) {
        struct ts_effect r = {.op = TS_FX_READ, .json = read};
        ts_do(e, &r);
    }
    if (!ts_do(e, &fx) || !tell) return;
    if (fx.op == TS_FX_TAG_ADD || fx.op == TS_FX_TAG_REMOVE)
        ts_tag_event(e, ts_effect_name((enum ts_effect_op)fx.op), fx.name);
    else
        ts_segment_event(e, ts_effect_name((enum ts_effect_op)fx.op), fx.name);
}

/* A tag that somebody else gave becomes the condition's: it then ends with the condition, not at its time. */
static void hold_tag(struct ts_engine *e, const struct ts_condition *c, bool truth)
{
    const struct ts_tag *has = ts_profile_tag(ts_run_head(e), c->target);
    if (truth && (!has || !has->held))
        change(e, c, (struct ts_effect){.op = TS_FX_TAG_ADD, .until = TS_NEVER}, !has);
    else if (!truth && has)
        change(e, c, (struct ts_effect){.op = TS_FX_TAG_REMOVE}, true);
}

static void hold_segment(struct ts_engine *e, const struct ts_condition *c, bool truth)
{
    bool in = ts_profile_segment(ts_run_head(e), c->target) != NULL;
    if (truth != in) change(e, c, (struct ts_effect){.op = truth ? TS_FX_SEGMENT_ENTER : TS_FX_SEGMENT_LEAVE}, true);
}

/* One that raises leaves everything as it is, and what it read until then says when to look again. */
static void look_at(struct ts_engine *e, uint32_t index)
{
    struct ts_condition c = e->bind.conditions.at[index]; /* a copy: rules that run out of memory are bound anew */
    bool segment = index >= e->bind.segments_from;
    e->run.looks.at[index] = 0;
    e->call.watch = e->retired.rules ? ts_local_day(e, e->run.now) + 1 : INT32_MAX;
    e->call.reads.len = 0;
    bool done = ts_call_rule(e, TS_FN_WHEN, c.fn_when, c.rule, NULL, true), truth = e->call.truth;
    ts_day watch = e->call.watch;
    for (uint32_t i = 0; i < e->call.reads.len && !e->run.failed; i++) {
        uint32_t item = e->call.reads.at[i];
        if (known_read(e, index, item)) continue;
        struct ts_effect fx = {.op = TS_FX_READS, .name = c.id, .from = item};
        ts_do(e, &fx);
    }
    ts_set_watch(e, c.id, watch == INT32_MAX ? TS_NEVER : ts_zone_day_start(e->bind.program->zone, watch));
    if (!done || e->run.failed) return;
    if (segment)
        hold_segment(e, &c, truth);
    else
        hold_tag(e, &c, truth);
}

static void look(struct ts_engine *e, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to && i < e->run.looks.len && !e->run.failed; i++)
        if (e->run.looks.at[i]) look_at(e, i);
}

void ts_look_at_tags(struct ts_engine *e) { look(e, 0, e->bind.segments_from); }

/* Segments see the tags and tiers of this round. */
void ts_look_at_segments(struct ts_engine *e)
{
    mark(e, e->bind.segments_from, false);
    look(e, e->bind.segments_from, e->bind.conditions.len);
}

/* ---- what no condition holds any more ---- */

static bool holds(const struct ts_engine *e, uint32_t from, uint32_t to, uint32_t target)
{
    for (uint32_t i = from; i < to; i++)
        if (e->bind.conditions.at[i].target == target) return true;
    return false;
}

void ts_drop_undeclared(struct ts_engine *e)
{
    struct ts_profile *head = ts_run_head(e);
    uint32_t n_tags = e->bind.segments_from, n = e->bind.conditions.len;
    for (uint32_t i = head->tags.len; i-- > 0 && !e->run.failed;) {
        const struct ts_tag *t = &head->tags.at[i];
        struct ts_effect fx = {.op = TS_FX_TAG_REMOVE, .rule = t->rule, .name = t->tag};
        if (t->held && !holds(e, 0, n_tags, t->tag) && ts_do(e, &fx)) ts_tag_event(e, "tag.removed", fx.name);
    }
    for (uint32_t i = head->segments.len; i-- > 0 && !e->run.failed;) {
        const struct ts_segment_state *s = &head->segments.at[i];
        struct ts_effect fx = {.op = TS_FX_SEGMENT_LEAVE, .rule = s->rule, .name = s->segment};
        if (!holds(e, n_tags, n, s->segment) && ts_do(e, &fx)) ts_segment_event(e, "segment.left", fx.name);
    }
}
