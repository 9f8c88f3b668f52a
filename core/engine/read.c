/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the state: a member decoded, and his line of canonical JSON, which is what hashes of the whole state are made of. */
#include <stdlib.h>

#include "engine/internal.h"

static struct ts_profile *decode(struct ts_engine *e, uint64_t number, struct ts_error *err)
{
    struct ts_image image = ts_members_image(e->members, number);
    struct ts_profile *p = ts_alloc(sizeof *p);
    if (!p) {
        ts_fail(err, TS_E_MEMORY, "out of memory for a member");
        return NULL;
    }
    ts_profile_init(p);
    if (image.data && ts_profile_decode(p, image.data, image.len)) return p;
    ts_profile_release(p);
    ts_free(p);
    ts_fail(err, TS_E_DAMAGED, "the image of profile %llu cannot be read", (unsigned long long)number);
    return NULL;
}

enum ts_code ts_member_view_open(struct ts_engine *e, uint64_t member, struct ts_member_view *ret, struct ts_error *err)
{
    struct ts_error local;
    if (!err) err = &local;
    memset(ret, 0, sizeof *ret);
    if (ts_members_living(e->members, member) != member)
        return ts_fail(err, TS_E_NOT_FOUND, "m%llu is no living member", (unsigned long long)member);
    struct ts_profile *head = decode(e, member, err);
    if (!head) return err->code;
    ret->owned = ts_calloc(head->others.len + 1, sizeof *ret->owned);
    if (!ret->owned) {
        ts_profile_release(head);
        ts_free(head);
        return ts_fail(err, TS_E_MEMORY, "out of memory for a member");
    }
    ret->owned[ret->n_owned++] = head;
    for (uint32_t i = 0; i < head->others.len; i++) {
        struct ts_profile *p = decode(e, head->others.at[i], err);
        if (!p) {
            ts_member_view_close(ret);
            return err->code;
        }
        ret->owned[ret->n_owned++] = p;
    }
    ret->member.profiles = ret->owned;
    ret->member.n = ret->n_owned;
    return TS_OK;
}

void ts_member_view_close(struct ts_member_view *v)
{
    for (uint32_t i = 0; i < v->n_owned; i++) {
        ts_profile_release(v->owned[i]);
        ts_free(v->owned[i]);
    }
    ts_free(v->owned);
    memset(v, 0, sizeof *v);
}

/* ---- the canonical line ---- */

static void key(struct ts_buf *b, const char *name, bool first) { ts_buf_addf(b, "%s\"%s\":", first ? "" : ",", name); }

static void time_value(struct ts_buf *b, ts_ms t)
{
    char text[32];
    ts_buf_addf(b, "\"%s\"", ts_time_format(t, text));
}

static int by_text(const void *a, const void *b)
{
    return ts_str_cmp(*(const struct ts_str *)a, *(const struct ts_str *)b);
}

static void put_identifiers(struct ts_engine *e, const struct ts_member *m, struct ts_buf *b)
{
    struct ts_buf texts;
    TS_VEC(struct ts_str) list = {0};
    size_t total = 0;
    ts_buf_init(&texts, 0);
    for (int pass = 0; pass < 2; pass++) { /* first the length, so that slices stay where they are */
        if (pass == 1) ts_buf_reserve(&texts, total + 1);
        for (uint32_t i = 0; i < m->n; i++)
            for (uint32_t k = 0; k < m->profiles[i]->identifiers.len; k++) {
                uint32_t kind;
                struct ts_str value;
                uint64_t profile;
                ts_idents_get(e->idents, m->profiles[i]->identifiers.at[k].row, &kind, &value, &profile);
                struct ts_str name = ts_names_text(e->names, TS_SPACE_IDENTIFIER, kind);
                if (pass == 0) {
                    total += name.len + value.len + 1;
                    continue;
                }
                struct ts_str *slot = ts_vec_push(&list);
                if (!slot || texts.failed) continue;
                *slot = ts_str((const char *)texts.data + texts.len, name.len + value.len + 1);
                ts_buf_add(&texts, name.ptr, name.len);
                ts_buf_byte(&texts, ':');
                ts_buf_add(&texts, value.ptr, value.len);
            }
    }
    if (list.len) qsort(list.at, list.len, sizeof *list.at, by_text);
    ts_buf_byte(b, '[');
    for (uint32_t i = 0; i < list.len; i++) {
        if (i) ts_buf_byte(b, ',');
        ts_buf_json(b, list.at[i]);
    }
    ts_buf_byte(b, ']');
    if (texts.failed) b->failed = true;
    ts_vec_release(&list);
    ts_buf_release(&texts);
}

struct day {
    ts_day day;
    int64_t count, sum;
};
struct figure {
    struct ts_str name, by;
    uint32_t series, by_id;
};

static int by_day(const void *a, const void *b)
{
    const struct day *x = a, *y = b;
    return x->day < y->day ? -1 : x->day > y->day;
}

static void put_days(const struct ts_member *m, const struct figure *f, struct ts_buf *b)
{
    TS_VEC(struct day) days = {0};
    for (uint32_t i = 0; i < m->n; i++) {
        struct ts_series s;
        if (!ts_series_find(m->profiles[i]->series.data, m->profiles[i]->series.len, f->series, f->by_id, &s)) continue;
        struct ts_bucket_iter it = {0};
        struct day d;
        while (ts_series_bucket(&s, &it, &d.day, &d.count, &d.sum)) {
            struct day *slot = ts_vec_push(&days);
            if (slot)
                *slot = d;
            else
                b->failed = true;
        }
    }
    if (days.len) qsort(days.at, days.len, sizeof *days.at, by_day);
    ts_buf_byte(b, '[');
    for (uint32_t i = 0; i < days.len;) {
        struct day d = days.at[i];
        uint32_t from = i;
        for (i++; i < days.len && days.at[i].day == d.day; i++) {
            d.count += days.at[i].count;
            d.sum += days.at[i].sum;
        }
        ts_buf_addf(b, "%s[%d,%lld,%lld]", from ? "," : "", d.day, (long long)d.count, (long long)d.sum);
    }
    ts_buf_byte(b, ']');
    ts_vec_release(&days);
}

static int by_figure(const void *a, const void *b)
{
    const struct figure *x = a, *y = b;
    int c = ts_str_cmp(x->name, y->name);
    return c ? c : ts_str_cmp(x->by, y->by);
}

/* Declared measures by name, `by` values behind a colon. */
static void put_measures(struct ts_engine *e, const struct ts_member *m, struct ts_buf *b)
{
    const struct ts_program *p = e->bind.program;
    TS_VEC(struct figure) list = {0};
    for (uint32_t k = 0; k < p->measures.n; k++)
        for (uint32_t i = 0; i < m->n; i++) {
            size_t pos = 0;
            struct ts_series s;
            while (ts_series_next(m->profiles[i]->series.data, m->profiles[i]->series.len, &pos, &s)) {
                if (s.id != p->measures.at[k].id) continue;
                struct figure f = {p->measures.at[k].name, ts_names_text(e->names, TS_SPACE_BY, s.by), s.id, s.by};
                bool had = false;
                for (uint32_t h = 0; h < list.len; h++)
                    had |= list.at[h].by_id == f.by_id && ts_str_eq(list.at[h].name, f.name);
                struct figure *slot = had ? NULL : ts_vec_push(&list);
                if (slot) *slot = f;
                if (!had && !slot) b->failed = true;
            }
        }
    if (list.len) qsort(list.at, list.len, sizeof *list.at, by_figure);
    ts_buf_byte(b, '{');
    for (uint32_t i = 0; i < list.len; i++) {
        if (i) ts_buf_byte(b, ',');
        ts_buf_clear(&e->image);
        ts_buf_add(&e->image, list.at[i].name.ptr, list.at[i].name.len);
        if (list.at[i].by.ptr) ts_buf_byte(&e->image, ':');
        ts_buf_add(&e->image, list.at[i].by.ptr, list.at[i].by.len);
        ts_buf_json(b, ts_str((const char *)e->image.data, e->image.len));
        ts_buf_byte(b, ':');
        put_days(m, &list.at[i], b);
    }
    ts_buf_byte(b, '}');
    ts_vec_release(&list);
}

static void put_scores(struct ts_engine *e, const struct ts_member *m, struct ts_buf *b)
{
    TS_VEC(struct ts_str) names = {0};
    for (uint32_t i = 0; i < m->n; i++)
        for (uint32_t k = 0; k < m->profiles[i]->scores.len; k++) {
            struct ts_str name = ts_names_text(e->names, TS_SPACE_SCORE, m->profiles[i]->scores.at[k].id);
            bool had = false;
            for (uint32_t h = 0; h < names.len; h++)
                had |= ts_str_eq(names.at[h], name);
            struct ts_str *slot = had ? NULL : ts_vec_push(&names);
            if (slot) *slot = name;
        }
    if (names.len) qsort(names.at, names.len, sizeof *names.at, by_text);
    ts_buf_byte(b, '{');
    for (uint32_t n = 0; n < names.len; n++) {
        bool first = true;
        if (n) ts_buf_byte(b, ',');
        ts_buf_json(b, names.at[n]);
        ts_buf_adds(b, ":[");
        for (uint32_t i = 0; i < m->n; i++) {
            const struct ts_score *s =
                ts_profile_score(m->profiles[i], ts_names_find(e->names, TS_SPACE_SCORE, names.at[n]));
            char text[40];
            if (!s) continue;
            ts_format_double(s->value, text, sizeof text);
            ts_buf_addf(b, "%s[", first ? "" : ",");
            time_value(b, s->at);
            ts_buf_addf(b, ",%s]", text);
            first = false;
        }
        ts_buf_byte(b, ']');
    }
    ts_buf_byte(b, '}');
    ts_vec_release(&names);
}

struct named {
    struct ts_str name;
    const void *at;
};
static int by_name(const void *a, const void *b)
{
    return ts_str_cmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* Rows of the head that have a name, in order of it. */
#define SORTED(e, vec, space, field, list, b)                                                                          \
    struct named *list = ts_alloc(((vec)->len + 1) * sizeof *list);                                                    \
    for (uint32_t i_ = 0; list && i_ < (vec)->len; i_++)                                                               \
        list[i_] = (struct named){ts_names_text((e)->names, space, (vec)->at[i_].field), &(vec)->at[i_]};              \
    if (!list) (b)->failed = true;                                                                                     \
    if (list && (vec)->len) qsort(list, (vec)->len, sizeof *list, by_name);                                            \
    uint32_t n_##list = list ? (vec)->len : 0

static void put_tags(struct ts_engine *e, const struct ts_profile *head, struct ts_buf *b)
{
    SORTED(e, &head->tags, TS_SPACE_TAG, tag, tags, b);
    ts_buf_byte(b, '[');
    for (uint32_t i = 0; i < n_tags; i++) {
        const struct ts_tag *t = tags[i].at;
        ts_buf_adds(b, i ? ",{\"name\":" : "{\"name\":");
        ts_buf_json(b, tags[i].name);
        key(b, "since", false);
        time_value(b, t->since);
        key(b, "until", false);
        time_value(b, t->until);
        ts_buf_byte(b, '}');
    }
    ts_buf_byte(b, ']');
    ts_free(tags);
}

static void put_segments(struct ts_engine *e, const struct ts_profile *head, struct ts_buf *b)
{
    SORTED(e, &head->segments, TS_SPACE_SEGMENT, segment, segments, b);
    ts_buf_byte(b, '[');
    for (uint32_t i = 0; i < n_segments; i++) {
        const struct ts_segment_state *s = segments[i].at;
        ts_buf_adds(b, i ? ",{\"name\":" : "{\"name\":");
        ts_buf_json(b, segments[i].name);
        key(b, "since", false);
        time_value(b, s->since);
        ts_buf_byte(b, '}');
    }
    ts_buf_byte(b, ']');
    ts_free(segments);
}

static void put_tiers(struct ts_engine *e, const struct ts_profile *head, struct ts_buf *b)
{
    SORTED(e, &head->tiers, TS_SPACE_TIERS, tiers, tiers, b);
    ts_buf_byte(b, '{');
    for (uint32_t i = 0; i < n_tiers; i++) {
        const struct ts_tier_state *s = tiers[i].at;
        if (i) ts_buf_byte(b, ',');
        ts_buf_json(b, tiers[i].name);
        ts_buf_addf(b, ":{\"basis\":%lld,\"name\":", (long long)s->basis);
        ts_buf_json(b, ts_names_text(e->names, TS_SPACE_LEVEL, s->level));
        if (s->notice_to) {
            key(b, "notice_at", false);
            time_value(b, s->notice_at);
            key(b, "notice_to", false);
            ts_buf_json(b, ts_names_text(e->names, TS_SPACE_LEVEL, s->notice_to));
        }
        key(b, "since", false);
        time_value(b, s->since);
        ts_buf_byte(b, '}');
    }
    ts_buf_byte(b, '}');
    ts_free(tiers);
}

static void put_traits(struct ts_engine *e, const struct ts_profile *head, struct ts_buf *b)
{
    SORTED(e, &head->traits, TS_SPACE_TRAIT, trait, traits, b);
    ts_buf_byte(b, '{');
    for (uint32_t i = 0; i < n_traits; i++) {
        const struct ts_trait *t = traits[i].at;
        if (i) ts_buf_byte(b, ',');
        ts_buf_json(b, traits[i].name);
        ts_buf_adds(b, ":{\"at\":");
        time_value(b, t->at);
        key(b, "value", false);
        ts_buf_add(b, t->json.ptr, t->json.len);
        ts_buf_byte(b, '}');
    }
    ts_buf_byte(b, '}');
    ts_free(traits);
}

static void put_lots(const struct ts_member *m, uint32_t points, struct ts_buf *b)
{
    bool first = true;
    ts_buf_byte(b, '[');
    for (uint32_t i = 0; i < m->n; i++)
        for (uint32_t k = 0; k < m->profiles[i]->wallet.lots.len; k++) {
            const struct ts_lot *l = &m->profiles[i]->wallet.lots.at[k];
            if (l->points != points) continue;
            ts_buf_adds(b, first ? "{\"activates\":" : ",{\"activates\":");
            time_value(b, l->activates);
            key(b, "earned", false);
            time_value(b, l->earned);
            key(b, "expires", false);
            time_value(b, l->expires);
            ts_buf_addf(b, ",\"original\":%lld,\"remaining\":%lld,\"state\":\"%s\"}", (long long)l->original,
                        (long long)l->remaining, l->state == TS_LOT_PENDING ? "pending" : "available");
            first = false;
        }
    ts_buf_byte(b, ']');
}

static void put_wallet(struct ts_engine *e, const struct ts_member *m, struct ts_buf *b)
{
    bool first = true;
    ts_buf_byte(b, '{');
    struct named list[TS_CURRENCIES_MAX];
    uint32_t n = 0, count = ts_names_count(e->names, TS_SPACE_POINTS);
    for (uint32_t id = 1; id <= count && n < TS_CURRENCIES_MAX; id++)
        list[n++] = (struct named){ts_names_text(e->names, TS_SPACE_POINTS, id), NULL};
    qsort(list, n, sizeof *list, by_name);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = ts_names_find(e->names, TS_SPACE_POINTS, list[i].name);
        struct ts_balance w = ts_member_balance(m, id);
        bool lots = false;
        for (uint32_t k = 0; k < m->n; k++)
            for (uint32_t x = 0; x < m->profiles[k]->wallet.lots.len; x++)
                lots |= m->profiles[k]->wallet.lots.at[x].points == id;
        if (!lots && !w.available && !w.pending && !w.held && !w.debt) continue;
        if (!first) ts_buf_byte(b, ',');
        first = false;
        ts_buf_json(b, list[i].name);
        ts_buf_addf(b, ":{\"available\":%lld,\"debt\":%lld,\"held\":%lld,\"lots\":", (long long)w.available,
                    (long long)w.debt, (long long)w.held);
        put_lots(m, id, b);
        ts_buf_addf(b, ",\"pending\":%lld}", (long long)w.pending);
    }
    ts_buf_byte(b, '}');
}

bool ts_engine_state_line(struct ts_engine *e, uint64_t member, struct ts_buf *b)
{
    struct ts_member_view v;
    if (ts_member_view_open(e, member, &v, NULL) != TS_OK) return false;
    struct ts_profile *head = v.member.profiles[0];
    ts_buf_adds(b, "{\"aliases\":[");
    for (uint32_t i = 0; i < head->others.len; i++)
        ts_buf_addf(b, "%s\"m%llu\"", i ? "," : "", (unsigned long long)head->others.at[i]);
    ts_buf_adds(b, "],\"created\":");
    time_value(b, head->created);
    key(b, "identifiers", false);
    put_identifiers(e, &v.member, b);
    key(b, "measures", false);
    put_measures(e, &v.member, b);
    ts_buf_addf(b, ",\"member\":\"m%llu\"", (unsigned long long)member);
    key(b, "scores", false);
    put_scores(e, &v.member, b);
    key(b, "segments", false);
    put_segments(e, head, b);
    key(b, "tags", false);
    put_tags(e, head, b);
    key(b, "tiers", false);
    put_tiers(e, head, b);
    key(b, "traits", false);
    put_traits(e, head, b);
    key(b, "wallet", false);
    put_wallet(e, &v.member, b);
    ts_buf_byte(b, '}');
    ts_member_view_close(&v);
    return !b->failed;
}
