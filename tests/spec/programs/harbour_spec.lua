-- SPDX-License-Identifier: Apache-2.0
-- The starter programme under two years of a small crowd that does everything at random: buys, gives back, scans, reviews,
-- spends stars, tells its birthday, turns out to be one person. Whatever happens, what is declared must be true of what is
-- counted. The seed is printed with a failure; TS_SEED runs one again.
local tessera = require "tessera.test"

local seed = tonumber(os.getenv "TS_SEED" or "") or os.time()

-- xorshift: the same numbers everywhere, and apart from math.random
local state = seed * 2654435761 % 4294967296 + 1
local function random(n)
  state = state ~ state << 13 & 0xffffffff
  state = state ~ state >> 17
  state = state ~ state << 5 & 0xffffffff
  return state % n + 1
end
local function one_of(list) return list[random(#list)] end

local goods = {
  { sku = "LN-DAY30", category = "lens", price = 149.00 }, { sku = "LN-TORIC", category = "lens", price = 368.00 },
  { sku = "SO-360", category = "solution", price = 59.00 }, { sku = "CF-OAT", category = "coffee", price = 34.00 },
  { sku = "BN-HOUSE", category = "beans", price = 99.00 }, { sku = "GE-GRIND", category = "equipment", price = 599.00 },
}

describe("the starter programme, seed " .. seed .. ",", function()
  local shop, crowd, orders, number, joined

  local function basket()
    local products, sum = {}, 0
    for i = 1, random(3) do
      local item = one_of(goods)
      products[i] = { sku = item.sku, category = item.category, price = item.price, quantity = random(3) }
      sum = sum + item.price * products[i].quantity
    end
    return products, sum
  end

  local does = {
    function(one)
      number = number + 1
      local products, sum = basket()
      local order = { order_id = "o" .. number, revenue = sum, products = products }
      one:does("Order Completed", order)
      orders[#orders + 1] = { who = one, order = order }
    end,
    function(one) one:does("Product Viewed", { sku = one_of(goods).sku }) end,
    function(one) one:does("Product Added", { sku = one_of(goods).sku }) end,
    function(one) one:does("QR Scanned", { place = "Wuhan Hankou", staff_id = "s" .. random(4) }) end,
    function(one) one:does("Review Posted", { sku = one_of(goods).sku, rating = random(5) }) end,
    function(one) one:does("Product Shared", { sku = one_of(goods).sku }) end,
    function(one) one:identify { birthday = one_of { "1990-02-28", "2000-02-29", "1984-07-13" }, city = one_of { "Wuhan", "Lhasa" } } end,
    function(one)
      local stars = one:points "stars".available
      if stars > 0 then one:redeem("stars", random(stars)) end
    end,
    function()
      if #orders == 0 then return end
      local sale = table.remove(orders, random(#orders))
      local order = sale.order
      if random(2) == 1 and #order.products > 1 then -- some of it: the first line
        local line = order.products[1]
        order = { order_id = order.order_id, revenue = line.price * line.quantity, products = { line } }
      end
      sale.who:does("Order Refunded", order)
    end,
  }

  local function has(list, name)
    for _, item in ipairs(list) do
      if item == name then return true end
    end
    return false
  end

  -- What rules/*.lua says, said again in terms of what was counted.
  local function check(one)
    local tags, segments = one:tags(), one:segments()
    local year, half, quarter, month = one:measure("orders", "12 months"), one:measure("orders", "180 days"),
      one:measure("orders", "90 days"), one:measure("orders", "30 days")
    local all, bought = one:measure "orders", one:measure "bought"
    local function same(name, found, expected)
      assert.equal(expected, found, name .. " of " .. one:title() .. " at " .. shop:now())
    end
    same("regular", has(segments, "regular"), quarter >= 3)
    same("new", has(segments, "new"), month > 0 and month == all)
    same("sleeping", has(segments, "sleeping"), all > 0 and half == 0)
    same("big spender", has(tags, "big spender"), one:measure("spend", "12 months") >= 300000)
    same("solution only", has(tags, "solution only"), (bought.solution or 0) > 0 and (bought.lens or 0) == 0)
    same("never a lens", has(tags, "never a lens"), all > 0 and (bought.lens or 0) == 0)
    local recent = one:measure("bought", "3 months")
    same("lenses due", has(tags, "lenses due"), (one:measure("bought", "12 months").lens or 0) > 0 and (recent.lens or 0) == 0)
    same("a year and a month", year >= month, true)
    local stars = one:points "stars"
    assert.is_true(stars.available >= 0 and stars.pending >= 0)
    -- Who owes has nothing to spend; but a join may bring together who owes and who has, until he earns again.
    assert.is_true(stars.debt == 0 or stars.available == 0 or joined[one:number()], one:title() .. " owes and has")
  end

  it("is true to itself through two years of a crowd", function()
    shop = tessera.open { rules = "../../../rules", now = "2024-01-31 10:00" }
    crowd, orders, number, joined = {}, {}, 0, {}
    for i = 1, 12 do
      local mail, phone = "p" .. i .. "@example.com", "1390000000" .. i % 10
      crowd[i] = shop:member { email = i % 2 == 0 and mail or nil, phone = i % 2 == 1 and phone or nil,
        consents = i % 3 == 0 and { "marketing" } or nil }
    end
    for day = 1, 730, 5 do
      for _ = 1, random(6) do one_of(does)(one_of(crowd)) end
      if day % 200 == 1 and day > 1 then
        local a, b = crowd[2 * random(3) - 1], crowd[2 * random(3)] -- one known by his phone, one by his mail
        shop:merge(a, b)
        joined[a:number()] = true
      end
      shop:advance(random(9) .. " days")
      for _, one in ipairs(crowd) do check(one) end
    end
    assert.books_balance(shop)
    local owed = shop:liability "stars"
    assert.equal(owed.issued - owed.spent - owed.expired + owed.adjusted, owed.available + owed.pending - owed.debt)
  end)
end)
