/* SPDX-License-Identifier: Apache-2.0 */
/* What a call read. For a condition: which things of the member, and the first day on which one of its windows changes by
 * itself. For `why`: each value under a readable name; kept as notes, which cost little, and written as JSON only when
 * somebody keeps the call's effect. */
#include <stdlib.h>

#include "rules/bind.h"

#define NOTES_MAX 64        /* of one call; a rule that reads more says "more" */
#define READS_JSON_MAX 2048 /* bytes of the JSON object */
#define NOTE_TEXT_MAX 128   /* bytes of one text value */

/* ---- for conditions ------------------------------------------------------------------------------------------- */

void ts_reads_item(lua_State *L, enum ts_read_kind kind, uint32_t id)
{
    struct ts_rules *r = ts_host_of(L);
    if (!r->call->track_reads) return;
    uint32_t item = TS_READ_ITEM(kind, id);
    for (uint32_t i = 0; i < r->result->reads.len; i++)
        if (r->result->reads.at[i] == item) return;
    uint32_t *slot = ts_vec_push(&r->result->reads);
    if (!slot) ts_bind_no_memory(L);
    *slot = item;
}

void ts_reads_watch(lua_State *L, ts_day day)
{
    struct ts_rules *r = ts_host_of(L);
    if (r->call->track_reads && day < r->result->watch) r->result->watch = day;
}

void ts_reads_watch_window(lua_State *L, struct ts_window w, ts_day today, const struct ts_sum *s, ts_ms last_at)
{
    struct ts_rules *r = ts_host_of(L);
    if (!r->call->track_reads) return;
    if (s->n_buckets) ts_reads_watch(L, ts_window_leaves(w, s->first_day, today));
    ts_day last = ts_bind_day(r, last_at);
    if (last > today) ts_reads_watch(L, today + 1); /* an event of a moment ahead, past midnight */
    if (w.kind == TS_WINDOW_LAST_CALENDAR) {
        /* What lies in the current period enters the window when the period is over. */
        ts_day from, to;
        w.kind = TS_WINDOW_CALENDAR;
        ts_window_days(w, today, &from, &to);
        if (last >= from) ts_reads_watch(L, ts_window_leaves(w, today, today));
    }
}

/* ---- notes ---------------------------------------------------------------------------------------------------- */

static bool same_read(const struct ts_call_note *a, const struct ts_call_note *b)
{
    return a->before == b->before && a->name.ptr == b->name.ptr && a->name.len == b->name.len &&
           (a->part.ptr == NULL) == (b->part.ptr == NULL) && ts_str_eq(a->part, b->part) &&
           a->has_window == b->has_window &&
           (!a->has_window || (a->window.kind == b->window.kind && a->window.period == b->window.period &&
                               a->window.months == b->window.months && a->window.days == b->window.days));
}

static struct ts_str keep_text(lua_State *L, struct ts_call_result *ret, struct ts_str s)
{
    struct ts_str kept = ts_arena_dup(&ret->arena, s);
    if (!kept.ptr) ts_bind_no_memory(L);
    return kept;
}

void ts_reads_note(lua_State *L, const struct ts_call_note *note)
{
    struct ts_call_result *ret = ts_host_of(L)->result;
    for (uint32_t i = 0; i < ret->notes.len; i++)
        if (same_read(&ret->notes.at[i], note)) return;
    if (ret->notes.len > NOTES_MAX) return; /* one past the maximum says that there was more */
    struct ts_call_note *slot = ts_vec_push(&ret->notes);
    if (!slot) ts_bind_no_memory(L);
    *slot = *note;
    if (note->part.ptr) slot->part = keep_text(L, ret, note->part);
    if (note->type == TS_NOTE_TEXT) {
        struct ts_str text = note->value.text;
        if (text.len > NOTE_TEXT_MAX) text.len = NOTE_TEXT_MAX;
        while (text.len > 0 && !ts_utf8_valid(text.ptr, text.len))
            text.len--;
        slot->value.text = keep_text(L, ret, text);
    }
}

void ts_reads_integer(lua_State *L, const char *before, struct ts_str name, const char *part, int64_t value)
{
    struct ts_call_note note = {.before = before, .name = name, .part = ts_cstr(part), .type = TS_NOTE_INTEGER};
    note.value.integer = value;
    ts_reads_note(L, &note);
}

void ts_reads_text(lua_State *L, const char *before, struct ts_str name, const char *part, struct ts_str value)
{
    struct ts_call_note note = {.before = before, .name = name, .part = ts_cstr(part), .type = TS_NOTE_NONE};
    if (value.ptr) {
        note.type = TS_NOTE_TEXT;
        note.value.text = value;
    }
    ts_reads_note(L, &note);
}

void ts_reads_boolean(lua_State *L, const char *before, struct ts_str name, bool value)
{
    struct ts_call_note note = {.before = before, .name = name, .type = TS_NOTE_BOOLEAN};
    note.value.boolean = value;
    ts_reads_note(L, &note);
}

void ts_reads_number(lua_State *L, const char *before, struct ts_str name, const char *part, double value)
{
    struct ts_call_note note = {.before = before, .name = name, .part = ts_cstr(part), .type = TS_NOTE_NUMBER};
    note.value.number = value;
    ts_reads_note(L, &note);
}

/* ---- as JSON -------------------------------------------------------------------------------------------------- */

struct entry {
    char key[3 * 200 + 64];
    const struct ts_call_note *note;
};

static void entry_name(struct entry *e, const struct ts_call_note *n)
{
    char window[64] = "";
    if (n->has_window) ts_window_format(n->window, window, sizeof window);
    bool spaced = n->part.ptr && n->part.len && n->part.ptr[0] != '.';
    snprintf(e->key, sizeof e->key, "%s" TS_STR_FMT "%s" TS_STR_FMT "%s%s", n->before, TS_STR_ARG(n->name),
             spaced ? " " : "", TS_STR_ARG(n->part), window[0] ? " " : "", window);
    size_t len = strlen(e->key);
    while (len > 0 && !ts_utf8_valid(e->key, len))
        e->key[--len] = '\0'; /* cut in the middle of a letter */
}

static int entry_compare(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static void write_note(const struct ts_call_note *n, struct ts_buf *out)
{
    char text[40];
    switch (n->type) {
    case TS_NOTE_INTEGER:
        ts_buf_addf(out, "%lld", (long long)n->value.integer);
        break;
    case TS_NOTE_NUMBER:
        if (n->value.number - n->value.number != 0) { /* infinite, or no number */
            ts_buf_adds(out, "null");
            break;
        }
        ts_format_double(n->value.number, text, sizeof text);
        ts_buf_adds(out, text);
        break;
    case TS_NOTE_BOOLEAN:
        ts_buf_adds(out, n->value.boolean ? "true" : "false");
        break;
    case TS_NOTE_TEXT:
        ts_buf_json(out, n->value.text);
        break;
    default:
        ts_buf_adds(out, "null");
    }
}

bool ts_call_result_reads_json(const struct ts_call_result *r, struct ts_buf *out)
{
    uint32_t n = r->notes.len < NOTES_MAX ? r->notes.len : NOTES_MAX;
    bool more = r->notes.len > NOTES_MAX;
    struct entry *entries = ts_alloc((n + 1) * sizeof *entries);
    if (!entries) return false;
    for (uint32_t i = 0; i < n; i++) {
        entries[i].note = &r->notes.at[i];
        entry_name(&entries[i], entries[i].note);
    }
    entries[n].note = NULL;
    snprintf(entries[n].key, sizeof entries[n].key, "more");
    /* What does not fit is dropped before sorting, so that a note's room does not depend on its name. */
    size_t room = READS_JSON_MAX;
    uint32_t kept = 0;
    for (; kept < n; kept++) {
        size_t need = 2 * strlen(entries[kept].key) + 32;
        if (entries[kept].note->type == TS_NOTE_TEXT) need += 2 * entries[kept].note->value.text.len;
        if (need > room) break;
        room -= need;
    }
    if (kept < n) {
        more = true;
        entries[kept] = entries[n];
    }
    if (more) kept++;
    qsort(entries, kept, sizeof *entries, entry_compare);
    ts_buf_byte(out, '{');
    const char *previous = NULL;
    for (uint32_t i = 0; i < kept; i++) {
        if (previous && strcmp(previous, entries[i].key) == 0) continue;
        if (previous) ts_buf_byte(out, ',');
        previous = entries[i].key;
        ts_buf_json(out, ts_cstr(previous));
        ts_buf_byte(out, ':');
        if (entries[i].note)
            write_note(entries[i].note, out);
        else
            ts_buf_adds(out, "true");
    }
    ts_buf_byte(out, '}');
    ts_free(entries);
    return !out->failed;
}
