/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of record share: cmocka, one parser per test, seeds, and files of real data (skipped when missing). */
#ifndef TS_TEST_RECORD_SUPPORT_H
#define TS_TEST_RECORD_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../seed.h"
#include "base/limits.h"
#include "record/record.h"

#define ARRIVAL INT64_C(1768442400000) /* 2026-01-15T02:00:00Z */
#define S(lit) TS_STR(lit)

struct bench {
    struct ts_parser parser;
    struct ts_record record;
    struct ts_fault fault;
};

static inline int bench_setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    if (!b) return -1;
    ts_parser_init(&b->parser);
    *state = b;
    return 0;
}

static inline int bench_teardown(void **state)
{
    struct bench *b = *state;
    ts_parser_release(&b->parser);
    free(b);
    return 0;
}

static inline bool parse_at(struct bench *b, struct ts_str line, bool live)
{
    uint32_t n;
    const struct ts_identifier_kind *kinds = ts_identifier_defaults(&n);
    memset(&b->fault, 0, sizeof b->fault);
    return ts_record_parse(&b->parser, line, kinds, n, ARRIVAL, live, &b->record, &b->fault);
}

static inline bool parse(struct bench *b, const char *line) { return parse_at(b, ts_cstr(line), false); }

#define assert_str(s, text)                                                                                            \
    do {                                                                                                               \
        struct ts_str got_ = (s);                                                                                      \
        assert_int_equal(got_.len, strlen(text));                                                                      \
        assert_memory_equal(got_.len ? got_.ptr : "", text, got_.len);                                                 \
    } while (0)

/* A file of the shared data, terminated; NULL when it is not there. Release with free. */
static inline char *test_data(const char *name, size_t *ret_len)
{
    char path[1024];
    *ret_len = 0;
    snprintf(path, sizeof path, "%s/../shared/data/%s", TESSERA_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        printf("skipped: %s is missing\n", path);
        return NULL;
    }
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    *ret_len = fread(text, 1, (size_t)size, f);
    text[*ret_len] = '\0';
    fclose(f);
    return text;
}

#endif
