#!/usr/bin/env python3
"""Ratios of local backflow from kept products against determinants that are evaluated anew.

`dist-vmc benchmark` takes turns on problems/determinants/hubbard-8x8-backflow.yaml with `ratios: kept` and `ratios: whole`, on one
core, and the medians of the phases are printed.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent
PROBLEM = ROOT / "problems/determinants/hubbard-8x8-backflow.yaml"


def phases(program, ratios, repeats):
    text = PROBLEM.read_text().replace("{type: backflow,", f"{{type: backflow, ratios: {ratios},")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        command = [program, "benchmark", file.name, "--repeat", str(repeats), "--json"]
        environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
    return {name: report["phases"][name]["seconds"] for name in ("sample", "local_energy")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT.parent / ".build/release/dist-vmc"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=3, help="steps of each turn")
    arguments = parser.parse_args()
    measured = {"kept": [], "whole": []}
    for _ in range(arguments.rounds):
        for ratios, found in measured.items():
            found.append(phases(arguments.program, ratios, arguments.repeat))
    print("| phase | kept products, ms | whole determinants, ms | factor |\n| --- | ---: | ---: | ---: |")
    for phase, name in (("sample", "sampling"), ("local_energy", "local energies")):
        kept, whole = (statistics.median(turn[phase] for turn in measured[ratios]) for ratios in ("kept", "whole"))
        print(f"| {name} | {1e3 * kept:.0f} | {1e3 * whole:.0f} | {whole / kept:.1f} |")


if __name__ == "__main__":
    main()
