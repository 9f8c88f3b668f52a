/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of --results, and the barrier of --ack and --results: what was written out is on disk before. */
#ifndef TS_COMMAND_RESULTS_H
#define TS_COMMAND_RESULTS_H

#include "command/effects.h"
#include "command/session.h"

const char *ts_result_status_name(enum ts_result_status status);
/* The object of one line. */
cJSON *ts_result_json(struct ts_doc *d, struct ts_engine *engine, uint64_t line, const struct ts_result *r);

#define TS_ACK_LINES 500 /* a mark after so many lines ... */
#define TS_ACK_MS 100    /* ... or so long: half of what CONTRACT.md allows, the rest is for the commit */

struct ts_ack_mark { /* the first `line` lines are on disk once `ticket` is durable */
    uint64_t ticket, line, record;
    size_t end; /* of their results in `text` */
};
struct ts_acks {
    struct ts_session *session;
    FILE *ack, *results;       /* NULL: not asked for */
    bool own_ack, own_results; /* to be closed */
    struct ts_buf text;        /* results that are not yet durable */
    TS_VEC(struct ts_ack_mark) marks;
    uint64_t line, marked_line;
    int64_t marked_at;
};
/* Opens the files that --ack and --results name ("-": stdout). */
enum ts_code ts_acks_open(struct ts_acks *a, struct ts_session *s);
static inline bool ts_acks_wanted(const struct ts_acks *a) { return a->ack || a->results; }
/* A line is done: the `count`th of the input as it is taken (sorted or not), numbered `line` in the file; `now` is monotonic ms. */
enum ts_code ts_acks_line(struct ts_acks *a, uint64_t count, uint64_t line, const struct ts_result *r, int64_t now);
/* Everything so far: wait for the disk, then write it out. */
enum ts_code ts_acks_flush(struct ts_acks *a);
enum ts_code ts_acks_close(struct ts_acks *a, enum ts_code code);

#endif
