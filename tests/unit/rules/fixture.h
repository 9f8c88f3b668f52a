/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of loading share: a rule set from texts in the test itself, loaded. */
#ifndef TS_TEST_RULES_FIXTURE_H
#define TS_TEST_RULES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/rules.h"

#define assert_str(s, text) assert_true(ts_str_eq(s, TS_STR(text)))

static inline struct ts_source source(const char *path, const char *text)
{
    return (struct ts_source){ts_cstr(path), ts_cstr(text)};
}

/* Load one file "a.lua". */
static inline enum ts_code load_text(const char *text, struct ts_rules **ret, struct ts_problems *problems)
{
    struct ts_source one = source("a.lua", text);
    struct ts_sources s = {.at = &one, .n = 1};
    struct ts_error err = {0};
    return ts_rules_load(&s, NULL, ret, problems, &err);
}

#endif
