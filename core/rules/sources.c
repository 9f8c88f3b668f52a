/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a rule set: read from a folder, told apart by its version, and carried as JSON in the record that puts it
 * in force. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "rules/rules.h"

#define FOLDER_DEPTH_MAX 16 /* deeper is a loop of links, not a rule set */

/* ---- which files ------------------------------------------------------------------------------------------------ */

static bool ends_with(struct ts_str s, const char *end)
{
    size_t n = strlen(end);
    return s.len >= n && memcmp(s.ptr + s.len - n, end, n) == 0;
}

static bool is_skipped(const char *name) { return name[0] == '.' || ends_with(ts_cstr(name), "~"); }

static bool is_table(struct ts_str path) { return ends_with(path, ".table"); }

static bool is_wanted(const char *name)
{
    struct ts_str s = ts_cstr(name);
    return (ends_with(s, ".lua") && !ends_with(s, "_spec.lua")) || is_table(s);
}

/* Rule files first, then data files; each in byte order of path. */
static int compare_paths(const void *x, const void *y)
{
    const struct ts_source *a = x, *b = y;
    bool a_table = is_table(a->path), b_table = is_table(b->path);
    if (a_table != b_table) return a_table ? 1 : -1;
    return ts_str_cmp(a->path, b->path);
}

/* ---- reading a folder ------------------------------------------------------------------------------------------- */

struct reading {
    struct ts_arena *arena;
    struct ts_buf text; /* of one file */
    TS_VEC(struct ts_source) list;
    struct ts_problems *problems; /* NULL: the first file that cannot be read ends it */
    struct ts_error *err;
};

static enum ts_code disk_error(struct reading *r, const char *path)
{
    enum ts_code code = ts_fail(r->err, TS_E_DISK, "cannot read %s: %s", path, strerrordesc_np(errno));
    ts_error_where(r->err, "%s", path);
    return code;
}

static enum ts_code no_memory(struct reading *r) { return ts_fail(r->err, TS_E_MEMORY, "out of memory"); }

/* What is wrong with one file becomes a problem, and the others are read, where somebody collects problems. */
static enum ts_code unreadable(struct reading *r, enum ts_code code, const char *path)
{
    if (!r->problems || code == TS_OK || code == TS_E_MEMORY) return code;
    struct ts_problem *p = ts_vec_push(&r->problems->list);
    if (!p) return no_memory(r);
    memset(p, 0, sizeof *p);
    p->line = 1;
    snprintf(p->code, sizeof p->code, "%s",
             code == TS_E_SYNTAX  ? "syntax"
             : code == TS_E_LIMIT ? "limit"
                                  : "unreadable");
    snprintf(p->message, sizeof p->message, "%.390s", r->err->text);
    snprintf(p->suggestion, sizeof p->suggestion, "%.190s", r->err->hint);
    bool plain = ts_utf8_valid(path, strlen(path));
    for (size_t n = 0; *path && n + 5 < sizeof p->file; path++) {
        unsigned char c = (unsigned char)*path;
        n += (size_t)snprintf(p->file + n, 5, plain || (c >= 0x20 && c < 0x7F) ? "%c" : "\\x%02x", c);
    }
    memset(r->err, 0, sizeof *r->err);
    return TS_OK;
}

static enum ts_code read_all(struct reading *r, int fd, const char *path)
{
    char block[8192];
    ts_buf_clear(&r->text);
    for (;;) {
        ssize_t n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return disk_error(r, path);
        if (n == 0) return TS_OK;
        if (r->text.len + (size_t)n > (size_t)TS_LIMIT_RULE_FILE_BYTES) {
            if (r->problems) { /* loading says so, and looks at what it seems to declare */
                size_t more = TS_LIMIT_RULE_FILE_BYTES + 1 - r->text.len;
                return ts_buf_add(&r->text, block, more) ? TS_OK : no_memory(r);
            }
            ts_fail(r->err, TS_E_LIMIT, "%s is larger than %u KB", path, TS_LIMIT_RULE_FILE_BYTES / 1024);
            ts_error_where(r->err, "%s", path);
            ts_error_hint(r->err, "split the file");
            return TS_E_LIMIT;
        }
        if (!ts_buf_add(&r->text, block, (size_t)n)) return no_memory(r);
    }
}

static enum ts_code read_file(struct reading *r, int folder, const char *name, const char *path)
{
    if (!ts_utf8_valid(path, strlen(path))) {
        ts_fail(r->err, TS_E_SYNTAX, "the name of a rule file is not UTF-8");
        ts_error_hint(r->err, "give the file another name");
        return TS_E_SYNTAX;
    }
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return disk_error(r, path);
    enum ts_code code = read_all(r, fd, path);
    close(fd);
    if (code != TS_OK) return code;
    struct ts_source *s = ts_vec_push(&r->list);
    if (!s) return no_memory(r);
    s->path = ts_arena_dup(r->arena, ts_cstr(path));
    s->text = ts_arena_dup(r->arena, ts_str((const char *)r->text.data, r->text.len));
    return s->path.ptr && s->text.ptr ? TS_OK : no_memory(r);
}

static enum ts_code add_file(struct reading *r, int folder, const char *name, const char *path)
{
    if (r->list.len == TS_LIMIT_RULE_FILES)
        return ts_fail(r->err, TS_E_LIMIT, "more than %d rule files", TS_LIMIT_RULE_FILES);
    return unreadable(r, read_file(r, folder, name, path), path);
}

static enum ts_code read_folder(struct reading *r, int fd, const char *path, int depth);

static enum ts_code read_entry(struct reading *r, int folder, const char *name, const char *path, int depth)
{
    struct stat st;
    if (fstatat(folder, name, &st, 0) != 0) {
        if (errno == ENOENT || errno == ELOOP) return TS_OK; /* a link to nowhere, or a file that has just gone */
        return disk_error(r, path);
    }
    if (S_ISREG(st.st_mode)) return is_wanted(name) ? add_file(r, folder, name, path) : TS_OK;
    if (!S_ISDIR(st.st_mode) || strcmp(name, "spec") == 0) return TS_OK;
    if (depth == FOLDER_DEPTH_MAX)
        return ts_fail(r->err, TS_E_LIMIT, "%s: folders are nested more than %d deep", path, FOLDER_DEPTH_MAX);
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return unreadable(r, disk_error(r, path), path);
    return read_folder(r, fd, path, depth + 1);
}

/* Takes `fd`. `path`: of the folder, relative to the rule set; "" is the rule set itself. */
static enum ts_code read_folder(struct reading *r, int fd, const char *path, int depth)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        enum ts_code code = disk_error(r, path);
        close(fd);
        return code;
    }
    enum ts_code code = TS_OK;
    struct ts_buf full;
    ts_buf_init(&full, 4096);
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (!e) {
            if (errno) code = disk_error(r, path);
            break;
        }
        if (is_skipped(e->d_name)) continue;
        ts_buf_clear(&full);
        if (!ts_buf_addf(&full, "%s%s%s", path, *path ? "/" : "", e->d_name) || !ts_buf_byte(&full, 0)) {
            code = full.len + NAME_MAX >= full.max ? ts_fail(r->err, TS_E_LIMIT, "a path of more than 4,096 bytes")
                                                   : no_memory(r);
            break;
        }
        code = read_entry(r, dirfd(dir), e->d_name, (const char *)full.data, depth);
        if (code != TS_OK) break;
    }
    ts_buf_release(&full);
    closedir(dir);
    return code;
}

/* The list into the sources: sorted, in the arena. */
static enum ts_code finish(struct reading *r, struct ts_sources *ret)
{
    ret->n = r->list.len;
    if (!ret->n) return TS_OK;
    qsort(r->list.at, r->list.len, sizeof *r->list.at, compare_paths); /* paths differ */
    ret->at = ts_arena_alloc(r->arena, r->list.len * sizeof *ret->at);
    if (!ret->at) return no_memory(r);
    memcpy(ret->at, r->list.at, r->list.len * sizeof *ret->at);
    return TS_OK;
}

enum ts_code ts_sources_check(const char *dir, struct ts_sources *ret, struct ts_problems *problems,
                              struct ts_error *err)
{
    struct ts_sources s = {0};
    ts_arena_init(&s.arena);
    struct reading r = {.arena = &s.arena, .problems = problems, .err = err};
    ts_buf_init(&r.text, TS_LIMIT_RULE_FILE_BYTES + 1);
    enum ts_code code;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        code = ts_fail(err, TS_E_NOT_FOUND, "there is no folder %s", dir);
    } else {
        code = fd < 0 ? disk_error(&r, dir) : read_folder(&r, fd, "", 0);
    }
    if (code == TS_OK) code = finish(&r, &s);
    ts_buf_release(&r.text);
    ts_vec_release(&r.list);
    if (code != TS_OK) {
        ts_sources_release(&s);
        return code;
    }
    *ret = s;
    return TS_OK;
}

enum ts_code ts_sources_read(const char *dir, struct ts_sources *ret, struct ts_error *err)
{
    return ts_sources_check(dir, ret, NULL, err);
}

void ts_sources_release(struct ts_sources *s)
{
    ts_arena_release(&s->arena);
    s->at = NULL;
    s->n = 0;
}

/* ---- version ---------------------------------------------------------------------------------------------------- */

static void hash_number(crypto_hash_sha256_state *h, uint64_t v)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(v >> (8 * i));
    crypto_hash_sha256_update(h, bytes, sizeof bytes);
}

/* For each file: length of the path, path, length of the text, text; lengths as 8 bytes, lowest first. */
void ts_sources_version(const struct ts_sources *s, char ret[72])
{
    crypto_hash_sha256_state h;
    uint8_t digest[32];
    crypto_hash_sha256_init(&h);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct ts_source *f = &s->at[i];
        hash_number(&h, f->path.len);
        crypto_hash_sha256_update(&h, (const unsigned char *)f->path.ptr, f->path.len);
        hash_number(&h, f->text.len);
        crypto_hash_sha256_update(&h, (const unsigned char *)f->text.ptr, f->text.len);
    }
    crypto_hash_sha256_final(&h, digest);
    char hex[65];
    ts_sha256_hex(digest, hex);
    snprintf(ret, 72, "sha256:%s", hex);
}

/* ---- as JSON ---------------------------------------------------------------------------------------------------- */

bool ts_sources_to_json(const struct ts_sources *s, struct ts_buf *out)
{
    ts_buf_adds(out, "{\"files\":[");
    for (uint32_t i = 0; i < s->n; i++) {
        if (!ts_utf8_valid(s->at[i].text.ptr, s->at[i].text.len)) return false;
        ts_buf_adds(out, i ? ",{\"path\":" : "{\"path\":");
        ts_buf_json(out, s->at[i].path);
        ts_buf_adds(out, ",\"text\":");
        ts_buf_json(out, s->at[i].text);
        ts_buf_adds(out, "}");
    }
    return ts_buf_adds(out, "]}");
}

static enum ts_code copy_files(const struct ts_json *j, struct ts_sources *s, struct ts_error *err)
{
    const struct ts_json_node *files = ts_json_get(j, ts_json_root(j), TS_STR("files"));
    if (!files || files->type != TS_JSON_ARRAY) return ts_fail(err, TS_E_SYNTAX, "rule sources have no list of files");
    if (files->count > TS_LIMIT_RULE_FILES)
        return ts_fail(err, TS_E_LIMIT, "more than %d rule files", TS_LIMIT_RULE_FILES);
    if (files->count == 0) return TS_OK;
    s->at = ts_arena_alloc(&s->arena, files->count * sizeof *s->at);
    if (!s->at) return ts_fail(err, TS_E_MEMORY, "out of memory");
    for (const struct ts_json_node *f = ts_json_first(j, files); f; f = ts_json_next(j, f)) {
        const struct ts_json_node *path = ts_json_get(j, f, TS_STR("path")), *text = ts_json_get(j, f, TS_STR("text"));
        if (!path || !text || path->type != TS_JSON_STRING || text->type != TS_JSON_STRING)
            return ts_fail(err, TS_E_SYNTAX, "a file of rule sources needs a path and a text");
        struct ts_source *to = &s->at[s->n];
        to->path = ts_arena_dup(&s->arena, path->text);
        to->text = ts_arena_dup(&s->arena, text->text);
        if (!to->path.ptr || !to->text.ptr) return ts_fail(err, TS_E_MEMORY, "out of memory");
        s->n++;
    }
    return TS_OK;
}

enum ts_code ts_sources_from_json(struct ts_str json, struct ts_sources *ret, struct ts_error *err)
{
    struct ts_json j;
    struct ts_sources s = {0};
    ts_json_init(&j);
    ts_arena_init(&s.arena);
    enum ts_code code = ts_json_parse(&j, json.ptr, json.len, false);
    if (code != TS_OK)
        ts_fail(err, code, "rule sources: %s", code == TS_E_MEMORY ? "out of memory" : j.fault_text);
    else
        code = copy_files(&j, &s, err);
    ts_json_release(&j);
    if (code != TS_OK) {
        ts_sources_release(&s);
        return code;
    }
    *ret = s;
    return TS_OK;
}
