"""Conjugate gradients with a subspace that is kept from step to step against those without: products, seconds and messages.

    python3 Benchmarks/solver_across_steps.py [--steps 100] [--ranks N] [--skip 10] [--set KEY=VALUE ...] [CASE ...]

For each case the same optimisation runs once with `sr.preconditioner: none` and once with `subspace`, to the same residual,
from the same parameters and with the same seed. Prints a Markdown table of medians over the steps after the first ones: products
with S (iterations, true residuals, and those of solves that were given up), seconds of the solve, collectives of a whole step,
and the ratios of the first two, step by step.

Exit status: 0; 1 if a run failed; 2 for a wrong command line.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import launch

ISING = """\
lattice:     {type: square, extent: [10, 10], pbc: true}
hamiltonian: {type: ising, J: -1.0, h: 3.0}
"""
SAMPLES = "sampler: {rule: local, chains: 64, samples: %d, sweep: 100, discard: 1}\n"
SR = "sr: {solver: cg, diag_shift: %s, tolerance: %s, max_iterations: 3000}\n"
RATE = "optimiser: {type: sgd, learning_rate: 0.02}\n"
RBM = "ansatz: {type: rbm, alpha: 4, dtype: float64}\n"
MLP = "ansatz: {type: mlp, hidden_dims: [200, 200], activation: gelu, dtype: float64}\n"
CASES = {
    "mlp-4x4": (
        "lattice: {type: square, extent: [4, 4], pbc: true}\n"
        "hamiltonian: {type: heisenberg, J: 1.0, sign_rule: true}\n"
        "ansatz: {type: mlp, hidden_dims: [64, 32], activation: gelu, dtype: float64}\n"
        "sampler: {rule: exchange, chains: 64, samples: 4096, sweep: 16, discard: 8, total_sz: 0}\n"
        "sr: {solver: cg, diag_shift: {type: exponential, start: 0.02, end: 0.002, steps: 50}, "
        "tolerance: 1.0e-3, max_iterations: 3000}\n"
        "optimiser: {type: sgd, learning_rate: 0.05}\n"),
    "rbm-10x10": ISING + RBM + SAMPLES % 1024 + SR % ("1.0e-3", "1.0e-3") + RATE,
    "mlp-10x10-1e-3": ISING + MLP + SAMPLES % 1024 + SR % ("1.0e-3", "1.0e-3") + RATE,
    "mlp-10x10-1e-4": ISING + MLP + SAMPLES % 1024 + SR % ("1.0e-4", "1.0e-3") + RATE,
}


def steps_of(program, directory, case, preconditioner, options):
    """The entries of the log of one run."""
    configuration = pathlib.Path(directory, f"{case}.yaml")
    configuration.write_text(CASES[case] + f"run: {{steps: {options.steps}, seed: 1, final_samples: 64}}\n")
    output = pathlib.Path(directory, f"{case}-{preconditioner}")
    words = [program, "run", str(configuration), "--quiet", "--output", str(output)]
    for setting in [*options.set, f"sr.preconditioner={preconditioner}"]:
        words += ["--set", setting]
    whole, environment = launch.command(words, options.ranks)
    result = subprocess.run(
        whole, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(whole)} ended with {result.returncode}: {result.stderr.strip()}")
    return [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]


def products(solver):
    """Iterations, and the true residuals of a solve from zero that is not restarted: every 50 iterations and at the end."""
    return solver.get("products", solver["iterations"] + 1 + max(0, solver["iterations"] - 1) // 50)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--skip", type=int, default=10, help="steps at the beginning that are left out")
    parser.add_argument("--ranks", type=int)
    parser.add_argument("--set", action="append", default=[])
    options = parser.parse_args()
    if unknown := [case for case in options.cases if case not in CASES]:
        parser.error(f"unknown case {unknown[0]}")
    program = launch.built("dist-vmc")
    print("| case | products | with subspace | ratio | solve, ms | with subspace | ratio | collectives | with | drops |")
    print("| --- " + "| ---: " * 9 + "|")
    for case in options.cases or CASES:
        with tempfile.TemporaryDirectory() as directory:
            pair = [
                steps_of(program, directory, case, preconditioner, options)[options.skip:]
                for preconditioner in ("none", "subspace")]
        counts = [[products(entry["solver"]) for entry in run] for run in pair]
        times = [[1e3 * entry["seconds"]["solve"] for entry in run] for run in pair]
        calls = [statistics.median(entry["collectives"]["calls"] for entry in run) for run in pair]
        fewer, faster = (
            statistics.median(one / other for one, other in zip(*columns)) for columns in (counts, times))
        print(
            f"| {case} | {statistics.median(counts[0]):.0f} | {statistics.median(counts[1]):.0f} | {fewer:.2f} "
            f"| {statistics.median(times[0]):.1f} | {statistics.median(times[1]):.1f} | {faster:.2f} "
            f"| {calls[0]:.0f} | {calls[1]:.0f} | {pair[1][-1]['solver']['subspace_drops']} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
