#!/bin/sh
# The tree keeps house style: make check as a unit test. Prints TAP.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp)
trap 'rm -f "$out"' EXIT

verdict=ok
"$here/run" >"$out" || verdict="not ok"
sed 's/^/# /' "$out"
echo "$verdict 1 tree_keeps_house_style"
echo "1..1"
