-- SPDX-License-Identifier: Apache-2.0
-- 茶馆：名字用中文写。 Names, tags and measures in Chinese; amounts without decimals.
program { name = "茶馆", timezone = "Asia/Tokyo", currency = "JPY", unknown_events = "accept" }

event "下单" { ["金额"] = "any", order_id = "text", revenue = { "money", required = true } }

points "叶子" { pending = "7 days", on_refund = "floor" }
measure "消费" { on = "下单", sum = "revenue" }
measure "次数" { on = "下单" }

tiers "会员" {
  basis = { measure = "消费", window = "calendar year" },
  { "普通", rate = 1, ["图标"] = "leaf" },
  { "银", from = money "10000", rate = 1.25, ["图标"] = "silver", gifts = { "tea", "cup" } },
  { "金", from = money "50000", rate = 1.5, ["图标"] = "gold", never_lost = true },
  upgrade = "review",
  downgrade = { review = "yearly", steps = 1 },
}

earn "每单" { on = "下单", points = "叶子", give = 1, per = money "100", of = "revenue", times = { rate = "会员" } }

tag "大客户" { when = function(member) return member:measure("消费", "12 months") >= money "100000" end }
tag "常客" {
  when = function(member)
    local n = member:measure("次数", "90 days")
    return n > 5 or member.tiers["会员"].name ~= "普通"
  end,
}

rule "升级" {
  on = { "tier.upgraded", "tier.downgraded" },
  act = function(member, event)
    local word = event.name == "tier.upgraded" and "恭喜" or "再见"
    member:notify(word, { from = event.from, to = event.to })
  end,
}
