#!/bin/sh
# The sum of both parts, with a make of our own in place of the real one.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/make" <<'END'
#!/bin/sh
for goal; do :; done
eval "$(grep "^$goal=" "$(dirname "$0")/script" | sed 's/^[a-z]*=//')"
END
chmod +x "$dir/make"
count=0

# expect NAME LAST-LINE STATUS UNIT-COMMANDS GUEST-COMMANDS
expect() {
	printf 'unit=%s\nguest=%s\n' "$4" "$5" >"$dir/script"
	status=0
	(cd "$here/../.." && "$here/run-all" "$dir/make" build) >"$dir/log" ||
		status=$?
	count=$((count + 1))
	if [ "$(tail -n 1 "$dir/log")" = "$2" ] && [ "$status" = "$3" ]; then
		echo "ok $count $1"
	else
		sed 's/^/# /' "$dir/log"
		echo "not ok $count $1"
	fi
}

two="echo 2 passed, 0 failed"
expect both_parts_are_added "4 passed, 0 failed" 0 "$two" "$two"
expect a_failed_unit_test_is_in_the_sum "3 passed, 1 failed" 1 \
	"echo 1 passed, 1 failed; exit 2" "$two"
expect a_failed_guest_test_is_in_the_sum "3 passed, 1 failed" 1 \
	"$two" "echo 1 passed, 1 failed; exit 2"
expect a_part_that_does_not_build_is_one_failure "2 passed, 1 failed" 1 \
	"$two" "echo no compiler; exit 2"
expect a_bad_status_without_a_failed_test_is_one "4 passed, 1 failed" 1 \
	"$two" "$two; exit 2"
echo "1..$count"
