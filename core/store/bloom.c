/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a Bloom filter; the arithmetic is in the header. */
#include "store/bloom.h"

#define BITS_PER_KEY 16
#define BLOCK_BITS 512

bool store_bloom_init(struct store_bloom *b, uint64_t keys)
{
    uint64_t blocks = (keys * BITS_PER_KEY + BLOCK_BITS - 1) / BLOCK_BITS;
    if (blocks == 0) blocks = 1;
    if (blocks > UINT32_MAX) return false;
    b->words = ts_calloc(blocks, BLOCK_BITS / 8);
    b->n_blocks = b->words ? (uint32_t)blocks : 0;
    return b->words != NULL;
}

bool store_bloom_load(struct store_bloom *b, const void *bytes, size_t len)
{
    if (len == 0 || len % (BLOCK_BITS / 8) != 0 || len / (BLOCK_BITS / 8) > UINT32_MAX) return false;
    b->words = ts_alloc(len);
    if (!b->words) return false;
    b->n_blocks = (uint32_t)(len / (BLOCK_BITS / 8));
    memcpy(b->words, bytes, len);
    return true;
}

void store_bloom_release(struct store_bloom *b)
{
    ts_free(b->words);
    *b = (struct store_bloom){0};
}
