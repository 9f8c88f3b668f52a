/* SPDX-License-Identifier: Apache-2.0 */
/* Lua's patterns, with a budget: every step of the search is charged, so a pattern that backtracks without end is
 * stopped like any other loop. Letters, digits and so on are ASCII's, whatever the locale. */
#include "rules/sandbox.h"

#define ESCAPE '%'
#define DEPTH_MAX 200     /* nested items of a pattern */
#define TICKS 256         /* steps between two charges */
#define CAPTURE_OPEN (-1) /* `len` of a capture whose end has not come yet */

void ts_match_init(struct ts_match *m, lua_State *L, const char *s, size_t n, const char *pattern, size_t pattern_len)
{
    m->L = L;
    m->src = s;
    m->src_end = s + n;
    m->pat_end = pattern + pattern_len;
    m->depth = m->ticks = m->level = 0;
}

static inline void tick(struct ts_match *m)
{
    if (++m->ticks % TICKS == 0) ts_host_charge(m->L, TICKS);
}

/* ---- one character -------------------------------------------------------------------------------------------- */

static bool is_lower(unsigned c) { return c - 'a' < 26u; }
static bool is_upper(unsigned c) { return c - 'A' < 26u; }
static bool is_digit(unsigned c) { return c - '0' < 10u; }
static bool is_alpha(unsigned c) { return is_lower(c | 0x20); }
static bool is_graph(unsigned c) { return c > 0x20 && c < 0x7F; }

/* Is `c` of the class named by letter `name`? A capital negates; what is no letter stands for itself. */
static bool in_class(unsigned c, unsigned char name)
{
    bool yes;
    switch (name | 0x20) {
    case 'a':
        yes = is_alpha(c);
        break;
    case 'c':
        yes = c < 0x20 || c == 0x7F;
        break;
    case 'd':
        yes = is_digit(c);
        break;
    case 'g':
        yes = is_graph(c);
        break;
    case 'l':
        yes = is_lower(c);
        break;
    case 'p':
        yes = is_graph(c) && !is_alpha(c) && !is_digit(c);
        break;
    case 's':
        yes = c == ' ' || (c >= '\t' && c <= '\r');
        break;
    case 'u':
        yes = is_upper(c);
        break;
    case 'w':
        yes = is_alpha(c) || is_digit(c);
        break;
    case 'x':
        yes = is_digit(c) || (c | 0x20) - 'a' < 6u;
        break;
    default:
        return name == c;
    }
    return is_upper(name) ? !yes : yes;
}

/* The end of the single-character item at `p`. */
static const char *item_end(struct ts_match *m, const char *p)
{
    char c = *p++;
    if (c == ESCAPE) {
        if (p == m->pat_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (c != '[') return p;
    if (p < m->pat_end && *p == '^') p++;
    do { /* the first ']' is a member */
        if (p == m->pat_end) luaL_error(m->L, "malformed pattern (missing ']')");
        c = *p++;
        if (c == ESCAPE) {
            if (p == m->pat_end) luaL_error(m->L, "malformed pattern (missing ']')");
            p++;
        }
    } while (p == m->pat_end || *p != ']');
    return p + 1;
}

/* Is `c` in the set p..end, where *p is '[' and end[-1] is ']'? */
static bool in_set(struct ts_match *m, unsigned c, const char *p, const char *end)
{
    bool inside = true;
    const char *last = end - 1;
    if (*++p == '^') {
        inside = false;
        p++;
    }
    for (; p < last; p++) {
        tick(m);
        if (*p == ESCAPE) {
            if (in_class(c, (unsigned char)*++p)) return inside;
        } else if (p + 2 < last && p[1] == '-') {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2]) return inside;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return inside;
        }
    }
    return !inside;
}

static bool item_matches(struct ts_match *m, const char *s, const char *p, const char *end)
{
    if (s >= m->src_end) return false;
    unsigned c = (unsigned char)*s;
    switch (*p) {
    case '.':
        return true;
    case ESCAPE:
        return in_class(c, (unsigned char)p[1]);
    case '[':
        return in_set(m, c, p, end);
    default:
        return (unsigned char)*p == c;
    }
}

/* ---- items with a rule of their own --------------------------------------------------------------------------- */

/* "%bxy": p at x. The end of the balanced text at s, or NULL. */
static const char *match_balance(struct ts_match *m, const char *s, const char *p)
{
    if (p + 1 >= m->pat_end) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->src_end || *s != *p) return NULL;
    char open = p[0], close = p[1];
    size_t nested = 1;
    for (s++; s < m->src_end; s++) {
        tick(m);
        if (*s == close) {
            if (--nested == 0) return s + 1;
        } else if (*s == open) {
            nested++;
        }
    }
    return NULL;
}

static const char *match_from(struct ts_match *m, const char *s, const char *p);

static const char *match_most(struct ts_match *m, const char *s, const char *p, const char *end)
{
    ptrdiff_t n = 0;
    while (item_matches(m, s + n, p, end)) {
        tick(m);
        n++;
    }
    for (; n >= 0; n--) {
        tick(m);
        const char *found = match_from(m, s + n, end + 1);
        if (found) return found;
    }
    return NULL;
}

static const char *match_least(struct ts_match *m, const char *s, const char *p, const char *end)
{
    for (;; s++) {
        tick(m);
        const char *found = match_from(m, s, end + 1);
        if (found) return found;
        if (!item_matches(m, s, p, end)) return NULL;
    }
}

static const char *match_capture_start(struct ts_match *m, const char *s, const char *p)
{
    if (m->level >= TS_MATCH_CAPTURES) luaL_error(m->L, "too many captures");
    bool position = p + 1 < m->pat_end && p[1] == ')';
    m->captures[m->level].at = s;
    m->captures[m->level].len = position ? TS_CAPTURE_POSITION : CAPTURE_OPEN;
    m->level++;
    const char *found = match_from(m, s, p + (position ? 2 : 1));
    if (!found) m->level--;
    return found;
}

static const char *match_capture_end(struct ts_match *m, const char *s, const char *p)
{
    unsigned i = m->level;
    while (i > 0 && m->captures[i - 1].len != CAPTURE_OPEN)
        i--;
    if (i == 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[i - 1].len = s - m->captures[i - 1].at;
    const char *found = match_from(m, s, p + 1);
    if (!found) m->captures[i - 1].len = CAPTURE_OPEN;
    return found;
}

/* "%1": what capture 1 caught, again. */
static const char *match_back(struct ts_match *m, const char *s, unsigned char digit)
{
    unsigned i = digit - (unsigned)'1';
    if (i >= m->level || m->captures[i].len == CAPTURE_OPEN)
        luaL_error(m->L, "invalid capture index %%%c in pattern", (int)digit);
    if (m->captures[i].len == TS_CAPTURE_POSITION) return NULL;
    size_t len = (size_t)m->captures[i].len;
    ts_host_charge(m->L, len / 64);
    return (size_t)(m->src_end - s) >= len && memcmp(m->captures[i].at, s, len) == 0 ? s + len : NULL;
}

/* "%f[set]": p at '['. Does a run of the set begin at s? */
static bool match_frontier(struct ts_match *m, const char *s, const char *p, const char **ret_end)
{
    if (p >= m->pat_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *end = item_end(m, p);
    unsigned before = s == m->src ? 0 : (unsigned char)s[-1], here = s == m->src_end ? 0 : (unsigned char)*s;
    *ret_end = end;
    return !in_set(m, before, p, end) && in_set(m, here, p, end);
}

/* ---- the walk along the pattern ------------------------------------------------------------------------------- */

/* An item that begins with '%' and is more than a character. False: it is an ordinary item. */
static bool match_special(struct ts_match *m, const char **s, const char **p)
{
    const char *pattern = *p;
    if (pattern + 1 >= m->pat_end) return false;
    unsigned char name = (unsigned char)pattern[1];
    if (name == 'b') {
        *s = match_balance(m, *s, pattern + 2);
        *p = pattern + 4;
    } else if (name == 'f') {
        if (!match_frontier(m, *s, pattern + 2, p)) *s = NULL;
    } else if (is_digit(name)) {
        *s = match_back(m, *s, name);
        *p = pattern + 2;
    } else {
        return false;
    }
    return true;
}

static const char *match_from(struct ts_match *m, const char *s, const char *p)
{
    if (++m->depth > DEPTH_MAX) luaL_error(m->L, "pattern too complex");
    while (s && p != m->pat_end) {
        tick(m);
        if (*p == '(') {
            s = match_capture_start(m, s, p);
            break;
        }
        if (*p == ')') {
            s = match_capture_end(m, s, p);
            break;
        }
        if (*p == '$' && p + 1 == m->pat_end) {
            if (s != m->src_end) s = NULL;
            break;
        }
        if (*p == ESCAPE && match_special(m, &s, &p)) continue;
        const char *end = item_end(m, p);
        char mode = end < m->pat_end ? *end : '\0';
        if (mode == '*') {
            s = match_most(m, s, p, end);
            break;
        }
        if (mode == '+') {
            s = item_matches(m, s, p, end) ? match_most(m, s + 1, p, end) : NULL;
            break;
        }
        if (mode == '-') {
            s = match_least(m, s, p, end);
            break;
        }
        bool one = item_matches(m, s, p, end);
        if (mode == '?') {
            const char *found = one ? match_from(m, s + 1, end + 1) : NULL;
            if (found) {
                s = found;
                break;
            }
            p = end + 1;
            continue;
        }
        s = one ? s + 1 : NULL;
        p = end;
    }
    m->depth--;
    return s;
}

const char *ts_match_at(struct ts_match *m, const char *s, const char *pattern)
{
    m->level = m->depth = 0;
    return match_from(m, s, pattern);
}

/* ---- captures ------------------------------------------------------------------------------------------------- */

void ts_match_push(struct ts_match *m, unsigned i, const char *s, const char *e)
{
    if (i >= m->level) {
        if (i != 0) luaL_error(m->L, "invalid capture index %%%d", (int)i + 1);
        lua_pushlstring(m->L, s, (size_t)(e - s));
        return;
    }
    ptrdiff_t len = m->captures[i].len;
    if (len == CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
    if (len == TS_CAPTURE_POSITION)
        lua_pushinteger(m->L, m->captures[i].at - m->src + 1);
    else
        lua_pushlstring(m->L, m->captures[i].at, (size_t)len);
}

int ts_match_push_all(struct ts_match *m, const char *s, const char *e)
{
    unsigned n = m->level == 0 && s ? 1 : m->level;
    luaL_checkstack(m->L, (int)n, "too many captures");
    for (unsigned i = 0; i < n; i++)
        ts_match_push(m, i, s, e);
    return (int)n;
}
