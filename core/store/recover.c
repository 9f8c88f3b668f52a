/* SPDX-License-Identifier: Apache-2.0 */
/* From files to memory: load the checkpoint, then apply the journal's rows behind it. A checkpoint that turns out to be damaged is
 * dropped, and everything is applied from record 1. */
#include "store/internal.h"

#define KEEP_UP_EVERY 1024 /* rows between two looks at whether a checkpoint is due */
#define TAIL_ROWS 2000000  /* so many rows a reader applies before it lets go of the ledger's history */

static enum ts_code load_names(struct ts_engine *e, sqlite3 *state, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    uint64_t next = 0;
    enum ts_code code = store_db_prepare(state, "SELECT ord, space, text FROM name ORDER BY ord", &q, err);
    while (code == TS_OK && (code = store_db_step(q, &row, err)) == TS_OK && row) {
        if (store_db_u64(q, 0) != next++)
            code = ts_fail(err, TS_E_DAMAGED, "name %llu is missing", (unsigned long long)next - 1);
        else
            code = ts_engine_load_name(e, (enum ts_space)sqlite3_column_int(q, 1), store_db_text(q, 2), err);
    }
    sqlite3_finalize(q);
    return code;
}

static enum ts_code load_idents(struct ts_engine *e, sqlite3 *state, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    uint64_t next = 1;
    enum ts_code code = store_db_prepare(state, "SELECT row, kind, value, profile FROM ident ORDER BY row", &q, err);
    while (code == TS_OK && (code = store_db_step(q, &row, err)) == TS_OK && row) {
        if (store_db_u64(q, 0) != next++)
            code = ts_fail(err, TS_E_DAMAGED, "identifier row %llu is missing", (unsigned long long)next - 1);
        else
            code = ts_engine_load_ident(e, (uint32_t)store_db_u64(q, 1), store_db_text(q, 2), store_db_u64(q, 3), err);
    }
    sqlite3_finalize(q);
    return code;
}

static enum ts_code load_images(struct ts_engine *e, sqlite3 *state, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    uint64_t next = 1;
    enum ts_code code = store_db_prepare(state, "SELECT profile, body FROM image ORDER BY profile", &q, err);
    while (code == TS_OK && (code = store_db_step(q, &row, err)) == TS_OK && row) {
        const struct ts_str body = store_db_text(q, 1);
        if (store_db_u64(q, 0) != next++)
            code = ts_fail(err, TS_E_DAMAGED, "image %llu is missing", (unsigned long long)next - 1);
        else
            code = ts_engine_load_image(e, next - 1, (const uint8_t *)body.ptr, body.len, err);
    }
    sqlite3_finalize(q);
    return code;
}

enum ts_code store_load_engine(struct ts_engine *e, sqlite3 *state, const struct ts_sources *sources,
                               struct ts_error *err)
{
    enum ts_code code = load_names(e, state, err);
    if (code == TS_OK) code = load_idents(e, state, err);
    if (code == TS_OK) code = load_images(e, state, err);
    struct ts_buf meta;
    ts_buf_init(&meta, 0);
    if (code == TS_OK) code = store_meta_get(state, "state", &meta, err);
    if (code == TS_OK) code = ts_engine_load_meta(e, ts_str((const char *)meta.data, meta.len), sources, err);
    ts_buf_release(&meta);
    return code;
}

static enum ts_code new_engine(struct ts_store *s, struct ts_error *err)
{
    struct ts_engine_options options = s->options.engine;
    const struct ts_host host = store_host(s);
    return ts_engine_new(&options, &host, &s->engine, err);
}

static enum ts_code load_checkpoint(struct ts_store *s, struct ts_error *err)
{
    uint64_t rules = 0, watermark = 0;
    struct ts_sources sources = {0};
    enum ts_code code = store_meta_number(s->read_state, "watermark", &watermark, err);
    if (code != TS_OK || watermark == 0) return code;
    code = store_meta_number(s->read_state, "rules", &rules, err);
    if (code == TS_OK && rules) code = store_sources_read(s->read_journal, rules, &sources, err);
    if (code == TS_OK) code = store_load_engine(s->engine, s->read_state, rules ? &sources : NULL, err);
    ts_sources_release(&sources);
    if (code == TS_OK) code = store_seen_load(&s->seen, s->read_state, err);
    if (code == TS_OK) code = store_cold_load(&s->cold, s->read_state, err);
    if (code == TS_OK && ts_engine_record(s->engine) != watermark)
        code = ts_fail(err, TS_E_DAMAGED, "the checkpoint does not agree with itself where it stands");
    if (code == TS_OK) {
        atomic_store(&s->watermark, watermark);
        s->cut_record = watermark;
    }
    return code;
}

static enum ts_code apply_row(struct ts_store *s, const struct ts_row *row, struct ts_store_info *info,
                              struct ts_error *err)
{
    uint64_t digest = 0;
    enum ts_code code = ts_engine_recover_row(s->engine, row, &digest, err);
    if (code != TS_OK) {
        ts_error_wrap(err, "journal record %llu", (unsigned long long)row->record);
        return code;
    }
    if (row->record <= s->older)
        info->older++;
    else if (digest != row->digest && info->digest_mismatches++ == 0)
        info->first_mismatch = row->record;
    if (row->message_id.len > 0 && !store_seen_add_durable(&s->seen, row->message_id, row->record))
        return ts_fail(err, TS_E_MEMORY, "out of memory while the journal was applied");
    return TS_OK;
}

static enum ts_code make_room(struct ts_store *s, uint64_t recovered, struct ts_error *err)
{
    if (s->mode == TS_STORE_WRITE) return recovered % KEEP_UP_EVERY == 0 ? store_keep_up(s, err) : TS_OK;
    return recovered % TAIL_ROWS == 0 ? store_tail_drop(s, err) : TS_OK;
}

static enum ts_code apply_tail(struct ts_store *s, struct ts_store_info *info, struct ts_error *err)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    enum ts_code code = store_db_prepare(
        s->read_journal, "SELECT " STORE_ROW_COLUMNS " FROM journal WHERE record > ? ORDER BY record", &q, err);
    if (code == TS_OK) store_db_bind_u64(q, 1, ts_engine_record(s->engine));
    while (code == TS_OK && (code = store_db_step(q, &found, err)) == TS_OK && found) {
        struct ts_row row;
        store_row_read(q, &row);
        if (row.record != ts_engine_record(s->engine) + 1)
            code = ts_fail(err, TS_E_DAMAGED, "journal record %llu is missing",
                           (unsigned long long)ts_engine_record(s->engine) + 1);
        else
            code = apply_row(s, &row, info, err);
        info->recovered++;
        if (code == TS_OK) code = make_room(s, info->recovered, err);
    }
    sqlite3_finalize(q);
    return code;
}

enum ts_code store_recover(struct ts_store *s, struct ts_store_info *info, struct ts_error *err)
{
    enum ts_code code = store_db_number(s->read_journal, "SELECT max(record) FROM journal", &info->journal_end, err);
    if (code == TS_OK) code = store_schema_older(s->read_journal, &s->older, err);
    if (code == TS_OK) code = new_engine(s, err);
    if (code == TS_OK && s->has_state) {
        struct ts_error why = {0};
        enum ts_code loaded = load_checkpoint(s, &why);
        if (loaded == TS_E_DAMAGED) {
            ts_engine_free(s->engine);
            s->engine = NULL;
            code = store_drop_state(s, err);
            if (code == TS_OK) code = new_engine(s, err);
        } else if (loaded != TS_OK) {
            if (err) *err = why;
            code = loaded;
        }
    }
    info->watermark = ts_store_watermark(s);
    if (code == TS_OK && s->read_state) code = store_cold_attach(&s->cold, s->read_state, err);
    if (code == TS_OK) code = apply_tail(s, info, err);
    return code;
}
