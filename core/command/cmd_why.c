/* SPDX-License-Identifier: Apache-2.0 */
/* tessera why: each change of a member with the rule, the event and the figures behind it, newest first. */
#include <inttypes.h>

#include "command/table.h"
#include "command/timeline.h"
#include "command/why.h"

#define LIMIT_TEXT 40 /* of a terminal; JSON gives all */

static const char *const kinds[] = {"tag",    "tier",   "ledger", "trait",   "score",  "join", "emit",
                                    "notify", "refund", "error",  "segment", "credit", NULL};
enum kind {
    KIND_TAG,
    KIND_TIER,
    KIND_LEDGER,
    KIND_TRAIT,
    KIND_SCORE,
    KIND_JOIN,
    KIND_EMIT,
    KIND_NOTIFY,
    KIND_REFUND,
    KIND_ERROR,
    KIND_SEGMENT,
    KIND_CREDIT,
    KIND_NONE
};

struct why {
    struct ts_run *run;
    struct ts_session *session;
    unsigned only; /* a kind, KIND_NONE: all */
    uint64_t limit, n;
    uint64_t *numbers;
    uint32_t n_numbers;
    ts_why_moves moves;
    uint32_t moves_left; /* newest first: those below are not yet passed */
    struct ts_arena arena;
    struct ts_json json;
    struct ts_doc d;
    cJSON *items; /* NULL: a table */
    struct ts_table table;
    /* of the row in hand */
    const struct ts_row *row;
    struct ts_str title, message_id, body_reason;
    ts_ms timestamp;
    TS_VEC(struct ts_effect) effects;
    TS_VEC(ts_ms) times;         /* beside effects: of a slice, when it was due */
    TS_VEC(struct ts_str) reads; /* beside effects: what the function behind each one read */
    TS_VEC(struct ts_str) lines; /* beside effects: of an earning by items, its split */
};

static enum kind kind_of(uint8_t op)
{
    switch (op) {
    case TS_FX_TAG_ADD:
    case TS_FX_TAG_REMOVE:
        return KIND_TAG;
    case TS_FX_TIER:
        return KIND_TIER;
    case TS_FX_EARN:
    case TS_FX_SPEND:
    case TS_FX_ADJUST:
    case TS_FX_ACTIVATE:
    case TS_FX_EXPIRE:
    case TS_FX_EXTEND:
    case TS_FX_CLAWBACK:
        return KIND_LEDGER;
    case TS_FX_TRAIT:
        return KIND_TRAIT;
    case TS_FX_SCORE:
        return KIND_SCORE;
    case TS_FX_JOIN:
        return KIND_JOIN;
    case TS_FX_EMIT:
        return KIND_EMIT;
    case TS_FX_NOTIFY:
        return KIND_NOTIFY;
    case TS_FX_REFUND:
        return KIND_REFUND;
    case TS_FX_CREDIT:
        return KIND_CREDIT;
    case TS_FX_ERROR:
        return KIND_ERROR;
    case TS_FX_SEGMENT_ENTER:
    case TS_FX_SEGMENT_LEAVE:
        return KIND_SEGMENT;
    default:
        return KIND_NONE;
    }
}

/* What is said of one change, whichever way it is shown. */
struct item {
    enum kind kind;
    struct ts_str name;
    const char *change;
    uint32_t rule;
    const struct ts_effect *effect; /* NULL: a movement alone */
    const struct ts_why_move *move; /* NULL: no movement of points */
    struct ts_str read, lines;
    ts_ms at;
    char reason[400];
};

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

static void decimal_json(struct ts_doc *d, cJSON *o, const char *key, struct ts_decimal v)
{
    ts_doc_decimal(d, o, key, v.digits, v.scale);
}

/* What the function read; of a declared earning: its figure and its factors. */
static void read_json(struct why *w, cJSON *o, const struct item *i)
{
    const struct ts_effect *e = i->effect;
    if (i->read.len > 2) {
        ts_doc_raw(&w->d, o, "read", i->read);
        return;
    }
    cJSON *read = ts_doc_object(&w->d, o, "read");
    if (!e || e->op != TS_FX_EARN || !e->base) return;
    ts_doc_int(&w->d, read, "of", e->base);
    if (e->factor[0].digits) decimal_json(&w->d, read, "rate", e->factor[0]);
    if (e->factor[1].digits && !(e->factor[1].digits == 1 && e->factor[1].scale == 0))
        decimal_json(&w->d, read, "times", e->factor[1]);
}

static void item_json(struct why *w, const struct item *i)
{
    struct ts_doc *d = &w->d;
    cJSON *o = ts_doc_object(d, w->items, NULL);
    ts_doc_text(d, o, "what", kinds[i->kind]);
    ts_doc_str(d, o, "name", i->name);
    ts_doc_text(d, o, "change", i->change);
    if (i->move) {
        ts_doc_int(d, o, "amount", i->move->amount);
        ts_doc_int(d, o, "balance", i->move->balance);
        ts_doc_uint(d, o, "transaction", i->move->id);
        if (i->move->lot) ts_doc_uint(d, o, "lot", i->move->lot);
    } else if (i->kind == KIND_LEDGER && i->effect) {
        ts_doc_int(d, o, "amount", i->effect->amount);
    }
    if (i->effect && i->effect->op == TS_FX_EARN && i->effect->desired != i->effect->amount)
        ts_doc_int(d, o, "desired", i->effect->desired);
    if (i->kind == KIND_TIER && i->effect) {
        const struct ts_names *names = ts_engine_names(w->session->engine);
        ts_doc_str(d, o, "from", ts_names_text(names, TS_SPACE_LEVEL, i->effect->from));
        ts_doc_str(d, o, "to", ts_names_text(names, TS_SPACE_LEVEL, i->effect->to));
        ts_doc_int(d, o, "basis", i->effect->amount);
    }
    if (i->kind == KIND_TRAIT && i->effect) ts_doc_raw(d, o, "value", i->effect->text);
    if (i->kind == KIND_SCORE && i->effect) ts_doc_double(d, o, "amount", i->effect->number);
    if (i->kind == KIND_CREDIT && i->effect) {
        ts_doc_str(d, o, "to", ts_names_text(ts_engine_names(w->session->engine), TS_SPACE_BY, i->effect->to));
        ts_doc_int(d, o, "amount", i->effect->amount);
        ts_doc_decimal(d, o, "share", i->effect->factor[0].digits, i->effect->factor[0].scale);
    }
    ts_doc_time(d, o, "at", i->at);
    ts_doc_uint(d, o, "record", w->row->record);
    ts_rule_json(d, o, "rule", ts_engine_names(w->session->engine), i->rule);
    cJSON *event = ts_doc_object(d, o, "event");
    ts_doc_str(d, event, "name", w->title);
    ts_doc_str(d, event, "message_id", w->message_id);
    ts_doc_time(d, event, "timestamp", w->timestamp);
    read_json(w, o, i);
    if (i->lines.len) ts_doc_raw(d, o, "lines", i->lines);
    ts_doc_text(d, o, "reason", i->reason);
}

/* ---- a table ------------------------------------------------------------------------------------------------------ */

static void item_row(struct why *w, const struct item *i)
{
    struct ts_engine *engine = w->session->engine;
    char at[32], amount[40] = "", balance[40] = "";
    if (i->move) {
        ts_points_text(engine, i->name, i->move->amount, amount);
        ts_points_text(engine, i->name, i->move->balance, balance);
    }
    ts_table_cell(&w->table, ts_cstr(ts_text_time(ts_session_program(w->session)->zone, i->at, at)));
    ts_table_cellf(&w->table, "#%" PRIu64, w->row->record);
    ts_table_cell(&w->table, ts_cstr(i->change));
    ts_table_cell(&w->table, i->name);
    ts_table_cell(&w->table, ts_cstr(amount));
    ts_table_cell(&w->table, ts_cstr(balance));
    if (i->lines.len)
        ts_table_cellf(&w->table, "%s, by items " TS_STR_FMT, i->reason, TS_STR_ARG(i->lines));
    else if (i->read.len > 2)
        ts_table_cellf(&w->table, "%s, having read " TS_STR_FMT, i->reason, TS_STR_ARG(i->read));
    else
        ts_table_cell(&w->table, ts_cstr(i->reason));
}

/* ---- reasons ------------------------------------------------------------------------------------------------------ */

static size_t reason_rule(struct why *w, struct item *i)
{
    struct ts_rule_name parts;
    const struct ts_names *names = ts_engine_names(w->session->engine);
    struct ts_str text = i->rule ? ts_names_text(names, TS_SPACE_RULE, i->rule) : ts_str(NULL, 0);
    int n;
    if (text.ptr && ts_rule_name_split(text, &parts))
        n = snprintf(i->reason, sizeof i->reason, TS_STR_FMT " \"" TS_STR_FMT "\" (" TS_STR_FMT ":%u)%s" TS_STR_FMT,
                     TS_STR_ARG(parts.kind), TS_STR_ARG(parts.name), TS_STR_ARG(parts.file), parts.line,
                     w->row->kind == TS_RECORD_SLICE ? ", " : " on ", TS_STR_ARG(w->title));
    else
        n = snprintf(i->reason, sizeof i->reason, TS_STR_FMT, TS_STR_ARG(w->title));
    return n < 0 ? 0 : (size_t)n < sizeof i->reason ? (size_t)n : sizeof i->reason - 1;
}

/* The reason in the terms of what decided: the figure of a tier, the factors of an earning, the text of an adjustment. */
static void reason(struct why *w, struct item *i)
{
    struct ts_engine *engine = w->session->engine;
    const struct ts_effect *e = i->effect;
    size_t n = reason_rule(w, i), room = sizeof i->reason - n;
    char *end = i->reason + n, text[64];
    bool by_hand = e && !e->rule && (i->kind == KIND_TIER || i->kind == KIND_TAG);
    if (by_hand) {
        if (w->body_reason.len) snprintf(end, room, ": " TS_STR_FMT, TS_STR_ARG(w->body_reason));
    } else if (i->kind == KIND_TIER) {
        const struct ts_tiers_decl *t = ts_tiers_find(ts_engine_program(engine), e->name);
        if (!t) return;
        struct ts_buf said;
        ts_buf_init(&said, 4096);
        ts_tier_say(engine, t, i->read, &said);
        if (said.len) snprintf(end, room, ": %s", ts_buf_cstr(&said));
        ts_buf_release(&said);
    } else if (i->kind == KIND_LEDGER && e && e->op == TS_FX_EARN && e->desired > e->amount) {
        snprintf(end, room, ": %s wanted, the rest was over the cap",
                 ts_points_text(engine, i->name, e->desired, text));
    } else if (i->kind == KIND_LEDGER && e && e->op == TS_FX_CLAWBACK) {
        snprintf(end, room, ": no longer earned by transaction %" PRIu64 "%s", e->of,
                 e->amount < e->desired ? ", the rest is forgotten" : "");
    } else if (i->kind == KIND_LEDGER && e && e->op == TS_FX_EXTEND) {
        snprintf(end, room, ": expires %s", ts_time_format(e->until, text));
    } else if (w->body_reason.len && e && (e->op == TS_FX_ADJUST || e->op == TS_FX_SPEND)) {
        snprintf(end, room, ": " TS_STR_FMT, TS_STR_ARG(w->body_reason));
    } else if (i->kind == KIND_CREDIT) {
        snprintf(end, room, ": " TS_STR_FMT ", %s",
                 TS_STR_ARG(ts_names_text(ts_engine_names(engine), TS_SPACE_BY, e->to)),
                 ts_figure_text(ts_engine_program(engine), TS_UNIT_MONEY, e->amount, text));
    } else if (i->kind == KIND_ERROR) {
        snprintf(end, room, ": " TS_STR_FMT, TS_STR_ARG(e->text));
    }
}

/* ---- items -------------------------------------------------------------------------------------------------------- */

static const char *change_of(const struct why *w, const struct item *i)
{
    const struct ts_program *p = ts_engine_program(w->session->engine);
    const struct ts_effect *e = i->effect;
    if (i->move) return ts_movement_name((enum ts_movement)i->move->movement);
    if (i->kind == KIND_TAG) return e->op == TS_FX_TAG_ADD ? "added" : "removed";
    if (i->kind == KIND_CREDIT) return "credited";
    if (i->kind == KIND_SEGMENT) return e->op == TS_FX_SEGMENT_ENTER ? "entered" : "left";
    if (i->kind != KIND_TIER)
        return i->kind == KIND_ERROR   ? "failed"
               : i->kind == KIND_TRAIT ? "set"
                                       : ts_effect_name((enum ts_effect_op)e->op);
    const struct ts_tiers_decl *t = ts_tiers_find(p, e->name);
    uint32_t from = UINT32_MAX, to = UINT32_MAX;
    for (uint32_t k = 0; t && k < t->n_levels; k++) {
        if (t->levels[k].id == e->from) from = k;
        if (t->levels[k].id == e->to) to = k;
    }
    if (!e->from) return "entered";
    return from == UINT32_MAX || to == UINT32_MAX ? "changed" : to > from ? "upgraded" : "downgraded";
}

static struct ts_str item_name(const struct why *w, const struct item *i)
{
    static const enum ts_space spaces[] = {TS_SPACE_TAG, TS_SPACE_TIERS, TS_SPACE_POINTS, TS_SPACE_TRAIT,
                                           TS_SPACE_SCORE};
    const struct ts_names *names = ts_engine_names(w->session->engine);
    if (i->move) return ts_names_text(names, TS_SPACE_POINTS, i->move->points);
    if (i->kind < TS_ARRAY_LEN(spaces)) return ts_names_text(names, spaces[i->kind], i->effect->name);
    if (i->kind == KIND_CREDIT) return ts_rule_short(names, i->rule);
    if (i->kind == KIND_SEGMENT) return ts_names_text(names, TS_SPACE_SEGMENT, i->effect->name);
    if (i->kind == KIND_ERROR) return ts_rule_short(names, i->rule);
    return i->kind == KIND_JOIN ? ts_str(NULL, 0) : i->effect->text;
}

static bool give(struct why *w, struct item *i)
{
    if (w->only != KIND_NONE && w->only != i->kind) return true;
    if (w->limit && w->n >= w->limit) return false;
    w->n++;
    i->name = item_name(w, i);
    i->change = change_of(w, i);
    reason(w, i);
    if (w->items)
        item_json(w, i);
    else
        item_row(w, i);
    return !w->d.failed;
}

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

static bool row_is_slice(const struct why *w) { return w->row->kind == TS_RECORD_SLICE; }

static bool give_moves(struct why *w, uint32_t first, uint32_t end)
{
    TS_VEC(const struct ts_effect *) of = {0}; /* beside moves[first..end): the effect that explains each */
    uint32_t used = 0;
    bool ok = true;
    for (uint32_t m = first; ok && m < end; m++) {
        const struct ts_effect **slot = ts_vec_push(&of);
        if (!(ok = slot != NULL)) break;
        for (uint32_t k = used; k < w->effects.len && !*slot; k++)
            if (explains(&w->effects.at[k], &w->moves.at[m])) {
                *slot = &w->effects.at[k];
                used = k + 1;
            }
    }
    if (!ok) w->d.failed = true;
    for (uint32_t m = end; ok && m-- > first;) {
        struct ts_why_move *move = &w->moves.at[m];
        const struct ts_effect *e = of.at[m - first];
        struct item i = {.kind = KIND_LEDGER, .rule = move->rule, .move = move, .effect = e, .at = move->at};
        if (e) i.read = w->reads.at[e - w->effects.at];
        if (e) i.lines = w->lines.at[e - w->effects.at];
        if (e && row_is_slice(w)) i.at = w->times.at[e - w->effects.at];
        ok = give(w, &i);
    }
    ts_vec_release(&of);
    return ok;
}

/* Keep the effects of the row that are this member's, each with what was read before it. */
static bool gather(struct why *w, const struct ts_row *row)
{
    struct ts_own_effects own;
    struct ts_effect e;
    struct ts_str read = {NULL, 0}, lines = {NULL, 0};
    uint32_t reader = 0; /* whose reading it was: of the first effect behind it */
    w->effects.len = w->reads.len = w->lines.len = w->times.len = 0;
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
        if (kind_of(e.op) == KIND_NONE) continue;
        if (reader == UINT32_MAX) reader = e.rule;
        if (reader != e.rule) read = ts_str(NULL, 0); /* another rule's effects: it read nothing */
        struct ts_effect *slot = ts_vec_push(&w->effects);
        struct ts_str *read_slot = ts_vec_push(&w->reads);
        struct ts_str *lines_slot = ts_vec_push(&w->lines);
        ts_ms *time = ts_vec_push(&w->times);
        if (!slot || !read_slot || !lines_slot || !time) {
            w->d.failed = true;
            return false;
        }
        *slot = e;
        *read_slot = read;
        *lines_slot = e.op == TS_FX_EARN ? lines : ts_str(NULL, 0);
        lines = ts_str(NULL, 0);
        *time = at;
    }
    return true;
}

static void read_payload(struct why *w, const struct ts_row *row)
{
    w->row = row;
    w->message_id = row->message_id;
    w->body_reason = ts_str(NULL, 0);
    w->title = row->kind == TS_RECORD_SLICE ? TS_STR("due work") : ts_row_title(row, &w->json);
    if (!ts_record_is_order((enum ts_record_kind)row->kind)) return;
    const struct ts_json_node *root = ts_json_root(&w->json), *n = ts_json_get(&w->json, root, TS_STR("reason"));
    if (n && n->type == TS_JSON_STRING) w->body_reason = n->text;
}

static bool on_row(void *arg, const struct ts_row *row)
{
    struct why *w = arg;
    uint32_t end = w->moves_left;
    while (end && w->moves.at[end - 1].record > row->record)
        end--;
    uint32_t first = end;
    while (first && w->moves.at[first - 1].record == row->record)
        first--;
    w->moves_left = first;
    read_payload(w, row);
    if (!gather(w, row)) return false;
    for (uint32_t k = w->effects.len; k-- > 0;) {
        const struct ts_effect *e = &w->effects.at[k];
        struct item i = {
            .kind = kind_of(e->op), .rule = e->rule, .effect = e, .read = w->reads.at[k], .at = w->times.at[k]};
        if (i.kind == KIND_LEDGER) continue;
        if (!give(w, &i)) return false;
    }
    return give_moves(w, first, end);
}

static enum ts_code print_all(struct why *w, cJSON *root, uint64_t member)
{
    if (w->items) {
        ts_doc_uint(&w->d, root, "watermark", ts_engine_record(w->session->engine));
        return ts_doc_print(w->run, &w->d, root);
    }
    fprintf(w->run->out, "m%" PRIu64 ": what changed and why, newest first\n\n", member);
    enum ts_code code = w->n ? ts_table_print(&w->table, w->run, 2) : TS_OK;
    if (w->limit && w->n >= w->limit) fprintf(w->run->out, "\n  the last %" PRIu64 "; --limit N shows more\n", w->n);
    if (!w->n) fputs("  nothing\n", w->run->out);
    return code == TS_OK ? ts_run_flush(w->run) : code;
}

static enum ts_code explain(struct why *w, uint64_t member)
{
    static const struct ts_column columns[] = {{"when", false, 0, TS_DIM},          {"record", true, 0, TS_DIM},
                                               {"change", false, 0, TS_PLAIN},      {"what", false, 30, TS_BOLD},
                                               {"amount", true, 0, TS_PLAIN},       {"balance", true, 0, TS_PLAIN},
                                               {"because of", false, 110, TS_PLAIN}};
    struct ts_error *err = &w->run->error;
    ts_table_init(&w->table, columns, TS_ARRAY_LEN(columns));
    cJSON *root = w->run->json ? ts_doc_object(&w->d, NULL, NULL) : NULL;
    ts_doc_member(&w->d, root, "member", member);
    if (root) w->items = ts_doc_array(&w->d, root, "items");
    enum ts_code code = ts_member_numbers(w->session->engine, member, &w->numbers, &w->n_numbers, err);
    if (code == TS_OK && (w->only == KIND_NONE || w->only == KIND_LEDGER))
        code = ts_why_moves_read(w->session, w->numbers, w->n_numbers, &w->arena, &w->moves);
    w->moves_left = w->moves.len;
    if (code == TS_OK) code = ts_store_timeline(w->session->store, member, 0, on_row, w, err);
    if (code == TS_OK && w->d.failed) code = ts_run_memory(w->run);
    if (code == TS_OK) return print_all(w, root, member);
    cJSON_Delete(root);
    return code;
}

enum ts_code ts_cmd_why(struct ts_run *run)
{
    struct ts_session s;
    struct why w = {.run = run, .session = &s, .only = KIND_NONE, .limit = run->json ? 0 : LIMIT_TEXT};
    uint64_t member;
    enum ts_code code = ts_args_choice(run, "what", kinds, &w.only);
    if (code == TS_OK) code = ts_args_u64(run, "limit", &w.limit);
    if (code == TS_OK) code = ts_session_open(run, TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    ts_json_init(&w.json);
    ts_arena_init(&w.arena);
    code = ts_session_who(&s, run->args.words[0], &member);
    if (code == TS_OK) code = explain(&w, member);
    ts_vec_release(&w.moves);
    ts_vec_release(&w.effects);
    ts_vec_release(&w.reads);
    ts_vec_release(&w.lines);
    ts_vec_release(&w.times);
    ts_free(w.numbers);
    ts_json_release(&w.json);
    ts_arena_release(&w.arena);
    ts_table_release(&w.table);
    return ts_session_close(&s, code);
}
