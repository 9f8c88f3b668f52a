/* SPDX-License-Identifier: Apache-2.0 */
/* `verify --replay`: the rules run again from record 1, and each outcome is held against the stored one. The first difference names
 * record, rule and effect. */
#include "store/verify.h"

static unsigned long long llu(uint64_t v) { return (unsigned long long)v; }

static void describe(const struct ts_engine *e, bool there, const struct ts_effect *fx, char *out, size_t cap)
{
    if (!there) {
        snprintf(out, cap, "no further effect");
        return;
    }
    struct ts_rule_name name = {.name = TS_STR("the engine")};
    const struct ts_str text =
        fx->rule ? ts_names_text(ts_engine_names(e), TS_SPACE_RULE, fx->rule) : (struct ts_str){NULL, 0};
    if (text.ptr && !ts_rule_name_split(text, &name)) name.name = text;
    snprintf(out, cap, "%s by " TS_STR_FMT ", amount %lld", ts_effect_name((enum ts_effect_op)fx->op),
             (int)(name.name.len > 60 ? 60 : name.name.len), name.name.ptr, (long long)fx->amount);
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

/* Step through both until an effect's bytes differ. */
static void first_difference(struct verify *v, const struct ts_engine *e, const struct ts_row *row, struct ts_str made)
{
    struct ts_outcome stored_o, made_o;
    struct ts_effect stored_fx = {0}, made_fx = {0};
    char expected[150], found[150];
    if (!ts_outcome_open(&stored_o, (const uint8_t *)row->outcome.ptr, row->outcome.len) ||
        !ts_outcome_open(&made_o, (const uint8_t *)made.ptr, made.len)) {
        verify_say(verify_broken(v, V_REPLAY, "journal record %llu", llu(row->record)), "an outcome",
                   "bytes that are none");
        return;
    }
    uint32_t n = 0;
    bool stored_there = true, made_there = true, stops = false;
    while (stored_there && made_there) {
        const struct ts_str a = rest(&stored_o), b = rest(&made_o);
        stored_there = ts_outcome_next(&stored_o, &stored_fx);
        made_there = ts_outcome_next(&made_o, &made_fx);
        const size_t an = a.len - rest(&stored_o).len, bn = b.len - rest(&made_o).len;
        n++;
        if (stored_there != made_there) break;
        if (!ts_str_eq(ts_str(a.ptr, an), ts_str(b.ptr, bn)) && !both_stopped(&stored_fx, &made_fx)) break;
        stops = stops || both_stopped(&stored_fx, &made_fx);
    }
    struct ts_violation *x;
    const bool both_ended = !stored_there && !made_there;
    if (both_ended && stops && stored_o.status == made_o.status && stored_o.member == made_o.member) return;
    if (both_ended) {
        x = verify_broken(v, V_REPLAY, "journal record %llu", llu(row->record));
        snprintf(expected, sizeof expected, "status %u, member %llu", stored_o.status, llu(stored_o.member));
        snprintf(found, sizeof found, "status %u, member %llu", made_o.status, llu(made_o.member));
    } else {
        x = verify_broken(v, V_REPLAY, "journal record %llu, effect %u", llu(row->record), n);
        describe(e, stored_there, &stored_fx, expected, sizeof expected);
        describe(e, made_there, &made_fx, found, sizeof found);
    }
    verify_say(x, expected, found);
}

static enum ts_code replay_row(struct verify *v, struct ts_engine *e, const struct ts_row *row,
                               const struct ts_sources *instead, bool *more)
{
    struct ts_str outcome = {NULL, 0};
    uint64_t digest = 0;
    struct ts_error why = {0};
    enum ts_code code = ts_engine_replay_row(e, row, instead, &outcome, &digest, &why);
    verify_checked(v, V_REPLAY, 1);
    if (code != TS_OK && v->out->at[V_REPLAY].violations > 0) {
        *more = false; /* the histories have parted: a row that does not fit this one any more says nothing new */
        return TS_OK;
    }
    if (code == TS_E_MEMORY || (code != TS_OK && instead && row->kind == TS_RECORD_RULES)) {
        if (v->err) *v->err = why; /* the other rules do not load: that is the caller's to know */
        return code;
    }
    if (code != TS_OK) {
        verify_say(verify_broken(v, V_REPLAY, "journal record %llu", llu(row->record)), "a row that can be applied",
                   why.text);
        *more = false;
    } else if (!ts_str_eq(outcome, row->outcome)) {
        first_difference(v, e, row, outcome);
    } else if (digest != row->digest && v->out->at[V_REPLAY].violations == 0) {
        verify_say(verify_broken(v, V_REPLAY, "journal record %llu, digest", llu(row->record)),
                   "the same change of state", "another");
    }
    return TS_OK;
}

enum ts_code verify_replay(struct verify *v, const struct ts_sources *instead)
{
    store_cold_close(&v->cold); /* of the rebuilt engine: this one begins with nothing */
    store_cold_init(&v->cold, v->identity.key);
    const struct ts_host host = verify_host(v);
    const struct ts_engine_options options = {0};
    struct ts_engine *e = NULL;
    sqlite3_stmt *q = NULL;
    bool found = false, more = true;
    uint64_t n = 0;
    enum ts_code code = ts_engine_new(&options, &host, &e, v->err);
    if (code == TS_OK)
        code = store_db_prepare(v->journal, "SELECT " STORE_ROW_COLUMNS " FROM journal ORDER BY record", &q, v->err);
    while (code == TS_OK && more && (code = store_db_step(q, &found, v->err)) == TS_OK && found) {
        struct ts_row row;
        store_row_read(q, &row);
        code = replay_row(v, e, &row, instead, &more);
        if (code == TS_OK && ++n % 4096 == 0) { /* nobody needs its changes */
            struct ts_cut cut;
            code = ts_engine_cut(e, &cut, v->err);
            if (code == TS_OK) ts_engine_release(e, &cut);
        }
    }
    sqlite3_finalize(q);
    if (e) ts_engine_free(e);
    return code;
}
