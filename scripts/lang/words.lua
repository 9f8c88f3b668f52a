-- SPDX-License-Identifier: Apache-2.0
-- The words that a rule file sees while it is read. A word only collects: what it was given, in which file and on which
-- line. Checking comes when all files are read (finish.lua).
local K = use "known"
local declaration = use "declaration"
local money = use "money"
local parse = use "parse"
local problems = use "problems"

local M = { declared = {}, included = {}, later = {} }

-- The words of `word "name" { ... }` and of `word { ... }`.
local named = { "event", "identifier", "blocked", "trait", "consent", "measure", "tag", "segment", "score",
  "tiers", "points", "earn", "bonus", "rule", "benefit", "refund", "milestone",
  "attribution" }
local unnamed = { "program" }
-- Words of the language that this version does not know yet.
local later = { "stages", "donate", "pool", "journey", "message", "contact",
  "coupon", "referral", "team", "rfm", "lifetime_value", "matrix" }

local open = true    -- false once the files are read
local current = nil  -- { file, found }

-- Where the rule file stands that called a word. `level`: 2 is the caller of the function that asks.
local function position(level)
  local info = debug.getinfo(level + 1, "Sl")
  local file = info and string.match(info.source, "^@(.*)")
  if file and info.currentline > 0 then return file, info.currentline end
  return current.file, 1
end

local function check_open(word)
  if not open then error('"' .. word .. '" is a word of the top level of a file, not of a function that runs', 3) end
end

-- What stands for a thing that is wrong already: it can be called and indexed without a second message.
local dummy = {}
setmetatable(dummy, { __metatable = false, __call = function() return dummy end,
  __index = function() return dummy end,
  __newindex = function() end })
M.dummy = dummy

-- The word that was probably meant, nil when none is near.
local function meant(name)
  local near = problems.nearest(name, M.words)
  return near and M.kind(near) ~= "later" and near or nil
end

-- What stands for an unknown word: a misspelt one declares what was meant, so that its name is known, but nothing is
-- said of its body; of any other, what it seems to declare is not reported as unknown elsewhere.
function M.unknown(name)
  local near = meant(name)
  local word = near and M.words[near]
  local stand_in = setmetatable({}, { __metatable = false, __index = function() return dummy end,
    __newindex = function() end,
    __call = function(_, ...)
      if word then return word(...) end -- a tail call: the word looks for the file that called it
      local name_of = ...
      if type(name_of) == "string" then K.forgiven[name_of] = true end
      return dummy
    end })
  problems.reported[stand_in] = true
  return stand_in
end
problems.reported[dummy] = true

local function add(word, name, file, line, body)
  local d = declaration.new(word, name, file, line, body)
  local key = word .. "\0" .. (name or "") .. "\0" .. line
  d.keys, d.guessed = current.found[key], current.guessed[key]
  M.declared[#M.declared + 1] = d
  return d
end
M.add = add

local function take_body(word, name, file, line, body)
  if type(body) ~= "table" or money.is(body) or problems.reported[body] then
    if not problems.reported[body] then
      problems.add("wrong_type", file, line, word .. (name and ' "' .. name .. '"' or "") .. " takes a table, not "
        .. problems.show(body), "write " .. word .. (name and ' "' .. name .. '"' or "") .. " { ... }")
    end
    add(word, name, file, line, {}).hollow = true -- its name is known; there is nothing to check
    return
  end
  add(word, name, file, line, body)
end

local pending = {} -- declarations whose body has not come: { word, name, file, line }, in order

local function named_word(word)
  return function(name, ...)
    check_open(word)
    local file, line = position(2)
    if type(name) ~= "string" or name == "" or #name > host.name_bytes then
      local what = type(name) == "string" and (name == "" and "an empty name" or "a name that is too long")
        or problems.show(name)
      problems.add("wrong_type", file, line, word .. " takes a name first, not " .. what, "write " .. word
        .. ' "..." { ... }')
      return dummy
    end
    local wait = { word = word, name = name, file = file, line = line }
    pending[#pending + 1] = wait
    if select("#", ...) > 0 then -- earn("x", { ... }), which is not the grammar but plain enough
      wait.done = true
      take_body(word, name, file, line, (...))
      return
    end
    return setmetatable({}, { __metatable = false, __name = word, __newindex = function() end,
      __index = function() return dummy end, __call = function(_, body)
        check_open(word)
        if wait.done then
          problems.add("duplicate_name", file, line, word .. ' "' .. name .. '" is given a second body')
          return
        end
        wait.done = true
        take_body(word, name, file, line, body)
      end })
  end
end

local function unnamed_word(word)
  return function(body)
    check_open(word)
    local file, line = position(2)
    if type(body) == "string" then
      problems.add("wrong_type", file, line, word .. " takes no name", "write " .. word .. " { ... }")
      return dummy
    end
    take_body(word, nil, file, line, body)
  end
end

-- A word of a later version is refused once; the bodies of some are looked at all the same (check_later.lua).
local function later_word(word)
  return function(name)
    check_open(word)
    local file, line = position(2)
    problems.add("unknown_word", file, line, '"' .. word
      .. '" is a word of a later version; this one does not know it yet',
      "leave it out until then")
    if type(name) ~= "string" then return dummy end
    K.forgiven[name] = true
    local taker = setmetatable({}, { __metatable = false, __index = function() return dummy end,
      __newindex = function() end,
      __call = function(_, body)
        if type(body) == "table" and not problems.reported[body] then
          local d = declaration.new(word, name, file, line, body)
          d.keys = current.found[word .. "\0" .. name .. "\0" .. line]
          M.later[#M.later + 1] = d
        end
        return dummy
      end })
    problems.reported[taker] = true
    return taker
  end
end

-- include "prices": the data of prices.table in the folder of the including file.
local function plain_data(value, depth, seen)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then return true end
  if kind ~= "table" or depth > 32 then return false end
  if seen[value] then return true end
  seen[value] = true
  for key, item in next, value do
    local plain = type(key) ~= "table" and plain_data(key, depth + 1, seen) and plain_data(item, depth + 1, seen)
    if not plain then return false end
  end
  return true
end

local function include(name)
  check_open("include")
  local file, line = position(2)
  if type(name) ~= "string" then
    problems.add("wrong_type", file, line, "include takes the name of a data file, not " .. problems.show(name),
      'write include "prices" for the file prices.table')
    return dummy
  end
  local folder = string.match(file, "^(.*/)[^/]*$") or ""
  local path = folder .. name .. ".table"
  local text = host.source(path)
  if not text then
    local near = problems.nearest(path, host.tables)
    problems.add("unknown_word", file, line, 'include "' .. name .. '": there is no file ' .. path,
      near and ("did you mean " .. near .. "?") or "data files end in .table and stand beside the rule file")
    return dummy
  end
  if string.sub(text, 1, 3) == "\239\187\191" then text = string.sub(text, 4) end -- a byte order mark
  local chunk, why = host.compile(text, "@" .. path, {})
  local data
  if chunk then
    parse.parse(path, text, true) -- reports keys that stand twice
  else
    local at, message = string.match(why, ":(%d+): (.*)$")
    local suggestion
    at, message, suggestion = use("hint").hint(text, tonumber(at) or 1, message or why, M.words)
    problems.add("syntax", path, at, message, suggestion)
    return dummy
  end
  local ok, value = host.call(chunk)
  if ok then data = value else why = value end
  if data == nil then
    local at, rest = string.match(type(why) == "string" and why or "", ":(%d+): (.*)$")
    problems.add("syntax", path, tonumber(at) or 1, rest or "the file returns nothing", 'it must be "return { ... }"')
    return dummy
  end
  if type(data) ~= "table" or not plain_data(data, 0, {}) then
    problems.add("wrong_type", path, 1, "a data file returns one table of text, numbers, true, false and such tables")
    return dummy
  end
  M.included[#M.included + 1] = data
  return data
end

local words = { include = include }
words.money = function(text)
  check_open("money")
  return money.new(text, position(2))
end
for _, word in ipairs(named) do words[word] = named_word(word) end
for _, word in ipairs(unnamed) do words[word] = unnamed_word(word) end
for _, word in ipairs(later) do words[word] = later_word(word) end
M.words = words

-- From here on words are called by the file `file`; `declarations` is what the scan found in it.
function M.begin_file(file, declarations)
  current = { file = file, found = {}, guessed = {} }
  for _, d in ipairs(declarations) do
    local key = (words[d.word] and d.word or meant(d.word) or d.word) .. "\0" .. (d.name or "") .. "\0" .. d.line
    current.found[key], current.guessed[key] = d.keys, not words[d.word]
  end
end

-- `stopped`: the file was not read to its end; what was begun last may have been given its body there.
function M.end_file(stopped)
  for i, wait in ipairs(pending) do
    if not wait.done and not (stopped and i == #pending) then
      problems.add("missing_body", wait.file, wait.line, wait.word .. ' "' .. wait.name .. '" has no body',
        "write " .. wait.word .. ' "' .. wait.name .. '" { ... }')
    end
  end
  pending = {}
end

function M.close() open = false end

-- ---- descriptions --------------------------------------------------------------------------------------------------

local kinds = {}
for kind, list in next, { named = named, unnamed = unnamed, later = later } do
  for _, word in ipairs(list) do kinds[word] = kind end
end

-- "named", "unnamed", "later", or "function" for what is neither.
function M.kind(word) return kinds[word] or "function" end

M.describe = {
  money = { topic = "rules", signature = "(amount: string): money",
    text = "an amount in the program's currency, in a head and in a function",
    example = 'tag "big spender" { when = function(member) return member:spend "12 months" >= money "3000" end }',
    needs = 'measure "spend" { on = "Order Completed", sum = "revenue" }' },
  include = { topic = "rules", signature = "(name: string): table",
    text = "the data of a file beside this one: prices.table, which returns a table of text and numbers",
    example = 'local prices = include "prices"', files = { ["prices.table"] = "return { coffee = 25, beans = 80 }" } },
}

return M
