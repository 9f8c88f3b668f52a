/* SPDX-License-Identifier: Apache-2.0 */
/* tessera rules explain FILE|DIR: what a rule file declares, in plain words. A file is explained within its rule set: names and units come
 * from the others. */
#include "command/place.h"
#include "command/problems.h"
#include "command/table.h"

#define PAGE_WIDTH 100 /* where the terminal does not say */

static bool is_meant(const struct ts_place *p, struct ts_str file)
{
    size_t n = strlen(p->path);
    if (!n) return true;
    return file.len >= n && memcmp(file.ptr, p->path, n) == 0 && (file.len == n || file.ptr[n] == '/');
}

/* Words of `text` in lines of `width` columns, indented. */
static void put_wrapped(struct ts_buf *out, struct ts_str text, unsigned width)
{
    unsigned used = 0;
    for (size_t i = 0; i < text.len;) {
        size_t end = i;
        while (end < text.len && text.ptr[end] != ' ')
            end++;
        struct ts_str word = ts_str(text.ptr + i, end - i);
        unsigned columns = ts_text_width(word);
        bool fits = used && (!width || used + 1 + columns <= width);
        ts_buf_adds(out, fits ? " " : used ? "\n  " : "  ");
        used = fits ? used + 1 + columns : 2 + columns;
        ts_text_put(out, word, 0, 0, false);
        for (i = end; i < text.len && text.ptr[i] == ' ';)
            i++;
    }
    ts_buf_adds(out, "\n");
}

static enum ts_code print_text(struct ts_run *run, const struct ts_place *p, const struct ts_explained *all, uint32_t n)
{
    struct ts_buf out;
    const struct ts_style *s = &run->style;
    unsigned width = !s->terminal ? 0 : s->width && s->width < PAGE_WIDTH ? s->width : PAGE_WIDTH;
    uint32_t shown = 0;
    ts_buf_init(&out, 0);
    for (uint32_t i = 0; i < n; i++) {
        if (!is_meant(p, all[i].file)) continue;
        ts_buf_addf(&out, "%s%s" TS_STR_FMT, shown++ ? "\n" : "", ts_paint(s, TS_BOLD), TS_STR_ARG(all[i].word));
        if (all[i].name.len) {
            ts_buf_adds(&out, " \"");
            ts_text_put(&out, all[i].name, 0, 0, false);
            ts_buf_adds(&out, "\"");
        }
        ts_buf_addf(&out, "%s %s(", ts_paint_end(s), ts_paint(s, TS_DIM));
        ts_text_put(&out, all[i].file, 0, 0, false);
        ts_buf_addf(&out, ":%u)%s\n", all[i].line, ts_paint_end(s));
        put_wrapped(&out, all[i].text, width);
    }
    if (!shown) ts_buf_adds(&out, "Nothing is declared there.\n");
    bool ok = !out.failed;
    if (ok) fwrite(out.data, 1, out.len, run->out);
    ts_buf_release(&out);
    return ok ? ts_run_flush(run) : ts_run_memory(run);
}

static enum ts_code print_json(struct ts_run *run, const struct ts_place *p, const struct ts_explained *all, uint32_t n)
{
    struct ts_doc d = {false};
    cJSON *root = ts_doc_object(&d, NULL, NULL);
    ts_doc_text(&d, root, "file", p->path);
    cJSON *list = ts_doc_array(&d, root, "declarations");
    for (uint32_t i = 0; i < n; i++) {
        if (!is_meant(p, all[i].file)) continue;
        cJSON *o = ts_doc_object(&d, list, NULL);
        ts_doc_str(&d, o, "word", all[i].word);
        ts_doc_str(&d, o, "name", all[i].name.len ? all[i].name : ts_str(NULL, 0));
        ts_doc_str(&d, o, "file", all[i].file);
        ts_doc_uint(&d, o, "line", all[i].line);
        ts_doc_str(&d, o, "text", all[i].text);
    }
    return ts_doc_print(run, &d, root);
}

/* A set that is refused cannot be explained: its problems are shown. */
static enum ts_code refused(struct ts_run *run, const char *root)
{
    ts_fail(&run->error, TS_E_REFUSED, "the rule set in %s has errors", root);
    ts_error_hint(&run->error, "`tessera check %s` shows them with their lines", root);
    return TS_E_REFUSED;
}

enum ts_code ts_cmd_explain(struct ts_run *run)
{
    static const struct ts_rules_options options = {.explain = true};
    struct ts_sources sources;
    struct ts_rules *rules = NULL;
    struct ts_place place;
    const char *what = run->args.n_words > 1 ? run->args.words[1] : run->rules ? run->rules : "rules";
    enum ts_code code = ts_place_find(run, what, &place);
    if (code == TS_OK) code = ts_sources_read(place.root, &sources, &run->error);
    if (code != TS_OK) return code;
    code = ts_rules_load(&sources, &options, &rules, &run->problems, &run->error);
    ts_sources_release(&sources);
    if (code == TS_E_REFUSED) return refused(run, place.root);
    if (code != TS_OK) return code;
    uint32_t n;
    const struct ts_explained *all = ts_rules_explained(rules, &n);
    code = run->json ? print_json(run, &place, all, n) : print_text(run, &place, all, n);
    ts_rules_free(rules);
    return code;
}
