/* SPDX-License-Identifier: Apache-2.0 */
/* What the test kit reports of a run of specs, and how `tessera test` shows it. */
#ifndef TS_COMMAND_KIT_REPORT_H
#define TS_COMMAND_KIT_REPORT_H

#include "base/json.h"
#include "command/command.h"

struct ts_kit_report {
    bool there, missing, unfinished; /* missing: there is no busted; unfinished: the tests began and did not end */
    int64_t passed, failed, skipped;
    struct ts_buf text;
    struct ts_json json;
    const struct ts_json_node *coverage; /* NULL: not asked for */
};
/* An empty file is no report: `there` is false. Release it in any case. */
enum ts_code ts_kit_report_read(struct ts_kit_report *r, const char *path, struct ts_error *err);
void ts_kit_report_release(struct ts_kit_report *r);
/* Prints what was asked for and sets run->exit. */
enum ts_code ts_kit_report_show(struct ts_run *run, const struct ts_kit_report *r);

#endif
