-- SPDX-License-Identifier: Apache-2.0
-- Codes of refused commands are texts in the engine: each that its sources use must be in the described list, and each
-- that is described must be used.
local function check(all)
  local described, faults, used = {}, {}, {}
  for _, row in ipairs(all.lists.refusals) do described[row.name] = true end
  local list = assert(io.popen("LC_ALL=C ls core/engine/*.c"))
  for path in list:lines() do
    local file = assert(io.open(path, "rb"))
    local text = file:read("a")
    file:close()
    for code in string.gmatch(text, 'ts_refuse%(%s*[%w_>-]+,%s*"([%w_]+)"') do used[code] = path end
    for code in string.gmatch(text, 'refusal, sizeof [%w_>-]+refusal, "([%w_]+)"') do used[code] = path end
  end
  list:close()
  for code, path in pairs(used) do
    if not described[code] then
      faults[#faults + 1] = "the refusal " .. code .. " (" .. path .. ") is not described: TS_REFUSALS in engine.h"
    end
  end
  for code in pairs(described) do
    if not used[code] then faults[#faults + 1] = "the refusal " .. code .. " is described and nowhere used" end
  end
  table.sort(faults)
  return faults
end

return { check = check }
