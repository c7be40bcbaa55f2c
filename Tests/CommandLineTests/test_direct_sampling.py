"""Autoregressive networks and samples that are drawn directly."""

import json
import os
import unittest

from support import CommandLineTest

CHAIN = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: arnn_dense, features: [6], activation: gelu}
sampler: {chains: 12, samples: 240, total_sz: 0}
optimiser: {type: momentum, learning_rate: 0.05}
run: {steps: 6, checkpoint_every: 2, final_samples: 240}
"""


class DirectSamplingTests(CommandLineTest):
    def test_the_first_steps_are_the_same_on_any_number_of_ranks(self):
        self.write("chain.yaml", CHAIN)
        for ranks in (1, 2, 3):
            # A solution to all digits, as far as the samples decide it.
            self.run_well(
                "run", "chain.yaml", "--quiet", "--output", f"r{ranks}", "--set", "run.steps=2", "--set",
                "sr.tolerance=1.0e-12", ranks=ranks)
            first = self.log(f"r{ranks}")[0]
            self.assertIsNone(first["acceptance"])
            self.assertGreater(first["energy"]["variance"], 0)
            for number, other in enumerate(self.energies("r1")):
                self.assertLess(abs(self.energies(f"r{ranks}")[number] - other), 1e-12 if number == 0 else 1e-6)

    def test_resumed_is_the_undisturbed_run(self):
        self.write("chain.yaml", CHAIN)
        for ranks in (None, 2):
            whole, parts = f"whole{ranks}", f"parts{ranks}"
            self.run_well("run", "chain.yaml", "--quiet", "--output", whole, ranks=ranks)
            self.run_well("run", "chain.yaml", "--quiet", "--output", parts, "--set", "run.steps=3", ranks=ranks)
            self.run_well("run", "chain.yaml", "--quiet", "--output", parts, "--resume", ranks=ranks)
            self.assertEqual(self.physics(parts), self.physics(whole))
            self.assertEqual(self.summary(parts)["energy"], self.summary(whole)["energy"])

    def test_a_run_reaches_the_exact_energy(self):
        self.write("chain.yaml", CHAIN)
        exact = json.loads(self.run_well("exact", "chain.yaml", "--json").stdout)["energies"][0]
        self.run_well(
            "run", "chain.yaml", "--quiet", "--output", "run", "--set", "run.steps=150", "--set", "sampler.samples=480",
            "--set", "optimiser={type: sgd, learning_rate: 0.1}", "--set", "sr.diag_shift=0.003",
            "--set", "run.final_samples=12000")
        energy = self.summary("run")["energy"]
        self.assertLess(abs(energy["mean"][0] - exact), 2e-3 * abs(exact))
        self.assertGreater(energy["mean"][0], exact - 5 * energy["error"])
        self.assertLess(energy["r_hat"], 1.05)

    def test_check_and_benchmark_know_the_rule(self):
        self.write("chain.yaml", CHAIN)
        for network in ("{type: arnn_dense}", "{type: arnn_conv1d, dtype: complex64}", "{type: arnn_dense, dtype: complex128}"):
            process = self.run_well("check", "chain.yaml", "--json", "--set", f"ansatz={network}", ranks=2)
            report = json.loads(process.stdout)
            self.assertTrue(report["passed"])
            self.assertEqual(report["holomorphic"], False if "complex" in network else None)
            self.assertEqual(report["samples"], {
                "method": "direct", "total": 240, "per_rank": [120, 120], "chains": 12, "chains_per_rank": [6, 6],
                "samples_per_chain": 20, "asked_for": 240})
            phases = [each["phase"] for each in report["collectives"]["list"] if each["per"] == "step"]
            self.assertNotIn("sample", phases)
        plan = report["collectives"]
        self.run_well("run", "chain.yaml", "--quiet", "--output", "run", "--set", f"ansatz={network}", ranks=2)
        for entry in self.log("run"):
            iterations = entry["solver"]["iterations"]
            products = iterations + (iterations - 1) // plan["residual_interval"]
            self.assertEqual(entry["collectives"]["calls"], plan["per_step"] + products * plan["per_product"])
        self.assertIn("independently", self.run_well("check", "chain.yaml").stdout)
        process = self.run_well(
            "benchmark", "chain.yaml", "--repeat", "1", "--json", "--predict", "4", "--latency", "1e-6",
            "--bandwidth", "1e9")
        report = json.loads(process.stdout)
        self.assertEqual(report["samples"], 240)
        # One whole evaluation for each sample.
        self.assertEqual(report["phases"]["sample"]["operations"], report["phases"]["linearise"]["operations"])

    def test_markov_chains_of_an_autoregressive_network(self):
        self.write("chain.yaml", CHAIN)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "run", "--set", "sampler.rule=exchange")
        self.assertTrue(all(0 < entry["acceptance"] < 1 for entry in self.log("run")))


class InitialParametersTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("chain.yaml", CHAIN)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "first")

    def test_a_run_starts_from_anothers_parameters(self):
        start = ["--set", "run.initial_parameters=first/checkpoint.h5"]
        full = ["--set", "sampler={rule: full_sum, total_sz: 0}", "--set", "run.steps=1", "--set", "optimiser.learning_rate=0"]
        self.run_well("run", "chain.yaml", "--quiet", "--output", "exact", *start, *full)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "random", *full)
        energy = self.energies("exact")[0].real
        self.assertGreater(abs(self.energies("random")[0].real - energy), 0.1)
        summary = self.summary("first")["energy"]
        self.assertLess(abs(summary["mean"][0] - energy), 5 * summary["error"])
        for ranks in (None, 2):
            self.run_well("run", "chain.yaml", "--quiet", "--output", f"more{ranks}", *start, *full, ranks=ranks)
            self.assertLess(abs(self.energies(f"more{ranks}")[0].real - energy), 1e-12)
        # Single precision rounds them.
        self.run_well(
            "run", "chain.yaml", "--quiet", "--output", "single", *start, *full, "--set",
            "ansatz.dtype=float32")
        self.assertLess(abs(self.energies("single")[0].real - energy), 1e-4)

    def test_what_does_not_fit_is_refused(self):
        cases = [
            ("features: [5]", ["first/checkpoint.h5 holds _layers_0/bias as float64 of shape [8, 6]", "of shape [8, 5]"]),
            ("dtype: complex128, features: [6]", ["_layers_0/bias as float64", "complex"]),
            # The last layer of two features stands where the network has one of six.
            ("features: [6, 6]", ["_layers_1/bias as float64 of shape [8, 2]", "of shape [8, 6]"]),
            ("use_bias: false, features: [6]", ["holds _layers_0/bias, which the network does not have"]),
        ]
        for network, parts in cases:
            for ranks in (None, 2):
                with self.subTest(network, ranks=ranks):
                    before = self.digests()
                    process = self.run_program(
                        "run", "chain.yaml", "--output", "second", "--set", "run.initial_parameters=first/checkpoint.h5",
                        "--set", f"ansatz={{type: arnn_dense, {network}}}", ranks=ranks, timeout=30)
                    self.assertEqual(process.returncode, 2, process.stderr)
                    messages = self.messages(process)
                    self.assertEqual(len(messages), 1, process.stderr)
                    for part in ["run.initial_parameters", *parts]:
                        self.assertIn(part, messages[0])
                    self.assertEqual(self.digests(), before)
        process = self.run_program(
            "run", "chain.yaml", "--output", "second", "--set", "run.initial_parameters=first/checkpoint.h5",
            "--set", "ansatz={type: rbm}", timeout=30)
        self.assertEqual(process.returncode, 2)
        self.assertIn("has no Dense/bias; the network needs Dense/bias, real of shape [8]", process.stderr)

    def test_a_damaged_checkpoint_is_refused(self):
        with open(self.path("first", "checkpoint.h5"), "r+b") as file:
            file.seek(2000)
            file.write(b"damage")
        process = self.run_program("check", "chain.yaml", "--set", "run.initial_parameters=first/checkpoint.h5")
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn("is damaged", process.stderr)

    def test_a_resumed_run_does_not_need_the_file(self):
        start = ["--set", "run.initial_parameters=first/checkpoint.h5"]
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole", *start)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "parts", *start, "--set", "run.steps=3")
        os.rename(self.path("first"), self.path("gone"))
        self.run_well("run", "chain.yaml", "--quiet", "--output", "parts", *start, "--resume")
        self.assertEqual(self.physics("parts"), self.physics("whole"))
        process = self.run_program("run", "chain.yaml", "--output", "fresh", *start, "--resume")
        self.assertEqual(process.returncode, 2)
        self.assertIn("no checkpoint at first/checkpoint.h5", process.stderr)


if __name__ == "__main__":
    unittest.main()
