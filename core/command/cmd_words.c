/* SPDX-License-Identifier: Apache-2.0 */
/* tessera rules words: everything that a rule file can say and read, from the program itself. The reference page, the
 * editor's files and luacheck's std are made from its --json. */
#include <stdlib.h>

#include "command/effects.h"
#include "command/out.h"
#include "command/table.h"
#include "command/words.h"

static enum ts_code describe(struct ts_run *run, struct ts_buf *out)
{
#define TS_ROW(code, text) {code, text},
    static const struct ts_described refusals[] = {TS_REFUSALS(TS_ROW)};
#undef TS_ROW
#define TS_ROW(e, name, text) {name, text},
    static const struct ts_described reasons[] = {TS_REASONS(TS_ROW)};
#undef TS_ROW
    struct ts_described effects[TS_EFFECTS_SHOWN_MAX];
    size_t n_effects = ts_effects_described(effects);
    const struct ts_described_list lists[] = {{"refusals", refusals, TS_ARRAY_LEN(refusals)},
                                              {"reasons", reasons, TS_ARRAY_LEN(reasons)},
                                              {"effects", effects, n_effects}};
    return ts_rules_describe(lists, TS_ARRAY_LEN(lists), out, &run->error);
}

static const char *text_of(const cJSON *o, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));
    return text ? text : "";
}

static enum ts_code all_words(struct ts_run *run, const cJSON *words)
{
    static const struct ts_column columns[] = {{"word", false, 0, TS_BOLD}, {"what it says", false, 0, TS_PLAIN}};
    struct ts_table t;
    const cJSON *word;
    ts_table_init(&t, columns, TS_ARRAY_LEN(columns));
    cJSON_ArrayForEach(word, words)
    {
        bool later = strcmp(text_of(word, "kind"), "later") == 0;
        ts_table_cell(&t, ts_cstr(text_of(word, "name")));
        ts_table_cell(&t, ts_cstr(later ? "(belongs to a later version)" : text_of(word, "text")));
    }
    enum ts_code code = ts_table_print(&t, run, 0);
    ts_table_release(&t);
    return code;
}

static void add_options(struct ts_table *t, const char *prefix, const cJSON *options)
{
    const cJSON *option;
    cJSON_ArrayForEach(option, options)
    {
        char name[128];
        bool required = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(option, "required"));
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(option, "later"))) continue;
        snprintf(name, sizeof name, "%s%s", prefix, text_of(option, "name"));
        ts_table_cell(t, ts_cstr(name));
        ts_table_cell(t, ts_cstr(text_of(option, "type")));
        ts_table_cell(t, ts_cstr(required ? "required" : text_of(option, "default")));
        ts_table_cell(t, ts_cstr(text_of(option, "text")));
        snprintf(name, sizeof name, "%s%s.", prefix, text_of(option, "name"));
        add_options(t, name, cJSON_GetObjectItemCaseSensitive(option, "options"));
    }
}

static enum ts_code one_word(struct ts_run *run, const cJSON *word)
{
    static const struct ts_column columns[] = {{"option", false, 0, TS_BOLD},
                                               {"type", false, 0, TS_DIM},
                                               {"else", false, 0, TS_DIM},
                                               {"what it says", false, 0, TS_PLAIN}};
    struct ts_table t;
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(word, "options");
    fprintf(run->out, "%s: %s\n", text_of(word, "name"), text_of(word, "text"));
    if (text_of(word, "example")[0]) fprintf(run->out, "\n%s\n", text_of(word, "example"));
    if (cJSON_GetArraySize(options) == 0) return TS_OK;
    fputs("\n", run->out);
    ts_table_init(&t, columns, TS_ARRAY_LEN(columns));
    add_options(&t, "", options);
    enum ts_code code = ts_table_print(&t, run, 0);
    ts_table_release(&t);
    return code;
}

static enum ts_code for_people(struct ts_run *run, const struct ts_buf *json)
{
    cJSON *root = cJSON_ParseWithLength((const char *)json->data, json->len);
    const cJSON *words = cJSON_GetObjectItemCaseSensitive(root, "words"), *word;
    const char *wanted = run->args.n_words > 1 ? run->args.words[1] : NULL;
    enum ts_code code = TS_OK;
    if (!root) {
        code = ts_run_memory(run);
    } else if (!wanted) {
        code = all_words(run, words);
    } else {
        code = TS_E_NOT_FOUND;
        cJSON_ArrayForEach(word, words)
        {
            if (strcmp(text_of(word, "name"), wanted) != 0) continue;
            code = one_word(run, word);
            break;
        }
        if (code == TS_E_NOT_FOUND) {
            ts_fail(&run->error, code, "there is no word \"%s\"", wanted);
            ts_error_hint(&run->error, "`tessera rules words` lists them");
        }
    }
    cJSON_Delete(root);
    return code;
}

enum ts_code ts_cmd_words(struct ts_run *run)
{
    struct ts_buf json;
    ts_buf_init(&json, 4u << 20);
    enum ts_code code = describe(run, &json);
    if (code == TS_OK && run->json) {
        fwrite(json.data, 1, json.len, run->out);
        fputs("\n", run->out);
    } else if (code == TS_OK) {
        code = for_people(run, &json);
    }
    ts_buf_release(&json);
    return code;
}
