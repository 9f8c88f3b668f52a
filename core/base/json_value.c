/* SPDX-License-Identifier: Apache-2.0 */
/* What parsed JSON can be asked: members by key and path, numbers exactly, and the canonical text. */
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/scan.h"

#define INTEGER_MAX (INT64_C(1) << 53) /* what every reader of JSON holds exactly */

const struct ts_json_node *ts_json_get(const struct ts_json *j, const struct ts_json_node *n, struct ts_str key)
{
    if (!n || n->type != TS_JSON_OBJECT) return NULL;
    for (const struct ts_json_node *c = ts_json_first(j, n); c; c = ts_json_next(j, c)) {
        if (ts_str_eq(c->key, key)) return c;
    }
    return NULL;
}

const struct ts_json_node *ts_json_path(const struct ts_json *j, const struct ts_json_node *n, struct ts_str path)
{
    for (;;) {
        const char *dot = path.len ? memchr(path.ptr, '.', path.len) : NULL;
        size_t len = dot ? (size_t)(dot - path.ptr) : path.len;
        n = ts_json_get(j, n, ts_str(path.ptr, len));
        if (!n || !dot) return n;
        path = ts_str(dot + 1, path.len - len - 1);
    }
}

enum ts_code ts_json_integer(const struct ts_json_node *n, int64_t *ret)
{
    struct ts_number number;
    if (!n || n->type != TS_JSON_NUMBER || !ts_number_scan(n->text, &number)) return TS_E_SYNTAX;
    if (number.exponent < 0) return TS_E_SYNTAX;
    if (number.digits > 16 || number.exponent > 16) return TS_E_LIMIT;
    int64_t v = (int64_t)number.mantissa;
    for (int64_t i = 0; i < number.exponent && v <= INTEGER_MAX; i++)
        v *= 10;
    if (v > INTEGER_MAX) return TS_E_LIMIT;
    *ret = number.negative ? -v : v;
    return TS_OK;
}

double ts_json_double(const struct ts_json_node *n)
{
    struct ts_number number;
    if (!n || n->type != TS_JSON_NUMBER || !ts_number_scan(n->text, &number)) return NAN;
    return ts_number_double(&number);
}

/* ---- canonical text ---- */

struct level {
    uint32_t *order; /* children still to write: node indexes, in the order to write them */
    uint32_t at, count;
    char close;
};

#define LEVELS 513 /* as deep as the parser goes, and the root */

static int compare_keys(const void *a, const void *b, void *nodes)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct ts_json_node *at = nodes;
    int order = ts_str_cmp(at[x].key, at[y].key);
    return order ? order : (x > y) - (x < y); /* duplicates stay in the order of the document */
}

static void sort_keys(const struct ts_json *j, uint32_t *order, uint32_t count)
{
    if (count > 16) {
        qsort_r(order, count, sizeof *order, compare_keys, j->nodes);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        uint32_t moved = order[i], k = i;
        for (; k > 0 && compare_keys(&order[k - 1], &moved, j->nodes) > 0; k--)
            order[k] = order[k - 1];
        order[k] = moved;
    }
}

static void write_leaf(const struct ts_json_node *n, struct ts_buf *out)
{
    int64_t v;
    switch (n->type) {
    case TS_JSON_NULL:
        ts_buf_add(out, "null", 4);
        break;
    case TS_JSON_FALSE:
        ts_buf_add(out, "false", 5);
        break;
    case TS_JSON_TRUE:
        ts_buf_add(out, "true", 4);
        break;
    case TS_JSON_STRING:
        ts_buf_json(out, n->text);
        break;
    default:
        if (ts_json_integer(n, &v) == TS_OK) {
            ts_buf_addf(out, "%lld", (long long)v);
        } else {
            ts_buf_add(out, n->text.ptr, n->text.len);
        }
        break;
    }
}

static void open_level(const struct ts_json *j, const struct ts_json_node *n, struct level *level, uint32_t *order,
                       struct ts_buf *out)
{
    bool object = n->type == TS_JSON_OBJECT;
    *level = (struct level){order, 0, n->count, object ? '}' : ']'};
    for (const struct ts_json_node *c = ts_json_first(j, n); c; c = ts_json_next(j, c))
        *order++ = (uint32_t)(c - j->nodes);
    if (object) sort_keys(j, level->order, level->count);
    ts_buf_byte(out, object ? '{' : '[');
}

void ts_json_write(const struct ts_json *j, const struct ts_json_node *n, struct ts_buf *out)
{
    if (n->type != TS_JSON_ARRAY && n->type != TS_JSON_OBJECT) {
        write_leaf(n, out);
        return;
    }
    /* One list of indexes serves all levels: the children of what is open are never more than the nodes after n. */
    uint32_t few[256], *order = few;
    size_t most = j->count - (size_t)(n - j->nodes);
    if (most > TS_ARRAY_LEN(few) && !(order = ts_alloc(most * sizeof *order))) {
        out->failed = true;
        return;
    }
    struct level levels[LEVELS];
    uint32_t depth = 0;
    open_level(j, n, &levels[depth], order, out);
    for (;;) {
        struct level *level = &levels[depth];
        if (level->at == level->count) {
            ts_buf_byte(out, (uint8_t)level->close);
            if (depth-- == 0) break;
            continue;
        }
        const struct ts_json_node *c = &j->nodes[level->order[level->at]];
        if (level->at++) ts_buf_byte(out, ',');
        if (c->key.ptr) {
            ts_buf_json(out, c->key);
            ts_buf_byte(out, ':');
        }
        if (c->type == TS_JSON_ARRAY || c->type == TS_JSON_OBJECT) {
            open_level(j, c, &levels[++depth], level->order + level->count, out);
        } else {
            write_leaf(c, out);
        }
    }
    if (order != few) ts_free(order);
}
