#!/usr/bin/env python3
"""Energies of several states at once against exact levels.

Runs `dist-vmc run` for each file in problems/several-states, `dist-vmc exact` for its levels, and prints the table of
docs/excited-states.md. Output directories are kept and taken up again with --resume.
"""

import argparse
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent


def started(command, **options):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    return subprocess.run(command, check=True, text=True, env=environment, **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT.parent / ".build/release/dist-vmc"))
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--output", default="several-states", help="folder of the runs")
    parser.add_argument("--problem", action="append", help="name of a file in problems/several-states; by default all")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.output)
    folder.mkdir(parents=True, exist_ok=True)
    launcher = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(arguments.ranks)]
    print("| problem | state | energy | exact | relative difference | difference / error | seconds |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for problem in sorted((ROOT / "problems/several-states").glob("*.yaml")):
        if arguments.problem and problem.stem not in arguments.problem:
            continue
        output = folder / problem.stem
        if not (output / "summary.json").exists():
            command = [arguments.program, "run", str(problem), "--output", str(output), "--resume", "--quiet"]
            started(launcher + command)
        summary = json.loads((output / "summary.json").read_text())
        states = summary["states"]
        levels = folder / f"{problem.stem}.exact.json"
        if not levels.exists():
            command = [arguments.program, "exact", str(problem), "--states", str(len(states)), "--json"]
            levels.write_text(started(launcher + command, capture_output=True).stdout)
        exact = json.loads(levels.read_text())["energies"]
        for number, (state, level) in enumerate(zip(states, exact)):
            difference = state["energy"] - level
            deviation = f"{difference / state['error']:.1f}" if state["error"] > 0 else ""
            print(
                f"| {problem.stem} | {number} | {state['energy']:.4f}({state['error']:.4f}) | {level:.6f} | "
                f"{difference / abs(level):.1e} | {deviation} | {summary['seconds']['total']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
