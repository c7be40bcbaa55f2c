#!/usr/bin/env python3
"""Errors of sampled Lanczos steps against their deviations from the sum over the basis.

For each problem a short run gives a state; `dist-vmc evaluate --lanczos p` measures it with many seeds, and once by summing the
basis. Printed are the exact energies, the mean and the root mean square of (sampled - exact)/error, and the largest; the root mean
square of honest errors is 1 up to 1/sqrt(2 seeds).
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent
PROBLEMS = {
    "ising, chain of 12, rbm": """
lattice:     {type: chain, extent: [12]}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz:      {type: rbm, alpha: 1}
sampler:     {chains: 32, samples: 1024}
""",
    "heisenberg, chain of 12, complex rbm": """
lattice:     {type: chain, extent: [12]}
hamiltonian: {type: heisenberg, J: 1.0}
ansatz:      {type: rbm, alpha: 1, dtype: complex128}
sampler:     {rule: exchange, total_sz: 0, chains: 32, samples: 1024}
""",
    "hubbard, chain of 6, determinant": """
lattice:     {type: chain, extent: [6]}
hamiltonian: {type: hubbard, t: 1.0, U: 4.0}
hilbert:     {type: fermions, n_up: 3, n_down: 3}
ansatz:      {type: slater_jastrow}
sampler:     {rule: hop, chains: 32, samples: 1024}
""",
    "bosons, chain of 6, jastrow": """
lattice:     {type: chain, extent: [6]}
hamiltonian: {type: bose_hubbard, J: 1.0, U: 4.0}
hilbert:     {type: bosons, n_max: 4, n: 6}
ansatz:      {type: jastrow}
sampler:     {rule: hop, chains: 32, samples: 1024}
""",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT.parent / ".build/release/dist-vmc"))
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--samples", type=int, default=8192)
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 2], help="Lanczos steps")
    arguments = parser.parse_args()
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")

    def program(*command, accepted=(0,)):
        process = subprocess.run(
            [arguments.program, *command], cwd=folder, env=environment, text=True, capture_output=True)
        if process.returncode not in accepted:
            raise SystemExit(process.stderr)
        return process.stdout

    print("| problem | steps | energy | after the steps, exact | error | mean deviation | rms | largest |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, problem in PROBLEMS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "problem.yaml"
            path.write_text(problem, encoding="utf-8")
            run = ["run", "problem.yaml", "--quiet"]
            program(*run, "--output", "sampled", "--set", "run={steps: 15, seed: 1}")
            total_sz = "{rule: full_sum, total_sz: 0}" if "total_sz" in problem else "{rule: full_sum}"
            program(
                *run, "--output", "summed", "--set", "run={steps: 0, initial_parameters: sampled/checkpoint.h5}", "--set",
                f"sampler={total_sz}")
            for steps in arguments.steps:
                evaluate = ["evaluate", "--json", "--lanczos", str(steps)]
                summed = json.loads(program(*evaluate, "summed"))
                exact = summed["lanczos"]["energy"]["mean"]
                deviations, errors = [], []
                for seed in range(1, arguments.seeds + 1):
                    # The precision is never reached: as many samples as are allowed.
                    output = program(
                        *evaluate, "sampled", "--seed", str(seed), "--precision", "1e-12", "--max-samples",
                        str(arguments.samples), accepted=(1,))
                    energy = json.loads(output)["lanczos"]["energy"]
                    errors.append(energy["error"])
                    deviations.append((energy["mean"] - exact) / energy["error"])
                count = len(deviations)
                rms = math.sqrt(sum(x * x for x in deviations) / count)
                print(
                    f"| {name} | {steps} | {summed['energy']['mean']:.5f} | {exact:.5f} | {sum(errors) / count:.5f} | "
                    f"{sum(deviations) / count:+.2f} | {rms:.2f} | {max(map(abs, deviations)):.1f} |", flush=True)


if __name__ == "__main__":
    main()
