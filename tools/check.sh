#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The checks that need no running program, a step each; `./dev check` calls this.
#
#   tools/check.sh [STEP…]     all steps, or those named: shell python format layers style
#                              names tests headers cppcheck docs tidy
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
jobs=${JOBS:-$(nproc)}
skip=77    # a step that returns it cannot judge here, and has said why
python=/usr/bin/python3

c_files() { git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while read -r f; do
    [ -e "$f" ] && echo "$f"; done; }
sources() { c_files 'src/*.c' 'src/*.h' 'tests/*.c' 'tests/*.h' 'bench/*.c' 'bench/*.h'; }

step_shell() {
    local file status=0
    while read -r file; do
        head -n 1 "$file" | grep -q '^#!.*sh' || continue
        bash -n "$file" || status=1
    done < <(c_files dev .ci/run '*.sh')
    return $status
}

step_python() {
    c_files '*.py' | $python -c '
import ast, sys
bad = 0
for path in sys.stdin.read().split():
    try:
        ast.parse(open(path, encoding="utf-8").read(), path)
    except SyntaxError as err:
        bad = 1
        print(err)
sys.exit(bad)'
}

format_one() { clang-format "$1" | cmp -s - "$1" || echo "$1"; }
export -f format_one
step_format() {
    local bad wanted version
    wanted=$(sed -n 's/^# clang-format \([0-9]*\).*/\1/p' .clang-format)
    version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
    if [ "$version" != "$wanted" ]; then
        echo "clang-format is $version; the layout is that of $wanted, and they break some macros differently"
        return $skip
    fi
    bad=$(sources | xargs -r -P "$jobs" -I FILE bash -c 'format_one FILE' | sort)
    [ -n "$bad" ] || return 0
    echo "$bad"
    echo "./dev format mends them"
    return 1
}

step_layers() { $python tools/check_layers.py; }
step_style() { $python tools/check_style.py; }
step_names() { $python tools/check_names.py; }
step_tests() { $python tools/check_tests.py; }

# Each header compiles alone: it includes what it uses.
header_one() {
    printf '#include "%s"\n' "${1#src/}" |
        cc -std=gnu17 -D_GNU_SOURCE '-DYETT_VERSION=""' -Isrc -Wall -Wextra -Werror \
            -Wno-unused-parameter -Wno-unused-function -fsyntax-only -x c - ||
        { echo "$1 does not compile by itself"; return 1; }
}
export -f header_one
step_headers() { c_files 'src/*.h' | xargs -r -P "$jobs" -I FILE bash -c 'header_one FILE'; }

step_cppcheck() {
    mkdir -p build/cppcheck
    c_files 'src/*.c' >build/cppcheck.files
    [ -s build/cppcheck.files ] || return 0
    # Not every finding reaches the exit status: any line is one. ctuuninitvar takes what a function is
    # given to fill in for what it reads.
    local found
    found=$(cppcheck -q -j "$jobs" --std=c11 --language=c --enable=warning,performance,portability \
        --inline-suppr --error-exitcode=1 --cppcheck-build-dir=build/cppcheck -Isrc -D_GNU_SOURCE \
        '-DYETT_VERSION=""' --suppress=missingIncludeSystem --suppress=unknownMacro \
        --suppress=normalCheckLevelMaxBranches --suppress=checkLevelNormal --suppress=ctuuninitvar \
        --file-list=build/cppcheck.files 2>&1) && [ -z "$found" ] && return 0
    echo "$found"
    return 1
}

# Generated documents say what the program says.
step_docs() {
    [ ! -e tools/check_docs.sh ] || bash tools/check_docs.sh
}

# clang-tidy takes seconds a file. A file is looked at again when it, a file of ours that it includes,
# or the rules are newer than its last clean verdict.
tidy_one() {
    local file=$1 stamp=build/tidy/$1.ok errors=(--extra-arg=-include "--extra-arg=$PWD/tools/tidy.h")
    if [ "$file" = src/base/error.c ]; then errors=(); fi
    # shellcheck disable=SC2046 # one word a file
    if [ -e "$stamp" ] && [ -z "$(find -L $(cat "$stamp") -newer "$stamp" 2>&1)" ]; then return 0; fi
    mkdir -p "$(dirname "$stamp")"
    clang-tidy --quiet -p build --extra-arg=-Wno-unknown-warning-option \
        --extra-arg=-Wno-ignored-optimization-argument "${errors[@]}" "$file" 2>"$stamp.err" || {
        grep -v 'warnings generated\|^Suppressed\|^Use -header-filter' "$stamp.err"
        rm -f "$stamp"
        return 1
    }
    cc -std=gnu17 -D_GNU_SOURCE '-DYETT_VERSION=""' -Isrc -MM "$file" 2>/dev/null |
        tr -d '\\\n' | sed 's/^[^:]*://' >"$stamp"
    echo " .clang-tidy tools/tidy.h" >>"$stamp"
    rm -f "$stamp.err"
}
export -f tidy_one
step_tidy() { c_files 'src/*.c' | xargs -r -P "$jobs" -I FILE bash -c 'tidy_one FILE'; }

git ls-files --error-unmatch tools/check.sh >/dev/null || {
    echo "check: git does not list this folder's files; the checks would see nothing" >&2
    exit 1
}
[ -e build/build.ninja ] || meson setup build >/dev/null || exit 1
mkdir -p build
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(shell python format layers style names tests headers cppcheck docs tidy)
passed=0 failed=0 skipped=0
for step in "${steps[@]}"; do
    declare -F "step_$step" >/dev/null || { echo "check: no such step: $step" >&2; exit 2; }
    start=$SECONDS status=0
    output=$("step_$step" 2>&1) || status=$?
    case $status in
    0) verdict=ok passed=$((passed + 1)) ;;
    "$skip") verdict=skip skipped=$((skipped + 1)) ;;
    *) verdict=FAIL failed=$((failed + 1)) ;;
    esac
    printf '%-5s %-10s %3d s\n' "$verdict" "$step" $((SECONDS - start))
    [ -z "$output" ] || sed 's/^/      /' <<<"$output"
done
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
