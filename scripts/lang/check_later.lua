-- SPDX-License-Identifier: Apache-2.0
-- Words of later versions whose bodies are looked at already: donate, matrix. Each is refused anyway; what else is
-- wrong in it is said beside that, so that a program is ready when the word is.
local K = use "known"
local T = use "types"
local figures = use "check_figures"
local money = use "money"
local problems = use "problems"

-- ---- donate ---------------------------------------------------------------------------------------------------------

local idle_options = { since = { figures.events, "what a member has not done for so long", required = true } }

local function idle(d, path, value)
  if type(value) ~= "table" or money.is(value) then
    return d:wrong(path, value, 'a span of time and an event, like { "24 months", since = "Order Completed" }')
  end
  local out = d:options(idle_options, value, path, true)
  if value[1] == nil then return d:missing(T.sub(path, 1), "for how long", 'write { "24 months", since = "..." }') end
  out.span = T.duration(d, T.sub(path, 1), value[1])
  return out.span and out
end

local donate_options = {
  points = { T.name, "which points", required = true },
  to = { T.name, "who receives them", required = true },
  idle = { idle, "of members who did nothing for so long" },
  instead_of = { T.choice("expiry"), "in the place of expiry" },
  notice = { T.duration, "how long before the member is told" },
  consent = { T.name, "only of members who agreed" },
  at_most = { function(_, _, value) return value end, "the most at a time" },
}

-- A span in days, at least and at most: months have 28 to 31.
local function days_of(span)
  local months, days, ms = host.duration(span)
  local rough = months * 30.436875
  return rough - math.min(months, 1) * 3 + days + ms / 86400000, rough + math.min(months, 1) * 3 + days + ms / 86400000
end

local boundary_days = { ["day end"] = 1, ["month end"] = 31, ["quarter end"] = 92, ["year end"] = 366 }

-- How many days points live at most after they were earned; nil: for ever, or nobody knows.
local function longest_life(points)
  local expire = points.expire
  local _, live = days_of(expire.at_latest or expire.after)
  local pending = 0
  if points.pending then _, pending = days_of(points.pending) end
  return live + pending + (boundary_days[expire.at] or 0)
end

local function forestalled(d, out, points)
  if not points.out or points.bad then return end
  local expire = points.out.expire
  if out.instead_of and not expire then
    return d:add("never_fires", { "instead_of" }, 'the points "' .. points.name
      .. '" never expire, so there is nothing to donate',
      'write expire = { after = "36 months" } in them, or idle = { "24 months", since = "..." } here')
  elseif not (out.idle and expire and expire.after) then
    return
  end
  local wait = days_of(out.idle.span)
  local life = longest_life(points.out)
  if life < wait then
    local shown = expire.at_latest or expire.after
    d:add("never_fires", { "idle" }, 'expiry forestalls it: "' .. points.name .. '" live for ' .. shown
      .. (points.out.pending and " after " .. points.out.pending .. " of waiting" or "") .. ", and are gone before "
      .. out.idle.span .. " have passed", 'wait shorter than the points live, or write instead_of = "expiry"')
  end
end

local function donate(d)
  local out = d:options(donate_options, d.body)
  local points = out.points and K.find(d, { "points" }, "points", "unknown_points", out.points)
  if out.consent then
    local consent = K.trait[out.consent]
    if not (consent and consent.word == "consent") then
      d:add("unknown_word", { "consent" }, 'no consent "' .. out.consent .. '" is declared',
        problems.did_you_mean(out.consent, K.trait) or ('declare it: consent "' .. out.consent
          .. '" { default = "no" }'))
    end
  end
  if d.body.idle == nil and d.body.instead_of == nil then
    d:missing({ "idle" }, "when points are donated",
      'write idle = { "24 months", since = "Order Completed" }, or instead_of = "expiry"')
  end
  if points and not d.bad then forestalled(d, out, points) end
end

-- ---- matrix ---------------------------------------------------------------------------------------------------------

local function high(d, path, value)
  if type(value) == "number" then return T.number(d, path, value) end
  local share = type(value) == "string" and tonumber(string.match(value, "^top (%d+%.?%d*)%%$"))
  if share and share > 0 and share < 100 then return value end
  return d:wrong(path, value, 'a share like "top 20%", or a number from which on it is high')
end

local axis_options = { high = { high, "what counts as high", required = true } }

local function axis(d, i, value)
  local path = { "of", i }
  if type(value) ~= "table" or money.is(value) then
    return d:wrong(path, value, 'a score and its border, like { "activity", high = "top 20%" }')
  end
  d:options(axis_options, value, path, true)
  local name = T.name(d, T.sub(path, 1), value[1])
  if name then K.find(d, T.sub(path, 1), "score", "unknown_word", name) end
  return name
end

local function axes(d, path, value)
  if type(value) ~= "table" or money.is(value) then
    return d:wrong(path, value, 'a list of scores, like { { "activity", high = "top 20%" } }')
  end
  local n = T.list_length(d, path, value)
  if not n then return end
  if n == 0 or n > 4 then return d:add("limit", path, "a matrix has 1 to 4 scores; this one has " .. n) end
  local names = {}
  for i = 1, n do names[i] = axis(d, i, value[i]) or "" end
  return names
end

local matrix_options = { of = { axes, "the scores that it is made of", required = true } }
local levels = { high = true, low = true }

-- The levels of a cell as one text, "high low"; nil when they are wrong.
local function combination(d, i, cell, names)
  if type(cell) ~= "table" or money.is(cell) then
    return d:wrong({ i }, cell, 'a cell like { "star", "high", "high" }')
  end
  if not T.name(d, { i, 1 }, cell[1]) or not T.list_length(d, { i }, cell) then return end
  if #cell ~= #names + 1 then
    return d:add("wrong_type", { i }, 'the cell "' .. cell[1] .. '" has ' .. (#cell - 1)
      .. " levels, and there are " .. #names .. " scores", 'write { "' .. cell[1] .. '", '
        .. string.rep('"high"', #names, ", ") .. " }")
  end
  for k = 2, #cell do
    if not levels[cell[k]] then
      return d:wrong({ i, k }, cell[k], '"high" or "low"', type(cell[k]) == "string"
        and problems.did_you_mean(cell[k], levels) or nil)
    end
  end
  return table.concat(cell, " ", 2)
end

-- "activity" high and "conversion" low
local function in_words(names, combo)
  local parts = {}
  for level in string.gmatch(combo, "%a+") do parts[#parts + 1] = '"' .. names[#parts + 1] .. '" ' .. level end
  return table.concat(parts, " and ")
end

local function quoted(combo) return '"' .. string.gsub(combo, " ", '", "') .. '"' end

local function missing_of(names, seen)
  local missing = {}
  for bits = 0, (1 << #names) - 1 do
    local parts = {}
    for k = 1, #names do parts[k] = bits & (1 << (#names - k)) == 0 and "high" or "low" end
    local combo = table.concat(parts, " ")
    if not seen[combo] then missing[#missing + 1] = combo end
  end
  return missing
end

local function matrix(d)
  local out = d:options(matrix_options, d.body, {}, true)
  local names, seen, doubles, wrong = out.of, {}, {}, false
  if not names then return end
  for i, cell in ipairs(d.body) do
    local combo = combination(d, i, cell, names)
    if not combo then
      wrong = true
    elseif seen[combo] then
      doubles[#doubles + 1] = { i = i, combo = combo, first = seen[combo], name = cell[1] }
    else
      seen[combo] = cell[1]
    end
  end
  if wrong then return end
  local missing = missing_of(names, seen)
  for _, double in ipairs(doubles) do
    local free = table.remove(missing, 1) -- the one that was meant, perhaps
    d:add("duplicate_name", { double.i }, in_words(names, double.combo) .. ' is "' .. double.first
      .. '" and "' .. double.name .. '"', free and ("did you mean " .. quoted(free) .. "?") or "leave one of them out")
  end
  for _, combo in ipairs(missing) do
    d:add("missing_body", {}, "no cell says what " .. in_words(names, combo) .. " is called",
      'write { "...", ' .. quoted(combo) .. " }")
  end
end

-- ---------------------------------------------------------------------------------------------------------------------

local checks = { donate = donate, matrix = matrix }

local function check(list)
  for _, d in ipairs(list) do
    if checks[d.word] then checks[d.word](d) end
  end
end

return { check = check }
