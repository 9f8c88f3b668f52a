/* SPDX-License-Identifier: Apache-2.0 */
/* Which rule set a file belongs to: names and units come from its other files. */
#ifndef TS_COMMAND_PLACE_H
#define TS_COMMAND_PLACE_H

#include <limits.h>

#include "command/command.h"

struct ts_place {
    char root[PATH_MAX]; /* of the rule set, without links */
    char path[PATH_MAX]; /* of the file or folder, inside it; "": all */
};
/* TS_E_NOT_FOUND when there is no such file or folder. */
enum ts_code ts_place_find(struct ts_run *run, const char *what, struct ts_place *ret);
/* `root` as it is seen from the folder where the command runs. */
const char *ts_place_seen(const struct ts_place *p, char out[static PATH_MAX]);

#endif
