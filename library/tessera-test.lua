-- SPDX-License-Identifier: Apache-2.0
-- Made by scripts/docs/generate.lua from the program itself; change the descriptions, not this file.
-- The test kit, `require "tessera.test"`, for editors with lua-language-server.
---@meta tessera.test

---@class tessera.member
---@field adjust fun(self: tessera.member, points: string, amount: integer, reason?: string, options?: table): table is given points by hand; below zero they are taken
---@field card fun(self: tessera.member, window?: string): table everything at once, as `tessera member --json` has it
---@field consent fun(self: tessera.member, name: string): boolean whether it was agreed to
---@field consents fun(self: tessera.member, name: string, given?: boolean): table agrees to something, or no more with false
---@field does fun(self: tessera.member, event: string, fields?: table, options?: table): table does something, as a channel sends it; { at = "2026-01-15 09:00" } when it happened then
---@field identify fun(self: tessera.member, traits?: table, options?: table): table tells us traits; { with = { phone = ... } } attaches identifiers
---@field measure fun(self: tessera.member, name: string, window?: string): number|table as rules see it, money in minor units; one kept `by` something: a table by value
---@field number fun(self: tessera.member): integer the member's number, 7 for m7; of who was joined into another, that one's
---@field points fun(self: tessera.member, name: string): table available, pending, held, debt, expiring, lots; of points with decimals in their smallest unit
---@field redeem fun(self: tessera.member, points: string, amount: integer, options?: table): table spends points; not to be able to fails the test, unless { refused = true } is given
---@field score fun(self: tessera.member, name: string): number the score as it stands now
---@field segments fun(self: tessera.member): string[] the names of the segments, in order
---@field set_tag fun(self: tessera.member, tag: string, options?: table): table is given a tag; { ["until"] = time } or { remove = true }
---@field set_tier fun(self: tessera.member, tiers: string, level: string, options?: table): table is put on a level; { ["until"] = "2026-12-31 00:00" } holds it until then
---@field tags fun(self: tessera.member): string[] the names of the tags, in order
---@field tier fun(self: tessera.member, name: string): string the name of the level
---@field tiers fun(self: tessera.member, name: string): table the level: name, since, basis, next, missing
---@field timeline fun(self: tessera.member): table[] what happened, oldest first
---@field title fun(self: tessera.member): string how messages name the member
---@field trait fun(self: tessera.member, name: string): any what is known under that trait
---@field why fun(self: tessera.member, about?: string): table[] the effects among that: of a kind ("earn", "tag.added", "tier"), or about a name ("stars")

---@class tessera.shop
---@field advance fun(self: tessera.shop, duration: string, expect?: table) lets time pass: shop:advance "15 days"
---@field advance_to fun(self: tessera.shop, time: string, expect?: table) lets time pass up to then: shop:advance_to "2026-03-01 00:00"
---@field close fun(self: tessera.shop) ends the shop; its journal is run again, and a difference is a failure
---@field decide fun(self: tessera.shop, who: tessera.member, event: string, fields?: table, options?: table): table what an event would do, without a trace: a list of effects; a rule that would raise fails the test
---@field errors fun(self: tessera.shop): table[] rules that raised, and joins that were refused
---@field liability fun(self: tessera.shop, points?: string): table what the brand owes: available, pending, held, debt, issued, spent, expired
---@field member fun(self: tessera.shop, who?: table): tessera.member somebody: identifiers by kind, traits, tags, tiers, points, consents; `at`: when we heard of them
---@field merge fun(self: tessera.shop, a: tessera.member, b: tessera.member): tessera.member two members turn out to be one person
---@field now fun(self: tessera.shop): string what the test's clock shows
---@field population fun(self: tessera.shop, n: integer, each?: fun(i: integer): table): tessera.member[] many members at once
---@field quarantine fun(self: tessera.shop): table[] the lines that could not be taken, with their reasons
---@field reload fun(self: tessera.shop, rules: string|table) another rule set comes into force, now: a folder, or { files = { ... } }

---@class tessera.open.options
---@field files? table rule files as text by name, in the place of those of the folder or beside them
---@field gc? number how Lua's collector runs, for tests of the engine: 1 generational, 2 before every call, 3 always
---@field now? string what the clock shows at first, in the program's time zone: "2026-01-15 10:00"
---@field rules? string the folder of the rules, found from the spec file that asks
---@field seed? number of the engine's hash tables; no result may depend on it

---@class tessera.test
---@field open fun(options?: tessera.open.options): tessera.shop a shop: the engine in memory, with a clock that only the test moves
local tessera = {}

---@class luassert
---@field books_balance fun(shop_or_member: tessera.shop|tessera.member) all entries sum to zero; wallets, lots and the ledger agree
---@field not_books_balance fun(shop_or_member: tessera.shop|tessera.member) the opposite: all entries sum to zero; wallets, lots and the ledger agree
---@field explained_by fun(member: tessera.member, rule: string, what?: string) something of the member came of this declaration; `what` narrows: a kind of effect (earn, tag.added, tier), or a name (stars)
---@field not_explained_by fun(member: tessera.member, rule: string, what?: string) the opposite: something of the member came of this declaration; `what` narrows: a kind of effect (earn, tag.added, tier), or a name (stars)
---@field has_tag fun(member: tessera.member, tag: string) the member has the tag now
---@field has_no_tag fun(member: tessera.member, tag: string) the opposite: the member has the tag now
---@field heard fun(member: tessera.member, notice: string) the member was told this: by a rule's member:notify or by the engine
---@field not_heard fun(member: tessera.member, notice: string) the opposite: the member was told this: by a rule's member:notify or by the engine
---@field in_segment fun(member: tessera.member, segment: string) the member is in the segment now
---@field not_in_segment fun(member: tessera.member, segment: string) the opposite: the member is in the segment now
---@field in_tier fun(member: tessera.member, tiers: string, level?: string) the member's level is this one
---@field not_in_tier fun(member: tessera.member, tiers: string, level?: string) the opposite: the member's level is this one
---@field quarantined fun(shop_or_member: tessera.shop|tessera.member, reason?: string) a line went to quarantine (with this reason)
---@field not_quarantined fun(shop_or_member: tessera.shop|tessera.member, reason?: string) the opposite: a line went to quarantine (with this reason)

return tessera
