#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ./dev format: lays out all C files with clang-format.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Another version than that of .clang-format would move lines that nobody has touched.
wanted=$(sed -n 's/^# clang-format \([0-9]*\).*/\1/p' .clang-format)
version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
if [ "$version" != "$wanted" ]; then
    echo "clang-format is $version, not $wanted: only the lines changed since the last commit are laid out"
    git diff -U0 HEAD -- '*.[ch]' | clang-format-diff -p1 -i
    git ls-files --others --exclude-standard -- '*.[ch]' | xargs -r clang-format -i
    exit
fi
git ls-files --cached --others --exclude-standard -- '*.[ch]' | sort -u |
    while read -r file; do if [ -e "$file" ]; then echo "$file"; fi; done | xargs -r clang-format -i
