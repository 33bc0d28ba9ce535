#!/bin/sh
# Each gate passes a good program and names itself on a bad one. Prints TAP.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
: "${SYSROOT:?run by make unit}"
count=0

echo 'int main(void) { return 0; }' >"$dir/good.c"
# An address in the text needs a relocation there.
printf '%s\n' '.text' '.globl pointer' 'pointer: .quad main' \
	'.section .note.GNU-stack,"",@progbits' >"$dir/textrel.s"

result() { # ok-or-not name
	count=$((count + 1))
	echo "$1 $count $2"
}

good_cc() {
	"$cc" -static-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
		"$@"
}

# Builds with the given command and expects the gate to fail; no gate: to pass.
expect() { # name gate budget command...
	name=$1
	gate=$2
	budget=$3
	shift 3
	if ! "$@" -o "$dir/program" "$dir/good.c" >"$dir/log" 2>&1; then
		sed 's/^/# /' "$dir/log"
		result "not ok" "$name (does not build)"
		return
	fi
	status=0
	"$here/gates.sh" "$dir/program" "$budget" 2>"$dir/log" || status=$?
	sed 's/^/# /' "$dir/log"
	verdict="not ok"
	if [ -z "$gate" ]; then
		[ "$status" != 0 ] || verdict=ok
	elif [ "$status" != 0 ] && grep -q "^gate $gate" "$dir/log"; then
		verdict=ok
	fi
	result "$verdict" "$name"
}

cc=$SYSROOT/cc
expect a_good_program_passes "" 1048576 good_cc
expect a_program_over_budget_is_refused size 100 good_cc
expect a_static_program_at_a_fixed_address_is_refused static-pie 1048576 \
	gcc -static -no-pie
expect a_dynamic_program_is_refused no-interpreter 1048576 gcc -pie
expect a_program_with_a_shared_library_is_refused no-shared-library 1048576 \
	gcc -pie
expect an_executable_stack_is_refused stack-not-executable 1048576 \
	"$cc" -static-pie -Wl,-z,relro,-z,now,-z,execstack
expect a_program_without_relro_is_refused relro 1048576 \
	"$cc" -static-pie -Wl,-z,norelro,-z,now,-z,noexecstack
expect a_program_without_bind_now_is_refused bind-now 1048576 \
	"$cc" -static-pie -Wl,-z,relro,-z,lazy,-z,noexecstack
expect a_text_relocation_is_refused no-text-relocation 1048576 \
	"$cc" -Wl,-z,notext,-z,relro,-z,now,-z,noexecstack "$dir/textrel.s"
expect a_writable_text_segment_is_refused write-xor-execute 1048576 \
	"$cc" -Wl,-N,-z,relro,-z,now,-z,noexecstack
echo "1..$count"
