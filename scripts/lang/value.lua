-- SPDX-License-Identifier: Apache-2.0
-- What is known of a value without running anything: a set of Lua's types as bits, perhaps its constant, perhaps what
-- it stands for (`k`: "member", "event", a table of names ...). Whatever is not known is V.unknown, of which nothing is
-- ever said.
local V = {}

V.NIL, V.FALSE, V.TRUE, V.NUMBER, V.TEXT, V.TABLE, V.FUNCTION, V.OTHER, V.UNKNOWN = 1, 2, 4, 8, 16, 32, 64, 128, 256
V.BOOLEAN = V.FALSE | V.TRUE
V.FALSY = V.NIL | V.FALSE

local kept = {} -- values without more than their bits

function V.of(bits)
  local value = kept[bits]
  if not value then
    value = { b = bits }
    kept[bits] = value
  end
  return value
end

V.unknown = V.of(V.UNKNOWN)
V.boolean, V.number, V.text = V.of(V.BOOLEAN), V.of(V.NUMBER), V.of(V.TEXT)
V.nothing, V.table = V.of(V.NIL), V.of(V.TABLE)
V.misplaced = { b = V.UNKNOWN } -- what was reported and cannot be an argument either
V.money, V.money_or_nil = { b = V.NUMBER, unit = "money" }, { b = V.NUMBER | V.NIL, unit = "money" }
-- Figures that are never below zero: `floor`.
V.count, V.amount = { b = V.NUMBER, floor = true }, { b = V.NUMBER, unit = "money", floor = true }
V.yes, V.no = { b = V.TRUE, c = true }, { b = V.FALSE, c = false }

function V.constant(c)
  local kind = type(c)
  if kind == "string" then return { b = V.TEXT, c = c } end
  if kind == "number" then return { b = V.NUMBER, c = c } end
  if kind == "boolean" then return c and V.yes or V.no end
  return c == nil and V.nothing or V.unknown
end

-- Of a declared type: of a field of an event, of a trait. `absent`: it may be nil.
local by_type = { text = V.TEXT, date = V.TEXT, integer = V.NUMBER, number = V.NUMBER, money = V.NUMBER,
  boolean = V.BOOLEAN, list = V.TABLE }

function V.of_type(t, absent)
  local bits = by_type[t]
  if not bits then return V.unknown end
  if t == "money" then return absent and V.money_or_nil or V.money end
  return V.of(absent and bits | V.NIL or bits)
end

local joins = { tier = true, list = true, item = true, figure = true, usual = true, time = true, balance = true,
  names = true }

-- The value where it can be several of the two.
function V.join(a, b)
  if a == b then return a end
  local bits = a.b | b.b
  if a.k and joins[a.k] and a.k == b.k and a.of == b.of and a.name == b.name then
    return { b = bits, k = a.k, of = a.of, name = a.name, builtin = a.builtin or b.builtin }
  end
  return V.of(bits)
end

-- Only what is true, or false, of it.
function V.truthy(v)
  local bits = v.b & ~V.FALSY
  if bits == v.b then return v end
  local out = {}
  for key, item in next, v do out[key] = item end
  out.b = bits
  return out
end

function V.falsy(v) return V.of(v.b & (V.FALSY | V.UNKNOWN)) end

function V.known(v) return v.b & V.UNKNOWN == 0 end

local function is_method(v) return v.k == "method" end

-- What it is, for messages; of what can be several things, the first that matters.
function V.says(v)
  if is_method(v) then return "the method " .. v.name end
  if v.b & V.NUMBER ~= 0 then return "a number" end
  if v.b & V.TEXT ~= 0 then return "text" end
  if v.b & V.TABLE ~= 0 then return v.k == "figure" and "a table (or false)" or "a table" end
  if v.b & V.FUNCTION ~= 0 then return "a function" end
  if v.b & V.OTHER ~= 0 then return v.name or v.k or "a table" end
  if v.b & V.BOOLEAN ~= 0 then return "true or false" end
  return "nothing (nil)"
end

return V
