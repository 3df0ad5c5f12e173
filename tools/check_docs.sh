#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/directives.md, and the table of rules in docs/check.md, are what the program says of its own tables. --write
# brings them up to date. Each rule has a section in docs/check.md, and each section there is of a rule. Manual pages
# have names of one word: whatis and apropos do not find others.
set -euo pipefail
cd "$(dirname "$0")/.."
yett=${YETT:-build/yett}
check=${CHECK_DOC:-docs/check.md}
[ -x "$yett" ] || ninja -C build >/dev/null

# The document with the table of today.
check_with_rules() {
    "$yett" check --rules | sed -e "/^<!-- rules:/r /dev/stdin" -e "/^<!-- rules:/,/^<!-- .rules/{/^|/d}" "$check"
}

if [ "${1:-}" = --write ]; then
    "$yett" directives >docs/directives.md
    check_with_rules >"$check.new"
    mv "$check.new" "$check"
elif ! "$yett" directives | diff -u docs/directives.md - | head -n 40 ||
     ! check_with_rules | diff -u "$check" - | head -n 40; then
    echo "docs/directives.md or docs/check.md is out of date: tools/check_docs.sh --write mends it"
    exit 1
fi
rules=$("$yett" check --rules | sed -n 's/^| \[\([a-z0-9-]*\)\].*/\1/p')
sections=$(sed -n '/^## Findings$/,/^## Accepting/s/^### //p' "$check")
if ! diff -u --label sections --label rules <(echo "$sections") <(echo "$rules"); then
    echo "the sections under \"Findings\" in docs/check.md are not the rules, sorted by name"
    exit 1
fi
if grep -n -A 1 '^\.Sh NAME' man/*.[1-8] | grep '\.Nm .* '; then
    echo "that name has a space in it"
    exit 1
fi
