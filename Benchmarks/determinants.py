#!/usr/bin/env python3
"""Phases of a step of determinants and Pfaffians against the limits of the machine.

Runs `dist-vmc benchmark` on one core for each file in problems/determinants and prints the table of docs/performance.md: what
ratios, updates of inverses and dense products take, what they would take at the rates of dgemm and of memory, and their ratio.
"""

import argparse
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent
PHASES = {
    "sample": "sampling", "local_energy": "local energies", "linearise": "linearise", "forces": "forces",
    "solve": "solve", "update": "update",
}


def measured(program, problem, repeats):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    command = [program, "benchmark", str(problem), "--repeat", str(repeats), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT.parent / ".build/release/dist-vmc"))
    parser.add_argument("--repeat", type=int, default=7, help="steps whose medians count")
    arguments = parser.parse_args()
    print("| problem | phase | ms | operations | MB | at the limit, ms | limit / time |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    limits = []
    for problem in sorted((ROOT / "problems/determinants").glob("*.yaml")):
        report = measured(arguments.program, problem, arguments.repeat)
        limits.append(report["limits"])
        solver = report["solver"]
        for phase, name in PHASES.items():
            work = report["phases"][phase]
            if phase == "solve":
                name = f"solve, {solver['method']}, {solver['space']}"
            print(
                f"| {problem.stem} | {name} | {1e3 * work['seconds']:.2f} | {work['operations']:.2e} | "
                f"{work['bytes'] / 1e6:.1f} | {1e3 * work['floor_seconds']:.2f} | {100 * work['limit_fraction']:.0f} % |",
                flush=True)
        print(f"| {problem.stem} | step | {1e3 * report['seconds']['step']:.2f} | | | | |", flush=True)
    rates = [sorted(entry[key] for entry in limits)[len(limits) // 2] for key in ("dgemm_gflops", "stream_gb_per_s")]
    print(f"\nOne core; dgemm {rates[0]:.0f} Gflop/s, stream {rates[1]:.0f} GB/s in these runs.")


if __name__ == "__main__":
    main()
