/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the journal: rows, the timeline of a member, quarantine, rule errors, sources of a rules version. What is queued and not
 * yet on disk is waited for, so everyone reads his own writes. */
#include "store/internal.h"

#include <stdlib.h>

enum ts_code store_flush(struct ts_store *s, struct ts_error *err) { return ts_store_wait(s, ts_store_ticket(s), err); }

void store_row_read(sqlite3_stmt *q, struct ts_row *ret)
{
    ret->record = store_db_u64(q, 0);
    ret->time = sqlite3_column_int64(q, 1);
    ret->received_at = sqlite3_column_int64(q, 2);
    ret->kind = (uint8_t)sqlite3_column_int(q, 3);
    ret->rules = store_db_u64(q, 4);
    ret->profile = store_db_u64(q, 5);
    ret->prev = store_db_u64(q, 6);
    ret->digest = store_db_u64(q, 7);
    ret->payload = store_db_text(q, 9);
    ret->outcome = store_db_text(q, 10);
    ret->message_id = store_message_text(q, 8, ret->payload);
}

enum ts_code ts_store_rows(struct ts_store *s, uint64_t from, uint64_t to, ts_row_fn fn, void *arg,
                           struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    enum ts_code code = store_flush(s, err);
    if (to > INT64_MAX) to = INT64_MAX;
    if (code == TS_OK)
        code = store_db_prepare(
            s->read_journal, "SELECT " STORE_ROW_COLUMNS " FROM journal WHERE record BETWEEN ? AND ? ORDER BY record",
            &q, err);
    if (code == TS_OK) {
        store_db_bind_u64(q, 1, from > INT64_MAX ? INT64_MAX : from);
        store_db_bind_u64(q, 2, to);
    }
    while (code == TS_OK && (code = store_db_step(q, &found, err)) == TS_OK && found) {
        struct ts_row row;
        store_row_read(q, &row);
        if (!fn(arg, &row)) break;
    }
    sqlite3_finalize(q);
    return code;
}

/* ---- the timeline ---- */

struct chain { /* of one profile: the next record to show */
    uint64_t profile, record;
};
struct chains {
    struct chain *at;
    uint32_t n;
};

static enum ts_code chains_of(struct ts_store *s, uint64_t member, struct chains *ret, struct ts_error *err)
{
    struct ts_member_view view = {0};
    enum ts_code code = ts_member_view_open(s->engine, member, &view, err);
    if (code != TS_OK) return code;
    ret->at = ts_calloc(view.member.n ? view.member.n : 1, sizeof *ret->at);
    if (!ret->at) {
        code = ts_fail(err, TS_E_MEMORY, "out of memory");
    } else {
        for (uint32_t i = 0; i < view.member.n; i++)
            ret->at[ret->n++] = (struct chain){view.member.profiles[i]->number, view.member.profiles[i]->last_record};
    }
    ts_member_view_close(&view);
    return code;
}

/* A profile's record before this one: the row's own, or, where the row fired timers, the one noted with the subject. */
static uint64_t previous_of(const struct ts_row *row, uint64_t profile)
{
    uint64_t found = row->profile == profile ? row->prev : 0;
    struct ts_outcome o;
    struct ts_effect fx;
    if (found == 0 && ts_outcome_open(&o, (const uint8_t *)row->outcome.ptr, row->outcome.len)) {
        while (found == 0 && ts_outcome_next(&o, &fx)) {
            if (fx.op == TS_FX_SUBJECT && fx.profile == profile) found = (uint64_t)fx.amount;
        }
    }
    return found < row->record ? found : 0; /* a chain that does not go back is damaged: it ends here */
}

static enum ts_code walk(struct chains *c, sqlite3_stmt *q, uint64_t before, ts_row_fn fn, void *arg,
                         struct ts_error *err)
{
    for (;;) {
        uint64_t record = 0;
        for (uint32_t i = 0; i < c->n; i++) {
            if (c->at[i].record > record) record = c->at[i].record;
        }
        if (record == 0) return TS_OK;
        bool found = false;
        store_db_bind_u64(q, 1, record);
        enum ts_code code = store_db_step(q, &found, err);
        if (code != TS_OK) return code;
        if (!found) return ts_fail(err, TS_E_DAMAGED, "journal record %llu is missing", (unsigned long long)record);
        struct ts_row row;
        store_row_read(q, &row);
        bool more = before != 0 && record >= before;
        if (!more) more = fn(arg, &row);
        for (uint32_t i = 0; i < c->n; i++) {
            if (c->at[i].record == record) c->at[i].record = previous_of(&row, c->at[i].profile);
        }
        sqlite3_reset(q);
        if (!more) return TS_OK;
    }
}

enum ts_code ts_store_timeline(struct ts_store *s, uint64_t member, uint64_t before, ts_row_fn fn, void *arg,
                               struct ts_error *err)
{
    struct chains c = {0};
    sqlite3_stmt *q = NULL;
    enum ts_code code = store_flush(s, err);
    if (code == TS_OK) code = chains_of(s, member, &c, err);
    if (code == TS_OK)
        code = store_db_prepare(s->read_journal, "SELECT " STORE_ROW_COLUMNS " FROM journal WHERE record = ?", &q, err);
    if (code == TS_OK) code = walk(&c, q, before, fn, arg, err);
    sqlite3_finalize(q);
    ts_free(c.at);
    return code;
}

/* ---- quarantine and errors ---- */

static enum ts_code list(struct ts_store *s, const char *sql, uint64_t after, uint64_t limit, sqlite3_stmt **ret,
                         struct ts_error *err)
{
    enum ts_code code = store_flush(s, err);
    if (code == TS_OK) code = store_db_prepare(s->read_journal, sql, ret, err);
    if (code != TS_OK) return code;
    store_db_bind_u64(*ret, 1, after > INT64_MAX ? INT64_MAX : after);
    store_db_bind_u64(*ret, 2, limit > INT64_MAX ? INT64_MAX : limit);
    return TS_OK;
}

enum ts_code ts_store_quarantine(struct ts_store *s, uint64_t after, uint64_t limit,
                                 bool (*fn)(void *, const struct ts_quarantine_item *), void *arg, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    enum ts_code code = list(s,
                             "SELECT id, record, file, line, reason, field, message, body, at, status FROM quarantine"
                             " WHERE id > ? ORDER BY id LIMIT ?",
                             after, limit, &q, err);
    while (code == TS_OK && (code = store_db_step(q, &found, err)) == TS_OK && found) {
        const struct ts_quarantine_item item = {
            .id = store_db_u64(q, 0),
            .record = store_db_u64(q, 1),
            .file = store_db_text(q, 2),
            .line = store_db_u64(q, 3),
            .reason = store_db_text(q, 4),
            .field = store_db_text(q, 5),
            .message = store_db_text(q, 6),
            .body = store_db_text(q, 7),
            .at = sqlite3_column_int64(q, 8),
            .status = store_db_text(q, 9),
        };
        if (!fn(arg, &item)) break;
    }
    sqlite3_finalize(q);
    return code;
}

enum ts_code ts_store_errors(struct ts_store *s, uint64_t after, uint64_t limit,
                             bool (*fn)(void *, const struct ts_error_item *), void *arg, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    enum ts_code code =
        list(s,
             "SELECT id, record, member, rule_name, file, line, version, event, message, stopped, at, status"
             " FROM rule_error WHERE id > ? ORDER BY id LIMIT ?",
             after, limit, &q, err);
    while (code == TS_OK && (code = store_db_step(q, &found, err)) == TS_OK && found) {
        const struct ts_error_item item = {
            .id = store_db_u64(q, 0),
            .record = store_db_u64(q, 1),
            .member = store_db_u64(q, 2),
            .rule = store_db_text(q, 3),
            .file = store_db_text(q, 4),
            .line = (uint32_t)store_db_u64(q, 5),
            .version = store_db_text(q, 6),
            .event = store_db_text(q, 7),
            .message = store_db_text(q, 8),
            .stopped = sqlite3_column_int(q, 9) != 0,
            .at = sqlite3_column_int64(q, 10),
            .status = store_db_text(q, 11),
        };
        if (!fn(arg, &item)) break;
    }
    sqlite3_finalize(q);
    return code;
}

/* ---- sources ---- */

enum ts_code store_sources_read(sqlite3 *journal, uint64_t rules, struct ts_sources *ret, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    enum ts_code code = store_db_prepare(journal, "SELECT kind, payload FROM journal WHERE record = ?", &q, err);
    if (code == TS_OK) {
        store_db_bind_u64(q, 1, rules);
        code = store_db_step(q, &found, err);
    }
    if (code == TS_OK && (!found || sqlite3_column_int(q, 0) != TS_RECORD_RULES))
        code = ts_fail(err, TS_E_NOT_FOUND, "record %llu activates no rules", (unsigned long long)rules);
    if (code == TS_OK) code = ts_sources_from_json(store_db_text(q, 1), ret, err);
    sqlite3_finalize(q);
    return code;
}

enum ts_code ts_store_sources(struct ts_store *s, uint64_t rules, struct ts_sources *ret, struct ts_error *err)
{
    enum ts_code code = store_flush(s, err);
    return code == TS_OK ? store_sources_read(s->read_journal, rules, ret, err) : code;
}
