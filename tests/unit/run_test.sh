#!/bin/sh
# The runner counts what happened, and nothing that goes wrong counts as a
# pass. Prints TAP.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
count=0

# expect NAME LAST-LINE STATUS PATTERN SCRIPT-TEXT [VARIABLE=VALUE...]
expect() {
	name=$1
	last=$2
	want_status=$3
	pattern=$4
	printf '#!/bin/sh\n%s\n' "$5" >"$dir/test"
	chmod +x "$dir/test"
	shift 5
	status=0
	env MUST_RUN=0 "$@" "$here/run" "$dir/test" >"$dir/log" || status=$?
	count=$((count + 1))
	if [ "$(tail -n 1 "$dir/log")" = "$last" ] &&
		[ "$status" = "$want_status" ] &&
		grep -q -- "$pattern" "$dir/log"; then
		echo "ok $count $name"
	else
		sed 's/^/# /' "$dir/log"
		echo "not ok $count $name"
	fi
}

expect passes_are_counted "2 passed, 0 failed" 0 "" \
	'echo "ok 1 a"; echo "ok 2 b"; echo 1..2'
expect a_failure_is_counted_and_named "1 passed, 1 failed" 1 "^FAIL .*: b$" \
	'echo "ok 1 a"; echo "not ok 2 b"; echo 1..2; exit 1'
expect the_output_of_a_failure_is_shown "0 passed, 1 failed" 1 "    because" \
	'echo because; echo "not ok 1 a"; echo 1..1; exit 1'
expect a_skip_is_no_pass "0 passed, 0 failed" 0 "^skip .*no kvm" \
	'echo "ok 1 a # SKIP no kvm"; echo 1..1'
expect a_skip_is_a_failure_where_all_must_run "0 passed, 1 failed" 1 "no kvm" \
	'echo "ok 1 a # SKIP no kvm"; echo 1..1' MUST_RUN=1
expect a_missing_result_is_a_failure "1 passed, 1 failed" 1 "1 of 2 results" \
	'echo 1..2; echo "ok 1 a"'
expect a_crash_after_all_results_is_a_failure "1 passed, 1 failed" 1 \
	"status 139" 'echo 1..1; echo "ok 1 a"; kill -SEGV $$'
expect silence_is_a_failure "0 passed, 1 failed" 1 "no plan" true
expect an_empty_plan_is_a_failure "0 passed, 1 failed" 1 "no case" 'echo 1..0'
expect a_hang_is_a_failure "0 passed, 1 failed" 1 "hung" \
	'echo 1..1; exec sleep 60' TEST_TIMEOUT=1
echo "1..$count"
