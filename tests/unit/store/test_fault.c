/* SPDX-License-Identifier: Apache-2.0 */
/* Disks that fail and memory that runs out: the nth write or sync fails from then on, or the nth allocation. The store says so
 * with the right code, never writes again, and what was acknowledged is there after a restart, in a sound folder. */
#include <sqlite3.h>

#include "shop.h"

/* ThreadSanitizer gives no memory back: some 20 MB for each store that was open. */
#ifdef __SANITIZE_THREAD__
#define FEWER 6
#else
#define FEWER 1
#endif
#define DISK_RUNS (60 / FEWER)
#define MEMORY_RUNS (40 / FEWER)

/* ---- a VFS in front of the ordinary one, whose nth write or sync fails, and all after it ---- */

enum fault_kind { FAULT_NONE, FAULT_WRITE, FAULT_SYNC, FAULT_FULL };
static struct {
    sqlite3_vfs vfs, *real;
    enum fault_kind kind;
    _Atomic int64_t left; /* operations that still succeed */
    _Atomic uint64_t hits;
} fault;

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};
static sqlite3_file *real_of(sqlite3_file *f) { return ((struct faulty_file *)(void *)f)->real; }

static bool hit(enum fault_kind kind)
{
    const bool mine = fault.kind == kind || (kind == FAULT_WRITE && fault.kind == FAULT_FULL);
    if (!mine || fault.left-- > 0) return false;
    fault.hits++;
    return true;
}

static int f_close(sqlite3_file *f)
{
    int rc = real_of(f)->pMethods->xClose(real_of(f));
    return rc;
}
static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}
static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    if (hit(FAULT_WRITE)) return fault.kind == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    return real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
}
static int f_truncate(sqlite3_file *f, sqlite3_int64 n) { return real_of(f)->pMethods->xTruncate(real_of(f), n); }
static int f_sync(sqlite3_file *f, int flags)
{
    if (hit(FAULT_SYNC)) return SQLITE_IOERR_FSYNC;
    return real_of(f)->pMethods->xSync(real_of(f), flags);
}
static int f_size(sqlite3_file *f, sqlite3_int64 *n) { return real_of(f)->pMethods->xFileSize(real_of(f), n); }
static int f_lock(sqlite3_file *f, int l) { return real_of(f)->pMethods->xLock(real_of(f), l); }
static int f_unlock(sqlite3_file *f, int l) { return real_of(f)->pMethods->xUnlock(real_of(f), l); }
static int f_reserved(sqlite3_file *f, int *r) { return real_of(f)->pMethods->xCheckReservedLock(real_of(f), r); }
static int f_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}
static int f_sector(sqlite3_file *f) { return real_of(f)->pMethods->xSectorSize(real_of(f)); }
static int f_device(sqlite3_file *f) { return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)); }
static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, p);
}
static int f_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}
static void f_shm_barrier(sqlite3_file *f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); }
static int f_shm_unmap(sqlite3_file *f, int drop) { return real_of(f)->pMethods->xShmUnmap(real_of(f), drop); }

static const sqlite3_io_methods faulty_methods = {
    2,         f_close,  f_read,   f_write,   f_truncate, f_sync,        f_size,      f_lock, f_unlock, f_reserved,
    f_control, f_sector, f_device, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, NULL,   NULL};

static int v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    TS_UNUSED(vfs);
    struct faulty_file *file = (struct faulty_file *)(void *)f;
    file->real = (sqlite3_file *)(void *)(file + 1);
    file->base.pMethods = NULL;
    int rc = fault.real->xOpen(fault.real, name, file->real, flags, out);
    if (file->real->pMethods) file->base.pMethods = &faulty_methods;
    return rc;
}

static void install(void)
{
    fault.real = sqlite3_vfs_find(NULL);
    fault.vfs = *fault.real;
    fault.vfs.zName = "faulty";
    fault.vfs.szOsFile = (int)sizeof(struct faulty_file) + fault.real->szOsFile;
    fault.vfs.xOpen = v_open;
    sqlite3_vfs_register(&fault.vfs, 1);
}

/* ---- disks ---- */

/* Send lines until something fails; the last record that was acknowledged. */
static uint64_t run_until_fault(struct shop *shop, enum ts_code *ret_code, struct ts_error *err)
{
    struct ts_store_options options = {.mode = TS_STORE_WRITE, .checkpoint_records = 150};
    options.engine.rules.count_from_start = true;
    struct ts_store *store = NULL;
    uint64_t acknowledged = 0;
    enum ts_code code = ts_store_open(shop->dir, &options, &store, NULL, err);
    for (int i = 0; i < 600 && code == TS_OK; i++) {
        const struct ts_str line = shop_line(shop);
        struct ts_input in = {.line = line,
                              .file = TS_STR("f"),
                              .number = shop->n,
                              .mapping = TS_STR(""),
                              .arrival = INT64_C(1790000000000)};
        struct ts_result result;
        code = ts_engine_submit(ts_store_engine(store), &in, &result, err);
        if (code == TS_OK) code = ts_store_breathe(store, err);
        if (code == TS_OK && i % 20 == 19) {
            code = ts_store_wait(store, ts_store_ticket(store), err);
            if (code == TS_OK) acknowledged = ts_engine_record(ts_store_engine(store));
        }
    }
    if (store) {
        struct ts_error late = {0};
        enum ts_code closed = ts_store_close(store, &late);
        if (code == TS_OK) {
            code = closed;
            *err = late;
        }
    }
    *ret_code = code;
    return acknowledged;
}

static void test_disk(void **state)
{
    TS_UNUSED(state);
    struct ts_rng rng = {test_seed(20260115)};
    static struct ts_verify report;
    uint32_t hits = 0, failed = 0;
    for (int i = 0; i < DISK_RUNS; i++) {
        struct shop shop;
        struct ts_error err = {0};
        shop_open(&shop, ts_rng_next(&rng));
        struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
        shop_activate(store, shop_rules);
        shop_run(&shop, store, 50);
        const uint64_t before = ts_engine_record(ts_store_engine(store));
        shop_end(store);

        fault.hits = 0;
        fault.left = (int64_t)ts_rng_below(&rng, i % 3 == FAULT_SYNC - 1 ? 60 : 900);
        fault.kind = (enum fault_kind)(1 + i % 3);
        enum ts_code code;
        uint64_t acknowledged = run_until_fault(&shop, &code, &err);
        if (acknowledged < before) acknowledged = before;
        fault.kind = FAULT_NONE;
        if (fault.hits > 0) {
            hits++;
            /* A fault in folding a WAL at the very end is nobody's loss. */
            if (code != TS_OK && code != TS_E_DISK) print_error("%s: %s\n", ts_code_name(code), err.text);
            assert_true(code == TS_OK || (code == TS_E_DISK && err.text[0] != 0));
            failed += code != TS_OK;
        }
        struct ts_error verr = {0};
        check_ok(ts_store_verify(shop.dir, false, NULL, NULL, &report, &verr), &verr);
        if (!report.ok) {
            for (uint32_t k = 0; k < report.n; k++) {
                if (report.at[k].violations) print_error("%s %s\n", report.at[k].id, report.at[k].first[0].where);
            }
        }
        assert_true(report.ok);
        assert_true(report.records >= acknowledged);
        store = shop_store(shop.dir, TS_STORE_WRITE, NULL); /* and it goes on */
        shop_run(&shop, store, 30);
        shop_end(store);
        shop_close(&shop);
    }
    print_message("%u of %d runs met their fault, %u failed by it\n", hits, DISK_RUNS, failed);
    assert_true(failed > DISK_RUNS / 3);
}

/* ---- memory ---- */

static void test_memory_opening(void **state)
{
    TS_UNUSED(state);
    struct shop shop;
    shop_open(&shop, test_seed(20260115));
    struct ts_store *store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
    char before[65], after[65];
    shop_activate(store, shop_rules);
    shop_run(&shop, store, 200);
    shop_state(store, before);
    shop_end(store);
    bool done = false;
    for (int64_t n = 0; !done; n += 1 + n * FEWER / 12) {
        for (int mode = 0; mode < 3; mode++) {
            const struct ts_store_options options = {.mode = (enum ts_store_mode)mode};
            struct ts_error err = {0};
            store = NULL;
            ts_alloc_fail_after(n);
            enum ts_code code = ts_store_open(shop.dir, &options, &store, NULL, &err);
            ts_alloc_fail_after(-1);
            if (code != TS_OK && code != TS_E_MEMORY) print_error("%lld, mode %d: %s\n", (long long)n, mode, err.text);
            assert_true(code == TS_OK || code == TS_E_MEMORY);
            done = code == TS_OK;
            if (code == TS_OK) shop_end(store);
        }
    }
    store = shop_store(shop.dir, TS_STORE_READ, NULL);
    shop_state(store, after);
    assert_string_equal(before, after);
    shop_end(store);
    shop_close(&shop);
}

static void test_memory_running(void **state)
{
    TS_UNUSED(state);
    static struct ts_verify report;
    struct ts_rng rng = {test_seed(20260115)};
    uint32_t failed = 0;
    for (int i = 0; i < MEMORY_RUNS; i++) {
        struct shop shop;
        struct ts_error err = {0};
        shop_open(&shop, ts_rng_next(&rng));
        struct ts_store_options options = {.mode = TS_STORE_WRITE, .checkpoint_records = 30};
        options.engine.rules.count_from_start = true;
        struct ts_store *store = NULL;
        check_ok(ts_store_open(shop.dir, &options, &store, NULL, &err), &err);
        shop_activate(store, shop_rules);
        enum ts_code code = TS_OK;
        for (int k = 0; k < 300 && code == TS_OK; k++) {
            const struct ts_str line = shop_line(&shop);
            struct ts_input in = {.line = line,
                                  .file = TS_STR("f"),
                                  .number = shop.n,
                                  .mapping = TS_STR(""),
                                  .arrival = INT64_C(1790000000000)};
            struct ts_result result;
            if (k >= 100) ts_alloc_fail_after((int64_t)ts_rng_below(&rng, 60));
            code = ts_engine_submit(ts_store_engine(store), &in, &result, &err);
            if (code == TS_OK) code = ts_store_breathe(store, &err);
            ts_alloc_fail_after(-1);
        }
        failed += code != TS_OK;
        if (code != TS_OK && code != TS_E_MEMORY && code != TS_E_DISK)
            print_error("%s: %s\n", ts_code_name(code), err.text);
        assert_true(code == TS_OK || code == TS_E_MEMORY || code == TS_E_DISK);
        ts_store_close(store, &err); /* may refuse: the folder is as after a crash */
        check_ok(ts_store_verify(shop.dir, false, NULL, NULL, &report, &err), &err);
        if (!report.ok) {
            for (uint32_t k = 0; k < report.n; k++) {
                if (report.at[k].violations) print_error("%s %s\n", report.at[k].id, report.at[k].first[0].where);
            }
        }
        assert_true(report.ok);
        store = shop_store(shop.dir, TS_STORE_WRITE, NULL);
        shop_run(&shop, store, 30);
        shop_end(store);
        shop_close(&shop);
    }
    print_message("%u of %d ran out of memory\n", failed, MEMORY_RUNS);
    assert_true(failed > MEMORY_RUNS / 2);
}

int main(void)
{
    install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disk),
        cmocka_unit_test(test_memory_opening),
        cmocka_unit_test(test_memory_running),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
