-- SPDX-License-Identifier: Apache-2.0
-- Code that reaches for metatables, its own or the host's.
--- getmetatable refused
getmetatable("").__index = nil
--- debug refused
debug.setmetatable(nil, { __index = function() end })
--- rawset refused
rawset(math, "floor", nil)
--- index of texts done
assert(("").__index == nil and ("").__metatable == nil)
--- metatable field of the member raised
local x = member.__metatable
--- index field of the member raised
local x = member.__index
--- name field of the event raised
local x = event.__name
--- writing the metatable of the member raised
member.__index = {}
--- frozen content of a library done
assert(math.__frozen == nil and math.__index == nil and string.__newindex == nil)
--- content by pairs raised
local _, content = pairs(math)
content.floor = nil
--- content by ipairs raised
local _, content = ipairs(string)
content[1] = 1
--- own metamethods are plain fields raised
local t = { __index = function() while true do end end, __add = function() return 1 end }
return t + t
--- tostring fields done
local t = { __tostring = function() while true do end end, __name = "x" }
assert(tostring(t) == "table" and string.format("%s", t) == "table")
--- pairs fields done
for _ in pairs { __pairs = function() while true do end end } do end
--- len fields done
assert(#{ __len = function() while true do end end } == 0)
