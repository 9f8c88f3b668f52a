/* SPDX-License-Identifier: Apache-2.0 */
/* tessera test: the specs of a folder, by busted in a Lua interpreter of its own, with the test kit that belongs to this program. busted shows
 * what it shows; the counts come from a report that the kit writes beside. */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "command/kit_report.h"
#include "command/out.h"

/* From the folder of the installed program to the kit: set by scripts/cmake/kit.cmake, as cmake --install puts them. */
#ifndef TESSERA_KIT_LUA
#define TESSERA_KIT_LUA "../share/lua/5.4"
#define TESSERA_KIT_MODULE "../lib/lua/5.4"
#endif

#define PATH_BYTES 4096
#define INTERPRETER "lua5.4"

extern char **environ;

struct kit {
    char lua[PATH_BYTES], module[PATH_BYTES]; /* the folders of tessera/test.lua and tessera/engine.so */
    char report[PATH_BYTES], preload[PATH_BYTES + 16];
};

/* ---- where the kit is --------------------------------------------------------------------------------------------- */

static bool joined(char out[PATH_BYTES], const char *folder, const char *rest)
{
    int n = snprintf(out, PATH_BYTES, "%s/%s", folder, rest);
    return n > 0 && n < PATH_BYTES;
}

static bool has(const char *folder, const char *file)
{
    char path[PATH_BYTES];
    return joined(path, folder, file) && access(path, R_OK) == 0;
}

static bool is_kit(const struct kit *k)
{
    return has(k->lua, "tessera/test.lua") && has(k->module, "tessera/engine.so");
}

/* TESSERA_KIT; beside the program in the build tree; where the program was installed. */
static bool find_kit(struct kit *k)
{
    char self[PATH_BYTES];
    const char *said = getenv("TESSERA_KIT");
    if (said && *said) {
        snprintf(k->lua, sizeof k->lua, "%s", said);
        snprintf(k->module, sizeof k->module, "%s", said);
        return is_kit(k);
    }
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = n > 0 ? memrchr(self, '/', (size_t)n) : NULL;
    if (!slash) return false;
    *slash = '\0';
    if (joined(k->lua, self, "kit") && joined(k->module, self, "kit") && is_kit(k)) return true;
    return joined(k->lua, self, TESSERA_KIT_LUA) && joined(k->module, self, TESSERA_KIT_MODULE) && is_kit(k);
}

static enum ts_code need_kit(struct ts_run *run, struct kit *k)
{
    if (find_kit(k)) return TS_OK;
    ts_fail(&run->error, TS_E_USAGE, "the test kit (tessera/test.lua and tessera/engine.so) is not there");
    ts_error_hint(&run->error,
                  getenv("TESSERA_KIT")
                      ? "TESSERA_KIT names the folder that holds both"
                      : "build it (cmake --build) or install it (cmake --install); or TESSERA_KIT says where");
    return TS_E_USAGE;
}

/* A module that was built with the address sanitizer needs its library first in a program that was not. */
static void find_preload(struct kit *k)
{
    k->preload[0] = '\0';
#ifdef __SANITIZE_ADDRESS__
    char line[PATH_BYTES];
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !k->preload[0] && fgets(line, sizeof line, maps)) {
        char *path = strchr(line, '/');
        if (!path || !strstr(path, "/libasan.so")) continue;
        path[strcspn(path, "\n")] = '\0';
        snprintf(k->preload, sizeof k->preload, "LD_PRELOAD=%s", path);
    }
    if (maps) fclose(maps);
#endif
}

/* ---- busted ------------------------------------------------------------------------------------------------------- */

static char **arguments(struct ts_run *run, struct kit *k, char script[PATH_BYTES])
{
    const struct ts_args *a = &run->args;
    char **argv = ts_calloc((size_t)a->n_words + 12, sizeof *argv);
    if (!argv) return NULL;
    int n = 0;
    const char *const own[] = {INTERPRETER,
                               script,
                               k->lua,
                               k->module,
                               k->report,
                               a->words[0],
                               ts_args_has(run, "coverage") || ts_args_has(run, "threshold") ? "coverage" : "-",
                               "--ignore-lua",
                               "--pattern=_spec%.lua$"};
    for (size_t i = 0; i < TS_ARRAY_LEN(own); i++)
        argv[n++] = (char *)own[i];
    for (int i = 1; i < a->n_words; i++)
        argv[n++] = (char *)a->words[i];
    argv[n] = (char *)a->words[0];
    return argv;
}

static char **environment(struct kit *k)
{
    size_t n = 0;
    while (environ[n])
        n++;
    char **env = ts_calloc(n + 2, sizeof *env);
    if (!env) return NULL;
    memcpy(env, environ, n * sizeof *env);
    if (k->preload[0]) env[n] = k->preload;
    return env;
}

/* With --json busted's output goes to stderr: stdout holds one object and nothing else. */
static int spawn(struct ts_run *run, char **argv, char **env, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    fflush(run->out);
    fflush(run->err);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) return failed;
    if (run->json) failed = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    if (!failed) failed = posix_spawnp(ret_pid, INTERPRETER, &actions, NULL, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static enum ts_code no_busted(struct ts_run *run, const char *what)
{
    ts_fail(&run->error, TS_E_USAGE, "%s is not installed; the specs are run by it", what);
    ts_error_hint(&run->error, "apt-get install lua5.4 lua-busted");
    return TS_E_USAGE;
}

static enum ts_code run_busted(struct ts_run *run, struct kit *k, int *ret_status)
{
    char script[PATH_BYTES], why[80];
    pid_t pid;
    if (!joined(script, k->lua, "tessera/test/run.lua")) return ts_fail(&run->error, TS_E_LIMIT, "a path too long");
    char **argv = arguments(run, k, script), **env = environment(k);
    bool fit = argv && env;
    int failed = fit ? spawn(run, argv, env, &pid) : 0;
    ts_free(argv);
    ts_free(env);
    if (!fit) return ts_run_memory(run);
    if (failed == ENOENT) return no_busted(run, INTERPRETER);
    if (failed)
        return ts_fail(&run->error, TS_E_DISK, INTERPRETER " cannot be started: %s", ts_errno_text(failed, why));
    while (waitpid(pid, ret_status, 0) < 0)
        if (errno != EINTR) return ts_fail(&run->error, TS_E_DISK, "busted was lost: %s", ts_errno_text(errno, why));
    return TS_OK;
}

/* ---- the report --------------------------------------------------------------------------------------------------- */

static enum ts_code judge(struct ts_run *run, const struct kit *k, int status)
{
    struct ts_kit_report r;
    enum ts_code code = ts_kit_report_read(&r, k->report, &run->error);
    if (code == TS_OK && r.missing) code = no_busted(run, "busted (of Lua 5.4)");
    if (code == TS_OK && !r.there && (r.unfinished || !WIFEXITED(status) || WEXITSTATUS(status))) {
        code = TS_E_USAGE;
        if (WIFSIGNALED(status))
            ts_fail(&run->error, code, "busted was ended by signal %d", WTERMSIG(status));
        else
            ts_fail(&run->error, code, "busted ended before its tests were done (exit %d)", WEXITSTATUS(status));
        ts_error_hint(&run->error, r.unfinished ? "something in a spec or in what it calls ended the interpreter"
                                                : "what stands behind -- must be arguments of busted: busted --help");
    }
    if (code == TS_OK) code = ts_kit_report_show(run, &r);
    ts_kit_report_release(&r);
    return code;
}

static enum ts_code check_folder(struct ts_run *run)
{
    const char *dir = run->args.words[0];
    struct stat st;
    if (stat(dir, &st) == 0) {
        size_t n = strlen(dir), spec = strlen("_spec.lua"); /* one spec file is fine as well */
        if (!S_ISREG(st.st_mode) || (n >= spec && strcmp(dir + n - spec, "_spec.lua") == 0)) return TS_OK;
        ts_fail(&run->error, TS_E_USAGE, "%s is no spec: the names of specs end in _spec.lua", dir);
        ts_error_hint(&run->error, "name the folder that holds the specs, or one of them; "
                                   "`tessera check` is for rule files");
        return TS_E_USAGE;
    }
    char why[80];
    ts_fail(&run->error, TS_E_NOT_FOUND, "cannot read %s: %s", dir, ts_errno_text(errno, why));
    ts_error_hint(&run->error, "name the folder that holds the specs: tessera test rules");
    return TS_E_NOT_FOUND;
}

enum ts_code ts_cmd_test(struct ts_run *run)
{
    struct kit k;
    int status = 0;
    uint64_t threshold = 0;
    enum ts_code code = check_folder(run);
    if (code == TS_OK) code = ts_args_u64(run, "threshold", &threshold);
    if (code == TS_OK && threshold > 100)
        code = ts_fail(&run->error, TS_E_USAGE, "--threshold is a percentage, at most 100");
    if (code == TS_OK) code = need_kit(run, &k);
    if (code != TS_OK) return code;
    const char *tmp = getenv("TMPDIR");
    char why[80];
    int fd = joined(k.report, tmp && *tmp ? tmp : "/tmp", "tessera-test-XXXXXX") ? mkstemp(k.report) : -1;
    if (fd < 0)
        return ts_fail(&run->error, TS_E_DISK, "no temporary file can be made as %s: %s", k.report,
                       ts_errno_text(errno, why));
    close(fd);
    find_preload(&k);
    code = run_busted(run, &k, &status);
    if (code == TS_OK) code = judge(run, &k, status);
    unlink(k.report);
    return code;
}
