-- SPDX-License-Identifier: Apache-2.0
-- Functions that C calls back.
--- a comparison that does not end stopped
table.sort({ 2, 1 }, function() while true do end end)
--- a comparison that raises raised
table.sort({ 2, 1 }, function() error "x" end)
--- a comparison that contradicts itself done
local t = {}
for i = 1, 1000 do t[i] = i % 17 end
table.sort(t, function() return true end)
table.sort(t, function(a, b) return a <= b end)
--- a comparison by chance done
local t = {}
for i = 1, 1000 do t[i] = i end
table.sort(t, function() return math.random() < 0.5 end)
--- a comparison that empties the list done
local t = { 5, 4, 3, 2, 1 }
table.sort(t, function(a, b) for i = 1, 5 do t[i] = nil end return a < b end)
--- a comparison that lengthens the list stopped
local t = { 5, 4, 3, 2, 1 }
table.sort(t, function(a, b) while true do t[#t + 1] = 1 end end)
--- sorting in sorting raised
local function f(a, b) table.sort({ 2, 1 }, f) return a < b end
f(1, 2)
--- sorting without end stopped
local t = {}
for i = 1, 50000 do t[i] = (i * 7919) % 50021 end
while true do table.sort(t, function(a, b) return a > b end) table.sort(t) end
--- sorting long texts stopped
local t, s = {}, ("x"):rep(10000)
for i = 1, 500 do t[i] = s .. i end
while true do table.sort(t) end
--- a replacement that does not end stopped
("x"):gsub("x", function() while true do end end)
--- a replacement that replaces raised
local function f(s) return (s:gsub(".", f)) end
f("x")
--- a replacement of the wrong kind raised
("x"):gsub("x", function() return {} end)
--- concat of what is no text raised
table.concat({ {}, member, print })
--- concat of the member raised
table.concat(member)
