/* SPDX-License-Identifier: Apache-2.0 */
/* The naive model. No header of core/ is included here, and nothing is clever: every question is a scan over all lots. */
#include "naive.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void naive_release(struct naive *n)
{
    free(n->lots);
    free(n->slices);
}

/* ---- the journal of movements: entries and the chain --------------------------------------------------------- */

static struct naive_transaction *open_transaction(struct naive *n, int movement, uint64_t lot,
                                                  const struct naive_cause *c)
{
    if (n->n_made == NAIVE_MADE) abort();
    struct naive_transaction *t = &n->made[n->n_made++];
    memset(t, 0, sizeof *t);
    t->id = ++n->transactions;
    t->seq = n->entries + 1;
    t->movement = movement;
    t->lot = lot;
    t->record = c->record;
    t->at = c->at;
    t->rule = c->rule;
    return t;
}

static void enter(struct naive *n, struct naive_transaction *t, int account, int profile, uint32_t points,
                  int64_t amount)
{
    n->account[profile][points][account] += amount;
    n->entries++;
    t->entries[t->n_entries++] = (struct naive_entry){account, profile, points, amount};
}

static void put(uint8_t *bytes, size_t *len, uint64_t v)
{
    for (; v > 127; v /= 128)
        bytes[(*len)++] = (uint8_t)(v % 128 + 128);
    bytes[(*len)++] = (uint8_t)v;
}

static void put_signed(uint8_t *bytes, size_t *len, int64_t v)
{
    put(bytes, len, v >= 0 ? 2 * (uint64_t)v : 2 * ((uint64_t)0 - (uint64_t)v) - 1);
}

static void close_transaction(struct naive *n, struct naive_transaction *t)
{
    uint8_t bytes[8192];
    size_t len = 32;
    if (t->note_len > 4096) abort();
    memcpy(bytes, n->head, 32);
    put(bytes, &len, t->id);
    put(bytes, &len, t->seq);
    put(bytes, &len, (uint64_t)t->movement);
    put(bytes, &len, t->record);
    put_signed(bytes, &len, t->at);
    put(bytes, &len, t->rule);
    put(bytes, &len, t->lot);
    put(bytes, &len, t->of);
    put_signed(bytes, &len, t->desired);
    put(bytes, &len, t->note ? t->note_len + 1 : 0);
    for (size_t i = 0; i < t->note_len; i++)
        bytes[len++] = (uint8_t)t->note[i];
    put(bytes, &len, (uint64_t)t->n_entries);
    for (int i = 0; i < t->n_entries; i++) {
        put(bytes, &len, (uint64_t)t->entries[i].account);
        put(bytes, &len, (uint64_t)t->entries[i].profile);
        put(bytes, &len, t->entries[i].points);
        put_signed(bytes, &len, t->entries[i].amount);
    }
    crypto_generichash(n->head, 32, bytes, len, NULL, 0);
    memcpy(t->head, n->head, 32);
}

static void set_note(struct naive_transaction *t, const struct naive_cause *c)
{
    t->note = c->note;
    t->note_len = c->note_len;
}

/* ---- lots ---------------------------------------------------------------------------------------------------- */

static struct naive_lot *find_lot(const struct naive *n, uint64_t id)
{
    for (size_t i = 0; i < n->n_lots; i++) {
        if (n->lots[i].id == id) return &n->lots[i];
    }
    return NULL;
}

const struct naive_lot *naive_lot(const struct naive *n, uint64_t id) { return find_lot(n, id); }

static void add_lot(struct naive *n, const struct naive_lot *lot)
{
    if (n->n_lots == n->cap) {
        n->cap = n->cap ? 2 * n->cap : 64;
        n->lots = realloc(n->lots, n->cap * sizeof *n->lots);
        if (!n->lots) abort();
    }
    n->lots[n->n_lots++] = *lot;
}

static void drop_empty_lots(struct naive *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->n_lots; i++) {
        if (n->lots[i].remaining != 0) n->lots[kept++] = n->lots[i];
    }
    n->n_lots = kept;
}

static bool is_in(const struct naive_union *u, int profile)
{
    for (int i = 0; i < u->n; i++) {
        if (u->profiles[i] == profile) return true;
    }
    return false;
}

static bool is_spendable(const struct naive_lot *lot, const struct naive_union *u, uint32_t points, int64_t at)
{
    return lot->points == points && !lot->pending && at < lot->expires && is_in(u, lot->profile);
}

int64_t naive_spendable(const struct naive *n, const struct naive_union *u, uint32_t points, int64_t at)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n->n_lots; i++) {
        if (is_spendable(&n->lots[i], u, points, at)) sum += n->lots[i].remaining;
    }
    return sum;
}

bool naive_next_due(const struct naive *n, int profile, int64_t *due, uint64_t *lot, bool *activates)
{
    bool found = false;
    for (size_t i = 0; i < n->n_lots; i++) {
        const struct naive_lot *x = &n->lots[i];
        if (profile != 0 && x->profile != profile) continue;
        const bool activation = x->pending && x->activates <= x->expires;
        const int64_t when = activation ? x->activates : x->expires;
        if (when == NAIVE_NEVER || (found && when >= *due)) continue; /* equal: the older lot, found before, is first */
        found = true;
        *due = when;
        *lot = x->id;
        *activates = activation;
    }
    return found;
}

/* ---- coming in ----------------------------------------------------------------------------------------------- */

static enum naive_result check(uint32_t points, int64_t amount)
{
    if (points >= NAIVE_CURRENCIES) return NAIVE_OVERFLOW;
    if (amount < 1) return NAIVE_USAGE;
    return amount > NAIVE_LIMIT ? NAIVE_OVERFLOW : NAIVE_OK;
}

/* A wallet holds at most the limit; what was ever paid out, and what is there, counts up to 64 bits. */
static bool has_room(const struct naive *n, int profile, uint32_t points, int64_t amount, int source)
{
    __int128 mine = 0, all = 0;
    for (size_t i = 0; i < n->n_lots; i++) {
        if (n->lots[i].points != points) continue;
        all += n->lots[i].remaining;
        if (n->lots[i].profile == profile) mine += n->lots[i].remaining;
    }
    all += n->account[0][points][NAIVE_SPENT];
    all += n->account[0][points][NAIVE_EXPIRED];
    return mine + amount <= NAIVE_LIMIT && all + amount <= INT64_MAX &&
           (__int128)n->account[0][points][source] - amount >= INT64_MIN;
}

static void expire_lot(struct naive *n, struct naive_lot *lot, const struct naive_cause *c)
{
    struct naive_transaction *t = open_transaction(n, NAIVE_EXPIRE, lot->id, c);
    enter(n, t, lot->pending ? NAIVE_PENDING : NAIVE_AVAILABLE, lot->profile, lot->points, -lot->remaining);
    enter(n, t, NAIVE_EXPIRED, 0, lot->points, lot->remaining);
    close_transaction(n, t);
    lot->remaining = 0;
}

/* A lot that has just become available: past its expiry it can pay nothing; else debts first. */
static void repay_from(struct naive *n, struct naive_lot *lot, const struct naive_union *u, const struct naive_cause *c)
{
    if (c->at >= lot->expires) return;
    for (int i = 0; i < u->n; i++) {
        const int64_t debt = -n->account[u->profiles[i]][lot->points][NAIVE_DEBT];
        const int64_t amount = debt < lot->remaining ? debt : lot->remaining;
        if (amount == 0) continue;
        struct naive_transaction *t = open_transaction(n, NAIVE_REPAY, lot->id, c);
        enter(n, t, NAIVE_AVAILABLE, lot->profile, lot->points, -amount);
        enter(n, t, NAIVE_DEBT, u->profiles[i], lot->points, amount);
        close_transaction(n, t);
        lot->remaining -= amount;
    }
}

static enum naive_result issue(struct naive *n, int profile, const struct naive_union *u, const struct naive_award *a,
                               int movement, int source, const struct naive_cause *c)
{
    const enum naive_result bad = check(a->points, a->amount);
    if (bad != NAIVE_OK) return bad;
    if (!has_room(n, profile, a->points, a->amount, source)) return NAIVE_OVERFLOW;

    const bool pending = a->activates > c->at;
    struct naive_transaction *t = open_transaction(n, movement, n->transactions + 1, c);
    t->of = a->of;
    t->desired = a->desired;
    set_note(t, c);
    enter(n, t, source, 0, a->points, -a->amount);
    enter(n, t, pending ? NAIVE_PENDING : NAIVE_AVAILABLE, profile, a->points, a->amount);
    close_transaction(n, t);
    const struct naive_lot lot = {
        .id = t->id,
        .record = c->record,
        .profile = profile,
        .points = a->points,
        .rule = c->rule,
        .pending = pending,
        .original = a->amount,
        .remaining = a->amount,
        .earned = a->earned,
        .activates = a->activates,
        .expires = a->expires,
    };
    add_lot(n, &lot);
    if (!pending && a->expires <= c->at) expire_lot(n, find_lot(n, t->id), c);
    if (!pending && a->expires > c->at) repay_from(n, find_lot(n, t->id), u, c);
    drop_empty_lots(n);
    return NAIVE_OK;
}

enum naive_result naive_award(struct naive *n, int profile, const struct naive_union *u, const struct naive_award *a,
                              const struct naive_cause *c)
{
    n->n_made = 0;
    return issue(n, profile, u, a, a->bonus ? NAIVE_BONUS : NAIVE_EARN, NAIVE_ISSUED, c);
}

enum naive_result naive_activate(struct naive *n, uint64_t id, const struct naive_union *u, const struct naive_cause *c)
{
    n->n_made = 0;
    struct naive_lot *lot = find_lot(n, id);
    if (!lot || !lot->pending) return NAIVE_NOT_FOUND;
    struct naive_transaction *t = open_transaction(n, NAIVE_ACTIVATE, id, c);
    set_note(t, c);
    enter(n, t, NAIVE_PENDING, lot->profile, lot->points, -lot->remaining);
    enter(n, t, NAIVE_AVAILABLE, lot->profile, lot->points, lot->remaining);
    close_transaction(n, t);
    lot->pending = false;
    repay_from(n, lot, u, c);
    drop_empty_lots(n);
    return NAIVE_OK;
}

enum naive_result naive_extend(struct naive *n, uint64_t id, int64_t expires, const struct naive_cause *c)
{
    n->n_made = 0;
    struct naive_lot *lot = find_lot(n, id);
    if (!lot || c->at >= lot->expires) return NAIVE_NOT_FOUND;
    if (expires <= lot->expires) return NAIVE_USAGE;
    const int account = lot->pending ? NAIVE_PENDING : NAIVE_AVAILABLE;
    struct naive_transaction *t = open_transaction(n, NAIVE_EXTEND, id, c);
    set_note(t, c);
    enter(n, t, account, lot->profile, lot->points, -lot->remaining);
    enter(n, t, account, lot->profile, lot->points, lot->remaining);
    close_transaction(n, t);
    lot->expires = expires;
    return NAIVE_OK;
}

void naive_owe(struct naive *n, int profile, uint32_t points, int64_t amount)
{
    n->n_made = 0;
    n->account[profile][points][NAIVE_DEBT] -= amount;
    n->account[0][points][NAIVE_ISSUED] += amount;
}

/* ---- going out ----------------------------------------------------------------------------------------------- */

enum naive_result naive_expire(struct naive *n, uint64_t id, const struct naive_cause *c)
{
    n->n_made = 0;
    struct naive_lot *lot = find_lot(n, id);
    if (!lot) return NAIVE_NOT_FOUND;
    expire_lot(n, lot, c);
    drop_empty_lots(n);
    return NAIVE_OK;
}

/* The lot to spend next: the earliest expiry (never is the latest of all), and of equals the lowest id. */
static struct naive_lot *next_to_spend(struct naive *n, const struct naive_union *u, uint32_t points, int64_t at)
{
    struct naive_lot *best = NULL;
    for (size_t i = 0; i < n->n_lots; i++) {
        struct naive_lot *x = &n->lots[i];
        if (x->remaining == 0 || !is_spendable(x, u, points, at)) continue;
        if (!best || x->expires < best->expires) best = x;
    }
    return best;
}

/* The next lot that a refund takes from: pending ones of the record, available ones of it, then as spending goes. */
static struct naive_lot *next_to_claw(struct naive *n, const struct naive_union *u, uint32_t points, uint64_t record,
                                      int64_t at)
{
    for (size_t i = 0; i < n->n_lots; i++) {
        struct naive_lot *x = &n->lots[i];
        if (x->remaining && x->pending && x->points == points && x->record == record && is_in(u, x->profile)) return x;
    }
    for (size_t i = 0; i < n->n_lots; i++) {
        struct naive_lot *x = &n->lots[i];
        if (x->remaining && x->record == record && is_spendable(x, u, points, at)) return x;
    }
    return next_to_spend(n, u, points, at);
}

enum naive_result naive_clawback(struct naive *n, int profile, const struct naive_union *u, uint32_t points,
                                 int64_t amount, uint64_t record, uint64_t of, bool floor, const struct naive_cause *c,
                                 int64_t *ret_taken)
{
    int64_t pending[NAIVE_PROFILES + 1] = {0}, available[NAIVE_PROFILES + 1] = {0}, left = amount;
    n->n_made = 0;
    const enum naive_result bad = check(points, amount);
    if (bad != NAIVE_OK) return bad;
    int64_t there = 0; /* nothing is changed before it is known that nothing refuses */
    for (size_t i = 0; i < n->n_lots; i++) {
        const struct naive_lot *x = &n->lots[i];
        const bool own = x->pending && x->points == points && x->record == record && is_in(u, x->profile);
        if (own || is_spendable(x, u, points, c->at)) there += x->remaining;
    }
    const int64_t short_of = floor || there >= amount ? 0 : amount - there;
    if (short_of - n->account[profile][points][NAIVE_DEBT] > NAIVE_LIMIT ||
        (__int128)n->account[0][points][NAIVE_ISSUED] + amount > INT64_MAX)
        return NAIVE_OVERFLOW;
    for (struct naive_lot *lot; left > 0 && (lot = next_to_claw(n, u, points, record, c->at)) != NULL;) {
        const int64_t part = lot->remaining < left ? lot->remaining : left;
        (lot->pending ? pending : available)[lot->profile] += part;
        lot->remaining -= part;
        left -= part;
    }
    *ret_taken = amount - left + short_of;
    if (*ret_taken == 0) return NAIVE_OK;
    struct naive_transaction *t = open_transaction(n, NAIVE_CLAWBACK, 0, c);
    t->of = of;
    t->desired = amount;
    set_note(t, c);
    for (int i = 0; i < u->n; i++) {
        const int p = u->profiles[i];
        if (pending[p]) enter(n, t, NAIVE_PENDING, p, points, -pending[p]);
        if (available[p]) enter(n, t, NAIVE_AVAILABLE, p, points, -available[p]);
    }
    if (short_of) enter(n, t, NAIVE_DEBT, profile, points, -short_of);
    enter(n, t, NAIVE_ISSUED, 0, points, *ret_taken);
    close_transaction(n, t);
    drop_empty_lots(n);
    return NAIVE_OK;
}

static void add_slice(struct naive *n, const struct naive_lot *lot, int64_t amount)
{
    if (n->n_slices == n->slices_cap) {
        n->slices_cap = n->slices_cap ? 2 * n->slices_cap : 64;
        n->slices = realloc(n->slices, n->slices_cap * sizeof *n->slices);
        if (!n->slices) abort();
    }
    n->slices[n->n_slices++] = (struct naive_slice){lot->id, lot->profile, amount};
}

static enum naive_result take(struct naive *n, const struct naive_union *u, uint32_t points, int64_t amount,
                              int movement, int into, const struct naive_cause *c)
{
    const enum naive_result bad = check(points, amount);
    if (bad != NAIVE_OK) return bad;
    if (naive_spendable(n, u, points, c->at) < amount) return NAIVE_INSUFFICIENT;
    if ((__int128)n->account[0][points][into] + amount > INT64_MAX) return NAIVE_OVERFLOW;

    n->n_slices = 0;
    for (int64_t left = amount; left > 0;) {
        struct naive_lot *lot = next_to_spend(n, u, points, c->at);
        const int64_t part = lot->remaining < left ? lot->remaining : left;
        add_slice(n, lot, part);
        lot->remaining -= part;
        left -= part;
    }
    struct naive_transaction *t = open_transaction(n, movement, n->n_slices == 1 ? n->slices[0].lot : 0, c);
    set_note(t, c);
    for (size_t i = 0; i < n->n_slices; i++) {
        int64_t sum = 0;
        bool seen = false;
        for (size_t k = 0; k < n->n_slices; k++) {
            if (n->slices[k].profile != n->slices[i].profile) continue;
            sum += n->slices[k].amount;
            if (k < i) seen = true;
        }
        if (!seen) enter(n, t, NAIVE_AVAILABLE, n->slices[i].profile, points, -sum);
    }
    enter(n, t, into, 0, points, amount);
    close_transaction(n, t);
    drop_empty_lots(n);
    return NAIVE_OK;
}

enum naive_result naive_spend(struct naive *n, const struct naive_union *u, uint32_t points, int64_t amount,
                              const struct naive_cause *c)
{
    n->n_made = 0;
    return take(n, u, points, amount, NAIVE_SPEND, NAIVE_SPENT, c);
}

enum naive_result naive_adjust(struct naive *n, int profile, const struct naive_union *u, uint32_t points,
                               int64_t amount, int64_t expires, const struct naive_cause *c)
{
    n->n_made = 0;
    if (amount <= 0) {
        if (amount < -NAIVE_LIMIT) return NAIVE_OVERFLOW;
        return take(n, u, points, -amount, NAIVE_ADJUST, NAIVE_ADJUSTED, c);
    }
    const struct naive_award a = {
        .points = points, .amount = amount, .earned = c->at, .activates = c->at, .expires = expires};
    return issue(n, profile, u, &a, NAIVE_ADJUST, NAIVE_ADJUSTED, c);
}
