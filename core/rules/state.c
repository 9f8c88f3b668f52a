/* SPDX-License-Identifier: Apache-2.0 */
/* One closed Lua state: an allocator that counts and refuses, protected entry, and errors as plain text with their
 * position. The state is opened without any of Lua's own libraries; sandbox.c puts in what rules may use. */
#include "rules/host.h"

#include "base/limits.h"

/* What a string object adds to its bytes; only the order of magnitude matters to the limit. */
#define STRING_OVERHEAD 64

/* ---- allocator ------------------------------------------------------------------------------------------------ */

static bool alloc_kill(struct ts_host_guard *g, const char *why)
{
    g->killed = true;
    if (!g->killed_why) g->killed_why = why;
    return false;
}

/* May a block grow from `old` to `size` bytes? Lua answers a refusal with a collection, one more try, and then its
 * memory error. New memory also costs steps, or a loop that only allocates would be cheap by count and dear by time. */
static bool alloc_allowed(struct ts_host_guard *g, bool is_string, size_t old, size_t size)
{
    g->exhausted = false;
    if (size > TS_LIMIT_LUA_BLOCK_BYTES) return false;
    if (is_string) {
        if (size > TS_LIMIT_LUA_STRING_BYTES + STRING_OVERHEAD) return false;
        if (size > g->string_max) g->string_max = size;
    }
    if (g->bytes + (size - old) > g->bytes_max) {
        g->exhausted = g->bytes_max >= TS_LIMIT_LUA_BYTES;
        return false;
    }
    if (!g->armed) return true;
    int64_t cost = (int64_t)(size >> 5);
    if (g->steps_left <= cost) return alloc_kill(g, "steps");
    g->steps_left -= cost;
    return true;
}

static void *on_alloc(void *arg, void *ptr, size_t osize, size_t nsize)
{
    struct ts_rules *r = arg;
    struct ts_host_guard *g = &r->guard;
    size_t old = ptr ? osize : 0; /* for a new block Lua passes the kind of object in its place */
    if (nsize == 0) {
        ts_free(ptr);
        g->bytes -= old;
        return NULL;
    }
    if (nsize > old && !alloc_allowed(g, !ptr && osize == LUA_TSTRING, old, nsize)) return NULL;
    void *p = ts_realloc(ptr, nsize);
    if (!p) {
        if (nsize > old) {
            g->exhausted = true;
            return NULL;
        }
        p = ptr; /* a block that would not shrink is still good */
    }
    g->bytes = g->bytes - old + nsize;
    return p;
}

/* ---- errors --------------------------------------------------------------------------------------------------- */

/* Length of "short_src:line: " at the beginning of `text`, 0 when it is not there. */
static uint32_t position_prefix(const char *text, size_t len, const char *short_src)
{
    size_t n = strlen(short_src);
    if (len < n + 4 || memcmp(text, short_src, n) != 0 || text[n] != ':') return 0;
    size_t i = n + 1;
    while (i < len && text[i] >= '0' && text[i] <= '9')
        i++;
    if (i == n + 1 || i + 1 >= len || text[i] != ':' || text[i + 1] != ' ') return 0;
    return (uint32_t)(i + 2);
}

static uint32_t prefix_line(const char *text, uint32_t prefix)
{
    uint32_t i = prefix - 2, line = 0, factor = 1;
    while (i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9' && factor <= 100000000) {
        line += (uint32_t)(text[--i] - '0') * factor;
        factor *= 10;
    }
    return line;
}

static void error_at(struct ts_rules *r, const char *source, uint32_t line)
{
    if (*source == '@' || *source == '=') source++;
    snprintf(r->error_file, sizeof r->error_file, "%s", source);
    r->error_line = line;
}

/* Message handler: the stack of the error still stands, so the whole path of the file can be found (Lua shortens it in
 * the text). The position in the text wins, since error(text, 2) blames the caller; else the innermost Lua function. */
static int on_error(lua_State *L)
{
    enum { LEVELS_MAX = 32 };
    struct ts_rules *r = ts_host_of(L);
    r->error_file[0] = '\0';
    r->error_line = r->error_skip = 0;
    size_t len = 0;
    const char *text = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &len) : NULL;
    bool found = false;
    lua_Debug ar;
    for (int level = 0; level < LEVELS_MAX && lua_getstack(L, level, &ar); level++) {
        if (!lua_getinfo(L, "Sl", &ar) || ar.currentline <= 0) continue;
        if (!found) error_at(r, ar.source, (uint32_t)ar.currentline);
        found = true;
        uint32_t prefix = text ? position_prefix(text, len, ar.short_src) : 0;
        if (prefix) {
            error_at(r, ar.source, prefix_line(text, prefix));
            r->error_skip = prefix;
            break;
        }
        if (!text) break;
    }
    return 1;
}

/* Copy as valid UTF-8 on one line, whatever a rule has put into its message. */
static void copy_clean(char *out, size_t cap, const char *p, size_t n)
{
    size_t o = 0;
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)p[i];
        size_t len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        bool good = i + len <= n && ts_utf8_valid(p + i, len);
        if (!good) len = 1;
        if (o + len + 1 > cap) break;
        if (!good || c < 0x20 || c == 0x7F) {
            out[o++] = good ? ' ' : '?';
        } else {
            memcpy(out + o, p + i, len);
            o += len;
        }
        i += len;
    }
    if (cap) out[o] = '\0';
}

static const char *stop_text(const struct ts_rules *r)
{
    const char *why = r->guard.killed_why ? r->guard.killed_why : "memory";
    if (r->broken) return "stopped: the memory of the rule set is used up";
    if (strcmp(why, "memory") == 0) return "stopped: it asked for more memory than a rule may use";
    if (strcmp(why, "arguments") == 0) return "stopped: a function was called with more than 1,000 arguments";
    return "stopped: it did not end in time"; /* the same for clock and count: which of them came first is chance */
}

void ts_host_error(struct ts_rules *r, char *message, size_t message_cap, char *file, size_t file_cap, uint32_t *line)
{
    lua_State *L = r->L;
    if (file_cap) file[0] = '\0';
    *line = 0;
    if (r->guard.killed) {
        snprintf(message, message_cap, "%s", stop_text(r));
    } else {
        if (lua_type(L, -1) == LUA_TSTRING) {
            size_t len;
            const char *text = lua_tolstring(L, -1, &len);
            size_t skip = r->error_skip <= len ? r->error_skip : 0;
            copy_clean(message, message_cap, text + skip, len - skip);
        } else {
            snprintf(message, message_cap, "(error value is a %s)", luaL_typename(L, -1));
        }
        copy_clean(file, file_cap, r->error_file, strlen(r->error_file));
        *line = r->error_line;
    }
    lua_pop(L, 1);
}

/* ---- entry ---------------------------------------------------------------------------------------------------- */

static size_t bytes_limit(const struct ts_host_guard *g, size_t more)
{
    return more < TS_LIMIT_LUA_BYTES - g->bytes && g->bytes < TS_LIMIT_LUA_BYTES ? g->bytes + more : TS_LIMIT_LUA_BYTES;
}

int ts_host_enter(struct ts_rules *r, int nargs, int nresults, size_t bytes_more)
{
    struct ts_host_guard *g = &r->guard;
    g->bytes_max = bytes_limit(g, bytes_more);
    ts_watchdog_enter(r);
    int status = lua_pcall(r->L, nargs, nresults, 1);
    ts_watchdog_leave(r);
    g->bytes_max = TS_LIMIT_LUA_BYTES;
    if (status == LUA_OK) return status;
    if (status == LUA_ERRMEM && !g->killed) {
        g->killed = true;
        g->killed_why = "memory";
        if (g->exhausted) r->broken = true;
    }
    /* What the call left behind goes at once, so that the next one has its whole share. */
    if (g->killed) lua_gc(r->L, LUA_GCCOLLECT);
    return status;
}

enum ts_code ts_host_protected(struct ts_rules *r, lua_CFunction fn, void *arg, struct ts_error *err)
{
    lua_State *L = r->L;
    int top = lua_gettop(L);
    r->error_file[0] = '\0';
    r->error_line = r->error_skip = 0;
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, arg);
    int status = lua_pcall(L, 1, 0, 1);
    if (status == LUA_OK) return TS_OK;
    enum ts_code code = status == LUA_ERRMEM             ? ts_fail(err, TS_E_MEMORY, "out of memory")
                        : lua_type(L, -1) == LUA_TSTRING ? ts_fail(err, TS_E_REFUSED, "%s", lua_tostring(L, -1))
                                                         : ts_fail(err, TS_E_INTERNAL, "an error without a text");
    if (status == LUA_ERRMEM) r->broken = true;
    lua_settop(L, top);
    return code;
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

enum ts_code ts_host_open(const struct ts_rules_options *options, struct ts_rules **ret, struct ts_error *err)
{
    struct ts_rules *r = ts_calloc(1, sizeof *r);
    if (!r) return ts_fail(err, TS_E_MEMORY, "out of memory");
    r->options = *options;
    r->loading = true;
    r->env = r->globals = r->words = r->loops = LUA_NOREF;
    r->guard.bytes_max = TS_LIMIT_LUA_BYTES;
    ts_arena_init(&r->program.arena);
    ts_buf_init(&r->scratch, TS_LIMIT_LUA_STRING_BYTES);
    ts_json_init(&r->json);
    r->L = lua_newstate(on_alloc, r);
    if (!r->L) {
        ts_host_close(r);
        return ts_fail(err, TS_E_MEMORY, "out of memory");
    }
    *(struct ts_rules **)lua_getextraspace(r->L) = r;
    lua_pushcfunction(r->L, on_error);
    lua_settop(r->L, TS_HOST_BASE);
    if (options->gc_mode == 1) lua_gc(r->L, LUA_GCGEN, 0, 0);
    *ret = r;
    return TS_OK;
}

void ts_host_close(struct ts_rules *r)
{
    if (!r) return;
    if (r->watchdog) ts_watchdog_close(r->watchdog);
    if (r->L) lua_close(r->L);
    ts_host_unbind(r);
    ts_buf_release(&r->scratch);
    ts_json_release(&r->json);
    ts_problems_release(&r->warnings);
    ts_coverage_release(r);
    ts_free(r->functions);
    ts_zone_close(r->program.zone);
    ts_arena_release(&r->program.arena);
    ts_free(r);
}

size_t ts_rules_lua_bytes(const struct ts_rules *r) { return r->guard.bytes; }
