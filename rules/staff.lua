-- SPDX-License-Identifier: Apache-2.0
-- Brief: a shop assistant shows the QR code at the till, and with it his own number. For three months we know
-- that the member came to us that way.

tag "came by QR code" { class = "behaviour", on = "QR Scanned", keep = "90 days" }
