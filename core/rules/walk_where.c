/* SPDX-License-Identifier: Apache-2.0 */
/* Into the program: conditions on fields (`where`) and the fields whose product earns (`of`). */
#include "rules/walk.h"

static void read_value(struct ts_walk *w, void *item)
{
    struct ts_where_value *v = item;
    if (ts_walk_has(w, "number")) {
        v->kind = ts_walk_bool(w, "money") ? TS_WHERE_MONEY : TS_WHERE_NUMBER;
        v->number = ts_walk_decimal(w, "number", 0);
    } else if (ts_walk_has(w, "flag")) {
        v->kind = TS_WHERE_FLAG;
        v->flag = ts_walk_bool(w, "flag");
    } else {
        v->kind = TS_WHERE_TEXT;
        v->text = ts_walk_str(w, "text");
    }
}

static const struct ts_where_value *read_bound(struct ts_walk *w, const char *key)
{
    if (!ts_walk_push(w, key)) return NULL;
    struct ts_where_value *v = ts_walk_alloc(w, 1, sizeof *v);
    read_value(w, v);
    lua_pop(w->L, 1);
    return v;
}

static void read_where(struct ts_walk *w, void *item)
{
    struct ts_where *c = item;
    c->field = ts_walk_str(w, "field");
    c->of_event = ts_walk_bool(w, "of_event");
    c->except = ts_walk_bool(w, "except");
    c->values = ts_walk_list(w, "values", sizeof *c->values, read_value, &c->n_values);
    c->at_least = read_bound(w, "at_least");
    c->below = read_bound(w, "below");
}

struct ts_where_list ts_walk_where(struct ts_walk *w)
{
    struct ts_where_list list = {NULL, 0};
    list.at = ts_walk_list(w, "where", sizeof *list.at, read_where, &list.n);
    return list;
}

static void read_factor_field(struct ts_walk *w, void *item)
{
    struct ts_factor_field *f = item;
    f->field = ts_walk_str(w, "field");
    f->money = ts_walk_bool(w, "money");
    f->of_event = ts_walk_bool(w, "of_event");
}

const struct ts_factor_field *ts_walk_factor_fields(struct ts_walk *w, uint32_t *ret_n)
{
    return ts_walk_list(w, "of", sizeof(struct ts_factor_field), read_factor_field, ret_n);
}
