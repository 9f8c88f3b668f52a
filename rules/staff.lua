-- SPDX-License-Identifier: Apache-2.0
-- Brief: a shop assistant shows the QR code at the till, and with it his own number. What the member buys within thirty
-- days, in the shop or at home, is to his credit: his share of the bonus pot is counted from this. The last one counts.

attribution "shop assistants" {
  to = "staff_id", touches = "QR Scanned", credit = "Order Completed",
  model = "last", within = "30 days", of = "revenue",
}

tag "came by QR code" { class = "behaviour", on = "QR Scanned", keep = "90 days" }
