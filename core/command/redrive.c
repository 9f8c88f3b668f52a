/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of `quarantine` and `errors`. */
#include "command/redrive.h"

#include <inttypes.h>

enum ts_code ts_redrive_word(struct ts_run *run, bool *ret)
{
    const char *word = run->args.n_words ? run->args.words[0] : "list";
    *ret = strcmp(word, "redrive") == 0;
    if (*ret || strcmp(word, "list") == 0) return TS_OK;
    ts_fail(&run->error, TS_E_USAGE, "%s %s: unknown word", run->command->name, word);
    ts_error_hint(&run->error, "it is `tessera %s list` or `tessera %s redrive`", run->command->name,
                  run->command->name);
    return TS_E_USAGE;
}

enum ts_code ts_page_flags(struct ts_run *run, uint64_t *ret_after, uint64_t *ret_limit)
{
    *ret_after = 0;
    *ret_limit = run->json ? UINT64_MAX >> 2 : 50;
    enum ts_code code = ts_args_u64(run, "after", ret_after);
    if (code == TS_OK) code = ts_args_u64(run, "limit", ret_limit);
    if (*ret_limit > UINT64_MAX >> 2) *ret_limit = UINT64_MAX >> 2;
    return code;
}

enum ts_code ts_redriven_print(struct ts_run *run, const struct ts_redriven *r, const char *what)
{
    if (r->still) run->exit = 1;
    if (!run->json) {
        fprintf(run->out, "%" PRIu64 " %s tried again: %" PRIu64 " went through, %" PRIu64 " did not\n", r->tried, what,
                r->applied, r->still);
        return ts_run_flush(run);
    }
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_uint(&d, o, "tried", r->tried);
    ts_doc_uint(&d, o, "applied", r->applied);
    ts_doc_uint(&d, o, "still", r->still);
    return ts_doc_print(run, &d, o);
}

const char *ts_member_text(uint64_t member, char out[static 24])
{
    out[0] = '\0';
    if (member) snprintf(out, 24, "m%" PRIu64, member);
    return out;
}
