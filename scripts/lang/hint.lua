-- SPDX-License-Identifier: Apache-2.0
-- A text that Lua refuses: on which line the mend goes, what is wrong and what would be right. Our own parser reads the
-- text up to the token at which it stops being Lua, and knows what it was about to read there.
local lex = use "lex"
local parse = use "parse"
local problems = use "problems"

local char, find, format, sub = string.char, string.find, string.format, string.sub

-- ---- characters that are not Lua's ---------------------------------------------------------------------------------

local plain = { ["“"] = '"', ["”"] = '"', ["„"] = '"', ["‟"] = '"', ["«"] = '"', ["»"] = '"', ["‘"] = "'", ["’"] = "'",
  ["「"] = '"', ["」"] = '"', ["『"] = '"', ["』"] = '"', ["、"] = ",", ["。"] = ".", ["【"] = "[", ["】"] = "]",
  ["《"] = "<", ["》"] = ">", ["〈"] = "<", ["〉"] = ">", ["—"] = "-", ["–"] = "-", ["−"] = "-", ["×"] = "*", ["÷"] = "/",
  ["≠"] = "~=", ["≤"] = "<=", ["≥"] = ">=", ["…"] = "...", ["·"] = ".", ["　"] = "a space", ["\194\160"] = "a space",
  ["\239\187\191"] = "nothing" }
local quotes = { ['"'] = true, ["'"] = true }

-- U+FF01 to U+FF5E are the printable ASCII characters in full width.
local function full_width(c)
  local a, b, d = string.byte(c, 1, 3)
  if a ~= 239 or (b ~= 188 and b ~= 189) then return nil end
  local code = (b - 188) * 64 + d - 128 + 32
  return code >= 33 and code <= 126 and char(code) or nil
end

local signs = {
  ["?"] = { "Lua has no a ? b : c", "write (a and b or c)" },
  ["@"] = { '"@" means nothing here', "leave it out" },
  ["$"] = { '"$" means nothing here', 'amounts are written money "19.90"' },
  ["`"] = { "` is no quote of Lua", 'texts stand in "..."' },
  ["\\"] = { "a backslash means something inside quotes only", "leave it out" },
}

local function of_character(f, text)
  local c = f.value
  if c == "!" then
    if sub(text, f.pos + 1, f.pos + 1) == "=" then return '"!=" is not Lua', '"is not equal" is written ~=' end
    return '"!" is not Lua', 'write "not"'
  end
  local sign = signs[c]
  if sign then return sign[1], sign[2] end
  local instead = plain[c] or full_width(c)
  if instead and quotes[instead] then return "the quote " .. c .. " is not one of Lua's", "write " .. instead end
  if instead == "!" then return "the character " .. c .. " is not Lua", 'write "not", or ~= for "is not equal"' end
  if instead then
    return "the character " .. c .. " is not Lua: outside of quotes only plain (half-width) characters are",
      "write " .. instead
  elseif #c > 1 then
    return string.match(text, "^[\128-\255]+", f.pos)
      .. " stands outside of quotes, where names are of the letters A to Z, digits and _",
      'texts stand in "...", as a key ["..."] = ...'
  end
end

-- A line on which a quote was left out goes wrong anywhere behind it. Only where nothing else can be meant.
local function of_odd_quotes(f, text)
  local from = f.pos
  while from > 1 and sub(text, from - 1, from - 1) ~= "\n" do from = from - 1 end
  local line = string.match(text, "[^\n]*", from)
  if find(line, "['\\]") or find(line, "--", 1, true) or find(line, "[[", 1, true) then return nil end
  local _, n = string.gsub(line, '"', "")
  if n % 2 == 1 then
    return "a quote is missing on this line: it has " .. n .. " of them",
      "each text has one before it and one behind it"
  end
end

-- ---- what is not closed ---------------------------------------------------------------------------------------------

local function of_unfinished(f, text)
  local quote = sub(text, f.pos, f.pos)
  if not quotes[quote] then
    return "what is opened here by " .. (quote == "-" and "--[[" or "[[") .. " is not closed", "write ]] where it ends"
  end
  local from = f.pos
  while from > 1 and sub(text, from - 1, from - 1) ~= "\n" do from = from - 1 end
  local line = string.match(text, "[^\n]*", from)
  for _, other in ipairs { "“", "”", "‘", "’", "＂" } do
    if find(line, other, 1, true) then
      return "the quote " .. other .. " is not one of Lua's: it ends no text that begins with " .. quote,
        "write " .. quote
    end
  end
  return "the text that begins with " .. quote .. " is not closed on this line", "write " .. quote .. " at its end"
end

local function of_missing_end(f)
  local opener = f.suspect or f.opener
  local else_if = opener.else_if or (not f.suspect and f.else_if)
  if else_if then
    return '"else if" opens a second "if", which has no "end"', 'write "elseif", which is one word', else_if
  end
  local closing = opener.kind == "repeat" and "until" or opener.kind == "{" and "}" or "end"
  return format('the "%s" of line %d has no "%s"', opener.kind, opener.line, closing),
    format('what is opened on line %d is not closed: write "%s"', opener.line, closing),
    f.suspect and f.suspect.noticed or f.kind == "eof" and f.before_line or f.line
end

-- ---- = and other signs ----------------------------------------------------------------------------------------------

local function shown(kind, value)
  if kind == "string" then return problems.show(value) end
  if kind == "name" or kind == "number" then return '"' .. value .. '"' end
  return kind == "eof" and "the end of the file" or '"' .. kind .. '"'
end

local twins = { -- the token before and the one at hand: operators of other languages
  ["& &"] = { '"&&" is not Lua', 'write "and"' },
  ["| |"] = { '"||" is not Lua', 'write "or"' },
  ["= >"] = { '"=>" is not Lua', '"at least" is written >=' },
  ["= <"] = { '"=<" is not Lua', '"at most" is written <=' },
  ["< >"] = { '"<>" is not Lua', '"is not equal" is written ~=' },
  ["== ="] = { '"===" is not Lua', '"is equal" is written ==' },
  ["~= ="] = { '"~==" is not Lua', '"is not equal" is written ~=' },
  ["= ~"] = { '"=~" is not Lua', '"is not equal" is written ~=' },
}
local arithmetic = { ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true, ["%"] = true, [".."] = true, ["^"] = true,
  ["//"] = true }

local function of_operator(f, text)
  local pair = twins[f.before_kind .. " " .. f.kind]
  if pair and sub(text, f.pos - 1, f.pos - 1) == sub(f.before_kind, -1) then return pair[1], pair[2] end
  pair = f.peek and twins[f.kind .. " " .. f.peek]
  if pair and sub(text, f.pos + 1, f.pos + 1) == f.peek then return pair[1], pair[2] end
  local op = f.kind == "=" and arithmetic[f.before_kind] and f.before_kind
    or f.peek == "=" and arithmetic[f.kind] and f.kind
  if op then return format('"%s=" is not Lua', op), format("write x = x %s ...", op) end
end

local function of_equals(f)
  local compares, write = 'a single "=" does not compare', '"is equal" is written =='
  if f.where == "key" or (lex.keywords[f.before_kind] and f.wanted ~= "end" and f.where ~= "condition"
    and (f.where == "positional" or f.wanted == "(")) then
    return format('"%s" is a word of Lua', f.before_kind), format('as a key write ["%s"] = ...', f.before_kind)
  elseif f.wanted == "}" and f.where == "positional" then
    if f.before_kind == "string" then
      return "a key in quotes stands in brackets", format("write [%s] = ...", shown("string", f.before_value))
    elseif f.before_kind == "number" then
      return "a number as a key stands in brackets", format("write [%s] = ...", f.before_value)
    end
    return compares .. ', and a key is a name or stands in brackets', write .. '; a key is written name = or ["name"] ='
  elseif f.wanted == ")" then
    return compares, write .. "; values with names stand in braces: { name = value }"
  elseif f.wanted == "statement" and f.before_kind == "then" then
    return nil
  elseif f.wanted ~= "expression" and f.wanted ~= "name" and f.wanted ~= "(" then
    return compares, write
  end
end

-- ---- tables ---------------------------------------------------------------------------------------------------------

local items = { ["name"] = true, ["string"] = true, ["number"] = true, ["{"] = true, ["["] = true, ["function"] = true,
  ["nil"] = true, ["true"] = true, ["false"] = true, ["not"] = true }
local declares -- set by hint: the words of the language

local function at_line_start(f, text) return f.pos == 1 or sub(text, f.pos - 1, f.pos - 1) == "\n" end

local statements = { ["return"] = true, ["local"] = true, ["if"] = true, ["for"] = true, ["while"] = true }

local function of_table(f, text)
  if f.kind == "eof" then
    local opener = f.suspect or f.opener
    return format('the "%s" of line %d is not closed', opener.kind, opener.line),
      format('what is opened on line %d is not closed: write "%s"', opener.line, opener.kind == "{" and "}" or "end"),
      opener.line
  elseif f.kind == ":" then
    return 'Lua writes "=" between a name and its value', 'write name = value, or ["a name"] = value'
  elseif f.kind == "name" and at_line_start(f, text) and declares[f.value] then
    return format('the "{" of line %d is not closed before %s begins', f.opener.line, shown(f.kind, f.value)),
      'write "}" where it ends', f.before_line
  elseif f.kind == "end" then
    return 'there is one "end" too many', 'leave it out; a table is closed by "}"'
  elseif f.kind == "]" or f.kind == ")" then
    return format('the "{" of line %d is closed by "%s"', f.opener.line, f.kind), 'write "}"'
  elseif f.before_kind == "string" and f.kind == "name" and find(sub(text, f.pos - 1, f.pos - 1), "[\"']") then
    return "the text ends at its second quote, before " .. shown(f.kind, f.value),
      [[a text with ' in it stands in "...", one with " in it in '...']]
  elseif f.before_kind == ")" and statements[f.kind] then -- funtion(member) return ...
    local word = string.match(sub(text, 1, f.pos - 1), "(%a+)%s*%b()%s*$")
    return 'here begins the body of a function, and no "function" stands before it',
      word and format('did you mean "function" where "%s" stands?', word) or "write function(member) ... end"
  elseif f.before_kind == "name" and f.kind == "name" and f.peek ~= "=" and f.line == f.before_line then
    return format('%s and %s are two words', shown("name", f.before_value), shown("name", f.value)),
      format('texts stand in quotes: "%s %s"', f.before_value, f.value)
  elseif items[f.kind] then
    return format("a comma is missing between %s and %s", shown(f.before_kind, f.before_value), shown(f.kind, f.value)),
      format('write "," after %s', shown(f.before_kind, f.before_value)), f.before_line
  end
end

-- ---- words ----------------------------------------------------------------------------------------------------------

local comments = { ["//"] = true, ["/"] = true, ["#"] = true }
local elseifs = { elif = true, elsif = true, elsefif = true }
local closers = { ["}"] = true, [")"] = true, ["]"] = true }

local function of_statement(f)
  if f.opener and (closers[f.kind] or f.kind == ",") then return of_missing_end(f) end
  if closers[f.kind] then
    return format('this "%s" closes nothing', f.kind), "leave it out, or see what should be open here"
  elseif comments[f.kind] then
    return format('"%s" begins nothing here', f.kind), "a comment begins with --"
  elseif f.before_kind == "name" and elseifs[f.before_value] then
    return shown("name", f.before_value) .. " is not Lua", 'write "elseif"'
  elseif f.before_kind == "name" and (f.kind == "name" or f.kind == "string" or f.kind == "(" or f.kind == "number"
    or lex.keywords[f.kind]) then
    local near = problems.nearest(f.before_value, lex.keywords, { program = true, include = true })
    if near then return shown("name", f.before_value) .. " is no word of Lua", format('did you mean "%s"?', near) end
  end
  if f.before_kind == "name" and f.kind == "name" and declares[f.before_value] then
    return format("%s takes its name in quotes", shown("name", f.before_value)),
      format('write %s "%s"', f.before_value, f.value)
  end
  if f.before_kind == "name" or f.before_kind == "string" or f.before_kind == ")" or f.before_kind == "]" then
    return "an expression alone does nothing", 'is "return" (or "local x =") missing in front of it?'
  end
end

local function of_name(f)
  if lex.keywords[f.kind] and f.where == "index" then
    return format('"%s" is a word of Lua', f.kind), format('write ["%s"] in place of .%s', f.kind, f.kind)
  elseif f.where == "method" then
    return 'after ":" comes the name of a method', 'between a key and its value stands "=": name = value'
  elseif lex.keywords[f.kind] then
    return format('"%s" is a word of Lua and cannot be a name', f.kind), "choose another name"
  end
end

local by_wanted = {
  ["then"] = function(f)
    return '"then" is missing after the condition', f.kind == "do" and 'write "then" in place of "do"'
      or 'write "then" at the end of the condition', f.before_line
  end,
  ["do"] = function(f)
    return '"do" is missing', f.kind == "then" and 'write "do" in place of "then"'
      or 'write "do" before what is repeated', f.before_line
  end,
  ["in"] = function()
    return "a loop is written otherwise", "write for i = 1, 3 do, or for key, value in pairs(t) do"
  end,
  ["}"] = of_table,
  ["statement"] = of_statement,
  ["name"] = of_name,
  ["key"] = function(f)
    return format('"%s" is a word of Lua', f.kind), format('as a key write ["%s"] = ...', f.kind)
  end,
  ["("] = function(f)
    if f.kind == "name" and f.before_kind == "function" then
      return "a function in a table has its name in front", format("write %s = function(...) ... end", f.value)
    end
  end,
  ["arguments"] = function(f)
    return "a method is called: its arguments are missing", format("write %s(...), or a dot for a field", f.before_value
      or "it")
  end,
  ["eof"] = function(f)
    if f.kind == "end" then return 'there is one "end" too many', "leave it out" end
    return nil
  end,
  ["expression"] = function(f)
    if f.kind == "eof" then return end
    if f.kind == "then" or f.kind == "do" or f.kind == "}" or f.kind == ")" or f.kind == "," or f.kind == "end" then
      return format("something is missing between %s and %s", shown(f.before_kind, f.before_value),
        shown(f.kind, f.value)), nil, f.before_line
    end
  end,
}

local function of_closing(f)
  if f.wanted == "end" or f.wanted == "until" then
    local after = items[f.kind] or f.kind == "if" or f.kind == "local" or f.kind == "for" or f.kind == "return"
    if after and not f.dedented then
      return '"return" is the last thing in its block', 'put what follows before it, or close the block by "end"'
    elseif f.wanted == "end" and f.kind == "until" then
      return '"until" closes nothing', 'write "end"'
    end
    return of_missing_end(f)
  elseif f.wanted == ")" or f.wanted == "]" then
    if items[f.kind] and f.line == f.before_line then
      return format('a comma or "%s" is missing between %s and %s', f.wanted, shown(f.before_kind, f.before_value),
        shown(f.kind, f.value)), 'write "," between two values'
    end
    return format('the "%s" of line %d is not closed', f.opener.kind, f.opener.line),
      format('write "%s" where it ends', f.wanted), f.before_line
  end
end

local function explain(f, text)
  if f.wanted == "depth" then return nil end
  if f.kind == "invalid" then return of_character(f, text) end
  if f.kind == "unfinished" then return of_unfinished(f, text) end
  local message, suggestion, line = of_odd_quotes(f, text)
  if message then return message, suggestion, line end
  message, suggestion, line = of_operator(f, text)
  if not message and f.kind == "=" then message, suggestion, line = of_equals(f) end
  local rule = by_wanted[f.wanted]
  if not message and rule then message, suggestion, line = rule(f, text) end
  if not message and f.opener then message, suggestion, line = of_closing(f) end
  return message, suggestion, line
end

-- `why`: Lua's own words, without the place; `at`: its line; `words`: of the language. Returns line, message and
-- suggestion (or nil).
local function hint(text, at, why, words)
  declares = words
  text = lex.unix_lines(text)
  local _, failure = parse.parse(nil, text, true)
  if not failure then return at, why end
  local message, suggestion, line = explain(failure, text)
  if not message then
    if find(why, "near <eof>", 1, true) then suggestion = "something that was opened is not closed" end
    return at, why, suggestion
  end
  if failure.kind ~= "invalid" then message = message .. " (" .. why .. ")" end -- Lua's words name single bytes there
  return line or failure.line, message, suggestion
end

return { hint = hint }
