/* SPDX-License-Identifier: Apache-2.0 */
/* A host in memory: cold keys and message ids in one hash table, rows counted and, when asked, kept. For tests, rebuilds and previews. */
#include "engine/engine.h"

struct pair {
    char *key, *value;
    uint32_t key_len, value_len;
};
struct ts_memory_host {
    struct pair *slots;
    uint64_t mask, used;
    bool keep;
    uint64_t rows, last_record, quarantined, errors;
    TS_VEC(struct ts_row) kept;
    struct ts_arena texts;
};

static uint64_t find(const struct ts_memory_host *m, struct ts_str key)
{
    uint64_t i = ts_hash(key.ptr, key.len, 7) & m->mask;
    while (m->slots[i].key && !(m->slots[i].key_len == key.len && memcmp(m->slots[i].key, key.ptr, key.len) == 0))
        i = (i + 1) & m->mask;
    return i;
}

static bool grow(struct ts_memory_host *m)
{
    struct pair *old = m->slots;
    uint64_t n = m->mask + 1;
    struct pair *slots = ts_calloc(n * 2, sizeof *slots);
    if (!slots) return false;
    m->slots = slots;
    m->mask = n * 2 - 1;
    for (uint64_t i = 0; i < n; i++)
        if (old[i].key) m->slots[find(m, ts_str(old[i].key, old[i].key_len))] = old[i];
    ts_free(old);
    return true;
}

static bool put(struct ts_memory_host *m, struct ts_str key, struct ts_str value)
{
    if ((m->used + 1) * 4 > m->mask * 3 && !grow(m)) return false;
    uint64_t i = find(m, key);
    char *copy = ts_strdup_n(value.ptr, value.len);
    if (!copy) return false;
    if (!m->slots[i].key) {
        if (!(m->slots[i].key = ts_strdup_n(key.ptr, key.len))) {
            ts_free(copy);
            return false;
        }
        m->slots[i].key_len = (uint32_t)key.len;
        m->used++;
    }
    ts_free(m->slots[i].value);
    m->slots[i].value = copy;
    m->slots[i].value_len = (uint32_t)value.len;
    return true;
}

static int host_cold_get(void *arg, struct ts_str key, struct ts_buf *ret)
{
    struct ts_memory_host *m = arg;
    const struct pair *p = &m->slots[find(m, key)];
    if (!p->key) return 0;
    return ts_buf_add(ret, p->value, p->value_len) || p->value_len == 0 ? 1 : -1;
}

static bool host_cold_put(void *arg, struct ts_str key, struct ts_str value) { return put(arg, key, value); }

/* Message ids share the table: "m:" keeps them apart from cold keys, which begin with their own letter. */
static size_t message_key(struct ts_str id, char out[128])
{
    size_t n = id.len > 120 ? 120 : id.len;
    out[0] = 'm';
    out[1] = ':';
    memcpy(out + 2, id.ptr, n);
    return n + 2;
}

static uint64_t host_seen_find(void *arg, struct ts_str id)
{
    struct ts_memory_host *m = arg;
    char text[128];
    const struct pair *p = &m->slots[find(m, ts_str(text, message_key(id, text)))];
    uint64_t record = 0;
    if (p->key) memcpy(&record, p->value, sizeof record);
    return record;
}

static bool host_seen_add(void *arg, struct ts_str id, uint64_t record)
{
    char text[128];
    return put(arg, ts_str(text, message_key(id, text)), ts_str((const char *)&record, sizeof record));
}

/* A record that was rolled back after its row comes again under its number, and takes the row's place. */
static bool keep_row(struct ts_memory_host *m, const struct ts_row *row)
{
    struct ts_row copy = *row;
    copy.payload = ts_arena_dup(&m->texts, row->payload);
    copy.outcome = ts_arena_dup(&m->texts, row->outcome);
    copy.message_id = row->message_id.ptr ? ts_arena_dup(&m->texts, row->message_id) : row->message_id;
    if (!copy.payload.ptr || !copy.outcome.ptr || (row->message_id.ptr && !copy.message_id.ptr)) return false;
    struct ts_row *last = m->kept.len ? &m->kept.at[m->kept.len - 1] : NULL;
    struct ts_row *slot = last && last->record == row->record ? last : ts_vec_push(&m->kept);
    if (slot) *slot = copy;
    return slot != NULL;
}

static bool host_row(void *arg, const struct ts_row *row)
{
    struct ts_memory_host *m = arg;
    if (m->keep && !keep_row(m, row)) return false;
    if (m->last_record != row->record) m->rows++;
    m->last_record = row->record;
    return true;
}

static bool host_quarantine(void *arg, const struct ts_quarantined *q)
{
    TS_UNUSED(q);
    ((struct ts_memory_host *)arg)->quarantined++;
    return true;
}

static bool host_error(void *arg, const struct ts_rule_error *e)
{
    TS_UNUSED(e);
    ((struct ts_memory_host *)arg)->errors++;
    return true;
}

enum ts_code ts_memory_host_new(bool keep, struct ts_memory_host **ret, struct ts_host *ret_host)
{
    struct ts_memory_host *m = ts_calloc(1, sizeof *m);
    if (!m || !(m->slots = ts_calloc(1024, sizeof *m->slots))) {
        ts_free(m);
        return TS_E_MEMORY;
    }
    m->mask = 1023;
    m->keep = keep;
    ts_arena_init(&m->texts);
    *ret = m;
    *ret_host = (struct ts_host){m,        host_cold_get,   host_cold_put, host_seen_find, host_seen_add,
                                 host_row, host_quarantine, host_error};
    return TS_OK;
}

void ts_memory_host_free(struct ts_memory_host *m)
{
    if (!m) return;
    for (uint64_t i = 0; i <= m->mask; i++) {
        ts_free(m->slots[i].key);
        ts_free(m->slots[i].value);
    }
    ts_free(m->slots);
    ts_vec_release(&m->kept);
    ts_arena_release(&m->texts);
    ts_free(m);
}

uint64_t ts_memory_host_rows(const struct ts_memory_host *m) { return m->rows; }
const struct ts_row *ts_memory_host_row(const struct ts_memory_host *m, uint64_t index)
{
    return index < m->kept.len ? &m->kept.at[index] : NULL;
}
