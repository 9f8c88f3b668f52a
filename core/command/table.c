/* SPDX-License-Identifier: Apache-2.0 */
/* Aligned tables: cells are collected as text, measured in terminal columns, and printed once all are there. */
#include "command/table.h"

#include "command/out.h"

#define GAP 2           /* columns between two columns */
#define COLUMN_LEAST 16 /* what a column keeps when the terminal is too narrow: a date and time stay whole */

void ts_table_init(struct ts_table *t, const struct ts_column *columns, unsigned n)
{
    memset(t, 0, sizeof *t);
    t->n_columns = n < TS_TABLE_COLUMNS_MAX ? n : TS_TABLE_COLUMNS_MAX;
    memcpy(t->columns, columns, t->n_columns * sizeof *columns);
    ts_buf_init(&t->text, 0);
}

void ts_table_release(struct ts_table *t)
{
    ts_vec_release(&t->cells);
    ts_buf_release(&t->text);
}

void ts_table_cell(struct ts_table *t, struct ts_str text)
{
    uint32_t *start = ts_vec_push(&t->cells);
    if (!start || t->text.len + text.len > UINT32_MAX) {
        t->failed = true;
        return;
    }
    *start = (uint32_t)t->text.len;
    ts_buf_add(&t->text, text.ptr, text.len);
}

void ts_table_cellf(struct ts_table *t, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ts_table_cell(t, ts_cstr(text));
}

void ts_table_count(struct ts_table *t, int64_t v)
{
    char text[32];
    ts_table_cell(t, ts_cstr(ts_text_count(v, text)));
}

uint32_t ts_table_rows(const struct ts_table *t) { return t->n_columns ? t->cells.len / t->n_columns : 0; }

static struct ts_str cell(const struct ts_table *t, uint32_t i)
{
    size_t end = i + 1 < t->cells.len ? t->cells.at[i + 1] : t->text.len;
    return ts_str((const char *)t->text.data + t->cells.at[i], end - t->cells.at[i]);
}

/* Each column as wide as its widest cell; when the sum passes the terminal's width, the widest that may be cut gives way. */
static void measure(const struct ts_table *t, unsigned limit, unsigned indent, unsigned widths[])
{
    unsigned total = indent;
    for (unsigned c = 0; c < t->n_columns; c++)
        widths[c] = ts_text_width(ts_cstr(t->columns[c].title));
    for (uint32_t i = 0; i < t->cells.len; i++) {
        unsigned c = i % t->n_columns, w = ts_text_width(cell(t, i));
        if (t->columns[c].max && w > t->columns[c].max) w = t->columns[c].max;
        if (w > widths[c]) widths[c] = w;
    }
    for (unsigned c = 0; c < t->n_columns; c++)
        total += widths[c] + (c ? GAP : 0);
    while (limit && total > limit) {
        unsigned widest = 0;
        for (unsigned c = 1; c < t->n_columns; c++)
            if (!t->columns[c].right && (t->columns[widest].right || widths[c] > widths[widest])) widest = c;
        if (t->columns[widest].right || widths[widest] <= COLUMN_LEAST) return;
        unsigned over = total - limit, room = widths[widest] - COLUMN_LEAST;
        /* Down to the second widest at most, in steps, so that two long columns share the loss. */
        unsigned step = over < room ? over : room;
        if (step > 4) step = 4;
        widths[widest] -= step;
        total -= step;
    }
}

static void print_row(struct ts_buf *line, const struct ts_table *t, uint32_t row, const unsigned widths[],
                      const struct ts_style *style, bool title)
{
    for (unsigned c = 0; c < t->n_columns; c++) {
        const struct ts_column *column = &t->columns[c];
        struct ts_str text = title ? ts_cstr(column->title) : cell(t, row * t->n_columns + c);
        enum ts_paint paint = title ? TS_DIM : column->paint;
        bool last = c + 1 == t->n_columns && !column->right;
        if (c) ts_buf_adds(line, "  ");
        if (paint != TS_PLAIN && text.len) ts_buf_adds(line, ts_paint(style, paint));
        ts_text_put(line, text, widths[c], last ? 0 : widths[c], column->right);
        if (paint != TS_PLAIN && text.len) ts_buf_adds(line, ts_paint_end(style));
    }
}

enum ts_code ts_table_print(struct ts_table *t, struct ts_run *run, unsigned indent)
{
    unsigned widths[TS_TABLE_COLUMNS_MAX] = {0};
    if (t->failed || t->text.failed) return ts_run_memory(run);
    if (!t->n_columns) return TS_OK;
    measure(t, run->style.width, indent, widths);
    bool titles = false, ok = true;
    for (unsigned c = 0; c < t->n_columns; c++)
        titles |= t->columns[c].title[0] != '\0';
    struct ts_buf line;
    ts_buf_init(&line, 0);
    for (uint32_t row = titles ? 0 : 1; ok && row <= ts_table_rows(t); row++) {
        ts_buf_clear(&line);
        for (unsigned i = 0; i < indent; i++)
            ts_buf_byte(&line, ' ');
        print_row(&line, t, row - 1, widths, &run->style, row == 0);
        while (line.len && line.data[line.len - 1] == ' ')
            line.len--;
        ok = ts_buf_byte(&line, '\n');
        if (ok) fwrite(line.data, 1, line.len, run->out);
    }
    ts_buf_release(&line);
    return ok ? TS_OK : ts_run_memory(run);
}
