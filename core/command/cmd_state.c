/* SPDX-License-Identifier: Apache-2.0 */
/* tessera state: the canonical state of members, a line each, or one hash over all of it. Two folders with the same hash hold the same
 * members. */
#include <sodium.h>

#include "command/out.h"
#include "command/statehash.h"

enum ts_code ts_state_hash(struct ts_session *s, char ret[65])
{
    const struct ts_members *members = ts_engine_members(s->engine);
    crypto_hash_sha256_state hash;
    uint8_t digest[32];
    struct ts_buf line;
    bool ok = true;
    crypto_hash_sha256_init(&hash);
    ts_buf_init(&line, 0);
    for (uint64_t n = 1; ok && n <= ts_members_count(members); n++) {
        if (ts_members_living(members, n) != n) continue;
        ts_buf_clear(&line);
        ok = ts_engine_state_line(s->engine, n, &line) && ts_buf_byte(&line, '\n');
        if (ok) crypto_hash_sha256_update(&hash, line.data, line.len);
    }
    ts_buf_release(&line);
    crypto_hash_sha256_final(&hash, digest);
    ts_sha256_hex(digest, ret);
    return ok ? TS_OK : ts_run_memory(s->run);
}

static enum ts_code print_line(struct ts_session *s, uint64_t member, struct ts_buf *line)
{
    ts_buf_clear(line);
    if (!ts_engine_state_line(s->engine, member, line) || !ts_buf_byte(line, '\n')) return ts_run_memory(s->run);
    fwrite(line->data, 1, line->len, s->run->out);
    return ferror(s->run->out) ? ts_run_flush(s->run) : TS_OK;
}

static enum ts_code print_chosen(struct ts_session *s, const char *list, struct ts_buf *line)
{
    enum ts_code code = TS_OK;
    while (code == TS_OK && *list) {
        size_t n = strcspn(list, ",");
        char *who = ts_strdup_n(list, n);
        uint64_t member = 0;
        code = who ? ts_session_who(s, who, &member) : ts_run_memory(s->run);
        ts_free(who);
        if (code == TS_OK) code = print_line(s, member, line);
        list += n + (list[n] == ',');
    }
    return code;
}

static enum ts_code print_state(struct ts_session *s)
{
    const struct ts_members *members = ts_engine_members(s->engine);
    const char *chosen = ts_args_get(s->run, "members");
    struct ts_buf line;
    enum ts_code code = TS_OK;
    ts_buf_init(&line, 0);
    if (chosen) code = print_chosen(s, chosen, &line);
    for (uint64_t n = 1; !chosen && code == TS_OK && n <= ts_members_count(members); n++)
        if (ts_members_living(members, n) == n) code = print_line(s, n, &line);
    ts_buf_release(&line);
    return code == TS_OK ? ts_run_flush(s->run) : code;
}

static enum ts_code print_hash(struct ts_session *s)
{
    char hex[65];
    enum ts_code code = ts_state_hash(s, hex);
    if (code != TS_OK) return code;
    struct ts_doc d = {false};
    cJSON *o = ts_doc_object(&d, NULL, NULL);
    ts_doc_uint(&d, o, "watermark", ts_engine_record(s->engine));
    ts_doc_text(&d, o, "state_sha256", hex);
    return ts_doc_print(s->run, &d, o);
}

enum ts_code ts_cmd_state(struct ts_run *run)
{
    struct ts_session s;
    enum ts_code code = ts_session_open(run, TS_STORE_READ, &s);
    if (code != TS_OK) return code;
    code = ts_args_has(run, "hash") ? print_hash(&s) : print_state(&s);
    return ts_session_close(&s, code);
}
