-- SPDX-License-Identifier: Apache-2.0
-- What only shows when all declarations are known: times that never meet, events of the engine's own that never come.
-- Said only where it is certain; a program that can work is silent.
local problems = use "problems"

-- ---- times that never meet ------------------------------------------------------------------------------------------

local all_days, all_months, day_minutes = (1 << 7) - 1, (1 << 12) - 1, 24 * 60

-- Month (1 to 12) of a day number: days since 1970-01-01, Gregorian.
local function month_of(day)
  local z = day + 719468
  local era = z // 146097
  local doe = z - era * 146097
  local yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
  local doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
  local mp = (5 * doy + 2) // 153
  return mp < 10 and mp + 3 or mp - 9
end

local function weekday_bit(day) return 1 << ((day + 3) % 7) end -- 1970-01-01 was a Thursday; bit 0 is Monday

-- Minutes of the day as a list of { from, to } that do not pass midnight.
local function minute_ranges(hours)
  if not hours then return { { 0, day_minutes } } end
  if hours[1] < hours[2] then return { hours } end
  return { { hours[1], day_minutes }, { 0, hours[2] } }
end

local function hours_meet(a, b)
  for _, x in ipairs(minute_ranges(a)) do
    for _, y in ipairs(minute_ranges(b)) do
      if math.max(x[1], y[1]) < math.min(x[2], y[2]) then return true end
    end
  end
  return false
end

local function later_of(a, b) return a and b and math.max(a, b) or a or b end
local function earlier_of(a, b) return a and b and math.min(a, b) or a or b end

-- Is there a day on which both hold? Beyond four years of days every weekday falls in every month.
local function days_meet(a, b)
  local days = (a.days or all_days) & (b.days or all_days)
  local months = (a.months or all_months) & (b.months or all_months)
  if days == 0 or months == 0 then return false end
  local from = later_of(a.dates and a.dates[1], b.dates and b.dates[1])
  local to = earlier_of(a.dates and a.dates[2], b.dates and b.dates[2])
  if not from then return true end
  for day = from, math.min(to, from + 1461) do
    if days & weekday_bit(day) ~= 0 and months & (1 << (month_of(day) - 1)) ~= 0 then return true end
  end
  return false
end

-- What cannot meet, in words; nil when it can.
local function never_meet(a, b)
  if not hours_meet(a.hours, b.hours) then return "hours" end
  if days_meet(a, b) then return end
  if (a.days or all_days) & (b.days or all_days) == 0 then return "days" end
  if (a.months or all_months) & (b.months or all_months) == 0 then return "months" end
  if a.dates and b.dates and (a.dates[1] > b.dates[2] or b.dates[1] > a.dates[2]) then return "dates" end
  return "days"
end

local function check_during(by_word)
  for _, word in ipairs(problems.names(by_word)) do
    for _, d in ipairs(by_word[word]) do
      local own = d.out and d.out.during
      if own and not days_meet(own, own) then
        d.alone = true
        d:add("never_fires", { "during" }, "no day is all that \"during\" says, so it never holds",
          "leave one of the conditions out")
      end
    end
  end
  local earn_named = {}
  for _, d in ipairs(by_word.earn or {}) do earn_named[d.name] = d end
  for _, d in ipairs(by_word.bonus or {}) do
    local earning = d.out and d.out.of and earn_named[d.out.of]
    local earns = earning and earning.out and earning.out.during
    local what = earns and d.out.during and not d.alone and not earning.alone and never_meet(d.out.during, earns)
    if what then
      d:add("never_fires", { "during" }, "its " .. what .. " never meet those of earn \"" .. d.out.of
        .. "\", so it adds nothing", 'leave "during" out here, or in the earning')
    end
  end
end

-- ---- events that never come -----------------------------------------------------------------------------------------

local function any(list, holds)
  for _, d in ipairs(list or {}) do
    if d.hollow or not d.out or holds(d.out, d) then return true end -- of what is wrong, nothing is known
  end
  return false
end

local function always() return true end
local function has_levels(out) return #(out.levels or {}) > 1 end
local function falls(out) return has_levels(out) and (out.downgrade ~= nil or out.on_refund == "now") end
local function expires(out) return out.expire ~= nil end
local function gives_notice(out) return out.expire ~= nil and out.expire.notice ~= nil end

-- { word, what its declaration must have, what is missing otherwise }
local needs = {
  ["tier.upgraded"] = { "tiers", has_levels, "there are no tiers with a level to rise to",
    'declare them: tiers "..." { ... }' },
  ["tier.downgraded"] = { "tiers", falls, "no tiers have a downgrade",
    'write downgrade = { review = "monthly" } in them' },
  ["tag.added"] = { "tag", always, "there are no tags", 'declare one: tag "..." { ... }' },
  ["tag.removed"] = { "tag", always, "there are no tags", 'declare one: tag "..." { ... }' },
  ["segment.entered"] = { "segment", always, "there are no segments", 'declare one: segment "..." { when = ... }' },
  ["segment.left"] = { "segment", always, "there are no segments", 'declare one: segment "..." { when = ... }' },
  ["milestone.reached"] = { "milestone", always, "there are no milestones", 'declare one: milestone "..." { ... }' },
  ["points.earned"] = { "points", always, "there are no points", 'declare some: points "..." {}' },
  ["points.spent"] = { "points", function(out) return out.spendable ~= false end, "there are no points to spend",
    'declare some: points "..." {}' },
  ["points.expired"] = { "points", expires, "no points expire", 'write expire = { after = "12 months" } in them' },
  ["points.expiring"] = { "points", gives_notice, "no points expire with a notice",
    'write expire = { after = "12 months", notice = "30 days" } in them' },
}

-- What a declaration listens to, with the path of the option: { path, event }.
local function heard(d)
  local list = {}
  local on = d.out.on
  for i, event in ipairs(type(on) == "table" and on or {}) do
    list[i] = { type(d.body.on) == "table" and { "on", i } or { "on" }, event }
  end
  if type(d.out.events) == "table" and d.word == "score" then
    for _, e in ipairs(d.out.events) do list[#list + 1] = { { "events", e.event }, e.event } end
  end
  return list
end

local function check_events(by_word)
  for _, word in ipairs { "measure", "score", "tag", "earn", "rule" } do
    for _, d in ipairs(by_word[word] or {}) do
      for _, one in ipairs(d.out and heard(d) or {}) do
        local need = needs[one[2]]
        if need and not any(by_word[need[1]], need[2]) then
          d:add("never_fires", one[1], 'the event "' .. one[2] .. '" never comes: ' .. need[3], need[4])
        end
      end
    end
  end
end

-- ---- levels that caps forbid ----------------------------------------------------------------------------------------

local window_days = { day = 1, week = 7, month = 31, quarter = 92, year = 366 }
local period_days = { day = 1, week = 7, month = 28, quarter = 90, year = 365 }

-- How many days a window has at most; nil: no end.
local function days_in(window)
  if window == "lifetime" then return nil end
  local calendar_unit = string.match(window, "calendar (%a+)$")
  if calendar_unit then return window_days[calendar_unit] end
  local months, days = host.duration(window)
  return months and months * 31 + days + 1
end

-- The most that a cap lets through in so many days; nil: without limit.
local function let_through(cap, days)
  if not cap then return nil end
  if cap.kind == "lifetime" then return cap.amount end
  if not days then return nil end
  local length = cap.kind == "calendar" and period_days[cap.period] or math.max(cap.days or 0, 1)
  return length and cap.amount * (days // length + 2)
end

local function may_pay_by_hand(by_word)
  for _, d in ipairs(by_word.rule or {}) do
    if string.find(host.source(d.file) or "", "[:.%[]%s*[\"']?earn") then return true end
  end
  for _, d in ipairs(by_word.milestone or {}) do
    if not d.out or type(d.body.give) ~= "table" or d.body.give.amount ~= nil then return true end
  end
  return false
end

-- The most of these points that a member can earn in a window; nil when that cannot be said.
local function most_earned(by_word, points, window)
  local days, sum, paid = days_in(window), 0, {}
  if may_pay_by_hand(by_word) then return nil end
  for _, d in ipairs(by_word.earn or {}) do
    if not d.out or d.bad then return nil end
    if d.out.points == points then
      local most = let_through(d.out.at_most, days)
      if not most then return nil end
      sum, paid[d.name] = sum + most, true
    end
  end
  for _, d in ipairs(by_word.bonus or {}) do
    if not d.out or d.bad then return nil end
    if paid[d.out.of] then
      local most = let_through(d.out.at_most, days)
      if not most then return nil end
      sum = sum + most
    end
  end
  return next(paid) and sum
end

local function check_levels(by_word)
  for _, d in ipairs(by_word.tiers or {}) do
    local bases, most = d.out and not d.bad and d.out.basis or {}, {}
    for b, basis in ipairs(bases) do
      most[b] = basis.kind == "earned" and most_earned(by_word, basis.name, basis.window) or math.huge
    end
    for i, level in ipairs(#bases > 0 and d.out.levels or {}) do
      local reached, by = i == 1, nil
      for b, from in ipairs(level.from or {}) do
        by = by or from.figure and b
        reached = reached or (from.figure and from.figure <= (most[b] or math.huge)) or false
      end
      if by and not reached then
        local figure = most[by] // math.tointeger(10 ^ (bases[by].decimals or 0))
        d:add("unreachable_tier", { i, "from" }, '"' .. tostring(level.name)
          .. '" cannot be reached: the caps of what earns "' .. bases[by].name .. '" let through at most '
          .. host.number(figure) .. " in the window", "raise the caps, or lower the figure")
      end
    end
  end
end

-- `by_word`: the declarations of each word, with `out`, what their check gave.
local function check(by_word)
  check_during(by_word)
  check_events(by_word)
  check_levels(by_word)
end

return { check = check }
