/* SPDX-License-Identifier: Apache-2.0 */
/* Effects as bytes. An outcome is a header (format, flags, status, instant, member) and the effects in order; each is
 * its number and the fields that its kind has, by the table below. Old outcomes are decoded for ever: fields are only ever added to
 * new kinds. */
#include "engine/internal.h"

#define OUTCOME_FORMAT 1

enum field { /* what follows the number of an effect, in this order */
             F_RULE = 1 << 0,
             F_NAME = 1 << 1,
             F_FROM = 1 << 2,
             F_TO = 1 << 3,
             F_PROFILE = 1 << 4,
             F_LOT = 1 << 5,
             F_DESIRED = 1 << 6,
             F_AMOUNT = 1 << 7,
             F_NUMBER = 1 << 8,
             F_AT = 1 << 9,
             F_ACTIVATES = 1 << 10,
             F_UNTIL = 1 << 11,
             F_OF = 1 << 12,
             F_TEXT = 1 << 13,
             F_JSON = 1 << 14,
             F_TIER = 1 << 15,
             F_FACTORS = 1 << 16,
};

static const uint32_t fields_of[] = {
    [TS_FX_SUBJECT] = F_PROFILE | F_AT | F_AMOUNT,
    [TS_FX_EARN] = F_RULE | F_NAME | F_PROFILE | F_DESIRED | F_AMOUNT | F_AT | F_ACTIVATES | F_UNTIL | F_OF | F_FACTORS,
    [TS_FX_TAG_ADD] = F_RULE | F_NAME | F_UNTIL,
    [TS_FX_TAG_REMOVE] = F_RULE | F_NAME,
    [TS_FX_TIER] = F_RULE | F_NAME | F_FROM | F_TO | F_AMOUNT | F_TIER,
    [TS_FX_TIER_STATE] = F_RULE | F_NAME | F_TIER,
    [TS_FX_TRAIT] = F_RULE | F_NAME | F_TEXT | F_AT,
    [TS_FX_SCORE] = F_RULE | F_NAME | F_NUMBER | F_AT,
    [TS_FX_EMIT] = F_RULE | F_TEXT | F_JSON,
    [TS_FX_NOTIFY] = F_RULE | F_TEXT | F_JSON,
    [TS_FX_CAP] = F_NAME | F_FROM | F_AT | F_AMOUNT,
    [TS_FX_ONCE] = F_TEXT,
    [TS_FX_ACTIVATE] = F_PROFILE | F_LOT,
    [TS_FX_EXPIRE] = F_PROFILE | F_LOT | F_AMOUNT,
    [TS_FX_SPEND] = F_NAME | F_AMOUNT | F_TEXT,
    [TS_FX_ADJUST] = F_PROFILE | F_NAME | F_AMOUNT | F_UNTIL | F_TEXT,
    [TS_FX_READS] = F_NAME | F_FROM,
    [TS_FX_WATCH] = F_NAME | F_AT,
    [TS_FX_ERROR] = F_RULE | F_FROM | F_TEXT | F_JSON,
    [TS_FX_ANSWER] = F_TEXT | F_JSON,
    [TS_FX_JOIN] = F_PROFILE | F_AMOUNT | F_JSON,
    [TS_FX_SWEEP] = F_AMOUNT,
    [TS_FX_FAULT] = F_FROM | F_TEXT | F_JSON,
    [TS_FX_REFUSE] = F_TEXT | F_JSON,
    [TS_FX_READ] = F_JSON,
    [TS_FX_BODY] = 0,
    [TS_FX_NAME] = F_FROM | F_TEXT,
    [TS_FX_LINES] = F_RULE | F_JSON,
    [TS_FX_CREDIT] = F_RULE | F_TO | F_AMOUNT | F_FACTORS,
    [TS_FX_SEGMENT_ENTER] = F_RULE | F_NAME,
    [TS_FX_SEGMENT_LEAVE] = F_RULE | F_NAME,
    [TS_FX_SALE] = F_TEXT | F_JSON,
    [TS_FX_TAKE] = F_NAME | F_FROM | F_TO | F_PROFILE | F_DESIRED | F_AMOUNT | F_AT,
    [TS_FX_REFUND] = F_RULE | F_FROM | F_AMOUNT | F_TEXT | F_JSON,
    [TS_FX_TIER_REASON] = F_RULE | F_NAME | F_JSON,
    [TS_FX_CLAWBACK] = F_RULE | F_NAME | F_FROM | F_PROFILE | F_LOT | F_DESIRED | F_AMOUNT | F_OF,
    [TS_FX_EXTEND] = F_RULE | F_NAME | F_PROFILE | F_LOT | F_AMOUNT | F_UNTIL,
};
#define FX_COUNT TS_ARRAY_LEN(fields_of)

const char *ts_effect_name(enum ts_effect_op op)
{
    switch (op) {
#define FX_CASE(e, n, name)                                                                                            \
    case e:                                                                                                            \
        return name;
        TS_EFFECTS(FX_CASE)
#undef FX_CASE
    default:
        return "unknown";
    }
}

static void put_when(struct ts_buf *b, ts_ms t) /* 0: never */
{
    ts_buf_varint(b, t == TS_NEVER ? 0 : (((uint64_t)t << 1) ^ (uint64_t)(t >> 63)) + 1);
}

static ts_ms get_when(struct ts_reader *r)
{
    uint64_t v = ts_read_varint(r);
    if (v == 0) return TS_NEVER;
    v--;
    ts_ms t = (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
    if (ts_ms_sane(t)) return t;
    r->bad = true;
    return 0;
}

static void put_tier(struct ts_buf *b, const struct ts_tier_state *s)
{
    ts_buf_varint(b, s->level);
    put_when(b, s->since);
    ts_buf_zigzag(b, s->basis);
    put_when(b, s->below_since);
    ts_buf_varint(b, s->notice_to);
    put_when(b, s->notice_at);
    put_when(b, s->review_at);
    put_when(b, s->manual_until);
}

static void get_tier(struct ts_reader *r, struct ts_tier_state *s)
{
    s->level = (uint32_t)ts_read_varint(r);
    s->since = get_when(r);
    s->basis = ts_read_zigzag(r);
    s->below_since = get_when(r);
    s->notice_to = (uint32_t)ts_read_varint(r);
    s->notice_at = get_when(r);
    s->review_at = get_when(r);
    s->manual_until = get_when(r);
}

bool ts_effect_encode(const struct ts_effect *fx, struct ts_buf *b)
{
    uint32_t f = fields_of[fx->op];
    ts_buf_byte(b, fx->op);
    if (f & F_RULE) ts_buf_varint(b, fx->rule);
    if (f & F_NAME) ts_buf_varint(b, fx->name);
    if (f & F_FROM) ts_buf_zigzag(b, (int32_t)fx->from);
    if (f & F_TO) ts_buf_varint(b, fx->to);
    if (f & F_PROFILE) ts_buf_varint(b, fx->profile);
    if (f & F_LOT) ts_buf_varint(b, fx->lot);
    if (f & F_DESIRED) ts_buf_zigzag(b, fx->desired);
    if (f & F_AMOUNT) ts_buf_zigzag(b, fx->amount);
    if (f & F_NUMBER) ts_buf_f64(b, fx->number);
    if (f & F_AT) put_when(b, fx->at);
    if (f & F_ACTIVATES) put_when(b, fx->activates);
    if (f & F_UNTIL) put_when(b, fx->until);
    if (f & F_OF) ts_buf_varint(b, fx->of);
    if (f & F_TEXT) ts_buf_str(b, fx->text);
    if (f & F_JSON) ts_buf_str(b, fx->json);
    if (f & F_TIER) put_tier(b, &fx->tier);
    if (f & F_FACTORS) {
        ts_buf_zigzag(b, fx->base);
        for (int i = 0; i < 2; i++) {
            ts_buf_zigzag(b, fx->factor[i].digits);
            ts_buf_byte(b, fx->factor[i].scale);
        }
    }
    return !b->failed;
}

bool ts_outcome_open(struct ts_outcome *o, const uint8_t *bytes, size_t len)
{
    memset(o, 0, sizeof *o);
    o->reader = ts_reader(bytes, len);
    if (ts_read_byte(&o->reader) != OUTCOME_FORMAT) return false;
    uint8_t flags = ts_read_byte(&o->reader);
    o->live = flags & 1;
    o->prelude = flags & 2;
    o->status = ts_read_byte(&o->reader);
    o->at = ts_read_zigzag(&o->reader);
    o->member = ts_read_varint(&o->reader);
    return !o->reader.bad && o->status <= TS_OUTCOME_REFUSED && ts_ms_sane(o->at);
}

bool ts_outcome_next(struct ts_outcome *o, struct ts_effect *fx)
{
    struct ts_reader *r = &o->reader;
    if (r->bad || r->p == r->end) return false;
    memset(fx, 0, sizeof *fx);
    fx->op = ts_read_byte(r);
    if (fx->op == 0 || fx->op >= FX_COUNT) {
        r->bad = true;
        return false;
    }
    uint32_t f = fields_of[fx->op];
    if (f & F_RULE) fx->rule = (uint32_t)ts_read_varint(r);
    if (f & F_NAME) fx->name = (uint32_t)ts_read_varint(r);
    if (f & F_FROM) fx->from = (uint32_t)ts_read_zigzag(r);
    if (f & F_TO) fx->to = (uint32_t)ts_read_varint(r);
    if (f & F_PROFILE) fx->profile = ts_read_varint(r);
    if (f & F_LOT) fx->lot = ts_read_varint(r);
    if (f & F_DESIRED) fx->desired = ts_read_zigzag(r);
    if (f & F_AMOUNT) fx->amount = ts_read_zigzag(r);
    if (f & F_NUMBER) fx->number = ts_read_f64(r);
    if (f & F_AT) fx->at = get_when(r);
    if (f & F_ACTIVATES) fx->activates = get_when(r);
    if (f & F_UNTIL) fx->until = get_when(r);
    if (f & F_OF) fx->of = ts_read_varint(r);
    if (f & F_TEXT) fx->text = ts_read_str(r);
    if (f & F_JSON) fx->json = ts_read_str(r);
    if (f & F_TIER) {
        get_tier(r, &fx->tier);
        fx->tier.tiers = fx->name;
        fx->tier.rule = fx->rule;
    }
    if (f & F_FACTORS) {
        fx->base = ts_read_zigzag(r);
        for (int i = 0; i < 2; i++) {
            fx->factor[i].digits = ts_read_zigzag(r);
            fx->factor[i].scale = ts_read_byte(r);
        }
    }
    return !r->bad;
}

void ts_run_outcome(struct ts_engine *e, uint64_t member)
{
    struct ts_run *run = &e->run;
    ts_buf_clear(&e->outcome);
    ts_buf_byte(&e->outcome, OUTCOME_FORMAT);
    ts_buf_byte(&e->outcome, (uint8_t)((run->live ? 1 : 0) | (run->prelude ? 2 : 0)));
    ts_buf_byte(&e->outcome, run->status);
    ts_buf_zigzag(&e->outcome, run->at);
    ts_buf_varint(&e->outcome, member);
    ts_buf_add(&e->outcome, run->effects.data, run->effects.len);
}
