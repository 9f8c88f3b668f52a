/* SPDX-License-Identifier: Apache-2.0 */
/* tessera backup, restore: the data folder as one plain SQLite file, and back. */
#include "command/out.h"
#include "command/session.h"
#include "command/table.h"

static enum ts_code print(struct ts_run *run, const char *what, uint64_t bytes, uint64_t watermark)
{
    char size[40], record[32];
    if (!run->json) {
        fprintf(run->out, "%s: %s bytes, up to record %s\n", what, ts_text_count((int64_t)bytes, size),
                ts_text_count((int64_t)watermark, record));
        return ts_run_flush(run);
    }
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_uint(&d, o, "bytes", bytes);
    ts_doc_uint(&d, o, "watermark", watermark);
    return ts_doc_print(run, &d, o);
}

enum ts_code ts_cmd_backup(struct ts_run *run)
{
    struct ts_session s;
    uint64_t bytes = 0, watermark = 0;
    enum ts_code code = ts_session_open(run, TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    code = ts_store_backup(s.store, run->args.words[0], &bytes, &watermark, &run->error);
    code = ts_session_close(&s, code);
    return code == TS_OK ? print(run, "backup written", bytes, watermark) : code;
}

enum ts_code ts_cmd_restore(struct ts_run *run)
{
    uint64_t bytes = 0, watermark = 0;
    enum ts_code code = ts_store_restore(run->args.words[0], run->db, &bytes, &watermark, &run->error);
    return code == TS_OK ? print(run, "restored", bytes, watermark) : code;
}
