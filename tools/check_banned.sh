#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fails if something stands outside the one place that may hold it. usage: tools/check_banned.sh [ROOT]
set -euo pipefail
cd "${1:-.}"
found=0

# banned WHAT PATTERN DIRECTORIES [MODULE...]: PATTERN may stand only in src/MODULE.
banned() {
    local what=$1 pattern=$2 directories=$3 hits module; shift 3
    # shellcheck disable=SC2086
    hits=$(grep -rnE --include='*.cpp' --include='*.h' --exclude-dir=node_modules -- "$pattern" $directories 2>/dev/null | grep -vE '^[^:]+:[0-9]+: *(//|\*)' || true)
    for module in "$@"; do hits=$(grep -v "^src/$module/" <<<"$hits" || true); done
    [ -z "$hits" ] && return
    printf '%s\n%s\n' "$what (allowed in: ${*:-nowhere}):" "$hits"
    found=1
}

banned 'reading the clock' '(system|steady)_clock::now' src base telemetry
banned 'randomness' 'random_device|mt19937|\brand\(' src crypto
banned 'OpenSSL primitives' '\b(EVP|SSL)_[A-Za-z]|\bSHA256\(' src crypto tls
banned 'the environment' '\bgetenv\(' src app cli
banned 'threads' 'std::j?thread\b|\.detach\(' src net app
banned 'SQL' '"(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|BEGIN|COMMIT) ' src storage
banned 'writing to standard output' 'std::cout|\bf?printf\(' src cli app
banned 'std::regex' 'std::regex|<regex>' 'src tests fuzz'
banned 'sprintf' '\bv?s?n?printf\(|\bsprintf\(' 'src tests fuzz'
banned 'localtime' '\b(localtime|gmtime|strtok)\(' 'src tests fuzz'
banned 'memcmp, which leaks where secrets differ' '\bmemcmp\(' 'src'
banned 'sleeping' '\bsleep_(for|until)\(|\bu?sleep\(' 'src tests fuzz'
banned 'pausing, as a command that follows may' '\bnanosleep\(' 'src tests fuzz' app

[ $found = 0 ] && echo "banned: ok"
exit $found
