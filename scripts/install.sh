#!/usr/bin/env bash
#
# Installs a release binary that runs without a Swift toolchain. `scripts/install.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/install.sh PREFIX

Builds dist-vmc in release mode with the Swift runtime linked into it, and installs
  PREFIX/bin/dist-vmc
  PREFIX/share/man/man1/dist-vmc.1
  PREFIX/share/bash-completion/completions/dist-vmc
  PREFIX/share/zsh/site-functions/_dist-vmc
  PREFIX/share/fish/vendor_completions.d/dist-vmc.fish

The binary needs MPI, OpenBLAS, ScaLAPACK and HDF5 as shared libraries where it runs, and nothing of Swift. It takes
those that pkg-config finds: Open MPI (ompi-c, scalapack-openmpi) unless DIST_VMC_MPI and DIST_VMC_SCALAPACK name other
packages, such as mpich and scalapack-mpich. docs/installing.md has examples for clusters.

Files are replaced one by one, each at once, so that running jobs keep the binary they were started with.

Exit status: 0 if everything was installed; 1 if something failed; 2 for a wrong command line.
TEXT
}

case "${1-}" in
-h | --help)
    usage
    exit 0
    ;;
"" | -*)
    printf 'install.sh: give the folder to install to; see scripts/install.sh --help\n' >&2
    exit 2
    ;;
esac
if (($# > 1)); then
    printf 'install.sh: one folder, not %d; see scripts/install.sh --help\n' "$#" >&2
    exit 2
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
cd "$root"

# A build of its own: one that is linked otherwise would be built anew by the next `swift build`.
build=(swift build --configuration release --static-swift-stdlib --scratch-path .build/install)
"${build[@]}" --product dist-vmc
program=$("${build[@]}" --show-bin-path)/dist-vmc

if ldd "$program" | grep -E 'libswift|libFoundation|lib_Foundation|libdispatch'; then
    printf 'install.sh: the binary still needs these libraries of the Swift toolchain\n' >&2
    exit 1
fi

# put FILE MODE: standard input becomes PREFIX/FILE, which is whole at every moment.
put() {
    mkdir -p "$(dirname "$prefix/$1")"
    cat >"$prefix/$1.part"
    chmod "$2" "$prefix/$1.part"
    mv -f "$prefix/$1.part" "$prefix/$1"
}

put bin/dist-vmc 755 <"$program"
"$program" --experimental-dump-help | python3 scripts/manual.py | put share/man/man1/dist-vmc.1 644
"$program" --generate-completion-script bash | put share/bash-completion/completions/dist-vmc 644
"$program" --generate-completion-script zsh | put share/zsh/site-functions/_dist-vmc 644
"$program" --generate-completion-script fish | put share/fish/vendor_completions.d/dist-vmc.fish 644
printf 'installed %s/bin/dist-vmc, its manual and shell completions\n' "$prefix"
