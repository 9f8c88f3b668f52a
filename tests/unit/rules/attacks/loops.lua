-- SPDX-License-Identifier: Apache-2.0
-- Code that does not end.
--- while stopped
while true do end
--- for stopped
for i = 1, math.maxinteger do local x = i * i end
--- float for stopped
for i = 1, math.huge do end
--- goto stopped
::again:: goto again
--- repeat with rubbish stopped
repeat local x = { 1, 2, 3 } until false
--- tail calls stopped
local function f() return f() end
f()
--- tail calls in turn stopped
local f, g
function f() return g() end
function g() return f() end
f()
--- ever more arguments stopped
local function f(...) return f(1, ...) end
f()
--- many arguments behind a helper stopped
local function rest() local x = 0 for i = 1, 20 do x = x + i end return x end
local function f(...) rest() return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end
f()
--- comparing long texts stopped
local a, b = ("x"):rep(1000000), ("x"):rep(1000000)
while a == b do end
--- ordering long texts stopped
local a, b = ("x"):rep(1000000), ("x"):rep(999999) .. "y"
while a < b do end
--- long constants stopped
local a = ("0123456789abcdef"):rep(60000)
local b = a .. ""
while ("x" .. a) ~= b do end
--- upper of a long text stopped
local s = ("x"):rep(1000000)
while true do s:upper() end
--- reading numbers stopped
local s = ("9"):rep(1000000)
while true do tonumber(s) end
--- reading numbers with a base stopped
local s = ("9"):rep(1000000)
while true do tonumber(s, 10) end
--- reading the member stopped
while true do member:orders "12 months" end
--- windows without end stopped
local i = 0
while true do i = i + 1 pcall(member.orders, member, i .. " days") end
--- nothing but calls of the host stopped
while true do math.floor(1.5) end
--- iterators that do not end stopped
for _ in function() return 1 end do end
