-- SPDX-License-Identifier: Apache-2.0
-- A kiosk that takes whatever its tills send: events need no declaration, and only one of two ladders has rates.
program { name = "Kiosk", timezone = "Europe/Berlin", currency = "EUR", unknown_events = "accept" }

event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true }, change = "money" }

measure "orders" { on = "Order Completed" }
measure "spend"  { on = "Order Completed", sum = "revenue" }
measure "clicks" { on = "Button Clicked" }
measure "net"    { on = "Till Counted", sum = "difference" }

tiers "guests" {
  basis = { measure = "spend", window = "12 months" },
  { "Guest", rate = 1 }, { "Regular", from = money "200", rate = 1.5 },
}
tiers "early birds" { basis = { measure = "orders", window = "calendar month" }, { "Asleep" }, { "Awake", from = 5 } }

points "beans" {}
earn "beans" {
  on = "Order Completed", points = "beans", once_per = "order_id", give = 1, per = money "1", of = "revenue", times = "rate",
  where = { change = { below = money "-1" } },
}

tag "clicks a lot" { when = function(member) return member:clicks "7 days" > 3 and not member:did "Complaint Made" end }
tag "short" { when = function(member) return member:net "30 days" < -5 end }
tag "none" { when = function(member) return member:orders() == 0 or member:spend() <= 0 end }
rule "given back" {
  on = "Order Completed",
  when = function(_, event) return event.change ~= nil and event.change < money "-5" or event.revenue == 500 end,
  act = function(member) member:notify("change", {}) end,
}
rule "lamp" {
  on = "Lamp Lit",
  when = function(_, event) return event.colour == "red" or event.properties.colour == "5" end,
  act = function(member)
    for i = 1, 3 do
      if i == 2 then goto continue end
      member:notify("lamp", { i = i })
      ::continue::
    end
  end,
}
