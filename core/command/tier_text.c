/* SPDX-License-Identifier: Apache-2.0 */
/* The reason of a tier's change, kept as JSON in its outcome, in words. */
#include "base/json.h"
#include "command/effects.h"

static const struct ts_tier_basis *basis_named(const struct ts_tiers_decl *t, struct ts_str name)
{
    for (uint32_t i = 0; t && i < t->n_bases; i++)
        if (ts_str_eq(t->bases[i].name, name)) return &t->bases[i];
    return NULL;
}

static int64_t integer_of(const struct ts_json *j, const struct ts_json_node *o, const char *key)
{
    const struct ts_json_node *n = ts_json_get(j, o, ts_cstr(key));
    int64_t v = 0;
    if (n && n->type == TS_JSON_NUMBER && ts_json_integer(n, &v) != TS_OK) v = 0;
    return v;
}

static struct ts_str text_of(const struct ts_json *j, const struct ts_json_node *o, const char *key)
{
    const struct ts_json_node *n = ts_json_get(j, o, ts_cstr(key));
    return n && n->type == TS_JSON_STRING ? n->text : TS_STR("");
}

/* "; out of the window since: 2025-03-02 600.00 USD, ... and 3 days more" */
static void say_fallen(struct ts_engine *engine, const struct ts_json *j, const struct ts_json_node *root,
                       const struct ts_tier_basis *basis, struct ts_buf *out)
{
    const struct ts_json_node *list = ts_json_get(j, root, TS_STR("fell_out"));
    int64_t more = integer_of(j, root, "more");
    unsigned shown = 0;
    char figure[64];
    if (!list || list->type != TS_JSON_ARRAY || list->count == 0) return;
    ts_buf_adds(out, "; no longer in it: ");
    for (const struct ts_json_node *n = ts_json_first(j, list); n; n = ts_json_next(j, n)) {
        if (shown == 3) {
            more++;
            continue;
        }
        int64_t of_day = integer_of(j, n, basis && !basis->sums ? "count" : "sum");
        ts_buf_addf(out, "%s" TS_STR_FMT " %s", shown++ ? ", " : "", TS_STR_ARG(text_of(j, n, "date")),
                    ts_basis_text(engine, basis, of_day, figure));
    }
    if (more) ts_buf_addf(out, " and %lld days more", (long long)more);
}

void ts_tier_say(struct ts_engine *engine, const struct ts_tiers_decl *t, struct ts_str reason, struct ts_buf *out)
{
    struct ts_json j;
    char figure[64], threshold[64];
    ts_json_init(&j);
    if (ts_json_parse(&j, reason.ptr, reason.len, false) == TS_OK && ts_json_root(&j)->type == TS_JSON_OBJECT) {
        const struct ts_json_node *root = ts_json_root(&j);
        struct ts_str name = text_of(&j, root, "basis"), from = text_of(&j, root, "from");
        const struct ts_tier_basis *basis = basis_named(t, name);
        ts_buf_addf(out, TS_STR_FMT " (" TS_STR_FMT, TS_STR_ARG(name), TS_STR_ARG(text_of(&j, root, "window")));
        if (from.len)
            ts_buf_addf(out, ", " TS_STR_FMT " to " TS_STR_FMT, TS_STR_ARG(from), TS_STR_ARG(text_of(&j, root, "to")));
        ts_buf_addf(out, ") was %s of %s", ts_basis_text(engine, basis, integer_of(&j, root, "figure"), figure),
                    ts_basis_text(engine, basis, integer_of(&j, root, "threshold"), threshold));
        say_fallen(engine, &j, root, basis, out);
    }
    ts_json_release(&j);
}
