/* SPDX-License-Identifier: Apache-2.0 */
/* Help, made from the table of commands, and the way of one call of the program from its arguments to its exit code. */
#include <stdlib.h>

#include "command/out.h"
#include "command/table.h"

static void flag_line(FILE *out, const struct ts_option *o)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    fprintf(out, "  %-22s %s\n", left, o->help);
}

static void flags_everywhere(FILE *out)
{
    size_t n;
    const struct ts_option *options = ts_options_everywhere(&n);
    for (size_t i = 0; i < n; i++)
        flag_line(out, &options[i]);
}

void ts_help_program(FILE *out)
{
    size_t n;
    const struct ts_command *c = ts_commands(&n);
    fprintf(out,
            "tessera %s: a loyalty and customer-lifecycle engine\n\n"
            "usage: tessera COMMAND [ARGS] [--db DIR] [--rules DIR] [--json]\n\n",
            TESSERA_VERSION);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "  %-12s %s\n", c[i].name, c[i].brief);
    fputs("\nEverywhere:\n", out);
    flags_everywhere(out);
    fputs("\nExit codes: 0 done; 1 done, but look; 2 usage; 3 not found; 4 refused; 5 the data folder is in use; 6 "
          "disk or damage.\n"
          "`tessera help COMMAND` shows examples.\n",
          out);
}

void ts_help_command(const struct ts_command *c, FILE *out)
{
    fprintf(out, "tessera %s%s%s: %s\n", c->name, *c->usage ? " " : "", c->usage, c->brief);
    if (*c->details) fprintf(out, "\n%s\n", c->details);
    if (c->examples[0].line) fputs("\nExamples:\n", out);
    for (size_t i = 0; i < TS_COMMAND_EXAMPLES_MAX && c->examples[i].line; i++)
        fprintf(out, "  %s\n      %s\n", c->examples[i].line, c->examples[i].what);
    fputs("\nFlags:\n", out);
    for (size_t i = 0; i < TS_COMMAND_OPTIONS_MAX && c->options[i].name; i++)
        flag_line(out, &c->options[i]);
    flags_everywhere(out);
}

enum ts_code ts_cmd_help(struct ts_run *run)
{
    const struct ts_command *c = run->args.n_words ? ts_command_find(run->args.words[0]) : NULL;
    if (run->args.n_words && !c) {
        ts_fail(&run->error, TS_E_NOT_FOUND, "no command %s", run->args.words[0]);
        ts_error_hint(&run->error, "`tessera help` lists the commands");
        return TS_E_NOT_FOUND;
    }
    if (c)
        ts_help_command(c, run->out);
    else
        ts_help_program(run->out);
    return ts_run_flush(run);
}

static enum ts_code dispatch(struct ts_run *run, int argc, char **argv)
{
    enum ts_code code = ts_args_parse(run, argc, argv);
    if (code != TS_OK) return code;
    if (ts_args_has(run, "version")) {
        fprintf(run->out, "tessera %s\n", TESSERA_VERSION);
        return ts_run_flush(run);
    }
    if (ts_args_has(run, "help")) {
        if (run->command)
            ts_help_command(run->command, run->out);
        else
            ts_help_program(run->out);
        return ts_run_flush(run);
    }
    if (run->command) return run->command->run(run);
    ts_fail(&run->error, TS_E_USAGE, "which command?");
    ts_error_hint(&run->error, "`tessera help` lists them");
    return TS_E_USAGE;
}

/* Arguments that cannot be parsed may still ask for JSON: then the error is JSON as well. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0) return true;
    return false;
}

int ts_command_main(int argc, char **argv, FILE *out, FILE *err)
{
    struct ts_run run = {.out = out, .err = err};
    run.style = ts_style_of(out);
    run.json = wants_json(argc, argv);
    enum ts_code code = dispatch(&run, argc, argv);
    if (code != TS_OK) {
        if (run.error.code == TS_OK) ts_fail(&run.error, code, "%s", ts_code_name(code));
        ts_run_print_error(&run);
    }
    ts_args_release(&run.args);
    ts_problems_release(&run.problems);
    return code == TS_OK ? run.exit : ts_code_exit(code);
}
