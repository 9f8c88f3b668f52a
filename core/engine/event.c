/* SPDX-License-Identifier: Apache-2.0 */
/* One event from beginning to end: plan, due work of the members concerned, its own part, rules, effects, settling. */
#include "engine/internal.h"

enum ts_code ts_finish(struct ts_engine *e, enum ts_record_kind kind, const struct ts_moment *m, struct ts_result *ret,
                       struct ts_error *err)
{
    struct ts_run *run = &e->run;
    uint64_t member = run->subject >= 0 && kind != TS_RECORD_SLICE ? ts_run_head(e)->number : 0;
    ret->record = m->preview ? 0 : run->record;
    ret->member = member;
    ret->rule_errors = run->n_errors;
    ret->joins = run->joins;
    ret->created = run->created;
    if (run->failed) {
        bool stuck = run->stuck;
        enum ts_code disk = run->disk;
        ts_run_rollback(e);
        if (stuck) return ts_fail(err, TS_E_INTERNAL, "due work of m%llu does not go away", (unsigned long long)member);
        if (disk == TS_E_DAMAGED)
            return ts_fail(err, disk, "an image of m%llu cannot be read", (unsigned long long)member);
        if (disk) return ts_fail(err, disk, "a look into the cold state failed");
        return ts_fail(err, TS_E_MEMORY, "out of memory at record %llu; it was rolled back",
                       (unsigned long long)run->record);
    }
    if (m->preview) {
        ts_run_outcome(e, member);
        ts_run_rollback(e);
    } else {
        enum ts_code code = ts_run_commit(e, kind, m->payload, m->message_id, &e->digest, err);
        if (code != TS_OK) return code;
    }
    ret->outcome = ts_str((const char *)e->outcome.data, e->outcome.len);
    return TS_OK;
}

/* The record is numbered and kept, and nothing of it happened. */
static enum ts_code quarantine(struct ts_engine *e, const struct ts_record *r, const struct ts_moment *m,
                               struct ts_result *ret, struct ts_error *err)
{
    ts_run_begin(e, e->record + 1, e->clock, m->arrival, m->live, TS_RUN_LIVE);
    e->run.at = m->at;
    e->run.status = TS_OUTCOME_QUARANTINED;
    struct ts_effect fx = {.op = TS_FX_FAULT,
                           .from = ret->fault.reason,
                           .text = ts_cstr(ret->fault.field),
                           .json = ts_cstr(ret->fault.message)};
    if (!ts_effect_encode(&fx, &e->run.effects)) e->run.failed = true;
    ret->status = TS_RESULT_QUARANTINED;
    return ts_finish(e, r->kind, m, ret, err);
}

static bool fault(struct ts_result *ret, enum ts_reason reason, const char *field, const char *fmt, ...)
    TS_PRINTF(4, 5);
static bool fault(struct ts_result *ret, enum ts_reason reason, const char *field, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    ret->fault.reason = reason;
    snprintf(ret->fault.field, sizeof ret->fault.field, "%s", field);
    vsnprintf(ret->fault.message, sizeof ret->fault.message, fmt, ap);
    va_end(ap);
    return false;
}

enum ts_code ts_over_limit(struct ts_engine *e, const struct ts_record *r, const struct ts_moment *m,
                           struct ts_result *ret, struct ts_error *err)
{
    ts_run_rollback(e);
    fault(ret, TS_REASON_RULE_LIMIT, "",
          "its internal events went deeper than %d or were more than %d: rules that call each other",
          TS_LIMIT_INTERNAL_DEPTH, TS_LIMIT_INTERNAL_EVENTS);
    return quarantine(e, r, m, ret, err);
}

static struct ts_str nearest_event(const struct ts_engine *e, struct ts_str name)
{
    struct ts_str best = {NULL, 0};
    unsigned least = 4;
    for (uint32_t i = 0; i < e->bind.program->events.n; i++) {
        const struct ts_event_decl *d = &e->bind.program->events.at[i];
        unsigned distance = d->internal ? 99 : ts_edit_distance(name, d->name, 4);
        if (distance < least) {
            least = distance;
            best = d->name;
        }
    }
    return best;
}

static bool check_plan(struct ts_engine *e, const struct ts_record *r, const struct ts_listen *l, struct ts_result *ret)
{
    if (!r->event.len) return true;
    const struct ts_event_decl *d = l ? l->decl : NULL;
    if (d && d->internal)
        return fault(ret, TS_REASON_UNKNOWN_EVENT, "event",
                     "\"" TS_STR_FMT "\" is an event of the engine's own; it cannot come from outside",
                     TS_STR_ARG(r->event));
    if (!d && r->kind == TS_RECORD_TRACK && !e->bind.program->accept_unknown_events) {
        struct ts_str near = nearest_event(e, r->event);
        int shown = r->event.len > 100 ? 100 : (int)r->event.len;
        if (near.ptr)
            return fault(ret, TS_REASON_UNKNOWN_EVENT, "event",
                         "the event \"%.*s\" is not declared; did you mean \"" TS_STR_FMT "\"?", shown, r->event.ptr,
                         TS_STR_ARG(near));
        return fault(ret, TS_REASON_UNKNOWN_EVENT, "event",
                     "the event \"%.*s\" is not declared; declare it with event \"%.*s\" {} or "
                     "set program { unknown_events = \"accept\" }",
                     shown, r->event.ptr, shown, r->event.ptr);
    }
    return !d || ts_plan_check(d, e->bind.program->money_places, r->json, r->properties, &ret->fault);
}

/* Everybody whom the record may concern has his due work done before it. */
static void prelude(struct ts_engine *e, const struct ts_record *r)
{
    struct ts_run *run = &e->run;
    uint64_t members[TS_RECORD_IDENTIFIERS_MAX + 2];
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n_identifiers; i++) {
        uint32_t row = ts_idents_find(e->idents, e->bind.program->identifiers.at[r->identifiers[i].kind].id,
                                      r->identifiers[i].value);
        if (row) members[n++] = ts_members_living(e->members, ts_idents_profile(e->idents, row));
    }
    for (uint32_t k = 0; k < e->bind.program->identifiers.n && r->kind == TS_RECORD_ALIAS && n < TS_ARRAY_LEN(members);
         k++) {
        uint32_t row = ts_idents_find(e->idents, e->bind.program->identifiers.at[k].id, r->previous_id);
        if (row && n < TS_ARRAY_LEN(members))
            members[n++] = ts_members_living(e->members, ts_idents_profile(e->idents, row));
    }
    for (uint32_t i = 0; i < n && !run->failed; i++) {
        bool again = false;
        for (uint32_t k = 0; k < i; k++)
            again |= members[k] == members[i];
        if (!again) ts_fire(e, ts_run_take(e, members[i]), run->time);
    }
    run->subject = -1;
}

void ts_run_body(struct ts_engine *e)
{
    e->run.body = true;
    if (!e->run.prelude) return;
    struct ts_effect fx = {.op = TS_FX_BODY};
    if (!ts_effect_encode(&fx, &e->run.effects)) e->run.failed = true;
}

static bool is_late(const struct ts_engine *e, const struct ts_moment *m)
{
    const struct ts_program *p = e->bind.program;
    return p->late_set && ts_time_add(p->zone, m->at, p->late) < m->time;
}

bool ts_needs_sweep(const struct ts_engine *e, uint64_t member) { return e->sweep && member >= e->sweep; }

void ts_run_rules(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool late)
{
    ts_rules_begin(e->rules);
    if (!l) return;
    if (l->refund) ts_refund_event(e, l, ev);
    if (l->is_sale && e->run.only.ptr) ts_sale_resume(e, l, ev);
    ts_earn_event(e, l, ev, late);
    ts_milestones_event(e, ev, late);
    ts_rules_event(e, l, ev);
    ts_apply_wishes(e);
    ts_apply_gifts(e);
    ts_credit_event(e, l, ev);
    ts_apply_askings(e);
    ts_extend_event(e, l, ev);
    if (l->is_sale) ts_sale_end(e, l, ev);
}

static void rules_and_effects(struct ts_engine *e, const struct ts_listen *l, const struct ts_event_view *ev, bool late)
{
    ts_run_rules(e, l, ev, late);
    bool all = e->run.created || e->run.joins || ts_needs_sweep(e, ts_run_head(e)->number);
    if (e->run.created) ts_inner_event(e, "member.created", TS_STR("{}"));
    if (e->run.joins) ts_inner_event(e, "member.joined", TS_STR("{}"));
    ts_settle(e, l, ev, all);
}

enum ts_code ts_apply_event(struct ts_engine *e, const struct ts_record *r, const struct ts_moment *m,
                            struct ts_result *ret, struct ts_error *err)
{
    struct ts_run *run = &e->run;
    const struct ts_listen *l = r->event.len ? ts_listen_to(e, r->event) : NULL;
    ret->status = TS_RESULT_APPLIED;
    if (!check_plan(e, r, l, ret)) return quarantine(e, r, m, ret, err);
    ts_run_begin(e, e->record + 1, m->time, m->arrival, m->live, TS_RUN_LIVE);
    run->at = m->at;
    prelude(e, r);
    struct ts_event_view ev = {.name = r->event,
                               .decl = l ? l->decl : NULL,
                               .json = r->json,
                               .properties = r->properties,
                               .at = m->at,
                               .channel = r->channel};
    run->event = &ev;
    ts_run_body(e);
    if (!run->failed && ts_body_event(e, r))
        rules_and_effects(e, l, &ev, is_late(e, m));
    else if (!run->failed && e->plan.none) {
        ts_run_rollback(e);
        fault(ret, TS_REASON_MISSING_IDENTIFIER, "userId",
              "all identifiers of this record are blocked values; it belongs to nobody");
        return quarantine(e, r, m, ret, err);
    }
    if (run->over_limit && !run->failed) return ts_over_limit(e, r, m, ret, err);
    enum ts_code code = ts_finish(e, r->kind, m, ret, err);
    if (code == TS_OK && !m->preview) e->events++;
    run->event = NULL;
    return code;
}

/* Whose the event was when it came: an identifier may be somebody else's by now. 0: the retry does not say, as older ones do not. */
static uint64_t profile_of_retry(const struct ts_engine *e, const struct ts_json_node *n)
{
    int64_t profile = 0;
    if (!n || ts_json_integer(n, &profile) != TS_OK || profile <= 0) return 0;
    return ts_members_living(e->members, (uint64_t)profile) ? (uint64_t)profile : 0;
}

/* A rule that failed on an earlier record runs again on its event; nothing is counted a second time. */
enum ts_code ts_apply_retry(struct ts_engine *e, const struct ts_moment *m, struct ts_result *ret, struct ts_error *err)
{
    struct ts_run *run = &e->run;
    struct ts_parser inner;
    struct ts_json outer;
    struct ts_record r;
    ts_parser_init(&inner);
    ts_json_init(&outer);
    enum ts_code code = ts_json_parse(&outer, m->payload.ptr, m->payload.len, false);
    const struct ts_json_node *root = code == TS_OK ? ts_json_root(&outer) : NULL;
    const struct ts_json_node *line = ts_json_get(&outer, root, TS_STR("line"));
    const struct ts_json_node *rule = ts_json_get(&outer, root, TS_STR("rule"));
    const struct ts_program *p = e->bind.program;
    ret->fault.reason = TS_REASON_BAD_TYPE;
    if (code != TS_OK || !line || !rule ||
        !ts_record_parse(&inner, line->text, p->identifiers.at, p->identifiers.n, m->arrival, m->live, &r,
                         &ret->fault)) {
        bool memory = code == TS_E_MEMORY || ret->fault.reason == TS_REASON_NONE;
        code = ts_fail(err, memory ? TS_E_MEMORY : TS_E_REFUSED, "the event to run the rule on again cannot be read");
        goto done;
    }
    ts_run_begin(e, e->record + 1, m->time, m->arrival, m->live, TS_RUN_LIVE);
    run->at = m->at;
    uint64_t profile = profile_of_retry(e, ts_json_get(&outer, root, TS_STR("profile")));
    const uint64_t own = ts_members_living(e->members, profile);
    for (uint32_t i = 0; i < r.n_identifiers && !profile; i++) {
        uint32_t row = ts_idents_find(e->idents, p->identifiers.at[r.identifiers[i].kind].id, r.identifiers[i].value);
        if (row) profile = ts_idents_profile(e->idents, row);
    }
    if (!profile) {
        code = ts_fail(err, TS_E_NOT_FOUND, "nobody has the identifiers of that event any more");
        ts_run_rollback(e);
        goto done;
    }
    if (own) ts_fire(e, ts_run_take(e, own), run->time);
    prelude(e, &r);
    const struct ts_listen *l = r.event.len ? ts_listen_to(e, r.event) : NULL;
    struct ts_event_view ev = {.name = r.event,
                               .decl = l ? l->decl : NULL,
                               .json = r.json,
                               .properties = r.properties,
                               .at = m->at,
                               .channel = r.channel};
    run->event = &ev;
    ts_run_body(e);
    run->subject = ts_run_take(e, ts_members_living(e->members, profile));
    run->profile = profile;
    run->only = rule->text;
    ret->status = TS_RESULT_APPLIED;
    if (!run->failed) {
        ts_run_rules(e, l, &ev, false);
        ts_settle(e, l, &ev, true);
    }
    if (run->over_limit && !run->failed) {
        ts_run_rollback(e);
        code = ts_fail(err, TS_E_REFUSED, "its internal events went deeper than %d or were more than %d",
                       TS_LIMIT_INTERNAL_DEPTH, TS_LIMIT_INTERNAL_EVENTS);
        goto done;
    }
    code = ts_finish(e, TS_RECORD_RETRY, m, ret, err);
    run->event = NULL;
done:
    ts_json_release(&outer);
    ts_parser_release(&inner);
    return code;
}
