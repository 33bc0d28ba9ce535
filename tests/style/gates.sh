#!/bin/sh
# What every program must be: gates.sh FILE BUDGET. Names each gate that fails.
set -eu

file=$1
budget=$2
failed=0

gate() { # name
	echo "gate $1 failed: $file" >&2
	failed=1
}

segments=$(LC_ALL=C readelf -lW "$file")
dynamic=$(LC_ALL=C readelf -dW "$file")
header=$(LC_ALL=C readelf -hW "$file")

has() { # text pattern
	printf '%s\n' "$1" | grep -Eq "$2"
}

has "$header" 'Type: +DYN ' || gate static-pie
has "$dynamic" 'FLAGS_1.* PIE' || gate static-pie-flag
! has "$segments" '^ +INTERP ' || gate no-interpreter
! has "$dynamic" '\(NEEDED\)' || gate no-shared-library
! has "$dynamic" '\(TEXTREL\)|FLAGS.*TEXTREL' || gate no-text-relocation
has "$dynamic" 'FLAGS.* NOW|BIND_NOW' || gate bind-now
has "$segments" '^ +GNU_RELRO ' || gate relro
has "$segments" '^ +GNU_STACK +(0x[0-9a-f]+ +){5}RW +' || gate stack-not-executable
! has "$segments" '^ +LOAD +(0x[0-9a-f]+ +){5}RWE' || gate write-xor-execute

size=$(stat -c %s "$file")
[ "$size" -le "$budget" ] || gate "size ($size bytes, budget $budget)"
exit $failed
