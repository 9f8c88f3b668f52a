-- SPDX-License-Identifier: Apache-2.0
-- require "tessera.test": the test kit for rules, in plain busted. `tessera.open` gives a shop: the production
-- engine, in memory, with a clock that only the test moves. docs/testing.md says how to write a spec with it.
if _VERSION ~= "Lua 5.4" then
  error("tessera.test needs Lua 5.4, and this is " .. _VERSION .. ": run busted as `lua5.4 /usr/bin/busted`, with "
    .. '`lua = "lua5.4"` in a .busted file, or by `tessera test`', 0)
end
local engine = require "tessera.engine"

-- busted forgets what a spec file has required before it reads the next one; the kit stays, with its hooks in busted.
local shared = engine.shared()
if shared.module then return shared.module end

local say = require "tessera.test.say"
local json = require "tessera.test.json"
local shop = require "tessera.test.shop"

local M = { version = engine.version, null = json.null, list = json.list }

-- name = { type, what it says }
local options = {
  rules = { "string", "the folder of the rules, found from the spec file that asks" },
  files = { "table", "rule files as text by name, in the place of those of the folder or beside them" },
  now = { "string", 'what the clock shows at first, in the program\'s time zone: "2026-01-15 10:00"' },
  gc = { "number", "how Lua's collector runs, for tests of the engine: 1 generational, 2 before every call, 3 always" },
  seed = { "number", "of the engine's hash tables; no result may depend on it" },
}
M.options = options

-- tessera.open { rules = "../rules", now = "2026-01-15 10:00" }: a shop under the rules of a folder, found from the
-- spec file that asks. `files = { ["tags.lua"] = [[ ... ]] }` gives rule files as text, beside those of the folder
-- or alone.
function M.open(wanted)
  if wanted ~= nil and type(wanted) ~= "table" then say.fail 'write tessera.open { rules = "../rules" }' end
  for key, value in pairs(wanted or {}) do
    if not options[key] then say.unknown("option of tessera.open", key, options) end
    if type(value) ~= options[key][1] then
      say.fail("tessera.open: %s must be a %s, not a %s", key, options[key][1], type(value))
    end
  end
  return shop.open(wanted or {}, say.folder())
end

require("tessera.test.assertions").register()
require("tessera.test.hooks").install()

shared.module = M
return M
