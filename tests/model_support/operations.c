/* SPDX-License-Identifier: Apache-2.0 */
/* One random operation, done to the ledger and to the naive model. Times are whole hours and currencies few, so that equal
 * instants, exact balances and used-up lots come about all the time: that is where mistakes live. */
#include "model.h"

#include <inttypes.h>
#include <stdlib.h>

#define HOUR INT64_C(3600000)
#define START INT64_C(1768442400000) /* 2026-01-15T02:00:00Z */

const uint32_t model_currencies[MODEL_CURRENCIES] = {0, 2, 17, 63};

#define MODEL_NAME(e, name, weight) name,
static const char *const names[] = {MODEL_OPERATIONS(MODEL_NAME)};
#undef MODEL_NAME
#define MODEL_WEIGHT(e, name, weight) weight,
static const uint8_t weights[] = {MODEL_OPERATIONS(MODEL_WEIGHT)};
#undef MODEL_WEIGHT

const char *model_operation_name(enum model_operation o) { return names[o]; }

void model_init(struct model *m, uint64_t seed, uint64_t operations)
{
    memset(m, 0, sizeof *m);
    m->seed = seed;
    m->operations = operations;
    m->rng.state = seed;
    m->now = START;
    m->ledger.sink = model_sink;
    m->ledger.sink_arg = m;
    for (int p = 1; p <= NAIVE_PROFILES; p++) {
        m->wallets[p].profile = (uint64_t)p;
        m->members[p - 1] = (struct naive_union){{p}, 1};
    }
}

void model_release(struct model *m)
{
    for (int p = 1; p <= NAIVE_PROFILES; p++)
        ts_wallet_release(&m->wallets[p]);
    ts_vec_release(&m->kept);
    naive_release(&m->naive);
}

/* ---- choosing -------------------------------------------------------------------------------------------------- */

static uint64_t below(struct model *m, uint64_t n) { return ts_rng_below(&m->rng, n); }
static bool one_in(struct model *m, uint64_t n) { return below(m, n) == 0; }

/* Who acts: a member, one of its profiles, and its wallets for the ledger. */
struct actor {
    struct naive_union *u;
    int profile;
    struct ts_wallet *wallets[NAIVE_PROFILES];
};

static void actor_of(struct model *m, struct actor *a, int profile)
{
    a->profile = profile;
    a->u = &m->members[0];
    for (int i = 0; i < NAIVE_PROFILES; i++) {
        for (int k = 0; k < m->members[i].n; k++) {
            if (m->members[i].profiles[k] == profile) a->u = &m->members[i];
        }
    }
    for (int k = 0; k < a->u->n; k++)
        a->wallets[k] = &m->wallets[a->u->profiles[k]];
}

static uint32_t any_currency(struct model *m)
{
    if (one_in(m, 500)) return NAIVE_CURRENCIES + (uint32_t)below(m, 3); /* there is none so high */
    return model_currencies[below(m, MODEL_CURRENCIES)];
}

static int64_t any_amount(struct model *m, uint32_t points)
{
    if (one_in(m, 200)) return -(int64_t)below(m, 2); /* 0 and -1 are no amounts */
    if (points == model_currencies[MODEL_HUGE] && one_in(m, 6)) return NAIVE_LIMIT - 500 + (int64_t)below(m, 1000);
    return 1 + (int64_t)below(m, one_in(m, 4) ? 5000 : 40);
}

static int64_t hours(struct model *m, uint64_t from, uint64_t to)
{
    return (int64_t)(from + below(m, to - from)) * HOUR;
}

/* Both forms of the same cause. */
struct causes {
    struct ts_cause ledger;
    struct naive_cause naive;
};

static struct causes any_cause(struct model *m)
{
    static const char text[] =
        "\"order A-1001\" 150 x 1.15 = 172, goodwill after a late parcel, campaign 'Lunar New Year', "
        "cap 500 a day; the note of an earning keeps the factors with which it was computed";
    const char *note = one_in(m, 5) ? NULL : text;
    const size_t len = note && !one_in(m, 8) ? below(m, sizeof text) : 0;
    const uint64_t record = m->step / 2 + 1;
    const uint32_t rule = (uint32_t)below(m, 12);
    return (struct causes){{record, m->now, rule, {note, len}}, {record, m->now, rule, note, len}};
}

/* Any lot number: mostly one that is there, sometimes one that is gone or never was. */
static uint64_t any_lot(struct model *m, bool pending)
{
    for (int tries = one_in(m, 20) ? 8 : 0; tries < 8 && m->naive.n_lots > 0; tries++) {
        const struct naive_lot *lot = &m->naive.lots[below(m, m->naive.n_lots)];
        if (!pending || lot->pending) return lot->id;
    }
    return below(m, m->naive.transactions + 2);
}

/* ---- one result of both ------------------------------------------------------------------------------------------ */

static const char *result_word(enum ts_code code) { return code == TS_OK ? "ok" : ts_code_name(code); }

/* The ledger answered as the naive model did; a refused call changed nothing. */
static bool agree(struct model *m, enum naive_result expected, enum ts_code found, const struct ts_error *err,
                  const struct ts_ledger *before)
{
    static const enum ts_code codes[] = {
        [NAIVE_OK] = TS_OK,
        [NAIVE_USAGE] = TS_E_USAGE,
        [NAIVE_OVERFLOW] = TS_E_LIMIT,
        [NAIVE_INSUFFICIENT] = TS_E_REFUSED,
        [NAIVE_NOT_FOUND] = TS_E_NOT_FOUND,
    };
    if (codes[expected] != found) model_differs(m, "result", result_word(codes[expected]), result_word(found));
    if (expected == NAIVE_INSUFFICIENT && strcmp(err->name, "insufficient_points") != 0)
        model_differs(m, "name of the refusal", "insufficient_points", err->name);
    if (expected != NAIVE_OK && memcmp(before, &m->ledger, sizeof *before) != 0)
        model_differs(m, "ledger after a refusal", "unchanged", "changed");
    return expected == NAIVE_OK;
}

/* ---- the operations: each returns whether it was accepted -------------------------------------------------------- */

static bool do_award(struct model *m, enum model_operation o)
{
    struct actor who;
    actor_of(m, &who, 1 + (int)below(m, NAIVE_PROFILES));
    struct naive_award a = {.points = any_currency(m), .of = 0, .bonus = o == MODEL_BONUS};
    a.amount = any_amount(m, a.points);
    a.desired = a.amount + (int64_t)(one_in(m, 3) ? below(m, 100) : 0);
    a.earned = m->now - (one_in(m, 3) ? hours(m, 0, 48) : 0); /* events may come late */
    if (a.bonus) a.of = 1 + below(m, m->naive.transactions + 1);
    const bool pending = o == MODEL_AWARD_PENDING || (a.bonus && one_in(m, 2));
    a.activates = pending ? m->now + hours(m, 1, 72) : a.earned;
    a.expires = one_in(m, 3) ? NAIVE_NEVER : a.activates + hours(m, 0, 400);
    if (o == MODEL_AWARD_OVER) a.expires = m->now - hours(m, 0, 3);
    if (one_in(m, 100)) a.expires = m->now + hours(m, 0, 24); /* before its activation, perhaps */

    const struct causes c = any_cause(m);
    const struct ts_award b = {a.points, a.amount, a.desired, a.earned, a.activates, a.expires, a.of, a.bonus};
    snprintf(m->what, sizeof m->what,
             "profile %d, currency %u, %" PRId64 " points, at %" PRId64 " %" PRId64 " %" PRId64, who.profile, a.points,
             a.amount, m->now, a.activates, a.expires);
    const struct ts_ledger before = m->ledger;
    struct ts_error err = {0};
    uint64_t id = 0;
    const enum naive_result expected = naive_award(&m->naive, who.profile, who.u, &a, &c.naive);
    const enum ts_code found = ts_ledger_award(&m->ledger, &m->wallets[who.profile], who.wallets, (uint32_t)who.u->n,
                                               &b, &c.ledger, &id, &err);
    const bool ok = agree(m, expected, found, &err, &before);
    model_expect(m, "number of the award", ok ? (int64_t)m->naive.made[0].id : 0, (int64_t)id);
    model_compare_made(m);
    model_compare_member(m, who.u);
    return ok;
}

static bool do_activate(struct model *m, uint64_t lot, const struct causes *c)
{
    const struct naive_lot *known = naive_lot(&m->naive, lot);
    struct actor who;
    actor_of(m, &who, known ? known->profile : 1);
    snprintf(m->what, sizeof m->what, "lot %" PRIu64 " of profile %d at %" PRId64, lot, who.profile, m->now);
    const struct ts_ledger before = m->ledger;
    struct ts_error err = {0};
    const enum naive_result expected = naive_activate(&m->naive, lot, who.u, &c->naive);
    const enum ts_code found = ts_ledger_activate(&m->ledger, &m->wallets[who.profile], who.wallets, (uint32_t)who.u->n,
                                                  lot, &c->ledger, &err);
    const bool ok = agree(m, expected, found, &err, &before);
    model_compare_made(m);
    model_compare_member(m, who.u);
    return ok;
}

static bool do_expire(struct model *m, uint64_t lot, const struct causes *c)
{
    const struct naive_lot *known = naive_lot(&m->naive, lot);
    struct actor who;
    actor_of(m, &who, known ? known->profile : 1);
    const int64_t remaining = known ? known->remaining : 0;
    snprintf(m->what, sizeof m->what, "lot %" PRIu64 " of profile %d at %" PRId64, lot, who.profile, m->now);
    const struct ts_ledger before = m->ledger;
    struct ts_error err = {0};
    int64_t amount = 0;
    uint64_t id = 0;
    const enum naive_result expected = naive_expire(&m->naive, lot, &c->naive);
    const enum ts_code found =
        ts_ledger_expire(&m->ledger, &m->wallets[who.profile], lot, &c->ledger, &amount, &id, &err);
    const bool ok = agree(m, expected, found, &err, &before);
    model_expect(m, "points expired", remaining, amount);
    model_expect(m, "number of the expiry", ok ? (int64_t)m->naive.made[0].id : 0, (int64_t)id);
    model_compare_made(m);
    model_compare_member(m, who.u);
    return ok;
}

static bool do_extend(struct model *m)
{
    const uint64_t lot = any_lot(m, false);
    const struct naive_lot *known = naive_lot(&m->naive, lot);
    struct actor who;
    actor_of(m, &who, known ? known->profile : 1);
    int64_t expires = m->now + hours(m, 0, 900);
    if (known && known->expires != NAIVE_NEVER && !one_in(m, 6)) expires = known->expires + hours(m, 1, 400);
    if (one_in(m, 12)) expires = NAIVE_NEVER;
    snprintf(m->what, sizeof m->what, "lot %" PRIu64 " of profile %d at %" PRId64 " to %" PRId64, lot, who.profile,
             m->now, expires);
    const struct causes c = any_cause(m);
    const struct ts_ledger before = m->ledger;
    struct ts_error err = {0};
    uint64_t id = 0;
    const enum naive_result expected = naive_extend(&m->naive, lot, expires, &c.naive);
    const enum ts_code found =
        ts_ledger_extend(&m->ledger, &m->wallets[who.profile], lot, expires, &c.ledger, &id, &err);
    const bool ok = agree(m, expected, found, &err, &before);
    model_expect(m, "number of the extension", ok ? (int64_t)m->naive.made[0].id : 0, (int64_t)id);
    model_compare_made(m);
    model_compare_member(m, who.u);
    return ok;
}

static bool do_clawback(struct model *m)
{
    const uint64_t lot = any_lot(m, false);
    const struct naive_lot *known = naive_lot(&m->naive, lot);
    struct actor who;
    actor_of(m, &who, known && !one_in(m, 10) ? known->profile : 1 + (int)below(m, NAIVE_PROFILES));
    const uint32_t points = known && !one_in(m, 20) ? known->points : any_currency(m);
    const uint64_t record = known ? known->record : 1 + below(m, m->step + 1);
    int64_t amount = any_amount(m, points);
    if (known && one_in(m, 2)) amount = known->original;
    const bool floor = one_in(m, 3);
    const struct ts_clawback k = {points, amount, record, lot, floor};
    snprintf(m->what, sizeof m->what,
             "profile %d of %d, currency %u, %" PRId64 " points of record %" PRIu64 " at %" PRId64, who.profile,
             who.u->n, points, amount, record, m->now);
    const struct causes c = any_cause(m);
    const struct ts_ledger before = m->ledger;
    struct ts_error err = {0};
    uint64_t id = 0;
    int64_t expected_taken = 0, taken = 0;
    const enum naive_result expected =
        naive_clawback(&m->naive, who.profile, who.u, points, amount, record, lot, floor, &c.naive, &expected_taken);
    const enum ts_code found = ts_ledger_clawback(&m->ledger, &m->wallets[who.profile], who.wallets, (uint32_t)who.u->n,
                                                  &k, &c.ledger, &taken, &id, &err);
    const bool ok = agree(m, expected, found, &err, &before);
    model_expect(m, "points taken back", expected_taken, taken);
    model_expect(m, "number of the clawback", ok && taken ? (int64_t)m->naive.made[0].id : 0, (int64_t)id);
    model_compare_made(m);
    model_compare_member(m, who.u);
    return ok;
}

static void compare_slices(const struct model *m, const struct ts_slice *found, uint32_t n, uint32_t cap)
{
    model_expect(m, "slices", (int64_t)m->naive.n_slices, n);
    for (uint32_t i = 0; i < n && i < cap; i++) {
        model_expect(m, "slice lot", (int64_t)m->naive.slices[i].lot, (int64_t)found[i].lot);
        model_expect(m, "slice profile", m->naive.slices[i].profile, (int64_t)found[i].profile);
        model_expect(m, "slice amount", m->naive.slices[i].amount, found[i].amount);
    }
}

/* Who spends which currency: anybody, or rather one whose lot is over but still there. */
static uint32_t any_spender(struct model *m, struct actor *who)
{
    int64_t due;
    uint64_t lot;
    bool activates;
    int profile = 1 + (int)below(m, NAIVE_PROFILES);
    uint32_t points = any_currency(m);
    if (one_in(m, 3) && naive_next_due(&m->naive, 0, &due, &lot, &activates) && due <= m->now) {
        profile = naive_lot(&m->naive, lot)->profile;
        points = naive_lot(&m->naive, lot)->points;
    }
    actor_of(m, who, profile);
    return points;
}

static bool do_spend(struct model *m, enum model_operation o)
{
    struct actor who;
    const uint32_t points = any_spender(m, &who);
    const int64_t spendable = naive_spendable(&m->naive, who.u, points, m->now);
    int64_t amount = any_amount(m, points);
    if (o == MODEL_SPEND && amount > spendable && spendable > 0) amount = 1 + (int64_t)below(m, (uint64_t)spendable);
    if (o == MODEL_SPEND_ALL) amount = spendable + one_in(m, 4);
    snprintf(m->what, sizeof m->what, "profile %d of %d, currency %u, %" PRId64 " of %" PRId64 " points, at %" PRId64,
             who.profile, who.u->n, points, amount, spendable, m->now);

    const struct causes c = any_cause(m);
    const struct ts_ledger before = m->ledger;
    struct ts_error err = {0};
    struct ts_slice slices[40];
    const uint32_t cap = (uint32_t)below(m, TS_ARRAY_LEN(slices) + 1);
    uint32_t n = 0;
    uint64_t id = 0;
    const enum naive_result expected = naive_spend(&m->naive, who.u, points, amount, &c.naive);
    const enum ts_code found = ts_ledger_spend(&m->ledger, who.wallets, (uint32_t)who.u->n, points, amount, &c.ledger,
                                               &id, slices, cap, &n, &err);
    const bool ok = agree(m, expected, found, &err, &before);
    model_expect(m, "number of the spend", ok ? (int64_t)m->naive.made[0].id : 0, (int64_t)id);
    if (ok) compare_slices(m, slices, n, cap);
    if (expected == NAIVE_INSUFFICIENT) {
        char number[32];
        snprintf(number, sizeof number, "%" PRId64, spendable);
        if (!strstr(err.text, number)) model_differs(m, "text of the refusal", number, err.text);
    }
    model_compare_made(m);
    model_compare_member(m, who.u);
    return ok;
}

static bool do_adjust(struct model *m, enum model_operation o)
{
    struct actor who;
    actor_of(m, &who, 1 + (int)below(m, NAIVE_PROFILES));
    const uint32_t points = any_currency(m);
    int64_t amount = any_amount(m, points);
    if (o == MODEL_ADJUST_DOWN) {
        const int64_t spendable = naive_spendable(&m->naive, who.u, points, m->now);
        if (amount > spendable && !one_in(m, 8)) amount = 1 + (int64_t)below(m, (uint64_t)spendable + 1);
        amount = one_in(m, 500) ? INT64_MIN : -amount;
    }
    const int64_t expires = one_in(m, 2) ? NAIVE_NEVER : m->now + hours(m, 0, 400);
    snprintf(m->what, sizeof m->what, "profile %d of %d, currency %u, %" PRId64 " points, at %" PRId64, who.profile,
             who.u->n, points, amount, m->now);
    const struct causes c = any_cause(m);
    const struct ts_ledger before = m->ledger;
    struct ts_error err = {0};
    uint64_t id = 0;
    const enum naive_result expected = naive_adjust(&m->naive, who.profile, who.u, points, amount, expires, &c.naive);
    const enum ts_code found = ts_ledger_adjust(&m->ledger, &m->wallets[who.profile], who.wallets, (uint32_t)who.u->n,
                                                points, amount, expires, &c.ledger, &id, &err);
    const bool ok = agree(m, expected, found, &err, &before);
    model_expect(m, "number of the adjustment", ok ? (int64_t)m->naive.made[0].id : 0, (int64_t)id);
    model_compare_made(m);
    model_compare_member(m, who.u);
    return ok;
}

/* What a refund's shortfall leaves behind; the ledger has no call that makes a debt, so the wallet is set by hand. */
static bool do_owe(struct model *m)
{
    const int profile = 1 + (int)below(m, NAIVE_PROFILES);
    struct ts_wallet *w = &m->wallets[profile];
    if (w->balances.len == 0) return false;
    struct ts_balance *b = &w->balances.at[below(m, w->balances.len)];
    if (b->debt < -20000) return false;
    const int64_t amount = 1 + (int64_t)below(m, 300);
    snprintf(m->what, sizeof m->what, "profile %d, currency %u, %" PRId64 " points", profile, b->points, amount);
    b->debt -= amount;
    m->ledger.members[b->points][TS_ACCOUNT_DEBT] -= amount;
    m->ledger.brand[b->points][TS_ACCOUNT_ISSUED] += amount;
    naive_owe(&m->naive, profile, b->points, amount);
    model_compare_profile(m, profile);
    return true;
}

static bool do_join(struct model *m)
{
    struct actor one, other;
    actor_of(m, &one, 1 + (int)below(m, NAIVE_PROFILES));
    actor_of(m, &other, 1 + (int)below(m, NAIVE_PROFILES));
    struct naive_union *a = one.u, *b = other.u;
    if (a == b || a->n + b->n > 6) return false;
    for (int i = 0; i < b->n; i++)
        a->profiles[a->n++] = b->profiles[i];
    b->n = 0;
    model_compare_member(m, a);
    return true;
}

static bool do_split(struct model *m)
{
    struct actor who;
    actor_of(m, &who, 1 + (int)below(m, NAIVE_PROFILES));
    struct naive_union *from = who.u, *to = NULL;
    for (int i = 0; i < NAIVE_PROFILES; i++) {
        if (m->members[i].n == 0) to = &m->members[i];
    }
    if (from->n < 2 || !to) return false;
    const int out = (int)below(m, (uint64_t)from->n);
    *to = (struct naive_union){{from->profiles[out]}, 1};
    from->n--;
    for (int i = out; i < from->n; i++)
        from->profiles[i] = from->profiles[i + 1];
    model_compare_member(m, from);
    model_compare_member(m, to);
    return true;
}

static bool do_reload(struct model *m)
{
    model_reload(m, 1 + (int)below(m, NAIVE_PROFILES));
    return true;
}

/* ---- the clock -------------------------------------------------------------------------------------------------- */

/* Some hours on, or to the very instant at which the next lot falls due. What fell due fires now, one lot a step, or waits
 * for the next move of the clock, so that spends meet lots which are over but not yet gone. */
static bool do_advance(struct model *m)
{
    int64_t due;
    uint64_t lot;
    bool activates;
    const bool exactly = one_in(m, 2);
    if (exactly && naive_next_due(&m->naive, 0, &due, &lot, &activates) && due > m->now)
        m->now = due;
    else
        m->now += hours(m, 0, 12);
    m->firing = one_in(m, 2);
    m->late = one_in(m, 2);
    return true;
}

/* Fires the lot that fell due first; the operation, or COUNT when no lot is due. */
static enum model_operation fire_due(struct model *m)
{
    int64_t due;
    uint64_t lot;
    bool activates;
    m->firing = m->firing && naive_next_due(&m->naive, 0, &due, &lot, &activates) && due <= m->now;
    if (!m->firing) return MODEL_OPERATION_COUNT;
    m->operation = activates ? MODEL_DUE_ACTIVATE : MODEL_DUE_EXPIRE;
    struct causes c = any_cause(m);
    if (!m->late) c.ledger.at = c.naive.at = due;
    if (activates ? do_activate(m, lot, &c) : do_expire(m, lot, &c)) return m->operation;
    model_differs(m, "a lot that fell due", "fires", "does not");
    return m->operation;
}

/* ---- one step ---------------------------------------------------------------------------------------------------- */

static enum model_operation any_operation(struct model *m)
{
    uint64_t r = below(m, 100);
    for (int o = 0; o < MODEL_OPERATION_COUNT; o++) {
        if (r < weights[o]) return (enum model_operation)o;
        r -= weights[o];
    }
    abort(); /* the weights add up to 100 */
}

static bool operate(struct model *m, enum model_operation o)
{
    const struct causes c = any_cause(m);
    switch (o) {
    case MODEL_AWARD:
    case MODEL_AWARD_PENDING:
    case MODEL_AWARD_OVER:
    case MODEL_BONUS:
        return do_award(m, o);
    case MODEL_ACTIVATE:
        return do_activate(m, any_lot(m, true), &c);
    case MODEL_EXPIRE:
        return do_expire(m, any_lot(m, false), &c);
    case MODEL_CLAWBACK:
        return do_clawback(m);
    case MODEL_EXTEND:
        return do_extend(m);
    case MODEL_SPEND:
    case MODEL_SPEND_ALL:
        return do_spend(m, o);
    case MODEL_ADJUST_UP:
    case MODEL_ADJUST_DOWN:
        return do_adjust(m, o);
    case MODEL_OWE:
        return do_owe(m);
    case MODEL_JOIN:
        return do_join(m);
    case MODEL_SPLIT:
        return do_split(m);
    case MODEL_RELOAD:
        return do_reload(m);
    default:
        return do_advance(m);
    }
}

void model_step(struct model *m)
{
    m->step++;
    m->what[0] = 0;
    if (fire_due(m) != MODEL_OPERATION_COUNT) {
        m->counts[m->operation].tried++;
        m->counts[m->operation].accepted++;
    } else {
        m->operation = any_operation(m);
        m->counts[m->operation].tried++;
        m->counts[m->operation].accepted += operate(m, m->operation);
    }
    model_compare_sums(m);
}
