/* SPDX-License-Identifier: Apache-2.0 */
/* The program `tessera`: everything is in the parts; this only hands over the arguments. */
#include <signal.h>

#include "command/command.h"

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write that fails, and says so */
    return ts_command_main(argc, argv, stdout, stderr);
}
