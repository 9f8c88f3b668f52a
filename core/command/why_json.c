/* SPDX-License-Identifier: Apache-2.0 */
/* One change as JSON: figures raw, in minor units and in the smallest unit of the points. */
#include "command/why.h"

static void decimal(struct ts_doc *d, cJSON *o, const char *key, struct ts_decimal v)
{
    ts_doc_decimal(d, o, key, v.digits, v.scale);
}

/* What the function read; of a declared earning its figure and its factors. */
static void read_json(struct ts_doc *d, cJSON *o, const struct ts_why_item *i)
{
    const struct ts_effect *e = i->effect;
    if (i->read.len > 2) {
        ts_doc_raw(d, o, "read", i->read);
        return;
    }
    cJSON *read = ts_doc_object(d, o, "read");
    if (!e || e->op != TS_FX_EARN || !e->base) return;
    ts_doc_int(d, read, "of", e->base);
    if (e->factor[0].digits) decimal(d, read, "rate", e->factor[0]);
    if (e->factor[1].digits && !ts_why_is_one(e->factor[1])) decimal(d, read, "times", e->factor[1]);
}

static void cap_json(struct ts_why *w, struct ts_doc *d, cJSON *o, const struct ts_at_most *cap, struct ts_str points)
{
    char text[96];
    if (!cap || !cap->amount) return;
    cJSON *c = ts_doc_object(d, o, "cap");
    ts_doc_int(d, c, "amount", cap->amount);
    ts_doc_text(d, c, "text", ts_why_cap_text(w, cap, points, text));
}

/* {"of","give","per","rate","times","steps","cap"}: what a declared earning multiplied, as it was declared then. */
static void factors_json(struct ts_why *w, struct ts_doc *d, cJSON *o, const struct ts_why_item *i)
{
    const struct ts_effect *e = i->effect;
    const struct ts_earn_decl *earn = ts_why_earn(w, i->rule);
    const struct ts_bonus_decl *bonus = ts_why_bonus(w, i->rule);
    if (!(earn && earn->declared) && !bonus) {
        cap_json(w, d, o, earn ? &earn->at_most : NULL, i->name);
        return;
    }
    cJSON *f = ts_doc_object(d, o, "factors");
    ts_doc_int(d, f, "base", e->base);
    if (earn) {
        decimal(d, f, "give", earn->give);
        ts_doc_int(d, f, "per", earn->per);
        if (earn->times_rate) decimal(d, f, "rate", e->factor[0]);
        if (earn->steps) ts_doc_bool(d, f, "steps", true);
    }
    decimal(d, f, "times", e->factor[1]);
    cap_json(w, d, f, earn ? &earn->at_most : &bonus->at_most, i->name);
}

/* The earning that a bonus adds to, or the lot that was moved: a transaction of the same member. */
static void origin_json(struct ts_why *w, struct ts_doc *d, cJSON *o, const char *key, uint64_t transaction)
{
    const struct ts_why_move *m = ts_why_moves_find(&w->moves, transaction);
    if (!m) return;
    cJSON *of = ts_doc_object(d, o, key);
    ts_doc_uint(d, of, "transaction", m->id);
    ts_doc_uint(d, of, "record", m->record);
    ts_doc_int(d, of, "amount", m->amount);
    ts_doc_time(d, of, "at", m->at);
    ts_rule_json(d, of, "rule", ts_engine_names(w->session->engine), m->rule);
}

static void points_json(struct ts_why *w, struct ts_doc *d, cJSON *o, const struct ts_why_item *i)
{
    const struct ts_effect *e = i->effect;
    ts_doc_int(d, o, "amount", i->move->amount);
    ts_doc_int(d, o, "balance", i->move->balance);
    ts_doc_uint(d, o, "transaction", i->move->id);
    if (i->move->lot) ts_doc_uint(d, o, "lot", i->move->lot);
    if (!e) return;
    if (e->op == TS_FX_EARN) {
        ts_doc_int(d, o, "desired", e->desired);
        ts_doc_int(d, o, "granted", e->amount);
        factors_json(w, d, o, i);
        if (e->of) origin_json(w, d, o, "base", e->of);
    } else if (e->op == TS_FX_CLAWBACK) {
        ts_doc_int(d, o, "desired", e->desired);
        origin_json(w, d, o, "earned_by", e->of);
    } else if (e->op == TS_FX_ACTIVATE || e->op == TS_FX_EXPIRE || e->op == TS_FX_EXTEND) {
        origin_json(w, d, o, "earned_by", e->lot);
        if (e->op == TS_FX_EXTEND) ts_doc_time(d, o, "expires", e->until);
    }
}

static void other_json(struct ts_why *w, struct ts_doc *d, cJSON *o, const struct ts_why_item *i)
{
    const struct ts_names *names = ts_engine_names(w->session->engine);
    const struct ts_effect *e = i->effect;
    switch (i->kind) {
    case TS_WHY_TIER:
        ts_doc_str(d, o, "from", ts_names_text(names, TS_SPACE_LEVEL, e->from));
        ts_doc_str(d, o, "to", ts_names_text(names, TS_SPACE_LEVEL, e->to));
        ts_doc_int(d, o, "basis", e->amount);
        break;
    case TS_WHY_TRAIT:
        ts_doc_raw(d, o, "value", e->text);
        break;
    case TS_WHY_SCORE:
        ts_doc_double(d, o, "amount", e->number);
        break;
    case TS_WHY_JOIN:
        ts_doc_member(d, o, "who", e->profile);
        break;
    case TS_WHY_CREDIT:
        ts_doc_str(d, o, "to", ts_names_text(names, TS_SPACE_BY, e->to));
        ts_doc_int(d, o, "amount", e->amount);
        decimal(d, o, "share", e->factor[0]);
        break;
    case TS_WHY_REFUND:
        ts_doc_int(d, o, "amount", e->amount);
        if (e->json.len) ts_doc_raw(d, o, "properties", e->json);
        break;
    case TS_WHY_EMIT:
    case TS_WHY_NOTIFY:
        if (e->json.len) ts_doc_raw(d, o, "properties", e->json);
        break;
    default:
        break;
    }
    /* What is no figure has none, and only points have a balance: the keys are always there. */
    if (!cJSON_HasObjectItem(o, "amount")) ts_doc_null(d, o, "amount");
    ts_doc_null(d, o, "balance");
}

/* The words without their headline, on one line; of a rule that failed also why, which its headline says. */
static void reason_json(struct ts_why *w, struct ts_doc *d, cJSON *o, const struct ts_why_item *i)
{
    char *text = (char *)w->text.data, *from = w->text.len ? memchr(text, '\n', w->text.len) : NULL;
    struct ts_buf joined;
    ts_buf_init(&joined, 0);
    if (i->kind == TS_WHY_ERROR && i->effect) ts_buf_addf(&joined, TS_STR_FMT "; ", TS_STR_ARG(i->effect->text));
    for (char *p = from ? from + 1 : NULL; p && p < text + w->text.len; p++) {
        if (*p != '\n')
            ts_buf_byte(&joined, (uint8_t)*p);
        else if (p + 1 < text + w->text.len)
            ts_buf_adds(&joined, "; ");
    }
    w->failed |= joined.failed;
    ts_doc_str(d, o, "reason", ts_str(joined.len ? (char *)joined.data : "", joined.len));
    ts_buf_release(&joined);
}

void ts_why_json(struct ts_why *w, const struct ts_why_item *i)
{
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_text(&d, o, "what", ts_why_kind_name(i->kind));
    ts_doc_str(&d, o, "name", i->name);
    ts_doc_text(&d, o, "change", i->change);
    if (i->move)
        points_json(w, &d, o, i);
    else
        other_json(w, &d, o, i);
    ts_doc_time(&d, o, "at", i->at);
    ts_doc_uint(&d, o, "record", w->row->record);
    ts_rule_json(&d, o, "rule", ts_engine_names(w->session->engine), i->rule);
    cJSON *event = ts_doc_object(&d, o, "event");
    ts_doc_str(&d, event, "name", w->title);
    ts_doc_str(&d, event, "message_id", w->message_id);
    ts_doc_time(&d, event, "timestamp", w->timestamp);
    read_json(&d, o, i);
    if (i->lines.len) ts_doc_raw(&d, o, "lines", i->lines);
    reason_json(w, &d, o, i);
    w->code = ts_list_add(w->run, &w->list, &d, o);
}
