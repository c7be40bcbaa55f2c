# shellcheck shell=bash
#
# To be sourced with a script's arguments, after its function `usage`: answers --help, and sets `rounds` to the first
# argument (default 5).

case "${1-}" in
-h | --help)
    usage
    exit 0
    ;;
esac
rounds=${1:-5}
[[ $rounds =~ ^[1-9][0-9]*$ ]] || {
    echo "$(basename "$0" .sh): '$rounds' is not a number of rounds; see --help" >&2
    exit 2
}
