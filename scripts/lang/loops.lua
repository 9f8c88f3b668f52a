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

-- The first line of the loop to blame for a stop at `line`: the innermost around it that need not end, else the innermost;
-- `line` itself when there is none.
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

return { list = list, around = around }
