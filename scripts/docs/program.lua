-- SPDX-License-Identifier: Apache-2.0
-- The program as the generator uses it: what it says of its words, and its check of a rule file.
local json = require "json"

local P = {}

local function quote(text) return "'" .. string.gsub(text, "'", "'\\''") .. "'" end

local function output_of(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read("a")
  local _, _, code = pipe:close()
  return text, code
end

-- The program: said, or in TESSERA, or the release build.
function P.find(said)
  P.path = said or os.getenv("TESSERA") or "build/release/tessera"
  local file = io.open(P.path, "rb")
  if not file then
    error("there is no " .. P.path .. ": build it first (scripts/run --build-only), or say --program PATH", 0)
  end
  file:close()
end

function P.words()
  local text, code = output_of(quote(P.path) .. " rules words --json")
  if code ~= 0 then error("`" .. P.path .. " rules words` failed with exit code " .. code, 0) end
  return json.read(text)
end

-- Check rule files { name = text } in a folder of their own: the problems, and what is shown to people.
function P.check(files)
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir " .. quote(folder)), "cannot make " .. folder)
  for name, text in pairs(files) do
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    assert(file:write(text))
    file:close()
  end
  local command = "cd " .. quote(folder) .. " && " .. quote(P.absolute()) .. " check . --json 2>/dev/null"
  local found = json.read((output_of(command)))
  os.execute("rm -rf " .. quote(folder))
  return found.problems or {}
end

function P.absolute()
  if string.sub(P.path, 1, 1) == "/" then return P.path end
  P.here = P.here or string.gsub(output_of("pwd"), "\n$", "")
  return P.here .. "/" .. P.path
end

return P
