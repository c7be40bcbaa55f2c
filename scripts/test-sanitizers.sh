#!/usr/bin/env bash
#
# Runs tests under sanitizers. `scripts/test-sanitizers.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/test-sanitizers.sh kernels|unit|input

Builds with the toolchain's address sanitizer (Swift and C) and undefined-behaviour sanitizer (C) in .build/sanitizers,
optimised and with debug information, and runs
  kernels   the tests of the C kernels (Tests/KernelTests), in a package of linear algebra alone: a minute or two,
  unit      all unit tests,
  input     the program on damaged configurations, files of observables, reference files and checkpoints
            (Tests/CommandLineTests/test_fuzzing.py; DIST_VMC_FUZZ_CASES of them, 300 if it is not set).

The first error that a sanitizer finds ends the program, and its report names the line. Leaks are not looked for: MPI and
Swift's runtime keep what they allocate.

Exit status: 0 if nothing failed; 1 otherwise; 2 for a wrong command line.
TEXT
}

case "${1-}" in
-h | --help)
    usage
    exit 0
    ;;
kernels | unit | input) part=$1 ;;
*)
    printf "test-sanitizers.sh: what to test is kernels, unit or input; see scripts/test-sanitizers.sh --help\n" >&2
    exit 2
    ;;
esac
if (($# > 1)); then
    printf "test-sanitizers.sh: unknown argument '%s'; see scripts/test-sanitizers.sh --help\n" "$2" >&2
    exit 2
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=scripts/launcher.sh
source scripts/launcher.sh

# An abort is told apart from a run that failed by itself, which exits with 1 as a sanitizer would. A request for more
# memory than there is fails, as it does without sanitizers.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1

# swiftc has no undefined-behaviour sanitizer of its own here; its run-time library is part of the other's.
options=(--sanitize address -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined -Xcc -fno-omit-frame-pointer
    -Xcc -g -Xcc -O1 -Xcc -Wno-pass-failed)
if [[ $part == kernels ]]; then
    # The kernels are optimised; what calls them need not be, and is built sooner.
    export DIST_VMC_KERNELS_ONLY=1
    options+=(--configuration debug --scratch-path .build/sanitizers/kernels)
else
    options+=(--configuration release --scratch-path .build/sanitizers/all)
fi

# The linker complains about symbols of the sanitizer's run-time library.
build() { swift build "${options[@]}" "$@" 2>&1 | grep -v 'Cannot export local symbol'; }

if [[ $part == input ]]; then
    build --product dist-vmc
    DIST_VMC=$(swift build "${options[@]}" --show-bin-path)/dist-vmc
    export DIST_VMC
    exec python3 -m unittest discover --verbose --start-directory Tests/CommandLineTests --pattern test_fuzzing.py
fi
build --build-tests
exec swift test "${options[@]}" --skip-build
