/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, times, bars and widths of text for people. Nothing of this enters the state or JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include "command/table.h"

struct ts_style ts_style_of(FILE *f)
{
    struct ts_style s = {false, false, 0};
    int fd = fileno(f);
    if (fd < 0 || !isatty(fd)) return s;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    s.terminal = true;
    s.color = !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
    struct winsize w;
    s.width = ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 ? w.ws_col : 100;
    return s;
}

const char *ts_paint(const struct ts_style *s, enum ts_paint p)
{
    static const char *const codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[36m"};
    return s->color ? codes[p] : "";
}

const char *ts_paint_end(const struct ts_style *s) { return s->color ? "\x1b[0m" : ""; }

/* One character: its bytes and its width. Control characters and broken bytes are one column of U+FFFD (*ret_bad). */
static size_t next_char(struct ts_str s, unsigned *ret_width, bool *ret_bad)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &c);
    *ret_bad = n <= 0 || c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
               (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    int width = *ret_bad ? 1 : utf8proc_charwidth(c);
    *ret_width = width > 0 ? (unsigned)width : 0;
    return n > 0 ? (size_t)n : 1;
}

unsigned ts_text_width(struct ts_str text)
{
    unsigned total = 0, width;
    bool bad;
    while (text.len) {
        size_t n = next_char(text, &width, &bad);
        total += width;
        text = ts_str(text.ptr + n, text.len - n);
    }
    return total;
}

static void spaces(struct ts_buf *out, unsigned n)
{
    while (n-- > 0)
        ts_buf_byte(out, ' ');
}

void ts_text_put(struct ts_buf *out, struct ts_str text, unsigned max, unsigned pad, bool right)
{
    unsigned total = ts_text_width(text);
    bool cut = max && total > max;
    unsigned room = cut ? max - 1 : total, used = 0;
    if (right && !cut && pad > total) spaces(out, pad - total);
    while (text.len) {
        unsigned width;
        bool bad;
        size_t n = next_char(text, &width, &bad);
        if (used + width > room) break;
        if (bad)
            ts_buf_adds(out, "\xEF\xBF\xBD");
        else
            ts_buf_add(out, text.ptr, n);
        used += width;
        text = ts_str(text.ptr + n, text.len - n);
    }
    if (cut) {
        ts_buf_adds(out, "\xE2\x80\xA6"); /* … */
        used++;
    }
    if ((!right || cut) && pad > used) spaces(out, pad - used);
}

static size_t grouped(uint64_t v, char *out)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, v);
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return at;
}

const char *ts_text_count(int64_t v, char out[static 32])
{
    out[0] = '-';
    grouped(v < 0 ? 0 - (uint64_t)v : (uint64_t)v, out + (v < 0));
    return out;
}

const char *ts_text_minor(int64_t v, unsigned places, char out[static 40])
{
    uint64_t unit = 1, size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    for (unsigned i = 0; i < places; i++)
        unit *= 10;
    out[0] = '-';
    size_t n = (size_t)(v < 0) + grouped(size / unit, out + (v < 0));
    if (places) snprintf(out + n, 40 - n, ".%0*" PRIu64, (int)places, size % unit);
    return out;
}

const char *ts_text_time(const struct ts_zone *z, ts_ms t, char out[static 32])
{
    if (t == TS_NEVER) {
        snprintf(out, 32, "never");
        return out;
    }
    struct ts_civil c;
    if (z) {
        ts_zone_civil(z, t, &c);
        snprintf(out, 32, "%04d-%02d-%02d %02d:%02d", c.year % 10000, c.month % 100, c.day % 100, c.hour % 100,
                 c.minute % 100);
        return out;
    }
    char text[32];
    ts_time_format(t, text);
    snprintf(out, 32, "%.10s %.5s", text, strlen(text) > 11 ? text + 11 : "");
    return out;
}

const char *ts_text_span(double seconds, char out[static 32])
{
    if (seconds < 0) seconds = 0;
    if (seconds < 10)
        snprintf(out, 32, "%.1f s", seconds);
    else if (seconds < 60)
        snprintf(out, 32, "%.0f s", seconds);
    else if (seconds < 3600)
        snprintf(out, 32, "%d min %02d s", (int)(seconds / 60), (int)seconds % 60);
    else
        snprintf(out, 32, "%d h %02d min", (int)(seconds / 3600) % 1000000, (int)seconds / 60 % 60);
    return out;
}

void ts_text_bar(struct ts_buf *out, double share, unsigned width)
{
    if (!(share > 0)) share = 0;
    if (share > 1) share = 1;
    unsigned full = (unsigned)(share * width + 0.5);
    if (!full && share > 0) full = 1;
    for (unsigned i = 0; i < width; i++)
        ts_buf_adds(out, i < full ? "\xE2\x96\x88" : "\xE2\x96\x91"); /* █ ░ */
}
