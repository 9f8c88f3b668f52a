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

static void say(struct kit_shop *s, const struct ts_row *row, const char *fmt, ...) TS_PRINTF(3, 4);
static void say(struct kit_shop *s, const struct ts_row *row, const char *fmt, ...)
{
    size_t cap = sizeof s->twin_difference;
    int n = snprintf(s->twin_difference, cap, "record %llu (%s) ", (unsigned long long)(row ? row->record : 0),
                     row ? ts_record_kind_name((enum ts_record_kind)row->kind) : "");
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->twin_difference + n, cap - (size_t)n, fmt, ap);
    va_end(ap);
}

bool kit_shop_replay(struct kit_shop *s)
{
    if (s->twin_difference[0]) return false;
    if (!s->twin && !twin_open(s)) return false;
    for (; s->twin_rows < ts_memory_host_rows(s->memory); s->twin_rows++) {
        const struct ts_row *row = ts_memory_host_row(s->memory, s->twin_rows);
        struct ts_str outcome = {NULL, 0};
        struct ts_outcome_difference d;
        uint64_t digest = 0;
        if (!row || ts_engine_replay_row(s->twin, row, NULL, &outcome, &digest, &s->err) != TS_OK)
            say(s, row, "cannot be run again: %s", s->err.text);
        else if (ts_outcome_differs(s->twin, row->outcome, outcome, &d))
            say(s, row, "gives another result when it is run again: first %s, then %s", d.expected, d.found);
        else if (digest != row->digest)
            say(s, row, "changes the state in another way when it is run again, with the same effects");
        if (s->twin_difference[0]) return false;
    }
    return true;
}
