/* SPDX-License-Identifier: Apache-2.0 */
/* How many equal lines came before a line in the same input: part of the id of a line without messageId, so that equal rows of one
 * file all count and the same file again changes nothing. */
#ifndef TS_COMMAND_EQUAL_H
#define TS_COMMAND_EQUAL_H

#include "base/base.h"

/* 12 bytes a line, by a 64-bit hash of fixed seed. Two different lines that hash alike share a count; since the id also covers the
 * bytes, both still get ids of their own, the same in every run. */
struct ts_equal {
    uint64_t *hashes; /* 0: free */
    uint32_t *counts;
    size_t cap, used; /* cap is a power of two */
};
void ts_equal_release(struct ts_equal *e);
/* Count the line; *ret is how many equal ones came before. False: out of memory. */
bool ts_equal_count(struct ts_equal *e, struct ts_str line, uint64_t *ret);
/* Does the object on this line have a messageId that is a non-empty text? Looks no further than the key. An odd spelling (an escape in the
 * key) gives false, which only costs a place in the table. */
bool ts_line_has_message_id(struct ts_str line);

#endif
