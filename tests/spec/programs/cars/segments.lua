-- SPDX-License-Identifier: Apache-2.0
-- Brief: about to buy are those who suit us, who came close lately, and who did not sign yet. They are called, if they
-- allowed calls. The dealers who drove or quoted in the three months before share the credit for a contract evenly.

segment "about to buy" {
  when = function(member)
    local close = member.scores["interest"] + member.scores["browsing"] >= 30
    return close and member.scores["fit"] >= 5 and not member.tags["owner"]
  end,
}

rule "call them" {
  on = "segment.entered",
  when = function(member, event) return event.segment == "about to buy" and member.consents["calls"] end,
  act = function(member) member:notify("call", { quote = member.tags["has a quote"] }) end,
}

attribution "dealers" {
  to = "dealer", touches = { "Test Drive Done", "Quote Requested" }, credit = "Contract Signed",
  model = "even", within = "90 days", of = "price",
}
