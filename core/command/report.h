/* SPDX-License-Identifier: Apache-2.0 */
/* The programme in figures: members by tier, tag and segment, totals of measures, points by state, rule and month of expiry. */
#ifndef TS_COMMAND_REPORT_H
#define TS_COMMAND_REPORT_H

#include "command/effects.h"
#include "command/session.h"

struct ts_report_month {
    int32_t month; /* year * 12 + month - 1; INT32_MAX: never */
    uint32_t points;
    int64_t amount;
};
struct ts_report_rule {
    uint32_t points, rule;
    int64_t amount;
};
struct ts_report_funder {
    struct ts_str name; /* the engine's */
    uint32_t points;
    int64_t amount;
};
struct ts_report_credit {
    uint64_t credits;
    int64_t amount; /* minor units */
};
struct ts_report {
    const struct ts_program *program;
    uint64_t members, events, quarantined, rule_errors;
    ts_ms clock;
    uint64_t *tags, *segments; /* by number */
    uint32_t n_tags, n_segments;
    uint64_t **levels; /* by tiers of the program, then level number */
    uint32_t n_levels, n_tiers;
    int64_t **measures; /* by measure of the program, then `by` number (0: the plain series) */
    uint32_t n_by, n_measures;
    TS_VEC(struct ts_report_month) months;
    TS_VEC(struct ts_report_rule) rules;
    TS_VEC(struct ts_report_funder) funders; /* in order of first use */
    TS_VEC(struct ts_str) attributions;      /* names, in order of first use */
    struct ts_report_credit *credits;        /* by attribution * n_by + number of who is credited */
    int64_t clawed[TS_CURRENCIES_MAX];       /* by currency: taken back by refunds; `issued` is without it */
    bool failed;
};
enum ts_code ts_report_gather(struct ts_session *s, struct ts_report *ret);
enum ts_code ts_report_credits(struct ts_session *s, struct ts_report *r); /* report_credit.c */
void ts_report_release(struct ts_report *r);

struct ts_report_points {
    int64_t issued, available, pending, held, spent, expired, adjusted, debt;
};
struct ts_report_points ts_report_points(const struct ts_ledger *l, uint32_t points);

#endif
