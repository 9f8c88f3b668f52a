/* SPDX-License-Identifier: Apache-2.0 */
/* tessera rules words: everything that a rule file can say and read, from the program itself. The reference page, the
 * editor's files and luacheck's std are made from its --json. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/limits.h"
#include "command/effects.h"
#include "command/out.h"
#include "command/table.h"
#include "command/words.h"

/* The limits that people who write rules may meet. */
static size_t limits(struct ts_described ret[static 16], char texts[static 16][80])
{
    const struct {
        const char *name, *before;
        uint64_t value;
        const char *after;
    } all[] = {
        {"name", "of a declaration, an event, a trait: ", TS_LIMIT_NAME_BYTES, " bytes"},
        {"rule file", "", TS_LIMIT_RULE_FILE_BYTES / 1024, " KiB"},
        {"rule set", "", TS_LIMIT_RULE_FILES, " files"},
        {"one call, time", "", TS_LIMIT_CALL_MS, " ms, then its instructions are counted"},
        {"one call, instructions", "", TS_LIMIT_CALL_STEPS, " from there"},
        {"one call, memory", "", TS_LIMIT_LUA_CALL_BYTES >> 20, " MiB"},
        {"memory of a rule set", "", TS_LIMIT_LUA_BYTES >> 20, " MiB"},
        {"text that a rule builds", "", TS_LIMIT_LUA_STRING_BYTES >> 20, " MiB"},
        {"internal events", "", TS_LIMIT_INTERNAL_DEPTH, " deep"},
        {"internal events of one record", "", TS_LIMIT_INTERNAL_EVENTS, ""},
        {"effects of one record", "", TS_LIMIT_EFFECTS, ""},
        {"one award or balance", "", (uint64_t)TS_LIMIT_POINTS, " in the smallest unit"},
        {"one event", "", TS_LIMIT_EVENT_BYTES / 1024, " KiB"},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(all); i++) {
        snprintf(texts[i], 80, "%s%" PRIu64 "%s", all[i].before, all[i].value, all[i].after);
        ret[i] = (struct ts_described){all[i].name, texts[i]};
    }
    return TS_ARRAY_LEN(all);
}

static enum ts_code describe(struct ts_run *run, struct ts_buf *out)
{
    struct ts_described limited[16];
    char texts[16][80];
    size_t n_limits = limits(limited, texts);
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
                                              {"effects", effects, n_effects},
                                              {"limits", limited, n_limits}};
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
