-- SPDX-License-Identifier: Apache-2.0
-- Code that catches what should end it.
--- pcall around a loop stopped
while true do pcall(function() while true do end end) end
--- pcall of pcall stopped
local function f() pcall(f) pcall(f) end
f()
--- going on after the stop stopped
local function f() pcall(f) while true do end end
f()
--- pcall around a memory bomb stopped
while true do
  pcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(10000) .. #t end end)
end
--- pcall in a comparison stopped
table.sort({ 3, 2, 1 }, function(a, b) pcall(function() while true do end end) return a < b end)
--- pcall in a replacement stopped
(("x"):rep(100)):gsub("x", function() pcall(function() while true do end end) end)
--- pcall of host functions stopped
while true do pcall(string.rep, "x", 1 << 50) end
--- errors by the million stopped
while true do pcall(error, "x") end
--- error in the handler of an error stopped
local function f(n) local ok, why = pcall(f, n + 1) error(why) end
while true do pcall(f, 1) end
--- catching an error of the host done
assert(not pcall(member.orders, member, "12 parsecs"))
