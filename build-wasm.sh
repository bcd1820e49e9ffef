#!/usr/bin/env bash
# build-wasm.sh - compile the core to WebAssembly.
#
#   ./build-wasm.sh               build/wasm/noisebook-*.mjs and .wasm
#   ./build-wasm.sh --tests       also tests/c/test_*.c, to run in Node: build/wasm-tests/test_*.cjs
#   ./build-wasm.sh --print-emcc  only make sure that a fit emcc exists, and print its path
#
# An emcc of 3.1.50 or newer is taken from PATH or from an activated emsdk (EMSDK). Otherwise Debian's own packages
# are downloaded from the mirror that apt is configured for and unpacked, never installed, below build/toolchain;
# that needs no root. Environment: JOBS (compilers at once), WERROR=1 (warnings are errors), NB_IGNORE_INSTALLED=1
# (pretend that no compiler, Python, stb or emcc is installed; for testing this script).
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT" # the build names its files relative to it: a space in its own path then does no harm
BUILD=$ROOT/build
TOOLCHAIN=$BUILD/toolchain
JOBS=${JOBS:-$(nproc 2>/dev/null || echo 2)}
IGNORE_INSTALLED=${NB_IGNORE_INSTALLED:-}

# Threads: the module's workers start with it, as many as the page asks for. One that was made later would start only when
# its maker returns to its event loop, which waits for it: so asking for more is an error. The address space of a shared
# memory is taken at once, so its maximum is modest; what grows costs only JavaScript, which looks at it anew each time.
THREADS='-sPTHREAD_POOL_SIZE=Module["workers"] -sPTHREAD_POOL_SIZE_STRICT=2 -sINITIAL_MEMORY=64MB -sMAXIMUM_MEMORY=1GB'
THREADS+=' -Wno-pthreads-mem-growth -sEXPORTED_RUNTIME_METHODS=wasmMemory,PThread'
# The modules: name | flags for compiling and linking | also for compiling src/kernels, and linking | for linking only.
# Modules with the same first flags share all objects but the kernels.
MODULES=(
    "simd128 | -msimd128 | |"
    "relaxed | -msimd128 | -mrelaxed-simd |"
    "simd128-threads | -msimd128 -pthread | | $THREADS"
    "relaxed-threads | -msimd128 -pthread | -mrelaxed-simd | $THREADS"
)
# Contraction into fused multiply-adds is off because the same bits must come out everywhere.
CFLAGS=(-std=c11 -O3 -ffp-contract=off -DNDEBUG -Wall -Wextra -Isrc)
# shellcheck disable=SC2054 # the commas belong to Emscripten's settings
LINK=(-O3 --no-entry -sMODULARIZE -sEXPORT_ES6 -sEXPORT_NAME=createNoisebook -sENVIRONMENT=web,worker,node -sWASM_BIGINT
    -sALLOW_MEMORY_GROWTH -sSTACK_SIZE=262144 -sFILESYSTEM=0 -sMALLOC=emmalloc -sEXPORTED_FUNCTIONS=_malloc,_free
    -sEXPORTED_RUNTIME_METHODS=wasmMemory)
# Tests link at -O1, which leaves the -O3 code of the compiler as it is and takes 2 seconds instead of 9.
LINK_TEST=(-O1 -sNODERAWFS -sEXIT_RUNTIME -sENVIRONMENT=node -sWASM_BIGINT -sALLOW_MEMORY_GROWTH -sSTACK_SIZE=1048576)
GZIP_LIMIT=80000 # bytes; a reader on a slow line waits for them

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

# ---- Building -------------------------------------------------------------------------------------------

# Succeeds if OBJECT is missing or older than its source or any header in its .d file.
is_stale() {
    local object=$1 dep
    [ -f "$object" ] && [ -f "${object%.o}.d" ] || return 0
    while read -r dep; do
        [ "$dep" -nt "$object" ] || [ ! -e "$dep" ] && return 0
    done < <(sed -e 's/^[^:]*://' -e 's/\\$//' "${object%.o}.d" | tr -s ' ' '\n' | grep .)
    return 1
}

# in_parallel COMMAND < LINES: runs "COMMAND LINE" for each line, JOBS at once; fails if any failed.
in_parallel() {
    local line running=0 failed=0
    while read -r line; do
        if [ "$running" -ge "$JOBS" ]; then
            wait -n || failed=1
            running=$((running - 1))
        fi
        "$@" "$line" </dev/null &
        running=$((running + 1))
    done
    while [ "$running" -gt 0 ]; do
        wait -n || failed=1
        running=$((running - 1))
    done
    return "$failed"
}

# object_of SOURCE: kernels have objects of their own in each module.
object_of() {
    local objects=$OBJECTS
    [[ $1 != src/kernels/* ]] || objects=$KERNEL_OBJECTS
    echo "$objects/${1%.c}.o"
}

# compile SOURCE with FLAGS, by way of a temporary name: what was stopped halfway must look stale.
compile() {
    local source=$1 object
    local -a more=()
    object=$(object_of "$source")
    is_stale "$object" || return 0
    mkdir -p "$(dirname "$object")"
    # Speed where the numbers are; elsewhere a smaller download. Neither changes a bit of the results.
    [[ $source =~ ^src/(kernels|nn|base|metrics|diffusion)/ ]] || more=(-Os)
    [[ $source != src/kernels/* ]] || more=("${KERNEL_FLAGS[@]}")
    "$EMCC" "${FLAGS[@]}" "${more[@]}" ${WERROR:+-Werror} -MMD -MF "${object%.o}.d" -MT object -c "$source" -o "$object.part" &&
        mv "$object.part" "$object"
}

# The core without the command line and without kernels for other machines.
core_sources() {
    find src -name '*.c' ! -path 'src/cli/*' ! -path 'src/kernels/x86/*' ! -path 'src/kernels/arm/*' | sort
}

# forget_if_changed OBJECTS FLAG...: other flags or another compiler make every object stale.
forget_if_changed() {
    local objects=$1 stamp=$1/flags now
    shift
    now="$EMCC $*"
    [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return 0
    rm -rf "$objects"
    mkdir -p "$objects"
    printf '%s\n' "$now" >"$stamp"
}

# Sets FLAGS, KERNEL_FLAGS and where the objects are, from the columns of MODULES.
choose_module() {
    local name=$1 folder
    read -ra flags <<<"$2"
    read -ra KERNEL_FLAGS <<<"$3"
    folder=${2// /}
    FLAGS=("${CFLAGS[@]}" "${flags[@]}" "-isystem$STB")
    OBJECTS=$BUILD/wasm/obj/${folder//-/_}
    KERNEL_OBJECTS=$BUILD/wasm/obj/$name
    forget_if_changed "$OBJECTS" "${FLAGS[@]}"
    forget_if_changed "$KERNEL_OBJECTS" "${FLAGS[@]}" "${KERNEL_FLAGS[@]}"
}

# newer_than FILE OTHER...: succeeds if FILE is missing or older than any other.
newer_than() {
    local file=$1 other
    shift
    for other in "$@"; do
        [ -e "$file" ] && [ ! "$other" -nt "$file" ] || return 0
    done
    return 1
}

# core_objects FILTER...: prints the objects of the sources that grep with these options lets through.
core_objects() {
    local source
    core_sources | grep "$@" | while read -r source; do object_of "$source"; done
}

# compile_module ROW of MODULES
compile_module() {
    local name flags kernel_flags
    IFS='|' read -r name flags kernel_flags _ <<<"$1"
    choose_module "${name// /}" "$flags" "$kernel_flags"
    core_sources | in_parallel compile || die "module $name: the compiler's messages are above"
}

# link_module ROW of MODULES
link_module() {
    local name flags kernel_flags link out objects size
    IFS='|' read -r name flags kernel_flags link <<<"$1"
    name=${name// /}
    out=$BUILD/wasm/noisebook-$name
    choose_module "$name" "$flags" "$kernel_flags"
    read -ra link <<<"$link"
    mapfile -t objects < <(core_objects .)
    [ ${#objects[@]} -gt 0 ] || die "no C sources in src: is this a whole checkout?"
    # A source that is gone leaves no newer object behind, so the list of objects counts as well.
    printf '%s\n' "${objects[@]}" | write_if_changed "$KERNEL_OBJECTS/list"
    if newer_than "$out.wasm" "${objects[@]}" "$KERNEL_OBJECTS/list" "${BASH_SOURCE[0]}" || [ ! -f "$out.mjs" ]; then
        say "linking noisebook-$name"
        rm -f "$out.wasm" "$out.mjs"
        # Linked under its own name, because the script names the .wasm file beside it.
        "$EMCC" "${LINK[@]}" "${flags[@]}" "${KERNEL_FLAGS[@]}" "${link[@]}" "${objects[@]}" -o "$out.mjs" ||
            { rm -f "$out.wasm" "$out.mjs" && die "module $name: the linker's messages are above"; }
        # A thread runs this same script, whatever name a bundler has given it.
        sed -i "s|new URL(\"noisebook-$name.mjs\", *import.meta.url)|new URL(import.meta.url)|" "$out.mjs"
    fi
    # Types for the editor and tsc, which would otherwise read the compiler's output.
    write_if_changed "$out.d.mts" <<'TYPES'
export interface Noisebook {
  wasmMemory: WebAssembly.Memory;
  _malloc(bytes: number): number;
  _free(address: number): void;
  // The functions of src/api/wasm_api.c; 64-bit integers are BigInt.
  [name: `_nbw_${string}`]: (...values: any[]) => any;
}
/** Starts the module. `options` are Emscripten's: locateFile, wasmBinary, instantiateWasm, print, printErr, onAbort. */
export default function createNoisebook(options?: Record<string, unknown>): Promise<Noisebook>;
TYPES
    size=$(gzip -9 -c "$out.wasm" | wc -c)
    say "build/wasm/noisebook-$name.wasm: $size bytes gzipped (limit $GZIP_LIMIT)"
    [ "$size" -le "$GZIP_LIMIT" ] || die "noisebook-$name.wasm is too large: see what grew (llvm-nm --print-size)"
}

# The pages load one script for both instruction sets, since Emscripten makes the same for both but for the name inside.
check_scripts() {
    local kind
    for kind in '' -threads; do
        sed "s/noisebook-relaxed/noisebook-simd128/g" "$BUILD/wasm/noisebook-relaxed$kind.mjs" |
            cmp -s - "$BUILD/wasm/noisebook-simd128$kind.mjs" ||
            die "noisebook-relaxed$kind.mjs is another script than simd128's: web/kernel/load.js must load both"
    done
}

link_test() {
    local test=$1 out
    out=$TESTS/${test##*/}
    out=${out%.c}.cjs
    newer_than "$out" "$OBJECTS/${test%.c}.o" "${CORE[@]}" "${HELPERS[@]}" "$KERNEL_OBJECTS/list" \
        "${BASH_SOURCE[0]}" || return 0
    "$EMCC" "${LINK_TEST[@]}" "${flags[@]}" "${KERNEL_FLAGS[@]}" "${link[@]}" --pre-js "$BUILD/wasm-tests/env.js" \
        "$OBJECTS/${test%.c}.o" "${HELPERS[@]}" "${CORE[@]}" -o "$out" || { rm -f "$out" && return 1; }
}

# The tests named *_in_double, with the layers and networks compiled with double for float: as in CMakeLists.txt.
build_tests_in_double() {
    local core tests flags link=()
    core=$(core_sources | grep -E '^src/(base|nn|models|kernels/scalar)/' | grep -vE '/(box_muller|checkpoint)\.c$')
    tests=$(find tests/c -maxdepth 1 -name 'test_*_in_double.c' | sort)
    choose_module simd128 -msimd128 ''
    FLAGS+=(-UNDEBUG -Itests/c -include tests/c/in_double.h)
    TESTS=$BUILD/wasm-tests
    OBJECTS=$TESTS/obj-double
    KERNEL_OBJECTS=$OBJECTS
    forget_if_changed "$OBJECTS" "${FLAGS[@]}"
    write_if_changed "$OBJECTS/list" <<<"$core"
    in_parallel compile <<<"$core"$'\n'"$tests" || die "a C test in double does not compile: the messages are above"
    mapfile -t CORE < <(sed "s|^|$OBJECTS/|; s|\.c\$|.o|" <<<"$core")
    HELPERS=()
    in_parallel link_test <<<"$tests" || die "a C test in double does not link: the messages are above"
}

# build_tests MODULE PATTERN FOLDER LINK_FLAGS: the C tests that match, with the objects of that module: the bits that are
# tested are those that are shipped.
build_tests() {
    local name flags kernel_flags sources tests
    IFS='|' read -r name flags kernel_flags _ < <(printf '%s\n' "${MODULES[@]}" | grep "^$1 |")
    choose_module "$1" "$flags" "$kernel_flags"
    read -ra link <<<"$4"
    TESTS=$3
    mkdir -p "$TESTS"
    # Node's environment reaches getenv() only so.
    echo "Module.preRun = () => { if (typeof ENV !== 'undefined') Object.assign(ENV, process.env); };" |
        write_if_changed "$BUILD/wasm-tests/env.js"
    mapfile -t CORE < <(core_objects -v '^src/api/')
    sources=$(find tests/c -maxdepth 1 -name '*.c' ! -name '*_in_double.c' | sort)
    tests=$(grep "/test_\($2\)\.c$" <<<"$sources") || die "no tests/c/test_*.c: is this a whole checkout?"
    FLAGS+=(-UNDEBUG -Itests/c)
    OBJECTS=$TESTS/obj
    forget_if_changed "$OBJECTS" "${FLAGS[@]}"
    sources=$(grep -v '/test_[^/]*$' <<<"$sources" || true)
    in_parallel compile < <(grep . <<<"$sources"$'\n'"$tests") || die "a C test does not compile: the messages are above"
    HELPERS=()
    [ -z "$sources" ] || mapfile -t HELPERS < <(sed "s|^|$OBJECTS/|; s|\.c\$|.o|" <<<"$sources")
    say "linking the C tests, $1"
    in_parallel link_test <<<"$tests" || die "a C test does not link: the messages are above"
}

main() {
    local tests='' print='' row
    case "${1:-}" in
    '') ;;
    --tests) tests=1 ;;
    --print-emcc) print=1 ;;
    -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
    *) die "unknown option '$1': --tests, --print-emcc and --help are known" ;;
    esac
    [ $# -le 1 ] || die "one option at most"
    mkdir -p "$BUILD/wasm"
    # Two runs at once would write the same files.
    exec 9>"$BUILD/.wasm-lock"
    ! command -v flock >/dev/null || flock -n 9 || { say "waiting for another run to finish" >&2 && flock 9; }
    if [ -n "$print" ]; then
        setup >&2
        echo "$EMCC"
        exit 0
    fi
    setup
    say "compiling with $EMCC"
    for row in "${MODULES[@]}"; do compile_module "$row"; done
    printf '%s\n' "${MODULES[@]}" | in_parallel link_module || exit 1
    check_scripts
    [ -n "$tests" ] || exit 0
    build_tests simd128 '.*' "$BUILD/wasm-tests" ''
    build_tests_in_double
    # What the other modules have beside that, in the one that has all of it. main() runs in a thread of its own, so that
    # it may start and join others at will.
    build_tests relaxed-threads 'kernels\|layers\|model\|pool\|unet\|training' "$BUILD/wasm-tests/relaxed-threads" \
        '-sPROXY_TO_PTHREAD -Wno-pthreads-mem-growth'
}

main "$@"
