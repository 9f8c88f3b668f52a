/* SPDX-License-Identifier: Apache-2.0 */
/* A wallet as bytes of its member's image. Millions of lots live in memory in this form, so fields that usually follow
 * from the lot before are a bit of the lot's flags, and numbers are differences: an ordinary lot takes 20 to 24 bytes. */
#include "ledger/internal.h"

enum {
    LOT_AVAILABLE = 1,   /* else pending */
    LOT_WHOLE = 2,       /* nothing taken yet: no `remaining` */
    LOT_NEVER = 4,       /* does not expire: no expiry */
    LOT_SAME_KIND = 8,   /* currency and rule as the lot before */
    LOT_SAME_DELAY = 16, /* activates - earned as the lot before (at first 0) */
    LOT_SAME_LIFE = 32,  /* expires - activates as the lot before */
    LOT_FLAGS = 63,
    BALANCE_PENDING = 1, /* which figures are not zero ... */
    BALANCE_AVAILABLE = 2,
    BALANCE_HELD = 4,
    BALANCE_DEBT = 8,
    BALANCE_POINTS = 15 /* ... and above them the currency, where 15 means that it follows */
};

/* Differences wrap round: any two instants have one, and adding it back gives the instant exactly. */
static int64_t minus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
static int64_t plus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

/* What the next lot is compared with. */
struct lot_before {
    uint64_t id, record;
    uint32_t points, rule;
    ts_ms earned, delay, life;
};

/* ---- encoding ----------------------------------------------------------------------------------------------- */

static void encode_lot(const struct ts_lot *lot, struct lot_before *before, struct ts_buf *out)
{
    const ts_ms delay = minus(lot->activates, lot->earned), life = minus(lot->expires, lot->activates);
    const bool same_kind = lot->points == before->points && lot->rule == before->rule;
    const bool never = lot->expires == TS_NEVER, same_life = !never && life == before->life;
    uint8_t flags = 0;
    if (lot->state == TS_LOT_AVAILABLE) flags |= LOT_AVAILABLE;
    if (lot->remaining == lot->original) flags |= LOT_WHOLE;
    if (never) flags |= LOT_NEVER;
    if (same_kind) flags |= LOT_SAME_KIND;
    if (delay == before->delay) flags |= LOT_SAME_DELAY;
    if (same_life) flags |= LOT_SAME_LIFE;

    ts_buf_varint(out, lot->id - before->id);
    ts_buf_byte(out, flags);
    if (!same_kind) {
        ts_buf_varint(out, lot->points);
        ts_buf_varint(out, lot->rule);
    }
    ts_buf_zigzag(out, lot->original);
    if (lot->remaining != lot->original) ts_buf_zigzag(out, lot->remaining);
    ts_buf_zigzag(out, minus((int64_t)lot->record, (int64_t)before->record));
    ts_buf_zigzag(out, minus(lot->earned, before->earned));
    if (delay != before->delay) ts_buf_zigzag(out, delay);
    if (!never && !same_life) ts_buf_zigzag(out, life);
    *before = (struct lot_before){
        lot->id, lot->record, lot->points, lot->rule, lot->earned, delay, never ? before->life : life};
}

static void encode_balance(const struct ts_balance *b, struct ts_buf *out)
{
    uint8_t flags = 0;
    if (b->pending) flags |= BALANCE_PENDING;
    if (b->available) flags |= BALANCE_AVAILABLE;
    if (b->held) flags |= BALANCE_HELD;
    if (b->debt) flags |= BALANCE_DEBT;
    const bool follows = b->points >= BALANCE_POINTS;
    ts_buf_byte(out, (uint8_t)(flags | (follows ? BALANCE_POINTS : b->points) << 4));
    if (follows) ts_buf_varint(out, b->points);
    if (b->pending) ts_buf_zigzag(out, b->pending);
    if (b->available) ts_buf_zigzag(out, b->available);
    if (b->held) ts_buf_zigzag(out, b->held);
    if (b->debt) ts_buf_zigzag(out, b->debt);
}

/* A balance that came back to zero is the same as one that never was: it is left out, so the image depends on what is
 * there and not on how it came about. */
static bool is_zero(const struct ts_balance *b) { return !b->pending && !b->available && !b->held && !b->debt; }

bool ts_wallet_encode(const struct ts_wallet *w, struct ts_buf *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->balances.len; i++)
        n += !is_zero(&w->balances.at[i]);
    ts_buf_varint(out, n);
    for (uint32_t i = 0; i < w->balances.len; i++) {
        if (!is_zero(&w->balances.at[i])) encode_balance(&w->balances.at[i], out);
    }
    ts_buf_varint(out, w->lots.len);
    struct lot_before before = {0};
    for (uint32_t i = 0; i < w->lots.len; i++)
        encode_lot(&w->lots.at[i], &before, out);
    return !out->failed;
}

/* ---- decoding: damaged bytes set `bad` and never do more harm than that ----------------------------------------- */

static uint32_t read_u32(struct ts_reader *in)
{
    const uint64_t v = ts_read_varint(in);
    if (v > UINT32_MAX) in->bad = true;
    return (uint32_t)v;
}

static void decode_lot(struct ts_lot *lot, struct lot_before *before, struct ts_reader *in)
{
    const uint64_t step = ts_read_varint(in);
    const uint8_t flags = ts_read_byte(in);
    lot->id = before->id + step;
    if (step == 0 || lot->id < before->id || (flags & ~LOT_FLAGS)) in->bad = true;
    lot->points = flags & LOT_SAME_KIND ? before->points : read_u32(in);
    lot->rule = flags & LOT_SAME_KIND ? before->rule : read_u32(in);
    lot->state = flags & LOT_AVAILABLE ? TS_LOT_AVAILABLE : TS_LOT_PENDING;
    lot->original = ts_read_zigzag(in);
    lot->remaining = flags & LOT_WHOLE ? lot->original : ts_read_zigzag(in);
    lot->record = (uint64_t)plus((int64_t)before->record, ts_read_zigzag(in));
    lot->earned = plus(before->earned, ts_read_zigzag(in));
    const ts_ms delay = flags & LOT_SAME_DELAY ? before->delay : ts_read_zigzag(in);
    const ts_ms life = flags & (LOT_SAME_LIFE | LOT_NEVER) ? before->life : ts_read_zigzag(in);
    lot->activates = plus(lot->earned, delay);
    lot->expires = flags & LOT_NEVER ? TS_NEVER : plus(lot->activates, life);
    *before = (struct lot_before){lot->id, lot->record, lot->points, lot->rule, lot->earned, delay, life};
}

static void decode_balance(struct ts_balance *b, struct ts_reader *in)
{
    const uint8_t flags = ts_read_byte(in);
    b->points = (uint32_t)(flags >> 4);
    if (b->points == BALANCE_POINTS) b->points = read_u32(in);
    b->pending = flags & BALANCE_PENDING ? ts_read_zigzag(in) : 0;
    b->available = flags & BALANCE_AVAILABLE ? ts_read_zigzag(in) : 0;
    b->held = flags & BALANCE_HELD ? ts_read_zigzag(in) : 0;
    b->debt = flags & BALANCE_DEBT ? ts_read_zigzag(in) : 0;
}

static bool decode_balances(struct ts_wallet *w, struct ts_reader *in)
{
    for (uint64_t n = ts_read_varint(in); n > 0 && !in->bad; n--) {
        struct ts_balance *b = ts_vec_push(&w->balances);
        if (!b) return false;
        decode_balance(b, in);
        if (w->balances.len > 1 && b->points <= b[-1].points) in->bad = true;
    }
    return true;
}

static bool decode_lots(struct ts_wallet *w, struct ts_reader *in)
{
    struct lot_before before = {0};
    for (uint64_t n = ts_read_varint(in); n > 0 && !in->bad; n--) {
        struct ts_lot *lot = ts_vec_push(&w->lots);
        if (!lot) return false;
        decode_lot(lot, &before, in);
    }
    return true;
}

bool ts_wallet_decode(struct ts_wallet *w, struct ts_reader *in)
{
    if (!decode_balances(w, in) || !decode_lots(w, in)) {
        w->failed = true;
        return false;
    }
    return !in->bad;
}
