/* SPDX-License-Identifier: Apache-2.0 */
/* Inside load: one course of loading, and what the trusted half of the language (scripts/lang) asks of C. */
#ifndef TS_RULES_LANG_H
#define TS_RULES_LANG_H

#include "rules/host.h"

struct ts_load {
    struct ts_rules *r;
    const struct ts_sources *sources;
    struct ts_problems *problems;
    int language;      /* registry reference of what scripts/lang/main.lua returned */
    int chunk;         /* of the rule file that is to be run */
    size_t string_max; /* longest string that rule files made so far; those of scripts/lang do not count */
    bool memory;       /* an allocation of ours failed */
    bool refused;      /* there are errors among the problems */
};

/* The whole course of loading into load->r; what is wrong with the rule files is in load->problems. Afterwards the trusted half is
 * still there, as load->language. load.c */
enum ts_code ts_load_all(struct ts_load *load, struct ts_error *err);
/* Push the table `host` of scripts/lang. The sandbox must be there. */
void ts_lang_push_host(lua_State *L, struct ts_load *load);

/* [list] -> []: what scripts/lang/explain.lua made, into the rule set. */
void ts_explain_take(lua_State *L, struct ts_load *load);

#endif
