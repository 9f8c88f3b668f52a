-- SPDX-License-Identifier: Apache-2.0
-- Where the loops of a Lua text are, by its tokens alone: the text may be one that did not run to its end. A rule that
-- was stopped is told on which line the loop begins, which is where it has to be mended.
local lex = use "lex"

local opens = { ["function"] = true, ["if"] = true, ["repeat"] = true, ["while"] = true, ["for"] = true, ["do"] = true }
local is_loop = { ["repeat"] = true, ["while"] = true, ["for"] = true }

-- All loops, each { first, last } line; a loop inside another comes before that. `ends`: a `for`, which comes to an end
-- by itself, sooner or later.
local function list(text)
  local next_token = lex.lexer(text)
  local open, found = {}, {}
  while true do
    local kind, _, line = next_token()
    local top = open[#open]
    if kind == "eof" then return found end
    if kind == "do" and top and top.wants_do then
      top.wants_do = nil
    elseif opens[kind] then
      open[#open + 1] = { kind = kind, first = line, wants_do = (kind == "while" or kind == "for") or nil }
    elseif (kind == "end" or kind == "until") and top then
      open[#open] = nil
      if is_loop[top.kind] then found[#found + 1] = { first = top.first, last = line, ends = top.kind == "for" } end
    end
  end
end

-- The first line of the loop to blame for a stop at `line`: the innermost around it that need not end, else the
-- innermost; `line` itself when there is none.
local function around(text, line)
  local found
  for _, loop in ipairs(list(text)) do
    if loop.first <= line and line <= loop.last then
      if not loop.ends then return loop.first end
      found = found or loop.first
    end
  end
  return found or line
end

local function join(lines)
  if #lines == 1 then return "the loop on line " .. lines[1] .. " must come to an end" end
  return "one of the loops on lines " .. table.concat(lines, ", ", 1, math.min(#lines, 10) - 1) .. " and "
    .. lines[math.min(#lines, 10)] .. " must come to an end"
end

local function lines_in(found, from, to)
  local lines, seen = {}, {}
  for _, need in ipairs { true, false } do -- loops that need not end, else the others
    for _, loop in ipairs(found) do
      if loop.first >= from and loop.last <= to and not seen[loop.first] and loop.ends ~= need then
        seen[loop.first] = true
        lines[#lines + 1] = loop.first
      end
    end
    if #lines > 0 then break end
  end
  table.sort(lines)
  return lines
end

-- What a function is told when it was stopped: { [function] = { line, text } } for those that loop, or whose file has a
-- function that does. `line` 0: it could be one of several.
local function of_functions(functions)
  local by_file, out = {}, {}
  for _, fn in ipairs(functions) do
    local info = debug.getinfo(fn, "S")
    local file = string.match(info.source, "^@(.*)")
    local found = file and by_file[file]
    if file and not found then
      local text = host.source(file)
      local any = string.find(text, "while", 1, true) or string.find(text, "repeat", 1, true)
        or string.find(text, "for", 1, true)
      found = any and list(text) or {}
      by_file[file] = found
    end
    if found and #found > 0 then
      local lines = lines_in(found, info.linedefined, info.lastlinedefined)
      if #lines == 0 then lines = lines_in(found, 1, math.huge) end -- of a function that it calls
      out[fn] = { #lines == 1 and lines[1] or 0, join(lines) }
    end
  end
  return out
end

return { around = around, of_functions = of_functions }
