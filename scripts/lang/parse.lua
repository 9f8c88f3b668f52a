-- SPDX-License-Identifier: Apache-2.0
-- Reads the text of a rule file as Lua does. The functions in it become trees (nodes with a kind `t` and a line), which
-- analyse.lua looks through; of the top level only what finish.lua asks for is kept: what each declaration's options
-- are and on which line they stand. A text that Lua has refused is read up to where it goes wrong, for hint.lua.
--
-- Expressions: nil, true, false, vararg, string { value }, number { value }, name { name, var }, function { params,
-- body, last }, table { items = { { key, value, line } } }, index { obj, key }, call { fn, args },
-- method { obj, name, args }, op { op, left, right }, unary { op, arg }. Statements: local, assign, do_call, block,
-- while, repeat, if, for_number, for_in, return, break, jump (goto and its label).
local lex = use "lex"
local problems = use "problems"
local scope = use "scope"

local nodes_max = 100000 -- in the functions of one file: about 25 MB
local depth_max = 220    -- Lua itself stops at 200 levels

-- Of binary operators: how strongly they bind to the left and to the right.
local left_of = { ["or"] = 1, ["and"] = 2, ["<"] = 3, [">"] = 3, ["<="] = 3, [">="] = 3, ["~="] = 3, ["=="] = 3,
  ["|"] = 4, ["~"] = 5, ["&"] = 6, ["<<"] = 7, [">>"] = 7, [".."] = 9, ["+"] = 10, ["-"] = 10, ["*"] = 11, ["/"] = 11,
  ["//"] = 11, ["%"] = 11, ["^"] = 14 }
local right_of = {}
for op, priority in next, left_of do right_of[op] = priority end
right_of[".."], right_of["^"] = 8, 13
local unary_priority = 12
local unary = { ["not"] = true, ["-"] = true, ["#"] = true, ["~"] = true }
local bitwise = { ["&"] = true, ["|"] = true, ["~"] = true, ["<<"] = true, [">>"] = true }
local counted = { did = true, since = true }
local block_ends = { ["eof"] = true, ["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true }
local constants = { ["nil"] = true, ["true"] = true, ["false"] = true, ["..."] = true }

local function parser(file, text, report)
  local names = scope.new(file, report)
  local next_token = lex.lexer(text)
  local kind, value, line, pos, last -- of the token at hand
  local ahead                        -- the one behind it, when somebody looked
  local before_kind, before_last = "eof", 1 -- of the token before
  local before_value
  local depth, fn_depth, nodes = 0, 0, 0
  local light = report.light                -- no trees are wanted: nodes are made, but not put together
  local expression, block, function_body, table_constructor

  local function advance()
    before_kind, before_value, before_last = kind or "eof", value, last or 1
    if ahead then
      kind, value, line, pos, last = ahead[1], ahead[2], ahead[3], ahead[4], ahead[5]
      ahead = nil
    else
      kind, value, line, pos, last = next_token()
    end
  end

  local function peek()
    if not ahead then ahead = { next_token() } end
    return ahead[1]
  end

  local dedented

  -- Here the text is not Lua. `wanted`: the token, or what it would be; `opener`: { kind, line } of what it closes.
  local function fail(wanted, opener, where)
    error({ wanted = wanted, opener = opener, where = where, kind = kind, value = value, line = line, pos = pos,
      before_kind = before_kind, before_value = before_value, before_line = before_last, peek = peek(),
      peek_value = ahead[2], else_if = report.else_if, suspect = report.suspect,
      dedented = opener and dedented(opener) }, 0)
  end

  local function accept(wanted)
    if kind ~= wanted then return false end
    advance()
    return true
  end

  local function expect(wanted, opener, where)
    if kind ~= wanted then fail(wanted, opener, where) end
    advance()
  end

  local function name_token(where)
    if kind ~= "name" then fail("name", nil, where) end
    local name = value
    advance()
    return name
  end

  local function node(t, at)
    if (fn_depth > 0 or t == "function") and not light then
      nodes = nodes + (t == "function" and 3 or 1)
      if nodes > nodes_max then
        light, report.light, report.functions = true, true, {}
      end
    end
    return { t = t, line = at }
  end

  local function deeper()
    depth = depth + 1
    if depth > depth_max then fail("depth") end
  end

  -- ---- blocks that end with a word --------------------------------------------------------------------------------

  local function indent_of(at)
    local from = at
    while from > 1 and string.byte(text, from - 1) ~= 10 do from = from - 1 end
    local blank = string.match(text, "^[ \t]*()", from)
    return blank - from, blank == at
  end

  local function opener_here(what) return { kind = what, line = line, pos = pos } end

  -- The token at hand is the first on its line, and stands no further right than the line of the opener.
  function dedented(opener)
    local column, first = indent_of(math.min(pos, #text))
    return first and line > opener.line and column <= indent_of(opener.pos)
  end

  -- Only for texts that Lua has refused: an `end` that stands further left than what it closes was meant for another.
  local function compare_indent(opener)
    if report.suspect or line == opener.line then return end
    local column, first = indent_of(pos)
    if first and column < indent_of(opener.pos) then
      report.suspect = opener
      opener.noticed = line
    end
  end

  local function close_block(wanted, opener)
    if report.refused and kind == wanted then compare_indent(opener) end
    expect(wanted, opener)
  end

  -- ---- expressions ------------------------------------------------------------------------------------------------

  -- The keys of a table: { [key] = { line, keys, fn } }, `fn`: the function's number; under 0 the line of the table,
  -- and whether a key stands twice in it.
  local function note_key(keys, key, key_line, item)
    local first = keys[key]
    if first and file then
      problems.add("duplicate_name", file, key_line, 'the key "' .. tostring(key)
        .. '" stands twice in one table (first on line ' .. first.line .. "): the first would be lost",
        "leave one of them out")
      keys[0] = first
    end
    keys[key] = { line = key_line, keys = item.keys, fn = item.id }
  end

  function table_constructor()
    local opener = opener_here("{")
    local made, items, keys, n = node("table", line), {}, {}, 0
    advance()
    while kind ~= "}" do
      local key, key_line, key_node = nil, line, nil
      if kind == "name" and peek() == "=" then
        key = value
        names.constant(key)
        advance()
        advance()
      elseif kind == "[" then
        local bracket = opener_here("[")
        advance()
        key_node = expression("bracket")
        if key_node.t == "string" then key = key_node.value end
        expect("]", bracket)
        expect("=", nil, "key")
      else
        if lex.keywords[kind] and peek() == "=" then fail("key") end
        if kind == "name" and fn_depth == 0 and peek() == "==" and not names.find(value) then
          report.compared = report.compared or { name = value, line = line } -- meant: name = value
        end
        n = n + 1
        key = n
      end
      local item = expression("item")
      if key ~= nil then note_key(keys, key, key_line, item) end
      if fn_depth > 0 and not light then
        items[#items + 1] = { key = key, computed = key_node, value = item, line = key_line }
      end
      if kind ~= "," and kind ~= ";" then
        if kind ~= "}" then fail("}", opener, key == n and "positional" or "item") end
        break
      end
      advance()
    end
    if report.refused then compare_indent(opener) end
    advance()
    keys[0] = { line = made.line, doubled = keys[0] ~= nil }
    made.items, made.keys = items, keys
    return made
  end

  local function parameters(fn)
    local list = {}
    local opener = opener_here("(")
    expect("(", nil, "parameters")
    if kind ~= ")" then
      repeat
        if kind == "..." then
          advance()
          break
        end
        list[#list + 1] = names.declare(name_token("parameters"))
      until not accept(",")
    end
    expect(")", opener)
    fn.params = list
  end

  -- `opener`: where `function` stands.
  function function_body(opener, at, method)
    local mark = names.mark()
    local made = node("function", at)
    local fn = names.open_function(at)
    fn_depth = fn_depth + 1
    made.fn = fn
    local self = method and names.declare("self")
    parameters(made)
    if self then table.insert(made.params, 1, self) end
    made.body = block(opener)
    made.last = line
    close_block("end", opener)
    names.close_function(made.last)
    names.close(mark)
    fn_depth = fn_depth - 1
    local id = report.functions_n + 1
    made.id, report.functions_n = id, id
    if not light then report.functions[id] = made end
    return made
  end

  local function arguments()
    if kind == "string" then
      local made = node("string", line)
      made.value = value
      names.constant(value)
      advance()
      return { made }
    elseif kind == "{" then
      return { table_constructor() }
    end
    local opener = opener_here("(")
    local args = {}
    if kind ~= "(" then fail("arguments") end
    advance()
    if kind ~= ")" then
      repeat args[#args + 1] = expression("argument") until not accept(",")
    end
    expect(")", opener)
    return args
  end

  local function primary()
    if kind == "name" then
      local made = node("name", line)
      made.name = value
      advance()
      return made
    elseif kind == "(" then
      local opener = opener_here("(")
      advance()
      local made = expression("parenthesis")
      expect(")", opener)
      return made, true
    end
    fail("expression")
  end

  local function note_declaration(word, title, at, argument)
    local all = report.declarations
    all[#all + 1] = { word = word, name = title, line = at, keys = argument.keys }
  end

  -- A name that is read; a plain one alone is left to the caller, which may be about to assign it.
  local function used(made)
    if made.t == "name" and not made.read then
      made.read = true
      made.var = names.use(made.name, made.line)
    end
  end

  local function suffixed()
    local first = line
    local made, closed = primary()
    local word, title -- of a declaration: earn "title" { ... }
    if made.t == "name" and not names.find(made.name) then word = made.name end
    while true do
      if kind == "." then
        used(made)
        advance()
        local key = node("string", line)
        key.value = name_token("index")
        names.constant(key.value)
        local outer = node("index", key.line)
        if not light then outer.obj, outer.key = made, key end
        made, word = outer, nil
      elseif kind == "[" then
        used(made)
        local opener = opener_here("[")
        local outer = node("index", line)
        advance()
        local key = expression("bracket")
        if not light then outer.obj, outer.key = made, key end
        expect("]", opener)
        made, word = outer, nil
      elseif kind == ":" then
        used(made)
        advance()
        local outer = node("method", line)
        outer.name = name_token("method")
        if not light then outer.obj = made end
        names.constant(outer.name)
        local args = arguments()
        if not light then outer.args = args end
        local arg = args[1]
        if counted[outer.name] and arg and arg.t == "string" then
          local counts = report.counts
          counts[#counts + 1] = { event = arg.value, line = outer.line }
        end
        if outer.name == "earned" then
          report.earned[arg and arg.t == "string" and arg.value or true] = true
        end
        made, word = outer, nil
      elseif kind == "string" or kind == "{" or kind == "(" then
        used(made)
        local outer = node("call", line)
        local args = arguments()
        if not light then outer.fn, outer.args = made, args end
        local arg = args[1]
        if word and arg and arg.t == "table" then note_declaration(word, title, first, arg) end
        title = arg and arg.t == "string" and arg.value or nil
        made = outer
      else
        return made, closed
      end
      closed = false
    end
  end

  local function simple(where)
    local made
    if constants[kind] then
      made = node(kind, line)
      advance()
    elseif kind == "string" or kind == "number" then
      made = node(kind, line)
      made.value = value
      names.constant(value)
      advance()
    elseif kind == "{" then
      return table_constructor()
    elseif kind == "function" then
      local opener = opener_here("function")
      advance()
      return function_body(opener, line) -- the line that Lua itself notes as the first: that of the parenthesis
    elseif kind == "name" or kind == "(" then
      made = suffixed()
      used(made)
    else
      fail("expression", nil, where)
    end
    return made
  end

  -- An operand and what binds more strongly than `limit`.
  local function operation(limit, where)
    deeper()
    local left
    if unary[kind] then
      local op = kind
      left = node("unary", line)
      left.op = op
      if op == "~" then names.bitwise(line) end
      advance()
      left.arg = operation(unary_priority, "operand")
    else
      left = simple(where)
    end
    local priority = left_of[kind]
    while priority and priority > limit do
      local op = kind
      local made = node("op", line)
      if bitwise[op] then names.bitwise(line) end
      advance()
      local right = operation(right_of[op], "operand")
      if not light then made.op, made.left, made.right = op, left, right end
      left, priority = made, left_of[kind]
    end
    depth = depth - 1
    return left
  end

  function expression(where) return operation(0, where) end

  local function expressions(where)
    local list = { expression(where) }
    while accept(",") do list[#list + 1] = expression(where) end
    return list
  end

  -- ---- statements -------------------------------------------------------------------------------------------------

  local S = {}

  local function block_in_scope(opener)
    local mark = names.mark()
    local made = block(opener)
    names.close(mark)
    return made
  end

  S["if"] = function()
    local opener = opener_here("if")
    local made = node("if", line)
    made.clauses = {}
    repeat
      local clause = { line = line }
      local start = opener_here(kind)
      advance()
      clause.cond = expression("condition")
      expect("then", start, "condition")
      clause.body = block_in_scope(opener)
      made.clauses[#made.clauses + 1] = clause
    until kind ~= "elseif"
    if kind == "else" then
      local at = line
      advance()
      if kind == "if" and line == at then
        opener.else_if = line
        report.else_if = report.else_if or line
      end
      made.otherwise = block_in_scope(opener)
    end
    close_block("end", opener)
    return made
  end

  S["while"] = function()
    local opener = opener_here("while")
    local made = node("while", line)
    advance()
    made.cond = expression("condition")
    expect("do", opener, "condition")
    made.body = block_in_scope(opener)
    close_block("end", opener)
    return made
  end

  S["do"] = function()
    local opener = opener_here("do")
    local made = node("block", line)
    advance()
    made.body = block_in_scope(opener)
    close_block("end", opener)
    return made
  end

  S["for"] = function()
    local opener = opener_here("for")
    local made = node("for_number", line)
    advance()
    local list = { name_token("for") }
    while accept(",") do list[#list + 1] = name_token("for") end
    if kind == "in" then made.t = "for_in" elseif kind ~= "=" or #list > 1 then fail("in", opener, "for") end
    advance()
    made.values = expressions("for")
    expect("do", opener, "for")
    local mark = names.mark()
    made.vars = {}
    for i, name in ipairs(list) do made.vars[i] = names.declare(name) end
    made.body = block(opener)
    names.close(mark)
    close_block("end", opener)
    return made
  end

  S["repeat"] = function()
    local opener = opener_here("repeat")
    local made = node("repeat", line)
    advance()
    local mark = names.mark()
    made.body = block(opener)
    close_block("until", opener)
    made.cond = expression("condition") -- sees the locals of the block
    names.close(mark)
    return made
  end

  S["function"] = function()
    local opener = opener_here("function")
    local made = node("assign", line)
    advance()
    local start = line
    local target = node("name", line)
    target.name = name_token("function")
    local method = false
    while kind == "." or kind == ":" do
      method = kind == ":"
      used(target)
      advance()
      local outer, key = node("index", line), node("string", line)
      key.value = name_token("function")
      names.constant(key.value)
      outer.obj, outer.key = target, key
      target = outer
      if method then break end
    end
    if target.t == "name" then target.var = names.assign(target.name, start) end
    made.targets = { target }
    made.values = { function_body(opener, made.line, method) }
    return made
  end

  S["local"] = function()
    local made = node("local", line)
    advance()
    if kind == "function" then
      local opener = opener_here("function")
      advance()
      made.vars = { names.declare(name_token("function")) }
      made.values = { function_body(opener, line) }
      return made
    end
    local list, const = {}, {}
    repeat
      list[#list + 1] = name_token("local")
      if accept("<") then
        const[#list] = name_token("attribute")
        expect(">")
      end
    until not accept(",")
    made.values = accept("=") and expressions("value") or {}
    made.vars = {}
    for i, name in ipairs(list) do
      made.vars[i] = names.declare(name)
      if const[i] and #list == #made.values then made.vars[i].const = made.values[i] end
    end
    return made
  end

  S["return"] = function()
    local made = node("return", line)
    advance()
    made.values = {}
    if not block_ends[kind] and kind ~= ";" then made.values = expressions("return") end
    accept(";")
    return made
  end

  S["goto"] = function()
    local made = node("jump", line)
    advance()
    name_token("goto")
    return made
  end

  S["::"] = function()
    local made = node("jump", line)
    advance()
    name_token("label")
    expect("::")
    return made
  end

  S["break"] = function()
    local made = node("break", line)
    advance()
    return made
  end

  local function target_of(made, closed)
    local fits = (made.t == "name" or made.t == "index") and not closed
    if not fits then fail("statement") end
    return made
  end

  local function expression_statement()
    local at = line
    local first, closed = suffixed()
    if kind ~= "=" and kind ~= "," then
      if closed or (first.t ~= "call" and first.t ~= "method") then fail("statement") end
      local made = node("do_call", at)
      made.call = first
      return made
    end
    local made = node("assign", at)
    local targets = { target_of(first, closed) }
    while accept(",") do targets[#targets + 1] = target_of(suffixed()) end
    expect("=", nil, "statement")
    made.targets, made.values = targets, expressions("value")
    for _, target in ipairs(targets) do
      if target.t == "name" then target.var = names.assign(target.name, target.line) end
    end
    return made
  end

  function block(opener) -- nothing: the whole file
    deeper()
    local list = {}
    while not block_ends[kind] do
      local statement = S[kind]
      if statement then
        local made = statement()
        if not light then list[#list + 1] = made end
        if made.t == "return" then break end -- the last one of a block
      elseif kind ~= ";" then
        if kind ~= "name" and kind ~= "(" then fail("statement", opener) end
        local made = expression_statement()
        if not light then list[#list + 1] = made end
      else
        advance()
      end
    end
    depth = depth - 1
    return light and {} or list
  end

  return function()
    advance()
    names.open_function(0)
    block()
    if kind ~= "eof" then fail("eof") end
    names.close_function(line)
    report.nodes = nodes
  end
end

-- What the text of a file is made of:
--   globals       { { name, line } }        each use of a name that is not local
--   counts        { { event, line } }       member:did "X", member:since "X"
--   earned        { [points] = true }       member:earned "points"; [true]: points that only a call knows
--   declarations  { { word, name, line, keys } }, keys: { [key] = { line, keys, fn } }
--   assigned      { ["first:last line of a function"] = { [name] = true } }, locals of an enclosing function that it
--                 assigns
--   functions     the functions by number, in the order of their ends; `light`: none are kept, because they were not
--                 wanted or are too large to be looked through
--   nodes         how many nodes they have
-- `file`: problems with names are reported under it; nil for a text that Lua has refused: nothing is reported, and the
-- second value is where it goes wrong (see `fail`).
local function parse(file, text, light)
  local report = { globals = {}, counts = {}, earned = {}, declarations = {}, assigned = {}, functions = {},
    functions_n = 0, nodes = 0, light = light, refused = not file }
  local ok, failure = pcall(parser(file, lex.unix_lines(text), report))
  if ok then return report end
  if type(failure) ~= "table" then error(failure, 0) end
  return report, failure
end

return { parse = parse }
