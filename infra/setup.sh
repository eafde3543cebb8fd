# Sourced by `infra/up` and `infra/test`: after `set_up`, $VENV/bin holds everything the lock names and Sezon itself.
#
# An unchanged checkout is recognised by its stamp and costs nothing. An install that was cut short leaves its marker
# behind, and the next run starts that virtual environment afresh. Runs at the same time wait for each other.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
STAMP=$VENV/.sezon-stamp
MARKER=$VENV/.sezon-unfinished
LOG=$VENV/install.log

refuse() {
    printf 'sezon: %s\n' "$1" >&2
    exit 2
}

set_up() {
    [ "$(uname -s)" = Linux ] || refuse "Sezon runs on Linux; this is $(uname -s)."
    [ -r "$ROOT/infra/requirements.lock" ] || refuse "infra/requirements.lock is missing; this checkout is incomplete."
    exec 9<"$ROOT/infra/requirements.lock"
    if command -v flock >/dev/null && ! flock --nonblock 9; then
        printf 'Waiting for another set-up of this checkout ...\n' >&2
        flock 9
    fi
    if [ -e "$MARKER" ] || [ "$(cat "$STAMP" 2>/dev/null)" != "$(wanted_stamp)" ]; then install; fi
    exec 9<&-
}

wanted_stamp() {
    {
        cat "$ROOT/infra/requirements.lock" "$ROOT/pyproject.toml"
        "$VENV/bin/python" -I -c 'import sys; print(sys.version, sys.prefix)' 2>/dev/null
    } | sha256sum
}

install() {
    local python
    python=$(find_python) || refuse "$python"
    { mkdir -p "$VENV" && : >"$LOG"; } 2>/dev/null ||
        refuse "Cannot write to $ROOT; give this user the right to, or copy the checkout to a folder of theirs."
    rm -f "$STAMP"
    if [ -e "$MARKER" ] || ! usable "$python"; then
        : >"$MARKER"
        find "$VENV" -mindepth 1 -maxdepth 1 ! -path "$MARKER" ! -path "$LOG" -exec rm -rf {} +
        "$python" -I -m venv "$VENV" >>"$LOG" 2>&1 || failed "The virtual environment could not be created"
    fi
    : >"$MARKER"
    printf 'Installing the packages of infra/requirements.lock into .venv ...\n' >&2
    pip_install --require-hashes --only-binary :all: -r "$ROOT/infra/requirements.lock" ||
        failed "The packages could not be installed"
    pip_install --no-deps --no-build-isolation -e "$ROOT" || failed "Sezon itself could not be installed"
    wanted_stamp >"$STAMP"
    rm -f "$MARKER"
}

pip_install() {
    "$VENV/bin/python" -I -m pip --disable-pip-version-check --no-input install --quiet "$@" >>"$LOG" 2>&1
}

# Of the Python in .venv: does it work, and is it the version that would be chosen now?
usable() {
    local version='import sys, pip; print(sys.version_info[:2])'
    [ "$("$VENV/bin/python" -I -c "$version" 2>/dev/null)" = "$("$1" -I -c 'import sys; print(sys.version_info[:2])')" ]
}

failed() {
    local why
    why=$(grep -i error "$LOG" | tail -n 1)
    refuse "$1: ${why:-it did not say why} (all of it is in $LOG)."
}

# Prints the first Python that will do; otherwise a sentence, and fails.
find_python() {
    local name path problem="" first_problem=""
    for name in ${SEZON_PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        path=$(command -v "$name") || continue
        if problem=$("$path" "$ROOT/infra/check_python.py" 2>/dev/null); then
            printf '%s' "$path"
            return 0
        fi
        first_problem=${first_problem:-${problem:-"$path" does not run as a Python.}}
    done
    if [ -n "${SEZON_PYTHON:-}" ]; then
        printf '%s' "${first_problem:-SEZON_PYTHON names $SEZON_PYTHON, which cannot be found.}"
    else
        printf '%s' "${first_problem:-Sezon needs Python 3.11 to 3.14 and found no python3; install it or set SEZON_PYTHON.}"
    fi
    return 1
}
