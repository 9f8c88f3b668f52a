/* SPDX-License-Identifier: Apache-2.0 */
/* The strict JSON parser: one pass, no recursion, and once warm no allocation. Strings without escapes and all numbers
 * point into the input; unescaped strings go into one buffer, which is as large as the input before the first of them is
 * written, so that it never moves. What the nodes are asked afterwards is in json_value.c. */
#include "base/json.h"
#include "base/limits.h"
#include "base/scan.h"

#define DEPTH_MAX 512    /* without limits; with them TS_LIMIT_JSON_DEPTH */
#define KEYS_PAIRWISE 16 /* objects up to here are searched for duplicates pair by pair, larger ones through a table */

struct frame {
    uint32_t node; /* the open container */
    uint32_t last; /* its newest child, 0: none */
    bool object;
};

struct parser {
    struct ts_json *j;
    const char *text, *end;
    size_t strings_len;
    uint32_t depth, depth_max;
    bool limits;
    enum ts_code code; /* of the failure */
    struct frame frames[DEPTH_MAX];
};

void ts_json_init(struct ts_json *j) { *j = (struct ts_json){0}; }

void ts_json_release(struct ts_json *j)
{
    ts_free(j->nodes);
    ts_free(j->strings);
    ts_json_init(j);
}

/* ---- faults: every reading function returns NULL after one of these ---- */

static const char *fault(struct parser *s, enum ts_json_fault kind, const char *at, const char *text)
{
    s->code = kind == TS_JSON_OVER_LIMIT ? TS_E_LIMIT : TS_E_SYNTAX;
    s->j->fault = kind;
    s->j->fault_offset = (size_t)(at - s->text);
    snprintf(s->j->fault_text, sizeof s->j->fault_text, "%s", text);
    return NULL;
}

/* Something else stands where `wanted` should: say what. */
static const char *fault_wanted(struct parser *s, const char *at, const char *wanted)
{
    char text[sizeof s->j->fault_text];
    if (at >= s->end) {
        snprintf(text, sizeof text, "expected %s, but the text ends", wanted);
        return fault(s, TS_JSON_BAD_SYNTAX, s->end, text);
    }
    uint8_t c = (uint8_t)*at;
    if (c >= 0x80 && !ts_utf8_sequence(at, s->end)) return fault(s, TS_JSON_BAD_UTF8, at, "not UTF-8");
    if (c > 0x20 && c < 0x7F) {
        snprintf(text, sizeof text, "expected %s, found '%c'", wanted, c);
    } else {
        snprintf(text, sizeof text, "expected %s, found the byte 0x%02x", wanted, c);
    }
    return fault(s, TS_JSON_BAD_SYNTAX, at, text);
}

static const char *fault_memory(struct parser *s)
{
    s->code = TS_E_MEMORY;
    snprintf(s->j->fault_text, sizeof s->j->fault_text, "out of memory");
    return NULL;
}

/* ---- leaves ---- */

static inline const char *skip_space(const char *p, const char *end)
{
    while (p < end && (uint8_t)*p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static inline bool is_digit(const char *p, const char *end) { return p < end && (uint8_t)(*p - '0') <= 9; }

static const char *skip_digits(const char *p, const char *end)
{
    while (is_digit(p, end))
        p++;
    return p;
}

static const char *read_number(struct parser *s, const char *p)
{
    const char *end = s->end;
    if (*p == '-') p++;
    if (!is_digit(p, end)) return fault_wanted(s, p, "a digit");
    p = *p == '0' ? p + 1 : skip_digits(p, end);
    if (p < end && *p == '.') {
        if (!is_digit(++p, end)) return fault_wanted(s, p, "a digit after the point");
        p = skip_digits(p, end);
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        if (!is_digit(p, end)) return fault_wanted(s, p, "a digit in the exponent");
        p = skip_digits(p, end);
    }
    return p;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits after "\u". */
static const char *read_hex(struct parser *s, const char *p, uint32_t *ret)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++, p++) {
        int digit = p < s->end ? hex_digit(*p) : -1;
        if (digit < 0) return fault_wanted(s, p, "four hexadecimal digits after \\u");
        v = v << 4 | (uint32_t)digit;
    }
    *ret = v;
    return p;
}

static char *put_utf8(char *w, uint32_t c)
{
    if (c < 0x80) {
        *w++ = (char)c;
    } else if (c < 0x800) {
        *w++ = (char)(0xC0 | c >> 6);
        *w++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *w++ = (char)(0xE0 | c >> 12);
        *w++ = (char)(0x80 | (c >> 6 & 0x3F));
        *w++ = (char)(0x80 | (c & 0x3F));
    } else {
        *w++ = (char)(0xF0 | c >> 18);
        *w++ = (char)(0x80 | (c >> 12 & 0x3F));
        *w++ = (char)(0x80 | (c >> 6 & 0x3F));
        *w++ = (char)(0x80 | (c & 0x3F));
    }
    return w;
}

/* p stands after "\u"; a character beyond the first 65536 takes two of these. */
static const char *read_unicode(struct parser *s, const char *p, char **w)
{
    const char *begin = p - 2;
    uint32_t c = 0, low = 0;
    if (!(p = read_hex(s, p, &c))) return NULL;
    if (c >= 0xDC00 && c <= 0xDFFF) return fault(s, TS_JSON_BAD_UTF8, begin, "half a surrogate pair");
    if (c >= 0xD800 && c <= 0xDBFF) {
        if (s->end - p < 2 || p[0] != '\\' || p[1] != 'u') {
            return fault(s, TS_JSON_BAD_UTF8, begin, "half a surrogate pair");
        }
        if (!(p = read_hex(s, p + 2, &low))) return NULL;
        if (low < 0xDC00 || low > 0xDFFF) return fault(s, TS_JSON_BAD_UTF8, begin, "half a surrogate pair");
        c = 0x10000 + ((c & 0x3FF) << 10) + (low & 0x3FF);
    }
    if (c == 0 && s->limits) return fault(s, TS_JSON_OVER_LIMIT, begin, "a NUL in a string");
    *w = put_utf8(*w, c);
    return p;
}

/* p stands on a backslash. */
static const char *read_escape(struct parser *s, const char *p, char **w)
{
    if (++p == s->end) return fault_wanted(s, p, "an escape after '\\'");
    char c;
    switch (*p) {
    case '"':
    case '\\':
    case '/':
        c = *p;
        break;
    case 'b':
        c = '\b';
        break;
    case 'f':
        c = '\f';
        break;
    case 'n':
        c = '\n';
        break;
    case 'r':
        c = '\r';
        break;
    case 't':
        c = '\t';
        break;
    case 'u':
        return read_unicode(s, p + 1, w);
    default:
        return fault_wanted(s, p, "an escape after '\\'");
    }
    *(*w)++ = c;
    return p + 1;
}

/* On to the next quote or backslash of a string; whatever lies between is valid. */
static inline const char *skip_plain(struct parser *s, const char *p)
{
    for (;;) {
        p = ts_scan_plain(p, s->end);
        if (p == s->end) return fault_wanted(s, p, "'\"' at the end of a string");
        if (*p == '"' || *p == '\\') return p;
        if ((uint8_t)*p < 0x20) return fault_wanted(s, p, "no control character in a string");
        do {
            unsigned n = ts_utf8_sequence(p, s->end);
            if (!n) return fault(s, TS_JSON_BAD_UTF8, p, "not UTF-8");
            p += n;
        } while (p < s->end && (uint8_t)*p >= 0x80);
    }
}

/* Room for all that this parse can unescape. Nothing points into the buffer yet when it has to grow. */
static bool strings_reserve(struct parser *s)
{
    size_t len = (size_t)(s->end - s->text);
    if (s->j->strings_cap >= len) return true;
    size_t cap = len < 1024 ? 1024 : len;
    char *grown = ts_realloc(s->j->strings, cap);
    if (!grown) return false;
    s->j->strings = grown;
    s->j->strings_cap = cap;
    return true;
}

/* A string with an escape at `p`, begun at `begin`: copied out piece by piece. */
static const char *read_escaped(struct parser *s, const char *begin, const char *p, struct ts_str *ret)
{
    if (!strings_reserve(s)) return fault_memory(s);
    char *out = s->j->strings + s->strings_len, *w = out;
    for (;;) {
        memcpy(w, begin, (size_t)(p - begin));
        w += p - begin;
        if (*p == '"') break;
        if (!(begin = read_escape(s, p, &w))) return NULL;
        if (!(p = skip_plain(s, begin))) return NULL;
    }
    *ret = ts_str(out, (size_t)(w - out));
    s->strings_len += ret->len;
    return p + 1;
}

/* p stands after the opening quote; the result after the closing one. */
static inline const char *read_string(struct parser *s, const char *p, struct ts_str *ret)
{
    const char *begin = p;
    if (!(p = skip_plain(s, p))) return NULL;
    if (*p == '\\') return read_escaped(s, begin, p, ret);
    *ret = ts_str(begin, (size_t)(p - begin));
    return p + 1;
}

static const char *read_word(struct parser *s, const char *p, struct ts_str word)
{
    if ((size_t)(s->end - p) >= word.len && memcmp(p, word.ptr, word.len) == 0) return p + word.len;
    return fault_wanted(s, p, "a value");
}

/* ---- containers ---- */

/* Append a node and link it behind its elder sibling. NULL when memory is out. The node is not cleared: the caller sets
 * what it does not. */
static struct ts_json_node *add_node(struct parser *s, struct ts_str key)
{
    struct ts_json *j = s->j;
    if (j->count == j->cap) {
        uint32_t cap = j->cap ? j->cap * 2 : 64;
        struct ts_json_node *grown = cap > j->cap ? ts_realloc(j->nodes, cap * sizeof *grown) : NULL;
        if (!grown) return NULL;
        j->nodes = grown;
        j->cap = cap;
    }
    uint32_t index = j->count++;
    if (s->depth) {
        struct frame *f = &s->frames[s->depth - 1];
        if (f->last) j->nodes[f->last].next = index;
        f->last = index;
        j->nodes[f->node].count++;
    }
    struct ts_json_node *n = &j->nodes[index];
    n->key = key;
    n->next = n->count = 0;
    return n;
}

/* Open a container at p, on its bracket; its text is completed when it closes. */
static const char *open_container(struct parser *s, struct ts_json_node *n, const char *p)
{
    if (s->depth == s->depth_max) return fault(s, TS_JSON_OVER_LIMIT, p, "nested too deep");
    bool object = *p == '{';
    n->type = object ? TS_JSON_OBJECT : TS_JSON_ARRAY;
    n->text = ts_str(p, 0);
    s->frames[s->depth++] = (struct frame){(uint32_t)(n - s->j->nodes), 0, object};
    return p + 1;
}

/* One value at p, or the beginning of a container. */
static inline const char *read_value(struct parser *s, const char *p, struct ts_str key)
{
    if (p == s->end) return fault_wanted(s, p, "a value");
    struct ts_json_node *n = add_node(s, key);
    if (!n) return fault_memory(s);
    const char *begin = p;
    switch (*p) {
    case '"':
        n->type = TS_JSON_STRING;
        return read_string(s, p + 1, &n->text);
    case '{':
    case '[':
        return open_container(s, n, p);
    case 't':
        n->type = TS_JSON_TRUE;
        p = read_word(s, p, TS_STR("true"));
        break;
    case 'f':
        n->type = TS_JSON_FALSE;
        p = read_word(s, p, TS_STR("false"));
        break;
    case 'n':
        n->type = TS_JSON_NULL;
        p = read_word(s, p, TS_STR("null"));
        break;
    default:
        if (*p != '-' && !is_digit(p, s->end)) return fault_wanted(s, p, "a value");
        n->type = TS_JSON_NUMBER;
        p = read_number(s, p);
        break;
    }
    n->text = ts_str(begin, p ? (size_t)(p - begin) : 0);
    return p;
}

/* Where to say a duplicate key stands: at the key, or at its value when escapes took the key out of the text. */
static const char *fault_duplicate(struct parser *s, const struct ts_json_node *n)
{
    char text[sizeof s->j->fault_text];
    size_t shown = n->key.len < 80 ? n->key.len : 80;
    while (shown > 0 && shown < n->key.len && ((uint8_t)n->key.ptr[shown] & 0xC0) == 0x80)
        shown--;
    snprintf(text, sizeof text, "the key \"%.*s\" stands twice", (int)shown, n->key.ptr);
    uintptr_t key = (uintptr_t)n->key.ptr, first = (uintptr_t)s->text, end = (uintptr_t)s->end;
    bool in_text = key > first && key <= end;
    if (in_text) return fault(s, TS_JSON_OVER_LIMIT, n->key.ptr - 1, text);
    uintptr_t value = (uintptr_t)n->text.ptr;
    return fault(s, TS_JSON_OVER_LIMIT, value >= first && value <= end ? n->text.ptr : s->text, text);
}

/* Compare each key with those before it, but only when some earlier key had the same length and last byte modulo 64:
 * for ordinary objects that is a handful of comparisons. */
static bool check_pairs(struct parser *s, uint32_t first)
{
    const struct ts_json_node *nodes = s->j->nodes;
    uint64_t seen = 0;
    for (uint32_t i = first; i; i = nodes[i].next) {
        struct ts_str key = nodes[i].key;
        unsigned sign = (unsigned)key.len * 7 + (key.len ? (unsigned)(uint8_t)key.ptr[key.len - 1] : 0);
        uint64_t bit = UINT64_C(1) << (sign & 63);
        if (seen & bit) {
            for (uint32_t k = first; k != i; k = nodes[k].next) {
                if (ts_str_eq(nodes[k].key, key)) return fault_duplicate(s, &nodes[i]);
            }
        }
        seen |= bit;
    }
    return true;
}

static bool check_table(struct parser *s, uint32_t first)
{
    const struct ts_json_node *nodes = s->j->nodes;
    uint32_t slots[TS_LIMIT_JSON_KEYS * 2] = {0}; /* node indexes; 0 is the root, so it means empty */
    for (uint32_t i = first; i; i = nodes[i].next) {
        struct ts_str key = nodes[i].key;
        size_t at = ts_hash(key.ptr, key.len, 0) % TS_ARRAY_LEN(slots);
        for (; slots[at]; at = (at + 1) % TS_ARRAY_LEN(slots)) {
            if (ts_str_eq(nodes[slots[at]].key, key)) return fault_duplicate(s, &nodes[i]);
        }
        slots[at] = i;
    }
    return true;
}

/* p stands on the right closing bracket. */
static const char *close_container(struct parser *s, const char *p)
{
    struct frame *f = &s->frames[--s->depth];
    struct ts_json_node *n = &s->j->nodes[f->node];
    n->text.len = (size_t)(p + 1 - n->text.ptr);
    if (s->limits && f->object && n->count > 1) {
        bool fine = n->count <= KEYS_PAIRWISE ? check_pairs(s, f->node + 1) : check_table(s, f->node + 1);
        if (!fine) return NULL;
    }
    return p + 1;
}

/* `"key":`, up to where the value begins. */
static inline const char *read_key(struct parser *s, const char *p, uint32_t count, struct ts_str *ret)
{
    if (p == s->end || *p != '"') return fault_wanted(s, p, "a key in quotes");
    if (s->limits && count == TS_LIMIT_JSON_KEYS) {
        return fault(s, TS_JSON_OVER_LIMIT, p, "too many keys in an object");
    }
    if (!(p = read_string(s, p + 1, ret))) return NULL;
    p = skip_space(p, s->end);
    if (p == s->end || *p != ':') return fault_wanted(s, p, "':' after a key");
    return skip_space(p + 1, s->end);
}

/* One step inside an open container: its closing bracket, or one more child. */
static inline const char *step(struct parser *s, const char *p)
{
    const struct frame *f = &s->frames[s->depth - 1];
    uint32_t count = s->j->nodes[f->node].count;
    struct ts_str key = {NULL, 0};
    p = skip_space(p, s->end);
    if (p < s->end && *p == (f->object ? '}' : ']')) return close_container(s, p);
    if (count) {
        if (p == s->end || *p != ',') {
            return fault_wanted(s, p, f->object ? "',' or '}' after a value" : "',' or ']' after a value");
        }
        p = skip_space(p + 1, s->end);
    }
    if (f->object && !(p = read_key(s, p, count, &key))) return NULL;
    return read_value(s, p, key);
}

static const char *read_document(struct parser *s)
{
    const char *p = read_value(s, skip_space(s->text, s->end), (struct ts_str){NULL, 0});
    while (p && s->depth)
        p = step(s, p);
    if (!p) return NULL;
    p = skip_space(p, s->end);
    return p == s->end ? p : fault_wanted(s, p, "nothing after the value");
}

static enum ts_code parse(struct ts_json *j, const char *text, size_t len, bool limits)
{
    struct parser s; /* the frames are not cleared: 6 KB that a small event never touches */
    s.j = j;
    s.text = len ? text : "";
    s.end = s.text + len;
    s.strings_len = 0;
    s.depth = 0;
    s.depth_max = limits ? TS_LIMIT_JSON_DEPTH : DEPTH_MAX;
    s.limits = limits;
    s.code = TS_OK;
    j->count = 0;
    j->fault = TS_JSON_FINE;
    j->fault_offset = 0;
    j->fault_text[0] = '\0';
    if (len >= UINT32_MAX) {
        fault(&s, TS_JSON_OVER_LIMIT, s.text, "longer than 4 GiB");
    } else if (read_document(&s)) {
        return TS_OK;
    }
    j->count = 0;
    return s.code;
}

enum ts_code ts_json_parse(struct ts_json *j, const char *text, size_t len, bool limits)
{
    enum ts_code code = parse(j, text, len, limits);
    if (code != TS_E_LIMIT || !limits) return code;
    /* A document may pass a limit first and break the grammar after. Syntax is the first of the two layers at the door,
     * so it has the first word. */
    enum ts_json_fault kind = j->fault;
    size_t offset = j->fault_offset;
    char said[sizeof j->fault_text];
    memcpy(said, j->fault_text, sizeof said);
    enum ts_code without = parse(j, text, len, false);
    if (without == TS_E_SYNTAX || without == TS_E_MEMORY) return without;
    j->count = 0;
    j->fault = kind;
    j->fault_offset = offset;
    memcpy(j->fault_text, said, sizeof said);
    return code;
}
