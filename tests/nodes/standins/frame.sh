# What every stand-in does first: write down how it was called, and fail where the test says so.
# $NODE is the node's folder: `calls`, `fail/<program>` (what it says then), and what the node is.
program=$(basename "$0")
echo "$program $*" >>"$NODE/calls"
if [ -e "$NODE/fail/$program" ]; then
  cat "$NODE/fail/$program" >&2
  exit 1
fi
