-- SPDX-License-Identifier: Apache-2.0
-- Patterns that backtrack.
--- question marks stopped
local s = ("a"):rep(40)
s:find(("a?"):rep(40) .. s)
--- shortest runs stopped
(("a"):rep(20000)):match(".-.-.-.-b")
--- longest runs stopped
(("a"):rep(5000)):match("(.*)(.*)(.*)(.*)b")
--- a run at every place stopped
(("x"):rep(200000)):gsub("x*y", "")
--- balance at every place stopped
(("("):rep(100000)):gsub("%b()", "")
--- sets stopped
local set = "[" .. ("b-c"):rep(10000) .. "]"
(("a"):rep(10000)):find(set .. "-" .. set)
--- plain search stopped
local s = ("a"):rep(900000)
while true do s:find(("a"):rep(400000) .. "b", 1, true) end
--- back references stopped
local s = ("a"):rep(100000)
s:match("(.*)%1%1b")
--- gmatch stopped
for _ in (("a"):rep(100000)):gmatch(".-.-b") do end
--- frontiers stopped
(("a "):rep(100000)):gsub("%f[a].-%f[b]", "")
--- captures without end raised
("x"):find(("("):rep(33))
--- deep captures raised
("x"):find(("("):rep(100) .. (")"):rep(100))
--- deep pattern raised
(("a"):rep(1000)):find(("a?"):rep(1000))
--- half a set raised
("x"):find("[a-")
--- half an escape raised
("x"):find("%")
--- a bad back reference raised
("x"):find("%1")
--- a balance without arguments raised
("x"):find("%b")
--- a frontier without a set raised
("x"):find("%f")
--- a replacement with a bad escape raised
("x"):gsub("x", "%")
--- a capture that is not there raised
("x"):gsub("x", "%2")
