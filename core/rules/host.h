/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the rules part: what its files share about one loaded rule set. Not for other parts.
 *
 *   state.c     a closed Lua state: allocator with limits, protected entry (ts_host_enter), error positions
 *   watchdog.c  the thread that notices a call which does not end, and the count hook that ends it
 *   sandbox*.c  the read-only environment that rule files see: library functions, guarded helpers, own string search
 *   load.c      runs the embedded scripts/lang and the rule files, walks the collected declarations
 *   walk_*.c    Lua tables -> struct ts_program
 *   call.c      ts_rules_call: arguments, result, status
 *   runtime_hint.c  what would be right, for errors of Lua itself and loops without an end
 *   coverage.c  which lines of functions ran, for the test kit
 *   pool.c      loaded rule sets at rest, for the test kit
 *   reads.c     what a call read: for conditions (items, watch) and for `why`
 *   bind*.c     what `member` and `event` are: one file for each bound thing */
#ifndef TS_RULES_HOST_H
#define TS_RULES_HOST_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>

#include "rules/rules.h"

/* Guards of one entry into Lua (loading or one call). Budgets: bytes, then wall time armed by the watchdog, then steps.
 * While loading, and with options.count_from_start, the steps count from the first instruction and no clock plays a part. */
struct ts_host_guard {
    size_t bytes, bytes_max;     /* in use by the state; hard limit for this entry */
    size_t string_max;           /* longest string made so far: what one instruction may have to compare */
    size_t string_max_loaded;    /* the same when loading was done */
    volatile sig_atomic_t armed; /* the count hook is set; also set by the watchdog's signal handler */
    bool killed;                 /* once set every further hook raises again: pcall cannot swallow it */
    const char *killed_why;      /* "time", "steps", "memory", "arguments": static text */
    bool exhausted;              /* the last refused block was refused by the total, or by the machine */
    int64_t steps_left;
    uint32_t line_seen; /* while loading: where the rule file was when it was last looked at */
};

struct ts_coverage {    /* of one file: coverage.c */
    const char *source; /* "@points.lua", a copy */
    uint8_t *ran;       /* by line */
    uint32_t lines;
};
struct ts_rules {
    lua_State *L;
    struct ts_rules_options options;
    struct ts_host_guard guard;
    struct ts_watchdog *watchdog; /* NULL when counting from the start, and before the first call */
    int env;                      /* registry reference of the sandbox environment */
    int globals;                  /* the content of the environment: what rules may use at any time */
    int words;                    /* what they may use while loading only (ts_host_word) */
    int loops;                    /* what functions are told that do not end: runtime_hint.c */
    bool loading;                 /* from ts_host_open to ts_rules_bound: words are there, readers are not */
    struct ts_program program;
    struct ts_explained *explained; /* in the program's arena */
    uint32_t n_explained;
    int *functions; /* registry references; handle h is functions[h - 1] */
    uint32_t n_functions, cap_functions;
    /* the current call, for bindings; NULL outside */
    const struct ts_call *call;
    struct ts_call_result *result;
    enum ts_fn_kind kind;       /* of the current call */
    struct ts_rng rng;          /* math.random of the current call */
    struct ts_sources *sources; /* while loading: for include */
    bool broken;                /* out of memory inside Lua: the state must be thrown away */
    uint64_t serial;            /* raised by ts_rules_begin: caches of an older serial are stale */
    struct ts_bind *bind;       /* bind.c: readers, caches */
    char error_file[200];       /* of the last error, found by the message handler */
    uint32_t error_line, error_skip;
    struct ts_buf scratch; /* for helpers that may raise: hangs here so that nothing is lost */
    struct ts_json json;   /* the same */

    TS_VEC(struct ts_coverage) coverage;
    struct ts_problems warnings; /* of loading; kept for the next one who takes it from the pool */
};

/* ---- state.c -------------------------------------------------------------------------------------------------- */

/* Stack slots of the main thread that belong to the host: the message handler, `member`, `event`. Never pop them:
 * lua_settop(L, TS_HOST_BASE), not 0. */
#define TS_HOST_BASE 3
#define TS_HOST_MEMBER 2
#define TS_HOST_EVENT 3

/* A state without any library, in `loading`. */
enum ts_code ts_host_open(const struct ts_rules_options *options, struct ts_rules **ret, struct ts_error *err);
void ts_host_close(
    struct ts_rules *r); /* all of r: Lua, watchdog, function handles, program arena and zone, r itself */
/* lua_pcall of the function and `nargs` arguments on the stack under the guards. Returns LUA_OK or Lua's error status with one error
 * value on the stack; r->guard.killed tells a stop. Memory growth is limited to bytes_more. */
int ts_host_enter(struct ts_rules *r, int nargs, int nresults, size_t bytes_more);
/* Pop the error value: text without addresses, position split off ("rules/points.lua", 12). Strings only are read. */
void ts_host_error(struct ts_rules *r, char *message, size_t message_cap, char *file, size_t file_cap, uint32_t *line);
/* Run fn(L) with one light userdata `arg` protected, without guards: for building tables of our own. */
enum ts_code ts_host_protected(struct ts_rules *r, lua_CFunction fn, void *arg, struct ts_error *err);
/* The rule set that a Lua state belongs to: one load. */
static inline struct ts_rules *ts_host_of(lua_State *L) { return *(struct ts_rules **)lua_getextraspace(L); }

/* ---- watchdog.c ----------------------------------------------------------------------------------------------- */

#define TS_HOST_LOAD_STEPS                                                                                             \
    8000000 /* instructions of one guarded entry while loading, about 50 ms: fixed, so no machine decides */

/* Begin and end guarding one entry; called by ts_host_enter only. */
void ts_watchdog_enter(struct ts_rules *r);
void ts_watchdog_leave(struct ts_rules *r);
void ts_watchdog_close(struct ts_watchdog *w);
/* Raises when the armed budget is used up. Every C helper that loops charges what it does: about one step for 5 ns. */
void ts_host_spend(lua_State *L, struct ts_rules *r, uint64_t steps);
static inline void ts_host_charge(lua_State *L, uint64_t steps)
{
    struct ts_rules *r = ts_host_of(L);
    if (r->guard.armed) ts_host_spend(L, r, steps);
}
_Noreturn void ts_host_kill(lua_State *L, const char *why); /* raises; no pcall of a rule stops it */

/* ---- sandbox.c ------------------------------------------------------------------------------------------------ */

/* Build the environment table once, keep it in r->env. Chunks get it as their _ENV: lua_rawgeti(L, LUA_REGISTRYINDEX, r->env). */
enum ts_code ts_host_sandbox(struct ts_rules *r, struct ts_error *err);
/* Pop a value and make it known to rule files as `name` while loading only; at run time the name raises that it declares. A word that
 * a file kept in a local of its own can still be called: words refuse by themselves when !r->loading (ts_host_loading_only). */
void ts_host_word(struct ts_rules *r, const char *name);
void ts_host_loading_only(lua_State *L, const char *name);
/* Pop a value and make it known at any time. */
void ts_host_global(struct ts_rules *r, const char *name);
/* `money "19.90"` is there in both phases. While loading it is a userdata that keeps the text, because the currency may not be known
 * yet: this gives the text (terminated, valid while the value lives), NULL for any other value. In a call it is an integer in minor
 * units. Money kept in locals or tables that functions capture must be replaced by its integer when loading ends. */
const char *ts_host_money(lua_State *L, int index);
bool ts_host_money_minor(const struct ts_rules *r, const char *text, int64_t *ret); /* by r->program.money_places */
/* The nearest known name, for "did you mean": begin, offer every name, read `best` (ptr NULL: nothing near). */
struct ts_near {
    struct ts_str wanted, best;
    unsigned distance;
};
void ts_near_begin(struct ts_near *n, struct ts_str wanted);
void ts_near_offer(struct ts_near *n, struct ts_str name);

/* ---- runtime_hint.c --------------------------------------------------------------------------------------------- */

/* Append what would be right to the message of a rule that raised or was stopped, and the line of a loop that did not end. Needs no
 * memory of Lua's and cannot raise. */
void ts_hint_raised(const struct ts_rules *r, char *message, size_t cap);
void ts_hint_stopped(struct ts_rules *r, struct ts_call_result *ret);

/* ---- coverage.c ------------------------------------------------------------------------------------------------- */

void ts_coverage_ran(lua_State *L, struct ts_rules *r, lua_Debug *ar); /* of the line hook */
void ts_coverage_release(struct ts_rules *r);

/* ---- pool.c ----------------------------------------------------------------------------------------------------- */

/* NULL: none there; its warnings are added to `problems`. */
struct ts_rules *ts_rules_pool_take(const struct ts_sources *sources, const struct ts_rules_options *options,
                                    struct ts_problems *problems);
/* Keep the warnings among `problems` from `from` on with r. */
bool ts_rules_pool_warn(struct ts_rules *r, const struct ts_problems *problems, uint32_t from);
bool ts_rules_pool_give(struct ts_rules *r); /* false: it is still the caller's, to be closed */

/* ---- bind*.c -------------------------------------------------------------------------------------------------- */

/* Make the readers and what they look names up in, from the program with its ids; ends `loading`. Called by ts_rules_bound. */
enum ts_code ts_host_bind(struct ts_rules *r, struct ts_error *err);
void ts_host_unbind(struct ts_rules *r); /* frees r->bind; for ts_host_close */

/* freeze.c, for the helpers of the sandbox. Tables of a rule file that its functions capture, and what `include` gives, are frozen
 * when loading ends: the table stays the same value but is empty, and its metatable answers __index, __len and __newindex (an error)
 * from the content kept in field "__frozen" of that metatable. Pushes the content of a frozen table, or any other value itself: for
 * pairs, next, table.unpack and other helpers that look inside. */
void ts_host_thaw(lua_State *L, int index);

/* The words of the language in Lua (scripts/lang), as bytecode: scripts/cmake/embed.cmake. */
struct ts_lang_file {
    const char *name; /* "parse" for scripts/lang/parse.lua */
    const unsigned char *bytes;
    size_t len;
};
extern const struct ts_lang_file ts_lang_files[];
extern const size_t ts_lang_files_n;
#endif
