#!/bin/sh
# Each rule of the style check finds what it forbids. Prints TAP.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
git init -q "$dir"
cp "$here/../../.clang-format" "$dir/"
count=0

# expect NAME FINDING FILE TEXT: FINDING must be a line's start; empty: none.
expect() {
	printf '%b' "$4" >"$dir/$3"
	status=0
	"$here/run" "$dir" >"$dir.log" || status=$?
	rm "$dir/$3"
	count=$((count + 1))
	verdict="not ok"
	if [ -z "$2" ]; then
		[ "$status" != 0 ] || verdict=ok
	elif [ "$status" = 1 ] && grep -q "^$2" "$dir.log"; then
		verdict=ok
	fi
	[ "$verdict" = ok ] || sed 's/^/# /' "$dir.log"
	rm "$dir.log"
	echo "$verdict $count $1"
}

echo 'x_SRCS := a.c' >"$dir/module.mk"
function='int f(void);\nint f(void)\n{\n'
long=$(yes '\tf();\n' | head -n 71 | tr -d '\n')
wide=$(printf '%0101d' 0)

expect good_code_passes "" a.c "$function\treturn 0;\n}\n"
expect bad_format_is_found "a.c:3: format" a.c "$function    return 0;\n}\n"
expect a_wide_line_is_found "a.h:1: layout" a.h "/* $wide */\n"
expect a_space_at_the_end_is_found "a.h:1: layout" a.h "/* x */ \n"
expect a_long_function_is_found "a.c:3: body: 72" a.c \
	"$function${long}\treturn 0;\n}\n"
expect goto_beside_auto_is_found "a.c:5: body: goto" a.c \
	"$function\tAUTO_CLOSE int x = -1;\n\tgoto out;\nout:\n\treturn x;\n}\n"
expect a_leftover_is_found "a.h:1: word" a.h "/* TODO */\n"
expect a_struct_typedef_is_found "a.h:1: word" a.h "typedef struct x y;\n"
expect a_mirror_name_is_found "a.txt:1: mirror" a.txt "deb.debian.org\n"
expect an_unlisted_source_is_found "b.c:1: listed" b.c "$function}\n"
# shellcheck disable=SC2016 # the script under test expands it
expect a_careless_script_is_found "a:2:4: script" a '#!/bin/sh\nrm $1\n'
expect a_broken_python_file_is_found "a.py:1: python" a.py 'def f(:\n'
expect a_broken_python_program_is_found "a:2: python" a \
	'#!/usr/bin/env python3\ndef f(:\n'
rm -r "$dir/.git"
expect a_tarball_is_looked_at_too "a.h:1: word" a.h "/* TODO */\n"
echo "1..$count"
