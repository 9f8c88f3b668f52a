/* SPDX-License-Identifier: Apache-2.0 */
/* A Bloom filter whose bits of one key lie in one cache line, at 16 bits a key and 6 bits set: about one false answer in 700
 * (measured by the unit test). It is stored with what it guards, so its layout is part of the format. */
#ifndef TS_STORE_BLOOM_H
#define TS_STORE_BLOOM_H

#include "base/base.h"

struct store_bloom {
    uint64_t *words; /* blocks of 8 words */
    uint32_t n_blocks;
};
bool store_bloom_init(struct store_bloom *b, uint64_t keys);                 /* room for so many; false: no memory */
bool store_bloom_load(struct store_bloom *b, const void *bytes, size_t len); /* false: no memory, or a wrong length */
void store_bloom_release(struct store_bloom *b);
static inline size_t store_bloom_bytes(const struct store_bloom *b) { return (size_t)b->n_blocks * 64; }

static inline uint64_t *store_bloom_block(const struct store_bloom *b, uint64_t hash)
{
    return b->words + 8 * (((hash >> 32) * b->n_blocks) >> 32);
}
static inline void store_bloom_prefetch(const struct store_bloom *b, uint64_t hash)
{
    __builtin_prefetch(store_bloom_block(b, hash));
}
/* The low half of the hash, spread: six numbers of 9 bits. */
static inline uint64_t store_bloom_bits(uint64_t hash) { return (hash & 0xFFFFFFFFu) * 0x9E3779B97F4A7C15u >> 10; }
static inline void store_bloom_add(struct store_bloom *b, uint64_t hash)
{
    uint64_t *block = store_bloom_block(b, hash), bits = store_bloom_bits(hash);
    for (int i = 0; i < 6; i++, bits >>= 9)
        block[(bits >> 6) & 7] |= UINT64_C(1) << (bits & 63);
}
static inline bool store_bloom_has(const struct store_bloom *b, uint64_t hash)
{
    const uint64_t *block = store_bloom_block(b, hash);
    uint64_t bits = store_bloom_bits(hash);
    for (int i = 0; i < 6; i++, bits >>= 9) {
        if (!(block[(bits >> 6) & 7] & UINT64_C(1) << (bits & 63))) return false;
    }
    return true;
}

#endif
