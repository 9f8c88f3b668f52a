/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in memory for the virtual tables: what one member gives. */
#ifndef TS_STORE_ROWS_H
#define TS_STORE_ROWS_H

#include "store/internal.h"

enum cell_type { CELL_NULL, CELL_INTEGER, CELL_TEXT };
struct cell {
    enum cell_type type;
    int64_t number;
    struct ts_str text;
};
struct rows {
    TS_VEC(struct cell) cells; /* row after row */
    struct ts_arena arena;     /* of texts that had to be made */
    bool failed;
};
void rows_clear(struct rows *r);
void rows_release(struct rows *r);
/* Append a cell to the row that is being built. */
void rows_number(struct rows *r, int64_t v);
void rows_text(struct rows *r, struct ts_str text); /* ptr NULL: SQL NULL; borrowed */
void rows_member(struct rows *r, uint64_t number);  /* "m12" */
void rows_time(struct rows *r, ts_ms t);            /* RFC 3339; never: NULL */
void rows_day(struct rows *r, ts_day day);

/* A virtual table: one row or more for each member. Columns whose bit is set in `keys` hold members or aliases, and
 * equality on them looks one member up. */
struct people_table {
    const char *name, *columns;
    uint32_t n_columns, keys;
    void (*fill)(struct ts_engine *e, const struct ts_member *m, struct rows *out);
};
extern const struct people_table people_tables[];
extern const size_t people_tables_n;

#endif
