-- SPDX-License-Identifier: Apache-2.0
-- Values of declarations in plain English: money, spans, windows, caps, times, conditions on fields. Used by
-- explain.lua.
local problems = use "problems"

local P = { currency = "USD", places = 2 }

-- "a, b and c"
function P.list(parts, last)
  if #parts < 2 then return parts[1] or "" end
  return table.concat(parts, ", ", 1, #parts - 1) .. " " .. (last or "and") .. " " .. parts[#parts]
end

local function one_or_many(value)
  if type(value) ~= "table" then return { value } end
  local list = {}
  for i, item in ipairs(value) do list[i] = item end
  return list
end
P.one_or_many = one_or_many

function P.quoted(value, last)
  local parts = {}
  for i, item in ipairs(one_or_many(value)) do parts[i] = '"' .. tostring(item) .. '"' end
  return P.list(parts, last)
end

function P.plain(value, last)
  local parts = {}
  for i, item in ipairs(one_or_many(value)) do parts[i] = tostring(item) end
  return P.list(parts, last)
end

-- An amount with the decimals of the currency: 1.00 CNY.
local function amount(text)
  local whole, fraction = string.match(text, "^(%-?%d+)%.?(%d*)$")
  if not whole then return text .. " " .. P.currency end
  if P.places == 0 then return whole .. " " .. P.currency end
  return whole .. "." .. fraction .. string.rep("0", P.places - #fraction) .. " " .. P.currency
end

-- The function at points.lua:12.
function P.fn(value)
  local info = debug.getinfo(value, "S")
  return "the function at " .. (string.match(info.source, "^@(.*)") or "?") .. ":" .. info.linedefined
end

local shown_max = 160 -- of an expression

-- What a function returns, as it is written, when that is all it does; nil otherwise.
local function expression(value)
  local info = debug.getinfo(value, "S")
  local text = host.source(string.match(info.source, "^@(.*)") or "")
  local line, lines = 0, {}
  for one in string.gmatch((text or "") .. "\n", "([^\n]*)\n") do
    line = line + 1
    if line >= info.linedefined and line <= info.lastlinedefined then lines[#lines + 1] = one end
  end
  local code = table.concat(lines, " ")
  local body = string.match(code, "function%s*%b()%s*return%s+(.-)%s+end%f[%W]")
  local _, functions = string.gsub(code, "%f[%w]function%f[%W]", "")
  if not body or functions ~= 1 or string.find(body, "--", 1, true) then return end
  body = string.gsub(body, "%s+", " ")
  return #body <= shown_max and body or nil
end

-- "`member:orders() >= 10`", or "the function at points.lua:12" and what it does.
function P.condition(value, does)
  local code = expression(value)
  return code and "`" .. code .. "`" or P.fn(value) .. " " .. does
end

-- Any value, as nobody made a sentence for it.
function P.show(value, depth)
  depth = depth or 0
  local money = host.money(value)
  if money then return amount(money) end
  local kind = type(value)
  if kind == "string" then return '"' .. value .. '"' end
  if kind == "number" then return host.number(value) end
  if kind == "boolean" then return value and "yes" or "no" end
  if kind == "function" then return P.fn(value) end
  if kind ~= "table" or depth > 3 then return "..." end
  local parts = {}
  for _, item in ipairs(value) do parts[#parts + 1] = P.show(item, depth + 1) end
  for _, key in ipairs(problems.names(value)) do parts[#parts + 1] = key .. " " .. P.show(value[key], depth + 1) end
  return depth == 0 and P.list(parts) or "(" .. table.concat(parts, ", ") .. ")"
end

-- "in the last 12 months", "in this calendar year", "ever".
function P.window(window)
  if not window or window == "lifetime" then return "ever" end
  if string.find(window, "^last calendar") then return "in the " .. window end
  if string.find(window, "^calendar") then return "in the " .. window end
  return "in the last " .. window
end

local calendar = { day = true, week = true, month = true, quarter = true, year = true }

-- "at most 5000 a calendar day"
function P.cap(value, unit)
  if type(value) == "number" then value = { value } end
  local per = value.per or "lifetime"
  local name = string.match(per, "^calendar (%a+)$") or per
  local most = "at most " .. P.show(value[1]) .. (unit and " " .. unit or "")
  if name == "lifetime" then return most .. " ever" end
  if calendar[name] then return most .. " a calendar " .. name end
  return most .. " in any " .. per
end

-- What `during` says, in the order in which people say it; "" when nothing.
function P.during(value)
  local parts, known = {}, { days = true, hours = true, months = true, dates = true, month_of = true, day_of = true }
  if value.days then
    local names = {}
    for i, day in ipairs(one_or_many(value.days)) do names[i] = day .. "s" end
    parts[#parts + 1] = "on " .. P.list(names)
  end
  if value.hours then parts[#parts + 1] = "from " .. value.hours[1] .. " to " .. value.hours[2] end
  if value.months then parts[#parts + 1] = "in " .. P.plain(value.months) end
  if value.dates then
    parts[#parts + 1] = "from " .. tostring(value.dates[1]) .. " to " .. tostring(value.dates[2]) .. " inclusive"
  end
  if value.month_of then parts[#parts + 1] = 'in the month of the member\'s "' .. value.month_of .. '"' end
  if value.day_of then parts[#parts + 1] = 'on the day of the member\'s "' .. value.day_of .. '"' end
  for _, key in ipairs(problems.names(value)) do
    if not known[key] then parts[#parts + 1] = key .. " " .. P.show(value[key]) end
  end
  return table.concat(parts, ", ")
end

local function shown_list(value, last)
  local parts = {}
  for i, item in ipairs(one_or_many(value)) do parts[i] = P.show(item) end
  return P.list(parts, last)
end

-- What one field of `where` must be.
local function must_be(value)
  if type(value) ~= "table" or host.money(value) then return "is " .. P.show(value) end
  if #value > 0 then return "is " .. shown_list(value, "or") end
  local parts = {}
  if value.at_least ~= nil then parts[#parts + 1] = "is at least " .. P.show(value.at_least) end
  if value.below ~= nil then parts[#parts + 1] = "is below " .. P.show(value.below) end
  if value.except ~= nil then parts[#parts + 1] = "is not " .. shown_list(value.except, "or") end
  return P.list(parts)
end

-- "whose category is "coffee" and whose price is below 20.00 CNY"
function P.where(value)
  local parts = {}
  for i, field in ipairs(problems.names(value)) do parts[i] = "whose " .. field .. " " .. must_be(value[field]) end
  return P.list(parts)
end

-- A field of the tracking plan: "revenue (money, always)".
function P.field(name, value)
  if type(value) ~= "table" then return name .. " (" .. tostring(value) .. ")" end
  local text = tostring(value[1])
  if type(value.of) == "table" then
    local parts = {}
    for i, key in ipairs(problems.names(value.of)) do parts[i] = P.field(key, value.of[key]) end
    text = text .. " of items with " .. P.list(parts)
  end
  return name .. " (" .. text .. (value.required and ", always" or "") .. ")"
end

return P
