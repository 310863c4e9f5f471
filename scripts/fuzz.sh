#!/bin/sh
# fuzz.sh runs every fuzz target of the module, each for the time given.
set -eu
time=$1
failed=

# One "folder name" a line; go test fuzzes one target at a time.
targets=$(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . |
	sed -E 's,^(.*)/[^/]*:func (Fuzz.*)$,\1 \2,' | sort)
while read -r folder name; do
	[ -n "$name" ] || continue
	echo "$folder $name"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$folder" </dev/null || failed="$failed $folder:$name"
done <<TARGETS
$targets
TARGETS

[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
