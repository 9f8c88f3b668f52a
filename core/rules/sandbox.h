/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the sandbox: its libraries, each a list of functions that sandbox.c puts into the environment. */
#ifndef TS_RULES_SANDBOX_H
#define TS_RULES_SANDBOX_H

#include "rules/host.h"

extern const luaL_Reg ts_sandbox_base[], ts_sandbox_string[], ts_sandbox_table[], ts_sandbox_math[];

/* Make the `money` word: pushes the function. */
void ts_sandbox_push_money(lua_State *L);
/* Numbers of math: pi, huge ... into the table on top. */
void ts_sandbox_math_constants(lua_State *L);
/* Push the text of a value as tostring shows it, never with an address. */
const char *ts_sandbox_tostring(lua_State *L, int index, size_t *ret_len);

/* [content] -> [an empty table that reads from it and refuses writes]. It looks as the tables of freeze.c do. */
void ts_sandbox_push_readonly(lua_State *L, const char *name);
/* Push the keys of the table at `index` as a list: whole numbers ascending, then texts by bytes; other keys raise. How many. */
uint32_t ts_sandbox_push_keys(lua_State *L, int index);

/* sandbox_match.c: Lua's patterns with a budget. Positions are offsets into the subject. */
#define TS_MATCH_CAPTURES 32
#define TS_CAPTURE_POSITION (-2) /* `len` of a capture "()" */
struct ts_match {
    lua_State *L;
    const char *src, *src_end, *pat_end;
    unsigned depth, ticks, level;
    struct {
        const char *at;
        ptrdiff_t len;
    } captures[TS_MATCH_CAPTURES];
};
void ts_match_init(struct ts_match *m, lua_State *L, const char *s, size_t n, const char *pattern, size_t pattern_len);
/* Match `pattern` (without its anchor) at `s`; the end of the match, or NULL. Raises on a malformed pattern. */
const char *ts_match_at(struct ts_match *m, const char *s, const char *pattern);
/* Push capture i (from 0); the whole match s..e when the pattern has none and i is 0. */
void ts_match_push(struct ts_match *m, unsigned i, const char *s, const char *e);
/* Push all captures, or the whole match when `s` is given and there are none. How many. */
int ts_match_push_all(struct ts_match *m, const char *s, const char *e);

#endif
