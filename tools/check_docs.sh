#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/directives.md is what the program says of its own tables. --write brings it up to date. Manual pages have
# names of one word: whatis and apropos do not find others.
set -euo pipefail
cd "$(dirname "$0")/.."
yett=${YETT:-build/yett}
[ -x "$yett" ] || ninja -C build >/dev/null
if [ "${1:-}" = --write ]; then
    "$yett" directives >docs/directives.md
elif ! "$yett" directives | diff -u docs/directives.md - | head -n 40; then
    echo "docs/directives.md is out of date: tools/check_docs.sh --write mends it"
    exit 1
fi
if grep -n -A 1 '^\.Sh NAME' man/*.[1-8] | grep '\.Nm .* '; then
    echo "that name has a space in it"
    exit 1
fi
