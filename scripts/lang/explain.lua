-- SPDX-License-Identifier: Apache-2.0
-- What each declaration of a rule set means, in plain English: `tessera rules explain`. A word has a function that
-- makes sentences of its options; an option that none of them took is still shown, with its own description, so that
-- nothing is left out.
local P = use "phrase"
local finish = use "finish"
local problems = use "problems"
local words = use "words"

local E = {} -- by word: function(d, get, say)

-- ---- reading a body
-- ---------------------------------------------------------------------------------------------------

-- Gives get(key), which notes that the option was told, and rest(), sentences for those that were not.
local function reader(body, options)
  local told = {}
  local function get(key)
    told[key] = true
    return body[key]
  end
  local function rest(say)
    for _, key in ipairs(problems.names(body)) do
      local option = options and options[key]
      if not told[key] then
        say(key .. " is " .. P.show(body[key]) .. (option and type(option[2]) == "string" and " (" .. option[2]
          .. ")" or ""))
      end
    end
  end
  return get, rest
end

local function nested(body, options, say, tell)
  local get, rest = reader(body, options)
  tell(get)
  rest(say)
end

-- "only on Mondays" and "if the function at a.lua:3 says so", as the end of a sentence.
local function conditions(get)
  local text = ""
  local during, when = get "during", get "when"
  if during then text = text .. ", only " .. P.during(during) end
  if when then text = text .. ", if " .. P.condition(when, "says so") end
  return text
end

local function funded(get, say)
  local by = get "funded_by"
  if by then say('"' .. by .. '" pays for these points') end
end

local function priority(get, say)
  local value = get "priority"
  if value then say("Its priority is " .. host.number(value) .. ": what has a higher one comes first") end
end

-- ---- the program and what comes in
-- -------------------------------------------------------------------------------------

function E.program(_, get, say)
  local name = get "name"
  say((name and 'The program "' .. name .. '": its' or "The program: its")
    .. " days, hours and month ends are those of "
    .. (get "timezone" or "UTC") .. ", and its money is in " .. (get "currency" or "USD"))
  local late = get "late"
  if late then say("What arrives more than " .. late .. " after it happened is counted and earns nothing") end
  local unknown = get "unknown_events"
  if unknown == "accept" then say("Events that are not declared are accepted")
  elseif unknown then say("Events that are not declared go to quarantine") end
end

function E.event(d, get, say)
  local parts = {}
  for i, name in ipairs(problems.names(d.body)) do parts[i] = P.field(name, get(name)) end
  if #parts == 0 then return say 'An event without declared fields' end
  say("An event with " .. P.list(parts))
  say "What breaks this goes to quarantine with a reason"
end

local normal = { email = "as mail addresses", phone = "as phone numbers", none = "not at all" }

function E.identifier(d, get, say)
  say(get "strong" and "Two members that have the same value are one person"
    or "It attaches to a member and never joins two")
  local most, per = get "per_member", get "per"
  if most then say("One member has at most " .. host.number(most) .. " of them" .. (per and " in " .. per or "")) end
  local how = get "normalize"
  if how then
    local region = string.match(how, "^phone:(%u%u)$")
    say("Values are made equal " .. (region and "as phone numbers of " .. region or normal[how] or P.show(how)))
  end
  local from = get "from" or d.out and d.out.from
  if from then say("It stands in " .. P.plain(from, "or") .. " of an event") end
end

function E.blocked(d, _, say)
  say("These values identify nobody: " .. P.plain(d.body))
end

local classes = { static = "stays as it is", life = "changes with life", behaviour = "follows from what somebody does" }

function E.trait(_, get, say)
  local class = get "class" or "static"
  say("What is known of a member: " .. (get "type" or "text") .. ", of the class " .. class .. ", which "
    .. (classes[class] or "is its own"))
end

function E.consent(_, get, say)
  say("A member agrees or does not; who has said nothing counts as " .. tostring(get "default"))
end

-- ---- figures
-- -----------------------------------------------------------------------------------------------------------

function E.measure(_, get, say)
  local on, sum, each, by, where = P.quoted(get "on", "or"), get "sum", get "each", get "by", get "where"
  local what
  if sum then
    what = "Adds up " .. sum .. (each and " of the items in " .. each or "") .. " of each " .. on
  else
    what = "Counts " .. (each and "the items in " .. each .. " of each " or "each ") .. on
  end
  if where then what = what .. (each and ", of items " or ", of those ") .. P.where(where) end
  say(what .. ", for each member and day" .. (by and ", kept apart by " .. by or ""))
end

function E.score(_, get, say)
  local parts = {}
  local events, traits = get "events" or {}, get "traits" or {}
  for _, name in ipairs(problems.names(events)) do
    parts[#parts + 1] = P.show(events[name]) .. ' for each "' .. name .. '"'
  end
  for _, trait in ipairs(problems.names(traits)) do
    for _, value in ipairs(problems.names(traits[trait])) do
      parts[#parts + 1] = P.show(traits[trait][value]) .. " when " .. trait .. ' is "' .. value .. '"'
    end
    for value, points in next, traits[trait] do
      if type(value) ~= "string" then
        parts[#parts + 1] = P.show(points) .. " when " .. trait .. " is " .. P.show(value)
      end
    end
  end
  say("A score that adds " .. P.list(parts))
  local half_life, cap, floor = get "half_life", get "at_most", get "floor"
  if half_life then say("What was added halves every " .. half_life) end
  if cap then say(P.cap(cap) .. " counts") end
  if floor then say("It does not fall below " .. P.show(floor)) end
end

function E.tag(_, get, say)
  local on, keep, class = get "on", get "keep", get "class"
  if on then
    say("Stamped at each " .. P.quoted(on, "or") .. conditions(get) .. (keep and "; it stays for " .. keep or ""))
  else
    local when = get "when"
    if when then
      say("Holds exactly while " .. P.condition(when, "is true")
        .. ": looked at again when something that it read changes, or a day passes")
    else
      say "Given and taken by rules, milestones and people"
    end
  end
  if class then say("It is of the class " .. class .. ", which " .. (classes[class] or "is its own")) end
end

function E.segment(_, get, say)
  local when = get "when"
  say("A member is in it exactly while " .. (when and P.condition(when, "is true") or "its condition holds")
    .. "; entering and leaving it are events")
end

function E.attribution(_, get, say)
  local models = { last = "the last", first = "the first", even = "all, in equal shares," }
  local model, of = get "model" or "last", get "of"
  say("Each " .. P.quoted(get "credit", "or") .. " is credited to " .. (models[model] or model) .. " of those named by "
    .. tostring(get "to") .. " in a " .. P.quoted(get "touches", "or") .. " " .. P.window(get "within"))
  if of then say("Its " .. of .. " is shared out among them, to the last cent") end
end

function E.refund(d, get, say)
  local amount, lines, line, quantity = get "amount", get "lines", get "line", get "quantity"
  say('Each "' .. d.name .. '" takes back the ' .. P.quoted(get "of") .. " of the same " .. tostring(get "by")
    .. ", and all that followed from it")
  if amount then say("How much of it: the part that " .. amount .. " says, and without it the whole") end
  if lines then
    say("Which items: those in " .. lines .. (line and ", known by " .. line or "")
      .. (quantity and ", so many as " .. quantity .. " says" or ""))
  elseif not amount then
    say "Always the whole of it"
  end
end

-- ---- tiers
-- -------------------------------------------------------------------------------------------------------------

function E.benefit(_, get, say)
  local terms, cap = get "terms", get "at_most"
  say("For members: " .. tostring(terms))
  if cap then say(P.cap(cap)) end
end

local function basis_text(body, options, say)
  local text
  nested(body, options, say, function(get)
    local measure, points = get "measure", get "points"
    text = (measure and '"' .. measure .. '" ' or '"' .. tostring(points) .. '" earned ') .. P.window(get "window")
  end)
  return text
end

local level_keys = { from = true, rate = true, benefits = true, never_lost = true }

local function thresholds(from)
  if type(from) ~= "table" or host.money(from) then return " from " .. P.show(from) .. " on" end
  local parts = {}
  for _, item in ipairs(from) do
    if item then parts[#parts + 1] = P.show(item) end
  end
  return " from " .. P.list(parts, "or") .. " on"
end

local function level_text(level)
  local text, extra = '"' .. tostring(level[1]) .. '"', {}
  if level.from ~= nil then text = text .. thresholds(level.from) end
  if level.rate then extra[#extra + 1] = "rate " .. P.show(level.rate) end
  if level.benefits then extra[#extra + 1] = "with " .. P.quoted(level.benefits) end
  if level.never_lost ~= nil then extra[#extra + 1] = level.never_lost and "never lost" or "can be lost" end
  for _, key in ipairs(problems.names(level)) do
    if not level_keys[key] then extra[#extra + 1] = key .. " " .. P.show(level[key]) end
  end
  return text .. (#extra > 0 and " (" .. table.concat(extra, ", ") .. ")" or "")
end

local function downgrade_text(get, body, say, options)
  nested(body, options, say, function(own)
    local grace, notice, steps, window = own "grace", own "notice", own "steps", own "window"
    local text = "Down only at the " .. (own "review" or "monthly") .. " review"
    if window then text = text .. ", which looks at the figure " .. P.window(window) end
    if grace then text = text .. ", when it has been too little for " .. grace end
    if notice then text = text .. ", and the member was told " .. notice .. " before" end
    if steps then text = text .. ", by " .. host.number(steps) .. (steps == 1 and " level" or " levels")
      .. " at most" end
    say(text)
  end)
end

function E.tiers(d, get, say, options)
  local basis, parts = get "basis", {}
  local own = options.basis and options.basis.options
  if basis and basis[1] then
    for i, one in ipairs(basis) do parts[i] = basis_text(one, own, say) end
  elseif basis then
    parts[1] = basis_text(basis, own, say)
  end
  local levels = {}
  for i, level in ipairs(d.body) do levels[i] = level_text(level) end
  say("A member stands on one of " .. #levels .. " levels by " .. P.list(parts, "or") .. ": " .. P.list(levels))
  local up, down, refund = get "upgrade", get "downgrade", get "on_refund"
  say(up == "review" and "Up at the review" or "Up at once")
  if down then
    downgrade_text(get, down, say, options.downgrade and options.downgrade.options)
  else
    say "Nobody falls"
  end
  if refund then say(refund == "now" and "A refund is reckoned with at once"
    or "A refund is reckoned with at the review") end
end

-- ---- points
-- ------------------------------------------------------------------------------------------------------------

local function expire_text(body, options, say)
  nested(body, options, say, function(get)
    local at, notice, by, latest = get "at", get "notice", get "extended_by", get "at_latest"
    say("They live for " .. tostring(get "after") .. " from then" .. (at and ", to the "
      .. string.gsub(at, "^(%a+) end$",
      "end of that %1") or ""))
    if by then
      say("Each " .. P.quoted(by, "or") .. " lets them live so long again"
        .. (latest and ", for " .. latest .. " at most" or ""))
    end
    if notice then say("The member is told " .. P.plain(notice) .. " before") end
  end)
end

function E.points(_, get, say, options)
  local decimals, pending, expire = get "decimals", get "pending", get "expire"
  local spendable, on_refund = get "spendable", get "on_refund"
  say((decimals and decimals > 0 and "Points with " .. host.number(decimals) .. " decimals" or "Whole points")
    .. (spendable == false and " that count and cannot be spent" or ""))
  say(pending and "They wait for " .. pending .. " before they are available" or "They are available at once")
  if expire then expire_text(expire, options.expire and options.expire.options, say) else say "They do not expire" end
  if on_refund == "floor" then say "What a refund takes back and is spent already is let go"
  elseif on_refund then say "What a refund takes back and is spent already stays as a debt" end
end

-- "1 star for each 1.00 CNY of revenue"
local function given(d, get)
  local give, per, of, points = get "give", get "per", get "of", d.out and d.out.points or d.body.points
  local text = P.show(give) .. (points and ' "' .. points .. '"' or " points")
  if of then
    text = text .. " for each " .. (per and P.show(per) or "1") .. " of " .. P.list(P.one_or_many(of), "times")
  elseif per then
    text = text .. " for each " .. P.show(per)
  end
  return text
end

local function times_text(times)
  if times == "rate" then return ", times the rate of the member's tier" end
  if type(times) == "table" then return ', times the rate of the member\'s tier in "' .. tostring(times.rate) .. '"' end
  return ", times " .. P.show(times)
end

local roundings = { down = "down", up = "up", ["half up"] = "to the nearest whole one" }

function E.earn(d, get, say)
  local amount, times, each, where = get "amount", get "times", get "each", get "where"
  local steps, rounding, once, cap = get "steps", get "rounding", get "once_per", get "at_most"
  get "points"
  local text = "Each " .. P.quoted(get "on", "or")
  if where and not each then text = text .. " " .. P.where(where) end
  if amount then
    text = text .. " pays as many " .. P.show(d.out and d.out.points or d.body.points or "points") .. " as "
      .. P.condition(amount, "says")
  else
    text = text .. " pays " .. given(d, get)
    if each then text = text .. ", over the items in " .. each .. (where and " " .. P.where(where) or "") end
    if times then text = text .. times_text(times) end
  end
  say(text .. conditions(get))
  if steps then say "Only whole steps count" elseif steps == false then say "Parts of a step count too" end
  if not amount then say("It is rounded " .. (roundings[rounding or "down"] or rounding) .. ", once, at the end") end
  if cap then say(P.cap(cap)) end
  if once then say("Once for each " .. once) end
  local late = get "late"
  if late then say "Events that arrive too late for the program pay too"
  elseif late == false then say "Events that arrive too late for the program pay nothing" end
  priority(get, say)
  funded(get, say)
end

function E.bonus(_, get, say)
  local of, times, where, group, cap = get "of", get "times", get "where", get "best_of", get "at_most"
  local more = times and host.number(times - 1)
  say("Adds " .. (times == 2 and "as much again" or tostring(more) .. " times as much") .. " to what \""
    .. tostring(of) .. "\" pays"
    .. (where and " for items " .. P.where(where) or "") .. conditions(get))
  if group then
    say('Of the bonuses in the group "' .. group .. '" only the largest counts')
  else
    say "Bonuses add up"
  end
  if cap then say(P.cap(cap)) end
  funded(get, say)
end

local function gift_text(body, options, say)
  nested(body, options, say, function(get)
    local parts, amount, points, tag, keep = {}, get "amount", get "points", get "tag", get "keep"
    local notify, emit = get "notify", get "emit"
    if amount then parts[#parts + 1] = P.show(amount) .. (points and ' "' .. points .. '"' or " points") end
    if tag then parts[#parts + 1] = 'the tag "' .. tag .. '"' .. (keep and " for " .. keep or "") end
    if notify then parts[#parts + 1] = 'the notice "' .. notify .. '"' end
    if emit then parts[#parts + 1] = 'the event "' .. emit .. '"' end
    say("It gives " .. P.list(parts))
  end)
end

function E.milestone(_, get, say, options)
  local of, value, every, at, give = get "of", get "value", get "every", get "at", get "give"
  local figure = '"' .. tostring(of) .. '"' .. (value and ' of "' .. value .. '"' or "")
  if every then
    say("Reached each time an event takes " .. figure .. " over another " .. P.show(every) .. conditions(get))
  else
    local parts = {}
    for i, item in ipairs((type(at) ~= "table" or host.money(at)) and { at } or at) do parts[i] = P.show(item) end
    say("Reached when an event takes " .. figure .. " to " .. P.list(parts) .. ", once each" .. conditions(get))
  end
  if give then gift_text(give, options.give and options.give.options, say) end
  local late = get "late"
  if late then say "Events that arrive too late for the program give points too"
  elseif late == false then say "Events that arrive too late for the program give no points" end
  funded(get, say)
end

function E.rule(_, get, say)
  local act = get "act"
  say("At each " .. P.quoted(get "on", "or") .. conditions(get) .. ", " .. (act and P.fn(act) or "its function")
    .. " acts")
  priority(get, say)
end

-- ---- all of them
-- -------------------------------------------------------------------------------------------------------

local function options_of(word)
  for _, module in next, finish.modules do
    local described = module.describe and module.describe[word]
    if described then return described.options or {} end
  end
  return {}
end

local function text_of(d)
  local sentences = {}
  local function say(text)
    if text ~= "" then sentences[#sentences + 1] = string.upper(string.sub(text, 1, 1)) .. string.sub(text, 2)
      .. "." end
  end
  local options = options_of(d.word)
  local get, rest = reader(d.body, options)
  if E[d.word] then E[d.word](d, get, say, options) end
  if d.word ~= "event" then rest(say) end
  return table.concat(sentences, " ")
end

-- A list of { word, name, file, line, text } in order of file and line. Before tables are frozen.
local function explain(program)
  P.currency, P.places = program.currency, program.money_places
  local list = {}
  for _, d in ipairs(words.declared) do
    list[#list + 1] = { word = d.word, name = d.name or "", file = d.file, line = d.line, text = text_of(d) }
  end
  table.sort(list, function(a, b)
    if a.file ~= b.file then return host.less(a.file, b.file) end
    if a.line ~= b.line then return a.line < b.line end
    if a.word ~= b.word then return host.less(a.word, b.word) end
    return host.less(a.name, b.name)
  end)
  return list
end

return { explain = explain }
