#!/bin/sh
# Runs a script of this folder by name: `sh components/scripts/run.sh member enable`.
# Programs are looked up at run time, so that a moved binary or clone is no change to the stack.
set -eu
cd "$(dirname "$0")/../.."
script=$1
shift
python=.venv/bin/python
[ -x "$python" ] || python=python3
exec "$python" -m "components.scripts.$script" "$@"
