/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a rule set: open a closed state, give the trusted half of the language (scripts/lang, embedded) its
 * libraries, run each rule file under guard in the sandbox, let the trusted half check all declarations, and walk the
 * result into a program. Problems are collected over all files; only lack of memory ends the course early. */
#include "base/limits.h"
#include "rules/lang.h"
#include "rules/walk.h"

#define LOAD_GC_PAUSE 800 /* per cent of the memory in use at which a collection begins */
#define CALL_GC_PAUSE 200 /* Lua's own */

/* ---- the trusted half ------------------------------------------------------------------------------------------- */

/* [environment] -> [environment]: a library of Lua's own as a fresh table, under `name`. */
static void add_library(lua_State *L, const char *name, lua_CFunction open)
{
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    lua_setfield(L, -2, name);
}

static int open_base(lua_State *L)
{
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1); /* fills the table of globals, which nobody else uses: move it */
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, -3)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_settable(L, -4);
    }
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, -5);
    }
    return 1;
}

/* use "parse": what the embedded file of that name returned; it runs at its first use. Upvalues: the environment, what
 * was used. */
static int lang_use(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    if (lua_getfield(L, lua_upvalueindex(2), name) != LUA_TNIL) return 1;
    if (!strstr(lua_ident, LUA_RELEASE)) /* bytecode is of one release; the shared library may be another */
        return luaL_error(L, "this program was built with %s and runs with another: it must be built again",
                          LUA_RELEASE);
    for (size_t i = 0; i < ts_lang_files_n; i++) {
        const struct ts_lang_file *f = &ts_lang_files[i];
        if (strcmp(f->name, name) != 0) continue;
        lua_pushfstring(L, "=lang/%s.lua", name);
        if (luaL_loadbufferx(L, (const char *)f->bytes, f->len, lua_tostring(L, -1), "b") != LUA_OK)
            return lua_error(L);
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_setupvalue(L, -2, 1);
        lua_call(L, 0, 1);
        lua_pushvalue(L, -1);
        lua_setfield(L, lua_upvalueindex(2), name);
        return 1;
    }
    return luaL_error(L, "there is no embedded file '%s'", name);
}

/* An environment with Lua's own libraries. Before the sandbox is built: opening `string` gives strings a metatable, and
 * the sandbox's is the one that must stay. */
static int step_libraries(lua_State *L)
{
    struct ts_load *load = lua_touserdata(L, 1);
    open_base(L);
    add_library(L, "string", luaopen_string);
    add_library(L, "table", luaopen_table);
    add_library(L, "math", luaopen_math);
    add_library(L, "debug", luaopen_debug);
    load->language = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* Tell the sandbox the names of all words, so that a function which uses one in a call is told that it declares. */
static void refuse_words(lua_State *L, struct ts_rules *r)
{
    lua_getfield(L, -1, "words");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        const char *name = lua_tostring(L, -1);
        if (strcmp(name, "money") == 0 || strcmp(name, "program") == 0) continue; /* these can be read in a call */
        lua_pushboolean(L, 1);
        ts_host_word(r, name);
    }
    lua_pop(L, 1);
}

static int step_language(lua_State *L)
{
    struct ts_load *load = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, load->language);
    ts_lang_push_host(L, load);
    lua_setfield(L, -2, "host");
    lua_pushvalue(L, -1);
    lua_newtable(L);
    lua_pushcclosure(L, lang_use, 2);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "use");
    lua_pushliteral(L, "main");
    lua_call(L, 1, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, load->language);
    refuse_words(L, load->r);
    return 0;
}

/* Push a function of main.lua. */
static void push_main(lua_State *L, struct ts_load *load, const char *name)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, load->language);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

/* ---- one file --------------------------------------------------------------------------------------------------- */

struct file_step {
    struct ts_load *load;
    const struct ts_source *source;
    const char *code;    /* of a problem with the text itself */
    const char *message; /* NULL: it ran to its end */
    const char *suggestion;
    const char *killed; /* NULL: not stopped */
    uint32_t line;
};

static void push_str(lua_State *L, struct ts_str s) { lua_pushlstring(L, s.ptr, s.len); }

static int step_problem(lua_State *L)
{
    const struct file_step *s = lua_touserdata(L, 1);
    push_main(L, s->load, "problem");
    lua_pushstring(L, s->code);
    push_str(L, s->source->path);
    lua_pushinteger(L, s->line);
    lua_pushstring(L, s->message);
    lua_pushstring(L, s->suggestion);
    lua_call(L, 5, 0);
    return 0;
}

static int step_compile(lua_State *L)
{
    const struct file_step *s = lua_touserdata(L, 1);
    push_main(L, s->load, "compile");
    push_str(L, s->source->path);
    push_str(L, s->source->text);
    lua_call(L, 2, 1);
    s->load->chunk = lua_isnil(L, -1) ? LUA_NOREF : luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static int step_finished(lua_State *L)
{
    const struct file_step *s = lua_touserdata(L, 1);
    push_main(L, s->load, "finished");
    push_str(L, s->source->path);
    if (s->message)
        lua_pushstring(L, s->message);
    else
        lua_pushnil(L);
    lua_pushinteger(L, s->line);
    if (s->killed)
        lua_pushstring(L, s->killed);
    else
        lua_pushnil(L);
    lua_call(L, 4, 0);
    return 0;
}

static uint32_t line_at(struct ts_str text, size_t offset)
{
    uint32_t line = 1;
    for (size_t i = 0; i < offset && i < text.len; i++)
        line += text.ptr[i] == '\n';
    return line;
}

/* What must hold before Lua sees the text. True: it does. */
static bool text_fits(struct file_step *s)
{
    struct ts_str text = s->source->text;
    s->line = 1;
    if (text.len > (size_t)TS_LIMIT_RULE_FILE_BYTES) {
        s->code = "limit";
        s->message = "the file is larger than 256 KB";
        s->suggestion = "split it: names are known from all files";
    } else if (!ts_utf8_valid(text.ptr, text.len)) {
        size_t good = 0, bad = text.len; /* the first bytes that are not UTF-8, for the line */
        while (good + 1 < bad) {
            size_t middle = good + (bad - good) / 2, end = middle;
            while (end < text.len && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
                end++;
            if (end < bad && ts_utf8_valid(text.ptr, end))
                good = end;
            else
                bad = middle;
        }
        s->code = "syntax";
        s->message = "the file is not UTF-8";
        s->suggestion = "save it as UTF-8";
        s->line = line_at(text, good);
    } else if (memchr(text.ptr, '\0', text.len)) {
        s->code = "syntax";
        s->message = "the file holds a NUL byte";
        s->suggestion = "save it as plain text in UTF-8";
        s->line = line_at(text, (size_t)((const char *)memchr(text.ptr, '\0', text.len) - text.ptr));
    }
    return !s->message;
}

static enum ts_code load_file(struct ts_load *load, const struct ts_source *source, struct ts_error *err)
{
    struct ts_rules *r = load->r;
    struct file_step step = {.load = load, .source = source};
    if (!text_fits(&step)) return ts_host_protected(r, step_problem, &step, err);
    enum ts_code code = ts_host_protected(r, step_compile, &step, err);
    if (code != TS_OK || load->chunk == LUA_NOREF) return code;
    lua_rawgeti(r->L, LUA_REGISTRYINDEX, load->chunk);
    luaL_unref(r->L, LUA_REGISTRYINDEX, load->chunk);
    load->chunk = LUA_NOREF;

    size_t before = r->guard.string_max;
    r->guard.string_max = load->string_max;
    int status = ts_host_enter(r, 0, 0, TS_LIMIT_LUA_CALL_BYTES);
    load->string_max = r->guard.string_max;
    r->guard.string_max = before;
    char message[300], file[200];
    if (status != LUA_OK) {
        if (r->broken || load->memory) return ts_fail(err, TS_E_MEMORY, "out of memory");
        step.killed = r->guard.killed ? (r->guard.killed_why ? r->guard.killed_why : "memory") : NULL;
        ts_host_error(r, message, sizeof message, file, sizeof file, &step.line);
        step.message = message;
        if (step.killed) step.line = r->guard.line_seen;
        if (strcmp(step.killed ? step.killed : "", "steps") == 0) step.killed = "time";
    }
    return ts_host_protected(r, step_finished, &step, err);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void copy_field(lua_State *L, const char *key, char *out, size_t cap)
{
    lua_getfield(L, -1, key);
    const char *text = lua_tostring(L, -1);
    size_t n = text ? strlen(text) : 0;
    if (n >= cap) {
        n = cap - 1;
        while (n && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--; /* no half character */
    }
    if (n) memcpy(out, text, n);
    out[n] = '\0';
    lua_pop(L, 1);
}

/* The list of problems on top into load->problems. */
static void take_problems(lua_State *L, struct ts_load *load)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer i = 1; i <= n; i++) {
        struct ts_problem *p = ts_vec_push(&load->problems->list);
        if (!p) {
            load->memory = true;
            luaL_error(L, "out of memory");
        }
        lua_rawgeti(L, -1, i);
        copy_field(L, "code", p->code, sizeof p->code);
        copy_field(L, "file", p->file, sizeof p->file);
        copy_field(L, "message", p->message, sizeof p->message);
        copy_field(L, "suggestion", p->suggestion, sizeof p->suggestion);
        copy_field(L, "mark", p->mark, sizeof p->mark);
        lua_getfield(L, -1, "line");
        p->line = (uint32_t)lua_tointeger(L, -1);
        lua_getfield(L, -2, "warning");
        p->warning = lua_toboolean(L, -1);
        lua_pop(L, 3);
    }
}

static int step_finish(lua_State *L)
{
    struct ts_load *load = lua_touserdata(L, 1);
    push_main(L, load, "finish");
    lua_call(L, 0, 4);
    load->r->loops = luaL_ref(L, LUA_REGISTRYINDEX); /* of nil: LUA_REFNIL */
    load->problems->declared = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    take_problems(L, load);
    lua_pop(L, 1);
    load->refused = lua_isnil(L, -1);
    if (load->refused) return 0;
    if (load->r->options.explain) {
        push_main(L, load, "explained");
        lua_call(L, 0, 1);
        ts_explain_take(L, load);
    }
    struct ts_walk w = {.r = load->r, .L = L, .p = &load->r->program, .memory = &load->memory};
    ts_walk_plan(&w);
    ts_walk_figures(&w);
    ts_walk_points(&w);
    ts_walk_tiers(&w);
    ts_walk_refunds(&w);
    ts_walk_credit(&w);
    return 0;
}

enum ts_code ts_load_all(struct ts_load *load, struct ts_error *err)
{
    struct ts_rules *r = load->r;
    /* Nearly all of what loading makes lives until its end: collecting at every doubling would find nothing. */
    bool patient = r->options.gc_mode == 0;
    if (patient) lua_gc(r->L, LUA_GCINC, LOAD_GC_PAUSE, 0, 0);
    enum ts_code code = ts_host_protected(r, step_libraries, load, err);
    if (code == TS_OK) code = ts_host_sandbox(r, err);
    if (code == TS_OK) code = ts_host_protected(r, step_language, load, err);
    for (uint32_t i = 0; code == TS_OK && i < load->sources->n; i++) {
        struct ts_str path = load->sources->at[i].path;
        bool is_rules = path.len > 4 && memcmp(path.ptr + path.len - 4, ".lua", 4) == 0;
        if (is_rules) code = load_file(load, &load->sources->at[i], err);
    }
    if (code == TS_OK) code = ts_host_protected(r, step_finish, load, err);
    if (patient) lua_gc(r->L, LUA_GCINC, CALL_GC_PAUSE, 0, 0);
    if (code == TS_OK) return TS_OK;
    if (load->memory || code == TS_E_MEMORY) return ts_fail(err, TS_E_MEMORY, "out of memory while loading rules");
    err->code = TS_E_INTERNAL; /* an error of our own Lua */
    return code == TS_E_REFUSED ? TS_E_INTERNAL : code;
}

static enum ts_code first_problem(const struct ts_problems *problems, struct ts_error *err)
{
    for (uint32_t i = 0; i < problems->list.len; i++) {
        const struct ts_problem *p = &problems->list.at[i];
        if (p->warning) continue;
        ts_fail(err, TS_E_REFUSED, "%s", p->message);
        ts_error_where(err, "%s:%u", p->file, p->line);
        ts_error_hint(err, "%s", p->suggestion);
        break;
    }
    return TS_E_REFUSED;
}

static bool copy_version(struct ts_program *p, const struct ts_sources *sources)
{
    char version[72];
    ts_sources_version(sources, version);
    p->version = ts_arena_dup(&p->arena, ts_cstr(version));
    return p->version.ptr != NULL;
}

enum ts_code ts_rules_load(const struct ts_sources *sources, const struct ts_rules_options *options,
                           struct ts_rules **ret, struct ts_problems *problems, struct ts_error *err)
{
    static const struct ts_rules_options ordinary = {0};
    struct ts_error ignored_err;
    struct ts_problems ignored = {0};
    struct ts_load load = {
        .sources = sources, .problems = problems ? problems : &ignored, .language = LUA_NOREF, .chunk = LUA_NOREF};
    if (!err) err = &ignored_err;
    if (!options) options = &ordinary;
    if ((*ret = ts_rules_pool_take(sources, options, problems))) return TS_OK;
    uint32_t warnings_from = load.problems->list.len;
    enum ts_code code = ts_host_open(options, &load.r, err);
    if (code != TS_OK) return code;
    code = ts_load_all(&load, err);
    if (code == TS_OK && load.refused) code = first_problem(load.problems, err);
    if (code == TS_OK && !copy_version(&load.r->program, sources)) code = ts_fail(err, TS_E_MEMORY, "out of memory");
    if (code == TS_OK && options->pool && !ts_rules_pool_warn(load.r, load.problems, warnings_from))
        code = ts_fail(err, TS_E_MEMORY, "out of memory");
    ts_problems_release(&ignored);
    if (code != TS_OK) {
        ts_host_close(load.r);
        return code;
    }
    lua_State *L = load.r->L;
    luaL_unref(L, LUA_REGISTRYINDEX, load.language);
    lua_settop(L, TS_HOST_BASE);
    lua_gc(L, LUA_GCCOLLECT); /* the trusted half goes, but for the words that files hold on to, which refuse by now */
    load.r->guard.string_max = load.string_max;
    *ret = load.r;
    return TS_OK;
}

void ts_rules_free(struct ts_rules *r)
{
    if (!ts_rules_pool_give(r)) ts_host_close(r);
}

struct ts_program *ts_rules_program(struct ts_rules *r) { return &r->program; }

enum ts_code ts_rules_default(const struct ts_rules_options *options, struct ts_rules **ret, struct ts_error *err)
{
    struct ts_rules_options builtin = {0};
    struct ts_sources none = {0};
    if (options) builtin = *options;
    builtin.known_good = true;
    return ts_rules_load(&none, &builtin, ret, NULL, err);
}

void ts_problems_release(struct ts_problems *p) { ts_vec_release(&p->list); }
