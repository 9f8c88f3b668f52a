-- SPDX-License-Identifier: Apache-2.0
-- Brief: the Harbour club, for all who buy coffee or contact lenses from us. Days and month ends are those of our
-- head office in Shanghai. What reaches us more than three days after it happened is counted, but it pays no stars.

program { name = "Harbour Club", timezone = "Asia/Shanghai", currency = "CNY", late = "3 days" }
