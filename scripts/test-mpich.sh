#!/usr/bin/env bash
#
# Builds against Debian's MPICH and runs the MPI tests with it. `scripts/test-mpich.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/test-mpich.sh

Downloads Debian's MPICH and the ScaLAPACK built for it into a temporary folder (nothing is installed, and the system's
mpirun stays what it is), builds the package against them in .build/mpich, and runs the MPI tests on 1, 2 and 3 ranks and an
optimisation on 2 under MPICH's launcher. On more ranks than there are cores it leaves out the tests of solvers, which send
messages by the thousand: MPICH's ranks spin while they wait, and one that has no core waits for the end of another's time slice.

Exit status: 0 if all of it passed; 1 otherwise; 77 where the packages cannot be had.
TEXT
}

case "${1-}" in
"") ;;
-h | --help)
    usage
    exit 0
    ;;
*)
    printf "test-mpich.sh: unknown argument '%s'; see scripts/test-mpich.sh --help\n" "$1" >&2
    exit 2
    ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
scalapack=$(apt-cache depends libscalapack-mpich-dev 2>/dev/null | awk '/Depends: libscalapack-mpich/ { print $2 }')
packages=(mpich libmpich-dev libscalapack-mpich-dev "$scalapack")
for package in mpich libmpich-dev; do
    while read -r name; do
        # What the system has already is not fetched again.
        dpkg -s "$name" >/dev/null 2>&1 || packages+=("$name")
    done < <(apt-cache depends "$package" 2>/dev/null | awk '/^ +Depends: lib/ { print $2 }')
done
for package in $(printf '%s\n' "${packages[@]}" | grep '^lib' | sort -u); do
    while read -r name; do
        dpkg -s "$name" >/dev/null 2>&1 || packages+=("$name")
    done < <(apt-cache depends "$package" 2>/dev/null | awk '/^ +Depends: lib/ { print $2 }')
done
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | grep . | sort -u)
if [[ -z $scalapack ]] || ! apt-get download "${packages[@]}" >download.log 2>&1; then
    cat download.log 2>/dev/null || true
    printf 'test-mpich.sh: the packages of MPICH cannot be downloaded here\n' >&2
    exit 77
fi
for package in *.deb; do dpkg -x "$package" unpacked; done
unpacked=$folder/unpacked/usr
libraries=$(dirname "$(find "$unpacked/lib" -name 'libmpich.so' | head -n 1)")

mkdir packages
cat >packages/mpich.pc <<TEXT
Name: mpich
Description: MPICH as it was unpacked
Version: 1
Libs: -L$libraries -lmpich
Cflags: -I$(dirname "$(find "$unpacked/include" -name mpi.h | head -n 1)")
TEXT
cat >packages/scalapack-mpich.pc <<TEXT
Name: scalapack
Description: ScaLAPACK for it
Version: 1
Libs: -L$libraries -lscalapack-mpich
TEXT

cd "$root"
export PKG_CONFIG_PATH=$folder/packages${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export DIST_VMC_MPI=mpich DIST_VMC_SCALAPACK=scalapack-mpich
export OPENBLAS_NUM_THREADS=1 LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
build=(swift build --configuration release --scratch-path .build/mpich)
"${build[@]}" --product mpi-tests
"${build[@]}" --product dist-vmc
products=$("${build[@]}" --show-bin-path)
if ldd "$products/dist-vmc" | grep -E 'libmpi\.so|openmpi'; then
    printf 'test-mpich.sh: the program is linked with Open MPI\n' >&2
    exit 1
fi

launch() { timeout 900 "$unpacked/bin/mpiexec.hydra" -launcher fork -n "$@"; }
# Every call of MPI, and samples, statistics and products that are made of them.
readonly short_tests=(shard communicator collective splitting counters sampling statistics geometry)
for ranks in 1 2 3; do
    tests=()
    if ((ranks > $(nproc))); then tests=("${short_tests[@]}"); fi
    started=$SECONDS
    launch "$ranks" "$products/mpi-tests" "${tests[@]}"
    printf '   MPI tests, %d ranks: %d s\n' "$ranks" "$((SECONDS - started))"
done
launch 2 "$products/dist-vmc" info
launch 2 "$products/dist-vmc" run Examples/ising-chain.yaml --set run.steps=5 --quiet --output "$folder/run"
grep -q '"finished": true' "$folder/run/summary.json"
printf 'passed with %s\n' "$(basename "$(readlink -f "$libraries/libmpich.so")")"
