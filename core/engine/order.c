/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: redeem, adjust, set_tier, set_tag, tick. Every command but a tick carries a key. The first answer to a key is kept for
 * ever and given again to the same content; other content under the same key is refused. */
#include "engine/internal.h"

bool ts_order_content(struct ts_engine *e, const struct ts_record *r, char out[33])
{
    struct ts_buf *b = &e->scratch;
    uint8_t digest[32];
    char hex[65];
    ts_buf_clear(b);
    ts_buf_adds(b, ts_record_kind_name(r->kind));
    ts_buf_varint(b, r->who.member);
    ts_buf_str(b, r->who.kind);
    ts_buf_str(b, r->who.value);
    ts_buf_str(b, r->points);
    ts_buf_zigzag(b, r->amount);
    ts_buf_str(b, r->reason);
    if (r->kind == TS_RECORD_SET_TIER || r->kind == TS_RECORD_SET_TAG) {
        ts_buf_str(b, r->tiers);
        ts_buf_str(b, r->level);
        ts_buf_str(b, r->tag);
        ts_buf_zigzag(b, r->until);
        ts_buf_byte(b, r->remove);
    }
    if (b->failed) return false;
    ts_sha256(b->data, b->len, digest);
    ts_sha256_hex(digest, hex);
    memcpy(out, hex, 32);
    out[32] = 0;
    return true;
}

bool ts_order_key(struct ts_engine *e, const struct ts_record *r)
{
    ts_buf_clear(&e->scratch);
    ts_buf_adds(&e->scratch, "k:");
    return ts_buf_add(&e->scratch, r->key.ptr, r->key.len);
}

void ts_refuse(struct ts_result *ret, const char *code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    ret->status = TS_RESULT_REFUSED;
    snprintf(ret->refusal, sizeof ret->refusal, "%s", code);
    vsnprintf(ret->message, sizeof ret->message, fmt, ap);
    va_end(ap);
}

static void write_taken(struct ts_engine *e, const struct ts_record *r, const struct ts_effect *fx, int64_t available)
{
    struct ts_buf *b = &e->image;
    ts_buf_addf(
        b, "{\"transaction\":%llu,\"record\":%llu,\"member\":\"m%llu\",\"amount\":%lld,\"available\":%lld,\"lots\":[",
        (unsigned long long)fx->transaction, (unsigned long long)e->run.record,
        (unsigned long long)ts_run_head(e)->number, (long long)r->amount, (long long)available);
    for (uint32_t i = 0; i < e->run.n_slices; i++)
        ts_buf_addf(b, "%s{\"lot\":%llu,\"amount\":%lld}", i ? "," : "", (unsigned long long)e->run.slices[i].lot,
                    (long long)e->run.slices[i].amount);
    ts_buf_adds(b, "]}");
}

/* Why not, and what there is to spend where points were asked for. */
static void write_refused(struct ts_engine *e, const struct ts_record *r, const struct ts_result *ret)
{
    struct ts_buf *b = &e->image;
    ts_buf_addf(b, "{\"refused\":\"%s\"", ret->refusal);
    if (r->points.ptr) {
        uint32_t points = ts_names_find(e->names, TS_SPACE_POINTS, r->points);
        int64_t available = ts_member_balance(ts_run_member(e), points).available;
        ts_buf_addf(b, ",\"available\":%lld", (long long)available);
    }
    ts_buf_adds(b, ",\"message\":");
    ts_buf_json(b, ts_cstr(ret->message));
    ts_buf_byte(b, '}');
}

/* The answer of CONTRACT.md's commands, kept with the key behind 32 digits of its content. */
static void write_answer(struct ts_engine *e, const struct ts_record *r, const struct ts_effect *fx,
                         const struct ts_result *ret)
{
    struct ts_buf *b = &e->image;
    char content[33];
    if (!ts_order_content(e, r, content)) {
        e->run.failed = true;
        return;
    }
    ts_buf_clear(b);
    ts_buf_adds(b, content);
    if (ret->status == TS_RESULT_REFUSED)
        write_refused(e, r, ret);
    else if (r->points.ptr) /* what has expired is gone by now */
        write_taken(e, r, fx, ts_member_balance(ts_run_member(e), fx->name).available);
    else
        ts_buf_add(b, e->answer_text.data, e->answer_text.len);
    if (e->answer_text.failed || !ts_order_key(e, r) || b->failed) e->run.failed = true;
    struct ts_effect answer = {.op = TS_FX_ANSWER,
                               .text = ts_run_keep(e, ts_str((const char *)e->scratch.data, e->scratch.len)),
                               .json = ts_run_keep(e, ts_str((const char *)b->data, b->len))};
    ts_do(e, &answer);
    e->answer = ts_str(answer.json.ptr ? answer.json.ptr + 32 : "", answer.json.len >= 32 ? answer.json.len - 32 : 0);
}

/* Room for every lot that a spend may take from, for the answer. */
static void make_room(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    struct ts_member *m = ts_run_member(e);
    run->cap_slices = 0;
    for (uint32_t i = 0; i < m->n; i++)
        run->cap_slices += m->profiles[i]->wallet.lots.len;
    run->slices = ts_arena_alloc(&run->arena, ((size_t)run->cap_slices + 1) * sizeof *run->slices);
    if (!run->slices) run->failed = true;
}

/* False: refused, or out of memory. */
static bool execute(struct ts_engine *e, const struct ts_record *r, struct ts_effect *fx, struct ts_result *ret)
{
    struct ts_run *run = &e->run;
    const struct ts_points_decl *p = NULL;
    for (uint32_t i = 0; i < e->bind.program->points.n; i++)
        if (ts_str_eq(e->bind.program->points.at[i].name, r->points)) p = &e->bind.program->points.at[i];
    if (!p) {
        ts_refuse(ret, "unknown_points", "no points are called \"%.*s\"",
                  (int)(r->points.len > 100 ? 100 : r->points.len), r->points.ptr);
        return false;
    }
    if (r->kind == TS_RECORD_REDEEM && !p->spendable) {
        ts_refuse(ret, "not_spendable", TS_STR_FMT " cannot be spent: they are declared with spendable = false",
                  TS_STR_ARG(p->name));
        return false;
    }
    *fx = (struct ts_effect){.op = r->kind == TS_RECORD_REDEEM ? TS_FX_SPEND : TS_FX_ADJUST,
                             .name = p->id,
                             .amount = r->amount,
                             .profile = ts_run_head(e)->number,
                             .until = TS_NEVER,
                             .text = r->reason.ptr ? r->reason : TS_STR("")};
    if (p->expires && r->kind == TS_RECORD_ADJUST && r->amount > 0)
        fx->until = ts_time_end_of(e->bind.program->zone, ts_time_add(e->bind.program->zone, run->now, p->expire_after),
                                   (enum ts_boundary)p->expire_at);
    make_room(e);
    if (ts_do(e, fx)) {
        if (r->kind == TS_RECORD_REDEEM) ts_points_event(e, "points.spent", p->id, r->amount);
        ret->status = TS_RESULT_APPLIED;
        return true;
    }
    if (run->failed) return false;
    struct ts_balance b = ts_member_balance(ts_run_member(e), p->id);
    int64_t asked = r->amount == INT64_MIN ? INT64_MAX : r->amount < 0 ? -r->amount : r->amount;
    if (r->amount > TS_LIMIT_POINTS || (r->kind == TS_RECORD_ADJUST && r->amount > 0))
        ts_refuse(ret, "overflow", "the balance would be larger than points can be (10^15)");
    else if (asked <= b.available)
        ts_refuse(ret, "overflow", "the points lie in more than %d profiles of m%llu: ask for less at a time",
                  TS_ENTRIES_MAX - 1, (unsigned long long)ts_run_head(e)->number);
    else
        ts_refuse(ret, "insufficient_points", "m%llu has %lld " TS_STR_FMT " to spend, %lld are asked for",
                  (unsigned long long)ts_run_head(e)->number, (long long)b.available, TS_STR_ARG(p->name),
                  (long long)asked);
    return false;
}

enum ts_code ts_apply_order(struct ts_engine *e, const struct ts_record *r, const struct ts_moment *m,
                            struct ts_result *ret, struct ts_error *err)
{
    struct ts_run *run = &e->run;
    struct ts_effect fx = {0};
    ts_run_begin(e, e->record + 1, m->time, m->arrival, m->live, TS_RUN_LIVE);
    run->at = m->at;
    e->answer = (struct ts_str){NULL, 0};
    struct ts_event_view ev = {.name = TS_STR(""), .at = m->time};
    run->event = &ev;
    ts_rules_begin(e->rules);
    uint64_t member = ts_identity_who(e->bind.program, e->idents, e->members, &r->who, &run->arena);
    int32_t slot = member ? ts_run_take(e, member) : -1;
    if (slot >= 0) ts_fire(e, slot, run->time);
    run->subject = slot;
    ts_run_body(e);
    run->profile = member;
    ts_buf_clear(&e->answer_text);
    if (!member) {
        ts_refuse(ret, "unknown_member", "nobody is known as %.*s%s%.*s", (int)r->who.kind.len,
                  r->who.kind.ptr ? r->who.kind.ptr : "", r->who.member ? "that number" : ":",
                  (int)(r->who.value.len > 100 ? 100 : r->who.value.len), r->who.value.ptr ? r->who.value.ptr : "");
    } else if (!run->failed) {
        if (r->points.ptr)
            execute(e, r, &fx, ret);
        else
            ts_assign(e, r, ret, &e->answer_text);
        if (!run->failed) write_answer(e, r, &fx, ret);
        if (!run->failed && ret->status == TS_RESULT_APPLIED) ts_settle(e, NULL, NULL, false);
    }
    if (ret->status == TS_RESULT_REFUSED && !run->failed) {
        run->status = TS_OUTCOME_REFUSED;
        struct ts_effect no = {.op = TS_FX_REFUSE, .text = ts_cstr(ret->refusal), .json = ts_cstr(ret->message)};
        if (!ts_effect_encode(&no, &run->effects)) run->failed = true;
    }
    if (run->over_limit && !run->failed) return ts_over_limit(e, r, m, ret, err);
    ts_buf_clear(&e->answer_text); /* the arena goes with the record; the answer is the caller's until the next call */
    ts_buf_add(&e->answer_text, e->answer.ptr, e->answer.len);
    enum ts_code code = ts_finish(e, r->kind, m, ret, err);
    run->event = NULL;
    ret->answer = ts_str((const char *)e->answer_text.data, e->answer_text.len);
    return code;
}

enum ts_code ts_apply_tick(struct ts_engine *e, const struct ts_moment *m, struct ts_result *ret, struct ts_error *err)
{
    ts_run_begin(e, e->record + 1, m->time, m->arrival, m->live, TS_RUN_LIVE);
    e->run.at = m->at;
    e->run.body = true;
    ret->status = TS_RESULT_APPLIED;
    return ts_finish(e, TS_RECORD_TICK, m, ret, err);
}
