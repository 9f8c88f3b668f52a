-- SPDX-License-Identifier: Apache-2.0
-- The kit's module when memory runs out at any point: an error that says so, nothing lost, and a shop that goes on.
local engine = require "tessera.engine"

local files = { { "shop.lua", [[
event "Order Completed" { revenue = "money" }
measure "spend" { on = "Order Completed", sum = "revenue" }
tag "buyer" { when = function(member) return member:spend "30 days" > 0 end }
points "stars" {}
earn "stars" { on = "Order Completed", points = "stars", give = 1, per = money "1", of = "revenue" }
rule "odd" { on = "Order Completed", act = function(member, event) if event.revenue == 700 then error "no" end end }
]] } }
local now = 1768442400000

local function line(revenue)
  return '{"type":"track","event":"Order Completed","userId":"a","properties":{"revenue":' .. revenue .. "}}"
end

-- Everything that a shop can do, once.
local function life(coverage)
  local shop = engine.open { seed = 1, coverage = coverage }
  local ok, message = shop:activate(files, now)
  if not ok then error(message, 0) end
  assert(shop:sources "rules")
  local status, _, member = shop:submit(line(5), now)
  assert(status == "applied" and member == 1)
  assert(shop:submit(line(7), now) == "applied")
  assert(shop:submit("{", now) == "quarantined")
  assert(shop:preview(line(5), now).status == "applied")
  assert(shop:card(1, now).wallet.stars.available == 12)
  assert(#shop:timeline(1) > 3 and #shop:quarantine() == 1 and #shop:errors() == 1)
  assert(shop:totals().stars.issued == 12)
  assert(shop:program().name)
  if coverage then assert(shop:coverage().lines["shop.lua"]) end
  local fine, why = shop:books()
  if not fine then error(why, 0) end
  fine, why = shop:replay()
  if not fine then error(why, 0) end
  shop:close()
end

describe("without memory", function()
  it("says so, and loses nothing", function()
    local seed = tonumber(os.getenv "TS_SEED" or "") or os.time()
    math.randomseed(seed)
    life(false)
    local refused, done, after = 0, 0, 0
    while done < 3 do -- from the first allocation on, then in steps that grow, until all of it goes through
      engine.fail_after(after)
      local ok, message = pcall(life, refused % 2 == 1)
      engine.fail_after(-1)
      if ok then
        done = done + 1
      else
        refused = refused + 1
        assert.is_truthy(tostring(message):find "memory" or tostring(message):find "cannot",
          "TS_SEED=" .. seed .. ", after " .. after .. " allocations: " .. tostring(message))
      end
      after = after + (after < 60 and 1 or math.random(1, math.max(2, after // 6)))
    end
    assert.is_true(refused > 60)
    collectgarbage()
    life(true)
  end)
end)
