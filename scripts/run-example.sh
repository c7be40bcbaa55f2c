#!/usr/bin/env bash
#
# Runs an example and compares its energy with the exact one. `scripts/run-example.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/run-example.sh [EXAMPLE] [RANKS]

Installs what is missing (scripts/setup.sh), builds the program in release mode, optimises
EXAMPLE on RANKS ranks with the progress shown, and prints the energy beside that of
`dist-vmc exact`.

  EXAMPLE   a configuration file, or the name of one in Examples/ (default: heisenberg-square-4x4)
  RANKS     the number of MPI ranks (default: 2)

The output goes to a new directory runs/EXAMPLE-N.

Exit status: that of the run; 2 for a wrong command line; 1 if something is missing.
TEXT
}

complain() {
    printf 'run-example: %s\n' "$1" >&2
    exit 2
}

case "${1-}" in
-h | --help)
    usage
    exit 0
    ;;
-*) complain "unknown option '$1'; see scripts/run-example.sh --help" ;;
esac
(($# <= 2)) || complain "too many arguments; see scripts/run-example.sh --help"
example=${1:-heisenberg-square-4x4}
ranks=${2:-2}
[[ $ranks =~ ^[1-9][0-9]{0,5}$ ]] || complain "'$ranks' is not a number of ranks"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ -f $example ]]; then
    configuration=$(realpath "$example")
elif [[ -f $root/Examples/$example.yaml ]]; then
    configuration=$root/Examples/$example.yaml
else
    complain "no configuration '$example', neither as a file nor in Examples/"
fi

cd "$root"
# shellcheck source=scripts/launcher.sh
source scripts/launcher.sh

scripts/setup.sh
echo "== building (a few minutes the first time)"
swift build --configuration release --product dist-vmc
program=$(swift build --configuration release --product dist-vmc --show-bin-path)/dist-vmc

# Git is told to leave the directory alone; the program makes the run's own.
mkdir -p runs
[[ -e runs/.gitignore ]] || echo '*' >runs/.gitignore
name=$(basename "$configuration")
name=${name%.*}
number=1
while [[ -e runs/$name-$number ]]; do number=$((number + 1)); done
output=runs/$name-$number

launcher "$ranks"
shown=${configuration#"$root"/}
printf '== optimising: %s dist-vmc run %s --output %s\n' "${launch[*]}" "$shown" "$output"
"${launch[@]}" "$program" run "$shown" --output "$output"

printf '== exact energy: %s dist-vmc exact %s\n' "${launch[*]}" "$shown"
exact_status=0
exact=$("${launch[@]}" "$program" exact "$shown" --json) || exact_status=$?

EXACT=$exact python3 - "$output/summary.json" <<'PYTHON'
import json
import os
import sys

with open(sys.argv[1]) as file:
    summary = json.load(file)


def number(value):
    """null stands for a number that there is none of."""
    return float("nan") if value is None else value


energy = summary["energy"]
mean = number(energy["mean"][0])
error = number(energy["error"])
text = os.environ["EXACT"].strip()
exact = json.loads(text)["energies"][0] if text else None

print()
print(f"  variational energy   {mean:.8f} ± {error:.8f}")
if exact is not None:
    print(f"  exact energy         {exact:.8f}")
    if exact != 0:
        print(f"  relative error       {abs(mean - exact) / abs(exact):.1e}")
print(f"  V-score              {number(summary['v_score']):.1e}")
print(
    f"  {summary['parameters']} parameters, {summary['steps']} steps on {summary['ranks']} "
    f"{'rank' if summary['ranks'] == 1 else 'ranks'}, {summary['seconds']['total']:.0f} s"
)
PYTHON
if ((exact_status != 0)); then
    echo "  There is no exact energy to compare with: see the message above."
fi
printf '  The run is in %s\n' "$output"
