/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical state as lines, and its hash. */
#ifndef TS_COMMAND_STATEHASH_H
#define TS_COMMAND_STATEHASH_H

#include "command/session.h"

/* SHA-256 over the lines of all living members by id, each followed by a newline. */
enum ts_code ts_state_hash(struct ts_session *s, char ret[65]);

#endif
