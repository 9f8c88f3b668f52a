/* SPDX-License-Identifier: Apache-2.0 */
/* The twin: the journal runs again in a second engine whose tables are seeded otherwise and whose collector works otherwise. Each outcome and
 * each change of state must come out the same: a rule that depends on chance, on what an earlier call left behind or on the order of
 * a hash table gives itself away here. */
#include "kit/kit.h"

#define OTHER_SEED UINT64_C(0xA5A5F00DC0FFEE11)

static bool twin_open(struct kit_shop *s)
{
    struct ts_engine_options options = s->options;
    struct ts_host host;
    options.hash_seed ^= OTHER_SEED;
    options.rules.hash_seed ^= (uint32_t)OTHER_SEED;
    options.rules.gc_mode = options.rules.gc_mode ? 0 : 1;
    options.rules.coverage = false;
    options.rules.known_good = true; /* it was looked through when the shop took it */
    if (ts_memory_host_new(false, &s->twin_memory, &host) == TS_OK &&
        ts_engine_new(&options, &host, &s->twin, &s->err) == TS_OK)
        return true;
    snprintf(s->twin_difference, sizeof s->twin_difference, "the second engine could not be opened: %s", s->err.text);
    return false;
}

static void describe(const struct ts_engine *e, bool there, const struct ts_effect *fx, char *out, size_t cap)
{
    struct ts_rule_name name = {.name = TS_STR("the engine")};
    if (!there) {
        snprintf(out, cap, "no further effect");
        return;
    }
    struct ts_str text = fx->rule ? ts_names_text(ts_engine_names(e), TS_SPACE_RULE, fx->rule) : ts_str(NULL, 0);
    bool split = text.ptr && ts_rule_name_split(text, &name);
    if (split)
        snprintf(out, cap, "%s by \"%.*s\" (%.*s:%u)", ts_effect_name((enum ts_effect_op)fx->op), TS_STR_ARG(name.name),
                 TS_STR_ARG(name.file), name.line);
    else
        snprintf(out, cap, "%s by the engine", ts_effect_name((enum ts_effect_op)fx->op));
    size_t n = strlen(out);
    if (fx->amount) snprintf(out + n, cap - n, ", amount %lld", (long long)fx->amount);
    n = strlen(out);
    if (fx->text.len) snprintf(out + n, cap - n, ", %.*s", (int)(fx->text.len < 60 ? fx->text.len : 60), fx->text.ptr);
}

static struct ts_str rest(const struct ts_outcome *o)
{
    return ts_str((const char *)o->reader.p, (size_t)(o->reader.end - o->reader.p));
}

/* Step through both until the bytes of an effect differ. */
static void compare(struct kit_shop *s, const struct ts_row *row, struct ts_str made)
{
    struct ts_outcome a, b;
    struct ts_effect x = {0}, y = {0};
    char first[200], second[200];
    bool x_there = ts_outcome_open(&a, (const uint8_t *)row->outcome.ptr, row->outcome.len);
    bool y_there = ts_outcome_open(&b, (const uint8_t *)made.ptr, made.len);
    while (x_there && y_there) {
        struct ts_str from_a = rest(&a), from_b = rest(&b);
        x_there = ts_outcome_next(&a, &x);
        y_there = ts_outcome_next(&b, &y);
        from_a.len -= rest(&a).len;
        from_b.len -= rest(&b).len;
        if (x_there != y_there || !ts_str_eq(from_a, from_b)) break;
    }
    describe(s->engine, x_there, &x, first, sizeof first);
    describe(s->twin, y_there, &y, second, sizeof second);
    snprintf(s->twin_difference, sizeof s->twin_difference,
             "record %llu (%s) gives another result when it is run again: first %s, then %s",
             (unsigned long long)row->record, ts_record_kind_name((enum ts_record_kind)row->kind), first, second);
}

bool kit_shop_replay(struct kit_shop *s)
{
    if (s->twin_difference[0]) return false;
    if (!s->twin && !twin_open(s)) return false;
    for (; s->twin_rows < ts_memory_host_rows(s->memory); s->twin_rows++) {
        const struct ts_row *row = ts_memory_host_row(s->memory, s->twin_rows);
        struct ts_str outcome = {NULL, 0};
        uint64_t digest = 0;
        if (!row || ts_engine_replay_row(s->twin, row, NULL, &outcome, &digest, &s->err) != TS_OK) {
            snprintf(s->twin_difference, sizeof s->twin_difference, "record %llu cannot be run again: %.400s",
                     (unsigned long long)(row ? row->record : 0), s->err.text);
        } else if (!ts_str_eq(outcome, row->outcome)) {
            compare(s, row, outcome);
        } else if (digest != row->digest) {
            snprintf(s->twin_difference, sizeof s->twin_difference,
                     "record %llu (%s) changes the state in another way when it is run again, with the same effects",
                     (unsigned long long)row->record, ts_record_kind_name((enum ts_record_kind)row->kind));
        }
        if (s->twin_difference[0]) return false;
    }
    return true;
}
