/* SPDX-License-Identifier: Apache-2.0 */
/* Two outcomes of one record held against each other: the stored one and what running the rules again made of it. The first difference names
 * rule and effect. For `verify --replay` and the test kit. */
#include "engine/engine.h"

static void describe(const struct ts_engine *e, bool there, const struct ts_effect *fx, char *out, size_t cap)
{
    if (!there) {
        snprintf(out, cap, "no further effect");
        return;
    }
    struct ts_rule_name rule;
    const struct ts_str text =
        fx->rule ? ts_names_text(ts_engine_names(e), TS_SPACE_RULE, fx->rule) : (struct ts_str){NULL, 0};
    int n = snprintf(out, cap, "%s by ", ts_effect_name((enum ts_effect_op)fx->op));
    if (!text.ptr)
        n += snprintf(out + n, cap - (size_t)n, "the engine");
    else if (ts_rule_name_split(text, &rule))
        n += snprintf(out + n, cap - (size_t)n, "%.*s (%.*s:%u)", (int)(rule.name.len < 60 ? rule.name.len : 60),
                      rule.name.ptr, (int)(rule.file.len < 60 ? rule.file.len : 60), rule.file.ptr, rule.line);
    snprintf(out + n, cap - (size_t)n, ", amount %lld", (long long)fx->amount);
}

static struct ts_str rest(const struct ts_outcome *o)
{
    return ts_str((const char *)o->reader.p, (size_t)(o->reader.end - o->reader.p));
}

/* Whether a rule was stopped by its time or by its memory depends on the moment: that it was stopped is what the outcome says. */
static bool both_stopped(const struct ts_effect *a, const struct ts_effect *b)
{
    return a->op == TS_FX_ERROR && b->op == TS_FX_ERROR && a->from == 2 && b->from == 2 && a->rule == b->rule;
}

bool ts_outcome_differs(const struct ts_engine *e, struct ts_str stored, struct ts_str made,
                        struct ts_outcome_difference *ret)
{
    struct ts_outcome a, b;
    struct ts_effect x = {0}, y = {0};
    bool x_there = true, y_there = true, stops = false;
    memset(ret, 0, sizeof *ret);
    if (ts_str_eq(stored, made)) return false;
    if (!ts_outcome_open(&a, (const uint8_t *)stored.ptr, stored.len) ||
        !ts_outcome_open(&b, (const uint8_t *)made.ptr, made.len)) {
        snprintf(ret->expected, sizeof ret->expected, "an outcome");
        snprintf(ret->found, sizeof ret->found, "bytes that are none");
        return true;
    }
    while (x_there && y_there) { /* until an effect's bytes differ */
        const struct ts_str from_a = rest(&a), from_b = rest(&b);
        x_there = ts_outcome_next(&a, &x);
        y_there = ts_outcome_next(&b, &y);
        const size_t an = from_a.len - rest(&a).len, bn = from_b.len - rest(&b).len;
        ret->effect++;
        if (x_there != y_there) break;
        if (!ts_str_eq(ts_str(from_a.ptr, an), ts_str(from_b.ptr, bn)) && !both_stopped(&x, &y)) break;
        stops = stops || both_stopped(&x, &y);
    }
    if (!x_there && !y_there) {
        if (stops && a.status == b.status && a.member == b.member) return false;
        ret->effect = 0;
        snprintf(ret->expected, sizeof ret->expected, "status %u, member %llu", a.status, (unsigned long long)a.member);
        snprintf(ret->found, sizeof ret->found, "status %u, member %llu", b.status, (unsigned long long)b.member);
        return true;
    }
    describe(e, x_there, &x, ret->expected, sizeof ret->expected);
    describe(e, y_there, &y, ret->found, sizeof ret->found);
    return true;
}
