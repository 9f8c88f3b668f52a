-- SPDX-License-Identifier: Apache-2.0
-- The reference page, docs/rules.md: every word with its options and a tested example, what a rule can read and do, the
-- order, the limits, the codes. Prose that is not about one thing is in prose.lua.
local prose = require "prose"

local R = {}

-- { topic, heading, the words that come first, in their order }
local topics = {
  { "program", "The program and what comes in", { "program", "event", "refund", "identifier", "blocked", "trait" } },
  { "figures", "What is kept of a member", { "measure", "score" } },
  { "groups", "Groups of members", { "tag", "segment" } },
  { "tiers", "Tiers", { "tiers", "benefit" } },
  { "points", "Points", { "points", "earn", "bonus", "milestone" } },
  { "rules", "Rules and data", { "rule", "attribution" } },
}

-- Text that may hold < > and |.
local function cell(text)
  return (string.gsub(string.gsub(text or "", "|", "\\|"), "\n", " "))
end

local function code(text) return text and text ~= "" and "`" .. cell(text) .. "`" or "" end

local function capital(text) return (string.gsub(text, "^%l", string.upper)) end

local function fence(text, kind) return "```" .. (kind or "lua") .. "\n" .. text .. "\n```\n" end

local function anchor(heading)
  return (string.gsub(string.gsub(string.lower(heading), "[^%w %-_]", ""), " ", "-"))
end

local plural = { number = "numbers", date = "dates" }

-- A type in the terms of who writes rules: text, true or false, a list of them.
local function plain(kind)
  kind = string.gsub(kind, "%f[%a]string%f[%A]", "text")
  kind = string.gsub(kind, "%f[%a]boolean%f[%A]", "true or false")
  kind = string.gsub(kind, "|%b()%[%]", "|list of them")
  kind = string.gsub(kind, "^([%a_]+)|([%a_]+)%[%]", function(one, many)
    return one .. "|list of " .. (one == many and "them" or many)
  end)
  kind = string.gsub(kind, "([%a_]+)|money%[%]$", "%1|list of money")
  kind = string.gsub(kind, "([%a_]+)%[%]", "list of %1")
  kind = string.gsub(kind, "list of (%a+)", function(one) return plural[one] and "list of " .. plural[one] end)
  kind = string.gsub(kind, "^table<text, table<any, number>>$", "numbers by name and value")
  kind = string.gsub(kind, "^table<text, number>$", "numbers by name")
  kind = string.gsub(kind, "^table<text, field_type|field>$", "fields by name")
  return (string.gsub(kind, "|", " | "))
end

-- A function's type is long and says little to who writes `function(member, event) ... end`.
local function shown_type(option)
  local kind = option.type or "a table"
  local arguments, result = string.match(kind, "^fun%((.-)%):?%s*(.*)$")
  if arguments then
    local names = {}
    for name in string.gmatch(arguments, "([%w_]+%??):") do names[#names + 1] = string.gsub(name, "%?$", "") end
    local text = code("function(" .. table.concat(names, ", ") .. ")")
    if result == "boolean" then return text .. " that gives true or false" end
    return result ~= "" and text .. " that gives a " .. result or text
  end
  if not option.type then return option.many and "a table, or a list of them" or kind end
  return code(plain(kind)) .. (option.options and " or a table" or "")
end

-- A default that is a value is shown as one; one that is a phrase, as text.
local function otherwise(default)
  return default and string.find(default, " ", 1, true) and cell(default) or code(default)
end

local function add_options(out, options, prefix)
  for _, option in ipairs(options or {}) do
    if not option.later then
      local default = option.required and "**required**" or otherwise(option.default)
      local text = capital(cell(option.text))
      if option.example then text = text .. "; " .. code(option.example) end
      out[#out + 1] = "| `" .. prefix .. option.name .. "` | " .. shown_type(option) .. " | " .. default .. " | "
        .. text .. " |"
      for _, own in ipairs(option.own or {}) do
        out[#out + 1] = "| `" .. prefix .. option.name .. own.name .. "` | " .. code(plain(own.type)) .. " | | "
          .. capital(cell(own.text)) .. " |"
      end
      add_options(out, option.options, prefix .. option.name .. ".")
    end
  end
end

local function options_table(out, body, prefix)
  if #(body.options or {}) + #(body.own or {}) == 0 then return end
  out[#out + 1] = "| Option | Takes | Default | What it says |\n|---|---|---|---|"
  for _, own in ipairs(body.own or {}) do
    out[#out + 1] = "| " .. (string.find(own.name, "^%[") and code(own.name) or own.name) .. " | "
      .. code(plain(own.type)) .. " | | " .. capital(cell(own.text)) .. " |"
  end
  add_options(out, body.options, prefix or "")
  out[#out + 1] = ""
  for _, own in ipairs(body.own or {}) do
    if own.options then
      out[#out + 1] = "In a `" .. own.class .. "`:\n"
      options_table(out, own)
    end
  end
end

local function word_section(out, word)
  out[#out + 1] = "### " .. word.name .. "\n"
  out[#out + 1] = capital(word.text) .. ".\n"
  if word.kind == "function" then out[#out + 1] = code(word.name .. word.signature) .. "\n" end
  out[#out + 1] = fence(word.example)
  options_table(out, word)
end

local function words_part(out, all)
  for _, topic in ipairs(topics) do
    out[#out + 1] = "## " .. topic[2] .. "\n"
    if prose[topic[1]] then out[#out + 1] = prose[topic[1]] .. "\n" end
    local place = {}
    for i, name in ipairs(topic[3]) do place[name] = i end
    local words = {}
    for _, word in ipairs(all.words) do
      if word.topic == topic[1] then words[#words + 1] = word end
    end
    table.sort(words, function(a, b)
      local x, y = place[a.name] or 100, place[b.name] or 100
      return x < y or x == y and a.name < b.name
    end)
    for _, word in ipairs(words) do word_section(out, word) end
  end
  out[#out + 1] = "## Tables that several words take\n"
  for _, one in ipairs(all.tables) do
    out[#out + 1] = "### " .. one.name .. "\n\n" .. capital(one.text) .. ".\n"
    options_table(out, one)
  end
end

-- "(event: string, window?: window): boolean" -> "(event, window?)", "boolean"
local function parts_of(signature)
  local arguments, result = string.match(signature, "^%((.*)%):? ?(.-)$")
  arguments = string.gsub(arguments, "fun%b()", "fun")
  return "(" .. string.gsub(arguments, ": [^,]+", "") .. ")", result
end

local function row_of(row)
  local name, result = row.name, row.signature
  if row.method then
    local arguments
    arguments, result = parts_of(row.signature)
    name = row.owner .. ":" .. name .. arguments
  elseif row.owner ~= "" then
    name = row.owner .. "." .. name
  end
  return "| " .. code(name) .. " | " .. code(result) .. " | " .. capital(cell(row.text)) .. " |"
end

local function bindings_table(out, all, takes)
  out[#out + 1] = "| | Gives | |\n|---|---|---|"
  for _, row in ipairs(all.bindings) do
    if takes(row) then out[#out + 1] = row_of(row) end
  end
  out[#out + 1] = ""
end

local owners = { { "member", "The member" }, { "event", "The event" }, { "time", "Times: `event.at` and `now`" },
  { "tier", "A level: `member.tiers[\"membership\"]`" }, { "balance", "Balances: `member:points \"stars\"`" },
  { "figure", "A figure of one value: what a measure kept `by` something gives" },
  { "usual", "What `member:usual` gives" }, { "program", "The program" } }

local function reading_part(out, all)
  out[#out + 1] = "## What a rule can read\n"
  out[#out + 1] = prose.reading .. "\n"
  local done = { [""] = true }
  for _, owner in ipairs(owners) do
    local function takes(row) return row.owner == owner[1] and row.kind ~= "effect" end
    local any = false
    for _, row in ipairs(all.bindings) do any = any or takes(row) end
    done[owner[1]] = true
    if any then
      out[#out + 1] = "### " .. owner[2] .. "\n"
      bindings_table(out, all, takes)
    end
  end
  for _, row in ipairs(all.bindings) do
    if not done[row.owner] then
      error("the owner " .. row.owner .. " has no heading in scripts/docs/reference.lua", 0)
    end
  end
  out[#out + 1] = "Besides these, a function sees:\n"
  bindings_table(out, all, function(row) return row.owner == "" end)
end

local function doing_part(out, all)
  out[#out + 1] = "## What a rule can do\n\n" .. prose.doing .. "\n"
  out[#out + 1] = "| | |\n|---|---|"
  for _, row in ipairs(all.bindings) do
    if row.kind == "effect" then
      out[#out + 1] = "| " .. code("member:" .. row.name .. parts_of(row.signature)) .. " | "
        .. capital(cell(row.text)) .. " |"
    end
  end
  out[#out + 1] = "\nWhat comes of it is shown by `tessera why`, in the journal and in `--results`:\n"
  out[#out + 1] = "| Effect | |\n|---|---|"
  for _, row in ipairs(all.lists.effects) do
    out[#out + 1] = "| " .. code(row.name) .. " | " .. capital(cell(row.text)) .. " |"
  end
  out[#out + 1] = ""
end

local function field_names(fields)
  local names = {}
  for i, field in ipairs(fields) do names[i] = "`" .. field.name .. "` " .. field.type end
  return table.concat(names, ", ")
end

local function events_part(out, all)
  out[#out + 1] = "## Events that come declared\n\n" .. prose.events .. "\n"
  out[#out + 1] = "| The engine's own | When | Fields |\n|---|---|---|"
  for _, event in ipairs(all.events) do
    if event.internal then
      out[#out + 1] = "| `" .. event.name .. "` | " .. capital(cell(event.text)) .. " | " .. field_names(event.fields)
        .. " |"
    end
  end
  out[#out + 1] = "\n| Of Segment's e-commerce specification | Fields |\n|---|---|"
  for _, event in ipairs(all.events) do
    if not event.internal then
      out[#out + 1] = "| `" .. event.name .. "` | " .. field_names(event.fields) .. " |"
    end
  end
  out[#out + 1] = ""
end

local function problems_part(out, all)
  out[#out + 1] = "## What `tessera check` finds\n\n" .. prose.problems .. "\n"
  for _, problem in ipairs(all.problems) do
    out[#out + 1] = "### " .. problem.name .. "\n\n" .. capital(problem.text)
      .. (problem.severity == "warning" and " (a warning)" or "") .. ".\n"
    out[#out + 1] = fence(problem.example)
    out[#out + 1] = fence(problem.shown, "text")
  end
end

local function list_part(out, heading, text, rows)
  out[#out + 1] = "## " .. heading .. "\n\n" .. text .. "\n\n| | |\n|---|---|"
  for _, row in ipairs(rows) do out[#out + 1] = "| " .. code(row.name) .. " | " .. capital(cell(row.text)) .. " |" end
  out[#out + 1] = ""
end

local function kit_part(out, all)
  if not all.kit.member then return end
  out[#out + 1] = "## Testing a rule\n\n" .. prose.testing .. "\n"
  for _, part in ipairs { { "open", "`tessera.open { ... }`" }, { "shop", "A shop" }, { "member", "A member" },
    { "assertions", "Assertions" } } do
    out[#out + 1] = "### " .. part[2] .. "\n\n| | |\n|---|---|"
    for _, row in ipairs(all.kit[part[1]]) do
      local name = part[1] == "assertions" and "assert." .. row.name .. row.signature
        or part[1] == "open" and row.name or part[1] .. ":" .. row.name .. parts_of(row.signature)
      out[#out + 1] = "| " .. code(name) .. " | " .. capital(cell(row.text)) .. " |"
    end
    out[#out + 1] = part[1] == "assertions" and "\n" .. prose.assertions .. "\n" or ""
  end
  if #all.kit.later > 0 then
    out[#out + 1] = "Words of a later version, which say so when they are called: `"
      .. table.concat(all.kit.later, "`, `") .. "`.\n"
  end
end

local function library_part(out, all)
  out[#out + 1] = "## What there is of Lua\n\n" .. prose.lua .. "\n"
  local single, names = {}, {}
  for name in pairs(all.library) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if all.library[name] == true and name ~= "now" and name ~= "money" then single[#single + 1] = "`" .. name .. "`" end
  end
  out[#out + 1] = "- " .. table.concat(single, ", ")
  for _, name in ipairs(names) do
    if type(all.library[name]) == "table" and name ~= "program" then
      local fields = {}
      for i, field in ipairs(all.library[name]) do fields[i] = "`" .. field .. "`" end
      out[#out + 1] = "- `" .. name .. "`: " .. table.concat(fields, ", ")
    end
  end
  out[#out + 1] = ""
end

local function later_part(out, all)
  local names = {}
  for _, word in ipairs(all.words) do
    if word.kind == "later" then names[#names + 1] = "`" .. word.name .. "`" end
  end
  if #names == 0 then return end
  out[#out + 1] = "## Words of later versions\n\nThe grammar has room for them; this version answers that it does not "
    .. "know them yet: " .. table.concat(names, ", ") .. "; and on a member: `"
    .. table.concat(all.later_methods, "`, `") .. "`.\n"
end

local function contents(text)
  local list = {}
  for heading in string.gmatch(text, "\n## ([^\n]+)") do
    list[#list + 1] = "- [" .. string.gsub(heading, "`", "") .. "](#" .. anchor(heading) .. ")"
  end
  return table.concat(list, "\n") .. "\n"
end

function R.page(all)
  local out = { "" }
  out[#out + 1] = "## How a rule file is written\n\n" .. prose.grammar .. "\n"
  out[#out + 1] = "### What options take\n\n" .. string.gsub(prose.types, "\n([^|])", " %1") .. "\n"
  words_part(out, all)
  reading_part(out, all)
  doing_part(out, all)
  out[#out + 1] = "## In which order\n\n" .. prose.order .. "\n"
  events_part(out, all)
  kit_part(out, all)
  out[#out + 1] = "## Your editor\n\n" .. prose.editor .. "\n"
  problems_part(out, all)
  list_part(out, "Why a line is in quarantine", prose.reasons, all.lists.reasons)
  list_part(out, "Why a command is refused", prose.refusals, all.lists.refusals)
  list_part(out, "Limits", prose.limits, all.lists.limits)
  library_part(out, all)
  later_part(out, all)
  local text = table.concat(out, "\n")
  return "<!-- SPDX-License-Identifier: Apache-2.0\n     Made by scripts/docs/generate.lua from the program itself; "
    .. "change the descriptions, not this file. -->\n# The rules language\n\n" .. prose.introduction .. "\n"
    .. contents(text) .. (string.gsub(text, "\n\n\n+", "\n\n"))
end

return R
