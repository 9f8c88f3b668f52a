/* SPDX-License-Identifier: Apache-2.0 */
/* The progress bar. It is redrawn in place on one line and wiped at the end, so that a log keeps no trace of it. */
#include "command/progress.h"

#include <time.h>

#include "command/table.h"

#define SHOW_MS 200
#define PLAIN_MS 5000

int64_t ts_monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void ts_progress_init(struct ts_progress *p, struct ts_run *run, const char *what, bool plain)
{
    *p = (struct ts_progress){.err = run->err, .style = ts_style_of(run->err), .plain = plain, .what = what};
    p->started = p->last = ts_monotonic_ms();
}

void ts_progress_show(struct ts_progress *p, uint64_t at, uint64_t count, int64_t now)
{
    bool bar = p->style.terminal;
    if (!bar && !p->plain) return;
    if (now - p->last < (bar ? SHOW_MS : PLAIN_MS)) return;
    p->last = now;
    double seconds = (double)(now - p->started) / 1000, share = p->total ? (double)at / (double)p->total : 0;
    if (share > 1) share = 1;
    char lines[32], rate[32], left[32], share_text[16] = "";
    ts_text_count((int64_t)count, lines);
    ts_text_count((int64_t)((double)count / (seconds > 0 ? seconds : 1)), rate);
    ts_text_span(share > 0 ? seconds / share - seconds : 0, left);
    if (p->total) snprintf(share_text, sizeof share_text, "%3.0f%%  ", share * 100);
    if (!bar) {
        fprintf(p->err, "%s: %s%s lines, %s/s%s%s\n", p->what, share_text, lines, rate, p->total ? ", left: " : "",
                p->total ? left : "");
        return;
    }
    struct ts_buf b;
    ts_buf_init(&b, 4096);
    if (p->total) ts_text_bar(&b, share, p->style.width >= 90 ? 30 : 15);
    fprintf(p->err, "\r\x1b[2K%s  %s  %s%s lines  %s/s%s%s", p->what, ts_buf_cstr(&b), share_text, lines, rate,
            p->total && share > 0.01 ? "  left " : "", p->total && share > 0.01 ? left : "");
    fflush(p->err);
    ts_buf_release(&b);
    p->shown = true;
}

void ts_progress_end(struct ts_progress *p)
{
    if (!p->shown) return;
    fputs("\r\x1b[2K", p->err);
    fflush(p->err);
    p->shown = false;
}
