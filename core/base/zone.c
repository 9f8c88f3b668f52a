/* SPDX-License-Identifier: Apache-2.0 */
/* A time zone as a table of spans of constant offset: instants to local days and back. The table is immutable, and
 * holds every span until the calendar repeats, so all questions are one binary search. */
#include "base/tzif.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"
#define ZONE_NAME_BYTES 64
#define ZONE_FILE_BYTES ((size_t)256 * 1024) /* the largest of the system's has 4 KB */
#define LOCAL_FAR (INT64_C(26) * 3600)       /* no offset is larger */

struct ts_zone {
    struct ts_spans spans;
    char name[ZONE_NAME_BYTES];
};

static inline int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); } /* b > 0 */

/* ---- opening ---- */

/* Names become paths: letters, digits, "_+-" and single slashes between, so that no name leaves the folder. */
static bool name_is_valid(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= ZONE_NAME_BYTES || name[n - 1] == '/') return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c == '/' ? i == 0 || name[i - 1] == '/' : !word && c != '_' && c != '+' && c != '-') return false;
    }
    return true;
}

static enum ts_code unknown(const char *name, struct ts_error *err)
{
    ts_fail(err, TS_E_NOT_FOUND, "unknown time zone '%.80s'", name);
    ts_error_hint(err,
                  "a name of the IANA database, such as \"Asia/Shanghai\" or \"UTC\" (files of the package tzdata)");
    return TS_E_NOT_FOUND;
}

static enum ts_code read_file(const char *name, struct ts_buf *out, struct ts_error *err)
{
    char path[sizeof ZONE_FOLDER + ZONE_NAME_BYTES];
    snprintf(path, sizeof path, "%s%s", ZONE_FOLDER, name);
    FILE *file = fopen(path, "rbe");
    if (!file) return unknown(name, err);
    while (ts_buf_reserve(out, 4096)) {
        size_t n = fread(out->data + out->len, 1, 4096, file);
        out->len += n;
        if (n == 0) break;
    }
    bool broken = ferror(file) != 0; /* a folder, "Asia", opens and cannot be read */
    fclose(file);
    if (broken) return unknown(name, err);
    return out->failed ? ts_fail(err, TS_E_MEMORY, "time zone '%s': out of memory, or a file too large", name) : TS_OK;
}

static enum ts_code load(struct ts_zone *z, struct ts_error *err)
{
    struct ts_buf file;
    ts_buf_init(&file, ZONE_FILE_BYTES);
    enum ts_code code = read_file(z->name, &file, err);
    if (code == TS_OK) {
        code = ts_tzif_read(file.data, file.len, &z->spans, err);
        if (code != TS_OK) ts_error_wrap(err, "time zone '%s'", z->name);
    }
    ts_buf_release(&file);
    return code;
}

enum ts_code ts_zone_open(const char *name, struct ts_zone **ret, struct ts_error *err)
{
    if (!name_is_valid(name)) return unknown(name, err);
    struct ts_zone *z = ts_calloc(1, sizeof *z);
    if (!z) return ts_fail(err, TS_E_MEMORY, "out of memory");
    memcpy(z->name, name, strlen(name));
    enum ts_code code;
    if (strcmp(name, "UTC") == 0) {
        z->spans.cycle_from = INT64_MAX;
        code = ts_vec_push(&z->spans.offset) ? TS_OK : ts_fail(err, TS_E_MEMORY, "out of memory");
    } else {
        code = load(z, err);
    }
    if (code != TS_OK) {
        ts_zone_close(z);
        return code;
    }
    *ret = z;
    return TS_OK;
}

void ts_zone_close(struct ts_zone *z)
{
    if (!z) return;
    ts_vec_release(&z->spans.at);
    ts_vec_release(&z->spans.offset);
    ts_free(z);
}

const char *ts_zone_name(const struct ts_zone *z) { return z->name; }

/* ---- spans ---- */

/* Seconds to take from `t` so that it lies in the part of the table that is written out. */
static inline int64_t cycle_shift(const struct ts_spans *s, int64_t t)
{
    if (s->cycle_from == INT64_MAX || t < s->cycle_from + TS_CYCLE_SECONDS) return 0;
    return (t - s->cycle_from) / TS_CYCLE_SECONDS * TS_CYCLE_SECONDS;
}

/* How many transitions lie at or before `t`: the index of its offset. The loop has no branch to mispredict. */
static inline uint32_t span_at(const struct ts_spans *s, int64_t t)
{
    const int64_t *base = s->at.at;
    uint32_t n = s->at.len;
    if (n == 0) return 0;
    while (n > 1) {
        uint32_t half = n / 2;
        base += (base[half - 1] <= t) ? half : 0;
        n -= half;
    }
    return (uint32_t)(base - s->at.at) + (*base <= t);
}

static inline int64_t span_from(const struct ts_spans *s, uint32_t i) { return i ? s->at.at[i - 1] : INT64_MIN; }

static inline int64_t span_to(const struct ts_spans *s, uint32_t i) { return i < s->at.len ? s->at.at[i] : INT64_MAX; }

int32_t ts_zone_offset(const struct ts_zone *z, ts_ms t)
{
    int64_t second = floor_div(t, 1000);
    return z->spans.offset.at[span_at(&z->spans, second - cycle_shift(&z->spans, second))];
}

/* Days of instants beyond the 32 bits (only TS_NEVER and its like) are held at the ends. */
static inline ts_day day_of_local(int64_t local)
{
    int64_t day = floor_div(local, 86400);
    return day > INT32_MAX ? INT32_MAX : day < INT32_MIN ? INT32_MIN : (ts_day)day;
}

ts_day ts_zone_day(const struct ts_zone *z, ts_ms t) { return day_of_local(floor_div(t, 1000) + ts_zone_offset(z, t)); }

void ts_zone_civil(const struct ts_zone *z, ts_ms t, struct ts_civil *ret)
{
    int64_t second = floor_div(t, 1000), local = second + ts_zone_offset(z, t);
    ts_day day = day_of_local(local);
    int in_day = (int)(local - floor_div(local, 86400) * 86400);
    *ret = (struct ts_civil){
        .hour = in_day / 3600, .minute = in_day / 60 % 60, .second = in_day % 60, .ms = (int)(t - second * 1000)};
    ts_civil_from_day(day, &ret->year, &ret->month, &ret->day);
    ret->weekday = ts_day_weekday(day);
}

/* The first second after `from` whose wall clock shows `local` or later; at `from` it shows less. Spans are walked in
 * order, so of two such the earlier is found; where the wall clock jumps over `local`, the jump itself is the answer
 * (*ret_gap). */
static int64_t first_local(const struct ts_zone *z, int64_t local, int64_t from, bool *ret_gap)
{
    const struct ts_spans *s = &z->spans;
    int64_t shift = cycle_shift(s, from);
    local -= shift;
    from -= shift;
    for (uint32_t i = span_at(s, from);; i++) {
        int64_t t = local - s->offset.at[i], begin = span_from(s, i);
        bool gap = t < begin;
        if (gap) t = begin;
        if (t < span_to(s, i)) {
            if (ret_gap) *ret_gap = gap;
            return t + shift;
        }
    }
}

static ts_ms to_ms(int64_t second)
{
    if (second > INT64_MAX / 1000) return TS_NEVER;
    return second < INT64_MIN / 1000 ? INT64_MIN : second * 1000;
}

ts_ms ts_zone_day_start(const struct ts_zone *z, ts_day day)
{
    int64_t local = (int64_t)day * 86400;
    return to_ms(first_local(z, local, local - LOCAL_FAR, NULL));
}

ts_ms ts_zone_instant(const struct ts_zone *z, const struct ts_civil *c)
{
    int64_t local = (int64_t)ts_day_from_civil(c->year, c->month, c->day) * 86400 +
                    ((int64_t)c->hour * 3600 + (int64_t)c->minute * 60 + c->second);
    bool gap;
    int64_t second = first_local(z, local, local - LOCAL_FAR, &gap);
    return to_ms(second) + (gap ? 0 : c->ms);
}

ts_day ts_zone_day_cached(const struct ts_zone *z, struct ts_zone_cache *c, ts_ms t)
{
    if (c->from <= t && t < c->to) return c->day;
    const struct ts_spans *s = &z->spans;
    int64_t second = floor_div(t, 1000), shift = cycle_shift(s, second);
    uint32_t i = span_at(s, second - shift);
    int64_t offset = s->offset.at[i], day = floor_div(second + offset, 86400);
    /* The day within this span: a span may end in the middle of a day, and wind the clock back over midnight. */
    int64_t from = day * 86400 - offset, to = from + 86400;
    if (i > 0 && from < span_from(s, i) + shift) from = span_from(s, i) + shift;
    if (i < s->at.len && to > span_to(s, i) + shift) to = span_to(s, i) + shift;
    *c = (struct ts_zone_cache){to_ms(from), to_ms(to), day_of_local(second + offset)};
    return c->day;
}

/* ---- sums on the local calendar ---- */

static ts_ms add_ms(ts_ms t, ts_ms span)
{
    ts_ms sum;
    if (__builtin_add_overflow(t, span, &sum)) return span > 0 ? TS_NEVER : INT64_MIN;
    return sum;
}

ts_ms ts_time_add(const struct ts_zone *z, ts_ms t, struct ts_duration d)
{
    if (t == TS_NEVER) return TS_NEVER;
    if (d.months || d.days) {
        struct ts_civil c;
        ts_zone_civil(z, t, &c);
        int64_t day = (int64_t)ts_day_add_months(ts_day_from_civil(c.year, c.month, c.day), d.months) + d.days;
        if (day >= INT32_MAX) return TS_NEVER;
        if (day <= INT32_MIN) day = INT32_MIN;
        ts_civil_from_day((ts_day)day, &c.year, &c.month, &c.day);
        t = ts_zone_instant(z, &c);
    }
    return add_ms(t, d.ms);
}

ts_ms ts_time_end_of(const struct ts_zone *z, ts_ms t, enum ts_boundary b)
{
    if (b == TS_BOUNDARY_NONE || t == TS_NEVER) return t;
    ts_day day = ts_zone_day(z, t);
    if (b == TS_BOUNDARY_DAY) {
        day = day < INT32_MAX ? day + 1 : day;
    } else {
        int year, month, dom, months = b == TS_BOUNDARY_MONTH ? 1 : b == TS_BOUNDARY_QUARTER ? 3 : 12;
        ts_civil_from_day(day, &year, &month, &dom);
        day = ts_day_add_months(ts_day_from_civil(year, month - (month - 1) % months, 1), months);
    }
    /* Looked for from t on: where the clock was wound back over midnight, the first midnight may lie before t. */
    return to_ms(first_local(z, (int64_t)day * 86400, floor_div(t, 1000), NULL));
}
