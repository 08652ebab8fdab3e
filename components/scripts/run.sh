#!/bin/sh
# Runs a script of this folder by name: `sh components/scripts/run.sh member enable`.
# Programs are looked up at run time, so that a moved binary or clone is no change to the stack.
set -eu
script=$1
shift
cd "$(dirname "$0")/.."
# `components` in a clone; where the package is installed it goes by the name that it has there.
package=$(pwd)
package=${package##*/}
cd ..
case $(pwd) in
  */site-packages) python=../../../bin/python ;;
  *) python=.venv/bin/python ;;
esac
[ -x "$python" ] || python=python3
exec "$python" -m "$package.scripts.$script" "$@"
