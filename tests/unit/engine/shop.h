/* SPDX-License-Identifier: Apache-2.0 */
/* A small shop for tests of the engine: rules from text, lines in, results and rows out. */
#ifndef TS_TEST_SHOP_H
#define TS_TEST_SHOP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/engine.h"

struct shop {
    struct ts_memory_host *memory;
    struct ts_host host;
    struct ts_engine *engine;
    struct ts_result result;
    struct ts_error error;
    uint64_t lines;
};

/* One file of rules as sources. */
static inline void shop_sources(const char *text, struct ts_sources *ret)
{
    memset(ret, 0, sizeof *ret);
    ts_arena_init(&ret->arena);
    ret->at = ts_arena_alloc(&ret->arena, sizeof *ret->at);
    assert_non_null(ret->at);
    ret->n = 1;
    ret->at[0].path = ts_arena_dup(&ret->arena, TS_STR("shop.lua"));
    ret->at[0].text = ts_arena_dup(&ret->arena, ts_cstr(text));
}

static inline void shop_rules(struct shop *s, const char *text)
{
    struct ts_sources sources;
    struct ts_problems problems = {0};
    shop_sources(text, &sources);
    if (ts_engine_activate(s->engine, &sources, 0, &problems, NULL, &s->error) != TS_OK) {
        for (uint32_t i = 0; i < problems.list.len; i++)
            print_message("%s:%u: %s\n", problems.list.at[i].file, problems.list.at[i].line,
                          problems.list.at[i].message);
        fail_msg("rules: %s", s->error.text);
    }
    ts_problems_release(&problems);
    ts_sources_release(&sources);
}

static inline void shop_open_seed(struct shop *s, const char *rules, uint64_t seed, uint32_t gc_mode)
{
    memset(s, 0, sizeof *s);
    struct ts_engine_options options = {.hash_seed = seed, .rules = {.count_from_start = true, .gc_mode = gc_mode}};
    assert_int_equal(ts_memory_host_new(true, &s->memory, &s->host), TS_OK);
    assert_int_equal(ts_engine_new(&options, &s->host, &s->engine, &s->error), TS_OK);
    if (rules) shop_rules(s, rules);
}

static inline void shop_open(struct shop *s, const char *rules) { shop_open_seed(s, rules, 1, 0); }

static inline void shop_close(struct shop *s)
{
    ts_engine_free(s->engine);
    ts_memory_host_free(s->memory);
}

static inline struct ts_result *shop_line(struct shop *s, const char *line)
{
    struct ts_input in = {.line = ts_cstr(line),
                          .file = TS_STR("test"),
                          .number = ++s->lines,
                          .mapping = TS_STR(""),
                          .equal_before = s->lines,
                          .arrival = INT64_C(1790000000000)};
    if (ts_engine_submit(s->engine, &in, &s->result, &s->error) != TS_OK) fail_msg("line %s: %s", line, s->error.text);
    return &s->result;
}

static inline struct ts_result *shop_linef(struct shop *s, const char *fmt, ...) TS_PRINTF(2, 3);
static inline struct ts_result *shop_linef(struct shop *s, const char *fmt, ...)
{
    char line[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    return shop_line(s, line);
}

/* All members' canonical lines, as one text; released by the caller with ts_buf_release. */
static inline void shop_state(struct ts_engine *e, struct ts_buf *b)
{
    ts_buf_init(b, 0);
    struct ts_members *m = ts_engine_members(e);
    for (uint64_t i = 1; i <= ts_members_count(m); i++) {
        if (ts_members_living(m, i) != i) continue;
        assert_true(ts_engine_state_line(e, i, b));
        ts_buf_byte(b, '\n');
    }
    ts_buf_cstr(b);
}

/* The rows of the shop once more, recovered in one engine and replayed in another: digests, outcomes and all members' lines are equal. */
static inline void shop_retold(struct shop *s)
{
    struct shop again, replay;
    struct ts_buf a, b, c;
    shop_open_seed(&again, NULL, 5, 0);
    shop_open_seed(&replay, NULL, 5, 0);
    for (uint64_t i = 0; i < ts_memory_host_rows(s->memory); i++) {
        const struct ts_row *row = ts_memory_host_row(s->memory, i);
        uint64_t digest;
        struct ts_str outcome;
        assert_int_equal(ts_engine_recover_row(again.engine, row, &digest, &again.error), TS_OK);
        assert_int_equal(digest, row->digest);
        assert_int_equal(ts_engine_replay_row(replay.engine, row, NULL, &outcome, &digest, &replay.error), TS_OK);
        assert_true(ts_str_eq(outcome, row->outcome));
        assert_int_equal(digest, row->digest);
    }
    shop_state(s->engine, &a);
    shop_state(again.engine, &b);
    shop_state(replay.engine, &c);
    assert_string_equal((char *)a.data, (char *)b.data);
    assert_string_equal((char *)a.data, (char *)c.data);
    ts_buf_release(&a);
    ts_buf_release(&b);
    ts_buf_release(&c);
    shop_close(&again);
    shop_close(&replay);
}

static inline struct ts_balance shop_balance(struct shop *s, uint64_t member, const char *points)
{
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s->engine, member, &v, &s->error), TS_OK);
    struct ts_balance b =
        ts_member_balance(&v.member, ts_names_find(ts_engine_names(s->engine), TS_SPACE_POINTS, ts_cstr(points)));
    ts_member_view_close(&v);
    return b;
}

static inline bool shop_has_tag(struct shop *s, uint64_t member, const char *tag)
{
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s->engine, member, &v, &s->error), TS_OK);
    bool has = ts_profile_tag(v.member.profiles[0],
                              ts_names_find(ts_engine_names(s->engine), TS_SPACE_TAG, ts_cstr(tag))) != NULL;
    ts_member_view_close(&v);
    return has;
}

static inline const char *shop_tier(struct shop *s, uint64_t member, const char *tiers)
{
    struct ts_member_view v;
    assert_int_equal(ts_member_view_open(s->engine, member, &v, &s->error), TS_OK);
    struct ts_names *names = ts_engine_names(s->engine);
    struct ts_tier_state *t =
        ts_profile_tier(v.member.profiles[0], ts_names_find(names, TS_SPACE_TIERS, ts_cstr(tiers)));
    const char *name = t ? ts_names_text(names, TS_SPACE_LEVEL, t->level).ptr : "";
    ts_member_view_close(&v);
    return name;
}

#endif
