/* SPDX-License-Identifier: Apache-2.0 */
/* Progress on stderr: a bar with rate and time left when it is a terminal, plain lines every few seconds when that was asked for,
 * otherwise nothing. Costs one comparison where nothing is due. */
#ifndef TS_COMMAND_PROGRESS_H
#define TS_COMMAND_PROGRESS_H

#include "command/command.h"

struct ts_progress {
    FILE *err;
    struct ts_style style;
    bool plain, shown;
    const char *what;      /* "ingest" */
    uint64_t total;        /* in the unit of `at`; 0: unknown */
    int64_t started, last; /* monotonic ms */
};
int64_t ts_monotonic_ms(void);
void ts_progress_init(struct ts_progress *p, struct ts_run *run, const char *what, bool plain);
/* `at` of total (bytes read), `count` things done (lines); shows at most five times a second. */
void ts_progress_show(struct ts_progress *p, uint64_t at, uint64_t count, int64_t now);
void ts_progress_end(struct ts_progress *p); /* clears the bar */

#endif
