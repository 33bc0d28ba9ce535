#!/bin/sh
# make key and make sign: what they write is minisign's, and what they refuse.
# Prints TAP; runs from the repository root.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
count=0

claim() { # NAME STATUS: the command's output is in $dir/log
	count=$((count + 1))
	if [ "$2" = 0 ]; then
		echo "ok $count $1"
	else
		sed 's/^/# /' "$dir/log"
		echo "not ok $count $1"
	fi
}

# refuses NAME PATTERN COMMAND...
refuses() {
	name=$1 pattern=$2
	shift 2
	status=1
	if ! "$@" >"$dir/log" 2>&1 && grep -q -- "$pattern" "$dir/log"; then
		status=0
	fi
	claim "$name" "$status"
}

image/key "$dir/mine" >"$dir/log"
[ "$(stat -c %a "$dir/mine.key")" = 600 ] && status=0 || status=1
claim key_is_secret "$status"
refuses key_overwrites_nothing "mine.key exists" image/key "$dir/mine"
refuses key_wants_a_plain_name "give a name" image/key "a b"
refuses key_wants_a_name "give a name" image/key ""

printf '{"a": 1}\n' >"$dir/d.json"
image/sign.py "$dir/d.json" --key "$dir/mine.key" --audience i-1 --serial 9 \
	--expires 2030-01-01T00:00:00Z >"$dir/log"
head -n 4 "$dir/d.json.signed" >"$dir/d.json.minisig"
tail -n +5 "$dir/d.json.signed" >"$dir/behind"
minisign -V -m "$dir/behind" -x "$dir/d.json.minisig" \
	-P "$(awk '$1 == "key" { print $3 }' "$dir/mine.trust")" \
	>"$dir/log" 2>&1 && status=0 || status=1
claim minisign_verifies_what_sign_writes "$status"
cmp "$dir/d.json" "$dir/behind" >"$dir/log" 2>&1 && status=0 || status=1
claim signed_document_keeps_its_bytes "$status"
grep -q '^trusted comment: cloister/1 serial=9 expires=2030-01-01T00:00:00Z audience=i-1$' \
	"$dir/d.json.minisig" && status=0 || status=1
claim trusted_comment_says_what_was_asked_for "$status"
refuses sign_names_a_missing_document "cannot read $dir/none" \
	image/sign.py "$dir/none"
refuses sign_names_a_missing_key "minisign" \
	image/sign.py "$dir/d.json" --key "$dir/none.key"

# The version of an image tells whether everybody can sign for it.
is_development() { # BUILD
	python3 -c '
import runpy, sys
sys.path.insert(0, "image")
sys.exit(not runpy.run_path("image/root")["is_development"](sys.argv[1]))' "$1"
}
cp image/trust/development "$dir/trust"
is_development "$dir" >"$dir/log" 2>&1 && status=0 || status=1
claim well_known_key_makes_an_image_for_development "$status"
cp "$dir/mine.trust" "$dir/trust"
is_development "$dir" >"$dir/log" 2>&1 && status=1 || status=0
claim own_key_makes_none "$status"
echo "1..$count"
