-- SPDX-License-Identifier: Apache-2.0
-- Brief: what people tell us about themselves. A birthday stays as it is; the city changes with life. Nobody gets
-- marketing who has not said yes.

trait "name"     { class = "static", type = "text" }
trait "birthday" { class = "static", type = "date" }
trait "city"     { class = "life", type = "text" }

consent "marketing" { default = "no" }
