/* SPDX-License-Identifier: Apache-2.0 */
/* A library to be loaded before libc (LD_PRELOAD): the nth fsync or fdatasync of a file fails with EIO, once. Each call is a line
 * "number path result" of the file that FAIL_FSYNC_LOG names. FAIL_FSYNC_FILE: the file's name, without its folder; FAIL_FSYNC_NTH:
 * which of its calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int calls, calls_of_file;

static int is_to_fail(const char *path)
{
    const char *nth = getenv("FAIL_FSYNC_NTH"), *file = getenv("FAIL_FSYNC_FILE"), *name = strrchr(path, '/');
    if (!nth || !file || !name || strcmp(name + 1, file) != 0) return 0;
    return atomic_fetch_add(&calls_of_file, 1) + 1 == atoi(nth);
}

static int sync_call(int fd, long number)
{
    const char *log = getenv("FAIL_FSYNC_LOG");
    char link[64], path[512] = "", line[700];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    int n = atomic_fetch_add(&calls, 1) + 1, failed = is_to_fail(path);
    long rc = failed ? -1 : syscall(number, fd);
    int saved = failed ? EIO : errno;
    int out = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (out >= 0) {
        int length = snprintf(line, sizeof line, "%d %s %s\n", n, path, failed ? "EIO" : "ok");
        if (write(out, line, (size_t)length) < 0) rc = -1;
        close(out);
    }
    errno = saved;
    return (int)rc;
}

int fsync(int fd) { return sync_call(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_call(fd, SYS_fdatasync); }
