-- SPDX-License-Identifier: Apache-2.0
-- Reads the text of a rule file as a Lua parser would, and keeps what the compiled function no longer tells: which
-- names are assigned that are not local to a function, which names are global, which events a function counts
-- (member:did "X"), and on which line each option of a declaration stands.
local lex = use "lex"
local problems = use "problems"

local bitwise = { ["&"] = true, ["|"] = true, ["~"] = true, ["<<"] = true, [">>"] = true }
local binary = { ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true, ["//"] = true, ["^"] = true, ["%"] = true,
  [".."] = true, ["=="] = true, ["~="] = true, ["<"] = true, ["<="] = true, [">"] = true, [">="] = true,
  ["and"] = true, ["or"] = true, ["&"] = true, ["|"] = true, ["~"] = true, ["<<"] = true, [">>"] = true }
local unary = { ["not"] = true, ["-"] = true, ["#"] = true, ["~"] = true }
local counted = { did = true, since = true }
local block_ends = { ["eof"] = true, ["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true }

-- Lua 5.4.4 miscompiles bitwise operators with constants in a function of more than 256 constants.
local constants_max = 200

local P = {} -- methods of the parser
P.__index = P

function P:advance()
  local kind, value, line = self.kind, self.value, self.line
  if self.ahead then
    self.kind, self.value, self.line = self.ahead[1], self.ahead[2], self.ahead[3]
    self.ahead = nil
  else
    self.kind, self.value, self.line = self.next()
  end
  return value, line, kind
end

function P:peek()
  if not self.ahead then self.ahead = { self.next() } end
  return self.ahead[1]
end

function P:accept(kind)
  if self.kind ~= kind then return false end
  self:advance()
  return true
end

function P:problem(code, line, message, suggestion)
  problems.add(code, self.file, line, message, suggestion)
end

-- ---- scopes ------------------------------------------------------------------------------------------------------

function P:open_scope() self.scope = { outer = self.scope, names = {} } end
function P:close_scope() self.scope = self.scope.outer end
function P:declare(name) self.scope.names[name] = self.fn end

function P:owner(name) -- the function whose local it is; nil: a global
  local scope = self.scope
  while scope do
    local fn = scope.names[name]
    if fn then return fn end
    scope = scope.outer
  end
end

function P:constant(value)
  local fn = self.fn
  if not fn.constants[value] then
    fn.constants[value] = true
    fn.constants_n = fn.constants_n + 1
  end
end

function P:open_function(line)
  self.fn = { outer = self.fn, depth = self.fn and self.fn.depth + 1 or 0, line = line, assigned = {}, constants = {},
    constants_n = 0 }
  self:open_scope()
end

function P:close_function(last)
  local fn = self.fn
  if fn.bitwise and fn.constants_n > constants_max then
    self:problem("limit", fn.bitwise, "bitwise operators in a function with more than " .. constants_max
      .. " different constants are not computed right by Lua 5.4", "move the data into a table outside the function")
  end
  if next(fn.assigned) then
    local key = fn.line .. ":" .. last
    local record = self.report.assigned[key] or {}
    for name in next, fn.assigned do record[name] = true end
    self.report.assigned[key] = record
  end
  self:close_scope()
  self.fn = fn.outer
end

function P:use_name(name, line)
  if name == "_ENV" then
    self:problem("global", line, "_ENV is not available to rules")
  elseif not self:owner(name) then
    self:constant(name)
    local uses = self.report.globals
    uses[#uses + 1] = { name = name, line = line }
  end
end

function P:assign_name(name, line)
  local owner = self:owner(name)
  if name == "_ENV" then
    self:problem("global", line, "_ENV is not available to rules")
  elseif not owner then
    self:problem("global", line, '"' .. name .. '" is assigned but not local: rules share no variables',
      'write "local ' .. name .. ' = ..."')
  elseif owner.depth == 0 and self.fn.depth > 0 then
    self:problem("outer_assignment", line, '"' .. name
      .. '" is a variable outside the function: a rule keeps nothing between calls',
      "use a local inside the function, or a tag, a trait, a score or a measure")
  else
    local fn = self.fn
    while fn ~= owner do -- they would keep it between calls if they lived on after the file has run
      fn.assigned[name] = true
      fn = fn.outer
    end
  end
end

-- ---- expressions -------------------------------------------------------------------------------------------------
-- An expression that is one string or one table constructor gives "string", value or "table", its keys; others nothing.

function P:table_constructor()
  local keys, line = {}, self.line
  self:advance()
  local n = 0
  while self.kind ~= "}" and self.kind ~= "eof" do
    local key, key_line
    if self.kind == "name" and self:peek() == "=" then
      key, key_line = self:advance()
      self:constant(key)
      self:advance()
    elseif self.kind == "[" then
      key_line = self.line
      self:advance()
      local kind, value = self:expression()
      if kind == "string" then key = value end
      self:accept("]")
      self:accept("=")
    else
      n = n + 1
      key, key_line = n, self.line
    end
    local kind, value = self:expression()
    if key ~= nil then
      if keys[key] then
        self:problem("duplicate_name", key_line, 'the key "' .. tostring(key)
          .. '" stands twice in one table (first on line '
          .. keys[key].line .. "): the first would be lost", "leave one of them out")
      end
      keys[key] = { line = key_line, keys = kind == "table" and value or nil }
    end
    if not (self:accept(",") or self:accept(";")) then break end
  end
  keys[0] = { line = line }
  self:accept("}")
  return keys
end

function P:parameters()
  self:accept("(")
  while self.kind ~= ")" and self.kind ~= "eof" do
    if self.kind == "name" then self:declare(self.value) end
    self:advance()
  end
  self:accept(")")
end

function P:function_body(line, method)
  self:open_function(line)
  if method then self:declare("self") end
  self:parameters()
  self:block()
  local last = self.line
  self:accept("end")
  self:close_function(last)
end

-- Arguments of a call: the first one's kind and value.
function P:arguments()
  if self.kind == "string" then
    local value = self:advance()
    self:constant(value)
    return "string", value
  elseif self.kind == "{" then
    return "table", self:table_constructor()
  end
  self:advance()
  local kind, value
  if self.kind ~= ")" then
    kind, value = self:expression()
    while self:accept(",") do self:expression() end
  end
  self:accept(")")
  return kind, value
end

-- Returns "name", its text and line for a plain name; "call"; or "index".
function P:suffixed()
  local what, name, line = "index", nil, self.line
  local word, title -- of a declaration: earn "title" { ... }
  if self.kind == "name" then
    name = self:advance()
    what = "name"
  else
    self:advance()
    self:expression()
    self:accept(")")
  end
  local plain = what == "name" and name or nil
  local function used()
    if what == "name" then
      self:use_name(name, line)
      if not self:owner(name) then word = name end
    end
  end
  while true do
    local kind = self.kind
    if kind == "." then
      used()
      self:advance()
      self:constant((self:advance()))
      what, word = "index", nil
    elseif kind == "[" then
      used()
      self:advance()
      self:expression()
      self:accept("]")
      what, word = "index", nil
    elseif kind == ":" then
      used()
      self:advance()
      local method, at = self:advance()
      self:constant(method)
      local arg, value = self:arguments()
      if counted[method] and arg == "string" then
        local counts = self.report.counts
        counts[#counts + 1] = { event = value, line = at }
      end
      what, word = "call", nil
    elseif kind == "string" or kind == "{" or kind == "(" then
      used()
      local arg, value = self:arguments()
      if word and arg == "table" then
        local all = self.report.declarations
        all[#all + 1] = { word = word, name = title, line = line, keys = value }
      end
      title = arg == "string" and value or nil
      what = "call"
    else
      return what, plain, line
    end
  end
end

function P:simple()
  local kind = self.kind
  if kind == "string" then
    local value = self:advance()
    self:constant(value)
    return "string", value
  elseif kind == "{" then
    return "table", self:table_constructor()
  elseif kind == "function" then
    self:advance()
    self:function_body(self.line) -- the line that Lua itself notes as the first: that of the parenthesis
  elseif kind == "name" or kind == "(" then
    local what, name, line = self:suffixed()
    if what == "name" then self:use_name(name, line) end
  else
    if kind == "number" then self:constant(self.value) end
    self:advance() -- number, nil, true, false, ...
  end
end

function P:expression()
  local plain = true
  while unary[self.kind] do
    if self.kind == "~" then self.fn.bitwise = self.fn.bitwise or self.line end
    self:advance()
    plain = false
  end
  local kind, value = self:simple()
  while binary[self.kind] do
    plain = false
    if bitwise[self.kind] then self.fn.bitwise = self.fn.bitwise or self.line end
    self:advance()
    while unary[self.kind] do
      if self.kind == "~" then self.fn.bitwise = self.fn.bitwise or self.line end
      self:advance()
    end
    self:simple()
  end
  if plain then return kind, value end
end

function P:expressions()
  self:expression()
  while self:accept(",") do self:expression() end
end

-- ---- statements --------------------------------------------------------------------------------------------------

local S = {}

function P:block_in_scope()
  self:open_scope()
  self:block()
  self:close_scope()
end

S["if"] = function(self)
  self:advance()
  self:expression()
  self:accept("then")
  self:block_in_scope()
  while self.kind == "elseif" do
    self:advance()
    self:expression()
    self:accept("then")
    self:block_in_scope()
  end
  if self:accept("else") then self:block_in_scope() end
  self:accept("end")
end

S["while"] = function(self)
  self:advance()
  self:expression()
  self:accept("do")
  self:block_in_scope()
  self:accept("end")
end

S["do"] = function(self)
  self:advance()
  self:block_in_scope()
  self:accept("end")
end

S["for"] = function(self)
  self:advance()
  local names = { (self:advance()) }
  while self:accept(",") do names[#names + 1] = self:advance() end
  self:advance() -- = or in
  self:expressions()
  self:accept("do")
  self:open_scope()
  for _, name in ipairs(names) do self:declare(name) end
  self:block()
  self:close_scope()
  self:accept("end")
end

S["repeat"] = function(self)
  self:advance()
  self:open_scope()
  self:block()
  self:accept("until")
  self:expression() -- sees the locals of the block
  self:close_scope()
end

S["function"] = function(self)
  local _, line = self:advance()
  local name, at = self:advance()
  local plain, method = true, false
  while self.kind == "." or self.kind == ":" do
    method = self.kind == ":"
    plain = false
    self:advance()
    self:constant((self:advance()))
  end
  if plain then self:assign_name(name, at) else self:use_name(name, at) end
  self:function_body(line, method)
end

S["local"] = function(self)
  self:advance()
  if self.kind == "function" then
    self:advance()
    self:declare((self:advance()))
    self:function_body(self.line)
    return
  end
  local names = {}
  repeat
    names[#names + 1] = self:advance()
    if self:accept("<") then
      self:advance()
      self:accept(">")
    end
  until not self:accept(",")
  if self:accept("=") then self:expressions() end
  for _, name in ipairs(names) do self:declare(name) end
end

S["return"] = function(self)
  self:advance()
  if not block_ends[self.kind] and self.kind ~= ";" then self:expressions() end
  self:accept(";")
end

S["goto"] = function(self)
  self:advance()
  self:advance()
end

S["::"] = function(self)
  self:advance()
  self:advance()
  self:advance()
end

S["break"] = function(self) self:advance() end
S[";"] = S["break"]

function P:expression_statement()
  local targets = {}
  repeat
    local what, name, line = self:suffixed()
    targets[#targets + 1] = { what = what, name = name, line = line }
  until not self:accept(",")
  if self:accept("=") then
    self:expressions()
    for _, target in ipairs(targets) do
      if target.what == "name" then self:assign_name(target.name, target.line) end
    end
  end
end

function P:block()
  while not block_ends[self.kind] do
    local statement = S[self.kind]
    if statement then
      statement(self)
    elseif self.kind == "name" or self.kind == "(" then
      self:expression_statement()
    else
      self:advance() -- Lua has compiled the text, so this cannot be; and every step moves on
    end
  end
end

-- Problems are added; what else was seen is returned:
--   globals       { { name, line } }        each use of a name that is not local
--   counts        { { event, line } }       member:did "X", member:since "X"
--   declarations  { { word, name, line, keys } }, keys: { [key] = { line, keys } }
--   assigned      { ["first:last line of a function"] = { [name] = true } }, locals of an enclosing function that it
--                 assigns
local function scan(file, text)
  local self = setmetatable({ file = file, next = lex.lexer(text),
    report = { globals = {}, counts = {}, declarations = {}, assigned = {} } }, P)
  self:advance()
  self:open_function(0)
  self:block()
  self:close_function(self.line)
  return self.report
end

return { scan = scan }
