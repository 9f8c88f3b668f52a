-- SPDX-License-Identifier: Apache-2.0
-- The tokens of a Lua text, one at a time. Only texts that Lua itself has compiled are read, so nothing is checked
-- here: what is needed are kinds, values and lines. Used by scan.lua.
local byte, find, gsub, match, sub = string.byte, string.find, string.gsub, string.match, string.sub

local keywords = {}
for word in string.gmatch("and break do else elseif end false for function goto if in local nil not or "
  .. "repeat return then true until while", "%a+") do
  keywords[word] = true
end

local three = { ["..."] = true }
local two = { [".."] = true, ["=="] = true, ["~="] = true, ["<="] = true, [">="] = true, ["//"] = true, ["::"] = true,
  ["<<"] = true, [">>"] = true }

local function newlines(text)
  local _, n = gsub(text, "\n", "\n")
  return n
end

-- The value of a quoted string as written, quotes included.
local function unquote(raw)
  if not find(raw, "\\", 1, true) then return sub(raw, 2, -2) end
  local chunk = host.compile("return " .. raw, "=string", {})
  return chunk and chunk() or raw
end

-- Returns a function that gives kind, value, line of the next token. Kinds: "name", "string", "number", "eof", or the
-- keyword or operator itself.
local function lexer(text)
  if find(text, "\r", 1, true) then
    text = gsub(gsub(gsub(text, "\r\n", "\n"), "\n\r", "\n"), "\r", "\n")
  end
  local pos, line = 1, 1

  local function long_bracket(at) -- [==[ ... ]==] at `at`: content and the position behind it
    local level = match(text, "^%[(=*)%[", at)
    if not level then return nil end
    local from = at + #level + 2
    local close = "]" .. level .. "]"
    local s, e = find(text, close, from, true)
    if not s then return nil end
    local content = sub(text, from, s - 1)
    line = line + newlines(content)
    if byte(content, 1) == 10 then content = sub(content, 2) end
    return content, e + 1
  end

  local function skip_space()
    while true do
      local c = byte(text, pos)
      if c == 10 then
        line, pos = line + 1, pos + 1
      elseif c == 32 or c == 9 or c == 11 or c == 12 then
        pos = match(text, "^[ \t\v\f]+()", pos)
      elseif c == 45 and byte(text, pos + 1) == 45 then
        local _, behind = long_bracket(pos + 2)
        pos = behind or match(text, "^[^\n]*()", pos)
      else
        return c
      end
    end
  end

  local function quoted(quote)
    local from, at = pos, pos + 1
    while true do
      at = find(text, "[\\" .. quote .. "]", at)
      if not at then at = #text break end
      if byte(text, at) ~= 92 then break end
      at = at + 2 -- the escaped character, whatever it is
    end
    local raw = sub(text, from, at)
    pos = at + 1
    line = line + newlines(raw)
    return unquote(raw)
  end

  return function()
    local c = skip_space()
    if not c then return "eof", nil, line end
    local from = line
    if c == 34 then return "string", quoted('"'), from end
    if c == 39 then return "string", quoted("'"), from end
    local name = match(text, "^[%a_][%w_]*", pos)
    if name then
      pos = pos + #name
      if keywords[name] then return name, name, from end
      return "name", name, from
    end
    local number = match(text, "^0[xX][%x%.]*[pP][+-]?%d+", pos) or match(text, "^0[xX][%x%.]+", pos)
      or match(text, "^%.?%d[%d%.]*[eE][+-]?%d+", pos) or match(text, "^%.?%d[%d%.]*", pos)
    if number then
      pos = pos + #number
      return "number", number, from
    end
    if c == 91 then
      local content, behind = long_bracket(pos)
      if content then
        pos = behind
        return "string", content, from
      end
    end
    local op = sub(text, pos, pos + 2)
    if not three[op] then
      op = sub(op, 1, 2)
      if not two[op] then op = sub(op, 1, 1) end
    end
    pos = pos + #op
    return op, op, from
  end
end

return { lexer = lexer, keywords = keywords }
