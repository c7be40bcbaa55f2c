#!/usr/bin/env bash
#
# Runs the tests in a real Slurm of one node. `scripts/test-slurm.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/test-slurm.sh [-k NAME]…

Starts Slurm's daemons in a temporary directory, as root and beside whatever the system has, and runs
Tests/SlurmTests in them: the scripts of scripts/slurm and `dist-vmc submit`, requeueing included. Takes
about four minutes. DIST_VMC names the program (default: .build/release/dist-vmc).

  -k NAME   Only tests with NAME in their names.

On Debian and Ubuntu missing packages (slurm-wlm, munge) are installed with apt, without starting their
services. Where that is not possible, the tests are skipped and say why.

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
export PATH="$PATH:/usr/sbin:/sbin"

have() { command -v "$1" >/dev/null 2>&1; }

if ((EUID == 0)) && have apt-get && ! { have slurmctld && have slurmd && have munged; }; then
    # Without this, installing a daemon starts it.
    policy=/usr/sbin/policy-rc.d
    made_policy=0
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        made_policy=1
    fi
    apt-get update --quiet >&2 && DEBIAN_FRONTEND=noninteractive \
        apt-get install --quiet --yes --no-install-recommends slurm-wlm munge >&2 ||
        echo "test-slurm: the packages could not be installed" >&2
    if ((made_policy)); then rm -f "$policy"; fi
fi

exec python3 -m unittest discover --verbose --start-directory Tests/SlurmTests "$@"
