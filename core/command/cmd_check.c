/* SPDX-License-Identifier: Apache-2.0 */
/* tessera check: everything that is wrong with a rule set, at once, without a data folder and without running any rule. Says nothing at
 * all when all is well. */
#include <sys/stat.h>

#include "command/place.h"
#include "command/problems.h"

static const char *const formats[] = {"people", "editors", "github", NULL};

/* Names that may be declared in a file that could not be read are not known to be wrong. */
static void forgive_unknown(struct ts_problems *problems, uint32_t from)
{
    uint32_t kept = from;
    for (uint32_t i = from; i < problems->list.len; i++) {
        const struct ts_problem *p = &problems->list.at[i];
        if (strncmp(p->code, "unknown_", 8) == 0 && strcmp(p->code, "unknown_option") != 0) continue;
        if (kept != i) problems->list.at[kept] = *p;
        kept++;
    }
    problems->list.len = kept;
}

static enum ts_code check_json(struct ts_run *run, const char *version, bool ok)
{
    struct ts_doc d = {false};
    cJSON *root = ts_doc_object(&d, NULL, NULL);
    ts_doc_bool(&d, root, "ok", ok);
    ts_doc_text(&d, root, "version", version);
    ts_doc_uint(&d, root, "rules", run->problems.declared);
    ts_problems_json(&d, root, &run->problems);
    return ts_doc_print(run, &d, root);
}

/* The folder to be checked: what was said, or ./rules when nothing was; of a rule file, that of its rule set. */
static enum ts_code find_folder(struct ts_run *run, char room[static PATH_MAX], const char **ret)
{
    const char *dir = run->args.n_words ? run->args.words[0] : run->rules ? run->rules : "rules";
    size_t n = strlen(dir);
    struct stat st;
    struct ts_place place;
    *ret = dir;
    if (stat(dir, &st) != 0 || S_ISDIR(st.st_mode)) return TS_OK; /* what is not there is said when it is read */
    if (n < 4 || strcmp(dir + n - 4, ".lua") != 0) {
        ts_fail(&run->error, TS_E_USAGE, "%s is neither a folder nor a rule file", dir);
        ts_error_hint(&run->error, "check takes the folder of a rule set, or one of its files, which end in .lua");
        return TS_E_USAGE;
    }
    enum ts_code code = ts_place_find(run, dir, &place);
    if (code == TS_OK) *ret = ts_place_seen(&place, room);
    return code;
}

static enum ts_code read_folder(struct ts_run *run, const char *dir, struct ts_sources *ret)
{
    enum ts_code code = ts_sources_check(dir, ret, &run->problems, &run->error);
    if (code == TS_E_NOT_FOUND)
        ts_error_hint(&run->error,
                      "name the folder with the rule files: tessera check DIR (else --rules, TESSERA_RULES, ./rules)");
    if (code != TS_OK) return code;
    for (uint32_t i = 0; i < ret->n; i++) {
        struct ts_str path = ret->at[i].path;
        if (path.len > 4 && memcmp(path.ptr + path.len - 4, ".lua", 4) == 0) return TS_OK;
    }
    if (run->problems.list.len) return TS_OK; /* there are some, but they cannot be read */
    ts_sources_release(ret);
    ts_fail(&run->error, TS_E_NOT_FOUND, "there are no rule files in %s", dir);
    ts_error_where(&run->error, "%s", dir);
    ts_error_hint(&run->error, "rule files end in .lua; files *_spec.lua and the folder spec/ are tests and not read");
    return TS_E_NOT_FOUND;
}

enum ts_code ts_cmd_check(struct ts_run *run)
{
    struct ts_sources sources;
    struct ts_rules *rules = NULL;
    unsigned format = TS_PROBLEMS_PEOPLE;
    const char *dir = NULL;
    char version[72], room[PATH_MAX];
    memset(&sources, 0, sizeof sources);
    enum ts_code code = ts_args_choice(run, "format", formats, &format);
    if (code == TS_OK) code = find_folder(run, room, &dir);
    if (code == TS_OK) code = read_folder(run, dir, &sources);
    if (code != TS_OK) return code;
    uint32_t unread = run->problems.list.len;
    ts_sources_version(&sources, version);
    code = ts_rules_load(&sources, NULL, &rules, &run->problems, &run->error);
    if (rules) ts_rules_free(rules);
    if (code == TS_E_REFUSED) { /* that is a result here */
        memset(&run->error, 0, sizeof run->error);
        code = TS_OK;
    }
    if (unread) forgive_unknown(&run->problems, unread);
    bool ok = ts_problems_errors(&run->problems) == 0;
    if (code == TS_OK && run->json)
        code = check_json(run, version, ok);
    else if (code == TS_OK)
        code = ts_problems_print(run, format, dir, &run->problems, &sources);
    ts_sources_release(&sources);
    if (code == TS_OK && !ok) run->exit = 1;
    return code;
}
