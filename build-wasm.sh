#!/usr/bin/env bash
# build-wasm.sh - compile the core to WebAssembly.
#
#   ./build-wasm.sh               build/wasm/noisebook-*.mjs and .wasm
#   ./build-wasm.sh --tests       also tests/c/test_*.c, to run in Node: build/wasm-tests/test_*.cjs
#   ./build-wasm.sh --bench       also tests/bench/native, which tests/bench/wasm-bench.mjs runs: build/wasm-bench/
#   ./build-wasm.sh --print-emcc  only make sure that a fit emcc exists, and print its path
#
# CMake does it (web/build/wasm.cmake, preset wasm) once the tools are there. An emcc of 3.1.50 or newer is taken from PATH
# or from an activated emsdk (EMSDK), CMake and Ninja from PATH. Otherwise Debian's own packages are downloaded from the
# mirror that apt is configured for and unpacked, never installed, below build/toolchain; that needs no root. Environment:
# JOBS (compilers at once), WERROR=1 (warnings are errors), NB_IGNORE_INSTALLED=1 (pretend that no compiler, CMake, Python,
# stb or emcc is installed; for testing this script).
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT" # the build names its files relative to it: a space in its own path then does no harm
TOOLCHAIN=$ROOT/build/toolchain
JOBS=${JOBS:-$(nproc 2>/dev/null || echo 2)}
IGNORE_INSTALLED=${NB_IGNORE_INSTALLED:-}

say() { printf 'build-wasm: %s\n' "$*"; }
die() {
    printf 'build-wasm: error: %s\n' "$*" >&2
    exit 1
}

# write_if_changed FILE: standard input, without touching a file that is right already.
write_if_changed() {
    local new
    new=$(cat)
    [ -f "$1" ] && [ "$(cat "$1")" = "$new" ] || printf '%s\n' "$new" >"$1"
}

# shellcheck source=web/build/emscripten.sh
source "$ROOT/web/build/emscripten.sh"

# build TARGET...
build() {
    local -a options=("-DSTB_INCLUDE=$STB" "-DCMAKE_MAKE_PROGRAM=$NINJA")
    # Once asked for it stays, so that npm start and npm test do not undo each other's objects.
    [ -z "${WERROR:-}" ] || options+=(-DNB_WERROR=ON)
    # A checkout that was moved: CMake refuses what it wrote elsewhere.
    grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" build/emscripten/CMakeCache.txt || rm -rf build/emscripten
    quiet "$CMAKE" --preset wasm "${options[@]}" && "$CMAKE" --build --preset wasm --parallel "$JOBS" --target "$@"
}

main() {
    local -a targets=(all)
    case "${1:-}" in
    '' | --print-emcc) ;;
    --tests) targets+=(tests) ;;
    --bench) targets+=(noisebook-bench) ;;
    -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
    *) die "unknown option '$1': --tests, --bench, --print-emcc and --help are known" ;;
    esac
    [ $# -le 1 ] || die "one option at most"
    mkdir -p build
    # Two runs at once would write the same files.
    exec 9>build/.wasm-lock
    ! command -v flock >/dev/null || flock -n 9 || { say "waiting for another run to finish" >&2 && flock 9; }
    setup >&2
    if [ "${1:-}" = --print-emcc ]; then
        echo "$EMCC"
        exit 0
    fi
    say "compiling with $EMCC"
    build "${targets[@]}" && exit 0
    say 'the build has failed: looking whether the toolchain is whole'
    remove_damaged || die "the toolchain is whole: the messages above say what is wrong"
    setup >&2
    build "${targets[@]}" || die "the build fails with the mended toolchain too (above)"
}

main "$@"
