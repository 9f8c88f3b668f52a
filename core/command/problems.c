/* SPDX-License-Identifier: Apache-2.0 */
/* Problems of a rule set as text. A problem knows its line but no column: the mark goes under the first thing that its message names and
 * that stands on that line. */
#include "command/problems.h"

#include "command/table.h"

#define SHOWN_MAX 160 /* columns of a source line */

uint32_t ts_problems_errors(const struct ts_problems *problems)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < problems->list.len; i++)
        n += !problems->list.at[i].warning;
    return n;
}

void ts_problems_json(struct ts_doc *d, cJSON *parent, const struct ts_problems *problems)
{
    cJSON *list = ts_doc_array(d, parent, "problems");
    for (uint32_t i = 0; i < problems->list.len; i++) {
        const struct ts_problem *p = &problems->list.at[i];
        cJSON *item = ts_doc_object(d, list, NULL);
        ts_doc_text(d, item, "severity", p->warning ? "warning" : "error");
        ts_doc_text(d, item, "code", p->code);
        ts_doc_text(d, item, "file", p->file);
        ts_doc_uint(d, item, "line", p->line);
        ts_doc_text(d, item, "message", p->message);
        ts_doc_text(d, item, "suggestion", p->suggestion);
    }
}

/* ---- the line and the mark ------------------------------------------------------------------------------------------- */

static struct ts_str line_of(const struct ts_sources *sources, const struct ts_problem *p)
{
    struct ts_str path = ts_cstr(p->file);
    for (uint32_t i = 0; i < sources->n; i++) {
        if (!ts_str_eq(sources->at[i].path, path)) continue;
        const char *at = sources->at[i].text.ptr, *end = at + sources->at[i].text.len;
        for (uint32_t line = 1; at && line < p->line; line++) {
            at = memchr(at, '\n', (size_t)(end - at));
            if (at) at++;
        }
        if (!at || at == end) break;
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        if (stop > at && stop[-1] == '\r') stop--;
        return ts_str(at, (size_t)(stop - at));
    }
    return ts_str(NULL, 0);
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

/* Where `what` stands in `line` with no letter directly before or behind it; line.len: nowhere. */
static size_t find_in(struct ts_str line, struct ts_str what)
{
    for (size_t i = 0; what.len && i + what.len <= line.len; i++) {
        if (memcmp(line.ptr + i, what.ptr, what.len) != 0) continue;
        bool before = i > 0 && is_word(line.ptr[i - 1]) && is_word(what.ptr[0]);
        bool behind = i + what.len < line.len && is_word(line.ptr[i + what.len]) && is_word(what.ptr[what.len - 1]);
        if (!before && !behind) return i;
    }
    return line.len;
}

/* The next text between quotation marks of a message, from *at on; ptr NULL: there is none. */
static struct ts_str next_quoted(const char *message, size_t *at)
{
    for (size_t i = *at; message[i]; i++) {
        char quote = message[i];
        if (quote != '"' && !(quote == '\'' && (i == 0 || message[i - 1] == ' '))) continue;
        const char *end = strchr(message + i + 1, quote);
        if (!end) break;
        *at = (size_t)(end - message) + 1;
        return ts_str(message + i + 1, (size_t)(end - message) - i - 1);
    }
    return ts_str(NULL, 0);
}

/* Where the quoted text stands on the line; of "expire.after" the line has only the last part. */
static bool find_quoted(struct ts_str line, struct ts_str q, size_t *from, size_t *to)
{
    size_t at = find_in(line, q);
    for (size_t k = q.len; at == line.len && k > 0; k--) {
        if (q.ptr[k - 1] != '.') continue;
        q = ts_str(q.ptr + k, q.len - k);
        at = find_in(line, q);
        break;
    }
    if (at == line.len) return false;
    *from = at;
    *to = at + q.len;
    return true;
}

/* The first text in quotation marks, from `at` on, that stands on the line; or with `last` the last one. */
static bool mark_quoted(struct ts_str line, const char *message, size_t at, bool last, size_t *from, size_t *to)
{
    bool found = false;
    for (struct ts_str q = next_quoted(message, &at); q.ptr && (last || !found); q = next_quoted(message, &at))
        found |= find_quoted(line, q, from, to);
    return found;
}

/* the event "Order Completed" has no field "revenu": of an unknown name and of a unit, the message speaks last. */
static bool speaks_last(const struct ts_problem *p)
{
    return strncmp(p->code, "unknown_", 8) == 0 || strcmp(p->code, "bad_unit") == 0;
}

static bool mark_of(struct ts_str line, const struct ts_problem *p, size_t *from, size_t *to)
{
    /* `earn "stars": ...` names the declaration first: what is wrong comes behind it. */
    const char *behind = strstr(p->message, "\": ");
    size_t begin = behind && behind < p->message + 120 ? (size_t)(behind - p->message) + 1 : 0;
    if (mark_quoted(line, p->message, begin, speaks_last(p), from, to)) return true;
    *from = find_in(line, ts_cstr(p->mark));
    *to = *from + strlen(p->mark);
    if (*from < line.len) return true;
    if (begin && mark_quoted(line, p->message, 0, false, from, to)) return true;
    *from = 0;
    *to = line.len;
    while (*from < *to && (line.ptr[*from] == ' ' || line.ptr[*from] == '\t'))
        ++*from;
    return *from < *to;
}

static void put_line(struct ts_buf *out, const struct ts_style *style, struct ts_str line, const struct ts_problem *p)
{
    size_t from, to;
    if (!line.ptr || !mark_of(line, p, &from, &to)) return;
    const char *dim = ts_paint(style, TS_DIM), *end = ts_paint_end(style);
    ts_buf_addf(out, "%s%6u |%s ", dim, p->line, end);
    struct ts_buf plain; /* tabs are one column here, so that the mark stands right */
    ts_buf_init(&plain, line.len + 1);
    for (size_t i = 0; i < line.len; i++)
        ts_buf_byte(&plain, line.ptr[i] == '\t' ? ' ' : (uint8_t)line.ptr[i]);
    out->failed |= plain.failed;
    struct ts_str shown = ts_str((const char *)plain.data, plain.len);
    if (shown.ptr) ts_text_put(out, shown, SHOWN_MAX, 0, false);
    unsigned before = shown.ptr ? ts_text_width(ts_str(shown.ptr, from)) : SHOWN_MAX;
    unsigned width = shown.ptr ? ts_text_width(ts_str(shown.ptr + from, to - from)) : 0;
    ts_buf_release(&plain);
    ts_buf_adds(out, "\n");
    if (before >= SHOWN_MAX) return;
    if (before + width > SHOWN_MAX) width = SHOWN_MAX - before;
    ts_buf_addf(out, "%s       |%s %*s%s", dim, end, (int)before, "", ts_paint(style, p->warning ? TS_YELLOW : TS_RED));
    for (unsigned i = 0; i < (width ? width : 1); i++)
        ts_buf_byte(out, '^');
    ts_buf_addf(out, "%s\n", end);
}

/* ---- the three formats ------------------------------------------------------------------------------------------------ */

struct shown {
    struct ts_buf out;
    const struct ts_style *style;
    const char *dir; /* with a '/' at its end, or "" */
};

/* On one line and without what could steer a terminal. */
static void put_text(struct ts_buf *out, const char *text) { ts_text_put(out, ts_cstr(text), 0, 0, false); }

static void put_path(struct shown *s, const struct ts_problem *p)
{
    put_text(&s->out, s->dir);
    put_text(&s->out, p->file);
}

static void put_people(struct shown *s, const struct ts_problem *p, struct ts_str line)
{
    const char *end = ts_paint_end(s->style);
    ts_buf_adds(&s->out, ts_paint(s->style, TS_BOLD));
    put_path(s, p);
    ts_buf_addf(&s->out, ":%u%s: %s%s%s: ", p->line, end, ts_paint(s->style, p->warning ? TS_YELLOW : TS_RED),
                p->warning ? "warning" : "error", end);
    put_text(&s->out, p->message);
    ts_buf_addf(&s->out, " %s[%s]%s\n", ts_paint(s->style, TS_DIM), p->code, end);
    put_line(&s->out, s->style, line, p);
    if (p->suggestion[0]) {
        ts_buf_addf(&s->out, "  %shelp%s: ", ts_paint(s->style, TS_GREEN), end);
        put_text(&s->out, p->suggestion);
        ts_buf_adds(&s->out, "\n");
    }
    ts_buf_adds(&s->out, "\n");
}

static void put_editors(struct shown *s, const struct ts_problem *p)
{
    put_path(s, p);
    ts_buf_addf(&s->out, ":%u:1: %s: ", p->line, p->warning ? "warning" : "error");
    put_text(&s->out, p->message);
    if (p->suggestion[0]) {
        ts_buf_adds(&s->out, "; ");
        put_text(&s->out, p->suggestion);
    }
    ts_buf_addf(&s->out, " [%s]\n", p->code);
}

/* Workflow commands: % and line ends are escaped everywhere, ':' and ',' in properties. */
static void put_escaped(struct ts_buf *out, const char *text, bool property)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            ts_buf_addf(out, "%%%02X", c);
        else
            ts_buf_byte(out, c);
    }
}

static void put_github(struct shown *s, const struct ts_problem *p)
{
    ts_buf_addf(&s->out, "::%s file=", p->warning ? "warning" : "error");
    put_escaped(&s->out, s->dir, true);
    put_escaped(&s->out, p->file, true);
    ts_buf_addf(&s->out, ",line=%u,title=%s::", p->line, p->code);
    put_escaped(&s->out, p->message, false);
    if (p->suggestion[0]) {
        ts_buf_adds(&s->out, "; ");
        put_escaped(&s->out, p->suggestion, false);
    }
    ts_buf_adds(&s->out, "\n");
}

static const char *plural(uint32_t n) { return n == 1 ? "" : "s"; }

/* "2 errors, 1 warning in 3 files". Problems of one file stand together. */
static void put_sum(struct ts_buf *out, const struct ts_problems *problems)
{
    uint32_t errors = ts_problems_errors(problems), warnings = problems->list.len - errors, files = 0;
    for (uint32_t i = 0; i < problems->list.len; i++)
        files += i == 0 || strcmp(problems->list.at[i].file, problems->list.at[i - 1].file) != 0;
    if (errors) ts_buf_addf(out, "%u error%s%s", errors, plural(errors), warnings ? ", " : "");
    if (warnings) ts_buf_addf(out, "%u warning%s", warnings, plural(warnings));
    ts_buf_addf(out, " in %u file%s\n", files, plural(files));
}

enum ts_code ts_problems_print(struct ts_run *run, enum ts_problem_format format, const char *dir,
                               const struct ts_problems *problems, const struct ts_sources *sources)
{
    struct shown s = {.style = &run->style};
    struct ts_buf folder;
    if (!problems->list.len) return TS_OK;
    ts_buf_init(&folder, 0);
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (n != 1 || dir[0] != '.') { /* ./a.lua is a.lua */
        ts_buf_add(&folder, dir, n);
        if (n != 1 || dir[0] != '/') ts_buf_byte(&folder, '/');
    }
    ts_buf_byte(&folder, 0);
    ts_buf_init(&s.out, 0);
    s.dir = folder.failed ? "" : (const char *)folder.data;
    for (uint32_t i = 0; i < problems->list.len; i++) {
        const struct ts_problem *p = &problems->list.at[i];
        if (format == TS_PROBLEMS_PEOPLE)
            put_people(&s, p, line_of(sources, p));
        else if (format == TS_PROBLEMS_EDITORS)
            put_editors(&s, p);
        else
            put_github(&s, p);
    }
    if (format == TS_PROBLEMS_PEOPLE) put_sum(&s.out, problems);
    bool ok = !s.out.failed && !folder.failed;
    if (ok) fwrite(s.out.data, 1, s.out.len, run->out);
    ts_buf_release(&s.out);
    ts_buf_release(&folder);
    return ok ? ts_run_flush(run) : ts_run_memory(run);
}
