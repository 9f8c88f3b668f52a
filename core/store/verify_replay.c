/* SPDX-License-Identifier: Apache-2.0 */
/* `verify --replay`: the rules run again from record 1, and each outcome is held against the stored one. The first difference names
 * record, rule and effect. */
#include "store/verify.h"

static unsigned long long llu(uint64_t v) { return (unsigned long long)v; }

static void say_difference(struct verify *v, const struct ts_row *row, const struct ts_outcome_difference *d)
{
    struct ts_violation *x =
        d->effect ? verify_broken(v, V_REPLAY, "journal record %llu, effect %u", llu(row->record), d->effect)
                  : verify_broken(v, V_REPLAY, "journal record %llu", llu(row->record));
    verify_say(x, d->expected, d->found);
}

static enum ts_code replay_row(struct verify *v, struct ts_engine *e, const struct ts_row *row,
                               const struct ts_sources *instead, bool *more)
{
    struct ts_str outcome = {NULL, 0};
    uint64_t digest = 0;
    struct ts_outcome_difference difference;
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
        if (ts_outcome_differs(e, row->outcome, outcome, &difference)) say_difference(v, row, &difference);
    } else if (digest != row->digest && row->record > v->older && v->out->at[V_REPLAY].violations == 0) {
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
