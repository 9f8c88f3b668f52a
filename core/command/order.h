/* SPDX-License-Identifier: Apache-2.0 */
/* A command of the journal from the command line (redeem, adjust, set-tier, set-tag, tick): flags become the line that ingest would take,
 * the line is submitted and made durable, and its answer is printed. */
#ifndef TS_COMMAND_ORDER_H
#define TS_COMMAND_ORDER_H

#include "command/session.h"

struct ts_order {
    struct ts_run *run;
    struct ts_session session;
    struct ts_buf line, answer; /* what is submitted; JSON, printed once the folder is closed */
    bool live;
    ts_ms at;
};

/* Writes the members of the line that this kind needs, from `,"key":` on. */
typedef enum ts_code (*ts_order_build_fn)(struct ts_order *o, const char *type);
/* The whole command: --at and --clock are read, `build` adds what it needs, the timestamp comes last. */
enum ts_code ts_order_command(struct ts_run *run, const char *type, ts_order_build_fn build);

/* `,"key":"value"`, escaped. */
void ts_order_text(struct ts_buf *b, const char *key, const char *value);
/* TS_E_USAGE unless `value` of flag or word `name` is UTF-8. */
enum ts_code ts_order_utf8(struct ts_run *run, const char *name, const char *value);

#endif
