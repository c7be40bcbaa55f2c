"""Steps of two builds of dist-vmc in turn, phase by phase.

    python3 Benchmarks/compare_versions.py OLD NEW [--rounds 7] [--ranks 1] [--problems rbm-real mlp]

OLD and NEW are programs. Each round runs `dist-vmc benchmark` of both for every problem, alternating which comes first, so
that a drift of the machine meets both alike. Prints a Markdown table of medians, old and new, with the median over rounds of the
ratio new / old, and names the phases above --bound (default 1.03).

Exit status: 0 if no phase is above the bound; 1 otherwise, or if a run failed; 2 for a wrong command line.
"""

import argparse
import statistics
import sys

import launch

PROBLEMS = ["rbm-real", "rbm-complex", "rbm-heisenberg", "mlp", "gcnn-6x6", "gcnn-10x10"]


def measured(program, problem, ranks, repeat):
    """Seconds of each phase."""
    path = launch.ROOT / "Benchmarks/problems" / f"{problem}.yaml"
    report = launch.run([program, "benchmark", str(path), "--repeat", str(repeat), "--json"], ranks)
    return {phase: seconds for phase, seconds in report["seconds"].items() if seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=3, help="repeats inside a run, of which it reports the median")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1])
    parser.add_argument("--problems", nargs="+", default=PROBLEMS, choices=PROBLEMS)
    parser.add_argument("--bound", type=float, default=1.03)
    options = parser.parse_args()
    above = []
    print("| problem | ranks | phase | old, ms | new, ms | new / old |")
    print("| --- | --- | --- | --- | --- | --- |")
    for ranks in options.ranks:
        for problem in options.problems:
            rounds = []
            for number in range(options.rounds):
                pair = {}
                for name in ("old", "new") if number % 2 == 0 else ("new", "old"):
                    pair[name] = measured(getattr(options, name), problem, ranks, options.repeat)
                rounds.append(pair)
            for phase in rounds[0]["old"]:
                old = [pair["old"][phase] for pair in rounds]
                new = [pair["new"].get(phase, float("nan")) for pair in rounds]
                ratio = statistics.median(n / o for n, o in zip(new, old))
                if ratio > options.bound:
                    above.append(f"{problem}, {ranks} ranks, {phase}: {ratio:.3f}")
                print(
                    f"| {problem} | {ranks} | {phase} | {1e3 * statistics.median(old):.3g} | "
                    f"{1e3 * statistics.median(new):.3g} | {ratio:.3f} |", flush=True)
    for line in above:
        print(f"above {options.bound}: {line}")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
