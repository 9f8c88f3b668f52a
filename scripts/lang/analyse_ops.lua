-- SPDX-License-Identifier: Apache-2.0
-- What operators make of values, and which of them cannot be right: text with a number, a method that was not called,
-- and so on. Something is said only when every type that the value can have is known, and none of them fits. Of a plain
-- nil nothing is said: it stands for what is not there yet, and `tessera errors` tells of it.
local N = use "analyse_names"
local V = use "value"

local O = {}

local report
function O.report_to(fn) report = fn end

local names = { ["+"] = "added", ["-"] = "subtracted", ["*"] = "multiplied", ["/"] = "divided", ["//"] = "divided",
  ["%"] = "divided", ["^"] = "raised", ["&"] = "computed with", ["|"] = "computed with", ["~"] = "computed with",
  ["<<"] = "shifted", [">>"] = "shifted" }

local function call_hint(v) return "write member:" .. v.name .. "(...)" end

-- One side of arithmetic. True: nothing was wrong.
local function check_number(v, line, op)
  if v.b & (V.NUMBER | V.UNKNOWN) ~= 0 or v.b == V.NIL then return true end
  local hint
  if v.k == "method" then hint = call_hint(v)
  elseif type(v.c) == "string" and tonumber(v.c) then hint = "write " .. v.c .. " without quotes"
  elseif v.b & V.TEXT ~= 0 then hint = "tonumber(...) makes a number of text" end
  report("wrong_type", line, V.says(v) .. " cannot be " .. (names[op] or "computed with"), hint)
  return false
end

-- What functions of math are given.
local any = { ["math.type"] = true, ["math.tointeger"] = true }
function O.numbers(name, args, line)
  if any[name] then return end
  for _, v in ipairs(args) do
    if type(v.c) == "string" then
      local hint = host.is_decimal(v.c) and "write " .. v.c .. " without quotes"
        or "tonumber(...) makes a number of text"
      return report("wrong_type", line, name .. " takes numbers, not text", hint)
    end
  end
end

local function arithmetic(op, a, b, line)
  if check_number(a, line, op) then check_number(b, line, op) end
  return V.number
end

local function check_joined(v, line)
  if v.b & (V.NUMBER | V.TEXT | V.UNKNOWN) ~= 0 or v.b == V.NIL then return true end
  report("wrong_type", line, V.says(v) .. " cannot be joined to text", v.k == "method" and call_hint(v)
    or "tostring(...) makes text of it")
  return false
end

local function concat(_, a, b, line)
  if check_joined(a, line) then check_joined(b, line) end
  return V.text
end

local function is_span(v) return type(v.c) == "string" and string.find(v.c, "^%s*%d+ %a+$") ~= nil end

-- A text of digits beside a number: what should stand there.
local function unquoted(text, other)
  if not host.is_decimal(text) then return nil end
  if other.unit == "money" then return 'write money "' .. text .. '"' end
  return "write " .. text .. " without quotes"
end

local function order_hint(a, b)
  for i, v in ipairs { a, b } do
    if v.k == "method" then return call_hint(v) end
    if type(v.c) == "string" then
      local hint = unquoted(v.c, i == 1 and b or a)
      if hint then return hint end
      if is_span(v) then
        return 'a span of time is no figure: it stands in a window, as in member:spend("' .. v.c .. '")'
      end
    end
  end
  if a.k == "time" or b.k == "time" then return "compare their .date, or their .ms" end
  if a.k == "figure" or b.k == "figure" then return "compare its count or its sum, and see that it is not false" end
end

-- What is never below zero, compared with what is.
local function below_zero(a, b, line)
  for i, v in ipairs { a, b } do
    local other = i == 1 and b or a
    local minus = other.minus or type(other.c) == "number" and other.c < 0 and host.number(-other.c)
    if v.floor and minus then
      report("negative_threshold", line, "this is never below 0, and here it is compared with less than that",
        "did you mean " .. minus .. "?")
      return true
    end
  end
end

-- Money against 99.50: inside functions it is a whole number of minor units, so this was meant in the currency.
local function part_of_a_unit(a, b, line)
  for i, v in ipairs { a, b } do
    local other = i == 1 and b or a
    local c = math.type(other.c) == "float" and other.c or 0
    if v.unit == "money" and c > 0 and c < math.huge and not math.tointeger(c) then
      local text = host.number(c)
      report("bad_unit", line, "money is a whole number of minor units here, and " .. text .. " is none",
        'did you mean money "' .. text .. '"?')
      return true
    end
  end
end

local function order(_, a, b, line)
  if below_zero(a, b, line) or part_of_a_unit(a, b, line) then return V.boolean end
  if a.b == V.NIL or b.b == V.NIL then return V.boolean end
  if not (V.known(a) and V.known(b)) then
    local one = V.known(a) and a or b
    if V.known(one) and one.b & (V.NUMBER | V.TEXT) == 0 then
      report("wrong_type", line, V.says(one) .. " cannot be compared by size", order_hint(one, V.unknown))
    end
    return V.boolean
  end
  if a.b & b.b & (V.NUMBER | V.TEXT) ~= 0 then return V.boolean end
  local left, right = V.says(a), V.says(b)
  report("wrong_type", line, left == right and left .. " cannot be compared by size"
    or left .. " is compared with " .. right .. ": that cannot be", order_hint(a, b))
  if is_span(a) or is_span(b) then return V.misplaced end -- member:spend("12 months" > 5)
  return V.boolean
end

-- What can be equal: true and false are one type here.
local function comparable(a, b)
  if a.b & b.b ~= 0 then return true end
  return false
end

local function equal(op, a, b, line, inside)
  local is = op == "=="
  if part_of_a_unit(a, b, line) then return V.boolean end
  for _, pair in ipairs { { a, b }, { b, a } } do
    if pair[1].enum and type(pair[2].c) == "string" then
      N.compare(pair[1], pair[2].c, line, inside)
      return V.boolean
    end
  end
  if not (V.known(a) and V.known(b)) then return V.boolean end
  if below_zero(a, b, line) then return V.boolean end
  if a.c ~= nil and b.c ~= nil then
    if (is_span(a) or is_span(b)) and type(a.c) ~= type(b.c) then return order(op, a, b, line) end
    return V.constant((a.c == b.c) == is)
  end
  if comparable(a, b) then return V.boolean end
  local hint
  for i, v in ipairs { a, b } do
    local other = i == 1 and b or a
    if v.k == "method" then hint = call_hint(v) end
    if is_span(v) and other.b & V.NUMBER ~= 0 then return order(op, a, b, line) end
    if type(v.c) == "string" and other.b & V.NUMBER ~= 0 and host.is_decimal(v.c) then
      report("wrong_type", line, V.says(other) .. " never equals text", unquoted(v.c, other))
      return V.boolean
    end
    if type(v.c) == "number" and other.b & V.TEXT ~= 0 then hint = 'write "' .. host.number(v.c) .. '", in quotes' end
  end
  if not is then return V.boolean end
  if not hint and (a.b | b.b) & ~(V.BOOLEAN | V.TEXT) == 0 then hint = "true and false stand without quotes" end
  report("never_fires", line, a.b == V.NIL and V.says(b) .. " is never nil, so this is always false"
    or b.b == V.NIL and V.says(a) .. " is never nil, so this is always false"
    or V.says(a) .. " never equals " .. V.says(b) .. ", so this is always false", hint, true)
  return V.boolean
end

local binary = { [".."] = concat, ["=="] = equal, ["~="] = equal, ["<"] = order, ["<="] = order, [">"] = order,
  [">="] = order }

function O.binary(op, a, b, line, inside) return (binary[op] or arithmetic)(op, a, b, line, inside) end

function O.unary(op, v, line)
  if op == "not" then
    if v.b & V.UNKNOWN ~= 0 then return V.boolean end
    if v.b & V.FALSY == 0 then
      if v.k == "method" then
        report("wrong_type", line, V.says(v) .. " is not called", call_hint(v))
        return V.boolean
      end
      return v.c ~= nil and V.no or V.boolean
    end
    return v.b & ~V.FALSY == 0 and V.yes or V.boolean
  elseif op == "#" then
    if v.b & (V.TEXT | V.TABLE | V.UNKNOWN | V.OTHER) == 0 then
      report("wrong_type", line, V.says(v) .. " has no length", v.k == "method" and call_hint(v) or nil)
    end
    return V.number
  end
  check_number(v, line, "-")
  if op == "-" and type(v.c) == "number" then return V.constant(-v.c) end
  if op == "-" and v.minus == false then return { b = V.NUMBER, unit = "money", minus = v.shown } end
  return V.number
end

return O
