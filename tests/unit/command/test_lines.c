/* SPDX-License-Identifier: Apache-2.0 */
/* The line reader against a naive splitter: every kind of line end, plain and packed, files and pipes, lines over the limit. */
#include <pthread.h>
#include <zlib.h>

#include "base/limits.h"
#include "command/lines.h"
#include "support.h"

struct expected {
    struct ts_str text[4096];
    bool cut[4096];
    size_t n;
};

/* The same by hand: split at newlines, drop a carriage return, drop an empty end. */
static void split(const char *text, size_t len, struct expected *e)
{
    size_t start = 0;
    e->n = 0;
    while (start < len) {
        const char *newline = memchr(text + start, '\n', len - start);
        size_t end = newline ? (size_t)(newline - text) : len, next = newline ? end + 1 : len;
        size_t n = end - start;
        bool cut = n > TS_LIMIT_LINE_BYTES;
        if (cut) n = TS_LIMIT_EVENT_BYTES + 1;
        if (!cut && n && text[start + n - 1] == '\r') n--;
        if (n == 0 && next == len) break;
        assert_true(e->n < TS_ARRAY_LEN(e->text));
        e->text[e->n] = ts_str(text + start, n);
        e->cut[e->n++] = cut;
        start = next;
    }
}

static void expect_lines(struct ts_lines *l, const struct expected *e)
{
    struct ts_error err = {0};
    struct ts_line line;
    for (size_t i = 0; i < e->n; i++) {
        if (!ts_lines_next(l, &line, &err)) fail_msg("line %zu is missing: %s", i + 1, err.text);
        assert_int_equal(line.number, i + 1);
        assert_int_equal(line.cut, e->cut[i]);
        assert_int_equal(line.text.len, e->text[i].len);
        assert_memory_equal(line.text.ptr, e->text[i].ptr, line.text.len);
    }
    assert_false(ts_lines_next(l, &line, &err));
    assert_int_equal(err.code, TS_OK);
}

/* Members of 1 to 3 pieces, so that concatenated files are met as well. */
static size_t pack(const char *text, size_t len, unsigned pieces, uint8_t *out, size_t cap)
{
    size_t at = 0, from = 0;
    for (unsigned p = 0; p < pieces; p++) {
        size_t to = p + 1 == pieces ? len : len * (p + 1) / pieces;
        z_stream z = {0};
        assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = (Bytef *)(uintptr_t)(text + from);
        z.avail_in = (uInt)(to - from);
        z.next_out = out + at;
        z.avail_out = (uInt)(cap - at);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        at = cap - z.avail_out;
        deflateEnd(&z);
        from = to;
    }
    return at;
}

static void expect_file(const void *bytes, size_t n, const struct expected *e)
{
    char path[64];
    struct ts_lines *l;
    struct ts_error err = {0};
    test_file(path, bytes, n);
    assert_int_equal(ts_lines_open(path, &l, &err), TS_OK);
    expect_lines(l, e);
    assert_int_equal(ts_lines_at(l), n);
    assert_int_equal(ts_lines_total(l), n);
    ts_lines_close(l);
    unlink(path);
}

static void expect_both(const char *text, size_t len)
{
    struct expected *e = calloc(1, sizeof *e);
    size_t cap = len + len / 10 + 4096;
    uint8_t *packed = malloc(cap);
    assert_non_null(e);
    assert_non_null(packed);
    split(text, len, e);
    expect_file(text, len, e);
    for (unsigned pieces = 1; pieces <= 3; pieces++)
        expect_file(packed, pack(text, len, pieces, packed, cap), e);
    free(packed);
    free(e);
}

static void small_inputs(void **state)
{
    TS_UNUSED(state);
    static const char *const texts[] = {"",       "a",    "a\n",       "a\nb",     "a\r\nb\r\n", "\n",
                                        "\r\n",   "\n\n", "a\n\n",     "a\n\nb\n", "a\n\n\n",    "\n\na",
                                        " \n",    "a\r",  "a\r\n\r\n", "\ra\n",    "\r\r\n",     "a\nb\r\n\nc",
                                        "\x1f\n", "\x1f", "\x1f\x8c\n"};
    for (size_t i = 0; i < TS_ARRAY_LEN(texts); i++)
        expect_both(texts[i], strlen(texts[i]));
}

static void random_inputs(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20240611)};
    char *text = malloc(4u << 20);
    assert_non_null(text);
    for (int round = 0; round < 60; round++) {
        size_t len = 0, lines = ts_rng_below(&rng, 200);
        size_t longest = round % 3 == 0 ? 30 : round % 3 == 1 ? 3000 : 60000;
        for (size_t i = 0; i < lines && len < (3u << 20); i++) {
            size_t n = ts_rng_below(&rng, 4) ? ts_rng_below(&rng, longest) : 0;
            for (size_t k = 0; k < n; k++)
                text[len++] = (char)('a' + ts_rng_below(&rng, 20));
            if (ts_rng_below(&rng, 3) == 0) text[len++] = '\r';
            if (i + 1 < lines || ts_rng_below(&rng, 2)) text[len++] = '\n';
        }
        expect_both(text, len);
    }
    free(text);
}

/* Around the limit, over it by little and by much, at the end and in the middle. */
static void long_lines(void **state)
{
    TS_UNUSED(state);
    static const size_t lengths[] = {TS_LIMIT_LINE_BYTES - 1, TS_LIMIT_LINE_BYTES,         TS_LIMIT_LINE_BYTES + 1,
                                     TS_LIMIT_LINE_BYTES * 2, TS_LIMIT_LINE_BYTES * 5 + 7, 3};
    char *text = malloc(16u << 20);
    assert_non_null(text);
    for (int newline = 0; newline < 2; newline++)
        for (size_t first = 0; first < TS_ARRAY_LEN(lengths); first++) {
            size_t len = 0;
            for (size_t i = 0; i < 3; i++) {
                size_t n = lengths[(first + i) % TS_ARRAY_LEN(lengths)];
                memset(text + len, 'a' + (int)i, n);
                len += n;
                if (i < 2 || newline) text[len++] = '\n';
            }
            expect_both(text, len);
        }
    free(text);
}

/* ---- pipes ----------------------------------------------------------------------------------------------------------- */

static void *write_slowly(void *arg)
{
    static const char *const pieces[] = {"fir", "st\nsec", "ond\n", "\n", "last"};
    int fd = *(int *)arg;
    for (size_t i = 0; i < TS_ARRAY_LEN(pieces); i++) {
        usleep(20000);
        if (write(fd, pieces[i], strlen(pieces[i])) < 0) break;
    }
    close(fd);
    return NULL;
}

struct waits {
    int n, stop_at;
};
static bool on_idle(void *arg)
{
    struct waits *w = arg;
    return ++w->n != w->stop_at;
}

/* Read a pipe as stdin; returns how many lines came. */
static size_t read_pipe(struct waits *w)
{
    int fds[2], saved = dup(STDIN_FILENO);
    pthread_t thread;
    struct ts_lines *l;
    struct ts_error err = {0};
    struct ts_line line;
    size_t n = 0;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(pthread_create(&thread, NULL, write_slowly, &fds[1]), 0);
    assert_int_equal(ts_lines_open("-", &l, &err), TS_OK);
    ts_lines_idle(l, on_idle, w, -1);
    while (ts_lines_next(l, &line, &err))
        n++;
    assert_int_equal(err.code, TS_OK);
    ts_lines_close(l);
    pthread_join(thread, NULL);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(fds[0]);
    return n;
}

static void pipes_call_before_they_wait(void **state)
{
    TS_UNUSED(state);
    struct waits patient = {0, -1}, stopped = {0, 3};
    assert_int_equal(read_pipe(&patient), 4);
    assert_true(patient.n >= 4);
    assert_true(read_pipe(&stopped) <= 1); /* what was cut off by stopping is no line */
}

static void what_cannot_be_read(void **state)
{
    TS_UNUSED(state);
    struct ts_lines *l;
    struct ts_error err = {0};
    char path[64];
    struct ts_line line;
    assert_int_equal(ts_lines_open("/nonexistent", &l, &err), TS_E_NOT_FOUND);
    assert_int_equal(ts_lines_open("/tmp", &l, &err), TS_E_NOT_FOUND);
    uint8_t packed[4096];
    size_t n = pack("one\ntwo\nthree\n", 14, 1, packed, sizeof packed);
    memset(&err, 0, sizeof err);
    test_file(path, packed, n - 5);
    assert_int_equal(ts_lines_open(path, &l, &err), TS_OK);
    while (ts_lines_next(l, &line, &err))
        ;
    assert_int_equal(err.code, TS_E_SYNTAX);
    assert_non_null(strstr(err.text, "end too early"));
    ts_lines_close(l);
    unlink(path);
}

static void no_memory_is_an_error(void **state)
{
    TS_UNUSED(state);
    struct ts_error err = {0};
    char path[64];
    test_file(path, "a\n", 2);
    for (int n = 0; n < 2; n++) {
        struct ts_lines *l = NULL;
        ts_alloc_fail_after(n);
        enum ts_code code = ts_lines_open(path, &l, &err);
        ts_alloc_fail_after(-1);
        assert_int_equal(code, TS_E_MEMORY);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_inputs),        cmocka_unit_test(random_inputs),
        cmocka_unit_test(long_lines),          cmocka_unit_test(pipes_call_before_they_wait),
        cmocka_unit_test(what_cannot_be_read), cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
