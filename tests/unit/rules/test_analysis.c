/* SPDX-License-Identifier: Apache-2.0 */
/* Mistakes inside functions and in Lua itself, found while loading and without running anything: each slip gives exactly
 * one problem; what is right gives none. */
#include "base/limits.h"
#include "fixture.h"

/* One line, so that a text below begins on line 2. */
#define HEAD                                                                                                           \
    "event 'Shop Visit' { place = { 'text', required = true }, staff = 'text', vip = 'boolean', seats = 'integer', "   \
    "spent = 'money', day = 'date', basket = { 'list', of = { sku = 'text', price = 'money', quantity = 'integer' } "  \
    "}, anything = 'any' } event 'Left' { place = 'text' } "                                                           \
    "measure 'orders' { on = 'Order Completed' } measure 'spend' { on = 'Order Completed', sum = 'revenue' } "         \
    "measure 'bought' { on = 'Order Completed', each = 'products', by = 'category', sum = 'quantity' } "               \
    "measure '\xE6\xB6\x88\xE8\xB4\xB9' { on = 'Order Completed' } "                                                   \
    "tag 'vip' { class = 'life' } tag 'big spender' { class = 'life' } trait 'city' { type = 'text' } "                \
    "trait 'age' { type = 'integer' } trait 'fan' { type = 'boolean' } trait 'born' { type = 'date' } "                \
    "consent 'marketing' { default = 'no' } score 'activity' { events = { ['Shop Visit'] = 1 } } "                     \
    "segment 'sleeping' { when = function(member) return member:orders '90 days' == 0 end } points 'stars' {} "        \
    "points 'miles' {} tiers 'membership' { basis = { measure = 'spend', window = '12 months' }, "                     \
    "{ 'Member', rate = 1, colour = 'grey' }, { 'Silver', from = money '1000' }, "                                     \
    "{ 'Gold', from = money '5000', rate = 1.5, lounge = true } } "                                                    \
    "tiers 'club' { basis = { points = 'miles' }, { 'Guest' }, { 'Friend', from = 100 } }\n"

#define WHEN(text) "tag 't' { when = function(member) " text " end }"
#define IF(text) WHEN("return " text)
#define RULE(text) "rule 'r' { on = 'Shop Visit', when = function(member, event) " text " end, act = function() end }"
#define ON(text) RULE("return " text)
#define ACT(text) "rule 'r' { on = 'Shop Visit', act = function(member, event) " text " end }"
#define AMOUNT(text) "earn 'e' { on = 'Shop Visit', points = 'stars', amount = function(member, event) " text " end }"

struct slip {
    const char *code;
    uint32_t line; /* 1: the first of the text */
    const char *text, *message, *suggestion;
};

static const struct slip names[] = {
    {"bad_unit", 1, IF("member:spend() >= money(3000)"), "money takes text", "money \"3000\""},
    {"bad_unit", 1, IF("member:spend() >= 99.5"), "minor units here, and 99.5 is none", "money \"99.5\""},
    {"bad_unit", 1, IF("0.5 < member:spend '30 days'"), "0.5 is none", "money \"0.5\""},
    {"bad_unit", 1, IF("member:spend() >= money '3000.005'"), "finer than the currency", ""},
    {"bad_unit", 1, IF("member:spend() >= money 'three'"), "no amount", "digits"},
    {"bad_unit", 1, "local least = 30 " IF("member:spend() >= money(least)"), "money takes text", ""},
    {"unknown_tag", 1, IF("member.tags.vpi"), "no tag \"vpi\"", "did you mean \"vip\"?"},
    {"unknown_tag", 1, IF("member.tags['big spendr']"), "no tag \"big spendr\"", "\"big spender\""},
    {"unknown_tag", 2, WHEN("local m = member\n local tags = m.tags return tags.vpi"), "\"vpi\"", "\"vip\""},
    {"unknown_tag", 1, "local function f(who) return who.tags.vpi end " IF("f(member)"), "\"vpi\"", ""},
    {"unknown_tag", 1, "local h = { f = function(who) return who.tags.vpi end } " IF("h.f(member)"), "\"vpi\"", ""},
    {"unknown_tag", 1, "local h = {} function h:f(who) return who.tags.vpi end " IF("h:f(member)"), "\"vpi\"", ""},
    {"unknown_tag", 1, "local NAME = 'vpi' " IF("member.tags[NAME]"), "\"vpi\"", ""},
    {"unknown_tag", 1, "local NAME <const> = 'vpi' " IF("member.tags[NAME]"), "\"vpi\"", ""},
    {"unknown_tag", 1, "local conf = { deep = { name = 'vpi' } } " IF("member.tags[conf.deep.name]"), "\"vpi\"", ""},
    {"unknown_tag", 1, WHEN("local function f() return member.tags.vpi end return f()"), "\"vpi\"", ""},
    {"unknown_tag", 1, WHEN("local t = { f = function() return member.tags.vpi end } return t.f()"), "\"vpi\"", ""},
    {"unknown_tag", 1, ACT("table.sort({}, function(a, b) return member.tags.vpi end)"), "\"vpi\"", ""},
    {"unknown_tag", 1,
     "local function make(n) return function(member) return member.tags[n] end end "
     "tag 't' { when = make('vpi') }",
     "\"vpi\"", ""},
    {"unknown_tag", 2, WHEN("if member:orders() > 3 then\n return member.tags.vpi end return false"), "\"vpi\"", ""},
    {"unknown_tag", 1, ACT("member:tag 'vpi'"), "\"vpi\"", ""},
    {"unknown_tag", 1, ACT("member:untag('vpi')"), "\"vpi\"", ""},
    {"unknown_field", 1, IF("member.traits.citty == 'x'"), "no trait \"citty\"", "\"city\""},
    {"unknown_field", 1, IF("member.traits.marketing == 'x'"), "no trait \"marketing\"", ""},
    {"unknown_field", 1, ACT("member:set('citty', 'x')"), "no trait \"citty\"", "\"city\""},
    {"unknown_field", 1, IF("member.tag.vip"), "member.tag is a method", "member.tags[\"vip\"]"},
    {"unknown_field", 1, IF("member.scoress.activity > 3"), "no field \"scoress\"", "\"scores\""},
    {"unknown_word", 1, IF("member.scores.activty > 3"), "no score \"activty\"", "\"activity\""},
    {"unknown_word", 1, IF("member.segments.sleping"), "no segment \"sleping\"", "\"sleeping\""},
    {"unknown_word", 1, IF("member.consents.marketting"), "no consent \"marketting\"", "\"marketing\""},
    {"unknown_word", 1, ACT("member:add('activty', 1)"), "no score \"activty\"", ""},
    {"unknown_word", 1, IF("member.stages['car purchase'] == 'aware'"), "later version", ""},
    {"unknown_word", 1, ACT("member:give { coupon = 'x' }"), "later version", ""},
    {"unknown_tier", 1, IF("member.tiers.membershp.name == 'Gold'"), "no tiers \"membershp\"", "\"membership\""},
    {"unknown_tier", 1, IF("member.tiers['membership'].name == 'Glod'"), "no level \"Glod\"", "\"Gold\""},
    {"unknown_tier", 1, IF("'Glod' ~= member.tiers['membership'].name"), "no level \"Glod\"", "\"Gold\""},
    {"unknown_tier", 1, IF("member.tiers['membership'].next == 'Friend'"), "no level \"Friend\"", ""},
    {"unknown_tier", 1, WHEN("local gold = member.tiers.membership return gold.name == 'gold'"), "\"gold\"",
     "\"Gold\""},
    {"unknown_field", 1, IF("member.tiers.membership.rat > 1"), "no key \"rat\"", "\"rate\""},
    {"unknown_field", 1, IF("member.tiers.membership.lunge == true"), "no key \"lunge\"", "\"lounge\""},
    {"unknown_points", 1, IF("member:points('star').available > 3"), "no points \"star\"", "\"stars\""},
    {"unknown_field", 1, IF("member:points('stars').avaliable > 3"), "\"avaliable\"", "\"available\""},
    {"unknown_points", 1, ACT("member:earn('star', 3)"), "no points \"star\"", "\"stars\""},
    {"unknown_points", 1, IF("member:earned('star', '12 months') > 3"), "no points \"star\"", ""},
    {"unknown_measure", 1, IF("member:order() > 3"), "no measure \"order\"", "\"orders\""},
    {"unknown_measure", 1, IF("member:spendd '12 months' > 3"), "no measure \"spendd\"", "\"spend\""},
    {"unknown_measure", 1, IF("member:measure('spent', '12 months') > 3"), "no measure \"spent\"", "\"spend\""},
    {"unknown_measure", 1, IF("member:usual 'order' == false"), "no measure \"order\"", ""},
    {"unknown_measure", 1, IF("member:usual 'orders' == false"), "not kept apart", ""},
    {"unknown_event", 1, IF("member:did('Shop Visits', '3 days')"), "no event \"Shop Visits\"", "\"Shop Visit\""},
    {"unknown_event", 1, IF("member:since 'Shop Visits' > 3"), "no event \"Shop Visits\"", ""},
    {"unknown_event", 1, "local E = 'Shop Visits' " IF("member:did(E)"), "no event \"Shop Visits\"", ""},
    {"unknown_event", 1, ACT("member:emit('Leftt', {})"), "no event \"Leftt\"", "\"Left\""},
    {"unknown_event", 1, ACT("member:emit('tag.added', {})"), "engine's own", ""},
    {"unknown_event", 1, ON("event.name == 'Shop Vist'"), "no event \"Shop Vist\"", "\"Shop Visit\""},
    {"unknown_field", 1, ON("event.palce == 'x'"), "no field \"palce\"", "\"place\""},
    {"unknown_field", 1, ON("event['palce'] == 'x'"), "no field \"palce\"", "\"place\""},
    {"unknown_field", 1, AMOUNT("return event.seat"), "no field \"seat\"", "\"seats\""},
    {"unknown_field", 1, ON("event.at.weekdy == 'Monday'"), "a time has no \"weekdy\"", "\"weekday\""},
    {"unknown_field", 1, ON("now.mont == 3"), "a time has no \"mont\"", "\"month\""},
    {"unknown_field", 1, ON("program.curency == 'x'"), "program has no \"curency\"", "\"currency\""},
    {"unknown_field", 1, ACT("for _, item in ipairs(event.basket) do print(item.skuu) end"), "\"skuu\"", "\"sku\""},
    {"unknown_field", 1, ACT("for i = 1, #event.basket do local b = event.basket[i] print(b.prize) end"), "\"prize\"",
     "\"price\""},
    {"unknown_field", 1, ON("event.basket[1].skuu == 'x'"), "\"skuu\"", "\"sku\""},
    {"unknown_field", 1, "rule 'r' { on = { 'Shop Visit', 'Left' }, act = function(m, e) print(e.staf) end }",
     "none of the events \"Shop Visit\", \"Left\" has a field \"staf\"", "\"staff\""},
    {"unknown_field", 1, ACT("member:emit('Left', { plce = 'x' })"), "no field \"plce\"", "\"place\""},
    {"missing_body", 1, ACT("member:emit('Shop Visit', { staff = 'x' })"), "needs the field \"place\"", ""},
    {"wrong_type", 1, ACT("member:emit('Left', { place = 3 })"), "\"place\" is text", ""},
    {"unknown_field", 1, IF("(member:bought('lens') or { count = 0 }) and member:bought('lens').cuont > 3"),
     "\"cuont\"", "\"count\""},
    {"unknown_tier", 1, "rule 'r' { on = 'tier.upgraded', act = function(m, event) print(event.to == 'Glod') end }",
     "\"Glod\"", "\"Gold\""},
    {"unknown_tier", 1, "rule 'r' { on = 'tier.upgraded', act = function(m, event) print(event.tiers == 'clb') end }",
     "\"clb\"", "\"club\""},
    {"unknown_tag", 1, "rule 'r' { on = 'tag.added', act = function(m, event) print(event.tag == 'vpi') end }",
     "\"vpi\"", "\"vip\""},
    {"unknown_points", 1, "rule 'r' { on = 'points.earned', act = function(m, e) print(e.points == 'star') end }",
     "\"star\"", ""},
    {"unknown_word", 1, "rule 'r' { on = 'segment.left', act = function(m, e) print(e.segment == 'slepin') end }",
     "\"slepin\"", ""},
};

static const struct slip values[] = {
    /* windows */
    {"bad_duration", 1, IF("member:orders '12 moths' > 3"), "12 moths", ""},
    {"bad_duration", 1, IF("member:orders(12) > 3"), "text with its unit", "\"12 days\""},
    {"bad_duration", 1, IF("member:bought('lens', '1 yaer') == false"), "1 yaer", ""},
    {"bad_duration", 1, IF("member:did('Shop Visit', '3 dys')"), "3 dys", ""},
    {"bad_duration", 1, "local W = '3 dys' " IF("member:spend(W) > 3"), "3 dys", ""},
    {"bad_duration", 1, ACT("member:tag('vip', '90 dais')"), "90 dais", ""},
    {"bad_duration", 1, ACT("member:tag('vip', 90)"), "text with its unit", "\"90 days\""},
    {"bad_duration", 1, IF("member:measure('bought', 'lens', '1 yaer') == false"), "1 yaer", ""},
    {"missing_body", 1, IF("member:bought() == false"), "say which one first", ""},
    /* how members are asked */
    {"wrong_type", 1, IF("member.orders() > 3"), "called with a dot", "member:orders(...)"},
    {"wrong_type", 1, IF("member.did 'Shop Visit'"), "called with a dot", "colon"},
    {"wrong_type", 1, IF("member.orders > 3"), "the method orders", "member:orders(...)"},
    {"wrong_type", 1, IF("not member.orders"), "is not called", ""},
    {"wrong_type", 1, IF("member:tags 'vip'"), "no method", "member.tags"},
    {"wrong_type", 1, WHEN("member:tag 'vip' return true"), "only \"act\" may", ""},
    {"wrong_type", 1, AMOUNT("member:earn('stars', 3) return 3"), "only \"act\" may", ""},
    {"wrong_type", 1, ACT("member.traits.city = 'x'"), "read-only", "member:set"},
    {"wrong_type", 1, ACT("member:set('age', 'old')"), "the trait \"age\" is integer", ""},
    {"wrong_type", 1, ACT("member:add('activity', '3')"), "takes a number", "without quotes"},
    {"wrong_type", 1, ACT("member:earn('stars', '3')"), "takes a number", ""},
    {"wrong_type", 1, ACT("member:notify('x', 'y')"), "table of properties", ""},
    {"wrong_type", 1, ACT("member:tag(3)"), "the name of a tag", ""},
    {"wrong_type", 1, "tag 't' { when = function(member, event) return event.place == 'x' end }", "no event here", ""},
    {"wrong_type", 1, IF("member.tags 'vip'"), "cannot be called", "member.tags[\"...\"]"},
    {"wrong_type", 1, "tag 't' { on = 'Left', keep = '9 days', when = function(event) return event.place == 'x' end }",
     "the member first", "function(member, event)"},
    {"unknown_word", 1, IF("event.place == 'x'"), "\"event\" declares", "function(member, event)"},
    {"unknown_word", 1, ACT("tag 'vip'"), "\"tag\" declares", "member:tag(...)"},
    {"unknown_word", 1, IF("tags.vip"), "unknown word \"tags\"", ""},
    /* when */
    {"wrong_type", 1, IF("member:spend '12 months'"), "gives a number", "Lua 0"},
    {"wrong_type", 1, IF("member:bought 'lens'"), "a table (or false)", "not not"},
    {"wrong_type", 1, IF("member.traits.city"), "gives text", "== \"...\""},
    {"wrong_type", 1, IF("member.traits.fan"), "nothing (nil)", "== true"},
    {"wrong_type", 1, IF("member.traits.city and member.traits.city ~= 'x'"), "nothing (nil)", ""},
    {"wrong_type", 1, IF("member:did 'Shop Visit' and member:orders()"), "can give a number", ""},
    {"wrong_type", 1, IF("member:did 'Shop Visit' or 'no'"), "can give text", ""},
    {"wrong_type", 1, IF("'yes'"), "gives text", ""},
    {"wrong_type", 1, WHEN("return"), "nothing (nil)", ""},
    {"wrong_type", 2, WHEN("local x = 1\n member:did 'Shop Visit'"), "gives nothing", "\"return\" missing"},
    {"wrong_type", 3, "tag 't' { when = function(member)\n if member.tags.vip then return true end\nend }",
     "can end without", "every way"},
    {"wrong_type", 1, ON("event.vip"), "nothing (nil)", ""},
    {"wrong_type", 1, ON("event.seats"), "a number", ""},
    {"wrong_type", 2, WHEN("for i = 1, 3 do return true end\n"), "can end without", ""},
    /* amount */
    {"wrong_type", 1, AMOUNT("return '5'"), "gives text", "without quotes"},
    {"wrong_type", 1, AMOUNT("return event.place"), "gives text", ""},
    {"wrong_type", 1, AMOUNT("return member.tags.vip"), "true or false", ""},
    {"wrong_type", 1, AMOUNT("if member.tags.vip then return 5 end"), "can end without", ""},
    /* operators */
    {"wrong_type", 1, IF("member:spend '12 months' >= '100'"), "a number is compared with text", "write money \"100\""},
    {"wrong_type", 1, IF("member:since 'Shop Visit' > '30 days'"), "compared with text", "window"},
    {"wrong_type", 1, IF("member.traits.city > 3"), "text is compared with a number", ""},
    {"wrong_type", 1, IF("member.tags.vip > 3"), "true or false is compared with a number", ""},
    {"wrong_type", 1, IF("member:orders() == '5'"), "never equals text", "5 without quotes"},
    {"wrong_type", 1, IF("'5' ~= member:orders()"), "never equals text", "5 without quotes"},
    {"wrong_type", 1, IF("member:spend() == '5.50'"), "never equals text", "money \"5.50\""},
    {"wrong_type", 1, IF("member:spend('12 months' >= money '10')"), "text is compared", "member:spend(\"12 months\")"},
    {"wrong_type", 1, IF("member:orders('12 months' > 10)"), "text is compared", "member:spend(\"12 months\")"},
    {"wrong_type", 1, IF("member:orders('12 months' == 10)"), "text", "member:spend(\"12 months\")"},
    {"unknown_word", 1, "tag 't' { when = function(mebmer) return member:orders() > 1 and\nmember:spend() > 2 end }",
     "\"member\" is no parameter", "function(member, event)"},
    {"negative_threshold", 1, IF("member:since 'Order Completed' > -3"), "never below 0", "3?"},
    {"negative_threshold", 1, WHEN("local b = member:bought 'lens' return b and b.count > -3"), "never below 0", "3?"},
    {"negative_threshold", 1, IF("member:orders() > -3"), "never below 0", "3?"},
    {"negative_threshold", 1, IF("-3 <= member:orders '30 days'"), "never below 0", "3?"},
    {"negative_threshold", 1, IF("member:spend '12 months' >= money '-100'"), "never below 0", "money \"100\"?"},
    {"negative_threshold", 1, IF("member:spend '12 months' < -money '100'"), "never below 0", "money \"100\"?"},
    {"negative_threshold", 1, "local least = money '-7' " IF("member:spend() > least"), "never below 0",
     "money \"7\"?"},
    {"wrong_type", 1, IF("member:bought 'lens' > 3"), "is compared with a number", "count"},
    {"unknown_word", 1, AMOUNT("return math.flor(member:orders() / 2)"), "math has no \"flor\"", "\"floor\""},
    {"unknown_word", 1, ON("event.place:uper() == 'X'"), "string has no \"uper\"", "\"upper\""},
    {"wrong_type", 1, AMOUNT("return math.max('500', member:orders())"), "takes numbers, not text",
     "500 without quotes"},
    {"wrong_type", 1, ON("event.place < 5"), "compared with a number", ""},
    {"wrong_type", 1, ON("event.at < now"), "that cannot be", ".date"},
    {"wrong_type", 1, AMOUNT("return event.place * 2"), "text cannot be multiplied", "tonumber"},
    {"wrong_type", 1, AMOUNT("return '10' + 2"), "text cannot be added", "10 without quotes"},
    {"wrong_type", 1, AMOUNT("return -event.place"), "text cannot be", ""},
    {"wrong_type", 1, ACT("print('x' .. member.tags.vip)"), "cannot be joined", "tostring"},
    {"wrong_type", 1, ACT("local x = 5 x.y = 3 print(x())"), "cannot be called", ""},
};

static const struct slip warnings[] = {
    {"never_fires", 1, IF("member.tags.vip == 'yes'"), "never equals", ""},
    {"never_fires", 1, IF("member:bought 'lens' == true"), "never equals", ""},
    {"never_fires", 1, IF("member.tags.vip == nil"), "never nil", ""},
    {"never_fires", 1, IF("nil == member:orders()"), "never nil", ""},
    {"never_fires", 1, IF("false"), "always false", ""},
    {"never_fires", 1, "local on = false " IF("on and member.tags.vip"), "always false", ""},
    {"never_fires", 1, ON("event.at.weekday == 'monday'"), "no day of the week", "\"Monday\""},
    {"never_fires", 1, ON("event.name == 'Left'"), "never for \"Left\"", "\"on\""},
    {"never_fires", 1, ON("event.place == 5"), "never equals", "\"5\", in quotes"},
};

static const struct slip broken[] = {
    {"syntax", 2, WHEN("\n if member:orders() = 5 then return true end return false"), "single \"=\"", "=="},
    {"syntax", 1, IF("member.tags.vip = true"), "single \"=\"", "=="},
    {"syntax", 1, WHEN("while x = 3 do end return true"), "single \"=\"", "=="},
    {"syntax", 1, IF("(member:orders() = 3)"), "single \"=\"", "=="},
    {"syntax", 2, "tag 'x' {\n on = 'Left'\n keep = '3 days',\n}", "a comma is missing between \"Left\"", "\",\""},
    {"syntax", 4, "tag 'x' {\n when = function(member)\n  return true\n end\n class = 'life',\n}", "a comma",
     "\"end\""},
    {"syntax", 2, "tiers 'm' { basis = { measure = 'spend' },\n { 'A' }\n { 'B', from = money '3' } }", "a comma", ""},
    {"syntax", 1, "earn 'e' { per = money '1' of = 'revenue' }", "a comma is missing", ""},
    {"syntax", 1, "tag 'x {\n}", "not closed on this line", ""},
    {"syntax", 1, "tag \xE2\x80\x9Cx\xE2\x80\x9D { class = 'life' }", "the quote \xE2\x80\x9C", "write \""},
    {"syntax", 1, "tag \"x\xE2\x80\x9D { class = 'life' }", "the quote \xE2\x80\x9D", ""},
    {"syntax", 1, "tag 'x' { class = 'life'\xEF\xBC\x8C }", "half-width", "write ,"},
    {"syntax", 1, "tag 'x' { when = function\xEF\xBC\x88member) return true end }", "half-width", "write ("},
    {"syntax", 1, IF("(member.tags.vip\xEF\xBC\x89"), "half-width", "write )"},
    {"syntax", 1, "local x = 3\xEF\xBC\x9B", "half-width", "write ;"},
    {"syntax", 1, "tag 'x' { \xE5\x9F\x8E\xE5\xB8\x82 = 1 }", "outside of quotes", "[\"...\"]"},
    {"syntax", 5,
     "tag 'x' {\n when = function(member)\n  if member.tags.vip then\n   return true\n  return false\n end,\n}",
     "the \"if\" of line 4 has no \"end\"", ""},
    {"syntax", 4, "tag 'x' {\n when = function(member)\n  return true\n}", "the \"function\" of line 3", "\"end\""},
    {"syntax", 6,
     "tag 'x' {\n when = function(member)\n  if member.tags.vip then\n   print(1)\n  return true\n end,\n}",
     "the \"if\" of line 4", ""},
    {"syntax", 1, WHEN("if member.tags.vip return true end return false"), "\"then\" is missing", ""},
    {"syntax", 1, WHEN("for i = 1, 3 print(i) end return true"), "\"do\" is missing", ""},
    {"syntax", 1, "rule 'x' { end = 3 }", "\"end\" is a word of Lua", "[\"end\"]"},
    {"syntax", 1, "rule 'x' { function = 3 }", "\"function\" is a word of Lua", "[\"function\"]"},
    {"syntax", 1, IF("member.tags.end"), "\"end\" is a word of Lua", "[\"end\"]"},
    {"syntax", 1, IF("member:orders() != 3"), "\"!=\" is not Lua", "~="},
    {"syntax", 1, IF("!member.tags.vip"), "\"!\" is not Lua", "\"not\""},
    {"syntax", 1, IF("member.tags.vip && true"), "\"&&\" is not Lua", "\"and\""},
    {"syntax", 1, IF("member.tags.vip || true"), "\"||\" is not Lua", "\"or\""},
    {"syntax", 1, WHEN("local n = 0 n += 1 return n > 3"), "\"+=\" is not Lua", "x = x +"},
    {"syntax", 1, IF("member:orders() => 3"), "\"=>\" is not Lua", ">="},
    {"syntax", 4,
     "tag 'x' { when = function(member)\n  if member.tags.vip then\n    return true\n  else if true then\n    "
     "return false\n  end\nend }",
     "\"else if\"", "elseif"},
    {"syntax", 2, "tag 'x' { class = 'life' }\n}", "closes nothing", ""},
    {"syntax", 1, "tag 'x' { class = 'life'\ntag 'y' { class = 'life' }", "not closed before \"tag\"", "\"}\""},
    {"syntax", 1, "tag 'x' { class: 'life' }", "\":\"", "name = value"},
    {"syntax", 1, "tag 'x' { 'class' = 'life' }", "in brackets", "[\"class\"]"},
    {"syntax", 1, WHEN("retrun true"), "\"retrun\"", "\"return\""},
    {"syntax", 1, WHEN("member:orders() >= 5"), "alone does nothing", "\"return\""},
    {"syntax", 1, "tag 'x' { function when(member) return true end }", "name in front", "when = function"},
    {"syntax", 1, "tag 'x' { when = function(member) return true end end }", "too many", ""},
    {"syntax", 1, "// a comment", "begins nothing", "--"},
    {"syntax", 1, "--[[ never closed\ntag 'x' {}", "not closed", "]]"},
    {"syntax", 1, IF("member.tags.vip ? true : false"), "a ? b : c", "and b or c"},
    {"syntax", 1, IF("(member:orders() > 3"), "the \"(\" of line 2", ""},
    {"unknown_word", 1, IF("member.traits.city == null"), "unknown word \"null\"", "\"nil\""},
};

static const char *const clean[] = {
    IF("member.tags.vip"),
    IF("member.tags['big spender'] and not member.tags.vip"),
    IF("member:bought 'solution' and not member:bought 'lens'"),
    IF("not not member:bought 'lens'"),
    IF("member:did 'Shop Visit' and not member:did('Shop Visit', '90 days')"),
    IF("member:orders() > 3"),
    IF("member:spend '12 months' >= money '5000'"),
    IF("member:spend() >= 100"),
    IF("member:spend 'lifetime' > 0"),
    IF("member.tiers['membership'].name == 'Gold'"),
    IF("member.tiers.membership.rate > 1.2"),
    IF("member.tiers.membership.lounge == true"),
    IF("member.tiers.membership.colour == 'grey'"),
    IF("(member.tiers.membership.missing or 0) > money '100'"),
    IF("member.tiers.club.next == 'Friend'"),
    IF("member.traits.city == 'Paris'"),
    IF("(member.traits.age or 0) >= 18"),
    IF("member.traits.fan == true"),
    IF("member.traits.fan or false"),
    IF("member.traits.city ~= nil and #member.traits.city > 3"),
    IF("member.consents.marketing"),
    IF("member.scores.activity >= 20"),
    IF("member.scores.activity >= 20.5 and member:spend() / 3 > 99.5 and member:spend() < math.huge"),
    IF("member:spend() >= 1e4"),
    IF("member.segments.sleeping"),
    IF("member:points('stars').available > 100 and member:points 'stars'.debt == 0"),
    IF("member:earned('miles', '12 months') > 100"),
    IF("member:earned('stars', '12 months') > 3"),
    IF("member:since 'Shop Visit' > 30"),
    IF("member:since 'Shop Visit' == math.huge"),
    IF("member.created < '2026-01-01'"),
    IF("member:measure('\xE6\xB6\x88\xE8\xB4\xB9', '12 months') > 3"),
    IF("now.month == 5 and now.weekday == 'Monday'"),
    IF("member:measure('bought', 'lens', '1 year') ~= false"),
    IF("program.currency == 'USD'"),
    WHEN("local lens = member:bought('lens', '1 year') return lens and lens.count >= 2"),
    WHEN("local u = member:usual('bought', '12 months') return u and u.share > 0.5 or false"),
    WHEN("local m = member:bought 'lens' if m then return m.sum > 3 end return false"),
    WHEN("local n = 0 for _, name in ipairs { 'vip', 'big spender' } do if member.tags[name] then n = n + 1 end end "
         "return n == 2"),
    WHEN("local x if member.tags.vip then x = 'a' else x = 3 end return x == 3"),
    WHEN("if member.tags.vip then return true elseif member:orders() > 3 then return false else return true end"),
    WHEN("while true do if member.tags.vip then return true end return false end"),
    WHEN("repeat local n = member:orders() return n > 3 until true"),
    WHEN("error('this never holds')"),
    WHEN("goto out do return false end ::out:: return true"),
    WHEN("local tag = 'vip' local tags = member.tags return tags[tag] == false"),
    WHEN("local function any(...) for _, n in ipairs { ... } do if member.tags[n] then return true end end return "
         "false end return any('vip', 'big spender')"),
    WHEN("local member = { tags = { nothing = true } } return member.tags.nothing"),
    WHEN("return member:spend('12 months') // 100 > 5 and ('x' .. member:orders()) ~= 'x3'"),
    "local function f(a) if a then return f(false) end return true end " IF("f(true)"),
    "local levels = { Gold = true, Silver = true } " IF("levels[member.tiers.membership.name] == true"),
    "local ages = { 1, 2 } " IF("ages[1] == 1 and #ages == 2"),
    "local LIMIT = money '100' " IF("member:spend() > LIMIT"),
    "local h = { name = 'vip' } function h.has(m) return m.tags[h.name] end " IF("h.has(member)"),
    "local function field(e, name) return e[name] end " ON("field(event, 'place') == 'x'"),
    "local function f(e) if e.name == 'Left' then return e.place == 'x' end return true end " ON("f(event)"),
    "local function f(e) if e.name == 'Order Completed' then return e.revenue > 3 end return true end " ON("f(event)"),
    ON("event.place == 'till' and event.staff ~= nil"),
    ON("event.staff == nil"),
    ON("event.vip == true"),
    ON("(event.seats or 0) > 3"),
    ON("event.spent ~= nil and event.spent > money '20'"),
    ON("event.anything"),
    ON("event.properties.whatever == 3"),
    ON("event.at.hour < 12 and event.at.weekday ~= 'Sunday'"),
    ON("event.channel == 'app' and event.name == 'Shop Visit'"),
    ON("event.day == nil or event.day > '2026-01-01'"),
    ON("event.basket[1] ~= nil and event.basket[1].sku == 'x'"),
    ON("event.basket ~= nil and #event.basket > 3"),
    RULE("for _, item in ipairs(event.basket or {}) do if item.price > money '5' and item.quantity > 1 then return "
         "true end end return false"),
    RULE("local n = 0 for i = 1, #event.basket do n = n + event.basket[i].quantity end return n > 3"),
    "rule 'r' { on = { 'Shop Visit', 'Left' }, when = function(member, event) return event.place == 'x' and "
    "event.staff "
    "~= 'y' end, act = function() end }",
    "rule 'r' { on = 'tier.upgraded', when = function(member, event) return event.tiers == 'club' and event.to == "
    "'Friend' end, act = function() end }",
    "tag 's' { on = 'Shop Visit', keep = '9 days', when = function(member, event) return event.place == 'x' end }",
    AMOUNT("return 5"),
    AMOUNT("return event.seats * 2"),
    AMOUNT("return (event.spent or 0) / 100"),
    AMOUNT("return member.tags.vip and 5 or 0"),
    AMOUNT("if member.tags.vip then return 5 end return 0"),
    AMOUNT("local n = tonumber(event.place) return n or 0"),
    AMOUNT("return math.floor(event.spent / 3)"),
    ACT("member:tag 'vip' member:tag('vip', '90 days') member:untag 'vip'"),
    "rule 'r' { on = 'Order Completed', act = function(member, event) for _, item in ipairs(event.products or {}) do "
    "print(item.image_url) end end }",
    ACT("member:set('city', 'x') member:set('age', 3) member:set('marketing', true) member:set('city', nil)"),
    ACT("member:add('activity', -1.5) member:earn('stars', event.seats or 0)"),
    ACT("member:emit('Left', { place = event.place }) member:emit 'Left' member:notify('x', { a = 1 })"),
    ACT("local t = { place = 'x' } t.staff = 'y' member:emit('Shop Visit', t)"),
    ACT("local say = member.notify say(member, 'x')"),
    ACT("if event.spent and event.spent >= 500 then return member:tag 'vip' end"),
    ACT("pcall(function() member:tag 'vip' end)"),
    ACT("local log = {} for k, v in pairs(event.properties) do log[#log + 1] = k .. '=' .. tostring(v) end "
        "table.sort(log) member:notify('x', { log = table.concat(log, ', ') })"),
};

static void show_problems(const struct ts_problems *problems)
{
    for (uint32_t i = 0; i < problems->list.len; i++) {
        const struct ts_problem *p = &problems->list.at[i];
        print_error("  got %s:%u %s [%s]\n", p->code, p->line - 1, p->message, p->suggestion);
    }
}

static const char *under_head(const char *text)
{
    static char buffer[1 << 14];
    snprintf(buffer, sizeof buffer, "%s%s", HEAD, text);
    return buffer;
}

static bool check_slip(const struct slip *s, bool warning)
{
    struct ts_rules *r = NULL;
    struct ts_problems problems = {0};
    enum ts_code code = load_text(under_head(s->text), &r, &problems);
    const struct ts_problem *p = problems.list.at;
    bool good = code == (warning ? TS_OK : TS_E_REFUSED) && problems.list.len == 1 && p->warning == warning &&
                strcmp(p->code, s->code) == 0 && p->line == s->line + 1 && strstr(p->message, s->message) &&
                strstr(p->suggestion, s->suggestion);
    if (!good) {
        print_error("%s\n  wanted %s:%u %s [%s]\n", s->text, s->code, s->line, s->message, s->suggestion);
        show_problems(&problems);
    }
    if (code == TS_OK) ts_rules_free(r);
    ts_problems_release(&problems);
    return good;
}

static void check_slips(const struct slip *list, size_t n, bool warning)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad += !check_slip(&list[i], warning);
    assert_int_equal(bad, 0);
}

static void unknown_names(void **state)
{
    TS_UNUSED(state);
    check_slips(names, TS_ARRAY_LEN(names), false);
}

static void wrong_values(void **state)
{
    TS_UNUSED(state);
    check_slips(values, TS_ARRAY_LEN(values), false);
}

static void what_never_holds(void **state)
{
    TS_UNUSED(state);
    check_slips(warnings, TS_ARRAY_LEN(warnings), true);
}

static void what_lua_cannot_read(void **state)
{
    TS_UNUSED(state);
    check_slips(broken, TS_ARRAY_LEN(broken), false);
}

static void nothing_is_said_of_what_is_right(void **state)
{
    TS_UNUSED(state);
    size_t bad = 0;
    for (size_t i = 0; i < TS_ARRAY_LEN(clean); i++) {
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        enum ts_code code = load_text(under_head(clean[i]), &r, &problems);
        if (code != TS_OK || problems.list.len) {
            bad++;
            print_error("%s\n", clean[i]);
            show_problems(&problems);
        }
        if (code == TS_OK) ts_rules_free(r);
        ts_problems_release(&problems);
    }
    assert_int_equal(bad, 0);
}

/* The rule sets of this project. */
static void folders_are_clean(void **state)
{
    TS_UNUSED(state);
    static const char *const folders[] = {"rules",
                                          "tests/bench/rules",
                                          "tests/kill_support/rules",
                                          "tests/unit/rules/shop",
                                          "tests/spec/programs/airline",
                                          "tests/spec/programs/cars",
                                          "tests/e2e/club"};
    for (size_t i = 0; i < TS_ARRAY_LEN(folders); i++) {
        char path[1024];
        struct ts_sources s;
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        struct ts_error err = {0};
        snprintf(path, sizeof path, "%s/%s", TESSERA_SOURCE_DIR, folders[i]);
        assert_int_equal(ts_sources_read(path, &s, &err), TS_OK);
        enum ts_code code = ts_rules_load(&s, NULL, &r, &problems, &err);
        show_problems(&problems);
        assert_int_equal(code, TS_OK);
        assert_int_equal(problems.list.len, 0);
        ts_rules_free(r);
        ts_sources_release(&s);
    }
}

/* What was checked before is not checked again. */
static void known_good_is_not_looked_through(void **state)
{
    TS_UNUSED(state);
    struct ts_source one = source("a.lua", under_head(IF("member.tags.vpi")));
    struct ts_sources s = {.at = &one, .n = 1};
    struct ts_rules_options options = {.known_good = true};
    struct ts_problems problems = {0};
    struct ts_error err = {0};
    struct ts_rules *r = NULL;
    assert_int_equal(ts_rules_load(&s, NULL, &r, &problems, &err), TS_E_REFUSED);
    ts_problems_release(&problems);
    assert_int_equal(ts_rules_load(&s, &options, &r, &problems, &err), TS_OK);
    assert_int_equal(problems.list.len, 0);
    ts_rules_free(r);
}

/* ---- bounds ----------------------------------------------------------------------------------------------------- */

static enum ts_code load_repeated(const char *before, const char *part, size_t n, const char *after)
{
    struct ts_buf text;
    struct ts_rules *r = NULL;
    ts_buf_init(&text, TS_LIMIT_RULE_FILE_BYTES);
    ts_buf_adds(&text, before);
    for (size_t i = 0; i < n; i++)
        ts_buf_adds(&text, part);
    ts_buf_adds(&text, after);
    assert_false(text.failed);
    struct ts_source one = {TS_STR("a.lua"), {(const char *)text.data, text.len}};
    struct ts_sources s = {.at = &one, .n = 1};
    struct ts_error err = {0};
    enum ts_code code = ts_rules_load(&s, NULL, &r, NULL, &err);
    if (code != TS_OK && code != TS_E_REFUSED) print_error("%s: %s\n", ts_code_name(code), err.text);
    if (code == TS_OK) ts_rules_free(r);
    ts_buf_release(&text);
    return code;
}

/* As large, as deep and as long as a file may be: it loads or is refused, and nothing overflows. */
static void large_and_deep_texts(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *before, *part, *after;
        size_t n;
    } texts[] = {
        {"tag 'x' { when = function(member) return ", "(", "", 100000},
        {"tag 'x' { when = function(member) local t = ", "{", "", 100000},
        {"", "function f() ", "", 19000},
        {"tag 'x' { when = function(member) return 1", "+1", " > 3 end }", 120000},
        {"tag 'x' { when = function(member) return member", ".a", " end }", 120000},
        {"tag 'x' { when = function(member) return f", "()", " end } local f", 100000},
        {"tag 'x' { when = function(member) return ", "not ", " true end }", 150},
        {"tag 'x' { when = function(member) return ", "(", "", 180},
        {"tag 'x' { when = function(member) ", "if member.tags.a then ", " return true", 180},
        {"local t = { ", "function()end,", "}", 18000},
        {"", "local function f(m)return m end ", "", 190},
        {"tag 'x' { when = function(member) ", "local function f(m)return m end f(member)", " return true end }", 90},
        {"tag 'x' { when = function(member) if member then return true", " elseif member then return true",
         " end end }", 6000},
        {"local s = 'x'", "..'x'", "", 150},
        {"--[[", "x", "", 200000},
        {"'", "x", "", 200000},
    };
    for (size_t i = 0; i < TS_ARRAY_LEN(texts); i++) {
        enum ts_code code = load_repeated(texts[i].before, texts[i].part, texts[i].n, texts[i].after);
        if (code != TS_OK && code != TS_E_REFUSED)
            fail_msg("%s%s: %s", texts[i].before, texts[i].part, ts_code_name(code));
    }
}

/* Helpers that call each other twice would be looked at 2^n times. */
static void helpers_that_multiply(void **state)
{
    TS_UNUSED(state);
    struct ts_buf text;
    struct ts_rules *r = NULL;
    ts_buf_init(&text, TS_LIMIT_RULE_FILE_BYTES);
    ts_buf_adds(&text, "local function f0(m) return m.tags.vip end\n");
    for (int i = 1; i < 60; i++)
        ts_buf_addf(&text, "local function f%d(m) return f%d(m) and f%d(m) and f%d(m) end\n", i, i - 1, i - 1, i - 1);
    ts_buf_adds(&text, "tag 'vip' { class = 'life' }\n");
    for (int i = 0; i < 500; i++)
        ts_buf_addf(&text, "tag 't%d' { when = f%d }\n", i, i % 60);
    struct ts_source one = {TS_STR("a.lua"), {(const char *)text.data, text.len}};
    struct ts_sources s = {.at = &one, .n = 1};
    struct ts_problems problems = {0};
    struct ts_error err = {0};
    assert_int_equal(ts_rules_load(&s, NULL, &r, &problems, &err), TS_OK);
    assert_int_equal(problems.list.len, 0);
    ts_rules_free(r);
    ts_buf_release(&text);
}

static void every_failing_allocation(void **state)
{
    TS_UNUSED(state);
    enum ts_code code = TS_E_MEMORY;
    for (int64_t n = 0; code == TS_E_MEMORY; n += n < 200 ? 1 : 1 + n / 40) {
        struct ts_rules *r = NULL;
        struct ts_problems problems = {0};
        ts_alloc_fail_after(n);
        code = load_text(under_head(IF("member.tags.vpi and member:order 'x' > '3'")), &r, &problems);
        ts_alloc_fail_after(-1);
        ts_problems_release(&problems);
    }
    assert_int_equal(code, TS_E_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(what_never_holds),
        cmocka_unit_test(what_lua_cannot_read),
        cmocka_unit_test(nothing_is_said_of_what_is_right),
        cmocka_unit_test(folders_are_clean),
        cmocka_unit_test(known_good_is_not_looked_through),
        cmocka_unit_test(large_and_deep_texts),
        cmocka_unit_test(helpers_that_multiply),
        cmocka_unit_test(every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
