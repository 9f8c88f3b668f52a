/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents for stdout, by cJSON. cJSON is only a builder and printer here: numbers are handed to it as text, strings are made
 * valid UTF-8 before, and what comes from outside is never read with it. */
#include "command/problems.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static void attach(struct ts_doc *d, cJSON *parent, const char *key, cJSON *child)
{
    if (!child) d->failed = true;
    if (!child || d->failed || !parent) {
        if (parent || d->failed) cJSON_Delete(child);
        return;
    }
    bool ok = key ? cJSON_AddItemToObject(parent, key, child) : cJSON_AddItemToArray(parent, child);
    if (ok) return;
    cJSON_Delete(child);
    d->failed = true;
}

static cJSON *container(struct ts_doc *d, cJSON *parent, const char *key, cJSON *made)
{
    if (!made || d->failed) {
        cJSON_Delete(made);
        d->failed = true;
        return NULL;
    }
    attach(d, parent, key, made);
    return d->failed ? NULL : made;
}

cJSON *ts_doc_object(struct ts_doc *d, cJSON *parent, const char *key)
{
    return d->failed ? NULL : container(d, parent, key, cJSON_CreateObject());
}

cJSON *ts_doc_array(struct ts_doc *d, cJSON *parent, const char *key)
{
    return d->failed ? NULL : container(d, parent, key, cJSON_CreateArray());
}

static void attach_raw(struct ts_doc *d, cJSON *parent, const char *key, const char *text)
{
    if (!d->failed && parent) attach(d, parent, key, cJSON_CreateRaw(text));
}

void ts_doc_int(struct ts_doc *d, cJSON *parent, const char *key, int64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, v);
    attach_raw(d, parent, key, text);
}

void ts_doc_uint(struct ts_doc *d, cJSON *parent, const char *key, uint64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, v);
    attach_raw(d, parent, key, text);
}

void ts_doc_double(struct ts_doc *d, cJSON *parent, const char *key, double v)
{
    if (!isfinite(v)) {
        ts_doc_null(d, parent, key);
        return;
    }
    char text[64];
    size_t n = ts_format_double(v, text, sizeof text - 1);
    text[n < sizeof text ? n : sizeof text - 1] = '\0';
    attach_raw(d, parent, key, text);
}

void ts_doc_decimal(struct ts_doc *d, cJSON *parent, const char *key, int64_t v, unsigned places)
{
    uint64_t unit = 1;
    for (unsigned i = 0; i < places; i++)
        unit *= 10;
    uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    char text[64];
    int n = snprintf(text, sizeof text, "%s%" PRIu64, v < 0 ? "-" : "", size / unit);
    if (size % unit) {
        n += snprintf(text + n, sizeof text - (size_t)n, ".%0*" PRIu64, (int)places, size % unit);
        while (text[n - 1] == '0')
            text[--n] = '\0';
    }
    attach_raw(d, parent, key, text);
}

void ts_doc_bool(struct ts_doc *d, cJSON *parent, const char *key, bool v)
{
    if (!d->failed && parent) attach(d, parent, key, cJSON_CreateBool(v));
}

void ts_doc_null(struct ts_doc *d, cJSON *parent, const char *key)
{
    if (!d->failed && parent) attach(d, parent, key, cJSON_CreateNull());
}

/* A terminated copy that is valid UTF-8 without NUL. */
static char *clean_copy(struct ts_str s)
{
    if (!memchr(s.ptr, 0, s.len) && ts_utf8_valid(s.ptr, s.len)) return ts_strdup_n(s.ptr, s.len);
    struct ts_buf b;
    ts_buf_init(&b, 0);
    for (size_t i = 0; i < s.len;) {
        size_t n = 1;
        while (n <= 4 && i + n <= s.len && !ts_utf8_valid(s.ptr + i, n))
            n++;
        bool good = n <= 4 && i + n <= s.len && s.ptr[i] != '\0';
        if (good)
            ts_buf_add(&b, s.ptr + i, n);
        else
            ts_buf_adds(&b, REPLACEMENT);
        i += good ? n : 1;
    }
    char *copy = b.failed ? NULL : ts_strdup_n((const char *)b.data, b.len);
    ts_buf_release(&b);
    return copy;
}

void ts_doc_str(struct ts_doc *d, cJSON *parent, const char *key, struct ts_str v)
{
    if (d->failed || !parent) return;
    if (!v.ptr) {
        ts_doc_null(d, parent, key);
        return;
    }
    char *copy = clean_copy(v);
    if (!copy) {
        d->failed = true;
        return;
    }
    attach(d, parent, key, cJSON_CreateString(copy));
    ts_free(copy);
}

void ts_doc_text(struct ts_doc *d, cJSON *parent, const char *key, const char *v)
{
    ts_doc_str(d, parent, key, ts_cstr(v));
}

void ts_doc_time(struct ts_doc *d, cJSON *parent, const char *key, ts_ms t)
{
    char text[32];
    if (t == TS_NEVER)
        ts_doc_null(d, parent, key);
    else
        ts_doc_text(d, parent, key, ts_time_format(t, text));
}

void ts_doc_member(struct ts_doc *d, cJSON *parent, const char *key, uint64_t member)
{
    char text[32];
    snprintf(text, sizeof text, "m%" PRIu64, member);
    ts_doc_text(d, parent, key, member ? text : NULL);
}

void ts_doc_raw(struct ts_doc *d, cJSON *parent, const char *key, struct ts_str json)
{
    if (d->failed || !parent) return;
    if (!json.len) {
        ts_doc_null(d, parent, key);
        return;
    }
    char *copy = ts_strdup_n(json.ptr, json.len);
    if (!copy) d->failed = true;
    if (copy) attach(d, parent, key, cJSON_CreateRaw(copy));
    ts_free(copy);
}

bool ts_doc_write(struct ts_doc *d, cJSON *root, struct ts_buf *out)
{
    char *text = root && !d->failed ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    if (!text) d->failed = true;
    bool ok = text && ts_buf_adds(out, text) && ts_buf_byte(out, '\n');
    cJSON_free(text);
    return ok;
}

enum ts_code ts_doc_print(struct ts_run *run, struct ts_doc *d, cJSON *root)
{
    struct ts_buf line;
    ts_buf_init(&line, 0);
    bool ok = ts_doc_write(d, root, &line);
    if (ok) fwrite(line.data, 1, line.len, run->out);
    ts_buf_release(&line);
    return ok ? ts_run_flush(run) : ts_run_memory(run);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

enum ts_code ts_list_open(struct ts_run *run, struct ts_list *l)
{
    memset(l, 0, sizeof *l);
    ts_buf_init(&l->line, 0);
    l->spool = tmpfile();
    if (l->spool) return TS_OK;
    ts_fail(&run->error, TS_E_DISK, "cannot make a temporary file for the result");
    ts_error_hint(&run->error, "free some space in the folder for temporary files");
    return TS_E_DISK;
}

enum ts_code ts_list_add(struct ts_run *run, struct ts_list *l, struct ts_doc *d, cJSON *item)
{
    ts_buf_clear(&l->line);
    if (l->n) ts_buf_byte(&l->line, ',');
    if (!ts_doc_write(d, item, &l->line)) return ts_run_memory(run);
    l->n++;
    if (fwrite(l->line.data, 1, l->line.len - 1, l->spool) == l->line.len - 1) return TS_OK;
    return ts_fail(&run->error, TS_E_DISK, "cannot write the result to a temporary file");
}

enum ts_code ts_list_print(struct ts_run *run, struct ts_list *l, const char *head, const char *tail)
{
    char block[65536];
    size_t n;
    if (fflush(l->spool) != 0 || ferror(l->spool))
        return ts_fail(&run->error, TS_E_DISK, "cannot write the result to a temporary file");
    rewind(l->spool);
    fputs(head, run->out);
    while ((n = fread(block, 1, sizeof block, l->spool)) > 0)
        fwrite(block, 1, n, run->out);
    fputs(tail, run->out);
    return ts_run_flush(run);
}

enum ts_code ts_list_finish(struct ts_run *run, struct ts_list *l, uint64_t next)
{
    char tail[64];
    if (next)
        snprintf(tail, sizeof tail, "],\"next\":\"%" PRIu64 "\"}\n", next);
    else
        snprintf(tail, sizeof tail, "],\"next\":null}\n");
    return ts_list_print(run, l, "{\"items\":[", tail);
}

void ts_list_release(struct ts_list *l)
{
    if (l->spool) fclose(l->spool);
    ts_buf_release(&l->line);
    memset(l, 0, sizeof *l);
}

/* ---- failures ---------------------------------------------------------------------------------------------------- */

cJSON *ts_error_json(struct ts_doc *d, const struct ts_error *e, const struct ts_problems *problems)
{
    cJSON *root = ts_doc_object(d, NULL, NULL), *error = ts_doc_object(d, root, "error");
    ts_doc_text(d, error, "code", e->name[0] ? e->name : ts_code_name(e->code));
    ts_doc_text(d, error, "message", e->text);
    ts_doc_text(d, error, "where", e->where);
    ts_doc_text(d, error, "hint", e->hint);
    if (problems && problems->list.len) ts_problems_json(d, error, problems);
    return root;
}

static void error_json(struct ts_run *run)
{
    struct ts_doc d = {false};
    cJSON *root = ts_error_json(&d, &run->error, &run->problems);
    struct ts_buf line;
    ts_buf_init(&line, 0);
    if (ts_doc_write(&d, root, &line))
        fwrite(line.data, 1, line.len, run->out);
    else /* memory is out: an object that needs none */
        fputs("{\"error\":{\"code\":\"memory\",\"message\":\"out of memory\",\"where\":\"\",\"hint\":\"\"}}\n",
              run->out);
    ts_buf_release(&line);
    fflush(run->out);
}

void ts_run_print_error(struct ts_run *run)
{
    const struct ts_error *e = &run->error;
    if (run->json) {
        error_json(run);
        return;
    }
    if (run->reader_gone) return; /* `tessera journal | head` saw what it wanted */
    fflush(run->out);
    fprintf(run->err, "tessera%s%s: %s\n", run->command ? " " : "", run->command ? run->command->name : "", e->text);
    if (e->where[0]) fprintf(run->err, "  where: %s\n", e->where);
    if (e->hint[0]) fprintf(run->err, "  hint:  %s\n", e->hint);
    for (uint32_t i = 0; i < run->problems.list.len; i++) {
        const struct ts_problem *p = &run->problems.list.at[i];
        fprintf(run->err, "  %s:%u: %s: %s [%s]\n", p->file, p->line, p->warning ? "warning" : "error", p->message,
                p->code);
        if (p->suggestion[0]) fprintf(run->err, "      %s\n", p->suggestion);
    }
}

enum ts_code ts_run_flush(struct ts_run *run)
{
    errno = 0;
    if (fflush(run->out) == 0 && !ferror(run->out)) return TS_OK;
    run->reader_gone = errno == EPIPE;
    return ts_fail(&run->error, TS_E_DISK, "cannot write the result to stdout");
}

enum ts_code ts_run_memory(struct ts_run *run) { return ts_fail(&run->error, TS_E_MEMORY, "out of memory"); }
