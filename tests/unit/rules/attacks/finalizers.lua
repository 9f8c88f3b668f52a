-- SPDX-License-Identifier: Apache-2.0
-- Code that wants to run when a value dies: hooks do not reach there.
--- close a table raised
local x <close> = {}
--- close a table that looks closable raised
local x <close> = { __close = function() while true do end end }
--- close a text raised
local x <close> = "text"
--- close the member raised
local x <close> = member
--- close the event raised
local x <close> = event
--- closing value of a for raised
for _ in function() end, nil, nil, { __close = function() while true do end end } do end
--- closing the money raised
local x <close> = money
--- setmetatable with gc refused
setmetatable({}, { __gc = function() while true do end end })
--- a table with a gc field done
for i = 1, 1000 do local t = { __gc = function() while true do end end, __mode = "k" } end
--- nil and false may be closed stopped
local x <close> = nil
local y <close> = false
while true do end
