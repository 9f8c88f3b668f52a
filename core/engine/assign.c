/* SPDX-License-Identifier: Apache-2.0 */
/* set_tier and set_tag: what a person at the brand gives or takes by hand. With `until` a level neither rises nor falls before that, and
 * is looked at then; without, it is where the member stands now and the tiers go on from there. */
#include "engine/internal.h"

static int shown(struct ts_str s) { return (int)(s.len > 100 ? 100 : s.len); }

/* "until" in the answer: null when there is none. */
static void put_until(struct ts_buf *b, ts_ms until)
{
    char text[32];
    if (until == TS_NEVER)
        ts_buf_adds(b, ",\"until\":null}");
    else
        ts_buf_addf(b, ",\"until\":\"%s\"}", ts_time_format(until, text));
}

/* False: refused. */
static bool until_ahead(struct ts_engine *e, const struct ts_record *r, struct ts_result *ret)
{
    char until[32], now[32];
    if (r->until > e->run.now) return true;
    ts_refuse(ret, "until_past", "until %s is not after the command itself (%s)", ts_time_format(r->until, until),
              ts_time_format(e->run.now, now));
    return false;
}

/* ---- levels ---- */

static const struct ts_tiers_decl *tiers_named(const struct ts_engine *e, struct ts_str name)
{
    for (uint32_t i = 0; i < e->bind.program->tiers.n; i++)
        if (ts_str_eq(e->bind.program->tiers.at[i].name, name)) return &e->bind.program->tiers.at[i];
    return NULL;
}

static uint32_t level_named(const struct ts_tiers_decl *t, struct ts_str name)
{
    for (uint32_t i = 0; t && i < t->n_levels; i++)
        if (ts_str_eq(t->levels[i].name, name)) return i;
    return UINT32_MAX;
}

static bool assign_tier(struct ts_engine *e, const struct ts_record *r, struct ts_result *ret, struct ts_buf *answer)
{
    const struct ts_tiers_decl *t = tiers_named(e, r->tiers);
    uint32_t level = level_named(t, r->level);
    if (!t) {
        ts_refuse(ret, "unknown_tier", "no tiers are called \"%.*s\"", shown(r->tiers), r->tiers.ptr);
        return false;
    }
    if (level == UINT32_MAX) {
        ts_refuse(ret, "unknown_tier", "\"%.*s\" is no level of the tiers \"" TS_STR_FMT "\"", shown(r->level),
                  r->level.ptr, TS_STR_ARG(t->name));
        return false;
    }
    if (!until_ahead(e, r, ret)) return false;
    struct ts_str before = ts_tiers_assign(e, t, level, r->until == TS_NEVER ? 0 : r->until);
    ts_buf_addf(answer, "{\"record\":%llu,\"member\":\"m%llu\",\"tiers\":", (unsigned long long)e->run.record,
                (unsigned long long)ts_run_head(e)->number);
    ts_buf_json(answer, t->name);
    ts_buf_adds(answer, ",\"from\":");
    ts_buf_json(answer, before);
    ts_buf_adds(answer, ",\"level\":");
    ts_buf_json(answer, t->levels[level].name);
    put_until(answer, r->until);
    return !e->run.failed;
}

/* ---- tags ---- */

static const struct ts_tag_decl *tag_named(const struct ts_engine *e, struct ts_str name)
{
    for (uint32_t i = 0; i < e->bind.program->tags.n; i++)
        if (ts_str_eq(e->bind.program->tags.at[i].name, name)) return &e->bind.program->tags.at[i];
    return NULL;
}

/* A tag of an earlier version of the rules may still be taken. */
static bool assign_tag(struct ts_engine *e, const struct ts_record *r, struct ts_result *ret, struct ts_buf *answer)
{
    const struct ts_tag_decl *t = tag_named(e, r->tag);
    uint32_t id = t ? t->id : ts_names_find(e->names, TS_SPACE_TAG, r->tag);
    bool had = id && ts_profile_tag(ts_run_head(e), id);
    if (!t && !(r->remove && had)) {
        ts_refuse(ret, "unknown_tag", "no tag is called \"%.*s\"", shown(r->tag), r->tag.ptr);
        return false;
    }
    if (t && t->condition) {
        ts_refuse(ret, "not_settable",
                  "the tag \"" TS_STR_FMT "\" holds exactly while its `when` is true; it cannot be set",
                  TS_STR_ARG(t->name));
        return false;
    }
    if (!until_ahead(e, r, ret)) return false;
    struct ts_effect fx = {.op = r->remove ? TS_FX_TAG_REMOVE : TS_FX_TAG_ADD, .name = id, .until = r->until};
    if ((!r->remove || had) && ts_do(e, &fx) && had == r->remove)
        ts_tag_event(e, r->remove ? "tag.removed" : "tag.added", id);
    ts_buf_addf(answer, "{\"record\":%llu,\"member\":\"m%llu\",\"tag\":", (unsigned long long)e->run.record,
                (unsigned long long)ts_run_head(e)->number);
    ts_buf_json(answer, r->tag);
    ts_buf_addf(answer, ",\"had\":%s,\"has\":%s", had ? "true" : "false", r->remove ? "false" : "true");
    put_until(answer, r->until);
    return !e->run.failed;
}

bool ts_assign(struct ts_engine *e, const struct ts_record *r, struct ts_result *ret, struct ts_buf *answer)
{
    bool done = r->kind == TS_RECORD_SET_TIER ? assign_tier(e, r, ret, answer) : assign_tag(e, r, ret, answer);
    if (done) ret->status = TS_RESULT_APPLIED;
    return done;
}
