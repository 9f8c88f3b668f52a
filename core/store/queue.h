/* SPDX-License-Identifier: Apache-2.0 */
/* What queue.c and journal.c share: the segments that items stand in. */
#ifndef TS_STORE_QUEUE_H
#define TS_STORE_QUEUE_H

#include "store/journal.h"

struct store_segment {
    struct store_segment *next;
    size_t len, cap;
    _Alignas(16) uint8_t data[];
};
void store_segments_free(struct store_segment *s);
void store_segments_recycle(struct store_journal *j, struct store_segment *s); /* under the mutex */

#endif
