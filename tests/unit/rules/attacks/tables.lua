-- SPDX-License-Identifier: Apache-2.0
-- Tables that grow, and work on tables in C.
--- a list of tables stopped
local t = {}
while true do t[#t + 1] = {} end
--- a list of numbers stopped
local t = {}
for i = 1, 1000000000 do t[i] = i end
--- a nest stopped
local t = {}
while true do t = { t } end
--- closures stopped
local t = {}
while true do t[#t + 1] = function() return t end end
--- move stopped
table.move({}, 1, 1000000000, 2)
--- move to the end raised
table.move({ 1, 2 }, 1, 2, math.maxinteger)
--- insert at the head stopped
local t = {}
for i = 1, 1000000 do table.insert(t, 1, i) end
--- remove at the head stopped
local t = {}
for i = 1, 100000 do t[i] = i end
while true do table.insert(t, 1) table.remove(t, 1) end
--- unpack raised
table.unpack({}, 1, 100000000)
--- unpack with overflow raised
table.unpack({}, math.mininteger, math.maxinteger)
--- pack by pack raised
local t = {}
while true do t = table.pack(t, t, t, table.unpack(t)) t[1000] = t end
--- concat of a long range raised
table.concat({}, "x", 1, 1000000000)
--- concat of empty texts stopped
local t = {}
for i = 1, 100000 do t[i] = "" end
while true do table.concat(t) end
--- pairs of a large table stopped
local t = {}
for i = 1, 100000 do t[i] = i end
while true do for _ in pairs(t) do break end end
--- the last key done
local t = {}
t[math.maxinteger] = 1
assert(#t == 0 or #t == math.maxinteger)
--- insert past the last key raised
table.insert({ [math.maxinteger] = 1 }, math.maxinteger, 1)
--- event tables stopped
local t = {}
while true do t[#t + 1] = event.properties.list t.x = { t } end
