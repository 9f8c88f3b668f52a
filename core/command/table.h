/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people: aligned tables, bars, numbers with thousands separators. Widths are columns of a terminal (utf8proc), so Chinese and
 * accents align; what could steer a terminal is replaced. Colours only on a terminal, and never with NO_COLOR. */
#ifndef TS_COMMAND_TABLE_H
#define TS_COMMAND_TABLE_H

#include "command/command.h"

struct ts_style ts_style_of(FILE *f);

enum ts_paint { TS_PLAIN, TS_BOLD, TS_DIM, TS_GREEN, TS_RED, TS_YELLOW, TS_CYAN };
const char *ts_paint(const struct ts_style *s, enum ts_paint p); /* "" without colours */
const char *ts_paint_end(const struct ts_style *s);

/* Columns that `text` takes on a terminal. */
unsigned ts_text_width(struct ts_str text);
/* Append `text` without control characters, at most `max` columns (0: all; cut with an ellipsis), padded to `pad` columns. */
void ts_text_put(struct ts_buf *out, struct ts_str text, unsigned max, unsigned pad, bool right);

/* "1,234,567" */
const char *ts_text_count(int64_t v, char out[static 32]);
/* 123450 with 2 places: "1,234.50" */
const char *ts_text_minor(int64_t v, unsigned places, char out[static 40]);
/* "2026-01-15 10:00" in the zone (NULL: UTC); TS_NEVER: "never" */
const char *ts_text_time(const struct ts_zone *z, ts_ms t, char out[static 32]);
const char *ts_text_span(double seconds, char out[static 32]); /* "1 h 12 min", "3.2 s" */
/* "█████░░░░░" of `width` columns for share 0..1 */
void ts_text_bar(struct ts_buf *out, double share, unsigned width);

struct ts_column {
    const char *title;
    bool right;
    unsigned max; /* columns at most; 0: as wide as its widest cell */
    enum ts_paint paint;
};
#define TS_TABLE_COLUMNS_MAX 64
struct ts_table {
    struct ts_column columns[TS_TABLE_COLUMNS_MAX];
    unsigned n_columns;
    TS_VEC(uint32_t) cells; /* start of each cell in text */
    struct ts_buf text;
    bool failed;
};
void ts_table_init(struct ts_table *t, const struct ts_column *columns, unsigned n);
void ts_table_release(struct ts_table *t);
void ts_table_cell(struct ts_table *t, struct ts_str text); /* the next cell, row by row */
void ts_table_cellf(struct ts_table *t, const char *fmt, ...) TS_PRINTF(2, 3);
void ts_table_count(struct ts_table *t, int64_t v);
uint32_t ts_table_rows(const struct ts_table *t);
/* Print with an indent; wide columns give way to the terminal's width. */
enum ts_code ts_table_print(struct ts_table *t, struct ts_run *run, unsigned indent);

#endif
