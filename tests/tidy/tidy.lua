-- SPDX-License-Identifier: Apache-2.0
-- What a reviewer should not have to look for: calls that we do not make, files without a licence line, files and
-- functions that outgrow a reader, includes against the order of the parts, words that mark unfinished work, dead links.
--   lua5.4 tests/tidy/tidy.lua [ROOT]       prints each finding as FILE:LINE: what; exit 1 when there are any
--   lua5.4 tests/tidy/tidy.lua --self-test  plants one fault of each kind and expects it to be found

-- ---- limits -----------------------------------------------------------------------------------------------------------

local file_lines = { core = 800, include = 800, scripts = 800, rules = 200, tests = 1000 }
local function_lines = 110 -- a ratchet: the longest function of core today; it may only go down
local line_columns = { core = 160, include = 160, scripts = 160, rules = 120, tests = 180 } -- the style is 120

-- Parts in their order: a part includes its own headers and those of parts before it.
local parts = { "base", "record", "score", "ledger", "member", "identity", "rules", "journey", "engine", "store", "server", "command", "kit" }

-- Headers that only describe: every part may read what a program declares.
local open_headers = { ["rules/program.h"] = true }

-- What stands in the way of safety or determinism, and what to use instead.
local banned = {
  strcpy = "ts_buf_adds or memcpy", strcat = "ts_buf_adds", strncat = "ts_buf_add", sprintf = "snprintf", vsprintf = "vsnprintf",
  gets = "fgets", strtok = "a scan over ts_str", rand = "struct ts_rng", srand = "struct ts_rng", random = "struct ts_rng",
  drand48 = "struct ts_rng", localtime = "ts_civil", localtime_r = "ts_civil", gmtime = "ts_civil", mktime = "ts_civil",
  strftime = "ts_time_format", strerror = "strerror_r", setlocale = "nothing: there is no locale", atoi = "ts_parse_u64",
  atol = "ts_parse_u64", atof = "ts_decimal", system = "posix_spawn", popen = "posix_spawn", alloca = "struct ts_arena",
  tmpnam = "mkstemp", mktemp = "mkstemp", malloc = "ts_alloc", calloc = "ts_calloc",
  realloc = "ts_realloc", free = "ts_free", strdup = "ts_strdup_n",
}
-- Where one of these is at home.
local at_home = {
  ["core/base/memory.c"] = { malloc = true, calloc = true, realloc = true, free = true },
}

-- Split so that this file does not find itself.
local unfinished = { "to" .. "do", "fix" .. "me", "x" .. "xx", "ha" .. "ck", "st" .. "ub", "place" .. "holder", "for " .. "now",
  "simpli" .. "fied" }
-- Paths of somebody's own machine.
local somebodys = { "/ho" .. "me/", "/ro" .. "ot/", "/Us" .. "ers/", "/wo" .. "rk/" }

-- ---- files ------------------------------------------------------------------------------------------------------------

local root, findings = ".", {}

local function report(file, line, what) findings[#findings + 1] = string.format("%s:%d: %s", file, line, what) end

local function lines_of(path)
  local list = {}
  local f = assert(io.open(path, "rb"))
  for line in f:lines() do list[#list + 1] = line end
  f:close()
  return list
end

local function files()
  local list = {}
  local p = assert(io.popen("cd '" .. root .. "' && find core include scripts rules tests docs .ci *.md CMakeLists.txt CMakePresets.json "
    .. ".clang-format .clang-tidy .editorconfig .luacheckrc -type f -not -path '*/__pycache__/*' 2>/dev/null | LC_ALL=C sort"))
  for path in p:lines() do list[#list + 1] = path end
  p:close()
  return list
end

local function split(text)
  local list = {}
  for line in text:gmatch("([^\n]*)\n") do list[#list + 1] = line end
  return list
end

-- The lines of C without comments and without the content of strings; and the comments alone.
local function code_of(lines)
  local text = table.concat(lines, "\n") .. "\n"
  local out, comments, i, n = {}, {}, 1, #text
  while i <= n do
    local two, one = text:sub(i, i + 1), text:sub(i, i)
    if two == "/*" then
      local _, stop = text:find("*/", i + 2, true)
      stop = stop or n
      comments[#comments + 1] = text:sub(i, stop)
      out[#out + 1] = text:sub(i, stop):gsub("[^\n]", " ")
      i = stop + 1
    elseif two == "//" then
      local stop = text:find("\n", i, true) or n + 1
      comments[#comments + 1] = text:sub(i, stop - 1)
      i = stop
    elseif one == '"' or one == "'" then
      local stop = i + 1
      while stop <= n and text:sub(stop, stop) ~= one and text:sub(stop, stop) ~= "\n" do
        stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
      end
      out[#out + 1] = one .. one
      i = stop + 1
    else
      local stop = text:find("[/\"']", i + 1) or n + 1
      out[#out + 1] = text:sub(i, stop - 1)
      comments[#comments + 1] = text:sub(i, stop - 1):gsub("[^\n]", " ")
      i = stop
    end
  end
  return split(table.concat(out)), split(table.concat(comments))
end

-- ---- checks -----------------------------------------------------------------------------------------------------------

local function is_source(path, first)
  return path:find("%.[chl]$") or path:find("%.lua$") or path:find("%.py$") or path:find("%.sh$") or path:find("%.cmake$")
    or path:find("CMakeLists%.txt$") or (first and first:sub(1, 2) == "#!")
end

local function check_licence(path, lines)
  if not is_source(path, lines[1]) then return end
  local head = (lines[1] or "") .. (lines[2] or "")
  if not head:find("SPDX-License-Identifier: Apache-2.0", 1, true) then
    report(path, 1, "begins without the line SPDX-License-Identifier: Apache-2.0")
  end
end

local function check_words(path, lines, comments)
  local own = path:find("^core/") or path:find("^include/") or path:find("^scripts/") or path:find("^tests/") or path:find("^rules/")
  for number, line in ipairs(lines) do
    local low = " " .. (comments[number] or ""):lower() .. " "
    for _, word in ipairs(own and unfinished or {}) do
      if low:find("%f[%w_]" .. word .. "%f[^%w_]") then report(path, number, 'unfinished? "' .. word .. '"') end
    end
    for _, place in ipairs(somebodys) do
      if line:find("%f[%w_%.%-/]" .. place) then report(path, number, "a path of somebody's own machine: " .. place) end
    end
    if not path:find("%.md$") and not path:find("%.patch$") and line:find("[ \t]$") then report(path, number, "blanks at the end of the line") end
    local columns = line_columns[path:match("^[^/]+")]
    if columns and not path:find("%.patch$") and (utf8.len(line) or 0) > columns then
      report(path, number, "more than " .. columns .. " columns")
    end
  end
end

local function check_length(path, lines)
  local most = is_source(path, lines[1]) and file_lines[path:match("^[^/]+")]
  if most and #lines > most then report(path, most + 1, "the file has " .. #lines .. " lines, over " .. most) end
end

local function check_functions(path, code)
  local start
  for number, line in ipairs(code) do
    if line == "{" then
      start = number
    elseif line == "}" and start then
      if number - start - 1 > function_lines then
        report(path, start, "a function of " .. number - start - 1 .. " lines, over " .. function_lines)
      end
      start = nil
    end
  end
end

local function check_calls(path, code)
  for number, line in ipairs(code) do
    for name in line:gmatch("%f[%w_]([%a_][%w_]*)%s*%(") do
      local home = at_home[path]
      if banned[name] and not (home and home[name]) and not line:find("[%.>]" .. name .. "%s*%(") then
        report(path, number, name .. " is not used here; instead: " .. banned[name])
      end
    end
  end
end

local rank = {}
for i, part in ipairs(parts) do rank[part] = i end

local function check_includes(path, lines)
  local part = path:match("^core/([%w_]+)/")
  for number, line in ipairs(lines) do
    local header = line:match('^%s*#%s*include%s+"([%w_/]+%.h)"')
    local other = header and header:match("^([%w_]+)/")
    if part and other and not open_headers[header] and rank[other] and (rank[part] or 0) < rank[other] then
      report(path, number, "the part " .. part .. " includes " .. other .. ", which stands after it")
    end
    if part and part ~= "rules" and part ~= "journey" and part ~= "kit" and line:find("#%s*include%s+[<\"]l[ua][ua][%w]*%.h") then
      report(path, number, "only the parts rules and kit include lua.h")
    end
  end
  if part and not rank[part] then report(path, 1, "the part " .. part .. " has no place in the order of parts") end
end

local function check_links(path, lines)
  local folder = path:match("^(.*/)[^/]*$") or ""
  for number, line in ipairs(lines) do
    for target in line:gmatch("%]%(([^)#%s]+)[^)]*%)") do
      if not target:find("^%a+:") then
        local f = io.open(root .. "/" .. folder .. target, "r")
        if f then f:close() else report(path, number, "a link to " .. target .. ", which is not there") end
      end
    end
  end
end

local function run(where)
  root, findings = where, {}
  for _, path in ipairs(files()) do
    local lines = lines_of(root .. "/" .. path)
    check_licence(path, lines)
    local code, comments = lines, lines
    if path:find("%.[ch]$") then code, comments = code_of(lines) end
    check_words(path, lines, comments)
    check_length(path, lines)
    if path:find("^core/.*%.[ch]$") then
      check_functions(path, code)
      check_calls(path, code)
      check_includes(path, lines)
    elseif path:find("%.md$") then
      check_links(path, lines)
    end
  end
  return findings
end

-- ---- self-test --------------------------------------------------------------------------------------------------------

local licence = "/* SPDX-License-Identifier: Apache-2.0 */\n"
local faults = { -- file, content, what must be said; nil: nothing must be
  { "core/base/fine.c", licence .. '/* strcpy( in a comment */\nint f(void)\n{\n    g("rand()");\n    x->free(1);\n}\n', nil },
  { "core/base/bare.c", "int x;\n", "without the line" },
  { "core/base/call.c", licence .. "void f(char *a)\n{\n    strcpy(a, a);\n}\n", ":4: strcpy" },
  { "core/base/heap.c", licence .. "void *f(void)\n{\n    return malloc(1);\n}\n", ":4: malloc" },
  { "core/base/long.c", licence .. ("int x;\n"):rep(900), "901 lines" },
  { "core/base/tall.c", licence .. "void f(void)\n{\n" .. ("    g();\n"):rep(200) .. "}\n", "function of 200" },
  { "core/base/wide.c", licence .. "/* " .. ("x"):rep(200) .. " */\n", "columns" },
  { "core/base/order.c", licence .. '#include "store/store.h"\n', "stands after it" },
  { "core/store/lua.c", licence .. "#include <lua.h>\n", "only the parts rules" },
  { "core/other/x.c", licence, "no place" },
  { "core/base/word.c", licence .. "/* " .. unfinished[1]:upper() .. ": later */\n", "unfinished" },
  { "scripts/path.sh", "# SPDX-License-Identifier: Apache-2.0\ncd /ho" .. "me/ada\n", "somebody" },
  { "scripts/blank.lua", "-- SPDX-License-Identifier: Apache-2.0\nlocal x \n", "blanks" },
  { "docs/link.md", "[here](nowhere.md)\n", "nowhere.md" },
}

local function self_test()
  local wrong = 0
  for _, fault in ipairs(faults) do
    local folder = os.tmpname()
    os.remove(folder)
    local path = folder .. "/" .. fault[1]
    assert(os.execute("mkdir -p '" .. path:match("^(.*)/") .. "'"))
    local f = assert(io.open(path, "wb"))
    f:write(fault[2])
    f:close()
    local found = table.concat(run(folder), "\n")
    os.execute("rm -r '" .. folder .. "'")
    local ok = found == ""
    if fault[3] then ok = found:find(fault[1], 1, true) and found:find(fault[3], 1, true) and not found:find("\n") end
    if not ok then
      wrong = wrong + 1
      print("self-test: " .. fault[1] .. ": expected " .. (fault[3] or "nothing") .. ", found: " .. found)
    end
  end
  print("self-test: " .. #faults - wrong .. " of " .. #faults .. " as expected")
  return wrong == 0
end

if arg[1] == "--self-test" then os.exit(self_test()) end
run(arg[1] or ".")
for _, finding in ipairs(findings) do print(finding) end
print(#findings .. " findings")
os.exit(#findings == 0)
