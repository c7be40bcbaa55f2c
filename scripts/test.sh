#!/usr/bin/env bash
#
# Builds the package and runs all of its tests. `scripts/test.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/test.sh [--fast] [--long]

Installs what is missing (scripts/setup.sh), builds everything in release mode, and runs
  - the unit tests (Swift Testing),
  - the MPI tests (the executable mpi-tests) on 1, 2, 3 and 4 ranks,
  - the command-line tests (Tests/CommandLineTests, Python's unittest),
  - the test that rooms of the library use each other as docs/architecture.md says (Tests/ArchitectureTests),
  - the linters (scripts/lint.sh),
  - the tests of the C kernels under address and undefined-behaviour sanitizers (scripts/test-sanitizers.sh).

  --fast    MPI tests on 2 ranks only, and nothing under sanitizers.
  --long    Also what takes minutes: 50 random kills instead of 3, 10,000 damaged input files instead of 300, the
            installed binary, a build against MPICH, the tests in a real Slurm of one node
            (scripts/test-slurm.sh, which installs Debian's packages for it where it can), those over three hosts
            (scripts/test-hosts.sh), and all unit tests and damaged input files under sanitizers.

What a part printed is shown in full if something failed in it. The last line counts all tests:
"N passed, N failed", with ", N skipped" if any were. A test of the MPI tests counts once for each
number of ranks, a linter once. A part that crashes, hangs or runs no tests counts as a failure of its own.

Exit status: 0 if nothing failed; 1 otherwise; 2 for a wrong command line.
TEXT
}

ranks_to_test=(1 2 3 4)
long=0
fast=0
for argument in "$@"; do
    case "$argument" in
    -h | --help)
        usage
        exit 0
        ;;
    --fast)
        ranks_to_test=(2)
        fast=1
        ;;
    --long) long=1 ;;
    *)
        printf "test.sh: unknown argument '%s'; see scripts/test.sh --help\n" "$argument" >&2
        exit 2
        ;;
    esac
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=scripts/launcher.sh
source scripts/launcher.sh
export OPENBLAS_NUM_THREADS=1

# Seconds after which a part counts as hanging.
readonly build_limit=3600
readonly unit_limit=1800
readonly mpi_limit=900
readonly command_line_limit=$((long ? 14400 : 1800))
readonly slurm_limit=900
readonly hosts_limit=1800
readonly lint_limit=300
readonly sanitizer_limit=$((long ? 14400 : 1200))
# Seconds between two signs of life of a long part.
readonly heartbeat=60

passed=0
failed=0
skipped=0
log=
running=

# The one line that programs read. The exit trap prints it, so that it comes whatever happened.
finish() {
    local status=$?
    trap - EXIT
    if [[ -n $running ]]; then kill "$running" 2>/dev/null || true; fi
    [[ -z $log ]] || rm -f "$log"
    if ((status != 0 && failed == 0)); then failed=1; fi
    local line="$passed passed, $failed failed"
    ((skipped == 0)) || line+=", $skipped skipped"
    printf '%s\n' "$line"
    ((failed == 0)) || exit 1
}
trap finish EXIT
trap 'echo "interrupted"; exit 1' INT TERM HUP

log=$(mktemp)

# run_part NAME LIMIT COMMAND…: runs a command with its output in $log; sets $status, $seconds.
run_part() {
    local name=$1 limit=$2 started=$SECONDS next=$((SECONDS + heartbeat))
    shift 2
    printf '== %s\n' "$name"
    timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 </dev/null &
    running=$!
    while kill -0 "$running" 2>/dev/null; do
        sleep 0.2
        if ((SECONDS >= next)); then
            printf '   … %d s: %s\n' "$((SECONDS - started))" "$(last_line)"
            next=$((SECONDS + heartbeat))
        fi
    done
    status=0
    wait "$running" || status=$?
    running=
    seconds=$((SECONDS - started))
}

last_line() { tr '\r' '\n' <"$log" | awk 'NF { line = $0 } END { print substr(line, 1, 100) }'; }

# How a command ended, in words.
ending() {
    case $status in
    124 | 137) echo "ended by its time limit or killed (exit status $status)" ;;
    *)
        if ((status > 128)); then
            echo "crashed: signal $((status - 128))"
        else
            echo "exit status $status"
        fi
        ;;
    esac
}

# close_part NAME PASSED FAILED SKIPPED [MESSAGE]: adds the counts. A message says why the part
# failed beyond its failed tests, and is one failure more.
close_part() {
    local name=$1 part_passed=$2 part_failed=$3 part_skipped=$4 message=${5-}
    [[ -z $message ]] || part_failed=$((part_failed + 1))
    passed=$((passed + part_passed))
    failed=$((failed + part_failed))
    skipped=$((skipped + part_skipped))
    if ((part_failed > 0)); then
        printf -- '---- output of the %s\n' "$name"
        cat "$log"
        printf -- '---- end of the output of the %s\n' "$name"
        if [[ -n $message ]]; then printf '   FAILED: %s: %s\n' "$name" "$message"; fi
    fi
    printf '   %s: %d passed, %d failed, %d skipped (%d s)\n' \
        "$name" "$part_passed" "$part_failed" "$part_skipped" "$seconds"
    # Why, once for each reason.
    ((part_skipped == 0)) || grep -aoE "skipped:? ['\"].*['\"]\$" "$log" | sort | uniq -c | sed -E 's/^ *([0-9]+) /      \1 /' || true
}

# count PATTERN: lines of the log that match an extended regular expression. The log of a crash may
# hold any bytes, hence -a wherever it is searched.
count() { grep -acE -- "$1" "$log" || true; }

# Swift Testing ends with "Test run with N tests in M suites passed|failed after …", where N counts
# skipped tests as well; XCTest's "Executed 0 tests" says nothing, as there are none of its kind.
unit_tests() {
    local name=$1 limit=$2 run="" total ok bad left message=""
    shift 2
    run_part "$name" "$limit" "$@"
    # The run's own line looks like that of one more failed test.
    bad=$(count '^[^ ]+ Test .* failed after [0-9.]+ seconds')
    bad=$((bad - $(count '^[^ ]+ Test run with .* failed after')))
    left=$(count '^[^ ]+ Test .* skipped(:|\.)')
    if [[ $(grep -aoE 'Test run with [0-9]+ tests?.* (passed|failed) after' "$log" | tail -n 1) =~ with\ ([0-9]+)\ .*\ (passed|failed)\ after ]]; then
        total=${BASH_REMATCH[1]} run=${BASH_REMATCH[2]}
        ok=$((total - bad - left))
        ((ok >= 0)) || ok=0
        if ((ok + bad == 0)); then
            message="no tests ran"
        elif [[ $run == failed ]] && ((bad == 0)); then
            message="the run failed outside of its tests"
        elif [[ $run == passed ]] && ((status != 0)); then
            message="$(ending), although the tests passed"
        fi
    else
        ok=$(count '^[^ ]+ Test .* passed after [0-9.]+ seconds')
        # swift test itself survives the crash of what it runs, and says so.
        message="did not come to an end: $(grep -aoE 'unexpected signal code [0-9]+' "$log" | tail -n 1 || true)"
        [[ $message == *signal* ]] || message+=$(ending)
    fi
    close_part "$name" "$ok" "$bad" "$left" "$message"
}

# mpi-tests ends with "N passed, N failed[, N skipped] on R ranks".
mpi_tests() {
    local ranks=$1 program=$2 name ok bad left message=""
    name="MPI tests, $ranks rank$( ((ranks == 1)) || echo s)"
    run_part "$name" "$mpi_limit" mpirun --oversubscribe --bind-to none -n "$ranks" "$program"
    if [[ $(grep -aE "^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)? on $ranks ranks\$" "$log" | tail -n 1) =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
        ok=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]} left=${BASH_REMATCH[4]:-0}
        if ((ok + bad == 0)); then
            message="no tests ran"
        elif ((status != 0 && bad == 0)); then
            message="$(ending), although the tests passed"
        fi
    else
        ok=$(count '^ok ') bad=$(count '^FAILED ') left=$(count '^skipped ')
        message="did not come to an end: $(ending)"
    fi
    close_part "$name" "$ok" "$bad" "$left" "$message"
}

# scripts/lint.sh ends with "N passed, N failed[, N skipped]".
linters() {
    local name="linters" ok bad left message=""
    run_part "$name" "$lint_limit" scripts/lint.sh
    ok=$(count '^ok ') bad=$(count '^FAILED ') left=$(count '^skipped ')
    if ! grep -qaE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log"; then
        message="did not come to an end: $(ending)"
    elif ((ok + bad == 0)); then
        message="there is no linter"
    elif ((status != 0 && bad == 0)); then
        message="$(ending), although no linter failed"
    fi
    close_part "$name" "$ok" "$bad" "$left" "$message"
}

# unittest ends with "Ran N tests in …" and "OK (…)" or "FAILED (failures=N, errors=N, …)".
python_tests() {
    local name=$1 limit=$2 total=0 bad=0 left=0 ok=0 message="" verdict
    shift 2
    run_part "$name" "$limit" "$@"
    verdict=$(grep -aE '^(OK|FAILED|NO TESTS RAN)( \(|$)' "$log" | tail -n 1 || true)
    if [[ $(grep -aE '^Ran [0-9]+ tests? in ' "$log" | tail -n 1) =~ ^Ran\ ([0-9]+)\  && -n $verdict ]]; then
        total=${BASH_REMATCH[1]}
        # "failures" comes first where there are any: "expected failures" are passes. Each failed
        # subtest counts, so there may be more failures than tests.
        [[ ! $verdict =~ \(failures=([0-9]+) ]] || bad=$((bad + BASH_REMATCH[1]))
        [[ ! $verdict =~ errors=([0-9]+) ]] || bad=$((bad + BASH_REMATCH[1]))
        [[ ! $verdict =~ unexpected\ successes=([0-9]+) ]] || bad=$((bad + BASH_REMATCH[1]))
        [[ ! $verdict =~ skipped=([0-9]+) ]] || left=${BASH_REMATCH[1]}
        ok=$((total - bad - left))
        ((ok >= 0)) || ok=0
        if ((total == 0)); then
            message="no tests ran"
        elif ((status != 0 && bad == 0)); then
            message="$(ending), although the tests passed"
        fi
    else
        ok=$(count '\.\.\. ok$') bad=$(count '\.\.\. (FAIL|ERROR)$') left=$(count '\.\.\. skipped ')
        message="did not come to an end: $(ending)"
    fi
    close_part "$name" "$ok" "$bad" "$left" "$message"
}

seconds=0
if ! scripts/setup.sh; then
    : >"$log"
    close_part "set-up" 0 0 0 "something that the package needs is missing"
    exit 1
fi

# Without its linters the package can be built and tested: what is not there is skipped.
scripts/setup.sh --linters || true

run_part "build" "$build_limit" swift build --configuration release --build-tests
if ((status != 0)); then
    close_part "build" 0 0 0 "$(ending)"
    exit 1
fi
# With the lines around it, since a warning in a macro says where it is only there.
grep -aE -B 4 -A 8 '^[^ |].*: warning: ' "$log" || true
printf '   build: done (%d s)\n' "$seconds"
products=$(swift build --configuration release --show-bin-path)

if ((long)); then
    export DIST_VMC_LONG=1 DIST_VMC_KILLS=50 DIST_VMC_FUZZ_CASES="${DIST_VMC_FUZZ_CASES:-10000}"
fi
linters
python_tests "architecture tests" 300 \
    python3 -m unittest discover --verbose --start-directory Tests/ArchitectureTests
unit_tests "unit tests" "$unit_limit" swift test --configuration release --skip-build
((fast)) || unit_tests "kernel tests under sanitizers" "$sanitizer_limit" scripts/test-sanitizers.sh kernels
for ranks in "${ranks_to_test[@]}"; do mpi_tests "$ranks" "$products/mpi-tests"; done
export DIST_VMC="$products/dist-vmc"
python_tests "command-line tests" "$command_line_limit" \
    python3 -m unittest discover --verbose --start-directory Tests/CommandLineTests
if ((long)); then
    python_tests "Slurm tests" "$slurm_limit" scripts/test-slurm.sh
    python_tests "tests over three hosts" "$hosts_limit" scripts/test-hosts.sh
    unit_tests "unit tests under sanitizers" "$sanitizer_limit" scripts/test-sanitizers.sh unit
    python_tests "damaged input under sanitizers" "$sanitizer_limit" scripts/test-sanitizers.sh input
fi
