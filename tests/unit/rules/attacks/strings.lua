-- SPDX-License-Identifier: Apache-2.0
-- Texts that grow.
--- rep raised
local s = ("x"):rep(1 << 40)
--- rep with overflow raised
local s = ("xx"):rep(math.maxinteger)
--- rep of nothing done
local s = (""):rep(math.maxinteger)
--- rep with a separator raised
local s = ("x"):rep(1000000, ("y"):rep(1000000))
--- doubling stopped
local s = "x"
while true do s = s .. s end
--- doubling and keeping stopped
local s, all = "x", {}
while true do s = #s < 100000 and s .. s or s all[#all + 1] = s .. #all end
--- gsub that grows raised
local s = ("x"):rep(1000):gsub("x", ("y"):rep(10000))
--- gsub by captures raised
local s = ("x"):rep(1000)
s = (s):gsub("(.*)", "%1%1%1%1%1%1%1%1"):gsub("(.*)", "%1%1%1%1%1%1%1%1"):gsub("(.*)", ("%1"):rep(100))
--- gsub by a function raised
local big = ("y"):rep(100000)
local s = ("x"):rep(1000):gsub("x", function() return big end)
--- concat
local big, t = ("y"):rep(1000000), {}
for i = 1, 1000 do t[i] = big end
table.concat(t)
--- concat with a separator
local t = {}
for i = 1, 1000 do t[i] = "" end
table.concat(t, ("y"):rep(100000))
--- format raised
local big = ("y"):rep(1000000)
string.format("%s%s%s%s", big, big, big, big)
--- a format of many widths raised
string.format(("%99d"):rep(100000), 1)
--- ever longer error stopped
local s = ("x"):rep(1000000)
while true do pcall(error, s .. 1) end
--- many operands stopped
local s = ("y"):rep(900000)
while true do local x = s .. s .. s .. s .. s .. s end
--- texts as keys stopped
local t, i = {}, 0
while true do i = i + 1 t[("k"):rep(1000) .. i] = true end
