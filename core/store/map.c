/* SPDX-License-Identifier: Apache-2.0 */
/* See map.h. Slots are searched one after the other from the mixed key; the key 0 has a slot behind all others. */
#include "store/map.h"

#define SLOTS_FIRST 64u

void store_map_init(struct store_map *m, uint32_t width) { *m = (struct store_map){.width = width}; }

void store_map_release(struct store_map *m)
{
    ts_free(m->keys);
    ts_free(m->values);
    *m = (struct store_map){.width = m->width};
}

static uint64_t slot_of(const struct store_map *m, uint64_t key)
{
    uint64_t at = ts_mix(key, 7) & m->mask;
    while (m->keys[at] && m->keys[at] != key)
        at = (at + 1) & m->mask;
    return at;
}

static bool resize(struct store_map *m, uint64_t slots)
{
    struct store_map grown = {.keys = ts_calloc(slots, sizeof *grown.keys),
                              .values = ts_calloc((slots + 1) * m->width, sizeof *grown.values),
                              .mask = slots - 1,
                              .n = m->n,
                              .width = m->width,
                              .zero = m->zero};
    if (!grown.keys || !grown.values) {
        store_map_release(&grown);
        return false;
    }
    for (uint64_t i = 0; m->keys && i <= m->mask; i++) {
        if (!m->keys[i]) continue;
        uint64_t at = slot_of(&grown, m->keys[i]);
        grown.keys[at] = m->keys[i];
        memcpy(grown.values + at * m->width, m->values + i * m->width, m->width * sizeof *m->values);
    }
    if (m->keys)
        memcpy(grown.values + slots * m->width, m->values + (m->mask + 1) * m->width, m->width * sizeof *m->values);
    ts_free(m->keys);
    ts_free(m->values);
    *m = grown;
    return true;
}

int64_t *store_map_at(struct store_map *m, uint64_t key, bool *ret_new)
{
    if (!m->keys && !resize(m, SLOTS_FIRST)) return NULL;
    if (key == 0) {
        if (ret_new) *ret_new = !m->zero;
        m->zero = true;
        return m->values + (m->mask + 1) * m->width;
    }
    if ((m->n + 1) * 4 > (m->mask + 1) * 3 && !resize(m, (m->mask + 1) * 2)) return NULL;
    const uint64_t at = slot_of(m, key);
    if (ret_new) *ret_new = m->keys[at] == 0;
    if (m->keys[at] == 0) {
        m->keys[at] = key;
        m->n++;
    }
    return m->values + at * m->width;
}

const int64_t *store_map_get(const struct store_map *m, uint64_t key)
{
    if (!m->keys) return NULL;
    if (key == 0) return m->zero ? m->values + (m->mask + 1) * m->width : NULL;
    const uint64_t at = slot_of(m, key);
    return m->keys[at] ? m->values + at * m->width : NULL;
}

bool store_map_next(const struct store_map *m, uint64_t *pos, uint64_t *ret_key, int64_t **ret_values)
{
    for (; m->keys && *pos <= m->mask + 1; (*pos)++) {
        const bool there = *pos <= m->mask ? m->keys[*pos] != 0 : m->zero;
        if (!there) continue;
        *ret_key = *pos <= m->mask ? m->keys[*pos] : 0;
        *ret_values = m->values + *pos * m->width;
        (*pos)++;
        return true;
    }
    return false;
}
