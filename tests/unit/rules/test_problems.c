/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be wrong with a rule set: each mistake gives exactly one problem, with its code, line, words and
 * what would be right. */
#include "../seed.h"
#include "base/limits.h"
#include "fixture.h"

#define ORDER "'Order Completed'"
#define POINTS "points 'p' {}\n"
#define EARN POINTS "earn 'e' { on = " ORDER ", give = 1, per = money '1', of = 'revenue', "
#define MILESTONE POINTS "measure 'orders' { on = " ORDER " }\nmilestone 'm' { of = 'orders', "
#define EARN_EACH POINTS "earn 'e' { on = " ORDER ", each = 'products', give = 1, per = money '1', of = 'price', "

#define BASES                                                                                                          \
    "measure 'm' { on = 'Page Viewed' } measure 'n' { on = 'Cart Viewed' }\n"                                          \
    "tiers 't' { basis = { { measure = 'm' }, { measure = 'n', window = '12 months' } }, "

static const struct mistake {
    const char *code;
    uint32_t line;
    const char *text, *message, *suggestion; /* parts of them */
} mistakes[] = {
    /* Lua */
    {"syntax", 2, "\ntag 'x' {", "near <eof>", "not closed"},
    {"syntax", 1, "tag \"by QR code { class = \"life\", on = \"Page Viewed\", keep = \"9 days\" }",
     "a quote is missing", "before it"},
    {"syntax", 1, "measure shares { on = 'Page Viewed' }", "takes its name in quotes", "measure \"shares\""},
    {"syntax", 1, "measure 'm' { on = Page Viewed }", "two words", "\"Page Viewed\""},
    {"syntax", 1, "tag 't' { when = funtion(member) return true end }", "no \"function\"", "\"funtion\""},
    {"syntax", 1, "rule 'x' { end = 3 }", "near 'end'", "[\"end\"]"},
    {"syntax", 1, "local x = nil + 1", "arithmetic on a nil value", "not read"},
    {"syntax", 2, "\nerror('no')", "no", ""},
    {"global", 1, "count = 1", "\"count\" is assigned but not local", "local count = "},
    {"global", 1, "function helper() end", "\"helper\"", "local helper"},
    {"global", 2, "local function f()\n  n = 1\nend", "\"n\"", "local n"},
    {"global", 1, "local a\na, b.c, d = 1, 2, 3", NULL, ""},
    {"global", 1, "_ENV = {}", "_ENV", ""},
    {"outer_assignment", 3, "local n = 0\ntag 'x' { when = function(member)\n  n = n + 1 return true end }",
     "\"n\" is a variable outside", "tag, a trait"},
    {"outer_assignment", 2, "local n = 0\nlocal function f(a) for n = 1, 2 do n = 3 end n = 1 end", "\"n\"", ""},
    {"outer_assignment", 2,
     "local function maker() local n = 0\n return function() n = n + 1 return n > 3 end end\n"
     "tag 'x' { when = maker() }",
     "\"n\", a variable of the function that made it", ""},
    {"global", 2,
     "local function maker()\n local function f()\n return (function() n = 1 end)() end local n\n return f end", NULL,
     ""},
    {"outer_assignment", 3,
     "local t = {}\nfunction t:make(n)\n  return function(member)\n    for i = 1, 3 do n = i end\n    return n == 3\n  "
     "end\nend\n"
     "tag 'x' { when = t:make(0) }",
     "\"n\"", ""},
    {"outer_assignment", 4,
     "local function make()\n  local n = 0\n  local function step() n = n + 1 end\n  return function()\n    local "
     "function inner() "
     "step() end\n    inner()\n    return n > 3\n  end\nend\ntag 'x' { when = make() }",
     NULL, ""},
    {"limit", 1, "while true do end", "stopped", "declares"},
    {"limit", 1, "local t = {} for i = 1, 1e9 do t[i] = {} end", "stopped", ""},
    {"limit", 1, "tag 'x' { when = function() return BITS end }", "bitwise", "table outside"},
    /* a fault is said once, where it is */
    {"wrong_type", 1,
     "event 'E' { sum = 'monye' } measure 'm' { on = 'E', sum = 'sum' } tiers 't' { basis = { measure = 'm' }, { 'A' "
     "}, { 'B', from = "
     "money '5' } }\n" POINTS "earn 'e' { on = 'E', give = 1, per = money '1', of = 'sum' }",
     "\"monye\"", "\"money\""},
    {"wrong_type", 1,
     "event 'E' { list = { 'list', of = { n = 'intger' } } }\nmeasure 'm' { on = 'E', each = 'list', sum = 'n' }",
     "\"intger\"", "\"integer\""},
    {"unknown_option", 1, "measure 'm' { 'Page Viewed' }", "stands without a name", "\"on\""},
    {"bad_duration", 1, "points 'p' { pending = -14 }", "span of time", "\"14 days\""},
    /* words */
    {"unknown_word", 2, "\nearm 'x' { on = 'A' }", "unknown word \"earm\"", "did you mean \"earn\"?"},
    {"unknown_word", 1, "local x = os.time()", "\"os\" is not available", ""},
    {"unknown_word", 2, "tag 'x' { when = function(member)\n return membr:did 'Page Viewed' end }", "\"membr\"", ""},
    {"unknown_word", 1, "stages 'x' { { 'a', on = 'Page Viewed' } }", "later version", ""},
    {"unknown_word", 1, "journey 'j' { run = function() end }", "later version", ""},
    {"unknown_word", 1, "local x = include 'prices'", "no file prices.table", "beside"},
    {"missing_body", 1, "tag 'x'", "has no body", "tag \"x\" { ... }"},
    {"missing_body", 1, "local t = tag 'x'\nlocal u = tag", "has no body", ""},
    {"duplicate_name", 1,
     "tag 'x' { when = function() return true end, on = 'Page Viewed', on = 'Page Viewed', keep = '1 day' }",
     "the key \"on\" stands twice", ""},
    {"duplicate_name", 3, "measure 'm' { on = 'Page Viewed' }\n\nmeasure 'm' { on = 'Page Viewed' }",
     "first in a.lua, line 1", "another name"},
    {"duplicate_name", 2, "trait 'c' {}\nconsent 'c' { default = 'no' }", "declared twice", ""},
    {"duplicate_name", 2, "program {}\nprogram {}", "declared twice", ""},
    {"duplicate_name", 1, "event 'tag.added' {}", "of the engine itself", ""},
    {"duplicate_name", 1, "measure 'did' { on = 'Page Viewed' }", "every member has already", ""},
    {"duplicate_name", 1, "tag 'x' { on = { 'Page Viewed', 'Page Viewed' }, keep = '1 day' }", "stands twice", ""},
    {"wrong_type", 1, "earn { on = " ORDER " }", "takes a name first", ""},
    {"wrong_type", 1, "tag 'x' (3)", "takes a table, not 3", "tag \"x\" { ... }"},
    {"wrong_type", 1, "program 'x'", "takes no name", ""},
    /* options */
    {"unknown_option", 3, "measure 'm' {\n  on = 'Order Completed',\n  sums = 'revenue',\n}", "\"sums\"",
     "did you mean \"sum\"?"},
    {"unknown_option", 1, "measure 'm' { on = 'Page Viewed', 3 }", "3 stands without a name", ""},
    {"unknown_option", 4, POINTS "earn 'e' {\n  on = 'Page Viewed', give = 1,\n  at_most = { 1, pre = 'day' } }",
     "\"at_most.pre\"", "did you mean \"per\"?"},
    {"unknown_option", 1, "tag 'x' { when = function() return true end, keep = '3 days' }", "\"keep\" goes with \"on\"",
     ""},
    {"unknown_option", 2, POINTS "earn 'e' { on = 'Page Viewed', amount = function() return 1 end, times = 2 }",
     "\"amount\" computes it all", ""},
    {"missing_body", 1, "segment 's' {}", "\"when\"", ""},
    {"wrong_type", 1, "segment 's' { when = true }", "takes a function", ""},
    {"unknown_option", 1, "segment 's' { on = 'Page Viewed' }", "unknown option \"on\"", "it takes \"when\""},
    {"unknown_option", 1, "segment 's' { is = function() return true end }", "\"is\"", "did you mean \"when\"?"},
    {"unknown_option", 1, "segment 's' { when = function() return true end, keep = '3 days' }", "\"keep\"", ""},
    {"duplicate_name", 1, "event 'segment.entered' {}", "of the engine itself", ""},
    {"unreachable_tier", 3, BASES "{ 'A' }, { 'B', from = { 5, 10 } },\n { 'C', from = { 6, 10 } } }", "no higher than",
     "levels go up"},
    {"unreachable_tier", 2, BASES "{ 'A' }, { 'B', from = { false, false } } }", "no basis gives", ""},
    {"wrong_type", 2, BASES "{ 'A' }, { 'B', from = 5 } }", "a list of 2 figures", ""},
    {"wrong_type", 2, BASES "{ 'A' }, { 'B', from = { 5 } } }", "a list of 2 figures", ""},
    {"bad_unit", 2, BASES "{ 'A' }, { 'B', from = { 5, money '3' } } }", "a plain number", ""},
    {"unknown_measure", 2,
     "measure 'm' { on = 'Page Viewed' }\ntiers 't' { basis = { { measure = 'm' }, { measure = 'n' } }, "
     "{ 'A' } }",
     "\"n\"", ""},
    {"bad_duration", 2,
     "measure 'm' { on = 'Page Viewed' }\ntiers 't' { basis = { measure = 'm' }, { 'A' }, downgrade = { "
     "window = 'last years' } }",
     "last years", ""},
    {"unknown_field", 2,
     "trait 'birthday' { type = 'date' }\ntag 'x' { on = 'Page Viewed', keep = '1 day', during = { day_of = "
     "'birthdy' } }",
     "\"birthdy\"", "did you mean \"birthday\"?"},
    {"wrong_type", 2,
     "trait 'age' { type = 'integer' }\ntag 'x' { on = 'Page Viewed', keep = '1 day', during = { month_of = "
     "'age' } }",
     "not a date", "type = \"date\""},
    {"wrong_type", 3,
     "measure 'm' { on = 'Page Viewed' }\ntag 'x' { when = function(member) return member:m() > 0 end }\n"
     "rule 'r' { on = 'Page Viewed', act = function(member) member:untag 'x' end }",
     "no rule can give or take it", "another tag"},
    {"unknown_option", 1, "event 'A' { 'text' }", "\"text\" stands without a name", ""},
    {"unknown_option", 1, "event 'A' { x = { 'text', requred = true } }", "requred", "did you mean \"required\"?"},
    {"unknown_option", 1, "event 'A' { x = { 'text', of = {} } }", "goes with a list", ""},
    {"missing_body", 1, "measure 'm' {}", "\"on\" is missing", ""},
    {"missing_body", 1, "tag 'x' {}", "\"when\" is missing", ""},
    {"missing_body", 1, "tag 'x' { on = 'Page Viewed' }", "\"keep\" is missing", "90 days"},
    {"missing_body", 1, "score 's' {}", "\"events\" is missing", ""},
    {"missing_body", 1, "rule 'r' { on = 'Page Viewed' }", "\"act\" is missing", ""},
    /* where, each, products of fields */
    {"unknown_field", 3, EARN_EACH "\n  where = { categry = 'x' } }", "neither the items of \"products\" nor the event",
     "did you mean \"category\"?"},
    {"unknown_field", 2, EARN "where = { revnue = money '1' } }", "no field \"revnue\"", "did you mean \"revenue\"?"},
    {"unknown_field", 2, EARN "each = 'lines' }", "no field \"lines\"", ""},
    {"wrong_type", 2, EARN "each = 'revenue' }", "only a list has items", ""},
    {"wrong_type", 2, EARN "where = { products = 'y' } }", NULL, ""},
    {"wrong_type", 2, EARN "where = { order_id = 7 } }", "\"order_id\" is text", ""},
    {"bad_unit", 2, EARN "where = { revenue = { at_least = 20 } } }", "\"revenue\" is money", "money \"20\""},
    {"bad_unit", 2, EARN_EACH "where = { quantity = { below = money '3' } } }", "not money", "plain number"},
    {"wrong_type", 2, EARN_EACH "where = { quantity = '3' } }", "without quotes", ""},
    {"never_fires", 2, EARN "where = { revenue = { at_least = money '20', below = money '20' } } }", "never holds", ""},
    {"unknown_field", 2,
     "trait 'city' { class = 'life' }\nscore 's' { traits = { ctiy = { Rome = 1 }, other = { x = 1 } } }",
     "no trait \"ctiy\"", "\"city\""},
    {"wrong_type", 2,
     "local goods = { sku = 'txt' }\nevent 'E' { a = { 'list', of = goods } }\n"
     "event 'F' { a = { 'list', of = goods } }",
     "not \"txt\"", "\"text\""},
    {"unknown_word", 2,
     "local goods = { sku = 'text' }\nevent 'E' { a = { 'list', of = gods } }\n"
     "measure 'm' { on = 'E', each = 'a', by = 'sku' }",
     "\"gods\"", ""},
    {"negative_threshold", 2, EARN "where = { revenue = { at_least = money '-5' } } }", "no amount is less",
     "money \"5\""},
    {"never_fires", 2, EARN "where = { order_id = {} } }", "empty list", ""},
    {"missing_body", 2, EARN "where = {} }", "\"where\" is empty", "category"},
    {"unknown_option", 2, EARN "where = { revenue = { atleast = money '1' } } }", "atleast", "at_least"},
    {"unknown_option", 2, EARN "where = { revenue = { except = money '1', below = money '3' } } }", "stands alone", ""},
    {"bad_unit", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, per = money '1', of = { 'revenue', 'tax' } }",
     "both money", "leave one"},
    {"wrong_type", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, of = { 'order_id' } }", "cannot be multiplied", ""},
    {"bad_unit", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, per = money '1', each = 'products', of = 'quantity' }",
     "no money", "plain number"},
    {"unknown_option", 2, POINTS "earn 'e' { on = " ORDER ", amount = function() return 1 end, each = 'products' }",
     "\"amount\" computes it all", ""},
    {"unknown_option", 3, EARN "}\nbonus 'b' { of = 'e', times = 2, where = { category = 'x' } }",
     "earns on whole events", "each = \"products\""},
    {"unknown_field", 3, EARN_EACH "}\nbonus 'b' { of = 'e', times = 2, where = { colour = 'x' } }", "\"colour\"", ""},
    {"wrong_type", 2, EARN "funded_by = 7 }", "takes a name", ""},
    {"wrong_type", 1, "points 'p' { spendable = 'no' }", "true or false", ""},
    /* milestone, attribution */
    {"missing_body", 3, MILESTONE "give = { amount = 1 } }", "\"every\" is missing", "every = 10"},
    {"missing_body", 3, MILESTONE "every = 10 }", "\"give\" is missing", ""},
    {"unknown_option", 3, MILESTONE "every = 10, at = 3, give = { amount = 1 } }", "different things", ""},
    {"unknown_measure", 2, POINTS "milestone 'm' { of = 'ordres', every = 1, give = { amount = 1 } }", "\"ordres\"",
     ""},
    {"negative_threshold", 3, MILESTONE "every = 0, give = { amount = 1 } }", "from 1 on", ""},
    {"bad_unit", 3, MILESTONE "every = money '10', give = { amount = 1 } }", "a whole number", ""},
    {"bad_unit", 3,
     POINTS "measure 'spend' { on = " ORDER ", sum = 'revenue' }\n"
            "milestone 'm' { of = 'spend', every = 100, give = { amount = 1 } }",
     "money, as its measure", "money \"100\""},
    {"duplicate_name", 3, MILESTONE "at = { 5, 5 }, give = { amount = 1 } }", "stands twice", ""},
    {"missing_body", 3, MILESTONE "every = 1, give = { points = 'p' } }", "how many points", "amount"},
    {"wrong_type", 3, MILESTONE "every = 1, give = { amount = 1.5 } }", "a whole number", ""},
    {"missing_body", 3, MILESTONE "every = 1, give = {} }", "\"give\" is empty", ""},
    {"unknown_option", 3, MILESTONE "every = 1, give = { coupon = 'c' } }", "belongs to a later version", ""},
    {"unknown_tag", 3, MILESTONE "every = 1, give = { tag = 'regular' } }", "\"regular\"", ""},
    {"unknown_option", 3, MILESTONE "every = 1, give = { notify = 'n', keep = '3 days' } }", "goes with \"tag\"", ""},
    {"unknown_event", 3, MILESTONE "every = 1, give = { emit = 'Reached' } }", "\"Reached\"", ""},
    {"wrong_type", 3, MILESTONE "every = 1, give = { emit = 'tag.added' } }", "engine's own", ""},
    {"wrong_type", 4,
     POINTS "measure 'o' { on = " ORDER " }\ntag 't' { when = function() return true end }\n"
            "milestone 'm' { of = 'o', every = 1, give = { tag = 't' } }",
     "exactly while", ""},
    {"unknown_option", 3, MILESTONE "every = 1, value = 'x', give = { amount = 1 } }", "no values", ""},
    {"missing_body", 3,
     POINTS "measure 'b' { on = " ORDER ", each = 'products', by = 'category' }\n"
            "milestone 'm' { of = 'b', every = 1, give = { amount = 1 } }",
     "\"value\" is missing", ""},
    {"missing_body", 1, "attribution 'a' { to = 'coupon', touches = " ORDER ", credit = " ORDER " }",
     "\"within\" is missing", ""},
    {"unknown_field", 1, "attribution 'a' { to = 'staff', touches = " ORDER ", credit = " ORDER ", within = '3 days' }",
     "no field \"staff\"", ""},
    {"wrong_type", 1, "attribution 'a' { to = 'products', touches = " ORDER ", credit = " ORDER ", within = '3 days' }",
     "is a list", ""},
    {"wrong_type", 1,
     "attribution 'a' { to = 'coupon', touches = " ORDER ", credit = " ORDER ", within = '3 days', of = 'coupon' }",
     "only money", ""},
    {"wrong_type", 1,
     "attribution 'a' { to = 'coupon', touches = " ORDER ", credit = " ORDER ", within = '3 days', model = 'mid' }",
     "\"last\"", ""},
    {"bad_duration", 1, "attribution 'a' { to = 'coupon', touches = " ORDER ", credit = " ORDER ", within = '3 dayz' }",
     NULL, ""},
    {"missing_body", 2, POINTS "earn 'e' { on = 'Page Viewed' }", "\"give\" is missing", ""},
    {"missing_body", 1, "earn 'e' { on = 'Page Viewed', give = 1 }", "\"points\" is missing", "points \"stars\" {}"},
    {"missing_body", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, of = 'revenue' }", "\"per\" is missing",
     "money \"1\""},
    {"missing_body", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, per = 3 }", "needs \"of\"", "revenue"},
    {"missing_body", 1, "identifier 'crm' {}", "\"from\" is missing", "traits.crm"},
    {"missing_body", 1, "identifier 'email' { per = '3 days' }", "goes with \"per_member\"", ""},
    {"missing_body", 1, "points 'p' { expire = {} }", "\"expire.after\" is missing", ""},
    {"missing_body", 1, "points 'p' { expire = { after = '1 month', extended_by = 'Page Viewed' } }",
     "\"expire.at_latest\" is missing", "at_latest = \"36 months\""},
    {"missing_body", 1, "points 'p' { expire = { after = '1 month', at_latest = '1 year' } }", "\"extended_by\"", ""},
    {"unknown_event", 1,
     "points 'p' { expire = { after = '1 month', extended_by = 'Page View', at_latest = '1 year' } }",
     "no event \"Page View\"", "Page Viewed"},
    {"bad_duration", 1, "points 'p' { expire = { after = '1 month', notice = { '7 days', '3' } } }", "\"expire.notice",
     ""},
    /* refunds */
    {"missing_body", 1, "refund 'Order Refunded' { by = 'order_id' }", "\"of\" is missing", ""},
    {"missing_body", 1, "refund 'Order Refunded' { of = 'Order Completed' }", "\"by\" is missing", ""},
    {"unknown_event", 1, "refund 'Order Refundet' { of = 'Order Completed', by = 'order_id' }",
     "no event \"Order Refundet\"", "Order Refunded"},
    {"unknown_event", 1, "refund 'Order Refunded' { of = 'Order Complete', by = 'order_id' }",
     "no event \"Order Complete\"", "Order Completed"},
    {"unknown_field", 1, "refund 'Order Refunded' { of = 'Order Completed', by = 'orderid' }", "\"orderid\"",
     "did you mean \"order_id\"?"},
    {"wrong_type", 1, "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', amount = 'coupon' }",
     "\"coupon\" is text", ""},
    {"wrong_type", 1,
     "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', lines = 'revenue', line = 'sku' }",
     "\"revenue\" is money", ""},
    {"missing_body", 1, "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', lines = 'products' }",
     "\"line\" is missing", "line = \"sku\""},
    {"unknown_field", 1,
     "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', lines = 'products', line = 'sk' }",
     "have no field \"sk\"", "declare it"},
    {"wrong_type", 1,
     "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', lines = 'products', line = 'price' }",
     "\"price\" is money", ""},
    {"missing_body", 1, "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id', line = 'sku' }",
     "needs \"lines\"", ""},
    {"wrong_type", 1, "refund 'Order Refunded' { of = 'Order Refunded', by = 'order_id' }", "take itself back", ""},
    {"duplicate_name", 2,
     "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id' }\n"
     "refund 'Order Refunded' { of = 'Order Updated', by = 'order_id' }",
     "declared twice", ""},
    {"wrong_type", 2,
     "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id' }\n"
     "refund 'Order Cancelled' { of = 'Order Completed', by = 'checkout_id' }",
     "of the same event", "order_id"},
    {"wrong_type", 2,
     "refund 'Order Refunded' { of = 'Order Completed', by = 'order_id' }\n"
     "refund 'Order Cancelled' { of = 'Order Refunded', by = 'order_id' }",
     "is a refund itself", ""},
    {"missing_body", 1, "blocked 'email' {}", "lists no values", ""},
    {"missing_body", 1, "consent 'c' {}", "\"default\" is missing", ""},
    {"missing_body", 1, "tag 'x' { on = 'Page Viewed', keep = '1 day', during = {} }", "\"during\" is empty", ""},
    /* types */
    {"wrong_type", 1, "tag 'x' { when = true }", "\"when\" takes a function, not true", ""},
    {"wrong_type", 1, "tag 'x' { when = pairs }", "\"when\" takes a function", ""},
    {"wrong_type", 1, "program { timezone = 'Mars' }", "IANA", ""},
    {"wrong_type", 1, "program { currency = 'eur' }", "ISO 4217", "\"EUR\""},
    {"wrong_type", 1, "program { unknown_events = 'accpt' }", "\"accept\" or \"quarantine\"",
     "did you mean \"accept\"?"},
    {"wrong_type", 1, "event 'A' { x = 'string' }", "takes a type", "did you mean \"text\"?"},
    {"wrong_type", 1, "identifier 'email' { normalize = 'phone:cn' }", "capital", ""},
    {"wrong_type", 1, "trait 't' { class = 'dead' }", "\"static\"", ""},
    {"wrong_type", 1, "consent 'c' { default = true }", "\"yes\" or \"no\"", ""},
    {"wrong_type", 1, "measure 'm' { on = 3 }", "the name of an event", ""},
    {"wrong_type", 1, "measure 'm' { on = " ORDER ", sum = 'order_id' }", "cannot be added up", ""},
    {"wrong_type", 1, "measure 'm' { on = " ORDER ", each = 'order_id' }", "items of a list", ""},
    {"wrong_type", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, of = 'order_id' }", "cannot be multiplied", ""},
    {"wrong_type", 2, POINTS "earn 'e' { on = 'Page Viewed', give = 1, priority = 1.5 }", "a whole number", ""},
    {"wrong_type", 2, POINTS "earn 'e' { on = 'Page Viewed', give = 1, at_most = { 1.5, per = 'day' } }",
     "a whole number", ""},
    {"wrong_type", 2, POINTS "bonus 'b' { of = 'e', times = '2' } earn 'e' { on = 'Page Viewed', give = 1 }",
     "takes a number", ""},
    {"wrong_type", 1, "tag 'x' { on = 'Page Viewed', keep = '1 day', during = { days = 'Mondy' } }", "\"Monday\"",
     "did you mean \"Monday\"?"},
    {"wrong_type", 1, "tag 'x' { on = 'Page Viewed', keep = '1 day', during = { hours = { '8:00', '25:00' } } }",
     "25:00", ""},
    {"wrong_type", 1,
     "tag 'x' { on = 'Page Viewed', keep = '1 day', during = { dates = { '2026-02-29', '2026-03-01' } } }",
     "2026-02-29", ""},
    {"wrong_type", 1, "benefit 'b' { terms = 3 }", "text in quotes", ""},
    /* units */
    {"bad_duration", 1, "program { late = '3 dais' }", "'3 dais'", "did you mean \"3 days\"?"},
    {"bad_duration", 1, "program { late = 3 }", "with its unit", "\"3 days\""},
    {"bad_duration", 1, "points 'p' { pending = '-3 days' }", "'-3 days'", ""},
    {"bad_duration", 1,
     "measure 'm' { on = 'Page Viewed' } tiers 't' { basis = { measure = 'm', window = '12 moons' }, { 'a' } }",
     "12 moons", ""},
    {"bad_duration", 1, "score 's' { events = { ['Page Viewed'] = 1 }, at_most = { 1, per = 'fortnight' } }",
     "fortnight", ""},
    {"bad_unit", 1, "score 's' { events = { ['Page Viewed'] = 1 }, half_life = '1 month' }", "fixed length", "30 days"},
    {"bad_unit", 1, "score 's' { events = { ['Page Viewed'] = 1 }, at_most = { 1, per = '1 month' } }",
     "rolls to the second", ""},
    {"bad_unit", 2, "\nlocal m = money(2000)", "money takes text", "money \"2000\""},
    {"bad_unit", 2, "\nlocal m = money 'a lot'", "is no amount", "19.90"},
    {"bad_unit", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, of = 'revenue', per = 1 }",
     "is money, and \"per\" is 1", "money \"1\""},
    {"bad_unit", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, of = 'revenue', per = money '0.001' }",
     "finer than the currency", ""},
    {"bad_unit", 2, POINTS "earn 'e' { on = " ORDER ", give = money '1' }", "a plain number, not money \"1\"", ""},
    {"bad_unit", 1, "local m = money '0.001' tag 'x' { when = function() return m > 2 end }", "finer than the currency",
     ""},
    {"bad_unit", 2,
     "measure 's' { on = " ORDER
     ", sum = 'revenue' }\ntiers 't' { basis = { measure = 's' }, { 'a' }, { 'b', from = 3 } }",
     "takes money", "money \"3\""},
    {"bad_unit", 2,
     "measure 's' { on = " ORDER " }\ntiers 't' { basis = { measure = 's' }, { 'a' }, { 'b', from = money '3' } }",
     "is not money", ""},
    /* thresholds */
    {"negative_threshold", 2, POINTS "earn 'e' { on = 'Page Viewed', give = -1 }", "above 0", ""},
    {"negative_threshold", 2, POINTS "earn 'e' { on = 'Page Viewed', give = 1, at_most = { -5, per = 'day' } }",
     "above 0", ""},
    {"negative_threshold", 1, "identifier 'email' { per_member = 0 }", "from 1 on", ""},
    {"negative_threshold", 2,
     "measure 's' { on = " ORDER " }\ntiers 't' { basis = { measure = 's' }, { 'a' }, { 'b', from = -3 } }",
     "0 or more", ""},
    {"negative_threshold", 2, POINTS "bonus 'b' { of = 'e', times = 0.5 } earn 'e' { on = 'Page Viewed', give = 1 }",
     "above 1", ""},
    {"unreachable_tier", 5,
     "measure 's' { on = " ORDER " }\ntiers 't' { basis = { measure = 's' },\n{ 'a' },\n{ 'b', from = 5 },\n"
     "{ 'c', from = 5 } }",
     "\"c\" begins no higher than \"b\"", ""},
    {"unreachable_tier", 2,
     "measure 's' { on = " ORDER " }\ntiers 't' { basis = { measure = 's' }, { 'a', from = 3 } }", "everybody starts",
     ""},
    {"never_fires", 1, "tag 'x' { on = 'Page Viewed', keep = '1 day', during = { hours = { '08:00', '08:00' } } }",
     "same minute", ""},
    {"never_fires", 1,
     "tag 'x' { on = 'Page Viewed', keep = '1 day', during = { dates = { '2026-02-02', '2026-02-01' } } }",
     "before the first", ""},
    {"never_fires", 1, "rule 'r' { on = {}, act = function() end }", "empty list", ""},
    /* names */
    {"unknown_event", 1, "measure 'm' { on = 'Order Complete' }", "\"Order Complete\"",
     "did you mean \"Order Completed\"?"},
    {"unknown_event", 2, "tag 'x' { when = function(member)\n return member:did('Order Complet', '3 days') end }",
     "\"Order Complet\"", "did you mean \"Order Completed\"?"},
    {"unknown_event", 2, "tag 'x' { when = function(member)\n return member:since \"Order Compl\\u{65}t\" > 3 end }",
     "\"Order Complet\"", ""},
    {"unknown_event", 2, "score 's' { events = {\n ['Page View'] = 1 } }", "\"Page View\"",
     "did you mean \"Page Viewed\"?"},
    {"unknown_field", 1, "measure 'm' { on = " ORDER ", sum = 'revenu' }", "\"revenu\"", "did you mean \"revenue\"?"},
    {"unknown_field", 1, "measure 'm' { on = " ORDER ", each = 'products', sum = 'quantitty' }", "\"quantitty\"",
     "did you mean \"quantity\"?"},
    {"unknown_field", 1, "measure 'm' { on = " ORDER ", by = 'shop' }", "\"shop\"", ""},
    {"unknown_field", 2, POINTS "earn 'e' { on = " ORDER ", give = 1, once_per = 'orderid' }", "\"orderid\"",
     "did you mean \"order_id\"?"},
    {"unknown_measure", 1, "tiers 't' { basis = { measure = 'spend' }, { 'a' } }", "\"spend\"", ""},
    {"unknown_points", 2, POINTS "earn 'e' { on = 'Page Viewed', give = 1, points = 'stars' }", "\"stars\"", ""},
    {"unknown_tier", 2, POINTS "earn 'e' { on = 'Page Viewed', give = 1, times = 'rate' }", "no tiers are declared",
     ""},
    {"unknown_tier", 2, POINTS "earn 'e' { on = 'Page Viewed', give = 1, times = { rate = 'vip' } }", "\"vip\"", ""},
    {"unknown_word", 1, "bonus 'b' { of = 'stars', times = 2 }", "no earn \"stars\"", ""},
    {"unknown_word", 1, "blocked 'fax' { '1' }", "no identifier \"fax\"", ""},
    {"limit", 1, "points 'p' { decimals = 9 }", "at most 6", ""},
};

/* A function with more constants than Lua 5.4.4 can take with bitwise operators. */
static void many_constants(char *out, size_t cap)
{
    size_t n = (size_t)snprintf(out, cap, "tag 'x' { when = function(member) local t = { ");
    for (int i = 0; i < 260; i++)
        n += (size_t)snprintf(out + n, cap - n, "'c%d', ", i);
    snprintf(out + n, cap - n, "} return #t & 255 == 4 end }");
}

static bool check_mistake(const struct mistake *m)
{
    static char bits[8192];
    struct ts_rules *r = NULL;
    struct ts_problems problems = {0};
    const char *text = m->text;
    if (strstr(text, "BITS")) {
        many_constants(bits, sizeof bits);
        text = bits;
    }
    enum ts_code code = load_text(text, &r, &problems);
    const struct ts_problem *p = problems.list.at;
    bool good = code == TS_E_REFUSED && (problems.list.len == 1 || !m->message) && problems.list.len > 0 &&
                strcmp(p->code, m->code) == 0 && strcmp(p->file, "a.lua") == 0;
    if (good && m->message)
        good =
            p->line == m->line && strstr(p->message, m->message) && strstr(p->suggestion, m->suggestion) && !p->warning;
    if (!good) {
        print_error("%s\n  wanted %s:%u %s [%s]\n", text, m->code, m->line, m->message ? m->message : "",
                    m->suggestion);
        for (uint32_t i = 0; i < problems.list.len; i++)
            print_error("  got %s:%u %s [%s]\n", p[i].code, p[i].line, p[i].message, p[i].suggestion);
    }
    if (code == TS_OK) ts_rules_free(r);
    ts_problems_release(&problems);
    return good;
}

static void each_mistake_is_one_problem(void **state)
{
    TS_UNUSED(state);
    bool good = true;
    for (size_t i = 0; i < TS_ARRAY_LEN(mistakes); i++)
        good = check_mistake(&mistakes[i]) && good;
    assert_true(good);
}

/* What looks like a mistake and is none. */
static void these_are_fine(void **state)
{
    TS_UNUSED(state);
    static const char *const texts[] = {
        "",
        "\xEF\xBB\xBFtag 'x' { when = function(member) return true end }",
        "local n = 0 for i = 1, 3 do n = n + i end\ntag('x' .. n)({ when = function() return n == 6 end })",
        "tag('x', { when = function() local n = 0 local function add() n = n + 1 end add() return n == 1 end })",
        "tag 'x' { when = function(member) local n = 0; (function() n = 1 end)() return n == 1 end }",
        "local function weekly(name) tag(name) { on = 'Page Viewed', keep = '7 days' } end weekly 'a' weekly 'b'",
        "tag 'x' { when = function(member, event) local event, k <const> = 1, 2 event = 3 return event > k end }",
        "tag 'x' { when = function(member) for k, v in pairs({}) do v = k end repeat local z = 1 z = 2 until z return "
        "true end }",
        "tag 'x' { when = function(member) goto out do local a a = 1 end ::out:: return true end }",
        "local t = {} function t.f() return 1 end function t:g() self.x = 1 return self end\n"
        "tag 'x' { when = function() return t.f() == 1 end }",
        "local a = [==[ ]] count = 1 ]==] --[[ b = 1 ]] -- c = 1\nlocal b = 'd = 1' .. \"\\\" e = 1\" .. 0x1p4 .. 3 "
        "..4",
        "tag 'x' { when = function(m) return now and program and m:did'Page Viewed' and money '3' > 2 end }",
        "return tag 'x' { when = function() return math.max(1, 2) == #string.upper('a') end }",
        "benefit 'b' { terms = 'x' } points 'p' { expire = { after = '1 year', notice = '7 days' } }",
        "tag '\xE6\xB6\x88\xE8\xB4\xB9' { when = function() return 1 & 3 == 1 end }",
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(texts); i++) {
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        enum ts_code code = load_text(texts[i], &r, &problems);
        if (code != TS_OK || problems.list.len)
            fail_msg("%s: %s", texts[i], problems.list.len ? problems.list.at[0].message : ts_code_name(code));
        ts_rules_free(r);
    }
}

static void warnings_do_not_refuse(void **state)
{
    TS_UNUSED(state);
    struct ts_rules *r = NULL;
    struct ts_problems problems = {0};
    assert_int_equal(
        load_text("points 'p' {} earn 'e' { on = 'Page Viewed', give = 1 }\nbonus 'b' { of = 'e', times = 1 }\n"
                  "blocked 'email' { 'nobody' }",
                  &r, &problems),
        TS_OK);
    assert_int_equal(problems.list.len, 2);
    assert_string_equal(problems.list.at[0].code, "never_fires");
    assert_string_equal(problems.list.at[1].code, "wrong_type");
    assert_true(problems.list.at[0].warning && problems.list.at[1].warning);
    ts_problems_release(&problems);
    ts_rules_free(r);
}

static void all_problems_of_all_files_at_once(void **state)
{
    TS_UNUSED(state);
    struct ts_source files[] = {
        source("a.lua", "measure 'm' { on = 'Bought' }\nlocal x = \n= 3"),
        source("b.lua", "event 'Bought' {"),
        source("c.lua", "tag 'x' {\n on = 'Bought',\n keep = '3 dais' }\nearn 'e' { on = 'Bought' }\nerror {}"),
        source("d.lua", "tiers 't' { basis = { measure = 'm', window = 'lifetime' }, { 'a', nick = print } }"),
        source("e.lua", "tag 'y' { on = 'Sold', keep = '3 days' }"),
        source("f.lua", "tag 'nul' {}"),
        source("g.lua", "-- \xFF"),
    };
    files[5].text = ts_str("x\n\0y", 4);
    static const struct {
        const char *file, *code;
        uint32_t line;
    } wanted[] = {{"a.lua", "syntax", 3},        {"b.lua", "syntax", 1}, {"c.lua", "bad_duration", 3},
                  {"c.lua", "missing_body", 4},  {"c.lua", "syntax", 5}, {"d.lua", "wrong_type", 1},
                  {"e.lua", "unknown_event", 1}, {"f.lua", "syntax", 2}, {"g.lua", "syntax", 1}};
    struct ts_sources s = {.at = files, .n = TS_ARRAY_LEN(files)};
    struct ts_rules *r = NULL;
    struct ts_problems problems = {0};
    struct ts_error err = {0};
    assert_int_equal(ts_rules_load(&s, NULL, &r, &problems, &err), TS_E_REFUSED);
    for (uint32_t i = 0; i < problems.list.len; i++) {
        const struct ts_problem *p = &problems.list.at[i];
        if (i >= TS_ARRAY_LEN(wanted) || strcmp(p->file, wanted[i].file) || strcmp(p->code, wanted[i].code) ||
            p->line != wanted[i].line)
            fail_msg("%s:%u %s %s", p->file, p->line, p->code, p->message);
    }
    assert_int_equal(problems.list.len, TS_ARRAY_LEN(wanted));
    assert_string_equal(err.where, "a.lua:3");
    assert_int_equal(err.code, TS_E_REFUSED);
    ts_problems_release(&problems);
}

static void data_files_are_plain_data(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *data, *code;
        uint32_t line;
    } cases[] = {
        {"return { a = 1, { true, 'x' } }", NULL, 0},
        {"return 3", "wrong_type", 1},
        {"", "syntax", 1},
        {"return {\n a = = 1 }", "syntax", 2},
        {"return { f = function() end }", "wrong_type", 1},
        {"\nreturn { a = math.pi }", "syntax", 2},
        {"while true do end", "limit", 1},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(cases); i++) {
        struct ts_source files[] = {
            source("x/a.lua", "local d = include 'd'\ntag 'x' { when = function() return d.a == 1 end }"),
            source("x/d.table", cases[i].data)};
        struct ts_sources s = {.at = files, .n = 2};
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        struct ts_error err = {0};
        enum ts_code code = ts_rules_load(&s, NULL, &r, &problems, &err);
        if (!cases[i].code) {
            assert_int_equal(code, TS_OK);
            ts_rules_free(r);
        } else {
            assert_int_equal(code, TS_E_REFUSED);
            assert_int_equal(problems.list.len, 1);
            assert_string_equal(problems.list.at[0].code, cases[i].code);
            assert_int_equal(problems.list.at[0].line, cases[i].line);
            assert_string_equal(problems.list.at[0].file, strcmp(cases[i].code, "limit") ? "x/d.table" : "x/a.lua");
        }
        ts_problems_release(&problems);
    }
}

static void large_files_are_refused(void **state)
{
    TS_UNUSED(state);
    size_t n = TS_LIMIT_RULE_FILE_BYTES + 1;
    char *text = malloc(n + 1);
    memset(text, ' ', n);
    text[n] = '\0';
    struct ts_rules *r = NULL;
    struct ts_problems problems = {0};
    assert_int_equal(load_text(text, &r, &problems), TS_E_REFUSED);
    assert_string_equal(problems.list.at[0].code, "limit");
    ts_problems_release(&problems);
    text[n - 1] = '\0';
    assert_int_equal(load_text(text, &r, &problems), TS_OK);
    ts_rules_free(r);
    free(text);
}

static const char tangle[] =
    "event 'A' { x = 'txt', y = { 'money', requred = true }, 'text', 3 }\nmeasure 'm' { om = 'A', sums = 3, echo = 1 "
    "}\n"
    "score 's' { events = { Foo = 1, Bar = 2, Baz = 3 }, traits = { a = 1, b = 2, c = 3 } }\n"
    "tag 'x'\nlocal function maker() local n = 0 return function() n = n + 1 end end\ntag 'y' { when = maker() }\n"
    "tiers 't' { basis = {}, { 1, from = 'x', own = print }, upgrade = 1, downgrade = { steps = 0, grace = 1 } }\n"
    "x.y.z()";

/* Lua's tables have another order in each state; what people read has not. */
static void problems_come_in_one_order(void **state)
{
    TS_UNUSED(state);
    struct ts_problems first = {0};
    struct ts_rules *r = NULL;
    assert_int_equal(load_text(tangle, &r, &first), TS_E_REFUSED);
    assert_true(first.list.len > 15);
    for (int round = 0; round < 10; round++) {
        struct ts_problems again = {0};
        assert_int_equal(load_text(tangle, &r, &again), TS_E_REFUSED);
        assert_int_equal(again.list.len, first.list.len);
        for (uint32_t i = 0; i < first.list.len; i++) {
            assert_string_equal(again.list.at[i].message, first.list.at[i].message);
            assert_string_equal(again.list.at[i].suggestion, first.list.at[i].suggestion);
        }
        ts_problems_release(&again);
    }
    ts_problems_release(&first);
}

static void survives_every_failing_allocation(void **state)
{
    TS_UNUSED(state);
    enum ts_code code = TS_E_MEMORY;
    for (int64_t n = 0; code == TS_E_MEMORY; n += n < 400 ? 1 : 1 + n / 60) {
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        ts_alloc_fail_after(n);
        code = load_text(tangle, &r, &problems);
        ts_alloc_fail_after(-1);
        ts_problems_release(&problems);
    }
    assert_int_equal(code, TS_E_REFUSED);
}

/* ---- anything at all -------------------------------------------------------------------------------------------- */

static const char *pick(struct ts_rng *rng, const char *const *list, size_t n) { return list[ts_rng_below(rng, n)]; }

static void random_value(struct ts_rng *rng, struct ts_buf *out, int depth)
{
    static const char *const values[] = {"1",           "-1",          "0",
                                         "1.5",         "1e300",       "0/0",
                                         "1/0",         "2^53",        "9223372036854775807",
                                         "true",        "false",       "'x'",
                                         "''",          "'A'",         "'Order Completed'",
                                         "'tag.added'", "'revenue'",   "'products'",
                                         "'order_id'",  "'m'",         "'p'",
                                         "'t'",         "'e'",         "'3 days'",
                                         "'1 month'",   "'day'",       "'lifetime'",
                                         "'rate'",      "'money'",     "'list'",
                                         "'email'",     "'phone:CN'",  "'monthly'",
                                         "'Monday'",    "'08:00'",     "'2026-01-01'",
                                         "'yes'",       "money '3'",   "money '0.001'",
                                         "money '-3'",  "money(3)",    "function() end",
                                         "maker()",     "print",       "math",
                                         "tag",         "program",     "knot",
                                         "list",        "include 'd'", "nil",
                                         "{}"};
    static const char *const keys[] = {"",
                                       "",
                                       "",
                                       "on = ",
                                       "sum = ",
                                       "each = ",
                                       "by = ",
                                       "when = ",
                                       "keep = ",
                                       "during = ",
                                       "days = ",
                                       "hours = ",
                                       "dates = ",
                                       "months = ",
                                       "month_of = ",
                                       "at_most = ",
                                       "per = ",
                                       "give = ",
                                       "of = ",
                                       "times = ",
                                       "rate = ",
                                       "points = ",
                                       "amount = ",
                                       "once_per = ",
                                       "act = ",
                                       "basis = ",
                                       "measure = ",
                                       "window = ",
                                       "from = ",
                                       "benefits = ",
                                       "upgrade = ",
                                       "downgrade = ",
                                       "review = ",
                                       "grace = ",
                                       "steps = ",
                                       "expire = ",
                                       "after = ",
                                       "at = ",
                                       "notice = ",
                                       "decimals = ",
                                       "pending = ",
                                       "events = ",
                                       "traits = ",
                                       "half_life = ",
                                       "floor = ",
                                       "class = ",
                                       "type = ",
                                       "default = ",
                                       "strong = ",
                                       "per_member = ",
                                       "normalize = ",
                                       "required = ",
                                       "terms = ",
                                       "own = ",
                                       "[true] = ",
                                       "[1.5] = ",
                                       "[0] = ",
                                       "[knot] = "};
    if (depth == 0 || ts_rng_below(rng, 3)) {
        ts_buf_adds(out, pick(rng, values, TS_ARRAY_LEN(values)));
        return;
    }
    ts_buf_adds(out, "{ ");
    for (uint64_t n = ts_rng_below(rng, 6); n > 0; n--) {
        ts_buf_adds(out, pick(rng, keys, TS_ARRAY_LEN(keys)));
        random_value(rng, out, depth - 1);
        ts_buf_adds(out, ", ");
    }
    ts_buf_adds(out, "}");
}

/* Declarations of random words with random options and values: all is a program or a list of problems, never a defect. */
static void survives_random_declarations(void **state)
{
    TS_UNUSED(state);
    static const char *const words[] = {"event",   "identifier", "blocked", "trait",  "consent",
                                        "measure", "tag",        "score",   "points", "earn",
                                        "bonus",   "rule",       "benefit", "tiers",  "tiers"};
    static const char *const names[] = {"'m'", "'p'", "'t'", "'e'", "'A'", "'email'", "'x'", "'Order Completed'"};
    struct ts_rng rng = {test_seed(4242)};
    struct ts_buf text;
    unsigned unread = 0, found = 0;
    ts_buf_init(&text, 1 << 20);
    for (int round = 0; round < 400; round++) {
        ts_buf_clear(&text);
        ts_buf_adds(
            &text,
            "local knot = {} for i = 1, 40 do knot[i] = knot end local list = {} for i = 1, 40 do list[i] = 'A' end\n"
            "local function maker() local n = 0 return function() n = n + #knot end end\n"
            "event 'A' { x = 'money', l = { 'list', of = { q = 'integer' } } }\n");
        for (uint64_t n = 1 + ts_rng_below(&rng, 6); n > 0; n--) {
            const char *word = pick(&rng, words, TS_ARRAY_LEN(words));
            ts_buf_addf(&text, "%s %s { ", word, pick(&rng, names, TS_ARRAY_LEN(names)));
            bool tiers = strcmp(word, "tiers") == 0;
            if (tiers) ts_buf_adds(&text, "basis = { points = 'p' }, { 'a', own = ");
            if (tiers) random_value(&rng, &text, 3);
            if (tiers) ts_buf_adds(&text, " }, ");
            ts_buf_adds(&text, "on = 'A', keep = ");
            random_value(&rng, &text, 1);
            for (int k = 0; k < 4; k++) {
                static const char *const options[] = {"when",   "during", "at_most", "times",    "give", "events",
                                                      "traits", "sum",    "expire",  "from",     "per",  "of",
                                                      "each",   "act",    "points",  "downgrade"};
                ts_buf_addf(&text, ", %s = ", pick(&rng, options, TS_ARRAY_LEN(options)));
                random_value(&rng, &text, 3);
            }
            ts_buf_adds(&text, " }\n");
        }
        struct ts_source files[] = {{TS_STR("a.lua"), {(const char *)text.data, text.len}},
                                    source("d.table", "return { 1, a = {} }")};
        struct ts_sources s = {.at = files, .n = 2};
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        struct ts_error err = {0};
        enum ts_code code = ts_rules_load(&s, NULL, &r, &problems, &err);
        if (code != TS_OK && code != TS_E_REFUSED)
            fail_msg("%s: %s\n%.*s", ts_code_name(code), err.text, (int)text.len, (const char *)text.data);
        for (uint32_t i = 0; i < problems.list.len; i++)
            unread += strcmp(problems.list.at[i].code, "syntax") == 0;
        found += problems.list.len;
        if (r) ts_rules_free(r);
        ts_problems_release(&problems);
    }
    ts_buf_release(&text);
    print_message("%u problems, %u files not read to their end\n", found, unread);
    assert_true(unread < 40 && found > 4000); /* the texts are Lua and reach the checks */
}

/* Random damage to a real file: it loads or it does not, but nothing breaks and every problem has a place. */
static void survives_mutations(void **state)
{
    TS_UNUSED(state);
    static const char text[] =
        "local limits = { big = money \"10\", list = { 1 } }\nprogram { name = \"x\", currency = \"EUR\" }\n"
        "points \"p\" { expire = { after = \"3 months\" } }\nmeasure \"m\" { on = \"Order Completed\", sum = "
        "\"revenue\" }\n"
        "tiers \"t\" { basis = { measure = \"m\" }, { \"a\" }, { \"b\", from = money \"3\" } }\n"
        "earn \"e\" { on = \"Order Completed\", give = 1.5, per = money \"1\", of = \"revenue\", times = \"rate\" }\n"
        "tag \"x\" { when = function(member) local n = 0 for k, v in pairs(limits) do n = n + 1 end\n"
        "  return member:did(\"Order Completed\", \"3 days\") and n > limits.list[1] end }\n";
    struct ts_rng rng = {test_seed(20260115)};
    for (int round = 0; round < 300; round++) {
        char damaged[sizeof text];
        memcpy(damaged, text, sizeof text);
        for (uint64_t k = 1 + ts_rng_below(&rng, 4); k > 0; k--) {
            size_t at = ts_rng_below(&rng, sizeof text - 1), from = ts_rng_below(&rng, sizeof text - 1);
            if (ts_rng_below(&rng, 2))
                damaged[at] = text[from];
            else
                memmove(damaged + at, damaged + at + 1, sizeof text - at - 1);
        }
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        enum ts_code code = load_text(damaged, &r, &problems);
        if (code != TS_OK && code != TS_E_REFUSED) fail_msg("%s\n%s", ts_code_name(code), damaged);
        for (uint32_t i = 0; i < problems.list.len; i++)
            assert_true(problems.list.at[i].line > 0);
        if (code == TS_OK) ts_rules_free(r);
        ts_problems_release(&problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_one_problem),  cmocka_unit_test(these_are_fine),
        cmocka_unit_test(warnings_do_not_refuse),       cmocka_unit_test(all_problems_of_all_files_at_once),
        cmocka_unit_test(data_files_are_plain_data),    cmocka_unit_test(large_files_are_refused),
        cmocka_unit_test(problems_come_in_one_order),   cmocka_unit_test(survives_every_failing_allocation),
        cmocka_unit_test(survives_random_declarations), cmocka_unit_test(survives_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
