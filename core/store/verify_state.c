/* SPDX-License-Identifier: Apache-2.0 */
/* Images: each by itself (I3, I4, I5), its balances against the sums of the ledger (I2), its lots against the model (I5, I12), its
 * identifiers and aliases against all others (I13), and, byte for byte, against the rebuilt one (I14). */
#include "store/verify.h"

static unsigned long long llu(uint64_t v) { return (unsigned long long)v; }

struct alias_pair {
    uint64_t profile, head;
};
struct state_walk {
    struct verify *v;
    const struct ts_idents *idents;   /* of the engine; NULL: the stored table below */
    TS_VEC(uint64_t) ident_profile;   /* by row - 1 */
    TS_VEC(uint64_t) living;          /* by profile - 1: its member */
    TS_VEC(struct alias_pair) others; /* what heads say */
    uint64_t links;
    uint64_t joined; /* profiles that say they are in another member */
    bool with_model;
    struct ts_profile profile;
};

/* ---- one wallet ---- */

static void check_balance(struct state_walk *w, uint64_t n, const struct ts_balance *b)
{
    struct verify *v = w->v;
    verify_checked(v, V_I3, 1);
    verify_checked(v, V_I2, 1);
    if (b->available < 0)
        verify_say_numbers(verify_broken(v, V_I3, "image %llu, available, points %u", llu(n), b->points), 0,
                           b->available);
    if (b->pending < 0)
        verify_say_numbers(verify_broken(v, V_I3, "image %llu, pending, points %u", llu(n), b->points), 0, b->pending);
    if (b->held < 0)
        verify_say_numbers(verify_broken(v, V_I3, "image %llu, held, points %u", llu(n), b->points), 0, b->held);
    if (b->debt > 0)
        verify_say_numbers(verify_broken(v, V_I3, "image %llu, debt, points %u", llu(n), b->points), 0, b->debt);
    int64_t *sums =
        b->points < TS_CURRENCIES_MAX ? store_map_at(&v->balances, n * TS_CURRENCIES_MAX + b->points, NULL) : NULL;
    if (!sums) {
        if (b->points < TS_CURRENCIES_MAX)
            v->memory = true;
        else
            verify_say(verify_broken(v, V_I2, "image %llu", llu(n)), "a currency that there is", "another");
        return;
    }
    const int64_t found[4] = {b->pending, b->available, b->held, b->debt};
    for (int i = 0; i < 4; i++) {
        if (sums[i] != found[i])
            verify_say_numbers(verify_broken(v, V_I2, "image %llu, %s, points %u", llu(n),
                                             ts_account_name((enum ts_account)(TS_ACCOUNT_PENDING + i)), b->points),
                               sums[i], found[i]);
        sums[i] = 0; /* what is left in the end belongs to no image */
    }
}

static void check_lot(struct state_walk *w, uint64_t n, const struct ts_lot *lot)
{
    struct verify *v = w->v;
    verify_checked(v, V_I5, 1);
    if (lot->remaining <= 0 || lot->remaining > lot->original)
        verify_say_numbers(verify_broken(v, V_I5, "image %llu, lot %llu, remaining", llu(n), llu(lot->id)),
                           lot->original, lot->remaining);
    if (!w->with_model) return;
    const struct model_lot *m = verify_lots_find(v, n, lot->id);
    verify_checked(v, V_I12, 1);
    if (!m) {
        verify_say(verify_broken(v, V_I5, "image %llu, lot %llu", llu(n), llu(lot->id)), "no such lot", "a lot");
        return;
    }
    if (lot->remaining != m->remaining)
        verify_say_numbers(verify_broken(v, V_I5, "image %llu, lot %llu, remaining", llu(n), llu(lot->id)),
                           m->remaining, lot->remaining);
    if (lot->expires > m->expires)
        verify_say_numbers(verify_broken(v, V_I12, "image %llu, lot %llu, expires", llu(n), llu(lot->id)), m->expires,
                           lot->expires);
}

static void check_sums(struct state_walk *w, uint64_t n, const struct ts_wallet *wallet)
{
    for (uint32_t i = 0; i < wallet->balances.len; i++) {
        const struct ts_balance *b = &wallet->balances.at[i];
        __int128 pending = 0, available = 0;
        for (uint32_t k = 0; k < wallet->lots.len; k++) {
            if (wallet->lots.at[k].points != b->points) continue;
            *(wallet->lots.at[k].state == TS_LOT_PENDING ? &pending : &available) += wallet->lots.at[k].remaining;
        }
        verify_checked(w->v, V_I4, 1);
        if (pending != b->pending)
            verify_say_numbers(verify_broken(w->v, V_I4, "image %llu, pending, points %u", llu(n), b->points),
                               (int64_t)pending, b->pending);
        if (available != (__int128)b->available + b->held)
            verify_say_numbers(verify_broken(w->v, V_I4, "image %llu, available, points %u", llu(n), b->points),
                               (int64_t)available, b->available + b->held);
    }
}

static void check_wallet(struct state_walk *w, uint64_t n, const struct ts_wallet *wallet)
{
    for (uint32_t i = 0; i < wallet->balances.len; i++)
        check_balance(w, n, &wallet->balances.at[i]);
    for (uint32_t i = 0; i < wallet->lots.len; i++)
        check_lot(w, n, &wallet->lots.at[i]);
    check_sums(w, n, wallet);
    if (w->with_model && verify_lots_count(w->v, n) != wallet->lots.len)
        verify_say_numbers(verify_broken(w->v, V_I5, "image %llu, number of lots", llu(n)), verify_lots_count(w->v, n),
                           wallet->lots.len);
    if (wallet->profile != n)
        verify_say_numbers(verify_broken(w->v, V_I14, "image %llu, its wallet", llu(n)), (int64_t)n,
                           (int64_t)wallet->profile);
}

/* ---- identifiers and aliases ---- */

static bool ident_owner(const struct state_walk *w, uint32_t row, uint64_t *ret)
{
    if (w->idents) {
        if (row == 0 || row > ts_idents_count(w->idents)) return false;
        *ret = ts_idents_profile(w->idents, row);
        return true;
    }
    if (row == 0 || row > w->ident_profile.len) return false;
    *ret = w->ident_profile.at[row - 1];
    return true;
}

static void check_identity(struct state_walk *w, uint64_t n, const struct ts_profile *p)
{
    struct verify *v = w->v;
    for (uint32_t i = 0; i < p->identifiers.len; i++) {
        const uint32_t row = p->identifiers.at[i].row;
        uint64_t owner = 0;
        verify_checked(v, V_I13, 1);
        w->links++;
        if (!ident_owner(w, row, &owner))
            verify_say(verify_broken(v, V_I13, "image %llu, identifier row %u", llu(n), row), "a row", "none");
        else if (owner != n)
            verify_say_numbers(verify_broken(v, V_I13, "image %llu, identifier row %u", llu(n), row), (int64_t)owner,
                               (int64_t)n);
    }
    if (p->member != n) w->joined++;
    if (p->member != n && p->others.len)
        verify_say(verify_broken(v, V_I13, "alias m%llu", llu(n)), "no members of its own", "some");
    for (uint32_t i = 0; i < p->others.len; i++) {
        struct alias_pair *pair = ts_vec_push(&w->others);
        if (pair)
            *pair = (struct alias_pair){p->others.at[i], n};
        else
            v->memory = true;
    }
    uint64_t *living = ts_vec_push(&w->living);
    if (living)
        *living = p->member;
    else
        v->memory = true;
}

static void check_aliases(struct state_walk *w)
{
    struct verify *v = w->v;
    for (uint32_t i = 0; i < w->living.len; i++) {
        const uint64_t n = i + 1, member = w->living.at[i];
        verify_checked(v, V_I13, 1);
        if (member == n) continue;
        if (member == 0 || member > w->living.len || w->living.at[member - 1] != member)
            verify_say(verify_broken(v, V_I13, "alias m%llu", llu(n)), "a living member one step away", "none");
    }
    for (uint32_t i = 0; i < w->others.len; i++) {
        const struct alias_pair *p = &w->others.at[i];
        if (p->profile == 0 || p->profile > w->living.len || w->living.at[p->profile - 1] != p->head)
            verify_say(verify_broken(v, V_I13, "alias m%llu", llu(p->profile)), "a profile of the member that names it",
                       "another's");
    }
    if (w->others.len != w->joined)
        verify_say_numbers(verify_broken(v, V_I13, "aliases"), (int64_t)w->joined, w->others.len);
    const uint64_t rows = w->idents ? ts_idents_count(w->idents) : w->ident_profile.len;
    if (w->links != rows)
        verify_say_numbers(verify_broken(v, V_I13, "identifiers of all images"), (int64_t)rows, (int64_t)w->links);
}

/* Sums that no image took: the image, or its balance, is missing. */
static void check_left_over(struct verify *v)
{
    uint64_t pos = 0, key;
    int64_t *sums;
    while (store_map_next(&v->balances, &pos, &key, &sums)) {
        for (int i = 0; i < 4; i++) {
            if (sums[i] == 0) continue;
            verify_say_numbers(verify_broken(v, V_I2, "image %llu, %s, points %llu", llu(key / TS_CURRENCIES_MAX),
                                             ts_account_name((enum ts_account)(TS_ACCOUNT_PENDING + i)),
                                             llu(key % TS_CURRENCIES_MAX)),
                               sums[i], 0);
        }
    }
}

/* ---- walking ---- */

static void check_image(struct state_walk *w, uint64_t n, struct ts_image image)
{
    ts_profile_clear(&w->profile);
    if (!image.data || !ts_profile_decode(&w->profile, image.data, image.len)) {
        verify_say(verify_broken(w->v, V_I14, "image %llu", llu(n)), "an image", "bytes that are none");
        uint64_t *living = ts_vec_push(&w->living);
        if (!living) w->v->memory = true;
        return;
    }
    if (w->profile.number != n)
        verify_say_numbers(verify_broken(w->v, V_I14, "image %llu, its number", llu(n)), (int64_t)n,
                           (int64_t)w->profile.number);
    if (!ts_series_valid(w->profile.series.data, w->profile.series.len))
        verify_say(verify_broken(w->v, V_I14, "image %llu, measures", llu(n)), "days that add up", "others");
    check_wallet(w, n, &w->profile.wallet);
    check_identity(w, n, &w->profile);
}

static void compare_image(struct verify *v, uint64_t n, struct ts_image stored)
{
    const struct ts_image made = ts_members_image(ts_engine_members(v->engine), n);
    verify_checked(v, V_I14, 1);
    if (!made.data)
        verify_say(verify_broken(v, V_I14, "image %llu", llu(n)), "none: no record made it", "an image");
    else if (made.len != stored.len || memcmp(made.data, stored.data, made.len) != 0)
        verify_say(verify_broken(v, V_I14, "image %llu", llu(n)), "the bytes of the rebuilt one", "others");
}

static enum ts_code load_idents(struct state_walk *w)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    struct ts_error why = {0};
    enum ts_code code = store_db_prepare(w->v->state, "SELECT row, profile FROM ident ORDER BY row", &q, &why);
    while (code == TS_OK && (code = store_db_step(q, &found, &why)) == TS_OK && found) {
        const uint64_t row = store_db_u64(q, 0); /* a gap is reported with the tables; here nobody owns it */
        if (row == 0 || row > w->ident_profile.len + 1000000u) break;
        while (w->ident_profile.len < row && ts_vec_push(&w->ident_profile))
            ;
        if (w->ident_profile.len >= row)
            w->ident_profile.at[row - 1] = store_db_u64(q, 1);
        else
            code = TS_E_MEMORY;
    }
    sqlite3_finalize(q);
    if (code == TS_E_MEMORY) w->v->memory = true;
    return TS_OK;
}

static void walk_stored(struct state_walk *w, bool compare)
{
    struct verify *v = w->v;
    sqlite3_stmt *q = NULL;
    bool found = false;
    struct ts_error why = {0};
    uint64_t n = 0;
    enum ts_code code = store_db_prepare(v->state, "SELECT profile, body FROM image ORDER BY profile", &q, &why);
    while (code == TS_OK && !v->memory && (code = store_db_step(q, &found, &why)) == TS_OK && found) {
        const struct ts_str body = store_db_text(q, 1);
        const struct ts_image image = {(const uint8_t *)body.ptr, (uint32_t)body.len};
        const uint64_t number = store_db_u64(q, 0);
        for (n++; n < number && !v->memory; n++) { /* missing ones */
            verify_say(verify_broken(v, V_I14, "image %llu", llu(n)), "an image", "none");
            if (!ts_vec_push(&w->living)) v->memory = true;
            if (w->living.len > ts_members_count(ts_engine_members(v->engine)) + 1000) break; /* a wild number */
        }
        if (n != number) break;
        check_image(w, n, image);
        if (compare) compare_image(v, n, image);
    }
    if (code != TS_OK)
        verify_say(verify_broken(v, V_I14, "image %llu", llu(n + 1)), "a row that can be read", why.text);
    sqlite3_finalize(q);
    const uint64_t count = ts_members_count(ts_engine_members(v->engine));
    if (compare && n < count)
        verify_say_numbers(verify_broken(v, V_I14, "image %llu", llu(n + 1)), (int64_t)count, (int64_t)n);
}

static void finish(struct state_walk *w)
{
    if (!w->v->memory) check_aliases(w);
    if (!w->v->memory) check_left_over(w->v);
    ts_profile_release(&w->profile);
    ts_vec_release(&w->ident_profile);
    ts_vec_release(&w->living);
    ts_vec_release(&w->others);
}

/* The sums are used up by the comparison with images; the walk goes on with a copy. */
static bool copy_map(const struct store_map *from, struct store_map *to)
{
    uint64_t pos = 0, key;
    int64_t *values;
    store_map_init(to, from->width);
    while (store_map_next(from, &pos, &key, &values)) {
        int64_t *at = store_map_at(to, key, NULL);
        if (!at) return false;
        memcpy(at, values, from->width * sizeof *at);
    }
    return true;
}

static enum ts_code with_copy(struct verify *v, struct state_walk *w, void (*walk)(struct state_walk *))
{
    struct store_map kept = v->balances;
    if (copy_map(&kept, &v->balances)) {
        ts_profile_init(&w->profile);
        w->v = v;
        w->with_model = !v->lots.broken && !v->stopped;
        walk(w);
        finish(w);
    } else {
        v->memory = true;
    }
    store_map_release(&v->balances);
    v->balances = kept;
    return TS_OK;
}

static void stored_compared(struct state_walk *w)
{
    load_idents(w);
    walk_stored(w, true);
}

static void stored_alone(struct state_walk *w)
{
    load_idents(w);
    walk_stored(w, false);
}

static void rebuilt(struct state_walk *w)
{
    const struct ts_members *members = ts_engine_members(w->v->engine);
    w->idents = ts_engine_idents(w->v->engine);
    for (uint64_t n = 1; n <= ts_members_count(members) && !w->v->memory; n++)
        check_image(w, n, ts_members_image(members, n));
}

enum ts_code verify_state(struct verify *v, bool compare)
{
    struct state_walk w = {0};
    return with_copy(v, &w, compare ? stored_compared : stored_alone);
}

enum ts_code verify_memory(struct verify *v)
{
    struct state_walk w = {0};
    return with_copy(v, &w, rebuilt);
}
