#!/usr/bin/env python3
"""What run.deterministic costs: steps of one optimisation with it and without it, in turn, on the same cores.

    python3 Benchmarks/deterministic.py

prints a Markdown table for problems/rbm-real.yaml (10×10 sites, 1024 samples of 64 chains), for conjugate gradients in
parameter space and for minSR, on one rank and on two. Each ratio is the median of the rounds' ratios, so that a drift of
the machine falls out. Only Python's standard library is needed.
"""

import argparse
import os
import pathlib
import statistics

import launch

FOLDER = pathlib.Path(__file__).resolve().parent
PROBLEM = FOLDER / "problems" / "rbm-real.yaml"
SOLVERS = {
    "cg, 50 iterations": "sr={solver: cg, space: parameters, diag_shift: 0.01, tolerance: 1.0e-13, max_iterations: 50}",
    "minsr": "sr={solver: minsr, diag_shift: 0.01}",
}


def main():
    arguments = parse()
    print("| solver | ranks | ordinary, ms | deterministic, ms | ratio | of the rounds |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for solver, setting in SOLVERS.items():
        for ranks in arguments.ranks:
            ordinary, deterministic = [], []
            for number in range(arguments.rounds):
                # Whichever comes second finds the caches and the clock as the first has left them.
                for mode in (False, True) if number % 2 == 0 else (True, False):
                    (deterministic if mode else ordinary).append(step(arguments, ranks, setting, mode))
            ratios = [one / other for one, other in zip(deterministic, ordinary)]
            print(f"| `{solver}` | {ranks} | {1e3 * statistics.median(ordinary):.1f} "
                  f"| {1e3 * statistics.median(deterministic):.1f} | {statistics.median(ratios):.3f} "
                  f"| {min(ratios):.3f} to {max(ratios):.3f} |", flush=True)


def parse():
    parser = argparse.ArgumentParser(description="Times steps with run.deterministic and without it.")
    parser.add_argument("--rounds", type=int, default=5, help="of both in turn; medians count (default 5)")
    parser.add_argument("--repeat", type=int, default=9, help="steps timed in a round (default 9)")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2], help="numbers of ranks (default 1 2)")
    parser.add_argument("--dist-vmc", default=str(FOLDER.parent / ".build" / "release" / "dist-vmc"),
                        help="the program (default: the release build of this checkout)")
    arguments = parser.parse_args()
    if min(arguments.rounds, arguments.repeat, *arguments.ranks) < 1:
        parser.error("rounds, repeats and ranks are positive")
    if not os.access(arguments.dist_vmc, os.X_OK):
        parser.error(f"{arguments.dist_vmc}: not there; build it with swift build -c release, or name another")
    return arguments


def step(arguments, ranks, setting, deterministic):
    """Seconds of a step."""
    words = [
        arguments.dist_vmc, "benchmark", str(PROBLEM), "--repeat", str(arguments.repeat), "--json", "--set", setting,
        "--set", f"run.deterministic={'true' if deterministic else 'false'}"]
    return launch.run(words, ranks if ranks > 1 else None)["seconds"]["step"]


if __name__ == "__main__":
    main()
