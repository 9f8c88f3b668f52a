-- SPDX-License-Identifier: Apache-2.0
-- Brief: fifty stars for the first order, two hundred for the first time in Gold; each once in a life, which the static
-- tags remember. Who gives the whole first order back gives the fifty stars back too, and is not welcomed again.

tag "welcomed"      { class = "static" } -- no `when`, no `on`: rules give it
tag "has been Gold" { class = "static" }

rule "welcome" {
  on = "Order Completed",
  when = function(member) return not member.tags["welcomed"] end,
  act = function(member)
    member:earn("stars", 50)
    member:tag "welcomed"
  end,
}

rule "welcome to Gold" {
  on = "tier.upgraded",
  when = function(member, event) return event.to == "Gold" and not member.tags["has been Gold"] end,
  act = function(member)
    member:earn("stars", 200)
    member:tag "has been Gold"
  end,
}
