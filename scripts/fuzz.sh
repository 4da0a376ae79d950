#!/bin/sh
# Runs every fuzz test of the module, one after the other, FUZZTIME each.
set -eu
for package in $("$GO" list ./...); do
	for name in $("$GO" test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "== $package $name"
		"$GO" test -run '^$' -fuzz "^$name\$" -fuzztime "$FUZZTIME" "$package"
	done
done
