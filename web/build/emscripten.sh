# emscripten.sh - finds an emcc, CMake and Ninja, or sets them up below build/toolchain. Part of build-wasm.sh, which says
# what `setup` needs: TOOLCHAIN (a folder), IGNORE_INSTALLED, say, die, write_if_changed.
# shellcheck shell=bash

# What is pinned. The hash makes the download safe whatever mirror it comes from.
EMCC_MINIMUM=3.1.50
EMSCRIPTEN_VERSION=3.1.69
EMSCRIPTEN_DEB=pool/main/e/emscripten/emscripten_3.1.69+dfsg-3_all.deb
EMSCRIPTEN_SHA256=d2ac788b952c56ab6736b4db2ac0825aa63cfb4c08b8abaefe19e324779d1b2d
BINARYEN_VERSION=120.0.0
BINARYEN_INTEGRITY=sha512-MaNC1qW5ubk5S7MNNxNpAb9ivKp6TAf8CDknRk4XeCC2wkrpdaubK10S1CAwUXaDDF54gZLtk6opzbEA9VTtJw==
ACORN_VERSION=8.15.0
ACORN_INTEGRITY=sha512-NZyJarBfL7nWwIq+FDL6Zp/yHEhePMNnnJ0y3qfieCrmNvYct8uvtiV41UvlSe6apAfk0fY1FbWx+NwfmpvtTg==
LLVM=19
CMAKE_MINIMUM=3.21
PUT_EMCC_ON_PATH="put an emcc $EMCC_MINIMUM or newer on PATH (emsdk has one)"

# quiet COMMAND...: show what it printed only if it fails.
quiet() {
    local log=$TOOLCHAIN/last-command.log
    "$@" >"$log" 2>&1 </dev/null || {
        tail -n 15 "$log" >&2
        return 1
    }
}

# at_least VERSION MINIMUM
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# ---- Finding what is already there ---------------------------------------------------------------------

# Prints the path of an emcc that is new enough, or nothing.
installed_emcc() {
    local candidate version
    [ -z "$IGNORE_INSTALLED" ] || return 0
    for candidate in "${EMSDK:+$EMSDK/upstream/emscripten/emcc}" "$(command -v emcc || true)"; do
        [ -x "$candidate" ] || continue
        version=$("$candidate" -dumpversion 2>/dev/null || true)
        if [[ $version =~ ^[0-9]+\.[0-9.]+ ]] && at_least "${BASH_REMATCH[0]}" "$EMCC_MINIMUM"; then
            echo "$candidate"
            return 0
        fi
        say "$candidate is version ${version:-unknown}, older than $EMCC_MINIMUM: not used" >&2
    done
}

# Succeeds if DIR is the bin folder of an LLVM that can compile C to WebAssembly.
fit_llvm() {
    local tool
    for tool in clang wasm-ld llvm-ar llvm-nm llvm-objcopy; do
        [ -x "$1/$tool" ] || return 1
    done
    [ -f "$("$1/clang" -print-resource-dir)/include/wasm_simd128.h" ] &&
        "$1/clang" -print-targets | grep -q wasm32
}

installed_llvm() { [ -z "$IGNORE_INSTALLED" ] && fit_llvm "/usr/lib/llvm-$LLVM/bin"; }
installed_python() { [ -z "$IGNORE_INSTALLED" ] && python3 -c 'import json, subprocess' 2>/dev/null; }
installed_cmake() {
    [ -z "$IGNORE_INSTALLED" ] && command -v ninja >/dev/null &&
        at_least "$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')" "$CMAKE_MINIMUM"
}

# ---- apt, without root: its state is kept below build/toolchain/apt ---------------------------------------

# apt SOURCES COMMAND...: apt-get with only the sources of that file.
apt() {
    local sources=$1 state=$TOOLCHAIN/apt
    shift
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    local options=(-o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache" -o "Dir::Etc::sourcelist=$sources"
        -o Dir::Etc::sourceparts=/dev/null -o Debug::NoLocking=1 -o APT::Sandbox::User=root
        -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o Acquire::Retries=2)
    if [ -n "$IGNORE_INSTALLED" ]; then
        : >"$state/status"
        options+=(-o "Dir::State::status=$state/status")
    fi
    apt-get -q -y "${options[@]}" "$@"
}

# The machine's own mirrors of its own release, a line each: URI RELEASE COMPONENT. Other vendors' sources are left
# out: they may be slow or out of reach, and nothing is wanted from them.
own_mirrors() {
    local codename
    codename=$(sed -n 's/^VERSION_CODENAME="\?\([a-z]*\).*/\1/p' /etc/os-release)
    # shellcheck disable=SC2016 # apt expands these
    apt-get --no-release-info indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
        awk -v c="${codename:-none}" '$2 ~ "^(" c "|stable|oldstable|testing|unstable|sid)([-/]|$)" && !seen[$0]++'
}

# Succeeds on Ubuntu and what is derived from it.
is_ubuntu() { grep -qiE '^(ID|ID_LIKE)=.*ubuntu' /etc/os-release; }

# Prints "[signed-by=KEYRING]", or nothing where apt's default keys must do.
signed_by() {
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    ! is_ubuntu || keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
    [ ! -r "$keyring" ] || echo "[signed-by=$keyring]"
}

# Prepares the package lists of the machine's own release, once a run.
own_sources() {
    local sources=$TOOLCHAIN/apt/own.list key
    [ -z "${OWN_SOURCES:-}" ] || return 0
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        die "no emcc found, and one can be set up here only with apt: $PUT_EMCC_ON_PATH"
    fi
    mkdir -p "$TOOLCHAIN/apt"
    key=$(signed_by)
    own_mirrors | sed "s|^|deb $key |" >"$sources"
    [ -s "$sources" ] || die "apt knows no mirror of this release: mend /etc/apt/sources.list.d, or $PUT_EMCC_ON_PATH"
    say "reading the package lists of this machine's mirror"
    quiet apt "$sources" update || die "apt cannot read its mirror (above): check the network, then run this again"
    OWN_SOURCES=$sources
}

# unpack DIR PACKAGE...: the newest packages of this release, unpacked below DIR.
unpack() {
    local dir=$1 deb
    shift
    rm -rf "$TOOLCHAIN/debs"
    mkdir -p "$TOOLCHAIN/debs" "$dir"
    (cd "$TOOLCHAIN/debs" && quiet apt "$OWN_SOURCES" download "$@") ||
        die "cannot download $* (above): check the network, then run this again"
    for deb in "$TOOLCHAIN"/debs/*.deb; do
        dpkg-deb -x "$deb" "$dir" || die "cannot unpack $deb: is the disk full?"
    done
    rm -rf "$TOOLCHAIN/debs"
}

# ---- The parts of the toolchain ----------------------------------------------------------------------------
# Each is made beside its place and moved there when whole, with a list of what is in it: a run that was stopped halfway,
# or a file that was damaged since, only means that the part is made again.

# Prints the files of a folder with their sizes; Python leaves compiled files behind.
sizes() { (cd "$1" && find . -name __pycache__ -prune -o -type f ! -path ./.sizes ! -path ./.sums -printf '%s %p\n' | LC_ALL=C sort); }

# part NAME MAKER WORD...: calls MAKER FOLDER WORD... unless build/toolchain/NAME is there and whole.
part() {
    local name=$1 dir=$TOOLCHAIN/$1 maker=$2
    shift 2
    [ ! -f "$dir/.sizes" ] || [ "$(sizes "$dir")" != "$(cat "$dir/.sizes")" ] || return 0
    [ ! -e "$dir" ] || say "build/toolchain/$name is not whole: making it again"
    rm -rf "$dir.part"
    mkdir -p "$dir.part"
    "$maker" "$dir.part" "$@"
    sizes "$dir.part" >"$dir.part/.sizes"
    (cd "$dir.part" && sed 's/^[0-9]* //' .sizes | tr '\n' '\0' | xargs -0 sha256sum >.sums)
    rm -rf "$dir"
    mv "$dir.part" "$dir"
}

# Removes the parts in which a file has other bytes than when it was unpacked; succeeds if there were any. That takes a
# few seconds, so it is for when a build has failed.
remove_damaged() {
    local dir bad found=1
    for dir in "$TOOLCHAIN"/*/; do
        [ -f "$dir/.sums" ] || continue
        bad=$(cd "$dir" && sha256sum --check --quiet --strict .sums 2>/dev/null) && continue
        say "damaged in build/toolchain/$(basename "$dir"): ${bad%%$'\n'*}"
        rm -rf "$dir"
        found=0
    done
    return "$found"
}

# programs DIR FOLDER PACKAGE...: unpacks packages with what they miss here, and makes DIR/bin/X for every program X of
# that folder.
programs() {
    local dir=$1 folder=$2 missing tool lib packages
    shift 2
    own_sources
    missing=$(apt "$OWN_SOURCES" install -qq --print-uris --no-install-recommends "$@" 2>/dev/null |
        awk '{ sub(/_.*/, "", $2); print $2 }') ||
        die "$* are not to be had from this machine's mirror: $PUT_EMCC_ON_PATH"
    # Native headers and linkers are of no use here, and a second C library would not fit the machine's loader.
    missing=$(grep -vE '(^libc6|^libc-|^gcc-|^dpkg$|^tar$|^perl|binutils|-dev$|-doc$)' <<<"$missing" || true)
    say "downloading $* and the libraries that they miss here"
    mapfile -t packages < <(printf '%s\n' "$@" "$missing" | grep . | sort -u)
    unpack "$dir/root" "${packages[@]}"
    # shellcheck disable=SC2016 # expanded when the wrapper runs
    lib=$(cd "$dir/root" && find . -name '*.so*' -printf '$root/%h\n' | grep -E '/lib(/[^/]*)?$' | sort -u | paste -sd:)
    mkdir -p "$dir/bin"
    for tool in "$dir/root/$folder"/*; do
        [ -x "$tool" ] || continue
        # shellcheck disable=SC2016 # expanded when the wrapper runs
        printf '#!/bin/sh\nroot=${0%%/*}/../root\nLD_LIBRARY_PATH="%s" exec "$root/%s" "$@"\n' \
            "$lib" "${tool#"$dir/root/"}" >"$dir/bin/${tool##*/}"
    done
    chmod +x "$dir/bin"/*
}

get_llvm() {
    programs "$1" "usr/lib/llvm-$LLVM/bin" "clang-$LLVM" "lld-$LLVM" "llvm-$LLVM" "libclang-common-$LLVM-dev"
    fit_llvm "$1/bin" || die "the unpacked clang-$LLVM does not run here: $PUT_EMCC_ON_PATH"
}

get_python() {
    programs "$1" usr/bin python3
    "$1/bin/python3" -c 'import json, subprocess' || die 'the unpacked Python does not run here: install python3'
}

get_cmake() {
    programs "$1" usr/bin cmake ninja-build
    "$1/bin/cmake" --version >/dev/null && "$1/bin/ninja" --version >/dev/null ||
        die 'the unpacked CMake and Ninja do not run here: install cmake and ninja-build'
}

get_stb() {
    own_sources
    say "downloading libstb-dev"
    unpack "$1" libstb-dev
}

# Debian: the pinned package, from whichever of the machine's mirrors has it.
download_emscripten() {
    local uri
    while read -r uri; do
        rm -f "$1"
        ! quiet /usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=2 \
            download-file "${uri%/}/$EMSCRIPTEN_DEB" "$1" "SHA256:$EMSCRIPTEN_SHA256" 2>/dev/null || return 0
    done < <(awk '{ sub(/\[[^]]*\] /, ""); print $2 }' "$OWN_SOURCES" | sort -u)
    cat "$TOOLCHAIN/last-command.log" >&2
    return 1
}

# Ubuntu (untested): no hash is known for its package, so apt's signed lists vouch for it. Newer releases are tried in
# turn on the machine's own mirror.
download_emscripten_ubuntu() {
    local uri suite key sources=$TOOLCHAIN/apt/newer.list
    uri=$(awk '/ main$/ { sub(/\[[^]]*\] /, ""); print $2; exit }' "$OWN_SOURCES")
    key=$(signed_by)
    for suite in plucky questing resolute; do
        echo "deb $key $uri $suite main universe" >"$sources"
        quiet apt "$sources" update 2>/dev/null || continue
        (cd "$(dirname "$1")" && rm -f emscripten_*.deb && quiet apt "$sources" download emscripten 2>/dev/null &&
            dpkg-deb -f emscripten_*.deb Depends | grep -q "clang-$LLVM" && mv emscripten_*.deb "$1") && return 0
    done
    return 1
}

get_emscripten() {
    local deb=$TOOLCHAIN/emscripten.deb
    own_sources
    say "downloading Emscripten $EMSCRIPTEN_VERSION (237 MB)"
    if is_ubuntu; then
        download_emscripten_ubuntu "$deb"
    else
        download_emscripten "$deb"
    fi || die "this machine's mirror has no Emscripten $EMSCRIPTEN_VERSION: $PUT_EMCC_ON_PATH"
    say "unpacking Emscripten"
    # 1.3 of its 1.6 GB are system libraries for link-time optimisation, sanitizers and others that we do not use.
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1" --exclude='*-emscripten/lto*' --exclude='*-emscripten/pic' \
        --exclude='*asan*' --exclude='*wasmfs*' --exclude='./usr/share/doc' ||
        die "cannot unpack Emscripten: is the disk full?"
    rm -f "$deb"
}

# Binaryen, and the parser that Emscripten imports; Node finds both in the node_modules above Emscripten's scripts.
get_npm_parts() {
    local dir=$TOOLCHAIN/npm.part name=noisebook-toolchain depends
    command -v npm >/dev/null || die "npm is missing: install Node 20 or newer with npm"
    say "downloading Binaryen $BINARYEN_VERSION from npm"
    rm -rf "$dir"
    mkdir -p "$dir"
    depends="\"dependencies\": { \"acorn\": \"$ACORN_VERSION\", \"binaryen\": \"$BINARYEN_VERSION\" }"
    echo "{ \"name\": \"$name\", \"private\": true, $depends }" >"$dir/package.json"
    cat >"$dir/package-lock.json" <<LOCK
{ "name": "$name", "lockfileVersion": 3, "requires": true, "packages": { "": { "name": "$name", $depends },
  "node_modules/acorn": { "version": "$ACORN_VERSION", "integrity": "$ACORN_INTEGRITY" },
  "node_modules/binaryen": { "version": "$BINARYEN_VERSION", "integrity": "$BINARYEN_INTEGRITY" } } }
LOCK
    (cd "$dir" && quiet npm ci --no-audit --no-fund --ignore-scripts) ||
        die "npm cannot install binaryen $BINARYEN_VERSION (above): check the network, then run this again"
    mv "$dir/node_modules"/* "$1"
    rm -rf "$dir"
}

# build/toolchain/emscripten is Emscripten's folder, as CMake's platform file for it takes it: the installed one, or
# commands that give the unpacked one its settings. Checked each time: Node or the checkout may have moved.
link_emscripten() {
    local dir=$TOOLCHAIN/emscripten root
    root=$("$(dirname "$EMCC")/em-config" EMSCRIPTEN_ROOT) || die "$EMCC has no em-config beside it"
    [ "$(readlink "$dir")" = "$root" ] || { rm -rf "$dir" && ln -s "$root" "$dir"; }
}
write_emscripten() {
    local dir=$TOOLCHAIN/emscripten own=emscripten-$EMSCRIPTEN_VERSION/usr/share/emscripten llvm python tool
    llvm="toolchain + '/llvm-$LLVM/bin'"
    ! installed_llvm || llvm="'/usr/lib/llvm-$LLVM/bin'"
    # The interpreter itself: one of its version managers' scripts before it would cost a tenth of a second each time.
    # shellcheck disable=SC2016 # expanded when the command runs
    python='$toolchain/python/bin/python3'
    ! installed_python || python=$(python3 -c 'import sys; print(sys.executable)')
    [ ! -L "$dir" ] || rm "$dir"
    mkdir -p "$dir"
    write_if_changed "$dir/settings.py" <<CONFIG
import os
toolchain = os.path.dirname(os.path.dirname(os.path.abspath(os.environ['EM_CONFIG'])))
LLVM_ROOT = $llvm
BINARYEN_ROOT = toolchain + '/node_modules/binaryen'
NODE_JS = '$(command -v node)'
CACHE = toolchain + '/$own/cache'
FROZEN_CACHE = True
CONFIG
    for tool in emcc em++ emar emranlib emnm em-config; do
        write_if_changed "$dir/$tool" <<SCRIPT
#!/bin/sh
unset EM_CACHE EM_LLVM_ROOT EM_BINARYEN_ROOT EMCC_CFLAGS PYTHON
toolchain=\$(dirname "\$0")/..
EM_CONFIG=\$toolchain/emscripten/settings.py EMSDK_PYTHON="$python" exec "\$toolchain/$own/$tool" "\$@"
SCRIPT
        chmod +x "$dir/$tool"
    done
    [ -e "$dir/cmake/Modules" ] || ln -sfn "../$own/cmake" "$dir/cmake"
    # Emscripten's .js files are not modules, whatever the package.json above says.
    echo '{ "private": true, "type": "commonjs" }' | write_if_changed "$TOOLCHAIN/package.json"
}

# Sets EMCC, STB, CMAKE and NINJA, and makes build/toolchain/emscripten.
setup() {
    mkdir -p "$TOOLCHAIN"
    command -v node >/dev/null || die "node is missing: install Node 20 or newer"
    EMCC=$(installed_emcc)
    if [ -n "$EMCC" ]; then
        link_emscripten
    else
        EMCC=$TOOLCHAIN/emscripten/emcc
        [ -x "$EMCC" ] || say "no emcc $EMCC_MINIMUM or newer found: setting one up in build/toolchain"
        installed_llvm || part "llvm-$LLVM" get_llvm
        installed_python || part python get_python
        part "emscripten-$EMSCRIPTEN_VERSION" get_emscripten
        part node_modules get_npm_parts
        write_emscripten
    fi
    STB=/usr/include/stb
    if [ -n "$IGNORE_INSTALLED" ] || [ ! -f $STB/stb_image_write.h ]; then
        part stb get_stb
        STB=$TOOLCHAIN/stb/usr/include/stb
    fi
    if installed_cmake; then
        CMAKE=$(command -v cmake) NINJA=$(command -v ninja)
    else
        part cmake get_cmake
        CMAKE=$TOOLCHAIN/cmake/bin/cmake NINJA=$TOOLCHAIN/cmake/bin/ninja
    fi
}
