#!/usr/bin/env python3
"""Projections of optimised states on the ground state, against exact energies.

Runs `dist-vmc run` and `dist-vmc project` on each file in problems/projection and prints the table of docs/projection.md: the
variational energy, the projected one, the exact one, the deviation in errors, and the seconds of both.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent
# In Pauli matrices. 6 x 6: -0.678872150 and -0.5038096 per site in S.S (exact diagonalisation, H. J. Schulz, T. A. L. Ziman and
# D. Poilblanc, J. Phys. I France 6, 675, 1996); the chain: free fermions.
EXACT = {
    "heisenberg-4x4": -44.913932833715464,
    "heisenberg-6x6": -0.678872150 * 144,
    "ising-32": -2 / math.sin(math.pi / 64),
    "j1j2-6x6": -0.5038096 * 144,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT.parent / ".build/release/dist-vmc"))
    parser.add_argument("--ranks", type=int, default=2)
    arguments = parser.parse_args()
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    print("| problem | run | seconds | projected | seconds | | exact | deviation / error | relative error |")
    print("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |")
    for problem in sorted((ROOT / "problems/projection").glob("*.yaml")):
        with tempfile.TemporaryDirectory() as folder:
            cells = []
            for command in (["run", str(problem), "--output", "out", "--quiet"], ["project", "out", "--quiet"]):
                start = time.monotonic()
                subprocess.run(
                    ["mpirun", "--bind-to", "none", "-n", str(arguments.ranks), arguments.program, *command], check=True,
                    cwd=folder, env=environment)
                name = "out/summary.json" if command[0] == "run" else "out/projection/summary.json"
                summary = json.loads((pathlib.Path(folder) / name).read_text(encoding="utf-8"))
                energy, error = summary["energy"]["mean"][0], summary["energy"]["error"]
                cells += [f"{energy:.5f} ± {error:.5f}", f"{time.monotonic() - start:.0f}"]
        exact = EXACT[problem.stem]
        print(
            f"| {problem.stem} | {' | '.join(cells)} | {summary['projection']} | {exact:.5f} | {(energy - exact) / error:.1f} | "
            f"{abs(energy / exact - 1):.1e} |",
            flush=True)


if __name__ == "__main__":
    main()
