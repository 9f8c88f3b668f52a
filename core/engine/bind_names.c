/* SPDX-License-Identifier: Apache-2.0 */
/* The names under which a program is known to the state: a rule's with its place and version, a measure's by its definition, and those
 * that no rule file could write, of caps, notices and thresholds. What these texts are is part of the format of the state. */
#include "engine/bind.h"

uint32_t ts_intern(struct ts_engine *e, enum ts_space space, struct ts_str text, bool *ok)
{
    uint32_t id = ts_names_intern(e->names, space, text);
    if (!id) *ok = false;
    return id;
}

static struct ts_str scratch_text(struct ts_engine *e)
{
    return ts_str((const char *)e->scratch.data, e->scratch.failed ? 0 : e->scratch.len);
}

static uint32_t intern_scratch(struct ts_engine *e, enum ts_space space, bool *ok)
{
    struct ts_buf *b = &e->scratch;
    if (b->failed) *ok = false;
    return b->failed ? 0 : ts_intern(e, space, ts_str((const char *)b->data, b->len), ok);
}

struct ts_str ts_rule_text(struct ts_engine *e, const char *kind, struct ts_str name, const struct ts_origin *o)
{
    struct ts_buf *b = &e->scratch;
    ts_buf_clear(b);
    ts_buf_addf(b, "%s\x1f" TS_STR_FMT "\x1f" TS_STR_FMT "\x1f%u\x1f" TS_STR_FMT, kind, TS_STR_ARG(name),
                TS_STR_ARG(o->file), o->line, TS_STR_ARG(e->bind.program->version));
    return scratch_text(e);
}

/* Who pays for the points is part of the name, so every entry of the ledger keeps it. */
uint32_t ts_intern_funded(struct ts_engine *e, const char *kind, struct ts_str name, const struct ts_origin *o,
                          struct ts_str funder, bool *ok)
{
    struct ts_buf *b = &e->scratch;
    ts_rule_text(e, kind, name, o);
    if (funder.ptr) ts_buf_addf(b, "\x1f" TS_STR_FMT, TS_STR_ARG(funder));
    return intern_scratch(e, TS_SPACE_RULE, ok);
}

uint32_t ts_intern_rule(struct ts_engine *e, const char *kind, struct ts_str name, const struct ts_origin *o, bool *ok)
{
    return ts_intern_funded(e, kind, name, o, (struct ts_str){NULL, 0}, ok);
}

bool ts_rule_name_split(struct ts_str text, struct ts_rule_name *ret)
{
    struct ts_str part[6] = {{NULL, 0}};
    const char *p = text.ptr, *end = p + text.len;
    int n = 0;
    for (; p && n < 6; n++) { /* the last part, who pays, is there only where somebody is named */
        const char *stop = n < 5 ? memchr(p, '\x1f', (size_t)(end - p)) : NULL;
        part[n] = ts_str(p, (size_t)((stop ? stop : end) - p));
        p = stop ? stop + 1 : NULL;
    }
    if (n < 5) return false;
    *ret =
        (struct ts_rule_name){.kind = part[0], .name = part[1], .file = part[2], .version = part[4], .funder = part[5]};
    for (size_t i = 0; i < part[3].len; i++)
        ret->line = ret->line * 10 + (uint32_t)(part[3].ptr[i] - '0');
    return true;
}

static void put_where_value(struct ts_buf *b, const struct ts_where_value *v)
{
    if (v->kind == TS_WHERE_TEXT)
        ts_buf_addf(b, "t" TS_STR_FMT, TS_STR_ARG(v->text));
    else if (v->kind == TS_WHERE_FLAG)
        ts_buf_addf(b, "f%d", v->flag);
    else
        ts_buf_addf(b, "%c%lld/%u", v->kind == TS_WHERE_MONEY ? 'm' : 'n', (long long)v->number.digits,
                    (unsigned)v->number.scale);
}

/* What a measure counts is part of its definition: another `where`, another series. Nothing is added without one, so that
 * series of before there was `where` go on. */
static void put_where(struct ts_buf *b, const struct ts_where_list *list)
{
    for (uint32_t i = 0; i < list->n; i++) {
        const struct ts_where *c = &list->at[i];
        ts_buf_addf(b, "\x1e" TS_STR_FMT "\x1d%d%d", TS_STR_ARG(c->field), c->of_event, c->except);
        for (uint32_t k = 0; k < c->n_values; k++) {
            ts_buf_byte(b, '\x1f');
            put_where_value(b, &c->values[k]);
        }
        for (uint32_t k = 0; k < 2; k++) {
            const struct ts_where_value *end = k == 0 ? c->at_least : c->below;
            if (!end) continue;
            ts_buf_byte(b, k == 0 ? '>' : '<');
            put_where_value(b, end);
        }
    }
}

uint32_t ts_intern_series(struct ts_engine *e, const struct ts_measure *m, bool *ok)
{
    struct ts_buf *b = &e->scratch;
    ts_buf_clear(b);
    for (uint32_t i = 0; i < m->n_on; i++)
        ts_buf_addf(b, "%s" TS_STR_FMT, i ? "\x1f" : "", TS_STR_ARG(m->on[i]));
    ts_buf_addf(b, "\x1e" TS_STR_FMT "\x1e" TS_STR_FMT "\x1e" TS_STR_FMT "\x1e%u", TS_STR_ARG(m->sum),
                TS_STR_ARG(m->each), TS_STR_ARG(m->by), m->sum.ptr ? m->unit : TS_UNIT_COUNT);
    put_where(b, &m->where);
    return intern_scratch(e, TS_SPACE_SERIES, ok);
}

uint32_t ts_intern_cap(struct ts_engine *e, const char *kind, struct ts_str name, bool *ok)
{
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, "%s\x1f" TS_STR_FMT, kind, TS_STR_ARG(name));
    return intern_scratch(e, TS_SPACE_CAP, ok);
}

/* What is about to expire is a watch among those of the conditions; no tag can have such a name. */
struct ts_str ts_notice_text(struct ts_engine *e, struct ts_str points)
{
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, TS_SERIES_EARNED "notice " TS_STR_FMT, TS_STR_ARG(points));
    return scratch_text(e);
}

/* Of another measure, or another value of it, the thresholds are to be reached anew. */
uint32_t ts_intern_reached(struct ts_engine *e, const struct ts_milestone_decl *d, bool *ok)
{
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, TS_SERIES_REACHED TS_STR_FMT "\x1f%u\x1f%u", TS_STR_ARG(d->name),
                d->measure ? d->measure->id : 0, d->by_id);
    return intern_scratch(e, TS_SPACE_SERIES, ok);
}

/* The series of points earned, where somebody reads it. */
uint32_t ts_intern_earned(struct ts_engine *e, struct ts_str points, bool *ok)
{
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, TS_SERIES_EARNED TS_STR_FMT, TS_STR_ARG(points));
    return intern_scratch(e, TS_SPACE_SERIES, ok);
}

/* No tag can have such a name. */
uint32_t ts_intern_segment(struct ts_engine *e, struct ts_str segment, bool *ok)
{
    ts_buf_clear(&e->scratch);
    ts_buf_addf(&e->scratch, "segment\x1f" TS_STR_FMT, TS_STR_ARG(segment));
    return intern_scratch(e, TS_SPACE_CONDITION, ok);
}
