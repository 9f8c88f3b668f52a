/* SPDX-License-Identifier: Apache-2.0 */
/* What would be right, for the errors that Lua itself raises. Its messages say what happened ("attempt to index a nil value (field
 * 'city')"); who writes rules needs to know what to write instead. Messages of our own bindings say so themselves. */
#include "base/limits.h"
#include "rules/host.h"

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* What Lua says of the value: (field 'city') gives kind "field" and name "city". */
struct blamed {
    char kind[16], name[80];
};

static struct blamed blamed_of(const char *message)
{
    struct blamed b = {"", ""};
    const char *open = strrchr(message, '(');
    const char *quote = open ? strchr(open, '\'') : NULL;
    size_t n = strlen(message);
    if (!quote || n < 2 || message[n - 1] != ')' || message[n - 2] != '\'' || quote == message + n - 2) return b;
    snprintf(b.kind, sizeof b.kind, "%.*s", (int)(quote - open > 2 ? quote - open - 2 : 0), open + 1);
    snprintf(b.name, sizeof b.name, "%.*s", (int)(message + n - 2 - quote - 1), quote + 1);
    if (strcmp(b.name, "?") == 0 || strcmp(b.name, "integer index") == 0) b.name[0] = '\0'; /* Lua does not know */
    return b;
}

static const struct ts_trait_decl *trait_of(const struct ts_rules *r, const char *name)
{
    for (uint32_t i = 0; i < r->program.traits.n; i++)
        if (ts_str_eq(r->program.traits.at[i].name, ts_cstr(name))) return &r->program.traits.at[i];
    return NULL;
}

static const struct ts_field *field_of(const struct ts_rules *r, const char *name)
{
    const struct ts_event_decl *e = r->call && r->call->event ? r->call->event->decl : NULL;
    for (uint32_t i = 0; e && i < e->n_fields; i++)
        if (ts_str_eq(e->fields[i].name, ts_cstr(name))) return &e->fields[i];
    return NULL;
}

/* How the value is reached, as people would write it: member.traits.city, event.place, x. */
static void place_of(const struct ts_rules *r, const struct blamed *b, char *out, size_t cap, const char **ret_absent)
{
    bool is_field = strcmp(b->kind, "field") == 0;
    *ret_absent = "can be absent";
    if (is_field && field_of(r, b->name)) {
        snprintf(out, cap, "event.%s", b->name);
        *ret_absent = "is not in every such event";
    } else if (is_field && trait_of(r, b->name)) {
        snprintf(out, cap, "member.traits.%s", b->name);
        *ret_absent = "is absent for some members";
    } else if (is_field && b->name[0]) {
        snprintf(out, cap, strchr(b->name, ' ') ? "x[\"%s\"]" : "x.%s", b->name);
    } else {
        snprintf(out, cap, "%s", b->name[0] ? b->name : "x");
    }
}

static void hint_absent(const struct ts_rules *r, const char *message, const char *then, char *out, size_t cap)
{
    struct blamed b = blamed_of(message);
    char place[120];
    const char *absent;
    place_of(r, &b, place, sizeof place, &absent);
    if (strcmp(b.name, "event") == 0 && strcmp(b.kind, "field") != 0 && r->call && !r->call->event) {
        snprintf(out, cap, "this function looks at the member alone, there is no event here");
        return;
    }
    if (!b.name[0] && starts(message, "attempt to index")) {
        snprintf(out, cap,
                 "what was looked up can be absent: test it first: x and ..., or give it a value for then: (x or {})");
        return;
    }
    snprintf(out, cap, then, b.name[0] ? b.name : "what was looked up", absent, place);
}

/* Something is used as if it were a table or a function. */
static void hint_kind(const char *message, char *out, size_t cap)
{
    struct blamed b = blamed_of(message);
    const char *name = b.name[0] ? b.name : "x";
    if (strstr(message, "a function value"))
        snprintf(out, cap, "\"%s\" is called, with a colon: member:%s \"12 months\"", name, name);
    else if (strstr(message, "a boolean value"))
        snprintf(out, cap, "it is only true or false, or false because there is none: test it first: x and x.count");
    else
        snprintf(out, cap, "it has no fields: it is the value itself");
}

static void hint_call(const char *message, char *out, size_t cap)
{
    struct blamed b = blamed_of(message);
    if (strstr(message, "a table value") || strstr(message, "a string value") || strstr(message, "a number value"))
        snprintf(out, cap, "only functions are called; is a comma missing before the \"(\" or \"{\"?");
    else if (b.name[0])
        snprintf(out, cap,
                 "there is no function \"%s\"; what a member has is called with a colon: member:spend \"12 months\"",
                 b.name);
    else
        snprintf(out, cap, "what is called here is no function");
}

static void hint_arithmetic(const struct ts_rules *r, const char *message, char *out, size_t cap)
{
    struct blamed b = blamed_of(message);
    if (strstr(message, "a nil value"))
        hint_absent(r, message, "\"%s\" %s: give it a value for then: (%s or 0)", out, cap);
    else if (strstr(message, "a function value"))
        hint_kind(message, out, cap);
    else if (strstr(message, "a string value"))
        snprintf(out, cap, "it is text: declare it as a number, or write tonumber(%s)", b.name[0] ? b.name : "x");
    else
        snprintf(out, cap, "numbers are computed with; which of its fields is meant, as in .count or .sum?");
}

static void hint_compare(const char *message, char *out, size_t cap)
{
    if (strstr(message, "nil"))
        snprintf(out, cap,
                 "one of them can be absent: test it first: x and x > 10, or give it a value for then: (x or 0)");
    else if (strstr(message, "string"))
        snprintf(out, cap, "text and numbers do not compare: write the number without quotes, or tonumber(x)");
    else if (strstr(message, "function"))
        snprintf(out, cap, "a measure is called, with a colon: member:spend \"12 months\" > 10");
    else if (strstr(message, "boolean"))
        snprintf(out, cap, "true and false have no order: write only the condition, or compare a number");
    else
        snprintf(out, cap,
                 "only numbers with numbers and text with text compare: name the field, as in .count or .sum");
}

static void hint_of(const struct ts_rules *r, const char *message, char *out, size_t cap)
{
    if (starts(message, "attempt to index a nil value"))
        hint_absent(r, message, "\"%s\" %s: test it first: %s and ...", out, cap);
    else if (starts(message, "attempt to index a "))
        hint_kind(message, out, cap);
    else if (starts(message, "attempt to call a "))
        hint_call(message, out, cap);
    else if (starts(message, "attempt to perform arithmetic on a "))
        hint_arithmetic(r, message, out, cap);
    else if (starts(message, "attempt to compare "))
        hint_compare(message, out, cap);
    else if (starts(message, "attempt to concatenate a nil value"))
        hint_absent(r, message, "\"%s\" %s: give it a value for then: (%s or \"\")", out, cap);
    else if (starts(message, "attempt to concatenate a "))
        snprintf(out, cap, "text is joined from text and numbers: write tostring(x)");
    else if (starts(message, "attempt to get length of a nil value"))
        hint_absent(r, message, "\"%s\" %s: give it a value for then: #(%s or {})", out, cap);
    else if (starts(message, "bad argument") && strstr(message, "table expected, got "))
        snprintf(out, cap, "the list can be absent: give it a value for then: (x or {})");
    else if (starts(message, "bad argument") && (strstr(message, "got nil") || strstr(message, "got no value")))
        snprintf(out, cap, "the value can be absent: test it first");
    else if (strstr(message, "stack overflow"))
        snprintf(out, cap, "a function calls itself without end");
}

void ts_hint_raised(const struct ts_rules *r, char *message, size_t cap)
{
    char hint[300] = "";
    hint_of(r, message, hint, sizeof hint);
    size_t n = strlen(message);
    if (!hint[0] || n + strlen(hint) + 3 > cap) return;
    snprintf(message + n, cap - n, ": %s", hint);
}

/* [ ... ] What scripts/lang/loops.lua noted for the function of the call. */
void ts_hint_stopped(struct ts_rules *r, struct ts_call_result *ret)
{
    lua_State *L = r->L;
    int top = lua_gettop(L);
    const char *loop = NULL;
    bool in_time = strstr(ret->message, "in time") != NULL;
    size_t n = strlen(ret->message), cap = sizeof ret->message;
    if (lua_checkstack(L, 4) && lua_rawgeti(L, LUA_REGISTRYINDEX, r->loops) == LUA_TTABLE) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, r->functions[r->call->fn - 1]);
        if (lua_rawget(L, -2) == LUA_TTABLE) {
            lua_rawgeti(L, -1, 1);
            lua_rawgeti(L, -2, 2);
            if (lua_tointeger(L, -2) > 0) ret->line = (uint32_t)lua_tointeger(L, -2);
            loop = lua_tostring(L, -1);
        }
    }
    if (loop)
        snprintf(ret->message + n, cap - n, ": %s", loop);
    else
        snprintf(ret->message + n, cap - n,
                 ": does a function call itself without end, or a pattern search for too much?");
    n = strlen(ret->message);
    if (in_time)
        snprintf(ret->message + n, cap - n, " (a call has %d ms, and then %d instructions)", TS_LIMIT_CALL_MS,
                 TS_LIMIT_CALL_STEPS);
    lua_settop(L, top);
}
