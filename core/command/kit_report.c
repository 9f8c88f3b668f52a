/* SPDX-License-Identifier: Apache-2.0 */
/* The report of the test kit: counts, and with --coverage a table of what the specs exercised, with the lines that they did not reach. */
#include "command/kit_report.h"

#include <errno.h>
#include <inttypes.h>

#include "command/out.h"
#include "command/table.h"

#define REPORT_BYTES_MAX (64u << 20)

static int64_t figure(const struct ts_json *j, const struct ts_json_node *o, const char *key)
{
    int64_t v = 0;
    const struct ts_json_node *n = ts_json_get(j, o, ts_cstr(key));
    return n && n->type == TS_JSON_NUMBER && ts_json_integer(n, &v) == TS_OK ? v : 0;
}

enum ts_code ts_kit_report_read(struct ts_kit_report *r, const char *path, struct ts_error *err)
{
    char block[65536], why[80];
    size_t n;
    memset(r, 0, sizeof *r);
    ts_json_init(&r->json);
    ts_buf_init(&r->text, REPORT_BYTES_MAX);
    FILE *f = fopen(path, "rbe");
    if (!f) return ts_fail(err, TS_E_DISK, "cannot read %s: %s", path, ts_errno_text(errno, why));
    while ((n = fread(block, 1, sizeof block, f)) > 0 && ts_buf_add(&r->text, block, n))
        ;
    fclose(f);
    if (r->text.failed) return ts_fail(err, TS_E_LIMIT, "the report of the specs is too long");
    if (r->text.len == 0) return TS_OK;
    if (ts_json_parse(&r->json, (const char *)r->text.data, r->text.len, false) != TS_OK)
        return ts_fail(err, TS_E_INTERNAL, "the report of the specs is not JSON: %s", r->json.fault_text);
    const struct ts_json_node *root = ts_json_root(&r->json);
    r->unfinished = ts_json_get(&r->json, root, TS_STR("unfinished")) != NULL;
    r->there = !r->unfinished;
    r->missing = ts_json_get(&r->json, root, TS_STR("missing")) != NULL;
    r->passed = figure(&r->json, root, "passed");
    r->failed = figure(&r->json, root, "failed");
    r->skipped = figure(&r->json, root, "skipped");
    r->coverage = ts_json_get(&r->json, root, TS_STR("coverage"));
    return TS_OK;
}

void ts_kit_report_release(struct ts_kit_report *r)
{
    ts_json_release(&r->json);
    ts_buf_release(&r->text);
}

/* ---- showing ------------------------------------------------------------------------------------------------------ */

static unsigned percent(int64_t reached, int64_t of) { return of ? (unsigned)(reached * 100 / of) : 100; }

static enum ts_code show_json(struct ts_run *run, const struct ts_kit_report *r, bool ok)
{
    struct ts_doc d = {false};
    cJSON *root = ts_doc_object(&d, NULL, NULL);
    ts_doc_bool(&d, root, "ok", ok);
    ts_doc_int(&d, root, "passed", r->passed);
    ts_doc_int(&d, root, "failed", r->failed);
    ts_doc_int(&d, root, "skipped", r->skipped);
    if (r->coverage) ts_doc_raw(&d, root, "coverage", r->coverage->text);
    return ts_doc_print(run, &d, root);
}

static struct ts_str text_of(const struct ts_json *j, const struct ts_json_node *o, const char *key)
{
    const struct ts_json_node *n = ts_json_get(j, o, ts_cstr(key));
    return n && n->type == TS_JSON_STRING ? n->text : TS_STR("");
}

/* A row for each file: "8 of 9" declarations, "31 of 40" lines, what was not reached. */
static enum ts_code show_table(struct ts_run *run, const struct ts_kit_report *r)
{
    static const struct ts_column columns[] = {{"file", false, 40, TS_BOLD},
                                               {"declarations", true, 0, TS_PLAIN},
                                               {"lines", true, 0, TS_PLAIN},
                                               {"reached", true, 0, TS_PLAIN},
                                               {"not reached", false, 90, TS_PLAIN}};
    const struct ts_json *j = &r->json;
    const struct ts_json_node *files = ts_json_get(j, r->coverage, TS_STR("files"));
    struct ts_table table;
    ts_table_init(&table, columns, TS_ARRAY_LEN(columns));
    for (const struct ts_json_node *f = files ? ts_json_first(j, files) : NULL; f; f = ts_json_next(j, f)) {
        int64_t reached = figure(j, f, "reached"), of = figure(j, f, "of");
        ts_table_cell(&table, text_of(j, f, "file"));
        ts_table_cellf(&table, "%" PRId64 " of %" PRId64, figure(j, f, "declarations_reached"),
                       figure(j, f, "declarations"));
        ts_table_cellf(&table, "%" PRId64 " of %" PRId64, figure(j, f, "lines_reached"), figure(j, f, "lines"));
        ts_table_cellf(&table, "%u%%", percent(reached, of));
        ts_table_cell(&table, text_of(j, f, "missing"));
    }
    fputc('\n', run->out);
    enum ts_code code = ts_table_print(&table, run, 2);
    ts_table_release(&table);
    int64_t reached = figure(j, r->coverage, "reached"), of = figure(j, r->coverage, "of");
    fprintf(run->out, "\n  %u%% reached: %" PRId64 " of %" PRId64 " outcomes of declarations and lines of functions\n",
            percent(reached, of), reached, of);
    return code;
}

enum ts_code ts_kit_report_show(struct ts_run *run, const struct ts_kit_report *r)
{
    uint64_t threshold = 0;
    enum ts_code code = ts_args_u64(run, "threshold", &threshold);
    if (code != TS_OK) return code;
    bool enough = true;
    if (r->coverage) {
        int64_t reached = figure(&r->json, r->coverage, "reached"), of = figure(&r->json, r->coverage, "of");
        enough = reached * 100 >= (int64_t)threshold * of;
    }
    bool ok = r->failed == 0 && enough;
    if (run->json)
        code = show_json(run, r, ok);
    else if (r->coverage)
        code = show_table(run, r);
    if (code == TS_OK && !enough)
        fprintf(run->err, "the specs reach less than the threshold of %" PRIu64 "%%\n", threshold);
    if (!ok) run->exit = 1;
    return code == TS_OK ? ts_run_flush(run) : code;
}
