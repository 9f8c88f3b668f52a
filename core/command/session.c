/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the data folder around a command. */
#include "command/session.h"

#include <sys/random.h>
#include <time.h>

ts_ms ts_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (ts_ms)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct ts_program *ts_session_program(const struct ts_session *s) { return ts_engine_program(s->engine); }

/* Seeds of hash tables: no result depends on them, and nobody outside can aim at them. */
static uint64_t random_seed(void)
{
    uint64_t seed = 0;
    return getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed ? seed : 0x9E3779B97F4A7C15u;
}

static enum ts_code activate(struct ts_session *s)
{
    struct ts_run *run = s->run;
    struct ts_sources sources;
    memset(&sources, 0, sizeof sources);
    enum ts_code code = ts_sources_read(run->rules, &sources, &run->error);
    if (code != TS_OK) return code;
    char version[72];
    ts_sources_version(&sources, version);
    uint64_t record;
    if (!ts_str_eq(ts_session_program(s)->version, ts_cstr(version)))
        code = ts_engine_activate(s->engine, &sources, ts_wall_ms(), &run->problems, &record, &run->error);
    ts_sources_release(&sources);
    return code;
}

enum ts_code ts_session_open(struct ts_run *run, enum ts_store_mode mode, struct ts_session *ret)
{
    struct ts_store_options options = {.mode = mode};
    options.engine.hash_seed = random_seed();
    options.engine.rules.hash_seed = (uint32_t)random_seed();
    memset(ret, 0, sizeof *ret);
    ret->run = run;
    enum ts_code code = ts_store_open(run->db, &options, &ret->store, &ret->info, &run->error);
    if (code == TS_E_NOT_FOUND && !run->error.hint[0])
        ts_error_hint(&run->error, "--db DIR or TESSERA_DB names the data folder; `tessera ingest` makes a new one");
    if (code != TS_OK) return code;
    ret->engine = ts_store_engine(ret->store);
    ret->names = ts_engine_names(ret->engine);
    if (ret->info.older)
        fprintf(run->err, "note: an older Tessera wrote this folder; its state was made anew from %llu records\n",
                (unsigned long long)ret->info.older);
    if (ret->info.digest_mismatches)
        fprintf(run->err,
                "warning: %llu records gave another state than when they were written, first record %llu; "
                "`tessera verify` says more\n",
                (unsigned long long)ret->info.digest_mismatches, (unsigned long long)ret->info.first_mismatch);
    if (run->rules && mode != TS_STORE_READ) code = activate(ret);
    return code == TS_OK ? TS_OK : ts_session_close(ret, code);
}

enum ts_code ts_session_settle(struct ts_session *s)
{
    struct ts_error *err = &s->run->error;
    enum ts_code code = ts_engine_settle(s->engine, ts_wall_ms(), err);
    return code == TS_OK ? ts_store_wait(s->store, ts_store_ticket(s->store), err) : code;
}

enum ts_code ts_session_close(struct ts_session *s, enum ts_code code)
{
    struct ts_error err;
    memset(&err, 0, sizeof err);
    enum ts_code closed = s->store ? ts_store_close(s->store, &err) : TS_OK;
    s->store = NULL;
    s->engine = NULL;
    if (code != TS_OK || closed == TS_OK) return code;
    s->run->error = err;
    return closed;
}

enum ts_code ts_session_who(struct ts_session *s, const char *who, uint64_t *ret_member)
{
    struct ts_error *err = &s->run->error;
    *ret_member = ts_engine_who(s->engine, ts_cstr(who), err);
    if (*ret_member) return TS_OK;
    if (!err->code) ts_fail(err, TS_E_NOT_FOUND, "no member %s", who);
    if (err->code == TS_E_NOT_FOUND && !err->name[0]) ts_error_name(err, "unknown_member");
    return err->code;
}
