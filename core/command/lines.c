/* SPDX-License-Identifier: Apache-2.0 */
/* The line reader. One buffer holds what is not yet handed out; when no newline is left in it, the rest moves to its front and the
 * next block is read behind it. A line that outgrows the limit is handed out cut, and skipped to its end without being kept. */
#include "command/lines.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK (1u << 20)
#define BUFFER (TS_LIMIT_LINE_BYTES + BLOCK)
#define CUT_BYTES (TS_LIMIT_EVENT_BYTES + 1) /* of a line over the limit: enough to be judged too large */

struct ts_lines {
    int fd;
    char name[200];
    uint64_t total, raw, fills, number;
    uint8_t *buffer;
    size_t start, end; /* what is not yet handed out */
    size_t scanned;    /* no newline before this */
    bool eof, stopped;
    bool packed, inflating;
    char kept[CUT_BYTES]; /* beginning of a line over the limit */
    z_stream z;
    uint8_t *in; /* packed block */
    ts_idle_fn idle;
    void *idle_arg;
    int wake;
};

void ts_lines_close(struct ts_lines *l)
{
    if (!l) return;
    if (l->inflating) inflateEnd(&l->z);
    if (l->fd > STDERR_FILENO) close(l->fd);
    ts_free(l->buffer);
    ts_free(l->in);
    ts_free(l);
}

void ts_lines_idle(struct ts_lines *l, ts_idle_fn idle, void *arg, int wake)
{
    l->idle = idle;
    l->idle_arg = arg;
    l->wake = wake;
}

/* Wait until there is something to read. False: the caller was told to stop. */
static bool wait_for_input(struct ts_lines *l)
{
    struct pollfd fds[2] = {{.fd = l->fd, .events = POLLIN}, {.fd = l->wake, .events = POLLIN}};
    if (!l->idle || poll(fds, 1, 0) != 0) return true; /* something, the end, or no descriptor to poll */
    do {
        if (!l->idle(l->idle_arg)) return false;
        if (poll(fds, l->wake >= 0 ? 2 : 1, -1) < 0 && errno != EINTR) return true;
    } while (!fds[0].revents);
    return true;
}

/* Read up to `cap` raw bytes; 0 at the end. */
static bool read_raw(struct ts_lines *l, uint8_t *into, size_t cap, size_t *ret, struct ts_error *err)
{
    *ret = 0;
    if (!wait_for_input(l)) {
        l->stopped = true;
        return true;
    }
    ssize_t n;
    do
        n = read(l->fd, into, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        char why[80];
        ts_fail(err, errno == EISDIR ? TS_E_NOT_FOUND : TS_E_DISK, "cannot read %s: %s", l->name,
                ts_errno_text(errno, why));
        return false;
    }
    l->fills++;
    l->raw += (size_t)n;
    *ret = (size_t)n;
    return true;
}

static bool bad_gzip(struct ts_lines *l, const char *what, struct ts_error *err)
{
    ts_fail(err, TS_E_SYNTAX, "%s: %s", l->name, what);
    ts_error_where(err, "packed byte %llu, after line %llu", (unsigned long long)l->raw, (unsigned long long)l->number);
    ts_error_hint(err, "lines before it are done; `gzip -t` checks the file");
    return false;
}

/* Unpack into the buffer until it grew or the input ended. Members of a concatenated file follow each other. */
static bool fill_packed(struct ts_lines *l, struct ts_error *err)
{
    size_t room = BUFFER - l->end;
    l->z.next_out = l->buffer + l->end;
    l->z.avail_out = (uInt)room;
    while (l->z.avail_out == room) {
        if (l->z.avail_in == 0) {
            size_t n;
            if (!read_raw(l, l->in, BLOCK, &n, err)) return false;
            if (n == 0) {
                l->eof = true;
                return l->inflating && !l->stopped ? bad_gzip(l, "the gzip data end too early", err) : true;
            }
            l->z.next_in = l->in;
            l->z.avail_in = (uInt)n;
        }
        if (!l->inflating) { /* another member, or padding behind the last one */
            if (l->z.next_in[0] != 0x1f) {
                l->eof = true;
                return true;
            }
            if (inflateInit2(&l->z, 15 + 16) != Z_OK) return ts_fail(err, TS_E_MEMORY, "out of memory"), false;
            l->inflating = true;
        }
        int code = inflate(&l->z, Z_NO_FLUSH);
        if (code == Z_STREAM_END) {
            inflateEnd(&l->z);
            l->inflating = false;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return bad_gzip(l, l->z.msg ? l->z.msg : "damaged gzip data", err);
        }
    }
    l->end += room - l->z.avail_out;
    return true;
}

static bool fill(struct ts_lines *l, struct ts_error *err)
{
    if (l->start) {
        memmove(l->buffer, l->buffer + l->start, l->end - l->start);
        l->end -= l->start;
        l->scanned -= l->start;
        l->start = 0;
    }
    if (l->packed) return fill_packed(l, err);
    size_t n, room = BUFFER - l->end;
    if (!read_raw(l, l->buffer + l->end, room < BLOCK ? room : BLOCK, &n, err)) return false;
    l->end += n;
    l->eof = n == 0;
    return true;
}

/* The first bytes say whether the input is packed. */
static bool sniff(struct ts_lines *l, struct ts_error *err)
{
    while (!l->eof && l->end < 2)
        if (!fill(l, err)) return false;
    if (l->end < 2 || l->buffer[0] != 0x1f || l->buffer[1] != 0x8b) return true;
    l->in = ts_alloc(BLOCK + 1);
    if (!l->in) return ts_fail(err, TS_E_MEMORY, "out of memory"), false;
    l->packed = true;
    l->eof = false;
    memcpy(l->in, l->buffer, l->end); /* at most a byte and a block */
    l->z.next_in = l->in;
    l->z.avail_in = (uInt)l->end;
    l->end = 0;
    return true;
}

enum ts_code ts_lines_open(const char *path, struct ts_lines **ret, struct ts_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        char why[80];
        ts_fail(err, errno == ENOENT ? TS_E_NOT_FOUND : TS_E_DISK, "cannot open %s: %s", path,
                ts_errno_text(errno, why));
        return err->code;
    }
    struct ts_lines *l = ts_calloc(1, sizeof *l);
    if (l) l->buffer = ts_alloc(BUFFER);
    if (!l || !l->buffer) {
        if (!is_stdin) close(fd);
        ts_free(l);
        return ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    l->fd = fd;
    l->wake = -1;
    snprintf(l->name, sizeof l->name, "%s", is_stdin ? "stdin" : path);
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) l->total = (uint64_t)st.st_size;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        ts_lines_close(l);
        return ts_fail(err, TS_E_NOT_FOUND, "%s is a folder, not a file", path);
    }
#ifdef POSIX_FADV_SEQUENTIAL
    if (l->total) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
    *ret = l;
    return TS_OK;
}

/* A line over the limit stands at the front of the buffer: keep its beginning and drop the rest, up to its newline. */
static bool skip_long_line(struct ts_lines *l, struct ts_line *ret, struct ts_error *err)
{
    uint8_t *newline = NULL;
    memcpy(l->kept, l->buffer + l->start, CUT_BYTES);
    while (!newline && !l->eof) {
        l->start = l->end = l->scanned = 0;
        if (!fill(l, err) || l->stopped) return false;
        newline = memchr(l->buffer, '\n', l->end);
    }
    l->start = l->scanned = newline ? (size_t)(newline - l->buffer) + 1 : l->end;
    *ret = (struct ts_line){ts_str(l->kept, CUT_BYTES), ++l->number, true};
    return true;
}

bool ts_lines_next(struct ts_lines *l, struct ts_line *ret, struct ts_error *err)
{
    if (!l->fills && !sniff(l, err)) return false;
    uint8_t *newline;
    for (;;) {
        newline = l->end > l->scanned ? memchr(l->buffer + l->scanned, '\n', l->end - l->scanned) : NULL;
        size_t len = (newline ? (size_t)(newline - l->buffer) : l->end) - l->start;
        if (len > TS_LIMIT_LINE_BYTES) {
            if (!newline) return skip_long_line(l, ret, err);
            *ret = (struct ts_line){ts_str((char *)l->buffer + l->start, CUT_BYTES), ++l->number, true};
            l->start = l->scanned = (size_t)(newline - l->buffer) + 1;
            return true;
        }
        /* An empty line is a line unless nothing follows it: that takes a look ahead. */
        bool last = newline && newline + 1 == l->buffer + l->end;
        bool empty = len == 0 || (len == 1 && l->buffer[l->start] == '\r');
        if (newline && !(empty && last && !l->eof)) {
            if (empty && last) return false;
            break;
        }
        if (l->eof) {
            if (empty) return false;
            newline = l->buffer + l->end;
            break;
        }
        l->scanned = newline ? l->start : l->end;
        if (!fill(l, err) || l->stopped) return false;
    }
    size_t len = (size_t)(newline - l->buffer) - l->start;
    const char *text = (const char *)l->buffer + l->start;
    l->start = l->scanned = newline < l->buffer + l->end ? (size_t)(newline - l->buffer) + 1 : l->end;
    if (len && text[len - 1] == '\r') len--;
    *ret = (struct ts_line){ts_str(text, len), ++l->number, false};
    return true;
}

uint64_t ts_lines_at(const struct ts_lines *l) { return l->raw; }
uint64_t ts_lines_total(const struct ts_lines *l) { return l->total; }
uint64_t ts_lines_fills(const struct ts_lines *l) { return l->fills; }
