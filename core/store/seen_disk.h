/* SPDX-License-Identifier: Apache-2.0 */
/* What seen.c and seen_disk.c share. */
#ifndef TS_STORE_SEEN_DISK_H
#define TS_STORE_SEEN_DISK_H

#include "store/seen.h"

#define SEEN_SAME_MAX 16 /* ids of one block that share 44 bits of their hash: two is rare, this many does not happen */

void seen_block_free(struct seen_block *b);
struct seen_block *seen_block_new(const struct store_seen *s, uint64_t number, uint64_t first);
bool seen_block_add(struct seen_block *b, uint64_t hash, uint32_t offset);
/* Offsets of the block's ids whose hash begins like this one; -1: error. */
int seen_chunk_find(struct store_seen *s, const struct seen_written *w, uint64_t hash, uint32_t *ret);

#endif
