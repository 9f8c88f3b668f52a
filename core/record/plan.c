/* SPDX-License-Identifier: Apache-2.0 */
/* An event's properties against the tracking plan: what is required is there, and what is there has its declared type.
 * What is not declared is no fault. Paths are put together only when there is something to complain about. */
#include "record/fault.h"
#include "record/record.h"

#define PATH_BYTES 512 /* longer than a fault's field, which is cut between characters */

struct check {
    unsigned money_places;
    const struct ts_json *json;
    struct ts_fault *fault;
};

/* Where a check stands: a chain of names and indices up to the properties. */
struct place {
    const struct place *up;
    struct ts_str name;
    uint32_t index;
    bool item;
};

/* "properties.products[2].price". Returns the length written. */
static size_t place_write(const struct place *at, char *out, size_t cap)
{
    size_t len = at->up ? place_write(at->up, out, cap) : 0;
    int n = at->item ? snprintf(out + len, cap - len, "[%u]", at->index)
                     : snprintf(out + len, cap - len, "%s%.*s", at->up ? "." : "", TS_STR_ARG(at->name));
    if (n < 0) return len;
    return len + (size_t)n < cap ? len + (size_t)n : cap - 1;
}

/* The path as a message says it, without "properties." in front. */
static const char *place_short(const char *path)
{
    const char *dot = strchr(path, '.');
    return dot ? dot + 1 : path;
}

static bool wrong(const struct check *c, const struct place *at, enum ts_reason reason, const char *right,
                  const struct ts_json_node *n)
{
    char path[PATH_BYTES], found[TS_DESCRIBE_BYTES];
    place_write(at, path, sizeof path);
    return ts_fault_set(c->fault, reason, path, "%s must be %s; found %s", place_short(path), right,
                        ts_node_describe(n, found));
}

/* ---- money -------------------------------------------------------------------------------------------------- */

enum ts_code ts_money_read(const struct ts_json_node *n, unsigned places, int64_t *ret)
{
    if (!n || (n->type != TS_JSON_NUMBER && n->type != TS_JSON_STRING)) return TS_E_SYNTAX;
    struct ts_decimal d;
    enum ts_code code = ts_decimal_parse(n->text, &d);
    return code == TS_OK ? ts_decimal_to_minor(d, places, ret) : code;
}

/* Which of the two limits a money value passed: too many digits behind the point, or before it. */
static bool money_too_fine(struct ts_str text)
{
    struct ts_json_node number = {.text = text, .type = TS_JSON_NUMBER};
    double v = ts_json_double(&number);
    return v < 1e15 && v > -1e15;
}

static bool check_money(const struct check *c, const struct place *at, const struct ts_json_node *n)
{
    int64_t minor;
    enum ts_code code = ts_money_read(n, c->money_places, &minor);
    if (code == TS_OK) return true;
    if (code != TS_E_LIMIT) return wrong(c, at, TS_REASON_WRONG_TYPE, "money, for example 19.90", n);
    if (!money_too_fine(n->text)) return wrong(c, at, TS_REASON_JSON_LIMIT, "money of at most 18 digits", n);

    char right[64];
    snprintf(right, sizeof right, "money with at most %u digits after the point", c->money_places);
    return wrong(c, at, TS_REASON_MONEY_PRECISION, right, n);
}

/* ---- other types -------------------------------------------------------------------------------------------- */

static bool check_number(const struct check *c, const struct place *at, const struct ts_json_node *n, bool integer)
{
    const char *right = integer ? "an integer, for example 3" : "a number, for example 2.5";
    if (n->type != TS_JSON_NUMBER) return wrong(c, at, TS_REASON_WRONG_TYPE, right, n);
    int64_t v;
    enum ts_code code = ts_json_integer(n, &v);
    if (code == TS_OK || (code == TS_E_SYNTAX && !integer)) return true;
    if (code == TS_E_LIMIT) return wrong(c, at, TS_REASON_JSON_LIMIT, "a number within 2^53", n);
    return wrong(c, at, TS_REASON_WRONG_TYPE, right, n);
}

static bool check_time(const struct check *c, const struct place *at, const struct ts_json_node *n, bool date)
{
    const char *right = date ? "a date between 1900 and 2200, for example \"2026-01-15\""
                             : "a time between 1900 and 2200, for example \"2026-01-15T02:00:00Z\"";
    ts_ms t;
    bool fine = n->type == TS_JSON_STRING && ts_time_parse(n->text, &t) == TS_OK;
    if (fine && date) fine = n->text.len == sizeof "2026-01-15" - 1; /* with a time, whose day would it be? */
    return fine || wrong(c, at, TS_REASON_WRONG_TYPE, right, n);
}

static bool check_fields(const struct check *c, const struct place *up, const struct ts_json_node *object,
                         const struct ts_field *fields, uint32_t n_fields);

static bool check_list(const struct check *c, const struct place *at, const struct ts_json_node *n,
                       const struct ts_field *field)
{
    if (n->type != TS_JSON_ARRAY) return wrong(c, at, TS_REASON_WRONG_TYPE, "a list", n);
    if (field->n_of == 0) return true;
    uint32_t index = 0;
    for (const struct ts_json_node *item = ts_json_first(c->json, n); item; item = ts_json_next(c->json, item)) {
        struct place here = {.up = at, .index = index++, .item = true};
        if (item->type != TS_JSON_OBJECT) return wrong(c, &here, TS_REASON_WRONG_TYPE, "an object", item);
        if (!check_fields(c, &here, item, field->of, field->n_of)) return false;
    }
    return true;
}

static bool check_value(const struct check *c, const struct place *at, const struct ts_json_node *n,
                        const struct ts_field *field)
{
    switch ((enum ts_type)field->type) {
    case TS_TYPE_ANY:
        return true;
    case TS_TYPE_TEXT:
        return n->type == TS_JSON_STRING || wrong(c, at, TS_REASON_WRONG_TYPE, "text, for example \"A-1001\"", n);
    case TS_TYPE_INTEGER:
        return check_number(c, at, n, true);
    case TS_TYPE_NUMBER:
        return check_number(c, at, n, false);
    case TS_TYPE_MONEY:
        return check_money(c, at, n);
    case TS_TYPE_BOOLEAN:
        return n->type == TS_JSON_TRUE || n->type == TS_JSON_FALSE ||
               wrong(c, at, TS_REASON_WRONG_TYPE, "true or false", n);
    case TS_TYPE_DATE:
        return check_time(c, at, n, true);
    case TS_TYPE_TIME:
        return check_time(c, at, n, false);
    case TS_TYPE_LIST:
        return check_list(c, at, n, field);
    }
    return true;
}

/* Recursion through lists is bounded by the depth of the JSON (TS_LIMIT_JSON_DEPTH). */
static bool check_fields(const struct check *c, const struct place *up, const struct ts_json_node *object,
                         const struct ts_field *fields, uint32_t n_fields)
{
    for (uint32_t i = 0; i < n_fields; i++) {
        const struct ts_field *field = &fields[i];
        const struct ts_json_node *n = ts_json_get(c->json, object, field->name);
        struct place here = {.up = up, .name = field->name};
        if (n && n->type != TS_JSON_NULL) {
            if (!check_value(c, &here, n, field)) return false;
        } else if (field->required) {
            char path[PATH_BYTES];
            place_write(&here, path, sizeof path);
            return ts_fault_set(c->fault, TS_REASON_MISSING_FIELD, path, "%s is required (%s); found %s",
                                place_short(path), ts_type_name((enum ts_type)field->type), n ? "null" : "nothing");
        }
    }
    return true;
}

bool ts_plan_check(const struct ts_event_decl *plan, unsigned money_places, const struct ts_json *json,
                   const struct ts_json_node *properties, struct ts_fault *fault)
{
    struct check c = {.money_places = money_places, .json = json, .fault = fault};
    struct place root = {.name = TS_STR("properties")};
    return check_fields(&c, &root, properties, plan->fields, plan->n_fields);
}
