-- SPDX-License-Identifier: Apache-2.0
-- The word attribution: to whom an event is credited, by what the member touched before it: the shop assistant whose
-- code was scanned, the campaign whose link was followed.
local K = use "known"
local T = use "types"
local figures = use "check_figures"

local M = {}

local attribution_options = {
  to = { T.name, "the field of the touches that says who is credited", required = true, example = '"staff_id"' },
  touches = { figures.events, "the event or events that count as a touch", required = true, example = '"QR Scanned"' },
  credit = { figures.events, "the event or events that are credited", required = true, example = '"Order Completed"' },
  model = { T.choice("last", "first", "even"), "the last who was touched, the first, or all in equal shares",
    default = "last" },
  within = { T.window, "how far back a touch counts", required = true, example = '"30 days"' },
  of = { T.name, "the money field that is shared out", example = '"revenue"' },
}

function M.attribution(d)
  local out = d:options(attribution_options, d.body)
  if out.to and out.touches then
    local field = K.find_field(d, { "to" }, out.touches, out.to)
    if field and field.type == "list" then
      d:add("wrong_type", { "to" }, '"' .. out.to .. '" is a list, and only one value can be credited',
        "touches have one value each")
    end
  end
  if out.of and out.credit then
    local field = K.find_field(d, { "of" }, out.credit, out.of)
    if field and field.type ~= "money" then
      d:add("wrong_type", { "of" }, '"' .. out.of .. '" is ' .. field.type .. ", and only money is shared out",
        'declare it: ' .. out.of .. ' = "money"')
    end
  end
  out.model = out.model or "last"
  out.measure = "touched " .. d.name
  return out
end

-- Touches are a measure of their own, kept by who is credited.
function M.implicit_measure(attribution)
  return { name = attribution.measure, file = attribution.file, line = attribution.line,
    on = attribution.touches, by = attribution.to, unit = "count", implicit = true }
end

-- ---- descriptions ------------------------------------------------------------------------------------------------

M.describe = {
  attribution = {
    order = "to touches credit model within of",
    topic = "figures", text = "to whom an event is credited, by what the member touched before it",
    options = attribution_options,
    needs = 'event "QR Scanned" { staff_id = "text" }',
    example = [[
attribution "shop assistants" {
  to = "staff_id", touches = "QR Scanned", credit = "Order Completed", model = "last", within = "30 days",
  of = "revenue",
}]] },
}

return M
