/* SPDX-License-Identifier: Apache-2.0 */
/* tessera ingest: lines in, records made, a summary out. The loop is the hot path: no allocation, no clock and no JSON for a line unless
 * --ack or --results ask for it. */
#include <signal.h>

#include "command/equal.h"
#include "command/progress.h"
#include "command/results.h"
#include "command/sort.h"
#include "command/stop.h"
#include "command/table.h"

#define LINES_BETWEEN_LOOKS 256 /* at the clock, at signals, at the progress bar */

struct summary {
    uint64_t lines, records, duplicates, quarantined, refused, rule_errors, created, joins;
    uint64_t by_reason[TS_REASON_COUNT];
    uint64_t first, last;
    double seconds;
    ts_ms clock;
    char version[80], clock_text[64];
};

struct feed {
    struct ts_run *run;
    struct ts_session session;
    struct ts_lines *lines;
    struct ts_sort *sort; /* NULL: as they come */
    struct ts_acks acks;
    struct ts_equal equal;
    struct ts_stop stop;
    struct ts_progress progress;
    struct summary sum;
    const char *path;
    bool live, dry;
    uint64_t fills;
    int64_t started, now; /* monotonic */
    ts_ms wall;
    enum ts_code idle_code;
};

static void look_at_clock(struct feed *f)
{
    f->now = ts_monotonic_ms();
    f->wall = ts_wall_ms();
}

/* Before a wait for input: whoever waits for our answers gets them now. */
static bool on_idle(void *arg)
{
    struct feed *f = arg;
    if (f->sort == NULL) f->idle_code = ts_acks_flush(&f->acks);
    return f->idle_code == TS_OK && !ts_stop_asked(&f->stop);
}

static void count(struct summary *s, const struct ts_result *r)
{
    s->lines++;
    s->rule_errors += r->rule_errors;
    s->created += r->created;
    s->joins += r->joins;
    switch (r->status) {
    case TS_RESULT_APPLIED:
        s->records++;
        break;
    case TS_RESULT_DUPLICATE:
    case TS_RESULT_REPLAYED:
        s->duplicates++;
        return;
    case TS_RESULT_QUARANTINED:
        s->quarantined++;
        s->by_reason[r->fault.reason < TS_REASON_COUNT ? r->fault.reason : 0]++;
        break;
    case TS_RESULT_REFUSED:
        s->refused++;
        break;
    }
    if (!r->record) return;
    if (!s->first) s->first = r->record;
    s->last = r->record;
}

static enum ts_code submit(struct feed *f, const struct ts_line *line)
{
    struct ts_error *err = &f->run->error;
    struct ts_input in = {.line = line->text,
                          .file = ts_cstr(f->path),
                          .number = line->number,
                          .mapping = TS_STR(""),
                          .arrival = f->wall,
                          .live = f->live};
    struct ts_result result;
    if (!ts_line_has_message_id(line->text) && !ts_equal_count(&f->equal, line->text, &in.equal_before))
        return ts_run_memory(f->run);
    enum ts_code code = ts_engine_submit(f->session.engine, &in, &result, err);
    if (code != TS_OK) {
        ts_error_where(err, "%s:%llu", f->path, (unsigned long long)line->number);
        return code;
    }
    count(&f->sum, &result);
    if (ts_acks_wanted(&f->acks)) {
        f->now = ts_monotonic_ms();
        code = ts_acks_line(&f->acks, f->sum.lines, line->number, &result, f->now);
    }
    return code == TS_OK ? ts_store_breathe(f->session.store, err) : code;
}

static bool next_line(struct feed *f, struct ts_line *line)
{
    if (f->sort) return ts_sort_next(f->sort, line, &f->run->error);
    return ts_lines_next(f->lines, line, &f->run->error);
}

/* Read everything into the sort first. */
static enum ts_code sort_input(struct feed *f)
{
    struct ts_line line;
    uint64_t n = 0;
    enum ts_code code = TS_OK;
    f->progress.what = "sort";
    while (code == TS_OK && ts_lines_next(f->lines, &line, &f->run->error)) {
        code = ts_sort_add(f->sort, &line, &f->run->error);
        if (++n % LINES_BETWEEN_LOOKS == 0) {
            ts_progress_show(&f->progress, ts_lines_at(f->lines), n, ts_monotonic_ms());
            if (ts_stop_asked(&f->stop)) return TS_OK;
        }
    }
    if (code == TS_OK) code = f->run->error.code;
    if (code == TS_OK) code = ts_sort_finish(f->sort, &f->run->error);
    f->progress.what = "ingest";
    f->progress.total = n;
    f->progress.started = ts_monotonic_ms();
    return code;
}

static enum ts_code feed_lines(struct feed *f)
{
    struct ts_line line;
    enum ts_code code = TS_OK;
    look_at_clock(f);
    while (code == TS_OK && !f->stop.signal && next_line(f, &line)) {
        uint64_t fills = ts_lines_fills(f->lines);
        if (f->sum.lines % LINES_BETWEEN_LOOKS == 0 || fills != f->fills) {
            f->fills = fills;
            look_at_clock(f);
            ts_progress_show(&f->progress, f->sort ? f->sum.lines : ts_lines_at(f->lines), f->sum.lines, f->now);
            if (ts_stop_asked(&f->stop)) break;
        }
        code = submit(f, &line);
    }
    if (code == TS_OK) code = f->idle_code != TS_OK ? f->idle_code : f->run->error.code;
    return code;
}

/* ---- the summary ------------------------------------------------------------------------------------------------- */

static enum ts_code print_json(const struct feed *f)
{
    const struct summary *s = &f->sum;
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_uint(&d, o, "lines", s->lines);
    ts_doc_uint(&d, o, "records", s->records);
    ts_doc_uint(&d, o, "folded", 0);
    ts_doc_uint(&d, o, "duplicates", s->duplicates);
    ts_doc_uint(&d, o, "quarantined", s->quarantined);
    cJSON *by = ts_doc_object(&d, o, "quarantined_by");
    for (unsigned i = 0; i < TS_REASON_COUNT; i++)
        if (s->by_reason[i]) ts_doc_uint(&d, by, ts_reason_name((enum ts_reason)i), s->by_reason[i]);
    ts_doc_object(&d, o, "ruled_out");
    ts_doc_uint(&d, o, "refused", s->refused);
    ts_doc_uint(&d, o, "rule_errors", s->rule_errors);
    ts_doc_uint(&d, o, "members_created", s->created);
    ts_doc_uint(&d, o, "joins", s->joins);
    const char *names[2] = {"first_record", "last_record"};
    for (int i = 0; i < 2; i++) {
        uint64_t record = i ? s->last : s->first;
        if (record)
            ts_doc_uint(&d, o, names[i], record);
        else
            ts_doc_null(&d, o, names[i]);
    }
    ts_doc_text(&d, o, "version", s->version);
    ts_doc_time(&d, o, "clock", s->clock);
    ts_doc_decimal(&d, o, "seconds", (int64_t)(s->seconds * 1000 + 0.5), 3);
    if (f->dry) ts_doc_bool(&d, o, "dry_run", true);
    if (f->stop.signal) ts_doc_bool(&d, o, "interrupted", true);
    return ts_doc_print(f->run, &d, o);
}

static void row(struct ts_table *t, uint64_t n, const char *what)
{
    if (!n) return;
    ts_table_count(t, (int64_t)n);
    ts_table_cell(t, ts_cstr(what));
}

static enum ts_code print_text(const struct feed *f)
{
    const struct summary *s = &f->sum;
    static const struct ts_column columns[] = {{"", true, 0, TS_BOLD}, {"", false, 0, TS_PLAIN}};
    struct ts_table t;
    char n[32], span[32], rate[32], text[200];
    ts_table_init(&t, columns, 2);
    fprintf(f->run->out, "%s%s line%s%s in %s, %s a second\n\n", f->dry ? "Dry run, nothing was written: " : "",
            ts_text_count((int64_t)s->lines, n), s->lines == 1 ? "" : "s", f->stop.signal ? " (interrupted)" : "",
            ts_text_span(s->seconds, span),
            ts_text_count((int64_t)((double)s->lines / (s->seconds > 0.001 ? s->seconds : 0.001)), rate));
    if (s->first == s->last)
        snprintf(text, sizeof text, "record, number %llu", (unsigned long long)s->first);
    else
        snprintf(text, sizeof text, "records, numbers %llu to %llu", (unsigned long long)s->first,
                 (unsigned long long)s->last);
    row(&t, s->records, text);
    row(&t, s->duplicates, "duplicates, already known: skipped");
    row(&t, s->refused, "commands refused");
    row(&t, s->quarantined, "quarantined (`tessera quarantine` lists them)");
    for (unsigned i = 0; i < TS_REASON_COUNT; i++) {
        snprintf(text, sizeof text, "    %s", ts_reason_name((enum ts_reason)i));
        row(&t, s->by_reason[i], text);
    }
    row(&t, s->rule_errors, "rule errors (`tessera errors` lists them)");
    row(&t, s->created, s->created == 1 ? "new member" : "new members");
    row(&t, s->joins, "members joined into another");
    enum ts_code code = ts_table_print(&t, f->run, 2);
    ts_table_release(&t);
    fprintf(f->run->out, "\n  clock %s, rules %.19s\n", s->clock_text, s->version);
    return code == TS_OK ? ts_run_flush(f->run) : code;
}

/* ---- from start to end --------------------------------------------------------------------------------------------- */

static enum ts_code read_flags(struct feed *f)
{
    static const char *const clocks[] = {"event", "wall", NULL};
    struct ts_run *run = f->run;
    unsigned clock = 0;
    enum ts_code code = ts_args_choice(run, "clock", clocks, &clock);
    if (code != TS_OK) return code;
    if (ts_args_has(run, "map")) {
        ts_fail(&run->error, TS_E_USAGE, "--map: CSV mappings come with a later version of Tessera");
        ts_error_hint(&run->error, "this version takes NDJSON, one event or command a line");
        return TS_E_USAGE;
    }
    f->live = clock == 1;
    f->dry = ts_args_has(run, "dry-run");
    f->path = run->args.words[0];
    return TS_OK;
}

static void note_figures(struct feed *f)
{
    const struct ts_program *p = ts_session_program(&f->session);
    char text[32];
    f->sum.seconds = (double)(ts_monotonic_ms() - f->started) / 1000;
    f->sum.clock = ts_engine_clock(f->session.engine);
    snprintf(f->sum.version, sizeof f->sum.version, TS_STR_FMT, TS_STR_ARG(p->version));
    snprintf(f->sum.clock_text, sizeof f->sum.clock_text, "%s %.40s", ts_text_time(p->zone, f->sum.clock, text),
             ts_zone_name(p->zone));
}

/* The summary is printed when the folder is closed: what it says is then on disk. */
static enum ts_code run_feed(struct feed *f)
{
    struct ts_run *run = f->run;
    enum ts_code code = ts_lines_open(f->path, &f->lines, &run->error);
    if (code == TS_OK && ts_args_has(run, "sort")) code = ts_sort_new(NULL, 0, &f->sort, &run->error);
    if (code != TS_OK) return code;
    ts_lines_idle(f->lines, on_idle, f, f->stop.fd);
    code = ts_session_open(run, f->dry ? TS_STORE_DRY : TS_STORE_WRITE, &f->session);
    if (code != TS_OK) return code;
    f->acks.session = &f->session;
    ts_progress_init(&f->progress, run, "ingest", ts_args_has(run, "progress"));
    f->progress.total = ts_lines_total(f->lines);
    f->started = ts_monotonic_ms();
    code = ts_acks_open(&f->acks, &f->session);
    if (code == TS_OK && f->sort) code = sort_input(f);
    if (code == TS_OK) code = feed_lines(f);
    if (code == TS_OK) code = ts_session_settle(&f->session);
    if (code == TS_OK) code = ts_acks_flush(&f->acks);
    code = ts_acks_close(&f->acks, code);
    ts_progress_end(&f->progress);
    note_figures(f);
    code = ts_session_close(&f->session, code);
    if (code != TS_OK) return code;
    return run->json ? print_json(f) : print_text(f);
}

enum ts_code ts_cmd_ingest(struct ts_run *run)
{
    struct feed f = {.run = run};
    enum ts_code code = read_flags(&f);
    if (code != TS_OK) return code;
    ts_stop_open(&f.stop);
    code = run_feed(&f);
    ts_sort_free(f.sort);
    ts_lines_close(f.lines);
    ts_equal_release(&f.equal);
    ts_stop_close(&f.stop);
    if (f.sum.quarantined || f.sum.rule_errors) run->exit = 1;
    if (f.stop.signal) {
        run->exit = 128 + f.stop.signal;
        if (code == TS_OK)
            fprintf(run->err,
                    "tessera ingest: stopped by signal %d after %llu lines, which are safe on disk; the same command "
                    "again goes on (what is already in counts as duplicate)\n",
                    f.stop.signal, (unsigned long long)f.sum.lines);
    }
    return code;
}
