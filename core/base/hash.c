/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and the generator: a fast one for tables in memory, SHA-256 for what is kept, splitmix64 for samples. */
#include <sodium.h>

#include "base/base.h"
#include "base/scan.h"

static inline uint32_t load32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Sixteen bytes a step through ts_mix; the tail is read as two overlapping words, so that no byte is handled alone. */
uint64_t ts_hash(const void *data, size_t n, uint64_t seed)
{
    const uint8_t *p = data;
    size_t left = n;
    uint64_t h = ts_mix(seed, n), a = 0, b = 0;
    for (; left > 16; left -= 16, p += 16)
        h = ts_mix(ts_load64(p) ^ h, ts_load64(p + 8));
    if (left >= 8) {
        a = ts_load64(p);
        b = ts_load64(p + left - 8);
    } else if (left >= 4) {
        a = load32(p);
        b = load32(p + left - 4);
    } else if (left > 0) {
        a = (uint64_t)p[0] << 16 | (uint64_t)p[left >> 1] << 8 | p[left - 1];
    }
    return ts_mix(ts_mix(a ^ h, b), h);
}

void ts_sha256(const void *p, size_t n, uint8_t out[32])
{
    _Static_assert(crypto_hash_sha256_BYTES == 32, "the digest has 32 bytes");
    crypto_hash_sha256(out, p, n);
}

void ts_sha256_hex(const uint8_t digest[32], char out[65])
{
    for (size_t i = 0; i < 32; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[64] = '\0';
}

uint64_t ts_rng_next(struct ts_rng *r)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

double ts_rng_unit(struct ts_rng *r) { return (double)(ts_rng_next(r) >> 11) * 0x1p-53; }

/* Lemire's multiplication; the few values that would make it uneven are drawn again. */
uint64_t ts_rng_below(struct ts_rng *r, uint64_t n)
{
    __uint128_t m = (__uint128_t)ts_rng_next(r) * n;
    if ((uint64_t)m < n) {
        uint64_t uneven = -n % n;
        while ((uint64_t)m < uneven)
            m = (__uint128_t)ts_rng_next(r) * n;
    }
    return (uint64_t)(m >> 64);
}
