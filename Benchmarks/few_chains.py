"""Seconds of a sample with few chains on a rank against many: what becomes of sampling where many ranks share the chains.

    python3 Benchmarks/few_chains.py [--chains 4] [--against 64] [--rounds 5]

Runs `dist-vmc benchmark` on one rank in turn with both numbers of chains and equally many samples, for the networks of
problems/mlp.yaml, problems/gcnn-6x6.yaml with two layers, and a convolutional and a transformer network, and prints a Markdown
table: medians of the phase `sample` for a sample, and their ratio.

Exit status: 0; 1 if a run failed; 2 for a wrong command line.
"""

import argparse
import statistics
import sys

import launch

PROBLEMS = {
    "mlp 200-200, 10x10": ("mlp", []),
    "gcnn 8-8, 6x6": ("gcnn-6x6", ["ansatz.n_layers=2"]),
    "cnn 8-8, 6x6": ("gcnn-6x6", ["ansatz={type: cnn, channels: [8, 8], kernel: [3, 3]}"]),
    "transformer, 6x6": ("gcnn-6x6", ["ansatz={type: transformer}"]),
}


def measured(program, problem, settings, chains, samples):
    words = [program, "benchmark", str(launch.ROOT / "Benchmarks/problems" / f"{problem}.yaml"), "--repeat", "3", "--json"]
    # Steps that change nothing: any network keeps its initial parameters.
    settings = [*settings, "optimiser.learning_rate=1e-12"]
    for setting in [*settings, f"sampler.chains={chains}", f"sampler.samples={samples}"]:
        words += ["--set", setting]
    return launch.run(words)["seconds"]["sample"] / samples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chains", type=int, default=4)
    parser.add_argument("--against", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    program = launch.built("dist-vmc")
    samples = 4 * options.against
    print(f"| network | {options.chains} chains, us | {options.against} chains, us | ratio |")
    print("| --- | --- | --- | --- |")
    for name, (problem, settings) in PROBLEMS.items():
        rounds = [
            [measured(program, problem, settings, chains, samples) for chains in (options.chains, options.against)]
            for _ in range(options.rounds)
        ]
        few, many = (statistics.median(column) for column in zip(*rounds))
        ratio = statistics.median(few / many for few, many in rounds)
        print(f"| {name} | {1e6 * few:.4g} | {1e6 * many:.4g} | {ratio:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
