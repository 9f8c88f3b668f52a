/* SPDX-License-Identifier: Apache-2.0 */
/* tessera json: would the strict door take this text? Syntax (RFC 8259) and limits are judged apart. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/json.h"
#include "command/out.h"
#include "command/table.h"

#define FILE_BYTES_MAX (256u << 20)

struct judgement {
    bool syntax, limits;
    const char *code;
    size_t offset;
    char text[160];
};

static enum ts_code read_file(struct ts_run *run, const char *path, struct ts_buf *out)
{
    char block[65536], why[80];
    size_t n;
    struct stat st;
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    bool folder = f && fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode);
    if (!f || folder) {
        if (folder) fclose(f);
        enum ts_code code = folder || errno == ENOENT ? TS_E_NOT_FOUND : TS_E_DISK;
        return ts_fail(&run->error, code, "cannot read %s: %s", path,
                       folder ? "it is a folder" : ts_errno_text(errno, why));
    }
    while ((n = fread(block, 1, sizeof block, f)) > 0 && ts_buf_add(out, block, n))
        ;
    bool bad = ferror(f) != 0;
    if (f != stdin) fclose(f);
    if (bad) return ts_fail(&run->error, TS_E_DISK, "cannot read %s", path);
    if (out->failed) return ts_fail(&run->error, TS_E_LIMIT, "%s is longer than %u bytes", path, FILE_BYTES_MAX);
    return TS_OK;
}

static const char *code_of(enum ts_json_fault fault)
{
    return fault == TS_JSON_OVER_LIMIT ? "json_limit" : fault == TS_JSON_BAD_UTF8 ? "utf8" : "json_syntax";
}

static enum ts_code judge(struct ts_json *json, const struct ts_buf *text, struct judgement *ret)
{
    *ret = (struct judgement){.code = "ok"};
    for (int limits = 0; limits < 2; limits++) {
        enum ts_code code = ts_json_parse(json, (const char *)text->data, text->len, limits != 0);
        if (code == TS_E_MEMORY) return code;
        if (code != TS_OK) {
            ret->code = code_of(json->fault);
            ret->offset = json->fault_offset;
            snprintf(ret->text, sizeof ret->text, "%s", json->fault_text);
            return TS_OK;
        }
        if (limits)
            ret->limits = true;
        else
            ret->syntax = true;
    }
    return TS_OK;
}

static void show_json(struct ts_doc *d, cJSON *items, const char *path, const struct judgement *j)
{
    cJSON *o = ts_doc_object(d, items, NULL);
    ts_doc_text(d, o, "file", path);
    ts_doc_bool(d, o, "syntax", j->syntax);
    ts_doc_bool(d, o, "limits", j->limits);
    ts_doc_text(d, o, "code", j->code);
    if (j->limits)
        ts_doc_null(d, o, "offset");
    else
        ts_doc_uint(d, o, "offset", j->offset);
    if (!j->limits) ts_doc_text(d, o, "message", j->text);
}

static void show_row(struct ts_table *t, const char *path, const struct judgement *j)
{
    ts_table_cell(t, ts_cstr(path));
    ts_table_cell(t, ts_cstr(j->code));
    if (j->limits)
        ts_table_cell(t, TS_STR(""));
    else
        ts_table_cellf(t, "byte %zu: %s", j->offset, j->text);
}

enum ts_code ts_cmd_json(struct ts_run *run)
{
    static const struct ts_column columns[] = {
        {"", false, 70, TS_PLAIN}, {"", false, 0, TS_BOLD}, {"", false, 100, TS_PLAIN}};
    struct ts_doc d = {false};
    cJSON *root = ts_doc_object(&d, NULL, NULL), *items = ts_doc_array(&d, root, "items");
    struct ts_table t;
    struct ts_json json;
    struct ts_buf text;
    enum ts_code code = TS_OK;
    ts_table_init(&t, columns, TS_ARRAY_LEN(columns));
    ts_json_init(&json);
    ts_buf_init(&text, FILE_BYTES_MAX);
    for (int i = 0; code == TS_OK && i < run->args.n_words; i++) {
        struct judgement j;
        ts_buf_clear(&text);
        code = read_file(run, run->args.words[i], &text);
        if (code == TS_OK && judge(&json, &text, &j) != TS_OK) code = ts_run_memory(run);
        if (code != TS_OK) break;
        if (!j.limits) run->exit = 1;
        show_json(&d, items, run->args.words[i], &j);
        show_row(&t, run->args.words[i], &j);
    }
    ts_buf_release(&text);
    ts_json_release(&json);
    if (code != TS_OK || !run->json) cJSON_Delete(root);
    if (code == TS_OK && run->json) code = ts_doc_print(run, &d, root);
    if (code == TS_OK && !run->json) code = ts_table_print(&t, run, 0);
    ts_table_release(&t);
    return code;
}
