/* SPDX-License-Identifier: Apache-2.0 */
/* From journal rows to items: each row's effects that are the member's, with what was read before them, and the movements of the ledger
 * that they explain. */
#include "command/timeline.h"
#include "command/why.h"

#define PLACES                                                                                                         \
    14 /* bits of a cursor for the place of an item in its row: effects and movements of one record are fewer */

const char *ts_why_kind_name(enum ts_why_kind kind)
{
#define TS_WHY_NAME(e, name) name,
    static const char *const names[] = {TS_WHY_KINDS(TS_WHY_NAME)};
#undef TS_WHY_NAME
    return kind < TS_WHY_NONE ? names[kind] : NULL;
}

static enum ts_why_kind kind_of(uint8_t op)
{
    switch (op) {
    case TS_FX_TAG_ADD:
    case TS_FX_TAG_REMOVE:
        return TS_WHY_TAG;
    case TS_FX_TIER:
        return TS_WHY_TIER;
    case TS_FX_EARN:
    case TS_FX_SPEND:
    case TS_FX_ADJUST:
    case TS_FX_ACTIVATE:
    case TS_FX_EXPIRE:
    case TS_FX_EXTEND:
    case TS_FX_CLAWBACK:
        return TS_WHY_LEDGER;
    case TS_FX_TRAIT:
        return TS_WHY_TRAIT;
    case TS_FX_SCORE:
        return TS_WHY_SCORE;
    case TS_FX_JOIN:
        return TS_WHY_JOIN;
    case TS_FX_EMIT:
        return TS_WHY_EMIT;
    case TS_FX_NOTIFY:
        return TS_WHY_NOTIFY;
    case TS_FX_REFUND:
        return TS_WHY_REFUND;
    case TS_FX_ERROR:
        return TS_WHY_ERROR;
    case TS_FX_SEGMENT_ENTER:
    case TS_FX_SEGMENT_LEAVE:
        return TS_WHY_SEGMENT;
    case TS_FX_CREDIT:
        return TS_WHY_CREDIT;
    default:
        return TS_WHY_NONE;
    }
}

/* ---- the rules of that time ------------------------------------------------------------------------------------- */

const struct ts_program *ts_why_program(struct ts_why *w)
{
    uint64_t record = w->row->rules;
    struct ts_sources sources;
    struct ts_error ignored;
    if (record == ts_engine_rules_record(w->session->engine) || !record) return ts_session_program(w->session);
    if (w->old_record != record) {
        if (w->old) ts_rules_free(w->old);
        w->old = NULL;
        w->old_record = record;
        if (ts_store_sources(w->session->store, record, &sources, &ignored) == TS_OK) {
            if (ts_rules_load(&sources, NULL, &w->old, NULL, &ignored) != TS_OK) w->old = NULL;
            ts_sources_release(&sources);
        }
    }
    return w->old ? ts_rules_program(w->old) : ts_session_program(w->session);
}

bool ts_why_rule(const struct ts_why *w, uint32_t rule, struct ts_rule_name *ret)
{
    const struct ts_names *names = ts_engine_names(w->session->engine);
    return rule && ts_rule_name_split(ts_names_text(names, TS_SPACE_RULE, rule), ret);
}

/* The rule's name has the version that it is of, so nothing is said by the words of another version. */
static bool is_of(const struct ts_program *p, const struct ts_rule_name *n, const char *kind, struct ts_str name)
{
    size_t len = n->version.len < p->version.len ? n->version.len : p->version.len;
    return ts_str_eq(n->kind, ts_cstr(kind)) && ts_str_eq(n->name, name) &&
           memcmp(n->version.ptr, p->version.ptr, len) == 0;
}

const struct ts_earn_decl *ts_why_earn(struct ts_why *w, uint32_t rule)
{
    struct ts_rule_name n;
    const struct ts_program *p = ts_why_program(w);
    if (!ts_why_rule(w, rule, &n)) return NULL;
    for (uint32_t i = 0; i < p->earns.n; i++)
        if (is_of(p, &n, "earn", p->earns.at[i].name)) return &p->earns.at[i];
    return NULL;
}

const struct ts_bonus_decl *ts_why_bonus(struct ts_why *w, uint32_t rule)
{
    struct ts_rule_name n;
    const struct ts_program *p = ts_why_program(w);
    if (!ts_why_rule(w, rule, &n)) return NULL;
    for (uint32_t i = 0; i < p->bonuses.n; i++)
        if (is_of(p, &n, "bonus", p->bonuses.at[i].name)) return &p->bonuses.at[i];
    return NULL;
}

const struct ts_milestone_decl *ts_why_milestone(struct ts_why *w, uint32_t rule)
{
    struct ts_rule_name n;
    const struct ts_program *p = ts_why_program(w);
    if (!ts_why_rule(w, rule, &n)) return NULL;
    for (uint32_t i = 0; i < p->milestones.n; i++)
        if (is_of(p, &n, "milestone", p->milestones.at[i].name)) return &p->milestones.at[i];
    return NULL;
}

/* ---- items -------------------------------------------------------------------------------------------------------- */

static const char *tier_change(struct ts_why *w, const struct ts_effect *e)
{
    const struct ts_names *names = ts_engine_names(w->session->engine);
    const struct ts_program *p = ts_why_program(w);
    struct ts_str tiers = ts_names_text(names, TS_SPACE_TIERS, e->name);
    struct ts_str level_from = ts_names_text(names, TS_SPACE_LEVEL, e->from);
    struct ts_str level_to = ts_names_text(names, TS_SPACE_LEVEL, e->to);
    uint32_t from = UINT32_MAX, to = UINT32_MAX;
    if (!e->from) return "entered";
    for (uint32_t t = 0; t < p->tiers.n; t++) {
        const struct ts_tiers_decl *d = &p->tiers.at[t];
        for (uint32_t k = 0; ts_str_eq(d->name, tiers) && k < d->n_levels; k++) {
            if (ts_str_eq(d->levels[k].name, level_from)) from = k;
            if (ts_str_eq(d->levels[k].name, level_to)) to = k;
        }
    }
    return from == UINT32_MAX || to == UINT32_MAX ? "changed" : to > from ? "upgraded" : "downgraded";
}

static const char *change_of(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_effect *e = i->effect;
    if (i->move) return ts_movement_name((enum ts_movement)i->move->movement);
    switch (i->kind) {
    case TS_WHY_TAG:
        return e->op == TS_FX_TAG_ADD ? "added" : "removed";
    case TS_WHY_SEGMENT:
        return e->op == TS_FX_SEGMENT_ENTER ? "entered" : "left";
    case TS_WHY_TIER:
        return tier_change(w, e);
    case TS_WHY_ERROR:
        return "failed";
    case TS_WHY_TRAIT:
        return "set";
    case TS_WHY_CREDIT:
        return "credited";
    default:
        return ts_effect_name((enum ts_effect_op)e->op);
    }
}

static struct ts_str name_of(const struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_names *names = ts_engine_names(w->session->engine);
    if (i->move) return ts_names_text(names, TS_SPACE_POINTS, i->move->points);
    switch (i->kind) {
    case TS_WHY_TAG:
        return ts_names_text(names, TS_SPACE_TAG, i->effect->name);
    case TS_WHY_TIER:
        return ts_names_text(names, TS_SPACE_TIERS, i->effect->name);
    case TS_WHY_TRAIT:
        return ts_names_text(names, TS_SPACE_TRAIT, i->effect->name);
    case TS_WHY_SCORE:
        return ts_names_text(names, TS_SPACE_SCORE, i->effect->name);
    case TS_WHY_SEGMENT:
        return ts_names_text(names, TS_SPACE_SEGMENT, i->effect->name);
    case TS_WHY_ERROR:
    case TS_WHY_CREDIT:
        return ts_rule_short(names, i->rule);
    case TS_WHY_JOIN:
        return ts_str(NULL, 0);
    default:
        return i->effect->text;
    }
}

/* False ends the walk. */
static bool give(struct ts_why *w, struct ts_why_item *i)
{
    uint64_t cursor = w->row->record << PLACES | ++w->place;
    if (w->only != TS_WHY_NONE && w->only != (unsigned)i->kind) return true;
    /* Newest first: behind the cursor are older records, and later places of its own. */
    uint64_t after = w->after >> PLACES;
    if (w->after && (w->row->record > after || (w->row->record == after && cursor <= w->after))) return true;
    if (w->limit && w->n >= w->limit) {
        w->more = true;
        return false;
    }
    w->n++;
    w->next = cursor;
    i->name = name_of(w, i);
    i->change = change_of(w, i);
    ts_buf_clear(&w->text);
    ts_why_say(w, i);
    w->failed |= w->text.failed;
    if (w->run->json)
        ts_why_json(w, i);
    else
        w->code = w->code == TS_OK ? ts_why_print(w, i) : w->code;
    return !w->failed && w->code == TS_OK;
}

/* ---- movements ------------------------------------------------------------------------------------------------------ */

/* Does effect `e` explain movement `m` of the same record? */
static bool explains(const struct ts_effect *e, const struct ts_why_move *m)
{
    switch (e->op) {
    case TS_FX_EARN:
        return (m->movement == TS_MOVE_EARN || m->movement == TS_MOVE_BONUS) && m->rule == e->rule &&
               m->points == e->name;
    case TS_FX_SPEND:
        return m->movement == TS_MOVE_SPEND;
    case TS_FX_ADJUST:
        return m->movement == TS_MOVE_ADJUST;
    case TS_FX_ACTIVATE:
        return m->movement == TS_MOVE_ACTIVATE && m->lot == e->lot;
    case TS_FX_EXPIRE:
        return m->movement == TS_MOVE_EXPIRE && m->lot == e->lot;
    case TS_FX_CLAWBACK:
        return m->movement == TS_MOVE_CLAWBACK && m->of == e->of;
    case TS_FX_EXTEND:
        return m->movement == TS_MOVE_EXTEND && m->lot == e->lot;
    default:
        return false;
    }
}

static bool give_moves(struct ts_why *w, uint32_t first, uint32_t end)
{
    TS_VEC(const struct ts_why_effect *) of = {0}; /* beside moves[first..end): the effect that explains each */
    uint32_t used = 0;
    bool ok = true;
    for (uint32_t m = first; ok && m < end; m++) {
        const struct ts_why_effect **slot = ts_vec_push(&of);
        if (!(ok = slot != NULL)) break;
        for (uint32_t k = used; k < w->effects.len && !*slot; k++)
            if (explains(&w->effects.at[k].effect, &w->moves.at[m])) {
                *slot = &w->effects.at[k];
                used = k + 1;
            }
    }
    w->failed |= !ok;
    for (uint32_t m = end; ok && m-- > first;) {
        const struct ts_why_move *move = &w->moves.at[m];
        const struct ts_why_effect *e = of.at[m - first];
        struct ts_why_item i = {.kind = TS_WHY_LEDGER, .rule = move->rule, .move = move, .at = move->at};
        if (e) {
            i.effect = &e->effect;
            i.read = e->read;
            i.lines = e->lines;
            if (w->row->kind == TS_RECORD_SLICE) i.at = e->at;
        }
        ok = give(w, &i);
    }
    ts_vec_release(&of);
    return ok;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

/* Keep the effects of the row that are this member's, each with what was read before it. */
static bool gather(struct ts_why *w, const struct ts_row *row)
{
    struct ts_own_effects own;
    struct ts_effect e;
    struct ts_str read = {NULL, 0}, lines = {NULL, 0};
    uint32_t reader = 0; /* whose reading it was: of the first effect behind it */
    w->effects.len = 0;
    ts_ms at = row->time;
    if (!ts_own_effects_open(&own, row, w->numbers, w->n_numbers)) return true;
    if (row->kind != TS_RECORD_SLICE && own.outcome.at) at = own.outcome.at;
    w->timestamp = at;
    while (ts_own_effects_next(&own, &e)) {
        if (e.op == TS_FX_SUBJECT && e.at) at = e.at;
        if (e.op == TS_FX_READ || e.op == TS_FX_TIER_REASON) {
            read = e.json;
            reader = UINT32_MAX;
        }
        if (e.op == TS_FX_LINES) lines = e.json;
        if (kind_of(e.op) == TS_WHY_NONE) continue;
        if (reader == UINT32_MAX) reader = e.rule;
        if (reader != e.rule) read = ts_str(NULL, 0); /* another rule's effects: it read nothing */
        struct ts_why_effect *slot = ts_vec_push(&w->effects);
        if (!slot) {
            w->failed = true;
            return false;
        }
        *slot = (struct ts_why_effect){e, at, read, e.op == TS_FX_EARN ? lines : ts_str(NULL, 0)};
        lines = ts_str(NULL, 0);
    }
    return true;
}

static void read_payload(struct ts_why *w, const struct ts_row *row)
{
    w->row = row;
    w->place = 0;
    w->message_id = row->message_id;
    w->body_reason = ts_str(NULL, 0);
    w->title = row->kind == TS_RECORD_SLICE ? TS_STR("due work") : ts_row_title(row, &w->json);
    if (!ts_record_is_order((enum ts_record_kind)row->kind)) return;
    const struct ts_json_node *root = ts_json_root(&w->json), *n = ts_json_get(&w->json, root, TS_STR("reason"));
    if (n && n->type == TS_JSON_STRING) w->body_reason = n->text;
}

static bool on_row(void *arg, const struct ts_row *row)
{
    struct ts_why *w = arg;
    uint32_t end = w->moves_left;
    while (end && w->moves.at[end - 1].record > row->record)
        end--;
    uint32_t first = end;
    while (first && w->moves.at[first - 1].record == row->record)
        first--;
    w->moves_left = first;
    if (w->after && row->record > w->after >> PLACES) return true;
    read_payload(w, row);
    if (!gather(w, row)) return false;
    for (uint32_t k = w->effects.len; k-- > 0;) {
        const struct ts_why_effect *e = &w->effects.at[k];
        struct ts_why_item i = {
            .kind = kind_of(e->effect.op), .rule = e->effect.rule, .effect = &e->effect, .read = e->read, .at = e->at};
        if (i.kind == TS_WHY_LEDGER) continue;
        if (!give(w, &i)) return false;
    }
    return give_moves(w, first, end);
}

enum ts_code ts_why_walk(struct ts_why *w, uint64_t member)
{
    struct ts_error *err = &w->run->error;
    bool ledger = w->only == TS_WHY_NONE || w->only == TS_WHY_LEDGER;
    enum ts_code code = ts_member_numbers(w->session->engine, member, &w->numbers, &w->n_numbers, err);
    if (code == TS_OK && ledger) code = ts_why_moves_read(w->session, w->numbers, w->n_numbers, &w->arena, &w->moves);
    w->moves_left = w->moves.len;
    if (code == TS_OK) code = ts_store_timeline(w->session->store, member, 0, on_row, w, err);
    if (code == TS_OK) code = w->code;
    return code == TS_OK && w->failed ? ts_run_memory(w->run) : code;
}

void ts_why_release(struct ts_why *w)
{
    if (w->old) ts_rules_free(w->old);
    ts_vec_release(&w->moves);
    ts_vec_release(&w->effects);
    ts_free(w->numbers);
    ts_json_release(&w->json);
    ts_json_release(&w->inner);
    ts_arena_release(&w->arena);
    ts_buf_release(&w->text);
    ts_list_release(&w->list);
}
