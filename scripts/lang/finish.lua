-- SPDX-License-Identifier: Apache-2.0
-- All files are read: enter every name, check every declaration against the others, and make the tables that the host
-- turns into its program (core/rules/walk_*.c reads exactly these fields).
local K = use "known"
local builtin = use "builtin"
local check = { attribution = use "check_attribution", milestone = use "check_milestone",
  figures = use "check_figures", plan = use "check_plan",
  segment = use "check_segment", points = use "check_points", refund = use "check_refund",
  tiers = use "check_tiers" }
local declaration = use "declaration"
local problems = use "problems"
local later = use "check_later"
local whole = use "check_whole"
local words = use "words"

-- Each word's check, in the order in which what they need from each other is there.
local steps = {
  { "program", check.plan.program }, { "event", check.plan.event }, { "identifier", check.plan.identifier },
  { "blocked", check.plan.blocked }, { "trait", check.plan.trait }, { "consent", check.plan.consent },
  { "measure", check.figures.measure }, { "score", check.figures.score }, { "points", check.points.points },
  { "benefit", check.tiers.benefit }, { "tiers", check.tiers.tiers }, { "tag", check.figures.tag },
  { "segment", check.segment.segment },
  { "earn", check.points.earn }, { "bonus", check.points.bonus },
  { "milestone", check.milestone.milestone }, { "attribution", check.attribution.attribution },
  { "rule", check.points.rule },
  { "refund", check.refund.refund },
}

local function add_builtins(by_word)
  for _, set in ipairs { "events", "internal" } do
    for _, name in ipairs(problems.names(builtin[set])) do
      local d = declaration.new("event", name, "", 0, builtin[set][name])
      d.builtin, d.internal = true, set == "internal"
      K.event[name] = d
      table.insert(by_word.event, d)
    end
  end
end

-- Fields in byte order of their names, so that the first fault of an event is always the same.
local function field_list(fields)
  local list = {}
  for i, name in ipairs(problems.names(fields)) do
    local f = fields[name]
    list[i] = { name = name, type = f.type, required = f.required or false, of = f.of and field_list(f.of) or nil }
  end
  return list
end

local function event_list(declared)
  local list = {}
  for _, d in ipairs(declared) do
    if K.event[d.name] == d and d.fields then
      list[#list + 1] = { name = d.name, internal = d.internal or false, fields = field_list(d.fields) }
    end
  end
  return list
end

-- What member:did "X" and member:since "X" read: a count of its own for each such event. `counts`: a list of
-- { file, line, event }.
local function implicit_measures(counts)
  local list, made = {}, {}
  for _, c in ipairs(counts) do
    local d = declaration.new("member", nil, c.file, c.line, {})
    d.title = function() return 'member:did "' .. c.event .. '"' end
    K.find_event(d, {}, c.event)
    if not made[c.event] then
      made[c.event] = true
      list[#list + 1] = { name = "did " .. c.event, file = c.file, line = c.line, on = { c.event }, unit = "count",
        implicit = true }
    end
  end
  return list
end

local function normalised(checked, by_word, counts)
  local program = checked.program[1] or {}
  local out = { name = program.name or "", timezone = program.timezone or "UTC", currency = program.currency or "USD",
    money_places = K.money_places, late = program.late, accept_unknown_events = K.accept_unknown_events,
    events = event_list(by_word.event), identifiers = checked.identifier, blocked = {}, traits = checked.trait,
    measures = checked.measure, scores = checked.score, points = checked.points, tiers = checked.tiers,
    tags = checked.tag, segments = checked.segment, earns = checked.earn, bonuses = checked.bonus,
    rules = checked.rule, refunds = checked.refund, milestones = checked.milestone,
    attributions = checked.attribution }
  for _, b in ipairs(checked.blocked) do
    for _, value in ipairs(b.values) do out.blocked[#out.blocked + 1] = { kind = b.kind, value = value } end
  end
  for _, c in ipairs(checked.consent) do out.traits[#out.traits + 1] = c end
  for _, m in ipairs(implicit_measures(counts)) do out.measures[#out.measures + 1] = m end
  for _, a in ipairs(checked.attribution) do
    if a.to and a.touches then out.measures[#out.measures + 1] = check.attribution.implicit_measure(a) end
  end
  return out
end

-- The functions among the normalised declarations.
local function functions_of(out)
  local list = {}
  for _, group in ipairs { out.tags, out.segments, out.earns, out.bonuses, out.milestones, out.rules } do
    for _, d in ipairs(group) do
      for _, key in ipairs { "when", "amount", "act" } do
        if d[key] then list[#list + 1] = d[key] end
      end
    end
  end
  return list
end

local function finish(counts, earned)
  local by_word = {}
  for _, step in ipairs(steps) do by_word[step[1]] = {} end
  add_builtins(by_word)
  for _, d in ipairs(words.declared) do
    if d.word == "blocked" or K.register(d) then table.insert(by_word[d.word], d) end
  end
  K.default_identifiers = #by_word.identifier == 0
  local checked = {}
  for _, step in ipairs(steps) do
    local word, run = step[1], step[2]
    checked[word] = {}
    for _, d in ipairs(by_word[word]) do
      local out = not d.hollow and run(d)
      d.out = out or nil
      if out and not d.builtin then table.insert(checked[word], d:record(out)) end
    end
  end
  if K.all_read and not host.known_good then whole.check(by_word) end
  later.check(words.later)
  -- Points earned are kept by day where a function reads them, or where tiers stand on them (the engine sees those).
  for _, points in ipairs(checked.points) do points.earned_kept = earned[points.name] or earned[true] or false end
  local out = normalised(checked, by_word, counts)
  return out, functions_of(out)
end

return { finish = finish, steps = steps, modules = check }
