-- SPDX-License-Identifier: Apache-2.0
-- What a failing test shows: of each member that it touched, what happened and what came of it, with the rule
-- behind it, file and line, and what that rule read.
local json = require "tessera.test.json"

local M = { lines_max = 60, members_max = 5 }

-- What stands in every command and says nothing about it.
local plain = { type = true, key = true, member = true, messageId = true, timestamp = true, channel = true }

local function fields_text(properties, command)
  if not properties then return "" end
  local names, parts = {}, {}
  for name in pairs(properties) do
    if not (command and plain[name]) then names[#names + 1] = tostring(name) end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local value = properties[name]
    local ok, text = true, tostring(value)
    if type(value) == "table" then ok, text = pcall(json.encode, value) end
    parts[i] = name .. "=" .. (ok and text or "...")
  end
  local text = table.concat(parts, " ")
  return #text > 160 and text:sub(1, utf8.offset(text, 0, 158) - 1) .. "..." or text
end

local function where(item)
  if not item.file then return "" end
  return string.format('  by %s "%s" (%s:%d)', item.word, item.rule, item.file, item.line)
end

local function add(lines, item)
  if item.event then
    local status = item.status ~= "ok" and "  (" .. item.status .. ")" or ""
    local fields = fields_text(item.properties, item.command)
    if fields ~= "" then fields = "  " .. fields end
    lines[#lines + 1] = string.format("    %s  %s%s%s", item.time, item.what, fields, status)
    return
  end
  local what = item.what
  if item.code then what = "refused: " .. item.code .. ": " .. item.message end
  if item.rule then what = what:gsub(" %(" .. item.rule:gsub("%p", "%%%0") .. "%)$", "") end
  lines[#lines + 1] = string.format("    %s    -> %s%s", item.time, what, where(item))
  if item.having_read then lines[#lines + 1] = "                          having read " .. item.having_read end
end

local function standing(member)
  local parts = {}
  local card = member:card()
  local names = {}
  for name in pairs(card.tiers) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do parts[#parts + 1] = card.tiers[name].name .. " in " .. name end
  local tags = member:tags()
  if #tags > 0 then parts[#parts + 1] = "tags: " .. table.concat(tags, ", ") end
  return #parts > 0 and "; " .. table.concat(parts, "; ") or ""
end

function M.of(member)
  local now = member.id and standing(member) or ""
  local lines = { string.format("  %s at %s%s", member:title(), member.shop:now(), now) }
  local items = member:timeline()
  local body = {}
  for _, item in ipairs(items) do add(body, item) end
  local from = math.max(1, #body - M.lines_max + 1)
  if from > 1 then lines[#lines + 1] = "    (" .. from - 1 .. " lines before these)" end
  for i = from, #body do lines[#lines + 1] = body[i] end
  if #items == 0 then lines[#lines + 1] = "    nothing has happened" end
  return table.concat(lines, "\n")
end

-- Those that a test touched, the last one first: that is whom the failing line is about. Who was joined into another
-- is there once.
local function in_order(touched)
  local list, done, people = {}, {}, {}
  for member in pairs(touched) do
    if member ~= "count" then list[#list + 1] = member end
  end
  table.sort(list, function(a, b) return touched[a] > touched[b] end)
  for _, member in ipairs(list) do
    local number = not member.shop.closed and member.id and member.shop.native:living(member.id)
    local numbers = done[member.shop] or {}
    done[member.shop] = numbers
    if number and not numbers[number] then
      numbers[number] = true
      people[#people + 1] = member
    end
  end
  return people
end

-- Of the members that a test touched; "" when there are none.
function M.text(touched)
  local shown, people = {}, in_order(touched)
  for i = 1, math.min(#people, M.members_max) do
    local ok, text = pcall(M.of, people[i])
    shown[i] = ok and text or "  " .. tostring(text)
  end
  if #people > M.members_max then shown[#shown + 1] = "  ... and " .. #people - M.members_max .. " more members" end
  return #shown > 0 and "What happened to whom:\n" .. table.concat(shown, "\n") or ""
end

return M
