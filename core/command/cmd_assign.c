/* SPDX-License-Identifier: Apache-2.0 */
/* tessera set-tier, set-tag: a level or a tag by hand, as a record like any other. */
#include "command/order.h"

/* A flag that must be there, as a member of the line. */
static enum ts_code need(struct ts_order *o, const char *flag, const char *shown)
{
    const char *value;
    enum ts_code code = ts_args_need(o->run, flag, &value);
    if (code == TS_OK) code = ts_order_utf8(o->run, shown, value);
    if (code == TS_OK) ts_order_text(&o->line, flag, value);
    return code;
}

/* What both have beside their names. */
static enum ts_code build_rest(struct ts_order *o)
{
    const char *reason = ts_args_get(o->run, "reason"), *who = o->run->args.words[0];
    ts_ms until = TS_NEVER;
    char time[32];
    enum ts_code code = need(o, "key", "--key");
    if (code == TS_OK) code = ts_order_utf8(o->run, "WHO", who);
    if (code == TS_OK && reason) code = ts_order_utf8(o->run, "--reason", reason);
    if (code == TS_OK) code = ts_args_time(o->run, "until", &until);
    if (code != TS_OK) return code;
    ts_order_text(&o->line, "member", who);
    if (reason) ts_order_text(&o->line, "reason", reason);
    if (until != TS_NEVER) ts_order_text(&o->line, "until", ts_time_format(until, time));
    return TS_OK;
}

static enum ts_code build_tier(struct ts_order *o, const char *type)
{
    TS_UNUSED(type);
    enum ts_code code = need(o, "tiers", "--tiers");
    if (code == TS_OK) code = need(o, "level", "--level");
    return code == TS_OK ? build_rest(o) : code;
}

static enum ts_code build_tag(struct ts_order *o, const char *type)
{
    TS_UNUSED(type);
    enum ts_code code = need(o, "tag", "--tag");
    if (code == TS_OK && ts_args_has(o->run, "remove")) {
        if (ts_args_has(o->run, "until"))
            return ts_fail(&o->run->error, TS_E_USAGE, "--remove takes the tag: --until cannot stand beside it");
        ts_buf_adds(&o->line, ",\"remove\":true");
    }
    return code == TS_OK ? build_rest(o) : code;
}

enum ts_code ts_cmd_set_tier(struct ts_run *run) { return ts_order_command(run, "set_tier", build_tier); }
enum ts_code ts_cmd_set_tag(struct ts_run *run) { return ts_order_command(run, "set_tag", build_tag); }
