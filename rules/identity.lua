-- SPDX-License-Identifier: Apache-2.0
-- Brief: one person, one card, by whichever way they come in. An account, a mail address and a phone number are one
-- person's own; a browser or a device may be shared, so they attach to a member but never join two. A shop's own test
-- addresses are nobody's.

identifier "user_id"      { strong = true, per_member = 1 }
identifier "email"        { strong = true, per_member = 5, normalize = "email" }
identifier "phone"        { strong = true, per_member = 3, normalize = "phone:CN" }
identifier "anonymous_id" { per_member = 20 }
identifier "device"       { per_member = 10 }

blocked "email" { "test@test.com", "none@none.com" }
blocked "phone" { "13800000000" }
