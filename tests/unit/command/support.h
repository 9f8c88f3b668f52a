/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder share: cmocka, a seed, temporary files, a run of the program with its output caught. */
#ifndef TEST_COMMAND_SUPPORT_H
#define TEST_COMMAND_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../seed.h"
#include "command/command.h"

/* A file with these bytes; the path is written to `path`. */
static inline void test_file(char path[64], const void *bytes, size_t n)
{
    strcpy(path, "/tmp/tessera-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

struct test_output {
    char *out, *err;
    int exit;
};

/* Run the program with these words (the last is NULL). Release with test_output_free. */
static inline struct test_output test_run(const char *const *words)
{
    char *argv[32] = {(char *)"tessera"};
    int argc = 1;
    struct test_output o = {0};
    size_t out_size, err_size;
    FILE *out = open_memstream(&o.out, &out_size), *err = open_memstream(&o.err, &err_size);
    assert_non_null(out);
    assert_non_null(err);
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    o.exit = ts_command_main(argc, argv, out, err);
    fclose(out);
    fclose(err);
    return o;
}
#define TEST_RUN(...) test_run((const char *const[]){__VA_ARGS__, NULL})

static inline void test_output_free(struct test_output *o)
{
    free(o->out);
    free(o->err);
}

#endif
