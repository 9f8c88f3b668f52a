/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as rules see them, in the program's zone: event.at (when it happened) and now (the record's time). */
#include "rules/bind.h"
#include "rules/describe.h"

static const char *const weekdays[] = {"",         "Monday", "Tuesday",  "Wednesday",
                                       "Thursday", "Friday", "Saturday", "Sunday"};

enum time_field {
    FIELD_YEAR = 1,
    FIELD_MONTH,
    FIELD_DAY,
    FIELD_HOUR,
    FIELD_MINUTE,
    FIELD_SECOND,
    FIELD_WEEKDAY,
    FIELD_DATE,
    FIELD_MS
};
static const struct ts_binding time_fields[] = {
    {"year", NULL, "time", "integer", "2026", FIELD_YEAR},
    {"month", NULL, "time", "integer", "1 to 12", FIELD_MONTH},
    {"day", NULL, "time", "integer", "day of the month, 1 to 31", FIELD_DAY},
    {"hour", NULL, "time", "integer", "0 to 23", FIELD_HOUR},
    {"minute", NULL, "time", "integer", "0 to 59", FIELD_MINUTE},
    {"second", NULL, "time", "integer", "0 to 59", FIELD_SECOND},
    {"weekday", NULL, "time", "weekday", "\"Monday\" to \"Sunday\"", FIELD_WEEKDAY},
    {"date", NULL, "time", "date", "\"2026-01-15\"; dates compare as text", FIELD_DATE},
    {"ms", NULL, "time", "integer", "milliseconds since 1970 UTC, for differences", FIELD_MS},
};
const struct ts_bindings ts_bindings_time = TS_BINDINGS("time", time_fields);

static const struct ts_civil *civil_of(struct ts_rules *r, int which, ts_ms at)
{
    struct ts_bind *b = r->bind;
    if (!b->civil[which].known || b->civil[which].at != at) {
        ts_zone_civil(r->program.zone, at, &b->civil[which].civil);
        b->civil[which].at = at;
        b->civil[which].known = true;
    }
    return &b->civil[which].civil;
}

static ts_ms instant(lua_State *L, struct ts_rules *r, int which)
{
    const struct ts_call *call = ts_bind_call(L, r);
    if (which == 0) {
        if (call->event) return call->event->at;
        return luaL_error(L, "there is no event here");
    }
    ts_day today = ts_bind_today(r);
    ts_reads_item(L, TS_READ_NOW, 0);
    ts_reads_watch(L, today + 1);
    struct ts_call_note note = {.before = "", .name = TS_STR("now"), .type = TS_NOTE_TEXT};
    ts_bind_date(L, today);
    note.value.text.ptr = lua_tolstring(L, -1, &note.value.text.len);
    ts_reads_note(L, &note);
    lua_pop(L, 1);
    return call->now;
}

/* Upvalues: which time, {name = field}. */
static int time_index(lua_State *L)
{
    struct ts_rules *r = ts_host_of(L);
    int which = (int)lua_tointeger(L, lua_upvalueindex(1));
    struct ts_str name = ts_bind_text(L, 2, "part of a time");
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(2));
    enum time_field field = (enum time_field)lua_tointeger(L, -1);
    if (!field) ts_bindings_get(L, &ts_bindings_time, name, "part of a time");
    ts_ms at = instant(L, r, which);
    const struct ts_civil *c = civil_of(r, which, at);
    switch (field) {
    case FIELD_YEAR:
        lua_pushinteger(L, c->year);
        break;
    case FIELD_MONTH:
        lua_pushinteger(L, c->month);
        break;
    case FIELD_DAY:
        lua_pushinteger(L, c->day);
        break;
    case FIELD_HOUR:
        lua_pushinteger(L, c->hour);
        break;
    case FIELD_MINUTE:
        lua_pushinteger(L, c->minute);
        break;
    case FIELD_SECOND:
        lua_pushinteger(L, c->second);
        break;
    case FIELD_WEEKDAY:
        lua_pushstring(L, weekdays[c->weekday]);
        break;
    case FIELD_DATE:
        ts_bind_date(L, ts_day_from_civil(c->year, c->month, c->day));
        break;
    case FIELD_MS:
        lua_pushinteger(L, at);
        break;
    }
    return 1;
}

void ts_bind_push_time(lua_State *L, int which)
{
    lua_pushinteger(L, which);
    lua_createtable(L, 0, (int)TS_ARRAY_LEN(time_fields));
    for (size_t i = 0; i < TS_ARRAY_LEN(time_fields); i++) {
        lua_pushinteger(L, time_fields[i].field);
        lua_setfield(L, -2, time_fields[i].name);
    }
    lua_pushcclosure(L, time_index, 2);
    ts_bind_push_reader(L, which ? "now" : "event.at");
}
