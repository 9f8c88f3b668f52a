-- SPDX-License-Identifier: Apache-2.0
-- Every example of the reference goes through `tessera check`: those of words must be silent, each of a problem must
-- have that problem and no other. The message that people will see is kept for the page.
local program = require "program"

local function shown(problem)
  local text = "example.lua:" .. problem.line .. ": " .. problem.message
  if problem.suggestion and problem.suggestion ~= "" then text = text .. "\n  " .. problem.suggestion end
  return text
end

-- Faults, as a list of texts; `problem.shown` is set on every problem of `all`.
local function check(all)
  local faults = {}
  for _, word in ipairs(all.words) do
    if word.example then
      local files = { ["example.lua"] = word.example .. "\n", ["needs.lua"] = (word.needs or "") .. "\n" }
      for name, text in pairs(word.files or {}) do files[name] = text end
      for _, problem in ipairs(program.check(files)) do
        faults[#faults + 1] = "the example of " .. word.name .. " is not right: " .. problem.file .. ":" .. problem.line
          .. ": " .. problem.message
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

return { check = check }
