/* SPDX-License-Identifier: Apache-2.0 */
/* The queue in front of the journal thread: items are copied into segments of 256 KB, which never move, so an item's text
 * can be bound to SQLite where it stands. */
#include "store/queue.h"
#include "base/limits.h"

#define SEGMENT_BYTES (256u << 10)
#define SPARE_MAX 64      /* segments kept for the next batch: 16 MB */
#define SIGNAL_ITEMS 1000 /* so many waiting items are worth a commit of their own */

static struct store_segment *segment_new(struct store_journal *j, size_t need)
{
    if (need <= SEGMENT_BYTES && j->spare) {
        struct store_segment *s = j->spare;
        j->spare = s->next;
        j->n_spare--;
        s->next = NULL;
        s->len = 0;
        return s;
    }
    size_t cap = need > SEGMENT_BYTES ? need : SEGMENT_BYTES;
    struct store_segment *s = ts_alloc(sizeof *s + cap);
    if (!s) return NULL;
    *s = (struct store_segment){.cap = cap};
    return s;
}

void store_segments_free(struct store_segment *s)
{
    while (s) {
        struct store_segment *next = s->next;
        ts_free(s);
        s = next;
    }
}

void store_segments_recycle(struct store_journal *j, struct store_segment *s)
{
    while (s) {
        struct store_segment *next = s->next;
        if (s->cap == SEGMENT_BYTES && j->n_spare < SPARE_MAX) {
            s->next = j->spare;
            j->spare = s;
            j->n_spare++;
        } else {
            ts_free(s);
        }
        s = next;
    }
}

static struct ts_str put(uint8_t **at, struct ts_str s)
{
    if (!s.ptr) return s;
    char *to = (char *)*at;
    if (s.len) memcpy(to, s.ptr, s.len);
    *at += s.len;
    return ts_str(to, s.len);
}

static void copy_texts(struct store_item *item)
{
    uint8_t *at = (uint8_t *)(item + 1);
    if (item->type == STORE_ITEM_ROW) {
        struct ts_row *r = &item->is.row;
        r->payload = put(&at, r->payload);
        r->outcome = put(&at, r->outcome);
        r->message_id = put(&at, r->message_id);
    } else if (item->type == STORE_ITEM_QUARANTINE) {
        struct ts_quarantined *q = &item->is.quarantine;
        q->file = put(&at, q->file);
        q->field = put(&at, q->field);
        q->message = put(&at, q->message);
        q->body = put(&at, q->body);
    } else if (item->type == STORE_ITEM_ERROR) {
        struct ts_rule_error *e = &item->is.error;
        e->rule_name = put(&at, e->rule_name);
        e->file = put(&at, e->file);
        e->version = put(&at, e->version);
        e->message = put(&at, e->message);
        e->event = put(&at, e->event);
    }
}

/* Append under the mutex, which is held for the copying of some hundred bytes; the thread is woken when it sleeps for want of
 * work, and when there is enough for a commit. */
static bool append(struct store_journal *j, struct store_item *item, size_t text)
{
    if (atomic_load_explicit(&j->failed, memory_order_relaxed)) return false;
    const size_t size = (sizeof *item + text + 15) & ~(size_t)15;
    if (size > UINT32_MAX) return false;
    item->size = (uint32_t)size;
    uv_mutex_lock(&j->mutex);
    if (!j->last || j->last->cap - j->last->len < size) {
        struct store_segment *s = segment_new(j, size);
        if (!s) {
            uv_mutex_unlock(&j->mutex);
            return false;
        }
        if (j->last)
            j->last->next = s;
        else
            j->first = s;
        j->last = s;
    }
    struct store_item *to = (struct store_item *)(void *)(j->last->data + j->last->len);
    *to = *item;
    copy_texts(to);
    j->last->len += size;
    j->items++;
    j->waiting_items++;
    j->waiting_bytes += size;
    if (j->waiting_items > TS_LIMIT_BACKLOG_RECORDS || j->waiting_bytes > TS_LIMIT_BACKLOG_BYTES)
        atomic_store_explicit(&j->crowded, true, memory_order_relaxed);
    const bool first = j->items == 1, signal = first || j->items == SIGNAL_ITEMS;
    if (first) j->first_at_ns = uv_hrtime();
    atomic_fetch_add_explicit(&j->ticket, 1, memory_order_relaxed);
    uv_mutex_unlock(&j->mutex);
    if (signal) uv_cond_signal(&j->work);
    return true;
}

bool store_journal_row(struct store_journal *j, const struct ts_row *row)
{
    struct store_item item = {.type = STORE_ITEM_ROW, .is.row = *row};
    return append(j, &item, row->payload.len + row->outcome.len + row->message_id.len);
}

bool store_journal_quarantine(struct store_journal *j, const struct ts_quarantined *q, uint64_t id)
{
    struct store_item item = {.type = STORE_ITEM_QUARANTINE, .id = id, .is.quarantine = *q};
    return append(j, &item, q->file.len + q->field.len + q->message.len + q->body.len);
}

bool store_journal_error(struct store_journal *j, const struct ts_rule_error *e, uint64_t id)
{
    struct store_item item = {.type = STORE_ITEM_ERROR, .id = id, .is.error = *e};
    return append(j, &item, e->rule_name.len + e->file.len + e->version.len + e->message.len + e->event.len);
}

bool store_journal_mark(struct store_journal *j, const struct store_mark *m)
{
    struct store_item item = {.type = STORE_ITEM_MARK, .is.mark = *m};
    return append(j, &item, 0);
}

/* ---- waiting ---- */

enum ts_code store_journal_failure(struct store_journal *j, struct ts_error *err)
{
    if (!atomic_load(&j->failed)) return TS_OK;
    uv_mutex_lock(&j->mutex);
    if (err) *err = j->error;
    uv_mutex_unlock(&j->mutex);
    return TS_E_DISK;
}

enum ts_code store_journal_wait(struct store_journal *j, uint64_t ticket, struct ts_error *err)
{
    if (atomic_load(&j->durable) >= ticket) return TS_OK;
    uv_mutex_lock(&j->mutex);
    while (atomic_load(&j->durable) < ticket && !atomic_load(&j->failed)) {
        j->flush = true;
        uv_cond_signal(&j->work);
        uv_cond_wait(&j->done, &j->mutex);
    }
    uv_mutex_unlock(&j->mutex);
    return atomic_load(&j->durable) >= ticket ? TS_OK : store_journal_failure(j, err);
}

enum ts_code store_journal_room(struct store_journal *j, struct ts_error *err)
{
    if (atomic_load_explicit(&j->crowded, memory_order_relaxed)) {
        uv_mutex_lock(&j->mutex);
        while (atomic_load(&j->crowded) && !atomic_load(&j->failed))
            uv_cond_wait(&j->done, &j->mutex);
        uv_mutex_unlock(&j->mutex);
    }
    return atomic_load_explicit(&j->failed, memory_order_relaxed) ? store_journal_failure(j, err) : TS_OK;
}
