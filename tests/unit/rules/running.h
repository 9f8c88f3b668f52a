/* SPDX-License-Identifier: Apache-2.0 */
/* A rule set loaded from text and one member to call it on, for the tests of the running half of the rules part. */
#ifndef TS_TEST_RUNNING_H
#define TS_TEST_RUNNING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/rules.h"

#define RUNNING_NOW INT64_C(1768442400000) /* 2026-01-15T02:00:00Z, a Thursday; 10:00 in Shanghai */

struct running {
    struct ts_rules *rules;
    struct ts_names *names;
    struct ts_profile profile;
    struct ts_profile *profiles[1];
    struct ts_member member;
    struct ts_call call;
    struct ts_call_result result;
    struct ts_event_view event;
    struct ts_json json;
};

static inline uint32_t running_intern(struct running *f, enum ts_space space, struct ts_str name)
{
    uint32_t id = ts_names_intern(f->names, space, name);
    assert_int_not_equal(id, 0);
    return id;
}

/* What the engine does when it binds a program: numbers for names. */
static inline void running_bind(struct running *f)
{
    struct ts_program *p = ts_rules_program(f->rules);
    for (uint32_t i = 0; i < p->events.n; i++)
        p->events.at[i].id = running_intern(f, TS_SPACE_EVENT, p->events.at[i].name);
    for (uint32_t i = 0; i < p->traits.n; i++)
        p->traits.at[i].id = running_intern(f, TS_SPACE_TRAIT, p->traits.at[i].name);
    for (uint32_t i = 0; i < p->measures.n; i++)
        p->measures.at[i].id = running_intern(f, TS_SPACE_SERIES, p->measures.at[i].name);
    for (uint32_t i = 0; i < p->scores.n; i++)
        p->scores.at[i].id = running_intern(f, TS_SPACE_SCORE, p->scores.at[i].name);
    for (uint32_t i = 0; i < p->tags.n; i++)
        p->tags.at[i].id = running_intern(f, TS_SPACE_TAG, p->tags.at[i].name);
    for (uint32_t i = 0; i < p->points.n; i++)
        p->points.at[i].id = running_intern(f, TS_SPACE_POINTS, p->points.at[i].name);
    for (uint32_t i = 0; i < p->tiers.n; i++) {
        p->tiers.at[i].id = running_intern(f, TS_SPACE_TIERS, p->tiers.at[i].name);
        for (uint32_t l = 0; l < p->tiers.at[i].n_levels; l++) {
            struct ts_level *level = (struct ts_level *)&p->tiers.at[i].levels[l];
            level->id = running_intern(f, TS_SPACE_LEVEL, level->name);
        }
    }
}

/* False: refused; the problems are printed when `loud`. */
static inline bool running_load(struct running *f, const struct ts_rules_options *options, const char *text, bool loud)
{
    struct ts_source file = {TS_STR("rules.lua"), ts_cstr(text)};
    struct ts_sources sources = {.at = &file, .n = 1};
    struct ts_problems problems = {0};
    struct ts_error err = {0};
    memset(f, 0, sizeof *f);
    struct ts_rules_options unchecked = options ? *options : (struct ts_rules_options){0};
    unchecked.known_good = true; /* what functions do wrong is found when they run, here */
    enum ts_code code = ts_rules_load(&sources, &unchecked, &f->rules, &problems, &err);
    for (uint32_t i = 0; loud && code != TS_OK && i < problems.list.len; i++)
        print_error("%s:%u: %s %s\n", problems.list.at[i].file, problems.list.at[i].line, problems.list.at[i].message,
                    problems.list.at[i].suggestion);
    ts_problems_release(&problems);
    if (code != TS_OK) {
        if (loud) fail_msg("%s: %s", ts_code_name(code), err.text);
        return false;
    }
    assert_int_equal(ts_names_new(1, &f->names), TS_OK);
    running_bind(f);
    assert_int_equal(ts_rules_bound(f->rules, &err), TS_OK);
    ts_profile_init(&f->profile);
    f->profile.number = f->profile.member = 1;
    f->profile.created = RUNNING_NOW - 400 * TS_DAY_MS;
    f->profiles[0] = &f->profile;
    f->member = (struct ts_member){f->profiles, 1};
    ts_call_result_init(&f->result);
    ts_json_init(&f->json);
    f->call = (struct ts_call){.member = &f->member, .names = f->names, .now = RUNNING_NOW, .seed = 1};
    return true;
}

static inline void running_close(struct running *f)
{
    ts_rules_free(f->rules);
    ts_names_free(f->names);
    ts_profile_release(&f->profile);
    ts_call_result_release(&f->result);
    ts_json_release(&f->json);
}

/* Make `name` with `properties` (JSON text that outlives the calls) the event of the calls. */
static inline void running_event(struct running *f, const char *name, const char *properties, ts_ms at)
{
    struct ts_program *p = ts_rules_program(f->rules);
    assert_int_equal(ts_json_parse(&f->json, properties, strlen(properties), true), TS_OK);
    f->event = (struct ts_event_view){.name = ts_cstr(name),
                                      .json = &f->json,
                                      .properties = ts_json_root(&f->json),
                                      .at = at,
                                      .channel = TS_STR("web")};
    for (uint32_t i = 0; i < p->events.n; i++)
        if (ts_str_eq(p->events.at[i].name, f->event.name)) f->event.decl = &p->events.at[i];
    f->call.event = &f->event;
    ts_rules_begin(f->rules);
}

static inline enum ts_call_status running_call(struct running *f, enum ts_fn_kind kind, uint32_t fn)
{
    f->call.fn = fn;
    assert_int_equal(ts_rules_call(f->rules, kind, &f->call, &f->result), TS_OK);
    return f->result.status;
}

/* The function of the declaration `name`. */
static inline uint32_t running_act(const struct running *f, const char *name)
{
    struct ts_program *p = ts_rules_program(f->rules);
    for (uint32_t i = 0; i < p->rules.n; i++)
        if (ts_str_eq(p->rules.at[i].name, ts_cstr(name))) return p->rules.at[i].fn_act;
    fail_msg("no rule '%s'", name);
    return 0;
}

static inline uint32_t running_when(const struct running *f, const char *tag)
{
    struct ts_program *p = ts_rules_program(f->rules);
    for (uint32_t i = 0; i < p->tags.n; i++)
        if (ts_str_eq(p->tags.at[i].name, ts_cstr(tag))) return p->tags.at[i].fn_when;
    fail_msg("no tag '%s'", tag);
    return 0;
}

/* Run statements as the `act` of a rule. Prints what went wrong. */
static inline enum ts_call_status running_do(const char *head, const char *body, const struct ts_rules_options *options,
                                             struct ts_call_result *ret_message)
{
    struct running f;
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_addf(&text,
                "program { name = \"t\", timezone = \"Asia/Shanghai\", currency = \"CNY\" } event \"E\" {} %s\n"
                "rule \"r\" { on = \"E\", act = function(member, event)\n%s\nend }\n",
                head, body);
    assert_true(running_load(&f, options, ts_buf_cstr(&text), true));
    running_event(&f, "E", "{}", RUNNING_NOW);
    enum ts_call_status status = running_call(&f, TS_FN_ACT, running_act(&f, "r"));
    if (ret_message) {
        memcpy(ret_message->message, f.result.message, sizeof ret_message->message);
        memcpy(ret_message->file, f.result.file, sizeof ret_message->file);
        ret_message->line = f.result.line;
    } else if (status != TS_CALL_DONE) {
        print_error("%s:%u: %s\n", f.result.file, f.result.line, f.result.message);
    }
    running_close(&f);
    ts_buf_release(&text);
    return status;
}

#endif
