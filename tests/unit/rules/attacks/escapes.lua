-- SPDX-License-Identifier: Apache-2.0
-- Code that wants to get out, or to keep something.
--- a global refused
kept = member
--- a global by _ENV
_ENV.kept = member
--- a library function by _ENV
_ENV.math.floor = nil
--- an environment of its own
local _ENV = { member = member }
x = 1
y = member:orders()
--- no environment
local _ENV = nil
return x
--- load refused
load("while true do end")()
--- require refused
require("os").exit(1)
--- io refused
io.open("/etc/passwd")
--- bytecode
string.dump(function() end)
--- packing
string.pack("i16", 1)
--- methods on other things raised
member.orders(event, "12 months")
--- methods on nothing raised
member.points(nil, "stars")
--- methods on a table raised
member.tag({}, "fine")
--- fields of the member as methods raised
member.traits()
--- library functions on readers raised
string.len(member)
--- tables of readers raised
table.unpack(event)
--- iterators called by hand
local f, s, v = pairs({ 1, 2 })
f(nil) f(member) f({}, {}) f()
--- iterators of ipairs by hand raised
local f = ipairs({})
f(member, 1)
--- iterators of gmatch by hand done
local f = ("aaa"):gmatch("a")
for i = 1, 10 do f(nil, member) end
--- windows that are not raised
member:orders({})
--- windows with zeros raised
member:orders("12 months\0x")
--- names with zeros raised
return member.traits["any\0"]
--- long names raised
return member.traits[("x"):rep(100000)]
--- effects without end raised
while true do member:untag "fine" end
--- effects of great size stopped
while true do member:emit("E", { x = ("y"):rep(30000) }) end
--- money from other things raised
money(member)
--- money without end stopped
local i = 0
while true do i = i + 1 money(tostring(i)) end
--- words kept in a local file
local kept = tag
rule "kept" { on = "E", act = function(member, event) kept "x" { when = function() return true end } end }
--- a variable outside file refused
local n = 0
rule "kept" { on = "E", act = function(member, event) n = n + 1 end }
--- a table outside file
local t = {}
rule "kept" { on = "E", act = function(member, event) t[#t + 1] = event end }
--- a table outside by the library file
local t = { 2, 1 }
rule "kept" { on = "E", act = function(member, event) table.sort(t) end }
--- the event of another call file
local t = { x = {} }
rule "kept" { on = "E", act = function(member, event) t.x.event = event end }
--- a loop while loading file refused
while true do end
--- a bomb while loading file refused
local t = {}
while true do t[#t + 1] = ("x"):rep(1000) .. #t end
--- swallowing while loading file refused
while true do pcall(function() while true do end end) end
--- patterns while loading file refused
(("a"):rep(5000)):match("(.*)(.*)(.*)(.*)b")
--- chance while loading file
local x = math.random(6)
