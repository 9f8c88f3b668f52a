-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("identity", function()
  local shop
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
  end)

  it("knows a mail address and a phone however they are written", function()
    local ada = shop:member { user_id = "u1", email = "Ada@Example.com", phone = "138 0013 8001" }
    local same = shop:member { email = "ada@example.com" }
    local again = shop:member { phone = "+86 13800138001" }
    assert.equal(ada:number(), same:number())
    assert.equal(ada:number(), again:number())
  end)

  it("joins two members when somebody shows both accounts, with all they have", function()
    local web = shop:member { email = "ada@example.com" }
    local till = shop:member { phone = "13800138001" }
    web:does("Order Completed", { order_id = "w1", revenue = 600.00 })
    till:does("Order Completed", { order_id = "t1", revenue = 500.00 })
    assert.in_tier(web, "Member")
    shop:merge(web, till)
    assert.equal(110000, till:measure "spend")
    assert.in_tier(till, "Silver") -- together they are past 1,000
  end)

  it("joins what an account did in two browsers", function()
    local home = shop:member { anonymous_id = "at home" }
    local work = shop:member { anonymous_id = "at work" }
    home:does("Product Viewed", { sku = "GE-V60" })
    work:does("Product Viewed", { sku = "GE-V60" })
    home:identify({}, { with = { user_id = "u1" } })
    work:identify({}, { with = { user_id = "u1" } })
    assert.equal(home:number(), work:number())
    assert.equal(2, home:measure "views")
  end)

  it("does not join two people who share a browser", function()
    local ada = shop:member { user_id = "u1", anonymous_id = "browser" }
    local leo = shop:member { user_id = "u2", anonymous_id = "browser" }
    assert.are_not.equal(ada:number(), leo:number())
  end)

  it("does not join everybody who was typed in with the shop's test address", function()
    local ada = shop:member { user_id = "u1", email = "test@test.com" }
    local leo = shop:member { user_id = "u2", email = "TEST@test.com" }
    assert.are_not.equal(ada:number(), leo:number())
  end)
end)
