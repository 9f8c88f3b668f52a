/* SPDX-License-Identifier: Apache-2.0 */
/* A data folder opened for one command: the store, its engine, and the rule set that --rules asks for, put in force before anything
 * else happens. */
#ifndef TS_COMMAND_SESSION_H
#define TS_COMMAND_SESSION_H

#include "command/command.h"
#include "store/store.h"

struct ts_session {
    struct ts_run *run;
    struct ts_store *store;
    struct ts_engine *engine;
    struct ts_names *names;
    struct ts_store_info info;
};
ts_ms ts_wall_ms(void);
/* Open run->db. For WRITE and DRY, rules of --rules that are not the active ones are activated; refused ones are TS_E_REFUSED with
 * run->problems. On failure nothing stays open. */
enum ts_code ts_session_open(struct ts_run *run, enum ts_store_mode mode, struct ts_session *ret);
/* Close (WRITE: commit and checkpoint). `code` is how the command went; the first failure is returned. */
enum ts_code ts_session_close(struct ts_session *s, enum ts_code code);
struct ts_program *ts_session_program(const struct ts_session *s);
/* What came in, in one step: due work done, durable, closed. */
enum ts_code ts_session_settle(struct ts_session *s);

/* WHO -> living member. TS_E_NOT_FOUND, TS_E_USAGE. */
enum ts_code ts_session_who(struct ts_session *s, const char *who, uint64_t *ret_member);

#endif
