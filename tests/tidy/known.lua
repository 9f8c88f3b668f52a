-- SPDX-License-Identifier: Apache-2.0
-- Reads what clang-tidy said on standard input and compares it with the list of findings that were looked at and are none:
-- lines "FILE CHECK COUNT  why". More findings than listed fail; fewer are mentioned, so that the list gets shorter.
local known = {}
for line in assert(io.open(arg[1])):lines() do
  local file, check, count = line:match("^(%S+)%s+(%S+)%s+(%d+)%s+%S.*$")
  if file then
    known[file .. " " .. check] = tonumber(count)
  elseif not line:find("^#") and line ~= "" then
    print("tests/tidy/clang-tidy.known: a line that says no reason: " .. line)
    os.exit(1)
  end
end

local found, shown, seen, order = {}, {}, {}, {}
for line in io.lines() do
  local place, check = line:match("^(%S+:%d+:%d+): [%w ]*: .*%[([%w%.,-]+)%]$")
  if check then
    check = check:gsub(",.*", "")
    local key = place:match("^[^:]+") .. " " .. check
    if not seen[place .. check] then -- a header's finding is reported for each file that includes it
      seen[place .. check] = true
      if not found[key] then
        order[#order + 1] = key
        shown[key] = {}
      end
      found[key] = (found[key] or 0) + 1
      table.insert(shown[key], line)
    end
  end
end

local bad = 0
table.sort(order)
for _, key in ipairs(order) do
  if found[key] > (known[key] or 0) then
    bad = bad + 1
    for _, line in ipairs(shown[key]) do print(line) end
    if known[key] then print("  (" .. known[key] .. " of these are known)") end
  end
end
for key, count in pairs(known) do
  if (found[key] or 0) < count then print("note: " .. key .. ": " .. (found[key] or 0) .. " of " .. count .. " are left") end
end
print(#order .. " kinds of findings in files, " .. bad .. " not known")
os.exit(bad == 0)
