-- SPDX-License-Identifier: Apache-2.0
-- The kit inside busted: at the end of each test its shops replay their journals, and a difference fails the test;
-- what a failing test shows ends with the timelines of the members that it touched.
local coverage = require "tessera.test.coverage"
local engine = require "tessera.engine"
local timeline = require "tessera.test.timeline"

local M = {}
local shared = engine.shared()
-- Tests whose shops wait for the collector; then it is called: their loaded rules are handed on when they go.
local shops_kept = 2

-- In order of opening: the set itself has none.
local function open_shops()
  local list = {}
  for shop in pairs(shared.open) do list[#list + 1] = shop end
  table.sort(list, function(a, b) return shared.open[a] < shared.open[b] end)
  return list
end

-- A shop that a `setup` made serves the tests behind it too, so none is closed here: they go when nobody holds them any
-- more. After a test that failed nobody asks whether the journal of its shops is run again well.
local function forget(status)
  shared.touched = nil
  for _, shop in ipairs(open_shops()) do
    if shared.coverage then coverage.add(shared.coverage, shop) end
    shop.spoiled = shop.spoiled or status ~= "success"
  end
  shared.ended = (shared.ended or 0) + 1
  if shared.ended >= shops_kept then
    shared.ended = 0
    collectgarbage()
  end
end

local function replay(fail)
  for _, shop in ipairs(open_shops()) do
    if not shop.spoiled then
      local ok, difference = shop:replay()
      shop.spoiled = not ok
      if not ok then fail("The journal, run again with another hash seed and another collector: " .. difference) end
    end
  end
end

local wrapped = setmetatable({}, { __mode = "k" })

-- The end of the test's own function is the place: a difference found there is a failure of that test.
local function wrap(busted, element)
  local run = element.run
  if type(run) ~= "function" or wrapped[run] then return end
  element.run = function(...)
    run(...)
    replay(busted.fail)
  end
  wrapped[element.run] = true
end

-- Say the failure once more, with the timelines behind it, in the place of itself.
local function with_timeline(busted, channel)
  local speaking = false
  return function(element, parent, message, trace)
    if speaking or not shared.touched then return nil, true end
    local text = timeline.text(shared.touched)
    shared.touched = nil
    if text == "" then return nil, true end
    speaking = true
    busted.publish(channel, element, parent, tostring(message) .. "\n\n" .. text .. "\n", trace)
    speaking = false
    return nil, false
  end
end

local descriptors = { "it", "before_each", "after_each", "finally", "setup", "teardown", "lazy_setup", "lazy_teardown",
  "strict_setup", "strict_teardown", "describe", "file" }

function M.install()
  local ok, busted = pcall(require, "busted")
  if not ok or type(busted) ~= "table" or type(busted.subscribe) ~= "function" then return end
  busted.subscribe({ "test", "start" }, function(element)
    wrap(busted, element)
    return nil, true
  end, { priority = 1 })
  busted.subscribe({ "test", "end" }, function(_, _, status)
    forget(status)
    return nil, true
  end)
  for _, kind in ipairs { "failure", "error" } do
    for _, descriptor in ipairs(descriptors) do
      local channel = { kind, descriptor }
      busted.subscribe(channel, with_timeline(busted, channel), { priority = 1 })
    end
  end
end

return M
