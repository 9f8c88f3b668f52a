#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` puts in place works from there: the program, and libtessera in a program of somebody else's, shared and
static. The shared library exports what include/tessera.h declares and nothing besides."""

import os
import re
import shlex
import subprocess
import sys
import tempfile

import lib
from lib import ROOT, binary, check, equal, skip

PROGRAM = r"""
#include <stdio.h>
#include <string.h>
#include <tessera.h>

int main(void)
{
    static const char line[] = "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"ada\","
                               "\"properties\":{\"revenue\":19.90},\"timestamp\":\"2026-01-15T09:05:00Z\"}";
    struct tessera_engine *engine;
    char *json = NULL;
    if (tessera_open(NULL, &engine, &json) != TESSERA_OK) return 1;
    enum tessera_status status = tessera_apply(engine, line, sizeof line - 1, &json);
    puts(json);
    tessera_text_free(json);
    tessera_close(engine);
    return (int)status;
}
"""


def output(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    return done.returncode, done.stdout.decode().strip()


def find(folder, name):
    for path, _, files in os.walk(folder):
        if name in files:
            return path
    return None


def main():
    build = os.path.dirname(binary())
    if not os.path.exists(os.path.join(build, "libtessera.so")):
        skip("%s has no libtessera.so (cmake --build it whole)" % build)
    with tempfile.TemporaryDirectory(prefix="tessera-install-") as prefix:
        code, text = output(["cmake", "--install", build, "--prefix", prefix])
        check("cmake --install", code == 0, text[-300:])
        code, text = output([os.path.join(prefix, "bin", "tessera"), "--version"])
        check("the installed program runs", code == 0 and text.startswith("tessera "), text)
        check("the starter rules are there", os.path.exists(os.path.join(prefix, "share/tessera/rules/program.lua")))
        check("the files for editors are there", all(os.path.exists(os.path.join(prefix, "share/tessera", f)) for f in ("library/tessera.lua", "luacheck_std.lua")))

        folder = find(prefix, "libtessera.so")
        header = open(os.path.join(ROOT, "include", "tessera.h"), encoding="utf-8").read()
        declared = sorted(set(re.findall(r"TESSERA_API\b[^;]*?\b(tessera_\w+)\(", header)))
        text = output(["nm", "-D", "--defined-only", os.path.join(folder, "libtessera.so")])[1]
        equal("exported is what the header declares", sorted(line.split()[-1] for line in text.split("\n")), declared)

        source = os.path.join(prefix, "program.c")
        with open(source, "w", encoding="utf-8") as f:
            f.write(PROGRAM)
        env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(folder, "pkgconfig"), LD_LIBRARY_PATH=folder)
        flags = shlex.split(output(["pkg-config", "--cflags", "tessera"], env=env)[1])
        shared = shlex.split(output(["pkg-config", "--libs", "tessera"], env=env)[1])
        static = shlex.split(output(["pkg-config", "--libs", "--static", "tessera"], env=env)[1])
        static = [os.path.join(folder, "libtessera.a") if word == "-ltessera" else word for word in static]
        for name, libraries in (("shared", shared), ("static", static)):
            program = os.path.join(prefix, name)
            code, text = output(["cc", "-Wall", "-Werror", source, "-o", program] + flags + libraries)
            check("a program links, " + name, code == 0, text[-300:])
            code, text = output([program], env=env)
            check("and runs", code == 0 and '"status":"applied"' in text and '"member":"m1"' in text, text)


if __name__ == "__main__":
    main()
    sys.exit(1 if lib.failed else 0)
