-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("traits and consents", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member { traits = { name = "Ada", city = "Wuhan" } }
  end)

  it("are what the member said last", function()
    ada:identify { city = "Chengdu" }
    assert.equal("Chengdu", ada:trait "city")
    assert.equal("Ada", ada:trait "name")
  end)

  it("allow nothing until somebody says yes, and nothing after they say no", function()
    assert.is_false(ada:consent "marketing")
    ada:consents "marketing"
    assert.is_true(ada:consent "marketing")
    ada:consents("marketing", false)
    assert.is_false(ada:consent "marketing")
  end)
end)
