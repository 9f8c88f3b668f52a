/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over the journal: each row by itself (I10, its sum), applied to the rebuilt engine (I14), its outcome's keys (I6), message id
 * (I15) and earnings (I16, I5). At the watermark everything stored is held against the engine. */
#include <sodium.h>

#include "store/verify.h"

#define CUT_EVERY 4096 /* rows between two looks at the rebuilt ledger: bounds memory */

static unsigned long long llu(uint64_t v) { return (unsigned long long)v; }

static uint64_t hash_text(const struct verify *v, struct ts_str s)
{
    uint64_t h;
    crypto_shorthash((unsigned char *)&h, (const unsigned char *)s.ptr, s.len, v->identity.key);
    return h ? h : 1;
}

/* ---- a row by itself ---- */

static void check_row(struct verify *v, const struct ts_row *row, uint64_t expected, uint64_t sum)
{
    verify_checked(v, V_I10, 1);
    if (row->record != expected)
        verify_say_numbers(verify_broken(v, V_I10, "journal record %llu", llu(row->record)), (int64_t)expected,
                           (int64_t)row->record);
    if (row->received_at < v->received_at)
        verify_say_numbers(verify_broken(v, V_I10, "journal record %llu, received_at", llu(row->record)),
                           v->received_at, row->received_at);
    if (row->time < v->time)
        verify_say_numbers(verify_broken(v, V_I10, "journal record %llu, time", llu(row->record)), v->time, row->time);
    v->received_at = row->received_at;
    v->time = row->time;
    verify_checked(v, V_I14, 1);
    if (store_row_sum(row) != sum)
        verify_say(verify_broken(v, V_I14, "journal record %llu", llu(row->record)), "the row that was written",
                   "one with changed bytes");
}

static void check_message(struct verify *v, const struct ts_row *row, bool quarantined)
{
    if (row->message_id.len == 0) return;
    const uint64_t hash = hash_text(v, row->message_id);
    verify_checked(v, V_I15, 1);
    if (row->record <= v->watermark) {
        v->ids_sum += ts_mix(hash >> 32, row->record);
        v->ids_n++;
    }
    if (quarantined) return; /* it may be driven again under the same id */
    bool fresh;
    int64_t *record = store_map_at(&v->ids, hash, &fresh);
    if (!record) {
        v->memory = true;
    } else if (!fresh) {
        struct ts_violation *x = verify_broken(v, V_I15, "journal record %llu", llu(row->record));
        if (x) snprintf(x->expected, sizeof x->expected, "a message id of its own");
        if (x) snprintf(x->found, sizeof x->found, "that of record %lld", (long long)*record);
    } else {
        *record = (int64_t)row->record;
    }
}

static void check_key(struct verify *v, const struct ts_row *row, struct ts_str key)
{
    bool fresh;
    verify_checked(v, V_I6, 1);
    int64_t *record = store_map_at(&v->keys, hash_text(v, key), &fresh);
    if (!record) {
        v->memory = true;
    } else if (!fresh) {
        struct ts_violation *x = verify_broken(v, V_I6, "journal record %llu, command " TS_STR_FMT, llu(row->record),
                                               (int)(key.len > 80 ? 80 : key.len), key.ptr);
        if (x) snprintf(x->expected, sizeof x->expected, "one outcome");
        if (x) snprintf(x->found, sizeof x->found, "record %lld has one as well", (long long)*record);
    } else {
        *record = (int64_t)row->record;
    }
}

/* ---- I16 ---- */

static const struct ts_at_most *cap_of(const struct ts_program *p, uint32_t rule)
{
    for (uint32_t i = 0; i < p->earns.n; i++) {
        if (p->earns.at[i].rule == rule) return &p->earns.at[i].at_most;
    }
    for (uint32_t i = 0; i < p->bonuses.n; i++) {
        if (p->bonuses.at[i].rule == rule) return &p->bonuses.at[i].at_most;
    }
    return NULL;
}

/* A cap counts over the union, and each profile by itself is never over it, whatever was joined when. Rolling caps are counted by the
 * millisecond of a span that begins with each use: a use that is still within `per` of it adds up. */
static void check_cap(struct verify *v, const struct ts_row *row, const struct ts_effect *fx)
{
    const struct ts_program *p = ts_engine_program(v->engine);
    const struct ts_at_most *cap = fx->rule && fx->amount > 0 ? cap_of(p, fx->rule) : NULL;
    if (!cap || cap->amount == 0 || cap->per_ms != 0) return;
    ts_day from = 0, to;
    ts_window_days(cap->per, ts_zone_day(p->zone, fx->at), &from, &to);
    const uint64_t what[] = {fx->profile, cap->id, (uint64_t)(int64_t)from};
    int64_t *used = store_map_at(&v->caps, ts_hash(what, sizeof what, 3), NULL);
    if (!used) {
        v->memory = true;
        return;
    }
    verify_checked(v, V_I16, 1);
    *used += fx->amount;
    if (*used > cap->amount)
        verify_say_numbers(
            verify_broken(v, V_I16, "journal record %llu, profile %llu", llu(row->record), llu(fx->profile)),
            cap->amount, *used);
}

/* What a refund gave back of a calendar cap can be used again. */
static void give_back(struct verify *v, const struct ts_effect *fx)
{
    const uint64_t what[] = {v->clawed, fx->name, (uint64_t)(int64_t)(ts_day)fx->from};
    int64_t *used = store_map_at(&v->caps, ts_hash(what, sizeof what, 3), NULL);
    if (used)
        *used += fx->amount;
    else
        v->memory = true;
}

/* ---- I11 ---- */

static int64_t number_of(struct verify *v, const struct ts_json_node *o, const char *key)
{
    struct ts_decimal d = {0};
    const struct ts_json_node *n = ts_json_get(&v->json, o, ts_cstr(key));
    return n && n->type == TS_JSON_NUMBER && ts_decimal_parse(n->text, &d) == TS_OK && d.scale == 0 ? d.digits : -1;
}

/* What a refund says of each earning of its order; the last word on it counts, against the entries, once all are added up. */
static void note_refund(struct verify *v, const struct ts_row *row, const struct ts_effect *fx)
{
    if (ts_json_parse(&v->json, fx->json.ptr, fx->json.len, true) != TS_OK) return;
    const struct ts_json_node *list = ts_json_get(&v->json, ts_json_root(&v->json), TS_STR("points"));
    if (!list || list->type != TS_JSON_ARRAY) return;
    for (const struct ts_json_node *n = ts_json_first(&v->json, list); n; n = ts_json_next(&v->json, n)) {
        const int64_t granted = number_of(v, n, "granted"), taken = number_of(v, n, "taken");
        int64_t *sums = store_map_at(&v->claws, (uint64_t)number_of(v, n, "transaction"), NULL);
        if (!sums) {
            v->memory = true;
            return;
        }
        sums[1] = taken - number_of(v, n, "forgiven");
        sums[2] = 1;
        verify_checked(v, V_I11, 1);
        if (taken < 0 || taken > granted || (fx->from && taken != granted))
            verify_say_numbers(verify_broken(v, V_I11, "journal record %llu, what was earned by transaction %lld",
                                             llu(row->record), (long long)number_of(v, n, "transaction")),
                               granted, taken);
    }
}

static void check_refunds(struct verify *v)
{
    uint64_t pos = 0, transaction;
    int64_t *sums;
    while (store_map_next(&v->claws, &pos, &transaction, &sums)) {
        verify_checked(v, V_I11, 1);
        if (sums[2] != 1 || sums[0] != sums[1])
            verify_say_numbers(verify_broken(v, V_I11, "what was earned by ledger_transaction %llu", llu(transaction)),
                               sums[1], sums[0]);
    }
}

/* ---- the outcome ---- */

static bool check_outcome(struct verify *v, const struct ts_row *row)
{
    struct ts_outcome o;
    struct ts_effect fx;
    if (!ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len)) {
        verify_say(verify_broken(v, V_I14, "journal record %llu", llu(row->record)), "an outcome",
                   "bytes that are none");
        return false;
    }
    check_message(v, row, o.status == TS_OUTCOME_QUARANTINED);
    while (ts_outcome_next(&o, &fx)) {
        if (fx.op == TS_FX_ANSWER) check_key(v, row, fx.text);
        if (fx.op == TS_FX_EARN) check_cap(v, row, &fx);
        if (fx.op == TS_FX_CLAWBACK) v->clawed = fx.profile;
        if (fx.op == TS_FX_CAP && fx.amount < 0 && fx.at == 0) give_back(v, &fx);
        if (fx.op == TS_FX_REFUND) note_refund(v, row, &fx);
        verify_lots_effect(v, row->record, &fx);
    }
    if (o.reader.bad)
        verify_say(verify_broken(v, V_I14, "journal record %llu", llu(row->record)), "an outcome", "a damaged one");
    return !o.reader.bad;
}

/* ---- rebuilding ---- */

static enum ts_code stop(struct verify *v, const struct ts_row *row, const char *why)
{
    verify_say(verify_broken(v, V_I14, "journal record %llu", llu(row->record)), "a row that can be applied", why);
    v->stopped = true;
    return TS_OK;
}

static enum ts_code apply(struct verify *v, const struct ts_row *row)
{
    struct ts_error why = {0};
    uint64_t digest = 0;
    enum ts_code code = ts_engine_recover_row(v->engine, row, &digest, &why);
    if (code == TS_E_MEMORY) {
        if (v->err) *v->err = why;
        return code;
    }
    if (code != TS_OK) return stop(v, row, why.text);
    if (digest == row->digest || row->record <= v->older) return TS_OK;
    struct ts_violation *x = verify_broken(v, V_I14, "journal record %llu, digest", llu(row->record));
    if (x) snprintf(x->expected, sizeof x->expected, "%016llx", llu(row->digest));
    if (x) snprintf(x->found, sizeof x->found, "%016llx", llu(digest));
    return TS_OK;
}

static enum ts_code take_ledger(struct verify *v)
{
    struct ts_cut cut;
    enum ts_code code = ts_engine_cut(v->engine, &cut, v->err);
    if (code != TS_OK) return code;
    code = verify_ledger_made(v, cut.ledger);
    if (code == TS_OK && v->state && cut.record == v->watermark) {
        struct ts_buf stored;
        ts_buf_init(&stored, 0);
        verify_checked(v, V_I14, 1);
        code = store_meta_get(v->state, "state", &stored, v->err);
        if (code == TS_OK && !ts_str_eq(ts_str((const char *)stored.data, stored.len), cut.meta))
            verify_say(verify_broken(v, V_I14, "meta, state"), "the figures of the rebuilt engine", "others");
        ts_buf_release(&stored);
    }
    ts_engine_release(v->engine, &cut);
    return code;
}

static enum ts_code at_watermark(struct verify *v)
{
    enum ts_code code = take_ledger(v);
    if (code == TS_OK) code = verify_ledger_rest(v);
    if (code == TS_OK) code = verify_tables(v);
    if (code == TS_OK) code = verify_state(v, true);
    return code;
}

static enum ts_code take_row(struct verify *v, const struct ts_row *row, uint64_t expected, uint64_t sum)
{
    check_row(v, row, expected, sum);
    const bool readable = check_outcome(v, row);
    if (v->stopped) return TS_OK;
    if (!readable || row->record != expected)
        return stop(v, row, readable ? "a gap before it" : "its outcome is damaged");
    enum ts_code code = apply(v, row);
    if (code != TS_OK || v->stopped) return code;
    if (v->state && row->record == v->watermark) return at_watermark(v);
    return row->record % CUT_EVERY == 0 ? take_ledger(v) : TS_OK;
}

static enum ts_code walk_rows(struct verify *v)
{
    sqlite3_stmt *q = NULL;
    struct ts_error why = {0};
    bool found = false;
    uint64_t expected = 1;
    enum ts_code code =
        store_db_prepare(v->journal, "SELECT " STORE_ROW_COLUMNS " FROM journal ORDER BY record", &q, &why);
    enum ts_code read = code;
    while (code == TS_OK && !v->memory && (read = store_db_step(q, &found, &why)) == TS_OK && found) {
        struct ts_row row;
        store_row_read(q, &row);
        code = take_row(v, &row, expected, store_db_u64(q, 11));
        expected = row.record + 1;
    }
    sqlite3_finalize(q);
    if (read == TS_OK) return code;
    verify_say(verify_broken(v, V_I14, "journal.db after record %llu", llu(expected - 1)), "rows that can be read",
               why.text);
    v->stopped = true;
    return read == TS_E_MEMORY ? read : code;
}

enum ts_code verify_walk(struct verify *v)
{
    const struct ts_host host = verify_host(v);
    const struct ts_engine_options options = {0};
    enum ts_code code = ts_engine_new(&options, &host, &v->engine, v->err);
    if (code == TS_OK) code = verify_ledger_begin(v);
    if (code == TS_OK) code = walk_rows(v);
    if (code != TS_OK || v->memory) return code;
    if (v->stopped) { /* what is stored is still checked by itself */
        code = verify_ledger_rest(v);
        if (code == TS_OK && v->state && ts_engine_record(v->engine) < v->watermark) code = verify_state(v, false);
    } else if (ts_engine_record(v->engine) > v->watermark) {
        code = take_ledger(v);
        if (code == TS_OK) code = verify_memory(v);
    }
    if (!v->stopped && !v->memory) check_refunds(v);
    uint8_t head[32];
    memcpy(head, ts_engine_ledger(v->engine)->head, sizeof head);
    ts_sha256_hex(v->stopped ? v->head : head, v->out->ledger_head);
    return code;
}
