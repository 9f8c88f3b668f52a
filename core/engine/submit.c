/* SPDX-License-Identifier: Apache-2.0 */
/* A line becomes a record: the door, the message id, the instant, the slices that are due before it, and then its kind. */
#include <sodium.h>

#include "engine/internal.h"

/* A line without messageId is known by hash(mapping, bytes, how many equal lines came before it in this input). */
static struct ts_str id_of_line(struct ts_engine *e, const struct ts_input *in)
{
    static const char digits[] = "0123456789abcdef";
    crypto_generichash_state state;
    uint8_t digest[16];
    uint64_t before = in->equal_before;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, (const uint8_t *)in->mapping.ptr, in->mapping.len);
    crypto_generichash_update(&state, (const uint8_t *)"\n", 1);
    crypto_generichash_update(&state, (const uint8_t *)in->line.ptr, in->line.len);
    uint8_t le[8];
    for (int i = 0; i < 8; i++)
        le[i] = (uint8_t)(before >> (8 * i));
    crypto_generichash_update(&state, le, sizeof le);
    crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(e->line_id, "line:", 5);
    for (int i = 0; i < 16; i++) {
        e->line_id[5 + 2 * i] = digits[digest[i] >> 4];
        e->line_id[6 + 2 * i] = digits[digest[i] & 15];
    }
    e->line_id[37] = 0;
    return ts_str(e->line_id, 37);
}

/* The identity of a quarantined line: 16 bytes of the same hash. */
static void line_bytes(const char *id, uint8_t out[16])
{
    for (int i = 0; i < 16; i++) {
        unsigned hi = (unsigned char)id[5 + 2 * i], lo = (unsigned char)id[6 + 2 * i];
        out[i] = (uint8_t)((hi <= '9' ? hi - '0' : hi - 'a' + 10) * 16 + (lo <= '9' ? lo - '0' : lo - 'a' + 10));
    }
}

static enum ts_code hand_quarantine(struct ts_engine *e, const struct ts_input *in, uint64_t record,
                                    const struct ts_fault *fault, struct ts_error *err)
{
    struct ts_quarantined q = {.record = record,
                               .file = in->file,
                               .line = in->number,
                               .reason = fault->reason,
                               .field = ts_cstr(fault->field),
                               .message = ts_cstr(fault->message),
                               .body = in->line,
                               .at = in->arrival};
    id_of_line(e, in);
    line_bytes(e->line_id, q.line_id);
    if (e->host.quarantine(e->host.arg, &q)) return TS_OK;
    return ts_fail(err, TS_E_DISK, "line %llu could not be put into quarantine", (unsigned long long)in->number);
}

/* The key was used before: the same content gets the same answer, other content is refused. True: ret is the answer. */
static bool known_key(struct ts_engine *e, const struct ts_record *r, struct ts_result *ret, enum ts_code *code,
                      struct ts_error *err)
{
    char content[33];
    if (!ts_order_key(e, r)) {
        *code = ts_fail(err, TS_E_MEMORY, "out of memory for the key of a command");
        return true;
    }
    ts_buf_clear(&e->answer_text);
    int found = e->host.cold_get(e->host.arg, ts_str((const char *)e->scratch.data, e->scratch.len), &e->answer_text);
    if (found < 0) {
        *code = ts_fail(err, TS_E_DISK, "the key of a command could not be looked up");
        return true;
    }
    if (found == 0) return false;
    if (!ts_order_content(e, r, content)) {
        *code = ts_fail(err, TS_E_MEMORY, "out of memory for the key of a command");
        return true;
    }
    if (e->answer_text.len < 32 || memcmp(e->answer_text.data, content, 32) != 0) {
        ret->status = TS_RESULT_REFUSED;
        snprintf(ret->refusal, sizeof ret->refusal, "key_reused");
        snprintf(ret->message, sizeof ret->message, "the key \"%.*s\" was used before for another command",
                 (int)r->key.len, r->key.ptr);
        return true;
    }
    ret->status = TS_RESULT_REPLAYED;
    ret->answer = ts_str((const char *)e->answer_text.data + 32, e->answer_text.len - 32);
    ret->member = ts_identity_who(e->bind.program, e->idents, e->members, &r->who, &e->parser.arena);
    if (ret->answer.len > 12 &&
        memcmp(ret->answer.ptr, "{\"refused\":\"", 12) == 0) { /* the answer was a refusal: it still is */
        const char *p = ret->answer.ptr + 12, *end = memchr(p, '"', ret->answer.len - 12);
        ret->status = TS_RESULT_REFUSED;
        snprintf(ret->refusal, sizeof ret->refusal, "%.*s", end ? (int)(end - p) : 0, p);
        snprintf(ret->message, sizeof ret->message, "the same command was refused before under this key");
    }
    return true;
}

static enum ts_code slices(struct ts_engine *e, ts_ms time, ts_ms arrival, bool live, struct ts_error *err)
{
    struct ts_moment m = {.arrival = arrival, .live = live};
    while (ts_is_due(e, time)) {
        m.time = m.at = e->sweep ? e->clock : time; /* new rules look at everybody as he stood when they came */
        struct ts_timer first = e->timers.n ? e->timers.heap[0] : (struct ts_timer){TS_NEVER, 0};
        uint64_t sweep = e->sweep;
        enum ts_code code = ts_apply_slice(e, &m, err);
        if (code != TS_OK) return code;
        if (e->sweep == sweep && e->timers.n && e->timers.heap[0].due == first.due &&
            e->timers.heap[0].member == first.member)
            return ts_fail(err, TS_E_INTERNAL, "due work of m%u does not go away", first.member);
    }
    return TS_OK;
}

static enum ts_code dispatch(struct ts_engine *e, const struct ts_record *r, const struct ts_moment *m,
                             struct ts_result *ret, struct ts_error *err)
{
    switch (r->kind) {
    case TS_RECORD_REDEEM:
    case TS_RECORD_ADJUST:
    case TS_RECORD_SET_TIER:
    case TS_RECORD_SET_TAG:
        return ts_apply_order(e, r, m, ret, err);
    case TS_RECORD_TICK:
        return ts_apply_tick(e, m, ret, err);
    default:
        return ts_apply_event(e, r, m, ret, err);
    }
}

static enum ts_code submit(struct ts_engine *e, const struct ts_input *in, bool preview, struct ts_result *ret,
                           struct ts_error *err)
{
    struct ts_record r;
    const struct ts_program *p = e->bind.program;
    enum ts_code code = TS_OK;
    memset(ret, 0, offsetof(struct ts_result, outcome));
    ret->fault.field[0] = ret->fault.message[0] = 0;
    ret->outcome = ret->answer = (struct ts_str){NULL, 0};
    ret->rule_errors = ret->joins = ret->created = 0;
    ts_ms arrival = in->arrival > e->received_at ? in->arrival : e->received_at;
    if (!ts_record_parse(&e->parser, in->line, p->identifiers.at, p->identifiers.n, arrival, in->live, &r,
                         &ret->fault)) {
        if (ret->fault.reason == TS_REASON_NONE) return ts_fail(err, TS_E_MEMORY, "out of memory while reading a line");
        ret->status = TS_RESULT_QUARANTINED;
        return preview ? TS_OK : hand_quarantine(e, in, 0, &ret->fault, err);
    }
    struct ts_str id = r.message_id.ptr ? r.message_id : id_of_line(e, in);
    uint64_t seen = in->again || preview ? 0 : e->host.seen_find(e->host.arg, id);
    if (seen == UINT64_MAX) return ts_fail(err, TS_E_DISK, "a message id could not be looked up");
    if (seen) {
        ret->status = TS_RESULT_DUPLICATE;
        ret->record = seen;
        return TS_OK;
    }
    if (ts_record_is_order(r.kind) && known_key(e, &r, ret, &code, err)) return code;
    struct ts_moment m = {
        .arrival = arrival, .live = in->live, .preview = preview, .payload = in->line, .message_id = id};
    m.at = r.timestamp; /* without one, history happened where it stands; the very first line when it arrived */
    if (!r.has_timestamp && !in->live && e->clock) m.at = e->clock;
    if (in->live && m.at > arrival + TS_LIMIT_FUTURE_MS) m.at = arrival;
    m.time = in->live ? arrival : m.at;
    if (m.time < e->clock) m.time = e->clock;
    if (!preview && (r.kind != TS_RECORD_TICK || e->sweep))
        code = slices(e, r.kind == TS_RECORD_TICK ? e->clock : m.time, arrival, in->live, err);
    if (code == TS_OK) code = dispatch(e, &r, &m, ret, err);
    if (code != TS_OK || preview) return code;
    if (ret->status == TS_RESULT_QUARANTINED) code = hand_quarantine(e, in, ret->record, &ret->fault, err);
    if (code == TS_OK && !e->host.seen_add(e->host.arg, id, ret->record))
        code = ts_fail(err, TS_E_DISK, "a message id could not be kept");
    if (code == TS_OK && r.kind == TS_RECORD_TICK) {
        code = slices(e, m.time, arrival, in->live, err);
        ret->outcome = (struct ts_str){NULL, 0}; /* the slices' own, by now */
    }
    return code;
}

enum ts_code ts_engine_submit(struct ts_engine *e, const struct ts_input *in, struct ts_result *ret,
                              struct ts_error *err)
{
    return submit(e, in, false, ret, err);
}

enum ts_code ts_engine_preview(struct ts_engine *e, const struct ts_input *in, struct ts_result *ret,
                               struct ts_error *err)
{
    return submit(e, in, true, ret, err);
}

enum ts_code ts_engine_settle(struct ts_engine *e, ts_ms arrival, struct ts_error *err)
{
    return slices(e, e->clock, arrival > e->received_at ? arrival : e->received_at, false, err);
}

enum ts_code ts_engine_retry(struct ts_engine *e, uint64_t record, uint64_t profile, struct ts_str payload,
                             struct ts_str rule_name, ts_ms event_at, ts_ms arrival, struct ts_result *ret,
                             struct ts_error *err)
{
    memset(ret, 0, sizeof *ret);
    ts_buf_clear(&e->payload);
    ts_buf_addf(&e->payload, "{\"record\":%llu,\"rule\":", (unsigned long long)record);
    ts_buf_json(&e->payload, rule_name);
    if (profile) ts_buf_addf(&e->payload, ",\"profile\":%llu", (unsigned long long)profile);
    ts_buf_adds(&e->payload, ",\"line\":");
    ts_buf_add(&e->payload, payload.ptr, payload.len);
    ts_buf_byte(&e->payload, '}');
    if (e->payload.failed) return ts_fail(err, TS_E_MEMORY, "out of memory");
    struct ts_moment m = {.time = e->clock,
                          .at = event_at,
                          .arrival = arrival > e->received_at ? arrival : e->received_at,
                          .payload = ts_str((const char *)e->payload.data, e->payload.len)};
    return ts_apply_retry(e, &m, ret, err);
}

/* ---- rules ---- */

static struct ts_sources *sources_copy(const struct ts_sources *from, struct ts_error *err)
{
    struct ts_buf text;
    struct ts_sources *copy = ts_calloc(1, sizeof *copy);
    ts_buf_init(&text, 0);
    bool ok = copy && ts_sources_to_json(from, &text) &&
              ts_sources_from_json(ts_str((const char *)text.data, text.len), copy, err) == TS_OK;
    ts_buf_release(&text);
    if (ok) return copy;
    ts_free(copy);
    ts_fail(err, TS_E_MEMORY, "out of memory while keeping the rules");
    return NULL;
}

/* Loading a checkpoint: the version that was in force, without a record. */
enum ts_code ts_load_sources(struct ts_engine *e, const struct ts_sources *sources, struct ts_error *err)
{
    struct ts_rules *rules = NULL;
    struct ts_problems problems = {0};
    struct ts_rules_options options = e->options.rules;
    options.known_good = true;
    enum ts_code code = ts_rules_load(sources, &options, &rules, &problems, err);
    ts_problems_release(&problems);
    if (code != TS_OK) return code;
    struct ts_sources *copy = sources_copy(sources, err);
    if (!copy) {
        ts_rules_free(rules);
        return TS_E_MEMORY;
    }
    struct ts_force old;
    code = ts_adopt_rules(e, rules, copy, &old, err);
    if (code == TS_OK) ts_force_release(&old);
    return code;
}

enum ts_code ts_apply_rules(struct ts_engine *e, const struct ts_sources *sources, const struct ts_moment *m,
                            struct ts_problems *problems, struct ts_error *err)
{
    struct ts_rules *rules = NULL;
    struct ts_result ret = {0};
    enum ts_code code = ts_rules_load(sources, &e->options.rules, &rules, problems, err);
    if (code != TS_OK) return code;
    struct ts_sources *copy = sources_copy(sources, err);
    if (!copy) {
        ts_rules_free(rules);
        return TS_E_MEMORY;
    }
    ts_run_begin(e, e->record + 1, m->time, m->arrival, m->live, TS_RUN_LIVE);
    struct ts_force old;
    uint64_t before = e->rules_record;
    code = ts_adopt_rules(e, rules, copy, &old, err);
    if (code != TS_OK) {
        ts_run_rollback(e);
        return code;
    }
    e->rules_record = e->run.record;
    struct ts_effect fx = {.op = TS_FX_SWEEP, .amount = ts_members_count(e->members) ? 1 : 0};
    ts_do(e, &fx);
    code = ts_finish(e, TS_RECORD_RULES, m, &ret, err);
    if (code == TS_OK) {
        ts_force_release(&old);
    } else { /* the names of the new version are forgotten already */
        ts_force_restore(e, &old);
        e->rules_record = before;
    }
    return code;
}

enum ts_code ts_engine_activate(struct ts_engine *e, const struct ts_sources *sources, ts_ms arrival,
                                struct ts_problems *problems, uint64_t *ret_record, struct ts_error *err)
{
    ts_buf_clear(&e->payload);
    if (!ts_sources_to_json(sources, &e->payload))
        return ts_fail(err, TS_E_MEMORY, "out of memory while keeping the rules");
    struct ts_moment m = {.time = e->clock,
                          .at = e->clock,
                          .arrival = arrival > e->received_at ? arrival : e->received_at,
                          .payload = ts_str((const char *)e->payload.data, e->payload.len)};
    enum ts_code code = ts_apply_rules(e, sources, &m, problems, err);
    if (code == TS_OK && ret_record) *ret_record = e->record;
    return code;
}
