-- SPDX-License-Identifier: Apache-2.0
-- Rule files see the words of the language and a closed choice of Lua's library, so they have a std of their own, made
-- from the program itself (scripts/docs/generate.lua). It is not added to Lua's: `os.time()` in a rule is a finding
-- here as it is an error there.
stds.rules = dofile("scripts/luacheck_std.lua")
-- The trusted half of the language gets these from core/rules/lang_host.c.
stds.lang = { read_globals = { "use", "host" } }

max_line_length = 120
unused_args = false

files["rules"] = { std = "rules" }
files["rules/**/*_spec.lua"] = { std = "lua54+busted" }
files["scripts/lang"] = { std = "lua54+lang", max_line_length = 120 }
files["tests"] = { std = "rules", max_line_length = 160 } -- rule sets that tests run on
exclude_files = { "tests/unit", -- rule sets that are wrong on purpose
  "library" } -- for editors: declarations without bodies
files["tests/bench/kit"] = { std = "lua54" }
files["tests/spec"] = { std = "lua54+busted" }
files["tests/spec/programs/*/*.lua"] = { std = "rules" } -- the programmes that the specs beside them play
files["scripts/kit"] = { std = "lua54" }
files["tests/tidy"] = { std = "lua54" }
