# Sourced by the scripts: makes .venv what the lock files say, and sets $python to its interpreter.
# Before sourcing, set profile to runtime, dev or bench, each of which contains the one before it.
# shellcheck shell=sh

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
python=$root/.venv/bin/python

# A candidate must be able to make the environment, not only be new enough.
_can_bootstrap() {
    "$1" -I -c 'import sys; assert sys.version_info >= (3, 11); import ensurepip, venv' >/dev/null 2>&1
}

if [ -x "$python" ] && "$python" -I -S "$root/scripts/setup/bootstrap.py" --fresh "$profile"; then
    :
else
    _maker=
    for _candidate in "$python" python3.11 python3.12 python3.13 python3 python python3.14; do
        if _can_bootstrap "$_candidate"; then
            _maker=$_candidate
            break
        fi
    done
    if [ -z "$_maker" ]; then
        echo "error: no Python 3.11 or newer with pip and venv on PATH." >&2
        echo "  Install one (Debian, Ubuntu: apt-get install python3 python3-venv) and try again." >&2
        exit 2
    fi
    "$_maker" -I "$root/scripts/setup/bootstrap.py" "$profile" || exit $?
fi
