-- SPDX-License-Identifier: Apache-2.0
-- Brief: interest fades within a month. Looking is cheap, and ten points of it a day are enough; a test drive is not.
-- A drive is remembered for half a year, a quote for as long as it is valid.

measure "views"  { on = "Car Viewed", by = "model" }
measure "drives" { on = "Test Drive Done" }

score "browsing" {
  half_life = "30 days", at_most = { 10, per = "day" },
  events = { ["Car Viewed"] = 1, ["Brochure Downloaded"] = 3, ["Configuration Saved"] = 5 },
}
score "interest" { half_life = "30 days", events = { ["Test Drive Done"] = 20, ["Quote Requested"] = 30 } }

tag "drove one" { on = "Test Drive Done", keep = "6 months" }
tag "has a quote" { on = "Quote Requested", keep = "60 days" }
tag "owner" { class = "static" }
tag "knows which" {
  when = function(member)
    local model = member:usual("views", "90 days")
    return model and model.count >= 5 and model.share >= 0.8
  end,
}

rule "signed" { on = "Contract Signed", act = function(member) member:tag "owner" end }
