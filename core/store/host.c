/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine asks of the world: cold keys, message ids, and the queue to the journal. Quarantined lines that are no
 * record are known by their line id, so that the same input again adds no second row. */
#include "store/internal.h"

/* ---- cold keys, message ids ---- */

static int cold_get(void *arg, struct ts_str key, struct ts_buf *ret)
{
    struct ts_store *s = arg;
    return store_cold_get(&s->cold, key, ret);
}

/* A record's row is queued before its puts: when one of them fails, memory and queue part ways, and only a restart, which
 * reads the journal, brings them together again. */
static bool did(struct ts_store *s, bool ok)
{
    if (!ok) s->dying = true;
    return ok;
}

static bool cold_put(void *arg, struct ts_str key, struct ts_str value)
{
    struct ts_store *s = arg;
    return did(s, store_cold_put(&s->cold, key, value));
}

static uint64_t seen_find(void *arg, struct ts_str id)
{
    struct ts_store *s = arg;
    return store_seen_find(&s->seen, id);
}

static bool seen_add(void *arg, struct ts_str id, uint64_t record)
{
    struct ts_store *s = arg;
    return did(s, id.len == 0 || record == 0 || store_seen_add(&s->seen, id, record));
}

static bool row(void *arg, const struct ts_row *r)
{
    struct ts_store *s = arg;
    if (s->dying) return false;
    if (s->mode == TS_STORE_WRITE) return store_journal_row(&s->journal, r);
    s->ticket++;
    return true;
}

/* ---- line ids ---- */

static uint32_t line_slot(const struct line_ids *l, const uint8_t id[16])
{
    uint64_t h;
    memcpy(&h, id, sizeof h); /* the id is a hash already */
    uint32_t at = (uint32_t)ts_mix(h, 1) & l->mask;
    while (l->used[at] && memcmp(l->at[at], id, 16) != 0)
        at = (at + 1) & l->mask;
    return at;
}

static bool lines_resize(struct line_ids *l, uint32_t slots)
{
    struct line_ids grown = {
        .at = ts_alloc((size_t)slots * 16), .used = ts_calloc(slots, 1), .mask = slots - 1, .n = l->n};
    if (!grown.at || !grown.used) {
        ts_free(grown.at);
        ts_free(grown.used);
        return false;
    }
    for (uint32_t i = 0; l->at && i <= l->mask; i++) {
        if (!l->used[i]) continue;
        uint32_t at = line_slot(&grown, l->at[i]);
        grown.used[at] = true;
        memcpy(grown.at[at], l->at[i], 16);
    }
    ts_free(l->at);
    ts_free(l->used);
    *l = grown;
    return true;
}

static bool lines_room(struct line_ids *l) /* so that one more cannot fail */
{
    return (uint64_t)(l->n + 1) * 4 <= (uint64_t)(l->mask + 1) * 3 || lines_resize(l, (l->mask + 1) * 2);
}

static void lines_add(struct line_ids *l, const uint8_t id[16])
{
    uint32_t at = line_slot(l, id);
    if (l->used[at]) return;
    l->used[at] = true;
    memcpy(l->at[at], id, 16);
    l->n++;
}

/* Called for the first time before any such line is queued, so the file has them all. */
static bool lines_load(struct ts_store *s)
{
    if (s->lines.at) return true;
    if (!lines_resize(&s->lines, 256)) return false;
    sqlite3_stmt *q = NULL;
    bool found = false;
    enum ts_code code =
        store_db_prepare(s->read_journal, "SELECT line_id FROM quarantine WHERE record IS NULL", &q, NULL);
    while (code == TS_OK && (code = store_db_step(q, &found, NULL)) == TS_OK && found) {
        struct ts_str id = store_db_text(q, 0);
        if (id.len != 16) continue;
        if (lines_room(&s->lines))
            lines_add(&s->lines, (const uint8_t *)id.ptr);
        else
            code = TS_E_MEMORY;
    }
    sqlite3_finalize(q);
    if (code == TS_OK) return true;
    ts_free(s->lines.at);
    ts_free(s->lines.used);
    s->lines = (struct line_ids){0};
    return false;
}

/* ---- quarantine and errors ---- */

static bool next_id(struct ts_store *s, bool errors, uint64_t *next)
{
    if (*next) return true;
    const char *sql = errors ? "SELECT max(id) FROM rule_error" : "SELECT max(id) FROM quarantine";
    uint64_t last = 0;
    if (store_db_number(s->read_journal, sql, &last, NULL) != TS_OK) return false;
    *next = last + 1;
    return true;
}

static bool add_quarantine(struct ts_store *s, const struct ts_quarantined *q)
{
    const bool by_line = q->record == 0;
    if (by_line) {
        if (!lines_load(s) || !lines_room(&s->lines)) return false;
        if (s->lines.used[line_slot(&s->lines, q->line_id)]) return true;
    }
    if (!next_id(s, false, &s->next_quarantine)) return false;
    if (s->mode == TS_STORE_WRITE && !store_journal_quarantine(&s->journal, q, s->next_quarantine)) return false;
    if (s->mode != TS_STORE_WRITE) s->ticket++;
    s->next_quarantine++;
    if (by_line) lines_add(&s->lines, q->line_id);
    if (s->open_quarantine >= 0) s->open_quarantine++;
    return true;
}

static bool quarantine(void *arg, const struct ts_quarantined *q)
{
    struct ts_store *s = arg;
    return did(s, !s->dying && add_quarantine(s, q));
}

static bool add_error(struct ts_store *s, const struct ts_rule_error *e)
{
    if (!next_id(s, true, &s->next_error)) return false;
    if (s->mode == TS_STORE_WRITE && !store_journal_error(&s->journal, e, s->next_error)) return false;
    if (s->mode != TS_STORE_WRITE) s->ticket++;
    s->next_error++;
    if (s->open_errors >= 0) s->open_errors++;
    return true;
}

static bool error(void *arg, const struct ts_rule_error *e)
{
    struct ts_store *s = arg;
    return did(s, !s->dying && add_error(s, e));
}

struct ts_host store_host(struct ts_store *s)
{
    return (struct ts_host){
        .arg = s,
        .cold_get = cold_get,
        .cold_put = cold_put,
        .seen_find = seen_find,
        .seen_add = seen_add,
        .row = row,
        .quarantine = quarantine,
        .error = error,
    };
}

enum ts_code store_count(struct ts_store *s, bool errors, int64_t *ret, struct ts_error *err)
{
    int64_t *count = errors ? &s->open_errors : &s->open_quarantine;
    if (*count < 0) {
        enum ts_code code = store_flush(s, err);
        uint64_t n = 0;
        if (code == TS_OK)
            code = store_db_number(s->read_journal,
                                   errors ? "SELECT count(*) FROM rule_error WHERE status = 'open'"
                                          : "SELECT count(*) FROM quarantine WHERE status = 'open'",
                                   &n, err);
        if (code != TS_OK) return code;
        *count = (int64_t)n;
    }
    *ret = *count;
    return TS_OK;
}

uint64_t ts_store_count_open(struct ts_store *s, bool errors)
{
    int64_t n = 0;
    return store_count(s, errors, &n, NULL) == TS_OK ? (uint64_t)n : 0;
}

enum ts_code ts_store_mark_redriven(struct ts_store *s, bool errors, uint64_t id, struct ts_error *err)
{
    if (s->mode == TS_STORE_READ) return ts_fail(err, TS_E_USAGE, "the store is open for reading only");
    *(errors ? &s->open_errors : &s->open_quarantine) = -1; /* it may have been marked before: count again when asked */
    if (s->mode == TS_STORE_DRY) {
        s->ticket++;
        return TS_OK;
    }
    const struct store_mark mark = {id, errors};
    if (store_journal_mark(&s->journal, &mark)) return TS_OK;
    enum ts_code code = store_journal_failure(&s->journal, err);
    return code != TS_OK ? code : ts_fail(err, TS_E_MEMORY, "out of memory");
}
