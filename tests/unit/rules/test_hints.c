/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of Lua itself in a rule say what would be right; a stop names the loop and its line. */
#include "running.h"

#include "rules/host.h"

static const struct ts_rules_options counted = {.count_from_start = true};

static const char shop[] = "program { timezone = 'UTC', currency = 'EUR' }\n"
                           "event 'Order Completed' { revenue = 'money', place = 'text', products = 'list' }\n"
                           "trait 'city' { type = 'text' }\n"
                           "measure 'spend' { on = 'Order Completed', sum = 'revenue' }\n"
                           "measure 'orders' { on = 'Order Completed' }\n"
                           "measure 'places' { on = 'Order Completed', by = 'place' }\n";
#define SHOP_LINES 6

/* Runs `body` as a rule; its first line is line 8 of the file. */
static void run(struct running *f, const char *head, const char *body, enum ts_call_status status)
{
    struct ts_buf text;
    ts_buf_init(&text, 0);
    ts_buf_addf(&text, "%s%s\nrule 'r' { on = 'Order Completed', act = function(member, event) %s\nend }\n", shop, head,
                body);
    assert_true(running_load(f, &counted, ts_buf_cstr(&text), true));
    ts_buf_release(&text);
    running_event(f, "Order Completed", "{\"revenue\":5}", RUNNING_NOW);
    if (running_call(f, TS_FN_ACT, running_act(f, "r")) != status) fail_msg("%s\n%s", body, f->result.message);
}

static void test_raised(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *body, *part, *hint;
    } cases[] = {
        {"local x = member.traits.city.name", "index a nil value (field 'city'): \"city\" is absent for some members",
         "member.traits.city and"},
        {"local x = event.place.name", "(field 'place'): \"place\" is not in every such event", "event.place and"},
        {"local shop = event.place local x = shop.name", "(local 'shop'): \"shop\" can be absent", "shop and"},
        {"local t = { a = {} } local x = t.b.c", "(field 'b'): \"b\" can be absent", "x.b and"},
        {"local t = {} local x = t[1].c", "what was looked up can be absent", "test it first: x and"},
        {"local x = event.properties.none.more", "(field 'none')", "test it first"},
        {"local x = member.spend.count", "is called, with a colon", "member:spend"},
        {"local x = member:places('till').count", "index a boolean value", "x and x.count"},
        {"local x = member:orders().count", "index a number value", "it is the value itself"},
        {"local x = event.place + 1", "arithmetic on a nil value (field 'place'): \"place\" is not in every",
         "(event.place or 0)"},
        {"local x = member.orders + 1", "arithmetic on a function value", "member:orders"},
        {"local x = member:places 'till' + 1", "arithmetic on a boolean value", ".count or .sum"},
        {"local x = event.place > 3", "compare number with nil", "(x or 0)"},
        {"local x = event.revenue > '3'", "compare string with number", "without quotes"},
        {"local x = member.orders > 3", "compare number with function", "with a colon"},
        {"local x = member:places 'till' > 3", "compare number with boolean", "only the condition"},
        {"local x = member.traits > 3", "compare number with", "name the field"},
        {"local x = 'at ' .. event.place", "concatenate a nil value (field 'place')", "(event.place or \"\")"},
        {"local x = 'at ' .. {}", "concatenate a table value", "tostring"},
        {"local x = #event.products", "length of a nil value (field 'products')", "#(event.products or {})"},
        {"for _, item in ipairs(event.products) do end", "can be absent", "(x or {})"},
        {"local x = string.len(event.place)", "got nil", "test it first"},
        {"local t = {} t.go()", "call a nil value (field 'go')", "no function \"go\""},
        {"local f local x = f()", "call a nil value (local 'f')", "no function \"f\""},
        {"local a = {} local t = { a { 2 } }", "call a table value", "is a comma missing"},
        {"local a = 'a' local x = a 'b'", "call a string value", "is a comma missing"},
        {"error 'no answer to that'", "no answer to that", ""},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        struct running f;
        run(&f, "", cases[i].body, TS_CALL_RAISED);
        if (!strstr(f.result.message, cases[i].part) || !strstr(f.result.message, cases[i].hint))
            fail_msg("%s\ngave '%s', expected '%s' and '%s'", cases[i].body, f.result.message, cases[i].part,
                     cases[i].hint);
        assert_int_equal(f.result.line, SHOP_LINES + 2);
        running_close(&f);
    }
    struct running f; /* a rule's own words are left alone */
    run(&f, "", "error 'no answer to that'", TS_CALL_RAISED);
    assert_string_equal(f.result.message, "no answer to that");
    running_close(&f);
}

static void test_stopped(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *head, *body, *part;
        uint32_t line;
    } cases[] = {
        {"", "local n = 0\nwhile true do\nn = n + 1 end", "the loop on line 9 must come to an end", 9},
        {"", "for i = 1, 3 do\nrepeat\nlocal x = i until false end", "the loop on line 9 must come", 9},
        {"", "for i = 1, 1e9 do end", "the loop on line 8 must come", 8},
        {"", "local n = 0 while n < 0 do end\nwhile true do end", "one of the loops on lines 8 and 9 must come", 8},
        {"local function turn() while true do end end", "turn()", "the loop on line 7 must come", 7},
        {"", "local t, s = {}, 'x'\nwhile true do s = s .. s t[#t + 1] = s end", "stopped", 9},
        {"", "local function f() return 1 + f() end f()", "call itself without end", 8},
        {"local function a(n) if n == 0 then return 1 end return a(n - 1) + a(n - 1) end", "a(60)",
         "does the function \"a\" on line 7 call itself", 7},
        {"local function a(n) return n end",
         "local b local function c() return b() end b = function() return c() end c()", "call itself without end", 8},
        {"", "::again::\nlocal x = 1\ngoto again", "the loop on line 8 must come", 8},
        {"", "for i = 1, 3 do\nif i == 2 then goto next end\n::next:: end repeat until false", "the loop on line 10",
         10},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        struct running f;
        run(&f, cases[i].head, cases[i].body, TS_CALL_STOPPED);
        if (!strstr(f.result.message, cases[i].part)) fail_msg("%s\ngave '%s'", cases[i].body, f.result.message);
        if (f.result.line != cases[i].line) fail_msg("%s\nline %u", cases[i].body, f.result.line);
        assert_string_equal(f.result.file, "rules.lua");
        running_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_raised), cmocka_unit_test(test_stopped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
