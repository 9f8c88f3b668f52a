-- SPDX-License-Identifier: Apache-2.0
-- The tokens of a Lua text, one at a time. Texts that Lua has refused are read too, to say where the mend goes: what is
-- no token of Lua comes as "invalid", a text without its closing quote as "unfinished".
local byte, find, gsub, match, sub = string.byte, string.find, string.gsub, string.match, string.sub

local keywords = {}
for word in string.gmatch("and break do else elseif end false for function goto if in local nil not or "
  .. "repeat return then true until while", "%a+") do
  keywords[word] = true
end

local three = { ["..."] = true }
local two = { [".."] = true, ["=="] = true, ["~="] = true, ["<="] = true, [">="] = true, ["//"] = true, ["::"] = true,
  ["<<"] = true, [">>"] = true }
local one = {}
for c in string.gmatch("+-*/%^#&~|<>=(){}[];:,.", ".") do one[c] = true end

local in_name, in_number = {}, {} -- first bytes
for c = 0, 255 do
  in_name[c] = (c >= 65 and c <= 90) or (c >= 97 and c <= 122) or c == 95
  in_number[c] = c >= 48 and c <= 57
end

-- The value of a quoted string as written, quotes included.
local function unquote(raw)
  if not find(raw, "\\", 1, true) then return sub(raw, 2, -2) end
  local chunk = host.compile("return " .. raw, "=string", {})
  return chunk and chunk() or raw
end

local function unix_lines(text)
  if not find(text, "\r", 1, true) then return text end
  return (gsub(gsub(gsub(text, "\r\n", "\n"), "\n\r", "\n"), "\r", "\n"))
end

-- Returns a function that gives kind, value, line, position and last line of the next token. Kinds: "name", "string",
-- "number", "eof", "invalid", "unfinished", or the keyword or operator itself.
local function lexer(text)
  text = unix_lines(text)
  local pos, line = 1, 1
  local next_newline = find(text, "\n", 1, true) or math.huge

  local function line_at(at) -- `at` never goes back
    while next_newline < at do
      line = line + 1
      next_newline = find(text, "\n", next_newline + 1, true) or math.huge
    end
    return line
  end

  local function long_bracket(at) -- [==[ ... ]==] at `at`: content and the position behind it; false: not closed
    local level = match(text, "^%[(=*)%[", at)
    if not level then return nil end
    local from = at + #level + 2
    local s, e = find(text, "]" .. level .. "]", from, true)
    if not s then return false end
    local content = sub(text, from, s - 1)
    if byte(content, 1) == 10 then content = sub(content, 2) end
    return content, e + 1
  end

  -- The first byte of the next token; nothing at the end; false when a comment is not closed.
  local function skip_space()
    while true do
      pos = find(text, "%S", pos)
      if not pos then
        pos = #text + 1
        return nil
      end
      local c = byte(text, pos)
      if c ~= 45 or byte(text, pos + 1) ~= 45 then return c end
      local content, behind = long_bracket(pos + 2)
      if content == false then return false end
      pos = behind or match(text, "^[^\n]*()", pos)
    end
  end

  local function quoted(c)
    local from, at = pos, pos + 1
    local stop = c == 34 and '["\\\n]' or "['\\\n]"
    while true do
      at = find(text, stop, at)
      local found = at and byte(text, at) or 10
      if found == 10 then
        pos = at or #text + 1
        return "unfinished", sub(text, from, pos - 1)
      elseif found ~= 92 then
        break
      elseif byte(text, at + 1) == 122 then -- \z skips space
        at = find(text, "%S", at + 2) or #text + 1
      else
        at = at + 2 -- the escaped character, whatever it is
      end
    end
    pos = at + 1
    return "string", unquote(sub(text, from, at))
  end

  local function operator(c)
    local op = sub(text, pos, pos + 2)
    if not three[op] then
      op = sub(op, 1, 2)
      if not two[op] then op = sub(op, 1, 1) end
    end
    if #op == 1 and not one[op] then
      local character = match(text, c >= 192 and "^[\192-\247][\128-\191]*" or "^.", pos) or op
      pos = pos + #character
      return "invalid", character
    end
    pos = pos + #op
    return op, op
  end

  return function()
    local c = skip_space()
    local from = pos
    local first = line_at(from)
    if c == false then pos = #text + 1 end
    if not c then return c == false and "unfinished" or "eof", nil, first, from, first end
    if in_name[c] then
      local name, behind = match(text, "^([%w_]+)()", from)
      pos = behind
      return keywords[name] and name or "name", name, first, from, first
    elseif c == 34 or c == 39 then
      local kind, value = quoted(c)
      return kind, value, first, from, line_at(pos)
    elseif in_number[c] or (c == 46 and in_number[byte(text, from + 1) or 0]) then
      local number = match(text, "^0[xX][%x%.]*[pP][+-]?%d+", pos) or match(text, "^0[xX][%x%.]+", pos)
        or match(text, "^[%d%.]+[eE][+-]?%d+", pos) or match(text, "^[%d%.]+", pos)
      pos = pos + #number
      return "number", number, first, from, first
    elseif c == 91 then
      local content, behind = long_bracket(from)
      if content then
        pos = behind
        return "string", content, first, from, line_at(pos)
      elseif content == false then
        pos = #text + 1
        return "unfinished", nil, first, from, first
      end
    end
    local kind, value = operator(c)
    return kind, value, first, from, first
  end
end

return { lexer = lexer, keywords = keywords, unix_lines = unix_lines }
