/* SPDX-License-Identifier: Apache-2.0 */
/* The public C API (include/tessera.h): an engine over a host in memory, with the JSON of the command line. */
#include "tessera.h"

#include "command/card.h"
#include "command/results.h"

struct tessera_engine {
    struct ts_memory_host *host;
    struct ts_engine *engine;
    uint64_t lines;
};

static enum tessera_status status_of(enum ts_code code)
{
    int exit = ts_code_exit(code);
    return exit <= TESSERA_REFUSED ? (enum tessera_status)exit : TESSERA_FAILED;
}

/* Hand the document over as text; it is deleted in any case. */
static enum tessera_status give(struct ts_doc *d, cJSON *root, char **ret)
{
    struct ts_buf line;
    ts_buf_init(&line, 0);
    bool ok = ts_doc_write(d, root, &line);
    char *text = ok ? ts_strdup_n((const char *)line.data, line.len - 1) : NULL; /* without the newline */
    ts_buf_release(&line);
    if (!text) return TESSERA_FAILED;
    *ret = text;
    return TESSERA_OK;
}

static enum tessera_status fail(const struct ts_error *err, const struct ts_problems *problems, char **ret_json)
{
    if (ret_json) {
        struct ts_doc d = {false};
        cJSON *root = ts_error_json(&d, err, problems);
        give(&d, root, ret_json);
    }
    return status_of(err->code);
}

static enum ts_code start(struct tessera_engine *t, const char *rules, struct ts_problems *problems,
                          struct ts_error *err)
{
    struct ts_engine_options options = {0};
    struct ts_host host;
    struct ts_sources sources;
    uint64_t record;
    enum ts_code code = ts_memory_host_new(false, &t->host, &host);
    if (code != TS_OK) return ts_fail(err, code, "out of memory");
    code = ts_engine_new(&options, &host, &t->engine, err);
    if (code != TS_OK || !rules) return code;
    memset(&sources, 0, sizeof sources);
    code = ts_sources_read(rules, &sources, err);
    if (code != TS_OK) return code;
    code = ts_engine_activate(t->engine, &sources, 0, problems, &record, err);
    ts_sources_release(&sources);
    return code;
}

enum tessera_status tessera_open(const char *rules, struct tessera_engine **ret, char **ret_json)
{
    struct ts_problems problems;
    struct ts_error err;
    if (ret_json) *ret_json = NULL;
    if (!ret) return TESSERA_USAGE;
    memset(&problems, 0, sizeof problems);
    memset(&err, 0, sizeof err);
    struct tessera_engine *t = ts_calloc(1, sizeof *t);
    enum ts_code code = t ? start(t, rules, &problems, &err) : ts_fail(&err, TS_E_MEMORY, "out of memory");
    enum tessera_status status = TESSERA_OK;
    if (code == TS_OK) {
        *ret = t;
    } else {
        status = fail(&err, &problems, ret_json);
        tessera_close(t);
    }
    ts_problems_release(&problems);
    return status;
}

void tessera_close(struct tessera_engine *t)
{
    if (!t) return;
    ts_engine_free(t->engine);
    ts_memory_host_free(t->host);
    ts_free(t);
}

static enum tessera_status run(struct tessera_engine *t, const char *line, size_t len, bool preview, char **ret_json)
{
    struct ts_error err;
    struct ts_result r;
    memset(&err, 0, sizeof err);
    if (ret_json) *ret_json = NULL;
    if (!t || !line || !ret_json) return TESSERA_USAGE;
    uint64_t number = t->lines + 1;
    /* Each call is an input line of its own: equal lines without messageId all count. */
    struct ts_input in = {.line = ts_str(line, len),
                          .file = TS_STR("api"),
                          .number = number,
                          .mapping = TS_STR(""),
                          .equal_before = number,
                          .arrival = ts_engine_clock(t->engine)};
    enum ts_code code =
        preview ? ts_engine_preview(t->engine, &in, &r, &err) : ts_engine_submit(t->engine, &in, &r, &err);
    if (code != TS_OK) return fail(&err, NULL, ret_json);
    if (!preview) t->lines = number;
    struct ts_doc d = {false};
    cJSON *root = ts_result_json(&d, t->engine, number, &r);
    return give(&d, root, ret_json);
}

enum tessera_status tessera_apply(struct tessera_engine *t, const char *line, size_t len, char **ret_json)
{
    return run(t, line, len, false, ret_json);
}

enum tessera_status tessera_preview(struct tessera_engine *t, const char *line, size_t len, char **ret_json)
{
    return run(t, line, len, true, ret_json);
}

enum tessera_status tessera_member(struct tessera_engine *t, const char *who, char **ret_json)
{
    struct ts_error err;
    struct ts_card card;
    memset(&err, 0, sizeof err);
    if (ret_json) *ret_json = NULL;
    if (!t || !who || !ret_json) return TESSERA_USAGE;
    uint64_t member = ts_engine_who(t->engine, ts_cstr(who), &err);
    if (!member) return fail(&err, NULL, ret_json);
    if (ts_card_open(&card, t->engine, member, TS_NEVER, &err) != TS_OK) return fail(&err, NULL, ret_json);
    struct ts_doc d = {false};
    cJSON *root = ts_doc_object(&d, NULL, NULL);
    ts_card_json(&card, &d, root);
    ts_doc_uint(&d, root, "watermark", ts_engine_record(t->engine));
    ts_card_close(&card);
    return give(&d, root, ret_json);
}

void tessera_text_free(char *json) { ts_free(json); }

const char *tessera_version(void) { return TESSERA_VERSION; }
