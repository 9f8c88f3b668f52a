/* SPDX-License-Identifier: Apache-2.0 */
/* The commands as data: what parsing, help and the suggestion for a misspelt word are made from. */
#include "command/command.h"

static const struct ts_option everywhere[] = {
    {"db", "DIR", "the data folder (else TESSERA_DB, else ./tessera-data)"},
    {"rules", "DIR", "the rule set to put in force first, where a command writes (else TESSERA_RULES)"},
    {"json", NULL, "one JSON object on stdout instead of text for people"},
    {"help", NULL, "what the command does, with examples"},
    {"version", NULL, "the version of Tessera"},
};

#define LIMIT_AFTER                                                                                                    \
    {"limit", "N", "at most so many items"}, { "after", "CURSOR", "go on behind this item (the `next` of a list)" }
#define CLOCK_AT                                                                                                       \
    {"at", "TIME", "when it happened, on the events' clock (default: where that clock stands)"},                       \
    {                                                                                                                  \
        "clock", "event|wall", "without --at: the engine's clock as it stands (default), or now by the wall clock"     \
    }

static const struct ts_command commands[] = {
    {"adjust",
     "give a member points by hand, or take them",
     "WHO",
     "A positive amount is issued into a lot of its own, a negative one is taken like a spend and refused when there "
     "is not\n"
     "enough. The key makes it safe to send again: the same key and content is done once, for ever.",
     {{"points", "P", "which points"},
      {"amount", "N", "how many, in the smallest unit; below zero takes"},
      {"reason", "R", "why: shown in the ledger and by `tessera why`"},
      {"key", "K", "a text of your own that names this adjustment"},
      CLOCK_AT},
     {{"tessera adjust m12 --points stars --amount 500 --reason 'late parcel' --key case-8812", "give 500 stars"},
      {"tessera adjust email:ada@example.com --points stars --amount -50 --reason 'wrong scan' --key fix-17",
       "take 50 back"}},
     1,
     1,
     ts_cmd_adjust},
    {"backup",
     "write the whole data folder as one plain SQLite file",
     "DEST",
     "DEST must not exist. It is written beside and renamed, so it is there whole or not at all. Any SQLite tool reads "
     "it.",
     {{NULL, NULL, NULL}},
     {{"tessera backup /backups/2026-01-15.db", "today's backup"}},
     1,
     1,
     ts_cmd_backup},
    {"check",
     "what is wrong with a rule set, without running a rule",
     "[DIR]",
     "Shows every problem at once: what, where, and what would be right; nothing at all when all is well. The exit "
     "code "
     "is 1\n"
     "when there is an error; warnings alone are shown and let pass. DIR is the folder of the rule files (else "
     "--rules,\n"
     "TESSERA_RULES, ./rules); a file stands for the rule set that it is part of. No data folder is needed.\n"
     "--format editors prints a line for each problem as gcc does (FILE:LINE:1: error: ...), which vim's :make, "
     "emacs'\n"
     "compile and the problem matcher $gcc of VS Code understand; --format github annotates a pull request.",
     {{"format", "people|editors|github", "how problems are shown (default: people)"}},
     {{"tessera check rules", "the usual check"},
      {"tessera check rules --json", "for scripts"},
      {"tessera check rules --format editors", "as vim's makeprg, or an editor's task"},
      {"tessera check --format github", "in a pipeline that checks ./rules"}},
     0,
     1,
     ts_cmd_check},
    {"errors",
     "rules that failed, and joins that were refused; try them again",
     "[list|redrive]",
     "A rule that raises has no effect on that record; the others of the record keep theirs. `redrive` runs the failed "
     "rules\n"
     "again, each on its own event, with the rule set that is in force now, as records of their own.",
     {{"id", "N", "only this one"}, LIMIT_AFTER},
     {{"tessera errors", "what is open"}, {"tessera errors redrive --rules rules", "after the rule was mended"}},
     0,
     1,
     ts_cmd_errors},
    {"help",
     "what a command does, with examples",
     "[COMMAND]",
     "",
     {{NULL, NULL, NULL}},
     {{"tessera help ingest", "all about ingest"}},
     0,
     1,
     ts_cmd_help},
    {"ingest",
     "take events and commands from a file or a pipe",
     "FILE|-",
     "A line is one JSON object: one of Segment's six types (track, identify, alias, page, screen, group) or a command "
     "(redeem,\n"
     "adjust, set_tier, set_tag, tick). gzip is seen by its content. The same line again changes nothing: a line with "
     "a\n"
     "messageId is known by it, another by its bytes, so after an interruption the same command simply goes on. What "
     "cannot\n"
     "be taken goes to quarantine with its reason; the exit code is 1 then, and also when a rule failed.\n"
     "With --clock event, the default, the engine's clock follows the timestamps: history has had its pending "
     "periods,\n"
     "expiries and reviews. The input should be in order of time then; --sort brings it there (lines are counted as "
     "sorted).",
     {{"clock", "event|wall", "whose clock the engine follows (default: event)"},
      {"sort", NULL, "order the input by timestamp first: stable, spooled to disk (TMPDIR)"},
      {"dry-run", NULL, "say what would happen, write nothing"},
      {"ack", "FILE|-", "after each commit {\"line\",\"record\"}: so many lines are on disk"},
      {"results", "FILE|-", "a JSON object for each line, written when it is on disk"},
      {"progress", NULL, "plain progress lines on stderr where it is no terminal"},
      {"map", "M.json", "a CSV mapping (not in this version)"}},
     {{"tessera ingest events.jsonl --rules rules", "import history under a rule set"},
      {"zcat old/*.gz | tessera ingest - --sort --json", "many files, ordered first"},
      {"tessera ingest today.jsonl --clock wall --ack acks.jsonl", "events of now, with acknowledgements"},
      {"tessera ingest events.jsonl --dry-run --results -", "what would each line do?"}},
     1,
     1,
     ts_cmd_ingest},
    {"journal",
     "the records as they stand, with payload and outcome",
     "",
     "",
     {{"from", "N", "start at this record (default: 1)"}, LIMIT_AFTER},
     {{"tessera journal --from 1000 --limit 20", "twenty records"},
      {"tessera journal --from 7 --limit 1 --json", "one, whole"}},
     0,
     0,
     ts_cmd_journal},
    {"json",
     "would the strict JSON door take these files?",
     "FILE...",
     "`syntax` is RFC 8259 to the letter; `limits` is what Tessera asks on top: no duplicate keys, no NUL, at most 32 "
     "deep, at\n"
     "most 256 keys an object. The exit code is 1 when a file fails either.",
     {{NULL, NULL, NULL}},
     {{"tessera json payload.json", "judge one"}},
     1,
     -1,
     ts_cmd_json},
    {"member",
     "one member: who, tier, points, figures, tags, last events",
     "WHO",
     "WHO is a number (m12) or an identifier (email:ada@example.com, user_id:u-1). A number that was joined into "
     "another\n"
     "member answers with that one. --at covers what is kept by day: windows of measures, scores, tags that have run "
     "out and\n"
     "the figure of a tier; the wallet, traits and levels are as they are now.",
     {{"window", "W",
       "of measures: \"12 months\", \"7 days\", \"calendar month\"; \"spend=12 months\" for one; may be repeated"},
      {"at", "TIME", "figures as of then (default: the engine's clock)"}},
     {{"tessera member email:ada@example.com", "her card"},
      {"tessera member m12 --window '12 months' --json", "for scripts, figures of the last year"}},
     1,
     1,
     ts_cmd_member},
    {"quarantine",
     "what could not be taken, and why; try it again",
     "[list|redrive]",
     "Nothing is dropped silently: a line that is no record, or that breaks the tracking plan, stands here with its "
     "reason.\n"
     "`redrive` submits what is open again, as new records, under the rule set that is in force now; what would fail "
     "again\n"
     "stays as it is.",
     {{"reason", "R", "only these (unknown_event, wrong_type, ...)"}, {"id", "N", "only this one"}, LIMIT_AFTER},
     {{"tessera quarantine", "what is there"},
      {"tessera quarantine redrive --reason unknown_event --rules rules", "after the event was declared"}},
     0,
     1,
     ts_cmd_quarantine},
    {"redeem",
     "spend a member's points",
     "WHO",
     "Spends the lots that expire first. Refused when there is not enough. The same key and content is done once, for "
     "ever, and\n"
     "answers the same again; the same key with other content is refused.",
     {{"points", "P", "which points"},
      {"amount", "N", "how many, in the smallest unit"},
      {"key", "K", "a text of your own that names this redemption"},
      {"reason", "R", "what for"},
      CLOCK_AT},
     {{"tessera redeem m12 --points stars --amount 200 --key order-4711", "pay 200 stars"}},
     1,
     1,
     ts_cmd_redeem},
    {"report",
     "the programme in figures: tiers, points, tags, measures",
     "",
     "",
     {{NULL, NULL, NULL}},
     {{"tessera report", "for people"}, {"tessera report --json", "for scripts"}},
     0,
     0,
     ts_cmd_report},
    {"restore",
     "a data folder from a backup",
     "FILE",
     "The folder (--db) must be new or empty. The state is as it was at the backup's watermark.",
     {{NULL, NULL, NULL}},
     {{"tessera restore /backups/2026-01-15.db --db tessera-data", "go back"}},
     1,
     1,
     ts_cmd_restore},
    {"rules",
     "the rule sets that were put in force; what a rule file says; the words of the language",
     "[list|explain FILE|words [WORD]]",
     "Newest first, with the files that each one changed. A rule set is put in force by --rules with a command that "
     "writes.\n"
     "`explain` says in plain words what a rule file, or the whole folder, declares; the other files of the set are "
     "those "
     "of\n"
     "the nearest folder upwards with a program.lua (or --rules).",
     {{NULL, NULL, NULL}},
     {{"tessera rules", "list them"},
      {"tessera rules explain rules/points.lua", "what a file declares"},
      {"tessera rules words", "every word of the language"},
      {"tessera rules words earn", "one word with its options"}},
     0,
     2,
     ts_cmd_rules},
    {"sample",
     "an invented brand's history as NDJSON on stdout",
     "",
     "The same members and seed give the same bytes on every machine.",
     {{"members", "N", "how many people (default: 1000)"}, {"seed", "S", "another history (default: 1)"}},
     {{"tessera sample --members 500 --seed 1 | tessera ingest - --rules rules", "try the starter rules"}},
     0,
     0,
     ts_cmd_sample},
    {"set-tag",
     "give a member a tag by hand, or take it",
     "WHO",
     "Of tags that rules or people give. One that holds while its `when` is true cannot be set: it is refused. The key "
     "makes it\n"
     "safe to send again: the same key and content is done once, for ever.",
     {{"tag", "T", "which tag"},
      {"key", "K", "a text of your own that names this change"},
      {"until", "TIME", "how long it is kept (default: until it is taken)"},
      {"remove", NULL, "take the tag instead"},
      {"reason", "R", "why: shown by `tessera why`"},
      CLOCK_AT},
     {{"tessera set-tag m12 --tag vip --key case-9 --until 2026-12-31T00:00:00Z", "a guest of honour until new year"},
      {"tessera set-tag email:ada@example.com --tag vip --remove --key case-10", "take it back"}},
     1,
     1,
     ts_cmd_set_tag},
    {"set-tier",
     "put a member on a level by hand",
     "WHO",
     "With --until the level neither rises nor falls before that, and is reviewed then. Without, the member is put "
     "there now, and\n"
     "upgrades and reviews go on as ever. The key makes it safe to send again: the same key and content is done once, "
     "for ever.",
     {{"tiers", "T", "which tiers"},
      {"level", "L", "which of their levels"},
      {"key", "K", "a text of your own that names this change"},
      {"until", "TIME", "hold the level until then"},
      {"reason", "R", "why: shown by `tessera why`"},
      CLOCK_AT},
     {{"tessera set-tier m12 --tiers membership --level Gold --key match-17", "match the status of another programme"},
      {"tessera set-tier m12 --tiers membership --level Gold --key vip-3 --until 2027-01-01T00:00:00Z",
       "and keep it for the year"}},
     1,
     1,
     ts_cmd_set_tier},
    {"sql",
     "one read-only SQL statement on the tables",
     "\"SELECT ...\"",
     "Tables: member, alias, identifier, trait, tag, segment, tier, tier_change, measure_day, lot, credit, "
     "ledger_transaction,\n"
     "ledger_entry, quarantine, rule_error, rules_version. Times are text, points and money whole numbers in the "
     "smallest\n"
     "unit.",
     {{NULL, NULL, NULL}},
     {{"tessera sql \"SELECT name, count(*) FROM tag GROUP BY name\"", "members by tag"},
      {"tessera sql \"SELECT member, because FROM tier_change WHERE \\\"from\\\" = 'Gold'\"",
       "who left Gold, and why"}},
     1,
     1,
     ts_cmd_sql},
    {"state",
     "the canonical state of members, or its hash",
     "",
     "A line of JSON for each member by number: keys sorted, no white space, no record numbers. Two folders with the "
     "same hash\n"
     "hold the same members.",
     {{"members", "A,B", "only these (WHO, with commas between)"}, {"hash", NULL, "one SHA-256 over all lines"}},
     {{"tessera state --hash", "to compare two folders"}, {"tessera state --members m1,m7", "two members"}},
     0,
     0,
     ts_cmd_state},
    {"test",
     "run the specs of a rule set",
     "DIR [-- BUSTED-ARGUMENTS]",
     "Runs every *_spec.lua under DIR by busted (Debian: lua-busted), with the test kit of this Tessera and no data "
     "folder. What\n"
     "stands behind -- is handed to busted. The exit code is 1 when a spec fails, or when too little was reached.\n"
     "Coverage counts the outcomes of declarations (a tag that came, one that went, an earning that paid, a level that "
     "was\n"
     "reached) and the lines of functions.",
     {{"coverage", NULL, "also show which declarations and lines the specs exercised"},
      {"threshold", "PERCENT", "fail when less is exercised; shows the coverage too"}},
     {{"tessera test rules", "all specs under rules/"},
      {"tessera test rules -- --filter 'Gold' -o TAP", "some of them, in TAP"},
      {"tessera test rules --threshold 80", "with coverage: fail when less than 80% is exercised"}},
     1,
     -1,
     ts_cmd_test},
    {"tick",
     "move the engine's clock: due work happens",
     "",
     "Pending points activate, points expire, tiers are reviewed, as if time had passed.",
     {{"to", "TIME", "the new time of the engine's clock"}},
     {{"tessera tick --to 2026-02-01T00:00:00Z", "a month's end"}},
     0,
     0,
     ts_cmd_tick},
    {"verify",
     "is the data folder sound?",
     "",
     "Checks every invariant: books that balance, lots that add up, numbers without gaps, a state that the journal "
     "gives again.\n"
     "The exit code is 1 when something is broken.",
     {{"replay", NULL, "also run the rules again from record 1 and compare (with --rules: those rules)"},
      {"acks", "FILE", "prove that what `ingest --ack` acknowledged is there"}},
     {{"tessera verify", "the usual check"}, {"tessera verify --replay --json", "all of it"}},
     0,
     0,
     ts_cmd_verify},
    {"why",
     "why a member has what it has: each change with its cause",
     "WHO",
     "Newest first: what changed, by which rule at which event, and what that rested on. For points the factors, the "
     "cap\n"
     "that cut them and the balance afterwards; for tiers the figure and the days that fell out of its window; for "
     "what "
     "a\n"
     "function decided, what it read.",
     {{"what", "KIND", "only tag, tier, ledger, trait, score, join, emit, notify, refund, error, segment or credit"},
      LIMIT_AFTER},
     {{"tessera why m12 --what tier", "how she came to Gold"},
      {"tessera why email:ada@example.com --json", "everything"}},
     1,
     1,
     ts_cmd_why},
};

const struct ts_command *ts_commands(size_t *ret_count)
{
    *ret_count = TS_ARRAY_LEN(commands);
    return commands;
}

const struct ts_command *ts_command_find(const char *name)
{
    for (size_t i = 0; i < TS_ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

const struct ts_option *ts_options_everywhere(size_t *ret_count)
{
    *ret_count = TS_ARRAY_LEN(everywhere);
    return everywhere;
}
