"""Results that look good and mean nothing: frozen chains, single samples, states that no proposal reaches, signs that a
positive wave function cannot use."""

import json
import unittest

from support import CommandLineTest

HEISENBERG = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: heisenberg, J: 1.0}
ansatz: {type: rbm, alpha: 2}
sampler: {total_sz: 0, chains: 8, samples: 64}
run: {steps: 2, seed: 1, final_samples: 256}
"""
ISING = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz: {type: rbm, alpha: 1}
sampler: {chains: 8, samples: 64}
run: {steps: 2, seed: 1, final_samples: 256}
"""
TWO_RINGS = """\
lattice: {type: graph, n_sites: 8, edges: [[0,1],[1,2],[2,3],[3,0],[4,5],[5,6],[6,7],[7,4]]}
hamiltonian: {type: heisenberg, J: 1.0, sign_rule: true}
ansatz: {type: rbm, alpha: 1}
sampler: {total_sz: 0, chains: 16, samples: 512}
run: {steps: 2, seed: 1}
"""
# log psi = 400 sum of s_i s_(i+1) and the like: chains stay where they started.
FROZEN = ISING.replace("{type: rbm, alpha: 1}", "{type: jastrow, kernel_init: {type: normal, scale: 1000}}").replace(
    "steps: 2", "steps: 0").replace("256", "4096")


class SignTests(CommandLineTest):
    def notice(self, document, *arguments):
        """What is said about signs, on one line; None if nothing is."""
        self.write("config.yaml", document)
        process = self.run_program("check", "config.yaml", *arguments)
        self.assertNotEqual(process.returncode, 2, process.stderr)
        lines = [line for line in self.messages(process) if "off-diagonal elements" in line]
        self.assertLessEqual(len(lines), 1)
        return lines[0] if lines else None

    def test_positive_elements_are_told(self):
        line = self.notice(HEISENBERG)
        self.assertIn("config.yaml:2: hamiltonian: its off-diagonal elements are positive", line)
        self.assertIn("hamiltonian.sign_rule: true makes all of them negative", line)
        self.assertIn("dtype: complex128", line)
        # What a run says before its first step.
        process = self.run_well("run", "config.yaml")
        self.assertEqual(process.stderr.count("sign_rule: true makes all of them negative"), 1, process.stderr)

    def test_what_helps(self):
        for document, expected in [
            (HEISENBERG.replace("[8]", "[5]").replace("total_sz: 0", "total_sz: 0.5"), "no change of the basis by signs"),
            (HEISENBERG.replace("J: 1.0", "J: -1.0, sign_rule: true"), "sign_rule: false makes all of them negative"),
            (ISING.replace("h: 1.0", "h: -1.0"), "with the signs of X and Y changed on all sites has none"),
            (HEISENBERG.replace("heisenberg, J: 1.0", "j1j2, J2: 0.0"), "sign_rule: [true, false] makes all"),
            (HEISENBERG.replace("heisenberg, J: 1.0", "j1j2, J2: 0.5, sign_rule: [true, false]"),
             "some off-diagonal elements are positive"),
            (ISING.replace("[8]", "[3]").replace(
                "{type: ising, J: -1.0, h: 1.0}", "{type: pauli_strings, terms: [{paulis: XXI}, {paulis: IXX, coefficient: -1}]}"),
             "signs of X and Y changed on the sites 0 has none"),
        ]:
            with self.subTest(expected):
                line = self.notice(document)
                self.assertIsNotNone(line)
                self.assertIn(expected, line)

    def test_nothing_is_said_where_signs_are_used(self):
        for document in (
                ISING, HEISENBERG.replace("J: 1.0", "J: 1.0, sign_rule: true"),
                HEISENBERG.replace("alpha: 2", "alpha: 2, dtype: complex128"),
                HEISENBERG.replace("type: rbm, alpha: 2", "type: rbm_modphase"),
                HEISENBERG.replace("type: rbm, alpha: 2", "type: gcnn, features: [2], momentum: [4]"),
                HEISENBERG.replace("total_sz: 0,", "total_sz: 4,")):
            with self.subTest(document):
                self.assertIsNone(self.notice(document))


class ReachTests(CommandLineTest):
    def refused(self, document, *expected, commands=("run", "check", "benchmark")):
        self.write("config.yaml", document)
        for command in commands:
            process = self.run_program(command, "config.yaml")
            self.assertEqual(process.returncode, 2, process.stderr)
            for text in expected:
                self.assertIn(text, process.stderr)

    def test_parts_that_no_bond_joins(self):
        self.refused(
            TWO_RINGS, "config.yaml:4: sampler.rule: exchange along bonds keeps S^z of each of 2 parts",
            "sites 0 to 3; sites 4 to 7", "local with sampler.flips: 2")
        # What is not sampled is not refused.
        exact = json.loads(self.run_well("exact", "config.yaml", "--json").stdout)
        self.assertAlmostEqual(exact["energies"][0], -16, places=9)
        summed = self.run_well("run", "config.yaml", "--set", "sampler.rule=full_sum", "--output", "summed", "--quiet")
        self.assertEqual(summed.stderr.count("parts"), 0)
        # All spins up are one state.
        self.run_well("run", "config.yaml", "--set", "sampler.total_sz=4", "--output", "up", "--quiet")
        self.assertEqual(self.summary("up")["warnings"], [])
        self.assertEqual(self.summary("up")["energy"]["mean"], [8.0, 0.0])

    def test_the_cure_gives_the_right_energy(self):
        self.write("config.yaml", TWO_RINGS)
        self.run_well(
            "run", "config.yaml", "--quiet", "--set", "sampler.rule={exchange: 1, local: 1}", "--set", "sampler.flips=2",
            "--set", "run.steps=150", "--set", "optimiser.learning_rate=0.05")
        # Without the states out of reach it stays near -13.
        self.assertLess(self.summary("config")["energy"]["mean"][0], -15)

    def test_flips_that_reach_too_little(self):
        for sampler, expected in [
            ("{flips: 2}", "sampler.flips: an even number of flips keeps the parity of up spins"),
            ("{flips: 8}", "sampler.flips: flips of all 8 sites lead from a state to its mirror image"),
            ("{rule: {exchange: 1, local: 1}, flips: 2}", "keeps the parity of up spins"),
            ("{rule: {exchange: 1, local: 1}, flips: 8}", "exchange keeps total S^z, and flips of all sites"),
        ]:
            with self.subTest(sampler):
                self.refused(ISING.replace("{chains: 8, samples: 64}", sampler), expected, commands=("check",))
        one_down = HEISENBERG.replace("total_sz: 0", "rule: local, flips: 4, total_sz: 3")
        self.refused(one_down, "sampler.flips: no proposal ever changes a state", commands=("check",))


class EndTests(CommandLineTest):
    def test_frozen_chains(self):
        self.write("config.yaml", FROZEN)
        process = self.run_well("run", "config.yaml")
        summary = self.summary("config")
        self.assertIsNone(summary["v_score"])
        self.assertTrue(any("the chains are frozen (acceptance 0." in text for text in summary["warnings"]))
        for warning in summary["warnings"]:
            self.assertIn(f"dist-vmc: {warning}", process.stderr)
        self.assertNotIn("nan", process.stderr)
        process = self.run_program("evaluate", "config", "--precision", "0.1", "--max-samples", "1024", "--json")
        result = json.loads(process.stdout)
        self.assertIsNone(result["v_score"])
        self.assertTrue(any("frozen" in text for text in result["warnings"]))
        self.assertIn("the chains are frozen", process.stderr)
        self.run_well("report", "config", "--output", "page.html")
        with open(self.path("page.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn("the chains are frozen", page)
        self.assertIn("evaluation: the chains are frozen", page)

    def test_a_single_sample(self):
        self.write(
            "config.yaml", ISING.replace("chains: 8, samples: 64", "chains: 1, samples: 1, discard: 0").replace("256", "1"))
        process = self.run_well("run", "config.yaml")
        summary = self.summary("config")
        self.assertEqual((summary["energy"]["variance"], summary["v_score"]), (None, None))
        self.assertIn("a single sample has no variance", " ".join(summary["warnings"]))
        self.assertIn("a single sample has no variance", process.stderr)
        for entry in self.log("config"):
            self.assertEqual((entry["energy"]["variance"], entry["v_score"]), (None, None))

    def test_one_chain(self):
        self.write("config.yaml", ISING.replace("chains: 8, samples: 64", "chains: 1, samples: 64").replace("256", "4096"))
        self.run_well("run", "config.yaml", "--quiet")
        energy = self.summary("config")["energy"]
        self.assertIsNone(energy["r_hat"])
        self.assertAlmostEqual(energy["split_r_hat"], 1, delta=0.05)
        self.assertEqual(self.summary("config")["warnings"], [])
        process = self.run_program("evaluate", "config", "--precision", "0.05", "--json")
        self.assertAlmostEqual(json.loads(process.stdout)["energy"]["r_hat"], 1, delta=0.05)

    def test_eigenstates_keep_their_score(self):
        """All amplitudes equal, with a field alone: an eigenstate, whose chains move."""
        field = ISING.replace("J: -1.0", "J: 0.0").replace("alpha: 1", "alpha: 1, kernel_init: zeros, bias_init: zeros")
        self.write("config.yaml", field.replace("steps: 2", "steps: 0"))
        for method in ("local", "full_sum"):
            process = self.run_well("run", "config.yaml", "--set", f"sampler.rule={method}", "--output", method)
            summary = self.summary(method)
            self.assertEqual((summary["energy"]["mean"], summary["energy"]["variance"]), ([-8.0, 0.0], 0))
            self.assertEqual((summary["v_score"], summary["warnings"]), (0, []))
            self.assertNotIn("nan", process.stderr)

    def test_an_undefined_score(self):
        """H = 0: every energy is E at infinite temperature, and the score is 0/0."""
        zero = ISING.replace("J: -1.0, h: 1.0", "J: 0.0, h: 0.0").replace("steps: 2", "steps: 0")
        self.write("config.yaml", zero)
        process = self.run_well("run", "config.yaml")
        self.assertIsNone(self.summary("config")["v_score"])
        self.assertIn("V-score            undefined", process.stderr)
        self.assertNotIn("nan", process.stderr)


if __name__ == "__main__":
    unittest.main()
