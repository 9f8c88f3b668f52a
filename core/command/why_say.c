/* SPDX-License-Identifier: Apache-2.0 */
/* One change in words: what changed, then by which rule at which event, then what that rested on. */
#include <inttypes.h>

#include "command/why.h"

static const char *when(const struct ts_why *w, ts_ms t, char out[static 32]) { return ts_text_time(w->zone, t, out); }

/* ---- the headline ------------------------------------------------------------------------------------------------- */

static void headline_points(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_why_move *m = i->move;
    const struct ts_effect *e = i->effect;
    char amount[40], time[32];
    ts_points_text(w->session->engine, i->name, m->amount < 0 ? -m->amount : m->amount, amount);
    switch ((enum ts_movement)m->movement) {
    case TS_MOVE_EARN:
    case TS_MOVE_BONUS:
        ts_buf_addf(&w->text, "earned %s " TS_STR_FMT "%s", amount, TS_STR_ARG(i->name),
                    m->movement == TS_MOVE_BONUS ? " more" : "");
        if (e && e->activates > e->at) ts_buf_addf(&w->text, ", to spend from %s on", when(w, e->activates, time));
        break;
    case TS_MOVE_ACTIVATE:
        ts_buf_addf(&w->text, "%s " TS_STR_FMT " can be spent", amount, TS_STR_ARG(i->name));
        break;
    case TS_MOVE_EXPIRE:
        ts_buf_addf(&w->text, "%s " TS_STR_FMT " lapsed", amount, TS_STR_ARG(i->name));
        break;
    case TS_MOVE_SPEND:
        ts_buf_addf(&w->text, "spent %s " TS_STR_FMT, amount, TS_STR_ARG(i->name));
        break;
    case TS_MOVE_ADJUST:
        ts_buf_addf(&w->text, "%s %s " TS_STR_FMT " by hand", m->amount < 0 ? "lost" : "was given", amount,
                    TS_STR_ARG(i->name));
        break;
    case TS_MOVE_CLAWBACK:
        ts_buf_addf(&w->text, "%s " TS_STR_FMT " were taken back", amount, TS_STR_ARG(i->name));
        break;
    case TS_MOVE_REPAY:
        ts_buf_addf(&w->text, "%s " TS_STR_FMT " paid a debt", amount, TS_STR_ARG(i->name));
        break;
    case TS_MOVE_EXTEND:
        ts_buf_addf(&w->text, "%s " TS_STR_FMT " live on", amount, TS_STR_ARG(i->name));
        if (e) ts_buf_addf(&w->text, ": they lapse %s", when(w, e->until, time));
        break;
    default:
        ts_buf_addf(&w->text, "%s: %s%s " TS_STR_FMT, i->change, m->amount < 0 ? "-" : "+", amount,
                    TS_STR_ARG(i->name));
    }
}

static void headline_tier(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_names *names = ts_engine_names(w->session->engine);
    struct ts_str from = ts_names_text(names, TS_SPACE_LEVEL, i->effect->from);
    struct ts_str to = ts_names_text(names, TS_SPACE_LEVEL, i->effect->to);
    const char *how = strcmp(i->change, "upgraded") == 0     ? "rose"
                      : strcmp(i->change, "downgraded") == 0 ? "fell"
                                                             : "moved";
    if (i->effect->from)
        ts_buf_addf(&w->text, "%s from " TS_STR_FMT " to " TS_STR_FMT " in " TS_STR_FMT, how, TS_STR_ARG(from),
                    TS_STR_ARG(to), TS_STR_ARG(i->name));
    else
        ts_buf_addf(&w->text, "began as " TS_STR_FMT " in " TS_STR_FMT, TS_STR_ARG(to), TS_STR_ARG(i->name));
}

static void headline_other(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_effect *e = i->effect;
    char text[64];
    struct ts_str to;
    switch (i->kind) {
    case TS_WHY_TAG:
        ts_buf_addf(&w->text,
                    e->op == TS_FX_TAG_ADD ? "has the tag \"" TS_STR_FMT "\""
                                           : "has the tag \"" TS_STR_FMT "\" no more",
                    TS_STR_ARG(i->name));
        break;
    case TS_WHY_SEGMENT:
        ts_buf_addf(&w->text, "%s the segment \"" TS_STR_FMT "\"", e->op == TS_FX_SEGMENT_ENTER ? "came into" : "left",
                    TS_STR_ARG(i->name));
        break;
    case TS_WHY_TRAIT:
        ts_buf_addf(&w->text, "has " TS_STR_FMT " set to " TS_STR_FMT, TS_STR_ARG(i->name), TS_STR_ARG(e->text));
        break;
    case TS_WHY_SCORE:
        ts_buf_addf(&w->text, "score " TS_STR_FMT " %+.6g", TS_STR_ARG(i->name), e->number);
        break;
    case TS_WHY_JOIN:
        ts_buf_addf(&w->text, "m%" PRIu64 " turned out to be the same and was joined in", e->profile);
        break;
    case TS_WHY_EMIT:
        ts_buf_addf(&w->text, "made the event \"" TS_STR_FMT "\"", TS_STR_ARG(i->name));
        break;
    case TS_WHY_NOTIFY:
        ts_buf_addf(&w->text, "was told \"" TS_STR_FMT "\"", TS_STR_ARG(i->name));
        break;
    case TS_WHY_REFUND:
        ts_buf_addf(&w->text, "order " TS_STR_FMT " was taken back%s", TS_STR_ARG(i->name), e->from ? "" : " in part");
        if (e->amount) ts_buf_addf(&w->text, ", %s", ts_figure_text(ts_why_program(w), TS_UNIT_MONEY, e->amount, text));
        break;
    case TS_WHY_CREDIT:
        to = ts_names_text(ts_engine_names(w->session->engine), TS_SPACE_BY, e->to);
        ts_buf_addf(&w->text, TS_STR_FMT " got the credit", TS_STR_ARG(to));
        if (e->amount)
            ts_buf_addf(&w->text, " for %s", ts_figure_text(ts_why_program(w), TS_UNIT_MONEY, e->amount, text));
        break;
    case TS_WHY_ERROR:
        ts_buf_addf(&w->text, "a rule failed: " TS_STR_FMT, TS_STR_ARG(e->text));
        break;
    default:
        ts_buf_adds(&w->text, i->change);
    }
}

/* ---- because ------------------------------------------------------------------------------------------------------- */

/* `earn "stars on purchases" (points.lua:9, rules 3f2a91cd08be) on Order Completed of 2026-01-15 10:05` */
static void cause(struct ts_why *w, const struct ts_why_item *i)
{
    struct ts_rule_name r;
    char at[32];
    bool ruled = ts_why_rule(w, i->rule, &r), due = w->row->kind == TS_RECORD_SLICE;
    if (ruled) {
        struct ts_str version = r.version;
        const char *colon = memchr(version.ptr, ':', version.len);
        if (colon) version = ts_str(colon + 1, version.len - (size_t)(colon + 1 - version.ptr));
        ts_buf_addf(&w->text, TS_STR_FMT " \"" TS_STR_FMT "\" (" TS_STR_FMT ":%u, rules %.*s)%s", TS_STR_ARG(r.kind),
                    TS_STR_ARG(r.name), TS_STR_ARG(r.file), r.line, (int)(version.len < 12 ? version.len : 12),
                    version.ptr, due ? ", due work" : " on ");
    }
    if (due) {
        if (!ruled) ts_buf_adds(&w->text, "due work");
    } else {
        ts_buf_addf(&w->text, TS_STR_FMT, TS_STR_ARG(w->title));
        if (w->timestamp != i->at) ts_buf_addf(&w->text, " of %s", when(w, w->timestamp, at));
        if (w->body_reason.len && !ruled) ts_buf_addf(&w->text, ": " TS_STR_FMT, TS_STR_ARG(w->body_reason));
    }
    if (ruled && r.funder.len) ts_buf_addf(&w->text, ", paid for by " TS_STR_FMT, TS_STR_ARG(r.funder));
    ts_buf_byte(&w->text, '\n');
}

/* What lapses, activates, lives on or is taken back names what it was earned by. */
static void lot(struct ts_why *w, const struct ts_why_item *i)
{
    const struct ts_effect *e = i->effect;
    char at[32], amount[40];
    if (!e) return;
    bool back = e->op == TS_FX_CLAWBACK;
    if (!back && e->op != TS_FX_ACTIVATE && e->op != TS_FX_EXPIRE && e->op != TS_FX_EXTEND) return;
    const struct ts_why_move *m = ts_why_moves_find(&w->moves, back ? e->of : e->lot);
    if (back)
        ts_buf_addf(&w->text, "no longer earned by transaction %" PRIu64, e->of);
    else
        ts_buf_addf(&w->text, "lot %" PRIu64, e->lot);
    if (m) {
        struct ts_str rule = ts_rule_short(ts_engine_names(w->session->engine), m->rule);
        ts_buf_addf(&w->text, ": %s %s %s", ts_points_text(w->session->engine, i->name, m->amount, amount),
                    m->movement == TS_MOVE_ADJUST ? "given by hand" : "earned", when(w, m->at, at));
        if (rule.len) ts_buf_addf(&w->text, " by \"" TS_STR_FMT "\"", TS_STR_ARG(rule));
    }
    if (back && e->amount < e->desired)
        ts_buf_addf(&w->text, "; %s were due, the rest is forgotten",
                    ts_points_text(w->session->engine, i->name, e->desired, amount));
    if (e->op == TS_FX_EXTEND) ts_buf_addf(&w->text, ", expires %s", ts_time_format(e->until, at));
    ts_buf_byte(&w->text, '\n');
}

void ts_why_say(struct ts_why *w, const struct ts_why_item *i)
{
    char balance[40];
    if (i->move)
        headline_points(w, i);
    else if (i->kind == TS_WHY_TIER)
        headline_tier(w, i);
    else
        headline_other(w, i);
    ts_buf_byte(&w->text, '\n');
    cause(w, i);
    if (i->kind == TS_WHY_TIER) ts_why_say_tier(w, i);
    ts_why_say_factors(w, i);
    ts_why_say_carried(w, i);
    lot(w, i);
    if (i->lines.len) {
        ts_lines_say(w->session->engine, i->name, i->lines, &w->text);
        ts_buf_byte(&w->text, '\n');
    }
    if (i->kind != TS_WHY_TIER) ts_why_say_read(w, i);
    if (i->move)
        ts_buf_addf(&w->text, "%s " TS_STR_FMT " afterwards\n",
                    ts_points_text(w->session->engine, i->name, i->move->balance, balance), TS_STR_ARG(i->name));
}
