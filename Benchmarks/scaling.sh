#!/usr/bin/env bash
#
# Weak and strong scaling of a step from one rank to two, beside what two dgemm runs at once reach against one: the
# cores share caches and memory, whatever the program does. `Benchmarks/scaling.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: Benchmarks/scaling.sh [ROUNDS]

Runs `dist-vmc benchmark` for problems/rbm-real.yaml and problems/mlp.yaml, in turn on one rank, on two ranks with the same
samples (strong) and on two ranks with twice the chains (weak), ROUNDS times (default 5), and prints a Markdown
table: medians of the step, the efficiency, and the efficiency divided by that of dgemm in the same runs.
TEXT
}

# shellcheck source=Benchmarks/rounds.sh
source "$(dirname "${BASH_SOURCE[0]}")/rounds.sh" "$@"
# shellcheck source=Benchmarks/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Sample-space conjugate gradients and minSR gather over samples: the weak problem grows for them. The phases of a
# step in parameter space grow with the samples of a rank.
measure() { # NAME RANKS PROBLEM [KEY=VALUE...]
    local name=$1 ranks=$2 problem=$3 words=() key
    shift 3
    for key in "$@"; do words+=(--set "$key"); done
    launcher "$ranks"
    "${launch[@]}" "$program" benchmark "Benchmarks/problems/$problem.yaml" --repeat 7 --json "${words[@]}" \
        >>"$results/$problem.$name"
    echo >>"$results/$problem.$name"
}

problems=(rbm-real mlp)
for ((round = 0; round < rounds; round++)); do
    for problem in "${problems[@]}"; do
        measure one 1 "$problem"
        measure strong 2 "$problem"
        measure weak 2 "$problem" sampler.chains=128 sampler.samples=2048
    done
done

python3 - "$results" "${problems[@]}" <<'PYTHON'
import json
import pathlib
import statistics
import sys

folder, problems = pathlib.Path(sys.argv[1]), sys.argv[2:]


def runs(problem, name):
    text = (folder / f"{problem}.{name}").read_text()
    return [json.loads(line) for line in text.split("\n\n") if line.strip()]


print("| problem | scaling | 1 rank, ms | 2 ranks, ms | efficiency | dgemm, 2 at once | efficiency / dgemm |")
print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
for problem in problems:
    one = runs(problem, "one")
    step = statistics.median(run["seconds"]["step"] for run in one)
    for name, ideal in [("strong", 0.5), ("weak", 1.0)]:
        two = runs(problem, name)
        time = statistics.median(run["seconds"]["step"] for run in two)
        # Round by round, so that a drift of the machine falls out.
        efficiencies = [ideal * a["seconds"]["step"] / b["seconds"]["step"] for a, b in zip(one, two)]
        limits = [b["limits"]["dgemm_gflops"] / a["limits"]["dgemm_gflops"] for a, b in zip(one, two)]
        efficiency, limit = statistics.median(efficiencies), statistics.median(limits)
        print(f"| {problem} | {name} | {1e3 * step:.1f} | {1e3 * time:.1f} | {efficiency:.3f} | {limit:.3f} "
              f"| {statistics.median(e / l for e, l in zip(efficiencies, limits)):.3f} |")
PYTHON
