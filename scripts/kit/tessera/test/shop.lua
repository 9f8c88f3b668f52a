-- SPDX-License-Identifier: Apache-2.0
-- A shop: an engine under a rule set, the clock of the test, and the members that the test made. Everything that
-- happens in it is a line of JSON, as a channel sends it.
local engine = require "tessera.engine"
local coverage = require "tessera.test.coverage"
local member = require "tessera.test.member"
local say = require "tessera.test.say"

local shared = engine.shared()
-- Shops that are open, as long as somebody holds them: one that a `setup` made serves many tests.
shared.open = shared.open or setmetatable({}, { __mode = "k" })

local Shop = {}
Shop.__index = function(_, key)
  local found = Shop[key]
  if found == nil and type(key) == "string" then
    if Shop.later[key] then return function() say.later(key) end end
    say.unknown("verb of a shop", key, Shop.verbs)
  end
  return found
end
Shop.__name = "shop"
Shop.later = { split = true, charity = true }

-- ---- opening --------------------------------------------------------------------------------------------------------

local collectors = { generational = 1, calls = 2, every = 3 }

local function problems_text(message, problems)
  local lines = {}
  for _, p in ipairs(problems or {}) do
    if p.severity == "error" then
      local hint = p.suggestion ~= "" and " (" .. p.suggestion .. ")" or ""
      lines[#lines + 1] = string.format("\n  %s:%d: %s: %s%s", p.file, p.line, p.code, p.message, hint)
    end
  end
  return #lines > 0 and table.concat(lines) or " " .. tostring(message)
end

-- The files of a folder (relative to `base`), with those given as text in their place or beside them.
local function sources(self, wanted, base)
  local list, at, from_folder = {}, {}, {}
  for path, text in pairs(wanted.files or {}) do
    if type(path) ~= "string" or type(text) ~= "string" then
      say.fail('files are texts by name: { files = { ["points.lua"] = [[ ... ]] } }')
    end
  end
  if wanted.rules then
    local folder = wanted.rules:sub(1, 1) == "/" and wanted.rules or base .. "/" .. wanted.rules
    local why
    list, why = self.native:sources(folder)
    if not list then say.fail("the rules cannot be read: %s", why) end
    for i, source in ipairs(list) do at[source[1]], from_folder[source[1]] = i, true end
    self.folder = folder
  end
  for _, path in ipairs(say.sorted(wanted.files or {})) do
    local i = at[path] or #list + 1
    list[i], from_folder[path] = { path, wanted.files[path] }, nil
  end
  self.from_folder = from_folder
  table.sort(list, function(a, b)
    local a_table, b_table = a[1]:find "%.table$" ~= nil, b[1]:find "%.table$" ~= nil
    if a_table ~= b_table then return b_table end
    return a[1] < b[1]
  end)
  return list
end

function Shop:activate(list)
  local ok, message, problems = self.native:activate(list, self.at)
  if not ok then say.fail("the rules do not load:%s", problems_text(message, problems)) end
  self.program = self.native:program()
end

function Shop.open(wanted, base)
  local gc = wanted.gc or collectors[os.getenv "TESSERA_KIT_GC" or ""] or 0
  local native = engine.open { seed = wanted.seed or 1, gc = gc, coverage = shared.coverage ~= nil }
  local self = setmetatable({ native = native, base = base, at = 0, closed = false,
    folder = false, from_folder = {}, covered = -1, spoiled = false, members = {},
    seen_errors = 0, made = 0, keys = 0 }, Shop)
  if wanted.rules or wanted.files then
    self:activate(sources(self, wanted, base))
  else
    self.program = native:program()
  end
  local at, why = native:time(wanted.now or "2026-01-01 12:00")
  if not at then say.fail("tessera.open: now: %s", why) end
  self.at = at
  self:tick()
  shared.opened = (shared.opened or 0) + 1
  shared.open[self] = shared.opened
  return self
end

-- ---- lines ----------------------------------------------------------------------------------------------------------

-- Rule errors since the last look are the author's to hear of, unless he said that he expects them.
function Shop:check_errors(expected)
  local count = self.native:counts()
  local from = self.seen_errors + 1
  self.seen_errors = count
  if expected or count < from then return end
  local lines = {}
  for i, e in ipairs(self.native:errors()) do
    if i >= from and e.file == "" then -- no rule's: the identity rules said no
      say.fail("a join was refused: %s", e.message)
    elseif i >= from then
      lines[#lines + 1] = Shop.error_text(e)
    end
  end
  say.fail("%s%s", #lines == 1 and "a rule failed:" or #lines .. " rules failed:", table.concat(lines))
end

function Shop.error_text(e)
  local event = e.event ~= "" and e.event or "due work"
  return string.format('\n  rule "%s" failed on %s (%s:%d): %s', e.rule, event, e.file, e.line, e.message)
end

-- Submit a line. `expect`: { quarantine, refused, errors } that the test is ready for.
function Shop:submit(line, expect)
  local status, record, number, _, code, message, field = self.native:submit(line, self.at)
  local result = { status = status, record = record > 0 and record or nil, code = code ~= "" and code or nil,
    message = message ~= "" and message or nil, field = field ~= "" and field or nil, number = number }
  self:check_errors(expect.errors)
  if status == "quarantined" and not expect.quarantine then
    local who = code == "missing_identifier" and expect.who and "; it came with " .. expect.who or ""
    say.fail("%s went to quarantine: %s: %s%s\n  %s", expect.what, code, message, who, line)
  elseif status == "refused" and not expect.refused then
    say.fail("%s was refused: %s: %s", expect.what, code, message)
  end
  return result
end

local expected = { errors = true }

function Shop:tick(expect)
  self.native:submit('{"type":"tick","timestamp":"' .. self.native:utc(self.at) .. '"}', self.at)
  self:check_errors(expect and expect.errors)
  return self
end

-- A key of its own for each command.
function Shop:key()
  self.keys = self.keys + 1
  return "spec-" .. self.keys
end

-- ---- verbs ----------------------------------------------------------------------------------------------------------

-- name = { parameters, what it does }: the reference and the editor's files are made from these.
Shop.verbs = {
  member = { "(who?: table): tessera.member",
    "somebody: identifiers by kind, traits, tags, tiers, points, consents; `at`: when we heard of them" },
  population = { "(n: integer, each?: fun(i: integer): table): tessera.member[]", "many members at once" },
  advance = { "(duration: string, expect?: table)", 'lets time pass: shop:advance "15 days"' },
  advance_to = { "(time: string, expect?: table)", 'lets time pass up to then: shop:advance_to "2026-03-01 00:00"' },
  now = { "(): string", "what the test's clock shows" },
  reload = { "(rules: string|table)", "another rule set comes into force, now: a folder, or { files = { ... } }" },
  decide = { "(who: tessera.member, event: string, fields?: table, options?: table): table",
    "what an event would do, without a trace: a list of effects; a rule that would raise fails the test" },
  merge = { "(a: tessera.member, b: tessera.member): tessera.member", "two members turn out to be one person" },
  quarantine = { "(): table[]", "the lines that could not be taken, with their reasons" },
  errors = { "(): table[]", "rules that raised, and joins that were refused" },
  liability = { "(points?: string): table",
    "what the brand owes: available, pending, held, debt, issued, spent, expired" },
  close = { "()", "ends the shop; its journal is run again, and a difference is a failure" },
}

function Shop:member(wanted)
  if wanted ~= nil and type(wanted) ~= "table" then
    say.fail('write shop:member { email = "ada@example.com" }, with the kind of identifier, not %s', say.value(wanted))
  end
  return member.new(self, wanted or {})
end

-- population(100, function(i) return { email = "p" .. i .. "@example.com" } end): many members at once.
function Shop:population(n, describe)
  if math.type(n) ~= "integer" or n < 0 then say.fail("population takes a whole number of members first") end
  if describe ~= nil and type(describe) ~= "function" then
    say.fail('population takes a function second: function(i) return { email = "p" .. i .. "@example.com" } end')
  end
  local list = {}
  for i = 1, n do
    local made = describe and describe(i) or {}
    list[i] = member.is(made) and made or self:member(made)
  end
  return list
end

function Shop:now() return self.native:show(self.at) end

function Shop:advance(duration, expect)
  if type(duration) ~= "string" then say.fail('advance takes a duration, as "15 days"') end
  expect = say.options("advance", expect, expected)
  local at, why = self.native:plus(self.at, duration)
  if not at then say.fail("advance: %s", why) end
  self.at = at
  return self:tick(expect)
end

function Shop:advance_to(time, expect)
  if type(time) ~= "string" then say.fail('advance_to takes a time, as "2026-03-01 09:00"') end
  expect = say.options("advance_to", expect, expected)
  local at, why = self.native:time(time)
  if not at then say.fail("advance_to: %s", why) end
  if at < self.at then
    say.fail("advance_to: %s is before now, which is %s; time does not run backwards", time, self:now())
  end
  self.at = at
  return self:tick(expect)
end

-- reload "../rules-of-march" or reload { files = { ... } }: another rule set comes into force, now.
function Shop:reload(wanted)
  if type(wanted) == "string" then wanted = { rules = wanted } end
  if type(wanted) ~= "table" then say.fail('reload takes a folder, as shop:reload "../rules"') end
  say.options("reload", wanted, { rules = true, files = true })
  if not wanted.rules and not wanted.files then say.fail('reload takes a folder, as shop:reload "../rules"') end
  self:activate(sources(self, wanted, say.folder()))
  return self:tick()
end

-- What would happen, without a trace: a list of effects.
function Shop:decide(who, event, fields, options)
  if not member.is(who) then say.fail('write shop:decide(ada, "Order Completed", { ... })') end
  if who.shop ~= self then say.fail("%s is a member of another shop", who:title()) end
  local line = who:line(event, fields, options)
  local result, failed = self.native:preview(line, self.at)
  options = options or {}
  if result.status == "quarantined" and not options.quarantine then
    say.fail("%s would go to quarantine: %s: %s", event, result.reason, result.message)
  end
  if #failed > 0 and not options.errors then
    for i, e in ipairs(failed) do
      e.event = event
      failed[i] = Shop.error_text(e)
    end
    say.fail("a rule would fail:%s", table.concat(failed))
  end
  return result.effects, result
end

-- Two members turn out to be one person.
function Shop:merge(a, b)
  if not member.is(a) or not member.is(b) then say.fail("write shop:merge(ada, other), with two members") end
  if a.shop ~= self or b.shop ~= self then
    say.fail("%s is a member of another shop", (a.shop ~= self and a or b):title())
  end
  if a:number() == b:number() then return a end
  self:submit(member.joining(a, b), { what = "the join" })
  if a:number() ~= b:number() then
    say.fail("%s and %s were not joined", a:title(), b:title())
  end
  return a
end

function Shop:quarantine() return self.native:quarantine() end

function Shop:errors() return self.native:errors() end

-- What the brand owes: by points { available, pending, held, debt, issued, spent, expired, adjusted }; with a name,
-- those.
function Shop:liability(points)
  local totals = {}
  for name in pairs(self.program.points) do
    totals[name] = { available = 0, pending = 0, held = 0, debt = 0, issued = 0, spent = 0, expired = 0, adjusted = 0 }
  end
  for name, total in pairs(self.native:totals()) do totals[name] = total end
  if not points then return totals end
  if not totals[points] then say.unknown("points", points, totals) end
  return totals[points]
end

-- ---- the end --------------------------------------------------------------------------------------------------------

-- Run the journal again in a second engine; nil and the first difference when something came out otherwise.
function Shop:replay() return self.native:replay() end

function Shop:close()
  if self.closed then return end
  local ok, difference = true, nil
  if not self.spoiled then ok, difference = self:replay() end
  if shared.coverage then coverage.add(shared.coverage, self) end
  self.closed = true
  shared.open[self] = nil
  self.native:close()
  if not ok then say.fail("%s", difference) end
end

function Shop.is(value) return getmetatable(value) == Shop end

Shop.__tostring = function(self) return "a shop at " .. (self.closed and "its end" or self:now()) end

say.methods(Shop, "a shop", "shop")

return Shop
