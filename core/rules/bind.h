/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the bindings: what `member`, `event`, `now` and their fields share. A reader is a userdata without content
 * that stands for "this thing of the member whom the current call is about", made once for each rule set. */
#ifndef TS_RULES_BIND_H
#define TS_RULES_BIND_H

#include "rules/host.h"

#define TS_BIND_WINDOWS 64 /* window texts remembered parsed; more are parsed each time */

struct ts_bind {
    struct ts_zone_cache zone; /* of local dates */
    struct ts_window windows[TS_BIND_WINDOWS];
    uint32_t n_windows;
    int window_cache;                     /* registry: text -> place in windows */
    const void *member_self, *event_self; /* the readers, to know them again */
    /* the event of the current record: fields already converted stand in a Lua table */
    struct ts_event_view seen;
    const struct ts_event_view *seen_at;
    int event_cache; /* registry: field -> value */
    bool event_has_values, event_has_tables;
    /* the civil time last asked for, of event.at (0) and now (1) */
    struct {
        bool known;
        ts_ms at;
        struct ts_civil civil;
    } civil[2];
};

/* ---- points as numbers (call.c) ------------------------------------------------------------------------------- */

enum ts_points_fault { TS_POINTS_FINE, TS_POINTS_NO_NUMBER, TS_POINTS_NEGATIVE, TS_POINTS_TOO_LARGE };
/* A number of points: snapped to a millionth, rounded down. */
enum ts_points_fault ts_points_read(lua_State *L, int index, int64_t *ret);
const char *ts_points_fault_text(enum ts_points_fault fault);

/* ---- reads.c -------------------------------------------------------------------------------------------------- */

enum ts_note_type { TS_NOTE_INTEGER, TS_NOTE_NUMBER, TS_NOTE_BOOLEAN, TS_NOTE_TEXT, TS_NOTE_NONE };
struct ts_call_note {
    const char *before;       /* static: "traits.", "" */
    struct ts_str name, part; /* "spend"; one value of `by`, or ".name" of a tier; part.ptr NULL: none */
    bool has_window;
    struct ts_window window;
    uint8_t type; /* enum ts_note_type */
    union {
        int64_t integer;
        double number;
        bool boolean;
        struct ts_str text;
    } value;
};
/* Names must live as long as the program; `part` and texts are copied where they do not. Notes past a maximum are counted only. */
void ts_reads_note(lua_State *L, const struct ts_call_note *note);
void ts_reads_integer(lua_State *L, const char *before, struct ts_str name, const char *part, int64_t value);
void ts_reads_text(lua_State *L, const char *before, struct ts_str name, const char *part, struct ts_str value);
void ts_reads_boolean(lua_State *L, const char *before, struct ts_str name, bool value);
void ts_reads_number(lua_State *L, const char *before, struct ts_str name, const char *part, double value);
/* For conditions: this item was read; look again on `day` at the latest. Both do nothing when nobody tracks. */
void ts_reads_item(lua_State *L, enum ts_read_kind kind, uint32_t id);
void ts_reads_watch(lua_State *L, ts_day day);
/* The days of window w seen from today held what `s` says; `last_at` is the latest instant of the series. */
void ts_reads_watch_window(lua_State *L, struct ts_window w, ts_day today, const struct ts_sum *s, ts_ms last_at);

/* ---- bind.c --------------------------------------------------------------------------------------------------- */

ts_day ts_bind_today(struct ts_rules *r); /* local date of the record's time */
ts_day ts_bind_day(struct ts_rules *r, ts_ms at);
/* The call that is running; raises outside of one. */
const struct ts_call *ts_bind_call(lua_State *L, struct ts_rules *r);
_Noreturn void ts_bind_no_memory(lua_State *L); /* the machine's memory is out: raises, the state is thrown away */
/* Raise "unknown WHAT 'name'; did you mean 'best'?". */
_Noreturn void ts_bind_unknown(lua_State *L, const char *what, const struct ts_near *near);
struct ts_str ts_bind_text(lua_State *L, int arg,
                           const char *what); /* a text argument, or an error that names `what` */
struct ts_window ts_bind_window(lua_State *L, struct ts_rules *r, int arg); /* absent: lifetime */
void ts_bind_date(lua_State *L, ts_day day);                                /* push "2026-01-15" */
/* Push a userdata with a metatable {__index = the value on top, taken; __newindex raises; __name = name}. */
const void *ts_bind_push_reader(lua_State *L, const char *name);
/* Argument 1 must be `member` itself: member:NAME(...), with a colon. */
void ts_bind_check_self(lua_State *L, struct ts_rules *r, const char *name);
/* A declaration by the name in argument `arg`; all declarations begin with their name. Raises with the nearest. */
const void *ts_bind_find(lua_State *L, int arg, const char *what, const void *at, uint32_t n, size_t stride);
#define TS_BIND_FIND(L, arg, what, array) ts_bind_find(L, arg, what, (array)->at, (array)->n, sizeof *(array)->at)
/* Push {name = light userdata of the declaration}. */
void ts_bind_push_map(lua_State *L, const void *at, uint32_t n, size_t stride);
#define TS_BIND_PUSH_MAP(L, array) ts_bind_push_map(L, (array)->at, (array)->n, sizeof *(array)->at)
/* Look argument `arg` up in the map at `map`: the declaration, NULL when there is none. */
const void *ts_bind_lookup(lua_State *L, int map, int arg);
/* Add a field or method to the table on top. */
void ts_bind_set(lua_State *L, struct ts_str name); /* pops the value above the table */

/* bind_value.c: JSON and Lua values */
void ts_bind_push_json(lua_State *L, const struct ts_json *j, const struct ts_json_node *n);
void ts_bind_push_json_text(lua_State *L, struct ts_rules *r, struct ts_str text); /* parses into r->json */
void ts_bind_push_field(lua_State *L, unsigned places, const struct ts_field *f, const struct ts_json *j,
                        const struct ts_json_node *n);
void ts_bind_push_micros(lua_State *L, int64_t millionths);
/* Canonical JSON of the value at `index`, in r->scratch. Money fields of `fields` are written in whole units. Raises. */
void ts_bind_write_json(lua_State *L, struct ts_rules *r, int index, const struct ts_field *fields, uint32_t n_fields);

/* Each adds its methods or fields to the table on top of the stack: the methods of `member`. */
void ts_bind_measures(lua_State *L, struct ts_rules *r); /* bind_measure.c */
void ts_bind_fields(lua_State *L, struct ts_rules *r);   /* bind_fields.c */
void ts_bind_tiers(lua_State *L, struct ts_rules *r);    /* bind_tiers.c */
void ts_bind_points(lua_State *L, struct ts_rules *r);   /* bind_points.c */
void ts_bind_effects(lua_State *L, struct ts_rules *r);  /* bind_effects.c */
void ts_bind_push_later(lua_State *L); /* push {name = method} of what this version answers with "does not know" */
/* Push the reader of event.at (0) or of now (1); bind_time.c. */
void ts_bind_push_time(lua_State *L, int which);
void ts_bind_push_event(lua_State *L, struct ts_rules *r); /* bind_event.c */
void ts_bind_event_begin(struct ts_rules *r, const struct ts_event_view *event);
void ts_bind_event_forget(struct ts_rules *r);
/* A measure's figure over a window, with its reads; bind_measure.c. */
struct ts_figure {
    struct ts_sum sum;
    ts_ms last_at; /* of the whole series */
    bool any;
};
struct ts_figure ts_bind_figure(lua_State *L, struct ts_rules *r, uint32_t series, uint32_t by, struct ts_window w);

/* member:usual(measure, window), upvalue 1: measures by name; bind_usual.c. */
int ts_bind_usual(lua_State *L);

/* Points earned over a window, with the reads; raises where they are not kept. bind_points.c */
int64_t ts_bind_earned(lua_State *L, struct ts_rules *r, struct ts_str points, struct ts_window w);

#endif
