/* SPDX-License-Identifier: Apache-2.0 */
/* One member's movements out of the whole ledger. */
#include "command/why.h"

struct scan {
    const uint64_t *numbers;
    uint32_t n;
    struct ts_arena *arena;
    ts_why_moves *moves;
    int64_t balance[TS_CURRENCIES_MAX];
    bool failed;
};

static bool is_mine(const struct scan *s, uint64_t profile)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->numbers[i] == profile) return true;
    return false;
}

static bool on_transaction(void *arg, const struct ts_transaction *t)
{
    struct scan *s = arg;
    int64_t in = 0, out = 0;
    uint32_t points = 0;
    for (uint32_t i = 0; i < t->n_entries; i++) {
        const struct ts_entry *e = &t->entries[i];
        if (!ts_account_is_members((enum ts_account)e->account) || !is_mine(s, e->profile)) continue;
        points = e->points;
        if (e->amount > 0)
            in += e->amount;
        else
            out -= e->amount;
    }
    if (!points) return true;
    struct ts_why_move *m = ts_vec_push(s->moves);
    if (!m) {
        s->failed = true;
        return false;
    }
    int64_t *balance = &s->balance[points % TS_CURRENCIES_MAX];
    *balance += in - out;
    /* Between two accounts of the member (activation, repayment) what moved is one side of it. */
    *m = (struct ts_why_move){.id = t->id,
                              .record = t->record,
                              .lot = t->lot,
                              .of = t->of,
                              .points = points,
                              .rule = t->rule,
                              .movement = t->movement,
                              .amount = in && out ? in : in - out,
                              .balance = *balance,
                              .at = t->at};
    if (t->note.len) m->note = ts_arena_dup(s->arena, t->note);
    return true;
}

enum ts_code ts_why_moves_read(struct ts_session *s, const uint64_t *numbers, uint32_t n, struct ts_arena *arena,
                               ts_why_moves *ret)
{
    struct scan scan = {.numbers = numbers, .n = n, .arena = arena, .moves = ret};
    enum ts_code code = ts_store_ledger(s->store, 0, on_transaction, &scan, &s->run->error);
    return code == TS_OK && scan.failed ? ts_run_memory(s->run) : code;
}

const struct ts_why_move *ts_why_moves_find(const ts_why_moves *moves, uint64_t transaction)
{
    uint32_t low = 0, high = moves->len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (moves->at[middle].id < transaction)
            low = middle + 1;
        else
            high = middle;
    }
    return low < moves->len && moves->at[low].id == transaction ? &moves->at[low] : NULL;
}
