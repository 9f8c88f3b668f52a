-- SPDX-License-Identifier: Apache-2.0
-- Calls in calls.
--- plain stopped
local function f() return 1 + f() end
f()
--- with many locals stopped
local function f() local a, b, c, d, e, g, h, i, j, k = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 return a + f() + k end
f()
--- in turn stopped
local f, g
function f() return 1 + g() end
function g() return 1 + f() end
f()
--- through pcall
local function f() local ok, why = pcall(f) assert(ok, why) end
f()
--- through pcall without tail raised
local function f() return 1 + select(2, pcall(f)) end
f()
--- through gsub raised
local function f() ("x"):gsub("x", f) end
f()
--- through sort raised
local function f() table.sort({ 2, 1 }, f) end
f()
--- with arguments stopped
local function f(...) return 1 + f(..., 1) end
f(1)
--- a nested effect raised
local t = {}
for i = 1, 1000 do t = { t } end
member:emit("E", { t = t })
--- a circular effect raised
local t = {}
t.t = t
member:emit("E", t)
--- a circular trait raised
local t = {}
t[1] = t
member:set("any", t)
