# One TAP log: prints what failed or was skipped, appends "passed failed" to
# the file `counts`. Lines before a result belong to it.

function report(word, name) {
	printf "%s %s: %s\n%s", word, test, name, output
}

/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; has_plan = 1; next }
/^TAP version/ || /^# (Starting|PASSED|FAILED|Totals)/ { next }

/^(not )?ok / {
	seen++
	name = $0
	sub(/^(not )?ok [0-9]* *(- )?/, "", name)
	is_skip = name ~ /# *SKIP/
	if (/^not ok/ && !is_skip && name !~ /# *(TODO|XFAIL)/) {
		failed++
		report("FAIL", name)
	} else if (is_skip && must_run == 1) {
		failed++
		report("FAIL (skipped under MUST_RUN=1)", name)
	} else if (is_skip) {
		print "skip " test ": " name
	} else {
		passed++
	}
	output = ""
	next
}

{ output = output "    " $0 "\n" }

END {
	if (status == 124 || status == 137)
		problem = "was stopped, it hung"
	else if (!has_plan)
		problem = "printed no plan"
	else if (seen != plan)
		problem = "printed " seen + 0 " of " plan " results"
	else if (status != 0 && !failed)
		problem = "ended with status " status
	else if (seen == 0)
		problem = "has no case"
	if (problem) {
		failed++
		report("FAIL", problem)
	}
	print passed + 0, failed + 0 >>counts
}
