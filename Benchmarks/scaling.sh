#!/usr/bin/env bash
#
# Strong and weak scaling of a step and of its phases, beside what as many dgemm and stream runs at once reach: cores
# share caches and memory, whatever the program does. `Benchmarks/scaling.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: Benchmarks/scaling.sh [ROUNDS [RANKS...]]

Runs `dist-vmc benchmark` for the problems of Benchmarks/problems that PROBLEMS names (default "rbm-real rbm-complex
rbm-heisenberg mlp gcnn-6x6 gcnn-10x10"), in turn on one rank and on each number of RANKS (default 2) with the same
samples (strong) and with as many chains for each rank (weak), ROUNDS times (default 5), and prints Markdown tables:
- the step: its time, the efficiency, and the efficiency divided by that of dgemm in the same runs;
- the phases of the same samples: speed-up over one rank, divided by the speed-up of dgemm;
- work: processor time of all ranks in a step, waiting and messages aside, over that of one rank. This one means
  something on fewer cores than ranks, too.
Medians over the rounds, of ratios in one round.
TEXT
}

# shellcheck source=Benchmarks/rounds.sh
source "$(dirname "${BASH_SOURCE[0]}")/rounds.sh" "$@"
sizes=("${@:2}")
((${#sizes[@]} > 0)) || sizes=(2)
# shellcheck source=Benchmarks/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
read -ra problems <<<"${PROBLEMS:-rbm-real rbm-complex rbm-heisenberg mlp gcnn-6x6 gcnn-10x10}"

measure() { # NAME RANKS PROBLEM [KEY=VALUE...]
    local name=$1 ranks=$2 problem=$3 words=() key
    shift 3
    for key in "$@"; do words+=(--set "$key"); done
    launcher "$ranks"
    "${launch[@]}" "$program" benchmark "Benchmarks/problems/$problem.yaml" --repeat 5 --json "${words[@]}" \
        >>"$results/$problem.$name"
    echo >>"$results/$problem.$name"
}

for ((round = 0; round < rounds; round++)); do
    for problem in "${problems[@]}"; do
        measure one 1 "$problem"
        samples=$(grep -m 1 -o '"samples": *[0-9]*' "$results/$problem.one" | grep -o '[0-9]*')
        for ranks in "${sizes[@]}"; do
            measure "strong.$ranks" "$ranks" "$problem"
            # All problems have 64 chains.
            measure "weak.$ranks" "$ranks" "$problem" "sampler.chains=$((64 * ranks))" \
                "sampler.samples=$((samples * ranks))"
        done
    done
done

python3 - "$results" "${sizes[*]}" "${problems[@]}" <<'PYTHON'
import json
import pathlib
import statistics
import sys

folder, sizes, problems = pathlib.Path(sys.argv[1]), [int(size) for size in sys.argv[2].split()], sys.argv[3:]
PHASES = ["sample", "local_energy", "linearise", "forces", "matvec", "solve", "update"]


def runs(problem, name):
    text = (folder / f"{problem}.{name}").read_text()
    return [json.loads(line) for line in text.split("\n\n") if line.strip()]


def median(values):
    return statistics.median(values)


print("| problem | ranks | scaling | 1 rank, ms | ranks, ms | efficiency | dgemm at once | efficiency / dgemm |")
print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |")
for problem in problems:
    one = runs(problem, "one")
    for ranks in sizes:
        for name, ideal in [("strong", 1 / ranks), ("weak", 1.0)]:
            many = runs(problem, f"{name}.{ranks}")
            efficiencies = [ideal * a["seconds"]["step"] / b["seconds"]["step"] for a, b in zip(one, many)]
            limits = [b["limits"]["dgemm_gflops"] / a["limits"]["dgemm_gflops"] for a, b in zip(one, many)]
            print(f"| {problem} | {ranks} | {name} | {1e3 * median(a['seconds']['step'] for a in one):.1f} "
                  f"| {1e3 * median(b['seconds']['step'] for b in many):.1f} | {median(efficiencies):.3f} "
                  f"| {median(limits):.3f} | {median(e / l for e, l in zip(efficiencies, limits)):.3f} |")


def table(title, names, ratio):
    """Medians of a ratio of two runs, one rank's and the ranks', by name; empty where no run has it."""
    print(f"\n| {title} | ranks | " + " | ".join(names) + " |")
    print("| --- | ---: |" + " ---: |" * len(names))
    for problem in problems:
        for ranks in sizes:
            pairs = list(zip(runs(problem, "one"), runs(problem, f"strong.{ranks}")))
            cells = []
            for name in names:
                ratios = [value for a, b in pairs if (value := ratio(name, ranks, a, b)) is not None]
                cells.append(f"{median(ratios):.2f}" if ratios else "")
            print(f"| {problem} | {ranks} | " + " | ".join(cells) + " |")


def speedup(phase, ranks, a, b):
    if not b["seconds"].get(phase):
        return None
    limit = b["limits"]["dgemm_gflops"] / a["limits"]["dgemm_gflops"]
    return a["seconds"][phase] / b["seconds"][phase] / ranks / limit


def work(name, _, a, b):
    return b["work_seconds"][name] / a["work_seconds"][name] if a["work_seconds"][name] else None


table("problem", PHASES, speedup)
table("work of problem", [phase for phase in PHASES if phase != "matvec"] + ["step"], work)
PYTHON
