#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: Apache-2.0
-- Makes everything that describes the rules language from the program itself (`tessera rules words --json`): the
-- reference page, the editor's files and luacheck's std.
--   scripts/docs/generate.lua            write what differs
--   scripts/docs/generate.lua --check    write nothing: fail when something is stale, undescribed or wrong
--   ... --program PATH                   the program to ask (else TESSERA, else build/release/tessera)
-- Run it at the top of the repository.
package.path = (string.match(arg[0], "^(.*/)") or "./") .. "?.lua;" .. package.path
local examples = require "examples"
local editor = require "editor"
local kit = require "kit"
local program = require "program"
local reference = require "reference"
local refusals = require "refusals"

local function read(path)
  local file = io.open(path, "rb")
  if not file then return end
  local text = file:read("a")
  file:close()
  return text
end

local function arguments()
  local check, said = false, nil
  local i = 1
  while arg[i] do
    if arg[i] == "--check" then
      check = true
    elseif arg[i] == "--program" and arg[i + 1] then
      i = i + 1
      said = arg[i]
    else
      error("unknown argument '" .. arg[i] .. "'; see the top of scripts/docs/generate.lua", 0)
    end
    i = i + 1
  end
  return check, said
end

local function run()
  local check, said = arguments()
  program.find(said)
  local all = program.words()
  all.kit = kit.read()
  local faults = {}
  for _, list in ipairs { all.faults, all.kit.faults, examples.check(all), refusals.check(all) } do
    for _, text in ipairs(list) do faults[#faults + 1] = text end
  end
  local files = editor.files(all)
  files["docs/rules.md"] = reference.page(all)
  local paths = {}
  for path in pairs(files) do paths[#paths + 1] = path end
  table.sort(paths)
  for _, path in ipairs(paths) do
    for _, text in ipairs(editor.check(path, files[path])) do faults[#faults + 1] = text end
    if read(path) ~= files[path] then
      if check then
        faults[#faults + 1] = path .. " is stale: run scripts/docs/generate.lua"
      else
        local file = assert(io.open(path, "wb"))
        assert(file:write(files[path]))
        file:close()
        print("wrote " .. path)
      end
    end
  end
  for _, text in ipairs(faults) do print(text) end
  if #faults > 0 then os.exit(1) end
end

local ok, why = pcall(run)
if not ok then
  io.stderr:write("scripts/docs/generate.lua: ", tostring(why), "\n")
  os.exit(2)
end
