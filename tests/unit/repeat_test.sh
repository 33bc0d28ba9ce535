#!/bin/sh
# The same sources give the same bytes, whatever the build directory is called
# and whenever it is. Prints TAP.
set -eu

cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

for place in a longer/name; do
	make BUILD="$dir/$place" "$dir/$place/init" >"$dir/log" 2>&1 ||
		sed 's/^/# /' "$dir/log"
done
if cmp "$dir/a/init" "$dir/longer/name/init" >"$dir/log" 2>&1; then
	echo "ok 1 two_builds_of_init_are_the_same_bytes"
else
	sed 's/^/# /' "$dir/log"
	echo "not ok 1 two_builds_of_init_are_the_same_bytes"
fi

echo "1..1"
