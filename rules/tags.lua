-- SPDX-License-Identifier: Apache-2.0
-- Brief: groups of people whom we talk to in one voice. Static tags say what does not change, life tags where and how
-- somebody lives, behaviour tags what they do. A tag with `when` alone holds exactly while that is true; one with `on`
-- is a stamp that fades.

-- static
tag "founding member" { class = "static", when = function(member) return member.created < "2024-04-01" end }

-- life
local shops = { Shanghai = true, Beijing = true, Hangzhou = true, Guangzhou = true, Shenzhen = true, Chengdu = true,
  Nanjing = true, Wuhan = true }
tag "lives near a shop" { class = "life", when = function(member) return shops[member.traits.city] == true end }

-- behaviour
tag "big spender" { when = function(member) return member:spend "12 months" >= money "3000" end }
tag "sharer"      { when = function(member) return member:shares "12 months" >= 2 end }

tag "looks and does not buy" {
  when = function(member) return member:views "30 days" >= 5 and not member:did("Order Completed", "90 days") end,
}

tag "early bird" {
  on = "Order Completed", keep = "60 days",
  during = { days = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday" }, hours = { "06:00", "09:00" } },
}
