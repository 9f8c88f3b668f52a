# SPDX-License-Identifier: Apache-2.0
# Read by scripts/run and scripts/test: which Debian packages are needed, and how to install those that are missing.
# shellcheck shell=bash disable=SC2034

packages_build="gcc libc6-dev cmake ninja-build pkg-config liblua5.4-dev libuv1-dev libsqlite3-dev libcjson-dev
libsodium-dev libutf8proc-dev zlib1g-dev tzdata lua5.4 lua-busted"
packages_test="libcmocka-dev clang clang-format clang-tidy libclang-rt-dev lua-check shellcheck
python3 sqlite3 jq patch procps gzip"

# The packages among "$@" that are not installed, a space before each.
packages_missing() {
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf ' %s' "$name"
    done
}

# packages_install LOG PACKAGE...: install what is missing; quiet, the details go to LOG.
packages_install() {
    local log=$1 missing as_root=()
    shift
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian: please see to it that what these packages hold is installed: $*" >&2
        return 0
    fi
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Packages are missing, and neither root nor sudo is at hand to install them. As root, once:" >&2
            echo "    apt-get install -y --no-install-recommends$missing" >&2
            return 1
        fi
        as_root=(sudo)
        sudo -n true 2>/dev/null || [ -t 0 ] || {
            echo "Packages are missing, and sudo wants a password here. Run once:" >&2
            echo "    sudo apt-get install -y --no-install-recommends$missing" >&2
            return 1
        }
    fi
    echo "installing$missing" >&2
    # shellcheck disable=SC2086 # a list of names
    packages_apt "$missing" >"$log" 2>&1 ||
        { "${as_root[@]}" apt-get update -q >>"$log" 2>&1 && packages_apt "$missing" >>"$log" 2>&1; } ||
        {
            tail -n 20 "$log" >&2
            echo "apt-get could not install$missing (all of its output: $log)" >&2
            return 1
        }
}

# Uses as_root of packages_install.
packages_apt() {
    # shellcheck disable=SC2086 # a list of names
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $1 </dev/null
}
