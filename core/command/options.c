/* SPDX-License-Identifier: Apache-2.0 */
/* Flags and words of the command line. Which flags exist is data (commands.c); what is unknown is refused with the nearest known
 * one, because a flag that is silently ignored is worse than an error. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "command/command.h"

#define SUGGEST_DISTANCE_MAX 3 /* edits; more is no misspelling but another word */

static const struct ts_option *option_in(const struct ts_option *options, size_t n, struct ts_str name)
{
    for (size_t i = 0; i < n && options[i].name; i++)
        if (ts_str_eq(ts_cstr(options[i].name), name)) return &options[i];
    return NULL;
}

static const struct ts_option *option_of(const struct ts_command *c, struct ts_str name)
{
    size_t n;
    const struct ts_option *everywhere = ts_options_everywhere(&n);
    const struct ts_option *found = option_in(everywhere, n, name);
    if (!found && c) found = option_in(c->options, TS_COMMAND_OPTIONS_MAX, name);
    return found;
}

/* Before the command is known: does any command have a flag of this name that takes a value? */
static bool takes_value_somewhere(struct ts_str name)
{
    const struct ts_option *o = option_of(NULL, name);
    size_t n;
    const struct ts_command *commands = ts_commands(&n);
    for (size_t i = 0; i < n && !o; i++)
        o = option_in(commands[i].options, TS_COMMAND_OPTIONS_MAX, name);
    return o && o->value;
}

/* "--clock=event" -> name "clock", value "event"; value NULL when there is no '='. */
static struct ts_str flag_name(const char *arg, const char **ret_value)
{
    const char *name = arg + 2, *equals = strchr(name, '=');
    *ret_value = equals ? equals + 1 : NULL;
    return ts_str(name, equals ? (size_t)(equals - name) : strlen(name));
}

static bool is_flag(const char *arg) { return arg[0] == '-' && arg[1] != '\0'; }

/* Index in argv of the command's name, argc when there is none. */
static int command_index(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) return i + 1 < argc ? i + 1 : argc;
        if (!is_flag(argv[i])) return i;
        const char *value;
        if (argv[i][1] == '-' && takes_value_somewhere(flag_name(argv[i], &value)) && !value) i++;
    }
    return argc;
}

struct nearest {
    struct ts_str wanted;
    const char *best;
    unsigned distance;
};

static void nearest_try(struct nearest *n, const char *candidate)
{
    unsigned d = ts_edit_distance(n->wanted, ts_cstr(candidate), SUGGEST_DISTANCE_MAX + 1);
    if (d < n->distance && d < n->wanted.len) {
        n->distance = d;
        n->best = candidate;
    }
}

static enum ts_code unknown_flag(struct ts_run *run, const char *arg, struct ts_str name)
{
    struct nearest near = {name, NULL, SUGGEST_DISTANCE_MAX + 1};
    size_t n;
    const struct ts_option *everywhere = ts_options_everywhere(&n);
    for (size_t i = 0; i < n; i++)
        nearest_try(&near, everywhere[i].name);
    for (size_t i = 0; run->command && i < TS_COMMAND_OPTIONS_MAX && run->command->options[i].name; i++)
        nearest_try(&near, run->command->options[i].name);
    const char *command = run->command ? run->command->name : "";
    ts_fail(&run->error, TS_E_USAGE, "unknown flag %s", arg);
    if (near.best)
        ts_error_hint(&run->error, "did you mean --%s? `tessera help %s` lists the flags", near.best, command);
    else
        ts_error_hint(&run->error, "`tessera help %s` lists the flags", command);
    return TS_E_USAGE;
}

static enum ts_code unknown_command(struct ts_run *run, const char *name)
{
    static const char *const later[] = {"serve", "key", "reload", "map"};
    for (size_t i = 0; i < TS_ARRAY_LEN(later); i++) {
        if (strcmp(later[i], name) != 0) continue;
        ts_fail(&run->error, TS_E_USAGE, "%s is not in this version of Tessera (%s)", name, TESSERA_VERSION);
        ts_error_hint(&run->error, "`tessera help` lists what is");
        return TS_E_USAGE;
    }
    ts_fail(&run->error, TS_E_USAGE, "unknown command %s", name);
    if (strcmp(name, "explain") == 0 || strcmp(name, "words") == 0) { /* what a rule file says, and the language */
        ts_error_hint(&run->error, "did you mean `tessera rules %s`? `tessera help` lists the commands", name);
        return TS_E_USAGE;
    }
    struct nearest near = {ts_cstr(name), NULL, SUGGEST_DISTANCE_MAX + 1};
    size_t n;
    const struct ts_command *commands = ts_commands(&n);
    for (size_t i = 0; i < n; i++)
        nearest_try(&near, commands[i].name);
    if (near.best)
        ts_error_hint(&run->error, "did you mean `tessera %s`? `tessera help` lists the commands", near.best);
    else
        ts_error_hint(&run->error, "`tessera help` lists the commands");
    return TS_E_USAGE;
}

/* One flag at argv[*i]; moves *i over its value. */
static enum ts_code take_flag(struct ts_run *run, int argc, char **argv, int *i)
{
    const char *arg = argv[*i], *value = NULL;
    if (strcmp(arg, "-h") == 0) arg = "--help";
    if (arg[1] != '-') return unknown_flag(run, arg, ts_cstr(arg + 1));
    struct ts_str name = flag_name(arg, &value);
    const struct ts_option *option = option_of(run->command, name);
    if (!option) return unknown_flag(run, arg, name);
    if (option->value && !value) {
        if (*i + 1 >= argc) {
            ts_fail(&run->error, TS_E_USAGE, "--%s needs a value", option->name);
            ts_error_hint(&run->error, "--%s %s: %s", option->name, option->value, option->help);
            return TS_E_USAGE;
        }
        value = argv[++*i];
    } else if (!option->value && value) {
        ts_fail(&run->error, TS_E_USAGE, "--%s takes no value, but '%s' was given", option->name, value);
        return TS_E_USAGE;
    }
    run->args.given[run->args.n_given++] = (struct ts_given){option, value};
    return TS_OK;
}

static enum ts_code check_words(struct ts_run *run)
{
    const struct ts_command *c = run->command;
    int n = run->args.n_words;
    if (n >= c->words_min && (c->words_max < 0 || n <= c->words_max)) return TS_OK;
    if (n < c->words_min)
        ts_fail(&run->error, TS_E_USAGE, "%s needs %s", c->name, c->usage);
    else
        ts_fail(&run->error, TS_E_USAGE, "too many arguments: %s", run->args.words[c->words_max]);
    ts_error_hint(&run->error, "usage: tessera %s %s [flags]; `tessera help %s` shows examples", c->name, c->usage,
                  c->name);
    return TS_E_USAGE;
}

enum ts_code ts_args_parse(struct ts_run *run, int argc, char **argv)
{
    run->args.words = ts_calloc((size_t)argc + 1, sizeof *run->args.words);
    run->args.given = ts_calloc((size_t)argc + 1, sizeof *run->args.given);
    if (!run->args.words || !run->args.given) return ts_fail(&run->error, TS_E_MEMORY, "out of memory");
    int at = command_index(argc, argv);
    if (at < argc) {
        run->command = ts_command_find(argv[at]);
        if (!run->command) return unknown_command(run, argv[at]);
    }
    bool flags = true;
    for (int i = 1; i < argc; i++) {
        if (i == at) continue;
        if (flags && strcmp(argv[i], "--") == 0) {
            flags = false;
        } else if (flags && is_flag(argv[i])) {
            enum ts_code code = take_flag(run, argc, argv, &i);
            if (code != TS_OK) return code;
        } else {
            run->args.words[run->args.n_words++] = argv[i];
        }
    }
    run->json = ts_args_has(run, "json");
    const char *db = ts_args_get(run, "db"), *rules = ts_args_get(run, "rules");
    if (!db) db = getenv("TESSERA_DB");
    if (!rules) rules = getenv("TESSERA_RULES");
    run->db = db && *db ? db : "tessera-data";
    run->rules = rules && *rules ? rules : NULL;
    if (!run->command || ts_args_has(run, "help")) return TS_OK;
    return check_words(run);
}

void ts_args_release(struct ts_args *a)
{
    ts_free((void *)a->words);
    ts_free(a->given);
    memset(a, 0, sizeof *a);
}

static const struct ts_given *given(const struct ts_run *run, const char *name)
{
    for (int i = run->args.n_given - 1; i >= 0; i--)
        if (strcmp(run->args.given[i].option->name, name) == 0) return &run->args.given[i];
    return NULL;
}

const char *ts_args_get(const struct ts_run *run, const char *name)
{
    const struct ts_given *g = given(run, name);
    return g ? g->value : NULL;
}

bool ts_args_has(const struct ts_run *run, const char *name) { return given(run, name) != NULL; }

bool ts_parse_u64(const char *text, uint64_t *ret)
{
    if (*text < '0' || *text > '9') return false;
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (errno || *end) return false;
    *ret = v;
    return true;
}

const char *ts_errno_text(int number, char out[static 80]) { return strerror_r(number, out, 80); /* the GNU one */ }

enum ts_code ts_args_u64(struct ts_run *run, const char *name, uint64_t *ret)
{
    const char *text = ts_args_get(run, name);
    if (!text || ts_parse_u64(text, ret)) return TS_OK;
    return ts_fail(&run->error, TS_E_USAGE, "--%s wants a whole number of 0 or more, not '%s'", name, text);
}

enum ts_code ts_args_i64(struct ts_run *run, const char *name, int64_t *ret)
{
    const char *text = ts_args_get(run, name);
    if (!text) return TS_OK;
    bool minus = *text == '-';
    uint64_t v;
    if (!ts_parse_u64(text + (minus || *text == '+'), &v) || v > INT64_MAX)
        return ts_fail(&run->error, TS_E_USAGE, "--%s wants a whole number, not '%s'", name, text);
    *ret = minus ? -(int64_t)v : (int64_t)v;
    return TS_OK;
}

enum ts_code ts_args_time(struct ts_run *run, const char *name, ts_ms *ret)
{
    const char *text = ts_args_get(run, name);
    if (!text || ts_time_parse(ts_cstr(text), ret) == TS_OK) return TS_OK;
    ts_fail(&run->error, TS_E_USAGE, "--%s: '%s' is no time between 1900 and 2200", name, text);
    ts_error_hint(&run->error, "write it as 2026-01-15T10:00:00Z, 2026-01-15T18:00:00+08:00 or 2026-01-15");
    return TS_E_USAGE;
}

enum ts_code ts_args_choice(struct ts_run *run, const char *name, const char *const *choices, unsigned *ret)
{
    const char *text = ts_args_get(run, name);
    if (!text) return TS_OK;
    char list[200] = "";
    for (unsigned i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            *ret = i;
            return TS_OK;
        }
        size_t len = strlen(list);
        snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", choices[i]);
    }
    ts_fail(&run->error, TS_E_USAGE, "--%s: '%s' is none of %s", name, text, list);
    return TS_E_USAGE;
}

enum ts_code ts_args_need(struct ts_run *run, const char *name, const char **ret)
{
    const struct ts_given *g = given(run, name);
    if (g && g->value && *g->value) {
        *ret = g->value;
        return TS_OK;
    }
    ts_fail(&run->error, TS_E_USAGE, "%s needs --%s", run->command->name, name);
    const struct ts_option *o = option_of(run->command, ts_cstr(name));
    if (o) ts_error_hint(&run->error, "--%s %s: %s", o->name, o->value ? o->value : "", o->help);
    return TS_E_USAGE;
}
