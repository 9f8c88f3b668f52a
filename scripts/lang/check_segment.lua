-- SPDX-License-Identifier: Apache-2.0
-- The word segment: who it is about just now. A segment is a condition and nothing else.
local T = use "types"

local M = {}

local segment_options = {
  when = { T.fn, "the member is in it exactly while this is true", required = true,
    type = "fun(member: member): boolean" },
}

function M.segment(d) return d:options(segment_options, d.body) end

M.describe = {
  segment = { topic = "groups",
    text = "a group that members enter and leave by themselves: whoever the condition holds for, after tags and tiers",
    options = segment_options,
    needs = 'event "Order Completed" {}',
    example = [[
segment "sleeping" {
  when = function(member)
    return member:did "Order Completed" and not member:did("Order Completed", "180 days")
  end,
}]] },
}

return M
