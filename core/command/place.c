/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the rule set that a rule file is part of. */
#include "command/place.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define UPWARDS_MAX 16 /* folders that are looked at for program.lua */

/* `path` relative to `root` when it lies in it or is it. */
static const char *inside(const char *root, const char *path)
{
    size_t n = strlen(root);
    if (strncmp(root, path, n) != 0 || (path[n] != '/' && path[n] != '\0')) return NULL;
    return path[n] ? path + n + 1 : path + n;
}

static bool has_program(const char *dir)
{
    char file[PATH_MAX + 16];
    struct stat st;
    snprintf(file, sizeof file, "%s/program.lua", dir);
    return stat(file, &st) == 0 && S_ISREG(st.st_mode);
}

/* The rule set is that of --rules when the file is in it; else the nearest folder upwards that has a program.lua; else the file's own. */
enum ts_code ts_place_find(struct ts_run *run, const char *what, struct ts_place *ret)
{
    char full[PATH_MAX], rules[PATH_MAX];
    struct stat st;
    if (!realpath(what, full) || stat(full, &st) != 0) {
        ts_fail(&run->error, TS_E_NOT_FOUND, "there is no file or folder %s", what);
        ts_error_hint(&run->error, "name a rule file, or the folder of a rule set");
        return TS_E_NOT_FOUND;
    }
    snprintf(ret->root, sizeof ret->root, "%s", full);
    if (!S_ISDIR(st.st_mode)) *strrchr(ret->root, '/') = '\0';
    bool found = run->rules && realpath(run->rules, rules) && inside(rules, full);
    if (found) {
        snprintf(ret->root, sizeof ret->root, "%s", rules);
    } else {
        char up[PATH_MAX];
        snprintf(up, sizeof up, "%s", ret->root);
        for (int i = 0; i < UPWARDS_MAX && *up && !found; i++) {
            found = has_program(up);
            if (found) snprintf(ret->root, sizeof ret->root, "%s", up);
            char *slash = strrchr(up, '/');
            if (slash) *slash = '\0';
        }
    }
    snprintf(ret->path, sizeof ret->path, "%s", inside(ret->root, full));
    return TS_OK;
}

const char *ts_place_seen(const struct ts_place *p, char out[static PATH_MAX])
{
    char here[PATH_MAX];
    const char *rest = getcwd(here, sizeof here) ? inside(here, p->root) : NULL;
    snprintf(out, PATH_MAX, "%s", !rest ? p->root : *rest ? rest : ".");
    return out;
}
