"""Wave functions that vanish, or all but vanish, and runs that explode in finite numbers."""

import json
import math
import unittest

from support import CommandLineTest

EMPTY = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: heisenberg, J: 1.0}
ansatz: {type: symmetrised, group: space_group, momentum: [0], irrep: "A''", parity: 1, ansatz: {type: rbm, alpha: 1}}
sampler: {total_sz: 0, rule: full_sum}
run: {steps: 2, seed: 2}
"""
STEEP = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz: {type: rbm, alpha: 1, kernel_init: {type: normal, scale: 100}, bias_init: {type: normal, scale: 100}}
sampler: {rule: full_sum}
run: {steps: 0, seed: 4}
"""
SIGNS = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: heisenberg, J: 1.0}
ansatz: {type: rbm, alpha: 2}
sampler: {total_sz: 0, chains: 16, samples: 1024}
run: {steps: 100, seed: 1}
optimiser: {learning_rate: 0.05}
"""


class SectorTests(CommandLineTest):
    def refused(self, document, expected):
        self.write("config.yaml", document)
        for command in ("run", "check"):
            process = self.run_program(command, "config.yaml")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(expected, process.stderr)
        self.assertEqual(self.listing(), [self.path("config.yaml")])

    def test_empty_sectors(self):
        gcnn = 'ansatz: {type: gcnn, features: [2], group: space_group, momentum: [0], irrep: "A\'\'", parity: 1}\n'
        for document in (
                EMPTY, EMPTY.replace("rule: full_sum", "chains: 8, samples: 64"),
                "".join(gcnn if line.startswith("ansatz") else line for line in EMPTY.splitlines(True))):
            with self.subTest(document):
                self.refused(document, "config.yaml:3: ansatz.momentum: the symmetry sector is empty: the basis of total_sz = 0")
        # All spins up are one state, whose momentum is 0.
        self.refused(
            EMPTY.replace("total_sz: 0", "total_sz: 4").replace("momentum: [0], irrep: \"A''\", parity: 1", "momentum: [1]"),
            "the symmetry sector is empty")
        self.write("config.yaml", EMPTY.replace("parity: 1", "parity: -1"))
        self.assertNotIn("sector is empty", self.run_program("check", "config.yaml").stderr)

    def test_cancellation(self):
        """A network without biases is even under the flip of all spins."""
        odd = EMPTY.replace("momentum: [0], irrep: \"A''\", parity: 1", "parity: -1").replace(
            "alpha: 1", "alpha: 1, use_hidden_bias: false, use_visible_bias: false")
        self.refused(odd, "config.yaml:3: ansatz: psi is lost in cancellation")
        self.refused(odd.replace("rule: full_sum", "chains: 8, samples: 64"), "psi is lost in cancellation")


class UnderflowTests(CommandLineTest):
    def test_steep_states(self):
        """log psi spans two thousand: squares of ratios overflow where weights underflow."""
        self.write("config.yaml", STEEP)
        for dtype in ("float64", "float32"):
            with self.subTest(dtype):
                self.run_well("run", "config.yaml", "--set", f"ansatz.dtype={dtype}", "--output", dtype, "--quiet")
                summary = self.summary(dtype)
                # The dominant state has no diagonal energy; what H connects it with is e^-72 of it.
                self.assertAlmostEqual(summary["energy"]["mean"][0] / -1.9e-32, 1, delta=0.05)
                # |H psi|^2: the field brings one of eight flips each with weight 1.
                self.assertAlmostEqual(summary["energy"]["variance"], 8, places=9)
                result = json.loads(self.run_well("evaluate", dtype, "--json").stdout)
                self.assertAlmostEqual(result["energy"]["variance"], 8, places=9)


class ExplosionTests(CommandLineTest):
    def test_an_explosion_ends_the_run(self):
        self.write("config.yaml", SIGNS)
        process = self.run_program("run", "config.yaml", "--quiet")
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertRegex(self.messages(process)[0], r"step \d+: the (energy|variance of the energy|update) ")
        # What was logged before is sane: no state has an energy beyond 24.
        for entry in self.log("config"):
            self.assertLess(abs(entry["energy"]["mean"][0]), 24 * 26)

    def test_an_explosion_is_rolled_back(self):
        self.write("config.yaml", SIGNS)
        process = self.run_program(
            "run", "config.yaml", "--quiet", "--set", "run.on_divergence=rollback", "--set", "run.rollback_factor=0.2",
            "--set", "run.checkpoint_every=5")
        self.assertIn("with the learning rate times 0.2", process.stderr)
        if process.returncode == 0:
            summary = self.summary("config")
            self.assertGreater(summary["rollbacks"], 0)
            self.assertTrue(math.isfinite(summary["energy"]["mean"][0]))
        else:
            self.assertIn("given up after returning to step", process.stderr)


if __name__ == "__main__":
    unittest.main()
