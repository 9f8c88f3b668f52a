-- SPDX-License-Identifier: Apache-2.0
-- Brief: lead scoring with everything that scores, tags and segments can do.
program { name = "Motors", timezone = "America/New_York", currency = "USD", late = "2 days" }

event "Brochure Read" { model = { "text", required = true }, pages = "integer" }
event "Test Drive Booked" { model = "text", dealer = { "text", required = true } }
event "Quote Requested" { model = "text", budget = "money" }
event "Lead Hot" { score = "number" }

trait "income" { class = "life", type = "integer" }
trait "owns" { class = "life", type = "text" }
trait "electric" { class = "life", type = "boolean" }

measure "drives" { on = "Test Drive Booked", by = "dealer" }
measure "pages" { on = "Brochure Read", sum = "pages" }

score "interest" {
  half_life = "21 days", at_most = { 30, per = "week" }, floor = 0,
  events = { ["Brochure Read"] = 1.5, ["Quote Requested"] = 20, ["Test Drive Booked"] = 25, ["Page Viewed"] = 0.1 },
}
score "fit" { traits = { owns = { ours = 30, other = 5 }, electric = { [true] = 10, [false] = 0 }, income = { [1] = 0, [2] = 5 } } }

segment "hot" { when = function(member) return member.scores.interest > 40 and member.scores.fit >= 10 end }
segment "cold" { when = function(member) return member.scores["interest"] < 1 and member:since "Brochure Read" > 180 end }

tag "dealer shopper" { when = function(member) return not not member:usual("drives", "12 months") end }
tag "loyal to a dealer" {
  when = function(member)
    local usual = member:usual("drives", "24 months")
    return usual and usual.share > 0.8 and usual.in_a_row >= 2
  end,
}
tag "quoted" { class = "behaviour", on = "Quote Requested", keep = "60 days",
  when = function(_, event) return (event.budget or 0) >= money "20000" end }

rule "hand over" {
  on = "segment.entered",
  when = function(_, event) return event.segment == "hot" end,
  act = function(member, event) member:emit("Lead Hot", { score = member.scores.interest }) end,
}
rule "reset" {
  on = "segment.left",
  act = function(member, event)
    if event.segment == "hot" then member:untag "quoted" end
    member:set("owns", "other")
  end,
}
