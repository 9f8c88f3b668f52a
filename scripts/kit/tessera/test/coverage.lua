-- SPDX-License-Identifier: Apache-2.0
-- What the specs exercised, over all shops that were opened on a folder: by file the outcomes of its declarations (a
-- tag that came, one that went, an earning that paid, a level that was reached) and the lines of its functions.
local say = require "tessera.test.say"

local M = {}

function M.new() return { files = {} } end

-- "rules/spec/../points.lua" is "rules/points.lua".
function M.normal(path)
  local parts = {}
  for part in path:gmatch "[^/]+" do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return (path:sub(1, 1) == "/" and "/" or "") .. table.concat(parts, "/")
end

local function file_of(store, shop, name)
  if not shop.folder or not shop.from_folder[name] then return nil end
  local path = M.normal(shop.folder .. "/" .. name)
  local file = store.files[path]
  if not file then
    file = { declared = {}, lines = {} }
    store.files[path] = file
  end
  return file
end

-- Take in what a shop has done since it was last asked.
function M.add(store, shop)
  if shop.closed or not shop.folder then return end
  local _, record = shop.native:clock()
  if shop.covered == record then return end
  local found = shop.native:coverage(math.max(shop.covered, 0))
  shop.covered = record
  for name, lines in pairs(found.lines) do
    local file = file_of(store, shop, name)
    for line, ran in pairs(file and lines or {}) do file.lines[line] = file.lines[line] or ran end
  end
  for _, d in ipairs(found.declared) do
    local file = file_of(store, shop, d.file)
    local key = d.word .. " " .. d.name
    if file then
      local known = file.declared[key] or { title = d.word .. ' "' .. d.name .. '"', line = d.line, outcomes = {} }
      file.declared[key] = known
      for i, outcome in ipairs(d.outcomes) do
        known[i] = outcome
        known.outcomes[outcome] = known.outcomes[outcome] or found.happened[key .. "\n" .. outcome] or false
      end
    end
  end
end

-- ---- the report -----------------------------------------------------------------------------------------------------

-- { 3, 4, 5, 9 } -> "3-5, 9"
local function ranges(lines)
  local parts, from, to = {}, nil, nil
  local function flush()
    if from then parts[#parts + 1] = from == to and tostring(from) or from .. "-" .. to end
  end
  for _, line in ipairs(lines) do
    if to and line == to + 1 then
      to = line
    else
      flush()
      from, to = line, line
    end
  end
  flush()
  return table.concat(parts, ", ")
end

local function judge_declarations(file, out)
  local list = {}
  for _, d in pairs(file.declared) do list[#list + 1] = d end
  table.sort(list, function(a, b) return a.line < b.line or a.line == b.line and a.title < b.title end)
  for _, d in ipairs(list) do
    local never = {}
    for _, outcome in ipairs(d) do
      out.declarations = out.declarations + 1
      if d.outcomes[outcome] then
        out.declarations_reached = out.declarations_reached + 1
      else
        never[#never + 1] = outcome
      end
    end
    if #never > 0 then out.missing[#out.missing + 1] = d.title .. " never " .. table.concat(never, ", ") end
  end
end

local function judge_lines(file, out)
  local never = {}
  for line, ran in pairs(file.lines) do
    out.lines = out.lines + 1
    if ran then
      out.lines_reached = out.lines_reached + 1
    else
      never[#never + 1] = line
    end
  end
  table.sort(never)
  if #never > 0 then out.missing[#out.missing + 1] = (#never == 1 and "line " or "lines ") .. ranges(never) end
end

-- Rule files of the folder that no spec has loaded count as well: nothing of them was reached.
local function add_unvisited(store, dir)
  local shop_module = require "tessera.test.shop"
  local ok, shop = pcall(shop_module.open, { rules = dir:sub(1, 1) == "/" and dir or "./" .. dir }, ".")
  if not ok then return end
  for name in pairs(shop.from_folder) do
    if not store.files[M.normal(shop.folder .. "/" .. name)] then
      M.add(store, shop)
      break
    end
  end
  shop:close()
end

function M.report(store, dir)
  add_unvisited(store, dir)
  local report = { files = {}, reached = 0, of = 0 }
  for _, path in ipairs(say.sorted(store.files)) do
    local out = { file = path, declarations = 0, declarations_reached = 0, lines = 0, lines_reached = 0, missing = {} }
    judge_declarations(store.files[path], out)
    judge_lines(store.files[path], out)
    out.of = out.declarations + out.lines
    out.reached = out.declarations_reached + out.lines_reached
    out.missing = table.concat(out.missing, "; ")
    report.of, report.reached = report.of + out.of, report.reached + out.reached
    if out.of > 0 then report.files[#report.files + 1] = out end
  end
  return report
end

return M
