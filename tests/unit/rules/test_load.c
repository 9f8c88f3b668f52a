/* SPDX-License-Identifier: Apache-2.0 */
/* A whole rule set (tests/unit/rules/shop) becomes a program, checked field by field; and what functions hold
 * afterwards. */
#include <math.h>

#include "fixture.h"
#include "rules/host.h"

static struct ts_rules *rules;
static struct ts_program *program;

static int load_shop(void **state)
{
    struct ts_sources s;
    struct ts_problems problems = {0};
    struct ts_error err = {0};
    TS_UNUSED(state);
    if (ts_sources_read(TESSERA_SOURCE_DIR "/tests/unit/rules/shop", &s, &err) != TS_OK) return -1;
    enum ts_code code = ts_rules_load(&s, NULL, &rules, &problems, &err);
    if (code != TS_OK) print_error("%s %s %s\n", ts_code_name(code), err.where, err.text);
    assert_int_equal(problems.list.len, 0);
    ts_problems_release(&problems);
    ts_sources_release(&s);
    if (code != TS_OK) return -1;
    program = ts_rules_program(rules);
    return 0;
}

static int free_shop(void **state)
{
    TS_UNUSED(state);
    ts_rules_free(rules);
    return 0;
}

#define FIND(array, wanted)                                                                                            \
    ({                                                                                                                 \
        __typeof__((array)->at) found_ = NULL;                                                                         \
        for (uint32_t i_ = 0; i_ < (array)->n; i_++) {                                                                 \
            if (ts_str_eq((array)->at[i_].name, ts_cstr(wanted))) found_ = &(array)->at[i_];                           \
        }                                                                                                              \
        if (!found_) fail_msg("no declaration \"%s\"", wanted);                                                        \
        found_;                                                                                                        \
    })

static void assert_duration(struct ts_duration d, int months, int days)
{
    assert_int_equal(d.months, months);
    assert_int_equal(d.days, days);
    assert_int_equal(d.ms, 0);
}

static void assert_decimal(struct ts_decimal d, int64_t digits, int scale)
{
    assert_int_equal(d.digits, digits);
    assert_int_equal(d.scale, scale);
}

/* ---- the plan --------------------------------------------------------------------------------------------------- */

static void program_itself(void **state)
{
    TS_UNUSED(state);
    assert_str(program->name, "Harbour Coffee");
    assert_string_equal(ts_zone_name(program->zone), "Asia/Shanghai");
    assert_str(program->currency, "CNY");
    assert_int_equal(program->money_places, 2);
    assert_true(program->late_set);
    assert_duration(program->late, 0, 3);
    assert_false(program->accept_unknown_events);
    assert_int_equal(program->version.len, 7 + 64);
}

static void events(void **state)
{
    TS_UNUSED(state);
    const struct ts_event_decl *e = FIND(&program->events, "Order Completed");
    assert_int_equal(e->n_fields, 3); /* the brand's own replaces Segment's; fields by name */
    assert_false(e->internal);
    assert_str(e->fields[0].name, "order_id");
    assert_int_equal(e->fields[0].type, TS_TYPE_TEXT);
    assert_true(e->fields[0].required);
    assert_str(e->fields[1].name, "products");
    assert_int_equal(e->fields[1].type, TS_TYPE_LIST);
    assert_false(e->fields[1].required);
    assert_int_equal(e->fields[1].n_of, 4);
    assert_str(e->fields[1].of[1].name, "price");
    assert_int_equal(e->fields[1].of[1].type, TS_TYPE_MONEY);
    assert_int_equal(e->fields[2].type, TS_TYPE_MONEY);
    unsigned times = 0;
    for (uint32_t i = 0; i < program->events.n; i++)
        times += ts_str_eq(program->events.at[i].name, TS_STR("Order Completed"));
    assert_int_equal(times, 1);

    e = FIND(&program->events, "Review Posted");
    static const struct {
        const char *name;
        enum ts_type type;
    } fields[] = {{"at", TS_TYPE_TIME},  {"day", TS_TYPE_DATE},      {"kept", TS_TYPE_BOOLEAN},
                  {"rest", TS_TYPE_ANY}, {"stars", TS_TYPE_INTEGER}, {"weight", TS_TYPE_NUMBER}};
    assert_int_equal(e->n_fields, TS_ARRAY_LEN(fields));
    for (uint32_t i = 0; i < e->n_fields; i++) {
        assert_true(ts_str_eq(e->fields[i].name, ts_cstr(fields[i].name)));
        assert_int_equal(e->fields[i].type, fields[i].type);
    }
    assert_int_equal(FIND(&program->events, "Quote Requested")->n_fields, 0);
    assert_false(FIND(&program->events, "Page Viewed")->internal);
    assert_int_equal(FIND(&program->events, "Product Viewed")->internal, false);
    e = FIND(&program->events, "tier.upgraded");
    assert_true(e->internal);
    assert_int_equal(e->n_fields, 3);
}

static void identifiers(void **state)
{
    TS_UNUSED(state);
    static const char *const order[] = {"user_id", "email", "phone", "device", "crm", "card"}; /* strong first */
    assert_int_equal(program->identifiers.n, TS_ARRAY_LEN(order));
    for (uint32_t i = 0; i < TS_ARRAY_LEN(order); i++) {
        assert_true(ts_str_eq(program->identifiers.at[i].name, ts_cstr(order[i])));
        assert_int_equal(program->identifiers.at[i].strong, i < 3);
    }
    const struct ts_identifier_kind *k = program->identifiers.at;
    assert_int_equal(k[0].n_from, 1);
    assert_str(k[0].from[0], "userId");
    assert_int_equal(k[0].per_member, 1);
    assert_int_equal(k[0].normalize, TS_NORMALIZE_NONE);
    assert_int_equal(k[1].n_from, 2);
    assert_str(k[1].from[1], "context.traits.email");
    assert_int_equal(k[1].normalize, TS_NORMALIZE_EMAIL);
    assert_int_equal(k[2].normalize, TS_NORMALIZE_PHONE);
    assert_string_equal(k[2].region, "CN");
    assert_duration(k[2].per, 0, 30);
    assert_str(k[3].from[0], "context.device.id");
    assert_int_equal(k[4].n_from, 2);
    assert_str(k[4].from[0], "traits.crm");
    assert_int_equal(k[4].per_member, 0);
    assert_str(k[5].from[0], "properties.card");
    assert_int_equal(program->blocked.n, 3);
    assert_str(program->blocked.at[0].kind, "email");
    assert_str(program->blocked.at[0].value, "test@test.com");
    assert_str(program->blocked.at[2].value, "+8613800138000");
}

static void traits(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(program->traits.n, 5);
    const struct ts_trait_decl *t = FIND(&program->traits, "birthday");
    assert_str(t->class, "static");
    assert_int_equal(t->type, TS_TYPE_DATE);
    assert_null(t->standing.ptr);
    assert_str(t->origin.file, "program.lua");
    assert_int_equal(t->origin.line, 22);
    t = FIND(&program->traits, "city");
    assert_str(t->class, "life");
    assert_int_equal(t->type, TS_TYPE_TEXT);
    t = FIND(&program->traits, "marketing");
    assert_int_equal(t->type, TS_TYPE_BOOLEAN);
    assert_str(t->standing, "no");
    assert_str(FIND(&program->traits, "points donation")->standing, "yes");
}

/* ---- figures ---------------------------------------------------------------------------------------------------- */

static void measures(void **state)
{
    TS_UNUSED(state);
    const struct ts_measure *m = FIND(&program->measures, "orders");
    assert_int_equal(m->unit, TS_UNIT_COUNT);
    assert_null(m->sum.ptr);
    assert_null(m->each.ptr);
    assert_null(m->by.ptr);
    assert_false(m->implicit);
    m = FIND(&program->measures, "spend");
    assert_int_equal(m->unit, TS_UNIT_MONEY);
    assert_str(m->sum, "revenue");
    m = FIND(&program->measures, "shares");
    assert_int_equal(m->n_on, 2);
    assert_str(m->on[1], "Cart Shared");
    m = FIND(&program->measures, "bought");
    assert_int_equal(m->unit, TS_UNIT_INTEGER);
    assert_str(m->each, "products");
    assert_str(m->by, "category");
    assert_str(FIND(&program->measures, "places")->by, "place");
    assert_int_equal(FIND(&program->measures, "weight")->unit, TS_UNIT_NUMBER);
    assert_str(FIND(&program->measures, "lines")->by, "order_id");
    /* of member:did and member:since, each event once */
    assert_int_equal(program->measures.n, 9);
    m = FIND(&program->measures, "did Product Viewed");
    assert_true(m->implicit);
    assert_int_equal(m->n_on, 1);
    assert_str(m->on[0], "Product Viewed");
    assert_true(FIND(&program->measures, "did Order Completed")->implicit);
}

static void scores(void **state)
{
    TS_UNUSED(state);
    const struct ts_score_decl *s = FIND(&program->scores, "activity");
    assert_int_equal(s->half_life, 30 * TS_DAY_MS);
    assert_true(isinf(s->floor) && s->floor < 0);
    assert_int_equal(s->at_most.amount, 20000000);
    assert_int_equal(s->at_most.per.kind, TS_WINDOW_CALENDAR);
    assert_int_equal(s->at_most.per.period, TS_PERIOD_DAY);
    assert_int_equal(s->at_most.per_ms, 0);
    assert_int_equal(s->n_events, 3);
    assert_str(s->events[0].event, "Page Viewed");
    assert_true(s->events[2].points == 5);
    s = FIND(&program->scores, "conversion");
    assert_int_equal(s->half_life, 36 * 3600000);
    assert_true(s->floor == -2);
    assert_int_equal(s->at_most.amount, 0);
    assert_true(s->events[0].points == 10.5);
    s = FIND(&program->scores, "fit");
    assert_int_equal(s->half_life, 0);
    assert_int_equal(s->at_most.amount, 2500000);
    assert_int_equal(s->at_most.per.kind, TS_WINDOW_ROLLING);
    assert_int_equal(s->at_most.per_ms, 12 * 3600000);
    assert_int_equal(s->n_traits, 4);
    assert_str(s->traits[0].value, "\"Shanghai\"");
    assert_str(s->traits[1].value, "\"\\\"Hangzhou\\\"\"");
    assert_str(s->traits[2].value, "3");
    assert_str(s->traits[3].value, "true");
    assert_str(s->traits[3].trait, "mood");
    assert_true(s->traits[1].points == 6.5);
}

static void tags(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(program->tags.n, 4);
    const struct ts_tag_decl *t = FIND(&program->tags, "solution only");
    assert_str(t->class, "behaviour");
    assert_int_not_equal(t->fn_when, 0);
    assert_int_equal(t->n_on, 0);
    assert_false(t->during.any);
    t = FIND(&program->tags, "came by QR code");
    assert_str(t->class, "life");
    assert_int_equal(t->n_on, 1);
    assert_duration(t->keep, 0, 90);
    assert_int_not_equal(t->fn_when, 0);
    assert_true(t->during.any);
    assert_int_equal(t->during.hour_from, 22 * 60);
    assert_int_equal(t->during.hour_to, 6 * 60 + 30);
    assert_int_equal(t->origin.line, 8);
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

static void tiers(void **state)
{
    TS_UNUSED(state);
    const struct ts_tiers_decl *t = FIND(&program->tiers, "membership");
    assert_int_equal(t->bases[0].kind, TS_BASIS_MEASURE);
    assert_str(t->bases[0].name, "spend");
    assert_int_equal(t->bases[0].window.kind, TS_WINDOW_ROLLING);
    assert_int_equal(t->bases[0].window.months, 12);
    assert_int_equal(t->n_levels, 3);
    assert_int_equal(t->levels[0].from[0], 0);
    assert_decimal(t->levels[0].rate, 1, 0);
    assert_int_equal(t->levels[1].from[0], 100000);
    assert_decimal(t->levels[1].rate, 12, 1);
    assert_false(t->levels[1].never_lost);
    assert_str(t->levels[2].name, "Gold");
    assert_true(t->levels[2].never_lost);
    assert_int_equal(t->levels[2].n_extra, 2);
    assert_str(t->levels[2].extra[0].key, "benefits");
    assert_str(t->levels[2].extra[0].json, "[\"free delivery\",\"lounge\"]");
    assert_str(t->levels[2].extra[1].json, "{\"name\":\"cup\",\"sizes\":[1,2.5],\"worth\":350}");
    assert_true(t->upgrade_at_once);
    assert_true(t->downgrades);
    assert_int_equal(t->review, TS_PERIOD_QUARTER);
    assert_duration(t->grace, 0, 30);
    assert_duration(t->notice, 1, 0);
    assert_int_equal(t->steps, 1);
    assert_true(t->on_refund_review);

    t = FIND(&program->tiers, "collector");
    assert_int_equal(t->bases[0].kind, TS_BASIS_EARNED);
    assert_str(t->bases[0].name, "stars");
    assert_int_equal(t->bases[0].window.kind, TS_WINDOW_LIFETIME);
    assert_int_equal(t->levels[1].from[0], 125); /* 12.5 points of one decimal */
    assert_decimal(t->levels[1].rate, 1, 0);
    assert_false(t->upgrade_at_once);
    assert_false(t->downgrades);
    assert_int_equal(t->review, TS_PERIOD_MONTH);
    assert_false(t->on_refund_review);
}

static void points(void **state)
{
    TS_UNUSED(state);
    const struct ts_points_decl *p = FIND(&program->points, "stars");
    assert_int_equal(p->decimals, 1);
    assert_duration(p->pending, 0, 14);
    assert_true(p->expires);
    assert_duration(p->expire_after, 36, 0);
    assert_int_equal(p->expire_at, TS_BOUNDARY_MONTH);
    p = FIND(&program->points, "coins");
    assert_false(p->expires);
    assert_duration(p->pending, 0, 0);
    assert_int_equal(p->decimals, 0);
}

static void earns(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(program->earns.n, 3);
    const struct ts_earn_decl *e = &program->earns.at[0]; /* the highest priority */
    assert_str(e->name, "coins for reviews");
    assert_int_equal(e->priority, 5);
    assert_true(e->late);
    assert_false(e->declared);
    assert_int_not_equal(e->fn_amount, 0);
    assert_int_not_equal(e->fn_when, 0);
    assert_int_equal(e->at_most.amount, 3);
    assert_int_equal(e->at_most.per_ms, 7 * TS_DAY_MS);
    e = &program->earns.at[1]; /* then by name */
    assert_str(e->name, "a coin a scan");
    assert_int_equal(e->n_on, 2);
    assert_true(e->declared);
    assert_int_equal(e->n_of, 0);
    assert_int_equal(e->per, 1);
    assert_decimal(e->give, 2, 0);
    assert_decimal(e->times, 115, 2);
    assert_false(e->times_rate);
    assert_false(e->late);
    assert_int_equal(e->during.date_from, ts_day_from_civil(2026, 1, 1));
    assert_int_equal(e->during.date_to, ts_day_from_civil(2026, 12, 31));
    assert_int_equal(e->during.hour_from, -1);
    e = &program->earns.at[2];
    assert_str(e->name, "stars on purchases");
    assert_str(e->points, "stars");
    assert_str(e->once_per, "order_id");
    assert_decimal(e->give, 125, 1); /* 1.25 points are 12.5 units of a tenth */
    assert_int_equal(e->per, 100);
    assert_int_equal(e->n_of, 1);
    assert_str(e->of[0].field, "revenue");
    assert_true(e->of[0].money);
    assert_true(e->times_rate);
    assert_str(e->times_tiers, "membership");
    assert_decimal(e->times, 1, 0);
    assert_int_equal(e->rounding, TS_ROUND_HALF_UP);
    assert_true(e->steps);
    assert_int_equal(e->at_most.amount, 20000);
    assert_int_equal(e->origin.line, 20);
}

static void bonuses_and_rules(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(program->bonuses.n, 2);
    const struct ts_bonus_decl *b = &program->bonuses.at[0];
    assert_str(b->name, "Autumn");
    assert_decimal(b->times, 115, 2);
    assert_str(b->best_of, "season");
    assert_int_equal(b->at_most.amount, 500);
    assert_int_equal(b->at_most.per.kind, TS_WINDOW_LIFETIME);
    b = &program->bonuses.at[1];
    assert_str(b->of, "stars on purchases");
    assert_int_not_equal(b->fn_when, 0);
    assert_int_equal(b->during.days, 1 | 1 << 6);
    assert_int_equal(b->during.months, 1 | 1 << 11);
    assert_int_equal(b->during.hour_from, 480);
    assert_str(b->during.month_of, "birthday");

    assert_int_equal(program->rules.n, 2);
    const struct ts_rule_decl *r = &program->rules.at[0];
    assert_str(r->name, "price");
    assert_str(r->origin.file, "more/prices.lua");
    r = &program->rules.at[1];
    assert_int_equal(r->priority, -1);
    assert_int_equal(r->n_on, 2);
    assert_int_not_equal(r->fn_when, 0);
    assert_int_not_equal(r->fn_act, 0);
    assert_int_equal(r->during.months, 1 << 4);
}

/* ---- what functions hold ---------------------------------------------------------------------------------------- */

static void call(uint32_t fn, int results)
{
    assert_true(fn > 0 && fn <= rules->n_functions);
    lua_rawgeti(rules->L, LUA_REGISTRYINDEX, rules->functions[fn - 1]);
    assert_int_equal(lua_type(rules->L, -1), LUA_TFUNCTION);
    assert_int_equal(ts_host_enter(rules, 0, results, 1 << 20), LUA_OK);
}

static void captured_values_are_settled(void **state)
{
    TS_UNUSED(state);
    lua_State *L = rules->L;
    call(FIND(&program->tags, "held")->fn_when, 6);
    assert_int_equal(lua_tointeger(L, -5), 100050);
    assert_int_equal(lua_tointeger(L, -4), 500);
    assert_int_equal(lua_tointeger(L, -3), 2);
    assert_int_equal(lua_tointeger(L, -2), 3);
    /* frozen: its content is seen through ts_host_thaw, and nothing can be put in */
    lua_pushvalue(L, -1);
    ts_host_thaw(L, -1);
    assert_int_equal(lua_getfield(L, -1, "big"), LUA_TNUMBER);
    lua_pop(L, 3);
    assert_int_equal(luaL_loadstring(L, "local t = ... t.x = 1"), LUA_OK);
    lua_pushvalue(L, -2);
    assert_int_equal(lua_pcall(L, 1, 0, 0), LUA_ERRRUN);
    assert_non_null(strstr(lua_tostring(L, -1), "read-only"));
    lua_settop(L, TS_HOST_BASE);
}

static void included_data_is_there(void **state)
{
    TS_UNUSED(state);
    call(FIND(&program->rules, "price")->fn_act, 1);
    assert_int_equal(lua_tointeger(rules->L, -1), 130);
    lua_settop(rules->L, TS_HOST_BASE);
}

/* ---- other programs --------------------------------------------------------------------------------------------- */

static void the_default_program(void **state)
{
    TS_UNUSED(state);
    struct ts_rules *r;
    struct ts_error err = {0};
    assert_int_equal(ts_rules_default(NULL, &r, &err), TS_OK);
    struct ts_program *p = ts_rules_program(r);
    assert_string_equal(ts_zone_name(p->zone), "UTC");
    assert_str(p->currency, "USD");
    assert_int_equal(p->money_places, 2);
    assert_false(p->late_set);
    assert_int_equal(p->identifiers.n, 5);
    assert_str(p->identifiers.at[0].name, "user_id");
    assert_str(p->identifiers.at[4].name, "device");
    const struct ts_event_decl *e = FIND(&p->events, "Order Completed");
    for (uint32_t i = 0; i < e->n_fields; i++)
        assert_false(e->fields[i].required);
    assert_int_equal(p->measures.n + p->tags.n + p->rules.n + p->earns.n + p->points.n + p->tiers.n, 0);
    ts_rules_free(r);
}

/* Every event of Segment's own documentation that comes declared fits its declaration. */
static void documented_events_fit(void **state)
{
    TS_UNUSED(state);
    FILE *f = fopen(TESSERA_SOURCE_DIR "/../shared/data/events/segment_docs_payloads.jsonl", "rb");
    if (!f) {
        print_message("skipped: ../shared/data/events/segment_docs_payloads.jsonl is not there\n");
        skip();
    }
    struct ts_rules *r;
    struct ts_error err = {0};
    assert_int_equal(ts_rules_default(NULL, &r, &err), TS_OK);
    struct ts_program *p = ts_rules_program(r);
    struct ts_json j;
    ts_json_init(&j);
    unsigned fit = 0, wrong = 0;
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; (n = getline(&line, &cap, f)) > 0;) {
        while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        if (ts_json_parse(&j, line, (size_t)n, false) != TS_OK) continue;
        const struct ts_json_node *root = ts_json_get(&j, ts_json_root(&j), TS_STR("parsed")),
                                  *event = ts_json_get(&j, root, TS_STR("event"));
        for (uint32_t i = 0; event && i < p->events.n; i++) {
            struct ts_fault fault = {0};
            if (!ts_str_eq(p->events.at[i].name, event->text)) continue;
            if (!ts_plan_check(&p->events.at[i], 2, &j, ts_json_get(&j, root, TS_STR("properties")), &fault))
                print_error("%.*s: %s\n", TS_STR_ARG(event->text), fault.message), wrong++;
            fit++;
        }
    }
    print_message("%u events\n", fit);
    assert_true(fit > 0);
    assert_int_equal(wrong, 0);
    free(line);
    fclose(f);
    ts_json_release(&j);
    ts_rules_free(r);
}

static void currencies(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text;
        int places;
        int64_t from;
    } cases[] = {
        {"JPY", 0, 20}, {"KRW", 0, 20}, {"USD", 2, 2000}, {"KWD", 3, 20000}, {"TND", 3, 20000}, {"XYZ", 2, 2000},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        char text[400];
        snprintf(text, sizeof text,
                 "measure \"spend\" { on = \"Order Completed\", sum = \"revenue\" } tiers \"t\" { basis = { measure = "
                 "\"spend\" }, { \"a\" }, { \"b\", from = money \"20\" } } program { currency = \"%s\" }",
                 cases[i].text);
        struct ts_rules *r;
        assert_int_equal(load_text(text, &r, NULL), TS_OK);
        assert_int_equal(ts_rules_program(r)->money_places, cases[i].places);
        assert_int_equal(ts_rules_program(r)->tiers.at[0].levels[1].from[0], cases[i].from);
        ts_rules_free(r);
    }
}

static void items_and_conditions(void **state)
{
    TS_UNUSED(state);
    struct ts_rules *r;
    struct ts_problems problems = {0};
    assert_int_equal(
        load_text(
            "points 'p' { decimals = 1 }\npoints 'q' { spendable = false }\n"
            "earn 'e' { on = 'Order Completed', points = 'p', each = 'products', of = { 'quantity', 'price' }, give = "
            "1, "
            "per = money '2',\n"
            "  where = { category = { except = { 'a', 'b' } }, price = { at_least = money '5', below = money '9.99' }, "
            "coupon = 'x', quantity = { 1, 2.0 } }, funded_by = 'F' }\n"
            "bonus 'b' { of = 'e', times = 2, where = { affiliation = 'web' } }",
            &r, &problems),
        TS_OK);
    const struct ts_program *p = ts_rules_program(r);
    assert_true(p->points.at[0].spendable);
    assert_false(p->points.at[1].spendable);
    const struct ts_earn_decl *e = &p->earns.at[0];
    assert_str(e->each, "products");
    assert_str(e->funded_by, "F");
    assert_int_equal(e->n_of, 2);
    assert_true(!e->of[0].money && !e->of[0].of_event && e->of[1].money);
    assert_int_equal(e->where.n, 4); /* by field: category, coupon, price, quantity */
    assert_str(e->where.at[0].field, "category");
    assert_true(e->where.at[0].except && e->where.at[0].n_values == 2 && !e->where.at[0].of_event);
    assert_str(e->where.at[0].values[1].text, "b");
    assert_int_equal(e->where.at[1].n_values, 1);
    assert_int_equal(e->where.at[2].n_values, 0);
    assert_int_equal(e->where.at[2].at_least->kind, TS_WHERE_MONEY);
    assert_decimal(e->where.at[2].at_least->number, 500, 0);
    assert_decimal(e->where.at[2].below->number, 999, 0);
    assert_int_equal(e->where.at[3].values[1].kind, TS_WHERE_NUMBER);
    assert_decimal(e->where.at[3].values[1].number, 2, 0);
    const struct ts_bonus_decl *b = &p->bonuses.at[0];
    assert_int_equal(b->where.n, 1);
    assert_true(b->where.at[0].of_event); /* items have no such field, the event has */
    ts_problems_release(&problems);
    ts_rules_free(r);
}

static void milestones_and_attributions(void **state)
{
    TS_UNUSED(state);
    struct ts_rules *r;
    struct ts_problems problems = {0};
    assert_int_equal(
        load_text(
            "points 'p' { decimals = 1 }\nmeasure 'm' { on = 'Order Completed', sum = 'revenue' }\ntag 't' { class = "
            "'life' }\n"
            "milestone 'b' { at = { money '25', money '5' }, of = 'm', give = { amount = 2.5, tag = 't', keep = '3 "
            "days' } "
            "}\n"
            "milestone 'a' { every = money '10', of = 'm', give = { notify = 'n' }, late = true, funded_by = 'F' }\n"
            "attribution 'x' { to = 'coupon_id', touches = { 'Coupon Entered', 'Coupon Applied' }, credit = 'Order "
            "Completed', model = 'even', within = '30 days', of = 'revenue' }",
            &r, &problems),
        TS_OK);
    const struct ts_program *p = ts_rules_program(r);
    assert_int_equal(p->milestones.n, 2); /* by name */
    const struct ts_milestone_decl *a = &p->milestones.at[0], *b = &p->milestones.at[1];
    assert_int_equal(a->every, 1000);
    assert_null(a->points.ptr);
    assert_true(a->late);
    assert_str(a->notify, "n");
    assert_str(a->funded_by, "F");
    assert_int_equal(b->n_at, 2);
    assert_int_equal(b->at[0], 500);
    assert_int_equal(b->at[1], 2500);
    assert_str(b->points, "p");
    assert_int_equal(b->amount, 25);
    assert_str(b->tag, "t");
    assert_duration(b->keep, 0, 3);
    const struct ts_attribution_decl *x = &p->attributions.at[0];
    assert_int_equal(x->model, TS_CREDIT_EVEN);
    assert_int_equal(x->within.days, 30);
    assert_str(x->of, "revenue");
    const struct ts_measure *touches = &p->measures.at[p->measures.n - 1];
    assert_true(touches->implicit && touches->n_on == 2 && ts_str_eq(touches->name, x->touches));
    assert_str(touches->by, "coupon_id");
    ts_problems_release(&problems);
    ts_rules_free(r);
}

static void unknown_events_can_be_accepted(void **state)
{
    TS_UNUSED(state);
    struct ts_rules *r;
    struct ts_problems problems = {0};
    assert_int_equal(
        load_text("program { unknown_events = 'accept' }\n"
                  "measure 'visits' { on = 'Shop Visited', sum = 'seconds' }\n"
                  "earn 'x' { on = 'Shop Visited', points = 'p', give = 1, per = money '2', of = 'paid' }\n"
                  "points 'p' {} tag 't' { on = 'Page Viwed', keep = '1 day' }", /* nearly a declared one */
                  &r, &problems),
        TS_OK);
    assert_true(ts_rules_program(r)->accept_unknown_events);
    assert_int_equal(ts_rules_program(r)->measures.at[0].unit, TS_UNIT_NUMBER);
    assert_true(ts_rules_program(r)->earns.at[0].of[0].money);
    assert_int_equal(problems.list.len, 1);
    assert_true(problems.list.at[0].warning);
    assert_string_equal(problems.list.at[0].code, "unknown_event");
    assert_int_equal(problems.list.at[0].line, 4);
    ts_problems_release(&problems);
    ts_rules_free(r);
}

/* The nth allocation of a load fails: it says so, or (where Lua could do without) it loads; never a crash or a leak. */
static void survives_every_failing_allocation(void **state)
{
    TS_UNUSED(state);
    struct ts_sources s;
    struct ts_error err = {0};
    assert_int_equal(ts_sources_read(TESSERA_SOURCE_DIR "/tests/unit/rules/shop", &s, &err), TS_OK);
    bool loaded = false;
    unsigned refused = 0;
    for (int64_t n = 0; !loaded; n += n < 400 ? 1 : 1 + n / 60) {
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        ts_alloc_fail_after(n);
        enum ts_code code = ts_rules_load(&s, NULL, &r, &problems, &err);
        ts_alloc_fail_after(-1);
        loaded = code == TS_OK;
        if (!loaded && code != TS_E_MEMORY) fail_msg("after %lld: %s: %s", (long long)n, ts_code_name(code), err.text);
        refused += !loaded;
        if (r) ts_rules_free(r);
        ts_problems_release(&problems);
    }
    assert_true(refused > 300);
    ts_sources_release(&s);
}

/* The language is embedded as bytecode, with the names and lines that an error of our own Lua would show. */
static void the_embedded_language_knows_its_lines(void **state)
{
    TS_UNUSED(state);
    lua_State *L = luaL_newstate();
    assert_non_null(L);
    assert_true(ts_lang_files_n > 30);
    for (size_t i = 0; i < ts_lang_files_n; i++) {
        const struct ts_lang_file *f = &ts_lang_files[i];
        char source[100];
        lua_Debug ar;
        assert_int_equal(luaL_loadbufferx(L, (const char *)f->bytes, f->len, "=?", "b"), LUA_OK);
        lua_getinfo(L, ">SL", &ar);
        snprintf(source, sizeof source, "=lang/%s.lua", f->name);
        assert_string_equal(ar.source, source);
        lua_pushnil(L);
        assert_true(lua_next(L, -2)); /* lines that hold code */
        lua_settop(L, 0);
    }
    lua_close(L);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_itself),
        cmocka_unit_test(events),
        cmocka_unit_test(identifiers),
        cmocka_unit_test(traits),
        cmocka_unit_test(measures),
        cmocka_unit_test(scores),
        cmocka_unit_test(tags),
        cmocka_unit_test(tiers),
        cmocka_unit_test(points),
        cmocka_unit_test(earns),
        cmocka_unit_test(bonuses_and_rules),
        cmocka_unit_test(captured_values_are_settled),
        cmocka_unit_test(included_data_is_there),
        cmocka_unit_test(the_default_program),
        cmocka_unit_test(documented_events_fit),
        cmocka_unit_test(currencies),
        cmocka_unit_test(items_and_conditions),
        cmocka_unit_test(milestones_and_attributions),
        cmocka_unit_test(unknown_events_can_be_accepted),
        cmocka_unit_test(the_embedded_language_knows_its_lines),
        cmocka_unit_test(survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, load_shop, free_shop);
}
