-- SPDX-License-Identifier: Apache-2.0
-- What editors read: LuaCATS files under library/ (lua-language-server completes words, options, fields and methods
-- from them), .luarc.json that points there, and luacheck's std of rule files. And the check that such a file is well
-- formed.
local E = {}

local banner = "-- SPDX-License-Identifier: Apache-2.0\n"
  .. "-- Made by scripts/docs/generate.lua from the program itself; change the descriptions, not this file.\n"

-- ---- LuaCATS -------------------------------------------------------------------------------------------------------

-- A field's type: what the option says, and the class of its own options.
local function type_of(option, class)
  local kinds = {}
  if option.type then kinds[1] = option.type end
  if option.options then kinds[#kinds + 1] = class .. "." .. option.name end
  if option.many then kinds[#kinds + 1] = class .. "." .. option.name .. "[]" end
  if option.type and string.find(option.type, "^fun") and option.options then kinds[1] = "(" .. kinds[1] .. ")" end
  return #kinds > 0 and table.concat(kinds, "|") or "any"
end

local function note(option)
  local text = option.text
  if option.default then text = text .. " (default: " .. option.default .. ")" end
  if option.example then text = text .. ", as in " .. option.example end
  return text
end

-- A class of a body: its named options, what stands in it by place, and classes of its parts before it.
local function add_class(out, class, body, more)
  for _, own in ipairs(body.own or {}) do
    if own.class then add_class(out, own.class, own) end
  end
  for _, option in ipairs(body.options or {}) do
    if option.options then add_class(out, class .. "." .. option.name, option) end
  end
  out[#out + 1] = "---@class " .. class
  for _, own in ipairs(body.own or {}) do
    local place = string.match(own.name, "^%[(%d+)%]$")
    local key = place and ("[" .. place .. "]") or string.find(own.name, "^%[") and "[integer]" or "[string]"
    out[#out + 1] = "---@field " .. key .. " " .. own.type .. " " .. own.text
  end
  for _, option in ipairs(body.options or {}) do
    if not option.later then
      out[#out + 1] = "---@field " .. option.name .. (option.required and " " or "? ") .. type_of(option, class) .. " "
        .. note(option)
    end
  end
  if more then out[#out + 1] = "---@field [string] any any further key is its own" end
  out[#out + 1] = ""
end

local aliases = {
  { "duration", "string", 'a span of time: "14 days", "36 months", "90 minutes"' },
  { "window", "string", 'a window: "12 months", "7 days", "calendar month", "last calendar year", "lifetime"' },
  { "date", "string", '"2026-01-15"' },
  { "money", "integer", "an amount in minor units: what money \"19.90\" gives" },
  { "weekday", '"Monday"|"Tuesday"|"Wednesday"|"Thursday"|"Friday"|"Saturday"|"Sunday"', "" },
  { "month", '"January"|"February"|"March"|"April"|"May"|"June"|"July"|"August"|"September"|"October"|"November"'
    .. '|"December"', "" },
  { "field_type", '"any"|"text"|"integer"|"number"|"money"|"boolean"|"date"|"time"|"list"', "" },
}

-- Owners whose further fields are declared by the rules themselves.
local open_owners = { member = "fun(self: member, ...): any", event = "any", tier = "any" }

local function add_owners(out, bindings)
  local owners, order = {}, {}
  for _, row in ipairs(bindings) do
    if row.owner ~= "" then
      if not owners[row.owner] then
        owners[row.owner] = {}
        order[#order + 1] = row.owner
      end
      table.insert(owners[row.owner], row)
    end
  end
  table.sort(order)
  for _, owner in ipairs(order) do
    out[#out + 1] = "---@class " .. owner
    if owner == "program" then out[#out + 1] = "---@overload fun(options: program.options)" end
    for _, row in ipairs(owners[owner]) do
      local kind = row.signature
      if row.method then kind = "fun(self: " .. owner .. ", " .. string.sub(kind, 2) end
      out[#out + 1] = "---@field " .. row.name .. " " .. string.gsub(kind, ", %)", ")") .. " " .. row.text
    end
    if open_owners[owner] then out[#out + 1] = "---@field [string] " .. open_owners[owner] end
    out[#out + 1] = owner == "program" and "program = {}\n" or ""
  end
end

local function add_word(out, word)
  local class = word.name .. ".options"
  if word.kind == "function" then
    local arguments, result = string.match(word.signature, "^%((.-)%): (.*)$")
    out[#out + 1] = "---" .. word.text
    local names = {}
    for name, kind in string.gmatch(arguments, "([%w_]+): ([^,]+)") do
      out[#out + 1] = "---@param " .. name .. " " .. kind
      names[#names + 1] = name
    end
    out[#out + 1] = "---@return " .. result
    out[#out + 1] = "function " .. word.name .. "(" .. table.concat(names, ", ") .. ") end\n"
    return
  end
  add_class(out, class, word)
  if word.kind == "unnamed" then return end -- `program` is a table too
  out[#out + 1] = "---" .. word.text
  for line in string.gmatch("\n```lua\n" .. word.example .. "\n```", "[^\n]+") do out[#out + 1] = "---" .. line end
  out[#out + 1] = "---@param name string"
  out[#out + 1] = "---@return fun(options: " .. class .. ")"
  out[#out + 1] = "function " .. word.name .. "(name) end\n"
end

local function rules_library(all)
  local out = { banner .. "-- Words, members and events of rule files, for editors with lua-language-server.",
    "---@meta", "" }
  for _, alias in ipairs(aliases) do
    out[#out + 1] = "---@alias " .. alias[1] .. " " .. alias[2] .. (alias[3] ~= "" and " # " .. alias[3] or "")
  end
  out[#out + 1] = ""
  for _, one in ipairs(all.tables) do add_class(out, one.name, one) end
  add_owners(out, all.bindings)
  for _, row in ipairs(all.bindings) do
    if row.owner == "" and row.name ~= "program" then
      out[#out + 1] = "---" .. row.text .. "\n---@type " .. row.signature .. "\n" .. row.name .. " = {}\n"
    end
  end
  for _, word in ipairs(all.words) do
    if word.kind ~= "later" then add_word(out, word) end
  end
  return (string.gsub(table.concat(out, "\n"), "\n+$", "\n"))
end

-- "(event, fields?, options?)" -> "event: any, fields?: any": signatures of the kit may leave types out.
local function typed(signature)
  local arguments, rest = string.match(signature, "^%((.-)%)(.*)$")
  local list = {}
  for one in string.gmatch(arguments, "[^,]+") do
    one = string.match(one, "^%s*(.-)%s*$")
    list[#list + 1] = string.find(one, ":", 1, true) and one or one == "..." and "...: any" or one .. ": any"
  end
  return table.concat(list, ", "), rest
end

-- "(member, [tiers,] level)" -> "member: tessera.member, tiers: string, level?: string": of an assertion, by the names
-- of its arguments; as many of the last ones may be left out as stand in brackets.
local function assertion_arguments(signature)
  local kinds = { member = "tessera.member", shop_or_member = "tessera.shop|tessera.member" }
  local names, _, left_out = {}, string.gsub(signature, "%[", "")
  for name in string.gmatch(signature, "[%a_]+") do names[#names + 1] = name end
  for i, name in ipairs(names) do
    names[i] = name .. (i > #names - left_out and "?: " or ": ") .. (kinds[name] or "string")
  end
  return table.concat(names, ", ")
end

-- How luassert calls the opposite of an assertion.
local function opposite(name)
  local what = string.match(name, "^has_(.*)$")
  return what and "has_no_" .. what or "not_" .. name
end

local function kit_library(all)
  local out = { banner .. "-- The test kit, `require \"tessera.test\"`, for editors with lua-language-server.",
    "---@meta tessera.test", "" }
  for _, owner in ipairs { "member", "shop" } do
    out[#out + 1] = "---@class tessera." .. owner
    for _, row in ipairs(all.kit[owner]) do
      local arguments, rest = typed(row.signature)
      out[#out + 1] = "---@field " .. row.name .. " fun(self: tessera." .. owner .. (arguments ~= "" and ", " or "")
        .. arguments .. ")" .. rest .. " " .. row.text
    end
    out[#out + 1] = ""
  end
  out[#out + 1] = "---@class tessera.open.options"
  for _, row in ipairs(all.kit.open) do
    out[#out + 1] = "---@field " .. row.name .. "? " .. row.type .. " " .. row.text
  end
  out[#out + 1] = "\n---@class tessera.test\n---@field open fun(options?: tessera.open.options): tessera.shop a shop: "
    .. "the engine in memory, with a clock that only the test moves\nlocal tessera = {}\n"
  out[#out + 1] = "---@class luassert"
  for _, row in ipairs(all.kit.assertions) do
    local arguments = assertion_arguments(row.signature)
    for _, name in ipairs { row.name, opposite(row.name) } do
      out[#out + 1] = "---@field " .. name .. " fun(" .. arguments .. ") "
        .. (name == row.name and "" or "the opposite: ") .. row.text
    end
  end
  out[#out + 1] = "\nreturn tessera\n"
  return table.concat(out, "\n")
end

-- ---- luacheck ------------------------------------------------------------------------------------------------------

local function luacheck_std(all)
  local out = { banner .. "-- luacheck's std of rule files: the words, and what there is of Lua's library. A rule that"
    .. " says os.time() is\n-- found here as it is an error there. Loaded by .luacheckrc.", "return {",
    "  read_globals = {" }
  local names = {}
  for _, word in ipairs(all.words) do
    if word.kind ~= "later" then names[word.name] = true end
  end
  for name, fields in pairs(all.library) do names[name] = fields end
  local sorted = {}
  for name in pairs(names) do sorted[#sorted + 1] = name end
  table.sort(sorted)
  for _, name in ipairs(sorted) do
    local fields = names[name]
    if type(fields) == "table" and name ~= "program" then
      out[#out + 1] = "    " .. name .. " = { fields = {"
      for _, field in ipairs(fields) do out[#out + 1] = "      " .. field .. " = {}," end
      out[#out + 1] = "    } },"
    else
      out[#out + 1] = '    ["' .. name .. '"] = { other_fields = true },'
    end
  end
  out[#out + 1] = "  },\n}\n"
  return table.concat(out, "\n")
end

local luarc = [[
{
  "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
  "runtime.version": "Lua 5.4",
  "runtime.path": ["?.lua", "scripts/kit/?.lua"],
  "workspace.library": ["library", "${3rd}/busted/library", "${3rd}/luassert/library"],
  "workspace.checkThirdParty": false,
  "diagnostics.disable": ["lowercase-global"]
}
]]

-- { path = text } of all files for editors.
function E.files(all)
  local files = { ["library/tessera.lua"] = rules_library(all), ["scripts/luacheck_std.lua"] = luacheck_std(all),
    [".luarc.json"] = luarc }
  if all.kit.member then files["library/tessera-test.lua"] = kit_library(all) end
  return files
end

-- ---- is it well formed? --------------------------------------------------------------------------------------------

local builtin = { any = true, ["nil"] = true, string = true, number = true, integer = true, boolean = true,
  ["function"] = true, table = true, self = true }

-- Is `text`, from `at` on, a type? Gives where it ends. Names are put into `names`.
local read_type

local function skip(text, at) return string.find(text, "%S", at) or #text + 1 end

local function read_arguments(text, at, names)
  at = skip(text, at)
  while string.sub(text, at, at) ~= ")" do
    local stop = select(2, string.find(text, "^[%w_]+%??%s*:", at)) or select(2, string.find(text, "^%.%.%.%s*:?", at))
    if not stop then return end
    local dots = string.find(text, "^%.%.%.", at)
    if not dots or string.sub(text, stop, stop) == ":" then
      at = read_type(text, stop + 1, names)
    else
      at = stop + 1
    end
    if not at then return end
    at = skip(text, at)
    local mark = string.sub(text, at, at)
    if mark == "," then at = skip(text, at + 1) elseif mark ~= ")" then return end
  end
  at = at + 1
  local result = select(2, string.find(text, "^%s*:", at))
  return result and read_type(text, result + 1, names) or at
end

local function read_one(text, at, names)
  at = skip(text, at)
  local stop = select(2, string.find(text, '^"[^"]*"', at))
  if stop then return stop + 1 end
  stop = select(2, string.find(text, "^fun%(", at))
  if stop then return read_arguments(text, stop + 1, names) end
  if string.sub(text, at, at) == "(" then
    at = read_type(text, at + 1, names)
    at = at and skip(text, at)
    return at and string.sub(text, at, at) == ")" and at + 1 or nil
  end
  stop = select(2, string.find(text, "^table<", at))
  if stop then
    at = read_type(text, stop + 1, names)
    at = at and string.match(text, "^%s*,()", at)
    at = at and read_type(text, at, names)
    return at and string.match(text, "^%s*>()", at)
  end
  local name, after = string.match(text, "^([%a_][%w_.]*)()", at)
  if not name then
    return string.match(text, "^false()", at)
  end
  if name ~= "true" and name ~= "false" then names[#names + 1] = name end
  return after
end

function read_type(text, at, names)
  repeat
    at = read_one(text, at, names)
    if not at then return end
    while string.find(text, "^%[%]", at) do at = at + 2 end
    if string.find(text, "^%?", at) then at = at + 1 end
    local bar = select(2, string.find(text, "^|", at))
    if bar then at = bar + 1 end
  until not bar
  return at
end

local tags = {
  meta = function() return true end,
  class = function(rest, names, known)
    local name, parent = string.match(rest, "^([%a_][%w_.]*)%s*:?%s*([%w_.]*)$")
    if parent and parent ~= "" then names[#names + 1] = parent end
    if name then known[name] = true end
    return name
  end,
  alias = function(rest, names, known)
    local name, at = string.match(rest, "^([%a_][%w_.]*)%s+()")
    if name then known[name] = true end
    return name and read_type(rest, at, names)
  end,
  field = function(rest, names)
    local at = string.match(rest, "^[%a_][%w_]*%??%s+()") or string.match(rest, "^%[[%w]+%]%s+()")
    local stop = at and read_type(rest, at, names)
    return stop and (stop > #rest or string.find(rest, "^%s", stop))
  end,
  param = function(rest, names)
    local at = string.match(rest, "^[%a_][%w_]*%??%s+()")
    return at and read_type(rest, at, names)
  end,
}
tags["return"] = function(rest, names) return read_type(rest, 1, names) end
tags.type = tags["return"]
tags.overload = tags["return"]

-- Faults of a LuaCATS file: it is Lua, every annotation can be read, every type is known, no class has a field twice.
function E.check(path, text)
  local faults = {}
  if not string.find(path, "%.lua$") then return faults end
  local chunk, why = load(text, "@" .. path, "t")
  if not chunk then faults[1] = why end
  local known, used, number, fields = {}, {}, 0, nil
  for line in string.gmatch(text, "([^\n]*)\n") do
    number = number + 1
    local tag, rest = string.match(line, "^%-%-%-@(%a+)%s*(.*)$")
    if tag then
      local names = {}
      if not tags[tag] or not tags[tag](rest, names, known) then
        faults[#faults + 1] = path .. ":" .. number .. ": cannot be read: " .. line
      end
      for _, name in ipairs(names) do used[#used + 1] = { name = name, line = number } end
      if tag == "class" then fields = {} end
      local field = tag == "field" and string.match(rest, "^(%S-)%??%s")
      if field and fields and fields[field] then
        faults[#faults + 1] = path .. ":" .. number .. ": the field " .. field .. " stands twice"
      elseif field and fields then
        fields[field] = true
      end
    end
  end
  for _, use in ipairs(used) do
    if not (known[use.name] or builtin[use.name]) then
      faults[#faults + 1] = path .. ":" .. use.line .. ": unknown type " .. use.name
    end
  end
  return faults
end

return E
