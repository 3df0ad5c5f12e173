#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ./dev test: the suites, after the packages that they need.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source tools/trees.sh

passed=0 failed=0 skipped=0
count() {
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}
total() {
    printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# A tree that does not build is one failure; the other suites still run.
built() {
    local dir=$1
    shift
    say "build ($dir)"
    if "tree_${dir/build-/}" && ninja -C "$dir" -j "$jobs" "$@"; then return 0; fi
    count 0 1 0
    return 1
}
# junit FILE: count the results in a JUnit file; one failure when there is none
junit() {
    local numbers
    if ! numbers=$($python - "$1" <<'PY'
import re
import sys
from xml.etree import ElementTree
got = [0, 0, 0]
with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
    text = re.sub("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]", "?", file.read())    # what tests print
for case in ElementTree.fromstring(text.encode()).iter("testcase"):
    kinds = {child.tag for child in case}
    got[1 if kinds & {"failure", "error"} else 2 if "skipped" in kinds else 0] += 1
print(*got)
PY
    ); then
        echo "no results in $1" >&2
        numbers="0 1 0"
    fi
    # shellcheck disable=SC2086 # three numbers
    count $numbers
}

# run_pytest RESULTS [arguments]
run_pytest() {
    local results=$1 status=0 before=$failed
    shift
    rm -f "$results"
    $python -m pytest -q -p no:cacheprovider --junitxml="$results" -o junit_family=xunit1 "$@" ||
        status=$?
    [ $status = 5 ] && return    # no test was selected
    junit "$results"
    # A run that ended badly without a failed test (broken off, internal error) is a failure too.
    if [ $status != 0 ] && [ "$failed" = "$before" ]; then count 0 1 0; fi
}

run_unit() {
    local dir=$1 status=0 before=$failed log=$1/meson-logs/testlog.junit.xml
    shift
    say "unit tests ($dir)"
    rm -f "$log"
    meson test -C "$dir" --no-rebuild --print-errorlogs --num-processes "$jobs" "$@" || status=$?
    if [ -e "$log" ]; then
        junit "$log"
    else
        echo "no unit test ran"
    fi
    if [ $status != 0 ] && [ "$failed" = "$before" ]; then count 0 1 0; fi
}

run_e2e() {
    local dir=$1
    shift
    say "end-to-end tests ($dir)"
    local where=(tests/e2e tests/examples) word
    for word in "$@"; do    # named files take the place of all
        if [ -e "${word%%::*}" ]; then where=(); fi
    done
    # Half of the time a test waits, so there are two for each core.
    YETT=${YETT:-$root/$dir/yett} run_pytest "$dir/e2e.xml" -n $((2 * jobs)) ${where[@]+"${where[@]}"} "$@"
}

export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1

# With servers, the sanitizers write into a folder: a server's stderr may be nobody's to read. Each
# report is a failure, even where the test that caused it saw nothing. Browsers are not driven a second
# time: what yett writes for them has unit tests here, and its gate sees nothing new. Nor is the test of a
# test, which builds a program of its own.
run_e2e_asan() {
    local reports=$root/build-asan/reports report
    rm -rf "$reports"
    mkdir -p "$reports"
    chmod 1777 "$reports"    # workers drop their privileges
    ASAN_OPTIONS=$ASAN_OPTIONS:log_path=$reports/report \
    UBSAN_OPTIONS=$UBSAN_OPTIONS:log_path=$reports/report \
    CA_KILLS=${CA_KILLS:-50} run_e2e build-asan --ignore-glob='*/client/test_chrome*' \
        --ignore-glob='*/client/test_firefox*' --ignore-glob='*/http2/test_*browsers*' --ignore-glob='*/identity/test_browsers*' \
        --deselect e2e/walk/test_walk.py::test_a_walk_that_skips_a_step_is_found_out "$@"
    for report in "$reports"/*; do
        [ -s "$report" ] || continue
        printf '\nsanitizer report %s:\n' "$report"
        head -n 40 "$report"
        count 0 1 0
    done
}

fuzz_one() {
    local name=$1 seconds=$2 log=build-fuzz/fuzz/$1.log
    local corpus=build-fuzz/fuzz/$name dict=tests/fuzz/$name.dict
    mkdir -p "$corpus" build-fuzz/crashes
    local arguments=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
        -artifact_prefix="build-fuzz/crashes/$name-" "$corpus")
    [ ! -d "tests/fuzz/corpus/$name" ] || arguments+=("tests/fuzz/corpus/$name")
    [ ! -e "$dict" ] || arguments+=(-dict="$dict")
    if "build-fuzz/tests/fuzz/fuzz_$name" "${arguments[@]}" >"$log" 2>&1; then
        printf 'ok    %-20s %s runs\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    else
        tail -n 40 "$log"
        printf 'FAIL  %s (%s, input in build-fuzz/crashes/)\n' "$name" "$log"
    fi
}

run_fuzz() {
    local seconds=${FUZZ_SECONDS:-5} names=("$@") name results
    if [ ${#names[@]} = 0 ]; then
        for name in tests/fuzz/fuzz_*.c; do
            [ -e "$name" ] || { say "fuzz targets: none"; return; }
            name=${name##*/fuzz_}
            names+=("${name%.c}")
        done
    fi
    built build-fuzz "${names[@]/#/tests/fuzz/fuzz_}" || return 0
    say "fuzz targets (${seconds} s each)"
    mkdir -p build-fuzz/fuzz
    results=build-fuzz/fuzz/results
    export -f fuzz_one
    # shellcheck disable=SC2016 # the inner shell expands them
    printf '%s\n' "${names[@]}" |
        xargs -P "$jobs" -I NAME bash -c 'fuzz_one "$1" "$2"' - NAME "$seconds" | tee "$results"
    count "$(grep -c '^ok ' "$results")" "$(grep -c '^FAIL ' "$results")" 0
}

suites=()
while [ $# -gt 0 ]; do
    case $1 in
    unit | e2e | fuzz | asan) suites+=("$1"); shift ;;
    *) break ;;
    esac
done
[ ${#suites[@]} -gt 0 ] || suites=(unit fuzz e2e asan)
[ $# = 0 ] || [ ${#suites[@]} = 1 ] || die "name one suite for these arguments: $*"
tools/setup.sh "${suites[@]}"
for suite in "${suites[@]}"; do
    case $suite in
    unit)
        built build || continue
        run_unit build "$@"
        if [ $# = 0 ]; then
            say "tests of the tools and of the benchmark"
            run_pytest build/tools.xml tools bench
        fi ;;
    fuzz) run_fuzz "$@" ;;
    e2e) if built build; then run_e2e build "$@"; fi ;;
    asan)
        built build-asan || continue
        if [ $# = 0 ]; then run_unit build-asan; fi
        run_e2e_asan "$@" ;;
    esac
done
total
