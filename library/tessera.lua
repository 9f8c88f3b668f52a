-- SPDX-License-Identifier: Apache-2.0
-- Made by scripts/docs/generate.lua from the program itself; change the descriptions, not this file.
-- Words, members and events of rule files, for editors with lua-language-server.
---@meta

---@alias duration string # a span of time: "14 days", "36 months", "90 minutes"
---@alias window string # a window: "12 months", "7 days", "calendar month", "last calendar year", "lifetime"
---@alias date string # "2026-01-15"
---@alias money integer # an amount in minor units: what money "19.90" gives
---@alias weekday "Monday"|"Tuesday"|"Wednesday"|"Thursday"|"Friday"|"Saturday"|"Sunday"
---@alias month "January"|"February"|"March"|"April"|"May"|"June"|"July"|"August"|"September"|"October"|"November"|"December"
---@alias field_type "any"|"text"|"integer"|"number"|"money"|"boolean"|"date"|"time"|"list"

---@class cap
---@field [1] number the most
---@field per? "day"|"week"|"month"|"quarter"|"year"|"lifetime"|duration the period: "day" is the calendar's, "1 day" rolls (default: lifetime), as in "day"

---@class condition
---@field at_least? number|money the least value that is meant, as in money "5"
---@field below? number|money values below this are meant, this one is not, as in money "20"
---@field except? string|number|boolean|money|(string|number|boolean|money)[] the value or values that are not meant, as in "gift card"

---@class during
---@field dates? date[] from one date up to another, both included, as in { "2026-11-01", "2026-11-11" }
---@field day_of? string a date trait: the day is its anniversary; 29 February is kept on the 28th in years without one, as in "birthday"
---@field days? weekday|weekday[] days of the week, as in { "Monday" }
---@field hours? string[] from one time of the day up to another; may pass midnight, as in { "08:00", "11:00" }
---@field month_of? string a date trait: the month is the trait's month, as in "birthday"
---@field months? month|month[] months of the year, as in { "June" }

---@class where
---@field [string] string|number|boolean|money|(string|number|boolean|money)[]|condition the value that the field must have, any of a list, or a condition

---@class balance
---@field available integer what can be spent now
---@field pending integer earned, and not to be spent yet
---@field held integer set aside for a purchase that is not done
---@field debt integer what the member owes, as a number from 0 on
---@field expiring integer what of the available lapses within thirty days

---@class event
---@field name string the name of the event
---@field at time when it happened, in the program's time zone
---@field channel string the channel that it came by, "" when none was said
---@field properties table<string, any> everything that the channel sent with it, as it was sent
---@field [string] any

---@class figure
---@field count integer how many times in the window
---@field sum number what the measure adds up, in its unit
---@field first date the first day on which it was counted
---@field last date the last day on which it was counted

---@class member
---@field created date the day on which the member was first seen
---@field traits table<string, any> what is known of the member, by trait; nil when nothing is
---@field consents table<string, boolean> whether the member has consented, or the default
---@field tags table<string, boolean> whether the member has the tag now
---@field segments table<string, boolean> whether the member is in the segment: as it stood before the event, in an earning or a rule
---@field scores table<string, number> the score as it stands now, decayed
---@field tiers table<string, tier> the level the member stands on: member.tiers["membership"].name; keys of the level's own can be read too
---@field measure fun(self: member, name: string, window_or_value?: window|string, window?: window): number|figure|false a measure by its name, whatever it is called: member:measure("spend", "12 months")
---@field usual fun(self: member, measure: string, window?: window): usual|false of a measure kept `by` something: the value met most often in the window; false when there is none
---@field did fun(self: member, event: string, window?: window): boolean whether the member did this in the window, ever when none is said
---@field since fun(self: member, event: string): number whole days since the member last did this, math.huge if never
---@field points fun(self: member, name: string): balance the balances of these points
---@field earned fun(self: member, points: string, window?: window): integer points earned in the window; kept where tiers have these points as their basis
---@field tag fun(self: member, name: string, keep?: duration) gives the tag; for so long when said, else as long as its declaration says
---@field untag fun(self: member, name: string) takes the tag away
---@field set fun(self: member, trait: string, value: any) sets a trait, or a consent to true or false; nil takes the trait away
---@field add fun(self: member, score: string, amount: number) adds to a score; less than zero takes away
---@field earn fun(self: member, points: string, amount: number) gives points, rounded down; of points with decimals the smallest unit is meant: 150 is 1.50
---@field emit fun(self: member, event: string, fields?: table) makes an event of this member, which other rules see
---@field notify fun(self: member, name: string, fields?: table) asks for a notice to the member; who sends messages finds it among the results
---@field [string] fun(self: member, ...): any

---@class program
---@overload fun(options: program.options)
---@field name string its name
---@field currency string its currency, "CNY"
---@field timezone string the zone of its days and hours, "Asia/Shanghai"
program = {}

---@class tier
---@field name string the level's name; who was never placed stands on the lowest
---@field rate number the level's rate, 1 when it has none
---@field since date the day on which the level was reached
---@field next string? the name of the level above, nil on the highest
---@field missing integer? how much is missing to the level above, of the basis that is nearest; nil on the highest
---@field [string] any

---@class time
---@field year integer 2026
---@field month integer 1 to 12
---@field day integer day of the month, 1 to 31
---@field hour integer 0 to 23
---@field minute integer 0 to 59
---@field second integer 0 to 59
---@field weekday weekday "Monday" to "Sunday"
---@field date date "2026-01-15"; dates compare as text
---@field ms integer milliseconds since 1970 UTC, for differences

---@class usual
---@field value string the value met most often
---@field count integer how many times in the window
---@field share number its share of all in the window, 0 to 1
---@field in_a_row integer how many times it was this one since any other

---the time of the record that is being applied, in the program's time zone
---@type time
now = {}

---@class attribution.options
---@field to string the field of the touches that says who is credited, as in "staff_id"
---@field touches string|string[] the event or events that count as a touch, as in "QR Scanned"
---@field credit string|string[] the event or events that are credited, as in "Order Completed"
---@field model? "last"|"first"|"even" the last who was touched, the first, or all in equal shares (default: last)
---@field within window how far back a touch counts, as in "30 days"
---@field of? string the money field that is shared out, as in "revenue"

---to whom an event is credited, by what the member touched before it
---```lua
---attribution "shop assistants" {
---  to = "staff_id", touches = "QR Scanned", credit = "Order Completed", model = "last", within = "30 days",
---  of = "revenue",
---}
---```
---@param name string
---@return fun(options: attribution.options)
function attribution(name) end

---@class benefit.options
---@field terms string what it is, in words for the member
---@field at_most? number|cap how often, as in { 2, per = "month" }

---something a level is entitled to, in words for the member
---```lua
---benefit "free delivery" { terms = "Every order, mainland addresses" }
---benefit "lounge"        { terms = "Twice a month, with one guest", at_most = { 2, per = "month" } }
---```
---@param name string
---@return fun(options: benefit.options)
function benefit(name) end

---@class blocked.options
---@field [integer] string a value

---values of an identifier that belong to nobody
---```lua
---blocked "email" { "test@test.com", "none@none.com" }
---```
---@param name string
---@return fun(options: blocked.options)
function blocked(name) end

---@class bonus.options
---@field of string the earning
---@field times number adds (times - 1) x the base, as in 2
---@field where? where only the share of these items; the earning has `each`, as in { category = "coffee" }
---@field when? fun(member: member, event: event): boolean whether it adds
---@field during? during only then
---@field at_most? number|cap the most in a period
---@field best_of? string a group of bonuses of which the largest counts
---@field funded_by? string who pays for the points; kept with every entry

---adds to what an earning pays, as an entry of its own; bonuses add up
---```lua
---bonus "Monday mornings" {
---  of = "stars on purchases", times = 2,
---  during = { days = { "Monday" }, hours = { "08:00", "11:00" } },
---}
---```
---@param name string
---@return fun(options: bonus.options)
function bonus(name) end

---@class consent.options
---@field default "yes"|"no" what holds for who has said nothing

---something a member may agree to
---```lua
---consent "marketing" { default = "no" }
---```
---@param name string
---@return fun(options: consent.options)
function consent(name) end

---@class earn.options.times
---@field rate string the name of the tiers whose rate it is

---@class earn.options
---@field on string|string[] the event or events that earn
---@field points? string which points (default: the only ones declared), as in "stars"
---@field give? number so many points ..., as in 1
---@field per? money|integer ... for each so much (default: 1), as in money "1"
---@field of? string|string[] ... of this field; of several, their product counts, as in "revenue"
---@field times? number|"rate"|earn.options.times a factor, or "rate": that of the member's tier; with several tiers { rate = "membership" } (default: 1), as in "rate"
---@field steps? boolean only whole steps of `per` count (default: false)
---@field rounding? "down"|"half up"|"up" how a fraction of a point is rounded, once, at the end (default: down)
---@field where? where which events, or with `each` which items, earn: fields and their values, as in { category = "coffee" }
---@field each? string a list field: its items earn, rounded once over all of them, as in "products"
---@field when? fun(member: member, event: event): boolean whether it earns
---@field amount? fun(member: member, event: event): number how many points, where it cannot be declared (of points with decimals, the smallest unit is meant: 150 is 1.50); a refund takes them back with the whole order only
---@field during? during only then
---@field late? boolean true: events that come too late for the program earn too (default: false)
---@field once_per? string a field: each of its values earns once, as in "order_id"
---@field at_most? number|cap the most in a period, as in { 2000, per = "day" }
---@field funded_by? string who pays for the points; kept with every entry, as in "Roastery"
---@field priority? integer higher first (default: 0)

---what an event earns, by declared factors or by a function
---```lua
---earn "stars on purchases" {
---  on = "Order Completed", once_per = "order_id", points = "stars",
---  give = 1, per = money "1", of = "revenue", times = "rate",
---  at_most = { 2000, per = "day" },
---}
---```
---@param name string
---@return fun(options: earn.options)
function earn(name) end

---@class field
---@field [1] field_type its type
---@field of? table<string, field_type|field> of a list: the fields of its items
---@field required? boolean true: an event without it goes to quarantine (default: false)

---@class event.options
---@field [string] field_type|field its type, or { "text", required = true }

---an event that comes in, with its fields; what breaks it goes to quarantine
---```lua
---event "QR Scanned" { place = { "text", required = true }, staff_id = "text" }
---event "Order Completed" {
---  order_id = { "text", required = true },
---  revenue  = { "money", required = true },
---  products = { "list", of = { sku = "text", category = "text", price = "money", quantity = "integer" } },
---}
---```
---@param name string
---@return fun(options: event.options)
function event(name) end

---@class identifier.options
---@field strong? boolean true: two members that have it are joined (default: false)
---@field per_member? integer at most so many on one member
---@field per? duration ... within this time (default: ever)
---@field normalize? "email"|"phone"|"none"|string how values are made equal (default: by the identifier's name), as in "phone:CN"
---@field from? string|string[] where it stands in an event (default: by the identifier's name), as in "traits.email"

---what a member is known by, and whether it joins two members
---```lua
---identifier "user_id" { strong = true, per_member = 1 }
---identifier "email"   { strong = true, per_member = 5, normalize = "email" }
---identifier "phone"   { strong = true, per_member = 3, normalize = "phone:CN" }
---identifier "device"  { per_member = 10 }
---```
---@param name string
---@return fun(options: identifier.options)
function identifier(name) end

---the data of a file beside this one: prices.table, which returns a table of text and numbers
---@param name string
---@return table
function include(name) end

---@class measure.options
---@field on string|string[] the event or events that it counts, as in "Order Completed"
---@field sum? string the field to add up; without it, events are counted, as in "revenue"
---@field each? string a list field: its items are counted or summed, as in "products"
---@field by? string a field whose values are kept apart, as in "category"
---@field where? where which events, or with `each` which items, count: fields and their values, as in { category = "lens" }

---a figure kept by member and day, exact over any window
---```lua
---measure "orders" { on = "Order Completed" }
---measure "spend"  { on = "Order Completed", sum = "revenue" }
---measure "bought" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }
---```
---@param name string
---@return fun(options: measure.options)
function measure(name) end

---@class milestone.options.give
---@field amount? number how many of them, as in 50
---@field emit? string an event of your own, with milestone, value and times
---@field keep? duration how long the tag stays (default: for ever), as in "30 days"
---@field notify? string a notice to the member, as in "your tenth coffee"
---@field points? string which points (default: the only ones declared), as in "stars"
---@field tag? string a tag

---@class milestone.options
---@field of string the measure; its lifetime figure counts, as in "orders"
---@field value? string of a measure that is kept by something, the value that counts, as in "coffee"
---@field every? number|money a gift each time so much more is reached, as in 10
---@field at? number|money|number[]|money[] the figures at which there is a gift, once each, as in { 5, 25 }
---@field give milestone.options.give the gifts: points, a tag, a notice, an event
---@field when? fun(member: member, event: event): boolean whether it is given
---@field during? during only then
---@field late? boolean true: events that come too late for the program give points too (default: false)
---@field funded_by? string who pays for the points; kept with every entry, as in "Roastery"

---a gift when an event takes a lifetime figure over a threshold
---```lua
---milestone "tenth order" { every = 10, of = "orders", give = { points = "stars", amount = 50 } }
---```
---@param name string
---@return fun(options: milestone.options)
function milestone(name) end

---an amount in the program's currency, in a head and in a function
---@param amount string
---@return money
function money(amount) end

---@class points.options.expire
---@field after duration how long points live, from their activation, as in "36 months"
---@field at? "day end"|"month end"|"quarter end"|"year end" ... and then to the end of that, as in "month end"
---@field at_latest? duration how long points live at the most, from their activation, whatever extends them, as in "60 months"
---@field extended_by? string|string[] the event or events from each of which `after` counts anew for what is there, as in "Order Completed"
---@field notice? duration|duration[] how long before the member is told: one span or a list, as in { "60 days", "7 days" }

---@class points.options
---@field pending? duration how long points wait before they can be spent (default: they do not), as in "14 days"
---@field expire? points.options.expire when points are lost (default: never)
---@field spendable? boolean false: they count, and cannot be redeemed (status points) (default: true)
---@field decimals? integer places after the point; 0: whole points (default: 0)
---@field on_refund? "debt"|"floor" what becomes of points that a refund takes back and that are spent (default: debt)

---a currency of points: how long they wait, how long they live
---```lua
---points "stars" {
---  pending = "14 days",
---  expire = { after = "36 months", at = "month end", notice = { "60 days", "7 days" } },
---}
---```
---@param name string
---@return fun(options: points.options)
function points(name) end

---@class program.options
---@field name? string the name of the program
---@field timezone? string the zone of its days, hours and month ends (default: UTC), as in "Asia/Shanghai"
---@field currency? string the currency of all money (default: USD), as in "CNY"
---@field late? duration events that arrive later than this after they happened earn nothing (default: no limit), as in "3 days"
---@field unknown_events? "accept"|"quarantine" what becomes of events that are not declared (default: quarantine)

---@class refund.options
---@field of string the event that is taken back, as in "Order Completed"
---@field by string the field of both events that says which order, as in "order_id"
---@field amount? string a money field of both: what was paid, and how much of it is given back, as in "revenue"
---@field lines? string a list field of both: the items, and those that are taken back, as in "products"
---@field line? string the field of an item that says which one, as in "sku"
---@field quantity? string the field of an item that says how many; without it in a refund, the whole item (default: "quantity", where the items have it)

---an event that takes another one back: what the order counted and earned is reckoned again without what came back, on the date of the order; without an amount and lines, the whole order. Points of an `amount` function, a milestone or a rule go back with the whole order only
---```lua
---refund "Order Refunded" {
---  of = "Order Completed", by = "order_id",
---  amount = "revenue", lines = "products", line = "sku",
---}
---```
---@param name string
---@return fun(options: refund.options)
function refund(name) end

---@class rule.options
---@field on string|string[] the event or events
---@field when? fun(member: member, event: event): boolean whether it acts
---@field act fun(member: member, event: event) what it does: function(member, event) ... end
---@field during? during only then
---@field priority? integer higher first (default: 0)

---the general form: at an event, do something
---```lua
---rule "a gift for a review" {
---  on = "Product Reviewed",
---  when = function(member, event) return #event.properties.review_body > 100 end,
---  act = function(member, event) member:earn("stars", 50) end,
---}
---```
---@param name string
---@return fun(options: rule.options)
function rule(name) end

---@class score.options
---@field events? table<string, number> points for each event, as in { ["Page Viewed"] = 1 }
---@field traits? table<string, table<any, number>> points for values of traits, as in { city = { Shanghai = 10 } }
---@field half_life? duration the time in which it halves (default: it does not fade), as in "30 days"
---@field at_most? number|cap the most that counts in a period, as in { 20, per = "day" }
---@field floor? number it does not fall below this

---a figure that events and traits raise and time lets fade
---```lua
---score "activity" {
---  half_life = "30 days", at_most = { 20, per = "day" },
---  events = { ["Page Viewed"] = 1, ["Product Shared"] = 3 },
---}
---score "fit" { traits = { city = { Shanghai = 10, Hangzhou = 6 } } }
---```
---@param name string
---@return fun(options: score.options)
function score(name) end

---@class segment.options
---@field when fun(member: member): boolean the member is in it exactly while this is true

---a group that members enter and leave by themselves: whoever the condition holds for, after tags and tiers
---```lua
---segment "sleeping" {
---  when = function(member)
---    return member:did "Order Completed" and not member:did("Order Completed", "180 days")
---  end,
---}
---```
---@param name string
---@return fun(options: segment.options)
function segment(name) end

---@class tag.options
---@field when? fun(member: member, event: event): boolean alone: the tag holds while it is true; with `on`: whether the event stamps
---@field on? string|string[] the event or events that stamp it
---@field during? during with `on`: only then
---@field keep? duration with `on`: how long it stays, as in "90 days"
---@field class? "static"|"life"|"behaviour" static: it does not change; life: where and how somebody lives; behaviour: what somebody does (default: behaviour)

---a mark on a member: it holds while a condition is true, or is stamped by an event, or given by a rule
---```lua
---tag "solution only" {
---  when = function(member) return member:bought "solution" and not member:bought "lens" end,
---}
---tag "reviewer" { on = "Product Reviewed", keep = "90 days" }
---tag "friend of the house" { class = "life" } -- given and taken by rules
---```
---@param name string
---@return fun(options: tag.options)
function tag(name) end

---@class level
---@field [1] string the level's name
---@field benefits? string|string[] names of benefits
---@field from? number|money|(number|money|false)[] the least figure of the basis; of several, a list with one for each, false where it never gives the level, as in money "5000"
---@field never_lost? boolean true: whoever reached it keeps it (default: false)
---@field rate? number a factor for earnings with times = "rate" (default: 1), as in 1.5

---@class tiers.options.basis
---@field measure? string a measure
---@field points? string points earned
---@field window? window in this window (default: lifetime), as in "12 months"

---@class tiers.options.downgrade
---@field grace? duration how long, at the least, a level stays after a review found too little (default: not at all), as in "30 days"
---@field notice? duration how long before the fall, at the least, the member is told; it runs beside the grace (default: not at all), as in "30 days"
---@field review? "daily"|"weekly"|"monthly"|"quarterly"|"yearly" when it is looked at (default: monthly)
---@field steps? integer at most so many levels at once: 1 is a soft landing (default: no limit)
---@field window? window the window in which a review looks for enough to keep the level, beside that of the basis (default: that of the basis), as in "last calendar year"

---@class tiers.options
---@field [integer] level a level, from the lowest on; any further key is the level's own and can be read
---@field basis tiers.options.basis|tiers.options.basis[] what is counted, and in which window; of a list any is enough
---@field upgrade? "at once"|"review" when a member rises (default: at once)
---@field downgrade? tiers.options.downgrade when and how a member falls; without it nobody does
---@field on_refund? "review"|"now" when a refund is reckoned with (default: review)

---levels that members rise to and fall from
---```lua
---tiers "membership" {
---  basis = { measure = "spend", window = "12 months" },
---  { "Member",                      rate = 1.0 },
---  { "Silver", from = money "1000", rate = 1.2 },
---  { "Gold",   from = money "5000", rate = 1.5, benefits = { "free delivery" } },
---  upgrade = "at once",
---  downgrade = { review = "monthly", grace = "30 days", notice = "30 days", steps = 1 },
---}
---tiers "status" { -- by the year: flights or spend, kept for the year after, one step down at a time
---  basis = { { measure = "flights", window = "calendar year" }, { measure = "spend", window = "calendar year" } },
---  { "Blue" }, { "Silver", from = { 10, money "5000" } }, { "Gold", from = { 25, false } },
---  downgrade = { review = "yearly", window = "last calendar year", steps = 1 },
---}
---```
---@param name string
---@return fun(options: tiers.options)
function tiers(name) end

---@class trait.options
---@field class? "static"|"life"|"behaviour" static: it does not change; life: where and how somebody lives; behaviour: what somebody does (default: static)
---@field type? field_type what it holds (default: text)

---something known of a member, as `identify` says it
---```lua
---trait "birthday" { class = "static", type = "date" }
---trait "city"     { class = "life", type = "text" }
---```
---@param name string
---@return fun(options: trait.options)
function trait(name) end
