/* SPDX-License-Identifier: Apache-2.0 */
/* A wish to stop, read from a signalfd. */
#include "command/stop.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

void ts_stop_open(struct ts_stop *s)
{
    sigset_t set;
    signals(&set);
    *s = (struct ts_stop){.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (s->fd >= 0) sigprocmask(SIG_BLOCK, &set, NULL);
}

bool ts_stop_asked(struct ts_stop *s)
{
    struct signalfd_siginfo info;
    if (s->signal || s->fd < 0) return s->signal != 0;
    if (read(s->fd, &info, sizeof info) == (ssize_t)sizeof info) s->signal = (int)info.ssi_signo;
    return s->signal != 0;
}

void ts_stop_close(struct ts_stop *s)
{
    sigset_t set;
    if (s->fd < 0) return;
    close(s->fd);
    s->fd = -1;
    signals(&set);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
