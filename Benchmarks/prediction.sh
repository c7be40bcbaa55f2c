#!/usr/bin/env bash
#
# A step on up to 4,096 ranks as `dist-vmc benchmark --predict` models it, for three sizes of problems, and the model's
# check: its step on two ranks beside a real one. `Benchmarks/prediction.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: Benchmarks/prediction.sh [RANKS [LATENCY BANDWIDTH [RANKS_PER_NODE]]]

Predicts steps on up to RANKS ranks (default 4096), RANKS_PER_NODE (default 64) of which share memory, of a network with a
LATENCY (seconds, default 2e-6) and a BANDWIDTH (bytes per second of a rank, default 1e9), from one rank's
measurements, and prints Markdown tables. The check takes latency and bandwidth from the allreduces of its own two ranks.
TEXT
}

case "${1-}" in
-h | --help)
    usage
    exit 0
    ;;
esac
ranks=${1:-4096} latency=${2:-2e-6} bandwidth=${3:-1e9} node=${4:-64}
# shellcheck source=Benchmarks/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

measure() { # NAME RANKS PROBLEM REPEAT [OPTION...]
    launcher "$2"
    "${launch[@]}" "$program" benchmark "Benchmarks/problems/$3.yaml" --repeat "$4" --json "${@:5}" >"$results/$1.json"
}

# The model's numbers of 2 ranks; the two ranks' real step; the model again with their allreduces.
for problem in rbm-real mlp; do
    measure "$problem.two" 2 "$problem" 5
    read -r shared_latency shared_bandwidth < <(python3 - "$results/$problem.two.json" <<'PYTHON'
import json
import sys

run = json.load(open(sys.argv[1]))
times = run["allreduce_seconds"]
print(times["one"], 8 * run["parameters"] / max(1e-9, times["parameters"] - times["one"]))
PYTHON
    )
    measure "$problem.model" 1 "$problem" 5 --predict 2 --latency "$shared_latency" --bandwidth "$shared_bandwidth"
done
cluster=(--predict "$ranks" --latency "$latency" --bandwidth "$bandwidth" --ranks-per-node "$node")
many=(--set sampler.chains=4096 --set sampler.samples=16384)
measure small 1 rbm-real 3 "${cluster[@]}" "${many[@]}"
measure middle 1 mlp 2 "${cluster[@]}" "${many[@]}"
measure large 1 rbm-complex-large 1 "${cluster[@]}"

python3 - "$results" <<'PYTHON'
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])


def run(name):
    return json.loads((folder / f"{name}.json").read_text())


print("| check on 2 ranks | 1 rank, measured ms | 2 ranks, predicted ms | 2 ranks, measured ms |")
print("| --- | ---: | ---: | ---: |")
for problem in ["rbm-real", "mlp"]:
    model, two = run(f"{problem}.model"), run(f"{problem}.two")
    strong = {row["ranks"]: row for row in model["prediction"]["strong"]}
    print(f"| {problem} | {1e3 * model['seconds']['step']:.1f} | {1e3 * strong[2]['seconds']:.1f} "
          f"| {1e3 * two['seconds']['step']:.1f} |")
for name in ["small", "middle", "large"]:
    model = run(name)
    weak = {row["ranks"]: row for row in model["prediction"]["weak"]}
    print(f"\n**{name}**: {model['parameters']} real parameters, {model['samples']} samples on one rank, "
          f"{model['solver']['iterations']:.0f} iterations\n")
    print("| ranks | same samples: ms | of these in messages | efficiency | same samples per rank: ms | efficiency |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for row in model["prediction"]["strong"]:
        other = weak[row["ranks"]]
        if (row["ranks"].bit_length() - 1) % 2 == 0:
            print(f"| {row['ranks']} | {1e3 * row['seconds']:.1f} | {1e3 * row['communication']:.1f} "
                  f"| {row['efficiency']:.2f} | {1e3 * other['seconds']:.1f} | {other['efficiency']:.2f} |")
PYTHON
