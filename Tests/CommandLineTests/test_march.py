"""MARCH, shifts in mean eigenvalues, steps of a fixed norm."""

import json
import os
import unittest

from support import CommandLineTest, mpirun

CONFIGURATION = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: rbm, alpha: 2}
sampler: {chains: 4, samples: 64, total_sz: 0}
sr: {solver: minsr, march: {}, lift_mean: true, relative_shift: true}
optimiser: {learning_rate: {type: exponential, start: 0.05, end: 0.01}, fixed_norm: true}
run: {steps: 6, checkpoint_every: 1, final_samples: 32}
"""


class MarchTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("march.yaml", CONFIGURATION)

    def steps(self, directory):
        with open(self.path(directory, "log.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_steps_have_the_norm_of_the_learning_rate(self):
        self.run_well("run", "march.yaml")
        steps = self.steps("march")
        for step in steps:
            self.assertAlmostEqual(step["norms"]["update"], step["learning_rate"], delta=1e-12)
        self.assertAlmostEqual(steps[0]["learning_rate"], 0.05)
        self.assertLess(steps[-1]["learning_rate"], 0.03)

    def test_defaults_are_those_of_the_definition(self):
        self.run_well("run", "march.yaml", "--set", "run.steps=0")
        with open(self.path("march", "config.yaml"), encoding="utf-8") as file:
            text = file.read()
        for line in ["momentum: 0.95", "diag_shift: 0.001", "decay: 0.995", "epsilon: 0.001"]:
            self.assertIn(line, text)

    def test_the_same_on_any_number_of_ranks_and_in_either_space(self):
        ways = [[], ["--set", "sr={solver: cholesky, march: {}, relative_shift: true}"],
                ["--set", "sr={solver: cg, tolerance: 1.0e-13, march: {}, relative_shift: true}"]]
        expected = None
        for number, way in enumerate(ways):
            for ranks in [None] + ([2, 4] if mpirun() else []):
                with self.subTest(way=way, ranks=ranks):
                    directory = f"out{number}_{ranks}"
                    self.run_well("run", "march.yaml", "--output", directory, *way, ranks=ranks)
                    energies = self.energies(directory)
                    expected = expected or energies
                    for energy, other in zip(energies, expected):
                        self.assertAlmostEqual(energy, other, delta=1e-6)

    def test_resuming_goes_on_bit_for_bit(self):
        for number, options in enumerate([[], ["--set", "run.deterministic=true"]]):
            ranks = 2 if number and mpirun() else None
            self.run_well("run", "march.yaml", "--output", f"whole{number}", *options)
            self.run_well(
                "run", "march.yaml", "--output", f"parts{number}", *options, "--set", "run.steps=3", "--set",
                "optimiser.learning_rate={type: exponential, start: 0.05, end: 0.01, steps: 6}", ranks=ranks)
            self.run_well("run", "march.yaml", "--output", f"parts{number}", *options, "--resume", ranks=ranks)
            self.assertEqual(self.energies(f"parts{number}"), self.energies(f"whole{number}"))
            self.assertEqual(self.summary(f"parts{number}")["energy"], self.summary(f"whole{number}")["energy"])

    def test_check_counts_what_a_step_sends(self):
        for ranks in [None] + ([2] if mpirun() else []):
            for sr in ["{solver: minsr, march: {}, lift_mean: true, relative_shift: true}",
                       "{solver: cholesky, march: {}}", "{solver: minsr, relative_shift: true}"]:
                with self.subTest(ranks=ranks, sr=sr):
                    directory = f"out{abs(hash((ranks, sr)))}"
                    options = ["--set", "sr=" + sr]
                    self.run_well("run", "march.yaml", "--output", directory, *options, ranks=ranks)
                    report = json.loads(self.run_well("check", "march.yaml", "--json", *options, ranks=ranks).stdout)
                    self.assertTrue(report["passed"])
                    expected = report["collectives"]["per_step"]
                    made = self.steps(directory)[-1]["collectives"]
                    self.assertEqual(made["calls"], expected, made)
                    if ranks is None:
                        self.assertEqual(made["bytes"], report["collectives"]["bytes_per_step"])

    def test_what_contradicts_it_is_refused(self):
        for message, options in [
            ("optimiser.learning_rate: the size of a step is chosen for steps along the solution of the SR equation as it is, "
             "without sr.march", ["optimiser={}"]),
            ("sr.diag_shift: the shift is chosen for steps along the solution", ["sr.diag_shift=auto"]),
            ("optimiser.learning_rate: with fixed_norm it is the norm of a step",
             ["optimiser={fixed_norm: true}", "sr={solver: minsr}"]),
            ("sr.diag_shift: the shift is chosen by what a step of its own length does",
             ["optimiser={learning_rate: 0.05, fixed_norm: true}", "sr={solver: cholesky, diag_shift: auto}"]),
            ("sr.diag_shift: with march in sample space the diagonal is divided by", ["sr.diag_shift=0"]),
            ("sr.lift_mean: the null vector of T is lifted where T is formed", ["sr.space=parameters", "sr.solver=cg"]),
            ("sr.lift_mean: pinv_smooth counts its cut-offs",
             ["sr={solver: pinv_smooth, space: samples, lift_mean: true}"]),
            ("sr.lift_mean: the null vector of T", ["sr={solver: cg, space: samples, kernel: products, lift_mean: true}"]),
            ("sr.march.decay: found the integer 1", ["sr.march.decay=1"]),
            ("sr.march.beta: unknown key", ["sr.march.beta=1"]),
        ]:
            with self.subTest(message):
                process = self.run_program(
                    "run", "march.yaml", "--output", "refused",
                    *(part for option in options for part in ["--set", option]))
                self.assertEqual(process.returncode, 2, process.stderr)
                self.assertIn(message, process.stderr)
        self.assertFalse(os.path.exists(self.path("refused", "checkpoint.h5")))
        process = self.run_well(
            "run", "march.yaml", "--output", "none", "--set", "sr={solver: none, march: {}}", "--set", "run.steps=1")
        self.assertIn("sr.march: no effect with this sr.solver", process.stderr)


if __name__ == "__main__":
    unittest.main()
