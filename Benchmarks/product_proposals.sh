#!/usr/bin/env bash
#
# What the proposals and the local energies of a product of networks cost beside those of its factors alone.
# `Benchmarks/product_proposals.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: Benchmarks/product_proposals.sh [ROUNDS [KEY=VALUE...]]

Runs `dist-vmc benchmark` on one rank for products of networks and for each of their factors on the lattice of
problems/rbm-real.yaml, in turn, ROUNDS times (default 5), and prints a Markdown table: medians of the seconds of
the phases sample and local_energy, of the product, of the sum over its factors, and of their ratio in one round.
KEY=VALUE are settings for all of them, as --set takes them.
TEXT
}

# shellcheck source=Benchmarks/rounds.sh
source "$(dirname "${BASH_SOURCE[0]}")/rounds.sh" "$@"
settings=()
for key in "${@:2}"; do settings+=(--set "$key"); done
# shellcheck source=Benchmarks/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

jastrow='{type: jastrow}'
rbm='{type: rbm, alpha: 4}'
complex='{type: rbm, alpha: 4, dtype: complex128}'
mlp='{type: mlp, hidden_dims: [200, 200]}'
gcnn='{type: gcnn, group: translation, features: [8, 8]}'

# NAME;FACTOR;FACTOR...
products=(
    "jastrow x rbm;$jastrow;$rbm"
    "rbm x mlp;$rbm;$mlp"
    "complex rbm x mlp;$complex;$mlp"
    "jastrow x gcnn;$jastrow;$gcnn"
)

measure() { # FILE ANSATZ
    "${program:?}" benchmark Benchmarks/problems/rbm-real.yaml --repeat 3 --json --set "ansatz=$2" "${settings[@]}" \
        >>"$results/$1"
    echo >>"$results/$1"
}

for ((round = 0; round < rounds; round++)); do
    for number in "${!products[@]}"; do
        IFS=';' read -ra words <<<"${products[number]}"
        factors=("${words[@]:1}")
        list=$(printf ', %s' "${factors[@]}")
        measure "$number.product" "[${list:2}]"
        for place in "${!factors[@]}"; do measure "$number.factor$place" "${factors[place]}"; done
    done
done

names=()
for product in "${products[@]}"; do names+=("${product%%;*}"); done
python3 - "$results" "${names[@]}" <<'PYTHON'
import json
import pathlib
import statistics
import sys

folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]


def seconds(path, phase):
    runs = [json.loads(line) for line in path.read_text().split("\n\n") if line.strip()]
    return [run["phases"][phase]["seconds"] for run in runs]


print("| product | phase | product, ms | sum of its factors, ms | ratio |")
print("| --- | --- | --- | --- | --- |")
for number, name in enumerate(names):
    for phase in ("sample", "local_energy"):
        products = seconds(folder / f"{number}.product", phase)
        factors = [sum(own) for own in zip(*(seconds(path, phase) for path in sorted(folder.glob(f"{number}.factor*"))))]
        # Round by round, so that a drift of the machine falls out.
        ratio = statistics.median(product / sum for product, sum in zip(products, factors))
        print(f"| {name} | {phase} | {1e3 * statistics.median(products):.2f} | {1e3 * statistics.median(factors):.2f} "
              f"| {ratio:.2f} |")
PYTHON
