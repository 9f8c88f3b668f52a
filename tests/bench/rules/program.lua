-- SPDX-License-Identifier: Apache-2.0
-- The program of the benchmark: what a member of it is known by, and the events that come in. Each system that is compared
-- does the same work on the same file; see tests/bench/run.
program { name = "Benchmark", timezone = "UTC", currency = "USD" }

identifier "user_id" { strong = true }
identifier "email" { strong = true, normalize = "email", from = "context.traits.email" }
identifier "anonymous_id" {}

event "Order Completed" { revenue = { "money", required = true } }
event "Page Viewed" {}
event "Product Shared" {}
event "Checked In" {}
event "Review Posted" {}
