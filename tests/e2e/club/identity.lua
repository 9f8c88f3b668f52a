-- SPDX-License-Identifier: Apache-2.0
-- Brief: one person, one card, whichever way he comes in. The account, the mail address and the phone are his for
-- certain; a browser or a phone's app may be shared, so they attach to a member but never join two. A shop's own
-- test addresses are nobody's.

identifier "user_id"      { strong = true, per_member = 1 }
identifier "email"        { strong = true, per_member = 5, normalize = "email" }
identifier "phone"        { strong = true, per_member = 3, normalize = "phone:CN" }
identifier "anonymous_id" { per_member = 20 }
identifier "device"       { per_member = 10 }

blocked "email" { "test@test.com", "none@none.com" }
blocked "phone" { "13800000000" }
