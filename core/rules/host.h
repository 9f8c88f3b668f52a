/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the rules part: what its files share about one loaded rule set. Not for other parts.
 *
 *   state.c    a closed Lua state: allocator with limits, watchdog, protected entry (ts_host_enter), error positions
 *   sandbox.c  the read-only environment that rule files see: which library functions, which guarded helpers
 *   load.c     runs scripts/lang/*.lua (embedded) and the rule files, walks the collected declarations
 *   walk_*.c   Lua tables -> struct ts_program
 *   call.c     ts_rules_call: arguments, result, status
 *   bind_*.c   what `member` and `event` are: one file for each bound thing */
#ifndef TS_RULES_HOST_H
#define TS_RULES_HOST_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>

#include "rules/rules.h"

/* Guards of one entry into Lua (loading or one call). Budgets: bytes, then wall time armed by the watchdog, then steps. */
struct ts_host_guard {
    size_t bytes, bytes_max;        /* in use by the state; hard limit for this entry */
    bool armed;                     /* the count hook is set */
    bool killed;                    /* once set every further hook raises again: pcall cannot swallow it */
    const char *killed_why;         /* "time", "steps", "memory": static text */
    uint32_t steps_left;
};

struct ts_rules {
    lua_State *L;
    struct ts_rules_options options;
    struct ts_host_guard guard;
    struct ts_watchdog *watchdog;   /* NULL when counting from the start */
    int env;                        /* registry reference of the sandbox environment */
    struct ts_program program;
    int *functions;                 /* registry references; handle h is functions[h - 1] */
    uint32_t n_functions, cap_functions;
    /* the current call, for bindings; NULL outside */
    const struct ts_call *call;
    struct ts_call_result *result;
    struct ts_sources *sources;     /* while loading: for include */
    bool broken;                    /* out of memory inside Lua: the state must be thrown away */
    uint64_t serial;                /* raised by ts_rules_begin: caches of an older serial are stale */
    int member_ref, event_ref;      /* the two reader objects handed to functions */
};

/* state.c */
enum ts_code ts_host_open(const struct ts_rules_options *options, struct ts_rules **ret, struct ts_error *err);
void ts_host_close(struct ts_rules *r);
/* lua_pcall of the function and `nargs` arguments on the stack under the guards. Returns LUA_OK or Lua's error status with one error
 * value on the stack; r->guard.killed tells a stop. Memory growth is limited to bytes_more. */
int ts_host_enter(struct ts_rules *r, int nargs, int nresults, size_t bytes_more);
/* Pop the error value: text without addresses, position split off ("rules/points.lua", 12). Strings only are read. */
void ts_host_error(struct ts_rules *r, char *message, size_t message_cap, char *file, size_t file_cap, uint32_t *line);
/* sandbox.c: build the environment table once, keep it in r->env. */
enum ts_code ts_host_sandbox(struct ts_rules *r, struct ts_error *err);
/* bind_*.c: create the metatables and the reader objects. */
enum ts_code ts_host_bind(struct ts_rules *r, struct ts_error *err);

/* freeze.c, for the helpers of the sandbox. Tables of a rule file that its functions capture, and what `include` gives, are frozen
 * when loading ends: the table stays the same value but is empty, and its metatable answers __index, __len and __newindex (an error)
 * from the content kept in field "__frozen" of that metatable. Pushes the content of a frozen table, or any other value itself: for
 * pairs, next, table.unpack and other helpers that look inside. */
void ts_host_thaw(lua_State *L, int index);

/* The words of the language in Lua (scripts/lang), embedded by scripts/cmake/embed.cmake. */
struct ts_lang_file {
    const char *name; /* "scan" for scripts/lang/scan.lua */
    const unsigned char *text;
    size_t len;
};
extern const struct ts_lang_file ts_lang_files[];
extern const size_t ts_lang_files_n;
#endif
