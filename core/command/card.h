/* SPDX-License-Identifier: Apache-2.0 */
/* A member as JSON and as a card for people. The JSON needs the engine alone, so that the C API gives the same. */
#ifndef TS_COMMAND_CARD_H
#define TS_COMMAND_CARD_H

#include "command/effects.h"

struct ts_card_window {
    struct ts_str measure; /* ptr NULL: all others */
    struct ts_window window;
};
struct ts_card {
    struct ts_engine *engine;
    const struct ts_names *names;
    const struct ts_program *program;
    uint64_t number;
    struct ts_member_view view;
    ts_ms at; /* windows, scores and tags as of then */
    TS_VEC(struct ts_card_window) windows;
};
/* Read a member; at: TS_NEVER means the engine's clock. `windows` may be filled before figures are read. */
enum ts_code ts_card_open(struct ts_card *c, struct ts_engine *engine, uint64_t member, ts_ms at, struct ts_error *err);
void ts_card_close(struct ts_card *c);
/* "12 months" or "spend=12 months". TS_E_USAGE */
enum ts_code ts_card_window_add(struct ts_card *c, const char *text, struct ts_error *err);
/* Everything of CONTRACT.md `member` but timeline and watermark, into `o`. */
void ts_card_json(struct ts_card *c, struct ts_doc *d, cJSON *o);

/* One figure of a measure: its name ("spend", "bought[lens]"), unit and value over the measure's window. */
struct ts_card_figure {
    char name[420];
    uint8_t unit;
    int64_t value;
};
/* All figures of the member, in order of declaration, then of `by` value. */
typedef void (*ts_card_figure_fn)(void *arg, const struct ts_card_figure *f);
bool ts_card_figures(struct ts_card *c, ts_card_figure_fn fn, void *arg); /* false: out of memory */

/* A tiers program of the member. */
struct ts_card_tier {
    const struct ts_tiers_decl *decl;
    struct ts_str name; /* of the level */
    ts_ms since;
    uint32_t nearest;             /* of the bases: what the figures below are of */
    int64_t basis, missing, from; /* missing: to the next level */
    struct ts_str next;           /* ptr NULL: no level above */
    struct {
        int64_t figure, missing; /* missing: TS_TIER_NEVER where this basis does not give the next level */
    } bases[TS_TIER_BASES_MAX];
};
ts_ms ts_card_created(const struct ts_card *c); /* of its oldest profile */
void ts_card_tier(struct ts_card *c, const struct ts_tiers_decl *decl, struct ts_card_tier *ret);

/* Currencies that the member has to do with: declared ones, then others in its wallets. Returns how many, at most `cap`. */
unsigned ts_card_points(const struct ts_card *c, uint32_t *ids, unsigned cap);

#endif
