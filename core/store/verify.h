/* SPDX-License-Identifier: Apache-2.0 */
/* `verify` inside: one walk over the journal rebuilds everything in a second engine; what is stored is held against it, and against
 * itself. Nothing stored is trusted, and a damaged folder gives a report, never a crash.
 *
 *   verify.c        opening, the report, acknowledgements     verify_walk.c   the journal, rebuilding, caps, keys
 *   verify_ledger.c transactions: sums, chain, comparison     verify_lots.c   lots spent again in a model of their own
 *   verify_state.c  images, identifiers, names, cold keys     verify_replay.c the rules run again */
#ifndef TS_STORE_VERIFY_H
#define TS_STORE_VERIFY_H

#include "store/internal.h"
#include "store/map.h"

enum verify_id {
    V_I1,
    V_I2,
    V_I3,
    V_I4,
    V_I5,
    V_I6,
    V_I8,
    V_I9,
    V_I10,
    V_I11,
    V_I12,
    V_I13,
    V_I14,
    V_I15,
    V_I16,
    V_REPLAY,
    V_COUNT
};

struct model_lot {
    uint64_t id, record;
    ts_ms expires;
    int64_t remaining;
    uint32_t next, points; /* next of the profile, +1 */
    bool pending;
};
struct model_birth { /* an effect that makes a lot, extends one or takes points back, waiting for its transaction */
    uint64_t record, lot; /* lot 0: it makes one; of a clawback, the record whose lots go first */
    uint32_t points;
    int64_t amount;
    ts_ms expires;
};
struct verify_lots {
    TS_VEC(struct model_lot) lots;
    uint32_t free;          /* +1: first unused */
    struct store_map first; /* profile -> its first lot, +1 */
    TS_VEC(struct model_birth) births;
    uint32_t next_birth;
    bool broken; /* outcomes and ledger disagree: the model says nothing from here on */
};

struct verify {
    struct ts_verify *out;
    struct ts_error *err;
    sqlite3 *journal, *state; /* state NULL: none, or none that can be used */
    struct store_identity identity;
    uint64_t end, watermark,
        older;                /* older: rows up to there are an older engine's, whose digests are of other images */
    struct ts_engine *engine; /* rebuilt so far */
    struct store_cold cold;   /* its cold keys */
    bool stopped;             /* a row could not be applied: there is nothing to hold the rest against */
    bool memory;              /* ran out */
    /* the ledger */
    struct store_ledger_cursor ledger;
    struct ts_transaction *stored, *made; /* the cursor's row; the rebuilt one */
    bool stored_there, ledger_open;
    uint64_t last_id, last_seq;
    uint8_t head[32];
    struct store_map balances; /* profile * 64 + points -> sums of pending, available, held, debt */
    struct verify_lots lots;
    /* the journal */
    struct store_map keys; /* hash of a command's key -> record */
    struct store_map ids;  /* hash of a message id -> record */
    struct store_map caps; /* hash of (profile, cap, period) -> used */
    struct store_map
        claws;       /* transaction that earned -> taken back, what its last refund says of that, 1: it says so */
    uint64_t clawed; /* profile of the last clawback of the row in hand */
    struct ts_json json;
    uint64_t ids_sum, ids_n; /* over (hash, record): what the stored index must add up to, up to the watermark */
    ts_ms time, received_at;
};

/* verify.c */
void verify_checked(struct verify *v, enum verify_id id, uint64_t n);
/* A violation: texts are printf formats without arguments of more than what is given. */
struct ts_violation *verify_broken(struct verify *v, enum verify_id id, const char *where, ...) TS_PRINTF(3, 4);
void verify_say(struct ts_violation *x, const char *expected, const char *found);
void verify_say_numbers(struct ts_violation *x, int64_t expected, int64_t found);
struct ts_host verify_host(struct verify *v);

/* verify_walk.c */
enum ts_code verify_walk(struct verify *v);
/* verify_ledger.c */
enum ts_code verify_ledger_begin(struct verify *v);
enum ts_code verify_ledger_made(struct verify *v, struct ts_str transactions); /* rebuilt ones, encoded */
enum ts_code verify_ledger_rest(struct verify *v);                             /* what is stored and was not met */
/* verify_lots.c */
void verify_lots_effect(struct verify *v, uint64_t record, const struct ts_effect *fx);
void verify_lots_transaction(struct verify *v, const struct ts_transaction *t);
const struct model_lot *verify_lots_find(const struct verify *v, uint64_t profile, uint64_t id);
uint32_t verify_lots_count(const struct verify *v, uint64_t profile);
void verify_lots_release(struct verify *v);
/* verify_state.c: stored tables as of the watermark; `compare`: also against the engine */
enum ts_code verify_state(struct verify *v, bool compare);
enum ts_code verify_memory(struct verify *v); /* the same invariants on the rebuilt images, at the end */
/* verify_tables.c */
enum ts_code
verify_tables(struct verify *v); /* names, identifiers, cold keys, message ids and figures against the engine */
/* verify_replay.c */
enum ts_code verify_replay(struct verify *v, const struct ts_sources *instead);

#endif
