/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of tiers by the figures of their bases. Arithmetic only: the engine, rules and the command line ask the same. */
#include "rules/program.h"

uint32_t ts_tiers_level(const struct ts_tiers_decl *t, const int64_t *figures)
{
    for (uint32_t l = t->n_levels; l-- > 1;)
        for (uint32_t i = 0; i < t->n_bases; i++)
            if (figures[i] >= t->levels[l].from[i]) return l;
    return 0;
}

/* a of b is more than c of d; exact. */
static bool nearer(int64_t a, int64_t b, int64_t c, int64_t d) { return (__int128)a * d > (__int128)c * b; }

uint32_t ts_tiers_nearest(const struct ts_tiers_decl *t, const int64_t *figures, uint32_t level)
{
    const int64_t *from = t->levels[level].from;
    uint32_t best = 0;
    for (uint32_t i = 1; i < t->n_bases; i++) {
        if (from[i] == TS_TIER_NEVER) continue;
        if (from[best] == TS_TIER_NEVER || nearer(figures[i], from[i], figures[best], from[best])) best = i;
    }
    return best;
}
