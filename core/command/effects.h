/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes for people and scripts: EFFECT objects of CONTRACT.md, and the short sentences of a timeline. */
#ifndef TS_COMMAND_EFFECTS_H
#define TS_COMMAND_EFFECTS_H

#include "command/out.h"
#include "engine/engine.h"

/* Is this one of the kinds that are shown (not the engine's own bookkeeping)? */
bool ts_effect_is_shown(const struct ts_effect *e);
/* Those kinds with what each says. How many. */
#define TS_EFFECTS_SHOWN_MAX 64
size_t ts_effects_described(struct ts_described ret[static TS_EFFECTS_SHOWN_MAX]);
/* One EFFECT. `subject`: whose it is when not the record's own member (slices), 0. */
void ts_effect_json(struct ts_doc *d, cJSON *parent, struct ts_engine *engine, const struct ts_effect *e,
                    uint64_t subject);
/* All EFFECTs of an outcome as an array under `key`. An outcome does not keep the numbers of the ledger's transactions: `find` (NULL: none)
 * gives the one of an effect, 0: unknown. */
typedef uint64_t (*ts_transaction_fn)(void *arg, const struct ts_effect *e);
void ts_effects_json(struct ts_doc *d, cJSON *parent, const char *key, struct ts_engine *engine, struct ts_str outcome,
                     ts_transaction_fn find, void *arg);
/* "earned 120 stars (stars on purchases)" */
void ts_effect_say(struct ts_engine *engine, const struct ts_effect *e, struct ts_buf *out);
/* "by the items of products: 12, 8, 0", from the JSON of a `lines` effect. */
void ts_lines_say(struct ts_engine *engine, struct ts_str points, struct ts_str lines, struct ts_buf *out);
/* {"name","file","line","version"} of a rule number; null for 0. */
void ts_rule_json(struct ts_doc *d, cJSON *parent, const char *key, const struct ts_names *names, uint32_t rule);
struct ts_str ts_rule_short(const struct ts_names *names, uint32_t rule); /* its name; ptr NULL for 0 */
const char *ts_outcome_name(uint8_t status);                              /* "ok" */
/* Digits after the point of the named points. */
unsigned ts_points_places(struct ts_engine *engine, struct ts_str name);
/* "1,200" or "1,200.50" of the named points */
const char *ts_points_text(struct ts_engine *engine, struct ts_str name, int64_t amount, char out[static 40]);
/* A figure of a tiers basis or a measure, for people: money with the currency's places. */
const char *ts_figure_text(const struct ts_program *p, uint8_t unit, int64_t figure, char out[static 64]);
/* A figure that a function read, told by the name under which it was read: of points, of money, or a count. */
const char *ts_read_text(struct ts_engine *engine, const struct ts_program *p, struct ts_str key, int64_t value,
                         char out[static 64]);
const struct ts_tiers_decl *ts_tiers_find(const struct ts_program *p, uint32_t id);
const char *ts_basis_text(struct ts_engine *engine, const struct ts_tier_basis *b, int64_t figure,
                          char out[static 64]); /* b NULL: no longer declared */
/* Why a level changed, from the JSON of its outcome: "spend (12 months, 2025-03-02 to 2026-03-01) was 40.00 USD of 500.00 USD". */
void ts_tier_say(struct ts_engine *engine, const struct ts_tiers_decl *t, struct ts_str reason, struct ts_buf *out);

/* What a journal row is about: its event's name, or its kind. Borrowed from `json`, which holds the parsed payload afterwards (not for
 * rows without a JSON payload). */
struct ts_str ts_row_title(const struct ts_row *row, struct ts_json *json);

#endif
