/* SPDX-License-Identifier: Apache-2.0 */
/* An effect changes the state. This is the only code that does so beyond an event's own part (body.c), and it is the same whether rules
 * asked for the effect a moment ago or a row of the journal says so. */
#include "engine/internal.h"

static struct ts_cause cause_of(const struct ts_engine *e, const struct ts_effect *fx, struct ts_str note)
{
    return (struct ts_cause){.record = e->run.record, .at = e->run.now, .rule = fx->rule, .note = note};
}

/* What a refund will need: the figure that was multiplied, the tier rate and the constant factor of that day. */
static struct ts_str factors_note(struct ts_engine *e, const struct ts_effect *fx)
{
    ts_buf_clear(&e->scratch);
    ts_buf_zigzag(&e->scratch, fx->base);
    for (int i = 0; i < 2; i++) {
        ts_buf_zigzag(&e->scratch, fx->factor[i].digits);
        ts_buf_byte(&e->scratch, fx->factor[i].scale);
    }
    return ts_str((const char *)e->scratch.data, e->scratch.len);
}

static struct ts_profile *profile_in(struct ts_engine *e, uint64_t number)
{
    struct ts_member *m = ts_run_member(e);
    for (uint32_t i = 0; m && i < m->n; i++)
        if (m->profiles[i]->number == number) return m->profiles[i];
    return NULL;
}

/* Lots are in order of number. */
struct ts_lot *ts_lot_find(struct ts_profile *p, uint64_t id)
{
    uint32_t low = 0, high = p->wallet.lots.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->wallet.lots.at[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->wallet.lots.len && p->wallet.lots.at[low].id == id ? &p->wallet.lots.at[low] : NULL;
}

#define WALLETS_MAX 64
/* The wallets of the member in question; more than fit on the stack come from the record's arena. */
static struct ts_wallet **wallets(struct ts_engine *e, struct ts_wallet **few)
{
    struct ts_member *m = ts_run_member(e);
    struct ts_wallet **list = few;
    if (m->n > WALLETS_MAX && !(list = ts_arena_alloc(&e->run.arena, m->n * sizeof *list))) {
        e->run.failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < m->n; i++)
        list[i] = &m->profiles[i]->wallet;
    return list;
}

static void mark_wallets(struct ts_engine *e, uint32_t points)
{
    struct ts_member *m = ts_run_member(e);
    for (uint32_t i = 0; i < m->n; i++) {
        if (!m->profiles[i]->wallet.changed) continue;
        m->profiles[i]->wallet.changed = false;
        m->profiles[i]->changed = true;
    }
    ts_run_changed(e, TS_READ_POINTS, points);
}

static void count_earned(struct ts_engine *e, const struct ts_effect *fx, struct ts_profile *p)
{
    for (uint32_t i = 0; i < e->bind.program->points.n; i++) {
        uint32_t series = e->bind.earned_series[i];
        if (e->bind.program->points.at[i].id != fx->name || !series) continue;
        if (!ts_series_add(&p->series, series, 0, ts_local_day(e, fx->at), fx->at, 1, fx->amount) && p->series.failed)
            e->run.failed = true;
        ts_run_changed(e, TS_READ_SERIES, series);
    }
}

static enum ts_code apply_earn(struct ts_engine *e, struct ts_effect *fx)
{
    struct ts_profile *p = profile_in(e, fx->profile);
    struct ts_wallet *few[WALLETS_MAX], **list = p ? wallets(e, few) : NULL;
    if (!list) return TS_E_DAMAGED;
    if (fx->amount == 0) return TS_OK; /* a cap left nothing: both figures are kept, nothing moves */
    struct ts_award a = {.points = fx->name,
                         .amount = fx->amount,
                         .desired = fx->desired,
                         .earned = fx->at,
                         .activates = fx->activates,
                         .expires = fx->until,
                         .of = fx->of,
                         .bonus = fx->of != 0};
    struct ts_cause c = cause_of(e, fx, factors_note(e, fx));
    enum ts_code code =
        ts_ledger_award(&e->ledger, &p->wallet, list, ts_run_member(e)->n, &a, &c, &fx->transaction, NULL);
    if (code == TS_OK) {
        mark_wallets(e, fx->name);
        count_earned(e, fx, p);
    }
    return code;
}

static enum ts_code apply_lot(struct ts_engine *e, struct ts_effect *fx)
{
    struct ts_profile *p = profile_in(e, fx->profile);
    struct ts_wallet *few[WALLETS_MAX], **list = p ? wallets(e, few) : NULL;
    if (!list) return TS_E_DAMAGED;
    struct ts_cause c = cause_of(e, fx, (struct ts_str){NULL, 0});
    const struct ts_lot *lot = ts_lot_find(p, fx->lot);
    if (!lot) return TS_E_DAMAGED;
    uint32_t points = lot->points;
    c.rule = lot->rule;
    enum ts_code code = fx->op == TS_FX_ACTIVATE
                            ? ts_ledger_activate(&e->ledger, &p->wallet, list, ts_run_member(e)->n, fx->lot, &c, NULL)
                            : ts_ledger_expire(&e->ledger, &p->wallet, fx->lot, &c, NULL, &fx->transaction, NULL);
    if (code == TS_OK) mark_wallets(e, points);
    return code;
}

/* In: desired, the points that are no longer earned. Out: amount, what went back. */
static enum ts_code apply_claw(struct ts_engine *e, struct ts_effect *fx)
{
    struct ts_profile *p = profile_in(e, fx->profile);
    struct ts_wallet *few[WALLETS_MAX], **list = p ? wallets(e, few) : NULL;
    if (!list) return TS_E_DAMAGED;
    struct ts_clawback k = {
        .points = fx->name, .amount = fx->desired, .record = fx->lot, .of = fx->of, .floor = fx->from != 0};
    struct ts_cause c = cause_of(e, fx, (struct ts_str){NULL, 0});
    enum ts_code code = ts_ledger_clawback(&e->ledger, &p->wallet, list, ts_run_member(e)->n, &k, &c, &fx->amount,
                                           &fx->transaction, NULL);
    if (code == TS_OK) mark_wallets(e, fx->name);
    return code == TS_E_USAGE ? TS_E_DAMAGED : code;
}

static enum ts_code apply_extend(struct ts_engine *e, struct ts_effect *fx)
{
    struct ts_profile *p = profile_in(e, fx->profile);
    if (!p) return TS_E_DAMAGED;
    char note[32];
    struct ts_cause c = cause_of(e, fx, ts_cstr(ts_time_format(fx->until, note)));
    enum ts_code code = ts_ledger_extend(&e->ledger, &p->wallet, fx->lot, fx->until, &c, &fx->transaction, NULL);
    if (code == TS_OK) mark_wallets(e, fx->name);
    return code == TS_E_NOT_FOUND || code == TS_E_USAGE ? TS_E_DAMAGED : code;
}

static enum ts_code apply_order(struct ts_engine *e, struct ts_effect *fx)
{
    struct ts_wallet *few[WALLETS_MAX], **list = wallets(e, few);
    if (!list) return TS_E_MEMORY;
    struct ts_cause c = cause_of(e, fx, fx->text);
    uint32_t n = ts_run_member(e)->n;
    enum ts_code code;
    if (fx->op == TS_FX_SPEND) {
        code = ts_ledger_spend(&e->ledger, list, n, fx->name, fx->amount, &c, &fx->transaction, e->run.slices,
                               e->run.cap_slices, &e->run.n_slices, NULL);
    } else {
        struct ts_profile *p = profile_in(e, fx->profile);
        if (!p) return TS_E_DAMAGED;
        code = ts_ledger_adjust(&e->ledger, &p->wallet, list, n, fx->name, fx->amount, fx->until, &c, &fx->transaction,
                                NULL);
    }
    if (code == TS_OK) mark_wallets(e, fx->name);
    return code;
}

/* Was it the condition of this tag that gave it? */
static bool by_condition(const struct ts_engine *e, const struct ts_effect *fx)
{
    for (uint32_t i = 0; i < e->bind.segments_from; i++)
        if (e->bind.conditions.at[i].target == fx->name) return e->bind.conditions.at[i].rule == fx->rule;
    return false;
}

/* When what the effect gives began: at the event, or when due work was due. */
static ts_ms since_of(const struct ts_engine *e)
{
    return e->run.body && e->run.now == e->run.time ? e->run.at : e->run.now;
}

static enum ts_code apply_tag(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_profile *head = ts_run_head(e);
    struct ts_tag *t = ts_profile_tag(head, fx->name);
    if (fx->op == TS_FX_TAG_REMOVE) {
        if (t) ts_vec_remove(&head->tags, (uint32_t)(t - head->tags.at));
    } else {
        if (!t) {
            uint32_t at = 0; /* kept in order of number: the image is canonical */
            while (at < head->tags.len && head->tags.at[at].tag < fx->name)
                at++;
            if (!ts_vec_push(&head->tags)) return TS_E_MEMORY;
            memmove(&head->tags.at[at + 1], &head->tags.at[at], (head->tags.len - 1 - at) * sizeof *t);
            t = &head->tags.at[at];
            *t = (struct ts_tag){.tag = fx->name, .since = since_of(e)};
        }
        t->until = fx->until;
        t->rule = fx->rule;
        t->held = by_condition(e, fx);
    }
    head->changed = true;
    ts_run_changed(e, TS_READ_TAG, fx->name);
    return TS_OK;
}

static enum ts_code apply_segment(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_profile *head = ts_run_head(e);
    struct ts_segment_state *s = ts_profile_segment(head, fx->name);
    if (fx->op == TS_FX_SEGMENT_LEAVE) {
        if (s) ts_vec_remove(&head->segments, (uint32_t)(s - head->segments.at));
    } else if (!s) {
        uint32_t at = 0; /* kept in order of number: the image is canonical */
        while (at < head->segments.len && head->segments.at[at].segment < fx->name)
            at++;
        if (!ts_vec_push(&head->segments)) return TS_E_MEMORY;
        s = &head->segments.at[at];
        memmove(s + 1, s, (head->segments.len - 1 - at) * sizeof *s);
        *s = (struct ts_segment_state){fx->name, fx->rule, since_of(e)};
    }
    head->changed = true;
    ts_run_changed(e, TS_READ_SEGMENT, fx->name);
    return TS_OK;
}

static enum ts_code apply_tier(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_profile *head = ts_run_head(e);
    struct ts_tier_state *s = ts_profile_tier(head, fx->name);
    if (!s && !(s = ts_vec_push(&head->tiers))) return TS_E_MEMORY;
    *s = fx->tier;
    s->tiers = fx->name;
    s->rule = fx->rule;
    head->changed = true;
    if (fx->op == TS_FX_TIER) ts_run_changed(e, TS_READ_TIERS, fx->name);
    return TS_OK;
}

static enum ts_code apply_trait(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_profile *head = ts_run_head(e);
    struct ts_trait *t = ts_profile_trait(head, fx->name);
    struct ts_str before = t ? t->json : (struct ts_str){NULL, 0};
    if (!t && !(t = ts_vec_push(&head->traits))) return TS_E_MEMORY;
    struct ts_str kept = ts_arena_dup(&head->arena, fx->text);
    if (!kept.ptr) return TS_E_MEMORY;
    *t = (struct ts_trait){.trait = fx->name, .at = fx->at, .json = kept};
    head->changed = true;
    ts_run_changed(e, TS_READ_TRAIT, fx->name);
    ts_score_traits(e, t, before);
    return TS_OK;
}

/* How many points of instant `at` it can lose before it stands on the floor. */
static double score_room(const struct ts_score *s, ts_ms half_life, double floor, ts_ms at)
{
    const struct ts_score one = {.value = 1, .at = at};
    double room = ts_score_at(s, half_life, at) - floor, faded = ts_score_at(&one, half_life, s->at);
    return room > 0 && faded > 0 ? room / faded : 0;
}

#define SCORE_DUST 1e-9 /* what rounding leaves over */

/* The floor is the member's: what one profile has not got any more, the others of the member give. */
static void take_from_others(struct ts_engine *e, const struct ts_effect *fx, const struct ts_profile *but,
                             const struct ts_score_decl *d, double left)
{
    const struct ts_member *m = ts_run_member(e);
    for (uint32_t i = 0; i < m->n && left < -SCORE_DUST; i++) {
        struct ts_score *s = m->profiles[i] == but ? NULL : ts_profile_score(m->profiles[i], fx->name);
        double room = s ? score_room(s, d->half_life, d->floor, fx->at) : 0;
        if (room <= 0) continue;
        double part = left < -room ? -room : left;
        ts_score_add(s, d->half_life, fx->at, part, d->floor);
        m->profiles[i]->changed = true;
        left -= part;
    }
}

static enum ts_code apply_score(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_profile *p = e->run.profile ? ts_run_profile(e, e->run.profile) : NULL;
    if (!p || p->member != ts_run_head(e)->number) p = ts_run_head(e);
    struct ts_score *s = ts_profile_score(p, fx->name);
    if (!s) {
        if (!(s = ts_vec_push(&p->scores))) return TS_E_MEMORY;
        *s = (struct ts_score){.id = fx->name, .value = 0, .at = fx->at};
    }
    const struct ts_score_decl *d = NULL;
    for (uint32_t i = 0; i < e->bind.program->scores.n; i++)
        if (e->bind.program->scores.at[i].id == fx->name) d = &e->bind.program->scores.at[i];
    double room = d ? score_room(s, d->half_life, d->floor, fx->at) : 0;
    ts_score_add(s, d ? d->half_life : 0, fx->at, fx->number, d ? d->floor : -__builtin_inf());
    if (d && fx->number < 0) take_from_others(e, fx, p, d, fx->number + room);
    p->changed = true;
    ts_run_changed(e, TS_READ_SCORE, fx->name);
    return TS_OK;
}

static enum ts_code apply_watch(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_profile *head = ts_run_head(e);
    head->changed = true;
    for (uint32_t i = 0; i < head->watches.len; i++) {
        if (head->watches.at[i].condition != fx->name) continue;
        if (fx->at == TS_NEVER)
            ts_vec_remove(&head->watches, i);
        else
            head->watches.at[i].due = fx->at;
        return TS_OK;
    }
    if (fx->at == TS_NEVER) return TS_OK;
    struct ts_watch *w = ts_vec_push(&head->watches);
    if (!w) return TS_E_MEMORY;
    *w = (struct ts_watch){fx->name, fx->at};
    return TS_OK;
}

/* An internal event counts in the measures and scores of whoever declared it; its rules' effects follow as effects. */
static enum ts_code apply_emit(struct ts_engine *e, const struct ts_effect *fx)
{
    const struct ts_listen *l = ts_listen_to(e, fx->text);
    if (!l || (!l->measures.len && !l->scores.len && !l->is_sale)) return TS_OK;
    struct ts_event_view ev = {.name = fx->text, .decl = l->decl, .at = e->run.now};
    enum ts_code code = ts_json_parse(&e->inner_json, fx->json.ptr, fx->json.len, true);
    if (code == TS_E_MEMORY) return code;
    if (code == TS_OK) {
        ev.json = &e->inner_json;
        ev.properties = ts_json_root(&e->inner_json);
    }
    ts_count_event(e, l, &ev);
    return e->run.failed ? TS_E_MEMORY : TS_OK;
}

/* What an order counted is taken back, on its own day. */
static enum ts_code apply_take(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_profile *p = profile_in(e, fx->profile);
    if (!p || fx->desired == INT64_MIN || fx->amount == INT64_MIN) return TS_E_DAMAGED;
    if (!ts_series_add(&p->series, fx->name, fx->from, (ts_day)fx->to, fx->at, -fx->desired, -fx->amount))
        return p->series.failed ? TS_E_MEMORY : TS_E_LIMIT;
    p->changed = true;
    ts_run_changed(e, TS_READ_SERIES, fx->name);
    return TS_OK;
}

static enum ts_code apply_put(struct ts_engine *e, const struct ts_effect *fx)
{
    ts_buf_str(&e->run.puts, fx->text);
    ts_buf_str(&e->run.puts, fx->op == TS_FX_ONCE ? TS_STR("1") : fx->json);
    return e->run.puts.failed ? TS_E_MEMORY : TS_OK;
}

static enum ts_code apply_error(struct ts_engine *e, const struct ts_effect *fx)
{
    struct ts_buf *b = &e->run.errors;
    struct ts_str file = fx->json;
    uint32_t line = 0;
    for (size_t i = fx->json.len; i > 0; i--) { /* "file:line" */
        if (fx->json.ptr[i - 1] != ':') continue;
        for (size_t k = i; k < fx->json.len; k++)
            line = line * 10 + (uint32_t)(fx->json.ptr[k] - '0');
        file.len = i - 1;
        break;
    }
    ts_buf_varint(b, e->run.subject < 0 ? 0 : ts_run_head(e)->number);
    ts_buf_varint(b, fx->rule);
    ts_buf_varint(b, line);
    ts_buf_byte(b, fx->from == 2);
    ts_buf_str(b, fx->text);
    ts_buf_str(b, file);
    if (fx->from == 2) e->run.status = TS_OUTCOME_STOPPED;
    e->run.n_errors++;
    return b->failed ? TS_E_MEMORY : TS_OK;
}

enum ts_code ts_effect_apply(struct ts_engine *e, struct ts_effect *fx)
{
    switch ((enum ts_effect_op)fx->op) {
    case TS_FX_EARN:
        return apply_earn(e, fx);
    case TS_FX_ACTIVATE:
    case TS_FX_EXPIRE:
        return apply_lot(e, fx);
    case TS_FX_EXTEND:
        return apply_extend(e, fx);
    case TS_FX_CLAWBACK:
        return apply_claw(e, fx);
    case TS_FX_SPEND:
    case TS_FX_ADJUST:
        return apply_order(e, fx);
    case TS_FX_TAG_ADD:
    case TS_FX_TAG_REMOVE:
        return apply_tag(e, fx);
    case TS_FX_SEGMENT_ENTER:
    case TS_FX_SEGMENT_LEAVE:
        return apply_segment(e, fx);
    case TS_FX_TIER:
    case TS_FX_TIER_STATE:
        return apply_tier(e, fx);
    case TS_FX_TRAIT:
        return apply_trait(e, fx);
    case TS_FX_SCORE:
        return apply_score(e, fx);
    case TS_FX_CAP:
        return ts_cap_apply(e, fx);
    case TS_FX_WATCH:
        return apply_watch(e, fx);
    case TS_FX_EMIT:
        return apply_emit(e, fx);
    case TS_FX_ONCE:
    case TS_FX_ANSWER:
    case TS_FX_SALE:
        return apply_put(e, fx);
    case TS_FX_TAKE:
        return apply_take(e, fx);
    case TS_FX_ERROR:
        return apply_error(e, fx);
    case TS_FX_READS:
        return ts_condition_reads(e, fx->name, fx->from) ? TS_OK : TS_E_MEMORY;
    case TS_FX_NAME:
        if (fx->from == 0 || fx->from >= TS_SPACE_COUNT) return TS_E_DAMAGED;
        e->run.named = true;
        return ts_names_intern(e->names, (enum ts_space)fx->from, fx->text) ? TS_OK : TS_E_MEMORY;
    case TS_FX_SWEEP:
        e->run.sweep = (uint64_t)fx->amount;
        return TS_OK;
    default:
        return TS_OK; /* shown only: join, notify, read, fault, refuse */
    }
}

/* Due work names whose it is: before the first effect on a member in a prelude or a slice. */
void ts_write_subject(struct ts_engine *e)
{
    struct ts_run *run = &e->run;
    if (run->body || run->subject_written || run->subject < 0) return;
    struct ts_profile *head = ts_run_head(e);
    struct ts_effect fx = {
        .op = TS_FX_SUBJECT, .profile = head->number, .at = run->now, .amount = (int64_t)head->previous_record};
    if (!ts_effect_encode(&fx, &run->effects)) run->failed = true;
    head->last_record = run->record;
    head->changed = true;
    run->subject_written = run->prelude = true;
}

bool ts_do(struct ts_engine *e, struct ts_effect *fx)
{
    if (e->run.failed) return false;
    ts_write_subject(e);
    enum ts_code code = ts_effect_apply(e, fx);
    if (code == TS_E_MEMORY || code == TS_E_DAMAGED) e->run.failed = true;
    if (code != TS_OK) return false;
    if (!ts_effect_encode(fx, &e->run.effects)) e->run.failed = true;
    if (fx->op == TS_FX_EARN && e->run.sale.on) ts_sale_paid(e, fx);
    return !e->run.failed;
}
