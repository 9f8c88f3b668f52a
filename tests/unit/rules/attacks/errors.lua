-- SPDX-License-Identifier: Apache-2.0
-- Error values that are no plain texts.
--- a table raised
error({ toString = 1 })
--- nothing raised
error()
--- the member raised
error(member)
--- a function raised
error(print)
--- a number raised
error(12)
--- a boolean raised
error(false, 2)
--- a long text raised
error(("x"):rep(1000000))
--- bytes raised
error("\0\1\2\255\254\n\27[31m")
--- a false position raised
error("other.lua:99: made up", 0)
--- a far level raised
error("x", 99)
--- a level past all raised
error("x", 1 << 40)
--- a level below raised
error("x", -1)
--- assert with a table raised
assert(false, {})
--- a table through pcall done
local ok, why = pcall(error, { 1 })
assert(not ok and why[1] == 1)
--- the member through pcall raised
local ok, why = pcall(error, member)
error(why)
--- an address done
assert(not tostring({}):find("0x") and not tostring(print):find("0x") and not tostring(member):find("0x"))
