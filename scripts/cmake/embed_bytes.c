/* SPDX-License-Identifier: Apache-2.0 */
/* embed_bytes OUTPUT.c FILE.lua...: compiles the files of scripts/lang with the Lua that the program itself uses, and
 * writes the bytecode as the table ts_lang_files of core/rules/host.h. Loading a rule set then reads the language
 * instead of compiling it. Names and lines are kept, so that an error of our own Lua still says where it is. Runs while
 * building; the output depends on nothing but the files and the version of Lua. */
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int write_bytes(lua_State *L, const void *data, size_t size, void *out)
{
    const unsigned char *bytes = data;
    (void)L;
    for (size_t i = 0; i < size; i++)
        if (fprintf(out, "%u,", bytes[i]) < 0) return 1;
    return 0;
}

/* "scripts/lang/parse.lua" -> "parse" */
static void name_of(const char *path, char *name, size_t cap)
{
    const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path;
    snprintf(name, cap, "%.*s", (int)strcspn(from, "."), from);
}

static bool embed(lua_State *L, const char *path, FILE *out)
{
    char name[100];
    name_of(path, name, sizeof name);
    luaL_Buffer text;
    FILE *in = fopen(path, "rb");
    if (!in) {
        perror(path);
        return false;
    }
    luaL_buffinit(L, &text);
    for (size_t n = 1; n;) {
        n = fread(luaL_prepbuffer(&text), 1, LUAL_BUFFERSIZE, in);
        luaL_addsize(&text, n);
    }
    bool read = !ferror(in);
    fclose(in);
    luaL_pushresult(&text);
    lua_pushfstring(L, "=lang/%s.lua", name);
    size_t len;
    const char *bytes = lua_tolstring(L, -2, &len);
    if (!read || luaL_loadbufferx(L, bytes, len, lua_tostring(L, -1), "t") != LUA_OK) {
        fprintf(stderr, "%s: %s\n", path, read ? lua_tostring(L, -1) : "cannot be read");
        return false;
    }
    fprintf(out, "static const unsigned char lang_%s[] = {", name);
    bool written = lua_dump(L, write_bytes, out, 0) == 0;
    fputs("};\n", out);
    lua_settop(L, 0);
    return written;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "wb") : NULL;
    lua_State *L = luaL_newstate();
    bool good = out && L;
    if (!good) fputs("usage: embed_bytes OUTPUT.c FILE.lua...\n", stderr);
    if (good) fputs("/* Generated from scripts/lang. */\n#include \"rules/host.h\"\n", out);
    for (int i = 2; good && i < argc; i++)
        good = embed(L, argv[i], out);
    if (good) fputs("const struct ts_lang_file ts_lang_files[] = {\n", out);
    for (int i = 2; good && i < argc; i++) {
        char name[100];
        name_of(argv[i], name, sizeof name);
        fprintf(out, "    {\"%s\", lang_%s, sizeof lang_%s},\n", name, name, name);
    }
    if (good) fputs("};\nconst size_t ts_lang_files_n = sizeof ts_lang_files / sizeof ts_lang_files[0];\n", out);
    if (out && fclose(out) != 0) good = false;
    if (L) lua_close(L);
    if (!good && argc > 1) remove(argv[1]); /* half a file must not be taken for a whole one */
    return good ? 0 : 1;
}
