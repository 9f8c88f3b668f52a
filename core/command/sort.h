/* SPDX-License-Identifier: Apache-2.0 */
/* Order lines by their timestamp, stable, with bounded memory: sorted runs are spooled to files that have no name, then merged. */
#ifndef TS_COMMAND_SORT_H
#define TS_COMMAND_SORT_H

#include "command/lines.h"

#define TS_SORT_MEMORY (64u << 20) /* of one run */
#define TS_SORT_RUNS_MAX 64        /* open at once; more are merged into one first */

struct ts_sort;
/* `dir` is where runs are spooled; NULL: TMPDIR, else /tmp. `memory` of one run: 0 means TS_SORT_MEMORY. */
enum ts_code ts_sort_new(const char *dir, size_t memory, struct ts_sort **ret, struct ts_error *err);
void ts_sort_free(struct ts_sort *s);
/* Take a line (copied). A line without a readable timestamp keeps its place behind the line before it. */
enum ts_code ts_sort_add(struct ts_sort *s, const struct ts_line *line, struct ts_error *err);
enum ts_code ts_sort_finish(struct ts_sort *s, struct ts_error *err); /* no more lines */
/* The next line in order; false: the end, or an error (err->code). */
bool ts_sort_next(struct ts_sort *s, struct ts_line *ret, struct ts_error *err);
/* The instant by which a line is sorted: `timestamp`, else `originalTimestamp`. */
struct ts_json;
bool ts_line_time(struct ts_json *json, struct ts_str line, ts_ms *ret);

#endif
