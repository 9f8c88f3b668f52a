/* SPDX-License-Identifier: Apache-2.0 */
/* Packed series of day buckets: see score.h for what they mean, and here for how they lie in memory. The layout is
 * made for two things: an ordinary member's five measures fit in a few hundred bytes, and the newest day, where
 * nearly every add lands and most windows look, stands first.
 *
 * A set is a run of series in order of (id, by). A series is, in varints (Z: zigzag):
 *     tag        id * 4 + (has by) * 2 + (has sums)
 *     [by]       when it has one
 *     length     bytes that follow, so that a reader skips a series without looking into it
 *     n_buckets
 *     Z count    of the lifetime
 *     [Z sum]    when it has sums
 *     Z last_day
 *     span       last_day - first_day
 *     Z first_at - midnight UTC of first_day    (small, so that it takes 4 bytes instead of 6)
 *     Z last_at - midnight UTC of last_day
 *     buckets    newest first
 * A bucket is
 *     gap * 2 + (count is not 1)    gap: days down to the next older bucket, 0 in the oldest
 *     [Z count]                     when it is not 1
 *     [Z sum]                       when the series has sums
 * The gap points to the older side so that a new day is put in front without touching the bucket behind it. The
 * encoding is canonical: equal buckets have equal bytes, whatever the order in which they came. */
#include "score/score.h"

#define HEAD_BYTES_MAX 128 /* ten varints of at most 10 bytes and a bucket of at most 25 */

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* Where a series stands in its set; what can be known without looking into it. */
struct place {
    uint32_t id, by;
    bool has_sums;
    size_t start, body, end; /* offsets: of the tag, after the length, after the last bucket */
};

/* A varint, with the lengths that buckets have (1 to 3 bytes) unrolled: windows over hundreds of buckets are read on
 * every record. */
static inline uint64_t read_uint(struct ts_reader *r)
{
    const uint8_t *p = r->p;
    if (r->end - p >= 3) {
        if (p[0] < 0x80) {
            r->p = p + 1;
            return p[0];
        }
        if (p[1] < 0x80) {
            r->p = p + 2;
            return (uint64_t)(p[0] & 0x7f) | (uint64_t)p[1] << 7;
        }
        if (p[2] < 0x80) {
            r->p = p + 3;
            return (uint64_t)(p[0] & 0x7f) | (uint64_t)(p[1] & 0x7f) << 7 | (uint64_t)p[2] << 14;
        }
    }
    struct ts_reader slow = *r; /* a copy, so that the caller's reader can live in registers */
    uint64_t v = ts_read_varint(&slow);
    *r = slow;
    return v;
}

static inline int64_t unzigzag(uint64_t v) { return (int64_t)(v >> 1) ^ -(int64_t)(v & 1); }
static inline uint64_t zigzag(int64_t v) { return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0); }

/* Damaged bytes may hold any number, so sums over them wrap instead of overflowing. */
static inline int64_t wrap_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static inline int64_t wrap_sub(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
static inline ts_day day_back(ts_day day, uint64_t gap) { return (ts_day)((uint32_t)day - (uint32_t)gap); }

static bool read_place(const uint8_t *set, size_t len, size_t pos, struct place *ret)
{
    struct ts_reader r = ts_reader(set + pos, len - pos);
    uint64_t tag = read_uint(&r);
    uint64_t by = tag & 2 ? read_uint(&r) : 0;
    uint64_t size = read_uint(&r);
    if (r.bad || tag >> 2 > UINT32_MAX || by > UINT32_MAX || size > (uint64_t)(r.end - r.p)) return false;
    size_t body = (size_t)(r.p - set);
    *ret = (struct place){(uint32_t)(tag >> 2), (uint32_t)by, tag & 1, pos, body, body + (size_t)size};
    return true;
}

static bool read_series(const uint8_t *set, const struct place *at, struct ts_series *ret)
{
    struct ts_reader r = ts_reader(set + at->body, at->end - at->body);
    uint64_t n_buckets = read_uint(&r);
    int64_t count = unzigzag(read_uint(&r));
    int64_t sum = at->has_sums ? unzigzag(read_uint(&r)) : 0;
    int64_t last_day = unzigzag(read_uint(&r));
    uint64_t span = read_uint(&r);
    int64_t first_at = unzigzag(read_uint(&r)), last_at = unzigzag(read_uint(&r));
    if (r.bad || n_buckets > UINT32_MAX || last_day < INT32_MIN || last_day > INT32_MAX || span > UINT32_MAX ||
        last_day - (int64_t)span < INT32_MIN) {
        return false;
    }
    ts_day first_day = (ts_day)(last_day - (int64_t)span);
    *ret = (struct ts_series){.id = at->id,
                              .by = at->by,
                              .count = count,
                              .sum = sum,
                              .first_at = wrap_add(first_at, first_day * TS_DAY_MS),
                              .last_at = wrap_add(last_at, last_day * TS_DAY_MS),
                              .first_day = first_day,
                              .last_day = (ts_day)last_day,
                              .n_buckets = (uint32_t)n_buckets,
                              .has_sums = at->has_sums,
                              .buckets = r.p,
                              .buckets_len = (size_t)(r.end - r.p)};
    return true;
}

/* Key order: -1, 0, 1 as the series stands before, at, after (id, by). */
static inline int place_cmp(const struct place *at, uint32_t id, uint32_t by)
{
    if (at->id != id) return at->id < id ? -1 : 1;
    return at->by == by ? 0 : at->by < by ? -1 : 1;
}

enum seek { SEEK_FOUND, SEEK_ABSENT, SEEK_DAMAGED };

/* When absent, ret->start is where the series would be put in. */
static enum seek seek(const uint8_t *set, size_t len, uint32_t id, uint32_t by, struct place *ret)
{
    for (size_t pos = 0; pos < len; pos = ret->end) {
        if (!read_place(set, len, pos, ret)) return SEEK_DAMAGED;
        int order = place_cmp(ret, id, by);
        if (order == 0) return SEEK_FOUND;
        if (order > 0) return SEEK_ABSENT;
    }
    *ret = (struct place){.start = len};
    return SEEK_ABSENT;
}

bool ts_series_find(const uint8_t *set, size_t len, uint32_t id, uint32_t by, struct ts_series *ret)
{
    struct place at;
    return seek(set, len, id, by, &at) == SEEK_FOUND && read_series(set, &at, ret);
}

bool ts_series_next(const uint8_t *set, size_t len, size_t *pos, struct ts_series *ret)
{
    struct place at;
    if (*pos >= len || !read_place(set, len, *pos, &at) || !read_series(set, &at, ret)) return false;
    *pos = at.end;
    return true;
}

struct bucket {
    int64_t count, sum;
    uint64_t gap;
};

static inline struct bucket read_bucket(struct ts_reader *r, bool has_sums)
{
    uint64_t v = read_uint(r);
    struct bucket b = {1, 0, v >> 1};
    if (v & 1) b.count = unzigzag(read_uint(r));
    if (has_sums) b.sum = unzigzag(read_uint(r));
    return b;
}

void ts_series_window(const struct ts_series *s, ts_day from, ts_day to, struct ts_sum *ret)
{
    if (from <= s->first_day && s->last_day <= to) {
        *ret = (struct ts_sum){s->count, s->sum, s->first_day, s->last_day, s->n_buckets};
        return;
    }
    struct ts_sum sum = {0};
    struct ts_reader r = ts_reader(s->buckets, s->buckets_len);
    ts_day day = s->last_day;
    for (uint32_t i = 0; i < s->n_buckets && day >= from; i++) {
        struct bucket b = read_bucket(&r, s->has_sums);
        if (r.bad) break;
        if (day <= to) {
            if (sum.n_buckets == 0) sum.last_day = day;
            sum.first_day = day;
            sum.n_buckets++;
            sum.count = wrap_add(sum.count, b.count);
            sum.sum = wrap_add(sum.sum, b.sum);
        }
        day = day_back(day, b.gap);
    }
    *ret = sum;
}

bool ts_series_bucket(const struct ts_series *s, struct ts_bucket_iter *it, ts_day *ret_day, int64_t *ret_count,
                      int64_t *ret_sum)
{
    if (it->index >= s->n_buckets || it->pos > s->buckets_len) return false;
    struct ts_reader r = ts_reader(s->buckets + it->pos, s->buckets_len - it->pos);
    struct bucket b = read_bucket(&r, s->has_sums);
    if (r.bad) return false;
    ts_day day = it->index == 0 ? s->last_day : it->day;
    *ret_day = day;
    *ret_count = b.count;
    *ret_sum = b.sum;
    it->pos = (size_t)(r.p - s->buckets);
    it->index++;
    it->day = day_back(day, b.gap);
    return true;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

struct piece {
    uint8_t at[HEAD_BYTES_MAX];
    size_t len;
};

static inline void put_uint(struct piece *p, uint64_t v)
{
    while (v >= 0x80) {
        p->at[p->len++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    p->at[p->len++] = (uint8_t)v;
}

static void put_bucket(struct piece *p, const struct bucket *b, bool has_sums)
{
    put_uint(p, b->gap << 1 | (b->count != 1));
    if (b->count != 1) put_uint(p, zigzag(b->count));
    if (has_sums) put_uint(p, zigzag(b->sum));
}

/* The head of a series whose packed buckets will take `buckets_len` bytes. */
static void put_head(struct piece *p, const struct ts_series *s, size_t buckets_len)
{
    struct piece body = {.len = 0};
    put_uint(&body, s->n_buckets);
    put_uint(&body, zigzag(s->count));
    if (s->has_sums) put_uint(&body, zigzag(s->sum));
    put_uint(&body, zigzag(s->last_day));
    put_uint(&body, (uint64_t)((int64_t)s->last_day - s->first_day));
    put_uint(&body, zigzag(wrap_sub(s->first_at, s->first_day * TS_DAY_MS)));
    put_uint(&body, zigzag(wrap_sub(s->last_at, s->last_day * TS_DAY_MS)));
    put_uint(p, (uint64_t)s->id << 2 | (uint64_t)(s->by != 0) << 1 | s->has_sums);
    if (s->by != 0) put_uint(p, s->by);
    put_uint(p, body.len + buckets_len);
    memcpy(p->at + p->len, body.at, body.len);
    p->len += body.len;
}

/* Replace bytes [from, to) of the set by two pieces. False: no memory (set->failed says so), the bytes are as they were. */
static bool splice(struct ts_buf *set, size_t from, size_t to, const uint8_t *a, size_t a_len, const uint8_t *b,
                   size_t b_len)
{
    size_t added = a_len + b_len, removed = to - from;
    if (added > removed && !ts_buf_reserve(set, added - removed)) return false;
    if (set->len > to && added != removed) memmove(set->data + from + added, set->data + to, set->len - to);
    if (a_len) memcpy(set->data + from, a, a_len);
    if (b_len) memcpy(set->data + from + a_len, b, b_len);
    set->len += added - removed;
    return true;
}

/* Write the head and the newest bucket; the packed buckets from offset `tail` of the set on stay as they are. */
static bool write_front(struct ts_buf *set, const struct place *at, const struct ts_series *s, const struct bucket *b,
                        size_t tail)
{
    struct piece newest = {.len = 0}, front = {.len = 0};
    put_bucket(&newest, b, s->has_sums);
    put_head(&front, s, newest.len + (at->end - tail));
    return splice(set, at->start, tail, front.at, front.len, newest.at, newest.len);
}

/* ---- the general case: a series with one change, re-encoded ---------------------------------------------------- */

/* Walks the buckets of `s` newest first, as they will be once (day, count, sum) is added. */
struct merged {
    const struct ts_series *s;
    struct ts_bucket_iter it;
    ts_day day, next_day;
    int64_t count, sum, next_count, next_sum;
    bool added, held; /* the change is in; a bucket is already read (next_*) */
    bool overflow;
};

static bool merged_next(struct merged *m, ts_day *ret_day, struct bucket *ret)
{
    for (;;) {
        if (!m->held) {
            m->held = ts_series_bucket(m->s, &m->it, &m->next_day, &m->next_count, &m->next_sum);
        }
        if (!m->added && (!m->held || m->day > m->next_day)) {
            m->added = true;
            *ret_day = m->day;
            *ret = (struct bucket){m->count, m->sum, 0};
            return true;
        }
        if (!m->held) return false;
        m->held = false;
        *ret_day = m->next_day;
        *ret = (struct bucket){m->next_count, m->next_sum, 0};
        if (m->added || m->day != m->next_day) return true;
        m->added = true;
        if (__builtin_add_overflow(ret->count, m->count, &ret->count) ||
            __builtin_add_overflow(ret->sum, m->sum, &ret->sum)) {
            m->overflow = true;
            return false;
        }
        if (ret->count != 0 || ret->sum != 0) return true;
    }
}

/* What the merged series will be: days, number of buckets, whether it has sums. False: overflow, or damage. */
static bool merged_shape(struct merged m, struct ts_series *shape)
{
    ts_day day;
    struct bucket b;
    shape->n_buckets = 0;
    shape->has_sums = false;
    while (merged_next(&m, &day, &b)) {
        if (shape->n_buckets++ == 0) shape->last_day = day;
        shape->first_day = day;
        shape->has_sums |= b.sum != 0;
    }
    return !m.overflow && m.it.index == m.s->n_buckets;
}

static void merged_encode(struct merged m, bool has_sums, struct ts_buf *out)
{
    ts_day day = 0, older_day = 0;
    struct bucket b = {0}, older = {0};
    bool more = merged_next(&m, &day, &b);
    while (more) { /* a bucket is written when the one behind it is known, which gives the gap */
        more = merged_next(&m, &older_day, &older);
        if (more) b.gap = (uint64_t)((int64_t)day - older_day);
        struct piece p = {.len = 0};
        put_bucket(&p, &b, has_sums);
        ts_buf_add(out, p.at, p.len);
        day = older_day;
        b = older;
    }
}

/* `s` is the series as it stands in the set, `totals` the same with its lifetime figures already moved on. */
static bool rewrite(struct ts_buf *set, const struct place *at, const struct ts_series *s, struct ts_series totals,
                    ts_day day, struct bucket change)
{
    struct merged m = {.s = s, .day = day, .count = change.count, .sum = change.sum};
    if (!merged_shape(m, &totals)) return false;
    if (totals.n_buckets == 0) return splice(set, at->start, at->end, NULL, 0, NULL, 0);
    struct ts_buf packed;
    ts_buf_init(&packed, 0);
    merged_encode(m, totals.has_sums, &packed);
    struct piece front = {.len = 0};
    put_head(&front, &totals, packed.len);
    if (packed.failed) set->failed = true; /* whoever asks why sees that it was memory */
    bool ok = !packed.failed && splice(set, at->start, at->end, front.at, front.len, packed.data, packed.len);
    ts_buf_release(&packed);
    return ok;
}

/* ---- adding ------------------------------------------------------------------------------------------------- */

static bool add_series(struct ts_buf *set, struct place at, uint32_t id, uint32_t by, ts_day day, ts_ms when,
                       struct bucket b)
{
    struct ts_series s = {.id = id, .by = by, .count = b.count, .sum = b.sum, .n_buckets = 1, .has_sums = b.sum != 0};
    s.first_at = s.last_at = when;
    s.first_day = s.last_day = day;
    at.end = at.start;
    return write_front(set, &at, &s, &b, at.start);
}

bool ts_series_add(struct ts_buf *set, uint32_t id, uint32_t by, ts_day day, ts_ms at, int64_t count, int64_t sum)
{
    if (set->failed) return false;
    if (count == 0 && sum == 0) return true;
    struct place place;
    struct bucket change = {count, sum, 0};
    enum seek found = seek(set->data, set->len, id, by, &place);
    if (found == SEEK_ABSENT) return add_series(set, place, id, by, day, at, change);
    struct ts_series s;
    if (found == SEEK_DAMAGED || !read_series(set->data, &place, &s) || s.n_buckets == 0) return false;

    struct ts_series totals = s;
    if (__builtin_add_overflow(s.count, count, &totals.count) || __builtin_add_overflow(s.sum, sum, &totals.sum)) {
        return false;
    }
    bool correction = count < 0 || (count == 0 && sum < 0);
    if (!correction && at < s.first_at) totals.first_at = at;
    if (!correction && at > s.last_at) totals.last_at = at;

    size_t buckets = (size_t)(s.buckets - set->data);
    if (day > s.last_day && (s.has_sums || sum == 0)) { /* a new newest day: put in front */
        if (s.n_buckets == UINT32_MAX) return false;
        totals.n_buckets++;
        totals.last_day = day;
        change.gap = (uint64_t)((int64_t)day - s.last_day);
        return write_front(set, &place, &totals, &change, buckets);
    }
    if (day == s.last_day) { /* the newest day again: its bucket is replaced */
        struct ts_reader r = ts_reader(s.buckets, s.buckets_len);
        struct bucket b = read_bucket(&r, s.has_sums);
        if (r.bad || __builtin_add_overflow(b.count, count, &b.count) || __builtin_add_overflow(b.sum, sum, &b.sum)) {
            return false;
        }
        /* A series has sums exactly when one of its buckets has; where that may change, all are looked at. */
        bool sums_stay = s.has_sums ? b.sum != 0 || sum == 0 : sum == 0;
        if (sums_stay && (b.count != 0 || b.sum != 0)) {
            return write_front(set, &place, &totals, &b, buckets + (size_t)(r.p - s.buckets));
        }
    }
    return rewrite(set, &place, &s, totals, day, change);
}

/* ---- checking ----------------------------------------------------------------------------------------------- */

/* Buckets against the head: days fall, nothing empty, the bytes are the canonical ones, totals agree. */
static bool buckets_valid(const struct ts_series *s)
{
    struct ts_reader r = ts_reader(s->buckets, s->buckets_len);
    int64_t day = s->last_day, count = 0, sum = 0;
    bool has_sums = false;
    for (uint32_t i = 0; i < s->n_buckets; i++) {
        const uint8_t *start = r.p;
        struct bucket b = read_bucket(&r, s->has_sums);
        bool oldest = i + 1 == s->n_buckets;
        if (r.bad || (b.count == 0 && b.sum == 0) || (b.gap == 0) != oldest) return false;
        if (__builtin_add_overflow(count, b.count, &count) || __builtin_add_overflow(sum, b.sum, &sum)) return false;
        if (b.gap > (uint64_t)(day - s->first_day)) return false;
        struct piece p = {.len = 0};
        put_bucket(&p, &b, s->has_sums);
        if (p.len != (size_t)(r.p - start) || memcmp(p.at, start, p.len) != 0) return false;
        has_sums |= b.sum != 0;
        day -= (int64_t)b.gap;
    }
    return r.p == r.end && day == s->first_day && count == s->count && sum == s->sum && has_sums == s->has_sums;
}

bool ts_series_valid(const uint8_t *set, size_t len)
{
    struct place at, before = {0};
    for (size_t pos = 0; pos < len; pos = at.end) {
        struct ts_series s;
        if (!read_place(set, len, pos, &at) || !read_series(set, &at, &s)) return false;
        if (pos > 0 && place_cmp(&before, at.id, at.by) >= 0) return false;
        if (s.n_buckets == 0 || s.first_at > s.last_at || !buckets_valid(&s)) return false;
        struct piece head = {.len = 0};
        put_head(&head, &s, s.buckets_len);
        if (set + pos + head.len != s.buckets || memcmp(head.at, set + pos, head.len) != 0) return false;
        before = at;
    }
    return true;
}
