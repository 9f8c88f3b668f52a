/* SPDX-License-Identifier: Apache-2.0 */
/* The sample's sense of time: how busy each day of the two years is (weekends, months, the sales of 18 June and 11
 * November, the quiet of the Chinese New Year), how a day's visits spread over its hours, and the drawing of gaps. */
#include "command/sample_parts.h"

#define ZONE_MS (8 * INT64_C(3600000)) /* China has had one offset and no summer time since 1991 */
#define HOUR_MS INT64_C(3600000)

static uint32_t percent(uint32_t weight, uint32_t p) { return (uint32_t)((uint64_t)weight * p / 100); }

/* Days before, on and after the New Year: people stock up, then the shops are empty. */
static uint32_t new_year(ts_day day)
{
    static const int FEASTS[][3] = {{2024, 2, 10}, {2025, 1, 29}};
    for (size_t i = 0; i < TS_ARRAY_LEN(FEASTS); i++) {
        ts_day off = day - ts_day_from_civil(FEASTS[i][0], FEASTS[i][1], FEASTS[i][2]);
        if (off >= -16 && off < -3) return 125;
        if (off >= -3 && off < 0) return 70;
        if (off >= 0 && off < 7) return 35;
        if (off >= 7 && off < 12) return 75;
    }
    return 100;
}

/* The great sales: some days of warming up, the day itself, and the hangover. 0: not in a sale. */
static uint32_t sale(int month, int dom)
{
    if (month == 6 && dom >= 1 && dom <= 20) return dom == 18 ? 330 : dom > 18 ? 90 : dom >= 15 ? 170 : 120;
    if (month == 11 && dom >= 1 && dom <= 11) return dom == 11 ? 520 : dom >= 9 ? 210 : 135;
    if (month == 12 && dom >= 10 && dom <= 12) return dom == 12 ? 220 : 130;
    return 0;
}

static uint32_t day_weight(ts_day day, bool *ret_sale)
{
    static const uint32_t MONTH[12] = {96, 92, 98, 98, 102, 100, 94, 95, 102, 104, 104, 106};
    static const uint32_t WEEKDAY[7] = {88, 86, 88, 92, 108, 124, 114};
    int year, month, dom;
    ts_civil_from_day(day, &year, &month, &dom);
    uint32_t w = percent(TS_SAMPLE_ORDINARY_DAY, MONTH[month - 1]);
    w = percent(w, WEEKDAY[ts_day_weekday(day) - 1]);
    w = percent(w, new_year(day));
    uint32_t s = sale(month, dom);
    *ret_sale = s >= 120;
    return s ? percent(w, s) : w;
}

void ts_sample_calendar_init(struct ts_sample_calendar *c)
{
    ts_day first = ts_day_from_civil(2024, 1, 1);
    c->start = first * TS_DAY_MS - ZONE_MS;
    c->end = c->start + TS_SAMPLE_DAYS * TS_DAY_MS;
    c->until[0] = 0;
    for (int i = 0; i < TS_SAMPLE_DAYS; i++) {
        c->until[i + 1] = c->until[i] + day_weight(first + i, &c->sale[i]);
    }
}

ts_ms ts_sample_calendar_at(const struct ts_sample_calendar *c, uint64_t busy, bool shop)
{
    /* Per mille of a day's visits in each hour. */
    static const uint16_t ONLINE[24] = {18, 8,  4,  3,  2,  4,  12, 28, 42, 48, 52, 54,
                                        66, 52, 44, 44, 46, 48, 54, 68, 88, 98, 78, 39};
    static const uint16_t SHOP[24] = {0,  0,  0,  0,  0,  0,  0,  60, 120, 90, 72, 64,
                                      92, 84, 76, 80, 70, 60, 58, 38, 24,  12, 0,  0};
    if (busy >= c->until[TS_SAMPLE_DAYS]) return TS_NEVER;
    uint32_t low = 0, high = TS_SAMPLE_DAYS; /* until[low] <= busy < until[high] */
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (c->until[middle] <= busy)
            low = middle;
        else
            high = middle;
    }
    uint64_t day = c->until[low + 1] - c->until[low];
    uint64_t mark = (busy - c->until[low]) * 1000000 / day; /* millionths of the day's visits */
    const uint16_t *hours = shop ? SHOP : ONLINE;
    int hour = 0;
    while (hour < 23 && mark >= hours[hour] * UINT64_C(1000))
        mark -= hours[hour++] * UINT64_C(1000);
    uint64_t within = hours[hour] ? mark * (uint64_t)HOUR_MS / (hours[hour] * UINT64_C(1000)) : 0;
    if (within >= (uint64_t)HOUR_MS) within = (uint64_t)HOUR_MS - 1;
    return c->start + low * TS_DAY_MS + hour * HOUR_MS + (ts_ms)within;
}

uint64_t ts_sample_calendar_busy(const struct ts_sample_calendar *c, uint32_t day)
{
    return c->until[day < TS_SAMPLE_DAYS ? day : TS_SAMPLE_DAYS];
}

bool ts_sample_calendar_sale(const struct ts_sample_calendar *c, ts_ms t)
{
    return t >= c->start && t < c->end && c->sale[(t - c->start) / TS_DAY_MS];
}

uint64_t ts_sample_exponential(struct ts_rng *rng)
{
    for (uint64_t whole = 0;; whole++) { /* a run of falling draws of odd length accepts with probability e^-first */
        uint32_t first = (uint32_t)(ts_rng_next(rng) >> 32), before = first, draw;
        bool odd = false;
        for (;;) {
            draw = (uint32_t)(ts_rng_next(rng) >> 32);
            odd = !odd;
            if (draw >= before) break;
            before = draw;
        }
        if (odd) return whole * 65536 + (first >> 16);
    }
}
