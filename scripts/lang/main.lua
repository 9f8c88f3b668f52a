-- SPDX-License-Identifier: Apache-2.0
-- The course of loading a rule set. The host (core/rules/load.c) calls, in this order: compile and finished for each
-- rule file, with the compiled chunk run under guard in between; then finish; then freeze. Problems are collected all
-- the while.
local K = use "known"
local finish = use "finish"
local freezing = use "freeze"
local lex = use "lex"
local loops = use "loops"
local parse = use "parse"
local problems = use "problems"
local words = use "words"

local M = { words = words.words }

local counts = {}   -- member:did "X" of all files
local earned = {}   -- member:earned "X"
local assigned = {} -- file -> lines of a function -> names
local chunks = {}
local functions_of = {} -- file -> its functions by number, as parse.lua gives them
local light = {}        -- files whose functions are not looked through
local nodes_left = 40000 -- of trees to keep: about 10 MB; what goes beyond is parsed again
local included, functions, explained

-- ---- names a file uses ---------------------------------------------------------------------------------------------

local elsewhere = {} -- what Lua programmers look for, and rules do not have
for name in string.gmatch("_G _VERSION assert collectgarbage coroutine debug dofile error getmetatable io load "
  .. "loadfile os package pcall rawequal rawget rawlen rawset require setmetatable utf8 warn xpcall", "%S+") do
  elsewhere[name] = true
end
-- Known to functions that run, though the environment may not show them while files are read.
local readers = { now = true, program = true }

-- What other languages call something that Lua has under another name.
local foreign = { null = "nil", None = "nil", NULL = "nil", undefined = "nil", True = "true", TRUE = "true",
  False = "false", FALSE = "false", AND = "and", OR = "or", NOT = "not" }

local environment_names = {}
for _, name in ipairs(host.global_names) do environment_names[name] = true end

local arguments = { member = true, event = true }

-- A name that a function uses several times is told once.
local function check_globals(file, uses)
  local told = {}
  for _, use in ipairs(uses) do
    local name, fn = use.name, use.inside
    local again = fn and told[fn] and told[fn][name]
    if fn then
      told[fn] = told[fn] or {}
      told[fn][name] = true
    end
    if not (again or words.words[name] or environment_names[name] or readers[name]
      or problems.has("global", file, nil, name)) then
      if arguments[name] and fn then
        problems.add("unknown_word", file, use.line, '"' .. name .. '" is no parameter of this function',
          "write function(member, event)")
      elseif arguments[name] then
        problems.add("unknown_word", file, use.line, '"' .. name .. '" is known only inside a function',
          "write function(member, event) return ... end around it")
      elseif elsewhere[name] then
        problems.add("unknown_word", file, use.line, '"' .. name .. '" is not available to rules')
      else
        problems.add("unknown_word", file, use.line, 'unknown word "' .. name .. '"',
          foreign[name] and ('write "' .. foreign[name] .. '"')
          or use.inside and problems.did_you_mean(name, arguments) or problems.did_you_mean(name, words.words)
            or problems.did_you_mean(name, environment_names, readers)
          or 'names stand in quotes, as in "' .. name .. '"; a variable must be declared with local')
      end
    end
  end
end

-- ---- files ---------------------------------------------------------------------------------------------------------

-- What a rule file sees while it is read: the words, what it wrongly assigned (reported already), the rules' own
-- environment.
local wrongly = {}
local file_env = setmetatable({}, {
  __metatable = false,
  __newindex = function(_, name, value) wrongly[name] = value end,
  __index = function(_, name)
    local value = words.words[name]
    if value == nil then value = wrongly[name] end
    if value ~= nil then return value end
    if environment_names[name] then return host.environment[name] end
    return words.unknown(name)
  end,
})

-- A file that was not read to its end: what it seems to declare, by its tokens alone, is not reported as unknown
-- elsewhere.
local function note_unread(text)
  K.all_read = false
  local next_token = lex.lexer(text)
  local before_kind, before
  repeat
    local kind, value = next_token()
    if kind == "string" and before_kind == "name" and words.words[before] then
      K.unread[before .. " " .. value] = {}
    end
    before_kind, before = kind, value
  until kind == "eof"
end

-- The chunk of a rule file, to be run under guard; nil when there is nothing to run.
function M.compile(file, text)
  if string.sub(text, 1, 3) == "\239\187\191" then text = string.sub(text, 4) end -- a byte order mark
  local chunk, why = host.compile(text, "@" .. file, file_env)
  if not chunk then
    local line, message = string.match(why, ":(%d+): (.*)$")
    local suggestion
    line, message, suggestion = use("hint").hint(text, tonumber(line) or 1, message or why, words.words)
    problems.add("syntax", file, line, message, suggestion)
    note_unread(text)
    return nil
  end
  local report = parse.parse(file, text, host.known_good)
  if report.compared then
    local name = report.compared.name
    problems.add("syntax", file, report.compared.line, '"' .. name
      .. ' ==" compares, and an option is given with a single "="',
      "write " .. name .. " = ...")
    note_unread(text)
    return nil
  end
  assigned[file] = report.assigned
  for points in next, report.earned do earned[points] = true end
  for _, c in ipairs(report.counts) do counts[#counts + 1] = { event = c.event, file = file, line = c.line } end
  light[file] = report.light
  nodes_left = nodes_left - report.nodes
  if nodes_left > 0 then functions_of[file] = report.functions end
  check_globals(file, report.globals)
  words.begin_file(file, report.declarations)
  chunks[#chunks + 1] = chunk
  return chunk
end

-- What would be right, for an error of Lua at the top level of a file.
local function reading_hint(message)
  if string.find(message, "^attempt to call a %a+ value") and not string.find(message, "a nil value", 1, true) then
    return 'is a comma missing before the "{" or "("? What follows in this file was not read'
  elseif string.find(message, "nil value", 1, true) or string.find(message, "with nil", 1, true) then
    return "something stands there that was not given a value; what follows in this file was not read"
  end
  return "what follows in this file was not read"
end

-- The chunk has run; `message` when it was stopped by an error at `line`, `killed` when by the guard.
function M.finished(file, message, line, killed)
  words.end_file(message ~= nil)
  if message then note_unread(host.source(file)) end
  if killed then
    problems.add("limit", file, loops.around(host.source(file), math.max(line, 1)),
      killed == "memory" and "reading the file was stopped here: it asks for too much memory"
      or "reading the file was stopped here: it does not come to an end",
      "the top level of a file declares and does not compute; is there a loop without an end?")
  elseif message and not problems.has("unknown_word", file, line) then -- else it is about what that word stands for
    problems.add("syntax", file, math.max(line, 1), message, reading_hint(message))
  end
end

-- A file whose text is not even given to Lua.
function M.problem(code, file, line, message, suggestion)
  problems.add(code, file, line, message, suggestion)
  note_unread(host.source(file))
end

-- For the trees of a text of so many bytes, which take up to a hundred times as much. A rule set that fills the memory
-- of its state without them is not looked through.
local function there_is_room(bytes)
  local needed = math.min(bytes * 100, 30000000)
  if host.lua_bytes - collectgarbage "count" * 1024 < needed then collectgarbage() end
  return host.lua_bytes - collectgarbage "count" * 1024 >= needed
end

-- The functions of a file by number; nothing when they are not looked through. One file that was not kept at a time.
local parsed, parsed_file
local function trees(file)
  if functions_of[file] or light[file] then return functions_of[file] end
  if parsed_file ~= file then
    parsed_file, parsed = file, nil
    local text = host.source(file)
    if text and there_is_room(#text) then
      parsed = parse.parse(nil, (string.gsub(text, "^\239\187\191", ""))).functions
    end
  end
  return parsed
end

-- The normalised declarations, or nil when there are errors; all problems, in order; how many declarations there are;
-- what functions are told that do not end.
function M.finish()
  words.close()
  local out
  out, functions = finish.finish(counts, earned)
  included = words.included
  if not host.known_good then use("analyse").analyse(words.declared, trees) end
  if host.explain and problems.none() then explained = use("explain").explain(out) end
  -- From here on the files' functions see the rules' environment and no words.
  for _, chunk in ipairs(chunks) do debug.setupvalue(chunk, 1, host.environment) end
  freezing.freeze(functions, included, function(file, lines) return assigned[file] and assigned[file][lines] end,
    out.money_places)
  local list, errors = problems.sorted()
  return errors == 0 and out or nil, list, #words.declared, errors == 0 and loops.of_functions(functions) or nil
end

-- What each declaration means, when that was asked for.
function M.explained() return explained or {} end

-- Everything that can be said, as JSON: see describe.lua.
function M.describe(bound) return use("describe").describe(bound) end

return M
