/* SPDX-License-Identifier: Apache-2.0 */
/* The folder and its lock: a second owner is refused by name. The lock dies with its process; the file stays, and the process number
 * in it is for people. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lock.h"

enum ts_code store_folder_make(const char *dir, struct ts_error *err)
{
    char *path = ts_strdup_n(dir, strlen(dir));
    if (!path) return ts_fail(err, TS_E_MEMORY, "out of memory");
    enum ts_code code = TS_OK;
    for (char *p = path + 1; code == TS_OK && path[0]; p++) {
        const char at = *p;
        if (at != '/' && at != '\0') continue;
        *p = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) code = store_fail_errno("making the folder", path, err);
        *p = at;
        if (at == '\0') break;
    }
    ts_free(path);
    return code;
}

static enum ts_code in_use(int fd, const char *dir, struct ts_error *err)
{
    char text[32] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    long pid = n > 0 ? strtol(text, NULL, 10) : 0;
    if (pid > 0)
        ts_fail(err, TS_E_IN_USE, "the data folder %s is in use by process %ld", dir, pid);
    else
        ts_fail(err, TS_E_IN_USE, "the data folder %s is in use by another process", dir);
    ts_error_hint(err, "stop that process, or let it do the work");
    return TS_E_IN_USE;
}

enum ts_code store_lock(const char *dir, int *ret, struct ts_error *err)
{
    char *path = NULL;
    enum ts_code code = store_path(dir, "lock", &path, err);
    if (code != TS_OK) return code;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        code = store_fail_errno("opening", path, err);
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        code = errno == EWOULDBLOCK ? in_use(fd, dir, err) : store_fail_errno("locking", path, err);
    } else {
        char text[32];
        int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
        if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) code = store_fail_errno("writing", path, err);
    }
    if (code == TS_OK)
        *ret = fd;
    else if (fd >= 0)
        close(fd);
    ts_free(path);
    return code;
}

void store_unlock(int fd)
{
    if (fd < 0) return;
    int ignored = ftruncate(fd, 0); /* the number would mislead; the lock itself is what counts */
    TS_UNUSED(ignored);
    close(fd);
}
