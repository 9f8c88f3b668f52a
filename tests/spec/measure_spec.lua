-- SPDX-License-Identifier: Apache-2.0
-- What a measure counts: with `where`, only what is of a kind; kept `by` a field of the item or else of the event; and what
-- a member's usual choice is.
local tessera = require "tessera.test"

local plan = [[
program { name = "Shop", timezone = "Asia/Shanghai", currency = "CNY" }
event "Order Completed" {
  order_id = { "text", required = true }, revenue = "money", place = "text", gift = "boolean",
  products = { "list", of = { sku = "text", category = "text", price = "money", quantity = "integer" } },
}
]]

describe("a measure", function()
  local shop, ada
  local function open(measures)
    shop = tessera.open { files = { ["plan.lua"] = plan, ["rules.lua"] = measures } }
    ada = shop:member {}
  end
  local number = 0
  local function buys(fields)
    number = number + 1
    fields.order_id = "o" .. number
    ada:does("Order Completed", fields)
  end
  local function lens(sku, quantity, price)
    return { sku = sku, category = "lens", quantity = quantity or 1, price = price or 100.00 }
  end
  local coffee = { sku = "CF", category = "coffee", quantity = 2, price = 30.00 }

  it("counts only the items of its where", function()
    open [[
      measure "lenses" { on = "Order Completed", each = "products", sum = "quantity", where = { category = "lens" } }
      measure "dear"   { on = "Order Completed", each = "products", where = { price = { at_least = money "100" } } }
      measure "others" { on = "Order Completed", each = "products", where = { category = { except = { "lens" } } } }
    ]]
    buys { products = { lens("A", 3), coffee, lens("B", 1, 99.99) } }
    assert.equal(4, ada:measure "lenses")
    assert.equal(1, ada:measure "dear")
    assert.equal(1, ada:measure "others")
  end)

  it("counts only the events of its where, and `did` is not misled by it", function()
    open [[
      measure "gifts" { on = "Order Completed", where = { gift = true } }
      measure "large" { on = "Order Completed", sum = "revenue", where = { revenue = { at_least = money "100" } } }
      tag "came" { when = function(member) return member:did "Order Completed" end }
    ]]
    buys { revenue = 99.99 }
    assert.equal(0, ada:measure "gifts")
    assert.equal(0, ada:measure "large")
    assert.has_tag(ada, "came")
    buys { revenue = 100.00, gift = true }
    assert.equal(1, ada:measure "gifts")
    assert.equal(10000, ada:measure "large")
  end)

  it("is kept by a field of the event where the item has none of that name", function()
    open [[ measure "sold" { on = "Order Completed", each = "products", by = "place", sum = "quantity" } ]]
    buys { place = "Hangzhou", products = { lens "A", coffee } }
    buys { place = "Wuhan", products = { coffee } }
    buys { products = { coffee } }
    assert.same({ Hangzhou = 3, Wuhan = 2 }, ada:measure "sold")
  end)

  it("begins anew when its where changes, and only then", function()
    open [[ measure "lenses" { on = "Order Completed", each = "products", where = { category = "lens" } } ]]
    buys { products = { lens "A" } }
    shop:reload { files = { ["plan.lua"] = plan,
      ["rules.lua"] = [[ measure "boxes" { on = "Order Completed", each = "products", where = { category = "lens" } } ]] } }
    assert.equal(1, ada:measure "boxes") -- another name for the same figure
    shop:reload { files = { ["plan.lua"] = plan,
      ["rules.lua"] = [[ measure "boxes" { on = "Order Completed", each = "products", where = { category = "coffee" } } ]] } }
    assert.equal(0, ada:measure "boxes")
  end)

  it("gives the usual value: the most frequent, and how often in a row", function()
    open [[
      measure "lenses" { on = "Order Completed", each = "products", by = "sku", where = { category = "lens" } }
      tag "A it is" { when = function(member)
        local usual = member:usual("lenses", "12 months")
        return usual and usual.value == "A" and usual.in_a_row >= 2
      end }
    ]]
    buys { products = { lens "A", coffee } }
    assert.has_no_tag(ada, "A it is")
    shop:advance "1 day"
    buys { products = { lens "A", coffee } }
    assert.has_tag(ada, "A it is")
    shop:advance "1 day"
    buys { products = { lens "B" } }
    assert.has_no_tag(ada, "A it is") -- A is still the most frequent, but not in a row
    shop:advance_to "2026-12-31 12:00"
    buys { products = { lens "A" } }
    buys { products = { lens "A" } }
    assert.has_tag(ada, "A it is")
    shop:advance "1 year" -- all of it left the window, and nobody sent an event
    assert.has_no_tag(ada, "A it is")
  end)

  it("is refused with a where that means nothing", function()
    local function refused(where, why)
      local ok, message = pcall(open, 'measure "x" { on = "Order Completed", each = "products", where = ' .. where .. " }")
      assert.is_false(ok)
      assert.truthy(message:find(why, 1, true), message)
    end
    refused('{ categry = "lens" }', 'did you mean "category"?')
    refused("{ category = 5 }", "wrong_type")
    refused("{ price = 5 }", 'did you mean money "5"?')
    refused("{}", "is empty")
    refused('"lens"', "wrong_type")
  end)
end)
