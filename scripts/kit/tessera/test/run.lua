-- SPDX-License-Identifier: Apache-2.0
-- What `tessera test` runs: busted, with the kit of this Tessera found before any other. It counts the tests for the
-- report.
--   lua5.4 run.lua LUA-FOLDER MODULE-FOLDER REPORT DIR COVERAGE BUSTED-ARGUMENTS...
local lua_folder, module_folder, report_path, dir, coverage = arg[1], arg[2], arg[3], arg[4], arg[5] == "coverage"

-- Modules called tessera.* come from there, whatever a .busted file adds to the paths.
table.insert(package.searchers, 2, function(name)
  if not name:find "^tessera%." then return nil end
  local file = name:gsub("%.", "/")
  local path = package.searchpath(name, lua_folder .. "/?.lua")
  if path then return assert(loadfile(path)), path end
  path = module_folder .. "/" .. file .. ".so"
  local open = package.loadlib(path, "luaopen_" .. name:gsub("%.", "_"))
  return open, path
end)

local function report(text)
  local f = assert(io.open(report_path, "wb"))
  f:write(text)
  f:close()
end

local ok, core = pcall(require, "busted.core")
if not ok then
  report '{"missing":"busted"}'
  os.exit(2)
end

local json = require "tessera.test.json"
local shared = require("tessera.engine").shared()
local cover = coverage and require "tessera.test.coverage" or nil
shared.coverage = cover and cover.new() or nil

local counts = { passed = 0, failed = 0, skipped = 0 }
local running, failed = {}, {} -- tests; failed: those that were counted as such, of the run in hand

-- Until the tests are done the report says that they are not: a run that ends in the middle has not passed.
local exit = os.exit
local function on_suite_start()
  report '{"unfinished":true}'
  os.exit = function() -- luacheck: ignore 122
    error("os.exit in a spec would end the run before the other tests have run", 2)
  end
  return nil, true
end

local function on_start(element)
  running[element], failed[element] = true, nil
  return nil, true
end

local function on_end(element, _, status)
  running[element] = nil
  if status == "pending" then
    counts.skipped = counts.skipped + 1
  elseif status == "success" and not failed[element] then
    counts.passed = counts.passed + 1
  elseif not failed[element] then
    failed[element] = true
    counts.failed = counts.failed + 1
  end
  return nil, true
end

-- Also what goes wrong outside of tests: a file that cannot be read, a before_each that raises, a close at the end.
local function on_fault(element)
  if element.descriptor ~= "it" then
    counts.failed = counts.failed + 1
  elseif not failed[element] and not running[element] then -- after it ended well
    failed[element] = true
    counts.passed, counts.failed = counts.passed - 1, counts.failed + 1
  end
  return nil, true
end

local function on_exit()
  os.exit = exit -- luacheck: ignore 122
  if cover then counts.coverage = cover.report(shared.coverage, dir) end
  report(json.encode(counts))
  return nil, true
end

package.loaded["busted.core"] = function()
  local busted = core()
  busted.subscribe({ "suite", "start" }, on_suite_start)
  busted.subscribe({ "test", "start" }, on_start)
  busted.subscribe({ "test", "end" }, on_end)
  busted.subscribe({ "failure" }, on_fault)
  busted.subscribe({ "error" }, on_fault)
  busted.subscribe({ "exit" }, on_exit)
  return busted
end

arg = { [0] = "busted", table.unpack(arg, 6) } -- luacheck: globals arg
assert(load([[require "busted.runner"({ standalone = false })]], "@busted"))()
