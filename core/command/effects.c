/* SPDX-License-Identifier: Apache-2.0 */
/* Effects as JSON and as sentences. The numbers in an effect mean names of the engine; both forms show the names. */
#include "command/effects.h"

#include <inttypes.h>

#include "command/table.h"

static struct ts_str name_of(const struct ts_names *n, enum ts_space space, uint32_t id)
{
    return id ? ts_names_text(n, space, id) : ts_str(NULL, 0);
}

static enum ts_space space_of(uint8_t op)
{
    switch (op) {
    case TS_FX_TAG_ADD:
    case TS_FX_TAG_REMOVE:
        return TS_SPACE_TAG;
    case TS_FX_SEGMENT_ENTER:
    case TS_FX_SEGMENT_LEAVE:
        return TS_SPACE_SEGMENT;
    case TS_FX_TIER:
        return TS_SPACE_TIERS;
    case TS_FX_TRAIT:
        return TS_SPACE_TRAIT;
    case TS_FX_SCORE:
        return TS_SPACE_SCORE;
    default:
        return TS_SPACE_POINTS;
    }
}

/* The kinds that are shown, and what each says; the others are the engine's own bookkeeping. */
static const struct {
    enum ts_effect_op op;
    const char *text;
} shown[] = {
    {TS_FX_EARN, "points were earned"},
    {TS_FX_LINES, "how the points that follow are split over the items of the event"},
    {TS_FX_TAG_ADD, "a tag was given"},
    {TS_FX_TAG_REMOVE, "a tag was taken"},
    {TS_FX_SEGMENT_ENTER, "a segment was entered"},
    {TS_FX_SEGMENT_LEAVE, "a segment was left"},
    {TS_FX_TIER, "a level was reached or lost"},
    {TS_FX_TRAIT, "a rule set a trait"},
    {TS_FX_SCORE, "a rule added to a score"},
    {TS_FX_EMIT, "an event of the engine's or a rule's own making"},
    {TS_FX_NOTIFY, "a notice to the member was asked for"},
    {TS_FX_ACTIVATE, "pending points can be spent now"},
    {TS_FX_EXPIRE, "points lapsed"},
    {TS_FX_SPEND, "points were spent"},
    {TS_FX_ADJUST, "points were given or taken by hand"},
    {TS_FX_EXTEND, "points that were to lapse live on"},
    {TS_FX_CLAWBACK, "points of an order that was taken back went back"},
    {TS_FX_REFUND, "an order was taken back, wholly or in part"},
    {TS_FX_CREDIT, "an event was credited to somebody whom the member had touched"},
    {TS_FX_JOIN, "another member was joined in"},
};

bool ts_effect_is_shown(const struct ts_effect *e)
{
    for (size_t i = 0; i < TS_ARRAY_LEN(shown); i++)
        if (shown[i].op == e->op) return true;
    return false;
}

size_t ts_effects_described(struct ts_described ret[static TS_EFFECTS_SHOWN_MAX])
{
    size_t n = 0;
    for (; n < TS_ARRAY_LEN(shown); n++)
        ret[n] = (struct ts_described){ts_effect_name(shown[n].op), shown[n].text};
    return n;
}

const char *ts_outcome_name(uint8_t status)
{
    static const char *const names[] = {"ok", "stopped", "quarantined", "refused"};
    return status < TS_ARRAY_LEN(names) ? names[status] : "ok";
}

void ts_rule_json(struct ts_doc *d, cJSON *parent, const char *key, const struct ts_names *names, uint32_t rule)
{
    struct ts_rule_name parts;
    struct ts_str text = name_of(names, TS_SPACE_RULE, rule);
    if (!text.ptr || !ts_rule_name_split(text, &parts)) {
        ts_doc_null(d, parent, key);
        return;
    }
    cJSON *o = ts_doc_object(d, parent, key);
    ts_doc_str(d, o, "name", parts.name);
    ts_doc_str(d, o, "file", parts.file);
    ts_doc_uint(d, o, "line", parts.line);
    ts_doc_str(d, o, "version", parts.version);
    if (parts.funder.ptr) ts_doc_str(d, o, "funded_by", parts.funder);
}

struct ts_str ts_rule_short(const struct ts_names *names, uint32_t rule)
{
    struct ts_rule_name parts;
    struct ts_str text = name_of(names, TS_SPACE_RULE, rule);
    return text.ptr && ts_rule_name_split(text, &parts) ? parts.name : ts_str(NULL, 0);
}

static void points_json(struct ts_doc *d, cJSON *o, const struct ts_names *names, const struct ts_effect *e)
{
    struct ts_str points = name_of(names, TS_SPACE_POINTS, e->name);
    if (points.ptr) ts_doc_str(d, o, "points", points);
    if (e->op == TS_FX_EARN) {
        ts_doc_int(d, o, "desired", e->desired);
        ts_doc_int(d, o, "granted", e->amount);
        ts_doc_time(d, o, "activates", e->activates);
        ts_doc_time(d, o, "expires", e->until);
    } else if (e->op == TS_FX_CLAWBACK) {
        ts_doc_int(d, o, "desired", e->desired);
        ts_doc_int(d, o, "amount", e->amount);
        ts_doc_uint(d, o, "of", e->of);
    } else if (e->op == TS_FX_SPEND || e->op == TS_FX_ADJUST) {
        ts_doc_int(d, o, "amount", e->amount);
    } else {
        ts_doc_uint(d, o, "lot", e->lot);
        if (e->op == TS_FX_EXTEND) ts_doc_time(d, o, "expires", e->until);
    }
}

void ts_effect_json(struct ts_doc *d, cJSON *parent, struct ts_engine *engine, const struct ts_effect *e,
                    uint64_t subject)
{
    const struct ts_names *names = ts_engine_names(engine);
    struct ts_str name = e->op == TS_FX_EMIT || e->op == TS_FX_NOTIFY || e->op == TS_FX_REFUND
                             ? e->text
                             : name_of(names, space_of(e->op), e->name);
    cJSON *o = ts_doc_object(d, parent, NULL);
    ts_doc_text(d, o, "kind", ts_effect_name((enum ts_effect_op)e->op));
    if (e->op == TS_FX_CREDIT) name = ts_rule_short(names, e->rule);
    if (e->op != TS_FX_JOIN && e->op != TS_FX_LINES && name.ptr) ts_doc_str(d, o, "name", name);
    if (subject) ts_doc_member(d, o, "member", subject);
    switch (e->op) {
    case TS_FX_EARN:
    case TS_FX_SPEND:
    case TS_FX_ADJUST:
    case TS_FX_ACTIVATE:
    case TS_FX_EXPIRE:
    case TS_FX_EXTEND:
    case TS_FX_CLAWBACK:
        points_json(d, o, names, e);
        break;
    case TS_FX_TAG_ADD:
        ts_doc_time(d, o, "until", e->until);
        break;
    case TS_FX_TIER:
        ts_doc_str(d, o, "from", name_of(names, TS_SPACE_LEVEL, e->from));
        ts_doc_str(d, o, "to", name_of(names, TS_SPACE_LEVEL, e->to));
        ts_doc_int(d, o, "basis", e->amount);
        if (e->json.len) ts_doc_raw(d, o, "because", e->json);
        break;
    case TS_FX_TRAIT:
        ts_doc_raw(d, o, "value", e->text);
        break;
    case TS_FX_SCORE:
        ts_doc_double(d, o, "value", e->number);
        break;
    case TS_FX_EMIT:
    case TS_FX_NOTIFY:
    case TS_FX_REFUND:
        if (e->json.len) ts_doc_raw(d, o, "properties", e->json);
        break;
    case TS_FX_LINES:
        ts_doc_raw(d, o, "lines", e->json);
        break;
    case TS_FX_CREDIT:
        ts_doc_str(d, o, "to", name_of(names, TS_SPACE_BY, e->to));
        ts_doc_int(d, o, "amount", e->amount);
        ts_doc_decimal(d, o, "share", e->factor[0].digits, e->factor[0].scale);
        break;
    case TS_FX_JOIN:
        ts_doc_member(d, o, "from", e->profile);
        ts_doc_member(d, o, "to", (uint64_t)e->amount);
        break;
    default:
        break;
    }
    if (e->transaction) ts_doc_uint(d, o, "transaction", e->transaction);
    if (e->rule) ts_rule_json(d, o, "rule", names, e->rule);
}

void ts_effects_json(struct ts_doc *d, cJSON *parent, const char *key, struct ts_engine *engine, struct ts_str outcome,
                     ts_transaction_fn find, void *arg)
{
    cJSON *list = ts_doc_array(d, parent, key);
    struct ts_outcome o;
    struct ts_effect e;
    struct ts_str reason = {NULL, 0};
    uint64_t subject = 0;
    if (!outcome.len || !ts_outcome_open(&o, (const uint8_t *)outcome.ptr, outcome.len)) return;
    while (ts_outcome_next(&o, &e)) {
        if (e.op == TS_FX_SUBJECT) subject = e.profile;
        if (e.op == TS_FX_TIER_REASON) reason = e.json;
        if (!ts_effect_is_shown(&e)) continue;
        if (e.op == TS_FX_TIER) { /* its reason stands before it */
            e.json = reason;
            reason = ts_str(NULL, 0);
        }
        if (find) e.transaction = find(arg, &e);
        ts_effect_json(d, list, engine, &e, subject);
    }
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

unsigned ts_points_places(struct ts_engine *engine, struct ts_str name)
{
    const struct ts_program *p = ts_engine_program(engine);
    for (uint32_t i = 0; i < p->points.n; i++)
        if (ts_str_eq(p->points.at[i].name, name)) return p->points.at[i].decimals;
    return 0;
}

const char *ts_points_text(struct ts_engine *engine, struct ts_str name, int64_t amount, char out[static 40])
{
    return ts_text_minor(amount, ts_points_places(engine, name), out);
}

const char *ts_figure_text(const struct ts_program *p, uint8_t unit, int64_t figure, char out[static 64])
{
    if (unit == TS_UNIT_MONEY) {
        ts_text_minor(figure, p->money_places, out);
        size_t n = strlen(out);
        snprintf(out + n, 64 - n, " " TS_STR_FMT, TS_STR_ARG(p->currency));
    } else {
        ts_text_minor(figure, unit == TS_UNIT_NUMBER ? 6 : 0, out);
        char *end = out + strlen(out); /* a number is kept in millionths: no zeros at its end */
        while (unit == TS_UNIT_NUMBER && end[-1] == '0' && strchr(out, '.'))
            *--end = '\0';
        if (end[-1] == '.') end[-1] = '\0';
    }
    return out;
}

const struct ts_tiers_decl *ts_tiers_find(const struct ts_program *p, uint32_t id)
{
    for (uint32_t i = 0; i < p->tiers.n; i++)
        if (p->tiers.at[i].id == id) return &p->tiers.at[i];
    return NULL;
}

const char *ts_basis_text(struct ts_engine *engine, const struct ts_tier_basis *b, int64_t figure, char out[static 64])
{
    const struct ts_program *p = ts_engine_program(engine);
    if (b && b->kind == TS_BASIS_EARNED) {
        char number[40];
        snprintf(out, 64, "%s %.*s", ts_points_text(engine, b->name, figure, number),
                 (int)(b->name.len < 20 ? b->name.len : 20), b->name.ptr);
        return out;
    }
    for (uint32_t i = 0; b && i < p->measures.n; i++)
        if (ts_str_eq(p->measures.at[i].name, b->name)) return ts_figure_text(p, p->measures.at[i].unit, figure, out);
    return ts_figure_text(p, TS_UNIT_COUNT, figure, out);
}

static bool starts(struct ts_str text, struct ts_str with)
{
    return text.len >= with.len && memcmp(text.ptr, with.ptr, with.len) == 0;
}

const char *ts_read_text(struct ts_engine *engine, const struct ts_program *p, struct ts_str key, int64_t value,
                         char out[static 64])
{
    for (int k = 0; k < 2; k++) {
        struct ts_str before = k ? TS_STR("earned ") : TS_STR("points.");
        if (!starts(key, before)) continue;
        struct ts_str rest = ts_str(key.ptr + before.len, key.len - before.len);
        for (uint32_t i = 0; i < p->points.n; i++)
            if (starts(rest, p->points.at[i].name)) return ts_points_text(engine, p->points.at[i].name, value, out);
    }
    for (uint32_t i = 0; i < p->tiers.n; i++) {
        struct ts_str rest = ts_str(key.ptr + 6, key.len > 6 ? key.len - 6 : 0);
        if (!starts(key, TS_STR("tiers.")) || !starts(rest, p->tiers.at[i].name)) continue;
        if (p->tiers.at[i].n_bases != 1) break; /* which one is nearest is not said */
        return ts_basis_text(engine, &p->tiers.at[i].bases[0], value, out);
    }
    for (uint32_t i = 0; i < p->measures.n; i++) {
        const struct ts_measure *m = &p->measures.at[i];
        bool whole = key.len == m->name.len || (key.len > m->name.len && key.ptr[m->name.len] == ' ');
        if (!m->implicit && whole && starts(key, m->name) && m->unit == TS_UNIT_MONEY)
            return ts_figure_text(p, m->unit, value, out);
    }
    return ts_text_count(value, out);
}

void ts_lines_say(struct ts_engine *engine, struct ts_str points, struct ts_str lines, struct ts_buf *out)
{
    struct ts_json j;
    char number[40];
    ts_json_init(&j);
    if (ts_json_parse(&j, lines.ptr, lines.len, true) == TS_OK) {
        const struct ts_json_node *list = ts_json_get(&j, ts_json_root(&j), TS_STR("list"));
        const struct ts_json_node *parts = ts_json_get(&j, ts_json_root(&j), TS_STR("points"));
        ts_buf_adds(out, "by the items of ");
        if (list) ts_buf_add(out, list->text.ptr, list->text.len);
        const struct ts_json_node *n = parts && parts->type == TS_JSON_ARRAY ? ts_json_first(&j, parts) : NULL;
        for (const char *between = ": "; n; n = ts_json_next(&j, n), between = ", ") {
            struct ts_decimal d;
            if (ts_decimal_parse(n->text, &d) != TS_OK) continue;
            ts_buf_addf(out, "%s%s", between, ts_points_text(engine, points, d.digits, number));
        }
    }
    ts_json_release(&j);
}

static void say_by(const struct ts_names *names, const struct ts_effect *e, struct ts_buf *out)
{
    struct ts_str rule = ts_rule_short(names, e->rule);
    if (rule.ptr) ts_buf_addf(out, " (" TS_STR_FMT ")", TS_STR_ARG(rule));
}

static void say_points(struct ts_engine *engine, const struct ts_effect *e, struct ts_str points, struct ts_buf *out)
{
    char number[40];
    int64_t size = e->amount < 0 ? -e->amount : e->amount;
    const char *amount = ts_points_text(engine, points, size, number);
    const char *word = e->op == TS_FX_EARN       ? "earned"
                       : e->op == TS_FX_CLAWBACK ? "gave back"
                       : e->op == TS_FX_SPEND    ? "spent"
                       : e->amount < 0           ? "lost"
                                                 : "was given";
    ts_buf_addf(out, "%s %s " TS_STR_FMT, word, amount, TS_STR_ARG(points));
    if (e->op == TS_FX_EARN && e->desired > e->amount)
        ts_buf_addf(out, " of %s, capped", ts_points_text(engine, points, e->desired, number));
}

void ts_effect_say(struct ts_engine *engine, const struct ts_effect *e, struct ts_buf *out)
{
    const struct ts_names *names = ts_engine_names(engine);
    struct ts_str name = name_of(names, space_of(e->op), e->name), from, to;
    char number[64], when[32];
    switch (e->op) {
    case TS_FX_EARN:
    case TS_FX_SPEND:
    case TS_FX_ADJUST:
    case TS_FX_CLAWBACK:
        say_points(engine, e, name, out);
        break;
    case TS_FX_ACTIVATE:
        ts_buf_addf(out, "points of lot %" PRIu64 " became available", e->lot);
        break;
    case TS_FX_EXPIRE:
        ts_buf_addf(out, "points of lot %" PRIu64 " expired", e->lot);
        break;
    case TS_FX_EXTEND:
        ts_buf_addf(out, "points of lot %" PRIu64 " live until %s", e->lot, ts_time_format(e->until, when));
        break;
    case TS_FX_TAG_ADD:
        ts_buf_addf(out, "tag added: " TS_STR_FMT, TS_STR_ARG(name));
        break;
    case TS_FX_TAG_REMOVE:
        ts_buf_addf(out, "tag removed: " TS_STR_FMT, TS_STR_ARG(name));
        break;
    case TS_FX_SEGMENT_ENTER:
        ts_buf_addf(out, "segment entered: " TS_STR_FMT, TS_STR_ARG(name));
        break;
    case TS_FX_SEGMENT_LEAVE:
        ts_buf_addf(out, "segment left: " TS_STR_FMT, TS_STR_ARG(name));
        break;
    case TS_FX_TIER:
        from = name_of(names, TS_SPACE_LEVEL, e->from);
        to = name_of(names, TS_SPACE_LEVEL, e->to);
        ts_buf_addf(out, TS_STR_FMT ": ", TS_STR_ARG(name));
        if (from.len) ts_buf_addf(out, TS_STR_FMT " \xE2\x86\x92 ", TS_STR_ARG(from)); /* → */
        ts_buf_addf(out, TS_STR_FMT, TS_STR_ARG(to));
        const struct ts_tiers_decl *t = ts_tiers_find(ts_engine_program(engine), e->name);
        if (t && t->n_bases == 1) /* of several, `why` says which */
            ts_buf_addf(out, " at %s", ts_basis_text(engine, t->bases, e->amount, number));
        return;
    case TS_FX_TRAIT:
        ts_buf_addf(out, "trait " TS_STR_FMT " = " TS_STR_FMT, TS_STR_ARG(name), TS_STR_ARG(e->text));
        break;
    case TS_FX_SCORE:
        ts_buf_addf(out, "score " TS_STR_FMT " %+.6g", TS_STR_ARG(name), e->number);
        break;
    case TS_FX_EMIT:
        ts_buf_addf(out, "event " TS_STR_FMT, TS_STR_ARG(e->text));
        break;
    case TS_FX_NOTIFY:
        ts_buf_addf(out, "notice " TS_STR_FMT, TS_STR_ARG(e->text));
        break;
    case TS_FX_CREDIT:
        ts_buf_addf(out, "credited to " TS_STR_FMT, TS_STR_ARG(name_of(names, TS_SPACE_BY, e->to)));
        if (e->amount)
            ts_buf_addf(out, ", %s", ts_figure_text(ts_engine_program(engine), TS_UNIT_MONEY, e->amount, number));
        break;
    case TS_FX_LINES:
        ts_lines_say(engine, ts_str(NULL, 0), e->json, out);
        break;
    case TS_FX_REFUND:
        ts_buf_addf(out, "order " TS_STR_FMT " taken back%s", TS_STR_ARG(e->text), e->from ? "" : " in part");
        break;
    case TS_FX_JOIN:
        ts_buf_addf(out, "m%" PRIu64 " joined into m%" PRId64, e->profile, e->amount);
        break;
    case TS_FX_ERROR:
        ts_buf_addf(out, "rule error: " TS_STR_FMT, TS_STR_ARG(e->text));
        break;
    default:
        ts_buf_adds(out, ts_effect_name((enum ts_effect_op)e->op));
        break;
    }
    say_by(names, e, out);
}

struct ts_str ts_row_title(const struct ts_row *row, struct ts_json *json)
{
    const char *kind = ts_record_kind_name((enum ts_record_kind)row->kind);
    bool has_json = row->kind != TS_RECORD_SLICE && row->kind != TS_RECORD_RULES && row->payload.len &&
                    ts_json_parse(json, row->payload.ptr, row->payload.len, true) == TS_OK;
    if (row->kind == TS_RECORD_PAGE) return TS_STR("Page Viewed");
    if (row->kind == TS_RECORD_SCREEN) return TS_STR("Screen Viewed");
    if (row->kind == TS_RECORD_TRACK && has_json) {
        const struct ts_json_node *event = ts_json_get(json, ts_json_root(json), TS_STR("event"));
        if (event && event->type == TS_JSON_STRING) return event->text;
    }
    return ts_cstr(kind);
}
