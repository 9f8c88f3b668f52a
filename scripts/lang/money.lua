-- SPDX-License-Identifier: Apache-2.0
-- money "19.90" while rule files are read: an amount as text, which becomes minor units when the program's currency is
-- known.
local problems = use "problems"

local M = {}

local bad = setmetatable({}, { __mode = "k" }) -- stand for amounts that were reported already
local example = 'money "19.90"'

-- The word; what it makes is the host's own kind of value.
function M.new(text, file, line)
  if type(text) == "string" and host.is_decimal(text) then return host.new_money(text) end
  if type(text) == "string" then
    problems.add("bad_unit", file, line, 'money "' .. text .. '" is no amount',
      "write digits with a point: " .. example)
  else
    problems.add("bad_unit", file, line, "money takes text, as people write it: " .. example
      .. ", not " .. problems.show(text), type(text) == "number" and ('did you mean money "' .. host.number(text)
        .. '"? A bare number could be whole or minor units')
      or nil)
  end
  local amount = host.new_money("0")
  bad[amount] = true
  return amount
end

function M.is(value) return host.money(value) ~= nil end

-- Minor units of the currency; nothing, with a problem, when it is finer than that.
function M.minor(d, path, value, places)
  if bad[value] then
    d.bad = true
    return
  end
  local text = host.money(value)
  local minor = host.minor(text, places)
  if not minor then
    d:add("bad_unit", path, 'money "' .. text .. '" is finer than the currency, which has ' .. places .. " decimals")
  end
  return minor
end

return M
