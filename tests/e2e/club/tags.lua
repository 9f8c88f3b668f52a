-- SPDX-License-Identifier: Apache-2.0
-- Brief: groups of people whom we talk to in one voice. A tag with `when` alone holds exactly while that is true; one
-- with `on` is a stamp that fades.

tag "big spender" { when = function(member) return member:spend "12 months" >= money "3000" end }

-- They buy the solution here and the lenses somewhere else.
tag "solution only" { when = function(member) return member:bought "solution" and not member:bought "lens" end }

tag "both worlds" {
  when = function(member)
    local cups = member:bought("coffee", "12 months") or member:bought("beans", "12 months")
    return cups and not not member:bought("lens", "12 months")
  end,
}

-- A box of lenses lasts a month or two: whoever is past three months is about to buy, from us or from others.
tag "lenses due" {
  when = function(member)
    return member:bought("lens", "12 months") and not member:bought("lens", "3 months")
  end,
}

tag "sharer" { when = function(member) return member:shares "12 months" >= 2 end }

tag "sleeping" {
  when = function(member)
    return member:did "Order Completed" and not member:did("Order Completed", "180 days")
  end,
}

tag "looks and does not buy" {
  when = function(member) return member:views "30 days" >= 5 and not member:did("Order Completed", "90 days") end,
}

tag "came by QR code" { class = "behaviour", on = "QR Scanned", keep = "90 days" }

tag "early bird" {
  on = "Order Completed", keep = "60 days",
  during = { days = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday" }, hours = { "06:00", "09:00" } },
}

-- What rules.lua goes by.
tag "has been Gold" {
  on = "tier.upgraded", keep = "100 years",
  when = function(member, event) return event.to == "Gold" end,
}

tag "to be called" { on = "Unhappy Customer", keep = "14 days" }
