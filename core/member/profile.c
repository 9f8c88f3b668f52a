/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as a working copy, and as the packed bytes of its image. The image is canonical: the same content gives the same bytes, which is
 * what digests and `verify` compare. Instants are kept as differences to the profile's beginning, so most take 4 to 6 bytes. */
#include "member/member.h"

#define IMAGE_FORMAT 2

void ts_profile_init(struct ts_profile *p)
{
    memset(p, 0, sizeof *p);
    ts_buf_init(&p->series, 0);
    ts_arena_init(&p->arena);
}

void ts_profile_release(struct ts_profile *p)
{
    ts_vec_release(&p->identifiers);
    ts_vec_release(&p->scores);
    ts_buf_release(&p->series);
    ts_wallet_release(&p->wallet);
    ts_vec_release(&p->others);
    ts_vec_release(&p->tags);
    ts_vec_release(&p->segments);
    ts_vec_release(&p->traits);
    ts_vec_release(&p->tiers);
    ts_vec_release(&p->caps);
    ts_vec_release(&p->watches);
    ts_arena_release(&p->arena);
}

void ts_profile_clear(struct ts_profile *p)
{
    p->number = p->member = 0;
    p->created = p->last_at = 0;
    p->first_record = p->last_record = p->records = p->previous_record = 0;
    p->identifiers.len = p->scores.len = p->others.len = p->tags.len = p->segments.len = 0;
    p->traits.len = p->tiers.len = p->caps.len = p->watches.len = 0;
    ts_buf_clear(&p->series);
    ts_wallet_clear(&p->wallet);
    ts_arena_reset(&p->arena);
    p->is_new = p->changed = p->failed = false;
}

/* Instants relative to `base`; 0 is kept for "never". Damaged bytes may give any number: the sum wraps round. */
static void put_time(struct ts_buf *b, ts_ms base, ts_ms t)
{
    if (t == TS_NEVER) {
        ts_buf_varint(b, 0);
        return;
    }
    int64_t d = (int64_t)((uint64_t)t - (uint64_t)base);
    ts_buf_varint(b, (((uint64_t)d << 1) ^ (uint64_t)(d >> 63)) + 1);
}

static ts_ms get_time(struct ts_reader *r, ts_ms base)
{
    uint64_t v = ts_read_varint(r);
    if (v == 0) return TS_NEVER;
    v--;
    return (ts_ms)((uint64_t)base + (uint64_t)((int64_t)(v >> 1) ^ -(int64_t)(v & 1)));
}

static void encode_tier(struct ts_buf *b, ts_ms base, const struct ts_tier_state *s)
{
    ts_buf_varint(b, s->tiers);
    ts_buf_varint(b, s->level);
    ts_buf_varint(b, s->rule);
    put_time(b, base, s->since);
    ts_buf_zigzag(b, s->basis);
    put_time(b, base, s->review_at);
    uint8_t rest =
        (uint8_t)((s->below_since ? 1 : 0) | (s->notice_to || s->notice_at ? 2 : 0) | (s->manual_until ? 4 : 0));
    ts_buf_byte(b, rest);
    if (rest & 1) put_time(b, base, s->below_since);
    if (rest & 2) {
        ts_buf_varint(b, s->notice_to);
        put_time(b, base, s->notice_at);
    }
    if (rest & 4) put_time(b, base, s->manual_until);
}

static void decode_tier(struct ts_reader *r, ts_ms base, struct ts_tier_state *s)
{
    memset(s, 0, sizeof *s);
    s->tiers = (uint32_t)ts_read_varint(r);
    s->level = (uint32_t)ts_read_varint(r);
    s->rule = (uint32_t)ts_read_varint(r);
    s->since = get_time(r, base);
    s->basis = ts_read_zigzag(r);
    s->review_at = get_time(r, base);
    uint8_t rest = ts_read_byte(r);
    if (rest & 1) s->below_since = get_time(r, base);
    if (rest & 2) {
        s->notice_to = (uint32_t)ts_read_varint(r);
        s->notice_at = get_time(r, base);
    }
    if (rest & 4) s->manual_until = get_time(r, base);
}

static void encode_head(const struct ts_profile *p, struct ts_buf *b)
{
    ts_ms base = p->created;
    ts_buf_varint(b, p->others.len);
    for (uint32_t i = 0; i < p->others.len; i++)
        ts_buf_varint(b, p->others.at[i]);
    ts_buf_varint(b, p->tags.len);
    for (uint32_t i = 0; i < p->tags.len; i++) {
        const struct ts_tag *t = &p->tags.at[i];
        ts_buf_varint(b, t->tag);
        ts_buf_varint(b, (uint64_t)t->rule << 1 | t->held);
        put_time(b, base, t->since);
        put_time(b, t->since, t->until);
    }
    ts_buf_varint(b, p->segments.len);
    for (uint32_t i = 0; i < p->segments.len; i++) {
        ts_buf_varint(b, p->segments.at[i].segment);
        ts_buf_varint(b, p->segments.at[i].rule);
        put_time(b, base, p->segments.at[i].since);
    }
    ts_buf_varint(b, p->traits.len);
    for (uint32_t i = 0; i < p->traits.len; i++) {
        ts_buf_varint(b, p->traits.at[i].trait);
        put_time(b, base, p->traits.at[i].at);
        ts_buf_str(b, p->traits.at[i].json);
    }
    ts_buf_varint(b, p->tiers.len);
    for (uint32_t i = 0; i < p->tiers.len; i++)
        encode_tier(b, base, &p->tiers.at[i]);
    ts_buf_varint(b, p->caps.len);
    for (uint32_t i = 0; i < p->caps.len; i++) {
        const struct ts_cap *c = &p->caps.at[i];
        ts_buf_varint(b, c->cap);
        ts_buf_zigzag(b, c->period);
        put_time(b, base, c->at);
        ts_buf_zigzag(b, c->used);
    }
    ts_buf_varint(b, p->watches.len);
    for (uint32_t i = 0; i < p->watches.len; i++) {
        ts_buf_varint(b, p->watches.at[i].condition);
        put_time(b, base, p->watches.at[i].due);
    }
}

bool ts_profile_encode(const struct ts_profile *p, struct ts_buf *b)
{
    ts_buf_byte(b, IMAGE_FORMAT);
    ts_buf_varint(b, p->number);
    ts_buf_varint(b, p->member);
    ts_buf_zigzag(b, p->created);
    put_time(b, p->created, p->last_at);
    ts_buf_varint(b, p->first_record);
    ts_buf_varint(b, p->last_record - p->first_record);
    ts_buf_varint(b, p->records);
    ts_buf_varint(b, p->identifiers.len);
    uint32_t row = 0;
    for (uint32_t i = 0; i < p->identifiers.len; i++) {
        ts_buf_zigzag(b, (int64_t)p->identifiers.at[i].row - row);
        put_time(b, p->created, p->identifiers.at[i].at);
        row = p->identifiers.at[i].row;
    }
    ts_buf_varint(b, p->scores.len);
    for (uint32_t i = 0; i < p->scores.len; i++) {
        ts_buf_varint(b, p->scores.at[i].id);
        ts_buf_f64(b, p->scores.at[i].value);
        put_time(b, p->created, p->scores.at[i].at);
    }
    ts_buf_varint(b, p->series.len);
    ts_buf_add(b, p->series.data, p->series.len);
    if (!ts_wallet_encode(&p->wallet, b)) return false;
    if (p->member == p->number) encode_head(p, b);
    return !b->failed;
}

/* Counts come from bytes that may be damaged: every element takes at least one byte, which bounds them. */
static uint32_t read_count(struct ts_reader *r)
{
    uint64_t n = ts_read_varint(r);
    if (n > (uint64_t)(r->end - r->p)) {
        r->bad = true;
        return 0;
    }
    return (uint32_t)n;
}

#define PUSH(v, p) (ts_vec_push(v) ? &(v)->at[(v)->len - 1] : ((p)->failed = true, (void *)NULL))

static void decode_head(struct ts_profile *p, struct ts_reader *r)
{
    ts_ms base = p->created;
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        uint64_t *o = PUSH(&p->others, p);
        if (o) *o = ts_read_varint(r);
    }
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        struct ts_tag *t = PUSH(&p->tags, p);
        if (!t) return;
        t->tag = (uint32_t)ts_read_varint(r);
        uint64_t rule = ts_read_varint(r);
        t->rule = (uint32_t)(rule >> 1);
        t->held = rule & 1;
        t->since = get_time(r, base);
        t->until = get_time(r, t->since);
    }
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        struct ts_segment_state *s = PUSH(&p->segments, p);
        if (!s) return;
        s->segment = (uint32_t)ts_read_varint(r);
        s->rule = (uint32_t)ts_read_varint(r);
        s->since = get_time(r, base);
    }
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        struct ts_trait *t = PUSH(&p->traits, p);
        if (!t) return;
        t->trait = (uint32_t)ts_read_varint(r);
        t->at = get_time(r, base);
        t->json = ts_read_str(r);
    }
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        struct ts_tier_state *s = PUSH(&p->tiers, p);
        if (s) decode_tier(r, base, s);
    }
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        struct ts_cap *c = PUSH(&p->caps, p);
        if (!c) return;
        c->cap = (uint32_t)ts_read_varint(r);
        c->period = (int32_t)ts_read_zigzag(r);
        c->at = get_time(r, base);
        c->used = ts_read_zigzag(r);
    }
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        struct ts_watch *w = PUSH(&p->watches, p);
        if (!w) return;
        w->condition = (uint32_t)ts_read_varint(r);
        w->due = get_time(r, base);
    }
}

bool ts_profile_decode(struct ts_profile *p, const uint8_t *image, size_t len)
{
    ts_profile_clear(p);
    struct ts_reader reader = ts_reader(image, len), *r = &reader;
    if (ts_read_byte(r) != IMAGE_FORMAT) return false;
    p->number = ts_read_varint(r);
    p->member = ts_read_varint(r);
    p->created = ts_read_zigzag(r);
    p->last_at = get_time(r, p->created);
    p->first_record = ts_read_varint(r);
    p->last_record = p->previous_record = p->first_record + ts_read_varint(r);
    p->records = ts_read_varint(r);
    uint32_t row = 0;
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        struct ts_identity_link *l = PUSH(&p->identifiers, p);
        if (!l) return false;
        row = l->row = (uint32_t)(row + ts_read_zigzag(r));
        l->at = get_time(r, p->created);
    }
    for (uint32_t n = read_count(r); n && !r->bad && !p->failed; n--) {
        struct ts_score *s = PUSH(&p->scores, p);
        if (!s) return false;
        s->id = (uint32_t)ts_read_varint(r);
        s->value = ts_read_f64(r);
        s->at = get_time(r, p->created);
    }
    uint32_t series = read_count(r);
    struct ts_str bytes = ts_read_bytes(r, series);
    if (!r->bad) ts_buf_add(&p->series, bytes.ptr, bytes.len);
    p->wallet.profile = p->number;
    if (r->bad || p->failed || p->series.failed || !ts_wallet_decode(&p->wallet, r)) return false;
    if (p->member == p->number) decode_head(p, r);
    return !r->bad && !p->failed && !p->wallet.failed && r->p == r->end;
}

static void earlier(ts_ms *due, ts_ms t)
{
    if (t < *due) *due = t;
}

ts_ms ts_profile_next_due(const struct ts_profile *p)
{
    ts_ms due = ts_wallet_next_due(&p->wallet);
    for (uint32_t i = 0; i < p->tags.len; i++)
        earlier(&due, p->tags.at[i].until);
    for (uint32_t i = 0; i < p->watches.len; i++)
        earlier(&due, p->watches.at[i].due);
    for (uint32_t i = 0; i < p->tiers.len; i++)
        earlier(&due, p->tiers.at[i].review_at);
    return due;
}

struct ts_tag *ts_profile_tag(struct ts_profile *p, uint32_t tag)
{
    for (uint32_t i = 0; i < p->tags.len; i++)
        if (p->tags.at[i].tag == tag) return &p->tags.at[i];
    return NULL;
}

struct ts_segment_state *ts_profile_segment(struct ts_profile *p, uint32_t segment)
{
    for (uint32_t i = 0; i < p->segments.len; i++)
        if (p->segments.at[i].segment == segment) return &p->segments.at[i];
    return NULL;
}

struct ts_trait *ts_profile_trait(struct ts_profile *p, uint32_t trait)
{
    for (uint32_t i = 0; i < p->traits.len; i++)
        if (p->traits.at[i].trait == trait) return &p->traits.at[i];
    return NULL;
}

struct ts_tier_state *ts_profile_tier(struct ts_profile *p, uint32_t tiers)
{
    for (uint32_t i = 0; i < p->tiers.len; i++)
        if (p->tiers.at[i].tiers == tiers) return &p->tiers.at[i];
    return NULL;
}

struct ts_score *ts_profile_score(struct ts_profile *p, uint32_t score)
{
    for (uint32_t i = 0; i < p->scores.len; i++)
        if (p->scores.at[i].id == score) return &p->scores.at[i];
    return NULL;
}
