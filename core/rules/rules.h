/* SPDX-License-Identifier: Apache-2.0 */
/* rules: the Lua host. It loads a rule set (a folder of files) into a fresh, closed Lua state, hands out its declarations as a `struct
 * ts_program`, and calls its functions on a member and an event. A call reads; what it asks for comes back as a list of
 * asked effects, which the engine applies after the function has returned. Only this part includes lua.h. */
#ifndef TS_RULES_H
#define TS_RULES_H

#include "member/member.h"
#include "rules/program.h"

/* ---- problems ------------------------------------------------------------------------------------------------- */

struct ts_problem {
    bool warning;
    char code[24]; /* CONTRACT.md: "unknown_word", "bad_duration" ... */
    char file[200];
    uint32_t line;
    char message[400];
    char suggestion[200];
    char mark[64]; /* what on that line is meant, "" when nobody knows */
};
struct ts_problems {
    TS_VEC(struct ts_problem) list;
    uint32_t declared; /* declarations found, also in a set that is refused */
};
void ts_problems_release(struct ts_problems *p);

/* ---- sources -------------------------------------------------------------------------------------------------- */

struct ts_source {
    struct ts_str path, text;
}; /* path relative to the folder, '/' between */
struct ts_sources {
    struct ts_source *at;
    uint32_t n;
    struct ts_arena arena;
};
/* All *.lua under `dir` in byte order of path, except spec/, *_spec.lua and names that begin with '.' or end in '~'; then, in the same
 * order, all data files *.table: `include "prices"` in x/a.lua gives what x/prices.table returns, a Lua text that is evaluated in an
 * empty environment and returns one table of plain data. TS_E_NOT_FOUND, TS_E_LIMIT, TS_E_DISK, TS_E_SYNTAX (a name that is not UTF-8). */
enum ts_code ts_sources_read(const char *dir, struct ts_sources *ret, struct ts_error *err);
/* The same, but a file that cannot be read becomes a problem (code "unreadable", "limit" or "syntax") and the others are read on. One
 * that is too large is kept with one byte more than the limit, which loading refuses. `problems` NULL: ts_sources_read. */
enum ts_code ts_sources_check(const char *dir, struct ts_sources *ret, struct ts_problems *problems,
                              struct ts_error *err);
void ts_sources_release(struct ts_sources *s);
/* "sha256:<64 hex>" over all files: 8 bytes length of the path (lowest first), path, 8 bytes length of the text, text. */
void ts_sources_version(const struct ts_sources *s, char ret[72]);
/* {"files":[{"path","text"}]}: kept in the rules record. False: out of memory, or a text is not UTF-8 (such a set does not load). */
bool ts_sources_to_json(const struct ts_sources *s, struct ts_buf *out);
enum ts_code ts_sources_from_json(struct ts_str json, struct ts_sources *ret, struct ts_error *err);

/* ---- a loaded rule set ---------------------------------------------------------------------------------------- */

struct ts_rules_pool;
struct ts_rules_options {
    bool count_from_start;      /* tests: the instruction budget runs from the first instruction, no watchdog */
    uint32_t steps_max;         /* 0: TS_LIMIT_CALL_STEPS */
    uint32_t gc_mode;           /* 0 ordinary, 1 generational; tests: 2 a full collection before every call, 3 at every
                                 * allocation of a call */
    bool coverage;              /* tests: note which lines run (ts_rules_coverage); with count_from_start only */
    uint32_t hash_seed;         /* of Lua's strings, where it can be set; must not change any result */
    struct ts_rules_pool *pool; /* borrowed; NULL: none. Rule sets are taken from there and given back (the test kit) */
    bool known_good; /* exactly these texts were checked before, in this process or before they came into a journal:
                            * what stands inside functions is not looked through again */
    bool explain;    /* make ts_rules_explained */
};
/* With options.explain: what each declaration means, in order of file and line. Owned by the rule set. */
struct ts_explained { /* one declaration in plain words; name "" for words without one */
    struct ts_str word, name, file, text;
    uint32_t line;
};
struct ts_rules;
/* Compile and check all files; on success `*ret` (owned by the caller) and warnings in `problems`; on failure TS_E_REFUSED, every
 * problem found listed with file and line, and `err` holds the first. Runs only the top level of the files. */
enum ts_code ts_rules_load(const struct ts_sources *sources, const struct ts_rules_options *options,
                           struct ts_rules **ret, struct ts_problems *problems, struct ts_error *err);
void ts_rules_free(struct ts_rules *r);
struct ts_program *ts_rules_program(struct ts_rules *r); /* owned by r; the engine fills in ids */
const struct ts_explained *ts_rules_explained(const struct ts_rules *r, uint32_t *ret_n);
/* The engine has filled in the ids of the program: build what the bindings look names up in, before any ts_rules_call. Once
 * for each engine: a rule set from the pool is bound again. */
enum ts_code ts_rules_bound(struct ts_rules *r, struct ts_error *err);
size_t ts_rules_lua_bytes(const struct ts_rules *r);
/* The built-in program that is in force when there are no rules: default identifiers, Segment's events, UTC, USD. */
enum ts_code ts_rules_default(const struct ts_rules_options *options, struct ts_rules **ret, struct ts_error *err);
/* Each line of a function that can be reached, perhaps several times over, and whether it ran; with options.coverage. */
typedef void (*ts_coverage_fn)(void *arg, struct ts_str file, uint32_t line, bool ran);
enum ts_code ts_rules_coverage(struct ts_rules *r, ts_coverage_fn fn, void *arg, struct ts_error *err);
/* Loaded rule sets at rest: with a pool in the options, ts_rules_free gives back and ts_rules_load takes what has the same version and
 * options. Free the pool last. */
enum ts_code ts_rules_pool_new(struct ts_rules_pool **ret);
void ts_rules_pool_free(struct ts_rules_pool *p);

/* A list of names with a line of text each, kept beside the code that they belong to. */
struct ts_described {
    const char *name, *text;
};
struct ts_described_list {
    const char *name; /* "refusals" */
    const struct ts_described *at;
    size_t n;
};
/* Everything a rule file can say and read, as a JSON object appended to `out`: words, options, bindings, events, codes of problems, and
 * the given lists; "faults" lists what is there without a text or has a text without being there. */
enum ts_code ts_rules_describe(const struct ts_described_list *lists, size_t n, struct ts_buf *out,
                               struct ts_error *err);

/* ---- calls ---------------------------------------------------------------------------------------------------- */

/* What a condition reads; the engine looks at a condition again when one of these changes. `item`: kind in the top 8
 * bits, the engine's number of the name in the rest. */
enum ts_read_kind {
    TS_READ_SERIES = 1,
    TS_READ_TRAIT,
    TS_READ_TAG,
    TS_READ_TIERS,
    TS_READ_SCORE,
    TS_READ_POINTS,
    TS_READ_CONSENT,
    TS_READ_NOW,
    TS_READ_CREATED,
    TS_READ_SEGMENT
};
#define TS_READ_ITEM(kind, id) (((uint32_t)(kind) << 24) | ((uint32_t)(id)&0xFFFFFFu))

struct ts_event_view { /* what a rule sees as `event` */
    struct ts_str name;
    const struct ts_event_decl *decl; /* NULL: undeclared, accepted */
    const struct ts_json *json;       /* NULL: no properties */
    const struct ts_json_node *properties;
    ts_ms at; /* when it happened */
    struct ts_str channel;
};

enum ts_asked_kind {
    TS_ASK_TAG = 1, /* name; until = keep */
    TS_ASK_UNTAG,   /* name */
    TS_ASK_SET,     /* trait name = json */
    TS_ASK_ADD,     /* score name += number */
    TS_ASK_EARN,    /* points name, amount > 0 */
    TS_ASK_EMIT,    /* event name, json = its properties, an object */
    TS_ASK_NOTIFY,  /* name, json */
};
struct ts_asked {
    uint8_t kind;
    struct ts_str name, json; /* borrowed from the call's arena */
    int64_t amount;
    double number;
    struct ts_duration keep;
};

enum ts_call_status { TS_CALL_DONE, TS_CALL_RAISED, TS_CALL_STOPPED /* budget of time, steps or memory */ };

struct ts_call {
    uint32_t fn;
    const struct ts_member *member;
    const struct ts_event_view *event; /* NULL for (member) alone */
    struct ts_names *names;            /* to look names up; by-values are found, never added */
    ts_ms now;                         /* the record's engine time */
    uint64_t seed;                     /* of math.random: from the record */
    bool track_reads;                  /* fill reads and watch (conditions) */
    bool more_notes; /* keep what the call before this one read: `when` and `act` of one declaration are one reading */
};
struct ts_call_note;
struct ts_call_result { /* reused between calls; init once, release at the end */
    enum ts_call_status status;
    bool truth;     /* `when` */
    int64_t amount; /* `amount`: whole points in the smallest unit, snapped to 1e-6 and rounded down once */
    TS_VEC(struct ts_asked) asked;
    TS_VEC(uint32_t) reads;            /* TS_READ_ITEM, each once, in order of first read */
    ts_day watch;                      /* first local day on which a window it read loses something; INT32_MAX: none */
    TS_VEC(struct ts_call_note) notes; /* what it read, for `why`: see ts_call_result_reads_json */
    char message[500];                 /* when raised or stopped: without addresses, the same in every run */
    char file[200];
    uint32_t line;
    struct ts_arena arena;
};
enum ts_fn_kind { TS_FN_WHEN, TS_FN_AMOUNT, TS_FN_ACT };
void ts_call_result_init(struct ts_call_result *r);
void ts_call_result_release(struct ts_call_result *r);
/* Run one function. Everything a rule can do wrong is a status, never an error code: a result of the wrong type (a `when` that gives
 * 1) is raised with a message. Returns TS_E_MEMORY when the Lua state is beyond repair: throw it away and load anew. */
enum ts_code ts_rules_call(struct ts_rules *r, enum ts_fn_kind kind, const struct ts_call *call,
                           struct ts_call_result *ret);
/* What the last call read as a canonical JSON object, for `why`: {"spend 12 months":120000,"tiers.membership.name":"Gold"}, each thing
 * once, at most 2 KB; "more": true when something was left out. False: out of memory. */
bool ts_call_result_reads_json(const struct ts_call_result *r, struct ts_buf *out);
/* Once per record, before its first call: forget cached fields of the event and the member's readers. */
void ts_rules_begin(struct ts_rules *r);

#endif
