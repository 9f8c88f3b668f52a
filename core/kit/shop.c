/* SPDX-License-Identifier: Apache-2.0 */
/* A shop: the production engine over a host in memory that also keeps quarantine and rule errors, so that a test can look at them. */
#include "kit/kit.h"

/* ---- the host ---------------------------------------------------------------------------------------------------- */

static struct kit_shop *shop_of(void *arg) { return arg; }

static int cold_get(void *arg, struct ts_str key, struct ts_buf *ret)
{
    struct kit_shop *s = shop_of(arg);
    return s->inner.cold_get(s->inner.arg, key, ret);
}

static bool cold_put(void *arg, struct ts_str key, struct ts_str value)
{
    struct kit_shop *s = shop_of(arg);
    return s->inner.cold_put(s->inner.arg, key, value);
}

static uint64_t seen_find(void *arg, struct ts_str id)
{
    struct kit_shop *s = shop_of(arg);
    return s->inner.seen_find(s->inner.arg, id);
}

static bool seen_add(void *arg, struct ts_str id, uint64_t record)
{
    struct kit_shop *s = shop_of(arg);
    return s->inner.seen_add(s->inner.arg, id, record);
}

static bool on_row(void *arg, const struct ts_row *row)
{
    struct kit_shop *s = shop_of(arg);
    return s->inner.row(s->inner.arg, row);
}

static bool keep(struct kit_shop *s, struct ts_str *text)
{
    if (!text->ptr) return true;
    *text = ts_arena_dup(&s->texts, *text);
    return text->ptr != NULL;
}

static bool on_quarantine(void *arg, const struct ts_quarantined *q)
{
    struct kit_shop *s = shop_of(arg);
    struct ts_quarantined *slot = ts_vec_push(&s->quarantine);
    if (!slot) return false;
    *slot = *q;
    if (keep(s, &slot->file) && keep(s, &slot->field) && keep(s, &slot->message) && keep(s, &slot->body)) return true;
    s->quarantine.len--;
    return false;
}

static bool on_error(void *arg, const struct ts_rule_error *e)
{
    struct kit_shop *s = shop_of(arg);
    struct ts_rule_error *slot = ts_vec_push(&s->errors);
    if (!slot) return false;
    *slot = *e;
    if (keep(s, &slot->rule_name) && keep(s, &slot->file) && keep(s, &slot->version) && keep(s, &slot->message) &&
        keep(s, &slot->event))
        return true;
    s->errors.len--;
    return false;
}

/* ---- life --------------------------------------------------------------------------------------------------------- */

bool kit_shop_open(struct kit_shop *s, const struct ts_engine_options *options)
{
    const struct ts_host host = {s, cold_get, cold_put, seen_find, seen_add, on_row, on_quarantine, on_error};
    memset(s, 0, sizeof *s);
    s->options = *options;
    ts_arena_init(&s->texts);
    ts_arena_init(&s->arena);
    ts_buf_init(&s->text, 0);
    ts_json_init(&s->json);
    ts_json_init(&s->payload);
    if (ts_memory_host_new(true, &s->memory, &s->inner) != TS_OK) {
        ts_fail(&s->err, TS_E_MEMORY, "out of memory");
        return false;
    }
    return ts_engine_new(options, &host, &s->engine, &s->err) == TS_OK;
}

void kit_shop_begin(struct kit_shop *s)
{
    if (s->card_open) ts_card_close(&s->card);
    s->card_open = false;
    ts_free(s->numbers);
    s->numbers = NULL;
    ts_arena_reset(&s->arena);
    ts_buf_clear(&s->text);
    ts_problems_release(&s->problems);
    memset(&s->err, 0, sizeof s->err);
}

void kit_shop_close(struct kit_shop *s)
{
    kit_shop_begin(s);
    ts_engine_free(s->engine);
    ts_engine_free(s->twin);
    ts_memory_host_free(s->memory);
    ts_memory_host_free(s->twin_memory);
    ts_vec_release(&s->quarantine);
    ts_vec_release(&s->errors);
    ts_arena_release(&s->texts);
    ts_arena_release(&s->arena);
    ts_buf_release(&s->text);
    ts_json_release(&s->json);
    ts_json_release(&s->payload);
    memset(s, 0, sizeof *s);
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

/* As the server does with what arrives now: the engine's time follows the clock, and the timestamp says when it happened. */
enum ts_code kit_shop_submit(struct kit_shop *s, struct ts_str line, ts_ms now, bool preview)
{
    struct ts_input in = {.line = line,
                          .file = TS_STR("spec"),
                          .number = s->lines + 1,
                          .mapping = TS_STR(""),
                          .equal_before = s->lines + 1, /* equal lines are two events unless they carry a messageId */
                          .arrival = now,
                          .live = true};
    if (preview) return ts_engine_preview(s->engine, &in, &s->result, &s->err);
    s->lines++;
    return ts_engine_submit(s->engine, &in, &s->result, &s->err);
}

/* Does the text say its own offset from UTC? "2026-01-15T10:00Z", "2026-01-15 10:00+08:00", "2026-01-15 10:00 +0800" */
static bool has_offset(const char *text) { return strlen(text) > 10 && strpbrk(text + 10, "Zz+-"); }

enum ts_code kit_shop_time(struct kit_shop *s, const char *text, ts_ms *ret)
{
    ts_ms t;
    if (ts_time_parse(ts_cstr(text), &t) != TS_OK) {
        ts_fail(&s->err, TS_E_USAGE, "\"%s\" is no time", text);
        ts_error_hint(&s->err, "write \"2026-01-15 10:00\", which is local time in the program's zone");
        return TS_E_USAGE;
    }
    if (!has_offset(text)) {
        ts_day day = (ts_day)(t >= 0 ? t / TS_DAY_MS : -((TS_DAY_MS - 1 - t) / TS_DAY_MS));
        ts_ms clock = t - day * TS_DAY_MS;
        struct ts_civil c = {.hour = (int)(clock / 3600000),
                             .minute = (int)(clock / 60000 % 60),
                             .second = (int)(clock / 1000 % 60),
                             .ms = (int)(clock % 1000)};
        ts_civil_from_day(day, &c.year, &c.month, &c.day);
        t = ts_zone_instant(ts_engine_program(s->engine)->zone, &c);
    }
    *ret = t;
    return TS_OK;
}

/* ---- books -------------------------------------------------------------------------------------------------------- */

static bool unbalanced(struct kit_shop *s, const char *what, uint32_t points, int64_t a, int64_t b)
{
    struct ts_str name = ts_names_text(ts_engine_names(s->engine), TS_SPACE_POINTS, points);
    ts_fail(&s->err, TS_E_DAMAGED, TS_STR_FMT ": %s: %lld and %lld", TS_STR_ARG(name), what, (long long)a,
            (long long)b);
    return false;
}

typedef int64_t kit_sums[TS_CURRENCIES_MAX][TS_ACCOUNT_COUNT];

static bool add_wallet(struct kit_shop *s, const struct ts_wallet *w, kit_sums sums)
{
    if (!ts_wallet_valid(w, &s->err)) return false;
    for (uint32_t i = 0; i < w->balances.len; i++) {
        const struct ts_balance *b = &w->balances.at[i];
        int64_t *to = sums[b->points % TS_CURRENCIES_MAX];
        to[TS_ACCOUNT_PENDING] += b->pending;
        to[TS_ACCOUNT_AVAILABLE] += b->available;
        to[TS_ACCOUNT_HELD] += b->held;
        to[TS_ACCOUNT_DEBT] += b->debt;
    }
    return true;
}

bool kit_shop_books(struct kit_shop *s)
{
    kit_sums sums = {{0}};
    struct ts_members *members = ts_engine_members(s->engine);
    const struct ts_ledger *ledger = ts_engine_ledger(s->engine);
    for (uint64_t n = 1; n <= ts_members_count(members); n++) {
        struct ts_member_view v;
        bool fine = true;
        if (ts_members_living(members, n) != n) continue;
        if (ts_member_view_open(s->engine, n, &v, &s->err) != TS_OK) return false;
        for (uint32_t i = 0; fine && i < v.member.n; i++)
            fine = add_wallet(s, &v.member.profiles[i]->wallet, sums);
        ts_member_view_close(&v);
        if (!fine) return false;
    }
    uint32_t count = ts_names_count(ts_engine_names(s->engine), TS_SPACE_POINTS);
    for (uint32_t p = 1; p <= count && p < TS_CURRENCIES_MAX; p++) {
        int64_t total = 0;
        for (int a = TS_ACCOUNT_PENDING; a < TS_ACCOUNT_COUNT; a++) {
            total += ledger->brand[p][a] + ledger->members[p][a];
            if (ts_account_is_members((enum ts_account)a) && sums[p][a] != ledger->members[p][a])
                return unbalanced(s, "the wallets and the ledger differ", p, sums[p][a], ledger->members[p][a]);
        }
        if (total != 0) return unbalanced(s, "the entries do not sum to zero", p, total, 0);
    }
    return true;
}
