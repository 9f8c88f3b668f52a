-- SPDX-License-Identifier: Apache-2.0
-- One declaration (`earn "stars" { ... }`) while it is checked: its body, where it and each of its options stand, and
-- how a problem with it is said.
local problems = use "problems"

local D = {}
D.__index = D

local function new(word, name, file, line, body)
  return setmetatable({ word = word, name = name, file = file, line = line, body = body, bad = false }, D)
end

-- `earn "stars"`, the way a message begins.
function D:title()
  return self.name and (self.word .. ' "' .. self.name .. '"') or self.word
end

-- "expire.after", "level 2" for { "expire", "after" }, { 2 }.
local function label(path)
  local parts = {}
  for i, key in ipairs(path) do
    parts[i] = type(key) == "number" and ((i == 1 and "entry " or "#") .. key) or tostring(key)
  end
  return table.concat(parts, ".")
end

-- The line of an option: as near as the text tells.
function D:line_of(path)
  local line, keys = self.line, self.keys
  for _, key in ipairs(path or {}) do
    local entry = keys and keys[key]
    if not entry then break end
    line, keys = entry.line, entry.keys
  end
  return line
end

D.label = label

function D:add(code, path, message, suggestion, warning)
  if not warning then self.bad = true end
  if self.guessed then return end -- its word is misspelt, which was said
  if self.builtin then error(self:title() .. ": " .. message) end
  local mark = path and path[#path]
  problems.add(code, self.file, self:line_of(path), self:title() .. ": " .. message, suggestion, warning,
    type(mark) == "string" and mark or nil)
end

function D:warn(code, path, message, suggestion)
  self:add(code, path, message, suggestion, true)
end

local truths = { ["true"] = "true", yes = "true", on = "true", ["false"] = "false", no = "false", off = "false" }

-- What would mend a value, where that is plain from the value alone.
local function mended(value, expected, code)
  local amount = host.money(value)
  local number = type(value) == "number"
  if code == "negative_threshold" then
    local positive = string.match(amount or number and host.number(value) or "", "^%-(.+)")
    if not positive then return end
    return amount and ('did you mean money "' .. positive .. '"?') or ("did you mean " .. positive .. "?")
  elseif amount then
    return string.find(expected, "number", 1, true) and "did you mean " .. amount .. "?" or nil
  elseif number then
    return string.find(expected, "^text") and 'did you mean "' .. host.number(value) .. '"?' or nil
  elseif type(value) ~= "string" then
    return
  elseif tonumber(value) and string.find(expected, "number", 1, true) then
    return "did you mean " .. host.number(tonumber(value)) .. ", without quotes?"
  elseif tonumber(value) and string.find(expected, "^money") then
    return 'did you mean money "' .. value .. '"?'
  elseif truths[value] and string.find(expected, "^true or false") then
    return "did you mean " .. truths[value] .. "?"
  end
end

-- "pending" takes a span of time, not 14. Returns nothing, so that a checker may `return d:wrong(...)`.
function D:wrong(path, value, expected, suggestion, code)
  if value ~= nil and problems.reported[value] then
    self.bad = true
    return
  end
  local shown = path[1] and ('"' .. label(path) .. '"') or "it"
  self:add(code or "wrong_type", path, shown .. " takes " .. expected .. ", not " .. problems.show(value),
    suggestion or mended(value, expected, code) or (self.example and path[#path] == self.example.key
      and "for example " .. self.example.key .. " = " .. self.example.text))
end

function D:missing(path, what, suggestion)
  local parent = {}
  for i = 1, #path - 1 do parent[i] = path[i] end
  self:add("missing_body", parent, '"' .. label(path) .. '" is missing: ' .. what, suggestion)
end

-- A misspelt option is reported, and then taken for the one that was meant: nobody is told that it is missing as well.
-- Where own keys are allowed (`free`), only what looks like that option's value is.
function D:rename_misspelt(options, body, path, free)
  for _, key in ipairs(problems.names(body)) do
    local near = not options[key] and problems.nearest(key, options)
    local known = near and options[near]
    if known and body[near] == nil and not known.later and (not free or (known.looks and known.looks(body[key]))) then
      self:rename(key, near, body, path)
    end
  end
end

-- Nothing is near, but there is one option too many and one is missing: rule "x" { event = ..., act = ... }. Gives true
-- where one is a function and the other is not: then nothing was meant otherwise, and what is missing follows from what
-- is too many: segment "x" { on = ... }.
function D:rename_only(options, body, path)
  local unknown, missing
  for _, key in ipairs(problems.names(body)) do
    if not options[key] then
      if unknown then return end
      unknown = key
    end
  end
  if not unknown then return end
  for _, key in ipairs(problems.names(options)) do
    if options[key].required and body[key] == nil then
      if missing then return end
      missing = key
    end
  end
  if not missing then return end
  local takes_function = string.find(options[missing].type or "", "^fun") ~= nil
  if takes_function ~= (type(body[unknown]) == "function") then return true end
  self:rename(unknown, missing, body, path)
end

-- Report `key` and take it for `meant`.
function D:rename(key, meant, body, path)
  local p = { table.unpack(path) }
  p[#p + 1] = key
  self:add("unknown_option", p, 'unknown option "' .. label(p) .. '"', 'did you mean "' .. meant .. '"?')
  body[meant], body[key] = body[key], nil
  local keys = self.keys
  for _, k in ipairs(path) do keys = keys and keys[k] and keys[k].keys end
  if keys then keys[meant] = keys[key] end
end

-- Check a table against its options: { name = { check, "what it says", required = true, later = true } }. A check is
-- called with (d, path, value) and gives the normalised value, or nil when it has reported a problem. `positional`:
-- integer keys are the caller's; `free`: so are other text keys.
function D:options(options, body, path, positional, free)
  local out = {}
  path = path or {}
  local function at(key)
    local p = { table.unpack(path) }
    p[#p + 1] = key
    return p
  end
  self:rename_misspelt(options, body, path, free)
  local other = not free and self:rename_only(options, body, path)
  local stray = other or false -- a value without its name: it may be what is missing
  for key, value in next, body do
    local option = options[key]
    if type(key) == "number" then
      if not positional then
        stray = true
        self:add("unknown_option", at(key), problems.show(value) .. " stands without a name",
          "every value here has one: " .. problems.one_of(problems.names(options)))
      end
    elseif type(key) ~= "string" then
      self:add("wrong_type", path, "a key is " .. problems.show(key) .. "; keys are names")
    elseif option and option.later then
      self:add("unknown_option", at(key), '"' .. label(at(key))
        .. '" belongs to a later version; this one does not know it yet')
    elseif option and problems.reported[value] then
      self.bad = true
    elseif option then
      self.example = option.example and { key = key, text = option.example } or nil
      out[key] = option[1](self, at(key), value)
    elseif not free then
      self:add("unknown_option", at(key), 'unknown option "' .. label(at(key)) .. '"',
        problems.did_you_mean(key, options) or ("it takes " .. problems.one_of(problems.names(options))))
    end
  end
  for _, key in ipairs(problems.names(options)) do
    if options[key].required and body[key] == nil and not stray then self:missing(at(key), options[key][2]) end
  end
  return out
end

-- Where it was declared, for the normalised tables.
function D:record(out)
  out.file, out.line = self.file, self.line
  if self.name then out.name = self.name end
  return out
end

return { new = new, label = label }
