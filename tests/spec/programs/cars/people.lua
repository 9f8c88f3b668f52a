-- SPDX-License-Identifier: Apache-2.0
-- Brief: what people tell the dealer or the web site about themselves. How many they are at home and where the car sleeps
-- change with life.
trait "children" { class = "life", type = "integer" }
trait "parking"  { class = "life", type = "text" } -- "garage", "street"
trait "company car" { class = "life", type = "boolean" }
consent "calls" { default = "no" }

-- Whether our cars suit them at all. It does not fade.
score "fit" {
  traits = {
    children = { [1] = 5, [2] = 10, [3] = 10 },
    parking = { garage = 5 },
    ["company car"] = { [true] = -10 },
  },
}
