/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and SIGTERM as something to look at between two lines, by a signalfd: no handler, nothing global. */
#ifndef TS_COMMAND_STOP_H
#define TS_COMMAND_STOP_H

#include "command/command.h"

struct ts_stop {
    int fd;     /* readable when one came; -1: not available, signals end the process as usual */
    int signal; /* the one that came, 0 */
};
/* Call before threads are made: they inherit that the signals are blocked. */
void ts_stop_open(struct ts_stop *s);
bool ts_stop_asked(struct ts_stop *s);
void ts_stop_close(struct ts_stop *s); /* signals act as usual again */

#endif
