/* SPDX-License-Identifier: Apache-2.0 */
/* tessera why: each change of a member with the rule, the event and the figures behind it, newest first. */
#include <inttypes.h>

#include "command/why.h"

#define LIMIT_TEXT 20 /* of a terminal; JSON gives all */
#define INDENT 4

static const char *const kinds[] = {
#define TS_WHY_NAME(e, name) name,
    TS_WHY_KINDS(TS_WHY_NAME)
#undef TS_WHY_NAME
        NULL};

/* ---- for people ---------------------------------------------------------------------------------------------------- */

/* A line broken between words to the terminal's width. */
static void put_wrapped(struct ts_buf *out, struct ts_str line, unsigned width)
{
    unsigned used = 0;
    while (line.len) {
        const char *space = memchr(line.ptr, ' ', line.len);
        struct ts_str word = ts_str(line.ptr, space ? (size_t)(space - line.ptr) : line.len);
        unsigned wide = ts_text_width(word);
        if (used && used + 1 + wide > width) used = 0;
        if (used) {
            ts_buf_byte(out, ' ');
        } else {
            if (out->len) ts_buf_byte(out, '\n');
            ts_text_put(out, TS_STR(""), 0, INDENT, false);
        }
        ts_text_put(out, word, 0, 0, false);
        used += (used ? 1 : 0) + wide;
        line = ts_str(line.ptr + word.len, line.len - word.len);
        while (line.len && line.ptr[0] == ' ')
            line = ts_str(line.ptr + 1, line.len - 1);
    }
}

enum ts_code ts_why_print(struct ts_why *w, const struct ts_why_item *i)
{
    FILE *f = w->run->out;
    struct ts_style style = ts_style_of(f);
    struct ts_str rest = ts_str((char *)w->text.data, w->text.len);
    struct ts_buf out, head;
    char at[32];
    ts_buf_init(&out, 0);
    ts_buf_init(&head, 0);
    for (bool first = true; rest.len; first = false) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        struct ts_str line = ts_str(rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len);
        if (first)
            ts_text_put(&head, line, 0, 0, false);
        else
            put_wrapped(&out, line, (style.width > 60 ? style.width : 110) - INDENT);
        rest = ts_str(rest.ptr + line.len + (end != NULL), rest.len - line.len - (end != NULL));
    }
    fprintf(f, "%s%s%s  %s%.*s%s  %s#%" PRIu64 "%s\n", ts_paint(&style, TS_DIM), ts_text_time(w->zone, i->at, at),
            ts_paint_end(&style), ts_paint(&style, TS_BOLD), (int)head.len, (char *)head.data, ts_paint_end(&style),
            ts_paint(&style, TS_DIM), w->row->record, ts_paint_end(&style));
    if (out.len) fprintf(f, "%.*s\n", (int)out.len, (char *)out.data);
    fputc('\n', f);
    bool failed = out.failed || head.failed;
    ts_buf_release(&out);
    ts_buf_release(&head);
    return failed ? ts_run_memory(w->run) : TS_OK;
}

static enum ts_code for_people(struct ts_why *w, uint64_t member)
{
    fprintf(w->run->out, "m%" PRIu64 ": what changed and why, newest first\n\n", member);
    enum ts_code code = ts_why_walk(w, member);
    if (code != TS_OK) return code;
    if (!w->n) fputs("  nothing\n", w->run->out);
    if (w->more)
        fprintf(w->run->out, "%" PRIu64 " shown; --after %" PRIu64 " goes on, --limit N shows more at once\n", w->n,
                w->next);
    return ts_run_flush(w->run);
}

/* ---- for scripts --------------------------------------------------------------------------------------------------- */

static enum ts_code for_scripts(struct ts_why *w, uint64_t member)
{
    char head[64], tail[96], next[32] = "null";
    enum ts_code code = ts_list_open(w->run, &w->list);
    if (code == TS_OK) code = ts_why_walk(w, member);
    if (code != TS_OK) return code;
    if (w->more) snprintf(next, sizeof next, "\"%" PRIu64 "\"", w->next);
    snprintf(head, sizeof head, "{\"member\":\"m%" PRIu64 "\",\"items\":[", member);
    snprintf(tail, sizeof tail, "],\"next\":%s,\"watermark\":%" PRIu64 "}\n", next,
             ts_engine_record(w->session->engine));
    return ts_list_print(w->run, &w->list, head, tail);
}

enum ts_code ts_cmd_why(struct ts_run *run)
{
    struct ts_session s;
    struct ts_why w = {.run = run, .session = &s, .only = TS_WHY_NONE, .limit = run->json ? 0 : LIMIT_TEXT};
    uint64_t member;
    enum ts_code code = ts_args_choice(run, "what", kinds, &w.only);
    if (code == TS_OK) code = ts_args_u64(run, "limit", &w.limit);
    if (code == TS_OK) code = ts_args_u64(run, "after", &w.after);
    if (code == TS_OK) code = ts_session_open(run, TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    ts_json_init(&w.json);
    ts_json_init(&w.inner);
    ts_arena_init(&w.arena);
    ts_buf_init(&w.text, 0);
    w.zone = ts_session_program(&s)->zone;
    code = ts_session_who(&s, run->args.words[0], &member);
    if (code == TS_OK) code = run->json ? for_scripts(&w, member) : for_people(&w, member);
    ts_why_release(&w);
    return ts_session_close(&s, code);
}
