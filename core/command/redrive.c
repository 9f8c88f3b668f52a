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

enum ts_code ts_listing_open(struct ts_listing *l, struct ts_session *s, const struct ts_column *columns, unsigned n,
                             uint64_t *ret_after)
{
    struct ts_run *run = s->run;
    *l = (struct ts_listing){.run = run, .zone = ts_session_program(s)->zone};
    *ret_after = 0;
    l->limit = run->json ? UINT64_MAX >> 2 : 50;
    enum ts_code code = ts_args_u64(run, "after", ret_after);
    if (code == TS_OK) code = ts_args_u64(run, "limit", &l->limit);
    if (l->limit > UINT64_MAX >> 2) l->limit = UINT64_MAX >> 2;
    if (code == TS_OK && run->json) code = ts_list_open(run, &l->list);
    ts_table_init(&l->table, columns, n);
    return code;
}

bool ts_listing_takes(struct ts_listing *l, uint64_t id)
{
    if (l->n == l->limit) {
        l->next = l->last;
        return false;
    }
    l->n++;
    l->last = id;
    return true;
}

bool ts_listing_add(struct ts_listing *l, struct ts_doc *d, cJSON *item)
{
    l->code = ts_list_add(l->run, &l->list, d, item);
    return l->code == TS_OK;
}

static enum ts_code print_text(struct ts_listing *l, const char *none)
{
    if (!l->n) {
        fputs(none, l->run->out);
        return ts_run_flush(l->run);
    }
    enum ts_code code = ts_table_print(&l->table, l->run, 0);
    if (l->next) fprintf(l->run->out, "\nmore: --after %" PRIu64 "\n", l->next);
    return code == TS_OK ? ts_run_flush(l->run) : code;
}

enum ts_code ts_listing_close(struct ts_listing *l, enum ts_code code, const char *none)
{
    if (code == TS_OK) code = l->code;
    if (code == TS_OK) code = l->run->json ? ts_list_finish(l->run, &l->list, l->next) : print_text(l, none);
    ts_list_release(&l->list);
    ts_table_release(&l->table);
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
