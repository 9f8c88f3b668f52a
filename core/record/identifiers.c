/* SPDX-License-Identifier: Apache-2.0 */
/* The identifiers that an event carries, found by the declared paths, in the declared order. */
#include "base/limits.h"
#include "record/reading.h"

/* A value by its path: the root's own members were found before, so "userId" costs one look and "traits.email" one
 * search among the traits. */
static const struct ts_json_node *node_at(const struct ts_reading *r, struct ts_str path)
{
    const char *dot = memchr(path.ptr, '.', path.len);
    struct ts_str head = dot ? ts_str(path.ptr, (size_t)(dot - path.ptr)) : path;
    enum ts_at at = ts_at_find(head);
    const struct ts_json_node *n = at < AT_COUNT ? r->at[at] : ts_json_get(r->json, r->record->root, head);
    if (!dot || !n) return n;
    return ts_json_path(r->json, n, ts_str(dot + 1, path.len - head.len - 1));
}

static bool too_large(const struct ts_reading *r, struct ts_str path, size_t bytes)
{
    char field[sizeof r->fault->field];
    snprintf(field, sizeof field, "%.*s", TS_STR_ARG(path));
    return ts_fault_set(r->fault, TS_REASON_TOO_LARGE, field, "%s has %zu bytes; an identifier has at most %u", field,
                        bytes, TS_LIMIT_IDENTIFIER_BYTES);
}

/* The value of one kind; ret_found stays false when the event has none that identifies. */
static bool identifier_find(const struct ts_reading *r, const struct ts_identifier_kind *kind, struct ts_str *ret,
                            bool *ret_found)
{
    for (uint32_t i = 0; i < kind->n_from; i++) {
        const struct ts_json_node *n = node_at(r, kind->from[i]);
        if (!n || (n->type != TS_JSON_STRING && n->type != TS_JSON_NUMBER) || n->text.len == 0) continue;
        if (n->text.len > TS_LIMIT_IDENTIFIER_BYTES) return too_large(r, kind->from[i], n->text.len);

        struct ts_str value;
        enum ts_code code = ts_identifier_normalize(kind, n->text, &r->parser->arena, &value);
        if (code == TS_E_MEMORY) return ts_fault_memory(r->fault);
        if (code != TS_OK) return true; /* the first present wins, and it identifies nobody */
        if (value.len > TS_LIMIT_IDENTIFIER_BYTES) return too_large(r, kind->from[i], value.len);
        *ret = value;
        *ret_found = true;
        return true;
    }
    return true;
}

/* "userId, traits.email, ...": where an identifier could have stood. */
static void list_paths(const struct ts_identifier_kind *kinds, uint32_t n_kinds, char *out, size_t cap)
{
    size_t len = 0;
    out[0] = '\0';
    for (uint32_t k = 0; k < n_kinds; k++) {
        for (uint32_t i = 0; i < kinds[k].n_from; i++) {
            struct ts_str path = kinds[k].from[i];
            if (len + path.len + 3 > cap) return;
            len += (size_t)snprintf(out + len, cap - len, "%s%.*s", len ? ", " : "", TS_STR_ARG(path));
        }
    }
}

bool ts_reading_identifiers(struct ts_reading *r, const struct ts_identifier_kind *kinds, uint32_t n_kinds)
{
    struct ts_record *record = r->record;
    for (uint32_t k = 0; k < n_kinds && record->n_identifiers < TS_RECORD_IDENTIFIERS_MAX; k++) {
        struct ts_str value;
        bool found = false;
        if (!identifier_find(r, &kinds[k], &value, &found)) return false;
        if (!found) continue;
        struct ts_identifier *id = &record->identifiers[record->n_identifiers++];
        id->kind = (uint16_t)k;
        id->value = value;
    }
    if (record->n_identifiers > 0) return true;

    char paths[200];
    list_paths(kinds, n_kinds, paths, sizeof paths);
    return ts_fault_set(r->fault, TS_REASON_MISSING_IDENTIFIER, "",
                        "nothing in the event says whose it is; one of these must hold a usable value: %s",
                        paths[0] ? paths : "(the program declares no identifiers)");
}
