/* SPDX-License-Identifier: Apache-2.0 */
/* kit: the test kit's half in C, the Lua module tessera.engine. A shop is an engine over a host in memory, with a clock that only the test
 * moves, and a twin: a second engine that the journal is replayed in. scripts/kit is the half in Lua. Only plain values cross: the
 * test's Lua state and that of the rules never meet. The lua_* symbols stay undefined here; the interpreter that loads the module
 * has them. Whatever a call into Lua may abandon hangs off the shop, so nothing is lost when it does. */
#ifndef TS_KIT_H
#define TS_KIT_H

#include <lauxlib.h>
#include <lua.h>

#include "command/card.h"
#include "engine/engine.h"

struct kit_shop {
    struct ts_memory_host *memory;
    struct ts_host inner; /* what stands behind the host of `engine` */
    struct ts_engine *engine;
    struct ts_engine_options options;
    uint64_t lines;
    TS_VEC(struct ts_quarantined) quarantine; /* texts in `texts` */
    TS_VEC(struct ts_rule_error) errors;
    struct ts_arena texts;
    /* the twin */
    struct ts_memory_host *twin_memory;
    struct ts_engine *twin;
    uint64_t twin_rows;        /* replayed */
    char twin_difference[600]; /* the first difference; the journals have parted there */
    /* of the call in hand */
    struct ts_arena arena;
    struct ts_buf text;
    struct ts_json json, payload;
    struct ts_card card;
    bool card_open;
    uint64_t *numbers;
    struct ts_problems problems;
    struct ts_sources sources;
    struct ts_result result;
    struct ts_error err;
};

/* shop.c */
bool kit_shop_open(struct kit_shop *s, const struct ts_engine_options *options);
void kit_shop_close(struct kit_shop *s);
/* Forget what an earlier call may have left behind. */
void kit_shop_begin(struct kit_shop *s);
enum ts_code kit_shop_submit(struct kit_shop *s, struct ts_str line, ts_ms now, bool preview);
/* "2026-01-15 10:00" in the program's zone, or RFC 3339 with its own offset. TS_E_USAGE says what would be right. */
enum ts_code kit_shop_time(struct kit_shop *s, const char *text, ts_ms *ret);
/* Do the books balance, over all members and for each? false: s->err says where not. */
bool kit_shop_books(struct kit_shop *s);

/* twin.c: replay what came since the last time in a second engine with another hash seed and another collector. false: s->twin_difference */
bool kit_shop_replay(struct kit_shop *s);

/* tables.c: values as Lua tables, pushed on L */
void kit_push_json(lua_State *L, const struct ts_json *j, const struct ts_json_node *n); /* null is left out */
/* The document as a table; `root` is deleted in any case. Raises when memory is out. */
void kit_push_doc(lua_State *L, struct kit_shop *s, struct ts_doc *d, cJSON *root);
int kit_lua_card(lua_State *L, struct kit_shop *s);
int kit_lua_program(lua_State *L, struct kit_shop *s);
int kit_lua_problems(lua_State *L, struct kit_shop *s);
int kit_lua_quarantine(lua_State *L, struct kit_shop *s);
int kit_lua_errors(lua_State *L, struct kit_shop *s);

/* coverage.c */
int kit_lua_coverage(lua_State *L, struct kit_shop *s);

/* timeline.c */
int kit_lua_timeline(lua_State *L, struct kit_shop *s);

__attribute__((visibility("default"))) int luaopen_tessera_engine(lua_State *L);

#endif
