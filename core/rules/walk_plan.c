/* SPDX-License-Identifier: Apache-2.0 */
/* Into the program: what it is called, its zone and currency, the tracking plan, identifiers and traits. */
#include "rules/walk.h"

static uint8_t read_type(struct ts_walk *w)
{
    uint8_t found = TS_TYPE_ANY;
    lua_getfield(w->L, -1, "type");
    const char *text = lua_tostring(w->L, -1);
    for (unsigned t = TS_TYPE_ANY; text && t <= TS_TYPE_LIST; t++) {
        if (strcmp(text, ts_type_name((enum ts_type)t)) == 0) found = (uint8_t)t;
    }
    lua_pop(w->L, 1);
    return found;
}

static void read_field(struct ts_walk *w, void *item)
{
    struct ts_field *f = item;
    f->name = ts_walk_str(w, "name");
    f->type = read_type(w);
    f->required = ts_walk_bool(w, "required");
    f->of = ts_walk_list(w, "of", sizeof *f->of, read_field, &f->n_of);
}

static void read_event(struct ts_walk *w, void *item)
{
    struct ts_event_decl *e = item;
    e->name = ts_walk_str(w, "name");
    e->internal = ts_walk_bool(w, "internal");
    e->fields = ts_walk_list(w, "fields", sizeof *e->fields, read_field, &e->n_fields);
}

static void read_identifier(struct ts_walk *w, void *item)
{
    static const char *const kinds[] = {"none", "email", "phone", NULL}; /* enum ts_normalize */
    struct ts_identifier_kind *k = item;
    k->name = ts_walk_str(w, "name");
    k->from = ts_walk_strs(w, "from", &k->n_from);
    k->strong = ts_walk_bool(w, "strong");
    k->per_member = (uint32_t)ts_walk_int(w, "per_member", 0);
    k->per = ts_walk_duration(w, "per");
    if (ts_walk_push(w, "normalize")) {
        k->normalize = (uint8_t)ts_walk_choice(w, "kind", kinds, TS_NORMALIZE_NONE);
        struct ts_str region = ts_walk_str(w, "region");
        if (region.len && region.len < sizeof k->region) memcpy(k->region, region.ptr, region.len);
        lua_pop(w->L, 1);
    }
}

/* Priority: strong before weak, then as declared. */
static void order_identifiers(struct ts_walk *w)
{
    struct ts_program *p = w->p;
    struct ts_identifier_kind *sorted = ts_walk_alloc(w, p->identifiers.n, sizeof *sorted);
    uint32_t n = 0;
    for (int strong = 1; strong >= 0; strong--) {
        for (uint32_t i = 0; i < p->identifiers.n; i++) {
            if (p->identifiers.at[i].strong == strong) sorted[n++] = p->identifiers.at[i];
        }
    }
    p->identifiers.at = sorted;
}

static void default_identifiers(struct ts_walk *w)
{
    struct ts_program *p = w->p;
    const struct ts_identifier_kind *kinds = ts_identifier_defaults(&p->identifiers.n);
    p->identifiers.at = ts_walk_alloc(w, p->identifiers.n, sizeof *kinds);
    memcpy(p->identifiers.at, kinds, p->identifiers.n * sizeof *kinds);
}

static void read_blocked(struct ts_walk *w, void *item)
{
    struct ts_blocked *b = item;
    b->kind = ts_walk_str(w, "kind");
    b->value = ts_walk_str(w, "value");
}

static void read_trait(struct ts_walk *w, void *item)
{
    struct ts_trait_decl *t = item;
    t->name = ts_walk_str(w, "name");
    t->origin = ts_walk_origin(w);
    t->class = ts_walk_str(w, "class");
    t->type = read_type(w);
    t->standing = ts_walk_str(w, "standing");
}

static void read_zone(struct ts_walk *w)
{
    lua_getfield(w->L, -1, "timezone");
    struct ts_error err = {0};
    enum ts_code code = ts_zone_open(lua_tostring(w->L, -1), &w->p->zone, &err);
    if (code == TS_E_MEMORY) ts_walk_no_memory(w);
    if (code != TS_OK) luaL_error(w->L, "%s", err.text);
    lua_pop(w->L, 1);
}

void ts_walk_plan(struct ts_walk *w)
{
    struct ts_program *p = w->p;
    p->name = ts_walk_str(w, "name");
    p->currency = ts_walk_str(w, "currency");
    p->money_places = (uint8_t)ts_walk_int(w, "money_places", 2);
    p->late_set = ts_walk_has(w, "late");
    p->late = ts_walk_duration(w, "late");
    p->accept_unknown_events = ts_walk_bool(w, "accept_unknown_events");
    read_zone(w);
    TS_WALK_ARRAY(w, "events", &p->events, read_event);
    TS_WALK_ARRAY(w, "identifiers", &p->identifiers, read_identifier);
    if (p->identifiers.n)
        order_identifiers(w);
    else
        default_identifiers(w);
    TS_WALK_ARRAY(w, "blocked", &p->blocked, read_blocked);
    TS_WALK_ARRAY(w, "traits", &p->traits, read_trait);
}
