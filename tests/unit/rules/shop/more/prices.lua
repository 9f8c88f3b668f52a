-- SPDX-License-Identifier: Apache-2.0
-- A data file beside a rule file.
local prices = include "prices"
rule "price" { on = "Product Viewed", act = function(member, event)
  local total = 0
  local function add(x) total = total + x end
  for _, price in pairs(prices) do add(price) end
  return total
end }
