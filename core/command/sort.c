/* SPDX-License-Identifier: Apache-2.0 */
/* External merge sort. A run in memory is an array of (time, order of arrival, place of the text); full runs are written sorted. The
 * order of arrival breaks ties, so the sort is stable however the runs fall. */
#include "command/sort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"

struct item { /* a line in memory, and the head of a line in a run's file */
    ts_ms at;
    uint64_t order, number;
    uint32_t len, cut;
    uint64_t offset; /* in memory: of its text */
};
struct run {
    FILE *file;
    struct item head;
    char *text;
    size_t cap;
};
struct ts_sort {
    char dir[512];
    size_t memory;
    TS_VEC(struct item) items;
    struct ts_buf text;
    struct run runs[TS_SORT_RUNS_MAX];
    uint32_t heap[TS_SORT_RUNS_MAX], n_runs, n_heap;
    uint64_t order;
    ts_ms previous;
    uint32_t next; /* when all fits in memory */
    bool pending;  /* the line at the top of the heap was handed out */
    struct ts_json json;
};

bool ts_line_time(struct ts_json *json, struct ts_str line, ts_ms *ret)
{
    if (ts_json_parse(json, line.ptr, line.len, true) != TS_OK) return false;
    const struct ts_json_node *root = ts_json_root(json), *n = ts_json_get(json, root, TS_STR("timestamp"));
    if (!n || n->type == TS_JSON_NULL) n = ts_json_get(json, root, TS_STR("originalTimestamp"));
    return n && n->type == TS_JSON_STRING && ts_time_parse(n->text, ret) == TS_OK;
}

enum ts_code ts_sort_new(const char *dir, size_t memory, struct ts_sort **ret, struct ts_error *err)
{
    struct ts_sort *s = ts_calloc(1, sizeof *s);
    if (!s) return ts_fail(err, TS_E_MEMORY, "out of memory");
    if (!dir) dir = getenv("TMPDIR");
    snprintf(s->dir, sizeof s->dir, "%s", dir && *dir ? dir : "/tmp");
    s->memory = memory ? memory : TS_SORT_MEMORY;
    s->previous = TS_MS_MIN;
    ts_buf_init(&s->text, 0);
    ts_json_init(&s->json);
    *ret = s;
    return TS_OK;
}

void ts_sort_free(struct ts_sort *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->n_runs; i++) {
        if (s->runs[i].file) fclose(s->runs[i].file);
        ts_free(s->runs[i].text);
    }
    ts_vec_release(&s->items);
    ts_buf_release(&s->text);
    ts_json_release(&s->json);
    ts_free(s);
}

static int item_compare(const struct item *a, const struct item *b)
{
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static int item_compare_void(const void *a, const void *b) { return item_compare(a, b); }

static enum ts_code spool_failed(struct ts_sort *s, struct ts_error *err)
{
    char why[80];
    ts_fail(err, TS_E_DISK, "cannot spool the lines to be sorted: %s", ts_errno_text(errno, why));
    ts_error_where(err, "%s", s->dir);
    ts_error_hint(err, "sorting needs as much free space as the unpacked input; TMPDIR names another folder");
    return TS_E_DISK;
}

/* A new file without a name: gone with the process, however it ends. */
static FILE *spool_open(struct ts_sort *s)
{
    char path[600];
    snprintf(path, sizeof path, "%s/tessera-sort-XXXXXX", s->dir);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) return NULL;
    unlink(path);
    FILE *f = fdopen(fd, "w+b");
    if (!f) close(fd);
    return f;
}

static bool item_write(FILE *f, const struct item *i, const char *text)
{
    return fwrite(i, sizeof *i, 1, f) == 1 && (i->len == 0 || fwrite(text, i->len, 1, f) == 1);
}

/* Load the run's next line. *ret_end at its end. */
static enum ts_code run_advance(struct ts_sort *s, struct run *r, bool *ret_end, struct ts_error *err)
{
    *ret_end = false;
    if (fread(&r->head, sizeof r->head, 1, r->file) != 1) {
        if (ferror(r->file)) return spool_failed(s, err);
        fclose(r->file);
        r->file = NULL;
        *ret_end = true;
        return TS_OK;
    }
    if (r->cap < r->head.len) {
        char *bigger = ts_realloc(r->text, r->head.len);
        if (!bigger) return ts_fail(err, TS_E_MEMORY, "out of memory");
        r->text = bigger;
        r->cap = r->head.len;
    }
    return r->head.len == 0 || fread(r->text, r->head.len, 1, r->file) == 1 ? TS_OK : spool_failed(s, err);
}

static void heap_down(struct ts_sort *s, uint32_t i)
{
    for (;;) {
        uint32_t best = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->n_heap; child++)
            if (item_compare(&s->runs[s->heap[child]].head, &s->runs[s->heap[best]].head) < 0) best = child;
        if (best == i) return;
        uint32_t other = s->heap[i];
        s->heap[i] = s->heap[best];
        s->heap[best] = other;
        i = best;
    }
}

static enum ts_code merge_begin(struct ts_sort *s, struct ts_error *err)
{
    s->n_heap = 0;
    for (uint32_t i = 0; i < s->n_runs; i++) {
        bool end;
        rewind(s->runs[i].file);
        enum ts_code code = run_advance(s, &s->runs[i], &end, err);
        if (code != TS_OK) return code;
        if (!end) s->heap[s->n_heap++] = i;
    }
    for (uint32_t i = s->n_heap; i-- > 0;)
        heap_down(s, i);
    return TS_OK;
}

/* Drop the line at the top and put the run's next one in its place. */
static enum ts_code merge_pop(struct ts_sort *s, struct ts_error *err)
{
    bool end;
    enum ts_code code = run_advance(s, &s->runs[s->heap[0]], &end, err);
    if (code != TS_OK) return code;
    if (end) s->heap[0] = s->heap[--s->n_heap];
    heap_down(s, 0);
    return TS_OK;
}

static void runs_clear(struct ts_sort *s)
{
    for (uint32_t i = 0; i < s->n_runs; i++) {
        if (s->runs[i].file) fclose(s->runs[i].file);
        ts_free(s->runs[i].text);
    }
    memset(s->runs, 0, sizeof s->runs);
    s->n_runs = 0;
}

/* As many runs as may be open: make one of them. */
static enum ts_code merge_all(struct ts_sort *s, struct ts_error *err)
{
    FILE *out = spool_open(s);
    if (!out) return spool_failed(s, err);
    enum ts_code code = merge_begin(s, err);
    while (code == TS_OK && s->n_heap) {
        const struct run *top = &s->runs[s->heap[0]];
        code = item_write(out, &top->head, top->text) ? merge_pop(s, err) : spool_failed(s, err);
    }
    if (code == TS_OK && fflush(out) != 0) code = spool_failed(s, err);
    if (code != TS_OK) {
        fclose(out);
        return code;
    }
    runs_clear(s);
    s->runs[s->n_runs++].file = out;
    return TS_OK;
}

static enum ts_code spill(struct ts_sort *s, struct ts_error *err)
{
    if (s->n_runs == TS_SORT_RUNS_MAX) {
        enum ts_code code = merge_all(s, err);
        if (code != TS_OK) return code;
    }
    qsort(s->items.at, s->items.len, sizeof *s->items.at, item_compare_void);
    FILE *f = spool_open(s);
    if (!f) return spool_failed(s, err);
    s->runs[s->n_runs++].file = f;
    for (uint32_t i = 0; i < s->items.len; i++) {
        const struct item *item = &s->items.at[i];
        if (!item_write(f, item, (const char *)s->text.data + item->offset)) return spool_failed(s, err);
    }
    if (fflush(f) != 0) return spool_failed(s, err);
    s->items.len = 0;
    ts_buf_clear(&s->text);
    return TS_OK;
}

enum ts_code ts_sort_add(struct ts_sort *s, const struct ts_line *line, struct ts_error *err)
{
    size_t need = line->text.len + sizeof(struct item);
    if (s->items.len && s->text.len + s->items.len * sizeof(struct item) + need > s->memory) {
        enum ts_code code = spill(s, err);
        if (code != TS_OK) return code;
    }
    ts_ms at;
    if (!line->cut && ts_line_time(&s->json, line->text, &at)) s->previous = at;
    struct item *item = ts_vec_push(&s->items);
    if (!item) return ts_fail(err, TS_E_MEMORY, "out of memory");
    *item = (struct item){.at = s->previous,
                          .order = s->order++,
                          .number = line->number,
                          .len = (uint32_t)line->text.len,
                          .cut = line->cut,
                          .offset = s->text.len};
    if (ts_buf_add(&s->text, line->text.ptr, line->text.len)) return TS_OK;
    return ts_fail(err, TS_E_MEMORY, "out of memory");
}

enum ts_code ts_sort_finish(struct ts_sort *s, struct ts_error *err)
{
    if (s->n_runs == 0) {
        if (s->items.len) qsort(s->items.at, s->items.len, sizeof *s->items.at, item_compare_void);
        return TS_OK;
    }
    enum ts_code code = s->items.len ? spill(s, err) : TS_OK;
    ts_vec_release(&s->items);
    ts_buf_release(&s->text);
    return code == TS_OK ? merge_begin(s, err) : code;
}

bool ts_sort_next(struct ts_sort *s, struct ts_line *ret, struct ts_error *err)
{
    if (s->n_runs == 0) {
        if (s->next == s->items.len) return false;
        const struct item *i = &s->items.at[s->next++];
        *ret = (struct ts_line){ts_str((const char *)s->text.data + i->offset, i->len), i->number, i->cut != 0};
        return true;
    }
    if (s->pending && merge_pop(s, err) != TS_OK) return false;
    s->pending = s->n_heap > 0;
    if (!s->pending) return false;
    const struct run *top = &s->runs[s->heap[0]];
    *ret = (struct ts_line){ts_str(top->text, top->head.len), top->head.number, top->head.cut != 0};
    return true;
}
