-- SPDX-License-Identifier: Apache-2.0
-- Where the loops of a Lua text are, by its tokens alone: the text may be one that did not run to its end. A rule that
-- was stopped is told on which line the loop begins, which is where it has to be mended.
local lex = use "lex"

local opens = { ["function"] = true, ["if"] = true, ["repeat"] = true, ["while"] = true, ["for"] = true, ["do"] = true }
local is_loop = { ["repeat"] = true, ["while"] = true, ["for"] = true }

-- The line of the label of that name that stands before, in a block that is open still, of the same function.
local function label_before(open, root, name)
  for i = #open, 0, -1 do
    local block = open[i] or root
    if block.labels[name] then return block.labels[name] end
    if block.kind == "function" then return nil end
  end
end

-- All loops, each { first, last } line; a loop inside another comes before that. `ends`: a `for`, which comes to an end
-- by itself, sooner or later. A `goto` back to a label is a loop as well.
local function list(text)
  local next_token = lex.lexer(text)
  local root = { labels = {} }
  local open, found = {}, {}
  local before
  while true do
    local kind, value, line = next_token()
    local top = open[#open]
    if kind == "eof" then return found end
    if kind == "name" and before == "::" then
      (top or root).labels[value] = line
    elseif kind == "name" and before == "goto" then
      local label = label_before(open, root, value)
      if label then found[#found + 1] = { first = label, last = line, ends = false } end
    end
    before = kind
    if kind == "do" and top and top.wants_do then
      top.wants_do = nil
    elseif opens[kind] then
      open[#open + 1] = { kind = kind, first = line, labels = {}, wants_do = (kind == "while" or kind == "for") or nil }
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

-- Functions whose text calls them by their own name: { line, name }.
local function self_callers(text)
  local next_token = lex.lexer(text)
  local open, found = {}, {}
  local before, name -- `name`: of the variable that stands before
  while true do
    local kind, value, line = next_token()
    local top = open[#open]
    if kind == "eof" then return found end
    if kind == "do" and top and top.wants_do then
      top.wants_do = nil
    elseif opens[kind] then
      open[#open + 1] = { line = line, wants_do = (kind == "while" or kind == "for") or nil }
    elseif (kind == "end" or kind == "until") and top then
      open[#open] = nil
    elseif kind == "name" and before == "function" and top then
      top.name = value
    elseif kind == "(" and name then
      for _, block in ipairs(open) do
        if block.name == name then found[#found + 1] = { line = block.line, name = name } end
      end
    end
    name = kind == "name" and before ~= "function" and before ~= "." and before ~= ":" and value or nil
    before = kind
  end
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
  local by_file, callers, out = {}, {}, {}
  for _, fn in ipairs(functions) do
    local info = debug.getinfo(fn, "S")
    local file = string.match(info.source, "^@(.*)")
    local found = file and by_file[file]
    if file and not found then
      local text = host.source(file)
      local any = string.find(text, "while", 1, true) or string.find(text, "repeat", 1, true)
        or string.find(text, "for", 1, true) or string.find(text, "goto", 1, true)
      found = any and list(text) or {}
      by_file[file] = found
    end
    if found and #found > 0 then
      local lines = lines_in(found, info.linedefined, info.lastlinedefined)
      if #lines == 0 then lines = lines_in(found, 1, math.huge) end -- of a function that it calls
      out[fn] = { #lines == 1 and lines[1] or 0, join(lines) }
    elseif file then
      local text = host.source(file)
      callers[file] = callers[file] or string.find(text, "function%s+[%a_]") and self_callers(text) or {}
      local one = callers[file][1]
      if one then
        out[fn] = { one.line, 'does the function "' .. one.name .. '" on line ' .. one.line
          .. " call itself without end?" }
      end
    end
  end
  return out
end

return { around = around, of_functions = of_functions }
