/* SPDX-License-Identifier: Apache-2.0 */
/* The strict door for JSON: RFC 8259 to the letter, with limits, and with the text of every number kept, because money
 * and 64-bit integers must not pass through a double. cJSON, which builds and prints our own documents, reads numbers as doubles,
 * keeps duplicate keys and cuts at NUL; so what comes from outside is read by this and by nothing else. */
#ifndef TS_JSON_H
#define TS_JSON_H

#include "base/base.h"

enum ts_json_type {
    TS_JSON_NULL,
    TS_JSON_FALSE,
    TS_JSON_TRUE,
    TS_JSON_NUMBER, /* text is the number as written */
    TS_JSON_STRING, /* text is unescaped */
    TS_JSON_ARRAY,
    TS_JSON_OBJECT,
};

/* Nodes stand in document order; the children of a container follow it. */
struct ts_json_node {
    struct ts_str key;  /* unescaped; ptr NULL for array items and the root */
    struct ts_str text; /* strings, numbers: the value; containers: the raw text from bracket to bracket */
    uint32_t next;      /* index of the next sibling, 0: none */
    uint32_t count;     /* children of a container */
    uint8_t type;
};

enum ts_json_fault { TS_JSON_FINE, TS_JSON_BAD_SYNTAX, TS_JSON_BAD_UTF8, TS_JSON_OVER_LIMIT };

struct ts_json {
    struct ts_json_node *nodes; /* [0] is the root */
    uint32_t count, cap;
    char *strings; /* unescaped text */
    size_t strings_cap;
    enum ts_json_fault fault; /* of the last parse */
    size_t fault_offset;      /* byte offset of the fault */
    char fault_text[160];     /* "expected ',' or '}' after a value, found ']'" */
};

void ts_json_init(struct ts_json *j);
void ts_json_release(struct ts_json *j);
/* Parse text (borrowed: it must outlive the use of the nodes). The nodes of the previous parse are dropped.
 * `limits`: also refuse what layer two refuses (duplicate key, NUL in a string, depth over 32, over 256 keys), as
 * TS_JSON_OVER_LIMIT; without it only syntax is judged (depth over 512 is over the limit even so: no recursion here).
 * TS_E_SYNTAX (syntax, utf8), TS_E_LIMIT, or TS_E_MEMORY; details in the fault fields. A document that breaks both a
 * limit and the grammar is a syntax fault. After a failure there are no nodes (count is 0). */
enum ts_code ts_json_parse(struct ts_json *j, const char *text, size_t len, bool limits);

static inline const struct ts_json_node *ts_json_root(const struct ts_json *j) { return &j->nodes[0]; }
static inline const struct ts_json_node *ts_json_first(const struct ts_json *j, const struct ts_json_node *n)
{
    TS_UNUSED(j);
    return n->count ? n + 1 : NULL;
}
static inline const struct ts_json_node *ts_json_next(const struct ts_json *j, const struct ts_json_node *n)
{
    return n->next ? &j->nodes[n->next] : NULL;
}
/* A member of an object by exact key, or NULL (also when n is NULL or no object). */
const struct ts_json_node *ts_json_get(const struct ts_json *j, const struct ts_json_node *n, struct ts_str key);
/* By a dotted path, "context.traits.email". */
const struct ts_json_node *ts_json_path(const struct ts_json *j, const struct ts_json_node *n, struct ts_str path);
/* A number as an exact integer: TS_E_SYNTAX when it has a fraction, TS_E_LIMIT beyond 2^53. "1e2" and "100.0" are 100. */
enum ts_code ts_json_integer(const struct ts_json_node *n, int64_t *ret);
/* Correctly rounded, any locale; infinite when it is too large ("1e400"), NaN when n is NULL or no number. */
double ts_json_double(const struct ts_json_node *n);
/* Append the node as canonical JSON: keys sorted by bytes, no white space, numbers as ts_format_double of exact
 * integers or as written, shortest escapes. */
void ts_json_write(const struct ts_json *j, const struct ts_json_node *n, struct ts_buf *out);

#endif
