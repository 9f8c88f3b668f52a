/* SPDX-License-Identifier: Apache-2.0 */
/* Timelines are read from the journal by the chains of a member's profiles. */
#include "command/timeline.h"

#include <stdlib.h>

struct walk {
    struct ts_session *session;
    struct ts_timeline *line;
    uint64_t *numbers;
    uint32_t n, limit;
    struct ts_json json;
    struct ts_buf text;
    bool failed;
};

static bool add(struct walk *w, uint64_t record, ts_ms at, struct ts_str what, bool effect)
{
    struct ts_timeline_item *item = ts_vec_push(&w->line->items);
    struct ts_str copy = ts_arena_dup(&w->line->arena, what);
    w->failed |= !item || !copy.ptr;
    if (item) *item = (struct ts_timeline_item){record, at, copy, effect};
    return !w->failed;
}

/* A record comes as it happened: itself, then its effects; the list runs backwards, so what was added for it is turned round. */
static void reverse_from(struct ts_timeline *t, uint32_t from)
{
    for (uint32_t a = from, b = t->items.len; a + 1 < b; a++, b--) {
        struct ts_timeline_item swap = t->items.at[a];
        t->items.at[a] = t->items.at[b - 1];
        t->items.at[b - 1] = swap;
    }
}

static const char *status_note(uint8_t status)
{
    return status == TS_OUTCOME_QUARANTINED ? " (quarantined)" : status == TS_OUTCOME_REFUSED ? " (refused)" : "";
}

static bool on_row(void *arg, const struct ts_row *row)
{
    struct walk *w = arg;
    struct ts_own_effects own;
    struct ts_effect e;
    uint32_t from = w->line->items.len;
    bool open = ts_own_effects_open(&own, row, w->numbers, w->n);
    ts_ms at = open && row->kind != TS_RECORD_SLICE && own.outcome.at ? own.outcome.at : row->time;
    if (row->kind != TS_RECORD_SLICE) {
        struct ts_str title = ts_row_title(row, &w->json);
        ts_buf_clear(&w->text);
        ts_buf_addf(&w->text, TS_STR_FMT "%s", TS_STR_ARG(title), open ? status_note(own.outcome.status) : "");
        add(w, row->record, at, ts_str((char *)w->text.data, w->text.len), false);
    }
    while (!w->failed && open && ts_own_effects_next(&own, &e)) {
        if (e.op == TS_FX_SUBJECT && e.at) at = e.at;
        if (!ts_effect_is_shown(&e) && e.op != TS_FX_ERROR) continue;
        ts_buf_clear(&w->text);
        ts_effect_say(w->session->engine, &e, &w->text);
        add(w, row->record, at, ts_str((char *)w->text.data, w->text.len), true);
    }
    w->failed |= w->text.failed;
    reverse_from(w->line, from);
    return !w->failed && w->line->items.len < w->limit;
}

enum ts_code ts_timeline_read(struct ts_session *s, uint64_t member, uint32_t limit, struct ts_timeline *ret)
{
    struct walk w = {.session = s, .line = ret, .limit = limit};
    memset(ret, 0, sizeof *ret);
    ts_arena_init(&ret->arena);
    enum ts_code code = ts_member_numbers(s->engine, member, &w.numbers, &w.n, &s->run->error);
    if (code != TS_OK || !limit) {
        ts_free(w.numbers);
        return code;
    }
    ts_json_init(&w.json);
    ts_buf_init(&w.text, 0);
    code = ts_store_timeline(s->store, member, 0, on_row, &w, &s->run->error);
    ts_json_release(&w.json);
    ts_buf_release(&w.text);
    ts_free(w.numbers);
    if (ret->items.len > limit) ret->items.len = limit;
    if (code == TS_OK && w.failed) code = ts_run_memory(s->run);
    if (code != TS_OK) ts_timeline_release(ret);
    return code;
}

void ts_timeline_release(struct ts_timeline *t)
{
    ts_vec_release(&t->items);
    ts_arena_release(&t->arena);
    memset(t, 0, sizeof *t);
}
