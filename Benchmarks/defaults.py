"""What a configuration of three blocks comes to: lattice, hamiltonian and ansatz, everything else by default.

    python3 Benchmarks/defaults.py [--seconds 120] [--ranks 2] [--only NAME ...] [--set key=value ...] [--against PROGRAM]

Runs 16 problems for a given time each and prints a Markdown table: the relative error of the energy, as a fresh estimate at
the final parameters, the steps that were made, the V-score. With --against, another build of dist-vmc runs each
problem in turn. Exact energies come from `dist-vmc exact`.

Exit status: 0; 1 if a run failed; 2 for a wrong command line.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import launch

CHAIN = "{type: chain, extent: [16]}"
SQUARE = "{type: square, extent: [4, 4]}"
HEISENBERG = "{type: heisenberg, sign_rule: true}"
J1J2 = "{type: j1j2, J1: 1, J2: 0.5, sign_rule: true}"
CLUSTER = "{type: pauli_strings, terms: [%s]}" % ", ".join(
    f"{{sites: [{site}, {(site + 1) % 12}, {(site + 2) % 12}], paulis: ZXZ, coefficient: -1}}, "
    f"{{sites: [{site}], paulis: X, coefficient: -0.7}}"
    for site in range(12))

PROBLEMS = {
    "ising chain, rbm": ("{type: chain, extent: [20]}", "{type: ising, h: 1}", "{type: rbm, alpha: 2}", ""),
    "ising 4x4, rbm": (SQUARE, "{type: ising, h: 3}", "{type: rbm, alpha: 2}", ""),
    "heisenberg chain, complex rbm": (CHAIN, HEISENBERG, "{type: rbm, alpha: 2, dtype: complex128}", ""),
    "heisenberg 4x4, rbm": (SQUARE, HEISENBERG, "{type: rbm, alpha: 4}", ""),
    "heisenberg 4x4, mlp": (SQUARE, HEISENBERG, "{type: mlp, hidden_dims: [64, 32]}", ""),
    "heisenberg 4x4, gcnn": (SQUARE, HEISENBERG, "{type: gcnn, features: [4, 4]}", ""),
    "xxz chain, jastrow": (CHAIN, "{type: xxz, delta: 0.5, sign_rule: true}", "{type: jastrow}", ""),
    "j1j2 chain, cnn": (CHAIN, J1J2, "{type: cnn, channels: [8, 8], kernel: [5], dtype: complex128}", ""),
    "j1j2 4x4, complex rbm": (SQUARE, J1J2, "{type: rbm, alpha: 4, dtype: complex128}", ""),
    "j1j2 4x4, complex gcnn": (SQUARE, J1J2, "{type: gcnn, features: [4, 4], dtype: complex128}", ""),
    "j1j2 4x4, transformer": (SQUARE, J1J2, "{type: transformer}", ""),
    "heisenberg triangular 4x3, complex rbm": (
        "{type: triangular, extent: [4, 3]}", "{type: heisenberg}", "{type: rbm, alpha: 4, dtype: complex128}", ""),
    "heisenberg kagome 2x2, complex rbm": (
        "{type: kagome, extent: [2, 2]}", "{type: heisenberg}", "{type: rbm, alpha: 4, dtype: complex128}", ""),
    "heisenberg honeycomb 3x3, rbm": (
        "{type: honeycomb, extent: [3, 3]}", HEISENBERG, "{type: rbm, alpha: 2}", ""),
    "cluster chain, rbm": ("{type: chain, extent: [12]}", CLUSTER, "{type: rbm, alpha: 2}", ""),
    "hubbard 4x2, pair product and jastrow": (
        "{type: square, extent: [4, 2]}", "{type: hubbard, t: 1, U: 4}",
        "[{type: pair_product}, {type: gutzwiller}, {type: jastrow}]", "hilbert: {type: fermions, n_up: 4, n_down: 4}\n"),
}


def text(problem):
    lattice, hamiltonian, ansatz, rest = problem
    return f"lattice: {lattice}\nhamiltonian: {hamiltonian}\nansatz: {ansatz}\n{rest}"


def exact(program, configuration, settings):
    words = [program, "exact", configuration, "--json"]
    return json.loads(subprocess.run(words + settings, check=True, capture_output=True, text=True).stdout)["energies"][0]


def reached(program, configuration, seconds, ranks, settings, output):
    """The summary after so many seconds."""
    def run(*more):
        words = [program, "run", configuration, "--output", output, "--quiet", *more, *settings]
        words, environment = launch.command(words, ranks)
        return subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    process = run("--set", "run.steps=1000000", "--set", f"run.time_limit={seconds}")
    if process.returncode not in (0, 75):
        return process.stderr.strip().splitlines()[-1]
    with open(os.path.join(output, "log.jsonl")) as log:
        steps = sum(1 for _ in log)
    process = run("--set", f"run.steps={steps}", "--set", "run.final_samples=65536", "--resume")
    if process.returncode != 0:
        return process.stderr.strip().splitlines()[-1]
    with open(os.path.join(output, "summary.json")) as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=list(PROBLEMS))
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--against", help="another dist-vmc")
    options = parser.parse_args()
    unknown = [name for name in options.only if name not in PROBLEMS]
    if unknown:
        parser.error(f"no problem is called {unknown[0]}")
    settings = [part for setting in options.settings for part in ("--set", setting)]
    programs = [launch.built("dist-vmc")] + ([options.against] if options.against else [])
    print("| problem | " + " | ".join("error | steps | V-score" for _ in programs) + " |")
    print("| --- |" + " ---: | ---: | ---: |" * len(programs), flush=True)
    failed = False
    for name in options.only:
        with tempfile.TemporaryDirectory() as directory:
            configuration = os.path.join(directory, "problem.yaml")
            with open(configuration, "w") as file:
                file.write(text(PROBLEMS[name]))
            energy = exact(programs[0], configuration, settings)
            cells = []
            for number, program in enumerate(programs):
                output = os.path.join(directory, str(number))
                result = reached(program, configuration, options.seconds, options.ranks, settings, output)
                if isinstance(result, str):
                    failed = True
                    cells += [result, "", ""]
                    continue
                error = (result["energy"]["mean"][0] - energy) / abs(energy)
                score = "none" if result["v_score"] is None else f"{result['v_score']:.1e}"
                cells += [f"{error:.1e}", str(result["steps"]), score]
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
