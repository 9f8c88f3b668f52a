/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a rule set, shown: for people with the line and a mark under it, for editors as compilers do, and for GitHub. */
#ifndef TS_COMMAND_PROBLEMS_H
#define TS_COMMAND_PROBLEMS_H

#include "command/out.h"

enum ts_problem_format { TS_PROBLEMS_PEOPLE, TS_PROBLEMS_EDITORS, TS_PROBLEMS_GITHUB };

/* Nothing at all when there are none. `dir` stands before each path, so that an editor that was started here finds the file; `sources` has
 * the lines. Returns TS_E_MEMORY or the fault of the stream. */
enum ts_code ts_problems_print(struct ts_run *run, enum ts_problem_format format, const char *dir,
                               const struct ts_problems *problems, const struct ts_sources *sources);
/* Append "problems": [...] to an object; paths are those inside the folder. */
void ts_problems_json(struct ts_doc *d, cJSON *parent, const struct ts_problems *problems);
uint32_t ts_problems_errors(const struct ts_problems *problems);

#endif
