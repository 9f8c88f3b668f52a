/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded rule sets at rest. Nothing of a call outlives it (rules keep nothing between calls), so one that was given back serves the next
 * engine under the same program as a fresh one would, once its names are bound again. The test kit opens the same program for every
 * test, and loading is most of what that costs. */
#include "rules/host.h"

#define POOL_MAX 8 /* a rule set takes about half a megabyte */

struct ts_rules_pool {
    struct ts_rules *at[POOL_MAX]; /* the one given back last stands last */
    uint32_t n;
};

enum ts_code ts_rules_pool_new(struct ts_rules_pool **ret)
{
    *ret = ts_calloc(1, sizeof **ret);
    return *ret ? TS_OK : TS_E_MEMORY;
}

void ts_rules_pool_free(struct ts_rules_pool *p)
{
    if (!p) return;
    for (uint32_t i = 0; i < p->n; i++)
        ts_host_close(p->at[i]);
    ts_free(p);
}

static bool same_options(const struct ts_rules_options *a, const struct ts_rules_options *b)
{
    return a->count_from_start == b->count_from_start && a->steps_max == b->steps_max && a->gc_mode == b->gc_mode &&
           a->hash_seed == b->hash_seed && a->coverage == b->coverage && a->explain == b->explain;
}

static bool add(struct ts_problems *to, const struct ts_problems *from, uint32_t first)
{
    for (uint32_t i = first; i < from->list.len; i++) {
        struct ts_problem *slot = ts_vec_push(&to->list);
        if (!slot) return false;
        *slot = from->list.at[i];
    }
    return true;
}

bool ts_rules_pool_warn(struct ts_rules *r, const struct ts_problems *problems, uint32_t from)
{
    return add(&r->warnings, problems, from);
}

struct ts_rules *ts_rules_pool_take(const struct ts_sources *sources, const struct ts_rules_options *options,
                                    struct ts_problems *problems)
{
    struct ts_rules_pool *p = options->pool;
    char version[72];
    if (!p || !p->n) return NULL;
    ts_sources_version(sources, version);
    for (uint32_t i = p->n; i-- > 0;) {
        struct ts_rules *r = p->at[i];
        if (!same_options(&r->options, options) || !ts_str_eq(r->program.version, ts_cstr(version))) continue;
        if (problems && !add(problems, &r->warnings, 0)) return NULL;
        memmove(&p->at[i], &p->at[i + 1], (p->n - i - 1) * sizeof *p->at);
        p->n--;
        return r;
    }
    return NULL;
}

bool ts_rules_pool_give(struct ts_rules *r)
{
    struct ts_rules_pool *p = r ? r->options.pool : NULL;
    if (!p || r->broken || r->loading) return false;
    if (p->n == POOL_MAX) { /* the one that nobody wanted for the longest time goes */
        ts_host_close(p->at[0]);
        memmove(&p->at[0], &p->at[1], (POOL_MAX - 1) * sizeof *p->at);
        p->n--;
    }
    p->at[p->n++] = r;
    return true;
}
