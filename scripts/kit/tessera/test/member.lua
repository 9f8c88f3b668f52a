-- SPDX-License-Identifier: Apache-2.0
-- A member of a shop: what he does, what is done to him, and what can be read of him.
local engine = require "tessera.engine"
local json = require "tessera.test.json"
local say = require "tessera.test.say"

local shared = engine.shared()

local Member = {}
Member.__name = "member"
-- name = { parameters, what it does }: the reference and the editor's files are made from these.
Member.verbs = {
  does = { "(event: string, fields?: table, options?: table): table",
    'does something, as a channel sends it; { at = "2026-01-15 09:00" } when it happened then' },
  identify = { "(traits?: table, options?: table): table",
    "tells us traits; { with = { phone = ... } } attaches identifiers" },
  consents = { "(name: string, given?: boolean): table", "agrees to something, or no more with false" },
  redeem = { "(points: string, amount: integer, options?: table): table",
    "spends points; not to be able to fails the test, unless { refused = true } is given" },
  adjust = { "(points: string, amount: integer, reason?: string, options?: table): table",
    "is given points by hand; below zero they are taken" },
  set_tier = { "(tiers: string, level: string, options?: table): table",
    'is put on a level; { ["until"] = "2026-12-31 00:00" } holds it until then' },
  set_tag = { "(tag: string, options?: table): table", 'is given a tag; { ["until"] = time } or { remove = true }' },
  points = { "(name: string): table",
    "available, pending, held, debt, expiring, lots; of points with decimals in their smallest unit" },
  tags = { "(): string[]", "the names of the tags, in order" },
  segments = { "(): string[]", "the names of the segments, in order" },
  tier = { "(name: string): string", "the name of the level" },
  tiers = { "(name: string): table", "the level: name, since, basis, next, missing" },
  score = { "(name: string): number", "the score as it stands now" },
  measure = { "(name: string, window?: string): number|table",
    "as rules see it, money in minor units; one kept `by` something: a table by value" },
  trait = { "(name: string): any", "what is known under that trait" },
  consent = { "(name: string): boolean", "whether it was agreed to" },
  card = { "(window?: string): table", "everything at once, as `tessera member --json` has it" },
  timeline = { "(): table[]", "what happened, oldest first" },
  why = { "(about?: string): table[]",
    'the effects among that: of a kind ("earn", "tag.added", "tier"), or about a name ("stars")' },
  title = { "(): string", "how messages name the member" },
  number = { "(): integer", "the member's number, 7 for m7; of who was joined into another, that one's" },
}
Member.later = { hold = true, transfer = true, donates = true, claims = true, joins_by = true,
  in_arm = true, in_stage = true }
Member.__index = function(_, key)
  local found = Member[key]
  if found == nil and type(key) == "string" then
    if Member.later[key] then return function() say.later(key) end end
    say.unknown("verb of a member", key, Member.verbs)
  end
  return found
end

function Member.is(value) return getmetatable(value) == Member end

-- ---- identifiers in an event ----------------------------------------------------------------------------------------

local function put(line, path, value)
  local at = line
  for part in path:gmatch "([^.]+)%." do
    at[part] = at[part] or {}
    at = at[part]
  end
  at[path:match "[^.]+$"] = value
end

-- An event that is not an identify carries its traits in the context, as trackers send them.
local function path_of(kind, identify)
  for _, path in ipairs(kind.paths) do
    if identify or not path:find "^traits%." then return path end
  end
  return kind.paths[1]
end

local function put_identifiers(shop, line, identifiers, identify)
  for _, kind in ipairs(shop.program.identifiers) do
    local value = identifiers[kind.name]
    if value ~= nil then put(line, path_of(kind, identify), value) end
  end
end

local made_up = { email = "member-%d@example.com", phone = "+861390000%04d" }

-- ---- making ---------------------------------------------------------------------------------------------------------

local parts = { traits = "table", tags = "table", tiers = "table", points = "table", consents = "table", at = "string" }

-- Consents as { "marketing" } or { marketing = true }: by name, true or false.
local function read_consents(shop, wanted)
  local list = {}
  for key, value in pairs(wanted or {}) do
    local name, given = key, value
    if type(key) == "number" then name, given = value, true end
    if shop.program.consents[name] == nil then say.unknown("consent", name, shop.program.consents) end
    if given == "yes" or given == "no" then given = given == "yes" end
    if type(given) ~= "boolean" then say.fail("the consent %s is true or false, not %s", name, say.value(given)) end
    list[name] = given
  end
  return list
end

-- What stands in the table: identifiers by kind, and the parts above.
local function read(shop, wanted)
  local identifiers, known = {}, {}
  for key in pairs(parts) do known[key] = true end
  for _, kind in ipairs(shop.program.identifiers) do known[kind.name] = true end
  for key, value in pairs(wanted) do
    if not known[key] then say.unknown("identifier or part of a member", key, known) end
    if parts[key] == nil then
      identifiers[key] = value
    elseif type(value) ~= parts[key] then
      say.fail("shop:member: %s must be a %s, not a %s", key, parts[key], type(value))
    end
  end
  for _, key in ipairs { "tiers", "points" } do
    if wanted[key] and wanted[key][1] ~= nil then
      local example = key == "tiers" and '{ membership = "Gold" }' or "{ stars = 100 }"
      say.fail("shop:member: %s are said by name: %s", key, example)
    end
  end
  return identifiers
end

-- The kind that his events carry: the first strong one that he has, in the program's order.
local function primary(shop, identifiers)
  local found
  for _, kind in ipairs(shop.program.identifiers) do
    if identifiers[kind.name] ~= nil and (not found or (kind.strong and not found.strong)) then found = kind end
  end
  return found
end

local function own_identifier(shop, identifiers)
  local chosen
  for _, kind in ipairs(shop.program.identifiers) do
    if kind.name == "user_id" then chosen = kind end
  end
  chosen = chosen or shop.program.identifiers[1]
  shop.made = shop.made + 1
  identifiers[chosen.name] = string.format(made_up[chosen.name] or "member-%d", shop.made)
end

-- shop:member { email = "ada@example.com", traits = {}, tags = { "vip" }, tiers = { membership = "Gold" },
--   points = { stars = 100 }, consents = { "marketing" } }
function Member.new(shop, wanted)
  local identifiers = read(shop, wanted)
  if next(identifiers) == nil then own_identifier(shop, identifiers) end
  local kind = primary(shop, identifiers)
  local self = setmetatable({ shop = shop, identifiers = identifiers, kind = kind.name,
    value = identifiers[kind.name], id = false, whose_of = false, whose_text = "", read = false, read_at = 0,
    read_now = 0 }, Member)
  self:identify(wanted.traits or {}, { at = wanted.at, consents = wanted.consents, with = identifiers })
  shop.members[#shop.members + 1] = self
  local tags = {}
  for key, value in pairs(wanted.tags or {}) do
    if type(key) == "number" then key, value = value, true end
    if type(key) ~= "string" then say.fail('shop:member: tags are named: { "vip" } or { vip = "2026-12-31" }') end
    tags[key] = value
  end
  for _, tag in ipairs(say.sorted(tags)) do -- { vip = false }: not given
    if tags[tag] then self:set_tag(tag, tags[tag] ~= true and { ["until"] = tags[tag] } or nil) end
  end
  for _, tiers in ipairs(say.sorted(wanted.tiers or {})) do self:set_tier(tiers, wanted.tiers[tiers]) end
  for _, points in ipairs(say.sorted(wanted.points or {})) do
    self:adjust(points, wanted.points[points], "as the test begins")
  end
  return self
end

function Member:touch()
  if self.shop.closed then say.fail("the shop is closed") end
  local touched = shared.touched or { count = 0 } -- member = the number of its last touch
  touched.count = touched.count + 1
  touched[self] = touched.count
  shared.touched = touched
  return self.shop.native
end

function Member:who() return self.kind .. ":" .. tostring(self.value) end

-- His number, 7 for m7; of who was joined into another, that one's.
function Member:number()
  return self.id and self:touch():living(self.id)
end

function Member:title()
  local number = self.id and not self.shop.closed and self.shop.native:living(self.id)
  return self:who() .. (number and " (m" .. number .. ")" or "")
end

-- ---- what he does ---------------------------------------------------------------------------------------------------

-- Those that are part of the line, and those that say what the test is ready for.
local does_options = { at = "line", channel = "line", message_id = "line", with = "line", context = "line",
  quarantine = "result", errors = "result" }
local types = { ["Page Viewed"] = "page", ["Screen Viewed"] = "screen" }

local function encode(line)
  local ok, text = pcall(json.encode, line)
  if not ok then say.fail("the event cannot be sent as JSON: %s", text) end
  return text
end

-- What says whose an event is: `"context":{"traits":{"email":"ada@example.com"}}`. It is the same for all his events.
local function whose(self)
  if self.whose_of ~= self.shop.program then
    local line = {}
    put_identifiers(self.shop, line, { [self.kind] = self.value }, false)
    self.whose_text, self.whose_of = encode(line):sub(2, -2), self.shop.program
  end
  return self.whose_text
end

local function table_option(verb, options, name)
  local value = options[name]
  if value ~= nil and type(value) ~= "table" then
    say.fail("%s: %s must be a table, not %s", verb, name, say.value(value))
  end
  return value or {}
end

local function known_identifiers(shop, with)
  local known = {}
  for _, kind in ipairs(shop.program.identifiers) do known[kind.name] = true end
  for name in pairs(with) do
    if not known[name] then say.unknown("identifier", name, known) end
  end
  return with
end

local function finish(self, line, options, verb)
  local shop = self.shop
  if options.at ~= nil then
    local at, why = shop.native:time(tostring(options.at))
    if not at then say.fail("at: %s", why) end
    line.timestamp = shop.native:utc(at)
  end
  line.channel = options.channel
  line.messageId = options.message_id
  for key, value in pairs(table_option(verb, options, "context")) do
    line.context = line.context or {}
    line.context[key] = value
  end
  put_identifiers(shop, line, { [self.kind] = self.value }, line.type == "identify")
  put_identifiers(shop, line, known_identifiers(shop, table_option(verb, options, "with")), line.type == "identify")
  return encode(line)
end

-- Most events are nothing but whose, what and its fields: put together from texts.
local function ordinary_line(self, kind, event, fields)
  local texts = { '{"type":"', kind, '",', whose(self) }
  if kind == "track" then texts[#texts + 1] = ',"event":' .. encode(event) end
  if fields and next(fields) ~= nil then texts[#texts + 1] = ',"properties":' .. encode(fields) end
  texts[#texts + 1] = "}"
  return table.concat(texts)
end

-- The line of an event, as a channel would send it.
function Member:line(event, fields, options)
  if type(event) ~= "string" then say.fail('write ada:does("Order Completed", { ... })') end
  if fields ~= nil and type(fields) ~= "table" then say.fail("the fields of %s must be a table", event) end
  options = say.options("does", options, does_options)
  local ordinary = true
  for key in pairs(options) do ordinary = ordinary and does_options[key] == "result" end
  local kind = types[event] or "track"
  if ordinary then return ordinary_line(self, kind, event, fields) end
  local line = { type = kind }
  if line.type == "track" then line.event = event end
  if fields and next(fields) ~= nil then line.properties = fields end
  return finish(self, line, options, "does")
end

-- ada:does("Order Completed", { order_id = "o1", revenue = 100.00 }, { at = "2026-01-15 09:00" })
function Member:does(event, fields, options)
  self:touch()
  local line = self:line(event, fields, options)
  local result = self.shop:submit(line, { what = event, quarantine = options and options.quarantine,
    errors = options and options.errors })
  if result.number > 0 then self.id = self.id or result.number end
  return result
end

-- ada:identify({ city = "Shanghai" }): traits that he tells us; { with = { phone = ... } } attaches identifiers.
local identify_options = { at = true, channel = true, message_id = true, with = true, context = true, consents = true,
  quarantine = true, errors = true }

function Member:identify(traits, options)
  if traits ~= nil and type(traits) ~= "table" then say.fail('write ada:identify { city = "Shanghai" }') end
  options = say.options("identify", options, identify_options)
  self:touch()
  local line = { type = "identify" }
  for name, value in pairs(traits or {}) do
    line.traits = line.traits or {}
    line.traits[name] = value
  end
  for name, given in pairs(read_consents(self.shop, table_option("identify", options, "consents"))) do
    line.traits = line.traits or {}
    line.traits[name] = given
  end
  local result = self.shop:submit(finish(self, line, options, "identify"),
    { what = "identify", who = self:who(), quarantine = options.quarantine, errors = options.errors })
  if result.number > 0 then self.id = self.id or result.number end
  return result
end

-- ada:consents "marketing", ada:consents("marketing", false)
function Member:consents(name, given)
  if type(name) == "table" then return self:identify({}, { consents = name }) end
  if given == nil then given = true end
  return self:identify({}, { consents = { [name] = given } })
end

-- ---- what is done to him --------------------------------------------------------------------------------------------

local command_options = { key = true, reason = true, refused = true, errors = true, quarantine = true }
local assign_options = { ["until"] = true, until_ = true, key = true, reason = true, refused = true, errors = true,
  quarantine = true }
local tag_options = { remove = true, ["until"] = true, until_ = true, key = true, reason = true, refused = true,
  errors = true, quarantine = true }

local function command(self, line, options, what)
  self:touch()
  line.key = options.key or self.shop:key()
  line.member = self:who()
  if options.until_ or options["until"] then
    local at, why = self.shop.native:time(options.until_ or options["until"])
    if not at then say.fail("%s: until: %s", what, why) end
    line["until"] = self.shop.native:utc(at)
  end
  line.reason = line.reason or options.reason
  return self.shop:submit(encode(line), { what = what, refused = options.refused, errors = options.errors,
    quarantine = options.quarantine })
end

-- ada:redeem("stars", 200): refused when there is not enough, which fails the test unless { refused = true } is
-- given.
function Member:redeem(points, amount, options)
  if type(points) ~= "string" then say.fail 'write ada:redeem("stars", 200)' end
  options = say.options("redeem", options, command_options)
  return command(self, { type = "redeem", points = points, amount = amount }, options, "the redemption")
end

function Member:adjust(points, amount, reason, options)
  if type(reason) == "table" then reason, options = nil, reason end
  if type(points) ~= "string" then say.fail 'write ada:adjust("stars", 200, "a late parcel")' end
  options = say.options("adjust", options, command_options)
  reason = reason or options.reason or "by the test"
  return command(self, { type = "adjust", points = points, amount = amount, reason = reason }, options,
    "the adjustment")
end

-- ada:set_tier("membership", "Gold"), with { ["until"] = "2026-12-31 00:00" } to hold it until then.
function Member:set_tier(tiers, level, options)
  if type(tiers) ~= "string" or type(level) ~= "string" then say.fail 'write ada:set_tier("membership", "Gold")' end
  options = say.options("set_tier", options, assign_options)
  return command(self, { type = "set_tier", tiers = tiers, level = level }, options, "set_tier")
end

-- ada:set_tag "vip", with { ["until"] = time } or { remove = true }
function Member:set_tag(tag, options)
  if type(tag) ~= "string" then say.fail 'write ada:set_tag "vip"' end
  options = say.options("set_tag", options, tag_options)
  return command(self, { type = "set_tag", tag = tag, remove = options.remove }, options, "set_tag")
end

-- ---- reading --------------------------------------------------------------------------------------------------------

-- Everything at once, as `tessera member --json` has it; read once for each record.
function Member:card(window)
  local native = self:touch()
  if not self.id then say.fail("%s is not known to the shop yet", self:who()) end
  local _, record = native:clock()
  if not window and self.read and self.read_at == record and self.read_now == self.shop.at then return self.read end
  local card, why = native:card(self.id, self.shop.at, window)
  if not card then say.fail("%s", (why:gsub("; for one measure: .*", ""))) end
  if not window then self.read, self.read_at, self.read_now = card, record, self.shop.at end
  return card
end

function Member:local_time(text)
  local ms = text and self.shop.native:time(text)
  return ms and self.shop.native:show(ms), ms
end

-- ada:points "stars": available, pending, held, debt, expiring (what lapses within thirty days), lots
function Member:points(name)
  local card = self:card()
  local wallet = card.wallet[name]
  if not wallet then say.unknown("points", name, card.wallet) end
  local expiring, soon = 0, self.shop.native:plus(self.shop.at, "30 days")
  local lots = {}
  for i, lot in ipairs(wallet.lots) do
    local expires, ms = self:local_time(lot.expires)
    if lot.state == "available" and ms and ms <= soon then expiring = expiring + lot.remaining end
    lots[i] = { original = lot.original, remaining = lot.remaining, state = lot.state, rule = lot.rule,
      record = lot.record, earned = self:local_time(lot.earned), activates = self:local_time(lot.activates),
      expires = expires }
  end
  return { available = wallet.available, pending = wallet.pending, held = wallet.held, debt = wallet.debt,
    expiring = expiring, lots = lots }
end

-- The names of his tags, in order.
function Member:tags()
  local list = {}
  for i, tag in ipairs(self:card().tags) do list[i] = tag.name end
  table.sort(list)
  return list
end

function Member:segments()
  local list = {}
  for i, segment in ipairs(self:card().segments or {}) do list[i] = segment.name end
  table.sort(list)
  return list
end

-- ada:tiers "membership": { name, since, basis, next, missing, ... }; ada:tier "membership": the name
function Member:tiers(name)
  local tiers = self:card().tiers
  if not tiers[name] then say.unknown("tiers", name, tiers) end
  local copy = {}
  for key, value in pairs(tiers[name]) do copy[key] = value end
  copy.since = self:local_time(copy.since)
  return copy
end

function Member:tier(name) return self:tiers(name).name end

function Member:score(name)
  local scores = self:card().scores
  if not scores[name] then say.unknown("score", name, scores) end
  return scores[name]
end

-- ada:measure("spend", "12 months"): as rules see it, money in minor units. One kept `by` something: a table by
-- value.
function Member:measure(name, window)
  if not self.shop.program.measures[name] then say.unknown("measure", name, self.shop.program.measures) end
  local measures = self:card(name .. "=" .. (window or "lifetime")).measures
  if measures[name] ~= nil then return measures[name] end
  local by, begin = {}, name .. "["
  for key, value in pairs(measures) do
    if key:sub(1, #begin) == begin then by[key:sub(#begin + 1, -2)] = value end
  end
  return by
end

function Member:trait(name)
  local trait = self:card().traits[name]
  if not trait and not self.shop.program.traits[name] then say.unknown("trait", name, self.shop.program.traits) end
  return trait and trait.value
end

function Member:consent(name)
  local standing = self.shop.program.consents[name]
  if standing == nil then say.unknown("consent", name, self.shop.program.consents) end
  local trait = self:card().traits[name]
  local value = trait and trait.value
  if value == nil then return standing == "yes" end
  return value == true or value == "yes" or value == 1
end

-- What happened, oldest first: { at, what, event | kind, rule, file, line, read, ... }
function Member:timeline()
  local items = self.id and self:touch():timeline(self.id) or {}
  for _, item in ipairs(items) do item.time = self.shop.native:show(item.at) end
  return items
end

-- The effects among them: of one kind ("earn", "tag.added", "tier"), or about one name ("stars", "big spender").
function Member:why(about)
  local list = {}
  for _, item in ipairs(self:timeline()) do
    local effect = item.effect
    if effect and (not about or about == item.kind or about == effect.name or about == effect.points) then
      list[#list + 1] = item
    end
  end
  return list
end

-- ---- joining --------------------------------------------------------------------------------------------------------

-- The line by which two members become one: an identify with what both are known by, or an alias.
function Member.joining(a, b)
  a:touch()
  b:touch()
  if a.kind ~= b.kind then return finish(a, { type = "identify" }, { with = { [b.kind] = b.value } }, "merge") end
  for _, kind in ipairs(a.shop.program.identifiers) do
    local mine, other = a.identifiers[kind.name], b.identifiers[kind.name]
    if kind.strong and kind.name ~= a.kind and (mine or other) then
      local from, to = other and a or b, other and b or a
      return finish(from, { type = "identify" }, { with = { [kind.name] = to.identifiers[kind.name] } }, "merge")
    end
  end
  if a.kind == "user_id" then
    return json.encode { type = "alias", previousId = tostring(b.value), userId = tostring(a.value) }
  end
  return say.fail("to join %s and %s, give one of them another identifier as well, or both a user_id", a:who(), b:who())
end

Member.__tostring = Member.title

say.methods(Member, "a member", "ada")

return Member
