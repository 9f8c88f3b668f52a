-- SPDX-License-Identifier: Apache-2.0
-- Events that come declared: those of Segment's e-commerce specification, page and screen, and the engine's own. A
-- brand's `event "Order Completed" { ... }` replaces the one of that name; the engine's own cannot be replaced.
local item = { product_id = "text", sku = "text", category = "text", name = "text", brand = "text", variant = "text",
  price = "money", quantity = "integer", coupon = "text" }
local products = { "list", of = item }

local function with(fields, more)
  local out = {}
  for key, value in next, fields do out[key] = value end
  for key, value in next, more or {} do out[key] = value end
  return out
end

local product = with(item, { value = "money", currency = "text" })
local order = { order_id = "text", checkout_id = "text", affiliation = "text", subtotal = "money", total = "money",
  revenue = "money", value = "money", shipping = "money", tax = "money", discount = "money", coupon = "text",
  currency = "text", products = products }
local coupon = { order_id = "text", cart_id = "text", coupon_id = "text", coupon_name = "text", discount = "money" }

local events = {
  ["Page Viewed"] = { url = "any", title = "any", path = "any", referrer = "any", search = "any", name = "any",
    category = "any" },
  ["Screen Viewed"] = { name = "any", category = "any" },
  ["Products Searched"] = { query = "text" },
  ["Product List Viewed"] = { list_id = "text", category = "text", products = products },
  ["Product List Filtered"] = { list_id = "text", category = "text", products = products },
  ["Promotion Viewed"] = { promotion_id = "text", creative = "text", name = "text", position = "any" },
  ["Promotion Clicked"] = { promotion_id = "text", creative = "text", name = "text", position = "any" },
  ["Product Clicked"] = product,
  ["Product Viewed"] = product,
  ["Product Added"] = with(product, { cart_id = "text" }),
  ["Product Removed"] = with(product, { cart_id = "text" }),
  ["Cart Viewed"] = { cart_id = "text", products = products },
  ["Checkout Started"] = order,
  ["Checkout Step Viewed"] = { checkout_id = "text", step = "any", shipping_method = "text",
    payment_method = "text" },
  ["Checkout Step Completed"] = { checkout_id = "text", step = "any", shipping_method = "text",
    payment_method = "text" },
  ["Payment Info Entered"] = { checkout_id = "text", order_id = "text", step = "any", shipping_method = "text",
    payment_method = "text" },
  ["Order Updated"] = order,
  ["Order Completed"] = order,
  ["Order Refunded"] = order,
  ["Order Cancelled"] = order,
  ["Coupon Entered"] = coupon,
  ["Coupon Applied"] = coupon,
  ["Coupon Denied"] = with(coupon, { reason = "text" }),
  ["Coupon Removed"] = coupon,
  ["Product Added to Wishlist"] = with(item, { wishlist_id = "text", wishlist_name = "text" }),
  ["Product Removed from Wishlist"] = with(item, { wishlist_id = "text", wishlist_name = "text" }),
  ["Wishlist Product Added to Cart"] = with(item, { wishlist_id = "text", wishlist_name = "text", cart_id = "text" }),
  ["Product Shared"] = with(item, { share_via = "text", share_message = "text", recipient = "text" }),
  ["Cart Shared"] = { share_via = "text", share_message = "text", recipient = "text", cart_id = "text",
    products = products },
  ["Product Reviewed"] = { product_id = "text", review_id = "text", review_body = "text", rating = "any" },
}

local level = { tiers = "text", from = "text", to = "text" }
local points = { points = "text", amount = "integer" }

local internal = {
  ["tier.upgraded"] = level,
  ["tier.downgraded"] = level,
  ["tag.added"] = { tag = "text" },
  ["tag.removed"] = { tag = "text" },
  ["segment.entered"] = { segment = "text" },
  ["segment.left"] = { segment = "text" },
  ["points.earned"] = points,
  ["points.expired"] = points,
  ["points.expiring"] = with(points, { expires = "time" }),
  ["points.spent"] = points,
  ["milestone.reached"] = { milestone = "text", value = "number", times = "integer" },
  ["member.created"] = {},
  ["member.joined"] = {},
}

local describe = {
  ["tier.upgraded"] = "the member rose a level, or several",
  ["tier.downgraded"] = "the member fell a level, or several",
  ["tag.added"] = "the member has a tag that it had not",
  ["tag.removed"] = "the member has a tag no more",
  ["points.earned"] = "points were earned; they may be pending",
  ["points.expired"] = "points lapsed",
  ["points.expiring"] = "points will lapse soon: a notice that `expire.notice` asks for",
  ["points.spent"] = "points were spent",
  ["segment.entered"] = "the member came into a segment",
  ["segment.left"] = "the member left a segment",
  ["milestone.reached"] = "a lifetime figure passed a threshold; `value` is the last one passed, `times` how many",
  ["member.created"] = "somebody was seen for the first time",
  ["member.joined"] = "another member turned out to be this one",
}

return { events = events, internal = internal, describe = describe }
