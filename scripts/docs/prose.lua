-- SPDX-License-Identifier: Apache-2.0
-- Prose of the reference page that is about no single word.
return {
  introduction = [[
What marketers and operations people write. A file reads like the brief that it implements: `word "name" { ... }`
declares something and does nothing else. This page is made from the program itself, and each of its examples is
loaded by a test. `tessera rules words earn` shows a word in the terminal; [library/](../library) lets an editor
complete words, options and fields.
]],
  grammar = [[
A rule set is a folder of `.lua` files, read in the order of their paths; names are resolved when all are read, so
it does not matter which file declares what. `tessera check` says what is wrong with it.

```lua
-- Brief: two weeks for returning goods, then a star for each yuan.
points "stars" { pending = "14 days" }
earn "stars on purchases" { on = "Order Completed", points = "stars", give = 1, per = money "1", of = "revenue" }
```

- The name in quotes is the one that `tessera why`, the ledger and the card show, in any language.
- What is common is declared: how many points for how much money, caps, times. What cannot be declared is a small
  function: `when` answers true or false, `amount` a number, `act` asks for effects.
- A function gets the member first, then the event: `function(member, event) ... end`. It reads, and keeps nothing
  between two calls: assigning to a variable outside of it is refused when the file is read.
- Money is written `money "19.90"` and is a whole number of minor units inside functions. Channels send 19.90.
- A window of `"7 days"` is today and the six days before, by the calendar of the program's time zone. In a cap,
  `per = "day"` is the calendar's and `per = "1 day"` rolls.
- Numbers in heads are decimals exactly as written: 1.15 is 115/100.]],
  types = [[
| | |
|---|---|
| `text` | In quotes; names are text too: `"stars"` |
| `number`, `integer` | `1.15`; a whole number |
| `money` | `money "19.90"`, in the program's currency |
| `duration` | A span of time: a whole number and seconds, minutes, hours, days, weeks, months or years; `"14 days"` |
| `window` | Days that count: `"30 days"`, which rolls (also weeks, months, years); `"calendar month"`,
`"last calendar year"` (also day, week, quarter); `"today"`; `"lifetime"` |
| `date` | `"2026-01-15"` |
| `weekday`, `month` | In English: `"Monday"`, `"June"` |
| `field_type` | What a field or a trait holds: `"text"`, `"integer"`, `"number"`, `"money"`, `"boolean"`, `"date"`,
`"time"`, `"list"`, `"any"` |
| `list of text` | Between braces: `{ "Order Completed", "Order Updated" }` |
| [`cap`](#cap), [`during`](#during), [`where`](#where) | Tables that several words take |]],
  figures = [[
Measures are kept by the engine for every member and day, so any window is exact and cheap. A measure is read as a
method of the member: `member:spend "12 months"`, `member:orders()`; one kept `by` something takes the value first:
`member:bought("lens", "3 months")`.]],
  points = [[
Points are earned into lots, each with its activation and its expiry, and spent from the lot that lapses first.
Every entry says by which rule, from which event.]],
  reading = [[
A function gets the member, and in most places the event. All of it is read-only; what a function read is kept with
its effect, and `tessera why` shows it. Declared names stand in brackets or quotes, a measure is a method with a
window:

```lua
measure "spend"  { on = "Order Completed", sum = "revenue" }
measure "bought" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }
tag "vip" { class = "life" }
tiers "club" { basis = { measure = "spend", window = "12 months" }, { "Member" }, { "Gold", from = money "5000" } }

tag "worth a call" {
  when = function(member)
    local coffee = member:bought("coffee", "3 months") -- of a measure kept `by` something: false, or a figure
    return member.tags["vip"]
      or member.tiers["club"].name == "Gold"
      or member:spend "30 days" > money "500" -- a number: money in minor units
      or coffee and coffee.count >= 10
  end,
}
```

An event's declared fields are its fields, `event.revenue`; what else a channel sent stands under
`event.properties`.]],
  doing = [[
Only in `act`, and only by asking: the effects are applied after the function has returned, all of them or, when it
raises, none.]],
  order = [[
An event:

1. identity: whose it is, who is joined;
2. traits, measures and scores count it;
3. earnings with their bonuses, milestones, attributions and rules, which see measures after the event, and tiers,
   tags, points and segments as they stood before it; applied in this order, then higher `priority` first, then by
   name, never by file;
4. tags, tiers and segments, once each;
5. the events that this made, first in first out, each through 3 to 5 again, at most 8 deep and 256 in all: past
   that the record is rolled back and put in quarantine as `rule_limit`.

A rule that raises loses its own effects and no others; it is listed by `tessera errors`.

Midnight, in the program's time zone: pending points become spendable, tiers are reviewed, points expire, conditions
whose windows have moved are looked at again.]],
  events = [[
Segment's e-commerce events come declared, so that a rule set may begin with its first rule; an `event` of the same
name replaces the one here. The engine's own events are made by what happens to a member; a `rule` may have them as
its `on`.]],
  problems = [[
All problems at once, each with file and line, what is wrong and what would be right; nothing when all is well. Each
code with a rule file that has it:]],
  reasons =
    "Nothing is dropped silently: `tessera quarantine` lists what could not be taken, with one of these reasons.",
  refusals =
    "A command (`redeem`, `adjust`, `set-tier`, `set-tag`) that cannot be done answers with one of these codes.",
  limits = "An endless loop, a memory bomb or a runaway pattern costs one failed call of a rule, never the engine.",
  lua = [[
Rules are Lua 5.4 with a closed choice of its library: what would reach outside, or differ between two runs, is not
there. `math.random` is drawn from the record, so that a replay draws the same.]],
  testing = [[
Specs stand beside the rules as `*_spec.lua` and run under plain busted, or by `tessera test`. The engine under test
is the production engine, in memory, with a clock that only the test moves.

```lua
local tessera = require "tessera.test"

describe("stars on purchases", function()
  it("pays a star for each yuan", function()
    local shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    local ada = shop:member { email = "ada@example.com" }
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    assert.equal(100, ada:points "stars".pending)
  end)
end)
```]],
  assertions = [[
Each has its opposite: `assert.has_no_tag`, `assert.not_in_segment`, `assert.not_in_tier`, `assert.not_heard`. All that
busted has is there as well: `assert.equal`, `assert.same`, `assert.is_true`.]],
  editor = [[
With [lua-language-server](https://luals.github.io) an editor completes words, options, fields and the test kit, and
shows what each says. This repository is set up for it. A brand's own folder of rules gets a `.luarc.json` that
points to the `library/` of an installation:

```json
{
  "runtime.version": "Lua 5.4",
  "workspace.library": [
    "/usr/local/share/tessera/library", "${3rd}/busted/library", "${3rd}/luassert/library"
  ],
  "workspace.checkThirdParty": false
}
```

`tessera check --format editors` prints a line for each problem as gcc does, for vim's `:make`, emacs' `compile` and
the problem matcher `$gcc` of VS Code. For [luacheck](https://luacheck.readthedocs.io), which minds style, a
`.luacheckrc` in the same folder:

```text
stds.rules = dofile("/usr/local/share/tessera/luacheck_std.lua")
std = "rules"
unused_args = false
files["**/*_spec.lua"] = { std = "lua54+busted" }
```]],
}
