/* SPDX-License-Identifier: Apache-2.0 */
/* Ledger transactions out of the tables: two cursors side by side, one over transactions and one over entries, both in order.
 * What is stored is not trusted here: a row that no ledger can hold is said to be bad, with the reason. */
#include "store/internal.h"

enum ts_code store_ledger_open(struct store_ledger_cursor *c, sqlite3 *db, const char *prefix, uint64_t from,
                               struct ts_error *err)
{
    *c = (struct store_ledger_cursor){0};
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT id, movement, record, at, rule, lot, of_transaction, desired, note, head"
             " FROM %sledger_transaction WHERE id >= ? ORDER BY id",
             prefix);
    enum ts_code code = store_db_prepare(db, sql, &c->transactions, err);
    /* Entries are numbered in the order of their transactions, so the place to begin is found by halving. */
    uint64_t low = 1, high = 1;
    if (code == TS_OK && from > 1) {
        snprintf(sql, sizeof sql, "SELECT max(seq) + 1 FROM %sledger_entry", prefix);
        code = store_db_number(db, sql, &high, err);
    }
    sqlite3_stmt *probe = NULL;
    snprintf(sql, sizeof sql, "SELECT transaction_id FROM %sledger_entry WHERE seq >= ? ORDER BY seq LIMIT 1", prefix);
    if (code == TS_OK) code = store_db_prepare(db, sql, &probe, err);
    while (code == TS_OK && low < high) {
        const uint64_t middle = low + (high - low) / 2;
        bool found = false;
        store_db_bind_u64(probe, 1, middle);
        code = store_db_step(probe, &found, err);
        if (found && store_db_u64(probe, 0) < from)
            low = middle + 1;
        else
            high = middle;
        sqlite3_reset(probe);
    }
    sqlite3_finalize(probe);
    snprintf(
        sql, sizeof sql,
        "SELECT seq, transaction_id, account, member, points, amount FROM %sledger_entry WHERE seq >= ? ORDER BY seq",
        prefix);
    if (code == TS_OK) code = store_db_prepare(db, sql, &c->entries, err);
    if (code == TS_OK) {
        store_db_bind_u64(c->transactions, 1, from);
        store_db_bind_u64(c->entries, 1, low);
        code = store_db_step(c->entries, &c->entry_there, err);
    }
    if (code != TS_OK) store_ledger_close(c);
    return code;
}

void store_ledger_close(struct store_ledger_cursor *c)
{
    sqlite3_finalize(c->transactions);
    sqlite3_finalize(c->entries);
    *c = (struct store_ledger_cursor){0};
}

static void say(struct store_ledger_cursor *c, const char *problem)
{
    if (!c->bad) snprintf(c->problem, sizeof c->problem, "%s", problem);
    c->bad = true;
}

static void read_transaction(struct store_ledger_cursor *c, struct ts_transaction *t)
{
    sqlite3_stmt *q = c->transactions;
    const sqlite3_int64 movement = sqlite3_column_int64(q, 1), rule = sqlite3_column_int64(q, 4);
    t->id = store_db_u64(q, 0);
    t->movement = (uint8_t)movement;
    t->record = store_db_u64(q, 2);
    t->at = sqlite3_column_int64(q, 3);
    t->rule = (uint32_t)rule;
    t->lot = store_db_u64(q, 5);
    t->of = store_db_u64(q, 6);
    t->desired = sqlite3_column_int64(q, 7);
    t->note = store_db_text(q, 8);
    t->n_entries = 0;
    t->seq = 0;
    const struct ts_str head = store_db_text(q, 9);
    memset(t->head, 0, sizeof t->head);
    if (head.len == sizeof t->head)
        memcpy(t->head, head.ptr, sizeof t->head);
    else
        say(c, "its hash has not 32 bytes");
    if (movement < TS_MOVE_EARN || movement > TS_MOVE_CLAWBACK) say(c, "it is of no kind that there is");
    if (rule < 0 || rule > UINT32_MAX) say(c, "its rule is no number of a rule");
}

static void read_entry(struct store_ledger_cursor *c, struct ts_transaction *t)
{
    sqlite3_stmt *q = c->entries;
    const sqlite3_int64 account = sqlite3_column_int64(q, 2), points = sqlite3_column_int64(q, 4);
    const uint64_t seq = store_db_u64(q, 0);
    if (t->n_entries == 0) t->seq = seq;
    if (t->n_entries == TS_ENTRIES_MAX) {
        say(c, "it has too many entries");
        return;
    }
    if (seq != t->seq + t->n_entries) say(c, "its entries are not numbered one after the other");
    if (account <= 0 || account >= TS_ACCOUNT_COUNT) say(c, "an entry is on no account that there is");
    if (points < 0 || points >= TS_CURRENCIES_MAX) say(c, "an entry is of no currency that there is");
    t->entries[t->n_entries++] = (struct ts_entry){
        .account = (uint8_t)account,
        .profile = store_db_u64(q, 3),
        .points = (uint32_t)points,
        .amount = sqlite3_column_int64(q, 5),
    };
}

enum ts_code store_ledger_next(struct store_ledger_cursor *c, struct ts_transaction *ret, bool *ret_found,
                               struct ts_error *err)
{
    c->bad = false;
    enum ts_code code = store_db_step(c->transactions, ret_found, err);
    if (code != TS_OK || !*ret_found) return code;
    read_transaction(c, ret);
    while (code == TS_OK && c->entry_there && store_db_u64(c->entries, 1) <= ret->id) {
        if (store_db_u64(c->entries, 1) == ret->id)
            read_entry(c, ret);
        else
            say(c, "entries of another transaction stand in front of its own");
        code = store_db_step(c->entries, &c->entry_there, err);
    }
    if (ret->n_entries == 0) say(c, "it has no entries");
    return code;
}
