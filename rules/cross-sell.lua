-- SPDX-License-Identifier: Apache-2.0
-- Brief: who buys half of what they need from us, and the other half somewhere else? Lens wearers need solution, coffee
-- drinkers may need lenses, and a box of lenses lasts a month or two.

-- The solution from us and the lenses from somebody else; and the other way round.
tag "solution only" { when = function(member) return member:bought "solution" and not member:bought "lens" end }
tag "lens only"     { when = function(member) return member:bought "lens" and not member:bought "solution" end }

-- Customers who never had a lens from us: whom to tell that we have them.
tag "never a lens" { when = function(member) return member:orders() > 0 and not member:bought "lens" end }

-- Four boxes of one kind in a row, and no other: time for an eye test, or for a subscription.
tag "the same lens for long" {
  when = function(member)
    local usual = member:usual("lenses", "24 months")
    return usual and usual.in_a_row >= 4
  end,
}

-- After three months without a box the next one is due, from us or from others.
tag "lenses due" {
  when = function(member) return member:bought("lens", "12 months") and not member:bought("lens", "3 months") end,
}

tag "both worlds" {
  when = function(member)
    local coffee = member:bought("coffee", "12 months") or member:bought("beans", "12 months")
    return coffee and not not member:bought("lens", "12 months")
  end,
}
