/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to stdout: JSON documents built with cJSON, lists of any length that are spooled, and failures. Integers are written
 * digit by digit, never through a double. */
#ifndef TS_COMMAND_OUT_H
#define TS_COMMAND_OUT_H

#include <cjson/cJSON.h>

#include "command/command.h"

/* A document in the making. Every call survives a failed allocation: `failed` stays set and is looked at once, when it
 * is printed. Parents may be NULL after a failure. Key NULL appends to an array. */
struct ts_doc {
    bool failed;
};
cJSON *ts_doc_object(struct ts_doc *d, cJSON *parent, const char *key); /* parent NULL: a new root */
cJSON *ts_doc_array(struct ts_doc *d, cJSON *parent, const char *key);
void ts_doc_int(struct ts_doc *d, cJSON *parent, const char *key, int64_t v);
void ts_doc_uint(struct ts_doc *d, cJSON *parent, const char *key, uint64_t v);
void ts_doc_double(struct ts_doc *d, cJSON *parent, const char *key, double v); /* null when not finite */
void ts_doc_bool(struct ts_doc *d, cJSON *parent, const char *key, bool v);
void ts_doc_null(struct ts_doc *d, cJSON *parent, const char *key);
void ts_doc_str(struct ts_doc *d, cJSON *parent, const char *key, struct ts_str v);    /* ptr NULL: null */
void ts_doc_text(struct ts_doc *d, cJSON *parent, const char *key, const char *v);     /* NULL: null */
void ts_doc_time(struct ts_doc *d, cJSON *parent, const char *key, ts_ms t);           /* TS_NEVER: null */
void ts_doc_member(struct ts_doc *d, cJSON *parent, const char *key, uint64_t member); /* "m12"; 0: null */
/* JSON text that is known to be well formed; empty or absent: null. */
void ts_doc_raw(struct ts_doc *d, cJSON *parent, const char *key, struct ts_str json);
/* A number kept in units of 10^-places as an exact JSON number. */
void ts_doc_decimal(struct ts_doc *d, cJSON *parent, const char *key, int64_t v, unsigned places);

/* Append the document as one line to `out`; the root is deleted in any case. */
bool ts_doc_write(struct ts_doc *d, cJSON *root, struct ts_buf *out);
/* The same to the stream of the run. */
enum ts_code ts_doc_print(struct ts_run *run, struct ts_doc *d, cJSON *root);

/* {"items":[...],"next":...} of any length: items are spooled to a temporary file, so that stdout gets one whole object or none. */
struct ts_list {
    FILE *spool;
    struct ts_buf line;
    uint64_t n;
};
enum ts_code ts_list_open(struct ts_run *run, struct ts_list *l);
enum ts_code ts_list_add(struct ts_run *run, struct ts_list *l, struct ts_doc *d, cJSON *item); /* takes the item */
/* Print `head` (text up to and with '['), the items and `tail`. */
enum ts_code ts_list_print(struct ts_run *run, struct ts_list *l, const char *head, const char *tail);
enum ts_code ts_list_finish(struct ts_run *run, struct ts_list *l, uint64_t next); /* next 0: null */
void ts_list_release(struct ts_list *l);

/* {"error":{"code","message","where","hint"}}, with the problems of a rule set (NULL: none). */
cJSON *ts_error_json(struct ts_doc *d, const struct ts_error *e, const struct ts_problems *problems);
/* The error of the run, as JSON on stdout or as text on stderr. */
void ts_run_print_error(struct ts_run *run);
/* Flush stdout; a full disk or a closed pipe is an error like any other. */
enum ts_code ts_run_flush(struct ts_run *run);
enum ts_code ts_run_memory(struct ts_run *run);

#endif
