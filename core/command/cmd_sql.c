/* SPDX-License-Identifier: Apache-2.0 */
/* tessera sql: one read-only statement on the tables for people. */
#include <stdlib.h>

#include "base/json.h"
#include "command/out.h"
#include "command/session.h"
#include "command/table.h"

enum { TYPE_INTEGER = 1, TYPE_FLOAT = 2, TYPE_TEXT = 3, TYPE_BLOB = 4, TYPE_NULL = 5 }; /* as SQLite numbers them */

struct query {
    struct ts_run *run;
    struct ts_list rows;
    struct ts_table table;
    struct ts_buf head; /* {"columns":[...],"rows":[ */
    uint64_t n;
    enum ts_code code;
};

static void columns_json(struct query *q, const struct ts_sql_row *row)
{
    ts_buf_adds(&q->head, "{\"columns\":[");
    for (int i = 0; i < row->n; i++) {
        if (i) ts_buf_byte(&q->head, ',');
        ts_buf_json(&q->head, ts_cstr(row->names[i]));
    }
    ts_buf_adds(&q->head, "],\"rows\":[");
}

static void columns_table(struct query *q, const struct ts_sql_row *row)
{
    struct ts_column columns[TS_TABLE_COLUMNS_MAX] = {0};
    unsigned n = row->n > TS_TABLE_COLUMNS_MAX ? TS_TABLE_COLUMNS_MAX : (unsigned)row->n;
    for (unsigned i = 0; i < n;
         i++) /* names live as long as the statement; titles are copied into the first row instead */
        columns[i] = (struct ts_column){
            "", row->types && (row->types[i] == TYPE_INTEGER || row->types[i] == TYPE_FLOAT), 80, TS_PLAIN};
    ts_table_init(&q->table, columns, n);
    for (unsigned i = 0; i < n; i++)
        ts_table_cell(&q->table, ts_cstr(row->names[i]));
}

/* SQLite writes infinities as Inf and -Inf, which JSON has no number for. */
static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return *text && !*end && (text[0] == '-' ? text[1] : text[0]) >= '0' && (text[0] == '-' ? text[1] : text[0]) <= '9';
}

static bool row_json(struct query *q, const struct ts_sql_row *row)
{
    struct ts_doc d = {false};
    cJSON *list = ts_doc_array(&d, NULL, NULL);
    for (int i = 0; i < row->n; i++) {
        const char *value = row->values[i];
        bool number = row->types[i] == TYPE_INTEGER || row->types[i] == TYPE_FLOAT;
        if (!value || row->types[i] == TYPE_NULL)
            ts_doc_null(&d, list, NULL);
        else if (number && is_number(value))
            ts_doc_raw(&d, list, NULL, ts_cstr(value));
        else
            ts_doc_text(&d, list, NULL, value);
    }
    q->code = ts_list_add(q->run, &q->rows, &d, list);
    return q->code == TS_OK;
}

static bool on_row(void *arg, const struct ts_sql_row *row)
{
    struct query *q = arg;
    if (!q->head.len) {
        columns_json(q, row);
        columns_table(q, row);
    }
    if (!row->values) return true; /* the names alone: there are no rows */
    q->n++;
    if (q->run->json) return row_json(q, row);
    for (int i = 0; i < row->n && i < TS_TABLE_COLUMNS_MAX; i++)
        ts_table_cell(&q->table, row->values[i] ? ts_cstr(row->values[i]) : TS_STR("-"));
    return true;
}

static enum ts_code run_query(struct ts_session *s)
{
    struct ts_run *run = s->run;
    struct query q = {.run = run};
    char rows[32];
    ts_buf_init(&q.head, 0);
    enum ts_code code = ts_list_open(run, &q.rows);
    if (code == TS_OK) code = ts_store_sql(s->store, run->args.words[0], on_row, &q, &run->error);
    if (code == TS_OK) code = q.code;
    if (code == TS_OK && !q.head.len) ts_buf_adds(&q.head, "{\"columns\":[],\"rows\":[");
    if (code == TS_OK && q.head.failed) code = ts_run_memory(run);
    if (code == TS_OK && run->json) {
        code = ts_list_print(run, &q.rows, ts_buf_cstr(&q.head), "]}\n");
    } else if (code == TS_OK) {
        code = ts_table_print(&q.table, run, 0);
        fprintf(run->out, "(%s %s)\n", ts_text_count((int64_t)q.n, rows), q.n == 1 ? "row" : "rows");
    }
    ts_table_release(&q.table);
    ts_list_release(&q.rows);
    ts_buf_release(&q.head);
    return code;
}

enum ts_code ts_cmd_sql(struct ts_run *run)
{
    struct ts_session s;
    enum ts_code code = ts_session_open(run, TS_STORE_READ, &s);
    return code == TS_OK ? ts_session_close(&s, run_query(&s)) : code;
}
