/* SPDX-License-Identifier: Apache-2.0 */
/* Life of an engine, and what may be read of it. */
#include "engine/internal.h"

enum ts_code ts_engine_new(const struct ts_engine_options *options, const struct ts_host *host, struct ts_engine **ret,
                           struct ts_error *err)
{
    struct ts_rules *rules = NULL;
    struct ts_force none;
    struct ts_engine *e = ts_calloc(1, sizeof *e);
    if (!e) return ts_fail(err, TS_E_MEMORY, "out of memory for an engine");
    e->host = *host;
    if (options) e->options = *options;
    ts_parser_init(&e->parser);
    ts_call_result_init(&e->call);
    ts_arena_init(&e->run.arena);
    ts_json_init(&e->inner_json);
    struct ts_buf *buffers[] = {&e->run.effects, &e->run.puts, &e->run.errors, &e->ledger_out, &e->outcome,
                                &e->scratch,     &e->image,    &e->payload,    &e->answer_text};
    for (size_t i = 0; i < TS_ARRAY_LEN(buffers); i++)
        ts_buf_init(buffers[i], 0);
    enum ts_code code = ts_names_new(e->options.hash_seed, &e->names);
    if (code == TS_OK) code = ts_idents_new(e->options.hash_seed, &e->idents);
    if (code == TS_OK) code = ts_members_new(&e->members);
    if (code == TS_OK && !ts_timers_reserve(&e->timers, 1, 1)) code = TS_E_MEMORY;
    if (code == TS_OK) code = ts_rules_default(options ? &options->rules : NULL, &rules, err);
    if (code == TS_OK) code = ts_adopt_rules(e, rules, NULL, &none, err);
    if (code != TS_OK) {
        ts_engine_free(e);
        return err && err->code == code ? code : ts_fail(err, code, "an engine could not be made");
    }
    e->ledger.sink = ts_ledger_keep;
    e->ledger.sink_arg = e;
    *ret = e;
    return TS_OK;
}

bool ts_ledger_keep(void *arg, const struct ts_transaction *t)
{
    struct ts_engine *e = arg;
    return ts_transaction_encode(t, &e->ledger_out);
}

static void free_profiles(struct ts_profile **list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        ts_profile_release(list[i]);
        ts_free(list[i]);
    }
}

static void run_free(struct ts_run *run)
{
    free_profiles(run->profiles.at, run->profiles.len);
    ts_vec_release(&run->profiles);
    ts_free(run->index);
    for (uint32_t i = 0; i < run->cap_slots; i++)
        ts_vec_release(&run->slots[i].list);
    ts_free(run->slots);
    ts_vec_release(&run->changed);
    ts_vec_release(&run->inner);
    ts_vec_release(&run->looks);
    ts_vec_release(&run->wishes);
    ts_vec_release(&run->counted);
    ts_vec_release(&run->gifts);
    ts_vec_release(&run->asked);
    ts_vec_release(&run->askings);
    ts_vec_release(&run->due);
    ts_sale_release(&run->sale);
    ts_arena_release(&run->arena);
    ts_buf_release(&run->effects);
    ts_buf_release(&run->puts);
    ts_buf_release(&run->errors);
}

void ts_engine_free(struct ts_engine *e)
{
    if (!e) return;
    run_free(&e->run);
    free_profiles(e->pool.at, e->pool.len);
    ts_vec_release(&e->pool);
    if (e->loading) {
        ts_profile_release(e->loading);
        ts_free(e->loading);
    }
    struct ts_force in_force = {e->rules, e->sources, e->bind};
    ts_force_release(&in_force);
    ts_force_release(&e->retired);
    ts_names_free(e->names);
    ts_idents_free(e->idents);
    ts_members_free(e->members);
    ts_timers_release(&e->timers);
    ts_parser_release(&e->parser);
    ts_call_result_release(&e->call);
    ts_json_release(&e->inner_json);
    ts_vec_release(&e->reads);
    ts_vec_release(&e->ahead);
    ts_vec_release(&e->moved);
    struct ts_buf *buffers[] = {&e->ledger_out, &e->outcome, &e->scratch, &e->image, &e->payload, &e->answer_text};
    for (size_t i = 0; i < TS_ARRAY_LEN(buffers); i++)
        ts_buf_release(buffers[i]);
    ts_free(e);
}

uint64_t ts_engine_record(const struct ts_engine *e) { return e->record; }
ts_ms ts_engine_clock(const struct ts_engine *e) { return e->clock; }
uint64_t ts_engine_rules_record(const struct ts_engine *e) { return e->rules_record; }
struct ts_program *ts_engine_program(const struct ts_engine *e) { return e->bind.program; }
struct ts_rules *ts_engine_rules(const struct ts_engine *e) { return e->rules; }
struct ts_names *ts_engine_names(const struct ts_engine *e) { return e->names; }
struct ts_idents *ts_engine_idents(const struct ts_engine *e) { return e->idents; }
struct ts_members *ts_engine_members(const struct ts_engine *e) { return e->members; }
const struct ts_ledger *ts_engine_ledger(const struct ts_engine *e) { return &e->ledger; }
uint64_t ts_engine_dirty(const struct ts_engine *e) { return ts_members_dirty(e->members) + e->ledger_out.len / 256; }
uint64_t ts_engine_events(const struct ts_engine *e) { return e->events; }

uint64_t ts_engine_who(struct ts_engine *e, struct ts_str who, struct ts_error *err)
{
    struct ts_who parsed;
    struct ts_arena scratch;
    if (ts_who_parse(who, &parsed, err) != TS_OK) return 0;
    ts_arena_init(&scratch);
    uint64_t member = ts_identity_who(e->bind.program, e->idents, e->members, &parsed, &scratch);
    ts_arena_release(&scratch);
    if (!member) {
        ts_fail(err, TS_E_NOT_FOUND, "nobody is known as %.*s", (int)(who.len > 200 ? 200 : who.len), who.ptr);
        ts_error_name(err, "unknown_member");
        ts_error_hint(err, "WHO is a member such as m12, or an identifier such as email:ada@example.com");
    }
    return member;
}
