#!/usr/bin/env bash
#
# Checks that what the package needs is there, and installs what is missing on Debian and Ubuntu.
# Silent where nothing is missing. `scripts/setup.sh --help` says more.

set -euo pipefail

readonly minimum_swift_major=6
readonly minimum_swift_minor=1

usage() {
    cat <<'TEXT'
Usage: scripts/setup.sh [--linters]

Checks for Open MPI, OpenBLAS, ScaLAPACK, HDF5 (libraries with headers, found through
pkg-config), mpirun, pkg-config, git, python3 and a Swift toolchain, 6.1 or later.

  --linters   Checks for what scripts/lint.sh runs instead: clang-format, shellcheck, pyflakes, pycodestyle.

On Debian and Ubuntu, missing packages are installed with apt, through sudo where necessary. On
other systems, and for the Swift toolchain, it says what to install. Silent if nothing is missing.

Exit status: 0 if everything is there; 1 if something is missing; 2 for a wrong command line.
TEXT
}

say() { printf 'setup: %s\n' "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# A library counts as present where pkg-config finds it, whoever installed it: a distribution, a
# cluster's module, the user.
have_module() { have pkg-config && pkg-config --exists "$1"; }

# One line for each thing that is missing, by the name of its Debian package.
missing_packages() {
    have pkg-config || echo pkg-config
    have_module ompi-c || echo libopenmpi-dev
    have mpirun || echo openmpi-bin
    have_module openblas || echo libopenblas-dev
    have_module scalapack-openmpi || echo libscalapack-openmpi-dev
    have_module hdf5 || echo libhdf5-dev
    have git || echo git
    have python3 || echo python3
}

# The same for what scripts/lint.sh runs.
missing_linters() {
    have clang-format || have clang-format-14 || echo clang-format
    have shellcheck || echo shellcheck
    have pyflakes3 || have pyflakes || echo pyflakes3
    have pycodestyle || have pycodestyle-3 || echo pycodestyle
}

missing() { if ((linters)); then missing_linters; else missing_packages; fi; }

# Without pkg-config no library can be seen; dpkg still knows which packages are there.
without_installed() {
    local package
    while read -r package; do
        if ! have pkg-config && [[ $package == lib*-dev ]] && is_installed "$package"; then continue; fi
        echo "$package"
    done
}

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

distribution() {
    # Each line of the file is an assignment; a subshell keeps them to itself.
    if [[ -r /etc/os-release ]]; then
        # shellcheck source=/dev/null
        (. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}")
    fi
}

install_with_apt() {
    local -a packages=("$@") as_root=()
    if ((EUID != 0)); then
        if ! have sudo; then
            say "missing: ${packages[*]}; as root, run"
            say "    apt-get update && apt-get install ${packages[*]}"
            return 1
        fi
        as_root=(sudo)
    fi
    say "installing ${packages[*]}"
    "${as_root[@]}" apt-get update --quiet >&2 &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install --quiet --yes --no-install-recommends "${packages[@]}" >&2
}

explain_packages() {
    say "missing, by the names of Debian's packages: $*"
    ((linters == 0)) || return 0
    case " $(distribution) " in
    *" fedora "* | *" rhel "* | *" centos "*)
        say "install: dnf install openmpi-devel openblas-devel scalapack-openmpi-devel hdf5-devel \\"
        say "    pkgconf-pkg-config git python3"
        say "then: module load mpi   (Open MPI's commands and its pkg-config files are in a module)"
        ;;
    *" arch "*) say "install: pacman -S openmpi openblas scalapack hdf5 pkgconf git python" ;;
    *suse*)
        say "install: zypper install openmpi4-devel libopenblas_pthreads-devel libscalapack2-openmpi4-devel \\"
        say "    hdf5-devel pkg-config git python3"
        say "(the version in the names of Open MPI's packages depends on the release)"
        ;;
    *) say "install Open MPI, OpenBLAS, ScaLAPACK and HDF5 with their headers, pkg-config, git and python3" ;;
    esac
    say "or load your cluster's modules for them; what counts is that these succeed:"
    say "    pkg-config --exists ompi-c openblas scalapack-openmpi hdf5 && command -v mpirun git python3"
    say "(where ScaLAPACK's file is called scalapack.pc, link it as scalapack-openmpi.pc into a folder that"
    say "PKG_CONFIG_PATH names)"
}

ensure_packages() {
    local -a missing
    mapfile -t missing < <(missing)
    ((${#missing[@]} > 0)) || return 0
    if have apt-get && have dpkg-query; then
        mapfile -t missing < <(printf '%s\n' "${missing[@]}" | without_installed)
        install_with_apt "${missing[@]}" || {
            say "the packages could not be installed"
            return 1
        }
        mapfile -t missing < <(missing)
        ((${#missing[@]} > 0)) || return 0
        say "still not found after the installation: ${missing[*]}"
        say "is PKG_CONFIG_PATH, PKG_CONFIG_LIBDIR or PATH set to hide them?"
        return 1
    fi
    explain_packages "${missing[@]}"
    return 1
}

ensure_swift() {
    local reason version
    if ! have swift; then
        reason="there is no 'swift' on the PATH"
    else
        # Other programs are called swift, too: only a toolchain answers like this.
        version=$(swift --version 2>/dev/null || true)
        if [[ ! $version =~ Swift\ version\ ([0-9]+)\.([0-9]+) ]]; then
            reason="$(command -v swift) is not a working Swift toolchain"
        elif ((BASH_REMATCH[1] > minimum_swift_major ||
            (BASH_REMATCH[1] == minimum_swift_major && BASH_REMATCH[2] >= minimum_swift_minor))); then
            return 0
        else
            reason="$(command -v swift) is version ${BASH_REMATCH[1]}.${BASH_REMATCH[2]}"
        fi
    fi
    say "a Swift toolchain, $minimum_swift_major.$minimum_swift_minor or later, is needed: $reason"
    say "get one from https://www.swift.org/install/linux/ (no root needed)"
    return 1
}

linters=0
for argument in "$@"; do
    case "$argument" in
    -h | --help)
        usage
        exit 0
        ;;
    --linters) linters=1 ;;
    *)
        say "unknown argument '$argument'; see scripts/setup.sh --help"
        exit 2
        ;;
    esac
done

if ((linters)); then
    ensure_packages || exit 1
    exit 0
fi
status=0
ensure_packages || status=1
ensure_swift || status=1
exit "$status"
