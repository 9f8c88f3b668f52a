/* SPDX-License-Identifier: Apache-2.0 */
/* Building a transaction: begin, post entries, finish. Posting is the only place where a balance changes, and it writes
 * the entry in the same breath, so balances are the sums of the entries by construction. */
#include "ledger/internal.h"

enum ts_code ledger_fail(struct ts_error *err, enum ts_code code, const char *name, const char *text)
{
    ts_fail(err, code, "%s", text);
    if (err) ts_error_name(err, name);
    return code;
}

enum ts_code ledger_no_memory(struct ts_wallet *w, struct ts_error *err)
{
    w->failed = true;
    return ts_fail(err, TS_E_MEMORY, "out of memory while points were moved");
}

/* Entries are 8 KB of the struct; only what is used is ever written. */
void ledger_begin(struct ts_ledger *l, struct ts_transaction *t, enum ts_movement movement, const struct ts_cause *c)
{
    t->id = l->transactions + 1;
    t->seq = l->entries + 1;
    t->movement = (uint8_t)movement;
    t->record = c->record;
    t->at = c->at;
    t->rule = c->rule;
    t->lot = 0;
    t->of = 0;
    t->desired = 0;
    t->note = (struct ts_str){NULL, 0};
    t->n_entries = 0;
}

static void add_entry(struct ts_transaction *t, enum ts_account account, uint64_t profile, uint32_t points,
                      int64_t amount)
{
    struct ts_entry *e = &t->entries[t->n_entries++];
    e->account = (uint8_t)account;
    e->profile = profile;
    e->points = points;
    e->amount = amount;
}

void ledger_post_member(struct ts_ledger *l, struct ts_transaction *t, struct ts_wallet *w, uint32_t points,
                        enum ts_account account, int64_t amount)
{
    *ledger_balance_field(ledger_balance_find(w, points), account) += amount;
    l->members[points][account] += amount;
    w->changed = true;
    add_entry(t, account, w->profile, points, amount);
}

void ledger_post_brand(struct ts_ledger *l, struct ts_transaction *t, uint32_t points, enum ts_account account,
                       int64_t amount)
{
    l->brand[points][account] += amount;
    add_entry(t, account, 0, points, amount);
}

enum ts_code ledger_finish(struct ts_ledger *l, struct ts_transaction *t, struct ts_wallet *w, struct ts_error *err)
{
    l->transactions = t->id;
    l->entries += t->n_entries;
    ts_ledger_chain(l->head, t, t->head);
    memcpy(l->head, t->head, sizeof l->head);
    if (l->sink && !l->sink(l->sink_arg, t)) return ledger_no_memory(w, err);
    return TS_OK;
}
