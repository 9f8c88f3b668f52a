/* SPDX-License-Identifier: Apache-2.0 */
/* TZif, version 2 and later (RFC 8536): the transitions of a file, and the rule in its footer written out for the 400
 * years that follow, after which everything repeats. */
#include "base/tzif.h"

struct header {
    uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

#define HEADER_BYTES 44

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p) { return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4)); }

static enum ts_code damaged(struct ts_error *err, const char *what)
{
    return ts_fail(err, TS_E_DAMAGED, "not a readable time zone file: %s", what);
}

static bool read_header(const uint8_t *p, const uint8_t *end, struct header *h)
{
    if (end - p < HEADER_BYTES || memcmp(p, "TZif", 4) != 0) return false;
    *h = (struct header){be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40)};
    return true;
}

/* Bytes of a data block whose times take `time_bytes`. */
static uint64_t block_bytes(const struct header *h, unsigned time_bytes)
{
    return (uint64_t)h->timecnt * (time_bytes + 1) + (uint64_t)h->typecnt * 6 + h->charcnt +
           (uint64_t)h->leapcnt * (time_bytes + 4) + h->isstdcnt + h->isutcnt;
}

static bool spans_add(struct ts_spans *s, int64_t at, int32_t offset)
{
    if (s->offset.at[s->offset.len - 1] == offset) return true; /* only the name or the flag changed */
    int64_t *slot = ts_vec_push(&s->at);
    if (!slot) return false;
    *slot = at;
    int32_t *value = ts_vec_push(&s->offset);
    if (!value) return false;
    *value = offset;
    return true;
}

#define OFFSET_FAR (26 * 3600) /* RFC 8536, 3.2: utoff lies within -25 h and 26 h */

static enum ts_code read_block(const uint8_t *p, const struct header *h, struct ts_spans *s, struct ts_error *err)
{
    const uint8_t *types = p + (size_t)h->timecnt * 8, *infos = types + h->timecnt;
    for (uint32_t i = 0; i < h->typecnt; i++) {
        int32_t offset = (int32_t)be32(infos + 6 * (size_t)i);
        if (offset < -OFFSET_FAR || offset > OFFSET_FAR) return damaged(err, "an offset is out of range");
    }
    int32_t *first = ts_vec_push(&s->offset);
    if (!first) return ts_fail(err, TS_E_MEMORY, "out of memory");
    *first = (int32_t)be32(infos);
    for (uint32_t i = 0; i < h->timecnt; i++) {
        int64_t at = be64(p + 8 * (size_t)i);
        if (types[i] >= h->typecnt || (i > 0 && at <= be64(p + 8 * (size_t)(i - 1)))) {
            return damaged(err, "its transitions contradict each other");
        }
        if (!spans_add(s, at, (int32_t)be32(infos + 6 * (size_t)types[i]))) {
            return ts_fail(err, TS_E_MEMORY, "out of memory");
        }
    }
    return TS_OK;
}

/* ---- the footer: a POSIX TZ string with the hours of version 3, "<+0330>-3:30<+0430>,J79/24,J263/24" ---- */

struct rule_day {
    char form; /* 'J': 1..365, 29 Feb not counted; 'D': 0..365; 'M': month, week (5: last), weekday (0: Sunday) */
    int month, week, day;
    int32_t time; /* seconds after local midnight, may be below zero or past a day */
};

struct rule {
    int32_t standard, summer; /* seconds east */
    bool has_summer;
    struct rule_day start, end;
};

static bool parse_number(const char **p, int low, int high, int *ret)
{
    int v = 0, n = 0;
    for (; **p >= '0' && **p <= '9' && n < 4; (*p)++, n++)
        v = v * 10 + (**p - '0');
    *ret = v;
    return n > 0 && v >= low && v <= high;
}

static bool parse_name(const char **p)
{
    const char *begin = *p;
    if (**p == '<') {
        while (**p && **p != '>')
            (*p)++;
        return *(*p)++ == '>' && *p - begin > 2;
    }
    while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'))
        (*p)++;
    return *p > begin;
}

/* [+-]hh[:mm[:ss]] */
static bool parse_clock(const char **p, int hours_max, int32_t *ret)
{
    int sign = **p == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;
    if (**p == '-' || **p == '+') (*p)++;
    if (!parse_number(p, 0, hours_max, &hours)) return false;
    if (**p == ':') {
        (*p)++;
        if (!parse_number(p, 0, 59, &minutes)) return false;
        if (**p == ':') {
            (*p)++;
            if (!parse_number(p, 0, 59, &seconds)) return false;
        }
    }
    *ret = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool parse_rule_day(const char **p, struct rule_day *d)
{
    if (*(*p)++ != ',') return false;
    d->form = 'D';
    if (**p == 'J' || **p == 'M') d->form = *(*p)++;
    if (d->form == 'M') {
        if (!parse_number(p, 1, 12, &d->month) || *(*p)++ != '.' || !parse_number(p, 1, 5, &d->week) ||
            *(*p)++ != '.' || !parse_number(p, 0, 6, &d->day)) {
            return false;
        }
    } else if (!parse_number(p, d->form == 'J', 365, &d->day)) {
        return false;
    }
    d->time = 7200;
    if (**p != '/') return true;
    (*p)++;
    return parse_clock(p, 167, &d->time);
}

static bool parse_rule(const char *p, struct rule *r)
{
    int32_t west;
    *r = (struct rule){0};
    if (!parse_name(&p) || !parse_clock(&p, 24, &west)) return false;
    r->standard = -west;
    if (!*p) return true;
    r->has_summer = true;
    if (!parse_name(&p)) return false;
    r->summer = r->standard + 3600;
    if (*p != ',') {
        if (!parse_clock(&p, 24, &west)) return false;
        r->summer = -west;
    }
    return parse_rule_day(&p, &r->start) && parse_rule_day(&p, &r->end) && !*p;
}

static ts_day rule_day_in(const struct rule_day *d, int year)
{
    ts_day first = ts_day_from_civil(year, 1, 1);
    bool leap = ts_days_in_month(year, 2) == 29;
    if (d->form == 'D') return first + d->day;
    if (d->form == 'J') return first + d->day - 1 + (leap && d->day >= 60);
    first = ts_day_from_civil(year, d->month, 1);
    int ahead = (d->day - ts_day_weekday(first) % 7 + 7) % 7; /* ISO's Sunday is 7, the rule's 0 */
    int offset = ahead + 7 * (d->week - 1), length = ts_days_in_month(year, d->month);
    while (offset >= length)
        offset -= 7;
    return first + offset;
}

/* Write the rule out from the year of the last transition until the cycle is closed, with a year to spare at both ends,
 * so that a search near either end finds its neighbours. */
static bool expand_rule(const struct rule *r, struct ts_spans *s)
{
    int64_t last = s->at.len ? s->at.at[s->at.len - 1] : INT64_C(-2208988800); /* 1900 */
    if (!r->has_summer) return spans_add(s, last + 1, r->standard);
    int year, month, dom;
    ts_civil_from_day((ts_day)(last / 86400 - (last % 86400 < 0)), &year, &month, &dom);
    for (int y = year; y <= year + 403; y++) {
        int64_t summer = (int64_t)rule_day_in(&r->start, y) * 86400 + r->start.time - r->standard;
        int64_t winter = (int64_t)rule_day_in(&r->end, y) * 86400 + r->end.time - r->summer;
        bool summer_first = summer < winter;
        int64_t at[2] = {summer_first ? summer : winter, summer_first ? winter : summer};
        for (int i = 0; i < 2; i++) {
            if (at[i] > last && !spans_add(s, at[i], (i == 0) == summer_first ? r->summer : r->standard)) return false;
        }
    }
    s->cycle_from = (int64_t)ts_day_from_civil(year + 2, 1, 1) * 86400;
    return true;
}

static enum ts_code read_footer(const uint8_t *p, const uint8_t *end, struct ts_spans *s, struct ts_error *err)
{
    char text[128];
    const uint8_t *close = end - p > 1 && *p == '\n' ? memchr(p + 1, '\n', (size_t)(end - p - 1)) : NULL;
    if (!close || (size_t)(close - p) > sizeof text) return damaged(err, "its footer is missing");
    size_t len = (size_t)(close - p - 1);
    if (len == 0) return TS_OK; /* what holds after the last transition is not known: it goes on */
    memcpy(text, p + 1, len);
    text[len] = '\0';
    struct rule rule;
    if (!parse_rule(text, &rule)) return damaged(err, "its footer is no POSIX rule");
    if (rule.standard < -OFFSET_FAR || rule.standard > OFFSET_FAR || rule.summer < -OFFSET_FAR ||
        rule.summer > OFFSET_FAR) {
        return damaged(err, "the offset in its footer is out of range");
    }
    return expand_rule(&rule, s) ? TS_OK : ts_fail(err, TS_E_MEMORY, "out of memory");
}

enum ts_code ts_tzif_read(const uint8_t *data, size_t len, struct ts_spans *ret, struct ts_error *err)
{
    const uint8_t *p = data, *end = data + len;
    struct header h;
    ret->cycle_from = INT64_MAX;
    if (!read_header(p, end, &h) || p[4] < '2') return damaged(err, "no TZif file of version 2 or later");
    p += HEADER_BYTES;
    if (block_bytes(&h, 4) > (uint64_t)(end - p)) return damaged(err, "it is cut short");
    p += block_bytes(&h, 4);
    if (!read_header(p, end, &h) || h.typecnt == 0) return damaged(err, "its second header is missing");
    p += HEADER_BYTES;
    if (block_bytes(&h, 8) > (uint64_t)(end - p)) return damaged(err, "it is cut short");
    if (h.leapcnt) return damaged(err, "it counts leap seconds");
    enum ts_code code = read_block(p, &h, ret, err);
    return code != TS_OK ? code : read_footer(p + block_bytes(&h, 8), end, ret, err);
}
