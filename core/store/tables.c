/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual tables of people.c for SQLite: read-only, there without being created, walking the members in order of number, or
 * going straight to one when the statement asks for it by equality. */
#include <stdlib.h>

#include "store/rows.h"

struct table {
    sqlite3_vtab base;
    struct ts_store *store;
    const struct people_table *what;
};
struct cursor {
    sqlite3_vtab_cursor base;
    uint64_t member, last; /* being shown; the last to show */
    struct rows rows;
    uint32_t row, n_rows; /* of this member */
};
struct binding { /* the module's client data */
    struct ts_store *store;
    const struct people_table *what;
};

static int fail(struct table *t, const char *text)
{
    sqlite3_free(t->base.zErrMsg);
    t->base.zErrMsg = sqlite3_mprintf("%s", text);
    return SQLITE_ERROR;
}

static int x_connect(sqlite3 *db, void *arg, int argc, const char *const *argv, sqlite3_vtab **ret, char **error)
{
    TS_UNUSED(argc);
    TS_UNUSED(argv);
    TS_UNUSED(error);
    const struct binding *b = arg;
    char sql[400];
    snprintf(sql, sizeof sql, "CREATE TABLE x(%s)", b->what->columns);
    int rc = sqlite3_declare_vtab(db, sql);
    if (rc != SQLITE_OK) return rc;
    struct table *t = sqlite3_malloc(sizeof *t);
    if (!t) return SQLITE_NOMEM;
    *t = (struct table){.store = b->store, .what = b->what};
    sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    *ret = &t->base;
    return SQLITE_OK;
}

static int x_disconnect(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

/* idxNum 1: the first argument names the one member to look at. */
static int x_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    const struct table *t = (const struct table *)(const void *)base;
    const double members = (double)ts_members_count(ts_engine_members(t->store->engine)) + 1;
    info->estimatedCost = members * 10;
    info->estimatedRows = (sqlite3_int64)members * 4;
    for (int i = 0; i < info->nConstraint; i++) {
        const int column = info->aConstraint[i].iColumn;
        if (!info->aConstraint[i].usable || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ || column < 0 ||
            !(t->what->keys >> column & 1))
            continue;
        info->aConstraintUsage[i].argvIndex = 1; /* SQLite compares again: an alias is not its member */
        info->idxNum = 1;
        info->estimatedCost = 10;
        info->estimatedRows = 4;
        break;
    }
    return SQLITE_OK;
}

static int x_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret)
{
    TS_UNUSED(base);
    struct cursor *c = sqlite3_malloc(sizeof *c);
    if (!c) return SQLITE_NOMEM;
    *c = (struct cursor){0};
    *ret = &c->base;
    return SQLITE_OK;
}

static int x_close(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)(void *)base;
    rows_release(&c->rows);
    sqlite3_free(c);
    return SQLITE_OK;
}

/* The rows of c->member, if it is a living one. */
static int load(struct table *t, struct cursor *c)
{
    struct ts_engine *e = t->store->engine;
    rows_clear(&c->rows);
    c->row = c->n_rows = 0;
    if (ts_members_living(ts_engine_members(e), c->member) != c->member) return SQLITE_OK;
    struct ts_member_view view = {0};
    struct ts_error err = {0};
    enum ts_code code = ts_member_view_open(e, c->member, &view, &err);
    if (code == TS_E_MEMORY) return SQLITE_NOMEM;
    if (code != TS_OK) return fail(t, err.text);
    t->what->fill(e, &view.member, &c->rows);
    /* Text borrowed from the view must outlive it. */
    for (uint32_t i = 0; i < c->rows.cells.len && !c->rows.failed; i++) {
        struct cell *cell = &c->rows.cells.at[i];
        if (cell->type != CELL_TEXT) continue;
        cell->text = ts_arena_dup(&c->rows.arena, cell->text);
        if (!cell->text.ptr) c->rows.failed = true;
    }
    ts_member_view_close(&view);
    c->n_rows = c->rows.cells.len / t->what->n_columns;
    return c->rows.failed ? SQLITE_NOMEM : SQLITE_OK;
}

static int settle(struct table *t, struct cursor *c)
{
    int rc = SQLITE_OK;
    while (rc == SQLITE_OK && c->row == c->n_rows && c->member < c->last) {
        c->member++;
        rc = load(t, c);
    }
    return rc;
}

static int x_filter(sqlite3_vtab_cursor *base, int index, const char *text, int argc, sqlite3_value **argv)
{
    TS_UNUSED(text);
    struct cursor *c = (struct cursor *)(void *)base;
    struct table *t = (struct table *)(void *)base->pVtab;
    const struct ts_members *members = ts_engine_members(t->store->engine);
    c->member = c->row = c->n_rows = 0;
    c->last = ts_members_count(members);
    if (index == 1 && argc == 1) {
        const char *who = (const char *)sqlite3_value_text(argv[0]);
        uint64_t number = who && who[0] == 'm' ? strtoull(who + 1, NULL, 10) : 0;
        number = number && number <= c->last ? ts_members_living(members, number) : 0;
        if (!number) {
            c->last = 0;
            return SQLITE_OK;
        }
        c->member = number - 1;
        c->last = number;
    }
    return settle(t, c);
}

static int x_next(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)(void *)base;
    c->row++;
    return settle((struct table *)(void *)base->pVtab, c);
}

static int x_eof(sqlite3_vtab_cursor *base)
{
    const struct cursor *c = (const struct cursor *)(const void *)base;
    return c->row >= c->n_rows;
}

static int x_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int column)
{
    const struct cursor *c = (const struct cursor *)(const void *)base;
    const struct table *t = (const struct table *)(const void *)base->pVtab;
    const struct cell *cell = &c->rows.cells.at[c->row * t->what->n_columns + (uint32_t)column];
    if (cell->type == CELL_INTEGER)
        sqlite3_result_int64(ctx, cell->number);
    else if (cell->type == CELL_TEXT)
        sqlite3_result_text64(ctx, cell->text.ptr, cell->text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    return SQLITE_OK;
}

static int x_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
    const struct cursor *c = (const struct cursor *)(const void *)base;
    *ret = (sqlite3_int64)(c->member << 24 | (c->row & 0xFFFFFF));
    return SQLITE_OK;
}

static const sqlite3_module module = {
    .iVersion = 0, /* no xCreate: the tables are there by themselves and only so */
    .xConnect = x_connect,
    .xBestIndex = x_best_index,
    .xDisconnect = x_disconnect,
    .xOpen = x_open,
    .xClose = x_close,
    .xFilter = x_filter,
    .xNext = x_next,
    .xEof = x_eof,
    .xColumn = x_column,
    .xRowid = x_rowid,
};

enum ts_code store_tables_register(struct ts_store *s, sqlite3 *db, struct ts_error *err)
{
    for (size_t i = 0; i < people_tables_n; i++) {
        struct binding *b = sqlite3_malloc(sizeof *b);
        if (!b) return ts_fail(err, TS_E_MEMORY, "out of memory");
        *b = (struct binding){s, &people_tables[i]};
        int rc = sqlite3_create_module_v2(db, people_tables[i].name, &module, b, sqlite3_free);
        if (rc != SQLITE_OK) return store_db_fail(db, rc, "the tables for people", err);
        /* Connect now: later, an authorizer that allows nothing but reading would not let the declaration through. */
        char sql[64];
        sqlite3_stmt *q = NULL;
        snprintf(sql, sizeof sql, "SELECT 1 FROM %s", people_tables[i].name);
        enum ts_code code = store_db_prepare(db, sql, &q, err);
        sqlite3_finalize(q);
        if (code != TS_OK) return code;
    }
    return TS_OK;
}
