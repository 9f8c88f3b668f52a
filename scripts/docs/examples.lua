-- SPDX-License-Identifier: Apache-2.0
-- Every example of the reference goes through `tessera check`: those of words and of the prose must be silent, each of
-- a problem must have that problem and no other. The message that people will see is kept for the page. Examples of
-- specs are run by tests/spec/described_spec.lua.
local program = require "program"
local prose = require "prose"

local function shown(problem)
  local text = "example.lua:" .. problem.line .. ": " .. problem.message
  if problem.suggestion and problem.suggestion ~= "" then text = text .. "\n  " .. problem.suggestion end
  return text
end

-- The Lua in a text of the page: a list.
local function fences(text)
  local list = {}
  for fence in string.gmatch(text, "```lua\n(.-)\n```") do list[#list + 1] = fence end
  return list
end

local function check_silent(faults, what, files)
  for _, problem in ipairs(program.check(files)) do
    faults[#faults + 1] = "the example of " .. what .. " is not right: " .. problem.file .. ":" .. problem.line .. ": "
      .. problem.message
  end
end

-- The example value of an option is something that can stand behind its "=".
local function check_values(faults, where, options)
  for _, option in ipairs(options or {}) do
    local at = where .. "." .. option.name
    if option.example and not load("return " .. option.example) then
      faults[#faults + 1] = "the example of " .. at .. " is no value: " .. option.example
    end
    check_values(faults, at, option.options)
    for _, own in ipairs(option.own or {}) do check_values(faults, at .. own.name, own.options) end
  end
end

-- Faults, as a list of texts; `problem.shown` is set on every problem of `all`.
local function check(all)
  local faults = {}
  for _, word in ipairs(all.words) do
    if word.example then
      local files = { ["example.lua"] = word.example .. "\n", ["needs.lua"] = (word.needs or "") .. "\n" }
      for name, text in pairs(word.files or {}) do files[name] = text end
      check_silent(faults, word.name, files)
    end
    check_values(faults, word.name, word.options)
    for _, own in ipairs(word.own or {}) do check_values(faults, word.name .. own.name, own.options) end
  end
  for _, one in ipairs(all.tables) do check_values(faults, one.name, one.options) end
  for name, text in pairs(prose) do
    for _, fence in ipairs(fences(text)) do
      if not string.find(fence, "tessera.test", 1, true) then
        check_silent(faults, "the section " .. name, { ["example.lua"] = fence .. "\n" })
      end
    end
  end
  for _, code in ipairs(all.problems) do
    local found = program.check { ["example.lua"] = (code.example or "") .. "\n" }
    if #found ~= 1 or found[1].code ~= code.name then
      local codes = {}
      for i, problem in ipairs(found) do codes[i] = problem.code .. " (" .. problem.message .. ")" end
      faults[#faults + 1] = "the example of the problem " .. code.name .. " gives " .. #found .. " problems: "
        .. table.concat(codes, "; ")
    end
    code.shown = found[1] and shown(found[1]) or ""
    code.severity = found[1] and found[1].severity
  end
  return faults
end

return { check = check, fences = fences }
