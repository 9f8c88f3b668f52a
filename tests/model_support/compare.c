/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for a difference between the ledger and the naive model: the transactions of a step, the wallets that it
 * touched, and now and then everything. The first difference ends the run with what is needed to see it again. */
#include "model.h"

#include <inttypes.h>
#include <stdlib.h>

void model_differs(const struct model *m, const char *what, const char *expected, const char *found)
{
    fprintf(stderr, "seed %" PRIu64 ", step %" PRIu64 ": %s\n  %s\n  %s: expected %s, found %s\n", m->seed, m->step,
            model_operation_name(m->operation), m->what, what, expected, found);
    printf("{\"ok\":false,\"seed\":%" PRIu64 ",\"operations\":%" PRIu64 ",\"step\":%" PRIu64
           ",\"operation\":\"%s\",\"what\":\"%s\",\"expected\":\"%s\",\"found\":\"%s\"}\n",
           m->seed, m->operations, m->step, model_operation_name(m->operation), what, expected, found);
    exit(1);
}

void model_expect(const struct model *m, const char *what, int64_t expected, int64_t found)
{
    if (expected == found) return;
    char e[32], f[32];
    snprintf(e, sizeof e, "%" PRId64, expected);
    snprintf(f, sizeof f, "%" PRId64, found);
    model_differs(m, what, e, f);
}

static void expect_head(const struct model *m, const char *what, const uint8_t expected[32], const uint8_t found[32])
{
    if (memcmp(expected, found, 32) != 0) model_differs(m, what, "the head of the chain", "another");
}

/* ---- transactions -------------------------------------------------------------------------------------------- */

bool model_sink(void *model, const struct ts_transaction *t)
{
    struct model *m = model;
    if (m->n_made == NAIVE_MADE) model_differs(m, "transactions of one call", "at most 32", "more");
    struct ts_transaction *copy = &m->made[m->n_made++];
    memcpy(copy, t, offsetof(struct ts_transaction, entries));
    memcpy(copy->entries, t->entries, t->n_entries * sizeof t->entries[0]);
    copy->n_entries = t->n_entries;
    memcpy(copy->head, t->head, sizeof t->head);
    return true;
}

static void compare_transaction(const struct model *m, const struct naive_transaction *e,
                                const struct ts_transaction *f)
{
    model_expect(m, "transaction id", (int64_t)e->id, (int64_t)f->id);
    model_expect(m, "transaction seq", (int64_t)e->seq, (int64_t)f->seq);
    model_expect(m, "transaction movement", e->movement, f->movement);
    model_expect(m, "transaction record", (int64_t)e->record, (int64_t)f->record);
    model_expect(m, "transaction at", e->at, f->at);
    model_expect(m, "transaction rule", e->rule, f->rule);
    model_expect(m, "transaction lot", (int64_t)e->lot, (int64_t)f->lot);
    model_expect(m, "transaction of", (int64_t)e->of, (int64_t)f->of);
    model_expect(m, "transaction desired", e->desired, f->desired);
    model_expect(m, "transaction has a note", e->note != NULL, f->note.ptr != NULL);
    if (!ts_str_eq(ts_str(e->note, e->note_len), f->note)) model_differs(m, "transaction note", "its text", "another");
    model_expect(m, "transaction entries", e->n_entries, f->n_entries);
    int64_t sum = 0;
    for (int i = 0; i < e->n_entries; i++) {
        model_expect(m, "entry account", e->entries[i].account, f->entries[i].account);
        model_expect(m, "entry profile", e->entries[i].profile, (int64_t)f->entries[i].profile);
        model_expect(m, "entry points", e->entries[i].points, f->entries[i].points);
        model_expect(m, "entry amount", e->entries[i].amount, f->entries[i].amount);
        sum += f->entries[i].amount; /* all of one currency, as was just compared */
    }
    model_expect(m, "sum of the entries", 0, sum);
    expect_head(m, "transaction head", e->head, f->head);
}

void model_compare_made(struct model *m)
{
    model_expect(m, "transactions made", m->naive.n_made, m->n_made);
    for (uint32_t i = 0; i < m->n_made; i++) {
        compare_transaction(m, &m->naive.made[i], &m->made[i]);
        struct naive_transaction *kept = ts_vec_push(&m->kept);
        if (!kept) abort();
        *kept = m->naive.made[i];
    }
    m->n_made = 0;
    m->naive.n_made = 0;
    model_expect(m, "transactions in all", (int64_t)m->naive.transactions, (int64_t)m->ledger.transactions);
    model_expect(m, "entries in all", (int64_t)m->naive.entries, (int64_t)m->ledger.entries);
    expect_head(m, "ledger head", m->naive.head, m->ledger.head);
}

/* As `verify` does: from what was kept of every transaction, the chain comes out the same. */
static void recompute_chain(struct model *m)
{
    static struct ts_transaction t;
    for (uint32_t i = 0; i < m->kept.len; i++) {
        const struct naive_transaction *k = &m->kept.at[i];
        t.id = k->id;
        t.seq = k->seq;
        t.movement = (uint8_t)k->movement;
        t.record = k->record;
        t.at = k->at;
        t.rule = k->rule;
        t.lot = k->lot;
        t.of = k->of;
        t.desired = k->desired;
        t.note = ts_str(k->note, k->note_len);
        t.n_entries = (uint32_t)k->n_entries;
        for (uint32_t e = 0; e < t.n_entries; e++)
            t.entries[e] = (struct ts_entry){(uint8_t)k->entries[e].account, (uint64_t)k->entries[e].profile,
                                             k->entries[e].points, k->entries[e].amount};
        uint8_t head[32];
        ts_ledger_chain(m->kept_from, &t, head);
        memcpy(m->kept_from, head, 32);
    }
    m->kept.len = 0;
    expect_head(m, "recomputed head", m->ledger.head, m->kept_from);
}

/* ---- wallets -------------------------------------------------------------------------------------------------- */

static void compare_lot(const struct model *m, const struct naive_lot *e, const struct ts_lot *f)
{
    model_expect(m, "lot id", (int64_t)e->id, (int64_t)f->id);
    model_expect(m, "lot points", e->points, f->points);
    model_expect(m, "lot rule", e->rule, f->rule);
    model_expect(m, "lot state", e->pending ? TS_LOT_PENDING : TS_LOT_AVAILABLE, f->state);
    model_expect(m, "lot original", e->original, f->original);
    model_expect(m, "lot remaining", e->remaining, f->remaining);
    model_expect(m, "lot record", (int64_t)e->record, (int64_t)f->record);
    model_expect(m, "lot earned", e->earned, f->earned);
    model_expect(m, "lot activates", e->activates, f->activates);
    model_expect(m, "lot expires", e->expires, f->expires);
}

static void compare_balance(const struct model *m, int profile, uint32_t points)
{
    const struct ts_balance b = ts_wallet_balance(&m->wallets[profile], points);
    const int64_t *e = m->naive.account[profile][points];
    model_expect(m, "pending", e[NAIVE_PENDING], b.pending);
    model_expect(m, "available", e[NAIVE_AVAILABLE], b.available);
    model_expect(m, "held", 0, b.held);
    model_expect(m, "debt", e[NAIVE_DEBT], b.debt);
}

void model_compare_profile(const struct model *m, int profile)
{
    const struct ts_wallet *w = &m->wallets[profile];
    model_expect(m, "profile", profile, (int64_t)w->profile);
    model_expect(m, "wallet failed", false, w->failed);
    for (int i = 0; i < MODEL_CURRENCIES; i++)
        compare_balance(m, profile, model_currencies[i]);
    uint32_t n = 0;
    for (size_t i = 0; i < m->naive.n_lots; i++) {
        const struct naive_lot *lot = &m->naive.lots[i];
        if (lot->profile != profile) continue;
        if (n == w->lots.len) model_differs(m, "lots of a profile", "one more", "no more");
        compare_lot(m, lot, &w->lots.at[n++]);
    }
    model_expect(m, "lots of a profile", n, w->lots.len);

    int64_t due;
    uint64_t lot;
    bool activates;
    if (!naive_next_due(&m->naive, profile, &due, &lot, &activates)) due = NAIVE_NEVER;
    model_expect(m, "next due", due, ts_wallet_next_due(w));
}

void model_compare_member(const struct model *m, const struct naive_union *u)
{
    struct ts_wallet *wallets[NAIVE_PROFILES];
    for (int i = 0; i < u->n; i++) {
        wallets[i] = (struct ts_wallet *)&m->wallets[u->profiles[i]];
        model_compare_profile(m, u->profiles[i]);
    }
    for (int i = 0; i < MODEL_CURRENCIES; i++) {
        const uint32_t points = model_currencies[i];
        model_expect(m, "spendable now", naive_spendable(&m->naive, u, points, m->now),
                     ts_wallets_spendable(wallets, (uint32_t)u->n, points, m->now));
        int64_t available = 0, debt = 0;
        for (int k = 0; k < u->n; k++) {
            available += m->naive.account[u->profiles[k]][points][NAIVE_AVAILABLE];
            debt += m->naive.account[u->profiles[k]][points][NAIVE_DEBT];
        }
        const struct ts_balance b = ts_wallets_balance(wallets, (uint32_t)u->n, points);
        model_expect(m, "available of the member", available, b.available);
        model_expect(m, "debt of the member", debt, b.debt);
    }
}

void model_compare_sums(const struct model *m)
{
    for (int i = 0; i < MODEL_CURRENCIES; i++) {
        const uint32_t points = model_currencies[i];
        for (int a = NAIVE_PENDING; a < NAIVE_ACCOUNTS; a++) {
            int64_t members = 0;
            for (int p = 1; p <= NAIVE_PROFILES; p++)
                members += m->naive.account[p][points][a];
            model_expect(m, "sum over the members", members, m->ledger.members[points][a]);
            model_expect(m, "account of the brand", m->naive.account[0][points][a], m->ledger.brand[points][a]);
        }
    }
}

/* ---- everything ------------------------------------------------------------------------------------------------ */

void model_reload(struct model *m, int profile)
{
    struct ts_wallet *w = &m->wallets[profile];
    struct ts_buf bytes, again;
    ts_buf_init(&bytes, 0);
    ts_buf_init(&again, 0);
    if (!ts_wallet_encode(w, &bytes)) model_differs(m, "encode", "true", "false");
    struct ts_reader in = ts_reader(bytes.data, bytes.len);
    ts_wallet_clear(w);
    w->profile = (uint64_t)profile;
    if (!ts_wallet_decode(w, &in)) model_differs(m, "decode", "true", "false");
    model_expect(m, "bytes left after decoding", 0, in.end - in.p);
    model_compare_profile(m, profile);
    if (!ts_wallet_encode(w, &again)) model_differs(m, "encode again", "true", "false");
    model_expect(m, "bytes of the image", (int64_t)bytes.len, (int64_t)again.len);
    if (memcmp(bytes.data, again.data, bytes.len) != 0) model_differs(m, "image", "the same bytes", "others");
    ts_buf_release(&bytes);
    ts_buf_release(&again);
}

void model_compare_all(struct model *m)
{
    struct ts_error err;
    for (int p = 1; p <= NAIVE_PROFILES; p++) {
        if (!ts_wallet_valid(&m->wallets[p], &err)) model_differs(m, "wallet", "valid", err.text);
        model_reload(m, p);
        for (uint32_t points = 0; points < NAIVE_CURRENCIES; points++)
            compare_balance(m, p, points);
    }
    for (int i = 0; i < NAIVE_PROFILES; i++)
        model_compare_member(m, &m->members[i]);
    model_compare_sums(m);
    for (uint32_t points = 0; points < NAIVE_CURRENCIES; points++) {
        __int128 sum = 0;
        for (int a = 0; a < TS_ACCOUNT_COUNT; a++)
            sum += (__int128)m->ledger.brand[points][a] + m->ledger.members[points][a];
        model_expect(m, "sum of all accounts", 0, sum != 0);
    }
    recompute_chain(m);
}
