/* SPDX-License-Identifier: Apache-2.0 */
/* Calling rules, and what they ask for. A function only reads; what it asked for is collected and applied after all functions of the round have
 * returned. A function that raises, or one of whose wishes cannot be granted, has no effect at all. */
#include "engine/internal.h"

void ts_rule_failed(struct ts_engine *e, uint32_t rule, const char *message, const char *file, uint32_t line, int how)
{
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, "%s:%u", file ? file : "", line);
    struct ts_effect fx = {.op = TS_FX_ERROR,
                           .rule = rule,
                           .from = (uint32_t)how,
                           .text = ts_cstr(message),
                           .json = ts_run_keep(e, ts_str((const char *)e->scratch.data, e->scratch.len))};
    ts_do(e, &fx);
}

/* An out-of-memory inside Lua leaves a state that is not to be trusted: load the same version anew. Declarations of the old one may be in
 * use by this record: it is kept until the record is over. */
static bool renew_rules(struct ts_engine *e)
{
    struct ts_rules *fresh = NULL;
    struct ts_problems problems = {0};
    struct ts_sources *sources = e->sources;
    struct ts_rules_options options = e->options.rules;
    options.known_good = true;
    enum ts_code code = sources ? ts_rules_load(sources, &options, &fresh, &problems, NULL)
                                : ts_rules_default(&e->options.rules, &fresh, NULL);
    ts_problems_release(&problems);
    if (code != TS_OK) return false;
    e->sources = NULL; /* the text stays where it is, whatever becomes of the rest */
    code = ts_adopt_rules(e, fresh, NULL, &e->retired, NULL);
    if (code != TS_OK) e->retired = (struct ts_force){0};
    e->sources = sources;
    return code == TS_OK;
}

static bool call_rule(struct ts_engine *e, enum ts_fn_kind kind, uint32_t fn, uint32_t rule,
                      const struct ts_event_view *ev, bool track, bool more_notes)
{
    if (e->run.failed || e->run.mode != TS_RUN_LIVE) return false;
    struct ts_call call = {.fn = fn,
                           .member = ts_run_member(e),
                           .event = ev,
                           .names = e->names,
                           .now = e->run.now,
                           .seed = ts_mix(e->run.record, fn),
                           .track_reads = track,
                           .more_notes = more_notes};
    enum ts_code code = e->retired.rules ? TS_E_MEMORY : ts_rules_call(e->rules, kind, &call, &e->call);
    if (code != TS_OK) {
        if (!e->retired.rules && !renew_rules(e)) {
            e->run.failed = true;
            return false;
        }
        ts_rule_failed(e, rule, "stopped: the rules ran out of memory; they were loaded anew", "", 0, 2);
        return false;
    }
    if (e->call.status == TS_CALL_DONE) return true;
    ts_rule_failed(e, rule, e->call.message, e->call.file, e->call.line, e->call.status == TS_CALL_STOPPED ? 2 : 1);
    return false;
}

bool ts_call_rule(struct ts_engine *e, enum ts_fn_kind kind, uint32_t fn, uint32_t rule, const struct ts_event_view *ev,
                  bool track)
{
    return call_rule(e, kind, fn, rule, ev, track, false);
}

bool ts_call_rule_after(struct ts_engine *e, uint32_t fn_when, enum ts_fn_kind kind, uint32_t fn, uint32_t rule,
                        const struct ts_event_view *ev)
{
    return call_rule(e, kind, fn, rule, ev, false, fn_when != 0);
}

struct ts_str ts_call_read(struct ts_engine *e)
{
    ts_buf_clear(&e->scratch);
    ts_call_result_reads_json(&e->call, &e->scratch);
    if (e->scratch.failed || e->scratch.len <= 2) return (struct ts_str){NULL, 0};
    return ts_run_keep(e, ts_str((const char *)e->scratch.data, e->scratch.len));
}

static bool keep_asked(struct ts_engine *e)
{
    for (uint32_t i = 0; i < e->call.asked.len; i++) {
        struct ts_asked *slot = ts_vec_push(&e->run.asked);
        if (!slot) return false;
        *slot = e->call.asked.at[i];
        slot->name = ts_run_keep(e, slot->name);
        slot->json = ts_run_keep(e, slot->json);
    }
    return !e->run.failed;
}

void ts_rules_event(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev)
{
    struct ts_run *run = &e->run;
    for (uint32_t i = 0; i < l->rules.len && !run->failed; i++) {
        const struct ts_rule_decl *d = l->rules.at[i];
        if (run->only.ptr && !ts_str_eq(run->only, d->name)) continue;
        if (!ts_guard_during(e, &d->during, ev->at)) continue;
        if (d->fn_when && (!ts_call_rule(e, TS_FN_WHEN, d->fn_when, d->rule, ev, false) || !e->call.truth)) continue;
        if (!d->fn_act || !ts_call_rule_after(e, d->fn_when, TS_FN_ACT, d->fn_act, d->rule, ev)) continue;
        uint32_t from = run->asked.len;
        struct ts_asking *a = ts_vec_push(&run->askings);
        if (!a || !keep_asked(e)) {
            run->failed = true;
            return;
        }
        *a = (struct ts_asking){d, from, run->asked.len, ts_call_read(e)};
    }
}

static const struct ts_points_decl *points_named(const struct ts_engine *e, struct ts_str name)
{
    for (uint32_t i = 0; i < e->bind.program->points.n; i++)
        if (ts_str_eq(e->bind.program->points.at[i].name, name)) return &e->bind.program->points.at[i];
    return NULL;
}

/* Can all of it be granted? Looked at before the first of it is. */
static const char *cannot(struct ts_engine *e, const struct ts_asking *a)
{
    int64_t earned = 0;
    for (uint32_t i = a->from; i < a->to; i++) {
        const struct ts_asked *x = &e->run.asked.at[i];
        if (x->name.len == 0 || x->name.len > TS_LIMIT_NAME_BYTES) return "a name is empty or longer than 200 bytes";
        if (x->kind == TS_ASK_EARN) {
            const struct ts_points_decl *p = points_named(e, x->name);
            if (!p) return "member:earn names points that are not declared";
            struct ts_balance b = ts_member_balance(ts_run_member(e), p->id);
            if (x->amount <= 0) return "member:earn needs a whole number above 0";
            if (__builtin_add_overflow(earned, x->amount, &earned) ||
                earned > TS_LIMIT_POINTS - b.available - b.pending)
                return "the balance would be larger than points can be (10^15)";
        }
        if (x->kind == TS_ASK_EMIT) {
            const struct ts_listen *l = ts_listen_to(e, x->name);
            if (!l || !l->decl) return "member:emit names an event that is not declared";
            if (l->decl->internal) return "member:emit may not name an event of the engine's own";
        }
    }
    return NULL;
}

bool ts_pay(struct ts_engine *e, uint32_t rule, const struct ts_points_decl *p, int64_t amount)
{
    const struct ts_zone *z = e->bind.program->zone;
    ts_ms at = e->run.event->at;
    ts_ms activates = !ts_duration_none(p->pending) ? ts_time_add(z, at, p->pending) : at;
    ts_ms expires = p->expires
                        ? ts_time_end_of(z, ts_time_add(z, activates, p->expire_after), (enum ts_boundary)p->expire_at)
                        : TS_NEVER;
    struct ts_effect fx = {.op = TS_FX_EARN,
                           .rule = rule,
                           .name = p->id,
                           .desired = amount,
                           .amount = amount,
                           .at = at,
                           .activates = activates,
                           .until = expires,
                           .base = amount,
                           .factor = {{1, 0}, {1, 0}},
                           .profile = e->run.profile ? e->run.profile : ts_run_head(e)->number};
    if (!ts_do(e, &fx)) return false;
    ts_points_event(e, "points.earned", p->id, amount);
    return true;
}

uint32_t ts_name_for(struct ts_engine *e, enum ts_space space, struct ts_str text)
{
    if (!text.len) e->run.failed = true;
    uint32_t id = ts_names_find(e->names, space, text);
    if (id) return id;
    struct ts_effect fx = {.op = TS_FX_NAME, .from = space, .text = text};
    ts_do(e, &fx);
    return ts_names_find(e->names, space, text);
}

static bool do_asked(struct ts_engine *e, uint32_t rule, const struct ts_asked *x, struct ts_str read)
{
    struct ts_effect fx = {.rule = rule, .at = e->run.now, .until = TS_NEVER, .text = x->name, .json = x->json};
    const char *event = NULL; /* of the engine's own, that follows from it */
    bool made = true;
    switch ((enum ts_asked_kind)x->kind) {
    case TS_ASK_TAG:
        fx.op = TS_FX_TAG_ADD;
        made = (fx.name = ts_name_for(e, TS_SPACE_TAG, x->name)) != 0;
        if (!ts_duration_none(x->keep)) fx.until = ts_time_add(e->bind.program->zone, e->run.now, x->keep);
        event = made && !ts_profile_tag(ts_run_head(e), fx.name) ? "tag.added" : NULL;
        break;
    case TS_ASK_UNTAG:
        fx.op = TS_FX_TAG_REMOVE;
        fx.name = ts_names_find(e->names, TS_SPACE_TAG, x->name);
        if (!fx.name || !ts_profile_tag(ts_run_head(e), fx.name)) return true;
        event = "tag.removed";
        break;
    case TS_ASK_SET:
        fx.op = TS_FX_TRAIT;
        made = (fx.name = ts_name_for(e, TS_SPACE_TRAIT, x->name)) != 0;
        fx.text = x->json;
        break;
    case TS_ASK_ADD:
        fx.op = TS_FX_SCORE;
        made = (fx.name = ts_name_for(e, TS_SPACE_SCORE, x->name)) != 0;
        fx.number = x->number;
        fx.at = e->run.event->at;
        break;
    case TS_ASK_EARN:
        return ts_pay(e, rule, points_named(e, x->name), x->amount);
    case TS_ASK_EMIT:
        ts_inner_ask(e, x->name, x->json, rule, read);
        return true;
    case TS_ASK_NOTIFY:
        fx.op = TS_FX_NOTIFY;
        break;
    default:
        return false;
    }
    if (!made) e->run.failed = true;
    if (!made || !ts_do(e, &fx)) return false;
    if (event) ts_tag_event(e, event, fx.name);
    return true;
}

void ts_apply_askings(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    for (uint32_t i = 0; i < run->askings.len && !run->failed; i++) {
        const struct ts_asking *a = &run->askings.at[i];
        const char *why = cannot(e, a);
        if (why) {
            ts_rule_failed(e, a->rule->rule, why, a->rule->origin.file.ptr, a->rule->origin.line, 1);
            continue;
        }
        if (a->read.ptr && a->to > a->from) {
            struct ts_effect fx = {.op = TS_FX_READ, .json = a->read};
            ts_do(e, &fx);
        }
        for (uint32_t k = a->from; k < a->to && !run->failed; k++)
            if (!do_asked(e, a->rule->rule, &run->asked.at[k], a->read)) run->failed = true;
    }
    run->askings.len = run->asked.len = 0;
}
