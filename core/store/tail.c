/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger, wherever it is: in state.db, and, in a store that may not write, in memory behind it. */
#include "store/internal.h"

/* READ: one cut, kept, since a backup writes it too. DRY: the engine goes on, so each look takes what came since. */
enum ts_code store_tail(struct ts_store *s, struct ts_error *err)
{
    if (s->mode == TS_STORE_WRITE || (s->mode == TS_STORE_READ && s->tail_job)) return TS_OK;
    if (s->tail_lost) {
        ts_fail(err, TS_E_REFUSED, "the checkpoint is too far behind the journal to show the ledger");
        ts_error_hint(err, "run a command that writes: it brings the checkpoint up to date");
        return TS_E_REFUSED;
    }
    struct store_job *job = NULL;
    enum ts_code code = store_job_make(s, s->mode == TS_STORE_READ, &job, err);
    if (job && !ts_buf_add(&s->tail_ledger, job->cut.ledger.ptr, job->cut.ledger.len) && code == TS_OK)
        code = ts_fail(err, TS_E_MEMORY, "out of memory");
    if (job && s->mode == TS_STORE_READ)
        s->tail_job = job;
    else if (job)
        store_job_release(s, job);
    return code;
}

/* A tail of millions of records: keep memory for the state, and let go of the ledger's history. */
enum ts_code store_tail_drop(struct ts_store *s, struct ts_error *err)
{
    struct store_job *job = NULL;
    enum ts_code code = store_job_make(s, false, &job, err);
    if (job) store_job_release(s, job);
    s->tail_lost = true;
    return code;
}

static enum ts_code stored(struct ts_store *s, uint64_t from, bool (*fn)(void *, const struct ts_transaction *),
                           void *arg, struct ts_transaction *t, bool *more, struct ts_error *err)
{
    struct store_ledger_cursor c;
    bool found = false;
    enum ts_code code = store_ledger_open(&c, s->read_state, "", from, err);
    if (code != TS_OK) return code;
    while (*more && (code = store_ledger_next(&c, t, &found, err)) == TS_OK && found) {
        if (c.bad) {
            code = ts_fail(err, TS_E_DAMAGED, "ledger_transaction %llu: %s", (unsigned long long)t->id, c.problem);
            break;
        }
        *more = fn(arg, t);
    }
    store_ledger_close(&c);
    return code;
}

enum ts_code ts_store_ledger(struct ts_store *s, uint64_t from, bool (*fn)(void *, const struct ts_transaction *),
                             void *arg, struct ts_error *err)
{
    enum ts_code code = s->mode == TS_STORE_WRITE ? ts_store_checkpoint(s, err) : store_tail(s, err);
    if (code != TS_OK) return code;
    struct ts_transaction *t = ts_alloc(sizeof *t);
    if (!t) return ts_fail(err, TS_E_MEMORY, "out of memory");
    bool more = true;
    if (s->read_state) code = stored(s, from, fn, arg, t, &more, err);
    struct ts_reader in = ts_reader(s->tail_ledger.data, s->tail_ledger.len);
    while (code == TS_OK && more && in.p < in.end) {
        if (!ts_transaction_decode(&in, t))
            code = ts_fail(err, TS_E_INTERNAL, "a transaction in memory cannot be read");
        else if (t->id >= from)
            more = fn(arg, t);
    }
    ts_free(t);
    return code;
}
