# shellcheck shell=bash
#
# To be sourced: goes to the checkout's root, and sets `program` to the built dist-vmc.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
# shellcheck source=scripts/launcher.sh
source scripts/launcher.sh
program=$(swift build -c release --show-bin-path)/dist-vmc
[[ -x $program ]] || {
    echo "$program is not there; build it with swift build -c release" >&2
    exit 2
}
