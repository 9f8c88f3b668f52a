/* SPDX-License-Identifier: Apache-2.0 */
/* Every maximum of the program, with the reason for its number. A limit that is reached is an error with a name. */
#ifndef TS_LIMITS_H
#define TS_LIMITS_H

#define TS_LIMIT_EVENT_BYTES (32u * 1024)  /* Segment's documented maximum of one event */
#define TS_LIMIT_LINE_BYTES (1u << 20)     /* a line longer than this is not read into memory; it is `too_large` */
#define TS_LIMIT_JSON_DEPTH 32             /* deeper is an attack, not an event */
#define TS_LIMIT_JSON_KEYS 256             /* keys of one object */
#define TS_LIMIT_MESSAGE_ID_BYTES 100      /* Segment's documented maximum */
#define TS_LIMIT_IDENTIFIER_BYTES 320      /* the longest e-mail address (RFC 5321: 64 + 1 + 255) */
#define TS_LIMIT_KEY_BYTES 255             /* an idempotency key */
#define TS_LIMIT_NAME_BYTES 200            /* name of a declaration, an event, a trait */
#define TS_LIMIT_INTERNAL_DEPTH 8          /* SEMANTICS, the order inside one record */
#define TS_LIMIT_INTERNAL_EVENTS 256       /* the same */
#define TS_LIMIT_JOINS 8                   /* joins that one record may cause; more is refused and put up for review */
#define TS_LIMIT_FUTURE_MS INT64_C(300000) /* a timestamp further ahead of its arrival is set to the arrival */
#define TS_LIMIT_SLICE_TIMERS 256          /* members whose timers one tick record fires: about a millisecond */
#define TS_LIMIT_RULE_FILE_BYTES (256u * 1024)    /* one rule file */
#define TS_LIMIT_RULE_FILES 1024                  /* files of one rule set */
#define TS_LIMIT_LUA_BYTES (64u << 20)            /* one rule set's Lua state in all */
#define TS_LIMIT_LUA_CALL_BYTES (8u << 20)        /* growth during one call */
#define TS_LIMIT_LUA_BLOCK_BYTES (4u << 20)       /* one allocation */
#define TS_LIMIT_LUA_STRING_BYTES (1u << 20)      /* the longest string a rule may build */
#define TS_LIMIT_CALL_MS 10                       /* then the watchdog arms the count hook */
#define TS_LIMIT_CALL_STEPS 1000000               /* instructions from there (tests: from the first) */
#define TS_LIMIT_BACKLOG_RECORDS 200000           /* records waiting for the journal; then callers wait */
#define TS_LIMIT_BACKLOG_BYTES (256u << 20)       /* the same in bytes */
#define TS_LIMIT_DIRTY_MEMBERS 300000             /* changed members waiting for a checkpoint; then callers wait */
#define TS_LIMIT_EFFECTS 4096                     /* effects of one record */
#define TS_LIMIT_POINTS INT64_C(1000000000000000) /* one award or balance: 10^15, far from overflow of sums */

#endif
