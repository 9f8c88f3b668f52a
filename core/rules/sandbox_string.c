/* SPDX-License-Identifier: Apache-2.0 */
/* The string library of rules: Lua's, without what reads bytecode or memory (dump, pack, unpack), with a maximum for
 * every string built, and with letters in the sense of ASCII, so that no locale and no address shows. */
#include "rules/sandbox.h"

#include "base/limits.h"

static void check_size(lua_State *L, luaL_Buffer *b)
{
    if (luaL_bufflen(b) > TS_LIMIT_LUA_STRING_BYTES) luaL_error(L, "resulting string too large");
}

/* ---- small ones ----------------------------------------------------------------------------------------------- */

static const char *check_text(lua_State *L, int arg, size_t *len)
{
    const char *s = luaL_checklstring(L, arg, len);
    ts_host_charge(L, *len / 64 + 1);
    return s;
}

/* Where a negative index counts from the end; at least 1. */
static size_t from_start(lua_Integer pos, size_t len)
{
    if (pos > 0) return (size_t)pos;
    if (pos == 0 || pos < -(lua_Integer)len) return 1;
    return len + (size_t)pos + 1;
}

static size_t to_end(lua_Integer pos, size_t len)
{
    if (pos > (lua_Integer)len) return len;
    if (pos >= 0) return (size_t)pos;
    return pos < -(lua_Integer)len ? 0 : len + (size_t)pos + 1;
}

static int string_len(lua_State *L)
{
    size_t len;
    luaL_checklstring(L, 1, &len);
    lua_pushinteger(L, (lua_Integer)len);
    return 1;
}

static int string_sub(lua_State *L)
{
    size_t len;
    const char *s = check_text(L, 1, &len);
    size_t from = from_start(luaL_checkinteger(L, 2), len), to = to_end(luaL_optinteger(L, 3, -1), len);
    if (from <= to)
        lua_pushlstring(L, s + from - 1, to - from + 1);
    else
        lua_pushliteral(L, "");
    return 1;
}

static int change_case(lua_State *L, char first)
{
    size_t len;
    const char *s = check_text(L, 1, &len);
    luaL_Buffer b;
    char *out = luaL_buffinitsize(L, &b, len);
    for (size_t i = 0; i < len; i++)
        out[i] = (char)((unsigned char)(s[i] - first) < 26 ? s[i] ^ 0x20 : s[i]);
    luaL_pushresultsize(&b, len);
    return 1;
}

static int string_upper(lua_State *L) { return change_case(L, 'a'); }
static int string_lower(lua_State *L) { return change_case(L, 'A'); }

static int string_reverse(lua_State *L)
{
    size_t len;
    const char *s = check_text(L, 1, &len);
    luaL_Buffer b;
    char *out = luaL_buffinitsize(L, &b, len);
    for (size_t i = 0; i < len; i++)
        out[i] = s[len - 1 - i];
    luaL_pushresultsize(&b, len);
    return 1;
}

static int string_rep(lua_State *L)
{
    size_t len, sep_len;
    const char *s = luaL_checklstring(L, 1, &len);
    lua_Integer n = luaL_checkinteger(L, 2);
    const char *sep = luaL_optlstring(L, 3, "", &sep_len);
    if (n <= 0 || len + sep_len == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (len + sep_len > TS_LIMIT_LUA_STRING_BYTES || (size_t)n > TS_LIMIT_LUA_STRING_BYTES / (len + sep_len))
        return luaL_error(L, "resulting string too large");
    size_t total = (size_t)n * (len + sep_len) - sep_len;
    ts_host_charge(L, total / 64 + (size_t)n / 8);
    luaL_Buffer b;
    char *out = luaL_buffinitsize(L, &b, total);
    for (lua_Integer i = 0; i < n; i++) {
        memcpy(out, s, len);
        out += len;
        if (i + 1 < n) memcpy(out, sep, sep_len);
        out += sep_len;
    }
    luaL_pushresultsize(&b, total);
    return 1;
}

#define BYTES_MAX 256 /* results of string.byte, arguments of string.char */

static int string_byte(lua_State *L)
{
    size_t len;
    const char *s = luaL_checklstring(L, 1, &len);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    size_t from = from_start(first, len), to = to_end(luaL_optinteger(L, 3, (lua_Integer)from), len);
    if (from > to) return 0;
    if (to - from >= BYTES_MAX) return luaL_error(L, "string slice too long");
    int n = (int)(to - from) + 1;
    luaL_checkstack(L, n, "string slice too long");
    for (int i = 0; i < n; i++)
        lua_pushinteger(L, (unsigned char)s[from + (size_t)i - 1]);
    return n;
}

static int string_char(lua_State *L)
{
    int n = lua_gettop(L);
    luaL_argcheck(L, n <= BYTES_MAX, n, "too many arguments");
    char out[BYTES_MAX];
    for (int i = 0; i < n; i++) {
        lua_Integer c = luaL_checkinteger(L, i + 1);
        luaL_argcheck(L, c >= 0 && c <= 255, i + 1, "value out of range");
        out[i] = (char)c;
    }
    lua_pushlstring(L, out, (size_t)n);
    return 1;
}

/* ---- format --------------------------------------------------------------------------------------------------- */

/* A conversion "%-08.3f": flags, width and precision of at most two digits. Copied to `spec` without its letter. */
#define SPEC_BYTES 16
static const char *read_spec(lua_State *L, const char *p, const char *end, char spec[SPEC_BYTES])
{
    const char *start = p;
    while (p < end && *p && strchr("-+ #0", *p))
        p++;
    if (p - start > 5) luaL_error(L, "invalid conversion in format");
    for (int i = 0; i < 2 && p < end && *p >= '0' && *p <= '9'; i++)
        p++;
    if (p < end && *p == '.') {
        p++;
        for (int i = 0; i < 2 && p < end && *p >= '0' && *p <= '9'; i++)
            p++;
    }
    if (p >= end || (*p >= '0' && *p <= '9')) luaL_error(L, "invalid conversion in format");
    spec[0] = '%';
    memcpy(spec + 1, start, (size_t)(p - start));
    spec[1 + (p - start)] = '\0';
    return p;
}

static void format_text(lua_State *L, luaL_Buffer *b, int arg, const char *spec)
{
    size_t len;
    const char *s = ts_sandbox_tostring(L, arg, &len);
    ts_host_charge(L, len / 64);
    if (spec[1] == '\0' || (len >= 100 && !strchr(spec, '.'))) {
        luaL_addvalue(b);
        return;
    }
    char out[256], full[SPEC_BYTES + 2];
    if (memchr(s, '\0', len)) luaL_argerror(L, arg, "string contains zeros");
    snprintf(full, sizeof full, "%ss", spec);
    int n = snprintf(out, sizeof out, full, s);
    lua_pop(L, 1);
    luaL_addlstring(b, out, n < 0 ? 0 : (size_t)n);
}

static void format_number(lua_State *L, luaL_Buffer *b, int arg, const char *spec, char letter)
{
    char full[SPEC_BYTES + 4], out[512]; /* 1e308 with 99 places has 409 characters */
    int n;
    if (strchr("dixXo", letter)) {
        lua_Integer v = luaL_checkinteger(L, arg);
        snprintf(full, sizeof full, "%sll%c", spec, letter);
        n = snprintf(out, sizeof out, full, (long long)v);
    } else {
        lua_Number v = luaL_checknumber(L, arg);
        if (v != v) v = (lua_Number)__builtin_nan(""); /* its sign differs between machines */
        snprintf(full, sizeof full, "%s%c", spec, letter);
        n = snprintf(out, sizeof out, full, v);
    }
    luaL_addlstring(b, out, n < 0 ? 0 : (size_t)n);
}

static int string_format(lua_State *L)
{
    size_t len;
    const char *p = check_text(L, 1, &len), *end = p + len;
    int top = lua_gettop(L), arg = 1;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    while (p < end) {
        if (*p != '%') {
            luaL_addchar(&b, *p++);
            continue;
        }
        if (++p < end && *p == '%') {
            luaL_addchar(&b, *p++);
            continue;
        }
        char spec[SPEC_BYTES], letter;
        if (++arg > top) return luaL_argerror(L, arg, "no value");
        p = read_spec(L, p, end, spec);
        letter = *p++;
        ts_host_charge(L, 30);
        if (letter == 's')
            format_text(L, &b, arg, spec);
        else if (letter == 'c')
            luaL_addchar(&b, (char)luaL_checkinteger(L, arg));
        else if (letter && strchr("dixXoeEfFgG", letter))
            format_number(L, &b, arg, spec, letter);
        else
            return luaL_error(L, "invalid conversion '%s%c' in format", spec, letter);
        check_size(L, &b);
    }
    luaL_pushresult(&b);
    return 1;
}

/* ---- search --------------------------------------------------------------------------------------------------- */

static const char *find_plain(lua_State *L, const char *s, size_t n, const char *what, size_t len)
{
    if (len > n) return NULL;
    if (len == 0) return s;
    const char *last = s + (n - len);
    size_t work = 0;
    for (const char *p = s; p <= last; p++) {
        const char *hit = memchr(p, *what, (size_t)(last - p) + 1);
        if (!hit) return NULL;
        work += (size_t)(hit - p) / 16 + len / 16 + 4;
        if (work > 4096) {
            ts_host_charge(L, work);
            work = 0;
        }
        if (memcmp(hit, what, len) == 0) return hit;
        p = hit;
    }
    return NULL;
}

static int find_or_match(lua_State *L, bool find)
{
    size_t len, pattern_len;
    const char *s = check_text(L, 1, &len), *pattern = check_text(L, 2, &pattern_len);
    size_t init = from_start(luaL_optinteger(L, 3, 1), len) - 1;
    if (init > len) {
        luaL_pushfail(L);
        return 1;
    }
    bool plain =
        find && (lua_toboolean(L, 4) || (!strpbrk(pattern, "^$*+?.([%-") && !memchr(pattern, '\0', pattern_len)));
    if (plain) {
        const char *hit = find_plain(L, s + init, len - init, pattern, pattern_len);
        if (!hit) {
            luaL_pushfail(L);
            return 1;
        }
        lua_pushinteger(L, hit - s + 1);
        lua_pushinteger(L, hit - s + (lua_Integer)pattern_len);
        return 2;
    }
    struct ts_match m;
    ts_match_init(&m, L, s, len, pattern, pattern_len);
    bool anchored = pattern_len > 0 && *pattern == '^';
    for (const char *at = s + init; at <= m.src_end; at++) {
        const char *end = ts_match_at(&m, at, pattern + anchored);
        if (end && find) {
            lua_pushinteger(L, at - s + 1);
            lua_pushinteger(L, end - s);
            return ts_match_push_all(&m, NULL, NULL) + 2;
        }
        if (end) return ts_match_push_all(&m, at, end);
        if (anchored) break;
    }
    luaL_pushfail(L);
    return 1;
}

static int string_find(lua_State *L) { return find_or_match(L, true); }
static int string_match(lua_State *L) { return find_or_match(L, false); }

/* Upvalues: subject, pattern, where to go on, end of the last match (so that an empty one is not found twice). */
static int gmatch_next(lua_State *L)
{
    size_t len, pattern_len;
    const char *s = lua_tolstring(L, lua_upvalueindex(1), &len);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_len);
    lua_Integer from = lua_tointeger(L, lua_upvalueindex(3)), last = lua_tointeger(L, lua_upvalueindex(4));
    struct ts_match m;
    ts_match_init(&m, L, s, len, pattern, pattern_len);
    for (const char *at = s + from; at <= m.src_end; at++) {
        const char *end = ts_match_at(&m, at, pattern);
        if (!end || end - s == last) continue;
        lua_pushinteger(L, end - s);
        lua_copy(L, -1, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return ts_match_push_all(&m, at, end);
    }
    return 0;
}

static int string_gmatch(lua_State *L)
{
    size_t len;
    check_text(L, 1, &len);
    luaL_checkstring(L, 2);
    lua_Integer from = (lua_Integer)from_start(luaL_optinteger(L, 3, 1), len) - 1;
    lua_settop(L, 2);
    lua_pushinteger(L, from > (lua_Integer)len ? (lua_Integer)len + 1 : from);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_next, 4);
    return 1;
}

/* ---- gsub ----------------------------------------------------------------------------------------------------- */

static void add_template(lua_State *L, struct ts_match *m, luaL_Buffer *b, const char *s, const char *e)
{
    size_t len;
    const char *p = lua_tolstring(L, 3, &len), *end = p + len;
    ts_host_charge(L, len / 8);
    for (; p < end; p++) {
        if (*p != '%') {
            luaL_addchar(b, *p);
            continue;
        }
        p++;
        if (p < end && *p == '%') {
            luaL_addchar(b, '%');
        } else if (p < end && *p == '0') {
            luaL_addlstring(b, s, (size_t)(e - s));
        } else if (p < end && *p >= '1' && *p <= '9') {
            ts_match_push(m, (unsigned)(*p - '1'), s, e);
            luaL_tolstring(L, -1, NULL);
            lua_remove(L, -2);
            luaL_addvalue(b);
            check_size(L, b);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
    }
}

/* What stands for the match s..e, added to the buffer: by text, table or function. */
static void add_replacement(lua_State *L, struct ts_match *m, luaL_Buffer *b, const char *s, const char *e)
{
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION: {
        lua_pushvalue(L, 3);
        int n = ts_match_push_all(m, s, e);
        lua_call(L, n, 1);
        break;
    }
    case LUA_TTABLE:
        ts_match_push(m, 0, s, e);
        lua_gettable(L, 3);
        break;
    default:
        add_template(L, m, b, s, e);
        return;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(b, s, (size_t)(e - s)); /* nil and false keep what was there */
    } else if (lua_isstring(L, -1)) {
        luaL_addvalue(b);
    } else {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
}

static int string_gsub(lua_State *L)
{
    size_t len, pattern_len;
    const char *s = check_text(L, 1, &len), *pattern = check_text(L, 2, &pattern_len);
    int kind = lua_type(L, 3);
    luaL_argexpected(L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
                     "string/function/table");
    lua_Integer max = luaL_optinteger(L, 4, (lua_Integer)len + 1), n = 0;
    if (kind == LUA_TNUMBER) lua_tolstring(L, 3, NULL);
    bool anchored = pattern_len > 0 && *pattern == '^';
    pattern += anchored;
    struct ts_match m;
    ts_match_init(&m, L, s, len, pattern, pattern_len - anchored);
    const char *at = s, *last = NULL;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    while (n < max) {
        const char *end = ts_match_at(&m, at, pattern);
        if (end && end != last) {
            n++;
            add_replacement(L, &m, &b, at, end);
            at = last = end;
        } else if (at < m.src_end) {
            luaL_addchar(&b, *at++);
        } else {
            break;
        }
        check_size(L, &b);
        if (anchored) break;
    }
    luaL_addlstring(&b, at, (size_t)(m.src_end - at));
    luaL_pushresult(&b);
    lua_pushinteger(L, n);
    return 2;
}

const luaL_Reg ts_sandbox_string[] = {
    {"byte", string_byte},     {"char", string_char}, {"find", string_find},       {"format", string_format},
    {"gmatch", string_gmatch}, {"gsub", string_gsub}, {"len", string_len},         {"lower", string_lower},
    {"match", string_match},   {"rep", string_rep},   {"reverse", string_reverse}, {"sub", string_sub},
    {"upper", string_upper},   {NULL, NULL},
};
