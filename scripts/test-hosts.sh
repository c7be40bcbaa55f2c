#!/usr/bin/env bash
#
# Runs the tests of jobs over several hosts. `scripts/test-hosts.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/test-hosts.sh [-k NAME]…

Makes three hosts on this machine, each with a network, a name, processes, /tmp and /dev/shm of its own (namespaces),
TCP between them, and runs Tests/HostsTests in them, with programs that are built already:
  - the MPI tests, the reference files, a short run with each solver, deterministic runs with the bits of one rank, also
    over links with a delay,
  - runs that go on on other hosts, and files that only one host has,
  - killed ranks, daemons and launchers, a host that crashes, links that are cut for good and for some seconds, signals,
    the file STOP: each ends the job within eleven seconds with its reason, or is survived.
Takes about eight minutes on two cores. When it ends, however it ends, nothing of the hosts is left.

  -k NAME   Only tests with NAME in their names.

DIST_VMC names the program (default: dist-vmc where `swift build -c release` puts it), DIST_VMC_MPI_TESTS the MPI tests
(default: mpi-tests beside it).

Without root, iproute2 or util-linux, and where namespaces cannot be made, the tests are skipped and say why.

The last line counts the tests: "N passed, N failed", with ", N skipped" if any were.

Exit status: 0 if nothing failed, and where everything was skipped; 1 otherwise.
TEXT
}

case "${1-}" in
-h | --help)
    usage
    exit 0
    ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
if [[ -z ${DIST_VMC-} ]]; then
    products=$(swift build --configuration release --show-bin-path)
    export DIST_VMC="$products/dist-vmc"
fi
export DIST_VMC_MPI_TESTS="${DIST_VMC_MPI_TESTS-$(dirname "$DIST_VMC")/mpi-tests}"
for program in "$DIST_VMC" "$DIST_VMC_MPI_TESTS"; do
    if [[ ! -x $program ]]; then
        printf 'test-hosts: %s is not built\n0 passed, 1 failed\n' "$program"
        exit 1
    fi
done

# Whatever the tests write; the hosts themselves end with the tests.
TMPDIR=$(mktemp -d -t dist-vmc-hosts-XXXXXX)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' INT TERM HUP
log=$TMPDIR/log
status=0
python3 -m unittest discover --verbose --start-directory Tests/HostsTests "$@" 2>&1 | tee "$log" || status=$?

# "Ran N tests in …", "OK (skipped=N)" or "FAILED (failures=N, errors=N, skipped=N)".
number() { grep -aE '^(OK|FAILED)( \(|$)' "$log" | tail -n 1 | grep -oE "[( ]$1=[0-9]+" | grep -oE '[0-9]+' || echo 0; }
total=$(grep -aoE '^Ran [0-9]+ tests? in ' "$log" | tail -n 1 | grep -oE '[0-9]+' || echo 0)
failed=$(($(number failures) + $(number errors)))
skipped=$(number skipped)
passed=$((total - failed - skipped))
if ((status != 0 && failed == 0)); then failed=1; fi
summary="$((passed > 0 ? passed : 0)) passed, $failed failed"
((skipped == 0)) || summary+=", $skipped skipped"
printf '%s\n' "$summary"
((failed == 0))
