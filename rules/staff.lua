-- SPDX-License-Identifier: Apache-2.0
-- Brief: the QR code that a shop assistant shows carries the assistant's number. What the member buys within thirty
-- days, in the shop or at home, is to the assistant's credit; of several, the last one counts. The tag stays 90 days.

attribution "shop assistants" {
  to = "staff_id", touches = "QR Scanned", credit = "Order Completed",
  model = "last", within = "30 days", of = "revenue",
}

tag "came by QR code" { class = "behaviour", on = "QR Scanned", keep = "90 days" }
