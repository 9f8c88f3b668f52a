/* SPDX-License-Identifier: Apache-2.0 */
/* What quarantine and errors have in common: a list by number, and a second try of what is still open. */
#ifndef TS_COMMAND_REDRIVE_H
#define TS_COMMAND_REDRIVE_H

#include "command/out.h"
#include "command/session.h"
#include "command/table.h"

/* A list by number, of which one page is shown: as JSON, or as a table. Items come in order and say their number. */
struct ts_listing {
    struct ts_run *run;
    const struct ts_zone *zone;
    uint64_t limit, n, last, next;
    struct ts_list list;
    struct ts_table table;
    enum ts_code code;
};
/* --limit and --after; a list for people shows the first 50. */
enum ts_code ts_listing_open(struct ts_listing *l, struct ts_session *s, const struct ts_column *columns, unsigned n,
                             uint64_t *ret_after);
/* Is there room for item `id`? False: the page is full. */
bool ts_listing_takes(struct ts_listing *l, uint64_t id);
/* An item as JSON, whose root is taken; goes on while this is true. */
bool ts_listing_add(struct ts_listing *l, struct ts_doc *d, cJSON *item);
/* Print and release. `none`: what is said for people when there is nothing. */
enum ts_code ts_listing_close(struct ts_listing *l, enum ts_code code, const char *none);

struct ts_redriven {
    uint64_t tried, applied, still;
};
/* "list" (or nothing) -> false, "redrive" -> true; anything else is TS_E_USAGE. */
enum ts_code ts_redrive_word(struct ts_run *run, bool *ret);
enum ts_code ts_redriven_print(struct ts_run *run, const struct ts_redriven *r, const char *what);
/* "m12" or "" */
const char *ts_member_text(uint64_t member, char out[static 24]);
/* Does `status` say that nobody has dealt with it yet? */
static inline bool ts_is_open(struct ts_str status) { return ts_str_eq(status, TS_STR("open")); }

#endif
