/* SPDX-License-Identifier: Apache-2.0 */
/* command: the command line. Each command is a row of a table of data (commands.c), which gives parsing, help and the
 * suggestion for a misspelt flag, and one function in a file of its own (cmd_NAME.c). A command fills `run->error`, prints its
 * result to `run->out` and returns; the exit code follows from the error, or is `run->exit`. */
#ifndef TS_COMMAND_H
#define TS_COMMAND_H

#include "base/base.h"
#include "base/calendar.h"
#include "rules/rules.h"

struct ts_run;

/* ---- commands as data ------------------------------------------------------------------------------------------- */

struct ts_option {
    const char *name;  /* "clock", without the dashes */
    const char *value; /* what stands for its value in help ("event|wall"); NULL: the flag takes none */
    const char *help;  /* one line */
};

struct ts_example {
    const char *line, *what;
};

#define TS_COMMAND_OPTIONS_MAX 12
#define TS_COMMAND_EXAMPLES_MAX 5
struct ts_command {
    const char *name, *brief;                         /* "ingest", one line */
    const char *usage;                                /* "FILE|-" */
    const char *details;                              /* what to know, in sentences; lines already broken */
    struct ts_option options[TS_COMMAND_OPTIONS_MAX]; /* ends at the first without a name */
    struct ts_example examples[TS_COMMAND_EXAMPLES_MAX];
    int words_min, words_max; /* positional arguments; words_max -1: any number */
    enum ts_code (*run)(struct ts_run *run);
};
const struct ts_command *ts_commands(size_t *ret_count);
const struct ts_command *ts_command_find(const char *name);
const struct ts_option *ts_options_everywhere(size_t *ret_count); /* --db, --rules, --json, --help */

/* ---- one call of the program ------------------------------------------------------------------------------------ */

struct ts_given {
    const struct ts_option *option;
    const char *value; /* NULL: a flag without value */
};
struct ts_args {
    const char **words; /* positional arguments after the command's name */
    int n_words;
    struct ts_given *given;
    int n_given;
};

struct ts_style { /* how text for people is shown on a stream */
    bool terminal, color;
    unsigned width; /* columns; 0: no limit (a pipe, a file) */
};

struct ts_run {
    const struct ts_command *command;
    struct ts_args args;
    const char *db, *rules; /* folders; rules NULL: as the data folder has them */
    bool json;
    FILE *out, *err;
    struct ts_style style;       /* of out */
    bool reader_gone;            /* stdout is a pipe that nobody reads any more */
    struct ts_problems problems; /* of a refused rule set, shown with the error */
    struct ts_error error;
    int exit; /* when the command returns TS_OK */
};

/* The whole program: parse, run, print. Returns the exit code. */
int ts_command_main(int argc, char **argv, FILE *out, FILE *err);

/* ---- options.c -------------------------------------------------------------------------------------------------- */

/* Fill run->command, args, db, rules and json. Flags may stand anywhere, as --name value or --name=value; `--` ends them. */
enum ts_code ts_args_parse(struct ts_run *run, int argc, char **argv);
void ts_args_release(struct ts_args *a);
const char *ts_args_get(const struct ts_run *run, const char *name); /* the last value given, NULL: none */
bool ts_args_has(const struct ts_run *run, const char *name);
/* Values of flags. `*ret` is untouched when the flag is not given. TS_E_USAGE says what would be right. */
enum ts_code ts_args_u64(struct ts_run *run, const char *name, uint64_t *ret);
enum ts_code ts_args_i64(struct ts_run *run, const char *name, int64_t *ret);
enum ts_code ts_args_time(struct ts_run *run, const char *name, ts_ms *ret);
/* One of the words in `choices`, which ends with NULL; *ret is its index. */
enum ts_code ts_args_choice(struct ts_run *run, const char *name, const char *const *choices, unsigned *ret);
enum ts_code ts_args_need(struct ts_run *run, const char *name, const char **ret);
bool ts_parse_u64(const char *text, uint64_t *ret);
/* What the system says about errno `number`. */
const char *ts_errno_text(int number, char out[static 80]);

/* ---- help.c ------------------------------------------------------------------------------------------------------ */

void ts_help_program(FILE *out);
void ts_help_command(const struct ts_command *c, FILE *out);

/* ---- the commands ------------------------------------------------------------------------------------------------ */

enum ts_code ts_cmd_adjust(struct ts_run *run);
enum ts_code ts_cmd_backup(struct ts_run *run);
enum ts_code ts_cmd_check(struct ts_run *run);
enum ts_code ts_cmd_errors(struct ts_run *run);
enum ts_code ts_cmd_explain(struct ts_run *run); /* of rules */
enum ts_code ts_cmd_help(struct ts_run *run);
enum ts_code ts_cmd_ingest(struct ts_run *run);
enum ts_code ts_cmd_journal(struct ts_run *run);
enum ts_code ts_cmd_json(struct ts_run *run);
enum ts_code ts_cmd_member(struct ts_run *run);
enum ts_code ts_cmd_quarantine(struct ts_run *run);
enum ts_code ts_cmd_redeem(struct ts_run *run);
enum ts_code ts_cmd_report(struct ts_run *run);
enum ts_code ts_cmd_restore(struct ts_run *run);
enum ts_code ts_cmd_rules(struct ts_run *run);
enum ts_code ts_cmd_sample(struct ts_run *run);
enum ts_code ts_cmd_set_tag(struct ts_run *run);
enum ts_code ts_cmd_set_tier(struct ts_run *run);
enum ts_code ts_cmd_sql(struct ts_run *run);
enum ts_code ts_cmd_state(struct ts_run *run);
enum ts_code ts_cmd_test(struct ts_run *run);
enum ts_code ts_cmd_tick(struct ts_run *run);
enum ts_code ts_cmd_verify(struct ts_run *run);
enum ts_code ts_cmd_why(struct ts_run *run);

#endif
