/* SPDX-License-Identifier: Apache-2.0 */
/* Rows back into state. `recover` applies what a row says happened and calls no rule; `replay` lets the rules decide again, so that the
 * two outcomes can be compared. */
#include "engine/internal.h"

static enum ts_code damaged(struct ts_error *err, const struct ts_row *row, const char *what)
{
    enum ts_code code = ts_fail(err, TS_E_DAMAGED, "journal record %llu: %s", (unsigned long long)row->record, what);
    ts_error_where(err, "journal record %llu", (unsigned long long)row->record);
    return code;
}

/* What did not go: memory that ran out says nothing of the row. */
static enum ts_code misfit(struct ts_engine *e, const struct ts_row *row, const char *what, struct ts_error *err)
{
    if (e->run.failed && e->run.disk == TS_OK)
        return ts_fail(err, TS_E_MEMORY, "out of memory while applying record %llu", (unsigned long long)row->record);
    return damaged(err, row, what);
}

/* Effects up to the end of the prelude (until_body), or to the end. False: damaged, or it does not fit the state. */
static bool apply_effects(struct ts_engine *e, struct ts_outcome *o, bool until_body)
{
    struct ts_effect fx;
    struct ts_run *run = &e->run;
    while (ts_outcome_next(o, &fx)) {
        if (fx.op == TS_FX_BODY && until_body) {
            run->subject = -1;
            run->now = run->time;
            return true;
        }
        if (fx.op == TS_FX_SUBJECT) {
            run->subject = ts_members_living(e->members, fx.profile) ? ts_run_take(e, fx.profile) : -1;
            if (run->subject < 0) return false;
            run->now = fx.at;
            ts_run_head(e)->last_record = run->record;
            ts_run_head(e)->changed = true;
            continue;
        }
        bool global = fx.op == TS_FX_SWEEP || fx.op == TS_FX_NAME || fx.op == TS_FX_FAULT || fx.op == TS_FX_REFUSE ||
                      fx.op == TS_FX_ERROR || fx.op == TS_FX_READS || fx.op == TS_FX_READ;
        if (run->subject < 0 && !global) return false;
        enum ts_code code = ts_effect_apply(e, &fx);
        if (code == TS_E_MEMORY) run->failed = true;
        if (code != TS_OK || run->failed) return false;
    }
    return !o->reader.bad;
}

static enum ts_code recover_event(struct ts_engine *e, const struct ts_row *row, struct ts_outcome *o,
                                  struct ts_error *err)
{
    struct ts_record r;
    struct ts_fault fault;
    const struct ts_program *p = e->bind.program;
    if (o->status == TS_OUTCOME_QUARANTINED) return TS_OK;
    if (o->prelude && !apply_effects(e, o, true))
        return misfit(e, row, "its outcome does not fit the state (due work)", err);
    if (!ts_record_parse(&e->parser, row->payload, p->identifiers.at, p->identifiers.n, row->received_at, o->live, &r,
                         &fault)) {
        if (fault.reason == TS_REASON_NONE) e->run.failed = true;
        return misfit(e, row, "its payload cannot be read", err);
    }
    const struct ts_listen *l = r.event.len ? ts_listen_to(e, r.event) : NULL;
    struct ts_event_view ev = {.name = r.event,
                               .decl = l ? l->decl : NULL,
                               .json = r.json,
                               .properties = r.properties,
                               .at = o->at,
                               .channel = r.channel};
    e->run.event = &ev;
    e->run.body = true;
    bool placed = ts_body_event(e, &r);
    e->run.event = NULL;
    if (!placed) return misfit(e, row, "its payload gives nobody", err);
    if (!apply_effects(e, o, false)) return misfit(e, row, "its outcome does not fit the state", err);
    e->events++;
    return TS_OK;
}

static enum ts_code recover_on_member(struct ts_engine *e, const struct ts_row *row, struct ts_outcome *o,
                                      struct ts_error *err)
{
    if (o->prelude && !apply_effects(e, o, true))
        return misfit(e, row, "its outcome does not fit the state (due work)", err);
    if (o->member) {
        e->run.subject = ts_members_living(e->members, o->member) ? ts_run_take(e, o->member) : -1;
        if (e->run.subject < 0) return misfit(e, row, "it names a member that does not exist", err);
    }
    e->run.body = true;
    e->run.profile = row->profile;
    if (row->profile && !ts_members_image(e->members, row->profile).data)
        return damaged(err, row, "it names a profile that does not exist");
    return apply_effects(e, o, false) ? TS_OK : misfit(e, row, "its outcome does not fit the state", err);
}

/* *ret_old: the version before, which comes back when the row does not commit. */
static enum ts_code recover_rules(struct ts_engine *e, const struct ts_row *row, struct ts_outcome *o,
                                  struct ts_force *ret_old, struct ts_error *err)
{
    struct ts_sources sources = {0};
    struct ts_problems problems = {0};
    struct ts_rules *rules = NULL;
    enum ts_code code = ts_sources_from_json(row->payload, &sources, err);
    if (code != TS_OK) return code == TS_E_MEMORY ? code : damaged(err, row, "the sources of the rules cannot be read");
    struct ts_rules_options options = e->options.rules;
    options.known_good = true; /* it came through the door once; a later version of the check may be stricter */
    code = ts_rules_load(&sources, &options, &rules, &problems, err);
    ts_problems_release(&problems);
    struct ts_sources *kept = code == TS_OK ? ts_alloc(sizeof *kept) : NULL;
    if (!kept) {
        ts_rules_free(rules);
        ts_sources_release(&sources);
        if (code == TS_OK) return ts_fail(err, TS_E_MEMORY, "out of memory");
        return code == TS_E_MEMORY ? code : damaged(err, row, "the rules do not load");
    }
    *kept = sources;
    code = ts_adopt_rules(e, rules, kept, ret_old, err);
    if (code != TS_OK) {
        *ret_old = (struct ts_force){0};
        return code;
    }
    e->rules_record = row->record;
    return apply_effects(e, o, false) ? TS_OK : misfit(e, row, "its outcome cannot be read", err);
}

static enum ts_code apply_row(struct ts_engine *e, const struct ts_row *row, struct ts_outcome *o,
                              struct ts_force *ret_old, struct ts_error *err)
{
    switch ((enum ts_record_kind)row->kind) {
    case TS_RECORD_TRACK:
    case TS_RECORD_IDENTIFY:
    case TS_RECORD_ALIAS:
    case TS_RECORD_PAGE:
    case TS_RECORD_SCREEN:
    case TS_RECORD_GROUP:
        return recover_event(e, row, o, err);
    case TS_RECORD_REDEEM:
    case TS_RECORD_ADJUST:
    case TS_RECORD_SET_TIER:
    case TS_RECORD_SET_TAG:
    case TS_RECORD_RETRY:
        return recover_on_member(e, row, o, err);
    case TS_RECORD_SLICE:
        return apply_effects(e, o, false) ? TS_OK : misfit(e, row, "its outcome does not fit the state", err);
    case TS_RECORD_TICK:
        return TS_OK;
    case TS_RECORD_RULES:
        return recover_rules(e, row, o, ret_old, err);
    default:
        return damaged(err, row, "its kind is unknown");
    }
}

enum ts_code ts_engine_recover_row(struct ts_engine *e, const struct ts_row *row, uint64_t *ret_digest,
                                   struct ts_error *err)
{
    struct ts_outcome o;
    if (row->record != e->record + 1) return damaged(err, row, "it does not follow the record before it");
    if (!ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len))
        return damaged(err, row, "its outcome cannot be read");
    if (row->time < e->clock || !ts_ms_sane(row->time) || !ts_ms_sane(row->received_at))
        return damaged(err, row, "its time is before the record's before it, or none");
    ts_run_begin(e, row->record, row->time, row->received_at, o.live, TS_RUN_RECOVER);
    e->run.at = o.at;
    e->run.status = o.status;
    struct ts_force old = {0};
    uint64_t before = e->rules_record, events = e->events;
    enum ts_code code = apply_row(e, row, &o, &old, err);
    if (code == TS_OK && e->run.failed) code = misfit(e, row, "it does not fit the state", err);
    if (code == TS_OK) {
        e->run.status = o.status;
        code = ts_run_commit(e, (enum ts_record_kind)row->kind, row->payload, row->message_id, ret_digest, err);
    } else {
        ts_run_rollback(e);
    }
    if (code == TS_OK) {
        if (old.rules) ts_force_release(&old);
        return TS_OK;
    }
    if (old.rules) ts_force_restore(e, &old);
    e->rules_record = before;
    e->events = events;
    return code;
}

static enum ts_code replay_line(struct ts_engine *e, const struct ts_row *row, const struct ts_moment *m,
                                struct ts_result *ret, struct ts_error *err)
{
    struct ts_record r;
    const struct ts_program *p = e->bind.program;
    if (!ts_record_parse(&e->parser, row->payload, p->identifiers.at, p->identifiers.n, row->received_at, m->live, &r,
                         &ret->fault))
        return damaged(err, row, "its payload cannot be read");
    if (r.kind != (enum ts_record_kind)row->kind) return damaged(err, row, "its payload is of another kind");
    if (r.kind == TS_RECORD_TICK) return ts_apply_tick(e, m, ret, err);
    if (ts_record_is_order(r.kind)) return ts_apply_order(e, &r, m, ret, err);
    return ts_apply_event(e, &r, m, ret, err);
}

enum ts_code ts_engine_replay_row(struct ts_engine *e, const struct ts_row *row, const struct ts_sources *instead,
                                  struct ts_str *ret_outcome, uint64_t *ret_digest, struct ts_error *err)
{
    struct ts_outcome o;
    struct ts_result ret;
    enum ts_code code;
    memset(&ret, 0, sizeof ret);
    if (row->record != e->record + 1) return damaged(err, row, "it does not follow the record before it");
    if (!ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len))
        return damaged(err, row, "its outcome cannot be read");
    struct ts_moment m = {.time = row->time,
                          .at = o.at,
                          .arrival = row->received_at,
                          .live = o.live,
                          .payload = row->payload,
                          .message_id = row->message_id};
    if (row->kind == TS_RECORD_SLICE) {
        code = ts_apply_slice(e, &m, err);
    } else if (row->kind == TS_RECORD_RETRY) {
        code = ts_apply_retry(e, &m, &ret, err);
    } else if (row->kind == TS_RECORD_RULES) {
        struct ts_sources sources = {0};
        struct ts_problems problems = {0};
        code = instead ? TS_OK : ts_sources_from_json(row->payload, &sources, err);
        if (code == TS_OK) code = ts_apply_rules(e, instead ? instead : &sources, &m, &problems, err);
        if (!instead) ts_sources_release(&sources);
        ts_problems_release(&problems);
    } else {
        code = replay_line(e, row, &m, &ret, err);
    }
    *ret_outcome = ts_str((const char *)e->outcome.data, e->outcome.len);
    *ret_digest = e->digest;
    return code;
}
