#!/usr/bin/env bash
# bare.sh - what README promises, on a machine that has nothing: a Debian 12 made by debootstrap, this machine's Node and
# npm, and a clean clone of what is committed here.
#
#   tests/bare.sh            npm start up to its first pages, then npm test; the last line is npm test's
#   tests/bare.sh --quick    npm start up to its first pages, the style group, and one page in Chromium
#   tests/bare.sh --check    only whether this can be done here: root that may mount, debootstrap, apt and its mirror
#   tests/bare.sh COMMAND    a shell command in the clone instead, such as 'npm test -- --only style'
#
# It runs in mount and process namespaces of its own: when its first process ends, however that happens, the kernel ends
# the others and unmounts what they mounted, and no mount is ever seen from outside, where the folder is removed.
# Environment: CI, E2E_PORT (as for npm test), TMPDIR.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
RELEASE=bookworm

say() { printf 'bare: %s\n' "$*"; }
# die TEXT [STATUS]: 3 if there is no bare machine to test on, which says nothing about what is tested.
die() {
    printf 'bare: error: %s\n' "$1" >&2
    exit "${2:-1}"
}

# Prints what keeps this from being done here, or nothing.
obstacle() {
    local tool
    [ "$(id -u)" = 0 ] || { echo 'it takes root' && return; }
    [ -e "$ROOT/.git" ] || { echo 'this is no git checkout' && return; }
    for tool in debootstrap unshare setpriv apt-get git node npm; do
        command -v "$tool" >/dev/null || { echo "$tool is missing" && return; }
    done
    # shellcheck disable=SC2016 # expanded inside
    unshare --mount --pid --fork --kill-child bash -c 'mount -t tmpfs none /mnt && mount -t proc none /proc' 2>/dev/null ||
        { echo 'mounts are not allowed' && return; }
    [ -n "$(debian_mirrors)" ] || echo 'apt knows no mirror of Debian 12'
}

# Debian 12's own sources among those of this machine, a line each: URI RELEASE COMPONENT.
debian_mirrors() {
    # shellcheck disable=SC2016 # apt expands these
    apt-get --no-release-info indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
        awk -v r="$RELEASE" '$2 ~ "^" r "(-updates|-security)?$" && !seen[$0]++'
}

# How apt and npm reach the network from here.
apt_network() { apt-config dump | grep -E '^Acquire::(http|https|Check-Valid-Until|Check-Date)' || true; }
npm_network() {
    local key value
    for key in registry cafile proxy https-proxy noproxy strict-ssl; do
        value=$(npm config get "$key" --prefix / 2>/dev/null) # not the project's own settings
        case $value in '' | null | undefined) continue ;; esac
        [ "$key" != cafile ] || value=/etc/ssl/noisebook-ca.pem
        printf 'npm_config_%s=%s\n' "${key//-/_}" "$value"
    done
}

# ---- Inside the namespaces ------------------------------------------------------------------------------------

# make_machine DIR: the base system, and Node with npm in /usr/local.
make_machine() {
    local dir=$1 mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg cafile
    mirror=$(debian_mirrors | awk -v r="$RELEASE" '$2 == r && $3 == "main" { print $1; exit }')
    local -a options=(--variant=minbase)
    [ ! -r "$keyring" ] || options+=("--keyring=$keyring")
    debootstrap "${options[@]}" "$RELEASE" "$dir" "$mirror" >"$dir.log" 2>&1 ||
        { tail -n 20 "$dir.log" >&2 && die 'debootstrap failed (above)' 3; }
    debian_mirrors | sed 's/^/deb /' >"$dir/etc/apt/sources.list"
    apt_network >"$dir/etc/apt/apt.conf.d/network"
    cp -L /etc/resolv.conf /etc/hosts "$dir/etc/"
    mkdir -p "$dir/etc/ssl"
    cafile=$(npm config get cafile --prefix / 2>/dev/null)
    for cafile in "$cafile" "${NODE_EXTRA_CA_CERTS:-}"; do
        if [ -r "$cafile" ]; then cat "$cafile" >>"$dir/etc/ssl/noisebook-ca.pem"; fi
    done
    cp -L "$(node -p process.execPath)" "$dir/usr/local/bin/node"
    mkdir -p "$dir/usr/local/lib/node_modules"
    cp -R "$(npm root --global)/npm" "$dir/usr/local/lib/node_modules/"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$dir/usr/local/bin/npm"
    ln -s ../lib/node_modules/npm/bin/npx-cli.js "$dir/usr/local/bin/npx"
    mount -t proc proc "$dir/proc"
    mount -t sysfs sysfs "$dir/sys"
    mount --rbind /dev "$dir/dev"
    inside "$dir" 'cd / && npm --version' >/dev/null || die "this machine's Node and npm do not run on Debian's base" 3
}

# inside DIR COMMAND: a shell command in the clone, with nothing of this machine's environment.
inside() {
    local -a settings
    mapfile -t settings < <(npm_network)
    [ ! -s "$1/etc/ssl/noisebook-ca.pem" ] || settings+=(NODE_EXTRA_CA_CERTS=/etc/ssl/noisebook-ca.pem)
    chroot "$1" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        TERM=dumb ${CI:+CI="$CI"} ${E2E_PORT:+E2E_PORT="$E2E_PORT"} "${settings[@]}" \
        bash -c "cd /root/noisebook 2>/dev/null; $2"
}

# npm start, until pages have come; Node is all there is to fetch them with.
# shellcheck disable=SC2016 # expanded inside
start='
npm start >/tmp/start.log 2>&1 &
while ! url=$(grep -o "http://localhost:[0-9]*/" /tmp/start.log); do
    kill -0 $! 2>/dev/null || { cat /tmp/start.log; echo "npm start ended without a page"; exit 1; }
    sleep 1
done
cat /tmp/start.log
node --input-type=module -e "
  const all = { \"\": /<h1/, \"exercises/05-training/\": /<pre|<code/, \"service-worker.js\": /assets/ };
  for (const [page, has] of Object.entries(all)) {
    const answer = await fetch(\"$url\" + page);
    const text = await answer.text();
    if (!answer.ok || !has.test(text)) throw Error(\"the page at /\" + page + \" is not right: \" + answer.status);
    console.log(\"bare: served /\" + page + \", \" + text.length + \" characters\");
  }" || exit 1
kill $!'

# work DIR WHAT: the whole of it, as the first process.
work() {
    local dir=$1 what=$2 commit
    mount --make-rprivate /
    mount -t proc proc /proc
    say "making a Debian 12 of nothing but its base ($(date +%T))"
    make_machine "$dir"
    commit=$(git -C "$ROOT" rev-parse HEAD)
    git clone -q --no-hardlinks "$ROOT" "$dir/root/noisebook"
    git -C "$dir/root/noisebook" checkout -q --detach "$commit"
    [ -z "$(git -C "$ROOT" status --porcelain)" ] || say 'changes that are not committed are not tested'
    say "a clean clone of ${commit:0:12} on Node $(node --version), no compiler, no browser"
    case $what in
    all | quick)
        say "npm start ($(date +%T))"
        inside "$dir" "$start" || die 'npm start failed (above)'
        ;;&
    all)
        say "npm test ($(date +%T))"
        inside "$dir" 'npm --silent test'
        ;;
    quick)
        say "npm test -- --only style, and a page in Chromium ($(date +%T))"
        inside "$dir" 'npm --silent test -- --only style && node web/build/setup.mjs tools &&
            node_modules/.bin/playwright test --project=chromium every-lesson -g "02-.*: opens"'
        ;;
    *) inside "$dir" "$what" ;;
    esac
}

# ---- Outside --------------------------------------------------------------------------------------------------

remove() {
    trap - EXIT
    [ -z "${child:-}" ] || { kill -KILL "$child" && wait "$child"; } 2>/dev/null || true
    # Nothing can be mounted here; if it is all the same, the folder is left rather than looked into.
    if awk '{ print $2 }' /proc/mounts | grep -qF "$folder/"; then
        say "something is still mounted below $folder: it is left there"
    else
        # What has just been killed may be writing its last file.
        rm -rf --one-file-system "$folder" 2>/dev/null || { sleep 2 && rm -rf --one-file-system "$folder"; }
    fi
}

main() {
    local what=all why
    case "${1:-}" in
    '') ;;
    --quick) what=quick ;;
    --check)
        why=$(obstacle)
        [ -z "$why" ] || say "not here: $why"
        [ -z "$why" ]
        exit
        ;;
    -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
    -*) die "unknown option '$1': --quick, --check and --help are known" ;;
    *) what=$1 ;;
    esac
    [ $# -le 1 ] || die 'one word at most: quote a command'
    why=$(obstacle)
    [ -z "$why" ] || die "not here: $why" 3
    folder=$(mktemp -d "${TMPDIR:-/tmp}/noisebook-bare.XXXXXX")
    trap remove EXIT
    trap 'exit 130' INT TERM HUP
    setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=KILL \
        bash "${BASH_SOURCE[0]}" --inside "$folder/debian" "$what" </dev/null &
    child=$!
    wait "$child"
}

if [ "${1:-}" = --inside ]; then
    work "$2" "$3"
else
    main "$@"
fi
