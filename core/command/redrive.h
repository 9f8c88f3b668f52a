/* SPDX-License-Identifier: Apache-2.0 */
/* What quarantine and errors have in common: a list by number, and a second try of what is still open. */
#ifndef TS_COMMAND_REDRIVE_H
#define TS_COMMAND_REDRIVE_H

#include "command/out.h"
#include "command/session.h"

struct ts_redriven {
    uint64_t tried, applied, still;
};
/* "list" (or nothing) -> false, "redrive" -> true; anything else is TS_E_USAGE. */
enum ts_code ts_redrive_word(struct ts_run *run, bool *ret);
/* --limit and --after; a list for people shows the first 50. */
enum ts_code ts_page_flags(struct ts_run *run, uint64_t *ret_after, uint64_t *ret_limit);
enum ts_code ts_redriven_print(struct ts_run *run, const struct ts_redriven *r, const char *what);
/* "m12" or "" */
const char *ts_member_text(uint64_t member, char out[static 24]);
/* Does `status` say that nobody has dealt with it yet? */
static inline bool ts_is_open(struct ts_str status) { return ts_str_eq(status, TS_STR("open")); }

#endif
