-- SPDX-License-Identifier: Apache-2.0
-- Brief: what programmers do: helpers, tables of data, closures made by a function, names for member and event of their own.
program { timezone = "UTC", currency = "USD" }

local order = "Order Completed"
local limits = { coffee = 3, tea = 5, cake = 2 }
local kinds = { "coffee", "tea", "cake" }

measure "bought" { on = order, each = "products", by = "category", sum = "quantity" }
measure "spend" { on = order, sum = "revenue" }
points "stars" {}
trait "city" { class = "life", type = "text" }
trait "age" { type = "integer" }
consent "news" { default = "yes" }

local function much(kind)
  return function(member)
    local got = member:bought(kind, "30 days")
    return got and got.sum >= limits[kind] or false
  end
end

for _, kind in ipairs(kinds) do
  tag(kind .. " lover") { when = much(kind) }
end

local function share(part, whole)
  if whole == 0 then return 0 end
  return part / whole
end

local function upper(text)
  return (string.gsub(text, "^%l", string.upper))
end

rule "weekly summary" {
  on = order,
  when = function(who, what)
    local revenue = what.revenue
    if not revenue then return false end
    local mine = who:spend "12 months"
    return share(revenue, mine) > 0.25 and who.consents.news
  end,
  act = function(who, what)
    local lines, total = {}, 0
    for i, item in ipairs(what.products or {}) do
      local price = item.price or 0
      total = total + price * (item.quantity or 1)
      lines[i] = upper(item.name or item.sku or "something") .. ": " .. tostring(price)
    end
    table.sort(lines)
    local city = who.traits.city
    if type(city) == "string" and #city > 0 then lines[#lines + 1] = "to " .. city end
    while #lines > 5 do table.remove(lines) end
    who:notify("summary", { text = table.concat(lines, "\n"), total = total, day = what.at.weekday })
  end,
}

rule "adults" {
  on = { "Product Viewed", "Product Added" },
  when = function(member, event)
    local age = member.traits.age
    return age ~= nil and age >= 18 and event.category == "wine"
  end,
  act = function(member)
    local function give(n) member:earn("stars", n) end
    give(math.min(5, math.max(1, 3)))
  end,
}

earn "by hand" {
  on = order, points = "stars",
  amount = function(member, event)
    local base = (event.revenue or 0) // 100
    if member.tags["coffee lover"] then return base * 2 end
    return base
  end,
}
