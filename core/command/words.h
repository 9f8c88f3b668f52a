/* SPDX-License-Identifier: Apache-2.0 */
/* tessera rules words [WORD]: see cmd_words.c. */
#ifndef TS_COMMAND_WORDS_H
#define TS_COMMAND_WORDS_H

#include "command/command.h"

enum ts_code ts_cmd_words(struct ts_run *run);

#endif
