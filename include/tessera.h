/* SPDX-License-Identifier: Apache-2.0 */
/* Tessera inside another program: one engine in memory, lines in, JSON out. It runs the very code of the server, without its files: what
 * is not kept by the caller is gone with the engine. An engine belongs to one thread at a time; several may live side by side. */
#ifndef TESSERA_H
#define TESSERA_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TESSERA_API __attribute__((visibility("default")))

/* What a call came to; the numbers are the exit codes of the program. */
enum tessera_status {
    TESSERA_OK = 0,
    TESSERA_USAGE = 2,     /* an argument is off */
    TESSERA_NOT_FOUND = 3, /* no such member, no such folder */
    TESSERA_REFUSED = 4,   /* a rule set that does not load */
    TESSERA_FAILED = 6     /* memory, or a defect */
};

struct tessera_engine;

/* A new engine. `rules` is the folder of a rule set, NULL: the built-in program (default identifiers, Segment's events). On failure
 * *ret_json, when it is not NULL, says why: {"error":{"code","message","where","hint","problems"?}}. */
TESSERA_API enum tessera_status tessera_open(const char *rules, struct tessera_engine **ret, char **ret_json);
TESSERA_API void tessera_close(struct tessera_engine *engine);

/* One line: an event of Segment's six types, or a command (redeem, adjust, tick). The engine's clock follows the timestamps; a line without
 * one happens at the engine's clock. *ret_json is its result, as a line of `tessera ingest --results`:
 * {"line","status","record","member","reason","effects"}. A line that is quarantined or refused is TESSERA_OK: the result says so. A
 * messageId, or the key of a command, makes it safe to send again; without one, equal lines all count. */
TESSERA_API enum tessera_status tessera_apply(struct tessera_engine *engine, const char *line, size_t len,
                                              char **ret_json);
/* The same without a trace: what would this line do? */
TESSERA_API enum tessera_status tessera_preview(struct tessera_engine *engine, const char *line, size_t len,
                                                char **ret_json);
/* A member as `tessera member --json` gives it, without timeline. `who` is "m12" or "kind:value". */
TESSERA_API enum tessera_status tessera_member(struct tessera_engine *engine, const char *who, char **ret_json);

/* Text that a call gave; NULL is allowed. */
TESSERA_API void tessera_text_free(char *json);
TESSERA_API const char *tessera_version(void);

#ifdef __cplusplus
}
#endif

#endif
