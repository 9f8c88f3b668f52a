/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: each stored transaction by itself (I1, I8), its entries added up (I2), and against the one that the journal gives (I14),
 * column by column. Behind the checkpoint the rebuilt transactions are all there is, and go through the same checks. */
#include "store/verify.h"

static unsigned long long llu(uint64_t v) { return (unsigned long long)v; }

enum ts_code verify_ledger_begin(struct verify *v)
{
    v->stored = ts_calloc(1, sizeof *v->stored);
    v->made = ts_calloc(1, sizeof *v->made);
    if (!v->stored || !v->made) return ts_fail(v->err, TS_E_MEMORY, "out of memory");
    if (!v->state) return TS_OK;
    struct ts_error why = {0};
    enum ts_code code = store_ledger_open(&v->ledger, v->state, "", 1, &why);
    v->ledger_open = code == TS_OK;
    if (code != TS_OK) verify_say(verify_broken(v, V_I8, "ledger_transaction"), "tables that can be read", why.text);
    return code == TS_E_MEMORY ? code : TS_OK;
}

/* ---- one transaction by itself ---- */

static void check_zero(struct verify *v, const struct ts_transaction *t)
{
    verify_checked(v, V_I1, 1);
    for (uint32_t i = 0; i < t->n_entries; i++) {
        __int128 sum = 0;
        bool first = true;
        for (uint32_t k = 0; k < t->n_entries; k++) {
            if (t->entries[k].points != t->entries[i].points) continue;
            if (k < i) first = false;
            sum += t->entries[k].amount;
        }
        if (first && sum != 0)
            verify_say_numbers(verify_broken(v, V_I1, "ledger_transaction %llu", llu(t->id)), 0, (int64_t)sum);
    }
}

/* From here the chain goes on with the stored hash, so that one changed row is one finding and not all that follow it. */
static void check_chain(struct verify *v, const struct ts_transaction *t)
{
    uint8_t head[32];
    char expected[65], found[65];
    verify_checked(v, V_I8, 1);
    if (t->id != v->last_id + 1)
        verify_say_numbers(verify_broken(v, V_I8, "ledger_transaction %llu", llu(t->id)), (int64_t)v->last_id + 1,
                           (int64_t)t->id);
    if (t->n_entries > 0 && t->seq != v->last_seq + 1)
        verify_say_numbers(verify_broken(v, V_I8, "ledger_entry %llu", llu(t->seq)), (int64_t)v->last_seq + 1,
                           (int64_t)t->seq);
    ts_ledger_chain(v->head, t, head);
    if (memcmp(head, t->head, sizeof head) != 0) {
        ts_sha256_hex(head, expected);
        ts_sha256_hex(t->head, found);
        verify_say(verify_broken(v, V_I8, "ledger_transaction %llu", llu(t->id)), expected, found);
    }
    memcpy(v->head, t->head, sizeof v->head);
    v->last_id = t->id;
    if (t->n_entries > 0) v->last_seq = t->seq + t->n_entries - 1;
}

static void add_up(struct verify *v, const struct ts_transaction *t)
{
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        if (e->account == 0 || e->account > TS_ACCOUNT_DEBT) continue;
        int64_t *sums = store_map_at(&v->balances, e->profile * TS_CURRENCIES_MAX + e->points, NULL);
        if (!sums)
            v->memory = true;
        else if (__builtin_add_overflow(sums[e->account - 1], e->amount, &sums[e->account - 1]))
            verify_say(verify_broken(v, V_I2, "ledger_entry %llu", llu(t->seq + i)), "sums within 64 bits", "more");
    }
}

static void check_one(struct verify *v, const struct ts_transaction *t)
{
    check_zero(v, t);
    check_chain(v, t);
    add_up(v, t);
}

/* ---- against the rebuilt one ---- */

static void differs(struct verify *v, const char *table, uint64_t row, const char *column, int64_t expected,
                    int64_t found)
{
    if (expected == found) return;
    verify_say_numbers(verify_broken(v, V_I14, "%s %llu, %s", table, llu(row), column), expected, found);
}

static void compare(struct verify *v, const struct ts_transaction *s, const struct ts_transaction *m)
{
    static const char *const table = "ledger_transaction";
    verify_checked(v, V_I14, 1);
    differs(v, table, m->id, "movement", m->movement, s->movement);
    differs(v, table, m->id, "record", (int64_t)m->record, (int64_t)s->record);
    differs(v, table, m->id, "at", m->at, s->at);
    differs(v, table, m->id, "rule", m->rule, s->rule);
    differs(v, table, m->id, "lot", (int64_t)m->lot, (int64_t)s->lot);
    differs(v, table, m->id, "of_transaction", (int64_t)m->of, (int64_t)s->of);
    differs(v, table, m->id, "desired", m->desired, s->desired);
    differs(v, table, m->id, "number of entries", m->n_entries, s->n_entries);
    differs(v, table, m->id, "first entry", (int64_t)m->seq, (int64_t)s->seq);
    if (!ts_str_eq(m->note, s->note))
        verify_say(verify_broken(v, V_I14, "%s %llu, note", table, llu(m->id)), "the note of the outcome", "another");
    if (memcmp(m->head, s->head, sizeof m->head) != 0)
        verify_say(verify_broken(v, V_I14, "%s %llu, head", table, llu(m->id)), "the hash of the rebuilt ledger",
                   "another");
    for (uint32_t i = 0; i < m->n_entries && i < s->n_entries; i++) {
        const struct ts_entry *a = &m->entries[i], *b = &s->entries[i];
        differs(v, "ledger_entry", m->seq + i, "account", a->account, b->account);
        differs(v, "ledger_entry", m->seq + i, "member", (int64_t)a->profile, (int64_t)b->profile);
        differs(v, "ledger_entry", m->seq + i, "points", a->points, b->points);
        differs(v, "ledger_entry", m->seq + i, "amount", a->amount, b->amount);
    }
}

/* The next stored one, after its own checks. */
static enum ts_code next_stored(struct verify *v)
{
    struct ts_error why = {0};
    bool found = false;
    if (!v->ledger_open) return TS_OK;
    enum ts_code code = store_ledger_next(&v->ledger, v->stored, &found, &why);
    if (code != TS_OK) {
        verify_say(verify_broken(v, V_I8, "ledger_transaction after %llu", llu(v->last_id)), "rows that can be read",
                   why.text);
        found = false;
    }
    v->stored_there = found;
    if (!found) {
        store_ledger_close(&v->ledger);
        v->ledger_open = false;
        return code == TS_E_MEMORY ? code : TS_OK;
    }
    if (v->ledger.bad)
        verify_say(verify_broken(v, V_I8, "ledger_transaction %llu", llu(v->stored->id)),
                   "a row that a ledger can hold", v->ledger.problem);
    check_one(v, v->stored);
    return TS_OK;
}

static enum ts_code meet(struct verify *v, const struct ts_transaction *made)
{
    if (!v->state || made->record > v->watermark) {
        check_one(v, made);
        return TS_OK;
    }
    enum ts_code code = TS_OK;
    if (!v->stored_there) code = next_stored(v);
    while (code == TS_OK && v->stored_there && v->stored->id < made->id) {
        verify_say(verify_broken(v, V_I14, "ledger_transaction %llu", llu(v->stored->id)), "nothing: no record made it",
                   "a row");
        code = next_stored(v);
    }
    if (code != TS_OK) return code;
    if (!v->stored_there || v->stored->id != made->id) {
        verify_say(verify_broken(v, V_I14, "ledger_transaction %llu", llu(made->id)), "a row", "none");
        return TS_OK;
    }
    compare(v, v->stored, made);
    v->stored_there = false;
    return TS_OK;
}

enum ts_code verify_ledger_made(struct verify *v, struct ts_str transactions)
{
    struct ts_reader in = ts_reader(transactions.ptr, transactions.len);
    enum ts_code code = TS_OK;
    while (code == TS_OK && in.p < in.end) {
        if (!ts_transaction_decode(&in, v->made))
            return ts_fail(v->err, TS_E_INTERNAL, "a rebuilt transaction cannot be read");
        verify_lots_transaction(v, v->made);
        code = meet(v, v->made);
    }
    return code;
}

enum ts_code verify_ledger_rest(struct verify *v)
{
    enum ts_code code = TS_OK;
    for (;;) {
        if (!v->stored_there) code = next_stored(v);
        if (code != TS_OK || !v->stored_there) return code;
        if (!v->stopped)
            verify_say(verify_broken(v, V_I14, "ledger_transaction %llu", llu(v->stored->id)),
                       "nothing: no record made it", "a row");
        v->stored_there = false;
    }
}
