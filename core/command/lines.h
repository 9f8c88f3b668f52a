/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a file or of stdin, gzip seen by its content. Big blocks are read and lines are handed out where they stand: nothing is
 * copied or allocated for a line. */
#ifndef TS_COMMAND_LINES_H
#define TS_COMMAND_LINES_H

#include "command/command.h"

struct ts_line {
    struct ts_str text; /* without its newline; valid until the next call */
    uint64_t number;    /* 1, 2, 3 ... */
    bool cut;           /* was longer than TS_LIMIT_LINE_BYTES: text is its beginning */
};
/* Called before a read that would have to wait (a pipe without data), and when a signal broke the wait. False: stop as at the end of the
 * input. */
typedef bool (*ts_idle_fn)(void *arg);

struct ts_lines;
enum ts_code ts_lines_open(const char *path, struct ts_lines **ret, struct ts_error *err); /* "-": stdin */
void ts_lines_close(struct ts_lines *l);
/* `wake` is a descriptor that ends a wait as well (signals), -1: none. */
void ts_lines_idle(struct ts_lines *l, ts_idle_fn idle, void *arg, int wake);
/* True: a line. False: the end, or an error (err->code is not TS_OK then; initialise it). A last line without newline counts, a
 * carriage return before the newline is dropped, an empty line is a line, except one that is the last. */
bool ts_lines_next(struct ts_lines *l, struct ts_line *ret, struct ts_error *err);
uint64_t ts_lines_at(const struct ts_lines *l);    /* bytes of the file read so far (packed, when it is packed) */
uint64_t ts_lines_total(const struct ts_lines *l); /* size of the file; 0: unknown */
uint64_t ts_lines_fills(const struct ts_lines *l); /* how many blocks were read: changes when time may have passed */

#endif
